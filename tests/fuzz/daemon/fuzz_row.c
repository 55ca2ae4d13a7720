/* Rows of the store's tables, of any content: what reads them is each query in turn, and commands.
 *
 * The input says which query is asked, which table's row is another one, how many of that table are read
 * before it, and what stands there.  Whatever does, the query is answered: with what can be made of it, or
 * with an error. */
#include <assert.h>
#include <string.h>

#include "fund/event.h"
#include "tests/fuzz/daemon/rows.h"
#include "tests/fuzz/daemon/world.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/limits.h"

#define FUND   { "fund", "130207/390", 0 }
#define YEAR   { "from", NULL, 20240101 }, { "to", NULL, 20240331 }
#define MONTHS { "from", NULL, 202401 }, { "to", NULL, 202403 }

static const struct asked {
    const char *name;
    struct { const char *key, *text; int64_t number; } arguments[5];
} asked[] = {
    { "info", { { 0 } } },
    { "status", { { 0 } } },
    { "report", { FUND, { "year", NULL, 2024 } } },
    { "outlook", { FUND } },
    { "outlook", { FUND, { "payouts_e4", NULL, 800 }, { "subsidy_late", NULL, 30 } } },
    { "rollup", { { "place", "13", 0 } } },
    { "event", { { "id", "fee1", 0 }, { "source", "tax", 0 } } },
    { "event", { { "id", "undo-nothing", 0 }, { "source", "tax", 0 } } },
    { "events", { { "source", "tax", 0 } } },
    { "events", { FUND, YEAR } },
    { "snapshot", { { 0 } } },
    { "alerts", { { "after", NULL, 0 } } },
    { "sources", { { 0 } } },
    { "quarantine", { { 0 } } },
    { "reconcile", { { "source", "tax", 0 }, YEAR } },
    { "policy", { FUND } },
    { "restated", { FUND, MONTHS } },
    { "statements", { FUND, YEAR } },
    { "payouts", { FUND, { "year", NULL, 2024 } } },
    { "unmatched", { { 0 } } },
    { "churn", { FUND, MONTHS } },
    { "actions", { { 0 } } },
    { "proposals", { { 0 } } },
    { "acknowledge", { { "incident", NULL, 1 }, { "who", "Wang", 0 }, { "note", "seen", 0 } } },
    { "requeue", { { "number", NULL, 1 } } },
    { "confirm", { { "number", NULL, 1 } } },
    { "decline", { { "number", NULL, 1 }, { "note", "no", 0 } } },
};

static void write_query(struct writer *w, const struct asked *a)
{
    unsigned count = 0;
    while (count < 5 && a->arguments[count].key != NULL)
        count++;
    write_map(w, 4 + count);
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "query");
    write_key_int(w, "ref", 1);
    write_key_string(w, "query", a->name);
    for (unsigned i = 0; i < count; i++) {
        if (a->arguments[i].text != NULL)
            write_key_string(w, a->arguments[i].key, a->arguments[i].text);
        else
            write_key_int(w, a->arguments[i].key, a->arguments[i].number);
    }
}

FUZZER(row)
{
    static struct writer query, data, answer;
    struct parts parts = { bytes, size };
    struct query q = { .world = world(), .grant = rights_local(), .data = &data };
    const struct asked *a = &asked[take_byte(&parts) % (sizeof asked / sizeof asked[0])];
    uint8_t table = take_byte(&parts), skip = take_byte(&parts), cut = take_byte(&parts);
    writer_reset(&query);
    writer_reset(&data);
    write_query(&query, a);
    rows_replace(table, skip, cut, parts.at, parts.left);
    enum query_end end = query_take(&q, query.bytes, query.size);
    rows_as_they_are();
    query_write_answer(&q, &answer);
    struct reader r = reader_of(answer.bytes, answer.size);
    read_skip(&r, 16);
    assert(end == QUERY_ANSWERED && reader_end(&r) == READ_OK && answer.err == 0);
}
