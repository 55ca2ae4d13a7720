/* What of payments on account is still provisional, whenever they are cleared or taken back. */
#include "fund/on_account.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct event payment(enum event_stage stage, int32_t ymd, int64_t amount, int64_t cleared)
{
    return (struct event){
        .kind = KIND_DISBURSEMENT, .stage = (uint8_t)stage, .category = CATEGORY_INPATIENT,
        .date = day(ymd), .amount = {amount}, .cleared = {cleared}, .change = {0},
        .present = UINT32_C(1) << FIELD_STAGE | UINT32_C(1) << FIELD_AMOUNT | UINT32_C(1) << FIELD_CLEARED,
    };
}

static struct posting posted(const struct event *event, enum recognition recognition)
{
    struct posting_basis basis = {(uint8_t)recognition, FEES_ON_ARRIVAL};
    struct posting posting;
    ck_assert_int_eq(posting_make(event, &basis, &posting), REJECT_NONE);
    return posting;
}

static const struct {
    enum event_stage stage;
    int64_t amount, cleared;
    struct on_account does;
} moves[] = {
    {STAGE_PROVISIONAL, 100,   0, {100,   0, 0}},
    {STAGE_ADJUSTMENT,  -10,   0, {-10,   0, 0}},
    {STAGE_ADJUSTMENT,   10,  40, { 10,  40, 0}},
    {STAGE_CLEARING,      7, 100, {  0, 100, 0}},
    {STAGE_CLEARING,      7,   0, {  0,   0, 0}},
    {STAGE_RELEASE,       5,  20, {  0,  20, 0}},
    {STAGE_DEDUCTION,     5,   0, {  0,   0, 0}},
    {STAGE_ADVANCE,       5,   0, {  0,   0, 0}},
};

static void assert_same(struct on_account a, struct on_account b)
{
    ck_assert_int_eq(a.paid, b.paid);
    ck_assert_int_eq(a.cleared, b.cleared);
    ck_assert_int_eq(a.undone, b.undone);
}

START_TEST(a_move_pays_on_account_or_makes_final)
{
    struct event event = payment(moves[_i].stage, 20240131, moves[_i].amount, moves[_i].cleared);
    struct posting on_disbursement = posted(&event, RECOGNISE_DISBURSEMENT);
    struct posting on_settlement = posted(&event, RECOGNISE_SETTLEMENT);
    assert_same(on_account_of(&on_disbursement), moves[_i].does);
    ck_assert(on_account_is_empty(&(struct on_account){0}));
    struct on_account none = on_account_of(&on_settlement);
    ck_assert(on_account_is_empty(&none));
}
END_TEST

/* Only what goes to the line itself is final: what comes from the bank or from income is paid. */
START_TEST(what_does_not_become_expenditure_for_good_is_paid)
{
    static const unsigned against[] = {ACCOUNT_A1, ACCOUNT_I4, ACCOUNT_L1};
    struct posting posting = {.count = 1};
    posting.legs[0] = (struct leg){
        .debit = account_provisional(ACCOUNT_E11), .credit = (uint8_t)against[_i], .amount = {100},
    };
    assert_same(on_account_of(&posting), (struct on_account){100, 0, 0});
}
END_TEST

/* Within the year all of it is taken off again; a year later a payment stays where it is, and is final. */
START_TEST(what_is_undone_a_year_later_is_on_account_no_more)
{
    struct event event = payment(moves[_i].stage, 20240131, moves[_i].amount, moves[_i].cleared);
    struct posting was = posted(&event, RECOGNISE_DISBURSEMENT), opposite;
    struct on_account does = moves[_i].does;
    ck_assert_int_eq(posting_reverse(&event, &was, day(20241231), &opposite), REJECT_NONE);
    assert_same(on_account_undone(&was, &opposite), (struct on_account){-does.paid, -does.cleared, 0});
    ck_assert_int_eq(posting_reverse(&event, &was, day(20250101), &opposite), REJECT_NONE);
    assert_same(on_account_undone(&was, &opposite), (struct on_account){0, -does.cleared, does.paid});
}
END_TEST

static const struct {
    struct on_account all;
    int64_t paid, provisional;
} parts[] = {
    {{1200,    0,    0},  300,  300},           /* nothing is final */
    {{1200, 1200,    0},  300,    0},           /* all of it is */
    {{1200,  400,    0},  300,  200},           /* of every month the same share */
    {{1200,    0,  400},  300,  200},
    {{1200,  200,  200},  300,  200},
    {{1200, 1300,    0},  300,    0},           /* more was cleared than the books know to be paid */
    {{   0,   10,    0},    0,    0},
    {{ -10,   10,    0},  300,    0},
    {{   3,    1,    0},    1,    1},           /* 2/3 */
    {{   3,    1,    0},    2,    1},           /* 4/3 */
    {{   4,    2,    0},    1,    1},           /* half up */
    {{1200,  600,    0},  -10,   -5},           /* more taken back in the first months than was paid */
    {{INT64_MAX, 1, 0}, INT64_MAX, INT64_MAX - 1},
    {{INT64_MAX, INT64_MAX, INT64_MAX}, INT64_MAX, 0},
    {{INT64_MAX, INT64_MIN, INT64_MIN}, 0, 0},
};

START_TEST(what_is_final_is_spread_over_the_payments)
{
    ck_assert_int_eq(on_account_provisional(&parts[_i].all, parts[_i].paid), parts[_i].provisional);
}
END_TEST

#define ALL(fen) (struct on_account){fen, fen, fen}

START_TEST(sums_that_are_too_large_are_refused_whole)
{
    static const struct on_account ones[] = {
        {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {-1, 0, 0}, {0, -1, 0}, {0, 0, -1},
    };
    for (unsigned i = 0; i < COUNT_OF(ones); i++) {
        int64_t most = i < 3 ? ON_ACCOUNT_MAX : -ON_ACCOUNT_MAX;
        struct on_account before = ALL(most), more = ALL(INT64_MAX);
        ck_assert(!on_account_add(&before, &ones[i]));
        assert_same(before, ALL(most));
        ck_assert(!on_account_add(&more, &ones[i]));
    }
}
END_TEST

START_TEST(sums_are_added_up_to_the_largest)
{
    struct on_account sum = {1, 2, 3}, most = ALL(ON_ACCOUNT_MAX - 1), least = ALL(-ON_ACCOUNT_MAX + 1);
    ck_assert(on_account_add(&most, &ALL(1)));
    ck_assert(on_account_add(&least, &ALL(-1)));
    assert_same(most, ALL(ON_ACCOUNT_MAX));
    assert_same(least, ALL(-ON_ACCOUNT_MAX));
    ck_assert(on_account_add(&sum, &(struct on_account){10, 20, 30}));
    assert_same(sum, (struct on_account){11, 22, 33});
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("on_account");
    TCase *t = tcase_create("on_account");
    tcase_add_loop_test(t, a_move_pays_on_account_or_makes_final, 0, COUNT_OF(moves));
    tcase_add_loop_test(t, what_does_not_become_expenditure_for_good_is_paid, 0, 3);
    tcase_add_loop_test(t, what_is_undone_a_year_later_is_on_account_no_more, 0, COUNT_OF(moves));
    tcase_add_loop_test(t, what_is_final_is_spread_over_the_payments, 0, COUNT_OF(parts));
    tcase_add_test(t, sums_that_are_too_large_are_refused_whole);
    tcase_add_test(t, sums_are_added_up_to_the_largest);
    suite_add_tcase(s, t);
    return s;
}
