/* mapping - tables: slot to type and place in struct values, type to parser. */
#include "producers/mapping.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "producers/nearest.h"
#include "producers/vocabulary.h"
#include "wire/controls.h"

static_assert(SLOT_COUNT <= 64, "stated is 64 bits");

enum cell_type {
    TYPE_NOTHING, TYPE_ID, TYPE_KIND, TYPE_CATEGORY, TYPE_STAGE, TYPE_STATUS, TYPE_GROUP,
    TYPE_MEASURE, TYPE_FUND, TYPE_DATE, TYPE_YEAR, TYPE_MONTH, TYPE_AMOUNT, TYPE_COUNT,
    TYPE_PERSON, TYPE_BOOL, TYPE_POLICY, TYPE_PLACE, TYPE_SCHEME, TYPE_CODE,
};

static const struct slot_info {
    enum cell_type type;
    size_t offset;              /* in struct values */
    const char *key;
} slots[SLOT_COUNT] = {
#define FIELD(NAME, key, TYPE, member, sentence) \
    [SLOT_##NAME] = {TYPE_##TYPE, offsetof(struct values, event.member), key},
#include "fund/event.def"
#undef FIELD
#define SLOT(NAME, TYPE, member) [SLOT_##NAME] = {TYPE_##TYPE, offsetof(struct values, member), ""},
    FILE_SLOTS(SLOT)
#undef SLOT
};

/* --- Cells ------------------------------------------------------------------ */

static bool all_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return text[count] == '\0';
}

