/* The life of a payout: every state with every move. */
#include "fund/moves.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static enum event_field concerned;      /* by the last move that was refused */

/* --- Bills. */

static const struct {
    enum bill_state state;
    enum bill_move move;
    int after;                      /* -1: bad_move */
} bills[] = {
    {BILL_NONE,     BILL_SETTLE,  BILL_SETTLED},
    {BILL_NONE,     BILL_REVERSE, BILL_AWAITED},
    {BILL_SETTLED,  BILL_SETTLE,  -1},
    {BILL_SETTLED,  BILL_REVERSE, BILL_REVERSED},
    {BILL_AWAITED,  BILL_SETTLE,  BILL_REVERSED},
    {BILL_AWAITED,  BILL_REVERSE, -1},
    {BILL_REVERSED, BILL_SETTLE,  -1},
    {BILL_REVERSED, BILL_REVERSE, -1},
};

START_TEST(a_bill_is_settled_once_and_reversed_once_in_either_order)
{
    enum bill_state state = BILL_NONE;
    enum reject reject = moves_bill(bills[_i].state, bills[_i].move, &state);
    ck_assert_int_eq(reject, bills[_i].after < 0 ? REJECT_BAD_MOVE : REJECT_NONE);
    ck_assert_int_eq(state, bills[_i].after < 0 ? BILL_NONE : bills[_i].after);
}
END_TEST

/* --- Payouts.  A life is written as letters, one a move, each of 10 万元 and on its own day:
 * p provisional, a adjust (10 more), c clear (what is provisional becomes final), r retain,
 * l release, d deduct; a capital takes the last such move back.  Days begin on 1 January 2024. */

static bool is_undo(char letter)
{
    return letter >= 'A' && letter <= 'Z';
}

static struct payout_step step_of(char letter, date_day date, const struct payout *payout)
{
    static const char letters[PAYOUT_MOVES + 1] = "pacrld";
    char small = is_undo(letter) ? (char)(letter - 'A' + 'a') : letter;
    unsigned move = 0;
    while (move < PAYOUT_MOVES && letters[move] != small)
        move++;
    ck_assert_msg(move < PAYOUT_MOVES, "no move %c", letter);
    struct payout_step step = {.move = (enum payout_move)move, .date = date, .amount = wan("10")};
    if (move == PAYOUT_CLEAR)
        step.cleared = payout->provisional;
    return step;
}

/* Plays a life; every move but the last must be allowed. */
static enum reject live(const char *life, struct payout *payout)
{
    struct payout_step done[PAYOUT_MOVES] = {0};
    for (unsigned i = 0; life[i] != '\0'; i++) {
        struct payout_step step = step_of(life[i], day(20240101) + (date_day)i, payout);
        if (is_undo(life[i]))
            step = done[step.move];
        enum reject reject = is_undo(life[i]) ? payout_undo(payout, &step)
                                              : payout_do(payout, &step, &concerned);
        if (life[i + 1] == '\0')
            return reject;
        ck_assert_msg(reject == REJECT_NONE, "%s: move %u was refused", life, i);
        done[step.move] = step;
    }
    return REJECT_NONE;
}

#define STATES(x) PAYOUT_IS_##x
#define NEVER     PAYOUT_STATES

