#include "consumers/outlook_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/clearing_text.h"
#include "consumers/completeness_text.h"
#include "consumers/figures.h"
#include "consumers/labels.h"
#include "consumers/table.h"
#include "consumers/terms.h"

#define TEXT_MAX 512

/* An answer on its way to the page. */
struct reading {
    struct fields *f;
    const json_t *answer;
    enum language language;
    FILE *to;
    int err;                    /* sticky: of the tables */
};

static const char *say(const struct reading *r, enum word which)
{
    return word(r->language, which);
}

static void heading(const struct reading *r, enum word which)
{
    fprintf(r->to, "\n%s\n", say(r, which));
}

static void finish(struct reading *r, struct table *table)
{
    int err = table_print(table, r->to, 2);
    r->err = r->err != 0 ? r->err : err;
    table_free(&table);
}

static bool is_known(const struct reading *r, const json_t *map)
{
    return field_text(r->f, map, "computable")[0] == '\0';
}

/* "2025-12" */
static const char *month_text(int64_t yyyymm, char text[DATE_TEXT_MAX])
{
    snprintf(text, DATE_TEXT_MAX, "%04d-%02d", (int)(yyyymm / 100 % 10000), (int)(yyyymm % 100));
    return text;
}

/* "2025-12-31", and "–" where there is none. */
static const char *date_text(const struct reading *r, const json_t *map, const char *key,
                             char text[DATE_TEXT_MAX])
{
    date_day day = field_date(r->f, map, key);
    return day == DATE_NONE ? "–" : date_format(day, text);
}

static const char *number_text(int64_t number, char text[FIGURE_MAX])
{
    snprintf(text, FIGURE_MAX, "%" PRId64, number);
    return text;
}

/* What the policy of the day has limits of, which the answer's `limits` name. */
static const char *limited_by(enum rule rule)
{
    return rule == RULE_RUNWAY ? "runway" : rule == RULE_DEFICIT ? "deficit"
         : rule == RULE_PROVISIONAL ? "provisional_share" : "";
}

/* The bare figure beside the policy's limits, or why there is none. */
static const char *figure_or_why(const struct reading *r, enum rule rule, const json_t *map,
                                 char text[FIGURE_MAX])
{
    struct indicator indicator = field_indicator(r->f, map);
    if (indicator.why == COMPUTABLE)
        return term_number_within(r->f, r->answer, limited_by(rule), rule, indicator, text);
    return word_not_computable(r->language, indicator.why);
}

/* The same beside one limit. */
static const char *beside_or_why(const struct reading *r, enum rule rule, const json_t *map, int64_t limit_e4,
                                 char text[FIGURE_MAX])
{
    struct indicator indicator = field_indicator(r->f, map);
    if (indicator.why == COMPUTABLE)
        return figure_number_beside(rule, indicator, &limit_e4, 1, text);
    return word_not_computable(r->language, indicator.why);
}

/* The same with its unit, of the answer itself. */
static const char *value_text(const struct reading *r, enum rule rule, const char *key, char text[FIGURE_MAX])
{
    const json_t *map = field_map(r->f, r->answer, key);
    char bare[FIGURE_MAX];
    const char *figure = figure_or_why(r, rule, map, bare);
    if (!is_known(r, map))
        return figure;
    snprintf(text, FIGURE_MAX, "%.64s %s", figure,
             say(r, rule == RULE_RUNWAY ? WORD_MONTHS_UNIT : WORD_PERCENT));
    return text;
}

/* "subsidy arrears 2024-county" */
static const char *rule_text(const struct reading *r, const json_t *map, char text[TEXT_MAX])
{
    char instance[FIGURE_MAX];
    const char *rule = field_text(r->f, map, "rule");
    term_instance(r->language, rule, label_of(map, field_text(r->f, map, "instance")), instance);
    snprintf(text, TEXT_MAX, "%s%s%.150s", word_rule(r->language, rule),
             instance[0] != '\0' ? " " : "", instance);
    return text;
}

static enum rule rule_named(const char *name)
{
    enum rule rule = RULE_RUNWAY;
    while (rule < RULE_END && strcmp(rule_word(rule), name) != 0)
        rule++;
    return rule;
}

