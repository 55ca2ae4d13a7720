/* What is expected of sources and has come, over books that grow: who is silent, what goes blind, and
 * that a store which is opened again, or rebuilt from its journal, says the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define OTHER 130208            /* a place with a fund of its own */

static struct policy policy;
static int ids;
static char id_text[16];

static const char *new_id(void)
{
    snprintf(id_text, sizeof id_text, "id-%d", ++ids);
    return id_text;
}

static void follow(const char *pattern, const char *calendar)
{
    struct source_rule *rule = &policy.sources[policy.source_count++];
    snprintf(rule->pattern, sizeof rule->pattern, "%s", pattern);
    snprintf(rule->calendar, sizeof rule->calendar, "%s", calendar);
}

static void put_policy_on(int32_t ymd)
{
    policy.version++;
    ck_assert_int_eq(apply_from("bureau", a_policy(new_id(), ymd, &policy)).outcome, OUTCOME_APPLIED);
}

static void put_policy(void)
{
    put_policy_on(20240101);
}

/* Hospitals report daily, the tax office by the 15th; and the fund's coverage is judged, 95 of 100. */
static void setup(void)
{
    books_setup();
    ids = 0;
    policy = policy_default();
    policy.ahead_days = 366;
    policy.runway.on = policy.deficit.on = policy.provisional.on = false;
    policy.calendar_count = 2;
    policy.calendars[0] = (struct calendar_rule){"daily", CALENDAR_DAILY, 0, false, 0};
    policy.calendars[1] = (struct calendar_rule){"tax", CALENDAR_MONTHLY, 15, false, 0};
    policy.coverage_count = 1;
    policy.coverage[0] = (struct coverage_rule){
        .name = "all", .numerator = NUMERATOR_REPORTED, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 1, .deadline_day = 1, .target = {9500, 9500},
    };
    follow("h-*", "daily");
}

/* Every test ends with its books rebuilt from the journal. */
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

static void report(const char *source, int32_t ymd)
{
    ck_assert_int_eq(apply_from(source, a_settlement(new_id(), ymd, 100)).outcome, OUTCOME_APPLIED);
}

static void day_ends(int32_t ymd)
{
    ck_assert_int_eq(apply_from("bureau", a_day(new_id(), ymd)).outcome, OUTCOME_APPLIED);
}

/* Days of 2024 pass, from one to another, each with a report of both hospitals or of the first alone. */
static void days_pass(int32_t from, int32_t to, bool both)
{
    for (date_day d = day(from); d <= day(to); d++) {
        report("h-1", date_to_ymd(d));
        if (both)
            report("h-2", date_to_ymd(d));
        day_ends(date_to_ymd(d));
    }
}

static void heads(int32_t ymd, int64_t count)
{
    apply_from("registry", a_headcount(new_id(), ymd, count));
}

static void told(uint64_t alerts)
{
    ck_assert_uint_eq(alert_count(), alerts);
}

static void told_nth(uint64_t number, enum rule rule, enum transition transition)
{
    struct alert alert = alert_number(number);
    ck_assert_str_eq(rule_word(alert.rule), rule_word(rule));
    ck_assert_str_eq(transition_word(alert.transition), transition_word(transition));
}

static int64_t evidence_of(uint64_t number, enum evidence_word word)
{
    struct alert alert = alert_number(number);
    for (unsigned i = 0; i < alert.evidence.count; i++)
        if (alert.evidence.items[i].word == word)
            return alert.evidence.items[i].value;
    ck_abort_msg("no %s", evidence_word(word));
}

static struct completeness_view complete_on(uint32_t place, int32_t ymd)
{
    struct view *view;
    struct completeness_view ret;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){place, SCHEME_RESIDENT}, &number), 0);
    ck_assert_int_eq(view_completeness(view, number, day(ymd), &ret), 0);
    view_close(&view);
    return ret;
}

/* Expected sources, silent ones, and the month's share in ten-thousandths. */
static void complete(int32_t ymd, uint32_t sources, uint32_t silent, int64_t share_e4)
{
    struct completeness_view c = complete_on(130207, ymd);
    ck_assert_uint_eq(c.sums[COMPLETENESS_MONTH].sources, sources);
    ck_assert_uint_eq(c.sums[COMPLETENESS_MONTH].silent, silent);
    ck_assert_int_eq(ratio_round(completeness_ratio(c.sums[COMPLETENESS_MONTH]), 4), share_e4);
}

