/* policy_file - libcyaml turns YAML into structs of strings; a table says how
 * each string is read into struct policy. */
#include "files/policy_file.h"

#include <assert.h>
#include <cyaml/cyaml.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/policy_lines.h"
#include "fund/event.h"
#include "fund/ratio.h"
#include "wire/document.h"
#include "wire/reader.h"

#define TEXT_MAX 64             /* bytes in one value */

/* --- The file as strings ---------------------------------------------------- */

struct pair_text { char *enter, *leave; };
struct runway_text {
    char *on, *base, *min_months;
    struct pair_text *critical_low, *low, *high, *excessive, *hold;
};
struct share_text { char *on; struct pair_text *limit, *hold; };
struct statement_text { char *year, *outcome; };
struct coverage_text {
    char *name, *zh, *en, *numerator, *denominator, *deadline, *year;
    struct pair_text *target, *hold;
    struct statement_text *stated;
    uint32_t stated_count;
};
struct quiet_text { char *pattern, *days, *calendar; };
struct tranche_text { char *date, *parts; };
struct level_text {
    char *share, *own, *base, *heads;
    struct tranche_text *due;
    uint32_t due_count;
};
struct levels_text { struct level_text *central, *province, *city, *county; };
struct exception_text { char *level, *group, *paid_by, *lump; };
struct standard_text {
    char *year, *per_head;
    struct levels_text *levels;
    struct exception_text *exceptions;
    uint32_t exceptions_count;
};
struct tolerance_text { char *least, *share; };
struct subsidy_text {
    char *on;
    struct tolerance_text *tolerance;
    struct pair_text *hold;
    struct standard_text *standards;
    uint32_t standards_count;
};
struct budget_text { char *year, *category, *amount, *heads, *per_head; };
struct fee_text { char *year, *per_head; };
struct reimbursement_text {
    char *on, *base;
    struct pair_text *in_policy, *actual, *hold;
};
struct falling_text { char *on, *months; struct pair_text *limit, *hold; };
struct pace_text { char *on, *numerator, *from, *to; struct pair_text *limit, *hold; };
struct expectation_text { char *year, *by, *amount; };
struct contributions_text {
    struct pair_text *limit, *hold;
    struct expectation_text *expected;
    uint32_t expected_count;
};
struct gate_text { char *on, *years; struct pair_text *months, *surplus, *hold; };
struct execution_text { char *on, *by, *from; struct pair_text *behind, *over, *hold; };
struct calendar_text { char *name, *rhythm, *day, *workdays, *grace; };
struct holiday_text { char *first, *last, *worked; };
struct source_text { char *pattern, *calendar; };
struct gaps_text { char *on; struct pair_text *hold; };
struct policy_texts {
    char *fund, *date, *version, *recognition, *fees, *clock, *ahead_days;
    struct runway_text *runway;
    struct share_text *deficit, *provisional, *restated;
    struct coverage_text *coverage;
    uint32_t coverage_count;
    struct quiet_text *quiet;
    uint32_t quiet_count;
    struct subsidy_text *subsidy;
    struct budget_text *budget;
    uint32_t budget_count;
    struct reimbursement_text *reimbursement;
    struct falling_text *falling;
    struct contributions_text *contributions;
    struct share_text *net_loss;
    struct pace_text *pace;
    struct share_text *duplicates;
    struct execution_text *execution;
    struct gate_text *gate;
    char *merged_into, *rollup, *books;
    char **split_into;
    uint32_t split_into_count;
    struct calendar_text *calendars;
    uint32_t calendars_count;
    struct holiday_text *holidays;
    uint32_t holidays_count;
    struct source_text *sources;
    uint32_t sources_count;
    struct share_text *completeness;
    struct gaps_text *gaps;
    struct fee_text *fee_standards;
    uint32_t fee_standards_count;
};

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define REQUIRED CYAML_FLAG_POINTER
#define TEXT(flags, type, member)                                                                  \
    CYAML_FIELD_STRING_PTR(#member, flags, struct type, member, 0, TEXT_MAX)
#define MAP(type, member, fields)                                                                  \
    CYAML_FIELD_MAPPING_PTR(#member, OPTIONAL, struct type, member, fields)

static const cyaml_schema_field_t pair_fields[] = {
    TEXT(REQUIRED, pair_text, enter), TEXT(OPTIONAL, pair_text, leave), CYAML_FIELD_END,
};
static const cyaml_schema_field_t runway_fields[] = {
    TEXT(OPTIONAL, runway_text, on), TEXT(OPTIONAL, runway_text, base),
    TEXT(OPTIONAL, runway_text, min_months), MAP(runway_text, critical_low, pair_fields),
    MAP(runway_text, low, pair_fields), MAP(runway_text, high, pair_fields),
    MAP(runway_text, excessive, pair_fields), MAP(runway_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t share_fields[] = {
    TEXT(OPTIONAL, share_text, on), MAP(share_text, limit, pair_fields),
    MAP(share_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t statement_fields[] = {
    TEXT(REQUIRED, statement_text, year), TEXT(REQUIRED, statement_text, outcome), CYAML_FIELD_END,
};
static const cyaml_schema_value_t statement_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct statement_text, statement_fields),
};
static const cyaml_schema_field_t coverage_fields[] = {
    TEXT(REQUIRED, coverage_text, name), TEXT(OPTIONAL, coverage_text, zh),
    TEXT(OPTIONAL, coverage_text, en), TEXT(REQUIRED, coverage_text, numerator),
    TEXT(REQUIRED, coverage_text, denominator), TEXT(REQUIRED, coverage_text, deadline),
    TEXT(OPTIONAL, coverage_text, year),
    CYAML_FIELD_MAPPING_PTR("target", REQUIRED, struct coverage_text, target, pair_fields),
    MAP(coverage_text, hold, pair_fields),
    CYAML_FIELD_SEQUENCE("stated", OPTIONAL, struct coverage_text, stated, &statement_entry, 0,
                         POLICY_STATED_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t quiet_fields[] = {
    TEXT(REQUIRED, quiet_text, pattern), TEXT(REQUIRED, quiet_text, days),
    TEXT(OPTIONAL, quiet_text, calendar), CYAML_FIELD_END,
};
static const cyaml_schema_field_t tranche_fields[] = {
    TEXT(REQUIRED, tranche_text, date), TEXT(OPTIONAL, tranche_text, parts), CYAML_FIELD_END,
};
static const cyaml_schema_value_t tranche_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tranche_text, tranche_fields),
};
static const cyaml_schema_field_t level_fields[] = {
    TEXT(OPTIONAL, level_text, share), TEXT(OPTIONAL, level_text, own),
    TEXT(OPTIONAL, level_text, base), TEXT(OPTIONAL, level_text, heads),
    CYAML_FIELD_SEQUENCE("due", OPTIONAL, struct level_text, due, &tranche_entry, 0,
                         SUBSIDY_TRANCHES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t levels_fields[] = {
    MAP(levels_text, central, level_fields), MAP(levels_text, province, level_fields),
    MAP(levels_text, city, level_fields), MAP(levels_text, county, level_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t exception_fields[] = {
    TEXT(REQUIRED, exception_text, level), TEXT(REQUIRED, exception_text, group),
    TEXT(OPTIONAL, exception_text, paid_by), TEXT(OPTIONAL, exception_text, lump), CYAML_FIELD_END,
};
static const cyaml_schema_value_t exception_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct exception_text, exception_fields),
};
static const cyaml_schema_field_t standard_fields[] = {
    TEXT(REQUIRED, standard_text, year), TEXT(OPTIONAL, standard_text, per_head),
    MAP(standard_text, levels, levels_fields),
    CYAML_FIELD_SEQUENCE("exceptions", OPTIONAL, struct standard_text, exceptions, &exception_entry,
                         0, SUBSIDY_EXCEPTIONS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t standard_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct standard_text, standard_fields),
};
static const cyaml_schema_field_t tolerance_fields[] = {
    TEXT(OPTIONAL, tolerance_text, least), TEXT(OPTIONAL, tolerance_text, share), CYAML_FIELD_END,
};
static const cyaml_schema_field_t subsidy_fields[] = {
    TEXT(OPTIONAL, subsidy_text, on), MAP(subsidy_text, tolerance, tolerance_fields),
    MAP(subsidy_text, hold, pair_fields),
    CYAML_FIELD_SEQUENCE("standards", OPTIONAL, struct subsidy_text, standards, &standard_entry,
                         0, POLICY_STANDARDS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t budget_fields[] = {
    TEXT(REQUIRED, budget_text, year), TEXT(REQUIRED, budget_text, category),
    TEXT(OPTIONAL, budget_text, amount), TEXT(OPTIONAL, budget_text, heads),
    TEXT(OPTIONAL, budget_text, per_head), CYAML_FIELD_END,
};
static const cyaml_schema_field_t fee_fields[] = {
    TEXT(REQUIRED, fee_text, year), TEXT(REQUIRED, fee_text, per_head), CYAML_FIELD_END,
};
static const cyaml_schema_value_t fee_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct fee_text, fee_fields),
};
static const cyaml_schema_value_t budget_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct budget_text, budget_fields),
};
static const cyaml_schema_field_t reimbursement_fields[] = {
    TEXT(OPTIONAL, reimbursement_text, on), TEXT(OPTIONAL, reimbursement_text, base),
    MAP(reimbursement_text, in_policy, pair_fields), MAP(reimbursement_text, actual, pair_fields),
    MAP(reimbursement_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t falling_fields[] = {
    TEXT(OPTIONAL, falling_text, on), TEXT(OPTIONAL, falling_text, months),
    MAP(falling_text, limit, pair_fields), MAP(falling_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t pace_fields[] = {
    TEXT(OPTIONAL, pace_text, on), TEXT(OPTIONAL, pace_text, numerator),
    TEXT(OPTIONAL, pace_text, from), TEXT(OPTIONAL, pace_text, to),
    MAP(pace_text, limit, pair_fields), MAP(pace_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t expectation_fields[] = {
    TEXT(REQUIRED, expectation_text, year), TEXT(REQUIRED, expectation_text, by),
    TEXT(REQUIRED, expectation_text, amount), CYAML_FIELD_END,
};
static const cyaml_schema_value_t expectation_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct expectation_text, expectation_fields),
};
static const cyaml_schema_field_t contributions_fields[] = {
    MAP(contributions_text, limit, pair_fields), MAP(contributions_text, hold, pair_fields),
    CYAML_FIELD_SEQUENCE("expected", OPTIONAL, struct contributions_text, expected,
                         &expectation_entry, 0, POLICY_EXPECTED_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t gate_fields[] = {
    TEXT(OPTIONAL, gate_text, on), TEXT(OPTIONAL, gate_text, years),
    MAP(gate_text, months, pair_fields), MAP(gate_text, surplus, pair_fields),
    MAP(gate_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t execution_fields[] = {
    TEXT(OPTIONAL, execution_text, on), TEXT(OPTIONAL, execution_text, by),
    TEXT(OPTIONAL, execution_text, from), MAP(execution_text, behind, pair_fields),
    MAP(execution_text, over, pair_fields), MAP(execution_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_value_t coverage_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct coverage_text, coverage_fields),
};
static const cyaml_schema_value_t quiet_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct quiet_text, quiet_fields),
};
static const cyaml_schema_value_t place_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, TEXT_MAX),
};
static const cyaml_schema_field_t calendar_fields[] = {
    TEXT(REQUIRED, calendar_text, name), TEXT(REQUIRED, calendar_text, rhythm),
    TEXT(OPTIONAL, calendar_text, day), TEXT(OPTIONAL, calendar_text, workdays),
    TEXT(OPTIONAL, calendar_text, grace), CYAML_FIELD_END,
};
static const cyaml_schema_value_t calendar_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct calendar_text, calendar_fields),
};
static const cyaml_schema_field_t holiday_fields[] = {
    TEXT(REQUIRED, holiday_text, first), TEXT(OPTIONAL, holiday_text, last),
    TEXT(OPTIONAL, holiday_text, worked), CYAML_FIELD_END,
};
static const cyaml_schema_value_t holiday_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct holiday_text, holiday_fields),
};
static const cyaml_schema_field_t source_fields[] = {
    TEXT(REQUIRED, source_text, pattern), TEXT(REQUIRED, source_text, calendar), CYAML_FIELD_END,
};
static const cyaml_schema_value_t source_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct source_text, source_fields),
};
static const cyaml_schema_field_t gaps_fields[] = {
    TEXT(OPTIONAL, gaps_text, on), MAP(gaps_text, hold, pair_fields), CYAML_FIELD_END,
};
static const cyaml_schema_field_t policy_fields[] = {
    TEXT(OPTIONAL, policy_texts, fund), TEXT(OPTIONAL, policy_texts, date),
    TEXT(REQUIRED, policy_texts, version), TEXT(OPTIONAL, policy_texts, recognition),
    TEXT(OPTIONAL, policy_texts, fees), TEXT(OPTIONAL, policy_texts, clock),
    TEXT(OPTIONAL, policy_texts, ahead_days), MAP(policy_texts, runway, runway_fields),
    MAP(policy_texts, deficit, share_fields), MAP(policy_texts, provisional, share_fields),
    MAP(policy_texts, restated, share_fields),
    CYAML_FIELD_SEQUENCE("coverage", OPTIONAL, struct policy_texts, coverage, &coverage_entry,
                         0, POLICY_COVERAGE_MAX),
    CYAML_FIELD_SEQUENCE("quiet", OPTIONAL, struct policy_texts, quiet, &quiet_entry,
                         0, POLICY_QUIET_MAX),
    MAP(policy_texts, subsidy, subsidy_fields),
    CYAML_FIELD_SEQUENCE("budget", OPTIONAL, struct policy_texts, budget, &budget_entry,
                         0, POLICY_BUDGET_MAX),
    MAP(policy_texts, reimbursement, reimbursement_fields),
    MAP(policy_texts, falling, falling_fields),
    MAP(policy_texts, contributions, contributions_fields),
    MAP(policy_texts, net_loss, share_fields),
    MAP(policy_texts, pace, pace_fields),
    MAP(policy_texts, duplicates, share_fields),
    MAP(policy_texts, execution, execution_fields), MAP(policy_texts, gate, gate_fields),
    TEXT(OPTIONAL, policy_texts, merged_into),
    TEXT(OPTIONAL, policy_texts, rollup), TEXT(OPTIONAL, policy_texts, books),
    CYAML_FIELD_SEQUENCE("split_into", OPTIONAL, struct policy_texts, split_into, &place_entry, 0,
                         POLICY_SPLIT_MAX),
    CYAML_FIELD_SEQUENCE("calendars", OPTIONAL, struct policy_texts, calendars, &calendar_entry,
                         0, POLICY_CALENDARS_MAX),
    CYAML_FIELD_SEQUENCE("holidays", OPTIONAL, struct policy_texts, holidays, &holiday_entry,
                         0, CALENDAR_EXCEPTIONS_MAX),
    CYAML_FIELD_SEQUENCE("sources", OPTIONAL, struct policy_texts, sources, &source_entry,
                         0, POLICY_SOURCES_MAX),
    MAP(policy_texts, completeness, share_fields), MAP(policy_texts, gaps, gaps_fields),
    CYAML_FIELD_SEQUENCE("fee_standards", OPTIONAL, struct policy_texts, fee_standards, &fee_entry,
                         0, POLICY_FEES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t policy_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct policy_texts, policy_fields),
};

/* --- What libcyaml says ------------------------------------------------------ */

struct heard {
    char first[160];            /* its first sentence */
    unsigned long line;         /* the first it names; that of the last thing it liked */
};

[[gnu::format(printf, 3, 0)]]
static void hear(cyaml_log_t level, void *arg, const char *format, va_list args)
{
    (void)level;
    struct heard *heard = arg;
    char text[sizeof heard->first];
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    const char *load = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    const char *line = strstr(text, "(line: ");
    if (heard->first[0] == '\0')
        snprintf(heard->first, sizeof heard->first, "%s", load);
    if (line != NULL && heard->line == 0)
        heard->line = strtoul(line + strlen("(line: "), NULL, 10);
}

/* libyaml breaks lines at a lone CR, too, and behind the end of a last line that nothing ends. */
static unsigned long line_in(const char *text, unsigned long line)
{
    unsigned long last = policy_line_count(text);
    return line < last ? line : last;
}

/* libcyaml names the line of what stood before an unknown key; ours is the key's own. */
static void complain_heard(const struct heard *heard, const char *text, cyaml_err_t err,
                           struct complaint *complaint)
{
    static const char unexpected[] = "Unexpected key: ";
    complaint->line = line_in(text, heard->line);
    if (strncmp(heard->first, unexpected, strlen(unexpected)) == 0) {
        const char *key = heard->first + strlen(unexpected);
        complaint->line = policy_find_line(text, key, complaint->line);
        complain(complaint, key, "a policy has no such key");
    } else if (err == CYAML_ERR_ALIAS) {
        complain(complaint, "", "aliases and anchors are not taken");
    } else {
        complain(complaint, "", "%s", heard->first[0] != '\0' ? heard->first : cyaml_strerror(err));
    }
}

/* --- Strings to values ------------------------------------------------------- */

bool policy_number(const char *text, const char *suffix, int scale, int64_t *ret)
{
    bool negative = *text == '-';
    int64_t number = 0;
    int digits = 0, decimals = 0;
    for (text += negative; *text >= '0' && *text <= '9' && digits < 9; text++, digits++)
        number = number * 10 + (*text - '0');
    if (digits > 0 && *text == '.') {
        for (text++; *text >= '0' && *text <= '9' && decimals < 4; text++, decimals++)
            number = number * 10 + (*text - '0');
        digits = decimals;
    }
    if (digits == 0 || (*text != '\0' && strcmp(text, suffix) != 0))
        return false;
    for (int i = decimals; i < 4; i++)
        number *= 10;
    if (number % (E4 / scale) != 0)
        return false;
    *ret = (negative ? -number : number) / (E4 / scale);
    return true;
}

/* Where we are in the file, for complaints. */
struct reading {
    const char *text;
    struct complaint *complaint;
    const char *section;        /* "runway", "" at the top */
    unsigned entry;             /* of a list, from 1; 0: no list */
};

static bool fail(const struct reading *r, const char *key, const char *sub, const char *value,
                 const char *wanted)
{
    char path[COMPLAINT_FIELD_MAX], index[16] = "";
    unsigned long line = 1;
    if (r->section[0] != '\0')
        line = policy_find_line(r->text, r->section, line);
    for (unsigned i = 0; i < r->entry; i++)
        line = policy_find_line(r->text, NULL, line + 1);
    line = policy_find_line(r->text, key, line);
    if (sub[0] != '\0')
        line = policy_find_line(r->text, sub, line);
    if (r->entry > 0)
        snprintf(index, sizeof index, "[%u]", r->entry - 1);
    snprintf(path, sizeof path, "%s%s%s%s%s%s", r->section, index, r->section[0] != '\0' ? "." : "",
             key, sub[0] != '\0' ? "." : "", sub);
    r->complaint->line = line;
    complain(r->complaint, path, "\"%s\" is not %s", value, wanted);
    return false;
}

static bool read_whole(const struct reading *r, const char *key, const char *sub, const char *text,
                       const char *suffix, int64_t max, int64_t *ret)
{
    int64_t number;
    if (text == NULL)
        return true;
    if (!policy_number(text, suffix, E4, &number) || number % E4 != 0 || number < 0 ||
        number / E4 > max) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "a whole number up to %lld%s", (long long)max, suffix);
        return fail(r, key, sub, text, wanted);
    }
    *ret = number / E4;
    return true;
}

