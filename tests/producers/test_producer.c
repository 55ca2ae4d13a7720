/* What a producer promises, against a daemon of this file's own that loses,
 * refuses, answers out of order, restores backups and goes away.
 *
 * The daemon runs in a thread.  For each batch that it gets it takes the next
 * letter of its script, below; after the script's end it behaves.  Batches without
 * events, with which a connection begins, have a script of their own. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#include <zmq.h>

#include "producers/client/producer.h"
#include "tests/suite.h"
#include "wire/event_codec.h"
#include "wire/policy_codec.h"

#define EVENTS_MAX 20000        /* of a test: ids e-0 to e-19999 */
#define REFS_MAX   4096
#define HELD_MAX   64
#define LONG_MS    20000        /* a deadline that no test is meant to reach */

enum act {
    BEHAVE = 'D',               /* take it and say done */
    LOSE = 'L',                 /* it never arrived */
    LOSE_REPLY = 'R',           /* take it; the reply never arrives */
    SAY_BUSY = 'B',
    HOLD = 'H',                 /* take it; the reply goes out after the next BEHAVE's */
    REFUSE = 'X',
    REFUSE_UNREAD = '0',        /* refuse it with ref 0 */
    GARBLE = 'G',               /* answer with what is no reply */
    MISCOUNT = 'M',             /* answer for one event too many */
};

/* What the daemon tells the test of every batch. */
struct got {
    uint64_t ref, sequence;
    uint32_t count;
    size_t size;
};

struct message {
    uint8_t peer[64];
    size_t peer_size;
    struct writer reply;
};

static struct {
    pthread_t thread;
    bool running;
    void *context, *control;    /* the test's end of the pair */
    const char *script, *greetings;
    uint64_t epoch, covered, next_position;
    uint32_t window, retry_ms;
    uint64_t positions[EVENTS_MAX];     /* 0: not counted */
    int64_t fen[EVENTS_MAX];
    uint64_t hashes[REFS_MAX];          /* of the batches, by ref */
    bool changed;                       /* a batch was sent again with other bytes */
    struct exception exceptions[BATCH_EVENTS_MAX];
    uint32_t held_count;
    struct message held[HELD_MAX];
} daemon_;

static char base[64], endpoint[128], spool_path[128];
static struct fw_producer *producer;
static struct fw_producer_options options;

/* The daemon */

static void add_exception(struct reply *reply, uint32_t i, enum outcome outcome, enum reject reject,
                          uint64_t position)
{
    struct exception *x = &daemon_.exceptions[reply->exception_count++];
    *x = (struct exception){ i, i, outcome, reject, "", position, hindrance_none() };
    if (reject == REJECT_UNKNOWN_FUND)
        strcpy(x->key, "fund");
}

static void count_event(struct reply *reply, uint32_t i, const struct event *event)
{
    unsigned n = (unsigned)atoi(event->id + 2);
    if (n >= EVENTS_MAX)
        abort();
    if (event->fund.place == 120000) {
        add_exception(reply, i, OUTCOME_REJECTED, REJECT_UNKNOWN_FUND, 0);
    } else if (daemon_.positions[n] == 0) {
        daemon_.positions[n] = daemon_.next_position++;
        daemon_.fen[n] = event->amount.fen;
        if (reply->applied++ == 0)
            reply->position = daemon_.positions[n];
    } else {
        bool same = daemon_.fen[n] == event->amount.fen;
        add_exception(reply, i, same ? OUTCOME_DUPLICATE : OUTCOME_CONFLICT, REJECT_NONE,
                      daemon_.positions[n]);
    }
}

static void count_events(struct reply *reply, struct reader *r, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct event event;
        char key[EVENT_KEY_MAX + 1];
        if (event_decode(r, &event, key) != REJECT_NONE)
            abort();
        count_event(reply, i, &event);
    }
    if (reader_end(r) != READ_OK)
        abort();
}

static void remember_bytes(uint64_t ref, const void *bytes, size_t size)
{
    uint64_t hash = XXH3_64bits(bytes, size);
    uint64_t *before = &daemon_.hashes[ref % REFS_MAX];
    if (*before != 0 && *before != hash)
        daemon_.changed = true;
    *before = hash;
}

static void answer(void *router, const struct message *m)
{
    net_send(router, m->peer, m->peer_size, true);
    net_send(router, m->reply.bytes, m->reply.size, false);
}

static void answer_held(void *router)
{
    while (daemon_.held_count > 0) {
        struct message *m = &daemon_.held[--daemon_.held_count];
        answer(router, m);
        writer_free(&m->reply);
    }
}

/* What `act` makes of a batch: the reply to send, if any. */
static void act_on(void *router, struct message *m, enum act act, struct reader *r,
                   const struct batch_head *head)
{
    struct reply reply = {
        .ref = head->ref,
        .epoch = daemon_.epoch,
        .covered = daemon_.covered,
        .window = daemon_.window,
    };
    if (act == BEHAVE || act == LOSE_REPLY || act == HOLD || act == MISCOUNT)
        count_events(&reply, r, head->count);
    if (act == MISCOUNT)
        reply.applied++;
    if (act == SAY_BUSY) {
        reply.status = BATCH_BUSY;
        reply.retry_ms = daemon_.retry_ms;
    }
    if (act == REFUSE || act == REFUSE_UNREAD) {
        reply.status = BATCH_REFUSED;
        reply.refusal = REFUSED_SOURCE;
        reply.ref = act == REFUSE ? head->ref : 0;
    }
    writer_init(&m->reply);
    if (act == GARBLE)
        write_string(&m->reply, "hello");
    else
        reply_write(&m->reply, &reply, daemon_.exceptions);
    if (act == HOLD && daemon_.held_count < HELD_MAX) {
        daemon_.held[daemon_.held_count++] = *m;
        return;
    }
    if (act != LOSE && act != LOSE_REPLY)
        answer(router, m);
    if (act == BEHAVE)
        answer_held(router);
    writer_free(&m->reply);
}

