#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "producers/input.h"
#include "tests/producers/scratch.h"
#include "tests/suite.h"

#define OUTCOME_MAX 4096

/* Reads a file wholly and tells what came out, one line a row:
 *   "2 a=1 b=-"             line, cells ('-': empty)
 *   "3 BAD 3:4 b: reason"   row's line, place and field of the complaint
 *   "END" or "FAILED 1:0 reason" */
static const char *read_bytes(const char *bytes, size_t size, enum encoding encoding)
{
    static char out[OUTCOME_MAX];
    struct input *input;
    struct row row;
    struct complaint c;
    size_t used = 0;
    ck_assert_int_eq(input_open(scratch_write("in", bytes, size), encoding, &input), 0);
    enum input_result result;
    out[0] = '\0';
    do {
        result = input_next(input, &row, &c);
        char *to = out + used;
        size_t room = sizeof out - used;
        if (result == INPUT_ROW) {
            used += (size_t)snprintf(to, room, "%lu", row.line);
            for (unsigned i = 0; i < row.count; i++)
                used += (size_t)snprintf(out + used, sizeof out - used, " %s=%s", row.cells[i].name,
                                         row.cells[i].text != NULL ? row.cells[i].text : "-");
            used += (size_t)snprintf(out + used, sizeof out - used, "|");
        } else if (result == INPUT_BAD) {
            used += (size_t)snprintf(to, room, "%lu BAD %lu:%u %s: %.24s|", row.line, c.line, c.at,
                                     c.field, c.text);
        } else if (result == INPUT_FAILED) {
            used += (size_t)snprintf(to, room, "FAILED %lu:%u %s: %.24s", c.line, c.at, c.field,
                                     c.text);
        } else {
            used += (size_t)snprintf(to, room, "END");
        }
        ck_assert_uint_lt(used, sizeof out);
    } while (result == INPUT_ROW || result == INPUT_BAD);
    input_close(&input);
    ck_assert_ptr_null(input);
    return out;
}

static const char *read_text(const char *text)
{
    return read_bytes(text, strlen(text), ENCODING_AUTO);
}

static const struct { const char *text, *outcome; } files[] = {
    /* CSV */
    {"a,b\n1,2\n", "2 a=1 b=2|END"},
    {"a,b\r\n1,2\r\n", "2 a=1 b=2|END"},
    {"a,b\n1,2", "2 a=1 b=2|END"},
    {"a,b\n\n1,2\n\n \n3,4\n", "3 a=1 b=2|6 a=3 b=4|END"},
    {"a,b\n1,\n,\n", "2 a=1 b=-|3 a=- b=-|END"},
    {"a,b\n 1 ,  2\t\n", "2 a=1 b=2|END"},
    {"\xef\xbb\xbf" "a,b\n1,2\n", "2 a=1 b=2|END"},
    {"\xef\xbb\xbf\"a,\nx\",b\n1,2\n", "3 a,\nx=1 b=2|END"},
    {"a,b\n\"x,y\",\"he said \"\"no\"\"\"\n", "2 a=x,y b=he said \"no\"|END"},
    {"a,b\n\"two\nlines\",2\n3,4\n", "2 a=two\nlines b=2|4 a=3 b=4|END"},
    {"a,b\n\"two\r\nlines\",2\r\n3,4\r\n", "2 a=two\r\nlines b=2|4 a=3 b=4|END"},
    {"a,b\n1,2,3\n4\n5,6\n",
     "2 BAD 2:0 : 3 fields, but the header|"
     "3 BAD 3:0 : 1 fields, but the header|4 a=5 b=6|END"},
    {"a,b\n1,x\"y\n3,4\n", "2 BAD 2:4 b: a quote in the wrong pla|3 a=3 b=4|END"},
    {"a,b\n\"x\"y,2\n3,4\n", "2 BAD 2:4 a: a quote in the wrong pla|3 a=3 b=4|END"},
    {"a,b\n\"x\n\"y,2\n3,4\n", "2 BAD 3:2 a: a quote in the wrong pla|4 a=3 b=4|END"},
    {"姓,b\n张三,x\"y\n", "2 BAD 2:5 b: a quote in the wrong pla|END"},
    {"a,b\n\"1,2\n3,4\n5,6\n", "2 BAD 2:0 : a quote is opened and no|3 a=3 b=4|4 a=5 b=6|END"},
    {"a,b\n1,2\rx,y\n3,4\n", "2 BAD 2:0 : a carriage return in the|3 a=3 b=4|END"},
    {"a,b\n1,\xff\n3,4\n", "2 BAD 2:3 : the bytes are not UTF-8,|3 a=3 b=4|END"},
    {"a,中\n1,\xff\n3,4\n", "2 BAD 2:3 : the bytes are not UTF-8,|3 a=3 中=4|END"},
    {"a,\"b\n1,2\n", "FAILED 1:0 : a quote is opened and no"},
    {"a,b", "END"},
    {"", "FAILED 1:0 : the file is empty; it mu"},
    {"\xef\xbb\xbf", "FAILED 1:0 : the file is empty; it mu"},
    {"PK\3\4xxxx", "FAILED 0:0 : this is an Excel workboo"},
    {"\xff\xfe" "a\n", "FAILED 0:0 : this is UTF-16 text; sav"},
    /* JSON Lines */
    {"{\"a\":\"1\",\"b\":2}\n", "1 a=1 b=2|END"},
    {"\xef\xbb\xbf{\"a\":\"1\"}\n{\"a\":2}", "1 a=1|2 a=2|END"},
    {"{\"a\":9223372036854775807,\"b\":-9223372036854775808}\n",
     "1 a=9223372036854775807 b=-9223372036854775808|END"},
    {"{\"a\":9223372036854775808}\n", "1 BAD 1:24 : an integer beyond 64 bit|END"},
    {"{\"a\":12.5}\n{\"a\":\"12.5\"}\n", "1 BAD 1:0 a: a number with a point or|2 a=12.5|END"},
    {"{\"a\":1e2}\n", "1 BAD 1:0 a: a number with a point or|END"},
    {"{\"a\":1,\"a\":2}\n{\"a\":3}\n", "1 BAD 1:10 : a key stands there twice|2 a=3|END"},
    {"{\"a\":null,\"b\":true,\"c\":\"\"}\n", "1 a=- b=true c=-|END"},
    {"{\"a\":[1]}\n{\"a\":{}}\n",
     "1 BAD 1:0 a: an object or array; a ro|2 BAD 2:0 a: an object or array; a ro|END"},
    {"{\"a\":1}\n[1]\n\"x\"\n",
     "1 a=1|2 BAD 2:0 : not a JSON object|3 BAD 3:3 : not a JSON object|END"},
    {"{\"a\":1\n{\"a\":2}\n", "1 BAD 1:6 : the object is not closed|2 a=2|END"},
    {"{\"a\":1} {\"a\":2}\n", "1 BAD 1:9 : something behind the obj|END"},
    {"{\"a\":\"x\\u0000y\"}\n", "1 BAD 1:15 : a NUL in a string|END"},
    {"{\"姓名\":\"张三\"}\n", "1 姓名=张三|END"},
};

