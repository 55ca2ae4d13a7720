#include "producers/run.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "producers/client/producer.h"
#include "producers/event_lines.h"
#include "producers/ids.h"
#include "producers/pending.h"
#include "producers/rejects.h"
#include "producers/sums.h"

#define PROGRESS_MS 250

struct counts {
    uint64_t lines;             /* rows read, good and bad */
    uint64_t bad, skipped;      /* rows */
    uint64_t events;            /* given to the library, or what --check would give */
    uint64_t repeated;          /* of --check: events that stand there twice, which count once */
};

struct run {
    const struct program *program;
    struct options *options;
    struct person_keys keys;
    bool has_keys, keyless;     /* keyless: --check goes on without, and has said so */
    struct mapping *mapping;
    struct fw_producer *producer;   /* NULL with --check */
    struct counts counts;
    struct sums sums;
    struct ids ids;             /* of --check */
    FILE *events;               /* of --events; NULL: none */

    const char *file;           /* the one being read, or "command line" */
    unsigned file_number;       /* its number from 1, or 0 */
    struct rejects rejects;     /* of it */
    struct pending pending;
    bool nobody_answers;        /* a wait was in vain */
    bool failed;
    bool stopped;               /* nothing can be sent any more */
    bool usage;                 /* the command line lacks something */
    bool progress;
    int64_t progress_ms;        /* when it was shown */
};

static void say(const struct run *run, const char *sentence)
{
    if (run->progress)
        fputs("\r\033[K", stderr);
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, sentence);
}

static bool fail(struct run *run, const char *sentence)
{
    say(run, sentence);
    run->failed = true;
    return false;
}

static bool fail_file(struct run *run, const struct complaint *complaint)
{
    if (run->progress)
        fputs("\r\033[K", stderr);
    complaint_print(complaint, run->file);
    run->failed = true;
    return false;
}

/* --- Lines that do not count ------------------------------------------------- */

static void tell(struct run *run, const struct complaint *complaint)
{
    if (run->progress)
        fputs("\r\033[K", stderr);
    complaint_print(complaint, run->file);
}

/* False when there were too many. */
static bool set_aside(struct run *run, const struct row *row, const struct complaint *complaint)
{
    tell(run, complaint);
    run->counts.bad++;
    if (!run->options->check)
        rejects_add(&run->rejects, row->raw, row->raw_size);
    if (run->options->max_errors == 0 || run->counts.bad < run->options->max_errors)
        return true;
    return fail(run, "stopped at --max-errors; the lines behind it were not read");
}

/* Of a bad move what stands against it, else what the reason means. */
static const char *why_of(const struct fw_outcome *outcome, char text[HINDRANCE_TEXT_MAX])
{
    hindrance_text(&outcome->hindrance, text);
    return outcome->reject == REJECT_BAD_MOVE && text[0] != '\0' ? text : reject_sentence(outcome->reject);
}

static void describe(const struct fw_outcome *outcome, struct complaint *complaint)
{
    char why[HINDRANCE_TEXT_MAX];
    if (outcome->outcome == OUTCOME_CONFLICT)
        complain(complaint, "", "conflict: %s was counted before with other content (position "
                 "%" PRIu64 "); the first stands", outcome->id, outcome->position);
    else
        complain(complaint, "", "rejected: %s: %s%s%s (%s)", outcome->id,
                 reject_code(outcome->reject), outcome->key[0] != '\0' ? ", field " : "",
                 outcome->key, why_of(outcome, why));
}

/* An answer that is not "applied". */
static void on_outcome(void *arg, const struct fw_outcome *outcome)
{
    struct run *run = arg;
    struct complaint complaint = {.line = 0};
    if (outcome->outcome == OUTCOME_APPLIED || outcome->outcome == OUTCOME_DUPLICATE)
        return;
    describe(outcome, &complaint);
    if (outcome->index == FW_PRODUCER_EARLIER) {
        complaint_print(&complaint, "sent by an earlier run");
        return;
    }
    struct pending_line *line = pending_find(&run->pending, outcome->index);
    complaint.line = line != NULL ? line->line : 0;
    tell(run, &complaint);
    if (line != NULL && line->size > 0 && !line->set_aside) {
        rejects_add(&run->rejects, run->pending.bytes + line->offset, line->size);
        line->set_aside = true;
    }
}

