/* libcyaml turns the file into the structs below, strings throughout (its
 * numeric fields accept "12abc"); what the strings say is read by `fill_…`.
 * The fillers share a `struct reading`, which keeps the first error. */
#include "producers/replay_case.h"

#include <assert.h>
#include <cyaml/cyaml.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fund/date.h"
#include "fund/ratio.h"
#include "wire/batch.h"
#include "wire/document.h"

#define CASE_FILE_MAX    65536  /* bytes */
#define YAML_MESSAGE_MAX (REPLAY_ERROR_MAX / 2)

struct table_text {
    char *file, *source;
};

struct people_text {
    char *count, *heads, *registry, *tax_office, *fee, *total;
    char **season;
    unsigned season_count;
};

struct bills_text {
    char *category, *count, *total, *in_policy, *sizes;
    char **season;
    unsigned season_count;
};

struct case_text {
    char *name, *fund, *year, *until, *policy, *bureau, *hospitals;
    struct table_text *tables;
    unsigned tables_count;
    struct people_text *people;
    struct bills_text *bills;
    unsigned bills_count;
};

static const cyaml_schema_value_t word_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 120),
};

#define REQUIRED(key, type, member) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 0, 120)
#define OPTIONAL(key, type, member) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, 120)
#define SEASON(type) \
    CYAML_FIELD_SEQUENCE("season", CYAML_FLAG_POINTER, type, season, &word_schema, \
                         REPLAY_MONTHS, REPLAY_MONTHS)

