/* The commands: what changes something, and the jobs that take long. */
#include "daemon/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/event_codec.h"
#include "wire/limits.h"

/* --- acknowledge ------------------------------------------------------------- */

struct acknowledge {
    struct query_command command;
    uint64_t incident, alert;
    struct fund fund;           /* of the incident */
    char who[WHO_MAX + 1], note[NOTE_MAX + 1];
};

static int acknowledge_run(struct command *command, struct store *store)
{
    struct acknowledge *a = (struct acknowledge *)command;
    char text[ACTION_TEXT_MAX + 1];
    int err = store_acknowledge(store, a->incident, a->who, a->note, &a->alert);
    if (err != 0)
        return err;
    snprintf(text, sizeof text, "%s: %s", a->who, a->note);
    return store_action(store, &(struct action_told){
        .action = ACTION_ACKNOWLEDGED, .subject = a->incident, .fund = a->fund, .text = text,
    });
}

static void acknowledge_answer(struct query_command *command, struct query *q)
{
    write_map(q->data, 1);
    write_key_uint(q->data, "number", ((struct acknowledge *)command)->alert);
}

/* The fund of an incident, which the asker may see. */
static struct fund incident_fund(struct query *q, uint64_t incident)
{
    struct view *view;
    struct alert alert = { .number = 0 };
    query_view(q, &view);
    if (!query_ok(q))
        return alert.fund;
    int err = view_alert(view, incident, &alert);
    view_close(&view);
    if (err != 0)
        query_fail_with(q, err, "incident or entry");
    else if (!grant_place(q->grant, alert.fund.place))
        query_fail(q, "not_permitted", "the key has no right to see the incident's fund");
    return alert.fund;
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
    a->fund = incident_fund(q, a->incident);
    a->command.command.run = acknowledge_run;
    a->command.answer = acknowledge_answer;
    return query_command(q, &a->command);
}

/* --- requeue ----------------------------------------------------------------- */

struct requeue {
    struct query_command command;
    uint64_t number;
    struct fund fund;           /* of what was sent, if that can be told */
    struct applied applied;
};

static int requeue_run(struct command *command, struct store *store)
{
    struct requeue *r = (struct requeue *)command;
    char text[ACTION_TEXT_MAX + 1];
    int err = store_requeue(store, r->number, &r->applied);
    if (err != 0)
        return err;
    snprintf(text, sizeof text, "%s%s%s", outcome_word(r->applied.outcome),
             r->applied.outcome == OUTCOME_REJECTED ? " " : "",
             r->applied.outcome == OUTCOME_REJECTED ? reject_code(r->applied.reject) : "");
    return store_action(store, &(struct action_told){
        .action = ACTION_REQUEUED, .subject = r->number, .fund = r->fund, .text = text,
    });
}

static void requeue_answer(struct query_command *command, struct query *q)
{
    struct writer *data = q->data;
    const struct applied *applied = &((struct requeue *)command)->applied;
    bool rejected = applied->outcome == OUTCOME_REJECTED;
    struct hindrance none = hindrance_none();
    bool hindered = rejected && applied->reject == REJECT_BAD_MOVE;
    write_map(data, 2 + HINDRANCE_PAIRS);
    write_key_string(data, "outcome", outcome_word(applied->outcome));
    write_key_string(data, "reason", rejected ? reject_code(applied->reject) : "");
    hindrance_write(data, hindered ? &applied->hindrance : &none);
}

/* A look at one entry. */
struct look {
    struct query *q;
    uint64_t number;
    bool found;
    struct fund fund;
};

/* Whoever has it counted must have the right to send it: it may be here because its source has not. */
static bool check_entry(void *arg, const struct quarantine_view *entry)
{
    struct look *look = arg;
    struct query *q = look->q;
    struct event event;
    char key[EVENT_KEY_MAX + 1];
    struct reader r = reader_of(entry->sent.bytes, entry->sent.size);
    look->found = entry->number == look->number;
    if (!look->found)
        return false;
    if (!grant_sees_source(q->grant, entry->source))
        query_fail(q, "not_permitted", "the key has no right to see what %s sent", entry->source);
    if (event_decode(&r, &event, key) != REJECT_NONE)
        return false;           /* it will be rejected again */
    look->fund = event.fund;
    if (!grant_kind(q->grant, event.kind) || !grant_place(q->grant, event.fund.place))
        query_fail(q, "not_permitted", "the key has no right to send this kind or for this fund itself");
    return false;
}

