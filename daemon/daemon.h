/* daemon - everything of fundwatchd that runs, put together in the order in which it may start.
 *
 * store, ZAP handler and its proof, sockets, publisher, bookkeeper, jobs, queries, intake, metrics;
 * and down again the other way round, so that what was taken is committed, answered and
 * published before anything closes. */
#pragma once

#include "daemon/config.h"

struct daemon;

/* Starts it.  EXIT_SUCCESS, EXIT_FAILURE or EXIT_USAGE; a wrong configuration has then been told in a
 * sentence on stderr, anything else is in the log. */
int daemon_start(const struct config *config, struct daemon **ret);
/* One line, "ready store=… position=… …", for whoever waits for it. */
void daemon_describe(const struct daemon *daemon, char *to, size_t size);
/* Readable when a thread of it died and it has to stop. */
int daemon_failed_fd(const struct daemon *daemon);
/* Reads the rights file again; keeps the old rights if the new ones are no good. */
void daemon_reload(struct daemon *daemon);
void daemon_stop(struct daemon **daemon_p);     /* takes NULL */

/* DATA/store. */
int daemon_store_path(const struct config *config, char *ret, size_t size);
/* The server's key, as the configuration names it.  0 or a negative errno, which has been told on stderr. */
int daemon_read_key(const struct config *config, struct net_key *ret);
