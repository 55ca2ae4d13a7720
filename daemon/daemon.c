#include "daemon/daemon.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <zmq.h>

#include "daemon/caretaker.h"
#include "daemon/counters.h"
#include "daemon/intake.h"
#include "daemon/log.h"
#include "daemon/metrics.h"
#include "daemon/options.h"
#include "daemon/publisher.h"
#include "daemon/queries.h"
#include "daemon/queue.h"
#include "daemon/telling.h"
#include "daemon/unread.h"
#include "daemon/zap.h"

#define SPARE_COMMANDS 8        /* of jobs and the clock, beside those of queries */

struct daemon {
    struct config config;
    char store_path[NET_PATH_MAX];
    struct store *store;
    void *context;
    struct listener listener;
    struct rights_book *book;
    struct bell failed;
    struct zap *zap;
    void *ipc[NET_ROLES], *tcp[NET_ROLES];      /* until their thread takes them over */
    char ipc_endpoint[NET_ROLES][NET_ENDPOINT_MAX], tcp_endpoint[NET_ROLES][NET_ENDPOINT_MAX];
    char http[NET_PATH_MAX];
    int64_t started_ms;
    struct publisher *publisher;
    struct bookkeeper *bookkeeper;
    struct caretaker *caretaker;
    struct jobs *jobs;
    struct queries *queries;
    struct intake *intake;
    struct metrics *metrics;
};

int daemon_store_path(const struct config *config, char *ret, size_t size)
{
    return config_path(config, "store", ret, size);
}

static void fail(void *arg)
{
    bell_ring(&((struct daemon *)arg)->failed);
}

static void wake_publisher(void *arg)
{
    publisher_wake(((struct daemon *)arg)->publisher);
}

/* --- Starting: each step says what is wrong and gives an exit code. ---------- */

/* Something that whoever starts us set up otherwise than they think: a sentence on stderr, as of
 * any command, because nothing of ours is broken. */