/* What a limit is measured in. */
struct measure { const char *suffix; int scale; const char *wanted; };
static const struct measure in_months = {" months", E4, "a number of months such as 6.0"};
static const struct measure in_percent = {"%", E4 / 100, "a percentage such as 95% or 97.5%"};

static bool read_limit(const struct reading *r, const char *key, const struct pair_text *pair,
                       const struct measure *measure, struct limit *ret)
{
    if (pair == NULL)
        return true;
    if (!policy_number(pair->enter, measure->suffix, measure->scale, &ret->enter_e4))
        return fail(r, key, "enter", pair->enter, measure->wanted);
    ret->leave_e4 = ret->enter_e4;
    if (pair->leave != NULL &&
        !policy_number(pair->leave, measure->suffix, measure->scale, &ret->leave_e4))
        return fail(r, key, "leave", pair->leave, measure->wanted);
    return true;
}

static bool read_hold(const struct reading *r, const struct pair_text *pair, struct hold *ret)
{
    if (pair == NULL)
        return true;
    int64_t enter = 0, leave = 0;
    if (!read_whole(r, "hold", "enter", pair->enter, " days", HOLD_DAYS_MAX, &enter) ||
        !read_whole(r, "hold", "leave", pair->leave, " days", HOLD_DAYS_MAX, &leave))
        return false;
    *ret = (struct hold){(uint16_t)enter, (uint16_t)leave};
    return true;
}

