#include "consumers/event_text.h"

#include <string.h>

#include "consumers/terms.h"
#include "fund/date.h"

/* How the value of a field is read: the types of fund/event.def. */
enum type { T_ID, T_KIND, T_FUND, T_DATE, T_AMOUNT, T_CATEGORY, T_STAGE, T_PERSON, T_COUNT, T_YEAR, T_MONTH,
            T_STATUS, T_GROUP, T_MEASURE, T_BOOL, T_POLICY };

static enum type type_of(const char *key)
{
    static const struct { const char *key; enum type type; } types[] = {
#define FIELD(NAME, key, TYPE, member, sentence) { key, T_##TYPE },
#include "fund/event.def"
#undef FIELD
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].key, key) == 0)
            return types[i].type;
    }
    return T_ID;
}

static const char *as_it_stands(const json_t *value, char text[FIGURE_MAX])
{
    size_t size = json_dumpb(value, text, FIGURE_MAX - 1, JSON_COMPACT | JSON_ENCODE_ANY);
    text[size < FIGURE_MAX ? size : 0] = '\0';
    return text;
}

static const char *number_text(enum language language, enum type type, int64_t number, char text[FIGURE_MAX])
{
    char yuan[AMOUNT_TEXT_MAX];
    date_day day;
    if (type == T_AMOUNT) {
        amount_format((struct amount){ number }, UNIT_YUAN, 2, true, yuan);
        snprintf(text, FIGURE_MAX, "%s %s", yuan, word(language, WORD_YUAN));
    } else if (type == T_DATE && date_from_ymd(number, &day)) {
        date_format(day, text);
    } else if (type == T_MONTH) {
        snprintf(text, FIGURE_MAX, "%04d-%02d", (int)(number / 100 % 10000), (int)(number % 100));
    } else {
        snprintf(text, FIGURE_MAX, "%" JSON_INTEGER_FORMAT, (json_int_t)number);
    }
    return text;
}

const char *event_value_text(enum language language, const char *key, const json_t *value,
                             char text[FIGURE_MAX])
{
    text[0] = '\0';
    if (value == NULL || json_is_null(value))
        return text;
    if (json_is_integer(value))
        return number_text(language, type_of(key), json_integer_value(value), text);
    if (json_is_boolean(value))
        return word(language, json_is_true(value) ? WORD_YES : WORD_NO);
    if (json_is_string(value))
        return term_field_value(language, key, json_string_value(value));
    return as_it_stands(value, text);
}
