/* report_indicators - the table of indicators: each with its target, base, formula and figures. */
#include "consumers/report_reading.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "consumers/clearing_text.h"
#include "fund/account.h"
#include "fund/alert.h"
#include "consumers/terms.h"
#include "fund/clearing.h"

static const char *say(const struct reading *r, enum word which)
{
    return word(r->report->language, which);
}

static void note_derived(struct report *report, bool derived)
{
    report_note_marks(report, (struct report_marks){ .derived = derived });
}

/* Whether the place was merged or split, so that no rule looks at its figures. */
static bool has_ended(const struct reading *r)
{
    return field_text(r->f, field_map(r->f, r->status, "place"), "change")[0] != '\0';
}

/* A rule of the policy: what it does not state is at its default (PROTOCOL 6). */
struct rule_policy {
    bool on;
    const json_t *map;
};

static struct rule_policy rule_policy(const struct reading *r, const char *key)
{
    const json_t *map = json_object_get(r->policy, key);
    return (struct rule_policy){ .on = !json_is_false(json_object_get(map, "on")), .map = map };
}

static struct limit limit_of(struct rule_policy rule, const char *key, struct limit otherwise)
{
    const json_t *pair = json_object_get(rule.map, key);
    if (json_array_size(pair) != 2)
        return otherwise;
    return (struct limit){ json_integer_value(json_array_get(pair, 0)),
                           json_integer_value(json_array_get(pair, 1)) };
}

static struct report_indicator *add_indicator(const struct reading *r, enum rule rule,
                                              struct indicator indicator)
{
    char number[FIGURE_MAX];
    struct report *report = r->report;
    assert(report->indicator_count < REPORT_INDICATORS_MAX);
    struct report_indicator *row = &report->indicators[report->indicator_count++];
    *row = (struct report_indicator){ .unit = word_unit(report->language, figure_unit(rule)),
                                      .outcome = OUTCOME_NO_TARGET };
    snprintf(row->code, sizeof row->code, "%s", rule_word(rule));
    snprintf(row->actual, sizeof row->actual, "%s", figure_number(rule, indicator, number));
    if (indicator.why != COMPUTABLE) {
        row->outcome = OUTCOME_NOT_COMPUTABLE;
        snprintf(row->note, sizeof row->note, "%s", word_not_computable(report->language, indicator.why));
    }
    return row;
}

static void set_outcome(struct report_indicator *row, bool met)
{
    if (row->outcome == OUTCOME_NO_TARGET)
        row->outcome = met ? OUTCOME_MET : OUTCOME_NOT_MET;
}

/* What reads like a limit and is not has more decimals. */
static void set_beside_all(struct report_indicator *row, enum rule rule, struct indicator indicator,
                           const int64_t limits_e4[], unsigned count)
{
    char number[FIGURE_MAX];
    snprintf(row->actual, sizeof row->actual, "%s",
             figure_number_beside(rule, indicator, limits_e4, count, number));
}

static void set_beside(struct report_indicator *row, enum rule rule, struct indicator indicator,
                       int64_t limit_e4)
{
    set_beside_all(row, rule, indicator, &limit_e4, 1);
}

static void set_bound(struct report_indicator *row, enum rule rule, const char *sign, int64_t limit_e4)
{
    char bound[FIGURE_MAX];
    snprintf(row->target, sizeof row->target, "%s %s", sign, figure_bound(rule, limit_e4, bound));
}

static void set_money_figures(const struct reading *r, struct report_indicator *row,
                              struct indicator indicator)
{
    char num[FIGURE_MAX], den[FIGURE_MAX];
    if (indicator.why == COMPUTABLE)
        WORDS(row->figures, say(r, WORD_MONEY_FIGURES), figure_wan(indicator.value.num, num),
              figure_wan(indicator.value.den, den));
}