static bool read_flag(const struct reading *r, const char *key, const char *text, bool *ret)
{
    if (text == NULL)
        return true;
    *ret = strcmp(text, "true") == 0;
    return *ret || strcmp(text, "false") == 0 || fail(r, key, "", text, "true or false");
}

static bool read_switch(const struct reading *r, const char *text, bool *ret)
{
    return read_flag(r, "on", text, ret);
}

/* The words of an enumeration that counts from 1, in its order. */
static bool read_word(const struct reading *r, const char *key, const char *text,
                      const char *const words[], uint8_t *ret)
{
    char wanted[128] = "one of:";
    if (text == NULL)
        return true;
    for (uint8_t i = 0; words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret = i + 1;
            return true;
        }
        size_t size = strlen(wanted);
        snprintf(wanted + size, sizeof wanted - size, " %s", words[i]);
    }
    return fail(r, key, "", text, wanted);
}

static const char *const recognitions[] = {"settlement", "disbursement", NULL};
static const char *const fee_bases[] = {"arrival", "covered", NULL};
static const char *const books[] = {"unstated", "own", "sum", NULL};
static const char *const clocks[] = {"live", "events", NULL};
static const char *const bases[] = {"trailing_12", "year_to_date", "calendar_year", NULL};
static const char *const numerators[] = {"paid", "registered", "reported", "reported_and_employees",
                                         "paid_and_employees", "paid_once", "reported_once", NULL};
