/* watch - the most memory that the daemon has beside mapped files, at any time and not at one.
 *
 * A thread looks every 20 ms at each daemon that runs (RssAnon of /proc/PID/status).  Before watch_begin()
 * nothing is looked at. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

void watch_begin(void);
void watch_add(pid_t pid);
void watch_remove(pid_t pid);   /* before it is waited for, so that the number is not another's */
/* Bytes: the most that one daemon had since the last call of the same. */
uint64_t watch_take(void);      /* for a section */
uint64_t watch_lap(void);       /* for a part of one */
