#include "daemon/caretaker.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/queue.h"
#include "store/view.h"

#define LOOK_MS     60000
#define FIRST_MS    5000        /* a daemon that cannot start has something else to say */
#define HEARD_MAX   4096        /* sources; beyond, the one that was heard of longest ago is forgotten */
/* Where systemd's timesyncd says so, if the kernel may not be asked. */
#define SYNCHRONIZED_FLAG "/run/systemd/timesync/synchronized"

struct heard {
    struct source_said said;
    int64_t at_ms;              /* when it said so */
    uint64_t came;              /* events that had come from it by then */
    struct store_point told, forgotten;
    int64_t lost_since_ms;
};

struct caretaker {
    struct caretaker_options options;
    struct bell stop;
    pthread_t thread;
    pthread_mutex_t lock;       /* of all below */
    struct heard *heard;        /* room for HEARD_MAX */
    unsigned heard_count;
    uint32_t warned;            /* what has been logged */
    bool older;                 /* and a new epoch was begun for it: once, so that nobody can make us go on */
    char older_name[SOURCE_NAME_MAX + 1];
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- What sources say. ------------------------------------------------------- */

/* Events of a source that came to something, good or bad. */
static uint64_t came_from(struct view *view, const char *name)
{
    struct source_view s;
    return view_source_find(view, name, &s) == 0
        ? s.applied + s.duplicates + s.conflicts + s.rejected : 0;
}

/* Its place; of a new source an empty one.  Under the lock. */
static struct heard *place_of(struct caretaker *c, const char *name)
{
    struct heard *oldest = &c->heard[0];
    for (unsigned i = 0; i < c->heard_count; i++) {
        struct heard *h = &c->heard[i];
        if (strcmp(h->said.name, name) == 0)
            return h;
        if (h->at_ms < oldest->at_ms)
            oldest = h;
    }
    struct heard *place = c->heard_count < HEARD_MAX ? &c->heard[c->heard_count++] : oldest;
    memset(place, 0, sizeof *place);
    strcpy(place->said.name, name);
    return place;
}

struct epoch_command {
    struct command command;
    char source[SOURCE_NAME_MAX + 1];
    uint64_t epoch;
};

static int epoch_run(struct command *command, struct store *store)
{
    return store_new_epoch(store, &((struct epoch_command *)command)->epoch);
}

static void epoch_done(struct command *command, int err)
{
    struct epoch_command *begun = (struct epoch_command *)command;
    if (err == 0)
        log_unusual("caretaker", "this is an older copy of the store: source %s had been told of more than "
                    "it has; epoch %" PRIu64 " begins, and sources send again what they kept",
                    begun->source, begun->epoch);
    free(begun);
}

/* What fundwatchd --restore does, because somebody put a copy back without it. */
static bool begin_epoch(struct caretaker *c, const char *source)
{
    struct epoch_command *begin = c->options.read_only ? NULL : calloc(1, sizeof *begin);
    if (begin == NULL)
        return false;
    begin->command.run = epoch_run;
    begin->command.done = epoch_done;
    strcpy(begin->source, source);
    if (bookkeeper_command(c->options.bookkeeper, &begin->command))
        return true;
    free(begin);
    return false;
}

static void note_older(struct caretaker *c, const struct batch_head *head, const struct store_head *facts)
{
    char subject[LOG_SUBJECT_SIZE];
    if (c->older)
        return;
    snprintf(subject, sizeof subject, "older copy by source %s", head->source);
    log_repeated(LOG_AT_UNUSUAL, "caretaker", subject, "source %s was told of position %" PRIu64 " of epoch %"
                 PRIu64 ", where this store has nothing of it; its newest position is %" PRIu64, head->source,
                 head->told.position, head->told.epoch, facts->position);
    strcpy(c->older_name, head->source);
    c->older = begin_epoch(c, head->source);
}

/* After a restore a source has been told of more, and sends it again: unless it has forgotten it. */
static void note_again(const struct batch_head *head, const struct point_found *found)
{
    char subject[LOG_SUBJECT_SIZE];
    snprintf(subject, sizeof subject, "told again by source %s", head->source);
    log_repeated(LOG_AT_INFO, "caretaker", subject, "source %s was told of position %" PRIu64 " of epoch %"
                 PRIu64 ", of which this store has nothing after %" PRIu64 ": it sends again what it kept",
                 head->source, head->told.position, head->told.epoch, found->last);
}

static void note_lost(struct heard *heard, const struct batch_head *head, const struct point_found *found)
{
    char subject[LOG_SUBJECT_SIZE];
    snprintf(subject, sizeof subject, "events lost of source %s", head->source);
    if (!heard->said.lost || heard->forgotten.position != head->forgotten.position)
        log_repeated(LOG_AT_UNUSUAL, "caretaker", subject, "source %s does not keep any more what was "
                     "covered by a backup up to position %" PRIu64 " of epoch %" PRIu64 ", and this store, "
                     "of an older backup, has nothing of that epoch after %" PRIu64 ": these events are "
                     "missing", head->source, head->forgotten.position, head->forgotten.epoch, found->last);
    heard->said.lost = true;
    heard->lost_since_ms = found->last_ms;
}

/* Compares what a source was told with what stands there.  Under the lock. */
static void compare(struct caretaker *c, struct view *view, const struct batch_head *head,
                    struct heard *heard)
{
    struct store_head facts;
    struct point_found told = { .point = POINT_HERE }, forgotten = { .point = POINT_HERE };
    view_head(view, &facts);
    if (head->told.position != 0 && view_point(view, head->source, head->issuer, head->told, &told) != 0)
        return;
    if (head->forgotten.position != 0
            && view_point(view, head->source, head->issuer, head->forgotten, &forgotten) != 0)
        return;
    if (told.point != POINT_HERE && head->told.epoch == facts.epoch)
        note_older(c, head, &facts);
    else if (told.point != POINT_HERE && heard->told.position != head->told.position)
        note_again(head, &told);
    if (forgotten.point != POINT_HERE)
        note_lost(heard, head, &forgotten);
    else
        heard->said.lost = false;
}

void caretaker_heard(struct caretaker *c, const struct batch_head *head)
{
    struct view *view;
    if (view_open(c->options.store, &view) != 0)
        return;
    pthread_mutex_lock(&c->lock);
    struct heard *heard = place_of(c, head->source);
    compare(c, view, head, heard);
    heard->said.waiting = head->waiting;
    heard->said.since_ms = head->waiting_since_ms;
    heard->at_ms = now_ms();
    heard->came = came_from(view, head->source);
    heard->told = head->told;
    heard->forgotten = head->forgotten;
    pthread_mutex_unlock(&c->lock);
    view_close(&view);
}

/* What still waits there, as far as we know: it says so only now and then, but what comes is counted. */
static uint64_t still_waiting(const struct heard *heard, struct view *view)
{
    uint64_t came = heard->said.waiting > 0 ? came_from(view, heard->said.name) - heard->came : 0;
    return came < heard->said.waiting ? heard->said.waiting - came : 0;
}

static void add_source(struct health *h, const struct heard *heard, uint64_t waiting,
                       const struct health_limits *limits)
{
    h->waiting += waiting;
    if (waiting > 0 && h->now_ms - heard->said.since_ms > limits->behind_age_ms) {
        if (h->behind == 0 || heard->said.since_ms < h->behind_since_ms) {
            strcpy(h->behind_name, heard->said.name);
            h->behind_events = waiting;
            h->behind_since_ms = heard->said.since_ms;
        }
        h->behind++;
    }
    if (heard->said.lost) {
        strcpy(h->lost_name, heard->said.name);
        h->lost_since_ms = heard->lost_since_ms;
        h->lost++;
    }
}

static void look_at_sources(struct caretaker *c, struct view *view, struct health *h)
{
    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; i < c->heard_count; i++)
        add_source(h, &c->heard[i], still_waiting(&c->heard[i], view), &c->options.limits);
    h->sources_heard = c->heard_count;
    h->older = c->older_name[0] != '\0';
    strcpy(h->older_name, c->older_name);
    pthread_mutex_unlock(&c->lock);
}

