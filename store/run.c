#include "store/run.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "store/bytes.h"
#include "wire/controls.h"

#define BLOCK       4096
#define CHECKED     4080        /* bytes of a block under its checksum */
#define HEAD_SIZE   80          /* before the checksum */
#define RUN_PATH    512
#define MERGE_MAX   16
#define LINE        64          /* bytes: a line of the filter is a line of the cache */
#define LINES       63          /* of a block of the filter */
#define PER_FILTER  2016        /* entries to a block of the filter: sixteen bits each */
#define FILTER_BITS 6           /* set by an entry; about one wrong "perhaps" in a thousand */

static_assert(LINES * LINE <= CHECKED, "the filter's lines are under the checksum");

static const uint8_t magic[8] = {'F', 'W', 'R', 'U', 'N', '1', 0, 0};

/* --- Shapes ------------------------------------------------------------------- */

/* The first eight bytes as a number that sorts like them. */
static uint64_t leading(const uint8_t *entry)
{
    return unkey_u64(entry);
}

uint64_t shape_hash(const struct shape *shape, const uint8_t *entry)
{
    size_t size = shape->prefix != 0 ? shape->prefix : shape->key;
    return size == 8 ? leading(entry) : XXH3_64bits(entry, size);
}

static int compare(const struct shape *shape, const uint8_t *a, const uint8_t *b)
{
    uint64_t x = leading(a), y = leading(b);
    if (x != y)
        return x < y ? -1 : 1;
    return memcmp(a, b, shape->key);
}

#define BUCKETS      65536
#define BUCKET_SMALL 24         /* entries that are sorted by insertion */

/* Entries, and an order of them that is being made. */
struct ordering {
    const struct shape *shape;
    const uint8_t *entries;
};

static int compare_numbers(const void *a, const void *b, void *arg)
{
    const struct ordering *o = arg;
    const uint32_t *x = a, *y = b;
    return compare(o->shape, o->entries + *x * (uint64_t)o->shape->entry,
                   o->entries + *y * (uint64_t)o->shape->entry);
}

static void order_small(struct ordering *o, uint32_t *order, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        uint32_t moved = order[i];
        uint64_t to = i;
        for (; to > 0 && compare_numbers(&order[to - 1], &moved, o) > 0; to--)
            order[to] = order[to - 1];
        order[to] = moved;
    }
}

static void order_bucket(struct ordering *o, uint32_t *order, uint64_t count)
{
    if (count <= BUCKET_SMALL)
        order_small(o, order, count);
    else
        qsort_r(order, count, sizeof *order, compare_numbers, o);
}

/* Buckets in the order of the leading bytes, of equal width between the least and the most: most entries
 * begin with a hash, and then nearly every one has a bucket to itself. */
struct bucketing {
    uint64_t least;
    unsigned shift;
};

static struct bucketing bucketing_of(const struct ordering *o, uint64_t count)
{
    uint64_t least = UINT64_MAX, most = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = leading(o->entries + i * o->shape->entry);
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    struct bucketing ret = {.least = least};
    while ((most - least) >> ret.shift >= BUCKETS)
        ret.shift++;
    return ret;
}

static unsigned bucket_of(struct bucketing b, const struct ordering *o, uint64_t number)
{
    return (unsigned)((leading(o->entries + number * o->shape->entry) - b.least) >> b.shift);
}

static int order_large(struct ordering *o, uint32_t *order, uint64_t count)
{
    uint32_t *ends = calloc(BUCKETS + 1, sizeof *ends);
    if (ends == NULL)
        return -ENOMEM;
    struct bucketing b = bucketing_of(o, count);
    for (uint64_t i = 0; i < count; i++)
        ends[bucket_of(b, o, i) + 1]++;
    for (unsigned i = 0; i < BUCKETS; i++)
        ends[i + 1] += ends[i];
    for (uint64_t i = 0; i < count; i++)
        order[ends[bucket_of(b, o, i)]++] = (uint32_t)i;
    uint32_t begin = 0;
    for (unsigned i = 0; i < BUCKETS; begin = ends[i++])
        order_bucket(o, order + begin, ends[i] - begin);
    free(ends);
    return 0;
}

