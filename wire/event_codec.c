/* One macro per field type and direction; event.def says which field has which
 * type.  A type that is new there does not compile until it is here five times:
 * cleared, from the map, to the map, to canonical bytes and from them. */
#include "wire/event_codec.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/controls.h"
#include "wire/hash.h"
#include "wire/limits.h"
#include "wire/policy_codec.h"

#define MONTH_MIN (DATE_YEAR_MIN * 12)
#define MONTH_MAX (DATE_YEAR_MAX * 12 + 11)

/* Containers that an event map may have inside it, policies aside: batch map,
 * array of events and the event are three. */
#define FIELD_DEPTH (DEPTH_MAX - 3)

/* --- From the map ----------------------------------------------------------- */

static bool take_id(struct reader *r, char *to, uint8_t *ret_size)
{
    struct span s = read_string(r, EVENT_ID_MAX);
    if (!event_id_valid(s.bytes, s.size))
        return false;
    memcpy(to, s.bytes, s.size);
    to[s.size] = '\0';
    *ret_size = (uint8_t)s.size;
    return true;
}

static bool take_word(struct reader *r, unsigned (*number_of)(const char *, size_t), uint8_t *ret)
{
    struct span s = read_string(r, EVENT_ID_MAX);
    *ret = (uint8_t)number_of(s.bytes, s.size);
    return *ret != 0;
}

static bool take_fund(struct reader *r, struct fund *ret)
{
    struct span s = read_string(r, FUND_TEXT_MAX);
    return fund_parse_n(s.bytes, s.size, ret);
}

static bool take_date(struct reader *r, date_day *ret)
{
    return date_from_ymd(read_int(r, INT64_MIN, INT64_MAX), ret);
}

static bool take_month(struct reader *r, date_month *ret)
{
    return date_month_from_ym(read_int(r, INT64_MIN, INT64_MAX), ret);
}

static bool take_year(struct reader *r, int32_t *ret)
{
    *ret = (int32_t)read_int(r, DATE_YEAR_MIN, DATE_YEAR_MAX);
    return true;
}

static bool take_amount(struct reader *r, struct amount *ret)
{
    ret->fen = read_int(r, -AMOUNT_EVENT_MAX, AMOUNT_EVENT_MAX);
    if (control("small_money"))
        ret->fen = (int32_t)ret->fen;
    return true;
}

static bool take_count(struct reader *r, int64_t *ret)
{
    *ret = read_int(r, 0, COUNT_MAX);
    return true;
}

static bool take_person(struct reader *r, uint8_t *to)
{
    struct span s = read_binary(r, PERSON_SIZE);
    if (s.size != PERSON_SIZE)
        return false;
    memcpy(to, s.bytes, PERSON_SIZE);
    return true;
}

static bool take_bool(struct reader *r, bool *ret)
{
    *ret = read_bool(r);
    return true;
}

/* What the map says is policy_decode()'s business. */
static bool take_policy(struct reader *r, struct policy_text *ret)
{
    if (read_peek(r) != 'm')
        return false;
    struct span s = read_skip_any(r, POLICY_DEPTH_MAX);
    if (s.size > POLICY_SIZE_MAX)
        return false;
    *ret = (struct policy_text){ (const uint8_t *)s.bytes, s.size };
    return true;
}

#define TAKE_ID(m)       take_id(r, e->m, &e->m##_size)
#define TAKE_KIND(m)     take_word(r, event_kind_of, &e->m)
#define TAKE_CATEGORY(m) take_word(r, event_category_of, &e->m)
#define TAKE_STAGE(m)    take_word(r, event_stage_of, &e->m)
#define TAKE_STATUS(m)   take_word(r, event_status_of, &e->m)
#define TAKE_GROUP(m)    take_word(r, event_group_of, &e->m)
#define TAKE_MEASURE(m)  take_word(r, event_measure_of, &e->m)
#define TAKE_FUND(m)     take_fund(r, &e->m)
#define TAKE_DATE(m)     take_date(r, &e->m)
#define TAKE_YEAR(m)     take_year(r, &e->m)
#define TAKE_MONTH(m)    take_month(r, &e->m)
#define TAKE_AMOUNT(m)   take_amount(r, &e->m)
#define TAKE_COUNT(m)    take_count(r, &e->m)
#define TAKE_PERSON(m)   take_person(r, e->m)
#define TAKE_BOOL(m)     take_bool(r, &e->m)
#define TAKE_POLICY(m)   take_policy(r, &e->m)

