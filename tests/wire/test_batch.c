#include <string.h>

#include "tests/suite.h"
#include "tests/wire/example.h"
#include "wire/batch.h"

#define BYTES(literal) literal, sizeof literal - 1
#define COUNT_OF(a) (int)(sizeof (a) / sizeof (a)[0])

static struct writer w;

static void setup(void)
{
    writer_init(&w);
}

static void teardown(void)
{
    writer_free(&w);
}

/* --- Heads ---------------------------------------------------------------------- */

/* Heads as raw bytes: a map's head and then pairs, of which these are the good ones. */
#define V       "\xa1v\x01"
#define TYPE    "\xa4type\xa5" "batch"
#define REF     "\xa3ref\x07"
#define SOURCE  "\xa6source\xa3tax"
#define ISSUER  "\xa6issuer\xa2h1"
#define SEQ     "\xa8sequence\x29"
#define EVENTS  "\xa6" "events\x90"

#define TOLD    "\xa4told\x92\x05\x07"
#define GONE    "\xa9" "forgotten\x92\x04\x03"
#define WAITS   "\xa7waiting\x92\x10\x20"

static const struct {
    const char *bytes;
    size_t size;
    enum refusal refusal;
    uint64_t ref;
} heads[] = {
    { BYTES("\x85" V TYPE REF SOURCE EVENTS), REFUSED_NOT, 7 },
    { BYTES("\x87" V TYPE REF SOURCE ISSUER SEQ EVENTS), REFUSED_NOT, 7 },
    { BYTES("\x88" V TYPE REF SOURCE TOLD GONE WAITS EVENTS), REFUSED_NOT, 7 },
    { BYTES("\x86" V TYPE REF SOURCE WAITS EVENTS), REFUSED_NOT, 7 },
    { BYTES("\x87" V TYPE REF SOURCE WAITS WAITS EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF SOURCE "\xa4told\x91\x05" EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF SOURCE "\xa4told\x93\x05\x05\x05" EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF SOURCE "\xa4told\x92\x05\xff" EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF SOURCE "\xa4told\x05" EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF SOURCE "\xa7waiting\x92\x05\xa1x" EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x85" SOURCE REF TYPE V EVENTS), REFUSED_NOT, 7 },
    /* the version is looked at first, whatever else there is */
    { BYTES("\x84" TYPE REF SOURCE EVENTS), REFUSED_VERSION, 7 },
    { BYTES("\x85\xa1v\x02" TYPE REF SOURCE EVENTS), REFUSED_VERSION, 7 },
    { BYTES("\x85\xa1v\xff" TYPE REF SOURCE EVENTS), REFUSED_VERSION, 7 },
    { BYTES("\x82\xa1v\x02\xa4" "body\xca\x00\x00\x00\x00"), REFUSED_VERSION, 0 },
    { BYTES("\x83\xa3new\x91\x01" REF "\xa1v\x02"), REFUSED_VERSION, 7 },
    { BYTES("\x80"), REFUSED_VERSION, 0 },
    /* not this protocol's map */
    { BYTES(""), REFUSED_MALFORMED, 0 },
    { BYTES("\x90"), REFUSED_MALFORMED, 0 },
    { BYTES("\x85" V TYPE REF SOURCE), REFUSED_MALFORMED, 7 },
    { BYTES("\x85\xa1v\xa1" "1" TYPE REF SOURCE EVENTS), REFUSED_MALFORMED, 0 },
    { BYTES("\x85" V "\xa4type\xa5reply" REF SOURCE EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x84" V REF SOURCE EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x84" V TYPE SOURCE EVENTS), REFUSED_MALFORMED, 0 },
    { BYTES("\x84" V TYPE REF EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x84" V TYPE REF SOURCE), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF REF SOURCE EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF "\xa4what\x01" SOURCE EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF "\x05\x01" SOURCE EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x85" V TYPE EVENTS REF SOURCE),
      REFUSED_MALFORMED, 0 },           /* events are last */
    { BYTES("\x85" V TYPE "\xa3ref\xff" SOURCE EVENTS), REFUSED_MALFORMED, 0 },
    { BYTES("\x85" V TYPE "\xa3ref\xcf\x80\x00\x00\x00\x00\x00\x00\x00" SOURCE EVENTS),
      REFUSED_MALFORMED, 0 },
    { BYTES("\x85" V TYPE "\xa3ref\xcf\x7f\xff\xff\xff\xff\xff\xff\xff" SOURCE EVENTS),
      REFUSED_NOT, INT64_MAX },
    { BYTES("\x86" V TYPE REF SOURCE "\xa8sequence\x00" EVENTS), REFUSED_MALFORMED, 7 },
    { BYTES("\x86" V TYPE REF SOURCE "\xa8sequence\xca\x3f\x80\x00\x00" EVENTS),
      REFUSED_MALFORMED, 7 },
    { BYTES("\x85" V TYPE REF SOURCE "\xa6" "events\x80"), REFUSED_MALFORMED, 7 },
    { BYTES("\x85" V TYPE REF SOURCE "\xa6" "events\x92\x80"), REFUSED_MALFORMED, 7 },
    { BYTES("\x85" V TYPE REF SOURCE "\xa6" "events\xdd\xff\xff\xff\xff"), REFUSED_MALFORMED, 7 },
    { BYTES("\xdf\xff\xff\xff\xff" V), REFUSED_MALFORMED, 0 },
    { BYTES("\x85" V TYPE REF "\xa6source\x05" EVENTS), REFUSED_MALFORMED, 7 },
    /* names */
    { BYTES("\x85" V TYPE REF "\xa6source\xa0" EVENTS), REFUSED_SOURCE, 7 },
    { BYTES("\x85" V TYPE REF "\xa6source\xa3" "a b" EVENTS), REFUSED_SOURCE, 7 },
    { BYTES("\x86" V TYPE REF SOURCE "\xa6issuer\xa3" "a/b" EVENTS), REFUSED_SOURCE, 7 },
    { BYTES("\x85" V TYPE REF "\xa6source\xd9\x31"
            "0123456789012345678901234567890123456789012345678" EVENTS),
      REFUSED_SOURCE, 7 },
    { BYTES("\x85" V TYPE REF "\xa6source\xd9\x30"
            "012345678901234567890123456789012345678901234567" EVENTS),
      REFUSED_NOT, 7 },
};

START_TEST(a_head_is_read_or_refused_with_its_ref)
{
    struct batch_head head;
    memset(&head, 0x55, sizeof head);
    struct reader r = reader_of(heads[_i].bytes, heads[_i].size);
    enum refusal refusal = batch_read_head(&r, &head);
    ck_assert_str_eq(refusal_word(refusal), refusal_word(heads[_i].refusal));
    ck_assert_uint_eq(head.ref, heads[_i].ref);
    if (refusal == REFUSED_NOT)
        ck_assert_int_eq(reader_end(&r), READ_OK);
}
END_TEST

START_TEST(the_issuer_is_the_source_unless_stated)
{
    struct batch_head head;
    struct reader r = reader_of(heads[0].bytes, heads[0].size);
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_NOT);
    ck_assert_str_eq(head.source, "tax");
    ck_assert_str_eq(head.issuer, "tax");
    ck_assert_uint_eq(head.sequence, 0);
    r = reader_of(heads[1].bytes, heads[1].size);
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_NOT);
    ck_assert_str_eq(head.source, "tax");
    ck_assert_str_eq(head.issuer, "h1");
    ck_assert_uint_eq(head.sequence, 41);
    static const char one_letter[] = "\x86" V TYPE REF SOURCE "\xa6issuer\xa1h" EVENTS;
    r = reader_of(one_letter, sizeof one_letter - 1);
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_NOT);
    ck_assert_str_eq(head.issuer, "h");
}
END_TEST

