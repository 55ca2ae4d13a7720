/* indicator - figures as ratios of integers, or the reason why there is none. */
#include "fund/indicator.h"

#include <assert.h>
#include <stddef.h>

#include "fund/budget.h"
#include "fund/wide.h"

static const struct {
    const char *word, *sentence;
} reasons[] = {
    [COMPUTABLE]         = {"computable",         "there is a figure"},
    [NC_NO_OPENING]      = {"no_opening",         "the opening balance is not known"},
    [NC_TOO_FEW_MONTHS]  = {"too_few_months",     "fewer months have ended than are needed"},
    [NC_NO_EXPENDITURE]  = {"no_expenditure",     "no expenditure is reported in the months looked at"},
    [NC_NO_NUMERATOR]    = {"no_numerator",       "a figure of the insured that it needs is missing"},
    [NC_NO_DENOMINATOR]  = {"no_denominator",     "no population is stated"},
    [NC_BEFORE_DEADLINE] = {"before_deadline",    "it is not judged yet at this time of the year"},
    [NC_OVERFLOW]        = {"overflow",           "a sum leaves the range of 64 bits"},
    [NC_MONEY_ELSEWHERE] = {"money_elsewhere",    "the balance is held one level up"},
    [NC_NO_STANDARD]     = {"no_standard",        "the subsidy's standard, headcount or due date is missing"},
    [NC_NO_STATEMENT]    = {"no_statement",       "the bank has stated no balance"},
    [NC_NO_BILLS]        = {"no_bills",           "no inpatient bill states what it cost"},
    [NC_NO_LAST_YEAR]    = {"no_last_year",       "nobody counted the insured of the year before"},
    [NC_NO_BUDGET]       = {"no_budget",          "nothing is foreseen for it"},
    [NC_INCOMPLETE]      = {"incomplete",         "too little of what was expected of sources has come"},
    [NC_FUNDS_BEHIND]    = {"funds_behind",
                            "the books of a fund of the place have not come to the day"},
    [NC_NO_INCOME]       = {"no_income",          "a year that it would be made from has no income"},
    [NC_TOO_LITTLE_HISTORY] = {"too_little_history", "fewer than two years of twelve months are closed"},
    [NC_PLACE_ENDED]     = {"place_ended",        "the place was merged or split, and no rule looks at it"},
    [NC_NO_RULE]         = {"no_rule",            "the policy has no such rule any more"},
    [NC_NO_MONEY]        = {"no_money",           "no money of the fund is reported"},
    [NC_MEMBER_IMPORTING] = {"member_importing",
                             "the history of a fund that it is made of is still being entered"},
    [NC_YEAR_PAST]       = {"year_past",          "its year is too long ago to be judged"},
};

#define REASONS (sizeof reasons / sizeof reasons[0])

const char *not_computable_word(enum not_computable why)
{
    return why < REASONS ? reasons[why].word : NULL;
}

const char *not_computable_sentence(enum not_computable why)
{
    return why < REASONS ? reasons[why].sentence : NULL;
}

static struct indicator not_computable(enum not_computable why)
{
    return (struct indicator){.why = why};
}

static struct indicator computed(int64_t num, int64_t den, unsigned mul)
{
    return (struct indicator){.value = {.num = num, .den = den, .mul = (int32_t)mul}};
}

/* The months that a base asks for, whether or not the books reach back so far. */
static void base_months(enum runway_base base, date_day books_date,
                        date_month *ret_from, date_month *ret_to)
{
    date_month ended = date_month_ended_by(books_date);
    switch (base) {
    case RUNWAY_TRAILING_12:
        *ret_from = ended - 11;
        *ret_to = ended;
        return;
    case RUNWAY_YEAR_TO_DATE:
        *ret_from = date_year(books_date) * 12;
        *ret_to = ended;
        return;
    case RUNWAY_CALENDAR_YEAR:
        /* (ended + 1) / 12 is the first year that has not ended. */
        *ret_from = ((ended + 1) / 12 - 1) * 12;
        *ret_to = *ret_from + 11;
        return;
    }
    assert(!"base of the runway");
}

unsigned indicator_months(enum runway_base base, date_month first, date_day books_date,
                          date_month *ret_from, date_month *ret_to)
{
    date_month from, to;
    base_months(base, books_date, &from, &to);
    if (from < first)
        from = first;
    if (to < from)
        return 0;
    *ret_from = from;
    *ret_to = to;
    return (unsigned)(to - from) + 1;
}

date_month indicator_first_month(date_day opening)
{
    return date_month_of(opening) + 1;
}

