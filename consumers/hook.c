#include "consumers/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "consumers/alert_text.h"
#include "consumers/json.h"
#include "fund/rule.h"

#define GRACE_MS 1000           /* for killing a run and starting the next */

/* What waits or runs. */
struct job {
    struct alert alert;
    struct bookmark at;
};

struct hook {
    struct hook_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;     /* anything below */
    struct job *queue;          /* ring of options.queue, owned */
    unsigned first, count;
    bool running;
    struct bookmark pushed, done;       /* the last alert queued, and the last whose run has ended */
    bool closing;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- One run. ------------------------------------------------------------------ */

#define VARIABLES   9
#define VARIABLE_MAX 640

struct variables {
    char text[VARIABLES][VARIABLE_MAX];
    unsigned count;
};

static void variable(struct variables *v, const char *name, const char *value)
{
    snprintf(v->text[v->count++], VARIABLE_MAX, "FUNDWATCH_%s=%s", name, value);
}

static void fill_variables(struct variables *v, const struct alert *alert)
{
    char number[24], date[DATE_TEXT_MAX], fund[FUND_TEXT_MAX];
    snprintf(number, sizeof number, "%" PRIu64, alert->number);
    v->count = 0;
    variable(v, "NUMBER", number);
    variable(v, "FUND", fund_format(alert->fund, fund));
    variable(v, "RULE", rule_word(alert->rule));
    variable(v, "INSTANCE", alert->instance);
    variable(v, "TRANSITION", transition_word(alert->transition));
    variable(v, "LEVEL", level_word(alert->level));
    variable(v, "SEVERITY", level_severity(alert->level));
    variable(v, "AUDIENCE", rule_audience(alert->rule, alert->level));
    variable(v, "BOOKS_DATE", date_format(alert->books_date, date));
}

/* The variables and our own environment behind them: the first of a name counts. */
static char **environment_of(struct variables *v)
{
    size_t own = 0;
    while (environ[own] != NULL)
        own++;
    char **all = calloc(v->count + own + 1, sizeof all[0]);
    if (all == NULL)
        return NULL;
    for (unsigned i = 0; i < v->count; i++)
        all[i] = v->text[i];
    memcpy(all + v->count, environ, own * sizeof all[0]);
    return all;
}

/* A file without a name that holds the line: unlike a pipe it cannot make anybody wait. */
static int input_of(const struct alert *alert)
{
    json_t *json = alert_json(alert);
    char *line = json != NULL ? json_line(json) : NULL;
    json_decref(json);
    int fd = line != NULL ? memfd_create("alert", MFD_CLOEXEC) : -1;
    bool good = fd >= 0 && dprintf(fd, "%s\n", line) > 0 && lseek(fd, 0, SEEK_SET) == 0;
    free(line);
    if (!good && fd >= 0)
        close(fd);
    return good ? fd : -ENOMEM;
}

/* Starts the command in a process group of its own with ordinary signals. */
static int start(const char *command, int input, char **environment, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
                                              | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, strdup(command), NULL };
    int err = argv[2] == NULL ? ENOMEM
                              : posix_spawn(ret_pid, "/bin/sh", &actions, &attributes, argv, environment);
    free(argv[2]);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -err;
}

/* True once the process has ended, false when the time is over. */
static bool ends_within(pid_t pid, int limit_ms)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return false;
    int64_t end = now_ms() + limit_ms;
    struct pollfd ended = { .fd = fd, .events = POLLIN };
    int n;
    do {
        int64_t left = end - now_ms();
        n = poll(&ended, 1, left > 0 ? (int)left : 0);
    } while (n < 0 && errno == EINTR);
    close(fd);
    return n > 0;
}

static void tell(const struct hook *hook, uint64_t number, const char *what)
{
    if (hook->options.on_failure != NULL)
        hook->options.on_failure(number, what);
}

static void wait_for(const struct hook *hook, pid_t pid, uint64_t number)
{
    bool ended = ends_within(pid, hook->options.limit_ms);
    if (!ended)
        kill(-pid, SIGKILL);
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!ended)
        tell(hook, number, "took too long and was killed");
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        tell(hook, number, "failed");
}

