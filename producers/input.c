/* input - a buffer of bytes is cut into records, a record is converted to UTF-8,
 * and libcsv or jansson take it apart.
 *
 * Records are cut before they are converted: in UTF-8 and in GB18030 no
 * byte of a longer character is a quote, a comma or a line end.  Cutting them
 * ourselves keeps the original bytes of each line at hand, and lets us go on at the next
 * line when a quote is never closed. */
#include "producers/input.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE  (1024 * 1024)
#define INTEGER_TEXT 24         /* the longest int64 and its NUL */

static_assert(BUFFER_SIZE >= 2 * INPUT_RECORD_MAX, "a record fits, and the line behind it");

enum format { FORMAT_UNKNOWN, FORMAT_CSV, FORMAT_JSONL };

struct input {
    int fd;
    char *name;
    enum format format;
    struct decoder decoder;

    char *buffer;               /* BUFFER_SIZE; start to end is not used yet */
    size_t start, end;
    bool eof;
    unsigned long line;         /* of buffer[start] */
    size_t mark;                /* bytes of a byte order mark at buffer[start] */

    char *text;                 /* the record as UTF-8, DECODED_MAX(INPUT_RECORD_MAX) + 1 */
    size_t text_size;

    struct csv_parser parser;
    char *fields;               /* of the record, NUL after each */
    size_t fields_size;
    bool row_ended, too_many, too_long;
    unsigned cell_count;
    struct cell cells[INPUT_COLUMNS_MAX];

    char *header;               /* its bytes */
    size_t header_size;
    char *names[INPUT_COLUMNS_MAX];
    unsigned name_count;

    json_t *json;
    char integers[INPUT_COLUMNS_MAX][INTEGER_TEXT];
};

#define CSV_OPTIONS (CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_EMPTY_IS_NULL)

static int allocate(struct input *input, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    input->name = strdup(is_stdin ? "stdin" : path);
    input->buffer = malloc(BUFFER_SIZE);
    input->text = malloc(DECODED_MAX(INPUT_RECORD_MAX) + 1);
    input->fields = malloc(DECODED_MAX(INPUT_RECORD_MAX) + INPUT_COLUMNS_MAX + 1);
    if (input->name == NULL || input->buffer == NULL || input->text == NULL ||
        input->fields == NULL || csv_init(&input->parser, CSV_OPTIONS) != 0)
        return -ENOMEM;
    input->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    return input->fd < 0 ? -errno : 0;
}

int input_open(const char *path, enum encoding encoding, struct input **ret)
{
    struct input *input = calloc(1, sizeof *input);
    if (input == NULL)
        return -ENOMEM;
    input->fd = -1;
    input->line = 1;
    decoder_init(&input->decoder, encoding);
    int err = allocate(input, path);
    if (err != 0) {
        input_close(&input);
        return err;
    }
    *ret = input;
    return 0;
}

void input_close(struct input **input_p)
{
    struct input *input = *input_p;
    *input_p = NULL;
    if (input == NULL)
        return;
    if (input->fd > STDIN_FILENO)
        close(input->fd);
    csv_free(&input->parser);
    decoder_free(&input->decoder);
    json_decref(input->json);
    for (unsigned i = 0; i < input->name_count; i++)
        free(input->names[i]);
    free(input->header);
    free(input->fields);
    free(input->text);
    free(input->buffer);
    free(input->name);
    free(input);
}

const char *input_name(const struct input *input)
{
    return input->name;
}

bool input_is_csv(const struct input *input)
{
    return input->format == FORMAT_CSV;
}

const char *input_header(const struct input *input, size_t *ret_size)
{
    *ret_size = input->header_size;
    return input->header;
}

/* --- Bytes ------------------------------------------------------------------ */

