/* Who is insured as of any day, in one fund and across funds, whatever order it came in; every test ends
 * with its books rebuilt from the journal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <lmdb.h>

#include "store/bytes.h"
#include "store/group.h"
#include "store/parts.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define ELSEWHERE 130208        /* a second county */
#define CITY      130200        /* which both are in */

/* The n-th allocation from now, or look-up, fails, counted from 1; 0: none (Makefile: WRAP_test_people). */
static int memory_fails, look_up_fails;
static bool memory_goes_too;            /* with that look-up, for good */

static bool is_due(int *calls)
{
    return *calls > 0 && --*calls == 0;
}

static bool memory_is_out(void)
{
    bool out = is_due(&memory_fails);
    return out || (memory_goes_too && look_up_fails == 0);
}

#define MEMORY_IS_OUT() memory_is_out()
#include "tests/store/short_memory.h"

int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    return is_due(&look_up_fails) ? EIO : __real_mdb_cursor_get(cursor, key, data, op);
}

static int ids;
static char id_text[16];

static const char *new_id(void)
{
    snprintf(id_text, sizeof id_text, "id-%d", ++ids);
    return id_text;
}

static struct policy a_plain_policy(uint32_t version)
{
    struct policy policy = policy_default();
    policy.version = version;
    policy.ahead_days = 366;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
    return policy;
}

static void put_policy(uint32_t place, const struct policy *policy)
{
    ck_assert_int_eq(outcome_of(of_fund(a_policy(new_id(), 20240101, policy), place)), OUTCOME_APPLIED);
}

static void setup(void)
{
    books_setup();
    ids = 0;
    struct policy policy = a_plain_policy(2);
    put_policy(130207, &policy);
    put_policy(ELSEWHERE, &policy);
}

static void teardown(void)
{
    char path[250];
    uint64_t covered;
    struct verify_result result;
    snprintf(path, sizeof path, "%s-copy", books_path);
    ck_assert_int_eq(store_backup(books, path, &covered), 0);
    ck_assert_int_eq(verify_store(path, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
    ck_assert_uint_eq(result.alerts, alert_count());
    books_teardown();
}

static struct headcount heads_of(struct fund fund, int32_t ymd)
{
    struct txn txn;
    struct fund_record record;
    struct parts parts;
    struct headcount heads;
    ck_assert_int_eq(txn_begin(&books->env, true, &txn), 0);
    ck_assert(books_fund(&txn, fund, &record));
    parts_of(&txn, &record, day(ymd), &parts);
    people_headcount(&txn, &parts, day(ymd), &heads);
    txn_abort(&txn);
    return heads;
}

static struct headcount heads_at(uint32_t place, int32_t ymd)
{
    return heads_of((struct fund){place, SCHEME_RESIDENT}, ymd);
}

/* registered, paid, left, paid once: as of a day; UNHEARD where nobody ever was. */
#define UNHEARD HEADS_UNKNOWN
#define COUNTS(place, ymd, registered_, paid_, left_, once) do {        \
        struct headcount heads = heads_at(place, ymd);                  \
        ck_assert_int_eq(heads.registered, registered_);                \
        ck_assert_int_eq(heads.paid, paid_);                            \
        ck_assert_int_eq(heads.left, left_);                            \
        ck_assert_int_eq(heads.paid_once, once);                        \
    } while (0)

static struct event in_group(struct event e, enum event_group group)
{
    e.group = (uint8_t)group;
    e.present |= UINT32_C(1) << FIELD_GROUP;
    return e;
}

static struct event of_employees(struct event e)
{
    e.fund.scheme = SCHEME_EMPLOYEE;
    return e;
}

/* --- The year of a person ------------------------------------------------------------- */

START_TEST(who_dies_or_withdraws_was_insured_until_then)
{
    for (int person = 1; person <= 3; person++) {
        apply(an_enrollment(new_id(), 20240101, person, STATUS_NORMAL));
        apply(a_fee_of(new_id(), 20240102, 38000, person));
    }
    apply(an_enrollment(new_id(), 20240301, 1, STATUS_ENDED));
    apply(an_enrollment(new_id(), 20240401, 2, STATUS_PAUSED));
    COUNTS(130207, 20240101, 3, UNHEARD, UNHEARD, UNHEARD);
    COUNTS(130207, 20240229, 3, 3, 0, 3);
    COUNTS(130207, 20240301, 2, 3, 1, 2);
    COUNTS(130207, 20240401, 1, 3, 2, 1);
    apply(an_enrollment(new_id(), 20240501, 2, STATUS_NORMAL));
    COUNTS(130207, 20240430, 1, 3, 2, 1);
    COUNTS(130207, 20240501, 2, 3, 1, 2);
}
END_TEST

START_TEST(newborns_and_late_payers_count_from_their_own_day_on)
{
    apply(an_enrollment(new_id(), 20240101, 1, STATUS_NORMAL));
    apply(an_enrollment(new_id(), 20240510, 2, STATUS_NORMAL));     /* born then */
    apply(a_fee_of(new_id(), 20240510, 38000, 2));
    apply(a_fee_of(new_id(), 20240601, 38000, 1));                  /* late */
    COUNTS(130207, 20240509, 1, UNHEARD, UNHEARD, UNHEARD);
    COUNTS(130207, 20240510, 2, 1, 0, 1);
    COUNTS(130207, 20240601, 2, 2, 0, 2);
}
END_TEST

START_TEST(a_fee_that_was_given_back_counted_until_then)
{
    apply(a_reversal("r", 20240401, "fee"));       /* before the fee itself */
    apply(a_fee_of("fee", 20240110, 38000, 1));
    apply(a_fee_of("other", 20240110, 38000, 2));
    apply(a_reversal("r2", 20240501, "other"));
    COUNTS(130207, 20240110, UNHEARD, 2, 0, 2);
    COUNTS(130207, 20240401, UNHEARD, 1, 0, 1);
    COUNTS(130207, 20240501, UNHEARD, 0, 0, 0);
    books_reopen();
    apply(a_fee_of("again", 20240601, 38000, 1));
    COUNTS(130207, 20240531, UNHEARD, 0, 0, 0);
    COUNTS(130207, 20240601, UNHEARD, 1, 0, 1);
}
END_TEST

START_TEST(students_count_by_group_from_the_day_that_they_are_students)
{
    struct txn txn;
    struct parts parts = {.count = 1, .items[0].fund = 1};
    apply(a_fee_of(new_id(), 20240110, 38000, 1));
    apply(in_group(an_enrollment(new_id(), 20240901, 1, STATUS_NORMAL), GROUP_STUDENT));
    ck_assert_int_eq(txn_begin(&books->env, true, &txn), 0);
    struct people_count before = people_counts_at(&txn, &parts, 2024, day(20240831));
    ck_assert_int_eq(before.slots[INSURED_PAID + GROUP_STUDENT], 0);
    ck_assert_int_eq(before.slots[INSURED_PAID + GROUP_NONE], 1);
    struct people_count after = people_counts_at(&txn, &parts, 2024, day(20240901));
    ck_assert_int_eq(after.slots[INSURED_PAID + GROUP_STUDENT], 1);
    ck_assert_int_eq(after.slots[INSURED_PAID + GROUP_NONE], 0);
    txn_abort(&txn);
}
END_TEST

/* --- Two funds ------------------------------------------------------------------------ */

START_TEST(who_is_paid_in_two_funds_is_counted_where_the_fee_came_first)
{
    apply(a_fee_of("here", 20240220, 38000, 1));
    apply(of_fund(a_fee_of("there", 20240110, 38000, 1), ELSEWHERE));
    COUNTS(130207, 20240220, UNHEARD, 1, 0, 0);
    COUNTS(ELSEWHERE, 20240219, UNHEARD, 1, 0, 1);
    COUNTS(ELSEWHERE, 20240220, UNHEARD, 1, 0, 1);
    struct headcount here = heads_at(130207, 20240220), there = heads_at(ELSEWHERE, 20240220);
    ck_assert_int_eq(here.doubled, 1);
    ck_assert_int_eq(there.doubled, 1);
    ck_assert_int_eq(here.elsewhere, 1);
    ck_assert_int_eq(there.elsewhere, 0);
    ck_assert_int_eq(heads_at(ELSEWHERE, 20240219).doubled, 0);
    ck_assert_int_eq(headcount_band(&there).least, 0);
    ck_assert_int_eq(headcount_band(&there).most, 1);
    books_reopen();
    apply(of_fund(a_reversal("undo", 20240301, "there"), ELSEWHERE));
    COUNTS(130207, 20240229, UNHEARD, 1, 0, 0);
    COUNTS(130207, 20240301, UNHEARD, 1, 0, 1);
    COUNTS(ELSEWHERE, 20240301, UNHEARD, 0, 0, 0);
}
END_TEST

START_TEST(who_moves_to_the_employees_is_counted_there)
{
    struct policy policy = a_plain_policy(1);
    struct fund employees = {130207, SCHEME_EMPLOYEE};
    apply(of_employees(a_policy(new_id(), 20240101, &policy)));
    apply(a_fee_of(new_id(), 20240102, 38000, 1));
    apply(a_fee_of(new_id(), 20240102, 38000, 2));
    apply(of_employees(a_fee_of(new_id(), 20240601, 90000, 1)));
    apply(of_employees(a_fee_of(new_id(), 20240601, 90000, 2)));
    apply(an_enrollment(new_id(), 20240601, 1, STATUS_ENDED));      /* the second stays in both */
    COUNTS(130207, 20240531, UNHEARD, 2, 0, 2);
    COUNTS(130207, 20240601, UNHEARD, 2, 1, 1);
    ck_assert_int_eq(heads_of(employees, 20240601).paid, 2);
    ck_assert_int_eq(heads_of(employees, 20240601).paid_once, 1);
    ck_assert_int_eq(heads_of(employees, 20240601).doubled, 1);
}
END_TEST

START_TEST(a_city_and_its_county_do_not_double_each_others_people)
{
    struct policy policy = a_plain_policy(1);
    put_policy(CITY, &policy);
    apply(a_fee_of(new_id(), 20240102, 38000, 1));
    apply(of_fund(a_fee_of(new_id(), 20240105, 38000, 1), CITY));
    COUNTS(130207, 20240105, UNHEARD, 1, 0, 1);
    COUNTS(CITY, 20240105, UNHEARD, 1, 0, 1);
    apply(of_fund(a_fee_of(new_id(), 20240103, 38000, 1), ELSEWHERE));
    COUNTS(ELSEWHERE, 20240105, UNHEARD, 1, 0, 0);
    COUNTS(CITY, 20240105, UNHEARD, 1, 0, 1);
}
END_TEST

START_TEST(another_years_fee_doubles_nobody)
{
    struct event next = of_fund(a_fee_of(new_id(), 20240102, 38000, 1), ELSEWHERE);
    next.year = 2025;
    apply(next);
    apply(a_fee_of(new_id(), 20240103, 38000, 1));
    COUNTS(130207, 20240103, UNHEARD, 1, 0, 1);
}
END_TEST

START_TEST(what_happens_in_one_fund_is_judged_in_the_other)
{
    struct policy policy = a_plain_policy(3);
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "once", .numerator = NUMERATOR_PAID_ONCE, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 1, .target = {9000, 9000},
    };
    put_policy(130207, &policy);
    apply(a_population(new_id(), 20240101, MEASURE_RESIDENT, 10));
    for (int person = 1; person <= 9; person++)
        apply(a_fee_of(new_id(), 20240105, 38000, person));
    apply(a_day(new_id(), 20240110));
    ck_assert_uint_eq(alert_count(), 0);        /* exactly at 90 % */
    apply(of_fund(a_fee_of("there", 20240104, 38000, 5), ELSEWHERE));
    ck_assert_uint_eq(alert_count(), 1);
    struct alert alert = alert_number(1);
    ck_assert_uint_eq(alert.fund.place, 130207);
    ck_assert_int_eq(alert.rule, RULE_COVERAGE);
    ck_assert_int_eq(alert.indicator.value.num, 8);
    apply(of_fund(a_reversal(new_id(), 20240104, "there"), ELSEWHERE));
    ck_assert_uint_eq(alert_count(), 2);
    ck_assert_int_eq(alert_number(2).transition, TRANSITION_ENDED);
}
END_TEST

