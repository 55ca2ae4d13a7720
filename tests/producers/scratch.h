/* scratch - files of a test, in a folder of its own. */
#pragma once

#include <stddef.h>

/* A checked fixture: makes the folder, and removes it with what is in it. */
void scratch_setup(void);
void scratch_teardown(void);

/* The path of `name` in the folder; lasts until the 64th call after it. */
const char *scratch_path(const char *name);

/* Writes a file, and returns its path. */
const char *scratch_write(const char *name, const char *bytes, size_t size);
const char *scratch_text(const char *name, const char *text);

/* What is in a file, with a NUL behind it: the caller's.  NULL if there is none. */
char *scratch_read(const char *name, size_t *ret_size);
