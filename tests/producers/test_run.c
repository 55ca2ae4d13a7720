/* test_run - the common loop against a client library of our own: this file defines
 * what run.c calls of it, so the real one is not linked. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "producers/client/producer.h"
#include "producers/programs.h"
#include "tests/producers/scratch.h"
#include "tests/suite.h"

/* --- A daemon of three lines --------------------------------------------------- */

struct fw_producer { int unused; };

static struct {
    struct fw_producer_options options;
    struct fw_producer_stats stats;
    char ids[64][EVENT_ID_MAX + 1];     /* of the first events that were added */
    uint64_t answered, flushes;
    bool silent;                        /* nobody answers */
    enum refusal refusal;
    const char *conflict, *rejected, *duplicate;    /* ids that are answered so */
    bool earlier_conflict;
} fake;

int fw_producer_open(const struct fw_producer_options *options, struct fw_producer **ret,
                     const char **ret_error)
{
    static struct fw_producer producer;
    (void)ret_error;
    fake.options = *options;
    *ret = &producer;
    return 0;
}

void fw_producer_close(struct fw_producer **producer_p)
{
    *producer_p = NULL;
}

int fw_producer_add(struct fw_producer *producer, const struct event *event, int deadline_ms,
                    uint64_t *ret_index)
{
    enum event_field field;
    (void)producer, (void)deadline_ms;
    ck_assert_int_eq(event_check(event, &field), REJECT_NONE);
    if (fake.stats.added < 64)
        strcpy(fake.ids[fake.stats.added], event->id);
    fake.stats.waiting++;
    *ret_index = fake.stats.added++;
    return 0;
}

static bool is(const char *id, const char *wanted)
{
    return wanted != NULL && strcmp(id, wanted) == 0;
}

static void answer(uint64_t index)
{
    struct fw_outcome outcome = {.index = index, .key = "", .position = 41};
    outcome.id = index < 64 ? fake.ids[index] : "";
    if (is(outcome.id, fake.conflict)) {
        outcome.outcome = OUTCOME_CONFLICT;
        fake.stats.conflicts++;
    } else if (is(outcome.id, fake.rejected)) {
        outcome.outcome = OUTCOME_REJECTED;
        outcome.reject = REJECT_UNKNOWN_FUND;
        outcome.key = "fund";
        fake.stats.rejected++;
    } else if (is(outcome.id, fake.duplicate)) {
        outcome.outcome = OUTCOME_DUPLICATE;
        fake.stats.duplicates++;
    } else {
        fake.stats.applied++;
        return;
    }
    fake.options.on_outcome(fake.options.arg, &outcome);
}

int fw_producer_flush(struct fw_producer *producer, int deadline_ms)
{
    (void)producer, (void)deadline_ms;
    fake.flushes++;
    if (fake.refusal != REFUSED_NOT)
        return -ECONNREFUSED;
    if (fake.silent)
        return -ETIMEDOUT;
    if (fake.earlier_conflict) {
        struct fw_outcome outcome = {FW_PRODUCER_EARLIER, "OLD", OUTCOME_CONFLICT,
                                     REJECT_NONE,         "",    7,
                                     hindrance_none()};
        fake.stats.conflicts++;
        fake.earlier_conflict = false;
        fake.options.on_outcome(fake.options.arg, &outcome);
    }
    for (; fake.answered < fake.stats.added; fake.answered++)
        answer(fake.answered);
    fake.stats.waiting = 0;
    return 0;
}

enum refusal fw_producer_refusal(const struct fw_producer *producer)
{
    (void)producer;
    return fake.refusal;
}

void fw_producer_stats(const struct fw_producer *producer, struct fw_producer_stats *ret)
{
    (void)producer;
    *ret = fake.stats;
}

int fw_producer_spool_stats([[maybe_unused]] struct fw_producer *p, struct spool_stats *ret)
{
    *ret = (struct spool_stats){ .waiting = 0 };
    return 0;
}

