#include "consumers/status.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/completeness_text.h"
#include "consumers/counted_text.h"
#include "consumers/figures.h"
#include "consumers/table.h"
#include "consumers/terms.h"
#include "fund/place.h"

/* Labels stand in a column of this many characters. */
#define LABEL 14

#define LINE_MAX 1024

/* A fund, and how it is shown. */
struct shown {
    struct fields *f;
    const json_t *fund;
    enum language language;
    FILE *to;
};

static const char *say(const struct shown *s, enum word which)
{
    return word(s->language, which);
}

static void label_text(const struct shown *s, const char *text)
{
    unsigned width = text_width(text);
    fprintf(s->to, "  %s%*s", text, width < LABEL ? (int)(LABEL - width) : 0, "");
}

/* In front of the i-th line of several: the first one has the label. */
static void label(const struct shown *s, enum word which, size_t i)
{
    label_text(s, i == 0 ? say(s, which) : "");
}

/* A sentence with its places filled in. */
static void put_words(const struct shown *s, enum word which, const char *const arguments[], unsigned count)
{
    char line[LINE_MAX];
    fputs(words_fill(line, sizeof line, say(s, which), arguments, count), s->to);
}
#define SAY(s, which, ...)                                                                          \
    put_words((s), (which), (const char *const[]){ __VA_ARGS__ },                                   \
              sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* --- Values. --------------------------------------------------------------------- */

static const char *wan(const struct shown *s, const json_t *map, const char *key, char text[FIGURE_MAX])
{
    return figure_wan(field_int(s->f, map, key), text);
}

static const char *count(const struct shown *s, const json_t *map, const char *key, char text[FIGURE_MAX])
{
    int64_t number = field_int(s->f, map, key);
    return figure_count(number > 0 ? number : 0, text);
}

static const char *number(const struct shown *s, const json_t *map, const char *key, char text[FIGURE_MAX])
{
    snprintf(text, FIGURE_MAX, "%" PRId64, field_int(s->f, map, key));
    return text;
}

static const char *date(const struct shown *s, const json_t *map, const char *key, char text[DATE_TEXT_MAX])
{
    return date_format(field_date(s->f, map, key), text);
}

static const char *value(const struct shown *s, enum rule rule, const json_t *map, char text[FIGURE_MAX])
{
    return term_value(s->language, rule, field_indicator(s->f, map), text);
}

static bool is_computable(const struct shown *s, const json_t *map)
{
    return field_indicator(s->f, map).why == COMPUTABLE;
}

/* A value, marked where it is there and is derived. */
static const char *marked(const struct shown *s, enum rule rule, const json_t *map, bool derived,
                          char text[FIGURE_MAX])
{
    value(s, rule, map, text);
    if (derived && is_computable(s, map))
        snprintf(text + strlen(text), FIGURE_MAX - strlen(text), "%s", DERIVED_MARK);
    return text;
}

/* The same beside its target. */
static const char *marked_beside(const struct shown *s, enum rule rule, const json_t *line,
                                 char text[FIGURE_MAX])
{
    int64_t target = field_int(s->f, line, "target_e4");
    term_value_beside(s->language, rule, field_indicator(s->f, line), &target, 1, text);
    if (field_bool(s->f, line, "derived") && is_computable(s, line))
        snprintf(text + strlen(text), FIGURE_MAX - strlen(text), "%s", DERIVED_MARK);
    return text;
}

/* The value of one of the fund's own figures, told apart from the limits of its rule. */
static const char *value_of_rule(const struct shown *s, enum rule rule, const char *key,
                                 char text[FIGURE_MAX])
{
    int64_t limits[TERM_LIMITS_MAX];
    unsigned count = term_limits(s->f, s->fund, key, limits);
    return term_value_beside(s->language, rule, field_indicator(s->f, field_map(s->f, s->fund, key)), limits,
                             count, text);
}

/* The same with its mark. */
static const char *figure_of_rule(const struct shown *s, enum rule rule, const char *key,
                                  char text[FIGURE_MAX])
{
    value_of_rule(s, rule, key, text);
    if (field_derived(s->f, s->fund, key) && is_computable(s, field_map(s->f, s->fund, key)))
        snprintf(text + strlen(text), FIGURE_MAX - strlen(text), "%s", DERIVED_MARK);
    return text;
}

/* One of the fund's own figures. */
static const char *figure(const struct shown *s, enum rule rule, const char *key, char text[FIGURE_MAX])
{
    return marked(s, rule, field_map(s->f, s->fund, key), field_derived(s->f, s->fund, key), text);
}

/* What stands as text, marked if it is derived. */
static const char *mark(char text[FIGURE_MAX], bool derived)
{
    if (derived)
        snprintf(text + strlen(text), FIGURE_MAX - strlen(text), "%s", DERIVED_MARK);
    return text;
}

static const char *heads(const struct shown *s, const json_t *map, const char *key, char text[FIGURE_MAX])
{
    count(s, map, key, text);
    return mark(text, field_derived(s->f, map, key));
}

/* Whether the place was merged or split, so that no rule looks at what is left of it. */
static bool has_ended(const struct shown *s)
{
    return field_text(s->f, field_map(s->f, s->fund, "place"), "change")[0] != '\0';
}

/* --- Rules. ------------------------------------------------------------------------ */

static const json_t *find_rule(const struct shown *s, const char *word)
{
    const json_t *rules = field_array(s->f, s->fund, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        if (strcmp(field_text(s->f, rule, "rule"), word) == 0)
            return rule;
    }
    return NULL;
}

static bool is_blind(const struct shown *s, const json_t *rule)
{
    return field_bool(s->f, rule, "blind");
}

static bool is_healthy(const struct shown *s, const json_t *rule)
{
    return strcmp(field_text(s->f, rule, "level"), level_word(LEVEL_HEALTHY)) == 0;
}

/* The line of a list that is about the same rule and instance; `key` names the instance. */
static const json_t *line_of(const struct shown *s, const json_t *lines, const char *key,
                             const char *instance)
{
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(field_text(s->f, line, key), instance) == 0)
            return line;
    }
    return NULL;
}

