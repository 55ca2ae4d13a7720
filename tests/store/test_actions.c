/* What people did, and what waits for a second person. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/actions.h"
#include "store/bytes.h"
#include "store/group.h"
#include "store/verify.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

static void guard(void)
{
    books->options.four_eyes.kinds = UINT32_C(1) << KIND_POLICY | UINT32_C(1) << KIND_REVERSAL;
    books->options.four_eyes.issuer_count = 1;
    strcpy(books->options.four_eyes.issuers[0], "bureau*");
}

static void two_persons(void)
{
    books_setup();
    guard();
}

/* One event of `issuer` in a group of its own, by a person. */
static struct applied enter(const char *person, const char *issuer, struct event event)
{
    struct applied applied;
    uint32_t number;
    begin();
    store_actor(books, person, person);
    ck_assert_int_eq(store_source(books, issuer, &number), 0);
    ck_assert_int_eq(store_apply(books, number, number, &event, &applied), 0);
    ck_assert_int_eq(store_end_batch(books), 0);
    commit();
    return applied;
}

static struct decision decide(const char *person, uint64_t number, bool confirm)
{
    struct decision decision;
    begin();
    store_actor(books, person, person);
    ck_assert_int_eq(store_decide(books, number, confirm, "", &decision), 0);
    commit();
    return decision;
}

static bool take_first(void *arg, const struct proposal_view *proposal)
{
    *(struct proposal_view *)arg = *proposal;
    return false;
}

static struct proposal_view first_waiting(void)
{
    struct view *view;
    struct proposal_view found = {.made = {.position = 0}};
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_proposals(view, 0, true, take_first, &found), 0);
    view_close(&view);
    return found;
}

