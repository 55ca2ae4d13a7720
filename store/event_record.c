#include "store/event_record.h"

#include <errno.h>

#include "store/bytes.h"
#include "wire/event_codec.h"

size_t event_to_record(uint32_t source, uint32_t issuer, const struct event *event, uint8_t *body)
{
    size_t size = put_varint(body, source);
    size += put_varint(body + size, issuer);
    return size + event_to_canonical(event, body + size);
}

/* Takes source and issuer, which stand before the canonical bytes; how many bytes they are, 0 if the
 * record is no event. */
static size_t take_sources(const struct record *record, uint32_t *ret_source, uint32_t *ret_issuer)
{
    uint64_t source = 0, issuer = 0;
    if (record->type != RECORD_EVENT)
        return 0;
    size_t n = get_varint(record->body, record->size, &source);
    size_t m = get_varint(record->body + n, record->size - n, &issuer);
    if (n == 0 || m == 0 || source > UINT32_MAX || issuer > UINT32_MAX)
        return 0;
    *ret_source = (uint32_t)source;
    *ret_issuer = (uint32_t)issuer;
    return n + m;
}

int event_of_record(const struct record *record, struct event_record *ret)
{
    size_t n = take_sources(record, &ret->source, &ret->issuer);
    if (n == 0)
        return -EILSEQ;
    ret->position = record->position;
    ret->recorded_ms = record->recorded_ms;
    ret->canonical = record->body + n;
    ret->canonical_size = record->size - n;
    return event_from_canonical(ret->canonical, ret->canonical_size, &ret->event);
}

int event_key_of_record(const struct record *record, struct event_key *ret)
{
    uint32_t source;
    size_t n = take_sources(record, &source, &ret->issuer);
    return n == 0 ? -EILSEQ
        : event_id_of_canonical(record->body + n, record->size - n, &ret->id, &ret->kind);
}

int event_at(const struct journal *journal, struct txn *txn, uint64_t position,
             struct event_record *ret)
{
    struct record record;
    int err = journal_read(journal, txn, position, &record);
    return err != 0 ? err : event_of_record(&record, ret);
}
