/* What libFuzzer calls: the one fuzzer of the program. */
#include <assert.h>

#include "tests/fuzz/fuzz.h"

extern const struct fuzzer *const __start_fuzzers[], *const __stop_fuzzers[];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    assert(__stop_fuzzers - __start_fuzzers == 1);
    __start_fuzzers[0]->swallow(bytes, size);
    return 0;
}