static const json_t *target_of(const struct shown *s, const char *word, const char *instance)
{
    const json_t *lines = field_array(s->f, s->fund, "targets");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(field_text(s->f, line, "rule"), word) == 0
                && strcmp(field_text(s->f, line, "instance"), instance) == 0)
            return line;
    }
    return NULL;
}

/* What a rule goes by: a map with an indicator; NULL for one that has none here. */
static const json_t *basis_of(const struct shown *s, const json_t *rule)
{
    static const struct { const char *rule, *key; } own[] = {
        { "runway", "runway" }, { "deficit", "deficit" }, { "provisional", "provisional_share" },
    };
    const char *word = field_text(s->f, rule, "rule"), *instance = field_text(s->f, rule, "instance");
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(word, own[i].rule) == 0)
            return field_map(s->f, s->fund, own[i].key);
    }
    if (strcmp(word, "coverage") == 0)
        return line_of(s, field_array(s->f, s->fund, "coverage"), "name", instance);
    return target_of(s, word, instance);
}

/* Whether its own history is being entered: its rules stand as they did before. */
static bool is_importing(const struct shown *s)
{
    return field_bool(s->f, s->fund, "importing");
}

static bool is_member_importing(const struct shown *s)
{
    return json_array_size(field_array(s->f, s->fund, "importing_members")) > 0;
}

/* Whether so little of what was expected of sources has come that nothing is judged. */
static bool is_incomplete(const struct shown *s)
{
    const json_t *completeness = find_rule(s, rule_word(RULE_COMPLETENESS));
    return completeness != NULL && !is_healthy(s, completeness);
}

/* Why nothing is judged by the figures that there are: the place is no more, or what they rest on is not all
 * there yet.  "" if it is. */
static const char *unjudged(const struct shown *s)
{
    return has_ended(s) ? word_not_computable(s->language, NC_PLACE_ENDED)
         : is_importing(s) ? say(s, WORD_WHY_IMPORTING)
         : is_member_importing(s) ? word_not_computable(s->language, NC_MEMBER_IMPORTING)
         : is_incomplete(s) ? word_not_computable(s->language, NC_INCOMPLETE) : "";
}

/* Whether a target that is not met tells nobody: a net loss while a coverage below its target does. */
static bool is_silenced(const struct shown *s, const json_t *line)
{
    const json_t *rules = field_array(s->f, s->fund, "rules");
    if (json_object_get(line, "rule") == NULL       /* a coverage */
        || strcmp(field_text(s->f, line, "rule"), rule_word(RULE_NET_LOSS)) != 0)
        return false;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        if (strcmp(field_text(s->f, rule, "rule"), rule_word(RULE_COVERAGE)) == 0 && !is_healthy(s, rule))
            return true;
    }
    return false;
}

