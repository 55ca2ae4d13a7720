/* What each section of a policy may say at most, and that one step further is refused. */
#include <string.h>

#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

#define TRIED(...) \
    struct policy p = everything(); \
    __VA_ARGS__; \
    const char *wrong = policy_check(&p)
/* The statement leaves the policy a good one; makes a bad one of it, of which the sentence has the word. */
#define GOOD(...) do { \
    TRIED(__VA_ARGS__); \
    ck_assert_msg(wrong == NULL, "%s: %s", #__VA_ARGS__, wrong); \
} while (0)
#define BAD(word, ...) do { \
    TRIED(__VA_ARGS__); \
    ck_assert_msg(wrong != NULL, "%s: nothing is said", #__VA_ARGS__); \
    ck_assert_msg(strstr(wrong, word) != NULL, "%s: %s", #__VA_ARGS__, wrong); \
} while (0)
/* A value that may be as large or as small as it stands there, and not one more or less. */
#define FROM(word, place, least) do { GOOD((place) = (least)); BAD(word, (place) = (least) - 1); } while (0)
#define UP_TO(word, place, most) do { GOOD((place) = (most)); BAD(word, (place) = (most) + 1); } while (0)
#define HOLD(word, rule) do { \
    UP_TO(word, (rule).hold.enter_days, 366); \
    UP_TO(word, (rule).hold.leave_days, 366); \
} while (0)

/* Every rule is on, and says something. */
static struct policy everything(void)
{
    struct policy p = policy_default();
    p.restated.on = p.reimbursement.on = p.falling.on = p.net_loss.on = p.pace.on = true;
    p.duplicates.on = p.execution.on = p.gate.on = true;
    p.coverage_count = 1;
    p.coverage[0] = (struct coverage_rule){
        .name = "resident", .numerator = NUMERATOR_PAID, .denominator = DENOMINATOR_RESIDENT,
        .deadline_month = 12, .deadline_day = 31, .target = {9500, 9500}, .stated_count = 1,
        .stated = {{2024, STATED_MET}},
    };
    p.calendar_count = 1;
    p.calendars[0] = (struct calendar_rule){"daily", CALENDAR_DAILY, 0, false, 0};
    p.quiet_count = 1;
    p.quiet[0] = (struct quiet_rule){"tax", 3, ""};
    p.source_count = 1;
    p.sources[0] = (struct source_rule){"tax", "daily"};
    p.budget_count = 1;
    p.budget[0] = (struct budget_line){.year = 2024, .category = CATEGORY_COUNTY, .amount = {100}};
    p.fee_count = 1;
    p.fees[0] = (struct fee_standard){2024, {38000}};
    p.contributions.expected_count = 2;
    p.contributions.expected[0] = (struct expectation){2024, day(20240630), {500}};
    p.contributions.expected[1] = (struct expectation){2024, day(20240701), {500}};
    p.subsidy.standard_count = 1;
    p.subsidy.standards[0] = (struct subsidy_standard){.year = 2024, .per_head = {61000}, .whole = 10};
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++)
        p.subsidy.standards[0].levels[level].base = SUBSIDY_HEADS_STATED;
    return p;
}

START_TEST(everything_can_be_said_at_once)
{
    GOOD();
}
END_TEST

START_TEST(a_frame_has_its_ranges)
{
    FROM("version", p.version, 1);
    UP_TO("recognition", p.recognition, RECOGNISE_DISBURSEMENT);
    UP_TO("fees must count", p.fee_basis, FEES_IN_YEAR_COVERED);
    FROM("books date", p.clock, CLOCK_LIVE);
    FROM("1 to 366", p.ahead_days, 1);
    UP_TO("1 to 366", p.ahead_days, 366);
}
END_TEST