/* False, or an error of the reader, if it is no value of the field. */
static bool take_field(struct reader *r, enum event_field field, struct event *e)
{
    switch (field) {
#define FIELD(NAME, key, TYPE, member, sentence) \
    case FIELD_##NAME:                           \
        return TAKE_##TYPE(member);
#include "fund/event.def"
#undef FIELD
    case FIELD_COUNT:
        break;
    }
    return false;
}

/* The field whose key these bytes are, FIELD_COUNT if none. */
static inline enum event_field field_of_size(const char *bytes, size_t size)
{
#define FIELD(NAME, key, TYPE, member, sentence)                            \
    if (size == sizeof key - 1 && memcmp(bytes, key, sizeof key - 1) == 0)  \
        return FIELD_##NAME;
#include "fund/event.def"
#undef FIELD
    return FIELD_COUNT;
}

/* Flattened, so that `size` is a constant at each call, and only the keys of that size are compared. */
[[gnu::flatten]]
static enum event_field field_of(struct span key)
{
    switch (key.size) {
#define SIZE(n) case n: return field_of_size(key.bytes, n);
    SIZE(2) SIZE(3) SIZE(4) SIZE(5) SIZE(6) SIZE(7) SIZE(8) SIZE(9) SIZE(10) SIZE(11) SIZE(12)
#undef SIZE
    default:
        return FIELD_COUNT;
    }
}
#define FIELD(NAME, key, TYPE, member, sentence) \
    static_assert(sizeof key - 1 >= 2 && sizeof key - 1 <= 12, "field_of() has the size");
#include "fund/event.def"
#undef FIELD

/* One event being decoded. */
struct decoding {
    struct reader *r;
    struct event *event;
    uint32_t seen;              /* keys met, good or not */
    size_t policy_size;         /* bytes of the policy, good or not */
    enum reject reject;         /* the first reason */
    char *key;                  /* and its key */
};

