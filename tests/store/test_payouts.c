/* The life of a payout and of an advance (fund/moves.h) through the whole store: every pair of moves, taken
 * back or not, under both recognitions; each test ends with a verification. */
#include <errno.h>
#include <stdio.h>

#include <xxhash.h>

#include "store/group.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define FEN INT64_C(1000)       /* of every move of a life */

static void found(enum recognition recognition)
{
    struct policy policy = policy_default();
    policy.ahead_days = 366;
    policy.recognition = recognition;
    ck_assert_int_eq(outcome_of(a_policy("policy", 20240101, &policy)), OUTCOME_APPLIED);
    ck_assert_int_eq(outcome_of(an_opening("opening", 20231231, 0)), OUTCOME_APPLIED);
}

/* --- Moves -------------------------------------------------------------------------- */

static struct event payment(const char *id, enum event_stage stage, int32_t ymd, int64_t fen)
{
    struct event e = an_expenditure(id, ymd, fen, CATEGORY_INPATIENT);
    e.kind = KIND_DISBURSEMENT;
    e.stage = (uint8_t)stage;
    e.present |= UINT32_C(1) << FIELD_STAGE;
    if (stage == STAGE_ADVANCE || stage == STAGE_ADVANCE_RETURN)
        e.present &= ~(UINT32_C(1) << FIELD_CATEGORY);
    return e;
}

static struct event clearing_of(struct event e, int64_t fen)
{
    e.cleared.fen = fen;
    e.present |= UINT32_C(1) << FIELD_CLEARED;
    return e;
}

static struct event at(const char *institution, struct event e)
{
    e.institution_size = (uint8_t)snprintf(e.institution, sizeof e.institution, "%s", institution);
    e.present |= UINT32_C(1) << FIELD_INSTITUTION;
    return e;
}

static struct event of_year(int year, struct event e)
{
    e.year = year;
    e.present |= UINT32_C(1) << FIELD_YEAR;
    return e;
}

static struct event from_tax(struct event e)
{
    ck_assert_msg(outcome_of(e) == OUTCOME_APPLIED, "%s was not applied", e.id);
    return e;
}

static void refused(struct event e, enum event_field field)
{
    uint64_t before = position();
    struct applied applied = apply(e);
    ck_assert_msg(applied.outcome == OUTCOME_REJECTED, "%s was not refused", e.id);
    ck_assert_int_eq(applied.reject, REJECT_BAD_MOVE);
    ck_assert_str_eq(applied.key, event_field_key(field));
    ck_assert_uint_eq(position(), before);
}

/* --- Every pair --------------------------------------------------------------------- *
 * A life is written as letters: p provisional, a adjustment, c clearing (of all that is provisional), r
 * retention, l release, d deduction; a capital is the reversal of the last such move. */

static const char letters[] = "pacrld";
static const enum event_stage stages[] = {
    STAGE_PROVISIONAL, STAGE_ADJUSTMENT, STAGE_CLEARING, STAGE_RETENTION, STAGE_RELEASE, STAGE_DEDUCTION,
};
#define MOVES (sizeof stages / sizeof stages[0])

struct life {
    char institution[8];
    unsigned moves;                     /* sent, refused ones too */
    unsigned standing[MOVES];
    char last[MOVES][EVENT_ID_MAX + 1]; /* id of the last one that was applied */
    int64_t provisional;
    int64_t cleared_before[MOVES];      /* by the last clearing */
};

static unsigned move_of(char letter)
{
    return (unsigned)(strchr(letters, letter | 0x20) - letters);
}

static struct event next_event(struct life *life, char letter)
{
    char id[EVENT_ID_MAX + 1];
    unsigned move = move_of(letter);
    snprintf(id, sizeof id, "%s-%u%c", life->institution, ++life->moves, letter);
    int32_t ymd = 20240200 + (int32_t)life->moves;
    if (letter < 'a')
        return a_reversal(id, ymd, life->last[move][0] != '\0' ? life->last[move] : "none");
    struct event e = at(life->institution, payment(id, stages[move], ymd, FEN));
    return letter == 'c' ? clearing_of(e, life->provisional) : e;
}

/* Adds a move to the group; true if it was applied. */
static bool send(struct life *life, char letter)
{
    unsigned move = move_of(letter);
    struct event e = next_event(life, letter);
    struct applied applied = add("tax", e);
    if (applied.outcome != OUTCOME_APPLIED) {
        ck_assert_int_eq(applied.reject, REJECT_BAD_MOVE);
        return false;
    }
    int sign = letter < 'a' ? -1 : 1;
    if (sign > 0)
        memcpy(life->last[move], e.id, sizeof e.id);
    life->standing[move] += (unsigned)sign;
    if (letter == 'c')
        life->cleared_before[move] = life->provisional;
    life->provisional += move <= 1 ? sign * FEN : move == 2 ? -sign * life->cleared_before[move] : 0;
    return true;
}

static const struct {
    const char *life, *allowed;     /* capitals of moves that the life does not have are left out */
} pairs[] = {
    {"",      "pcrd"},     {"p",     "pacrdP"},   {"a",     NULL},       {"l",     NULL},
    {"pp",    "pacrdP"},   {"pa",    "pacrdA"},   {"pc",    "rdC"},      {"pr",    "pacrdPR"},
    {"pl",    NULL},       {"pd",    "pacrdPD"},  {"c",     "rdC"},      {"cp",    NULL},
    {"ca",    NULL},       {"cc",    NULL},       {"cr",    "rldCR"},    {"cl",    NULL},
    {"cd",    "rdCD"},     {"r",     "pcrdR"},    {"ra",    NULL},       {"rc",    "rldRC"},
    {"rl",    NULL},       {"d",     "pcrdD"},    {"da",    NULL},       {"dl",    NULL},
    {"paa",   "pacrdA"},   {"pac",   "rdC"},      {"ppa",   "pacrdPA"},  {"prc",   "rldRC"},
    {"pcr",   "rldCR"},    {"prcl",  "rdL"},      {"pcrr",  "rldCR"},    {"pcrrl", "rldRL"},
    {"pcrrll","rdL"},
    /* after something was taken back */
    {"pP",    "pcrd"},     {"pPa",   NULL},       {"paA",   "pacrdP"},   {"pcC",   "pacrdP"},
    {"cC",    "pcrd"},     {"cCc",   "rdC"},      {"rR",    "pcrd"},     {"dD",    "pcrd"},
    {"rcR",   "rdC"},      {"rcRl",  NULL},       {"crlL",  "rldCR"},    {"pcrlLR","rdC"},
    {"pcrlLRC","pacrdP"},  {"pcrlLRCP","pcrd"},
};
#define PAIRS (sizeof pairs / sizeof pairs[0])