START_TEST(limits_of_the_runway_may_meet_where_they_need_not_differ)
{
    GOOD(p.runway.base = RUNWAY_CALENDAR_YEAR);
    FROM("12 ended months", p.runway.min_months, 1);
    UP_TO("12 ended months", p.runway.min_months, 12);
    HOLD("runway's hold", p.runway);
    FROM("negative", p.runway.critical_low.enter_e4, 0);
    FROM("left at or above", p.runway.critical_low.leave_e4, 30000);
    FROM("left at or above", p.runway.low.leave_e4, 60000);
    UP_TO("left at or below", p.runway.high.leave_e4, 90000);
    UP_TO("left at or below", p.runway.excessive.leave_e4, 150000);
    UP_TO("left later", p.runway.critical_low.leave_e4, 63000);
    FROM("left later", p.runway.excessive.leave_e4, 87000);
    UP_TO("low side", p.runway.low.leave_e4, 87000);
    GOOD(p.runway.critical_low.enter_e4 = 59999; p.runway.critical_low.leave_e4 = 63000);
    BAD("rise", p.runway.critical_low.enter_e4 = 60000; p.runway.critical_low.leave_e4 = 63000);
    BAD("rise", p.runway.high.enter_e4 = p.runway.low.enter_e4);
    BAD("rise", p.runway.excessive.enter_e4 = p.runway.high.enter_e4);
}
END_TEST

START_TEST(limits_of_the_balance_sheet_have_their_ranges)
{
    FROM("at or above", p.deficit.limit.leave_e4, 0);
    HOLD("deficit's hold", p.deficit);
    FROM("between 0 and 1", p.provisional.limit.leave_e4, 0);
    UP_TO("between 0 and 1", p.provisional.limit.enter_e4, E4);
    UP_TO("at or below", p.provisional.limit.leave_e4, 5000);
    HOLD("share's hold", p.provisional);
    FROM("negative", p.restated.limit.leave_e4, 0);
    UP_TO("at or below", p.restated.limit.leave_e4, 100);
    HOLD("hold of restatements", p.restated);
    FROM("1 to 12 months ago", p.falling.months, 1);
    UP_TO("1 to 12 months ago", p.falling.months, 12);
    FROM("from 0 on", p.falling.limit.leave_e4, 0);
    UP_TO("at or below", p.falling.limit.leave_e4, 10000);
    HOLD("falling runway's hold", p.falling);
    FROM("trailing 12", p.reimbursement.base, RUNWAY_TRAILING_12);
    UP_TO("trailing 12", p.reimbursement.base, RUNWAY_CALENDAR_YEAR);
    FROM("not be negative", p.reimbursement.in_policy.enter_e4, 0);
    FROM("not be negative", p.reimbursement.actual.enter_e4, 0);
    FROM("at or above", p.reimbursement.in_policy.leave_e4, 7000);
    FROM("at or above", p.reimbursement.actual.leave_e4, 5500);
    HOLD("reimbursement's hold", p.reimbursement);
    UP_TO("5 years", p.gate.years, POLICY_GATE_YEARS_MAX);
    FROM("from 0 on", p.gate.months.enter_e4, 0);
    FROM("from 0 on", p.gate.months.leave_e4, 60000);
    FROM("surplus", p.gate.surplus.leave_e4, 0);
    HOLD("gate's hold", p.gate);
}
END_TEST

START_TEST(limits_of_people_have_their_ranges)
{
    UP_TO("numerator is not known", p.coverage[0].numerator, NUMERATOR_LAST);
    UP_TO("denominator", p.coverage[0].denominator, DENOMINATOR_LAST_YEAR);
    UP_TO("current or coming", p.coverage[0].year, COVERAGE_OF_COMING_YEAR);
    BAD("above 0", p.coverage[0].target.enter_e4 = 0);
    GOOD(p.coverage[0].target.enter_e4 = 1);
    FROM("left at or above", p.coverage[0].target.leave_e4, 9500);
    HOLD("coverage's hold", p.coverage[0]);
    FROM("1990 to 2199", p.coverage[0].stated[0].year, 1990);
    UP_TO("1990 to 2199", p.coverage[0].stated[0].year, 2199);
    FROM("met, or not_met", p.coverage[0].stated[0].outcome, STATED_MET);
    UP_TO("met, or not_met", p.coverage[0].stated[0].outcome, STATED_NOT_MET);
    FROM("between 0 and 1", p.net_loss.limit.leave_e4, 0);
    UP_TO("at or below", p.net_loss.limit.leave_e4, 100);
    UP_TO("between 0 and 1", p.net_loss.limit.enter_e4, E4);
    HOLD("net loss's hold", p.net_loss);
    FROM("residents alone", p.pace.numerator, NUMERATOR_PAID);
    UP_TO("residents alone", p.pace.numerator, NUMERATOR_LAST);
    BAD("residents alone", p.pace.numerator = NUMERATOR_REPORTED_AND_EMPLOYEES);
    BAD("residents alone", p.pace.numerator = NUMERATOR_PAID_AND_EMPLOYEES);
    GOOD(p.pace.to_month = 10; p.pace.to_day = 1);
    BAD("the first one first", p.pace.to_month = 9; p.pace.to_day = 30);
    BAD("every year has", p.pace.from_month = 2; p.pace.from_day = 29);
    BAD("every year has", p.pace.to_day = 32);
    FROM("between 0 and 1", p.pace.limit.leave_e4, 0);
    UP_TO("at or below", p.pace.limit.leave_e4, 500);
    UP_TO("between 0 and 1", p.pace.limit.enter_e4, E4);
    HOLD("pace's hold", p.pace);
    FROM("between 0 and 1", p.duplicates.limit.leave_e4, 0);
    UP_TO("at or below", p.duplicates.limit.leave_e4, 100);
    UP_TO("between 0 and 1", p.duplicates.limit.enter_e4, E4);
    HOLD("duplicates' hold", p.duplicates);
}
END_TEST

