#include "daemon/replaying.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/child.h"
#include "daemon/folders.h"
#include "daemon/query.h"
#include "wire/policy_codec.h"

#define ASK_MAX (POLICY_SIZE_MAX + 1024)    /* bytes of what is asked */

/* --- What is asked ----------------------------------------------------------- */

static const char *const whats[] = {
    [REPLAY_BACKTEST] = "backtest", [REPLAY_IN_ORDER] = "in_order", [REPLAY_KNOWN_AT] = "known_at",
};

void replay_ask_write(struct writer *w, const struct replay_ask *ask)
{
    bool under = ask->what == REPLAY_BACKTEST;
    write_map(w, 5 + under);
    write_key_string(w, "what", whats[ask->what]);
    write_key_fund(w, "fund", ask->backtest.fund);
    write_key_date(w, "from", ask->backtest.from);
    write_key_date(w, "to", ask->backtest.to);
    write_key_uint(w, "position", ask->position);
    if (under) {
        write_key(w, "policy");
        policy_encode(w, &ask->backtest.policy);
    }
}

static enum replay_what read_what(struct reader *r)
{
    struct span word = read_string(r, 16);
    for (enum replay_what what = 0; what < sizeof whats / sizeof whats[0]; what++)
        if (span_is(word, whats[what]))
            return what;
    read_fail(r, READ_RANGE);
    return REPLAY_BACKTEST;
}

static void read_fund(struct reader *r, struct fund *ret)
{
    char text[FUND_TEXT_MAX];
    struct span span = read_string(r, sizeof text - 1);
    if (!span_copy(span, text, sizeof text) || !fund_parse(text, ret))
        *ret = (struct fund){ .place = 0 };
}

static date_day read_day(struct reader *r)
{
    date_day day = DATE_NONE;
    int64_t ymd = read_int(r, 0, INT32_MAX);
    if (ymd != 0 && !date_from_ymd(ymd, &day))
        read_fail(r, READ_RANGE);
    return day;
}

static void read_policy(struct reader *r, struct policy *ret)
{
    struct span map = read_skip(r, POLICY_DEPTH_MAX);
    struct policy_text text = { (const uint8_t *)map.bytes, map.size };
    if (r->err == READ_OK && policy_decode(text, ret) != NULL)
        read_fail(r, READ_RANGE);
}

static bool read_ask(struct reader *r, struct replay_ask *ret)
{
    static const char *const keys[] = { "what", "fund", "from", "to", "position", "policy" };
    uint64_t seen = 0;
    uint32_t pairs = read_map(r, 6);
    for (uint32_t i = 0; i < pairs && r->err == READ_OK; i++) {
        switch (read_key(r, keys, 6, &seen)) {
        case 0: ret->what = read_what(r); break;
        case 1: read_fund(r, &ret->backtest.fund); break;
        case 2: ret->backtest.from = read_day(r); break;
        case 3: ret->backtest.to = read_day(r); break;
        case 4: ret->position = read_uint64(r); break;
        case 5: read_policy(r, &ret->backtest.policy); break;
        }
    }
    ret->backtest.in_order = ret->what == REPLAY_IN_ORDER;
    return reader_end(r) == READ_OK;
}

static FILE *open_ask(const char *folder, const char *mode)
{
    char path[FOLDER_MAX + 8];
    snprintf(path, sizeof path, "%s/ask", folder);
    return fopen(path, mode);
}

static bool load_ask(const char *folder, struct replay_ask *ret)
{
    uint8_t bytes[ASK_MAX];
    FILE *file = open_ask(folder, "re");
    if (file == NULL)
        return false;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct reader r = reader_of(bytes, size);
    return read_ask(&r, ret);
}

static int save_ask(const char *folder, const struct writer *ask)
{
    FILE *file = open_ask(folder, "wxe");
    if (file == NULL)
        return -errno;
    bool whole = fwrite(ask->bytes, 1, ask->size, file) == ask->size;
    return fclose(file) == 0 && whole ? 0 : -EIO;
}

/* --- The child: rows and results ---------------------------------------------- */

