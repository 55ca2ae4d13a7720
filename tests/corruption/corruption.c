/* corruption - what becomes of a store of which a piece is damaged: noticed, mended, or harmless, and never
 * wrong in silence.
 *
 * Each damage is done to a copy; one process opens it and reads all of it as the daemon does, another
 * verifies it as `fundwatchd --verify-copy` does.  Either may crash, which is noticing (RELIABILITY rule
 * 10); what neither may do is to give other numbers and call them good. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xxhash.h>

#include "store/bytes.h"
#include "store/derived.h"
#include "store/files.h"
#include "store/sources.h"
#include "store/verify.h"
#include "tests/corruption/damage.h"
#include "tests/powerloss/image.h"
#include "tests/powerloss/inspect.h"

#define MAP_MAX   (UINT64_C(1) << 28)
#define META_TXN  144           /* where a page of LMDB's meta has the number of its transaction */

/* What is right. */
struct content {
    uint64_t folded;            /* hash of the journal and what follows from it */
    uint64_t beside;            /* of what stands beside it: events of sources, the quarantine */
    uint64_t position;
};
static struct content right, before;    /* as of the last commit, and of the one before */
static struct entry_list right_indexes[DERIVED_COUNT];

struct options {
    const char *store, *older, *foreign, *scratch;
    uint64_t states, seed, only;
    unsigned jobs;
    bool single;
    const char *write;          /* where the damaged store of `only` goes, and nothing else happens */
};

static void read_pieces(const struct options *o)
{
    char folder[300], name[300];
    add_piece(o->store, o->older, o->foreign, "data.mdb");
    snprintf(folder, sizeof folder, "%s/index", o->store);
    DIR *dir = opendir(folder);
    assert(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        snprintf(name, sizeof name, "index/%s", entry->d_name);
        if (entry->d_name[0] != '.')
            add_piece(o->store, o->older, o->foreign, name);
    }
    closedir(dir);
}

/* --- Reading all of it, as the daemon does -------------------------------------------------------------- */

static bool is_beside(enum table table)
{
    return table == TABLE_QUARANTINE || table == TABLE_QUARANTINE_SOURCES
        || table == TABLE_QUARANTINE_IDS;
}

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
    uint8_t digest[DIGEST_SIZE];
    uint64_t low;
    hash_digest(bytes, size, digest);
    memcpy(&low, digest, sizeof low);
    return mixed(hash, low, size);
}

/* The store has checked it; here it is done once more, so that a store which does not would be found out. */
static bool checksum_right(const struct range *range)
{
    const uint8_t *key = range->key - 1;        /* with the byte of its table */
    XXH64_hash_t seed = XXH3_64bits(key, range->key_size + 1);
    return (uint32_t)XXH3_64bits_withSeed(range->value, range->size, seed)
        == get_u32(range->value + range->size);
}

static bool believed_wrong;     /* a value whose checksum is wrong was handed out */

static int read_table(struct txn *txn, enum table table, uint64_t *hash)
{
    struct range range;
    *hash = mixed(*hash, table, 1);
    range_begin(&range, txn, table, "", 0, "", 0);
    while (range_next(&range)) {
        bool list = table == TABLE_META && range.key_size >= 5 && memcmp(range.key, "runs ", 5) == 0;
        if (table != TABLE_JOURNAL && !checksum_right(&range))
            believed_wrong = true;
        if (list)
            continue;           /* it may change when the store is opened */
        *hash = add_bytes(*hash, range.key, range.key_size);
        *hash = add_bytes(*hash, range.value, range.size);
    }
    range_end(&range);
    return txn->err;
}

/* Every record, with its checksum, is read as well. */
static int read_records(struct txn *txn, uint64_t *hash)
{
    struct journal_walk walk;
    struct record record;
    int err = 0;
    journal_walk_begin(&walk, txn, 1);
    while (err == 0 && journal_walk_next(&walk, &record)) {
        struct event_record event;
        if (record.type == RECORD_EVENT)
            err = event_of_record(&record, &event);
        *hash = mixed(*hash, record.position, record.size);
    }
    journal_walk_end(&walk);
    return err != 0 ? err : txn->err;
}

