#include "consumers/alert_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/json.h"
#include "fund/rule.h"

static const char *colour_of(const struct alert *alert)
{
    if (alert->transition == TRANSITION_ENDED)
        return "\033[32m";
    if (alert->level == LEVEL_CRITICAL_LOW || alert->level == LEVEL_EXCESSIVE)
        return "\033[1;31m";
    return alert->level == LEVEL_HEALTHY ? "" : "\033[33m";
}

static void print_level(const struct alert *alert, FILE *to)
{
    char level[FIGURE_MAX], previous[FIGURE_MAX];
    fputs(figure_level(level_word(alert->level), level), to);
    if (alert->previous_level != alert->level)
        fprintf(to, " (was %s)", figure_level(level_word(alert->previous_level), previous));
    if (alert->blind)
        fputs(" blind", to);
}

static void print_value(const struct alert *alert, FILE *to)
{
    char value[FIGURE_MAX], limit[FIGURE_MAX];
    fprintf(to, "  %s", figure_value(alert->rule, alert->indicator, value));
    if (alert->limit_e4 != 0)
        fprintf(to, " (limit %s)", figure_limit(alert->rule, alert->limit_e4, limit));
}

void alert_print(const struct alert *alert, bool colour, FILE *to)
{
    char date[DATE_TEXT_MAX], fund[FUND_TEXT_MAX], balance[FIGURE_MAX];
    const char *mark = colour ? colour_of(alert) : "";
    fprintf(to, "%s  #%" PRIu64 "  %s  %s%s%s  ", date_format(alert->books_date, date),
            alert->number, fund_format(alert->fund, fund), rule_word(alert->rule),
            alert->instance[0] != '\0' ? " " : "", alert->instance);
    fprintf(to, "%s%s ", mark, transition_word(alert->transition));
    print_level(alert, to);
    fputs(mark[0] != '\0' ? "\033[0m" : "", to);
    if (alert->transition != TRANSITION_ACKNOWLEDGED)   /* it judges nothing, so it has no value */
        print_value(alert, to);
    fprintf(to, "  balance %s 万元", figure_wan(alert->balance.fen, balance));
    if (alert->who[0] != '\0')
        fprintf(to, "  by %s: %s", alert->who, alert->note);
    else
        fprintf(to, "  for %s", rule_audience(alert->rule, alert->level));
    fputc('\n', to);
}

json_t *alert_json(const struct alert *alert)
{
    struct writer w;
    writer_init(&w);
    alert_encode(&w, alert);
    json_t *json = w.err == 0 ? json_from_bytes(w.bytes, w.size) : NULL;
    writer_free(&w);
    return json;
}

/* An alert has texts, integers and booleans only. */
static void write_value(struct writer *w, const char *key, const json_t *value)
{
    if (json_is_string(value))
        write_key_string(w, key, json_string_value(value));
    else if (json_is_integer(value))
        write_key_int(w, key, json_integer_value(value));
    else
        write_key_bool(w, key, json_is_true(value));
}

bool alert_from_json(struct fields *f, const json_t *json, struct alert *ret)
{
    struct writer w;
    const char *key;
    json_t *value;
    writer_init(&w);
    write_map(&w, (uint32_t)json_object_size(json));
    json_object_foreach((json_t *)json, key, value)
        write_value(&w, key, value);
    struct reader r = reader_of(w.bytes, w.size);
    bool good = w.err == 0 && alert_decode(&r, ret);
    if (!good && f->fault[0] == '\0')
        snprintf(f->fault, sizeof f->fault, "an alert in it is not one of this protocol");
    writer_free(&w);
    return good;
}
