/* process - fundwatchd as a child, and what it answers when asked. */
#pragma once

#include "tests/bench/bench.h"

/* Makes a new store in FOLDER/data, fills in bench->data and peers, starts the daemon, and books
 * the policies and opening balances that the measurements need. */
void daemon_begin(struct bench *bench);
/* The same without the bookings. */
void daemon_begin_empty(struct bench *bench);
/* Stops it and removes its data. */
void daemon_end(struct bench *bench);
/* Starts the daemon on the store that is there; returns the seconds until it was ready. */
double daemon_start(struct bench *bench);
/* Starts it again on the same store: it grants so many batches in flight, or what it does as shipped (0). */
void daemon_window(struct bench *bench, uint32_t window);
/* SIGKILL, or SIGTERM and an orderly end. */
void daemon_kill(struct bench *bench);
void daemon_stop(struct bench *bench);
/* Processor time that the daemon has used, in seconds. */
double daemon_cpu(const struct bench *bench);

/* Bytes that it has written to files: write_bytes of the kernel would count whole folios. */
uint64_t daemon_written(const struct bench *bench);

/* Bytes of a key of /proc/PID/status: "RssAnon" is what it has beside mapped files, "VmHWM" the
 * most it had with them; 0 if it is gone. */
uint64_t process_memory(pid_t pid, const char *key);

/* Runs `fundwatchd OPTION ARGUMENT` and returns its exit code.  What it prints, also to stderr, but no
 * more than `size` bytes of its end, comes back with a NUL. */
int daemon_run(const struct bench *bench, const char *option, const char *argument,
               char *ret_output, size_t size);

/* An integer of the answer to the query "info". */
int64_t daemon_info(const struct bench *bench, const char *key);
/* Backs up into the new folder `path` and waits for it.  Returns the seconds until it was whole and noted, as
 * the daemon says, so to a millisecond. */
double daemon_backup(const struct bench *bench, const char *path);

/* Ends the program unless the daemon's books hold exactly what was answered: as many events, and in
 * each fund, month and account what they move. */
void daemon_check(const struct bench *bench, const char *when);

/* Bytes on disk of the store without what is only allocated ahead in LMDB's file. */
uint64_t daemon_store_bytes(const struct bench *bench);

/* Bytes on disk of a folder's files, those that lie in folders in it too. */
uint64_t folder_bytes(const char *path);
void folder_remove(const char *path);
