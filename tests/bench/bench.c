#include "tests/bench/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

const uint32_t batch_sizes[BATCH_SIZES] = { 1, 100, 1000, 8000 };

static void clear_line(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    clear_line();
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    _exit(EXIT_FAILURE);
}

void must(int err, const char *what)
{
    if (err != 0)
        die("%s: %s", what, zmq_strerror(-err));
}

void progress(const char *format, ...)
{
    va_list args;
    if (!isatty(STDERR_FILENO))
        return;
    clear_line();
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void path_in(const char *folder, const char *name, char ret[NET_PATH_MAX])
{
    if (snprintf(ret, NET_PATH_MAX, "%s/%s", folder, name) >= NET_PATH_MAX)
        die("the path %s/%s is too long", folder, name);
}