/* A life that leads to each state, and where each further move leads. */
static const struct {
    const char *life;
    enum payout_state state, after[PAYOUT_MOVES];
} lives[] = {
    {"", STATES(SETTLED),
     {STATES(PROVISIONAL), NEVER, STATES(CLEARED), STATES(SETTLED), NEVER, STATES(SETTLED)}},
    {"p", STATES(PROVISIONAL),
     {STATES(PROVISIONAL), STATES(ADJUSTED), STATES(CLEARED), STATES(PROVISIONAL), NEVER,
      STATES(PROVISIONAL)}},
    {"pr", STATES(PROVISIONAL),
     {STATES(PROVISIONAL), STATES(ADJUSTED), STATES(RETAINED), STATES(PROVISIONAL), NEVER,
      STATES(PROVISIONAL)}},
    {"pa", STATES(ADJUSTED),
     {STATES(ADJUSTED), STATES(ADJUSTED), STATES(CLEARED), STATES(ADJUSTED), NEVER, STATES(ADJUSTED)}},
    {"pc", STATES(CLEARED), {NEVER, NEVER, NEVER, STATES(RETAINED), NEVER, STATES(CLEARED)}},
    {"pcr", STATES(RETAINED), {NEVER, NEVER, NEVER, STATES(RETAINED), STATES(RELEASED), STATES(RETAINED)}},
    {"prcr", STATES(RETAINED), {NEVER, NEVER, NEVER, STATES(RETAINED), STATES(RETAINED), STATES(RETAINED)}},
    {"pcrl", STATES(RELEASED), {NEVER, NEVER, NEVER, STATES(RETAINED), NEVER, STATES(RELEASED)}},
};

/* After a clearing it is the day that is wrong, and of a second release the amount. */
static enum event_field concerned_by(enum payout_state state, enum payout_move move)
{
    if (move <= PAYOUT_ADJUST && state >= STATES(CLEARED))
        return FIELD_DATE;
    return move == PAYOUT_RELEASE && state == STATES(RELEASED) ? FIELD_AMOUNT : FIELD_STAGE;
}

START_TEST(a_payout_takes_the_moves_of_its_state_and_no_other)
{
    static const char letters[] = "pacrld";
    struct payout there = payout_initial(true);
    ck_assert_int_eq(live(lives[_i].life, &there), REJECT_NONE);
    ck_assert_int_eq(payout_state(&there), lives[_i].state);
    for (unsigned move = 0; move < PAYOUT_MOVES; move++) {
        struct payout payout = there;
        struct payout_step step = step_of(letters[move], day(20240201), &there);
        enum reject reject = payout_do(&payout, &step, &concerned);
        bool never = lives[_i].after[move] == NEVER;
        ck_assert_int_eq(reject, never ? REJECT_BAD_MOVE : REJECT_NONE);
        if (never)
            ck_assert_int_eq(concerned, concerned_by(lives[_i].state, (enum payout_move)move));
        ck_assert_int_eq(payout_state(&payout), never ? lives[_i].state : lives[_i].after[move]);
        ck_assert_uint_eq(payout.count[move], there.count[move] + (never ? 0 : 1));
    }
}
END_TEST

static const struct {
    const char *life;
    enum reject last;
    enum payout_state state;
    const char *provisional, *retained;
} undone[] = {
    {"pP",     REJECT_NONE,     STATES(SETTLED),     "0",  "0"},
    {"P",      REJECT_BAD_MOVE, STATES(SETTLED),     "0",  "0"},
    {"pPP",    REJECT_BAD_MOVE, STATES(SETTLED),     "0",  "0"},
    {"paA",    REJECT_NONE,     STATES(PROVISIONAL), "10", "0"},
    {"paP",    REJECT_BAD_MOVE, STATES(ADJUSTED),    "20", "0"},  /* the adjustment rests on it */
    {"ppaP",   REJECT_NONE,     STATES(ADJUSTED),    "20", "0"},
    {"pcC",    REJECT_NONE,     STATES(PROVISIONAL), "10", "0"},
    {"pcCc",   REJECT_NONE,     STATES(CLEARED),     "0",  "0"},
    {"pcP",    REJECT_BAD_MOVE, STATES(CLEARED),     "0",  "0"},  /* it is cleared */
    {"prcC",   REJECT_NONE,     STATES(PROVISIONAL), "10", "10"},
    {"pcrR",   REJECT_NONE,     STATES(CLEARED),     "0",  "0"},
    {"pcrlR",  REJECT_BAD_MOVE, STATES(RELEASED),    "0",  "0"},  /* the release rests on both */
    {"pcrlC",  REJECT_BAD_MOVE, STATES(RELEASED),    "0",  "0"},
    {"pcrrlR", REJECT_NONE,     STATES(RELEASED),    "0",  "0"},
    {"pcrlL",  REJECT_NONE,     STATES(RETAINED),    "0",  "10"},
    {"dD",     REJECT_NONE,     STATES(SETTLED),     "0",  "0"},
};

