#include "consumers/report.h"

#include <assert.h>
#include <string.h>

#include "consumers/report_people.h"
#include "consumers/report_subsidy.h"
#include "fund/account.h"
#include "fund/alert.h"
#include "fund/clearing.h"

/* One report being read. */
struct reading {
    struct fields *f;
    const json_t *answer, *status, *policy;
    struct report *report;
};

static const char *say(const struct reading *r, enum word which)
{
    return word(r->report->language, which);
}

const char *report_marks_text(struct report_marks marks)
{
    static const char *const texts[2][2] = { { "", "‡" }, { "†", "†‡" } };
    return texts[marks.derived][marks.provisional];
}

const char *report_marks_words(const struct report *report, struct report_marks marks)
{
    if (!marks.derived && !marks.provisional)
        return "";
    return word(report->language, marks.derived && marks.provisional ? WORD_MARK_BOTH
                                  : marks.derived ? WORD_MARK_DERIVED : WORD_MARK_PROVISIONAL);
}

const char *report_outcome_word(enum report_outcome outcome)
{
    static const char *const outcomes[] = {
        [OUTCOME_MET] = "met",
        [OUTCOME_NOT_MET] = "not_met",
        [OUTCOME_NO_TARGET] = "no_target",
        [OUTCOME_NOT_COMPUTABLE] = "not_computable",
    };
    return outcomes[outcome];
}

const char *report_outcome_text(const struct report *report, enum report_outcome outcome)
{
    static const enum word outcomes[] = {
        [OUTCOME_MET] = WORD_MET,
        [OUTCOME_NOT_MET] = WORD_NOT_MET,
        [OUTCOME_NO_TARGET] = WORD_NO_TARGET,
        [OUTCOME_NOT_COMPUTABLE] = WORD_NOT_COMPUTABLE,
    };
    return word(report->language, outcomes[outcome]);
}

const char *report_notes(const struct report *report, const struct report_indicator *row,
                         char text[REPORT_NOTES_MAX])
{
    bool both = row->note[0] != '\0' && row->remark[0] != '\0';
    return words_fill(text, REPORT_NOTES_MAX, both ? word(report->language, WORD_BOTH_NOTES) : "{1}{2}",
                      (const char *const[]){ row->note, row->remark }, 2);
}

const char *report_month_text(date_month month, char text[DATE_TEXT_MAX])
{
    date_format(date_month_first(month), text);
    text[strlen("2024-12")] = '\0';
    return text;
}

static void fault(const struct reading *r, const char *key, const char *what)
{
    if (r->f->fault[0] == '\0')
        snprintf(r->f->fault, sizeof r->f->fault, "%s is not %s", key, what);
}

/* The items that there is room for; more of them are a fault of the answer. */
static size_t list_size(const struct reading *r, const json_t *list, const char *key, size_t max)
{
    size_t size = json_array_size(list);
    if (size > max)
        fault(r, key, "a list of the length that it may have");
    return size > max ? max : size;
}

/* --- The budget form. -------------------------------------------------------------- */

static void note_marks(struct report *report, struct report_marks marks)
{
    report->any_derived |= marks.derived;
    report->any_provisional |= marks.provisional;
}

static void add_line(const struct reading *r, struct report_line line)
{
    struct report *report = r->report;
    line.marks.provisional |= line.provisional != 0;
    note_marks(report, line.marks);
    assert(report->line_count < REPORT_LINES_MAX);
    report->lines[report->line_count++] = line;
}

static const json_t *find_line(const struct reading *r, const char *code)
{
    const json_t *lines = field_array(r->f, r->answer, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(field_text(r->f, line, "account"), code) == 0)
            return line;
    }
    return NULL;
}

static bool is_subsidy(enum account account)
{
    return account >= ACCOUNT_I21 && account <= ACCOUNT_I24;
}

/* Sums are the daemon's; this one it does not give. */
static void add_subsidy(const struct reading *r)
{
    struct amount sum = { 0 };
    for (enum account account = ACCOUNT_I21; account <= ACCOUNT_I24; account++) {
        const json_t *line = find_line(r, account_info(account)->code);
        int64_t fen = line != NULL ? field_int(r->f, line, "amount") : 0;
        if (!amount_add(sum, (struct amount){ fen }, &sum))
            return;
    }
    add_line(r, (struct report_line){ .section = SECTION_INCOME, .kind = LINE_SUBTOTAL, .code = "I2",
                                      .name = say(r, WORD_SUBSIDY), .known = true, .fen = sum.fen });
}

