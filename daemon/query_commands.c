/* The commands: what changes something, and the jobs that take long. */
#include "daemon/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/limits.h"

/* --- acknowledge ------------------------------------------------------------- */

struct acknowledge {
    struct query_command command;
    uint64_t incident, alert;
    char who[WHO_MAX + 1], note[NOTE_MAX + 1];
};

static int acknowledge_run(struct command *command, struct store *store)
{
    struct acknowledge *a = (struct acknowledge *)command;
    return store_acknowledge(store, a->incident, a->who, a->note, &a->alert);
}

static void acknowledge_answer(struct query_command *command, struct writer *data)
{
    write_map(data, 1);
    write_key_uint(data, "number", ((struct acknowledge *)command)->alert);
}

enum query_end query_acknowledge(struct query *q)
{
    struct acknowledge *a = calloc(1, sizeof *a);
    if (a == NULL) {
        query_fail_with(q, -ENOMEM, "acknowledge");
        return QUERY_ANSWERED;
    }
    a->incident = (uint64_t)query_int(q, "incident", 1, INT64_MAX, 0);
    query_text(q, "who", a->who, sizeof a->who);
    query_text(q, "note", a->note, sizeof a->note);
    if (query_ok(q) && a->who[0] == '\0')
        query_fail(q, "bad_argument", "who is empty: somebody has to take it on");
    a->command.command.run = acknowledge_run;
    a->command.answer = acknowledge_answer;
    return query_command(q, &a->command);
}

/* --- requeue ----------------------------------------------------------------- */

struct requeue {
    struct query_command command;
    uint64_t number;
    struct applied applied;
};

static int requeue_run(struct command *command, struct store *store)
{
    struct requeue *r = (struct requeue *)command;
    return store_requeue(store, r->number, &r->applied);
}

static void requeue_answer(struct query_command *command, struct writer *data)
{
    const struct applied *applied = &((struct requeue *)command)->applied;
    bool rejected = applied->outcome == OUTCOME_REJECTED;
    struct hindrance none = hindrance_none();
    bool hindered = rejected && applied->reject == REJECT_BAD_MOVE;
    write_map(data, 2 + HINDRANCE_PAIRS);
    write_key_string(data, "outcome", outcome_word(applied->outcome));
    write_key_string(data, "reason", rejected ? reject_code(applied->reject) : "");
    hindrance_write(data, hindered ? &applied->hindrance : &none);
}

enum query_end query_requeue(struct query *q)
{
    struct requeue *r = calloc(1, sizeof *r);
    if (r == NULL) {
        query_fail_with(q, -ENOMEM, "requeue");
        return QUERY_ANSWERED;
    }
    r->number = (uint64_t)query_int(q, "number", 1, INT64_MAX, 0);
    r->command.command.run = requeue_run;
    r->command.answer = requeue_answer;
    return query_command(q, &r->command);
}

/* --- jobs -------------------------------------------------------------------- */

static enum query_end add_job(struct query *q, enum job_kind kind, const char *path)
{
    uint64_t number;
    int err = query_ok(q) ? jobs_add(q->world->jobs, kind, path, &number) : 0;
    if (err == -EINVAL)
        query_fail(q, "bad_argument", "path is absolute and at most 511 bytes");
    else if (err == -EEXIST)
        query_fail(q, "bad_argument", "there is something at that path already");
    else if (err != 0)
        query_fail_with(q, err, "job");
    if (query_ok(q)) {
        write_map(q->data, 1);
        write_key_uint(q->data, "job", number);
    }
    return QUERY_ANSWERED;
}

enum query_end query_backup(struct query *q)
{
    char path[JOB_PATH_MAX];
    query_text(q, "path", path, sizeof path);
    return add_job(q, JOB_BACKUP, path);
}

enum query_end query_verify(struct query *q)
{
    return add_job(q, JOB_VERIFY, NULL);
}

static void write_backup(struct writer *w, const struct job *job)
{
    write_map(w, 2);
    write_key_string(w, "path", job->path);
    write_key_uint(w, "covered", job->covered);
}

static void write_verified(struct writer *w, const struct verify_result *r)
{
    write_map(w, 8);
    write_key_uint(w, "records", r->records);
    write_key_uint(w, "events", r->events);
    write_key_uint(w, "funds", r->funds);
    write_key_uint(w, "rules", r->rules);
    write_key_uint(w, "alerts", r->alerts);
    write_key_uint(w, "differences", r->differences);
    write_key_hex(w, "chain", r->chain, sizeof r->chain);
    write_key_string(w, "first", r->first);
}

static void write_known(struct writer *w, const struct known *known)
{
    write_map(w, 3);
    write_key_uint(w, "first", known->first);
    write_key_uint(w, "position", known->position);
    write_key_int(w, "recorded", known->recorded_ms);
}

static void write_result(struct writer *w, struct jobs *jobs, const struct job *job)
{
    write_key(w, "result");
    if (job->state == JOB_RUNNING) {
        write_map(w, 0);
        return;
    }
    switch (job->kind) {
    case JOB_BACKUP:
        write_backup(w, job);
        return;
    case JOB_VERIFY:
        write_verified(w, &job->verified);
        return;
    case JOB_BACKTEST:
        if (!jobs_write_result(jobs, job->number, w))
            write_map(w, 0);
        return;
    case JOB_KNOWN_AT:
        write_known(w, &job->known);
        return;
    }
}

enum query_end query_job(struct query *q)
{
    struct job job;
    uint64_t number = (uint64_t)query_int(q, "job", 1, INT64_MAX, 0);
    int err = query_ok(q) ? jobs_get(q->world->jobs, number, &job) : 0;
    if (err != 0)
        query_fail_with(q, err, "job");
    if (query_ok(q) && job.kind == JOB_BACKTEST && !grant_place(q->grant, job.fund.place))
        query_fail(q, "not_permitted", "the key has no right to see that fund");
    if (!query_ok(q))
        return QUERY_ANSWERED;
    write_map(q->data, 3);
    write_key_string(q->data, "state", job_state_word(job.state));
    write_key_string(q->data, "text", job.text);
    write_result(q->data, q->world->jobs, &job);
    return QUERY_ANSWERED;
}