START_TEST(a_move_is_taken_back_unless_a_later_one_rests_on_it)
{
    struct payout payout = payout_initial(true);
    ck_assert_int_eq(live(undone[_i].life, &payout), undone[_i].last);
    ck_assert_int_eq(payout_state(&payout), undone[_i].state);
    ck_assert_int_eq(payout.provisional.fen, wan(undone[_i].provisional).fen);
    ck_assert_int_eq(payout.retained.fen, wan(undone[_i].retained).fen);
}
END_TEST

static struct payout_step step(enum payout_move move, int32_t on, const char *amount, const char *cleared)
{
    return (struct payout_step){move, day(on), wan(amount), wan(cleared)};
}

static const struct {
    enum payout_move move;
    int32_t on;
    enum reject reject;
} late[] = {
    {PAYOUT_PROVISIONAL, 20240630, REJECT_NONE}, {PAYOUT_PROVISIONAL, 20240701, REJECT_BAD_MOVE},
    {PAYOUT_ADJUST,      20240630, REJECT_NONE}, {PAYOUT_ADJUST,      20240701, REJECT_BAD_MOVE},
};

START_TEST(a_payment_reported_late_is_taken_if_dated_before_the_clearing)
{
    struct payout payout = payout_initial(true);
    struct payout_step first = step(PAYOUT_PROVISIONAL, 20240131, "10", "0");
    struct payout_step clear = step(PAYOUT_CLEAR, 20240630, "1", "10");
    struct payout_step reported = step(late[_i].move, late[_i].on, "4", "0");
    ck_assert_int_eq(payout_do(&payout, &first, &concerned), REJECT_NONE);
    ck_assert_int_eq(payout_do(&payout, &clear, &concerned), REJECT_NONE);
    ck_assert_int_eq(payout_do(&payout, &reported, &concerned), late[_i].reject);
    ck_assert(late[_i].reject == REJECT_NONE || concerned == FIELD_DATE);
    ck_assert_int_eq(payout_state(&payout), PAYOUT_IS_CLEARED);
    ck_assert_int_eq(payout.provisional.fen, late[_i].reject == REJECT_NONE ? wan("4").fen : 0);
}
END_TEST

/* Amounts against what stands: 10 provisional, then cleared; 5 retained. */
static const struct {
    enum payout_move move;
    const char *amount, *cleared;
    enum reject reject;
} sums[] = {
    {PAYOUT_ADJUST,  "-10", "0",           REJECT_NONE},
    {PAYOUT_ADJUST,  "-10.000001", "0",    REJECT_BAD_MOVE},
    {PAYOUT_ADJUST,  "5", "15",            REJECT_NONE},
    {PAYOUT_ADJUST,  "5", "15.000001",     REJECT_BAD_MOVE},
    {PAYOUT_CLEAR,   "3", "10",            REJECT_NONE},
    {PAYOUT_CLEAR,   "3", "10.000001",     REJECT_BAD_MOVE},
};

START_TEST(no_more_is_made_final_or_taken_back_than_was_paid_on_account)
{
    struct payout payout = payout_initial(true), open = payout_initial(false);
    struct payout_step paid = step(PAYOUT_PROVISIONAL, 20240131, "10", "0");
    struct payout_step next = step(sums[_i].move, 20240630, sums[_i].amount, sums[_i].cleared);
    ck_assert_int_eq(payout_do(&payout, &paid, &concerned), REJECT_NONE);
    ck_assert_int_eq(payout_do(&payout, &next, &concerned), sums[_i].reject);
    if (sums[_i].reject != REJECT_NONE)
        ck_assert_int_eq(concerned, next.cleared.fen != 0 ? FIELD_CLEARED : FIELD_AMOUNT);
    ck_assert_int_eq(payout_do(&open, &next, &concerned), REJECT_NONE);     /* paid before the books opened */
}
END_TEST