/* The lines of a class in the order of the chart.  The subtotal of the subsidies stands in front
 * of the first of them that moved. */
static void add_class(const struct reading *r, enum account_class class, enum report_section section)
{
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    bool subtotal = false;
    for (unsigned i = 0; i < count; i++) {
        const struct account_info *info = &chart[i];
        const json_t *line = info->class == class ? find_line(r, info->code) : NULL;
        if (line == NULL)
            continue;
        if (is_subsidy(info->account) && !subtotal) {
            add_subsidy(r);
            subtotal = true;
        }
        add_line(r, (struct report_line){
            .section = section, .code = info->code, .known = true,
            .name = r->report->language == LANGUAGE_ZH ? info->zh : info->en,
            .fen = field_int(r->f, line, "amount"), .provisional = field_int(r->f, line, "provisional") });
    }
}

static int64_t provisional_total(const struct reading *r)
{
    struct amount sum = { 0 };
    const json_t *lines = field_array(r->f, r->answer, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        int64_t fen = field_int(r->f, json_array_get(lines, i), "provisional");
        if (!amount_add(sum, (struct amount){ fen }, &sum))
            return 0;
    }
    return sum.fen;
}

static void add_total(const struct reading *r, enum report_section section, const char *key, enum word name,
                      struct report_line line)
{
    line.section = section;
    line.kind = LINE_TOTAL;
    line.code = key;
    line.name = say(r, name);
    line.fen = field_int(r->f, r->answer, key);
    add_line(r, line);
}

static bool opens_within_the_year(const struct report *report)
{
    return report->month_count > 0 && report->months[0].month % 12 != 0;
}

static void add_result(const struct reading *r, bool provisional)
{
    struct report *report = r->report;
    bool derived = field_bool(r->f, r->answer, "opening_derived") && report->has_opening;
    bool year_end = report->as_of == date_month_last(report->year * 12 + 11);
    report->marks = (struct report_marks){ .derived = derived, .provisional = provisional };
    add_total(r, SECTION_RESULT, "surplus", WORD_SURPLUS,
              (struct report_line){ .known = report->has_money, .marks = { .provisional = provisional } });
    add_total(r, SECTION_RESULT, "opening",
              opens_within_the_year(report) ? WORD_OPENING_LATER : WORD_OPENING_YEAR,
              (struct report_line){ .known = report->has_opening, .marks = { .derived = derived } });
    add_total(r, SECTION_RESULT, "closing", year_end ? WORD_CLOSING_YEAR : WORD_CLOSING_SO_FAR,
              (struct report_line){ .known = report->has_opening, .marks = report->marks });
}

static void read_form(const struct reading *r)
{
    int64_t provisional = provisional_total(r);
    add_class(r, CLASS_INCOME, SECTION_INCOME);
    add_total(r, SECTION_INCOME, "income", WORD_INCOME_TOTAL,
              (struct report_line){ .known = r->report->has_money });
    add_class(r, CLASS_EXPENDITURE, SECTION_EXPENDITURE);
    add_total(r, SECTION_EXPENDITURE, "expenditure", WORD_EXPENDITURE_TOTAL,
              (struct report_line){ .known = r->report->has_money, .provisional = provisional });
    add_result(r, provisional != 0);
}

/* The last month may not have ended. */
static void name_month(const struct reading *r, struct report_month *month)
{
    char name[DATE_TEXT_MAX], date[DATE_TEXT_MAX];
    report_month_text(month->month, name);
    if (r->report->as_of < date_month_last(month->month))
        WORDS(month->name, say(r, WORD_PART_OF_MONTH), name, date_format(r->report->as_of, date));
    else
        WORDS(month->name, "{1}", name);
}

/* Months follow one another, so that each has its place in the year's drawing. */
static date_month next_month(const struct reading *r, const json_t *item)
{
    const struct report *report = r->report;
    date_month month, january = report->year * 12;
    date_month from = report->month_count > 0 ? report->months[report->month_count - 1].month + 1 : january;
    date_month to = report->month_count > 0 ? from : january + 11;
    if (date_month_from_ym(field_int(r->f, item, "month"), &month) && month >= from && month <= to
            && month <= january + 11)
        return month;
    fault(r, "month", "the next one of the year");
    return january;
}

