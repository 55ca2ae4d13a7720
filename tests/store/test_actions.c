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
#include "wire/hash.h"

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
        {"local", "", DECIDED_NO_PERSON}, {"bb", "bb", DECIDED_DONE},
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

/* --- The same once more, and what stands against it. ------------------------------------ */

static struct event policy_of(const char *id, int version, int ahead_days)
{
    struct policy policy = policy_default();
    policy.version = version;
    policy.ahead_days = ahead_days;
    return a_policy(id, 20240101, &policy);
}

static uint64_t waiting(void)
{
    struct view *view;
    uint64_t count;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_waiting(view, &count), 0);
    view_close(&view);
    return count;
}

static void unguarded(void)
{
    books->options.four_eyes.kinds = 0;
}

START_TEST(what_is_proposed_again_is_no_second_proposal)
{
    enter("a", "bureau", policy_of("p", 7, 366));
    uint64_t number = first_waiting().made.position;
    ck_assert_int_eq(enter("c", "bureau", policy_of("p", 7, 366)).reject, REJECT_WAITING);
    struct applied other = enter("a", "bureau", policy_of("p", 8, 366));
    ck_assert_int_eq(other.outcome, OUTCOME_CONFLICT);
    ck_assert_uint_eq(other.position, number);
    ck_assert_int_eq(enter("a", "bureau", policy_of("p", 7, 5)).outcome, OUTCOME_CONFLICT);
    ck_assert_uint_eq(waiting(), 1);
    ck_assert_int_eq(decide("a", number, false).state, PROPOSAL_DECLINED);
    ck_assert_int_eq(enter("a", "bureau", policy_of("p", 7, 366)).reject, REJECT_DECLINED);
    ck_assert_int_eq(decide("b", number, false).decided, DECIDED_DONE);
    ck_assert_int_eq(decide("b", number, true).decided, DECIDED_TOO_LATE);
    ck_assert_uint_eq(waiting(), 0);
    ck_assert_uint_eq(events(), 1);
    verified_well();
}
END_TEST

START_TEST(of_a_batch_that_proposes_twice_one_waits)
{
    struct event sent[] = {
        an_opening("o", 20231231, 1), policy_of("p", 7, 366),
    };
    struct applied applied;
    uint32_t number;
    begin();
    store_actor(books, "a", "a");
    ck_assert_int_eq(store_source(books, "bureau", &number), 0);
    ck_assert_int_eq(store_apply(books, number, number, &sent[0], &applied), 0);
    ck_assert_int_eq(store_apply(books, number, number, &sent[1], &applied), 0);
    ck_assert_int_eq(store_apply(books, number, number, &sent[1], &applied), 0);
    ck_assert_int_eq(applied.reject, REJECT_WAITING);
    struct event second = policy_of("p2", 9, 366);
    ck_assert_int_eq(store_apply(books, number, number, &second, &applied), 0);
    ck_assert_int_eq(applied.reject, REJECT_WAITING);
    struct event other = policy_of("p", 8, 366);
    ck_assert_int_eq(store_apply(books, number, number, &other, &applied), 0);
    ck_assert_int_eq(applied.reject, REJECT_BAD_MOVE);
    ck_assert_str_eq(applied.key, "id");
    ck_assert_int_eq(store_end_batch(books), 0);
    commit();
    ck_assert_uint_eq(waiting(), 2);
    verified_well();
}
END_TEST

START_TEST(nobody_proposes_with_a_key_of_no_person)
{
    struct applied applied;
    uint32_t number;
    struct event event = the_policy();
    begin();
    store_actor(books, "key", "");
    ck_assert_int_eq(store_source(books, "bureau", &number), 0);
    ck_assert_int_eq(store_apply(books, number, number, &event, &applied), 0);
    commit();
    ck_assert_int_eq(applied.reject, REJECT_NOT_PERMITTED);
    ck_assert_str_eq(applied.key, "kind");
    ck_assert_uint_eq(waiting(), 0);
}
END_TEST

/* The hash of an id is short: two ids may have the same. */
static bool collide;
uint64_t __real_hash_seen(const uint8_t *key, uint32_t issuer, const char *id, size_t size);
uint64_t __wrap_hash_seen(const uint8_t *key, uint32_t issuer, const char *id, size_t size);
uint64_t __wrap_hash_seen(const uint8_t *key, uint32_t issuer, const char *id, size_t size)
{
    return collide ? 1 : __real_hash_seen(key, issuer, id, size);
}

