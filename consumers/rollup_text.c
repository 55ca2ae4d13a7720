#include "consumers/rollup_text.h"

#include <inttypes.h>
#include <string.h>

#include "consumers/completeness_text.h"
#include "consumers/figures.h"
#include "consumers/table.h"
#include "consumers/terms.h"
#include "fund/account.h"
#include "fund/place.h"

#define TEXT_MAX 1024

struct reading {
    struct fields *f;
    const json_t *answer;
    enum language language;
    FILE *to;
    int err;                    /* sticky: of the tables */
    bool any_derived;           /* some figure of the page has a mark */
};

static const char *say(const struct reading *r, enum word which)
{
    return word(r->language, which);
}

static void finish(struct reading *r, struct table *table)
{
    int err = table_print(table, r->to, 2);
    r->err = r->err != 0 ? r->err : err;
    table_free(&table);
}

static const char *number_text(int64_t number, char text[FIGURE_MAX])
{
    snprintf(text, FIGURE_MAX, "%" PRId64, number);
    return text;
}

static const char *month_text(int64_t yyyymm, char text[DATE_TEXT_MAX])
{
    snprintf(text, DATE_TEXT_MAX, "%04d-%02d", (int)(yyyymm / 100 % 10000), (int)(yyyymm % 100));
    return text;
}

/* What an account of the chart is called; its code for one that is not known here. */
static const char *account_name(const struct reading *r, const char *code)
{
    const struct account_info *info = account_by_code(code);
    return info == NULL ? code : r->language == LANGUAGE_ZH ? info->zh : info->en;
}

#define LACKING_SHOWN 6

/* "missing: 440781/390, 440783/390, …" */
static const char *lacking_text(const struct reading *r, const json_t *missing, char text[TEXT_MAX])
{
    char funds[TEXT_MAX / 2] = "";
    size_t used = 0, count = json_array_size(missing);
    text[0] = '\0';
    for (size_t i = 0; i < count && i < LACKING_SHOWN; i++)
        used += (size_t)snprintf(funds + used, sizeof funds - used, "%s%.16s", i > 0 ? ", " : "",
                                 json_is_string(json_array_get(missing, i))
                                     ? json_string_value(json_array_get(missing, i)) : "?");
    if (count > LACKING_SHOWN)
        snprintf(funds + used, sizeof funds - used, ", … (%zu)", count);
    return count == 0 ? text
        : words_fill(text, TEXT_MAX, say(r, WORD_LACKING), (const char *const[]){ funds }, 1);
}

/* A figure with a mark behind it if it is derived; where others are, one that is not has blanks, so that a
 * column's digits stand below one another. */
static const char *marked(const struct reading *r, bool derived, char text[FIGURE_MAX])
{
    size_t size = strlen(text);
    if (r->any_derived)
        snprintf(text + size, FIGURE_MAX - size, "%s", derived ? DERIVED_MARK : "  ");
    return text;
}

/* The same of a figure that a map's `derived_figures` name. */
static const char *marked_of(const struct reading *r, const json_t *map, const char *key,
                             char text[FIGURE_MAX])
{
    return marked(r, field_derived(r->f, map, key), text);
}

static const char *marked_wan(const struct reading *r, const json_t *map, const char *key,
                              char text[FIGURE_MAX])
{
    figure_wan(field_int(r->f, map, key), text);
    return marked_of(r, map, key, text);
}

/* What limits a figure of funds may have, by name; a limit of the runway is one of all three. */
static const char *limited_by(const char *key)
{
    return strncmp(key, "runway", strlen("runway")) == 0 ? "runway" : key;
}

/* The bare number beside the limits of the answer or of a member. */
static const char *bare_number(const struct reading *r, enum rule rule, const json_t *map, const char *key,
                               char text[FIGURE_MAX])
{
    struct indicator indicator = field_indicator(r->f, field_map(r->f, map, key));
    return term_number_within(r->f, map, limited_by(key), rule, indicator, text);
}

/* "8.49 months", or why there is no figure. */
static const char *value_text(const struct reading *r, enum rule rule, const char *key, char text[FIGURE_MAX])
{
    struct indicator indicator = field_indicator(r->f, field_map(r->f, r->answer, key));
    char bare[FIGURE_MAX];
    if (indicator.why != COMPUTABLE)
        return word_not_computable(r->language, indicator.why);
    snprintf(text, FIGURE_MAX, "%.64s %s", bare_number(r, rule, r->answer, key, bare),
             say(r, rule == RULE_RUNWAY ? WORD_MONTHS_UNIT : WORD_PERCENT));
    return marked_of(r, r->answer, key, text);
}

