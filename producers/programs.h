/* programs - the four programs that read files: each is a table and a function
 * from what a row says to events. */
#pragma once

#include "producers/run.h"

/* Collection records of the tax office: fees received, and their reversals.
 *
 * A record of the platform has up to three amounts, and each that is not zero is an event:
 * what the person paid has the record's id, what the government paid (finsubs_amt) that id and
 * ".s", what others paid (oth_clct_amt) that id and ".o".  They must add up to
 * clct_sumamt.  Only revs_flag Z with clct_flag 1 is a fee; another record that
 * names its original reverses it, part by part, and one that does not is skipped and counted. */
extern const struct program tax_program;

/* Settlements of hospitals and pharmacies, and their reversals: rows that name
 * the settlement they undo. */
extern const struct program hospital_program;

/* Enrolment: one row a person (interface 1101) or a count of heads.  The platform's rows have no
 * id, so one is made of what they say: the same row gives the same id, a changed one another. */
extern const struct program registry_program;

/* All that a bureau knows: policy, opening balance, headcounts, subsidy, other income, expenditure
 * lines, payments to hospitals, days, reversals; a column `kind` says which. */
extern const struct program bureau_program;
