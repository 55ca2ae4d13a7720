/* system - what programs ask of the kernel beside files: clocks, waiting, events, random bytes, to end.
 *
 * An event descriptor has a number that no file has, EVENT_FIRST and up. */
#pragma once

#include <stdbool.h>

#define EVENT_FIRST 100000

/* A descriptor that is readable while `readable` says so of `arg`: a socket's. */
int event_descriptor(bool (*readable)(void *arg), void *arg);
bool event_readable(int descriptor);
void event_close(int descriptor);

void system_begin(unsigned long seed);