START_TEST(a_batch_has_at_most_8192_events)
{
    struct batch_head head = { .ref = 9, .source = "tax", .count = BATCH_EVENTS_MAX };
    batch_write_head(&w, &head);
    for (unsigned i = 0; i < BATCH_EVENTS_MAX; i++)
        write_map(&w, 0);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_NOT);
    ck_assert_uint_eq(head.count, BATCH_EVENTS_MAX);

    uint8_t *count = (uint8_t *)w.bytes + (w.size - BATCH_EVENTS_MAX - 1);
    ck_assert_uint_eq(*count, 0);       /* the low byte of 0x2000 */
    *count = 1;
    write_map(&w, 0);
    r = reader_of(w.bytes, w.size);
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_TOO_LARGE);
    ck_assert_uint_eq(head.ref, 9);
}
END_TEST

START_TEST(a_message_has_at_most_4_mb)
{
    struct batch_head head;
    static char message[MESSAGE_SIZE_MAX + 1];
    struct reader r = reader_of(message, sizeof message);
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_TOO_LARGE);
    r = reader_of(message, sizeof message - 1);
    ck_assert_int_eq(batch_read_head(&r, &head), REFUSED_MALFORMED);
}
END_TEST

START_TEST(a_head_comes_back_as_it_was_written)
{
    struct batch_head back, head = {
        .ref = INT64_MAX, .source = "hospital-1", .issuer = "platform:13.0_A",
        .sequence = INT64_MAX,
    };
    batch_write_head(&w, &head);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_int_eq(batch_read_head(&r, &back), REFUSED_NOT);
    ck_assert_mem_eq(&back, &head, sizeof head);
}
END_TEST