/* Adds to a list of words in a text. */
static void add_item(const struct reading *r, char list[TEXT_MAX], const char *item)
{
    size_t used = strlen(list);
    snprintf(list + used, TEXT_MAX - used, "%s%.96s", used > 0 ? say(r, WORD_LIST_COMMA) : "", item);
}

/* The month so many before one, both as yyyymm. */
static int64_t months_back(int64_t yyyymm, int64_t months)
{
    int64_t month = yyyymm / 100 * 12 + yyyymm % 100 - 1 - months;
    return month / 12 * 100 + month % 12 + 1;
}

/* --- Head. ---------------------------------------------------------------------------- */

static void print_history(const struct reading *r)
{
    const json_t *history = field_map(r->f, r->answer, "history");
    char years[FIGURE_MAX], first[DATE_TEXT_MAX], last[DATE_TEXT_MAX], months[FIGURE_MAX], text[TEXT_MAX];
    int64_t count = field_int(r->f, history, "years"), to = field_int(r->f, history, "last");
    fprintf(r->to, "%s\n", WORDS(text, say(r, WORD_OUTLOOK_FROM), number_text(count, years),
                                 month_text(months_back(to, 12 * count - 1), first), month_text(to, last),
                                 number_text(field_int(r->f, history, "months"), months)));
}

static void print_unknown(const struct reading *r)
{
    const json_t *history = field_map(r->f, r->answer, "history");
    const char *why = field_text(r->f, r->answer, "computable");
    char months[FIGURE_MAX], needed[FIGURE_MAX], date[DATE_TEXT_MAX], text[TEXT_MAX];
    fprintf(r->to, "%s\n", WORDS(text, say(r, WORD_OUTLOOK_UNKNOWN), word_unknown(r->language, why)));
    if (field_date(r->f, history, "enough_on") != DATE_NONE)
        fprintf(r->to, "%s\n", WORDS(text, say(r, WORD_HISTORY_HAS),
                                     number_text(field_int(r->f, history, "months"), months),
                                     number_text(field_int(r->f, history, "needed"), needed),
                                     date_text(r, history, "enough_on", date)));
}

/* What fires where the rules begin. */
static void print_standing(const struct reading *r)
{
    const json_t *rules = field_array(r->f, r->answer, "standing");
    char list[TEXT_MAX] = "", item[TEXT_MAX], text[2 * TEXT_MAX], name[TEXT_MAX];
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *level = field_text(r->f, rule, "level");
        if (strcmp(level, level_word(LEVEL_HEALTHY)) == 0)
            continue;
        WORDS(item, say(r, WORD_STANDING_RULE),
              rule_text(r, rule, name), word_level_of(r->language, field_text(r->f, rule, "rule"), level));
        add_item(r, list, item);
    }
    if (list[0] != '\0')
        fprintf(r->to, "%s\n", WORDS(text, say(r, WORD_STANDING), list));
}

/* The mark of a figure that a map's `derived_figures` name. */
static const char *mark_of(const struct reading *r, const json_t *map, const char *key)
{
    return field_derived(r->f, map, key) ? DERIVED_MARK : "";
}

static void print_head(const struct reading *r, enum word title)
{
    char date[DATE_TEXT_MAX], text[TEXT_MAX], version[FIGURE_MAX], runway[FIGURE_MAX];
    fprintf(r->to, "%s  %s  %s %s  %s  %s\n", say(r, title), field_text(r->f, r->answer, "fund"),
            say(r, WORD_AS_OF), date_text(r, r->answer, "as_of", date),
            WORDS(text, say(r, WORD_POLICY_VERSION),
                  number_text(field_int(r->f, r->answer, "policy_version"), version)), say(r, WORD_UNIT));
    fprintf(r->to, "%s%s%s%s\n", say(r, WORD_RUNWAY_NOW), say(r, WORD_COLON),
            value_text(r, RULE_RUNWAY, "runway", runway), mark_of(r, r->answer, "runway"));
    fprintf(r->to, "%s%s%s%s\n", say(r, WORD_PROVISIONAL_SHARE), say(r, WORD_COLON),
            value_text(r, RULE_PROVISIONAL, "provisional_share", runway),
            mark_of(r, r->answer, "provisional_share"));
    completeness_print(r->f, field_map(r->f, r->answer, "completeness"), r->language, r->to);
    print_standing(r);
    if (is_known(r, r->answer))
        print_history(r);
    else
        print_unknown(r);
}

