#include <string.h>

#include "fund/event.h"
#include "tests/suite.h"
#include "tests/wire/example.h"
#include "wire/policy_codec.h"

#define BYTES(literal) literal, sizeof literal - 1
#define VERSION "\xa7version\x01"
#define COUNT_OF(a) (int)(sizeof (a) / sizeof (a)[0])

static struct writer w;
static struct policy policy;

static void setup(void)
{
    writer_init(&w);
}

static void teardown(void)
{
    writer_free(&w);
}

static const char *decode(const void *bytes, size_t size)
{
    return policy_decode((struct policy_text){ bytes, (uint32_t)size }, &policy);
}

START_TEST(a_policy_of_a_version_only_is_the_default)
{
    struct policy expected = policy_default();
    expected.version = 7;
    ck_assert_ptr_null(decode(BYTES("\x81\xa7version\x07")));
    policy_encode(&w, &expected);
    size_t size = w.size;
    policy_encode(&w, &policy);
    ck_assert_uint_eq(w.size, 2 * size);
    ck_assert_mem_eq(w.bytes, w.bytes + size, size);
}
END_TEST

static struct policy with_subsidies(void)
{
    struct policy p = policy_default();
    struct subsidy_standard *s = &p.subsidy.standards[0];
    p.subsidy.on = false;
    p.subsidy.tolerance = (struct subsidy_tolerance){{12345}, 7};
    p.subsidy.hold = (struct hold){3, 4};
    p.subsidy.standard_count = 1;
    *s = (struct subsidy_standard){
        .year = 2022, .per_head = {61000}, .whole = 1000, .exception_count = 2,
        .levels = {
            [SUBSIDY_CENTRAL] = {.parts = 300, .base = SUBSIDY_HEADS_STATED},
            [SUBSIDY_PROVINCE] = {.parts = 550, .base = SUBSIDY_HEADS_DEDUPLICATED},
            [SUBSIDY_CITY] = {.own = {1100}, .base = SUBSIDY_HEADS_STATED},
            [SUBSIDY_COUNTY] = {.parts = 75, .base = SUBSIDY_HEADS_STATED, .tranche_count = 2},
        },
        .exceptions = {
            {.kind = SUBSIDY_PAID_BY, .level = SUBSIDY_COUNTY, .group = GROUP_STUDENT,
             .payer = SUBSIDY_PROVINCE},
            {.kind = SUBSIDY_LUMP, .level = SUBSIDY_CITY, .group = GROUP_FULL, .lump = {219233}},
        },
    };
    date_from_ymd(20220630, &s->levels[SUBSIDY_COUNTY].heads_date);
    date_from_ymd(20220930, &s->levels[SUBSIDY_COUNTY].tranches[0].due);
    date_from_ymd(20221231, &s->levels[SUBSIDY_COUNTY].tranches[1].due);
    s->levels[SUBSIDY_COUNTY].tranches[0].parts = 1;
    s->levels[SUBSIDY_COUNTY].tranches[1].parts = 3;
    p.budget_count = 2;
    p.budget[0] = (struct budget_line){.year = 2022, .category = CATEGORY_COUNTY, .amount = {67336430}};
    p.budget[1] = (struct budget_line){.year = 2022, .category = CATEGORY_INPATIENT, .amount = {0}};
    p.budget[0].heads = 143269;
    p.budget[0].per_head.fen = 470;
    return p;
}

START_TEST(subsidies_and_budgets_come_back_as_they_were)
{
    struct policy expected = with_subsidies();
    policy_encode(&w, &expected);
    size_t size = w.size;
    ck_assert_ptr_null(decode(w.bytes, size));
    ck_assert_mem_eq(&policy.subsidy, &expected.subsidy, sizeof policy.subsidy);
    ck_assert_mem_eq(&policy.budget, &expected.budget, sizeof policy.budget);
    policy_encode(&w, &policy);
    ck_assert_mem_eq(w.bytes, w.bytes + size, size);
}
END_TEST

