/* posting - DOMAIN 3a as a table.
 *
 * A rule is up to three moves of money; a move names its debit, its credit and
 * the figure of the event that it takes, with the day it is booked on.  LINE and
 * TWIN stand for the line of the event's category and for its provisional twin.
 * The memo pair M1/M2 follows what is incurred but not recognised, so it only
 * moves where expenditure is recognised on disbursement.  The memo lines S0 to S4 follow
 * inpatient bills that state their cost, whatever is recognised when. */
#include "fund/posting.h"

#include <assert.h>

#include "fund/moves.h"

#define MOVES_MAX 4

enum side {
    LINE = ACCOUNT_SLOTS,
    TWIN,
};

enum figure {
    NO_FIGURE,                  /* ends the moves of a rule */
    NOTHING,                    /* what is held back stays owed, in the books or beside them */
    AMOUNT,
    CLEARED,
    CHANGE,
    AMOUNT_AT_NEW_YEAR,         /* on 1 January of the event's year, the others on its date */
};

struct move {
    uint8_t debit, credit;      /* an enum account or an enum side */
    uint8_t figure;             /* an enum figure */
};

struct posting_rule {
    struct move moves[MOVES_MAX];
};

#define A1 ACCOUNT_A1
#define A2 ACCOUNT_A2
#define L1 ACCOUNT_L1
#define L2 ACCOUNT_L2
#define Q0 ACCOUNT_Q0
#define M1 ACCOUNT_M1
#define M2 ACCOUNT_M2

#define SETTLED   RECOGNISE_SETTLEMENT
#define DISBURSED RECOGNISE_DISBURSEMENT
#define EITHER    RECOGNISE_SETTLEMENT ... RECOGNISE_DISBURSEMENT
#define NO_STAGE  STAGE_NONE
#define CHANGED   STAGE_ADJUSTMENT ... STAGE_RELEASE

static_assert(STAGE_ADJUSTMENT + 1 == STAGE_CLEARING && STAGE_CLEARING + 1 == STAGE_RELEASE,
              "CHANGED is a range of these three");
static_assert(STAGE_NONE + 1 == STAGE_FINAL, "expenditure without a stage is final");

/* A rule without moves: this kind has no such stage. */
static const struct posting_rule rules[KIND_END][STAGE_END][DISBURSED + 1] = {
    [KIND_OPENING]      [NO_STAGE]              [EITHER]    = {{{A1, Q0, AMOUNT}}},
    [KIND_CONTRIBUTION] [NO_STAGE]              [EITHER]    = {{{A1, LINE, AMOUNT}}},
    [KIND_SUBSIDY]      [NO_STAGE]              [EITHER]    = {{{A1, LINE, AMOUNT}}},
    [KIND_INCOME]       [NO_STAGE]              [EITHER]    = {{{A1, LINE, AMOUNT}}},
    [KIND_SETTLEMENT]   [NO_STAGE]              [SETTLED]   = {{{LINE, L1, AMOUNT}}},
    [KIND_SETTLEMENT]   [NO_STAGE]              [DISBURSED] = {{{M1, M2, AMOUNT}}},
    [KIND_DISBURSEMENT] [STAGE_PROVISIONAL]     [SETTLED]   = {{{L1, A1, AMOUNT}}},
    [KIND_DISBURSEMENT] [STAGE_PROVISIONAL]     [DISBURSED] = {{{TWIN, A1, AMOUNT},
                                                                {M2, M1, AMOUNT}}},
    [KIND_DISBURSEMENT] [CHANGED]               [SETTLED]   = {{{L1, A1, AMOUNT},
                                                                {LINE, L1, CHANGE}}},
    [KIND_DISBURSEMENT] [STAGE_ADJUSTMENT]      [DISBURSED] = {{{LINE, TWIN, CLEARED},
                                                                {TWIN, A1, AMOUNT},
                                                                {M2, M1, AMOUNT},
                                                                {M1, M2, CHANGE}}},
    [KIND_DISBURSEMENT] [STAGE_CLEARING]        [DISBURSED] = {{{LINE, TWIN, CLEARED},
                                                                {LINE, A1, AMOUNT},
                                                                {M2, M1, AMOUNT},
                                                                {M1, M2, CHANGE}}},
    [KIND_DISBURSEMENT] [STAGE_RELEASE]         [DISBURSED] = {{{LINE, TWIN, CLEARED},
                                                                {LINE, A1, AMOUNT},
                                                                {M2, M1, AMOUNT},
                                                                {M1, M2, CHANGE}}},
    [KIND_DISBURSEMENT] [STAGE_DEDUCTION]       [SETTLED]   = {{{L1, LINE, AMOUNT}}},
    [KIND_DISBURSEMENT] [STAGE_DEDUCTION]       [DISBURSED] = {{{M2, M1, AMOUNT}}},
    [KIND_DISBURSEMENT] [STAGE_ADVANCE]         [EITHER]    = {{{A2, A1, AMOUNT}}},
    [KIND_DISBURSEMENT] [STAGE_ADVANCE_RETURN]  [EITHER]    = {{{A1, A2, AMOUNT}}},
    [KIND_DISBURSEMENT] [STAGE_RETENTION]       [EITHER]    = {{{L1, L1, NOTHING}}},
    [KIND_EXPENDITURE]  [NO_STAGE ... STAGE_FINAL] [EITHER] = {{{LINE, A1, AMOUNT}}},
    [KIND_EXPENDITURE]  [STAGE_PROVISIONAL]     [EITHER]    = {{{TWIN, A1, AMOUNT}}},
};

