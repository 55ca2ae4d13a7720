/* An alert or a heartbeat as a subscriber gets it. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    swallow_alert(bytes, size);
    return 0;
}
