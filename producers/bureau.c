#include "producers/programs.h"

#include <string.h>

#include "files/policy_file.h"
#include "producers/vocabulary.h"
#include "wire/policy_codec.h"
#include "wire/writer.h"

static const struct column columns[] = {
    {SLOT_ID, true, "id|编号|凭证号|单据号", "the line's own id, as a voucher's number"},
    {SLOT_KIND, false, "kind|事项|业务类型",
     "opening, day, subsidy, income, expenditure, disbursement, population, "
     "enrollment (heads), contribution and settlement (sums), reversal, month_close, import, "
     "import_done, statement; --kind if no row says it"},
    {SLOT_DATE, false, "date|日期|记账日期|到账日期",
     "when it was; the end of the day for opening, day, statement and month_close (a month's last day)"},
    {SLOT_AMOUNT, false, "amount|金额", "money"},
    {SLOT_CATEGORY, false, "category|类别|科目|级次",
     "the line of income or expenditure: central, province, city, "
     "county; interest, other_income …; inpatient, pooled …"},
    {SLOT_STAGE, false, "stage|环节|拨付类型",
     "provisional, adjustment, clearing, retention, release, deduction, advance, "
     "advance_return; final or provisional of expenditure"},
    {SLOT_INSTITUTION, false, "fixmedins_code|institution|定点医药机构编号|医疗机构编号|机构编号", "hospital"},
    {SLOT_YEAR, false, "year|年度|所属年度", "that it belongs to: of a clearing the one that is cleared"},
    {SLOT_CLEARED, false, "cleared|清算确认金额", "provisional expenditure that a clearing makes final"},
    {SLOT_CHANGE, false, "change|清算差额", "what a clearing adds to expenditure, or takes off"},
    {SLOT_MEASURE, false, "measure|指标|口径",
     "resident, registered, employees, last_year, duplicates_province, "
     "duplicates_nation"},
    {SLOT_HEADS, false, "heads|人数", "people"},
    {SLOT_GROUP, false, "group|人群|人群类别", "ordinary, full, part, student"},
    {SLOT_FROM, false, "from|所属期起", "first month covered"},
    {SLOT_TO, false, "to|所属期止", "last month covered"},
    {SLOT_ORIGINAL, false, "original|原编号|原凭证号", "the event that a reversal undoes"},
    {SLOT_COST, false, "cost|medfee_sumamt|总费用", "of a bill or line: whole cost"},
    {SLOT_IN_POLICY, false, "in_policy|inscp_scp_amt|政策范围内费用",
     "of a bill or line: part within policy"},
    {SLOT_FUND, false, "fund|基金", "130207/390"},
    {SLOT_PLACE, false, "place|insuplc_admdvs|行政区划|统筹区", "place of the fund"},
    {SLOT_SCHEME, false, "scheme|insutype|险种|险种类型", "scheme of the fund"},
    {SLOT_DERIVED, false, "derived|推算", "a figure computed from others"},
    {SLOT_MARGIN, false, "margin|误差", "how far a derived opening balance may be off, to either side"},
    {SLOT_IGNORED, false, "note|remark|摘要|备注", "not sent"},
};

static const uint32_t kind_fields[KIND_END] = {
#define RULE(KIND, required, optional) [KIND_##KIND] = (required) | (optional),
#include "fund/kind.def"
#undef RULE
};

static bool make(const struct settings *settings, const struct mapping *mapping,
                 const struct values *values, struct made *ret, struct complaint *complaint)
{
    unsigned kind = values_state(values, SLOT_KIND) ? values->event.kind : settings->kind;
    if (kind == 0 || kind == KIND_POLICY) {
        complain(complaint, mapping_name(mapping, SLOT_KIND),
                 kind == 0 ? "neither the row nor --kind says what it is"
                           : "a policy comes with --policy FILE");
        return false;
    }
    /* Whatever the row says is sent or refused; a default is for the kinds that take it. */
    uint32_t stated = (uint32_t)(values->stated & (SLOT_BIT(FIELD_COUNT) - 1));
    ret->count = 1;
    ret->events[0] = values_event(values, kind, stated | kind_fields[kind]);
    return true;
}

/* --- The command line -------------------------------------------------------- */

/* "day.130207.390.20241231" */
static void set_given_id(struct event *event, const char *what, long number)
{
    char id[EVENT_ID_MAX + 1];
    snprintf(id, sizeof id, "%s.%u.%u.%ld", what, (unsigned)event->fund.place,
             (unsigned)event->fund.scheme, number);
    event_set_id(event, id, "");
}

static bool begin_event(const struct options *o, enum event_kind kind, date_day date,
                        struct event *ret, struct complaint *complaint)
{
    if (!o->settings.has_fund) {
        complain(complaint, "--fund", "is missing");
        return false;
    }
    if (date == DATE_NONE) {
        complain(complaint, "--date", "is missing");
        return false;
    }
    *ret = (struct event){
        .present = FIELD_BIT(KIND) | FIELD_BIT(FUND) | FIELD_BIT(DATE),
        .kind = (uint8_t)kind, .fund = o->settings.fund, .date = date,
    };
    return true;
}

