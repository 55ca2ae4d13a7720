/* person_key - the installation's keys that turn person numbers into hashes.
 *
 * A key file is text: lines "NUMBER FROM-DATE 64-HEX-DIGITS", numbers from 1
 * and dates ascending; '#' begins a comment line.  "destroyed" in the place of the digits
 * says that there was a key: nobody of its time can be named any more, and no other key is
 * used in its place, which would make everybody a second person.  The key of an event is the last one whose
 * date is not after the event's, so a file sent again after a new key was added
 * gives the same hashes.  All producers of an installation share the file; whoever
 * holds it can test a guess.  It must be readable by its owner alone.
 *
 * Wipe what was read when it is no longer needed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fund/date.h"
#include "wire/hash.h"

#define PERSON_KEYS_MAX 64

struct person_key {
    int number;                 /* sent with each hash */
    date_day from;
    uint8_t key[PERSON_KEY_SIZE];
    bool destroyed;             /* then `key` is zeros */
};

struct person_keys {
    unsigned count;
    struct person_key keys[PERSON_KEYS_MAX];
};

/* Reads a key file.  0, or -errno with a sentence in *ret_error (static):
 * -EPERM if others may read it, -EILSEQ for a line that is none of a key. */
int person_keys_read(const char *path, struct person_keys *ret, const char **ret_error);
void person_keys_wipe(struct person_keys *keys);

/* The key for an event of `date`, which may be destroyed; NULL if the first key begins later. */
const struct person_key *person_keys_for(const struct person_keys *keys, date_day date);

/* Makes a key file with one new random key from 1990-01-01 on, mode 0600, on disk when it
 * returns.  Never overwrites: -EEXIST. */
int person_keys_make(const char *path);

/* Adds a new random key from `from` on, which must be after the newest one's
 * date (-EINVAL).  The file is replaced as a whole. */
int person_keys_add(const char *path, date_day from, const char **ret_error);

/* Destroys a key, so that its hashes can neither be made again nor be linked with a person.
 * The file is replaced as a whole, and the old one's bytes are overwritten where they stand;
 * copies of the file are not known here.  -ENOENT: no such key, or destroyed before. */
int person_keys_destroy(const char *path, int number, const char **ret_error);

/* Where the keys are if nobody says: DATA/person.key.  0 or -errno. */
int person_keys_default_path(char *ret, size_t size);
