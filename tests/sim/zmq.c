/* zmq - the functions of libzmq that the programs call, over the simulated network. */
#include <zmq.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/network_state.h"
#include "tests/sim/system.h"

#define KEY_SIZE 40             /* of a key in Z85 */
#define ID_SIZE  5              /* of a routing id: zero, and the link's number */
#define WITHOUT_END 100000      /* packets that wait where nothing bounds them */

struct message {
    void *bytes;
    size_t size;
    bool more;
    const char *user;
};
static_assert(sizeof(struct message) <= sizeof(zmq_msg_t), "it has room in what it replaces");

static int fail(int error)
{
    errno = error;
    return -1;
}

/* --- Contexts and sockets. ---------------------------------------------------------- */

void *zmq_ctx_new(void)
{
    return malloc(1);
}

int zmq_ctx_set([[maybe_unused]] void *context, [[maybe_unused]] int option, [[maybe_unused]] int value)
{
    return 0;
}

int zmq_ctx_term(void *context)
{
    for (uint32_t i = 0; i < socket_count; i++)
        assert(sockets[i]->context != context);
    free(context);
    return 0;
}

void *zmq_socket(void *context, int type)
{
    assert(socket_count < SOCKETS_MAX);
    struct socket *socket = calloc(1, sizeof *socket);
    assert(socket != NULL);
    *socket = (struct socket){
        .type = type, .context = context, .process = process_here(), .open = true,
        .receive_max = 1000, .send_max = 1000, .timeout_ms = -1, .pause_us = 50000,
    };
    sockets[socket_count++] = socket;
    return socket;
}

int zmq_close(void *socket_)
{
    struct socket *socket = socket_;
    assert(socket->open && socket->process == process_here());
    socket_closed(socket);
    if (socket->event != 0)
        event_close(socket->event);
    fiber_breathe();
    return 0;
}

int zmq_bind(void *socket_, const char *endpoint)
{
    struct socket *socket = socket_;
    for (uint32_t i = 0; i < socket_count; i++)
        if (sockets[i]->bound && strcmp(sockets[i]->endpoint, endpoint) == 0)
            return fail(EADDRINUSE);
    strcpy(socket->endpoint, endpoint);
    socket->bound = true;
    return 0;
}

int zmq_connect(void *socket_, const char *endpoint)
{
    struct socket *socket = socket_;
    strcpy(socket->endpoint, endpoint);
    socket->retry_us = now_us() + 300;
    for (uint32_t i = 0; socket->type == ZMQ_PAIR && i < socket_count; i++)
        if (sockets[i]->context == socket->context && strcmp(sockets[i]->monitor, endpoint) == 0)
            sockets[i]->watcher = socket;
    return 0;
}

int zmq_socket_monitor(void *socket_, const char *endpoint, [[maybe_unused]] int events)
{
    struct socket *socket = socket_;
    assert(strlen(endpoint) < sizeof socket->monitor);
    strcpy(socket->monitor, endpoint);
    return 0;
}

void socket_tell(struct socket *socket, uint16_t event)
{
    struct packet *packet = calloc(1, sizeof *packet);
    uint8_t *bytes = calloc(1, 6);
    if (socket->watcher == NULL) {
        free(packet);
        free(bytes);
        return;
    }
    memcpy(bytes, &event, sizeof event);
    packet->parts[packet->count++] = (struct part){ bytes, 6 };
    line_put(&socket->watcher->in, packet);
}

/* --- Options. --------------------------------------------------------------------- */

static bool socket_readable(void *arg)
{
    const struct socket *socket = arg;
    return socket->reading != NULL || socket->in.count > 0;
}

int zmq_getsockopt(void *socket_, int option, void *to, size_t *size)
{
    struct socket *socket = socket_;
    switch (option) {
    case ZMQ_FD:
        if (socket->event == 0)
            socket->event = event_descriptor(socket_readable, socket);
        memcpy(to, &socket->event, sizeof socket->event);
        return 0;
    case ZMQ_LAST_ENDPOINT:
        *size = strlen(socket->endpoint) + 1;
        memcpy(to, socket->endpoint, *size);
        return 0;
    default:                    /* of libzmq's numbers, which are no enum */
        return fail(EINVAL);
    }
}

static void topics_add(struct topics *topics, const void *bytes, size_t size)
{
    assert(topics->count < TOPICS_MAX && size <= TOPIC_SIZE);
    memcpy(topics->topics[topics->count].bytes, bytes, size);
    topics->topics[topics->count++].size = size;
}

static void subscribe(struct socket *socket, const void *topic, size_t size)
{
    if (socket->type == ZMQ_SUB)
        topics_add(&socket->topics, topic, size);
    else if (socket->heard != NULL)
        topics_add(&socket->heard->topics, topic, size);
}