static void set_months(const struct reading *r, struct report_indicator *row, const char *base,
                       date_month to, int64_t months)
{
    char count[FIGURE_MAX], first[DATE_TEXT_MAX], last[DATE_TEXT_MAX];
    if (months < 1 || months > 12)
        WORDS(row->base, "{1}", base);
    else
        WORDS(row->base, say(r, WORD_MONTHS_FROM_TO), base, figure_count(months, count),
              report_month_text(to - (date_month)months + 1, first), report_month_text(to, last));
}

/* --- Runway. */

static struct rule_limits runway_limits(struct rule_policy rule)
{
    struct runway_rule otherwise = policy_default().runway;
    return (struct rule_limits){
        .critical_low_on = rule.on, .critical_low = limit_of(rule, "critical_low", otherwise.critical_low),
        .low_on = rule.on,          .low = limit_of(rule, "low", otherwise.low),
        .high_on = rule.on,         .high = limit_of(rule, "high", otherwise.high),
        .excessive_on = rule.on,    .excessive = limit_of(rule, "excessive", otherwise.excessive),
    };
}

/* Fen, or the end of the range that it leaves. */
static int64_t clamp(__int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

/* The balance whose runway is `months_e4`. */
static int64_t balance_worth(struct ratio runway, int64_t months_e4)
{
    return clamp((__int128)runway.den * months_e4 / ((__int128)runway.mul * E4));
}

/* What clearing would have to add; the lines of the expenditure do not matter for it. */
static enum not_computable clearing_for(struct ratio runway, int64_t months_e4, struct amount *ret)
{
    struct position p = { .has_opening = true, .months = (unsigned)runway.mul, .balance = { runway.num } };
    p.closed.fen[ACCOUNT_E_FIRST] = runway.den;
    return clearing_needed(&p, 1, months_e4, ret);
}

static void set_band(struct report *report, struct ratio runway, const struct rule_limits *limits)
{
    report->has_band = true;
    report->band_low = balance_worth(runway, limits->low.enter_e4);
    report->band_high = balance_worth(runway, limits->high.enter_e4);
    report->band_month = balance_worth(runway, E4);
}

static void set_runway_notes(const struct reading *r, struct report_indicator *row, struct ratio runway,
                             const struct rule_limits *limits)
{
    struct amount needed, margin = { r->report->margin };
    int64_t high = limits->high.enter_e4;
    WORDS(row->note, "{1}", word_level(r->report->language, limits_level(limits, runway, LEVEL_HEALTHY)));
    if (ratio_compare(runway, high) > 0 && row->marks.provisional
            && clearing_for(runway, high, &needed) == COMPUTABLE)
        clearing_text(r->report->language, &(struct clearing_figure){
                          .amount = needed.fen, .to_e4 = high, .derived = row->marks.derived,
                          .margin = clearing_margin(margin, (unsigned)runway.mul, high).fen }, row->remark);
}

static date_month last_month(const struct reading *r, const char *base)
{
    date_month ended = date_month_ended_by(r->report->as_of);
    return strcmp(base, "calendar_year") == 0 ? (ended + 1) / 12 * 12 - 1 : ended;
}

static void set_runway_base(const struct reading *r, struct report_indicator *row)
{
    const char *base = field_text(r->f, r->status, "base");
    set_months(r, row, word_base(r->report->language, base), last_month(r, base),
               field_int(r->f, r->status, "months"));
}

static void set_runway_figures(const struct reading *r, struct report_indicator *row, struct ratio runway)
{
    char balance[FIGURE_MAX], spent[FIGURE_MAX], months[FIGURE_MAX];
    WORDS(row->figures, say(r, WORD_RUNWAY_FIGURES), figure_wan(runway.num, balance),
          figure_wan(runway.den, spent), figure_count(runway.mul, months));
}

static void add_runway(const struct reading *r)
{
    char low[FIGURE_MAX], high[FIGURE_MAX];
    struct rule_policy rule = rule_policy(r, "runway");
    struct rule_limits limits = runway_limits(rule);
    struct indicator runway = field_indicator(r->f, field_map(r->f, r->status, "runway"));
    struct report_indicator *row = add_indicator(r, RULE_RUNWAY, runway);
    WORDS(row->name, "{1}", say(r, WORD_RUNWAY));
    WORDS(row->formula, "{1}", say(r, WORD_RUNWAY_FORMULA));
    set_runway_base(r, row);
    rule.on = rule.on && !has_ended(r);
    if (rule.on)
        WORDS(row->target, "{1}–{2}", figure_bound(RULE_RUNWAY, limits.low.enter_e4, low),
              figure_bound(RULE_RUNWAY, limits.high.enter_e4, high));
    if (runway.why != COMPUTABLE)
        return;
    row->marks.derived = field_derived(r->f, r->status, "runway");
    row->marks.provisional = field_int(r->f, r->status, "provisional") != 0;
    report_note_marks(r->report, row->marks);
    set_runway_figures(r, row, runway.value);
    if (!rule.on)
        return;
    set_runway_notes(r, row, runway.value, &limits);
    const int64_t levels[] = { limits.critical_low.enter_e4, limits.low.enter_e4, limits.high.enter_e4,
                               limits.excessive.enter_e4 };
    set_beside_all(row, RULE_RUNWAY, runway, levels, sizeof levels / sizeof levels[0]);
    set_band(r->report, runway.value, &limits);
    WORDS(r->report->band_bounds, "{1}", row->target);
    set_outcome(row, ratio_compare(runway.value, limits.low.enter_e4) >= 0
                     && ratio_compare(runway.value, limits.high.enter_e4) <= 0);
}

/* The two runways beside it; neither has a target, for what is due follows from the one as booked. */
static struct report_indicator *add_other_runway(const struct reading *r, const char *key, enum word name,
                                                 enum word formula)
{
    struct indicator runway = field_indicator(r->f, field_map(r->f, r->status, key));
    struct report_marks marks = r->report->indicators[0].marks;
    struct report_indicator *row = add_indicator(r, RULE_RUNWAY, runway);
    snprintf(row->code, sizeof row->code, "%s", key);
    WORDS(row->name, "{1}", say(r, name));
    WORDS(row->formula, "{1}", say(r, formula));
    set_runway_base(r, row);
    if (runway.why == COMPUTABLE) {
        marks.derived = field_derived(r->f, r->status, key);
        report_note_marks(r->report, marks);
        row->marks = marks;
        set_runway_figures(r, row, runway.value);
    }
    return row;
}

static void add_other_runways(const struct reading *r)
{
    char booked[FIGURE_MAX], incurred[FIGURE_MAX], subsidy[FIGURE_MAX];
    char over[FIGURE_MAX], more[REPORT_TEXT_MAX];
    const json_t *owing = field_map(r->f, r->status, "owing");
    int64_t overpaid = field_int(r->f, owing, "overpaid");
    struct report_indicator *owed =
        add_other_runway(r, "runway_owed", WORD_RUNWAY_OWED, WORD_RUNWAY_OWED_FORMULA);
    if (owed->outcome != OUTCOME_NOT_COMPUTABLE)
        WORDS(owed->remark, say(r, WORD_RUNWAY_OWED_REMARK),
              figure_wan(field_int(r->f, owing, "booked"), booked),
              figure_wan(field_int(r->f, owing, "incurred"), incurred),
              overpaid > 0 ? WORDS(more, say(r, WORD_OVERPAID), figure_wan(overpaid, over)) : "");
    struct report_indicator *received =
        add_other_runway(r, "runway_received", WORD_RUNWAY_RECEIVED, WORD_RUNWAY_RECEIVED_FORMULA);
    if (received->outcome != OUTCOME_NOT_COMPUTABLE)
        WORDS(received->remark, say(r, WORD_RUNWAY_RECEIVED_REMARK),
              figure_wan(field_int(r->f, owing, "subsidy"), subsidy));
}

/* --- Deficit and provisional share. */

static struct indicator provisional_share(const struct reading *r)
{
    return field_indicator(r->f, field_map(r->f, r->status, "provisional_share"));
}

static void add_deficit(const struct reading *r)
{
    struct rule_policy rule = rule_policy(r, "deficit");
    struct limit limit = limit_of(rule, "limit", policy_default().deficit.limit);
    struct indicator deficit = field_indicator(r->f, field_map(r->f, r->status, "deficit"));
    struct report_indicator *row = add_indicator(r, RULE_DEFICIT, deficit);
    WORDS(row->name, "{1}", say(r, WORD_DEFICIT));
    WORDS(row->formula, "{1}", say(r, WORD_DEFICIT_FORMULA));
    set_money_figures(r, row, deficit);
    if (deficit.why == COMPUTABLE)
        row->marks = (struct report_marks){ field_derived(r->f, r->status, "deficit"),
                                            provisional_share(r).value.num != 0 };
    report_note_marks(r->report, row->marks);
    set_months(r, row, say(r, WORD_TRAILING_12), date_month_ended_by(r->report->as_of),
               deficit.why == COMPUTABLE ? 12 : 0);
    if (rule.on) {
        set_bound(row, RULE_DEFICIT, "≥", limit.enter_e4);
        set_beside(row, RULE_DEFICIT, deficit, limit.enter_e4);
        set_outcome(row, deficit.why == COMPUTABLE && ratio_compare(deficit.value, limit.enter_e4) >= 0);
    }
}

/* The answer counts the runway's months only; where that has the same base they are these too. */
static void set_provisional_base(const struct reading *r, struct report_indicator *row)
{
    if (strcmp(field_text(r->f, r->status, "base"), "trailing_12") == 0)
        set_runway_base(r, row);
    else
        WORDS(row->base, "{1}", say(r, WORD_TRAILING_12_AT_MOST));
}

static void add_provisional(const struct reading *r)
{
    struct rule_policy rule = rule_policy(r, "provisional");
    struct limit limit = limit_of(rule, "limit", policy_default().provisional.limit);
    struct indicator share = provisional_share(r);
    struct report_indicator *row = add_indicator(r, RULE_PROVISIONAL, share);
    WORDS(row->name, "{1}", say(r, WORD_PROVISIONAL_SHARE));
    WORDS(row->formula, "{1}", say(r, WORD_PROVISIONAL_FORMULA));
    set_money_figures(r, row, share);
    set_provisional_base(r, row);
    row->marks.derived = share.why == COMPUTABLE && field_derived(r->f, r->status, "provisional_share");
    note_derived(r->report, row->marks.derived);
    if (rule.on) {
        set_bound(row, RULE_PROVISIONAL, "≤", limit.enter_e4);
        set_beside(row, RULE_PROVISIONAL, share, limit.enter_e4);
        set_outcome(row, share.why == COMPUTABLE && ratio_compare(share.value, limit.enter_e4) <= 0);
    }
}

/* --- Coverage. */

/* The policy's rule of a name; NULL if it has none. */
static const json_t *coverage_rule(const struct reading *r, const char *name)
{
    const json_t *rules = json_object_get(r->policy, "coverage");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *other = json_string_value(json_object_get(rule, "name"));
        if (other != NULL && strcmp(other, name) == 0)
            return rule;
    }
    return NULL;
}

