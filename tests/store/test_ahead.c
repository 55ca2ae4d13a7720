/* Looking ahead, against what then happens: two years that are alike are looked ahead from, and the third is
 * played in the same store as the assumptions say.  Every alert must be the one that was foreseen, on its
 * day. */
#include <stdio.h>
#include <string.h>

#include "store/ahead.h"
#include "store/files.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define WAN FEN_PER_WAN
#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

static struct policy policy;
static int ids;
static uint32_t looked_at;

static const char *new_id(void)
{
    static char text[16];
    snprintf(text, sizeof text, "id-%d", ++ids);
    return text;
}

static void put(struct event event)
{
    ck_assert_int_eq(add("bureau", event).outcome, OUTCOME_APPLIED);
}

/* --- A fund with all rules ---------------------------------------------------------------- */

static void set_subsidies(int32_t year, struct subsidy_standard *standard)
{
    *standard = (struct subsidy_standard){.year = year, .whole = 1};
    for (int i = 0; i < SUBSIDY_LEVELS; i++)
        standard->levels[i].base = SUBSIDY_HEADS_STATED;
    standard->levels[SUBSIDY_CENTRAL] = (struct subsidy_level_rule){
        .own = {40000}, .base = SUBSIDY_HEADS_STATED, .heads_date = day(year * 10000 - 10000 + 1231),
        .tranche_count = 2, .tranches = {{day(year * 10000 + 331), 1}, {day(year * 10000 + 930), 1}},
    };
    standard->levels[SUBSIDY_COUNTY] = (struct subsidy_level_rule){
        .own = {20000}, .base = SUBSIDY_HEADS_STATED, .heads_date = day(year * 10000 + 630),
        .tranche_count = 1, .tranches = {{day(year * 10000 + 731), 1}},
    };
}

static void all_rules(void)
{
    policy = policy_default();
    policy.ahead_days = 366;
    policy.runway.hold = (struct hold){3, 5};
    policy.runway.critical_low = (struct limit){2 * E4, 2 * E4};
    policy.runway.low = (struct limit){4 * E4, 4 * E4};
    policy.coverage_count = 2;
    policy.coverage[0] = (struct coverage_rule){
        .name = "resident", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 6, .deadline_day = 30, .target = {9500, 9500},
    };
    policy.coverage[1] = (struct coverage_rule){
        .name = "paid", .numerator = NUMERATOR_PAID, .denominator = DENOMINATOR_LAST_YEAR,
        .deadline_month = 3, .deadline_day = 15, .target = {9900, 9900}, .hold = {2, 0},
    };
    policy.subsidy.tolerance = (struct subsidy_tolerance){{100}, 0};
    policy.subsidy.standard_count = 3;
    for (int i = 0; i < 3; i++)
        set_subsidies(2024 + i, &policy.subsidy.standards[i]);
    policy.reimbursement.on = true;
    policy.reimbursement.in_policy = (struct limit){7500, 7500};
    policy.reimbursement.actual = (struct limit){5500, 5500};
    policy.falling = (struct falling_rule){.on = true, .months = 3, .limit = {4 * E4, 3 * E4}};
    policy.contributions.limit = (struct limit){9900, 9900};
    policy.contributions.expected_count = 1;
    policy.contributions.expected[0] = (struct expectation){2027, day(20261220), {960 * 38000}};
    policy.net_loss.on = true;
    policy.pace = (struct pace_rule){
        .on = true, .numerator = NUMERATOR_REPORTED, .from_month = 10, .from_day = 1,
        .to_month = 12, .to_day = 31, .limit = {100, 100},
    };
    policy.duplicates = (struct duplicates_rule){.on = true, .limit = {100, 90}};
    policy.execution.on = true;
    policy.execution.from = 11;
    policy.execution.over = (struct limit){10500, 10000};
    policy.budget_count = 2;
    policy.budget[0] = (struct budget_line){.year = 2026, .category = CATEGORY_INPATIENT};
    policy.budget[0].amount.fen = 12 * 7600000;
    policy.budget[1] = (struct budget_line){.year = 2026, .category = CATEGORY_PERSONAL};
    policy.budget[1].amount.fen = 960 * 38000;
    policy.gate = (struct gate_rule){.on = true, .years = 1, .months = {4 * E4, 4 * E4}};
}

