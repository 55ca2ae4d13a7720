#include "wire/batch.h"

#include <assert.h>
#include <string.h>

#include "wire/controls.h"
#include "wire/event_codec.h"

static_assert(sizeof((struct exception){ 0 }.key) == EVENT_KEY_MAX + 1,
              "what event_decode() complains of fits into a reply");

#define VERSIONS_MAX  16        /* of the protocol, that a daemon may speak */
#define WORD_MAX      16        /* bytes in any word of a batch or reply */
#define COUNT_OF(a)   (sizeof (a) / sizeof (a)[0])

static const char *const refusals[] = {
    [REFUSED_NOT] = "",
    [REFUSED_MALFORMED] = "malformed",
    [REFUSED_VERSION] = "version",
    [REFUSED_TOO_LARGE] = "too_large",
    [REFUSED_SOURCE] = "source",
    [REFUSED_READ_ONLY] = "read_only",
    [REFUSED_NAMES] = "names",
};

static const char *const outcomes[] = {
    [OUTCOME_APPLIED] = "applied",
    [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_CONFLICT] = "conflict",
    [OUTCOME_REJECTED] = "rejected",
};

static const char *const statuses[] = {
    [BATCH_DONE] = "done",
    [BATCH_BUSY] = "busy",
    [BATCH_REFUSED] = "refused",
};

const char *refusal_word(enum refusal refusal)
{
    assert(refusal < COUNT_OF(refusals));
    return refusals[refusal];
}

const char *outcome_word(enum outcome outcome)
{
    assert(outcome < COUNT_OF(outcomes));
    return outcomes[outcome];
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || c == '.' || c == '_' || c == ':' || c == '-';
}

bool source_name_valid(const char *name, size_t size)
{
    if (size < 1 || size > SOURCE_NAME_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!is_name_byte(name[i]))
            return false;
    }
    return true;
}

bool source_name_fits(const char *pattern, const char *name)
{
    size_t size = strlen(pattern);
    if (size > 0 && pattern[size - 1] == '*')
        return strncmp(pattern, name, size - 1) == 0;
    return strcmp(pattern, name) == 0;
}

/* Which of the words from `first` on stands next; READ_RANGE if none does. */
static unsigned read_word(struct reader *r, const char *const *words, unsigned first,
                          unsigned count)
{
    struct span s = read_string(r, WORD_MAX);
    for (unsigned i = first; i < count; i++) {
        if (span_is(s, words[i]))
            return i;
    }
    read_fail(r, READ_RANGE);
    return first;
}

/* --- Batch ------------------------------------------------------------------ */

enum batch_key {
    HEAD_V, HEAD_TYPE, HEAD_REF, HEAD_SOURCE, HEAD_ISSUER, HEAD_SEQUENCE, HEAD_TOLD, HEAD_FORGOTTEN,
    HEAD_WAITING, HEAD_EVENTS, HEAD_END
};
static const char *const batch_keys[HEAD_END] = {
    "v", "type", "ref", "source", "issuer", "sequence", "told", "forgotten", "waiting", "events",
};
#define HEAD_REQUIRED \
    (1u << HEAD_V | 1u << HEAD_TYPE | 1u << HEAD_REF | 1u << HEAD_SOURCE | 1u << HEAD_EVENTS)

#define HEAD_SAID (1u << HEAD_TOLD | 1u << HEAD_FORGOTTEN | 1u << HEAD_WAITING)

/* A head being read: its first fault decides, but an unknown version or key does not end the
 * reading, because the version may explain the key and the reply wants the ref. */
struct head_reading {
    struct batch_head *head;
    uint64_t seen;
    bool other_version;
    enum refusal refusal;
};

static void refuse(struct head_reading *h, enum refusal refusal)
{
    if (h->refusal == REFUSED_NOT)
        h->refusal = refusal;
}

static void read_name(struct reader *r, struct head_reading *h, char *to)
{
    struct span s = read_string(r, UINT32_MAX);
    if (r->err != READ_OK)
        return;
    if (source_name_valid(s.bytes, s.size))
        span_copy(s, to, SOURCE_NAME_MAX + 1);
    else
        refuse(h, REFUSED_SOURCE);
}

/* Two integers from 0 on. */
static void read_pair(struct reader *r, uint64_t *ret_first, uint64_t *ret_second)
{
    if (read_array(r, 2) != 2)
        read_fail(r, READ_RANGE);
    *ret_first = (uint64_t)read_int(r, 0, INT64_MAX);
    *ret_second = (uint64_t)read_int(r, 0, INT64_MAX);
}