static void print_foot(const struct reading *r)
{
    if (json_array_size(field_array(r->f, r->answer, "derived_figures")) > 0)
        fprintf(r->to, "\n%s\n", say(r, WORD_DERIVED_NOTE));
}

/* --- Months. -------------------------------------------------------------------------- */

static const char *range_text(const struct reading *r, const json_t *row, char text[FIGURE_MAX])
{
    const json_t *from = field_map(r->f, row, "low"), *to = field_map(r->f, row, "high");
    char low[FIGURE_MAX], high[FIGURE_MAX];
    if (!is_known(r, from) || !is_known(r, to))
        return figure_or_why(r, RULE_RUNWAY, is_known(r, from) ? to : from, text);
    snprintf(text, FIGURE_MAX, "%.64s–%.64s", figure_or_why(r, RULE_RUNWAY, from, low),
             figure_or_why(r, RULE_RUNWAY, to, high));
    return text;
}

static void month_row(const struct reading *r, struct table *table, const json_t *month, const json_t *range)
{
    const json_t *runway = field_map(r->f, month, "runway");
    char name[DATE_TEXT_MAX], in[FIGURE_MAX], out[FIGURE_MAX], balance[FIGURE_MAX], months[FIGURE_MAX];
    char low_high[FIGURE_MAX], deficit[FIGURE_MAX];
    TABLE_ROW(table, month_text(field_int(r->f, month, "month"), name),
              figure_wan(field_int(r->f, month, "income"), in),
              figure_wan(field_int(r->f, month, "expenditure"), out),
              figure_wan(field_int(r->f, month, "balance"), balance),
              figure_or_why(r, RULE_RUNWAY, runway, months), range_text(r, range, low_high),
              figure_or_why(r, RULE_DEFICIT, field_map(r->f, month, "deficit"), deficit),
              word_level_named(r->language, field_text(r->f, runway, "level")));
}

static void print_months(struct reading *r)
{
    const json_t *months = field_array(r->f, field_map(r->f, r->answer, "projection"), "months");
    const json_t *range = field_array(r->f, r->answer, "range");
    struct table *table = table_new("lrrrrrrl");
    char surplus[FIGURE_MAX];
    snprintf(surplus, sizeof surplus, "%s %%", say(r, WORD_SURPLUS_SHORT));
    heading(r, WORD_OUTLOOK);
    TABLE_ROW(table, say(r, WORD_MONTH), say(r, WORD_INCOME), say(r, WORD_EXPENDITURE), say(r, WORD_BALANCE),
              say(r, WORD_RUNWAY_SHORT), say(r, WORD_RANGE), surplus, say(r, WORD_LEVEL));
    table_rule(table);
    for (size_t i = 0; i < json_array_size(months); i++)
        month_row(r, table, json_array_get(months, i), json_array_get(range, i));
    finish(r, table);
}

/* --- The band, the inverse, clearing. --------------------------------------------------- */

static const char *why_text(const struct reading *r, const json_t *map)
{
    return word_unknown(r->language, field_text(r->f, map, "computable"));
}

/* When a runway that is outside comes back. */
static void outside_text(const struct reading *r, const json_t *side, char text[TEXT_MAX])
{
    int64_t paths = field_int(r->f, side, "back_paths");
    char since[DATE_TEXT_MAX], first[TEXT_MAX], early[DATE_TEXT_MAX], expected[DATE_TEXT_MAX];
    char late[DATE_TEXT_MAX], back[FIGURE_MAX], of[FIGURE_MAX];
    date_text(r, side, "since", since);
    WORDS(first, field_bool(r->f, side, "since_or_before") ? say(r, WORD_OR_BEFORE) : "{1}", since);
    if (!is_known(r, side))
        words_fill(text, TEXT_MAX, say(r, WORD_OUTSIDE_UNKNOWN),
                   (const char *const[]){ first, why_text(r, side) }, 2);
    else
        words_fill(text, TEXT_MAX, say(r, paths > 0 ? WORD_OUTSIDE_SINCE : WORD_OUTSIDE_STAYS),
                   (const char *const[]){ first, date_text(r, side, "back_expected", expected),
                                          date_text(r, side, "back_early", early),
                                          date_text(r, side, "back_late", late), number_text(paths, back),
                                          number_text(field_int(r->f, side, "of"), of) }, 6);
}

