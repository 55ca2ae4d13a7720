/* vocabulary - the words that tests of the domain are written in. */
#pragma once

#include <check.h>

#include "fund/account.h"
#include "fund/date.h"
#include "fund/event.h"
#include "fund/policy.h"
#include "fund/posting.h"

#define COUNT_OF(array) (sizeof (array) / sizeof (array)[0])

/* A figure in 万元 as a report prints it; fails the test if it is none. */
struct amount wan(const char *text);
struct amount fen(int64_t fen);

/* The day 20241231; fails the test if there is none. */
date_day day(int32_t yyyymmdd);
/* The month 202412. */
date_month month(int32_t yyyymm);

/* Events of Fengnan's residents' fund, with the fields that their kind must have. */
struct event event_of(enum event_kind kind, int32_t yyyymmdd);
struct event money(enum event_kind kind, int32_t yyyymmdd, enum event_category category,
                   const char *wan_text);
struct event disbursement(enum event_stage stage, int32_t yyyymmdd, enum event_category category,
                          const char *wan_text);

/* States a field: its presence bit.  The value is the caller's to set. */
void state_field(struct event *event, enum event_field field);
void unstate_field(struct event *event, enum event_field field);

/* Policies that differ from the default in one word. */
struct posting_basis recognising(enum recognition recognition);
struct posting_basis fees_counted(enum fee_basis basis);

/* Adds the legs of a posting that lie on or before `until` to *lines. */
void book(struct lines *lines, const struct posting *posting, date_day until);
/* What is on a line in fen, debit positive. */
int64_t on(const struct lines *lines, unsigned account);