/* --- Vocabulary ------------------------------------------------------------------ */

static char *out, *err;         /* what the program wrote */

static int redirect(const char *name, int fd)
{
    int kept = dup(fd);
    int to = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(to, 0);
    ck_assert_int_ge(dup2(to, fd), 0);
    close(to);
    return kept;
}

static void restore(int kept, int fd)
{
    ck_assert_int_ge(dup2(kept, fd), 0);
    close(kept);
}

/* Runs a program with arguments that end with NULL. */
static int run(const struct program *program, ...)
{
    char *argv[32] = {(char[]){"fundwatch-test"}};
    int argc = 1;
    va_list args;
    va_start(args, program);
    for (char *arg; (arg = va_arg(args, char *)) != NULL;)
        argv[argc++] = arg;
    va_end(args);
    fflush(stdout);
    fflush(stderr);
    int kept_out = redirect("stdout", STDOUT_FILENO), kept_err = redirect("stderr", STDERR_FILENO);
    int code = program_main(program, argc, argv);
    fflush(stdout);
    fflush(stderr);
    restore(kept_out, STDOUT_FILENO);
    restore(kept_err, STDERR_FILENO);
    size_t size;
    free(out);
    free(err);
    out = scratch_read("stdout", &size);
    err = scratch_read("stderr", &size);
    return code;
}

#define SENT "--source", "bureau", "--fund", "130207/390"

static void setup(void)
{
    scratch_setup();
    unsetenv("FUNDWATCH_SOURCE");
    setenv("FUNDWATCH_DIR", scratch_path("data"), 1);
}

static void teardown(void)
{
    free(out);
    free(err);
    scratch_teardown();
}

static void file_is(const char *name, const char *expected)
{
    size_t size;
    char *text = scratch_read(name, &size);
    ck_assert_msg(text != NULL, "no file %s", name);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void says(const char *text, const char *what)
{
    ck_assert_msg(strstr(text, what) != NULL, "\"%s\" is not in: %s", what, text);
}

#define HEADER "id,kind,date,category,amount,year,备注\n"
#define GOOD1 "A,subsidy,2024-06-30,central,100.50,2024,x\n"
#define GOOD2 "B,income,2024-07-01,interest,2,,\n"
#define BAD "C,income,2024-07-01,interest,2.345,,\"张三,\n\"\n"

/* --- Tests -------------------------------------------------------------------------- */

START_TEST(a_good_file_is_counted)
{
    const char *path = scratch_text("f.csv", HEADER GOOD1 GOOD2);
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_COUNTED);
    ck_assert_str_eq(out, "read 2, sent 2, applied 2, duplicates 0, conflicts 0, rejected 0, "
                          "bad lines 0, skipped 0\n");
    ck_assert_str_eq(err, "");
    ck_assert_str_eq(fake.ids[1], "B");
    ck_assert_str_eq(fake.options.source, "bureau");
    ck_assert_ptr_null(scratch_read("f.csv.rejects.csv", &(size_t){0}));
}
END_TEST

START_TEST(duplicates_are_as_good_as_applied)
{
    fake.duplicate = "A";
    ck_assert_int_eq(run(&bureau_program, SENT, scratch_text("f.csv", HEADER GOOD1 GOOD2), NULL),
                     EXIT_COUNTED);
    says(out, "applied 1, duplicates 1,");
}
END_TEST

START_TEST(a_bad_line_is_set_aside_and_the_rest_goes_on)
{
    char place[300];
    const char *path = scratch_text("f.csv", HEADER GOOD1 BAD GOOD2);
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_BAD_LINES);
    says(out, "read 3, sent 2, applied 2,");
    says(out, "bad lines 1");
    snprintf(place, sizeof place, "%s:3: amount: \"2.345\" is not an amount in yuan", path);
    says(err, place);
    ck_assert_ptr_null(strstr(err, "张三"));
    file_is("f.csv.rejects.csv", HEADER BAD);
    struct stat status;
    stat(scratch_path("f.csv.rejects.csv"), &status);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
}
END_TEST

