/* Every rule of fund/alert.h against what each must have been seen to do, through the whole store:
 *
 *   limit     a value on the limit itself tells nothing
 *   fires     one beyond it fires
 *   hovers    while it goes to and fro about the limit nothing more is told
 *   ends      back on the healthy side it ends
 *   blind     without its data it is blind, and while it is it neither ends nor fires again
 *
 * and whatever fires is blind, too, while the history of a part of the fund is being entered, but for what is
 * about sources.
 *
 * A rule's row is a script of steps.  Each script is played twice, once with the store closed and opened
 * again after every step, which must tell the same; both end with the books rebuilt from the journal.  A
 * rule that has no row here, or a row without one of the five and without saying why it cannot have it,
 * fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define WAN FEN_PER_WAN
#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

enum aspect { SETS_UP, LIMIT, FIRES, HOVERS, ENDS, BLIND, ASPECTS };
static const char *const aspect_words[ASPECTS] = {
    "sets up", "limit", "fires", "hovers", "ends", "blind",
};

struct step {
    enum aspect aspect;
    enum transition told;       /* TRANSITION_NONE: nothing */
    void (*act)(void);
};

#define STEPS_MAX 12
struct row {
    enum rule rule;
    const char *instance;       /* as the alerts say it */
    struct step steps[STEPS_MAX];
    const char *never[ASPECTS]; /* why it cannot have an aspect */
};

/* --- Words of the scripts ------------------------------------------------------------- */

static struct policy policy;
static int ids;
static char id_text[16];

static const char *new_id(void)
{
    snprintf(id_text, sizeof id_text, "id-%d", ++ids);
    return id_text;
}

static void count(struct event event)
{
    ck_assert_int_eq(outcome_of(event), OUTCOME_APPLIED);
}

static void put_policy(void)
{
    policy.version++;
    count(a_policy(new_id(), 20240101, &policy));
}

static void day_ends(int32_t ymd)          { count(a_day(new_id(), ymd)); }
static void earn(int32_t ymd, int64_t fen) { count(a_fee(new_id(), ymd, fen)); }
static void spend(int32_t ymd, int64_t fen)
{
    count(an_expenditure(new_id(), ymd, fen, CATEGORY_INPATIENT));
}

static void spend_on_account(int32_t ymd, int64_t fen)
{
    struct event e = an_expenditure(new_id(), ymd, fen, CATEGORY_INPATIENT);
    e.stage = STAGE_PROVISIONAL;
    e.present |= UINT32_C(1) << FIELD_STAGE;
    count(e);
}

static void bill(int32_t ymd, int64_t fen, int64_t in_policy)
{
    struct event e = a_settlement(new_id(), ymd, fen);
    e.in_policy.fen = in_policy;
    e.present |= UINT32_C(1) << FIELD_IN_POLICY;
    count(e);
}

static void heads(int32_t ymd, int64_t n)    { count(a_headcount(new_id(), ymd, n)); }
static void stated(int32_t ymd, int64_t fen) { count(a_statement(new_id(), ymd, fen)); }

/* --- Runway: 6 months in January's money; 6.3 to leave */

static void runway_on_its_limit(void)
{
    policy.runway = (struct runway_rule){
        .on = true, .base = RUNWAY_YEAR_TO_DATE, .min_months = 1,
        .critical_low = {3 * E4, 3 * E4}, .low = {6 * E4, 6 * E4 + 3000},
        .high = {9 * E4, 9 * E4}, .excessive = {15 * E4, 15 * E4},
    };
    put_policy();
    count(an_opening(new_id(), 20231231, 600 * WAN));
    earn(20240115, 100 * WAN);
    spend(20240115, 100 * WAN);
    day_ends(20240131);
}

static void runway_a_fen_below(void)   { day_ends(20240201); spend(20240201, 1); }
static void runway_back_on_it(void)    { earn(20240201, 1); }
static void runway_below_again(void)   { spend(20240201, 2); }
static void runway_a_fen_short(void)   { earn(20240201, 30 * WAN + 1); }
static void runway_to_63(void)         { earn(20240201, 1); }
static void runway_below(void)         { spend(20240201, 200 * WAN); }
static void runway_of_no_month(void)   { day_ends(20250101); }
static void runway_of_a_new_year(void) { spend(20250105, WAN); day_ends(20250131); }

/* What goes up is more than a third of all that moves: there is no runway to wait for. */
static void runway_of_money_passed_up(void)
{
    count(an_expenditure(new_id(), 20250120, 10 * WAN, CATEGORY_TO_UPPER));
}

/* --- Deficit: an even year; 1 % to leave */

static void an_even_year(void)
{
    policy.deficit = (struct deficit_rule){.on = true, .limit = {0, 100}};
    put_policy();
    earn(20240115, 1200 * WAN);
    spend(20240115, 1200 * WAN);
    day_ends(20241231);
}

static void a_fen_too_much_spent(void) { spend(20241215, 1); }
static void even_again(void)           { earn(20241215, 1); }
static void almost_a_hundredth(void)   { earn(20241215, 12 * WAN - 1); }
static void a_hundredth_more(void)     { earn(20241215, 2); }
static void a_deficit_again(void)      { spend(20241215, 13 * WAN); }
static void a_year_without_any(void)   { day_ends(20251231); }
static void spending_begins(void)      { spend(20260115, WAN); day_ends(20260131); }

