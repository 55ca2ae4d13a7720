/* books - what the events of a load must come to, fund by fund, month by month and account by account.
 *
 * One sum over all funds would not see an event that was booked in the wrong fund, month or category. */
#pragma once

#include <stdint.h>

#include "fund/event.h"

#define BOOKS_FUNDS  10         /* of one city: load_fund() */
#define BOOKS_MONTHS 12
#define BOOKS_LINES  20         /* pairs of kind and category that loads have */
#define BOOKS_TOTALS (BOOKS_FUNDS * BOOKS_MONTHS * BOOKS_LINES)
#define BOOKS_YEAR   2024

/* A line of income or expenditure. */
struct line_info {
    enum event_kind kind;
    enum event_category category;
    const char *account;        /* of the report */
};
extern const struct line_info line_infos[BOOKS_LINES];

struct totals {
    int64_t fen[BOOKS_TOTALS];
};

/* Indexes of totals; fund, month and line from 0. */
unsigned total_of(unsigned fund, unsigned month, unsigned line);
/* Of an event that moves money; ends the program if no total is moved by such an event. */
unsigned total_of_event(const struct event *event);
/* By the values that a database keeps, month as yyyymm; ends the program if there is no such total. */
unsigned total_of_key(int64_t place, int64_t month, int64_t kind, int64_t category);

/* More is added to `totals`. */
void totals_add(struct totals *totals, const struct totals *more);
/* Ends the program, naming the first that differs, unless all are the same. */
void totals_compare(const char *who, const struct totals *found, const struct totals *expected);

/* The daemon's, from its reports as of the end of each month. */
struct bench;
void books_read(const struct bench *bench, struct totals *ret);
/* A line of one fund's report of a year; 0 if it has none. */
int64_t books_line(const struct bench *bench, const char *fund, int year, const char *account);
