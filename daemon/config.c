#include "daemon/config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/yamlfile.h"
#include "store/store.h"
#include "wire/batch.h"
#include "wire/limits.h"

#define GROUP_EVENTS_DEFAULT 8192
#define RETRY_DEFAULT_MS     200
#define DURATION_MAX_MS      (60 * 60 * 1000)
#define AGE_MAX_MS           (UINT64_C(366) * 24 * 60 * 60 * 1000)
#define BACKUP_AGE_DEFAULT   (INT64_C(26) * 60 * 60 * 1000)     /* one a day, and it may be late */
#define BEHIND_AGE_DEFAULT   (INT64_C(60) * 60 * 1000)
#define GROWTH_DAYS_DEFAULT  30

struct listen_entry {
    char *ingest, *query, *alerts;
};

/* Numbers are strings: libcyaml reads "12abc" as 12 and "010" as 8. */
struct file {
    char *data, *key, *rights, *http, *map_max, *reserve, *run_records, *group_events, *window, *retry;
    char *log, *read_only, *backup_age, *growth_days, *behind_age;
    struct listen_entry *listen;
    char **four_eyes, **four_eyes_issuers;
    unsigned four_eyes_count, four_eyes_issuers_count;
};

#define TEXT(type, name) CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
                                                type, name, 1, NET_PATH_MAX - 1)
static const cyaml_schema_field_t listen_fields[] = {
    TEXT(struct listen_entry, ingest), TEXT(struct listen_entry, query),
    TEXT(struct listen_entry, alerts), CYAML_FIELD_END,
};
static const cyaml_schema_value_t word_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, NET_PATH_MAX - 1),
};
#define WORDS_MAX 32
#define LIST(name) CYAML_FIELD_SEQUENCE(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
                                        struct file, name, &word_schema, 0, WORDS_MAX)
static const cyaml_schema_field_t file_fields[] = {
    TEXT(struct file, data), TEXT(struct file, key), TEXT(struct file, rights),
    TEXT(struct file, http), TEXT(struct file, map_max), TEXT(struct file, reserve),
    TEXT(struct file, run_records), TEXT(struct file, group_events), TEXT(struct file, window),
    TEXT(struct file, retry), TEXT(struct file, log), TEXT(struct file, read_only),
    TEXT(struct file, backup_age), TEXT(struct file, growth_days), TEXT(struct file, behind_age),
    CYAML_FIELD_MAPPING_PTR("listen", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file, listen,
                            listen_fields),
    LIST(four_eyes), LIST(four_eyes_issuers),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file, file_fields),
};

/* --- Text to values. --------------------------------------------------------- */

/* Digits, and what stands behind them.  No sign, no blanks, no leading zero but "0" itself. */
static bool parse_digits(const char *text, uint64_t max, uint64_t *ret, const char **ret_rest)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (at == text || (text[0] == '0' && at != text + 1))
        return false;
    *ret = value;
    *ret_rest = at;
    return true;
}

struct unit {
    const char *word;
    uint64_t factor;
};

static bool parse_with_unit(const char *text, const struct unit *units, uint64_t max, uint64_t *ret)
{
    uint64_t value;
    const char *rest;
    if (!parse_digits(text, max, &value, &rest))
        return false;
    for (; units->word != NULL; units++) {
        if (strcmp(rest, units->word) == 0 && value <= max / units->factor) {
            *ret = value * units->factor;
            return true;
        }
    }
    return false;
}

bool config_parse_size(const char *text, uint64_t *ret_bytes)
{
    static const struct unit units[] = {
        { "", 1 }, { "KiB", 1024 }, { "MiB", UINT64_C(1) << 20 }, { "GiB", UINT64_C(1) << 30 },
        { "TiB", UINT64_C(1) << 40 }, { NULL, 0 },
    };
    return parse_with_unit(text, units, INT64_MAX, ret_bytes);
}