/* "met", "NOT met", why nobody says so, or nothing where there is no value to compare. */
static const char *met(const struct shown *s, const json_t *line, char text[FIGURE_MAX])
{
    const char *why = unjudged(s);
    if (!is_computable(s, line))
        return "";
    if (why[0] != '\0')
        return words_fill(text, FIGURE_MAX, say(s, WORD_STATUS_BAND), (const char *const[]){ why }, 1);
    return say(s, field_bool(s->f, line, "met") ? WORD_STATUS_MET
                  : is_silenced(s, line) ? WORD_STATUS_SILENCED : WORD_STATUS_NOT_MET);
}

/* Why a rule is blind: the reason of the indicator that it goes by. */
static const char *blind_reason(const struct shown *s, const json_t *rule)
{
    const json_t *basis = basis_of(s, rule);
    const char *why = unjudged(s);
    struct indicator indicator = { .why = COMPUTABLE };
    if (basis != NULL && !is_importing(s))
        indicator = field_indicator(s->f, basis);
    if (indicator.why != COMPUTABLE)
        return word_not_computable(s->language, indicator.why);
    return why[0] != '\0' ? why : say(s, WORD_STATUS_NOTHING);
}

/* A definition of coverage as the policy calls it in Chinese, or as usual there, or as its name. */
static const char *definition_text(const struct shown *s, const json_t *line)
{
    const char *name = field_text(s->f, line, "name");
    if (s->language == LANGUAGE_EN)
        return name;
    const char *label = field_text(s->f, line, "zh");
    return label[0] != '\0' ? label : word_coverage(s->language, name);
}

static const char *instance_of(const struct shown *s, const json_t *rule)
{
    const char *instance = field_text(s->f, rule, "instance");
    const json_t *line = NULL;
    if (strcmp(field_text(s->f, rule, "rule"), rule_word(RULE_COVERAGE)) == 0)
        line = line_of(s, field_array(s->f, s->fund, "coverage"), "name", instance);
    return line != NULL ? definition_text(s, line) : instance;
}

static void print_rule(const struct shown *s, const json_t *rule)
{
    char name[FIGURE_MAX], level[FIGURE_MAX], since[DATE_TEXT_MAX], incident[FIGURE_MAX];
    fputs(term_rule(s->language, field_text(s->f, rule, "rule"), instance_of(s, rule), name), s->to);
    if (!is_healthy(s, rule))
        SAY(s, WORD_STATUS_FIRING,
            term_level(s->language, field_text(s->f, rule, "rule"), field_text(s->f, rule, "level"), level),
            term_of(s->language, TERM_SEVERITY, field_text(s->f, rule, "severity")),
            date(s, rule, "since", since), number(s, rule, "incident", incident));
    if (field_bool(s->f, rule, "acknowledged"))
        fputs(say(s, WORD_STATUS_ACKNOWLEDGED), s->to);
    if (is_blind(s, rule) || is_importing(s))
        SAY(s, is_healthy(s, rule) ? WORD_STATUS_BLIND : WORD_STATUS_BLIND_TOO, blind_reason(s, rule));
    fputc('\n', s->to);
}

static void print_alerts(const struct shown *s)
{
    const json_t *rules = field_array(s->f, s->fund, "rules");
    size_t shown = 0;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        if (is_healthy(s, rule) && !is_blind(s, rule))
            continue;
        label(s, WORD_STATUS_ALERTS, shown++);
        print_rule(s, rule);
    }
    if (shown == 0) {
        label(s, WORD_STATUS_ALERTS, 0);
        fprintf(s->to, "%s\n", say(s, WORD_NO_ALERTS_AHEAD));
    }
}

/* --- Runway. ----------------------------------------------------------------------- */

