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
#define FILE_MAX_BYTES 32768    /* more than so many keys take, and comments */
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
                line[end] == '\0' && ret->number > 0 &&
                date_parse(date, &ret->from) == 0;
    ret->destroyed = good && strcmp(hex, DESTROYED) == 0;
    good = good && (ret->destroyed || read_hex(hex, ret->key));
    explicit_bzero(hex, sizeof hex);
    return good;
}

static bool parse_line(const char *line, struct person_keys *keys)
{
    struct person_key *key = &keys->keys[keys->count];
    if (line[0] == '#' || line[0] == '\0')
        return true;
    if (keys->count == PERSON_KEYS_MAX || !parse_key(line, key)
        || (keys->count > 0 && (key->number <= key[-1].number || key->from <= key[-1].from)))
        return false;
    keys->count++;
    return true;
}

/* The file as one text.  Whole, because the rest of a line that does not fit would be taken for another. */
static int read_text(int fd, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;
    while ((got = read(fd, text + length, size - length)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        length += (size_t)got;
        if (length == size)
            return -EILSEQ;
    }
    text[length] = '\0';
    return strlen(text) == length ? 0 : -EILSEQ;
}

static int read_lines(int fd, struct person_keys *keys)
{
    char text[FILE_MAX_BYTES], *rest = text;
    int err = read_text(fd, text, sizeof text);
    for (char *line; err == 0 && (line = strsep(&rest, "\n")) != NULL;) {
        if (!parse_line(line, keys))
            err = -EILSEQ;
    }
    explicit_bzero(text, sizeof text);
    return err == 0 && keys->count == 0 ? -EILSEQ : err;
}

int person_keys_read(const char *path, struct person_keys *ret, const char **ret_error)
{
    *ret_error = "the person key file cannot be opened; fundwatch-registry --make-person-key FILE "
                 "makes one, to be shared by all producers";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0)
        return -errno;
    struct person_keys keys = {.count = 0};
    int err = fstat(fd, &status) != 0 ? -errno : 0;
    if (err == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        *ret_error = "the person key file may be read by others; chmod 600 it";
        err = -EPERM;
    }
    if (err == 0) {
        *ret_error = "the person key file is damaged: each line must be NUMBER FROM-DATE and 64 "
                     "hex digits, numbers and dates rising";
        err = read_lines(fd, &keys);
    }
    close(fd);
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
