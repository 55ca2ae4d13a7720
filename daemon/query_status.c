/* status and report: what the books of a fund say (PROTOCOL 9.1, 9.2). */
#include "daemon/query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fund/posting.h"
#include "wire/limits.h"
#include "wire/policy_codec.h"

/* Leaves room for the rest of the message around it. */
#define DATA_SIZE_MAX (MESSAGE_SIZE_MAX - 1024)

static const char *base_word(unsigned base)
{
    switch ((enum runway_base)base) {
    case RUNWAY_TRAILING_12:   return "trailing_12";
    case RUNWAY_YEAR_TO_DATE:  return "year_to_date";
    case RUNWAY_CALENDAR_YEAR: return "calendar_year";
    }
    return "";
}

const char *numerator_word(unsigned numerator)
{
    switch ((enum coverage_numerator)numerator) {
    case NUMERATOR_PAID:                   return "paid";
    case NUMERATOR_REGISTERED:             return "registered";
    case NUMERATOR_REPORTED:               return "reported";
    case NUMERATOR_REPORTED_AND_EMPLOYEES: return "reported_and_employees";
    case NUMERATOR_PAID_AND_EMPLOYEES:     return "paid_and_employees";
    case NUMERATOR_PAID_ONCE:              return "paid_once";
    case NUMERATOR_REPORTED_ONCE:          return "reported_once";
    }
    return "";
}

const char *denominator_word(unsigned denominator)
{
    switch ((enum coverage_denominator)denominator) {
    case DENOMINATOR_RESIDENT:   return "resident";
    case DENOMINATOR_REGISTERED: return "registered";
    case DENOMINATOR_LAST_YEAR:  return "last_year";
    }
    return "";
}

static void write_flows(struct writer *w, const struct lines *lines)
{
    write_key_int(w, "income", sum_of_lines(lines_income, lines));
    write_key_int(w, "expenditure", sum_of_lines(lines_expenditure, lines));
    write_key_int(w, "provisional", sum_of_lines(lines_provisional, lines));
}

static void write_coverage_rule(struct writer *w, const struct coverage_rule *rule,
                                const struct fund_view *fund)
{
    struct indicator i = indicator_coverage(rule, &fund->heads, fund->books_date);
    write_map(w, 10);
    write_key_string(w, "name", rule->name);
    write_key_string(w, "numerator", numerator_word(rule->numerator));
    write_key_string(w, "denominator", denominator_word(rule->denominator));
    write_key_int(w, "target_e4", rule->target.enter_e4);
    write_key_int(w, "deadline", rule->deadline_month * 100 + rule->deadline_day);
    write_indicator_pairs(w, i);
    write_key_bool(w, "met", i.why == COMPUTABLE
                   && ratio_compare(i.value, rule->target.enter_e4) >= 0);
}

static void write_coverage(struct writer *w, const struct fund_view *fund)
{
    write_key(w, "coverage");
    write_array(w, fund->policy.coverage_count);
    for (unsigned i = 0; i < fund->policy.coverage_count; i++)
        write_coverage_rule(w, &fund->policy.coverage[i], fund);
}

/* The months that a target's figure rests on: over which base, and how many. */
struct target_base { const char *word; unsigned months; };

/* Of a rule with a limit on either side the one that is passed is the target, or else the upper one. */
static void write_target(struct query_list *list, enum rule rule, const char *instance,
                         struct reading reading, struct target_base base)
{
    struct writer *w = &list->items;
    const struct rule_limits *limits = &reading.limits;
    bool computable = reading.indicator.why == COMPUTABLE;
    int level = computable ? limits_level(limits, reading.indicator.value, LEVEL_HEALTHY) : LEVEL_HEALTHY;
    bool low = limits->low_on && (!limits->high_on || level < LEVEL_HEALTHY);
    write_map(w, 11);
    write_key_string(w, "rule", rule_word(rule));
    write_key_string(w, "instance", instance);
    write_key_int(w, "target_e4", low ? limits->low.enter_e4 : limits->high.enter_e4);
    write_key_string(w, "bound", low ? "least" : "most");
    write_key_string(w, "base", base.word);
    write_key_uint(w, "months", base.months);
    write_indicator_pairs(w, reading.indicator);
    write_key_bool(w, "met", computable && level == LEVEL_HEALTHY);
    list->count++;
}

