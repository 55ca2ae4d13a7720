/* Every alert once, in the order of its number, whatever PUB/SUB did to it. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "consumers/client/monitor.h"
#include "tests/consumers/server.h"
#include "tests/suite.h"

#define NUMBERS_MAX 1024

static struct server *server;
static struct fw_monitor *monitor;
static struct fw_monitor_options options;

/* What was delivered, and what to do meanwhile. */
static struct {
    uint64_t numbers[NUMBERS_MAX], epochs[NUMBERS_MAX];
    unsigned count, wanted;
    unsigned snapshots, silences, returns;
    struct fw_rule rule;
    void (*at_snapshot)(void);
    void (*at_alert)(uint64_t number);
} seen;
static volatile bool stop;

static bool on_alert(void *arg, const struct alert *alert)
{
    (void)arg;
    ck_assert_uint_lt(seen.count, NUMBERS_MAX);
    seen.epochs[seen.count] = alert->epoch;
    seen.numbers[seen.count++] = alert->number;
    if (seen.at_alert != NULL)
        seen.at_alert(alert->number);
    return seen.count < seen.wanted;
}

static void on_snapshot(void *arg, uint64_t epoch, uint64_t last, const struct fw_rule *rules, unsigned count)
{
    (void)arg;
    (void)epoch;
    (void)last;
    seen.snapshots++;
    ck_assert_uint_eq(count, 1);
    seen.rule = rules[0];
    if (seen.at_snapshot != NULL)
        seen.at_snapshot();
}

static void on_silence(void *arg, bool silent)
{
    (void)arg;
    seen.silences += silent;
    seen.returns += !silent;
    server_beat(server, silent);
    stop = seen.returns > 0;
}

static void setup(void)
{
    server = server_new();
    memset(&seen, 0, sizeof seen);
    stop = false;
    options = (struct fw_monitor_options){
        .alerts = server_peer(server, NET_ALERTS), .query = server_peer(server, NET_QUERY),
        .on_alert = on_alert, .on_snapshot = on_snapshot,
    };
}

static void teardown(void)
{
    fw_monitor_close(&monitor);
    server_free(&server);
}

static void record(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        server_record(server);
}

static void open_monitor(void)
{
    const char *error = "";
    ck_assert_msg(fw_monitor_open(&options, &monitor, &error) == 0, "%s", error);
    server_await_subscriber(server);
}

/* Follows until `wanted` alerts have been delivered altogether. */
static void follow(unsigned wanted)
{
    if (monitor == NULL)
        open_monitor();
    seen.wanted = wanted;
    ck_assert_int_eq(fw_monitor_run(monitor, -1, &stop), 0);
    ck_assert_uint_eq(seen.count, wanted);
}

static void expect(unsigned count, const uint64_t *numbers)
{
    ck_assert_uint_eq(seen.count, count);
    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(seen.numbers[i], numbers[i]);
}
#define EXPECT(...)                                                  \
    expect(sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t),   \
           (const uint64_t[]){ __VA_ARGS__ })

static void expect_from_to(uint64_t from, uint64_t to)
{
    ck_assert_uint_eq(seen.count, to - from + 1);
    for (unsigned i = 0; i < seen.count; i++)
        ck_assert_uint_eq(seen.numbers[i], from + i);
}

/* --- What PUB/SUB does. -------------------------------------------------------- */

static void two_more(void)
{
    server_publish(server, server_record(server));
    server_publish(server, server_record(server));
}

START_TEST(without_a_number_it_begins_with_what_comes_after_the_snapshot)
{
    record(3);
    seen.at_snapshot = two_more;
    follow(2);
    EXPECT(4, 5);
    ck_assert_int_eq(seen.rule.rule, RULE_COVERAGE);
    ck_assert_str_eq(seen.rule.instance, "resident");
    ck_assert_int_eq(seen.rule.level, LEVEL_LOW);
    ck_assert(seen.rule.blind);
    ck_assert_int_eq(date_to_ymd(seen.rule.since), 20240701);
}
END_TEST

static void five_of_which_the_last_is_published(void)
{
    record(5);
    server_publish(server, 5);
}

START_TEST(what_was_lost_is_fetched_in_front_of_what_came)
{
    seen.at_snapshot = five_of_which_the_last_is_published;
    follow(5);
    expect_from_to(1, 5);
}
END_TEST

static void three_and_a_heartbeat(void)
{
    record(3);
    server_beat(server, true);
}

