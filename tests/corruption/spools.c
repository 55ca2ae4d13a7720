/* spools - what becomes of a spool of which a piece is damaged: noticed, or harmless, never less in silence.
 *
 * Each damage is done to a copy; a process opens it, puts one more batch, hears of a restored store, so
 * that all there is waits again, and reads it.  It may crash, which is noticing (RELIABILITY rule 10), but
 * not over a file that was cut off; what it may not is to find other batches, or fewer, and call them all. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "store/files.h"
#include "store/spool/spool.h"
#include "tests/corruption/damage.h"
#include "tests/powerloss/image.h"

#define BATCHES  60
#define META_TXN 144            /* where a page of LMDB's meta has the number of its transaction */
#define NOON     INT64_C(1767240000000)

struct options {
    const char *scratch;
    uint64_t states, seed, only;
    unsigned jobs;
    bool single;
};

/* What a spool says of itself. */
struct content {
    uint64_t next, waiting, again, events, hash;
};
static struct content right, before;    /* as of the last commit, and of the one before */

struct result {                 /* shared with the process that looks */
    bool ended, opened;
    int err;
    struct content content;
};

enum verdict { HARMLESS, REFUSED, NOTICED, CRASHED, OTHER_SPOOL, COMMIT_BACK, VERDICTS };
static const char *const verdict_words[] = {
    "harmless", "refused when opened", "noticed later", "crashed", "another spool", "a commit back",
};

struct worker {
    uint64_t counts[VERDICTS];
    bool failed;
    char wrong[300];
};
static struct worker *workers;

/* --- A spool ------------------------------------------------------------------------------------------ */

static int put_some(struct spool *spool, uint64_t seed, unsigned count)
{
    static uint8_t bytes[20000];
    int err = 0;
    for (unsigned i = 0; i < count && err == 0; i++) {
        uint64_t number = 0, choice = mixed(seed, i, 1);
        size_t size = 20 + choice % (choice % 4 == 0 ? sizeof bytes - 20 : 600);
        for (size_t at = 0; at < size; at++)
            bytes[at] = (uint8_t)mixed(choice, at, 2);
        err = spool_put(spool, bytes, size, 1 + (uint32_t)(choice % 1000), &number);
        if (err == 0 && choice % 3 == 0)
            err = spool_answered(spool, number, 1 + choice % 2, number, NOON + (int64_t)number * 300);
    }
    return err;
}

static int copy_spool(const char *from, const char *to)
{
    char source[300], target[300];
    snprintf(source, sizeof source, "%s/spool.mdb", from);
    snprintf(target, sizeof target, "%s/spool.mdb", to);
    return mkdir(to, 0700) != 0 ? -errno : files_copy(source, target);
}

/* `older`: a copy of it from half way; NULL: none. */
static int make_spool(const char *folder, const char *older, uint64_t seed)
{
    struct spool *spool;
    int err = 0;
    for (unsigned half = 0; half < 2 && err == 0; half++) {
        err = spool_open(folder, "tax", &spool);
        if (err == 0)
            err = put_some(spool, mixed(seed, half, 4), BATCHES / 2);
        if (err == 0)
            spool_close(&spool);
        if (err == 0 && half == 0 && older != NULL)
            err = copy_spool(folder, older);
    }
    return err;
}

/* --- Reading all of it, as a producer does ------------------------------------------------------------ */

static int read_batches(struct spool *spool, struct content *content)
{
    struct spool_entry entry = { .number = 0 };
    int err;
    for (;;) {
        void *bytes;
        size_t size;
        err = spool_waiting(spool, entry.number, &entry, &bytes, &size);
        if (err != 0)
            return err == -ENOENT ? 0 : err;
        content->hash = mixed(content->hash, entry.number, XXH3_64bits(bytes, size));
        if (entry.number + 1 < content->next)           /* not the one that was put just now */
            content->hash = mixed(content->hash, entry.events, (uint64_t)entry.put_ms);
        free(bytes);
    }
}

