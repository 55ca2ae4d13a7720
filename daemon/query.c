#include "daemon/query.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"
#include "wire/batch.h"

void query_fail(struct query *q, const char *code, const char *format, ...)
{
    if (q->code != NULL)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(q->text, sizeof q->text, format, args);
    va_end(args);
    q->code = code;
}

/* An index is made anew by a start, so there is one: whoever asked hears nothing, and asks again.  What else
 * is damaged a start would not mend: it is said once, and the query fails. */
static void say_damaged(const struct query *q, const char *what)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    const char *index = store_damaged_index(q->world->store);
    if (index != NULL) {
        log_broken("queries", "the index of %s is damaged; stopping, a start makes it anew", index);
        _exit(EXIT_FAILURE);
    }
    if (!atomic_flag_test_and_set(&said))
        log_broken("queries", "%s: what is on disk is damaged; `fundwatch verify` says more", what);
}

void query_fail_with(struct query *q, int err, const char *what)
{
    switch (err) {
    case -EILSEQ:
        say_damaged(q, what);
        query_fail(q, "failed", "%s: what is on disk is damaged", what);
        return;
    case -ENOENT:
        query_fail(q, "not_found", "there is no such %s", what);
        return;
    case -EROFS:
        query_fail(q, "not_permitted", "the daemon is read-only");
        return;
    case -EBUSY:
    case -ENOSPC:
        query_fail(q, "busy", "%s: no room at the moment, ask again later", what);
        return;
    }
    query_fail(q, "failed", "%s: %s", what, strerror(-err));
}

/* --- Arguments. -------------------------------------------------------------- */

/* A reader at the argument's value; false if it is absent. */
static bool find(const struct query *q, const char *key, struct reader *ret)
{
    for (unsigned i = 0; i < q->argument_count; i++) {
        if (span_is(q->arguments[i].key, key)) {
            *ret = reader_of(q->arguments[i].value.bytes, q->arguments[i].value.size);
            return true;
        }
    }
    return false;
}

static void check_read(struct query *q, const char *key, const struct reader *r)
{
    if (r->err != READ_OK)
        query_fail(q, "bad_argument", "%s: %s", key, read_error_sentence(r->err));
}

bool query_has(const struct query *q, const char *key)
{
    struct reader r;
    return find(q, key, &r);
}

struct span query_value(const struct query *q, const char *key)
{
    for (unsigned i = 0; i < q->argument_count; i++) {
        if (span_is(q->arguments[i].key, key))
            return q->arguments[i].value;
    }
    return (struct span){ .bytes = "" };
}

int64_t query_int(struct query *q, const char *key, int64_t min, int64_t max, int64_t otherwise)
{
    struct reader r;
    if (!find(q, key, &r))
        return otherwise;
    int64_t value = read_int(&r, min, max);
    check_read(q, key, &r);
    return value;
}

bool query_bool(struct query *q, const char *key, bool otherwise)
{
    struct reader r;
    if (!find(q, key, &r))
        return otherwise;
    bool value = read_bool(&r);
    check_read(q, key, &r);
    return value;
}

date_day query_date(struct query *q, const char *key, date_day otherwise)
{
    date_day day = otherwise;
    if (query_has(q, key)
            && !date_from_ymd(query_int(q, key, 0, INT32_MAX, 0), &day))
        query_fail(q, "bad_argument", "%s is not a date as 20241231", key);
    return day;
}

void query_days(struct query *q, date_day *from, date_day *to)
{
    *from = query_date(q, "from", *from);
    *to = query_date(q, "to", *to);
    if (query_ok(q) && query_has(q, "from") && query_has(q, "to") && *from > *to)
        query_fail(q, "bad_argument", "to lies before from");
}

int64_t query_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void query_text(struct query *q, const char *key, char *to, size_t size)
{
    struct reader r;
    to[0] = '\0';
    if (!find(q, key, &r))
        return;
    struct span text = read_string(&r, (uint32_t)size - 1);
    check_read(q, key, &r);
    if (r.err == READ_OK && (!span_is_text(text) || !span_copy(text, to, size)))
        query_fail(q, "bad_argument", "%s is not text", key);
}

