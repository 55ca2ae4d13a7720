#include "producers/vocabulary.h"

#include <stddef.h>
#include <string.h>

#include "fund/event.h"

static const struct {
    enum word_set set;
    unsigned number;
    const char *word;
} words[] = {
    {WORDS_KIND, KIND_OPENING,      "期初结余"},   {WORDS_KIND, KIND_OPENING,      "上年结余"},
    {WORDS_KIND, KIND_DAY,          "日结"},
    {WORDS_KIND, KIND_ENROLLMENT,   "参保"},       {WORDS_KIND, KIND_ENROLLMENT,   "参保登记"},
    {WORDS_KIND, KIND_CONTRIBUTION, "缴费"},       {WORDS_KIND, KIND_CONTRIBUTION, "缴费收入"},
    {WORDS_KIND, KIND_SUBSIDY,      "财政补贴"},   {WORDS_KIND, KIND_SUBSIDY,      "财政补助"},
    {WORDS_KIND, KIND_INCOME,       "收入"},       {WORDS_KIND, KIND_INCOME,       "其他收入"},
    {WORDS_KIND, KIND_SETTLEMENT,   "结算"},       {WORDS_KIND, KIND_EXPENDITURE,  "支出"},
    {WORDS_KIND, KIND_DISBURSEMENT, "拨付"},       {WORDS_KIND, KIND_REVERSAL,     "冲销"},
    {WORDS_KIND, KIND_REVERSAL,     "撤销"},       {WORDS_KIND, KIND_POPULATION,   "人口"},
    {WORDS_KIND, KIND_MONTH_CLOSE,  "月结"},       {WORDS_KIND, KIND_MONTH_CLOSE,  "月末结账"},
    {WORDS_KIND, KIND_IMPORT,       "历史导入"},   {WORDS_KIND, KIND_IMPORT,       "导入开始"},
    {WORDS_KIND, KIND_IMPORT_DONE,  "导入完成"},   {WORDS_KIND, KIND_STATEMENT,    "银行对账单"},
    {WORDS_KIND, KIND_STATEMENT,    "银行余额"},

    {WORDS_CATEGORY, CATEGORY_PERSONAL,     "个人缴费"},
    {WORDS_CATEGORY, CATEGORY_COLLECTIVE,   "集体扶持"},
    {WORDS_CATEGORY, CATEGORY_AID,          "医疗救助资助"},
    {WORDS_CATEGORY, CATEGORY_GOVERNMENT,   "财政代缴"},
    {WORDS_CATEGORY, CATEGORY_CENTRAL,      "中央"}, {WORDS_CATEGORY, CATEGORY_CENTRAL,  "中央财政补贴"},
    {WORDS_CATEGORY, CATEGORY_PROVINCE,     "省级"}, {WORDS_CATEGORY, CATEGORY_PROVINCE, "省级财政补贴"},
    {WORDS_CATEGORY, CATEGORY_CITY,         "市级"}, {WORDS_CATEGORY, CATEGORY_CITY,     "市级财政补贴"},
    {WORDS_CATEGORY, CATEGORY_COUNTY,       "县级"}, {WORDS_CATEGORY, CATEGORY_COUNTY,   "县级财政补贴"},
    {WORDS_CATEGORY, CATEGORY_COUNTY,       "区级"}, {WORDS_CATEGORY, CATEGORY_COUNTY,   "区级财政补贴"},
    {WORDS_CATEGORY, CATEGORY_INTEREST,     "利息"}, {WORDS_CATEGORY, CATEGORY_INTEREST, "利息收入"},
    {WORDS_CATEGORY, CATEGORY_OTHER_INCOME, "其他收入"},
    {WORDS_CATEGORY, CATEGORY_FROM_UPPER,   "上级补助"},
    {WORDS_CATEGORY, CATEGORY_FROM_LOWER,   "下级上解"},
    {WORDS_CATEGORY, CATEGORY_TRANSFER_IN,  "转移收入"},
    {WORDS_CATEGORY, CATEGORY_INPATIENT,    "住院"}, {WORDS_CATEGORY, CATEGORY_INPATIENT, "住院支出"},
    {WORDS_CATEGORY, CATEGORY_OUTPATIENT,   "门诊"}, {WORDS_CATEGORY, CATEGORY_OUTPATIENT, "门诊支出"},
    {WORDS_CATEGORY, CATEGORY_POOLED,       "门诊统筹"},
    {WORDS_CATEGORY, CATEGORY_CHRONIC,      "门诊慢特病"},
    {WORDS_CATEGORY, CATEGORY_MATERNITY,    "生育"}, {WORDS_CATEGORY, CATEGORY_MATERNITY, "生育医疗费"},
    {WORDS_CATEGORY, CATEGORY_CATASTROPHIC, "大病保险"},
    {WORDS_CATEGORY, CATEGORY_OTHER_EXPENDITURE, "其他支出"},
    {WORDS_CATEGORY, CATEGORY_TO_LOWER,     "补助下级"},
    {WORDS_CATEGORY, CATEGORY_TO_UPPER,     "上解上级"},
    {WORDS_CATEGORY, CATEGORY_TRANSFER_OUT, "转移支出"},

    {WORDS_STAGE, STAGE_FINAL,          "确定"},     {WORDS_STAGE, STAGE_PROVISIONAL, "月度预拨"},
    {WORDS_STAGE, STAGE_PROVISIONAL,    "预拨"},     {WORDS_STAGE, STAGE_ADJUSTMENT,  "调整"},
    {WORDS_STAGE, STAGE_CLEARING,       "清算"},     {WORDS_STAGE, STAGE_RELEASE,     "质保金返还"},
    {WORDS_STAGE, STAGE_DEDUCTION,      "审核扣款"}, {WORDS_STAGE, STAGE_ADVANCE,     "预付金"},
    {WORDS_STAGE, STAGE_ADVANCE_RETURN, "预付金收回"},
    {WORDS_STAGE, STAGE_RETENTION,      "预留质保金"}, {WORDS_STAGE, STAGE_RETENTION, "质保金预留"},

    {WORDS_STATUS, STATUS_NORMAL, "1"}, {WORDS_STATUS, STATUS_NORMAL, "正常参保"},
    {WORDS_STATUS, STATUS_PAUSED, "2"}, {WORDS_STATUS, STATUS_PAUSED, "暂停参保"},
    {WORDS_STATUS, STATUS_ENDED,  "4"}, {WORDS_STATUS, STATUS_ENDED,  "终止参保"},

    {WORDS_GROUP, GROUP_ORDINARY, "普通居民"}, {WORDS_GROUP, GROUP_FULL,    "全额资助"},
    {WORDS_GROUP, GROUP_PART,     "部分资助"}, {WORDS_GROUP, GROUP_STUDENT, "大学生"},

    {WORDS_MEASURE, MEASURE_RESIDENT,   "常住人口"}, {WORDS_MEASURE, MEASURE_REGISTERED, "户籍人口"},
    {WORDS_MEASURE, MEASURE_EMPLOYEES,  "职工参保"}, {WORDS_MEASURE, MEASURE_LAST_YEAR,  "上年参保"},
    {WORDS_MEASURE, MEASURE_DUPLICATES_PROVINCE, "省内重复参保"},
    {WORDS_MEASURE, MEASURE_DUPLICATES_NATION,   "跨省重复参保"},
};