static void read_waiting(struct reader *r, struct batch_head *head)
{
    uint64_t since_ms;
    read_pair(r, &head->waiting, &since_ms);
    head->waiting_since_ms = (int64_t)since_ms;
}

static void read_events(struct reader *r, struct head_reading *h)
{
    h->head->count = read_array(r, BATCH_EVENTS_MAX);
    if (r->err == READ_RANGE)
        refuse(h, REFUSED_TOO_LARGE);
}

static void read_head_value(struct reader *r, struct head_reading *h, enum batch_key key)
{
    int64_t v;
    switch (key) {
    case HEAD_V:
        v = read_int(r, INT64_MIN, INT64_MAX);
        h->other_version = r->err == READ_OK && v != PROTOCOL_VERSION;
        break;
    case HEAD_TYPE:
        if (!span_is(read_string(r, WORD_MAX), "batch"))
            refuse(h, REFUSED_MALFORMED);
        break;
    case HEAD_REF:
        h->head->ref = (uint64_t)read_int(r, 0, INT64_MAX);
        break;
    case HEAD_SOURCE:
        read_name(r, h, h->head->source);
        break;
    case HEAD_ISSUER:
        read_name(r, h, h->head->issuer);
        break;
    case HEAD_SEQUENCE:
        h->head->sequence = (uint64_t)read_int(r, 1, INT64_MAX);
        break;
    case HEAD_TOLD:
        read_pair(r, &h->head->told.epoch, &h->head->told.position);
        break;
    case HEAD_FORGOTTEN:
        read_pair(r, &h->head->forgotten.epoch, &h->head->forgotten.position);
        break;
    case HEAD_WAITING:
        read_waiting(r, h->head);
        break;
    case HEAD_EVENTS:
        read_events(r, h);
        break;
    case HEAD_END:
        break;
    }
}

/* True if the next value is a known key that has not been there. */
static bool read_head_key(struct reader *r, struct head_reading *h, enum batch_key *ret)
{
    struct reader before = *r;
    *ret = read_key(r, batch_keys, HEAD_END, &h->seen);
    if (r->err != READ_KEY)
        return r->err == READ_OK;
    *r = before;
    refuse(h, REFUSED_MALFORMED);
    read_skip_any(r, DEPTH_MAX - 1);
    return false;
}

static void read_head_pair(struct reader *r, struct head_reading *h, bool last)
{
    enum batch_key key;
    if (!read_head_key(r, h, &key)) {
        read_skip_any(r, DEPTH_MAX - 1);
        return;
    }
    read_head_value(r, h, key);
    if (key == HEAD_EVENTS && !last)
        read_fail(r, READ_TYPE);
}

enum refusal batch_read_head(struct reader *r, struct batch_head *ret)
{
    struct head_reading h = { .head = ret };
    memset(ret, 0, sizeof *ret);
    if (r->end - r->start > MESSAGE_SIZE_MAX)
        return REFUSED_TOO_LARGE;
    uint32_t pairs = read_map(r, UINT32_MAX);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++)
        read_head_pair(r, &h, i + 1 == pairs);
    bool versioned = h.seen >> HEAD_V & 1;
    if (h.other_version || (!versioned && r->err == READ_OK))
        return REFUSED_VERSION;
    if (h.refusal != REFUSED_NOT)
        return h.refusal;
    if (r->err != READ_OK || (h.seen & HEAD_REQUIRED) != HEAD_REQUIRED)
        return REFUSED_MALFORMED;
    if (ret->issuer[0] == '\0')
        memcpy(ret->issuer, ret->source, sizeof ret->issuer);
    ret->says = (h.seen & HEAD_SAID) != 0;
    return REFUSED_NOT;
}

static void write_pair(struct writer *w, const char *key, uint64_t first, uint64_t second)
{
    write_string(w, key);
    write_array(w, 2);
    write_uint(w, first);
    write_uint(w, second);
}

static void write_said(struct writer *w, const struct batch_head *head)
{
    write_pair(w, "told", head->told.epoch, head->told.position);
    write_pair(w, "forgotten", head->forgotten.epoch, head->forgotten.position);
    write_pair(w, "waiting", head->waiting, (uint64_t)head->waiting_since_ms);
}

