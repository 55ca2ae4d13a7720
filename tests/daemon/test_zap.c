#include "daemon/zap.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/unread.h"
#include "tests/daemon/folder.h"
#include "tests/suite.h"

static struct folder folder;
static struct config config;
static struct listener listener;
static struct rights_book *book;
static struct zap *zap;
static struct net_key known;

static void never([[maybe_unused]] void *arg)
{
    ck_abort_msg("the handler died");
}

/* As the daemon makes it: the sockets say which of its threads they have. */
static void *context_of_two(void)
{
    void *context = net_context();
    ck_assert_int_eq(zmq_ctx_set(context, ZMQ_IO_THREADS, UNREAD_IO_THREADS), 0);
    return context;
}

static void setup(void)
{
    char text[512], *wrong = NULL;
    struct rights *rights;
    folder_make(&folder);
    config = config_default();
    ck_assert_int_eq(config_set_data(&config, folder.path), 0);
    ck_assert_int_eq(listener_prepare(&config), 0);
    listener = (struct listener){ .context = context_of_two(), .config = &config,
                                  .key = folder_key(&folder, "server") };
    known = folder_key(&folder, "known");
    snprintf(text, sizeof text, "keys:\n  - name: known\n    public: \"%s\"\n    sources: [tax]\n",
             known.public_key);
    ck_assert_int_eq(rights_load(folder_write(&folder, "rights.yaml", text), &rights, &wrong), 0);
    book = rights_book_create(&rights);
}

static void teardown(void)
{
    zap_stop(&zap);
    zmq_ctx_term(listener.context);
    rights_book_destroy(&book);
    folder_remove(&folder);
}

static void start_handler(void)
{
    ck_assert_int_eq(zap_start(listener.context, book, never, NULL, &zap), 0);
}

START_TEST(the_handler_proves_itself)
{
    start_handler();
    ck_assert_int_eq(zap_prove(zap, &listener), 0);
    ck_assert_int_eq(zap_prove(zap, &listener), 0);
}
END_TEST

/* A handler that lets everybody in, as a mistake in ours would. */
static void *lenient(void *socket)
{
    struct { char bytes[256]; size_t size; } id;
    for (;;) {
        char frame[256];
        int more = 1;
        size_t size = sizeof more;
        for (unsigned i = 0; more; i++) {
            int got = zmq_recv(socket, frame, sizeof frame, 0);
            if (got < 0) {
                zmq_close(socket);
                return NULL;
            }
            if (i == 1) {
                memcpy(id.bytes, frame, (size_t)got);
                id.size = (size_t)got;
            }
            zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
        }
        zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
        zmq_send(socket, id.bytes, id.size, ZMQ_SNDMORE);
        zmq_send(socket, "200", 3, ZMQ_SNDMORE);
        zmq_send(socket, "", 0, ZMQ_SNDMORE);
        zmq_send(socket, "anybody", 7, ZMQ_SNDMORE);
        zmq_send(socket, "", 0, 0);
    }
}

START_TEST(a_second_handler_cannot_take_the_first_ones_place)
{
    start_handler();
    void *socket = zmq_socket(listener.context, ZMQ_REP);
    ck_assert_int_ne(zmq_bind(socket, "inproc://zeromq.zap.01"), 0);
    zmq_close(socket);
}
END_TEST

/* A client with `key` at a server socket of the ingest role; its first message's User-Id, or
 * NULL if the handshake failed. */
