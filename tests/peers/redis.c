/* Redis with a script that looks ids up, stores what is new and moves the totals.  Redis runs a
 * script alone, and its append-only file holds the script's writes as one transaction. */
#include <endian.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/process.h"
#include "tests/peers/child.h"
#include "tests/peers/peers.h"

#define SETTINGS \
    "--appendonly", "yes", "--appendfsync", "always", "--save", "", \
    "--auto-aof-rewrite-percentage", "0", "--port", "0", "--daemonize", "no"

/* ARGV has four values an event: key, digest and bytes, total, fen.  A thousand are looked up
 * and stored with one command each (Lua passes at most 8,000 arguments), which beats a command
 * for every event. */
static const char script[] =
    "local added, conflicts, sums, seen = 0, 0, {}, {}\n"
    "for first = 1, #ARGV, 4000 do\n"
    "  local last, ids = math.min(first + 3999, #ARGV), {}\n"
    "  for i = first, last, 4 do ids[#ids + 1] = ARGV[i] end\n"
    "  local old, new, n = redis.call('HMGET', KEYS[1], unpack(ids)), {}, 0\n"
    "  for i = first, last, 4 do\n"
    "    n = n + 1\n"
    "    local id, value = ARGV[i], ARGV[i + 1]\n"
    "    local before = old[n] or seen[id]\n"
    "    if not before then\n"
    "      seen[id] = value\n"
    "      new[#new + 1] = id\n"
    "      new[#new + 1] = value\n"
    "      added = added + 1\n"
    "      sums[ARGV[i + 2]] = (sums[ARGV[i + 2]] or 0) + tonumber(ARGV[i + 3])\n"
    "    elseif before ~= value then\n"
    "      conflicts = conflicts + 1\n"
    "    end\n"
    "  end\n"
    "  if #new > 0 then redis.call('HSET', KEYS[1], unpack(new)) end\n"
    "end\n"
    "for total, fen in pairs(sums) do\n"
    "  redis.call('HINCRBY', KEYS[2], total, string.format('%.0f', fen))\n"
    "end\n"
    "return {added, conflicts}\n";

#define FIXED_ARGS 5            /* EVALSHA sha 2 events totals */

struct request {
    char *bytes;
    int size;
    uint32_t count;
};

static char folder[NET_PATH_MAX], socket_path[NET_PATH_MAX];
static struct child server;
static char sha[64];            /* of the script; its name */

static redisReply *expect(redisContext *c, redisReply *reply, int type)
{
    if (reply == NULL)
        die("Redis: %s", c->errstr);
    if (reply->type == REDIS_REPLY_ERROR)
        die("Redis: %s", reply->str);
    if (reply->type != type)
        die("Redis: a reply of type %d instead of %d", reply->type, type);
    return reply;
}

static void *connect_client(void *, unsigned)
{
    redisContext *c = redisConnectUnix(socket_path);
    if (c == NULL || c->err != 0)
        die("cannot connect to Redis: %s", c == NULL ? "out of memory" : c->errstr);
    redisReply *reply = expect(c, redisCommand(c, "SCRIPT LOAD %s", script), REDIS_REPLY_STRING);
    snprintf(sha, sizeof sha, "%s", reply->str);
    freeReplyObject(reply);
    return c;
}

static void disconnect(void *link)
{
    redisFree(link);
}

static void begin(void *, const char *where, char ret_about[ABOUT_MAX])
{
    const char *const argv[] = { programs.redis, "--version", NULL };
    char output[256] = "";
    char version[32] = "?";
    child_run(argv, NULL, output, sizeof output);
    sscanf(output, "Redis server v=%31s", version);
    path_in(where, "redis", folder);
    path_in(folder, "socket", socket_path);
    snprintf(ret_about, ABOUT_MAX, "Redis %s: unix socket, appendonly=yes, appendfsync=always, no RDB, "
             "no rewriting of the file while it is measured, one script call a batch", version);
}

static void create(void *)
{
    const char *const argv[] = { programs.redis, SETTINGS, "--dir", folder, "--unixsocket",
                                 socket_path, NULL };
    if (mkdir(folder, 0700) != 0)
        die("cannot make %s: %s", folder, strerror(errno));
    child_start(&server, argv, NULL, SIGKILL, "ready to accept connections");
}

