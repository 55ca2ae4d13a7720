/* A policy as people write it.  What is taken is a policy that the daemon takes as the same; what is refused
 * is refused in words, with a line that the file has. */
#include <assert.h>
#include <string.h>

#include "files/policy_file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/policy_codec.h"

static void check_policy(const struct policy *policy)
{
    struct policy back;
    struct writer first, second;
    writer_init(&first);
    writer_init(&second);
    policy_encode(&first, policy);
    struct policy_text text = { (const uint8_t *)first.bytes, (uint32_t)first.size };
    const char *wrong = policy_decode(text, &back);
    assert(wrong == NULL && first.err == 0 && first.size <= POLICY_SIZE_MAX);
    policy_encode(&second, &back);
    assert(second.size == first.size && memcmp(first.bytes, second.bytes, first.size) == 0);
    writer_free(&first);
    writer_free(&second);
}

FUZZER(policy_file)
{
    static struct policy_file file;
    struct complaint complaint = { .line = 0 };
    unsigned long lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    if (policy_file_read(input_file(bytes, size), &file, &complaint))
        check_policy(&file.policy);
    else
        assert(complaint.text[0] != '\0' && complaint.line <= lines);
}