static const cyaml_schema_field_t table_fields[] = {
    REQUIRED("file", struct table_text, file),
    REQUIRED("source", struct table_text, source),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t people_fields[] = {
    REQUIRED("count", struct people_text, count),
    OPTIONAL("heads", struct people_text, heads),
    REQUIRED("registry", struct people_text, registry),
    REQUIRED("tax_office", struct people_text, tax_office),
    REQUIRED("fee", struct people_text, fee),
    REQUIRED("total", struct people_text, total),
    SEASON(struct people_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t bills_fields[] = {
    REQUIRED("category", struct bills_text, category),
    REQUIRED("count", struct bills_text, count),
    REQUIRED("total", struct bills_text, total),
    OPTIONAL("in_policy", struct bills_text, in_policy),
    OPTIONAL("sizes", struct bills_text, sizes),
    SEASON(struct bills_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t table_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct table_text, table_fields),
};
static const cyaml_schema_value_t bills_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct bills_text, bills_fields),
};

static const cyaml_schema_field_t case_fields[] = {
    REQUIRED("name", struct case_text, name),
    REQUIRED("fund", struct case_text, fund),
    REQUIRED("year", struct case_text, year),
    OPTIONAL("until", struct case_text, until),
    REQUIRED("policy", struct case_text, policy),
    REQUIRED("bureau", struct case_text, bureau),
    CYAML_FIELD_SEQUENCE("tables", CYAML_FLAG_POINTER, struct case_text, tables, &table_schema,
                         0, REPLAY_TABLES_MAX),
    CYAML_FIELD_MAPPING_PTR("people", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct case_text,
                            people, people_fields),
    OPTIONAL("hospitals", struct case_text, hospitals),
    CYAML_FIELD_SEQUENCE("bills", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct case_text, bills,
                         &bills_schema, 0, REPLAY_BILLS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t case_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct case_text, case_fields),
};

struct reading {
    const char *folder;
    struct replay_case *c;
    int err;                    /* the first; sticky */
    char *error;
};

[[gnu::format(printf, 2, 3)]]
static void fail(struct reading *r, const char *format, ...)
{
    if (r->err != 0)
        return;
    r->err = -EINVAL;
    int size = snprintf(r->error, REPLAY_ERROR_MAX, "%s/case.yaml: ", r->folder);
    if (size < 0 || size >= REPLAY_ERROR_MAX)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(r->error + size, REPLAY_ERROR_MAX - (size_t)size, format, args);
    va_end(args);
}

/* The digits of a whole number and nothing else. */
static int64_t fill_count(struct reading *r, const char *key, const char *text, int64_t min,
                          int64_t max)
{
    int64_t value = 0;
    size_t size = strlen(text);
    if (size == 0 || size > 18 || strspn(text, "0123456789") != size)
        fail(r, "%s: \"%s\" is not a whole number", key, text);
    else
        value = strtoll(text, NULL, 10);
    if (r->err == 0 && (value < min || value > max))
        fail(r, "%s: %s is not from %" PRId64 " to %" PRId64, key, text, min, max);
    return value;
}

static struct amount fill_amount(struct reading *r, const char *key, const char *text,
                                 enum amount_unit unit)
{
    struct amount amount = {0};
    if (amount_parse(text, unit, &amount) != 0 || amount.fen < 0 || amount.fen > AMOUNT_EVENT_MAX)
        fail(r, "%s: \"%s\" is not an amount in %s", key, text,
             unit == UNIT_WAN ? "万元" : "元");
    return amount;
}

static struct replay_season fill_season(struct reading *r, const char *key, char **texts)
{
    struct replay_season season = {0};
    uint64_t sum = 0;
    for (unsigned i = 0; i < REPLAY_MONTHS; i++) {
        season.weights[i] = (uint32_t)fill_count(r, key, texts[i], 0, 1000000);
        sum += season.weights[i];
    }
    if (sum == 0)
        fail(r, "%s: all twelve weights are 0", key);
    return season;
}

/* The number of a source: the one that it has, or a new one. */
static unsigned fill_source(struct reading *r, const char *key, const char *name)
{
    struct replay_case *c = r->c;
    if (!source_name_valid(name, strlen(name))) {
        fail(r, "%s: \"%s\" is no name of a source", key, name);
        return 0;
    }
    for (unsigned i = 0; i < c->source_count; i++)
        if (strcmp(c->sources[i], name) == 0)
            return i;
    assert(c->source_count < REPLAY_SOURCES_MAX);
    snprintf(c->sources[c->source_count], sizeof c->sources[0], "%s", name);
    return c->source_count++;
}

/* Files lie in the case's own folder: a case that came from elsewhere names no
 * others. */
static void fill_path(struct reading *r, const char *key, const char *file, char *ret)
{
    if (file[0] == '\0' || strchr(file, '/') != NULL) {
        fail(r, "%s: \"%s\" must be a file of the same folder", key, file);
        return;
    }
    int size = snprintf(ret, REPLAY_PATH_MAX, "%s/%s", r->folder, file);
    if (size < 0 || size >= REPLAY_PATH_MAX)
        fail(r, "%s: the path is longer than %d bytes", key, REPLAY_PATH_MAX - 1);
}

/* The end of the case: of its year, or the last day of a month within three years of it. */
static void fill_last(struct reading *r, const char *until)
{
    date_month december = r->c->year * 12 + 11;
    r->c->last = date_month_last(december);
    if (until == NULL || r->err != 0)
        return;
    if (date_parse(until, &r->c->last) != 0 || r->c->last != date_month_last(date_month_of(r->c->last))
            || date_month_of(r->c->last) < december
            || date_month_of(r->c->last) > december + REPLAY_MONTHS_AFTER)
        fail(r, "until: \"%s\" is not the last day of a month, from the year's end to %d months later",
             until, REPLAY_MONTHS_AFTER);
}

static void fill_head(struct reading *r, const struct case_text *text)
{
    struct replay_case *c = r->c;
    snprintf(c->name, sizeof c->name, "%s", text->name);
    if (!fund_parse(text->fund, &c->fund))
        fail(r, "fund: \"%s\" is not a place and a scheme such as 130207/390", text->fund);
    c->year = (int)fill_count(r, "year", text->year, DATE_YEAR_MIN, DATE_YEAR_MAX);
    fill_last(r, text->until);
    c->bureau = fill_source(r, "bureau", text->bureau);
    fill_path(r, "policy", text->policy, c->policy_path);
    for (unsigned i = 0; i < text->tables_count; i++) {
        fill_path(r, "tables.file", text->tables[i].file, c->tables[i].path);
        c->tables[i].source = fill_source(r, "tables.source", text->tables[i].source);
    }
    c->table_count = text->tables_count;
}

static void fill_people(struct reading *r, const struct people_text *text)
{
    if (text == NULL)
        return;
    struct replay_persons *p = &r->c->people;
    p->count = fill_count(r, "people.count", text->count, 1, REPLAY_ITEMS_MAX);
    p->derived = text->heads != NULL && strcmp(text->heads, "derived") == 0;
    if (text->heads != NULL && !p->derived && strcmp(text->heads, "stated") != 0)
        fail(r, "people.heads: \"%s\" is neither stated nor derived", text->heads);
    p->registry = fill_source(r, "people.registry", text->registry);
    p->tax_office = fill_source(r, "people.tax_office", text->tax_office);
    p->fee = fill_amount(r, "people.fee", text->fee, UNIT_YUAN);
    p->total = fill_amount(r, "people.total", text->total, UNIT_WAN);
    p->season = fill_season(r, "people.season", text->season);
    if (r->err == 0 && p->fee.fen > p->total.fen / p->count)
        fail(r, "people: %" PRId64 " fees of %s yuan are more than the total of %s wan yuan",
             p->count, text->fee, text->total);
}

static void fill_hospitals(struct reading *r, const struct case_text *text)
{
    struct replay_case *c = r->c;
    if (text->hospitals == NULL)
        return;
    c->hospital_count =
        (unsigned)fill_count(r, "hospitals", text->hospitals, 1, REPLAY_HOSPITALS_MAX);
    if (r->err != 0)
        return;
    c->first_hospital = c->source_count;
    for (unsigned i = 0; i < c->hospital_count; i++) {
        char name[SOURCE_NAME_MAX + 1];
        snprintf(name, sizeof name, "hospital-%03u", i + 1);
        if (fill_source(r, "hospitals", name) != c->first_hospital + i)
            fail(r, "hospitals: another source is called %s already", name);
    }
}

static bool fill_sizes(struct reading *r, const char *text)
{
    if (text == NULL || strcmp(text, "spread") == 0)
        return false;
    if (strcmp(text, "even") != 0)
        fail(r, "bills.sizes: \"%s\" is neither spread nor even", text);
    return true;
}

/* A percentage with at most two decimals, above 0 and at most 100. */
static int64_t fill_percent(struct reading *r, const char *key, const char *text)
{
    struct amount percent = {0};
    if (text == NULL)
        return 0;
    if (amount_parse(text, UNIT_YUAN, &percent) != 0 || percent.fen < 1 || percent.fen > E4)
        fail(r, "%s: \"%s\" is not a percentage above 0 and at most 100", key, text);
    return percent.fen;
}

static void fill_bills(struct reading *r, const struct bills_text *text, struct replay_bills *ret)
{
    ret->category = event_category_of(text->category, strlen(text->category));
    if (ret->category < CATEGORY_INPATIENT || ret->category > CATEGORY_UNLISTED)
        fail(r, "bills.category: \"%s\" is not a category of settlements", text->category);
    ret->count = fill_count(r, "bills.count", text->count, 1, REPLAY_ITEMS_MAX);
    ret->total = fill_amount(r, "bills.total", text->total, UNIT_WAN);
    ret->in_policy_e4 = fill_percent(r, "bills.in_policy", text->in_policy);
    ret->even = fill_sizes(r, text->sizes);
    ret->season = fill_season(r, "bills.season", text->season);
    if (r->err == 0 && ret->total.fen < ret->count)
        fail(r, "bills: a total of %s wan yuan has not one fen for each of %s bills",
             text->total, text->count);
    if (r->err == 0 && ret->in_policy_e4 > 0 &&
        ret->total.fen > AMOUNT_EVENT_MAX / E4 * ret->in_policy_e4)
        fail(r, "bills.in_policy: with %s %% the cost is beyond any event's", text->in_policy);
}

static void fill_all_bills(struct reading *r, const struct case_text *text)
{
    struct replay_case *c = r->c;
    for (unsigned i = 0; i < text->bills_count && r->err == 0; i++) {
        fill_bills(r, &text->bills[i], &c->bills[i]);
        for (unsigned other = 0; other < i; other++)
            if (c->bills[other].category == c->bills[i].category)
                fail(r, "bills.category: %s stands there twice", text->bills[i].category);
    }
    c->bills_count = text->bills_count;
    if (c->bills_count > 0 && (c->hospital_count == 0 || c->people.count == 0))
        fail(r, "bills need people, and hospitals that send them");
}

struct heard {
    char text[YAML_MESSAGE_MAX];
    unsigned line;              /* the innermost; 0: none was named */
};

/* libcyaml says what is wrong in one line, and then where, from the inside out:
 * one sentence of both. */
[[gnu::format(printf, 3, 0)]]
static void hear(cyaml_log_t level, void *arg, const char *format, va_list args)
{
    struct heard *heard = arg;
    char said[128];
    size_t size = strlen(heard->text);
    (void)level;
    vsnprintf(said, sizeof said, format, args);
    said[strcspn(said, "\n")] = '\0';
    const char *text = strncmp(said, "Load: ", 6) == 0 ? said + 6 : said;
    const char *line = strstr(text, "(line: ");
    if (line != NULL && heard->line == 0)
        heard->line = (unsigned)strtoul(line + strlen("(line: "), NULL, 10);
    text += strspn(text, " ");
    if (strncmp(text, "Backtrace", 9) != 0)
        snprintf(heard->text + size, sizeof heard->text - size, "%s%s", size == 0 ? "" : ", ", text);
}

static void explain(struct reading *r, cyaml_err_t err, const struct heard *heard)
{
    /* Of an alias libcyaml says only where. */
    if (err == CYAML_ERR_ALIAS)
        fail(r, "aliases and anchors are not taken, line %u", heard->line);
    else
        fail(r, "%s", heard->text[0] != '\0' ? heard->text : cyaml_strerror(err));
}

static void fill_case(struct reading *r, const uint8_t *bytes, size_t size)
{
    struct heard heard = {.line = 0};
    const cyaml_config_t config = {
        .log_fn = hear, .log_ctx = &heard, .log_level = CYAML_LOG_ERROR,
        .mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS,
    };
    struct case_text *text = NULL;
    cyaml_err_t err = cyaml_load_data(bytes, size, &config, &case_schema, (cyaml_data_t **)&text, NULL);
    if (err != CYAML_OK) {
        explain(r, err, &heard);
    } else if (text == NULL) {
        fail(r, "the file is empty");
    } else {
        fill_head(r, text);
        fill_people(r, text->people);
        fill_hospitals(r, text);
        fill_all_bills(r, text);
    }
    cyaml_free(&config, &case_schema, text, 0);
}

/* 0 or a negative errno; what is read is at most CASE_FILE_MAX + 1 bytes. */
static int read_file(const char *path, uint8_t *bytes, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    *ret_size = fread(bytes, 1, CASE_FILE_MAX + 1, file);
    int err = ferror(file) ? -EIO : *ret_size > CASE_FILE_MAX ? -EFBIG : 0;
    fclose(file);
    return err;
}

int replay_case_read(const char *folder, struct replay_case *ret, char *error)
{
    char path[REPLAY_PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/case.yaml", folder);
    if (length < 0 || length >= (int)sizeof path) {
        snprintf(error, REPLAY_ERROR_MAX, "the path of the case is too long");
        return -ENAMETOOLONG;
    }
    struct replay_case c = {0};
    struct reading r = {.folder = folder, .c = &c, .error = error};
    size_t size = 0;
    uint8_t *bytes = malloc(CASE_FILE_MAX + 1);
    int err = bytes == NULL ? -ENOMEM : read_file(path, bytes, &size);
    unsigned second = err == 0 ? document_second((const char *)bytes, size) : 0;
    if (err != 0)
        fail(&r, "cannot be read: %s", strerror(-err));
    else if (second != 0)
        fail(&r, "a second document begins in line %u; there can be one", second);
    else
        fill_case(&r, bytes, size);
    free(bytes);
    if (err == 0)
        err = r.err;
    if (err == 0)
        *ret = c;
    return err;
}

int replay_case_resize(struct replay_case *c, int64_t persons)
{
    if (c->people.count == 0)
        return -EINVAL;
    if (persons < 1 || persons > REPLAY_ITEMS_MAX || persons > c->people.total.fen)
        return -ERANGE;

    struct replay_case resized = *c;
    resized.people.count = persons;
    if (persons != c->people.count)
        resized.people.fee.fen = c->people.total.fen / persons;
    for (unsigned i = 0; i < c->bills_count; i++) {
        /* Both factors are at most REPLAY_ITEMS_MAX: their product fits. */
        int64_t count = c->bills[i].count * persons / c->people.count;
        if (count > REPLAY_ITEMS_MAX || count > c->bills[i].total.fen)
            return -ERANGE;
        resized.bills[i].count = count > 0 ? count : 1;
    }
    *c = resized;
    return 0;
}

void replay_institution(const struct replay_case *c, unsigned hospital, char *text)
{
    assert(hospital < c->hospital_count);
    assert(c->fund.place <= PLACE_MAX);

    /* One byte more than the code has, because the compiler cannot see the limits. */
    char code[32];
    snprintf(code, sizeof code, "H%06u%05u", (unsigned)c->fund.place, hospital + 1);
    memcpy(text, code, REPLAY_INSTITUTION_SIZE + 1);
}
