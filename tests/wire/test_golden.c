/* Every example of docs/PROTOCOL.md 11 is what our encoder writes and our decoder reads. */
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/wire/example.h"
#include "tests/wire/sample.h"
#include "wire/alert_codec.h"
#include "wire/batch.h"
#include "wire/event_codec.h"
#include "wire/hash.h"
#include "wire/policy_codec.h"

static struct writer w;

static void setup(void)
{
    ck_assert_int_eq(hash_init(), 0);
    writer_init(&w);
}

static void teardown(void)
{
    writer_free(&w);
}

static void assert_wrote(const struct example *e)
{
    ck_assert_int_eq(w.err, 0);
    ck_assert_uint_eq(w.size, e->size);
    ck_assert_mem_eq(w.bytes, e->bytes, e->size);
}

static struct event decode_good(struct reader *r)
{
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    enum reject why = event_decode(r, &event, key);
    ck_assert_msg(why == REJECT_NONE, "%s %s", reject_code(why), key);
    return event;
}

static void check_batch(const struct example *e)
{
    struct reader r = reader_of(e->bytes, e->size);
    struct batch_head head;
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_NOT);
    batch_write_head(&w, &head);
    for (unsigned i = 0; i < head.count; i++) {
        struct event event = decode_good(&r);
        event_encode(&w, &event);
    }
    ck_assert_int_eq(reader_end(&r), READ_OK);
}

static void check_event(const struct example *e)
{
    struct reader r = reader_of(e->bytes, e->size);
    struct event event = decode_good(&r);
    ck_assert_int_eq(reader_end(&r), READ_OK);
    event_encode(&w, &event);
}

static void check_policy(const struct example *e)
{
    struct policy policy;
    const char *wrong = policy_decode((struct policy_text){ e->bytes, (uint32_t)e->size }, &policy);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    policy_encode(&w, &policy);
}

static void check_reply(const struct example *e)
{
    struct reply reply;
    struct exception exceptions[8];
    ck_assert(reply_read(e->bytes, e->size, &reply, exceptions, 8));
    reply_write(&w, &reply, exceptions);
}

static void check_alert(const struct example *e)
{
    struct reader r = reader_of(e->bytes, e->size);
    struct alert alert;
    ck_assert(alert_decode(&r, &alert));
    ck_assert_int_eq(reader_end(&r), READ_OK);
    alert_encode(&w, &alert);
}

static void check_heartbeat(const struct example *e)
{
    struct reader r = reader_of(e->bytes, e->size);
    struct heartbeat beat;
    ck_assert(heartbeat_decode(&r, &beat));
    ck_assert_int_eq(reader_end(&r), READ_OK);
    heartbeat_encode(&w, &beat);
}

static void copy_value(struct reader *r);

static void copy_items(struct reader *r, uint32_t items)
{
    for (uint32_t i = 0; i < items; i++)
        copy_value(r);
}

static void copy_value(struct reader *r)
{
    struct span s;
    uint32_t n;
    switch (read_peek(r)) {
    case 'm':
        write_map(&w, n = read_map(r, 100));
        copy_items(r, 2 * n);
        break;
    case 'a':
        write_array(&w, n = read_array(r, 100));
        copy_items(r, n);
        break;
    case 's':
        s = read_string(r, 1000);
        write_string_n(&w, s.bytes, s.size);
        break;
    case 'b':
        s = read_binary(r, 1000);
        write_binary(&w, s.bytes, s.size);
        break;
    case 'i':
        write_int(&w, read_int(r, INT64_MIN, INT64_MAX));
        break;
    case 't':
        write_bool(&w, read_bool(r));
        break;
    default:
        ck_abort_msg("a value of no type");
    }
}

/* Queries and answers have no codec here; that they are in the shortest form is checked. */
static void check_form(const struct example *e)
{
    struct reader r = reader_of(e->bytes, e->size);
    copy_value(&r);
    ck_assert_int_eq(reader_end(&r), READ_OK);
}

static void check_canonical(const struct example *e)
{
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX];
    const struct example *map = example("event", e->name);
    struct reader r = reader_of(map->bytes, map->size);
    struct event event = decode_good(&r), back;
    write_raw(&w, bytes, event_to_canonical(&event, bytes));
    ck_assert_int_eq(event_from_canonical(e->bytes, e->size, &back), 0);
    assert_same_event(&event, &back);
}

static void check_digest(const struct example *e)
{
    uint8_t digest[DIGEST_SIZE];
    const struct example *map = example("event", e->name);
    struct reader r = reader_of(map->bytes, map->size);
    struct event event = decode_good(&r);
    event_digest(&event, digest);
    write_raw(&w, digest, sizeof digest);
}