/* As the policy calls it in the report's language, or else as usual. */
static const char *coverage_name(const struct reading *r, const char *name)
{
    bool zh = r->report->language == LANGUAGE_ZH;
    const char *label = json_string_value(json_object_get(coverage_rule(r, name), zh ? "zh" : "en"));
    return label != NULL ? label : word_coverage(r->report->language, name);
}

/* What the fund itself says of the year, where nothing can be computed. */
static void set_stated(const struct reading *r, struct report_indicator *row, const json_t *line)
{
    const json_t *stated = json_object_get(coverage_rule(r, field_text(r->f, line, "name")), "stated");
    for (size_t i = 0; row->outcome == OUTCOME_NOT_COMPUTABLE && i < json_array_size(stated); i++) {
        const json_t *item = json_array_get(stated, i);
        bool met = strcmp(field_text(r->f, item, "outcome"), "met") == 0;
        if (field_int(r->f, item, "year") == r->report->year)
            WORDS(row->remark, "{1}", say(r, met ? WORD_STATED_MET : WORD_STATED_NOT_MET));
    }
}

static void set_coverage_texts(const struct reading *r, struct report_indicator *row, const json_t *line)
{
    char deadline[DATE_TEXT_MAX], year[FIGURE_MAX];
    date_day from = DATE_NONE;
    const char *name = field_text(r->f, line, "name");
    const char *denominator = word_denominator(r->report->language, field_text(r->f, line, "denominator"));
    snprintf(row->code, sizeof row->code, "%s:%s", rule_word(RULE_COVERAGE), name);
    date_from_ymd(field_int(r->f, line, "judged_from"), &from);
    snprintf(year, sizeof year, "%" PRId64, field_int(r->f, line, "year"));
    WORDS(row->name, say(r, WORD_COVERAGE), coverage_name(r, name));
    WORDS(row->base, say(r, WORD_COVERAGE_BASE), date_format(from, deadline), year);
    const char *numerator = field_text(r->f, line, "numerator");
    bool sum = strstr(numerator, "_and_") != NULL;
    WORDS(row->formula, say(r, sum ? WORD_COVERAGE_SUM_FORMULA : WORD_COVERAGE_FORMULA),
          word_numerator(r->report->language, numerator), denominator);
}

