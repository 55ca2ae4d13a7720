/* world - books that a daemon's readers look at, and the thread behind them that is not there.
 *
 * Commands are done in a group that is dropped, so that each input finds the same books; jobs are never
 * begun. */
#pragma once

#include "daemon/query.h"

/* A store with something of each sort, made when it is first asked for. */
const struct query_world *world(void);

/* A key that may ask a few things about one county, out of the rights of the world. */
const struct grant *world_county(void);
