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

static struct subsidy_standard a_standard(int32_t year)
{
    struct subsidy_standard standard = {.year = year, .per_head = fen(67000), .whole = 100};
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++)
        standard.levels[level].base = SUBSIDY_HEADS_STATED;
    return standard;
}

static void budget(struct policy *p, struct budget_line line)
{
    p->budget[p->budget_count++] = line;
}

static void expect(struct policy *p, struct expectation expectation)
{
    p->contributions.expected[p->contributions.expected_count++] = expectation;
}

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
SPOIL(66, p->coverage[0].stated_count = 1;
      p->coverage[0].stated[0] = ((struct coverage_statement){2200, STATED_MET}))
SPOIL(67, p->coverage[0].stated_count = 1;
      p->coverage[0].stated[0] = ((struct coverage_statement){2024, STATED_NOT_MET + 1}))
SPOIL(68, p->completeness.limit.enter_e4 = -1)
SPOIL(69, p->subsidy.standard_count = 1)
SPOIL(70, p->subsidy.standard_count = POLICY_STANDARDS_MAX + 1)
SPOIL(71, p->subsidy.standard_count = 2; p->subsidy.standards[0] = p->subsidy.standards[1] = a_standard(2024))
SPOIL(72, p->subsidy.tolerance.least.fen = -1)
SPOIL(73, p->subsidy.tolerance.least.fen = AMOUNT_EVENT_MAX + 1)
SPOIL(74, p->subsidy.tolerance.share_e4 = -1)
SPOIL(75, p->subsidy.tolerance.share_e4 = E4 + 1)
SPOIL(76, p->subsidy.hold.enter_days = 367)
SPOIL(77, p->budget_count = POLICY_BUDGET_MAX + 1)
SPOIL(78, budget(p, (struct budget_line){.year = 1989, .category = CATEGORY_COUNTY}))
SPOIL(79, budget(p, (struct budget_line){.year = 2200, .category = CATEGORY_COUNTY}))
SPOIL(80, budget(p, (struct budget_line){.year = 2024, .category = CATEGORY_NONE}))
SPOIL(81, budget(p, (struct budget_line){.year = 2024, .category = CATEGORY_TRANSFER_IN + 1}))
SPOIL(82, budget(p, (struct budget_line){.year = 2024, .category = CATEGORY_TRANSFER_OUT + 1}))
SPOIL(83, budget(p, (struct budget_line){.year = 2024, .category = CATEGORY_COUNTY, .amount = {-1}}))
SPOIL(84, budget(p, (struct budget_line){2024, CATEGORY_COUNTY, {AMOUNT_EVENT_MAX + 1}, 0, {0}}))
SPOIL(85, budget(p, (struct budget_line){2024, CATEGORY_COUNTY, {1}, -1, {1}}))
SPOIL(86, budget(p, (struct budget_line){2024, CATEGORY_COUNTY, {1}, COUNT_MAX + 1, {1}}))
SPOIL(87, budget(p, (struct budget_line){2024, CATEGORY_COUNTY, {1}, 1, {-1}}))
SPOIL(88, budget(p, (struct budget_line){2024, CATEGORY_COUNTY, {1}, 1, {SUBSIDY_PER_HEAD_MAX + 1}}))
SPOIL(89, budget(p, (struct budget_line){2024, CATEGORY_COUNTY, {1}, 0, {0}}); budget(p, p->budget[0]))
SPOIL(90, p->fee_count = 1; p->fees[0] = ((struct fee_standard){1989, {38000}}))
SPOIL(91, p->fee_count = 1; p->fees[0] = ((struct fee_standard){2024, {SUBSIDY_PER_HEAD_MAX + 1}}))
SPOIL(92, p->reimbursement.on = true; p->reimbursement.base = 0)
SPOIL(93, p->reimbursement.on = true; p->reimbursement.base = 4)
SPOIL(94, p->reimbursement.on = true; p->reimbursement.in_policy.enter_e4 = -1)
SPOIL(95, p->reimbursement.on = true; p->reimbursement.actual.enter_e4 = -1)
SPOIL(96, expect(p, (struct expectation){1989, day(20240101), {1}}))
SPOIL(97, expect(p, (struct expectation){2200, day(20240101), {1}}))
SPOIL(98, expect(p, (struct expectation){2024, day(19900101) - 1, {1}}))
SPOIL(99, expect(p, (struct expectation){2024, day(21991231) + 1, {1}}))
SPOIL(100, expect(p, (struct expectation){2024, day(20240101), {0}}))
SPOIL(101, expect(p, (struct expectation){2024, day(20240101), {AMOUNT_EVENT_MAX + 1}}))
SPOIL(102, p->contributions.limit = ((struct limit){-1, 9000}))
SPOIL(103, p->pace.on = true; p->pace.numerator = 0)
SPOIL(104, p->pace.on = true; p->pace.numerator = NUMERATOR_LAST + 1)
SPOIL(105, p->pace.on = true; p->pace.numerator = NUMERATOR_REPORTED_AND_EMPLOYEES)
SPOIL(106, p->pace.on = true; p->pace.numerator = NUMERATOR_PAID_AND_EMPLOYEES)
SPOIL(107, p->execution.on = true; p->execution.by = 0)
SPOIL(108, p->execution.on = true; p->execution.by = EXECUTION_BY_LINE + 1)
SPOIL(109, p->merged_into = PLACE_MIN - 1)
SPOIL(110, p->merged_into = PLACE_MAX + 1)
SPOIL(111, p->split_count = 1; p->split_into[0] = 440701)
SPOIL(112, p->split_count = POLICY_SPLIT_MAX + 1)
SPOIL(113, p->split_count = 2; p->split_into[0] = PLACE_MAX; p->split_into[1] = PLACE_MAX + 1)
SPOIL(114, p->split_count = 2; p->split_into[0] = p->split_into[1] = 440701)
SPOIL(115, p->split_count = 2; p->merged_into = 440701)

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
    {spoil_60, "of one year"},  {spoil_61, "12 fees"},       {spoil_62, "above 0 per head"},
    {spoil_63, "of one year"},  {spoil_64, "stated both"},  {spoil_65, "heads times per_head"},
    {spoil_66, "1990 to 2199"},
    {spoil_67, "met, or not_met"},
    {spoil_68, "completeness's limit"},
    {spoil_69, "standard's year"},
    {spoil_70, "12 subsidy standards"},
    {spoil_71, "the same year"},
    {spoil_72, "tolerance of subsidies"},
    {spoil_73, "tolerance of subsidies"},
    {spoil_74, "tolerance of subsidies"},
    {spoil_75, "tolerance of subsidies"},
    {spoil_76, "hold of subsidies"},
    {spoil_77, "48 lines"},
    {spoil_78, "budget's year"},
    {spoil_79, "budget's year"},
    {spoil_80, "budget's category"},
    {spoil_81, "budget's category"},
    {spoil_82, "budget's category"},
    {spoil_83, "budget's amount is out"},
    {spoil_84, "budget's amount is out"},
    {spoil_85, "in their range"},
    {spoil_86, "in their range"},
    {spoil_87, "in their range"},
    {spoil_88, "in their range"},
    {spoil_89, "same year and category"},
    {spoil_90, "a fee must be"},
    {spoil_91, "a fee must be"},
    {spoil_92, "reimbursement's base"},
    {spoil_93, "reimbursement's base"},
    {spoil_94, "must not be negative"},
    {spoil_95, "must not be negative"},
    {spoil_96, "from 1990 to 2199"},
    {spoil_97, "from 1990 to 2199"},
    {spoil_98, "from 1990 to 2199"},
    {spoil_99, "from 1990 to 2199"},
    {spoil_100, "an amount above 0"},
    {spoil_101, "an amount above 0"},
    {spoil_102, "contributions' limit"},
    {spoil_103, "pace's numerator"},
    {spoil_104, "pace's numerator"},
    {spoil_105, "pace's numerator"},
    {spoil_106, "pace's numerator"},
    {spoil_107, "by side or by line"},
    {spoil_108, "by side or by line"},
    {spoil_109, "merged into one"},
    {spoil_110, "merged into one"},
    {spoil_111, "2 to 8"},
    {spoil_112, "2 to 8"},
    {spoil_113, "six digits"},
    {spoil_114, "order of their codes"},
    {spoil_115, "not both"},
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