static void write_reimbursement(struct query_list *list, const struct fund_view *fund)
{
    struct target_base base = { base_word(fund->policy.reimbursement.base), fund->bills.months };
    for (enum reimbursement which = 0; which < REIMBURSEMENTS; which++)
        write_target(list, RULE_REIMBURSEMENT, reimbursement_word(which),
                     rule_reimbursement(&fund->policy, which, &fund->bills), base);
}

static void write_contributions(struct query_list *list, const struct fund_view *fund)
{
    const struct contributions_rule *rule = &fund->policy.contributions;
    for (unsigned i = 0; i < rule->expected_count; i++) {
        char name[12];
        int32_t year = rule->expected[i].year;
        if (i > 0 && year == rule->expected[i - 1].year)
            continue;
        snprintf(name, sizeof name, "%d", (int)year);
        write_target(list, RULE_CONTRIBUTIONS, name,
                     rule_contributions(&fund->policy, year, fund->collected[i],
                                        fund->books_date), (struct target_base){ "", 0 });
    }
}

/* Shown whether or not the runway rule speaks at present in its place. */
static void write_falling(struct query_list *list, const struct fund_view *fund)
{
    const struct policy *policy = &fund->policy;
    struct target_base base = { base_word(policy->runway.base), policy->falling.months };
    write_target(list, RULE_FALLING, "",
                 rule_falling(policy, &fund->earlier, &fund->runway, LEVEL_HEALTHY), base);
}

static void write_net_loss(struct query_list *list, const struct fund_view *fund)
{
    struct reading reading =
        rule_net_loss(&fund->policy, fund->insured_last_year, fund->heads.reported, false);
    write_target(list, RULE_NET_LOSS, "", reading, (struct target_base){ "", 0 });
}

static void write_people(struct query_list *list, const struct fund_view *fund)
{
    struct target_base none = { "", 0 };
    if (fund->policy.pace.on)
        write_target(list, RULE_PACE, "", rule_pace(&fund->policy, fund->coming_last_year, fund->coming,
                                                    fund->books_date), none);
    if (fund->policy.duplicates.on)
        write_target(list, RULE_DUPLICATES, "", rule_duplicates(&fund->policy, &fund->heads), none);
}

static void write_execution(struct query_list *list, const struct fund_view *fund)
{
    struct budget_item items[POLICY_BUDGET_MAX];
    unsigned count = budget_items(&fund->policy, fund->executed, items);
    date_month first = indicator_first_month(fund->start);
    for (unsigned i = 0; i < count; i++) {
        char name[BUDGET_NAME_SIZE];
        struct target_base base = { "", budget_months(items[i].year, fund->books_date) };
        write_target(list, RULE_BUDGET, budget_name(&items[i], name),
                     rule_budget(&fund->policy, &items[i], first, fund->books_date), base);
    }
}

/* The rules that the policy switches on, each with its figure. */
static void write_targets(struct writer *w, const struct fund_view *fund)
{
    struct query_list list;
    list_begin(&list);
    if (fund->policy.reimbursement.on)
        write_reimbursement(&list, fund);
    if (fund->policy.falling.on)
        write_falling(&list, fund);
    write_contributions(&list, fund);
    if (fund->policy.net_loss.on)
        write_net_loss(&list, fund);
    write_people(&list, fund);
    write_execution(&list, fund);
    if (fund->policy.gate.on)
        write_target(&list, RULE_GATE, "", rule_gate(&fund->policy, &fund->gate),
                     (struct target_base){ "", 0 });
    list_end(&list, w, "targets");
}

static bool add_rule(void *arg, const struct rule_view *rule)
{
    struct query_list *list = arg;
    write_rule(&list->items, rule);
    list->count++;
    return true;
}

static void write_rules(struct query *q, struct writer *w, struct view *view, uint32_t number)
{
    struct query_list list;
    list_begin(&list);
    int err = view_rules(view, number, add_rule, &list);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "rules");
    list_end(&list, w, "rules");
}

static void write_heads(struct writer *w, const struct headcount *heads)
{
    write_key(w, "heads");
    struct heads_band band = headcount_band(heads);
    write_map(w, 15);
    write_key_int(w, "paid", heads->paid);
    write_key_int(w, "registered", heads->registered);
    write_key_int(w, "reported", heads->reported);
    write_key_int(w, "employees", heads->employees);
    write_key_int(w, "resident", heads->resident);
    write_key_int(w, "registered_population", heads->registered_population);
    write_key_int(w, "last_year", heads->last_year);
    write_key_int(w, "left", heads->left);
    write_key_int(w, "doubled", heads->doubled);
    write_key_int(w, "elsewhere", heads->elsewhere);
    write_key_int(w, "duplicates", heads->duplicates);
    write_key_int(w, "paid_once", heads->paid_once);
    write_key_int(w, "paid_once_least", band.least);
    write_key_int(w, "paid_once_most", band.most);
    write_key_int(w, "reported_once", heads->reported_once);
}

