#include "tests/bench/books.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "consumers/client/query.h"
#include "tests/bench/bench.h"
#include "tests/bench/load.h"

#define REPLY_MS 60000          /* only reached when something is wrong */

static_assert(BOOKS_FUNDS == LOAD_FUNDS, "the funds of the load");

const struct line_info line_infos[BOOKS_LINES] = {
    { KIND_SETTLEMENT,   CATEGORY_INPATIENT,         "E11" },
    { KIND_SETTLEMENT,   CATEGORY_OUTPATIENT,        "E12" },
    { KIND_SETTLEMENT,   CATEGORY_POOLED,            "E121" },
    { KIND_SETTLEMENT,   CATEGORY_CHRONIC,           "E122" },
    { KIND_SETTLEMENT,   CATEGORY_MATERNITY,         "E13" },
    { KIND_CONTRIBUTION, CATEGORY_FEES,              "I10" },
    { KIND_CONTRIBUTION, CATEGORY_PERSONAL,          "I11" },
    { KIND_CONTRIBUTION, CATEGORY_COLLECTIVE,        "I12" },
    { KIND_CONTRIBUTION, CATEGORY_AID,               "I13" },
    { KIND_CONTRIBUTION, CATEGORY_GOVERNMENT,        "I14" },
    { KIND_EXPENDITURE,  CATEGORY_CATASTROPHIC,      "E2" },
    { KIND_EXPENDITURE,  CATEGORY_OTHER_EXPENDITURE, "E3" },
    { KIND_SUBSIDY,      CATEGORY_CENTRAL,           "I21" },
    { KIND_SUBSIDY,      CATEGORY_PROVINCE,          "I22" },
    { KIND_SUBSIDY,      CATEGORY_CITY,              "I23" },
    { KIND_SUBSIDY,      CATEGORY_COUNTY,            "I24" },
    { KIND_INCOME,       CATEGORY_INTEREST,          "I3" },
    { KIND_INCOME,       CATEGORY_OTHER_INCOME,      "I4" },
    { KIND_INCOME,       CATEGORY_FROM_UPPER,        "I6" },
    { KIND_INCOME,       CATEGORY_FROM_LOWER,        "I7" },
};

/* --- Where a total is. ------------------------------------------------------- */

static unsigned find_fund(int64_t place)
{
    unsigned i = 0;
    while (i < BOOKS_FUNDS && load_fund(i).place != place)
        i++;
    return i;
}

static unsigned find_line(int64_t kind, int64_t category)
{
    unsigned i = 0;
    while (i < BOOKS_LINES && (line_infos[i].kind != kind || line_infos[i].category != category))
        i++;
    return i;
}

unsigned total_of(unsigned fund, unsigned month, unsigned line)
{
    assert(fund < BOOKS_FUNDS && month < BOOKS_MONTHS && line < BOOKS_LINES);
    return (fund * BOOKS_MONTHS + month) * BOOKS_LINES + line;
}

unsigned total_of_key(int64_t place, int64_t month, int64_t kind, int64_t category)
{
    unsigned fund = find_fund(place), line = find_line(kind, category);
    if (fund == BOOKS_FUNDS || line == BOOKS_LINES || month / 100 != BOOKS_YEAR || month % 100 < 1
            || month % 100 > BOOKS_MONTHS)
        die("a total that no event moved: fund %lld, month %lld, kind %lld, category %lld",
            (long long)place, (long long)month, (long long)kind, (long long)category);
    return total_of(fund, (unsigned)(month % 100 - 1), line);
}

unsigned total_of_event(const struct event *event)
{
    return total_of_key(event->fund.place, date_to_ymd(event->date) / 100, event->kind, event->category);
}

/* --- Sums. ------------------------------------------------------------------- */

void totals_add(struct totals *totals, const struct totals *more)
{
    for (unsigned i = 0; i < BOOKS_TOTALS; i++)
        totals->fen[i] += more->fen[i];
}

