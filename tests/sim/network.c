#include "tests/sim/network.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/sim/network_state.h"

#define PACKETS_MAX     16384   /* under way at once */
#define LATENCY_MAX_US  400
#define LATE_MAX_US     800000
#define NOTICE_US       INT64_C(15000000)       /* ZMQ_HEARTBEAT_TIMEOUT of both sides */
#define RETRY_MIN_US    50000   /* ZMQ_RECONNECT_IVL, and its MAX */
#define RETRY_MAX_US    2000000
#define HELD_US         100000

struct socket *sockets[SOCKETS_MAX];
uint32_t socket_count;
static struct link links[LINKS_MAX];
static uint32_t link_count;             /* numbers given */
static struct link *up[LINKS_MAX];      /* those that are up, in the order of their numbers */
static uint32_t up_count;
static struct packet *wire[PACKETS_MAX];
static uint32_t wire_count;
static uint64_t packet_count;
static struct network_faults faults;
static struct random chance;
static const struct observer *observer;

/* --- Queues. ----------------------------------------------------------------------- */

void packet_free(struct packet *packet)
{
    for (unsigned i = 0; i < packet->count; i++)
        free(packet->parts[i].bytes);
    free(packet);
}

void line_put(struct line *line, struct packet *packet)
{
    if (line->first + line->count == line->room) {
        if (line->first > 0)
            memmove(line->packets, line->packets + line->first, line->count * sizeof line->packets[0]);
        line->first = 0;
        if (line->count == line->room) {
            line->room = 2 * line->room + 16;
            line->packets = realloc(line->packets, line->room * sizeof line->packets[0]);
            assert(line->packets != NULL);
        }
    }
    line->packets[line->first + line->count++] = packet;
}

struct packet *line_take(struct line *line)
{
    if (line->count == 0)
        return NULL;
    line->count--;
    return line->packets[line->first++];
}

static void line_empty(struct line *line)
{
    for (struct packet *packet; (packet = line_take(line)) != NULL;)
        packet_free(packet);
    free(line->packets);
    *line = (struct line){ .count = 0 };
}

bool topics_match(const struct topics *topics, const struct part *topic)
{
    for (uint32_t i = 0; i < topics->count; i++)
        if (topic->size >= topics->topics[i].size
                && memcmp(topic->bytes, topics->topics[i].bytes, topics->topics[i].size) == 0)
            return true;
    return false;
}

/* --- Links. ------------------------------------------------------------------------ */

struct link *link_of(uint32_t number)
{
    return number >= 1 && number <= link_count && links[number - 1].up ? &links[number - 1] : NULL;
}

struct link *link_at(uint32_t index)
{
    return index < up_count ? up[index] : NULL;
}

static bool is_cut(const struct link *link)
{
    return (link->client != NULL && link->client->process->machine->cut_off)
        || (link->server != NULL && link->server->process->machine->cut_off);
}

static bool put_on_wire(struct link *link, bool to_server, struct packet *packet)
{
    int64_t at_us = now_us() + random_between(&chance, 20, LATENCY_MAX_US);
    bool late = random_once_in(&chance, faults.late);
    if (late)
        at_us += random_below(&chance, LATE_MAX_US);
    if (!(late && faults.reordered)) {
        if (at_us < link->last_us[to_server])
            at_us = link->last_us[to_server];
        link->last_us[to_server] = at_us;
    }
    assert(wire_count < PACKETS_MAX);
    packet->at_us = at_us;
    packet->number = ++packet_count;
    link->queued[to_server]++;
    wire[wire_count++] = packet;
    return late;
}

static struct packet *copy_of(const struct packet *packet)
{
    struct packet *copy = malloc(sizeof *copy);
    assert(copy != NULL);
    *copy = *packet;
    for (unsigned i = 0; i < copy->count; i++) {
        copy->parts[i].bytes = malloc(copy->parts[i].size + 1);
        assert(copy->parts[i].bytes != NULL);
        memcpy(copy->parts[i].bytes, packet->parts[i].bytes, packet->parts[i].size);
    }
    return copy;
}