START_TEST(proposals_whose_ids_have_one_hash_are_several)
{
    collide = true;
    ck_assert_int_eq(enter("a", "bureau", policy_of("p", 7, 366)).reject, REJECT_WAITING);
    ck_assert_int_eq(enter("a", "bureau-2", policy_of("p", 8, 366)).reject, REJECT_WAITING);
    ck_assert_int_eq(enter("a", "bureau", policy_of("q", 9, 366)).reject, REJECT_WAITING);
    ck_assert_uint_eq(waiting(), 3);
    ck_assert_int_eq(enter("a", "bureau", policy_of("q", 8, 366)).outcome, OUTCOME_CONFLICT);
    collide = false;
}
END_TEST

/* Of three events of one hash the reversal undoes the one that it names, in a rebuild, too. */
START_TEST(a_reversal_among_ids_of_one_hash_finds_its_own)
{
    books->options.four_eyes.kinds = 0;
    collide = true;
    ck_assert_int_eq(apply_from("bank", a_settlement("s2", 20240105, 1)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(apply_from("tax", a_settlement("s1", 20240105, 20)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(apply_from("tax", a_settlement("s2", 20240105, 300)).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(apply_from("tax", a_reversal("r1", 20240106, "s2")).outcome, OUTCOME_APPLIED);
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 21);
    ck_assert_int_eq(apply_from("tax", a_settlement("s1", 20240105, 20)).outcome, OUTCOME_DUPLICATE);
    ck_assert_int_eq(apply_from("tax", a_reversal("r2", 20240106, "s3")).outcome, OUTCOME_APPLIED);
    verified_well();
    ck_assert_int_eq(line(ACCOUNT_E11, 20240101, 20241231), 21);
    collide = false;
}
END_TEST

START_TEST(what_cannot_be_counted_any_more_waits_on)
{
    enter("a", "bureau", policy_of("p", 7, 366));
    uint64_t number = first_waiting().made.position;
    unguarded();
    apply_from("tax", policy_of("p9", 7, 366));
    struct decision decision = decide("b", number, true);
    ck_assert_int_eq(decision.decided, DECIDED_REJECTED);
    ck_assert_int_eq(decision.applied.reject, REJECT_BAD_POLICY);
    ck_assert_int_eq(decision.state, PROPOSAL_WAITING);
    apply_from("bureau", policy_of("p", 8, 366));
    decision = decide("b", number, true);
    ck_assert_int_eq(decision.decided, DECIDED_REJECTED);
    ck_assert_int_eq(decision.applied.outcome, OUTCOME_CONFLICT);
    ck_assert_uint_eq(waiting(), 1);
    verified_well();
}
END_TEST

START_TEST(reversals_wait_for_any_issuer_that_is_not_known_to_be_free)
{
    uint8_t key[4];
    uint32_t number;
    struct event reversal = a_reversal("r", 20240106, "f");
    struct applied applied;
    apply(a_fee("f", 20240105, 38000));
    books->options.four_eyes.issuer_count = 2;
    strcpy(books->options.four_eyes.issuers[1], "tax");
    ck_assert_int_eq(enter("a", "bureau", reversal).reject, REJECT_WAITING);
    ck_assert_int_eq(enter("a", "tax", reversal).reject, REJECT_WAITING);
    books->options.four_eyes.issuer_count = 0;
    ck_assert_int_eq(enter("a", "registry", reversal).reject, REJECT_WAITING);
    books->options.four_eyes.issuer_count = 1;
    begin();
    store_actor(books, "a", "a");
    ck_assert_int_eq(store_source(books, "hospital", &number), 0);
    key_u32(key, number);
    txn_delete(&books->txn, TABLE_SOURCE_NAMES, key, sizeof key);
    ck_assert_int_eq(store_apply(books, number, number, &reversal, &applied), 0);
    ck_assert_int_eq(applied.reject, REJECT_WAITING);
    store_abort(books);
}
END_TEST

/* --- Reading. ---------------------------------------------------------------------------- */

struct told_actions {
    unsigned count, most;
    struct action_view last;
};

static bool take_action(void *arg, const struct action_view *action)
{
    struct told_actions *told = arg;
    told->last = *action;
    return ++told->count < told->most;
}

static int actions_after(uint64_t position, struct told_actions *told)
{
    struct view *view;
    ck_assert_int_eq(view_open(books, &view), 0);
    int err = view_actions(view, position, take_action, told);
    view_close(&view);
    return err;
}

static int proposal(uint64_t number, struct proposal_view *ret)
{
    struct view *view;
    ck_assert_int_eq(view_open(books, &view), 0);
    int err = view_proposal(view, number, ret);
    view_close(&view);
    return err;
}

START_TEST(what_people_did_is_told_in_order_and_only_of_people)
{
    struct told_actions all = {.most = 9}, one = {.most = 1}, rest = {.most = 9};
    struct action_told backup = {.action = ACTION_BACKUP, .subject = 77, .text = "copy"};
    uint64_t before = position();
    begin();
    ck_assert_int_eq(store_action(books, &backup), 0);
    commit();
    ck_assert_uint_eq(position(), before);
    begin();
    store_actor(books, "k", "a");
    ck_assert_int_eq(store_action(books, &backup), 0);
    commit();
    enter("b", "bureau", the_policy());
    ck_assert_int_eq(actions_after(0, &all), 0);
    ck_assert_uint_eq(all.count, 2);
    ck_assert_int_eq(all.last.action, ACTION_PROPOSED);
    ck_assert_int_eq(actions_after(0, &one), 0);
    ck_assert_uint_eq(one.count, 1);
    ck_assert_int_eq(one.last.action, ACTION_BACKUP);
    ck_assert_uint_eq(one.last.subject, 77);
    ck_assert_str_eq(one.last.key, "k");
    ck_assert_str_eq(one.last.person, "a");
    ck_assert_str_eq(one.last.text, "copy");
    ck_assert_int_eq(actions_after(one.last.position, &rest), 0);
    ck_assert_uint_eq(rest.count, 1);
    ck_assert_str_eq(action_word(0) == NULL ? "none" : "some", "none");
}
END_TEST

static bool count_proposal(void *arg, const struct proposal_view *proposal)
{
    (void)proposal;
    ++*(unsigned *)arg;
    return true;
}

static int proposals(bool only_waiting, unsigned *count)
{
    struct view *view;
    *count = 0;
    ck_assert_int_eq(view_open(books, &view), 0);
    int err = view_proposals(view, 0, only_waiting, count_proposal, count);
    view_close(&view);
    return err;
}

START_TEST(a_proposal_tells_who_decided_it)
{
    struct proposal_view found;
    unsigned count;
    enter("a", "bureau", policy_of("p", 7, 366));
    uint64_t first = first_waiting().made.position;
    decide("b", first, false);
    enter("a", "bureau", policy_of("q", 7, 366));
    ck_assert_int_eq(proposal(first, &found), 0);
    ck_assert_int_eq(found.state, PROPOSAL_DECLINED);
    ck_assert_int_eq(found.decided.action, ACTION_DECLINED);
    ck_assert_str_eq(found.decided.person, "b");
    ck_assert_str_eq(found.issuer, "bureau");
    ck_assert_int_eq(proposal(first_waiting().made.position, &found), 0);
    ck_assert_str_eq(found.event.id, "q");
    ck_assert_int_eq(proposal(1, &found), -ENOENT);
    ck_assert_int_eq(proposals(true, &count), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(proposals(false, &count), 0);
    ck_assert_uint_eq(count, 2);
}
END_TEST

/* --- What is damaged. --------------------------------------------------------------------- */

#define NAME_TOO_LONG (SOURCE_NAME_MAX + 1)
static const struct { uint8_t action, key, person; uint16_t text, cut; } unreadable[] = {
    {0, 0, 0, 0, 0},
    {ACTION_END, 0, 0, 0, 0},
    {ACTION_VERIFY, 0, 0, 0, 19 - 14},          /* the head lacks a byte */
    {ACTION_VERIFY, 0, 0, 0, 4},                /* no size of the key */
    {ACTION_VERIFY, 3, 0, 0, 4},                /* a key that ends early */
    {ACTION_VERIFY, NAME_TOO_LONG, 0, 0, 0},
    {ACTION_VERIFY, 0, 0, 0, 3},                /* no size of the person */
    {ACTION_VERIFY, 0, NAME_TOO_LONG, 0, 0},
    {ACTION_VERIFY, 0, 0, 0, 1},                /* half a size of the text */
    {ACTION_VERIFY, 0, 0, 9, 1},
    {ACTION_VERIFY, 0, 0, ACTION_TEXT_MAX + 1, 0},
};

START_TEST(an_action_that_cannot_be_read_is_told)
{
    uint8_t body[1000] = {unreadable[_i].action};
    size_t size = 15;
    body[size] = unreadable[_i].key;
    size += 1 + unreadable[_i].key;
    body[size] = unreadable[_i].person;
    size += 1 + unreadable[_i].person;
    put_u16(body + size, unreadable[_i].text);
    size += 2 + unreadable[_i].text;
    struct record record = {.type = RECORD_ACTION, .body = body, .size = size - unreadable[_i].cut};
    begin();
    ck_assert_str_eq(actions_redo(books, &record), "the action cannot be read");
    record.size = RECORD_MAX;
    ck_assert_str_eq(actions_redo(books, &record), "the action cannot be read");
    store_abort(books);
}
END_TEST

static const struct { const char *bytes; size_t size; } untold[] = {
    {"", 0},
    {"\x00\x00" "0123456789abcdef", 18},                /* of nothing */
    {"\x01x", 2},                                       /* no name */
    {"\x01x\x02n", 4},                                  /* a name that ends early */
    {"\x01x\x01n" "0123456789abcde", 19},
    {"\x01x\x01n" "0123456789abcdef0", 21},
};

START_TEST(what_is_told_of_a_key_is_whole)
{
    ck_assert_str_eq(forged(ACTION_KEY_ADDED, 1, "b", untold[_i].bytes, untold[_i].size),
                     "what was told of a key or setting cannot be read");
}
END_TEST

static void says_it_waits(uint64_t position, size_t size)
{
    uint8_t key[8], value[32] = {PROPOSAL_WAITING};
    key_u64(key, position);
    txn_put(&books->txn, TABLE_PROPOSALS, key, sizeof key, value, size);
}

/* A proposal or action of which the journal has something else, or nothing. */
static uint64_t nothing_at(int which)
{
    uint8_t body[40] = {which == 2 ? ACTION_VERIFY : ACTION_PROPOSED};
    if (which == 0)
        return 99999;
    if (which == 1)
        return 1;               /* an epoch */
    return journal_append(&books->journal, &books->txn, RECORD_ACTION, body, which == 4 ? 3 : 30);
}

START_TEST(a_proposal_without_its_record_is_damage)
{
    struct decision decision;
    struct proposal_view found;
    unsigned count;
    begin();
    store_actor(books, "b", "b");
    uint64_t number = nothing_at(_i);
    says_it_waits(number, 17);
    ck_assert_int_eq(store_decide(books, number, true, "", &decision), -EILSEQ);
    commit();
    ck_assert_int_eq(proposal(number, &found), -EILSEQ);
    ck_assert_int_eq(proposals(true, &count), -EILSEQ);
    uint8_t other[8] = {0};
    ck_assert_str_eq(forged(ACTION_CONFIRMED, number, "b", other, 8), "what was confirmed cannot be read");
}
END_TEST

START_TEST(an_action_without_its_record_is_damage)
{
    struct told_actions told = {.most = 9};
    uint8_t key[8];
    if (_i == 2)
        return;                 /* it is an action */
    begin();
    uint64_t number = nothing_at(_i);
    key_u64(key, number);
    txn_put(&books->txn, TABLE_ACTIONS, key, sizeof key, "", 1);
    commit();
    int err = actions_after(0, &told);
    ck_assert_int_eq(err, _i == 3 ? 0 : -EILSEQ);       /* what it proposes is not looked at */
}
END_TEST

START_TEST(a_row_of_another_size_is_no_proposal)
{
    struct decision decision;
    struct proposal_view found;
    unsigned count;
    enter("a", "bureau", the_policy());
    uint64_t number = first_waiting().made.position;
    begin();
    says_it_waits(number, 18);
    store_actor(books, "b", "b");
    commit();
    begin();
    store_actor(books, "b", "b");
    ck_assert_int_eq(store_decide(books, number, true, "", &decision), -EILSEQ);
    store_abort(books);
    ck_assert_int_eq(proposal(number, &found), -EILSEQ);
    ck_assert_int_eq(proposals(true, &count), -EILSEQ);
    ck_assert_int_eq(proposals(false, &count), -EILSEQ);
    ck_assert_uint_eq(waiting(), 0);
}
END_TEST

START_TEST(an_id_of_a_proposal_that_is_not_there_is_damage_and_without_state_it_waits)
{
    struct applied applied;
    struct event event = the_policy();
    uint32_t source;
    uint8_t key[16];
    enter("a", "bureau", the_policy());
    uint64_t number = first_waiting().made.position;
    begin();
    store_actor(books, "a", "a");
    ck_assert_int_eq(store_source(books, "bureau", &source), 0);
    key_u64(key, number);
    txn_delete(&books->txn, TABLE_PROPOSALS, key, 8);
    ck_assert_int_eq(store_apply(books, source, source, &event, &applied), 0);
    ck_assert_int_eq(applied.reject, REJECT_WAITING);
    key_u64(key, hash_seen(books->seen_key, source, "p", 1));
    key_u64(key + 8, 1);
    txn_put(&books->txn, TABLE_PROPOSAL_IDS, key, sizeof key, "", 1);
    ck_assert_int_eq(store_apply(books, source, source, &event, &applied), -EILSEQ);
    store_abort(books);
}
END_TEST

START_TEST(another_event_than_the_confirmed_one_is_found)
{
    uint8_t at[8];
    uint64_t others[4];
    enter("a", "bureau", policy_of("p", 7, 366));
    uint64_t number = first_waiting().made.position;
    unguarded();
    others[0] = apply_from("tax", policy_of("p", 7, 366)).position;     /* of another issuer */
    others[1] = apply_from("bureau", policy_of("q", 8, 366)).position;  /* another id */
    others[2] = apply_from("bureau", a_fee("a-longer-id", 20240105, 38000)).position;
    others[3] = 99999;
    for (int i = 0; i < 4; i++) {
        put_u64(at, others[i]);
        ck_assert_str_eq(forged(ACTION_CONFIRMED, number, "b", at, 8),
                         "another event was counted than the one that was confirmed");
    }
    decide("b", number, false);
    ck_assert_str_eq(forged(ACTION_DECLINED, number, "b", at, 0), "a decision on what does not wait");
}
END_TEST

static const struct { size_t key, value; } not_told[] = {
    {41, 16}, {5, 15}, {5, 16 + SOURCE_NAME_MAX + 1},
};

START_TEST(a_row_that_tells_of_no_key_is_damage)
{
    static const uint8_t key[50], value[200];
    struct in_force list = {.subject = "four_eyes", .name = "four_eyes", .text = "four_eyes: policy"};
    unsigned changed = 77;
    begin();
    store_actor(books, "local", "");
    txn_put(&books->txn, TABLE_TOLD, key, not_told[_i].key, value, not_told[_i].value);
    ck_assert_int_eq(store_tell(books, &list, 1, &changed), -EILSEQ);
    ck_assert_uint_eq(changed, 77);
    store_abort(books);
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
    tcase_add_test(c, what_is_proposed_again_is_no_second_proposal);
    tcase_add_test(c, of_a_batch_that_proposes_twice_one_waits);
    tcase_add_test(c, nobody_proposes_with_a_key_of_no_person);
    tcase_add_test(c, proposals_whose_ids_have_one_hash_are_several);
    tcase_add_test(c, a_reversal_among_ids_of_one_hash_finds_its_own);
    tcase_add_test(c, what_cannot_be_counted_any_more_waits_on);
    tcase_add_test(c, reversals_wait_for_any_issuer_that_is_not_known_to_be_free);
    tcase_add_test(c, what_people_did_is_told_in_order_and_only_of_people);
    tcase_add_test(c, a_proposal_tells_who_decided_it);
    tcase_add_loop_test(c, an_action_that_cannot_be_read_is_told, 0,
                        sizeof unreadable / sizeof unreadable[0]);
    tcase_add_loop_test(c, what_is_told_of_a_key_is_whole, 0, sizeof untold / sizeof untold[0]);
    tcase_add_loop_test(c, a_proposal_without_its_record_is_damage, 0, 5);
    tcase_add_loop_test(c, an_action_without_its_record_is_damage, 0, 5);
    tcase_add_test(c, a_row_of_another_size_is_no_proposal);
    tcase_add_test(c, an_id_of_a_proposal_that_is_not_there_is_damage_and_without_state_it_waits);
    tcase_add_test(c, another_event_than_the_confirmed_one_is_found);
    tcase_add_loop_test(c, a_row_that_tells_of_no_key_is_damage, 0, 3);
    suite_add_tcase(s, c);
    TCase *h = tcase_create("heads");
    tcase_add_loop_test(h, a_head_is_a_position_and_a_hash, 0, sizeof heads / sizeof heads[0]);
    suite_add_tcase(s, h);
    return s;
}