/* What the standing moves of all lives have done to the lines (DOMAIN 3a), in moves of FEN. */
static void check_lines(enum recognition recognition, const unsigned standing[MOVES], int64_t provisional)
{
    static const int paid[MOVES] = {1, 1, 1, 0, 1, 0}, deducted[MOVES] = {[5] = 1};
    int64_t out = 0, off = 0;
    for (size_t i = 0; i < MOVES; i++) {
        out += standing[i] * paid[i] * FEN;
        off += standing[i] * deducted[i] * FEN;
    }
    bool settled = recognition == RECOGNISE_SETTLEMENT;
    ck_assert_int_eq(line(ACCOUNT_A1, 20240101, 20241231), -out);
    ck_assert_int_eq(line(ACCOUNT_L1, 20240101, 20241231), settled ? out + off : 0);
    ck_assert_int_eq(line(ACCOUNT_M1, 20240101, 20241231), settled ? 0 : -out - off);
    ck_assert_int_eq(line(ACCOUNT_E11 + ACCOUNT_PROVISIONAL, 20240101, 20241231), settled ? 0 : provisional);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), settled ? -off : out - provisional);
}

/* Lives a life up to its last move; false if that one is refused. */
static bool live(struct life *life, const char *moves)
{
    for (; *moves != '\0'; moves++)
        if (!send(life, *moves)) {
            ck_assert_msg(moves[1] == '\0', "%s: %c was refused", life->institution, *moves);
            return false;
        }
    return true;
}

/* Each pair has institutions of its own, one for each next move. */
static struct life lives[PAIRS][2 * MOVES];

static void try_next(size_t pair, unsigned next)
{
    struct life *life = &lives[pair][next];
    char letter = next < MOVES ? letters[next] : (char)(letters[next - MOVES] & ~0x20);
    if (letter < 'a' && life->standing[next - MOVES] == 0)
        return;
    bool done = send(life, letter);
    ck_assert_msg(done == (strchr(pairs[pair].allowed, letter) != NULL), "%s%c was%s allowed",
                  pairs[pair].life, letter, done ? "" : " not");
}

START_TEST(a_payout_takes_the_moves_of_its_state_and_no_other)
{
    enum recognition recognition = _i == 0 ? RECOGNISE_SETTLEMENT : RECOGNISE_DISBURSEMENT;
    unsigned standing[MOVES] = {0};
    int64_t provisional = 0;
    found(recognition);
    begin();
    for (size_t i = 0; i < PAIRS * 2 * MOVES; i++) {
        struct life *life = &lives[i / (2 * MOVES)][i % (2 * MOVES)];
        *life = (struct life){0};
        snprintf(life->institution, sizeof life->institution, "h%u", (unsigned)i);
        ck_assert_int_eq(live(life, pairs[i / (2 * MOVES)].life), pairs[i / (2 * MOVES)].allowed != NULL);
    }
    commit();
    books_reopen();
    begin();
    for (size_t i = 0; i < PAIRS * 2 * MOVES; i++)
        if (pairs[i / (2 * MOVES)].allowed != NULL)
            try_next(i / (2 * MOVES), (unsigned)(i % (2 * MOVES)));
    commit();
    for (size_t i = 0; i < PAIRS * 2 * MOVES; i++) {
        const struct life *life = &lives[i / (2 * MOVES)][i % (2 * MOVES)];
        for (unsigned move = 0; move < MOVES; move++)
            standing[move] += life->standing[move];
        provisional += life->provisional;
    }
    check_lines(recognition, standing, provisional);
}
END_TEST

START_TEST(what_is_wrong_with_a_move_is_said_by_field)
{
    found(RECOGNISE_DISBURSEMENT);
    refused(payment("a", STAGE_ADJUSTMENT, 20240131, 5), FIELD_STAGE);
    refused(payment("l", STAGE_RELEASE, 20240131, 5), FIELD_STAGE);
    from_tax(payment("p", STAGE_PROVISIONAL, 20240131, 5));
    refused(payment("a2", STAGE_ADJUSTMENT, 20240131, -6), FIELD_AMOUNT);
    refused(clearing_of(payment("c", STAGE_CLEARING, 20240630, 1), 6), FIELD_CLEARED);
    from_tax(clearing_of(payment("c2", STAGE_CLEARING, 20240630, 1), 5));
    refused(payment("c3", STAGE_CLEARING, 20240630, 1), FIELD_STAGE);
    refused(payment("p2", STAGE_PROVISIONAL, 20240701, 1), FIELD_DATE);
    from_tax(payment("p3", STAGE_PROVISIONAL, 20240630, 1));        /* reported late */
    refused(payment("a3", STAGE_ADJUSTMENT, 20240701, 1), FIELD_DATE);
    from_tax(payment("r", STAGE_RETENTION, 20240630, 3));
    refused(payment("l2", STAGE_RELEASE, 20240701, 4), FIELD_AMOUNT);
    refused(a_reversal("cR", 20240702, "p"), FIELD_ORIGINAL);
}
END_TEST

/* The same letters tried again are other ids, so what is refused can be sent once more when it may be. */
START_TEST(what_was_refused_is_taken_when_its_move_is_possible)
{
    found(RECOGNISE_SETTLEMENT);
    struct event adjustment = payment("a", STAGE_ADJUSTMENT, 20240131, 5);
    refused(adjustment, FIELD_STAGE);
    from_tax(payment("p", STAGE_PROVISIONAL, 20240131, 5));
    from_tax(adjustment);
}
END_TEST

/* --- Reversals before their original, and a year later ----------------------------------- */

static const int32_t undone_on[] = {20240201, 20250110};    /* in the same year, and a year later */