int link_send(struct link *link, bool to_server, struct packet *packet)
{
    const struct socket *to = to_server ? link->server : link->client;
    const struct socket *from = to_server ? link->client : link->server;
    uint32_t max = (uint32_t)from->send_max + (to != NULL ? (uint32_t)to->receive_max : 0);
    if (link->queued[to_server] >= max)
        return -EAGAIN;
    packet->link = link->number;
    packet->to_server = to_server;
    packet->user = link->user;
    observer->sent(packet, link->endpoint, link->user);
    if (to == NULL || link->ends_us != INT64_MAX || random_once_in(&chance, faults.lost)) {
        packet_free(packet);
        return 0;
    }
    if (random_once_in(&chance, faults.repeated))
        put_on_wire(link, to_server, copy_of(packet));
    put_on_wire(link, to_server, packet);
    return 0;
}

void link_read(const struct packet *packet)
{
    struct link *link = link_of(packet->link);
    if (link == NULL)
        return;
    link->queued[packet->to_server]--;
    observer->read(packet, link->endpoint, link->user);
}

static void send_subscriptions(struct link *link)
{
    const struct topics *topics = &link->client->topics;
    for (uint32_t i = 0; i < topics->count; i++) {
        struct packet *packet = calloc(1, sizeof *packet);
        uint8_t *bytes = malloc(topics->topics[i].size + 1);
        assert(packet != NULL && bytes != NULL);
        bytes[0] = 1;
        memcpy(bytes + 1, topics->topics[i].bytes, topics->topics[i].size);
        packet->parts[packet->count++] = (struct part){ bytes, topics->topics[i].size + 1 };
        link_send(link, true, packet);
    }
}

