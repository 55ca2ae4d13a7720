#include "store/actions.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"
#include "store/group.h"
#include "wire/controls.h"

#define HEAD_SIZE   15
#define BODY_MAX    (HEAD_SIZE + 2 * (1 + SOURCE_NAME_MAX) + 2 + ACTION_TEXT_MAX)
#define PAYLOAD_MAX (RECORD_MAX - RECORD_HEAD - BODY_MAX)
static_assert(PAYLOAD_MAX >= 20 + CANONICAL_MAX + POLICY_SIZE_MAX, "the largest event can wait");
#define DIGEST_SIZE 16
#define STATE_SIZE  17          /* u8 state, u64 position of the event, u64 position of the decision */

/* Kinds that somebody enters on purpose, and that change how the rest counts. */
#define ENTERED_KINDS                                                                       \
    (UINT32_C(1) << KIND_POLICY | UINT32_C(1) << KIND_OPENING | UINT32_C(1) << KIND_MONTH_CLOSE \
     | UINT32_C(1) << KIND_IMPORT | UINT32_C(1) << KIND_IMPORT_DONE)

const char *action_word(enum action_kind action)
{
    static const char *const words[ACTION_END] = {
        [ACTION_ENTERED] = "entered",
        [ACTION_PROPOSED] = "proposed",
        [ACTION_CONFIRMED] = "confirmed",
        [ACTION_DECLINED] = "declined",
        [ACTION_ACKNOWLEDGED] = "acknowledged",
        [ACTION_REQUEUED] = "requeued",
        [ACTION_BACKUP] = "backup",
        [ACTION_VERIFY] = "verify",
        [ACTION_BACKTEST] = "backtest",
        [ACTION_IN_ORDER] = "in_order",
        [ACTION_KNOWN_AT] = "known_at",
        [ACTION_KEY_ADDED] = "key_added",
        [ACTION_KEY_CHANGED] = "key_changed",
        [ACTION_KEY_REMOVED] = "key_removed",
        [ACTION_SETTING] = "setting",
    };
    return action > 0 && action < ACTION_END ? words[action] : NULL;
}

/* --- The record. ------------------------------------------------------------------ */

struct body {
    enum action_kind action;
    uint64_t subject;
    struct fund fund;
    struct span key, person, text, payload;     /* borrowed */
};

/* A text that is not there has no bytes to point to. */
static void put_span(void *to, struct span from)
{
    if (from.size > 0)
        memcpy(to, from.bytes, from.size);
}

static size_t put_short(uint8_t *to, struct span text)
{
    to[0] = (uint8_t)text.size;
    put_span(to + 1, text);
    return 1 + (size_t)text.size;
}

static size_t put_body(uint8_t *to, const struct body *body)
{
    size_t size = HEAD_SIZE;
    to[0] = (uint8_t)body->action;
    put_u64(to + 1, body->subject);
    put_u32(to + 9, body->fund.place);
    put_u16(to + 13, body->fund.scheme);
    size += put_short(to + size, body->key);
    size += put_short(to + size, body->person);
    put_u16(to + size, (uint16_t)body->text.size);
    put_span(to + size + 2, body->text);
    size += 2 + (size_t)body->text.size;
    put_span(to + size, body->payload);
    return size + body->payload.size;
}

/* Takes a size of `width` bytes and as many bytes of text as it says, at most `max`. */
static bool take_text(const uint8_t **at, const uint8_t *end, size_t width, size_t max, struct span *ret)
{
    if ((size_t)(end - *at) < width)
        return false;
    size_t size = width == 1 ? **at : get_u16(*at);
    if (size > max || (size_t)(end - *at) - width < size)
        return false;
    *ret = (struct span){ .bytes = (const char *)*at + width, .size = (uint32_t)size };
    *at += width + size;
    return true;
}

static bool take_body(const uint8_t *bytes, size_t size, struct body *ret)
{
    const uint8_t *end = bytes + size, *at = bytes + HEAD_SIZE;
    if (size < HEAD_SIZE || action_word(bytes[0]) == NULL)
        return false;
    *ret = (struct body){
        .action = bytes[0],
        .subject = get_u64(bytes + 1),
        .fund = { .place = get_u32(bytes + 9), .scheme = get_u16(bytes + 13) },
    };
    if (!take_text(&at, end, 1, SOURCE_NAME_MAX, &ret->key)
        || !take_text(&at, end, 1, SOURCE_NAME_MAX, &ret->person)
        || !take_text(&at, end, 2, ACTION_TEXT_MAX, &ret->text))
        return false;
    ret->payload = (struct span){ .bytes = (const char *)at, .size = (uint32_t)(end - at) };
    return true;
}

