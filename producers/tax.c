#include "producers/programs.h"

#include <string.h>

#include "producers/vocabulary.h"

static const struct column columns[] = {
    {SLOT_ID, true, "rsdt_clct_detl_id|clct_detl_id|id|record_id|征缴明细编号|征缴编号|缴费编号|记录编号",
     "the record's own id"},
    {SLOT_DATE, false, "clct_time|date|paid_date|缴费时间|缴费日期|到账日期", "when the fee arrived"},
    {SLOT_PAID_PERSONAL, false, "psn_clct_amt|个人缴费|个人缴费金额", "what the person paid"},
    {SLOT_PAID_GOVERNMENT, false, "finsubs_amt|财政补助金额|财政代缴|财政代缴金额",
     "what the government paid of the fee; its event's id ends in .s"},
    {SLOT_PAID_OTHER, false, "oth_clct_amt|其他缴费金额|资助金额",
     "what others paid (--other); its event's id ends in .o"},
    {SLOT_PAID_SUM, false, "clct_sumamt|缴费总金额|合计", "the sum of the three; checked"},
    {SLOT_AMOUNT, false, "amount|金额|缴费金额", "instead of the three: the amount of one category"},
    {SLOT_CATEGORY, false, "category|类别|缴费类别",
     "of `amount`: personal (if not said), collective, aid, government, fees"},
    {SLOT_PERSON, false, "psn_no|person|人员编号|个人编号", "hashed before anything is sent"},
    {SLOT_YEAR, false, "year|clct_year|年度|缴费年度|参保年度",
     "year covered; if not said the year of accrym_begn, then --year"},
    {SLOT_FROM, false, "accrym_begn|from|费款所属期开始|所属期起", "first month covered"},
    {SLOT_TO, false, "accrym_end|to|费款所属期结束|所属期止", "last month covered"},
    {SLOT_ORIGINAL, false, "init_rsdt_clct_detl_id|original|原征缴明细编号|原征缴编号|原缴费编号",
     "the record that this one reverses"},
    {SLOT_REVERSAL_FLAG, false, "revs_flag|冲正标志", "Z: valid"},
    {SLOT_COLLECTED_FLAG, false, "clct_flag|到账标志|缴费标志", "1: collected"},
    {SLOT_FUND, false, "fund|基金", "130207/390"},
    {SLOT_PLACE, false, "poolarea_no|place|统筹区|统筹区编号|行政区划", "place of the fund"},
    {SLOT_SCHEME, false, "insutype|险种|险种类型", "scheme of the fund"},
    {SLOT_GROUP, false, "group|人群|人群类别", "ordinary, full, part, student"},
    {SLOT_HEADS, false, "heads|人数", "of a sum over several people"},
    {SLOT_DERIVED, false, "derived|推算", "a figure computed from others"},
    {SLOT_PERSONAL_DATA, false, "psn_name|name|certno|id_card|tel|姓名|身份证号|证件号码|手机号|联系电话",
     "never read, never sent"},
};

#define FEE_FIELDS                                                                                 \
    (FIELD_BIT(AMOUNT) | FIELD_BIT(CATEGORY) | FIELD_BIT(YEAR) | FIELD_BIT(PERSON) |               \
     FIELD_BIT(PERSON_KEY) | FIELD_BIT(GROUP) | FIELD_BIT(HEADS) | FIELD_BIT(FROM) |               \
     FIELD_BIT(TO) | FIELD_BIT(DERIVED))

struct part {
    enum slot slot;
    const char *suffix;
    unsigned category;
    struct amount amount;
};
#define PARTS 3

static void parts_of(const struct settings *settings, const struct values *values,
                     struct part parts[PARTS])
{
    parts[0] = (struct part){SLOT_PAID_PERSONAL, "", CATEGORY_PERSONAL, values->paid_personal};
    parts[1] =
        (struct part){SLOT_PAID_GOVERNMENT, ".s", CATEGORY_GOVERNMENT, values->paid_government};
    parts[2] = (struct part){SLOT_PAID_OTHER, ".o", settings->other_category, values->paid_other};
}

static bool states_parts(const struct values *values)
{
    return values_state(values, SLOT_PAID_PERSONAL) || values_state(values, SLOT_PAID_GOVERNMENT) ||
           values_state(values, SLOT_PAID_OTHER);
}

/* Absent parts are zero, so the three can be added whatever the row states. */
static bool check_sum(const struct mapping *mapping, const struct values *values,
                      struct complaint *complaint)
{
    struct amount sum;
    char text[AMOUNT_TEXT_MAX];
    if (!values_state(values, SLOT_PAID_SUM))
        return true;
    if (!amount_add(values->paid_personal, values->paid_government, &sum) ||
        !amount_add(sum, values->paid_other, &sum))
        return false;           /* three amounts of an event always fit */
    if (sum.fen == values->paid_sum.fen)
        return true;
    complain(complaint, mapping_name(mapping, SLOT_PAID_SUM), "the parts add up to %s yuan",
             amount_format(sum, UNIT_YUAN, 2, false, text));
    return false;
}