static __int128 magnitude(__int128 fen)
{
    return fen < 0 ? -fen : fen;
}

/* More than a third of all that moved went up or came down, each line by its magnitude: by their sum, which
 * is 0 or less where more was taken back than spent, a fund without any transfer would pass its money up. */
static bool money_is_elsewhere(const struct lines *lines, struct amount moved)
{
    __int128 up = (__int128)lines->fen[ACCOUNT_E6] + lines->fen[ACCOUNT_E6 + ACCOUNT_PROVISIONAL];
    return 3 * (magnitude(up) + magnitude(lines->fen[ACCOUNT_I6])) > moved.fen;
}

struct indicator indicator_runway(const struct position *p, unsigned min_months)
{
    struct amount moved, expenditure;
    if (p->incomplete)
        return not_computable(NC_FUNDS_BEHIND);
    if (!p->has_opening)
        return not_computable(NC_NO_OPENING);
    if (p->months < 1 || p->months < min_months)
        return not_computable(NC_TOO_FEW_MONTHS);
    if (!lines_moved(&p->closed, &moved) || !lines_expenditure(&p->closed, &expenditure))
        return not_computable(NC_OVERFLOW);
    if (money_is_elsewhere(&p->closed, moved))
        return not_computable(NC_MONEY_ELSEWHERE);
    if (expenditure.fen <= 0)
        return not_computable(NC_NO_EXPENDITURE);
    return computed(p->balance.fen, expenditure.fen, p->months);
}

/* What is owed has a credit balance on L1, and a debit balance on M1.  A debit balance on L1 is what was
 * paid beyond it; beside the books, on M1, a credit balance may as well mean that bills are not reported. */
struct owing owing_to_hospitals(const struct lines *so_far, const struct lines *closed)
{
    int64_t l1 = so_far->fen[ACCOUNT_L1], m1 = so_far->fen[ACCOUNT_M1];
    struct owing owing = {.overpaid = {l1 > 0 ? l1 : 0}};
    if (l1 < 0 && l1 != INT64_MIN)
        owing.booked.fen = -l1;
    if (m1 > 0) {
        owing.incurred.fen = m1;
        owing.in_months.fen = closed->fen[ACCOUNT_M1];
    }
    return owing;
}

void owing_add_subsidy(struct owing *owing, const struct subsidy_arrears *arrears)
{
    if (!arrears->begun || !owing->subsidy_known)
        return;
    if (arrears->known != SUBSIDY_KNOWN)
        owing->subsidy_known = false;
    else if (!arrears->tolerated && !amount_add(owing->subsidy, arrears->arrears, &owing->subsidy))
        owing->subsidy_known = false;
}

struct indicator indicator_runway_owed(struct indicator booked, const struct owing *owing)
{
    struct amount balance, spent;
    if (booked.why != COMPUTABLE)
        return booked;
    if (!amount_sub((struct amount){booked.value.num}, owing->incurred, &balance)
        || !amount_add((struct amount){booked.value.den}, owing->in_months, &spent))
        return not_computable(NC_OVERFLOW);
    if (spent.fen <= 0)
        return not_computable(NC_NO_EXPENDITURE);
    return computed(balance.fen, spent.fen, (unsigned)booked.value.mul);
}

struct indicator indicator_runway_received(struct indicator booked, const struct owing *owing)
{
    struct amount balance;
    if (booked.why != COMPUTABLE)
        return booked;
    if (!owing->subsidy_known)
        return not_computable(NC_NO_STANDARD);
    if (!amount_add((struct amount){booked.value.num}, owing->subsidy, &balance))
        return not_computable(NC_OVERFLOW);
    return computed(balance.fen, booked.value.den, (unsigned)booked.value.mul);
}

struct indicator indicator_deficit(const struct position *p)
{
    struct amount income, expenditure, difference;
    if (p->incomplete)
        return not_computable(NC_FUNDS_BEHIND);
    if (p->months < 12)
        return not_computable(NC_TOO_FEW_MONTHS);
    if (!lines_income(&p->closed, &income) || !lines_expenditure(&p->closed, &expenditure) ||
        !amount_sub(income, expenditure, &difference))
        return not_computable(NC_OVERFLOW);
    if (expenditure.fen <= 0)
        return not_computable(NC_NO_EXPENDITURE);
    return computed(difference.fen, expenditure.fen, 1);
}

