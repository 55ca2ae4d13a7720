#include "wire/document.h"

#include <check.h>
#include <string.h>

#include "tests/suite.h"

static const struct {
    const char *text;
    unsigned line;
} cases[] = {
    { "", 0 },
    { "a: 1\n", 0 },
    { "---\na: 1\n", 0 },
    { "# about\n\n%YAML 1.1\n---\na: 1\n...\n", 0 },
    { "a: |\n  text\n   ---\n", 0 },
    { "a: --- b\n---c: 2\n", 0 },
    { "a: 1\n...\n# the end\n", 0 },
    { "a: 1\n---\nb: 2\n", 2 },
    { "---\na: 1\n--- \nb: 2\n", 3 },
    { "---\r\n---\r\n", 2 },
    { "a: 1\n...\nb: 2", 3 },
    { "a: 1\n...\n \t# the end\n  \r\n", 0 },
    { "a: 1\n...\n \t b: 2\n", 3 },
};

START_TEST(a_second_document_is_found_where_it_begins)
{
    ck_assert_uint_eq(document_second(cases[_i].text, strlen(cases[_i].text)), cases[_i].line);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("document");
    TCase *t = tcase_create("yaml");
    tcase_add_loop_test(t, a_second_document_is_found_where_it_begins, 0,
                        sizeof cases / sizeof cases[0]);
    suite_add_tcase(s, t);
    return s;
}