START_TEST(a_move_that_was_reversed_before_it_came_never_stands)
{
    found(_i / 2 == 0 ? RECOGNISE_SETTLEMENT : RECOGNISE_DISBURSEMENT);
    from_tax(a_day("d", 20240930));
    from_tax(a_reversal("P", undone_on[_i % 2], "p"));
    from_tax(payment("p", STAGE_PROVISIONAL, 20240131, FEN));
    refused(payment("a", STAGE_ADJUSTMENT, 20240205, FEN), FIELD_STAGE);
    ck_assert_int_eq(line(ACCOUNT_A1, 20240101, 20251231), 0);
    /* Of two clearings the one that was undone comes last. */
    from_tax(a_reversal("C1", undone_on[_i % 2], "c1"));
    from_tax(payment("c2", STAGE_CLEARING, 20240210, FEN));
    books_reopen();
    from_tax(payment("c1", STAGE_CLEARING, 20240130, FEN));
    refused(payment("c3", STAGE_CLEARING, 20240211, FEN), FIELD_STAGE);
    refused(payment("p2", STAGE_PROVISIONAL, 20240211, FEN), FIELD_DATE);
    from_tax(a_reversal("C2", 20240220, "c2"));
    from_tax(payment("c4", STAGE_CLEARING, 20240212, FEN));
    ck_assert_int_eq(line(ACCOUNT_A1, 20240101, 20251231), -FEN);
}
END_TEST

/* What a clearing is worth must not depend on whether its reversal came first. */
START_TEST(a_clearing_undone_a_year_later_can_be_done_again)
{
    bool settled = _i == 0;
    found(settled ? RECOGNISE_SETTLEMENT : RECOGNISE_DISBURSEMENT);
    from_tax(a_settlement("bill", 20240115, 10 * FEN));
    from_tax(payment("p", STAGE_PROVISIONAL, 20240131, 8 * FEN));
    from_tax(clearing_of(payment("c", STAGE_CLEARING, 20241231, 2 * FEN), 8 * FEN));
    from_tax(a_day("d", 20241231));
    from_tax(a_day("d2", 20250331));
    from_tax(a_reversal("C", 20250210, "c"));
    ck_assert_int_eq(line(ACCOUNT_E11 + ACCOUNT_PROVISIONAL, 20240101, 20251231), settled ? 0 : 8 * FEN);
    ck_assert_int_eq(line(ACCOUNT_I4, 20250101, 20251231), settled ? 0 : -2 * FEN);
    struct event again = of_year(2024, payment("c2", STAGE_CLEARING, 20250220, 2 * FEN));
    refused(clearing_of(again, 9 * FEN), FIELD_CLEARED);
    from_tax(clearing_of(again, 8 * FEN));
    ck_assert_int_eq(line(ACCOUNT_E11 + ACCOUNT_PROVISIONAL, 20240101, 20251231), 0);
    ck_assert_int_eq(line(ACCOUNT_L1, 20240101, 20251231), 0);
    ck_assert_int_eq(line(ACCOUNT_M1, 20240101, 20251231), 0);
    ck_assert_int_eq(balance(), -10 * FEN);
}
END_TEST

/* --- Lives are apart, and books may open in the middle of one ------------------------------- */

START_TEST(lives_are_apart_by_institution_category_year_and_fund)
{
    found(RECOGNISE_SETTLEMENT);
    struct policy policy = policy_default();
    from_tax(of_fund(a_policy("other-fund", 20240101, &policy), 130208));
    from_tax(at("h1", payment("p", STAGE_PROVISIONAL, 20240115, FEN)));
    struct event elsewhere[] = {
        at("h2", payment("a1", STAGE_ADJUSTMENT, 20240120, FEN)),
        at("h", payment("a2", STAGE_ADJUSTMENT, 20240120, FEN)),
        at("h11", payment("a3", STAGE_ADJUSTMENT, 20240120, FEN)),
        payment("a4", STAGE_ADJUSTMENT, 20240120, FEN),
        of_fund(at("h1", payment("a5", STAGE_ADJUSTMENT, 20240120, FEN)), 130208),
        at("h1", payment("a6", STAGE_ADJUSTMENT, 20240120, FEN)),
    };
    elsewhere[5].category = CATEGORY_POOLED;
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        refused(elsewhere[i], FIELD_STAGE);
    from_tax(of_year(2023, at("h1", payment("a7", STAGE_ADJUSTMENT, 20240120, FEN)))); /* before the books */
    from_tax(at("h1", payment("a8", STAGE_ADJUSTMENT, 20240120, FEN)));
    from_tax(payment("line", STAGE_PROVISIONAL, 20240120, FEN));
    from_tax(payment("a9", STAGE_ADJUSTMENT, 20240121, FEN));
}
END_TEST

START_TEST(an_institution_may_be_as_long_as_an_id)
{
    char longest[EVENT_ID_MAX + 1], other[EVENT_ID_MAX + 1];
    memset(longest, 'x', EVENT_ID_MAX);
    longest[EVENT_ID_MAX] = '\0';
    memcpy(other, longest, sizeof other);
    other[EVENT_ID_MAX - 1] = 'y';
    found(RECOGNISE_SETTLEMENT);
    from_tax(at(longest, payment("p", STAGE_PROVISIONAL, 20240115, FEN)));
    from_tax(at(longest, payment("lent", STAGE_ADVANCE, 20240115, FEN)));
    refused(at(other, payment("a", STAGE_ADJUSTMENT, 20240120, FEN)), FIELD_STAGE);
    books_reopen();
    from_tax(at(longest, payment("a2", STAGE_ADJUSTMENT, 20240120, FEN)));
    from_tax(at(longest, payment("back", STAGE_ADVANCE_RETURN, 20240120, FEN)));
}
END_TEST

/* What was paid under the code of a part may be cleared under that of the whole. */
START_TEST(a_fund_into_which_others_were_merged_is_not_whole)
{
    struct policy policy = policy_default();
    policy.ahead_days = 366;
    found(RECOGNISE_DISBURSEMENT);
    from_tax(of_fund(a_policy("part", 20240101, &policy), 130208));
    from_tax(of_fund(payment("p", STAGE_PROVISIONAL, 20240131, FEN), 130208));
    from_tax(of_fund(a_day("d", 20240630), 130208));
    from_tax(a_day("d2", 20240630));
    refused(clearing_of(payment("c", STAGE_CLEARING, 20240630, 1), FEN), FIELD_CLEARED);
    policy.version = 2;
    policy.merged_into = 130207;
    from_tax(of_fund(a_policy("merged", 20240601, &policy), 130208));
    from_tax(clearing_of(payment("c2", STAGE_CLEARING, 20240630, 1), FEN));
    from_tax(payment("back", STAGE_ADVANCE_RETURN, 20240630, 1));
}
END_TEST