/* Reads what there is.  -ENOBUFS if the buffer is full. */
static int fill(struct input *input)
{
    if (input->start > 0) {
        memmove(input->buffer, input->buffer + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    if (input->end == BUFFER_SIZE)
        return -ENOBUFS;
    ssize_t got;
    do
        got = read(input->fd, input->buffer + input->end, BUFFER_SIZE - input->end);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    input->eof = got == 0;
    input->end += (size_t)got;
    return 0;
}

static bool starts_with(const struct input *input, const char *bytes, size_t size)
{
    return input->end - input->start >= size &&
           memcmp(input->buffer + input->start, bytes, size) == 0;
}

/* Files that are often sent by mistake. */
static const char *foreign_file(const struct input *input)
{
    static const struct { const char *magic; size_t size; const char *what; } kinds[] = {
        {"PK\3\4", 4, "this is an Excel workbook (.xlsx); save it as \"CSV UTF-8\" and send that"},
        {"\xd0\xcf\x11\xe0", 4,
         "this is an Excel workbook (.xls); save it as \"CSV\" and send that"},
        {"\xff\xfe", 2, "this is UTF-16 text; save it as \"CSV UTF-8\" and send that"},
        {"\xfe\xff", 2, "this is UTF-16 text; save it as \"CSV UTF-8\" and send that"},
        {"\x1f\x8b", 2, "this is compressed; unpack it first: zcat FILE | fundwatch-… -"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (starts_with(input, kinds[i].magic, kinds[i].size))
            return kinds[i].what;
    }
    return NULL;
}

/* Bytes of a byte order mark at the start of the file; it settles the encoding. */
static size_t byte_order_mark(struct input *input)
{
    if (starts_with(input, "\xef\xbb\xbf", 3)) {
        if (input->decoder.encoding == ENCODING_AUTO)
            input->decoder.encoding = ENCODING_UTF8;
        return 3;
    }
    return starts_with(input, "\x84\x31\x95\x33", 4) ? 4 : 0;
}

/* Fills the buffer for the first time and finds out what the file is. */
static bool begin(struct input *input, struct complaint *ret_complaint)
{
    int err = 0;
    while (err == 0 && !input->eof && input->end - input->start < 4)
        err = fill(input);
    if (err != 0) {
        complain(ret_complaint, "", "cannot be read: %s", strerror(-err));
        return false;
    }
    const char *foreign = foreign_file(input);
    if (foreign != NULL) {
        complain(ret_complaint, "", "%s", foreign);
        return false;
    }
    input->mark = byte_order_mark(input);
    size_t at = input->start + input->mark;
    decoder_sample(&input->decoder, input->buffer + at, input->end - at);
    while (at < input->end && strchr(" \t\r\n", input->buffer[at]) != NULL)
        at++;
    bool json = at < input->end && input->buffer[at] == '{';
    input->format = json ? FORMAT_JSONL : FORMAT_CSV;
    return true;
}

/* --- Records ---------------------------------------------------------------- */

enum quoting { FIELD_START, UNQUOTED, QUOTED, QUOTE_IN_QUOTED };

static enum quoting next_quoting(enum quoting state, char c)
{
    switch (state) {
    case FIELD_START:
        return c == '"' ? QUOTED : c == ',' || c == ' ' || c == '\t' ? FIELD_START : UNQUOTED;
    case UNQUOTED:
        return c == ',' ? FIELD_START : UNQUOTED;
    case QUOTED:
        return c == '"' ? QUOTE_IN_QUOTED : QUOTED;
    case QUOTE_IN_QUOTED:
        return c == '"' ? QUOTED : c == ',' ? FIELD_START : UNQUOTED;
    }
    return UNQUOTED;
}

/* The size of the first record, its line end included; 0 if it does not end in these bytes. */
static size_t record_size(const char *bytes, size_t size, bool csv, bool *ret_quote_open)
{
    enum quoting state = csv ? FIELD_START : UNQUOTED;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n' && state != QUOTED) {
            *ret_quote_open = false;
            return i + 1;
        }
        if (csv)
            state = next_quoting(state, bytes[i]);
    }
    *ret_quote_open = state == QUOTED;
    return 0;
}

static unsigned long count_lines(const char *bytes, size_t size)
{
    unsigned long lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    return lines;
}

/* Takes one physical line, however long it is within the buffer. */
static enum input_result take_line(struct input *input, struct row *ret,
                                   struct complaint *complaint)
{
    for (;;) {
        const char *start = input->buffer + input->start;
        const char *end = memchr(start, '\n', input->end - input->start);
        if (end != NULL || input->eof) {
            ret->raw = start;
            ret->raw_size = end != NULL ? (size_t)(end - start) + 1 : input->end - input->start;
            return INPUT_BAD;
        }
        int err = fill(input);
        if (err != 0) {
            complain(complaint, "", err == -ENOBUFS
                     ? "a line is longer than a megabyte: this is no CSV or JSON Lines file"
                     : "cannot be read on: %s", strerror(-err));
            return INPUT_FAILED;
        }
    }
}

/* The record does not end where one must. */
static enum input_result take_endless(struct input *input, bool quote_open, struct row *ret,
                                      struct complaint *complaint)
{
    if (quote_open)
        complain(complaint, "", "a quote is opened and not closed within %d bytes or before the "
                 "end of the file; only this line is set aside", INPUT_RECORD_MAX);
    else
        complain(complaint, "", "the line is longer than %d bytes", INPUT_RECORD_MAX);
    return take_line(input, ret, complaint);
}

/* The next record's bytes in ret->raw and its place in ret->line, not consumed. */
static enum input_result find_record(struct input *input, struct row *ret,
                                     struct complaint *complaint)
{
    ret->line = complaint->line = input->line;
    complaint->at = 0;
    for (;;) {
        const char *start = input->buffer + input->start;
        size_t have = input->end - input->start;
        bool open;
        size_t limit = have < INPUT_RECORD_MAX ? have : INPUT_RECORD_MAX;
        size_t size = record_size(start + input->mark, limit - input->mark,
                                  input->format == FORMAT_CSV, &open);
        if (size != 0)
            size += input->mark;
        if (size == 0 && input->eof && have <= INPUT_RECORD_MAX && !open)
            size = have;
        if (size != 0) {
            ret->raw = start;
            ret->raw_size = size;
            return INPUT_ROW;
        }
        if (have == 0)
            return INPUT_END;
        if (have >= INPUT_RECORD_MAX || input->eof)
            return take_endless(input, open, ret, complaint);
        int err = fill(input);
        if (err != 0) {
            complain(complaint, "", "cannot be read on: %s", strerror(-err));
            return INPUT_FAILED;
        }
    }
}

/* Sets the place to that of the byte at `offset` of the record's text. */
static void locate(struct complaint *complaint, const char *text, size_t offset)
{
    complaint->at = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            complaint->line++;
            complaint->at = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            complaint->at++;
        }
    }
}