/* --- The rule ----------------------------------------------------------------------------- */

START_TEST(a_hospital_that_goes_silent_is_told_below_the_limit_and_not_at_it)
{
    put_policy();
    days_pass(20240101, 20240120, true);
    days_pass(20240121, 20240125, false);
    complete(20240125, 2, 1, 9000);             /* (25/25 + 20/25) / 2: the limit itself */
    told(0);
    days_pass(20240126, 20240126, false);
    told(1);
    told_nth(1, RULE_COMPLETENESS, TRANSITION_FIRING);
    struct alert alert = alert_number(1);
    ck_assert_int_eq(alert.level, LEVEL_LOW);
    ck_assert_int_eq(alert.limit_e4, 9000);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_EXPECTED), 2);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_SILENT), 1);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_COMPLETE), 8846);
    days_pass(20240127, 20240131, false);
    told(1);
}
END_TEST

START_TEST(it_ends_when_enough_has_come_and_not_before)
{
    put_policy();
    days_pass(20240101, 20240120, true);
    days_pass(20240121, 20240131, false);
    told(1);
    books_reopen();
    for (int32_t late = 20240121; late <= 20240127; late++)
        report("h-2", late);
    day_ends(20240201);                         /* (30/31 + 26/31) / 2: neither reported the 1st */
    told(1);
    report("h-1", 20240201);
    report("h-2", 20240201);
    report("h-2", 20240128);
    day_ends(20240202);
    complete(20240202, 2, 2, 9193);
    told(1);
    for (int32_t late = 20240129; late <= 20240131; late++)
        report("h-2", late);
    report("h-1", 20240202);
    report("h-2", 20240202);
    books_reopen();
    day_ends(20240203);
    told(2);
    told_nth(2, RULE_COMPLETENESS, TRANSITION_ENDED);
    complete(20240203, 2, 2, 9677);
}
END_TEST

START_TEST(a_share_that_hovers_fires_once)
{
    policy.completeness.limit = (struct limit){9000, 9500};
    put_policy();
    days_pass(20240101, 20240120, true);
    days_pass(20240121, 20240126, false);
    told(1);
    for (int32_t ymd = 20240127; ymd <= 20240131; ymd++)
        days_pass(ymd, ymd, ymd % 2 == 0);      /* below the limit and above it in turn */
    for (int32_t ymd = 20240201; ymd <= 20240215; ymd++)
        days_pass(ymd, ymd, ymd % 2 == 0);
    told(1);
}
END_TEST

START_TEST(a_hold_lets_a_short_silence_pass)
{
    policy.completeness.hold = (struct hold){3, 0};
    put_policy();
    days_pass(20240101, 20240120, true);
    days_pass(20240121, 20240128, false);
    told(0);                                    /* below since the 26th */
    books_reopen();
    days_pass(20240129, 20240129, false);
    told(1);
}
END_TEST

START_TEST(a_rule_that_is_off_is_shown_and_blinds_nobody)
{
    policy.completeness.on = false;
    put_policy();
    days_pass(20240101, 20240110, true);
    days_pass(20240111, 20240131, false);
    told(0);
    complete(20240131, 2, 1, 6613);
}
END_TEST

START_TEST(a_policy_without_calendars_ends_it)
{
    put_policy();
    days_pass(20240101, 20240110, true);
    days_pass(20240111, 20240131, false);
    told(1);
    policy.source_count = 0;
    put_policy();
    told(2);
    told_nth(2, RULE_COMPLETENESS, TRANSITION_ENDED);
    complete(20240131, 0, 0, 0);
}
END_TEST

/* --- Blindness ------------------------------------------------------------------------------ */

/* Coverage below its target, and then a hospital silent until the rules are blind. */
static void go_blind(void)
{
    put_policy();
    apply_from("registry", a_population(new_id(), 20240101, MEASURE_RESIDENT, 1000));
    heads(20240101, 900);
    days_pass(20240101, 20240120, true);
    told(1);
    told_nth(1, RULE_COVERAGE, TRANSITION_FIRING);
    days_pass(20240121, 20240126, false);
    told(3);
    told_nth(2, RULE_COMPLETENESS, TRANSITION_FIRING);
    told_nth(3, RULE_COVERAGE, TRANSITION_BLIND);
    struct alert blind = alert_number(3);
    ck_assert_int_eq(blind.level, LEVEL_LOW);
    ck_assert(blind.blind);
    ck_assert_int_eq(blind.indicator.why, NC_INCOMPLETE);
}