/* --- Sending ----------------------------------------------------------------- */

static const char *refusal_advice(enum refusal refusal)
{
    switch (refusal) {
    case REFUSED_SOURCE:
        return "the daemon refused: this key may not use that source or issuer name; see --source, "
               "--issuer and --key";
    case REFUSED_READ_ONLY:
        return "the daemon refused: it takes no events now (read only); what was read is in the "
               "spool";
    case REFUSED_NAMES:
        return "the daemon refused: this source or issuer is new to it, and this key may bring no more new "
               "names; see sources_max in the daemon's rights file";
    case REFUSED_VERSION:
        return "the daemon refused: it speaks another version of the protocol";
    case REFUSED_TOO_LARGE:
    case REFUSED_MALFORMED:
    case REFUSED_NOT:
        break;
    }
    return "the daemon refused a batch as malformed: please report this";
}

/* A spool that has reached its limit goes on; one whose disk is full does not, not even to say what is
 * in it. */
static const char *why_spool_failed(const struct run *run, int err)
{
    struct spool_stats stats;
    if (err == -EILSEQ)
        return "it is damaged: keep its folder, and send from the originals to a new one";
    if (err != -ENOSPC)
        return strerror(-err);
    return fw_producer_spool_stats(run->producer, &stats) == 0
        ? "it has as many bytes as FUNDWATCH_SPOOL_MAX lets it have (64 GiB if that is not set)"
        : "the disk is full; what it has is sent when there is room again";
}

static bool sending_failed(struct run *run, int err)
{
    run->stopped = true;
    if (err == -ECONNREFUSED)
        return fail(run, refusal_advice(fw_producer_refusal(run->producer)));
    char sentence[160];
    snprintf(sentence, sizeof sentence, "the spool cannot take more: %s", why_spool_failed(run, err));
    return fail(run, sentence);
}

/* Waits until all is answered, so that the lines need not be kept.  False if nothing more
 * can be sent. */
static bool settle(struct run *run)
{
    if (run->producer == NULL || run->stopped)
        return !run->stopped;
    int err = fw_producer_flush(run->producer, run->nobody_answers ? 0 : run->options->timeout_ms);
    if (err == -ETIMEDOUT && !run->nobody_answers)
        say(run, "the daemon does not answer; what is read goes into the spool and is sent by the "
            "next run");
    run->nobody_answers = err == -ETIMEDOUT;
    pending_clear(&run->pending);
    return err == 0 || err == -ETIMEDOUT || sending_failed(run, err);
}

static bool send_event(struct run *run, const struct event *event)
{
    uint64_t index;
    int err = fw_producer_add(run->producer, event,
                              run->nobody_answers ? 0 : run->options->timeout_ms, &index);
    return err == 0 || sending_failed(run, err);
}

/* The events of a line were checked; sends them. */
static bool send_line(struct run *run, const struct event *events, unsigned count, const struct row *row)
{
    if (pending_is_full(&run->pending) && !settle(run))
        return false;
    if (pending_add(&run->pending, run->counts.events, count, row->line, row->raw, row->raw_size) != 0)
        return fail(run, "out of memory");
    for (unsigned i = 0; i < count; i++) {
        if (!send_event(run, &events[i]))
            return false;
        run->counts.events++;
    }
    return true;
}

static bool set_conflict_aside(struct run *run, const struct event *event, struct id_place first,
                               const struct row *row)
{
    struct complaint complaint = {.line = row->line};
    bool elsewhere = first.file != run->file_number;
    const char *file = first.file == 0 ? "the command line" : run->options->files[first.file - 1];
    if (first.file == 0)
        complain(&complaint, "", "conflict: %s stands on %s with other content; the first stands",
                 event->id, file);
    else
        complain(&complaint, mapping_name(run->mapping, SLOT_ID),
                 "conflict: %s stands in %s%sline %" PRIu32 " with other content; the first stands",
                 event->id, elsewhere ? file : "", elsewhere ? " " : "", first.line);
    return set_aside(run, row, &complaint);
}