static struct span span_of(const char *text)
{
    return (struct span){ .bytes = text, .size = (uint32_t)strlen(text) };
}

/* The event that a proposal holds; what is borrowed in it is the payload's. */
static bool proposed_event(struct span payload, uint64_t position, struct event_record *ret)
{
    struct record record = {
        .position = position,
        .type = RECORD_EVENT,
        .body = (const uint8_t *)payload.bytes,
        .size = payload.size,
    };
    return event_of_record(&record, ret) == 0;
}

static bool same_event(const struct event_record *a, const struct event_record *b)
{
    return a->issuer == b->issuer && a->canonical_size == b->canonical_size
        && memcmp(a->canonical, b->canonical, a->canonical_size) == 0;
}

static bool same_id(const struct event_record *a, const struct event_record *b)
{
    return a->issuer == b->issuer && strcmp(a->event.id, b->event.id) == 0;
}

/* --- What waits for the end of the batch. ------------------------------------------ */

void actions_clear(struct actions *actions)
{
    actions->size = 0;
    actions->key[0] = actions->person[0] = '\0';
    actions->deciding = false;
}

void actions_free(struct actions *actions)
{
    free(actions->waiting);
}

void store_actor(struct store *store, const char *key, const char *person)
{
    snprintf(store->actions.key, sizeof store->actions.key, "%s", key);
    snprintf(store->actions.person, sizeof store->actions.person, "%s", person);
}

static void push(struct store *store, struct body body)
{
    struct actions *a = &store->actions;
    size_t need = 4 + BODY_MAX + (size_t)body.payload.size;
    body.key = span_of(a->key);
    body.person = span_of(a->person);
    if (a->size + need > a->room) {
        size_t room = 2 * a->room + need;
        uint8_t *more = realloc(a->waiting, room);
        if (more == NULL) {
            store->txn.err = -ENOMEM;
            return;
        }
        a->waiting = more;
        a->room = room;
    }
    size_t size = put_body(a->waiting + a->size + 4, &body);
    put_u32(a->waiting + a->size, (uint32_t)size);
    a->size += 4 + size;
}

int store_action(struct store *store, const struct action_told *action)
{
    if (store->actions.key[0] != '\0')
        push(store, (struct body){
            .action = action->action, .subject = action->subject, .fund = action->fund,
            .text = span_of(action->text),
        });
    return store->txn.err == 0 ? 0 : store_fail(store, store->txn.err, "cannot note an action");
}

void actions_entered(struct store *store, const struct event *event, uint64_t position)
{
    char text[ACTION_TEXT_MAX + 1];
    if ((ENTERED_KINDS >> event->kind & 1) == 0 || store->actions.key[0] == '\0'
        || store->actions.deciding)
        return;
    snprintf(text, sizeof text, "%s %s", event_kind_word(event->kind), event->id);
    push(store, (struct body){
        .action = ACTION_ENTERED, .subject = position, .fund = event->fund, .text = span_of(text),
    });
}

/* --- Proposals, in the tables. ------------------------------------------------------ */

struct state {
    enum proposal_state state;
    uint64_t event, decision;   /* positions; 0: none */
};

static void put_state(struct txn *txn, uint64_t number, struct state state)
{
    uint8_t key[8], value[STATE_SIZE];
    key_u64(key, number);
    value[0] = (uint8_t)state.state;
    put_u64(value + 1, state.event);
    put_u64(value + 9, state.decision);
    txn_put(txn, TABLE_PROPOSALS, key, sizeof key, value, sizeof value);
}

static struct state take_state(const uint8_t *value)
{
    return (struct state){ value[0], get_u64(value + 1), get_u64(value + 9) };
}

