/* event - one report by a source: the unit that counts once.
 *
 * A plain value of fixed size, copied freely, with no pointers.  The tables
 * event.def (fields), words.def (what enumerations may hold), kind.def (which
 * kind has which fields) and reject.def are the vocabulary; decoder, encoder,
 * journal, file readers, JSON and documents all go by them. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fund/amount.h"
#include "fund/date.h"
#include "fund/place.h"
#include "fund/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EVENT_ID_MAX   64       /* bytes in an event id or institution, without NUL */
#define PERSON_SIZE    16       /* bytes of a person's keyed hash */
#define COUNT_MAX      INT64_C(10000000000)  /* heads: more than there are people */

enum event_field {
#define FIELD(NAME, key, TYPE, member, sentence) FIELD_##NAME,
#include "fund/event.def"
#undef FIELD
    FIELD_COUNT
};
static_assert(FIELD_COUNT <= 32, "presence bits are 32");

enum event_kind {
#define WORD_KIND(number, NAME) KIND_##NAME = number,
#define WORD(SET, number, NAME, word, sentence) WORD_##SET(number, NAME)
#define WORD_CATEGORY(number, NAME)
#define WORD_STAGE(number, NAME)
#define WORD_STATUS(number, NAME)
#define WORD_GROUP(number, NAME)
#define WORD_MEASURE(number, NAME)
#include "fund/words.def"
#undef WORD_KIND
#undef WORD_CATEGORY
    KIND_END
};

enum event_category {
    CATEGORY_NONE = 0,
#define WORD_KIND(number, NAME)
#define WORD_CATEGORY(number, NAME) CATEGORY_##NAME = number,
#include "fund/words.def"
#undef WORD_CATEGORY
#undef WORD_STAGE
    CATEGORY_END
};

enum event_stage {
    STAGE_NONE = 0,
#define WORD_CATEGORY(number, NAME)
#define WORD_STAGE(number, NAME) STAGE_##NAME = number,
#include "fund/words.def"
#undef WORD_STAGE
#undef WORD_STATUS
    STAGE_END
};

enum event_status {
    STATUS_NONE = 0,
#define WORD_STAGE(number, NAME)
#define WORD_STATUS(number, NAME) STATUS_##NAME = number,
#include "fund/words.def"
#undef WORD_STATUS
#undef WORD_GROUP
    STATUS_END
};

enum event_group {
    GROUP_NONE = 0,
#define WORD_STATUS(number, NAME)
#define WORD_GROUP(number, NAME) GROUP_##NAME = number,
#include "fund/words.def"
#undef WORD_GROUP
#undef WORD_MEASURE
    GROUP_END
};

enum event_measure {
    MEASURE_NONE = 0,
#define WORD_GROUP(number, NAME)
#define WORD_MEASURE(number, NAME) MEASURE_##NAME = number,
#include "fund/words.def"
    MEASURE_END
};
#undef WORD
#undef WORD_KIND
#undef WORD_CATEGORY
#undef WORD_STAGE
#undef WORD_STATUS
#undef WORD_GROUP
#undef WORD_MEASURE

enum reject {
    REJECT_NONE = 0,            /* not rejected */
#define REJECT(number, NAME, code, sentence) REJECT_##NAME = number,
#include "fund/reject.def"
#undef REJECT
    REJECT_END
};

struct event {
    uint32_t present;           /* bit FIELD_x: the event states field x */
    uint8_t kind;               /* an enum event_kind */
    uint8_t category;           /* an enum event_category, and so on */
    uint8_t stage;
    uint8_t status;
    uint8_t group;
    uint8_t measure;
    bool derived;
    uint8_t id_size, original_size, institution_size;   /* bytes, without NUL */
    struct fund fund;
    date_day date;
    int32_t year;
    date_month from, to;
    struct amount amount;
    struct amount cost, in_policy;
    struct amount catastrophic, medical_aid, funds_total, self_pay;
    struct amount cleared, change;
    struct amount margin;       /* of `amount`, either way */
    int64_t heads;
    int64_t person_key;
    uint8_t person[PERSON_SIZE];
    char id[EVENT_ID_MAX + 1];
    char original[EVENT_ID_MAX + 1];
    char institution[EVENT_ID_MAX + 1];
    struct policy_text policy;  /* borrowed encoded bytes; see policy.h */
};

static inline bool event_has(const struct event *event, enum event_field field)
{
    return event->present & (UINT32_C(1) << field);
}

/* The day on which a reversal undoes its original: what is undone before it came is undone when it comes. */
static inline date_day event_undone_on(const struct event *original, const struct event *reversal)
{
    return reversal->date > original->date ? reversal->date : original->date;
}

/* Whether it posts what a reversal can undo: not what is counted, set or stated, nor an opening balance. */
bool event_moves_money(const struct event *event);

/* Vocabulary.  Each returns NULL (or 0) for what is not in the table. */
const char *event_field_key(enum event_field field);
const char *event_kind_word(unsigned kind);
const char *event_category_word(unsigned category);
const char *event_stage_word(unsigned stage);
const char *event_status_word(unsigned status);
const char *event_group_word(unsigned group);
const char *event_measure_word(unsigned measure);
unsigned event_kind_of(const char *word, size_t size);
unsigned event_category_of(const char *word, size_t size);
unsigned event_stage_of(const char *word, size_t size);
unsigned event_status_of(const char *word, size_t size);
unsigned event_group_of(const char *word, size_t size);
unsigned event_measure_of(const char *word, size_t size);
const char *reject_code(enum reject reject);
const char *reject_sentence(enum reject reject);

/* True if `id` is 1 to EVENT_ID_MAX bytes of 0x21 to 0x7e. */
bool event_id_valid(const char *id, size_t size);

/* False for what was plainly never hashed (PROTOCOL 3): the same byte sixteen times, or text of at least 4
 * bytes, cut off after 16 or with NULs behind it: UTF-8 (and so ASCII), UTF-16 of Chinese characters and
 * ASCII in either order of bytes, GB2312 of Chinese characters and spaces.  One hash in 4,300 is not told
 * from it; hash_person() (wire/hash.h) gives none of these. */
bool event_person_is_hash(const uint8_t person[PERSON_SIZE]);

/* What an event must be in itself, whatever the books say: fields of its kind,
 * categories and stages that fit, signs, ranges that belong together.
 * Fields that are not present are not looked at.  Returns REJECT_NONE, or the
 * first reason, and in *ret_field the field concerned. */
enum reject event_check(const struct event *event, enum event_field *ret_field);

#ifdef __cplusplus
}
#endif