static void write_told(struct writer *w, const char *key, const struct told *told)
{
    write_key(w, key);
    if (told == NULL) {
        write_nil(w);
        return;
    }
    write_map(w, 10);
    write_key_uint(w, "number", told->number);
    write_key_date(w, "date", told->date);
    write_key_string(w, "transition", transition_word(told->transition));
    write_key_string(w, "from", level_word(told->previous));
    write_key_string(w, "to", level_word(told->level));
    write_key_string(w, "severity", level_severity(told->level));
    write_indicator_pairs(w, told->indicator);
}

static void write_row(struct writer *w, uint64_t number, const struct course_row *row)
{
    const struct told *told = row->then != NULL ? row->then : row->now;
    write_map(w, 7);
    write_key_uint(w, "number", number);
    write_key_string(w, "how", course_word(row->how));
    write_key_int(w, "days", row->days);
    write_key_string(w, "rule", rule_word(told->rule));
    write_key_string(w, "instance", told->instance);
    write_told(w, "then", row->then);
    write_told(w, "now", row->now);
}

static void write_result(struct writer *w, const struct backtest_ask *ask, const struct backtest *b)
{
    uint64_t counts[COURSE_HOWS] = { 0 };
    for (size_t i = 0; i < b->row_count; i++)
        counts[b->rows[i].how]++;
    write_map(w, 15 + COURSE_HOWS);
    write_key_fund(w, "fund", ask->fund);
    write_key_uint(w, "policy_version", ask->in_order ? 0 : ask->policy.version);
    write_key_date(w, "from", ask->from);
    write_key_date(w, "to", ask->to);
    write_key_date(w, "first", b->first);
    write_key_date(w, "last", b->last);
    write_key_date(w, "imported_from", b->imported_from);
    write_key_date(w, "imported_to", b->imported_to);
    write_key_uint(w, "records", b->records);
    write_key_uint(w, "events", b->events);
    write_key_uint(w, "refused", b->refused);
    write_key_uint(w, "months", b->months);
    write_key_uint(w, "needed", b->needed);
    write_key_indicator(w, "runway", b->runway);
    for (enum course_how how = 0; how < COURSE_HOWS; how++)
        write_key_uint(w, course_word(how), counts[how]);
    write_key_uint(w, "kept", b->row_count < REPLAY_ROWS_MAX ? b->row_count : REPLAY_ROWS_MAX);
}

static void print_progress([[maybe_unused]] void *arg, uint64_t at, uint64_t of)
{
    printf("progress %" PRIu64 " %" PRIu64 "\n", at, of);
    fflush(stdout);
}

static int fail(const char *sentence)
{
    printf("failed %s\n", sentence);
    return EXIT_FAILURE;
}

static bool print_hex(const char *word, struct writer *w)
{
    bool good = w->err == 0;
    printf("%s ", word);
    for (size_t i = 0; good && i < w->size; i++)
        printf("%02x", (unsigned char)w->bytes[i]);
    printf("\n");
    writer_reset(w);
    return good;
}

static bool print_backtest(const struct backtest_ask *ask, const struct backtest *b)
{
    struct writer w;
    bool good = true;
    writer_init(&w);
    for (size_t i = 0; i < b->row_count && i < REPLAY_ROWS_MAX && good; i++) {
        write_row(&w, i + 1, &b->rows[i]);
        good = print_hex("row", &w);
    }
    write_result(&w, ask, b);
    good = good && print_hex("result", &w);
    writer_free(&w);
    return good;
}

static int run_backtest(const char *copy, const char *books, const struct backtest_ask *ask)
{
    struct backtest backtest;
    int err = backtest_run(copy, books, ask, print_progress, NULL, &backtest);
    if (err == -ENOENT)
        return fail("the journal has no such fund");
    if (err == -E2BIG)
        return fail("there are too many alerts of one rule to compare");
    if (err != 0)
        return fail(store_strerror(err));
    bool printed = print_backtest(ask, &backtest);
    backtest_free(&backtest);
    return printed ? EXIT_SUCCESS : fail("out of memory");
}

