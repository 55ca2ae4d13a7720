#include "wire/net/net.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <zmq.h>

/* The sentence of the last failure in this thread. */
static _Thread_local char sentence[NET_PATH_MAX + NET_ENDPOINT_MAX + 128];

[[gnu::format(printf, 3, 4)]]
static int fail(int err, const char **ret_error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    *ret_error = sentence;
    return err;
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int fail_to_read(int err, const char *path, const char **ret_error)
{
    switch (err) {
    case -EPERM:
        return fail(err, ret_error, "the key file %s can be read by others: chmod 600 it", path);
    case -EINVAL:
        return fail(err, ret_error, "%s is not a key file: it has lines \"name: \", \"public: \" "
                    "and \"secret: \", and the two keys belong together", path);
    }
    return fail(err, ret_error, "cannot read the key file %s: %s", path, strerror(-err));
}

static int resolve_default(enum net_role role, struct net_peer *peer, const char **ret_error)
{
    int err = net_default_endpoint(role, peer->endpoint, sizeof peer->endpoint);
    switch (err) {
    case 0:
        return 0;
    case -ENAMETOOLONG:
        return fail(err, ret_error, "the data folder's path is too long for a socket in it: "
                    "set FUNDWATCH_DIR to a shorter one, or name the endpoint");
    }
    return fail(err, ret_error, "there is no home folder: set FUNDWATCH_DIR, or name the endpoint");
}

static int resolve_server_key(const char *server_key, struct net_peer *peer, const char **ret_error)
{
    uint8_t bytes[32];
    if (strlen(server_key) == NET_KEY_MAX - 1 && zmq_z85_decode(bytes, server_key) != NULL) {
        strcpy(peer->server_key, server_key);
        return 0;
    }
    struct net_key key;
    int err = net_key_read(server_key, &key);
    if (err != 0)
        return fail_to_read(err, server_key, ret_error);
    strcpy(peer->server_key, key.public_key);
    net_key_wipe(&key);
    return 0;
}

static int resolve_own_key(const char *key_file, struct net_peer *peer, const char **ret_error)
{
    int err = net_key_read(key_file, &peer->key);
    if (err != 0)
        return fail_to_read(err, key_file, ret_error);
    if (peer->key.secret_key[0] == '\0')
        return fail(-EINVAL, ret_error, "%s has no \"secret: \" line: this must be "
                    "the client's own key file, not the public part", key_file);
    return 0;
}

bool net_port_valid(const char *text, unsigned min)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0' || (text[0] == '0' && digits > 1))
        return false;
    unsigned long port = strtoul(text, NULL, 10);
    return port >= min && port <= 65535;
}

static bool is_host(const char *host, size_t size, bool bound)
{
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    if (bound && size == 1 && host[0] == '*')
        return true;
    if (size > 2 && host[0] == '[' && host[size - 1] == ']')
        return strspn(host + 1, "ABCDEFabcdef0123456789:.%") == size - 2;
    return size > 0 && strspn(host, name) == size;
}

bool net_tcp_valid(const char *endpoint, bool bound)
{
    const char *colon = strrchr(endpoint, ':');
    if (!begins(endpoint, "tcp://") || colon < endpoint + 6)
        return false;
    return is_host(endpoint + 6, (size_t)(colon - endpoint - 6), bound)
        && ((bound && strcmp(colon + 1, "*") == 0) || net_port_valid(colon + 1, bound ? 0 : 1));
}

bool net_socket_path_valid(const char *path)
{
    size_t size = strlen(path);
    return path[0] == '/' && path[size - 1] != '/' && size < sizeof ((struct sockaddr_un *)0)->sun_path;
}

static int resolve_endpoint(const char *endpoint, struct net_peer *peer, const char **ret_error)
{
    size_t length = strlen(endpoint);
    if (length >= sizeof peer->endpoint)
        return fail(-ENAMETOOLONG, ret_error, "the endpoint is longer than %zu bytes",
                    sizeof peer->endpoint - 1);
    if (begins(endpoint, "ipc://") && length - 6 >= sizeof ((struct sockaddr_un *)0)->sun_path)
        return fail(-ENAMETOOLONG, ret_error, "the path in %s is too long for a socket", endpoint);
    if (!begins(endpoint, "ipc://") && !begins(endpoint, "tcp://"))
        return fail(-EINVAL, ret_error, "the endpoint %s is neither ipc://PATH nor tcp://HOST:PORT",
                    endpoint);
    if (begins(endpoint, "ipc://") && length == 6)
        return fail(-EINVAL, ret_error, "the endpoint ipc:// has no path behind it: "
                    "ipc:///DATA/run/query.sock");
    if (begins(endpoint, "tcp://") && !net_tcp_valid(endpoint, false))
        return fail(-EINVAL, ret_error, "the endpoint %s is not tcp://HOST:PORT with a port from 1 to "
                    "65535", endpoint);
    memcpy(peer->endpoint, endpoint, length + 1);
    return 0;
}

int net_peer_resolve(enum net_role role, const char *endpoint, const char *server_key,
                     const char *key_file, struct net_peer *ret, const char **ret_error)
{
    struct net_peer peer = { .endpoint = "" };
    int err = endpoint == NULL ? resolve_default(role, &peer, ret_error)
                               : resolve_endpoint(endpoint, &peer, ret_error);
    if (err != 0)
        return err;
    if (begins(peer.endpoint, "tcp://")) {
        if (server_key == NULL)
            return fail(-EACCES, ret_error, "%s needs the server's public key: nothing is sent "
                        "over TCP unencrypted", peer.endpoint);
        if (key_file == NULL)
            return fail(-EACCES, ret_error, "%s needs a key file of this client: nothing is sent "
                        "over TCP unencrypted", peer.endpoint);
        err = resolve_server_key(server_key, &peer, ret_error);
        if (err == 0)
            err = resolve_own_key(key_file, &peer, ret_error);
    }
    if (err == 0)
        *ret = peer;
    net_key_wipe(&peer.key);
    return err;
}
