#include "daemon/listener.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <zmq.h>

#include "daemon/controls.h"
#include "daemon/unread.h"
#include "wire/limits.h"

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

static const struct {
    const char *domain;
    int type;
    int size_max;               /* bytes of a message from outside, as it is on the way */
    int send_max;               /* messages waiting for one peer to read them */
} kinds[NET_ROLES] = {
    [NET_INGEST] = { "fundwatch.ingest", ZMQ_ROUTER, MESSAGE_SIZE_MAX, 1024 },
    /* An answer may have a page of PAGE_BYTES_MAX; more of them wait in queries.c. */
    [NET_QUERY]  = { "fundwatch.query",  ZMQ_ROUTER, 64 * 1024,        4 },
    /* libzmq keeps every subscription, also the refused ones, with some 50 bytes for each of its topic.
     * The handshake has about 300. */
    [NET_ALERTS] = { "fundwatch.alerts", ZMQ_XPUB,   512,              1000 },
};
static_assert(QUERY_SIZE_MAX + 4096 <= 64 * 1024, "what is a little too large is refused by name");
static_assert(TOPIC_MAX + 100 <= 512, "so is a topic");

const char *listener_domain(enum net_role role)
{
    return kinds[role].domain;
}

int listener_prepare(const struct config *config)
{
    char run[NET_PATH_MAX];
    int err = config_path(config, "run", run, sizeof run);
    if (err != 0)
        return err;
    if (mkdir(run, 0700) != 0 && errno != EEXIST)
        return -errno;
    return chmod(run, 0700) == 0 ? 0 : -errno;
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_limits(void *socket, enum net_role role)
{
    int64_t size = control("any_size") ? -1 : kinds[role].size_max;
    uint64_t threads = unread_affinity(role);
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size, sizeof size) == 0
        && zmq_setsockopt(socket, ZMQ_AFFINITY, &threads, sizeof threads) == 0
        && set_int(socket, ZMQ_RCVHWM, control("stops_reading") ? 16 : 0)
        && set_int(socket, ZMQ_SNDHWM, kinds[role].send_max)
        && set_int(socket, ZMQ_LINGER, 1000)
        && set_int(socket, ZMQ_HANDSHAKE_IVL, control("no_handshake_end") ? 0 : 3000)
        && set_int(socket, ZMQ_HEARTBEAT_IVL, control("no_heartbeats") ? 0 : 5000)
        && set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, 15000)
        && set_int(socket, ZMQ_BACKLOG, 128);
}

static bool set_manners(void *socket, enum net_role role)
{
    if (kinds[role].type == ZMQ_ROUTER)
        return set_int(socket, ZMQ_ROUTER_MANDATORY, 1)
            && set_int(socket, ZMQ_ROUTER_HANDOVER, control("handover"));
    /* Manual: a subscription counts only once we have looked at it. */
    return set_int(socket, ZMQ_XPUB_MANUAL, 1) && set_int(socket, ZMQ_XPUB_NODROP, control("nodrop"));
}

static bool set_curve(void *socket, const struct net_key *key, const char *domain)
{
    assert((domain[0] != '\0' || control("domain_empty")) && key->secret_key[0] != '\0');
    return set_int(socket, ZMQ_CURVE_SERVER, 1)
        && zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, key->secret_key, NET_KEY_MAX) == 0
        && (domain[0] == '\0' || zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) == 0)
        && set_int(socket, ZMQ_ZAP_ENFORCE_DOMAIN, !control("enforce_off"));
}

/* `domain` NULL: no CURVE, for ipc. */
static int open_socket(const struct listener *listener, enum net_role role, const char *domain,
                       const char *endpoint, void **ret_socket, char *ret_endpoint)
{
    void *socket = zmq_socket(listener->context, kinds[role].type);
    if (socket == NULL)
        return -errno;
    char bound[NET_ENDPOINT_MAX];
    size_t size = sizeof bound;
    bool ok = set_limits(socket, role) && set_manners(socket, role)
        && (domain == NULL || set_curve(socket, &listener->key, domain))
        && zmq_bind(socket, endpoint) == 0
        && zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &size) == 0;
    if (!ok) {
        int err = -errno;
        zmq_close(socket);
        return err;
    }
    *ret_socket = socket;
    if (ret_endpoint != NULL)
        strcpy(ret_endpoint, bound);
    return 0;
}

int listener_ipc(const struct listener *listener, enum net_role role, void **ret_socket,
                 char ret_endpoint[NET_ENDPOINT_MAX])
{
    char name[32], path[sizeof ((struct sockaddr_un *)0)->sun_path];
    char endpoint[sizeof path + 8];
    snprintf(name, sizeof name, "run/%s.sock", net_role_word(role));
    int err = config_path(listener->config, name, path, sizeof path);
    if (err != 0)
        return err;
    snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
    return open_socket(listener, role, NULL, endpoint, ret_socket, ret_endpoint);
}

int listener_tcp_at(const struct listener *listener, enum net_role role, const char *endpoint,
                    void **ret_socket, char ret_endpoint[NET_ENDPOINT_MAX])
{
    const char *domain = control("domain_empty") ? "" : kinds[role].domain;
    return open_socket(listener, role, domain, endpoint, ret_socket, ret_endpoint);
}

int listener_tcp(const struct listener *listener, enum net_role role, void **ret_socket,
                 char ret_endpoint[NET_ENDPOINT_MAX])
{
    return listener_tcp_at(listener, role, listener->config->tcp[role], ret_socket, ret_endpoint);
}

int listener_probe(const struct listener *listener, const char *domain, const char *endpoint,
                   void **ret_socket)
{
    return open_socket(listener, NET_QUERY, domain, endpoint, ret_socket, NULL);
}

const char *listener_user(const struct net_message *message)
{
    assert(message->count > 0);
    return zmq_msg_gets(message->zmq[message->count - 1], "User-Id");
}

const char *listener_peer(const struct net_message *message)
{
    const char *who = listener_user(message);
    if (who == NULL)
        who = zmq_msg_gets(message->zmq[message->count - 1], "Peer-Address");
    return who != NULL ? who : "";
}

void listener_close(void **socket_p)
{
    if (*socket_p != NULL)
        zmq_close(*socket_p);
    *socket_p = NULL;
}