int shape_order(const struct shape *shape, const uint8_t *entries, uint64_t count, uint32_t *order)
{
    struct ordering o = {shape, entries};
    assert(count < UINT32_MAX);
    if (count >= BUCKETS)
        return order_large(&o, order, count);
    for (uint64_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    order_bucket(&o, order, count);
    return 0;
}

static int compare_entries(const void *a, const void *b, void *shape)
{
    return compare(shape, a, b);
}

void shape_sort(const struct shape *shape, uint8_t *entries, uint64_t count)
{
    if (count > 1)
        qsort_r(entries, count, shape->entry, compare_entries, (void *)shape);
}

uint64_t shape_fold(const struct shape *shape, uint8_t *entries, uint64_t count)
{
    uint64_t left = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *entry = entries + i * shape->entry;
        uint8_t *last = left > 0 ? entries + (left - 1) * shape->entry : NULL;
        if (last != NULL && shape->fold != NULL && memcmp(last, entry, shape->key) == 0)
            shape->fold(last, entry);
        else
            memmove(entries + left++ * shape->entry, entry, shape->entry);
    }
    return left;
}

int entry_list_add(struct entry_list *list, const struct shape *shape, const uint8_t *entry)
{
    if ((list->count + 1) * shape->entry > list->room) {
        uint64_t room = 2 * list->room + 16 * ENTRY_MAX;
        uint8_t *entries = realloc(list->entries, room);
        if (entries == NULL)
            return -ENOMEM;
        list->entries = entries;
        list->room = room;
    }
    memcpy(list->entries + list->count++ * shape->entry, entry, shape->entry);
    return 0;
}

void entry_list_free(struct entry_list *list)
{
    free(list->entries);
    *list = (struct entry_list){0};
}

/* --- A run -------------------------------------------------------------------- */

struct run {
    const struct shape *shape;
    struct run_info info;
    const uint8_t *map;
    size_t size;
    uint64_t per_block;
    uint64_t blocks;            /* of entries; those of the filter are behind them */
    _Atomic uint64_t *checked;  /* a bit per block */
};

static int run_path(char path[RUN_PATH], const struct run_place *place, uint64_t number)
{
    int n = snprintf(path, RUN_PATH, "%s/%s-%08llu", place->folder, place->shape->name,
                     (unsigned long long)number);
    return n < RUN_PATH ? 0 : -ENAMETOOLONG;
}

static uint64_t per_block(const struct shape *shape)
{
    return CHECKED / shape->entry;
}

static uint64_t blocks_for(const struct shape *shape, uint64_t count)
{
    return (count + per_block(shape) - 1) / per_block(shape);
}

static uint64_t filters_for(const struct shape *shape, uint64_t count)
{
    return shape->prefix == 0 ? 0 : (count + PER_FILTER - 1) / PER_FILTER;
}

/* --- The filter: where an entry's line is, and which bits it has there. ------- */

/* The leading bytes choose the block, so that entries in their order walk through
 * the filter; the hash chooses line and bits. */
