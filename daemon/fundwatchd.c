/* fundwatchd - counts the events of health insurance funds exactly once and raises alerts. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/controls.h"
#include "daemon/daemon.h"
#include "daemon/descriptors.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/replaying.h"
#include "daemon/rights.h"
#include "daemon/verification.h"
#include "store/store.h"
#include "store/verify.h"

/* --- The things that are done and over. -------------------------------------- */

static int complain(const char *what, const char *path, int err, const char *remedy)
{
    fprintf(stderr, "fundwatchd: %s %s: %s%s%s\n", what, path, store_strerror(err),
            remedy[0] != '\0' ? "; " : "", remedy);
    return EXIT_FAILURE;
}

/* mkdir -p, for its owner alone. */
static int make_folders(const char *path)
{
    char copy[NET_PATH_MAX];
    strcpy(copy, path);
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return mkdir(copy, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

static int run_init(const struct options *options)
{
    char path[NET_PATH_MAX];
    const struct config *config = &options->config;
    int err = daemon_store_path(config, path, sizeof path);
    if (err == 0)
        err = make_folders(config->data);
    if (err != 0)
        return complain("cannot make the folder", config->data, err, "");
    err = store_create(path);
    if (err == -EEXIST)
        return complain("there is a store already:", path, err, "move it away first");
    if (err != 0)
        return complain("cannot make a store in", path, err, store_open_error());
    printf("made an empty store in %s\n", path);
    return EXIT_SUCCESS;
}

static int run_check_config(const struct options *options)
{
    const struct config *config = &options->config;
    struct rights *rights;
    struct net_key key;
    char *wrong = NULL, path[NET_PATH_MAX];
    if (config_path(config, "run/ingest.sock", path, sizeof path) != 0 || !net_socket_path_valid(path)) {
        fprintf(stderr, "fundwatchd: the data folder's path is too long for a socket in it, "
                "DATA/run/ingest.sock has at most 107 bytes: choose a shorter one than %s\n", config->data);
        return EXIT_USAGE;
    }
    if (config_has_tcp(config)) {
        if (daemon_read_key(config, &key) != 0)
            return EXIT_USAGE;
        net_key_wipe(&key);
        if (rights_load(config->rights, &rights, &wrong) != 0) {
            fprintf(stderr, "fundwatchd: %s\n", wrong != NULL ? wrong : "out of memory");
            free(wrong);
            return EXIT_USAGE;
        }
        printf("%zu keys in %s\n", rights_count(rights), config->rights);
        rights_release(rights);
    }
    printf("the configuration is good; data in %s\n", config->data);
    return EXIT_SUCCESS;
}

static void show_progress([[maybe_unused]] void *arg, uint64_t at, uint64_t of)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rcompared %" PRIu64 " of %" PRIu64 " records%s", at, of, at == of ? "\n" : "");
}

/* What is not whole is named by what differs first. */
static int cannot_restore(const char *backup, int err, const struct verify_result *compared)
{
    if (err != -EILSEQ || compared->differences == 0)
        return complain("cannot restore", backup, err, store_open_error());
    fprintf(stderr, "fundwatchd: %s is damaged: %" PRIu64 " differences from what its journal comes to, "
            "the first: %s; take an older backup, or this one as it is with --unverified\n", backup,
            compared->differences, compared->first);
    return EXIT_FAILURE;
}

static int run_restore(const struct options *options)
{
    char path[NET_PATH_MAX];
    uint64_t epoch;
    struct verify_result compared = { .differences = 0 };
    int err = daemon_store_path(&options->config, path, sizeof path);
    if (err == 0)
        err = make_folders(options->config.data);
    if (err == 0)
        err = store_restore(options->argument, path, options->unverified ? NULL : &compared, show_progress,
                            &epoch);
    if (err == -EEXIST)
        return complain("there is a store already:", path, err, "move it away first");
    if (err == -ENOTEMPTY)
        return complain("cannot restore to", path, err, "what stands there with .restoring behind its "
                        "name is no unfinished restoring of this program: look at it, and move it away");
    if (err != 0)
        return cannot_restore(options->argument, err, &compared);
    printf("restored %s to %s; it is epoch %llu now, and sources send again what they kept\n",
           options->argument, path, (unsigned long long)epoch);
    return EXIT_SUCCESS;
}

static int run_verify_copy(const struct options *options)
{
    return verification_main(options->argument, options->head);
}

static int run_replay_copy(const struct options *options)
{
    return replaying_main(options->argument);
}

static int run_make_key(const struct options *options)
{
    char secret_path[NET_PATH_MAX], public_path[NET_PATH_MAX];
    struct net_key key;
    int err = net_key_make(options->argument, &key);
    if (err != 0) {
        fprintf(stderr, "fundwatchd: a key's name is 1 to 48 of A-Z a-z 0-9 . _ : -\n");
        return EXIT_USAGE;
    }
    snprintf(secret_path, sizeof secret_path, "%s.key", key.name);
    snprintf(public_path, sizeof public_path, "%s.pub", key.name);
    err = net_key_write(secret_path, &key, true);
    net_key_wipe(&key);
    if (err != 0)
        return complain("cannot write", secret_path, err, "");
    err = net_key_write(public_path, &key, false);
    if (err != 0)
        return complain("cannot write", public_path, err, "");
    printf("wrote %s, which is a secret, and %s; public: %s\n", secret_path, public_path,
           key.public_key);
    return EXIT_SUCCESS;
}

/* --- The daemon. ------------------------------------------------------------- */

/* Signals come through a file descriptor; no thread has a handler. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Until a signal says stop (true) or a thread died (false). */
static bool wait_for_end(struct daemon *daemon, int signals)
{
    struct pollfd items[] = {
        { .fd = signals, .events = POLLIN },
        { .fd = daemon_failed_fd(daemon), .events = POLLIN },
    };
    struct signalfd_siginfo info;
    for (;;) {
        if (poll(items, 2, -1) < 0)
            continue;
        if (items[1].revents != 0)
            return false;
        if (read(signals, &info, sizeof info) != sizeof info)
            continue;
        if (info.ssi_signo != SIGHUP)
            return true;
        daemon_reload(daemon);
    }
}

static int run_daemon(const struct options *options)
{
    char ready[2048];
    struct daemon *daemon;
    /* Sockets and files of ours are for our user alone. */
    umask(077);
    descriptors_raise();
    log_set_level(options->config.log);
    int signals = open_signals();
    if (signals < 0)
        return complain("no", "signalfd", -errno, "");
    int code = daemon_start(&options->config, &daemon);
    if (code != EXIT_SUCCESS)
        return code;
    daemon_describe(daemon, ready, sizeof ready);
    log_info("daemon", "%s", ready);
    printf("fundwatchd %s\n", ready);
    fflush(stdout);
    notify_manager("READY=1");
    bool asked = wait_for_end(daemon, signals);
    log_info("daemon", "stopping");
    notify_manager("STOPPING=1");
    daemon_stop(&daemon);
    log_info("daemon", "stopped");
    return asked ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static int (*const actions[])(const struct options *options) = {
        [ACTION_RUN] = run_daemon,
        [ACTION_INIT] = run_init,
        [ACTION_CHECK_CONFIG] = run_check_config,
        [ACTION_RESTORE] = run_restore,
        [ACTION_VERIFY_COPY] = run_verify_copy,
        [ACTION_REPLAY_COPY] = run_replay_copy,
        [ACTION_MAKE_KEY] = run_make_key,
    };
    struct options options;
    if (!control("cores"))
        net_no_cores();
    options_parse(argc, argv, &options);
    return actions[options.action](&options);
}