unsigned vocabulary_number(enum word_set set, const char *word)
{
    static unsigned (*const ours[])(const char *, size_t) = {
        [WORDS_KIND] = event_kind_of,     [WORDS_CATEGORY] = event_category_of,
        [WORDS_STAGE] = event_stage_of,   [WORDS_STATUS] = event_status_of,
        [WORDS_GROUP] = event_group_of,   [WORDS_MEASURE] = event_measure_of,
    };
    unsigned number = ours[set](word, strlen(word));
    for (size_t i = 0; number == 0 && i < sizeof words / sizeof words[0]; i++) {
        if (words[i].set == set && strcmp(words[i].word, word) == 0)
            number = words[i].number;
    }
    return number;
}

unsigned vocabulary_med_type(const char *code)
{
    static const struct { const char *first, *last; unsigned category; } ranges[] = {
        {"11", "13", CATEGORY_POOLED},    {"14", "14", CATEGORY_CHRONIC},
        {"21", "26", CATEGORY_INPATIENT}, {"41", "41", CATEGORY_POOLED},
        {"51", "52", CATEGORY_MATERNITY},
    };
    for (size_t i = 0; strlen(code) == 2 && i < sizeof ranges / sizeof ranges[0]; i++) {
        if (strcmp(code, ranges[i].first) >= 0 && strcmp(code, ranges[i].last) <= 0)
            return ranges[i].category;
    }
    return 0;
}
