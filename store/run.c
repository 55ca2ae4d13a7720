#include "store/run.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "store/bytes.h"

#define BLOCK       4096
#define PER_BLOCK   255
#define HEAD_SIZE   64          /* before the checksum */
#define RUN_PATH    512
#define MERGE_MAX   16
#define LINE        64          /* bytes: a line of the filter is a line of the cache */
#define LINES       63          /* of a block of the filter */
#define PER_FILTER  3200        /* entries to a block of the filter: ten bits each */
#define FILTER_BITS 6           /* set by an entry; about one wrong "perhaps" in a hundred */
#define CHECKED     (16 * PER_BLOCK)    /* bytes of a block under its checksum */

static_assert(LINES * LINE <= CHECKED, "the filter's lines are under the checksum");

static const uint8_t magic[8] = {'F', 'W', 'R', 'U', 'N', '1', 0, 0};

struct run {
    struct run_info info;
    const uint8_t *map;
    size_t size;
    uint64_t blocks;            /* of entries */
    uint64_t filters;           /* blocks of the filter, behind them */
    _Atomic uint64_t *checked;  /* a bit per block */
};

static int run_path(char path[RUN_PATH], const char *folder, uint64_t number)
{
    int n = snprintf(path, RUN_PATH, "%s/run-%08llu", folder, (unsigned long long)number);
    return n > 0 && n < RUN_PATH ? 0 : -ENAMETOOLONG;
}

static uint64_t blocks_for(uint64_t count)
{
    return (count + PER_BLOCK - 1) / PER_BLOCK;
}

static uint64_t filters_for(uint64_t count)
{
    return (count + PER_FILTER - 1) / PER_FILTER;
}

/* --- The filter: where an entry's line is, and which bits it has there. ------- */

/* The upper bits of a hash choose the block, so that lookups in the order of hashes walk through
 * the filter; mixed again it chooses line and bits. */
static uint64_t filter_block(uint64_t hash, uint64_t filters)
{
    return (uint64_t)(((unsigned __int128)hash * filters) >> 64);
}

struct line_bits {
    unsigned line;
    uint16_t bits[FILTER_BITS];
};

static struct line_bits filter_bits(uint64_t hash)
{
    uint64_t mixed = hash * UINT64_C(0x9e3779b97f4a7c15);
    struct line_bits ret = {.line = (unsigned)((mixed >> 54) * LINES >> 10)};
    for (int i = 0; i < FILTER_BITS; i++, mixed >>= 9)
        ret.bits[i] = mixed & (8 * LINE - 1);
    return ret;
}

static void filter_add(uint8_t *block, uint64_t hash)
{
    struct line_bits where = filter_bits(hash);
    uint8_t *line = block + where.line * LINE;
    for (int i = 0; i < FILTER_BITS; i++)
        line[where.bits[i] / 8] |= (uint8_t)(1 << where.bits[i] % 8);
}

static bool filter_has(const uint8_t *block, uint64_t hash)
{
    struct line_bits where = filter_bits(hash);
    const uint8_t *line = block + where.line * LINE;
    for (int i = 0; i < FILTER_BITS; i++)
        if (!(line[where.bits[i] / 8] & 1 << where.bits[i] % 8))
            return false;
    return true;
}

/* --- Writing: entries go in one by one, blocks come out in large pieces. ----- */

#define PIECE (64 * BLOCK)

struct run_writer {
    int fd;
    int err;                    /* sticky */
    uint64_t block;             /* index of the block being filled, from 1 */
    uint64_t filters;
    uint8_t *filter;            /* the whole of it, written last */
    unsigned entries;           /* in it */
    size_t used;                /* bytes of `piece` before it */
    uint8_t piece[PIECE];
};

static void write_all(struct run_writer *w, const uint8_t *bytes, size_t size)
{
    while (size > 0 && w->err == 0) {
        ssize_t n = write(w->fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            w->err = -errno;
            return;
        }
        bytes += n;
        size -= (size_t)n;
    }
}

static void seal_block(uint8_t *block, uint64_t index)
{
    put_u64(block + CHECKED, XXH3_64bits_withSeed(block, CHECKED, index));
    put_u64(block + CHECKED + 8, 0);
}

static void finish_block(struct run_writer *w)
{
    uint8_t *block = w->piece + w->used;
    memset(block + 16 * w->entries, 0xff, 16 * (PER_BLOCK - w->entries));
    seal_block(block, w->block);
    w->used += BLOCK;
    w->block++;
    w->entries = 0;
    if (w->used == PIECE) {
        write_all(w, w->piece, PIECE);
        w->used = 0;
    }
}