static void with_coverage(enum coverage_numerator numerator)
{
    struct policy policy = a_plain_policy(3);
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "all", .numerator = (uint8_t)numerator, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 1, .target = {9000, 9000},
    };
    put_policy(130207, &policy);
    apply(a_population(new_id(), 20240101, MEASURE_RESIDENT, 10));
}

START_TEST(a_year_whose_fees_are_all_given_back_covers_nobody)
{
    with_coverage(NUMERATOR_PAID);
    for (int person = 1; person <= 9; person++) {
        char id[16];
        snprintf(id, sizeof id, "fee-%d", person);
        apply(a_fee_of(id, 20240105, 38000, person));
    }
    apply(a_day(new_id(), 20240110));
    ck_assert_uint_eq(alert_count(), 0);
    for (int person = 1; person <= 9; person++) {
        char id[16];
        snprintf(id, sizeof id, "fee-%d", person);
        apply(a_reversal(new_id(), 20240111, id));
    }
    apply(a_day(new_id(), 20240111));
    struct alert alert = alert_number(alert_count());
    ck_assert_int_eq(alert.rule, RULE_COVERAGE);
    ck_assert_int_ne(alert.level, LEVEL_HEALTHY);
    ck_assert(!alert.blind);
    struct headcount heads = heads_at(130207, 20240111);
    ck_assert_int_eq(heads.paid, 0);
    ck_assert_int_eq(heads.registered, UNHEARD);    /* a tax office registers nobody */
}
END_TEST

START_TEST(stated_as_nobody_is_a_coverage_of_0)
{
    with_coverage(NUMERATOR_REPORTED);
    apply(a_headcount(new_id(), 20240105, 9));
    apply(a_day(new_id(), 20240110));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_headcount(new_id(), 20240111, 0));
    apply(a_day(new_id(), 20240111));
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_int_eq(alert_number(1).transition, TRANSITION_FIRING);
    ck_assert_int_eq(alert_number(1).indicator.value.num, 0);
}
END_TEST

static struct alert last_alert(void);
static void told_last(enum rule rule, enum transition transition);
static void collected(int year, int32_t ymd, int from, int count);

static void with_deadline_of(enum coverage_year_word year)
{
    struct policy policy = a_plain_policy(3);
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "all", .numerator = NUMERATOR_PAID_ONCE, .denominator = DENOMINATOR_RESIDENT,
        .year = (uint8_t)year,
        .deadline_month = 12, .deadline_day = 31, .target = {9500, 9500},
    };
    put_policy(130207, &policy);
    apply(a_population(new_id(), 20240101, MEASURE_RESIDENT, 20));
}

START_TEST(a_deadline_of_the_coming_year_judges_what_was_collected_for_it)
{
    with_deadline_of(COVERAGE_OF_COMING_YEAR);
    collected(2024, 20240105, 1, 20);
    apply(a_day(new_id(), 20240930));
    collected(2025, 20241010, 1, 12);
    apply(a_day(new_id(), 20241230));
    ck_assert_uint_eq(alert_count(), 0);        /* 100 % of this year, 60 % of the coming one so far */
    apply(a_day(new_id(), 20241231));
    ck_assert_uint_eq(alert_count(), 1);
    told_last(RULE_COVERAGE, TRANSITION_FIRING);
    ck_assert_int_eq(last_alert().indicator.value.num, 12);
    apply(a_day(new_id(), 20250131));
    ck_assert_uint_eq(alert_count(), 1);
    collected(2025, 20250201, 13, 7);           /* they pay late: 19 of 20 */
    apply(a_day(new_id(), 20250201));
    ck_assert_uint_eq(alert_count(), 2);
    told_last(RULE_COVERAGE, TRANSITION_ENDED);
}
END_TEST

