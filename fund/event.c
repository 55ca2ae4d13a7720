/* event - vocabulary and checks, both out of the tables.
 *
 * Every line of event.def becomes one case of field_in_range(), every line of
 * kind.def a pair of masks.  What remains by hand are the rules that tie fields
 * to each other; each of them is one function in the list of event_check(). */
#include "fund/event.h"

#include <string.h>

/* What passes for a person's number or name in place of the hash: so many bytes, and nothing behind them. */
#define PERSON_TEXT_MIN 4      /* bytes; what is shorter and padded says nothing of anybody */

#define BIT(NAME) (UINT32_C(1) << FIELD_##NAME)

enum word_set {
    SET_KIND,
    SET_CATEGORY,
    SET_STAGE,
    SET_STATUS,
    SET_GROUP,
    SET_MEASURE,
    SET_COUNT
};

#define WORDS_MAX CATEGORY_END

static const unsigned set_end[SET_COUNT] = {
    [SET_KIND] = KIND_END,     [SET_CATEGORY] = CATEGORY_END, [SET_STAGE] = STAGE_END,
    [SET_STATUS] = STATUS_END, [SET_GROUP] = GROUP_END,       [SET_MEASURE] = MEASURE_END,
};

struct word {
    uint8_t size;               /* 0: no such number */
    const char *text;
};

static const struct word words[SET_COUNT][WORDS_MAX] = {
#define WORD(SET, number, NAME, word, sentence) [SET_##SET][number] = {sizeof word - 1, word},
#include "fund/words.def"
#undef WORD
};

static const char *word_at(enum word_set set, unsigned number)
{
    return number < WORDS_MAX ? words[set][number].text : NULL;
}

/* The sizes settle nearly every comparison, so bytes are compared about once. */
static unsigned word_of(enum word_set set, const char *text, size_t size)
{
    for (unsigned number = 1; size > 0 && number < set_end[set]; number++) {
        const struct word *word = &words[set][number];
        if (word->size == size && memcmp(word->text, text, size) == 0)
            return number;
    }
    return 0;
}

const char *event_field_key(enum event_field field)
{
    static const char *const keys[FIELD_COUNT] = {
#define FIELD(NAME, key, TYPE, member, sentence) [FIELD_##NAME] = key,
#include "fund/event.def"
#undef FIELD
    };
    return field < FIELD_COUNT ? keys[field] : NULL;
}

const char *event_kind_word(unsigned kind)         { return word_at(SET_KIND, kind); }
const char *event_category_word(unsigned category) { return word_at(SET_CATEGORY, category); }
const char *event_stage_word(unsigned stage)       { return word_at(SET_STAGE, stage); }
const char *event_status_word(unsigned status)     { return word_at(SET_STATUS, status); }
const char *event_group_word(unsigned group)       { return word_at(SET_GROUP, group); }
const char *event_measure_word(unsigned measure)   { return word_at(SET_MEASURE, measure); }

unsigned event_kind_of(const char *word, size_t size)
{
    return word_of(SET_KIND, word, size);
}

unsigned event_category_of(const char *word, size_t size)
{
    return word_of(SET_CATEGORY, word, size);
}

unsigned event_stage_of(const char *word, size_t size)
{
    return word_of(SET_STAGE, word, size);
}

unsigned event_status_of(const char *word, size_t size)
{
    return word_of(SET_STATUS, word, size);
}

unsigned event_group_of(const char *word, size_t size)
{
    return word_of(SET_GROUP, word, size);
}

unsigned event_measure_of(const char *word, size_t size)
{
    return word_of(SET_MEASURE, word, size);
}

const char *reject_code(enum reject reject)
{
    static const char *const codes[REJECT_END] = {
#define REJECT(number, NAME, code, sentence) [number] = code,
#include "fund/reject.def"
#undef REJECT
    };
    return reject < REJECT_END ? codes[reject] : NULL;
}

const char *reject_sentence(enum reject reject)
{
    static const char *const sentences[REJECT_END] = {
#define REJECT(number, NAME, code, sentence) [number] = sentence,
#include "fund/reject.def"
#undef REJECT
    };
    return reject < REJECT_END ? sentences[reject] : NULL;
}