/* The band that the rule holds, or why there is none. */
static const char *band_of(const struct shown *s, char text[FIGURE_MAX])
{
    char level[FIGURE_MAX];
    enum word held = WORD_STATUS_BAND_BEFORE;
    const json_t *rule = find_rule(s, rule_word(RULE_RUNWAY));
    if (has_ended(s))
        return word_not_computable(s->language, NC_PLACE_ENDED);
    if (is_importing(s) && (rule == NULL || is_healthy(s, rule)))
        return say(s, WORD_WHY_IMPORTING);
    if (is_member_importing(s) && (rule == NULL || is_healthy(s, rule)))
        return word_not_computable(s->language, NC_MEMBER_IMPORTING);
    if (rule == NULL)
        return say(s, is_incomplete(s) ? WORD_STATUS_BAND_BLIND : WORD_STATUS_NO_RULE);
    if (is_blind(s, rule) && is_healthy(s, rule))
        return say(s, WORD_STATUS_BAND_BLIND);
    term_level(s->language, rule_word(RULE_RUNWAY), field_text(s->f, rule, "level"), level);
    if (is_importing(s))
        held = WORD_STATUS_BAND_IMPORT;
    return words_fill(text, FIGURE_MAX, is_blind(s, rule) || is_importing(s) ? say(s, held) : "{1}",
                      (const char *const[]){ level }, 1);
}

static void print_provisional(const struct shown *s)
{
    char text[FIGURE_MAX];
    const json_t *share = field_map(s->f, s->fund, "provisional_share");
    SAY(s, is_computable(s, share) ? WORD_STATUS_PROVISIONAL : WORD_STATUS_NO_PROVISIONAL,
        figure_of_rule(s, RULE_PROVISIONAL, "provisional_share", text));
}

/* "8.01 months with everything owed (in the balance 1,200.00 万元, beside it 300.00 万元)" and
 * "8.57 months with overdue subsidy received (245.91 万元)" */
static void print_other_runways(const struct shown *s)
{
    char months[FIGURE_MAX], booked[FIGURE_MAX], incurred[FIGURE_MAX], subsidy[FIGURE_MAX];
    char overpaid[FIGURE_MAX];
    const json_t *owing = field_map(s->f, s->fund, "owing");
    const json_t *received = field_map(s->f, s->fund, "runway_received");
    label_text(s, "");
    SAY(s, WORD_STATUS_OWED, figure(s, RULE_RUNWAY, "runway_owed", months),
        wan(s, owing, "booked", booked), wan(s, owing, "incurred", incurred));
    if (field_int(s->f, owing, "overpaid") != 0)
        SAY(s, WORD_OVERPAID, wan(s, owing, "overpaid", overpaid));
    fputc('\n', s->to);
    label_text(s, "");
    SAY(s, is_computable(s, received) ? WORD_STATUS_RECEIVED : WORD_STATUS_NOT_RECEIVED,
        figure(s, RULE_RUNWAY, "runway_received", months), wan(s, owing, "subsidy", subsidy));
    fputc('\n', s->to);
}

/* "8.49 months † (12 closed months, trailing_12), normal; 34.10 % of expenditure is provisional" */
static void print_runway(const struct shown *s)
{
    char months[FIGURE_MAX], base[FIGURE_MAX], band[FIGURE_MAX];
    const json_t *runway = field_map(s->f, s->fund, "runway");
    bool computable = is_computable(s, runway);
    bool derived = field_derived(s->f, s->fund, "runway") && computable;
    label(s, WORD_RUNWAY_SHORT, 0);
    SAY(s, WORD_STATUS_RUNWAY, value_of_rule(s, RULE_RUNWAY, "runway", months), derived ? DERIVED_MARK : "",
        term_base(s->language, field_text(s->f, s->fund, "base"), field_int(s->f, s->fund, "months"), base));
    if (computable)
        SAY(s, WORD_STATUS_BAND, band_of(s, band));
    fputs(say(s, WORD_SEMICOLON), s->to);
    print_provisional(s);
    fputc('\n', s->to);
    if (computable)
        print_other_runways(s);
}

/* --- What else there is. ------------------------------------------------------------ */

/* What the years that are not judged yet come to so far. */
static void print_years_ahead(const struct shown *s, const json_t *ahead)
{
    char year[FIGURE_MAX], reached[FIGURE_MAX];
    for (size_t i = 0; i < json_array_size(ahead); i++) {
        const json_t *line = json_array_get(ahead, i);
        snprintf(year, sizeof year, "%" PRId64, field_int(s->f, line, "year"));
        SAY(s, WORD_STATUS_COVERAGE_AHEAD, year,
            marked(s, RULE_COVERAGE, line, field_bool(s->f, line, "derived"), reached));
    }
}

