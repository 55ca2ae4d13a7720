#include "store/redo.h"

#include <string.h>

#include "store/bytes.h"
#include "store/group.h"

static const char *redo_name(struct store *books, const struct record *record)
{
    char name[SOURCE_NAME_MAX + 1];
    uint32_t number = 0;
    size_t size = record->size - 4;
    if (record->size < 5 || size > SOURCE_NAME_MAX)
        return "the name cannot be read";
    memcpy(name, record->body + 4, size);
    name[size] = '\0';
    return store_source(books, name, &number) != 0 || number != get_u32(record->body)
        ? "the source has another number" : NULL;
}

static const char *redo_evaluation(struct store *books, const struct record *record)
{
    bool readable = record->size == 13 && date_is_possible(get_i32(record->body + 4))
        && record->body[8] <= SCOPE_SOURCE;
    if (!readable)
        return "the evaluation cannot be read";
    struct group_fund *fund = group_fund_by_number(books, get_u32(record->body));
    if (fund == NULL)
        return "an evaluation of no fund";
    group_flush(books);
    rules_evaluate(books, fund, get_i32(record->body + 4), record->body[8],
                   get_u32(record->body + 9));
    return NULL;
}

static const char *redo_acknowledgement(struct store *books, const struct record *record)
{
    char who[WHO_MAX + 1] = "", note[NOTE_MAX + 1] = "";
    uint64_t number;
    size_t who_size = record->size > 9 ? record->body[8] : 0;
    size_t note_size = record->size >= 11 + who_size ? get_u16(record->body + 9 + who_size) : 0;
    if (who_size > WHO_MAX || note_size > NOTE_MAX || record->size != 11 + who_size + note_size)
        return "the acknowledgement cannot be read";
    memcpy(who, record->body + 9, who_size);
    memcpy(note, record->body + 11 + who_size, note_size);
    group_flush(books);
    return store_acknowledge(books, get_u64(record->body), who, note, &number) != 0
        ? "nothing to acknowledge" : NULL;
}

static const char *redo_clock(struct store *books, const struct record *record)
{
    return record->size != 4 || !date_is_possible(get_i32(record->body))
        || store_clock(books, get_i32(record->body)) != 0 ? "the clock cannot be moved" : NULL;
}

static const char *redo_fact(struct store *books, const struct record *record, uint64_t *fact)
{
    if (record->size != 8)
        return "the record cannot be read";
    *fact = get_u64(record->body);
    journal_append(&books->journal, &books->txn, record->type, record->body, record->size);
    return NULL;
}

static const char *redo_gaps(struct store *books, const struct record *record)
{
    struct source_gaps gaps;
    if (record->size < 5 || !sources_take_gaps(record->body + 4, record->size - 4, &gaps))
        return "the gaps cannot be read";
    store_put_gaps(books, get_u32(record->body), &gaps);
    return NULL;
}

const char *redo_record(struct store *books, const struct record *record)
{
    switch (record->type) {
    case RECORD_NAME:
        return redo_name(books, record);
    case RECORD_EVALUATION:
        return redo_evaluation(books, record);
    case RECORD_ALERT:
        return "an alert that the rules do not give";
    case RECORD_ACKNOWLEDGE:
        return redo_acknowledgement(books, record);
    case RECORD_CLOCK:
        return redo_clock(books, record);
    case RECORD_EPOCH:
        return redo_fact(books, record, &books->head.facts.epoch);
    case RECORD_COVERED:
        books->head.facts.covered_ms = record->recorded_ms;
        return redo_fact(books, record, &books->head.facts.covered);
    case RECORD_GAPS:
        return redo_gaps(books, record);
    case RECORD_ACTION:
        return actions_redo(books, record);
    case RECORD_EVENT:
        break;
    }
    return "a record of unknown type";
}
