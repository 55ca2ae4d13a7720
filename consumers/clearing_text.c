#include "consumers/clearing_text.h"

#include "consumers/figures.h"

#define COARSE (10 * FEN_PER_WAN)

/* 1,171,400 fen are 118 万元, which are 120. */
static int64_t two_digits_of_wan(int64_t fen)
{
    int64_t wan = fen / FEN_PER_WAN + (fen % FEN_PER_WAN != 0), unit = 1;
    while (wan / unit >= 100)
        unit *= 10;
    return (wan / unit + (wan % unit != 0)) * unit;
}

static const char *whole_wan(int64_t fen, char text[FIGURE_MAX])
{
    return amount_format((struct amount){ fen }, UNIT_WAN, 0, true, text);
}

static const char *margin_text(enum language language, int64_t margin, char text[FIGURE_MAX])
{
    char figure[FIGURE_MAX];
    if (margin >= COARSE)
        figure_count(two_digits_of_wan(margin), figure);
    else
        figure_wan(margin, figure);
    return words_fill(text, FIGURE_MAX, word(language, WORD_CLEARING_MARGIN),
                      (const char *const[]){ figure }, 1);
}

const char *clearing_text(enum language language, const struct clearing_figure *clearing,
                          char text[CLEARING_TEXT_MAX])
{
    char amount[FIGURE_MAX], bound[FIGURE_MAX], margin[FIGURE_MAX] = "";
    bool is_coarse = clearing->derived && clearing->margin >= COARSE;
    if (clearing->derived && clearing->margin > 0)
        margin_text(language, clearing->margin, margin);
    return words_fill(text, CLEARING_TEXT_MAX,
                      word(language, clearing->derived ? WORD_CLEARING_ABOUT : WORD_CLEARING),
                      (const char *const[]){ is_coarse ? whole_wan(clearing->amount, amount)
                                                       : figure_wan(clearing->amount, amount),
                                             figure_bound(RULE_RUNWAY, clearing->to_e4, bound), margin }, 3);
}