/* --- Years --------------------------------------------------------------------------------- */

/* What is otherwise in a year: payouts in percent, subsidies so many days late, people in 960ths. */
struct year {
    int64_t payouts;
    int late;
    int64_t people;
};
static const struct year as_ever = {100, 0, 960};

static bool county_pays_ahead;

static int32_t later(int32_t ymd, int days)
{
    return date_to_ymd(day(ymd) + days);
}

static struct event of_year(struct event event, int32_t year)
{
    event.year = year;
    return event;
}

static struct event a_bill(int32_t ymd, const struct year *y)
{
    struct event e = an_expenditure(new_id(), ymd, 76000 * y->payouts, CATEGORY_INPATIENT);
    e.cost.fen = 120000 * y->payouts;
    e.in_policy.fen = 96000 * y->payouts;
    e.present |= UINT32_C(1) << FIELD_COST | UINT32_C(1) << FIELD_IN_POLICY;
    return e;
}

static void money_of(int32_t year, int32_t ymd, const struct year *y)
{
    int32_t mmdd = ymd % 10000;
    if (mmdd % 100 == 10)
        put(a_bill(ymd, y));
    if (mmdd % 100 == 25)
        put(an_expenditure(new_id(), ymd, 2000 * y->payouts, CATEGORY_CATASTROPHIC));
    if (mmdd == 1105 || mmdd == 1215)
        put(of_year(a_fee(new_id(), ymd, 19000 * y->people), year + 1));
    for (int32_t of = year; of >= year - 1; of--) {         /* late ones may come in the next year */
        const struct year *its = of == year ? y : &as_ever;
        if (ymd == later(of * 10000 + 320, its->late) || ymd == later(of * 10000 + 925, its->late))
            put(a_subsidy(new_id(), ymd, 960 * 20000, CATEGORY_CENTRAL, of));
        if (ymd == later(of * 10000 + 720, its->late))
            put(a_subsidy(new_id(), ymd, 960 * 20000, CATEGORY_COUNTY, of + county_pays_ahead));
    }
    if (mmdd == 331)
        put(of_year(an_expenditure(new_id(), ymd, 700, CATEGORY_TO_UPPER), 0));
}

static void people_of(int32_t year, int32_t ymd, const struct year *y)
{
    int32_t mmdd = ymd % 10000;
    if (mmdd == 105) {
        put(a_population(new_id(), ymd, MEASURE_RESIDENT, 1000));
        put(a_population(new_id(), ymd, MEASURE_LAST_YEAR, 192));
    }
    if (mmdd == 110 || mmdd == 620)
        put(a_headcount(new_id(), ymd, y->people));
    if (mmdd == 1010 || mmdd == 1210)
        put(of_year(a_headcount(new_id(), ymd, mmdd == 1010 ? y->people / 2 : y->people), year + 1));
    if (mmdd == 601)
        put(a_population(new_id(), ymd, MEASURE_DUPLICATES_PROVINCE, 9));
    for (int person = 1; mmdd == 1120 && person <= y->people / 10; person++)
        put(of_year(a_fee_of(new_id(), ymd, 0, person), year + 1));
    for (int person = 1001; mmdd == 301 && person <= 1000 + y->people / 10; person++)
        put(a_fee_of(new_id(), ymd, 0, person));
}

/* In one commit; each day is a batch of its own. */
static void play_year(int32_t year, const struct year *y)
{
    begin();
    for (date_day d = day(year * 10000 + 101); d <= day(year * 10000 + 1231); d++) {
        int32_t ymd = date_to_ymd(d);
        money_of(year, ymd, y);
        people_of(year, ymd, y);
        put(a_day(new_id(), ymd));
        ck_assert_int_eq(store_end_batch(books), 0);
    }
    commit();
}

