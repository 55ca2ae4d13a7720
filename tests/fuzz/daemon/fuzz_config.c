/* The daemon's configuration file.  What is taken keeps to the limits that the file's own messages state,
 * and what is refused changes nothing and is refused in a sentence that names the file. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"
#include "wire/limits.h"

static void check_config(const struct config *config)
{
    struct in_force told;
    assert(config->window >= 1 && config->window <= WINDOW_MAX);
    assert(config->group_events >= 1 && config->group_events <= 1000000);
    assert(config->retry_ms <= 60 * 60 * 1000);
    assert(config->backup_age_ms > 0 && config->behind_age_ms > 0);
    assert(config->four_eyes.issuer_count <= FOUR_EYES_ISSUERS_MAX);
    config_tell_four_eyes(config, &told);
    assert(strlen(told.text) <= ACTION_TEXT_MAX);
}

FUZZER(config)
{
    static struct config config, before;
    char *error = NULL;
    const char *path = input_file(bytes, size);
    config = before = config_default();
    int err = config_load(path, &config, &error);
    check_config(&config);
    if (err != 0)
        assert(err < 0 && error != NULL && strstr(error, path) != NULL
               && memcmp(&config, &before, sizeof config) == 0);
    free(error);
}
