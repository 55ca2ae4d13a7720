#include <string.h>

#include "fund/ratio.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct policy with_coverage(void)
{
    struct policy p = policy_default();
    p.coverage_count = 2;
    p.coverage[0] = (struct coverage_rule){.name = "resident", .numerator = NUMERATOR_PAID,
                                           .denominator = DENOMINATOR_RESIDENT,
                                 .deadline_month = 12, .deadline_day = 31, .target = {9500,
                                                                                      9520}, .hold = {0, 0}};
    p.coverage[1] = (struct coverage_rule){.name = "registered", .numerator = NUMERATOR_PAID,
                                           .denominator = DENOMINATOR_REGISTERED,
                                 .deadline_month = 12, .deadline_day = 31, .target = {7800,
                                                                                      7800}, .hold = {0, 0}};
    p.quiet_count = 3;
    p.quiet[0] = (struct quiet_rule){"hospital-7", 3, ""};
    p.quiet[1] = (struct quiet_rule){"hospital-*", 2, ""};
    p.quiet[2] = (struct quiet_rule){"*", 40, ""};
    return p;
}

START_TEST(the_default_has_the_bands_of_the_notice_of_2009)
{
    struct policy p = policy_default();
    ck_assert_ptr_null(policy_check(&p));
    ck_assert_int_eq(p.version, 1);
    ck_assert_int_eq(p.recognition, RECOGNISE_SETTLEMENT);
    ck_assert_int_eq(p.fee_basis, FEES_ON_ARRIVAL);
    ck_assert_int_eq(p.clock, CLOCK_EVENTS);
    ck_assert_int_eq(p.ahead_days, 31);
    ck_assert(p.runway.on && p.runway.base == RUNWAY_TRAILING_12 && p.runway.min_months == 12);
    ck_assert_int_eq(p.runway.critical_low.enter_e4, 30000);
    ck_assert_int_eq(p.runway.critical_low.leave_e4, 33000);
    ck_assert_int_eq(p.runway.low.enter_e4, 60000);
    ck_assert_int_eq(p.runway.low.leave_e4, 63000);
    ck_assert_int_eq(p.runway.high.enter_e4, 90000);
    ck_assert_int_eq(p.runway.high.leave_e4, 87000);
    ck_assert_int_eq(p.runway.excessive.enter_e4, 150000);
    ck_assert_int_eq(p.runway.excessive.leave_e4, 147000);
    ck_assert(p.deficit.on && p.deficit.limit.enter_e4 == 0 && p.deficit.limit.leave_e4 == 0);
    ck_assert(p.provisional.on);
    ck_assert_int_eq(p.provisional.limit.enter_e4, 5000);
    ck_assert_int_eq(p.provisional.limit.leave_e4, 4500);
    ck_assert(!p.restated.on);
    ck_assert_int_eq(p.restated.limit.enter_e4, 100);
    ck_assert_int_eq(p.coverage_count + p.quiet_count, 0);
}
END_TEST

START_TEST(a_policy_with_coverage_and_quiet_rules_is_good)
{
    struct policy p = with_coverage();
    ck_assert_ptr_null(policy_check(&p));
}
END_TEST

/* What spoils the policy, and a word that the sentence about it must have. */
#define SPOIL(number, statement) \
    static void spoil_##number(struct policy *p) { statement; }