static void setup(void)
{
    books_setup_empty();
    ids = 0;
    looked_at = 130207;
    all_rules();
    begin();
    put(a_policy(new_id(), 20240101, &policy));
    put(an_opening(new_id(), 20231231, 68000000));
    put(of_year(a_headcount(new_id(), 20231231, 960), 2023));
    commit();
    play_year(2024, &as_ever);
    play_year(2025, &as_ever);
}

static void teardown(void)
{
    books_teardown();
}

/* --- Looking ---------------------------------------------------------------------------------- */

static struct ahead ahead;

static struct outlook outlook;

static int look(int32_t as_of, struct whatif_change change)
{
    static struct outlook_past past;
    struct view *view;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){looked_at, SCHEME_RESIDENT}, &number), 0);
    ck_assert_int_eq(view_past(view, number, day(as_of), &past), 0);
    outlook_of(&past, &outlook);
    ck_assert_int_eq(outlook.known, OUTLOOK_KNOWN);
    int err = view_ahead(view, number, &past, &outlook, &change, 1, &ahead);
    view_close(&view);
    return err;
}

static bool is_judged_ahead(const struct alert *alert)
{
    return ahead_unjudged(alert->rule) == NULL;
}

/* What was told after a number is what was foreseen. */
static void compare_alerts(uint64_t before)
{
    size_t at = 0;
    for (uint64_t number = before + 1; number <= alert_count(); number++) {
        struct alert real = alert_number(number);
        if (!is_judged_ahead(&real))
            continue;
        ck_assert_msg(at < ahead.told_count, "%s %s on %d was not foreseen", rule_word(real.rule),
                      real.instance, date_to_ymd(real.books_date));
        const struct told *told = &ahead.told[at++];
        ck_assert_msg(told->rule == real.rule && strcmp(told->instance, real.instance) == 0
                      && told->date == real.books_date && told->transition == real.transition
                      && told->level == real.level && told->previous == real.previous_level,
                      "%s %s %s on %d, foreseen %s %s %s on %d", rule_word(real.rule), real.instance,
                      transition_word(real.transition), date_to_ymd(real.books_date), rule_word(told->rule),
                      told->instance, transition_word(told->transition), date_to_ymd(told->date));
        ck_assert_int_eq(told->indicator.why, real.indicator.why);
        ck_assert_int_eq(told->indicator.value.num, real.indicator.value.num);
        ck_assert_int_eq(told->indicator.value.den, real.indicator.value.den);
    }
    ck_assert_msg(at == ahead.told_count, "%s was foreseen on %d and did not come",
                  rule_word(ahead.told[at].rule), date_to_ymd(ahead.told[at].date));
}

static bool foresees(enum rule rule, const char *instance, enum transition transition)
{
    for (size_t i = 0; i < ahead.told_count; i++)
        if (ahead.told[i].rule == rule && strcmp(ahead.told[i].instance, instance) == 0
            && ahead.told[i].transition == transition)
            return true;
    return false;
}

/* --- What comes is what was foreseen ---------------------------------------------------------------- */

static const struct {
    struct whatif_change change;
    struct year year;
} courses[] = {
    {{E4, 0, {1, 1, 1}}, {100, 0, 960}},
    {{10800, 0, {1, 1, 1}}, {108, 0, 960}},
    {{13000, 0, {1, 1, 1}}, {130, 0, 960}},
    {{E4, 90, {1, 1, 1}}, {100, 90, 960}},
    {{E4, 0, {940, 960, 1}}, {100, 0, 940}},
    {{10800, 90, {940, 960, 1}}, {108, 90, 940}},
    {{8000, 1, {1000, 960, 1}}, {80, 1, 1000}},
};