/* What is told of a key, and kept, is a key's name: nothing that somebody's data may be. */
static bool is_name(struct span key)
{
    for (uint32_t i = 0; i < key.size; i++) {
        char c = key.bytes[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.')))
            return false;
    }
    return true;
}

static void reject(struct decoding *d, enum reject why, struct span key)
{
    if (d->reject != REJECT_NONE)
        return;
    d->reject = why;
    if (!is_name(key) || !span_copy(key, d->key, EVENT_KEY_MAX + 1))
        d->key[0] = '\0';
}

/* Decodes the value; or notes why not, and steps over it. */
static void decode_value(struct decoding *d, enum event_field field, struct span key)
{
    uint32_t bit = UINT32_C(1) << field;
    const uint8_t *from = d->r->at;
    bool again = (d->seen & bit) && !control("twice_is_once");
    d->seen |= bit;
    if (!again && take_field(d->r, field, d->event) && d->r->err == READ_OK) {
        d->event->present |= bit;
        return;
    }
    reject(d, again ? REJECT_DUPLICATE_FIELD : REJECT_BAD_FIELD, key);
    read_again(d->r, from);
    read_skip_any(d->r, field == FIELD_POLICY ? POLICY_DEPTH_MAX : FIELD_DEPTH);
}

static void decode_pair(struct decoding *d)
{
    if (read_peek(d->r) != 's') {
        reject(d, REJECT_BAD_FIELD, (struct span){ "", 0 });
        read_skip_any(d->r, FIELD_DEPTH);
        read_skip_any(d->r, FIELD_DEPTH);
        return;
    }
    struct span key = read_string(d->r, UINT32_MAX);
    enum event_field field = field_of(key);
    const uint8_t *from = d->r->at;
    if (field < FIELD_COUNT) {
        decode_value(d, field, key);
    } else {
        reject(d, REJECT_UNKNOWN_FIELD, key);
        read_skip_any(d->r, FIELD_DEPTH);
    }
    if (field == FIELD_POLICY)
        d->policy_size = (size_t)(d->r->at - from);
}

static struct span key_span(enum event_field field)
{
    const char *key = event_field_key(field);
    return (struct span){ key, (uint32_t)strlen(key) };
}

static bool policy_is_bad(const struct event *event)
{
    struct policy policy;
    return policy_decode(event->policy, &policy) != NULL;
}

/* What can only be said of the event as a whole. */
static void decode_whole(struct decoding *d, size_t size)
{
    const struct event *event = d->event;
    if (size - d->policy_size > EVENT_SIZE_MAX) {
        d->reject = REJECT_BAD_FIELD;
        d->key[0] = '\0';
    }
    if (d->reject != REJECT_NONE)
        return;
    if (event_has(event, FIELD_POLICY) && policy_is_bad(event))
        reject(d, REJECT_BAD_POLICY, key_span(FIELD_POLICY));
    enum event_field field = FIELD_ID;
    enum reject why = event_check(event, &field);
    if (why != REJECT_NONE)
        reject(d, why, key_span(field));
}

#define CLEAR_ID(m)       (e->m[0] = '\0', e->m##_size = 0)
#define CLEAR_KIND(m)     (e->m = 0)
#define CLEAR_CATEGORY(m) (e->m = 0)
#define CLEAR_STAGE(m)    (e->m = 0)
#define CLEAR_STATUS(m)   (e->m = 0)
#define CLEAR_GROUP(m)    (e->m = 0)
#define CLEAR_MEASURE(m)  (e->m = 0)
#define CLEAR_FUND(m)     (e->m = (struct fund){ .place = 0 })
#define CLEAR_DATE(m)     (e->m = 0)
#define CLEAR_YEAR(m)     (e->m = 0)
#define CLEAR_MONTH(m)    (e->m = 0)
#define CLEAR_AMOUNT(m)   (e->m.fen = 0)
#define CLEAR_COUNT(m)    (e->m = 0)
#define CLEAR_PERSON(m)   memset(e->m, 0, PERSON_SIZE)
#define CLEAR_BOOL(m)     (e->m = false)
#define CLEAR_POLICY(m)   (e->m = (struct policy_text){ .bytes = NULL })

/* Field by field and not with memset(): more than half of an event are bytes behind the ends
 * of its strings, which nobody reads. */
static void clear(struct event *e)
{
    e->present = 0;
#define FIELD(NAME, key, TYPE, member, sentence) CLEAR_##TYPE(member);
#include "fund/event.def"
#undef FIELD
}

enum reject event_decode(struct reader *r, struct event *ret, char *ret_key)
{
    struct decoding d = { .r = r, .event = ret, .key = ret_key };
    const uint8_t *from = r->at;
    clear(ret);
    ret_key[0] = '\0';
    if (read_peek(r) != 'm') {
        read_skip_any(r, FIELD_DEPTH + 1);
        return REJECT_BAD_FIELD;
    }
    uint32_t pairs = read_map(r, UINT32_MAX);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++)
        decode_pair(&d);
    if (r->err != READ_OK)
        return REJECT_BAD_FIELD;
    /* "not derived" is what an absent field says: one form for one content. */
    if (!ret->derived)
        ret->present &= ~(UINT32_C(1) << FIELD_DERIVED);
    decode_whole(&d, (size_t)(r->at - from));
    return d.reject;
}

/* --- To the map ------------------------------------------------------------- */

static void write_fund(struct writer *w, struct fund fund)
{
    char text[FUND_TEXT_MAX];
    write_string(w, fund_format(fund, text));
}

#define WRITE_ID(m)       write_string_n(w, e->m, e->m##_size)
#define WRITE_KIND(m)     write_string(w, event_kind_word(e->m))
#define WRITE_CATEGORY(m) write_string(w, event_category_word(e->m))
#define WRITE_STAGE(m)    write_string(w, event_stage_word(e->m))
#define WRITE_STATUS(m)   write_string(w, event_status_word(e->m))
#define WRITE_GROUP(m)    write_string(w, event_group_word(e->m))
#define WRITE_MEASURE(m)  write_string(w, event_measure_word(e->m))
#define WRITE_FUND(m)     write_fund(w, e->m)
#define WRITE_DATE(m)     write_int(w, date_to_ymd(e->m))
#define WRITE_YEAR(m)     write_int(w, e->m)
#define WRITE_MONTH(m)    write_int(w, date_month_to_ym(e->m))
#define WRITE_AMOUNT(m)   write_int(w, e->m.fen)
#define WRITE_COUNT(m)    write_int(w, e->m)
#define WRITE_PERSON(m)   write_binary(w, e->m, PERSON_SIZE)
#define WRITE_BOOL(m)     write_bool(w, e->m)
#define WRITE_POLICY(m)   write_raw(w, e->m.bytes, e->m.size)