START_TEST(what_the_daemon_does_not_take_is_set_aside_too)
{
    fake.conflict = "A";
    fake.rejected = "B";
    const char *path = scratch_text("f.csv", HEADER GOOD1 "D,day,2024-07-02,,,,\n" GOOD2);
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_BAD_LINES);
    says(out, "applied 1, duplicates 0, conflicts 1, rejected 1, bad lines 0");
    says(err, "f.csv:2: conflict: A was counted before with other content (position 41)");
    says(err, "f.csv:4: rejected: B: unknown_fund, field fund (the fund has no policy yet)");
    file_is("f.csv.rejects.csv", HEADER GOOD1 GOOD2);
}
END_TEST

START_TEST(a_line_of_three_events_is_set_aside_once)
{
    fake.conflict = "T";
    fake.rejected = "T.s";
    const char *header = "id,date,psn_clct_amt,finsubs_amt,year\n", *row = "T,20240901,1,2,2025\n";
    char text[200];
    snprintf(text, sizeof text, "%s%s", header, row);
    ck_assert_int_eq(run(&tax_program, SENT, scratch_text("t.csv", text), NULL), EXIT_BAD_LINES);
    file_is("t.csv.rejects.csv", text);
}
END_TEST

START_TEST(rejects_keep_encoding_and_byte_order_mark)
{
    const char *gb =
        "id,kind,date,\xbd\xf0\xb6\xee,category\nC,income,2024-07-01,x,\xc0\xfb\xcf\xa2\n";
    ck_assert_int_eq(run(&bureau_program, SENT, scratch_text("g.csv", gb), NULL), EXIT_BAD_LINES);
    file_is("g.csv.rejects.csv", gb);
    const char *bom = "\xef\xbb\xbfid,kind,date,amount\r\nC,income,2024-07-01,x";
    ck_assert_int_eq(run(&bureau_program, SENT, scratch_text("b.csv", bom), NULL), EXIT_BAD_LINES);
    file_is("b.csv.rejects.csv", "\xef\xbb\xbfid,kind,date,amount\r\nC,income,2024-07-01,x\n");
}
END_TEST

START_TEST(json_lines_are_set_aside_as_json_lines)
{
    const char *path = scratch_text("f.jsonl",
        "{\"id\":\"A\",\"kind\":\"day\",\"date\":20240701}\n"
        "{\"id\":\"B\",\"kind\":\"income\",\"date\":20240701,\"amount\":1.5}\n"
        "{\"id\":\"C\",\"id\":\"D\"}\n");
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_BAD_LINES);
    says(err, "f.jsonl:2: amount: a number with a point or exponent is not exact in JSON");
    says(out, "read 3, sent 1,");
    file_is("f.jsonl.rejects.jsonl",
            "{\"id\":\"B\",\"kind\":\"income\",\"date\":20240701,\"amount\":1.5}\n"
            "{\"id\":\"C\",\"id\":\"D\"}\n");
}
END_TEST

START_TEST(an_earlier_rejects_file_is_kept)
{
    scratch_text("f.csv.rejects.csv", "corrected by hand\n");
    ck_assert_int_eq(run(&bureau_program, SENT, scratch_text("f.csv", HEADER BAD), NULL),
                     EXIT_BAD_LINES);
    file_is("f.csv.rejects.csv", HEADER BAD);
    file_is("f.csv.rejects.csv~", "corrected by hand\n");
}
END_TEST

START_TEST(the_rejects_file_must_not_be_the_input)
{
    const char *path = scratch_text("f.csv", HEADER BAD);
    ck_assert_int_eq(run(&bureau_program, SENT, "--rejects", path, path, NULL), EXIT_FAILED);
    file_is("f.csv", HEADER BAD);
    ck_assert_int_eq(run(&bureau_program, SENT, "--rejects", scratch_path("r"), path, NULL),
                     EXIT_BAD_LINES);
    file_is("r", HEADER BAD);
}
END_TEST

