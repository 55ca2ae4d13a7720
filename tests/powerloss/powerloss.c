/* powerloss - what a store is after the power fails, at every moment of a run that record.c wrote down.
 *
 * For each call of the log the disks that it may have left are made in a folder, opened by the store's own
 * code, and held against what others had been told by then (state.h).  Processes share the calls among
 * them. */
#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/files.h"
#include "tests/powerloss/complete.h"
#include "tests/powerloss/image.h"
#include "tests/powerloss/state.h"

#define JOBS_MAX   64
#define PER_POINT  4096         /* states of one call, at most */
#define STRIPE     8            /* calls side by side of one process */

struct options {
    const char *log, *sent, *scratch;
    uint64_t states, seed;
    uint32_t run_records;
    unsigned jobs;
    uint64_t indexes, verify, resend;   /* one of so many states */
    const char *only;           /* "CALL:KIND:CUT:SEED" */
};

/* One process's, seen by all. */
struct worker {
    _Atomic uint64_t states, made, verified, resent;
    uint64_t call;              /* being looked at */
    struct choice choice;
    enum depth depth;
    bool failed;
    char wrong[WRONG_SIZE];
};

static struct complete complete;
static struct worker *workers;

static enum depth depth_of(const struct options *o, uint64_t number, uint64_t seed)
{
    if (mixed(seed, number, 5) % o->resend == 0)
        return DEPTH_RESEND;
    if (mixed(seed, number, 6) % o->verify == 0)
        return DEPTH_VERIFY;
    return mixed(seed, number, 7) % o->indexes == 0 ? DEPTH_INDEXES : DEPTH_OPEN;
}

/* --- One state ------------------------------------------------------------------------ */

struct walk {
    const struct options *options;
    struct worker *me;
    struct disk disk;
    struct image image;
    char store[300], backup[300];
    uint64_t number;            /* of states, in this process */
};

/* What is safe and has been seen to be good stays so. */
static bool run_known(void *arg, const char *name, bool read)
{
    struct walk *w = arg;
    char path[PATH_LEN];
    snprintf(path, sizeof path, "store/index/%s", name);
    struct disk_file *file = image_safe(&w->image, path);
    if (file != NULL && read)
        file->known_good = true;
    return read || (file != NULL && file->known_good);
}

/* Mostly a start has little to put into runs; at some of them it has much. */
static uint32_t run_records_of(const struct options *o, enum depth depth, uint64_t seed)
{
    return depth > DEPTH_OPEN || seed % 32 == 0 ? o->run_records : 64 * o->run_records;
}

static bool try_state(struct walk *w, uint64_t call, const struct choice *choice, enum depth depth)
{
    w->me->call = call;
    w->me->choice = *choice;
    w->me->depth = depth;
    struct state_check check = {
        .complete = &complete, .store = w->store, .backup = w->backup, .told = complete.told[call],
        .run_records = run_records_of(w->options, depth, choice->seed), .seed = choice->seed, .depth = depth,
        .whole = run_known, .arg = w,
    };
    image_put(&w->image, &w->disk, choice);
    struct disk_file *backup = image_safe(&w->image, "backup/data.mdb");
    check.backup_known = backup != NULL && backup->known_good;
    bool good = state_quickly_good(&check);
    if (!good) {
        image_used(&w->image, true);
        image_put(&w->image, &w->disk, choice);
        good = state_good(&check, w->me->wrong);
    }
    image_used(&w->image, check.rewritten);
    if (good && backup != NULL && check.told.covered != 0)
        backup->known_good = true;
    w->me->states++;
    w->me->made += check.made;
    w->me->verified += depth >= DEPTH_VERIFY && check.made;
    w->me->resent += depth == DEPTH_RESEND && check.made;
    w->me->failed = !good;
    return good;
}

/* --- The states of one call --------------------------------------------------------------- */

struct numbers {
    uint64_t list[4096];
    unsigned count;
};

/* Operations that are not safe. */
static void pending_numbers(const struct disk *disk, struct numbers *ret)
{
    ret->count = 0;
    for (unsigned i = 0; i < disk->op_count && ret->count < 4096; i++)
        ret->list[ret->count++] = disk->ops[i].number;
    for (unsigned f = 0; f < disk->file_count; f++)
        for (unsigned i = 0; i < disk->files[f]->op_count && ret->count < 4096; i++)
            ret->list[ret->count++] = disk->files[f]->ops[i].number;
}

static struct choice choice_of(const struct numbers *numbers, uint64_t seed, unsigned which)
{
    uint64_t random = mixed(seed, which, 2);
    struct choice choice = { .kind = which, .seed = random };
    if (which > CHOICE_ALL)
        choice.kind = CHOICE_PREFIX + (which - CHOICE_PREFIX) % (CHOICE_KINDS - CHOICE_PREFIX);
    if (numbers->count > 0)
        choice.cut = numbers->list[mixed(random, 3, 4) % numbers->count];
    return choice;
}

