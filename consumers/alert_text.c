#include "consumers/alert_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/figures.h"
#include "consumers/json.h"
#include "consumers/terms.h"
#include "fund/rule.h"

static const char *colour_of(const struct alert *alert)
{
    if (alert->transition == TRANSITION_ENDED)
        return "\033[32m";
    if (alert->level == LEVEL_CRITICAL_LOW || alert->level == LEVEL_EXCESSIVE)
        return "\033[1;31m";
    return alert->level == LEVEL_HEALTHY ? "" : "\033[33m";
}

struct shown {
    const struct alert *alert;
    enum language language;
    FILE *to;
};

#define LINE_MAX 1024

/* A sentence with its places filled in. */
static void put_words(const struct shown *s, enum word which, const char *const arguments[], unsigned count)
{
    char line[LINE_MAX];
    fputs(words_fill(line, sizeof line, word(s->language, which), arguments, count), s->to);
}
#define SAY(s, which, ...)                                                                          \
    put_words((s), (which), (const char *const[]){ __VA_ARGS__ },                                   \
              sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void print_level(const struct shown *s)
{
    const struct alert *alert = s->alert;
    char level[FIGURE_MAX], previous[FIGURE_MAX];
    const char *rule = rule_word(alert->rule);
    fputs(term_level(s->language, rule, level_word(alert->level), level), s->to);
    if (alert->previous_level != alert->level)
        SAY(s, WORD_ALERT_WAS, term_level(s->language, rule, level_word(alert->previous_level), previous));
    if (alert->blind && alert->transition != TRANSITION_BLIND)
        fputs(word(s->language, WORD_ALERT_BLIND), s->to);
}

/* A line stands alone, so that a mark would have nothing that explains it. */
static void print_derived(const struct shown *s, bool derived)
{
    if (derived)
        fputs(word(s->language, WORD_ALERT_DERIVED), s->to);
}

/* PROTOCOL 9.1: "No source states what a policy makes due" or foresees, nor what is measured with it. */
static bool is_measured_by_policy(const struct alert *alert)
{
    bool measured = alert->rule == RULE_BUDGET || alert->rule == RULE_CONTRIBUTIONS;
    return measured && alert->indicator.why == COMPUTABLE;
}

static void print_value(const struct shown *s)
{
    const struct alert *alert = s->alert;
    char value[FIGURE_MAX], limit[FIGURE_MAX];
    fprintf(s->to, "  %s",
            term_value_beside(s->language, alert->rule, alert->indicator, &alert->limit_e4, 1, value));
    print_derived(s, is_measured_by_policy(alert));
    if (alert->limit_e4 != 0 || alert->rule == RULE_DEFICIT)    /* of others 0 is no limit */
        SAY(s, WORD_ALERT_LIMIT, term_limit(s->language, alert->rule, alert->limit_e4, limit));
}

/* "245.91 万元", "123,371 heads", "2021-12-31" */
static void print_evidence_value(const struct shown *s, const char *unit, int64_t value)
{
    char text[FIGURE_MAX];
    date_day day = DATE_NONE;
    FILE *to = s->to;
    static_assert(FIGURE_MAX >= DATE_TEXT_MAX && FIGURE_MAX >= RATIO_TEXT_MAX, "each has room");
    if (strcmp(unit, "fen") == 0)
        fprintf(to, "%s 万元", figure_wan(value, text));
    else if (strcmp(unit, "yyyymmdd") == 0 && date_from_ymd(value, &day))
        fputs(date_format(day, text), to);
    else if (strcmp(unit, "number") == 0)
        fprintf(to, "%" PRId64, value);
    else if (strcmp(unit, "e4") == 0)
        fputs(figure_limit(RULE_COMPLETENESS, value, text), to);
    else if (strcmp(unit, "months_e2") == 0)
        fprintf(to, "%s %s", ratio_format((struct ratio){ value, 100, 1 }, 2, text),
                term_of(s->language, TERM_UNIT, "months"));
    else
        fprintf(to, "%s %s", figure_count(value, text), term_of(s->language, TERM_UNIT, unit));
}

static bool is_due_by_policy(enum evidence_word which)
{
    return which == EVIDENCE_DUE || which == EVIDENCE_ARREARS || which == EVIDENCE_OVERDUE;
}

static void print_evidence(const struct shown *s)
{
    const struct evidence *evidence = &s->alert->evidence;
    for (unsigned i = 0; i < evidence->count; i++) {
        enum evidence_word which = (enum evidence_word)evidence->items[i].word;
        char name[FIGURE_MAX];
        fprintf(s->to, "%s%s ", i > 0 ? word(s->language, WORD_LIST_COMMA) : "  ",
                figure_level(term_of(s->language, TERM_EVIDENCE, evidence_word(which)), name));
        print_evidence_value(s, evidence_unit(which), evidence->items[i].value);
        print_derived(s, evidence->items[i].value != 0 && is_due_by_policy(which));
    }
}

/* Whether the rule is about the balance and its flows; a fund whose opening balance nobody said can have the
 * others. */
static bool has_balance(enum rule rule)
{
    return rule == RULE_RUNWAY || rule == RULE_DEFICIT || rule == RULE_PROVISIONAL;
}

/* A runway is not read without it: "  80.52 % of expenditure is provisional" */
static void print_provisional(const struct shown *s)
{
    char share[FIGURE_MAX];
    const struct alert *alert = s->alert;
    struct indicator provisional = { .value = { alert->provisional.fen, alert->expenditure.fen, 1 } };
    if ((alert->rule != RULE_RUNWAY && alert->rule != RULE_FALLING) || alert->expenditure.fen <= 0)
        return;
    fputs("  ", s->to);
    SAY(s, WORD_STATUS_PROVISIONAL, term_value(s->language, RULE_PROVISIONAL, provisional, share));
}

static enum word cause_words(enum cause_kind kind)
{
    switch (kind) {
    case CAUSE_AVERAGE:  return WORD_CAUSE_AVERAGE;
    case CAUSE_BASE:     return WORD_CAUSE_BASE;
    case CAUSE_BALANCE:
    case CAUSE_RESTATED:
    case CAUSE_MERGED:
        break;
    }
    return WORD_CAUSE_BALANCE;
}

/* "inpatient -0.40" through the balance, "inpatient per month -0.12" through the average month. */
static void print_cause(const struct shown *s, const struct cause *cause)
{
    char number[RATIO_TEXT_MAX];
    struct ratio months = { cause->hundredths, 100, 1 };
    const struct account_info *info = cause->account == ACCOUNT_NONE ? NULL : account_info(cause->account);
    enum word other = cause->kind == CAUSE_MERGED ? WORD_CAUSE_MERGED : WORD_CAUSE_RESTATED;
    const char *name = info == NULL ? word(s->language, other)
                     : s->language == LANGUAGE_ZH ? info->zh : info->en;
    SAY(s, cause_words(cause->kind), name,
        cause->hundredths > 0 ? "+" : "", ratio_format(months, CAUSES_DECIMALS, number));
}

static void print_causes(const struct shown *s)
{
    char since[DATE_TEXT_MAX], before[RATIO_TEXT_MAX], after[RATIO_TEXT_MAX];
    const struct causes *causes = &s->alert->causes;
    if (s->alert->causes_since == 0)
        return;
    SAY(s, WORD_ALERT_SINCE, date_format(s->alert->causes_since, since),
        ratio_format((struct ratio){ causes->before, 100, 1 }, CAUSES_DECIMALS, before),
        ratio_format((struct ratio){ causes->after, 100, 1 }, CAUSES_DECIMALS, after));
    enum word between = WORD_COLON;
    for (unsigned i = 0; i < causes->count; i++) {
        if (causes->items[i].hundredths == 0)
            continue;
        fputs(word(s->language, between), s->to);
        print_cause(s, &causes->items[i]);
        between = WORD_LIST_COMMA;
    }
}

static void print_who(const struct shown *s)
{
    const struct alert *alert = s->alert;
    if (alert->who[0] != '\0')
        SAY(s, WORD_ALERT_BY, alert->who, alert->note);
    else
        SAY(s, WORD_ALERT_FOR,
            term_of(s->language, TERM_AUDIENCE, rule_audience(alert->rule, alert->level)));
}

void alert_print(const struct alert *alert, enum language language, bool colour, FILE *to)
{
    struct shown s = { alert, language, to };
    char date[DATE_TEXT_MAX], fund[FUND_TEXT_MAX], name[FIGURE_MAX], balance[FIGURE_MAX];
    const char *mark = colour ? colour_of(alert) : "";
    fprintf(to, "%s  #%" PRIu64 "  %s  %s  ", date_format(alert->books_date, date), alert->number,
            fund_format(alert->fund, fund),
            term_rule(language, rule_word(alert->rule), alert->instance, name));
    fprintf(to, "%s%s ", mark, term_of(language, TERM_TRANSITION, transition_word(alert->transition)));
    print_level(&s);
    fputs(mark[0] != '\0' ? "\033[0m" : "", to);
    if (alert->transition != TRANSITION_ACKNOWLEDGED) { /* it judges nothing, so it has no value */
        print_value(&s);
        print_provisional(&s);
    }
    print_evidence(&s);
    if (has_balance(alert->rule))
        SAY(&s, WORD_ALERT_BALANCE, figure_wan(alert->balance.fen, balance));
    print_who(&s);
    print_causes(&s);
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