START_TEST(what_a_source_says_of_itself_comes_back)
{
    struct batch_head back, head = {
        .ref = 41, .source = "tax", .issuer = "tax", .says = true, .told = { 5, 100 }, .forgotten = { 4, 99 },
        .waiting = 3, .waiting_since_ms = INT64_C(1767240000000),
    };
    batch_write_head(&w, &head);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_int_eq(batch_read_head(&r, &back), REFUSED_NOT);
    ck_assert_mem_eq(&back, &head, sizeof head);
    r = reader_of(heads[0].bytes, heads[0].size);
    ck_assert_int_eq(batch_read_head(&r, &back), REFUSED_NOT);
    ck_assert(!back.says);
}
END_TEST

START_TEST(a_refused_version_names_those_that_are_spoken)
{
    struct reply back, reply = { .ref = 7, .status = BATCH_REFUSED, .refusal = REFUSED_VERSION };
    struct exception none[1];
    reply_write(&w, &reply, NULL);
    ck_assert(reply_read(w.bytes, w.size, &back, none, 1));
    ck_assert_uint_eq(back.spoken, PROTOCOL_VERSION);
    writer_reset(&w);
    reply.refusal = REFUSED_SOURCE;
    reply_write(&w, &reply, NULL);
    ck_assert(reply_read(w.bytes, w.size, &back, none, 1));
    ck_assert_uint_eq(back.spoken, 0);
}
END_TEST

START_TEST(the_source_is_not_written_twice_as_its_own_issuer)
{
    struct batch_head head = { .source = "tax", .issuer = "tax" };
    batch_write_head(&w, &head);
    size_t size = w.size;
    head.issuer[0] = '\0';
    writer_reset(&w);
    batch_write_head(&w, &head);
    ck_assert_uint_eq(w.size, size);
}
END_TEST

/* --- Replies ---------------------------------------------------------------------- */

static const struct exception sample_exceptions[] = {
    { .first = 0, .last = 3, .outcome = OUTCOME_DUPLICATE, .position = UINT64_MAX },
    { .first = 4, .last = 4, .outcome = OUTCOME_CONFLICT, .position = 1 },
    { .first = 9, .last = 9, .outcome = OUTCOME_REJECTED,
      .reject = REJECT_BAD_FIELD, .key = "amount" },
    { .first = 10, .last = BATCH_EVENTS_MAX - 1, .outcome = OUTCOME_REJECTED,
      .reject = REJECT_BAD_MOVE, .key = "stage",
      .hindrance = { .amount = { -5 }, .day = 19812, .why = HINDRANCE_CLEARED, .stage = STAGE_CLEARING,
                     .state = 1 + PAYOUT_IS_RELEASED,
                         .allowed = 1u << PAYOUT_RETAIN | 1u << PAYOUT_DEDUCT } },
};
#define EXCEPTIONS 4