/* --- Head and totals. ------------------------------------------------------------------- */

static const char *place_text(const struct reading *r)
{
    const char *place = field_text(r->f, r->answer, "place");
    return place[0] != '\0' ? place : say(r, WORD_NATION);
}

static const char *months_text(const struct reading *r, char text[TEXT_MAX])
{
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX], months[FIGURE_MAX];
    int64_t count = field_int(r->f, r->answer, "months");
    const char *template = say(r, count > 0 ? WORD_MONTHS_SPAN : WORD_NO_MONTHS);
    return words_fill(text, TEXT_MAX, template,
                      (const char *const[]){ month_text(field_int(r->f, r->answer, "from"), from),
                                             month_text(field_int(r->f, r->answer, "to"), to),
                                             number_text(count, months) }, 3);
}

static void print_counts(const struct reading *r)
{
    const json_t *funds = field_map(r->f, r->answer, "funds");
    int64_t added = field_int(r->f, funds, "added"), contained = field_int(r->f, funds, "contained")
        + field_int(r->f, funds, "merged");
    int64_t left = field_int(r->f, funds, "above") + field_int(r->f, funds, "behind")
        + field_int(r->f, funds, "later");
    char all[FIGURE_MAX], in[FIGURE_MAX], within[FIGURE_MAX], out[FIGURE_MAX], text[TEXT_MAX];
    fprintf(r->to, "%s\n", WORDS(text, say(r, WORD_FUNDS_COUNTED), number_text(added + contained + left, all),
                                 number_text(added, in), number_text(contained, within),
                                 number_text(left, out)));
}

static void print_completeness(const struct reading *r)
{
    char text[COMPLETENESS_TEXT_MAX];
    if (importing_members_text(r->f, r->answer, r->language, text)[0] != '\0')
        fprintf(r->to, "%s%s%s\n", say(r, WORD_STATUS_IMPORTING), say(r, WORD_COLON), text);
    completeness_print(r->f, field_map(r->f, r->answer, "completeness"), r->language, r->to);
}

static void print_head(const struct reading *r)
{
    char date[DATE_TEXT_MAX], text[TEXT_MAX], months[TEXT_MAX], fund[FUND_TEXT_MAX];
    bool common = field_bool(r->f, r->answer, "as_of_common");
    snprintf(fund, sizeof fund, "/%d", (int)(field_int(r->f, r->answer, "scheme") % 1000));
    fprintf(r->to, "%s  %s\n%s %s (%s)  %s  %s\n", WORDS(text, say(r, WORD_ROLLUP), place_text(r)),
            word_scheme(r->language, fund), say(r, WORD_AS_OF),
            date_format(field_date(r->f, r->answer, "as_of"), date),
            say(r, common ? WORD_COMMON_DATE : WORD_ASKED_DATE), months_text(r, months), say(r, WORD_UNIT));
    print_counts(r);
    print_completeness(r);
}

/* What nobody reports is not zero: where nothing moved on a side, it is not known of months before the books
 * open, of a fund without an opening balance, and of months without any expenditure. */
static bool is_side_known(const struct reading *r, const json_t *member, const char *side)
{
    struct indicator runway = field_indicator(r->f, field_map(r->f, member, "runway"));
    bool later = strcmp(field_text(r->f, member, "role"), "later") == 0;
    bool unspent = strcmp(side, "expenditure") == 0 && runway.why == NC_NO_EXPENDITURE;
    return field_int(r->f, member, side) != 0
        || (field_bool(r->f, member, "has_opening") && !later && !unspent);
}

/* The members that are added and of which a side is not known, so that its sum is not either: "" for none. */
static const char *side_lacks(const struct reading *r, const char *side, char text[TEXT_MAX])
{
    const json_t *members = field_array(r->f, r->answer, "members");
    json_t *missing = json_array();
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *member = json_array_get(members, i);
        if (strcmp(field_text(r->f, member, "role"), "added") == 0 && !is_side_known(r, member, side))
            json_array_append(missing, json_object_get(member, "fund"));
    }
    lacking_text(r, missing, text);
    json_decref(missing);
    return text;
}

