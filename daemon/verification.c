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

static int compare_head(const char *path, const char *text, enum head_verdict *ret)
{
    struct written_head head;
    if (text == NULL) {
        *ret = HEAD_NOT_ASKED;
        return 0;
    }
    int err = written_head_parse(text, &head) ? verify_head(path, &head, ret) : -EINVAL;
    if (err == 0)
        printf("head %s %s\n", head_verdict_word(*ret), head_verdict_sentence(*ret));
    return err;
}

int verification_main(const char *path, const char *head)
{
    struct verify_result result = { .records = 0 };
    enum head_verdict verdict;
    int err = compare_head(path, head, &verdict);
    if (err == 0)
        err = verify_store(path, print_progress, NULL, &result);
    if (err != 0) {
        fprintf(stderr, "fundwatchd: %s cannot be compared: %s\n", path, store_strerror(err));
        return EXIT_FAILURE;
    }
    print_result(&result);
    bool good = result.differences == 0 && (verdict == HEAD_NOT_ASKED || verdict == HEAD_PROVED);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- The daemon. ------------------------------------------------------------- */

struct reading {
    void (*progress)(void *arg, uint64_t at, uint64_t of);
    void *arg;
    struct verification_result result;
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

/* A word that is not known proves nothing. */
static enum head_verdict read_head(const char *text)
{
    size_t size = strcspn(text, " ");
    for (enum head_verdict verdict = HEAD_PROVED; verdict <= HEAD_WITHIN; verdict++) {
        const char *word = head_verdict_word(verdict);
        if (strlen(word) == size && strncmp(word, text, size) == 0)
            return verdict;
    }
    return HEAD_DIFFERS;
}

static void read_line(void *arg, char *line)
{
    struct reading *reading = arg;
    struct verify_result *r = &reading->result.books;
    uint64_t at, of;
    int end = 0;
    if (sscanf(line, "progress %" SCNu64 " %" SCNu64, &at, &of) == 2)
        reading->progress(reading->arg, at, of);
    else if (sscanf(line, RESULT_FORMAT(SCNu64) "%n", &r->records, &r->events, &r->funds,
                    &r->rules, &r->alerts, &r->differences, &end) == 6 && end > 0)
        reading->complete = strlen(line + end) == 2 * CHAIN_SIZE
            && read_chain(line + end, r->chain);
    else if (strncmp(line, "head ", 5) == 0)
        reading->result.head = read_head(line + 5);
    else if (strncmp(line, "first ", 6) == 0)
        snprintf(r->first, sizeof r->first, "%.*s", (int)sizeof r->first - 1, line + 6);
}

int verification_run(const char *path, const char *head, const struct bell *stop,
                     void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                     struct verification_result *ret, char **ret_error)
{
    struct reading reading = { .progress = progress, .arg = arg };
    const char *const words[CHILD_WORDS_MAX] = {
        "--verify-copy", path, head != NULL ? "--head" : NULL, head,
    };
    int status, err = child_run(words, stop, read_line, &reading, &status);
    if (err != 0)
        return err;
    /* Differences end it with 1 too, but then it has said what they are. */
    bool told = head == NULL || reading.result.head != HEAD_NOT_ASKED;
    if (!WIFEXITED(status) || !reading.complete || !told)
        return child_failed(status, "the comparison", ret_error);
    *ret = reading.result;
    return 0;
}
