/* `fundwatch outlook`, `whatif` and `rollup`: what is asked, and in what form it is shown. */
#include <string.h>

#include "consumers/commands.h"
#include "consumers/labels.h"
#include "consumers/outlook_text.h"
#include "consumers/rollup_text.h"
#include "fund/amount.h"
#include "fund/place.h"
#include "fund/ratio.h"

#define POINTS_MAX 100          /* of coverage; and of months */

typedef int page_printer(struct fields *f, const json_t *answer, enum language language, FILE *to);

/* Shows an answer in JSON or by `print`; takes it. */
static enum exit_code show(struct session *s, json_t *answer, page_printer *print)
{
    struct page page;
    enum exit_code code = EXIT_DONE;
    if (!session_printed_json(s, answer)) {
        code = EXIT_FAILED;
        if (page_begin(&page)) {
            if (print(&page.f, answer, s->language, page.to) != 0)
                snprintf(page.f.fault, sizeof page.f.fault, "there is not enough memory");
            code = page_end(&page);
        }
    }
    json_decref(answer);
    return code;
}

static bool is_computable(const json_t *map)
{
    const char *why = json_string_value(json_object_get(map, "computable"));
    return why != NULL && why[0] == '\0';
}

/* What says why there is no outlook is no answer to the question: EXIT_BAD after showing it. */
static enum exit_code show_computed(struct session *s, json_t *answer, page_printer *print)
{
    const json_t *whatif = json_object_get(answer, "whatif");
    const char *fund = json_string_value(json_object_get(answer, "fund"));
    labels_find(s, json_object_get(answer, "standing"), fund);
    labels_find(s, json_object_get(json_object_get(answer, "projection"), "alerts"), fund);
    labels_find(s, json_object_get(whatif, "alerts"), fund);
    bool computed = is_computable(answer) && (!json_is_object(whatif) || is_computable(whatif));
    enum exit_code code = show(s, answer, print);
    return code == EXIT_DONE && !computed ? EXIT_BAD : code;
}

/* Reads "6", "6.25", "+8%" or "-2" in hundredths; false after saying what is wrong. */
static bool read_hundredths(const struct session *s, char letter, const char *what, bool is_signed,
                            int64_t *ret)
{
    const char *text = option_text(s->options, letter);
    char bare[AMOUNT_TEXT_MAX];
    struct amount number;
    if (text == NULL)
        return true;
    size_t size = strlen(text);
    if (is_signed && size > 1 && text[size - 1] == '%')
        size--;
    snprintf(bare, sizeof bare, "%.*s", (int)size, text);
    bool good = size < sizeof bare && amount_parse(bare, UNIT_YUAN, &number) == 0;
    if (good && (is_signed ? number.fen >= -100 * POINTS_MAX : number.fen >= 0)
            && number.fen <= 100 * POINTS_MAX) {
        *ret = number.fen;
        return true;
    }
    usage_error(s->options, "%s, at most %d and with at most 2 decimals, not \"%s\"", what, POINTS_MAX, text);
    return false;
}

/* --- outlook and whatif. -------------------------------------------------------------- */

enum exit_code command_outlook(struct session *s)
{
    const char *fund = command_word(s, 0);
    int64_t as_of = -1, months = -1, to = -1, on = -1;
    json_t *answer;
    if (!check_fund(s, fund) || !option_date(s->options, 'a', s->infos, &as_of)
            || !option_number(s->options, 'M', s->infos, 1, 12, &months)
            || !read_hundredths(s, 'R', "--to is a number of months as 6.0", false, &to)
            || !option_date(s->options, 'O', s->infos, &on))
        return EXIT_USAGE;
    enum exit_code code = ASK(s, &answer, "outlook", TEXT_ARGUMENT("fund", fund),
        NUMBER_ARGUMENT("as_of", as_of),
                   NUMBER_ARGUMENT("months", months), NUMBER_ARGUMENT("to_e4", to < 0 ? -1 : to * 100),
                   NUMBER_ARGUMENT("on", on));
    return code == EXIT_DONE ? show_computed(s, answer, outlook_print) : code;
}

/* A hundredth of a percent is a ten-thousandth. */
enum exit_code command_whatif(struct session *s)
{
    const char *fund = command_word(s, 0);
    int64_t as_of = -1, months = -1, payouts = 0, late = 0, coverage = 0;
    json_t *answer;
    if (!check_fund(s, fund) || !option_date(s->options, 'a', s->infos, &as_of)
            || !option_number(s->options, 'M', s->infos, 1, 12, &months)
            || !read_hundredths(s, 'P', "--payouts is a change in percent as +8%", true, &payouts)
            || !option_number(s->options, 'B', s->infos, 0, 366, &late)
            || !read_hundredths(s, 'C', "--coverage is a change in points as -2", true, &coverage))
        return EXIT_USAGE;
    if (!option_given(s->options, 'P') && !option_given(s->options, 'B') && !option_given(s->options, 'C'))
        return usage_error(s->options, "what if what?  Say --payouts, --subsidy-late or --coverage");
    enum exit_code code = ASK(s, &answer, "outlook", TEXT_ARGUMENT("fund", fund),
        NUMBER_ARGUMENT("as_of", as_of),
                   NUMBER_ARGUMENT("months", months), NUMBER_ARGUMENT("payouts_e4", E4 + payouts),
                   NUMBER_ARGUMENT("subsidy_late", late), SIGNED_ARGUMENT("coverage_e4", coverage));
    return code == EXIT_DONE ? show_computed(s, answer, whatif_print) : code;
}

/* --- rollup. -------------------------------------------------------------------------- */

enum exit_code command_rollup(struct session *s)
{
    const char *place = command_word(s, 0);
    int64_t scheme = -1, as_of = -1;
    json_t *answer;
    bool csv = option_given(s->options, 'c');
    if (!check_place(s, place)
            || !option_number(s->options, 'Z', s->infos, SCHEME_EMPLOYEE, SCHEME_RESIDENT, &scheme)
            || !option_date(s->options, 'a', s->infos, &as_of))
        return EXIT_USAGE;
    if (csv && option_given(s->options, 'j'))
        return usage_error(s->options, "either --csv or --json");
    enum exit_code code = ASK(s, &answer, "rollup", TEXT_ARGUMENT("place", place),
        NUMBER_ARGUMENT("scheme", scheme),
                   NUMBER_ARGUMENT("as_of", as_of));
    return code == EXIT_DONE ? show(s, answer, csv ? rollup_print_csv : rollup_print) : code;
}