static struct fund entry_fund(struct query *q, uint64_t number)
{
    struct look look = { .q = q, .number = number };
    struct view *view;
    query_view(q, &view);
    if (!query_ok(q))
        return look.fund;
    int err = view_quarantine(view, 0, number - 1, check_entry, &look);
    view_close(&view);
    if (err == 0 && !look.found)
        err = -ENOENT;
    if (err != 0)
        query_fail_with(q, err, "incident or entry");
    return look.fund;
}

enum query_end query_requeue(struct query *q)
{
    struct requeue *r = calloc(1, sizeof *r);
    if (r == NULL) {
        query_fail_with(q, -ENOMEM, "requeue");
        return QUERY_ANSWERED;
    }
    r->number = (uint64_t)query_int(q, "number", 1, INT64_MAX, 0);
    r->fund = entry_fund(q, r->number);
    r->command.command.run = requeue_run;
    r->command.answer = requeue_answer;
    return query_command(q, &r->command);
}

/* --- jobs -------------------------------------------------------------------- */

struct note_job {
    struct query_command command;
    struct action_told action;
    char text[ACTION_TEXT_MAX + 1];
    struct jobs *jobs;
    uint64_t job;
};

static int note_job_run(struct command *command, struct store *store)
{
    return store_action(store, &((struct note_job *)command)->action);
}

static void note_job_answer(struct query_command *command, struct query *q)
{
    const struct note_job *note = (struct note_job *)command;
    jobs_release(note->jobs, note->job);
    write_map(q->data, 1);
    write_key_uint(q->data, "job", note->job);
}

enum query_end query_note_job(struct query *q, struct action_told action, uint64_t job)
{
    struct note_job *note = calloc(1, sizeof *note);
    if (note == NULL) {
        query_fail_with(q, -ENOMEM, "job");
        return QUERY_ANSWERED;
    }
    snprintf(note->text, sizeof note->text, "%s", action.text);
    note->action = action;
    note->action.text = note->text;
    note->jobs = q->world->jobs;
    note->job = job;
    note->command.anyway = true;        /* a backup is worth most when the disk is full */
    note->command.command.run = note_job_run;
    note->command.answer = note_job_answer;
    return query_command(q, &note->command);
}

static enum query_end add_job(struct query *q, enum job_kind kind, const char *path)
{
    uint64_t number = 0;
    int err = query_can_command(q) ? jobs_add(q->world->jobs, kind, path, &number) : 0;
    if (err == -EINVAL)
        query_fail(q, "bad_argument", "path is absolute and at most 511 bytes");
    else if (err == -EEXIST)
        query_fail(q, "bad_argument", "there is something at that path already");
    else if (err != 0)
        query_fail_with(q, err, "job");
    if (!query_ok(q))
        return QUERY_ANSWERED;
    struct action_told action = {
        .action = kind == JOB_BACKUP ? ACTION_BACKUP : ACTION_VERIFY, .text = path != NULL ? path : "",
    };
    return query_note_job(q, action, number);
}

enum query_end query_backup(struct query *q)
{
    char path[JOB_PATH_MAX];
    query_text(q, "path", path, sizeof path);
    return add_job(q, JOB_BACKUP, path);
}

enum query_end query_verify(struct query *q)
{
    char text[128];
    struct written_head head;
    query_text(q, "head", text, sizeof text);
    if (query_ok(q) && query_has(q, "head") && !written_head_parse(text, &head))
        query_fail(q, "bad_argument", "head is POSITION:HASH, the hash in 64 hexadecimal digits");
    return add_job(q, JOB_VERIFY, text[0] != '\0' ? text : NULL);
}

static void write_backup(struct writer *w, const struct job *job)
{
    write_map(w, 2);
    write_key_string(w, "path", job->path);
    write_key_uint(w, "covered", job->covered);
}

static void write_verified(struct writer *w, const struct verification_result *verified)
{
    const struct verify_result *r = &verified->books;
    write_map(w, 9);
    write_key_uint(w, "records", r->records);
    write_key_uint(w, "events", r->events);
    write_key_uint(w, "funds", r->funds);
    write_key_uint(w, "rules", r->rules);
    write_key_uint(w, "alerts", r->alerts);
    write_key_uint(w, "differences", r->differences);
    write_key_hex(w, "chain", r->chain, sizeof r->chain);
    write_key_string(w, "head", head_verdict_word(verified->head));
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