START_TEST(the_year_is_the_one_that_is_stated_and_else_that_of_the_date)
{
    found(RECOGNISE_DISBURSEMENT);
    from_tax(payment("p", STAGE_PROVISIONAL, 20240115, FEN));
    from_tax(a_day("d", 20241231));
    refused(clearing_of(payment("c", STAGE_CLEARING, 20250331, 1), FEN), FIELD_CLEARED);
    from_tax(of_year(2024, clearing_of(payment("c2", STAGE_CLEARING, 20250331, 1), FEN)));
}
END_TEST

START_TEST(a_life_older_than_the_books_may_rest_on_what_they_do_not_have)
{
    struct policy policy = policy_default();
    policy.ahead_days = 366;
    from_tax(a_policy("policy", 20240701, &policy));
    from_tax(an_opening("opening", 20240630, 0));
    from_tax(payment("l", STAGE_RELEASE, 20240701, FEN));
    from_tax(clearing_of(payment("c", STAGE_CLEARING, 20240702, FEN), 3 * FEN));
    refused(payment("c2", STAGE_CLEARING, 20240702, FEN), FIELD_STAGE);
    from_tax(a_reversal("C", 20240703, "c"));
    from_tax(payment("c3", STAGE_CLEARING, 20240702, FEN));
    from_tax(a_day("d", 20241231));
    refused(payment("l2", STAGE_RELEASE, 20250101, FEN), FIELD_STAGE);
}
END_TEST

/* The fund exists from 1 March; its balance opens at the end of last year only after the first moves, so
 * what was not whole for these becomes so. */
START_TEST(an_opening_that_comes_late_does_not_make_older_moves_unsound)
{
    struct policy policy = policy_default();
    policy.ahead_days = 366;
    from_tax(a_policy("policy", 20240301, &policy));
    begin();
    ck_assert_int_eq(add("tax", at("new", payment("a1", STAGE_ADJUSTMENT, 20240302, FEN))).outcome,
                     OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", at("old", payment("l", STAGE_RELEASE, 20240302, FEN))).outcome,
                     OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", payment("ret", STAGE_ADVANCE_RETURN, 20240302, FEN)).outcome,
                     OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", an_opening("opening", 20231231, 0)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", at("old", payment("l2", STAGE_RELEASE, 20240302, FEN))).outcome,
                     OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", payment("ret2", STAGE_ADVANCE_RETURN, 20240302, FEN)).outcome,
                     OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", at("late", payment("l3", STAGE_RELEASE, 20240302, FEN))).reject,
                     REJECT_BAD_MOVE);
    commit();
    books_reopen();
    from_tax(at("new", payment("a2", STAGE_ADJUSTMENT, 20240302, FEN)));
    refused(at("late", payment("a3", STAGE_ADJUSTMENT, 20240302, FEN)), FIELD_STAGE);
}
END_TEST

/* --- Advances ------------------------------------------------------------------------------- */

START_TEST(no_more_is_returned_than_was_lent)
{
    found(_i == 0 ? RECOGNISE_SETTLEMENT : RECOGNISE_DISBURSEMENT);
    refused(at("h", payment("r0", STAGE_ADVANCE_RETURN, 20240103, 1)), FIELD_AMOUNT);
    from_tax(at("h", payment("lent", STAGE_ADVANCE, 20240103, 10)));
    refused(at("i", payment("r1", STAGE_ADVANCE_RETURN, 20240103, 1)), FIELD_AMOUNT);
    refused(payment("r2", STAGE_ADVANCE_RETURN, 20240103, 1), FIELD_AMOUNT);
    refused(at("h", payment("r3", STAGE_ADVANCE_RETURN, 20240103, 11)), FIELD_AMOUNT);
    from_tax(a_day("d", 20241231));
    books_reopen();
    from_tax(at("h", payment("r4", STAGE_ADVANCE_RETURN, 20250103, 6)));    /* a year is nothing to it */
    refused(a_reversal("LENT", 20250104, "lent"), FIELD_ORIGINAL);
    from_tax(a_reversal("R4", 20250104, "r4"));
    from_tax(a_reversal("LENT2", 20250104, "lent"));
    refused(at("h", payment("r5", STAGE_ADVANCE_RETURN, 20250105, 1)), FIELD_AMOUNT);
    from_tax(a_reversal("L2", 20250105, "lent2"));
    from_tax(at("h", payment("lent2", STAGE_ADVANCE, 20250103, 10)));       /* never stands */
    refused(at("h", payment("r6", STAGE_ADVANCE_RETURN, 20250106, 1)), FIELD_AMOUNT);
    ck_assert_int_eq(line(ACCOUNT_A2, 20240101, 20251231), 0);
    ck_assert_int_eq(balance(), 0);
}
END_TEST

START_TEST(without_an_opening_balance_older_advances_may_come_back)
{
    struct policy policy = policy_default();
    from_tax(a_policy("policy", 20240101, &policy));
    from_tax(at("h", payment("r", STAGE_ADVANCE_RETURN, 20240103, 5)));
    ck_assert_int_eq(line(ACCOUNT_A2, 20240101, 20241231), -5);
}
END_TEST

/* --- What readers see ------------------------------------------------------------------------------- */

struct seen {
    unsigned count, most;
    struct life_view lives[8];
};

static bool see(void *arg, const struct life_view *life)
{
    struct seen *seen = arg;
    seen->lives[seen->count++] = *life;
    return seen->count < seen->most;
}

static struct seen seen_after(int year, const struct life_view *after, unsigned most)
{
    struct view *view;
    struct seen seen = {.most = most};
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_lives(view, 1, year, after, see, &seen), 0);
    view_close(&view);
    return seen;
}