static void run(const struct hook *hook, const struct alert *alert)
{
    struct variables variables;
    fill_variables(&variables, alert);
    char **environment = environment_of(&variables);
    int input = input_of(alert);
    pid_t pid;
    int err = environment == NULL || input < 0 ? -ENOMEM
                                               : start(hook->options.command, input, environment, &pid);
    if (input >= 0)
        close(input);
    free(environment);
    if (err == 0)
        wait_for(hook, pid, alert->number);
    else
        tell(hook, alert->number, strerror(-err));
}

/* --- The queue. ---------------------------------------------------------------- */

/* False when the hook is closing. */
static bool take(struct hook *hook, struct job *ret)
{
    pthread_mutex_lock(&hook->lock);
    while (hook->count == 0 && !hook->closing)
        pthread_cond_wait(&hook->changed, &hook->lock);
    bool taken = !hook->closing;
    if (taken) {
        *ret = hook->queue[hook->first];
        hook->first = (hook->first + 1) % hook->options.queue;
        hook->count--;
        hook->running = true;
        pthread_cond_broadcast(&hook->changed);
    }
    pthread_mutex_unlock(&hook->lock);
    return taken;
}

static void note_done(struct hook *hook, struct bookmark at)
{
    pthread_mutex_lock(&hook->lock);
    hook->done = at;
    hook->running = false;
    pthread_cond_broadcast(&hook->changed);
    pthread_mutex_unlock(&hook->lock);
}

static void *serve(void *arg)
{
    struct hook *hook = arg;
    struct job job;
    while (take(hook, &job)) {
        run(hook, &job.alert);
        note_done(hook, job.at);
    }
    return NULL;
}

/* Signals are the main thread's. */
static int start_thread(struct hook *hook)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&hook->thread, NULL, serve, hook);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -err;
}

int hook_open(const struct hook_options *options, struct hook **ret)
{
    struct hook *hook = calloc(1, sizeof *hook);
    if (hook == NULL)
        return -ENOMEM;
    hook->options = *options;
    hook->queue = calloc(options->queue, sizeof hook->queue[0]);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&hook->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&hook->lock, NULL);
    int err = hook->queue == NULL ? -ENOMEM : start_thread(hook);
    if (err != 0) {
        free(hook->queue);
        free(hook);
        return err;
    }
    *ret = hook;
    return 0;
}

void hook_close(struct hook **hook_p)
{
    struct hook *hook = *hook_p;
    *hook_p = NULL;
    if (hook == NULL)
        return;
    pthread_mutex_lock(&hook->lock);
    hook->closing = true;
    pthread_cond_broadcast(&hook->changed);
    pthread_mutex_unlock(&hook->lock);
    pthread_join(hook->thread, NULL);
    pthread_cond_destroy(&hook->changed);
    pthread_mutex_destroy(&hook->lock);
    free(hook->queue);
    free(hook);
}

static struct timespec in_ms(int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t ns = t.tv_nsec + (int64_t)ms % 1000 * 1000000;
    return (struct timespec){ .tv_sec = t.tv_sec + ms / 1000 + ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

int hook_push(struct hook *hook, const struct alert *alert, struct bookmark at)
{
    struct timespec end = in_ms(hook->options.limit_ms + GRACE_MS);
    int err = 0;
    pthread_mutex_lock(&hook->lock);
    while (hook->count == hook->options.queue && err == 0)
        err = pthread_cond_timedwait(&hook->changed, &hook->lock, &end);
    bool room = hook->count < hook->options.queue;
    if (room) {
        hook->queue[(hook->first + hook->count) % hook->options.queue] = (struct job){ *alert, at };
        hook->count++;
        hook->pushed = at;
        pthread_cond_broadcast(&hook->changed);
    }
    pthread_mutex_unlock(&hook->lock);
    return room ? 0 : -EAGAIN;
}

unsigned hook_finish(struct hook *hook, bool discard)
{
    pthread_mutex_lock(&hook->lock);
    unsigned discarded = discard ? hook->count : 0;
    hook->count -= discarded;
    while (hook->count > 0 || hook->running)
        pthread_cond_wait(&hook->changed, &hook->lock);
    pthread_mutex_unlock(&hook->lock);
    return discarded;
}

bool hook_pending(struct hook *hook, struct bookmark *ret_done)
{
    pthread_mutex_lock(&hook->lock);
    bool pending = hook->pushed.epoch != hook->done.epoch || hook->pushed.number != hook->done.number;
    if (pending)
        *ret_done = hook->done;
    pthread_mutex_unlock(&hook->lock);
    return pending;
}
