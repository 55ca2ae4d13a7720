#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <lmdb.h>
#include <zmq.h>

#include "store/env.h"
#include "tests/daemon/running.h"
#include "tests/suite.h"
#include "wire/alert_codec.h"

static void *tax, *asker;

static void setup(void)
{
    running_setup();
    tax = connect_to(NET_INGEST, NULL);
    asker = connect_to(NET_QUERY, NULL);
}

static void open_fund(void)
{
    const struct event events[] = {
        policy_event("policy", 20231231), opening_event("opening", 20231231, 1000000),
    };
    ck_assert_uint_eq(send_events(tax, "tax", events, 2).applied, 2);
}

static int64_t info(const char *key)
{
    struct reader data;
    ck_assert_str_eq(ask(asker, "info", 0, NULL, &data), "");
    return number_in(data, key);
}

/* --- Batches. ---------------------------------------------------------------- */

START_TEST(an_event_counts_once)
{
    open_fund();
    struct reply first = send_event(tax, "tax", fee_event("f1", 20240105, 500));
    ck_assert_int_eq(first.status, BATCH_DONE);
    ck_assert_uint_eq(first.applied, 1);
    struct reply second = send_event(tax, "tax", fee_event("f1", 20240105, 500));
    ck_assert_uint_eq(second.applied, 0);
    ck_assert_int_eq(exceptions[0].outcome, OUTCOME_DUPLICATE);
    ck_assert_uint_eq(exceptions[0].position, first.position);
    ck_assert_int_eq(info("events"), 3);
}
END_TEST

START_TEST(other_content_under_the_same_id_is_a_conflict)
{
    open_fund();
    struct reply first = send_event(tax, "tax", fee_event("f1", 20240105, 500));
    send_event(tax, "tax", fee_event("f1", 20240105, 501));
    ck_assert_int_eq(exceptions[0].outcome, OUTCOME_CONFLICT);
    ck_assert_uint_eq(exceptions[0].position, first.position);
    ck_assert_int_eq(info("quarantined"), 1);
}
END_TEST

START_TEST(duplicates_in_a_row_are_one_exception)
{
    struct event events[300];
    char id[16];
    open_fund();
    for (int i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "f%d", i);
        events[i] = fee_event(id, 20240105, 100 + i);
    }
    struct reply first = send_events(tax, "tax", events, 300);
    ck_assert_uint_eq(first.applied, 300);
    struct reply second = send_events(tax, "tax", events, 300);
    ck_assert_uint_eq(second.exception_count, 1);
    ck_assert_uint_eq(exceptions[0].last, 299);
    ck_assert_uint_eq(exceptions[0].position, first.position);
}
END_TEST

START_TEST(one_bad_event_does_not_hold_up_the_others)
{
    open_fund();
    const struct event events[] = {
        fee_event("a", 20240105, 1), settlement_event("too-far-ahead", 20250105, 2),
        fee_event("b", 20240105, 3),
    };
    struct reply reply = send_events(tax, "tax", events, 3);
    ck_assert_uint_eq(reply.applied, 2);
    ck_assert_uint_eq(reply.exception_count, 1);
    ck_assert_uint_eq(exceptions[0].first, 1);
    ck_assert_int_eq(exceptions[0].reject, REJECT_DATE_AHEAD);
}
END_TEST

START_TEST(an_empty_batch_is_answered)
{
    struct reply reply = send_events(tax, "tax", NULL, 0);
    ck_assert_int_eq(reply.status, BATCH_DONE);
    ck_assert_uint_eq(reply.applied, 0);
    ck_assert_uint_eq(reply.window, WINDOW_DEFAULT);
}
END_TEST

START_TEST(what_is_no_batch_is_refused)
{
    ck_assert_int_eq(net_send(tax, "\xc1", 1, false), 0);
    struct reply reply = receive_reply(tax);
    ck_assert_int_eq(reply.status, BATCH_REFUSED);
    ck_assert_int_eq(reply.refusal, REFUSED_MALFORMED);
    ck_assert_uint_eq(reply.ref, 0);
}
END_TEST