static bool get_state(struct txn *txn, uint64_t number, struct state *ret)
{
    uint8_t key[8], value[STATE_SIZE];
    key_u64(key, number);
    if (!txn_get(txn, TABLE_PROPOSALS, key, sizeof key, value, sizeof value))
        return false;
    *ret = take_state(value);
    return true;
}

static void id_key(struct store *store, const struct event_record *event, uint64_t number, uint8_t key[16])
{
    key_u64(key, hash_seen(store->seen_key, event->issuer, event->event.id, event->event.id_size));
    key_u64(key + 8, number);
}

/* Reads the proposal with a number: its record, whose body is borrowed, and the event that it holds. */
static int read_proposal(const struct journal *journal, struct txn *txn, uint64_t number,
                         struct record *ret_record, struct body *ret_body, struct event_record *ret)
{
    int err = journal_read(journal, txn, number, ret_record);
    if (err != 0)
        return err;
    return ret_record->type == RECORD_ACTION && take_body(ret_record->body, ret_record->size, ret_body)
            && ret_body->action == ACTION_PROPOSED && proposed_event(ret_body->payload, number, ret)
        ? 0 : -EILSEQ;
}

/* The number of the proposal that has this id; 0 if none has. */
static uint64_t find_proposal(struct store *store, const struct event_record *event, bool *ret_same)
{
    uint8_t from[16];
    struct range range;
    uint64_t found = 0;
    id_key(store, event, 0, from);
    range_begin(&range, &store->txn, TABLE_PROPOSAL_IDS, from, 8, from, sizeof from);
    while (found == 0 && range_next(&range)) {
        struct record record;
        struct body body;
        struct event_record other;
        uint64_t number = unkey_u64(range.key + 8);
        int err = read_proposal(&store->journal, &store->txn, number, &record, &body, &other);
        if (err != 0) {
            store->txn.err = err;
            break;
        }
        if (!same_id(event, &other))
            continue;
        found = number;
        *ret_same = same_event(event, &other);
    }
    range_end(&range);
    return found;
}

/* The same among what waits for the end of this batch. */
static bool find_waiting(const struct store *store, const struct event_record *event, bool *ret_same)
{
    const struct actions *a = &store->actions;
    for (size_t at = 0; at < a->size; at += 4 + get_u32(a->waiting + at)) {
        struct body body;
        struct event_record other;
        if (take_body(a->waiting + at + 4, get_u32(a->waiting + at), &body)
            && body.action == ACTION_PROPOSED && proposed_event(body.payload, 0, &other)
            && same_id(event, &other)) {
            *ret_same = same_event(event, &other);
            return true;
        }
    }
    return false;
}

/* --- Holding an event back. ---------------------------------------------------------- */

/* Whether a reversal is of what a guarded issuer has reported: it has the issuer of its original. */
static bool issuer_guarded(struct store *store, uint32_t issuer)
{
    const struct four_eyes *four_eyes = &store->options.four_eyes;
    char name[SOURCE_NAME_MAX + 1];
    bool found = four_eyes->issuer_count == 0 || !sources_name(&store->txn, issuer, name);
    for (unsigned i = 0; i < four_eyes->issuer_count && !found; i++)
        found = source_name_fits(four_eyes->issuers[i], name);
    return found;
}

bool actions_hold(struct store *store, uint32_t issuer, const struct event *event)
{
    return (store->options.four_eyes.kinds >> event->kind & 1) != 0 && !store->actions.deciding
        && !control("counts_at_once")
        && (event->kind != KIND_REVERSAL || issuer_guarded(store, issuer));
}

static void refuse(struct applied *applied, enum reject reject, const char *field)
{
    applied->outcome = OUTCOME_REJECTED;
    applied->reject = reject;
    snprintf(applied->key, sizeof applied->key, "%s", field);
}

static void propose_new(struct store *store, const struct event_record *event, size_t size)
{
    char text[ACTION_TEXT_MAX + 1];
    snprintf(text, sizeof text, "%s %s", event_kind_word(event->event.kind), event->event.id);
    push(store, (struct body){
        .action = ACTION_PROPOSED, .fund = event->event.fund, .text = span_of(text),
        .payload = { .bytes = (const char *)store->record, .size = (uint32_t)size },
    });
}

