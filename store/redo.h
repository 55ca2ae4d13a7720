/* redo - does a record of a journal again, in books that are rebuilt from it. */
#pragma once

#include "store/store.h"

struct record;

/* For every record but an event, between store_begin() and store_commit() of a scratch store; its alerts come
 * with the evaluation that tells them.  NULL, or what is wrong with the record in words.  Other errors are in
 * the txn. */
const char *redo_record(struct store *books, const struct record *record);