START_TEST(a_message_of_several_parts_is_dropped)
{
    for (int parts = 2; parts < 8; parts++) {
        for (int i = 0; i < parts; i++)
            ck_assert_int_eq(net_send(tax, "x", 1, i < parts - 1), 0);
    }
    ck_assert_int_eq(send_events(tax, "tax", NULL, 0).status, BATCH_DONE);
}
END_TEST

START_TEST(a_read_only_daemon_takes_nothing_and_answers_queries)
{
    open_fund();
    running_stop();
    config.read_only = true;
    running_start();
    tax = connect_to(NET_INGEST, NULL);
    asker = connect_to(NET_QUERY, NULL);
    struct reply reply = send_event(tax, "tax", fee_event("f", 20240105, 1));
    ck_assert_int_eq(reply.refusal, REFUSED_READ_ONLY);
    ck_assert_int_eq(info("events"), 2);
}
END_TEST

/* --- Flow control. ----------------------------------------------------------- */

START_TEST(every_batch_beyond_the_window_is_answered_too)
{
    struct event event;
    char id[16];
    unsigned done = 0, busy = 0;
    open_fund();
    for (int i = 0; i < 64; i++) {
        snprintf(id, sizeof id, "f%d", i);
        event = fee_event(id, 20240105, 1);
        send_bytes(tax, "tax", 1000 + (uint64_t)i, &event, 1);
    }
    for (int i = 0; i < 64; i++) {
        struct reply reply = receive_reply(tax);
        done += reply.status == BATCH_DONE && reply.applied == 1;
        busy += reply.status == BATCH_BUSY && reply.retry_ms > 0;
    }
    ck_assert_uint_eq(done + busy, 64);
    ck_assert_uint_ge(done, WINDOW_DEFAULT);
    ck_assert_int_eq(info("events"), 2 + (int64_t)done);
}
END_TEST

/* --- Restarting. ------------------------------------------------------------- */

START_TEST(what_was_answered_is_there_after_a_restart)
{
    open_fund();
    struct reply first = send_event(tax, "tax", fee_event("f1", 20240105, 500));
    running_stop();
    running_start();
    tax = connect_to(NET_INGEST, NULL);
    struct reply again = send_event(tax, "tax", fee_event("f1", 20240105, 500));
    ck_assert_uint_eq(again.epoch, first.epoch);
    ck_assert_int_eq(exceptions[0].outcome, OUTCOME_DUPLICATE);
    ck_assert_uint_eq(exceptions[0].position, first.position);
}
END_TEST

START_TEST(a_second_daemon_over_the_same_store_leaves_the_first_alone)
{
    struct daemon *second = NULL;
    log_set_level(LOG_AT_BROKEN + 1);
    ck_assert_int_eq(daemon_start(&config, &second), EXIT_FAILURE);
    ck_assert_int_eq(send_events(tax, "tax", NULL, 0).status, BATCH_DONE);
}
END_TEST

