/* A batch as it comes from a socket. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    swallow_batch(bytes, size);
    return 0;
}