static void read_months(const struct reading *r)
{
    const json_t *months = field_array(r->f, r->answer, "months");
    for (size_t i = 0; i < list_size(r, months, "months", REPORT_MONTHS_MAX); i++) {
        const json_t *item = json_array_get(months, i);
        struct report_month *month = &r->report->months[r->report->month_count];
        *month = (struct report_month){
            .income = field_int(r->f, item, "income"),
            .expenditure = field_int(r->f, item, "expenditure"),
            .provisional = field_int(r->f, item, "provisional"),
            .balance = field_int(r->f, item, "balance"),
        };
        month->month = next_month(r, item);
        name_month(r, month);
        r->report->month_count++;
    }
}

/* --- Indicators. ------------------------------------------------------------------- */

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

static enum word unit_word(enum rule rule)
{
    return rule == RULE_RUNWAY || rule == RULE_FALLING ? WORD_MONTHS_UNIT : WORD_PERCENT;
}

static struct report_indicator *add_indicator(const struct reading *r, enum rule rule,
                                              struct indicator indicator)
{
    char number[FIGURE_MAX];
    struct report *report = r->report;
    assert(report->indicator_count < REPORT_INDICATORS_MAX);
    struct report_indicator *row = &report->indicators[report->indicator_count++];
    *row = (struct report_indicator){ .unit = say(r, unit_word(rule)), .outcome = OUTCOME_NO_TARGET };
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
    char bound[FIGURE_MAX], more[FIGURE_MAX];
    struct amount needed;
    int64_t high = limits->high.enter_e4;
    WORDS(row->note, "{1}", word_level(r->report->language, limits_level(limits, runway, LEVEL_HEALTHY)));
    if (ratio_compare(runway, high) > 0 && row->marks.provisional
            && clearing_for(runway, high, &needed) == COMPUTABLE)
        WORDS(row->remark, say(r, WORD_CLEARING), figure_wan(needed.fen, more),
              figure_bound(RULE_RUNWAY, high, bound));
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
    if (rule.on)
        WORDS(row->target, "{1}–{2}", figure_bound(RULE_RUNWAY, limits.low.enter_e4, low),
              figure_bound(RULE_RUNWAY, limits.high.enter_e4, high));
    if (runway.why != COMPUTABLE)
        return;
    row->marks.derived = field_bool(r->f, r->status, "balance_derived");
    row->marks.provisional = field_int(r->f, r->status, "provisional") != 0;
    note_marks(r->report, row->marks);
    set_runway_figures(r, row, runway.value);
    if (!rule.on)
        return;
    set_runway_notes(r, row, runway.value, &limits);
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
    const struct report_marks marks = r->report->indicators[0].marks;
    struct report_indicator *row = add_indicator(r, RULE_RUNWAY, runway);
    snprintf(row->code, sizeof row->code, "%s", key);
    WORDS(row->name, "{1}", say(r, name));
    WORDS(row->formula, "{1}", say(r, formula));
    set_runway_base(r, row);
    if (runway.why == COMPUTABLE) {
        row->marks = marks;
        set_runway_figures(r, row, runway.value);
    }
    return row;
}

