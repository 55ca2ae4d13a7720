#include "daemon/bookkeeper.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/queue.h"
#include "tests/daemon/folder.h"
#include "tests/suite.h"
#include "wire/hash.h"

#define INLETS 3
#define EACH   50

static struct folder data;
static struct store *books;
static struct bookkeeper *bookkeeper;

static void no_alerts([[maybe_unused]] void *arg)
{
    ck_abort_msg("nothing here raises an alert");
}

static void setup(void)
{
    log_set_level(LOG_AT_BROKEN);
    folder_make(&data);
    const char *path = folder_path(&data, "store");
    ck_assert_int_eq(hash_init(), 0);
    ck_assert_int_eq(store_create(path), 0);
    struct store_options options = store_options_default();
    ck_assert_int_eq(store_open(path, &options, &books), 0);
    ck_assert_int_eq(bookkeeper_start(&(struct bookkeeper_options){
        .store = books, .group_events = 8192, .queue_max = INLETS * EACH + 8,
        .alerted = no_alerts }, &bookkeeper), 0);
}

static void teardown(void)
{
    bookkeeper_stop(&bookkeeper);
    store_close(&books);
    folder_remove(&data);
}

/* --- Batches of one event, which was rejected before it came here. ------------ */

struct inlet {
    pthread_t thread;
    struct queue *answers;
    struct slip {
        struct inlet_batch batch;       /* first: the answer comes with it */
        struct entry entry;
        pthread_t booked_by;
    } slips[EACH];
};

static void answered(struct inlet_batch *batch)
{
    struct slip *slip = (struct slip *)batch;
    slip->booked_by = pthread_self();
    ck_assert(queue_put(batch->inlet, slip));
}

static struct inlet *inlet_make(const char *source)
{
    struct inlet *inlet = calloc(1, sizeof *inlet);
    ck_assert_ptr_nonnull(inlet);
    ck_assert_int_eq(queue_create(EACH, &inlet->answers), 0);
    for (unsigned i = 0; i < EACH; i++) {
        struct slip *slip = &inlet->slips[i];
        slip->entry.applied = (struct applied){ .outcome = OUTCOME_REJECTED, .reject = REJECT_MISSING_FIELD };
        slip->entry.sent = (struct span){ "x", 1 };
        slip->batch = (struct inlet_batch){ .count = 1, .blocks = { &slip->entry },
                                            .answer = answered, .inlet = inlet->answers };
        strcpy(slip->batch.source, source);
        strcpy(slip->batch.issuer, source);
    }
    return inlet;
}

static void inlet_free(struct inlet *inlet)
{
    queue_destroy(&inlet->answers);
    free(inlet);
}

static bool book_here(struct slip *slip)
{
    struct inlet_batch *batch = &slip->batch;
    return bookkeeper_book_here(bookkeeper, &batch, 1);
}

static void hand_over(struct slip *slip)
{
    ck_assert(bookkeeper_batch(bookkeeper, &slip->batch));
}

static struct slip *next_answer(struct inlet *inlet)
{
    ck_assert(bell_wait(queue_bell(inlet->answers), -1));
    struct slip *slip = queue_take(inlet->answers);
    ck_assert_int_eq(slip->batch.status, BATCH_DONE);
    ck_assert_uint_eq(slip->batch.outcomes[OUTCOME_REJECTED], 1);
    return slip;
}

/* --- A command that goes on until it is let go. -------------------------------- */

struct long_command {
    struct command command;     /* first: the bookkeeper hands it back */
    struct bell begun, let_go, done;
};

static int run_long(struct command *command, [[maybe_unused]] struct store *store)
{
    struct long_command *l = (struct long_command *)command;
    bell_ring(&l->begun);
    ck_assert(bell_wait(&l->let_go, -1));
    return 0;
}

static void done_long(struct command *command, int err)
{
    ck_assert_int_eq(err, 0);
    bell_ring(&((struct long_command *)command)->done);
}

