/* A policy as it stands in an event. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    swallow_policy(bytes, size);
    return 0;
}
