/* Another policy over the journal, and the journal in the order of days. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/backtest.h"
#include "store/files.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static struct backtest result;

static struct fund the_fund(void)
{
    return (struct fund){.place = 130207, .scheme = 390};
}

static struct policy a_policy_of(uint32_t version)
{
    struct policy policy = policy_default();
    policy.version = version;
    policy.clock = CLOCK_EVENTS;
    policy.ahead_days = 366;
    policy.runway.min_months = 3;
    policy.runway.hold = (struct hold){0, 0};
    policy.deficit.on = policy.provisional.on = false;
    return policy;
}

static void setup(void)
{
    struct policy policy = a_policy_of(1);
    books_setup_empty();
    apply(a_policy("p", 20231231, &policy));
    apply(an_opening("o", 20231231, 700000));
}

static void teardown(void)
{
    backtest_free(&result);
    books_teardown();
}

/* Over a copy of the books, which agree with their journal. */
static void run(struct backtest_ask ask)
{
    char copy[260], scratch[280];
    uint64_t covered;
    struct verify_result verified;
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    snprintf(scratch, sizeof scratch, "%s-scratch", books_path);
    if (ask.fund.place == 0)
        ask.fund = the_fund();
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &verified), 0);
    ck_assert_msg(verified.differences == 0, "%s", verified.first);
    backtest_free(&result);
    int err = backtest_run(copy, scratch, &ask, NULL, NULL, &result);
    ck_assert_msg(err == 0, "%s", strerror(-err));
    ck_assert(!files_exists(scratch, "data.mdb"));
    files_remove_folder(copy);
}

static void run_under(const struct policy *policy)
{
    run((struct backtest_ask){.policy = *policy, .from = DATE_NONE, .to = DATE_NONE});
}

static void run_in_order(void)
{
    run((struct backtest_ask){.in_order = true, .from = DATE_NONE, .to = DATE_NONE});
}

static unsigned count(enum course_how how)
{
    unsigned n = 0;
    for (size_t i = 0; i < result.row_count; i++)
        n += result.rows[i].how == how;
    return n;
}

static void check_all_same(void)
{
    for (size_t i = 0; i < result.row_count; i++) {
        const struct told *told = result.rows[i].then != NULL ? result.rows[i].then
                                                              : result.rows[i].now;
        ck_assert_msg(result.rows[i].how == COURSE_SAME, "%s of %s, %s at %d: %s",
                      transition_word(told->transition), rule_word(told->rule), told->instance,
                      date_to_ymd(told->date), course_word(result.rows[i].how));
        const struct told *then = result.rows[i].then, *now = result.rows[i].now;
        ck_assert_int_eq(then->previous, now->previous);
        ck_assert_int_eq(then->indicator.why, now->indicator.why);
        ck_assert(then->indicator.value.num == now->indicator.value.num
                  && then->indicator.value.den == now->indicator.value.den);
    }
    ck_assert_uint_eq(result.then_count, result.row_count);
    ck_assert_uint_eq(result.refused, 0);
}

static const struct course_row *row_of(enum rule rule, enum transition transition)
{
    for (size_t i = 0; i < result.row_count; i++) {
        const struct told *told = result.rows[i].then != NULL ? result.rows[i].then
                                                              : result.rows[i].now;
        if (told->rule == rule && told->transition == transition)
            return &result.rows[i];
    }
    return NULL;
}

/* One month in a group of its own: an expenditure, and its last day. */
static void a_month(int month, int64_t fen)
{
    char id[32];
    int32_t first = 20240000 + month * 100 + 1;
    date_day last = date_month_last(date_month_of(day(first)));
    snprintf(id, sizeof id, "x%d", month);
    apply(an_expenditure(id, first + 9, fen, CATEGORY_INPATIENT));
    snprintf(id, sizeof id, "d%d", month);
    apply(a_day(id, date_to_ymd(last)));
}

