/* account - the lines of the books, as an accountant of the bureau knows them.
 *
 * account.def is the chart.  An account's number is also its slot in `struct
 * lines`, which holds one day, month or any other period of a fund: debits
 * positive, credits negative, so the sum over all slots is always zero. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fund/amount.h"

#ifdef __cplusplus
extern "C" {
#endif

enum account {
    ACCOUNT_NONE = 0,
#define ACCOUNT(number, NAME, code, class, zh, en) ACCOUNT_##NAME = number,
#include "fund/account.def"
#undef ACCOUNT
};

/* The provisional twin of an expenditure line is at its number + this. */
#define ACCOUNT_PROVISIONAL 20
#define ACCOUNT_E_FIRST ACCOUNT_E11
#define ACCOUNT_E_LAST  ACCOUNT_E8
#define ACCOUNT_I_FIRST ACCOUNT_I10
#define ACCOUNT_I_LAST  ACCOUNT_I8

/* Slots in a stored balance: fixed by the store's format, with room to grow. */
#define ACCOUNT_SLOTS 64

enum account_class {
    CLASS_INCOME,
    CLASS_EXPENDITURE,
    CLASS_ASSET,
    CLASS_LIABILITY,
    CLASS_OPENING,
    CLASS_MEMO,
};

struct account_info {
    enum account account;       /* the line itself, never the twin */
    const char *code;           /* "E11" */
#ifdef __cplusplus
    enum account_class class_;  /* which C++ does not let be called as in C */
#else
    enum account_class class;
#endif
    const char *zh, *en;
};

/* The chart in the order of the form; *ret_count gets its length. */
const struct account_info *account_chart(unsigned *ret_count);

/* The line with a code, "E11"; NULL if the chart has none. */
const struct account_info *account_by_code(const char *code);

/* What `slot` is, seen through a provisional twin; NULL for an unused slot. */
const struct account_info *account_info(unsigned slot);
bool account_is_provisional(unsigned slot);

/* The twin of an expenditure line for provisional amounts. */
enum account account_provisional(enum account expenditure);

/* Sums of one period, per account, in fen; debit positive. */
struct lines {
    int64_t fen[ACCOUNT_SLOTS];
};

/* *sum += addend.  False on overflow; *sum is then untouched. */
__attribute__((warn_unused_result))
bool lines_add(struct lines *sum, const struct lines *addend);

/* False if any of these overflows int64; *ret is then untouched.  Income and
 * expenditure come out positive, expenditure includes the provisional part. */
__attribute__((warn_unused_result))
bool lines_income(const struct lines *lines, struct amount *ret);
__attribute__((warn_unused_result))
bool lines_expenditure(const struct lines *lines, struct amount *ret);
__attribute__((warn_unused_result))
bool lines_provisional(const struct lines *lines, struct amount *ret);

/* What moved, whichever way: the sum of the magnitudes of the income and expenditure lines, a line
 * together with its twin. */
__attribute__((warn_unused_result))
bool lines_moved(const struct lines *lines, struct amount *ret);

/* Q0 + income - expenditure: what the period adds to the cumulative balance. */
__attribute__((warn_unused_result))
bool lines_surplus(const struct lines *lines, struct amount *ret);

/* Double entry: true if all slots sum to zero (memo pair included). */
bool lines_balanced(const struct lines *lines);

#ifdef __cplusplus
}
#endif