/* When one that is inside leaves. */
static void leaving_text(const struct reading *r, const json_t *side, char text[TEXT_MAX])
{
    int64_t paths = field_int(r->f, side, "paths");
    char early[DATE_TEXT_MAX], expected[DATE_TEXT_MAX], late[DATE_TEXT_MAX];
    char leave[FIGURE_MAX], of[FIGURE_MAX];
    if (!is_known(r, side))
        words_fill(text, TEXT_MAX, say(r, WORD_LEAVING_UNKNOWN),
                   (const char *const[]){ why_text(r, side) }, 1);
    else
        words_fill(text, TEXT_MAX, say(r, paths > 0 ? WORD_LEAVES : WORD_STAYS),
                   (const char *const[]){ date_text(r, side, "expected", expected),
                                          date_text(r, side, "early", early),
                                          date_text(r, side, "late", late),
                                          number_text(paths, leave),
                                          number_text(field_int(r->f, side, "of"), of) }, 5);
}

static void print_side(const struct reading *r, const json_t *side)
{
    bool below = strcmp(field_text(r->f, side, "side"), "below") == 0;
    char limit[FIGURE_MAX], name[TEXT_MAX], text[TEXT_MAX];
    WORDS(name, say(r, below ? WORD_SIDE_BELOW : WORD_SIDE_ABOVE),
          figure_bound(RULE_RUNWAY, field_int(r->f, side, "limit_e4"), limit));
    if (field_bool(r->f, side, "outside"))
        outside_text(r, side, text);
    else
        leaving_text(r, side, text);
    fprintf(r->to, "  %s%s%s\n", name, say(r, WORD_COLON), text);
}

static void print_leaving(const struct reading *r)
{
    const json_t *sides = field_array(r->f, r->answer, "leaving");
    if (json_array_size(sides) == 0)
        return;
    heading(r, WORD_LEAVES_BAND);
    for (size_t i = 0; i < json_array_size(sides); i++)
        print_side(r, json_array_get(sides, i));
}

static void print_needed(const struct reading *r)
{
    const json_t *needed = field_map(r->f, r->answer, "needed");
    int64_t more = field_int(r->f, needed, "more_income"), less = field_int(r->f, needed, "less_expenditure");
    bool enough = more <= 0;
    enum word which = enough ? WORD_NEEDED_LESS
        : field_bool(r->f, needed, "can_save") ? WORD_NEEDED_MORE : WORD_NEEDED_ONLY_MORE;
    char date[DATE_TEXT_MAX], limit[FIGURE_MAX], income[FIGURE_MAX], spent[FIGURE_MAX], text[TEXT_MAX];
    if (!is_known(r, needed))
        return;
    fprintf(r->to, "\n%s\n",
            WORDS(text, say(r, which), date_text(r, needed, "on", date),
                  figure_bound(RULE_RUNWAY, field_int(r->f, needed, "to_e4"), limit),
                  figure_wan(enough ? -more : more, income), figure_wan(enough ? -less : less, spent)));
}

static void print_clearing(const struct reading *r)
{
    const json_t *clearing = field_map(r->f, r->answer, "clearing");
    char text[TEXT_MAX];
    if (!is_known(r, clearing) || !field_bool(r->f, clearing, "above"))
        return;
    clearing_text(r->language, &(struct clearing_figure){
                      .amount = field_int(r->f, clearing, "amount"),
                      .to_e4 = field_int(r->f, clearing, "to_e4"),
                      .margin = field_int(r->f, clearing, "margin"),
                      .derived = field_bool(r->f, clearing, "derived") }, text);
    fprintf(r->to, "\n%s\n", text);
}

/* --- The gate. -------------------------------------------------------------------------- */