START_TEST(max_errors_stops_a_file_that_is_all_wrong)
{
    const char *path = scratch_text("f.csv", HEADER GOOD1 BAD BAD GOOD2);
    ck_assert_int_eq(run(&bureau_program, SENT, "--max-errors=2", path, NULL), EXIT_FAILED);
    says(out, "read 3, sent 1, applied 1,");
}
END_TEST

START_TEST(check_adds_up_and_sends_nothing)
{
    const char *path =
        scratch_text("f.csv", HEADER GOOD1 "E,subsidy,2024-06-01,central,1000,2024,\n" BAD GOOD2);
    ck_assert_int_eq(run(&bureau_program, "--check", "--fund=130207/390", path, NULL),
                     EXIT_BAD_LINES);
    ck_assert_uint_eq(fake.stats.added, 0);
    says(
        out,
        "130207/390   subsidy       central           202406           2               1,100.50\n");
    says(
        out,
        "130207/390   income        interest          202407           1                   2.00\n");
    says(out, "read 4, events 3, duplicates 0, bad lines 1, skipped 0; nothing was sent\n");
    ck_assert_ptr_null(scratch_read("f.csv.rejects.csv", &(size_t){0}));
}
END_TEST

START_TEST(the_summary_can_be_json)
{
    const char *path = scratch_text("f.csv", HEADER GOOD1 GOOD2);
    ck_assert_int_eq(run(&bureau_program, "--check", "--json", "--fund=130207/390", path, NULL),
                     EXIT_COUNTED);
    json_t *summary = json_loads(out, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(summary, "read")), 2);
    json_t *line = json_array_get(json_object_get(summary, "sums"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(line, "kind")), "subsidy");
    ck_assert_int_eq(json_integer_value(json_object_get(line, "amount_fen")), 10050);
    json_decref(summary);
}
END_TEST

START_TEST(without_an_answer_the_outcome_is_unknown)
{
    fake.silent = true;
    const char *path = scratch_text("f.csv", HEADER GOOD1 BAD GOOD2);
    ck_assert_int_eq(run(&bureau_program, SENT, "--timeout=0", path, NULL), EXIT_UNKNOWN);
    says(err, "the daemon does not answer; what is read goes into the spool");
    says(out, "not answered yet 2 (in the spool)");
    file_is("f.csv.rejects.csv", HEADER BAD);
}
END_TEST

START_TEST(a_refusal_says_what_to_do)
{
    fake.refusal = REFUSED_SOURCE;
    const char *path = scratch_text("f.csv", HEADER GOOD1);
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_FAILED);
    says(err, "this key may not use that source");
}
END_TEST

START_TEST(bad_answers_to_earlier_runs_are_told)
{
    fake.earlier_conflict = true;
    const char *path = scratch_text("f.csv", HEADER GOOD1);
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_BAD_LINES);
    says(err, "sent by an earlier run: conflict: OLD was counted before");
}
END_TEST

START_TEST(policy_opening_files_and_day_go_in_this_order)
{
    const char *path = scratch_text("f.csv", HEADER GOOD1);
    ck_assert_int_eq(run(&bureau_program, SENT, "--policy", "tests/data/policies/fengnan.yaml",
                         "--opening", "24733.04", "--unit", "wan", "--derived", "--date",
                         "2023-12-31", "--day", "2024-12-31", path, NULL),
                     EXIT_COUNTED);
    ck_assert_uint_eq(fake.stats.added, 4);
    ck_assert_str_eq(fake.ids[0], "policy.130207.390.1");
    ck_assert_str_eq(fake.ids[1], "opening.130207.390.20231231");
    ck_assert_str_eq(fake.ids[2], "A");
    ck_assert_str_eq(fake.ids[3], "day.130207.390.20241231");
}
END_TEST

