/* reconcile - a source's own account of what it sent, beside what the books have of it (对账).
 *
 * As the field does it: first the totals per day and kind (3201), then, where they differ, the records
 * (3202).  The source's side is a file of JSON lines, either totals or records.  The answer is made as JSON
 * first, so that what --json says and what is printed are the same. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/cells.h"
#include "consumers/commands.h"
#include "consumers/event_text.h"
#include "consumers/figures.h"
#include "consumers/table.h"
#include "consumers/terms.h"

#define RECORDS_MAX INT64_C(5000000)

/* The two accounts: "20240115 settlement" to its count and amount, an id to its record. */
struct account_of {
    json_t *totals, *records;   /* objects, owned */
};

struct reconciling {
    struct session *s;
    const char *source, *path;
    bool every;                 /* records of every day, not only where totals differ */
    bool has_records;
    int64_t from, to;
    struct account_of file, books;
    json_t *differing;          /* object: keys of `totals` that differ; owned */
    json_t *totals, *records;   /* arrays of the answer; owned */
    int64_t agree;
};

static enum exit_code no_memory(const struct reconciling *r)
{
    return session_fail(r->s, EXIT_FAILED, "there is not enough memory");
}

/* --- Totals. ------------------------------------------------------------------------- */

static void total_key(int64_t date, const char *kind, char key[2 * CELL_MAX])
{
    snprintf(key, 2 * CELL_MAX, "%08" PRId64 " %.32s", date, kind);
}

/* Adds to a total; false if the sum leaves 64 bits. */
static bool add_total(json_t *totals, int64_t date, const char *kind, int64_t count, int64_t fen)
{
    char key[2 * CELL_MAX];
    total_key(date, kind, key);
    json_t *total = json_object_get(totals, key);
    if (total == NULL) {
        json_object_set_new(totals, key, json_pack("{s:I, s:I}", "count", (json_int_t)count, "amount",
                                                   (json_int_t)fen));
        return true;
    }
    int64_t sum, events;
    bool fits = !__builtin_add_overflow(json_integer_value(json_object_get(total, "amount")), fen, &sum)
        && !__builtin_add_overflow(json_integer_value(json_object_get(total, "count")), count, &events);
    if (fits) {
        json_object_set_new(total, "amount", json_integer(sum));
        json_object_set_new(total, "count", json_integer(events));
    }
    return fits;
}

/* --- The source's file. ---------------------------------------------------------------- */

static enum exit_code bad_line(const struct reconciling *r, unsigned long line, const char *why)
{
    return session_fail(r->s, EXIT_USAGE, "%s:%lu: %s", r->path, line, why);
}

static int64_t integer_or(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static bool is_day(int64_t ymd)
{
    date_day day;
    return ymd >= 0 && ymd <= INT32_MAX && date_from_ymd((int32_t)ymd, &day);
}

/* The same record twice counts once, as it does in the books; another one of the same id is a fault of the
 * file. */
static enum exit_code take_record(struct reconciling *r, json_t *object, const char *id, unsigned long line)
{
    const json_t *before = json_object_get(r->file.records, id);
    r->has_records = true;
    if (before != NULL)
        return json_equal(before, object) ? EXIT_DONE
                                          : bad_line(r, line, "an id stands there twice with other content");
    if (json_object_set(r->file.records, id, object) != 0)
        return no_memory(r);
    bool fits = add_total(r->file.totals, integer_or(object, "date", 0),
                          json_string_value(json_object_get(object, "kind")), 1,
                          integer_or(object, "amount", 0));
    return fits ? EXIT_DONE : bad_line(r, line, "the sums leave 64 bits");
}

static enum exit_code take_line(struct reconciling *r, json_t *object, unsigned long line)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *kind = json_string_value(json_object_get(object, "kind"));
    int64_t date = integer_or(object, "date", -1);
    if (kind == NULL || !is_day(date))
        return bad_line(r, line, "a line has a date, as 20240115, and a kind");
    r->from = r->from < 0 || date < r->from ? date : r->from;
    r->to = date > r->to ? date : r->to;
    if (id != NULL && id[0] != '\0')
        return take_record(r, object, id, line);
    int64_t count = integer_or(object, "count", -1);
    if (count < 0 || r->has_records)
        return bad_line(r, line, "a line has an id or, in a file of totals, a count");
    return add_total(r->file.totals, date, kind, count, integer_or(object, "amount", 0))
        ? EXIT_DONE : bad_line(r, line, "the sums leave 64 bits");
}

