/* hindrance - what stands against a move: of each bad_move what was asked for, how things stand, and what
 * can be done instead (hindrance.def).
 *
 * Numbers and no sentence, so that a reply, the quarantine and a page in any language have the same.
 * Pure. */
#pragma once

#include <stddef.h>

#include "fund/moves.h"

#ifdef __cplusplus
extern "C" {
#endif

enum hindrance_why {
    HINDRANCE_NONE = 0,
#define HINDRANCE(number, NAME, word, sentence) HINDRANCE_##NAME = number,
#include "fund/hindrance.def"
#undef HINDRANCE
    HINDRANCE_END
};

struct hindrance {
    struct amount amount;       /* 0 where there is none */
    date_day day;               /* DATE_NONE where there is none */
    uint8_t why;                /* enum hindrance_why; none if the event is no bad_move */
    uint8_t stage;              /* asked for, or to be undone; 0 if it is no move of hospitals' money */
    uint8_t state;              /* 1 + enum payout_state; 0: it is no payout */
    uint8_t allowed;            /* bits of enum payout_move: what the payout can have now */
};

struct hindrance hindrance_none(void);
/* Of something beside payouts. */
struct hindrance hindrance_of(enum hindrance_why why, date_day day, struct amount amount);
/* Why payout_do() refused an event, or payout_undo() to take it back: of the payout as it is. */
struct hindrance hindrance_of_payout(const struct payout *payout, const struct event *event,
                                     enum event_field field);
struct hindrance hindrance_of_undoing(const struct payout *payout, const struct event *original);
/* Why a reversal cannot undo the event that it names, as the two are; none if it can.  It undoes an event of
 * its own fund that moves money, of the same amount if it says one. */
struct hindrance hindrance_of_reversal(const struct event *reversal, const struct event *original);
/* True if of two reversals that name the same id `earlier` would undo whatever `later` would. */
bool hindrance_reversal_covers(const struct event *earlier, const struct event *later);

bool hindrance_equal(const struct hindrance *a, const struct hindrance *b);

/* Whether all that it names is there: of one that was read from somewhere. */
bool hindrance_is_known(const struct hindrance *h);
const char *hindrance_word(enum hindrance_why why);         /* "cleared"; NULL for what is none */
const char *hindrance_template(enum hindrance_why why);     /* its sentence, with places {1} to {5} */
/* "cleared"; "" without a payout. */
const char *hindrance_state_word(const struct hindrance *h);

/* The sentence in English; "" for none. */
#define HINDRANCE_TEXT_MAX 512
const char *hindrance_text(const struct hindrance *h, char text[HINDRANCE_TEXT_MAX]);

#ifdef __cplusplus
}
#endif