START_TEST(a_heartbeat_tells_of_alerts_that_were_all_lost)
{
    seen.at_snapshot = three_and_a_heartbeat;
    follow(3);
    expect_from_to(1, 3);
}
END_TEST

static void muddled(void)
{
    static const uint64_t order[] = { 3, 1, 1, 5, 2, 4, 5, 1, 6 };
    record(6);
    for (unsigned i = 0; i < sizeof order / sizeof order[0]; i++)
        server_publish(server, order[i]);
}

START_TEST(out_of_order_and_twice_comes_out_once_in_order)
{
    seen.at_snapshot = muddled;
    follow(6);
    server_publish(server, server_record(server));
    follow(7);
    expect_from_to(1, 7);
}
END_TEST

static void unreadable(void)
{
    record(2);
    server_publish_raw(server, "alert/130207/390/runway", "\xc1", 1);
}

START_TEST(an_alert_that_cannot_be_read_is_fetched)
{
    seen.at_snapshot = unreadable;
    follow(2);
    expect_from_to(1, 2);
}
END_TEST

/* --- Pages and places. --------------------------------------------------------- */

START_TEST(answers_in_pages_are_followed_to_their_end)
{
    record(25);
    server_page(server, 4);
    options.after = FW_FROM_START;
    follow(25);
    expect_from_to(1, 25);
    ck_assert_uint_ge(server_asked(server), 1 + 7);
}
END_TEST

START_TEST(of_other_places_nothing_is_delivered_and_nothing_is_missed)
{
    static const uint32_t places[] = { 440800, 130207, 440700, 130200, 110000 };
    for (unsigned i = 0; i < 15; i++)
        server_record_at(server, places[i % 5]);
    server_page(server, 2);
    options.after = FW_FROM_START;
    options.place = "13";
    follow(6);
    EXPECT(2, 4, 7, 9, 12, 14);
}
END_TEST

static void stop_at_heartbeat(void *arg, const struct heartbeat *heartbeat)
{
    uint64_t epoch, through;
    (void)arg;
    fw_monitor_complete(monitor, &epoch, &through);
    stop = epoch == 1 && through == heartbeat->last;
}

START_TEST(completeness_passes_the_alerts_of_other_places)
{
    uint64_t epoch, through;
    for (unsigned i = 0; i < 9; i++)
        server_record_at(server, i == 3 ? 130207 : 440800);
    options.after = FW_FROM_START;
    options.place = "1302";
    options.on_heartbeat = stop_at_heartbeat;
    server_beat(server, true);
    follow(2 - 1);
    seen.wanted = 99;
    ck_assert_int_eq(fw_monitor_run(monitor, -1, &stop), 0);
    fw_monitor_complete(monitor, &epoch, &through);
    ck_assert_uint_eq(epoch, 1);
    ck_assert_uint_eq(through, 9);
    EXPECT(4);
}
END_TEST

/* --- Going on. ----------------------------------------------------------------- */

static const struct resume_case {
    uint64_t after, epoch;
    unsigned first;             /* alert delivered first, of 5 before the snapshot and 2 behind it */
} resume_cases[] = {
    { 0, 0, 6 },
    { 2, 0, 3 },
    { 2, 1, 3 },
    { 0, 1, 1 },
    { FW_FROM_START, 0, 1 },
    { 5, 1, 6 },
    { 2, 9, 6 },                /* another store: from its present state on */
    { 77, 1, 6 },               /* a number that this store has never had */
};

START_TEST(it_goes_on_where_it_is_told_to)
{
    const struct resume_case *c = &resume_cases[_i];
    record(5);
    options.after = c->after;
    options.epoch = c->epoch;
    seen.at_snapshot = two_more;
    follow(7 - c->first + 1);
    expect_from_to(c->first, 7);
}
END_TEST

START_TEST(stopped_in_the_middle_of_a_page_it_goes_on_there)
{
    record(6);
    options.after = FW_FROM_START;
    follow(2);
    follow(6);
    expect_from_to(1, 6);
}
END_TEST

static void away_and_back(uint64_t number)
{
    if (number != 2)
        return;
    server_go_away(server);
    record(2);
    server_come_back(server);
    server_beat(server, true);
}

START_TEST(a_daemon_that_was_away_is_asked_for_what_it_raised_meanwhile)
{
    record(2);
    options.after = FW_FROM_START;
    seen.at_alert = away_and_back;
    follow(4);
    expect_from_to(1, 4);
}
END_TEST