bool config_parse_duration(const char *text, uint32_t *ret_ms)
{
    static const struct unit units[] = {
        { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { NULL, 0 },
    };
    uint64_t ms;
    if (!parse_with_unit(text, units, DURATION_MAX_MS, &ms))
        return false;
    *ret_ms = (uint32_t)ms;
    return true;
}

bool config_parse_age(const char *text, int64_t *ret_ms)
{
    static const struct unit units[] = {
        { "s", 1000 }, { "min", 60000 }, { "h", 3600000 }, { "d", 24 * 3600000 }, { NULL, 0 },
    };
    uint64_t ms;
    if (!parse_with_unit(text, units, AGE_MAX_MS, &ms))
        return false;
    *ret_ms = (int64_t)ms;
    return true;
}

static bool parse_count(const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
    uint64_t value;
    const char *rest;
    if (!parse_digits(text, max, &value, &rest) || *rest != '\0' || value < min)
        return false;
    *ret = (uint32_t)value;
    return true;
}

/* --- The file's entries. ----------------------------------------------------- */

static bool set_text(char *to, size_t size, const char *text)
{
    if (strlen(text) >= size)
        return false;
    strcpy(to, text);
    return true;
}

static bool set_data(struct config *c, const char *text)
{
    return config_set_data(c, text) == 0;
}
static bool set_key(struct config *c, const char *text)
{
    return set_text(c->key, sizeof c->key, text);
}
static bool set_rights(struct config *c, const char *text)
{
    return set_text(c->rights, sizeof c->rights, text);
}
static bool set_http(struct config *c, const char *text)
{
    return set_text(c->http, sizeof c->http, text);
}
static bool set_map_max(struct config *c, const char *text)
{
    return config_parse_size(text, &c->map_max) && c->map_max >= 1 << 20;
}
static bool set_reserve(struct config *c, const char *text)
{
    return config_parse_size(text, &c->reserve);
}
static bool set_run_records(struct config *c, const char *text)
{
    return parse_count(text, 64, 16777216, &c->run_records);
}
static bool set_group_events(struct config *c, const char *text)
{
    return parse_count(text, 1, 1000000, &c->group_events);
}
static bool set_window(struct config *c, const char *text)
{
    return parse_count(text, 1, WINDOW_MAX, &c->window);
}
static bool set_retry(struct config *c, const char *text)
{
    return config_parse_duration(text, &c->retry_ms);
}
static bool set_log(struct config *c, const char *text)
{
    return log_level_parse(text, &c->log);
}
static bool set_read_only(struct config *c, const char *text)
{
    c->read_only = strcmp(text, "true") == 0;
    return c->read_only || strcmp(text, "false") == 0;
}
static bool set_backup_age(struct config *c, const char *text)
{
    return config_parse_age(text, &c->backup_age_ms) && c->backup_age_ms > 0;
}
static bool set_growth_days(struct config *c, const char *text)
{
    return parse_count(text, 0, 3650, &c->growth_days);
}
static bool set_behind_age(struct config *c, const char *text)
{
    return config_parse_age(text, &c->behind_age_ms) && c->behind_age_ms > 0;
}
static bool set_ingest(struct config *c, const char *text)
{
    return set_text(c->tcp[NET_INGEST], NET_ENDPOINT_MAX, text);
}
static bool set_query(struct config *c, const char *text)
{
    return set_text(c->tcp[NET_QUERY], NET_ENDPOINT_MAX, text);
}
static bool set_alerts(struct config *c, const char *text)
{
    return set_text(c->tcp[NET_ALERTS], NET_ENDPOINT_MAX, text);
}

struct setting {
    const char *key, *value;
    bool (*set)(struct config *config, const char *text);
    const char *expected;
};

static int apply_settings(const struct setting *settings, size_t count, const char *path,
                          struct config *config, char **ret_error)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting *s = &settings[i];
        if (s->value != NULL && !s->set(config, s->value)) {
            *ret_error = yamlfile_sentence("%s: %s: \"%s\" is not %s", path, s->key, s->value,
                                       s->expected);
            return -EINVAL;
        }
    }
    return 0;
}

static int apply_file(const struct file *file, const char *path, struct config *config,
                      char **ret_error)
{
    static const struct listen_entry nowhere;
    const struct listen_entry *listen = file->listen != NULL ? file->listen : &nowhere;
    const struct setting settings[] = {
        /* The data folder first: it moves the defaults of key and rights. */
        { "data", file->data, set_data, "a folder with a path short enough" },
        { "key", file->key, set_key, "a path" },
        { "rights", file->rights, set_rights, "a path" },
        { "http", file->http, set_http, "an address" },
        { "map_max", file->map_max, set_map_max, "a size of at least 1MiB, such as 64GiB" },
        { "reserve", file->reserve, set_reserve, "a size such as 256MiB" },
        { "run_records", file->run_records, set_run_records, "a number from 64 to 16777216" },
        { "group_events", file->group_events, set_group_events, "a number from 1 to 1000000" },
        { "window", file->window, set_window, "a number from 1 to 64" },
        { "retry", file->retry, set_retry, "a duration such as 200ms, at most 60min" },
        { "log", file->log, set_log, "debug, info, unusual or broken" },
        { "read_only", file->read_only, set_read_only, "true or false" },
        { "backup_age", file->backup_age, set_backup_age, "an age such as 26h or 7d, at most 366d" },
        { "growth_days", file->growth_days, set_growth_days, "a number of days from 0 to 3650" },
        { "behind_age", file->behind_age, set_behind_age, "an age such as 1h, at most 366d" },
        { "listen.ingest", listen->ingest, set_ingest, "an endpoint" },
        { "listen.query", listen->query, set_query, "an endpoint" },
        { "listen.alerts", listen->alerts, set_alerts, "an endpoint" },
    };
    return apply_settings(settings, sizeof settings / sizeof settings[0], path, config, ret_error);
}