START_TEST(limits_of_sources_have_their_ranges)
{
    FROM("1 to 366 days", p.quiet[0].days, 1);
    UP_TO("1 to 366 days", p.quiet[0].days, 366);
    GOOD(p.quiet[0].days = 0; strcpy(p.quiet[0].calendar, "daily"));
    GOOD(memset(p.quiet[0].pattern, 'a', POLICY_NAME_MAX));
    GOOD(memset(p.coverage[0].name, '-', POLICY_NAME_MAX));
    GOOD(strcpy(p.coverage[0].name, "_"));
    UP_TO("31 days", p.calendars[0].grace_days, CALENDAR_GRACE_MAX);
    FROM("between 0 and 1", p.completeness.limit.enter_e4, 0);
    FROM("between 0 and 1", p.completeness.limit.leave_e4, 9000);
    UP_TO("between 0 and 1", p.completeness.limit.leave_e4, E4);
    HOLD("completeness's hold", p.completeness);
    HOLD("hold of gaps", p.gaps);
    GOOD(strcpy(p.sources[0].calendar, CALENDAR_NOTHING));
}
END_TEST

START_TEST(budgets_fees_and_what_is_expected_have_their_ranges)
{
    FROM("1990 to 2199", p.budget[0].year, 1990);
    UP_TO("1990 to 2199", p.budget[0].year, 2199);
    FROM("line of income or expenditure", p.budget[0].category, CATEGORY_FEES);
    UP_TO("line of income or expenditure", p.budget[0].category, CATEGORY_TRANSFER_IN);
    FROM("line of income or expenditure", p.budget[0].category, CATEGORY_INPATIENT);
    UP_TO("line of income or expenditure", p.budget[0].category, CATEGORY_TRANSFER_OUT);
    FROM("amount is out of range", p.budget[0].amount.fen, 0);
    UP_TO("amount is out of range", p.budget[0].amount.fen, AMOUNT_EVENT_MAX);
    GOOD(p.budget[0].heads = 10; p.budget[0].per_head.fen = 10);
    BAD("stated both", p.budget[0].per_head.fen = 10);
    BAD("stated both", p.budget[0].heads = COUNT_MAX + 1; p.budget[0].per_head.fen = 1);
    BAD("stated both", p.budget[0].heads = -1; p.budget[0].per_head.fen = 10);
    BAD("stated both", p.budget[0].heads = 1; p.budget[0].per_head.fen = -100);
    GOOD(p.budget[0].heads = COUNT_MAX; p.budget[0].per_head.fen = 1;
         p.budget[0].amount.fen = COUNT_MAX);
    GOOD(p.budget[0].heads = 1; p.budget[0].per_head.fen = SUBSIDY_PER_HEAD_MAX;
         p.budget[0].amount.fen = SUBSIDY_PER_HEAD_MAX);
    BAD("stated both", p.budget[0].heads = 1; p.budget[0].per_head.fen = SUBSIDY_PER_HEAD_MAX + 1;
        p.budget[0].amount.fen = SUBSIDY_PER_HEAD_MAX + 1);
    GOOD(p.budget_count = 2; p.budget[1] = p.budget[0]; p.budget[1].year = 2025);
    GOOD(p.budget_count = 2; p.budget[1] = p.budget[0]; p.budget[1].category = CATEGORY_CITY);
    BAD("same year and category", p.budget_count = 2; p.budget[1] = p.budget[0]);
    GOOD(p.budget_count = POLICY_BUDGET_MAX;
         for (int i = 1; i < POLICY_BUDGET_MAX; i++) {
             p.budget[i] = p.budget[0];
             p.budget[i].year = 2024 + i;
         });
    BAD("48 lines", p.budget_count = POLICY_BUDGET_MAX + 1);

    FROM("1990 to 2199", p.fees[0].year, 1990);
    UP_TO("1990 to 2199", p.fees[0].year, 2199);
    FROM("above 0 per head", p.fees[0].per_head.fen, 1);
    UP_TO("above 0 per head", p.fees[0].per_head.fen, SUBSIDY_PER_HEAD_MAX);
    BAD("12 fees", p.fee_count = POLICY_FEES_MAX + 1);
    GOOD(p.fee_count = POLICY_FEES_MAX;
         for (int i = 1; i < POLICY_FEES_MAX; i++) p.fees[i] = (struct fee_standard){2024 + i, {1}});

    FROM("1990 to 2199", p.contributions.expected[0].year, 1990);
    BAD("1990 to 2199", p.contributions.expected[1].year = 2200);
    BAD("1990 to 2199", p.contributions.expected[1].by = day(21991231) + 1);
    BAD("1990 to 2199", p.contributions.expected[0].by = day(19900101) - 1);
    GOOD(p.contributions.expected[1].by = day(21991231));
    GOOD(p.contributions.expected[0].by = day(19900101));
    FROM("above 0", p.contributions.expected[0].amount.fen, 1);
    UP_TO("above 0", p.contributions.expected[1].amount.fen, AMOUNT_EVENT_MAX);
    FROM("must not expect less", p.contributions.expected[1].amount.fen, 500);
    BAD("order", p.contributions.expected[1].by = p.contributions.expected[0].by);
    GOOD(p.contributions.expected[1] = ((struct expectation){2025, day(20240101), {1}}));
    BAD("order", p.contributions.expected[1].year = 2023);
    BAD("24 days", p.contributions.expected_count = POLICY_EXPECTED_MAX + 1);
    FROM("from 0 on", p.contributions.limit.enter_e4, 0);
    FROM("from 0 on", p.contributions.limit.leave_e4, 9500);
    HOLD("contributions' hold", p.contributions);

    FROM("judged from 1 to 12", p.execution.from, 1);
    UP_TO("judged from 1 to 12", p.execution.from, 12);
    FROM("may be behind", p.execution.behind.leave_e4, 0);
    UP_TO("may be behind", p.execution.behind.leave_e4, 1000);
    UP_TO("may be behind", p.execution.behind.enter_e4, E4);
    FROM("may be exceeded", p.execution.over.leave_e4, E4);
    HOLD("execution of budgets", p.execution);
}
END_TEST