static uint64_t filter_block(const uint8_t *entry, uint64_t filters)
{
    return (uint64_t)(((unsigned __int128)leading(entry) * filters) >> 64);
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

#define PIECE         (64 * BLOCK)
#define FILTER_PIECE  16        /* blocks of the filter, filled by 32,256 entries */

/* Where the filter begins is known beforehand unless entries are folded: then it is written as it is
 * filled, in the order of the entries, and a piece of it is in memory; else all of it, until the end. */
struct run_writer {
    const struct run_place *place;
    const struct shape *shape;
    int fd;
    int err;                    /* sticky */
    uint64_t count;             /* entries written */
    uint64_t block;             /* index of the block being filled, from 1 */
    uint64_t entry_blocks;      /* that there will be, if nothing is folded */
    uint64_t filters;
    uint64_t filter_from;       /* first block of the filter that is in memory, */
    uint64_t filter_room;       /* how many are, */
    uint8_t *filter;            /* and they */
    size_t fill;                /* bytes in the block */
    size_t used;                /* bytes of `piece` before it */
    uint8_t piece[PIECE];
};

static void write_at(struct run_writer *w, const uint8_t *bytes, size_t size, uint64_t at)
{
    while (size > 0 && w->err == 0) {
        ssize_t n = pwrite(w->fd, bytes, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            w->err = -errno;
            return;
        }
        bytes += n;
        size -= (size_t)n;
        at += (uint64_t)n;
    }
}

static void seal_block(uint8_t *block, uint64_t index)
{
    put_u64(block + CHECKED, XXH3_64bits_withSeed(block, CHECKED, index));
    put_u64(block + CHECKED + 8, 0);
}

/* The full blocks that have gathered, and the one being filled begins the next piece. */
static void write_piece(struct run_writer *w)
{
    write_at(w, w->piece, w->used, w->block * BLOCK - w->used);
    w->used = 0;
}

static void finish_block(struct run_writer *w)
{
    uint8_t *block = w->piece + w->used;
    memset(block + w->fill, 0xff, CHECKED - w->fill);
    seal_block(block, w->block);
    w->used += BLOCK;
    w->block++;
    w->fill = 0;
    if (w->used == PIECE)
        write_piece(w);
}

/* Writes what is in memory of the filter; the next blocks of it take its place. */
static void write_filter(struct run_writer *w)
{
    uint64_t left = w->filters - w->filter_from, n = left < w->filter_room ? left : w->filter_room;
    uint64_t first = 1 + w->entry_blocks + w->filter_from;
    for (uint64_t i = 0; i < n; i++)
        seal_block(w->filter + i * BLOCK, first + i);
    write_at(w, w->filter, n * BLOCK, first * BLOCK);
    memset(w->filter, 0, n * BLOCK);
    w->filter_from += n;
}

static void add_to_filter(struct run_writer *w, const uint8_t *entry)
{
    uint64_t block = filter_block(entry, w->filters);
    while (block >= w->filter_from + w->filter_room)
        write_filter(w);
    if (block < w->filter_from) {       /* runs that were merged were not in order */
        w->err = -EILSEQ;
        return;
    }
    filter_add(w->filter + (block - w->filter_from) * BLOCK, shape_hash(w->shape, entry));
}

static void add_entry(struct run_writer *w, const uint8_t *entry)
{
    const struct shape *shape = w->shape;
    memcpy(w->piece + w->used + w->fill, entry, shape->entry);
    if (w->filters > 0)
        add_to_filter(w, entry);
    w->count++;
    w->fill += shape->entry;
    if (w->fill + shape->entry > CHECKED)
        finish_block(w);
}

static void encode_head(const struct run_place *place, const struct run_info *info, uint8_t *head)
{
    memcpy(head, magic, 8);
    memcpy(head + 8, place->store_id, 16);
    memcpy(head + 24, place->shape->name, 8);
    put_u64(head + 32, info->number);
    put_u64(head + 40, info->first);
    put_u64(head + 48, info->end);
    put_u64(head + 56, info->count);
    put_u64(head + 64, info->level);
    put_u64(head + 72, info->filters);
    put_u64(head + HEAD_SIZE, XXH3_64bits(head, HEAD_SIZE));
}

static void writer_free(struct run_writer *w)
{
    free(w->filter);
    free(w);
}

/* For at most `count` entries. */
static int writer_begin(const struct run_place *place, const struct run_info *info,
                        uint64_t count, struct run_writer **ret)
{
    char path[RUN_PATH];
    int err = run_path(path, place, info->number);
    if (err != 0)
        return err;
    struct run_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -ENOMEM;
    w->place = place;
    w->shape = place->shape;
    w->entry_blocks = blocks_for(w->shape, count);
    w->filters = filters_for(w->shape, count);
    w->filter_room = w->shape->fold == NULL && w->filters > FILTER_PIECE ? FILTER_PIECE : w->filters;
    w->filter = calloc((size_t)w->filter_room + 1, BLOCK);
    w->fd = w->filter == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (w->fd < 0) {
        err = w->filter == NULL ? -ENOMEM : -errno;
        writer_free(w);
        return err;
    }
    w->used = BLOCK;            /* the head is written over zeros when the count is known */
    w->block = 1;
    *ret = w;
    return 0;
}

static void write_head(struct run_writer *w, const struct run_info *info)
{
    uint8_t head[HEAD_SIZE + 8];
    encode_head(w->place, info, head);
    write_at(w, head, sizeof head, 0);
}

static int writer_end(struct run_writer *w, struct run_info *info)
{
    if (w->fill > 0)
        finish_block(w);
    write_piece(w);
    assert(w->err != 0 || w->filter_from == 0 || w->entry_blocks == w->block - 1);
    w->entry_blocks = w->block - 1;
    while (w->filter_from < w->filters)
        write_filter(w);
    info->count = w->count;
    info->filters = w->filters;
    if (w->err == 0)
        w->err = failpoint("run.head");
    write_head(w, info);
    if (w->err == 0)
        w->err = failpoint("run.sync");
    if (w->err == 0 && !w->place->scratch && !control("run_unsynced") && fsync(w->fd) != 0)
        w->err = -errno;
    close(w->fd);
    int err = w->err;
    if (err != 0)
        run_delete(w->place, info->number);
    writer_free(w);
    return err;
}

#define AHEAD 16                /* entries that lie anywhere are asked for so many before they are written */

int run_write(const struct run_place *place, struct run_info *info, const uint8_t *entries,
              const uint32_t *order)
{
    struct run_writer *w;
    int err = writer_begin(place, info, info->count, &w);
    if (err != 0)
        return err;
    for (uint64_t i = 0; i < info->count && w->err == 0; i++) {
        if (order != NULL && i + AHEAD < info->count)
            __builtin_prefetch(entries + order[i + AHEAD] * place->shape->entry);
        add_entry(w, entries + (order != NULL ? order[i] : i) * place->shape->entry);
    }
    return writer_end(w, info);
}

/* --- Reading ---------------------------------------------------------------- */

static const uint8_t *block_at(const struct run *run, uint64_t block)
{
    return run->map + (block + 1) * BLOCK;
}

static bool block_good(struct run *run, uint64_t block)
{
    _Atomic uint64_t *word = &run->checked[block / 64];
    uint64_t bit = UINT64_C(1) << (block % 64);
    if (atomic_load_explicit(word, memory_order_relaxed) & bit)
        return true;
    const uint8_t *at = block_at(run, block);
    if (XXH3_64bits_withSeed(at, CHECKED, block + 1) != get_u64(at + CHECKED) && !control("block_unchecked"))
        return false;
    atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
    return true;
}

const uint8_t *run_entry(struct run *run, uint64_t number)
{
    uint64_t block = number / run->per_block;
    if (!block_good(run, block))
        return NULL;
    return block_at(run, block) + number % run->per_block * run->shape->entry;
}

/* A search reads the first entry of a block; *err is set if the block is damaged, because a
 * search that is led astray would find nothing. */
static bool block_begins_below(struct run *run, uint64_t block, const uint8_t *from, size_t size,
                               int *err)
{
    if (!block_good(run, block)) {
        *err = -EILSEQ;
        return false;
    }
    return memcmp(block_at(run, block), from, size) < 0;
}

/* The last block that begins below `from`; block 0 if there is none.  Hashes are uniform, so
 * the place to look is nearly known: widen from there, then halve. */
static uint64_t locate(struct run *run, const uint8_t *from, size_t size, int *err)
{
    uint64_t guess = size < 8 ? 0
        : (uint64_t)(((unsigned __int128)leading(from) * run->blocks) >> 64);
    uint64_t low = guess, high = guess + 1;
    for (uint64_t step = 1; low > 0 && !block_begins_below(run, low, from, size, err); step *= 2)
        low = low > step ? low - step : 0;
    for (uint64_t step = 1; high < run->blocks && block_begins_below(run, high, from, size, err);
         step *= 2)
        high = high + step < run->blocks ? high + step : run->blocks;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (block_begins_below(run, middle, from, size, err))
            low = middle;
        else
            high = middle;
    }
    return low;
}