START_TEST(an_event_of_the_command_line_is_no_line_to_set_aside)
{
    fake.conflict = "opening.130207.390.20231231";
    ck_assert_int_eq(run(&bureau_program, SENT, "--opening=1", "--date=2023-12-31",
                         scratch_text("f.csv", HEADER GOOD1), NULL), EXIT_BAD_LINES);
    says(err, "conflict: opening.130207.390.20231231 was counted before");
    ck_assert_ptr_null(scratch_read("f.csv.rejects.csv", &(size_t){0}));
}
END_TEST

START_TEST(a_bad_policy_stops_everything_behind_it)
{
    const char *policy = scratch_text("p.yaml", "version: 1\nfoo: 1\n");
    const char *path = scratch_text("f.csv", HEADER GOOD1);
    ck_assert_int_eq(run(&bureau_program, SENT, "--policy", policy, path, NULL), EXIT_FAILED);
    says(err, "p.yaml: 2: foo: a policy has no such key");
    ck_assert_uint_eq(fake.stats.added, 0);
}
END_TEST

#define BILLS "setl_id,psn_no,psn_name,setl_time,med_type,hifp_pay\nS1,4401,张三,20240301,21,5\n"

START_TEST(a_missing_person_key_is_told_in_the_same_words_by_a_check)
{
    char *said;
    const char *path = scratch_text("h.csv", BILLS "S2,4402,x,20240301,99,5\n");
    ck_assert_int_eq(run(&hospital_program, SENT, path, NULL), EXIT_FAILED);
    says(err, "--make-person-key");
    ck_assert_uint_eq(fake.stats.added, 0);
    said = strndup(err, strcspn(err, "\n"));
    ck_assert_int_eq(run(&hospital_program, SENT, "--check", path, NULL), EXIT_FAILED);
    says(err, said);
    says(err, "h.csv:3: med_type:");            /* and the rest is looked at */
    says(out, "events 1, duplicates 0, bad lines 1");
    free(said);
    ck_assert_int_eq(run(&registry_program, "--make-person-key", scratch_path("key"), NULL),
                     EXIT_COUNTED);
    path = scratch_text("h.csv", BILLS);
    ck_assert_int_eq(run(&hospital_program, SENT, "--person-key", scratch_path("key"), path, NULL),
                     EXIT_COUNTED);
    ck_assert_uint_eq(fake.stats.added, 1);
}
END_TEST

START_TEST(check_finds_an_id_with_two_contents)
{
    char place[400];
    const char *path = scratch_text("f.csv", HEADER GOOD1 GOOD2 GOOD1
                                             "A,subsidy,2024-06-30,central,100.51,2024,x\n");
    const char *other = scratch_text("g.csv", HEADER "B,income,2024-07-01,interest,3,,\n");
    ck_assert_int_eq(run(&bureau_program, SENT, "--check", path, other, NULL), EXIT_BAD_LINES);
    snprintf(place, sizeof place, "%s:5: id: conflict: A stands in line 2 with other content", path);
    says(err, place);
    snprintf(place, sizeof place, "%s:2: id: conflict: B stands in %s line 3 with other content", other,
             path);
    says(err, place);
    says(out, "read 5, events 2, duplicates 1, bad lines 2, skipped 0;");
    says(out, "1                 100.50\n");    /* what stands twice is added up once */
    ck_assert_int_eq(run(&bureau_program, SENT, "--check", "--opening=1", "--date=2023-12-31",
                         scratch_text("o.csv", "id,kind,date,amount\n"
                                      "opening.130207.390.20231231,opening,20231231,2\n"), NULL),
                     EXIT_BAD_LINES);
    says(err, "o.csv:2: conflict: opening.130207.390.20231231 stands on the command line");
}
END_TEST

