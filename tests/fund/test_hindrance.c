/* What stands against a bad move, of payouts in every state, and in words. */
#include <string.h>

#include "fund/event.h"
#include "fund/hindrance.h"
#include "tests/suite.h"

#define YUAN 100

static struct event disbursed(enum event_stage stage, date_day date, int64_t yuan, int64_t cleared)
{
    struct event event = {.kind = KIND_DISBURSEMENT, .stage = (uint8_t)stage, .date = date};
    event.amount.fen = yuan * YUAN;
    event.present = UINT32_C(1) << FIELD_AMOUNT | UINT32_C(1) << FIELD_STAGE;
    if (cleared != 0) {
        event.cleared.fen = cleared * YUAN;
        event.present |= UINT32_C(1) << FIELD_CLEARED;
    }
    return event;
}

static struct payout payout;

static enum reject move(struct event event, struct hindrance *ret)
{
    struct payout_step step;
    enum event_field field;
    ck_assert(payout_step_of(&event, &step));
    enum reject reject = payout_do(&payout, &step, &field);
    *ret = reject == REJECT_BAD_MOVE ? hindrance_of_payout(&payout, &event, field) : hindrance_none();
    return reject;
}

static void moves(struct event event)
{
    struct hindrance h;
    ck_assert_int_eq(move(event, &h), REJECT_NONE);
    ck_assert_int_eq(h.why, HINDRANCE_NONE);
}

static struct hindrance refused(struct event event)
{
    struct hindrance h;
    ck_assert_int_eq(move(event, &h), REJECT_BAD_MOVE);
    return h;
}

static void says(struct hindrance h, enum hindrance_why why, const char *text)
{
    char got[HINDRANCE_TEXT_MAX];
    ck_assert_int_eq(h.why, why);
    ck_assert_str_eq(hindrance_text(&h, got), text);
}

static void setup(void)
{
    payout = payout_initial(true);
}

START_TEST(a_fund_that_clears_every_month_is_told_what_to_do)
{
    moves(disbursed(STAGE_CLEARING, 19753, 10, 0));      /* 2024-01-31 */
    says(refused(disbursed(STAGE_CLEARING, 19782, 10, 0)), HINDRANCE_CLEARED,
         "asked for clearing, but the year was cleared on 2024-01-31, and is cleared once: what is "
         "paid by the month "
         "is provisional, which the year's clearing makes final.  The payout is cleared and can now "
         "have: retention, "
         "deduction.  To clear anew, reverse that clearing first");
}
END_TEST

START_TEST(what_a_move_lacks_is_said_with_what_there_is)
{
    says(refused(disbursed(STAGE_ADJUSTMENT, 19753, 1, 0)), HINDRANCE_LACKS,
         "asked for adjustment, but the payout is settled and can now have: provisional, clearing, "
         "retention, "
         "deduction");
    moves(disbursed(STAGE_PROVISIONAL, 19753, 10, 0));
    says(refused(disbursed(STAGE_RELEASE, 19753, 1, 0)), HINDRANCE_LACKS,
         "asked for release, but the payout is provisional and can now have: provisional, "
         "adjustment, clearing, "
         "retention, deduction");
}
END_TEST

START_TEST(a_payment_behind_the_clearing_names_its_day)
{
    moves(disbursed(STAGE_PROVISIONAL, 19753, 10, 0));
    moves(disbursed(STAGE_CLEARING, 19782, 0, 10));
    struct hindrance h = refused(disbursed(STAGE_PROVISIONAL, 19783, 1, 0));
    says(h, HINDRANCE_PAST_CLEARING,
         "asked for provisional, but the year was cleared on 2024-02-29, and what is dated later "
         "belongs to another "
         "year.  The payout is cleared and can now have: retention, deduction");
}
END_TEST

START_TEST(sums_say_what_is_left)
{
    moves(disbursed(STAGE_PROVISIONAL, 19753, 10, 0));
    says(refused(disbursed(STAGE_CLEARING, 19782, 0, 11)), HINDRANCE_ON_ACCOUNT,
         "asked for clearing, but of what was paid on account 10.00 yuan are left to be made final "
         "or taken back.  "
         "The payout is provisional and can have: provisional, adjustment, clearing, retention, deduction");
    says(refused(disbursed(STAGE_ADJUSTMENT, 19782, -11, 0)), HINDRANCE_ON_ACCOUNT,
         "asked for adjustment, but of what was paid on account 10.00 yuan are left to be made "
         "final or taken back.  "
         "The payout is provisional and can have: provisional, adjustment, clearing, retention, deduction");
    moves(disbursed(STAGE_RETENTION, 19782, 2, 0));
    moves(disbursed(STAGE_CLEARING, 19782, 0, 9));
    says(refused(disbursed(STAGE_RELEASE, 19790, 3, 0)), HINDRANCE_HELD_BACK,
         "asked for release, but 2.00 yuan are held back.  The payout is retained and can have: "
         "retention, release, "
         "deduction");
    says(refused(disbursed(STAGE_RELEASE, 19790, 2, 2)), HINDRANCE_ON_ACCOUNT,
         "asked for release, but of what was paid on account 1.00 yuan are left to be made final or "
         "taken back.  The "
         "payout is retained and can have: retention, release, deduction");
}
END_TEST