void caretaker_sources(struct caretaker *c, bool (*each)(void *arg, const struct source_said *said),
                       void *arg)
{
    struct view *view;
    bool going = view_open(c->options.store, &view) == 0;
    if (!going)
        return;
    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; i < c->heard_count && going; i++) {
        struct source_said said = c->heard[i].said;
        said.waiting = still_waiting(&c->heard[i], view);
        if (said.waiting > 0 || said.lost)
            going = each(arg, &said);
    }
    pthread_mutex_unlock(&c->lock);
    view_close(&view);
}

/* --- Looking. ---------------------------------------------------------------- */

static enum clock_state look_at_clock(void)
{
    struct timex ask = { .modes = 0 };
    switch (adjtimex(&ask)) {
    case TIME_ERROR:
        return CLOCK_UNSYNCHRONIZED;
    case -1:                    /* a sandbox may forbid it */
        return access(SYNCHRONIZED_FLAG, F_OK) == 0 ? CLOCK_SYNCHRONIZED : CLOCK_UNKNOWN;
    }
    return CLOCK_SYNCHRONIZED;
}

static int look_at_room(struct caretaker *c, struct view *view, struct health *h)
{
    struct view_size size;
    struct statvfs disk;
    uint64_t then = 0;
    int err = view_size(view, &size);
    if (err != 0)
        return err;
    h->map_used = size.map_used;
    h->map_size = size.map_size;
    h->growth.used = size.map_used + size.index_bytes;
    h->disk_free = statvfs(c->options.store_path, &disk) == 0
        ? (uint64_t)disk.f_bavail * disk.f_frsize : UINT64_MAX;
    h->growth.window_ms = growth_window_ms(h->now_ms - h->created_ms);
    if (h->growth.window_ms > 0)
        err = view_position_before(view, h->now_ms - h->growth.window_ms, &then);
    h->growth.records = h->growth.position - then;
    return err;
}

