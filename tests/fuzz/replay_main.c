/* replay - runs a fuzzer's function over files instead of libFuzzer.
 *
 * usage: fuzz_NAME FOLDER...
 * Each file of each folder is one input.  What the function does not like stops
 * the program; a folder or file that cannot be read is a failure. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static unsigned passed, failed;

static bool replay_stream(FILE *file, size_t size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    bool whole = bytes != NULL && fread(bytes, 1, size, file) == size;
    if (whole)
        LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    return whole;
}

static bool replay_file(const char *path)
{
    struct stat st;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    bool done = fstat(fileno(file), &st) == 0 && replay_stream(file, (size_t)st.st_size);
    fclose(file);
    return done;
}

static void count(const char *path, bool good)
{
    if (good) {
        passed++;
        return;
    }
    perror(path);
    failed++;
}

static void replay_folder(const char *folder)
{
    char path[4096];
    struct dirent *entry;
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        count(folder, false);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count(path, replay_file(path));
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay_folder(argv[i]);
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
