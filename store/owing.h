/* owing - what a fund's books and its policy's subsidies say of who owes what (fund/indicator.h). */
#pragma once

#include "fund/alert.h"
#include "store/parts.h"

/* Of a fund with its parts, as of the position's books date.  Errors are left in the txn. */
void owing_read(struct txn *txn, const struct parts *parts, const struct policy *policy,
                const struct position *runway, struct owing *ret);

/* What an alert of the runway `booked` tells of it: amounts that are not 0, runways that are computable. */
void owing_evidence(const struct owing *owing, struct indicator booked, struct evidence *evidence);