/* The event of one part: a fee, or the reversal of that part of the original. */
static bool make_part(const struct values *values, const struct part *part, bool reversal,
                      struct event *ret)
{
    *ret = values_event(values, reversal ? KIND_REVERSAL : KIND_CONTRIBUTION,
                        reversal ? FIELD_BIT(ORIGINAL) : FEE_FIELDS);
    ret->present |= FIELD_BIT(AMOUNT);
    ret->amount = part->amount;
    if (!reversal) {
        ret->category = (uint8_t)part->category;
        ret->present |= FIELD_BIT(CATEGORY);
        return event_set_id(ret, values->event.id, part->suffix);
    }
    if (ret->amount.fen < 0)    /* at most 10^16, so there is a positive one */
        ret->amount.fen = -ret->amount.fen;
    return event_set_id(ret, values->event.id, part->suffix) &&
           event_set_original(ret, values->event.original, part->suffix);
}

static bool make_parts(const struct settings *settings, const struct values *values, bool reversal,
                       struct made *ret, struct complaint *complaint)
{
    struct part parts[PARTS];
    parts_of(settings, values, parts);
    for (unsigned i = 0; i < PARTS; i++) {
        if (parts[i].amount.fen == 0)
            continue;
        if (!make_part(values, &parts[i], reversal, &ret->events[ret->count++])) {
            complain(complaint, "id", "longer than 62 characters leaves no room for .s or .o");
            return false;
        }
    }
    if (ret->count == 0)
        complain(complaint, "", "every amount is zero");
    return ret->count > 0;
}

/* A row with one amount and its category. */
static bool make_single(const struct values *values, bool reversal, struct made *ret)
{
    struct event *event = &ret->events[0];
    ret->count = 1;
    if (reversal) {
        *event = values_event(values, KIND_REVERSAL, FIELD_BIT(ORIGINAL) | FIELD_BIT(AMOUNT));
        if (event->amount.fen < 0)
            event->amount.fen = -event->amount.fen;
        return true;
    }
    *event = values_event(values, KIND_CONTRIBUTION, FEE_FIELDS);
    if (!event_has(event, FIELD_CATEGORY)) {
        event->category = CATEGORY_PERSONAL;
        event->present |= FIELD_BIT(CATEGORY);
    }
    return true;
}

enum validity { VALID, REVERSING, VOID };

static enum validity validity_of(const struct values *values)
{
    bool flagged =
        values_state(values, SLOT_REVERSAL_FLAG) || values_state(values, SLOT_COLLECTED_FLAG);
    bool good =
        (!values_state(values, SLOT_REVERSAL_FLAG) || strcmp(values->reversal_flag, "Z") == 0) &&
        (!values_state(values, SLOT_COLLECTED_FLAG) || strcmp(values->collected_flag, "1") == 0);
    bool names_original = values_state(values, SLOT_ORIGINAL);
    if (names_original && (!flagged || !good))
        return REVERSING;
    return good ? VALID : VOID;
}

static bool make(const struct settings *settings, const struct mapping *mapping,
                 const struct values *stated, struct made *ret, struct complaint *complaint)
{
    struct values values = *stated;
    enum validity validity = validity_of(&values);
    if (validity == VOID) {
        ret->skipped = "revs_flag is not Z or clct_flag is not 1";
        return true;
    }
    if (!values_state(&values, SLOT_YEAR) && values_state(&values, SLOT_FROM)) {
        values.event.year = values.event.from / 12;
        values.event.present |= FIELD_BIT(YEAR);
    }
    bool single = values_state(&values, SLOT_AMOUNT);
    if (single && states_parts(&values)) {
        complain(complaint, mapping_name(mapping, SLOT_AMOUNT),
                 "beside psn_clct_amt, finsubs_amt or oth_clct_amt: give one or the other");
        return false;
    }
    if (single || (validity == REVERSING && !mapping_has(mapping, SLOT_PAID_PERSONAL) &&
                   !states_parts(&values)))
        return make_single(&values, validity == REVERSING, ret);
    if (!states_parts(&values)) {
        complain(complaint, mapping_name(mapping, SLOT_PAID_PERSONAL),
                 validity == REVERSING ? "a reversal must state the amounts, so that it is known "
                                         "which parts the original had"
                                       : "the row states no amount");
        return false;
    }
    return check_sum(mapping, &values, complaint) &&
           make_parts(settings, &values, validity == REVERSING, ret, complaint);
}

enum { KEY_OTHER = 0x200 };

static const struct argp_option options[] = {
    {"other", KEY_OTHER, "WHO", 0,
     "who pays oth_clct_amt: aid (if not said), collective, government", 1},
    {0},
};

static const char *parse_option(int key, const char *arg, struct options *o)
{
    (void)key;
    unsigned category = vocabulary_number(WORDS_CATEGORY, arg);
    if (category != CATEGORY_AID && category != CATEGORY_COLLECTIVE &&
        category != CATEGORY_GOVERNMENT)
        return "must be aid, collective or government";
    o->settings.other_category = category;
    return NULL;
}

const struct program tax_program = {
    .doc =
        "Sends a tax office's collection records (CSV or JSON Lines) to fundwatch: fees received "
        "and their reversals.",
    .columns = columns,
    .column_count = sizeof columns / sizeof columns[0],
    .own = {options, parse_option},
    .make = make,
};