void actions_propose(struct store *store, uint32_t source, uint32_t issuer, const struct event *event,
                     struct applied *applied)
{
    struct event_record own;
    struct state state = { .state = PROPOSAL_WAITING };
    bool same = true;
    size_t size = event_to_record(source, issuer, event, store->record);
    struct span payload = { .bytes = (const char *)store->record, .size = (uint32_t)size };
    if (!proposed_event(payload, 0, &own)) {
        store->txn.err = -EILSEQ;
        return;
    }
    uint64_t number = find_proposal(store, &own, &same);
    if (number != 0 && !same) {
        *applied = (struct applied){ .outcome = OUTCOME_CONFLICT, .position = number };
    } else if (number != 0) {
        bool found = get_state(&store->txn, number, &state);
        refuse(applied, found && state.state == PROPOSAL_DECLINED ? REJECT_DECLINED : REJECT_WAITING, "");
    } else if (find_waiting(store, &own, &same)) {
        refuse(applied, same ? REJECT_WAITING : REJECT_BAD_MOVE, same ? "" : "id");
    } else if (store->actions.person[0] == '\0') {
        refuse(applied, REJECT_NOT_PERMITTED, "kind");
    } else {
        propose_new(store, &own, size);
        refuse(applied, REJECT_WAITING, "");
    }
}

/* --- Folding. ------------------------------------------------------------------------- */

static const char *fold_proposal(struct store *store, uint64_t position, const struct body *body)
{
    struct event_record event;
    uint8_t key[16];
    if (!proposed_event(body->payload, position, &event))
        return "what was proposed cannot be read";
    id_key(store, &event, position, key);
    txn_put(&store->txn, TABLE_PROPOSAL_IDS, key, sizeof key, "", 1);
    put_state(&store->txn, position, (struct state){ .state = PROPOSAL_WAITING });
    return NULL;
}

