/* What the indexes say of persons and of a source's days is what a plain model says, whatever lies in
 * memory, in runs or has just been made again. */
#include <stdio.h>
#include <stdlib.h>

#include "store/files.h"
#include "store/group.h"
#include "store/parts.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define RUN_RECORDS 64          /* small, so that a test has many runs */
#define STEPS       1500
#define PERSONS     200
#define FEES_MAX    STEPS

static struct store_options options;
static unsigned long state;

static unsigned pick(unsigned below)
{
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(state >> 33) % below;
}

static void reopen(void)
{
    store_close(&books);
    ck_assert_msg(store_open(books_path, &options, &books) == 0, "%s", store_open_error());
}

static void setup(void)
{
    books_setup();
    options = store_options_default();
    options.map_max = UINT64_C(1) << 30;
    options.reserve = 1 << 20;
    options.run_records = RUN_RECORDS;
    state = 1;
    reopen();
}

static void delete_index(void)
{
    char folder[300];
    snprintf(folder, sizeof folder, "%s/index", books_path);
    store_close(&books);
    files_remove_folder(folder);
    ck_assert_msg(store_open(books_path, &options, &books) == 0, "%s", store_open_error());
}

/* --- The model: everything is remembered and counted anew each time. ------------ */

struct fee {
    int person;
    bool paid;                  /* it has come, */
    bool reversed;              /* and so has its reversal */
};

static struct {
    int32_t since[PERSONS];     /* day of the month of the newest enrolment; 0: none */
    enum event_status status[PERSONS];
    struct fee fees[FEES_MAX];
    int fee_count;
    int64_t sum[32];            /* fen by day of January, fees alone */
    unsigned count[32];
} model;

static int paid_persons(void)
{
    int sum = 0;
    for (int person = 0; person < PERSONS; person++) {
        bool pays = false;
        for (int i = 0; i < model.fee_count; i++)
            pays = pays || (model.fees[i].person == person && model.fees[i].paid && !model.fees[i].reversed);
        sum += pays;
    }
    return sum;
}

static int registered_persons(void)
{
    int sum = 0;
    for (int person = 0; person < PERSONS; person++)
        sum += model.since[person] != 0 && model.status[person] == STATUS_NORMAL;
    return sum;
}

/* --- Events, to both. ---------------------------------------------------------- */

static void fee_id(int fee, char id[24])
{
    snprintf(id, 24, "fee-%d", fee);
}

static void pay(int fee)
{
    char id[24];
    int on = 5 + (int)pick(20);
    fee_id(fee, id);
    model.fees[fee].paid = true;
    model.sum[on] += 38000 + fee;
    model.count[on]++;
    add("tax", a_fee_of(id, 20240100 + on, 38000 + fee, model.fees[fee].person));
}

static void reverse(int fee)
{
    char id[24], original[24];
    fee_id(fee, original);
    snprintf(id, sizeof id, "undo-%d", fee);
    model.fees[fee].reversed = true;
    ck_assert_int_eq(add("tax", a_reversal(id, 20240128, original)).outcome, OUTCOME_APPLIED);
}

static void enroll(unsigned step)
{
    char id[24];
    int person = (int)pick(PERSONS), on = 1 + (int)pick(28);
    enum event_status status = pick(3) == 0 ? STATUS_ENDED : STATUS_NORMAL;
    snprintf(id, sizeof id, "enrol-%u", step);
    add("registry", an_enrollment(id, 20240100 + on, person, status));
    if (on < model.since[person] || (on == model.since[person] && status < model.status[person]))
        return;
    model.since[person] = on;
    model.status[person] = status;
}

static void new_fee(void)
{
    int fee = model.fee_count++;
    model.fees[fee].person = (int)pick(PERSONS);
    if (pick(10) == 0)
        reverse(fee);           /* before the fee itself */
    pay(fee);
}

static void step(unsigned number)
{
    int fee = model.fee_count == 0 ? -1 : (int)pick((unsigned)model.fee_count);
    switch (pick(3)) {
    case 0:
        enroll(number);
        return;
    case 1:
        new_fee();
        return;
    default:
        if (fee >= 0 && !model.fees[fee].reversed)
            reverse(fee);
    }
}

/* --- What the store says. ------------------------------------------------------- */

struct day_sums {
    int64_t sum[32];
    unsigned count[32];
};

static bool take_day(void *arg, const struct source_day *day_)
{
    struct day_sums *sums = arg;
    if (day_->kind == KIND_CONTRIBUTION) {
        int on = date_to_ymd(day_->date) % 100;
        sums->sum[on] += day_->amount.fen;
        sums->count[on] += (unsigned)day_->count;
    }
    return true;
}

static void check_days(struct view *view)
{
    struct day_sums sums = {0};
    struct source_view source;
    if (view_source_find(view, "tax", &source) != 0)
        return;
    ck_assert_int_eq(view_source_days(view, source.number, day(20240101), day(20240131), take_day, &sums), 0);
    for (int i = 0; i < 32; i++) {
        ck_assert_int_eq(sums.sum[i], model.sum[i]);
        ck_assert_uint_eq(sums.count[i], model.count[i]);
    }
}

static int64_t heads_of(const char *what)
{
    struct txn txn;
    struct headcount heads;
    struct parts alone = {.count = 1, .items = {{.fund = 1, .from = DATE_NONE}}};
    ck_assert_int_eq(txn_begin(&books->env, true, &txn), 0);
    people_headcount(&txn, &alone, day(20241231), &heads);
    txn_abort(&txn);
    int64_t n = what[0] == 'p' ? heads.paid : heads.registered;
    return n == HEADS_UNKNOWN ? 0 : n;
}