static void side_row(const struct reading *r, struct table *table, enum word name, const char *side)
{
    char lacks[TEXT_MAX], text[TEXT_MAX], amount[FIGURE_MAX];
    side_lacks(r, side, lacks);
    TABLE_ROW(table, say(r, name),
              lacks[0] == '\0' ? marked_wan(r, r->answer, side, amount)
                               : WORDS(text, "{1}  {2}", say(r, WORD_NOT_KNOWN), lacks));
}

static const char *balance_text(const struct reading *r, char text[FIGURE_MAX])
{
    if (!field_bool(r->f, r->answer, "has_opening"))
        return say(r, WORD_NOT_KNOWN);
    return marked_wan(r, r->answer, "balance", text);
}

/* Where any bill of the members states what it cost. */
static void reimbursement_row(const struct reading *r, struct table *table, enum word name, const char *key)
{
    char share[FIGURE_MAX];
    struct indicator indicator = field_indicator(r->f, field_map(r->f, r->answer, key));
    if (indicator.why != NC_NO_BILLS)
        TABLE_ROW(table, say(r, name), value_text(r, RULE_REIMBURSEMENT, key, share));
}

static void print_totals(struct reading *r)
{
    char balance[FIGURE_MAX], runway[FIGURE_MAX], deficit[FIGURE_MAX], share[FIGURE_MAX];
    struct table *table = table_new("lr");
    TABLE_ROW(table, say(r, WORD_BALANCE), balance_text(r, balance));
    side_row(r, table, WORD_INCOME, "income");
    side_row(r, table, WORD_EXPENDITURE, "expenditure");
    TABLE_ROW(table, say(r, WORD_RUNWAY_SHORT), value_text(r, RULE_RUNWAY, "runway", runway));
    TABLE_ROW(table, say(r, WORD_RUNWAY_OWED), value_text(r, RULE_RUNWAY, "runway_owed", runway));
    TABLE_ROW(table, say(r, WORD_RUNWAY_RECEIVED), value_text(r, RULE_RUNWAY, "runway_received", runway));
    TABLE_ROW(table, say(r, WORD_DEFICIT), value_text(r, RULE_DEFICIT, "deficit", deficit));
    TABLE_ROW(table, say(r, WORD_PROVISIONAL_SHARE),
              value_text(r, RULE_PROVISIONAL, "provisional_share", share));
    reimbursement_row(r, table, WORD_REIMBURSEMENT_IN_POLICY, "reimbursement_in_policy");
    reimbursement_row(r, table, WORD_REIMBURSEMENT_ACTUAL, "reimbursement_actual");
    fputc('\n', r->to);
    finish(r, table);
}

/* --- Lines and transfers. ---------------------------------------------------------------- */

static void print_lines(struct reading *r)
{
    const json_t *lines = field_array(r->f, r->answer, "lines");
    struct table *table = table_new("llrr");
    fprintf(r->to, "\n%s\n", say(r, WORD_FORM));
    TABLE_ROW(table, say(r, WORD_CODE), say(r, WORD_ITEM), say(r, WORD_AMOUNT), say(r, WORD_OF_WHICH));
    table_rule(table);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *code = field_text(r->f, line, "account");
        int64_t provisional = field_int(r->f, line, "provisional");
        char amount[FIGURE_MAX], part[FIGURE_MAX];
        figure_wan(field_int(r->f, line, "amount"), amount);
        TABLE_ROW(table, code, account_name(r, code), marked(r, field_bool(r->f, line, "derived"), amount),
                  provisional != 0 ? figure_wan(provisional, part) : "");
    }
    finish(r, table);
}

static void print_between(struct reading *r, const char *title, const json_t *lines)
{
    struct table *table = table_new("llrr");
    bool none = json_array_size(lines) == 0;
    fprintf(r->to, "\n%s%s%s\n", title, none ? say(r, WORD_COLON) : "",
            none ? say(r, WORD_NO_TRANSFERS) : "");
    if (!none) {
        TABLE_ROW(table, say(r, WORD_CODE), say(r, WORD_ITEM), say(r, WORD_CANCELLED),
                  say(r, WORD_LEFT_OVER));
        table_rule(table);
    }
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *code = field_text(r->f, line, "account");
        char cancelled[FIGURE_MAX], left[FIGURE_MAX];
        TABLE_ROW(table, code, account_name(r, code),
                  figure_wan(field_int(r->f, line, "cancelled"), cancelled),
                  figure_wan(field_int(r->f, line, "left"), left));
    }
    finish(r, table);
}

