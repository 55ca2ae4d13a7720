/* Canonical bytes as they stand in the journal. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

FUZZER(event)
{
    swallow_event(bytes, size);
}