void batch_write_head(struct writer *w, const struct batch_head *head)
{
    bool other_issuer = head->issuer[0] != '\0' && strcmp(head->issuer, head->source) != 0;
    assert(head->count <= BATCH_EVENTS_MAX);
    assert(!head->says || head->waiting_since_ms >= 0);
    write_map(w, 5u + other_issuer + (head->sequence != 0) + (head->says ? 3 : 0));
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "batch");
    write_key_uint(w, "ref", head->ref);
    write_key_string(w, "source", head->source);
    if (other_issuer)
        write_key_string(w, "issuer", head->issuer);
    if (head->sequence != 0)
        write_key_uint(w, "sequence", head->sequence);
    if (head->says)
        write_said(w, head);
    write_string(w, "events");
    write_array(w, head->count);
}

/* --- Reply ------------------------------------------------------------------ */

static void write_allowed(struct writer *w, uint8_t allowed)
{
    write_string(w, "allowed");
    write_array(w, (uint32_t)__builtin_popcount(allowed));
    for (unsigned move = 0; move < PAYOUT_MOVES; move++) {
        if ((allowed >> move & 1) != 0)
            write_string(w, payout_move_word((enum payout_move)move));
    }
}

/* "" for a number that is none, as 0. */
static void write_word(struct writer *w, const char *key, const char *word)
{
    write_key_string(w, key, word != NULL ? word : "");
}

void hindrance_write(struct writer *w, const struct hindrance *h)
{
    write_word(w, "why", hindrance_word((enum hindrance_why)h->why));
    write_word(w, "move", event_stage_word(h->stage));
    write_word(w, "state", hindrance_state_word(h));
    write_allowed(w, h->allowed);
    write_key_int(w, "day", h->day != DATE_NONE ? date_to_ymd(h->day) : 0);
    write_key_int(w, "amount", h->amount.fen);
}

static void write_exception(struct writer *w, const struct exception *x)
{
    bool rejected = x->outcome == OUTCOME_REJECTED, hindered = rejected && x->reject == REJECT_BAD_MOVE;
    write_map(w, (rejected ? 5 : 4) + (hindered ? HINDRANCE_PAIRS : 0));
    write_key_uint(w, "first", x->first);
    write_key_uint(w, "last", x->last);
    write_key_string(w, "outcome", outcome_word(x->outcome));
    if (rejected) {
        write_key_string(w, "reason", reject_code(x->reject));
        write_key_string(w, "key", x->key);
    } else {
        write_key_uint(w, "position", x->position);
    }
    if (hindered)
        hindrance_write(w, &x->hindrance);
}

void write_versions(struct writer *w)
{
    write_string(w, "versions");
    write_array(w, 1);
    write_int(w, PROTOCOL_VERSION);
}

void reply_write(struct writer *w, const struct reply *reply, const struct exception *exceptions)
{
    bool busy = reply->status == BATCH_BUSY, refused = reply->status == BATCH_REFUSED;
    bool other_version = refused && reply->refusal == REFUSED_VERSION;
    write_map(w, 10u + busy + refused + other_version);
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "reply");
    write_key_uint(w, "ref", reply->ref);
    write_key_string(w, "status", statuses[reply->status]);
    write_key_uint(w, "epoch", reply->epoch);
    write_key_uint(w, "position", reply->position);
    write_key_uint(w, "applied", reply->applied);
    write_key_uint(w, "covered", reply->covered);
    write_key_uint(w, "window", reply->window);
    if (busy)
        write_key_uint(w, "retry_ms", reply->retry_ms);
    if (refused)
        write_key_string(w, "refusal", refusal_word(reply->refusal));
    if (other_version)
        write_versions(w);
    write_string(w, "exceptions");
    write_array(w, reply->exception_count);
    for (uint32_t i = 0; i < reply->exception_count; i++)
        write_exception(w, &exceptions[i]);
}

enum exception_key {
    X_FIRST, X_LAST, X_OUTCOME, X_POSITION, X_REASON, X_KEY, X_WHY, X_MOVE, X_STATE, X_ALLOWED, X_DAY,
    X_AMOUNT, X_END
};
static const char *const exception_keys[X_END] = {
    "first", "last", "outcome", "position", "reason", "key", "why", "move", "state", "allowed", "day",
    "amount",
};
#define X_ALWAYS   (1u << X_FIRST | 1u << X_LAST | 1u << X_OUTCOME)
#define X_REJECTED (X_ALWAYS | 1u << X_REASON | 1u << X_KEY)
#define X_KNOWN    (X_ALWAYS | 1u << X_POSITION)
#define X_BAD_MOVE (X_REJECTED | 1u << X_WHY | 1u << X_MOVE | 1u << X_STATE | 1u << X_ALLOWED \
                    | 1u << X_DAY | 1u << X_AMOUNT)