/* What people call a coverage, what a fund says of it, and what a person pays. */
START_TEST(labels_statements_and_fees_come_back_as_they_were)
{
    struct policy expected = policy_default();
    struct coverage_rule *rule = &expected.coverage[0];
    expected.coverage_count = 1;
    *rule = (struct coverage_rule){.name = "c", .zh = "综合参保率", .en = "all of them",
                                   .numerator = NUMERATOR_PAID, .denominator = DENOMINATOR_RESIDENT,
                                   .deadline_month = 12, .deadline_day = 31, .target = {9500, 9500},
                                   .year = COVERAGE_OF_COMING_YEAR,
                                   .stated_count = 2, .stated = {{2023, STATED_MET}, {2024, STATED_NOT_MET}}};
    expected.fee_count = 2;
    expected.fees[0] = (struct fee_standard){2024, {38000}};
    expected.fees[1] = (struct fee_standard){2025, {40000}};
    policy_encode(&w, &expected);
    ck_assert_ptr_null(decode(w.bytes, w.size));
    ck_assert_mem_eq(&policy.coverage[0], rule, sizeof *rule);
    ck_assert_mem_eq(&policy.fees, &expected.fees, sizeof policy.fees);
    ck_assert_uint_eq(policy.fee_count, 2);
}
END_TEST

START_TEST(the_example_says_what_is_beside_its_bytes)
{
    const struct example *e = example("policy", "full");
    ck_assert_ptr_null(decode(e->bytes, e->size));
    ck_assert_uint_eq(policy.version, 3);
    ck_assert_int_eq(policy.recognition, RECOGNISE_DISBURSEMENT);
    ck_assert_int_eq(policy.fee_basis, FEES_IN_YEAR_COVERED);
    ck_assert_int_eq(policy.clock, CLOCK_LIVE);
    ck_assert_int_eq(policy.ahead_days, 14);
    ck_assert(policy.runway.on);
    ck_assert_int_eq(policy.runway.base, RUNWAY_YEAR_TO_DATE);
    ck_assert_int_eq(policy.runway.min_months, 6);
    ck_assert_int_eq(policy.runway.critical_low.leave_e4, 33000);
    ck_assert_int_eq(policy.runway.excessive.enter_e4, 150000);
    ck_assert_int_eq(policy.runway.hold.leave_days, 7);
    ck_assert(!policy.deficit.on);
    ck_assert_int_eq(policy.deficit.limit.enter_e4, -500);
    ck_assert_int_eq(policy.provisional.hold.leave_days, 30);
    ck_assert(policy.restated.on);
    ck_assert_int_eq(policy.restated.limit.leave_e4, 100);
    ck_assert_int_eq(policy.coverage_count, 2);
    ck_assert_str_eq(policy.coverage[1].name, "last_year");
    ck_assert_int_eq(policy.coverage[1].numerator, NUMERATOR_PAID);
    ck_assert_int_eq(policy.coverage[1].denominator, DENOMINATOR_LAST_YEAR);
    ck_assert_int_eq(policy.coverage[1].deadline_month, 6);
    ck_assert_int_eq(policy.coverage[1].deadline_day, 30);
    ck_assert_int_eq(policy.quiet_count, 2);
    ck_assert_str_eq(policy.quiet[0].pattern, "hospital-*");
    ck_assert_int_eq(policy.quiet[0].days, 3);
    ck_assert(policy.reimbursement.on && policy.falling.on && policy.net_loss.on);
    ck_assert_int_eq(policy.reimbursement.base, RUNWAY_CALENDAR_YEAR);
    ck_assert_int_eq(policy.reimbursement.in_policy.leave_e4, 7100);
    ck_assert_int_eq(policy.reimbursement.actual.enter_e4, 5500);
    ck_assert_int_eq(policy.falling.months, 3);
    ck_assert_int_eq(policy.falling.limit.leave_e4, 8000);
    ck_assert_int_eq(policy.contributions.limit.leave_e4, 9800);
    ck_assert_int_eq(policy.contributions.hold.enter_days, 2);
    ck_assert_int_eq(policy.contributions.expected_count, 2);
    ck_assert_int_eq(policy.contributions.expected[1].year, 2025);
    ck_assert_int_eq(date_to_ymd(policy.contributions.expected[1].by), 20241231);
    ck_assert_int_eq(policy.contributions.expected[1].amount.fen, 1402171000000);
    ck_assert_int_eq(policy.net_loss.hold.leave_days, 31);
    ck_assert(policy.pace.on && policy.duplicates.on);
    ck_assert_int_eq(policy.pace.numerator, NUMERATOR_PAID_ONCE);
    ck_assert_int_eq(policy.pace.from_month * 100 + policy.pace.from_day, 915);
    ck_assert_int_eq(policy.pace.to_month * 100 + policy.pace.to_day, 1231);
    ck_assert_int_eq(policy.pace.hold.enter_days, 7);
    ck_assert_int_eq(policy.duplicates.limit.leave_e4, 80);
    ck_assert_int_eq(policy.duplicates.hold.leave_days, 3);
    ck_assert(policy.gate.on);
    ck_assert_int_eq(policy.gate.years, 2);
    ck_assert_int_eq(policy.gate.months.leave_e4, 63000);
    ck_assert_int_eq(policy.gate.surplus.leave_e4, 100);
    ck_assert_int_eq(policy.gate.hold.leave_days, 30);
    ck_assert(policy.execution.on);
    ck_assert_int_eq(policy.execution.by, EXECUTION_BY_LINE);
    ck_assert_int_eq(policy.execution.from, 9);
    ck_assert_int_eq(policy.execution.behind.enter_e4, 1500);
    ck_assert_int_eq(policy.execution.over.leave_e4, 10000);
    ck_assert_int_eq(policy.execution.hold.leave_days, 15);
    ck_assert_uint_eq(policy.merged_into, 130200);
    ck_assert_str_eq(policy.quiet[1].calendar, "tax");
    ck_assert_int_eq(policy.quiet[1].days, 0);
    ck_assert_int_eq(policy.calendar_count, 2);
    ck_assert_int_eq(policy.calendars[0].grace_days, 1);
    ck_assert_int_eq(policy.calendars[1].rhythm, CALENDAR_MONTHLY);
    ck_assert_int_eq(policy.calendars[1].day, 15);
    ck_assert(policy.calendars[1].workdays && !policy.calendars[0].workdays);
    ck_assert_int_eq(policy.holiday_count, 2);
    ck_assert(policy.holidays[0].worked);
    ck_assert_int_eq(date_to_ymd(policy.holidays[1].last), 20241007);
    ck_assert_int_eq(policy.source_count, 3);
    ck_assert_str_eq(policy.sources[0].calendar, CALENDAR_NOTHING);
    ck_assert_str_eq(policy.sources[1].pattern, "hospital-*");
    ck_assert_int_eq(policy.completeness.limit.leave_e4, 9000);
    ck_assert_int_eq(policy.gaps.hold.enter_days, 3);
}
END_TEST