static int apply_four_eyes(const struct file *file, const char *path, struct four_eyes *four_eyes,
                           char **ret_error)
{
    for (unsigned i = 0; i < file->four_eyes_count; i++) {
        const char *word = file->four_eyes[i];
        unsigned kind = event_kind_of(word, strlen(word));
        if (kind == 0) {
            *ret_error = yamlfile_sentence("%s: four_eyes: \"%s\" is no kind of event", path, word);
            return -EINVAL;
        }
        four_eyes->kinds |= UINT32_C(1) << kind;
    }
    if (file->four_eyes_issuers_count > FOUR_EYES_ISSUERS_MAX) {
        *ret_error = yamlfile_sentence("%s: four_eyes_issuers: at most %d", path, FOUR_EYES_ISSUERS_MAX);
        return -EINVAL;
    }
    for (unsigned i = 0; i < file->four_eyes_issuers_count; i++) {
        const char *pattern = file->four_eyes_issuers[i];
        size_t size = strlen(pattern), name = size - (pattern[size - 1] == '*');
        if (name > SOURCE_NAME_MAX || (name > 0 && !source_name_valid(pattern, name))) {
            *ret_error = yamlfile_sentence("%s: four_eyes_issuers: \"%s\" is no name, nor the beginning of "
                                           "names and '*'", path, pattern);
            return -EINVAL;
        }
        strcpy(four_eyes->issuers[four_eyes->issuer_count++], pattern);
    }
    return 0;
}

int config_load(const char *path, struct config *config, char **ret_error)
{
    void *data;
    int err = yamlfile_load(path, &file_schema, &data, ret_error);
    if (err != 0)
        return err;
    struct config changed = *config;
    err = apply_file(data, path, &changed, ret_error);
    if (err == 0)
        err = apply_four_eyes(data, path, &changed.four_eyes, ret_error);
    yamlfile_free(&file_schema, data);
    if (err == 0)
        *config = changed;
    return err;
}

/* --- The whole. -------------------------------------------------------------- */

static int join(const char *dir, const char *name, char *ret, size_t size)
{
    int length = snprintf(ret, size, "%s/%s", dir, name);
    return length >= 0 && (size_t)length < size ? 0 : -ENAMETOOLONG;
}

int config_path(const struct config *config, const char *name, char *ret, size_t size)
{
    return join(config->data, name, ret, size);
}

/* True if `path` is where a file of the data folder is by default. */
static bool is_default(const struct config *config, const char *path, const char *name)
{
    char expected[2 * NET_PATH_MAX];
    return path[0] == '\0'
        || (config_path(config, name, expected, sizeof expected) == 0
            && strcmp(expected, path) == 0);
}

int config_set_data(struct config *config, const char *dir)
{
    bool moves_key = is_default(config, config->key, "server.key");
    bool moves_rights = is_default(config, config->rights, "rights.yaml");
    if (!set_text(config->data, sizeof config->data, dir))
        return -ENAMETOOLONG;
    int err = 0;
    if (moves_key)
        err = config_path(config, "server.key", config->key, sizeof config->key);
    if (moves_rights && err == 0)
        err = config_path(config, "rights.yaml", config->rights, sizeof config->rights);
    return err;
}

struct config config_default(void)
{
    return (struct config){
        .group_events = GROUP_EVENTS_DEFAULT,
        .window = WINDOW_DEFAULT,
        .retry_ms = RETRY_DEFAULT_MS,
        .backup_age_ms = BACKUP_AGE_DEFAULT,
        .behind_age_ms = BEHIND_AGE_DEFAULT,
        .growth_days = GROWTH_DAYS_DEFAULT,
        .log = LOG_AT_INFO,
    };
}