struct indicator indicator_provisional(const struct position *p)
{
    struct amount provisional, expenditure;
    if (p->incomplete)
        return not_computable(NC_FUNDS_BEHIND);
    if (p->months < 1)
        return not_computable(NC_TOO_FEW_MONTHS);
    if (!lines_provisional(&p->closed, &provisional) ||
        !lines_expenditure(&p->closed, &expenditure))
        return not_computable(NC_OVERFLOW);
    if (expenditure.fen <= 0)
        return not_computable(NC_NO_EXPENDITURE);
    /* In months in which more was taken back of payments on account than was paid, none of it is on account.
     * */
    return computed(provisional.fen > 0 ? provisional.fen : 0, expenditure.fen, 1);
}

struct indicator indicator_restated(const struct position *p, struct amount moved)
{
    struct amount expenditure;
    if (p->months < 1)
        return not_computable(NC_TOO_FEW_MONTHS);
    if (!lines_expenditure(&p->closed, &expenditure))
        return not_computable(NC_OVERFLOW);
    if (expenditure.fen <= 0)
        return not_computable(NC_NO_EXPENDITURE);
    return computed(moved.fen, expenditure.fen, 1);
}

struct indicator indicator_statement(const struct bank_check *check)
{
    struct amount difference;
    if (!check->has_statement)
        return not_computable(NC_NO_STATEMENT);
    if (!check->has_opening)
        return not_computable(NC_NO_OPENING);
    if (!amount_sub(check->stated, check->booked, &difference))
        return not_computable(NC_OVERFLOW);
    return computed(difference.fen, 1, 1);
}

const char *reimbursement_word(enum reimbursement which)
{
    switch (which) {
    case REIMBURSEMENT_IN_POLICY:
        return "in_policy";
    case REIMBURSEMENT_ACTUAL:
        return "actual";
    case REIMBURSEMENTS:
        break;
    }
    return NULL;
}

struct indicator indicator_reimbursement(const struct position *p, enum reimbursement which)
{
    bool actual = which == REIMBURSEMENT_ACTUAL;
    int64_t cost = p->closed.fen[actual ? ACCOUNT_S1 : ACCOUNT_S2];
    int64_t part = p->closed.fen[actual ? ACCOUNT_S3 : ACCOUNT_S4];
    if (p->incomplete)
        return not_computable(NC_FUNDS_BEHIND);
    if (p->months < 1)
        return not_computable(NC_TOO_FEW_MONTHS);
    if (cost <= 0)
        return not_computable(NC_NO_BILLS);
    return computed(part, cost, 1);
}

/* B0 * m0 / E0 - B1 * m1 / E1 over one denominator, in ten-thousandths rounded up. */
static bool months_lost(struct ratio was, struct ratio is, struct amount *ret)
{
    __int128 first = (__int128)was.num * was.mul, second = (__int128)is.num * is.mul, lost;
    if (__builtin_mul_overflow(first, (__int128)is.den, &first) ||
        __builtin_mul_overflow(second, (__int128)was.den, &second) ||
        __builtin_sub_overflow(first, second, &lost) || __builtin_mul_overflow(lost, E4, &lost))
        return false;
    return wide_to_amount(wide_ceil(lost, (__int128)was.den * is.den), ret);
}

struct indicator indicator_falling(const struct position *before, const struct position *now,
                                   unsigned min_months)
{
    struct indicator was = indicator_runway(before, min_months);
    struct indicator is = indicator_runway(now, min_months);
    struct amount lost;
    if (is.why != COMPUTABLE)
        return is;
    if (was.why != COMPUTABLE)
        return was;
    if (!months_lost(was.value, is.value, &lost))
        return not_computable(NC_OVERFLOW);
    return computed(lost.fen, E4, 1);
}

struct indicator indicator_collected(struct amount collected, struct amount expected)
{
    assert(expected.fen > 0);
    return computed(collected.fen, expected.fen, 1);
}

struct indicator indicator_executed(const struct budget_item *item)
{
    if (item->overflowed)
        return not_computable(NC_OVERFLOW);
    if (item->foreseen.fen <= 0)
        return not_computable(NC_NO_BUDGET);
    return computed(item->executed.fen, item->foreseen.fen, 1);
}

int64_t headcount_insured(const struct headcount *heads, bool by_person)
{
    if (!by_person)
        return heads->reported;
    return heads->paid < 0 ? HEADS_UNKNOWN : heads->paid - heads->left;
}

bool loss_is_by_person(const struct headcount *last_year, const struct headcount *now)
{
    bool counted = headcount_insured(last_year, false) > 0 && headcount_insured(now, false) >= 0;
    return !counted && headcount_insured(last_year, true) > 0 && headcount_insured(now, true) >= 0;
}

