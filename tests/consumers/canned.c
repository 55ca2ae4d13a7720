#include "tests/consumers/canned.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/json.h"

const struct canned_fund fengnan = {
    .fund = "130207/390", .balance = 26590150000, .income = 39420350000, .expenditure = 37563240000,
    .has_opening = true, .derived = true, .level = "normal", .coverage = "no_denominator", .overdue = -1,
};
const struct canned_fund zhanjiang = {
    .fund = "440800/390", .balance = 575231500000, .income = 596796570000, .expenditure = 490254120000,
    .provisional = 394765700000, .has_opening = true, .derived = true, .level = "high", .targets = true,
    .label = "常住人口口径",
    .expected = true,
    .owed_booked = 120000000000, .owed_incurred = 30000000000, .overdue = 5000000000,
};

static struct writer writer;

struct writer *canned_begin(void)
{
    writer_init(&writer);
    return &writer;
}

json_t *canned_end(void)
{
    json_t *json = json_from_bytes(writer.bytes, writer.size);
    writer_free(&writer);
    ck_assert_ptr_nonnull(json);
    return json;
}

static void indicator_pairs(struct writer *w, const char *why, int64_t num, int64_t den, int64_t mul)
{
    write_key_string(w, "computable", why != NULL ? why : "");
    write_key_int(w, "num", why != NULL ? 0 : num);
    write_key_int(w, "den", why != NULL ? 1 : den);
    write_key_int(w, "mul", why != NULL ? 1 : mul);
}

static void indicator(struct writer *w, const char *key, const char *why, int64_t num, int64_t den,
                      int64_t mul)
{
    write_string(w, key);
    write_map(w, 4);
    indicator_pairs(w, why, num, den, mul);
}

/* `derived_figures`: those named, if the fund has derived figures at all. */
static void derived(struct writer *w, bool any, const char *const names[])
{
    uint32_t count = 0;
    while (any && names[count] != NULL)
        count++;
    write_string(w, "derived_figures");
    write_array(w, count);
    for (uint32_t i = 0; i < count; i++)
        write_string(w, names[i]);
}
#define DERIVED(w, any, ...) derived((w), (any), (const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

static void coverage(struct writer *w, const struct canned_fund *fund)
{
    write_string(w, "coverage");
    write_array(w, 1);
    write_map(w, 16);
    write_key_string(w, "name", "resident");
    write_key_string(w, "zh", fund->label != NULL ? fund->label : "");
    write_key_string(w, "en", "");
    write_key_string(w, "numerator", "reported_and_employees");
    write_key_string(w, "denominator", "resident");
    write_key_int(w, "target_e4", 9500);
    write_key_int(w, "deadline", 1231);
    write_key_int(w, "year", 2022);
    write_key_int(w, "judged_from", 20221231);
    indicator_pairs(w, fund->coverage, 6847700, 7030900, 1);
    write_key_bool(w, "derived", fund->derived && fund->targets);
    write_key_bool(w, "met", fund->coverage == NULL);
    write_string(w, "ahead");
    write_array(w, fund->collecting);
    if (fund->collecting) {
        write_map(w, 6);
        write_key_int(w, "year", 2023);
        indicator_pairs(w, NULL, 4218540, 7030900, 1);
        write_key_bool(w, "derived", false);
    }
}

static void rule(struct writer *w, const char *fund, const char *name, const char *level_word, bool blind)
{
    write_map(w, 9);
    write_key_string(w, "fund", fund);
    write_key_string(w, "rule", name);
    write_key_string(w, "instance", "");
    write_key_string(w, "level", level_word);
    write_key_string(w, "severity", "warning");
    write_key_bool(w, "blind", blind);
    write_key_bool(w, "acknowledged", false);
    write_key_int(w, "since", 20221231);
    write_key_int(w, "incident", 7);
}

static void rules(struct writer *w, const struct canned_fund *fund)
{
    write_string(w, "rules");
    write_array(w, 1 + fund->incomplete + fund->losing);
    rule(w, fund->fund, "runway", fund->level, fund->blind != NULL || fund->incomplete);
    if (fund->incomplete)
        rule(w, fund->fund, "completeness", "low", false);
    if (fund->losing)
        rule(w, fund->fund, "coverage", "low", false);
}