START_TEST(no_more_is_released_than_was_retained)
{
    struct payout payout = payout_initial(true);
    struct payout_step steps[] = {
        step(PAYOUT_RETAIN, 20240131, "3", "0"), step(PAYOUT_RETAIN, 20240229, "2", "0"),
        step(PAYOUT_CLEAR, 20240630, "1", "0"),  step(PAYOUT_RELEASE, 20240701, "4", "0"),
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        ck_assert_int_eq(payout_do(&payout, &steps[i], &concerned), REJECT_NONE);
    struct payout_step more = step(PAYOUT_RELEASE, 20240702, "1.000001", "0");
    ck_assert_int_eq(payout_do(&payout, &more, &concerned), REJECT_BAD_MOVE);
    ck_assert_int_eq(concerned, FIELD_AMOUNT);
    more.amount = wan("0.999999");
    ck_assert_int_eq(payout_do(&payout, &more, &concerned), REJECT_NONE);
    ck_assert_int_eq(payout_state(&payout), PAYOUT_IS_RETAINED);    /* by a fen */
    more.amount = fen(1);
    ck_assert_int_eq(payout_do(&payout, &more, &concerned), REJECT_NONE);
    ck_assert_int_eq(payout_state(&payout), PAYOUT_IS_RELEASED);
}
END_TEST

static const struct {
    const char *life;
    enum reject last;
} before_opening[] = {
    {"a", REJECT_NONE}, {"l", REJECT_NONE}, {"c", REJECT_NONE}, {"cc", REJECT_BAD_MOVE},
    {"cp", REJECT_BAD_MOVE}, {"ca", REJECT_BAD_MOVE}, {"A", REJECT_BAD_MOVE}, {"aA", REJECT_NONE},
};

START_TEST(a_payout_older_than_the_books_may_rest_on_what_they_do_not_have)
{
    struct payout payout = payout_initial(false);
    ck_assert_int_eq(live(before_opening[_i].life, &payout), before_opening[_i].last);
}
END_TEST

START_TEST(sums_that_leave_64_bits_are_refused)
{
    struct payout payout = payout_initial(true), before;
    payout.provisional = payout.retained = fen(INT64_MAX);
    payout.count[PAYOUT_RETAIN] = payout.count[PAYOUT_PROVISIONAL] = 1;
    struct payout_step steps[] = {
        step(PAYOUT_PROVISIONAL, 20240131, "1", "0"), step(PAYOUT_RETAIN, 20240131, "1", "0"),
        step(PAYOUT_CLEAR, 20240131, "0", "-1"),
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        before = payout;
        ck_assert_int_eq(payout_do(&payout, &steps[i], &concerned), REJECT_OVERFLOW);
        ck_assert_int_eq(payout.provisional.fen, before.provisional.fen);
        ck_assert_int_eq(payout.retained.fen, before.retained.fen);
        ck_assert_mem_eq(payout.count, before.count, sizeof payout.count);
    }
    struct payout_step undo = step(PAYOUT_PROVISIONAL, 20240131, "-1", "0");
    ck_assert_int_eq(payout_undo(&payout, &undo), REJECT_OVERFLOW);
    payout.count[PAYOUT_DEDUCT] = UINT32_MAX;
    struct payout_step deduct = step(PAYOUT_DEDUCT, 20240131, "1", "0");
    ck_assert_int_eq(payout_do(&payout, &deduct, &concerned), REJECT_OVERFLOW);
}
END_TEST

START_TEST(moves_and_states_have_the_words_of_the_protocol)
{
    static const struct { enum payout_move move; enum event_stage stage; } stages[] = {
        {PAYOUT_PROVISIONAL, STAGE_PROVISIONAL}, {PAYOUT_ADJUST, STAGE_ADJUSTMENT},
        {PAYOUT_CLEAR, STAGE_CLEARING}, {PAYOUT_RELEASE, STAGE_RELEASE},
        {PAYOUT_DEDUCT, STAGE_DEDUCTION},         {PAYOUT_RETAIN, STAGE_RETENTION},
    };
    for (size_t i = 0; i < COUNT_OF(stages); i++)
        ck_assert_str_eq(payout_move_word(stages[i].move), event_stage_word(stages[i].stage));
    for (unsigned stage = 0; stage < STAGE_END; stage++) {
        struct event e = disbursement((enum event_stage)stage, 20240630, CATEGORY_INPATIENT, "1");
        struct payout_step of_stage;
        enum advance_move move;
        bool is_advance = stage == STAGE_ADVANCE || stage == STAGE_ADVANCE_RETURN;
        ck_assert_int_eq(payout_step_of(&e, &of_stage), stage >= STAGE_PROVISIONAL && !is_advance);
        if (payout_step_of(&e, &of_stage))
            ck_assert_str_eq(payout_move_word(of_stage.move), event_stage_word(stage));
        ck_assert_int_eq(advance_move_of(&e, &move), is_advance);
    }
    ck_assert_ptr_null(payout_move_word(PAYOUT_MOVES));
    ck_assert_str_eq(payout_state_word(PAYOUT_IS_RETAINED), "retained");
    for (unsigned state = 0; state < PAYOUT_STATES; state++)
        ck_assert_ptr_nonnull(payout_state_word((enum payout_state)state));
    ck_assert_ptr_null(payout_state_word(PAYOUT_STATES));
}
END_TEST

/* --- Advances. */

START_TEST(no_more_is_returned_than_was_lent)
{
    struct advance known = {.whole = true}, older = {.whole = false};
    ck_assert_int_eq(advance_do(&known, ADVANCE_RETURN, fen(1)), REJECT_BAD_MOVE);
    ck_assert_int_eq(advance_do(&known, ADVANCE_LEND, fen(10)), REJECT_NONE);
    ck_assert_int_eq(advance_do(&known, ADVANCE_RETURN, fen(11)), REJECT_BAD_MOVE);
    ck_assert_int_eq(known.lent.fen, 10);
    ck_assert_int_eq(advance_do(&known, ADVANCE_RETURN, fen(10)), REJECT_NONE);
    ck_assert_int_eq(known.lent.fen, 0);
    ck_assert_int_eq(advance_do(&older, ADVANCE_RETURN, fen(1)), REJECT_NONE);
    ck_assert_int_eq(older.lent.fen, -1);
    known.lent = fen(INT64_MAX);
    ck_assert_int_eq(advance_do(&known, ADVANCE_LEND, fen(1)), REJECT_OVERFLOW);
}
END_TEST

/* --- What the moves post: DOMAIN 3a over a whole life. */

static void post(struct lines *lines, enum recognition recognition, const struct event *event)
{
    struct posting_basis basis = recognising(recognition);
    struct posting posting;
    ck_assert_int_eq(posting_make(event, &basis, &posting), REJECT_NONE);
    book(lines, &posting, INT32_MAX);
}

static void pay(struct lines *lines, enum recognition recognition, enum event_stage stage,
                const char *amount, const char *cleared, const char *change)
{
    struct event e = disbursement(stage, 20240630, CATEGORY_INPATIENT, amount);
    e.cleared = wan(cleared);
    e.change = wan(change);
    state_field(&e, FIELD_CLEARED);
    state_field(&e, FIELD_CHANGE);
    post(lines, recognition, &e);
}

static const char *const changes[] = {"0", "-2", "4"};

START_TEST(both_recognitions_end_a_life_with_the_same_expenditure)
{
    /* 98 less what clearing changes, in bills; 90 on account, 5 held back, the rest at clearing. */
    struct lines lines[RECOGNISE_DISBURSEMENT + 1] = {0};
    for (unsigned r = RECOGNISE_SETTLEMENT; r <= RECOGNISE_DISBURSEMENT; r++) {
        enum recognition recognition = (enum recognition)r;
        struct event bill = money(KIND_SETTLEMENT, 20240401, CATEGORY_INPATIENT, "98");
        bill.amount.fen -= wan(changes[_i]).fen;
        post(&lines[r], recognition, &bill);
        pay(&lines[r], recognition, STAGE_PROVISIONAL, "90", "0", "0");
        pay(&lines[r], recognition, STAGE_CLEARING, "3", "90", changes[_i]);
        pay(&lines[r], recognition, STAGE_RELEASE, "5", "0", "0");
        ck_assert(lines_balanced(&lines[r]));
        ck_assert_int_eq(on(&lines[r], ACCOUNT_E11), wan("98").fen);
        ck_assert_int_eq(on(&lines[r], account_provisional(ACCOUNT_E11)), 0);
        ck_assert_int_eq(on(&lines[r], ACCOUNT_A1), -wan("98").fen);
        ck_assert_int_eq(on(&lines[r], ACCOUNT_L1), 0);
    }
}
END_TEST

START_TEST(what_is_no_disbursement_of_a_known_stage_is_no_move)
{
    struct event e = disbursement(STAGE_CLEARING, 20240630, CATEGORY_INPATIENT, "1");
    struct payout_step of_stage;
    enum advance_move move;
    e.kind = KIND_EXPENDITURE;
    ck_assert(!payout_step_of(&e, &of_stage));
    e.stage = STAGE_ADVANCE;
    ck_assert(!advance_move_of(&e, &move));
    e.kind = KIND_DISBURSEMENT;
    e.stage = STAGE_END;
    ck_assert(!payout_step_of(&e, &of_stage));
}
END_TEST

START_TEST(a_payout_is_of_the_year_that_it_states_or_of_its_date)
{
    struct event e = disbursement(STAGE_CLEARING, 20250630, CATEGORY_INPATIENT, "1");
    unstate_field(&e, FIELD_YEAR);
    ck_assert_int_eq(payout_year(&e), 2025);
    e.year = 2024;
    state_field(&e, FIELD_YEAR);
    ck_assert_int_eq(payout_year(&e), 2024);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("moves");
    TCase *t = tcase_create("moves");
    tcase_add_loop_test(t, a_bill_is_settled_once_and_reversed_once_in_either_order, 0, COUNT_OF(bills));
    tcase_add_loop_test(t, a_payout_takes_the_moves_of_its_state_and_no_other, 0, COUNT_OF(lives));
    tcase_add_loop_test(t, a_move_is_taken_back_unless_a_later_one_rests_on_it, 0, COUNT_OF(undone));
    tcase_add_loop_test(t, a_payment_reported_late_is_taken_if_dated_before_the_clearing, 0, COUNT_OF(late));
    tcase_add_loop_test(t, no_more_is_made_final_or_taken_back_than_was_paid_on_account, 0, COUNT_OF(sums));
    tcase_add_test(t, no_more_is_released_than_was_retained);
    tcase_add_loop_test(t, a_payout_older_than_the_books_may_rest_on_what_they_do_not_have, 0,
                        COUNT_OF(before_opening));
    tcase_add_test(t, sums_that_leave_64_bits_are_refused);
    tcase_add_test(t, moves_and_states_have_the_words_of_the_protocol);
    tcase_add_test(t, no_more_is_returned_than_was_lent);
    tcase_add_loop_test(t, both_recognitions_end_a_life_with_the_same_expenditure, 0, COUNT_OF(changes));
    tcase_add_test(t, what_is_no_disbursement_of_a_known_stage_is_no_move);
    tcase_add_test(t, a_payout_is_of_the_year_that_it_states_or_of_its_date);
    suite_add_tcase(s, t);
    return s;
}
