#include "daemon/queries.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "daemon/controls.h"
#include "daemon/counters.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/query.h"
#include "daemon/queue.h"
#include "daemon/turns.h"

#define MESSAGES_PER_TURN 256   /* from one socket, before the others have their turn */
#define UNREAD_BYTES_MAX  (32 * 1024 * 1024)    /* of answers that wait for connections with no room */
#define UNREAD_RETRY_MS   5
#define UNREAD_MS         30000 /* longer than heartbeats need to end the connection of who does not read */

/* A query on its way. */
struct ask {
    struct turn turn;           /* first: turns.h hands this pointer back */
    void *socket;
    struct net_message message; /* [0] routing id, [1] the query */
    struct writer answer;
    bool later;                 /* a command in the bookkeeper's hands: nothing to send now */
    struct ask *next;           /* of those that are unread */
    int64_t unread_since_ms;
};

/* Works at one query at a time. */
struct worker {
    struct queries *queries;
    struct queue *todo;         /* of struct ask * */
    bool busy;
    struct writer data;         /* reused */
    pthread_t thread;
    bool running;
};

/* What the front may do never takes long: it empties the sockets, whatever the workers are at. */
struct queries {
    struct queries_options options;
    struct query_world world;
    struct turns turns;
    struct worker workers[LANES];
    struct queue *done;         /* of struct ask *, back from the workers */
    struct ask *unread;         /* answered; their connections have no room */
    size_t unread_bytes;
    struct queue *finished;     /* of struct query_command *, back from the bookkeeper */
    _Atomic unsigned commands;  /* in the bookkeeper's hands */
    struct bell stop, idle;     /* for the front; for the workers, when it has ended */
    struct writer data, answer; /* reused */
    pthread_t thread;
};

/* --- Answers. ---------------------------------------------------------------- */

static void write_answer(struct query *q, struct writer *answer)
{
    query_write_answer(q, answer);
    counter_add(query_ok(q) ? COUNTER_QUERIES : COUNTER_QUERIES_FAILED, 1);
}

/* 0; -EAGAIN: the connection has no room. */
static int send_answer(void *socket, struct span routing_id, const struct writer *answer)
{
    int err = answer->err;
    if (err == 0)
        err = net_send(socket, routing_id.bytes, routing_id.size, true);
    if (err == 0)
        err = net_send(socket, answer->bytes, answer->size, false);
    return err;
}