/* Converts a record without its line end to UTF-8. */
static bool decode_record(struct input *input, const char *raw, size_t size,
                          struct complaint *complaint)
{
    while (size > 0 && (raw[size - 1] == '\n' || raw[size - 1] == '\r'))
        size--;
    size_t offset;
    int err = decoder_convert(&input->decoder, raw, size, input->text, &input->text_size, &offset);
    if (err == -EILSEQ) {
        locate(complaint, raw, offset);
        complain(complaint, "", input->decoder.encoding == ENCODING_GB18030
                 ? "the bytes are not GB18030" : "the bytes are not UTF-8, as the file began; "
                 "if it is from Excel try --encoding gb18030");
        return false;
    }
    if (err != 0) {
        complain(complaint, "", "cannot be converted: %s", strerror(-err));
        return false;
    }
    input->text[input->text_size] = '\0';
    const char *nul = memchr(input->text, '\0', input->text_size);
    if (nul != NULL) {
        locate(complaint, input->text, (size_t)(nul - input->text));
        complain(complaint, "", "a NUL byte");
    }
    return nul == NULL;
}

/* --- CSV -------------------------------------------------------------------- */

static void on_field(void *text, size_t size, void *arg)
{
    struct input *input = arg;
    if (input->row_ended || input->cell_count == INPUT_COLUMNS_MAX) {
        input->too_many = true;
        return;
    }
    const char *copy = NULL;
    if (size > INPUT_CELL_MAX)
        input->too_long = true;
    else if (text != NULL && size > 0) {
        copy = memcpy(input->fields + input->fields_size, text, size);
        input->fields[input->fields_size + size] = '\0';
        input->fields_size += size + 1;
    }
    input->cells[input->cell_count++].text = copy;
}