void query_source_name(struct query *q, const char *key, char to[SOURCE_NAME_MAX + 1])
{
    query_text(q, key, to, SOURCE_NAME_MAX + 1);
    if (query_has(q, key) && query_ok(q) && !source_name_valid(to, strlen(to)))
        query_fail(q, "bad_argument", "%s is not a source's name", key);
}

struct place_prefix query_place(struct query *q)
{
    char text[8];
    struct place_prefix prefix = { .digits = 0 };
    query_text(q, "place", text, sizeof text);
    if (query_ok(q) && !place_prefix_parse(text, &prefix))
        query_fail(q, "bad_argument", "place is not 0, 2, 4 or 6 digits of a place's code");
    return prefix;
}

struct fund query_fund(struct query *q)
{
    char text[FUND_TEXT_MAX];
    struct fund fund = { .place = 0 };
    query_text(q, "fund", text, sizeof text);
    if (query_ok(q) && !fund_parse(text, &fund))
        query_fail(q, "bad_argument", "fund is not PLACE/SCHEME as 130207/390");
    if (query_ok(q) && !grant_place(q->grant, fund.place))
        query_fail(q, "not_permitted", "the key has no right to see %s", text);
    return fund;
}

void query_check_known(struct query *q, struct view *view, const char *source, const struct fund *fund)
{
    struct source_view known;
    uint32_t number;
    int err = source[0] != '\0' ? view_source_find(view, source, &known) : 0;
    if (err != 0)
        query_fail_with(q, err, "source");
    err = fund != NULL ? view_fund_find(view, *fund, &number) : 0;
    if (err != 0)
        query_fail_with(q, err, "fund");
}

void query_view(struct query *q, struct view **ret)
{
    if (!query_ok(q))
        return;
    int err = view_open(q->world->store, ret);
    if (err != 0)
        query_fail_with(q, err, "view of the store");
}

void query_fund_view(struct query *q, struct fund fund, struct view **ret, uint32_t *ret_number)
{
    query_view(q, ret);
    if (!query_ok(q))
        return;
    int err = view_fund_find(*ret, fund, ret_number);
    if (err != 0) {
        query_fail_with(q, err, "fund");
        view_close(ret);
    }
}

unsigned query_limit(struct query *q)
{
    return (unsigned)query_int(q, "limit", 1, PAGE_MAX, PAGE_DEFAULT);
}

/* --- Lists. ------------------------------------------------------------------ */

void list_begin(struct query_list *list)
{
    writer_init(&list->items);
    list->count = 0;
}

bool list_has_room(const struct query_list *list, unsigned limit)
{
    return list->count < limit && list->items.size < PAGE_BYTES_MAX && list->items.err == 0;
}

void list_end(struct query_list *list, struct writer *w, const char *key)
{
    if (key != NULL)
        write_key(w, key);
    write_array(w, list->count);
    write_raw(w, list->items.bytes, list->items.size);
    if (list->items.err != 0)
        w->err = list->items.err;
    writer_free(&list->items);
}

/* --- Values. ----------------------------------------------------------------- */

void write_key(struct writer *w, const char *key)
{
    write_string(w, key);
}

void write_key_fund(struct writer *w, const char *key, struct fund fund)
{
    char text[FUND_TEXT_MAX];
    write_key_string(w, key, fund_format(fund, text));
}

#define MS_PER_DAY  (INT64_C(24) * 60 * 60 * 1000)
#define SHANGHAI_MS (INT64_C(8) * 60 * 60 * 1000)
#define AHEAD_MAX   366

int query_position_before(struct view *view, date_day day, uint64_t *ret)
{
    return view_position_before(view, ((int64_t)day - AHEAD_MAX) * MS_PER_DAY - SHANGHAI_MS, ret);
}

void write_key_date(struct writer *w, const char *key, date_day day)
{
    write_key_int(w, key, day == DATE_NONE ? 0 : date_to_ymd(day));
}