/* --- Provisional: half of it; 45 % to leave */

static void half_on_account(void)
{
    policy.provisional = (struct provisional_rule){.on = true, .limit = {5000, 4500}};
    put_policy();
    spend(20240115, 45 * WAN);
    spend_on_account(20240115, 45 * WAN);
    day_ends(20240131);
}

static void a_fen_on_account(void)   { spend_on_account(20240116, 1); }
static void a_fen_less(void)         { spend(20240116, 2); }
static void on_account_again(void)   { spend_on_account(20240116, 2); }
static void to_45_percent(void)      { spend(20240116, 10 * WAN + 20); }
static void mostly_on_account(void)  { spend_on_account(20240116, 100 * WAN); }
static void nothing_in_a_year(void)  { day_ends(20250131); }

/* --- Coverage: 95 % on 30 June; 96 to leave */

static void covered_on_its_limit(void)
{
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "resident", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 6, .deadline_day = 30, .target = {9500, 9600},
    };
    put_policy();
    count(a_population(new_id(), 20240101, MEASURE_RESIDENT, 10000));
    heads(20240110, 9500);
    day_ends(20240630);
}

static void one_head_less(void)       { day_ends(20240701); heads(20240701, 9499); }
static void covered_again(void)       { day_ends(20240702); heads(20240702, 9599); }
static void one_head_less_again(void) { day_ends(20240703); heads(20240703, 9499); }
static void covered_to_96(void)       { day_ends(20240704); heads(20240704, 9600); }
static void uncovered(void)           { day_ends(20240705); heads(20240705, 1); }
static void no_heads_of_the_year(void){ day_ends(20250630); }
static void heads_of_the_year(void)   { heads(20250630, 1); }

/* --- Quiet: more than 3 days */

static void a_day_by_the_bureau(int32_t ymd)
{
    ck_assert_int_eq(apply_from("bureau", a_day(new_id(), ymd)).outcome, OUTCOME_APPLIED);
}

static void quiet_for_3_days(void)
{
    policy.quiet_count = 1;
    policy.quiet[0] = (struct quiet_rule){.pattern = "hospital", .days = 3};
    put_policy();
    a_day_by_the_bureau(20240104);
    ck_assert_int_eq(apply_from("hospital", a_settlement(new_id(), 20240105, 1)).outcome, OUTCOME_APPLIED);
    a_day_by_the_bureau(20240108);
}

static void quiet_for_4(void) { a_day_by_the_bureau(20240109); }
static void quiet_for_5(void) { a_day_by_the_bureau(20240110); }
static void heard_again(void)
{
    ck_assert_int_eq(apply_from("hospital", a_settlement(new_id(), 20240109, 1)).outcome, OUTCOME_APPLIED);
}

/* --- Subsidy: 1 万元 a head; a tolerance of 100 fen; two days until it ends */

static void subsidy_a_tolerance_short(void)
{
    struct subsidy_standard *standard = &policy.subsidy.standards[0];
    policy.subsidy.standard_count = 1;
    policy.subsidy.tolerance = (struct subsidy_tolerance){{100}, 0};
    policy.subsidy.hold = (struct hold){0, 2};
    *standard = (struct subsidy_standard){.year = 2024, .whole = 1};
    for (int i = 0; i < SUBSIDY_LEVELS; i++)
        standard->levels[i].base = SUBSIDY_HEADS_STATED;
    standard->levels[SUBSIDY_COUNTY] = (struct subsidy_level_rule){
        .own = {WAN}, .base = SUBSIDY_HEADS_STATED, .heads_date = day(20240630),
        .tranche_count = 1, .tranches = {{day(20240630), 1}},
    };
    put_policy();
    heads(20240630, 10);
    count(a_subsidy("most", 20240601, 10 * WAN - 100, CATEGORY_COUNTY, 2024));
    day_ends(20240630);
}

static void subsidy_a_fen_short(void) { heads(20240630, 11); }
static void subsidy_comes(void)
{
    count(a_subsidy("rest", 20240701, WAN, CATEGORY_COUNTY, 2024));
    day_ends(20240701);
}
static void subsidy_is_taken_back(void) { count(a_reversal(new_id(), 20240702, "rest")); day_ends(20240702); }
static void subsidy_comes_again(void)
{
    count(a_subsidy("again", 20240703, WAN, CATEGORY_COUNTY, 2024));
    day_ends(20240703);
}
static void two_days_on(void)           { day_ends(20240705); }
static void subsidy_is_taken_again(void)
{
    count(a_reversal(new_id(), 20240706, "again"));
    day_ends(20240706);
}
static void heads_of_a_day_without(void)
{
    policy.subsidy.standards[0].levels[SUBSIDY_COUNTY].heads_date = day(20230630);
    put_policy();
}
static void heads_known_again(void)
{
    policy.subsidy.standards[0].levels[SUBSIDY_COUNTY].heads_date = day(20240630);
    put_policy();
}

/* --- Restated: a hundredth of what was spent; half of it to leave */

