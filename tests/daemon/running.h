/* running - a whole daemon inside a test, and short words for talking to it.
 *
 * Fixtures are checked ones.  The daemon listens on ipc and on tcp at free ports; the rights file
 * begins without keys. */
#pragma once

#include "daemon/daemon.h"
#include "store/store.h"
#include "tests/daemon/folder.h"
#include "wire/batch.h"
#include "wire/reader.h"
#include "wire/writer.h"

extern struct folder folder;
extern struct config config;
extern struct daemon *daemon_running;

void running_setup(void);               /* a new store, the daemon started */
void running_teardown(void);
void running_stop(void);
void running_start(void);               /* over the same store */
/* What the ready line says behind `key=`. */
const char *running_word(const char *key);
/* Replaces the rights file and has it read.  `entry` is a key's entry without name and key. */
void running_grant(const struct net_key *key, const char *entry);
void running_revoke(void);

/* Client sockets; `key` NULL: over ipc. */
void *connect_to(enum net_role role, const struct net_key *key);

/* Events of 130207/390, called by their ids. */
struct event policy_event(const char *id, int32_t ymd);
struct event opening_event(const char *id, int32_t ymd, int64_t fen);
struct event fee_event(const char *id, int32_t ymd, int64_t fen);
struct event settlement_event(const char *id, int32_t ymd, int64_t fen);
struct event day_event(const char *id, int32_t ymd);

/* Sends one batch and waits for its reply. */
struct reply send_events(void *socket, const char *source, const struct event *events,
                         uint32_t count);
struct reply send_event(void *socket, const char *source, struct event event);
/* The exceptions of the last reply. */
extern struct exception exceptions[BATCH_EVENTS_MAX];
struct reply receive_reply(void *socket);
void send_bytes(void *socket, const char *source, uint64_t ref, const struct event *events,
                uint32_t count);

/* Asks; `arguments` is pairs already packed.  The code of the error, "" if ok; the data is in
 * *ret_data until the next question. */
const char *ask(void *socket, const char *query, uint32_t count, const struct writer *arguments,
                struct reader *ret_data);
const char *ask_plain(void *socket, const char *query);
/* An integer out of a map, the reader at the map. */
int64_t number_in(struct reader data, const char *key);