SPOIL(0, p->version = 0)
SPOIL(1, p->recognition = 0)
SPOIL(2, p->recognition = 3)
SPOIL(3, p->fee_basis = 0)
SPOIL(4, p->fee_basis = 3)
SPOIL(5, p->clock = 0)
SPOIL(6, p->clock = 3)
SPOIL(7, p->ahead_days = 0)
SPOIL(8, p->ahead_days = 367)
SPOIL(9, p->runway.base = 0)
SPOIL(10, p->runway.base = 4)
SPOIL(11, p->runway.min_months = 0)
SPOIL(12, p->runway.min_months = 13)
SPOIL(13, p->runway.hold.enter_days = 367)
SPOIL(14, p->runway.hold.leave_days = 367)
SPOIL(15, p->runway.critical_low.enter_e4 = -1)
SPOIL(16, p->runway.low.enter_e4 = 30000)
SPOIL(17, p->runway.high.enter_e4 = 60000)
SPOIL(18, p->runway.excessive.enter_e4 = 90000)
SPOIL(19, p->runway.critical_low.leave_e4 = 29999)
SPOIL(20, p->runway.low.leave_e4 = 59999)
SPOIL(21, p->runway.high.leave_e4 = 90001)
SPOIL(22, p->runway.excessive.leave_e4 = 150001)
SPOIL(23, p->runway.critical_low.leave_e4 = 63001)
SPOIL(24, p->runway.excessive.leave_e4 = 86999)
SPOIL(25, p->runway.low.leave_e4 = 87001)
SPOIL(26, p->deficit.limit.leave_e4 = -1)
SPOIL(27, p->deficit.hold.enter_days = 367)
SPOIL(28, p->provisional.limit.leave_e4 = 5001)
SPOIL(29, p->provisional.limit.leave_e4 = -1)
SPOIL(30, p->provisional.limit.enter_e4 = 10001)
SPOIL(31, p->provisional.hold.leave_days = 367)
SPOIL(32, p->coverage_count = POLICY_COVERAGE_MAX + 1)
SPOIL(33, p->coverage[0].name[0] = '\0')
SPOIL(34, p->coverage[0].name[0] = 'R')
SPOIL(35, memset(p->coverage[0].name, 'a', sizeof p->coverage[0].name))
SPOIL(36, strcpy(p->coverage[1].name, "resident"))
SPOIL(37, p->coverage[1].numerator = 0)
SPOIL(38, p->coverage[1].numerator = NUMERATOR_LAST + 1)
SPOIL(39, p->coverage[1].denominator = 0)
SPOIL(40, p->coverage[1].denominator = 4)
SPOIL(41, p->coverage[1].deadline_month = 13)
SPOIL(42, p->coverage[1].deadline_day = 0)
SPOIL(43, p->coverage[1].deadline_month = 2; p->coverage[1].deadline_day = 29)
SPOIL(44, p->coverage[1].target.enter_e4 = 0)
SPOIL(45, p->coverage[1].target.leave_e4 = 7799)
SPOIL(46, p->coverage[1].hold.enter_days = 367)
SPOIL(47, p->quiet_count = POLICY_QUIET_MAX + 1)
SPOIL(48, p->quiet[0].pattern[0] = '\0')
SPOIL(49, strcpy(p->quiet[0].pattern, "a*b"))
SPOIL(50, strcpy(p->quiet[0].pattern, "a**"))
SPOIL(51, memset(p->quiet[0].pattern, 'a', sizeof p->quiet[0].pattern))
SPOIL(52, p->quiet[0].days = 0)
SPOIL(53, p->quiet[0].days = 367)
SPOIL(54, p->restated.on = true; p->restated.limit.leave_e4 = 101)
SPOIL(55, p->restated.on = true; p->restated.limit.leave_e4 = -1)
SPOIL(56, p->restated.on = true; p->restated.hold.enter_days = 367)
SPOIL(57, p->coverage[0].stated_count = POLICY_STATED_MAX + 1)
SPOIL(58, p->coverage[0].stated_count = 1; p->coverage[0].stated[0].year = 2024)
SPOIL(59, p->coverage[0].stated_count = 1; p->coverage[0].stated[0].outcome = STATED_MET)
SPOIL(60, p->coverage[0].stated_count = 2;
      p->coverage[0].stated[0] = p->coverage[0].stated[1] = ((struct coverage_statement){2024, STATED_MET}))
SPOIL(61, p->fee_count = POLICY_FEES_MAX + 1)
SPOIL(62, p->fee_count = 1; p->fees[0].year = 2024)
SPOIL(63, p->fee_count = 2; p->fees[0] = p->fees[1] = ((struct fee_standard){2024, {38000}}))
SPOIL(64, p->budget_count = 1; p->budget[0] = ((struct budget_line){2024, CATEGORY_COUNTY, {100}, 10, {0}}))
SPOIL(65, p->budget_count = 1; p->budget[0] = ((struct budget_line){2024, CATEGORY_COUNTY, {101}, 10, {10}}))

