/* assert and not Check: the fuzzers link this too. */
#include "tests/wire/swallow.h"

#include <assert.h>
#include <string.h>

#include "wire/alert_codec.h"
#include "wire/batch.h"
#include "wire/event_codec.h"
#include "wire/policy_codec.h"

#define CANONICAL_ROOM (CANONICAL_MAX + POLICY_SIZE_MAX)

static void assert_same(const struct writer *a, const struct writer *b)
{
    assert(a->err == 0 && b->err == 0);
    assert(a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0);
}

/* A good event is the same from its map, written again, and from its canonical bytes. */
static void assert_event_comes_back(const struct event *event)
{
    static uint8_t bytes[CANONICAL_ROOM], again[CANONICAL_ROOM];
    struct event back;
    struct writer w;
    char key[EVENT_KEY_MAX + 1];
    size_t size = event_to_canonical(event, bytes);
    assert(event_from_canonical(bytes, size, &back) == 0);
    assert(event_to_canonical(&back, again) == size && memcmp(bytes, again, size) == 0);

    writer_init(&w);
    event_encode(&w, event);
    struct reader r = reader_of(w.bytes, w.size);
    assert(event_decode(&r, &back, key) == REJECT_NONE && reader_end(&r) == READ_OK);
    assert(event_to_canonical(&back, again) == size && memcmp(bytes, again, size) == 0);
    writer_free(&w);
}

/* What may be kept of an event is an event only if it is the whole of it. */
static void assert_scrubs(struct span sent, enum reject why)
{
    struct writer w;
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    writer_init(&w);
    bool whole = event_scrub(&w, sent);
    struct reader r = reader_of(w.bytes, w.size);
    enum reject again = event_decode(&r, &event, key);
    assert(w.err == 0 && reader_end(&r) == READ_OK);
    assert(whole ? again == why : again != REJECT_NONE && why != REJECT_NONE);
    writer_free(&w);
}

bool swallow_batch(const uint8_t *bytes, size_t size)
{
    struct batch_head head;
    struct reader r = reader_of(bytes, size);
    if (batch_read_head(&r, &head) != REFUSED_NOT)
        return false;
    assert(source_name_valid(head.source, strlen(head.source)));
    assert(source_name_valid(head.issuer, strlen(head.issuer)));
    for (uint32_t i = 0; i < head.count && r.err == READ_OK; i++) {
        struct event event;
        char key[EVENT_KEY_MAX + 1];
        const uint8_t *from = r.at;
        enum reject why = event_decode(&r, &event, key);
        if (r.err == READ_OK)
            assert_scrubs((struct span){ (const char *)from, (uint32_t)(r.at - from) }, why);
        assert(r.err == READ_OK || why != REJECT_NONE);
        assert(span_is_text((struct span){ key, (uint32_t)strlen(key) }));
        if (why == REJECT_NONE)
            assert_event_comes_back(&event);
    }
    return reader_end(&r) == READ_OK;
}

bool swallow_event(const uint8_t *bytes, size_t size)
{
    struct event event;
    static uint8_t again[CANONICAL_ROOM];
    if (event_from_canonical(bytes, size, &event) != 0)
        return false;
    assert(event_to_canonical(&event, again) == size && memcmp(bytes, again, size) == 0);
    return true;
}

bool swallow_reply(const uint8_t *bytes, size_t size)
{
    static struct exception exceptions[REPLY_EXCEPTIONS_MAX], back_exceptions[REPLY_EXCEPTIONS_MAX];
    struct reply reply, back;
    struct writer first, second;
    if (!reply_read(bytes, size, &reply, exceptions, REPLY_EXCEPTIONS_MAX))
        return false;
    writer_init(&first);
    writer_init(&second);
    reply_write(&first, &reply, exceptions);
    assert(reply_read(first.bytes, first.size, &back, back_exceptions, REPLY_EXCEPTIONS_MAX));
    reply_write(&second, &back, back_exceptions);
    assert_same(&first, &second);
    writer_free(&first);
    writer_free(&second);
    return true;
}

static bool swallow_heartbeat(const uint8_t *bytes, size_t size)
{
    struct heartbeat beat;
    struct reader r = reader_of(bytes, size);
    return heartbeat_decode(&r, &beat) && reader_end(&r) == READ_OK;
}

bool swallow_alert(const uint8_t *bytes, size_t size)
{
    struct alert alert, back;
    struct writer first, second;
    char topic[TOPIC_MAX + 1];
    struct reader r = reader_of(bytes, size);
    if (!alert_decode(&r, &alert) || reader_end(&r) != READ_OK)
        return swallow_heartbeat(bytes, size);
    alert_topic(&alert, topic);
    writer_init(&first);
    writer_init(&second);
    alert_encode(&first, &alert);
    r = reader_of(first.bytes, first.size);
    assert(alert_decode(&r, &back) && reader_end(&r) == READ_OK);
    alert_encode(&second, &back);
    assert_same(&first, &second);
    writer_free(&first);
    writer_free(&second);
    return true;
}

bool swallow_policy(const uint8_t *bytes, size_t size)
{
    struct policy policy, back;
    struct writer first, second;
    if (size > UINT32_MAX)
        return false;
    if (policy_decode((struct policy_text){ bytes, (uint32_t)size }, &policy) != NULL)
        return false;
    writer_init(&first);
    writer_init(&second);
    policy_encode(&first, &policy);
    struct policy_text text = { (const uint8_t *)first.bytes, (uint32_t)first.size };
    assert(policy_decode(text, &back) == NULL);
    policy_encode(&second, &back);
    assert_same(&first, &second);
    writer_free(&first);
    writer_free(&second);
    return true;
}