static void on_row_end(int terminator, void *arg)
{
    (void)terminator;
    ((struct input *)arg)->row_ended = true;
}

static const char *field_name(const struct input *input)
{
    return input->cell_count < input->name_count ? input->names[input->cell_count] : "";
}

static bool complain_csv(struct input *input, size_t parsed, struct complaint *complaint)
{
    if (csv_error(&input->parser) != CSV_EPARSE) {
        complain(complaint, "", "cannot be read: %s", csv_strerror(csv_error(&input->parser)));
    } else {
        locate(complaint, input->text, parsed);
        complain(complaint, field_name(input), "a quote in the wrong place: a field with quotes "
                 "inside is written \"…\"\"…\"");
    }
    csv_free(&input->parser);
    csv_init(&input->parser, CSV_OPTIONS);
    return false;
}

/* Splits the text into cells. */
static bool split_csv(struct input *input, struct complaint *complaint)
{
    input->fields_size = 0;
    input->cell_count = 0;
    input->row_ended = input->too_many = input->too_long = false;
    size_t parsed = csv_parse(&input->parser, input->text, input->text_size,
                              on_field, on_row_end, input);
    if (parsed != input->text_size ||
        csv_fini(&input->parser, on_field, on_row_end, input) != 0)
        return complain_csv(input, parsed, complaint);
    if (input->too_long)
        complain(complaint, "", "a field is longer than %d bytes", INPUT_CELL_MAX);
    else if (input->too_many && input->cell_count < INPUT_COLUMNS_MAX)
        complain(complaint, "", "a carriage return in the middle of the line");
    else if (input->too_many)
        complain(complaint, "", "more than %d fields", INPUT_COLUMNS_MAX);
    return !input->too_long && !input->too_many;
}

static bool keep_header(struct input *input, const char *raw, size_t size)
{
    input->header = malloc(size);
    if (input->header == NULL)
        return false;
    memcpy(input->header, raw, size);
    input->header_size = size;
    for (unsigned i = 0; i < input->cell_count; i++) {
        const char *name = input->cells[i].text;
        input->names[i] = strdup(name != NULL ? name : "");
        if (input->names[i] == NULL)
            return false;
        input->name_count++;
        input->cells[i].name = input->names[i];
    }
    return true;
}

static bool is_blank(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (strchr(" \t\r\n", bytes[i]) == NULL || bytes[i] == '\0')
            return false;
    }
    return true;
}

static void consume(struct input *input, const struct row *row)
{
    input->line += count_lines(row->raw, row->raw_size);
    input->start = (size_t)(row->raw - input->buffer) + row->raw_size;
    input->mark = 0;
}

static enum input_result read_header(struct input *input, struct complaint *complaint)
{
    struct row row;
    enum input_result result = find_record(input, &row, complaint);
    size_t mark = input->mark;
    if (result == INPUT_BAD || result == INPUT_FAILED)
        return INPUT_FAILED;
    if (result == INPUT_END || is_blank(row.raw + mark, row.raw_size - mark)) {
        complain(complaint, "", "the file is empty; it must begin with a header line");
        return INPUT_FAILED;
    }
    if (!decode_record(input, row.raw + mark, row.raw_size - mark, complaint) ||
        !split_csv(input, complaint))
        return INPUT_FAILED;
    if (!keep_header(input, row.raw, row.raw_size)) {
        complain(complaint, "", "out of memory");
        return INPUT_FAILED;
    }
    consume(input, &row);
    return INPUT_ROW;
}

static bool read_csv(struct input *input, struct complaint *complaint)
{
    if (!split_csv(input, complaint))
        return false;
    if (input->cell_count == input->name_count)
        return true;
    complain(complaint, "", "%u fields, but the header has %u", input->cell_count,
             input->name_count);
    return false;
}

/* --- JSON Lines ------------------------------------------------------------- */