START_TEST(only_the_owner_may_enter_the_sockets_folder)
{
    struct stat st;
    ck_assert_int_eq(stat(folder_path(&folder, "run"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 077, 0);
}
END_TEST

/* --- Keys. ------------------------------------------------------------------- */

#define SOURCE_ENTRY "    sources: [hospital-7]\n    kinds: [settlement]\n    places: [\"1302\"]\n"

START_TEST(a_key_may_use_its_own_sources_name_and_no_other)
{
    struct net_key key = folder_key(&folder, "hospital-7");
    open_fund();
    running_grant(&key, SOURCE_ENTRY);
    void *hospital = connect_to(NET_INGEST, &key);
    ck_assert_uint_eq(send_event(hospital, "hospital-7", settlement_event("s", 20240105, 1)).applied,
                      1);
    ck_assert_int_eq(send_event(hospital, "tax", settlement_event("t", 20240105, 1)).refusal,
                     REFUSED_SOURCE);
}
END_TEST

START_TEST(a_key_brings_no_more_names_than_it_may)
{
    struct net_key key = folder_key(&folder, "platform");
    running_grant(&key, "    sources: [\"x.*\", whole]\n    sources_max: 2\n");
    void *platform = connect_to(NET_INGEST, &key);
    ck_assert_int_eq(send_events(platform, "x.1", NULL, 0).status, BATCH_DONE);
    ck_assert_int_eq(send_events(platform, "x.2", NULL, 0).status, BATCH_DONE);
    int64_t before = info("position");
    ck_assert_int_eq(send_events(platform, "x.3", NULL, 0).refusal, REFUSED_NAMES);
    ck_assert_int_eq(info("position"), before);
    ck_assert_int_eq(send_events(platform, "x.1", NULL, 0).status, BATCH_DONE);
    ck_assert_int_eq(send_events(platform, "whole", NULL, 0).status, BATCH_DONE);
}
END_TEST

START_TEST(a_kind_or_place_without_the_right_is_rejected)
{
    struct net_key key = folder_key(&folder, "hospital-7");
    open_fund();
    running_grant(&key, SOURCE_ENTRY);
    void *hospital = connect_to(NET_INGEST, &key);
    struct event events[] = { fee_event("f", 20240105, 1), settlement_event("s", 20240105, 1) };
    events[1].fund.place = 440800;
    send_events(hospital, "hospital-7", events, 2);
    ck_assert_int_eq(exceptions[0].reject, REJECT_NOT_PERMITTED);
    ck_assert_str_eq(exceptions[0].key, "kind");
    ck_assert_int_eq(exceptions[1].reject, REJECT_NOT_PERMITTED);
    ck_assert_str_eq(exceptions[1].key, "fund");
}
END_TEST

static const struct { const char *name; mode_t bad, good; } writable[] = {
    { "store", 0720, 0700 }, { "store", 0702, 0700 }, { "store/data.mdb", 0660, 0600 }, { "", 0777, 0700 },
};
START_TEST(a_store_that_others_can_write_to_is_not_opened)
{
    const char *path = folder_path(&folder, writable[_i].name);
    running_stop();
    ck_assert_int_eq(chmod(path, writable[_i].bad), 0);
    ck_assert_int_eq(daemon_start(&config, &daemon_running), EXIT_FAILURE);
    ck_assert_int_eq(chmod(path, writable[_i].good), 0);
    running_start();
}
END_TEST

START_TEST(a_revoked_key_is_refused_at_its_next_message)
{
    struct net_key key = folder_key(&folder, "hospital-7");
    running_grant(&key, SOURCE_ENTRY "    queries: [info]\n");
    void *hospital = connect_to(NET_INGEST, &key), *query = connect_to(NET_QUERY, &key);
    ck_assert_int_eq(send_events(hospital, "hospital-7", NULL, 0).status, BATCH_DONE);
    ck_assert_str_eq(ask_plain(query, "info"), "");
    ck_assert_str_eq(ask_plain(query, "status"), "not_permitted");
    running_revoke();
    ck_assert_int_eq(send_events(hospital, "hospital-7", NULL, 0).refusal, REFUSED_SOURCE);
    ck_assert_str_eq(ask_plain(query, "info"), "not_permitted");
}
END_TEST

START_TEST(a_bad_rights_file_changes_nothing)
{
    struct net_key key = folder_key(&folder, "hospital-7");
    running_grant(&key, SOURCE_ENTRY);
    void *hospital = connect_to(NET_INGEST, &key);
    folder_write(&folder, "rights.yaml", "keys: [nonsense\n");
    daemon_reload(daemon_running);
    ck_assert_int_eq(send_events(hospital, "hospital-7", NULL, 0).status, BATCH_DONE);
}
END_TEST

/* --- Alerts. ----------------------------------------------------------------- */

/* The next message whose topic begins so. */
static struct net_message next_published(void *subscriber, const char *topic)
{
    for (;;) {
        struct net_message message;
        ck_assert_int_eq(net_receive(subscriber, -1, &message), 0);
        ck_assert_uint_eq(message.count, 2);
        if (message.frames[0].size >= strlen(topic)
                && memcmp(message.frames[0].bytes, topic, strlen(topic)) == 0)
            return message;
        net_message_free(&message);
    }
}

static void wait_heartbeat(void *subscriber)
{
    struct net_message message = next_published(subscriber, HEARTBEAT_TOPIC);
    net_message_free(&message);
}

static void *subscriber(const struct net_key *key, const char *topic)
{
    void *socket = connect_to(NET_ALERTS, key);
    ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, topic, strlen(topic)), 0);
    ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "heartbeat", 9), 0);
    return socket;
}