static void verified_well(void)
{
    char copy[300];
    uint64_t covered;
    struct verify_result result;
    snprintf(copy, sizeof copy, "%s-copy-%d", books_path, (int)first_waiting().made.position);
    ck_assert_int_eq(store_backup(books, copy, &covered), 0);
    ck_assert_int_eq(verify_store(copy, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
}

static struct event the_policy(void)
{
    static struct policy policy;
    policy = policy_default();
    policy.version = 7;
    policy.ahead_days = 366;
    return a_policy("p", 20240101, &policy);
}

START_TEST(what_waits_is_there_after_opening_again)
{
    ck_assert_int_eq(enter("a", "bureau", the_policy()).reject, REJECT_WAITING);
    verified_well();
    books_reopen();
    guard();
    struct proposal_view waiting = first_waiting();
    ck_assert_str_eq(waiting.made.person, "a");
    ck_assert_str_eq(waiting.event.id, "p");
    ck_assert_int_eq(decide("b", waiting.made.position, true).decided, DECIDED_DONE);
    verified_well();
}
END_TEST

START_TEST(of_a_group_with_two_confirmations_one_counts)
{
    struct decision first, second;
    enter("a", "bureau", the_policy());
    uint64_t number = first_waiting().made.position;
    begin();
    store_actor(books, "b", "b");
    ck_assert_int_eq(store_decide(books, number, true, "", &first), 0);
    store_actor(books, "c", "c");
    ck_assert_int_eq(store_decide(books, number, true, "", &second), 0);
    commit();
    ck_assert_int_eq(first.decided, DECIDED_DONE);
    ck_assert_int_eq(second.decided, DECIDED_DONE);
    ck_assert_uint_eq(first.applied.position, second.applied.position);
    verified_well();
}
END_TEST

START_TEST(a_group_that_is_dropped_leaves_no_proposal)
{
    struct applied applied;
    uint32_t number;
    struct event event = the_policy();
    begin();
    store_actor(books, "a", "a");
    ck_assert_int_eq(store_source(books, "bureau", &number), 0);
    ck_assert_int_eq(store_apply(books, number, number, &event, &applied), 0);
    store_abort(books);
    begin();
    commit();
    ck_assert_uint_eq(first_waiting().made.position, 0);
    ck_assert_int_eq(enter("a", "bureau", the_policy()).reject, REJECT_WAITING);
    verified_well();
}
END_TEST

START_TEST(a_confirmation_by_two_keys_of_one_person_is_none)
{
    enter("a", "bureau", the_policy());
    uint64_t number = first_waiting().made.position;
    struct decision decision;
    static const struct { const char *key, *person; enum decided decided; } tries[] = {
        {"a", "a", DECIDED_SAME_PERSON}, {"a2", "a", DECIDED_SAME_PERSON}, {"a", "b", DECIDED_SAME_PERSON},
        {"local", "", DECIDED_NO_PERSON}, {"b", "b", DECIDED_DONE},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        begin();
        store_actor(books, tries[i].key, tries[i].person);
        ck_assert_int_eq(store_decide(books, number, true, "", &decision), 0);
        commit();
        ck_assert_int_eq(decision.decided, tries[i].decided);
    }
}
END_TEST

START_TEST(a_decision_on_what_is_not_there_changes_nothing)
{
    struct decision decision;
    begin();
    store_actor(books, "b", "b");
    ck_assert_int_eq(store_decide(books, 1, true, "", &decision), -ENOENT);
    ck_assert_int_eq(store_decide(books, 99999, false, "", &decision), -ENOENT);
    commit();
}
END_TEST

/* A journal that says so was not written by us. */
static const char *forged(enum action_kind action, uint64_t subject, const char *person, const void *payload,
                          size_t size)
{
    uint8_t body[400] = {(uint8_t)action};
    size_t n = strlen(person);
    put_u64(body + 1, subject);
    body[15] = body[16 + n] = (uint8_t)n;
    memcpy(body + 16, person, n);
    memcpy(body + 17 + n, person, n);
    put_u16(body + 17 + 2 * n, 0);
    memcpy(body + 19 + 2 * n, payload, size);
    struct record record = {.type = RECORD_ACTION, .body = body, .size = 19 + 2 * n + size};
    begin();
    const char *wrong = actions_redo(books, &record);
    store_abort(books);
    return wrong;
}

START_TEST(what_no_two_persons_did_is_found_in_a_journal)
{
    enter("a", "bureau", the_policy());
    uint64_t number = first_waiting().made.position;
    uint8_t other[8];
    put_u64(other, number);
    ck_assert_str_eq(forged(ACTION_CONFIRMED, number, "a", other, 8),
                     "what needs two persons was confirmed by whoever proposed it");
    ck_assert_str_eq(forged(ACTION_CONFIRMED, number, "", other, 8),
                     "what needs two persons was confirmed by whoever proposed it");
    ck_assert_str_eq(forged(ACTION_CONFIRMED, number, "b", other, 8),
                     "another event was counted than the one that was confirmed");
    ck_assert_str_eq(forged(ACTION_CONFIRMED, number, "b", other, 7), "the confirmation cannot be read");
    ck_assert_str_eq(forged(ACTION_CONFIRMED, number + 1, "b", other, 8), "a decision on what does not wait");
    ck_assert_str_eq(forged(ACTION_PROPOSED, 0, "b", other, 8), "what was proposed cannot be read");
    ck_assert_str_eq(forged(ACTION_SETTING, 1, "b", other, 8),
                     "what was told of a key or setting cannot be read");
    ck_assert_str_eq(forged(ACTION_END, 0, "b", other, 0), "the action cannot be read");
    ck_assert_ptr_null(forged(ACTION_VERIFY, 0, "b", other, 0));
}
END_TEST

START_TEST(only_reversals_of_guarded_issuers_wait)
{
    books->options.four_eyes.kinds = UINT32_C(1) << KIND_REVERSAL;
    apply(a_fee("f", 20240105, 38000));
    ck_assert_int_eq(outcome_of(a_reversal("r", 20240106, "f")), OUTCOME_APPLIED);
    enter("a", "bureau-2", a_fee("f", 20240105, 38000));
    ck_assert_int_eq(enter("a", "bureau-2", a_reversal("r", 20240106, "f")).reject, REJECT_WAITING);
    ck_assert_int_eq(decide("b", first_waiting().made.position, true).applied.outcome, OUTCOME_APPLIED);
    verified_well();
}
END_TEST

static unsigned told(const struct in_force *list, size_t count)
{
    unsigned changed;
    begin();
    store_actor(books, "local", "");
    ck_assert_int_eq(store_tell(books, list, count, &changed), 0);
    commit();
    return changed;
}

START_TEST(what_is_told_again_is_no_change)
{
    struct in_force list[] = {
        {.subject = "0000000000000000000000000000000000000001", .name = "one", .text = "one"},
        {.subject = "0000000000000000000000000000000000000002", .name = "two", .text = "two"},
        {.subject = "four_eyes", .name = "four_eyes", .text = "four_eyes: policy"},
    };
    ck_assert_uint_eq(told(list, 3), 3);
    ck_assert_uint_eq(told(list, 3), 0);
    list[1].digest[15] = 1;
    ck_assert_uint_eq(told(list, 3), 1);
    ck_assert_uint_eq(told(list, 2), 1);
    ck_assert_uint_eq(told(list + 1, 1), 1);
    ck_assert_uint_eq(told(NULL, 0), 1);
    ck_assert_uint_eq(told(NULL, 0), 0);
    verified_well();
}
END_TEST

static const struct { const char *text; bool good; } heads[] = {
    {"1:0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef", true},
    {"18446744073709551615:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true},
    {"18446744073709551616:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false},
    {"0:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false},
    {":0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false},
    {"1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde", false},
    {"1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", false},
    {"1:0123456789abcdef0123456789abcdeg0123456789abcdef0123456789abcdef", false},
    {"-1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false},
    {"1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false},
    {"", false},
};

START_TEST(a_head_is_a_position_and_a_hash)
{
    struct written_head head = {.position = 77};
    ck_assert_int_eq(written_head_parse(heads[_i].text, &head), heads[_i].good);
    if (!heads[_i].good) {
        ck_assert_uint_eq(head.position, 77);
        return;
    }
    ck_assert_uint_eq(head.chain[0], 0x01);
    ck_assert_uint_eq(head.chain[15], 0xef);
    ck_assert_uint_eq(head.chain[31], 0xef);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("actions");
    TCase *c = tcase_create("actions");
    tcase_add_checked_fixture(c, two_persons, books_teardown);
    tcase_add_test(c, what_waits_is_there_after_opening_again);
    tcase_add_test(c, of_a_group_with_two_confirmations_one_counts);
    tcase_add_test(c, a_group_that_is_dropped_leaves_no_proposal);
    tcase_add_test(c, a_confirmation_by_two_keys_of_one_person_is_none);
    tcase_add_test(c, a_decision_on_what_is_not_there_changes_nothing);
    tcase_add_test(c, what_no_two_persons_did_is_found_in_a_journal);
    tcase_add_test(c, only_reversals_of_guarded_issuers_wait);
    tcase_add_test(c, what_is_told_again_is_no_change);
    suite_add_tcase(s, c);
    TCase *h = tcase_create("heads");
    tcase_add_loop_test(h, a_head_is_a_position_and_a_hash, 0, sizeof heads / sizeof heads[0]);
    suite_add_tcase(s, h);
    return s;
}
