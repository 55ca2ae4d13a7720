/* network_state - what the wire (network.c) and the sockets (zmq.c) of the network share. */
#pragma once

#include "tests/sim/kernel.h"
#include "tests/sim/network.h"

#define TOPICS_MAX   8
#define TOPIC_SIZE   100
#define ENDPOINT_MAX 256
#define LINKS_MAX    4096
#define SOCKETS_MAX  2048

struct line {
    struct packet **packets;
    uint32_t first, count, room;
};

struct topics {
    uint32_t count;
    struct { char bytes[TOPIC_SIZE]; size_t size; } topics[TOPICS_MAX];
};

struct socket {
    int type;
    void *context;
    struct process *process;
    bool open, bound;
    char endpoint[ENDPOINT_MAX], user[64];
    int receive_max, send_max, timeout_ms;
    struct line in, out;        /* to be read; of a client that is not connected, to be sent */
    struct packet *reading, *writing;
    unsigned part;              /* of `reading`, the next */
    struct link *to;            /* ROUTER: of `writing` */
    struct link *heard;         /* XPUB: of the subscription that was read last */
    struct topics topics;       /* SUB: its own */
    /* Of a client. */
    struct link *link;          /* NULL: not connected */
    int64_t retry_us;           /* when it tries again */
    int64_t pause_us;
    int event;                  /* its descriptor; 0: none */
    char monitor[64];           /* name of its monitor, */
    struct socket *watcher;     /* and the PAIR that is connected to that */
};

struct link {
    uint32_t number;
    bool up;
    struct socket *client, *server;     /* NULL when closed */
    char user[64], endpoint[ENDPOINT_MAX];
    struct topics topics;       /* as the XPUB took them */
    uint32_t queued[2];         /* under way or not read: to the client, to the server */
    int64_t last_us[2];         /* when the last message arrives */
    int64_t ends_us;            /* when the one that is left notices; INT64_MAX */
    int64_t cut_us;             /* since when it is cut; INT64_MAX */
};

void line_put(struct line *line, struct packet *packet);
struct packet *line_take(struct line *line);
void packet_free(struct packet *packet);
bool topics_match(const struct topics *topics, const struct part *topic);

extern struct socket *sockets[SOCKETS_MAX];    /* those that are open */
extern uint32_t socket_count;

struct link *link_of(uint32_t number);          /* NULL: it is down */
struct link *link_at(uint32_t index);           /* the index-th of those that are up; NULL at the end */
/* -EAGAIN when the queue is full.  Takes the packet over, unless it fails. */
int link_send(struct link *link, bool to_server, struct packet *packet);
void link_read(const struct packet *packet);    /* it is read, and has left the queue */
void socket_closed(struct socket *socket);
void socket_tell(struct socket *socket, uint16_t event);        /* its monitor */
