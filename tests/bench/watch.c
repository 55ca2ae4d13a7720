#include "tests/bench/watch.h"

#include <pthread.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/process.h"

#define WATCHED_MAX 8
#define LOOK_US     20000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pid_t watched[WATCHED_MAX];      /* 0: free */
static uint64_t most_taken, most_lapped;

static void look(void)
{
    for (unsigned i = 0; i < WATCHED_MAX; i++) {
        uint64_t bytes = watched[i] != 0 ? process_memory(watched[i], "RssAnon") : 0;
        most_taken = bytes > most_taken ? bytes : most_taken;
        most_lapped = bytes > most_lapped ? bytes : most_lapped;
    }
}

[[gnu::noreturn]] static void *run(void *)
{
    for (;;) {
        pthread_mutex_lock(&mutex);
        look();
        pthread_mutex_unlock(&mutex);
        usleep(LOOK_US);
    }
}

void watch_begin(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, NULL) != 0)
        die("cannot start a thread");
    pthread_detach(thread);
}

static void replace(pid_t old, pid_t new)
{
    unsigned i = 0;
    pthread_mutex_lock(&mutex);
    while (i < WATCHED_MAX && watched[i] != old)
        i++;
    if (i < WATCHED_MAX)
        watched[i] = new;
    pthread_mutex_unlock(&mutex);
    if (i == WATCHED_MAX)
        die("more than %d daemons", WATCHED_MAX);
}

void watch_add(pid_t pid)
{
    replace(0, pid);
}

void watch_remove(pid_t pid)
{
    replace(pid, 0);
}

static uint64_t take(uint64_t *most)
{
    pthread_mutex_lock(&mutex);
    look();
    uint64_t bytes = *most;
    *most = 0;
    pthread_mutex_unlock(&mutex);
    return bytes;
}

uint64_t watch_take(void)
{
    return take(&most_taken);
}

uint64_t watch_lap(void)
{
    return take(&most_lapped);
}