START_TEST(a_year_that_comes_as_assumed_tells_what_was_foreseen)
{
    uint64_t before = alert_count();
    ck_assert_int_eq(look(20251231, courses[_i].change), 0);
    play_year(2026, &courses[_i].year);
    for (unsigned k = 0; k < OUTLOOK_AHEAD; k++) {
        int32_t ym = 202601 + (int32_t)k;
        struct amount surplus;
        ck_assert(lines_surplus(&ahead.months[k].lines, &surplus));
        ck_assert_int_eq(ahead.months[k].lines.fen[ACCOUNT_E11],
                         line(ACCOUNT_E11, ym * 100 + 1, ym * 100 + 28));
        ck_assert_int_eq(ahead.months[k].month, date_month_of(day(ym * 100 + 1)));
    }
    ck_assert_int_eq(ahead.months[11].balance.fen, balance());
    compare_alerts(before);
    ahead_free(&ahead);
}
END_TEST

static const struct {
    struct whatif_change change;
    enum rule rule;
    const char *instance;
} moved[] = {
    {{13000, 0, {1, 1, 1}}, RULE_RUNWAY, ""},
    {{13000, 0, {1, 1, 1}}, RULE_FALLING, ""},
    {{13000, 0, {1, 1, 1}}, RULE_DEFICIT, ""},
    {{13000, 0, {1, 1, 1}}, RULE_GATE, ""},
    {{10800, 0, {1, 1, 1}}, RULE_BUDGET, "2026-expenditure"},
    {{E4, 90, {1, 1, 1}}, RULE_SUBSIDY, "2026-central"},
    {{E4, 90, {1, 1, 1}}, RULE_SUBSIDY, "2026-county"},
    {{E4, 0, {940, 960, 1}}, RULE_COVERAGE, "resident"},
    {{E4, 0, {940, 960, 1}}, RULE_COVERAGE, "paid"},
    {{E4, 0, {940, 960, 1}}, RULE_PACE, ""},
    {{E4, 0, {940, 960, 1}}, RULE_CONTRIBUTIONS, "2027"},
};

START_TEST(a_change_reaches_the_rule_that_it_moves)
{
    struct ahead changed;
    for (size_t i = 0; i < COUNT_OF(moved); i++) {
        ck_assert_int_eq(look(20251231, moved[i].change), 0);
        changed = ahead;
        ck_assert_int_eq(look(20251231, WHATIF_NO_CHANGE), 0);
        const char *word = rule_word(moved[i].rule);
        ck_assert_msg(!foresees(moved[i].rule, moved[i].instance, TRANSITION_FIRING),
                      "%s without a change", word);
        ahead_free(&ahead);
        ahead = changed;
        ck_assert_msg(foresees(moved[i].rule, moved[i].instance, TRANSITION_FIRING),
                      "%s does not fire", word);
        ck_assert(ahead.judged[moved[i].rule]);
        ahead_free(&ahead);
    }
}
END_TEST

/* The county paid for a year that is not due yet, and left the present one unpaid. */
START_TEST(what_comes_pays_the_oldest_year_that_is_owed)
{
    books_teardown();
    books_setup_empty();
    begin();
    put(a_policy(new_id(), 20240101, &policy));
    put(an_opening(new_id(), 20231231, 68000000));
    put(of_year(a_headcount(new_id(), 20231231, 960), 2023));
    commit();
    play_year(2024, &as_ever);
    county_pays_ahead = true;
    play_year(2025, &as_ever);
    county_pays_ahead = false;
    ck_assert_int_eq(look(20251231, WHATIF_NO_CHANGE), 0);
    ck_assert(foresees(RULE_SUBSIDY, "2025-county", TRANSITION_ENDED));
    ck_assert(!foresees(RULE_SUBSIDY, "2026-county", TRANSITION_FIRING));
    ahead_free(&ahead);
}
END_TEST

/* --- Without a trace ------------------------------------------------------------------------------------ */