void write_key_hex(struct writer *w, const char *key, const uint8_t *bytes, size_t size)
{
    char text[2 * CHAIN_SIZE + 1] = "";
    for (size_t i = 0; i < size && i < CHAIN_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    write_key_string(w, key, text);
}

void write_key_binary(struct writer *w, const char *key, const uint8_t *bytes, size_t size)
{
    write_key(w, key);
    write_binary(w, bytes, size);
}

void write_rule(struct writer *w, const struct rule_view *rule)
{
    const struct rule_state *state = &rule->state;
    write_map(w, 9);
    write_key_fund(w, "fund", rule->fund);
    write_key_string(w, "rule", rule_word(rule->rule));
    write_key_string(w, "instance", rule->instance);
    write_key_string(w, "level", level_word(state->level));
    write_key_string(w, "severity", level_severity(state->level));
    write_key_bool(w, "blind", state->blind);
    write_key_bool(w, "acknowledged", state->acknowledged);
    write_key_date(w, "since", state->since);
    write_key_uint(w, "incident", state->incident);
}

void write_indicator_pairs(struct writer *w, struct indicator indicator)
{
    bool computable = indicator.why == COMPUTABLE;
    write_key_string(w, "computable", computable ? "" : not_computable_word(indicator.why));
    write_key_int(w, "num", computable ? indicator.value.num : 0);
    write_key_int(w, "den", computable ? indicator.value.den : 1);
    write_key_int(w, "mul", computable ? indicator.value.mul : 1);
}

void write_key_indicator(struct writer *w, const char *key, struct indicator indicator)
{
    write_key(w, key);
    write_map(w, 4);
    write_indicator_pairs(w, indicator);
}

void write_runways(struct writer *w, struct indicator booked, const struct owing *owing)
{
    write_key_indicator(w, "runway", booked);
    write_key_indicator(w, "runway_owed", indicator_runway_owed(booked, owing));
    write_key_indicator(w, "runway_received", indicator_runway_received(booked, owing));
}

void write_owing(struct writer *w, const struct owing *owing)
{
    write_key(w, "owing");
    write_map(w, 6);
    write_key_int(w, "booked", owing->booked.fen);
    write_key_int(w, "overpaid", owing->overpaid.fen);
    write_key_int(w, "incurred", owing->incurred.fen);
    write_key_int(w, "in_months", owing->in_months.fen);
    write_key_int(w, "subsidy", owing->subsidy_known ? owing->subsidy.fen : 0);
    write_key_bool(w, "subsidy_known", owing->subsidy_known);
}

void write_key_ratio(struct writer *w, const char *key, struct ratio ratio)
{
    write_key_indicator(w, key, (struct indicator){ .value = ratio });
}

int64_t sum_of_lines(bool (*of)(const struct lines *lines, struct amount *ret), const struct lines *lines)
{
    struct amount amount;
    return of(lines, &amount) ? amount.fen : 0;
}

bool has_moved(bool (*of)(const struct lines *lines, struct amount *ret), const struct lines *lines)
{
    return sum_of_lines(of, lines) != 0;
}

/* Debits are positive in the books: an expenditure reads as it is, income the other way round. */
static bool write_line(struct writer *w, const struct account_info *info, const struct lines *lines,
                       const struct lines *derived)
{
    int64_t provisional = 0, amount = lines->fen[info->account];
    bool part = derived != NULL && derived->fen[info->account] != 0;
    if (info->class == CLASS_EXPENDITURE) {
        enum account twin = account_provisional(info->account);
        provisional = lines->fen[twin];
        part |= derived != NULL && derived->fen[twin] != 0;
    }
    if (amount == 0 && provisional == 0)
        return false;
    write_map(w, derived != NULL ? 4 : 3);
    write_key_string(w, "account", info->code);
    write_key_int(w, "amount", info->class == CLASS_INCOME ? -amount : amount + provisional);
    write_key_int(w, "provisional", provisional);
    if (derived != NULL)
        write_key_bool(w, "derived", part);
    return true;
}

void write_key_lines(struct writer *w, const char *key, const struct lines *lines,
                     const struct lines *derived)
{
    struct query_list list;
    unsigned count;
    const struct account_info *chart = account_chart(&count);
    list_begin(&list);
    for (unsigned i = 0; i < count; i++) {
        if (chart[i].class == CLASS_INCOME || chart[i].class == CLASS_EXPENDITURE)
            list.count += write_line(&list.items, &chart[i], lines, derived);
    }
    list_end(&list, w, key);
}

void write_derived_figures(struct writer *w, const struct derived_figure *figures, size_t count)
{
    struct query_list list;
    list_begin(&list);
    for (size_t i = 0; i < count; i++) {
        if (!figures[i].derived)
            continue;
        write_string(&list.items, figures[i].name);
        list.count++;
    }
    list_end(&list, w, "derived_figures");
}