static int run_known_at(const char *copy, const char *books, uint64_t position)
{
    struct known known;
    char wrong[256];
    int err = known_rebuild(copy, books, position, print_progress, NULL, &known, wrong, sizeof wrong);
    if (err == -EILSEQ && wrong[0] != '\0')
        return fail(wrong);
    if (err != 0)
        return fail(store_strerror(err));
    printf("known %" PRIu64 " %" PRIu64 " %" PRId64 "\n", known.first, known.position,
           known.recorded_ms);
    return EXIT_SUCCESS;
}

int replaying_main(const char *folder)
{
    char copy[FOLDER_MAX + 8], books[FOLDER_MAX + 8];
    struct replay_ask ask = { .backtest = { .from = DATE_NONE, .to = DATE_NONE } };
    if (strlen(folder) >= FOLDER_MAX || !load_ask(folder, &ask)) {
        fprintf(stderr, "fundwatchd: %s does not say what is asked\n", folder);
        return EXIT_FAILURE;
    }
    snprintf(copy, sizeof copy, "%s/copy", folder);
    snprintf(books, sizeof books, "%s/books", folder);
    return ask.what == REPLAY_KNOWN_AT ? run_known_at(copy, books, ask.position)
                                       : run_backtest(copy, books, &ask.backtest);
}

/* --- The daemon ----------------------------------------------------------------- */

struct replayed *replayed_new(void)
{
    struct replayed *replayed = calloc(1, sizeof *replayed);
    if (replayed == NULL)
        return NULL;
    writer_init(&replayed->result);
    writer_init(&replayed->rows);
    return replayed;
}

void replayed_free(struct replayed *replayed)
{
    if (replayed == NULL)
        return;
    writer_free(&replayed->result);
    writer_free(&replayed->rows);
    free(replayed);
}

struct hearing {
    void (*progress)(void *arg, uint64_t at, uint64_t of);
    void *arg;
    struct replayed *replayed;
    char failed[256];
};

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void append_hex(struct writer *w, const char *hex)
{
    for (; digit(hex[0]) >= 0 && digit(hex[1]) >= 0; hex += 2) {
        uint8_t byte = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
        write_raw(w, &byte, 1);
    }
}

static void append_row(struct replayed *replayed, const char *hex)
{
    if (replayed->count == REPLAY_ROWS_MAX)
        return;
    append_hex(&replayed->rows, hex);
    replayed->ends[replayed->count++] = (uint32_t)replayed->rows.size;
}

static void read_line(void *arg, char *line)
{
    struct hearing *hearing = arg;
    struct known *known = &hearing->replayed->known;
    uint64_t at, of;
    if (strncmp(line, "row ", 4) == 0)
        append_row(hearing->replayed, line + 4);
    else if (strncmp(line, "result ", 7) == 0)
        append_hex(&hearing->replayed->result, line + 7);
    else if (strncmp(line, "failed ", 7) == 0)
        snprintf(hearing->failed, sizeof hearing->failed, "%s", line + 7);
    else if (sscanf(line, "progress %" SCNu64 " %" SCNu64, &at, &of) == 2)
        hearing->progress(hearing->arg, at, of);
    else
        sscanf(line, "known %" SCNu64 " %" SCNu64 " %" SCNd64, &known->first, &known->position,
               &known->recorded_ms);
}

int replaying_run(const char *folder, const struct writer *ask, const struct bell *stop,
                  void (*progress)(void *arg, uint64_t at, uint64_t of), void *arg,
                  struct replayed *ret, char **ret_error)
{
    struct hearing hearing = { .progress = progress, .arg = arg, .replayed = ret };
    const char *const words[CHILD_WORDS_MAX] = { "--replay-copy", folder };
    int status, err = save_ask(folder, ask);
    if (err == 0)
        err = child_run(words, stop, read_line, &hearing, &status);
    if (err != 0)
        return err;
    if (hearing.failed[0] != '\0') {
        *ret_error = strdup(hearing.failed);
        return *ret_error == NULL ? -ENOMEM : -ECHILD;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return child_failed(status, "the replay", ret_error);
    return ret->result.err != 0 ? ret->result.err : ret->rows.err;
}