[[gnu::format(printf, 2, 3)]]
static int refuse(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("fundwatchd: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

/* Books that somebody else can write to are not worth a signature. */
static int check_store_modes(const struct daemon *d)
{
    char data[NET_PATH_MAX + 16];
    const char *const paths[] = { d->config.data, d->store_path, data };
    struct stat status;
    snprintf(data, sizeof data, "%s/data.mdb", d->store_path);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (stat(paths[i], &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
            return refuse(EXIT_FAILURE, "others can write to %s: chmod go-w it, and verify the books",
                          paths[i]);
    }
    return EXIT_SUCCESS;
}

static int open_store(struct daemon *d)
{
    struct store_options options = store_options_default();
    options.read_only = d->config.read_only;
    if (d->config.map_max != 0)
        options.map_max = d->config.map_max;
    if (d->config.reserve != 0)
        options.reserve = d->config.reserve;
    options.four_eyes = d->config.four_eyes;
    if (d->config.run_records != 0)
        options.run_records = d->config.run_records;
    int err = daemon_store_path(&d->config, d->store_path, sizeof d->store_path);
    if (err == 0 && check_store_modes(d) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    if (err == 0)
        err = store_open(d->store_path, &options, &d->store);
    if (err == 0)
        return EXIT_SUCCESS;
    if (err == -ENOENT)
        return refuse(EXIT_FAILURE, "there is no store in %s: make one with fundwatchd --init --data %s",
                      d->store_path, d->config.data);
    if (err == -EBUSY)
        return refuse(EXIT_FAILURE, "another process has the store %s open", d->store_path);
    log_broken("daemon", "the store %s cannot be opened: %s (%s)", d->store_path, store_open_error(),
               strerror(-err));
    return EXIT_FAILURE;
}

int daemon_read_key(const struct config *config, struct net_key *ret)
{
    int err = net_key_read(config->key, ret);
    if (err == 0 && ret->secret_key[0] == '\0') {
        refuse(EXIT_USAGE, "%s has no secret key: it is the public part of one", config->key);
        return -EINVAL;
    }
    if (err == -EPERM)
        refuse(EXIT_USAGE, "others can read the key %s: chmod 600 it", config->key);
    else if (err == -ENOENT)
        refuse(EXIT_USAGE, "there is no key %s, which tcp needs: fundwatchd --make-key writes one",
               config->key);
    else if (err != 0)
        refuse(EXIT_USAGE, "the key %s cannot be read: %s", config->key, strerror(-err));
    return err;
}

/* Rights and keys are needed as soon as anybody may come over the network. */
static int read_keys(struct daemon *d)
{
    struct rights *rights = NULL;
    char *wrong = NULL;
    if (!config_has_tcp(&d->config)) {
        rights = rights_none();
    } else if (daemon_read_key(&d->config, &d->listener.key) != 0) {
        return EXIT_USAGE;
    } else if (rights_load(d->config.rights, &rights, &wrong) != 0) {
        refuse(EXIT_USAGE, "no rights: %s", wrong != NULL ? wrong : "out of memory");
        free(wrong);
        return EXIT_USAGE;
    }
    d->book = rights == NULL ? NULL : rights_book_create(&rights);
    return d->book == NULL ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Before anybody can come in. */
static int tell_journal(struct daemon *d)
{
    if (d->config.read_only)
        return EXIT_SUCCESS;
    const struct rights *rights = rights_hold(d->book);
    int err = telling_at_start(d->store, &d->config, rights);
    rights_release(rights);
    if (err == 0)
        return EXIT_SUCCESS;
    log_broken("daemon", "which keys have changed cannot be written: %s", store_error(d->store));
    return EXIT_FAILURE;
}

static int open_context(struct daemon *d)
{
    int err = listener_prepare(&d->config);
    d->context = err == 0 ? net_context() : NULL;
    d->listener.context = d->context;
    d->listener.config = &d->config;
    if (err == 0 && d->context == NULL)
        err = -errno;
    if (err == 0 && zmq_ctx_set(d->context, ZMQ_IO_THREADS, UNREAD_IO_THREADS) != 0)
        err = -errno;
    if (err == 0)
        err = unread_begin();
    if (err != 0)
        return refuse(EXIT_FAILURE, "no sockets in %s/run: %s", d->config.data, strerror(-err));
    return EXIT_SUCCESS;
}

/* CURVE lets everybody in when its handler is not there; so no socket before the proof. */
static int start_zap(struct daemon *d)
{
    if (!config_has_tcp(&d->config))
        return EXIT_SUCCESS;
    int err = zap_start(d->context, d->book, fail, d, &d->zap);
    if (err == 0)
        err = zap_prove(d->zap, &d->listener);
    if (err == -EACCES)
        log_broken("daemon", "a stranger's key was let in: not listening");
    else if (err != 0)
        log_broken("daemon", "the handler of keys does not prove itself: %s", strerror(-err));
    return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Whoever has the address may let go of it; one that is wrong is no better the next time. */
static int code_of_address(int err)
{
    static const int wrong[] = { EADDRNOTAVAIL, EACCES, EINVAL, ENAMETOOLONG, ENODEV, ENOENT, ENOTDIR };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (err == -wrong[i])
            return EXIT_USAGE;
    }
    return EXIT_FAILURE;
}

static int open_role(struct daemon *d, enum net_role role)
{
    int err = listener_ipc(&d->listener, role, &d->ipc[role], d->ipc_endpoint[role]);
    if (err != 0)
        return refuse(EXIT_FAILURE, "cannot listen in %s/run for %s: %s", d->config.data,
                      net_role_word(role), zmq_strerror(-err));
    if (d->config.tcp[role][0] == '\0')
        return EXIT_SUCCESS;
    err = listener_tcp(&d->listener, role, &d->tcp[role], d->tcp_endpoint[role]);
    if (err != 0)
        return refuse(code_of_address(err), "cannot listen at %s for %s: %s",
                      d->config.tcp[role], net_role_word(role), zmq_strerror(-err));
    return EXIT_SUCCESS;
}

static int open_sockets(struct daemon *d)
{
    int code = EXIT_SUCCESS;
    for (unsigned role = 0; role < NET_ROLES && code == EXIT_SUCCESS; role++)
        code = open_role(d, role);
    return code;
}

/* The thread has the sockets now. */
static void handed_over(struct daemon *d, enum net_role role)
{
    d->ipc[role] = d->tcp[role] = NULL;
}

static int start_publisher(struct daemon *d)
{
    const struct publisher_options options = {
        .listener = &d->listener, .ipc = d->ipc[NET_ALERTS], .tcp = d->tcp[NET_ALERTS],
        .tcp_endpoint = d->tcp_endpoint[NET_ALERTS], .book = d->book, .store = d->store,
        .died = fail, .arg = d,
    };
    int err = publisher_start(&options, &d->publisher);
    if (err == 0)
        handed_over(d, NET_ALERTS);
    return err;
}

static int start_bookkeeper(struct daemon *d)
{
    const struct bookkeeper_options options = {
        .store = d->store, .group_events = d->config.group_events,
        .queue_max = INTAKE_BATCHES_MAX + QUERIES_COMMANDS_MAX + SPARE_COMMANDS,
        .read_only = d->config.read_only, .trust_clock = d->config.trust_clock,
        .alerted = wake_publisher, .arg = d,
    };
    return bookkeeper_start(&options, &d->bookkeeper);
}

static int start_caretaker(struct daemon *d)
{
    const struct caretaker_options options = {
        .store = d->store, .store_path = d->store_path, .bookkeeper = d->bookkeeper,
        .publisher = d->publisher, .read_only = d->config.read_only,
        .limits = {
            .backup_age_ms = d->config.backup_age_ms, .behind_age_ms = d->config.behind_age_ms,
            .growth_days = d->config.growth_days,
        },
    };
    return caretaker_start(&options, &d->caretaker);
}

static int start_jobs(struct daemon *d)
{
    const struct jobs_options options = {
        .store = d->store, .bookkeeper = d->bookkeeper, .data = d->config.data,
    };
    return jobs_start(&options, &d->jobs);
}

static int start_queries(struct daemon *d)
{
    const struct queries_options options = {
        .ipc = d->ipc[NET_QUERY], .tcp = d->tcp[NET_QUERY], .book = d->book, .store = d->store,
        .bookkeeper = d->bookkeeper, .jobs = d->jobs, .caretaker = d->caretaker, .started_ms = d->started_ms,
        .read_only = d->config.read_only,
    };
    int err = queries_start(&options, &d->queries);
    if (err == 0)
        handed_over(d, NET_QUERY);
    return err;
}

static int start_intake(struct daemon *d)
{
    const struct intake_options options = {
        .ipc = d->ipc[NET_INGEST], .tcp = d->tcp[NET_INGEST], .book = d->book, .store = d->store,
        .bookkeeper = d->bookkeeper, .caretaker = d->caretaker, .window = d->config.window,
        .retry_ms = d->config.retry_ms,
        .read_only = d->config.read_only,
    };
    int err = intake_start(&options, &d->intake);
    if (err == 0)
        handed_over(d, NET_INGEST);
    return err;
}

static int start_threads(struct daemon *d)
{
    static const struct {
        const char *name;
        int (*start)(struct daemon *d);
    } threads[] = {
        /* The publisher before the bookkeeper, which wakes it when it has raised an alert. */
        { "publisher", start_publisher }, { "bookkeeper", start_bookkeeper },
        { "caretaker", start_caretaker },
        { "jobs", start_jobs }, { "queries", start_queries }, { "intake", start_intake },
    };
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        int err = threads[i].start(d);
        if (err != 0) {
            log_broken("daemon", "%s cannot start: %s", threads[i].name, strerror(-err));
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

static int open_http(struct daemon *d)
{
    if (d->config.http[0] == '\0')
        return EXIT_SUCCESS;
    int err = metrics_start(d->config.http, d->store, d->caretaker, d->started_ms, &d->metrics, d->http,
                            sizeof d->http);
    if (err != 0)
        return refuse(code_of_address(err), "cannot serve metrics at %s: %s",
                      d->config.http, strerror(-err));
    return EXIT_SUCCESS;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int daemon_start(const struct config *config, struct daemon **ret)
{
    static int (*const steps[])(struct daemon *d) = {
        /* The store's lock first: whoever has it owns the sockets' paths as well. */
        open_store, read_keys, tell_journal, open_context, start_zap, open_sockets, start_threads,
        open_http,
    };
    struct daemon *d = calloc(1, sizeof *d);
    if (d == NULL)
        return EXIT_FAILURE;
    d->config = *config;
    d->started_ms = now_ms();
    d->failed.fd = -1;
    int code = hash_init() == 0 && bell_open(&d->failed) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && code == EXIT_SUCCESS; i++)
        code = steps[i](d);
    if (code == EXIT_SUCCESS)
        *ret = d;
    else
        daemon_stop(&d);
    return code;
}

/* --- Running. ---------------------------------------------------------------- */

void daemon_describe(const struct daemon *d, char *to, size_t size)
{
    struct store_head head;
    store_head(d->store, &head);
    int used = snprintf(to, size, "ready store=%s position=%llu", d->store_path,
                        (unsigned long long)head.position);
    for (unsigned role = 0; role < NET_ROLES && (size_t)used < size; role++)
        used += snprintf(to + used, size - (size_t)used, " %s=%s", net_role_word(role),
                         d->ipc_endpoint[role]);
    for (unsigned role = 0; role < NET_ROLES && (size_t)used < size; role++) {
        if (d->tcp_endpoint[role][0] != '\0')
            used += snprintf(to + used, size - (size_t)used, " %s_tcp=%s", net_role_word(role),
                             d->tcp_endpoint[role]);
    }
    if (d->http[0] != '\0' && (size_t)used < size)
        snprintf(to + used, size - (size_t)used, " http=%s", d->http);
}

int daemon_failed_fd(const struct daemon *d)
{
    return d->failed.fd;
}

void daemon_reload(struct daemon *d)
{
    struct rights *rights;
    char *wrong = NULL;
    if (!config_has_tcp(&d->config)) {
        log_info("daemon", "nothing listens on tcp, so there are no rights to read again");
        return;
    }
    if (rights_load(d->config.rights, &rights, &wrong) != 0) {
        log_unusual("daemon", "the rights stay as they were: %s",
                    wrong != NULL ? wrong : "out of memory");
        free(wrong);
        return;
    }
    size_t count = rights_count(rights);
    rights_book_replace(d->book, &rights);
    counter_add(COUNTER_RIGHTS_RELOADED, 1);
    log_info("daemon", "rights read again keys=%zu", count);
    if (!d->config.read_only) {
        const struct rights *present = rights_hold(d->book);
        telling_changes(d->bookkeeper, &d->config, present);
        rights_release(present);
    }
    if (d->config.tcp[NET_ALERTS][0] != '\0')
        publisher_reopen(d->publisher);
}

/* --- Stopping. --------------------------------------------------------------- */

void daemon_stop(struct daemon **daemon_p)
{
    struct daemon *d = *daemon_p;
    if (d == NULL)
        return;
    metrics_stop(&d->metrics);
    intake_stop(&d->intake);
    queries_stop(&d->queries);
    jobs_stop(&d->jobs);
    caretaker_stop(&d->caretaker);
    bookkeeper_stop(&d->bookkeeper);
    publisher_stop(&d->publisher);
    for (unsigned role = 0; role < NET_ROLES; role++) {
        listener_close(&d->ipc[role]);
        listener_close(&d->tcp[role]);
    }
    zap_stop(&d->zap);
    unread_end();
    if (d->context != NULL)
        zmq_ctx_term(d->context);
    rights_book_destroy(&d->book);
    net_key_wipe(&d->listener.key);
    bell_close(&d->failed);
    store_close(&d->store);
    free(d);
    *daemon_p = NULL;
}
