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

int event_of_record(const struct record *record, struct event_record *ret)
{
    uint64_t source = 0, issuer = 0;
    if (record->type != RECORD_EVENT)
        return -EILSEQ;
    size_t n = get_varint(record->body, record->size, &source);
    size_t m = get_varint(record->body + n, record->size - n, &issuer);
    if (n == 0 || m == 0 || source > UINT32_MAX || issuer > UINT32_MAX)
        return -EILSEQ;
    *ret = (struct event_record){
        .position = record->position,
        .recorded_ms = record->recorded_ms,
        .source = (uint32_t)source,
        .issuer = (uint32_t)issuer,
        .canonical = record->body + n + m,
        .canonical_size = record->size - n - m,
    };
    return event_from_canonical(ret->canonical, ret->canonical_size, &ret->event);
}

int event_at(const struct journal *journal, struct txn *txn, uint64_t position,
             struct event_record *ret)
{
    struct record record;
    int err = journal_read(journal, txn, position, &record);
    return err != 0 ? err : event_of_record(&record, ret);
}
