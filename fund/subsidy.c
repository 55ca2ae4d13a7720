/* subsidy - sums in units of fen / whole, divided once at the end.
 *
 * heads (10^10) * rate (10^7 fen * 10^6 parts) is under 10^24, far inside 128 bits; divided by
 * `whole` a level's due is under 10^18 for each level that it pays for, and so inside 64. */
#include "fund/subsidy.h"

#include <stddef.h>

#include "fund/wide.h"

static const struct {
    const char *word, *sentence;
} reasons[] = {
    [SUBSIDY_KNOWN]         = {"known",         "there is a figure"},
    [SUBSIDY_NO_STANDARD]   = {"no_standard",   "no standard per head is given for the year"},
    [SUBSIDY_NO_HEADS]      = {"no_heads",      "no headcount is given for the level"},
    [SUBSIDY_NO_GROUP]      = {"no_group",      "no headcount is given for a group with a rule of its own"},
    [SUBSIDY_GROUPS_EXCEED] = {"groups_exceed", "the groups have more heads than there are"},
    [SUBSIDY_NO_DUE_DATE]   = {"no_due_date",   "it is not said when the level has to pay"},
    [SUBSIDY_NO_MONEY]      = {"no_money",      "no money of the fund is reported"},
};

const char *subsidy_level_word(enum subsidy_level level)
{
    static const char *const words[SUBSIDY_LEVELS] = {"central", "province", "city", "county"};
    return level < SUBSIDY_LEVELS ? words[level] : NULL;
}

#define REASONS (sizeof reasons / sizeof reasons[0])

const char *subsidy_known_word(enum subsidy_known known)
{
    return known < REASONS ? reasons[known].word : NULL;
}

const char *subsidy_known_sentence(enum subsidy_known known)
{
    return known < REASONS ? reasons[known].sentence : NULL;
}

static bool per_head_in_range(struct amount per_head)
{
    return per_head.fen >= 0 && per_head.fen <= SUBSIDY_PER_HEAD_MAX;
}

static const char *check_level(const struct subsidy_level_rule *rule)
{
    if (!per_head_in_range(rule->own))
        return "a level's own rate must be 0 to 100,000 yuan per head";
    if (rule->parts != 0 && rule->own.fen != 0)
        return "a level pays a share of the standard or a rate of its own, not both";
    if (rule->base < SUBSIDY_HEADS_STATED || rule->base > SUBSIDY_HEADS_DEDUPLICATED)
        return "a level's headcount must be as stated or without duplicates";
    if (rule->tranche_count > SUBSIDY_TRANCHES_MAX)
        return "a level pays in at most 4 tranches";
    for (unsigned i = 0; i < rule->tranche_count; i++) {
        if (rule->tranches[i].parts < 1 || rule->tranches[i].parts > SUBSIDY_PARTS_MAX)
            return "a tranche must have 1 to 1,000,000 parts";
        if (i > 0 && rule->tranches[i].due <= rule->tranches[i - 1].due)
            return "a level's tranches must be in the order of their dates";
    }
    return NULL;
}

static const char *check_levels(const struct subsidy_standard *standard)
{
    uint64_t parts = 0;
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++) {
        const char *wrong = check_level(&standard->levels[level]);
        if (wrong != NULL)
            return wrong;
        parts += standard->levels[level].parts;
    }
    return parts > standard->whole ? "the levels' shares are more than the whole" : NULL;
}

static const char *check_exception(const struct subsidy_exception *exception)
{
    if (exception->kind < SUBSIDY_PAID_BY || exception->kind > SUBSIDY_LUMP)
        return "an exception is another payer or a lump sum";
    if (exception->level >= SUBSIDY_LEVELS || exception->group >= SUBSIDY_GROUPS_MAX)
        return "an exception's level or group is not known";
    if (exception->kind == SUBSIDY_PAID_BY &&
        (exception->payer >= SUBSIDY_LEVELS || exception->payer == exception->level))
        return "an exception's payer must be another level";
    if (exception->kind == SUBSIDY_PAID_BY && exception->lump.fen != 0)
        return "an exception with another payer has no lump sum";
    if (exception->lump.fen < 0 || exception->lump.fen > AMOUNT_EVENT_MAX)
        return "an exception's lump sum is out of range";
    return NULL;
}