/* Of a source what the journal and the quarantine tell as well; the rest nobody could compare. */
static int read_sources(struct txn *txn, uint32_t count, uint64_t *hash)
{
    for (uint32_t number = 1; number <= count && txn->err == 0; number++) {
        struct source_record record;
        if (!sources_get(txn, number, &record))
            continue;
        *hash = mixed(*hash, number, record.applied);
        *hash = mixed(*hash, (uint64_t)record.last_date, record.quarantined);
    }
    return txn->err;
}

static int read_content(struct store *store, struct content *ret)
{
    struct txn txn;
    struct head head = { .sources = 0 };
    *ret = (struct content){ .folded = 1 };
    int err = txn_begin(&store->env, true, &txn);
    if (err != 0)
        return err;
    for (int table = 0; table < TABLE_COUNT && err == 0; table++)
        if (table != TABLE_SOURCES)
            err = read_table(&txn, table, is_beside(table) ? &ret->beside : &ret->folded);
    if (err == 0)
        err = read_records(&txn, &ret->folded);
    if (err == 0)
        err = head_get(&txn, &head);
    if (err == 0)
        err = read_sources(&txn, head.sources, &ret->beside);
    ret->position = head.facts.position;
    txn_abort(&txn);
    return err;
}

/* --- What came of it ------------------------------------------------------------------------------------ */

struct result {                /* shared with the processes that look */
    bool ended;
    int err;                    /* of opening or reading, and what failed */
    char what[160];
    bool same, beside_same, indexes_same, is_before, believed_wrong;
    bool verify_ended;
    int verify_err;
    uint64_t differences;
    struct written_head head;   /* where a verification found the journal to end */
};

static struct store_options store_options_here(void)
{
    struct store_options options = store_options_default();
    options.map_max = MAP_MAX;
    options.reserve = 64 << 10;
    options.run_records = 1 << 16;
    return options;
}

static void look(const char *path, struct result *o)
{
    struct store *store;
    struct content content;
    struct entry_list indexes[DERIVED_COUNT];
    struct store_options options = store_options_here();
    o->err = store_open(path, &options, &store);
    snprintf(o->what, sizeof o->what, "%s", store_open_error());
    if (o->err == 0 && (o->err = read_content(store, &content)) != 0)
        snprintf(o->what, sizeof o->what, "reading");
    if (o->err == 0) {
        o->same = content.folded == right.folded && content.position == right.position;
        o->beside_same = content.beside == right.beside;
        o->is_before = content.folded == before.folded && content.beside == before.beside;
        if ((o->err = inspect_indexes(store, indexes)) != 0)
            snprintf(o->what, sizeof o->what, "an index");
        else
            o->indexes_same = inspected_indexes_equal(indexes, right_indexes);
    }
    o->believed_wrong = believed_wrong;
    o->ended = true;
}

static void verify_copy(const char *path, struct result *o)
{
    struct verify_result result;
    o->verify_err = verify_store(path, NULL, NULL, &result);
    o->differences = result.differences;
    o->head.position = result.records;          /* positions have no hole */
    memcpy(o->head.chain, result.chain, sizeof o->head.chain);
    o->verify_ended = true;
}

/* A process of its own, ended when it takes for ever.  Its exit status. */
static int apart(void (*function)(const char *path, struct result *o), const char *path, struct result *o)
{
    int status;
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);     /* LMDB's last words */
        end_what_takes_for_ever();
        function(path, o);
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* A whole store in the place of this one, and the last commit taken back because its page of LMDB's was
 * hit, are good stores: only a head of the chain that was written down elsewhere can tell. */
enum verdict { HARMLESS, MENDED, REFUSED, NOTICED, CRASHED, BY_VERIFY, OTHER_STORE, COMMITS_BACK, VERDICTS };
static const char *const verdict_words[] = {
    "harmless", "mended", "refused at the start", "noticed when read", "crashed", "noticed by verify alone",
    "another store", "commits back",
};

struct worker {
    uint64_t counts[VERDICTS], verified, number;
    const char *store;          /* the undamaged one */
    bool failed;
    char wrong[300];
};
static struct worker *workers;

/* --- One damage
 * ------------------------------------------------------------------------------------------- */

static void put_store(const char *folder, const struct damaged *d)
{
    char index[400];
    snprintf(index, sizeof index, "%s/index", folder);
    files_remove_folder(index);
    int failed = mkdir(index, 0700);
    assert(failed == 0);
    for (unsigned i = 0; i < piece_count; i++)
        if (d == NULL || i != d->piece)
            put_piece(folder, pieces[i].name, pieces[i].bytes, pieces[i].size);
    if (d != NULL)
        put_piece(folder, pieces[d->piece].name, d->bytes, d->size);
}