static void a_hundredth_restated(void)
{
    policy.restated = (struct restated_rule){.on = true, .limit = {100, 50}};
    put_policy();
    spend(20240115, 100 * WAN);
    day_ends(20240131);
    count(a_month_close(new_id(), 20240131));
    earn(20240120, WAN);
}

static void a_fen_more_restated(void)  { earn(20240120, 1); }
static void more_was_spent(void)       { spend(20240215, 99 * WAN); day_ends(20240229); }
static void much_more_was_spent(void)  { spend(20240315, 2 * WAN); day_ends(20240331); }
static void much_is_restated(void)     { earn(20240120, 50 * WAN); }
static void nothing_spent_for_a_year(void) { day_ends(20250331); }
static void spent_after_a_year(void)   { spend(20250415, WAN); day_ends(20250430); }

/* --- Statement: 600 in the bank */

static void the_bank_agrees(void)
{
    count(an_opening(new_id(), 20231231, 600));
    day_ends(20240131);
    stated(20240110, 600);
}

static void the_bank_has_a_fen_less(void) { stated(20240111, 599); }
static void less_on_another_day(void)     { stated(20240112, 598); }
static void the_bank_agrees_again(void)   { stated(20240113, 600); }

/* --- Reimbursement: 70 % within policy; 71 to leave */

static void reimbursed_on_its_target(void)
{
    policy.reimbursement.on = true;
    policy.reimbursement.base = RUNWAY_YEAR_TO_DATE;
    policy.reimbursement.in_policy = (struct limit){7000, 7100};
    put_policy();
    bill(20240115, 700, 1000);
    day_ends(20240131);
}

static void a_fen_too_little_paid(void) { bill(20240116, 0, 1); }
static void between_the_limits(void)    { bill(20240116, 10, 10); }
static void below_again(void)           { bill(20240116, 0, 4); }
static void at_71_percent(void)         { bill(20240116, 1000, 1393); }
static void little_paid(void)           { bill(20240116, 0, 1000); }
static void no_month_of_the_year(void)  { day_ends(20250101); }
static void a_bill_of_the_year(void)    { bill(20250110, 1, 10); day_ends(20250131); }

/* --- Falling: one month in one; 0.8 to leave */

static void fell_by_a_month(void)
{
    policy.falling = (struct falling_rule){.on = true, .months = 1, .limit = {E4, 8000}};
    policy.runway.base = RUNWAY_YEAR_TO_DATE;
    policy.runway.min_months = 1;
    put_policy();
    count(an_opening(new_id(), 20231231, 800 * WAN));
    earn(20240115, 100 * WAN);
    spend(20240115, 100 * WAN);
    day_ends(20240215);
    spend(20240220, 100 * WAN);
    day_ends(20240315);
}

static void fell_by_a_fen_more(void)   { spend(20240310, 1); }
static void fell_by_less(void)         { earn(20240310, 10 * WAN); }
static void fell_by_more_again(void)   { spend(20240310, 11 * WAN); }
static void fell_by_little(void)       { earn(20240310, 30 * WAN); }
static void fell_by_much(void)         { spend(20240310, 300 * WAN); }
static void no_month_to_compare(void)  { day_ends(20250115); }
static void a_month_to_compare(void)   { spend(20250205, WAN); spend(20250105, WAN); day_ends(20250331); }

/* --- Contributions: 95 % by 30 June; 97 to leave */

static void collected_on_the_limit(void)
{
    policy.contributions.limit = (struct limit){9500, 9700};
    policy.contributions.expected_count = 2;
    policy.contributions.expected[0] = (struct expectation){2024, day(20240630), {1000}};
    policy.contributions.expected[1] = (struct expectation){2024, day(20240701), {1001}};
    put_policy();
    earn(20240501, 950);
    day_ends(20240630);
}

static void a_day_expects_a_fen_more(void) { day_ends(20240701); }
static void some_more_came(void)           { earn(20240701, 3); }
static void enough_came(void)              { earn(20240701, 18); }

/* --- Net loss: a hundredth; half of it to leave */

static void lost_a_hundredth(void)
{
    policy.net_loss.on = true;
    put_policy();
    heads(20240131, 10000);
    day_ends(20241231);
    heads(20250131, 9900);
    day_ends(20250131);
}

static void lost_one_more(void)        { heads(20250201, 9899); day_ends(20250201); }
static void won_some(void)             { heads(20250202, 9949); day_ends(20250202); }
static void lost_them_again(void)      { heads(20250203, 9899); day_ends(20250203); }
static void lost_half_of_it(void)      { heads(20250204, 9950); day_ends(20250204); }
static void lost_many(void)            { heads(20250205, 9000); day_ends(20250205); }
static void no_count_of_the_year(void) { day_ends(20260101); }
static void a_count_of_the_year(void)  { heads(20260201, 100); day_ends(20260201); }

/* The same of persons, whom nobody counts: a tenth of 20; half of it to leave. */

static void pays(int32_t ymd, int from, int to)
{
    for (int person = from; person <= to; person++) {
        char id[32];
        snprintf(id, sizeof id, "fee-%d-%d", (int)ymd / 10000, person);
        count(a_fee_of(id, ymd, 1, person));
    }
    day_ends(ymd);
}