/* Sends what the query came to, or gives it up. */
static void answer(struct queries *queries, struct query *q)
{
    write_answer(q, &queries->answer);
    if (send_answer(q->socket, q->routing_id, &queries->answer) != 0)
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
    if (query_ok(q)) {
        /* Two workers may be here: whoever is one too many takes his back. */
        bool room = atomic_fetch_add(&queries->commands, 1) < QUERIES_COMMANDS_MAX;
        if (room && bookkeeper_command(queries->options.bookkeeper, &command->command))
            return QUERY_LATER;
        atomic_fetch_sub(&queries->commands, 1);
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
    atomic_fetch_sub(&queries->commands, 1);
    free(command);
}

static void finish_commands(struct queries *queries)
{
    struct query_command *command;
    while ((command = queue_take(queries->finished)) != NULL)
        finish_command(queries, command);
}

/* --- Work. -------------------------------------------------------------------- */

static struct span routing_id_of(const struct net_message *message)
{
    return (struct span){ .bytes = message->frames[0].bytes, .size = (uint32_t)message->frames[0].size };
}

static void work_at(struct worker *worker, struct ask *ask)
{
    struct queries *queries = worker->queries;
    const struct rights *rights = rights_hold(queries->options.book);
    struct query q = {
        .world = &queries->world,
        .queries = queries,
        .data = &worker->data,
        .socket = ask->socket,
        .routing_id = routing_id_of(&ask->message),
        .grant = ask->socket == queries->options.ipc ? rights_local()
                                                     : rights_find(rights, listener_user(&ask->message)),
    };
    writer_reset(&worker->data);
    ask->later = query_take(&q, ask->message.frames[1].bytes, ask->message.frames[1].size) == QUERY_LATER;
    if (!ask->later)
        write_answer(&q, &ask->answer);
    rights_release(rights);
}

static void *worker_run(void *arg)
{
    struct worker *worker = arg;
    struct queries *queries = worker->queries;
    zmq_pollitem_t items[] = {
        { .fd = queue_bell(worker->todo)->fd, .events = ZMQ_POLLIN },
        { .fd = queries->idle.fd, .events = ZMQ_POLLIN },
    };
    for (;;) {
        struct ask *ask = queue_take(worker->todo);
        if (ask != NULL) {
            work_at(worker, ask);
            bool put = queue_put(queries->done, ask);
            assert(put);        /* it has a place for every worker */
        } else if (items[1].revents != 0) {
            return NULL;
        } else {
            zmq_poll(items, 2, -1);
        }
    }
}

/* --- Answers to who does not read. --------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void ask_free(struct queries *queries, struct ask *ask)
{
    turns_leave(&queries->turns, &ask->turn);
    net_message_free(&ask->message);
    writer_free(&ask->answer);
    free(ask);
}

/* An asker has at most as much of it as it leaves free. */
static bool keeps(const struct queries *queries, const struct ask *ask)
{
    size_t own = ask->answer.size;
    for (const struct ask *other = queries->unread; other != NULL; other = other->next) {
        if (turn_is_of(&other->turn, ask->turn.asker, ask->turn.asker_size))
            own += other->answer.size;
    }
    return own <= UNREAD_BYTES_MAX - queries->unread_bytes;
}

static void give_up(struct queries *queries, struct ask *ask)
{
    counter_add(COUNTER_REPLIES_LOST, 1);
    ask_free(queries, ask);
}

static void end_ask(struct queries *queries, struct ask *ask)
{
    int err = ask->later ? 0 : send_answer(ask->socket, routing_id_of(&ask->message), &ask->answer);
    if (err == -EAGAIN && keeps(queries, ask)) {
        ask->turn.unread = true;
        ask->unread_since_ms = now_ms();
        ask->next = queries->unread;
        queries->unread = ask;
        queries->unread_bytes += ask->answer.size;
    } else if (err != 0) {
        give_up(queries, ask);
    } else {
        ask_free(queries, ask);
    }
}

static void retry_unread(struct queries *queries)
{
    struct ask **at = &queries->unread;
    int64_t now = queries->unread == NULL ? 0 : now_ms();
    while (*at != NULL) {
        struct ask *ask = *at;
        int err = send_answer(ask->socket, routing_id_of(&ask->message), &ask->answer);
        if (err == -EAGAIN && now - ask->unread_since_ms < UNREAD_MS) {
            at = &ask->next;
            continue;
        }
        *at = ask->next;
        queries->unread_bytes -= ask->answer.size;
        if (err == 0)
            ask_free(queries, ask);
        else
            give_up(queries, ask);
    }
}

/* --- The front. ----------------------------------------------------------------- */

/* Whose turn it is: the key's; on ipc, where all are one user, the connection's. */
static struct span asker_of(const struct queries *queries, void *socket, const struct net_message *message)
{
    const char *user = socket == queries->options.ipc ? NULL : listener_user(message);
    if (user == NULL)
        return routing_id_of(message);
    return (struct span){ .bytes = user, .size = (uint32_t)strlen(user) };
}

static struct ask *ask_new(struct queries *queries, void *socket, struct net_message *message,
                           struct span asker, enum lane lane)
{
    struct ask *ask = calloc(1, sizeof *ask);
    if (ask == NULL)
        return NULL;
    ask->socket = socket;
    ask->turn.lane = lane;
    ask->turn.asker_size = asker.size;
    memcpy(ask->turn.asker, asker.bytes, asker.size);
    ask->message = *message;
    message->count = 0;
    writer_init(&ask->answer);
    turns_add(&queries->turns, &ask->turn);
    return ask;
}

static void handle_query(struct queries *queries, void *socket, struct net_message *message)
{
    struct span asker = asker_of(queries, socket, message);
    enum admission admission = turns_admit(&queries->turns, asker.bytes, asker.size);
    if (admission == TURN_DEAF) {       /* in no time: a flood of these must not be faster than we are */
        counter_add(COUNTER_REPLIES_LOST, 1);
        return;
    }
    struct query q = {
        .data = &queries->data, .socket = socket, .routing_id = routing_id_of(message),
    };
    bool takes_long = query_takes_long(&q, message->frames[1].bytes, message->frames[1].size);
    enum lane lane = takes_long && !control("one_lane") ? LANE_LONG : LANE_QUICK;
    if (admission == TURN_THERE && ask_new(queries, socket, message, asker, lane) != NULL)
        return;
    writer_reset(&queries->data);
    query_fail(&q, "busy", "too many questions wait: ask again when some are answered");
    answer(queries, &q);
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
    unsigned most = control("stops_reading") ? queries->turns.count == 0 : MESSAGES_PER_TURN;
    for (unsigned i = 0; i < most && handle_message(queries, socket); i++) {
    }
}

static void hand_out_work(struct queries *queries)
{
    for (enum lane lane = 0; lane < LANES; lane++) {
        struct worker *worker = &queries->workers[lane];
        struct turn *turn = worker->busy ? NULL : turns_next(&queries->turns, lane);
        if (turn != NULL) {
            worker->busy = true;
            bool put = queue_put(worker->todo, turn);
            assert(put);        /* it was idle */
        }
    }
}

static void take_back_work(struct queries *queries)
{
    struct ask *ask;
    while ((ask = queue_take(queries->done)) != NULL) {
        queries->workers[ask->turn.lane].busy = false;
        end_ask(queries, ask);
    }
}

static bool works(const struct queries *queries)
{
    for (enum lane lane = 0; lane < LANES; lane++) {
        if (queries->workers[lane].busy)
            return true;
    }
    return false;
}

/* What is being done is answered; who only waits asks the daemon that comes next. */
static void front_ends(struct queries *queries)
{
    while (works(queries)) {
        bell_wait(queue_bell(queries->done), -1);
        take_back_work(queries);
    }
    while (queries->commands > 0) {
        bell_wait(queue_bell(queries->finished), -1);
        finish_commands(queries);
    }
    while (queries->turns.count > 0)
        ask_free(queries, (struct ask *)queries->turns.all[0]);
    listener_close(&queries->options.ipc);
    listener_close(&queries->options.tcp);
}

static void *queries_run(void *arg)
{
    struct queries *queries = arg;
    zmq_pollitem_t items[] = {
        { .fd = queries->stop.fd, .events = ZMQ_POLLIN },
        { .fd = queue_bell(queries->finished)->fd, .events = ZMQ_POLLIN },
        { .fd = queue_bell(queries->done)->fd, .events = ZMQ_POLLIN },
        { .socket = queries->options.ipc, .events = ZMQ_POLLIN },
        { .socket = queries->options.tcp, .events = ZMQ_POLLIN },
    };
    int count = queries->options.tcp == NULL ? 4 : 5;
    while (items[0].revents == 0) {
        if (zmq_poll(items, count, queries->unread == NULL ? -1 : UNREAD_RETRY_MS) < 0)
            continue;
        finish_commands(queries);
        take_back_work(queries);
        retry_unread(queries);
        if (items[3].revents != 0)
            handle_messages(queries, queries->options.ipc);
        if (count == 5 && items[4].revents != 0)
            handle_messages(queries, queries->options.tcp);
        hand_out_work(queries);
    }
    front_ends(queries);
    return NULL;
}

/* --- Start and end. -------------------------------------------------------------- */

static void workers_stop(struct queries *queries)
{
    bell_ring(&queries->idle);
    for (enum lane lane = 0; lane < LANES; lane++) {
        struct worker *worker = &queries->workers[lane];
        if (worker->running)
            pthread_join(worker->thread, NULL);
        queue_destroy(&worker->todo);
        writer_free(&worker->data);
    }
}

static int worker_start(struct queries *queries, struct worker *worker)
{
    worker->queries = queries;
    writer_init(&worker->data);
    int err = queue_create(1, &worker->todo);
    if (err == 0)
        err = -pthread_create(&worker->thread, NULL, worker_run, worker);
    worker->running = err == 0;
    return err;
}

static void queries_free(struct queries *queries)
{
    queue_destroy(&queries->finished);
    queue_destroy(&queries->done);
    bell_close(&queries->stop);
    bell_close(&queries->idle);
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
    queries->stop.fd = queries->idle.fd = -1;
    writer_init(&queries->data);
    writer_init(&queries->answer);
    int err = queue_create(QUERIES_COMMANDS_MAX, &queries->finished);
    if (err == 0)
        err = queue_create(LANES, &queries->done);
    if (err == 0)
        err = bell_open(&queries->stop);
    if (err == 0)
        err = bell_open(&queries->idle);
    for (enum lane lane = 0; lane < LANES && err == 0; lane++)
        err = worker_start(queries, &queries->workers[lane]);
    if (err == 0)
        err = -pthread_create(&queries->thread, NULL, queries_run, queries);
    if (err == 0) {
        *ret = queries;
        return 0;
    }
    if (queries->idle.fd >= 0)
        workers_stop(queries);
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
    workers_stop(queries);
    queries_free(queries);
    *queries_p = NULL;
}