static void check_against_model(void)
{
    struct view *view;
    ck_assert_int_eq(view_open(books, &view), 0);
    check_days(view);
    view_close(&view);
    ck_assert_int_eq(heads_of("paid"), paid_persons());
    ck_assert_int_eq(heads_of("registered"), registered_persons());
}

static void play(void (*between)(void))
{
    memset(&model, 0, sizeof model);
    for (unsigned i = 0; i < STEPS;) {
        begin();
        for (unsigned n = 1 + pick(20); n > 0 && i < STEPS; n--)
            step(i++);
        commit();
        if (pick(8) == 0)
            between();
        check_against_model();
    }
}

static void nothing(void)
{
}

static void settle(void)
{
    derived_settle(&books->derived);
}

START_TEST(persons_and_days_are_those_of_the_model)
{
    static void (*const ways[])(void) = {nothing, settle, reopen, delete_index};
    play(ways[_i]);
    ck_assert_int_gt(paid_persons(), 0);
    ck_assert_int_lt(paid_persons(), PERSONS);
}
END_TEST

START_TEST(what_an_aborted_group_said_of_a_person_is_forgotten)
{
    begin();
    add("tax", a_fee_of("f", 20240105, 38000, 1));
    store_abort(books);
    ck_assert_int_eq(heads_of("paid"), 0);
    apply(a_fee_of("f", 20240105, 38000, 1));
    apply(a_reversal("r", 20240106, "f"));
    ck_assert_int_eq(heads_of("paid"), 0);
    apply(a_fee_of("g", 20240107, 38000, 1));
    ck_assert_int_eq(heads_of("paid"), 1);
}
END_TEST

START_TEST(a_source_day_keeps_sums_beyond_int64_and_shows_its_edge)
{
    uint8_t a[SOURCE_DAY_ENTRY], b[SOURCE_DAY_ENTRY];
    struct source_day_entry most = {.source = 1, .day = 19000, .kind = 4, .events = 3, .fen = INT64_MAX};
    source_day_entry_put(&most, a);
    struct source_day_entry same = source_day_entry_of(a);
    ck_assert(same.source == 1 && same.day == 19000 && same.kind == 4 && same.events == 3
              && same.fen == INT64_MAX);
    most.fen = -most.fen - 1;
    source_day_entry_put(&most, b);
    ck_assert_int_eq(memcmp(a, b, 9), 0);
    ck_assert(source_day_entry_of(b).fen == INT64_MIN);
}
END_TEST

START_TEST(a_tail_without_entries_does_not_grow_what_a_start_must_read)
{
    begin();
    for (int i = 0; i < 20 * RUN_RECORDS; i++) {
        char id[24];
        snprintf(id, sizeof id, "s-%d", i);
        add("hospital", a_settlement(id, 20240105, 100));
        if (i % 10 == 9) {
            commit();
            derived_settle(&books->derived);
            begin();
        }
    }
    commit();
    for (int i = 0; i < DERIVED_COUNT; i++)
        ck_assert_uint_gt(index_covered(books->derived.index[i]), 18 * RUN_RECORDS);
}
END_TEST

/* A byte of an entry has room for more groups than there are: who is in another one is in none. */
START_TEST(an_entry_of_a_group_that_is_none_is_of_no_group)
{
    struct person_entry person = {
        .year = 2024, .fund = 1, .day = day(20240105),
        .stated = {.status = STATUS_NORMAL, .group = GROUP_END - 1, .fees = -3},
        .derived = {.status = STATUS_PAUSED, .group = GROUP_END - 1, .fees = 2},
    };
    uint8_t entry[PERSON_ENTRY];
    person_entry_put(&person, entry);
    struct person_entry back = person_entry_of(entry);
    ck_assert_uint_eq(back.stated.group, GROUP_END - 1);
    ck_assert_uint_eq(back.derived.group, GROUP_END - 1);
    person.stated.group = person.derived.group = GROUP_END;
    person_entry_put(&person, entry);
    back = person_entry_of(entry);
    ck_assert_uint_eq(back.stated.group, GROUP_NONE);
    ck_assert_uint_eq(back.derived.group, GROUP_NONE);
    ck_assert_uint_eq(back.stated.status, STATUS_NORMAL);
    ck_assert_int_eq(back.stated.fees, -3);
    ck_assert_uint_eq(back.derived.status, STATUS_PAUSED);
    ck_assert_int_eq(back.derived.fees, 2);
}
END_TEST

/* An entry's key is its beginning, and what is looked up that of the key. */
START_TEST(an_index_has_its_own_files_and_entries)
{
    for (int i = 0; i < DERIVED_COUNT; i++) {
        const struct shape *shape = derived_shape(i);
        ck_assert_uint_le(shape->prefix, shape->key);
        ck_assert_uint_le(shape->key, shape->entry);
        ck_assert_uint_le(shape->entry, ENTRY_MAX);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(shape->name, derived_shape(j)->name);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("derived");
    TCase *t = tcase_create("indexes");
    tcase_add_checked_fixture(t, setup, books_teardown);
    tcase_add_loop_test(t, persons_and_days_are_those_of_the_model, 0, 4);
    tcase_add_test(t, what_an_aborted_group_said_of_a_person_is_forgotten);
    tcase_add_test(t, a_source_day_keeps_sums_beyond_int64_and_shows_its_edge);
    tcase_add_test(t, a_tail_without_entries_does_not_grow_what_a_start_must_read);
    tcase_add_test(t, an_entry_of_a_group_that_is_none_is_of_no_group);
    tcase_add_test(t, an_index_has_its_own_files_and_entries);
    suite_add_tcase(s, t);
    return s;
}
