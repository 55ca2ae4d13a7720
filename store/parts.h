/* parts - funds whose places were merged into another's.
 *
 * A policy that says `merged_into` makes its fund a part of another one, the whole, from the policy's date
 * on.  Events under the old code go on being booked under it: they say what they say, a reversal finds
 * its original, and late money finds its day.  As of any day from that date on the books of the whole
 * are its own and those of its parts together, also of the time before; as of an earlier day each is by
 * itself.  So nothing is carried over, and nothing can be counted twice or fall into a hole.  Parts may
 * have parts.  A place that was merged stays so: the fund's record says it, whatever another policy of a
 * later day says that was there before. */
#pragma once

#include "store/books.h"
#include "store/sources.h"

#define PARTS_MAX 64                /* of a whole, parts of parts included */

/* A fund and its parts as of a day; items[0] is the fund itself. */
struct parts {
    unsigned count;                 /* at least 1 */
    bool is_new;                    /* nothing was booked for the whole before it had parts */
    bool is_part;                   /* the fund is a part of another one itself */
    struct { uint32_t fund; date_day from; } items[1 + PARTS_MAX];
};

/* Of a fund without parts this looks up nothing. */
void parts_of(struct txn *txn, const struct fund_record *record, date_day as_of, struct parts *ret);

/* Whether no rule looks at the fund by itself any more as of the day of its parts, whose policy `policy` is:
 * its place was merged or split. */
bool parts_place_ended(const struct parts *parts, const struct policy *policy);

/* Whether history of a part is being entered; the fund itself is not looked at.  And of which: calls `each`
 * for them until it returns false. */
bool parts_importing(struct txn *txn, const struct parts *parts);
void parts_importing_each(struct txn *txn, const struct parts *parts,
                          bool (*each)(void *arg, struct fund part), void *arg);

/* What a source has told a fund and its parts; false if none of them has heard of it. */
bool parts_told(struct txn *txn, const struct parts *parts, uint32_t source, struct fund_source *ret);
/* Calls `each` for every source that one of them has heard of. */
void parts_each_source(struct txn *txn, const struct parts *parts,
                       void (*each)(void *arg, uint32_t source, const struct fund_source *told), void *arg);

/* What stands against making `part` a part of `whole` from a day on; NULL if nothing does. */
const char *parts_obstacle(struct txn *txn, const struct fund_record *part,
                           const struct fund_record *whole, date_day from);
/* Keeps that it is one.  The two records are the caller's to write. */
void parts_put(struct txn *txn, struct fund_record *part, struct fund_record *whole, date_day from);

/* The parts of a whole itself that it has on a day, until `each` returns false. */
void parts_each(struct txn *txn, uint32_t whole, date_day day,
                bool (*each)(void *arg, uint32_t part, date_day from), void *arg);