/* --- Subsidies ---------------------------------------------------------------- */

static void write_due(struct writer *w, struct subsidy_due due)
{
    write_key_string(w, "known", due.known == SUBSIDY_KNOWN ? "" : subsidy_known_word(due.known));
    write_key_int(w, "due", due.amount.fen);
}

/* One level of government in one year. */
static void write_subsidy(struct writer *w, const struct subsidy_standard *standard,
                          enum subsidy_level level, const struct subsidy_state *state)
{
    const struct subsidy_arrears *arrears = &state->arrears;
    write_map(w, 11);
    write_key_int(w, "year", standard->year);
    write_key_string(w, "level", subsidy_level_word(level));
    write_key_int(w, "per_head", ratio_round(subsidy_per_head(standard, level), 0));
    write_key_int(w, "heads", state->heads);
    write_due(w, state->due);
    write_key_int(w, "received", state->received.fen);
    write_key_int(w, "due_by_now", arrears->due.fen);
    write_key(w, "arrears");
    write_array(w, SUBSIDY_AGES);
    for (int age = 0; age < SUBSIDY_AGES; age++)
        write_int(w, arrears->aged[age].fen);
    write_key_int(w, "oldest", arrears->oldest == DATE_NONE ? 0 : date_to_ymd(arrears->oldest));
    write_key_bool(w, "tolerated", arrears->tolerated);
}

/* Of the levels of a standard those that an answer is about. */
typedef bool subsidy_wanted(const struct subsidy_level_rule *rule, const struct subsidy_state *state);

static bool pays_or_paid(const struct subsidy_level_rule *rule, const struct subsidy_state *state)
{
    return rule->parts != 0 || rule->own.fen != 0 || state->received.fen != 0;
}

static bool in_arrears(const struct subsidy_level_rule *, const struct subsidy_state *state)
{
    return state->arrears.known == SUBSIDY_KNOWN && !state->arrears.tolerated;
}

/* Of every standard in force, also of earlier years: what is missing stays owed. */
static void write_subsidies(struct query *q, struct writer *w, struct view *view, uint32_t number,
                            const struct fund_view *fund, date_day as_of, const char *key,
                            subsidy_wanted *wanted)
{
    struct query_list list;
    list_begin(&list);
    for (unsigned i = 0; i < fund->policy.subsidy.standard_count; i++) {
        const struct subsidy_standard *standard = &fund->policy.subsidy.standards[i];
        struct subsidy_state states[SUBSIDY_LEVELS];
        int err = view_subsidies(view, number, &fund->policy.subsidy, standard, as_of, states);
        if (err != 0)
            query_fail_with(q, err, "subsidies");
        for (int level = 0; level < SUBSIDY_LEVELS && err == 0; level++) {
            if (!wanted(&standard->levels[level], &states[level]))
                continue;
            write_subsidy(&list.items, standard, level, &states[level]);
            list.count++;
        }
    }
    list_end(&list, w, key);
}

void write_status(struct query *q, struct writer *w, struct view *view, uint32_t number,
                  const struct fund_view *fund)
{
    write_map(w, 27);
    write_key_fund(w, "fund", fund->fund);
    write_key_date(w, "books_date", fund->books_date);
    write_key_uint(w, "policy_version", fund->policy_version);
    write_key_bool(w, "has_opening", fund->has_opening);
    write_key_int(w, "balance", fund->balance.fen);
    write_key_bool(w, "balance_derived", fund->opening_derived);
    write_key_uint(w, "months", fund->runway.months);
    write_flows(w, &fund->runway.closed);
    write_runways(w, indicator_runway(&fund->runway, fund->policy.runway.min_months), &fund->owing);
    write_owing(w, &fund->owing);
    write_key_indicator(w, "deficit", indicator_deficit(&fund->trailing));
    write_key_indicator(w, "provisional_share", indicator_provisional(&fund->trailing));
    write_key_string(w, "base", base_word(fund->policy.runway.base));
    write_coverage(w, fund);
    write_targets(w, fund);
    write_rules(q, w, view, number);
    write_subsidies(q, w, view, number, fund, fund->books_date, "arrears", in_arrears);
    write_heads(w, &fund->heads);
    write_key_bool(w, "importing", fund->importing);
    write_key_date(w, "closed", fund->closed);
    write_place(q, w, view, number, fund);
    write_key_completeness(q, w, view, number, fund);
    write_key_uint(w, "unmatched", fund->unmatched);
}

