/* A batch as it comes from a socket. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

FUZZER(batch)
{
    swallow_batch(bytes, size);
}
