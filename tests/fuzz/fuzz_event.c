/* Canonical bytes as they stand in the journal. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    swallow_event(bytes, size);
    return 0;
}