/* What the years that are not judged yet come to so far: at most two. */
static void set_years_ahead(const struct reading *r, struct report_indicator *row, const json_t *line)
{
    const json_t *ahead = field_array(r->f, line, "ahead");
    char texts[2][FIGURE_MAX] = { "", "" }, figure[FIGURE_MAX], year[FIGURE_MAX];
    size_t count = json_array_size(ahead);
    for (size_t i = 0; i < count && i < 2; i++) {
        const json_t *item = json_array_get(ahead, i);
        snprintf(year, sizeof year, "%" PRId64, field_int(r->f, item, "year"));
        words_fill(texts[i], FIGURE_MAX, say(r, WORD_COVERAGE_AHEAD),
                   (const char *const[]){ year, term_value(r->report->language, RULE_COVERAGE,
                                                           field_indicator(r->f, item), figure) }, 2);
    }
    if (count > 0 && row->remark[0] == '\0')
        WORDS(row->remark, "{1}{2}{3}", texts[0], count > 1 ? "; " : "", texts[1]);
}

static void add_definition(const struct reading *r, const json_t *line)
{
    char num[FIGURE_MAX], den[FIGURE_MAX];
    struct indicator coverage = field_indicator(r->f, line);
    struct report_indicator *row = add_indicator(r, RULE_COVERAGE, coverage);
    set_coverage_texts(r, row, line);
    set_stated(r, row, line);
    set_years_ahead(r, row, line);
    row->marks.derived = field_bool(r->f, line, "derived");
    note_derived(r->report, row->marks.derived);
    set_bound(row, RULE_COVERAGE, "≥", field_int(r->f, line, "target_e4"));
    set_beside(row, RULE_COVERAGE, coverage, field_int(r->f, line, "target_e4"));
    set_outcome(row, field_bool(r->f, line, "met"));
    if (coverage.why == COMPUTABLE)
        WORDS(row->figures, say(r, WORD_HEADS_FIGURES), figure_count(coverage.value.num, num),
              figure_count(coverage.value.den, den));
}