int zmq_setsockopt(void *socket_, int option, const void *value, size_t size)
{
    struct socket *socket = socket_;
    int number = 0;
    memcpy(&number, value, size < sizeof number ? size : sizeof number);
    switch (option) {
    case ZMQ_RCVHWM:
        socket->receive_max = number == 0 ? WITHOUT_END : number;
        break;
    case ZMQ_SNDHWM:
        socket->send_max = number;
        break;
    case ZMQ_RCVTIMEO:
        socket->timeout_ms = number;
        break;
    case ZMQ_SUBSCRIBE:
        subscribe(socket, value, size);
        break;
    case ZMQ_CURVE_PUBLICKEY:
        memcpy(socket->user, value, KEY_SIZE);
        break;
    default:                    /* the rest changes nothing here */
        break;
    }
    return 0;
}

/* --- Sending. --------------------------------------------------------------------- */

static int send_from_client(struct socket *socket, struct packet *packet)
{
    if (socket->link != NULL)
        return link_send(socket->link, true, packet);
    if (socket->out.count >= (uint32_t)socket->send_max)
        return -EAGAIN;
    line_put(&socket->out, packet);
    return 0;
}

static int publish(struct socket *socket, struct packet *packet)
{
    struct link *link;
    for (uint32_t i = 0; (link = link_at(i)) != NULL; i++) {
        if (link->server != socket || !topics_match(&link->topics, &packet->parts[0]))
            continue;
        struct packet *copy = calloc(1, sizeof *copy);
        for (; copy->count < packet->count; copy->count++) {
            struct part *part = &copy->parts[copy->count];
            part->size = packet->parts[copy->count].size;
            part->bytes = malloc(part->size + 1);
            memcpy(part->bytes, packet->parts[copy->count].bytes, part->size);
        }
        if (link_send(link, false, copy) != 0)
            packet_free(copy);          /* XPUB drops in silence */
    }
    packet_free(packet);
    return 0;
}

static int send_packet(struct socket *socket, struct packet *packet)
{
    switch (socket->type) {
    case ZMQ_DEALER:
        return send_from_client(socket, packet);
    case ZMQ_ROUTER:
        return link_send(socket->to, false, packet);
    case ZMQ_XPUB:
        return publish(socket, packet);
    default:                    /* of libzmq's numbers, which are no enum */
        return -ENOTSUP;
    }
}

/* PROTOCOL relies on ZMQ_ROUTER_MANDATORY: what has no link is refused with its first part. */
static int choose_link(struct socket *socket, const void *id, size_t size)
{
    uint32_t number = 0;
    if (size == ID_SIZE)
        memcpy(&number, (const uint8_t *)id + 1, sizeof number);
    struct link *link = link_of(number);
    if (link == NULL || link->server != socket)
        return fail(EHOSTUNREACH);
    socket->to = link;
    return (int)size;
}

int zmq_send(void *socket_, const void *bytes, size_t size, int flags)
{
    struct socket *socket = socket_;
    assert(socket->process == process_here());
    fiber_breathe();
    if (socket->type == ZMQ_ROUTER && socket->to == NULL)
        return choose_link(socket, bytes, size);
    if (socket->writing == NULL)
        socket->writing = calloc(1, sizeof *socket->writing);
    struct packet *packet = socket->writing;
    assert(packet != NULL && packet->count < PARTS_MAX);
    struct part *part = &packet->parts[packet->count++];
    part->size = size;
    part->bytes = malloc(size + 1);
    memcpy(part->bytes, bytes, size);
    if ((flags & ZMQ_SNDMORE) != 0)
        return (int)size;
    socket->writing = NULL;
    int err = socket->type == ZMQ_ROUTER && !socket->to->up ? -EHOSTUNREACH : send_packet(socket, packet);
    socket->to = NULL;
    if (err == 0)
        return (int)size;
    packet_free(packet);
    return fail(-err);
}

/* --- Receiving. -------------------------------------------------------------------- */

int zmq_msg_init(zmq_msg_t *message)
{
    memset(message, 0, sizeof *message);
    return 0;
}

int zmq_msg_init_data(zmq_msg_t *message_, void *bytes, size_t size, zmq_free_fn *let_go, void *hint)
{
    struct message *message = (struct message *)message_;
    *message = (struct message){ .bytes = malloc(size + 1), .size = size };
    memcpy(message->bytes, bytes, size);
    let_go(bytes, hint);
    return 0;
}

int zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
    int sent = zmq_send(socket, zmq_msg_data(message), zmq_msg_size(message), flags);
    if (sent >= 0)
        zmq_msg_close(message);
    return sent;
}

int zmq_msg_close(zmq_msg_t *message)
{
    free(((struct message *)message)->bytes);
    return zmq_msg_init(message);
}

void *zmq_msg_data(zmq_msg_t *message)
{
    return ((struct message *)message)->bytes;
}

