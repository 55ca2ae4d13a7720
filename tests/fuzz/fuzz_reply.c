/* A reply as a source gets it. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    swallow_reply(bytes, size);
    return 0;
}