START_TEST(a_file_comes_out_row_by_row_and_bad_lines_with_their_place)
{
    ck_assert_str_eq(read_text(files[_i].text), files[_i].outcome);
}
END_TEST

START_TEST(nul_bytes_are_refused_in_their_line)
{
    ck_assert_str_eq(read_bytes("a,b\n1,\0002\n3,4\n", 13, ENCODING_AUTO),
                     "2 BAD 2:3 : a NUL byte|3 a=3 b=4|END");
}
END_TEST

/* 结算,金额 and 张三 in GB18030; 㐀 is one of its characters of four bytes. */
#define GB_HEADER "\xbd\xe1\xcb\xe3,\xbd\xf0\xb6\xee\n"
#define GB_ROW "\xd5\xc5\xc8\xfd,\x81\x39\xee\x39\n"

START_TEST(gb18030_is_found_out_and_read)
{
    ck_assert_str_eq(read_text(GB_HEADER GB_ROW), "2 结算=张三 金额=㐀|END");
}
END_TEST

START_TEST(gb18030_can_be_asked_for)
{
    ck_assert_str_eq(read_bytes("a\n\xd5\xc5\n", 5, ENCODING_GB18030), "2 a=张|END");
    ck_assert_str_eq(read_bytes("a\n\xd5\xc5\n", 5, ENCODING_UTF8),
                     "2 BAD 2:1 : the bytes are not UTF-8,|END");
}
END_TEST

START_TEST(limits_hold_for_lines_fields_and_columns)
{
    static char bytes[3 * INPUT_RECORD_MAX];
    int size = snprintf(bytes, sizeof bytes, "a\n%0*d\n2\n", INPUT_RECORD_MAX, 1);
    ck_assert_str_eq(read_bytes(bytes, (size_t)size, ENCODING_AUTO),
                     "2 BAD 2:0 : the line is longer than |3 a=2|END");
    size = snprintf(bytes, sizeof bytes, "a\n%0*d\n2\n", INPUT_CELL_MAX + 1, 1);
    ck_assert_str_eq(read_bytes(bytes, (size_t)size, ENCODING_AUTO),
                     "2 BAD 2:0 : a field is longer than 4|3 a=2|END");
    size = snprintf(bytes, sizeof bytes, "{\"a\":\"%0*d\"}\n{\"a\":2}\n", INPUT_CELL_MAX + 1, 1);
    ck_assert_str_eq(read_bytes(bytes, (size_t)size, ENCODING_AUTO),
                     "1 BAD 1:0 a: longer than 4096 bytes|2 a=2|END");
    size = snprintf(bytes, sizeof bytes, "a");
    for (int i = 0; i < INPUT_COLUMNS_MAX; i++)
        bytes[size++] = ',';
    ck_assert_str_eq(read_bytes(bytes, (size_t)size, ENCODING_AUTO),
                     "FAILED 1:0 : more than 256 fields");
}
END_TEST

