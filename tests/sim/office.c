/* office - asks for a backup, and takes incidents on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/client/query.h"
#include "tests/sim/world.h"

#define POLLS_MAX 40

/* A reader at the value under a key of a map. */
static bool find(struct reader data, const char *key, struct reader *ret)
{
    uint32_t pairs = read_map(&data, 64);
    for (uint32_t i = 0; i < pairs && data.err == READ_OK; i++) {
        bool found = span_is(read_string(&data, 64), key);
        *ret = data;
        if (found && data.err == READ_OK)
            return true;
        read_skip(&data, 8);
    }
    return false;
}

static bool ask(struct fw_query *query, struct fw_answer *ret)
{
    return fw_query_ask(query, 2000, ret) == 0 && ret->code[0] == '\0';
}

/* True when the job is over; *ret_done if it came to something. */
static bool is_over(struct fw_query *query, uint64_t job, bool *ret_done, uint64_t *ret_covered)
{
    struct fw_answer answer;
    struct reader at;
    write_key_uint(fw_query_begin(query, "job", 1), "job", job);
    *ret_done = false;
    if (!ask(query, &answer))
        return true;            /* another daemon, which knows nothing of it */
    if (!find(answer.data, "state", &at))
        defect("a job without a state");
    struct span state = read_string(&at, 16);
    *ret_done = span_is(state, "done");
    if (*ret_done && find(answer.data, "result", &at) && find(at, "covered", &at))
        *ret_covered = read_uint64(&at);
    return !span_is(state, "running");
}

static void back_up(struct fw_query *query)
{
    struct house *house = &world.house;
    struct fw_answer answer;
    struct backup backup = { .covered = 0 };
    uint64_t job;
    bool over = false, done = false;
    if (house->backup_count == BACKUPS_MAX)
        return;
    snprintf(backup.path, sizeof backup.path, "%s/house/backups/b%u", world.root, house->backups_asked++);
    write_key_string(fw_query_begin(query, "backup", 1), "path", backup.path);
    struct reader at;
    if (!ask(query, &answer) || !find(answer.data, "job", &at))
        return;
    job = read_uint64(&at);
    for (unsigned i = 0; i < POLLS_MAX && !over; i++) {
        over = is_over(query, job, &done, &backup.covered);
        fiber_sleep_us(50000);
    }
    if (!done)
        return;
    fw_query_begin(query, "info", 0);
    if (!ask(query, &answer) || !find(answer.data, "epoch", &at))
        return;
    backup.epoch = read_uint64(&at);
    trace("a backup covers position %llu", (unsigned long long)backup.covered);
    house->backups[house->backup_count++] = backup;
}

/* Of whatever incident there may be. */
static void take_on(struct fw_query *query, struct random *random)
{
    struct fw_answer answer;
    struct writer *w = fw_query_begin(query, "acknowledge", 3);
    write_key_uint(w, "incident", 1 + random_below(random, 40));
    write_key_string(w, "who", "office");
    write_key_string(w, "note", "");
    ask(query, &answer);
}

void office_run([[maybe_unused]] void *unused)
{
    struct net_peer peer = peer_of("office", NET_QUERY);
    struct random random = random_stream(world.seed + process_here()->number, "office");
    struct fw_query *query;
    const char *error;
    if (fw_query_open(&peer, &query, &error) != 0)
        defect("the office: %s", error);
    for (unsigned i = 0; i < 8; i++)
        take_on(query, &random);
    back_up(query);
    fw_query_close(&query);
}