/* As many exceptions as there may be together, in six standards; and a seventh without any. */
static void fill_exceptions(struct policy *p)
{
    p->subsidy.standard_count = POLICY_EXCEPTIONS_MAX / SUBSIDY_EXCEPTIONS_MAX + 1;
    for (int s = 0; s < p->subsidy.standard_count; s++) {
        struct subsidy_standard *standard = &p->subsidy.standards[s];
        *standard = p->subsidy.standards[0];
        standard->year = 2024 + s;
        standard->exception_count = s < p->subsidy.standard_count - 1 ? SUBSIDY_EXCEPTIONS_MAX : 0;
        for (int i = 0; i < SUBSIDY_EXCEPTIONS_MAX; i++)
            standard->exceptions[i] = (struct subsidy_exception){
                .kind = SUBSIDY_LUMP, .level = (uint8_t)(i % SUBSIDY_LEVELS),
                .group = (uint8_t)(i / SUBSIDY_LEVELS), .lump = {1}};
    }
}

START_TEST(a_subsidys_standard_has_its_ranges)
{
    struct subsidy_exception lump = {.kind = SUBSIDY_LUMP, .level = 0, .lump = {5}};
    struct subsidy_exception payer = {.kind = SUBSIDY_PAID_BY, .level = 0, .payer = 1};
#define STANDARD p.subsidy.standards[0]
#define LEVEL    STANDARD.levels[SUBSIDY_LEVELS - 1]
    FROM("1990 to 2199", STANDARD.year, 1990);
    UP_TO("1990 to 2199", STANDARD.year, 2199);
    FROM("100,000 yuan", STANDARD.per_head.fen, 0);
    UP_TO("100,000 yuan", STANDARD.per_head.fen, SUBSIDY_PER_HEAD_MAX);
    FROM("1 to 1,000,000", STANDARD.whole, 1);
    UP_TO("1 to 1,000,000", STANDARD.whole, SUBSIDY_PARTS_MAX);
    FROM("own rate", LEVEL.own.fen, 0);
    UP_TO("own rate", LEVEL.own.fen, SUBSIDY_PER_HEAD_MAX);
    UP_TO("more than the whole", LEVEL.parts, 10);
    BAD("not both", LEVEL.parts = 1; LEVEL.own.fen = 1);
    FROM("as stated", LEVEL.base, SUBSIDY_HEADS_STATED);
    UP_TO("as stated", LEVEL.base, SUBSIDY_HEADS_DEDUPLICATED);
    BAD("4 tranches", LEVEL.tranche_count = SUBSIDY_TRANCHES_MAX + 1);
    GOOD(LEVEL.tranche_count = 1; LEVEL.tranches[0].parts = SUBSIDY_PARTS_MAX);
    BAD("tranche must have", LEVEL.tranche_count = 1; LEVEL.tranches[0].parts = SUBSIDY_PARTS_MAX + 1);
    BAD("tranche must have", LEVEL.tranche_count = 1; LEVEL.tranches[0].parts = 0);
    GOOD(LEVEL.tranche_count = 2; LEVEL.tranches[0].parts = LEVEL.tranches[1].parts = 1;
         LEVEL.tranches[1].due = LEVEL.tranches[0].due + 1);
    BAD("order of their dates", LEVEL.tranche_count = 2;
        LEVEL.tranches[0].parts = LEVEL.tranches[1].parts = 1;
        LEVEL.tranches[1].due = LEVEL.tranches[0].due);
    GOOD(STANDARD.exception_count = 1; STANDARD.exceptions[0] = lump);
    GOOD(STANDARD.exception_count = 1; STANDARD.exceptions[0] = payer);
    GOOD(STANDARD.exception_count = 1; lump.lump.fen = AMOUNT_EVENT_MAX; STANDARD.exceptions[0] = lump);
    BAD("out of range", STANDARD.exception_count = 1; lump.lump.fen = AMOUNT_EVENT_MAX + 1;
        STANDARD.exceptions[0] = lump);
    BAD("out of range", STANDARD.exception_count = 1; lump.lump.fen = -1; STANDARD.exceptions[0] = lump);
    GOOD(STANDARD.exception_count = 1; lump.lump.fen = 0; STANDARD.exceptions[0] = lump);
    BAD("no lump sum", STANDARD.exception_count = 1; STANDARD.exceptions[0] = payer;
        STANDARD.exceptions[0].lump.fen = 1);
    BAD("another level", STANDARD.exception_count = 1; STANDARD.exceptions[0] = payer;
        STANDARD.exceptions[0].payer = 0);
    BAD("another level", STANDARD.exception_count = 1; STANDARD.exceptions[0] = payer;
        STANDARD.exceptions[0].payer = SUBSIDY_LEVELS);
    BAD("level or group", STANDARD.exception_count = 1; STANDARD.exceptions[0] = payer;
        STANDARD.exceptions[0].level = SUBSIDY_LEVELS);
    BAD("level or group", STANDARD.exception_count = 1; STANDARD.exceptions[0] = payer;
        STANDARD.exceptions[0].group = SUBSIDY_GROUPS_MAX);
    BAD("another payer or a lump", STANDARD.exception_count = 1; STANDARD.exceptions[0] = lump;
        STANDARD.exceptions[0].kind = SUBSIDY_LUMP + 1);
    BAD("another payer or a lump", STANDARD.exception_count = 1; STANDARD.exceptions[0] = lump;
        STANDARD.exceptions[0].kind = 0);
    BAD("same level and group", STANDARD.exception_count = 2; STANDARD.exceptions[0] = payer;
        STANDARD.exceptions[1] = payer);
    GOOD(STANDARD.exception_count = 2; STANDARD.exceptions[0] = payer; STANDARD.exceptions[1] = payer;
         STANDARD.exceptions[1].group = 1);
    BAD("16 exceptions", STANDARD.exception_count = SUBSIDY_EXCEPTIONS_MAX + 1);
    BAD("same year", p.subsidy.standard_count = 2; p.subsidy.standards[1] = STANDARD);
    GOOD(fill_exceptions(&p));
    BAD("96 exceptions", fill_exceptions(&p); p.subsidy.standards[6].exception_count = 1);
    BAD("12 subsidy standards", p.subsidy.standard_count = POLICY_STANDARDS_MAX + 1);
    FROM("tolerance", p.subsidy.tolerance.least.fen, 0);
    UP_TO("tolerance", p.subsidy.tolerance.least.fen, AMOUNT_EVENT_MAX);
    FROM("tolerance", p.subsidy.tolerance.share_e4, 0);
    UP_TO("tolerance", p.subsidy.tolerance.share_e4, E4);
    HOLD("hold of subsidies", p.subsidy);
#undef LEVEL
#undef STANDARD
}
END_TEST

