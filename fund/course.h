/* course - what the rules of a fund told in two courses of events, side by side.
 *
 * Of each instance of a rule incidents are matched in their order, those of one side with one another, and in
 * two that are matched their transitions: the same transition to the same level (an end: from the same side),
 * at most COURSE_DAYS_MAX days apart, and so that in all the least is moved and left over.  An
 * alert that came on another day is so told from one that came only once.  Acknowledgements are people's and
 * are left out by the caller. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fund/alert.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TOLD_INSTANCE_MAX 80    /* bytes in the name of an instance */
#define COURSE_DAYS_MAX   366   /* what is farther apart is not the same alert */

/* One transition that was told. */
struct told {
    uint64_t number;            /* of its alert */
    date_day date;              /* books date */
    enum rule rule;
    char instance[TOLD_INSTANCE_MAX + 1];
    uint64_t incident;          /* that it belongs to, by its course's numbers; 0: nothing fires */
    enum transition transition;
    int level, previous;
    struct indicator indicator;
    int64_t limit_e4;               /* that it went over, 0 if none */
};

enum course_how { COURSE_SAME, COURSE_MOVED, COURSE_ONLY_THEN, COURSE_ONLY_NOW, COURSE_HOWS };
const char *course_word(enum course_how how);   /* "same", "moved", "only_then", "only_now" */

struct course_row {
    enum course_how how;
    int32_t days;               /* now - then; 0 unless moved */
    const struct told *then, *now;      /* of the two lists; NULL: only in the other one */
};

/* Compares two lists, each in the order in which it was told.  The rows are in the order of days, those of
 * one day in that of rules; *ret is malloc'ed.  0, -ENOMEM, or -E2BIG: one instance has so many
 * transitions in both that they cannot be matched. */
int course_compare(const struct told *then, size_t then_count, const struct told *now,
                   size_t now_count, struct course_row **ret, size_t *ret_count);

#ifdef __cplusplus
}
#endif