static bool parse_text(const char *text, size_t max, char *to)
{
    if (!event_id_valid(text, strlen(text)) || strlen(text) > max)
        return false;
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool parse_id(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    return parse_text(text, EVENT_ID_MAX, to);
}

static bool parse_person(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    struct values *values = (struct values *)((char *)to - offsetof(struct values, event.person));
    return parse_text(text, PERSON_NUMBER_MAX, values->person_number);
}

static bool parse_code(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    return parse_text(text, CODE_MAX, to);
}

#define PARSE_WORD(name, SET)                                             \
    static bool name(const char *text, enum amount_unit unit, void *to)   \
    {                                                                     \
        (void)unit;                                                       \
        *(uint8_t *)to = (uint8_t)vocabulary_number(SET, text);           \
        return *(uint8_t *)to != 0;                                       \
    }
PARSE_WORD(parse_kind, WORDS_KIND)
PARSE_WORD(parse_category, WORDS_CATEGORY)
PARSE_WORD(parse_stage, WORDS_STAGE)
PARSE_WORD(parse_status, WORDS_STATUS)
PARSE_WORD(parse_group, WORDS_GROUP)
PARSE_WORD(parse_measure, WORDS_MEASURE)

static bool parse_fund(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    return fund_parse(text, to);
}

static bool parse_place(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    struct place_prefix prefix;
    if (!all_digits(text, 6) || !place_prefix_parse(text, &prefix))
        return false;
    *(uint32_t *)to = prefix.code;
    return true;
}

static bool parse_scheme(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    uint16_t scheme = strcmp(text, "390") == 0   ? SCHEME_RESIDENT
                      : strcmp(text, "310") == 0 ? SCHEME_EMPLOYEE
                                                 : 0;
    *(uint16_t *)to = scheme;
    return scheme != 0;
}

/* Excel writes 2024/1/5 where it means 2024/01/05. */
static bool pad_date(const char *text, char *to, size_t size)
{
    char year[5], month[3], dom[3], first[2], second[2];
    int end = 0;
    if (sscanf(text, "%4[0-9]%1[/-]%2[0-9]%1[/-]%2[0-9]%n",
               year, first, month, second, dom, &end) != 5 || first[0] != second[0])
        return false;
    return snprintf(to, size, "%s-%02d-%02d%s", year, atoi(month), atoi(dom), text + end) <
           (int)size;
}

static bool parse_date(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    char padded[48];
    return date_parse(text, to) == 0 ||
           (pad_date(text, padded, sizeof padded) && date_parse(padded, to) == 0);
}

static bool parse_year(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    int year = all_digits(text, 4) ? atoi(text) : 0;
    *(int32_t *)to = year;
    return year >= DATE_YEAR_MIN && year <= DATE_YEAR_MAX;
}

/* "202401", "2024-01" or "2024/01". */
static bool parse_month(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    char digits[7];
    size_t size = strlen(text);
    if (size == 7 && (text[4] == '-' || text[4] == '/'))
        snprintf(digits, sizeof digits, "%.4s%.2s", text, text + 5);
    else if (size == 6)
        memcpy(digits, text, 7);
    else
        return false;
    return all_digits(digits, 6) && date_month_from_ym(atoi(digits), to);
}

static bool parse_money(const char *text, enum amount_unit unit, void *to)
{
    struct amount amount;
    if (amount_parse(text, unit, &amount) != 0 ||
        amount.fen > AMOUNT_EVENT_MAX || amount.fen < -AMOUNT_EVENT_MAX)
        return false;
    *(struct amount *)to = amount;
    return true;
}

/* In 万 as if it were money: 684.77 万 people are 6,847,700. */
static bool parse_count(const char *text, enum amount_unit unit, void *to)
{
    struct amount amount;
    bool ten_thousands = unit == UNIT_WAN;
    if (amount_parse(text, ten_thousands ? UNIT_WAN : UNIT_FEN, &amount) != 0 ||
        (ten_thousands && amount.fen % FEN_PER_YUAN != 0))
        return false;
    int64_t count = ten_thousands ? amount.fen / FEN_PER_YUAN : amount.fen;
    *(int64_t *)to = count;
    return count >= 0 && count <= COUNT_MAX;
}

static bool parse_bool(const char *text, enum amount_unit unit, void *to)
{
    (void)unit;
    static const char *const yes[] = {"true", "yes", "1", "是"};
    static const char *const no[] = {"false", "no", "0", "否"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        bool is_yes = strcasecmp(text, yes[i]) == 0;
        if (is_yes || strcasecmp(text, no[i]) == 0) {
            *(bool *)to = is_yes;
            return true;
        }
    }
    return false;
}

static bool parse_nothing(const char *text, enum amount_unit unit, void *to)
{
    (void)text, (void)unit, (void)to;
    return true;
}

static const struct type_info {
    bool (*parse)(const char *text, enum amount_unit unit, void *to);
    const char *name;           /* for --fields */
    const char *wanted;         /* behind "is not" */
    bool word;                  /* letters of a value may be shown */
} types[] = {
    [TYPE_NOTHING]  = {parse_nothing,  "",         "", false},
    [TYPE_POLICY]   = {parse_nothing,  "",         "", false},
    [TYPE_ID]       = {parse_id,       "id",
                       "an id: 1 to 64 characters of ASCII without blanks", false},
    [TYPE_KIND]     = {parse_kind,     "word",     "a kind of event", true},
    [TYPE_CATEGORY] = {parse_category, "word",     "a category", true},
    [TYPE_STAGE]    = {parse_stage,    "word",     "a stage", true},
    [TYPE_STATUS]   = {parse_status,   "word",
                       "a status: normal, paused, ended, or 1, 2, 4", true},
    [TYPE_GROUP]    = {parse_group,    "word",     "a group: ordinary, full, part, student", true},
    [TYPE_MEASURE]  = {parse_measure,  "word",     "a measure", true},
    [TYPE_FUND]     = {parse_fund,     "fund",     "a fund such as 130207/390", false},
    [TYPE_DATE]     = {parse_date,     "date",
                       "a date such as 2024-12-31, 20241231 or 2024/12/31 12:30:00", false},
    [TYPE_YEAR]     = {parse_year,     "year",     "a year from 1990 to 2199", false},
    [TYPE_MONTH]    = {parse_month,    "month",    "a month such as 202412", false},
    [TYPE_AMOUNT]   = {parse_money,    "amount",   "an amount in", false},
    [TYPE_COUNT]    = {parse_count,    "count",    "a whole number of people", false},
    [TYPE_PERSON]   = {parse_person,   "person",
                       "a person number: 1 to 64 characters of ASCII without blanks", false},
    [TYPE_BOOL]     = {parse_bool,     "yes/no",
                       "true or false, yes or no, 1 or 0, 是 or 否", false},
    [TYPE_PLACE]    = {parse_place,    "place",
                       "a place of 6 digits from 110000 to 829999", false},
    [TYPE_SCHEME]   = {parse_scheme,   "scheme",   "390 (residents) or 310 (employees)", false},
    [TYPE_CODE]     = {parse_code,     "code",     "a code of 1 to 16 characters", true},
};

static const char *unit_sentence(enum cell_type type, enum amount_unit unit)
{
    if (type != TYPE_AMOUNT)
        return "";
    switch (unit) {
    case UNIT_FEN:  return " fen (分), a whole number";
    case UNIT_YUAN: return " yuan (元) with at most 2 decimals";
    case UNIT_WAN:  return " wan (万元) with at most 6 decimals";
    }
    return "";
}

static void complain_cell(const struct slot_info *slot, enum amount_unit unit, const char *name,
                          const char *text, struct complaint *complaint)
{
    char shown[COMPLAINT_VALUE_MAX + 4] = "";
    const struct type_info *type = &types[slot->type];
    if (slot->type != TYPE_PERSON)
        complain_value(text, type->word, shown);
    complain(complaint, name, "%sis not %s%s", shown, type->wanted,
             unit_sentence(slot->type, unit));
}

/* Text without the blanks at both ends, the ideographic one included; false if it does not fit. */
static bool trim(const char *text, char *to, size_t size)
{
    static const char wide[] = "\u3000";
    size_t length = strlen(text), w = sizeof wide - 1;
    for (;;) {
        if (length > 0 && strchr(" \t\r\n", *text) != NULL)
            text++, length--;
        else if (length >= w && memcmp(text, wide, w) == 0)
            text += w, length -= w;
        else
            break;
    }
    for (;;) {
        if (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
            length--;
        else if (length >= w && memcmp(text + length - w, wide, w) == 0)
            length -= w;
        else
            break;
    }
    if (length >= size)
        return false;
    memcpy(to, text, length);
    to[length] = '\0';
    return true;
}

#define VALUE_MAX 256           /* bytes in a value that is read */

bool values_set(struct values *values, enum slot slot, enum amount_unit unit, const char *name,
                const char *text, struct complaint *ret_complaint)
{
    const struct slot_info *info = &slots[slot];
    char value[VALUE_MAX + 1];
    if (info->type == TYPE_NOTHING)
        return true;
    if (!trim(text, value, sizeof value)) {
        complain(ret_complaint, name, "is longer than %d bytes", VALUE_MAX);
        return false;
    }
    if (value[0] == '\0')
        return true;
    bool good = types[info->type].parse(value, unit, (char *)values + info->offset);
    if (!good)
        complain_cell(info, unit, name, value, ret_complaint);
    explicit_bzero(value, sizeof value);
    values->stated |= SLOT_BIT(slot);
    return good;
}

/* --- Names ------------------------------------------------------------------ */

struct bound {
    enum slot slot;
    enum amount_unit unit;
    bool known;
};

struct mapping {
    const struct column *columns;
    size_t column_count;
    const struct settings *settings;
    struct bound bound[INPUT_COLUMNS_MAX];
    const char *names[SLOT_COUNT];      /* of the bound row; NULL: it has none */
    const char *unknown[INPUT_COLUMNS_MAX];
    unsigned unknown_count;
};

struct mapping *mapping_new(const struct column *columns, size_t count,
                            const struct settings *settings)
{
    struct mapping *mapping = calloc(1, sizeof *mapping);
    if (mapping == NULL)
        return NULL;
    mapping->columns = columns;
    mapping->column_count = count;
    mapping->settings = settings;
    return mapping;
}

void mapping_free(struct mapping **mapping_p)
{
    free(*mapping_p);
    *mapping_p = NULL;
}

/* True if `name` is one of "a|b|c", letters of ASCII in any case. */
static bool among(const char *name, size_t size, const char *names)
{
    for (const char *at = names; *at != '\0';) {
        size_t length = strcspn(at, "|");
        if (length == size && strncasecmp(at, name, size) == 0)
            return true;
        at += length + (at[length] == '|');
    }
    return false;
}

/* Splits "amount（万元）" into name and unit.  A suffix that is no unit belongs to the name. */
static size_t split_unit(const char *name, enum amount_unit *unit)
{
    static const struct { const char *suffix; enum amount_unit unit; } suffixes[] = {
        {"(元)", UNIT_YUAN},    {"（元）", UNIT_YUAN},   {"(yuan)", UNIT_YUAN},
        {"(万元)", UNIT_WAN},   {"（万元）", UNIT_WAN},  {"(wan)", UNIT_WAN},
        {"(分)", UNIT_FEN},     {"（分）", UNIT_FEN},    {"(fen)", UNIT_FEN},
        {"(万人)", UNIT_WAN},   {"（万人）", UNIT_WAN},
        {"(人)", UNIT_FEN},     {"（人）", UNIT_FEN},
    };
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t length = strlen(suffixes[i].suffix);
        if (size > length && strcasecmp(name + size - length, suffixes[i].suffix) == 0) {
            *unit = suffixes[i].unit;
            size -= length;
            while (size > 0 && name[size - 1] == ' ')
                size--;
            break;
        }
    }
    return size;
}

static const struct column *find_column(const struct mapping *mapping, const char *name,
                                        size_t size)
{
    for (size_t i = 0; i < mapping->column_count; i++) {
        if (among(name, size, mapping->columns[i].names))
            return &mapping->columns[i];
    }
    return NULL;
}

/* The unit of a column without one: that of the command line for money, and single people. */
static enum amount_unit default_unit(const struct mapping *mapping, enum slot slot)
{
    return slots[slot].type == TYPE_AMOUNT ? mapping->settings->unit : UNIT_FEN;
}

/* Columns of the national platform's settlement, collection and enrolment tables that say nothing about
 * a fund: who keyed the row in, how it was paid and cleared, diagnoses, the person, other
 * funds' shares.  Not here: what says whether a row counts (vali_flag, refd_setl_flag, clct_type), and
 * what may say whose it is (poolarea_no, insu_admdvs, insutype), where a program has no use for it. */
static const char platform_columns[] =
    "rid|crte_time|updt_time|crter_id|crter_name|crte_optins_no|opter_id|opter_name|opt_time|optins_no|"
    "psn_insu_rlts_id|emp_no|emp_name|emp_type|"
    "mdtrt_id|medins_setl_id|mdtrt_cert_type|mdtrt_cert_no|fixmedins_name|fixmedins_poolarea|hosp_lv|"
    "lmtpric_hosp_lv|dedc_hosp_lv|begndate|enddate|begntime|endtime|setl_type|clr_type|clr_way|clr_optins|"
    "psn_setlway|pay_loc|invono|memo|year|dise_no|dise_codg|dise_name|dscg_maindiag_code|"
    "dscg_maindiag_name|fulamt_ownpay_amt|overlmt_selfpay|preselfpay_amt|act_pay_dedc|crt_dedc|"
    "pool_prop_selfpay|cvlserv_pay|hifes_pay|hifob_pay|hifdm_pay|othfund_pay|oth_pay|acct_pay|psn_cash_pay|"
    "cash_payamt|balc|acct_mulaid_pay|hosp_part_amt|psn_cert_type|psn_type|psn_idet_type|cvlserv_flag|"
    "cvlserv_lv|flxempe_flag|nwb_flag|insu_optins|sp_psn_type|sp_psn_type_lv|age|psn_name|certno|gend|"
    "naty|brdy|tel|addr|clct_way|clct_rule_type_codg|clct_bill_id|clctstd_crtf_rule_codg|"
    "clct_cashym|tax_no|psn_insu_date|psn_insu_mgt_eid";

static bool bind_cell(struct mapping *mapping, const char *name, struct bound *ret,
                      struct complaint *complaint)
{
    enum amount_unit unit = 0;
    const struct column *column = find_column(mapping, name, strlen(name));
    if (column == NULL)
        column = find_column(mapping, name, split_unit(name, &unit));
    *ret = (struct bound){.known = column != NULL};
    if (column == NULL && among(name, strlen(name), platform_columns))
        return true;
    if (column == NULL) {
        mapping->unknown[mapping->unknown_count++] = name;
        return true;
    }
    ret->slot = column->slot;
    ret->unit = unit != 0 ? unit : default_unit(mapping, column->slot);
    if (slots[column->slot].type == TYPE_NOTHING)
        return true;
    if (mapping->names[column->slot] != NULL) {
        complain(complaint, name, "says the same as the column %s", mapping->names[column->slot]);
        return false;
    }
    mapping->names[column->slot] = name;
    return true;
}

bool mapping_bind(struct mapping *mapping, const struct row *row, bool check_required,
                  struct complaint *ret_complaint)
{
    mapping->unknown_count = 0;
    memset(mapping->names, 0, sizeof mapping->names);
    for (unsigned i = 0; i < row->count; i++) {
        if (!bind_cell(mapping, row->cells[i].name, &mapping->bound[i], ret_complaint))
            return false;
    }
    for (size_t i = 0; check_required && i < mapping->column_count; i++) {
        const struct column *column = &mapping->columns[i];
        if (column->required && mapping->names[column->slot] == NULL) {
            complain(ret_complaint, "", "there is no column %.*s (--fields lists the names)",
                     (int)strcspn(column->names, "|"), column->names);
            return false;
        }
    }
    return true;
}

const char *const *mapping_unknown(const struct mapping *mapping, unsigned *ret_count)
{
    *ret_count = mapping->unknown_count;
    return mapping->unknown;
}

const char *mapping_nearest(const struct mapping *mapping, const char *name, size_t *ret_size)
{
    const char *nearest = NULL;
    enum amount_unit unit;
    size_t size = split_unit(name, &unit), best = NEAREST_NAME_MAX + 1;
    for (size_t i = 0; i < mapping->column_count; i++) {
        for (const char *at = mapping->columns[i].names; *at != '\0';) {
            size_t length = strcspn(at, "|"), distance = nearest_distance(name, size, at, length);
            if (distance < best && NEAREST_ENOUGH(distance, length)) {
                best = distance;
                nearest = at;
                *ret_size = length;
            }
            at += length + (at[length] == '|');
        }
    }
    return nearest;
}

bool mapping_has(const struct mapping *mapping, enum slot slot)
{
    return mapping->names[slot] != NULL;
}

const char *mapping_name(const struct mapping *mapping, enum slot slot)
{
    return mapping->names[slot] != NULL ? mapping->names[slot] : slots[slot].key;
}

/* --- Rows ------------------------------------------------------------------- */

/* Someone who is not insured any more is that since paus_insu_date. */
static bool complete_date(struct values *values, const struct settings *settings,
                          struct complaint *complaint)
{
    bool ended = values_state(values, SLOT_PAUSED_DATE) && values_state(values, SLOT_STATUS) &&
                 values->event.status != STATUS_NORMAL;
    if (ended)
        values->event.date = values->paused_date;
    else if (values_state(values, SLOT_DATE))
        return true;
    else if (settings->date != DATE_NONE)
        values->event.date = settings->date;
    else {
        complain(complaint, "date", "neither the row nor --date says when it was");
        return false;
    }
    values->defaulted |= SLOT_BIT(SLOT_DATE);
    return true;
}

static bool complete_fund(struct values *values, const struct settings *settings,
                          struct complaint *complaint)
{
    if (values_state(values, SLOT_FUND))
        return true;
    struct fund fund = settings->fund;
    bool known = settings->has_fund;
    if (values_state(values, SLOT_PLACE)) {
        fund.place = values->place;
        if (!known)
            fund.scheme = SCHEME_RESIDENT;
        known = true;
    }
    if (values_state(values, SLOT_SCHEME))
        fund.scheme = values->scheme;
    if (!known) {
        complain(complaint, "fund", "neither the row nor --fund says which fund it is");
        return false;
    }
    values->event.fund = fund;
    values->defaulted |= SLOT_BIT(SLOT_FUND);
    return true;
}

static bool complete_person(struct values *values, const struct settings *settings,
                            struct complaint *complaint)
{
    if (!values_state(values, SLOT_PERSON))
        return true;
    struct event *event = &values->event;
    memset(event->person, 0, sizeof event->person);
    if (settings->keys != NULL) {
        const struct person_key *key = person_keys_for(settings->keys, event->date);
        if (key == NULL) {
            complain(complaint, "date", "is before the first person key begins");
            return false;
        }
        if (key->destroyed) {
            complain(complaint, "date", "is of a time whose person key was destroyed: nobody of that "
                     "time can be named any more");
            return false;
        }
        if (control("unhashed_person")) {
            memset(event->person, UINT8_MAX, sizeof event->person);     /* text to the end would be refused */
            memcpy(event->person, values->person_number,
                   strnlen(values->person_number, sizeof event->person - 1));
        } else {
            hash_person(key->key, values->person_number, event->person);
        }
        event->person_key = key->number;
        values->defaulted |= SLOT_BIT(SLOT_PERSON_KEY);
    }
    explicit_bzero(values->person_number, sizeof values->person_number);
    return true;
}

bool values_complete(struct values *values, const struct settings *settings,
                     struct complaint *ret_complaint)
{
    struct event *event = &values->event;
    if (!complete_date(values, settings, ret_complaint))
        return false;
    if (!values_state(values, SLOT_YEAR) && settings->year != 0) {
        event->year = settings->year;
        values->defaulted |= SLOT_BIT(SLOT_YEAR);
    }
    if (!values_state(values, SLOT_DERIVED) && settings->derived) {
        event->derived = true;
        values->defaulted |= SLOT_BIT(SLOT_DERIVED);
    }
    if (!complete_fund(values, settings, ret_complaint) ||
        !complete_person(values, settings, ret_complaint))
        return false;
    event->id_size = (uint8_t)strlen(event->id);
    event->original_size = (uint8_t)strlen(event->original);
    event->institution_size = (uint8_t)strlen(event->institution);
    event->present = (uint32_t)((values->stated | values->defaulted) & (SLOT_BIT(FIELD_COUNT) - 1));
    return true;
}

bool mapping_read(struct mapping *mapping, const struct row *row, struct values *ret,
                  struct complaint *ret_complaint)
{
    *ret = (struct values){.stated = 0};
    for (unsigned i = 0; i < row->count; i++) {
        const struct bound *bound = &mapping->bound[i];
        if (bound->known && row->cells[i].text != NULL &&
            !values_set(ret, bound->slot, bound->unit, row->cells[i].name, row->cells[i].text,
                        ret_complaint))
            return false;
    }
    return values_complete(ret, mapping->settings, ret_complaint);
}

/* --- Events ----------------------------------------------------------------- */

struct event values_event(const struct values *values, enum event_kind kind, uint32_t fields)
{
    struct event event = values->event;
    event.kind = (uint8_t)kind;
    event.present &= fields | FIELD_BIT(ID) | FIELD_BIT(FUND) | FIELD_BIT(DATE);
    event.present |= FIELD_BIT(KIND);
    return event;
}

static bool set_id(const char *id, const char *suffix, char *to, uint8_t *ret_size)
{
    char joined[2 * EVENT_ID_MAX + 1];
    int size = snprintf(joined, sizeof joined, "%s%s", id, suffix);
    if (size > EVENT_ID_MAX)
        return false;
    memcpy(to, joined, (size_t)size + 1);
    *ret_size = (uint8_t)size;
    return true;
}

bool event_set_id(struct event *event, const char *id, const char *suffix)
{
    event->present |= FIELD_BIT(ID);
    return set_id(id, suffix, event->id, &event->id_size);
}

bool event_set_original(struct event *event, const char *id, const char *suffix)
{
    event->present |= FIELD_BIT(ORIGINAL);
    return set_id(id, suffix, event->original, &event->original_size);
}

/* --- Documents -------------------------------------------------------------- */

static void print_names(const char *names, FILE *to)
{
    for (const char *c = names; *c != '\0'; c++) {
        if (*c == '|')
            fputs(", ", to);
        else
            fputc(*c, to);
    }
}

void columns_print(const struct column *columns, size_t count, FILE *to)
{
    fputs("Columns (CSV headers or JSON keys, ASCII letters in any case; * must be there).\n"
          "Money may have its unit behind the name: amount(元), amount(万元), amount(分); "
          "people too: heads(万人).\n\n", to);
    for (size_t i = 0; i < count; i++) {
        const struct column *column = &columns[i];
        const struct type_info *type = &types[slots[column->slot].type];
        fprintf(to, "%c ", column->required ? '*' : ' ');
        print_names(column->names, to);
        fprintf(to, "\n      %s%s%s\n", type->name, type->name[0] != '\0' ? ": " : "",
                column->sentence);
    }
    fputs("\nColumns of the national platform that are passed over, where they are not above:\n  ", to);
    print_names(platform_columns, to);
    fputs("\nAny other column is an error; --ignore-columns passes over those that it names.\n", to);
}