/* Six months at 80000, a balance that falls from 700000: 8.75 months down to 2.75. */
static void a_half_year(void)
{
    for (int month = 1; month <= 6; month++)
        a_month(month, 80000);
}

START_TEST(the_same_policy_gives_the_journals_own_alerts)
{
    struct policy policy = a_policy_of(1);
    a_half_year();
    run_under(&policy);
    ck_assert_uint_gt(result.row_count, 1);
    check_all_same();
    ck_assert_int_eq(date_to_ymd(result.last), 20240630);
    ck_assert_uint_eq(result.months, 6);
    ck_assert_uint_eq(result.needed, 3);
    ck_assert_int_eq(result.runway.why, COMPUTABLE);
}
END_TEST

START_TEST(a_stricter_policy_fires_earlier)
{
    struct policy policy = a_policy_of(2);
    policy.runway.low = (struct limit){70000, 70000};
    a_half_year();
    run_under(&policy);
    const struct course_row *fired = row_of(RULE_RUNWAY, TRANSITION_FIRING);
    ck_assert_ptr_nonnull(fired);
    /* 700000 - 3 * 80000 are 5.75 months: already below 6 in March, when three months are there. */
    ck_assert_int_eq(fired->how, COURSE_SAME);
    ck_assert_int_eq(date_to_ymd(fired->now->date), 20240331);
}
END_TEST

START_TEST(a_laxer_policy_fires_later_or_never)
{
    struct policy policy = a_policy_of(2);
    a_half_year();
    policy.runway.low = (struct limit){40000, 40000};
    run_under(&policy);
    const struct course_row *fired = row_of(RULE_RUNWAY, TRANSITION_FIRING);
    ck_assert_int_eq(fired->how, COURSE_MOVED);
    ck_assert_int_eq(date_to_ymd(fired->now->date), 20240531);
    ck_assert_int_eq(fired->days, 61);

    policy.runway.low = (struct limit){10000, 10000};
    policy.runway.critical_low = (struct limit){5000, 5000};
    run_under(&policy);
    ck_assert_int_eq(row_of(RULE_RUNWAY, TRANSITION_FIRING)->how, COURSE_ONLY_THEN);
    ck_assert_uint_eq(count(COURSE_ONLY_NOW), 0);
}
END_TEST

START_TEST(a_policy_can_hold_from_a_day_on)
{
    struct policy policy = a_policy_of(2);
    policy.runway.low = (struct limit){10000, 10000};
    policy.runway.critical_low = (struct limit){5000, 5000};
    a_half_year();
    run((struct backtest_ask){.policy = policy, .from = day(20240501), .to = day(20240531)});
    /* Fired in March as it did, ended by the other policy in May. */
    ck_assert_uint_eq(result.row_count, 1);
    ck_assert_int_eq(result.rows[0].how, COURSE_ONLY_NOW);
    ck_assert_int_eq(result.rows[0].now->transition, TRANSITION_ENDED);
    ck_assert_int_eq(date_to_ymd(result.rows[0].now->date), 20240531);
}
END_TEST

/* What another policy posts otherwise is posted otherwise. */
START_TEST(a_backtest_posts_under_the_other_policy)
{
    struct policy policy = a_policy_of(2);
    for (int month = 1; month <= 6; month++) {
        char id[32];
        int32_t first = 20240000 + month * 100 + 1;
        snprintf(id, sizeof id, "s%d", month);
        apply(a_settlement(id, first + 9, 80000));
        snprintf(id, sizeof id, "d%d", month);
        apply(a_day(id, date_to_ymd(date_month_last(date_month_of(day(first))))));
    }
    policy.recognition = RECOGNISE_DISBURSEMENT;
    run_under(&policy);
    /* Nothing was disbursed: without expenditure there is no runway. */
    ck_assert_int_eq(result.runway.why, NC_NO_EXPENDITURE);
    ck_assert_int_eq(row_of(RULE_RUNWAY, TRANSITION_FIRING)->how, COURSE_ONLY_THEN);
}
END_TEST