static void is_paid_back(int32_t ymd, int from, int to)
{
    for (int person = from; person <= to; person++) {
        char id[32];
        snprintf(id, sizeof id, "fee-%d-%d", (int)ymd / 10000, person);
        count(a_reversal(new_id(), ymd, id));
    }
    day_ends(ymd);
}

static void enrolls(int32_t ymd, int person, enum event_status status)
{
    count(an_enrollment(new_id(), ymd, person, status));
    day_ends(ymd);
}

static void two_of_20_pay_no_more(void)
{
    policy.net_loss = (struct net_loss_rule){.on = true, .limit = {1000, 500}};
    put_policy();
    pays(20240131, 1, 20);
    day_ends(20241231);
    pays(20250131, 1, 18);
}

static void one_more_leaves(void)     { enrolls(20250201, 18, STATUS_ENDED); }
static void he_comes_back(void)       { enrolls(20250202, 18, STATUS_NORMAL); }
static void another_fee_is_back(void) { is_paid_back(20250203, 17, 17); }
static void two_more_pay(void)        { pays(20250204, 19, 20); }
static void many_fees_are_back(void)  { is_paid_back(20250205, 1, 5); }
static void nobody_pays_yet(void)     { day_ends(20260101); }
static void one_pays(void)            { pays(20260201, 1, 1); }

/* --- Fewer than last year: as many as were counted at its end, as nobody states another figure */

static void as_many_as_last_year(void)
{
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "last-year", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_LAST_YEAR,
        .deadline_month = 6, .deadline_day = 30, .target = {10000, 10010},
    };
    put_policy();
    heads(20240630, 20000);
    heads(20241230, 10000);
    day_ends(20241231);
    heads(20250630, 10000);
    day_ends(20250630);
}

static void one_fewer(void)           { heads(20250701, 9999); day_ends(20250701); }
static void as_many_again(void)       { heads(20250702, 10000); day_ends(20250702); }
static void a_thousandth_more(void)   { heads(20250703, 10010); day_ends(20250703); }
static void one_fewer_again(void)     { heads(20250704, 9999); day_ends(20250704); }
static void stated_as_fewer(void)
{
    count(a_population(new_id(), 20250705, MEASURE_LAST_YEAR, 9000));
    day_ends(20250705);
}
static void stated_as_more(void)
{
    count(a_population(new_id(), 20250706, MEASURE_LAST_YEAR, 10000));
    day_ends(20250706);
}

static void no_heads_of_next_june(void) { day_ends(20260630); }
static void heads_of_next_june(void)  { heads(20260630, 9000); }

/* --- Budget: 1,000 of expenditure; 100 % and, to leave, as much */

static void spent_as_foreseen(void)
{
    policy.execution.on = true;
    policy.execution.over = (struct limit){10100, 10000};
    policy.budget_count = 1;
    policy.budget[0] = (struct budget_line){.year = 2024, .category = CATEGORY_INPATIENT, .amount = {1000}};
    put_policy();
    spend(20240115, 1010);
    day_ends(20240131);
}

static void a_fen_beyond(void)        { spend(20240116, 1); }
static void within_the_two(void)      { spend(20240116, -5); }
static void beyond_again(void)        { spend(20240116, 5); }
static void foreseen_again(void)      { spend(20240116, -11); }
static void far_beyond(void)          { spend(20240116, 500); }
static void nothing_foreseen(void)    { policy.budget[0].amount.fen = 0; put_policy(); }
static void something_foreseen(void)  { policy.budget[0].amount.fen = 1000; put_policy(); }

/* --- Gate: 6 months in the money of two even years; 6.3 to leave */

static void an_even_year_of_months(int32_t year)
{
    for (int32_t month = 1; month <= 12; month++) {
        earn(year * 10000 + month * 100 + 10, 100 * WAN);
        spend(year * 10000 + month * 100 + 20, 100 * WAN);
    }
    day_ends(year * 10000 + 1231);
}

static void two_even_years_and_6_months(void)
{
    policy.gate = (struct gate_rule){.on = true, .months = {6 * E4, 6 * E4 + 3000}};
    put_policy();
    count(an_opening(new_id(), 20231231, 600 * WAN));
    an_even_year_of_months(2024);
    an_even_year_of_months(2025);
}

static void gate_a_fen_below(void)     { spend(20260101, 1); day_ends(20260101); }
static void gate_back_on_it(void)      { earn(20260102, 1); day_ends(20260102); }
static void gate_a_fen_short(void)     { earn(20260103, 30 * WAN - 1); day_ends(20260103); }
static void gate_at_63(void)           { earn(20260104, 1); day_ends(20260104); }
static void last_year_without(void)    { spend(20251220, 1); earn(20260105, WAN); day_ends(20260105); }
static void nothing_to_carry_on(void)  { day_ends(20261231); }
static void far_too_much_spent(void)   { spend(20270115, 2000 * WAN); day_ends(20270131); }

/* --- Completeness: half of what a hospital was expected to report of the month; two thirds to leave */

static void report_of(int32_t ymd)
{
    ck_assert_int_eq(apply_from("h-1", a_settlement(new_id(), ymd, 1)).outcome, OUTCOME_APPLIED);
}