START_TEST(a_year_is_judged_until_the_next_deadline_by_what_is_known_then)
{
    with_deadline_of(COVERAGE_OF_CURRENT_YEAR);
    collected(2024, 20240105, 1, 19);
    apply(a_day(new_id(), 20241231));
    collected(2025, 20250102, 1, 3);            /* is not asked for before its own deadline */
    apply(a_day(new_id(), 20250301));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_population(new_id(), 20241231, MEASURE_DUPLICATES_NATION, 1));
    ck_assert_uint_eq(alert_count(), 1);        /* told late: 18 of 20 */
    told_last(RULE_COVERAGE, TRANSITION_FIRING);
    ck_assert_int_eq(last_alert().books_date, day(20250301));
    ck_assert_int_eq(last_alert().indicator.value.num, 18);
    apply(a_day(new_id(), 20251230));
    ck_assert_uint_eq(alert_count(), 1);
    collected(2025, 20251231, 4, 17);
    apply(a_day(new_id(), 20251231));
    ck_assert_uint_eq(alert_count(), 2);        /* all of 2025 */
    told_last(RULE_COVERAGE, TRANSITION_ENDED);
}
END_TEST

START_TEST(who_was_heard_of_under_two_codes_of_one_fund_is_once_in_it)
{
    struct policy policy = a_plain_policy(3);
    apply(a_fee_of(new_id(), 20240110, 38000, 1));
    apply(of_fund(a_fee_of(new_id(), 20240105, 38000, 1), ELSEWHERE));
    apply(of_fund(a_fee_of(new_id(), 20240105, 38000, 2), ELSEWHERE));
    apply(of_fund(a_population(new_id(), 20240301, MEASURE_DUPLICATES_NATION, 1), ELSEWHERE));
    policy.merged_into = 130207;
    apply(of_fund(a_policy(new_id(), 20240201, &policy), ELSEWHERE));
    COUNTS(130207, 20240131, UNHEARD, 1, 0, 0);
    COUNTS(130207, 20240201, UNHEARD, 3, 0, 2);
    COUNTS(130207, 20240301, UNHEARD, 3, 0, 1);
    apply(a_day(new_id(), 20240331));
    struct churn churn = {.from = 2024 * 12, .to = 2024 * 12 + 2};
    struct view *view;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_churn(view, 1, &churn), 0);
    view_close(&view);
    ck_assert_int_eq(churn.counts[0][GROUP_NONE][CHURN_JOINED], 2);
    ck_assert_int_eq(churn.counts[2][GROUP_NONE][CHURN_END], 2);
}
END_TEST

/* --- Reported from outside ------------------------------------------------------------- */

START_TEST(duplicates_reported_a_year_late_change_the_past_as_known_now)
{
    apply(a_headcount(new_id(), 20240630, 6101808));
    apply(a_day(new_id(), 20241231));
    ck_assert_int_eq(heads_at(130207, 20240630).reported_once, 6101808);
    apply(a_day(new_id(), 20250630));
    apply(a_population(new_id(), 20240630, MEASURE_DUPLICATES_PROVINCE, 6467));
    apply(a_population(new_id(), 20240630, MEASURE_DUPLICATES_NATION, 9373));
    ck_assert_int_eq(heads_at(130207, 20240629).duplicates, HEADS_UNKNOWN);
    ck_assert_int_eq(heads_at(130207, 20240630).reported_once, 6085968);
    ck_assert_int_eq(heads_at(130207, 20241231).reported_once, 6085968);
    ck_assert_int_eq(heads_at(130207, 20250101).duplicates, HEADS_UNKNOWN);  /* of another year */
}
END_TEST

START_TEST(duplicates_reported_are_taken_off_persons_too)
{
    for (int person = 1; person <= 5; person++)
        apply(a_fee_of(new_id(), 20240105, 38000, person));
    apply(a_population(new_id(), 20240301, MEASURE_DUPLICATES_NATION, 2));
    COUNTS(130207, 20240229, UNHEARD, 5, 0, 5);
    COUNTS(130207, 20240301, UNHEARD, 5, 0, 3);
}
END_TEST

/* --- The year before, and counts ---------------------------------------------------------- */

static struct headcount with_year_before(uint32_t place, int32_t ymd)
{
    struct txn txn;
    struct fund_record record;
    struct parts parts;
    struct headcount heads;
    ck_assert_int_eq(txn_begin(&books->env, true, &txn), 0);
    ck_assert(books_fund(&txn, (struct fund){place, SCHEME_RESIDENT}, &record));
    parts_of(&txn, &record, day(ymd), &parts);
    people_headcount(&txn, &parts, day(ymd), &heads);
    people_year_before(&txn, &parts, date_year(day(ymd)), day(ymd), &heads);
    txn_abort(&txn);
    return heads;
}

static int64_t last_year_of(enum coverage_numerator numerator, int32_t ymd)
{
    struct headcount heads = with_year_before(130207, ymd);
    return headcount_last_year(&heads, numerator);
}

START_TEST(last_year_is_who_was_insured_at_its_end)
{
    for (int person = 1; person <= 5; person++)
        apply(a_fee_of(person == 5 ? "fee" : new_id(), 20240105, 38000, person));
    apply(an_enrollment(new_id(), 20241231, 1, STATUS_ENDED));
    apply(a_day(new_id(), 20241231));
    apply(a_reversal(new_id(), 20250101, "fee"));       /* a day later he was insured no more */
    apply(a_headcount(new_id(), 20240630, 700));
    apply(a_headcount(new_id(), 20241231, 600));
    apply(a_population(new_id(), 20241231, MEASURE_EMPLOYEES, 50));
    apply(a_population(new_id(), 20250101, MEASURE_EMPLOYEES, 70));
    apply(a_population(new_id(), 20240301, MEASURE_DUPLICATES_NATION, 2));
    ck_assert_int_eq(last_year_of(NUMERATOR_PAID, 20250101), 5);
    ck_assert_int_eq(last_year_of(NUMERATOR_PAID, 20251231), 5);
    ck_assert_int_eq(last_year_of(NUMERATOR_PAID_ONCE, 20251231), 2);
    ck_assert_int_eq(last_year_of(NUMERATOR_REGISTERED, 20251231), UNHEARD);
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED, 20251231), 600);
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED_ONCE, 20251231), 598);
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED_AND_EMPLOYEES, 20251231), 650);
    ck_assert_int_eq(last_year_of(NUMERATOR_PAID_AND_EMPLOYEES, 20251231), 55);
    ck_assert_int_eq(last_year_of(NUMERATOR_PAID, 20241231), HEADS_UNKNOWN);
}
END_TEST

START_TEST(what_is_stated_of_last_year_is_of_one_year)
{
    apply(a_headcount(new_id(), 20240630, 700));
    apply(a_population(new_id(), 20231231, MEASURE_LAST_YEAR, 690));
    ck_assert_int_eq(heads_at(130207, 20240101).last_year, 690);
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED, 20241230), 690);
    apply(a_population(new_id(), 20240701, MEASURE_LAST_YEAR, 695));
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED, 20240630), 690);
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED, 20240701), 695);
    ck_assert_int_eq(heads_at(130207, 20250101).last_year, HEADS_UNKNOWN);
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED, 20250101), 700);
    apply(a_population(new_id(), 20241231, MEASURE_LAST_YEAR, 701));
    ck_assert_int_eq(last_year_of(NUMERATOR_REPORTED, 20250101), 701);
    ck_assert_int_eq(heads_at(130207, 20241230).last_year, 695);
}
END_TEST