/* Zhanjiang's province, a city nobody reported heads for, and a banner that is late (Ejin Horo). */
static const struct subsidy_level_case {
    int64_t year;
    const char *level;
    int64_t per_head, heads;
    const char *known;
    int64_t due, received, arrears, oldest;
} provinces = { 2024, "province", 33550, 5880830, "", 197505845325, 204715660000, 0, 0 },
  unknown = { 2024, "city", 1100, -1, "no_group", 0, 0, 0, 0 },
  late = { 2023, "county", 25840, 123371, "", 3187906640, 2942000000, 245906640, 20231231 };

static void exception(struct writer *w, const char *level, const char *group, const char *kind,
                      const char *payer, int64_t heads, int64_t amount)
{
    write_map(w, 6);
    write_key_string(w, "level", level);
    write_key_string(w, "group", group);
    write_key_string(w, "kind", kind);
    write_key_string(w, "payer", payer);
    write_key_int(w, "heads", heads);
    write_key_int(w, "amount", amount);
}

static void level(struct writer *w, const struct subsidy_level_case *l, bool any_derived)
{
    write_map(w, 16);
    write_key_int(w, "year", l->year);
    write_key_string(w, "level", l->level);
    write_key_int(w, "per_head", l->per_head);
    write_key_int(w, "heads", l->heads);
    write_key_int(w, "heads_date", 20240630);
    write_string(w, "exceptions");
    write_array(w, l == &late ? 0 : l == &provinces ? 1 : 2);
    if (l == &provinces)
        exception(w, "city", "student", "paid_by", "province", 22295, 101999625);
    if (l == &unknown) {
        exception(w, "city", "student", "paid_by", "province", -1, 0);
        exception(w, "city", "area_1", "lump", "city", 1000, 2192330000);
    }
    write_key_string(w, "known", l->known);
    write_key_int(w, "due", l->due);
    write_key_int(w, "received", l->received);
    write_key_int(w, "due_by_now", l->due);
    write_string(w, "arrears");
    write_array(w, 3);
    write_int(w, 0);
    write_int(w, 0);
    write_int(w, l->arrears);
    write_key_int(w, "oldest", l->oldest);
    write_key_bool(w, "tolerated", l->arrears == 0);
    write_key_int(w, "duplicates_province", l == &late ? 6467 : -1);
    write_key_int(w, "duplicates_nation", l == &late ? 9373 : -1);
    if (l == &provinces)
        DERIVED(w, any_derived, "heads", "due", "due_by_now");
    else
        DERIVED(w, l == &late, "due", "due_by_now", "arrears");
}

static void subsidies(struct writer *w, bool any_derived)
{
    write_string(w, "subsidy");
    write_array(w, 3);
    level(w, &late, any_derived);
    level(w, &provinces, any_derived);
    level(w, &unknown, any_derived);
    write_string(w, "subsidy_whole");
    write_map(w, 6);
    DERIVED(w, any_derived, "heads", "due");
    write_key_int(w, "per_head", 61000);
    write_key_int(w, "heads", 5880830);
    write_key_string(w, "known", "");
    write_key_int(w, "due", 358730630000);
    write_key_int(w, "received", 371524810000);
}

static void budget(struct writer *w)
{
    write_string(w, "budget");
    write_array(w, 1);
    write_map(w, 5);
    write_key_int(w, "year", 2023);
    write_key_string(w, "account", "I24");
    write_key_int(w, "budget", 6733643000);
    write_key_int(w, "amount", 3188742000);
    write_key_bool(w, "derived", false);
}

static void target_or_why(struct writer *w, const char *rule_name, const char *instance, int64_t target_e4,
                          const char *bound, const char *why, int64_t num, int64_t den, bool met)
{
    bool on = target_e4 != 0;
    write_map(w, 13);
    write_key_string(w, "rule", rule_name);
    write_key_string(w, "instance", instance);
    write_key_bool(w, "on", on);
    write_key_bool(w, "derived", !on);
    write_key_int(w, "target_e4", target_e4);
    write_key_string(w, "bound", bound);
    write_key_string(w, "base", "trailing_12");
    write_key_int(w, "months", 12);
    indicator_pairs(w, why, num, den, 1);
    write_key_bool(w, "met", met);
}

