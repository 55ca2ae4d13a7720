/* config - how the daemon is set up: defaults, then the file, then options.
 *
 * Without a file everything has a default that works.  The file is YAML
 * (docs/fundwatchd.example.yaml); sizes are "64GiB", durations "200ms". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon/log.h"
#include "store/store.h"
#include "wire/net/net.h"

struct config {
    char data[NET_PATH_MAX];            /* the data folder */
    char tcp[NET_ROLES][NET_ENDPOINT_MAX];      /* "" for none */
    char key[NET_PATH_MAX];             /* key file of the server */
    char rights[NET_PATH_MAX];          /* rights file */
    char http[NET_PATH_MAX];            /* "127.0.0.1:9270", "unix:PATH", "" for none */
    uint64_t map_max, reserve;          /* bytes; 0: the store's default */
    uint32_t run_records;               /* 0: the same */
    uint32_t group_events;              /* events in one commit, at most */
    uint32_t window;                    /* batches that a source may have in flight */
    uint32_t retry_ms;                  /* what a busy reply asks for */
    int64_t backup_age_ms, behind_age_ms;       /* from when on an operator is warned: health.h */
    uint32_t growth_days;
    enum log_level log;
    bool read_only;
    struct four_eyes four_eyes;         /* what needs a second person */
    bool trust_clock;                   /* only from the command line: it is for one start */
};

/* The defaults, but for the data folder. */
struct config config_default(void);
/* Chooses the data folder of net_data_dir() if nobody named one.  0, -ENOENT, -ENAMETOOLONG. */
int config_settle(struct config *config);

/* Puts what the file says over *config.  0 or a negative errno; *ret_error then is a sentence
 * with line and column or the key (malloc'ed, the caller's). */
int config_load(const char *path, struct config *config, char **ret_error);

/* Makes `dir` the data folder; key and rights files go with it unless they were named. */
int config_set_data(struct config *config, const char *dir);

/* What cannot be, or does not go together, as a sentence that stands until the next call; NULL if nothing
 * is wrong. */
const char *config_check(const struct config *config);

/* DATA/name into `ret`.  -ENAMETOOLONG. */
int config_path(const struct config *config, const char *name, char *ret, size_t size);
/* What it says of four eyes, for store_tell(). */
void config_tell_four_eyes(const struct config *config, struct in_force *ret);
/* True if any role listens on TCP. */
bool config_has_tcp(const struct config *config);

/* "4096", "512MiB", "64GiB", "1TiB"; KiB to TiB.  Digits and one unit, nothing else.
 * False for anything else and for more than INT64_MAX. */
bool config_parse_size(const char *text, uint64_t *ret_bytes);
/* "200ms", "5s", "10min".  At most an hour. */
bool config_parse_duration(const char *text, uint32_t *ret_ms);
/* "90s", "10min", "26h", "7d".  At most 366 days. */
bool config_parse_age(const char *text, int64_t *ret_ms);
