#include "tests/corruption/damage.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/powerloss/disk.h"
#include "tests/powerloss/image.h"

struct piece pieces[FILES_MAX];
unsigned piece_count;

static bool read_file(const char *folder, const char *name, uint8_t **ret, size_t *ret_size)
{
    char path[400];
    struct stat stat;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    int failed = fstat(fd, &stat);
    assert(failed == 0);
    *ret_size = (size_t)stat.st_size;
    *ret = malloc(*ret_size + 1);
    assert(*ret != NULL);
    ssize_t n = read(fd, *ret, *ret_size);
    close(fd);
    return n == (ssize_t)*ret_size;
}

bool add_piece(const char *folder, const char *older, const char *foreign, const char *name)
{
    struct piece *p = &pieces[piece_count];
    assert(piece_count < FILES_MAX);
    snprintf(p->name, sizeof p->name, "%s", name);
    if (!read_file(folder, name, &p->bytes, &p->size))
        return false;
    read_file(older, name, &p->older, &p->older_size);
    read_file(foreign, name, &p->foreign, &p->foreign_size);
    piece_count++;
    return true;
}

static const char *const damage_words[] = {
    "a bit", "eight bits", "a byte of a page's head", "a sector of garbage", "a page of zeros",
        "a page of ones",
    "a torn page", "a stale page", "a stale sector", "two pages swapped", "a page twice",
        "a page of another store",
    "cut", "cut at a page", "the file of another store", "the file of another day",
        "another file of the store", "empty",
    "gone",
};

uint64_t random_of(uint64_t seed, unsigned which, uint64_t below)
{
    return below == 0 ? 0 : mixed(seed, which, 77) % below;
}

static void copy_part(struct damaged *d, size_t at, const uint8_t *from, size_t from_size, size_t from_at,
                      size_t size)
{
    if (from == NULL || from_at >= from_size || at >= d->size)
        return;
    size = size < from_size - from_at ? size : from_size - from_at;
    size = size < d->size - at ? size : d->size - at;
    memcpy(d->bytes + at, from + from_at, size);
}

static void replace(struct damaged *d, const uint8_t *bytes, size_t size)
{
    if (bytes == NULL)
        return;
    d->bytes = realloc(d->bytes, size + 1);
    assert(d->bytes != NULL);
    memcpy(d->bytes, bytes, size);
    d->size = size;
}

static void damage_bytes(struct damaged *d, const struct piece *p, uint64_t seed)
{
    size_t pages = d->size / PAGE, page = random_of(seed, 1, pages) * PAGE, other = random_of(seed, 2,
                                                                                              pages) * PAGE;
    size_t sector = page + random_of(seed, 3, PAGE / SECTOR) * SECTOR;
    switch (d->damage) {
    case DAMAGE_BIT:
    case DAMAGE_BITS:
        for (unsigned i = 0; i < (d->damage == DAMAGE_BIT ? 1u : 8u) && d->size > 0; i++)
            d->bytes[random_of(seed, 10 + i, d->size)] ^= (uint8_t)(1 << random_of(seed, 20 + i, 8));
        return;
    case DAMAGE_HEAD:
        d->bytes[page + random_of(seed, 4, 160)] ^= (uint8_t)(1 + random_of(seed, 5, 255));
        return;
    case DAMAGE_SECTOR:
        for (unsigned i = 0; i < SECTOR; i++)
            d->bytes[sector + i] = (uint8_t)mixed(seed, i, 6);
        return;
    case DAMAGE_ZEROS:
    case DAMAGE_ONES:
        memset(d->bytes + page, d->damage == DAMAGE_ZEROS ? 0 : 0xff, PAGE);
        return;
    case DAMAGE_TORN:
        copy_part(d, page, p->older != NULL ? p->older : p->bytes, p->older != NULL ? p->older_size : p->size,
                  p->older != NULL ? page : other, SECTOR * (1 + random_of(seed, 7, 7)));
        return;
    case DAMAGE_STALE:
        copy_part(d, page, p->older, p->older_size, page, PAGE);
        return;
    case DAMAGE_STALE_SECTOR:
        copy_part(d, sector, p->older, p->older_size, sector, SECTOR);
        return;
    case DAMAGE_SWAP:
        copy_part(d, page, p->bytes, p->size, other, PAGE);
        copy_part(d, other, p->bytes, p->size, page, PAGE);
        return;
    case DAMAGE_TWICE:
        copy_part(d, page, p->bytes, p->size, other, PAGE);
        return;
    default:
        copy_part(d, page, p->foreign, p->foreign_size, page, PAGE);
    }
}

static void damage_file(struct damaged *d, const struct piece *p, uint64_t seed)
{
    const struct piece *other = &pieces[random_of(seed, 8, piece_count)];
    switch (d->damage) {
    case DAMAGE_CUT:
        d->size = random_of(seed, 9, d->size);
        return;
    case DAMAGE_CUT_PAGE:
        d->size = random_of(seed, 9, d->size / PAGE) * PAGE;
        return;
    case DAMAGE_FOREIGN_FILE:
        replace(d, p->foreign, p->foreign_size);
        return;
    case DAMAGE_OLD_FILE:
        replace(d, p->older, p->older_size);
        return;
    case DAMAGE_OTHER_FILE:
        replace(d, other->bytes, other->size);
        return;
    case DAMAGE_EMPTY:
        d->size = 0;
        return;
    default:
        free(d->bytes);
        d->bytes = NULL;
    }
}

/* Pages more often than files; half of it in the first. */
struct damaged damage_of(uint64_t seed)
{
    struct damaged d = { .damage = (enum damage)random_of(seed, 30, DAMAGE_KINDS) };
    if (d.damage >= DAMAGE_CUT && random_of(seed, 31, 3) != 0)
        d.damage = (enum damage)random_of(seed, 32, DAMAGE_CUT);
    d.piece = random_of(seed, 33, 2) == 0 ? 0 : (unsigned)random_of(seed, 34, piece_count);
    const struct piece *p = &pieces[d.piece];
    d.bytes = malloc(p->size + 1);
    assert(d.bytes != NULL);
    memcpy(d.bytes, p->bytes, p->size);
    d.size = p->size;
    if (d.damage < DAMAGE_CUT)
        damage_bytes(&d, p, seed);
    else
        damage_file(&d, p, seed);
    snprintf(d.words, sizeof d.words, "%s: %s", p->name, damage_words[d.damage]);
    return d;
}

void put_piece(const char *folder, const char *name, const uint8_t *bytes, size_t size)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
    if (bytes == NULL)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t n = write(fd, bytes, size);
    assert(n == (ssize_t)size);
    close(fd);
}

bool in_processes(unsigned jobs, int (*work)(const void *arg, unsigned which), const void *arg)
{
    bool good = true;
    fflush(stdout);
    for (unsigned i = 0; i < jobs; i++)
        if (fork() == 0)
            _exit(work(arg, i));
    for (unsigned i = 0; i < jobs; i++) {
        int status;
        wait(&status);
        good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return good;
}

void end_what_takes_for_ever(void)
{
    const struct rlimit processor = { HANG_CPU_S, HANG_CPU_S + 1 };
    setrlimit(RLIMIT_CPU, &processor);
    alarm(HANG_S);
}

bool took_for_ever(int status)
{
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGXCPU);
}
