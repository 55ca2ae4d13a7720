#include "daemon/queue.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "tests/suite.h"

#define WRITERS  4
#define EACH     20000

static struct queue *queue;

static void setup(void)
{
    ck_assert_int_eq(queue_create(3, &queue), 0);
}

static void teardown(void)
{
    queue_destroy(&queue);

}

static void *item(uintptr_t number)
{
    return (void *)number;
}

START_TEST(items_come_out_in_the_order_in_which_they_went_in)
{
    for (uintptr_t i = 1; i <= 10; i++) {
        ck_assert(queue_put(queue, item(2 * i)));
        ck_assert(queue_put(queue, item(2 * i + 1)));
        ck_assert_ptr_eq(queue_take(queue), item(2 * i));
        ck_assert_ptr_eq(queue_take(queue), item(2 * i + 1));
    }
    ck_assert_ptr_null(queue_take(queue));
}
END_TEST

START_TEST(a_full_queue_takes_nothing_more)
{
    for (uintptr_t i = 1; i <= 3; i++)
        ck_assert(queue_put(queue, item(i)));
    ck_assert(!queue_put(queue, item(4)));
    ck_assert_ptr_eq(queue_take(queue), item(1));
    ck_assert(queue_put(queue, item(5)));
    ck_assert_ptr_eq(queue_take(queue), item(2));
    ck_assert_ptr_eq(queue_take(queue), item(3));
    ck_assert_ptr_eq(queue_take(queue), item(5));
}
END_TEST

START_TEST(the_bell_rings_exactly_while_something_is_inside)
{
    ck_assert(!bell_wait(queue_bell(queue), 0));
    ck_assert(queue_put(queue, item(1)));
    ck_assert(queue_put(queue, item(2)));
    ck_assert(bell_wait(queue_bell(queue), 0));
    queue_take(queue);
    ck_assert(bell_wait(queue_bell(queue), 0));
    queue_take(queue);
    ck_assert(!bell_wait(queue_bell(queue), 0));
}
END_TEST

START_TEST(a_bell_rings_until_it_is_cleared)
{
    struct bell bell;
    ck_assert_int_eq(bell_open(&bell), 0);
    bell_ring(&bell);
    bell_ring(&bell);
    ck_assert(bell_wait(&bell, -1));
    bell_clear(&bell);
    ck_assert(!bell_wait(&bell, 0));
    bell_clear(&bell);
    bell_close(&bell);
    bell_close(&bell);
}
END_TEST

/* What a writer hands over: its own number and a count, to be seen in order. */
struct note {
    unsigned writer, count;
};

static void *write_notes(void *arg)
{
    struct note *notes = arg;
    for (unsigned i = 0; i < EACH; i++) {
        notes[i].count = i;
        while (!queue_put(queue, &notes[i]))
            sched_yield();              /* else those who find it full keep the reader from its lock */
    }
    return NULL;
}

START_TEST(each_of_several_writers_is_read_in_its_own_order)
{
    static struct note notes[WRITERS][EACH];
    unsigned next[WRITERS] = { 0 };
    pthread_t threads[WRITERS];
    for (unsigned w = 0; w < WRITERS; w++) {
        for (unsigned i = 0; i < EACH; i++)
            notes[w][i].writer = w;
        ck_assert_int_eq(pthread_create(&threads[w], NULL, write_notes, notes[w]), 0);
    }
    for (unsigned i = 0; i < WRITERS * EACH;) {
        ck_assert(bell_wait(queue_bell(queue), -1));
        for (struct note *n = queue_take(queue); n != NULL; n = queue_take(queue), i++)
            ck_assert_uint_eq(n->count, next[n->writer]++);
    }
    for (unsigned w = 0; w < WRITERS; w++)
        pthread_join(threads[w], NULL);
    ck_assert_ptr_null(queue_take(queue));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("queue");
    TCase *c = tcase_create("queue");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, items_come_out_in_the_order_in_which_they_went_in);
    tcase_add_test(c, a_full_queue_takes_nothing_more);
    tcase_add_test(c, the_bell_rings_exactly_while_something_is_inside);
    tcase_add_test(c, a_bell_rings_until_it_is_cleared);
    tcase_add_test(c, each_of_several_writers_is_read_in_its_own_order);
    suite_add_tcase(s, c);
    return s;
}