static const char *const denominators[] = {"resident", "registered", "last_year", NULL};

static_assert(RECOGNISE_DISBURSEMENT == 2 && FEES_IN_YEAR_COVERED == 2 && CLOCK_EVENTS == 2 &&
              BOOKS_SUM == 3 &&
              RUNWAY_CALENDAR_YEAR == 3 && NUMERATOR_LAST == 7 &&
              DENOMINATOR_LAST_YEAR == 3, "words stand in the order of their enumerations");

static bool read_runway(struct reading *r, const struct runway_text *text, struct runway_rule *rule)
{
    if (text == NULL)
        return true;
    r->section = "runway";
    int64_t months = rule->min_months;
    bool good =
        read_switch(r, text->on, &rule->on) &&
        read_word(r, "base", text->base, bases, &rule->base) &&
        read_whole(r, "min_months", "", text->min_months, " months", 12, &months) &&
        read_limit(r, "critical_low", text->critical_low, &in_months, &rule->critical_low) &&
        read_limit(r, "low", text->low, &in_months, &rule->low) &&
        read_limit(r, "high", text->high, &in_months, &rule->high) &&
        read_limit(r, "excessive", text->excessive, &in_months, &rule->excessive) &&
        read_hold(r, text->hold, &rule->hold);
    rule->min_months = (uint8_t)months;
    return good;
}

static bool read_share(struct reading *r, const char *section, const struct share_text *text,
                       bool *on, struct limit *limit, struct hold *hold)
{
    r->section = section;
    return text == NULL || (read_switch(r, text->on, on) &&
                            read_limit(r, "limit", text->limit, &in_percent, limit) &&
                            read_hold(r, text->hold, hold));
}

/* "12-31" or "1231". */
static bool read_day_of_year(const struct reading *r, const char *key, const char *text,
                             uint8_t *ret_month, uint8_t *ret_day)
{
    char full[16];
    date_day day;
    if (text == NULL)
        return true;
    size_t size = strlen(text);
    /* 2023 is no leap year: this is a day that every year has. */
    snprintf(full, sizeof full, size == 5 ? "2023-%.5s" : "2023%.4s", text);
    if ((size != 4 && size != 5) || date_parse(full, &day) != 0)
        return fail(r, key, "", text, "a day of every year such as 12-31");
    int32_t ymd = date_to_ymd(day);
    *ret_month = (uint8_t)(ymd / 100 % 100);
    *ret_day = (uint8_t)(ymd % 100);
    return true;
}

static bool read_name(const struct reading *r, const char *key, const char *text,
                      char to[POLICY_NAME_MAX + 1])
{
    if (strlen(text) > POLICY_NAME_MAX)
        return fail(r, key, "", text, "a name of at most 32 bytes");
    snprintf(to, POLICY_NAME_MAX + 1, "%s", text);
    return true;
}

static bool read_label(const struct reading *r, const char *key, const char *text,
                       char to[POLICY_LABEL_MAX + 1])
{
    if (text == NULL)
        return true;
    if (strlen(text) > POLICY_LABEL_MAX || !span_is_text((struct span){text, (uint32_t)strlen(text)}))
        return fail(r, key, "", text, "text of at most 60 bytes");
    snprintf(to, POLICY_LABEL_MAX + 1, "%s", text);
    return true;
}

static bool read_year(const struct reading *r, const char *text, int32_t *ret)
{
    int64_t year = 0;
    if (!read_whole(r, "year", "", text, "", DATE_YEAR_MAX, &year) || year < DATE_YEAR_MIN)
        return fail(r, "year", "", text, "a year such as 2021");
    *ret = (int32_t)year;
    return true;
}