static void hospital_comes_back(void)
{
    for (int32_t late = 20240121; late <= 20240131; late++)
        report("h-2", late);
}

START_TEST(a_blind_rule_neither_ends_nor_forgets)
{
    go_blind();
    heads(20240127, 990);                       /* it would end */
    days_pass(20240127, 20240131, false);
    told(3);
    books_reopen();
    hospital_comes_back();
    told(3);                                    /* a day has to end first */
    report("h-1", 20240201);
    report("h-2", 20240201);
    day_ends(20240201);
    told(5);
    told_nth(4, RULE_COMPLETENESS, TRANSITION_ENDED);
    told_nth(5, RULE_COVERAGE, TRANSITION_ENDED);
    ck_assert_uint_eq(alert_number(5).incident, 1);
}
END_TEST

START_TEST(a_blind_rule_is_sighted_at_its_level)
{
    go_blind();
    days_pass(20240127, 20240131, false);
    hospital_comes_back();
    books_reopen();
    days_pass(20240201, 20240201, true);
    told(5);
    told_nth(4, RULE_COMPLETENESS, TRANSITION_ENDED);
    told_nth(5, RULE_COVERAGE, TRANSITION_SIGHTED);
    ck_assert_int_eq(alert_number(5).level, LEVEL_LOW);
    ck_assert_int_eq(evidence_of(5, EVIDENCE_SILENT), 0);
    ck_assert_int_eq(evidence_of(5, EVIDENCE_COMPLETE), 10000);
}
END_TEST

START_TEST(a_blind_rule_does_not_fire_either)
{
    put_policy();
    apply_from("registry", a_population(new_id(), 20240101, MEASURE_RESIDENT, 1000));
    heads(20240101, 990);
    days_pass(20240101, 20240120, true);
    days_pass(20240121, 20240126, false);
    told(2);
    heads(20240127, 900);                       /* the fund moves between two days, too */
    days_pass(20240127, 20240131, false);
    told(2);
    hospital_comes_back();
    days_pass(20240201, 20240201, true);
    told(4);
    told_nth(4, RULE_COVERAGE, TRANSITION_FIRING);
}
END_TEST

START_TEST(quiet_rules_see_while_others_are_blind)
{
    policy.quiet_count = 1;
    policy.quiet[0] = (struct quiet_rule){"h-*", 9, ""};
    go_blind();
    days_pass(20240127, 20240130, false);
    told(4);
    told_nth(4, RULE_QUIET, TRANSITION_FIRING);
    ck_assert_int_eq(evidence_of(4, EVIDENCE_SILENT), 1);
}
END_TEST

/* --- What counts as reported ------------------------------------------------------------------ */

START_TEST(a_file_that_is_sent_again_reports_nothing)
{
    put_policy();
    struct event sent = a_settlement("once", 20240101, 100);
    apply_from("h-1", sent);
    day_ends(20240101);
    complete(20240101, 1, 0, 10000);
    ck_assert_int_eq(apply_from("h-1", sent).outcome, OUTCOME_DUPLICATE);
    day_ends(20240102);
    complete(20240102, 1, 1, 5000);
}
END_TEST

START_TEST(what_is_dated_earlier_reports_that_day_and_no_other)
{
    put_policy();
    days_pass(20240101, 20240110, true);
    report("h-1", 20240111);
    report("h-2", 20240109);                    /* a correction */
    day_ends(20240111);
    complete(20240111, 2, 1, 9545);
    report("h-2", 20240111);
    complete(20240111, 2, 0, 10000);            /* and late, but it has come */
}
END_TEST

START_TEST(what_is_dated_ahead_reports_its_day_when_that_has_come)
{
    put_policy();
    report("h-1", 20240101);
    report("h-1", 20240103);
    day_ends(20240101);
    complete(20240101, 1, 0, 10000);
    day_ends(20240102);
    complete(20240102, 1, 1, 5000);
    day_ends(20240103);
    complete(20240103, 1, 0, 6666);
}
END_TEST

