#include "consumers/counted_text.h"

#include <string.h>

const char *counted_text(struct fields *f, const json_t *map, enum language language, char text[FIGURE_MAX])
{
    char total[FIGURE_MAX], groups[FIGURE_MAX];
    char of[DATE_TEXT_MAX], from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
    text[0] = '\0';
    if (!field_bool(f, map, "contradict"))
        return text;
    bool by_groups = strcmp(field_text(f, map, "by"), "groups") == 0;
    return words_fill(text, FIGURE_MAX, word(language, by_groups ? WORD_COUNTED_GROUPS : WORD_COUNTED_TOTAL),
                      (const char *const[]){ date_format(field_date(f, map, "total_date"), of),
                                             figure_count(field_int(f, map, "total"), total),
                                             date_format(field_date(f, map, "groups_from"), from),
                                             date_format(field_date(f, map, "groups_to"), to),
                                             figure_count(field_int(f, map, "groups"), groups) }, 5);
}