bool event_moves_money(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case KIND_CONTRIBUTION:
    case KIND_SUBSIDY:
    case KIND_INCOME:
    case KIND_SETTLEMENT:
    case KIND_DISBURSEMENT:
    case KIND_EXPENDITURE:
        return true;
    case KIND_POLICY:
    case KIND_OPENING:
    case KIND_DAY:
    case KIND_ENROLLMENT:
    case KIND_REVERSAL:
    case KIND_POPULATION:
    case KIND_MONTH_CLOSE:
    case KIND_IMPORT:
    case KIND_IMPORT_DONE:
    case KIND_STATEMENT:
    case KIND_END:
        return false;
    }
    return false;
}

bool event_id_valid(const char *id, size_t size)
{
    if (size < 1 || size > EVENT_ID_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (id[i] < 0x21 || id[i] > 0x7e)
            return false;
    }
    return true;
}

static enum reject refuse(enum reject why, enum event_field field, enum event_field *ret_field)
{
    *ret_field = field;
    return why;
}

/* What a kind has: fields from kind.def, and the words its category may be. */
struct kind_fields {
    uint32_t required, optional;
};

static const struct kind_fields kind_fields[KIND_END] = {
#define RULE(KIND, required, optional) [KIND_##KIND] = {required, optional},
#include "fund/kind.def"
#undef RULE
};

struct category_range {
    uint8_t first, last;
};

static const struct category_range kind_categories[KIND_END] = {
    [KIND_CONTRIBUTION] = {CATEGORY_FEES,      CATEGORY_GOVERNMENT},
    [KIND_SUBSIDY]      = {CATEGORY_CENTRAL,   CATEGORY_COUNTY},
    [KIND_INCOME]       = {CATEGORY_INTEREST,  CATEGORY_TRANSFER_IN},
    [KIND_SETTLEMENT]   = {CATEGORY_INPATIENT, CATEGORY_MATERNITY},
    [KIND_DISBURSEMENT] = {CATEGORY_INPATIENT, CATEGORY_UNLISTED},
    [KIND_EXPENDITURE]  = {CATEGORY_INPATIENT, CATEGORY_TRANSFER_OUT},
};

/* What a stage of a disbursement asks for. */
struct stage_rule {
    bool is_disbursement;
    bool has_category;
    bool clears;                /* may have `cleared` and `change` */
    bool may_be_negative;       /* `amount` and `change` */
};

static const struct stage_rule stage_rules[STAGE_END] = {
    [STAGE_PROVISIONAL]    = {.is_disbursement = true, .has_category = true},
    [STAGE_ADJUSTMENT]     = {true, .has_category = true, .clears = true, .may_be_negative = true},
    [STAGE_CLEARING]       = {true, .has_category = true, .clears = true, .may_be_negative = true},
    [STAGE_RELEASE]        = {true, .has_category = true, .clears = true},
    [STAGE_DEDUCTION]      = {.is_disbursement = true, .has_category = true},
    [STAGE_ADVANCE]        = {.is_disbursement = true},
    [STAGE_ADVANCE_RETURN] = {.is_disbursement = true},
    [STAGE_RETENTION]      = {.is_disbursement = true, .has_category = true},
};

static enum event_field lowest_field(uint32_t bits)
{
    return (enum event_field)__builtin_ctz(bits);
}

static enum reject check_presence(const struct event *event, enum event_field *ret_field)
{
    const uint32_t always = BIT(ID) | BIT(KIND) | BIT(FUND) | BIT(DATE);

    if (!event_has(event, FIELD_KIND))
        return refuse(REJECT_MISSING_FIELD, FIELD_KIND, ret_field);
    if (word_at(SET_KIND, event->kind) == NULL)
        return refuse(REJECT_BAD_FIELD, FIELD_KIND, ret_field);

    const struct kind_fields *fields = &kind_fields[event->kind];
    uint32_t missing = (always | fields->required) & ~event->present;
    if (missing != 0)
        return refuse(REJECT_MISSING_FIELD, lowest_field(missing), ret_field);
    uint32_t extra = event->present & ~(always | fields->required | fields->optional);
    if (extra != 0)
        return refuse(REJECT_FIELD_NOT_ALLOWED, lowest_field(extra), ret_field);
    return REJECT_NONE;
}

static enum reject check_category(const struct event *event, enum event_field *ret_field)
{
    struct category_range range = kind_categories[event->kind];
    if (event_has(event, FIELD_CATEGORY) &&
        (event->category < range.first || event->category > range.last))
        return refuse(REJECT_BAD_FIELD, FIELD_CATEGORY, ret_field);
    return REJECT_NONE;
}