static int64_t reported_at(int32_t ymd)
{
    return heads_at(130207, ymd).reported;
}

START_TEST(groups_take_the_place_of_an_older_total_when_all_of_them_are_newer)
{
    apply(a_headcount(new_id(), 20240131, 10000));
    apply(in_group(a_headcount(new_id(), 20240630, 8000), GROUP_ORDINARY));
    ck_assert_int_eq(reported_at(20240629), 10000);
    ck_assert_int_eq(reported_at(20240630), 8000);
    apply(in_group(a_headcount(new_id(), 20240630, 1000), GROUP_FULL));
    ck_assert_int_eq(reported_at(20240630), 9000);
    apply(in_group(a_headcount(new_id(), 20240731, 8500), GROUP_ORDINARY));
    ck_assert_int_eq(reported_at(20240731), 9500);
    apply(in_group(a_headcount(new_id(), 20240120, 77), GROUP_PART));   /* one that was not renewed */
    ck_assert_int_eq(reported_at(20240731), 10000);
    apply(in_group(a_headcount(new_id(), 20240731, 70), GROUP_PART));
    ck_assert_int_eq(reported_at(20240731), 9570);
    apply(a_headcount(new_id(), 20240831, 9600));
    ck_assert_int_eq(reported_at(20240831), 9600);
    apply(in_group(a_headcount(new_id(), 20240930, 100), GROUP_STUDENT));
    ck_assert_int_eq(reported_at(20240930), 9600);
    ck_assert_int_eq(reported_at(20250131), HEADS_UNKNOWN);
}
END_TEST

START_TEST(a_group_that_is_reported_apart_stays_within_the_total)
{
    apply(a_headcount(new_id(), 20240630, 5880830));
    apply(in_group(a_headcount(new_id(), 20240630, 22295), GROUP_STUDENT));
    apply(in_group(a_headcount(new_id(), 20240930, 22300), GROUP_STUDENT));
    ck_assert_int_eq(reported_at(20240930), 5880830);
}
END_TEST

/* --- Rules ----------------------------------------------------------------------------- */

static struct alert last_alert(void)
{
    return alert_number(alert_count());
}

static int64_t evidence_of(const struct alert *alert, enum evidence_word word)
{
    for (unsigned i = 0; i < alert->evidence.count; i++)
        if (alert->evidence.items[i].word == word)
            return alert->evidence.items[i].value;
    return -99;
}

static void told_last(enum rule rule, enum transition transition)
{
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.rule, rule);
    ck_assert_int_eq(alert.transition, transition);
}

static struct event for_year(struct event e, int year)
{
    e.year = year;
    return e;
}

/* Of 20 persons the first `count` have paid for the year by the day. */
static void collected(int year, int32_t ymd, int from, int count)
{
    begin();
    for (int person = from; person < from + count; person++)
        ck_assert_int_eq(add("tax", for_year(a_fee_of(new_id(), ymd, 38000, person), year)).outcome,
                         OUTCOME_APPLIED);
    commit();
}

static void with_pace(void)
{
    struct policy policy = a_plain_policy(3);
    policy.pace.on = true;
    put_policy(130207, &policy);
    collected(2025, 20241010, 1, 20);
    collected(2025, 20241120, 21, 20);
    for (date_month month = 2024 * 12; month < 2025 * 12; month++)
        apply(a_day(new_id(), date_to_ymd(date_month_last(month))));
    apply(a_day(new_id(), 20250930));
}

START_TEST(a_collection_is_compared_with_the_same_day_of_the_last_one)
{
    with_pace();
    collected(2026, 20251005, 1, 18);
    apply(a_day(new_id(), 20251005));
    ck_assert_uint_eq(alert_count(), 0);        /* blind from the start: nobody had paid by then */
    collected(2026, 20251009, 19, 1);
    apply(a_day(new_id(), 20251011));
    ck_assert_uint_eq(alert_count(), 0);        /* 19 of 20: exactly at the limit */
    apply(a_day(new_id(), 20251119));
    ck_assert_uint_eq(alert_count(), 0);
    books_reopen();
    apply(a_day(new_id(), 20251120));           /* 19 of 40 */
    ck_assert_uint_eq(alert_count(), 1);
    told_last(RULE_PACE, TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.indicator.value.num, 21);
    ck_assert_int_eq(alert.indicator.value.den, 40);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_COMING), 19);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_COMING_LAST_YEAR), 40);
    collected(2026, 20251125, 20, 19);          /* 38 of 40, hovering: left at 4 % only */
    apply(a_day(new_id(), 20251125));
    ck_assert_uint_eq(alert_count(), 1);
    collected(2026, 20251126, 39, 1);
    apply(a_day(new_id(), 20251126));
    told_last(RULE_PACE, TRANSITION_ENDED);
}
END_TEST

START_TEST(a_fee_taken_back_in_the_middle_of_a_collection_counts_against_its_pace)
{
    with_pace();
    collected(2026, 20251005, 1, 18);
    apply(for_year(a_fee_of("fee", 20251010, 38000, 20), 2026));
    apply(a_reversal(new_id(), 20251012, "fee"));
    apply(a_day(new_id(), 20251011));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_day(new_id(), 20251012));
    ck_assert_uint_eq(alert_count(), 1);
    told_last(RULE_PACE, TRANSITION_FIRING);
}
END_TEST

/* Persons of this year were known one by one by then, so who is not there has not paid. */
START_TEST(a_collection_in_which_nobody_has_paid_yet_is_behind)
{
    with_pace();
    apply(a_day(new_id(), 20251009));
    ck_assert_uint_eq(alert_count(), 0);        /* a year ago nobody was known by then either */
    ck_assert_int_eq(fund_now().coming, HEADS_UNKNOWN);
    apply(a_day(new_id(), 20251010));
    told_last(RULE_PACE, TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_int_eq(alert.indicator.value.num, 20);
    ck_assert_int_eq(alert.indicator.value.den, 20);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_COMING), 0);
    ck_assert_int_eq(fund_now().coming, 0);
    collected(2026, 20251011, 1, 20);
    apply(a_day(new_id(), 20251011));
    told_last(RULE_PACE, TRANSITION_ENDED);
}
END_TEST

START_TEST(a_pace_ends_with_its_season)
{
    with_pace();
    collected(2026, 20251005, 1, 10);
    apply(a_day(new_id(), 20251031));
    told_last(RULE_PACE, TRANSITION_FIRING);
    apply(a_day(new_id(), 20251231));
    ck_assert_uint_eq(alert_count(), 1);
    apply(a_day(new_id(), 20260101));
    told_last(RULE_PACE, TRANSITION_ENDED);
}
END_TEST

START_TEST(a_pace_of_counts_goes_by_what_was_reported_for_the_coming_year)
{
    struct policy policy = a_plain_policy(3);
    policy.pace.on = true;
    policy.pace.numerator = NUMERATOR_REPORTED;
    put_policy(130207, &policy);
    apply(for_year(a_headcount(new_id(), 20241010, 1000), 2025));
    apply(a_day(new_id(), 20241231));
    apply(a_day(new_id(), 20251010));
    ck_assert_uint_eq(alert_count(), 0);        /* nobody has reported: it cannot be judged */
    apply(for_year(a_headcount(new_id(), 20251010, 949), 2026));
    told_last(RULE_PACE, TRANSITION_FIRING);
    apply(for_year(a_headcount(new_id(), 20251009, 2000), 2026));     /* an older one changes nothing */
    ck_assert_uint_eq(alert_count(), 1);
}
END_TEST