static void target(struct writer *w, const char *rule_name, const char *instance, int64_t target_e4,
                   const char *bound, int64_t num, int64_t den, bool met)
{
    target_or_why(w, rule_name, instance, target_e4, bound, NULL, num, den, met);
}

static void targets(struct writer *w, const struct canned_fund *fund)
{
    write_string(w, "targets");
    write_array(w, (fund->targets ? 2 : 0) + (fund->budget ? 2 : 0) + (fund->coming ? 2 : 0)
                       + (fund->no_target ? 1 : 0) + (fund->losing ? 1 : 0) + (fund->gate != NULL ? 1 : 0));
    if (fund->losing)
        target(w, "net_loss", "", 100, "most", 220978, 6101808, false);
    if (fund->gate != NULL)
        target_or_why(w, "gate", "", 30000, "least", fund->gate[0] != '\0' ? fund->gate : NULL, 2, 1, false);
    if (fund->no_target)
        target(w, "net_loss", "", 0, "most", 220978, 6101808, false);
    if (fund->targets) {
        target(w, "reimbursement", "in_policy", 7000, "least", 2873900000000, 4401746000000, false);
        target(w, "reimbursement", "actual", 5500, "least", 2873900000000, 4810679000000, true);
    }
    if (fund->budget) {
        target(w, "budget", "2024-expenditure", 10000, "most", 10120, 10000, false);
        target(w, "budget", "2024-I24", 4000, "least", 4736, 10000, true);
    }
    if (fund->coming) {
        target(w, "pace", "", 500, "most", 9833, 10000, false);
        target(w, "budget", "2025-income", -1000, "least", 0, 10000, true);
    }
}

/* A place that nothing became of, or that was merged. */
static void place(struct writer *w, bool merged)
{
    write_string(w, "place");
    write_map(w, 6);
    write_key_string(w, "change", merged ? "merged" : "");
    write_key_int(w, "from", merged ? 20240701 : 0);
    write_string(w, "into");
    write_array(w, merged ? 1 : 0);
    if (merged)
        write_string(w, "440800/390");
    write_key_int(w, "paid", 0);
    write_key_int(w, "received", 0);
    write_string(w, "parts");
    write_array(w, 0);
}

static void silent(struct writer *w, const char *source, const char *calendar, int64_t last, int64_t missed)
{
    write_map(w, 5);
    write_key_string(w, "source", source);
    write_key_string(w, "calendar", calendar);
    write_key_bool(w, "heard", last != 0);
    write_key_int(w, "last", last);
    write_key_int(w, "missed", missed);
}

static void completeness(struct writer *w, const struct canned_fund *fund)
{
    bool expected = fund->expected;
    write_string(w, "completeness");
    write_map(w, 6);
    write_key_int(w, "expected", expected ? 50 : 0);
    write_key_int(w, "silent", expected ? 2 : 0);
    indicator(w, "month", NULL, !expected ? 0 : fund->incomplete ? 449999 : 480000, expected ? 500000 : 1, 1);
    indicator(w, "year", NULL, expected ? 491000 : 0, expected ? 500000 : 1, 1);
    write_key_int(w, "limit_e4", 9000);
    write_string(w, "sources");
    write_array(w, expected ? 2 : 0);
    if (!expected)
        return;
    silent(w, "registry", "weekly", 0, 52);
    silent(w, "hospital-07", "daily", 20241228, 3);
}

/* Of a rule with two levels, and of rules with one. */
static void limits(struct writer *w)
{
    static const struct { const char *key; int64_t enter, leave; } rules[] = {
        { "runway", 60000, 63000 }, { "deficit", 0, 100 }, { "provisional_share", 5000, 4500 },
    };
    write_string(w, "limits");
    write_map(w, 3);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        write_string(w, rules[i].key);
        write_array(w, 2);
        write_int(w, rules[i].enter);
        write_int(w, rules[i].leave);
    }
}

