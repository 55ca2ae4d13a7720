/* A file of an index: head, blocks of entries, filter.
 *
 * The input is how many entries the list of runs says there are, a byte of what to look for, and the file
 * from its second block on.  The head and, unless the first byte says otherwise, the checksums of blocks are
 * made right here, so that what is wrong can be anything but these: entries that are not in order, a filter
 * that lies. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/run.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

#define BLOCK      4096
#define CHECKED    4080
#define BLOCKS_MAX 6

static const uint8_t store_id[16] = "the fuzzed store";
static const struct shape shape = { .name = "fuzz", .entry = 16, .key = 16, .prefix = 8 };
static struct run_place place = { .store_id = store_id, .shape = &shape, .scratch = true };
static char path[128];

/* A run of no entries, for the head that such a file has; and where it lies. */
static void begin_runs(void)
{
    struct run_info info = { .number = 1 };
    place.folder = input_folder();
    int err = run_write(&place, &info, NULL, NULL);
    assert(err == 0);
    snprintf(path, sizeof path, "%s/fuzz-00000001", place.folder);
}

static void write_file(const struct run_info *info, uint8_t *blocks, size_t count, bool sealed)
{
    static uint8_t head[BLOCK];
    uint64_t numbers[] = { info->number, info->first, info->end, info->count, info->level, info->filters };
    memcpy(head, "FWRUN1\0\0", 8);
    memcpy(head + 8, store_id, sizeof store_id);
    memcpy(head + 24, shape.name, sizeof shape.name);
    for (unsigned i = 0; i < 6; i++)
        put_u64(head + 32 + 8 * i, numbers[i]);
    put_u64(head + 80, XXH3_64bits(head, 80));
    for (size_t i = 0; sealed && i < count; i++)
        put_u64(blocks + i * BLOCK + CHECKED, XXH3_64bits_withSeed(blocks + i * BLOCK, CHECKED, i + 1));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(fd >= 0);
    bool written = write(fd, head, BLOCK) == BLOCK
        && write(fd, blocks, count * BLOCK) == (ssize_t)(count * BLOCK);
    assert(written);
    close(fd);
}

static void look_into(struct run *run, const uint8_t *wanted)
{
    struct entry_list found = { 0 };
    int err = run_find(run, wanted, shape_hash(&shape, wanted), &found);
    assert(err == 0 || err == -EILSEQ);
    assert(found.count <= run_info(run)->count);
    for (uint64_t i = 0; i < found.count; i++)
        assert(memcmp(found.entries + i * shape.entry, wanted, shape.prefix) == 0);
    entry_list_free(&found);
    int64_t at = run_seek(run, wanted, shape.entry);
    assert(at == -EILSEQ || (at >= 0 && (uint64_t)at <= run_info(run)->count));
}

static void merge(struct run *run)
{
    struct run *both[] = { run, run };
    struct run_info info = { .number = 2, .end = run_info(run)->end };
    int err = run_merge(&place, &info, both, 2);
    assert(err == 0 || err == -EILSEQ);
    assert(err != 0 || info.count <= 2 * run_info(run)->count);
    run_delete(&place, 2);
}

FUZZER(run)
{
    static uint8_t blocks[BLOCKS_MAX * BLOCK];
    struct parts parts = { bytes, size };
    if (place.folder == NULL)
        begin_runs();
    uint8_t how = take_byte(&parts), filters = take_byte(&parts) % 3;
    uint64_t count = take_byte(&parts) | (uint64_t)take_byte(&parts) << 8;
    size_t n = parts.left / BLOCK + (parts.left % BLOCK != 0);
    n = n < BLOCKS_MAX ? n : BLOCKS_MAX;
    memset(blocks, 0xff, sizeof blocks);
    memcpy(blocks, parts.at, parts.left < sizeof blocks ? parts.left : sizeof blocks);
    struct run_info info = { .number = 1, .first = 1, .end = count, .count = count, .filters = filters };
    write_file(&info, blocks, (how & 2) != 0 ? (count + 254) / 255 + filters < BLOCKS_MAX
                                                   ? (count + 254) / 255 + filters : n : n, (how & 1) == 0);
    struct run *run = NULL;
    int err = run_open(&place, &info, &run);
    assert((err == 0) == (run != NULL) && (err == 0 || err == -EILSEQ));
    if (run == NULL)
        return;
    run_warm(run);
    for (uint64_t i = 0; i < count; i += 1 + count / 8) {
        const uint8_t *entry = run_entry(run, i);
        if (entry != NULL)
            look_into(run, entry);
    }
    look_into(run, blocks + (how & 0xf0));
    if ((how & 4) != 0)
        merge(run);
    run_close(&run);
}
