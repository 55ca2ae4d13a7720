#include "tests/fund/past.h"

#include "tests/fund/vocabulary.h"

void add_year(struct past *past, const char *income, const char *expenditure)
{
    for (unsigned i = 0; i < 12; i++)
        past->months[past->years * 12 + i] = (struct outlook_month){wan(income), wan(expenditure)};
    past->years++;
}

struct outlook_month *month_of(struct past *past, unsigned year, unsigned month_number)
{
    return &past->months[year * 12 + month_number - 1];
}

struct outlook_history history(const struct past *past)
{
    return (struct outlook_history){
        .last = month(202412), .has_balance = true, .balance = past->balance,
        .months = past->months, .count = past->years * 12,
    };
}

struct outlook look_ahead(const struct past *past)
{
    struct outlook_history h = history(past);
    struct outlook outlook;
    outlook_make(&h, &outlook);
    return outlook;
}