static bool read_stated(const struct reading *r, const struct coverage_text *text,
                        struct coverage_rule *rule)
{
    static const char *const outcomes[] = {"met", "not_met", NULL};
    for (uint32_t i = 0; i < text->stated_count; i++) {
        if (!read_year(r, text->stated[i].year, &rule->stated[i].year) ||
            !read_word(r, "outcome", text->stated[i].outcome, outcomes, &rule->stated[i].outcome))
            return false;
    }
    rule->stated_count = (uint8_t)text->stated_count;
    return true;
}

static bool read_coverage_year(struct reading *r, const char *text, uint8_t *ret)
{
    static const char *const years[] = {"current", "coming", NULL};
    static_assert(COVERAGE_OF_COMING_YEAR == 1, "words stand in the order of their enumerations");
    uint8_t word = COVERAGE_OF_CURRENT_YEAR + 1;
    if (!read_word(r, "year", text, years, &word))
        return false;
    *ret = word - 1;
    return true;
}

static bool read_coverage(struct reading *r, const struct policy_texts *texts,
                          struct policy *policy)
{
    r->section = "coverage";
    for (uint32_t i = 0; i < texts->coverage_count; i++) {
        const struct coverage_text *text = &texts->coverage[i];
        struct coverage_rule *rule = &policy->coverage[i];
        r->entry = i + 1;
        if (!read_name(r, "name", text->name, rule->name) ||
            !read_label(r, "zh", text->zh, rule->zh) || !read_label(r, "en", text->en, rule->en) ||
            !read_stated(r, text, rule) ||
            !read_word(r, "numerator", text->numerator, numerators, &rule->numerator) ||
            !read_word(r, "denominator", text->denominator, denominators, &rule->denominator) ||
            !read_day_of_year(r, "deadline", text->deadline, &rule->deadline_month,
                              &rule->deadline_day) ||
            !read_coverage_year(r, text->year, &rule->year) ||
            !read_limit(r, "target", text->target, &in_percent, &rule->target) ||
            !read_hold(r, text->hold, &rule->hold))
            return false;
    }
    policy->coverage_count = (uint8_t)texts->coverage_count;
    r->entry = 0;
    return true;
}

static bool read_quiet(struct reading *r, const struct policy_texts *texts, struct policy *policy)
{
    r->section = "quiet";
    for (uint32_t i = 0; i < texts->quiet_count; i++) {
        const struct quiet_text *text = &texts->quiet[i];
        int64_t days = 0;
        r->entry = i + 1;
        if (!read_name(r, "pattern", text->pattern, policy->quiet[i].pattern) ||
            !read_whole(r, "days", "", text->days, " days", 366, &days) ||
            (text->calendar != NULL &&
             !read_name(r, "calendar", text->calendar, policy->quiet[i].calendar)))
            return false;
        policy->quiet[i].days = (uint16_t)days;
    }
    policy->quiet_count = (uint8_t)texts->quiet_count;
    r->entry = 0;
    return true;
}

/* "610 yuan" or "2192.33 wan"; yuan if nothing is said. */
static bool read_amount(const struct reading *r, const char *key, const char *text,
                        struct amount *ret)
{
    static const struct { const char *suffix; enum amount_unit unit; } units[] = {
        {"wan", UNIT_WAN}, {"万元", UNIT_WAN}, {"yuan", UNIT_YUAN}, {"元", UNIT_YUAN}, {"", UNIT_YUAN},
    };
    char number[TEXT_MAX + 1];
    if (text == NULL)
        return true;
    size_t size = strlen(text), unit = 0, cut = 0;
    for (; unit < sizeof units / sizeof units[0]; unit++) {
        cut = strlen(units[unit].suffix);
        if (size >= cut && strcmp(text + size - cut, units[unit].suffix) == 0)
            break;
    }
    while (size > cut && text[size - cut - 1] == ' ')
        cut++;
    snprintf(number, sizeof number, "%.*s", (int)(size - cut), text);
    struct amount amount;
    if (amount_parse(number, units[unit].unit, &amount) != 0 || amount.fen < 0)
        return fail(r, key, "", text, "an amount from 0 such as 610 yuan or 2192.33 wan");
    *ret = amount;
    return true;
}

static bool read_day(const struct reading *r, const char *key, const char *text, date_day *ret)
{
    return text == NULL || date_parse(text, ret) == 0
        || fail(r, key, "", text, "a date such as 2021-12-31");
}

static const char *const levels[] = {"central", "province", "city", "county", NULL};
static const char *const heads_bases[] = {"stated", "deduplicated", NULL};
static_assert(SUBSIDY_COUNTY == 3 && SUBSIDY_HEADS_DEDUPLICATED == 2,
              "words stand in the order of their enumerations");

/* Shares are percentages; a level's parts are parts of a million. */
#define WHOLE 1000000

static bool read_parts(const struct reading *r, const char *text, uint32_t *ret)
{
    int64_t parts = 0;
    if (text == NULL)
        return true;
    if (!policy_number(text, "%", E4, &parts) || parts < 0 || parts > 100 * (int64_t)E4)
        return fail(r, "share", "", text, "a percentage such as 7.5%");
    *ret = (uint32_t)(parts * (WHOLE / 100) / E4);
    return true;
}

static bool read_tranche(const struct reading *r, const struct tranche_text *text,
                         struct subsidy_tranche *ret)
{
    int64_t parts = 1;
    if (!read_day(r, "due", text->date, &ret->due)
        || !read_whole(r, "parts", "", text->parts, "", SUBSIDY_PARTS_MAX, &parts))
        return false;
    ret->parts = (uint32_t)parts;
    return true;
}

static bool read_level(const struct reading *r, const struct level_text *text,
                       struct subsidy_level_rule *rule)
{
    if (text == NULL)
        return true;
    for (uint32_t i = 0; i < text->due_count; i++)
        if (!read_tranche(r, &text->due[i], &rule->tranches[i]))
            return false;
    rule->tranche_count = (uint8_t)text->due_count;
    return read_parts(r, text->share, &rule->parts) && read_amount(r, "own", text->own, &rule->own)
        && read_word(r, "base", text->base, heads_bases, &rule->base)
        && read_day(r, "heads", text->heads, &rule->heads_date);
}