/* A fund that spends far too much in its first month: the runway fires when the month is over. */
static void run_dry(void)
{
    const struct event events[] = {
        settlement_event("s", 20240110, 900000), day_event("d", 20240131),
    };
    ck_assert_uint_eq(send_events(tax, "tax", events, 2).applied, 2);
}

static struct alert receive_alert(void *socket)
{
    struct alert alert;
    struct net_message message = next_published(socket, "alert/");
    struct reader r = reader_of(message.frames[1].bytes, message.frames[1].size);
    ck_assert(alert_decode(&r, &alert));
    net_message_free(&message);
    return alert;
}

START_TEST(a_subscriber_is_told_of_an_alert)
{
    void *monitor = subscriber(NULL, "alert/1302");
    wait_heartbeat(monitor);
    open_fund();
    run_dry();
    struct alert alert = receive_alert(monitor);
    ck_assert_uint_eq(alert.number, 1);
    ck_assert_uint_eq(alert.fund.place, 130207);
    ck_assert_int_eq(alert.transition, TRANSITION_FIRING);
}
END_TEST

START_TEST(an_alert_can_be_fetched_by_number)
{
    struct writer arguments;
    struct reader data;
    open_fund();
    run_dry();
    writer_init(&arguments);
    write_key_int(&arguments, "after", 0);
    ck_assert_str_eq(ask(asker, "alerts", 1, &arguments, &data), "");
    ck_assert_int_ge(number_in(data, "complete_through"), 1);
    writer_free(&arguments);
}
END_TEST

START_TEST(an_incident_is_acknowledged_and_told)
{
    struct writer arguments;
    struct reader data;
    void *monitor = subscriber(NULL, "alert/");
    wait_heartbeat(monitor);
    open_fund();
    run_dry();
    struct alert alert = receive_alert(monitor);
    writer_init(&arguments);
    write_key_uint(&arguments, "incident", alert.incident);
    write_key_string(&arguments, "who", "Li Wei");
    write_key_string(&arguments, "note", "on it");
    ck_assert_str_eq(ask(asker, "acknowledge", 3, &arguments, &data), "");
    int64_t number = number_in(data, "number");
    writer_free(&arguments);
    do
        alert = receive_alert(monitor);
    while (alert.transition != TRANSITION_ACKNOWLEDGED);
    ck_assert_int_eq((int64_t)alert.number, number);
    ck_assert_str_eq(alert.who, "Li Wei");
}
END_TEST

START_TEST(a_subscriber_hears_only_the_places_of_its_key)
{
    struct net_key key = folder_key(&folder, "monitor");
    running_grant(&key, "    places: [\"44\"]\n    alerts: \"true\"\n");
    void *all = subscriber(&key, "alert/"), *local = subscriber(NULL, "alert/");
    wait_heartbeat(all);
    wait_heartbeat(local);
    open_fund();
    run_dry();
    receive_alert(local);
    /* Whatever was published has been handed to both; the heartbeat comes behind it. */
    struct net_message message = next_published(all, "");
    ck_assert_uint_eq(message.frames[0].size, strlen(HEARTBEAT_TOPIC));
    net_message_free(&message);
}
END_TEST

