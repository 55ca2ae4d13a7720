#include "daemon/zap.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/controls.h"
#include "daemon/counters.h"
#include "daemon/log.h"
#include "daemon/queue.h"
#include "daemon/zap_request.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define PROBE_DOMAIN "fundwatch.probe"
#define PROBE_MS     15000      /* a handshake for which a busy machine was too slow is tried again in it */
#define LATE_MS      6000       /* of the seeded bug zap_late: twice what a handshake may take */

struct zap {
    void *context, *socket;
    struct rights_book *book;
    struct bell stop;
    struct net_key probe;       /* let in at PROBE_DOMAIN and nowhere else */
    void (*died)(void *arg);
    void *arg;
    pthread_t thread;
    bool running;
    unsigned garbled;           /* answers, by the seeded bug zap_garbage */
};

/* --- The handler. ------------------------------------------------------------ */

static int send_verdict(void *socket, const struct zap_request *request, bool admitted,
                        const char *user)
{
    const char *code = admitted ? "200" : "400";
    const char *text = admitted ? "OK" : "unknown key";
    const struct { const void *bytes; size_t size; } frames[] = {
        { "1.0", 3 },
        { request->frames[ZAP_REQUEST].bytes, request->frames[ZAP_REQUEST].size },
        { code, 3 }, { text, strlen(text) }, { user, admitted ? strlen(user) : 0 }, { "", 0 },
    };
    size_t last = sizeof frames / sizeof frames[0] - 1;
    for (size_t i = 0; i <= last; i++) {
        if (zmq_send(socket, frames[i].bytes, frames[i].size, i < last ? ZMQ_SNDMORE : 0) < 0)
            return -errno;
    }
    return 0;
}

/* What no handler may say; "200" is in most of it.  libzmq has to let nobody in for any. */
static int send_garbage(void *socket, const struct zap_request *request, unsigned number)
{
    static const char *const garbage[][8] = {
        { "1.0", "",  "200", "OK", "user" },
        { "1.0", "",  "200", "OK", "user", "", "200" },
        { "2.0", "",  "200", "OK", "user", "" },
        { "1.0", "x", "200", "OK", "user", "" },
        { "1.0", "",  "2000", "OK", "user", "" },
        { "1.0", "",  "20x", "OK", "user", "" },
        { "1.0", "",  "200", "OK", "user", "no metadata" },
        { "1.0", "",  "999", "OK", "user", "" },
        { "200" },
    };
    const char *const *frames = garbage[number % (sizeof garbage / sizeof garbage[0])];
    for (size_t i = 0; frames[i] != NULL; i++) {
        /* "" in the second place: the request's own id. */
        bool id = i == 1 && frames[i][0] == '\0';
        const char *bytes = id ? request->frames[ZAP_REQUEST].bytes : frames[i];
        size_t size = id ? request->frames[ZAP_REQUEST].size : strlen(bytes);
        if (zmq_send(socket, bytes, size, frames[i + 1] != NULL ? ZMQ_SNDMORE : 0) < 0)
            return -errno;
    }
    return 0;
}

/* A stranger may have as many keys as he likes, and hardly as many addresses. */
static void tell_refused(const struct zap_request *request, const char *user)
{
    char address[LOG_SUBJECT_SIZE];
    snprintf(address, sizeof address, "keys refused from %.*s", (int)request->frames[ZAP_ADDRESS].size,
             request->frames[ZAP_ADDRESS].bytes);
    log_repeated(LOG_AT_UNUSUAL, "zap", address, "key refused domain=%.*s address=%.*s public=%s",
                 (int)request->frames[ZAP_DOMAIN].size, request->frames[ZAP_DOMAIN].bytes,
                 (int)request->frames[ZAP_ADDRESS].size, request->frames[ZAP_ADDRESS].bytes, user);
}

static int handle_request(struct zap *zap)
{
    struct zap_request request = { .count = 0 };
    char user[NET_KEY_MAX] = "";
    int err = zap_request_receive(zap->socket, &request);
    if (err != 0)
        return err;
    bool probe = zap_frame_is(&request, ZAP_DOMAIN, PROBE_DOMAIN);
    if ((control("zap_dies") || control("zap_gone")) && !probe)
        return -ECANCELED;
    if (control("zap_late") && !probe)
        bell_wait(&zap->stop, LATE_MS);
    if (control("zap_garbage") && !probe)
        return send_garbage(zap->socket, &request, zap->garbled++);
    bool admitted = zap_request_admits(&request, zap->book, PROBE_DOMAIN, zap->probe.public_key, user);
    counter_add(admitted ? COUNTER_KEYS_ADMITTED : COUNTER_KEYS_REFUSED, 1);
    if (!admitted && !probe)
        tell_refused(&request, user);
    return send_verdict(zap->socket, &request, admitted, user);
}

static void *zap_run(void *arg)
{
    struct zap *zap = arg;
    zmq_pollitem_t items[] = {
        { .fd = zap->stop.fd, .events = ZMQ_POLLIN },
        { .socket = zap->socket, .events = ZMQ_POLLIN },
    };
    int err = 0;
    while (err == 0) {
        if (zmq_poll(items, 2, -1) < 0)
            err = errno == EINTR ? 0 : -errno;
        else if (items[0].revents != 0)
            break;
        else if (items[1].revents != 0)
            err = handle_request(zap);
    }
    listener_close(&zap->socket);
    if (err != 0) {
        log_broken("zap", "the handler of keys died: %s", strerror(-err));
        if (!control("zap_gone"))
            zap->died(zap->arg);
    }
    return NULL;
}