/* It begins within the year, but a year's care is recognised in one way: that of its end, whatever the
 * journal's policies, which are of both sorts, say. */
START_TEST(a_backtest_recognises_a_year_in_one_way)
{
    struct policy policy = a_policy_of(2);
    for (int month = 1; month <= 6; month++) {
        char id[32];
        int32_t first = 20240000 + month * 100 + 1;
        snprintf(id, sizeof id, "s%d", month);
        apply(a_settlement(id, first + 9, 80000));
        struct event paid = an_expenditure("", first + 19, month > 3 ? 160000 : 0, CATEGORY_INPATIENT);
        paid.kind = KIND_DISBURSEMENT;
        paid.stage = STAGE_PROVISIONAL;
        paid.present |= UINT32_C(1) << FIELD_STAGE;
        paid.id_size = (uint8_t)snprintf(paid.id, sizeof paid.id, "p%d", month);
        apply(paid);
        snprintf(id, sizeof id, "d%d", month);
        apply(a_day(id, date_to_ymd(date_month_last(date_month_of(day(first))))));
    }
    struct policy next = a_policy_of(3);
    next.recognition = RECOGNISE_DISBURSEMENT;
    apply(a_policy("next-year", 20250101, &next));
    policy.recognition = RECOGNISE_DISBURSEMENT;
    run((struct backtest_ask){
        .fund = {130207, 390}, .policy = policy, .from = day(20240401), .to = DATE_NONE,
    });
    ck_assert_uint_eq(result.refused, 0);
    ck_assert_int_eq(result.runway.why, COMPUTABLE);
    /* 480,000 were spent in six months: once, by the payments, which are of all six. */
    struct fund_view fund = fund_now();
    ck_assert_int_eq(result.runway.value.num * fund.trailing.months * 480000,
                     fund.balance.fen * fund.trailing.months * result.runway.value.den);
    policy.recognition = RECOGNISE_SETTLEMENT;
    run_under(&policy);
    ck_assert_uint_eq(result.refused, 0);
}
END_TEST

/* Several batches in one group, with a day in the middle, late money behind it, and another day. */
START_TEST(days_are_judged_where_their_batch_ended)
{
    struct policy policy = a_policy_of(1);
    a_half_year();
    begin();
    add("tax", an_expenditure("x7", 20240710, 80000, CATEGORY_INPATIENT));
    add("tax", a_day("d7", 20240731));
    ck_assert_int_eq(store_end_batch(books), 0);
    add("tax", a_fee("late", 20240730, 2000000));
    add("tax", a_day("d8", 20240801));
    ck_assert_int_eq(store_end_batch(books), 0);
    add("tax", an_expenditure("x8", 20240720, 1900000, CATEGORY_INPATIENT));
    commit();
    run_under(&policy);
    check_all_same();
    ck_assert_int_eq(date_to_ymd(result.rows[result.row_count - 1].now->date), 20240801);
    ck_assert_int_eq(result.rows[result.row_count - 1].now->previous, LEVEL_EXCESSIVE);
}
END_TEST

/* A city's roll-up stays one under a policy that does not say so. */
START_TEST(a_place_is_judged_by_the_sums_of_its_funds)
{
    struct policy city = a_policy_of(1);
    city.rollup = true;
    apply(of_fund(a_policy("c", 20231231, &city), 130200));
    for (int month = 1; month <= 6; month++) {
        char id[32];
        a_month(month, 80000);
        snprintf(id, sizeof id, "c%d", month);
        apply(of_fund(a_day(id, date_to_ymd(date_month_last(date_month_of(day(20240001 + month * 100))))),
                      130200));
    }
    city.rollup = false;
    run((struct backtest_ask){.fund = {130200, 390}, .policy = city, .from = DATE_NONE, .to = DATE_NONE});
    ck_assert_ptr_nonnull(row_of(RULE_RUNWAY, TRANSITION_FIRING));
    check_all_same();
    struct fund_view county = fund_now();       /* the only one there is */
    ck_assert_int_eq(result.runway.why, COMPUTABLE);
    ck_assert_uint_eq(result.months, county.trailing.months);
    ck_assert_int_eq(result.runway.value.num, county.balance.fen);
    ck_assert_int_eq(result.runway.value.den, 480000);
}
END_TEST