static void encode_fields(struct writer *w, const struct event *e)
{
#define FIELD(NAME, key, TYPE, member, sentence)    \
    if (event_has(e, FIELD_##NAME)) {               \
        write_string_n(w, key, sizeof key - 1);     \
        WRITE_##TYPE(member);                       \
    }
#include "fund/event.def"
#undef FIELD
}

void event_encode(struct writer *w, const struct event *e)
{
    write_map(w, (uint32_t)__builtin_popcount(e->present));
    encode_fields(w, e);
}

/* --- What may be kept ------------------------------------------------------- */

static void forget_field(struct event *event, enum event_field field)
{
    event->present &= ~(UINT32_C(1) << field);
}

/* The event without what is no field of it, not what it must be, or nobody's business. */
static bool is_whole(struct span sent, struct event *ret)
{
    char key[EVENT_KEY_MAX + 1];
    struct reader r = reader_of(sent.bytes, sent.size);
    enum reject why = event_decode(&r, ret, key);
    bool whole = reader_end(&r) == READ_OK && why != REJECT_UNKNOWN_FIELD
        && why != REJECT_DUPLICATE_FIELD && why != REJECT_BAD_FIELD && why != REJECT_BAD_POLICY;
    if (event_has(ret, FIELD_PERSON) && !event_person_is_hash(ret->person)) {
        forget_field(ret, FIELD_PERSON);
        whole = false;
    }
    if (event_has(ret, FIELD_POLICY) && policy_is_bad(ret)) {
        forget_field(ret, FIELD_POLICY);
        whole = false;
    }
    return whole;
}

bool event_scrub(struct writer *w, struct span sent)
{
    struct event event;
    uint8_t digest[DIGEST_SIZE];
    if (is_whole(sent, &event)) {
        write_raw(w, sent.bytes, sent.size);
        return true;
    }
    hash_digest(sent.bytes, sent.size, digest);
    write_map(w, (uint32_t)__builtin_popcount(event.present) + 1);
    encode_fields(w, &event);
    write_string(w, "rest");
    write_binary(w, digest, sizeof digest);
    return false;
}

/* --- To canonical bytes ----------------------------------------------------- */

static uint8_t *put_bytes(uint8_t *to, const void *bytes, size_t size)
{
    memcpy(to, bytes, size);
    return to + size;
}

/* The low `width` bytes of n, little-endian. */
static uint8_t *put_fixed(uint8_t *to, uint64_t n, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        to[i] = (uint8_t)(n >> 8 * i);
    return to + width;
}

static uint8_t *put_varint(uint8_t *to, int64_t value)
{
    uint64_t n = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    while (n >= 0x80) {
        *to++ = (uint8_t)(n | 0x80);
        n >>= 7;
    }
    *to++ = (uint8_t)n;
    return to;
}

static uint8_t *put_id(uint8_t *to, const char *id, uint8_t size)
{
    assert(size <= EVENT_ID_MAX);
    *to++ = size;
    return put_bytes(to, id, size);
}

static uint8_t *put_fund(uint8_t *to, struct fund fund)
{
    return put_fixed(put_fixed(to, fund.place, 4), fund.scheme, 2);
}

static uint8_t *put_policy(uint8_t *to, struct policy_text policy)
{
    assert(policy.size <= POLICY_SIZE_MAX);
    return put_bytes(put_fixed(to, policy.size, 2), policy.bytes, policy.size);
}

#define PUT_ID(m)       put_id(to, e->m, e->m##_size)
#define PUT_KIND(m)     put_fixed(to, e->m, 1)
#define PUT_CATEGORY(m) put_fixed(to, e->m, 1)
#define PUT_STAGE(m)    put_fixed(to, e->m, 1)
#define PUT_STATUS(m)   put_fixed(to, e->m, 1)
#define PUT_GROUP(m)    put_fixed(to, e->m, 1)
#define PUT_MEASURE(m)  put_fixed(to, e->m, 1)
#define PUT_FUND(m)     put_fund(to, e->m)
#define PUT_DATE(m)     put_fixed(to, (uint32_t)e->m, 4)
#define PUT_YEAR(m)     put_fixed(to, (uint32_t)e->m, 2)
#define PUT_MONTH(m)    put_fixed(to, (uint32_t)e->m, 4)
#define PUT_AMOUNT(m)   put_varint(to, e->m.fen)
#define PUT_COUNT(m)    put_varint(to, e->m)
#define PUT_PERSON(m)   put_bytes(to, e->m, PERSON_SIZE)
#define PUT_BOOL(m)     put_fixed(to, e->m, 1)
#define PUT_POLICY(m)   put_policy(to, e->m)

#define ROOM_VARINT   10        /* of any int64 */
#define ROOM_ID       (1 + EVENT_ID_MAX)
#define ROOM_KIND     1
#define ROOM_CATEGORY 1
#define ROOM_STAGE    1
#define ROOM_STATUS   1
#define ROOM_GROUP    1
#define ROOM_MEASURE  1
#define ROOM_FUND     6
#define ROOM_DATE     4
#define ROOM_YEAR     2
#define ROOM_MONTH    4
#define ROOM_AMOUNT   ROOM_VARINT
#define ROOM_COUNT    ROOM_VARINT
#define ROOM_PERSON   PERSON_SIZE
#define ROOM_BOOL     1
#define ROOM_POLICY   2         /* and the policy's bytes */
#define FIELD(NAME, key, TYPE, member, sentence) + ROOM_##TYPE
static_assert(4
#include "fund/event.def"
              <= CANONICAL_MAX, "any event has room");
#undef FIELD

size_t event_to_canonical(const struct event *e, uint8_t *to)
{
    const uint8_t *start = to;
    to = put_fixed(to, e->present, 4);
#define FIELD(NAME, key, TYPE, member, sentence) \
    if (event_has(e, FIELD_##NAME))              \
        to = PUT_##TYPE(member);
#include "fund/event.def"
#undef FIELD
    return (size_t)(to - start);
}

void event_digest(const struct event *event, uint8_t ret[DIGEST_SIZE])
{
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX];
    hash_digest(bytes, event_to_canonical(event, bytes), ret);
}

/* --- From canonical bytes --------------------------------------------------- */

/* Never moves beyond `end`; `bad` is sticky. */
struct cursor {
    const uint8_t *at, *end;
    bool bad;
};

/* The next `size` bytes; NULL, and `bad`, if there are fewer. */
static const uint8_t *get_bytes(struct cursor *c, size_t size)
{
    if (c->bad || size > (size_t)(c->end - c->at)) {
        c->bad = true;
        return NULL;
    }
    c->at += size;
    return c->at - size;
}

static uint64_t get_fixed(struct cursor *c, unsigned width)
{
    const uint8_t *at = get_bytes(c, width);
    uint64_t n = 0;
    for (unsigned i = 0; at != NULL && i < width; i++)
        n |= (uint64_t)at[i] << 8 * i;
    return n;
}

static int64_t get_fixed_in(struct cursor *c, unsigned width, int64_t min, int64_t max)
{
    int64_t n = (int64_t)get_fixed(c, width);
    if (n < min || n > max)
        c->bad = true;
    return n;
}

/* Refuses a last byte of 0: the value has a shorter form. */
static int64_t get_varint(struct cursor *c, int64_t min, int64_t max)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = get_fixed(c, 1);
        n |= (byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        int64_t value = (int64_t)(n >> 1 ^ -(n & 1));
        if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1) || value < min || value > max)
            c->bad = true;
        return value;
    }
    c->bad = true;
    return 0;
}

