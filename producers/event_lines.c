#include "producers/event_lines.h"

#include <jansson.h>

#include "fund/event.h"

static json_t *hex(const uint8_t person[PERSON_SIZE])
{
    char text[2 * PERSON_SIZE + 1];
    for (unsigned i = 0; i < PERSON_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", person[i]);
    return json_string(text);
}

static json_t *fund(struct fund fund)
{
    char text[FUND_TEXT_MAX];
    return json_string(fund_format(fund, text));
}

/* A value by the type that fund/event.def gives the field. */
#define VALUE_ID(e, member)       json_string((e)->member)
#define VALUE_KIND(e, member)     json_string(event_kind_word((e)->member))
#define VALUE_CATEGORY(e, member) json_string(event_category_word((e)->member))
#define VALUE_STAGE(e, member)    json_string(event_stage_word((e)->member))
#define VALUE_STATUS(e, member)   json_string(event_status_word((e)->member))
#define VALUE_GROUP(e, member)    json_string(event_group_word((e)->member))
#define VALUE_MEASURE(e, member)  json_string(event_measure_word((e)->member))
#define VALUE_FUND(e, member)     fund((e)->member)
#define VALUE_DATE(e, member)     json_integer(date_to_ymd((e)->member))
#define VALUE_MONTH(e, member)    json_integer(date_month_to_ym((e)->member))
#define VALUE_YEAR(e, member)     json_integer((e)->member)
#define VALUE_AMOUNT(e, member)   json_integer((e)->member.fen)
#define VALUE_COUNT(e, member)    json_integer((e)->member)
#define VALUE_PERSON(e, member)   hex((e)->member)
#define VALUE_BOOL(e, member)     json_boolean((e)->member)

static json_t *json_of(const struct event *event)
{
    json_t *object = json_object();
    bool good = object != NULL;
#define VALUE_POLICY(e, member)   NULL
#define FIELD(NAME, key, TYPE, member, sentence)                                                   \
    if (good && FIELD_##NAME != FIELD_POLICY && event_has(event, FIELD_##NAME))                    \
        good = json_object_set_new(object, key, VALUE_##TYPE(event, member)) == 0;
#include "fund/event.def"
#undef FIELD
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

bool event_line_write(const struct event *event, FILE *to)
{
    json_t *object = json_of(event);
    bool good = object != NULL && json_dumpf(object, to, JSON_COMPACT) == 0 && fputc('\n', to) != EOF;
    json_decref(object);
    return good;
}
