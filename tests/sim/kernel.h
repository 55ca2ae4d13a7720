/* kernel - what programs run on in a simulation: processes on machines, fibers for threads, virtual time.
 *
 * The programs are the real ones.  The linker puts our functions in front of those of the system that
 * they call (Makefile: WRAP_sim): threads and locks (threads.c), clocks and waiting (system.c), files
 * (disk.c); and there is a libzmq of our own (zmq.c, network.c).  One fiber runs at a time, which one follows
 * from the seed, and time passes only when all of them wait.  So a run is the same each time, and a process
 * can be killed wherever it calls something of these.
 *
 * A fiber of a killed process is never run again, and what it had allocated stays: a run has a process of the
 * system of its own, and ends with it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/random.h"

#define WAIT_FOR_EVER INT64_MAX

struct disk;

struct machine {
    char name[24];
    int64_t clock_ms;           /* what its clock shows more than virtual time */
    bool cut_off;               /* from the network */
    bool lost;                  /* its power was, and it has not started again */
    struct disk *disk;          /* NULL: its files are not looked after */
};

struct process {
    struct machine *machine;
    char name[24];
    uint32_t number;
    bool alive;
    int code;                   /* it ended with */
    uint32_t first;             /* its first fiber */
};

/* Lines of the trace leave out `root`, the folder of this very run. */
void kernel_begin(uint64_t seed, const char *root, bool print);
/* Runs until `harness` returns, a process of its own on a machine without faults. */
void kernel_run(void (*harness)(void));

int64_t now_us(void);                   /* virtual, from 0 */
int64_t wall_ms(const struct machine *machine);     /* since 1970, as its clock has it */

/* --- Processes.  `run` returning ends one, with its other fibers. */
struct process *process_start(struct machine *machine, const char *name, void (*run)(void *arg), void *arg);
/* Ends it at once, wherever its fibers are; nothing if it has ended.  Does not return to a fiber of it. */
void process_end(struct process *process, int code);
struct process *process_here(void);     /* of the fiber that runs; NULL outside of any */
/* Calls `ended` for each process that ends: what it had open is closed. */
void process_on_end(void (*ended)(struct process *process));

/* --- Fibers. */
uint32_t fiber_start(void *(*run)(void *arg), void *arg);   /* of this process; its number */
uint32_t fiber_here(void);              /* number, from 1; 0 outside of any */
bool fiber_done(uint32_t number, void **ret_result);
[[gnu::noreturn]] void fiber_exit(void *result);
/* Another may run now, once in a while. */
void fiber_breathe(void);
/* Until `ready` or a moment of virtual time; returns whether it is ready.  `ready` may be called often and
 * changes nothing. */
bool fiber_wait(bool (*ready)(void *arg), void *arg, int64_t until_us);
void fiber_sleep_us(int64_t us);
/* A place for a pointer, one for each key and fiber. */
#define FIBER_KEYS 1024
void **fiber_local(unsigned key);
void fiber_on_exit(void (*leave)(void));

/* --- Time.  The network is asked when the next thing happens, and told that it is then. */
void kernel_on_time(int64_t (*next_us)(void), void (*pass)(int64_t now_us));

/* --- What happens, line by line: hashed, and printed if asked. */
[[gnu::format(printf, 1, 2)]] void trace(const char *format, ...);
uint64_t trace_hash(void);
/* The simulation has found a defect. */
[[gnu::noreturn, gnu::format(printf, 1, 2)]] void defect(const char *format, ...);
