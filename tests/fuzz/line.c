#include "tests/fuzz/line.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static struct parts messages;
static int64_t now_ms = 1735689600000;

void line_begin(struct parts parts)
{
    messages = parts;
}

/* --- net.h. ------------------------------------------------------------------------- */

void *__wrap_net_context(void);
void *__wrap_net_connect(void *context, enum net_role role, const struct net_peer *peer);
int __wrap_net_receive(void *socket, int timeout_ms, struct net_message *ret);
void __wrap_net_message_free(struct net_message *message);
int __wrap_net_send(void *socket, const void *bytes, size_t size, bool more);
int __wrap_zmq_close(void *socket);
int __wrap_zmq_ctx_term(void *context);
int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t size);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
void *__wrap_zmq_socket(void *context, int type);
int __wrap_zmq_connect(void *socket, const char *endpoint);
int __wrap_zmq_socket_monitor(void *socket, const char *endpoint, int events);
int __wrap_zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms);

static char sockets[LINE_SOCKETS], context;

void *__wrap_net_context(void)
{
    return &context;
}

void *__wrap_net_connect(void *in, enum net_role role, const struct net_peer *peer)
{
    assert(in == &context && memchr(peer->endpoint, '\0', sizeof peer->endpoint) != NULL);
    return &sockets[role];
}

/* Bytes of their own, as long as they are and no longer. */
static void add_frame(struct net_message *message, const uint8_t *bytes, size_t size)
{
    void *copy = malloc(size);
    assert(size == 0 || copy != NULL);
    if (size > 0)
        memcpy(copy, bytes, size);
    message->frames[message->count].bytes = copy;
    message->frames[message->count].size = size;
    message->zmq[message->count++] = copy;
}

/* Nothing comes, and the time that somebody wanted to wait is over. */
static int nothing(int timeout_ms)
{
    now_ms += timeout_ms > 0 ? timeout_ms : 1;
    return -EAGAIN;
}

int __wrap_net_receive(void *socket, int timeout_ms, struct net_message *ret)
{
    struct net_message message = { .count = 0 };
    unsigned role = (unsigned)((char *)socket - sockets);
    if (messages.left == 0 || messages.at[0] % LINE_SOCKETS != role)
        return nothing(timeout_ms);
    unsigned frames = 1 + take_byte(&messages) / LINE_SOCKETS % (NET_FRAMES_MAX + 1);
    if (frames > NET_FRAMES_MAX)
        return -EMSGSIZE;
    for (unsigned i = 0; i < frames; i++) {
        size_t size;
        const uint8_t *bytes = take_part(&messages, &size);
        add_frame(&message, bytes, size);
    }
    *ret = message;
    return 0;
}

void __wrap_net_message_free(struct net_message *message)
{
    for (unsigned i = 0; i < message->count; i++)
        free(message->zmq[i]);
    *message = (struct net_message){ .count = 0 };
}

int __wrap_net_send(void *socket, const void *bytes, size_t size, bool more)
{
    (void)bytes, (void)more;
    assert(socket >= (void *)sockets && socket < (void *)(sockets + LINE_SOCKETS) && size > 0);
    return 0;
}

void *__wrap_zmq_socket(void *in, int type)
{
    assert(in == &context && type == ZMQ_PAIR);
    return &sockets[LINE_MONITOR];
}

int __wrap_zmq_connect(void *socket, const char *endpoint)
{
    (void)socket, (void)endpoint;
    return 0;
}

int __wrap_zmq_socket_monitor(void *socket, const char *endpoint, int events)
{
    (void)socket, (void)endpoint, (void)events;
    return 0;
}

/* Whoever waits for more than there is has waited. */
int __wrap_zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms)
{
    int ready = 0;
    for (int i = 0; i < count; i++) {
        bool comes = messages.left > 0 && items[i].socket == &sockets[messages.at[0] % LINE_SOCKETS];
        items[i].revents = (short)((comes ? ZMQ_POLLIN : 0) | (items[i].events & ZMQ_POLLOUT));
        ready += items[i].revents != 0;
    }
    if (ready == 0)
        nothing((int)timeout_ms);
    return ready;
}

int __wrap_zmq_close(void *socket)
{
    (void)socket;
    return 0;
}

int __wrap_zmq_ctx_term(void *of)
{
    (void)of;
    return 0;
}

int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t size)
{
    (void)socket, (void)option, (void)value, (void)size;
    return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
    (void)clock;
    now_ms++;
    *ret = (struct timespec){ .tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000 };
    return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    (void)fds, (void)count;
    now_ms += timeout_ms > 0 ? timeout_ms : 0;
    return 0;
}
