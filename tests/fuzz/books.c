#include "tests/fuzz/books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fund/policy.h"
#include "tests/fuzz/input.h"

/* Two of them, so that one event can be confirmed by another person. */
static void as(const char *key, const char *person)
{
    begin();
    store_actor(books, key, person);
}

static void reopen_with_four_eyes(void)
{
    struct store_options options = store_options_default();
    options.map_max = UINT64_C(1) << 28;
    options.reserve = 1 << 20;
    options.run_records = 1 << 20;
    options.four_eyes = (struct four_eyes){ .kinds = UINT32_C(1) << KIND_IMPORT };
    store_close(&books);
    ck_assert_msg(store_open(books_path, &options, &books) == 0, "%s", store_open_error());
}

static void money_and_people(void)
{
    static const char *const months[] = { "m1", "m2", "m3" };
    apply(a_population("pop", 20240101, MEASURE_RESIDENT, 1000));
    apply(a_headcount("heads", 20240105, 900));
    for (int person = 1; person <= 3; person++) {
        char id[24];
        snprintf(id, sizeof id, "enrol%d", person);
        apply(an_enrollment(id, 20240106, person, STATUS_NORMAL));
        snprintf(id, sizeof id, "fee%d", person);
        apply(a_fee_of(id, 20240107 + person, 38000, person));
    }
    apply(a_subsidy("central", 20240120, 5000000, CATEGORY_CENTRAL, 2024));
    for (unsigned month = 0; month < 3; month++) {
        char id[24];
        snprintf(id, sizeof id, "visit%u", month);
        apply_from("hospital-7", a_settlement(id, 20240115 + 100 * (int)month, 3000000));
        apply(a_month_close(months[month], month == 0 ? 20240131 : month == 1 ? 20240229 : 20240331));
    }
    apply_from("hospital-7", a_settlement("late", 20240120, 70000));
}

static void what_is_odd(void)
{
    struct applied applied;
    static const uint8_t sent[] = { 0x81, 0xa2, 'i', 'd', 0xa3, 'o', 'd', 'd' };
    apply(a_reversal("undo", 20240401, "fee1"));
    apply(a_reversal("undo-nothing", 20240402, "never-came"));
    apply(a_statement("bank", 20240331, 1));
    begin();
    applied = (struct applied){ .outcome = OUTCOME_REJECTED, .reject = REJECT_BAD_FIELD };
    ck_assert_int_eq(store_quarantine(books, 1, 1, &applied,
                                      (struct span){ (const char *)sent, sizeof sent }, "odd"), 0);
    ck_assert_int_eq(store_sequence(books, 1, 7, (struct batch_numbers){ 0, 0 }), 0);
    commit();
}

static void what_people_did(void)
{
    uint64_t alert;
    struct applied applied;
    as("officer", "Wang Fang");
    applied = add("bureau", an_import("import", 20240403));
    ck_assert_int_eq(applied.outcome, OUTCOME_REJECTED);
    ck_assert_int_eq(applied.reject, REJECT_WAITING);
    commit();
    as("officer", "Wang Fang");
    if (store_acknowledge(books, 1, "Wang Fang", "seen", &alert) == 0)
        ck_assert_int_eq(store_action(books, &(struct action_told){
            .action = ACTION_ACKNOWLEDGED, .subject = 1, .text = "seen" }), 0);
    commit();
    begin();
    ck_assert_int_eq(store_covered(books, 1), 0);
    commit();
}

void books_with_everything(void)
{
    setenv("TMPDIR", input_folder(), 1);
    books_setup();
    reopen_with_four_eyes();
    money_and_people();
    what_is_odd();
    what_people_did();
}

/* --- The vocabulary's ck_assert outside of a suite: libcheck, which would have it tell one, is not linked.
 * ------ */

void _mark_point(const char *file, int line)
{
    (void)file, (void)line;
}

void _ck_assert_failed(const char *file, int line, const char *expression, const char *message, ...)
{
    (void)message;
    fprintf(stderr, "%s:%d: %s\n", file, line, expression);
    abort();
}
