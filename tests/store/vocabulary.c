#include "tests/store/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/files.h"
#include "store/verify.h"
#include "wire/policy_codec.h"

struct store *books;
char books_path[200];

static const struct fund the_fund = {130207, SCHEME_RESIDENT};
static struct writer policy_bytes;      /* of the last a_policy() */

static struct store_options options(void)
{
    struct store_options o = store_options_default();
    o.map_max = UINT64_C(1) << 30;
    o.reserve = 1 << 20;
    return o;
}

void books_setup_empty(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(books_path, sizeof books_path, "%s/fundwatch-test-XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(books_path));
    strcat(books_path, "/store");
    ck_assert_msg(store_create(books_path) == 0, "%s", store_open_error());
    struct store_options o = options();
    ck_assert_msg(store_open(books_path, &o, &books) == 0, "%s", store_open_error());
    writer_init(&policy_bytes);
}

void books_setup(void)
{
    books_setup_empty();
    struct policy policy = policy_default();
    policy.ahead_days = 366;
    ck_assert_int_eq(outcome_of(a_policy("policy-1", 20240101, &policy)), OUTCOME_APPLIED);
}

void books_teardown(void)
{
    store_close(&books);
    writer_free(&policy_bytes);
    *strrchr(books_path, '/') = '\0';
    files_remove_folder(books_path);
}

void books_teardown_verified(void)
{
    struct verify_result result;
    char path[sizeof books_path];
    memcpy(path, books_path, sizeof path);
    store_close(&books);
    ck_assert_int_eq(verify_store(path, NULL, NULL, &result), 0);
    ck_assert_msg(result.differences == 0, "%s", result.first);
    books_teardown();
}

void books_reopen(void)
{
    struct store_options o = options();
    store_close(&books);
    ck_assert_msg(store_open(books_path, &o, &books) == 0, "%s", store_open_error());
}

date_day day(int32_t ymd)
{
    date_day ret;
    ck_assert(date_from_ymd(ymd, &ret));
    return ret;
}

/* --- Events ------------------------------------------------------------------ */

static void state(struct event *e, enum event_field field)
{
    e->present |= UINT32_C(1) << field;
}

static struct event event(enum event_kind kind, const char *id, int32_t ymd)
{
    struct event e = {.kind = kind, .fund = the_fund, .date = day(ymd)};
    e.id_size = (uint8_t)snprintf(e.id, sizeof e.id, "%s", id);
    state(&e, FIELD_ID);
    state(&e, FIELD_KIND);
    state(&e, FIELD_FUND);
    state(&e, FIELD_DATE);
    return e;
}

static struct event money(enum event_kind kind, const char *id, int32_t ymd, int64_t fen,
                          enum event_category category)
{
    struct event e = event(kind, id, ymd);
    e.amount.fen = fen;
    e.category = category;
    state(&e, FIELD_AMOUNT);
    if (category != CATEGORY_NONE)
        state(&e, FIELD_CATEGORY);
    return e;
}

struct event a_policy(const char *id, int32_t ymd, const struct policy *policy)
{
    struct event e = event(KIND_POLICY, id, ymd);
    writer_reset(&policy_bytes);
    policy_encode(&policy_bytes, policy);
    e.policy = (struct policy_text){(const uint8_t *)policy_bytes.bytes, (uint32_t)policy_bytes.size};
    state(&e, FIELD_POLICY);
    return e;
}

struct event an_opening(const char *id, int32_t ymd, int64_t fen)
{
    return money(KIND_OPENING, id, ymd, fen, CATEGORY_NONE);
}

struct event a_day(const char *id, int32_t ymd)
{
    return event(KIND_DAY, id, ymd);
}

static void about(struct event *e, int person)
{
    memset(e->person, UINT8_MAX, sizeof e->person);         /* which is no text */
    memcpy(e->person, &person, sizeof person);
    state(e, FIELD_PERSON);
}

struct event a_fee(const char *id, int32_t ymd, int64_t fen)
{
    struct event e = money(KIND_CONTRIBUTION, id, ymd, fen, CATEGORY_PERSONAL);
    e.year = ymd / 10000;
    state(&e, FIELD_YEAR);
    return e;
}

struct event a_fee_of(const char *id, int32_t ymd, int64_t fen, int person)
{
    struct event e = a_fee(id, ymd, fen);
    about(&e, person);
    return e;
}

struct event an_enrollment(const char *id, int32_t ymd, int person, enum event_status status)
{
    struct event e = event(KIND_ENROLLMENT, id, ymd);
    e.year = ymd / 10000;
    e.status = status;
    state(&e, FIELD_YEAR);
    state(&e, FIELD_STATUS);
    about(&e, person);
    return e;
}

struct event a_subsidy(const char *id, int32_t ymd, int64_t fen, enum event_category level, int year)
{
    struct event e = money(KIND_SUBSIDY, id, ymd, fen, level);
    e.year = year;
    state(&e, FIELD_YEAR);
    return e;
}

struct event a_settlement(const char *id, int32_t ymd, int64_t fen)
{
    return money(KIND_SETTLEMENT, id, ymd, fen, CATEGORY_INPATIENT);
}

struct event an_expenditure(const char *id, int32_t ymd, int64_t fen, enum event_category category)
{
    return money(KIND_EXPENDITURE, id, ymd, fen, category);
}

struct event a_reversal(const char *id, int32_t ymd, const char *original)
{
    struct event e = event(KIND_REVERSAL, id, ymd);
    e.original_size = (uint8_t)snprintf(e.original, sizeof e.original, "%s", original);
    state(&e, FIELD_ORIGINAL);
    return e;
}

struct event a_population(const char *id, int32_t ymd, enum event_measure measure, int64_t heads)
{
    struct event e = event(KIND_POPULATION, id, ymd);
    e.measure = measure;
    e.heads = heads;
    state(&e, FIELD_MEASURE);
    state(&e, FIELD_HEADS);
    return e;
}

struct event a_headcount(const char *id, int32_t ymd, int64_t heads)
{
    struct event e = event(KIND_ENROLLMENT, id, ymd);
    e.year = ymd / 10000;
    e.heads = heads;
    state(&e, FIELD_YEAR);
    state(&e, FIELD_HEADS);
    return e;
}

struct event a_month_close(const char *id, int32_t ymd)
{
    return event(KIND_MONTH_CLOSE, id, ymd);
}

struct event an_import(const char *id, int32_t ymd)
{
    return event(KIND_IMPORT, id, ymd);
}

struct event an_import_done(const char *id, int32_t ymd)
{
    return event(KIND_IMPORT_DONE, id, ymd);
}

struct event a_statement(const char *id, int32_t ymd, int64_t fen)
{
    return money(KIND_STATEMENT, id, ymd, fen, CATEGORY_NONE);
}

struct event of_fund(struct event e, uint32_t place)
{
    e.fund.place = place;
    return e;
}

/* --- Applying ------------------------------------------------------------------ */

void begin(void)
{
    ck_assert_msg(store_begin(books, 0) == 0, "%s", store_error(books));
}

void commit(void)
{
    ck_assert_msg(store_commit(books) == 0, "%s", store_error(books));
}

struct applied add(const char *source, struct event e)
{
    struct applied applied;
    enum event_field field = FIELD_COUNT;
    uint32_t number;
    ck_assert_msg(event_check(&e, &field) == REJECT_NONE, "%s: bad %s", e.id,
                  field < FIELD_COUNT ? event_field_key(field) : "?");
    ck_assert_int_eq(store_source(books, source, &number), 0);
    ck_assert_msg(store_apply(books, number, number, &e, &applied) == 0, "%s", store_error(books));
    return applied;
}

struct applied apply_from(const char *source, struct event e)
{
    begin();
    struct applied applied = add(source, e);
    commit();
    return applied;
}

struct applied apply(struct event e)
{
    return apply_from("tax", e);
}

enum outcome outcome_of(struct event e)
{
    return apply(e).outcome;
}

enum reject rejection_of(struct event e)
{
    return apply(e).reject;
}

/* --- Asking ---------------------------------------------------------------------- */

struct fund_view fund_now(void)
{
    struct view *view;
    struct fund_view fund;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, the_fund, &number), 0);
    ck_assert_int_eq(view_fund(view, number, &fund), 0);
    view_close(&view);
    return fund;
}

int64_t balance(void)
{
    return fund_now().balance.fen;
}

int64_t line(enum account account, int32_t from_ymd, int32_t to_ymd)
{
    struct view *view;
    struct lines lines;
    uint32_t number;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_fund_find(view, the_fund, &number), 0);
    ck_assert_int_eq(view_lines(view, number, day(from_ymd), day(to_ymd),
                                day(to_ymd), &lines), 0);
    view_close(&view);
    return lines.fen[account];
}

struct alert alert_number(uint64_t number)
{
    struct view *view;
    struct alert alert;
    ck_assert_int_eq(view_open(books, &view), 0);
    ck_assert_int_eq(view_alert(view, number, &alert), 0);
    view_close(&view);
    return alert;
}

static struct store_head head(void)
{
    struct store_head h;
    store_head(books, &h);
    return h;
}

uint64_t alert_count(void)
{
    return head().alerts;
}

uint64_t position(void)
{
    return head().position;
}

uint64_t events(void)
{
    return head().events;
}
