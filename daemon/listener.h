/* listener - opens the daemon's sockets, all in the same way.
 *
 * ipc sockets lie in DATA/run, which only its owner may enter.  tcp sockets are CURVE servers
 * with a ZAP domain of their own that must be asked (RELIABILITY: CURVE without a handler or a
 * domain lets every key in), so they are opened after the ZAP handler has proved itself.
 * Sockets are handed to the thread that uses them and closed there.
 *
 * **Whoever has one empties it without pause, and bounds what it keeps.**  What comes in is never held up
 * (ZMQ_RCVHWM 0): libzmq 4.3.4 stops reading from a peer whose queue is full, takes a connection that
 * breaks meanwhile out of its poll, and aborts the process when it has something to write there
 * (`!_io_error`, issue 4841): a heartbeat of ours, or the answer to one of the peer's in what it has read.
 * Anybody who asks more than is read, and dies, could end the daemon so.  Of ingest, where the thread that
 * empties the sockets also decodes and sometimes books, unread.h holds up libzmq's thread as a whole
 * instead. */
#pragma once

#include "daemon/config.h"
#include "wire/net/net.h"

struct listener {
    void *context;
    const struct config *config;
    struct net_key key;         /* of the server; "" if nothing listens on tcp */
};

/* Makes DATA/run if it is not there, for its owner alone. */
int listener_prepare(const struct config *config);

/* A bound socket of the role's type (ROUTER, XPUB) and the endpoint that it has.  The
 * tcp one listens where the configuration says. */
int listener_ipc(const struct listener *listener, enum net_role role, void **ret_socket,
                 char ret_endpoint[NET_ENDPOINT_MAX]);
int listener_tcp(const struct listener *listener, enum net_role role, void **ret_socket,
                 char ret_endpoint[NET_ENDPOINT_MAX]);

/* The same at an endpoint, as when the alert socket is opened again. */
int listener_tcp_at(const struct listener *listener, enum net_role role, const char *endpoint,
                    void **ret_socket, char ret_endpoint[NET_ENDPOINT_MAX]);

/* A ROUTER with CURVE under a domain, wherever: for the ZAP handler's proof. */
int listener_probe(const struct listener *listener, const char *domain, const char *endpoint,
                   void **ret_socket);

/* The domain of a role's socket: "fundwatch.ingest". */
const char *listener_domain(enum net_role role);

/* The public key that the sender of a message came in with, in Z85; NULL if there is none.
 * Read from a body frame: libzmq 4.3.4 loses it on a ROUTER's first one. */
const char *listener_user(const struct net_message *message);
/* Something that tells who sent a message: the key, or on ipc user and process; "" if nothing does. */
const char *listener_peer(const struct net_message *message);

void listener_close(void **socket_p);           /* takes NULL */