static void add_other_runways(const struct reading *r)
{
    char booked[FIGURE_MAX], incurred[FIGURE_MAX], subsidy[FIGURE_MAX];
    const json_t *owing = field_map(r->f, r->status, "owing");
    struct report_indicator *owed =
        add_other_runway(r, "runway_owed", WORD_RUNWAY_OWED, WORD_RUNWAY_OWED_FORMULA);
    if (owed->outcome != OUTCOME_NOT_COMPUTABLE)
        WORDS(owed->remark, say(r, WORD_RUNWAY_OWED_REMARK),
              figure_wan(field_int(r->f, owing, "booked"), booked),
              figure_wan(field_int(r->f, owing, "incurred"), incurred));
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
    row->marks.provisional = deficit.why == COMPUTABLE && provisional_share(r).value.num != 0;
    set_months(r, row, say(r, WORD_TRAILING_12), date_month_ended_by(r->report->as_of),
               deficit.why == COMPUTABLE ? 12 : 0);
    if (rule.on) {
        set_bound(row, RULE_DEFICIT, "≥", limit.enter_e4);
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
    if (rule.on) {
        set_bound(row, RULE_PROVISIONAL, "≤", limit.enter_e4);
        set_outcome(row, share.why == COMPUTABLE && ratio_compare(share.value, limit.enter_e4) <= 0);
    }
}

/* --- Coverage. */

static void set_coverage_texts(const struct reading *r, struct report_indicator *row, const json_t *line)
{
    char deadline[FIGURE_MAX];
    int64_t mmdd = field_int(r->f, line, "deadline");
    const char *name = field_text(r->f, line, "name");
    const char *denominator = word_denominator(r->report->language, field_text(r->f, line, "denominator"));
    snprintf(row->code, sizeof row->code, "%s:%s", rule_word(RULE_COVERAGE), name);
    snprintf(deadline, sizeof deadline, "%02d-%02d", (int)(mmdd / 100 % 100), (int)(mmdd % 100));
    WORDS(row->name, say(r, WORD_COVERAGE), name, denominator);
    WORDS(row->base, say(r, WORD_COVERAGE_BASE), deadline);
    WORDS(row->formula, say(r, WORD_COVERAGE_FORMULA),
          word_numerator(r->report->language, field_text(r->f, line, "numerator")), denominator);
}

static void add_definition(const struct reading *r, const json_t *line)
{
    char num[FIGURE_MAX], den[FIGURE_MAX];
    struct indicator coverage = field_indicator(r->f, line);
    struct report_indicator *row = add_indicator(r, RULE_COVERAGE, coverage);
    set_coverage_texts(r, row, line);
    set_bound(row, RULE_COVERAGE, "≥", field_int(r->f, line, "target_e4"));
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
        fault(r, "rule", "one that has a target");
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
    bool least = strcmp(field_text(r->f, line, "bound"), "least") == 0;
    set_bound(row, form->rule, least ? "≥" : "≤", field_int(r->f, line, "target_e4"));
    set_outcome(row, field_bool(r->f, line, "met"));
}

static void read_indicators(const struct reading *r)
{
    const json_t *lines = field_array(r->f, r->status, "coverage");
    add_runway(r);
    add_other_runways(r);
    add_deficit(r);
    add_provisional(r);
    for (size_t i = 0; i < list_size(r, lines, "coverage", POLICY_COVERAGE_MAX); i++)
        add_definition(r, json_array_get(lines, i));
    const json_t *targets = field_array(r->f, r->status, "targets");
    for (size_t i = 0; i < list_size(r, targets, "targets", REPORT_TARGETS_MAX); i++)
        add_target(r, json_array_get(targets, i));
}

static void read_completeness(const struct reading *r)
{
    struct report *report = r->report;
    const json_t *map = field_map(r->f, r->status, "completeness");
    completeness_text(r->f, map, report->language, report->completeness);
    report->expected_sources = field_int(r->f, map, "expected");
    report->silent_sources = field_int(r->f, map, "silent");
    figure_number(RULE_COMPLETENESS, field_indicator(r->f, field_map(r->f, map, "month")),
                  report->complete_month);
    figure_number(RULE_COMPLETENESS, field_indicator(r->f, field_map(r->f, map, "year")),
                  report->complete_year);
}

/* What the rest calculates with. */
static bool dates_are_good(const struct reading *r)
{
    int64_t year = field_int(r->f, r->answer, "year");
    if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX)
        fault(r, "year", "a year");
    if (r->report->as_of == DATE_NONE)
        fault(r, "as_of", "a date");
    return r->f->fault[0] == '\0';
}

void report_read(struct fields *f, const json_t *answer, enum language language, struct report *ret)
{
    char year[FIGURE_MAX];
    struct reading r = {
        .f = f, .answer = answer, .report = ret,
        .status = field_map(f, answer, "status"), .policy = field_map(f, answer, "policy"),
    };
    *ret = (struct report){
        .language = language,
        .fund = field_text(f, answer, "fund"),
        .year = (int)field_int(f, answer, "year"),
        .as_of = field_date(f, answer, "as_of"),
        .policy_version = field_int(f, r.status, "policy_version"),
        .has_opening = field_bool(f, r.status, "has_opening"),
        .income = field_int(f, answer, "income"),
        .expenditure = field_int(f, answer, "expenditure"),
    };
    if (!dates_are_good(&r))
        return;
    snprintf(year, sizeof year, "%d", ret->year);
    WORDS(ret->title, word(language, WORD_TITLE), word_scheme(language, ret->fund), year);
    ret->has_money = ret->has_opening || json_array_size(field_array(f, answer, "lines")) > 0;
    read_completeness(&r);
    read_months(&r);
    read_form(&r);
    read_indicators(&r);
    report_read_subsidies(f, answer, ret);
    report_read_budget(f, answer, ret);
    report_read_people(f, answer, ret);
}
