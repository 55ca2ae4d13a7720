#include "daemon/telling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/log.h"

/* Whoever can change the files is at the machine, and nobody by name. */
#define WHO "local"

struct telling {
    struct command command;
    size_t count;
    unsigned changed;
    struct in_force told[];
};

static int compare_told(const void *a, const void *b)
{
    return strcmp(((const struct in_force *)a)->subject, ((const struct in_force *)b)->subject);
}

/* NULL without memory. */
static struct telling *gather(const struct config *config, const struct rights *rights)
{
    size_t count = rights_count(rights);
    struct telling *telling = calloc(1, sizeof *telling + (count + 1) * sizeof telling->told[0]);
    if (telling == NULL || rights_tell(rights, telling->told) != 0) {
        free(telling);
        return NULL;
    }
    telling->count = count;
    if (config->four_eyes.kinds != 0)
        config_tell_four_eyes(config, &telling->told[telling->count++]);
    qsort(telling->told, telling->count, sizeof telling->told[0], compare_told);
    return telling;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int tell(struct store *store, struct telling *telling)
{
    int err = store_begin(store, now_ms());
    if (err != 0)
        return err;
    store_actor(store, WHO, "");
    err = store_tell(store, telling->told, telling->count, &telling->changed);
    if (err == 0 && telling->changed > 0)
        return store_commit(store);
    store_abort(store);
    return err;
}

static void log_changes(unsigned changed)
{
    if (changed > 0)
        log_info("daemon", "the journal has what changed of keys and settings changes=%u", changed);
}

int telling_at_start(struct store *store, const struct config *config, const struct rights *rights)
{
    if (!store_has_room(store)) {
        log_unusual("daemon", "no room in the store: which keys have changed is not in the journal");
        return 0;
    }
    struct telling *telling = gather(config, rights);
    if (telling == NULL)
        return -ENOMEM;
    int err = tell(store, telling);
    if (err == 0)
        log_changes(telling->changed);
    free(telling);
    return err;
}

static int telling_run(struct command *command, struct store *store)
{
    struct telling *telling = (struct telling *)command;
    return store_tell(store, telling->told, telling->count, &telling->changed);
}

static void telling_done(struct command *command, int err)
{
    struct telling *telling = (struct telling *)command;
    if (err != 0)
        log_unusual("daemon", "which keys have changed is not in the journal until the rights are read "
                    "again: %s", strerror(-err));
    else
        log_changes(telling->changed);
    free(telling);
}

void telling_changes(struct bookkeeper *bookkeeper, const struct config *config, const struct rights *rights)
{
    struct telling *telling = gather(config, rights);
    if (telling == NULL) {
        log_unusual("daemon", "no memory: which keys have changed is not in the journal");
        return;
    }
    telling->command.run = telling_run;
    telling->command.done = telling_done;
    telling->command.key = WHO;
    if (!bookkeeper_command(bookkeeper, &telling->command))
        telling_done(&telling->command, -EBUSY);
}
