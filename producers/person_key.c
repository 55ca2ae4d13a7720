#include "producers/person_key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/net/net.h"

#define LINE_MAX_BYTES 256
#define DESTROYED      "destroyed"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(const char *text, uint8_t key[PERSON_KEY_SIZE])
{
    if (strlen(text) != 2 * PERSON_KEY_SIZE)
        return false;
    for (unsigned i = 0; i < PERSON_KEY_SIZE; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool parse_key(const char *line, struct person_key *ret)
{
    char date[DATE_TEXT_MAX], hex[2 * PERSON_KEY_SIZE + 1];
    int end = 0;
    bool good = sscanf(line, "%9d %15s %64s%n", &ret->number, date, hex, &end) == 3 &&
                strcspn(line + end, "\n") == 0 && ret->number > 0 &&
                date_parse(date, &ret->from) == 0;
    ret->destroyed = good && strcmp(hex, DESTROYED) == 0;
    good = good && (ret->destroyed || read_hex(hex, ret->key));
    explicit_bzero(hex, sizeof hex);
    return good;
}

static int read_lines(FILE *file, struct person_keys *keys, const char **ret_error)
{
    char line[LINE_MAX_BYTES];
    int err = 0;
    while (err == 0 && fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        struct person_key *key = &keys->keys[keys->count];
        if (keys->count == PERSON_KEYS_MAX || !parse_key(line, key) ||
            (keys->count > 0 && (key->number <= key[-1].number || key->from <= key[-1].from)))
            err = -EILSEQ;
        else
            keys->count++;
    }
    explicit_bzero(line, sizeof line);
    if (err == 0 && ferror(file))
        err = -EIO;
    if (err == 0 && keys->count == 0)
        err = -EILSEQ;
    if (err != 0)
        *ret_error = "the person key file is damaged: each line must be NUMBER FROM-DATE and 64 "
                     "hex digits, numbers and dates rising";
    return err;
}

int person_keys_read(const char *path, struct person_keys *ret, const char **ret_error)
{
    *ret_error = "the person key file cannot be opened; fundwatch-registry --make-person-key FILE "
                 "makes one, to be shared by all producers";
    FILE *file = fopen(path, "re");
    struct stat status;
    if (file == NULL)
        return -errno;
    struct person_keys keys = {.count = 0};
    int err = fstat(fileno(file), &status) != 0 ? -errno : 0;
    if (err == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        *ret_error = "the person key file may be read by others; chmod 600 it";
        err = -EPERM;
    }
    setvbuf(file, NULL, _IONBF, 0);     /* no copy of the keys in a buffer that is not ours */
    if (err == 0)
        err = read_lines(file, &keys, ret_error);
    fclose(file);
    if (err == 0)
        *ret = keys;
    person_keys_wipe(&keys);
    return err;
}

void person_keys_wipe(struct person_keys *keys)
{
    explicit_bzero(keys, sizeof *keys);
}

const struct person_key *person_keys_for(const struct person_keys *keys, date_day date)
{
    const struct person_key *found = NULL;
    for (unsigned i = 0; i < keys->count && keys->keys[i].from <= date; i++)
        found = &keys->keys[i];
    return found;
}

static int random_key(int number, date_day from, struct person_key *ret)
{
    *ret = (struct person_key){.number = number, .from = from};
    ssize_t got = getrandom(ret->key, sizeof ret->key, 0);
    return got == (ssize_t)sizeof ret->key ? 0 : -EIO;
}

static int write_keys(int fd, const struct person_keys *keys)
{
    FILE *file = fdopen(fd, "w");
    if (file == NULL) {
        close(fd);
        return -errno;
    }
    setvbuf(file, NULL, _IONBF, 0);
    fputs("# fundwatch person keys: number, first date of events, key.  Keep it secret.\n", file);
    for (unsigned i = 0; i < keys->count; i++) {
        char date[DATE_TEXT_MAX];
        fprintf(file, "%d %s ", keys->keys[i].number, date_format(keys->keys[i].from, date));
        if (keys->keys[i].destroyed)
            fputs(DESTROYED, file);
        for (unsigned byte = 0; byte < PERSON_KEY_SIZE && !keys->keys[i].destroyed; byte++)
            fprintf(file, "%02x", keys->keys[i].key[byte]);
        fputc('\n', file);
    }
    int err = ferror(file) || fsync(fd) != 0 ? -EIO : 0;
    return fclose(file) != 0 ? -EIO : err;
}

/* A new name is durable when its folder is. */
static int sync_folder(const char *path)
{
    char copy[NET_PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int err = fsync(fd) != 0 ? -errno : 0;
    close(fd);
    return err;
}

static int write_new(const char *path, const struct person_keys *keys)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int err = write_keys(fd, keys);
    if (err != 0)
        unlink(path);
    return err != 0 ? err : sync_folder(path);
}

int person_keys_make(const char *path)
{
    if (strlen(path) >= NET_PATH_MAX)
        return -ENAMETOOLONG;
    struct person_keys keys = {.count = 1};
    date_day from;
    date_from_civil(DATE_YEAR_MIN, 1, 1, &from);
    int err = random_key(1, from, &keys.keys[0]);
    if (err == 0)
        err = write_new(path, &keys);
    person_keys_wipe(&keys);
    return err;
}

static int replace(const char *path, const struct person_keys *keys, const char **ret_error)
{
    char fresh[NET_PATH_MAX];
    *ret_error = "the new key file cannot be written beside the old one";
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return -ENAMETOOLONG;
    int err = write_new(fresh, keys);
    if (err == 0 && rename(fresh, path) != 0) {
        err = -errno;
        unlink(fresh);
    }
    return err != 0 ? err : sync_folder(path);
}

int person_keys_add(const char *path, date_day from, const char **ret_error)
{
    struct person_keys keys;
    int err = person_keys_read(path, &keys, ret_error);
    if (err != 0)
        return err;
    const struct person_key *newest = &keys.keys[keys.count - 1];
    if (keys.count == PERSON_KEYS_MAX || from <= newest->from) {
        *ret_error = keys.count == PERSON_KEYS_MAX ? "the file has as many keys as it can"
                                                   : "the newest key begins on or after that date";
        err = -EINVAL;
    } else {
        err = random_key(newest->number + 1, from, &keys.keys[keys.count]);
        keys.count++;
    }
    if (err == 0)
        err = replace(path, &keys, ret_error);
    person_keys_wipe(&keys);
    return err;
}

/* What the file system still has of it is not ours to know; but its blocks are overwritten. */
static int overwrite(int fd)
{
    static const char zeros[LINE_MAX_BYTES];
    struct stat status;
    int err = fstat(fd, &status) != 0 ? -errno : 0;
    for (off_t at = 0; err == 0 && at < status.st_size; at += (off_t)sizeof zeros) {
        off_t left = status.st_size - at;
        size_t size = left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros;
        if (pwrite(fd, zeros, size, at) != (ssize_t)size)
            err = -EIO;
    }
    return err == 0 && fsync(fd) != 0 ? -errno : err;
}

static int replace_and_overwrite(const char *path, const struct person_keys *keys,
                                 const char **ret_error)
{
    *ret_error = "the old key file cannot be written over";
    int old = open(path, O_WRONLY | O_CLOEXEC);
    if (old < 0)
        return -errno;
    int err = replace(path, keys, ret_error);
    if (err == 0) {
        *ret_error = "the key is out of the file, but the old file's bytes could not be overwritten";
        err = overwrite(old);
    }
    close(old);
    return err;
}

int person_keys_destroy(const char *path, int number, const char **ret_error)
{
    struct person_keys keys;
    int err = person_keys_read(path, &keys, ret_error);
    if (err != 0)
        return err;
    err = -ENOENT;
    *ret_error = "there is no such key, or it has been destroyed before";
    for (unsigned i = 0; i < keys.count && err == -ENOENT; i++) {
        if (keys.keys[i].number != number || keys.keys[i].destroyed)
            continue;
        explicit_bzero(keys.keys[i].key, sizeof keys.keys[i].key);
        keys.keys[i].destroyed = true;
        err = replace_and_overwrite(path, &keys, ret_error);
    }
    person_keys_wipe(&keys);
    return err;
}

int person_keys_default_path(char *ret, size_t size)
{
    char folder[NET_PATH_MAX];
    int err = net_data_dir(folder, sizeof folder);
    if (err != 0)
        return err;
    return snprintf(ret, size, "%s/person.key", folder) < (int)size ? 0 : -ENAMETOOLONG;
}
