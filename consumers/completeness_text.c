#include "consumers/completeness_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/terms.h"

/* Silent sources that are named; the answer itself has more of them. */
#define NAMED_MAX 5

static const char *source_text(struct fields *f, const json_t *source, enum language language,
                               char text[FIGURE_MAX])
{
    char missed[FIGURE_MAX], last[DATE_TEXT_MAX];
    date_day day = field_date(f, source, "last");
    const char *name = field_text(f, source, "source");
    figure_count(field_int(f, source, "missed"), missed);
    if (day == DATE_NONE)
        return words_fill(text, FIGURE_MAX, word(language, WORD_SILENT_UNHEARD),
                          (const char *const[]){ name, missed }, 2);
    return words_fill(text, FIGURE_MAX, word(language, WORD_SILENT_SINCE),
                      (const char *const[]){ name, missed, date_format(day, last) }, 3);
}

static void append(char text[COMPLETENESS_TEXT_MAX], const char *more)
{
    size_t size = strlen(text);
    snprintf(text + size, COMPLETENESS_TEXT_MAX - size, "%s", more);
}

static const char *share(struct fields *f, const json_t *map, const char *key, char text[FIGURE_MAX])
{
    return figure_number(RULE_COMPLETENESS, field_indicator(f, field_map(f, map, key)), text);
}

const char *completeness_text(struct fields *f, const json_t *map, enum language language,
                              char text[COMPLETENESS_TEXT_MAX])
{
    char expected[FIGURE_MAX], month[FIGURE_MAX], year[FIGURE_MAX], silent[FIGURE_MAX];
    char source[FIGURE_MAX];
    int64_t count = field_int(f, map, "silent");
    const json_t *sources = json_object_get(map, "sources");    /* not of a roll-up */
    text[0] = '\0';
    if (field_int(f, map, "expected") == 0)
        return text;
    words_fill(text, COMPLETENESS_TEXT_MAX, word(language, WORD_COMPLETE),
               (const char *const[]){ figure_count(field_int(f, map, "expected"), expected),
                                      share(f, map, "month", month), share(f, map, "year", year),
                                      figure_count(count, silent) }, 4);
    for (size_t i = 0; i < json_array_size(sources) && i < NAMED_MAX; i++) {
        append(text, word(language, i == 0 ? WORD_COLON : WORD_LIST_COMMA));
        append(text, source_text(f, json_array_get(sources, i), language, source));
    }
    if (json_array_size(sources) > 0 && count > NAMED_MAX)
        append(text, word(language, WORD_AND_MORE));
    return text;
}

void completeness_print(struct fields *f, const json_t *map, enum language language, FILE *to)
{
    char text[COMPLETENESS_TEXT_MAX];
    if (completeness_text(f, map, language, text)[0] != '\0')
        fprintf(to, "%s%s%s\n", word(language, WORD_COMPLETENESS), word(language, WORD_COLON), text);
}

const char *importing_members_text(struct fields *f, const json_t *map, enum language language,
                                   char text[COMPLETENESS_TEXT_MAX])
{
    char funds[FIGURE_MAX];
    text[0] = '\0';
    if (json_array_size(field_array(f, map, "importing_members")) > 0)
        words_fill(text, COMPLETENESS_TEXT_MAX, word(language, WORD_MEMBER_IMPORT),
                   (const char *const[]){ term_funds(f, map, "importing_members", language, funds) }, 1);
    return text;
}

const char *importing_text(struct fields *f, const json_t *status, enum language language,
                           char text[COMPLETENESS_TEXT_MAX])
{
    if (!field_bool(f, status, "importing"))
        return importing_members_text(f, status, language, text);
    snprintf(text, COMPLETENESS_TEXT_MAX, "%s", word(language, WORD_STATUS_IMPORT));
    return text;
}

/* What the year before did not bring is past: rules go by the month. */
static bool is_below_floor(struct fields *f, const json_t *completeness)
{
    struct indicator month = field_indicator(f, field_map(f, completeness, "month"));
    return field_int(f, completeness, "expected") > 0 && month.why == COMPUTABLE
        && ratio_compare(month.value, field_int(f, completeness, "limit_e4")) < 0;
}

const char *unjudged_text(struct fields *f, const json_t *status, enum language language)
{
    if (field_bool(f, status, "importing"))
        return word(language, WORD_WHY_IMPORTING);
    if (json_array_size(field_array(f, status, "importing_members")) > 0)
        return word_not_computable(language, NC_MEMBER_IMPORTING);
    if (is_below_floor(f, field_map(f, status, "completeness")))
        return word_not_computable(language, NC_INCOMPLETE);
    return "";
}