START_TEST(lives_are_read_in_their_order_and_from_where_one_stopped)
{
    static const char *const institutions[] = {"", "h1", "h1", "h2", ""};
    found(RECOGNISE_DISBURSEMENT);
    from_tax(payment("lent", STAGE_ADVANCE, 20240110, 7));
    from_tax(at("h1", payment("lent-1", STAGE_ADVANCE, 20240110, 8)));
    struct event pooled = payment("pooled", STAGE_PROVISIONAL, 20240111, 3);
    pooled.category = CATEGORY_POOLED;
    from_tax(pooled);
    from_tax(at("h2", payment("p2", STAGE_PROVISIONAL, 20240112, 5)));
    from_tax(at("h1", payment("r1", STAGE_RETENTION, 20240113, 4)));
    from_tax(at("h1", payment("c1", STAGE_CLEARING, 20240114, 1)));
    from_tax(of_year(2023, payment("old", STAGE_PROVISIONAL, 20240115, 5)));
    struct seen all = seen_after(2024, NULL, 8);
    ck_assert_uint_eq(all.count, 5);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_str_eq(all.lives[i].institution, institutions[i]);
        struct seen next = seen_after(2024, &all.lives[i], 1);
        ck_assert_uint_eq(next.count, i < 4);
        if (i < 4)
            ck_assert_mem_eq(&next.lives[0], &all.lives[i + 1], sizeof next.lives[0]);
    }
    ck_assert_int_eq(all.lives[1].advance.lent.fen, 8);
    ck_assert_int_eq(payout_state(&all.lives[2].payout), PAYOUT_IS_RETAINED);
    ck_assert_int_eq(all.lives[2].payout.retained.fen, 4);
    ck_assert_int_eq(all.lives[3].payout.provisional.fen, 5);
    ck_assert_int_eq(all.lives[4].category, CATEGORY_POOLED);
    struct seen before = seen_after(2023, NULL, 8);
    ck_assert_uint_eq(before.count, 3);                         /* two advances, of whatever year */
    ck_assert(!before.lives[2].payout.whole);
}
END_TEST

/* --- With everything owed, and with overdue subsidy received --------------------------------------- */

#define BESIDE 130208           /* a second fund, of the other recognition */

static struct fund_view view_of(uint32_t place, int32_t ymd)
{
    struct view *view;
    struct fund_view fund;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, (struct fund){place, SCHEME_RESIDENT}, &number), 0);
    ck_assert_int_eq(view_fund_as_of(view, number, day(ymd), &fund), 0);
    view_close(&view);
    return fund;
}

/* The same to both funds. */
static void both(struct event e)
{
    ck_assert_int_eq(add("tax", e).outcome, OUTCOME_APPLIED);
    e.id_size = (uint8_t)(e.id_size + snprintf(e.id + e.id_size, sizeof e.id - e.id_size, "'"));
    if (e.original_size > 0)
        e.original_size = (uint8_t)(e.original_size + snprintf(e.original + e.original_size,
                                                               sizeof e.original - e.original_size, "'"));
    ck_assert_int_eq(add("tax", of_fund(e, BESIDE)).outcome, OUTCOME_APPLIED);
}

static const char *named(const char *what, int month)
{
    static char id[32];
    snprintf(id, sizeof id, "%s-%d", what, month);
    return id;
}

/* 100 of care a month and 80 paid on account; then the year is adjusted, cleared, held back and released. */
static void two_years_of_care(void)
{
    begin();
    for (int month = 0; month < 24; month++) {
        int32_t ym = (2024 + month / 12) * 10000 + (month % 12 + 1) * 100;
        both(a_fee(named("fee", month), ym + 2, 70 * FEN));
        both(a_settlement(named("bill", month), ym + 10, 100 * FEN));
        both(payment(named("paid", month), STAGE_PROVISIONAL, ym + 20, 80 * FEN));
        both(a_day(named("day", month), date_to_ymd(date_month_last(date_month_of(day(ym + 1))))));
    }
    commit();
    books_reopen();
    begin();
    both(payment("adjusted", STAGE_ADJUSTMENT, 20241115, 30 * FEN));
    both(payment("deducted", STAGE_DEDUCTION, 20241120, 9 * FEN));
    both(payment("held", STAGE_RETENTION, 20241210, 40 * FEN));
    struct event clearing = of_year(2024, clearing_of(payment("cleared", STAGE_CLEARING, 20250415, 150 * FEN),
                                                      990 * FEN));
    clearing.change.fen = -11 * FEN;
    clearing.present |= UINT32_C(1) << FIELD_CHANGE;
    both(clearing);
    both(of_year(2024, payment("released", STAGE_RELEASE, 20250901, 40 * FEN)));
    both(a_settlement("wrong", 20250610, 17 * FEN));
    both(a_reversal("right", 20250611, "wrong"));
    commit();
}

START_TEST(with_everything_owed_both_recognitions_have_one_runway)
{
    static const int32_t days[] = {20241231, 20250331, 20250430, 20250831, 20251231};
    struct policy policy = policy_default();
    policy.ahead_days = 366;
    policy.runway.min_months = 1;
    policy.recognition = RECOGNISE_SETTLEMENT;
    from_tax(a_policy("policy", 20240101, &policy));
    policy.recognition = RECOGNISE_DISBURSEMENT;
    from_tax(of_fund(a_policy("policy'", 20240101, &policy), BESIDE));
    begin();
    both(an_opening("opening", 20231231, 1000 * FEN));
    commit();
    two_years_of_care();
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct fund_view settled = view_of(130207, days[i]), disbursed = view_of(BESIDE, days[i]);
        struct indicator runway = indicator_runway(&settled.runway, 1);
        struct indicator booked = indicator_runway(&disbursed.runway, 1);
        struct indicator owed = indicator_runway_owed(booked, &disbursed.owing);
        ck_assert_int_eq(owed.why, COMPUTABLE);
        ck_assert_int_eq(owed.value.num, runway.value.num);
        ck_assert_int_eq(owed.value.den, runway.value.den);
        ck_assert_int_lt(owed.value.num, booked.value.num);
        ck_assert_int_eq(settled.owing.booked.fen, disbursed.owing.incurred.fen);
        ck_assert_int_eq(settled.owing.incurred.fen, 0);
        ck_assert_int_eq(disbursed.owing.booked.fen, 0);
        runway = indicator_runway_owed(runway, &settled.owing);
        ck_assert_int_eq(runway.value.num, owed.value.num);
    }
}
END_TEST

static int64_t evidence_of(const struct alert *alert, enum evidence_word word)
{
    for (unsigned i = 0; i < alert->evidence.count; i++)
        if (alert->evidence.items[i].word == word)
            return alert->evidence.items[i].value;
    return INT64_MIN;
}

static struct policy with_county_subsidy(void)
{
    struct policy policy = policy_default();
    struct subsidy_standard *standard = &policy.subsidy.standards[0];
    policy.ahead_days = 366;
    policy.recognition = RECOGNISE_DISBURSEMENT;
    policy.runway.min_months = 1;
    policy.runway.hold = (struct hold){0, 0};
    policy.subsidy.standard_count = 1;
    *standard = (struct subsidy_standard){.year = 2024, .whole = 1};
    for (int i = 0; i < SUBSIDY_LEVELS; i++)
        standard->levels[i].base = SUBSIDY_HEADS_STATED;
    standard->levels[SUBSIDY_COUNTY] = (struct subsidy_level_rule){
        .own = {50000}, .base = SUBSIDY_HEADS_STATED, .heads_date = day(20240101), .tranche_count = 1,
        .tranches = {{day(20240131), 1}},
    };
    return policy;
}