static enum exit_code read_lines(struct reconciling *r, FILE *from)
{
    enum exit_code code = EXIT_DONE;
    char *text = NULL;
    size_t room = 0;
    ssize_t size;
    for (unsigned long line = 1; code == EXIT_DONE && (size = getline(&text, &room, from)) >= 0; line++) {
        json_error_t error;
        if (strspn(text, " \t\r\n") == (size_t)size)
            continue;
        json_t *object = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, &error);
        code = json_is_object(object) ? take_line(r, object, line)
                                      : bad_line(r, line, "a line is one object of JSON");
        json_decref(object);
    }
    if (code == EXIT_DONE && ferror(from))
        code = session_fail(r->s, EXIT_FAILED, "%s cannot be read", r->path);
    free(text);
    return code;
}

static enum exit_code read_file(struct reconciling *r)
{
    bool standard = strcmp(r->path, "-") == 0;
    FILE *from = standard ? stdin : fopen(r->path, "re");
    if (from == NULL)
        return session_fail(r->s, EXIT_FAILED, "%s: %s", r->path, strerror(errno));
    int64_t asked_from = r->from, asked_to = r->to;
    enum exit_code code = read_lines(r, from);
    if (!standard)
        fclose(from);
    r->from = asked_from >= 0 ? asked_from : r->from;
    r->to = asked_to >= 0 ? asked_to : r->to;
    if (code == EXIT_DONE && (r->from < 0 || r->to < 0))
        code = session_fail(r->s, EXIT_USAGE, "%s has no line: say --from and --to", r->path);
    return code;
}

/* --- What the books have. ---------------------------------------------------------------- */

static enum exit_code ask_totals(struct reconciling *r)
{
    json_t *answer;
    enum exit_code code = ASK(r->s, &answer, "reconcile", TEXT_ARGUMENT("source", r->source),
                              NUMBER_ARGUMENT("from", r->from), NUMBER_ARGUMENT("to", r->to));
    if (code != EXIT_DONE)
        return code;
    const json_t *days = json_object_get(answer, "days");
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *item = json_array_get(days, i);
        const char *kind = json_string_value(json_object_get(item, "kind"));
        add_total(r->books.totals, integer_or(item, "date", 0), kind != NULL ? kind : "",
                  integer_or(item, "count", 0), integer_or(item, "amount", 0));
    }
    json_decref(answer);
    return EXIT_DONE;
}

/* All records of the source in the days in question. */
static enum exit_code ask_records(struct reconciling *r)
{
    static const struct listing listing = { "events", "events", "next", true };
    const struct argument arguments[] = {
        TEXT_ARGUMENT("source", r->source), NUMBER_ARGUMENT("from", r->from), NUMBER_ARGUMENT("to", r->to),
        NUMBER_ARGUMENT("after", -1),
    };
    json_t *answer;
    enum exit_code code = session_list(r->s, &listing, arguments, 4, RECORDS_MAX, &answer);
    if (code != EXIT_DONE)
        return code;
    const json_t *items = json_object_get(answer, "events");
    for (size_t i = 0; i < json_array_size(items); i++) {
        json_t *event = json_object_get(json_array_get(items, i), "event");
        const char *id = json_string_value(json_object_get(event, "id"));
        if (id != NULL)
            json_object_set(r->books.records, id, event);
    }
    if (json_is_true(json_object_get(answer, "more")))
        code = session_fail(r->s, EXIT_FAILED, "more than %" PRId64 " records: ask for fewer days",
                            RECORDS_MAX);
    json_decref(answer);
    return code;
}

/* --- Comparing. -------------------------------------------------------------------------- */

static bool in_days(const struct reconciling *r, int64_t date)
{
    return date >= r->from && date <= r->to;
}

static json_t *side(const json_t *total)
{
    return json_pack("{s:I, s:I}", "count", (json_int_t)integer_or(total, "count", 0), "amount",
                     (json_int_t)integer_or(total, "amount", 0));
}

static void compare_total(struct reconciling *r, const char *key)
{
    const json_t *file = json_object_get(r->file.totals, key), *books = json_object_get(r->books.totals, key);
    int64_t date = strtoll(key, NULL, 10);
    if (!in_days(r, date))
        return;
    if (file != NULL && books != NULL && json_equal(file, books)) {
        r->agree++;
        return;
    }
    json_object_set_new(r->differing, key, json_true());
    json_array_append_new(r->totals, json_pack("{s:I, s:s, s:o, s:o}", "date", (json_int_t)date, "kind",
                                               strchr(key, ' ') + 1, "file", side(file), "books",
                                               side(books)));
}