static const char *try_ingest_at(const struct listener *at, const struct net_key *key)
{
    static char user[64];
    static unsigned number;
    char endpoint[NET_ENDPOINT_MAX], watch[32];
    void *server, *client = zmq_socket(at->context, ZMQ_DEALER);
    void *monitor = zmq_socket(at->context, ZMQ_PAIR);
    struct net_message message;
    const char *ret = NULL;
    int linger = 0;
    ck_assert_int_eq(listener_tcp_at(at, NET_INGEST, "tcp://127.0.0.1:*", &server, endpoint), 0);
    zmq_setsockopt(client, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, at->key.public_key, NET_KEY_MAX);
    zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, key->public_key, NET_KEY_MAX);
    zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, key->secret_key, NET_KEY_MAX);
    snprintf(watch, sizeof watch, "inproc://watch.%u", number++);
    ck_assert_int_eq(zmq_socket_monitor(server, watch, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
                                                           | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL), 0);
    ck_assert_int_eq(zmq_connect(monitor, watch), 0);
    ck_assert_int_eq(zmq_connect(client, endpoint), 0);
    ck_assert_int_eq(net_send(client, "hello", 5, false), 0);
    zmq_pollitem_t items[] = { { .socket = server, .events = ZMQ_POLLIN },
                               { .socket = monitor, .events = ZMQ_POLLIN } };
    ck_assert_int_gt(zmq_poll(items, 2, -1), 0);
    if (items[0].revents != 0) {
        ck_assert_int_eq(net_receive(server, 0, &message), 0);
        ck_assert_uint_eq(message.count, 2);
        snprintf(user, sizeof user, "%s", listener_user(&message));
        net_message_free(&message);
        ret = user;
    }
    zmq_close(client);
    zmq_close(monitor);
    zmq_close(server);
    return ret;
}

static const char *try_ingest(const struct net_key *key)
{
    return try_ingest_at(&listener, key);
}

START_TEST(a_known_key_comes_in_under_its_own_name)
{
    start_handler();
    ck_assert_str_eq(try_ingest(&known), known.public_key);
}
END_TEST

START_TEST(an_unknown_key_is_refused_in_the_handshake)
{
    start_handler();
    struct net_key stranger;
    ck_assert_int_eq(net_key_make("stranger", &stranger), 0);
    ck_assert_ptr_null(try_ingest(&stranger));
}
END_TEST

START_TEST(a_key_that_was_taken_out_is_refused)
{
    start_handler();
    ck_assert_ptr_nonnull(try_ingest(&known));
    struct rights *none = rights_none();
    rights_book_replace(book, &none);
    ck_assert_ptr_null(try_ingest(&known));
}
END_TEST

START_TEST(a_handler_that_lets_everybody_in_is_found_out)
{
    /* Ours is started for its probe key only, in a context where it is never asked. */
    struct listener elsewhere = listener;
    elsewhere.context = context_of_two();
    start_handler();
    void *socket = zmq_socket(elsewhere.context, ZMQ_REP);
    ck_assert_int_eq(zmq_bind(socket, "inproc://zeromq.zap.01"), 0);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, lenient, socket), 0);
    ck_assert_int_eq(zap_prove(zap, &elsewhere), -ETIMEDOUT);
    zmq_ctx_term(elsewhere.context);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(without_a_handler_nobody_comes_in)
{
    struct listener elsewhere = listener;
    elsewhere.context = context_of_two();
    start_handler();
    ck_assert_int_ne(zap_prove(zap, &elsewhere), 0);
    zmq_ctx_term(elsewhere.context);
}
END_TEST

/* libzmq lets every key in when there is no handler, unless it is told not to. */
START_TEST(no_public_socket_lets_anyone_in_without_a_handler)
{
    struct listener elsewhere = listener;
    elsewhere.context = context_of_two();
    ck_assert_ptr_null(try_ingest_at(&elsewhere, &known));
    zmq_ctx_term(elsewhere.context);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("zap");
    TCase *c = tcase_create("zap");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, the_handler_proves_itself);
    tcase_add_test(c, a_second_handler_cannot_take_the_first_ones_place);
    tcase_add_test(c, a_known_key_comes_in_under_its_own_name);
    tcase_add_test(c, an_unknown_key_is_refused_in_the_handshake);
    tcase_add_test(c, a_key_that_was_taken_out_is_refused);
    tcase_add_test(c, a_handler_that_lets_everybody_in_is_found_out);
    tcase_add_test(c, without_a_handler_nobody_comes_in);
    tcase_add_test(c, no_public_socket_lets_anyone_in_without_a_handler);
    suite_add_tcase(s, c);
    return s;
}