/* Groups that are longer than a segment are judged once, at their end. */
START_TEST(a_group_of_many_segments_is_judged_once)
{
    struct policy policy = a_policy_of(1);
    a_half_year();
    begin();
    for (int i = 0; i < 3000; i++) {
        char id[32];
        snprintf(id, sizeof id, "big%d", i);
        /* In its middle the balance is far above, at its end where it was. */
        add("tax", i < 1500 ? a_fee(id, 20240620, 100000)
                            : an_expenditure(id, 20240620, 100000, CATEGORY_INPATIENT));
    }
    commit();
    a_month(7, 80000);
    run_under(&policy);
    check_all_same();
}
END_TEST

/* Reversals before and after their originals, late money, another fund, an import, an acknowledgement. */
START_TEST(all_sorts_of_events_come_out_the_same)
{
    struct policy policy = a_policy_of(1), other = a_policy_of(7);
    uint64_t number;
    apply(of_fund(a_policy("p2", 20231231, &other), 440800));
    a_month(1, 80000);
    apply(a_reversal("r1", 20240125, "later"));
    a_month(2, 80000);
    apply(an_expenditure("later", 20240120, 50000, CATEGORY_INPATIENT));
    a_month(3, 80000);
    apply(of_fund(an_expenditure("y1", 20240110, 900, CATEGORY_INPATIENT), 440800));
    apply(of_fund(a_day("e1", 20240430), 440800));
    begin();
    ck_assert_int_eq(store_acknowledge(books, 1, "Li", "seen", &number), 0);
    commit();
    a_month(4, 80000);
    apply(a_month_close("c1", 20240430));
    apply(a_reversal("r2", 20240501, "x1"));
    apply(an_import("i", 20240501));
    apply(an_expenditure("old", 20240210, 10000, CATEGORY_OUTPATIENT));
    apply(a_day("d45", 20240515));
    apply(an_import_done("j", 20240515));
    apply_from("hospital", a_fee("h1", 20240516, 5000));
    a_month(5, 80000);
    apply(a_statement("s", 20240531, 12));
    a_month(6, 900000);
    run_under(&policy);
    ck_assert_uint_gt(result.row_count, 2);
    check_all_same();
}
END_TEST

START_TEST(a_source_that_is_heard_again_ends_its_silence_as_it_did)
{
    struct policy policy = a_policy_of(2);
    policy.quiet_count = 1;
    policy.quiet[0] = (struct quiet_rule){.pattern = "hospital", .days = 10};
    apply(a_policy("q", 20240101, &policy));
    apply_from("hospital", a_fee("h1", 20240105, 5000));
    a_month(1, 80000);
    apply_from("hospital", a_fee("h2", 20240201, 5000));
    a_month(2, 80000);
    a_month(3, 80000);
    begin();
    add("hospital", a_fee("h3", 20240401, 5000));
    commit();
    run_under(&policy);
    ck_assert_ptr_nonnull(row_of(RULE_QUIET, TRANSITION_FIRING));
    ck_assert_ptr_nonnull(row_of(RULE_QUIET, TRANSITION_ENDED));
    check_all_same();
}
END_TEST

START_TEST(what_another_policy_would_not_have_let_in_is_taken_all_the_same)
{
    struct policy policy = a_policy_of(2);
    policy.ahead_days = 0;
    a_half_year();
    run_under(&policy);
    ck_assert_uint_eq(result.refused, 0);
    ck_assert_uint_eq(count(COURSE_ONLY_THEN) + count(COURSE_ONLY_NOW) + count(COURSE_MOVED), 0);
}
END_TEST

/* --- Imported history ------------------------------------------------------------------- */