static void print_coverage_line(const struct shown *s, const json_t *line)
{
    char reached[FIGURE_MAX], target[FIGURE_MAX], deadline[FIGURE_MAX], formula[LINE_MAX];
    char verdict[FIGURE_MAX], year[FIGURE_MAX];
    const char *numerator = field_text(s->f, line, "numerator");
    const char *denominator = field_text(s->f, line, "denominator");
    bool zh = s->language == LANGUAGE_ZH;
    snprintf(year, sizeof year, "%" PRId64, field_int(s->f, line, "year"));
    bool sum = strstr(numerator, "_and_") != NULL;
    WORDS(formula, say(s, sum ? WORD_COVERAGE_SUM_FORMULA : WORD_COVERAGE_FORMULA),
          zh ? word_numerator(s->language, numerator) : numerator,
          zh ? word_denominator(s->language, denominator) : denominator);
    SAY(s, WORD_STATUS_COVERAGE, definition_text(s, line), formula,
        marked_beside(s, RULE_COVERAGE, line, reached),
        term_limit(s->language, RULE_COVERAGE, field_int(s->f, line, "target_e4"), target),
        date(s, line, "judged_from", deadline), met(s, line, verdict), year);
    print_years_ahead(s, field_array(s->f, line, "ahead"));
    fputc('\n', s->to);
}

static void print_coverage(const struct shown *s)
{
    const json_t *lines = field_array(s->f, s->fund, "coverage");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        label(s, WORD_RULE_COVERAGE, i);
        print_coverage_line(s, json_array_get(lines, i));
    }
    if (json_array_size(lines) == 0) {
        label(s, WORD_RULE_COVERAGE, 0);
        fprintf(s->to, "%s\n", say(s, WORD_STATUS_NO_COVERAGE));
    }
}

/* "5,880,830 † reported, 966,900 employees": of a fund that reports counts. */
static void print_reported(const struct shown *s, const json_t *people)
{
    char reported[FIGURE_MAX], employees[FIGURE_MAX];
    if (field_int(s->f, people, "reported") < 0)
        return;
    label(s, WORD_STATUS_INSURED, 0);
    SAY(s, WORD_STATUS_REPORTED, heads(s, people, "reported", reported));
    if (field_int(s->f, people, "employees") >= 0)
        SAY(s, WORD_STATUS_EMPLOYEES, heads(s, people, "employees", employees));
    fputc('\n', s->to);
}

/* What was reported of the same people in two ways, and does not agree. */
static void print_contradiction(const struct shown *s, const json_t *people)
{
    char text[FIGURE_MAX], reported[FIGURE_MAX];
    counted_text(s->f, field_map(s->f, s->fund, "counted"), s->language, text);
    if (text[0] == '\0')
        return;
    label(s, WORD_STATUS_INSURED, 0);
    SAY(s, WORD_STATUS_COUNTED, heads(s, people, "reported", reported), text);
    fputc('\n', s->to);
}

/* "965 in one place and scheme (945 to 980), of 1,000 paid: 20 left, 30 paid in another fund, too (10 counted
 * there), 5 duplicates reported" */
static void print_insured(const struct shown *s)
{
    char once[FIGURE_MAX], least[FIGURE_MAX], most[FIGURE_MAX], paid[FIGURE_MAX], left[FIGURE_MAX];
    char doubled[FIGURE_MAX], elsewhere[FIGURE_MAX], reported[FIGURE_MAX];
    const json_t *people = json_object_get(s->fund, "heads");
    if (people == NULL)
        return;
    print_contradiction(s, people);
    if (field_int(s->f, people, "paid") < 0) {
        print_reported(s, people);
        return;
    }
    label(s, WORD_STATUS_INSURED, 0);
    SAY(s, WORD_STATUS_HEADS, heads(s, people, "paid_once", once), count(s, people, "paid_once_least", least),
        count(s, people, "paid_once_most", most), heads(s, people, "paid", paid),
        heads(s, people, "left", left), heads(s, people, "doubled", doubled),
        heads(s, people, "elsewhere", elsewhere), heads(s, people, "duplicates", reported));
    fputc('\n', s->to);
}

