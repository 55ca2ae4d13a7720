/* counters - what the daemon counts about itself.  counters.def is the list.  Any thread. */
#pragma once

#include <stdint.h>

enum counter {
#define COUNTER(NAME, name, help) COUNTER_##NAME,
#include "daemon/counters.def"
#undef COUNTER
    COUNTER_COUNT
};

void counter_add(enum counter counter, uint64_t count);
uint64_t counter_value(enum counter counter);
const char *counter_name(enum counter counter);         /* "batches_total" */
const char *counter_help(enum counter counter);