/* The half-year as history, its money in any order. */
static void an_imported_half_year(bool days_first)
{
    char id[32];
    apply(an_import("i", 20231231));
    for (int turn = 0; turn < 2; turn++) {
        for (int month = 6; month >= 1; month--) {
            int32_t first = 20240000 + month * 100 + 1;
            snprintf(id, sizeof id, "x%d", month);
            if ((turn == 0) != days_first)
                apply(an_expenditure(id, first + 9, 80000, CATEGORY_INPATIENT));
        }
        for (int month = 1; month <= 6; month++) {
            snprintf(id, sizeof id, "d%d", month);
            if ((turn == 0) == days_first)
                apply(a_day(id, date_to_ymd(date_month_last(date_month_of(day(20240001 + month * 100))))));
        }
    }
}

static void check_imported(int32_t from, int32_t to)
{
    ck_assert_int_eq(date_to_ymd(result.imported_from), from);
    ck_assert_int_eq(date_to_ymd(result.imported_to), to);
}

/* Under the fund's own policy as if nothing had been imported: below 6 months at the end of March, below 3 at
 * the end of June. */
static void check_own_course(void)
{
    ck_assert_uint_eq(result.then_count, 2);
    ck_assert_int_eq(date_to_ymd(result.then[0].date), 20240331);
    ck_assert_int_eq(result.then[0].level, LEVEL_LOW);
    ck_assert_int_eq(date_to_ymd(result.then[1].date), 20240630);
    ck_assert_int_eq(result.then[1].level, LEVEL_CRITICAL_LOW);
    ck_assert_uint_eq(result.then[0].number, 0);
    check_imported(20240131, 20240630);
}

START_TEST(imported_history_is_judged_day_by_day)
{
    struct policy own = a_policy_of(1), lax = a_policy_of(2);
    bool days_first = _i & 1, is_done = _i & 2;
    lax.runway.low = (struct limit){40000, 40000};
    an_imported_half_year(days_first);
    ck_assert_uint_eq(alert_count(), 0);
    if (is_done)
        apply(an_import_done("j", 20240630));
    run_under(&own);
    check_own_course();
    check_all_same();
    ck_assert_uint_eq(result.events, is_done ? 16 : 15);

    run_under(&lax);
    check_own_course();
    const struct course_row *fired = row_of(RULE_RUNWAY, TRANSITION_FIRING);
    ck_assert_int_eq(fired->how, COURSE_MOVED);
    ck_assert_int_eq(date_to_ymd(fired->now->date), 20240531);
}
END_TEST

START_TEST(rows_of_imported_history_lie_between_days)
{
    struct policy lax = a_policy_of(2);
    lax.runway.low = (struct limit){40000, 40000};
    an_imported_half_year(true);
    apply(an_import_done("j", 20240630));
    run((struct backtest_ask){.policy = lax, .from = DATE_NONE, .to = day(20240430)});
    ck_assert_uint_eq(result.row_count, 1);
    ck_assert_int_eq(date_to_ymd(result.rows[0].then->date), 20240331);
}
END_TEST

START_TEST(what_was_told_is_compared_where_nothing_was_imported)
{
    struct policy policy = a_policy_of(1);
    apply(an_import("i", 20231231));
    apply(an_import_done("j", 20231231));
    a_half_year();
    run_under(&policy);
    check_all_same();
    ck_assert_uint_eq(result.then[0].number, 1);
    ck_assert_int_eq(result.imported_from, DATE_NONE);
}
END_TEST

START_TEST(in_order_imported_history_raises_nothing)
{
    an_imported_half_year(false);
    run_in_order();
    ck_assert_uint_eq(result.row_count, 0);
    ck_assert_int_eq(result.imported_from, DATE_NONE);
}
END_TEST

START_TEST(too_little_history_is_said)
{
    struct policy policy = a_policy_of(2);
    policy.runway.min_months = 6;
    a_month(1, 80000);
    a_month(2, 80000);
    run_under(&policy);
    ck_assert_int_eq(result.runway.why, NC_TOO_FEW_MONTHS);
    ck_assert_uint_eq(result.months, 2);
    ck_assert_uint_eq(result.needed, 6);
}
END_TEST

