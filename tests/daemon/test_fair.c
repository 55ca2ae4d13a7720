/* Who is next: sources take turns by what they bring. */
#include "daemon/fair.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/suite.h"

#define ROOM 200

static struct fair fair;
static struct inlet_batch batches[ROOM];
static unsigned made;

/* The n-th allocation from now, counted from 1, gets nothing; 0: none. */
static int memory_fails;

static bool memory_is_out(void)
{
    return memory_fails > 0 && --memory_fails == 0;
}
#define MEMORY_IS_OUT() memory_is_out()
#include "tests/store/short_memory.h"

static void setup(void)
{
    made = 0;
    memset(batches, 0, sizeof batches);
    ck_assert_int_eq(fair_create(ROOM, &fair), 0);
}

static void teardown(void)
{
    fair_free(&fair);
}

static struct inlet_batch *batch(const char *source, uint32_t count)
{
    struct inlet_batch *b = &batches[made++];
    *b = (struct inlet_batch){ .task.kind = TASK_BATCH, .count = count };
    strcpy(b->source, source);
    return b;
}

static void come(const char *source, uint32_t count)
{
    ck_assert(fair_put(&fair, &batch(source, count)->task));
}

static const struct inlet_batch *next(void)
{
    const struct task *task = fair_take(&fair);
    ck_assert_ptr_nonnull(task);
    return (const struct inlet_batch *)task;
}

START_TEST(whoever_is_alone_keeps_his_order)
{
    for (uint32_t i = 0; i < 5; i++)
        come("a", 5 - i);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_uint_eq(next()->count, 5 - i);
    ck_assert_ptr_null(fair_take(&fair));
}
END_TEST

/* Sixteen that have eight batches each on the way, and one that brings a few events then. */
START_TEST(a_few_events_do_not_wait_for_all_that_others_have_sent)
{
    char name[16];
    for (unsigned i = 0; i < 128; i++) {
        snprintf(name, sizeof name, "flood-%u", i % 16);
        come(name, 8000);
    }
    next();
    come("calm", 10);
    ck_assert_str_eq(next()->source, "calm");
}
END_TEST

START_TEST(sources_take_turns_by_what_they_bring)
{
    unsigned events[2] = {0, 0};
    for (unsigned i = 0; i < 10; i++)
        come("large", 1000);
    for (unsigned i = 0; i < 100; i++)
        come("small", 100);
    for (unsigned i = 0; i < 50; i++) {
        const struct inlet_batch *b = next();
        events[strcmp(b->source, "small") == 0] += b->count;
        int ahead = (int)events[0] - (int)events[1];
        ck_assert_int_le(ahead < 0 ? -ahead : ahead, 1100);
    }
}
END_TEST

/* However many small ones come, what is large is due at some time. */
START_TEST(nobody_waits_for_ever)
{
    come("large", 1000);
    for (unsigned taken = 0;; taken++) {
        ck_assert_uint_lt(taken, 100);
        if (made == ROOM)
            ck_abort_msg("it has never been next");
        come("small", 50);
        if (next()->count == 1000)
            break;
    }
}
END_TEST

/* More sources than there is room to remember: time goes on, and each source keeps its order. */
START_TEST(a_source_keeps_its_order_among_more_than_are_remembered)
{
    struct fair small;
    char name[16];
    ck_assert_int_eq(fair_create(4, &small), 0);
    ck_assert(fair_put(&small, &batch("a", 1000)->task));
    for (unsigned i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "other-%u", i);
        ck_assert(fair_put(&small, &batch(name, 1)->task));
        ck_assert_str_ne(((struct inlet_batch *)fair_take(&small))->source, "a");
    }
    ck_assert(fair_put(&small, &batch("a", 1)->task));
    ck_assert_uint_eq(((struct inlet_batch *)fair_take(&small))->count, 1000);
    ck_assert_uint_eq(((struct inlet_batch *)fair_take(&small))->count, 1);
    fair_free(&small);
}
END_TEST

START_TEST(a_command_is_next_at_once_and_one_after_the_other)
{
    struct task commands[2] = {{ .kind = TASK_COMMAND }, { .kind = TASK_COMMAND }};
    come("a", 1);
    ck_assert(fair_put(&fair, &commands[0]));
    ck_assert(fair_put(&fair, &commands[1]));
    ck_assert_ptr_eq(fair_take(&fair), &commands[0]);
    ck_assert_ptr_eq(fair_take(&fair), &commands[1]);
    ck_assert_str_eq(next()->source, "a");
}
END_TEST

START_TEST(more_than_there_is_room_for_are_not_taken)
{
    struct fair small;
    ck_assert_int_eq(fair_create(1, &small), 0);
    ck_assert(fair_put(&small, &batch("a", 0)->task));
    ck_assert(!fair_put(&small, &batch("b", 0)->task));
    ck_assert_ptr_nonnull(fair_take(&small));
    ck_assert(fair_put(&small, &batch("b", 0)->task));
    fair_free(&small);
}
END_TEST

/* Time that passed for want of room has forgotten the turns of both. */
START_TEST(who_waits_is_served_when_no_turn_is_remembered)
{
    struct fair small;
    ck_assert_int_eq(fair_create(2, &small), 0);
    ck_assert(fair_put(&small, &batch("a", 0)->task));
    ck_assert(fair_put(&small, &batch("b", 0)->task));
    ck_assert_str_eq(((struct inlet_batch *)fair_take(&small))->source, "a");
    ck_assert(fair_put(&small, &batch("c", 0)->task));
    ck_assert_str_eq(((struct inlet_batch *)fair_take(&small))->source, "b");
    ck_assert_uint_eq(small.turn_count, 0);
    ck_assert_str_eq(((struct inlet_batch *)fair_take(&small))->source, "c");
    ck_assert_ptr_null(fair_take(&small));
    fair_free(&small);
}
END_TEST

START_TEST(without_memory_nobody_can_wait)
{
    struct fair none;
    memory_fails = _i;
    ck_assert_int_eq(fair_create(ROOM, &none), -ENOMEM);
    ck_assert_int_eq(memory_fails, 0);
    ck_assert_ptr_null(none.waiting);
    ck_assert_ptr_null(none.turns);
    ck_assert(!fair_put(&none, &batch("a", 1)->task));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("fair");
    TCase *t = tcase_create("fair");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, whoever_is_alone_keeps_his_order);
    tcase_add_test(t, a_few_events_do_not_wait_for_all_that_others_have_sent);
    tcase_add_test(t, sources_take_turns_by_what_they_bring);
    tcase_add_test(t, nobody_waits_for_ever);
    tcase_add_test(t, a_source_keeps_its_order_among_more_than_are_remembered);
    tcase_add_test(t, a_command_is_next_at_once_and_one_after_the_other);
    tcase_add_test(t, more_than_there_is_room_for_are_not_taken);
    tcase_add_test(t, who_waits_is_served_when_no_turn_is_remembered);
    tcase_add_loop_test(t, without_memory_nobody_can_wait, 1, 3);
    suite_add_tcase(s, t);
    return s;
}
