#include "producers/programs.h"

#include <string.h>

#include "producers/vocabulary.h"

static const struct column columns[] = {
    {SLOT_ID, true, "setl_id|id|结算编号|结算ID|结算单号", "the settlement's own id"},
    {SLOT_DATE, false, "setl_time|date|结算时间|结算日期", "when it was settled"},
    {SLOT_AMOUNT, true, "hifp_pay|amount|基金支付|统筹基金支出|统筹支付|基本医保基金支付",
     "what this fund pays, and nothing else"},
    {SLOT_MED_TYPE, false, "med_type|医疗类别",
     "11-13, 41 pooled, 14 chronic, 21-26 inpatient, 51-52 maternity; others with --med-type"},
    {SLOT_CATEGORY, false, "category|类别|支出类别",
     "instead of med_type: inpatient, outpatient, pooled, chronic, maternity"},
    {SLOT_ORIGINAL, false, "original|original_setl_id|init_setl_id|orig_setl_id|原结算编号|原结算ID|"
     "被撤销结算编号",
     "the settlement that this row reverses"},
    {SLOT_PERSON, false, "psn_no|person|人员编号|个人编号", "hashed before anything is sent"},
    {SLOT_INSTITUTION, false, "fixmedins_code|institution|定点医药机构编号|医疗机构编号|机构编号",
     "hospital or pharmacy"},
    {SLOT_COST, false, "medfee_sumamt|cost|医疗费总额|总费用|医疗总费用", "whole cost"},
    {SLOT_IN_POLICY, false, "inscp_scp_amt|in_policy|符合政策范围金额|政策范围内费用", "part within policy"},
    {SLOT_CATASTROPHIC, false, "hifmi_pay|catastrophic|大病保险支付|居民大病保险资金支出",
     "memo: catastrophic insurance"},
    {SLOT_MEDICAL_AID, false, "maf_pay|medical_aid|医疗救助支付|医疗救助基金支出", "memo: medical aid"},
    {SLOT_FUNDS_TOTAL, false, "fund_pay_sumamt|funds_total|基金支付总额", "memo: all funds together"},
    {SLOT_SELF_PAY, false, "psn_part_amt|self_pay|个人负担|个人负担总金额|个人自付", "memo: the person"},
    {SLOT_GROUP, false, "group|人群|人群类别", "ordinary, full, part, student"},
    {SLOT_FUND, false, "fund|基金", "130207/390"},
    {SLOT_PLACE, false, "insuplc_admdvs|place|参保地|参保所属医保区划", "place of the fund"},
    {SLOT_SCHEME, false, "insutype|险种|险种类型", "scheme of the fund"},
    {SLOT_DERIVED, false, "derived|推算", "a figure computed from others"},
    {SLOT_IGNORED, false, "year|年度|mdtrt_id|fixmedins_name|机构名称|医疗机构名称", "not needed"},
    {SLOT_PERSONAL_DATA, false, "psn_name|name|certno|id_card|tel|姓名|身份证号|证件号码|手机号|联系电话",
     "never read, never sent"},
};

#define SETTLEMENT_FIELDS                                                                          \
    (FIELD_BIT(AMOUNT) | FIELD_BIT(CATEGORY) | FIELD_BIT(PERSON) | FIELD_BIT(PERSON_KEY) |         \
     FIELD_BIT(INSTITUTION) | FIELD_BIT(COST) | FIELD_BIT(IN_POLICY) | FIELD_BIT(CATASTROPHIC) |   \
     FIELD_BIT(MEDICAL_AID) | FIELD_BIT(FUNDS_TOTAL) | FIELD_BIT(SELF_PAY) | FIELD_BIT(GROUP) |    \
     FIELD_BIT(DERIVED))

/* Local codes of the command line come first. */
static unsigned category_of(const struct settings *settings, const char *med_type)
{
    for (unsigned i = 0; i < settings->med_type_count; i++) {
        if (strcmp(settings->med_types[i].code, med_type) == 0)
            return settings->med_types[i].category;
    }
    return vocabulary_med_type(med_type);
}

static bool make_reversal(const struct values *values, struct event *ret)
{
    *ret = values_event(values, KIND_REVERSAL, FIELD_BIT(ORIGINAL) | FIELD_BIT(AMOUNT));
    if (ret->amount.fen < 0)    /* at most 10^16, so there is a positive one */
        ret->amount.fen = -ret->amount.fen;
    return true;
}

static bool make(const struct settings *settings, const struct mapping *mapping,
                 const struct values *values, struct made *ret, struct complaint *complaint)
{
    struct event *event = &ret->events[0];
    ret->count = 1;
    if (values_state(values, SLOT_ORIGINAL))
        return make_reversal(values, event);
    *event = values_event(values, KIND_SETTLEMENT, SETTLEMENT_FIELDS);
    if (event_has(event, FIELD_CATEGORY))
        return true;
    if (!values_state(values, SLOT_MED_TYPE)) {
        complain(complaint, mapping_name(mapping, SLOT_CATEGORY),
                 "the row has neither med_type nor category");
        return false;
    }
    event->category = (uint8_t)category_of(settings, values->med_type);
    event->present |= FIELD_BIT(CATEGORY);
    if (event->category == CATEGORY_NONE)
        complain(complaint, mapping_name(mapping, SLOT_MED_TYPE), "no line of the books is known "
                 "for this med_type; say it with --med-type CODE=CATEGORY");
    return event->category != CATEGORY_NONE;
}

enum { KEY_MED_TYPE = 0x200 };

static const struct argp_option options[] = {
    {"med-type", KEY_MED_TYPE, "CODE=CATEGORY", 0,
     "a local med_type: 9901=pooled; may be repeated", 1},
    {0},
};

static const char *parse_option(int key, const char *arg, struct options *o)
{
    (void)key;
    struct settings *s = &o->settings;
    size_t size = strcspn(arg, "=");
    if (s->med_type_count == MED_TYPES_MAX)
        return "can be given 32 times";
    unsigned category = arg[size] == '=' ? vocabulary_number(WORDS_CATEGORY, arg + size + 1) : 0;
    if (size == 0 || size > CODE_MAX || category < CATEGORY_INPATIENT ||
        category > CATEGORY_MATERNITY)
        return "must be a code, '=' and inpatient, outpatient, pooled, chronic or maternity";
    memcpy(s->med_types[s->med_type_count].code, arg, size);
    s->med_types[s->med_type_count].code[size] = '\0';
    s->med_types[s->med_type_count++].category = category;
    return NULL;
}

const struct program hospital_program = {
    .doc = "Sends settlements of hospitals and pharmacies (CSV or JSON Lines) to fundwatch, and "
           "their reversals.",
    .columns = columns,
    .column_count = sizeof columns / sizeof columns[0],
    .own = {options, parse_option},
    .make = make,
};