/* --- status ------------------------------------------------------------------ */

static void list_funds(struct query *q, struct view *view, struct place_prefix place,
                       struct query_list *list)
{
    struct view_size size;
    int err = view_size(view, &size);
    if (err != 0)
        query_fail_with(q, err, "size of the store");
    for (uint32_t number = 1; query_ok(q) && number <= size.funds; number++) {
        struct fund_view fund;
        err = view_fund(view, number, &fund);
        if (err != 0)
            query_fail_with(q, err, "fund");
        if (err != 0 || !place_within(fund.fund.place, place)
                || !grant_place(q->grant, fund.fund.place))
            continue;
        write_status(q, &list->items, view, number, &fund);
        list->count++;
        if (list->items.size > DATA_SIZE_MAX)
            query_fail(q, "bad_argument", "too many funds for one answer: ask for a place within");
    }
}

enum query_end query_status(struct query *q)
{
    struct view *view;
    struct place_prefix place = query_place(q);
    query_view(q, &view);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct query_list list;
    list_begin(&list);
    list_funds(q, view, place, &list);
    list_end(&list, q->data, NULL);
    view_close(&view);
    return QUERY_ANSWERED;
}

/* --- report ------------------------------------------------------------------ */

struct period {
    struct view *view;
    uint32_t fund;
    date_day before, first, last;   /* the day before the year; the days in the report */
};

/* The balance at the end of a day, 0 where the books do not reach. */
static int64_t balance_at(struct query *q, const struct period *p, date_day day)
{
    struct amount balance = { .fen = 0 };
    int err = view_balance(p->view, p->fund, day, p->last, &balance);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "balance");
    return balance.fen;
}

static struct lines lines_between(struct query *q, const struct period *p, date_day from,
                                  date_day to)
{
    struct lines lines = { .fen = { 0 } };
    int err = from > to ? 0 : view_lines(p->view, p->fund, from, to, p->last, &lines);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "balances");
    return lines;
}

static void write_month(struct query *q, const struct period *p, date_month month)
{
    date_day first = date_month_first(month), last = date_month_last(month);
    last = last < p->last ? last : p->last;
    struct lines lines = lines_between(q, p, first, last);
    write_map(q->data, 5);
    write_key_int(q->data, "month", date_month_to_ym(month));
    write_flows(q->data, &lines);
    write_key_int(q->data, "balance", balance_at(q, p, last));
}

/* The months of which the report has at least a day: money is dated after the day that the books open
 * with. */
static void write_months(struct query *q, const struct period *p, const struct fund_view *fund)
{
    date_day first = fund->start >= p->first ? fund->start + 1 : p->first;
    date_month from = date_month_of(first), to = date_month_of(p->last);
    write_key(q->data, "months");
    write_array(q->data, (uint32_t)(to - from + 1));
    for (date_month month = from; month <= to; month++)
        write_month(q, p, month);
}

/* The balance that the year's flows are added to: at the end of the year before or, when the books
 * open within the year, the opening balance. */
static int64_t opening_balance(struct query *q, const struct period *p,
                               const struct fund_view *fund)
{
    return balance_at(q, p, fund->start > p->before ? fund->start : p->before);
}

/* What came for a year and what is due, also where no standard is known. */
static const struct subsidy_standard *year_states(struct query *q, const struct period *p,
                                                  const struct policy *policy, int year,
                                                  struct subsidy_state ret[SUBSIDY_LEVELS])
{
    static const struct subsidy_standard unknown = { .whole = 1 };
    struct subsidy_standard blank = unknown;
    const struct subsidy_standard *standard = policy_standard(policy, year);
    blank.year = year;
    int err = view_subsidies(p->view, p->fund, &policy->subsidy, standard != NULL ? standard : &blank,
                             p->last, ret);
    if (err != 0)
        query_fail_with(q, err, "subsidies");
    return standard != NULL ? standard : &unknown;
}