static enum reject check_disbursement(const struct event *event, enum event_field *ret_field)
{
    if (event->stage >= STAGE_END || !stage_rules[event->stage].is_disbursement)
        return refuse(REJECT_BAD_FIELD, FIELD_STAGE, ret_field);

    const struct stage_rule *rule = &stage_rules[event->stage];
    if (rule->has_category && !event_has(event, FIELD_CATEGORY))
        return refuse(REJECT_MISSING_FIELD, FIELD_CATEGORY, ret_field);
    if (!rule->has_category && event_has(event, FIELD_CATEGORY))
        return refuse(REJECT_FIELD_NOT_ALLOWED, FIELD_CATEGORY, ret_field);
    uint32_t clearing = event->present & (BIT(CLEARED) | BIT(CHANGE));
    if (!rule->clears && clearing != 0)
        return refuse(REJECT_FIELD_NOT_ALLOWED, lowest_field(clearing), ret_field);
    return REJECT_NONE;
}

static enum reject check_stage(const struct event *event, enum event_field *ret_field)
{
    if (event->kind == KIND_DISBURSEMENT)
        return check_disbursement(event, ret_field);
    if (event_has(event, FIELD_STAGE) &&
        event->stage != STAGE_FINAL && event->stage != STAGE_PROVISIONAL)
        return refuse(REJECT_BAD_FIELD, FIELD_STAGE, ret_field);
    return REJECT_NONE;
}

/* The amounts that may be below zero: corrections, what undoes them, and a deficit to start with. */
static uint32_t negative_fields(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case KIND_OPENING:
    case KIND_INCOME:
    case KIND_EXPENDITURE:
    case KIND_REVERSAL:
    case KIND_STATEMENT:
        return BIT(AMOUNT);
    case KIND_DISBURSEMENT:
        return stage_rules[event->stage].may_be_negative ? BIT(AMOUNT) | BIT(CHANGE) : 0;
    case KIND_POLICY:
    case KIND_DAY:
    case KIND_ENROLLMENT:
    case KIND_CONTRIBUTION:
    case KIND_SUBSIDY:
    case KIND_SETTLEMENT:
    case KIND_POPULATION:
    case KIND_MONTH_CLOSE:
    case KIND_IMPORT:
    case KIND_IMPORT_DONE:
    case KIND_END:
        return 0;
    }
    return 0;
}

static bool amount_in_range(struct amount amount, bool may_be_negative)
{
    return amount.fen <= AMOUNT_EVENT_MAX &&
           amount.fen >= (may_be_negative ? -AMOUNT_EVENT_MAX : 0);
}

static bool count_in_range(int64_t count)
{
    return count >= 0 && count <= COUNT_MAX;
}

static bool year_in_range(int32_t year)
{
    return year >= DATE_YEAR_MIN && year <= DATE_YEAR_MAX;
}

static bool day_in_range(date_day day)
{
    return year_in_range(date_year(day));
}

static bool month_in_range(date_month month)
{
    return month >= DATE_YEAR_MIN * 12 && month <= DATE_YEAR_MAX * 12 + 11;
}

static bool policy_in_range(struct policy_text text)
{
    return text.bytes != NULL && text.size > 0 && text.size <= POLICY_SIZE_MAX;
}

static bool field_in_range(const struct event *event, enum event_field field, uint32_t negative)
{
    switch (field) {
#define RANGE_ID(NAME, member)       event_id_valid(event->member, event->member##_size)
#define RANGE_KIND(NAME, member)     word_at(SET_KIND, event->member) != NULL
#define RANGE_CATEGORY(NAME, member) word_at(SET_CATEGORY, event->member) != NULL
#define RANGE_STAGE(NAME, member)    word_at(SET_STAGE, event->member) != NULL
#define RANGE_STATUS(NAME, member)   word_at(SET_STATUS, event->member) != NULL
#define RANGE_GROUP(NAME, member)    word_at(SET_GROUP, event->member) != NULL
#define RANGE_MEASURE(NAME, member)  word_at(SET_MEASURE, event->member) != NULL
#define RANGE_FUND(NAME, member)     fund_valid(event->member)
#define RANGE_DATE(NAME, member)     day_in_range(event->member)
#define RANGE_YEAR(NAME, member)     year_in_range(event->member)
#define RANGE_MONTH(NAME, member)    month_in_range(event->member)
#define RANGE_AMOUNT(NAME, member)   amount_in_range(event->member, negative & BIT(NAME))
#define RANGE_COUNT(NAME, member)    count_in_range(event->member)
#define RANGE_PERSON(NAME, member)   true
#define RANGE_BOOL(NAME, member)     true
#define RANGE_POLICY(NAME, member)   policy_in_range(event->member)
#define FIELD(NAME, key, TYPE, member, sentence) \
    case FIELD_##NAME: return RANGE_##TYPE(NAME, member);
#include "fund/event.def"
#undef FIELD
    case FIELD_COUNT:
        break;
    }
    assert(!"field of an event");
    return false;
}