START_TEST(importing_a_pace_is_judged_once_in_the_end)
{
    struct policy policy = a_plain_policy(3);
    policy.pace.on = true;
    put_policy(130207, &policy);
    apply(an_import(new_id(), 20240101));
    collected(2025, 20241010, 1, 20);
    apply(a_day(new_id(), 20241231));
    collected(2026, 20251010, 1, 10);
    apply(a_day(new_id(), 20251020));
    ck_assert_uint_eq(alert_count(), 0);
    apply(an_import_done(new_id(), 20251020));
    ck_assert_uint_eq(alert_count(), 1);
    told_last(RULE_PACE, TRANSITION_FIRING);
}
END_TEST

static void with_duplicates(struct hold hold)
{
    struct policy policy = a_plain_policy(3);
    policy.duplicates.on = true;
    policy.duplicates.limit = (struct limit){1000, 500};
    policy.duplicates.hold = hold;
    put_policy(130207, &policy);
    begin();
    for (int person = 1; person <= 20; person++)
        add("tax", a_fee_of(new_id(), 20240105, 38000, person));
    commit();
    apply(a_day(new_id(), 20240110));
}

START_TEST(too_many_duplicates_are_an_alert_wherever_the_second_fee_is_paid)
{
    with_duplicates((struct hold){0, 0});
    apply(of_fund(a_fee_of("one", 20240106, 38000, 1), ELSEWHERE));
    apply(of_fund(a_fee_of("two", 20240106, 38000, 2), ELSEWHERE));
    ck_assert_uint_eq(alert_count(), 0);        /* 2 of 20: exactly at the limit */
    books_reopen();
    apply(a_population(new_id(), 20240107, MEASURE_DUPLICATES_NATION, 1));
    ck_assert_uint_eq(alert_count(), 1);
    told_last(RULE_DUPLICATES, TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_uint_eq(alert.fund.place, 130207);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_DOUBLED), 2);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_DUPLICATES), 1);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_INSURED), 20);
    apply(of_fund(a_reversal(new_id(), 20240110, "one"), ELSEWHERE));
    ck_assert_uint_eq(alert_count(), 1);        /* 2 of 20: it is left at 5 % */
    apply(of_fund(a_reversal(new_id(), 20240110, "two"), ELSEWHERE));
    ck_assert_uint_eq(alert_count(), 2);
    told_last(RULE_DUPLICATES, TRANSITION_ENDED);
}
END_TEST

START_TEST(duplicates_must_last_and_are_of_their_year_as_long_as_that_is_judged)
{
    with_duplicates((struct hold){5, 0});
    for (int person = 1; person <= 3; person++)
        apply(of_fund(a_fee_of(new_id(), 20240106, 38000, person), ELSEWHERE));
    apply(a_day(new_id(), 20240114));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_day(new_id(), 20240115));
    ck_assert_uint_eq(alert_count(), 1);
    ck_assert_str_eq(last_alert().instance, "2024");
    apply(a_day(new_id(), 20241231));
    collected(2025, 20250102, 1, 20);
    apply(a_day(new_id(), 20251231));
    ck_assert_uint_eq(alert_count(), 1);        /* a new year clears nothing */
    apply(a_day(new_id(), 20260101));
    ck_assert_uint_eq(alert_count(), 2);
    told_last(RULE_DUPLICATES, TRANSITION_ENDED);
    ck_assert_int_eq(last_alert().indicator.why, NC_YEAR_PAST);
}
END_TEST

START_TEST(duplicates_of_last_year_that_are_reported_late_are_an_alert_of_that_year)
{
    with_duplicates((struct hold){0, 0});
    apply(a_population(new_id(), 20240601, MEASURE_DUPLICATES_NATION, 2));
    apply(a_day(new_id(), 20241231));
    collected(2025, 20250102, 1, 20);
    apply(a_population(new_id(), 20250103, MEASURE_DUPLICATES_NATION, 0));
    apply(a_day(new_id(), 20250301));
    ck_assert_uint_eq(alert_count(), 0);
    apply(a_population(new_id(), 20241231, MEASURE_DUPLICATES_NATION, 3));
    ck_assert_uint_eq(alert_count(), 1);
    told_last(RULE_DUPLICATES, TRANSITION_FIRING);
    struct alert alert = last_alert();
    ck_assert_str_eq(alert.instance, "2024");
    ck_assert_int_eq(alert.books_date, day(20250301));
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_DUPLICATES), 3);
    apply(a_population("zz-last", 20241231, MEASURE_DUPLICATES_NATION, 1));
    told_last(RULE_DUPLICATES, TRANSITION_ENDED);
}
END_TEST

/* --- What fails, and what is damaged --------------------------------------------------------- */

static struct event derived(struct event event)
{
    event.derived = true;
    event.present |= UINT32_C(1) << FIELD_DERIVED;
    return event;
}

/* So many of the sums of a group of heads are taken that there is room for `left` more. */
static void fill_heads(unsigned left)
{
    struct tally *heads = &books->heads;
    tally_free(heads);
    uint64_t key = UINT64_C(1) << 40;
    for (; heads->room == 0 || heads->count + left < heads->room; key += 1 << 8)
        ck_assert_int_eq(tally_add(heads, key, 0), 0);
}

/* Applies in a group that is given up; what fails does so from here on. */
static int attempt(struct event e, int memory, int look_up, bool both)
{
    uint32_t tax;
    struct applied applied;
    ck_assert_int_eq(store_source(books, "tax", &tax), 0);
    memory_fails = memory;
    look_up_fails = look_up;
    memory_goes_too = both;
    int err = store_apply(books, tax, tax, &e, &applied);
    memory_fails = look_up_fails = 0;
    memory_goes_too = false;
    store_abort(books);
    return err;
}

/* Wherever room for another sum is needed: for the day, for what changes, for what of it is derived. */
START_TEST(no_memory_for_a_count_leaves_all_counts_as_they_were)
{
    struct event e = in_group(derived(an_enrollment("e", 20240110, 1, STATUS_NORMAL)), GROUP_STUDENT);
    int refused = 0;
    apply(derived(a_fee_of("before", 20240105, 38000, 1)));
    for (unsigned left = 0; left < 12; left++) {
        int err = -ENOMEM;
        for (int nth = 1; err != 0 && nth < 12; nth++) {
            begin();
            fill_heads(left);
            err = attempt(e, nth, 0, false);
            ck_assert_msg(err == 0 || err == -ENOMEM, "%d", err);
            refused += err != 0;
            COUNTS(130207, 20240110, UNHEARD, 1, 0, 1);
        }
        ck_assert_int_eq(err, 0);
    }
    ck_assert_int_gt(refused, 6);
    apply(e);
    COUNTS(130207, 20240110, 1, 1, 0, 1);
}
END_TEST

START_TEST(no_memory_for_what_is_known_of_a_person_leaves_it_as_it_was)
{
    int refused = 0, err = -ENOMEM;
    apply(a_fee_of("before", 20240105, 38000, 1));
    for (int nth = 1; err != 0 && nth < 12; nth++) {
        begin();
        free(books->derived.found.entries);
        books->derived.found = (struct entry_list){0};
        err = attempt(a_fee_of("e", 20240110, 38000, 1), nth, 0, false);
        ck_assert_msg(err == 0 || err == -ENOMEM, "%d", err);
        refused += err != 0;
        COUNTS(130207, 20240110, UNHEARD, 1, 0, 1);
    }
    ck_assert_int_eq(err, 0);
    ck_assert_int_gt(refused, 0);
}
END_TEST