static uint32_t parts_of_all(const struct subsidy_standard *standard)
{
    uint32_t parts = 0;
    for (int level = 0; level < SUBSIDY_LEVELS; level++)
        parts += standard->levels[level].parts;
    return parts;
}

/* The heads that all levels which pay a share count alike; HEADS_UNKNOWN if they do not. */
static int64_t common_heads(const struct subsidy_standard *standard,
                            const struct subsidy_state states[SUBSIDY_LEVELS])
{
    const struct subsidy_state *first = NULL;
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        if (standard->levels[level].parts == 0)
            continue;
        if (first != NULL && states[level].heads != first->heads)
            return HEADS_UNKNOWN;
        first = &states[level];
    }
    return first != NULL ? first->heads : HEADS_UNKNOWN;
}

static struct subsidy_due sum_of_dues(struct query *q, const struct subsidy_state states[SUBSIDY_LEVELS])
{
    struct subsidy_due sum = { .known = SUBSIDY_KNOWN };
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        if (states[level].due.known != SUBSIDY_KNOWN)
            return states[level].due;
        if (!amount_add(sum.amount, states[level].due.amount, &sum.amount))
            query_fail_with(q, -EOVERFLOW, "subsidies");
    }
    return sum;
}

/* All levels together, in the report's year.  A standard that is not divided is measured on the year's heads;
 * of one that is divided in part the rest is nobody's here, and the whole would be measured with what only
 * some of them pay. */
static void write_whole_subsidy(struct query *q, const struct period *p, const struct fund_view *fund,
                                int year)
{
    struct subsidy_state states[SUBSIDY_LEVELS] = { 0 };
    struct amount received = { 0 };
    const struct subsidy_standard *standard = year_states(q, p, &fund->policy, year, states);
    uint32_t parts = parts_of_all(standard);
    bool whole = parts == 0 || parts == standard->whole;
    for (int level = 0; level < SUBSIDY_LEVELS; level++) {
        if (!amount_add(received, states[level].received, &received))
            query_fail_with(q, -EOVERFLOW, "subsidies");
    }
    write_key(q->data, "subsidy_whole");
    write_map(q->data, 5);
    write_key_int(q->data, "per_head", whole ? standard->per_head.fen : 0);
    write_key_int(q->data, "heads", parts == 0 ? fund->heads.reported : common_heads(standard, states));
    write_due(q->data, !whole ? (struct subsidy_due){ .known = SUBSIDY_NO_STANDARD }
                     : parts == 0 ? subsidy_due_together(standard, fund->heads.reported)
                                  : sum_of_dues(q, states));
    write_key_int(q->data, "received", received.fen);
}

/* A budget is of its year; a subsidy's stays to be seen, as what is missing of it can still come. */
static bool shows_budget(const struct budget_line *line, int year)
{
    return line->year == year || (budget_is_subsidy(line) && line->year < year);
}

static void write_budget(struct query *q, const struct fund_view *fund, int year)
{
    const struct policy *policy = &fund->policy;
    struct query_list list;
    list_begin(&list);
    for (unsigned i = 0; i < policy->budget_count; i++) {
        const struct budget_line *line = &policy->budget[i];
        const struct account_info *info = account_info(posting_account(line->category));
        if (info == NULL || !shows_budget(line, year))
            continue;
        write_map(&list.items, 4);
        write_key_int(&list.items, "year", line->year);
        write_key_string(&list.items, "account", info->code);
        write_key_int(&list.items, "budget", line->amount.fen);
        write_key_int(&list.items, "amount", fund->executed[i].fen);
        list.count++;
    }
    list_end(&list, q->data, "budget");
}

static void write_report(struct query *q, const struct period *p, const struct fund_view *fund,
                         int year)
{
    struct writer *w = q->data;
    struct lines lines = lines_between(q, p, p->first, p->last);
    int64_t income = sum_of_lines(lines_income, &lines);
    int64_t expenditure = sum_of_lines(lines_expenditure, &lines);
    write_map(w, 16);
    write_key_fund(w, "fund", fund->fund);
    write_key_int(w, "year", year);
    write_key_date(w, "as_of", p->last);
    write_key_int(w, "opening", opening_balance(q, p, fund));
    write_key_bool(w, "opening_derived", fund->opening_derived);
    write_key_lines(w, "lines", &lines);
    write_key_int(w, "income", income);
    write_key_int(w, "expenditure", expenditure);
    write_key_int(w, "surplus", income - expenditure);     /* not lines_surplus(): no opening balance */
    write_key_int(w, "closing", balance_at(q, p, p->last));
    write_key(w, "status");
    write_status(q, w, p->view, p->fund, fund);
    write_months(q, p, fund);
    write_subsidies(q, w, p->view, p->fund, fund, p->last, "subsidy", pays_or_paid);
    write_whole_subsidy(q, p, fund, year);
    write_budget(q, fund, year);
    write_key(w, "policy");
    policy_encode(w, &fund->policy);
}