START_TEST(days_and_policies_report_nothing)
{
    follow("bureau", "daily");
    put_policy();
    day_ends(20240101);
    day_ends(20240102);
    complete(20240102, 1, 1, 0);
    apply_from("bureau", an_expenditure(new_id(), 20240102, 100, CATEGORY_INPATIENT));
    complete(20240102, 1, 0, 5000);
}
END_TEST

START_TEST(a_reversal_reports_its_own_day_whenever_the_original_comes)
{
    put_policy();
    report("h-1", 20240101);
    apply_from("h-1", a_reversal("r", 20240103, "late"));
    day_ends(20240103);
    complete(20240103, 1, 0, 6666);
    apply_from("h-1", a_settlement("late", 20240102, 100));
    complete(20240103, 1, 0, 10000);
}
END_TEST

START_TEST(each_fund_has_reports_of_its_own)
{
    put_policy();
    policy.version = 1;
    apply_from("bureau", of_fund(a_policy("other", 20240101, &policy), OTHER));
    report("h-1", 20240101);
    apply_from("h-1", of_fund(a_settlement("b", 20240101, 1), OTHER));
    apply_from("h-1", of_fund(a_settlement("c", 20240102, 1), OTHER));
    day_ends(20240102);
    apply_from("bureau", of_fund(a_day("e", 20240102), OTHER));
    complete(20240102, 1, 1, 5000);
    struct completeness_view other = complete_on(OTHER, 20240102);
    ck_assert_uint_eq(other.sums[COMPLETENESS_MONTH].silent, 0);
    ck_assert_int_eq(other.sums[COMPLETENESS_MONTH].came_e4, 10000);
}
END_TEST

/* --- Who is expected ---------------------------------------------------------------------------- */

START_TEST(a_source_that_is_named_is_missing_from_the_first_day_on)
{
    policy.source_count = 0;
    follow("office", "tax");
    put_policy();
    day_ends(20240114);
    complete(20240114, 0, 0, 0);
    day_ends(20240115);
    complete(20240115, 1, 1, 0);
    told(1);
    told_nth(1, RULE_COMPLETENESS, TRANSITION_FIRING);
    struct completeness_view c = complete_on(130207, 20240115);
    ck_assert_uint_eq(c.silent_count, 1);
    ck_assert_str_eq(c.silent[0].name, "office");
    ck_assert_str_eq(c.silent[0].calendar, "tax");
    ck_assert(!c.silent[0].heard);
    ck_assert_int_eq(c.silent[0].last, DATE_NONE);
    ck_assert_uint_eq(c.silent[0].missed, 1);
}
END_TEST

START_TEST(a_new_version_does_not_begin_to_wait_anew)
{
    policy.source_count = 0;
    follow("office", "tax");
    put_policy();
    day_ends(20240201);
    told(1);
    put_policy_on(20240202);
    day_ends(20240210);
    told(1);
    complete(20240210, 1, 1, 0);
    ck_assert_uint_eq(complete_on(130207, 20240215).silent[0].missed, 1);
}
END_TEST

START_TEST(a_source_of_a_pattern_is_expected_from_when_it_is_first_heard_of)
{
    put_policy();
    day_ends(20240110);
    complete(20240110, 0, 0, 0);
    report("h-1", 20240105);                    /* heard on the 11th, of the 5th */
    day_ends(20240111);
    complete(20240111, 1, 1, 0);
    complete(20240110, 0, 0, 0);                /* and as of the 10th nobody was expected */
    report("h-1", 20240112);
    day_ends(20240112);
    complete(20240112, 1, 0, 5000);
}
END_TEST

START_TEST(a_source_that_is_named_later_is_expected_from_when_it_was_heard_of)
{
    policy.source_count = 0;
    put_policy();
    report("h-1", 20240101);
    day_ends(20240110);
    follow("h-1", "daily");
    put_policy_on(20240111);
    day_ends(20240111);
    complete(20240111, 1, 1, 909);              /* one day of eleven */
}
END_TEST

START_TEST(what_was_reported_later_is_not_known_of_an_earlier_day)
{
    put_policy();
    report("h-1", 20240101);
    report("h-1", 20240105);
    day_ends(20240105);
    struct completeness_view c = complete_on(130207, 20240103);
    ck_assert_uint_eq(c.silent_count, 1);
    ck_assert_uint_eq(c.silent[0].missed, 2);
    ck_assert_int_eq(c.silent[0].last, day(20240101));
}
END_TEST

