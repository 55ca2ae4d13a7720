/* unread - bounds what libzmq has read of batches and intake has not taken yet.
 *
 * An inbound queue of libzmq has to be without end (listener.h), and its thread reads small messages
 * faster than intake can answer them.  So it is made to wait: this program has a recv() of its own, which
 * libzmq finds before libc's.  One thread of libzmq reads for the ingest sockets and for nobody else
 * (ZMQ_AFFINITY). What it reads is charged with the most memory that can come of it; beyond UNREAD_MAX it
 * waits in recv() until intake has seen its sockets empty.  Senders are then held up by the kernel, as TCP
 * would have it, and the other sockets are not, for another thread reads for them.
 *
 * What lies in the queues of all connections of all keys is so at most UNREAD_MAX, and one message that
 * may be in the middle: MESSAGE_SIZE_MAX of each connection, which is no one's yet.
 *
 * There is one recv() in a process, so there is one bound, between unread_begin() and unread_end(). */
#pragma once

#include <stdint.h>

#include "wire/net/net.h"

#define UNREAD_MAX (4 * 1024 * 1024)    /* bytes */
#define UNREAD_IO_THREADS 2             /* ZMQ_IO_THREADS of the context */

struct bell;

/* ZMQ_AFFINITY of a role's sockets. */
uint64_t unread_affinity(enum net_role role);

/* From now on there is a bound.  0 or -errno. */
int unread_begin(void);
/* Nobody takes any more: whoever waits goes on.  Before zmq_ctx_term(), which waits for the thread. */
void unread_end(void);

/* Rings when reading waits for who takes, and again as often as what he says is not enough.  He clears it
 * when he has found his sockets empty, and then says so. */
const struct bell *unread_bell(void);
/* How much has been charged up to now.  Who takes asks for it first, and when he has found each of his
 * sockets empty after that he says so: what was read before is not there any more. */
uint64_t unread_mark(void);
void unread_taken(uint64_t mark);
