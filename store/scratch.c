#include "store/scratch.h"

#include "store/files.h"
#include "store/group.h"

static int open_empty(struct txn *copy, const char *path, enum scratch scratch,
                      struct otherwise *otherwise, struct store **ret)
{
    struct store_options options = store_options_default();
    struct store_identity identity;
    struct env env;
    struct txn txn;
    char index[STORE_PATH_MAX];
    int err = head_get_identity(copy, &identity);
    if (err == 0)
        err = files_make_empty_folder(path);
    if (err == 0)
        err = files_join(index, sizeof index, path, "index");
    if (err == 0)
        err = files_make_empty_folder(index);
    if (err == 0)
        err = env_open(path, ENV_SCRATCH, options.map_max, &env);
    if (err != 0)
        return err;
    err = txn_begin(&env, false, &txn);
    if (err == 0) {
        head_put_identity(&txn, &identity);
        head_put(&txn, &(struct head){.clocked = DATE_NONE});
        err = txn_commit(&txn);
    }
    env_close(&env);
    return err != 0 ? err : store_open_scratch(path, &options, scratch, otherwise, ret);
}

int scratch_to_verify(struct txn *copy, const char *path, struct store **ret)
{
    int err = open_empty(copy, path, SCRATCH_VERIFY, NULL, ret);
    if (err == 0)
        (*ret)->journal.rebuilt = copy;
    return err;
}

int scratch_to_know(struct txn *copy, const char *path, struct store **ret)
{
    return open_empty(copy, path, SCRATCH_KNOWN, NULL, ret);
}

int scratch_to_backtest(struct txn *copy, const char *path, struct otherwise *otherwise,
                        struct store **ret)
{
    return open_empty(copy, path, SCRATCH_BACKTEST, otherwise, ret);
}