/* How a condition is worded and its figure shown. */
static const struct condition {
    const char *name;
    enum word known, unknown;
    enum rule rule;             /* RULE_END: money */
} conditions[] = {
    { "runway", WORD_GATE_RUNWAY, WORD_GATE_UNKNOWN_RUNWAY, RULE_RUNWAY },
    { "last_year", WORD_GATE_LAST_YEAR, WORD_GATE_UNKNOWN_LAST_YEAR, RULE_DEFICIT },
    { "ahead", WORD_GATE_AHEAD, WORD_GATE_UNKNOWN_AHEAD, RULE_END },
};

static const struct condition *condition_named(const char *name)
{
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        if (strcmp(conditions[i].name, name) == 0)
            return &conditions[i];
    }
    return NULL;
}

static const char *condition_figure(const struct reading *r, const struct condition *c, const json_t *map,
                                    char text[FIGURE_MAX])
{
    const char *limit = c->rule == RULE_RUNWAY ? "months_e4" : "surplus_e4";
    if (c->rule == RULE_END)
        return figure_wan(field_int(r->f, map, "num"), text);
    return beside_or_why(r, c->rule, map, field_int(r->f, field_map(r->f, r->answer, "gate"), limit), text);
}

static void print_condition(const struct reading *r, const json_t *map, const char *limit)
{
    const struct condition *c = condition_named(field_text(r->f, map, "condition"));
    char text[TEXT_MAX], figure[FIGURE_MAX];
    if (c == NULL)
        return;
    if (!is_known(r, map)) {
        fprintf(r->to, "  %s%s%s%s%s\n", WORDS(text, say(r, c->unknown), limit), say(r, WORD_COLON),
                say(r, WORD_NOT_COMPUTABLE), say(r, WORD_SEMICOLON),
                word_unknown(r->language, field_text(r->f, map, "computable")));
        return;
    }
    bool met = strcmp(field_text(r->f, map, "answer"), "open") == 0;
    fprintf(r->to, "  %s%s%s%s\n", WORDS(text, say(r, c->known), limit, condition_figure(r, c, map, figure)),
            field_bool(r->f, map, "derived") ? DERIVED_MARK : "", say(r, WORD_SEMICOLON),
            say(r, met ? WORD_GATE_MET : WORD_GATE_NOT_MET));
}

static void print_gate(const struct reading *r)
{
    static const struct { const char *answer; enum word word; } answers[] = {
        { "open", WORD_GATE_OPEN }, { "shut", WORD_GATE_SHUT }, { "not_computable", WORD_NOT_COMPUTABLE },
    };
    const json_t *gate = field_map(r->f, r->answer, "gate");
    const json_t *list = field_array(r->f, gate, "conditions");
    const char *answer = field_text(r->f, gate, "answer");
    char limit[FIGURE_MAX];
    figure_bound(RULE_RUNWAY, field_int(r->f, gate, "months_e4"), limit);
    fprintf(r->to, "\n%s%s", say(r, WORD_GATE), say(r, WORD_COLON));
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        fputs(strcmp(answer, answers[i].answer) == 0 ? say(r, answers[i].word) : "", r->to);
    fputc('\n', r->to);
    for (size_t i = 0; i < json_array_size(list); i++)
        print_condition(r, json_array_get(list, i), limit);
}

/* --- Alerts. ---------------------------------------------------------------------------- */

static void alert_row(const struct reading *r, struct table *table, const json_t *alert)
{
    enum rule rule = rule_named(field_text(r->f, alert, "rule"));
    char date[DATE_TEXT_MAX], levels[TEXT_MAX], figure[FIGURE_MAX], value[2 * FIGURE_MAX], name[TEXT_MAX];
    struct indicator indicator = field_indicator(r->f, alert);
    WORDS(levels, say(r, WORD_FROM_TO),
          word_level_of(r->language, rule_word(rule), field_text(r->f, alert, "from")),
          word_level_of(r->language, rule_word(rule), field_text(r->f, alert, "to")));
    snprintf(value, sizeof value, "%s%s%s",
             beside_or_why(r, rule, alert, field_int(r->f, alert, "limit_e4"), figure),
             indicator.why == COMPUTABLE ? " " : "",
             indicator.why == COMPUTABLE ? word_unit(r->language, figure_unit(rule)) : "");
    TABLE_ROW(table, date_text(r, alert, "date", date), rule_text(r, alert, name),
              word_transition(r->language, field_text(r->f, alert, "transition")), levels, value);
}