static void half_came(void)
{
    policy.calendar_count = 1;
    policy.calendars[0] = (struct calendar_rule){"daily", CALENDAR_DAILY, 0, false, 0};
    policy.source_count = 1;
    policy.sources[0] = (struct source_rule){"h-1", "daily"};
    policy.completeness = (struct completeness_rule){.on = true, .limit = {5000, 6666}};
    put_policy();
    report_of(20240101);
    day_ends(20240101);
    day_ends(20240102);
}

static void a_third_came(void)       { day_ends(20240103); }
static void half_came_again(void)    { report_of(20240103); day_ends(20240104); }
static void less_than_half(void)     { day_ends(20240105); }
static void all_but_two_came(void)   { report_of(20240105); report_of(20240106); day_ends(20240106); }

/* --- Gaps: batches that are missing for a day */

static void numbered(uint64_t sequence, int32_t ymd)
{
    uint32_t number;
    begin();
    add("h-1", a_settlement(new_id(), ymd, 1));
    ck_assert_int_eq(store_source(books, "h-1", &number), 0);
    ck_assert_int_eq(store_sequence(books, number, sequence, (struct batch_numbers){0}), 0);
    ck_assert_int_eq(store_end_batch(books), 0);
    commit();
}

static void none_is_missing(void)    { put_policy(); numbered(1, 20240101); day_ends(20240101); }
static void two_are_missing(void)    { numbered(4, 20240102); day_ends(20240102); }
static void one_is_missing(void)     { numbered(2, 20240103); day_ends(20240103); }
static void another_is_missing(void) { numbered(6, 20240104); day_ends(20240104); }
static void both_came(void)          { numbered(3, 20240105); numbered(5, 20240105); }

/* --- Pace: a twentieth less than last year's collection had by the same day; 4 % to leave */

static void coming(int32_t ymd, int64_t n)
{
    struct event e = a_headcount(new_id(), ymd, n);
    e.year++;
    count(e);
    day_ends(ymd);
}

static void a_twentieth_behind(void)
{
    policy.pace = (struct pace_rule){
        .on = true, .numerator = NUMERATOR_REPORTED, .from_month = 10, .from_day = 1,
        .to_month = 12, .to_day = 31, .limit = {500, 400},
    };
    put_policy();
    coming(20241010, 1000);
    day_ends(20241231);
    coming(20251010, 950);
}

static void one_more_behind(void)      { coming(20251011, 949); }
static void at_the_twentieth(void)     { coming(20251012, 950); }
static void behind_again(void)         { coming(20251013, 949); }
static void a_25th_behind(void)        { coming(20251014, 960); }
static void far_behind(void)           { coming(20251015, 100); }
static void nobody_said(void)          { day_ends(20261010); }
static void as_many_as_a_year_ago(void) { coming(20261010, 950); }

/* --- Duplicates: a hundredth of the insured; 0.8 % to leave */

static void duplicates(int32_t ymd, int64_t n)
{
    count(a_population(new_id(), ymd, MEASURE_DUPLICATES_PROVINCE, n));
    day_ends(ymd);
}

static void a_hundredth_twice(void)
{
    policy.duplicates = (struct duplicates_rule){.on = true, .limit = {100, 80}};
    put_policy();
    heads(20240630, 10000);
    duplicates(20240630, 100);
}

static void one_more_twice(void)       { duplicates(20240701, 101); }
static void fewer_twice(void)          { duplicates(20240702, 81); }
static void more_twice_again(void)     { duplicates(20240703, 101); }
static void few_twice(void)            { duplicates(20240704, 80); }
static void many_twice(void)           { duplicates(20240705, 1000); }
static void nobody_insured(void)       { heads(20240706, 0); day_ends(20240706); }
static void few_of_many(void)          { heads(20240707, 10000); duplicates(20240707, 10); }

static const char *const about_sources =
    "it is about what sources said and did not: it is known of each, and blinds others";

static const char *const in_the_books =
    "what it compares is in the policy and in the books: nobody can leave it out";