static struct reply done(void)
{
    return (struct reply){
        .ref = INT64_MAX, .status = BATCH_DONE, .epoch = 3, .position = 99, .applied = 4,
        .covered = 50, .window = WINDOW_MAX, .exception_count = EXCEPTIONS,
    };
}

static struct reply busy(void)
{
    return (struct reply){ .ref = 1, .status = BATCH_BUSY, .retry_ms = UINT32_MAX, .window = 8 };
}

static struct reply refused(enum refusal refusal)
{
    return (struct reply){
        .ref = 1, .status = BATCH_REFUSED, .refusal = refusal, .window = 8,
        .spoken = refusal == REFUSED_VERSION ? PROTOCOL_VERSION : 0,
    };
}

/* Field by field: there is room between two of them. */
static void check_same(const struct reply *a, const struct reply *b)
{
    ck_assert_uint_eq(a->ref, b->ref);
    ck_assert_int_eq(a->status, b->status);
    ck_assert_int_eq(a->refusal, b->refusal);
    ck_assert_uint_eq(a->epoch, b->epoch);
    ck_assert_uint_eq(a->position, b->position);
    ck_assert_uint_eq(a->applied, b->applied);
    ck_assert_uint_eq(a->covered, b->covered);
    ck_assert_uint_eq(a->window, b->window);
    ck_assert_uint_eq(a->retry_ms, b->retry_ms);
    ck_assert_uint_eq(a->spoken, b->spoken);
    ck_assert_uint_eq(a->exception_count, b->exception_count);
}

/* True if the reply is read after being written. */
static bool passes(const struct reply *reply, const struct exception *exceptions)
{
    struct reply back;
    struct exception back_exceptions[EXCEPTIONS];
    writer_reset(&w);
    reply_write(&w, reply, exceptions);
    if (!reply_read(w.bytes, w.size, &back, back_exceptions, EXCEPTIONS))
        return false;
    check_same(&back, reply);
    for (unsigned i = 0; i < reply->exception_count; i++) {
        ck_assert_uint_eq(back_exceptions[i].first, exceptions[i].first);
        ck_assert_uint_eq(back_exceptions[i].last, exceptions[i].last);
        ck_assert_int_eq(back_exceptions[i].outcome, exceptions[i].outcome);
        ck_assert_int_eq(back_exceptions[i].reject, exceptions[i].reject);
        ck_assert_uint_eq(back_exceptions[i].position, exceptions[i].position);
        ck_assert_str_eq(back_exceptions[i].key, exceptions[i].key);
        ck_assert(exceptions[i].reject != REJECT_BAD_MOVE
                  || hindrance_equal(&back_exceptions[i].hindrance, &exceptions[i].hindrance));
    }
    return true;
}

START_TEST(a_reply_comes_back_as_it_was_written)
{
    struct reply reply = done();
    ck_assert(passes(&reply, sample_exceptions));
    reply = busy();
    ck_assert(passes(&reply, NULL));
    for (enum refusal why = REFUSED_MALFORMED; why <= REFUSED_NAMES; why++) {
        reply = refused(why);
        ck_assert(passes(&reply, NULL));
    }
}
END_TEST

START_TEST(every_reason_comes_back)
{
    struct reply reply = done();
    struct exception x = { .outcome = OUTCOME_REJECTED, .reject = (enum reject)_i,
                           .hindrance = hindrance_none() };
    reply.exception_count = 1;
    ck_assert(passes(&reply, &x));
}
END_TEST

