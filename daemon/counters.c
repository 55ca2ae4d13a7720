#include "daemon/counters.h"

#include <stdatomic.h>

static const struct {
    const char *name, *help;
} table[COUNTER_COUNT] = {
#define COUNTER(NAME, name, help) { name, help },
#include "daemon/counters.def"
#undef COUNTER
};
static _Atomic uint64_t values[COUNTER_COUNT];

void counter_add(enum counter counter, uint64_t count)
{
    atomic_fetch_add_explicit(&values[counter], count, memory_order_relaxed);
}

uint64_t counter_value(enum counter counter)
{
    return atomic_load_explicit(&values[counter], memory_order_relaxed);
}

const char *counter_name(enum counter counter)
{
    return table[counter].name;
}

const char *counter_help(enum counter counter)
{
    return table[counter].help;
}
