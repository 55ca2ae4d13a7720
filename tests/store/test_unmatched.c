/* Reversals that undo nothing: until their original comes, or because it does not fit them. */
#include <stdio.h>

#include "store/unmatched.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define ELSEWHERE 440800

static void setup(void)
{
    struct policy policy = policy_default();
    books_setup();
    apply(of_fund(a_policy("policy-elsewhere", 20240101, &policy), ELSEWHERE));
}

static struct event of_amount(struct event reversal, int64_t fen)
{
    reversal.amount.fen = fen;
    reversal.present |= UINT32_C(1) << FIELD_AMOUNT;
    return reversal;
}

static void applied(struct event event)
{
    ck_assert_msg(outcome_of(event) == OUTCOME_APPLIED, "%s was not applied", event.id);
}

static void refused(struct event event, enum hindrance_why why)
{
    struct applied got = apply(event);
    ck_assert_int_eq(got.outcome, OUTCOME_REJECTED);
    ck_assert_int_eq(got.reject, REJECT_BAD_MOVE);
    ck_assert_int_eq(got.hindrance.why, why);
}

/* How many of the fund wait, and do not fit. */
static void undone_nothing(unsigned waiting, unsigned misfits)
{
    ck_assert_uint_eq(fund_now().unmatched, waiting);
    ck_assert_uint_eq(fund_now().misfits, misfits);
}

static bool count_one(void *arg, const struct record_view *record)
{
    (void)record;
    (*(unsigned *)arg)++;
    return true;
}

static unsigned listed(void)
{
    struct view *view;
    unsigned count = 0;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_unmatched(view, 0, count_one, &count), 0);
    view_close(&view);
    return count;
}

/* What has become of a reversal. */
static struct undoing_view undoing(const char *id)
{
    struct view *view;
    struct record_view reversal;
    struct undoing_view undoing;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_event_find(view, "tax", id, &reversal), 0);
    ck_assert_int_eq(view_undoing(view, &reversal, &undoing), 0);
    view_close(&view);
    return undoing;
}

static int64_t spent(void)
{
    return line(ACCOUNT_E11, 20240101, 20241231);
}

START_TEST(a_reversal_waits_until_its_original_comes)
{
    applied(of_amount(a_reversal("r", 20240105, "s"), 500));
    undone_nothing(1, 0);
    ck_assert_uint_eq(undoing("r").original, 0);
    applied(a_settlement("s", 20240102, 500));
    undone_nothing(0, 0);
    ck_assert_uint_eq(undoing("r").original, position());
    ck_assert_int_eq(undoing("r").hindrance.why, HINDRANCE_NONE);
    ck_assert_int_eq(spent(), 0);
}
END_TEST

static struct event reversal_that_does_not_fit(enum hindrance_why why)
{
    struct event r = a_reversal("bad", 20240105, "s");
    return why == HINDRANCE_OTHER_AMOUNT ? of_amount(r, 501)
         : why == HINDRANCE_OTHER_FUND ? of_fund(r, ELSEWHERE) : r;
}

static const enum hindrance_why misfits[] = {
    HINDRANCE_OTHER_AMOUNT, HINDRANCE_OTHER_FUND, HINDRANCE_NOT_MONEY,
};

static struct event original_of(enum hindrance_why why)
{
    return why == HINDRANCE_NOT_MONEY ? a_population("s", 20240102, MEASURE_RESIDENT, 7)
                                      : a_settlement("s", 20240102, 500);
}

START_TEST(one_that_does_not_fit_says_so_when_its_original_comes)
{
    enum hindrance_why why = misfits[_i];
    applied(reversal_that_does_not_fit(why));
    applied(original_of(why));
    ck_assert_int_eq(spent(), why == HINDRANCE_NOT_MONEY ? 0 : 500);
    ck_assert_uint_eq(undoing("bad").original, position());
    ck_assert_int_eq(undoing("bad").hindrance.why, why);
    ck_assert_int_eq(undoing("bad").hindrance.amount.fen, why == HINDRANCE_OTHER_AMOUNT ? 500 : 0);
    undone_nothing(0, why == HINDRANCE_OTHER_FUND ? 0 : 1);     /* it is counted where the reversal is */
    ck_assert_uint_eq(listed(), 1);
    books_reopen();
    ck_assert_uint_eq(listed(), 1);
}
END_TEST

START_TEST(the_other_order_comes_to_the_same_books)
{
    enum hindrance_why why = misfits[_i];
    applied(original_of(why));
    refused(reversal_that_does_not_fit(why), why);
    ck_assert_int_eq(spent(), why == HINDRANCE_NOT_MONEY ? 0 : 500);
    ck_assert_uint_eq(listed(), 0);
}
END_TEST

START_TEST(one_that_fits_ends_those_that_do_not)
{
    applied(reversal_that_does_not_fit(HINDRANCE_OTHER_AMOUNT));
    applied(of_fund(a_reversal("elsewhere", 20240106, "s"), ELSEWHERE));
    applied(a_settlement("s", 20240102, 500));
    ck_assert_uint_eq(listed(), 2);
    applied(of_amount(a_reversal("good", 20240110, "s"), 500));
    ck_assert_int_eq(spent(), 0);
    undone_nothing(0, 0);
    ck_assert_uint_eq(listed(), 0);
    ck_assert_int_eq(undoing("bad").hindrance.why, HINDRANCE_OTHER_AMOUNT);     /* the journal keeps it */
}
END_TEST