static int open_handler(struct zap *zap)
{
    int linger = 0;
    zap->socket = zmq_socket(zap->context, ZMQ_REP);
    if (zap->socket == NULL
            || zmq_setsockopt(zap->socket, ZMQ_LINGER, &linger, sizeof linger) != 0
            || zmq_bind(zap->socket, ZAP_ENDPOINT) != 0)
        return -errno;
    return 0;
}

int zap_start(void *context, struct rights_book *book, void (*died)(void *arg), void *arg,
              struct zap **ret)
{
    struct zap *zap = calloc(1, sizeof *zap);
    if (zap == NULL)
        return -ENOMEM;
    *zap = (struct zap){ .context = context, .book = book, .died = died, .arg = arg,
                        .stop.fd = -1 };
    int err = bell_open(&zap->stop);
    if (err == 0)
        err = net_key_make("probe", &zap->probe);
    if (err == 0)
        err = open_handler(zap);
    if (err == 0)
        err = -pthread_create(&zap->thread, NULL, zap_run, zap);
    zap->running = err == 0;
    if (err == 0)
        *ret = zap;
    else
        zap_stop(&zap);
    return err;
}

void zap_stop(struct zap **zap_p)
{
    struct zap *zap = *zap_p;
    if (zap == NULL)
        return;
    if (zap->running) {
        bell_ring(&zap->stop);
        pthread_join(zap->thread, NULL);
    }
    listener_close(&zap->socket);
    bell_close(&zap->stop);
    net_key_wipe(&zap->probe);
    free(zap);
    *zap_p = NULL;
}

/* --- The proof. -------------------------------------------------------------- */

enum verdict { VERDICT_NONE, VERDICT_REFUSED, VERDICT_IN };

static bool monitor_says_refused(void *monitor)
{
    struct net_message event;
    if (net_receive(monitor, 0, &event) != 0)
        return false;
    uint16_t what = 0;
    if (event.frames[0].size >= sizeof what)
        memcpy(&what, event.frames[0].bytes, sizeof what);
    net_message_free(&event);
    return what == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
}

static bool came_in_as(void *server, const char *public_key)
{
    struct net_message message;
    if (net_receive(server, 0, &message) != 0)
        return false;
    const char *user = listener_user(&message);
    bool right = user != NULL && strcmp(user, public_key) == 0;
    net_message_free(&message);
    return right;
}

/* Waits until the client's message is at the server, or its handshake was refused. */
static enum verdict wait_verdict(void *server, void *monitor, const char *public_key)
{
    zmq_pollitem_t items[] = {
        { .socket = server, .events = ZMQ_POLLIN },
        { .socket = monitor, .events = ZMQ_POLLIN },
    };
    for (;;) {
        int ready = zmq_poll(items, 2, PROBE_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return VERDICT_NONE;
        if (items[0].revents != 0)
            return came_in_as(server, public_key) ? VERDICT_IN : VERDICT_NONE;
        if (items[1].revents != 0 && monitor_says_refused(monitor))
            return VERDICT_REFUSED;
    }
}

static void *open_monitor(void *context, void *client)
{
    static atomic_uint number;
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "inproc://fundwatch.probe.%u",
             atomic_fetch_add(&number, 1));
    if (zmq_socket_monitor(client, endpoint, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) != 0)
        return NULL;
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    if (monitor != NULL && zmq_connect(monitor, endpoint) != 0)
        listener_close(&monitor);
    return monitor;
}

static enum verdict try_key(const struct listener *listener, void *server, const char *endpoint,
                            const struct net_key *key)
{
    void *client = zmq_socket(listener->context, ZMQ_DEALER);
    void *monitor = client == NULL ? NULL : open_monitor(listener->context, client);
    int linger = 0;
    enum verdict verdict = VERDICT_NONE;
    if (monitor != NULL
            && zmq_setsockopt(client, ZMQ_LINGER, &linger, sizeof linger) == 0
            && zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, listener->key.public_key,
                              NET_KEY_MAX) == 0
            && zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, key->public_key, NET_KEY_MAX) == 0
            && zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, key->secret_key, NET_KEY_MAX) == 0
            && zmq_connect(client, endpoint) == 0 && net_send(client, "probe", 5, false) == 0)
        verdict = wait_verdict(server, monitor, key->public_key);
    listener_close(&client);
    listener_close(&monitor);
    return verdict;
}

static int prove(const struct zap *zap, const struct listener *listener, void *server,
                 const char *endpoint)
{
    struct net_key stranger;
    int err = net_key_make("stranger", &stranger);
    if (err != 0)
        return err;
    enum verdict verdict = try_key(listener, server, endpoint, &stranger);
    net_key_wipe(&stranger);
    if (verdict != VERDICT_REFUSED)
        return verdict == VERDICT_IN ? -EACCES : -ETIMEDOUT;
    return try_key(listener, server, endpoint, &zap->probe) == VERDICT_IN ? 0 : -ETIMEDOUT;
}

int zap_prove(struct zap *zap, const struct listener *listener)
{
    char path[NET_PATH_MAX], endpoint[NET_PATH_MAX + 8];
    int err = config_path(listener->config, "run/probe.sock", path, sizeof path);
    if (err != 0 || strlen(path) >= NET_ENDPOINT_MAX - 8)
        return -ENAMETOOLONG;
    snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
    void *server = NULL;
    err = listener_probe(listener, PROBE_DOMAIN, endpoint, &server);
    if (err == 0)
        err = prove(zap, listener, server, endpoint);
    listener_close(&server);
    unlink(path);
    return err;
}
