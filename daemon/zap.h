/* zap - says who may come in: our own handler of ZeroMQ's authentication (RFC 27).
 *
 * Only CURVE, only keys of the rights file, only at the sockets that the key has
 * business at.  The User-Id that it gives is the public key in Z85; what that key
 * may do is looked up on every message.
 *
 * CURVE fails open: without a handler every key is let in.  So the daemon starts the handler,
 * has it prove itself, and only then opens public sockets. */
#pragma once

#include "daemon/listener.h"
#include "daemon/rights.h"

struct zap;

/* Starts the handler's thread.  `died` is called from it if it ends without zap_stop(). */
int zap_start(void *context, struct rights_book *book, void (*died)(void *arg), void *arg,
              struct zap **ret);
void zap_stop(struct zap **zap_p);              /* takes NULL */

/* Tries, with real sockets, that an unknown key is refused and a known one let in with its
 * User-Id.  0; -EACCES: a wrong key came in; -ETIMEDOUT: no verdict; another: no sockets. */
int zap_prove(struct zap *zap, const struct listener *listener);