/* Of the closed months; and of the month that has not closed, where there are any. */
static void print_transfers(struct reading *r)
{
    const json_t *open = field_array(r->f, r->answer, "open_transfers");
    char from[DATE_TEXT_MAX], title[TEXT_MAX];
    print_between(r, say(r, WORD_INTERNAL), field_array(r->f, r->answer, "transfers"));
    if (json_array_size(open) > 0)
        print_between(r, WORDS(title, say(r, WORD_INTERNAL_OPEN),
                               date_format(field_date(r->f, r->answer, "open_from"), from)), open);
}

/* --- People. ------------------------------------------------------------------------------ */

static void people_row(const struct reading *r, struct table *table, const json_t *row)
{
    int64_t heads = field_int(r->f, row, "heads");
    char count[FIGURE_MAX], note[TEXT_MAX];
    figure_count(heads, count);
    TABLE_ROW(table, word_heads(r->language, field_text(r->f, row, "figure")),
              heads >= 0 ? marked(r, field_bool(r->f, row, "derived"), count) : "–",
              lacking_text(r, field_array(r->f, row, "missing"), note));
}

static void coverage_row(const struct reading *r, struct table *table, const json_t *row)
{
    char name[TEXT_MAX], value[FIGURE_MAX], percent[FIGURE_MAX];
    WORDS(name, say(r, WORD_COVERAGE_FORMULA),
          word_numerator(r->language, field_text(r->f, row, "numerator")),
          word_denominator(r->language, field_text(r->f, row, "denominator")));
    snprintf(percent, sizeof percent, "%.64s %%",
             figure_number(RULE_COVERAGE, field_indicator(r->f, row), value));
    TABLE_ROW(table, name, marked(r, field_bool(r->f, row, "derived"), percent), "");
}

static void print_people(struct reading *r)
{
    const json_t *heads = field_array(r->f, r->answer, "heads");
    const json_t *coverage = field_array(r->f, r->answer, "coverage");
    struct table *table = table_new("lrl");
    fprintf(r->to, "\n%s\n", say(r, WORD_PEOPLE));
    for (size_t i = 0; i < json_array_size(heads); i++)
        people_row(r, table, json_array_get(heads, i));
    for (size_t i = 0; i < json_array_size(coverage); i++)
        coverage_row(r, table, json_array_get(coverage, i));
    finish(r, table);
}

/* --- Amounts by each fund's policy. ----------------------------------------------------------- */

static const char *figure_text(const struct reading *r, const json_t *row)
{
    static const struct { const char *figure; enum word word; } figures[] = {
        { "subsidy_due", WORD_SUM_SUBSIDY_DUE }, { "subsidy_received", WORD_SUM_SUBSIDY_RECEIVED },
        { "subsidy_late", WORD_SUM_SUBSIDY_LATE }, { "budget_foreseen", WORD_SUM_BUDGET_FORESEEN },
        { "budget_executed", WORD_SUM_BUDGET_EXECUTED },
        { "contributions_expected", WORD_SUM_CONTRIBUTIONS_EXPECTED },
        { "contributions_collected", WORD_SUM_CONTRIBUTIONS_COLLECTED },
    };
    const char *figure = field_text(r->f, row, "figure");
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (strcmp(figure, figures[i].figure) == 0)
            return say(r, figures[i].word);
    }
    return figure;
}

static const char *of_text(const struct reading *r, const json_t *row)
{
    const char *of = field_text(r->f, row, "of");
    if (strcmp(of, "income") == 0)
        return say(r, WORD_INCOME);
    if (strcmp(of, "expenditure") == 0)
        return say(r, WORD_EXPENDITURE);
    return of[0] == '\0' ? of : word_government(r->language, of);
}

static void amount_row(const struct reading *r, struct table *table, const json_t *row)
{
    char year[FIGURE_MAX], amount[FIGURE_MAX], note[TEXT_MAX];
    bool known = field_bool(r->f, row, "known");
    snprintf(year, sizeof year, "%d", (int)field_int(r->f, row, "year"));
    figure_wan(field_int(r->f, row, "amount"), amount);
    TABLE_ROW(table, year, figure_text(r, row), of_text(r, row),
              known ? marked(r, field_bool(r->f, row, "derived"), amount) : "–",
              lacking_text(r, field_array(r->f, row, "missing"), note));
}