static int read_content(struct spool *spool, struct content *ret)
{
    struct spool_stats stats;
    uint64_t number;
    int err = spool_put(spool, "one more", 8, 1, &number);
    if (err == 0)
        err = spool_stats(spool, &stats);
    if (err != 0)
        return err;
    struct content content = {
        .next = spool_next(spool), .waiting = stats.waiting, .events = stats.waiting_events,
    };
    err = spool_covered(spool, 99, 0, NOON, &content.again);
    if (err == 0)
        err = read_batches(spool, &content);
    if (err == 0)
        *ret = content;
    return err;
}

static void look(const char *folder, struct result *o)
{
    struct spool *spool;
    o->err = spool_open(folder, "tax", &spool);
    o->opened = o->err == 0;
    if (o->err == 0)
        o->err = read_content(spool, &o->content);
    o->ended = true;
}

/* A process of its own, ended when it takes for ever.  Its exit status. */
static int look_apart(const char *folder, struct result *o)
{
    int status;
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);      /* LMDB's last words */
        end_what_takes_for_ever();
        look(folder, o);
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* --- One damage --------------------------------------------------------------------------------------- */

static bool fail(struct worker *me, uint64_t number, const struct damaged *d, const char *what)
{
    snprintf(me->wrong, sizeof me->wrong, "--only %" PRIu64 " (%s): %s", number, d->words, what);
    me->failed = true;
    return false;
}

static bool content_equal(const struct content *a, const struct content *b)
{
    return a->next == b->next && a->waiting == b->waiting && a->again == b->again && a->events == b->events
        && a->hash == b->hash;
}

static bool is_cut(const struct damaged *d)
{
    return d->damage == DAMAGE_CUT || d->damage == DAMAGE_CUT_PAGE || d->damage == DAMAGE_EMPTY;
}

/* A whole spool in the place of this one is a good one, and none becomes a new one: only who looks at the
 * folder can tell. */
static bool is_another(const struct damaged *d)
{
    return d->damage == DAMAGE_FOREIGN_FILE || d->damage == DAMAGE_OLD_FILE || d->damage == DAMAGE_GONE;
}

static enum verdict verdict_of(const struct result *o, int status, const struct damaged *d)
{
    if (WIFSIGNALED(status))
        return CRASHED;
    if (o->err != 0)
        return o->opened ? NOTICED : REFUSED;
    if (is_another(d))
        return OTHER_SPOOL;
    return content_equal(&o->content, &right) ? HARMLESS : COMMIT_BACK;
}

static bool try_damage(struct worker *me, uint64_t number, uint64_t seed, const char *folder,
                       struct result *o)
{
    struct damaged d = damage_of(seed);
    *o = (struct result){ .ended = false };
    put_piece(folder, "spool.mdb-lock", NULL, 0);
    put_piece(folder, "spool.mdb", d.bytes, d.size);
    int status = look_apart(folder, o);
    enum verdict verdict = verdict_of(o, status, &d);
    bool good = true;
    me->counts[verdict]++;
    if (took_for_ever(status))
        good = fail(me, number, &d, "reading it never ends");
    else if (verdict == CRASHED && is_cut(&d))
        good = fail(me, number, &d, "it was cut off, and whoever reads it crashes");
    else if (verdict == COMMIT_BACK && !content_equal(&o->content, &before))
        good = fail(me, number, &d, "there are other batches in it, or fewer, in silence");
    free(d.bytes);
    return good;
}

/* --- All of them -------------------------------------------------------------------------------------- */

static int work(const void *options, unsigned which)
{
    const struct options *o = options;
    char folder[300];
    bool good = true;
    struct result *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                                 0);
    snprintf(folder, sizeof folder, "%s/%u", o->scratch, which);
    if (result == MAP_FAILED || mkdir(folder, 0700) != 0)
        return 2;
    if (o->single)
        return try_damage(&workers[which], o->only, mixed(o->seed, o->only, 3), folder, result) ? 0 : 1;
    for (uint64_t i = which; i < o->states && good; i += o->jobs)
        good = try_damage(&workers[which], i, mixed(o->seed, i, 3), folder, result);
    files_remove_folder(folder);
    return good ? 0 : 1;
}