/* Another fund is looked up when it is read, and once more when it loses the person. */
START_TEST(a_fund_that_cannot_be_looked_up_fails_the_group)
{
    int nth = 1, err = -EIO;
    apply(of_fund(a_fee_of("there", 20240110, 38000, 1), ELSEWHERE));
    for (; err != 0 && nth < 1000; nth++) {
        begin();
        err = attempt(a_fee_of("here", 20240105, 38000, 1), 0, nth, _i == 1);
        ck_assert_msg(err == 0 || err == -EIO || err == -ENOMEM, "%d", err);
        COUNTS(ELSEWHERE, 20240110, UNHEARD, 1, 0, 1);
    }
    ck_assert_int_gt(nth, 4);
    ck_assert_int_eq(err, 0);
    apply(a_fee_of("here", 20240105, 38000, 1));
    COUNTS(ELSEWHERE, 20240110, UNHEARD, 1, 0, 0);
}
END_TEST

START_TEST(what_is_no_row_of_counts_is_refused)
{
    int64_t counts[INSURED_SLOTS];
    ck_assert(people_take_counts((const uint8_t *)"\1\0\0\0\2", 5, counts));
    ck_assert_int_eq(counts[0], 1);
    ck_assert(!people_take_counts((const uint8_t *)"\1\0\0", 3, counts));
    ck_assert(!people_take_counts((const uint8_t *)"\0\0\x08\0\2", 5, counts));     /* of no slot */
    ck_assert(!people_take_counts((const uint8_t *)"\1\0\0\0", 4, counts));
    ck_assert(!people_take_counts((const uint8_t *)"\1\0\0\0\2\2", 6, counts));
}
END_TEST

START_TEST(counts_that_a_look_ahead_adds_need_memory_too)
{
    int64_t changes[INSURED_SLOTS] = {[INSURED_PAID] = 3, [INSURED_PAID + 1] = 4};
    date_day at = day(20240105);
    begin();
    fill_heads(0);
    memory_fails = 1;
    int err = people_add_counts(books, 1, 2024, at, changes);
    memory_fails = 0;
    ck_assert_int_eq(err, -ENOMEM);
    tally_clear(&books->heads);
    ck_assert_int_eq(people_add_counts(books, 1, 2024, at, changes), 0);
    ck_assert_ptr_nonnull(tally_sort(&books->heads));
    ck_assert_uint_eq(books->heads.count, 3);
    store_abort(books);
}
END_TEST

static void put_row(enum table table, const void *key, size_t key_size, const void *value, size_t size)
{
    struct txn txn;
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    txn_put(&txn, table, key, key_size, value, size);
    ck_assert_int_eq(txn_commit(&txn), 0);
}

static void reading(struct txn *txn)
{
    ck_assert_int_eq(txn_begin(&books->env, true, txn), 0);
}

static const struct parts one = {.count = 1, .items[0] = {.fund = 1, .from = DATE_NONE}};

START_TEST(a_damaged_count_is_told_by_who_reads_it_and_who_adds_to_it)
{
    uint8_t key[10];
    struct txn txn;
    struct headcount heads;
    apply(a_fee_of("f", 20240105, 38000, 1));
    key_u32(key, 1);
    key_u16(key + 4, 2024);
    key_i32(key + 6, day(20240105));
    put_row(TABLE_HEADS, key, sizeof key, "\1\0\0\0", 4);
    reading(&txn);
    people_headcount(&txn, &one, day(20240104), &heads);
    ck_assert_int_eq(txn.err, 0);
    people_headcount(&txn, &one, day(20240105), &heads);
    ck_assert_int_eq(txn.err, -EILSEQ);
    txn_abort(&txn);
    begin();
    add("tax", a_fee_of("g", 20240105, 38000, 2));
    ck_assert_int_eq(store_commit(books), -EILSEQ);
}
END_TEST

START_TEST(a_person_in_a_fund_that_is_gone_is_damage)
{
    uint8_t key[4];
    uint32_t number;
    struct txn txn;
    struct view *view;
    apply(of_fund(a_fee_of("there", 20240110, 38000, 1), ELSEWHERE));
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){ELSEWHERE, SCHEME_RESIDENT}, &number), 0);
    view_close(&view);
    ck_assert_int_eq(txn_begin(&books->env, false, &txn), 0);
    key_u32(key, number);
    ck_assert(txn_delete(&txn, TABLE_FUND_NUMBERS, key, sizeof key));
    ck_assert_int_eq(txn_commit(&txn), 0);
    begin();
    ck_assert_int_eq(attempt(a_fee_of("other", 20240105, 38000, 2), 0, 0, false), 0);
    begin();
    ck_assert_int_eq(attempt(a_fee_of("here", 20240105, 38000, 1), 0, 0, false), -EILSEQ);
}
END_TEST

static void measure_key(enum event_measure measure, int32_t ymd, uint8_t key[12])
{
    key_u32(key, 1);
    key[4] = (uint8_t)measure;
    key_u16(key + 5, 0);
    key[7] = 0;
    key_i32(key + 8, day(ymd));
}

START_TEST(a_damaged_headcount_is_told_by_who_reads_it)
{
    uint8_t key[12], value[18] = {5};
    struct txn txn;
    struct headcount heads;
    put_u64(value + 8, 1);
    measure_key(MEASURE_RESIDENT, 20240101, key);
    put_row(TABLE_MEASURES, key, sizeof key, value, PEOPLE_MEASURE_SIZE);
    reading(&txn);
    people_headcount(&txn, &one, day(20240101), &heads);
    ck_assert_int_eq(txn.err, 0);
    ck_assert_int_eq(heads.resident, 5);
    txn_abort(&txn);
    put_row(TABLE_MEASURES, key, sizeof key, value, sizeof value);
    reading(&txn);
    people_headcount(&txn, &one, day(20240101), &heads);
    ck_assert_int_eq(txn.err, -EILSEQ);
    txn_abort(&txn);
}
END_TEST

START_TEST(a_headcount_whose_event_is_gone_gives_way_to_none)
{
    uint8_t key[12], value[PEOPLE_MEASURE_SIZE] = {5};
    struct applied applied;
    uint32_t tax;
    struct event e = a_population("p", 20240101, MEASURE_RESIDENT, 6);
    put_u64(value + 8, 999999);
    measure_key(MEASURE_RESIDENT, 20240101, key);
    put_row(TABLE_MEASURES, key, sizeof key, value, sizeof value);
    begin();
    ck_assert_int_eq(store_source(books, "tax", &tax), 0);
    int err = store_apply(books, tax, tax, &e, &applied);
    ck_assert_int_lt(err != 0 ? err : store_commit(books), 0);
}
END_TEST

START_TEST(of_two_headcounts_of_one_id_the_higher_one_counts)
{
    static const int64_t heads[2][2] = {{70, 80}, {80, 70}};
    apply_from("tax", a_population("same", 20240101, MEASURE_RESIDENT, heads[_i][0]));
    apply_from("bureau", a_population("same", 20240101, MEASURE_RESIDENT, heads[_i][1]));
    ck_assert_int_eq(heads_at(130207, 20240101).resident, 80);
}
END_TEST

/* --- What is derived, and what is dated ------------------------------------------------------- */

START_TEST(what_is_stated_beside_what_is_derived_leaves_the_derived_part)
{
    if (_i == 0)
        apply(derived(a_fee_of("f", 20240105, 38000, 1)));
    else
        apply(derived(an_enrollment("f", 20240105, 1, STATUS_NORMAL)));
    apply(a_fee_of("g", 20240110, 38000, 1));
    COUNTS(130207, 20240110, _i == 0 ? UNHEARD : 1, 1, 0, 1);
}
END_TEST