START_TEST(a_fund_that_is_not_there_is_said)
{
    char copy[260], scratch[280];
    uint64_t covered;
    struct backtest_ask ask = {
        .fund = {.place = 440800, .scheme = 390}, .policy = a_policy_of(1),
        .from = DATE_NONE, .to = DATE_NONE,
    };
    snprintf(copy, sizeof copy, "%s-copy", books_path);
    snprintf(scratch, sizeof scratch, "%s-scratch", books_path);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(backtest_run(copy, scratch, &ask, NULL, NULL, &result), -ENOENT);
    ck_assert(!files_exists(scratch, "data.mdb"));
    files_remove_folder(copy);
}
END_TEST

/* --- Random journals ------------------------------------------------------------------- */

static int below(int n)
{
    return (int)(random() % n);
}

static int32_t a_date(void)
{
    return 20240101 + below(12) * 100 + below(28);
}

/* An event of any sort, mostly money; refused or not. */
static struct event some_event(int number, int days)
{
    char id[32], original[32];
    date_day past = day(20240101) + days;
    snprintf(id, sizeof id, "e%d", number);
    int of = below(number + 19);
    snprintf(original, sizeof original, "e%d", of < number ? of : of + 1);    /* any but itself */
    switch (below(24)) {
    case 0: case 16: return a_day(id, date_to_ymd(past));
    case 1: return a_reversal(id, a_date(), original);
    case 2: return a_month_close(id, date_to_ymd(date_month_last(date_month_of(past) - 1)));
    case 3: return below(3) == 0 ? an_import(id, date_to_ymd(past)) : an_import_done(id, date_to_ymd(past));
    case 4: return a_statement(id, date_to_ymd(past), 100000 + below(900000));
    case 5: return a_headcount(id, date_to_ymd(past), 900 + below(100));
    case 6: return a_population(id, a_date(), MEASURE_RESIDENT, 1000);
    case 7: return a_fee_of(id, a_date(), 1 + below(90000), below(9));
    case 8: return an_enrollment(id, a_date(), below(9), below(2) ? STATUS_NORMAL : STATUS_ENDED);
    case 9: return a_subsidy(id, a_date(), 1 + below(90000), CATEGORY_COUNTY, 2024);
    case 10: case 11: case 12: return a_fee(id, date_to_ymd(past - below(40)), 1 + below(400000));
    case 13: return a_settlement(id, a_date(), 1 + below(9000));
    case 14: case 15:
        return an_expenditure(id, date_to_ymd(past - below(5)), 1 + below(90000), CATEGORY_OUTPATIENT);
    }
    return an_expenditure(id, date_to_ymd(past - below(60)), 1 + below(90000), CATEGORY_INPATIENT);
}

static struct policy a_policy_with_all(void)
{
    struct policy policy = a_policy_of(2);
    policy.runway.min_months = 1;
    policy.runway.hold = (struct hold){(uint16_t)below(3), (uint16_t)below(4)};
    policy.deficit.on = policy.provisional.on = policy.restated.on = true;
    policy.restated.limit = (struct limit){3000, 3000};
    policy.falling.on = policy.net_loss.on = true;
    policy.quiet_count = 1;
    policy.quiet[0] = (struct quiet_rule){.pattern = "s*", .days = (uint16_t)(3 + below(20))};
    policy.gaps.on = policy.duplicates.on = true;
    policy.duplicates.limit = (struct limit){1000, 500};
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "all", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 1, .target = {9500, 9500},
    };
    policy.coverage[0].hold = (struct hold){(uint16_t)below(3), 0};
    return policy;
}