static void get_id(struct cursor *c, char *to, uint8_t *ret_size)
{
    uint8_t size = (uint8_t)get_fixed(c, 1);
    const char *bytes = (const char *)get_bytes(c, size);
    if (bytes == NULL || !event_id_valid(bytes, size)) {
        c->bad = true;
        return;
    }
    memcpy(to, bytes, size);
    *ret_size = size;
}

static uint8_t get_word(struct cursor *c, const char *(*word_of)(unsigned))
{
    uint8_t n = (uint8_t)get_fixed(c, 1);
    if (n == 0 || word_of(n) == NULL)
        c->bad = true;
    return n;
}

static struct fund get_fund(struct cursor *c)
{
    struct fund fund = { .place = (uint32_t)get_fixed(c, 4) };
    fund.scheme = (uint16_t)get_fixed(c, 2);
    if (!fund_valid(fund))
        c->bad = true;
    return fund;
}

static date_day get_date(struct cursor *c)
{
    date_day first = 0, last = 0;
    bool known = date_from_civil(DATE_YEAR_MIN, 1, 1, &first)
                 && date_from_civil(DATE_YEAR_MAX, 12, 31, &last);
    assert(known);
    return (date_day)get_fixed_in(c, 4, first, last);
}

static void get_person(struct cursor *c, uint8_t *to)
{
    const uint8_t *bytes = get_bytes(c, PERSON_SIZE);
    if (bytes != NULL)
        memcpy(to, bytes, PERSON_SIZE);
}