static bool run_all(const struct options *o)
{
    uint64_t counts[VERDICTS] = { 0 }, states = 0;
    unsigned jobs = o->single ? 1 : o->jobs;
    bool good = in_processes(jobs, work, o);
    for (unsigned i = 0; i < jobs; i++) {
        if (workers[i].failed)
            printf("FAILED: %s\n", workers[i].wrong);
        for (int v = 0; v < VERDICTS; v++)
            counts[v] += workers[i].counts[v];
    }
    for (int v = 0; v < VERDICTS; v++)
        states += counts[v];
    printf("%" PRIu64 " damages", states);
    for (int v = 0; v < VERDICTS; v++)
        printf("%s %" PRIu64 " %s", v == 0 ? ":" : ",", counts[v], verdict_words[v]);
    printf("\n");
    return good;
}

static uint64_t meta_txn(unsigned page)
{
    uint64_t txn;
    memcpy(&txn, pieces[0].bytes + page * PAGE + META_TXN, sizeof txn);
    return txn;
}

/* What the undamaged spool says, and what it says if LMDB's page of the last commit is not there. */
static bool read_right(const char *folder)
{
    struct result *o = mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (o == MAP_FAILED || mkdir(folder, 0700) != 0)
        return false;
    put_piece(folder, "spool.mdb", pieces[0].bytes, pieces[0].size);
    look_apart(folder, o);
    bool good = o->ended && o->err == 0;
    right = o->content;
    uint64_t newest[2] = { meta_txn(0), meta_txn(1) }, none = 0;
    uint8_t *at = pieces[0].bytes + (newest[1] > newest[0]) * PAGE + META_TXN;
    memcpy(at, &none, sizeof none);
    *o = (struct result){ .ended = false };
    put_piece(folder, "spool.mdb", pieces[0].bytes, pieces[0].size);
    memcpy(at, &newest[newest[1] > newest[0]], sizeof none);
    look_apart(folder, o);
    before = o->content;
    return good && o->ended && o->err == 0 && right.again > 5 && right.waiting > 5;
}

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = {
        { "scratch", 1, NULL, 'd' }, { "states", 1, NULL, 'n' }, { "seed", 1, NULL, 's' },
        { "jobs", 1, NULL, 'j' }, { "only", 1, NULL, 'x' }, { NULL, 0, NULL, 0 },
    };
    struct options o = { .states = 1000, .seed = 1, .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN) };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'd': o.scratch = optarg; break;
        case 'n': o.states = strtoull(optarg, NULL, 10); break;
        case 's': o.seed = strtoull(optarg, NULL, 10); break;
        case 'j': o.jobs = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'x': o.only = strtoull(optarg, NULL, 10); o.single = true; break;
        default: exit(2);
        }
    }
    if (o.scratch == NULL || o.jobs == 0 || o.jobs > 64) {
        fprintf(stderr, "usage: corruption-spools --scratch FOLDER [--states N] [--seed N] [--jobs N]\n"
                        "                         [--only N]\n");
        exit(2);
    }
    return o;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    char folder[250], older[250], foreign[250], whole[250];
    snprintf(folder, sizeof folder, "%s/spool", options.scratch);
    snprintf(older, sizeof older, "%s/older", options.scratch);
    snprintf(foreign, sizeof foreign, "%s/foreign", options.scratch);
    snprintf(whole, sizeof whole, "%s/right", options.scratch);
    workers = mmap(NULL, 64 * sizeof *workers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (workers == MAP_FAILED || make_spool(folder, older, options.seed) != 0
        || make_spool(foreign, NULL, options.seed + 1) != 0
        || !add_piece(folder, older, foreign, "spool.mdb") || !read_right(whole)) {
        fprintf(stderr, "corruption-spools: no spools can be made in %s\n", options.scratch);
        return 2;
    }
    return run_all(&options) ? 0 : 1;
}
