/* books - a small store with a record and a row of every sort, for fuzzers that read one.
 *
 * In the words of tests/store/vocabulary.h; `books` is open afterwards, in input_folder(). */
#pragma once

#include "tests/store/vocabulary.h"

void books_with_everything(void);