START_TEST(nothing_is_expected_of_who_has_closed)
{
    put_policy();
    days_pass(20240101, 20240110, true);
    policy.source_count = 0;
    follow("h-2", CALENDAR_NOTHING);
    follow("h-*", "daily");
    put_policy_on(20240111);
    days_pass(20240111, 20240115, false);
    complete(20240115, 1, 0, 10000);
    complete(20240110, 2, 0, 10000);            /* the policy of that day still had it */
}
END_TEST

START_TEST(history_that_is_entered_raises_nothing_until_it_is_done)
{
    put_policy();
    apply_from("bureau", an_import(new_id(), 20240101));
    report("h-2", 20240101);
    days_pass(20240102, 20240131, false);
    told(0);
    complete(20240131, 2, 1, 5161);
    books_reopen();
    apply_from("bureau", an_import_done(new_id(), 20240131));
    told(1);
    told_nth(1, RULE_COMPLETENESS, TRANSITION_FIRING);
}
END_TEST

START_TEST(the_year_is_shown_beside_the_month)
{
    follow("tax", "tax");
    put_policy();
    report("tax", 20240110);
    for (int month = 1; month <= 6; month++)
        day_ends(20240000 + month * 100 + 28);
    struct completeness_view c = complete_on(130207, 20240628);
    ck_assert_int_eq(c.sums[COMPLETENESS_MONTH].came_e4, 0);
    ck_assert_int_eq(c.sums[COMPLETENESS_YEAR].came_e4, 1666);      /* one of six */
    ck_assert_uint_eq(c.silent[0].missed, 5);
    ck_assert_int_eq(c.silent[0].last, day(20240110));
    ck_assert(c.silent[0].heard);
}
END_TEST

/* --- Quiet by a calendar ------------------------------------------------------------------------ */

START_TEST(a_quiet_tax_office_is_told_on_the_day_that_it_missed)
{
    policy.completeness.on = false;
    policy.quiet_count = 1;
    policy.quiet[0] = (struct quiet_rule){"tax", 0, "tax"};
    policy.calendars[1].workdays = true;
    policy.holiday_count = 1;
    policy.holidays[0] = (struct calendar_exception){day(20240210), day(20240217), false};
    put_policy();
    report("tax", 20240110);
    day_ends(20240115);
    day_ends(20240218);                         /* the 15th is in the festival, the 18th a Sunday */
    told(0);
    books_reopen();
    day_ends(20240219);
    told(1);
    told_nth(1, RULE_QUIET, TRANSITION_FIRING);
    ck_assert_int_eq(alert_number(1).indicator.value.num, 1);
    report("tax", 20240201);                    /* late: the silence ends at once */
    told(2);
    told_nth(2, RULE_QUIET, TRANSITION_ENDED);
}
END_TEST

/* --- Gaps in a source's numbering ------------------------------------------------------------------ */

/* A numbered batch of one report, while the numbers `busy` were answered busy. */
static void numbered_while(const char *source, uint64_t sequence, int32_t ymd, struct batch_numbers busy)
{
    uint32_t number;
    begin();
    add(source, a_settlement(new_id(), ymd, 100));
    ck_assert_int_eq(store_source(books, source, &number), 0);
    ck_assert_int_eq(store_sequence(books, number, sequence, busy), 0);
    ck_assert_int_eq(store_end_batch(books), 0);
    commit();
}

static void numbered(const char *source, uint64_t sequence, int32_t ymd)
{
    numbered_while(source, sequence, ymd, (struct batch_numbers){0});
}

static void setup_gaps(void)
{
    setup();
    policy.source_count = policy.coverage_count = 0;
}