static int64_t sum_of_ages(const struct shown *s, const json_t *line)
{
    const json_t *ages = field_array(s->f, line, "arrears");
    struct amount sum = { 0 };
    for (size_t i = 0; i < json_array_size(ages); i++) {
        if (!amount_add(sum, (struct amount){ json_integer_value(json_array_get(ages, i)) }, &sum))
            snprintf(s->f->fault, sizeof s->f->fault, "arrears is not a list of amounts");
    }
    return sum.fen;
}

/* "2021 county: 245.91 万元 late since 2021-12-31 (due 3,187.91, received 2,942.00)" */
static void print_arrears(const struct shown *s)
{
    const json_t *lines = field_array(s->f, s->fund, "arrears");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        char year[FIGURE_MAX], late[FIGURE_MAX], since[DATE_TEXT_MAX], due[FIGURE_MAX], received[FIGURE_MAX];
        bool of_due = field_derived(s->f, line, "due"), of_received = field_derived(s->f, line, "received");
        figure_wan(sum_of_ages(s, line), late);
        wan(s, line, "due_by_now", due);
        wan(s, line, "received", received);
        label(s, WORD_STATUS_SUBSIDY, i);
        SAY(s, WORD_STATUS_LATE, number(s, line, "year", year),
            word_government(s->language, field_text(s->f, line, "level")),
            mark(late, of_due || of_received), date(s, line, "oldest", since),
            mark(due, of_due), mark(received, of_received));
        fputc('\n', s->to);
    }
}

/* "pace" alone would not say that its figure is what is lacking. */
static const char *target_name(const struct shown *s, enum rule rule, const json_t *line,
                               char text[FIGURE_MAX])
{
    if (rule == RULE_PACE)
        return say(s, WORD_PACE);
    return term_rule(s->language, field_text(s->f, line, "rule"), field_text(s->f, line, "instance"), text);
}

/* A budget's line whose year has not come far enough for anything to be expected of it has no target yet. */
static enum word target_sentence(const struct shown *s, enum rule rule, const json_t *line)
{
    bool none = rule == RULE_BUDGET && field_int(s->f, line, "target_e4") <= 0;
    if (!field_bool(s->f, line, "on") || none)
        return WORD_STATUS_NO_TARGET;
    return strcmp(field_text(s->f, line, "bound"), "least") == 0 ? WORD_STATUS_TARGET : WORD_STATUS_AT_MOST;
}

static void print_targets(const struct shown *s)
{
    const json_t *lines = field_array(s->f, s->fund, "targets");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        char name[FIGURE_MAX], reached[FIGURE_MAX], limit[FIGURE_MAX], verdict[FIGURE_MAX];
        const json_t *line = json_array_get(lines, i);
        bool on = field_bool(s->f, line, "on");
        enum rule rule = field_rule(s->f, line);
        label(s, WORD_STATUS_TARGETS, i);
        SAY(s, target_sentence(s, rule, line), target_name(s, rule, line, name),
            on ? marked_beside(s, rule, line, reached)
               : marked(s, rule, line, field_bool(s->f, line, "derived"), reached),
            term_limit(s->language, rule, field_int(s->f, line, "target_e4"), limit), met(s, line, verdict));
        fputc('\n', s->to);
    }
}

/* "575,231.50 万元 ± 205.00 †" */
static void print_balance(const struct shown *s)
{
    char text[FIGURE_MAX], margin[FIGURE_MAX], mark[FIGURE_MAX] = "";
    bool derived = field_bool(s->f, s->fund, "balance_derived");
    bool off = field_int(s->f, s->fund, "balance_margin") > 0;
    wan(s, s->fund, "balance_margin", margin);
    if (derived)
        snprintf(mark, sizeof mark, "%s%.64s%s", off ? " ± " : "", off ? margin : "", DERIVED_MARK);
    label(s, WORD_BALANCE, 0);
    SAY(s, field_bool(s->f, s->fund, "has_opening") ? WORD_STATUS_BALANCE : WORD_STATUS_NO_BALANCE,
        wan(s, s->fund, "balance", text), mark);
    fputc('\n', s->to);
}

/* What all figures rest on; nothing if nothing is expected of anybody. */
static void print_completeness(const struct shown *s)
{
    char text[COMPLETENESS_TEXT_MAX];
    completeness_text(s->f, field_map(s->f, s->fund, "completeness"), s->language, text);
    if (text[0] == '\0')
        return;
    label(s, WORD_COMPLETENESS, 0);
    fprintf(s->to, "%s\n", text);
}