static void print_amounts(struct reading *r)
{
    const json_t *rows = field_array(r->f, r->answer, "amounts");
    if (json_array_size(rows) == 0)
        return;
    struct table *table = table_new("lllrl");
    fprintf(r->to, "\n%s\n", say(r, WORD_AMOUNTS));
    for (size_t i = 0; i < json_array_size(rows); i++)
        amount_row(r, table, json_array_get(rows, i));
    finish(r, table);
}

/* --- Members. ----------------------------------------------------------------------------- */

static const char *bare_role(const struct reading *r, const json_t *member, char text[TEXT_MAX])
{
    bool opens = field_bool(r->f, member, "has_opening");
    const struct { const char *role; enum word word; } roles[] = {
        { "added", WORD_ROLE_ADDED }, { "contained", WORD_ROLE_CONTAINED }, { "above", WORD_ROLE_ABOVE },
        { "behind", WORD_ROLE_BEHIND }, { "later", opens ? WORD_ROLE_OPENS : WORD_ROLE_LATER },
        { "merged", WORD_ROLE_MERGED },
    };
    const char *role = field_text(r->f, member, "role");
    char date[DATE_TEXT_MAX];
    date_format(field_date(r->f, member, "books_date"), date);
    const char *within = field_text(r->f, member, "within");
    const char *argument = within[0] != '\0' ? within : date;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(role, roles[i].role) == 0)
            return words_fill(text, TEXT_MAX, say(r, roles[i].word), &argument, 1);
    }
    return role;
}

/* With a guess said to be one. */
static const char *role_text(const struct reading *r, const json_t *member, char text[TEXT_MAX])
{
    char bare[TEXT_MAX];
    const char *role = bare_role(r, member, bare);
    return words_fill(text, TEXT_MAX, field_bool(r->f, member, "guessed") ? say(r, WORD_ROLE_GUESSED) : "{1}",
                      &role, 1);
}

/* What a guess is about, and who can say better. */
static void print_guesses(const struct reading *r, const json_t *members)
{
    char text[TEXT_MAX];
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *member = json_array_get(members, i);
        if (field_bool(r->f, member, "guessed"))
            fprintf(r->to, "%s\n", WORDS(text, say(r, WORD_GUESS_NOTE), field_text(r->f, member, "fund")));
    }
}

/* "34.10 %", or nothing. */
static const char *share_text(const struct reading *r, const json_t *member, char text[FIGURE_MAX])
{
    struct indicator share = field_indicator(r->f, field_map(r->f, member, "provisional_share"));
    char bare[FIGURE_MAX];
    if (share.why != COMPUTABLE)
        return "";
    snprintf(text, FIGURE_MAX, "%.64s %s",
             bare_number(r, RULE_PROVISIONAL, member, "provisional_share", bare), say(r, WORD_PERCENT));
    return marked_of(r, member, "provisional_share", text);
}

static const char *runway_text(const struct reading *r, const json_t *member, char text[FIGURE_MAX])
{
    struct indicator runway = field_indicator(r->f, field_map(r->f, member, "runway"));
    if (runway.why != COMPUTABLE)
        return word_not_computable(r->language, runway.why);
    bare_number(r, RULE_RUNWAY, member, "runway", text);
    return marked_of(r, member, "runway", text);
}

/* As of the day; "–" where there is no runway that could be at a level, or no rule that looks at it. */
static const char *level_text(const struct reading *r, const json_t *member)
{
    const char *level = field_text(r->f, member, "level");
    return field_bool(r->f, member, "blind") || level[0] == '\0' ? "–" : word_level_named(r->language, level);
}

static const char *side_text(const struct reading *r, const json_t *member, const char *side,
                             char text[FIGURE_MAX])
{
    return is_side_known(r, member, side) ? marked_wan(r, member, side, text) : say(r, WORD_NOT_KNOWN);
}

static void member_row(const struct reading *r, struct table *table, const json_t *member)
{
    char role[TEXT_MAX], balance[FIGURE_MAX], in[FIGURE_MAX], out[FIGURE_MAX], runway[FIGURE_MAX];
    char firing[FIGURE_MAX], share[FIGURE_MAX];
    bool known = field_bool(r->f, member, "has_opening");
    TABLE_ROW(table, field_text(r->f, member, "fund"), role_text(r, member, role),
              known ? marked_wan(r, member, "balance", balance) : say(r, WORD_NOT_KNOWN),
              side_text(r, member, "income", in), side_text(r, member, "expenditure", out),
              runway_text(r, member, runway),
              share_text(r, member, share),
              level_text(r, member),
              number_text(field_int(r->f, member, "firing"), firing));
}

