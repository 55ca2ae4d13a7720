/* person_name - names of those who hold keys, written so that one person has one name.
 *
 * Four eyes compare names.  A name that looks like another and is written otherwise would make two persons
 * of one, so rights.yaml has none of those: they are refused when it is read.  Letters of two scripts that
 * look alike are two letters. */
#pragma once

#include <stdbool.h>

/* True for text without a space at either end or two in a row, without characters that nobody sees, and
 * composed (NFC). */
bool person_name_valid(const char *name);

/* What two ways to write a name have in common: width, case and composition do not count (NFKC, case folded).
 * NULL without memory; free() it.  Of a valid name. */
char *person_name_folded(const char *name);
