/* server - a daemon made of paper: a real XPUB and ROUTER over ipc, and alerts as the test says.
 *
 * It runs in a thread of its own and can be told anything at any time.  What is recorded can be asked
 * for; what is published is up to the test, so that alerts can be lost, doubled or out of order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/alert_codec.h"
#include "wire/net/net.h"

struct server;

/* In a new folder; without heartbeats, epoch 1, no alerts.  Fails the test if it cannot. */
struct server *server_new(void);
void server_free(struct server **server_p);
struct net_peer server_peer(const struct server *server, enum net_role role);

/* Closes its sockets and opens them again; what it has recorded stays. */
void server_go_away(struct server *server);
void server_come_back(struct server *server);

/* Returns when somebody has subscribed since the sockets were opened. */
void server_await_subscriber(struct server *server);

/* Records the next alert, of place 130207 or the one given; its number comes back. */
uint64_t server_record(struct server *server);
uint64_t server_record_at(struct server *server, uint32_t place);
void server_publish(struct server *server, uint64_t number);
void server_publish_raw(struct server *server, const char *topic, const void *bytes, size_t size);
void server_beat(struct server *server, bool on);

/* A backup is restored: epoch + 1, and only the first `kept` alerts. */
void server_restore(struct server *server, uint64_t kept);

/* How it answers: at most so many alerts a page; later; the next queries not at all, with an error, or
 * with bytes that are no answer. */
void server_page(struct server *server, unsigned alerts);
void server_hold(struct server *server, bool on);    /* not yet: it takes no queries while this is on */
void server_ignore(struct server *server, unsigned queries);
void server_refuse(struct server *server, unsigned queries, const char *code);
void server_garble(struct server *server, unsigned queries);
/* An answer to another question goes in front of the next answers. */
void server_stutter(struct server *server, unsigned queries);
/* The alerts of pages are of another place than they should be. */
void server_stray(struct server *server);
/* Each page begins with an alert that was asked for before. */
void server_repeat(struct server *server);
unsigned server_asked(struct server *server);

/* What it records: an alert with all fields filled. */
struct alert sample_alert(uint64_t number);
