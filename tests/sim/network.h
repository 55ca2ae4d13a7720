/* network - a libzmq of our own: DEALER, ROUTER, SUB, XPUB and a socket's monitor, over links that fail.
 *
 * It does what the programs rely on and libzmq promises: what a client sends waits until it is connected,
 * and reconnects by itself; a ROUTER knows links by a number that no other ever has, and refuses to send to
 * one that is gone; an XPUB drops for whoever does not read; queues are bounded; a message comes whole.  A
 * link that breaks takes with it what is under way.  Beyond that links may lose, repeat and reorder messages,
 * as something between the two might.  There is no handler of keys: a client is whoever its public key
 * says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine;
struct process;

#define PARTS_MAX 4

struct packet {
    uint32_t link;
    bool to_server;
    unsigned count;
    struct part { void *bytes; size_t size; } parts[PARTS_MAX];
    int64_t at_us;              /* when it arrives */
    uint64_t number;
    const char *user;           /* public key of the link's client */
};

/* One in so many messages; 0: none. */
struct network_faults {
    uint32_t lost, repeated, late;
    bool reordered;             /* what is late lets others pass */
};

void network_begin(uint64_t seed);
void network_faults(struct network_faults faults);
/* If the power of its machine was lost the others hear nothing of it, for some time. */
void network_process_ended(struct process *process);
void network_cut(struct machine *machine, bool cut_off);
/* Breaks the links of a machine, which are then made again. */
void network_break(const struct machine *machine);

/* Told of each message as it is sent, whatever becomes of it, and of those that are read; `user` is the
 * public key of the link's client, `role` the endpoint of its server. */
struct observer {
    void (*sent)(const struct packet *packet, const char *role, const char *user);
    void (*read)(const struct packet *packet, const char *role, const char *user);
};
void network_observe(const struct observer *observer);
