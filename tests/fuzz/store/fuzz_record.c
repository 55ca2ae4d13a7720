/* Records of a journal whose checksums and chain are right, as whoever rewrites it can make them: each is
 * done again in books that have something of every sort, in one group that is dropped.
 *
 * The input is records: type, size, body.  Each is told wrong in words, or leaves the group good. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/group.h"
#include "store/redo.h"
#include "tests/fuzz/books.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

#define RECORDS_MAX 16

/* As replay.c and verify.c do with an event. */
static bool redo_event(const struct record *record)
{
    struct event_record event;
    struct event_key key;
    enum event_field field;
    struct hindrance hindrance;
    uint64_t position;
    if (event_key_of_record(record, &key) != 0 || event_of_record(record, &event) != 0)
        return false;
    assert(key.issuer == event.issuer && key.kind == event.event.kind && key.id.size == event.event.id_size);
    if (event.source == 0 || event.source > books->head.sources || event.issuer == 0
        || event.issuer > books->head.sources)
        return false;
    return apply_event(books, event.source, event.issuer, &event.event, &field, &hindrance, &position)
        == REJECT_NONE;
}

static bool redo(struct parts *parts)
{
    size_t size;
    uint8_t type = take_byte(parts);
    const uint8_t *body = take_part(parts, &size);
    struct record record = {
        .position = books->journal.next, .recorded_ms = 1, .type = type, .body = body,
        .size = size <= RECORD_MAX - RECORD_HEAD ? size : RECORD_MAX - RECORD_HEAD,
    };
    bool good = type == RECORD_EVENT ? redo_event(&record) : redo_record(books, &record) == NULL;
    assert(books->txn.err == 0 || books->txn.err == -EILSEQ);
    return good && books->txn.err == 0;
}

FUZZER(record)
{
    struct parts parts = { bytes, size };
    if (books == NULL)
        books_with_everything();
    int err = store_begin(books, 1);
    assert(err == 0);
    bool good = true;
    for (unsigned i = 0; good && parts.left > 0 && i < RECORDS_MAX; i++)
        good = redo(&parts);
    if (good)
        rules_evaluate_group(books);
    assert(books->txn.err == 0 || books->txn.err == -EILSEQ);
    store_abort(books);
}
