/* Replies as a source gets them, and what becomes of its events: three of them in two batches.
 *
 * The input is replies and what the socket's monitor says, in any order.  Whatever comes, no event is told of
 * twice under its index, what waits is what the spool has, and when all is answered in one epoch each event
 * was either applied or told of. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "producers/client/producer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/line.h"

#define EVENTS 3

static struct {
    unsigned told[EVENTS];
    unsigned all, earlier;
} heard;

static void on_outcome(void *arg, const struct fw_outcome *outcome)
{
    (void)arg;
    heard.all++;
    assert(outcome->outcome != OUTCOME_APPLIED && outcome->id[0] == 'e');
    if (outcome->index == FW_PRODUCER_EARLIER) {
        heard.earlier++;
        return;
    }
    assert(outcome->index < EVENTS && outcome->id[1] == (char)('0' + outcome->index));
    assert(heard.told[outcome->index]++ == 0);
}

static struct event fee(unsigned number)
{
    struct event e = {
        .kind = KIND_CONTRIBUTION, .fund = { 130207, SCHEME_RESIDENT }, .date = 19783, .year = 2024,
        .amount.fen = 38000, .category = CATEGORY_PERSONAL, .id_size = 2, .id = { 'e', (char)('0' + number) },
        .present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE | 1u << FIELD_YEAR
                   | 1u << FIELD_AMOUNT | 1u << FIELD_CATEGORY,
    };
    return e;
}

static void remove_spool(const char *path)
{
    static const char *const names[] = { "spool.mdb", "spool.mdb-lock", "lock", "data.mdb", "lock.mdb" };
    char file[192];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(file, sizeof file, "%s/%s", path, names[i]);
        unlink(file);
    }
    rmdir(path);
}

static void check_end(struct fw_producer *p, int err)
{
    struct fw_producer_stats stats;
    struct spool_stats spool;
    fw_producer_stats(p, &stats);
    assert(err == 0 || err == -ETIMEDOUT || err == -EPROTO || err == -ECONNREFUSED);
    int spool_err = fw_producer_spool_stats(p, &spool);
    assert(spool_err == 0 && stats.added == EVENTS && stats.waiting == spool.waiting_events);
    assert(heard.all == stats.duplicates + stats.conflicts + stats.rejected);
    assert(stats.earlier <= stats.waiting);
    if (err == 0)
        assert(stats.waiting == 0 && stats.applied + heard.all >= EVENTS);
    if (err == 0 && heard.earlier == 0 && stats.batches_resent == 0)
        assert(stats.applied + heard.all == EVENTS);
}

FUZZER(flight)
{
    char path[128];
    struct fw_producer *p;
    const char *error = NULL;
    snprintf(path, sizeof path, "%s/flight", input_folder());
    remove_spool(path);
    struct fw_producer_options options = {
        .source = "tax", .spool_path = path, .peer.endpoint = "ipc://fuzz", .batch_events = 2,
        .numbered = true, .on_outcome = on_outcome,
    };
    memset(&heard, 0, sizeof heard);
    line_begin((struct parts){ bytes, size });
    int err = fw_producer_open(&options, &p, &error);
    assert(err == 0);
    for (unsigned i = 0; i < EVENTS; i++) {
        struct event event = fee(i);
        uint64_t index;
        int added = fw_producer_add(p, &event, 0, &index);
        if (added != 0) {
            fw_producer_close(&p);
            return;
        }
    }
    err = fw_producer_flush(p, 5000);
    check_end(p, err);
    fw_producer_close(&p);
}
