#include "consumers/status.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/completeness_text.h"
#include "consumers/figures.h"

/* Labels stand in a column of this many characters. */
#define LABEL 14

static void label(FILE *to, const char *text)
{
    fprintf(to, "  %-*s", LABEL, text);
}

static const char *mark(bool derived)
{
    return derived ? DERIVED_MARK : "";
}

static const json_t *find_rule(struct fields *f, const json_t *fund, const char *word)
{
    const json_t *rules = field_array(f, fund, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        if (strcmp(field_text(f, rule, "rule"), word) == 0)
            return rule;
    }
    return NULL;
}

static bool is_blind(struct fields *f, const json_t *rule)
{
    return field_bool(f, rule, "blind");
}

static bool is_healthy(struct fields *f, const json_t *rule)
{
    return strcmp(field_text(f, rule, "level"), level_word(LEVEL_HEALTHY)) == 0;
}

/* The band that the rule holds, or why there is none; "" while there is no such rule. */
static const char *band_of(struct fields *f, const json_t *fund, char text[FIGURE_MAX])
{
    const json_t *rule = find_rule(f, fund, rule_word(RULE_RUNWAY));
    text[0] = '\0';
    if (rule == NULL)
        return "no rule on it";
    if (is_blind(f, rule) && is_healthy(f, rule))
        return "blind";
    figure_level(field_text(f, rule, "level"), text);
    if (is_blind(f, rule))
        strcat(text, " before it went blind");
    return text;
}

static void print_provisional(struct fields *f, const json_t *fund, FILE *to)
{
    char text[FIGURE_MAX];
    struct indicator share = field_indicator(f, field_map(f, fund, "provisional_share"));
    if (share.why == COMPUTABLE)
        fprintf(to, "%s%s of expenditure is provisional", figure_value(RULE_PROVISIONAL, share, text),
                mark(field_derived(f, fund, "provisional_share")));
    else
        fprintf(to, "provisional share %s", figure_value(RULE_PROVISIONAL, share, text));
}

static const char *other_mark(struct fields *f, const json_t *fund, const char *key, struct indicator runway)
{
    return mark(runway.why == COMPUTABLE && field_derived(f, fund, key));
}

/* "8.01 months with everything owed (in the balance 1,200.00 万元, beside it 300.00 万元)" and
 * "8.57 months with overdue subsidy received (245.91 万元)" */
static void print_other_runways(struct fields *f, const json_t *fund, FILE *to)
{
    char value[FIGURE_MAX], booked[FIGURE_MAX], incurred[FIGURE_MAX], subsidy[FIGURE_MAX];
    const json_t *owing = field_map(f, fund, "owing");
    struct indicator received = field_indicator(f, field_map(f, fund, "runway_received"));
    struct indicator owed = field_indicator(f, field_map(f, fund, "runway_owed"));
    label(to, "");
    fprintf(to, "%s%s with everything owed (in the balance %s 万元, beside it %s 万元)\n",
            figure_value(RULE_RUNWAY, owed, value), other_mark(f, fund, "runway_owed", owed),
            figure_wan(field_int(f, owing, "booked"), booked),
            figure_wan(field_int(f, owing, "incurred"), incurred));
    label(to, "");
    figure_value(RULE_RUNWAY, received, value);
    if (received.why == COMPUTABLE)
        fprintf(to, "%s%s with overdue subsidy received (%s 万元)\n", value,
                other_mark(f, fund, "runway_received", received),
                figure_wan(field_int(f, owing, "subsidy"), subsidy));
    else
        fprintf(to, "with overdue subsidy received: %s\n", value);
}

/* "8.49 months † (12 closed months, trailing_12), normal; 34.10 % of expenditure is provisional".  `band` may
 * be "". */
static void print_runway(struct fields *f, const json_t *fund, const char *band, FILE *to)
{
    char value[FIGURE_MAX], base[FIGURE_MAX];
    struct indicator runway = field_indicator(f, field_map(f, fund, "runway"));
    bool derived = field_derived(f, fund, "runway") && runway.why == COMPUTABLE;
    fprintf(to, "%s%s (%s)", figure_value(RULE_RUNWAY, runway, value), mark(derived),
            figure_base(field_text(f, fund, "base"), field_int(f, fund, "months"), base));
    if (band[0] != '\0' && runway.why == COMPUTABLE)
        fprintf(to, ", %s", band);
    fputs("; ", to);
    print_provisional(f, fund, to);
    fputc('\n', to);
    if (runway.why == COMPUTABLE)
        print_other_runways(f, fund, to);
}

static void print_deadline(struct fields *f, const json_t *line, FILE *to)
{
    int64_t mmdd = field_int(f, line, "deadline");
    fprintf(to, ", due %02" PRId64 "-%02" PRId64, mmdd / 100, mmdd % 100);
}