static bool encode_policy(const struct policy *policy, struct given *given, struct event *event)
{
    struct writer w;
    writer_init(&w);
    policy_encode(&w, policy);
    bool good = w.err == 0 && w.size <= sizeof given->policy;
    if (good) {
        memcpy(given->policy, w.bytes, w.size);
        event->policy = (struct policy_text){given->policy, (uint32_t)w.size};
        event->present |= FIELD_BIT(POLICY);
    }
    writer_free(&w);
    return good;
}

/* The file's fund and date come before those of the command line. */
static bool give_policy(const struct options *options, struct given *given,
                        struct complaint *complaint)
{
    struct policy_file file;
    struct options o = *options;
    struct event *event = &given->events[given->count];
    if (!policy_file_read(o.policy, &file, complaint)) {
        char field[COMPLAINT_FIELD_MAX + 1], text[COMPLAINT_TEXT_MAX + 1], line[32] = "";
        memcpy(field, complaint->field, sizeof field);
        memcpy(text, complaint->text, sizeof text);
        if (complaint->line != 0)
            snprintf(line, sizeof line, "%lu: ", complaint->line);
        complain(complaint, o.policy, "%s%s%s%s", line, field, field[0] != '\0' ? ": " : "", text);
        complaint->line = 0;
        return false;
    }
    if (file.has_fund) {
        if (o.settings.has_fund && !fund_equal(file.fund, o.settings.fund)) {
            complain(complaint, "--fund", "is another than the fund in %s", o.policy);
            return false;
        }
        o.settings.has_fund = true;
        o.settings.fund = file.fund;
    }
    if (!begin_event(&o, KIND_POLICY, file.has_date ? file.date : o.settings.date, event,
                     complaint))
        return false;
    set_given_id(event, "policy", (long)file.policy.version);
    if (!encode_policy(&file.policy, given, event)) {
        complain(complaint, o.policy, "is too large for an event");
        return false;
    }
    given->count++;
    return true;
}

static bool give_opening(const struct options *o, struct given *given, struct complaint *complaint)
{
    struct event *event = &given->events[given->count];
    struct values amount = {.stated = 0};
    if (!begin_event(o, KIND_OPENING, o->settings.date, event, complaint) ||
        !values_set(&amount, SLOT_AMOUNT, o->settings.unit, "--opening", o->opening, complaint))
        return false;
    event->amount = amount.event.amount;
    event->present |= amount.stated & FIELD_BIT(AMOUNT);
    if (o->settings.derived) {
        event->derived = true;
        event->present |= FIELD_BIT(DERIVED);
    }
    set_given_id(event, "opening", date_to_ymd(event->date));
    given->count++;
    return true;
}

static bool before(const struct options *o, struct given *ret, struct complaint *complaint)
{
    if (o->policy == NULL && o->opening == NULL && o->day == DATE_NONE && o->file_count == 0) {
        complain(complaint, "", "nothing to do: no file, --policy, --opening or --day");
        return false;
    }
    return (o->policy == NULL || give_policy(o, ret, complaint)) &&
           (o->opening == NULL || give_opening(o, ret, complaint));
}

static bool after(const struct options *o, struct given *ret, struct complaint *complaint)
{
    if (o->day == DATE_NONE)
        return true;
    if (!begin_event(o, KIND_DAY, o->day, &ret->events[0], complaint))
        return false;
    set_given_id(&ret->events[0], "day", date_to_ymd(o->day));
    ret->count = 1;
    return true;
}

enum { KEY_POLICY = 0x200, KEY_OPENING, KEY_DAY, KEY_KIND };

static const struct argp_option options[] = {
    {"policy",  KEY_POLICY,  "FILE",   0, "send a policy (YAML) before the files", 1},
    {"opening", KEY_OPENING, "AMOUNT", 0, "then the balance at the end of --date", 1},
    {"day",     KEY_DAY,     "DATE",   0, "after the files: this day is over", 1},
    {"kind",    KEY_KIND,    "KIND",   0, "kind of rows that name none", 1},
    {0},
};

static const char *parse_option(int key, const char *arg, struct options *o)
{
    switch (key) {
    case KEY_POLICY:
        o->policy = arg;
        return NULL;
    case KEY_OPENING:
        o->opening = arg;
        return NULL;
    case KEY_DAY:
        return date_parse(arg, &o->day) == 0 ? NULL : "must be a date such as 2024-12-31";
    case KEY_KIND:
        o->settings.kind = vocabulary_number(WORDS_KIND, arg);
        return o->settings.kind != 0 ? NULL : "must be a kind of event such as subsidy";
    }
    return NULL;
}

const struct program bureau_program = {
    .doc =
        "Sends what the bureau knows to fundwatch: policies, opening balance, headcounts, subsidy, "
        "income, expenditure, payments to hospitals, days (CSV or JSON Lines with a column kind).",
    .columns = columns,
    .column_count = sizeof columns / sizeof columns[0],
    .own = {options, parse_option},
    .make = make,
    .before = before,
    .after = after,
};