static void print_members(struct reading *r)
{
    const json_t *members = field_array(r->f, r->answer, "members");
    struct table *table = table_new("llrrrlrlr");
    fprintf(r->to, "\n%s\n", say(r, WORD_MEMBERS));
    TABLE_ROW(table, say(r, WORD_MEMBER), say(r, WORD_ROLE), say(r, WORD_BALANCE), say(r, WORD_INCOME),
              say(r, WORD_EXPENDITURE), say(r, WORD_RUNWAY_SHORT), say(r, WORD_PROVISIONAL_SHORT),
              say(r, WORD_LEVEL), say(r, WORD_FIRING));
    table_rule(table);
    for (size_t i = 0; i < json_array_size(members); i++)
        member_row(r, table, json_array_get(members, i));
    finish(r, table);
    print_guesses(r, members);
}

static bool any_in(const struct reading *r, const char *key)
{
    const json_t *rows = field_array(r->f, r->answer, key);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (json_is_true(json_object_get(row, "derived"))
                || json_array_size(json_object_get(row, "derived_figures")) > 0)
            return true;
    }
    return false;
}

static bool has_marks(const struct reading *r)
{
    return json_array_size(field_array(r->f, r->answer, "derived_figures")) > 0 || any_in(r, "lines")
        || any_in(r, "heads") || any_in(r, "coverage") || any_in(r, "amounts") || any_in(r, "members");
}

int rollup_print(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    struct reading r = { f, answer, language, to, 0, false };
    r.any_derived = has_marks(&r);
    print_head(&r);
    print_totals(&r);
    print_lines(&r);
    print_transfers(&r);
    print_people(&r);
    print_amounts(&r);
    print_members(&r);
    if (r.any_derived)
        fprintf(to, "\n%s\n", say(&r, WORD_DERIVED_NOTE));
    return r.err;
}

/* --- CSV. --------------------------------------------------------------------------------- */

static const char *csv_mark(const struct reading *r, bool derived)
{
    return derived ? say(r, WORD_MARK_DERIVED) : "";
}

static void csv_money(const struct reading *r, struct table *table, const char *section, const char *code,
                      const char *item, int64_t fen, bool derived)
{
    char amount[FIGURE_MAX];
    TABLE_ROW(table, section, code, item, figure_yuan(fen, amount), say(r, WORD_YUAN), csv_mark(r, derived),
              "");
}

/* A total of the answer or of a member. */
static void csv_total(const struct reading *r, struct table *table, const char *section, const char *code,
                      enum word item, const json_t *map, const char *key)
{
    csv_money(r, table, section, code, say(r, item), field_int(r->f, map, key),
              field_derived(r->f, map, key));
}

/* Income or expenditure that is not known, and why. */
static void csv_unknown(const struct reading *r, struct table *table, const char *section, const char *code,
                        enum word item, const char *why)
{
    TABLE_ROW(table, section, code, say(r, item), "", say(r, WORD_YUAN), "", why);
}

static void csv_total_side(const struct reading *r, struct table *table, enum word item, const char *side)
{
    char lacks[TEXT_MAX], why[TEXT_MAX];
    if (side_lacks(r, side, lacks)[0] == '\0')
        csv_total(r, table, "total", side, item, r->answer, side);
    else
        csv_unknown(r, table, "total", side, item, WORDS(why, "{1}  {2}", say(r, WORD_NOT_KNOWN), lacks));
}

static void csv_member_side(const struct reading *r, struct table *table, enum word item,
                            const json_t *member, const char *side)
{
    char section[FIGURE_MAX];
    const char *fund = field_text(r->f, member, "fund");
    snprintf(section, sizeof section, "member_%s", side);
    if (is_side_known(r, member, side))
        csv_total(r, table, section, fund, item, member, side);
    else
        csv_unknown(r, table, section, fund, item, say(r, WORD_NOT_KNOWN));
}

static void csv_indicator(const struct reading *r, struct table *table, const char *code, enum rule rule,
                          enum word name, const json_t *map, bool derived)
{
    struct indicator indicator = field_indicator(r->f, map);
    char value[FIGURE_MAX];
    TABLE_ROW(table, "indicator", code, say(r, name),
              term_number_within(r->f, r->answer, limited_by(code), rule, indicator, value),
              say(r, rule == RULE_RUNWAY ? WORD_MONTHS_UNIT : WORD_PERCENT), csv_mark(r, derived),
              indicator.why == COMPUTABLE ? "" : word_not_computable(r->language, indicator.why));
}

