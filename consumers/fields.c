#include "consumers/fields.h"

#include <stdio.h>
#include <string.h>

static void fault(struct fields *f, const char *key, const char *what)
{
    if (f->fault[0] == '\0')
        snprintf(f->fault, sizeof f->fault, "%s is not %s", key, what);
}

static const json_t *find(struct fields *f, const json_t *map, const char *key, json_type type,
                          const char *what)
{
    const json_t *value = json_object_get(map, key);
    if (value != NULL && json_typeof(value) == type)
        return value;
    fault(f, key, what);
    return NULL;
}

int64_t field_int(struct fields *f, const json_t *map, const char *key)
{
    return json_integer_value(find(f, map, key, JSON_INTEGER, "an integer"));
}

const char *field_text(struct fields *f, const json_t *map, const char *key)
{
    const json_t *value = find(f, map, key, JSON_STRING, "a text");
    return value != NULL ? json_string_value(value) : "";
}

bool field_bool(struct fields *f, const json_t *map, const char *key)
{
    const json_t *value = json_object_get(map, key);
    if (!json_is_boolean(value))
        fault(f, key, "true or false");
    return json_is_true(value);
}

const json_t *field_array(struct fields *f, const json_t *map, const char *key)
{
    return find(f, map, key, JSON_ARRAY, "a list");
}

const json_t *field_map(struct fields *f, const json_t *map, const char *key)
{
    return find(f, map, key, JSON_OBJECT, "a map");
}

bool field_derived(struct fields *f, const json_t *map, const char *figure)
{
    const json_t *names = field_array(f, map, "derived_figures");
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (name != NULL && strcmp(name, figure) == 0)
            return true;
    }
    return false;
}

date_day field_date(struct fields *f, const json_t *map, const char *key)
{
    const json_t *value = json_object_get(map, key);
    date_day day = DATE_NONE;
    if (json_is_null(value) || (json_is_integer(value) && json_integer_value(value) == 0))
        return DATE_NONE;
    if (!json_is_integer(value) || !date_from_ymd(json_integer_value(value), &day))
        fault(f, key, "a date");
    return day;
}

static enum not_computable why_of(struct fields *f, const char *word)
{
    if (word[0] == '\0')
        return COMPUTABLE;
    for (int why = NC_NO_OPENING; why < NC_END; why++) {
        if (strcmp(word, not_computable_word((enum not_computable)why)) == 0)
            return (enum not_computable)why;
    }
    fault(f, "computable", "a reason that is known");
    return NC_OVERFLOW;
}

enum rule field_rule(struct fields *f, const json_t *map)
{
    const char *word = field_text(f, map, "rule");
    for (enum rule rule = RULE_RUNWAY; rule < RULE_END; rule++) {
        if (rule_word(rule) != NULL && strcmp(word, rule_word(rule)) == 0)
            return rule;
    }
    fault(f, "rule", "a rule that is known");
    return RULE_RUNWAY;
}

struct indicator field_indicator(struct fields *f, const json_t *map)
{
    struct indicator indicator = {
        .why = why_of(f, field_text(f, map, "computable")),
        .value = {
            .num = field_int(f, map, "num"),
            .den = field_int(f, map, "den"),
        },
    };
    int64_t mul = field_int(f, map, "mul");
    if (indicator.value.den < 1 || mul < 1 || mul > RATIO_MUL_MAX) {
        fault(f, "den or mul", "in its range");
        indicator.value.den = 1;
        mul = 1;
    }
    indicator.value.mul = (int32_t)mul;
    return indicator;
}