START_TEST(places_that_one_is_split_into_come_back)
{
    struct policy split = policy_default();
    split.split_count = 2;
    split.split_into[0] = 130048;       /* its lowest byte is 0 */
    split.split_into[1] = 130202;
    split.rollup = true;
    policy_encode(&w, &split);
    ck_assert_ptr_nonnull(strstr(decode(w.bytes, w.size), "merged or split"));  /* of a roll-up */
    writer_reset(&w);
    split.rollup = false;
    policy_encode(&w, &split);
    ck_assert_ptr_null(decode(w.bytes, w.size));
    ck_assert_uint_eq(policy.split_count, 2);
    ck_assert_uint_eq(policy.split_into[1], 130202);
    ck_assert_uint_eq(policy.merged_into, 0);
}
END_TEST

static const struct hold LONGEST = { HOLD_DAYS_MAX, HOLD_DAYS_MAX };
static const struct limit WIDEST = { INT64_MAX, INT64_MAX - 1 };

static void fill_subsidies(struct policy *large)
{
    static const struct subsidy_level_rule level = {
        .parts = 250000, .base = SUBSIDY_HEADS_DEDUPLICATED, .heads_date = 80000,
        .tranche_count = SUBSIDY_TRANCHES_MAX,
        .tranches = {{80001, SUBSIDY_PARTS_MAX}, {80002, SUBSIDY_PARTS_MAX}, {80003, SUBSIDY_PARTS_MAX},
                     {80004, SUBSIDY_PARTS_MAX}},
    };
    int exceptions = POLICY_EXCEPTIONS_MAX;
    large->subsidy.standard_count = POLICY_STANDARDS_MAX;
    for (int i = 0; i < POLICY_STANDARDS_MAX; i++) {
        struct subsidy_standard *s = &large->subsidy.standards[i];
        *s = (struct subsidy_standard){
            .year = 2188 + i, .per_head = {10000000}, .whole = SUBSIDY_PARTS_MAX,
        };
        for (int l = 0; l < SUBSIDY_LEVELS; l++)
            s->levels[l] = level;
        int count = exceptions < SUBSIDY_EXCEPTIONS_MAX ? exceptions : SUBSIDY_EXCEPTIONS_MAX;
        s->exception_count = (uint8_t)count;
        exceptions -= count;
        for (int e = 0; e < s->exception_count; e++)
            s->exceptions[e] = (struct subsidy_exception){
                .kind = SUBSIDY_PAID_BY, .level = (uint8_t)(e % SUBSIDY_LEVELS),
                .group = (uint8_t)(GROUP_STUDENT + e / SUBSIDY_LEVELS),
                .payer = e % SUBSIDY_LEVELS == SUBSIDY_PROVINCE ? SUBSIDY_CENTRAL : SUBSIDY_PROVINCE,
            };      /* two words, which are more than the nine bytes of a lump sum */
    }
    large->subsidy.tolerance = (struct subsidy_tolerance){{AMOUNT_EVENT_MAX}, 9999};
    large->subsidy.hold = LONGEST;
    for (int line = CATEGORY_INPATIENT; line <= CATEGORY_TRANSFER_OUT; line++)
        for (int year = 2190; year < 2195 && large->budget_count < POLICY_BUDGET_MAX; year++)
            large->budget[large->budget_count++] =
                (struct budget_line){.year = year, .category = (uint8_t)line, .amount = {AMOUNT_EVENT_MAX},
                                     .heads = AMOUNT_EVENT_MAX / SUBSIDY_PER_HEAD_MAX,
                                     .per_head = {SUBSIDY_PER_HEAD_MAX}};
}