static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of two objects together, in order; the array is the caller's, the keys are the objects'. */
static const char **keys_of(const json_t *one, const json_t *other, size_t *ret_count)
{
    const char **keys = calloc(json_object_size(one) + json_object_size(other) + 1, sizeof *keys);
    size_t count = 0;
    const char *key;
    json_t *value;
    if (keys == NULL)
        return NULL;
    json_object_foreach((json_t *)one, key, value)
        keys[count++] = key;
    json_object_foreach((json_t *)other, key, value)
        if (json_object_get(one, key) == NULL)
            keys[count++] = key;
    qsort(keys, count, sizeof *keys, by_key);
    *ret_count = count;
    return keys;
}

static enum exit_code each_key(struct reconciling *r, const json_t *one, const json_t *other,
                               void (*compare)(struct reconciling *r, const char *key))
{
    size_t count = 0;
    const char **keys = keys_of(one, other, &count);
    if (keys == NULL)
        return no_memory(r);
    for (size_t i = 0; i < count; i++)
        compare(r, keys[i]);
    free(keys);
    return EXIT_DONE;
}

/* The fields that the file states and the books have otherwise; NULL if there are none. */
static json_t *differing_fields(const json_t *file, const json_t *books)
{
    json_t *fields = json_array(), *value;
    const char *key;
    json_object_foreach((json_t *)file, key, value) {
        json_t *booked = json_object_get(books, key);
        if (booked == NULL || !json_equal(value, booked))
            json_array_append_new(fields, json_pack("{s:s, s:O, s:o}", "key", key, "file", value, "books",
                                                    booked != NULL ? json_incref(booked) : json_null()));
    }
    if (json_array_size(fields) > 0)
        return fields;
    json_decref(fields);
    return NULL;
}

static bool is_in_question(const struct reconciling *r, const json_t *record)
{
    char key[2 * CELL_MAX];
    const char *kind = json_string_value(json_object_get(record, "kind"));
    int64_t date = integer_or(record, "date", 0);
    total_key(date, kind != NULL ? kind : "", key);
    return in_days(r, date) && (r->every || json_object_get(r->differing, key) != NULL);
}

/* `what` is "missing_here", "missing_there" or "differs". */
static void add_record(struct reconciling *r, const char *id, const json_t *record, const char *what,
                       json_t *fields)
{
    json_array_append_new(r->records, json_pack(
        "{s:s, s:I, s:O, s:I, s:s, s:s, s:o}", "id", id, "date", (json_int_t)integer_or(record, "date", 0),
        "kind", json_object_get(record, "kind"), "amount", (json_int_t)integer_or(record, "amount", 0),
        "what", what, "reason", "", "fields", fields != NULL ? fields : json_array()));
}

static void compare_record(struct reconciling *r, const char *id)
{
    const json_t *file = json_object_get(r->file.records, id), *books = json_object_get(r->books.records, id);
    if (file != NULL && books != NULL) {
        json_t *fields = differing_fields(file, books);
        if (fields != NULL && (is_in_question(r, file) || is_in_question(r, books)))
            add_record(r, id, file, "differs", fields);
        else
            json_decref(fields);
    } else if (file != NULL && is_in_question(r, file)) {
        add_record(r, id, file, "missing_here", NULL);
    } else if (books != NULL && is_in_question(r, books)) {
        add_record(r, id, books, "missing_there", NULL);
    }
}

/* --- Why a record is not there. ------------------------------------------------------------ */

/* Booked on another day than those asked for: then it differs. */
static enum exit_code look_elsewhere(struct reconciling *r, json_t *record)
{
    const char *id = json_string_value(json_object_get(record, "id"));
    json_t *answer;
    enum exit_code code = ASK(r->s, &answer, "event", TEXT_ARGUMENT("source", r->source),
                              TEXT_ARGUMENT("id", id));
    if (code != EXIT_DONE)
        return code;
    const json_t *event = json_object_get(answer, "event");
    if (json_is_object(event)) {
        json_t *fields = differing_fields(json_object_get(r->file.records, id), event);
        json_object_set_new(record, "what", json_string("differs"));
        json_object_set_new(record, "fields", fields != NULL ? fields : json_array());
    }
    json_decref(answer);
    return EXIT_DONE;
}