int64_t run_seek(struct run *run, const uint8_t *from, size_t size)
{
    if (run->blocks == 0)
        return 0;
    int err = 0;
    uint64_t block = locate(run, from, size, &err);
    if (err != 0 || !block_good(run, block))
        return -EILSEQ;
    uint64_t low = block * run->per_block, high = low + run->per_block;
    if (high > run->info.count)
        high = run->info.count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const uint8_t *at = block_at(run, block) + middle % run->per_block * run->shape->entry;
        if (memcmp(at, from, size) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return (int64_t)low;
}

void run_prefetch(const struct run *run, const uint8_t *entry, uint64_t hash)
{
    if (run->info.filters == 0)
        return;
    uint64_t filter = run->blocks + filter_block(entry, run->info.filters);
    __builtin_prefetch(block_at(run, filter) + filter_bits(hash).line * LINE);
}

int run_find(struct run *run, const uint8_t *entry, uint64_t hash, struct entry_list *found)
{
    const struct shape *shape = run->shape;
    assert(shape->prefix >= 8);
    if (run->blocks == 0)
        return 0;
    uint64_t filter = run->blocks + filter_block(entry, run->info.filters);
    if (!block_good(run, filter))
        return -EILSEQ;
    if (!filter_has(block_at(run, filter), hash))
        return 0;
    int64_t at = run_seek(run, entry, shape->prefix);
    int err = at < 0 ? (int)at : 0;
    for (uint64_t i = (uint64_t)at; err == 0 && i < run->info.count; i++) {
        const uint8_t *here = run_entry(run, i);
        if (here == NULL)
            return -EILSEQ;
        if (memcmp(here, entry, shape->prefix) != 0)
            break;
        err = entry_list_add(found, shape, here);
    }
    return err;
}

/* --- Merging ---------------------------------------------------------------- */

struct merge_input {
    struct run *run;
    uint64_t at;                /* number of the next entry */
    const uint8_t *entry;       /* the present one */
};

/* Steps to the next entry; false at the end.  *err is set for a damaged block. */
static bool merge_step(struct merge_input *in, int *err)
{
    if (in->at == in->run->info.count)
        return false;
    in->entry = run_entry(in->run, in->at++);
    if (in->entry == NULL)
        *err = -EILSEQ;
    return in->entry != NULL;
}

struct merge {
    struct merge_input in[MERGE_MAX];
    unsigned live;
};

static const uint8_t *merge_least(const struct merge *m, const struct shape *shape, unsigned *ret)
{
    unsigned least = 0;
    for (unsigned i = 1; i < m->live; i++)
        if (compare(shape, m->in[i].entry, m->in[least].entry) < 0)
            least = i;
    *ret = least;
    return m->in[least].entry;
}

/* The least entry of all, folded with those of its key; false at the end. */
static bool merge_next(struct merge *m, const struct shape *shape, uint8_t *ret, int *err)
{
    unsigned least;
    bool first = true;
    while (m->live > 0 && *err == 0) {
        const uint8_t *entry = merge_least(m, shape, &least);
        if (first)
            memcpy(ret, entry, shape->entry);
        else if (memcmp(ret, entry, shape->key) == 0)
            shape->fold(ret, entry);    /* without one the first entry was returned */
        else
            return true;
        first = false;
        if (!merge_step(&m->in[least], err))
            m->in[least] = m->in[--m->live];
        if (shape->fold == NULL)
            return true;
    }
    return !first;
}

int run_merge(const struct run_place *place, struct run_info *info, struct run *const *inputs,
              unsigned count)
{
    assert(count <= MERGE_MAX);
    struct run_writer *w;
    uint64_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += inputs[i]->info.count;
    int err = writer_begin(place, info, total, &w);
    if (err != 0)
        return err;
    struct merge merge = {.live = 0};
    uint8_t entry[ENTRY_MAX];
    for (unsigned i = 0; i < count; i++) {
        merge.in[merge.live] = (struct merge_input){.run = inputs[i]};
        if (merge_step(&merge.in[merge.live], &w->err))
            merge.live++;
    }
    if (w->err == 0)
        w->err = failpoint("run.merge");
    while (w->err == 0 && merge_next(&merge, place->shape, entry, &w->err))
        add_entry(w, entry);
    return writer_end(w, info);
}

/* --- Files ------------------------------------------------------------------ */

static bool head_good(const uint8_t *map, const struct run_place *place, const struct run_info *info)
{
    uint8_t expected[HEAD_SIZE + 8];
    encode_head(place, info, expected);
    return memcmp(map, expected, sizeof expected) == 0;
}

static int map_file(struct run *run, int fd, const struct run_place *place)
{
    size_t size = (size_t)(run->blocks + run->info.filters + 1) * BLOCK;
    struct stat stat;
    if (fstat(fd, &stat) != 0 || (size_t)stat.st_size != size)
        return -EILSEQ;
    run->checked = calloc((size_t)((run->blocks + run->info.filters) / 64 + 1), sizeof *run->checked);
    if (run->checked == NULL)
        return -ENOMEM;
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -errno;
    run->map = map;
    run->size = size;
    return head_good(map, place, &run->info) ? 0 : -EILSEQ;
}

int run_open(const struct run_place *place, const struct run_info *info, struct run **ret)
{
    char path[RUN_PATH];
    int err = run_path(path, place, info->number);
    if (err != 0)
        return err;
    if (info->filters > filters_for(place->shape, UINT64_C(1) << 40) || info->count > UINT64_C(1) << 40
        || (place->shape->prefix != 0 && info->count > 0 && info->filters == 0))
        return -EILSEQ;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        close(fd);
        return -ENOMEM;
    }
    run->shape = place->shape;
    run->info = *info;
    run->per_block = per_block(place->shape);
    run->blocks = blocks_for(place->shape, info->count);
    err = map_file(run, fd, place);
    close(fd);
    if (err != 0) {
        run_close(&run);
        return err;
    }
    *ret = run;
    return 0;
}

bool run_warm(struct run *run)
{
    bool good = true;
    for (uint64_t i = 0; i < run->info.filters && good; i++)
        good = block_good(run, run->blocks + i);
    return good;
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

void run_delete(const struct run_place *place, uint64_t number)
{
    char path[RUN_PATH];
    if (run_path(path, place, number) == 0)
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