/* A contribution that arrives before the year it covers, where that matters. */
static const struct posting_rule fee_in_advance = {
    {{A1, L2, AMOUNT}, {L2, LINE, AMOUNT_AT_NEW_YEAR}},
};

static_assert(MOVES_MAX <= POSTING_LEGS_MAX, "a rule's moves are a posting");
static_assert(1 + 4 <= POSTING_LEGS_MAX, "a bill has one move, and two memo pairs beside it");

enum account posting_account(unsigned category)
{
    static const uint8_t lines[CATEGORY_END] = {
        [CATEGORY_FEES]         = ACCOUNT_I10,
        [CATEGORY_PERSONAL]     = ACCOUNT_I11,
        [CATEGORY_COLLECTIVE]   = ACCOUNT_I12,
        [CATEGORY_AID]          = ACCOUNT_I13,
        [CATEGORY_GOVERNMENT]   = ACCOUNT_I14,
        [CATEGORY_CENTRAL]      = ACCOUNT_I21,
        [CATEGORY_PROVINCE]     = ACCOUNT_I22,
        [CATEGORY_CITY]         = ACCOUNT_I23,
        [CATEGORY_COUNTY]       = ACCOUNT_I24,
        [CATEGORY_INTEREST]     = ACCOUNT_I3,
        [CATEGORY_OTHER_INCOME] = ACCOUNT_I4,
        [CATEGORY_FROM_UPPER]   = ACCOUNT_I6,
        [CATEGORY_FROM_LOWER]   = ACCOUNT_I7,
        [CATEGORY_TRANSFER_IN]  = ACCOUNT_I8,
        [CATEGORY_INPATIENT]    = ACCOUNT_E11,
        [CATEGORY_OUTPATIENT]   = ACCOUNT_E12,
        [CATEGORY_POOLED]       = ACCOUNT_E121,
        [CATEGORY_CHRONIC]      = ACCOUNT_E122,
        [CATEGORY_MATERNITY]    = ACCOUNT_E13,
        [CATEGORY_UNLISTED]     = ACCOUNT_E19,
        [CATEGORY_CATASTROPHIC] = ACCOUNT_E2,
        [CATEGORY_OTHER_EXPENDITURE] = ACCOUNT_E3,
        [CATEGORY_TO_LOWER]     = ACCOUNT_E5,
        [CATEGORY_TO_UPPER]     = ACCOUNT_E6,
        [CATEGORY_TRANSFER_OUT] = ACCOUNT_E8,
    };
    return category < CATEGORY_END ? (enum account)lines[category] : ACCOUNT_NONE;
}

static date_day new_year(int year)
{
    return date_month_first(year * 12);
}

bool posting_recognised(const struct event *event, int *ret_year)
{
    struct payout_step step;
    if (event->kind == KIND_SETTLEMENT)
        *ret_year = date_year(event->date);
    else if (payout_step_of(event, &step))
        *ret_year = payout_year(event);
    else
        return false;
    return true;
}

static bool fee_is_in_advance(const struct event *event, const struct posting_basis *basis)
{
    return event->kind == KIND_CONTRIBUTION && basis->fee_basis == FEES_IN_YEAR_COVERED &&
           new_year(event->year) > event->date;
}

static struct amount figure_of(const struct event *event, enum figure figure)
{
    switch (figure) {
    case AMOUNT:
    case AMOUNT_AT_NEW_YEAR:
        return event->amount;
    case CLEARED:
        return event_has(event, FIELD_CLEARED) ? event->cleared : (struct amount){0};
    case CHANGE:
        return event_has(event, FIELD_CHANGE) ? event->change : (struct amount){0};
    case NOTHING:
    case NO_FIGURE:
        break;
    }
    return (struct amount){0};
}

static date_day date_of(const struct event *event, enum figure figure)
{
    return figure == AMOUNT_AT_NEW_YEAR ? new_year(event->year) : event->date;
}