static void take_batch(void *router, void *report, const struct net_message *in)
{
    struct message m = { .peer_size = in->frames[0].size };
    memcpy(m.peer, in->frames[0].bytes, m.peer_size);
    struct reader r = reader_of(in->frames[1].bytes, in->frames[1].size);
    struct batch_head head;
    if (in->count != 2 || batch_read_head(&r, &head) != REFUSED_NOT)
        abort();
    const char **script = head.count > 0 ? &daemon_.script : &daemon_.greetings;
    enum act act = **script != '\0' ? (enum act)*(*script)++ : BEHAVE;
    if (head.count > 0)
        remember_bytes(head.ref, in->frames[1].bytes, in->frames[1].size);
    act_on(router, &m, act, &r, &head);
    if (head.count == 0)
        return;
    struct got got = { head.ref, head.sequence, head.count, in->frames[1].size };
    zmq_send(report, &got, sizeof got, 0);
}

static void *serve(void *arg)
{
    void *report = zmq_socket(daemon_.context, ZMQ_PAIR);
    void *router = zmq_socket(daemon_.context, ZMQ_ROUTER);
    int none = 0, reports = 0;
    zmq_setsockopt(router, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(report, ZMQ_SNDHWM, &reports, sizeof reports);
    if (zmq_connect(report, "inproc://control") != 0 || zmq_bind(router, endpoint) != 0)
        abort();
    zmq_send(report, "ready", 5, 0);
    for (;;) {
        zmq_pollitem_t items[] = { { report, 0, ZMQ_POLLIN, 0 }, { router, 0, ZMQ_POLLIN, 0 } };
        zmq_poll(items, 2, -1);
        if (items[0].revents != 0)
            break;
        struct net_message in;
        while (net_receive(router, 0, &in) == 0) {
            take_batch(router, report, &in);
            net_message_free(&in);
        }
    }
    zmq_close(router);
    zmq_close(report);
    return arg;
}

static void daemon_start(const char *script)
{
    daemon_.script = script;
    daemon_.context = zmq_ctx_new();
    daemon_.control = zmq_socket(daemon_.context, ZMQ_PAIR);
    int none = 0;
    zmq_setsockopt(daemon_.control, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(daemon_.control, ZMQ_RCVHWM, &none, sizeof none);
    ck_assert_int_eq(zmq_bind(daemon_.control, "inproc://control"), 0);
    ck_assert_int_eq(pthread_create(&daemon_.thread, NULL, serve, NULL), 0);
    char ready[8];
    ck_assert_int_eq(zmq_recv(daemon_.control, ready, sizeof ready, 0), 5);
    daemon_.running = true;
}

static void daemon_stop(void)
{
    if (!daemon_.running)
        return;
    zmq_send(daemon_.control, "stop", 4, 0);
    pthread_join(daemon_.thread, NULL);
    zmq_close(daemon_.control);
    zmq_ctx_term(daemon_.context);
    while (daemon_.held_count > 0)
        writer_free(&daemon_.held[--daemon_.held_count].reply);
    daemon_.running = false;
}

/* The next batch that the daemon got. */
static struct got got(void)
{
    struct got ret;
    ck_assert_int_eq(zmq_recv(daemon_.control, &ret, sizeof ret, 0), sizeof ret);
    return ret;
}

/* Goes back to a backup that has the events up to `position`.  Between stop and start. */
static void daemon_restore(uint64_t position)
{
    for (int i = 0; i < EVENTS_MAX; i++)
        if (daemon_.positions[i] > position)
            daemon_.positions[i] = 0;
    daemon_.next_position = position + 1;
    daemon_.epoch++;
}

/* Events that the daemon has counted; they must be the first ones. */
static unsigned counted(void)
{
    unsigned n = 0;
    while (n < EVENTS_MAX && daemon_.positions[n] != 0)
        n++;
    for (unsigned i = n; i < EVENTS_MAX; i++)
        ck_assert_uint_eq(daemon_.positions[i], 0);
    return n;
}

/* The producer */

static struct {
    struct fw_outcome last;
    char last_id[EVENT_ID_MAX + 1], last_key[EVENT_KEY_MAX + 1];
    unsigned count, duplicates, conflicts, rejected, earlier;
    uint64_t index_sum;
} told;

static void on_outcome(void *arg, const struct fw_outcome *outcome)
{
    ck_assert_ptr_eq(arg, &told);
    told.last = *outcome;
    strcpy(told.last_id, outcome->id);
    strcpy(told.last_key, outcome->key);
    told.count++;
    told.duplicates += outcome->outcome == OUTCOME_DUPLICATE;
    told.conflicts += outcome->outcome == OUTCOME_CONFLICT;
    told.rejected += outcome->outcome == OUTCOME_REJECTED;
    told.earlier += outcome->index == FW_PRODUCER_EARLIER;
    told.index_sum += outcome->index;
    if (outcome->index != FW_PRODUCER_EARLIER)
        ck_assert_uint_eq(outcome->index, strtoull(outcome->id + 2, NULL, 10));
}

static void open_producer(void)
{
    const char *error = NULL;
    ck_assert_int_eq(fw_producer_open(&options, &producer, &error), 0);
    ck_assert_ptr_null(error);
}

static void reopen_producer(void)
{
    fw_producer_close(&producer);
    open_producer();
}

static void make(void)
{
    snprintf(base, sizeof base, "/tmp/test_producer.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/i", base);
    snprintf(spool_path, sizeof spool_path, "%s/spool", base);
    options = (struct fw_producer_options){
        .source = "hospital-1",
        .spool_path = spool_path,
        .batch_events = 10,
        .resend_ms = 60000,
        .on_outcome = on_outcome,
        .arg = &told,
    };
    snprintf(options.peer.endpoint, sizeof options.peer.endpoint, "%s", endpoint);
    daemon_.epoch = 1;
    daemon_.next_position = 1;
    daemon_.window = WINDOW_DEFAULT;
    daemon_.greetings = "";
}

static void drop(void)
{
    fw_producer_close(&producer);
    daemon_stop();
    ck_assert(!daemon_.changed);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", base);
    ck_assert_int_eq(system(command), 0);
}

static void begin(const char *script)
{
    daemon_start(script);
    open_producer();
}

static struct event event_of(unsigned n)
{
    struct event e = {
        .present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE |
                   1u << FIELD_AMOUNT | 1u << FIELD_CATEGORY,
        .kind = KIND_INCOME,
        .category = CATEGORY_INTEREST,
        .fund = { 130207, SCHEME_RESIDENT },
        .date = 20000,
        .amount = { 100 + (int)n },
    };
    e.id_size = (uint8_t)snprintf(e.id, sizeof e.id, "e-%u", n);
    return e;
}

static void add_event(const struct event *event)
{
    uint64_t index;
    ck_assert_int_eq(fw_producer_add(producer, event, LONG_MS, &index), 0);
}

static void add(unsigned from, unsigned count)
{
    for (unsigned n = from; n < from + count; n++) {
        struct event event = event_of(n);
        add_event(&event);
    }
}

static void flush(void)
{
    ck_assert_int_eq(fw_producer_flush(producer, LONG_MS), 0);
}

/* Lets the producer work until the daemon has got `count` batches. */
static void flush_until_got(int count)
{
    ck_assert_int_eq(fw_producer_flush(producer, 0), -ETIMEDOUT);
    for (int i = 0; i < count; i++) {
        zmq_pollitem_t item = { daemon_.control, 0, ZMQ_POLLIN, 0 };
        while (zmq_poll(&item, 1, 0) == 0)
            ck_assert_int_eq(fw_producer_poll(producer, 1), 0);
        got();
    }
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct fw_producer_stats stats(void)
{
    struct fw_producer_stats ret;
    fw_producer_stats(producer, &ret);
    return ret;
}

START_TEST(each_event_counts_once)
{
    begin("");
    add(0, 2555);
    flush();
    ck_assert_uint_eq(counted(), 2555);
    ck_assert_uint_eq(stats().added, 2555);
    ck_assert_uint_eq(stats().applied, 2555);
    ck_assert_uint_eq(stats().waiting, 0);
    ck_assert_uint_eq(stats().batches_sent, 256);
    ck_assert_uint_eq(stats().batches_resent, 0);
    ck_assert_uint_eq(stats().epoch, 1);
    ck_assert_uint_eq(told.count, 0);
}
END_TEST

START_TEST(flushing_nothing_is_done_at_once)
{
    open_producer();
    ck_assert_int_eq(fw_producer_flush(producer, 0), 0);
    ck_assert_int_eq(fw_producer_poll(producer, 0), 0);
}
END_TEST

START_TEST(indexes_count_from_zero_since_opening)
{
    open_producer();
    for (uint64_t i = 0; i < 25; i++) {
        struct event event = event_of((unsigned)i);
        uint64_t index = 99;
        ck_assert_int_eq(fw_producer_add(producer, &event, 0, &index), 0);
        ck_assert_uint_eq(index, i);
    }
}
END_TEST

START_TEST(events_go_out_in_order_in_batches_of_the_size_asked_for)
{
    begin("");
    add(0, 35);
    flush();
    for (unsigned i = 1; i <= 4; i++) {
        struct got batch = got();
        ck_assert_uint_eq(batch.ref, i);
        ck_assert_uint_eq(batch.sequence, 0);
        ck_assert_uint_eq(batch.count, i < 4 ? 10 : 5);
    }
    for (unsigned n = 0; n < 35; n++)
        ck_assert_uint_eq(daemon_.positions[n], n + 1);
}
END_TEST

START_TEST(a_numbered_batch_has_the_number_of_the_spool)
{
    options.numbered = true;
    begin("");
    add(0, 30);
    flush();
    reopen_producer();
    add(30, 10);
    flush();
    for (unsigned i = 1; i <= 4; i++)
        ck_assert_uint_eq(got().sequence, i);
}
END_TEST

START_TEST(a_batch_never_outgrows_a_message)
{
    options.batch_events = BATCH_EVENTS_MAX;
    begin("");
    struct policy policy = policy_default();
    policy.version = 1;
    for (policy.quiet_count = 0; policy.quiet_count < POLICY_QUIET_MAX; policy.quiet_count++) {
        struct quiet_rule *quiet = &policy.quiet[policy.quiet_count];
        snprintf(quiet->pattern, sizeof quiet->pattern, "a-source-with-a-long-name-%02u",
                 policy.quiet_count);
        quiet->days = 30;
    }
    struct writer w;
    writer_init(&w);
    policy_encode(&w, &policy);
    for (unsigned n = 0; n < 4000; n++) {
        struct event event = event_of(n);
        event.present = 1u << FIELD_ID | 1u << FIELD_KIND | 1u << FIELD_FUND | 1u << FIELD_DATE |
                        1u << FIELD_POLICY;
        event.kind = KIND_POLICY;
        event.policy = (struct policy_text){ (uint8_t *)w.bytes, (uint32_t)w.size };
        add_event(&event);
    }
    flush();
    writer_free(&w);
    ck_assert_uint_eq(counted(), 4000);
    ck_assert_uint_ge(stats().batches_sent, 2);
    for (uint64_t i = 0; i < stats().batches_sent; i++)
        ck_assert_uint_le(got().size, MESSAGE_SIZE_MAX);
}
END_TEST

START_TEST(no_batch_is_sent_before_the_window_is_known)
{
    daemon_.greetings = "L";
    begin("");
    add(0, 50);
    ck_assert_int_eq(fw_producer_flush(producer, 50), -ETIMEDOUT);
    ck_assert_uint_eq(stats().batches_sent, 0);
    ck_assert_uint_eq(stats().waiting, 50);
}
END_TEST

START_TEST(no_more_is_in_flight_than_the_window)
{
    daemon_.window = 4;
    begin("DLLLLLLLL");
    add(0, 100);
    flush_until_got(5);
    ck_assert_int_eq(fw_producer_poll(producer, 0), 0);
    ck_assert_uint_eq(stats().batches_sent, 5);
    ck_assert_uint_eq(stats().waiting, 90);
}
END_TEST

/* What the daemon may do to the first batches without an event being lost or
 * counted twice. */
static const struct {
    const char *script;
    unsigned duplicates;
} trouble[] = {
    { "L", 0 },      { "LLL", 0 },      { "R", 10 },      { "RR", 10 },     { "DRRRR", 40 },
    { "DLRLRL", 20 },   { "B", 0 },        { "BBBDBDB", 0 },
    { "DHHD", 0 },   { "DHHHHD", 0 },   { "DHHBHLD", 0 },
};

START_TEST(each_event_counts_once_in_spite_of_the_daemon)
{
    options.resend_ms = 40;
    begin(trouble[_i].script);
    add(0, 100);
    flush();
    ck_assert_uint_eq(counted(), 100);
    ck_assert_uint_eq(stats().waiting, 0);
    ck_assert_uint_eq(stats().applied + stats().duplicates, 100);
    ck_assert_uint_ge(stats().duplicates, trouble[_i].duplicates);
    ck_assert_uint_eq(told.duplicates, stats().duplicates);
    ck_assert_uint_eq(stats().batches_sent, 10);
}
END_TEST

START_TEST(a_batch_whose_reply_was_lost_comes_back_as_duplicates_with_their_positions)
{
    options.resend_ms = 40;
    begin("R");
    add(0, 10);
    flush();
    ck_assert_uint_eq(told.duplicates, 10);
    ck_assert_str_eq(told.last_id, "e-9");
    ck_assert_uint_eq(told.last.index, 9);
    ck_assert_uint_eq(told.last.position, 10);
    ck_assert_uint_ge(stats().batches_resent, 1);
}
END_TEST

START_TEST(a_busy_daemon_gets_the_same_batch_later)
{
    begin("BBB");
    add(0, 10);
    flush();
    ck_assert_uint_eq(stats().busy, 3);
    ck_assert_uint_eq(stats().batches_resent, 3);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(got().ref, 1);
}
END_TEST

START_TEST(a_busy_daemon_is_left_alone_for_as_long_as_it_asked)
{
    daemon_.retry_ms = 50000;
    begin("DB");
    add(0, 100);
    ck_assert_int_eq(fw_producer_flush(producer, 0), -ETIMEDOUT);
    while (stats().busy == 0)
        ck_assert_int_eq(fw_producer_poll(producer, LONG_MS), 0);
    uint64_t sent = stats().batches_sent;
    ck_assert_int_eq(fw_producer_flush(producer, 50), -ETIMEDOUT);
    ck_assert_uint_eq(stats().batches_sent, sent);
    ck_assert_uint_eq(stats().batches_resent, 0);
}
END_TEST

/* Of a window of 8 it has room for the first 3, whose replies are lost. */
START_TEST(no_more_is_in_flight_than_a_busy_daemon_had_room_for)
{
    open_producer();
    add(0, 200);
    ck_assert_int_eq(fw_producer_spool(producer), 0);
    daemon_start("RRRBBBBB");
    while (stats().busy < 5)
        ck_assert_int_eq(fw_producer_poll(producer, LONG_MS), 0);
    ck_assert_int_eq(fw_producer_flush(producer, 50), -ETIMEDOUT);
    ck_assert_uint_eq(stats().batches_sent, 8);
    ck_assert_uint_eq(stats().batches_resent, 0);
}
END_TEST

/* It grows by one for each 64 batches taken. */
START_TEST(a_daemon_that_has_room_again_gets_its_whole_window)
{
    begin("BBBBBBBB");
    add(0, 10 * 64 * 8);
    flush();
    ck_assert_uint_eq(counted(), 10 * 64 * 8);
    daemon_.script = "HHHHHHHD";            /* answered only if all 8 are in flight */
    add(10 * 64 * 8, 80);
    flush();
    ck_assert_uint_eq(stats().batches_sent, 64 * 8 + 8);
}
END_TEST

START_TEST(replies_may_come_in_any_order)
{
    begin("DHHHD");
    add(0, 50);
    flush();
    ck_assert_uint_eq(counted(), 50);
    ck_assert_uint_eq(stats().applied, 50);
    ck_assert_uint_eq(stats().batches_resent, 0);
}
END_TEST

START_TEST(what_was_not_applied_is_told_by_index_and_id)
{
    begin("");
    add(0, 15);
    struct event nowhere = event_of(15);
    nowhere.fund.place = 120000;
    add_event(&nowhere);
    flush();
    ck_assert_uint_eq(told.rejected, 1);
    ck_assert_str_eq(told.last_key, "fund");
    ck_assert_int_eq(told.last.reject, REJECT_UNKNOWN_FUND);
    ck_assert_uint_eq(told.last.position, 0);
    ck_assert_uint_eq(stats().rejected, 1);
    ck_assert_uint_eq(stats().applied, 15);
}
END_TEST

START_TEST(a_conflict_is_told_with_the_position_of_the_first)
{
    begin("");
    add(0, 10);
    flush();
    reopen_producer();
    add(0, 3);
    struct event other = event_of(3);
    other.amount.fen = 1;
    add_event(&other);
    flush();
    ck_assert_uint_eq(told.duplicates, 3);
    ck_assert_uint_eq(told.conflicts, 1);
    ck_assert_uint_eq(told.last.index, 3);
    ck_assert_uint_eq(told.last.position, 4);
    ck_assert_uint_eq(stats().conflicts, 1);
}
END_TEST

static const char *const bad_replies[] = { "G", "M", "GMGM", "DGMD" };

START_TEST(a_reply_that_cannot_be_is_an_error_and_loses_nothing)
{
    options.resend_ms = 40;
    begin(bad_replies[_i]);
    for (unsigned n = 0; n < 10; n++)
        add(n, 1);
    int err, errors = 0;
    unsigned n = 10;
    while ((err = fw_producer_flush(producer, LONG_MS)) != 0 || n < 50) {
        if (err == 0) {
            add(n, 10);
            n += 10;
        } else {
            ck_assert_int_eq(err, -EPROTO);
            errors++;
        }
    }
    ck_assert_int_eq(errors, (int)strcspn(bad_replies[_i], "D") ?
                     (int)strlen(bad_replies[_i]) : 2);
    ck_assert_uint_eq(counted(), 50);
    ck_assert_uint_eq(stats().waiting, 0);
}
END_TEST

static const char *const refusals[] = { "X", "0" };

START_TEST(a_refused_batch_stops_the_producer_and_stays_in_the_spool)
{
    begin(refusals[_i]);
    add(0, 10);
    ck_assert_int_eq(fw_producer_flush(producer, LONG_MS), -ECONNREFUSED);
    ck_assert_int_eq(fw_producer_refusal(producer), REFUSED_SOURCE);
    ck_assert_int_eq(fw_producer_flush(producer, LONG_MS), -ECONNREFUSED);
    ck_assert_int_eq(fw_producer_poll(producer, LONG_MS), -ECONNREFUSED);
    struct event event = event_of(10);
    uint64_t index = 77;
    ck_assert_int_eq(fw_producer_add(producer, &event, LONG_MS, &index), -ECONNREFUSED);
    ck_assert_uint_eq(index, 77);
    ck_assert_uint_eq(stats().batches_sent, 1);

    reopen_producer();
    ck_assert_int_eq(fw_producer_refusal(producer), REFUSED_NOT);
    flush();
    ck_assert_uint_eq(counted(), 10);
}
END_TEST

START_TEST(without_an_answer_the_outcome_is_unknown_and_the_spool_has_it)
{
    begin("LLLLLLLLLL");
    add(0, 25);
    ck_assert_int_eq(fw_producer_flush(producer, 50), -ETIMEDOUT);
    ck_assert_uint_eq(stats().waiting, 25);
    reopen_producer();
    ck_assert_uint_eq(stats().waiting, 25);
    ck_assert_uint_eq(stats().earlier, 25);
}
END_TEST

START_TEST(without_a_daemon_the_spool_has_it)
{
    open_producer();
    add(0, 25);
    ck_assert_int_eq(fw_producer_flush(producer, 50), -ETIMEDOUT);
    fw_producer_close(&producer);
    begin("");
    flush();
    ck_assert_uint_eq(counted(), 25);
    ck_assert_uint_eq(stats().applied, 25);
    ck_assert_uint_eq(stats().earlier, 0);
}
END_TEST

START_TEST(closing_keeps_what_was_not_flushed)
{
    open_producer();
    add(0, 7);
    fw_producer_close(&producer);
    begin("");
    ck_assert_uint_eq(stats().earlier, 7);
    flush();
    ck_assert_uint_eq(counted(), 7);
}
END_TEST

START_TEST(what_earlier_runs_left_goes_first_and_is_told_by_id_alone)
{
    open_producer();
    add(0, 20);
    fw_producer_close(&producer);
    for (unsigned n = 0; n < 20; n++)
        daemon_.positions[n] = daemon_.next_position++;
    daemon_.positions[19] = 0;
    for (unsigned n = 0; n < 19; n++)
        daemon_.fen[n] = event_of(n).amount.fen;
    begin("");
    struct event event = event_of(0);
    event.fund.place = 120000;
    add_event(&event);
    ck_assert_uint_eq(stats().earlier, 20);
    flush();
    ck_assert_uint_eq(told.duplicates, 19);
    ck_assert_uint_eq(told.earlier, 19);
    ck_assert_uint_eq(told.rejected, 1);
    ck_assert_uint_eq(told.last.index, 0);
    for (unsigned i = 1; i <= 3; i++)
        ck_assert_uint_eq(got().ref, i);
}
END_TEST

START_TEST(a_daemon_that_went_away_and_came_back_misses_nothing)
{
    begin("DLLL");
    add(0, 100);
    flush_until_got(4);
    daemon_stop();
    add(100, 100);
    ck_assert_int_eq(fw_producer_flush(producer, 50), -ETIMEDOUT);
    daemon_start("");
    flush();
    ck_assert_uint_eq(counted(), 200);
    ck_assert_uint_eq(stats().applied, 200);
    ck_assert_uint_ge(stats().batches_resent, 3);
}
END_TEST

START_TEST(a_daemon_may_go_away_again_and_again)
{
    begin("DDLLRLLL");
    for (unsigned round = 0; round < 5; round++) {
        add(round * 100, 100);
        flush_until_got(3);
        daemon_stop();
        daemon_start("RLDLRLLL");
    }
    daemon_stop();
    daemon_start("");
    flush();
    ck_assert_uint_eq(counted(), 500);
    ck_assert_uint_eq(stats().applied + stats().duplicates, 500);
}
END_TEST

START_TEST(without_a_daemon_copies_do_not_pile_up)
{
    options.resend_ms = 1;      /* doubling: ten times in a second, if there were anybody */
    open_producer();
    add(0, 10);
    ck_assert_int_eq(fw_producer_flush(producer, 1000), -ETIMEDOUT);
    ck_assert_uint_le(stats().batches_sent + stats().batches_resent, 6);
}
END_TEST

/* A backup of 100 events that has those up to a position. */
static const uint64_t restored_to[] = { 0, 1, 10, 55, 99, 100 };

START_TEST(after_a_restored_backup_everything_counts_again)
{
    begin("");
    add(0, 100);
    flush();
    daemon_stop();
    daemon_restore(restored_to[_i]);
    daemon_start("");
    add(100, 10);
    flush();
    ck_assert_uint_eq(counted(), 110);
    ck_assert_uint_eq(stats().epoch, 2);
    ck_assert_uint_eq(stats().waiting, 0);
    ck_assert_uint_eq(stats().earlier, 0);
    ck_assert_uint_eq(told.duplicates, restored_to[_i]);
    ck_assert_uint_eq(told.earlier, restored_to[_i]);
}
END_TEST

START_TEST(a_backup_restored_while_batches_are_in_flight_loses_nothing)
{
    begin("DDDDRRLLRR");
    add(0, 100);
    flush_until_got(8);
    daemon_stop();
    daemon_restore(25);
    daemon_start("RLBDDHRLHDB");
    add(100, 50);
    flush_until_got(4);
    daemon_stop();
    daemon_restore(0);
    daemon_start("");
    flush();
    ck_assert_uint_eq(counted(), 150);
    ck_assert_uint_eq(stats().epoch, 3);
    ck_assert_uint_eq(stats().waiting, 0);
    ck_assert_uint_eq(stats().earlier, 0);
}
END_TEST

/* Nothing is added or flushed: the source only looks what there is. */
static void poll_until_nothing_waits_in(uint64_t epoch)
{
    while (stats().epoch != epoch || stats().waiting > 0) {
        int err = fw_producer_poll(producer, LONG_MS);
        ck_assert(err == 0 || err == -EPROTO);
    }
}

/* What becomes of the first greetings. */
static const char *const greetings[] = { "", "L", "LL", "B", "BLB", "R", "G", "MG" };

START_TEST(an_idle_source_sends_again_what_a_restored_store_lacks)
{
    options.resend_ms = 40;
    begin("");
    add(0, 100);
    flush();
    daemon_stop();
    daemon_restore(55);
    daemon_.greetings = greetings[_i];
    daemon_start("");
    poll_until_nothing_waits_in(2);
    ck_assert_uint_eq(counted(), 100);
    ck_assert_uint_eq(told.duplicates, 55);
}
END_TEST

START_TEST(an_idle_source_that_was_opened_after_a_restore_does_so_too)
{
    options.resend_ms = 40;
    begin("");
    add(0, 50);
    flush();
    fw_producer_close(&producer);
    daemon_stop();
    daemon_restore(20);
    daemon_.greetings = greetings[_i];
    begin("");
    poll_until_nothing_waits_in(2);
    ck_assert_uint_eq(counted(), 50);
    ck_assert_uint_eq(stats().added, 0);
}
END_TEST

START_TEST(a_greeting_is_no_batch_of_the_source)
{
    options.numbered = true;
    begin("");
    ck_assert_int_eq(fw_producer_poll(producer, LONG_MS), 0);
    ck_assert_uint_eq(stats().epoch, 1);
    ck_assert_uint_eq(stats().batches_sent, 0);
    add(0, 10);
    flush();
    struct got first = got();
    ck_assert_uint_eq(first.ref, 1);
    ck_assert_uint_eq(first.sequence, 1);
}
END_TEST

START_TEST(a_refused_greeting_refuses_no_batch)
{
    daemon_.greetings = "X";
    begin("");
    ck_assert_int_eq(fw_producer_poll(producer, LONG_MS), 0);
    ck_assert_int_eq(fw_producer_refusal(producer), REFUSED_NOT);
    add(0, 10);
    flush();
    ck_assert_uint_eq(counted(), 10);
}
END_TEST

START_TEST(what_is_in_flight_when_a_backup_was_restored_is_not_sent_twice)
{
    begin("");
    add(0, 100);
    flush();
    daemon_restore(0);                      /* it has nothing to do, so it does not see how */
    daemon_.script = "HLLLD";
    add(100, 50);
    ck_assert_int_eq(fw_producer_flush(producer, 0), -ETIMEDOUT);
    while (stats().waiting != 30)
        ck_assert_int_eq(fw_producer_poll(producer, LONG_MS), 0);
    ck_assert_uint_eq(stats().batches_sent, 15);
    ck_assert_uint_eq(stats().batches_resent, 10);
}
END_TEST

START_TEST(a_later_run_sends_again_what_an_earlier_one_had_answered)
{
    begin("");
    add(0, 50);
    flush();
    fw_producer_close(&producer);
    daemon_stop();
    daemon_restore(20);
    begin("");
    ck_assert_uint_eq(stats().earlier, 0);
    add(50, 1);
    flush();
    ck_assert_uint_eq(counted(), 51);
}
END_TEST

/* Adds events one by one with a deadline that must not matter. */
static void add_for_ever(unsigned from, unsigned count)
{
    for (unsigned n = from; n < from + count; n++) {
        struct event event = event_of(n);
        uint64_t index;
        ck_assert_int_eq(fw_producer_add(producer, &event, -1, &index), 0);
    }
}

START_TEST(without_a_daemon_the_spool_alone_is_the_limit)
{
    open_producer();
    add_for_ever(0, 10000);                 /* 1,000 batches */
    daemon_start("");
    flush();
    ck_assert_uint_eq(counted(), 10000);
    ck_assert_uint_eq(stats().applied, 10000);
}
END_TEST

/* It takes the first batch, and then... */
static const char *const not_taking[] = {
    "DB",                                   /* is busy */
    "DRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR",    /* does not answer */
};

START_TEST(a_daemon_that_takes_nothing_is_not_waited_for)
{
    daemon_.retry_ms = 60000;
    options.resend_ms = 200;
    begin(not_taking[_i]);
    add(0, 10);
    flush();
    add_for_ever(10, 9990);
    ck_assert_uint_eq(stats().added, 10000);
    ck_assert_uint_ge(stats().waiting, 9900);
}
END_TEST

START_TEST(a_daemon_that_took_a_batch_is_waited_for_until_the_deadline_and_once)
{
    begin("DRRRRRRRR");
    add(0, 10);
    ck_assert_int_eq(fw_producer_flush(producer, LONG_MS), 0);
    unsigned backlog = 80 + 2560;           /* in flight, and 256 full batches */
    add(10, backlog);
    struct event event = event_of(10 + backlog);
    uint64_t index;
    int64_t begun = clock_ms();
    ck_assert_int_eq(fw_producer_add(producer, &event, 100, &index), 0);
    ck_assert_int_ge(clock_ms() - begun, 100);
    add_for_ever(11 + backlog, 1000);
    ck_assert_uint_eq(stats().added, 1011 + backlog);
}
END_TEST

START_TEST(an_event_that_is_none_is_not_taken)
{
    open_producer();
    struct event event = event_of(0);
    event.present &= ~(1u << FIELD_AMOUNT);
    uint64_t index = 77;
    ck_assert_int_eq(fw_producer_add(producer, &event, 0, &index), -EINVAL);
    ck_assert_uint_eq(index, 77);
    ck_assert_uint_eq(stats().added, 0);
}
END_TEST

START_TEST(a_full_spool_takes_no_more_and_keeps_what_it_has)
{
    setenv("FUNDWATCH_SPOOL_MAX", "1048576", 1);
    options.batch_events = 1000;
    open_producer();
    int err = 0;
    unsigned taken = 0;
    for (; err == 0 && taken < EVENTS_MAX; taken++) {
        struct event event = event_of(taken);
        uint64_t index;
        err = fw_producer_add(producer, &event, 0, &index);
        if (err != 0)
            break;
    }
    ck_assert_int_eq(err, -ENOSPC);
    struct event event = event_of(taken);
    uint64_t index;
    ck_assert_int_eq(fw_producer_add(producer, &event, 0, &index), -ENOSPC);
    ck_assert_uint_eq(stats().added, taken);
    fw_producer_close(&producer);
    setenv("FUNDWATCH_SPOOL_MAX", "100000000", 1);
    begin("");
    flush();
    ck_assert_uint_gt(counted(), 3000);
}
END_TEST

START_TEST(only_one_producer_has_a_spool)
{
    open_producer();
    struct fw_producer *second = NULL;
    const char *error = NULL;
    ck_assert_int_eq(fw_producer_open(&options, &second, &error), -EBUSY);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(strstr(error, "another process"));
}
END_TEST

static const struct {
    const char *source, *issuer;
    uint32_t batch_events, resend_ms;
    bool no_path;
    int err;
    const char *says;
} bad_options[] = {
    { NULL, NULL, 0, 0, false, -EINVAL, "source" },
    { "", NULL, 0, 0, false, -EINVAL, "source" },
    { "no name", NULL, 0, 0, false, -EINVAL, "source" },
    { "..", NULL, 0, 0, true, -EINVAL, "dot" },
    { "a", "b c", 0, 0, false, -EINVAL, "issuer" },
    { "a", "b", BATCH_EVENTS_MAX + 1, 0, false, -EINVAL, "8192" },
    { "a", "b", 1, 60001, false, -EINVAL, "60000" },
};

START_TEST(bad_options_are_refused_with_a_sentence)
{
    options.source = bad_options[_i].source;
    options.issuer = bad_options[_i].issuer;
    options.batch_events = bad_options[_i].batch_events;
    options.resend_ms = bad_options[_i].resend_ms;
    options.spool_path = bad_options[_i].no_path ? NULL : spool_path;
    const char *error = NULL;
    ck_assert_int_eq(fw_producer_open(&options, &producer, &error), bad_options[_i].err);
    ck_assert_ptr_nonnull(strstr(error, bad_options[_i].says));
    ck_assert_ptr_null(producer);
}
END_TEST

START_TEST(tcp_without_keys_is_refused)
{
    strcpy(options.peer.endpoint, "tcp://127.0.0.1:9");
    const char *error = NULL;
    ck_assert_int_eq(fw_producer_open(&options, &producer, &error), -EACCES);
    ck_assert_ptr_nonnull(error);
}
END_TEST

START_TEST(the_spool_is_in_the_data_folder_unless_stated)
{
    setenv("FUNDWATCH_DIR", base, 1);
    options.spool_path = NULL;
    open_producer();
    char file[160];
    snprintf(file, sizeof file, "%s/spool/hospital-1/spool.mdb", base);
    ck_assert_int_eq(access(file, F_OK), 0);
}
END_TEST

/* Adds and sends for ever. */
static void send_until_killed(void)
{
    open_producer();
    for (unsigned n = 0; n < EVENTS_MAX; n++)
        add(n, 1);
    pause();
}

/* The daemon answers the first batch, for the window, and no other: so all that it
 * got must wait in the spool. */
START_TEST(a_batch_is_on_disk_before_it_is_sent)
{
    pid_t child = fork();
    if (child == 0)
        send_until_killed();
    options.resend_ms = 40;
    daemon_start("DRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR");
    uint64_t highest = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t ref = got().ref;
        highest = ref > highest ? ref : highest;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct spool *spool;
    ck_assert_int_eq(spool_open(spool_path, "hospital-1", &spool), 0);
    ck_assert_uint_gt(spool_next(spool), highest);
    for (uint64_t number = 2; number <= highest; number++) {
        struct spool_entry entry;
        void *bytes;
        size_t size;
        ck_assert_int_eq(spool_waiting(spool, number - 1, &entry, &bytes, &size), 0);
        ck_assert_uint_eq(entry.number, number);
        ck_assert_uint_eq(XXH3_64bits(bytes, size), daemon_.hashes[number]);
        free(bytes);
    }
    spool_close(&spool);
}
END_TEST

static TCase *add_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, make, drop);
    suite_add_tcase(s, tc);
    return tc;
}

#define ROWS(table) ((int)(sizeof (table) / sizeof *(table)))

Suite *suite(void)
{
    Suite *s = suite_create("producer");
    TCase *sends = add_case(s, "sends");
    tcase_add_test(sends, each_event_counts_once);
    tcase_add_test(sends, flushing_nothing_is_done_at_once);
    tcase_add_test(sends, indexes_count_from_zero_since_opening);
    tcase_add_test(sends, events_go_out_in_order_in_batches_of_the_size_asked_for);
    tcase_add_test(sends, a_numbered_batch_has_the_number_of_the_spool);
    tcase_add_test(sends, a_batch_never_outgrows_a_message);
    tcase_add_test(sends, no_batch_is_sent_before_the_window_is_known);
    tcase_add_test(sends, no_more_is_in_flight_than_the_window);

    TCase *replies = add_case(s, "replies");
    tcase_add_loop_test(replies, each_event_counts_once_in_spite_of_the_daemon, 0, ROWS(trouble));
    tcase_add_test(replies,
                   a_batch_whose_reply_was_lost_comes_back_as_duplicates_with_their_positions);
    tcase_add_test(replies, a_busy_daemon_gets_the_same_batch_later);
    tcase_add_test(replies, a_busy_daemon_is_left_alone_for_as_long_as_it_asked);
    tcase_add_test(replies, no_more_is_in_flight_than_a_busy_daemon_had_room_for);
    tcase_add_test(replies, a_daemon_that_has_room_again_gets_its_whole_window);
    tcase_add_test(replies, replies_may_come_in_any_order);
    tcase_add_test(replies, what_was_not_applied_is_told_by_index_and_id);
    tcase_add_test(replies, a_conflict_is_told_with_the_position_of_the_first);
    tcase_add_loop_test(replies, a_reply_that_cannot_be_is_an_error_and_loses_nothing,
                        0, ROWS(bad_replies));
    tcase_add_loop_test(replies, a_refused_batch_stops_the_producer_and_stays_in_the_spool,
                        0, ROWS(refusals));

    TCase *keeps = add_case(s, "keeps");
    tcase_add_test(keeps, without_an_answer_the_outcome_is_unknown_and_the_spool_has_it);
    tcase_add_test(keeps, without_a_daemon_the_spool_has_it);
    tcase_add_test(keeps, closing_keeps_what_was_not_flushed);
    tcase_add_test(keeps, what_earlier_runs_left_goes_first_and_is_told_by_id_alone);
    tcase_add_test(keeps, a_batch_is_on_disk_before_it_is_sent);

    TCase *returns = add_case(s, "returns");
    tcase_add_test(returns, a_daemon_that_went_away_and_came_back_misses_nothing);
    tcase_add_test(returns, a_daemon_may_go_away_again_and_again);
    tcase_add_test(returns, without_a_daemon_copies_do_not_pile_up);
    tcase_add_loop_test(returns, after_a_restored_backup_everything_counts_again,
                        0, ROWS(restored_to));
    tcase_add_test(returns, a_backup_restored_while_batches_are_in_flight_loses_nothing);
    tcase_add_loop_test(returns, an_idle_source_sends_again_what_a_restored_store_lacks,
                        0, ROWS(greetings));
    tcase_add_loop_test(returns, an_idle_source_that_was_opened_after_a_restore_does_so_too,
                        0, ROWS(greetings));
    tcase_add_test(returns, a_greeting_is_no_batch_of_the_source);
    tcase_add_test(returns, a_refused_greeting_refuses_no_batch);
    tcase_add_test(returns, what_is_in_flight_when_a_backup_was_restored_is_not_sent_twice);
    tcase_add_test(returns, a_later_run_sends_again_what_an_earlier_one_had_answered);

    TCase *limits = add_case(s, "limits");
    tcase_add_test(limits, without_a_daemon_the_spool_alone_is_the_limit);
    tcase_add_loop_test(limits, a_daemon_that_takes_nothing_is_not_waited_for, 0,
                        ROWS(not_taking));
    tcase_add_test(limits,
                   a_daemon_that_took_a_batch_is_waited_for_until_the_deadline_and_once);
    tcase_add_test(limits, an_event_that_is_none_is_not_taken);
    tcase_add_test(limits, a_full_spool_takes_no_more_and_keeps_what_it_has);
    tcase_add_test(limits, only_one_producer_has_a_spool);
    tcase_add_loop_test(limits, bad_options_are_refused_with_a_sentence, 0, ROWS(bad_options));
    tcase_add_test(limits, tcp_without_keys_is_refused);
    tcase_add_test(limits, the_spool_is_in_the_data_folder_unless_stated);
    return s;
}