START_TEST(a_revoked_subscriber_is_cut_off_and_the_others_come_back)
{
    struct net_key gone = folder_key(&folder, "gone"), stays = folder_key(&folder, "stays");
    char text[512];
    snprintf(text, sizeof text, "    places: [\"\"]\n    alerts: \"true\"\n  - name: stays\n"
             "    public: \"%s\"\n    places: [\"\"]\n    alerts: \"true\"\n", stays.public_key);
    running_grant(&gone, text);
    void *first = subscriber(&gone, "alert/"), *second = subscriber(&stays, "alert/");
    wait_heartbeat(first);
    wait_heartbeat(second);
    running_grant(&stays, "    places: [\"\"]\n    alerts: \"true\"\n");
    open_fund();
    /* Two heartbeats: one may still have been under way when the socket closed. */
    wait_heartbeat(second);
    wait_heartbeat(second);
    run_dry();
    ck_assert_uint_eq(receive_alert(second).number, 1);
    struct net_message message;
    while (net_receive(first, 0, &message) == 0) {
        ck_assert_uint_eq(message.frames[0].size, strlen(HEARTBEAT_TOPIC));
        net_message_free(&message);
    }
}
END_TEST

START_TEST(too_long_a_topic_is_not_subscribed)
{
    char topic[TOPIC_MAX + 2];
    memset(topic, 'x', sizeof topic);
    void *monitor = subscriber(NULL, "alert/");
    ck_assert_int_eq(zmq_setsockopt(monitor, ZMQ_SUBSCRIBE, topic, sizeof topic), 0);
    ck_assert_int_eq(zmq_setsockopt(monitor, ZMQ_UNSUBSCRIBE, topic, sizeof topic), 0);
    wait_heartbeat(monitor);
}
END_TEST

/* --- Queries. ---------------------------------------------------------------- */

static const struct { const char *query, *code; } plain[] = {
    { "info", "" }, { "status", "" }, { "events", "" }, { "snapshot", "" }, { "sources", "" },
    { "quarantine", "" }, { "report", "bad_argument" }, { "event", "bad_argument" },
    { "alerts", "bad_argument" }, { "reconcile", "bad_argument" }, { "policy", "bad_argument" },
    { "acknowledge", "bad_argument" }, { "requeue", "bad_argument" }, { "backup", "bad_argument" },
    { "restated", "bad_argument" }, { "statements", "bad_argument" },
    { "payouts", "bad_argument" }, { "churn", "bad_argument" },
    { "job", "bad_argument" }, { "nonsense", "unknown_query" }, { "", "unknown_query" },
};
/* Processes that read the store beside its daemon. */
static void read_until_killed(const char *store, int said)
{
    struct env env;
    struct txn snapshot;
    if (env_open(store, ENV_READ_ONLY, store_options_default().map_max, &env) == 0
        && txn_begin(&env, true, &snapshot) == 0 && write(said, "", 1) == 1)
        pause();
    _exit(1);
}

/* How many snapshots of dead processes are held: LMDB tells who gives them up, and env_open() does. */
static void count_dead(const char *store)
{
    MDB_env *env;
    int dead = 100;
    if (mdb_env_create(&env) == 0 && mdb_env_open(env, store, MDB_RDONLY, 0600) == 0)
        mdb_reader_check(env, &dead);
    _exit(dead);
}

static int status_of(pid_t process)
{
    int status;
    ck_assert_int_eq(waitpid(process, &status, 0), process);
    return status;
}

/* Once a minute, and whenever it is asked how it is. */
START_TEST(the_daemon_gives_up_the_snapshots_of_killed_processes)
{
    const char *store = folder_path(&folder, "store");
    for (int asked = 0; asked < 2; asked++) {
        int ends[2];
        char byte;
        ck_assert_int_eq(pipe(ends), 0);
        pid_t reader = fork();
        if (reader == 0)
            read_until_killed(store, ends[1]);
        ck_assert_int_eq(read(ends[0], &byte, 1), 1);
        kill(reader, SIGKILL);
        status_of(reader);
        if (asked)
            ck_assert_str_eq(ask_plain(asker, "health"), "");
        pid_t counter = fork();
        if (counter == 0)
            count_dead(store);
        ck_assert_int_eq(WEXITSTATUS(status_of(counter)), !asked);
        close(ends[0]);
        close(ends[1]);
    }
}
END_TEST

START_TEST(a_query_without_arguments_has_its_answer)
{
    ck_assert_str_eq(ask_plain(asker, plain[_i].query), plain[_i].code);
}
END_TEST