/* A policy that says nothing but to add up, with something that needs books of its own. */
#define ADD(number, statement) \
    static void add_##number(struct policy *p) { statement; }
ADD(0, p->restated.on = true)
ADD(1, p->falling.on = true)
ADD(2, p->net_loss.on = true)
ADD(3, p->execution.on = true)
ADD(4, p->gate.on = true)
ADD(5, p->quiet_count = 1; p->quiet[0] = ((struct quiet_rule){"tax", 1, ""}))
ADD(6, p->source_count = 1; p->sources[0] = ((struct source_rule){"tax", "none"}))
ADD(7, p->subsidy.standard_count = 1; p->subsidy.standards[0] = a_standard(2024))
ADD(8, expect(p, (struct expectation){2024, day(20240101), {1}}))
ADD(9, p->runway.base = RUNWAY_YEAR_TO_DATE)
ADD(10, p->reimbursement.base = RUNWAY_YEAR_TO_DATE)
ADD(11, p->merged_into = 440701)

static const struct {
    void (*add)(struct policy *);
    const char *word;
} additions[] = {
    {add_0, "rules on"}, {add_1, "rules on"}, {add_2, "rules on"},  {add_3, "rules on"},  {add_4, "rules on"},
    {add_5, "rules on"}, {add_6, "rules on"}, {add_7, "rules on"},  {add_8, "rules on"},
    {add_9, "trailing"}, {add_10, "trailing"}, {add_11, "no books"},
};