struct indicator indicator_loss(const struct headcount *last_year, const struct headcount *now)
{
    bool by_person = loss_is_by_person(last_year, now);
    int64_t then = headcount_insured(last_year, by_person), insured = headcount_insured(now, by_person);
    if (insured < 0 && headcount_insured(now, !by_person) < 0)
        return not_computable(NC_NO_NUMERATOR);
    if (insured < 0 || then <= 0)
        return not_computable(NC_NO_LAST_YEAR);
    return computed(then - insured, then, 1);
}

struct indicator indicator_pace(int64_t a_year_ago, int64_t now)
{
    if (now < 0)
        return not_computable(NC_NO_NUMERATOR);
    if (a_year_ago <= 0)
        return not_computable(NC_NO_LAST_YEAR);
    return computed(a_year_ago - now, a_year_ago, 1);
}

/* Nobody reports duplicates before there are any. */
static int64_t less_duplicates(int64_t count, const struct headcount *heads)
{
    return count < 0 || heads->duplicates < 0 ? count
         : count > heads->duplicates ? count - heads->duplicates : 0;
}

struct headcount headcount_unknown(void)
{
    struct headcount heads = {
        .paid = HEADS_UNKNOWN, .registered = HEADS_UNKNOWN, .reported = HEADS_UNKNOWN,
        .employees = HEADS_UNKNOWN, .resident = HEADS_UNKNOWN, .registered_population = HEADS_UNKNOWN,
        .last_year = HEADS_UNKNOWN, .left = HEADS_UNKNOWN, .doubled = HEADS_UNKNOWN,
        .elsewhere = HEADS_UNKNOWN, .duplicates = HEADS_UNKNOWN, .paid_once = HEADS_UNKNOWN,
        .reported_once = HEADS_UNKNOWN,
    };
    for (int numerator = 0; numerator <= NUMERATOR_LAST; numerator++)
        heads.year_before[numerator] = HEADS_UNKNOWN;
    return heads;
}

void headcount_once(struct headcount *heads)
{
    heads->paid_once = heads->paid < 0 ? HEADS_UNKNOWN
        : less_duplicates(heads->paid - heads->left - heads->elsewhere, heads);
    heads->reported_once = less_duplicates(heads->reported, heads);
}

struct heads_band headcount_band(const struct headcount *heads)
{
    if (heads->paid < 0)
        return (struct heads_band){HEADS_UNKNOWN, HEADS_UNKNOWN};
    int64_t here = heads->paid - heads->left;
    return (struct heads_band){less_duplicates(here - heads->doubled, heads), here};
}

/* Heads of both together; HEADS_UNKNOWN if either is. */
static __int128 heads_and_employees(int64_t heads, int64_t employees)
{
    return heads < 0 || employees < 0 ? HEADS_UNKNOWN : (__int128)heads + employees;
}

static __int128 numerator_of(enum coverage_numerator numerator, const struct headcount *heads)
{
    switch (numerator) {
    case NUMERATOR_PAID:
        return heads->paid;
    case NUMERATOR_REGISTERED:
        return heads->registered;
    case NUMERATOR_REPORTED:
        return heads->reported;
    case NUMERATOR_REPORTED_AND_EMPLOYEES:
        return heads_and_employees(heads->reported, heads->employees);
    case NUMERATOR_PAID_AND_EMPLOYEES:
        return heads_and_employees(heads->paid, heads->employees);
    case NUMERATOR_PAID_ONCE:
        return heads->paid_once;
    case NUMERATOR_REPORTED_ONCE:
        return heads->reported_once;
    }
    return HEADS_UNKNOWN;
}

int64_t headcount_of(const struct headcount *heads, enum coverage_numerator numerator)
{
    __int128 count = numerator_of(numerator, heads);
    return count > INT64_MAX ? HEADS_UNKNOWN : (int64_t)count;
}

/* The figures that a numerator is made of. */
static uint32_t parts_of_numerator(enum coverage_numerator numerator)
{
    switch (numerator) {
    case NUMERATOR_PAID:
        return HEADS_BIT(PAID);
    case NUMERATOR_REGISTERED:
        return HEADS_BIT(REGISTERED);
    case NUMERATOR_REPORTED:
        return HEADS_BIT(REPORTED);
    case NUMERATOR_REPORTED_AND_EMPLOYEES:
        return HEADS_BIT(REPORTED) | HEADS_BIT(EMPLOYEES);
    case NUMERATOR_PAID_AND_EMPLOYEES:
        return HEADS_BIT(PAID) | HEADS_BIT(EMPLOYEES);
    case NUMERATOR_PAID_ONCE:
        return HEADS_BIT(PAID_ONCE) | HEADS_BIT(DUPLICATES);
    case NUMERATOR_REPORTED_ONCE:
        return HEADS_BIT(REPORTED) | HEADS_BIT(DUPLICATES);
    }
    return 0;
}

