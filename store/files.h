/* files - folders and paths of a store. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "folder/name"; -ENAMETOOLONG if it does not fit. */
int files_join(char *ret, size_t size, const char *folder, const char *name);
bool files_exists(const char *folder, const char *name);
/* Bytes in a file; 0 if it is not there. */
uint64_t files_size(const char *folder, const char *name);

/* Makes the folder (mode 0700) and syncs its entry; an empty one that is there
 * already will do, -EEXIST if it is not empty. */
int files_make_empty_folder(const char *path);
/* 0 where nothing is, or an empty folder; -EEXIST where one is that is not empty. */
int files_check_empty(const char *path);
int files_sync_folder(const char *path);
/* Syncs the folder that `path` stands in. */
int files_sync_parent(const char *path);

/* Makes LMDB's lock file with disk behind it: LMDB makes a sparse one and writes to it through a
 * map, which on a full disk is a SIGBUS.  0 or -ENOSPC and the like. */
int files_make_lock(const char *path);

/* True if `path`, which need not exist, would lie in `folder` or below it. */
bool files_inside(const char *path, const char *folder);

/* Copies a file and syncs the copy; -EEXIST if it is there. */
int files_copy(const char *from, const char *to);

/* Deletes a folder with all that is in it, and follows no link, not even if `path` is one. */
void files_remove_folder(const char *path);

/* A folder for what is not whole yet, and may be cut off: it has a mark inside.  What is there from an
 * attempt that was cut off is deleted.  -ENOTEMPTY, and nothing is touched, if something else is there,
 * or a link. */
int files_make_unfinished(const char *path);
/* It is whole, and has its name: takes the mark away.  A mark that stays there says nothing in a folder of
 * another name. */
void files_finish(const char *path);
