#include "daemon/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/controls.h"

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

/* --- What comes again and again. ------------------------------------------------ */

struct subject {
    char area[16], name[LOG_SUBJECT_SIZE];      /* "" and "": free */
    int64_t since_ms;           /* of the line that was written */
    uint64_t left_out;          /* lines after it */
};

static struct {
    pthread_mutex_t lock;
    struct subject all[LOG_SUBJECTS_MAX + 1];   /* the last one: all others */
} repeated = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_over(const struct subject *subject, int64_t now)
{
    return subject->name[0] == '\0' || now - subject->since_ms >= LOG_REPEAT_MS;
}

static void tell_repeats(struct subject *subject)
{
    if (subject->left_out > 0)
        log_unusual(subject->area, "%" PRIu64 " more like it since about=%s", subject->left_out,
                    subject->name);
    subject->left_out = 0;
}

static struct subject *subject_of(const char *area, const char *name, int64_t now)
{
    struct subject *found = NULL;
    for (unsigned i = 0; i < LOG_SUBJECTS_MAX; i++) {
        struct subject *subject = &repeated.all[i];
        if (strcmp(subject->name, name) == 0 && strcmp(subject->area, area) == 0)
            return subject;
        if (found == NULL && subject->left_out == 0 && is_over(subject, now))
            found = subject;
    }
    if (found == NULL)
        return &repeated.all[LOG_SUBJECTS_MAX];
    *found = (struct subject){ .since_ms = now - LOG_REPEAT_MS };
    snprintf(found->area, sizeof found->area, "%s", area);
    snprintf(found->name, sizeof found->name, "%s", name);
    return found;
}

/* Whether the line is to be written. */
static bool is_news(const char *area, const char *subject)
{
    char name[LOG_SUBJECT_SIZE];
    snprintf(name, sizeof name, "%s", subject);
    int64_t now = now_ms();
    pthread_mutex_lock(&repeated.lock);
    struct subject *about = subject_of(area, name, now);
    bool news = is_over(about, now);
    if (news) {
        tell_repeats(about);
        about->since_ms = now;
    } else {
        about->left_out++;
    }
    if (about == &repeated.all[LOG_SUBJECTS_MAX]) {
        snprintf(about->area, sizeof about->area, "%s", area);
        snprintf(about->name, sizeof about->name, "others");
    }
    pthread_mutex_unlock(&repeated.lock);
    return news || control("each_line");
}

void log_repeated(enum log_level level, const char *area, const char *subject, const char *format, ...)
{
    va_list args;
    if ((int)level < atomic_load(&threshold) || !is_news(area, subject))
        return;
    va_start(args, format);
    say(level, area, format, args);
    va_end(args);
}

void log_repeats(void)
{
    int64_t now = now_ms();
    pthread_mutex_lock(&repeated.lock);
    for (unsigned i = 0; i <= LOG_SUBJECTS_MAX; i++) {
        if (is_over(&repeated.all[i], now))
            tell_repeats(&repeated.all[i]);
    }
    pthread_mutex_unlock(&repeated.lock);
}
