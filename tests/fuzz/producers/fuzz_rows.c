/* CSV and JSON Lines as the producers read them: bytes to rows, rows to events by a program's table.
 *
 * The first byte says which program, encoding and settings.  Rows come in the order of the file, with its
 * bytes as they are and a line that exists; what is wrong is told in words; and an event that the tables
 * make is one that the daemon's decoder takes as the same. */
#include <assert.h>
#include <string.h>

#include "producers/input.h"
#include "producers/mapping.h"
#include "producers/programs.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/event_codec.h"

static const struct program *const programs[] = {
    &tax_program, &hospital_program, &registry_program, &bureau_program,
};

struct file {
    const uint8_t *bytes;
    size_t size, at;            /* rows have come up to here */
    unsigned long lines, line;
};

static void check_row(struct file *file, const struct row *row)
{
    assert(row->line >= file->line && row->line >= 1 && row->line <= file->lines);
    file->line = row->line;
    if (row->raw_size == 0)
        return;
    const uint8_t *found = memmem(file->bytes + file->at, file->size - file->at, row->raw, row->raw_size);
    assert(found != NULL);
    file->at = (size_t)(found - file->bytes) + row->raw_size;
}

static void check_cells(const struct row *row)
{
    assert(row->count <= INPUT_COLUMNS_MAX);
    for (unsigned i = 0; i < row->count; i++)
        assert(row->cells[i].name != NULL
               && (row->cells[i].text == NULL || strlen(row->cells[i].text) <= INPUT_CELL_MAX));
}

static void check_event(const struct event *event)
{
    static uint8_t bytes[CANONICAL_MAX], again[CANONICAL_MAX];
    struct event back;
    enum event_field field;
    if (event_check(event, &field) != REJECT_NONE)
        return;                 /* run.c sets the line aside */
    size_t size = event_to_canonical(event, bytes);
    int err = event_from_canonical(bytes, size, &back);
    assert(err == 0 && event_to_canonical(&back, again) == size && memcmp(bytes, again, size) == 0);
}

static void take_row(const struct program *program, const struct settings *settings, struct mapping *mapping,
                     const struct row *row)
{
    struct values values;
    struct made made = { .count = 0 };
    struct complaint complaint = { .line = 0 };
    bool good = mapping_read(mapping, row, &values, &complaint)
        && program->make(settings, mapping, &values, &made, &complaint);
    assert(good || complaint.text[0] != '\0');
    assert(made.count <= MADE_MAX);
    for (unsigned i = 0; good && i < made.count; i++)
        check_event(&made.events[i]);
}

static bool bind(struct mapping *mapping, const struct row *row, bool csv)
{
    struct complaint complaint = { .line = 0 };
    unsigned count;
    size_t length;
    if (!mapping_bind(mapping, row, csv, &complaint)) {
        assert(complaint.text[0] != '\0');
        return false;
    }
    const char *const *unknown = mapping_unknown(mapping, &count);
    assert(count <= row->count);
    if (count > 0)
        mapping_nearest(mapping, unknown[0], &length);
    return true;
}

static void read_rows(struct input *input, const struct program *program, const struct settings *settings,
                      struct file *file)
{
    struct row row;
    struct complaint complaint;
    enum input_result result;
    bool bound = false;
    struct mapping *mapping = mapping_new(program->columns, program->column_count, settings);
    assert(mapping != NULL);
    while ((result = input_next(input, &row, &complaint)) == INPUT_ROW || result == INPUT_BAD) {
        check_row(file, &row);
        assert(result == INPUT_ROW || complaint.text[0] != '\0');
        check_cells(&row);
        if (result == INPUT_ROW && (!bound || !input_is_csv(input)))
            bound = bind(mapping, &row, input_is_csv(input));
        if (result == INPUT_ROW && bound)
            take_row(program, settings, mapping, &row);
        if (!bound && input_is_csv(input) && result == INPUT_ROW)
            break;
    }
    assert(result != INPUT_FAILED || complaint.text[0] != '\0');
    mapping_free(&mapping);
}

FUZZER(rows)
{
    struct parts parts = { bytes, size };
    uint8_t how = take_byte(&parts);
    struct person_keys keys = { .count = 1, .keys = { { .number = 1, .from = 7305 } } };
    struct settings settings = {
        .has_fund = how & 4, .fund = { 130207, SCHEME_RESIDENT }, .date = how & 8 ? 19783 : DATE_NONE,
        .year = how & 8 ? 2024 : 0, .unit = how & 16 ? UNIT_WAN : UNIT_YUAN, .keys = how & 32 ? &keys : NULL,
        .derived = how & 64, .kind = how & 128 ? KIND_INCOME : 0,
    };
    struct file file = { .bytes = parts.at, .size = parts.left, .lines = 1 };
    struct input *input;
    for (size_t i = 0; i < parts.left; i++)
        file.lines += parts.at[i] == '\n';
    enum encoding encoding = how & 128 ? ENCODING_GB18030 : ENCODING_AUTO;
    int err = input_open(input_file(parts.at, parts.left), encoding, &input);
    assert(err == 0);
    read_rows(input, programs[how % 4], &settings, &file);
    input_close(&input);
}
