/* outlook and rollup as the daemon answers them: arguments, rights, and figures that can be counted out. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/daemon/running.h"
#include "tests/suite.h"

#define MONTHS 24

static void *tax, *asker;

static void setup(void)
{
    running_setup();
    tax = connect_to(NET_INGEST, NULL);
    asker = connect_to(NET_QUERY, NULL);
}

/* --- Books. ----------------------------------------------------------------------------- */

static struct event of_place(struct event event, uint32_t place)
{
    event.fund.place = place;
    return event;
}

static int32_t ymd_of(unsigned month, unsigned dom)
{
    return (int32_t)((2023 + month / 12) * 10000 + (month % 12 + 1) * 100 + dom);
}

static int32_t last_of(unsigned month)
{
    return date_to_ymd(date_month_last(2023 * 12 + (date_month)month));
}

static const char *id(const char *what, uint32_t place, unsigned month)
{
    static char text[64];
    snprintf(text, sizeof text, "%s-%u-%u", what, place, month);
    return text;
}

static void take(const struct event *events, uint32_t count)
{
    ck_assert_uint_eq(send_events(tax, "tax", events, count).applied, count);
}

/* A fund that opens with 900 at the end of 2022, and in each of `months` months takes 100 and pays 120. */
static void keep_books(uint32_t place, unsigned months)
{
    struct event events[3 * MONTHS + 2];
    uint32_t count = 0;
    events[count++] = of_place(policy_event(id("policy", place, 0), 20221231), place);
    events[count++] = of_place(opening_event(id("opening", place, 0), 20221231, 900), place);
    for (unsigned month = 0; month < months; month++) {
        events[count++] = of_place(fee_event(id("fee", place, month), ymd_of(month, 5), 100), place);
        events[count++] = of_place(settlement_event(id("paid", place, month), ymd_of(month, 6), 120), place);
        events[count++] = of_place(day_event(id("day", place, month), last_of(month)), place);
    }
    take(events, count);
}

/* --- Questions. -------------------------------------------------------------------------- */

struct pair {
    const char *key, *text;
    int64_t number;
};

static const char *ask_with(void *socket, const char *query, const struct pair *pairs, uint32_t count,
                            struct reader *ret)
{
    struct writer arguments;
    writer_init(&arguments);
    for (uint32_t i = 0; i < count; i++) {
        if (pairs[i].text != NULL)
            write_key_string(&arguments, pairs[i].key, pairs[i].text);
        else
            write_key_int(&arguments, pairs[i].key, pairs[i].number);
    }
    const char *code = ask(socket, query, count, &arguments, ret);
    writer_free(&arguments);
    return code;
}
#define ASK_WITH(socket, query, ret, ...)                                                        \
    ask_with((socket), (query), (const struct pair[]){ __VA_ARGS__ },                            \
             sizeof((const struct pair[]){ __VA_ARGS__ }) / sizeof(struct pair), (ret))

/* The value of a key, the reader at the map. */
static struct reader inside(struct reader data, const char *key)
{
    uint32_t pairs = read_map(&data, 64);
    for (uint32_t i = 0; i < pairs; i++) {
        if (span_is(read_string(&data, 64), key))
            return data;
        read_skip(&data, 16);
    }
    ck_abort_msg("no %s in the data", key);
    return data;
}

/* An item of a list, the reader at the list. */
static struct reader item(struct reader list, uint32_t index)
{
    uint32_t items = read_array(&list, 4096);
    ck_assert_uint_lt(index, items);
    for (uint32_t i = 0; i < index; i++)
        read_skip(&list, 16);
    return list;
}

static uint32_t items_in(struct reader data, const char *key)
{
    struct reader list = inside(data, key);
    return read_array(&list, 4096);
}

static const char *text_in(struct reader data, const char *key)
{
    static char text[64];
    struct reader at = inside(data, key);
    ck_assert(span_copy(read_string(&at, 63), text, sizeof text));
    return text;
}

/* --- outlook. ------------------------------------------------------------------------------ */