static void owing(struct writer *w, const struct canned_fund *fund)
{
    const char *received = fund->blind != NULL ? fund->blind : fund->overdue < 0 ? "no_standard" : NULL;
    indicator(w, "runway_owed", fund->blind, fund->balance - fund->owed_incurred,
              fund->expenditure + fund->owed_incurred, 12);
    indicator(w, "runway_received", received, fund->balance + fund->overdue, fund->expenditure, 12);
    write_string(w, "owing");
    write_map(w, 6);
    write_key_int(w, "booked", fund->owed_booked);
    write_key_int(w, "overpaid", fund->overpaid);
    write_key_int(w, "incurred", fund->owed_incurred);
    write_key_int(w, "in_months", fund->owed_incurred);
    write_key_int(w, "subsidy", fund->overdue < 0 ? 0 : fund->overdue);
    write_key_bool(w, "subsidy_known", fund->overdue >= 0);
}

/* Residents who are reported and employees, as of Jiangmen's year; without `targets` nobody. */
static void counts(struct writer *w, const char *key, int64_t reported, int64_t employees, bool any_derived)
{
    static const char *const nobody[] = {
        "paid", "registered", "resident", "registered_population", "last_year", "left", "doubled",
        "elsewhere", "duplicates", "paid_once", "paid_once_least", "paid_once_most", "reported_once",
    };
    write_string(w, key);
    write_map(w, 16);
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++)
        write_key_int(w, nobody[i], -1);
    write_key_int(w, "reported", reported);
    write_key_int(w, "employees", employees);
    DERIVED(w, any_derived, "reported");
}

static void heads(struct writer *w, const struct canned_fund *fund)
{
    counts(w, "heads", fund->targets ? 2461500 : -1, fund->targets ? 1741900 : -1, false);
}

static void counted(struct writer *w, const struct canned_fund *fund)
{
    bool groups = fund->counted == CANNED_GROUPS;
    write_string(w, "counted");
    write_map(w, 7);
    write_key_string(w, "by", groups ? "groups" : fund->targets ? "total" : "");
    write_key_int(w, "total", groups ? 2500000 : fund->targets ? 2461500 : -1);
    write_key_int(w, "total_date", 20240131);
    write_key_int(w, "groups", groups ? 2461500 : fund->counted == CANNED_TOTAL ? 2461501 : -1);
    write_key_int(w, "groups_from", fund->counted != CANNED_AGREES ? 20240630 : 0);
    write_key_int(w, "groups_to", fund->counted != CANNED_AGREES ? 20240930 : 0);
    write_key_bool(w, "contradict", fund->counted != CANNED_AGREES);
}

void canned_status(struct writer *w, const struct canned_fund *fund)
{
    const char *why = fund->blind;
    write_map(w, 33);
    write_key_string(w, "fund", fund->fund);
    heads(w, fund);
    counted(w, fund);
    if (fund->targets)
        DERIVED(w, fund->derived, "balance", "runway", "runway_owed", "runway_received", "deficit",
                "provisional_share");
    else
        DERIVED(w, fund->derived, "balance", "runway", "runway_owed", "runway_received");
    write_key_int(w, "books_date", 20241231);
    write_key_int(w, "policy_version", 3);
    write_key_bool(w, "has_opening", fund->has_opening);
    write_key_int(w, "balance", fund->balance);
    write_key_bool(w, "balance_derived", fund->derived);
    write_key_int(w, "balance_margin", fund->margin);
    write_key_int(w, "months", why != NULL ? 0 : 12);
    write_key_int(w, "income", fund->income);
    write_key_int(w, "expenditure", fund->expenditure);
    write_key_int(w, "provisional", fund->provisional);
    indicator(w, "runway", why, fund->balance, fund->expenditure, 12);
    owing(w, fund);
    indicator(w, "deficit", why, fund->income - fund->expenditure, fund->expenditure, 1);
    indicator(w, "provisional_share", why, fund->provisional, fund->expenditure, 1);
    limits(w);
    write_key_string(w, "base", "trailing_12");
    coverage(w, fund);
    targets(w, fund);
    rules(w, fund);
    write_key_bool(w, "importing", fund->importing);
    write_string(w, "importing_members");
    write_array(w, fund->entering != NULL ? 2 : 0);
    for (unsigned i = 0; i < 2 && fund->entering != NULL; i++)
        write_string(w, fund->entering[i]);
    write_key_int(w, "closed", 0);
    write_string(w, "arrears");
    write_array(w, fund->late ? 1 : 0);
    if (fund->late)
        level(w, &late, fund->derived);
    place(w, fund->merged);
    completeness(w, fund);
    write_key_int(w, "unmatched", fund->unmatched);
    write_key_int(w, "misfits", fund->misfits);
}

