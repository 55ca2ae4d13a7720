#include "wire/policy_keys.h"

#include <assert.h>
#include <stddef.h>

#include "fund/place.h"
#include "fund/policy.h"

#define COUNT_OF(a) (sizeof (a) / sizeof (a)[0])
#define TABLE(entries_) { entries_, COUNT_OF(entries_), NULL }

static const char *const recognitions[] = { "settlement", "disbursement", NULL };
static const char *const fee_bases[] = { "arrival", "covered", NULL };
static const char *const clocks[] = { "live", "events", NULL };
static const char *const bases[] = { "trailing_12", "year_to_date", "calendar_year", NULL };
static const char *const numerators[] = {
    "paid", "registered", "reported", "reported_and_employees", "paid_and_employees",
    "paid_once", "reported_once", NULL,
};
static const char *const denominators[] = { "resident", "registered", "last_year", NULL };
static const char *const coverage_years[] = { "current", "coming", NULL };
static_assert(COVERAGE_OF_COMING_YEAR == COUNT_OF(coverage_years) - 2, "a word for each, from 0 on");
static const char *const books[] = { "unstated", "own", "sum", NULL };
static_assert(BOOKS_SUM == COUNT_OF(books) - 1, "a word for each");
static_assert(RECOGNISE_DISBURSEMENT == COUNT_OF(recognitions) - 1, "a word for each");
static_assert(FEES_IN_YEAR_COVERED == COUNT_OF(fee_bases) - 1, "a word for each");
static_assert(CLOCK_EVENTS == COUNT_OF(clocks) - 1, "a word for each");
static_assert(RUNWAY_CALENDAR_YEAR == COUNT_OF(bases) - 1, "a word for each");
static_assert(NUMERATOR_LAST == COUNT_OF(numerators) - 1, "a word for each");
static_assert(DENOMINATOR_LAST_YEAR == COUNT_OF(denominators) - 1, "a word for each");

#define HOLD_WRONG  "a hold must be an array of two integers, 0 to 366 days each"
#define LIMIT_WRONG "must be an array of two integers: where it is entered and where it is left"