/* The batch's number, of a source that now and then leaves one out and sends it later. */
static void number_a_batch(uint64_t *sequence)
{
    uint32_t source;
    uint64_t number = below(6) == 0 && *sequence > 2 ? *sequence - 1 : *sequence + 1 + (below(5) == 0);
    ck_assert_int_eq(store_source(books, "s1", &source), 0);
    ck_assert_int_eq(store_sequence(books, source, number, (struct batch_numbers){0}), 0);
    if (number > *sequence)
        *sequence = number;
}

/* Groups of batches of several sources and funds, whose days end in the middle of both. */
static void some_groups(int events)
{
    static const char *const sources[] = {"s1", "s2", "other"};
    uint64_t sequence = 0;
    for (int number = 0, days = 0; number < events;) {
        begin();
        for (int batches = 1 + below(4); batches > 0; batches--) {
            for (int i = below(12); i >= 0; i--, number++) {
                struct event event = some_event(number, days);
                if (event.kind == KIND_DAY)
                    days += below(16);
                add(sources[below(3)], below(4) == 0 ? of_fund(event, 440800) : event);
            }
            number_a_batch(&sequence);
            ck_assert_int_eq(store_end_batch(books), 0);
        }
        commit();
    }
}

START_TEST(whatever_came_the_same_policy_tells_the_same)
{
    srandom((unsigned)_i);
    struct policy policy = a_policy_with_all(), other = a_policy_with_all();
    other.version = 7;
    apply(a_policy("all", 20240101, &policy));
    apply(of_fund(a_policy("of440800", 20231231, &other), 440800));
    some_groups(400);
    /* The first policy held until the second came: its alert of that day is the other one's. */
    run((struct backtest_ask){.policy = policy, .from = day(20240101), .to = DATE_NONE});
    check_all_same();
}
END_TEST

/* --- In order ---------------------------------------------------------------------------- */

START_TEST(in_order_nothing_changes_if_nothing_was_late)
{
    a_half_year();
    run_in_order();
    ck_assert_uint_gt(result.row_count, 1);
    check_all_same();
}
END_TEST

START_TEST(late_money_would_have_fired_earlier)
{
    a_month(1, 80000);
    a_month(2, 80000);
    a_month(3, 50000);                          /* 700000 - 210000: 7 months of 70000 */
    apply(a_day("d11", 20240411));
    apply(an_expenditure("late", 20240320, 60000, CATEGORY_INPATIENT));
    run_in_order();
    const struct course_row *fired = row_of(RULE_RUNWAY, TRANSITION_FIRING);
    ck_assert_ptr_nonnull(fired);
    ck_assert_int_eq(fired->how, COURSE_MOVED);
    ck_assert_int_eq(date_to_ymd(fired->then->date), 20240411);
    ck_assert_int_eq(date_to_ymd(fired->now->date), 20240331);
    ck_assert_int_eq(fired->days, -11);
}
END_TEST

/* Sent backwards, with month closes between: the same events as in order. */
START_TEST(in_order_the_order_of_sending_does_not_matter)
{
    struct policy policy = a_policy_of(2);
    policy.restated.on = true;
    policy.ahead_days = 5;                      /* in order events come long before the next day ends */
    apply(a_policy("p2", 20240101, &policy));
    apply(a_day("d", 20240630));
    apply(a_month_close("c1", 20240331));
    for (int month = 6; month >= 1; month--) {
        char id[32];
        snprintf(id, sizeof id, "x%d", month);
        apply(an_expenditure(id, 20240000 + month * 100 + 10, 80000, CATEGORY_INPATIENT));
    }
    apply(a_month_close("c2", 20240630));
    apply(an_import("i", 20240630));
    apply(a_fee("old", 20240105, 1));
    apply(an_import_done("j", 20240630));
    run_in_order();
    ck_assert_uint_eq(result.refused, 0);
    ck_assert_int_eq(date_to_ymd(result.last), 20240630);
    ck_assert_int_eq(result.runway.why, COMPUTABLE);
    ck_assert_int_eq(result.runway.value.num, 700000 - 6 * 80000 + 1);
    /* What moved closed months was late: in order nothing did. */
    ck_assert_int_eq(row_of(RULE_RESTATED, TRANSITION_FIRING)->how, COURSE_ONLY_THEN);
}
END_TEST