static void remove_store(void *)
{
    child_stop(&server, SIGTERM);
    folder_remove(folder);
}

/* --- Sending. ---------------------------------------------------------------- */

/* The memory that the four arguments of an event point to. */
struct arguments {
    char id[32], fen[24], total[16];
    char value[sizeof(int64_t) + sizeof((struct item *)0)->bytes];
};

static void add_arguments(const struct item *item, struct arguments *a, const char **argv,
                          size_t *sizes)
{
    memcpy(a->value, &item->digest, sizeof item->digest);
    memcpy(a->value + sizeof item->digest, item->bytes, item->size);
    argv[0] = a->id;
    sizes[0] = (size_t)snprintf(a->id, sizeof a->id, "%04u%s", item->source, item->id);
    argv[1] = a->value;
    sizes[1] = sizeof item->digest + item->size;
    argv[2] = a->total;
    sizes[2] = (size_t)snprintf(a->total, sizeof a->total, "%u", total_of_item(item));
    argv[3] = a->fen;
    sizes[3] = (size_t)snprintf(a->fen, sizeof a->fen, "%lld", (long long)item->fen);
}

static void *pack(const struct item *items, uint32_t count, unsigned)
{
    size_t n = FIXED_ARGS + 4 * (size_t)count;
    const char **argv = calloc(n, sizeof argv[0]);
    size_t *sizes = calloc(n, sizeof sizes[0]);
    struct arguments *memory = calloc(count, sizeof memory[0]);
    struct request *request = calloc(1, sizeof *request);
    if (argv == NULL || sizes == NULL || memory == NULL || request == NULL)
        die("out of memory");
    const char *const fixed[FIXED_ARGS] = { "EVALSHA", sha, "2", "events", "totals" };
    for (unsigned i = 0; i < FIXED_ARGS; i++) {
        argv[i] = fixed[i];
        sizes[i] = strlen(fixed[i]);
    }
    for (uint32_t i = 0; i < count; i++)
        add_arguments(&items[i], &memory[i], argv + FIXED_ARGS + 4 * i, sizes + FIXED_ARGS + 4 * i);
    request->size = redisFormatCommandArgv(&request->bytes, (int)n, argv, sizes);
    request->count = count;
    if (request->size < 0)
        die("out of memory");
    free(argv);
    free(sizes);
    free(memory);
    return request;
}

static void discard(void *packed)
{
    struct request *request = packed;
    redisFreeCommand(request->bytes);
    free(request);
}

static void send_request(void *link, const void *packed, struct answer *ret)
{
    const struct request *request = packed;
    redisContext *c = link;
    void *got = NULL;
    redisAppendFormattedCommand(c, request->bytes, (size_t)request->size);
    redisGetReply(c, &got);
    redisReply *reply = expect(c, got, REDIS_REPLY_ARRAY);
    ret->applied = (uint64_t)reply->element[0]->integer;
    ret->conflicts = (uint64_t)reply->element[1]->integer;
    ret->duplicates = request->count - ret->applied - ret->conflicts;
    freeReplyObject(reply);
}

/* --- Reading. ---------------------------------------------------------------- */

static void read_totals(void *, struct totals *ret, uint64_t *ret_events)
{
    redisContext *c = connect_client(NULL, 0);
    redisReply *reply = expect(c, redisCommand(c, "HGETALL totals"), REDIS_REPLY_ARRAY);
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        unsigned long total = strtoul(reply->element[i]->str, NULL, 10);
        if (total >= BOOKS_TOTALS)
            die("Redis has a total that no event moved: %lu", total);
        ret->fen[total] = atoll(reply->element[i + 1]->str);
    }
    freeReplyObject(reply);
    reply = expect(c, redisCommand(c, "HLEN events"), REDIS_REPLY_INTEGER);
    *ret_events = (uint64_t)reply->integer;
    freeReplyObject(reply);
    disconnect(c);
}

static uint64_t bytes(void *)
{
    return folder_bytes(folder);
}

const struct peer redis_peer = {
    .name = "redis", .begin = begin, .create = create, .remove = remove_store,
    .connect = connect_client, .disconnect = disconnect, .pack = pack, .discard = discard,
    .send = send_request, .read = read_totals, .bytes = bytes,
};