START_TEST(the_books_are_as_they_were)
{
    struct store_head before, after;
    char folder[300];
    store_head(books, &before);
    ck_assert_int_eq(look(20251231, (struct whatif_change){15000, 200, {1, 2, 1}}), 0);
    ahead_free(&ahead);
    store_head(books, &after);
    ck_assert_mem_eq(&before, &after, sizeof before);
    snprintf(folder, sizeof folder, "%s", books_path);
    *strrchr(folder, '/') = '\0';
    ck_assert(!files_exists(folder, "store.ahead"));
}
END_TEST

START_TEST(a_day_before_is_looked_at_as_if_nothing_had_come_after_it)
{
    ck_assert_int_eq(look(20251231, WHATIF_NO_CHANGE), 0);
    struct ahead now = ahead;
    play_year(2026, &(struct year){200, 0, 100});
    ck_assert_int_eq(look(20251231, WHATIF_NO_CHANGE), 0);
    for (unsigned k = 0; k < OUTLOOK_AHEAD; k++) {
        ck_assert_int_eq(ahead.months[k].balance.fen, now.months[k].balance.fen);
        ck_assert_int_eq(ahead.months[k].runway.value.num, now.months[k].runway.value.num);
    }
    /* States of that day are not kept, so what was held back then may be told now; nothing else may. */
    for (size_t i = 0; i < now.told_count; i++)
        if (now.told[i].transition == TRANSITION_FIRING)
            ck_assert_msg(foresees(now.told[i].rule, now.told[i].instance, TRANSITION_FIRING), "%s",
                          rule_word(now.told[i].rule));
    ahead_free(&ahead);
    ahead = now;
    ahead_free(&ahead);
}
END_TEST

START_TEST(in_the_middle_of_a_month_what_has_come_is_a_part_of_it)
{
    begin();
    for (date_day d = day(20260101); d <= day(20260320); d++) {
        money_of(2026, date_to_ymd(d), &as_ever);
        put(a_day(new_id(), date_to_ymd(d)));
        ck_assert_int_eq(store_end_batch(books), 0);
    }
    put(an_expenditure(new_id(), 20260320, 4000000, CATEGORY_CATASTROPHIC));     /* more than ever */
    commit();
    ck_assert_int_eq(look(20260320, WHATIF_NO_CHANGE), 0);
    ck_assert_int_eq(ahead.months[0].month, date_month_of(day(20260301)));
    ck_assert_int_eq(ahead.months[0].lines.fen[ACCOUNT_E11], 7600000);          /* came on the 10th */
    ck_assert_int_eq(ahead.months[0].lines.fen[ACCOUNT_E2], 4000000);           /* stays */
    ck_assert_int_eq(ahead.months[0].lines.fen[ACCOUNT_I21], -960 * 20000);     /* once */
    ck_assert_int_eq(ahead.months[1].lines.fen[ACCOUNT_E2], 200000);
    ahead_free(&ahead);
}
END_TEST

/* Fees count in the year that they cover: those that came in autumn are booked for January already. */
START_TEST(fees_in_advance_are_not_counted_twice)
{
    books_teardown();
    books_setup_empty();
    all_rules();
    policy.fee_basis = FEES_IN_YEAR_COVERED;
    begin();
    put(a_policy(new_id(), 20240101, &policy));
    put(an_opening(new_id(), 20231231, 68000000));
    put(of_year(a_fee(new_id(), 20240101, 960 * 38000), 2024));
    commit();
    play_year(2024, &as_ever);
    play_year(2025, &as_ever);
    uint64_t before = alert_count();
    ck_assert_int_eq(look(20251231, WHATIF_NO_CHANGE), 0);
    ck_assert_int_eq(ahead.months[0].lines.fen[ACCOUNT_I11], -960 * 38000);
    play_year(2026, &as_ever);
    ck_assert_int_eq(ahead.months[11].balance.fen, balance());
    compare_alerts(before);
    ahead_free(&ahead);
}
END_TEST