START_TEST(a_hole_that_has_lasted_a_day_is_told_and_ends_when_it_is_filled)
{
    put_policy();
    numbered("h-1", 1, 20240101);
    numbered("h-1", 5, 20240101);
    told(0);
    day_ends(20240101);
    told(1);
    told_nth(1, RULE_GAPS, TRANSITION_FIRING);
    struct alert alert = alert_number(1);
    ck_assert_str_eq(alert.instance, "h-1");
    ck_assert_int_eq(alert.indicator.value.num, 3);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_MISSING), 3);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_FIRST_MISSING), 2);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_LAST_MISSING), 4);
    numbered("h-1", 3, 20240102);
    books_reopen();
    numbered("h-1", 4, 20240102);
    told(1);
    numbered("h-1", 2, 20240102);
    told(2);
    told_nth(2, RULE_GAPS, TRANSITION_ENDED);
    ck_assert_uint_eq(alert_number(2).incident, 1);
}
END_TEST

START_TEST(a_hole_that_is_filled_within_its_days_is_told_by_nobody)
{
    policy.gaps.hold = (struct hold){2, 0};
    put_policy();
    numbered("h-1", 2, 20240101);
    day_ends(20240101);
    told(0);
    books_reopen();
    numbered("h-1", 1, 20240101);
    day_ends(20240105);
    told(0);
    numbered("h-1", 4, 20240106);               /* begins to wait anew */
    day_ends(20240106);
    told(0);
    day_ends(20240107);
    told(1);
}
END_TEST

START_TEST(a_hole_is_told_at_once_without_a_hold_and_to_every_fund_that_has_heard)
{
    policy.gaps.hold = (struct hold){0, 0};
    put_policy();
    policy.version = 1;
    apply_from("bureau", of_fund(a_policy("other", 20240101, &policy), OTHER));
    apply_from("h-1", of_fund(a_settlement("b", 20240101, 1), OTHER));
    numbered("h-1", 1, 20240101);
    numbered("h-2", 3, 20240101);               /* the other fund has not heard of it */
    day_ends(20240101);
    apply_from("bureau", of_fund(a_day("e", 20240101), OTHER));
    told(1);
    ck_assert_str_eq(alert_number(1).instance, "h-2");
    numbered("h-1", 3, 20240101);
    told(3);
    ck_assert_uint_ne(alert_number(2).fund.place, alert_number(3).fund.place);
    numbered("h-1", 2, 20240101);
    told(5);
    told_nth(5, RULE_GAPS, TRANSITION_ENDED);
}
END_TEST

START_TEST(a_hole_before_the_first_batch_of_a_source_is_told_at_once)
{
    policy.gaps.hold = (struct hold){0, 0};
    put_policy();
    numbered("h-1", 3, 20240101);
    told(1);
    told_nth(1, RULE_GAPS, TRANSITION_FIRING);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_MISSING), 2);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_FIRST_MISSING), 1);
}
END_TEST

START_TEST(a_hole_of_our_own_doing_is_none)
{
    policy.gaps.hold = (struct hold){0, 0};
    put_policy();
    numbered("h-1", 1, 20240101);
    day_ends(20240101);
    numbered_while("h-1", 6, 20240102, (struct batch_numbers){2, 4});
    told(1);                                    /* 5 was never told busy */
    ck_assert_int_eq(evidence_of(1, EVIDENCE_MISSING), 1);
    ck_assert_int_eq(evidence_of(1, EVIDENCE_FIRST_MISSING), 5);
    numbered_while("h-1", 5, 20240102, (struct batch_numbers){2, 4});
    told(2);
    told_nth(2, RULE_GAPS, TRANSITION_ENDED);
    day_ends(20240110);
    told(2);
    numbered("h-1", 2, 20240111);               /* much later two of them have not come */
    told(3);
    ck_assert_int_eq(evidence_of(3, EVIDENCE_FIRST_MISSING), 3);
    ck_assert_int_eq(evidence_of(3, EVIDENCE_LAST_MISSING), 4);
}
END_TEST

START_TEST(gaps_are_seen_while_others_are_blind_and_not_during_an_import)
{
    follow("h-*", "daily");
    put_policy();
    days_pass(20240101, 20240110, true);
    days_pass(20240111, 20240131, false);
    told(1);
    numbered("h-1", 7, 20240201);
    apply_from("bureau", an_import(new_id(), 20240201));
    day_ends(20240205);
    told(1);
    apply_from("bureau", an_import_done(new_id(), 20240205));
    told(2);                                    /* it had been known since January */
    told_nth(2, RULE_GAPS, TRANSITION_FIRING);
    ck_assert_int_eq(evidence_of(2, EVIDENCE_MISSING), 6);
    ck_assert(!alert_number(2).blind);
}
END_TEST

