#include "fund/hindrance.h"

#include <stdio.h>
#include <string.h>

#include "fund/event.h"

const char *hindrance_word(enum hindrance_why why)
{
    static const char *const words[HINDRANCE_END] = {
#define HINDRANCE(number, NAME, word, sentence) [number] = word,
#include "fund/hindrance.def"
#undef HINDRANCE
    };
    return why < HINDRANCE_END ? words[why] : NULL;
}

const char *hindrance_template(enum hindrance_why why)
{
    static const char *const sentences[HINDRANCE_END] = {
#define HINDRANCE(number, NAME, word, sentence) [number] = sentence,
#include "fund/hindrance.def"
#undef HINDRANCE
    };
    return why < HINDRANCE_END ? sentences[why] : NULL;
}

const char *hindrance_state_word(const struct hindrance *h)
{
    return h->state == 0 ? "" : payout_state_word((enum payout_state)(h->state - 1));
}

bool hindrance_is_known(const struct hindrance *h)
{
    return h->why < HINDRANCE_END && (h->stage == 0 || event_stage_word(h->stage) != NULL)
        && (h->state == 0 || payout_state_word((enum payout_state)(h->state - 1)) != NULL)
        && h->allowed >> PAYOUT_MOVES == 0;
}

struct hindrance hindrance_of(enum hindrance_why why, date_day day, struct amount amount)
{
    return (struct hindrance){.amount = amount, .day = day, .why = (uint8_t)why};
}

struct hindrance hindrance_none(void)
{
    return hindrance_of(HINDRANCE_NONE, DATE_NONE, (struct amount){0});
}

bool hindrance_equal(const struct hindrance *a, const struct hindrance *b)
{
    return a->why == b->why && a->stage == b->stage && a->state == b->state && a->allowed == b->allowed
        && a->day == b->day && a->amount.fen == b->amount.fen;
}

/* --- Of payouts -------------------------------------------------------------------- */

/* The moves that a payout can have on a day, amounts aside. */
static uint8_t moves_of(const struct payout *payout, date_day date)
{
    uint8_t moves = 0;
    for (unsigned move = 0; move < PAYOUT_MOVES; move++) {
        struct payout after = *payout;
        struct payout_step step = {.move = (enum payout_move)move, .date = date};
        enum event_field field;
        if (payout_do(&after, &step, &field) == REJECT_NONE)
            moves |= (uint8_t)(1u << move);
    }
    return moves;
}

static struct hindrance about(const struct payout *payout, const struct event *event,
                              enum hindrance_why why)
{
    struct hindrance h = hindrance_of(why, DATE_NONE, (struct amount){0});
    h.stage = event->stage;
    h.state = (uint8_t)(1 + payout_state(payout));
    h.allowed = moves_of(payout, event->date);
    return h;
}

struct hindrance hindrance_of_payout(const struct payout *payout, const struct event *event,
                                     enum event_field field)
{
    struct payout_step step;
    bool cleared = payout->count[PAYOUT_CLEAR] > 0;
    payout_step_of(event, &step);
    struct hindrance h = about(payout, event, HINDRANCE_LACKS);
    if (field == FIELD_DATE)
        h.why = HINDRANCE_PAST_CLEARING;
    else if (field == FIELD_STAGE && step.move == PAYOUT_CLEAR && cleared)
        h.why = HINDRANCE_CLEARED;
    else if (field == FIELD_AMOUNT && step.move == PAYOUT_RELEASE && step.amount.fen > payout->retained.fen)
        h.why = HINDRANCE_HELD_BACK;
    else if (field == FIELD_AMOUNT || field == FIELD_CLEARED)
        h.why = HINDRANCE_ON_ACCOUNT;
    if (h.why == HINDRANCE_PAST_CLEARING || h.why == HINDRANCE_CLEARED)
        h.day = payout->cleared_on;
    if (h.why == HINDRANCE_HELD_BACK)
        h.amount = payout->retained;
    if (h.why == HINDRANCE_ON_ACCOUNT)
        h.amount = payout->provisional;
    return h;
}

struct hindrance hindrance_of_undoing(const struct payout *payout, const struct event *original)
{
    return about(payout, original, HINDRANCE_RESTED_ON);
}

/* --- Of reversals ------------------------------------------------------------------ */

struct hindrance hindrance_of_reversal(const struct event *reversal, const struct event *original)
{
    enum hindrance_why why = HINDRANCE_NONE;
    if (!event_moves_money(original))
        why = HINDRANCE_NOT_MONEY;
    else if (!fund_equal(reversal->fund, original->fund))
        why = HINDRANCE_OTHER_FUND;
    else if (event_has(reversal, FIELD_AMOUNT) && reversal->amount.fen != original->amount.fen)
        why = HINDRANCE_OTHER_AMOUNT;
    return hindrance_of(why, DATE_NONE,
                        why == HINDRANCE_OTHER_AMOUNT ? original->amount : (struct amount){0});
}

bool hindrance_reversal_covers(const struct event *earlier, const struct event *later)
{
    bool any = !event_has(earlier, FIELD_AMOUNT);
    return fund_equal(earlier->fund, later->fund)
        && (any || (event_has(later, FIELD_AMOUNT) && earlier->amount.fen == later->amount.fen));
}

/* --- In words ------------------------------------------------------------------------ */

static void allowed_text(const struct hindrance *h, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned move = 0; move < PAYOUT_MOVES && used < size; move++) {
        if ((h->allowed >> move & 1) != 0)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     payout_move_word((enum payout_move)move));
    }
    if (used == 0)
        snprintf(text, size, "nothing");
}

const char *hindrance_text(const struct hindrance *h, char text[HINDRANCE_TEXT_MAX])
{
    char allowed[128], day[DATE_TEXT_MAX], amount[AMOUNT_TEXT_MAX];
    const char *template = h->why != HINDRANCE_NONE ? hindrance_template((enum hindrance_why)h->why) : "";
    const char *stage = h->stage != 0 ? event_stage_word(h->stage) : "";
    allowed_text(h, allowed, sizeof allowed);
    const char *const values[] = {
        stage, hindrance_state_word(h), allowed, date_format(h->day, day),
        amount_format(h->amount, UNIT_YUAN, 2, true, amount),
    };
    size_t used = 0;
    text[0] = '\0';
    for (const char *at = template; *at != '\0' && used < HINDRANCE_TEXT_MAX - 1; at++) {
        if (*at == '{') {               /* of a sentence that is a place, "{1}" to "{5}" */
            used += (size_t)snprintf(text + used, HINDRANCE_TEXT_MAX - used, "%s", values[at[1] - '1']);
            at += 2;
        } else {
            text[used++] = *at;
            text[used] = '\0';
        }
    }
    return text;
}
