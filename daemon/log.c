#include "daemon/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024     /* longer lines are cut; write(2) of so few bytes is not split */

static const struct {
    const char *word;
    int priority;               /* of syslog(3) */
} levels[] = {
    [LOG_AT_DEBUG]   = { "debug",   7 },
    [LOG_AT_INFO]    = { "info",    6 },
    [LOG_AT_UNUSUAL] = { "unusual", 4 },
    [LOG_AT_BROKEN]  = { "broken",  3 },
};
static atomic_int threshold = LOG_AT_INFO;

bool log_level_parse(const char *word, enum log_level *ret)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(word, levels[i].word) == 0) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

static int print_head(char *line, size_t size, enum log_level level, const char *area)
{
    struct timespec now;
    struct tm utc;
    char prefix[8] = "", clock[24];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(clock, sizeof clock, "%Y-%m-%dT%H:%M:%S", &utc);
    if (getenv("JOURNAL_STREAM") != NULL)
        snprintf(prefix, sizeof prefix, "<%d>", levels[level].priority);
    return snprintf(line, size, "%s%s.%03ldZ %s %s: ", prefix, clock, now.tv_nsec / 1000000,
                    levels[level].word, area);
}

/* One line stays one line, whatever a path or a library's message holds. */
static void mask_controls(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
    }
}

[[gnu::format(printf, 3, 0)]]
static void say(enum log_level level, const char *area, const char *format, va_list args)
{
    if ((int)level < atomic_load(&threshold))
        return;
    char line[LINE_MAX_BYTES + 1];
    int head = print_head(line, LINE_MAX_BYTES, level, area);
    vsnprintf(line + head, LINE_MAX_BYTES - (size_t)head, format, args);
    mask_controls(line);
    size_t length = strlen(line);
    line[length] = '\n';
    /* A log that cannot be written must not stop the counting. */
    [[maybe_unused]] ssize_t put = write(STDERR_FILENO, line, length + 1);
}

#define DEFINE(name, level)                                 \
    void name(const char *area, const char *format, ...)    \
    {                                                       \
        va_list args;                                       \
        va_start(args, format);                             \
        say(level, area, format, args);                     \
        va_end(args);                                       \
    }
DEFINE(log_debug, LOG_AT_DEBUG)
DEFINE(log_info, LOG_AT_INFO)
DEFINE(log_unusual, LOG_AT_UNUSUAL)
DEFINE(log_broken, LOG_AT_BROKEN)