START_TEST(a_line_as_long_as_the_limit_is_read)
{
    static char bytes[INPUT_RECORD_MAX + 64];
    memset(bytes, ' ', sizeof bytes);
    memcpy(bytes, "a\n1", 3);
    memcpy(bytes + 2 + INPUT_RECORD_MAX - 1, "\n2\n", 3);
    ck_assert_str_eq(read_bytes(bytes, INPUT_RECORD_MAX + 4, ENCODING_AUTO), "2 a=1|3 a=2|END");
}
END_TEST

START_TEST(a_line_without_end_is_no_file_of_rows)
{
    size_t size = 3 * 1024 * 1024;
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    ck_assert_str_eq(read_bytes(bytes, size, ENCODING_AUTO),
                     "FAILED 1:0 : a line is longer than a ");
    free(bytes);
}
END_TEST

START_TEST(rows_across_the_buffers_end_are_whole)
{
    size_t rows = 300000, size = 4;
    char *bytes = malloc(rows * 24 + 8);
    memcpy(bytes, "a,b\n", 4);
    for (size_t i = 0; i < rows; i++)
        size += (size_t)sprintf(bytes + size, "%zu,\"\n%zu\"\n", i, i * 3);
    struct input *input;
    struct row row;
    struct complaint c;
    ck_assert_int_eq(input_open(scratch_write("big", bytes, size), ENCODING_AUTO, &input), 0);
    for (size_t i = 0; i < rows; i++) {
        ck_assert_int_eq(input_next(input, &row, &c), INPUT_ROW);
        ck_assert_uint_eq(row.line, 2 + 2 * i);
        ck_assert_uint_eq(strtoul(row.cells[0].text, NULL, 10), i);
        ck_assert_uint_eq(strtoul(row.cells[1].text, NULL, 10), 3 * i);
    }
    ck_assert_int_eq(input_next(input, &row, &c), INPUT_END);
    input_close(&input);
    free(bytes);
}
END_TEST

START_TEST(raw_bytes_and_header_are_those_of_the_file)
{
    struct input *input;
    struct row row;
    struct complaint c;
    size_t size;
    ck_assert_int_eq(input_open(scratch_text("in", "\xef\xbb\xbf" "a, b\r\n\"1\n\",2\r\n3,4"),
                                ENCODING_AUTO, &input), 0);
    ck_assert_int_eq(input_next(input, &row, &c), INPUT_ROW);
    const char *header = input_header(input, &size);
    ck_assert_uint_eq(size, 9);
    ck_assert_mem_eq(header, "\xef\xbb\xbf" "a, b\r\n", 9);
    ck_assert_uint_eq(row.raw_size, 8);
    ck_assert_mem_eq(row.raw, "\"1\n\",2\r\n", 8);
    ck_assert_int_eq(input_next(input, &row, &c), INPUT_ROW);
    ck_assert_uint_eq(row.raw_size, 3);
    ck_assert(input_is_csv(input));
    input_close(&input);
}
END_TEST

START_TEST(standard_input_is_a_dash)
{
    struct input *input;
    struct row row;
    struct complaint c;
    int fd = open(scratch_text("in", "a\n1\n"), O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
    ck_assert_int_eq(input_open("-", ENCODING_AUTO, &input), 0);
    ck_assert_str_eq(input_name(input), "stdin");
    ck_assert_int_eq(input_next(input, &row, &c), INPUT_ROW);
    input_close(&input);
}
END_TEST

START_TEST(a_missing_file_is_an_error)
{
    struct input *input = NULL;
    ck_assert_int_eq(input_open(scratch_path("none"), ENCODING_AUTO, &input), -ENOENT);
    ck_assert_ptr_null(input);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("input");
    TCase *t = tcase_create("input");
    tcase_add_checked_fixture(t, scratch_setup, scratch_teardown);
    tcase_add_loop_test(t, a_file_comes_out_row_by_row_and_bad_lines_with_their_place,
                        0, sizeof files / sizeof files[0]);
    tcase_add_test(t, nul_bytes_are_refused_in_their_line);
    tcase_add_test(t, gb18030_is_found_out_and_read);
    tcase_add_test(t, gb18030_can_be_asked_for);
    tcase_add_test(t, limits_hold_for_lines_fields_and_columns);
    tcase_add_test(t, a_line_as_long_as_the_limit_is_read);
    tcase_add_test(t, a_line_without_end_is_no_file_of_rows);
    tcase_add_test(t, rows_across_the_buffers_end_are_whole);
    tcase_add_test(t, raw_bytes_and_header_are_those_of_the_file);
    tcase_add_test(t, standard_input_is_a_dash);
    tcase_add_test(t, a_missing_file_is_an_error);
    suite_add_tcase(s, t);
    return s;
}