START_TEST(a_hole_that_is_filled_during_an_import_ends_when_that_is_done)
{
    put_policy();
    numbered("h-1", 2, 20240101);
    day_ends(20240102);
    day_ends(20240103);
    told(1);
    apply_from("bureau", an_import(new_id(), 20240104));
    numbered("h-1", 1, 20240104);
    told(1);
    apply_from("bureau", an_import_done(new_id(), 20240104));
    told(2);
    told_nth(2, RULE_GAPS, TRANSITION_ENDED);
}
END_TEST

START_TEST(gaps_that_the_policy_does_not_ask_about_end)
{
    put_policy();
    numbered("h-1", 3, 20240101);
    day_ends(20240102);
    day_ends(20240103);
    told(1);
    policy.gaps.on = false;
    put_policy();
    told(2);
    told_nth(2, RULE_GAPS, TRANSITION_ENDED);
    day_ends(20240110);
    told(2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("completeness");
    TCase *t = tcase_create("rule");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_hospital_that_goes_silent_is_told_below_the_limit_and_not_at_it);
    tcase_add_test(t, it_ends_when_enough_has_come_and_not_before);
    tcase_add_test(t, a_share_that_hovers_fires_once);
    tcase_add_test(t, a_hold_lets_a_short_silence_pass);
    tcase_add_test(t, a_rule_that_is_off_is_shown_and_blinds_nobody);
    tcase_add_test(t, a_policy_without_calendars_ends_it);
    suite_add_tcase(s, t);
    t = tcase_create("blind");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_blind_rule_neither_ends_nor_forgets);
    tcase_add_test(t, a_blind_rule_is_sighted_at_its_level);
    tcase_add_test(t, a_blind_rule_does_not_fire_either);
    tcase_add_test(t, quiet_rules_see_while_others_are_blind);
    suite_add_tcase(s, t);
    t = tcase_create("reported");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_file_that_is_sent_again_reports_nothing);
    tcase_add_test(t, what_is_dated_earlier_reports_that_day_and_no_other);
    tcase_add_test(t, what_is_dated_ahead_reports_its_day_when_that_has_come);
    tcase_add_test(t, days_and_policies_report_nothing);
    tcase_add_test(t, a_reversal_reports_its_own_day_whenever_the_original_comes);
    tcase_add_test(t, each_fund_has_reports_of_its_own);
    suite_add_tcase(s, t);
    t = tcase_create("expected");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_source_that_is_named_is_missing_from_the_first_day_on);
    tcase_add_test(t, a_new_version_does_not_begin_to_wait_anew);
    tcase_add_test(t, a_source_of_a_pattern_is_expected_from_when_it_is_first_heard_of);
    tcase_add_test(t, a_source_that_is_named_later_is_expected_from_when_it_was_heard_of);
    tcase_add_test(t, what_was_reported_later_is_not_known_of_an_earlier_day);
    tcase_add_test(t, nothing_is_expected_of_who_has_closed);
    tcase_add_test(t, history_that_is_entered_raises_nothing_until_it_is_done);
    tcase_add_test(t, the_year_is_shown_beside_the_month);
    tcase_add_test(t, a_quiet_tax_office_is_told_on_the_day_that_it_missed);
    suite_add_tcase(s, t);
    t = tcase_create("gaps");
    tcase_add_checked_fixture(t, setup_gaps, teardown);
    tcase_add_test(t, a_hole_that_has_lasted_a_day_is_told_and_ends_when_it_is_filled);
    tcase_add_test(t, a_hole_that_is_filled_within_its_days_is_told_by_nobody);
    tcase_add_test(t, a_hole_is_told_at_once_without_a_hold_and_to_every_fund_that_has_heard);
    tcase_add_test(t, a_hole_before_the_first_batch_of_a_source_is_told_at_once);
    tcase_add_test(t, a_hole_of_our_own_doing_is_none);
    tcase_add_test(t, gaps_are_seen_while_others_are_blind_and_not_during_an_import);
    tcase_add_test(t, a_hole_that_is_filled_during_an_import_ends_when_that_is_done);
    tcase_add_test(t, gaps_that_the_policy_does_not_ask_about_end);
    suite_add_tcase(s, t);
    return s;
}
