/* Replies that nobody reads. */
#include "daemon/replies.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/suite.h"

#define LARGE (512 * 1024)

static void *context, *daemon_, *peer;
static struct net_message message;
static uint8_t *large;

/* A peer that sends something and reads nothing. */
static void peer_comes(void)
{
    const int none = 0, one = 1;
    char endpoint[NET_ENDPOINT_MAX];
    size_t size = sizeof endpoint;
    peer = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(peer, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(peer, ZMQ_RCVHWM, &one, sizeof one);
    ck_assert_int_eq(zmq_getsockopt(daemon_, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
    ck_assert_int_eq(zmq_connect(peer, endpoint), 0);
    ck_assert_int_eq(net_send(peer, "batch", 5, false), 0);
    ck_assert_int_eq(net_receive(daemon_, -1, &message), 0);
}

/* The daemon's queue for it has no end. */
static void setup(void)
{
    const int none = 0, one = 1;
    context = zmq_ctx_new();
    daemon_ = zmq_socket(context, ZMQ_ROUTER);
    large = calloc(1, LARGE);
    ck_assert_ptr_nonnull(large);
    zmq_setsockopt(daemon_, ZMQ_SNDHWM, &none, sizeof none);
    zmq_setsockopt(daemon_, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(daemon_, ZMQ_ROUTER_MANDATORY, &one, sizeof one);
    ck_assert_int_eq(zmq_bind(daemon_, "tcp://127.0.0.1:*"), 0);
    peer_comes();
}

static void teardown(void)
{
    net_message_free(&message);
    if (peer != NULL)
        zmq_close(peer);
    zmq_close(daemon_);
    zmq_ctx_term(context);
    free(large);
}

/* Large replies until one is not taken; how many were. */
static unsigned sent(const char *owner)
{
    unsigned count = 0;
    int err;
    while ((err = replies_send(daemon_, owner, &message, large, LARGE)) == 0
            && count < 4 * REPLIES_MAX / LARGE)
        count++;
    ck_assert_int_eq(err, -ENOBUFS);
    return count;
}

START_TEST(an_owner_has_as_much_unread_as_it_leaves_free)
{
    unsigned most = REPLIES_MAX / LARGE, system = 64;   /* what the system's buffers took is on its way */
    ck_assert_uint_le(sent("mad"), most / 2 + system);
    unsigned others = sent("calm");
    ck_assert_uint_gt(others, 0);
    ck_assert_uint_le(others, most / 4 + system);
    ck_assert_int_eq(replies_send(daemon_, "mad", &message, large, REPLIES_SMALL), 0);
    ck_assert_int_eq(replies_send(daemon_, "mad", &message, large, LARGE), -ENOBUFS);
}
END_TEST

START_TEST(what_is_read_makes_room)
{
    sent("mad");
    struct net_message reply;
    unsigned read = 0;
    while (replies_send(daemon_, "mad", &message, large, LARGE) != 0) {
        ck_assert_int_eq(net_receive(peer, -1, &reply), 0);
        ck_assert_uint_eq(reply.frames[0].size, LARGE);
        net_message_free(&reply);
        read++;
    }
    ck_assert_uint_gt(read, 0);
}
END_TEST

START_TEST(who_goes_makes_room)
{
    sent("mad");
    zmq_close(peer);
    peer = NULL;
    int err = 0;
    while (err != -EHOSTUNREACH) {      /* its queue goes with it, a moment later */
        poll(NULL, 0, 1);
        err = replies_send(daemon_, "calm", &message, large, LARGE);
    }
    net_message_free(&message);
    peer_comes();
    ck_assert_uint_ge(sent("mad"), REPLIES_MAX / LARGE / 2 - 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("replies");
    TCase *bound = tcase_create("bound");
    tcase_add_checked_fixture(bound, setup, teardown);
    tcase_add_test(bound, an_owner_has_as_much_unread_as_it_leaves_free);
    tcase_add_test(bound, what_is_read_makes_room);
    tcase_add_test(bound, who_goes_makes_room);
    suite_add_tcase(s, bound);
    return s;
}
