/* net - ZeroMQ as every program of fundwatch uses it: where the daemon is, keys, sockets.
 *
 * A client either finds the daemon of this user by itself (ipc sockets in the
 * data folder) or is told: an endpoint, and for tcp:// the server's public key
 * and a key file of its own.  TCP without keys is refused here, before anything is sent.
 *
 * Sockets belong to the thread that opened them; one context per process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NET_PATH_MAX     512
#define NET_ENDPOINT_MAX 256
#define NET_KEY_MAX      41     /* a CURVE key as 40 characters of Z85, and NUL */

enum net_role { NET_INGEST, NET_QUERY, NET_ALERTS, NET_ROLES };
const char *net_role_word(enum net_role role);  /* "ingest" */

/* The data folder: $FUNDWATCH_DIR, else $XDG_DATA_HOME/fundwatch, else
 * ~/.local/share/fundwatch.  0, -ENOENT without a home, -ENAMETOOLONG. */
int net_data_dir(char *ret, size_t size);

/* The default endpoint of a role: ipc://DATA/run/ROLE.sock.  A path longer
 * than the 107 bytes that a unix socket may have is -ENAMETOOLONG. */
int net_default_endpoint(enum net_role role, char *ret, size_t size);

/* True for tcp://HOST:PORT: a name or an address, in brackets where that has colons, and a port from 1 to
 * 65535.  `bound`, for who listens: HOST may be * too, and PORT * or 0, any that is free. */
bool net_tcp_valid(const char *endpoint, bool bound);
/* True if `text` is a number from `min` to 65535 without a sign, blanks or leading zeros. */
bool net_port_valid(const char *text, unsigned min);
/* True for the absolute path of a file that a unix socket can have: at most 107 bytes, and no folder's. */
bool net_socket_path_valid(const char *path);

/* A CURVE key pair and the name it goes by. */
struct net_key {
    char name[49];              /* a source name */
    char public_key[NET_KEY_MAX];
    char secret_key[NET_KEY_MAX];   /* "" if only the public part is known */
};
int net_key_make(const char *name, struct net_key *ret);
/* Reads or writes a key file: lines "name: ", "public: ", "secret: ".  A file with
 * a secret must be readable by its owner alone (-EPERM), is written with
 * mode 0600, synced, and never overwritten (-EEXIST). */
int net_key_read(const char *path, struct net_key *ret);
int net_key_write(const char *path, const struct net_key *key, bool with_secret);
/* Overwrites the secret. */
void net_key_wipe(struct net_key *key);

/* From now on this process leaves no core file, whatever kills it and wherever the system would put one: its
 * memory has keys, and with producers persons.  A debugger that wants to attach to it must be root's. */
void net_no_cores(void);

/* Where a client finds one role of the daemon. */
struct net_peer {
    char endpoint[NET_ENDPOINT_MAX];
    char server_key[NET_KEY_MAX];   /* "" on ipc */
    struct net_key key;             /* of this client; all "" on ipc */
};

/* Fills a peer from what the user said; each may be NULL.  `endpoint` NULL: the
 * default.  `server_key`: Z85, or the path of a key file.  `key_file`: path.  Sets
 * *ret_error to a sentence that says what is wrong and what to do. */
int net_peer_resolve(enum net_role role, const char *endpoint, const char *server_key,
                     const char *key_file, struct net_peer *ret, const char **ret_error);

/* A connected client socket of the role's type (DEALER, SUB), with
 * ZMQ_MAXMSGSIZE, high-water marks, heartbeats, handshake interval 3 s, linger 0,
 * reconnecting from 50 ms to 2 s.  NULL with errno set. */
void *net_connect(void *context, enum net_role role, const struct net_peer *peer);

/* A context with ZeroMQ's random routing ids seeded from getrandom(). */
void *net_context(void);

/* A frame received whole: the message's only or n-th part. */
#define NET_FRAMES_MAX 4
struct net_message {
    unsigned count;
    struct { void *bytes; size_t size; } frames[NET_FRAMES_MAX];
    void *zmq[NET_FRAMES_MAX];  /* zmq_msg_t each, owned */
};

/* Receives one message of at most NET_FRAMES_MAX parts.  0; -EAGAIN after `timeout_ms`
 * (-1: wait for ever, 0: only what is there); -EMSGSIZE: more parts, dropped whole; or another negative errno
 * (-EINTR on a signal).  Free with net_message_free(). */
int net_receive(void *socket, int timeout_ms, struct net_message *ret);
void net_message_free(struct net_message *message);

/* Sends one frame, copied.  0, -EAGAIN when the queue is full, or another. */
int net_send(void *socket, const void *bytes, size_t size, bool more);

#ifdef __cplusplus
}
#endif