START_TEST(what_stands_against_a_bad_move_comes_back)
{
    struct reply reply = done();
    struct exception x = { .outcome = OUTCOME_REJECTED, .reject = REJECT_BAD_MOVE,
                           .hindrance = hindrance_of((enum hindrance_why)_i, DATE_NONE,
                               (struct amount){ _i }) };
    reply.exception_count = 1;
    for (unsigned state = 0; state <= PAYOUT_STATES; state++) {
        x.hindrance.state = (uint8_t)state;
        x.hindrance.allowed = (uint8_t)((1u << state) - 1) & ((1u << PAYOUT_MOVES) - 1);
        ck_assert(passes(&reply, &x));
    }
    for (unsigned stage = 0; stage < STAGE_END; stage++) {
        x.hindrance.stage = (uint8_t)stage;
        ck_assert(passes(&reply, &x));
    }
}
END_TEST

/* An exception as bytes: rejected, for a reason, and a pair more. */
static bool exception_passes(const char *reason, const void *pairs, size_t size, unsigned count)
{
    struct reply back, reply = done();
    struct exception x[EXCEPTIONS];
    reply.exception_count = 0;
    writer_reset(&w);
    reply_write(&w, &reply, NULL);
    w.bytes[w.size - 1]++;              /* an array of one */
    write_map(&w, 5 + count);
    write_key_uint(&w, "first", 0);
    write_key_uint(&w, "last", 0);
    write_key_string(&w, "outcome", "rejected");
    write_key_string(&w, "reason", reason);
    write_key_string(&w, "key", "");
    write_raw(&w, pairs, size);
    return reply_read(w.bytes, w.size, &back, x, EXCEPTIONS);
}

#define HINDERED(why, allowed)                                                                      \
    "\xa3why" why "\xa4move\xa0\xa5state\xa0\xa7" "allowed" allowed "\xa3" "day\0\xa6" "amount\0"

#define HINDERED_ON(day)                                                                            \
    "\xa3why\xa6" "opened\xa4move\xa0\xa5state\xa0\xa7" "allowed\x90\xa3" "day" day "\xa6" "amount\0"

START_TEST(what_stands_against_it_is_told_of_a_bad_move_and_of_nothing_else)
{
    ck_assert(exception_passes("merged", "", 0, 0));
    ck_assert(!exception_passes("bad_move", "", 0, 0));
    ck_assert(exception_passes("bad_move", BYTES(HINDERED("\xa6" "opened", "\x90")), 6));
    ck_assert(!exception_passes("merged", BYTES(HINDERED("\xa6" "opened", "\x90")), 6));
    ck_assert(!exception_passes("bad_move", BYTES(HINDERED("\xa6" "mended", "\x90")), 6));
    ck_assert(exception_passes("bad_move", BYTES(HINDERED("\xa0", "\x91\xa9retention")), 6));
    ck_assert(!exception_passes("bad_move", BYTES(HINDERED("\xa0", "\x91\xa7" "advance")), 6));
    ck_assert(!exception_passes("bad_move", BYTES(HINDERED("\xa0", "\x91\xa0")), 6));
    ck_assert(!exception_passes("bad_move", BYTES(HINDERED("\xa0", "\x92\xa0\xa9retention")), 6));
    ck_assert(!exception_passes("lost", "", 0, 0));
    /* 2024-02-29, and the 30th, which there is not. */
    ck_assert(exception_passes("bad_move", BYTES(HINDERED_ON("\xce\x01\x34\xd7\x65")), 6));
    ck_assert(!exception_passes("bad_move", BYTES(HINDERED_ON("\xce\x01\x34\xd7\x66")), 6));
}
END_TEST