static void print_alerts(struct reading *r, enum word title, const json_t *scenario)
{
    const json_t *alerts = field_array(r->f, scenario, "alerts");
    struct table *table = table_new("llllr");
    bool late = false;
    for (size_t i = 0; i < json_array_size(alerts); i++) {
        const json_t *alert = json_array_get(alerts, i);
        alert_row(r, table, alert);
        late |= strcmp(field_text(r->f, alert, "rule"), rule_word(RULE_SUBSIDY)) == 0
             && strcmp(field_text(r->f, alert, "transition"), transition_word(TRANSITION_FIRING)) == 0;
    }
    bool none = json_array_size(alerts) == 0;
    fprintf(r->to, "\n%s%s%s\n", say(r, title), none ? say(r, WORD_COLON) : "",
            none ? say(r, WORD_NO_ALERTS_AHEAD) : "");
    finish(r, table);
    if (late && field_int(r->f, scenario, "subsidy_late") == 0)     /* else it is what was asked for */
        fprintf(r->to, "  %s\n", say(r, WORD_SUBSIDY_AHEAD));
}

/* --- Which rules. ------------------------------------------------------------------------ */

static void print_judged(const struct reading *r, const json_t *scenario)
{
    const json_t *rules = field_array(r->f, scenario, "judged");
    char list[TEXT_MAX] = "", text[2 * TEXT_MAX];
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const char *rule = json_string_value(json_array_get(rules, i));
        add_item(r, list, word_rule(r->language, rule == NULL ? "" : rule));
    }
    if (list[0] != '\0')
        fprintf(r->to, "\n%s\n", WORDS(text, say(r, WORD_JUDGED_AHEAD), list));
}

static void print_unjudged(const struct reading *r)
{
    static const struct { const char *why; enum word word; } reasons[] = {
        { "sources", WORD_UNJUDGED_SOURCES }, { "bank", WORD_UNJUDGED_BANK },
        { "late_money", WORD_UNJUDGED_LATE }, { "no_figures", WORD_UNJUDGED_FIGURES },
    };
    const json_t *rules = field_array(r->f, r->answer, "unjudged");
    for (size_t reason = 0; reason < sizeof reasons / sizeof reasons[0]; reason++) {
        char list[TEXT_MAX] = "", text[2 * TEXT_MAX];
        for (size_t i = 0; i < json_array_size(rules); i++) {
            const json_t *rule = json_array_get(rules, i);
            if (strcmp(field_text(r->f, rule, "why"), reasons[reason].why) == 0)
                add_item(r, list, word_rule(r->language, field_text(r->f, rule, "rule")));
        }
        if (list[0] != '\0')
            fprintf(r->to, "%s\n",
                    WORDS(text, say(r, WORD_UNJUDGED_AHEAD), list, say(r, reasons[reason].word)));
    }
}

int outlook_print(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    struct reading r = { f, answer, language, to, 0 };
    print_head(&r, WORD_OUTLOOK);
    if (is_known(&r, answer))
        print_months(&r);
    print_leaving(&r);
    if (is_known(&r, answer)) {
        print_alerts(&r, WORD_ALERTS_AHEAD, field_map(f, answer, "projection"));
        print_judged(&r, field_map(f, answer, "projection"));
        print_unjudged(&r);
        print_needed(&r);
    }
    print_gate(&r);
    print_clearing(&r);
    print_foot(&r);
    return r.err;
}

/* --- What if. --------------------------------------------------------------------------- */

/* "+5", "-2" */
static const char *points_text(int64_t points, char text[FIGURE_MAX])
{
    char bare[FIGURE_MAX];
    snprintf(text, FIGURE_MAX, "%s%.64s", points > 0 ? "+" : "", figure_bound(RULE_DEFICIT, points, bare));
    return text;
}

