/* metrics - GET /metrics for Prometheus and GET /healthz, over HTTP on this machine only. */
#pragma once

#include <stdint.h>

#include "daemon/caretaker.h"
#include "store/store.h"

struct metrics;

/* `address` is "127.0.0.1:PORT" (0: any free port) or "unix:/PATH".  ret_address, of `size` bytes,
 * gets it with the port that it has.  -EINVAL: not such an address. */
int metrics_start(const char *address, struct store *store, struct caretaker *caretaker, int64_t started_ms,
                  struct metrics **ret, char *ret_address, size_t size);
void metrics_stop(struct metrics **metrics_p);  /* takes NULL */