size_t zmq_msg_size(const zmq_msg_t *message)
{
    return ((const struct message *)message)->size;
}

int zmq_msg_more(const zmq_msg_t *message)
{
    return ((const struct message *)message)->more;
}

const char *zmq_msg_gets(const zmq_msg_t *message, const char *property)
{
    const char *user = ((const struct message *)message)->user;
    return strcmp(property, "User-Id") == 0 && user != NULL && user[0] != '\0' ? user : NULL;
}

/* Puts the link's number in front, as a ROUTER does. */
static void add_id(struct packet *packet)
{
    uint8_t *id = calloc(1, ID_SIZE);
    assert(id != NULL && packet->count < PARTS_MAX);
    memcpy(id + 1, &packet->link, sizeof packet->link);
    memmove(packet->parts + 1, packet->parts, packet->count++ * sizeof packet->parts[0]);
    packet->parts[0] = (struct part){ id, ID_SIZE };
}

static void begin_reading(struct socket *socket)
{
    struct packet *packet = socket->reading = line_take(&socket->in);
    socket->part = 0;
    if (packet->link == 0)
        return;                 /* a monitor's */
    if (socket->type == ZMQ_XPUB)
        socket->heard = link_of(packet->link);
    link_read(packet);
    if (socket->type == ZMQ_ROUTER)
        add_id(packet);
}

int zmq_msg_recv(zmq_msg_t *to, void *socket_, int flags)
{
    struct socket *socket = socket_;
    assert(socket->process == process_here());
    int64_t until_us = (flags & ZMQ_DONTWAIT) != 0 ? now_us()
        : socket->timeout_ms < 0 ? WAIT_FOR_EVER : now_us() + socket->timeout_ms * INT64_C(1000);
    if (socket->reading == NULL) {
        fiber_breathe();
        if (!fiber_wait(socket_readable, socket, until_us))
            return fail(EAGAIN);
        begin_reading(socket);
    }
    struct packet *packet = socket->reading;
    struct part *part = &packet->parts[socket->part++];
    *(struct message *)to = (struct message){
        .bytes = part->bytes, .size = part->size, .more = socket->part < packet->count,
        /* libzmq 4.3.4 loses it on a ROUTER's first part. */
        .user = socket->type == ZMQ_ROUTER && socket->part == 1 ? NULL : packet->user,
    };
    int size = (int)part->size;
    part->bytes = NULL;
    if (socket->part == packet->count) {
        packet_free(packet);
        socket->reading = NULL;
    }
    return size;
}

/* --- Waiting. --------------------------------------------------------------------- */

struct items {
    zmq_pollitem_t *items;
    int count;
};

static bool writable(const struct socket *socket)
{
    if (socket->link == NULL)
        return socket->out.count < (uint32_t)socket->send_max;
    const struct socket *server = socket->link->server;
    return socket->link->queued[1] < (uint32_t)socket->send_max
        + (server != NULL ? (uint32_t)server->receive_max : 0);
}

static short events_of(const zmq_pollitem_t *item)
{
    if (item->socket == NULL)
        return event_readable(item->fd) ? ZMQ_POLLIN : 0;
    short events = socket_readable(item->socket) ? ZMQ_POLLIN : 0;
    if ((item->events & ZMQ_POLLOUT) != 0 && writable(item->socket))
        events |= ZMQ_POLLOUT;
    return events & item->events;
}

static bool some_ready(void *arg)
{
    const struct items *items = arg;
    for (int i = 0; i < items->count; i++)
        if (events_of(&items->items[i]) != 0)
            return true;
    return false;
}

int zmq_poll(zmq_pollitem_t *list, int count, long timeout_ms)
{
    struct items items = { list, count };
    int ready = 0;
    fiber_breathe();
    fiber_wait(some_ready, &items, timeout_ms < 0 ? WAIT_FOR_EVER : now_us() + timeout_ms * INT64_C(1000));
    for (int i = 0; i < count; i++) {
        list[i].revents = events_of(&list[i]);
        ready += list[i].revents != 0;
    }
    return ready;
}

/* --- Keys: of a secret one the public one follows, and that is all that they have to do here. ------- */

const char *zmq_strerror(int error)
{
    return strerror(error);
}

uint8_t *zmq_z85_decode(uint8_t *to, const char *text)
{
    if (strlen(text) % 5 != 0)
        return NULL;
    memcpy(to, text, strlen(text) / 5 * 4);
    return to;
}

int zmq_curve_public(char *public_key, const char *secret_key)
{
    memcpy(public_key, secret_key, KEY_SIZE + 1);
    public_key[0] = 'P';
    return 0;
}

int zmq_curve_keypair(char *public_key, char *secret_key)
{
    memset(secret_key, 'S', KEY_SIZE);
    secret_key[KEY_SIZE] = '\0';
    return zmq_curve_public(public_key, secret_key);
}