static const struct { const char *query, *key; int64_t value; const char *code; } with_number[] = {
    { "info", "extra", 1, "malformed" },
    { "status", "place", 13, "bad_argument" },
    { "events", "limit", 0, "bad_argument" },
    { "events", "limit", 1001, "bad_argument" },
    { "events", "after", -1, "bad_argument" },
    { "job", "job", 999, "not_found" },
    { "requeue", "number", 999, "not_found" },
};
START_TEST(a_wrong_argument_is_told)
{
    struct writer arguments;
    struct reader data;
    writer_init(&arguments);
    write_key_int(&arguments, with_number[_i].key, with_number[_i].value);
    ck_assert_str_eq(ask(asker, with_number[_i].query, 1, &arguments, &data), with_number[_i].code);
    writer_free(&arguments);
}
END_TEST

static const char *report_error(const char *fund, int year)
{
    struct writer arguments;
    struct reader data;
    writer_init(&arguments);
    write_key_string(&arguments, "fund", fund);
    write_key_int(&arguments, "year", year);
    const char *code = ask(asker, "report", 2, &arguments, &data);
    writer_free(&arguments);
    return code;
}

START_TEST(a_report_is_of_a_fund_and_a_year_that_there_are)
{
    open_fund();
    run_dry();
    ck_assert_str_eq(report_error("130207/390", 2024), "");
    ck_assert_str_eq(report_error("130207/390", 2030), "not_found");
    ck_assert_str_eq(report_error("130207/310", 2024), "not_found");
    ck_assert_str_eq(report_error("130207-390", 2024), "bad_argument");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("daemon");
    TCase *c = tcase_create("daemon");
    tcase_add_checked_fixture(c, setup, running_teardown);
    tcase_add_test(c, an_event_counts_once);
    tcase_add_test(c, other_content_under_the_same_id_is_a_conflict);
    tcase_add_test(c, duplicates_in_a_row_are_one_exception);
    tcase_add_test(c, one_bad_event_does_not_hold_up_the_others);
    tcase_add_test(c, an_empty_batch_is_answered);
    tcase_add_test(c, what_is_no_batch_is_refused);
    tcase_add_test(c, a_message_of_several_parts_is_dropped);
    tcase_add_test(c, a_read_only_daemon_takes_nothing_and_answers_queries);
    tcase_add_test(c, every_batch_beyond_the_window_is_answered_too);
    tcase_add_test(c, what_was_answered_is_there_after_a_restart);
    tcase_add_test(c, the_daemon_gives_up_the_snapshots_of_killed_processes);
    tcase_add_test(c, a_second_daemon_over_the_same_store_leaves_the_first_alone);
    tcase_add_test(c, only_the_owner_may_enter_the_sockets_folder);
    tcase_add_test(c, a_key_may_use_its_own_sources_name_and_no_other);
    tcase_add_test(c, a_key_brings_no_more_names_than_it_may);
    tcase_add_loop_test(c, a_store_that_others_can_write_to_is_not_opened, 0,
                        sizeof writable / sizeof writable[0]);
    tcase_add_test(c, a_kind_or_place_without_the_right_is_rejected);
    tcase_add_test(c, a_revoked_key_is_refused_at_its_next_message);
    tcase_add_test(c, a_bad_rights_file_changes_nothing);
    tcase_add_test(c, a_subscriber_is_told_of_an_alert);
    tcase_add_test(c, an_alert_can_be_fetched_by_number);
    tcase_add_test(c, an_incident_is_acknowledged_and_told);
    tcase_add_test(c, a_subscriber_hears_only_the_places_of_its_key);
    tcase_add_test(c, a_revoked_subscriber_is_cut_off_and_the_others_come_back);
    tcase_add_test(c, too_long_a_topic_is_not_subscribed);
    tcase_add_loop_test(c, a_query_without_arguments_has_its_answer, 0,
                         sizeof plain / sizeof plain[0]);
    tcase_add_loop_test(c, a_wrong_argument_is_told, 0, sizeof with_number / sizeof with_number[0]);
    tcase_add_test(c, a_report_is_of_a_fund_and_a_year_that_there_are);
    suite_add_tcase(s, c);
    return s;
}