START_TEST(a_daemon_that_comes_later_is_waited_for)
{
    record(2);
    server_go_away(server);
    const char *error;
    options.after = FW_FROM_START;
    ck_assert_int_eq(fw_monitor_open(&options, &monitor, &error), 0);
    ck_assert_int_eq(fw_monitor_run(monitor, 1, &stop), -ETIMEDOUT);
    server_come_back(server);
    follow(2);
    expect_from_to(1, 2);
}
END_TEST

static void restored(uint64_t number)
{
    if (seen.snapshots == 1 && number == 3) {
        server_restore(server, 1);
        server_beat(server, true);
    }
}

static void one_more_in_the_new_epoch(void)
{
    if (seen.snapshots == 2)
        server_record(server);
}

START_TEST(a_restored_store_begins_again_with_its_snapshot)
{
    record(3);
    options.after = FW_FROM_START;
    seen.at_alert = restored;
    seen.at_snapshot = one_more_in_the_new_epoch;
    follow(4);
    EXPECT(1, 2, 3, 2);
    ck_assert_uint_eq(seen.epochs[2], 1);
    ck_assert_uint_eq(seen.epochs[3], 2);
    ck_assert_uint_eq(seen.snapshots, 2);
}
END_TEST

START_TEST(alerts_from_before_a_restore_are_delivered_under_their_old_epoch)
{
    uint64_t epoch, through;
    record(3);
    server_restore(server, 2);
    record(1);
    options.after = FW_FROM_START;
    follow(3);
    expect_from_to(1, 3);
    ck_assert_uint_eq(seen.epochs[1], 1);
    ck_assert_uint_eq(seen.epochs[2], 2);
    fw_monitor_complete(monitor, &epoch, &through);
    ck_assert(epoch == 2 && through == 3);
}
END_TEST

static void restored_before_the_page(void)
{
    if (seen.snapshots == 1)
        server_restore(server, 1);
    else
        server_record(server);
}

START_TEST(a_page_of_another_epoch_is_not_delivered)
{
    record(2);
    options.after = FW_FROM_START;
    seen.at_snapshot = restored_before_the_page;
    server_beat(server, true);
    follow(1);
    EXPECT(2);
    ck_assert_uint_eq(seen.epochs[0], 2);
    ck_assert_uint_eq(seen.snapshots, 2);
}
END_TEST

static struct alert old_alert;

static void late_message_of_the_old_epoch(void)
{
    if (seen.snapshots == 1)
        old_alert = server_record(server) == 1 ? sample_alert(1) : (struct alert){ 0 };
    struct alert stale = old_alert;
    struct writer w;
    stale.epoch = 77;
    stale.number = 1;
    writer_init(&w);
    alert_encode(&w, &stale);
    server_publish_raw(server, "alert/130207/390/runway", w.bytes, w.size);
    writer_free(&w);
    server_publish(server, 1);
}

START_TEST(an_alert_of_an_epoch_that_is_over_is_not_delivered)
{
    seen.at_snapshot = late_message_of_the_old_epoch;
    follow(1);
    EXPECT(1);
    ck_assert_uint_eq(seen.epochs[0], 1);
    ck_assert_uint_eq(seen.snapshots, 1);
}
END_TEST

/* --- What goes wrong. ---------------------------------------------------------- */

START_TEST(busy_and_unanswered_questions_are_asked_again)
{
    record(3);
    options.after = FW_FROM_START;
    server_refuse(server, 2, "busy");
    server_stutter(server, 9);
    follow(3);
    expect_from_to(1, 3);
    server_ignore(server, 1);
    server_publish(server, server_record(server) + 0);
    record(1);
    server_publish(server, 5);
    follow(5);
    expect_from_to(1, 5);
}
END_TEST

START_TEST(a_key_that_may_not_ask_ends_it)
{
    server_refuse(server, 99, "not_permitted");
    open_monitor();
    ck_assert_int_eq(fw_monitor_run(monitor, -1, &stop), -EACCES);
}
END_TEST

START_TEST(an_answer_that_is_none_ends_it)
{
    server_garble(server, 99);
    open_monitor();
    ck_assert_int_eq(fw_monitor_run(monitor, -1, &stop), -EPROTO);
}
END_TEST

