#include "store/owing.h"

#include "store/people.h"

void owing_read(struct txn *txn, const struct parts *parts, const struct policy *policy,
                const struct position *runway, struct owing *ret)
{
    struct lines so_far;
    date_day first;
    date_from_civil(DATE_YEAR_MIN, 1, 1, &first);
    books_lines_of(txn, parts, first, runway->books_date, &so_far);
    *ret = owing_to_hospitals(&so_far, &runway->closed);
    ret->subsidy_known = policy->subsidy.standard_count > 0;
    for (unsigned i = 0; i < policy->subsidy.standard_count; i++) {
        const struct subsidy_standard *standard = &policy->subsidy.standards[i];
        struct subsidy_state states[SUBSIDY_LEVELS];
        people_subsidies(txn, parts, &policy->subsidy, standard, runway->books_date, states);
        for (int level = 0; level < SUBSIDY_LEVELS; level++)
            if (standard->levels[level].tranche_count > 0)
                owing_add_subsidy(ret, &states[level].arrears);
    }
}

static bool has_standard(const struct policy *policy, int32_t year)
{
    for (unsigned i = 0; i < policy->subsidy.standard_count; i++)
        if (policy->subsidy.standards[i].year == year)
            return true;
    return false;
}

/* Why the standard of a year cannot go: what is missing when its last tranche has fallen due; or heads that
 * nobody can know yet, as of the books date. */
static struct hindrance why_kept(struct txn *txn, const struct parts *parts, const struct subsidy_rule *rule,
                                 const struct subsidy_standard *standard, date_day books_date)
{
    struct subsidy_state states[SUBSIDY_LEVELS];
    struct owing sum = {.subsidy_known = true};
    bool later = false;
    people_subsidies(txn, parts, rule, standard, date_month_last(DATE_YEAR_MAX * 12 + 11), states);
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        const struct subsidy_level_rule *pays = &standard->levels[level];
        if (states[level].arrears.known == SUBSIDY_KNOWN)
            owing_add_subsidy(&sum, &states[level].arrears);
        later = later || (states[level].due.known != SUBSIDY_KNOWN && pays->tranche_count > 0
                          && pays->heads_date > books_date);
    }
    date_day year = date_month_first(standard->year * 12);
    if (sum.subsidy.fen > 0)
        return hindrance_of(HINDRANCE_STILL_OWED, year, sum.subsidy);
    return later ? hindrance_of(HINDRANCE_OWED_LATER, year, (struct amount){0}) : hindrance_none();
}

struct hindrance owing_obstacle(struct txn *txn, const struct parts *parts, const struct policy *before,
                                const struct policy *after, date_day from, date_day books_date)
{
    int32_t year = date_year(from > books_date ? from : books_date);
    struct hindrance hindrance = hindrance_none();
    for (unsigned i = 0; i < before->subsidy.standard_count && hindrance.why == HINDRANCE_NONE; i++) {
        const struct subsidy_standard *standard = &before->subsidy.standards[i];
        if (standard->year <= year && !has_standard(after, standard->year))
            hindrance = why_kept(txn, parts, &before->subsidy, standard, books_date);
    }
    return hindrance;
}

static void add_if_any(struct evidence *evidence, enum evidence_word word, struct amount amount)
{
    if (amount.fen != 0)
        evidence_add(evidence, word, amount.fen);
}

static void add_if_known(struct evidence *evidence, enum evidence_word word, struct indicator months)
{
    if (months.why == COMPUTABLE)
        evidence_add(evidence, word, ratio_round(months.value, 2));
}

void owing_evidence(const struct owing *owing, struct indicator booked, struct evidence *evidence)
{
    add_if_any(evidence, EVIDENCE_OWED, owing->booked);
    add_if_any(evidence, EVIDENCE_INCURRED, owing->incurred);
    if (owing->subsidy_known)
        add_if_any(evidence, EVIDENCE_OVERDUE, owing->subsidy);
    add_if_known(evidence, EVIDENCE_RUNWAY_OWED, indicator_runway_owed(booked, owing));
    add_if_known(evidence, EVIDENCE_RUNWAY_RECEIVED, indicator_runway_received(booked, owing));
}