START_TEST(what_rests_on_a_move_is_undone_first)
{
    struct event original = disbursed(STAGE_PROVISIONAL, 19753, 10, 0);
    struct payout_step step;
    moves(original);
    moves(disbursed(STAGE_CLEARING, 19782, 0, 10));
    ck_assert(payout_step_of(&original, &step));
    ck_assert_int_eq(payout_undo(&payout, &step), REJECT_BAD_MOVE);
    says(hindrance_of_undoing(&payout, &original), HINDRANCE_RESTED_ON,
         "asked to undo provisional, but a later move rests on it: undo that first.  The payout is cleared");
}
END_TEST

START_TEST(where_nothing_stands_nothing_is_said)
{
    char text[HINDRANCE_TEXT_MAX] = "something";
    struct hindrance none = hindrance_none();
    ck_assert_str_eq(hindrance_text(&none, text), "");
}
END_TEST

static struct event reversing(uint32_t place, int64_t fen)
{
    struct event event = {.kind = KIND_REVERSAL, .fund = {place, 390}};
    event.amount.fen = fen;
    event.present = fen != 0 ? UINT32_C(1) << FIELD_AMOUNT : 0;
    return event;
}

START_TEST(a_reversal_undoes_money_of_its_fund_and_amount)
{
    struct event bill = {.kind = KIND_SETTLEMENT, .fund = {130207, 390}, .amount = {30 * YUAN}};
    struct event count = {.kind = KIND_POPULATION, .fund = {130207, 390}};
    struct event any = reversing(130207, 0), same = reversing(130207, 30 * YUAN);
    struct event other = reversing(130207, 31 * YUAN), elsewhere = reversing(440800, 0);
    ck_assert_int_eq(hindrance_of_reversal(&any, &bill).why, HINDRANCE_NONE);
    ck_assert_int_eq(hindrance_of_reversal(&same, &bill).why, HINDRANCE_NONE);
    ck_assert_int_eq(hindrance_of_reversal(&elsewhere, &bill).why, HINDRANCE_OTHER_FUND);
    ck_assert_int_eq(hindrance_of_reversal(&any, &count).why, HINDRANCE_NOT_MONEY);
    says(hindrance_of_reversal(&other, &bill), HINDRANCE_OTHER_AMOUNT,
         "what it would undo is of 30.00 yuan, and an event is undone wholly or not");
}
END_TEST

START_TEST(a_reversal_covers_what_it_would_undo_as_well)
{
    struct event any = reversing(130207, 0), ten = reversing(130207, 10), eleven = reversing(130207, 11);
    struct event elsewhere = reversing(440800, 0);
    ck_assert(hindrance_reversal_covers(&any, &any));
    ck_assert(hindrance_reversal_covers(&any, &ten));
    ck_assert(hindrance_reversal_covers(&ten, &ten));
    ck_assert(!hindrance_reversal_covers(&ten, &eleven));
    ck_assert(!hindrance_reversal_covers(&ten, &any));
    ck_assert(!hindrance_reversal_covers(&elsewhere, &ten));
}
END_TEST

START_TEST(each_has_a_word_and_a_sentence)
{
    char text[HINDRANCE_TEXT_MAX];
    struct hindrance h = hindrance_of((enum hindrance_why)_i, 19753, (struct amount){123456});
    ck_assert_ptr_nonnull(hindrance_word((enum hindrance_why)_i));
    h.stage = STAGE_ADVANCE_RETURN;
    h.state = 1 + PAYOUT_IS_RETAINED;
    h.allowed = (1u << PAYOUT_MOVES) - 1;
    hindrance_text(&h, text);
    ck_assert_uint_gt(strlen(text), 10);
    ck_assert_uint_lt(strlen(text), HINDRANCE_TEXT_MAX - 1);
    ck_assert_ptr_null(strchr(text, '{'));
}
END_TEST