START_TEST(derived_duplicates_make_who_is_paid_once_derived)
{
    for (int person = 1; person <= 5; person++)
        apply(a_fee_of(new_id(), 20240105, 38000, person));
    ck_assert_uint_eq(heads_at(130207, 20240301).derived, 0);
    apply(derived(a_population(new_id(), 20240301, MEASURE_DUPLICATES_NATION, 2)));
    ck_assert_uint_eq(heads_at(130207, 20240229).derived, 0);
    ck_assert_uint_eq(heads_at(130207, 20240301).derived,
                      HEADS_BIT(DUPLICATES) | HEADS_BIT(REPORTED_ONCE) | HEADS_BIT(PAID_ONCE));
    apply(a_day(new_id(), 20241231));
    ck_assert_uint_eq(with_year_before(130207, 20250101).derived,
                      HEADS_YEAR_BEFORE(NUMERATOR_PAID_ONCE) | HEADS_YEAR_BEFORE(NUMERATOR_REPORTED_ONCE));
}
END_TEST

START_TEST(duplicates_said_before_a_part_came_are_not_those_of_the_whole)
{
    struct txn txn;
    struct parts parts = {.count = 2, .items = {{1, DATE_NONE}, {2, day(20240301)}}};
    int64_t province, nation;
    apply(a_population(new_id(), 20240201, MEASURE_DUPLICATES_NATION, 5));
    apply(of_fund(a_population(new_id(), 20240201, MEASURE_DUPLICATES_NATION, 7), ELSEWHERE));
    reading(&txn);
    people_duplicates(&txn, &parts, day(20240331), day(20240331), &province, &nation);
    ck_assert_int_eq(province, HEADS_UNKNOWN);
    ck_assert_int_eq(nation, 12);
    txn_abort(&txn);
    apply(a_population(new_id(), 20240301, MEASURE_DUPLICATES_NATION, 9));
    reading(&txn);
    people_duplicates(&txn, &parts, day(20240331), day(20240331), &province, &nation);
    ck_assert_int_eq(nation, 9);
    txn_abort(&txn);
}
END_TEST

START_TEST(a_headcount_said_before_a_part_came_is_that_of_the_fund_alone)
{
    struct txn txn;
    struct parts parts = {.count = 2, .items = {{1, DATE_NONE}, {2, day(20240301)}}};
    struct headcount heads;
    apply(a_population(new_id(), 20240201, MEASURE_RESIDENT, 100));
    apply(of_fund(a_population(new_id(), 20240201, MEASURE_RESIDENT, 50), ELSEWHERE));
    reading(&txn);
    people_headcount(&txn, &parts, day(20240331), &heads);
    ck_assert_int_eq(heads.resident, 150);
    txn_abort(&txn);
    apply(a_population(new_id(), 20240301, MEASURE_RESIDENT, 140));
    reading(&txn);
    people_headcount(&txn, &parts, day(20240331), &heads);
    ck_assert_int_eq(heads.resident, 140);
    txn_abort(&txn);
}
END_TEST

START_TEST(a_pace_of_reported_once_waits_for_a_report)
{
    static const enum coverage_numerator numerators[] = {NUMERATOR_REPORTED_ONCE, NUMERATOR_PAID};
    struct pace_rule rule = {.numerator = (uint8_t)numerators[_i]};
    int64_t before, now;
    struct txn txn;
    apply(a_headcount(new_id(), 20240105, 70));
    apply(a_fee_of(new_id(), 20240105, 38000, 1));
    apply(a_day(new_id(), 20241231));
    reading(&txn);
    people_pace(&txn, &one, &rule, day(20241231), &before, &now);
    txn_abort(&txn);
    ck_assert_int_eq(now, HEADS_UNKNOWN);
}
END_TEST

static enum subsidy_known known_at(int32_t ymd, struct parts parts, int *err)
{
    struct subsidy_standard standard = {.year = 2024, .per_head = {61000}, .whole = 10};
    struct subsidy_rule rule = {0};
    struct subsidy_state state[SUBSIDY_LEVELS];
    struct txn txn;
    standard.levels[SUBSIDY_CENTRAL] =
        (struct subsidy_level_rule){.parts = 10, .base = SUBSIDY_HEADS_STATED, .heads_date = day(20240131),
                                    .tranche_count = 1, .tranches = {{day(20240131), 1}}};
    reading(&txn);
    txn.err = *err;
    people_subsidies(&txn, &parts, &rule, &standard, day(ymd), state);
    *err = txn.err;
    txn_abort(&txn);
    return state[SUBSIDY_CENTRAL].arrears.known;
}

START_TEST(money_is_known_from_the_opening_balance_on)
{
    int err = 0;
    apply(a_headcount(new_id(), 20240131, 70));
    apply(an_opening("o", 20240630, 100));
    ck_assert_int_eq(known_at(20240629, one, &err), SUBSIDY_NO_MONEY);
    ck_assert_int_eq(known_at(20240630, one, &err), SUBSIDY_KNOWN);
    ck_assert_int_eq(err, 0);
    struct parts nobody = {.count = 1, .items[0].fund = 99};
    known_at(20240630, nobody, &err);
    ck_assert_int_eq(err, -EILSEQ);
    err = -EIO;
    known_at(20240630, nobody, &err);
    ck_assert_int_eq(err, -EIO);
}
END_TEST

/* --- Anything, in any order ------------------------------------------------------------- */

#define PERSONS 40
#define STEPS   600
#define PLACES  4

static const struct fund places[PLACES] = {
    {130207, SCHEME_RESIDENT}, {ELSEWHERE, SCHEME_RESIDENT}, {130207, SCHEME_EMPLOYEE},
    {440881, SCHEME_RESIDENT},
};

struct fact {
    struct event event;
    int fund, person;
    int32_t undone;             /* day of January; 0: not */
};
static struct fact facts[STEPS];
static unsigned long seed_state;

static unsigned pick(unsigned below)
{
    seed_state = seed_state * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(seed_state >> 33) % below;
}

static void make_facts(void)
{
    static const enum event_status statuses[] = {STATUS_NORMAL, STATUS_PAUSED, STATUS_ENDED};
    for (int i = 0; i < STEPS; i++) {
        struct fact *fact = &facts[i];
        char id[24];
        int32_t ymd = 20240100 + 1 + (int32_t)pick(28);
        snprintf(id, sizeof id, "fact-%d", i);
        *fact = (struct fact){.fund = (int)pick(PLACES), .person = (int)pick(PERSONS)};
        if (pick(2) == 0) {
            fact->event = an_enrollment(id, ymd, fact->person, statuses[pick(3)]);
        } else {
            fact->event = a_fee_of(id, ymd, 38000 + i, fact->person);
            fact->undone = pick(2) == 0 ? 1 + (int32_t)pick(28) : 0;
        }
        fact->event.fund = places[fact->fund];
    }
}

/* Of a person in a fund at the end of a day of January. */
struct stand { bool registered, paid, in; int32_t since; };

static struct stand stand_of(int fund, int person, int32_t ymd)
{
    struct stand stand = {0};
    int32_t newest = 0;
    enum event_status status = STATUS_NONE;
    for (int32_t at = 20240101; at <= ymd; at++) {
        int fees = 0;
        for (int i = 0; i < STEPS; i++) {
            const struct fact *fact = &facts[i];
            int32_t on = date_to_ymd(fact->event.date);
            if (fact->fund != fund || fact->person != person || on > at)
                continue;
            if (fact->event.kind == KIND_ENROLLMENT) {
                if (on > newest || (on == newest && fact->event.status > status))
                    newest = on, status = fact->event.status;
                continue;
            }
            int32_t undone = 20240100 + fact->undone;
            fees += fact->undone == 0 || (undone > on ? undone : on) > at;
        }
        if (fees == 0)
            stand.since = 0;
        else if (stand.since == 0)
            stand.since = at;
    }
    stand.registered = status == STATUS_NORMAL;
    stand.paid = stand.since != 0;
    stand.in = stand.paid && (status == STATUS_NONE || status == STATUS_NORMAL);
    return stand;
}