START_TEST(a_section_that_is_off_may_say_anything)
{
    struct limit nonsense = {-1, -2};
    struct hold endless = {367, 367};
#define OFF(rule) (rule).on = false; (rule).hold = endless
    GOOD(OFF(p.runway); p.runway.low = nonsense);
    GOOD(OFF(p.deficit); p.deficit.limit = nonsense);
    GOOD(OFF(p.provisional); p.provisional.limit = nonsense);
    GOOD(OFF(p.restated); p.restated.limit = nonsense);
    GOOD(OFF(p.reimbursement); p.reimbursement.actual = nonsense);
    GOOD(OFF(p.falling); p.falling.limit = nonsense);
    GOOD(OFF(p.net_loss); p.net_loss.limit = nonsense);
    GOOD(OFF(p.pace); p.pace.limit = nonsense);
    GOOD(OFF(p.duplicates); p.duplicates.limit = nonsense);
    GOOD(OFF(p.execution); p.execution.over = nonsense);
    GOOD(OFF(p.gate); p.gate.months = nonsense);
    GOOD(OFF(p.completeness); p.completeness.limit = nonsense);
    GOOD(OFF(p.gaps));
#undef OFF
}
END_TEST

START_TEST(a_place_is_merged_or_split_into_places_in_order)
{
    FROM("merged into one that", p.merged_into, PLACE_MIN);
    UP_TO("merged into one that", p.merged_into, PLACE_MAX);
    BAD("split into 2 to 8", p.split_count = 1; p.split_into[0] = 130201);
    BAD("split into 2 to 8", p.split_count = POLICY_SPLIT_MAX + 1);
    GOOD(p.split_count = 2; p.split_into[0] = PLACE_MIN; p.split_into[1] = PLACE_MIN + 1);
    GOOD(p.split_count = POLICY_SPLIT_MAX;
         for (unsigned i = 0; i < POLICY_SPLIT_MAX; i++) p.split_into[i] = 130201 + i);
    BAD("codes of six digits", p.split_count = 2; p.split_into[0] = PLACE_MIN - 1;
        p.split_into[1] = PLACE_MIN);
    BAD("codes of six digits", p.split_count = 2; p.split_into[0] = PLACE_MAX;
        p.split_into[1] = PLACE_MAX + 1);
    BAD("order of their codes", p.split_count = 2; p.split_into[0] = p.split_into[1] = 130201);
    BAD("not both", p.merged_into = 130200; p.split_count = 2);
}
END_TEST