static void print_deficit(const struct shown *s)
{
    char text[FIGURE_MAX];
    const json_t *deficit = field_map(s->f, s->fund, "deficit");
    label(s, WORD_STATUS_SURPLUS, 0);
    fprintf(s->to, "%s%s%s\n", figure_of_rule(s, RULE_DEFICIT, "deficit", text),
            is_computable(s, deficit) ? " " : "",
            is_computable(s, deficit) ? say(s, WORD_DEFICIT_FORMULA) : "");
}

static void print_unmatched(const struct shown *s)
{
    static const struct { const char *key; enum word word; } lines[] = {
        { "unmatched", WORD_STATUS_WAITING }, { "misfits", WORD_STATUS_MISFITS },
    };
    char text[FIGURE_MAX];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (field_int(s->f, s->fund, lines[i].key) == 0)
            continue;
        label(s, WORD_STATUS_UNMATCHED, 0);
        SAY(s, lines[i].word, count(s, s->fund, lines[i].key, text), field_text(s->f, s->fund, "fund"));
        fputc('\n', s->to);
    }
}

/* --- What became of the place. ------------------------------------------------------- */


/* "merged into 440800/390 from 2021-01-01 on: its books are a part of that fund's" */
static void print_change(const struct shown *s, const json_t *place)
{
    char into[FIGURE_MAX], from[DATE_TEXT_MAX], paid[FIGURE_MAX], received[FIGURE_MAX];
    const char *change = field_text(s->f, place, "change");
    if (change[0] == '\0')
        return;
    label(s, WORD_STATUS_PLACE, 0);
    term_funds(s->f, place, "into", s->language, into);
    if (strcmp(change, "merged") == 0)
        SAY(s, WORD_STATUS_MERGED, into, date(s, place, "from", from));
    else
        SAY(s, WORD_STATUS_SPLIT, into, date(s, place, "from", from),
            wan(s, place, "paid", paid), wan(s, place, "received", received));
    fputc('\n', s->to);
}

static void print_place(const struct shown *s)
{
    const json_t *place = field_map(s->f, s->fund, "place"), *parts = field_array(s->f, place, "parts");
    print_change(s, place);
    for (size_t i = 0; i < json_array_size(parts); i++) {
        char from[DATE_TEXT_MAX];
        const json_t *part = json_array_get(parts, i);
        label(s, WORD_STATUS_WITH, i);
        SAY(s, WORD_STATUS_PART, field_text(s->f, part, "fund"), date(s, part, "from", from));
        fputc('\n', s->to);
    }
}

/* --- A fund. ------------------------------------------------------------------------- */

static void print_head(const struct shown *s)
{
    char books_date[DATE_TEXT_MAX], version[FIGURE_MAX], importing[COMPLETENESS_TEXT_MAX];
    SAY(s, WORD_STATUS_HEAD, field_text(s->f, s->fund, "fund"), date(s, s->fund, "books_date", books_date),
        number(s, s->fund, "policy_version", version));
    fputc('\n', s->to);
    if (importing_text(s->f, s->fund, s->language, importing)[0] != '\0') {
        label(s, WORD_STATUS_IMPORTING, 0);
        fprintf(s->to, "%s\n", importing);
    }
}

void status_print_fund(struct fields *f, const json_t *fund, enum language language, FILE *to)
{
    struct shown s = { f, fund, language, to };
    print_head(&s);
    print_place(&s);
    print_completeness(&s);
    print_balance(&s);
    print_runway(&s);
    print_deficit(&s);
    print_insured(&s);
    print_coverage(&s);
    print_arrears(&s);
    print_targets(&s);
    print_unmatched(&s);
    print_alerts(&s);
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

void status_print(struct fields *f, const json_t *funds, enum language language, FILE *to)
{
    bool derived = false;
    for (size_t i = 0; i < json_array_size(funds); i++) {
        const json_t *fund = json_array_get(funds, i);
        if (i > 0)
            fputc('\n', to);
        status_print_fund(f, fund, language, to);
        derived |= has_marks(f, fund);
    }
    if (json_array_size(funds) == 0)
        fprintf(to, "%s\n", word(language, WORD_STATUS_NO_FUND));
    if (derived)
        fprintf(to, "\n%s\n", word(language, WORD_DERIVED_NOTE));
}
