/* Good messages cut short and changed.  Each goes to the decoder in memory of
 * exactly its size, so that a sanitizer sees one byte too far. */
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/wire/example.h"
#include "tests/wire/swallow.h"

static const struct {
    const char *kind;
    bool (*swallow)(const uint8_t *bytes, size_t size);
} decoders[] = {
    { "batch", swallow_batch }, { "canonical", swallow_event }, { "reply", swallow_reply },
    { "alert", swallow_alert }, { "heartbeat", swallow_alert }, { "policy", swallow_policy },
};
#define DECODERS (int)(sizeof decoders / sizeof decoders[0])

static bool swallow(int decoder, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)       /* not an assertion of Check's, which writes to a file each time that it holds */
        ck_abort_msg("no memory");
    memcpy(copy, bytes, size);
    bool accepted = decoders[decoder].swallow(copy, size);
    free(copy);
    return accepted;
}

/* Calls `with` for each example that decoder number `decoder` is for. */
static void for_each_example(int decoder, void (*with)(int decoder, const struct example *e))
{
    unsigned count, found = 0;
    const struct example *e = examples(&count);
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(e[i].kind, decoders[decoder].kind) == 0) {
            with(decoder, &e[i]);
            found++;
        }
    }
    ck_assert_uint_gt(found, 0);
}

static void cut(int decoder, const struct example *e)
{
    ck_assert(swallow(decoder, e->bytes, e->size));
    for (size_t size = 0; size < e->size; size++)
        ck_assert_msg(!swallow(decoder, e->bytes, size), "%s cut at %zu", e->name, size);
}

START_TEST(a_message_cut_at_any_byte_is_refused)
{
    for_each_example(_i, cut);
}
END_TEST

static void lengthen(int decoder, const struct example *e)
{
    struct example longer = *e;
    for (unsigned value = 0; value < 256; value++) {
        longer.bytes[longer.size] = (uint8_t)value;
        ck_assert(!swallow(decoder, longer.bytes, longer.size + 1));
    }
}

START_TEST(a_message_with_any_byte_behind_it_is_refused)
{
    for_each_example(_i, lengthen);
}
END_TEST

static void change(int decoder, const struct example *e)
{
    struct example changed = *e;
    for (size_t at = 0; at < changed.size; at++) {
        for (unsigned value = 0; value < 256; value++) {
            changed.bytes[at] = (uint8_t)value;
            swallow(decoder, changed.bytes, changed.size);
        }
        changed.bytes[at] = e->bytes[at];
    }
}

START_TEST(a_message_with_any_byte_changed_is_refused_or_comes_back)
{
    for_each_example(_i, change);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("hostile");
    TCase *tc = tcase_create("hostile");
    tcase_add_loop_test(tc, a_message_cut_at_any_byte_is_refused, 0, DECODERS);
    tcase_add_loop_test(tc, a_message_with_any_byte_behind_it_is_refused, 0, DECODERS);
    tcase_add_loop_test(tc, a_message_with_any_byte_changed_is_refused_or_comes_back, 0, DECODERS);
    suite_add_tcase(s, tc);
    return s;
}