/* What quarantine says of an id; the newest entry. */
static json_t *quarantine_reasons(const json_t *entries)
{
    json_t *reasons = json_object();
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *id = json_string_value(json_object_get(entry, "id"));
        const char *reason = json_string_value(json_object_get(entry, "reason"));
        json_t *said = json_object_get(entry, reason != NULL && reason[0] != '\0' ? "reason" : "outcome");
        if (id != NULL && id[0] != '\0' && said != NULL)
            json_object_set(reasons, id, said);
    }
    return reasons;
}

static enum exit_code ask_reasons(struct reconciling *r, json_t **ret)
{
    static const struct listing listing = { "quarantine", "entries", "number", false };
    const struct argument arguments[] = { TEXT_ARGUMENT("source", r->source), NUMBER_ARGUMENT("after", -1) };
    json_t *answer;
    enum exit_code code = session_list(r->s, &listing, arguments, 2, RECORDS_MAX, &answer);
    if (code != EXIT_DONE)
        return code;
    *ret = quarantine_reasons(json_object_get(answer, "entries"));
    json_decref(answer);
    return *ret != NULL ? EXIT_DONE : no_memory(r);
}

static enum exit_code explain_missing(struct reconciling *r)
{
    json_t *reasons = NULL;
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < json_array_size(r->records) && code == EXIT_DONE; i++) {
        json_t *record = json_array_get(r->records, i);
        if (strcmp(json_string_value(json_object_get(record, "what")), "missing_here") != 0)
            continue;
        if (reasons == NULL)
            code = ask_reasons(r, &reasons);
        json_t *reason = json_object_get(reasons, json_string_value(json_object_get(record, "id")));
        if (reason != NULL)
            json_object_set(record, "reason", reason);
        else if (code == EXIT_DONE)
            code = look_elsewhere(r, record);
    }
    json_decref(reasons);
    return code;
}

/* --- Showing. ------------------------------------------------------------------------------- */

static const char *day_cell(struct fields *f, const json_t *item, char text[CELL_MAX])
{
    static_assert(CELL_MAX >= DATE_TEXT_MAX, "a date has room");
    return date_format(field_date(f, item, "date"), text);
}

static void total_row(struct page *page, struct table *table, const json_t *item)
{
    struct fields *f = &page->f;
    const json_t *file = field_map(f, item, "file"), *books = field_map(f, item, "books");
    char day[CELL_MAX], counts[2][FIGURE_MAX], amounts[2][FIGURE_MAX];
    TABLE_ROW(table, day_cell(f, item, day), term_of(page->language, TERM_KIND, field_text(f, item, "kind")),
              figure_count(field_int(f, file, "count"), counts[0]),
              figure_yuan(field_int(f, file, "amount"), amounts[0]),
              figure_count(field_int(f, books, "count"), counts[1]),
              figure_yuan(field_int(f, books, "amount"), amounts[1]));
}

/* "amount 380.00 元 ≠ 370.00 元; category personal ≠ absent": in the file, in the books. */
static void write_fields(const struct page *page, const json_t *fields, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(fields) && used < size; i++) {
        const json_t *field = json_array_get(fields, i), *booked = json_object_get(field, "books");
        const char *key = json_string_value(json_object_get(field, "key"));
        char file[FIGURE_MAX], books[FIGURE_MAX];
        used += (size_t)snprintf(
            text + used, size - used, "%s%s %s ≠ %s", i > 0 ? page_word(page, WORD_SEMICOLON) : "",
            term_of(page->language, TERM_FIELD, key),
            event_value_text(page->language, key, json_object_get(field, "file"), file),
            json_is_null(booked) ? page_word(page, WORD_ABSENT)
                                 : event_value_text(page->language, key, booked, books));
    }
}

static void record_row(struct page *page, struct table *table, const json_t *item)
{
    struct fields *f = &page->f;
    char day[CELL_MAX], amount[FIGURE_MAX], text[512];
    const char *what = field_text(f, item, "what"), *reason = field_text(f, item, "reason");
    const char *said = term_of(page->language,
                               term_known(TERM_REASON, reason) ? TERM_REASON : TERM_OUTCOME, reason);
    if (strcmp(what, "differs") == 0)
        write_fields(page, field_array(f, item, "fields"), text, sizeof text);
    else
        WORDS(text, page_word(page, strcmp(what, "missing_there") == 0 ? WORD_NOT_IN_FILE
                                    : reason[0] != '\0' ? WORD_IN_QUARANTINE : WORD_NEVER_CAME), said);
    TABLE_ROW(table, day_cell(f, item, day), term_of(page->language, TERM_KIND, field_text(f, item, "kind")),
              field_text(f, item, "id"), figure_yuan(field_int(f, item, "amount"), amount), text);
}

