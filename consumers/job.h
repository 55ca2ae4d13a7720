/* job - what takes the daemon long: asked for, and waited for with its progress shown. */
#pragma once

#include "consumers/session.h"

/* Asks for it by `query`, and looks until it has ended.  *ret is what `job` answers, a new reference;
 * *ret_number, which may be NULL, the job's.  Progress goes to stderr: over the last line of a terminal, else
 * each text once. */
enum exit_code job_run(struct session *s, const char *query, const struct argument *arguments,
                       unsigned count, int64_t *ret_number, json_t **ret);
#define JOB(s, ret, query, ...)                                                                    \
    job_run((s), (query), (const struct argument[]){ __VA_ARGS__ },                                \
            sizeof((const struct argument[]){ __VA_ARGS__ }) / sizeof(struct argument), NULL, (ret))

/* EXIT_DONE, or EXIT_FAILED after saying why it failed. */
enum exit_code job_failed(const struct session *s, const json_t *job);
