/* A reply as a source gets it. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

FUZZER(reply)
{
    swallow_reply(bytes, size);
}