START_TEST(a_reply_that_contradicts_itself_is_none)
{
    struct reply reply = done();
    reply.position = 0;
    ck_assert(!passes(&reply, sample_exceptions));
    reply = done();
    reply.applied = 0;
    ck_assert(!passes(&reply, sample_exceptions));
    reply = busy();
    reply.applied = reply.position = 1;
    ck_assert(!passes(&reply, NULL));
    reply = busy();
    reply.exception_count = 1;
    ck_assert(!passes(&reply, sample_exceptions));
    reply = done();
    reply.window = WINDOW_MAX + 1;
    ck_assert(!passes(&reply, sample_exceptions));
    reply = done();
    reply.exception_count = 1;
    ck_assert(passes(&reply, &(struct exception){ .outcome = OUTCOME_REJECTED, .reject = REJECT_BAD_FIELD,
                                                  .key = "a b" }));
    ck_assert(!passes(&reply, &(struct exception){ .outcome = OUTCOME_REJECTED, .reject = REJECT_BAD_FIELD,
                                                   .key = "a\nb" }));
}
END_TEST

/* first, last and first, last of two exceptions that cannot be. */
static const uint32_t bad_ranges[][4] = {
    { 1, 0, 2, 2 }, { 0, 1, 1, 2 }, { 5, 6, 3, 4 }, { 0, 0, 0, 0 }, { 0, 0, 1, BATCH_EVENTS_MAX },
    { BATCH_EVENTS_MAX, BATCH_EVENTS_MAX, BATCH_EVENTS_MAX + 1, BATCH_EVENTS_MAX + 1 },
};

START_TEST(exceptions_ascend_and_do_not_overlap)
{
    const uint32_t *range = bad_ranges[_i];
    struct reply reply = done();
    struct exception x[] = {
        { .first = range[0], .last = range[1], .outcome = OUTCOME_CONFLICT, .position = 1 },
        { .first = range[2], .last = range[3], .outcome = OUTCOME_CONFLICT, .position = 1 },
    };
    reply.exception_count = 2;
    ck_assert(!passes(&reply, x));
}
END_TEST

START_TEST(more_exceptions_than_there_is_room_for_are_no_reply)
{
    struct reply back = { .ref = 77 }, reply = done();
    struct exception room[EXCEPTIONS - 1];
    reply_write(&w, &reply, sample_exceptions);
    ck_assert(!reply_read(w.bytes, w.size, &back, room, EXCEPTIONS - 1));
    ck_assert_uint_eq(back.ref, 77);
}
END_TEST

/* Appends a pair to the map of a reply that is otherwise good. */
static bool passes_with(const struct reply *reply, const void *pair, size_t size)
{
    struct reply back;
    struct exception x[EXCEPTIONS];
    writer_reset(&w);
    reply_write(&w, reply, sample_exceptions);
    if (size > 0)
        w.bytes[0]++;
    write_raw(&w, pair, size);
    return reply_read(w.bytes, w.size, &back, x, EXCEPTIONS);
}

START_TEST(a_reply_has_no_other_keys_and_none_twice)
{
    struct reply reply = done();
    ck_assert(passes_with(&reply, "", 0));
    ck_assert(!passes_with(&reply, BYTES("\xa3ref\x01")));
    ck_assert(!passes_with(&reply, BYTES("\xa3new\x01")));
    ck_assert(!passes_with(&reply, BYTES("\xa8retry_ms\x01")));
    ck_assert(!passes_with(&reply, BYTES("\xa7refusal\xa6source")));
    reply_write(&w, &reply, sample_exceptions);
    write_nil(&w);
    struct reply back;
    struct exception x[EXCEPTIONS];
    ck_assert(!reply_read(w.bytes, w.size, &back, x, EXCEPTIONS));
}
END_TEST

/* A refusal for the version, with those that are spoken as bytes. */
static bool versions_pass(const void *bytes, size_t size, uint32_t *ret_newest)
{
    struct reply back, reply = refused(REFUSED_VERSION);
    writer_reset(&w);
    reply_write(&w, &reply, NULL);
    static const char said[] = "\x91\x01";          /* PROTOCOL_VERSION is written so, once */
    char *at = memmem(w.bytes, w.size, said, 2);
    ck_assert_ptr_nonnull(at);
    size_t before = (size_t)(at - w.bytes), after = w.size - before - 2;
    char tail[64];
    ck_assert_uint_le(after, sizeof tail);
    memcpy(tail, at + 2, after);
    w.size = before;
    write_raw(&w, bytes, size);
    write_raw(&w, tail, after);
    bool passed = reply_read(w.bytes, w.size, &back, NULL, 0);
    if (passed)
        *ret_newest = back.spoken;
    return passed;
}