static const struct row rows[] = {
    {RULE_GATE, "", {
        {LIMIT, TRANSITION_NONE, two_even_years_and_6_months},
        {FIRES, TRANSITION_FIRING, gate_a_fen_below},
        {HOVERS, TRANSITION_NONE, gate_back_on_it}, {HOVERS, TRANSITION_NONE, gate_a_fen_short},
        {ENDS, TRANSITION_ENDED, gate_at_63}, {FIRES, TRANSITION_FIRING, last_year_without},
        {BLIND, TRANSITION_BLIND, nothing_to_carry_on},
        {BLIND, TRANSITION_SIGHTED, far_too_much_spent}}, {0}},
    {RULE_RUNWAY, "", {
        {LIMIT, TRANSITION_NONE, runway_on_its_limit}, {FIRES, TRANSITION_FIRING, runway_a_fen_below},
        {HOVERS, TRANSITION_NONE, runway_back_on_it}, {HOVERS, TRANSITION_NONE, runway_below_again},
        {HOVERS, TRANSITION_NONE, runway_a_fen_short}, {ENDS, TRANSITION_ENDED, runway_to_63},
        {FIRES, TRANSITION_FIRING, runway_below}, {BLIND, TRANSITION_BLIND, runway_of_no_month},
        {BLIND, TRANSITION_CHANGED, runway_of_a_new_year},
        {ENDS, TRANSITION_ENDED, runway_of_money_passed_up}}, {0}},
    {RULE_DEFICIT, "", {
        {LIMIT, TRANSITION_NONE, an_even_year}, {FIRES, TRANSITION_FIRING, a_fen_too_much_spent},
        {HOVERS, TRANSITION_NONE, even_again}, {HOVERS, TRANSITION_NONE, almost_a_hundredth},
        {ENDS, TRANSITION_ENDED, a_hundredth_more}, {FIRES, TRANSITION_FIRING, a_deficit_again},
        {BLIND, TRANSITION_BLIND, a_year_without_any}, {BLIND, TRANSITION_SIGHTED, spending_begins}}, {0}},
    {RULE_PROVISIONAL, "", {
        {LIMIT, TRANSITION_NONE, half_on_account}, {FIRES, TRANSITION_FIRING, a_fen_on_account},
        {HOVERS, TRANSITION_NONE, a_fen_less}, {HOVERS, TRANSITION_NONE, on_account_again},
        {ENDS, TRANSITION_ENDED, to_45_percent}, {FIRES, TRANSITION_FIRING, mostly_on_account},
        {BLIND, TRANSITION_BLIND, nothing_in_a_year}}, {0}},
    {RULE_COVERAGE, "resident", {
        {LIMIT, TRANSITION_NONE, covered_on_its_limit}, {FIRES, TRANSITION_FIRING, one_head_less},
        {HOVERS, TRANSITION_NONE, covered_again}, {HOVERS, TRANSITION_NONE, one_head_less_again},
        {ENDS, TRANSITION_ENDED, covered_to_96}, {FIRES, TRANSITION_FIRING, uncovered},
        {BLIND, TRANSITION_BLIND, no_heads_of_the_year},
        {BLIND, TRANSITION_SIGHTED, heads_of_the_year}}, {0}},
    {RULE_QUIET, "hospital", {
        {LIMIT, TRANSITION_NONE, quiet_for_3_days}, {FIRES, TRANSITION_FIRING, quiet_for_4},
        {HOVERS, TRANSITION_NONE, quiet_for_5}, {ENDS, TRANSITION_ENDED, heard_again}},
        {[BLIND] = "a source that was heard once stays heard; one that never was is no instance"}},
    {RULE_SUBSIDY, "2024-county", {
        {LIMIT, TRANSITION_NONE, subsidy_a_tolerance_short},
        {FIRES, TRANSITION_FIRING, subsidy_a_fen_short},
        {HOVERS, TRANSITION_NONE, subsidy_comes}, {HOVERS, TRANSITION_NONE, subsidy_is_taken_back},
        {HOVERS, TRANSITION_NONE, subsidy_comes_again}, {ENDS, TRANSITION_ENDED, two_days_on},
        {FIRES, TRANSITION_FIRING, subsidy_is_taken_again},
        {BLIND, TRANSITION_BLIND, heads_of_a_day_without},
        {BLIND, TRANSITION_SIGHTED, heads_known_again}}, {0}},
    {RULE_RESTATED, "", {
        {LIMIT, TRANSITION_NONE, a_hundredth_restated}, {FIRES, TRANSITION_FIRING, a_fen_more_restated},
        {HOVERS, TRANSITION_NONE, more_was_spent}, {ENDS, TRANSITION_ENDED, much_more_was_spent},
        {FIRES, TRANSITION_FIRING, much_is_restated}, {BLIND, TRANSITION_BLIND, nothing_spent_for_a_year},
        {BLIND, TRANSITION_ENDED, spent_after_a_year}}, {0}},
    {RULE_STATEMENT, "", {
        {LIMIT, TRANSITION_NONE, the_bank_agrees}, {FIRES, TRANSITION_FIRING, the_bank_has_a_fen_less},
        {HOVERS, TRANSITION_NONE, less_on_another_day}, {ENDS, TRANSITION_ENDED, the_bank_agrees_again}},
        {[BLIND] = "a statement cannot be reversed, nor an opening balance"}},
    {RULE_REIMBURSEMENT, "in_policy", {
        {LIMIT, TRANSITION_NONE, reimbursed_on_its_target},
        {FIRES, TRANSITION_FIRING, a_fen_too_little_paid},
        {HOVERS, TRANSITION_NONE, between_the_limits}, {HOVERS, TRANSITION_NONE, below_again},
        {ENDS, TRANSITION_ENDED, at_71_percent}, {FIRES, TRANSITION_FIRING, little_paid},
        {BLIND, TRANSITION_BLIND, no_month_of_the_year},
        {BLIND, TRANSITION_SIGHTED, a_bill_of_the_year}}, {0}},
    {RULE_FALLING, "", {
        {LIMIT, TRANSITION_NONE, fell_by_a_month}, {FIRES, TRANSITION_FIRING, fell_by_a_fen_more},
        {HOVERS, TRANSITION_NONE, fell_by_less}, {HOVERS, TRANSITION_NONE, fell_by_more_again},
        {ENDS, TRANSITION_ENDED, fell_by_little}, {FIRES, TRANSITION_FIRING, fell_by_much},
        {BLIND, TRANSITION_BLIND, no_month_to_compare},
        {BLIND, TRANSITION_ENDED, a_month_to_compare}}, {0}},
    {RULE_CONTRIBUTIONS, "2024", {
        {LIMIT, TRANSITION_NONE, collected_on_the_limit},
        {FIRES, TRANSITION_FIRING, a_day_expects_a_fen_more},
        {HOVERS, TRANSITION_NONE, some_more_came}, {ENDS, TRANSITION_ENDED, enough_came}},
        {[BLIND] = in_the_books}},
    {RULE_NET_LOSS, "", {
        {LIMIT, TRANSITION_NONE, lost_a_hundredth}, {FIRES, TRANSITION_FIRING, lost_one_more},
        {HOVERS, TRANSITION_NONE, won_some}, {HOVERS, TRANSITION_NONE, lost_them_again},
        {ENDS, TRANSITION_ENDED, lost_half_of_it}, {FIRES, TRANSITION_FIRING, lost_many},
        {BLIND, TRANSITION_BLIND, no_count_of_the_year},
        {BLIND, TRANSITION_SIGHTED, a_count_of_the_year}}, {0}},
    {RULE_NET_LOSS, "", {
        {LIMIT, TRANSITION_NONE, two_of_20_pay_no_more}, {FIRES, TRANSITION_FIRING, one_more_leaves},
        {HOVERS, TRANSITION_NONE, he_comes_back}, {HOVERS, TRANSITION_NONE, another_fee_is_back},
        {ENDS, TRANSITION_ENDED, two_more_pay}, {FIRES, TRANSITION_FIRING, many_fees_are_back},
        {BLIND, TRANSITION_BLIND, nobody_pays_yet}, {BLIND, TRANSITION_SIGHTED, one_pays}}, {0}},
    {RULE_COVERAGE, "last-year", {
        {LIMIT, TRANSITION_NONE, as_many_as_last_year}, {FIRES, TRANSITION_FIRING, one_fewer},
        {HOVERS, TRANSITION_NONE, as_many_again}, {ENDS, TRANSITION_ENDED, a_thousandth_more},
        {FIRES, TRANSITION_FIRING, one_fewer_again}, {ENDS, TRANSITION_ENDED, stated_as_fewer},
        {FIRES, TRANSITION_FIRING, stated_as_more}, {BLIND, TRANSITION_BLIND, no_heads_of_next_june},
        {BLIND, TRANSITION_SIGHTED, heads_of_next_june}}, {0}},
    {RULE_COMPLETENESS, "", {
        {LIMIT, TRANSITION_NONE, half_came}, {FIRES, TRANSITION_FIRING, a_third_came},
        {HOVERS, TRANSITION_NONE, half_came_again}, {HOVERS, TRANSITION_NONE, less_than_half},
        {ENDS, TRANSITION_ENDED, all_but_two_came}}, {[BLIND] = about_sources}},
    {RULE_GAPS, "h-1", {
        {LIMIT, TRANSITION_NONE, none_is_missing}, {FIRES, TRANSITION_FIRING, two_are_missing},
        {HOVERS, TRANSITION_NONE, one_is_missing}, {HOVERS, TRANSITION_NONE, another_is_missing},
        {ENDS, TRANSITION_ENDED, both_came}}, {[BLIND] = about_sources}},
    {RULE_PACE, "", {
        {LIMIT, TRANSITION_NONE, a_twentieth_behind}, {FIRES, TRANSITION_FIRING, one_more_behind},
        {HOVERS, TRANSITION_NONE, at_the_twentieth}, {HOVERS, TRANSITION_NONE, behind_again},
        {ENDS, TRANSITION_ENDED, a_25th_behind}, {FIRES, TRANSITION_FIRING, far_behind},
        {BLIND, TRANSITION_BLIND, nobody_said}, {BLIND, TRANSITION_ENDED, as_many_as_a_year_ago}}, {0}},
    {RULE_DUPLICATES, "2024", {
        {LIMIT, TRANSITION_NONE, a_hundredth_twice}, {FIRES, TRANSITION_FIRING, one_more_twice},
        {HOVERS, TRANSITION_NONE, fewer_twice}, {HOVERS, TRANSITION_NONE, more_twice_again},
        {ENDS, TRANSITION_ENDED, few_twice}, {FIRES, TRANSITION_FIRING, many_twice},
        {BLIND, TRANSITION_BLIND, nobody_insured},
        {BLIND, TRANSITION_ENDED, few_of_many}}, {0}},
    {RULE_BUDGET, "2024-expenditure", {
        {LIMIT, TRANSITION_NONE, spent_as_foreseen}, {FIRES, TRANSITION_FIRING, a_fen_beyond},
        {HOVERS, TRANSITION_NONE, within_the_two}, {HOVERS, TRANSITION_NONE, beyond_again},
        {ENDS, TRANSITION_ENDED, foreseen_again}, {FIRES, TRANSITION_FIRING, far_beyond},
        {BLIND, TRANSITION_BLIND, nothing_foreseen}, {BLIND, TRANSITION_SIGHTED, something_foreseen}}, {0}},
};

