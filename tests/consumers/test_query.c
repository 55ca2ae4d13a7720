#include <errno.h>
#include <limits.h>
#include <string.h>

#include "consumers/client/query.h"
#include "consumers/json.h"
#include "tests/consumers/server.h"
#include "tests/suite.h"
#include "wire/limits.h"

static struct server *server;
static struct fw_query *query;
static struct fw_answer answer;

static void setup(void)
{
    struct net_peer peer;
    const char *error = "";
    server = server_new();
    peer = server_peer(server, NET_QUERY);
    ck_assert_msg(fw_query_open(&peer, &query, &error) == 0, "%s", error);
}

static void teardown(void)
{
    fw_query_close(&query);
    server_free(&server);
}

/* The server answers a query that it does not know with its name. */
static int ask_for(const char *name, int deadline_ms)
{
    fw_query_begin(query, name, 0);
    return fw_query_ask(query, deadline_ms, &answer);
}

static void expect_answer(const char *name)
{
    ck_assert_int_eq(ask_for(name, 60000), 0);
    ck_assert_str_eq(answer.code, "");
    ck_assert(span_is(read_string(&answer.data, 64), name));
}

START_TEST(an_answer_is_the_data_of_what_was_asked)
{
    expect_answer("hello");
    expect_answer("again");
}
END_TEST

START_TEST(an_error_answer_has_its_code_and_text)
{
    server_refuse(server, 1, "not_found");
    ck_assert_int_eq(ask_for("hello", 60000), 0);
    ck_assert_str_eq(answer.code, "not_found");
    ck_assert_str_eq(answer.text, "said the server");
    expect_answer("hello");
}
END_TEST

START_TEST(no_answer_in_time_is_a_timeout_and_the_next_is_its_own)
{
    server_ignore(server, UINT_MAX);
    ck_assert_int_eq(ask_for("hello", 50), -ETIMEDOUT);
    server_ignore(server, 0);
    expect_answer("again");
}
END_TEST

START_TEST(an_answer_can_be_waited_for_again)
{
    expect_answer("before");
    server_hold(server, true);
    fw_query_begin(query, "hello", 0);
    ck_assert_int_eq(fw_query_send(query), 0);
    ck_assert_int_eq(fw_query_wait(query, 0, &answer), -ETIMEDOUT);
    ck_assert_int_eq(fw_query_wait(query, 20, &answer), -ETIMEDOUT);
    server_hold(server, false);
    ck_assert_int_eq(fw_query_wait(query, 60000, &answer), 0);
    ck_assert(span_is(read_string(&answer.data, 64), "hello"));
    ck_assert_uint_eq(server_asked(server), 2);
}
END_TEST

START_TEST(nobody_there_is_a_timeout)
{
    server_go_away(server);
    ck_assert_int_eq(ask_for("hello", 20), -ETIMEDOUT);
    ck_assert_int_eq(ask_for("hello", 0), -ETIMEDOUT);
    server_come_back(server);
    expect_answer("again");
    ck_assert_uint_eq(server_asked(server), 1);     /* nothing old was kept for it */
}
END_TEST

START_TEST(an_answer_to_another_question_is_passed_over)
{
    server_stutter(server, 1);
    expect_answer("hello");
}
END_TEST

START_TEST(what_is_no_answer_is_told_from_one)
{
    server_garble(server, 1);
    ck_assert_int_eq(ask_for("hello", 60000), -EPROTO);
    expect_answer("again");
}
END_TEST

START_TEST(a_question_that_is_too_long_is_not_sent)
{
    char text[QUERY_SIZE_MAX];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    write_key_string(fw_query_begin(query, "hello", 1), "note", text);
    ck_assert_int_eq(fw_query_ask(query, 60000, &answer), -EMSGSIZE);
    ck_assert_uint_eq(server_asked(server), 0);
    expect_answer("again");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("query");
    TCase *t = tcase_create("query");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_answer_is_the_data_of_what_was_asked);
    tcase_add_test(t, an_error_answer_has_its_code_and_text);
    tcase_add_test(t, no_answer_in_time_is_a_timeout_and_the_next_is_its_own);
    tcase_add_test(t, an_answer_can_be_waited_for_again);
    tcase_add_test(t, nobody_there_is_a_timeout);
    tcase_add_test(t, an_answer_to_another_question_is_passed_over);
    tcase_add_test(t, what_is_no_answer_is_told_from_one);
    tcase_add_test(t, a_question_that_is_too_long_is_not_sent);
    suite_add_tcase(s, t);
    return s;
}