void totals_compare(const char *who, const struct totals *found, const struct totals *expected)
{
    for (unsigned i = 0; i < BOOKS_TOTALS; i++) {
        if (found->fen[i] != expected->fen[i])
            die("%s: total %u (%u, month %u, account %s) is %lld fen and must be %lld", who, i,
                (unsigned)load_fund(i / BOOKS_LINES / BOOKS_MONTHS).place,
                i / BOOKS_LINES % BOOKS_MONTHS + 1, line_infos[i % BOOKS_LINES].account,
                (long long)found->fen[i], (long long)expected->fen[i]);
    }
}

/* --- Reports. ---------------------------------------------------------------- */

static void go_to(struct reader *r, const char *key)
{
    uint32_t pairs = read_map(r, 64);
    for (uint32_t i = 0; i < pairs; i++) {
        if (span_is(read_string(r, 64), key))
            return;
        read_skip(r, 16);
    }
    die("an answer has no \"%s\"", key);
}

/* Calls take(arg, account, amount) for each line of a report up to a day. */
static void read_report(struct fw_query *query, const char *fund, int year, int32_t as_of,
                        void (*take)(void *arg, struct span account, int64_t amount), void *arg)
{
    struct fw_answer answer;
    struct writer *w = fw_query_begin(query, "report", 3);
    write_key_string(w, "fund", fund);
    write_key_int(w, "year", year);
    write_key_int(w, "as_of", as_of);
    must(fw_query_ask(query, REPLY_MS, &answer), "report");
    if (answer.code[0] != '\0')
        die("report: %s %s", answer.code, answer.text);
    struct reader *r = &answer.data;
    go_to(r, "lines");
    uint32_t count = read_array(r, 64);
    for (uint32_t i = 0; i < count; i++) {
        struct reader account = *r, amount = *r;
        go_to(&account, "account");
        go_to(&amount, "amount");
        struct span name = read_string(&account, 16);
        take(arg, name, read_int(&amount, INT64_MIN, INT64_MAX));
        read_skip(r, 4);
    }
    if (r->err != READ_OK)
        die("a report that is none: %s", read_error_sentence(r->err));
}

static void take_line(void *arg, struct span account, int64_t amount)
{
    int64_t *fen = arg;
    unsigned i = 0;
    while (i < BOOKS_LINES && !span_is(account, line_infos[i].account))
        i++;
    if (i == BOOKS_LINES)
        die("the daemon reports on %.*s, which no event moved", (int)account.size, account.bytes);
    fen[i] = amount;
}

static void read_fund(struct fw_query *query, unsigned fund, struct totals *ret)
{
    int64_t before[BOOKS_LINES] = { 0 };
    char name[32];
    snprintf(name, sizeof name, "%u/%u", (unsigned)load_fund(fund).place, (unsigned)load_fund(fund).scheme);
    for (unsigned month = 0; month < BOOKS_MONTHS; month++) {
        int64_t until[BOOKS_LINES] = { 0 };
        int32_t last = date_to_ymd(date_month_last(BOOKS_YEAR * 12 + (int)month));
        read_report(query, name, BOOKS_YEAR, last, take_line, until);
        for (unsigned line = 0; line < BOOKS_LINES; line++)
            ret->fen[total_of(fund, month, line)] = until[line] - before[line];
        memcpy(before, until, sizeof before);
    }
}

static struct fw_query *open_query(const struct bench *bench)
{
    struct fw_query *query;
    const char *wrong = "";
    if (fw_query_open_in(bench->context, &bench->peers[NET_QUERY], &query, &wrong) != 0)
        die("cannot ask the daemon: %s", wrong);
    return query;
}

void books_read(const struct bench *bench, struct totals *ret)
{
    struct fw_query *query = open_query(bench);
    for (unsigned fund = 0; fund < BOOKS_FUNDS; fund++)
        read_fund(query, fund, ret);
    fw_query_close(&query);
}

struct wanted {
    const char *account;
    int64_t amount;
};

static void take_wanted(void *arg, struct span account, int64_t amount)
{
    struct wanted *wanted = arg;
    if (span_is(account, wanted->account))
        wanted->amount = amount;
}

int64_t books_line(const struct bench *bench, const char *fund, int year, const char *account)
{
    struct wanted wanted = { .account = account };
    struct fw_query *query = open_query(bench);
    read_report(query, fund, year, year * 10000 + 1231, take_wanted, &wanted);
    fw_query_close(&query);
    return wanted.amount;
}