/* What --check does with the events of a line instead: the same as the daemon would, so that what
 * is added up is what will count. */
static bool add_up(struct run *run, const struct event *events, unsigned count, const struct row *row)
{
    struct id_place place = {.file = run->file_number, .line = (uint32_t)row->line}, first;
    for (unsigned i = 0; i < count; i++) {
        enum id_met met;
        if (ids_meet(&run->ids, &events[i], place, &met, &first) != 0)
            return fail(run, "out of memory");
        if (met == ID_CONFLICTING)
            return set_conflict_aside(run, &events[i], first, row);
        run->counts.repeated += met == ID_REPEATED;
        if (met == ID_REPEATED)
            continue;
        run->counts.events++;
        if (sums_add(&run->sums, &events[i]) != 0)
            return fail(run, "out of memory");
        if (run->events != NULL && !event_line_write(&events[i], run->events))
            return fail(run, "the events cannot be written");
    }
    return true;
}

static bool take(struct run *run, const struct event *events, unsigned count, const struct row *row)
{
    return run->options->check ? add_up(run, events, count, row) : send_line(run, events, count, row);
}

/* --- Rows -------------------------------------------------------------------- */

static bool check_events(const struct run *run, const struct event *events, unsigned count,
                         struct complaint *complaint)
{
    for (unsigned i = 0; i < count; i++) {
        enum event_field field;
        struct event event = events[i];
        if (run->keyless)
            event.person[0] = 1;        /* nobody is hashed, which is no fault of the row */
        enum reject reject = event_check(&event, &field);
        if (reject != REJECT_NONE) {
            complain(complaint, mapping_name(run->mapping, (enum slot)field), "%s: %s",
                     reject_code(reject), reject == REJECT_BAD_FIELD
                     ? "out of range, or does not go together with the other fields"
                     : reject_sentence(reject));
            return false;
        }
    }
    return true;
}

static bool read_row(struct run *run, const struct row *row, struct complaint *complaint)
{
    struct values values;
    struct made made = {.count = 0};
    bool good =
        mapping_read(run->mapping, row, &values, complaint) &&
        run->program->make(&run->options->settings, run->mapping, &values, &made, complaint) &&
        check_events(run, made.events, made.count, complaint);
    explicit_bzero(values.person_number, sizeof values.person_number);
    if (!good)
        return set_aside(run, row, complaint);
    if (made.skipped != NULL) {
        run->counts.skipped++;
        return true;
    }
    return take(run, made.events, made.count, row);
}

static bool load_keys(struct run *run)
{
    char path[NET_PATH_MAX];
    const char *file = run->options->person_key, *error = NULL;
    if (run->has_keys || run->keyless || !mapping_has(run->mapping, SLOT_PERSON))
        return true;
    if (file == NULL && person_keys_default_path(path, sizeof path) == 0)
        file = path;
    if (file == NULL)
        return fail(run, "there is no data folder for the person key; use --person-key");
    int err = person_keys_read(file, &run->keys, &error);
    if (err != 0) {
        const char *reading = run->file;
        struct complaint complaint = {.line = 0};
        complain(&complaint, "", "%s", error);
        run->file = file;
        fail_file(run, &complaint);
        /* Nothing leaves with --check, so the rest can be looked at with persons unhashed. */
        run->file = reading;
        run->keyless = run->options->check;
        return run->keyless;
    }
    run->has_keys = true;
    run->options->settings.keys = &run->keys;
    return true;
}

/* True if the command line says that a column may be passed over. */
static bool is_ignored(const struct run *run, const char *name)
{
    const char *at = run->options->ignored;
    size_t size = strlen(name);
    if (at == NULL || strcmp(at, "all") == 0)
        return at != NULL;
    for (;;) {
        size_t length = strcspn(at, ",");
        if (length == size && strncasecmp(at, name, size) == 0)
            return true;
        if (at[length] == '\0')
            return false;
        at += length + 1;
    }
}

/* A column that nobody knows may be a known one misspelt, and then rows would be read without what
 * it says; so it is an error unless the command line knows of it. */