static const struct {
    void (*spoil)(struct policy *);
    const char *word;
} spoils[] = {
    {spoil_0, "version"},       {spoil_1, "recognition"},   {spoil_2, "recognition"},
    {spoil_3, "fees"},          {spoil_4, "fees"},          {spoil_5, "clock"},
    {spoil_6, "clock"},         {spoil_7, "ahead"},         {spoil_8, "ahead"},
    {spoil_9, "base"},          {spoil_10, "base"},         {spoil_11, "12 ended months"},
    {spoil_12, "12 ended months"}, {spoil_13, "runway's hold"}, {spoil_14, "runway's hold"},
    {spoil_15, "negative"},     {spoil_16, "rise"},         {spoil_17, "rise"},
    {spoil_18, "rise"},         {spoil_19, "low limit"},    {spoil_20, "low limit"},
    {spoil_21, "high limit"},   {spoil_22, "high limit"},   {spoil_23, "worse level"},
    {spoil_24, "worse level"},  {spoil_25, "low side"},     {spoil_26, "deficit's limit"},
    {spoil_27, "deficit's hold"}, {spoil_28, "share's limit"}, {spoil_29, "0 and 1"},
    {spoil_30, "0 and 1"},      {spoil_31, "share's hold"}, {spoil_32, "8 coverages"},
    {spoil_33, "name"},         {spoil_34, "name"},         {spoil_35, "name"},
    {spoil_36, "same name"},    {spoil_37, "numerator"},    {spoil_38, "numerator"},
    {spoil_39, "denominator"},  {spoil_40, "denominator"},  {spoil_41, "deadline"},
    {spoil_42, "deadline"},     {spoil_43, "deadline"},     {spoil_44, "target must be above"},
    {spoil_45, "target must be left"}, {spoil_46, "coverage's hold"}, {spoil_47, "32 quiet"},
    {spoil_48, "pattern"},      {spoil_49, "pattern"},      {spoil_50, "pattern"},
    {spoil_51, "pattern"},      {spoil_52, "366 days"},     {spoil_53, "366 days"},
    {spoil_54, "left at or below"}, {spoil_55, "negative"}, {spoil_56, "hold of restatements"},
    {spoil_57, "4 statements"}, {spoil_58, "met, or not_met"}, {spoil_59, "1990 to 2199"},
    {spoil_60, "of one year"},  {spoil_61, "4 fees"},       {spoil_62, "above 0 per head"},
    {spoil_63, "of one year"},  {spoil_64, "stated both"},  {spoil_65, "heads times per_head"},
};

START_TEST(what_is_wrong_is_said_in_a_sentence)
{
    struct policy p = with_coverage();
    spoils[_i].spoil(&p);
    const char *wrong = policy_check(&p);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, spoils[_i].word) != NULL, "said: %s", wrong);
}
END_TEST

START_TEST(a_rule_that_is_off_may_hold_anything)
{
    struct policy p = policy_default();
    memset(&p.runway, 0, sizeof p.runway);
    p.deficit = (struct deficit_rule){.limit = {1, 0}};
    p.provisional = (struct provisional_rule){.limit = {0, 1}};
    p.restated = (struct restated_rule){.limit = {0, 1}};
    ck_assert_ptr_null(policy_check(&p));
}
END_TEST

START_TEST(the_first_quiet_rule_that_fits_a_source_counts)
{
    struct policy p = with_coverage();
    ck_assert_int_eq(policy_quiet(&p, "hospital-7")->days, 3);
    ck_assert_int_eq(policy_quiet(&p, "hospital-77")->days, 2);
    ck_assert_int_eq(policy_quiet(&p, "hospital-")->days, 2);
    ck_assert_int_eq(policy_quiet(&p, "hospital")->days, 40);
    ck_assert_int_eq(policy_quiet(&p, "tax")->days, 40);
    p.quiet_count = 2;
    ck_assert_ptr_null(policy_quiet(&p, "tax"));
}
END_TEST

static struct policy with_calendars(void)
{
    struct policy p = with_coverage();
    p.calendar_count = 2;
    p.calendars[0] = (struct calendar_rule){"hospitals", CALENDAR_DAILY, 0, false, 1};
    p.calendars[1] = (struct calendar_rule){"tax", CALENDAR_MONTHLY, 15, true, 0};
    p.holiday_count = 2;
    p.holidays[0] = (struct calendar_exception){day(20240929), day(20240929), true};
    p.holidays[1] = (struct calendar_exception){day(20241001), day(20241007), false};
    p.source_count = 4;
    p.sources[0] = (struct source_rule){"hospital-closed", "none"};
    p.sources[1] = (struct source_rule){"hospital-1", "hospitals"};
    p.sources[2] = (struct source_rule){"hospital-*", "hospitals"};
    p.sources[3] = (struct source_rule){"tax", "tax"};
    strcpy(p.quiet[2].calendar, "tax");
    p.quiet[2].days = 0;
    return p;
}

START_TEST(a_source_follows_the_calendar_of_the_first_pattern_that_fits)
{
    struct policy p = with_calendars();
    ck_assert_ptr_null(policy_check(&p));
    ck_assert_str_eq(policy_follows(&p, "hospital-1")->name, "hospitals");
    ck_assert_str_eq(policy_follows(&p, "hospital-22")->name, "hospitals");
    ck_assert_str_eq(policy_follows(&p, "tax")->name, "tax");
    ck_assert_ptr_null(policy_follows(&p, "hospital-closed"));
    ck_assert_ptr_null(policy_follows(&p, "registry"));
    ck_assert(source_rule_names(&p.sources[1]) && source_rule_names(&p.sources[3]));
    ck_assert(!source_rule_names(&p.sources[0]) && !source_rule_names(&p.sources[2]));
}
END_TEST

