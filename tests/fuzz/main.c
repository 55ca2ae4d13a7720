/* replay - gives fuzzers the files of their corpora instead of libFuzzer.
 *
 * usage: replay_SIDE CORPORA [NAME...]
 * Each file of CORPORA/NAME is one input of the fuzzer NAME; without names, of all that are linked.  What a
 * fuzzer does not like stops the program; a folder or file that cannot be read, or is not there, is a
 * failure. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

extern const struct fuzzer *const __start_fuzzers[], *const __stop_fuzzers[];

static unsigned passed, failed;

static bool replay_stream(const struct fuzzer *fuzzer, FILE *file, size_t size)
{
    /* As large as the input, so that a byte beyond it is noticed. */
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    bool whole = bytes != NULL && fread(bytes, 1, size, file) == size;
    if (whole)
        fuzzer->swallow(bytes, size);
    free(bytes);
    return whole;
}

static bool replay_file(const struct fuzzer *fuzzer, const char *path)
{
    struct stat st;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    bool done = fstat(fileno(file), &st) == 0 && replay_stream(fuzzer, file, (size_t)st.st_size);
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

static void replay_folder(const struct fuzzer *fuzzer, const char *corpora)
{
    char folder[2048], path[4096];
    struct dirent *entry;
    snprintf(folder, sizeof folder, "%s/%s", corpora, fuzzer->name);
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        count(folder, false);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        /* The last line before an end is the input that brought it about. */
        if (getenv("FUNDWATCH_REPLAY_TELL") != NULL)
            fprintf(stderr, "%s\n", path);
        count(path, replay_file(fuzzer, path));
    }
    closedir(dir);
}

static bool is_wanted(const char *name, char *const *names)
{
    bool wanted = *names == NULL;
    for (; *names != NULL; names++)
        wanted |= strcmp(*names, name) == 0;
    return wanted;
}

int main(int argc, char **argv)
{
    for (const struct fuzzer *const *f = __start_fuzzers; argc > 1 && f < __stop_fuzzers; f++) {
        if (is_wanted((*f)->name, argv + 2))
            replay_folder(*f, argv[1]);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
