/* moves - the tables, and the two sums that a move must not take below zero. */
#include "fund/moves.h"

#include <assert.h>
#include <stddef.h>

enum reject moves_bill(enum bill_state state, enum bill_move move, enum bill_state *ret_state)
{
    /* BILL_NONE, which no move leads to, where there is no such move. */
    static const uint8_t after[][BILL_MOVES] = {
        [BILL_NONE]     = {[BILL_SETTLE] = BILL_SETTLED,  [BILL_REVERSE] = BILL_AWAITED},
        [BILL_SETTLED]  = {[BILL_REVERSE] = BILL_REVERSED},
        [BILL_AWAITED]  = {[BILL_SETTLE] = BILL_REVERSED},
        [BILL_REVERSED] = {0},
    };
    assert(state <= BILL_REVERSED && move < BILL_MOVES);
    if (after[state][move] == BILL_NONE)
        return REJECT_BAD_MOVE;
    *ret_state = (enum bill_state)after[state][move];
    return REJECT_NONE;
}

#define BIT(MOVE) (1u << PAYOUT_##MOVE)

static const struct payout_rule {
    const char *word;
    uint8_t rests_on;               /* moves that must stand, as bits */
    bool ends_with_clearing;        /* after it only if dated before it */
    bool once;
    int8_t provisional;             /* what `amount` and `cleared` do to the sums: */
    int8_t cleared;
    int8_t retained;
} payout_rules[PAYOUT_MOVES] = {
    [PAYOUT_PROVISIONAL] = {.word = "provisional", .ends_with_clearing = true, .provisional = 1},
    [PAYOUT_ADJUST]      = {.word = "adjustment",  .rests_on = BIT(PROVISIONAL),
                            .ends_with_clearing = true, .provisional = 1, .cleared = -1},
    [PAYOUT_CLEAR]       = {.word = "clearing",    .once = true, .cleared = -1},
    [PAYOUT_RETAIN]      = {.word = "retention",   .retained = 1},
    [PAYOUT_RELEASE]     = {.word = "release",     .rests_on = BIT(CLEAR) | BIT(RETAIN),
                            .cleared = -1, .retained = -1},
    [PAYOUT_DEDUCT]      = {.word = "deduction"},
};

int payout_year(const struct event *disbursement)
{
    return event_has(disbursement, FIELD_YEAR) ? disbursement->year : date_year(disbursement->date);
}

bool payout_step_of(const struct event *event, struct payout_step *ret)
{
    static const uint8_t moves[STAGE_END] = {       /* and one, so that 0 is none */
        [STAGE_PROVISIONAL] = 1 + PAYOUT_PROVISIONAL, [STAGE_ADJUSTMENT] = 1 + PAYOUT_ADJUST,
        [STAGE_CLEARING] = 1 + PAYOUT_CLEAR,          [STAGE_RETENTION] = 1 + PAYOUT_RETAIN,
        [STAGE_RELEASE] = 1 + PAYOUT_RELEASE,         [STAGE_DEDUCTION] = 1 + PAYOUT_DEDUCT,
    };
    if (event->kind != KIND_DISBURSEMENT || event->stage >= STAGE_END || moves[event->stage] == 0)
        return false;
    *ret = (struct payout_step){
        .move = (enum payout_move)(moves[event->stage] - 1),
        .date = event->date,
        .amount = event->amount,
        .cleared = event_has(event, FIELD_CLEARED) ? event->cleared : (struct amount){0},
    };
    return true;
}

const char *payout_move_word(enum payout_move move)
{
    return move < PAYOUT_MOVES ? payout_rules[move].word : NULL;
}

const char *payout_state_word(enum payout_state state)
{
    static const char *const words[PAYOUT_STATES] = {
        [PAYOUT_IS_SETTLED] = "settled",   [PAYOUT_IS_PROVISIONAL] = "provisional",
        [PAYOUT_IS_ADJUSTED] = "adjusted", [PAYOUT_IS_CLEARED] = "cleared",
        [PAYOUT_IS_RETAINED] = "retained", [PAYOUT_IS_RELEASED] = "released",
    };
    return state < PAYOUT_STATES ? words[state] : NULL;
}

struct payout payout_initial(bool whole)
{
    return (struct payout){.whole = whole};
}

static bool is_cleared(const struct payout *payout)
{
    return payout->count[PAYOUT_CLEAR] > 0;
}

/* The field that says what cannot be: a standing move of which something that it rests on does not
 * stand, or a sum below zero.  FIELD_COUNT if all is well. */