static bool read_exception(const struct reading *r, const struct exception_text *text,
                           struct subsidy_exception *ret)
{
    uint8_t level = 0, payer = 0;
    unsigned group = event_group_of(text->group, strlen(text->group));
    if ((text->paid_by == NULL) == (text->lump == NULL))
        return fail(r, "exceptions", "", text->group, "a group with either paid_by or lump");
    if (group == 0)
        return fail(r, "group", "", text->group,
                    "a group: ordinary, full, part, student or area_1 to area_3");
    if (!read_word(r, "level", text->level, levels, &level)
        || !read_word(r, "paid_by", text->paid_by, levels, &payer)
        || !read_amount(r, "lump", text->lump, &ret->lump))
        return false;
    ret->kind = text->paid_by != NULL ? SUBSIDY_PAID_BY : SUBSIDY_LUMP;
    ret->level = level - 1;
    ret->group = (uint8_t)group;
    ret->payer = text->paid_by != NULL ? payer - 1 : 0;
    return true;
}

static bool read_levels(const struct reading *r, const struct levels_text *text,
                        struct subsidy_standard *ret)
{
    return text == NULL
        || (read_level(r, text->central, &ret->levels[SUBSIDY_CENTRAL])
            && read_level(r, text->province, &ret->levels[SUBSIDY_PROVINCE])
            && read_level(r, text->city, &ret->levels[SUBSIDY_CITY])
            && read_level(r, text->county, &ret->levels[SUBSIDY_COUNTY]));
}

static bool read_standard(const struct reading *r, const struct standard_text *text,
                          struct subsidy_standard *ret)
{
    *ret = (struct subsidy_standard){.whole = WHOLE};
    for (int level = 0; level < SUBSIDY_LEVELS; level++)
        ret->levels[level].base = SUBSIDY_HEADS_STATED;
    for (uint32_t i = 0; i < text->exceptions_count; i++)
        if (!read_exception(r, &text->exceptions[i], &ret->exceptions[i]))
            return false;
    ret->exception_count = (uint8_t)text->exceptions_count;
    return read_year(r, text->year, &ret->year)
        && read_amount(r, "per_head", text->per_head, &ret->per_head)
        && read_levels(r, text->levels, ret);
}

static bool read_tolerance(const struct reading *r, const struct tolerance_text *text,
                           struct subsidy_tolerance *ret)
{
    if (text == NULL)
        return true;
    if (text->share != NULL && !policy_number(text->share, "%", E4 / 100, &ret->share_e4))
        return fail(r, "tolerance", "share", text->share, in_percent.wanted);
    return read_amount(r, "least", text->least, &ret->least);
}

static bool read_subsidy(struct reading *r, const struct subsidy_text *text,
                         struct subsidy_rule *rule)
{
    if (text == NULL)
        return true;
    r->section = "subsidy";
    for (uint32_t i = 0; i < text->standards_count; i++)
        if (!read_standard(r, &text->standards[i], &rule->standards[i]))
            return false;
    rule->standard_count = (uint8_t)text->standards_count;
    return read_switch(r, text->on, &rule->on) && read_hold(r, text->hold, &rule->hold)
        && read_tolerance(r, text->tolerance, &rule->tolerance);
}

/* An amount, or what it is made from, or both; policy_check() sees whether they agree. */
static bool read_budget_amount(const struct reading *r, const struct budget_text *text,
                               struct budget_line *line)
{
    if (text->amount == NULL && (text->heads == NULL || text->per_head == NULL))
        return fail(r, "amount", "", "", "stated, nor heads and per_head");
    if (!read_whole(r, "heads", "", text->heads, "", COUNT_MAX, &line->heads)
        || !read_amount(r, "per_head", text->per_head, &line->per_head))
        return false;
    if (text->amount != NULL)
        return read_amount(r, "amount", text->amount, &line->amount);
    if (__builtin_mul_overflow(line->heads, line->per_head.fen, &line->amount.fen))
        return fail(r, "per_head", "", text->per_head, "a rate that gives an amount");
    return true;
}

static bool read_fees(struct reading *r, const struct policy_texts *texts, struct policy *policy)
{
    r->section = "fee_standards";
    for (uint32_t i = 0; i < texts->fee_standards_count; i++) {
        const struct fee_text *text = &texts->fee_standards[i];
        struct fee_standard *fee = &policy->fees[i];
        r->entry = i + 1;
        if (!read_year(r, text->year, &fee->year)
            || !read_amount(r, "per_head", text->per_head, &fee->per_head))
            return false;
    }
    policy->fee_count = (uint8_t)texts->fee_standards_count;
    r->entry = 0;
    return true;
}

static bool read_budget(struct reading *r, const struct policy_texts *texts, struct policy *policy)
{
    r->section = "budget";
    for (uint32_t i = 0; i < texts->budget_count; i++) {
        const struct budget_text *text = &texts->budget[i];
        struct budget_line *line = &policy->budget[i];
        r->entry = i + 1;
        line->category = (uint8_t)event_category_of(text->category, strlen(text->category));
        if (line->category == 0)
            return fail(r, "category", "", text->category, "a category of income or expenditure");
        if (!read_year(r, text->year, &line->year) || !read_budget_amount(r, text, line))
            return false;
    }
    policy->budget_count = (uint8_t)texts->budget_count;
    r->entry = 0;
    return true;
}

static bool read_reimbursement(struct reading *r, const struct reimbursement_text *text,
                               struct reimbursement_rule *rule)
{
    r->section = "reimbursement";
    return text == NULL ||
           (read_switch(r, text->on, &rule->on) &&
            read_word(r, "base", text->base, bases, &rule->base) &&
            read_limit(r, "in_policy", text->in_policy, &in_percent, &rule->in_policy) &&
            read_limit(r, "actual", text->actual, &in_percent, &rule->actual) &&
            read_hold(r, text->hold, &rule->hold));
}

static bool read_falling(struct reading *r, const struct falling_text *text,
                         struct falling_rule *rule)
{
    if (text == NULL)
        return true;
    r->section = "falling";
    int64_t months = rule->months;
    bool good = read_switch(r, text->on, &rule->on) &&
                read_whole(r, "months", "", text->months, " months", 12, &months) &&
                read_limit(r, "limit", text->limit, &in_months, &rule->limit) &&
                read_hold(r, text->hold, &rule->hold);
    rule->months = (uint8_t)months;
    return good;
}

static bool read_expectation(const struct reading *r, const struct expectation_text *text,
                             struct expectation *ret)
{
    return read_year(r, text->year, &ret->year) &&
           read_amount(r, "amount", text->amount, &ret->amount) &&
           read_day(r, "by", text->by, &ret->by);
}