static void print_coverage_line(struct fields *f, const json_t *line, FILE *to)
{
    char value[FIGURE_MAX], target[FIGURE_MAX];
    struct indicator coverage = field_indicator(f, line);
    fprintf(to, "%s (%s ÷ %s): %s%s, target %s", field_text(f, line, "name"),
            field_text(f, line, "numerator"), field_text(f, line, "denominator"),
            figure_value(RULE_COVERAGE, coverage, value), mark(field_bool(f, line, "derived")),
            figure_limit(RULE_COVERAGE, field_int(f, line, "target_e4"), target));
    print_deadline(f, line, to);
    bool met = field_bool(f, line, "met");
    if (coverage.why == COMPUTABLE)
        fputs(met ? ", met" : ", NOT met", to);
    fputc('\n', to);
}

static void print_coverage(struct fields *f, const json_t *fund, const char *text, FILE *to)
{
    const json_t *lines = field_array(f, fund, "coverage");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        label(to, i == 0 ? text : "");
        print_coverage_line(f, json_array_get(lines, i), to);
    }
    if (json_array_size(lines) == 0) {
        label(to, text);
        fputs("no definition in the policy\n", to);
    }
}

/* "5,880,830 † reported, 966,900 employees": of a fund that reports counts. */
static void print_reported(struct fields *f, const json_t *heads, FILE *to)
{
    char reported[FIGURE_MAX], employees[FIGURE_MAX];
    if (field_int(f, heads, "reported") < 0)
        return;
    label(to, "insured");
    fprintf(to, "%s%s reported", figure_count(field_int(f, heads, "reported"), reported),
            mark(field_derived(f, heads, "reported")));
    if (field_int(f, heads, "employees") >= 0)
        fprintf(to, ", %s%s employees", figure_count(field_int(f, heads, "employees"), employees),
                mark(field_derived(f, heads, "employees")));
    fputc('\n', to);
}

/* "965 in one place and scheme (945 to 980), of 1,000 paid: 20 left, 30 paid in another fund, too (10 counted
 * there), 5 duplicates reported" */
static void print_insured(struct fields *f, const json_t *fund, FILE *to)
{
    char once[FIGURE_MAX], least[FIGURE_MAX], most[FIGURE_MAX], paid[FIGURE_MAX], left[FIGURE_MAX];
    char doubled[FIGURE_MAX], elsewhere[FIGURE_MAX], reported[FIGURE_MAX];
    const json_t *heads = json_object_get(fund, "heads");
    if (heads == NULL)
        return;
    if (field_int(f, heads, "paid") < 0) {
        print_reported(f, heads, to);
        return;
    }
    int64_t duplicates = field_int(f, heads, "duplicates");
    label(to, "insured");
    fprintf(to, "%s%s in one place and scheme (%s to %s), of %s paid: %s left, %s paid in another fund, too "
            "(%s counted there), %s duplicates reported\n",
            figure_count(field_int(f, heads, "paid_once"), once), mark(field_derived(f, heads, "paid_once")),
            figure_count(field_int(f, heads, "paid_once_least"), least),
            figure_count(field_int(f, heads, "paid_once_most"), most),
            figure_count(field_int(f, heads, "paid"), paid), figure_count(field_int(f, heads, "left"), left),
            figure_count(field_int(f, heads, "doubled"), doubled),
            figure_count(field_int(f, heads, "elsewhere"), elsewhere),
            figure_count(duplicates > 0 ? duplicates : 0, reported));
}

static int64_t sum_of_ages(struct fields *f, const json_t *line)
{
    const json_t *ages = field_array(f, line, "arrears");
    struct amount sum = { 0 };
    for (size_t i = 0; i < json_array_size(ages); i++) {
        if (!amount_add(sum, (struct amount){ json_integer_value(json_array_get(ages, i)) }, &sum))
            snprintf(f->fault, sizeof f->fault, "arrears is not a list of amounts");
    }
    return sum.fen;
}

/* "2021 county: 245.91 万元 late since 2021-12-31 (due 3,187.91, received 2,942.00)" */
static void print_arrears(struct fields *f, const json_t *fund, FILE *to)
{
    const json_t *lines = field_array(f, fund, "arrears");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        char late[FIGURE_MAX], due[FIGURE_MAX], received[FIGURE_MAX], since[DATE_TEXT_MAX];
        label(to, i == 0 ? "subsidy" : "");
        bool of_due = field_derived(f, line, "due"), of_received = field_derived(f, line, "received");
        fprintf(to, "%" PRId64 " %s: %s 万元%s late since %s (due %s%s, received %s%s)\n",
                field_int(f, line, "year"), field_text(f, line, "level"),
                figure_wan(sum_of_ages(f, line), late), mark(of_due || of_received),
                date_format(field_date(f, line, "oldest"), since),
                figure_wan(field_int(f, line, "due_by_now"), due), mark(of_due),
                figure_wan(field_int(f, line, "received"), received), mark(of_received));
    }
}