static const char *check_exceptions(const struct subsidy_standard *standard)
{
    if (standard->exception_count > SUBSIDY_EXCEPTIONS_MAX)
        return "a standard has at most 16 exceptions";
    for (unsigned i = 0; i < standard->exception_count; i++) {
        const struct subsidy_exception *e = &standard->exceptions[i];
        const char *wrong = check_exception(e);
        if (wrong != NULL)
            return wrong;
        for (unsigned before = 0; before < i; before++) {
            if (standard->exceptions[before].level == e->level &&
                standard->exceptions[before].group == e->group)
                return "two exceptions are about the same level and group";
        }
    }
    return NULL;
}

const char *subsidy_check(const struct subsidy_standard *standard)
{
    if (standard->year < DATE_YEAR_MIN || standard->year > DATE_YEAR_MAX)
        return "the standard's year must be 1990 to 2199";
    if (!per_head_in_range(standard->per_head))
        return "the standard must be 0 to 100,000 yuan per head";
    if (standard->whole < 1 || standard->whole > SUBSIDY_PARTS_MAX)
        return "the whole that shares are parts of must be 1 to 1,000,000";
    const char *wrong = check_levels(standard);
    return wrong != NULL ? wrong : check_exceptions(standard);
}

/* Fen per head, times `whole`. */
static int64_t rate_of(const struct subsidy_standard *standard, unsigned level)
{
    const struct subsidy_level_rule *rule = &standard->levels[level];
    if (rule->own.fen != 0)
        return rule->own.fen * standard->whole;
    return standard->per_head.fen * rule->parts;
}

struct ratio subsidy_per_head(const struct subsidy_standard *standard, enum subsidy_level level)
{
    return (struct ratio){rate_of(standard, level), standard->whole, 1};
}

/* A level's due while it is being summed up. */
struct sum {
    enum subsidy_known known;       /* the first reason why there is no figure */
    __int128 parts;                 /* fen * whole */
};

static void lack(struct sum *sum, enum subsidy_known why)
{
    if (sum->known == SUBSIDY_KNOWN)
        sum->known = why;
}

/* Takes the group's heads off the level's, and adds what is paid for them instead. */
static void except(const struct subsidy_standard *standard, const struct subsidy_exception *e,
                   const struct subsidy_heads *heads, struct sum sums[SUBSIDY_LEVELS],
                   int64_t *ordinary)
{
    int64_t rate = rate_of(standard, e->level), group = heads->group[e->group];
    struct sum *payer = &sums[e->kind == SUBSIDY_PAID_BY ? e->payer : e->level];
    payer->parts += (__int128)e->lump.fen * standard->whole;
    if (rate == 0)
        return;
    if (group < 0) {
        lack(&sums[e->level], SUBSIDY_NO_GROUP);
        lack(payer, SUBSIDY_NO_GROUP);
        return;
    }
    *ordinary -= group;
    if (e->kind == SUBSIDY_PAID_BY)
        payer->parts += (__int128)group * rate;
}

/* Without a rate nobody knows what the level's part is, nor those who bear some of it. */
static void lack_rate(const struct subsidy_standard *standard, unsigned level,
                      struct sum sums[SUBSIDY_LEVELS])
{
    lack(&sums[level], SUBSIDY_NO_STANDARD);
    for (unsigned i = 0; i < standard->exception_count; i++) {
        const struct subsidy_exception *e = &standard->exceptions[i];
        if (e->level == level && e->kind == SUBSIDY_PAID_BY)
            lack(&sums[e->payer], SUBSIDY_NO_STANDARD);
    }
}

static void sum_level(const struct subsidy_standard *standard, unsigned level,
                      const struct subsidy_heads *heads, struct sum sums[SUBSIDY_LEVELS])
{
    const struct subsidy_level_rule *rule = &standard->levels[level];
    if (rule->parts != 0 && standard->per_head.fen == 0) {
        lack_rate(standard, level, sums);
        return;
    }
    int64_t rate = rate_of(standard, level), ordinary = heads->total;
    if (rate != 0 && heads->total < 0)
        lack(&sums[level], SUBSIDY_NO_HEADS);
    for (unsigned i = 0; i < standard->exception_count; i++) {
        if (standard->exceptions[i].level == level)
            except(standard, &standard->exceptions[i], heads, sums, &ordinary);
    }
    if (rate != 0 && ordinary < 0)
        lack(&sums[level], SUBSIDY_GROUPS_EXCEED);
    sums[level].parts += (__int128)ordinary * rate;
}

static struct subsidy_due due_of(struct sum sum, uint32_t whole)
{
    if (sum.known != SUBSIDY_KNOWN)
        return (struct subsidy_due){.known = sum.known};
    return (struct subsidy_due){.amount = {(int64_t)wide_round(sum.parts, whole)}};
}

