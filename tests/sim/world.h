/* world - what one seed makes: funds, sources and what they report, monitors, the daemon's machine, and
 * weather.
 *
 * plan.c decides before the run who reports what; source.c, monitor.c, house.c and office.c are the programs;
 * weather.c is what goes wrong; tap.c watches the network and books.c the end. */
#pragma once

#include "fund/event.h"
#include "tests/sim/disk.h"
#include "tests/sim/kernel.h"
#include "tests/sim/network.h"
#include "wire/alert_codec.h"
#include "wire/batch.h"
#include "wire/net/net.h"

#define FUNDS           3
#define SOURCES_MAX     10
#define EVENTS_MAX      160     /* of one source */
#define MONITORS_MAX    3
#define HEARD_MAX       4096
#define BACKUPS_MAX     24
#define EPOCHS_MAX      32
#define WORLD_PATH_MAX  160

/* --- Sources. -------------------------------------------------------------------- */

enum role {
    ROLE_MIXED,                 /* fees, bills, reversals, people */
    ROLE_BUREAU,                /* days and closes beside that */
    ROLE_FLOOD,                 /* sends without waiting, and has no spool */
    ROLE_LIMITED,               /* may send fees of a city, and tries more */
    ROLE_STRANGER,              /* has no rights */
    ROLE_REVOKED,               /* has rights for some time */
};

struct planned {
    struct event event;
    bool forbidden;             /* nobody may find it in the books */
    bool sent, counted;         /* a reply said so: applied, or a duplicate */
    bool refused;               /* a reply said that it was rejected or in conflict */
    bool found;                 /* in the books, at the end */
};

struct source {
    char name[24];
    enum role role;
    struct machine machine;
    struct process *process;
    int64_t again_us;           /* when it is started next, if it is not alive */
    bool numbered;
    uint32_t batch_events;
    struct planned events[EVENTS_MAX];
    uint32_t count;
    uint32_t kept;              /* of these, in the spool: where it begins when it starts again */
    uint32_t sent;              /* FLOOD: of these, answered */
    bool ended;                 /* it was refused, and does not try again */
    bool empty;                 /* everything is answered, as of now */
    int64_t pause_ms;           /* between events, at most */
};

/* --- Monitors. ------------------------------------------------------------------- */

struct heard {
    uint64_t epoch, number;
    uint64_t mark;              /* of its bytes */
};

struct watcher {
    char name[24], place[8];
    struct machine machine;
    struct process *process;
    int64_t again_us;
    uint64_t epoch, through;    /* how far it is: a bookmark, kept with each alert */
    uint64_t from;              /* in this epoch, everything after this is to be heard */
    struct heard heard[HEARD_MAX];
    uint32_t heard_count;
};

/* --- The daemon. ----------------------------------------------------------------- */

enum house_mode { HOUSE_RUNS, HOUSE_RESTORES };

struct backup {
    char path[WORLD_PATH_MAX + 32];
    uint64_t covered;
    uint64_t epoch;             /* in which it was made */
};

struct house {
    struct machine machine;
    struct process *process;
    int64_t again_us;
    enum house_mode mode;
    const struct backup *restoring;
    bool stop, reload;          /* asked of it */
    bool knows_revoked;         /* it has read the rights since they changed */
    uint32_t starts;
    struct backup backups[BACKUPS_MAX];
    uint32_t backup_count, backups_asked;
    /* That restores began; what was there had been in another one. */
    struct { uint64_t epoch, alerts, from; } epochs[EPOCHS_MAX];
    uint32_t epoch_count;
    bool lost_some;             /* a backup was restored */
    uint64_t map_max;
    uint32_t window, group_events, run_records;
};

struct world {
    uint64_t seed;
    char root[WORLD_PATH_MAX];
    struct random plan, weather;
    struct fund funds[FUNDS];
    struct amount opening[FUNDS];
    struct source sources[SOURCES_MAX];
    uint32_t source_count;
    struct watcher watchers[MONITORS_MAX];
    uint32_t watcher_count;
    struct house house;
    struct process *office;     /* whoever asks for backups */
    bool large;                 /* a long run with much in it, as one in eight is */
    bool calm;                  /* nothing goes wrong any more */
    bool revoked;               /* the rights of ROLE_REVOKED are gone */
};
extern struct world world;

/* plan.c */
void plan_make(void);
/* Makes the store and tells it of the funds: before time begins. */
void plan_found(const char *store);
struct planned *planned_like(struct source *source, const struct event *event);
struct source *source_named(const char *name);

/* Where the daemon is, for whoever has this name's key. */
struct net_peer peer_of(const char *name, enum net_role role);
void key_of_name(const char *name, char first, char ret[NET_KEY_MAX]);
void write_rights(void);

/* The programs. */
void source_run(void *source);
void flood_run(void *source);
void watcher_run(void *watcher);
void house_run(void *house);
void restore_run(void *house);
void office_run(void *unused);

/* weather.c: until it is calm, everything is answered and everybody has heard. */
void weather_run(void);

/* tap.c */
void tap_begin(void);
void tap_house_started(void);

/* books.c */
uint64_t alert_mark(const struct alert *alert);     /* of its bytes */
void books_check(void);
