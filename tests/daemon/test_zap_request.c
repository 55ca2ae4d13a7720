/* What libzmq asks of the handler of keys, and to what the answer is no. */
#include "daemon/zap_request.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/listener.h"
#include "tests/daemon/folder.h"
#include "tests/suite.h"

#define PROBE_DOMAIN "probe"

static struct folder folder;
static struct rights_book *book;
static struct net_key known, probe;
static bool option_fails;

/* What the linker puts in front of libzmq (Makefile: WRAP_test_zap_request). */
int __real_zmq_getsockopt(void *socket, int option, void *value, size_t *size);
int __wrap_zmq_getsockopt(void *socket, int option, void *value, size_t *size);
int __wrap_zmq_getsockopt(void *socket, int option, void *value, size_t *size)
{
    if (option_fails) {
        errno = ETERM;
        return -1;
    }
    return __real_zmq_getsockopt(socket, option, value, size);
}

static void setup(void)
{
    char text[512], *wrong = NULL;
    struct rights *rights;
    folder_make(&folder);
    known = folder_key(&folder, "known");
    probe = folder_key(&folder, "probe");
    snprintf(text, sizeof text, "keys:\n  - name: known\n    public: \"%s\"\n    sources: [tax]\n",
             known.public_key);
    ck_assert_int_eq(rights_load(folder_write(&folder, "rights.yaml", text), &rights, &wrong), 0);
    book = rights_book_create(&rights);
}

static void teardown(void)
{
    rights_book_destroy(&book);
    folder_remove(&folder);
}

static void set(struct zap_request *request, unsigned frame, const char *text)
{
    strcpy(request->frames[frame].bytes, text);
    request->frames[frame].size = strlen(text);
}

/* As libzmq asks for a key in a domain. */
static struct zap_request request_of(const char *domain, const struct net_key *key)
{
    struct zap_request request = { .count = ZAP_FRAMES };
    set(&request, ZAP_VERSION, "1.0");
    set(&request, ZAP_REQUEST, "1");
    set(&request, ZAP_DOMAIN, domain);
    set(&request, ZAP_ADDRESS, "127.0.0.1");
    set(&request, ZAP_MECHANISM, "CURVE");
    ck_assert_ptr_nonnull(zmq_z85_decode((uint8_t *)request.frames[ZAP_KEY].bytes, key->public_key));
    request.frames[ZAP_KEY].size = 32;
    return request;
}

static bool admits(const struct zap_request *request, char user[NET_KEY_MAX])
{
    return zap_request_admits(request, book, PROBE_DOMAIN, probe.public_key, user);
}

START_TEST(a_key_comes_in_where_it_has_business)
{
    char user[NET_KEY_MAX] = "";
    struct zap_request request = request_of(listener_domain(NET_INGEST), &known);
    ck_assert(admits(&request, user));
    ck_assert_str_eq(user, known.public_key);
    request = request_of(PROBE_DOMAIN, &probe);
    ck_assert(admits(&request, user));
    ck_assert_str_eq(user, probe.public_key);
}
END_TEST

/* A socket that has none of our domains, or whose right the key lacks; and each of the two keys at the
 * other's. */
START_TEST(a_key_does_not_come_in_elsewhere)
{
    const struct { const char *domain; const struct net_key *key; } others[] = {
        { "fundwatch.other", &known }, { "", &known }, { listener_domain(NET_QUERY), &known },
        { listener_domain(NET_ALERTS), &known }, { PROBE_DOMAIN, &known },
        { listener_domain(NET_INGEST), &probe },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char user[NET_KEY_MAX] = "";
        struct zap_request request = request_of(others[i].domain, others[i].key);
        ck_assert_msg(!admits(&request, user), "%s", others[i].domain);
        ck_assert_str_eq(user, others[i].key->public_key);
    }
}
END_TEST

