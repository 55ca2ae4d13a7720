/* budget - from the lines of a budget to the instances of its rule. */
#include "fund/budget.h"

#include <stdio.h>

#include "fund/account.h"
#include "fund/event.h"
#include "fund/posting.h"

bool budget_is_expenditure(const struct budget_line *line)
{
    return account_info(posting_account(line->category))->class == CLASS_EXPENDITURE;
}

bool budget_is_subsidy(const struct budget_line *line)
{
    return line->category >= CATEGORY_CENTRAL && line->category <= CATEGORY_COUNTY;
}

struct amount budget_moved(const struct budget_line *line, const struct lines *lines)
{
    enum account account = posting_account(line->category);
    if (!budget_is_expenditure(line))
        return (struct amount){-lines->fen[account]};
    return (struct amount){lines->fen[account] + lines->fen[account_provisional(account)]};
}

/* The item that a line belongs to, new or of a line before it. */
static struct budget_item *item_of(const struct policy *policy, const struct budget_line *line,
                                   struct budget_item *items, unsigned *count)
{
    bool is_expenditure = budget_is_expenditure(line);
    bool by_line = policy->execution.by == EXECUTION_BY_LINE;
    for (unsigned i = 0; i < *count && !by_line; i++)
        if (items[i].year == line->year && items[i].is_expenditure == is_expenditure)
            return &items[i];
    items[*count] = (struct budget_item){
        .year = line->year,
        .is_expenditure = is_expenditure,
        .category = by_line ? line->category : CATEGORY_NONE,
    };
    return &items[(*count)++];
}

unsigned budget_items(const struct policy *policy, const struct amount executed[POLICY_BUDGET_MAX],
                      struct budget_item ret[POLICY_BUDGET_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < policy->budget_count && policy->execution.on; i++) {
        struct budget_item *item = item_of(policy, &policy->budget[i], ret, &count);
        if (!amount_add(item->foreseen, policy->budget[i].amount, &item->foreseen)
            || !amount_add(item->executed, executed[i], &item->executed))
            item->overflowed = true;
    }
    return count;
}

const char *budget_name(const struct budget_item *item, char name[BUDGET_NAME_SIZE])
{
    const char *what = item->is_expenditure ? "expenditure" : "income";
    if (item->category != CATEGORY_NONE)
        what = account_info(posting_account(item->category))->code;
    snprintf(name, BUDGET_NAME_SIZE, "%d-%s", (int)item->year, what);
    return name;
}

unsigned budget_months(int32_t year, date_day books_date)
{
    int32_t months = date_month_ended_by(books_date) - (year * 12 - 1);
    return months < 0 ? 0 : months > 12 ? 12 : (unsigned)months;
}