START_TEST(every_place_of_a_sentence_has_a_value)
{
    const char *sentence = hindrance_template((enum hindrance_why)_i);
    for (const char *at = strchr(sentence, '{'); at != NULL; at = strchr(at + 1, '{'))
        ck_assert_msg(at[1] >= '1' && at[1] <= '5' && at[2] == '}', "%s", at);
}
END_TEST

START_TEST(what_is_no_reason_has_no_word)
{
    char text[HINDRANCE_TEXT_MAX] = "old";
    struct hindrance none = hindrance_none();
    ck_assert_ptr_null(hindrance_word(HINDRANCE_END));
    ck_assert_ptr_null(hindrance_template(HINDRANCE_END));
    ck_assert_str_eq(hindrance_text(&none, text), "");
}
END_TEST

START_TEST(what_has_no_words_is_not_known)
{
    struct hindrance none = hindrance_none(), why = none, stage = none, state = none, allowed = none;
    ck_assert(hindrance_is_known(&none));
    none.why = HINDRANCE_END - 1, none.stage = STAGE_END - 1;
    none.state = PAYOUT_STATES, none.allowed = (1 << PAYOUT_MOVES) - 1;
    ck_assert(hindrance_is_known(&none));
    why.why = HINDRANCE_END;
    stage.stage = STAGE_END;
    state.state = 1 + PAYOUT_STATES;
    allowed.allowed = 1 << PAYOUT_MOVES;
    ck_assert(!hindrance_is_known(&why));
    ck_assert(!hindrance_is_known(&stage));
    ck_assert(!hindrance_is_known(&state));
    ck_assert(!hindrance_is_known(&allowed));
}
END_TEST

START_TEST(two_are_equal_only_in_all_that_they_say)
{
    const struct hindrance a = {{5}, 19753, HINDRANCE_LACKS, STAGE_CLEARING, 1, 3};
    struct hindrance other[6];
    for (size_t i = 0; i < 6; i++)
        other[i] = a;
    ck_assert(hindrance_equal(&a, &other[0]));
    other[0].why++, other[1].stage++, other[2].state++, other[3].allowed++, other[4].day++;
    other[5].amount.fen++;
    for (size_t i = 0; i < 6; i++)
        ck_assert_msg(!hindrance_equal(&a, &other[i]), "%zu", i);
}
END_TEST

/* Asked of a payout as it is, of whatever field: a release within what is held back, and a clearing of what
 * was not cleared, lack something else. */
START_TEST(a_sum_that_is_there_is_not_what_stands_against_it)
{
    struct event clearing = disbursed(STAGE_CLEARING, 19782, 0, 10);
    struct event release = disbursed(STAGE_RELEASE, 19790, 2, 0);
    ck_assert_int_eq(hindrance_of_payout(&payout, &clearing, FIELD_STAGE).why, HINDRANCE_LACKS);
    moves(disbursed(STAGE_PROVISIONAL, 19753, 10, 0));
    moves(disbursed(STAGE_RETENTION, 19782, 2, 0));
    struct hindrance h = hindrance_of_payout(&payout, &release, FIELD_AMOUNT);
    ck_assert_int_eq(h.why, HINDRANCE_ON_ACCOUNT);
    ck_assert_int_eq(h.amount.fen, 10 * YUAN);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("hindrance");
    TCase *t = tcase_create("hindrance");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_fund_that_clears_every_month_is_told_what_to_do);
    tcase_add_test(t, what_a_move_lacks_is_said_with_what_there_is);
    tcase_add_test(t, a_payment_behind_the_clearing_names_its_day);
    tcase_add_test(t, sums_say_what_is_left);
    tcase_add_test(t, what_rests_on_a_move_is_undone_first);
    tcase_add_test(t, where_nothing_stands_nothing_is_said);
    tcase_add_test(t, a_reversal_undoes_money_of_its_fund_and_amount);
    tcase_add_test(t, a_reversal_covers_what_it_would_undo_as_well);
    tcase_add_loop_test(t, each_has_a_word_and_a_sentence, 1, HINDRANCE_END);
    tcase_add_loop_test(t, every_place_of_a_sentence_has_a_value, 1, HINDRANCE_END);
    tcase_add_test(t, what_is_no_reason_has_no_word);
    tcase_add_test(t, what_has_no_words_is_not_known);
    tcase_add_test(t, two_are_equal_only_in_all_that_they_say);
    tcase_add_test(t, a_sum_that_is_there_is_not_what_stands_against_it);
    suite_add_tcase(s, t);
    return s;
}