/* jansson's own texts quote what they met, which may be somebody's name. */
static const char *json_sentence(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "a key stands there twice";
    case json_error_numeric_overflow:
        return "an integer beyond 64 bits";
    case json_error_premature_end_of_input:
        return "the object is not closed on its line";
    case json_error_end_of_input_expected:
        return "something behind the object";
    case json_error_invalid_utf8:
        return "the bytes are not UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a NUL in a string";
    case json_error_out_of_memory:
    case json_error_stack_overflow:
        return "nested too deeply, or out of memory";
    case json_error_unknown:
    case json_error_invalid_argument:
    case json_error_cannot_open_file:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "not a JSON object";
}

/* The text of a value; NULL and a complaint for what a row cannot hold. */
static bool json_cell(struct input *input, const char *key, json_t *value,
                      struct complaint *complaint)
{
    struct cell *cell = &input->cells[input->cell_count];
    *cell = (struct cell){.name = key};
    switch (json_typeof(value)) {
    case JSON_STRING:
        cell->text = json_string_length(value) > 0 ? json_string_value(value) : NULL;
        if (json_string_length(value) > INPUT_CELL_MAX)
            complain(complaint, key, "longer than %d bytes", INPUT_CELL_MAX);
        return json_string_length(value) <= INPUT_CELL_MAX;
    case JSON_INTEGER:
        snprintf(input->integers[input->cell_count], INTEGER_TEXT, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
        cell->text = input->integers[input->cell_count];
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        cell->text = json_is_true(value) ? "true" : "false";
        return true;
    case JSON_NULL:
        return true;
    case JSON_REAL:
        complain(complaint, key, "a number with a point or exponent is not exact in JSON; write it "
                 "as a string, \"12.30\"");
        return false;
    case JSON_OBJECT:
    case JSON_ARRAY:
        complain(complaint, key, "an object or array; a row has only plain values");
        return false;
    }
    return false;
}

static bool read_json(struct input *input, struct complaint *complaint)
{
    json_error_t error;
    json_decref(input->json);
    input->json = json_loadb(input->text, input->text_size, JSON_REJECT_DUPLICATES, &error);
    input->cell_count = 0;
    if (!json_is_object(input->json)) {
        if (input->json == NULL)
            locate(complaint, input->text,
                   error.position > 0 ? (size_t)error.position - 1 : 0);
        complain(complaint, "", "%s",
                 input->json == NULL ? json_sentence(&error) : "not a JSON object");
        return false;
    }
    const char *key;
    json_t *value;
    json_object_foreach(input->json, key, value) {
        if (input->cell_count == INPUT_COLUMNS_MAX) {
            complain(complaint, "", "more than %d keys", INPUT_COLUMNS_MAX);
            return false;
        }
        if (!json_cell(input, key, value, complaint))
            return false;
        input->cell_count++;
    }
    return true;
}

/* --- Rows ------------------------------------------------------------------- */

static enum input_result read_record(struct input *input, struct row *row,
                                     struct complaint *complaint)
{
    size_t mark = input->mark;
    bool good = decode_record(input, row->raw + mark, row->raw_size - mark, complaint) &&
                (input->format == FORMAT_CSV ? read_csv(input, complaint)
                                             : read_json(input, complaint));
    row->cells = input->cells;
    row->count = good ? input->cell_count : 0;
    return good ? INPUT_ROW : INPUT_BAD;
}

enum input_result input_next(struct input *input, struct row *ret_row,
                             struct complaint *ret_complaint)
{
    *ret_complaint = (struct complaint){.line = 0};
    *ret_row = (struct row){.line = 0};
    if (input->format == FORMAT_UNKNOWN) {
        if (!begin(input, ret_complaint) ||
            (input->format == FORMAT_CSV && read_header(input, ret_complaint) != INPUT_ROW))
            return INPUT_FAILED;
    }
    for (;;) {
        enum input_result result = find_record(input, ret_row, ret_complaint);
        if (result == INPUT_END || result == INPUT_FAILED)
            return result;
        bool blank = is_blank(ret_row->raw, ret_row->raw_size);
        if (result == INPUT_ROW && !blank)
            result = read_record(input, ret_row, ret_complaint);
        consume(input, ret_row);
        if (!blank)
            return result;
    }
}