#define AT(member) .at = offsetof(struct runway_rule, member)
static const struct entry runway_entries[] = {
    {"on", "runway.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"base", "runway.base must be trailing_12, year_to_date or calendar_year",
     AT(base), .form = FORM_WORD, .words = bases},
    {"min_months", "runway.min_months must be 1 to 12", AT(min_months), .form = FORM_U8, .max = 12},
    {"critical_low", "runway.critical_low " LIMIT_WRONG, AT(critical_low), .form = FORM_LIMIT},
    {"low", "runway.low " LIMIT_WRONG, AT(low), .form = FORM_LIMIT},
    {"high", "runway.high " LIMIT_WRONG, AT(high), .form = FORM_LIMIT},
    {"excessive", "runway.excessive " LIMIT_WRONG, AT(excessive), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct deficit_rule, member)
static const struct entry deficit_entries[] = {
    {"on", "deficit.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "deficit.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct provisional_rule, member)
static const struct entry provisional_entries[] = {
    {"on", "provisional.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "provisional.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct restated_rule, member)
static const struct entry restated_entries[] = {
    {"on", "restated.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "restated.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

static const char *const outcomes[] = { "met", "not_met", NULL };
static_assert(STATED_NOT_MET == COUNT_OF(outcomes) - 1, "a word for each");

#define AT(member) .at = offsetof(struct coverage_statement, member)
static const struct entry statement_entries[] = {
    {"year", "what is stated of a coverage must have a year", AT(year), .form = FORM_YEAR, .required = true},
    {"outcome", "what is stated of a coverage must be met or not_met",
     AT(outcome), .form = FORM_WORD, .required = true, .words = outcomes},
};
#undef AT
static const struct table statement_table = TABLE(statement_entries);

#define AT(member) .at = offsetof(struct coverage_rule, member)
static const struct entry coverage_entries[] = {
    {"name", "a coverage must have a name of 1 to 32 of a-z, 0-9, '_' and '-'",
     AT(name), .form = FORM_NAME, .required = true},
    {"numerator", "a coverage's numerator must be paid, registered, reported, "
     "reported_and_employees, paid_and_employees, paid_once or reported_once",
     AT(numerator), .form = FORM_WORD, .required = true, .words = numerators},
    {"denominator", "a coverage's denominator must be resident, registered or last_year",
     AT(denominator), .form = FORM_WORD, .required = true, .words = denominators},
    {"deadline", "a coverage's deadline must be month and day as an integer, 1231",
     AT(deadline_month), .form = FORM_DEADLINE, .required = true},
    {"year", "a coverage's year must be current or coming",
     AT(year), .form = FORM_WORD, .from_zero = true, .words = coverage_years, .may_be_absent = true},
    {"target", "a coverage's target " LIMIT_WRONG,
     AT(target), .form = FORM_LIMIT, .required = true},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
    {"zh", "a coverage's zh must be text of at most 60 bytes",
     AT(zh), .form = FORM_LABEL, .may_be_absent = true},
    {"en", "a coverage's en must be text of at most 60 bytes",
     AT(en), .form = FORM_LABEL, .may_be_absent = true},
    {"stated", "a coverage's stated must be an array of at most 4 maps of year and outcome",
     AT(stated), .form = FORM_LIST, .max = POLICY_STATED_MAX, .table = &statement_table,
     .count_at = offsetof(struct coverage_rule, stated_count),
     .stride = sizeof(struct coverage_statement), .may_be_absent = true},
};
#undef AT
static_assert(offsetof(struct coverage_rule, deadline_day)
              == offsetof(struct coverage_rule, deadline_month) + 1, "FORM_DEADLINE");

#define AT(member) .at = offsetof(struct quiet_rule, member)
static const struct entry quiet_entries[] = {
    {"pattern", "a quiet rule must have a pattern: a source's name, or its beginning and '*'",
     AT(pattern), .form = FORM_NAME, .required = true},
    {"days", "a quiet rule must have days, 1 to 366",
     AT(days), .form = FORM_U16, .required = true, .from_zero = true, .max = 366},
    {"calendar", "a quiet rule's calendar must be a name of at most 32 bytes",
     AT(calendar), .form = FORM_NAME, .may_be_absent = true},
};
#undef AT

static const char *const rhythms[] = { "daily", "weekly", "monthly", NULL };
static_assert(CALENDAR_MONTHLY == COUNT_OF(rhythms) - 1, "a word for each");

#define AT(member) .at = offsetof(struct calendar_rule, member)
static const struct entry calendar_entries[] = {
    {"name", "a calendar must have a name of 1 to 32 of a-z, 0-9, '_' and '-'",
     AT(name), .form = FORM_NAME, .required = true},
    {"rhythm", "a calendar's rhythm must be daily, weekly or monthly",
     AT(rhythm), .form = FORM_WORD, .required = true, .words = rhythms},
    {"day", "a calendar's day must be 1 to 7 of a week, 1 to 31 of a month",
     AT(day), .form = FORM_U8, .from_zero = true, .max = 31},
    {"workdays", "a calendar's workdays must be a boolean", AT(workdays), .form = FORM_BOOL},
    {"grace", "a calendar's grace must be 0 to 31 days",
     AT(grace_days), .form = FORM_U8, .from_zero = true, .max = CALENDAR_GRACE_MAX},
};
#undef AT
static const struct table calendar_table = TABLE(calendar_entries);

#define AT(member) .at = offsetof(struct calendar_exception, member)
static const struct entry holiday_entries[] = {
    {"first", "a holiday must have its first day, yyyymmdd",
     AT(first), .form = FORM_DATE, .required = true},
    {"last", "a holiday must have its last day, yyyymmdd",
     AT(last), .form = FORM_DATE, .required = true},
    {"worked", "worked must be a boolean", AT(worked), .form = FORM_BOOL},
};
#undef AT
static const struct table holiday_table = TABLE(holiday_entries);

#define AT(member) .at = offsetof(struct source_rule, member)
static const struct entry source_entries[] = {
    {"pattern", "sources must have a pattern: a source's name, or its beginning and '*'",
     AT(pattern), .form = FORM_NAME, .required = true},
    {"calendar", "sources must have the name of a calendar, or \"none\"",
     AT(calendar), .form = FORM_NAME, .required = true},
};
#undef AT
static const struct table source_table = TABLE(source_entries);

#define AT(member) .at = offsetof(struct completeness_rule, member)
static const struct entry completeness_entries[] = {
    {"on", "completeness.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "completeness.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT
static const struct table completeness_table = TABLE(completeness_entries);

#define AT(member) .at = offsetof(struct gaps_rule, member)
static const struct entry gaps_entries[] = {
    {"on", "gaps.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT
static const struct table gaps_table = TABLE(gaps_entries);

static const char *const levels[] = { "central", "province", "city", "county", NULL };
static const char *const heads_bases[] = { "stated", "deduplicated", NULL };
static const char *const exceptions[] = { "paid_by", "lump", NULL };
static_assert(SUBSIDY_LEVELS == COUNT_OF(levels) - 1, "a word for each");
static_assert(SUBSIDY_HEADS_DEDUPLICATED == COUNT_OF(heads_bases) - 1, "a word for each");
static_assert(SUBSIDY_LUMP == COUNT_OF(exceptions) - 1, "a word for each");

#define AT(member) .at = offsetof(struct subsidy_level_rule, member), .may_be_absent = true
static const struct entry level_entries[] = {
    {"parts", "a level's parts must be 1 to 1000000", AT(parts), .form = FORM_U32, .max = SUBSIDY_PARTS_MAX},
    {"own", "a level's own rate must be fen per head", AT(own), .form = FORM_AMOUNT},
    {"base", "a level's base must be stated or deduplicated",
     AT(base), .form = FORM_WORD, .words = heads_bases},
    {"heads", "a level's heads must be the date yyyymmdd that they are counted on",
     AT(heads_date), .form = FORM_DATE},
    {"due", "a level's due must be an array of dates yyyymmdd and parts in turn, at most 4 pairs",
     AT(tranches), .form = FORM_TRANCHES,
     .count_at = offsetof(struct subsidy_level_rule, tranche_count)},
};
#undef AT
static const struct table level_table = TABLE(level_entries);

#define LEVEL(word, index)                                                                        \
    {word, "a level must be a map with the keys of PROTOCOL 6",                                   \
     .at = (index) * sizeof (struct subsidy_level_rule),                                          \
     .form = FORM_MAP, .table = &level_table, .may_be_absent = true}
static const struct entry levels_entries[] = {
    LEVEL("central", SUBSIDY_CENTRAL), LEVEL("province", SUBSIDY_PROVINCE),
    LEVEL("city", SUBSIDY_CITY), LEVEL("county", SUBSIDY_COUNTY),
};
#undef LEVEL
static const struct table levels_table = TABLE(levels_entries);

#define AT(member) .at = offsetof(struct subsidy_exception, member)
static const struct entry exception_entries[] = {
    {"kind", "an exception's kind must be paid_by or lump",
     AT(kind), .form = FORM_WORD, .required = true, .words = exceptions},
    {"level", "an exception's level must be central, province, city or county",
     AT(level), .form = FORM_WORD, .required = true, .words = levels, .from_zero = true},
    {"group", "an exception's group must be a word of the groups",
     AT(group), .form = FORM_GROUP, .required = true},
    {"payer", "an exception's payer must be central, province, city or county",
     AT(payer), .form = FORM_WORD, .words = levels, .from_zero = true},
    {"lump", "an exception's lump sum must be fen", AT(lump), .form = FORM_AMOUNT, .may_be_absent = true},
};
#undef AT
static const struct table exception_table = TABLE(exception_entries);

#define AT(member) .at = offsetof(struct subsidy_standard, member)
static const struct entry standard_entries[] = {
    {"year", "a standard must have a year", AT(year), .form = FORM_YEAR, .required = true},
    {"per_head", "a standard's per_head must be fen",
     AT(per_head), .form = FORM_AMOUNT, .may_be_absent = true},
    {"whole", "a standard's whole must be 1 to 1000000",
     AT(whole), .form = FORM_U32, .max = SUBSIDY_PARTS_MAX},
    {"levels", "a standard's levels must be a map of central, province, city and county",
     AT(levels), .form = FORM_MAP, .table = &levels_table, .may_be_absent = true},
    {"exceptions", "a standard's exceptions must be an array of at most 16 maps",
     AT(exceptions), .form = FORM_LIST, .max = SUBSIDY_EXCEPTIONS_MAX, .table = &exception_table,
     .count_at = offsetof(struct subsidy_standard, exception_count),
     .stride = sizeof (struct subsidy_exception), .may_be_absent = true},
};
#undef AT
static const struct subsidy_standard standard_defaults = {
    .whole = 1,
    .levels = {[SUBSIDY_CENTRAL ... SUBSIDY_COUNTY] = {.base = SUBSIDY_HEADS_STATED}},
};
static const struct table standard_table = {
    standard_entries, COUNT_OF(standard_entries), &standard_defaults,
};

#define AT(member) .at = offsetof(struct subsidy_rule, member)
static const struct entry subsidy_entries[] = {
    {"on", "subsidy.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"tolerance", "subsidy.tolerance must be an array of fen and ten-thousandths",
     AT(tolerance), .form = FORM_TOLERANCE},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
    {"standards", "subsidy.standards must be an array of at most 12 maps with the keys of PROTOCOL 6",
     AT(standards), .form = FORM_LIST, .max = POLICY_STANDARDS_MAX, .table = &standard_table,
     .count_at = offsetof(struct subsidy_rule, standard_count),
     .stride = sizeof (struct subsidy_standard)},
};
#undef AT
static_assert(offsetof(struct subsidy_rule, standard_count) != 0, "0 says that there is none");
static const struct table subsidy_table = TABLE(subsidy_entries);

#define AT(member) .at = offsetof(struct budget_line, member)
static const struct entry budget_entries[] = {
    {"year", "a line of the budget must have a year", AT(year), .form = FORM_YEAR, .required = true},
    {"category", "a line of the budget must have a category of income or expenditure",
     AT(category), .form = FORM_CATEGORY, .required = true},
    {"amount", "a line of the budget must have an amount in fen",
     AT(amount), .form = FORM_AMOUNT, .required = true},
    {"heads", "a budget's heads must be people", AT(heads), .form = FORM_COUNT, .may_be_absent = true},
    {"per_head", "a budget's per_head must be fen", AT(per_head), .form = FORM_AMOUNT, .may_be_absent = true},
};
#undef AT
static const struct table budget_table = TABLE(budget_entries);

#define AT(member) .at = offsetof(struct fee_standard, member)
static const struct entry fee_entries[] = {
    {"year", "a fee must have the year that it is for", AT(year), .form = FORM_YEAR, .required = true},
    {"per_head", "a fee must have a per_head in fen", AT(per_head), .form = FORM_AMOUNT, .required = true},
};
#undef AT
static const struct table fee_table = TABLE(fee_entries);

#define AT(member) .at = offsetof(struct reimbursement_rule, member)
static const struct entry reimbursement_entries[] = {
    {"on", "reimbursement.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"base", "reimbursement.base must be trailing_12, year_to_date or calendar_year",
     AT(base), .form = FORM_WORD, .words = bases},
    {"in_policy", "reimbursement.in_policy " LIMIT_WRONG, AT(in_policy), .form = FORM_LIMIT},
    {"actual", "reimbursement.actual " LIMIT_WRONG, AT(actual), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct falling_rule, member)
static const struct entry falling_entries[] = {
    {"on", "falling.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"months", "falling.months must be 1 to 12", AT(months), .form = FORM_U8, .max = 12},
    {"limit", "falling.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct expectation, member)
static const struct entry expectation_entries[] = {
    {"year", "what is expected must have a year, yyyy",
     AT(year), .form = FORM_YEAR, .required = true},
    {"by", "what is expected must have a day that it is expected by, yyyymmdd",
     AT(by), .form = FORM_DATE, .required = true},
    {"amount", "what is expected must have an amount in fen, above 0",
     AT(amount), .form = FORM_AMOUNT, .required = true},
};
#undef AT
static const struct table expectation_table = TABLE(expectation_entries);

#define AT(member) .at = offsetof(struct contributions_rule, member)
static const struct entry contributions_entries[] = {
    {"limit", "contributions.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
    {"expected", "contributions.expected must be an array of at most 24 maps with the keys of "
     "PROTOCOL 6", AT(expected), .form = FORM_LIST, .max = POLICY_EXPECTED_MAX,
     .table = &expectation_table, .count_at = offsetof(struct contributions_rule, expected_count),
     .stride = sizeof(struct expectation)},
};
#undef AT

#define AT(member) .at = offsetof(struct net_loss_rule, member)
static const struct entry net_loss_entries[] = {
    {"on", "net_loss.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "net_loss.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct pace_rule, member)
static const struct entry pace_entries[] = {
    {"on", "pace.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"numerator", "pace.numerator must be paid, registered, reported, paid_once or reported_once",
     AT(numerator), .form = FORM_WORD, .words = numerators},
    {"from", "pace.from must be month and day as an integer, 1001",
     AT(from_month), .form = FORM_DEADLINE},
    {"to", "pace.to must be month and day as an integer, 1231", AT(to_month), .form = FORM_DEADLINE},
    {"limit", "pace.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT
static_assert(offsetof(struct pace_rule, from_day) == offsetof(struct pace_rule, from_month) + 1
              && offsetof(struct pace_rule, to_day) == offsetof(struct pace_rule, to_month) + 1,
              "FORM_DEADLINE");

#define AT(member) .at = offsetof(struct duplicates_rule, member)
static const struct entry duplicates_entries[] = {
    {"on", "duplicates.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"limit", "duplicates.limit " LIMIT_WRONG, AT(limit), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

static const char *const executions[] = { "side", "line", NULL };
static_assert(EXECUTION_BY_LINE == COUNT_OF(executions) - 1, "a word for each");

#define AT(member) .at = offsetof(struct execution_rule, member)
static const struct entry execution_entries[] = {
    {"on", "execution.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"by", "execution.by must be side or line", AT(by), .form = FORM_WORD, .words = executions},
    {"from", "execution.from must be 1 to 12", AT(from), .form = FORM_U8, .max = 12},
    {"behind", "execution.behind " LIMIT_WRONG, AT(behind), .form = FORM_LIMIT},
    {"over", "execution.over " LIMIT_WRONG, AT(over), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

#define AT(member) .at = offsetof(struct gate_rule, member)
static const struct entry gate_entries[] = {
    {"on", "gate.on must be a boolean", AT(on), .form = FORM_BOOL},
    {"years", "gate.years must be 0 to 5", AT(years), .form = FORM_U8, .from_zero = true,
     .max = POLICY_GATE_YEARS_MAX},
    {"months", "gate.months " LIMIT_WRONG, AT(months), .form = FORM_LIMIT},
    {"surplus", "gate.surplus " LIMIT_WRONG, AT(surplus), .form = FORM_LIMIT},
    {"hold", HOLD_WRONG, AT(hold), .form = FORM_HOLD},
};
#undef AT

static const struct table runway_table = TABLE(runway_entries);
static const struct table deficit_table = TABLE(deficit_entries);
static const struct table provisional_table = TABLE(provisional_entries);
static const struct table restated_table = TABLE(restated_entries);
static const struct table coverage_table = TABLE(coverage_entries);
static const struct table quiet_table = TABLE(quiet_entries);
static const struct table reimbursement_table = TABLE(reimbursement_entries);
static const struct table falling_table = TABLE(falling_entries);
static const struct table contributions_table = TABLE(contributions_entries);
static const struct table net_loss_table = TABLE(net_loss_entries);
static const struct table pace_table = TABLE(pace_entries);
static const struct table duplicates_table = TABLE(duplicates_entries);
static const struct table execution_table = TABLE(execution_entries);
static const struct table gate_table = TABLE(gate_entries);

#define AT(member) .at = offsetof(struct policy, member)
static const struct entry policy_entries[] = {
    {"version", "a policy must have a version, an integer from 1",
     AT(version), .form = FORM_U32, .required = true, .max = UINT32_MAX},
    {"recognition", "recognition must be settlement or disbursement",
     AT(recognition), .form = FORM_WORD, .words = recognitions},
    {"fees", "fees must be arrival or covered",
     AT(fee_basis), .form = FORM_WORD, .words = fee_bases},
    {"clock", "clock must be live or events", AT(clock), .form = FORM_WORD, .words = clocks},
    {"ahead_days", "ahead_days must be 1 to 366", AT(ahead_days), .form = FORM_U16, .max = 366},
    {"runway", "runway must be a map with the keys of PROTOCOL 6",
     AT(runway), .form = FORM_MAP, .table = &runway_table},
    {"deficit", "deficit must be a map with the keys of PROTOCOL 6",
     AT(deficit), .form = FORM_MAP, .table = &deficit_table},
    {"provisional", "provisional must be a map with the keys of PROTOCOL 6",
     AT(provisional), .form = FORM_MAP, .table = &provisional_table},
    {"restated", "restated must be a map with the keys of PROTOCOL 6",
     AT(restated), .form = FORM_MAP, .table = &restated_table},
    {"coverage", "coverage must be an array of at most 8 maps with the keys of PROTOCOL 6",
     AT(coverage), .form = FORM_LIST, .max = POLICY_COVERAGE_MAX, .table = &coverage_table,
     .count_at = offsetof(struct policy, coverage_count), .stride = sizeof(struct coverage_rule)},
    {"quiet", "quiet must be an array of at most 32 maps with the keys of PROTOCOL 6",
     AT(quiet), .form = FORM_LIST, .max = POLICY_QUIET_MAX, .table = &quiet_table,
     .count_at = offsetof(struct policy, quiet_count), .stride = sizeof(struct quiet_rule)},
    {"subsidy", "subsidy must be a map with the keys of PROTOCOL 6",
     AT(subsidy), .form = FORM_MAP, .table = &subsidy_table,
     .count_at = offsetof(struct subsidy_rule, standard_count), .may_be_absent = true},
    {"budget", "budget must be an array of at most 48 maps with the keys of PROTOCOL 6",
     AT(budget), .form = FORM_LIST, .max = POLICY_BUDGET_MAX, .table = &budget_table,
     .count_at = offsetof(struct policy, budget_count), .stride = sizeof(struct budget_line),
     .may_be_absent = true},
    {"reimbursement", "reimbursement must be a map with the keys of PROTOCOL 6",
     AT(reimbursement), .form = FORM_MAP, .table = &reimbursement_table},
    {"falling", "falling must be a map with the keys of PROTOCOL 6",
     AT(falling), .form = FORM_MAP, .table = &falling_table},
    {"contributions", "contributions must be a map with the keys of PROTOCOL 6",
     AT(contributions), .form = FORM_MAP, .table = &contributions_table},
    {"net_loss", "net_loss must be a map with the keys of PROTOCOL 6",
     AT(net_loss), .form = FORM_MAP, .table = &net_loss_table},
    {"pace", "pace must be a map with the keys of PROTOCOL 6",
     AT(pace), .form = FORM_MAP, .table = &pace_table},
    {"duplicates", "duplicates must be a map with the keys of PROTOCOL 6",
     AT(duplicates), .form = FORM_MAP, .table = &duplicates_table},
    {"execution", "execution must be a map with the keys of PROTOCOL 6",
     AT(execution), .form = FORM_MAP, .table = &execution_table},
    {"merged_into", "merged_into must be the code of a place",
     AT(merged_into), .form = FORM_U32, .max = PLACE_MAX, .may_be_absent = true},
    {"rollup", "rollup must be a boolean", AT(rollup), .form = FORM_BOOL, .may_be_absent = true},
    {"books", "books must be unstated, own or sum",
     AT(books), .form = FORM_WORD, .words = books, .may_be_absent = true},
    {"split_into", "split_into must be an array of at most 8 codes of places",
     AT(split_into), .form = FORM_PLACES, .max = POLICY_SPLIT_MAX,
     .count_at = offsetof(struct policy, split_count), .may_be_absent = true},
    {"calendars", "calendars must be an array of at most 8 maps with the keys of PROTOCOL 6",
     AT(calendars), .form = FORM_LIST, .max = POLICY_CALENDARS_MAX, .table = &calendar_table,
     .count_at = offsetof(struct policy, calendar_count), .stride = sizeof(struct calendar_rule),
     .may_be_absent = true},
    {"holidays", "holidays must be an array of at most 48 maps with the keys of PROTOCOL 6",
     AT(holidays), .form = FORM_LIST, .max = CALENDAR_EXCEPTIONS_MAX, .table = &holiday_table,
     .count_at = offsetof(struct policy, holiday_count),
     .stride = sizeof(struct calendar_exception), .may_be_absent = true},
    {"sources", "sources must be an array of at most 64 maps with the keys of PROTOCOL 6",
     AT(sources), .form = FORM_LIST, .max = POLICY_SOURCES_MAX, .table = &source_table,
     .count_at = offsetof(struct policy, source_count), .stride = sizeof(struct source_rule),
     .may_be_absent = true},
    {"completeness", "completeness must be a map with the keys of PROTOCOL 6",
     AT(completeness), .form = FORM_MAP, .table = &completeness_table},
    {"gaps", "gaps must be a map with the keys of PROTOCOL 6",
     AT(gaps), .form = FORM_MAP, .table = &gaps_table},
    {"gate", "gate must be a map with the keys of PROTOCOL 6",
     AT(gate), .form = FORM_MAP, .table = &gate_table},
    {"fee_standards", "fee_standards must be an array of at most 12 maps of year and per_head",
     AT(fees), .form = FORM_LIST, .max = POLICY_FEES_MAX, .table = &fee_table,
     .count_at = offsetof(struct policy, fee_count), .stride = sizeof(struct fee_standard),
     .may_be_absent = true},
};
#undef AT
const struct table policy_table = TABLE(policy_entries);
static_assert(COUNT_OF(policy_entries) <= TABLE_KEYS_MAX, "the largest table");
