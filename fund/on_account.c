/* on_account - payments on account, clearings, and what they leave. */
#include "fund/on_account.h"

#include "fund/account.h"
#include "fund/wide.h"

/* Adds what one side of a leg does to a provisional line; the other side is `against`. */
static void add_side(struct on_account *sum, unsigned account, unsigned against, int64_t debit)
{
    if (!account_is_provisional(account))
        return;
    if (against >= ACCOUNT_E_FIRST && against <= ACCOUNT_E_LAST)
        sum->cleared -= debit;
    else
        sum->paid += debit;
}

struct on_account on_account_of(const struct posting *posting)
{
    struct on_account sum = {0};
    for (unsigned i = 0; i < posting->count; i++) {
        const struct leg *leg = &posting->legs[i];
        add_side(&sum, leg->debit, leg->credit, leg->amount.fen);
        add_side(&sum, leg->credit, leg->debit, -leg->amount.fen);
    }
    return sum;
}

struct on_account on_account_undone(const struct posting *posted, const struct posting *opposite)
{
    struct on_account sum = on_account_of(opposite);
    sum.undone = on_account_of(posted).paid + sum.paid;
    return sum;
}

bool on_account_is_empty(const struct on_account *sum)
{
    return sum->paid == 0 && sum->cleared == 0 && sum->undone == 0;
}

static bool add(int64_t a, int64_t b, int64_t *ret)
{
    return !__builtin_add_overflow(a, b, ret) && *ret <= ON_ACCOUNT_MAX && *ret >= -ON_ACCOUNT_MAX;
}

bool on_account_add(struct on_account *sum, const struct on_account *addend)
{
    struct on_account result;
    if (!add(sum->paid, addend->paid, &result.paid) || !add(sum->cleared, addend->cleared, &result.cleared)
        || !add(sum->undone, addend->undone, &result.undone))
        return false;
    *sum = result;
    return true;
}

int64_t on_account_provisional(const struct on_account *all, int64_t paid)
{
    __int128 left = (__int128)all->paid - all->cleared - all->undone;
    if (left == all->paid)              /* nothing of it is final */
        return paid;
    if (all->paid <= 0 || left <= 0)
        return 0;
    return (int64_t)wide_round(left * paid, all->paid);
}