START_TEST(in_order_policies_hold_from_their_days)
{
    struct policy policy = a_policy_of(2);
    a_half_year();
    policy.runway.low = (struct limit){10000, 10000};
    policy.runway.critical_low = (struct limit){5000, 5000};
    /* For the past: the alert ends with it. */
    ck_assert_int_eq(apply(a_policy("late", 20240101, &policy)).outcome, OUTCOME_APPLIED);
    run_in_order();
    ck_assert_int_eq(row_of(RULE_RUNWAY, TRANSITION_FIRING)->how, COURSE_ONLY_THEN);
    ck_assert_int_eq(row_of(RULE_RUNWAY, TRANSITION_ENDED)->how, COURSE_ONLY_THEN);
}
END_TEST

START_TEST(a_fund_that_lives_by_the_clock_is_replayed_by_it)
{
    struct policy policy = a_policy_of(2);
    policy.clock = CLOCK_LIVE;
    apply(a_policy("live", 20240101, &policy));
    for (int month = 1; month <= 6; month++) {
        char id[32];
        int32_t first = 20240000 + month * 100 + 1;
        snprintf(id, sizeof id, "x%d", month);
        apply(an_expenditure(id, first + 9, 80000, CATEGORY_INPATIENT));
        begin();
        ck_assert_int_eq(store_clock(books, date_month_last(date_month_of(day(first)))), 0);
        commit();
    }
    apply(a_month_close("c", 20240630));
    policy.clock = CLOCK_EVENTS;                    /* what is asked about does not move days */
    if (_i == 0)
        run_under(&policy);
    else
        run_in_order();
    ck_assert_ptr_nonnull(row_of(RULE_RUNWAY, TRANSITION_FIRING));
    ck_assert_int_eq(date_to_ymd(result.last), 20240630);
    check_all_same();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("backtest");
    TCase *t = tcase_create("another policy");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_same_policy_gives_the_journals_own_alerts);
    tcase_add_test(t, a_stricter_policy_fires_earlier);
    tcase_add_test(t, a_laxer_policy_fires_later_or_never);
    tcase_add_test(t, a_policy_can_hold_from_a_day_on);
    tcase_add_test(t, a_backtest_posts_under_the_other_policy);
    tcase_add_test(t, a_backtest_recognises_a_year_in_one_way);
    tcase_add_test(t, days_are_judged_where_their_batch_ended);
    tcase_add_test(t, a_place_is_judged_by_the_sums_of_its_funds);
    tcase_add_test(t, a_group_of_many_segments_is_judged_once);
    tcase_add_test(t, all_sorts_of_events_come_out_the_same);
    tcase_add_test(t, a_source_that_is_heard_again_ends_its_silence_as_it_did);
    tcase_add_test(t, what_another_policy_would_not_have_let_in_is_taken_all_the_same);
    tcase_add_loop_test(t, imported_history_is_judged_day_by_day, 0, 4);
    tcase_add_test(t, rows_of_imported_history_lie_between_days);
    tcase_add_test(t, what_was_told_is_compared_where_nothing_was_imported);
    tcase_add_test(t, too_little_history_is_said);
    tcase_add_test(t, a_fund_that_is_not_there_is_said);
    tcase_add_loop_test(t, whatever_came_the_same_policy_tells_the_same, 0, 30);
    suite_add_tcase(s, t);
    t = tcase_create("in order");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, in_order_nothing_changes_if_nothing_was_late);
    tcase_add_test(t, late_money_would_have_fired_earlier);
    tcase_add_test(t, in_order_the_order_of_sending_does_not_matter);
    tcase_add_test(t, in_order_imported_history_raises_nothing);
    tcase_add_test(t, in_order_policies_hold_from_their_days);
    tcase_add_loop_test(t, a_fund_that_lives_by_the_clock_is_replayed_by_it, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
