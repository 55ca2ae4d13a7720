#include "tests/wire/example.h"

#include <assert.h>
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* assert and not ck_assert: suite() counts the examples before any test runs. */
static struct example all[EXAMPLES_MAX];
static unsigned count;

/* "a1 76 01   ; v: 1" */
static void add_hex(struct example *e, const char *line)
{
    while (isxdigit((unsigned char)line[0]) && isxdigit((unsigned char)line[1])) {
        assert(e->size < sizeof e->bytes);
        e->bytes[e->size++] = (uint8_t)strtoul((char[]){ line[0], line[1], '\0' }, NULL, 16);
        line += 2 + strspn(line + 2, " ");
    }
}

static void read_page(void)
{
    char line[512];
    struct example *open = NULL;
    FILE *page = fopen("docs/PROTOCOL.md", "r");
    assert(page != NULL && "run the tests from the root of the source");
    while (fgets(line, sizeof line, page) != NULL) {
        assert(count < EXAMPLES_MAX);
        if (sscanf(line, "```hex %15s %31s", all[count].kind, all[count].name) == 2)
            open = &all[count++];
        else if (strncmp(line, "```", 3) == 0)
            open = NULL;
        else if (open != NULL)
            add_hex(open, line);
    }
    fclose(page);
}

const struct example *examples(unsigned *ret_count)
{
    if (count == 0)
        read_page();
    *ret_count = count;
    return all;
}

const struct example *example(const char *kind, const char *name)
{
    unsigned n;
    const struct example *e = examples(&n);
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(e[i].kind, kind) == 0 && strcmp(e[i].name, name) == 0)
            return &e[i];
    }
    ck_abort_msg("docs/PROTOCOL.md has no example %s %s", kind, name);
    return NULL;
}
