/* owing - what a fund's books and its policy's subsidies say of who owes what (fund/indicator.h). */
#pragma once

#include "fund/alert.h"
#include "fund/hindrance.h"
#include "store/parts.h"

/* Of a fund with its parts, as of the position's books date.  Errors are left in the txn. */
void owing_read(struct txn *txn, const struct parts *parts, const struct policy *policy,
                const struct position *runway, struct owing *ret);

/* Why `after` may not take the place of `before` from a day on: of a year that has begun then, or on the
 * books date, whose standard it leaves out not all that is due has come, beyond the tolerance, as far as is
 * known now; or nobody can know it yet.  Without the standard nobody would be told any more.  Errors are
 * left in the txn. */
struct hindrance owing_obstacle(struct txn *txn, const struct parts *parts, const struct policy *before,
                                const struct policy *after, date_day from, date_day books_date);

/* What an alert of the runway `booked` tells of it: amounts that are not 0, runways that are computable. */
void owing_evidence(const struct owing *owing, struct indicator booked, struct evidence *evidence);