void subsidy_due(const struct subsidy_standard *standard,
                 const struct subsidy_heads heads[SUBSIDY_LEVELS],
                 struct subsidy_due ret[SUBSIDY_LEVELS])
{
    struct sum sums[SUBSIDY_LEVELS] = {0};
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++)
        sum_level(standard, level, &heads[level], sums);
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++)
        ret[level] = due_of(sums[level], standard->whole);
}

bool subsidy_concerns(const struct subsidy_exception *e, enum subsidy_level level)
{
    return e->level == level || (e->kind == SUBSIDY_PAID_BY && e->payer == level);
}

struct amount subsidy_exception_amount(const struct subsidy_standard *standard,
                                       const struct subsidy_exception *e, int64_t heads)
{
    if (e->kind == SUBSIDY_LUMP)
        return e->lump;
    __int128 parts = heads > 0 ? (__int128)heads * rate_of(standard, e->level) : 0;
    return (struct amount){(int64_t)wide_round(parts, standard->whole)};
}

bool subsidy_is_derived(const struct subsidy_standard *standard, enum subsidy_level level,
                        const struct subsidy_heads heads[SUBSIDY_LEVELS])
{
    bool derived = rate_of(standard, level) != 0 && (heads[level].derived >> SUBSIDY_TOTAL_BIT & 1) != 0;
    for (unsigned i = 0; i < standard->exception_count; i++) {
        const struct subsidy_exception *e = &standard->exceptions[i];
        if (subsidy_concerns(e, level) && rate_of(standard, e->level) != 0)
            derived |= (heads[e->level].derived >> e->group & 1) != 0;
    }
    return derived;
}

struct subsidy_due subsidy_due_together(const struct subsidy_standard *standard, int64_t heads)
{
    if (standard->per_head.fen == 0)
        return (struct subsidy_due){.known = SUBSIDY_NO_STANDARD};
    if (heads < 0)
        return (struct subsidy_due){.known = SUBSIDY_NO_HEADS};
    return (struct subsidy_due){.amount = {heads * standard->per_head.fen}};
}

static enum subsidy_age age_of(int64_t days)
{
    if (days <= 30)
        return SUBSIDY_30_DAYS;
    return days <= 90 ? SUBSIDY_90_DAYS : SUBSIDY_OLDER;
}

static int64_t parts_of(const struct subsidy_level_rule *rule, unsigned tranches)
{
    int64_t parts = 0;
    for (unsigned i = 0; i < tranches; i++)
        parts += rule->tranches[i].parts;
    return parts;
}

/* What the first `tranches` of them come to: the last fen is in the last one. */
static int64_t due_until(const struct subsidy_level_rule *rule, unsigned tranches, int64_t due)
{
    return (int64_t)wide_round((__int128)due * parts_of(rule, tranches),
                               parts_of(rule, rule->tranche_count));
}

static bool is_tolerated(const struct subsidy_arrears *a, struct subsidy_tolerance tolerance)
{
    return a->arrears.fen <= tolerance.least.fen ||
           (__int128)a->arrears.fen * E4 <= (__int128)a->due.fen * tolerance.share_e4;
}

struct subsidy_arrears subsidy_arrears(const struct subsidy_level_rule *rule,
                                       struct subsidy_due due, struct amount received,
                                       struct subsidy_tolerance tolerance, date_day as_of)
{
    struct subsidy_arrears result = {.known = due.known, .oldest = DATE_NONE};
    result.begun = rule->tranche_count > 0 && rule->tranches[0].due <= as_of;
    if (due.known != SUBSIDY_KNOWN)
        return result;
    if (rule->tranche_count == 0) {
        result.known = SUBSIDY_NO_DUE_DATE;
        return result;
    }
    for (unsigned i = 0; i < rule->tranche_count && rule->tranches[i].due <= as_of; i++) {
        int64_t before = result.due.fen;
        result.due.fen = due_until(rule, i + 1, due.amount.fen);
        int64_t unpaid = result.due.fen - (received.fen > before ? received.fen : before);
        if (unpaid <= 0)
            continue;
        if (result.oldest == DATE_NONE)
            result.oldest = rule->tranches[i].due;
        result.aged[age_of((int64_t)as_of - rule->tranches[i].due)].fen += unpaid;
        result.arrears.fen += unpaid;
    }
    result.tolerated = is_tolerated(&result, tolerance);
    return result;
}