static int look_at_alerts(struct caretaker *c, struct view *view, const struct store_head *facts,
                          struct health *h)
{
    struct alert alert;
    uint64_t published = publisher_published(c->options.publisher);
    if (published >= facts->alerts)
        return 0;
    int err = view_alert(view, published + 1, &alert);
    h->unsent = facts->alerts - published;
    h->unsent_since_ms = err == 0 ? alert.recorded_ms : h->created_ms;
    return 0;
}

static void log_changes(struct caretaker *c, const struct health *h)
{
    char text[WARNING_TEXT_MAX];
    pthread_mutex_lock(&c->lock);
    uint32_t changed = c->warned ^ h->warnings;
    c->warned = h->warnings;
    pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; i < WARNING_COUNT; i++) {
        if ((changed >> i & 1) == 0)
            continue;
        if (health_warns(h, i))
            log_unusual("caretaker", "warning %s: %s", warning_word(i), health_sentence(h, i, text));
        else
            log_info("caretaker", "warning %s is over", warning_word(i));
    }
}

int caretaker_look(struct caretaker *c, struct health *ret)
{
    struct view *view;
    struct store_head facts;
    store_clear_readers(c->options.store);
    int err = view_open(c->options.store, &view);
    if (err != 0)
        return err;
    view_head(view, &facts);
    struct health h = {
        .now_ms = now_ms(),
        .created_ms = facts.created_ms,
        .backup_ms = facts.covered_ms,
        /* The record that notes a backup comes after it. */
        .uncovered = facts.position - facts.covered > 1 ? facts.position - facts.covered : 0,
        .growth.position = facts.position,
        .clock = look_at_clock(),
    };
    err = look_at_room(c, view, &h);
    if (err == 0)
        err = look_at_alerts(c, view, &facts, &h);
    if (err == 0)
        look_at_sources(c, view, &h);
    view_close(&view);
    if (err != 0)
        return err;
    health_judge(&h, &c->options.limits);
    log_changes(c, &h);
    *ret = h;
    return 0;
}

/* --- The thread. ------------------------------------------------------------- */

static void *caretaker_run(void *arg)
{
    struct caretaker *c = arg;
    struct health health;
    for (int wait_ms = FIRST_MS; !bell_wait(&c->stop, wait_ms); wait_ms = LOOK_MS) {
        int err = caretaker_look(c, &health);
        log_repeats();
        if (err != 0)
            log_unusual("caretaker", "cannot look at the store: %s", store_strerror(err));
    }
    return NULL;
}

static void caretaker_free(struct caretaker *c)
{
    bell_close(&c->stop);
    pthread_mutex_destroy(&c->lock);
    free(c->heard);
    free(c);
}

int caretaker_start(const struct caretaker_options *options, struct caretaker **ret)
{
    struct caretaker *c = calloc(1, sizeof *c);
    if (c == NULL)
        return -ENOMEM;
    c->options = *options;
    c->stop.fd = -1;
    pthread_mutex_init(&c->lock, NULL);
    c->heard = calloc(HEARD_MAX, sizeof *c->heard);
    int err = c->heard == NULL ? -ENOMEM : bell_open(&c->stop);
    if (err == 0)
        err = -pthread_create(&c->thread, NULL, caretaker_run, c);
    if (err == 0)
        *ret = c;
    else
        caretaker_free(c);
    return err;
}

void caretaker_stop(struct caretaker **caretaker_p)
{
    struct caretaker *c = *caretaker_p;
    if (c == NULL)
        return;
    bell_ring(&c->stop);
    pthread_join(c->thread, NULL);
    caretaker_free(c);
    *caretaker_p = NULL;
}