START_TEST(the_months_to_come_are_as_those_before)
{
    struct reader data;
    keep_books(130207, MONTHS);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 }), "");
    ck_assert_str_eq(text_in(data, "computable"), "");
    struct reader months = inside(inside(data, "projection"), "months");
    for (unsigned k = 0; k < 12; k++) {
        ck_assert_int_eq(number_in(item(months, k), "income"), 100);
        ck_assert_int_eq(number_in(item(months, k), "balance"), 900 - 20 * (MONTHS + (int)k + 1));
        ck_assert_int_eq(number_in(inside(item(months, k), "runway"), "den"), 1440);
    }
    ck_assert_uint_eq(items_in(data, "shape"), 12);
    ck_assert_int_eq(number_in(item(inside(data, "shape"), 3), "expenditure"), 240);
}
END_TEST

START_TEST(a_list_has_the_months_that_are_asked_for)
{
    struct reader data;
    keep_books(130207, MONTHS);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 },
                              { "months", NULL, 3 }), "");
    ck_assert_uint_eq(items_in(data, "range"), 3);
    ck_assert_uint_eq(items_in(inside(data, "projection"), "months"), 3);
}
END_TEST

START_TEST(assumptions_stand_beside_the_unchanged_months)
{
    struct reader data;
    keep_books(130207, MONTHS);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 },
                              { "payouts_e4", NULL, 15000 }), "");
    struct reader changed = inside(data, "whatif"), plain = inside(data, "projection");
    ck_assert_int_eq(number_in(item(inside(changed, "months"), 0), "expenditure"), 180);
    ck_assert_int_eq(number_in(item(inside(plain, "months"), 0), "expenditure"), 120);
}
END_TEST

START_TEST(coverage_that_nobody_knows_changes_nothing_and_says_so)
{
    struct reader data;
    keep_books(130207, MONTHS);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 },
                              { "coverage_e4", NULL, -200 }), "");
    ck_assert_str_eq(text_in(inside(data, "whatif"), "computable"), "no_coverage");
    ck_assert_uint_eq(items_in(inside(data, "whatif"), "months"), 0);
    ck_assert_uint_eq(items_in(inside(data, "projection"), "months"), 12);
}
END_TEST

START_TEST(too_young_books_say_when_they_will_be_old_enough)
{
    struct reader data;
    keep_books(130207, 10);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 }), "");
    ck_assert_str_eq(text_in(data, "computable"), "too_little_history");
    ck_assert_int_eq(number_in(inside(data, "history"), "months"), 10);
    ck_assert_int_eq(number_in(inside(data, "history"), "enough_on"), 20241231);
}
END_TEST

START_TEST(what_is_needed_is_asked_for_a_month_that_is_coming)
{
    struct reader data;
    keep_books(130207, MONTHS);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 },
                              { "to_e4", NULL, 60000 }, { "on", NULL, 20250630 }), "");
    /* 300 are there, 720 are six months of 120. */
    ck_assert_int_eq(number_in(inside(data, "needed"), "more_income"), 420);
    ck_assert_int_eq(number_in(inside(data, "needed"), "less_expenditure"), 280);
}
END_TEST

static const struct pair wrong_outlooks[] = {
    { "months", NULL, 0 }, { "months", NULL, 13 }, { "to_e4", NULL, -1 }, { "on", NULL, 20250629 },
    { "on", NULL, 20241231 }, { "on", NULL, 20260131 }, { "payouts_e4", NULL, 100001 },
    { "subsidy_late", NULL, 367 }, { "coverage_e4", NULL, -10001 }, { "as_of", NULL, 20240230 },
};
START_TEST(a_wrong_argument_of_an_outlook_is_told)
{
    struct reader data;
    keep_books(130207, MONTHS);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 }, wrong_outlooks[_i]),
                     "bad_argument");
}
END_TEST

START_TEST(a_day_before_the_books_has_no_outlook)
{
    struct reader data;
    keep_books(130207, MONTHS);
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130207/390", 0 },
                              { "as_of", NULL, 20221231 }), "not_found");
    ck_assert_str_eq(ASK_WITH(asker, "outlook", &data, { "fund", "130208/390", 0 }), "not_found");
}
END_TEST

/* --- rollup. -------------------------------------------------------------------------------- */