static void csv_totals(const struct reading *r, struct table *table)
{
    static const struct { const char *key; enum rule rule; enum word name; } indicators[] = {
        { "runway", RULE_RUNWAY, WORD_RUNWAY }, { "runway_owed", RULE_RUNWAY, WORD_RUNWAY_OWED },
        { "runway_received", RULE_RUNWAY, WORD_RUNWAY_RECEIVED }, { "deficit", RULE_DEFICIT, WORD_DEFICIT },
        { "provisional_share", RULE_PROVISIONAL, WORD_PROVISIONAL_SHARE },
        { "reimbursement_in_policy", RULE_REIMBURSEMENT, WORD_REIMBURSEMENT_IN_POLICY },
        { "reimbursement_actual", RULE_REIMBURSEMENT, WORD_REIMBURSEMENT_ACTUAL },
    };
    char date[DATE_TEXT_MAX], months[TEXT_MAX];
    TABLE_ROW(table, "rollup", "place", say(r, WORD_PLACE), place_text(r), "", "", "");
    TABLE_ROW(table, "rollup", "as_of", say(r, WORD_AS_OF),
              date_format(field_date(r->f, r->answer, "as_of"), date), "", "", months_text(r, months));
    if (field_bool(r->f, r->answer, "has_opening"))
        csv_total(r, table, "total", "balance", WORD_BALANCE, r->answer, "balance");
    csv_total_side(r, table, WORD_INCOME, "income");
    csv_total_side(r, table, WORD_EXPENDITURE, "expenditure");
    for (size_t i = 0; i < sizeof indicators / sizeof indicators[0]; i++)
        csv_indicator(r, table, indicators[i].key, indicators[i].rule, indicators[i].name,
                      field_map(r->f, r->answer, indicators[i].key),
                      field_derived(r->f, r->answer, indicators[i].key));
}

static void csv_completeness(const struct reading *r, struct table *table)
{
    const json_t *map = field_map(r->f, r->answer, "completeness");
    char count[FIGURE_MAX], importing[COMPLETENESS_TEXT_MAX];
    if (importing_members_text(r->f, r->answer, r->language, importing)[0] != '\0')
        TABLE_ROW(table, "rollup", "importing", say(r, WORD_STATUS_IMPORTING), importing, "", "", "");
    if (field_int(r->f, map, "expected") == 0)
        return;
    TABLE_ROW(table, "rollup", "expected_sources", say(r, WORD_EXPECTED_SOURCES),
              number_text(field_int(r->f, map, "expected"), count), "", "", "");
    TABLE_ROW(table, "rollup", "silent_sources", say(r, WORD_SILENT_SOURCES),
              number_text(field_int(r->f, map, "silent"), count), "", "", "");
    csv_indicator(r, table, "complete_month", RULE_COMPLETENESS, WORD_COMPLETE_MONTH,
                  field_map(r->f, map, "month"), false);
    csv_indicator(r, table, "complete_year", RULE_COMPLETENESS, WORD_COMPLETE_YEAR,
                  field_map(r->f, map, "year"), false);
}

static void csv_lines(const struct reading *r, struct table *table)
{
    const json_t *lines = field_array(r->f, r->answer, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *code = field_text(r->f, line, "account");
        csv_money(r, table, "line", code, account_name(r, code), field_int(r->f, line, "amount"),
                  field_bool(r->f, line, "derived"));
    }
}

static void csv_between(const struct reading *r, struct table *table, const char *key, const char *cancelled,
                        const char *left)
{
    const json_t *lines = field_array(r->f, r->answer, key);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *code = field_text(r->f, line, "account");
        const char *name = account_name(r, code);
        csv_money(r, table, cancelled, code, name, field_int(r->f, line, "cancelled"), false);
        if (left != NULL)
            csv_money(r, table, left, code, name, field_int(r->f, line, "left"), false);
    }
}

