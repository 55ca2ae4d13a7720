/* causes - all parts over one denominator, E0 * E1, in hundredths. */
#include "fund/causes.h"

#include <assert.h>
#include <stddef.h>

#include "fund/wide.h"

#define HUNDREDTHS 100

const char *cause_kind_word(enum cause_kind kind)
{
    switch (kind) {
    case CAUSE_BALANCE:
        return "balance";
    case CAUSE_AVERAGE:
        return "average";
    case CAUSE_RESTATED:
        return "restated";
    case CAUSE_BASE:
        return "base";
    case CAUSE_MERGED:
        return "merged";
    }
    return NULL;
}

struct split {
    const struct position *before, *after;
    __int128 old_year, new_year;    /* E0, E1: expenditure over the positions' months */
    __int128 unexplained;           /* of the change of the balance */
    bool overflow;
    struct causes causes;
    __int128 rest[CAUSES_MAX];      /* what rounding each of them down left, over E0 * E1 */
};

/* A cause of a * b / (E0 * E1) months. */
static void add(struct split *split, enum cause_kind kind, enum account account,
                __int128 a, __int128 b)
{
    __int128 scaled, whole = split->old_year * split->new_year;
    if (__builtin_mul_overflow(a, b, &scaled) ||
        __builtin_mul_overflow(scaled, HUNDREDTHS, &scaled)) {
        split->overflow = true;
        return;
    }
    if (scaled == 0)
        return;
    struct amount floor;
    if (!wide_to_amount(wide_floor(scaled, whole), &floor)) {
        split->overflow = true;
        return;
    }
    unsigned i = split->causes.count++;
    assert(i < CAUSES_MAX);
    split->causes.items[i] = (struct cause){kind, account, floor.fen};
    split->rest[i] = wide_rest(scaled, whole);
}

/* A line's sum, debit positive, its provisional twin included. */
static __int128 on_line(const struct lines *lines, const struct account_info *info)
{
    __int128 fen = lines->fen[info->account];
    if (info->class == CLASS_EXPENDITURE)
        fen += lines->fen[account_provisional(info->account)];
    return fen;
}

static void add_balance(struct split *split, const struct account_info *info,
                        const struct lines *flow)
{
    __int128 effect = -on_line(flow, info);
    split->unexplained -= effect;
    add(split, CAUSE_BALANCE, info->account, effect, split->before->months * split->new_year);
}

static void add_average(struct split *split, enum cause_kind kind, const struct account_info *info)
{
    __int128 was = on_line(&split->before->closed, info) * split->after->months;
    __int128 is = on_line(&split->after->closed, info) * split->before->months;
    add(split, kind, info->account, split->after->balance.fen, was - is);
}

static void add_all(struct split *split, const struct between *between)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    for (unsigned i = 0; i < count; i++) {
        enum account_class class = chart[i].class;
        if (class == CLASS_INCOME || class == CLASS_EXPENDITURE || class == CLASS_OPENING)
            add_balance(split, &chart[i], &between->flow);
    }
    for (unsigned i = 0; i < count; i++) {
        if (chart[i].class == CLASS_EXPENDITURE)
            add_average(split, between->other_base ? CAUSE_BASE : CAUSE_AVERAGE, &chart[i]);
    }
    split->unexplained -= between->merged.fen;
    add(split, CAUSE_MERGED, ACCOUNT_NONE, between->merged.fen, split->before->months * split->new_year);
    add(split, CAUSE_RESTATED, ACCOUNT_NONE, split->unexplained,
        split->before->months * split->new_year);
}

static unsigned largest_rest(const struct split *split)
{
    unsigned largest = 0;
    for (unsigned i = 1; i < split->causes.count; i++) {
        if (split->rest[i] > split->rest[largest])
            largest = i;
    }
    return largest;
}

/* Hands out the hundredths that rounding down left over.  False if they are not fewer than the causes
 * with a rest, as they always are unless a runway was too long to be shown. */
static bool distribute(struct split *split)
{
    struct causes *causes = &split->causes;
    __int128 left = (__int128)causes->after - causes->before;
    for (unsigned i = 0; i < causes->count; i++)
        left -= causes->items[i].hundredths;
    if (left < 0 || left > causes->count)
        return false;
    for (; left > 0; left--) {
        unsigned i = largest_rest(split);
        causes->items[i].hundredths++;
        split->rest[i] = -1;
    }
    return true;
}

struct causes causes_of(const struct position *before, const struct position *after,
                        const struct between *between)
{
    struct indicator was = indicator_runway(before, 1), is = indicator_runway(after, 1);
    if (was.why != COMPUTABLE)
        return (struct causes){.why = was.why};
    if (is.why != COMPUTABLE)
        return (struct causes){.why = is.why};

    struct split split = {
        .before = before, .after = after,
        .old_year = was.value.den, .new_year = is.value.den,
        .unexplained = (__int128)after->balance.fen - before->balance.fen,
        .causes = {
            .before = ratio_round(was.value, CAUSES_DECIMALS),
            .after = ratio_round(is.value, CAUSES_DECIMALS),
        },
    };
    add_all(&split, between);
    if (split.overflow || !distribute(&split))
        return (struct causes){.why = NC_OVERFLOW};
    return split.causes;
}
