/* replay_rows - the policy and the tables of a case, as events in the order of their dates.
 *
 * Tables are CSV whose header names fields of fund/event.def, amounts with
 * their unit: id,kind,fund,date,amount(万元),category,…  The same files can be
 * sent by fundwatch-bureau.  Rows of kind `day` are checked and left out: the
 * player knows when a day is over. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "files/complaint.h"
#include "producers/person_key.h"
#include "producers/replay_case.h"

#define REPLAY_ROWS_MAX 1000000

struct replay_row {
    struct event event;
    unsigned source;
    unsigned order;             /* among rows of one date: as in the files, the policy first */
};

struct replay_rows {
    unsigned count, room;
    struct replay_row *rows;    /* by date, then order */
    uint8_t *policy;            /* what the policy's event points to */
};

/* Reads the case's policy and all its tables; persons in them are hashed with
 * `keys`.  0 or a negative errno; then *ret_complaint says what is wrong, and
 * *ret_file, a path of the case, in which file. */
int replay_rows_read(const struct replay_case *c, const struct person_keys *keys,
                     struct replay_rows *ret, struct complaint *ret_complaint,
                     const char **ret_file);
void replay_rows_free(struct replay_rows *rows);
