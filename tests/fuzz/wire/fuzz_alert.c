/* An alert or a heartbeat as a subscriber gets it. */
#include "tests/fuzz/fuzz.h"
#include "tests/wire/swallow.h"

FUZZER(alert)
{
    swallow_alert(bytes, size);
}
