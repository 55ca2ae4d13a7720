#include "producers/replay_rows.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fund/date.h"
#include "producers/input.h"
#include "producers/mapping.h"
#include "files/policy_file.h"
#include "wire/policy_codec.h"

/* A table has the fields of an event under their own names. */
static const struct column columns[] = {
#define FIELD(NAME, key, TYPE, member, sentence) \
    {SLOT_##NAME, SLOT_##NAME <= SLOT_DATE, key, sentence},
#include "fund/event.def"
#undef FIELD
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

/* What reading goes by. */
struct reading {
    const struct replay_case *c;
    const struct person_keys *keys;
    struct replay_rows *rows;
    struct complaint *complaint;
    date_day last;              /* of the case */
};

static int keep(struct reading *r, const struct event *event, unsigned source)
{
    struct replay_rows *rows = r->rows;
    if (rows->count == REPLAY_ROWS_MAX) {
        complain(r->complaint, "", "more than %d rows; split the case", REPLAY_ROWS_MAX);
        return -E2BIG;
    }
    if (rows->count == rows->room) {
        unsigned room = rows->room == 0 ? 256 : rows->room * 2;
        struct replay_row *more = reallocarray(rows->rows, room, sizeof *more);
        if (more == NULL) {
            complain(r->complaint, "", "not enough memory");
            return -ENOMEM;
        }
        rows->rows = more;
        rows->room = room;
    }
    rows->rows[rows->count] = (struct replay_row){
        .event = *event, .source = source, .order = rows->count,
    };
    rows->count++;
    return 0;
}

static int refuse(struct reading *r, const char *field, const char *text)
{
    complain(r->complaint, field, "%s", text);
    return -EINVAL;
}

static int take_values(struct reading *r, const struct values *values, unsigned source)
{
    enum event_field field = FIELD_ID;
    struct event event = values->event;
    enum reject reject = event_check(&event, &field);
    if (reject != REJECT_NONE)
        return refuse(r, event_field_key(field), reject_sentence(reject));
    if (event.kind == KIND_POLICY)
        return refuse(r, "kind", "a policy is a file of its own");
    if (!fund_equal(event.fund, r->c->fund))
        return refuse(r, "fund", "not the fund of the case");
    if (event.date > r->last)
        return refuse(r, "date", "after the last day of the case");
    return event.kind == KIND_DAY ? 0 : keep(r, &event, source);
}

static int take_row(struct reading *r, struct mapping *mapping, const struct row *row, bool first,
                    unsigned source)
{
    r->complaint->line = row->line;
    if (first) {
        unsigned unknown = 0;
        if (!mapping_bind(mapping, row, true, r->complaint))
            return -EINVAL;
        const char *const *names = mapping_unknown(mapping, &unknown);
        if (unknown > 0)
            return refuse(r, names[0], "an event has no such field");
    }
    struct values values = {0};
    if (!mapping_read(mapping, row, &values, r->complaint))
        return -EINVAL;
    return take_values(r, &values, source);
}

static int take_rows(struct reading *r, struct input *input, struct mapping *mapping,
                     unsigned source)
{
    struct row row;
    int err = 0;
    for (bool first = true; err == 0; first = false) {
        switch (input_next(input, &row, r->complaint)) {
        case INPUT_ROW:
            err = input_is_csv(input) ? take_row(r, mapping, &row, first, source)
                                      : refuse(r, "", "a case's table is CSV");
            break;
        case INPUT_BAD:
            return -EINVAL;
        case INPUT_FAILED:
            return -EIO;
        case INPUT_END:
            return 0;
        }
    }
    return err;
}

static int read_table(struct reading *r, const struct replay_table *table)
{
    const struct settings settings = {.date = DATE_NONE, .unit = UNIT_YUAN, .keys = r->keys};
    struct input *input;
    int err = input_open(table->path, ENCODING_AUTO, &input);
    if (err != 0)
        return refuse(r, "", "the file cannot be opened");
    struct mapping *mapping = mapping_new(columns, COLUMN_COUNT, &settings);
    err = mapping == NULL ? -ENOMEM : take_rows(r, input, mapping, table->source);
    mapping_free(&mapping);
    input_close(&input);
    return err;
}

/* The id is the one that fundwatch-bureau --policy gives. */
static struct event policy_event(struct fund fund, date_day date, const struct policy *policy,
                                 struct policy_text text)
{
    struct event event = {
        .present = FIELD_BIT(ID) | FIELD_BIT(KIND) | FIELD_BIT(FUND) | FIELD_BIT(DATE) |
                   FIELD_BIT(POLICY),
        .kind = KIND_POLICY, .fund = fund, .date = date, .policy = text,
    };
    char id[EVENT_ID_MAX];
    snprintf(id, sizeof id, "policy.%u.%u.%u", (unsigned)fund.place, (unsigned)fund.scheme,
             policy->version);
    bool fits = event_set_id(&event, id, "");
    assert(fits);
    return event;
}

static int read_policy(struct reading *r)
{
    const struct replay_case *c = r->c;
    struct policy_file file;
    if (!policy_file_read(c->policy_path, &file, r->complaint))
        return -EINVAL;
    if (!file.has_date || file.date > r->last)
        return refuse(r, "date", "a case's policy has a date, not after its last day");
    if (file.has_fund && !fund_equal(file.fund, c->fund))
        return refuse(r, "fund", "not the fund of the case");

    struct writer w;
    writer_init(&w);
    policy_encode(&w, &file.policy);
    if (w.err != 0) {
        writer_free(&w);
        return refuse(r, "", "not enough memory");
    }
    r->rows->policy = (uint8_t *)w.bytes;
    struct policy_text text = {.bytes = r->rows->policy, .size = (uint32_t)w.size};
    struct event event = policy_event(c->fund, file.date, &file.policy, text);
    return keep(r, &event, c->bureau);
}

static int compare_rows(const void *a, const void *b)
{
    const struct replay_row *x = a, *y = b;
    if (x->event.date != y->event.date)
        return x->event.date < y->event.date ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

int replay_rows_read(const struct replay_case *c, const struct person_keys *keys,
                     struct replay_rows *ret, struct complaint *ret_complaint,
                     const char **ret_file)
{
    struct replay_rows rows = {0};
    struct complaint complaint = {0};
    struct reading r = {
        .c = c, .keys = keys, .rows = &rows, .complaint = &complaint,
        .last = c->last,
    };
    const char *file = c->policy_path;
    int err = read_policy(&r);
    for (unsigned i = 0; i < c->table_count && err == 0; i++) {
        file = c->tables[i].path;
        complaint = (struct complaint){0};
        err = read_table(&r, &c->tables[i]);
    }
    if (err != 0) {
        replay_rows_free(&rows);
        *ret_complaint = complaint;
        *ret_file = file;
        return err;
    }
    qsort(rows.rows, rows.count, sizeof rows.rows[0], compare_rows);
    *ret = rows;
    return 0;
}

void replay_rows_free(struct replay_rows *rows)
{
    free(rows->rows);
    free(rows->policy);
    *rows = (struct replay_rows){0};
}