START_TEST(an_alert_of_a_place_not_asked_for_ends_it)
{
    record(1);
    server_stray(server);
    options.place = "1302";
    options.after = FW_FROM_START;
    open_monitor();
    ck_assert_int_eq(fw_monitor_run(monitor, -1, &stop), -EPROTO);
    ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(an_alert_that_was_delivered_before_ends_it_in_a_page)
{
    record(3);
    server_page(server, 2);
    options.after = 1;
    options.epoch = 1;
    server_repeat(server);
    open_monitor();
    seen.wanted = 99;
    ck_assert_int_eq(fw_monitor_run(monitor, -1, &stop), -EPROTO);
    ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(a_place_that_is_none_is_refused)
{
    const char *error = NULL;
    options.place = "1x";
    ck_assert_int_eq(fw_monitor_open(&options, &monitor, &error), -EINVAL);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_null(monitor);
}
END_TEST

START_TEST(silence_is_told_once_and_so_is_its_end)
{
    options.heartbeat_ms = 20;
    options.on_silence = on_silence;
    open_monitor();
    ck_assert_int_eq(fw_monitor_run(monitor, -1, &stop), 0);
    ck_assert_uint_eq(seen.silences, 1);
    ck_assert_uint_eq(seen.returns, 1);
}
END_TEST

static void one_more_unheard(void)
{
    server_record(server);
}

START_TEST(in_silence_the_store_is_asked_all_the_same)
{
    options.heartbeat_ms = 20;
    seen.at_snapshot = one_more_unheard;
    follow(1);
    EXPECT(1);
}
END_TEST

START_TEST(silence_lasts_from_one_run_to_the_next)
{
    options.heartbeat_ms = 200;
    seen.at_snapshot = one_more_unheard;
    seen.wanted = 1;
    open_monitor();
    while (fw_monitor_run(monitor, 20, &stop) == -ETIMEDOUT) {
    }
    EXPECT(1);
}
END_TEST

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Who asks again has waited for two seconds before, however slow the machine is. */
START_TEST(a_question_lasts_from_one_run_to_the_next)
{
    record(2);
    server_hold(server, true);
    options.after = FW_FROM_START;
    open_monitor();
    int64_t began = now_ms();
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(fw_monitor_run(monitor, 20, &stop), -ETIMEDOUT);
    server_hold(server, false);
    follow(2);
    expect_from_to(1, 2);
    ck_assert_int_le(server_asked(server), 2 + (now_ms() - began) / 2000);
}
END_TEST

/* Runs in pieces while a condition holds. */
#define RUN_WHILE(condition)                                      \
    while (condition) {                                           \
        int err = fw_monitor_run(monitor, 20, &stop);             \
        ck_assert(err == -ETIMEDOUT || seen.count >= seen.wanted); \
    }

START_TEST(what_is_heard_while_a_question_waits_is_delivered_once)
{
    record(1);
    open_monitor();
    seen.wanted = 2;
    RUN_WHILE(seen.snapshots == 0);
    server_hold(server, true);
    record(2);
    server_publish(server, 3);              /* a bell: it asks for what is between */
    int64_t began = now_ms();
    RUN_WHILE(now_ms() - began < 100);
    server_publish(server, 2);
    began = now_ms();
    RUN_WHILE(now_ms() - began < 100);
    server_hold(server, false);
    RUN_WHILE(seen.count < 2);
    EXPECT(2, 3);
}
END_TEST

static unsigned heartbeats;

static void count_heartbeat(void *arg, const struct heartbeat *heartbeat)
{
    (void)arg;
    (void)heartbeat;
    heartbeats++;
}

/* Publishes an alert that is not recorded yet, and runs until it was heard: what comes behind it was. */
static void hear_early(uint64_t number)
{
    struct alert alert = sample_alert(number);
    char topic[TOPIC_MAX + 1];
    struct writer w;
    unsigned before = heartbeats;
    writer_init(&w);
    alert_encode(&w, &alert);
    server_publish_raw(server, alert_topic(&alert, topic), w.bytes, w.size);
    writer_reset(&w);
    heartbeat_encode(&w, &(struct heartbeat){ .epoch = 1 });
    server_publish_raw(server, HEARTBEAT_TOPIC, w.bytes, w.size);
    writer_free(&w);
    RUN_WHILE(heartbeats == before);
}

static void record_behind_3(uint64_t number)
{
    if (number == 3)
        record(1);
}

/* The answer is older than what was heard while it was on its way.  Who waits half a second with the next
 * question asks none in one more run, unless that comes as late. */
START_TEST(what_is_raised_behind_an_answer_is_asked_for_at_once)
{
    heartbeats = 0;
    options.on_heartbeat = count_heartbeat;
    seen.at_alert = record_behind_3;
    seen.wanted = 3;
    record(1);
    open_monitor();
    RUN_WHILE(seen.snapshots == 0);
    server_hold(server, true);
    record(2);
    hear_early(3);                          /* a bell: it asks for what is between */
    ck_assert_int_eq(fw_monitor_run(monitor, 0, &stop), -ETIMEDOUT);
    hear_early(4);
    server_hold(server, false);
    RUN_WHILE(seen.count < 2);
    fw_monitor_run(monitor, 0, &stop);
    for (int i = 0; i < 10000 && server_asked(server) < 3; i++)
        poll(NULL, 0, 1);
    ck_assert_uint_ge(server_asked(server), 3);
    RUN_WHILE(seen.count < 3);
    EXPECT(2, 3, 4);
}
END_TEST

/* --- All of it, at random. ----------------------------------------------------- */

#define STORM 400
static unsigned storm_seed;

/* Two or three alerts at a time: lost, doubled, shuffled; now and then the daemon goes away. */
static void storm(uint64_t number)
{
    if (number != server_record(server) - 1 || number >= STORM)
        return;
    uint64_t last = server_record(server);
    for (int i = 0; i < 4; i++) {
        if (rand_r(&storm_seed) % 3 != 0)
            server_publish(server, last - (uint64_t)rand_r(&storm_seed) % 3);
    }
    if (rand_r(&storm_seed) % 50 == 0) {
        server_go_away(server);
        server_come_back(server);
    }
}

START_TEST(in_a_storm_every_alert_comes_once_in_order)
{
    const char *text = getenv("FUNDWATCH_SEED");
    unsigned seed = text != NULL ? (unsigned)strtoul(text, NULL, 10) : 4711 + (unsigned)_i;
    printf("seed %u\n", seed);
    storm_seed = seed;
    record(1);
    server_page(server, 1 + seed % 7);
    server_beat(server, true);
    options.after = FW_FROM_START;
    seen.at_alert = storm;
    follow(STORM);
    expect_from_to(1, STORM);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("monitor");
    TCase *t = tcase_create("monitor");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, without_a_number_it_begins_with_what_comes_after_the_snapshot);
    tcase_add_test(t, what_was_lost_is_fetched_in_front_of_what_came);
    tcase_add_test(t, a_heartbeat_tells_of_alerts_that_were_all_lost);
    tcase_add_test(t, out_of_order_and_twice_comes_out_once_in_order);
    tcase_add_test(t, an_alert_that_cannot_be_read_is_fetched);
    tcase_add_test(t, answers_in_pages_are_followed_to_their_end);
    tcase_add_test(t, of_other_places_nothing_is_delivered_and_nothing_is_missed);
    tcase_add_test(t, completeness_passes_the_alerts_of_other_places);
    tcase_add_loop_test(t, it_goes_on_where_it_is_told_to, 0, sizeof resume_cases / sizeof resume_cases[0]);
    tcase_add_test(t, stopped_in_the_middle_of_a_page_it_goes_on_there);
    tcase_add_test(t, a_daemon_that_was_away_is_asked_for_what_it_raised_meanwhile);
    tcase_add_test(t, a_daemon_that_comes_later_is_waited_for);
    tcase_add_test(t, a_restored_store_begins_again_with_its_snapshot);
    tcase_add_test(t, alerts_from_before_a_restore_are_delivered_under_their_old_epoch);
    tcase_add_test(t, a_page_of_another_epoch_is_not_delivered);
    tcase_add_test(t, an_alert_of_an_epoch_that_is_over_is_not_delivered);
    tcase_add_test(t, busy_and_unanswered_questions_are_asked_again);
    tcase_add_test(t, a_key_that_may_not_ask_ends_it);
    tcase_add_test(t, an_answer_that_is_none_ends_it);
    tcase_add_test(t, an_alert_of_a_place_not_asked_for_ends_it);
    tcase_add_test(t, an_alert_that_was_delivered_before_ends_it_in_a_page);
    tcase_add_test(t, a_place_that_is_none_is_refused);
    tcase_add_test(t, silence_is_told_once_and_so_is_its_end);
    tcase_add_test(t, in_silence_the_store_is_asked_all_the_same);
    tcase_add_test(t, silence_lasts_from_one_run_to_the_next);
    tcase_add_test(t, a_question_lasts_from_one_run_to_the_next);
    tcase_add_test(t, what_is_heard_while_a_question_waits_is_delivered_once);
    tcase_add_test(t, what_is_raised_behind_an_answer_is_asked_for_at_once);
    tcase_add_loop_test(t, in_a_storm_every_alert_comes_once_in_order, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