static enum reject check_ranges(const struct event *event, enum event_field *ret_field)
{
    uint32_t negative = negative_fields(event);
    for (uint32_t left = event->present; left != 0; left &= left - 1) {
        enum event_field field = lowest_field(left);
        if (!field_in_range(event, field, negative))
            return refuse(REJECT_BAD_FIELD, field, ret_field);
    }
    return REJECT_NONE;
}

/* --- Persons: text is no hash. ------------------------------------------------ */

/* Bytes of the printable character at `at`, of which `left` are left; 0: there is none. */
typedef unsigned character_reader(const uint8_t *at, unsigned left);

static bool within(unsigned value, unsigned first, unsigned last)
{
    return value >= first && value <= last;
}

/* What has room in 16 bytes may end within a character. */
static unsigned utf8_character(const uint8_t *at, unsigned left)
{
    static const struct { uint8_t first, last, size, second_first, second_last; } leads[] = {
        { 0x20, 0x7e, 1, 0, 0 },
        { 0xc2, 0xc2, 2, 0xa0, 0xbf },      /* before it: control characters */
        { 0xc3, 0xdf, 2, 0x80, 0xbf },
        { 0xe0, 0xe0, 3, 0xa0, 0xbf },
        { 0xe1, 0xec, 3, 0x80, 0xbf },
        { 0xed, 0xed, 3, 0x80, 0x9f },      /* behind it: surrogates */
        { 0xee, 0xef, 3, 0x80, 0xbf },
        { 0xf0, 0xf0, 4, 0x90, 0xbf },
        { 0xf1, 0xf3, 4, 0x80, 0xbf },
        { 0xf4, 0xf4, 4, 0x80, 0x8f },
    };
    unsigned lead = 0, size;
    while (lead < sizeof leads / sizeof leads[0] && !within(at[0], leads[lead].first, leads[lead].last))
        lead++;
    if (lead == sizeof leads / sizeof leads[0])
        return 0;
    size = leads[lead].size < left ? leads[lead].size : left;
    for (unsigned i = 1; i < size; i++) {
        if (!within(at[i], i == 1 ? leads[lead].second_first : 0x80, i == 1 ? leads[lead].second_last : 0xbf))
            return 0;
    }
    return size;
}

static bool is_chinese_or_ascii(unsigned unit)
{
    return within(unit, 0x20, 0x7e) || within(unit, 0x4e00, 0x9fff);
}

static unsigned utf16le_character(const uint8_t *at, [[maybe_unused]] unsigned left)
{
    return is_chinese_or_ascii(at[0] | (unsigned)at[1] << 8) ? 2 : 0;
}

static unsigned utf16be_character(const uint8_t *at, [[maybe_unused]] unsigned left)
{
    return is_chinese_or_ascii(at[1] | (unsigned)at[0] << 8) ? 2 : 0;
}

/* Characters alone, and spaces: with all of ASCII among them one hash in 5,000 would look so. */
static unsigned gb2312_character(const uint8_t *at, unsigned left)
{
    if (at[0] == ' ')
        return 1;
    return left >= 2 && within(at[0], 0xa1, 0xf7) && within(at[1], 0xa1, 0xfe) ? 2 : 0;
}

static bool is_one_byte(const uint8_t *bytes, unsigned size)
{
    unsigned same = 1;
    while (same < size && bytes[same] == bytes[0])
        same++;
    return same == size;
}

/* Characters, and nothing behind them. */
static bool is_text(const uint8_t person[PERSON_SIZE], character_reader *character)
{
    unsigned end = 0, size = 1;
    while (end < PERSON_SIZE && (size = character(person + end, PERSON_SIZE - end)) > 0)
        end += size;
    unsigned rest = PERSON_SIZE - end;
    return end >= PERSON_TEXT_MIN && (rest == 0 || (person[end] == '\0' && is_one_byte(person + end, rest)));
}