/* Limits that take nine bytes: of rules that are off where they may not be so far out. */
static void fill_rules(struct policy *large)
{
    large->version = UINT32_MAX;
    large->ahead_days = 366;
    large->runway = (struct runway_rule){
        false, RUNWAY_TRAILING_12, 12, WIDEST, WIDEST, WIDEST, WIDEST, LONGEST,
    };
    large->deficit = (struct deficit_rule){ false, WIDEST, LONGEST };
    large->provisional = (struct provisional_rule){ false, WIDEST, LONGEST };
    large->restated = (struct restated_rule){ false, WIDEST, LONGEST };
    large->falling = (struct falling_rule){ false, 12, WIDEST, LONGEST };
    large->net_loss = (struct net_loss_rule){ false, WIDEST, LONGEST };
    large->pace = (struct pace_rule){ false, NUMERATOR_REPORTED, 10, 1, 12, 31, WIDEST, LONGEST };
    large->duplicates = (struct duplicates_rule){ false, WIDEST, LONGEST };
    large->execution = (struct execution_rule){ false, EXECUTION_BY_SIDE, 12, WIDEST, WIDEST, LONGEST };
    large->completeness = (struct completeness_rule){ false, WIDEST, LONGEST };
    large->gaps = (struct gaps_rule){ false, LONGEST };
    large->gate = (struct gate_rule){ false, POLICY_GATE_YEARS_MAX, WIDEST, WIDEST, LONGEST };
    large->split_count = POLICY_SPLIT_MAX;
    for (unsigned i = 0; i < POLICY_SPLIT_MAX; i++)
        large->split_into[i] = PLACE_MAX - POLICY_SPLIT_MAX + i;
}