/* Of one settlement a reversal of another amount, one in another fund, and one that fits: 24 orders. */
START_TEST(in_every_order_the_one_that_fits_undoes_it)
{
    unsigned rest[] = {0, 1, 2, 3}, code = (unsigned)_i;
    for (unsigned left = 4; left > 0; code /= left, left--) {
        unsigned at = code % left, which = rest[at];
        struct event e = which == 0 ? a_settlement("s", 20240102, 500)
            : which == 1 ? of_amount(a_reversal("r501", 20240105, "s"), 501)
            : which == 2 ? of_fund(a_reversal("elsewhere", 20240106, "s"), ELSEWHERE)
            : of_amount(a_reversal("good", 20240210, "s"), 500);
        enum outcome outcome = apply(e).outcome;
        ck_assert_msg(outcome == OUTCOME_APPLIED || which == 1 || which == 2, "%s was not applied", e.id);
        memmove(rest + at, rest + at + 1, (left - at - 1) * sizeof rest[0]);
    }
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20240131), 500);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240201, 20240229), -500);
    ck_assert_uint_eq(listed(), 0);
    undone_nothing(0, 0);
}
END_TEST

START_TEST(a_second_one_waits_only_if_it_may_fit_where_the_first_does_not)
{
    applied(of_amount(a_reversal("r1", 20240105, "s"), 500));
    refused(of_amount(a_reversal("r2", 20240106, "s"), 500), HINDRANCE_AWAITED);
    applied(a_reversal("r3", 20240107, "s"));
    refused(a_reversal("r4", 20240107, "s"), HINDRANCE_AWAITED);
    refused(of_amount(a_reversal("r5", 20240107, "s"), 501), HINDRANCE_AWAITED);
    applied(a_settlement("s", 20240102, 500));
    ck_assert_int_eq(spent(), 0);
    ck_assert_uint_eq(listed(), 0);
    ck_assert_int_eq(undoing("r1").hindrance.why, HINDRANCE_NONE);
    ck_assert_int_eq(undoing("r3").hindrance.why, HINDRANCE_REVERSED);
}
END_TEST

START_TEST(no_more_wait_for_one_id_than_a_few)
{
    char id[16];
    for (int i = 0; i < UNMATCHED_OF_ID_MAX; i++) {
        snprintf(id, sizeof id, "r%d", i);
        applied(of_amount(a_reversal(id, 20240105, "s"), 500 + i));
    }
    refused(of_amount(a_reversal("one-more", 20240105, "s"), 400), HINDRANCE_AWAITED);
    undone_nothing(UNMATCHED_OF_ID_MAX, 0);
    applied(of_amount(a_reversal("another", 20240105, "t"), 400));
    applied(a_settlement("s", 20240102, 500 + UNMATCHED_OF_ID_MAX - 1));
    undone_nothing(1, 0);
    ck_assert_int_eq(spent(), 0);
}
END_TEST

START_TEST(an_original_that_is_refused_has_not_come)
{
    applied(of_amount(a_reversal("r", 20240105, "s"), 500));
    ck_assert_int_eq(rejection_of(a_settlement("s", 20231231, 400)), REJECT_BEFORE_OPENING);
    undone_nothing(1, 0);
    applied(a_settlement("s", 20240102, 500));
    undone_nothing(0, 0);
    ck_assert_int_eq(spent(), 0);
}
END_TEST

START_TEST(a_reversal_of_a_reversal_does_not_fit)
{
    applied(a_reversal("of-r", 20240106, "r"));
    applied(a_reversal("r", 20240105, "s"));
    undone_nothing(1, 1);
    ck_assert_int_eq(undoing("of-r").hindrance.why, HINDRANCE_NOT_MONEY);
    applied(a_settlement("s", 20240102, 500));
    ck_assert_int_eq(spent(), 0);
    undone_nothing(0, 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("unmatched");
    TCase *t = tcase_create("unmatched");
    tcase_add_checked_fixture(t, setup, books_teardown_verified);
    tcase_add_test(t, a_reversal_waits_until_its_original_comes);
    tcase_add_loop_test(t, one_that_does_not_fit_says_so_when_its_original_comes, 0, 3);
    tcase_add_loop_test(t, the_other_order_comes_to_the_same_books, 0, 3);
    tcase_add_test(t, one_that_fits_ends_those_that_do_not);
    tcase_add_loop_test(t, in_every_order_the_one_that_fits_undoes_it, 0, 24);
    tcase_add_test(t, a_second_one_waits_only_if_it_may_fit_where_the_first_does_not);
    tcase_add_test(t, no_more_wait_for_one_id_than_a_few);
    tcase_add_test(t, an_original_that_is_refused_has_not_come);
    tcase_add_test(t, a_reversal_of_a_reversal_does_not_fit);
    suite_add_tcase(s, t);
    return s;
}
