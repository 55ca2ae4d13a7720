#include "tests/sim/system.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/disk.h"
#include "tests/sim/kernel.h"
#include "tests/sim/wrap.h"

#define EVENTS_MAX 16384

struct event_place {
    bool open;
    uint64_t count;
    bool (*readable)(void *arg);        /* NULL: while `count` is not 0 */
    void *arg;
};

static struct event_place events[EVENTS_MAX];
static int event_count;
static struct random bytes;

void system_begin(unsigned long seed)
{
    bytes = random_stream(seed, "bytes");
}

/* --- Events. -------------------------------------------------------------------- */

static struct event_place *event_of(int descriptor)
{
    assert(descriptor >= EVENT_FIRST && descriptor < EVENT_FIRST + event_count);
    return &events[descriptor - EVENT_FIRST];
}

int event_descriptor(bool (*readable)(void *arg), void *arg)
{
    assert(event_count < EVENTS_MAX);
    events[event_count] = (struct event_place){ .open = true, .readable = readable, .arg = arg };
    return EVENT_FIRST + event_count++;
}

bool event_readable(int descriptor)
{
    const struct event_place *event = event_of(descriptor);
    return event->open && (event->readable != NULL ? event->readable(event->arg) : event->count > 0);
}

void event_close(int descriptor)
{
    event_of(descriptor)->open = false;
}

WRAPPED(int, eventfd, (unsigned count, int flags))
{
    if (process_here() == NULL)
        return __real_eventfd(count, flags);
    int descriptor = event_descriptor(NULL, NULL);
    event_of(descriptor)->count = count;
    return descriptor;
}

WRAPPED(ssize_t, read, (int fd, void *to, size_t size))
{
    if (fd < EVENT_FIRST)
        return __real_read(fd, to, size);
    struct event_place *event = event_of(fd);
    assert(size == sizeof event->count && event->open);
    if (event->count == 0) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(to, &event->count, size);
    event->count = 0;
    return (ssize_t)size;
}

WRAPPED(ssize_t, write, (int fd, const void *from, size_t size))
{
    if (fd < EVENT_FIRST)
        return disk_write(fd, from, size);
    struct event_place *event = event_of(fd);
    uint64_t count;
    assert(size == sizeof count && event->open);
    memcpy(&count, from, size);
    event->count += count;
    fiber_breathe();
    return (ssize_t)size;
}

WRAPPED(int, close, (int fd))
{
    if (fd < EVENT_FIRST)
        return disk_close(fd);
    event_close(fd);
    return 0;
}

/* --- Waiting. ------------------------------------------------------------------- */

struct polling {
    struct pollfd *items;
    nfds_t count;
};

static bool some_readable(void *arg)
{
    const struct polling *polling = arg;
    for (nfds_t i = 0; i < polling->count; i++)
        if (polling->items[i].fd >= 0 && event_readable(polling->items[i].fd))
            return true;
    return false;
}

static int wait_for(struct pollfd *items, nfds_t count, int64_t until_us)
{
    struct polling polling = { items, count };
    fiber_breathe();
    fiber_wait(some_readable, &polling, until_us);
    int readable = 0;
    for (nfds_t i = 0; i < count; i++) {
        items[i].revents = items[i].fd >= 0 && event_readable(items[i].fd) ? POLLIN : 0;
        readable += items[i].revents != 0;
    }
    return readable;
}

WRAPPED(int, poll, (struct pollfd *items, nfds_t count, int timeout_ms))
{
    if (process_here() == NULL)
        return __real_poll(items, count, timeout_ms);
    return wait_for(items, count, timeout_ms < 0 ? WAIT_FOR_EVER : now_us() + timeout_ms * INT64_C(1000));
}

WRAPPED(int, ppoll, (struct pollfd *items, nfds_t count, const struct timespec *timeout,
                     const sigset_t *signals))
{
    if (process_here() == NULL)
        return __real_ppoll(items, count, timeout, signals);
    return wait_for(items, count, timeout == NULL ? WAIT_FOR_EVER
                    : now_us() + timeout->tv_sec * INT64_C(1000000) + timeout->tv_nsec / 1000);
}

/* --- Clocks, chance, the end. ------------------------------------------------------ */

WRAPPED(int, clock_gettime, (clockid_t clock, struct timespec *ret))
{
    const struct process *process = process_here();
    if (process == NULL)
        return __real_clock_gettime(clock, ret);
    int64_t us = clock == CLOCK_MONOTONIC ? now_us() + INT64_C(1000000000)
        : wall_ms(process->machine) * 1000 + now_us() % 1000;
    *ret = (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
    return 0;
}

WRAPPED(ssize_t, getrandom, (void *to, size_t size, unsigned flags))
{
    if (process_here() == NULL)
        return __real_getrandom(to, size, flags);
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)to)[i] = (uint8_t)random_next(&bytes);
    return (ssize_t)size;
}

void __real__exit(int code);
[[gnu::noreturn]] void __wrap__exit(int code);
void __wrap__exit(int code)
{
    if (process_here() != NULL)
        process_end(process_here(), code);
    __real__exit(code);
    __builtin_unreachable();
}
