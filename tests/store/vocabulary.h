/* vocabulary - short words for tests of the store: a store in a temporary folder, events, questions.
 *
 * The fixtures are checked ones: LMDB must not cross a fork. */
#pragma once

#include <check.h>

#include "store/view.h"

extern struct store *books;             /* of the present test */
extern char books_path[200];

void books_setup(void);                 /* a new store, open, with the fund 130207/390 from 2023-12-31 */
void books_setup_empty(void);           /* a new store without a fund */
void books_teardown(void);
void books_teardown_verified(void);      /* and what the journal comes to is what the books have */
void books_reopen(void);                /* close and open again */

/* Events of the fund; ids are what they are called.  Amounts in fen, dates yyyymmdd. */
struct event a_policy(const char *id, int32_t ymd, const struct policy *policy);
struct event an_opening(const char *id, int32_t ymd, int64_t fen);
struct event a_day(const char *id, int32_t ymd);
struct event a_fee(const char *id, int32_t ymd, int64_t fen);
struct event a_fee_of(const char *id, int32_t ymd, int64_t fen, int person);
struct event an_enrollment(const char *id, int32_t ymd, int person, enum event_status status);
struct event a_subsidy(const char *id, int32_t ymd, int64_t fen, enum event_category level, int year);
struct event a_settlement(const char *id, int32_t ymd, int64_t fen);
struct event an_expenditure(const char *id, int32_t ymd, int64_t fen, enum event_category category);
struct event a_reversal(const char *id, int32_t ymd, const char *original);
struct event a_population(const char *id, int32_t ymd, enum event_measure measure, int64_t heads);
struct event a_headcount(const char *id, int32_t ymd, int64_t heads);
struct event a_month_close(const char *id, int32_t ymd);
struct event an_import(const char *id, int32_t ymd);
struct event an_import_done(const char *id, int32_t ymd);
struct event a_statement(const char *id, int32_t ymd, int64_t fen);
struct event of_fund(struct event event, uint32_t place);

/* Applies in a group of its own from the source "tax"; ck_asserts that the store works. */
struct applied apply(struct event event);
struct applied apply_from(const char *source, struct event event);
enum outcome outcome_of(struct event event);
enum reject rejection_of(struct event event);

/* Inside a group that the test began. */
struct applied add(const char *source, struct event event);
void begin(void);
void commit(void);

/* What the books say. */
int64_t balance(void);                  /* fen, as of the books date */
int64_t line(enum account account, int32_t from_ymd, int32_t to_ymd);   /* debit positive */
struct fund_view fund_now(void);
uint64_t alert_count(void);
struct alert alert_number(uint64_t number);
uint64_t position(void);
uint64_t events(void);

date_day day(int32_t ymd);