static bool fail(struct worker *me, uint64_t number, const struct damaged *d, const char *what)
{
    snprintf(me->wrong, sizeof me->wrong, "--only %" PRIu64 " (%s): %s", number, d->words, what);
    me->failed = true;
    return false;
}

/* Whether the damaged store is what the undamaged one was some commits ago, whole: the root of the tree is
 * a page like any other, and an older one may stand in its place.  Only a head that was written down can
 * tell. */
static bool is_earlier(const struct worker *me, const struct result *o)
{
    enum head_verdict verdict;
    return o->head.position < right.position && verify_head(me->store, &o->head, &verdict) == 0
        && verdict == HEAD_PROVED;
}

/* A verification of the damaged file, as it is and not as the store may have left it. */
static bool verify_good(struct worker *me, uint64_t number, const char *folder, const struct damaged *d,
                        struct result *o, bool must_notice)
{
    put_store(folder, d);
    o->verify_ended = false;
    int status = apart(verify_copy, folder, o);
    me->verified++;
    if (took_for_ever(status))
        return fail(me, number, d, "the verification never ends");
    bool good = o->verify_ended && o->verify_err == 0 && o->differences == 0;
    if (good && must_notice && is_earlier(me, o)) {
        me->counts[BY_VERIFY]--;
        me->counts[COMMITS_BACK]++;
        return true;
    }
    if (good && must_notice)
        return fail(me, number, d,
                    "the journal or the books are other ones, and a verification finds them good");
    return true;
}

static enum verdict verdict_of(const struct result *o, int status, const struct damaged *d)
{
    if (WIFSIGNALED(status))
        return CRASHED;
    if (o->err != 0)
        return strcmp(o->what, "reading") == 0 || strcmp(o->what, "an index") == 0 ? NOTICED : REFUSED;
    if (d->piece == 0 && (d->damage == DAMAGE_FOREIGN_FILE || d->damage == DAMAGE_OLD_FILE))
        return OTHER_STORE;
    if (!o->same || !o->beside_same)
        return o->is_before ? COMMITS_BACK : BY_VERIFY;
    return d->piece == 0 ? HARMLESS : MENDED;
}

static bool try_damage(struct worker *me, uint64_t number, uint64_t seed, const char *folder,
                       struct result *o)
{
    struct damaged d = damage_of(seed);
    me->number = number;
    put_store(folder, &d);
    *o = (struct result){ .ended = false };
    int status = apart(look, folder, o);
    enum verdict verdict = verdict_of(o, status, &d);
    me->counts[verdict]++;
    bool good = true;
    if (took_for_ever(status))
        good = fail(me, number, &d, "reading it never ends");
    else if (o->believed_wrong)
        good = fail(me, number, &d, "a value is believed whose checksum is wrong");
    else if (WIFEXITED(status) && o->err == 0 && o->same && !o->indexes_same)
        good = fail(me, number, &d, "an index says something else than the journal, in silence");
    else if (d.piece == 0 && (verdict == BY_VERIFY || random_of(seed, 40, 16) == 0))
        good = verify_good(me, number, folder, &d, o, verdict == BY_VERIFY);
    free(d.bytes);
    return good;
}

/* --- All of them -------------------------------------------------------------------------------------- */

static int work(const void *options, unsigned which)
{
    const struct options *o = options;
    char folder[300];
    bool good = true;
    struct worker *me = &workers[which];
    me->store = o->store;
    struct result *outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                                  -1, 0);
    snprintf(folder, sizeof folder, "%s/%u", o->scratch, which);
    if (outcome == MAP_FAILED || mkdir(folder, 0700) != 0)
        return 2;
    if (o->single)
        return try_damage(me, o->only, mixed(o->seed, o->only, 3), folder, outcome) ? 0 : 1;
    for (uint64_t i = which; i < o->states && good; i += o->jobs)
        good = try_damage(me, i, mixed(o->seed, i, 3), folder, outcome);
    files_remove_folder(folder);
    return good ? 0 : 1;
}