START_TEST(funds_of_a_place_are_added)
{
    struct reader data;
    keep_books(130207, 12), keep_books(130208, 12), keep_books(140101, 12);
    ck_assert_str_eq(ASK_WITH(asker, "rollup", &data, { "place", "13", 0 }), "");
    ck_assert_int_eq(number_in(data, "balance"), 2 * (900 - 12 * 20));
    ck_assert_int_eq(number_in(data, "expenditure"), 2 * 12 * 120);
    ck_assert_int_eq(number_in(inside(data, "runway"), "mul"), 12);
    ck_assert_uint_eq(items_in(data, "members"), 2);
    ck_assert_str_eq(ask_plain(asker, "rollup"), "");
}
END_TEST

START_TEST(an_empty_place_or_a_wrong_scheme_is_told)
{
    struct reader data;
    keep_books(130207, 12);
    ck_assert_str_eq(ASK_WITH(asker, "rollup", &data, { "place", "14", 0 }), "not_found");
    ck_assert_str_eq(ASK_WITH(asker, "rollup", &data, { "scheme", NULL, 310 }), "not_found");
    ck_assert_str_eq(ASK_WITH(asker, "rollup", &data, { "scheme", NULL, 311 }), "bad_argument");
    ck_assert_str_eq(ASK_WITH(asker, "rollup", &data, { "place", "131", 0 }), "bad_argument");
}
END_TEST

START_TEST(a_fund_whose_books_have_no_day_yet_does_not_hold_up_the_others)
{
    struct reader data;
    keep_books(130207, 12);
    struct event young = of_place(policy_event("policy-young", 20221231), 130208);
    take(&young, 1);
    ck_assert_str_eq(ASK_WITH(asker, "rollup", &data, { "place", "13", 0 }), "");
    ck_assert_int_eq(number_in(data, "as_of"), 20231231);
    ck_assert_int_eq(number_in(inside(data, "funds"), "added"), 1);
}
END_TEST

/* --- Rights. -------------------------------------------------------------------------------- */

START_TEST(a_sum_is_for_whoever_may_see_all_of_it)
{
    struct reader data;
    struct net_key key = folder_key(&folder, "city");
    running_grant(&key, "    queries: [outlook, rollup]\n    places: [\"1302\"]\n");
    void *city = connect_to(NET_QUERY, &key);
    keep_books(130207, MONTHS), keep_books(140101, MONTHS);
    ck_assert_str_eq(ASK_WITH(city, "rollup", &data, { "place", "1302", 0 }), "");
    ck_assert_str_eq(ASK_WITH(city, "rollup", &data, { "place", "13", 0 }), "not_permitted");
    ck_assert_str_eq(ask_plain(city, "rollup"), "not_permitted");
    ck_assert_str_eq(ASK_WITH(city, "outlook", &data, { "fund", "130207/390", 0 }), "");
    ck_assert_str_eq(ASK_WITH(city, "outlook", &data, { "fund", "140101/390", 0 }), "not_permitted");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("outlook");
    TCase *c = tcase_create("outlook");
    tcase_add_checked_fixture(c, setup, running_teardown);
    tcase_add_test(c, the_months_to_come_are_as_those_before);
    tcase_add_test(c, a_list_has_the_months_that_are_asked_for);
    tcase_add_test(c, assumptions_stand_beside_the_unchanged_months);
    tcase_add_test(c, coverage_that_nobody_knows_changes_nothing_and_says_so);
    tcase_add_test(c, too_young_books_say_when_they_will_be_old_enough);
    tcase_add_test(c, what_is_needed_is_asked_for_a_month_that_is_coming);
    tcase_add_loop_test(c, a_wrong_argument_of_an_outlook_is_told, 0,
                        sizeof wrong_outlooks / sizeof wrong_outlooks[0]);
    tcase_add_test(c, a_day_before_the_books_has_no_outlook);
    tcase_add_test(c, funds_of_a_place_are_added);
    tcase_add_test(c, an_empty_place_or_a_wrong_scheme_is_told);
    tcase_add_test(c, a_fund_whose_books_have_no_day_yet_does_not_hold_up_the_others);
    tcase_add_test(c, a_sum_is_for_whoever_may_see_all_of_it);
    suite_add_tcase(s, c);
    return s;
}