static bool read_contributions(struct reading *r, const struct contributions_text *text,
                               struct contributions_rule *rule)
{
    if (text == NULL)
        return true;
    r->section = "contributions";
    if (!read_limit(r, "limit", text->limit, &in_percent, &rule->limit) ||
        !read_hold(r, text->hold, &rule->hold))
        return false;
    r->section = "expected";
    for (uint32_t i = 0; i < text->expected_count; i++) {
        r->entry = i + 1;
        if (!read_expectation(r, &text->expected[i], &rule->expected[i]))
            return false;
    }
    r->entry = 0;
    rule->expected_count = (uint8_t)text->expected_count;
    return true;
}

static bool read_pace(struct reading *r, const struct pace_text *text, struct pace_rule *rule)
{
    r->section = "pace";
    return text == NULL ||
           (read_switch(r, text->on, &rule->on) &&
            read_word(r, "numerator", text->numerator, numerators, &rule->numerator) &&
            read_day_of_year(r, "from", text->from, &rule->from_month, &rule->from_day) &&
            read_day_of_year(r, "to", text->to, &rule->to_month, &rule->to_day) &&
            read_limit(r, "limit", text->limit, &in_percent, &rule->limit) &&
            read_hold(r, text->hold, &rule->hold));
}

static const char *const executions[] = {"side", "line", NULL};
static_assert(EXECUTION_BY_LINE == 2, "words stand in the order of their enumerations");

static bool read_execution(struct reading *r, const struct execution_text *text,
                           struct execution_rule *rule)
{
    if (text == NULL)
        return true;
    r->section = "execution";
    int64_t from = rule->from;
    bool good = read_switch(r, text->on, &rule->on) &&
                read_word(r, "by", text->by, executions, &rule->by) &&
                read_whole(r, "from", "", text->from, " months", 12, &from) &&
                read_limit(r, "behind", text->behind, &in_percent, &rule->behind) &&
                read_limit(r, "over", text->over, &in_percent, &rule->over) &&
                read_hold(r, text->hold, &rule->hold);
    rule->from = (uint8_t)from;
    return good;
}

static bool read_gate(struct reading *r, const struct gate_text *text, struct gate_rule *rule)
{
    if (text == NULL)
        return true;
    r->section = "gate";
    int64_t years = rule->years;
    bool good = read_switch(r, text->on, &rule->on) &&
                read_whole(r, "years", "", text->years, " years", POLICY_GATE_YEARS_MAX, &years) &&
                read_limit(r, "months", text->months, &in_months, &rule->months) &&
                read_limit(r, "surplus", text->surplus, &in_percent, &rule->surplus) &&
                read_hold(r, text->hold, &rule->hold);
    rule->years = (uint8_t)years;
    return good;
}

static bool read_place(const struct reading *r, const char *key, const char *text, uint32_t *ret)
{
    struct place_prefix place;
    if (text == NULL)
        return true;
    if (!place_prefix_parse(text, &place) || place.digits != 6)
        return fail(r, key, "", text, "the code of a place such as 130207");
    *ret = place.code;
    return true;
}

static bool read_change(struct reading *r, const struct policy_texts *texts, struct policy *policy)
{
    r->section = "";
    if (!read_place(r, "merged_into", texts->merged_into, &policy->merged_into)
        || !read_flag(r, "rollup", texts->rollup, &policy->rollup)
        || !read_word(r, "books", texts->books, books, &policy->books))
        return false;
    for (uint32_t i = 0; i < texts->split_into_count; i++)
        if (!read_place(r, "split_into", texts->split_into[i], &policy->split_into[i]))
            return false;
    policy->split_count = (uint8_t)texts->split_into_count;
    return true;
}

static const char *const rhythms[] = {"daily", "weekly", "monthly", NULL};
static_assert(CALENDAR_MONTHLY == 3, "words stand in the order of their enumeration");

static bool read_calendar(const struct reading *r, const struct calendar_text *text,
                          struct calendar_rule *rule)
{
    int64_t day = 0, grace = 0;
    bool good = read_name(r, "name", text->name, rule->name) &&
                read_word(r, "rhythm", text->rhythm, rhythms, &rule->rhythm) &&
                read_whole(r, "day", "", text->day, "", 31, &day) &&
                read_flag(r, "workdays", text->workdays, &rule->workdays) &&
                read_whole(r, "grace", "", text->grace, " days", CALENDAR_GRACE_MAX, &grace);
    rule->day = (uint8_t)day;
    rule->grace_days = (uint8_t)grace;
    return good;
}

static bool read_holiday(const struct reading *r, const struct holiday_text *text,
                         struct calendar_exception *holiday)
{
    if (!read_day(r, "first", text->first, &holiday->first))
        return false;
    holiday->last = holiday->first;
    return read_day(r, "last", text->last, &holiday->last) &&
           read_flag(r, "worked", text->worked, &holiday->worked);
}

static bool read_calendars(struct reading *r, const struct policy_texts *texts,
                           struct policy *policy)
{
    r->section = "calendars";
    for (r->entry = 1; r->entry <= texts->calendars_count; r->entry++)
        if (!read_calendar(r, &texts->calendars[r->entry - 1], &policy->calendars[r->entry - 1]))
            return false;
    r->section = "holidays";
    for (r->entry = 1; r->entry <= texts->holidays_count; r->entry++)
        if (!read_holiday(r, &texts->holidays[r->entry - 1], &policy->holidays[r->entry - 1]))
            return false;
    r->section = "sources";
    for (r->entry = 1; r->entry <= texts->sources_count; r->entry++) {
        const struct source_text *text = &texts->sources[r->entry - 1];
        struct source_rule *rule = &policy->sources[r->entry - 1];
        if (!read_name(r, "pattern", text->pattern, rule->pattern) ||
            !read_name(r, "calendar", text->calendar, rule->calendar))
            return false;
    }
    policy->calendar_count = (uint8_t)texts->calendars_count;
    policy->holiday_count = (uint8_t)texts->holidays_count;
    policy->source_count = (uint8_t)texts->sources_count;
    r->entry = 0;
    return true;
}

static bool read_gaps(struct reading *r, const struct gaps_text *text, struct gaps_rule *rule)
{
    r->section = "gaps";
    return text == NULL || (read_switch(r, text->on, &rule->on) &&
                            read_hold(r, text->hold, &rule->hold));
}