START_TEST(a_roll_up_comes_back)
{
    struct policy place = policy_default();
    place.rollup = true;
    policy_encode(&w, &place);
    ck_assert_ptr_null(decode(w.bytes, w.size));
    ck_assert(policy.rollup);
}
END_TEST

START_TEST(what_a_place_has_books_of_comes_back)
{
    struct policy place = policy_default();
    ck_assert_int_eq(place.books, BOOKS_UNSTATED);
    place.books = (uint8_t)_i;
    policy_encode(&w, &place);
    ck_assert_ptr_null(decode(w.bytes, w.size));
    ck_assert_int_eq(policy.books, _i);
}
END_TEST

START_TEST(the_first_and_the_last_day_of_a_policy_come_back)
{
    struct policy days = policy_default();
    days.contributions.expected_count = 2;
    for (unsigned i = 0; i < 2; i++) {
        struct expectation *e = &days.contributions.expected[i];
        *e = (struct expectation){ .year = 1990 + 209 * (int32_t)i, .amount = { 1 } };
        ck_assert(date_from_ymd(i == 0 ? 19900101 : 21991231, &e->by));
    }
    policy_encode(&w, &days);
    const char *wrong = decode(w.bytes, w.size);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(policy.contributions.expected[i].by, days.contributions.expected[i].by);
}
END_TEST

START_TEST(the_largest_policy_comes_back_and_fits)
{
    struct policy large = policy_default();
    large.coverage_count = POLICY_COVERAGE_MAX;
    large.quiet_count = POLICY_QUIET_MAX;
    for (unsigned i = 0; i < POLICY_COVERAGE_MAX; i++) {
        struct coverage_rule *rule = &large.coverage[i];
        *rule = (struct coverage_rule){
            .numerator = NUMERATOR_REPORTED_AND_EMPLOYEES, .denominator = DENOMINATOR_REGISTERED,
            .deadline_month = 12, .deadline_day = 31, .target = { INT64_MAX - 1, INT64_MAX },
            .hold = { HOLD_DAYS_MAX, HOLD_DAYS_MAX },
        };
        memset(rule->name, 'a' + (int)i, POLICY_NAME_MAX);
        memset(rule->zh, 'z', POLICY_LABEL_MAX);
        memset(rule->en, 'e', POLICY_LABEL_MAX);
        for (rule->stated_count = 0; rule->stated_count < POLICY_STATED_MAX; rule->stated_count++)
            rule->stated[rule->stated_count] =
                (struct coverage_statement){2190 + rule->stated_count, STATED_NOT_MET};
    }
    for (; large.fee_count < POLICY_FEES_MAX; large.fee_count++)
        large.fees[large.fee_count] = (struct fee_standard){2188 + large.fee_count, {SUBSIDY_PER_HEAD_MAX}};
    for (unsigned i = 0; i < POLICY_QUIET_MAX; i++) {
        memset(large.quiet[i].pattern, 'q', POLICY_NAME_MAX);
        large.quiet[i].days = 366;
    }
    large.reimbursement = (struct reimbursement_rule){
        true, RUNWAY_CALENDAR_YEAR, { INT64_MAX - 1, INT64_MAX }, { INT64_MAX - 1, INT64_MAX },
        { HOLD_DAYS_MAX, HOLD_DAYS_MAX },
    };
    large.contributions = (struct contributions_rule){
        .limit = { INT64_MAX - 1, INT64_MAX }, .expected_count = POLICY_EXPECTED_MAX,
    };
    for (unsigned i = 0; i < POLICY_EXPECTED_MAX; i++)
        large.contributions.expected[i] =
            (struct expectation){ 2199, 80000 + (date_day)i, { AMOUNT_EVENT_MAX } };
    large.calendar_count = POLICY_CALENDARS_MAX;
    for (unsigned i = 0; i < POLICY_CALENDARS_MAX; i++) {
        large.calendars[i] = (struct calendar_rule){
            .rhythm = CALENDAR_MONTHLY, .day = 31, .workdays = true, .grace_days = CALENDAR_GRACE_MAX,
        };
        memset(large.calendars[i].name, 'a' + (int)i, POLICY_NAME_MAX);
    }
    large.holiday_count = CALENDAR_EXCEPTIONS_MAX;
    for (unsigned i = 0; i < CALENDAR_EXCEPTIONS_MAX; i++) {
        date_day first = 70000 + 14 * (date_day)i;
        large.holidays[i] = (struct calendar_exception){ first, first + 6, false };
    }
    large.source_count = POLICY_SOURCES_MAX;
    for (unsigned i = 0; i < POLICY_SOURCES_MAX; i++) {
        memset(large.sources[i].pattern, 's', POLICY_NAME_MAX);
        memset(large.sources[i].calendar, 'a', POLICY_NAME_MAX);
    }
    for (unsigned i = 0; i < POLICY_QUIET_MAX; i++)
        memset(large.quiet[i].calendar, 'b', POLICY_NAME_MAX);
    fill_subsidies(&large);
    fill_rules(&large);
    policy_encode(&w, &large);
    ck_assert_uint_le(w.size, POLICY_SIZE_MAX);
    const char *wrong = decode(w.bytes, w.size);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    size_t size = w.size;
    policy_encode(&w, &policy);
    ck_assert_mem_eq(w.bytes, w.bytes + size, size);
    ck_assert_int_eq(policy.subsidy.standard_count, POLICY_STANDARDS_MAX);
    ck_assert_int_eq(policy.budget_count, POLICY_BUDGET_MAX);
}
END_TEST

