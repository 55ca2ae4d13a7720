#include "daemon/pool.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/suite.h"

#define COUNT_OF(a) (int)(sizeof (a) / sizeof (a)[0])

static const uint32_t windows[] = { 1, 2, 8, WINDOW_MAX };

static struct pool *pool;

/* The n-th allocation from now, counted from 1, gets nothing; 0: none. */
static int memory_fails;

static bool memory_is_out(void)
{
    return memory_fails > 0 && --memory_fails == 0;
}
#define MEMORY_IS_OUT() memory_is_out()
#include "tests/store/short_memory.h"

static void make_pool(uint32_t window)
{
    ck_assert_int_eq(pool_create(window, &pool), 0);
}

static void teardown(void)
{
    pool_destroy(&pool);
}

/* A message that is only as long as it says: the pool never looks inside. */
static struct net_message message_of(size_t bytes)
{
    return (struct net_message){ .frames = { [1] = { .size = bytes } } };
}

/* A flight of `source` with a key, NULL if it is told busy. */
static struct flight *take_as(const char *key, const char *source, uint32_t events, size_t bytes)
{
    struct net_message message = message_of(bytes);
    if (!pool_admits(pool, key, source, events, bytes))
        return NULL;
    return pool_take(pool, key, source, events, &message);
}

static struct flight *take(const char *source, uint32_t events, size_t bytes)
{
    return take_as(source, source, events, bytes);
}

static uint32_t take_all(const char *source, uint32_t events, size_t bytes)
{
    uint32_t taken = 0;
    while (take(source, events, bytes) != NULL)
        taken++;
    return taken;
}

START_TEST(a_source_alone_has_its_window_of_the_largest_batches_and_no_more)
{
    make_pool(windows[_i]);
    ck_assert_uint_eq(take_all("a", BATCH_EVENTS_MAX, MESSAGE_SIZE_MAX), windows[_i]);
    ck_assert_uint_eq(pool_in_flight(pool), windows[_i]);
}
END_TEST

START_TEST(a_newcomer_finds_room_beside_those_that_take_all_they_can)
{
    char name[8];
    make_pool(windows[_i]);
    for (unsigned i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%u", i);
        ck_assert_uint_ge(take_all(name, BATCH_EVENTS_MAX, 100), 1);
    }
    ck_assert_ptr_nonnull(take("newcomer", 1000, 100));
}
END_TEST

START_TEST(a_key_with_many_sources_leaves_room_for_another)
{
    char name[8];
    uint32_t taken = 0;
    make_pool(8);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "x.%u", i);
        taken += take_as("mad", name, _i, 100) != NULL;
    }
    ck_assert_uint_ge(taken, 1);
    ck_assert_uint_le(taken, POOL_BATCHES / 2);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_ptr_nonnull(take_as("good", "calm", 1000, 100));
}
END_TEST

START_TEST(small_batches_are_bounded_by_window_and_slots)
{
    uint32_t taken = 0;
    char name[8];
    make_pool(8);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%u", i);
        uint32_t own = take_all(name, 1, 100);
        ck_assert_uint_le(own, 8);
        taken += own;
    }
    ck_assert_uint_eq(taken, POOL_BATCHES);
    ck_assert_uint_eq(pool_in_flight(pool), POOL_BATCHES);
}
END_TEST

/* In an order of its own, as groups of several sources are answered. */
START_TEST(what_is_given_back_can_be_taken_again)
{
    struct flight *flights[8];
    make_pool(8);
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned i = 0; i < 8; i++) {
            flights[i] = take("a", BATCH_EVENTS_MAX, MESSAGE_SIZE_MAX);
            ck_assert_ptr_nonnull(flights[i]);
        }
        ck_assert_ptr_null(take("a", 1, 1));
        for (unsigned i = 0; i < 8; i++)
            pool_give(pool, flights[(i * 3 + round) % 8]);
        ck_assert_uint_eq(pool_in_flight(pool), 0);
    }
}
END_TEST

START_TEST(batches_in_flight_share_no_entry)
{
    struct flight *a, *b;
    make_pool(8);
    a = take("a", 1000, 1);
    pool_give(pool, a);
    a = take("a", 300, 1);
    b = take("b", 1000, 1);
    for (uint32_t i = 0; i < 300; i++)
        batch_entry(&a->batch, i)->applied.position = 1;
    for (uint32_t i = 0; i < 1000; i++)
        batch_entry(&b->batch, i)->applied.position = 2;
    for (uint32_t i = 0; i < 300; i++)
        ck_assert_uint_eq(batch_entry(&a->batch, i)->applied.position, 1);
    ck_assert_str_eq(a->batch.source, "a");
    ck_assert_uint_eq(b->batch.count, 1000);
}
END_TEST

/* However few events they have. */
START_TEST(large_messages_are_bounded_by_their_bytes)
{
    char name[8];
    uint32_t taken = 0;
    make_pool(8);
    for (unsigned i = 0; i < POOL_BATCHES; i++) {
        snprintf(name, sizeof name, "%u", i);
        taken += take_as("mad", name, 1, MESSAGE_SIZE_MAX) != NULL;
    }
    size_t bytes_max = POOL_BYTES_MIN > 16 * MESSAGE_SIZE_MAX ? POOL_BYTES_MIN : 16 * MESSAGE_SIZE_MAX;
    ck_assert_uint_ge(taken, 8);
    ck_assert_uint_le(taken, bytes_max / 2 / MESSAGE_SIZE_MAX);
    ck_assert_ptr_nonnull(take_as("good", "calm", 1, MESSAGE_SIZE_MAX));
}
END_TEST

START_TEST(without_memory_there_is_no_pool)
{
    memory_fails = _i;
    ck_assert_int_eq(pool_create(8, &pool), -ENOMEM);
    ck_assert_int_eq(memory_fails, 0);
    ck_assert_ptr_null(pool);
    pool_destroy(&pool);
    ck_assert_ptr_null(pool);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("pool");
    TCase *tc = tcase_create("pool");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_loop_test(tc, a_source_alone_has_its_window_of_the_largest_batches_and_no_more, 0,
                        COUNT_OF(windows));
    tcase_add_loop_test(tc, a_newcomer_finds_room_beside_those_that_take_all_they_can, 0,
                        COUNT_OF(windows));
    tcase_add_loop_test(tc, a_key_with_many_sources_leaves_room_for_another, 1, 2);
    tcase_add_loop_test(tc, a_key_with_many_sources_leaves_room_for_another, 1000, 1001);
    tcase_add_loop_test(tc, a_key_with_many_sources_leaves_room_for_another, BATCH_EVENTS_MAX,
                        BATCH_EVENTS_MAX + 1);
    tcase_add_test(tc, small_batches_are_bounded_by_window_and_slots);
    tcase_add_test(tc, what_is_given_back_can_be_taken_again);
    tcase_add_test(tc, batches_in_flight_share_no_entry);
    tcase_add_test(tc, large_messages_are_bounded_by_their_bytes);
    tcase_add_loop_test(tc, without_memory_there_is_no_pool, 1, 4);
    suite_add_tcase(s, tc);
    return s;
}