static bool seen_before(uint64_t *hashes, unsigned *count, uint64_t hash)
{
    for (unsigned i = 0; i < *count; i++)
        if (hashes[i] == hash)
            return true;
    hashes[(*count)++] = hash;
    return false;
}

static bool try_call(struct walk *w, uint64_t call, unsigned most)
{
    static struct numbers numbers;
    static uint64_t hashes[PER_POINT];
    unsigned count = 0;
    pending_numbers(&w->disk, &numbers);
    for (unsigned which = 0; which < most; which++) {
        uint64_t seed = mixed(w->options->seed, call, 9);
        struct choice choice = choice_of(&numbers, seed, which);
        if (numbers.count == 0 && which > 0)
            break;
        if (seen_before(hashes, &count, choice_hash(&choice, &w->disk)))
            continue;
        if (!try_state(w, call, &choice, depth_of(w->options, w->number++, mixed(seed, call, which))))
            return false;
    }
    return true;
}

/* Whether after this call the disk, or what others know, is another one than before. */
static bool is_point(const struct disk *disk, uint64_t call)
{
    const struct log_entry *entry = &complete.entries[call];
    bool told = call > 0 && memcmp(&complete.told[call], &complete.told[call - 1],
                                   sizeof complete.told[call]) != 0;
    return entry->kind == LOG_SENT ? told : disk_pending(disk) > 0 || entry->kind != LOG_SENT;
}

/* --- A process --------------------------------------------------------------------------- */

static void begin_walk(struct walk *w, const struct options *options, unsigned which)
{
    char folder[200];
    *w = (struct walk){ .options = options, .me = &workers[which] };
    snprintf(folder, sizeof folder, "%s/%u", options->scratch, which);
    if (mkdir(folder, 0700) != 0)
        exit(2);
    image_open(&w->image, folder);
    snprintf(w->store, sizeof w->store, "%s/store", folder);
    snprintf(w->backup, sizeof w->backup, "%s/backup", folder);
}