static bool run_all(const struct options *o)
{
    uint64_t counts[VERDICTS] = { 0 }, verified = 0, states = 0;
    unsigned jobs = o->single ? 1 : o->jobs;
    bool good = in_processes(jobs, work, o);
    for (unsigned i = 0; i < jobs; i++) {
        if (workers[i].failed)
            printf("FAILED: %s\n", workers[i].wrong);
        verified += workers[i].verified;
        for (int v = 0; v < VERDICTS; v++)
            counts[v] += workers[i].counts[v];
    }
    for (int v = 0; v < VERDICTS; v++)
        states += counts[v];
    printf("%" PRIu64 " damages", states);
    for (int v = 0; v < VERDICTS; v++)
        printf("%s %" PRIu64 " %s", v == 0 ? ":" : ",", counts[v], verdict_words[v]);
    printf("; %" PRIu64 " verified\n", verified);
    return good;
}

static bool read_store(const char *folder, struct content *ret, bool indexes)
{
    struct store *store;
    struct store_options options = store_options_here();
    bool good = store_open(folder, &options, &store) == 0 && read_content(store, ret) == 0
        && (!indexes || inspect_indexes(store, right_indexes) == 0);
    if (good)
        store_close(&store);
    return good;
}

/* What the undamaged store says, and what it said before its last commit: LMDB has a page for every other
 * one. */
static bool read_right(const struct options *o)
{
    char folder[300], wrong[WRONG_SIZE];
    struct inspected inspected;
    struct damaged back = { .piece = 0, .bytes = pieces[0].bytes, .size = pieces[0].size };
    snprintf(folder, sizeof folder, "%s/right", o->scratch);
    if (mkdir(folder, 0700) != 0)
        return false;
    put_store(folder, NULL);
    if (inspect(folder, NULL, NULL, &inspected, wrong) != 0 || !read_store(folder, &right, true))
        return false;
    uint8_t *txn = back.bytes + inspected.txn % 2 * PAGE + META_TXN, number[8];
    memcpy(number, txn, sizeof number);
    memset(txn, 0, sizeof number);
    put_store(folder, &back);
    memcpy(txn, number, sizeof number);
    bool good = read_store(folder, &before, false);
    files_remove_folder(folder);
    return good;
}

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = {
        { "store", 1, NULL, 't' }, { "older", 1, NULL, 'o' }, { "foreign", 1, NULL, 'f' },
        { "scratch", 1, NULL, 'd' }, { "states", 1, NULL, 'n' }, { "seed", 1, NULL, 's' },
        { "jobs", 1, NULL, 'j' }, { "only", 1, NULL, 'x' }, { "write", 1, NULL, 'w' }, { NULL, 0, NULL, 0 },
    };
    struct options o = {
        .states = 1000, .seed = 1, .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN), .older = "",
            .foreign = "",
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 't': o.store = optarg; break;
        case 'o': o.older = optarg; break;
        case 'f': o.foreign = optarg; break;
        case 'd': o.scratch = optarg; break;
        case 'n': o.states = strtoull(optarg, NULL, 10); break;
        case 's': o.seed = strtoull(optarg, NULL, 10); break;
        case 'j': o.jobs = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'w': o.write = optarg; break;
        case 'x': o.only = strtoull(optarg, NULL, 10); o.single = true; break;
        default: exit(2);
        }
    }
    if (o.store == NULL || o.scratch == NULL || o.jobs == 0 || o.jobs > 64) {
        fprintf(stderr, "usage: corruption --store FOLDER --older FOLDER --foreign FOLDER --scratch FOLDER\n"
                        "                  [--states N] [--seed N] [--jobs N] [--only N [--write FOLDER]]\n");
        exit(2);
    }
    return o;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    workers = mmap(NULL, 64 * sizeof *workers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (workers == MAP_FAILED || hash_init() != 0)
        return 2;
    mallopt(M_MMAP_THRESHOLD, 128 << 10);   /* LMDB asks for megabytes of zeros,
        and hardly ever looks at them */
    read_pieces(&options);
    if (piece_count < 2 || !read_right(&options)) {
        fprintf(stderr, "corruption: %s is no good store with runs\n", options.store);
        return 2;
    }
    if (options.write != NULL && options.single) {
        struct damaged d = damage_of(mixed(options.seed, options.only, 3));
        put_store(options.write, &d);
        printf("%s\n", d.words);
        return 0;
    }
    return run_all(&options) ? 0 : 1;
}