/* The assumptions that were made. */
static void print_assumptions(const struct reading *r, const json_t *whatif)
{
    int64_t payouts = field_int(r->f, whatif, "payouts_e4"), late = field_int(r->f, whatif, "subsidy_late");
    int64_t points = field_int(r->f, whatif, "coverage_e4");
    const json_t *coverage = field_map(r->f, whatif, "coverage");
    enum word changed = is_known(r, coverage) ? WORD_WHATIF_COVERAGE : WORD_WHATIF_COVERAGE_UNKNOWN;
    char text[TEXT_MAX], figure[FIGURE_MAX], now[FIGURE_MAX], days[FIGURE_MAX];
    if (payouts != E4)
        fprintf(r->to, "  %s\n", WORDS(text, say(r, WORD_WHATIF_PAYOUTS),
                                       figure_bound(RULE_DEFICIT, payouts, figure)));
    if (late != 0)
        fprintf(r->to, "  %s\n", WORDS(text, say(r, WORD_WHATIF_SUBSIDY), number_text(late, days)));
    if (points != 0)
        fprintf(r->to, "  %s\n", WORDS(text, say(r, changed), points_text(points, figure),
                                       figure_or_why(r, RULE_COVERAGE, coverage, now)));
}

static void pair_row(const struct reading *r, struct table *table, const json_t *plain, const json_t *changed)
{
    const json_t *runway = field_map(r->f, changed, "runway");
    int64_t before = field_int(r->f, plain, "balance"), then = field_int(r->f, changed, "balance");
    struct amount difference = { 0 };
    bool fits = amount_sub((struct amount){ then }, (struct amount){ before }, &difference);
    char name[DATE_TEXT_MAX], balance[FIGURE_MAX], months[FIGURE_MAX], other[FIGURE_MAX], less[FIGURE_MAX];
    char changed_months[FIGURE_MAX], deficit[FIGURE_MAX];
    TABLE_ROW(table, month_text(field_int(r->f, changed, "month"), name), figure_wan(before, balance),
              figure_or_why(r, RULE_RUNWAY, field_map(r->f, plain, "runway"), months),
              figure_wan(then, other),
              fits ? figure_wan(difference.fen, less) : "",
              figure_or_why(r, RULE_RUNWAY, runway, changed_months),
              figure_or_why(r, RULE_DEFICIT, field_map(r->f, changed, "deficit"), deficit),
              word_level_named(r->language, field_text(r->f, runway, "level")));
}

static void print_pairs(struct reading *r, const json_t *whatif)
{
    const json_t *plain = field_array(r->f, field_map(r->f, r->answer, "projection"), "months");
    const json_t *changed = field_array(r->f, whatif, "months");
    struct table *table = table_new("lrrrrrrl");
    char surplus[FIGURE_MAX], balance[FIGURE_MAX], runway[FIGURE_MAX];
    snprintf(surplus, sizeof surplus, "%s %%", say(r, WORD_SURPLUS_SHORT));
    WORDS(balance, say(r, WORD_UNCHANGED), say(r, WORD_BALANCE));
    WORDS(runway, say(r, WORD_UNCHANGED), say(r, WORD_RUNWAY_SHORT));
    fputc('\n', r->to);
    TABLE_ROW(table, say(r, WORD_MONTH), balance, runway, say(r, WORD_BALANCE), say(r, WORD_CHANGE),
              say(r, WORD_RUNWAY_SHORT), surplus, say(r, WORD_LEVEL));
    table_rule(table);
    for (size_t i = 0; i < json_array_size(changed); i++)
        pair_row(r, table, json_array_get(plain, i), json_array_get(changed, i));
    finish(r, table);
}

int whatif_print(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    struct reading r = { f, answer, language, to, 0 };
    const json_t *whatif = field_map(f, answer, "whatif");
    char text[TEXT_MAX];
    print_head(&r, WORD_WHATIF);
    fputc('\n', to);
    print_assumptions(&r, whatif);
    if (is_known(&r, whatif)) {
        print_pairs(&r, whatif);
        print_alerts(&r, WORD_ALERTS_AHEAD, whatif);
        print_alerts(&r, WORD_ALERTS_UNCHANGED, field_map(f, answer, "projection"));
        print_judged(&r, whatif);
        print_unjudged(&r);
    } else if (is_known(&r, answer)) {
        fprintf(to, "%s\n", WORDS(text, say(&r, WORD_WHATIF_UNKNOWN),
                                  word_unknown(language, field_text(f, whatif, "computable"))));
    }
    print_foot(&r);
    return r.err;
}