/* Unmapping is slow in a process that runs on several processors, and it is half of the work here. */
static void stay_on_one_processor(unsigned which)
{
    cpu_set_t all, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    unsigned skip = which % (unsigned)CPU_COUNT(&all);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all) && skip-- == 0) {
            CPU_SET(i, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
}

static int work(const struct options *options, unsigned which, unsigned per_point)
{
    static struct walk w;
    bool good = true;
    stay_on_one_processor(which);
    mallopt(M_MMAP_THRESHOLD, 1 << 30);     /* nor is memory given back between two states */
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    begin_walk(&w, options, which);
    for (uint64_t call = 0; call < complete.count && good; call++) {
        disk_do(&w.disk, &complete.entries[call], call);
        if (call / STRIPE % options->jobs == which && is_point(&w.disk, call))
            good = try_call(&w, call, per_point);
        disk_done(&w.disk, &complete.entries[call]);
    }
    if (good)
        image_close(&w.image);
    return good ? 0 : 1;
}

/* How many states there are if no call has more than `most`. */
static uint64_t states_with(const unsigned *pending, uint64_t most)
{
    uint64_t sum = 0;
    for (uint64_t call = 0; call < complete.count; call++)
        sum += pending[call] == 0 ? 0 : pending[call] - 1 >= 20 || UINT64_C(1) << (pending[call] - 1) > most
            ? most : UINT64_C(1) << (pending[call] - 1);
    return sum;
}

/* As many of a call as make the number that is wanted.  Of each: 0 no point, else pending sectors + 1. */
static unsigned per_point_of(uint64_t wanted)
{
    struct disk disk = { .op_count = 0 };
    unsigned *pending = calloc(complete.count + 1, sizeof *pending), most = 1;
    assert(pending != NULL);
    for (uint64_t call = 0; call < complete.count; call++) {
        disk_do(&disk, &complete.entries[call], call);
        uint64_t sectors = disk.op_count;
        for (unsigned f = 0; f < disk.file_count; f++)
            for (unsigned i = 0; i < disk.files[f]->op_count; i++)
                sectors += disk.files[f]->ops[i].size / SECTOR + 1;
        pending[call] = is_point(&disk, call) ? (unsigned)sectors + 1 : 0;
        disk_done(&disk, &complete.entries[call]);
    }
    while (most < PER_POINT && states_with(pending, most) < wanted + wanted / 8)
        most++;
    free(pending);
    disk_free(&disk);
    return most;
}

/* --- All of them --------------------------------------------------------------------------- */

static bool report(const struct worker *me, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFSIGNALED(status))
        printf("FAILED: opening crashed with signal %d", WTERMSIG(status));
    else
        printf("FAILED: %s", me->wrong);
    const struct log_entry *entry = &complete.entries[me->call];
    printf("\n  after call %" PRIu64 " (kind %d, %s; %s), --only %" PRIu64 ":%d:%" PRIu64 ":%" PRIu64 ":%d\n",
           me->call, (int)entry->kind, entry->path, choice_word(me->choice.kind), me->call,
           (int)me->choice.kind, me->choice.cut, me->choice.seed, (int)me->depth);
    return false;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool run_all(const struct options *options)
{
    int64_t began = now_ms();
    unsigned per_point = per_point_of(options->states);
    pid_t pids[JOBS_MAX];
    bool good = true;
    uint64_t states = 0, verified = 0, resent = 0;
    fflush(stdout);
    for (unsigned i = 0; i < options->jobs; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(work(options, i, per_point));
    }
    for (unsigned i = 0; i < options->jobs; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        good = report(&workers[i], status) && good;
        states += workers[i].states;
        verified += workers[i].verified;
        resent += workers[i].resent;
    }
    printf("%" PRIu64 " states of %" PRIu64 " calls, %u commits, %u events; %" PRIu64 " verified, %" PRIu64
           " sent again; %" PRId64 " a second\n", states, complete.count, complete.state_count,
           complete.event_count, verified, resent, (int64_t)states * 1000 / (now_ms() - began + 1));
    return good;
}

/* One state once more, its folder kept. */
static bool run_only(const struct options *options)
{
    static struct walk w;
    uint64_t call;
    struct choice choice;
    int kind, depth;
    if (sscanf(options->only, "%" SCNu64 ":%d:%" SCNu64 ":%" SCNu64 ":%d", &call, &kind, &choice.cut,
               &choice.seed, &depth) != 5 || call >= complete.count)
        return false;
    choice.kind = kind;
    begin_walk(&w, options, 0);
    for (uint64_t i = 0; i < call; i++) {
        disk_do(&w.disk, &complete.entries[i], i);
        disk_done(&w.disk, &complete.entries[i]);
    }
    disk_do(&w.disk, &complete.entries[call], call);
    bool good = try_state(&w, call, &choice, depth);
    printf("%s\n", good ? "good" : w.me->wrong);
    return good;
}

/* --- The command line ------------------------------------------------------------------------ */

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = {
        { "log", 1, NULL, 'l' }, { "sent", 1, NULL, 'b' }, { "scratch", 1, NULL, 'd' },
        { "states", 1, NULL, 'n' },
        { "seed", 1, NULL, 's' }, { "jobs", 1, NULL, 'j' }, { "run-records", 1, NULL, 'r' },
        { "sent-more", 0, NULL, 'm' }, { "only", 1, NULL, 'o' }, { NULL, 0, NULL, 0 },
    };
    struct options o = {
        .states = 20000, .seed = 1, .run_records = 256, .indexes = 100, .verify = 250, .resend = 1000,
        .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'l': o.log = optarg; break;
        case 'b': o.sent = optarg; break;
        case 'd': o.scratch = optarg; break;
        case 'n': o.states = strtoull(optarg, NULL, 10); break;
        case 's': o.seed = strtoull(optarg, NULL, 10); break;
        case 'j': o.jobs = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'r': o.run_records = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'm': o.resend = UINT64_MAX; break;
        case 'o': o.only = optarg; break;
        default: exit(2);
        }
    }
    o.jobs = o.jobs == 0 ? 1 : o.jobs > JOBS_MAX ? JOBS_MAX : o.jobs;
    if (o.log == NULL || o.sent == NULL || o.scratch == NULL) {
        fprintf(stderr, "usage: powerloss --log FILE --sent FILE --scratch FOLDER [--states N] [--seed N]\n"
                        "                 [--jobs N] [--run-records N] [--only CALL:KIND:CUT:SEED:DEPTH]\n"
                        "                 [--sent-more]: more was sent than the log has\n");
        exit(2);
    }
    return o;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    char wrong[WRONG_SIZE], folder[200];
    snprintf(folder, sizeof folder, "%s/whole", options.scratch);
    workers = mmap(NULL, JOBS_MAX * sizeof *workers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                   0);
    if (workers == MAP_FAILED || hash_init() != 0 || mkdir(folder, 0700) != 0) {
        fprintf(stderr, "powerloss: cannot begin in %s\n", options.scratch);
        return 2;
    }
    if (!complete_read(&complete, options.log, options.sent, folder, wrong)) {
        printf("FAILED: the run as a whole: %s\n", wrong);
        return 1;
    }
    return (options.only != NULL ? run_only(&options) : run_all(&options)) ? 0 : 1;
}