int config_settle(struct config *config)
{
    if (config->data[0] != '\0')
        return 0;
    char dir[NET_PATH_MAX];
    int err = net_data_dir(dir, sizeof dir);
    return err == 0 ? config_set_data(config, dir) : err;
}

void config_tell_four_eyes(const struct config *config, struct in_force *ret)
{
    const struct four_eyes *four_eyes = &config->four_eyes;
    char *to = ret->text;
    size_t size = sizeof ret->text, used;
    *ret = (struct in_force){ .subject = "four_eyes", .name = "four_eyes" };
    used = (size_t)snprintf(to, size, "four_eyes:");
    for (unsigned kind = 0; kind < KIND_END && used < size; kind++) {
        if (four_eyes->kinds >> kind & 1)
            used += (size_t)snprintf(to + used, size - used, " %s", event_kind_word(kind));
    }
    for (unsigned i = 0; i < four_eyes->issuer_count && used < size; i++)
        used += (size_t)snprintf(to + used, size - used, "%s %s", i == 0 ? ", reversals of" : ",",
                                 four_eyes->issuers[i]);
    hash_digest(four_eyes, sizeof *four_eyes, ret->digest);
}

bool config_has_tcp(const struct config *config)
{
    for (unsigned role = 0; role < NET_ROLES; role++) {
        if (config->tcp[role][0] != '\0')
            return true;
    }
    return false;
}

static const char *check_listen(const struct config *config)
{
    static char sentence[NET_ENDPOINT_MAX + 192];
    for (unsigned role = 0; role < NET_ROLES; role++) {
        const char *endpoint = config->tcp[role];
        if (endpoint[0] == '\0' || net_tcp_valid(endpoint, true))
            continue;
        snprintf(sentence, sizeof sentence, "listen.%s: \"%s\" is not tcp://ADDRESS:PORT with a port "
                 "from 1 to 65535; the ipc sockets are in the data folder by themselves",
                 net_role_word(role), endpoint);
        return sentence;
    }
    return NULL;
}

static const char *check_http(const char *http)
{
    static char sentence[NET_PATH_MAX + 192];
    const char *wrong = NULL;
    if (strncmp(http, "unix:", 5) == 0 && !net_socket_path_valid(http + 5))
        wrong = "needs the absolute path of a file, at most 107 bytes long, behind unix:";
    else if (strncmp(http, "127.0.0.1:", 10) == 0 && !net_port_valid(http + 10, 0))
        wrong = "needs a port from 1 to 65535 behind 127.0.0.1:, or 0 for any that is free, and nothing else";
    else if (http[0] != '\0' && strncmp(http, "unix:", 5) != 0 && strncmp(http, "127.0.0.1:", 10) != 0)
        wrong = "is not 127.0.0.1:PORT or unix:/PATH: it has no keys, so it is not for the network; put a "
                "proxy with TLS in front";
    if (wrong == NULL)
        return NULL;
    snprintf(sentence, sizeof sentence, "http: \"%s\" %s", http, wrong);
    return sentence;
}

/* The daemon's own sockets are there. */
static bool http_is_in_run(const struct config *config)
{
    char run[NET_PATH_MAX];
    return strncmp(config->http, "unix:", 5) == 0 && config_path(config, "run/", run, sizeof run) == 0
        && strncmp(config->http + 5, run, strlen(run)) == 0;
}

/* Below its reserve the store takes nothing, so a map as small as that never would. */
static bool map_holds_reserve(const struct config *config)
{
    struct store_options options = store_options_default();
    uint64_t map_max = config->map_max != 0 ? config->map_max : options.map_max;
    uint64_t reserve = config->reserve != 0 ? config->reserve : options.reserve;
    return map_max / 2 >= reserve;
}

const char *config_check(const struct config *config)
{
    if (config->data[0] == '\0')
        return "the data folder has no name";
    const char *wrong = check_listen(config);
    if (wrong == NULL)
        wrong = check_http(config->http);
    if (wrong != NULL)
        return wrong;
    if (http_is_in_run(config))
        return "http is in DATA/run, which is for the daemon's sockets of ZeroMQ: say another folder";
    if (config->four_eyes.kinds != 0 && !config_has_tcp(config))
        return "four_eyes needs persons, which only keys have: listen says where keys are used";
    if (config->four_eyes.issuer_count > 0 && (config->four_eyes.kinds >> KIND_REVERSAL & 1) == 0)
        return "four_eyes_issuers is about reversals, which four_eyes does not have";
    if (!map_holds_reserve(config))
        return "map_max is less than twice the reserve (64MiB unless it is set): nothing would fit";
    return NULL;
}
