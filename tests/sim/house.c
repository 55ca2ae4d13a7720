/* house - the daemon's machine: fundwatchd as its main() starts it, and a backup restored. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/zap.h"
#include "store/files.h"
#include "store/store.h"
#include "tests/sim/world.h"

/* --- What is otherwise than in the program. ------------------------------------------- */

/* Small, so that runs are written and merged, and a map is full. */
struct store_options __wrap_store_options_default(void);
struct store_options __wrap_store_options_default(void)
{
    return (struct store_options){
        .map_max = world.house.map_max, .reserve = 64 * 1024, .run_records = world.house.run_records,
        .quarantine_max = 20,
    };
}

/* The daemon keeps freed memory; here that would only cost clearing it. */
int __wrap_mallopt(int option, int value);
int __wrap_mallopt([[maybe_unused]] int option, [[maybe_unused]] int value)
{
    return 1;
}

/* Keys are not asked about in handshakes, but on each message. */
int __wrap_zap_start(void *context, struct rights_book *book, void (*died)(void *arg), void *arg,
                     struct zap **ret);
int __wrap_zap_start([[maybe_unused]] void *context, [[maybe_unused]] struct rights_book *book,
                     [[maybe_unused]] void (*died)(void *arg), [[maybe_unused]] void *arg,
                     [[maybe_unused]] struct zap **ret)
{
    return 0;
}

int __wrap_zap_prove(struct zap *zap, const struct listener *listener);
int __wrap_zap_prove([[maybe_unused]] struct zap *zap, [[maybe_unused]] const struct listener *listener)
{
    return 0;
}

void __wrap_zap_stop(struct zap **zap_p);
void __wrap_zap_stop([[maybe_unused]] struct zap **zap_p)
{
}

/* --- The daemon. ------------------------------------------------------------------------ */

static struct config configure(const struct house *house)
{
    struct config config = config_default();
    snprintf(config.data, sizeof config.data, "%s/house", world.root);
    snprintf(config.key, sizeof config.key, "%s/key", world.root);
    snprintf(config.rights, sizeof config.rights, "%s/rights", world.root);
    for (unsigned role = 0; role < NET_ROLES; role++)
        snprintf(config.tcp[role], sizeof config.tcp[role], "tcp://house/%s", net_role_word(role));
    config.http[0] = '\0';
    config.window = house->window;
    config.group_events = house->group_events;
    config.retry_ms = 50;
    return config;
}

static bool is_called(void *arg)
{
    const struct house *house = arg;
    return house->stop || house->reload;
}

void house_run(void *arg)
{
    struct house *house = arg;
    struct config config = configure(house);
    struct daemon *daemon = NULL;
    tap_house_started();
    bool revoked = world.revoked;
    int code = daemon_start(&config, &daemon);
    if (code != EXIT_SUCCESS)
        process_end(process_here(), code);
    house->starts++;
    house->knows_revoked = house->knows_revoked || revoked;
    while (!house->stop) {
        fiber_wait(is_called, house, WAIT_FOR_EVER);
        if (house->reload) {
            house->reload = false;
            daemon_reload(daemon);
            house->knows_revoked = world.revoked;
        }
    }
    daemon_stop(&daemon);
}

/* --- Restoring. ------------------------------------------------------------------------- */

static void note_epoch(struct house *house, const char *path, uint64_t epoch)
{
    struct store_options options = store_options_default();
    struct store *store;
    struct store_head head;
    if (store_open(path, &options, &store) != 0)
        defect("what was restored cannot be opened: %s", store_open_error());
    store_head(store, &head);
    store_close(&store);
    trace("restored to position %llu, epoch %llu", (unsigned long long)head.position,
          (unsigned long long)epoch);
    if (house->epoch_count == EPOCHS_MAX)
        defect("restored too often");
    house->epochs[house->epoch_count].epoch = epoch;
    house->epochs[house->epoch_count].from = house->restoring->epoch;
    house->epochs[house->epoch_count++].alerts = head.alerts;
}

void restore_run(void *arg)
{
    struct house *house = arg;
    char store[WORLD_PATH_MAX + 16];
    uint64_t epoch = 0;
    snprintf(store, sizeof store, "%s/house/store", world.root);
    files_remove_folder(store);
    int err = store_restore(house->restoring->path, store, NULL, NULL, &epoch);
    if (err != 0) {
        trace("not restored: %s", strerror(-err));
        process_end(process_here(), 1);
    }
    note_epoch(house, store, epoch);
    house->mode = HOUSE_RUNS;
}
