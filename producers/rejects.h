/* rejects - the lines that did not count, in a file beside the one they came from.
 *
 * The file has the header and the original bytes of each line, and nothing else, so
 * that it can be corrected and sent as it is.  It holds whatever the lines held, names
 * too: it stays with the source, with mode 0600.  It is made with its first
 * line; an earlier one of that name is kept with a '~' behind it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "wire/net/net.h"

struct rejects {
    char path[NET_PATH_MAX + 32];
    const char *header;         /* borrowed */
    size_t header_size;
    FILE *file;                 /* NULL until the first line */
    uint64_t lines;
    int err;                    /* the first; sticky */
};

/* The name for the lines of `input` (a path, or "stdin"): `chosen` if not NULL, else
 * INPUT.rejects.csv or INPUT.rejects.jsonl.  -ENAMETOOLONG. */
int rejects_init(struct rejects *rejects, const char *input, bool csv, const char *chosen,
                 const char *header, size_t header_size);

/* Adds the bytes of a line, and a line end if they have none. */
void rejects_add(struct rejects *rejects, const char *raw, size_t size);

/* Closes the file; the bytes are on disk.  0 or the first error. */
int rejects_end(struct rejects *rejects);
