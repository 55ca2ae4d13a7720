#include "daemon/verification.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/child.h"

#define RESULT_FORMAT(spec) "result records=%" spec " events=%" spec " funds=%" spec \
    " rules=%" spec " alerts=%" spec " differences=%" spec " chain="

/* --- The child. -------------------------------------------------------------- */

static void print_progress([[maybe_unused]] void *arg, uint64_t at, uint64_t of)
{
    printf("progress %" PRIu64 " %" PRIu64 "\n", at, of);
    fflush(stdout);
}

static void print_result(const struct verify_result *r)
{
    printf(RESULT_FORMAT(PRIu64), r->records, r->events, r->funds, r->rules, r->alerts,
           r->differences);
    for (unsigned i = 0; i < CHAIN_SIZE; i++)
        printf("%02x", r->chain[i]);
    printf("\n");
    if (r->first[0] != '\0')
        printf("first %s\n", r->first);
    fflush(stdout);
}

int verification_main(const char *path)
{
    struct verify_result result = { .records = 0 };
    int err = verify_store(path, print_progress, NULL, &result);
    if (err != 0) {
        fprintf(stderr, "fundwatchd: %s cannot be compared: %s\n", path, strerror(-err));
        return EXIT_FAILURE;
    }
    print_result(&result);
    return result.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- The daemon. ------------------------------------------------------------- */

struct reading {
    void (*progress)(void *arg, uint64_t at, uint64_t of);
    void *arg;
    struct verify_result result;
    bool complete;              /* a whole result line was there */
};

static bool read_chain(const char *hex, uint8_t chain[CHAIN_SIZE])
{
    for (unsigned i = 0; i < CHAIN_SIZE; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * (size_t)i, "%2x", &byte) != 1)
            return false;
        chain[i] = (uint8_t)byte;
    }
    return true;
}

static void read_line(void *arg, char *line)
{
    struct reading *reading = arg;
    struct verify_result *r = &reading->result;
    uint64_t at, of;
    int end = 0;
    if (sscanf(line, "progress %" SCNu64 " %" SCNu64, &at, &of) == 2)
        reading->progress(reading->arg, at, of);
    else if (sscanf(line, RESULT_FORMAT(SCNu64) "%n", &r->records, &r->events, &r->funds,
                    &r->rules, &r->alerts, &r->differences, &end) == 6 && end > 0)
        reading->complete = strlen(line + end) == 2 * CHAIN_SIZE
            && read_chain(line + end, r->chain);
    else if (strncmp(line, "first ", 6) == 0)
        snprintf(r->first, sizeof r->first, "%.*s", (int)sizeof r->first - 1, line + 6);
}

int verification_run(const char *path, const struct bell *stop,
                     void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                     struct verify_result *ret, char **ret_error)
{
    struct reading reading = { .progress = progress, .arg = arg };
    int status, err = child_run("--verify-copy", path, stop, read_line, &reading, &status);
    if (err != 0)
        return err;
    /* Differences end it with 1 too, but then it has said what they are. */
    if (!WIFEXITED(status) || !reading.complete)
        return child_failed(status, "the comparison", ret_error);
    *ret = reading.result;
    return 0;
}