START_TEST(of_the_versions_that_are_spoken_the_newest_counts)
{
    uint32_t newest = 0;
    ck_assert(versions_pass(BYTES("\x91\x01"), &newest));
    ck_assert_uint_eq(newest, 1);
    ck_assert(versions_pass(BYTES("\x93\x02\x07\x03"), &newest));
    ck_assert_uint_eq(newest, 7);
    ck_assert(!versions_pass(BYTES("\x90"), &newest));
    ck_assert(!versions_pass(BYTES("\x91\x00"), &newest));
}
END_TEST

static const struct {
    const char *name;
    bool valid;
} names[] = {
    { "a", true }, { "hospital-0123", true }, { "A.z_9:-", true },
    { "012345678901234567890123456789012345678901234567", true },
    { "0123456789012345678901234567890123456789012345678", false },
    { "", false }, { "a b", false }, { "a/b", false }, { "a*", false }, { "\xe7\x8e\x8b", false },
    { "a@", false }, { "a[", false }, { "a`", false }, { "a{", false }, { "a;", false },
};

START_TEST(a_source_has_a_plain_name)
{
    ck_assert_int_eq(source_name_valid(names[_i].name, strlen(names[_i].name)), names[_i].valid);
}
END_TEST

START_TEST(a_pattern_fits_its_name_or_what_begins_so)
{
    ck_assert(source_name_fits("tax", "tax"));
    ck_assert(!source_name_fits("tax", "tax-1"));
    ck_assert(source_name_fits("hospital-*", "hospital-1"));
    ck_assert(source_name_fits("hospital-*", "hospital-"));
    ck_assert(!source_name_fits("hospital-*", "hospital"));
    ck_assert(source_name_fits("*", "tax"));
    ck_assert(!source_name_fits("", "tax"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("batch");
    TCase *tc = tcase_create("head");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_head_is_read_or_refused_with_its_ref, 0, COUNT_OF(heads));
    tcase_add_test(tc, the_issuer_is_the_source_unless_stated);
    tcase_add_test(tc, a_batch_has_at_most_8192_events);
    tcase_add_test(tc, a_message_has_at_most_4_mb);
    tcase_add_test(tc, a_head_comes_back_as_it_was_written);
    tcase_add_test(tc, what_a_source_says_of_itself_comes_back);
    tcase_add_test(tc, a_refused_version_names_those_that_are_spoken);
    tcase_add_test(tc, the_source_is_not_written_twice_as_its_own_issuer);
    tcase_add_loop_test(tc, a_source_has_a_plain_name, 0, COUNT_OF(names));
    suite_add_tcase(s, tc);
    tc = tcase_create("reply");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_reply_comes_back_as_it_was_written);
    tcase_add_loop_test(tc, every_reason_comes_back, 1, REJECT_END);
    tcase_add_loop_test(tc, what_stands_against_a_bad_move_comes_back, 0, HINDRANCE_END);
    tcase_add_test(tc, what_stands_against_it_is_told_of_a_bad_move_and_of_nothing_else);
    tcase_add_test(tc, a_reply_that_contradicts_itself_is_none);
    tcase_add_loop_test(tc, exceptions_ascend_and_do_not_overlap, 0, COUNT_OF(bad_ranges));
    tcase_add_test(tc, more_exceptions_than_there_is_room_for_are_no_reply);
    tcase_add_test(tc, a_reply_has_no_other_keys_and_none_twice);
    tcase_add_test(tc, of_the_versions_that_are_spoken_the_newest_counts);
    tcase_add_test(tc, a_pattern_fits_its_name_or_what_begins_so);
    suite_add_tcase(s, tc);
    return s;
}