static enum reject read_reject(struct reader *r)
{
    struct span s = read_string(r, UINT32_MAX);
    for (unsigned n = REJECT_NONE + 1; n < REJECT_END; n++) {
        const char *code = reject_code((enum reject)n);
        if (code != NULL && span_is(s, code))
            return (enum reject)n;
    }
    read_fail(r, READ_RANGE);
    return REJECT_NONE;
}

/* A word of which 0 is none, "". */
static uint8_t read_number(struct reader *r, const char *(*word)(int number), int end)
{
    struct span s = read_string(r, WORD_MAX);
    for (int number = 1; number < end; number++) {
        const char *known = word(number);
        if (known != NULL && span_is(s, known))
            return (uint8_t)number;
    }
    if (s.size != 0)
        read_fail(r, READ_RANGE);
    return 0;
}

static const char *why_of(int number)
{
    return hindrance_word((enum hindrance_why)number);
}

static const char *stage_of(int number)
{
    return event_stage_word((unsigned)number);
}

static const char *state_of(int number)
{
    return payout_state_word((enum payout_state)(number - 1));
}

static const char *move_of(int number)
{
    return payout_move_word((enum payout_move)(number - 1));
}

static uint8_t read_allowed(struct reader *r)
{
    uint8_t allowed = 0;
    uint32_t count = read_array(r, PAYOUT_MOVES);
    for (uint32_t i = 0; i < count && r->err == READ_OK; i++) {
        uint8_t move = read_number(r, move_of, PAYOUT_MOVES + 1);
        if (move == 0)
            read_fail(r, READ_RANGE);
        else
            allowed |= (uint8_t)(1u << (move - 1));
    }
    return allowed;
}

static date_day read_hindrance_day(struct reader *r)
{
    date_day day = DATE_NONE;
    int64_t ymd = read_int(r, 0, INT32_MAX);
    if (ymd != 0 && !date_from_ymd(ymd, &day))
        read_fail(r, READ_RANGE);
    return day;
}

static void read_exception_value(struct reader *r, struct exception *x, enum exception_key key)
{
    struct span s;
    switch (key) {
    case X_FIRST:
        x->first = (uint32_t)read_int(r, 0, BATCH_EVENTS_MAX - 1);
        break;
    case X_LAST:
        x->last = (uint32_t)read_int(r, 0, BATCH_EVENTS_MAX - 1);
        break;
    case X_OUTCOME:
        x->outcome = (enum outcome)read_word(r, outcomes, OUTCOME_DUPLICATE, COUNT_OF(outcomes));
        break;
    case X_POSITION:
        x->position = read_uint64(r);
        break;
    case X_REASON:
        x->reject = read_reject(r);
        break;
    case X_KEY:
        s = read_string(r, EVENT_KEY_MAX);
        if (!span_is_text(s) || !span_copy(s, x->key, sizeof x->key))
            read_fail(r, READ_RANGE);
        break;
    case X_WHY:
        x->hindrance.why = read_number(r, why_of, HINDRANCE_END);
        break;
    case X_MOVE:
        x->hindrance.stage = read_number(r, stage_of, STAGE_END);
        break;
    case X_STATE:
        x->hindrance.state = read_number(r, state_of, PAYOUT_STATES + 1);
        break;
    case X_ALLOWED:
        x->hindrance.allowed = read_allowed(r);
        break;
    case X_DAY:
        x->hindrance.day = read_hindrance_day(r);
        break;
    case X_AMOUNT:
        x->hindrance.amount.fen = read_int(r, INT64_MIN, INT64_MAX);
        break;
    case X_END:
        break;
    }
}

static uint64_t keys_asked_for(const struct exception *x)
{
    return x->outcome != OUTCOME_REJECTED ? X_KNOWN : x->reject == REJECT_BAD_MOVE ? X_BAD_MOVE : X_REJECTED;
}

/* `from` is the first index that the exception may have. */
static struct exception read_exception(struct reader *r, uint32_t from)
{
    struct exception x = { .hindrance = hindrance_none() };
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, X_END);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++)
        read_exception_value(r, &x, read_key(r, exception_keys, X_END, &seen));
    if (seen != keys_asked_for(&x))
        read_fail(r, READ_KEY);
    if (x.first < from || x.last < x.first)
        read_fail(r, READ_RANGE);
    return x;
}

