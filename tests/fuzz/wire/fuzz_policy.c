/* A policy as it stands in an event. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

FUZZER(policy)
{
    swallow_policy(bytes, size);
}