static void add_entry(struct run_writer *w, const struct seen_entry *entry)
{
    uint8_t *at = w->piece + w->used + 16 * w->entries;
    put_u64(at, entry->hash);
    put_u64(at + 8, entry->position);
    filter_add(w->filter + filter_block(entry->hash, w->filters) * BLOCK, entry->hash);
    if (++w->entries == PER_BLOCK)
        finish_block(w);
}

static void encode_head(const uint8_t store_id[16], const struct run_info *info, uint8_t *head)
{
    memcpy(head, magic, 8);
    memcpy(head + 8, store_id, 16);
    put_u64(head + 24, info->number);
    put_u64(head + 32, info->first);
    put_u64(head + 40, info->end);
    put_u64(head + 48, info->count);
    put_u64(head + 56, info->level);
    put_u64(head + HEAD_SIZE, XXH3_64bits(head, HEAD_SIZE));
}

static int writer_begin(const char *folder, const uint8_t store_id[16],
                        const struct run_info *info, struct run_writer **ret)
{
    char path[RUN_PATH];
    int err = run_path(path, folder, info->number);
    if (err != 0)
        return err;
    struct run_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -ENOMEM;
    w->filters = filters_for(info->count);
    w->filter = calloc((size_t)w->filters + 1, BLOCK);
    if (w->filter == NULL) {
        free(w);
        return -ENOMEM;
    }
    w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (w->fd < 0) {
        err = -errno;
        free(w->filter);
        free(w);
        return err;
    }
    encode_head(store_id, info, w->piece);
    w->used = BLOCK;
    w->block = 1;
    *ret = w;
    return 0;
}

static int writer_end(struct run_writer *w, const char *folder, uint64_t number)
{
    if (w->entries > 0)
        finish_block(w);
    write_all(w, w->piece, w->used);
    for (uint64_t i = 0; i < w->filters; i++)
        seal_block(w->filter + i * BLOCK, w->block + i);
    write_all(w, w->filter, (size_t)w->filters * BLOCK);
    if (w->err == 0 && fsync(w->fd) != 0)
        w->err = -errno;
    close(w->fd);
    int err = w->err;
    free(w->filter);
    free(w);
    if (err != 0)
        run_delete(folder, number);
    return err;
}

int run_write(const char *folder, const uint8_t store_id[16], const struct run_info *info,
              const struct seen_entry *entries)
{
    struct run_writer *w;
    int err = writer_begin(folder, store_id, info, &w);
    if (err != 0)
        return err;
    for (uint64_t i = 0; i < info->count && w->err == 0; i++)
        add_entry(w, &entries[i]);
    return writer_end(w, folder, info->number);
}

/* --- Reading ---------------------------------------------------------------- */

static const uint8_t *block_at(const struct run *run, uint64_t block)
{
    return run->map + (block + 1) * BLOCK;
}

static uint64_t first_hash(const struct run *run, uint64_t block)
{
    return get_u64(block_at(run, block));
}

static bool block_good(struct run *run, uint64_t block)
{
    _Atomic uint64_t *word = &run->checked[block / 64];
    uint64_t bit = UINT64_C(1) << (block % 64);
    if (atomic_load_explicit(word, memory_order_relaxed) & bit)
        return true;
    const uint8_t *at = block_at(run, block);
    if (XXH3_64bits_withSeed(at, CHECKED, block + 1) != get_u64(at + CHECKED))
        return false;
    atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
    return true;
}

static unsigned entries_in(const struct run *run, uint64_t block)
{
    return block + 1 < run->blocks ? PER_BLOCK
                                   : (unsigned)(run->info.count - block * PER_BLOCK);
}

/* The last block whose first hash is below `hash`; block 0 if there is none.  Hashes are uniform, so
 * the place to look is nearly known: widen from there, then halve. */
