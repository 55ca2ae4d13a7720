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

/* "245.91 万元", "123,371 heads", "2021-12-31" */
static void print_evidence_value(const char *unit, int64_t value, FILE *to)
{
    char text[FIGURE_MAX];
    date_day day = DATE_NONE;
    static_assert(FIGURE_MAX >= DATE_TEXT_MAX, "a date has room");
    if (strcmp(unit, "fen") == 0)
        fprintf(to, "%s 万元", figure_wan(value, text));
    else if (strcmp(unit, "yyyymmdd") == 0 && date_from_ymd(value, &day))
        fputs(date_format(day, text), to);
    else if (strcmp(unit, "number") == 0)
        fprintf(to, "%" PRId64, value);
    else if (strcmp(unit, "e4") == 0)
        fputs(figure_limit(RULE_COMPLETENESS, value, text), to);
    else
        fprintf(to, "%s %s", figure_count(value, text), unit);
}

static void print_evidence(const struct evidence *evidence, FILE *to)
{
    for (unsigned i = 0; i < evidence->count; i++) {
        enum evidence_word word = (enum evidence_word)evidence->items[i].word;
        fprintf(to, "%s%s ", i > 0 ? ", " : "  ", evidence_word(word));
        print_evidence_value(evidence_unit(word), evidence->items[i].value, to);
    }
}

/* Whether the rule is about the balance and its flows; a fund whose opening balance nobody said can have the
 * others. */
static bool has_balance(enum rule rule)
{
    return rule == RULE_RUNWAY || rule == RULE_DEFICIT || rule == RULE_PROVISIONAL;
}

/* "E11 -0.40" through the balance, "E11 per month -0.12" through the average month. */
static void print_cause(const struct cause *cause, FILE *to)
{
    char number[RATIO_TEXT_MAX];
    struct ratio months = { cause->hundredths, 100, 1 };
    const char *sign = cause->hundredths > 0 ? "+" : "";
    const char *code = cause->account == ACCOUNT_NONE ? "restated" : account_info(cause->account)->code;
    fprintf(to, "%s%s %s%s", code, cause->kind == CAUSE_AVERAGE ? " per month" : "", sign,
            ratio_format(months, CAUSES_DECIMALS, number));
}

static void print_causes(const struct alert *alert, FILE *to)
{
    char since[DATE_TEXT_MAX], before[RATIO_TEXT_MAX], after[RATIO_TEXT_MAX];
    const struct causes *causes = &alert->causes;
    if (alert->causes_since == 0)
        return;
    fprintf(to, "  since %s %s months became %s", date_format(alert->causes_since, since),
            ratio_format((struct ratio){ causes->before, 100, 1 }, CAUSES_DECIMALS, before),
            ratio_format((struct ratio){ causes->after, 100, 1 }, CAUSES_DECIMALS, after));
    const char *between = ": ";
    for (unsigned i = 0; i < causes->count; i++) {
        if (causes->items[i].hundredths == 0)
            continue;
        fputs(between, to);
        print_cause(&causes->items[i], to);
        between = ", ";
    }
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
    print_evidence(&alert->evidence, to);
    if (has_balance(alert->rule))
        fprintf(to, "  balance %s 万元", figure_wan(alert->balance.fen, balance));
    if (alert->who[0] != '\0')
        fprintf(to, "  by %s: %s", alert->who, alert->note);
    else
        fprintf(to, "  for %s", rule_audience(alert->rule, alert->level));
    print_causes(alert, to);
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

static void write_value(struct writer *w, const json_t *value, unsigned depth);

static void write_object(struct writer *w, const json_t *object, unsigned depth)
{
    const char *key;
    json_t *value;
    write_map(w, (uint32_t)json_object_size(object));
    json_object_foreach((json_t *)object, key, value) {
        write_string(w, key);
        write_value(w, value, depth);
    }
}

/* An alert has no more than lists of lists in a map; what lies deeper is written as false, and
 * found wrong when it is read. */
#define DEPTH_MAX 4

static void write_value(struct writer *w, const json_t *value, unsigned depth)
{
    if (json_is_string(value)) {
        write_string(w, json_string_value(value));
    } else if (json_is_integer(value)) {
        write_int(w, json_integer_value(value));
    } else if (json_is_object(value) && depth < DEPTH_MAX) {
        write_object(w, value, depth + 1);
    } else if (json_is_array(value) && depth < DEPTH_MAX) {
        write_array(w, (uint32_t)json_array_size(value));
        for (size_t i = 0; i < json_array_size(value); i++)
            write_value(w, json_array_get(value, i), depth + 1);
    } else {
        write_bool(w, json_is_true(value));
    }
}

bool alert_from_json(struct fields *f, const json_t *json, struct alert *ret)
{
    struct writer w;
    writer_init(&w);
    write_value(&w, json, 0);
    struct reader r = reader_of(w.bytes, w.size);
    bool good = w.err == 0 && alert_decode(&r, ret);
    if (!good && f->fault[0] == '\0')
        snprintf(f->fault, sizeof f->fault, "an alert in it is not one of this protocol");
    writer_free(&w);
    return good;
}