static void line(struct writer *w, const char *account, int64_t amount, int64_t provisional)
{
    write_map(w, 4);
    write_key_bool(w, "derived", false);
    write_key_string(w, "account", account);
    write_key_int(w, "amount", amount);
    write_key_int(w, "provisional", provisional);
}

/* Out of the form's order, because the form brings the order. */
static void lines(struct writer *w)
{
    write_string(w, "lines");
    write_array(w, 10);
    line(w, "E3", 3040000, 0);
    line(w, "E2", 2747050000, 0);
    line(w, "E13", 161520000, 0);
    line(w, "E12", 6749140000, 1000000);
    line(w, "E11", 27902490000, 20000000);
    line(w, "I3", 591310000, 0);
    line(w, "I24", 6179820000, 0);
    line(w, "I23", 3784000000, 0);
    line(w, "I21", 14801000000, 0);
    line(w, "I11", 14021710000, 0);
}

static void month(struct writer *w, int64_t ym, int64_t income, int64_t expenditure, int64_t balance,
                  bool any_derived)
{
    write_map(w, 6);
    DERIVED(w, any_derived, "balance");
    write_key_int(w, "month", ym);
    write_key_int(w, "income", income);
    write_key_int(w, "expenditure", expenditure);
    write_key_int(w, "provisional", expenditure / 2);
    write_key_int(w, "balance", balance);
}

static void limit(struct writer *w, const char *key, int64_t e4)
{
    if (e4 == 0)
        return;
    write_string(w, key);
    write_array(w, 2);
    write_int(w, e4);
    write_int(w, e4);
}

static void standards(struct writer *w)
{
    write_string(w, "subsidy");
    write_map(w, 1);
    write_string(w, "standards");
    write_array(w, 1);
    write_map(w, 2);
    write_key_int(w, "year", 2024);
    write_key_int(w, "per_head", 61000);
}

static void policy(struct writer *w, const struct canned_fund *fund)
{
    write_string(w, "policy");
    write_map(w, 3);
    write_key_int(w, "version", 3);
    write_string(w, "runway");
    write_map(w, (uint32_t)(fund->low != 0) + (fund->high != 0));
    limit(w, "low", fund->low);
    limit(w, "high", fund->high);
    standards(w);
}

void canned_report(struct writer *w, const struct canned_fund *fund)
{
    write_map(w, 17);
    write_key_string(w, "fund", fund->fund);
    counts(w, "heads_last_year", fund->targets ? 2483855 : -1, -1, fund->derived);
    write_key_int(w, "year", 2024);
    write_key_int(w, "as_of", fund->as_of != 0 ? fund->as_of : 20241231);
    write_key_int(w, "opening", 24733040000);
    DERIVED(w, fund->derived, "opening", "closing");
    lines(w);
    write_key_int(w, "income", fund->income);
    write_key_int(w, "expenditure", fund->expenditure);
    write_string(w, "status");
    canned_status(w, fund);
    write_key_int(w, "surplus", 1857110000);
    write_key_int(w, "closing", fund->balance);
    write_string(w, "months");
    write_array(w, 2);
    month(w, 202411, 140220000, 3131570000, 26542490000, fund->derived);
    month(w, 202412, 3820000000, 3772340000, fund->balance, fund->derived);
    subsidies(w, fund->derived);
    budget(w);
    policy(w, fund);
}

char *canned_print(printer *print, const json_t *json)
{
    struct fields f = { .fault = "" };
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    print(&f, json, to);
    fclose(to);
    ck_assert_str_eq(f.fault, "");
    return text;
}

void canned_fault(printer *print, const json_t *json, char fault[96])
{
    struct fields f = { .fault = "" };
    FILE *to = fopen("/dev/null", "w");
    print(&f, json, to);
    fclose(to);
    strcpy(fault, f.fault);
}