/* 10,000 元 a month are spent and 30,000 are there: 3 months, 1 with what hospitals are owed and cost, 8 with
 * the 50,000 that the county owes. */
START_TEST(a_runway_is_told_with_what_is_owed_and_overdue)
{
    struct policy policy = with_county_subsidy();
    from_tax(a_policy("policy", 20240101, &policy));
    from_tax(an_opening("opening", 20231231, 4000000));
    if (_i == 0)
        from_tax(a_headcount("heads", 20240101, 100));
    from_tax(a_settlement("bill", 20240110, 2000000));
    from_tax(payment("paid", STAGE_PROVISIONAL, 20240120, 1000000));
    from_tax(a_day("d", 20240131));
    struct alert alert = {0};
    for (uint64_t number = 1; number <= alert_count() && alert.rule != RULE_RUNWAY; number++)
        alert = alert_number(number);
    ck_assert_int_eq(alert.rule, RULE_RUNWAY);
    ck_assert_int_eq(alert.level, LEVEL_LOW);       /* as booked: 3.00 months */
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_OWED), INT64_MIN);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_INCURRED), 1000000);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_RUNWAY_OWED), 100);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_OVERDUE), _i == 0 ? 5000000 : INT64_MIN);
    ck_assert_int_eq(evidence_of(&alert, EVIDENCE_RUNWAY_RECEIVED), _i == 0 ? 800 : INT64_MIN);
    struct fund_view fund = fund_now();
    ck_assert_int_eq(fund.owing.subsidy_known, _i == 0);
    from_tax(a_subsidy("come", 20240131, 5000000, CATEGORY_COUNTY, 2024));
    ck_assert_int_eq(fund_now().owing.subsidy.fen, 0);
}
END_TEST

/* --- Groups, importing --------------------------------------------------------------------------- */

