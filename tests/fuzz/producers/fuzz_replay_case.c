/* A case to replay: case.yaml, its policy and one table, in this order, each with its size before it.
 *
 * What is taken keeps to the limits of replay_case.h, and its rows are in the order of their dates; what is
 * not is told in words. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "producers/replay_case.h"
#include "producers/replay_rows.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

static void write_part(struct parts *parts, const char *name)
{
    char path[128];
    size_t size;
    const uint8_t *part = take_part(parts, &size);
    snprintf(path, sizeof path, "%s/%s", input_folder(), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, part, size) == (ssize_t)size;
    assert(written);
    close(fd);
}

static void check_case(const struct replay_case *c)
{
    assert(c->table_count <= REPLAY_TABLES_MAX && c->bills_count <= REPLAY_BILLS_MAX);
    assert(c->hospital_count <= REPLAY_HOSPITALS_MAX && c->source_count <= REPLAY_SOURCES_MAX);
    assert(c->people.count >= 0 && c->people.count <= REPLAY_ITEMS_MAX);
    for (unsigned i = 0; i < c->table_count; i++)
        assert(c->tables[i].source < c->source_count);
    for (unsigned i = 0; i < c->bills_count; i++)
        assert(c->bills[i].count > 0 && c->bills[i].count <= REPLAY_ITEMS_MAX);
}

static void read_rows(const struct replay_case *c)
{
    struct replay_rows rows;
    struct complaint complaint;
    const char *file = NULL;
    struct person_keys keys = { .count = 1, .keys = { { .number = 1, .from = 7305 } } };
    int err = replay_rows_read(c, &keys, &rows, &complaint, &file);
    assert(err == 0 || (complaint.text[0] != '\0' && file != NULL));
    if (err != 0)
        return;
    for (unsigned i = 1; i < rows.count; i++)
        assert(rows.rows[i - 1].event.date <= rows.rows[i].event.date);
    replay_rows_free(&rows);
}

FUZZER(replay_case)
{
    static struct replay_case c;
    char error[REPLAY_ERROR_MAX] = "";
    struct parts parts = { bytes, size };
    write_part(&parts, "case.yaml");
    write_part(&parts, "policy.yaml");
    write_part(&parts, "bureau.csv");
    int err = replay_case_read(input_folder(), &c, error);
    assert(err == 0 || error[0] != '\0');
    if (err != 0)
        return;
    check_case(&c);
    read_rows(&c);
}
