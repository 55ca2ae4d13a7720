#include "wire/net/net.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/un.h>
#include <zmq.h>

#include "wire/limits.h"

static_assert(sizeof ((struct net_key *)0)->name == SOURCE_NAME_MAX + 1,
              "a key goes by a source's name");

static const struct {
    const char *word;
    int client_type;
    int receive_max;            /* messages waiting on a client's side */
} roles[NET_ROLES] = {
    [NET_INGEST] = { "ingest", ZMQ_DEALER, 2 * WINDOW_MAX },
    [NET_QUERY]  = { "query",  ZMQ_DEALER, 64 },
    [NET_ALERTS] = { "alerts", ZMQ_SUB,    10000 },
};

const char *net_role_word(enum net_role role)
{
    assert(role < NET_ROLES);
    return roles[role].word;
}

/* snprintf() as a copy that either fits or is an error. */
[[gnu::format(printf, 3, 4)]]
static int print(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text;
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return -ENOMEM;
    bool fits = (size_t)length < size;
    if (fits)
        memcpy(to, text, (size_t)length + 1);
    free(text);
    return fits ? 0 : -ENAMETOOLONG;
}

int net_data_dir(char *ret, size_t size)
{
    const char *own = getenv("FUNDWATCH_DIR");
    if (own != NULL && own[0] != '\0')
        return print(ret, size, "%s", own);
    const char *xdg = getenv("XDG_DATA_HOME");
    /* The XDG specification: relative paths in these variables are to be ignored. */
    if (xdg != NULL && xdg[0] == '/')
        return print(ret, size, "%s/fundwatch", xdg);
    const char *home = getenv("HOME");
    if (home == NULL || home[0] == '\0')
        return -ENOENT;
    return print(ret, size, "%s/.local/share/fundwatch", home);
}

int net_default_endpoint(enum net_role role, char *ret, size_t size)
{
    char dir[NET_PATH_MAX], path[sizeof ((struct sockaddr_un *)0)->sun_path];
    int err = net_data_dir(dir, sizeof dir);
    if (err == 0)
        err = print(path, sizeof path, "%s/run/%s.sock", dir, net_role_word(role));
    if (err == 0)
        err = print(ret, size, "ipc://%s", path);
    return err;
}

void *net_context(void)
{
    /* ZeroMQ takes routing ids from rand(), which everybody can guess without a seed. */
    unsigned seed;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return NULL;
    srand(seed);
    return zmq_ctx_new();
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_limits(void *socket, enum net_role role)
{
    int64_t size = MESSAGE_SIZE_MAX;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size, sizeof size) == 0
        && set_int(socket, ZMQ_RCVHWM, roles[role].receive_max)
        && set_int(socket, ZMQ_SNDHWM, 2 * WINDOW_MAX)
        && set_int(socket, ZMQ_LINGER, 0)
        && set_int(socket, ZMQ_HANDSHAKE_IVL, 3000)
        && set_int(socket, ZMQ_HEARTBEAT_IVL, 5000)
        && set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, 15000)
        && set_int(socket, ZMQ_HEARTBEAT_TTL, 20000)
        && set_int(socket, ZMQ_RECONNECT_IVL, 50)
        && set_int(socket, ZMQ_RECONNECT_IVL_MAX, 2000);
}

static bool set_keys(void *socket, const struct net_peer *peer)
{
    if (peer->server_key[0] == '\0')
        return true;
    return zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, peer->server_key, NET_KEY_MAX) == 0
        && zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, peer->key.public_key, NET_KEY_MAX) == 0
        && zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, peer->key.secret_key, NET_KEY_MAX) == 0;
}

void *net_connect(void *context, enum net_role role, const struct net_peer *peer)
{
    assert(role < NET_ROLES);
    bool tcp = strncmp(peer->endpoint, "tcp://", 6) == 0;
    if (tcp && (peer->server_key[0] == '\0' || peer->key.secret_key[0] == '\0')) {
        errno = EACCES;
        return NULL;
    }
    void *socket = zmq_socket(context, roles[role].client_type);
    if (socket == NULL)
        return NULL;
    if (set_limits(socket, role) && set_keys(socket, peer)
            && zmq_connect(socket, peer->endpoint) == 0)
        return socket;
    int err = errno;
    zmq_close(socket);
    errno = err;
    return NULL;
}

/* Receives one part into a new zmq_msg_t; *ret_more says whether there is another. */
static int receive_part(void *socket, int flags, zmq_msg_t **ret, bool *ret_more)
{
    zmq_msg_t *part = malloc(sizeof *part);
    if (part == NULL)
        return -ENOMEM;
    zmq_msg_init(part);
    if (zmq_msg_recv(part, socket, flags) < 0) {
        int err = -errno;
        zmq_msg_close(part);
        free(part);
        return err;
    }
    *ret_more = zmq_msg_more(part);
    *ret = part;
    return 0;
}

static void part_free(zmq_msg_t *part)
{
    zmq_msg_close(part);
    free(part);
}

/* Takes every part of the message that begins next; those beyond the limit are dropped.  With the
 * first part the others have come. */
static int receive_parts(void *socket, int flags, struct net_message *message)
{
    bool more = true, too_many = false;
    while (more) {
        zmq_msg_t *part;
        int err = receive_part(socket, flags, &part, &more);
        if (err != 0)
            return err;
        if (message->count == NET_FRAMES_MAX) {
            too_many = true;
            part_free(part);
            continue;
        }
        unsigned i = message->count++;
        message->zmq[i] = part;
        message->frames[i].bytes = zmq_msg_data(part);
        message->frames[i].size = zmq_msg_size(part);
    }
    return too_many ? -EMSGSIZE : 0;
}

/* The socket waits by itself: with zmq_poll() beside it a wait takes ten system calls instead of four. */
int net_receive(void *socket, int timeout_ms, struct net_message *ret)
{
    struct net_message message = { .count = 0 };
    if (timeout_ms != 0 && !set_int(socket, ZMQ_RCVTIMEO, timeout_ms))
        return -errno;
    int err = receive_parts(socket, timeout_ms == 0 ? ZMQ_DONTWAIT : 0, &message);
    if (err != 0) {
        net_message_free(&message);
        return err;
    }
    *ret = message;
    return 0;
}

void net_message_free(struct net_message *message)
{
    for (unsigned i = 0; i < message->count; i++)
        part_free(message->zmq[i]);
    *message = (struct net_message){ .count = 0 };
}

int net_send(void *socket, const void *bytes, size_t size, bool more)
{
    int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
    return zmq_send(socket, bytes, size, flags) < 0 ? -errno : 0;
}
