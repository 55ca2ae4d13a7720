/* past - a fund's closed months one by one, and what is carried on from them. */
#pragma once

#include "fund/gate.h"
#include "fund/outlook.h"
#include "store/books.h"
#include "store/parts.h"

/* Of a fund and its parts, as of a day. */
void past_read(struct txn *txn, const struct fund_record *record, const struct parts *parts,
               date_day as_of, struct outlook_past *ret);

/* The gate of the policy, by where its limits are left if it `is_shut`.  `runway` is the fund's, as the
 * policy measures it. */
struct gate past_gate(struct txn *txn, const struct parts *parts, const struct outlook_past *past,
                      const struct policy *policy, const struct position *runway, bool is_shut);
