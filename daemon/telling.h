/* telling - the journal is told which keys and settings the daemon goes by, as far as they have changed.
 *
 * At the start before anybody can come in, and whenever the rights are read again.  What a key may do holds
 * from the moment of the reading; the record follows with the next commit. */
#pragma once

#include "daemon/bookkeeper.h"
#include "daemon/config.h"
#include "daemon/rights.h"

/* In a group of its own, if something has changed.  Nobody else writes yet.  0 or a negative errno. */
int telling_at_start(struct store *store, const struct config *config, const struct rights *rights);

/* As a command of the bookkeeper's.  What cannot be handed over is logged. */
void telling_changes(struct bookkeeper *bookkeeper, const struct config *config, const struct rights *rights);