static struct policy_text get_policy(struct cursor *c)
{
    uint32_t size = (uint32_t)get_fixed_in(c, 2, 1, POLICY_SIZE_MAX);
    return (struct policy_text){ get_bytes(c, size), size };
}

#define GET_ID(m)       get_id(&c, e->m, &e->m##_size)
#define GET_KIND(m)     e->m = get_word(&c, event_kind_word)
#define GET_CATEGORY(m) e->m = get_word(&c, event_category_word)
#define GET_STAGE(m)    e->m = get_word(&c, event_stage_word)
#define GET_STATUS(m)   e->m = get_word(&c, event_status_word)
#define GET_GROUP(m)    e->m = get_word(&c, event_group_word)
#define GET_MEASURE(m)  e->m = get_word(&c, event_measure_word)
#define GET_FUND(m)     e->m = get_fund(&c)
#define GET_DATE(m)     e->m = get_date(&c)
#define GET_YEAR(m)     e->m = (int32_t)get_fixed_in(&c, 2, DATE_YEAR_MIN, DATE_YEAR_MAX)
#define GET_MONTH(m)    e->m = (date_month)get_fixed_in(&c, 4, MONTH_MIN, MONTH_MAX)
#define GET_AMOUNT(m)   e->m.fen = get_varint(&c, -AMOUNT_EVENT_MAX, AMOUNT_EVENT_MAX)
#define GET_COUNT(m)    e->m = get_varint(&c, 0, COUNT_MAX)
#define GET_PERSON(m)   get_person(&c, e->m)
#define GET_BOOL(m)     e->m = get_fixed_in(&c, 1, 0, 1)
#define GET_POLICY(m)   e->m = get_policy(&c)

int event_from_canonical(const uint8_t *bytes, size_t size, struct event *ret)
{
    struct cursor c = { .at = bytes, .end = bytes + size };
    struct event event = { 0 };
    struct event *e = &event;
    e->present = (uint32_t)get_fixed_in(&c, 4, 1, (INT64_C(1) << FIELD_COUNT) - 1);
#define FIELD(NAME, key, TYPE, member, sentence) \
    if (event_has(e, FIELD_##NAME))              \
        GET_##TYPE(member);
#include "fund/event.def"
#undef FIELD
    if (c.bad || (c.at != c.end && !control("tail_ignored")))
        return -EILSEQ;
    *ret = event;
    return 0;
}

static_assert(FIELD_ID == 0 && FIELD_KIND == 1, "what comes first in canonical bytes");

int event_id_of_canonical(const uint8_t *bytes, size_t size, struct span *ret_id, uint8_t *ret_kind)
{
    struct cursor c = { .at = bytes, .end = bytes + size };
    uint64_t both = UINT64_C(1) << FIELD_ID | UINT64_C(1) << FIELD_KIND;
    uint64_t present = get_fixed(&c, 4);
    uint8_t id_size = (uint8_t)get_fixed(&c, 1);
    const char *id = (const char *)get_bytes(&c, id_size);
    uint8_t kind = (uint8_t)get_fixed(&c, 1);
    if (c.bad || (present & both) != both || !event_id_valid(id, id_size))
        return -EILSEQ;
    *ret_id = (struct span){ id, id_size };
    *ret_kind = kind;
    return 0;
}