static void print_target(struct fields *f, const json_t *line, FILE *to)
{
    char value[FIGURE_MAX], limit[FIGURE_MAX];
    const char *instance = field_text(f, line, "instance");
    enum rule rule = field_rule(f, line);
    struct indicator indicator = field_indicator(f, line);
    fprintf(to, "%s%s%s: %s%s", field_text(f, line, "rule"), instance[0] != '\0' ? " " : "", instance,
            figure_value(rule, indicator, value), mark(field_bool(f, line, "derived")));
    bool on = field_bool(f, line, "on"), met = field_bool(f, line, "met");
    if (on)
        fprintf(to, ", target %s", figure_limit(rule, field_int(f, line, "target_e4"), limit));
    else
        fputs(", no target", to);
    if (on && indicator.why == COMPUTABLE)
        fputs(met ? ", met" : ", NOT met", to);
    fputc('\n', to);
}

static void print_targets(struct fields *f, const json_t *fund, FILE *to)
{
    const json_t *lines = field_array(f, fund, "targets");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        label(to, i == 0 ? "targets" : "");
        print_target(f, json_array_get(lines, i), to);
    }
}

static void print_balance(struct fields *f, const json_t *fund, FILE *to)
{
    char text[FIGURE_MAX];
    int64_t balance = field_int(f, fund, "balance");
    bool derived = field_bool(f, fund, "balance_derived");
    label(to, "balance");
    if (field_bool(f, fund, "has_opening"))
        fprintf(to, "%s 万元%s\n", figure_wan(balance, text), mark(derived));
    else
        fprintf(to, "not known: there is no opening balance (since then %s 万元)\n",
                figure_wan(balance, text));
}

/* What all figures rest on; nothing if nothing is expected of anybody. */
static void print_completeness(struct fields *f, const json_t *fund, FILE *to)
{
    char text[COMPLETENESS_TEXT_MAX];
    completeness_text(f, field_map(f, fund, "completeness"), LANGUAGE_EN, text);
    if (text[0] == '\0')
        return;
    label(to, "completeness");
    fprintf(to, "%s\n", text);
}

static void print_deficit(struct fields *f, const json_t *fund, FILE *to)
{
    char text[FIGURE_MAX];
    struct indicator deficit = field_indicator(f, field_map(f, fund, "deficit"));
    fprintf(to, "%s%s%s\n", figure_value(RULE_DEFICIT, deficit, text),
            mark(deficit.why == COMPUTABLE && field_derived(f, fund, "deficit")),
            deficit.why == COMPUTABLE ? " (income − expenditure) ÷ expenditure" : "");
}

/* Why a rule is blind: the reason of the indicator that it goes by. */
static const char *blind_reason(struct fields *f, const json_t *fund, const json_t *rule)
{
    static const struct { const char *rule, *key; } sources[] = {
        { "runway", "runway" }, { "deficit", "deficit" }, { "provisional", "provisional_share" },
    };
    const char *word = field_text(f, rule, "rule");
    const json_t *map = NULL;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strcmp(word, sources[i].rule) == 0)
            map = field_map(f, fund, sources[i].key);
    }
    const json_t *targets = field_array(f, fund, "targets");
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *line = json_array_get(targets, i);
        if (strcmp(field_text(f, line, "rule"), word) == 0
                && strcmp(field_text(f, line, "instance"), field_text(f, rule, "instance")) == 0)
            map = line;
    }
    const json_t *lines = field_array(f, fund, "coverage");
    for (size_t i = 0; strcmp(word, "coverage") == 0 && i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(field_text(f, line, "name"), field_text(f, rule, "instance")) == 0)
            map = line;
    }
    struct indicator indicator = { .why = COMPUTABLE };
    if (map != NULL)
        indicator = field_indicator(f, map);
    const json_t *completeness = find_rule(f, fund, rule_word(RULE_COMPLETENESS));
    if (indicator.why == COMPUTABLE && completeness != NULL && !is_healthy(f, completeness))
        indicator.why = NC_INCOMPLETE;
    return indicator.why != COMPUTABLE ? not_computable_sentence(indicator.why)
                                       : "nothing to judge it by";
}

static void print_rule(struct fields *f, const json_t *fund, const json_t *rule, FILE *to)
{
    char level[FIGURE_MAX], since[DATE_TEXT_MAX];
    const char *instance = field_text(f, rule, "instance");
    fprintf(to, "%s%s%s", field_text(f, rule, "rule"), instance[0] != '\0' ? " " : "", instance);
    if (!is_healthy(f, rule))
        fprintf(to, " %s (%s) since %s, incident %" PRId64,
                figure_level(field_text(f, rule, "level"), level), field_text(f, rule, "severity"),
                date_format(field_date(f, rule, "since"), since), field_int(f, rule, "incident"));
    if (field_bool(f, rule, "acknowledged"))
        fputs(", acknowledged", to);
    if (is_blind(f, rule))
        fprintf(to, "%s blind: %s", is_healthy(f, rule) ? "" : ",", blind_reason(f, fund, rule));
    fputc('\n', to);
}