static void print_totals(struct page *page, const json_t *totals)
{
    struct table *table = table_new("llrrrr");
    fputc('\n', page->to);
    TABLE_ROW(table, page_word(page, WORD_DATE), page_word(page, WORD_KIND), page_word(page, WORD_FILE),
              page_word(page, WORD_FILE_YUAN), page_word(page, WORD_BOOKS), page_word(page, WORD_FILE_YUAN));
    for (size_t i = 0; i < json_array_size(totals); i++)
        total_row(page, table, json_array_get(totals, i));
    print_table(page, &table, WORD_NO_TOTALS);
}

static void print_records(struct page *page, const json_t *records)
{
    struct table *table = table_new("lllrl");
    fputc('\n', page->to);
    TABLE_ROW(table, page_word(page, WORD_DATE), page_word(page, WORD_KIND), page_word(page, WORD_ID),
              page_word(page, WORD_FILE_YUAN), "");
    for (size_t i = 0; i < json_array_size(records); i++)
        record_row(page, table, json_array_get(records, i));
    print_table(page, &table, WORD_NO_TOTALS);
}

static void print_compared(struct page *page, const json_t *answer)
{
    struct fields *f = &page->f;
    const json_t *totals = field_array(f, answer, "totals"), *records = field_array(f, answer, "records");
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX], agree[CELL_MAX], differ[CELL_MAX];
    snprintf(agree, sizeof agree, "%" PRId64, field_int(f, answer, "agree"));
    snprintf(differ, sizeof differ, "%zu", json_array_size(totals));
    PAGE_SAY(page, WORD_RECONCILED, field_text(f, answer, "source"),
             date_format(field_date(f, answer, "from"), from), date_format(field_date(f, answer, "to"), to),
             agree, differ);
    if (json_array_size(totals) > 0)
        print_totals(page, totals);
    if (json_array_size(records) > 0)
        print_records(page, records);
}

/* --- The command. ----------------------------------------------------------------------------- */

static bool begin(struct reconciling *r)
{
    r->file = (struct account_of){ json_object(), json_object() };
    r->books = (struct account_of){ json_object(), json_object() };
    r->differing = json_object();
    r->totals = json_array();
    r->records = json_array();
    return r->file.totals != NULL && r->file.records != NULL && r->books.totals != NULL
        && r->books.records != NULL && r->differing != NULL && r->totals != NULL && r->records != NULL;
}

static void end(struct reconciling *r)
{
    json_decref(r->file.totals);
    json_decref(r->file.records);
    json_decref(r->books.totals);
    json_decref(r->books.records);
    json_decref(r->differing);
    json_decref(r->totals);
    json_decref(r->records);
}

static enum exit_code compare(struct reconciling *r)
{
    enum exit_code code = read_file(r);
    if (code == EXIT_DONE)
        code = ask_totals(r);
    if (code == EXIT_DONE)
        code = each_key(r, r->file.totals, r->books.totals, compare_total);
    bool look = r->has_records && (r->every || json_object_size(r->differing) > 0);
    if (code != EXIT_DONE || !look)
        return code;
    code = ask_records(r);
    if (code == EXIT_DONE)
        code = each_key(r, r->file.records, r->books.records, compare_record);
    return code == EXIT_DONE ? explain_missing(r) : code;
}

enum exit_code reconcile_file(struct session *s, const char *source, int64_t from, int64_t to,
                              const char *path, bool every)
{
    struct reconciling r = { .s = s, .source = source, .path = path, .every = every, .from = from, .to = to };
    enum exit_code code = begin(&r) ? compare(&r) : no_memory(&r);
    if (code == EXIT_DONE) {
        bool same = json_array_size(r.totals) == 0 && json_array_size(r.records) == 0;
        code = show_answer(s, json_pack("{s:s, s:I, s:I, s:I, s:O, s:O}", "source", source, "from",
                                        (json_int_t)r.from, "to", (json_int_t)r.to, "agree",
                                        (json_int_t)r.agree, "totals", r.totals, "records", r.records),
                           print_compared);
        if (code == EXIT_DONE && !same)
            code = EXIT_BAD;
    }
    end(&r);
    return code;
}