static void one_less(struct zap_request *request) { request->count--; }
static void one_more(struct zap_request *request) { request->count++; }
static void cut_off(struct zap_request *request) { request->too_long = true; }
static void other_version(struct zap_request *request) { set(request, ZAP_VERSION, "2.0"); }
static void longer_version(struct zap_request *request) { set(request, ZAP_VERSION, "1.00"); }
static void other_mechanism(struct zap_request *request) { set(request, ZAP_MECHANISM, "PLAIN"); }
static void no_mechanism(struct zap_request *request) { set(request, ZAP_MECHANISM, ""); }
static void short_key(struct zap_request *request) { request->frames[ZAP_KEY].size = 31; }
static void long_key(struct zap_request *request) { request->frames[ZAP_KEY].size = 33; }

static void (*const spoilers[])(struct zap_request *request) = {
    one_less, one_more, cut_off, other_version, longer_version, other_mechanism, no_mechanism, short_key,
    long_key,
};
START_TEST(what_is_not_a_request_lets_nobody_in)
{
    char user[NET_KEY_MAX] = "untouched";
    struct zap_request request = request_of(listener_domain(NET_INGEST), &known);
    spoilers[_i](&request);
    ck_assert(!admits(&request, user));
    ck_assert_str_eq(user, "untouched");
}
END_TEST

static void open_pair(void *context, void **ret_here, void **ret_there)
{
    *ret_here = zmq_socket(context, ZMQ_PAIR);
    *ret_there = zmq_socket(context, ZMQ_PAIR);
    ck_assert_int_eq(zmq_bind(*ret_here, "inproc://request"), 0);
    ck_assert_int_eq(zmq_connect(*ret_there, "inproc://request"), 0);
}

/* A frame behind the last is counted, and one that is too long is said to be. */
START_TEST(a_request_is_taken_off_the_socket_as_a_whole)
{
    static const char large[ZAP_FRAME_MAX + 1];
    void *context = zmq_ctx_new(), *here, *there;
    struct zap_request request;
    open_pair(context, &here, &there);
    for (unsigned i = 0; i < ZAP_FRAMES; i++)
        ck_assert_int_eq(zmq_send(there, large, ZAP_FRAME_MAX, ZMQ_SNDMORE), ZAP_FRAME_MAX);
    ck_assert_int_eq(zmq_send(there, "x", 1, 0), 1);
    ck_assert_int_eq(zmq_send(there, large, sizeof large, 0), (int)sizeof large);
    ck_assert_int_eq(zap_request_receive(here, &request), 0);
    ck_assert_uint_eq(request.count, ZAP_FRAMES + 1);
    ck_assert(!request.too_long);
    ck_assert_int_eq(zap_request_receive(here, &request), 0);
    ck_assert_uint_eq(request.count, 1);
    ck_assert(request.too_long);
    ck_assert_uint_eq(request.frames[0].size, ZAP_FRAME_MAX);
    zmq_close(here);
    zmq_close(there);
    zmq_ctx_term(context);
}
END_TEST

START_TEST(a_socket_that_fails_is_an_error)
{
    void *context = zmq_ctx_new(), *here, *there, *deaf = zmq_socket(context, ZMQ_PUSH);
    struct zap_request request;
    open_pair(context, &here, &there);
    ck_assert_int_eq(zap_request_receive(deaf, &request), -ENOTSUP);
    ck_assert_uint_eq(request.count, 0);
    ck_assert_int_eq(zmq_send(there, "1.0", 3, ZMQ_SNDMORE), 3);
    ck_assert_int_eq(zmq_send(there, "1", 1, 0), 1);
    option_fails = true;
    ck_assert_int_eq(zap_request_receive(here, &request), -ETERM);
    option_fails = false;
    zmq_close(here);
    zmq_close(there);
    zmq_close(deaf);
    zmq_ctx_term(context);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("zap_request");
    TCase *c = tcase_create("zap_request");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_key_comes_in_where_it_has_business);
    tcase_add_test(c, a_key_does_not_come_in_elsewhere);
    tcase_add_loop_test(c, what_is_not_a_request_lets_nobody_in, 0, sizeof spoilers / sizeof spoilers[0]);
    tcase_add_test(c, a_request_is_taken_off_the_socket_as_a_whole);
    tcase_add_test(c, a_socket_that_fails_is_an_error);
    suite_add_tcase(s, c);
    return s;
}
