/* replies - sends replies to batches, and bounds what those take that nobody reads.
 *
 * libzmq keeps up to so many messages for a peer that does not read (listener.c), and a reply may have an
 * exception for each event of its batch: half a megabyte.  So the bytes of larger ones are counted until
 * libzmq has no more use for them, because they are on their way or their receiver is gone.  An owner, whom
 * pool.h knows, has at most as many of them as it leaves free: one alone half of REPLIES_MAX, two a third
 * each, and a newcomer finds room.  Those of REPLIES_SMALL are bounded by their number.
 *
 * A reply for which there is no room is not sent.  Its receiver asks again, as after any that is lost. */
#pragma once

#include <stddef.h>

#include "wire/net/net.h"

#define REPLIES_MAX   (64 * 1024 * 1024)    /* bytes, of all receivers */
#define REPLIES_SMALL 1024                  /* bytes of one that is not counted */

/* Copies `bytes` for the peer that the message came from.  0, -ENOBUFS: too many of the owner's are unread,
 * -EAGAIN or -EHOSTUNREACH of a peer that does not read or is gone, -ENOMEM. */
int replies_send(void *socket, const char *owner, const struct net_message *message, const void *bytes,
                 size_t size);