static void csv_people(const struct reading *r, struct table *table)
{
    const json_t *heads = field_array(r->f, r->answer, "heads");
    for (size_t i = 0; i < json_array_size(heads); i++) {
        const json_t *row = json_array_get(heads, i);
        int64_t people = field_int(r->f, row, "heads");
        char count[FIGURE_MAX], note[TEXT_MAX];
        TABLE_ROW(table, "people", field_text(r->f, row, "figure"),
                  word_heads(r->language, field_text(r->f, row, "figure")),
                  people >= 0 ? number_text(people, count) : "", "",
                  csv_mark(r, field_bool(r->f, row, "derived")),
                  lacking_text(r, field_array(r->f, row, "missing"), note));
    }
}

static void csv_amounts(const struct reading *r, struct table *table)
{
    const json_t *rows = field_array(r->f, r->answer, "amounts");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *figure = field_text(r->f, row, "figure"), *of = field_text(r->f, row, "of");
        char code[TEXT_MAX], item[TEXT_MAX], amount[FIGURE_MAX], note[TEXT_MAX];
        snprintf(code, sizeof code, "%s:%d%s%s", figure, (int)field_int(r->f, row, "year"),
                 of[0] != '\0' ? "-" : "", of);
        snprintf(item, sizeof item, "%s%s%s", figure_text(r, row), of[0] != '\0' ? " " : "", of_text(r, row));
        TABLE_ROW(table, "amount", code, item,
                  field_bool(r->f, row, "known") ? figure_yuan(field_int(r->f, row, "amount"), amount) : "",
                  say(r, WORD_YUAN), csv_mark(r, field_bool(r->f, row, "derived")),
                  lacking_text(r, field_array(r->f, row, "missing"), note));
    }
}

static void csv_member_indicator(const struct reading *r, struct table *table, const json_t *member,
                                 const char *key, enum rule rule, enum word name)
{
    char section[FIGURE_MAX], value[FIGURE_MAX];
    struct indicator indicator = field_indicator(r->f, field_map(r->f, member, key));
    snprintf(section, sizeof section, "member_%s", key);
    TABLE_ROW(table, section, field_text(r->f, member, "fund"), say(r, name),
              bare_number(r, rule, member, key, value),
              say(r, rule == RULE_RUNWAY ? WORD_MONTHS_UNIT : WORD_PERCENT),
              csv_mark(r, field_derived(r->f, member, key)),
              indicator.why == COMPUTABLE ? "" : word_not_computable(r->language, indicator.why));
}

static void csv_member_runways(const struct reading *r, struct table *table, const json_t *member)
{
    csv_member_indicator(r, table, member, "runway", RULE_RUNWAY, WORD_RUNWAY_SHORT);
    csv_member_indicator(r, table, member, "runway_owed", RULE_RUNWAY, WORD_RUNWAY_OWED);
    csv_member_indicator(r, table, member, "runway_received", RULE_RUNWAY, WORD_RUNWAY_RECEIVED);
    csv_member_indicator(r, table, member, "provisional_share", RULE_PROVISIONAL, WORD_PROVISIONAL_SHARE);
}

static void csv_members(const struct reading *r, struct table *table)
{
    const json_t *members = field_array(r->f, r->answer, "members");
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *member = json_array_get(members, i);
        const char *fund = field_text(r->f, member, "fund");
        char role[TEXT_MAX];
        TABLE_ROW(table, "member", fund, say(r, WORD_ROLE), role_text(r, member, role), "", "", "");
        if (field_bool(r->f, member, "has_opening"))
            csv_total(r, table, "member_balance", fund, WORD_BALANCE, member, "balance");
        csv_member_side(r, table, WORD_INCOME, member, "income");
        csv_member_side(r, table, WORD_EXPENDITURE, member, "expenditure");
        csv_member_runways(r, table, member);
    }
}

int rollup_print_csv(struct fields *f, const json_t *answer, enum language language, FILE *to)
{
    struct reading r = { f, answer, language, to, 0, false };
    struct table *table = table_new("lllllll");
    TABLE_ROW(table, say(&r, WORD_SECTION), say(&r, WORD_CODE), say(&r, WORD_ITEM), say(&r, WORD_VALUE),
              say(&r, WORD_UNIT_COLUMN), say(&r, WORD_MARKS), say(&r, WORD_NOTE));
    csv_totals(&r, table);
    csv_completeness(&r, table);
    csv_lines(&r, table);
    csv_between(&r, table, "transfers", "cancelled", NULL);
    csv_between(&r, table, "open_transfers", "open_cancelled", "open_left");
    csv_people(&r, table);
    csv_amounts(&r, table);
    csv_members(&r, table);
    int err = table_print_csv(table, to);
    table_free(&table);
    return err;
}
