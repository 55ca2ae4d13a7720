#include "tests/fund/vocabulary.h"

#include <string.h>

struct amount wan(const char *text)
{
    struct amount amount;
    ck_assert_int_eq(amount_parse(text, UNIT_WAN, &amount), 0);
    return amount;
}

struct amount fen(int64_t n)
{
    return (struct amount){n};
}

date_day day(int32_t yyyymmdd)
{
    date_day result;
    ck_assert(date_from_ymd(yyyymmdd, &result));
    return result;
}

date_month month(int32_t yyyymm)
{
    date_month result;
    ck_assert(date_month_from_ym(yyyymm, &result));
    return result;
}

void state_field(struct event *event, enum event_field field)
{
    event->present |= UINT32_C(1) << field;
}

void unstate_field(struct event *event, enum event_field field)
{
    event->present &= ~(UINT32_C(1) << field);
}

struct event event_of(enum event_kind kind, int32_t yyyymmdd)
{
    struct event event = {
        .kind = (uint8_t)kind,
        .id = "T-1",
        .id_size = 3,
        .fund = {130207, SCHEME_RESIDENT},
        .date = day(yyyymmdd),
        .year = yyyymmdd / 10000,
    };
    state_field(&event, FIELD_ID);
    state_field(&event, FIELD_KIND);
    state_field(&event, FIELD_FUND);
    state_field(&event, FIELD_DATE);
    if (kind == KIND_CONTRIBUTION || kind == KIND_SUBSIDY || kind == KIND_ENROLLMENT)
        state_field(&event, FIELD_YEAR);
    return event;
}

struct event money(enum event_kind kind, int32_t yyyymmdd, enum event_category category,
                   const char *wan_text)
{
    struct event event = event_of(kind, yyyymmdd);
    event.amount = wan(wan_text);
    state_field(&event, FIELD_AMOUNT);
    event.category = (uint8_t)category;
    if (category != CATEGORY_NONE)
        state_field(&event, FIELD_CATEGORY);
    return event;
}

struct event disbursement(enum event_stage stage, int32_t yyyymmdd, enum event_category category,
                          const char *wan_text)
{
    struct event event = money(KIND_DISBURSEMENT, yyyymmdd, category, wan_text);
    event.stage = (uint8_t)stage;
    state_field(&event, FIELD_STAGE);
    return event;
}

struct posting_basis recognising(enum recognition recognition)
{
    return (struct posting_basis){(uint8_t)recognition, FEES_ON_ARRIVAL};
}

struct posting_basis fees_counted(enum fee_basis basis)
{
    return (struct posting_basis){RECOGNISE_SETTLEMENT, (uint8_t)basis};
}

void book(struct lines *lines, const struct posting *posting, date_day until)
{
    for (unsigned i = 0; i < posting->count; i++) {
        const struct leg *leg = &posting->legs[i];
        if (leg->date > until)
            continue;
        lines->fen[leg->debit] += leg->amount.fen;
        lines->fen[leg->credit] -= leg->amount.fen;
    }
}

int64_t on(const struct lines *lines, unsigned account)
{
    return lines->fen[account];
}