/* --- The policy's other targets. */

/* How a target reads: its name, its formula, and what its figures are. */
struct target_form {
    enum rule rule;
    const char *instance;       /* NULL: any; it is filled into the name */
    enum word name, formula;
    enum { FIGURES_MONEY, FIGURES_HEADS, FIGURES_NONE } figures;
};

static const struct target_form target_forms[] = {
    { RULE_REIMBURSEMENT, "in_policy", WORD_REIMBURSEMENT_IN_POLICY,
      WORD_REIMBURSEMENT_IN_POLICY_FORMULA, FIGURES_MONEY },
    { RULE_REIMBURSEMENT, "actual", WORD_REIMBURSEMENT_ACTUAL, WORD_REIMBURSEMENT_ACTUAL_FORMULA,
      FIGURES_MONEY },
    { RULE_FALLING, NULL, WORD_FALLING, WORD_FALLING_FORMULA, FIGURES_NONE },
    { RULE_CONTRIBUTIONS, NULL, WORD_CONTRIBUTIONS, WORD_CONTRIBUTIONS_FORMULA, FIGURES_MONEY },
    { RULE_NET_LOSS, NULL, WORD_NET_LOSS, WORD_NET_LOSS_FORMULA, FIGURES_HEADS },
    { RULE_BUDGET, NULL, WORD_EXECUTION_OF, WORD_EXECUTION_FORMULA, FIGURES_MONEY },
    { RULE_PACE, NULL, WORD_PACE, WORD_PACE_FORMULA, FIGURES_HEADS },
    { RULE_DUPLICATES, NULL, WORD_DUPLICATES, WORD_DUPLICATES_FORMULA, FIGURES_HEADS },
    { RULE_GATE, NULL, WORD_GATE_NAME, WORD_GATE_FORMULA, FIGURES_NONE },
};