static void put_days_of(int32_t year)
{
    begin();
    put(a_day(new_id(), year * 10000 + 1231));
    for (date_day d = day(year * 10000 + 101); d <= day(year * 10000 + 1231); d++)
        put(an_expenditure(new_id(), date_to_ymd(d), 10000 + d % 7, CATEGORY_INPATIENT));
    commit();
}

/* Late money of many days in one commit, whose sums are not in their rows yet (deferred.h). */
START_TEST(what_waits_for_its_row_is_not_forgotten)
{
    put_days_of(2025);
    for (int earlier = 0; earlier < 2; earlier++) {
        if (earlier)
            put_days_of(2026);
        ck_assert_int_eq(look(20251231, WHATIF_NO_CHANGE), 0);
        const struct outlook_path *path = &outlook.paths[OUTLOOK_CENTRAL];
        for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
            ck_assert_int_eq(ahead.months[k - 1].balance.fen, path->balance[k].fen);
            ck_assert_int_eq(ahead.months[k - 1].runway.value.den, path->trailing[k].fen);
        }
        ahead_free(&ahead);
    }
}
END_TEST

/* The books of a place that was merged are a part of those of another, and so is what they carry on. */
START_TEST(a_fund_with_parts_is_looked_at_with_them)
{
    begin();
    policy.version++;
    put(of_fund(a_policy(new_id(), 20260101, &policy), 130299));
    policy.merged_into = 130299;
    put(a_policy(new_id(), 20260101, &policy));
    put(of_fund(a_day(new_id(), 20260131), 130299));
    put(of_fund(an_expenditure(new_id(), 20260110, 7600000, CATEGORY_INPATIENT), 130299));
    commit();
    looked_at = 130299;
    ck_assert_int_eq(look(20260131, WHATIF_NO_CHANGE), 0);
    const struct outlook_path *path = &outlook.paths[OUTLOOK_CENTRAL];
    for (unsigned k = 1; k <= OUTLOOK_AHEAD; k++) {
        ck_assert_int_eq(ahead.months[k - 1].balance.fen, path->balance[k].fen);
        ck_assert_int_eq(ahead.months[k - 1].runway.value.den, path->trailing[k].fen);
    }
    ck_assert_int_eq(ahead.months[1].lines.fen[ACCOUNT_I21], -960 * 20000);
    ck_assert(ahead.judged[RULE_SUBSIDY] && ahead.judged[RULE_COVERAGE]);
    ahead_free(&ahead);
}
END_TEST

START_TEST(the_store_goes_on_and_verifies)
{
    char path[300];
    uint64_t covered;
    struct verify_result result;
    ck_assert_int_eq(look(20251231, WHATIF_NO_CHANGE), 0);
    ahead_free(&ahead);
    play_year(2026, &as_ever);
    snprintf(path, sizeof path, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, path, &covered), 0);
    ck_assert_int_eq(verify_store(path, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("ahead");
    TCase *t = tcase_create("ahead");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_year_that_comes_as_assumed_tells_what_was_foreseen, 0, COUNT_OF(courses));
    tcase_add_test(t, a_change_reaches_the_rule_that_it_moves);
    tcase_add_test(t, what_comes_pays_the_oldest_year_that_is_owed);
    tcase_add_test(t, the_books_are_as_they_were);
    tcase_add_test(t, a_day_before_is_looked_at_as_if_nothing_had_come_after_it);
    tcase_add_test(t, in_the_middle_of_a_month_what_has_come_is_a_part_of_it);
    tcase_add_test(t, fees_in_advance_are_not_counted_twice);
    tcase_add_test(t, what_waits_for_its_row_is_not_forgotten);
    tcase_add_test(t, a_fund_with_parts_is_looked_at_with_them);
    tcase_add_test(t, the_store_goes_on_and_verifies);
    suite_add_tcase(s, t);
    return s;
}
