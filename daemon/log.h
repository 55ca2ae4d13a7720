/* log - what the daemon says, one line each, on stderr.
 *
 *     2026-03-01T10:00:00.120Z unusual intake: batch refused source=tax-7 refusal=malformed
 *
 * time, level, area, sentence, then key=value.  Under systemd, which sets
 * JOURNAL_STREAM, each line begins with the priority as "<4>".  A line is written whole, from
 * any thread.  Nothing that names a person or a key's secret is ever logged. */
#pragma once

#include <stdbool.h>

enum log_level {
    LOG_AT_DEBUG,
    LOG_AT_INFO,
    LOG_AT_UNUSUAL,             /* the world did something odd; says what was done about it */
    LOG_AT_BROKEN,              /* something of ours is wrong, or the disk is */
};

/* "debug", "info", "unusual", "broken".  False for another word. */
bool log_level_parse(const char *word, enum log_level *ret);

/* Lines below `level` are not written; LOG_AT_INFO until it is called. */
void log_set_level(enum log_level level);

[[gnu::format(printf, 2, 3)]] void log_debug(const char *area, const char *format, ...);
[[gnu::format(printf, 2, 3)]] void log_info(const char *area, const char *format, ...);
[[gnu::format(printf, 2, 3)]] void log_unusual(const char *area, const char *format, ...);
[[gnu::format(printf, 2, 3)]] void log_broken(const char *area, const char *format, ...);

/* For what somebody outside can bring about as often as he likes.  Of one `subject`, which says who and
 * what and is cut at LOG_SUBJECT_SIZE - 1 bytes, there is a line in LOG_REPEAT_MS; those after it are
 * counted, and their number is told with the next one, or by log_repeats().  Of more subjects than
 * LOG_SUBJECTS_MAX at once all others share one.  So whoever tries brings about two lines a minute of each,
 * 130 in all. */
#define LOG_REPEAT_MS    60000
#define LOG_SUBJECTS_MAX 64
#define LOG_SUBJECT_SIZE 128
[[gnu::format(printf, 4, 5)]]
void log_repeated(enum log_level level, const char *area, const char *subject, const char *format, ...);
/* Tells of each subject whose LOG_REPEAT_MS are over how many lines were left out.  Any thread, now and
 * then. */
void log_repeats(void);