START_TEST(a_roll_up_has_nothing_that_needs_books_of_its_own)
{
    struct policy p = policy_default();
    p.rollup = true;
    ck_assert_ptr_null(policy_check(&p));
    additions[_i].add(&p);
    const char *wrong = policy_check(&p);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, additions[_i].word) != NULL, "said: %s", wrong);
    p.rollup = false;
    ck_assert_ptr_null(policy_check(&p));
}
END_TEST

static void assert_fault(const struct policy *p, const char *section, const char *list, unsigned entry)
{
    struct policy_fault fault = policy_fault(p);
    ck_assert_str_eq(fault.sentence, policy_check(p));
    ck_assert_str_eq(fault.section, section);
    ck_assert_str_eq(fault.list, list);
    ck_assert_uint_eq(fault.entry, entry);
}

START_TEST(a_fault_is_told_with_its_place)
{
    struct policy p = with_calendars();
    ck_assert_ptr_null(policy_fault(&p).sentence);
    p.runway.hold.enter_days = 367;
    assert_fault(&p, "runway", "", 0);
    p = with_calendars();
    p.holidays[1].first = p.holidays[0].first;
    assert_fault(&p, "", "holidays", 2);
    p = with_calendars();
    p.calendars[1].day = 32;
    assert_fault(&p, "", "calendars", 2);
    p = with_calendars();
    p.sources[2].pattern[0] = '\0';
    assert_fault(&p, "sources", "", 3);
    p = with_calendars();
    p.calendar_count = 200;             /* not the fault of one of them */
    assert_fault(&p, "", "", 0);
}
END_TEST

START_TEST(a_season_has_a_first_and_a_last_day)
{
    struct pace_rule rule = {.from_month = 9, .from_day = 1, .to_month = 12, .to_day = 30};
    ck_assert(!policy_collects(&rule, day(20240831)));
    ck_assert(policy_collects(&rule, day(20240901)));
    ck_assert(policy_collects(&rule, day(20241230)));
    ck_assert(!policy_collects(&rule, day(20241231)));
}
END_TEST

START_TEST(a_year_has_its_own_standard_or_none)
{
    struct policy p = policy_default();
    p.subsidy.standard_count = 2;
    p.subsidy.standards[0] = a_standard(2023);
    p.subsidy.standards[1] = a_standard(2024);
    ck_assert_ptr_eq(policy_standard(&p, 2024), &p.subsidy.standards[1]);
    ck_assert_ptr_null(policy_standard(&p, 2025));
}
END_TEST

START_TEST(an_empty_pattern_fits_no_source)
{
    struct policy p = with_coverage();
    p.quiet_count = 1;
    p.quiet[0].pattern[0] = '\0';
    ck_assert_ptr_null(policy_quiet(&p, "tax"));
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
    tcase_add_loop_test(t, a_roll_up_has_nothing_that_needs_books_of_its_own, 0, COUNT_OF(additions));
    tcase_add_test(t, a_fault_is_told_with_its_place);
    tcase_add_test(t, a_season_has_a_first_and_a_last_day);
    tcase_add_test(t, a_year_has_its_own_standard_or_none);
    tcase_add_test(t, an_empty_pattern_fits_no_source);
    suite_add_tcase(s, t);
    return s;
}
