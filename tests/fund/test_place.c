#include <string.h>

#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct place_prefix prefix(const char *text)
{
    struct place_prefix result;
    ck_assert(place_prefix_parse(text, &result));
    return result;
}

START_TEST(a_code_says_its_level)
{
    ck_assert_int_eq(place_level(130000), PLACE_PROVINCE);
    ck_assert_int_eq(place_level(130200), PLACE_CITY);
    ck_assert_int_eq(place_level(130207), PLACE_COUNTY);
    ck_assert_int_eq(place_level(440800), PLACE_CITY);
}
END_TEST

START_TEST(a_fund_reads_and_prints)
{
    struct fund fund;
    char text[FUND_TEXT_MAX];
    ck_assert(fund_parse("130207/390", &fund));
    ck_assert(fund_equal(fund, (struct fund){130207, SCHEME_RESIDENT}));
    ck_assert(!fund_equal(fund, (struct fund){130207, SCHEME_EMPLOYEE}));
    ck_assert(!fund_equal(fund, (struct fund){130208, SCHEME_RESIDENT}));
    ck_assert_str_eq(fund_format(fund, text), "130207/390");
    ck_assert(fund_parse_n("150627/310 and more", 10, &fund));
    ck_assert_uint_eq(fund.place, 150627);
}
END_TEST

static const char *const no_funds[] = {
    "", "130207", "130207/", "130207/39", "130207/3900", "130207-390", "13020/0390", "130207/391",
    "109999/390", "830000/390", "13020a/390", "130207/39a", " 130207/390", "130207/390 ",
    "-30207/390", "130207/390/1",
};

START_TEST(what_is_no_fund_is_refused_and_writes_nothing)
{
    struct fund fund = {1, 2};
    ck_assert(!fund_parse(no_funds[_i], &fund));
    ck_assert(!fund_parse_n(no_funds[_i], (uint32_t)strlen(no_funds[_i]), &fund));
    ck_assert(fund_equal(fund, (struct fund){1, 2}));
}
END_TEST

static const struct {
    const char *prefix;
    bool fengnan, zhanjiang, tangshan;
} nested[] = {
    {"", true, true, true},
    {"13", true, false, true},
    {"1302", true, false, true},
    {"130207", true, false, false},
    {"130200", false, false, true},
    {"44", false, true, false},
    {"4408", false, true, false},
    {"11", false, false, false},
};

START_TEST(prefixes_nest)
{
    struct place_prefix p = prefix(nested[_i].prefix);
    ck_assert_int_eq(place_within(130207, p), nested[_i].fengnan);
    ck_assert_int_eq(place_within(440800, p), nested[_i].zhanjiang);
    ck_assert_int_eq(place_within(130200, p), nested[_i].tangshan);
}
END_TEST

START_TEST(what_is_no_prefix_is_refused)
{
    static const char *const no_prefixes[] = {"1", "130", "13020", "1302071", "13020700", "1a",
                                              "00", "10", "83", "1 "};
    struct place_prefix p = {7, 7};
    for (size_t i = 0; i < COUNT_OF(no_prefixes); i++)
        ck_assert(!place_prefix_parse(no_prefixes[i], &p));
    ck_assert_uint_eq(p.code, 7);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("place");
    TCase *t = tcase_create("place");
    tcase_add_test(t, a_code_says_its_level);
    tcase_add_test(t, a_fund_reads_and_prints);
    tcase_add_loop_test(t, what_is_no_fund_is_refused_and_writes_nothing, 0, COUNT_OF(no_funds));
    tcase_add_loop_test(t, prefixes_nest, 0, COUNT_OF(nested));
    tcase_add_test(t, what_is_no_prefix_is_refused);
    suite_add_tcase(s, t);
    return s;
}