static enum event_field unsound(const struct payout *payout, const struct payout_step *step)
{
    unsigned standing = 0;
    for (unsigned move = 0; move < PAYOUT_MOVES; move++)
        standing |= payout->count[move] > 0 ? 1u << move : 0;
    for (unsigned move = 0; move < PAYOUT_MOVES; move++) {
        if (payout->count[move] > 0 && (payout_rules[move].rests_on & ~standing) != 0)
            return FIELD_STAGE;
    }
    if (payout->provisional.fen < 0)
        return step->cleared.fen > 0 ? FIELD_CLEARED : FIELD_AMOUNT;
    return payout->retained.fen < 0 ? FIELD_AMOUNT : FIELD_COUNT;
}

/* *sum += sign * amount, sign being -1, 0 or 1. */
static bool move_sum(struct amount *sum, int sign, struct amount amount)
{
    return sign >= 0 ? sign == 0 || amount_add(*sum, amount, sum) : amount_sub(*sum, amount, sum);
}

/* The sums after a step, or before it again with a direction of -1. */
static bool move_sums(struct payout *payout, const struct payout_step *step, int direction)
{
    const struct payout_rule *rule = &payout_rules[step->move];
    return move_sum(&payout->provisional, direction * rule->provisional, step->amount) &&
           move_sum(&payout->provisional, direction * rule->cleared, step->cleared) &&
           move_sum(&payout->retained, direction * rule->retained, step->amount);
}

static enum reject refuse(enum reject why, enum event_field field, enum event_field *ret_field)
{
    *ret_field = field;
    return why;
}

enum reject payout_do(struct payout *payout, const struct payout_step *step,
                      enum event_field *ret_field)
{
    assert(step->move < PAYOUT_MOVES);
    const struct payout_rule *rule = &payout_rules[step->move];
    if (rule->once && payout->count[step->move] > 0)
        return refuse(REJECT_BAD_MOVE, FIELD_STAGE, ret_field);
    if (rule->ends_with_clearing && is_cleared(payout) && step->date > payout->cleared_on)
        return refuse(REJECT_BAD_MOVE, FIELD_DATE, ret_field);
    if (payout->count[step->move] == UINT32_MAX)
        return refuse(REJECT_OVERFLOW, FIELD_STAGE, ret_field);

    struct payout after = *payout;
    if (!move_sums(&after, step, 1))
        return refuse(REJECT_OVERFLOW, FIELD_AMOUNT, ret_field);
    after.count[step->move]++;
    if (step->move == PAYOUT_CLEAR)
        after.cleared_on = step->date;
    enum event_field field = payout->whole ? unsound(&after, step) : FIELD_COUNT;
    if (field != FIELD_COUNT)
        return refuse(REJECT_BAD_MOVE, field, ret_field);
    *payout = after;
    return REJECT_NONE;
}

enum reject payout_undo(struct payout *payout, const struct payout_step *original)
{
    assert(original->move < PAYOUT_MOVES);
    if (payout->count[original->move] == 0)
        return REJECT_BAD_MOVE;

    struct payout after = *payout;
    if (!move_sums(&after, original, -1))
        return REJECT_OVERFLOW;
    after.count[original->move]--;
    if (payout->whole && unsound(&after, original) != FIELD_COUNT)
        return REJECT_BAD_MOVE;
    *payout = after;
    return REJECT_NONE;
}

enum payout_state payout_state(const struct payout *payout)
{
    if (is_cleared(payout)) {
        if (payout->retained.fen > 0)
            return PAYOUT_IS_RETAINED;
        return payout->count[PAYOUT_RELEASE] > 0 ? PAYOUT_IS_RELEASED : PAYOUT_IS_CLEARED;
    }
    if (payout->count[PAYOUT_ADJUST] > 0)
        return PAYOUT_IS_ADJUSTED;
    return payout->count[PAYOUT_PROVISIONAL] > 0 ? PAYOUT_IS_PROVISIONAL : PAYOUT_IS_SETTLED;
}

bool advance_move_of(const struct event *event, enum advance_move *ret)
{
    if (event->kind != KIND_DISBURSEMENT
        || (event->stage != STAGE_ADVANCE && event->stage != STAGE_ADVANCE_RETURN))
        return false;
    *ret = event->stage == STAGE_ADVANCE ? ADVANCE_LEND : ADVANCE_RETURN;
    return true;
}

enum reject advance_do(struct advance *advance, enum advance_move move, struct amount amount)
{
    struct amount lent = advance->lent;
    if (!move_sum(&lent, move == ADVANCE_LEND ? 1 : -1, amount))
        return REJECT_OVERFLOW;
    if (advance->whole && lent.fen < 0)
        return REJECT_BAD_MOVE;
    advance->lent = lent;
    return REJECT_NONE;
}