static const struct target_form *target_form(const char *rule, const char *instance)
{
    for (size_t i = 0; i < sizeof target_forms / sizeof target_forms[0]; i++) {
        const struct target_form *form = &target_forms[i];
        if (strcmp(rule_word(form->rule), rule) == 0
                && (form->instance == NULL || strcmp(form->instance, instance) == 0))
            return form;
    }
    return NULL;
}

static void set_target_base(const struct reading *r, struct report_indicator *row, enum rule rule,
                            const json_t *line)
{
    char count[FIGURE_MAX];
    const char *base = field_text(r->f, line, "base");
    int64_t months = field_int(r->f, line, "months");
    if (rule == RULE_REIMBURSEMENT)
        set_months(r, row, word_base(r->report->language, base), last_month(r, base), months);
    else if (rule == RULE_FALLING)
        WORDS(row->base, say(r, WORD_FALLING_BASE), figure_count(months, count));
    else
        WORDS(row->base, "{1}", say(r, rule == RULE_NET_LOSS ? WORD_NET_LOSS_BASE
                                       : rule == RULE_BUDGET ? WORD_EXECUTION_BASE
                                       : rule == RULE_PACE ? WORD_PACE_BASE
                                       : rule == RULE_DUPLICATES ? WORD_DUPLICATES_BASE
                                       : rule == RULE_GATE ? WORD_GATE_BASE
                                                             : WORD_CONTRIBUTIONS_BASE));
}

static void set_target_figures(const struct reading *r, struct report_indicator *row,
                               const struct target_form *form, struct indicator indicator)
{
    char num[FIGURE_MAX], den[FIGURE_MAX];
    if (form->figures == FIGURES_MONEY)
        set_money_figures(r, row, indicator);
    else if (form->figures == FIGURES_HEADS && indicator.why == COMPUTABLE)
        WORDS(row->figures, say(r, WORD_HEADS_FIGURES), figure_count(indicator.value.num, num),
              figure_count(indicator.value.den, den));
}