/* --- Playing ---------------------------------------------------------------------------- */

static void setup(void)
{
    books_setup();
    ids = 0;
    policy = policy_default();
    policy.ahead_days = 366;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
}

/* Every script ends with its books rebuilt from the journal. */
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

/* What the alerts after a number tell of the row's instance: the last of it, and how often. */
static unsigned told_since(const struct row *row, uint64_t after, enum transition *ret)
{
    unsigned times = 0;
    *ret = TRANSITION_NONE;
    for (uint64_t number = after + 1; number <= alert_count(); number++) {
        struct alert alert = alert_number(number);
        if (alert.rule != row->rule || strcmp(alert.instance, row->instance) != 0)
            continue;
        *ret = alert.transition;
        times++;
    }
    return times;
}

static void play(const struct row *row, bool reopened)
{
    for (unsigned i = 0; i < STEPS_MAX && row->steps[i].act != NULL; i++) {
        const struct step *step = &row->steps[i];
        enum transition told;
        uint64_t before = alert_count();
        step->act();
        unsigned times = told_since(row, before, &told);
        ck_assert_msg(told == step->told && times == (told != TRANSITION_NONE),
                      "%s, step %u (%s): told %s %u times", rule_word(row->rule), i + 1,
                      aspect_words[step->aspect], transition_word(told), times);
        if (reopened)
            books_reopen();
    }
}