enum reply_key {
    REPLY_V, REPLY_TYPE, REPLY_REF, REPLY_STATUS, REPLY_EPOCH, REPLY_POSITION, REPLY_APPLIED,
    REPLY_COVERED, REPLY_WINDOW, REPLY_RETRY_MS, REPLY_REFUSAL, REPLY_VERSIONS, REPLY_EXCEPTIONS, REPLY_END
};
static const char *const reply_keys[REPLY_END] = {
    "v", "type", "ref", "status", "epoch", "position", "applied",
    "covered", "window", "retry_ms", "refusal", "versions", "exceptions",
};
#define REPLY_OPTIONAL (1u << REPLY_RETRY_MS | 1u << REPLY_REFUSAL | 1u << REPLY_VERSIONS)
#define REPLY_REQUIRED (((1u << REPLY_END) - 1) & ~REPLY_OPTIONAL)

struct reply_reading {
    struct reply reply;
    struct exception *exceptions;
    uint32_t max;
    uint64_t seen;
};

static void read_exceptions(struct reader *r, struct reply_reading *p)
{
    uint32_t next = 0;
    p->reply.exception_count = read_array(r, p->max);
    for (uint32_t i = 0; i < p->reply.exception_count && r->err == READ_OK; i++) {
        p->exceptions[i] = read_exception(r, next);
        next = p->exceptions[i].last + 1;
    }
}

/* Of several the newest. */
static void read_versions(struct reader *r, struct reply *reply)
{
    uint32_t count = read_array(r, VERSIONS_MAX);
    if (count == 0)
        read_fail(r, READ_RANGE);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t version = (uint32_t)read_int(r, 1, UINT32_MAX);
        if (version > reply->spoken)
            reply->spoken = version;
    }
}

static void read_reply_value(struct reader *r, struct reply_reading *p, enum reply_key key)
{
    struct reply *reply = &p->reply;
    switch (key) {
    case REPLY_V:
        read_int(r, PROTOCOL_VERSION, PROTOCOL_VERSION);
        break;
    case REPLY_TYPE:
        if (!span_is(read_string(r, WORD_MAX), "reply"))
            read_fail(r, READ_RANGE);
        break;
    case REPLY_REF:
        reply->ref = (uint64_t)read_int(r, 0, INT64_MAX);
        break;
    case REPLY_STATUS:
        reply->status = (enum batch_status)read_word(r, statuses, 0, COUNT_OF(statuses));
        break;
    case REPLY_EPOCH:
        reply->epoch = read_uint64(r);
        break;
    case REPLY_POSITION:
        reply->position = read_uint64(r);
        break;
    case REPLY_APPLIED:
        reply->applied = (uint32_t)read_int(r, 0, BATCH_EVENTS_MAX);
        break;
    case REPLY_COVERED:
        reply->covered = read_uint64(r);
        break;
    case REPLY_WINDOW:
        reply->window = (uint32_t)read_int(r, 0, WINDOW_MAX);
        break;
    case REPLY_RETRY_MS:
        reply->retry_ms = (uint32_t)read_int(r, 0, UINT32_MAX);
        break;
    case REPLY_REFUSAL:
        reply->refusal = (enum refusal)read_word(r, refusals, REFUSED_MALFORMED,
                                                 COUNT_OF(refusals));
        break;
    case REPLY_VERSIONS:
        read_versions(r, reply);
        break;
    case REPLY_EXCEPTIONS:
        read_exceptions(r, p);
        break;
    case REPLY_END:
        break;
    }
}

/* Keys that a status asks for are there, those that it does not know are not. */
static bool reply_consistent(const struct reply_reading *p)
{
    const struct reply *reply = &p->reply;
    uint32_t keys = REPLY_REQUIRED;
    if (reply->status == BATCH_BUSY)
        keys |= 1u << REPLY_RETRY_MS;
    if (reply->status == BATCH_REFUSED)
        keys |= 1u << REPLY_REFUSAL;
    if (reply->status == BATCH_REFUSED && reply->refusal == REFUSED_VERSION)
        keys |= 1u << REPLY_VERSIONS;
    if ((p->seen != keys && !control("missing_is_zero")) || (reply->applied == 0) != (reply->position == 0))
        return false;
    return reply->status == BATCH_DONE || (reply->applied == 0 && reply->exception_count == 0);
}

bool reply_read(const void *bytes, size_t size, struct reply *ret,
                struct exception *ret_exceptions, uint32_t max)
{
    struct reader r = reader_of(bytes, size);
    struct reply_reading p = { .exceptions = ret_exceptions, .max = max };
    uint32_t pairs = read_map(&r, REPLY_END);
    for (uint32_t i = 0; i < pairs && r.err == READ_OK; i++)
        read_reply_value(&r, &p, read_key(&r, reply_keys, REPLY_END, &p.seen));
    if (reader_end(&r) != READ_OK || !reply_consistent(&p))
        return false;
    *ret = p.reply;
    return true;
}