/* Whose books a place's were before they became its own, as far as there is room. */
struct parts_text {
    char *text;
    size_t size;
};

static bool add_part_text(void *arg, const struct part_view *part)
{
    struct parts_text *to = arg;
    char fund[FUND_TEXT_MAX], until[DATE_TEXT_MAX];
    size_t used = strlen(to->text);
    int size = snprintf(to->text + used, to->size - used, "%s %s until %s",
                        used == 0 ? "; before, they were those of" : ",",
                        fund_format(part->fund, fund), date_format(part->from - 1, until));
    if (size > 0 && used + (size_t)size >= to->size)
        to->text[used] = '\0';
    return size > 0 && used + (size_t)size < to->size;
}

static const char *parts_before(const struct period *p, char *text, size_t size)
{
    struct parts_text to = { text, size };
    text[0] = '\0';
    view_parts(p->view, p->fund, INT32_MAX, add_part_text, &to);
    return text;
}

static void fail_before_start(struct query *q, const struct period *p, const struct fund_view *fund,
                              int year)
{
    char before[128], start[DATE_TEXT_MAX];
    query_fail(q, "not_found", "nothing of %d: the books open with the end of %s%s", year,
               date_format(fund->start, start), parts_before(p, before, sizeof before));
}

static void report_on(struct query *q, struct period *p, int year, date_day as_of)
{
    struct fund_view fund;
    int err = view_fund(p->view, p->fund, &fund);
    if (err != 0) {
        query_fail_with(q, err, "fund");
        return;
    }
    p->before = date_month_first(year * 12) - 1;
    p->first = p->before + 1;
    p->last = date_month_last(year * 12 + 11);
    if (as_of != DATE_NONE && as_of < p->last)
        p->last = as_of;
    if (fund.books_date < p->last)
        p->last = fund.books_date;
    if (p->last < p->first) {
        query_fail(q, "not_found", "nothing of %d: the books are at %s", year,
                   date_format(fund.books_date, (char[DATE_TEXT_MAX]){ "" }));
        return;
    }
    err = view_fund_as_of(p->view, p->fund, p->last, &fund);
    if (err != 0)
        query_fail_with(q, err, "fund at that date");
    else if (fund.policy.rollup)
        query_fail(q, "bad_argument", "the fund has no books of its own: ask for the roll-up of its place");
    else if (p->last <= fund.start)
        fail_before_start(q, p, &fund, year);
    else
        write_report(q, p, &fund, year);
}

enum query_end query_report(struct query *q)
{
    struct period period = { .view = NULL };
    struct fund fund = query_fund(q);
    int year = (int)query_int(q, "year", DATE_YEAR_MIN, DATE_YEAR_MAX, 0);
    date_day as_of = query_date(q, "as_of", DATE_NONE);
    if (query_ok(q) && as_of != DATE_NONE && date_year(as_of) != year)
        query_fail(q, "bad_argument", "as_of is not a day of the year");
    query_fund_view(q, fund, &period.view, &period.fund);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    report_on(q, &period, year, as_of);
    view_close(&period.view);
    return QUERY_ANSWERED;
}

/* --- policy ------------------------------------------------------------------ */

enum query_end query_policy(struct query *q)
{
    struct view *view;
    uint32_t number;
    query_fund_view(q, query_fund(q), &view, &number);
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct fund_view fund;
    struct policy policy;
    date_day from;
    uint64_t position;
    int err = view_fund(view, number, &fund);
    if (err == 0)
        err = view_policy(view, number, fund.books_date, &policy, &from, &position);
    view_close(&view);
    if (err != 0) {
        query_fail_with(q, err, "policy in force at the books date");
        return QUERY_ANSWERED;
    }
    write_map(q->data, 3);
    write_key_uint(q->data, "position", position);
    write_key_date(q->data, "date", from);
    write_key(q->data, "policy");
    policy_encode(q->data, &policy);
    return QUERY_ANSWERED;
}