static bool same_span(struct span a, struct span b)
{
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* Whether both are, or may be, one person: with two keys, or with one that was given to another since. */
static bool same_who(struct span key, struct span person, struct span other_key, struct span other_person)
{
    return same_span(person, other_person) || same_span(key, other_key);
}

/* Two keys of two persons, and the event that was proposed. */
static const char *check_confirmed(struct store *store, const struct body *body)
{
    struct record record;
    struct body made;
    struct event_record proposed, event;
    if (body->payload.size != 8)
        return "the confirmation cannot be read";
    if (read_proposal(&store->journal, &store->txn, body->subject, &record, &made, &proposed) != 0)
        return "what was confirmed cannot be read";
    if (body->person.size == 0
        || (same_who(made.key, made.person, body->key, body->person) && !control("one_person")))
        return "what needs two persons was confirmed by whoever proposed it";
    uint64_t position = get_u64((const uint8_t *)body->payload.bytes);
    if (event_at(&store->journal, &store->txn, position, &event) != 0 || !same_event(&proposed, &event))
        return "another event was counted than the one that was confirmed";
    return NULL;
}

static const char *fold_decision(struct store *store, uint64_t position, const struct body *body)
{
    struct state state;
    if (!get_state(&store->txn, body->subject, &state) || state.state != PROPOSAL_WAITING)
        return "a decision on what does not wait";
    const char *wrong = body->action == ACTION_CONFIRMED ? check_confirmed(store, body) : NULL;
    if (wrong != NULL)
        return wrong;
    state = (struct state){ .state = PROPOSAL_DECLINED, .decision = position };
    if (body->action == ACTION_CONFIRMED) {
        state.state = PROPOSAL_CONFIRMED;
        state.event = get_u64((const uint8_t *)body->payload.bytes);
    }
    put_state(&store->txn, body->subject, state);
    return NULL;
}

/* What the daemon goes by now: a digest and the name, by the subject. */
static const char *fold_told(struct store *store, const struct body *body)
{
    const uint8_t *at = (const uint8_t *)body->payload.bytes, *end = at + body->payload.size;
    struct span subject, name;
    uint8_t value[DIGEST_SIZE + SOURCE_NAME_MAX];
    if (!take_text(&at, end, 1, TOLD_SUBJECT_MAX, &subject) || subject.size == 0
        || !take_text(&at, end, 1, SOURCE_NAME_MAX, &name) || end - at != DIGEST_SIZE)
        return "what was told of a key or setting cannot be read";
    memcpy(value, at, DIGEST_SIZE);
    put_span(value + DIGEST_SIZE, name);
    if (body->subject == 0)
        txn_delete(&store->txn, TABLE_TOLD, subject.bytes, subject.size);
    else
        txn_put(&store->txn, TABLE_TOLD, subject.bytes, subject.size, value, DIGEST_SIZE + name.size);
    return NULL;
}

static const char *fold(struct store *store, uint64_t position, const struct body *body)
{
    uint8_t key[8], value[1] = { (uint8_t)body->action };
    key_u64(key, position);
    txn_put(&store->txn, TABLE_ACTIONS, key, sizeof key, value, sizeof value);
    switch (body->action) {
    case ACTION_PROPOSED:
        return fold_proposal(store, position, body);
    case ACTION_CONFIRMED:
    case ACTION_DECLINED:
        return fold_decision(store, position, body);
    case ACTION_KEY_ADDED:
    case ACTION_KEY_CHANGED:
    case ACTION_KEY_REMOVED:
    case ACTION_SETTING:
        return fold_told(store, body);
    case ACTION_ENTERED:
    case ACTION_ACKNOWLEDGED:
    case ACTION_REQUEUED:
    case ACTION_BACKUP:
    case ACTION_VERIFY:
    case ACTION_BACKTEST:
    case ACTION_IN_ORDER:
    case ACTION_KNOWN_AT:
    case ACTION_END:
        break;
    }
    return NULL;
}

static const char *append(struct store *store, const uint8_t *bytes, size_t size)
{
    struct body body;
    if (!take_body(bytes, size, &body))
        return "the action cannot be read";
    uint64_t position = journal_append(&store->journal, &store->txn, RECORD_ACTION, bytes, size);
    return fold(store, position, &body);
}

void actions_flush(struct store *store)
{
    struct actions *a = &store->actions;
    for (size_t at = 0; at < a->size && store->txn.err == 0; at += 4 + get_u32(a->waiting + at)) {
        const char *wrong = append(store, a->waiting + at + 4, get_u32(a->waiting + at));
        if (wrong != NULL && store->txn.err == 0)
            store->txn.err = store_fail(store, -EILSEQ, wrong);
    }
    a->size = 0;
}

const char *actions_redo(struct store *store, const struct record *record)
{
    if (record->size > RECORD_MAX - RECORD_HEAD)
        return "the action cannot be read";
    return append(store, record->body, record->size);
}

/* --- Deciding. ------------------------------------------------------------------------- */

/* What can be said without looking at the event. */
static bool settled(const struct store *store, const struct body *made, const struct state *state,
                    bool confirm, struct decision *ret)
{
    const struct actions *a = &store->actions;
    *ret = (struct decision){ .state = state->state, .applied = { .position = state->event } };
    if (state->state != PROPOSAL_WAITING) {
        bool again = (state->state == PROPOSAL_CONFIRMED) == confirm;
        ret->decided = again ? DECIDED_DONE : DECIDED_TOO_LATE;
    } else if (a->person[0] == '\0') {
        ret->decided = DECIDED_NO_PERSON;
    } else if (confirm && same_who(made->key, made->person, span_of(a->key), span_of(a->person))
               && !control("one_person")) {
        ret->decided = DECIDED_SAME_PERSON;
    } else {
        ret->decided = DECIDED_DONE;
        return false;
    }
    return true;
}

/* Counts the event of a proposal, whose bytes are copied because counting writes. */
static int count_proposed(struct store *store, struct span payload, struct applied *ret)
{
    struct event_record event;
    char *copy = malloc(payload.size);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, payload.bytes, payload.size);
    payload.bytes = copy;
    int err = proposed_event(payload, 0, &event) ? 0 : -EILSEQ;
    store->actions.deciding = true;
    if (err == 0)
        err = store_apply(store, event.source, event.issuer, &event.event, ret);
    store->actions.deciding = false;
    free(copy);
    return err;
}

static void push_decision(struct store *store, uint64_t number, const struct body *made, const char *note,
                          const struct decision *decision)
{
    uint8_t position[8];
    put_u64(position, decision->applied.position);
    bool confirmed = decision->state == PROPOSAL_CONFIRMED;
    push(store, (struct body){
        .action = confirmed ? ACTION_CONFIRMED : ACTION_DECLINED, .subject = number, .fund = made->fund,
        .text = span_of(note),
        .payload = { .bytes = (const char *)position, .size = confirmed ? sizeof position : 0 },
    });
    actions_flush(store);
}