START_TEST(an_idle_bookkeeper_lets_an_inlet_book_in_its_own_thread)
{
    struct inlet *inlet = inlet_make("a");
    while (!book_here(&inlet->slips[0])) {      /* it may be about the clock still */
    }
    ck_assert_ptr_eq(queue_take(inlet->answers), &inlet->slips[0]);
    ck_assert(pthread_equal(inlet->slips[0].booked_by, pthread_self()));
    inlet_free(inlet);
}
END_TEST

START_TEST(one_at_work_takes_what_it_is_handed_and_lets_nobody_else_book)
{
    struct inlet *inlet = inlet_make("a");
    struct long_command command = { .command = { .run = run_long, .done = done_long } };
    ck_assert_int_eq(bell_open(&command.begun), 0);
    ck_assert_int_eq(bell_open(&command.let_go), 0);
    ck_assert_int_eq(bell_open(&command.done), 0);
    ck_assert(bookkeeper_command(bookkeeper, &command.command));
    ck_assert(bell_wait(&command.begun, -1));
    ck_assert(!book_here(&inlet->slips[0]));
    ck_assert_ptr_null(queue_take(inlet->answers));
    hand_over(&inlet->slips[0]);
    bell_ring(&command.let_go);
    ck_assert(bell_wait(&command.done, -1));
    ck_assert(!pthread_equal(next_answer(inlet)->booked_by, pthread_self()));
    bell_close(&command.begun);
    bell_close(&command.let_go);
    bell_close(&command.done);
    inlet_free(inlet);
}
END_TEST

START_TEST(what_waits_for_the_bookkeeper_is_booked_first)
{
    struct inlet *inlet = inlet_make("a");
    for (unsigned i = 0; i < EACH; i += 2) {
        hand_over(&inlet->slips[i]);
        if (!book_here(&inlet->slips[i + 1]))
            hand_over(&inlet->slips[i + 1]);
        ck_assert_ptr_eq(next_answer(inlet), &inlet->slips[i]);
        ck_assert_ptr_eq(next_answer(inlet), &inlet->slips[i + 1]);
    }
    inlet_free(inlet);
}
END_TEST

static void *book_all(void *arg)
{
    struct inlet *inlet = arg;
    for (unsigned i = 0; i < EACH; i++) {
        if (i % 3 == 0 || !book_here(&inlet->slips[i]))
            hand_over(&inlet->slips[i]);
    }
    return NULL;
}

/* Under TSan this shows that the store is written by one thread at a time. */
START_TEST(whoever_books_each_batch_is_answered_once_and_in_order)
{
    struct inlet *inlets[INLETS];
    static const char *const sources[INLETS] = { "a", "b", "c" };
    for (unsigned i = 0; i < INLETS; i++)
        inlets[i] = inlet_make(sources[i]);
    for (unsigned i = 0; i < INLETS; i++)
        ck_assert_int_eq(pthread_create(&inlets[i]->thread, NULL, book_all, inlets[i]), 0);
    for (unsigned i = 0; i < INLETS; i++) {
        for (unsigned k = 0; k < EACH; k++)
            ck_assert_ptr_eq(next_answer(inlets[i]), &inlets[i]->slips[k]);
        pthread_join(inlets[i]->thread, NULL);
        ck_assert_ptr_null(queue_take(inlets[i]->answers));
        inlet_free(inlets[i]);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bookkeeper");
    TCase *c = tcase_create("bookkeeper");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, an_idle_bookkeeper_lets_an_inlet_book_in_its_own_thread);
    tcase_add_test(c, one_at_work_takes_what_it_is_handed_and_lets_nobody_else_book);
    tcase_add_test(c, what_waits_for_the_bookkeeper_is_booked_first);
    tcase_add_test(c, whoever_books_each_batch_is_answered_once_and_in_order);
    suite_add_tcase(s, c);
    return s;
}