#define TRANCHES                                                                          \
    "\x82" VERSION "\xa7subsidy\x81\xa9standards\x91\x81\xa6levels\x81\xa7" "central\x81\xa3" "due"

static const struct {
    const char *bytes;
    size_t size;
    const char *says;           /* part of the sentence */
} wrongs[] = {
    { BYTES("\x82" VERSION "\xabmerged_into\x01"), "six digits" },
    { BYTES("\x82" VERSION "\xabmerged_into\xc3"), "merged_into" },
    { BYTES("\x82" VERSION "\xaasplit_into\x91\xce\x00\x01\xfc\x9f"), "2 to 8" },
    { BYTES("\x82" VERSION "\xaasplit_into\x92\xce\x00\x01\xfc\x9f\xce\x00\x01\xfc\x9f"), "order" },
    { BYTES("\x82" VERSION "\xaasplit_into\x91\x01"), "split_into" },
    { BYTES("\x82" VERSION "\xa6rollup\x01"), "rollup" },
    { BYTES("\x82" VERSION "\xa5" "books\xa4" "none"), "unstated, own or sum" },
    { BYTES("\x83" VERSION "\xa6rollup\xc3\xa5" "books\xa3own"), "a roll-up has no books" },
    { BYTES("\x80"), "version" },
    { BYTES("\x81\xa7version\x00"), "version" },
    { BYTES("\x81\xa7version\xcf\x00\x00\x00\x01\x00\x00\x00\x00"), "version" },
    { BYTES("\x82" VERSION VERSION), "twice" },
    { BYTES("\x82" VERSION "\xa4what\x01"), "no such key" },
    { BYTES("\x82" VERSION "\x05\x01"), "no such key" },
    { BYTES("\x81" VERSION "\x00"), "bytes after the end" },
    { BYTES("\x81"), "beyond the end" },
    { BYTES(""), "beyond the end" },
    { BYTES("\x91\x01"), "type" },
    { BYTES("\xdf\xff\xff\xff\xff"), "beyond the end" },
    { BYTES("\x82" VERSION "\xabrecognition\xa7" "payment"), "settlement or disbursement" },
    { BYTES("\x82" VERSION "\xaa" "ahead_days\x00"), "ahead_days" },
    { BYTES("\x82" VERSION "\xaa" "ahead_days\xcd\x01\x6f"), "ahead_days" },
    { BYTES("\x82" VERSION "\xaa" "ahead_days\xcb\x40\x00\x00\x00\x00\x00\x00\x00"), "ahead_days" },
    { BYTES("\x82" VERSION "\xa6runway\x05"), "runway must be a map" },
    { BYTES("\x82" VERSION "\xa6runway\x81\xa2on\x01"), "runway.on" },
    { BYTES("\x82" VERSION "\xa6runway\x81\xa3low\x91\x01"), "runway.low" },
    { BYTES("\x82" VERSION "\xa6runway\x81\xa3low\x93\x01\x01\x01"), "runway.low" },
    { BYTES("\x82" VERSION "\xa6runway\x81\xa3low\x92\x01\xca\x00\x00\x00\x00"), "runway.low" },
    { BYTES("\x82" VERSION "\xa6runway\x81\xa3low\x92\x00\x00"), "rise" },
    { BYTES("\x82" VERSION "\xa6runway\x81\xaamin_months\x0d"), "min_months" },
    { BYTES("\x82" VERSION "\xa6runway\x81\xa4hold\x92\x00\xcd\x01\x6f"), "hold" },
    { BYTES("\x82" VERSION "\xa8" "coverage\x91\x80"), "name" },
    { BYTES("\x82" VERSION "\xa8" "coverage\x99\x80\x80\x80\x80\x80\x80\x80\x80\x80"),
      "at most 8" },
    { BYTES("\x82" VERSION "\xa8" "coverage\x91\x81\xa4name\xa1" "A"), "numerator" },
    { BYTES("\x82" VERSION "\xa5quiet\x91\x81\xa7pattern\xa1*"), "days" },
    { BYTES("\x82" VERSION "\xa7" "falling\x81\xa6months\x0d"), "falling.months" },
    { BYTES("\x82" VERSION "\xa7" "falling\x81\xa2on\x01"), "falling.on" },
    { BYTES("\x82" VERSION "\xa4gate\x81\xa5years\x06"), "gate.years" },
    { BYTES("\x82" VERSION "\xa4gate\x81\xa6months\x06"), "gate.months" },
    { BYTES("\x82" VERSION "\xad" "reimbursement\x81\xa4" "base\xa4year"), "reimbursement.base" },
    { BYTES("\x82" VERSION "\xad" "contributions\x81\xa8" "expected\x91\x80"), "must have a year" },
    { BYTES("\x82" VERSION "\xad" "contributions\x81\xa8" "expected\x91\x81\xa4year\x05"), "a year" },
    { BYTES("\x82" VERSION "\xad" "contributions\x81\xa8" "expected\x91\x81\xa2" "by\xce\x01\x34\xf5\x36"),
      "a day that it is expected by" },
    { BYTES("\x82" VERSION "\xad" "contributions\x81\xa8" "expected\x91\x81\xa6" "amount\xff"),
      "above 0" },
    { BYTES("\x82" VERSION "\xad" "contributions\x81\xa8" "expected\xdc\x00\x19"), "at most 24" },
    { BYTES("\x82" VERSION "\xa8net_loss\x81\xa5limit\x01"), "net_loss.limit" },
    { BYTES("\x82" VERSION "\xa4pace\x81\xa4" "from\x63"), "pace.from" },
    { BYTES("\x82" VERSION "\xa4pace\x81\xa9numerator\xa4" "born"), "pace.numerator" },
    { BYTES("\x82" VERSION "\xaa" "duplicates\x81\xa5limit\x01"), "duplicates.limit" },
    { BYTES("\x82" VERSION "\xa5quiet\x91\x82\xa4" "days\x01\xa7pattern\xa3" "a\0b"), "pattern" },
    { BYTES("\x82" VERSION "\xa5quiet\x91\x82\xa4" "days\x01\xa7pattern\xa3" "a*b"), "pattern" },
    { BYTES("\x82" VERSION "\xa5quiet\x91\x82\xa4" "days\x00\xa7pattern\xa1*"), "366 days" },
    { BYTES("\x82" VERSION "\xa9" "calendars\x91\x81\xa4name\xa1" "a"), "rhythm" },
    { BYTES("\x82" VERSION "\xa9" "calendars\x91\x81\xa6rhythm\xa6yearly"), "daily, weekly or monthly" },
    { BYTES("\x82" VERSION "\xa9" "calendars\x91\x81\xa5grace\x20"), "grace" },
    { BYTES("\x82" VERSION "\xa9" "calendars\x99\x80\x80\x80\x80\x80\x80\x80\x80\x80"), "at most 8" },
    { BYTES("\x82" VERSION "\xa8holidays\x91\x81\xa5" "first\x01"), "first day" },
    { BYTES("\x82" VERSION "\xa7sources\x91\x81\xa7pattern\xa1*"), "name of a calendar" },
    { BYTES("\x82" VERSION "\xa7sources\xdc\x00\x41"), "at most 64" },
    { BYTES("\x82" VERSION "\xac" "completeness\x81\xa5limit\x01"), "completeness.limit" },
    { BYTES("\x82" VERSION "\xa4gaps\x81\xa2on\x01"), "gaps.on" },
    { BYTES("\x82" VERSION "\xa8" "coverage\x91\x81\xa2zh\xa3" "a\nb"), "zh must be text" },
    { BYTES("\x82" VERSION "\xa8" "coverage\x91\x81\xa2" "en\xa2\xe7\xbb"), "en must be text" },
    { BYTES("\x82" VERSION "\xa8" "coverage\x91\x81\xa6stated\x91\x80"), "must have a year" },
    { BYTES("\x82" VERSION "\xa8" "coverage\x91\x81\xa6stated\x91\x81\xa7outcome\xa3yes"), "met or not_met" },
    { BYTES("\x82" VERSION "\xad" "fee_standards\x91\x80"), "the year that it is for" },
    { BYTES("\x82" VERSION "\xa6" "budget\x91\x81\xa5heads\xff"), "heads must be people" },
    { BYTES("\x82" VERSION "\xa6" "budget\x91\x81\xa8" "category\xa7nothing"),
      "category of income or expenditure" },
    { BYTES("\x82" VERSION "\xaasplit_into\x92\x01\xce\x00\x01\xfc\x9f"), "split_into" },
    { BYTES(TRANCHES "\x91\xce\x01\x34\xd6\xe5"), "due must be" },
    { BYTES(TRANCHES "\x94\x01\x01\xce\x01\x34\xd6\xe5\x01"), "due must be" },
    { BYTES(TRANCHES "\x92\xce\x01\x34\xd6\xe5\x00"), "due must be" },
};