static bool read_frame(struct reading *r, const struct policy_texts *texts,
                       struct policy_file *file)
{
    struct policy *policy = &file->policy;
    int64_t version = 0, ahead = policy->ahead_days;
    if (texts->fund != NULL && !fund_parse(texts->fund, &file->fund))
        return fail(r, "fund", "", texts->fund, "a fund such as 130207/390");
    if (texts->date != NULL && date_parse(texts->date, &file->date) != 0)
        return fail(r, "date", "", texts->date, "a date such as 2024-01-01");
    file->has_fund = texts->fund != NULL;
    file->has_date = texts->date != NULL;
    bool good =
        read_whole(r, "version", "", texts->version, "", 999999999, &version) &&
        read_word(r, "recognition", texts->recognition, recognitions, &policy->recognition) &&
        read_word(r, "fees", texts->fees, fee_bases, &policy->fee_basis) &&
        read_word(r, "clock", texts->clock, clocks, &policy->clock) &&
        read_whole(r, "ahead_days", "", texts->ahead_days, " days", 366, &ahead);
    policy->version = (uint32_t)version;
    policy->ahead_days = (uint16_t)ahead;
    return good;
}

/* What no value says by itself: told with the key's line, or that of its section or entry. */
static bool check_whole(const struct reading *r, const struct policy *policy)
{
    struct policy_fault fault = policy_fault(policy);
    char path[COMPLAINT_FIELD_MAX * 2], key[COMPLAINT_FIELD_MAX], index[16] = "";
    if (fault.sentence == NULL)
        return true;
    bool in_section = fault.section[0] != '\0' || fault.list[0] != '\0';
    unsigned long line = 1, end;
    if (fault.section[0] != '\0')
        line = policy_find_line(r->text, fault.section, line);
    if (fault.list[0] != '\0')
        line = policy_find_line(r->text, fault.list, line);
    end = in_section ? policy_section_end(r->text, line) : ULONG_MAX;
    line = policy_entry_line(r->text, line, fault.entry, end);
    line = policy_key_line(r->text, fault.section, fault.sentence, line, end, key);
    if (fault.entry > 0)
        snprintf(index, sizeof index, "[%u]", fault.entry - 1);
    snprintf(path, sizeof path, "%s%s%s%s%s%s", fault.section,
             fault.section[0] != '\0' && fault.list[0] != '\0' ? "." : "", fault.list, index,
             in_section && key[0] != '\0' ? "." : "", key);
    r->complaint->line = line;
    complain(r->complaint, path, "%s", fault.sentence);
    return false;
}

static bool read_texts(const struct policy_texts *texts, const char *text, struct policy_file *file,
                       struct complaint *complaint)
{
    struct reading r = {.text = text, .complaint = complaint, .section = ""};
    struct policy *p = &file->policy;
    *p = policy_default();
    if (!read_frame(&r, texts, file) || !read_runway(&r, texts->runway, &p->runway) ||
        !read_share(&r, "deficit", texts->deficit, &p->deficit.on, &p->deficit.limit,
                    &p->deficit.hold) ||
        !read_share(&r, "provisional", texts->provisional, &p->provisional.on,
                    &p->provisional.limit, &p->provisional.hold) ||
        !read_share(&r, "restated", texts->restated, &p->restated.on, &p->restated.limit,
                    &p->restated.hold) ||
        !read_coverage(&r, texts, p) || !read_quiet(&r, texts, p) ||
        !read_subsidy(&r, texts->subsidy, &p->subsidy) || !read_budget(&r, texts, p) ||
        !read_fees(&r, texts, p) ||
        !read_reimbursement(&r, texts->reimbursement, &p->reimbursement) ||
        !read_falling(&r, texts->falling, &p->falling) ||
        !read_contributions(&r, texts->contributions, &p->contributions) ||
        !read_share(&r, "net_loss", texts->net_loss, &p->net_loss.on, &p->net_loss.limit,
                    &p->net_loss.hold) ||
        !read_pace(&r, texts->pace, &p->pace) ||
        !read_share(&r, "duplicates", texts->duplicates, &p->duplicates.on, &p->duplicates.limit,
                    &p->duplicates.hold) ||
        !read_execution(&r, texts->execution, &p->execution) || !read_change(&r, texts, p) ||
        !read_calendars(&r, texts, p) ||
        !read_share(&r, "completeness", texts->completeness, &p->completeness.on,
                    &p->completeness.limit, &p->completeness.hold) ||
        !read_gaps(&r, texts->gaps, &p->gaps) || !read_gate(&r, texts->gate, &p->gate))
        return false;
    return check_whole(&r, p);
}

/* --- Files ------------------------------------------------------------------- */

/* The whole file with a NUL behind it, the caller's; NULL and a complaint. */
static char *slurp(const char *path, size_t *ret_size, struct complaint *complaint)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(POLICY_FILE_MAX + 2);
    size_t size = 0;
    if (file == NULL || text == NULL)
        complain(complaint, "", "cannot be opened: %s", strerror(errno));
    else
        size = fread(text, 1, POLICY_FILE_MAX + 1, file);
    if (size > POLICY_FILE_MAX)
        complain(complaint, "", "larger than %d bytes: this is no policy", POLICY_FILE_MAX);
    else if (file != NULL && ferror(file))
        complain(complaint, "", "cannot be read");
    else if (file != NULL && text != NULL && memchr(text, '\0', size) != NULL)
        complain(complaint, "", "has a NUL byte: this is no policy");
    if (file != NULL)
        fclose(file);
    if (complaint->text[0] != '\0') {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    *ret_size = size;
    return text;
}

bool policy_file_read(const char *path, struct policy_file *ret, struct complaint *ret_complaint)
{
    size_t size = 0;
    *ret_complaint = (struct complaint){.line = 0};
    char *text = slurp(path, &size, ret_complaint);
    if (text == NULL)
        return false;

    unsigned second = document_second(text, size);
    if (second != 0) {
        complain(ret_complaint, "", "a second document begins here; there can be one");
        ret_complaint->line = line_in(text, second);
        free(text);
        return false;
    }

    struct heard heard = {.line = 0};
    const cyaml_config_t config = {
        .log_fn = hear, .log_ctx = &heard, .log_level = CYAML_LOG_ERROR,
        .mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS,
    };
    struct policy_texts *texts = NULL;
    cyaml_err_t err = cyaml_load_data((const uint8_t *)text, size, &config, &policy_schema,
                                      (cyaml_data_t **)&texts, NULL);
    struct policy_file file = {.date = DATE_NONE};
    bool good = err == CYAML_OK && texts != NULL && read_texts(texts, text, &file, ret_complaint);
    if (err != CYAML_OK)
        complain_heard(&heard, text, err, ret_complaint);
    else if (texts == NULL)
        complain(ret_complaint, "", "the file is empty");
    cyaml_free(&config, &policy_schema, texts, 0);
    free(text);
    if (good)
        *ret = file;
    return good;
}