START_TEST(check_remembers_many_ids)
{
    FILE *file = fopen(scratch_path("many.csv"), "w");
    fputs("id,kind,date\n", file);
    for (int i = 0; i < 20000; i++)
        fprintf(file, "D%d,day,20240101\n", i % 10000);
    fputs("D77,day,20240102\n", file);
    fclose(file);
    ck_assert_int_eq(run(&bureau_program, SENT, "--check", scratch_path("many.csv"), NULL),
                     EXIT_BAD_LINES);
    says(err, "many.csv:20002: id: conflict: D77 stands in line 79");
    says(out, "read 20001, events 10000, duplicates 10000, bad lines 1,");
}
END_TEST

START_TEST(a_file_of_another_kind_stops_before_anything_is_sent)
{
    char expected[300];
    const char *path = scratch_text("f.csv", "foo,bar\n1,2\n");
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_FAILED);
    snprintf(expected, sizeof expected, "%s:1: there is no column id (--fields lists the names)\n",
             path);
    ck_assert_str_eq(err, expected);
    ck_assert_int_eq(run(&bureau_program, SENT, scratch_path("none"), NULL), EXIT_FAILED);
    says(err, "none: cannot be opened: No such file or directory");
}
END_TEST

START_TEST(an_unknown_column_is_an_error_unless_it_is_to_be_ignored)
{
    const char *path = scratch_text("f.csv", "id,kind,date,amuont,\x1b[2J\nA,day,20240101,5,x\n");
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_FAILED);
    says(err, "f.csv:1: amuont: there is no such column, is it amount?; --fields lists them");
    ck_assert_uint_eq(fake.stats.added, 0);
    ck_assert_int_eq(run(&bureau_program, SENT, "--ignore-columns=amuont", path, NULL), EXIT_FAILED);
    says(err, "f.csv:1: ?[2J: there is no such column; --fields lists them");
    ck_assert_int_eq(run(&bureau_program, SENT, "--ignore-columns=all", path, NULL), EXIT_COUNTED);
    ck_assert_str_eq(err, "");
    path = scratch_text("g.csv", "id,kind,date,amuont,foo\nA,day,20240101,5,x\n");
    ck_assert_int_eq(run(&bureau_program, SENT, "--ignore-columns=FOO,amuont", path, NULL), EXIT_COUNTED);
    ck_assert_str_eq(err, "");
    path = scratch_text("h.jsonl", "{\"id\":\"A\",\"kind\":\"day\",\"date\":20240101}\n"
                                   "{\"id\":\"B\",\"knid\":\"day\",\"date\":20240101}\n");
    ck_assert_int_eq(run(&bureau_program, SENT, path, NULL), EXIT_BAD_LINES);
    says(err, "h.jsonl:2: knid: there is no such column, is it kind?");
}
END_TEST

START_TEST(columns_of_the_platform_that_say_nothing_about_a_fund_are_passed_over)
{
    const char *path = scratch_text("s.csv", "setl_id,setl_time,med_type,hifp_pay,mdtrt_id,opter_name,"
                                    "acct_pay,hosp_lv\nS1,20240301,21,5,1,x,3,2\n");
    ck_assert_int_eq(run(&hospital_program, SENT, path, NULL), EXIT_COUNTED);
    ck_assert_str_eq(err, "");
    path = scratch_text("r.csv", "setl_id,setl_time,med_type,hifp_pay,refd_setl_flag\nS2,20240301,21,5,1\n");
    ck_assert_int_eq(run(&hospital_program, SENT, path, NULL), EXIT_FAILED);
    says(err, "r.csv:1: refd_setl_flag: there is no such column");
}
END_TEST

START_TEST(many_lines_are_settled_on_the_way)
{
    FILE *file = fopen(scratch_path("many.csv"), "w");
    fputs("id,kind,date\n", file);
    for (int i = 0; i < 200000; i++)
        fprintf(file, "D%d,day,20240101\n", i);
    fclose(file);
    ck_assert_int_eq(run(&bureau_program, SENT, scratch_path("many.csv"), NULL), EXIT_COUNTED);
    says(out, "read 200000, sent 200000, applied 200000,");
    ck_assert_uint_eq(fake.flushes, 5);     /* after 65,536 lines each, the file, and all */
}
END_TEST