#define ROLLUP(...) p = policy_default(); p.rollup = true; __VA_ARGS__

START_TEST(a_roll_up_has_the_rules_that_its_sums_allow)
{
    GOOD(ROLLUP());
    GOOD(ROLLUP(p.reimbursement.on = true));
    BAD("of the current year", ROLLUP(p.coverage_count = 1; p.coverage[0] = everything().coverage[0];
                                      p.coverage[0].year = COVERAGE_OF_COMING_YEAR));
    BAD("only", ROLLUP(p.restated.on = true));
    BAD("only", ROLLUP(p.falling.on = true));
    BAD("only", ROLLUP(p.net_loss.on = true));
    BAD("only", ROLLUP(p.execution.on = true));
    BAD("only", ROLLUP(p.gate.on = true));
    BAD("only", ROLLUP(p.quiet_count = 1; p.quiet[0] = (struct quiet_rule){"tax", 3, ""}));
    BAD("only", ROLLUP(p.source_count = 1; p.sources[0] = (struct source_rule){"tax", "none"}));
    BAD("only", ROLLUP(p.subsidy.standard_count = 1;
                       p.subsidy.standards[0] = everything().subsidy.standards[0]));
    BAD("only", ROLLUP(p.contributions.expected_count = 1;
                       p.contributions.expected[0] = (struct expectation){2024, day(20240630), {500}}));
    BAD("trailing 12", ROLLUP(p.runway.base = RUNWAY_CALENDAR_YEAR));
    BAD("trailing 12", ROLLUP(p.reimbursement.base = RUNWAY_CALENDAR_YEAR));
    BAD("merged or split", ROLLUP(p.merged_into = 130200));
    BAD("no books", ROLLUP(p.books = BOOKS_SUM));
    BAD("its own, or the sum", p = policy_default(); p.books = BOOKS_UNSTATED - 1);
    BAD("its own, or the sum", p = policy_default(); p.books = BOOKS_SUM + 1);
    GOOD(p = policy_default(); p.books = BOOKS_OWN);
    GOOD(p = policy_default(); p.books = BOOKS_SUM);
}
END_TEST

