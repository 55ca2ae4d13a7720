#include "daemon/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "daemon/controls.h"

#define DAY_MS    (INT64_C(24) * 60 * 60 * 1000)
#define HOUR_MS   (INT64_C(60) * 60 * 1000)
#define UNSENT_MS 10000         /* an alert is published in milliseconds */
#define MIB       (1024 * 1024)

static const struct {
    const char *word, *help;
} words[WARNING_COUNT] = {
#define WARNING(NAME, word, help) { word, help },
#include "daemon/warnings.def"
#undef WARNING
};

const char *warning_word(enum warning warning)
{
    return words[warning].word;
}

const char *warning_help(enum warning warning)
{
    return words[warning].help;
}

const char *clock_state_word(enum clock_state state)
{
    switch (state) {
    case CLOCK_UNKNOWN:        return "unknown";
    case CLOCK_SYNCHRONIZED:   return "synchronized";
    case CLOCK_UNSYNCHRONIZED: return "unsynchronized";
    }
    return "";
}

/* --- Growth ------------------------------------------------------------------ */

int64_t growth_window_ms(int64_t age_ms)
{
    static const int64_t windows[] = { 28, 7, 1 };
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        if (age_ms - DAY_MS >= windows[i] * DAY_MS)
            return windows[i] * DAY_MS;
    }
    return 0;
}

uint32_t growth_days(const struct growth *growth, uint64_t room)
{
    if (growth->window_ms <= 0 || growth->position == 0)
        return GROWTH_DAYS_UNKNOWN;
    /* room ÷ (used ÷ position × records ÷ window), in an order that divides once. */
    __uint128_t per_day = (__uint128_t)growth->used * growth->records * DAY_MS;
    if (per_day == 0)
        return GROWTH_DAYS_MAX;
    __uint128_t limit = (__uint128_t)GROWTH_DAYS_MAX * per_day;
    __uint128_t whole = (__uint128_t)room * growth->position;
    if (whole >= limit / (__uint128_t)growth->window_ms)
        return GROWTH_DAYS_MAX;
    return (uint32_t)(whole * (__uint128_t)growth->window_ms / per_day);
}

static uint64_t map_room(const struct health *h)
{
    return h->map_size > h->map_used ? h->map_size - h->map_used : 0;
}

uint32_t health_days_left(const struct health *h)
{
    uint64_t room = map_room(h) < h->disk_free ? map_room(h) : h->disk_free;
    return growth_days(&h->growth, room);
}

/* A twentieth is left of the map, or the disk has no more room than that of what is used. */
static bool is_nearly_full(const struct health *h)
{
    return map_room(h) < h->map_size / 20 || h->disk_free < h->growth.used / 20;
}

/* --- Judging ----------------------------------------------------------------- */

int64_t health_backup_age_ms(const struct health *h)
{
    int64_t from_ms = h->backup_ms > 0 ? h->backup_ms : h->created_ms;
    return h->now_ms > from_ms ? h->now_ms - from_ms : 0;
}

void health_judge(struct health *h, const struct health_limits *limits)
{
    const bool warns[WARNING_COUNT] = {
        [WARNING_BACKUP_OLD] = h->uncovered > 0 && health_backup_age_ms(h) > limits->backup_age_ms,
        [WARNING_STORE_FILLS] = is_nearly_full(h) || health_days_left(h) < limits->growth_days,
        [WARNING_CLOCK] = h->clock == CLOCK_UNSYNCHRONIZED,
        [WARNING_ALERT_UNSENT] = h->unsent > 0 && h->now_ms - h->unsent_since_ms > UNSENT_MS,
        [WARNING_SOURCE_BEHIND] = h->behind > 0,
        [WARNING_STORE_OLDER] = h->older,
        [WARNING_EVENTS_LOST] = h->lost > 0,
    };
    h->warnings = 0;
    for (unsigned i = 0; i < WARNING_COUNT && !control("never_warns"); i++)
        h->warnings |= (uint32_t)warns[i] << i;
}

/* --- Sentences --------------------------------------------------------------- */

static const char *moment(int64_t ms, char to[24])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(to, 24, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return to;
}

static void say_backup(const struct health *h, char *to, size_t size)
{
    snprintf(to, size, "%s %" PRId64 " hours old and %" PRIu64 " records are in no backup: sources cannot "
             "forget what they sent; fundwatch backup makes one",
             h->backup_ms > 0 ? "the newest backup is" : "there is no backup, the store is",
             health_backup_age_ms(h) / HOUR_MS, h->uncovered);
}

static void say_growth(const struct health *h, char *to, size_t size)
{
    char days[32] = "soon";
    if (health_days_left(h) < GROWTH_DAYS_MAX)
        snprintf(days, sizeof days, "in about %" PRIu32 " days", health_days_left(h));
    snprintf(to, size, "the store will be full %s: %" PRIu64 " of %" PRIu64 " MiB of its map are used, "
             "and the disk has %" PRIu64 " MiB left", days, h->map_used / MIB, h->map_size / MIB,
             h->disk_free / MIB);
}

static void say_behind(const struct health *h, char *to, size_t size)
{
    char since[24];
    snprintf(to, size, "%u %s behind: at %s %" PRIu64 " events wait, the oldest since %s", h->behind,
             h->behind == 1 ? "source is" : "sources are", h->behind_name, h->behind_events,
             moment(h->behind_since_ms, since));
}

static void say_lost(const struct health *h, char *to, size_t size)
{
    char since[24] = "";
    if (h->lost_since_ms > 0)
        moment(h->lost_since_ms, since);
    snprintf(to, size, "what %s reported%s%s is not in this store, and %s does not keep it any more (%u %s "
             "in all): restore a newer backup, or have the files sent again", h->lost_name,
             since[0] != '\0' ? " and was recorded after " : "", since, h->lost_name, h->lost,
             h->lost == 1 ? "source" : "sources");
}

const char *health_sentence(const struct health *h, enum warning warning, char to[WARNING_TEXT_MAX])
{
    char since[24];
    to[0] = '\0';
    switch (warning) {
    case WARNING_BACKUP_OLD:
        say_backup(h, to, WARNING_TEXT_MAX);
        break;
    case WARNING_STORE_FILLS:
        say_growth(h, to, WARNING_TEXT_MAX);
        break;
    case WARNING_CLOCK:
        snprintf(to, WARNING_TEXT_MAX, "nothing keeps this machine's clock right (no NTP), and books dates "
                 "follow it");
        break;
    case WARNING_ALERT_UNSENT:
        snprintf(to, WARNING_TEXT_MAX, "%" PRIu64 " alerts were raised and not published, the oldest at %s",
                 h->unsent, moment(h->unsent_since_ms, since));
        break;
    case WARNING_SOURCE_BEHIND:
        say_behind(h, to, WARNING_TEXT_MAX);
        break;
    case WARNING_STORE_OLDER:
        snprintf(to, WARNING_TEXT_MAX, "this is an older copy of the store, as %s had been told of more: a "
                 "new epoch was begun, and sources send again what they kept", h->older_name);
        break;
    case WARNING_EVENTS_LOST:
        say_lost(h, to, WARNING_TEXT_MAX);
        break;
    case WARNING_COUNT:
        break;
    }
    return to;
}