static bool refuse_unknown(const struct run *run, struct complaint *complaint)
{
    unsigned count;
    const char *const *unknown = mapping_unknown(run->mapping, &count);
    for (unsigned i = 0; i < count; i++) {
        if (is_ignored(run, unknown[i]))
            continue;
        size_t size = 0;
        const char *nearest = mapping_nearest(run->mapping, unknown[i], &size);
        complain(complaint, unknown[i], "there is no such column%s%.*s%s; --fields lists them, "
                 "--ignore-columns passes over it", nearest != NULL ? ", is it " : "", (int)size,
                 nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
        return false;
    }
    return true;
}

/* Looks up the names: for CSV those of the header and once, for JSON each row's. */
static bool bind(struct run *run, const struct input *input, const struct row *row, bool first,
                 struct complaint *complaint)
{
    bool csv = input_is_csv(input);
    if (csv && !first)
        return true;
    return mapping_bind(run->mapping, row, csv, complaint) && refuse_unknown(run, complaint) &&
           load_keys(run);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void show_progress(struct run *run)
{
    if (!run->progress || run->counts.lines % 256 != 0 || now_ms() - run->progress_ms < PROGRESS_MS)
        return;
    run->progress_ms = now_ms();
    fprintf(stderr, "\r%s: %" PRIu64 " lines, %" PRIu64 " events, %" PRIu64 " bad lines\033[K",
            run->file, run->counts.lines, run->counts.events, run->counts.bad);
}

/* --- Files ------------------------------------------------------------------- */

static bool open_rejects(struct run *run, const struct input *input)
{
    size_t size;
    const char *header = input_header(input, &size);
    return rejects_init(&run->rejects, run->file, input_is_csv(input), run->options->rejects,
                        header, size) == 0 ||
           fail(run, "the rejects file's name is too long; use --rejects");
}

static bool read_rows(struct run *run, struct input *input)
{
    struct row row;
    struct complaint complaint;
    bool first = true, first_row = true, going = true;
    while (going) {
        enum input_result result = input_next(input, &row, &complaint);
        if (result == INPUT_FAILED)
            return fail_file(run, &complaint);
        if (first && !open_rejects(run, input))
            return false;
        first = false;
        if (result == INPUT_END)
            break;
        run->counts.lines++;
        if (result == INPUT_BAD) {
            going = set_aside(run, &row, &complaint);
            continue;
        }
        bool failed_before = run->failed;
        if (!bind(run, input, &row, first_row, &complaint)) {
            if (run->failed && !failed_before)
                return false;
            if (input_is_csv(input)) {
                complaint.line = 1;
                return fail_file(run, &complaint);
            }
            going = set_aside(run, &row, &complaint);
            continue;
        }
        first_row = false;
        going = read_row(run, &row, &complaint);
        show_progress(run);
    }
    return going;
}

static bool read_file(struct run *run, const char *path)
{
    struct input *input;
    struct complaint complaint = {.line = 0};
    run->file = path;
    int err = input_open(path, run->options->encoding, &input);
    if (err != 0) {
        complain(&complaint, "", "cannot be opened: %s", strerror(-err));
        return fail_file(run, &complaint);
    }
    run->file = input_name(input);
    bool going = read_rows(run, input);
    going = settle(run) && going;
    if (rejects_end(&run->rejects) != 0)
        going = fail(run, "the rejects file cannot be written; bad lines are only in the input");
    else if (run->rejects.lines > 0 && !run->options->quiet)
        fprintf(stderr, "%s: %" PRIu64 " lines set aside in %s\n", run->file, run->rejects.lines,
                run->rejects.path);
    run->rejects = (struct rejects){.err = 0};
    run->file = path;
    input_close(&input);
    return going;
}

typedef bool give_fn(const struct options *options, struct given *ret, struct complaint *complaint);

static bool give(struct run *run, give_fn *ask)
{
    struct complaint complaint = {.line = 0};
    struct row row = {.line = 0};
    if (ask == NULL)
        return true;
    struct given *given = calloc(1, sizeof *given);
    if (given == NULL)
        return fail(run, "out of memory");
    run->file = "command line";
    bool good = ask(run->options, given, &complaint) &&
                check_events(run, given->events, given->count, &complaint);
    if (!good) {
        complaint_print(&complaint, run->file);
        run->failed = true;
    } else if (given->count > 0) {
        good = take(run, given->events, given->count, &row);
    }
    free(given);
    return good;
}

/* --- All ---------------------------------------------------------------------- */

/* --rejects must not be one of the files that are read. */
static bool rejects_is_no_input(struct run *run)
{
    const struct options *o = run->options;
    struct stat rejects, input;
    if (o->rejects == NULL || stat(o->rejects, &rejects) != 0)
        return true;
    for (unsigned i = 0; i < o->file_count; i++) {
        if (stat(o->files[i], &input) == 0 && input.st_ino == rejects.st_ino &&
            input.st_dev == rejects.st_dev)
            return fail(run, "--rejects is one of the files to be read");
    }
    return true;
}

static bool open_producer(struct run *run)
{
    const struct options *o = run->options;
    const char *error = NULL;
    struct fw_producer_options options = {
        .source = o->source, .issuer = o->issuer, .spool_path = o->spool,
        .batch_events = o->batch, .numbered = true, .on_outcome = on_outcome, .arg = run,
    };
    if (net_peer_resolve(NET_INGEST, o->endpoint, o->server_key, o->key, &options.peer, &error) !=
        0)
        return fail(run, error);
    if (options.source == NULL && options.peer.key.name[0] != '\0')
        options.source = options.peer.key.name;
    int err = options.source == NULL ? -EINVAL : fw_producer_open(&options, &run->producer, &error);
    net_key_wipe(&options.peer.key);
    if (err == 0)
        return true;
    run->usage = options.source == NULL;
    return fail(run, options.source == NULL
                ? "say who reports: --source NAME or $FUNDWATCH_SOURCE" : error);
}

static bool open_events(struct run *run)
{
    const char *path = run->options->events;
    if (path == NULL)
        return true;
    run->events = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    return run->events != NULL || fail(run, "the file for the events cannot be made");
}

static void close_events(struct run *run)
{
    bool good = run->events == NULL || (run->events == stdout ? fflush(stdout) : fclose(run->events)) == 0;
    run->events = NULL;
    if (!good)
        fail(run, "the events cannot be written");
}

static bool run_all(struct run *run)
{
    const struct options *o = run->options;
    if (!rejects_is_no_input(run) || !open_events(run) || (!o->check && !open_producer(run)) ||
        !give(run, run->program->before))
        return false;
    for (run->file_number = 1; run->file_number <= o->file_count; run->file_number++) {
        if (!read_file(run, o->files[run->file_number - 1]))
            return false;
    }
    run->file_number = 0;
    return give(run, run->program->after) && settle(run);
}

/* --- The end ------------------------------------------------------------------ */

static enum exit_code exit_code(const struct run *run, const struct fw_producer_stats *stats)
{
    if (run->failed)
        return run->usage ? EXIT_USAGE : EXIT_FAILED;
    if (stats->waiting > 0)
        return EXIT_UNKNOWN;
    if (run->counts.bad + stats->conflicts + stats->rejected > 0)
        return EXIT_BAD_LINES;
    return EXIT_COUNTED;
}

static void summarise_json(struct run *run, const struct fw_producer_stats *stats,
                           enum exit_code code)
{
    json_t *summary = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}",
        "read", (json_int_t)run->counts.lines, "sent", (json_int_t)stats->added,
        "applied", (json_int_t)stats->applied, "duplicates", (json_int_t)stats->duplicates,
        "conflicts", (json_int_t)stats->conflicts, "rejected", (json_int_t)stats->rejected,
        "waiting", (json_int_t)stats->waiting, "bad_lines", (json_int_t)run->counts.bad,
        "skipped", (json_int_t)run->counts.skipped, "exit", (int)code);
    if (run->options->check) {
        json_object_set_new(summary, "events", json_integer((json_int_t)run->counts.events));
        json_object_set_new(summary, "sums", sums_json(&run->sums));
    }
    json_dumpf(summary, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(summary);
}

static void summarise(struct run *run, const struct fw_producer_stats *stats, enum exit_code code)
{
    const struct counts *c = &run->counts;
    if (run->progress)
        fputs("\r\033[K", stderr);
    if (run->options->json) {
        summarise_json(run, stats, code);
    } else if (run->options->check && !run->options->quiet) {
        sums_print(&run->sums, stdout);
        printf("read %" PRIu64 ", events %" PRIu64 ", duplicates %" PRIu64 ", bad lines %" PRIu64
               ", skipped %" PRIu64 "; nothing was sent\n", c->lines, c->events, c->repeated, c->bad,
               c->skipped);
    } else if (!run->options->quiet) {
        printf("read %" PRIu64 ", sent %" PRIu64 ", applied %" PRIu64 ", duplicates %" PRIu64
               ", conflicts %" PRIu64 ", rejected %" PRIu64 ", bad lines %" PRIu64
               ", skipped %" PRIu64, c->lines, stats->added, stats->applied, stats->duplicates,
               stats->conflicts, stats->rejected, c->bad, c->skipped);
        if (stats->waiting > 0)
            printf(", not answered yet %" PRIu64 " (in the spool)", stats->waiting);
        putchar('\n');
    }
}

#define WAITS_LONG_S 3600       /* the daemon warns of it from an hour on, too (behind_age) */

/* A spool that grows is trouble to come: when it is full nothing can be read any more. */
static void warn_of_spool(const struct run *run)
{
    struct spool_stats spool;
    if (fw_producer_spool_stats(run->producer, &spool) != 0 || spool.waiting == 0)
        return;
    int64_t waits_s = time(NULL) - spool.oldest_waiting_ms / 1000;
    if (spool.bytes > spool.bytes_max / 2)
        fprintf(stderr, "%s: warning: the spool has %" PRIu64 " of at most %" PRIu64 " KiB, and %" PRIu64
                " events in it are not answered\n", program_invocation_short_name, spool.bytes / 1024,
                spool.bytes_max / 1024, spool.waiting_events);
    if (waits_s > WAITS_LONG_S)
        fprintf(stderr, "%s: warning: %" PRIu64 " events are not answered, the oldest for %" PRId64
                " hours\n", program_invocation_short_name, spool.waiting_events, waits_s / 3600);
}

static enum exit_code run_program(const struct program *program, struct options *options)
{
    struct run run = {
        .program = program, .options = options, .file = "",
        .progress = !options->quiet && isatty(STDERR_FILENO),
    };
    sums_init(&run.sums);
    ids_init(&run.ids);
    pending_init(&run.pending);
    run.mapping = mapping_new(program->columns, program->column_count, &options->settings);
    if (run.mapping != NULL)
        run_all(&run);
    else
        fail(&run, "out of memory");

    close_events(&run);
    struct fw_producer_stats stats = {.duplicates = run.counts.repeated};
    if (run.producer != NULL) {
        fw_producer_stats(run.producer, &stats);
        warn_of_spool(&run);
    }
    fw_producer_close(&run.producer);
    enum exit_code code = exit_code(&run, &stats);
    summarise(&run, &stats, code);
    if (fflush(stdout) != 0 && code == EXIT_COUNTED)
        code = EXIT_FAILED;
    person_keys_wipe(&run.keys);
    mapping_free(&run.mapping);
    pending_free(&run.pending);
    sums_free(&run.sums);
    ids_free(&run.ids);
    return code;
}

int program_main(const struct program *program, int argc, char **argv)
{
    struct options options;
    enum exit_code code;
    options_parse(argc, argv, program->doc, &program->own, &options);
    if (options.fields) {
        columns_print(program->columns, program->column_count, stdout);
        return EXIT_COUNTED;
    }
    net_no_cores();
    if (hash_init() != 0) {
        fprintf(stderr, "%s: libsodium cannot start\n", program_invocation_short_name);
        return EXIT_FAILED;
    }
    if (program->instead != NULL && program->instead(&options, &code))
        return code;
    if (options.file_count == 0 && program->before == NULL) {
        fprintf(stderr, "%s: no file to read; \"-\" is standard input\n",
                program_invocation_short_name);
        return EXIT_USAGE;
    }
    if (options.rejects != NULL && options.file_count > 1) {
        fprintf(stderr, "%s: --rejects is for one file; each has its own beside it otherwise\n",
                program_invocation_short_name);
        return EXIT_USAGE;
    }
    return run_program(program, &options);
}
