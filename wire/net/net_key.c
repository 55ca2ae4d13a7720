/* Key files are text that a person can read and compare:
 *
 *     name: hospital-130207-01
 *     public: rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7
 *     secret: JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6
 *
 * Empty lines and lines that begin with '#' are passed over. */
#include "wire/net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "wire/batch.h"

#define KEY_FILE_MAX 4096       /* bytes; a key file has 150 and what comments it carries */

int net_key_make(const char *name, struct net_key *ret)
{
    if (!source_name_valid(name, strlen(name)))
        return -EINVAL;
    struct net_key key = { .name = "" };
    strcpy(key.name, name);
    if (zmq_curve_keypair(key.public_key, key.secret_key) != 0)
        return -errno;
    *ret = key;
    net_key_wipe(&key);
    return 0;
}

void net_key_wipe(struct net_key *key)
{
    explicit_bzero(key->secret_key, sizeof key->secret_key);
}

static bool is_z85_key(const char *text)
{
    uint8_t bytes[32];
    bool ok = strlen(text) == NET_KEY_MAX - 1 && zmq_z85_decode(bytes, text) != NULL;
    explicit_bzero(bytes, sizeof bytes);
    return ok;
}

/* Copies the value of "KEY: value" if `line` is that; a key that stands twice is an error. */
static bool take_value(const char *line, const char *key, char *to, size_t size)
{
    size_t prefix = strlen(key);
    if (strncmp(line, key, prefix) != 0 || to[0] != '\0')
        return false;
    size_t length = strlen(line + prefix);
    if (length == 0 || length >= size)
        return false;
    memcpy(to, line + prefix, length + 1);
    return true;
}

static bool take_line(const char *line, struct net_key *key)
{
    return line[0] == '\0' || line[0] == '#'
        || take_value(line, "name: ", key->name, sizeof key->name)
        || take_value(line, "public: ", key->public_key, sizeof key->public_key)
        || take_value(line, "secret: ", key->secret_key, sizeof key->secret_key);
}

static int parse_key(char *text, struct net_key *key)
{
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        line[strcspn(line, "\r")] = '\0';
        if (!take_line(line, key))
            return -EINVAL;
    }
    if (!source_name_valid(key->name, strlen(key->name)) || !is_z85_key(key->public_key))
        return -EINVAL;
    if (key->secret_key[0] == '\0')
        return 0;
    char derived[NET_KEY_MAX];
    if (!is_z85_key(key->secret_key) || zmq_curve_public(derived, key->secret_key) != 0)
        return -EINVAL;
    return strcmp(derived, key->public_key) == 0 ? 0 : -EINVAL;
}

static int read_all(int fd, char *text, size_t size)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = read(fd, text + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        length += (size_t)got;
        if (length == size)
            return -EFBIG;
    }
    text[length] = '\0';
    return strlen(text) == length ? 0 : -EINVAL;
}

/* A secret in a file that others can read is none. */
static int check_owner(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    return st.st_uid == geteuid() && (st.st_mode & 077) == 0 ? 0 : -EPERM;
}

int net_key_read(const char *path, struct net_key *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    char text[KEY_FILE_MAX];
    struct net_key key = { .name = "" };
    int err = read_all(fd, text, sizeof text);
    if (err == 0)
        err = parse_key(text, &key);
    if (err == 0 && key.secret_key[0] != '\0')
        err = check_owner(fd);
    if (err == 0)
        *ret = key;
    close(fd);
    explicit_bzero(text, sizeof text);
    net_key_wipe(&key);
    return err;
}

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, text, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        text += put;
        size -= (size_t)put;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

static int sync_folder_of(const char *path)
{
    char copy[NET_PATH_MAX];
    if (strlen(path) >= sizeof copy)
        return -ENAMETOOLONG;
    strcpy(copy, path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int err = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return err;
}

int net_key_write(const char *path, const struct net_key *key, bool with_secret)
{
    char text[KEY_FILE_MAX];
    int length = snprintf(text, sizeof text, "name: %s\npublic: %s\n%s%s%s",
                          key->name, key->public_key, with_secret ? "secret: " : "",
                          with_secret ? key->secret_key : "", with_secret ? "\n" : "");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, with_secret ? 0600 : 0644);
    if (fd < 0)
        return -errno;
    int err = write_all(fd, text, (size_t)length);
    if (close(fd) != 0 && err == 0)
        err = -errno;
    explicit_bzero(text, sizeof text);
    if (err == 0)
        err = sync_folder_of(path);
    if (err != 0)
        unlink(path);
    return err;
}

void net_no_cores(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    /* A handler that core_pattern names gets the memory whatever the limit is, unless it is not dumpable. */
    prctl(PR_SET_DUMPABLE, 0);
}
