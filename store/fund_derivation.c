/* fund_derivation - which of a fund's figures are derived, by the parts of what they are made of. */
#include "store/derivations.h"
#include "store/parts.h"
#include "store/people.h"
#include "store/view.h"

/* The derived parts over the closed months that a base takes as of a day. */
static struct lines closed(struct txn *txn, const struct parts *parts, enum runway_base base,
                           date_month first, date_day as_of)
{
    struct lines lines = {0};
    date_month from, to;
    if (indicator_months(base, first, as_of, &from, &to) > 0)
        derivations_lines(txn, parts, date_month_first(from), date_month_last(to), &lines);
    return lines;
}

static bool balance_of(struct txn *txn, const struct parts *parts, date_day day,
                       const struct fund_view *fund)
{
    return fund->opening_derived || derivations_balance(txn, parts, day);
}

static void fill_runways(struct txn *txn, const struct parts *parts, date_day date, struct fund_view *fund)
{
    struct fund_derivation *derived = &fund->derived;
    struct lines so_far, lines = closed(txn, parts, fund->policy.runway.base, fund->runway.first_month, date);
    derivations_lines(txn, parts, INT32_MIN, date, &so_far);
    derived->balance = balance_of(txn, parts, date, fund);
    derived->margin = derivations_margin(txn, parts, date);
    derived->income = derivations_moved(lines_income, &lines);
    derived->expenditure = derivations_moved(lines_expenditure, &lines);
    derived->provisional = derivations_moved(lines_provisional, &lines);
    derived->runway = derived->balance || derived->expenditure;
    derived->runway_owed = derived->runway || so_far.fen[ACCOUNT_M1] != 0 || lines.fen[ACCOUNT_M1] != 0;
}

/* Overdue subsidy is computed by the policy; without any, whether it would be there rests on heads and on
 * what has come. */
bool derivations_overdue(struct txn *txn, const struct parts *parts, date_day date,
                         const struct policy *policy, struct amount overdue)
{
    bool derived = overdue.fen != 0;
    for (unsigned i = 0; i < policy->subsidy.standard_count; i++) {
        const struct subsidy_standard *standard = &policy->subsidy.standards[i];
        struct subsidy_state states[SUBSIDY_LEVELS];
        people_subsidies(txn, parts, &policy->subsidy, standard, date, states);
        for (int level = 0; level < SUBSIDY_LEVELS; level++)
            if (standard->levels[level].tranche_count > 0)
                derived |= states[level].due_derived
                        || derivations_received(txn, parts, standard->year,
                                                (uint8_t)(CATEGORY_CENTRAL + level), date);
    }
    return derived;
}

static void fill_ratios(struct txn *txn, const struct parts *parts, date_day date, struct fund_view *fund)
{
    struct fund_derivation *derived = &fund->derived;
    struct lines year = closed(txn, parts, RUNWAY_TRAILING_12, fund->trailing.first_month, date);
    struct lines bills = closed(txn, parts, fund->policy.reimbursement.base, fund->bills.first_month, date);
    derived->deficit = derivations_moved(lines_income, &year) || derivations_moved(lines_expenditure, &year);
    derived->provisional_share =
        derivations_moved(lines_provisional, &year) || derivations_moved(lines_expenditure, &year);
    derived->reimbursement[REIMBURSEMENT_ACTUAL] =
        bills.fen[ACCOUNT_S1] != 0 || bills.fen[ACCOUNT_S3] != 0;
    derived->reimbursement[REIMBURSEMENT_IN_POLICY] =
        bills.fen[ACCOUNT_S2] != 0 || bills.fen[ACCOUNT_S4] != 0;
}

static void fill_falling(struct txn *txn, const struct parts *parts, date_day date, struct fund_view *fund)
{
    date_day earlier = date_months_before(date, fund->policy.falling.months);
    struct lines lines =
        closed(txn, parts, fund->policy.runway.base, fund->earlier.first_month, earlier);
    fund->derived.falling = fund->derived.runway || derivations_moved(lines_expenditure, &lines)
                         || balance_of(txn, parts, earlier, fund);
}

/* The bits of a headcount of a year by a day, persons included. */
static struct headcount insured(struct txn *txn, const struct parts *parts, int32_t year, date_day day)
{
    struct headcount heads = people_insured(txn, parts, year, day);
    heads.derived |= derivations_persons(txn, parts, year, day);
    return heads;
}

void derivations_people(struct txn *txn, const struct parts *parts, int32_t year, date_day day,
                        struct headcount *heads)
{
    date_day ended = date_month_first(year * 12) - 1;
    struct headcount before = {
        .derived = derivations_persons(txn, parts, year - 1, ended < day ? ended : day),
    };
    heads->derived |= derivations_persons(txn, parts, year, day);
    for (int numerator = NUMERATOR_PAID; numerator <= NUMERATOR_LAST; numerator++)
        if (headcount_is_derived(&before, numerator))
            heads->derived |= HEADS_YEAR_BEFORE(numerator);
}

static void fill_people(struct txn *txn, const struct parts *parts, date_day date, struct fund_view *fund)
{
    date_day earlier = date_months_before(date, 12);
    int32_t year = date_year(date);
    enum coverage_numerator numerator = fund->policy.pace.numerator;
    struct headcount last_year = insured(txn, parts, date_year(earlier), earlier);
    struct headcount before = insured(txn, parts, year, earlier), coming = insured(txn, parts, year + 1,
                                                                                   date);
    uint32_t counted = loss_is_by_person(&last_year, &fund->heads) ? HEADS_BIT(PAID) | HEADS_BIT(LEFT)
                                                                   : HEADS_BIT(REPORTED);
    derivations_people(txn, parts, year, date, &fund->heads);
    derivations_people(txn, parts, year - 1, date_year_before(date), &fund->year_before);
    derivations_people(txn, parts, year + 1, date, &fund->coming_year);
    fund->derived.net_loss = ((last_year.derived | fund->heads.derived) & counted) != 0;
    fund->derived.pace = headcount_is_derived(&before, numerator) || headcount_is_derived(&coming, numerator);
}

void derivations_fill(struct txn *txn, const struct parts *parts, date_day date, struct fund_view *fund)
{
    const struct contributions_rule *contributions = &fund->policy.contributions;
    fill_runways(txn, parts, date, fund);
    fund->derived.runway_received =
        fund->derived.runway || derivations_overdue(txn, parts, date, &fund->policy, fund->owing.subsidy);
    fill_ratios(txn, parts, date, fund);
    fill_falling(txn, parts, date, fund);
    fill_people(txn, parts, date, fund);
    for (unsigned i = 0; i < contributions->expected_count; i++)
        fund->derived.collected[i] = derivations_collected(txn, parts, contributions->expected[i].year, date);
    derivations_executed(txn, parts, &fund->policy, date, fund->derived.executed);
}
