/* What readers and the writer cost each other: 0, 1 and 20 readers that ask all the time. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "consumers/client/query.h"
#include "tests/bench/ingest.h"

#define READERS_MAX 20
#define ANSWER_MS   60000       /* only reached when something is wrong */

struct asker {
    struct bench *bench;
    pthread_t thread;
    struct samples times;
    double seconds;
};

static atomic_bool stop;

static void begin_status(struct fw_query *query)
{
    fw_query_begin(query, "status", 0);
}

static void begin_report(struct fw_query *query)
{
    char fund[FUND_TEXT_MAX];
    struct writer *w = fw_query_begin(query, "report", 2);
    write_key_string(w, "fund", fund_format(LOAD_FUND, fund));
    write_key_int(w, "year", BOOKS_YMD / 10000);
}

static void begin_alerts(struct fw_query *query)
{
    write_key_int(fw_query_begin(query, "alerts", 1), "after", 0);
}

/* What a dashboard asks in a round. */
static void (*const questions[])(struct fw_query *query) = { begin_status, begin_report, begin_alerts };

static void ask(struct asker *asker, struct fw_query *query, unsigned which)
{
    struct fw_answer answer;
    questions[which](query);
    double start = now();
    must(fw_query_ask(query, ANSWER_MS, &answer), "ask");
    samples_add(&asker->times, now() - start);
    if (answer.code[0] != '\0')
        die("a query failed: %s %s", answer.code, answer.text);
}

static void *run_asker(void *arg)
{
    struct asker *asker = arg;
    struct fw_query *query;
    const char *wrong = "";
    if (fw_query_open_in(asker->bench->context, &asker->bench->peers[NET_QUERY], &query, &wrong) != 0)
        die("cannot ask the daemon: %s", wrong);
    double start = now();
    for (unsigned i = 0; !atomic_load(&stop); i++)
        ask(asker, query, i % (sizeof questions / sizeof questions[0]));
    asker->seconds = now() - start;
    fw_query_close(&query);
    return NULL;
}

static void begin_askers(struct bench *bench, struct asker *askers, unsigned count)
{
    atomic_store(&stop, false);
    for (unsigned i = 0; i < count; i++) {
        askers[i] = (struct asker){ .bench = bench };
        if (pthread_create(&askers[i].thread, NULL, run_asker, &askers[i]) != 0)
            die("cannot start a thread");
    }
}

static void end_askers(struct asker *askers, unsigned count)
{
    struct samples times = { .values = NULL };
    double rate = 0;
    char name[64];
    atomic_store(&stop, true);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(askers[i].thread, NULL);
        rate += (double)askers[i].times.count / askers[i].seconds;
        samples_take(&times, &askers[i].times);
    }
    number_add(rate, "queries/s", "readers=%u queries", count);
    snprintf(name, sizeof name, "readers=%u query", count);
    number_add_latency(&times, name);
    samples_free(&times);
}

static void measure(struct bench *bench, unsigned count)
{
    struct asker askers[READERS_MAX];
    char name[64];
    snprintf(name, sizeof name, "readers=%u ingest", count);
    begin_askers(bench, askers, count);
    ingest_add(bench, name, &(struct sending){
        .producers = 1, .sources = 1, .batch = 1000, .window = WINDOW, .spread = MIXED });
    if (count > 0)
        end_askers(askers, count);
}

void readers_measure(struct bench *bench)
{
    numbers_section("the main workload (from memory, 1,000 per batch, 8 in flight) beside readers that ask "
                    "for status, a report and alerts without a pause");
    send_fill(bench, 100000, MIXED);
    measure(bench, 0);
    measure(bench, 1);
    measure(bench, READERS_MAX);
}