static enum account account_of(unsigned side, const struct event *event)
{
    if (side == LINE)
        return posting_account(event->category);
    if (side == TWIN)
        return account_provisional(posting_account(event->category));
    return (enum account)side;
}

static void posting_append(struct posting *posting, struct leg leg)
{
    assert(posting->count < POSTING_LEGS_MAX);
    posting->legs[posting->count++] = leg;
}

/* What a bill comes to and what the fund pays of it; a figure of 0 has no leg. */
static void append_memo(struct posting *posting, const struct event *event, struct amount whole,
                        enum account whole_line, enum account part_line)
{
    struct leg legs[] = {
        {whole_line, ACCOUNT_S0, event->date, whole},
        {part_line, ACCOUNT_S0, event->date, event->amount},
    };
    for (unsigned i = 0; i < 2; i++)
        if (legs[i].amount.fen != 0)
            posting_append(posting, legs[i]);
}

/* Each ratio has the fund's part of just the bills that state what it is a part of. */
static void append_memos(struct posting *posting, const struct event *event)
{
    if (event_has(event, FIELD_COST))
        append_memo(posting, event, event->cost, ACCOUNT_S1, ACCOUNT_S3);
    if (event_has(event, FIELD_IN_POLICY))
        append_memo(posting, event, event->in_policy, ACCOUNT_S2, ACCOUNT_S4);
}

static bool moves_money(unsigned kind)
{
    return kind == KIND_OPENING || (kind >= KIND_CONTRIBUTION && kind <= KIND_EXPENDITURE);
}

static const struct posting_rule *rule_of(const struct event *event, const struct posting_basis *basis)
{
    if (fee_is_in_advance(event, basis))
        return &fee_in_advance;
    unsigned stage = event_has(event, FIELD_STAGE) ? event->stage : STAGE_NONE;
    if (stage >= STAGE_END)
        return NULL;
    const struct posting_rule *rule = &rules[event->kind][stage][basis->recognition];
    return rule->moves[0].figure != NO_FIGURE ? rule : NULL;
}

static void append_move(struct posting *posting, const struct event *event, const struct move *move)
{
    struct amount amount = figure_of(event, (enum figure)move->figure);
    if (amount.fen != 0)
        posting_append(posting, (struct leg){
            .debit = account_of(move->debit, event),
            .credit = account_of(move->credit, event),
            .date = date_of(event, (enum figure)move->figure),
            .amount = amount,
        });
}

enum reject posting_make(const struct event *event, const struct posting_basis *basis,
                         struct posting *ret)
{
    assert(event->kind < KIND_END && event->kind != KIND_REVERSAL);
    assert(basis->recognition == SETTLED || basis->recognition == DISBURSED);

    if (!moves_money(event->kind)) {
        ret->count = 0;
        return REJECT_NONE;
    }
    const struct posting_rule *rule = rule_of(event, basis);
    if (rule == NULL)
        return REJECT_POLICY_FORBIDS;
    ret->count = 0;
    for (unsigned i = 0; i < MOVES_MAX && rule->moves[i].figure != NO_FIGURE; i++)
        append_move(ret, event, &rule->moves[i]);
    if (event->category == CATEGORY_INPATIENT)
        append_memos(ret, event);
    return REJECT_NONE;
}

/* Where the opposite of a line goes when the line's year is closed. */
static enum account across_years(enum account account)
{
    const struct account_info *info = account_info(account);
    assert(info != NULL);
    switch (info->class) {
    case CLASS_INCOME:
        return ACCOUNT_E3;
    case CLASS_EXPENDITURE:
        return ACCOUNT_I4;
    case CLASS_ASSET:
    case CLASS_LIABILITY:
    case CLASS_OPENING:
    case CLASS_MEMO:
        return account;
    }
    return account;
}

/* What a clearing made final: no line of the form is changed by it, in whatever year. */
static bool stays_in_expenditure(const struct leg *leg)
{
    return account_info(leg->debit)->class == CLASS_EXPENDITURE
        && account_info(leg->credit)->class == CLASS_EXPENDITURE;
}

enum reject posting_reverse(const struct event *original, const struct posting *posted,
                            date_day date, struct posting *ret)
{
    assert(original->kind != KIND_REVERSAL);

    struct posting reversed = {0};
    for (unsigned i = 0; i < posted->count; i++) {
        const struct leg *leg = &posted->legs[i];
        struct leg opposite = {
            .debit = leg->credit,
            .credit = leg->debit,
            .date = leg->date > date ? leg->date : date,
            .amount = leg->amount,
        };
        if (date_year(opposite.date) > date_year(leg->date) && !stays_in_expenditure(leg)) {
            opposite.debit = across_years(opposite.debit);
            opposite.credit = across_years(opposite.credit);
        }
        posting_append(&reversed, opposite);
    }
    *ret = reversed;
    return REJECT_NONE;
}