int64_t headcount_last_year(const struct headcount *heads, enum coverage_numerator numerator)
{
    return heads->last_year != HEADS_UNKNOWN ? heads->last_year : heads->year_before[numerator];
}

static uint32_t part_of_last_year(const struct headcount *heads, enum coverage_numerator numerator)
{
    return heads->last_year != HEADS_UNKNOWN ? HEADS_BIT(LAST_YEAR) : HEADS_YEAR_BEFORE(numerator);
}

bool headcount_last_year_is_derived(const struct headcount *heads, enum coverage_numerator numerator)
{
    return (heads->derived & part_of_last_year(heads, numerator)) != 0;
}

static uint32_t part_of_denominator(const struct coverage_rule *rule, const struct headcount *heads)
{
    switch ((enum coverage_denominator)rule->denominator) {
    case DENOMINATOR_RESIDENT:
        return HEADS_BIT(RESIDENT);
    case DENOMINATOR_REGISTERED:
        return HEADS_BIT(REGISTERED_POPULATION);
    case DENOMINATOR_LAST_YEAR:
        return part_of_last_year(heads, rule->numerator);
    }
    return 0;
}

bool headcount_is_derived(const struct headcount *heads, enum coverage_numerator numerator)
{
    return (heads->derived & parts_of_numerator(numerator)) != 0;
}

bool coverage_is_derived(const struct coverage_rule *rule, const struct headcount *heads)
{
    return headcount_is_derived(heads, rule->numerator)
        || (heads->derived & part_of_denominator(rule, heads)) != 0;
}

static int64_t denominator_of(const struct coverage_rule *rule, const struct headcount *heads)
{
    switch ((enum coverage_denominator)rule->denominator) {
    case DENOMINATOR_RESIDENT:
        return heads->resident;
    case DENOMINATOR_REGISTERED:
        return heads->registered_population;
    case DENOMINATOR_LAST_YEAR:
        return headcount_last_year(heads, rule->numerator);
    }
    return HEADS_UNKNOWN;
}

static bool deadline_reached(const struct coverage_rule *rule, date_day books_date)
{
    int year, month, dom;
    date_to_civil(books_date, &year, &month, &dom);
    return month * 100 + dom >= rule->deadline_month * 100 + rule->deadline_day;
}

int32_t coverage_year(const struct coverage_rule *rule, date_day books_date)
{
    int32_t before = deadline_reached(rule, books_date) ? 0 : 1;
    int32_t ahead = rule->year == COVERAGE_OF_COMING_YEAR ? 1 : 0;
    return date_year(books_date) - before + ahead;
}

date_day coverage_day(const struct coverage_rule *rule, date_day books_date)
{
    bool ended = coverage_year(rule, books_date) < date_year(books_date);
    return ended ? date_year_before(books_date) : books_date;
}

struct indicator indicator_coverage(const struct coverage_rule *rule,
                                    const struct headcount *heads, date_day books_date)
{
    __int128 numerator = numerator_of((enum coverage_numerator)rule->numerator, heads);
    if (numerator < 0 && coverage_day(rule, books_date) < books_date)
        return not_computable(NC_BEFORE_DEADLINE);
    if (numerator < 0)
        return not_computable(NC_NO_NUMERATOR);
    if (numerator > INT64_MAX)
        return not_computable(NC_OVERFLOW);
    int64_t denominator = denominator_of(rule, heads);
    if (denominator <= 0)
        return not_computable(rule->denominator == DENOMINATOR_LAST_YEAR ? NC_NO_LAST_YEAR
                                                                         : NC_NO_DENOMINATOR);
    return computed((int64_t)numerator, denominator, 1);
}

struct indicator indicator_duplicates(const struct headcount *heads)
{
    bool by_person = heads->paid >= 0;
    int64_t insured = headcount_insured(heads, by_person);
    int64_t reported = heads->duplicates > 0 ? heads->duplicates : 0;
    if (insured <= 0 || (!by_person && heads->duplicates < 0))
        return not_computable(NC_NO_NUMERATOR);
    return computed((by_person ? heads->doubled : 0) + reported, insured, 1);
}
