/* policy_file - a fund's policy as people write it, in YAML.
 *
 * The keys are those of PROTOCOL 6, and `fund` and `date` beside them.  What is
 * absent has the default.  Every value is read as text and then strictly: limits
 * as "6.0" or "6.0 months" where months are meant and "95%" where a share is, days as "7" or
 * "7 days", a deadline as "12-31".  A limit or hold is a map of `enter` and `leave`;
 * without `leave` it is left where it is entered.  Unknown keys, keys that stand twice and
 * YAML aliases are refused, with their line. */
#pragma once

#include <stdbool.h>

#include "fund/date.h"
#include "fund/place.h"
#include "fund/policy.h"
#include "files/complaint.h"

#define POLICY_FILE_MAX 65536   /* bytes in a policy file */

struct policy_file {
    bool has_fund, has_date;
    struct fund fund;
    date_day date;
    struct policy policy;       /* policy_check() has been done */
};

/* False and a complaint, with its line where it is known. */
bool policy_file_read(const char *path, struct policy_file *ret, struct complaint *ret_complaint);

/* Reads "6", "6.0" or "-12.5", at most 4 decimals, with `suffix` (" months", "%") behind it or
 * not, into units of 1/scale: 10000 for months, 100 for percent.  False for anything else. */
bool policy_number(const char *text, const char *suffix, int scale, int64_t *ret);
