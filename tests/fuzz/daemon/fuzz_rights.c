/* A rights file.  What is taken has at most so many keys, each with a name, a public key that is found again
 * and a description that is text; what is refused is refused in a sentence that names the file. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rights.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/batch.h"
#include "wire/reader.h"

static void check_rights(struct rights *rights)
{
    struct rights_book *book = rights_book_create(&rights);
    const struct rights *held = rights_hold(book);
    size_t count = rights_count(held);
    struct in_force *told = calloc(count + 1, sizeof *told);
    assert(count <= RIGHTS_KEYS_MAX && told != NULL && rights_tell(held, told) == 0);
    for (size_t i = 0; i < count; i++) {
        const struct grant *grant = rights_at(held, i);
        assert(rights_find(held, grant_public(grant)) == grant);
        assert(source_name_valid(grant_name(grant), strlen(grant_name(grant))));
        assert(span_is_text((struct span){ told[i].text, (uint32_t)strlen(told[i].text) }));
        assert(i == 0 || strcmp(told[i - 1].subject, told[i].subject) < 0);
    }
    free(told);
    rights_release(held);
    rights_book_destroy(&book);
}

FUZZER(rights)
{
    struct rights *rights;
    char *error = NULL;
    const char *path = input_file(bytes, size);
    int err = rights_load(path, &rights, &error);
    if (err == 0)
        check_rights(rights);
    else
        assert(err < 0 && error != NULL && strstr(error, path) != NULL);
    free(error);
}