int store_decide(struct store *store, uint64_t number, bool confirm, const char *note, struct decision *ret)
{
    struct record record;
    struct body made;
    struct event_record event;
    struct state state;
    actions_flush(store);
    if (!get_state(&store->txn, number, &state))
        return store->txn.err != 0 ? store_fail(store, store->txn.err, "cannot read a proposal") : -ENOENT;
    int err = read_proposal(&store->journal, &store->txn, number, &record, &made, &event);
    if (err != 0)
        return store_fail(store, err == -ENOENT ? -EILSEQ : err, "cannot read a proposal");
    if (settled(store, &made, &state, confirm, ret))
        return 0;
    struct fund fund = made.fund;
    ret->state = confirm ? PROPOSAL_CONFIRMED : PROPOSAL_DECLINED;
    if (confirm) {
        err = count_proposed(store, made.payload, &ret->applied);
        if (err != 0)
            return err;
        if (ret->applied.outcome == OUTCOME_REJECTED || ret->applied.outcome == OUTCOME_CONFLICT) {
            ret->decided = DECIDED_REJECTED;
            ret->state = PROPOSAL_WAITING;
            return 0;
        }
    }
    push_decision(store, number, &(struct body){ .fund = fund }, note, ret);
    return store->txn.err == 0 ? 0 : store_fail(store, store->txn.err, "cannot note a decision");
}

/* --- What the daemon goes by. ------------------------------------------------------------ */

static void push_told(struct store *store, enum action_kind action, const struct in_force *told, bool there)
{
    uint8_t payload[2 + TOLD_SUBJECT_MAX + SOURCE_NAME_MAX + DIGEST_SIZE];
    size_t size = put_short(payload, span_of(told->subject));
    size += put_short(payload + size, span_of(told->name));
    memcpy(payload + size, told->digest, DIGEST_SIZE);
    push(store, (struct body){
        .action = action, .subject = there, .text = span_of(told->text),
        .payload = { .bytes = (const char *)payload, .size = (uint32_t)(size + DIGEST_SIZE) },
    });
}

static bool is_key(const struct in_force *told)
{
    return strlen(told->subject) == TOLD_SUBJECT_MAX;
}

/* True if it is new or another one than before.  tell_removed() has looked at every row's size. */
static bool tell_one(struct store *store, const struct in_force *told)
{
    const uint8_t *value;
    size_t size;
    bool known = txn_peek(&store->txn, TABLE_TOLD, told->subject, strlen(told->subject), &value, &size);
    if (store->txn.err != 0
        || (known && memcmp(value, told->digest, DIGEST_SIZE) == 0))
        return false;
    push_told(store, !is_key(told) ? ACTION_SETTING : known ? ACTION_KEY_CHANGED : ACTION_KEY_ADDED, told,
              true);
    return true;
}

static int compare_told(const void *a, const void *b)
{
    return strcmp(((const struct in_force *)a)->subject, ((const struct in_force *)b)->subject);
}

/* What the table has and nobody tells any more. */
static unsigned tell_removed(struct store *store, const struct in_force *told, size_t count)
{
    struct range range;
    unsigned removed = 0;
    range_begin(&range, &store->txn, TABLE_TOLD, "", 0, "", 0);
    while (range_next(&range)) {
        struct in_force old = { .subject = "" };
        if (range.key_size > TOLD_SUBJECT_MAX || range.size < DIGEST_SIZE
            || range.size - DIGEST_SIZE > SOURCE_NAME_MAX) {
            store->txn.err = -EILSEQ;
            break;
        }
        memcpy(old.subject, range.key, range.key_size);
        memcpy(old.digest, range.value, DIGEST_SIZE);
        memcpy(old.name, range.value + DIGEST_SIZE, range.size - DIGEST_SIZE);
        if (count > 0 && bsearch(&old, told, count, sizeof told[0], compare_told) != NULL)
            continue;
        snprintf(old.text, sizeof old.text, "%s%s", old.name, is_key(&old) ? "" : ": off");
        push_told(store, is_key(&old) ? ACTION_KEY_REMOVED : ACTION_SETTING, &old, false);
        removed++;
    }
    range_end(&range);
    return removed;
}