START_TEST(holidays_are_for_calendars_of_working_days)
{
    struct policy p = with_calendars();
    struct calendar hospitals = policy_days(&p, &p.calendars[0]);
    struct calendar tax = policy_days(&p, &p.calendars[1]);
    ck_assert(calendar_is_working(&hospitals, day(20241001)));
    ck_assert(!calendar_is_working(&tax, day(20241001)));
    ck_assert(calendar_is_working(&tax, day(20240929)));
    ck_assert(!calendar_is_working(&tax, day(20240928)));
}
END_TEST

/* What spoils the calendars, and a word that the sentence about it must have. */
#define SPOIL_CALENDARS(number, statement) \
    static void spoil_calendars_##number(struct policy *p) { statement; }
SPOIL_CALENDARS(0, p->calendar_count = 9)
SPOIL_CALENDARS(1, p->holiday_count = 49)
SPOIL_CALENDARS(2, strcpy(p->calendars[0].name, "none"))
SPOIL_CALENDARS(3, strcpy(p->calendars[0].name, "Tax"))
SPOIL_CALENDARS(4, strcpy(p->calendars[0].name, "tax"))
SPOIL_CALENDARS(5, p->calendars[0].rhythm = 0)
SPOIL_CALENDARS(6, p->calendars[0].day = 1)
SPOIL_CALENDARS(7, p->calendars[1].day = 32)
SPOIL_CALENDARS(8, p->calendars[1].grace_days = 32)
SPOIL_CALENDARS(9, p->holidays[1].first = p->holidays[0].first)
SPOIL_CALENDARS(10, p->holidays[0].last = p->holidays[0].first + 31)
SPOIL_CALENDARS(11, p->source_count = 65)
SPOIL_CALENDARS(12, strcpy(p->sources[2].pattern, "a*b"))
SPOIL_CALENDARS(13, strcpy(p->sources[2].calendar, "clinics"))
SPOIL_CALENDARS(14, strcpy(p->quiet[2].calendar, "clinics"))
SPOIL_CALENDARS(15, p->quiet[2].calendar[0] = '\0')
SPOIL_CALENDARS(16, p->completeness.limit.leave_e4 = 8999)
SPOIL_CALENDARS(17, p->completeness.limit.leave_e4 = 10001)
SPOIL_CALENDARS(18, p->completeness.hold.enter_days = 367)
SPOIL_CALENDARS(19, p->gaps.hold.leave_days = 367)

static const struct {
    void (*spoil)(struct policy *);
    const char *word;
} calendar_spoils[] = {
    {spoil_calendars_0, "8 calendars"},
    {spoil_calendars_1, "48 holidays"},
    {spoil_calendars_2, "not be"},
    {spoil_calendars_3, "name"},
    {spoil_calendars_4, "same name"},
    {spoil_calendars_5, "rhythm"},
    {spoil_calendars_6, "0 if daily"},
    {spoil_calendars_7, "1 to 31"},
    {spoil_calendars_8, "grace"},
    {spoil_calendars_9, "overlap"},
    {spoil_calendars_10, "31 days"},
    {spoil_calendars_11, "64 patterns"},
    {spoil_calendars_12, "pattern of sources"},
    {spoil_calendars_13, "calendar of the policy"},
    {spoil_calendars_14, "one of the policy"},
    {spoil_calendars_15, "0 to 366"},
    {spoil_calendars_16, "between 0 and 1"},
    {spoil_calendars_17, "between 0 and 1"},
    {spoil_calendars_18, "completeness's hold"},
    {spoil_calendars_19, "hold of gaps"},
};

START_TEST(what_is_wrong_with_calendars_is_said_in_a_sentence)
{
    struct policy p = with_calendars();
    calendar_spoils[_i].spoil(&p);
    const char *wrong = policy_check(&p);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, calendar_spoils[_i].word) != NULL, "said: %s", wrong);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("policy");
    TCase *t = tcase_create("policy");
    tcase_add_test(t, the_default_has_the_bands_of_the_notice_of_2009);
    tcase_add_test(t, a_policy_with_coverage_and_quiet_rules_is_good);
    tcase_add_loop_test(t, what_is_wrong_is_said_in_a_sentence, 0, COUNT_OF(spoils));
    tcase_add_test(t, a_rule_that_is_off_may_hold_anything);
    tcase_add_test(t, the_first_quiet_rule_that_fits_a_source_counts);
    tcase_add_test(t, a_source_follows_the_calendar_of_the_first_pattern_that_fits);
    tcase_add_test(t, holidays_are_for_calendars_of_working_days);
    tcase_add_loop_test(t, what_is_wrong_with_calendars_is_said_in_a_sentence, 0,
                        COUNT_OF(calendar_spoils));
    suite_add_tcase(s, t);
    return s;
}