/* --- Where in a policy it is wrong ------------------------------------------------------ */

static void faulty(struct policy p, const char *section, const char *list, unsigned entry)
{
    struct policy_fault fault = policy_fault(&p);
    ck_assert_ptr_nonnull(fault.sentence);
    ck_assert_str_eq(fault.sentence, policy_check(&p));
    ck_assert_str_eq(fault.section, section);
    ck_assert_str_eq(fault.list, list);
    ck_assert_uint_eq(fault.entry, entry);
}

START_TEST(a_fault_is_found_in_its_section_and_entry)
{
    struct policy p = everything(), good = p;
    struct policy_fault none = policy_fault(&good);
    ck_assert_ptr_null(none.sentence);
    ck_assert_str_eq(none.section, "");
    ck_assert_uint_eq(none.entry, 0);

    p.runway.min_months = 0;
    faulty(p, "runway", "", 0);
    p = good;
    p.version = 0;
    faulty(p, "", "", 0);
    p = good;
    p.quiet_count = 3;
    p.quiet[1] = p.quiet[2] = p.quiet[0];
    p.quiet[2].days = 0;
    faulty(p, "quiet", "", 3);
    p.quiet[0].days = 0;
    faulty(p, "quiet", "", 1);
    p = good;
    p.contributions.expected[1].amount.fen = 499;
    faulty(p, "contributions", "expected", 2);
    p = good;
    p.contributions.limit.leave_e4 = 0;         /* of the section, not of one in its list */
    faulty(p, "contributions", "", 0);
    p = good;
    p.holiday_count = 1;
    p.holidays[0] = (struct calendar_exception){day(20241001), day(20240930), false};
    faulty(p, "", "holidays", 1);
    p = good;
    p.calendars[0].grace_days = CALENDAR_GRACE_MAX + 1;
    faulty(p, "", "calendars", 1);
    p = good;
    p.source_count = UINT8_MAX;                 /* more than any list has room for */
    faulty(p, "sources", "", 0);
    p = good;
    p.source_count = POLICY_SOURCES_MAX;
    for (unsigned i = 1; i < POLICY_SOURCES_MAX; i++)
        p.sources[i] = p.sources[0];
    strcpy(p.sources[POLICY_SOURCES_MAX - 1].calendar, "clinics");
    faulty(p, "sources", "", POLICY_SOURCES_MAX);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("policy edges");
    TCase *t = tcase_create("policy edges");
    tcase_add_test(t, everything_can_be_said_at_once);
    tcase_add_test(t, a_frame_has_its_ranges);
    tcase_add_test(t, limits_of_the_runway_may_meet_where_they_need_not_differ);
    tcase_add_test(t, limits_of_the_balance_sheet_have_their_ranges);
    tcase_add_test(t, limits_of_people_have_their_ranges);
    tcase_add_test(t, limits_of_sources_have_their_ranges);
    tcase_add_test(t, budgets_fees_and_what_is_expected_have_their_ranges);
    tcase_add_test(t, a_subsidys_standard_has_its_ranges);
    tcase_add_test(t, a_section_that_is_off_may_say_anything);
    tcase_add_test(t, a_place_is_merged_or_split_into_places_in_order);
    tcase_add_test(t, a_roll_up_has_the_rules_that_its_sums_allow);
    tcase_add_test(t, a_fault_is_found_in_its_section_and_entry);
    suite_add_tcase(s, t);
    return s;
}