int store_tell(struct store *store, const struct in_force *told, size_t count, unsigned *ret_changed)
{
    unsigned changed = tell_removed(store, told, count);
    for (size_t i = 0; i < count && store->txn.err == 0; i++)
        changed += tell_one(store, &told[i]);
    actions_flush(store);
    if (store->txn.err != 0)
        return store_fail(store, store->txn.err, "cannot note the rights");
    *ret_changed = changed;
    return 0;
}

/* --- Reading. ----------------------------------------------------------------------------- */

static void fill_action(const struct record *record, const struct body *body, struct action_view *ret)
{
    *ret = (struct action_view){
        .position = record->position,
        .recorded_ms = record->recorded_ms,
        .action = body->action,
        .subject = body->subject,
        .fund = body->fund,
    };
    put_span(ret->key, body->key);
    put_span(ret->person, body->person);
    put_span(ret->text, body->text);
}

static int read_action(struct txn *txn, uint64_t position, struct action_view *ret)
{
    struct record record;
    struct body body;
    int err = journal_read(NULL, txn, position, &record);
    if (err == 0 && (record.type != RECORD_ACTION || !take_body(record.body, record.size, &body)))
        err = -EILSEQ;
    if (err == 0)
        fill_action(&record, &body, ret);
    return err == -ENOENT ? -EILSEQ : err;
}

int actions_each(struct txn *txn, uint64_t after,
                 bool (*each)(void *arg, const struct action_view *action), void *arg)
{
    uint8_t from[8];
    struct range range;
    struct action_view action;
    int err = 0;
    key_u64(from, after + 1);
    range_begin(&range, txn, TABLE_ACTIONS, "", 0, from, sizeof from);
    while (err == 0 && range_next(&range)) {
        err = read_action(txn, unkey_u64(range.key), &action);
        if (err == 0 && !each(arg, &action))
            break;
    }
    range_end(&range);
    return err != 0 ? err : txn->err;
}

static int fill_proposal(struct txn *txn, uint64_t number, struct state state, struct proposal_view *ret)
{
    struct record record;
    struct body body;
    struct event_record event;
    int err = read_proposal(NULL, txn, number, &record, &body, &event);
    if (err != 0)
        return err == -ENOENT ? -EILSEQ : err;
    *ret = (struct proposal_view){ .state = state.state, .counted = state.event, .event = event.event };
    fill_action(&record, &body, &ret->made);
    sources_name(txn, event.source, ret->source);
    sources_name(txn, event.issuer, ret->issuer);
    return state.decision == 0 ? 0 : read_action(txn, state.decision, &ret->decided);
}

int actions_proposal(struct txn *txn, uint64_t number, struct proposal_view *ret)
{
    struct state state;
    if (!get_state(txn, number, &state))
        return txn->err != 0 ? txn->err : -ENOENT;
    return fill_proposal(txn, number, state, ret);
}

int actions_proposals(struct txn *txn, uint64_t after, bool waiting,
                      bool (*each)(void *arg, const struct proposal_view *proposal), void *arg)
{
    uint8_t from[8];
    struct range range;
    struct proposal_view proposal;
    int err = 0;
    key_u64(from, after + 1);
    range_begin(&range, txn, TABLE_PROPOSALS, "", 0, from, sizeof from);
    while (err == 0 && range_next(&range)) {
        if (waiting && range.size == STATE_SIZE && range.value[0] != PROPOSAL_WAITING)
            continue;
        err = range.size == STATE_SIZE
            ? fill_proposal(txn, unkey_u64(range.key), take_state(range.value), &proposal) : -EILSEQ;
        if (err == 0 && !each(arg, &proposal))
            break;
    }
    range_end(&range);
    return err != 0 ? err : txn->err;
}

uint64_t actions_waiting(struct txn *txn)
{
    struct range range;
    uint64_t count = 0;
    range_begin(&range, txn, TABLE_PROPOSALS, "", 0, "", 0);
    while (range_next(&range))
        count += range.size == STATE_SIZE && range.value[0] == PROPOSAL_WAITING;
    range_end(&range);
    return count;
}