static uint64_t locate(const struct run *run, uint64_t hash)
{
    uint64_t guess = (uint64_t)(((unsigned __int128)hash * run->blocks) >> 64);
    uint64_t low = guess, high = guess + 1;
    for (uint64_t step = 1; low > 0 && first_hash(run, low) >= hash; step *= 2)
        low = low > step ? low - step : 0;
    for (uint64_t step = 1; high < run->blocks && first_hash(run, high) < hash; step *= 2)
        high = high + step < run->blocks ? high + step : run->blocks;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (first_hash(run, middle) < hash)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The first entry of a block that is not below `hash`: hashes are uniform, so it is near its
 * share of the block. */
static unsigned first_not_below(const uint8_t *block, unsigned n, uint64_t hash)
{
    uint64_t least = get_u64(block), most = get_u64(block + 16 * (n - 1));
    if (hash <= least)
        return 0;
    if (hash > most)
        return n;
    unsigned i = (unsigned)((unsigned __int128)(hash - least) * (n - 1) / (most - least));
    while (i > 0 && get_u64(block + 16 * (i - 1)) >= hash)
        i--;
    while (get_u64(block + 16 * i) < hash)
        i++;
    return i;
}

int run_find(struct run *run, uint64_t hash, uint64_t *positions, int max)
{
    if (run->blocks == 0)
        return 0;
    uint64_t filter = run->blocks + filter_block(hash, run->filters);
    if (!block_good(run, filter))
        return -EILSEQ;
    if (!filter_has(block_at(run, filter), hash))
        return 0;
    int found = 0;
    for (uint64_t block = locate(run, hash); block < run->blocks; block++) {
        if (!block_good(run, block))
            return -EILSEQ;
        const uint8_t *at = block_at(run, block);
        unsigned n = entries_in(run, block), i = first_not_below(at, n, hash);
        for (; i < n && get_u64(at + 16 * i) == hash && found < max; i++)
            positions[found++] = get_u64(at + 16 * i + 8);
        if (i < n)
            break;
    }
    return found;
}

/* --- Merging ---------------------------------------------------------------- */

struct merge_input {
    struct run *run;
    uint64_t at;                /* entry */
    struct seen_entry entry;    /* the present one */
};

/* Steps to the next entry; false at the end.  *err is set for a damaged block. */
static bool merge_step(struct merge_input *in, int *err)
{
    if (in->at == in->run->info.count)
        return false;
    uint64_t block = in->at / PER_BLOCK;
    if (in->at % PER_BLOCK == 0 && !block_good(in->run, block)) {
        *err = -EILSEQ;
        return false;
    }
    const uint8_t *at = block_at(in->run, block) + 16 * (in->at % PER_BLOCK);
    in->entry.hash = get_u64(at);
    in->entry.position = get_u64(at + 8);
    in->at++;
    return true;
}

static bool entry_before(const struct seen_entry *a, const struct seen_entry *b)
{
    return a->hash != b->hash ? a->hash < b->hash : a->position < b->position;
}

int run_merge(const char *folder, const uint8_t store_id[16], const struct run_info *info,
              struct run *const *inputs, unsigned count)
{
    assert(count <= MERGE_MAX);
    struct run_writer *w;
    int err = writer_begin(folder, store_id, info, &w);
    if (err != 0)
        return err;
    struct merge_input in[MERGE_MAX];
    unsigned live = 0;
    for (unsigned i = 0; i < count; i++) {
        in[live] = (struct merge_input){.run = inputs[i]};
        if (merge_step(&in[live], &w->err))
            live++;
    }
    while (live > 0 && w->err == 0) {
        unsigned least = 0;
        for (unsigned i = 1; i < live; i++)
            if (entry_before(&in[i].entry, &in[least].entry))
                least = i;
        add_entry(w, &in[least].entry);
        if (!merge_step(&in[least], &w->err))
            in[least] = in[--live];
    }
    return writer_end(w, folder, info->number);
}

/* --- Files ------------------------------------------------------------------ */

static bool head_good(const uint8_t *map, const uint8_t store_id[16], const struct run_info *info)
{
    uint8_t expected[HEAD_SIZE + 8];
    encode_head(store_id, info, expected);
    return memcmp(map, expected, sizeof expected) == 0;
}

int run_open(const char *folder, const uint8_t store_id[16], const struct run_info *info,
             struct run **ret)
{
    char path[RUN_PATH];
    int err = run_path(path, folder, info->number);
    if (err != 0)
        return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    struct run *run = calloc(1, sizeof *run);
    uint64_t blocks = blocks_for(info->count), filters = filters_for(info->count);
    size_t size = (size_t)(blocks + filters + 1) * BLOCK;
    struct stat stat;
    if (run == NULL)
        err = -ENOMEM;
    else if (fstat(fd, &stat) != 0 || (size_t)stat.st_size != size)
        err = -EILSEQ;
    else
        run->checked = calloc((size_t)((blocks + filters) / 64 + 1), sizeof *run->checked);
    if (err == 0 && run->checked == NULL)
        err = -ENOMEM;
    if (err == 0) {
        void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED) {
            err = -errno;
        } else {
            run->map = map;
            run->size = size;
            run->blocks = blocks;
            run->filters = filters;
            run->info = *info;
            if (!head_good(map, store_id, info))
                err = -EILSEQ;
        }
    }
    close(fd);
    if (err != 0) {
        run_close(&run);
        return err;
    }
    *ret = run;
    return 0;
}

void run_close(struct run **run_p)
{
    struct run *run = *run_p;
    if (run == NULL)
        return;
    if (run->map != NULL)
        munmap((void *)run->map, run->size);
    free(run->checked);
    free(run);
    *run_p = NULL;
}

void run_delete(const char *folder, uint64_t number)
{
    char path[RUN_PATH];
    if (run_path(path, folder, number) == 0)
        unlink(path);
}

const struct run_info *run_info(const struct run *run)
{
    return &run->info;
}

uint64_t run_bytes(const struct run *run)
{
    return run->size;
}