START_TEST(fields_are_listed_from_the_table)
{
    ck_assert_int_eq(run(&hospital_program, "--fields", NULL), EXIT_COUNTED);
    says(out, "* setl_id, id, 结算编号");
    says(out, "psn_name, name, certno");
}
END_TEST

START_TEST(without_a_source_nothing_is_sent)
{
    const char *path = scratch_text("f.csv", HEADER GOOD1);
    ck_assert_int_eq(run(&bureau_program, "--fund=130207/390", path, NULL), EXIT_USAGE);
    says(err, "--source NAME or $FUNDWATCH_SOURCE");
    setenv("FUNDWATCH_SOURCE", "bureau", 1);
    ck_assert_int_eq(run(&bureau_program, "--fund=130207/390", path, NULL), EXIT_COUNTED);
}
END_TEST

/* argp ends the process, so each is a child of its own. */
static char bad_usage[][24] = {
    "--fund=1302", "--year=24", "--date=2024-02-30", "--unit=dollar", "--batch=0", "--batch=8193",
    "--timeout=-1", "--max-errors=x", "--source=a b", "--encoding=latin1", "--kind=foo", "--foo",
};

START_TEST(a_bad_option_ends_with_2)
{
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
    program_main(&bureau_program, 2, (char *[]){(char[]){"fundwatch-test"}, bad_usage[_i], NULL});
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

Suite *suite(void)
{
    Suite *s = suite_create("run");
    TCase *t = tcase_create("run");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_good_file_is_counted);
    tcase_add_test(t, duplicates_are_as_good_as_applied);
    tcase_add_test(t, a_bad_line_is_set_aside_and_the_rest_goes_on);
    tcase_add_test(t, what_the_daemon_does_not_take_is_set_aside_too);
    tcase_add_test(t, a_line_of_three_events_is_set_aside_once);
    tcase_add_test(t, rejects_keep_encoding_and_byte_order_mark);
    tcase_add_test(t, json_lines_are_set_aside_as_json_lines);
    tcase_add_test(t, an_earlier_rejects_file_is_kept);
    tcase_add_test(t, the_rejects_file_must_not_be_the_input);
    tcase_add_test(t, max_errors_stops_a_file_that_is_all_wrong);
    tcase_add_test(t, check_adds_up_and_sends_nothing);
    tcase_add_test(t, the_summary_can_be_json);
    tcase_add_test(t, without_an_answer_the_outcome_is_unknown);
    tcase_add_test(t, a_refusal_says_what_to_do);
    tcase_add_test(t, bad_answers_to_earlier_runs_are_told);
    tcase_add_test(t, policy_opening_files_and_day_go_in_this_order);
    tcase_add_test(t, an_event_of_the_command_line_is_no_line_to_set_aside);
    tcase_add_test(t, a_bad_policy_stops_everything_behind_it);
    tcase_add_test(t, a_missing_person_key_is_told_in_the_same_words_by_a_check);
    tcase_add_test(t, check_finds_an_id_with_two_contents);
    tcase_add_test(t, check_remembers_many_ids);
    tcase_add_test(t, a_file_of_another_kind_stops_before_anything_is_sent);
    tcase_add_test(t, an_unknown_column_is_an_error_unless_it_is_to_be_ignored);
    tcase_add_test(t, columns_of_the_platform_that_say_nothing_about_a_fund_are_passed_over);
    tcase_add_test(t, many_lines_are_settled_on_the_way);
    tcase_add_test(t, fields_are_listed_from_the_table);
    tcase_add_test(t, without_a_source_nothing_is_sent);
    suite_add_tcase(s, t);
    TCase *usage = tcase_create("usage");
    tcase_add_loop_exit_test(usage, a_bad_option_ends_with_2, EXIT_USAGE, 0, COUNT(bad_usage));
    suite_add_tcase(s, usage);
    return s;
}
