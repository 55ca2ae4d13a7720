#include "consumers/job.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "consumers/terms.h"

#define JOB_LOOK_FIRST_MS 50
#define JOB_LOOK_LAST_MS  1000

#define PROGRESS_MAX 256

/* Shows how far a job is on stderr: over the last line of a terminal, else each text once. */
struct progress {
    bool terminal;
    char last[PROGRESS_MAX];
};

static void show_progress(struct progress *progress, const char *text)
{
    if (strcmp(progress->last, text) == 0)
        return;
    snprintf(progress->last, sizeof progress->last, "%s", text);
    fprintf(stderr, progress->terminal ? "\r\033[K%s" : "%s\n", progress->last);
}

static void end_progress(const struct progress *progress)
{
    if (progress->terminal && progress->last[0] != '\0')
        fputs("\r\033[K", stderr);
}

/* "position 524288 of 1738262" is what a job says on its way, or nothing yet. */
static const char *progress_text(enum language language, const char *text, char said[PROGRESS_MAX])
{
    char at[32], end[32];
    if (language != LANGUAGE_ZH || sscanf(text, "position %31[0-9] of %31[0-9]", at, end) != 2)
        return text;
    return words_fill(said, PROGRESS_MAX, word(language, WORD_JOB_POSITION),
                      (const char *const[]){ at, end }, 2);
}

static enum exit_code look(struct session *s, int64_t job, struct progress *progress, bool *ret_running,
                           json_t **ret)
{
    struct page checks = { .f = { .fault = "" } };
    json_t *answer;
    enum exit_code code = ASK(s, &answer, "job", NUMBER_ARGUMENT("job", job));
    if (code != EXIT_DONE)
        return code;
    *ret_running = strcmp(field_text(&checks.f, answer, "state"), "running") == 0;
    const char *text = field_text(&checks.f, answer, "text");
    char said[PROGRESS_MAX];
    if (checks.f.fault[0] != '\0') {
        code = session_fail(s, EXIT_FAILED, "the answer cannot be read: %s", checks.f.fault);
    } else if (*ret_running) {
        show_progress(progress, progress_text(s->language, text, said));
    } else {
        *ret = json_incref(answer);
    }
    json_decref(answer);
    return code;
}

/* Looks, less and less often, until the job has ended. */
static enum exit_code await_job(struct session *s, int64_t job, json_t **ret)
{
    struct progress progress = { .terminal = isatty(STDERR_FILENO) };
    bool running = true;
    int wait_ms = JOB_LOOK_FIRST_MS;
    enum exit_code code = look(s, job, &progress, &running, ret);
    while (code == EXIT_DONE && running) {
        poll(NULL, 0, wait_ms);
        wait_ms = wait_ms * 2 < JOB_LOOK_LAST_MS ? wait_ms * 2 : JOB_LOOK_LAST_MS;
        code = look(s, job, &progress, &running, ret);
    }
    end_progress(&progress);
    return code;
}

enum exit_code job_run(struct session *s, const char *query, const struct argument *arguments,
                       unsigned count, int64_t *ret_number, json_t **ret)
{
    json_t *answer;
    enum exit_code code = session_ask(s, query, arguments, count, &answer);
    if (code != EXIT_DONE)
        return code;
    const json_t *number = json_object_get(answer, "job");
    if (json_is_integer(number))
        code = await_job(s, json_integer_value(number), ret);
    else
        code = session_fail(s, EXIT_FAILED, "the answer has no job");
    if (code == EXIT_DONE && ret_number != NULL)
        *ret_number = json_integer_value(number);
    json_decref(answer);
    return code;
}

enum exit_code job_failed(const struct session *s, const json_t *job)
{
    const char *state = json_string_value(json_object_get(job, "state"));
    const char *text = json_string_value(json_object_get(job, "text"));
    if (state != NULL && strcmp(state, "done") == 0)
        return EXIT_DONE;
    if (s->language == LANGUAGE_ZH)
        return session_fail(s, EXIT_FAILED, "%s", term_of(s->language, TERM_ERROR, "failed"));
    return session_fail(s, EXIT_FAILED, "%s", text != NULL ? text : "it failed");
}