START_TEST(moves_of_one_group_rest_on_each_other)
{
    found(RECOGNISE_DISBURSEMENT);
    begin();
    ck_assert_int_eq(add("tax", payment("p", STAGE_PROVISIONAL, 20240131, 5)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", a_day("d", 20240131)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(store_end_batch(books), 0);        /* writes what was gathered */
    ck_assert_int_eq(add("tax", payment("a", STAGE_ADJUSTMENT, 20240131, 5)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", a_reversal("P", 20240131, "p")).reject, REJECT_BAD_MOVE);
    ck_assert_int_eq(add("tax", a_reversal("A", 20240131, "a")).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(add("tax", a_reversal("P2", 20240131, "p")).outcome, OUTCOME_APPLIED);
    commit();
    refused(payment("a2", STAGE_ADJUSTMENT, 20240131, 5), FIELD_STAGE);
}
END_TEST

START_TEST(a_dropped_group_has_moved_nothing)
{
    found(RECOGNISE_SETTLEMENT);
    begin();
    ck_assert_int_eq(add("tax", payment("p", STAGE_PROVISIONAL, 20240131, 5)).outcome, OUTCOME_APPLIED);
    store_abort(books);
    refused(payment("a", STAGE_ADJUSTMENT, 20240131, 5), FIELD_STAGE);
}
END_TEST

/* In memory lives are found by a number of 24 bits, so that of these some dozen pairs share one. */
START_TEST(many_institutions_are_kept_apart)
{
    enum { INSTITUTIONS = 20000 };
    char name[32];
    found(RECOGNISE_SETTLEMENT);
    for (int round = 0; round < 3; round++) {
        begin();
        for (int i = 1; i <= INSTITUTIONS; i++) {
            snprintf(name, sizeof name, "%d-H%d", round, i);
            struct event e = payment(name, round == 0 ? STAGE_PROVISIONAL : STAGE_ADJUSTMENT, 20240131,
                                     round == 0 ? i : round == 1 ? -i - 1 : -i);
            ck_assert_int_eq(add("tax", at(name + 2, e)).reject, round == 1 ? REJECT_BAD_MOVE : REJECT_NONE);
        }
        commit();
    }
    ck_assert_int_eq(line(ACCOUNT_A1, 20240101, 20241231), 0);
}
END_TEST

START_TEST(history_is_entered_by_the_same_moves)
{
    found(RECOGNISE_DISBURSEMENT);
    from_tax(an_import("import", 20240101));
    refused(payment("a", STAGE_ADJUSTMENT, 20240131, FEN), FIELD_STAGE);
    from_tax(payment("p", STAGE_PROVISIONAL, 20240131, FEN));
    from_tax(clearing_of(payment("c", STAGE_CLEARING, 20240331, FEN), FEN));
    from_tax(a_day("d", 20241231));
    books_reopen();
    from_tax(an_import_done("done", 20241231));
    refused(payment("p2", STAGE_PROVISIONAL, 20240430, FEN), FIELD_DATE);
}
END_TEST

/* --- What is still provisional ------------------------------------------------------------------ */

static int64_t provisional_share(int32_t ymd)
{
    struct view *view;
    struct fund_view fund;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    struct fund which = {.place = 130207, .scheme = 390};
    ck_assert_int_eq(view_fund_find(view, which, &number), 0);
    ck_assert_int_eq(view_fund_as_of(view, number, day(ymd), &fund), 0);
    view_close(&view);
    struct indicator share = indicator_provisional(&fund.trailing);
    ck_assert_int_eq(share.why, COMPUTABLE);
    return ratio_round(share.value, 4);
}

/* 100 a month on account in two years, half of it at each of two hospitals; the first is cleared in the
 * second. */
static void two_years(void)
{
    found(RECOGNISE_DISBURSEMENT);
    for (int month = 0; month < 24; month++) {
        char id[8];
        int32_t first = (2024 + month / 12) * 10000 + (month % 12 + 1) * 100;
        date_day last = date_month_last(date_month_of(day(first + 1)));
        for (int h = 1; h <= 2; h++) {
            snprintf(id, sizeof id, "p%d%d", month, h);
            from_tax(at(h == 1 ? "h1" : "h2", payment(id, STAGE_PROVISIONAL, first + 15, 50 * FEN)));
        }
        if (month == 14)
            from_tax(of_year(2024, at("h1", clearing_of(payment("c1", STAGE_CLEARING, 20250320, 30 * FEN),
                                                        600 * FEN))));
        if (month == 16)
            from_tax(of_year(2024, at("h2", clearing_of(payment("c2", STAGE_CLEARING, 20250520, 0),
                                                        600 * FEN))));
        snprintf(id, sizeof id, "d%d", month);
        struct event end = a_day(id, 20240101);
        end.date = last;
        from_tax(end);
    }
}

START_TEST(a_year_that_is_cleared_leaves_what_the_next_one_has_paid_provisional)
{
    two_years();
    ck_assert_int_eq(provisional_share(20241231), 10000);
    ck_assert_int_eq(provisional_share(20250228), 10000);
    /* Of 1,230 in April 2024 to March 2025: 450 at the second hospital, and 300 of this year. */
    ck_assert_int_eq(provisional_share(20250331), 6098);
    ck_assert_int_eq(provisional_share(20250531), 4065);        /* 500 of 1,230 */
    ck_assert_int_eq(provisional_share(20251231), 9756);        /* 1,200 of 1,230 */
    enum account twin = ACCOUNT_E11 + ACCOUNT_PROVISIONAL;
    ck_assert_int_eq(line(twin, 20250101, 20250331), 300 * FEN);
    ck_assert_int_eq(line(ACCOUNT_E11, 20250101, 20250331), 30 * FEN);
    ck_assert_int_eq(line(twin, 20250301, 20250331), 100 * FEN);
    ck_assert_int_eq(line(twin, 20240101, 20241231), 1200 * FEN);       /* as it was on that day */
    ck_assert_int_eq(line(twin, 20240101, 20251231), 1200 * FEN);
}
END_TEST

/* 58.54 % and 56.10 %: no limit is crossed but the one that the first clearing takes it below. */
START_TEST(the_rule_goes_by_what_is_still_provisional)
{
    struct alert last;
    two_years();
    uint64_t told = 0;
    for (uint64_t number = 1; number <= alert_count(); number++) {
        struct alert alert = alert_number(number);
        if (alert.rule != RULE_PROVISIONAL)
            continue;
        last = alert;
        told++;
    }
    ck_assert_uint_eq(told, 3);
    ck_assert_int_eq(last.transition, TRANSITION_FIRING);
    ck_assert_int_eq(last.provisional.fen, 700 * FEN);
    ck_assert_int_eq(last.books_date, day(20250731));
}
END_TEST

START_TEST(a_payment_taken_back_a_year_later_is_on_account_no_more)
{
    found(RECOGNISE_DISBURSEMENT);
    from_tax(payment("p1", STAGE_PROVISIONAL, 20240630, 60 * FEN));
    from_tax(payment("p2", STAGE_PROVISIONAL, 20241130, 40 * FEN));
    from_tax(a_day("d0", 20241231));
    from_tax(a_day("d", 20250131));
    if (_i == 0) {
        from_tax(a_reversal("P2", 20250110, "p2"));
    } else {                            /* and of one that came after its reversal */
        from_tax(a_reversal("P3", 20250110, "p3"));
        from_tax(payment("p3", STAGE_PROVISIONAL, 20241130, 40 * FEN));
        from_tax(a_reversal("P2", 20241201, "p2"));
    }
    ck_assert_int_eq(provisional_share(20241231), 10000);
    ck_assert_int_eq(provisional_share(20250131), 6000);        /* 60 of the 100 that the months have */
}
END_TEST

START_TEST(a_clearing_that_was_undone_has_made_nothing_final)
{
    found(RECOGNISE_DISBURSEMENT);
    from_tax(payment("p", STAGE_PROVISIONAL, 20240630, 60 * FEN));
    from_tax(a_day("d0", 20241231));
    from_tax(a_day("d", 20250331));
    from_tax(of_year(2024, clearing_of(payment("c", STAGE_CLEARING, 20250110, 0), 60 * FEN)));
    ck_assert_int_eq(provisional_share(20250131), 0);
    from_tax(a_reversal("C", 20250215, "c"));
    ck_assert_int_eq(provisional_share(20250131), 0);
    ck_assert_int_eq(provisional_share(20250228), 10000);
    ck_assert_int_eq(line(ACCOUNT_E11 + ACCOUNT_PROVISIONAL, 20250201, 20250228), 0);
}
END_TEST

/* --- Rows and numbers that are rare. ---------------------------------------------------- */

/* In the group that a test began. */
static void put_row(enum table table, uint8_t category, const char *institution, const void *value,
                    size_t size)
{
    uint8_t key[4 + 3 + EVENT_ID_MAX + 1] = {0, 0, 0, 1, 2024 >> 8, 2024 & 0xff, category};
    size_t head = table == TABLE_PAYOUTS ? 7 : 4;
    memcpy(key + head, institution, strlen(institution));
    txn_put(&books->txn, table, key, head + strlen(institution), value, size);
    ck_assert_int_eq(books->txn.err, 0);
}

static int add_err(struct event event, struct applied *ret)
{
    uint32_t source;
    ck_assert_int_eq(store_source(books, "tax", &source), 0);
    return store_apply(books, source, source, &event, ret);
}

/* One byte of a value that has more; a clearing without its day. */
START_TEST(a_life_that_cannot_be_read_is_damage)
{
    static const uint8_t cleared[] = {1, 0, 0, 1, 0, 0, 0, 0, 0};
    struct applied applied;
    enum table table = _i == 1 ? TABLE_ADVANCES : TABLE_PAYOUTS;
    enum event_stage stage = _i == 1 ? STAGE_ADVANCE : STAGE_PROVISIONAL;
    found(RECOGNISE_SETTLEMENT);
    begin();
    put_row(table, CATEGORY_INPATIENT, "h", cleared, _i == 2 ? sizeof cleared : 1);
    ck_assert_int_eq(add_err(at("h", payment("p", stage, 20240110, FEN)), &applied), -EILSEQ);
    store_abort(books);
    from_tax(at("h", payment("p", stage, 20240110, FEN)));
}
END_TEST

/* A row whose institution is longer than an event can name. */
START_TEST(a_life_of_an_institution_that_cannot_be_is_damage)
{
    char institution[EVENT_ID_MAX + 2];
    struct view *view;
    struct seen seen = {.most = 9};
    memset(institution, 'h', sizeof institution - 1);
    institution[sizeof institution - 1] = '\0';
    found(RECOGNISE_SETTLEMENT);
    from_tax(payment("p", STAGE_ADVANCE, 20240110, FEN));
    begin();
    put_row(TABLE_ADVANCES, 0, institution, "\1\2", 2);
    commit();
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_lives(view, 1, 2024, NULL, see, &seen), -EILSEQ);
    view_close(&view);
    begin();
    uint8_t key[4 + EVENT_ID_MAX + 1] = {0, 0, 0, 1};
    memcpy(key + 4, institution, sizeof institution - 1);
    ck_assert(txn_delete(&books->txn, TABLE_ADVANCES, key, sizeof key));
    commit();
}
END_TEST

/* Moves are counted in 32 bits. */
START_TEST(a_payout_of_as_many_moves_as_can_be_counted_takes_no_more)
{
    static const uint8_t most[] = {1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0, 0, 2, 0};
    struct applied applied;
    found(RECOGNISE_SETTLEMENT);
    begin();
    put_row(TABLE_PAYOUTS, CATEGORY_INPATIENT, "h", most, sizeof most);
    ck_assert_int_eq(add_err(at("h", payment("p", STAGE_PROVISIONAL, 20240110, FEN)), &applied), 0);
    ck_assert_int_eq(applied.reject, REJECT_OVERFLOW);
    ck_assert_str_eq(applied.key, "stage");
    ck_assert_int_eq(applied.hindrance.why, HINDRANCE_NONE);
    ck_assert_int_eq(add_err(at("h", payment("d", STAGE_DEDUCTION, 20240110, FEN)), &applied), 0);
    ck_assert_int_eq(applied.outcome, OUTCOME_APPLIED);
    store_abort(books);
}
END_TEST

/* Institutions of one number (24 bits of a hash), of which one is longer: they are told apart in a group. */
static void two_of_one_number(char shorter[16], char longer[16])
{
    enum { SLOTS = 1 << 16 };
    static uint32_t numbers[SLOTS], ids[SLOTS];
    for (uint32_t i = 100000; i < 400000; i++) {
        snprintf(shorter, 16, "h%u", i);
        uint32_t number = XXH3_64bits(shorter, strlen(shorter)) & 0xffffff;
        numbers[number % SLOTS] = number;
        ids[number % SLOTS] = i;
    }
    for (uint32_t i = 1000000;; i++) {
        snprintf(longer, 16, "h%u", i);
        uint32_t number = XXH3_64bits(longer, strlen(longer)) & 0xffffff;
        if (ids[number % SLOTS] != 0 && numbers[number % SLOTS] == number) {
            snprintf(shorter, 16, "h%u", ids[number % SLOTS]);
            return;
        }
    }
}

START_TEST(institutions_of_one_number_have_lives_of_their_own)
{
    char shorter[16], longer[16];
    two_of_one_number(shorter, longer);
    found(RECOGNISE_SETTLEMENT);
    struct event twice = clearing_of(payment("c", STAGE_CLEARING, 20240601, 0), 2 * FEN);
    const struct {
        const char *institution;
        struct event event;
        enum reject reject;
    } moves[] = {
        {shorter, payment("p", STAGE_PROVISIONAL, 20240110, FEN), REJECT_NONE},
        {longer, payment("q", STAGE_PROVISIONAL, 20240110, 3 * FEN), REJECT_NONE},
        {longer, payment("r", STAGE_ADVANCE, 20240110, FEN), REJECT_NONE},
        {shorter, twice, REJECT_BAD_MOVE},
        {longer, clearing_of(payment("d", STAGE_CLEARING, 20240601, 0), 3 * FEN), REJECT_NONE},
    };
    begin();
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        ck_assert_int_eq(add("tax", at(moves[i].institution, moves[i].event)).reject, moves[i].reject);
    commit();
    from_tax(at(shorter, clearing_of(payment("c", STAGE_CLEARING, 20240601, 0), FEN)));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("payouts");
    TCase *t = tcase_create("payouts");
    tcase_add_checked_fixture(t, books_setup_empty, books_teardown_verified);
    tcase_add_loop_test(t, a_payout_takes_the_moves_of_its_state_and_no_other, 0, 2);
    tcase_add_test(t, what_is_wrong_with_a_move_is_said_by_field);
    tcase_add_test(t, what_was_refused_is_taken_when_its_move_is_possible);
    tcase_add_loop_test(t, a_move_that_was_reversed_before_it_came_never_stands, 0, 4);
    tcase_add_loop_test(t, a_clearing_undone_a_year_later_can_be_done_again, 0, 2);
    tcase_add_test(t, lives_are_apart_by_institution_category_year_and_fund);
    tcase_add_test(t, an_institution_may_be_as_long_as_an_id);
    tcase_add_test(t, a_fund_into_which_others_were_merged_is_not_whole);
    tcase_add_test(t, the_year_is_the_one_that_is_stated_and_else_that_of_the_date);
    tcase_add_test(t, a_life_older_than_the_books_may_rest_on_what_they_do_not_have);
    tcase_add_test(t, an_opening_that_comes_late_does_not_make_older_moves_unsound);
    tcase_add_loop_test(t, no_more_is_returned_than_was_lent, 0, 2);
    tcase_add_test(t, without_an_opening_balance_older_advances_may_come_back);
    tcase_add_test(t, lives_are_read_in_their_order_and_from_where_one_stopped);
    tcase_add_test(t, with_everything_owed_both_recognitions_have_one_runway);
    tcase_add_loop_test(t, a_runway_is_told_with_what_is_owed_and_overdue, 0, 2);
    tcase_add_test(t, moves_of_one_group_rest_on_each_other);
    tcase_add_test(t, a_dropped_group_has_moved_nothing);
    tcase_add_test(t, many_institutions_are_kept_apart);
    tcase_add_test(t, history_is_entered_by_the_same_moves);
    tcase_add_test(t, a_year_that_is_cleared_leaves_what_the_next_one_has_paid_provisional);
    tcase_add_test(t, the_rule_goes_by_what_is_still_provisional);
    tcase_add_loop_test(t, a_payment_taken_back_a_year_later_is_on_account_no_more, 0, 2);
    tcase_add_test(t, a_clearing_that_was_undone_has_made_nothing_final);
    tcase_add_loop_test(t, a_life_that_cannot_be_read_is_damage, 0, 3);
    tcase_add_test(t, a_life_of_an_institution_that_cannot_be_is_damage);
    tcase_add_test(t, a_payout_of_as_many_moves_as_can_be_counted_takes_no_more);
    tcase_add_test(t, institutions_of_one_number_have_lives_of_their_own);
    suite_add_tcase(s, t);
    return s;
}