static void link_up(struct socket *client, struct socket *server)
{
    assert(link_count < LINKS_MAX);
    struct link *link = &links[link_count++];
    *link = (struct link){
        .number = link_count, .up = true, .client = client, .server = server,
        .ends_us = INT64_MAX, .cut_us = INT64_MAX,
    };
    up[up_count++] = link;
    strcpy(link->user, client->user);
    strcpy(link->endpoint, server->endpoint);
    client->link = link;
    client->pause_us = RETRY_MIN_US;
    trace("%s connects to %s as #%u", client->process->name, strrchr(server->endpoint, '/'), link->number);
    socket_tell(client, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    send_subscriptions(link);
    for (struct packet *packet; (packet = line_take(&client->out)) != NULL;)
        if (link_send(link, true, packet) != 0)
            packet_free(packet);
}

static void link_down(struct link *link)
{
    struct socket *client = link->client;
    uint32_t left = 0;
    link->up = false;
    for (uint32_t i = 0; i < up_count; i++)
        if (up[i] != link)
            up[left++] = up[i];
    up_count = left;
    trace("#%u ends", link->number);
    for (uint32_t i = 0; i < wire_count;) {
        if (wire[i]->link != link->number) {
            i++;
            continue;
        }
        packet_free(wire[i]);
        wire[i] = wire[--wire_count];
    }
    if (link->server != NULL && link->server->heard == link)
        link->server->heard = NULL;
    if (client == NULL)
        return;
    client->link = NULL;
    client->retry_us = now_us() + client->pause_us;
    socket_tell(client, ZMQ_EVENT_DISCONNECTED);
}

/* --- Ends. ------------------------------------------------------------------------- */

static void end_later(struct link *link, int64_t us)
{
    int64_t at_us = now_us() + us;
    if (at_us < link->ends_us)
        link->ends_us = at_us;
}

/* Some of what the socket has sent has left already: the first few. */
static void cut_short(struct link *link, bool to_server, bool lost)
{
    int64_t until_us = now_us() + (lost ? 0 : random_below(&chance, LATENCY_MAX_US));
    for (uint32_t i = 0; i < wire_count;) {
        bool gone = wire[i]->link == link->number
            && (wire[i]->to_server != to_server || wire[i]->at_us > until_us);
        if (!gone) {
            i++;
            continue;
        }
        link->queued[wire[i]->to_server]--;
        packet_free(wire[i]);
        wire[i] = wire[--wire_count];
    }
    end_later(link, lost ? random_below(&chance, (uint32_t)NOTICE_US) : LATENCY_MAX_US);
}

void socket_closed(struct socket *socket)
{
    struct link *link;
    for (uint32_t i = 0; (link = link_at(i)) != NULL; i++) {
        if (link->client != socket && link->server != socket)
            continue;
        bool client = link->client == socket;
        if (client)
            link->client = NULL;
        else
            link->server = NULL;
        cut_short(link, client, socket->process->machine->lost);
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < socket_count; i++) {
        if (sockets[i]->watcher == socket)
            sockets[i]->watcher = NULL;
        if (sockets[i] != socket)
            sockets[left++] = sockets[i];
    }
    socket_count = left;
    socket->open = false;
    socket->link = NULL;
    line_empty(&socket->in);
    line_empty(&socket->out);
}

void network_process_ended(struct process *process)
{
    for (uint32_t i = socket_count; i > 0; i--)
        if (sockets[i - 1]->process == process)
            socket_closed(sockets[i - 1]);
}

void network_break(const struct machine *machine)
{
    struct link *link;
    for (uint32_t i = 0; (link = link_at(i)) != NULL; i++) {
        bool ours = (link->client != NULL && link->client->process->machine == machine)
            || (link->server != NULL && link->server->process->machine == machine);
        if (ours)
            end_later(link, 0);
    }
}

void network_cut(struct machine *machine, bool cut_off)
{
    machine->cut_off = cut_off;
    struct link *link;
    for (uint32_t i = 0; (link = link_at(i)) != NULL; i++)
        link->cut_us = !is_cut(link) ? INT64_MAX : link->cut_us == INT64_MAX ? now_us() : link->cut_us;
}

/* --- Time. ------------------------------------------------------------------------- */

static bool is_connecting(const struct socket *socket)
{
    return !socket->bound && socket->link == NULL && socket->endpoint[0] != '\0'
        && socket->type != ZMQ_PAIR;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_us(void)
{
    int64_t next = INT64_MAX;
    struct link *link;
    for (uint32_t i = 0; i < wire_count; i++)
        next = earlier(next, wire[i]->at_us);
    for (uint32_t i = 0; (link = link_at(i)) != NULL; i++) {
        next = earlier(next, link->ends_us);
        if (link->cut_us != INT64_MAX)
            next = earlier(next, link->cut_us + NOTICE_US);
    }
    for (uint32_t i = 0; i < socket_count; i++)
        if (is_connecting(sockets[i]))
            next = earlier(next, sockets[i]->retry_us);
    return next;
}

static void arrive(struct packet *packet)
{
    struct link *link = link_of(packet->link);
    struct socket *to = packet->to_server ? link->server : link->client;
    if (is_cut(link)) {
        packet->at_us += HELD_US;
        wire[wire_count++] = packet;
    } else if (to == NULL) {
        link->queued[packet->to_server]--;
        packet_free(packet);
    } else {
        line_put(&to->in, packet);
    }
}

/* The first of those that are there by now. */
static struct packet *take_arrived(int64_t now)
{
    uint32_t first = wire_count;
    for (uint32_t i = 0; i < wire_count; i++) {
        bool sooner = first == wire_count || wire[i]->at_us < wire[first]->at_us
            || (wire[i]->at_us == wire[first]->at_us && wire[i]->number < wire[first]->number);
        if (wire[i]->at_us <= now && sooner)
            first = i;
    }
    if (first == wire_count)
        return NULL;
    struct packet *packet = wire[first];
    wire[first] = wire[--wire_count];
    return packet;
}

static struct socket *server_at(const char *endpoint)
{
    for (uint32_t i = 0; i < socket_count; i++)
        if (sockets[i]->bound && strcmp(sockets[i]->endpoint, endpoint) == 0)
            return sockets[i];
    return NULL;
}

static void try_connecting(struct socket *client, int64_t now)
{
    struct socket *server = server_at(client->endpoint);
    if (server != NULL && !server->process->machine->cut_off && !client->process->machine->cut_off) {
        link_up(client, server);
        return;
    }
    client->retry_us = now + client->pause_us;
    client->pause_us = earlier(2 * client->pause_us, RETRY_MAX_US);
    socket_tell(client, ZMQ_EVENT_CONNECT_RETRIED);
}

static void pass(int64_t now)
{
    struct link *link;
    for (struct packet *packet; (packet = take_arrived(now)) != NULL;)
        arrive(packet);
    for (uint32_t i = 0; (link = link_at(i)) != NULL;) {
        bool over = link->ends_us <= now || (link->cut_us != INT64_MAX && link->cut_us + NOTICE_US <= now);
        if (over)
            link_down(link);
        else
            i++;
    }
    for (uint32_t i = 0; i < socket_count; i++)
        if (is_connecting(sockets[i]) && sockets[i]->retry_us <= now)
            try_connecting(sockets[i], now);
}

void network_begin(uint64_t seed)
{
    chance = random_stream(seed, "network");
    kernel_on_time(next_us, pass);
}

void network_faults(struct network_faults faults_)
{
    faults = faults_;
}

void network_observe(const struct observer *observer_)
{
    observer = observer_;
}
