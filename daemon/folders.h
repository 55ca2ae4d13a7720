/* folders - scratch folders of the daemon's jobs, in its data folder. */
#pragma once

#define FOLDER_MAX 512          /* bytes in a path, with its NUL */

/* Makes the new folder `data`/`name`.XXXXXX.  -ENAMETOOLONG or another negative errno. */
int folders_make(const char *data, const char *name, char ret[FOLDER_MAX]);
/* Removes it with all that is in it; says so if it cannot. */
void folders_remove(const char *path);
/* Removes what a run before this one left behind when it was killed. */
void folders_remove_leftovers(const char *data, const char *name);
