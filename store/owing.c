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