START_TEST(what_is_wrong_is_told_and_nothing_is_taken)
{
    policy = (struct policy){ .version = 99 };
    const char *wrong = decode(wrongs[_i].bytes, wrongs[_i].size);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, wrongs[_i].says) != NULL, "%s", wrong);
    ck_assert_uint_eq(policy.version, 99);
}
END_TEST

START_TEST(a_policy_larger_than_32768_bytes_is_not_looked_at)
{
    static uint8_t bytes[POLICY_SIZE_MAX + 1];
    ck_assert_str_eq(decode(bytes, sizeof bytes), "a policy has at most 32768 bytes");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("policy_codec");
    TCase *tc = tcase_create("policy_codec");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_policy_of_a_version_only_is_the_default);
    tcase_add_test(tc, subsidies_and_budgets_come_back_as_they_were);
    tcase_add_test(tc, labels_statements_and_fees_come_back_as_they_were);
    tcase_add_test(tc, the_example_says_what_is_beside_its_bytes);
    tcase_add_test(tc, places_that_one_is_split_into_come_back);
    tcase_add_test(tc, a_roll_up_comes_back);
    tcase_add_loop_test(tc, what_a_place_has_books_of_comes_back, BOOKS_UNSTATED, BOOKS_SUM + 1);
    tcase_add_test(tc, the_first_and_the_last_day_of_a_policy_come_back);
    tcase_add_test(tc, the_largest_policy_comes_back_and_fits);
    tcase_add_loop_test(tc, what_is_wrong_is_told_and_nothing_is_taken, 0, COUNT_OF(wrongs));
    tcase_add_test(tc, a_policy_larger_than_32768_bytes_is_not_looked_at);
    suite_add_tcase(s, tc);
    return s;
}