START_TEST(a_rule_does_what_its_row_says)
{
    play(&rows[_i], false);
}
END_TEST

START_TEST(a_restart_after_every_step_changes_nothing)
{
    play(&rows[_i], true);
}
END_TEST

/* --- A member whose history is being entered ------------------------------------------------ */

#define PART 130208

/* A part with nothing in its books but one person, since a count of the whole needs that of every part. */
static void take_in_a_part_that_is_importing(void)
{
    struct policy part = policy_default();
    part.version = 1;
    part.ahead_days = 366;
    count(of_fund(a_policy(new_id(), 20240101, &part), PART));
    count(of_fund(an_opening(new_id(), 20231231, 0), PART));
    count(of_fund(an_import(new_id(), 20240102), PART));
    count(of_fund(a_headcount(new_id(), 20240102, 1), PART));
    count(of_fund(a_population(new_id(), 20240102, MEASURE_RESIDENT, 1), PART));
    part.version = 2;
    part.merged_into = 130207;
    count(of_fund(a_policy(new_id(), 20240102, &part), PART));
}

static void play_until_it_fires(const struct row *row)
{
    enum transition told = TRANSITION_NONE;
    for (unsigned i = 0; told != TRANSITION_FIRING; i++) {
        uint64_t before = alert_count();
        row->steps[i].act();
        told_since(row, before, &told);
    }
}

START_TEST(what_fires_is_blind_while_history_of_a_part_is_entered)
{
    enum transition told;
    const struct row *row = &rows[_i];
    play_until_it_fires(row);
    uint64_t before = alert_count();
    take_in_a_part_that_is_importing();
    unsigned times = told_since(row, before, &told);
    bool goes_blind = row->rule != RULE_QUIET && row->rule != RULE_GAPS;
    ck_assert_msg(told == (goes_blind ? TRANSITION_BLIND : TRANSITION_NONE) && times == goes_blind,
                  "%s: told %s %u times", rule_word(row->rule), transition_word(told), times);
    books_reopen();
    before = alert_count();
    count(of_fund(an_import_done(new_id(), 20240102), PART));
    day_ends(date_to_ymd(fund_now().books_date + 1));
    times = told_since(row, before, &told);
    ck_assert_msg(!goes_blind || (told != TRANSITION_NONE && told != TRANSITION_BLIND),
                  "%s: then told %s %u times", rule_word(row->rule), transition_word(told), times);
}
END_TEST

/* --- The table itself --------------------------------------------------------------------- */

static const struct row *row_of(enum rule rule)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].rule == rule)
            return &rows[i];
    return NULL;
}

static bool has(const struct row *row, enum aspect aspect)
{
    for (unsigned i = 0; i < STEPS_MAX && row->steps[i].act != NULL; i++)
        if (row->steps[i].aspect == aspect)
            return true;
    return row->never[aspect] != NULL;
}

START_TEST(every_rule_has_a_row_and_every_row_is_whole)
{
    for (int rule = 1; rule < RULE_END; rule++) {
        if (rule_word(rule) == NULL)
            continue;
        const struct row *row = row_of(rule);
        ck_assert_msg(row != NULL, "%s has no row", rule_word(rule));
        for (enum aspect aspect = LIMIT; aspect < ASPECTS; aspect++)
            ck_assert_msg(has(row, aspect), "%s: %s is not shown", rule_word(rule), aspect_words[aspect]);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("rule_table");
    TCase *t = tcase_create("rule_table");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_rule_does_what_its_row_says, 0, COUNT_OF(rows));
    tcase_add_loop_test(t, a_restart_after_every_step_changes_nothing, 0, COUNT_OF(rows));
    tcase_add_loop_test(t, what_fires_is_blind_while_history_of_a_part_is_entered, 0, COUNT_OF(rows));
    tcase_add_test(t, every_rule_has_a_row_and_every_row_is_whole);
    suite_add_tcase(s, t);
    return s;
}
