/* backtest_command - comparisons of alerts, for the commands that show them. */
#pragma once

#include "consumers/session.h"

/* Has the daemon replay the journal as `query` says, and gives {result, rows}: a new reference. */
enum exit_code ask_compared(struct session *s, const char *query, const struct argument *arguments,
                            unsigned count, json_t **ret);