static const struct {
    const char *kind;
    void (*check)(const struct example *e);
} checks[] = {
    { "batch", check_batch }, { "event", check_event }, { "policy", check_policy },
    { "reply", check_reply }, { "alert", check_alert }, { "heartbeat", check_heartbeat },
    { "query", check_form }, { "answer", check_form },
    { "canonical", check_canonical }, { "digest", check_digest },
};

START_TEST(an_example_of_the_protocol_is_what_we_read_and_write)
{
    unsigned count;
    const struct example *e = &examples(&count)[_i];
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (strcmp(checks[i].kind, e->kind) == 0) {
            checks[i].check(e);
            assert_wrote(e);
            return;
        }
    }
    ck_abort_msg("nobody knows examples of kind %s", e->kind);
}
END_TEST

START_TEST(every_kind_of_event_has_an_example)
{
    uint32_t kinds = 0;
    unsigned count;
    const struct example *e = examples(&count);
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(e[i].kind, "event") == 0) {
            struct reader r = reader_of(e[i].bytes, e[i].size);
            kinds |= 1u << decode_good(&r).kind;
        }
    }
    ck_assert_uint_eq(kinds, (1u << KIND_END) - 2);
}
END_TEST

START_TEST(the_batch_says_what_is_beside_its_bytes)
{
    const struct example *e = example("batch", "two-events");
    struct reader r = reader_of(e->bytes, e->size);
    struct batch_head head;
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_NOT);
    ck_assert_uint_eq(head.ref, 7);
    ck_assert_str_eq(head.source, "platform-13");
    ck_assert_str_eq(head.issuer, "hospital-0123");
    ck_assert_uint_eq(head.sequence, 41);
    ck_assert_uint_eq(head.count, 2);

    struct event event = decode_good(&r);
    ck_assert_str_eq(event.id, "setl-8800123");
    ck_assert_int_eq(event.kind, KIND_SETTLEMENT);
    ck_assert_uint_eq(event.fund.place, 130207);
    ck_assert_uint_eq(event.fund.scheme, SCHEME_RESIDENT);
    ck_assert_int_eq(event.date, 20088);
    ck_assert_int_eq(event.amount.fen, 321456);
    ck_assert_int_eq(event.category, CATEGORY_INPATIENT);
    ck_assert_int_eq(event.person[15], 15);
    ck_assert_int_eq(event.person_key, 1);
    ck_assert_str_eq(event.institution, "H13020700123");
    ck_assert_int_eq(event.cost.fen, 600000);
    ck_assert_int_eq(event.in_policy.fen, 510000);
    ck_assert_int_eq(event.catastrophic.fen, 1000);
    ck_assert_int_eq(event.funds_total.fen, 322456);
    ck_assert_int_eq(event.self_pay.fen, 277544);
    ck_assert_int_eq(event.group, GROUP_PART);

    event = decode_good(&r);
    ck_assert_str_eq(event.original, "setl-8800123");
}
END_TEST

START_TEST(the_reply_says_what_is_beside_its_bytes)
{
    const struct example *e = example("reply", "exceptions");
    struct reply reply;
    struct exception x[3];
    ck_assert(reply_read(e->bytes, e->size, &reply, x, 3));
    ck_assert_int_eq(reply.status, BATCH_DONE);
    ck_assert_uint_eq(reply.position, 4714);
    ck_assert_uint_eq(reply.applied, 5);
    ck_assert_uint_eq(reply.covered, 900);
    ck_assert_uint_eq(reply.window, 8);
    ck_assert_uint_eq(reply.exception_count, 3);
    ck_assert_int_eq(x[0].outcome, OUTCOME_DUPLICATE);
    ck_assert_uint_eq(x[0].last, 1);
    ck_assert_uint_eq(x[0].position, 4000);
    ck_assert_int_eq(x[1].outcome, OUTCOME_CONFLICT);
    ck_assert_int_eq(x[2].outcome, OUTCOME_REJECTED);
    ck_assert_int_eq(x[2].reject, REJECT_UNKNOWN_FIELD);
    ck_assert_str_eq(x[2].key, "ammount");
}
END_TEST

/* Both tools print the difference. */
START_TEST(the_generated_parts_of_the_page_are_up_to_date)
{
    ck_assert_int_eq(system("tools/protocol-tables --check"), 0);
    ck_assert_int_eq(system("tools/protocol-examples --check"), 0);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("golden");
    TCase *tc = tcase_create("golden");
    unsigned count;
    examples(&count);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, an_example_of_the_protocol_is_what_we_read_and_write, 0, (int)count);
    tcase_add_test(tc, every_kind_of_event_has_an_example);
    tcase_add_test(tc, the_batch_says_what_is_beside_its_bytes);
    tcase_add_test(tc, the_reply_says_what_is_beside_its_bytes);
    tcase_add_test(tc, the_generated_parts_of_the_page_are_up_to_date);
    suite_add_tcase(s, tc);
    return s;
}