/* The employees' fund has the lower scheme, then the lower place. */
static bool goes_first(int a, int b)
{
    return places[a].scheme != places[b].scheme ? places[a].scheme < places[b].scheme
                                                : places[a].place < places[b].place;
}

static void expect(int fund, int32_t ymd, struct headcount *ret)
{
    *ret = (struct headcount){.duplicates = HEADS_UNKNOWN};
    for (int person = 0; person < PERSONS; person++) {
        struct stand here = stand_of(fund, person, ymd);
        bool doubled = false, elsewhere = false;
        for (int other = 0; other < PLACES && here.in; other++) {
            struct stand there = stand_of(other, person, ymd);
            if (other == fund || !there.in)
                continue;
            doubled = true;
            elsewhere = elsewhere || there.since < here.since
                     || (there.since == here.since && goes_first(other, fund));
        }
        ret->registered += here.registered;
        ret->paid += here.paid;
        ret->left += here.paid && !here.in;
        ret->doubled += doubled;
        ret->elsewhere += elsewhere;
    }
}

static void check_counts(void)
{
    for (int fund = 0; fund < PLACES; fund++) {
        bool registered = false, paid = false;      /* somebody was, at the end of a day */
        for (int32_t ymd = 20240101; ymd <= 20240128; ymd++) {
            struct headcount expected, found = heads_of(places[fund], ymd);
            expect(fund, ymd, &expected);
            registered |= expected.registered > 0;
            paid |= expected.paid > 0;
            ck_assert_int_eq(found.registered, registered ? expected.registered : UNHEARD);
            ck_assert_int_eq(found.paid, paid ? expected.paid : UNHEARD);
            ck_assert_int_eq(found.left, paid ? expected.left : UNHEARD);
            ck_assert_int_eq(found.doubled, paid ? expected.doubled : UNHEARD);
            ck_assert_int_eq(found.elsewhere, paid ? expected.elsewhere : UNHEARD);
        }
    }
}

/* Each fact, and what undoes it, in a random order and in groups of random sizes. */
static void play_facts(void)
{
    static int order[2 * STEPS];
    int count = 0;
    for (int i = 0; i < STEPS; i++) {
        order[count++] = i;
        if (facts[i].undone != 0)
            order[count++] = -1 - i;
    }
    for (int i = count - 1; i > 0; i--) {
        int other = (int)pick((unsigned)i + 1), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int at = 0; at < count;) {
        begin();
        for (unsigned n = 1 + pick(40); n > 0 && at < count; n--, at++) {
            int i = order[at] < 0 ? -1 - order[at] : order[at];
            struct event e = facts[i].event;
            char id[24];
            snprintf(id, sizeof id, "undo-%d", i);
            if (order[at] < 0) {
                e = a_reversal(id, 20240100 + facts[i].undone, facts[i].event.id);
                e.fund = facts[i].event.fund;
            }
            ck_assert_int_eq(add("registry", e).outcome, OUTCOME_APPLIED);
        }
        commit();
        if (pick(10) == 0)
            books_reopen();
    }
}

START_TEST(counts_of_every_day_are_those_of_a_plain_model)
{
    struct policy policy = a_plain_policy(1);
    seed_state = (unsigned long)_i + 1;
    apply(of_employees(a_policy(new_id(), 20240101, &policy)));
    put_policy(440881, &policy);
    make_facts();
    play_facts();
    check_counts();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("people");
    TCase *t = tcase_create("people");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, last_year_is_who_was_insured_at_its_end);
    tcase_add_test(t, what_is_stated_of_last_year_is_of_one_year);
    tcase_add_test(t, groups_take_the_place_of_an_older_total_when_all_of_them_are_newer);
    tcase_add_test(t, a_group_that_is_reported_apart_stays_within_the_total);
    tcase_add_test(t, who_dies_or_withdraws_was_insured_until_then);
    tcase_add_test(t, newborns_and_late_payers_count_from_their_own_day_on);
    tcase_add_test(t, a_fee_that_was_given_back_counted_until_then);
    tcase_add_test(t, students_count_by_group_from_the_day_that_they_are_students);
    tcase_add_test(t, who_is_paid_in_two_funds_is_counted_where_the_fee_came_first);
    tcase_add_test(t, who_moves_to_the_employees_is_counted_there);
    tcase_add_test(t, a_city_and_its_county_do_not_double_each_others_people);
    tcase_add_test(t, another_years_fee_doubles_nobody);
    tcase_add_test(t, a_year_whose_fees_are_all_given_back_covers_nobody);
    tcase_add_test(t, stated_as_nobody_is_a_coverage_of_0);
    tcase_add_test(t, a_deadline_of_the_coming_year_judges_what_was_collected_for_it);
    tcase_add_test(t, a_year_is_judged_until_the_next_deadline_by_what_is_known_then);
    tcase_add_test(t, who_was_heard_of_under_two_codes_of_one_fund_is_once_in_it);
    tcase_add_test(t, what_happens_in_one_fund_is_judged_in_the_other);
    tcase_add_test(t, duplicates_reported_a_year_late_change_the_past_as_known_now);
    tcase_add_test(t, duplicates_reported_are_taken_off_persons_too);
    tcase_add_test(t, a_collection_is_compared_with_the_same_day_of_the_last_one);
    tcase_add_test(t, a_fee_taken_back_in_the_middle_of_a_collection_counts_against_its_pace);
    tcase_add_test(t, a_collection_in_which_nobody_has_paid_yet_is_behind);
    tcase_add_test(t, a_pace_ends_with_its_season);
    tcase_add_test(t, a_pace_of_counts_goes_by_what_was_reported_for_the_coming_year);
    tcase_add_test(t, importing_a_pace_is_judged_once_in_the_end);
    tcase_add_test(t, too_many_duplicates_are_an_alert_wherever_the_second_fee_is_paid);
    tcase_add_test(t, duplicates_must_last_and_are_of_their_year_as_long_as_that_is_judged);
    tcase_add_test(t, duplicates_of_last_year_that_are_reported_late_are_an_alert_of_that_year);
    tcase_add_loop_test(t, counts_of_every_day_are_those_of_a_plain_model, 0, 4);
    suite_add_tcase(s, t);
    t = tcase_create("steps");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, no_memory_for_a_count_leaves_all_counts_as_they_were);
    tcase_add_test(t, no_memory_for_what_is_known_of_a_person_leaves_it_as_it_was);
    tcase_add_loop_test(t, a_fund_that_cannot_be_looked_up_fails_the_group, 0, 2);
    tcase_add_test(t, what_is_no_row_of_counts_is_refused);
    tcase_add_test(t, counts_that_a_look_ahead_adds_need_memory_too);
    tcase_add_loop_test(t, of_two_headcounts_of_one_id_the_higher_one_counts, 0, 2);
    tcase_add_loop_test(t, what_is_stated_beside_what_is_derived_leaves_the_derived_part, 0, 2);
    tcase_add_test(t, derived_duplicates_make_who_is_paid_once_derived);
    tcase_add_test(t, duplicates_said_before_a_part_came_are_not_those_of_the_whole);
    tcase_add_test(t, a_headcount_said_before_a_part_came_is_that_of_the_fund_alone);
    tcase_add_loop_test(t, a_pace_of_reported_once_waits_for_a_report, 0, 2);
    tcase_add_test(t, money_is_known_from_the_opening_balance_on);
    suite_add_tcase(s, t);
    t = tcase_create("damaged");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_test(t, a_damaged_count_is_told_by_who_reads_it_and_who_adds_to_it);
    tcase_add_test(t, a_person_in_a_fund_that_is_gone_is_damage);
    tcase_add_test(t, a_damaged_headcount_is_told_by_who_reads_it);
    tcase_add_test(t, a_headcount_whose_event_is_gone_gives_way_to_none);
    suite_add_tcase(s, t);
    return s;
}
