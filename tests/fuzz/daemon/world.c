#include "tests/fuzz/daemon/world.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fund/policy.h"
#include "tests/fuzz/books.h"
#include "tests/fuzz/input.h"

#define NOW_MS INT64_C(1735689600000)

static const char rights_text[] =
    "keys:\n"
    "  - name: county\n"
    "    public: \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"\n"
    "    person: Wang Fang\n"
    "    sources: [tax, \"hospital*\"]\n"
    "    kinds: [contribution, reversal]\n"
    "    places: [\"130207\"]\n"
    "    queries: [all]\n"
    "    commands: [acknowledge, requeue]\n";

static struct query_world the_world;
static struct rights *rights;

static void begin_world(void)
{
    char *error = NULL;
    struct jobs_options options = { .data = input_folder() };
    books_with_everything();
    int err = jobs_start(&options, &the_world.jobs);
    if (err == 0)
        err = rights_load(input_file((const uint8_t *)rights_text, strlen(rights_text)), &rights, &error);
    assert(err == 0);
    the_world.store = books;
    the_world.book = rights_book_create(&rights);
    the_world.started_ms = NOW_MS;
}

const struct query_world *world(void)
{
    if (the_world.store == NULL)
        begin_world();
    return &the_world;
}

const struct grant *world_county(void)
{
    const struct rights *held = rights_hold(world()->book);
    const struct grant *grant = rights_at(held, 0);
    rights_release(held);
    return grant;
}

/* --- What is not there: the linker puts these before the daemon's own. ------------- */

enum query_end __wrap_query_command(struct query *q, struct query_command *command);
bool __wrap_query_can_command(struct query *q);
int __wrap_jobs_add(struct jobs *jobs, enum job_kind kind, const char *path, uint64_t *ret_number);
int __wrap_jobs_add_replay(struct jobs *jobs, const struct replay_ask *ask, uint64_t *ret_number);
void __wrap_jobs_release(struct jobs *jobs, uint64_t number);
int __wrap_caretaker_look(struct caretaker *caretaker, struct health *ret);
void __wrap_caretaker_sources(struct caretaker *caretaker,
                              bool (*each)(void *arg, const struct source_said *said), void *arg);

enum query_end __wrap_query_command(struct query *q, struct query_command *command)
{
    if (query_ok(q)) {
        int err = store_begin(books, NOW_MS);
        assert(err == 0);
        err = command->command.run(&command->command, books);
        if (err == 0)
            command->answer(command, q);
        else if (err == -EINVAL)
            query_fail(q, "bad_argument", "the store does not take it as it is");
        else
            query_fail_with(q, err, "incident, entry or proposal");
        store_abort(books);
    }
    free(command);
    return QUERY_ANSWERED;
}

bool __wrap_query_can_command(struct query *q)
{
    return query_ok(q);
}

int __wrap_jobs_add(struct jobs *jobs, enum job_kind kind, const char *path, uint64_t *ret_number)
{
    (void)jobs;
    assert(kind == JOB_BACKUP || kind == JOB_VERIFY);
    assert(path == NULL || strlen(path) < JOB_PATH_MAX);
    if (kind == JOB_BACKUP && path[0] != '/')
        return -EINVAL;
    *ret_number = 1;
    return 0;
}

/* What the child will read is what the daemon wrote. */
int __wrap_jobs_add_replay(struct jobs *jobs, const struct replay_ask *ask, uint64_t *ret_number)
{
    (void)jobs;
    struct writer w;
    writer_init(&w);
    replay_ask_write(&w, ask);
    struct reader r = reader_of(w.bytes, w.size);
    read_skip(&r, 2 + POLICY_DEPTH_MAX);
    assert(w.err == 0 && reader_end(&r) == READ_OK);
    writer_free(&w);
    *ret_number = 1;
    return 0;
}

void __wrap_jobs_release(struct jobs *jobs, uint64_t number)
{
    (void)jobs;
    assert(number == 1);
}

int __wrap_caretaker_look(struct caretaker *caretaker, struct health *ret)
{
    (void)caretaker;
    *ret = (struct health){ .now_ms = NOW_MS, .created_ms = NOW_MS, .warnings = UINT32_MAX };
    return 0;
}

void __wrap_caretaker_sources(struct caretaker *caretaker,
                              bool (*each)(void *arg, const struct source_said *said), void *arg)
{
    (void)caretaker;
    each(arg, &(struct source_said){ .name = "tax", .waiting = 3 });
}
