/* folder - a temporary folder for one test, with everything in it gone at the end. */
#pragma once

#include "wire/net/net.h"

struct folder {
    char path[64];
};
void folder_make(struct folder *folder);
void folder_remove(struct folder *folder);
/* PATH/name; valid until the fourth next call. */
const char *folder_path(const struct folder *folder, const char *name);
/* Writes a file and returns its path, as folder_path(). */
const char *folder_write(const struct folder *folder, const char *name, const char *text);
/* A new key pair, its file NAME.key written. */
struct net_key folder_key(const struct folder *folder, const char *name);