bool event_person_is_hash(const uint8_t person[PERSON_SIZE])
{
    static character_reader *const encodings[] = {
        utf8_character, utf16le_character, utf16be_character, gb2312_character,
    };
    bool text = is_one_byte(person, PERSON_SIZE);
    for (unsigned i = 0; i < sizeof encodings / sizeof encodings[0] && !text; i++)
        text = is_text(person, encodings[i]);
    return !text;
}

/* An enrolment is of one person, or a count; a fee of one person has one head. */
static enum reject check_people(const struct event *event, enum event_field *ret_field)
{
    bool has_person = event_has(event, FIELD_PERSON);
    if (event_has(event, FIELD_PERSON_KEY) && !has_person)
        return refuse(REJECT_MISSING_FIELD, FIELD_PERSON, ret_field);
    if (has_person && !event_person_is_hash(event->person))
        return refuse(REJECT_BAD_FIELD, FIELD_PERSON, ret_field);

    if (event->kind == KIND_CONTRIBUTION && has_person &&
        event_has(event, FIELD_HEADS) && event->heads > 1)
        return refuse(REJECT_BAD_FIELD, FIELD_HEADS, ret_field);
    if (event->kind != KIND_ENROLLMENT)
        return REJECT_NONE;

    enum event_field needed = has_person ? FIELD_STATUS : FIELD_HEADS;
    enum event_field forbidden = has_person ? FIELD_HEADS : FIELD_STATUS;
    if (!event_has(event, needed))
        return refuse(REJECT_MISSING_FIELD, needed, ret_field);
    if (event_has(event, forbidden))
        return refuse(REJECT_FIELD_NOT_ALLOWED, forbidden, ret_field);
    return REJECT_NONE;
}

static enum reject check_months(const struct event *event, enum event_field *ret_field)
{
    bool has_from = event_has(event, FIELD_FROM), has_to = event_has(event, FIELD_TO);
    if (has_from != has_to)
        return refuse(REJECT_MISSING_FIELD, has_from ? FIELD_TO : FIELD_FROM, ret_field);
    if (has_from && event->from > event->to)
        return refuse(REJECT_BAD_FIELD, FIELD_TO, ret_field);
    return REJECT_NONE;
}

/* A line of expenditure has a cost beside it only where reimbursement is measured. */
static enum reject check_cost(const struct event *event, enum event_field *ret_field)
{
    uint32_t costs = event->present & (BIT(COST) | BIT(IN_POLICY));
    if (event->kind == KIND_EXPENDITURE && costs != 0 && event->category != CATEGORY_INPATIENT)
        return refuse(REJECT_FIELD_NOT_ALLOWED, lowest_field(costs), ret_field);
    if (event_has(event, FIELD_COST) && event_has(event, FIELD_IN_POLICY) &&
        event->in_policy.fen > event->cost.fen)
        return refuse(REJECT_BAD_FIELD, FIELD_IN_POLICY, ret_field);
    return REJECT_NONE;
}

/* A month is closed as of its last day. */
static enum reject check_close(const struct event *event, enum event_field *ret_field)
{
    if (event->kind == KIND_MONTH_CLOSE &&
        event->date != date_month_last(date_month_of(event->date)))
        return refuse(REJECT_BAD_FIELD, FIELD_DATE, ret_field);
    return REJECT_NONE;
}

/* Only what was derived can be off: what somebody states is what he says it is. */
static enum reject check_margin(const struct event *event, enum event_field *ret_field)
{
    if (event_has(event, FIELD_MARGIN) && !event->derived)
        return refuse(REJECT_MISSING_FIELD, FIELD_DERIVED, ret_field);
    return REJECT_NONE;
}

/* It would wait for itself. */
static enum reject check_original(const struct event *event, enum event_field *ret_field)
{
    if (event_has(event, FIELD_ORIGINAL) && strcmp(event->original, event->id) == 0)
        return refuse(REJECT_BAD_FIELD, FIELD_ORIGINAL, ret_field);
    return REJECT_NONE;
}

enum reject event_check(const struct event *event, enum event_field *ret_field)
{
    /* In this order: a later check may rely on what an earlier one has seen. */
    static enum reject (*const checks[])(const struct event *, enum event_field *) = {
        check_presence, check_stage, check_ranges, check_category,
        check_people,   check_months, check_cost,   check_close, check_margin,
        check_original,
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        enum reject reject = checks[i](event, ret_field);
        if (reject != REJECT_NONE)
            return reject;
    }
    return REJECT_NONE;
}
