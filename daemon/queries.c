#include "daemon/queries.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/counters.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/query.h"
#include "daemon/queue.h"

#define MESSAGES_PER_TURN 16

struct queries {
    struct queries_options options;
    struct query_world world;
    struct queue *finished;     /* of struct query_command *, back from the bookkeeper */
    unsigned commands;          /* in the bookkeeper's hands */
    struct bell stop;
    struct writer data, answer; /* reused */
    pthread_t thread;
};

/* --- Answers. ---------------------------------------------------------------- */

/* Sends what the query came to. */
static void answer(struct queries *queries, struct query *q)
{
    query_write_answer(q, &queries->answer);
    counter_add(query_ok(q) ? COUNTER_QUERIES : COUNTER_QUERIES_FAILED, 1);
    int err = queries->answer.err;
    if (err == 0)
        err = net_send(q->socket, q->routing_id.bytes, q->routing_id.size, true);
    if (err == 0)
        err = net_send(q->socket, queries->answer.bytes, queries->answer.size, false);
    if (err != 0)
        counter_add(COUNTER_REPLIES_LOST, 1);
}

/* --- Commands. --------------------------------------------------------------- */

static void command_done(struct command *command, int err)
{
    struct query_command *query = (struct query_command *)command;
    query->err = err;
    bool put = queue_put(query->queries->finished, query);
    assert(put);                /* it has a place for every command there may be */
}

enum query_end query_command(struct query *q, struct query_command *command)
{
    struct queries *queries = q->queries;
    command->command.done = command_done;
    command->queries = queries;
    strcpy(command->key, grant_name(q->grant));
    strcpy(command->person, grant_person(q->grant));
    command->command.key = command->key;
    command->command.person = command->person;
    command->socket = q->socket;
    command->ref = q->ref;
    command->routing_id_size = q->routing_id.size;
    assert(q->routing_id.size <= sizeof command->routing_id);   /* ZMTP: at most 255 */
    memcpy(command->routing_id, q->routing_id.bytes, q->routing_id.size);
    bool handed = query_ok(q) && queries->commands < QUERIES_COMMANDS_MAX
        && bookkeeper_command(queries->options.bookkeeper, &command->command);
    if (handed) {
        queries->commands++;
        return QUERY_LATER;
    }
    query_fail_with(q, -EBUSY, "command");
    free(command);
    return QUERY_ANSWERED;
}

/* The bookkeeper's queue has a place for each of them. */
bool query_can_command(struct query *q)
{
    if (query_ok(q) && q->queries->commands >= QUERIES_COMMANDS_MAX)
        query_fail_with(q, -EBUSY, "command");
    return query_ok(q);
}

static void finish_command(struct queries *queries, struct query_command *command)
{
    struct query q = {
        .ref = command->ref,
        .queries = queries,
        .data = &queries->data,
        .socket = command->socket,
        .routing_id = { .bytes = (const char *)command->routing_id,
                        .size = (uint32_t)command->routing_id_size },
    };
    writer_reset(&queries->data);
    bool no_room = command->err == -ENOSPC || command->err == -EROFS;
    if (no_room && command->anyway)
        log_unusual("query", "there is no room to note what was asked for key=%s", command->key);
    if (command->err == 0 || (no_room && command->anyway))
        command->answer(command, &q);
    else if (command->err == -EINVAL)
        query_fail(&q, "bad_argument", "the store does not take it as it is");
    else
        query_fail_with(&q, command->err, "incident, entry or proposal");
    answer(queries, &q);
    queries->commands--;
    free(command);
}

static void finish_commands(struct queries *queries)
{
    struct query_command *command;
    while ((command = queue_take(queries->finished)) != NULL)
        finish_command(queries, command);
}

/* --- The thread. ------------------------------------------------------------- */

static void handle_query(struct queries *queries, void *socket, const struct net_message *message)
{
    const struct rights *rights = rights_hold(queries->options.book);
    struct query q = {
        .world = &queries->world,
        .queries = queries,
        .data = &queries->data,
        .socket = socket,
        .routing_id = { .bytes = message->frames[0].bytes,
                        .size = (uint32_t)message->frames[0].size },
        .grant = socket == queries->options.ipc ? rights_local()
                                                : rights_find(rights, listener_user(message)),
    };
    writer_reset(&queries->data);
    if (query_take(&q, message->frames[1].bytes, message->frames[1].size) == QUERY_ANSWERED)
        answer(queries, &q);
    rights_release(rights);
}

static bool handle_message(struct queries *queries, void *socket)
{
    struct net_message message;
    int err = net_receive(socket, 0, &message);
    if (err != 0 && err != -EMSGSIZE)
        return false;
    if (err == 0 && message.count == 2)
        handle_query(queries, socket, &message);
    else
        counter_add(COUNTER_MESSAGES_DROPPED, 1);
    if (err == 0)
        net_message_free(&message);
    return true;
}

static void handle_messages(struct queries *queries, void *socket)
{
    for (unsigned i = 0; i < MESSAGES_PER_TURN && handle_message(queries, socket); i++) {
    }
}

static void *queries_run(void *arg)
{
    struct queries *queries = arg;
    zmq_pollitem_t items[] = {
        { .fd = queries->stop.fd, .events = ZMQ_POLLIN },
        { .fd = queue_bell(queries->finished)->fd, .events = ZMQ_POLLIN },
        { .socket = queries->options.ipc, .events = ZMQ_POLLIN },
        { .socket = queries->options.tcp, .events = ZMQ_POLLIN },
    };
    int count = queries->options.tcp == NULL ? 3 : 4;
    while (items[0].revents == 0) {
        if (zmq_poll(items, count, -1) < 0)
            continue;
        finish_commands(queries);
        if (items[2].revents != 0)
            handle_messages(queries, queries->options.ipc);
        if (count == 4 && items[3].revents != 0)
            handle_messages(queries, queries->options.tcp);
    }
    while (queries->commands > 0) {
        bell_wait(queue_bell(queries->finished), -1);
        finish_commands(queries);
    }
    listener_close(&queries->options.ipc);
    listener_close(&queries->options.tcp);
    return NULL;
}

static void queries_free(struct queries *queries)
{
    queue_destroy(&queries->finished);
    bell_close(&queries->stop);
    writer_free(&queries->data);
    writer_free(&queries->answer);
    free(queries);
}

int queries_start(const struct queries_options *options, struct queries **ret)
{
    struct queries *queries = calloc(1, sizeof *queries);
    if (queries == NULL)
        return -ENOMEM;
    queries->options = *options;
    queries->world = (struct query_world){
        .store = options->store, .bookkeeper = options->bookkeeper, .jobs = options->jobs,
        .caretaker = options->caretaker,
        .book = options->book, .started_ms = options->started_ms,
        .read_only = options->read_only,
    };
    queries->stop.fd = -1;
    writer_init(&queries->data);
    writer_init(&queries->answer);
    int err = queue_create(QUERIES_COMMANDS_MAX, &queries->finished);
    if (err == 0)
        err = bell_open(&queries->stop);
    if (err == 0)
        err = -pthread_create(&queries->thread, NULL, queries_run, queries);
    if (err == 0)
        *ret = queries;
    else
        queries_free(queries);
    return err;
}

void queries_stop(struct queries **queries_p)
{
    struct queries *queries = *queries_p;
    if (queries == NULL)
        return;
    bell_ring(&queries->stop);
    pthread_join(queries->thread, NULL);
    queries_free(queries);
    *queries_p = NULL;
}
