#include "producers/replay_sender.h"

#include <assert.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Events that were not counted are told one by one, up to so many. */
#define TOLD_MAX 10

#define PROGRESS_EVENTS 10000

struct replay_sender {
    const struct replay_case *c;
    struct replay_sender_options options;
    char spool_dir[REPLAY_PATH_MAX];
    bool temporary;
    struct fw_producer *producers[REPLAY_SOURCES_MAX];  /* NULL: no event yet */
    uint64_t read;
    unsigned told;
    date_day date;              /* of the newest event */
    int64_t started_ms;
    char error[REPLAY_ERROR_MAX];
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

[[gnu::format(printf, 3, 4)]]
static int fail(struct replay_sender *sender, int err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(sender->error, sizeof sender->error, format, args);
    va_end(args);
    return err;
}

static int make_spool_dir(struct replay_sender *sender)
{
    if (sender->options.spool_dir != NULL) {
        snprintf(sender->spool_dir, sizeof sender->spool_dir, "%s", sender->options.spool_dir);
        return mkdir(sender->spool_dir, 0700) == 0 || errno == EEXIST ? 0 : -errno;
    }
    const char *folder = getenv("TMPDIR");
    snprintf(sender->spool_dir, sizeof sender->spool_dir, "%s/fundwatch-replay-XXXXXX",
             folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    sender->temporary = true;
    return mkdtemp(sender->spool_dir) != NULL ? 0 : -errno;
}

int replay_sender_open(const struct replay_case *c, const struct replay_sender_options *options,
                       struct replay_sender **ret, char *error)
{
    struct replay_sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL) {
        snprintf(error, REPLAY_ERROR_MAX, "not enough memory");
        return -ENOMEM;
    }
    sender->c = c;
    sender->options = *options;
    sender->started_ms = now_ms();
    int err = make_spool_dir(sender);
    if (err != 0) {
        snprintf(error, REPLAY_ERROR_MAX, "the spool folder %.300s cannot be made: %s",
                 sender->spool_dir, strerror(-err));
        free(sender);
        return err;
    }
    *ret = sender;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

void replay_sender_close(struct replay_sender **sender_p)
{
    struct replay_sender *sender = *sender_p;
    if (sender == NULL)
        return;
    struct replay_counts counts;
    replay_sender_counts(sender, &counts);
    for (unsigned i = 0; i < sender->c->source_count; i++)
        if (sender->producers[i] != NULL)
            fw_producer_close(&sender->producers[i]);
    net_key_wipe(&sender->options.peer.key);
    if (sender->temporary && counts.waiting == 0)
        nftw(sender->spool_dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(sender);
    *sender_p = NULL;
}

/* Duplicates are what a second replay consists of, and are only counted. */
static void tell_outcome(void *arg, const struct fw_outcome *outcome)
{
    struct replay_sender *sender = arg;
    if (outcome->outcome == OUTCOME_DUPLICATE || sender->told > TOLD_MAX)
        return;
    if (sender->told++ == TOLD_MAX) {
        fprintf(stderr, "fundwatch-replay: … and more\n");
        return;
    }
    bool rejected = outcome->outcome == OUTCOME_REJECTED;
    bool hindered = rejected && outcome->reject == REJECT_BAD_MOVE;
    char why[HINDRANCE_TEXT_MAX];
    fprintf(stderr, "fundwatch-replay: %s: %s%s%s%s%s\n", outcome->id,
            outcome_word(outcome->outcome), rejected ? ": " : "",
            hindered ? hindrance_text(&outcome->hindrance, why)
                     : rejected ? reject_sentence(outcome->reject) : "",
            outcome->key[0] != '\0' ? ": " : "", outcome->key);
}

static int open_producer(struct replay_sender *sender, unsigned source)
{
    char name[2 * SOURCE_NAME_MAX + 2], spool[REPLAY_PATH_MAX + sizeof name];
    snprintf(name, sizeof name, "%s%s", sender->options.prefix, sender->c->sources[source]);
    snprintf(spool, sizeof spool, "%s/%s", sender->spool_dir, name);
    if (!source_name_valid(name, strlen(name)))
        return fail(sender, -EINVAL, "\"%s\" is no name of a source; shorten the prefix", name);

    const struct fw_producer_options options = {
        .source = name, .spool_path = spool, .peer = sender->options.peer,
        .batch_events = sender->options.batch_events,
        .on_outcome = tell_outcome, .arg = sender,
    };
    const char *error = "";
    int err = fw_producer_open(&options, &sender->producers[source], &error);
    return err == 0 ? 0 : fail(sender, err, "%s: %s", name, error);
}

static int explain(struct replay_sender *sender, unsigned source, int err)
{
    const char *name = sender->c->sources[source];
    if (err == -ETIMEDOUT)
        return fail(sender, err, "%s: no answer within %d ms; the spool has what was not answered",
                    name, sender->options.timeout_ms);
    if (err == -EINTR)
        return fail(sender, err, "stopped by a signal");
    if (err == -ECONNREFUSED)
        return fail(sender, err, "%s: the daemon refused a batch: %s", name,
                    refusal_word(fw_producer_refusal(sender->producers[source])));
    return fail(sender, err, "%s: %s", name, strerror(-err));
}

/* Waits until the next event is due; replies are handled meanwhile. */
static void keep_rate(const struct replay_sender *sender, struct fw_producer *producer)
{
    if (sender->options.rate == 0)
        return;
    int64_t due = sender->started_ms + (int64_t)(sender->read * 1000 / sender->options.rate);
    for (int64_t left; (left = due - now_ms()) > 0;)
        if (fw_producer_poll(producer, left > 1000 ? 1000 : (int)left) != 0)
            return;
}

static void show_progress(const struct replay_sender *sender)
{
    FILE *to = sender->options.progress;
    char date[DATE_TEXT_MAX];
    if (to == NULL)
        return;
    int64_t ms = now_ms() - sender->started_ms;
    fprintf(to, "\r%s  %12" PRIu64 " events  %8" PRIu64 " a second ",
            date_format(sender->date, date), sender->read,
            ms > 0 ? sender->read * 1000 / (uint64_t)ms : 0);
    fflush(to);
}

static int sender_event(void *arg, unsigned source, const struct event *event)
{
    struct replay_sender *sender = arg;
    assert(source < sender->c->source_count);
    if (sender->producers[source] == NULL) {
        int err = open_producer(sender, source);
        if (err != 0)
            return err;
    }
    if (*sender->options.stop)
        return explain(sender, source, -EINTR);
    struct fw_producer *producer = sender->producers[source];
    uint64_t index;
    int err = fw_producer_add(producer, event, sender->options.timeout_ms, &index);
    if (err == -EINVAL)
        return fail(sender, err, "%s: the event %s is not well formed", sender->c->sources[source],
                    event->id);
    if (err != 0)
        return explain(sender, source, err);
    sender->read++;
    sender->date = event->date;
    if (sender->read % PROGRESS_EVENTS == 0)
        show_progress(sender);
    keep_rate(sender, producer);
    return 0;
}

/* First everything is on its way, then the answers are waited for. */
static int sender_barrier(void *arg)
{
    struct replay_sender *sender = arg;
    unsigned count = sender->c->source_count;
    int err = 0;
    for (unsigned i = 0; i < count && err == 0; i++)
        if (sender->producers[i] != NULL) {
            err = fw_producer_spool(sender->producers[i]);
            if (err == 0)
                err = fw_producer_poll(sender->producers[i], 0);
            if (err != 0)
                return explain(sender, i, err);
        }
    for (unsigned i = 0; i < count; i++)
        if (sender->producers[i] != NULL) {
            err = fw_producer_flush(sender->producers[i], sender->options.timeout_ms);
            if (err != 0)
                return explain(sender, i, err);
        }
    show_progress(sender);
    return 0;
}

struct replay_sink replay_sender_sink(struct replay_sender *sender)
{
    return (struct replay_sink){.arg = sender, .event = sender_event, .barrier = sender_barrier};
}

const char *replay_sender_error(const struct replay_sender *sender)
{
    return sender->error;
}

const char *replay_sender_spool_dir(const struct replay_sender *sender)
{
    return sender->spool_dir;
}

void replay_sender_counts(const struct replay_sender *sender, struct replay_counts *ret)
{
    struct replay_counts counts = {.read = sender->read};
    for (unsigned i = 0; i < sender->c->source_count; i++) {
        if (sender->producers[i] == NULL)
            continue;
        struct fw_producer_stats stats;
        fw_producer_stats(sender->producers[i], &stats);
        counts.applied += stats.applied;
        counts.duplicates += stats.duplicates;
        counts.conflicts += stats.conflicts;
        counts.rejected += stats.rejected;
        counts.waiting += stats.waiting;
        counts.earlier += stats.earlier;
        counts.resent += stats.batches_resent;
        counts.busy += stats.busy;
        counts.sources++;
    }
    *ret = counts;
}