/* "2024-expenditure" or "2024-E11" in words: fund/budget.h; another rule's instance as it stands. */
static void target_instance(const struct reading *r, enum rule rule, const char *instance,
                            char text[REPORT_TEXT_MAX])
{
    char year[FIGURE_MAX];
    const char *line = strchr(instance, '-');
    snprintf(text, REPORT_TEXT_MAX, "%s", instance);
    if (rule != RULE_BUDGET || line == NULL)
        return;
    snprintf(year, sizeof year, "%.*s", (int)(line - instance), instance);
    const struct account_info *info = account_by_code(++line);
    enum word side = strcmp(line, "income") == 0 ? WORD_EXECUTION_INCOME : WORD_EXECUTION_EXPENDITURE;
    words_fill(text, REPORT_TEXT_MAX, say(r, info != NULL ? WORD_EXECUTION_LINE : side),
               (const char *const[]){ year, info == NULL ? "" : r->report->language == LANGUAGE_ZH
                                                ? info->zh : info->en }, 2);
}

static void add_target(const struct reading *r, const json_t *line)
{
    char name[REPORT_TEXT_MAX];
    const char *rule = field_text(r->f, line, "rule"), *instance = field_text(r->f, line, "instance");
    const struct target_form *form = target_form(rule, instance);
    if (form == NULL) {
        reading_fault(r, "rule", "one that has a target");
        return;
    }
    struct indicator indicator = field_indicator(r->f, line);
    struct report_indicator *row = add_indicator(r, form->rule, indicator);
    if (instance[0] != '\0')
        snprintf(row->code, sizeof row->code, "%s:%.32s", rule, instance);
    target_instance(r, form->rule, instance, name);
    WORDS(row->name, say(r, form->name), name);
    WORDS(row->formula, "{1}", say(r, form->formula));
    set_target_figures(r, row, form, indicator);
    set_target_base(r, row, form->rule, line);
    row->marks.derived = field_bool(r->f, line, "derived");
    note_derived(r->report, row->marks.derived);
    bool none_yet = form->rule == RULE_BUDGET && field_int(r->f, line, "target_e4") <= 0;
    if (!field_bool(r->f, line, "on") || none_yet)
        return;
    bool least = strcmp(field_text(r->f, line, "bound"), "least") == 0;
    set_bound(row, form->rule, least ? "≥" : "≤", field_int(r->f, line, "target_e4"));
    set_beside(row, form->rule, indicator, field_int(r->f, line, "target_e4"));
    set_outcome(row, field_bool(r->f, line, "met"));
}

/* A figure of a place that has ended stands there without a target, and says why. */
static void take_targets_off(const struct reading *r)
{
    struct report *report = r->report;
    for (unsigned i = 0; i < report->indicator_count; i++) {
        struct report_indicator *row = &report->indicators[i];
        row->target[0] = '\0';
        if (row->outcome == OUTCOME_NOT_COMPUTABLE)
            continue;
        row->outcome = OUTCOME_NO_TARGET;
        WORDS(row->note, "{1}", word_not_computable(report->language, NC_PLACE_ENDED));
    }
}

/* While what figures rest on is not all there, none is met and none is not; the target stands. */
static void take_verdicts_off(struct report *report)
{
    for (unsigned i = 0; i < report->indicator_count; i++) {
        struct report_indicator *row = &report->indicators[i];
        if (row->outcome != OUTCOME_MET && row->outcome != OUTCOME_NOT_MET)
            continue;
        row->outcome = OUTCOME_NOT_JUDGED;
        WORDS(row->note, "{1}", report->unjudged);
    }
}

void report_read_indicators(const struct reading *r)
{
    const json_t *lines = field_array(r->f, r->status, "coverage");
    add_runway(r);
    add_other_runways(r);
    add_deficit(r);
    add_provisional(r);
    for (size_t i = 0; i < reading_list_size(r, lines, "coverage", POLICY_COVERAGE_MAX); i++)
        add_definition(r, json_array_get(lines, i));
    const json_t *targets = field_array(r->f, r->status, "targets");
    for (size_t i = 0; i < reading_list_size(r, targets, "targets", REPORT_TARGETS_MAX); i++)
        add_target(r, json_array_get(targets, i));
    if (has_ended(r))
        take_targets_off(r);
    else if (r->report->unjudged[0] != '\0')
        take_verdicts_off(r->report);
}
