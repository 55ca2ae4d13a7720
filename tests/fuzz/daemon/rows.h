/* rows - a row of the store that is another one, of any content, under a checksum that is right.
 *
 * As whoever rewrites a store can make it, or a daemon of another mind has left it.  The linker puts this
 * before LMDB, so nothing of it is on disk, and env.c reads it as any other. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* From here on one row of a table is `bytes`: of those that are read the one behind `skip` others.  `cut`:
 * how many bytes its key lacks. */
void rows_replace(unsigned table, unsigned skip, unsigned cut, const uint8_t *bytes, size_t size);
/* All are as they are. */
void rows_as_they_are(void);
