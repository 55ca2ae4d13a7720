/* A query or command as it comes from a socket, read and answered over books that are there.
 *
 * Whatever is asked, the answer is one message of the protocol: it can be read, has an answer's keys, and
 * says an error by a code that PROTOCOL 9 knows.  A key of one county changes nothing of that. */
#include <assert.h>
#include <string.h>

#include "tests/fuzz/daemon/world.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/limits.h"

#define ANSWER_DEPTH 16         /* what consumers/client/query.c reads */

static const char *const codes[] = {
    "malformed", "version", "unknown_query", "bad_argument", "not_permitted", "not_found", "busy", "failed",
};

static void check_code(struct span code)
{
    bool known = false;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        known |= span_is(code, codes[i]);
    assert(known);
}

static void check_answer(const struct writer *w, bool ok)
{
    struct reader r = reader_of(w->bytes, w->size);
    uint32_t pairs = read_map(&r, 7);
    assert(pairs >= 5 && w->err == 0 && w->size <= MESSAGE_SIZE_MAX);
    for (uint32_t i = 0; i < pairs; i++) {
        struct span key = read_string(&r, 16), value = read_skip(&r, ANSWER_DEPTH);
        struct reader at = reader_of(value.bytes, value.size);
        if (span_is(key, "code"))
            check_code(read_string(&at, 31));
        if (span_is(key, "text"))
            assert(span_is_text(read_string(&at, 255)) && at.err == READ_OK);
        if (span_is(key, "status"))
            assert(span_is(read_string(&at, 8), ok ? "ok" : "error"));
    }
    assert(reader_end(&r) == READ_OK);
}

FUZZER(query)
{
    static struct writer data, answer;
    struct parts parts = { bytes, size };
    bool county = take_byte(&parts) & 1;
    struct query q = {
        .world = world(),
        .grant = county ? world_county() : rights_local(),
        .data = &data,
    };
    writer_reset(&data);
    enum query_end end = query_take(&q, parts.at, parts.left);
    assert(end == QUERY_ANSWERED);
    query_write_answer(&q, &answer);
    check_answer(&answer, query_ok(&q));
}
