/* All messages of one, two and three bytes.  None of them says anything. */
#include <stdlib.h>

#include "tests/suite.h"
#include "tests/wire/swallow.h"
#include "wire/event_codec.h"

static bool is_event(const uint8_t *bytes, size_t size)
{
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    struct reader r = reader_of(bytes, size);
    enum reject why = event_decode(&r, &event, key);
    if (r.at > r.end || r.at < r.start)
        abort();
    return why == REJECT_NONE || event.present != 0;
}

static bool is_accepted(const uint8_t *bytes, size_t size)
{
    return swallow_batch(bytes, size) || is_event(bytes, size) || swallow_event(bytes, size)
           || swallow_reply(bytes, size) || swallow_alert(bytes, size)
           || swallow_policy(bytes, size);
}

/* Every message of `size` bytes that begins with `first`; in memory of its own,
 * so that a sanitizer sees one byte too far. */
static void assert_none_is_accepted(uint8_t first, size_t size)
{
    uint8_t *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    bytes[0] = first;
    for (uint32_t n = 0; n < UINT32_C(1) << 8 * (size - 1); n++) {
        for (size_t i = 1; i < size; i++)
            bytes[i] = (uint8_t)(n >> 8 * (i - 1));
        if (is_accepted(bytes, size))
            ck_abort_msg("%02x and %06x", first, n);
    }
    free(bytes);
}

START_TEST(no_message_of_one_byte_is_accepted)
{
    for (unsigned first = 0; first < 256; first++)
        assert_none_is_accepted((uint8_t)first, 1);
}
END_TEST

START_TEST(no_message_of_two_bytes_is_accepted)
{
    for (unsigned first = 0; first < 256; first++)
        assert_none_is_accepted((uint8_t)first, 2);
}
END_TEST

START_TEST(no_message_of_three_bytes_is_accepted)
{
    for (unsigned first = (unsigned)_i * 32; first < (unsigned)_i * 32 + 32; first++)
        assert_none_is_accepted((uint8_t)first, 3);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("short messages");
    TCase *tc = tcase_create("short messages");
    tcase_add_test(tc, no_message_of_one_byte_is_accepted);
    tcase_add_test(tc, no_message_of_two_bytes_is_accepted);
    suite_add_tcase(s, tc);
    tc = tcase_create("three bytes");
    tcase_add_loop_test(tc, no_message_of_three_bytes_is_accepted, 0, 8);
    suite_add_tcase(s, tc);
    return s;
}