static void print_alerts(struct fields *f, const json_t *fund, FILE *to)
{
    const json_t *rules = field_array(f, fund, "rules");
    bool any = false;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        if (is_healthy(f, rule) && !is_blind(f, rule))
            continue;
        label(to, any ? "" : "alerts");
        print_rule(f, fund, rule, to);
        any = true;
    }
    if (!any) {
        label(to, "alerts");
        fputs("none\n", to);
    }
}

/* "merged into 440800/390 from 2021-01-01 on: its books are a part of that fund's" */
static void print_change(struct fields *f, const json_t *place, FILE *to)
{
    char from[DATE_TEXT_MAX], paid[FIGURE_MAX], received[FIGURE_MAX];
    const char *change = field_text(f, place, "change");
    const json_t *into = field_array(f, place, "into");
    if (change[0] == '\0')
        return;
    label(to, "place");
    fprintf(to, "%s into", change);
    for (size_t i = 0; i < json_array_size(into); i++)
        fprintf(to, "%s %s", i > 0 ? "," : "", json_string_value(json_array_get(into, i)));
    fprintf(to, " from %s on: ", date_format(field_date(f, place, "from"), from));
    if (strcmp(change, "merged") == 0)
        fputs("its books are a part of that fund's\n", to);
    else
        fprintf(to, "paid %s, received there %s 万元\n", figure_wan(field_int(f, place, "paid"), paid),
                figure_wan(field_int(f, place, "received"), received));
}

static void print_place(struct fields *f, const json_t *fund, FILE *to)
{
    const json_t *place = field_map(f, fund, "place"), *parts = field_array(f, place, "parts");
    print_change(f, place, to);
    for (size_t i = 0; i < json_array_size(parts); i++) {
        char from[DATE_TEXT_MAX];
        const json_t *part = json_array_get(parts, i);
        label(to, i == 0 ? "with" : "");
        fprintf(to, "the books of %s, merged on %s\n", field_text(f, part, "fund"),
                date_format(field_date(f, part, "from"), from));
    }
}

void status_print_fund(struct fields *f, const json_t *fund, FILE *to)
{
    char date[DATE_TEXT_MAX], band[FIGURE_MAX];
    fprintf(to, "%s  books at %s  policy %" PRId64 "\n", field_text(f, fund, "fund"),
            date_format(field_date(f, fund, "books_date"), date),
            field_int(f, fund, "policy_version"));
    if (field_bool(f, fund, "importing")) {
        label(to, "importing");
        fputs("history is being entered; no rule is judged until it is done\n", to);
    }
    print_place(f, fund, to);
    print_completeness(f, fund, to);
    print_balance(f, fund, to);
    label(to, "runway");
    print_runway(f, fund, band_of(f, fund, band), to);
    label(to, "surplus");
    print_deficit(f, fund, to);
    print_insured(f, fund, to);
    print_coverage(f, fund, "coverage", to);
    print_arrears(f, fund, to);
    print_targets(f, fund, to);
    print_alerts(f, fund, to);
}

static bool any_derived(struct fields *f, const json_t *fund, const char *key)
{
    const json_t *items = field_array(f, fund, key);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i), *names = json_object_get(item, "derived_figures");
        if (json_is_true(json_object_get(item, "derived")) || json_array_size(names) > 0)
            return true;
    }
    return false;
}

/* Whether some figure of the page has a mark. */
static bool has_marks(struct fields *f, const json_t *fund)
{
    const json_t *heads = json_object_get(fund, "heads");
    return json_array_size(field_array(f, fund, "derived_figures")) > 0 || any_derived(f, fund, "coverage")
        || any_derived(f, fund, "targets") || any_derived(f, fund, "arrears")
        || json_array_size(json_object_get(heads, "derived_figures")) > 0;
}

void status_print(struct fields *f, const json_t *funds, FILE *to)
{
    bool derived = false;
    for (size_t i = 0; i < json_array_size(funds); i++) {
        const json_t *fund = json_array_get(funds, i);
        if (i > 0)
            fputc('\n', to);
        status_print_fund(f, fund, to);
        derived |= has_marks(f, fund);
    }
    if (json_array_size(funds) == 0)
        fputs("There is no fund there: a fund exists from its first policy.\n", to);
    if (derived)
        fprintf(to, "\n%s\n", DERIVED_NOTE);
}
