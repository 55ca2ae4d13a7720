/* The printed figures of the reports come out of the example folders, whatever
 * the number of persons; and a replay can be repeated. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fund/account.h"
#include "fund/date.h"
#include "fund/posting.h"
#include "fund/ratio.h"
#include "producers/replay_case.h"
#include "producers/replay_people.h"
#include "producers/replay_play.h"
#include "producers/replay_rows.h"
#include "producers/replay_share.h"
#include "producers/replay_tally.h"
#include "tests/suite.h"
#include "wire/event_codec.h"
#include "wire/hash.h"

#define FENGNAN   "examples/fengnan-2024"
#define ZHANJIANG "examples/zhanjiang-2022"
#define JIANGMEN  "examples/jiangmen-2021"
#define EJIN_HORO "examples/ejin-horo-2021"

/* --- Vocabulary ---------------------------------------------------------- */

static struct replay_case case_of(const char *folder)
{
    struct replay_case c;
    char error[REPLAY_ERROR_MAX] = "";
    ck_assert_msg(replay_case_read(folder, &c, error) == 0, "%s", error);
    return c;
}

static struct replay_case case_with(const char *folder, int64_t persons)
{
    struct replay_case c = case_of(folder);
    if (persons != 0)
        ck_assert_int_eq(replay_case_resize(&c, persons), 0);
    return c;
}

static struct replay_rows rows_of(const struct replay_case *c)
{
    struct person_keys keys;
    struct replay_rows rows;
    struct complaint complaint;
    const char *file;
    replay_people_demo_key(1, &keys);
    int err = replay_rows_read(c, &keys, &rows, &complaint, &file);
    ck_assert_msg(err == 0, "%s:%lu: %s: %s", file, complaint.line, complaint.field,
                  complaint.text);
    return rows;
}

static void play_round(const struct replay_case *c, uint64_t seed, unsigned round,
                       enum replay_step step, struct replay_sink sink)
{
    struct replay_rows rows = rows_of(c);
    struct replay_people *people = NULL;
    struct person_keys keys;
    replay_people_demo_key(seed, &keys);
    if (c->people.count > 0)
        ck_assert_int_eq(replay_people_open(c, seed, &keys, round, &people), 0);
    ck_assert_int_eq(replay_play(c, round == 1 ? &rows : NULL, people, step, &sink), 0);
    replay_people_close(&people);
    replay_rows_free(&rows);
}

static void play(const struct replay_case *c, struct replay_sink sink)
{
    play_round(c, 1, 1, REPLAY_BY_MONTH, sink);
}

/* Too large for the stack under some sanitizers; one per test process. */
static struct replay_tally tally;

static void add_up(const struct replay_case *c)
{
    memset(&tally, 0, sizeof tally);
    play(c, replay_tally_sink(&tally));
}

static int64_t wan(const char *text)
{
    struct amount amount;
    ck_assert_int_eq(amount_parse(text, UNIT_WAN, &amount), 0);
    return amount.fen;
}

/* Where payments to hospitals are in the tables, they are the expenditure, and their bills are not. */
static int64_t class_sum(enum account_class class)
{
    int64_t sum = 0;
    for (unsigned kind = 0; kind < KIND_END; kind++) {
        if (kind == KIND_SETTLEMENT && tally.kinds[KIND_DISBURSEMENT] > 0)
            continue;
        for (unsigned category = 1; category < CATEGORY_END; category++) {
            const struct account_info *info = account_info(posting_account(category));
            if (info != NULL && info->class == class)
                sum += tally.lines[kind][category].sum.fen;
        }
    }
    return sum;
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int ignore(void *arg, unsigned source, const struct event *event)
{
    (void)arg, (void)source, (void)event;
    return 0;
}

/* --- The printed lines ----------------------------------------------------- */

static const struct printed {
    const char *folder;
    enum event_kind kind;
    enum event_category category;
    const char *wan;
    uint64_t events;            /* 0: as many as there are */
} printed[] = {
    {FENGNAN, KIND_OPENING, CATEGORY_NONE, "24733.04", 1},
    {FENGNAN, KIND_CONTRIBUTION, CATEGORY_PERSONAL, "14021.71", 0},
    {FENGNAN, KIND_SUBSIDY, CATEGORY_CENTRAL, "14801", 0},
    {FENGNAN, KIND_SUBSIDY, CATEGORY_CITY, "3784", 0},
    {FENGNAN, KIND_SUBSIDY, CATEGORY_COUNTY, "6179.82", 0},
    {FENGNAN, KIND_INCOME, CATEGORY_INTEREST, "591.31", 0},
    {FENGNAN, KIND_INCOME, CATEGORY_OTHER_INCOME, "42.51", 0},
    {FENGNAN, KIND_SETTLEMENT, CATEGORY_INPATIENT, "27902.49", 0},
    {FENGNAN, KIND_SETTLEMENT, CATEGORY_OUTPATIENT, "6749.14", 0},
    {FENGNAN, KIND_SETTLEMENT, CATEGORY_MATERNITY, "161.52", 0},
    {FENGNAN, KIND_DISBURSEMENT, CATEGORY_INPATIENT, "27902.49", 12},
    {FENGNAN, KIND_DISBURSEMENT, CATEGORY_OUTPATIENT, "6749.14", 12},
    {FENGNAN, KIND_DISBURSEMENT, CATEGORY_MATERNITY, "161.52", 12},
    {FENGNAN, KIND_EXPENDITURE, CATEGORY_CATASTROPHIC, "2747.05", 0},
    {FENGNAN, KIND_EXPENDITURE, CATEGORY_OTHER_EXPENDITURE, "3.04", 0},
    {ZHANJIANG, KIND_OPENING, CATEGORY_NONE, "468689.05", 1},
    {ZHANJIANG, KIND_CONTRIBUTION, CATEGORY_FEES, "225271.76", 12},
    {ZHANJIANG, KIND_SUBSIDY, CATEGORY_CENTRAL, "111373.21", 0},
    {ZHANJIANG, KIND_SUBSIDY, CATEGORY_PROVINCE, "204715.66", 0},
    {ZHANJIANG, KIND_SUBSIDY, CATEGORY_CITY, "27717.97", 0},
    {ZHANJIANG, KIND_SUBSIDY, CATEGORY_COUNTY, "27717.97", 0},
    {ZHANJIANG, KIND_SETTLEMENT, CATEGORY_INPATIENT, "360712.27", 12},
    {ZHANJIANG, KIND_DISBURSEMENT, CATEGORY_INPATIENT, "360712.27", 12},
    {ZHANJIANG, KIND_EXPENDITURE, CATEGORY_OUTPATIENT, "34045.96", 12},
    {ZHANJIANG, KIND_EXPENDITURE, CATEGORY_UNLISTED, "14656.95", 12},
    {ZHANJIANG, KIND_EXPENDITURE, CATEGORY_CATASTROPHIC, "80838.94", 0},
    {EJIN_HORO, KIND_SUBSIDY, CATEGORY_COUNTY, "3188.742", 2},
};
#define PRINTED_COUNT ((int)(sizeof printed / sizeof printed[0]))

static const int64_t populations[] = {1, 7, 1000, 12345};
#define POPULATION_COUNT ((int)(sizeof populations / sizeof populations[0]))

static void expect_printed_lines(const char *folder)
{
    for (int i = 0; i < PRINTED_COUNT; i++) {
        const struct replay_line *line = &tally.lines[printed[i].kind][printed[i].category];
        if (strcmp(printed[i].folder, folder) != 0)
            continue;
        ck_assert_msg(line->sum.fen == wan(printed[i].wan), "%s is %lld fen, not %s",
                      event_category_word(printed[i].category), (long long)line->sum.fen,
                      printed[i].wan);
        if (printed[i].events != 0)
            ck_assert_uint_eq(line->count, printed[i].events);
    }
}

START_TEST(every_line_of_fengnan_comes_out_for_any_number_of_persons)
{
    struct replay_case c = case_with(FENGNAN, populations[_i]);
    add_up(&c);
    expect_printed_lines(FENGNAN);
    ck_assert_uint_eq(tally.kinds[KIND_ENROLLMENT], (uint64_t)populations[_i] + 1);
}
END_TEST

START_TEST(every_line_of_fengnan_comes_out_with_its_own_persons)
{
    struct replay_case c = case_of(FENGNAN);
    add_up(&c);
    expect_printed_lines(FENGNAN);
    ck_assert_int_eq(class_sum(CLASS_INCOME), wan("39420.35"));
    ck_assert_int_eq(class_sum(CLASS_EXPENDITURE), wan("37563.24"));
    int64_t balance = tally.lines[KIND_OPENING][CATEGORY_NONE].sum.fen + class_sum(CLASS_INCOME) -
                      class_sum(CLASS_EXPENDITURE);
    ck_assert_int_eq(balance, wan("26590.15"));
    struct ratio months = {balance, class_sum(CLASS_EXPENDITURE), 12};
    ck_assert_int_eq(ratio_round(months, 2), 849);
    ck_assert_uint_eq(tally.lines[KIND_CONTRIBUTION][CATEGORY_PERSONAL].count, 368993);
    ck_assert_uint_eq(tally.kinds[KIND_SETTLEMENT], 1000000);
    ck_assert_uint_eq(tally.kinds[KIND_DAY], 12);
}
END_TEST

START_TEST(every_line_of_zhanjiang_comes_out)
{
    struct replay_case c = case_of(ZHANJIANG);
    add_up(&c);
    expect_printed_lines(ZHANJIANG);
    ck_assert_int_eq(class_sum(CLASS_INCOME), wan("596796.57"));
    ck_assert_int_eq(class_sum(CLASS_EXPENDITURE), wan("490254.12"));
    int64_t balance = tally.lines[KIND_OPENING][CATEGORY_NONE].sum.fen + class_sum(CLASS_INCOME) -
                      class_sum(CLASS_EXPENDITURE);
    ck_assert_int_eq(balance, wan("575231.50"));
    struct ratio months = {balance, class_sum(CLASS_EXPENDITURE), 12};
    ck_assert_int_eq(ratio_round(months, 2), 1408);
}
END_TEST

START_TEST(a_case_goes_on_after_its_year_where_it_says_so)
{
    struct replay_case c = case_of(EJIN_HORO);
    add_up(&c);
    expect_printed_lines(EJIN_HORO);
    ck_assert_int_eq(date_to_ymd(c.last), 20220331);
    ck_assert_uint_eq(tally.kinds[KIND_DAY], 15);
    ck_assert_int_eq(class_sum(CLASS_EXPENDITURE), 0);
}
END_TEST

/* The report has heads and standards, and no money of the fund. */
START_TEST(no_money_moves_in_jiangmen)
{
    struct replay_case c = case_of(JIANGMEN);
    add_up(&c);
    ck_assert_int_eq(class_sum(CLASS_INCOME), 0);
    ck_assert_int_eq(class_sum(CLASS_EXPENDITURE), 0);
    ck_assert_uint_eq(tally.kinds[KIND_OPENING], 0);
}
END_TEST

/* --- Heads ------------------------------------------------------------------ */

static int64_t heads[KIND_END][MEASURE_END];
static int64_t enrolled[2];     /* 2021, 2022 */
static int64_t students;

static int take_heads(void *arg, unsigned source, const struct event *event)
{
    (void)arg, (void)source;
    if (event->kind == KIND_POPULATION)
        heads[event->kind][event->measure] = event->heads;
    if (event->kind == KIND_ENROLLMENT && event->group == GROUP_STUDENT)
        students = event->heads;
    else if (event->kind == KIND_ENROLLMENT)
        enrolled[event->year - 2021] = event->heads;
    return 0;
}

START_TEST(the_heads_of_zhanjiang_give_its_coverage)
{
    struct replay_case c = case_of(ZHANJIANG);
    play(&c, (struct replay_sink){.event = take_heads, .barrier = nothing});
    const int64_t *population = heads[KIND_POPULATION];
    int64_t insured = enrolled[1] + population[MEASURE_EMPLOYEES];
    ck_assert_int_eq(insured, 6847730);
    struct ratio resident = {insured, population[MEASURE_RESIDENT], 100};
    struct ratio registered = {insured, population[MEASURE_REGISTERED], 100};
    ck_assert_int_eq(ratio_round(resident, 2), 9739);
    ck_assert_int_eq(ratio_round(registered, 2), 7911);
    ck_assert_int_eq(enrolled[0] - population[MEASURE_DUPLICATES_PROVINCE] -
                     population[MEASURE_DUPLICATES_NATION], 6085968);
    ck_assert_int_eq(students, 22295);
}
END_TEST

static uint64_t fees_of_380, fees_of_140, other_fees;

static int take_fees(void *arg, unsigned source, const struct event *event)
{
    (void)arg, (void)source;
    if (event->kind != KIND_CONTRIBUTION)
        return 0;
    if (event->amount.fen == 38000 && event_has(event, FIELD_PERSON))
        fees_of_380++;
    else if (event->amount.fen == 14000 && !event_has(event, FIELD_PERSON))
        fees_of_140++;
    else
        other_fees++;
    return 0;
}

START_TEST(each_person_of_fengnan_pays_380_yuan_and_one_record_closes_the_line)
{
    struct replay_case c = case_of(FENGNAN);
    play(&c, (struct replay_sink){.event = take_fees, .barrier = nothing});
    ck_assert_uint_eq(fees_of_380, 368992);
    ck_assert_uint_eq(fees_of_140, 1);
    ck_assert_uint_eq(other_fees, 0);
}
END_TEST

/* --- Each event -------------------------------------------------------------- */

static struct {
    date_day last;              /* date of the event before */
    date_day books;             /* of the last `day` event */
    unsigned since_barrier;     /* events */
    bool day_open;              /* a `day` event without a barrier behind it */
    uint64_t count;
} seen;

static int look_at(void *arg, unsigned source, const struct event *event)
{
    const struct replay_case *c = arg;
    enum event_field field;
    ck_assert_msg(event_check(event, &field) == REJECT_NONE, "%s", event->id);
    ck_assert_uint_lt(source, c->source_count);
    ck_assert(fund_equal(event->fund, c->fund));
    ck_assert_int_ge(event->date, seen.last);
    ck_assert_int_gt(event->date, seen.books);
    ck_assert_int_le(event->date, c->last);
    ck_assert_int_ge(event->amount.fen, 0);
    ck_assert(event->kind != KIND_SETTLEMENT || event->amount.fen > 0);
    ck_assert_msg(!seen.day_open, "an event right behind a day that is not answered");
    if (event->kind == KIND_DAY) {
        ck_assert_uint_eq(seen.since_barrier, 0);
        seen.books = event->date;
        seen.day_open = true;
    }
    seen.last = event->date;
    seen.since_barrier++;
    seen.count++;
    return 0;
}

static int look_at_barrier(void *arg)
{
    (void)arg;
    seen.since_barrier = 0;
    seen.day_open = false;
    return 0;
}

static void look_at_all(struct replay_case c, enum replay_step step)
{
    memset(&seen, 0, sizeof seen);
    play_round(&c, 1, 1, step,
               (struct replay_sink){.arg = &c, .event = look_at, .barrier = look_at_barrier});
    ck_assert_int_eq(seen.books, c.last);
}

START_TEST(events_are_good_and_in_order_and_a_day_ends_when_all_before_is_answered)
{
    look_at_all(case_with(FENGNAN, populations[_i]), REPLAY_BY_MONTH);
    look_at_all(case_with(FENGNAN, populations[_i]), REPLAY_BY_DAY);
    look_at_all(case_of(ZHANJIANG), REPLAY_BY_MONTH);
    look_at_all(case_of(JIANGMEN), REPLAY_BY_MONTH);
    look_at_all(case_of(EJIN_HORO), REPLAY_BY_DAY);
}
END_TEST

struct ids {
    size_t count, room;
    char (*texts)[EVENT_ID_MAX + 1];
};

static int keep_id(void *arg, unsigned source, const struct event *event)
{
    struct ids *ids = arg;
    (void)source;
    if (ids->count == ids->room) {
        ids->room = ids->room == 0 ? 1024 : 2 * ids->room;
        ids->texts = reallocarray(ids->texts, ids->room, sizeof ids->texts[0]);
        ck_assert_ptr_nonnull(ids->texts);
    }
    memcpy(ids->texts[ids->count++], event->id, sizeof event->id);
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

START_TEST(no_id_stands_twice_in_two_rounds)
{
    struct replay_case c = case_with(FENGNAN, 500);
    struct ids ids = {0};
    struct replay_sink sink = {.arg = &ids, .event = keep_id, .barrier = nothing};
    play_round(&c, 1, 1, REPLAY_BY_MONTH, sink);
    size_t first_round = ids.count;
    play_round(&c, 1, 2, REPLAY_BY_MONTH, sink);
    ck_assert_uint_gt(ids.count, first_round + 1000);
    qsort(ids.texts, ids.count, sizeof ids.texts[0], compare_ids);
    for (size_t i = 1; i < ids.count; i++)
        ck_assert_str_ne(ids.texts[i - 1], ids.texts[i]);
    free(ids.texts);
}
END_TEST

/* --- The same again ----------------------------------------------------------- */

static int chain(void *arg, unsigned source, const struct event *event)
{
    uint8_t *link = arg;
    uint8_t bytes[CANONICAL_MAX + POLICY_SIZE_MAX + 1];
    size_t size = event_to_canonical(event, bytes);
    bytes[size++] = (uint8_t)source;
    hash_chain(link, bytes, size, link);
    return 0;
}

struct digest {
    uint8_t bytes[CHAIN_SIZE];
};

static struct digest digest_of(int64_t persons, uint64_t seed)
{
    struct digest digest = {0};
    struct replay_case c = case_with(FENGNAN, persons);
    play_round(&c, seed, 1, REPLAY_BY_MONTH,
               (struct replay_sink){.arg = digest.bytes, .event = chain, .barrier = nothing});
    return digest;
}

START_TEST(the_same_seed_gives_the_same_bytes_and_another_one_others)
{
    struct digest one = digest_of(1000, 1), again = digest_of(1000, 1), two = digest_of(1000, 2);
    ck_assert_mem_eq(one.bytes, again.bytes, CHAIN_SIZE);
    ck_assert_mem_ne(one.bytes, two.bytes, CHAIN_SIZE);
}
END_TEST

/* What a replay sent yesterday must be what it sends today, on any machine: if
 * this number changes, everything that was ever replayed is in conflict. */
START_TEST(random_numbers_are_the_same_for_ever)
{
    ck_assert_uint_eq(replay_random(0, 0, 0), UINT64_C(0xe220a8397b1dcdaf));
    ck_assert_uint_eq(replay_random(0, 0, 1), UINT64_C(0x6e789e6aa1b965f4));
}
END_TEST

/* --- Shares --------------------------------------------------------------------- */

static const struct share_row {
    int64_t total;
    unsigned parts;
} share_rows[] = {
    {0, 5}, {1, 1}, {1, 12}, {11, 12}, {12, 12}, {1402171000, 7},
    {AMOUNT_EVENT_MAX, 1000}, {INT64_MAX, 997},
};

START_TEST(shares_add_up_and_are_never_negative)
{
    const struct share_row *row = &share_rows[_i];
    uint64_t all = 0, before = 0;
    int64_t sum = 0;
    for (unsigned i = 0; i < row->parts; i++)
        all += replay_size(replay_random(7, 7, i));
    for (unsigned i = 0; i < row->parts; i++) {
        uint64_t weight = replay_size(replay_random(7, 7, i));
        int64_t share = replay_share(row->total, before, weight, all);
        ck_assert_int_ge(share, 0);
        before += weight;
        sum += share;
    }
    ck_assert_int_eq(sum, row->total);
}
END_TEST

START_TEST(sizes_stay_in_their_range)
{
    ck_assert_uint_eq(replay_size(0), 128);
    ck_assert_uint_eq(replay_size(UINT64_MAX), REPLAY_SIZE_MAX);
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t size = replay_size(replay_random(1, 2, i));
        ck_assert_uint_ge(size, 128);
        ck_assert_uint_le(size, REPLAY_SIZE_MAX);
    }
}
END_TEST

START_TEST(a_population_that_cannot_be_is_refused_and_changes_nothing)
{
    struct replay_case c = case_of(FENGNAN), before = c;
    ck_assert_int_eq(replay_case_resize(&c, 0), -ERANGE);
    ck_assert_int_eq(replay_case_resize(&c, INT64_C(1) + REPLAY_ITEMS_MAX), -ERANGE);
    ck_assert_int_eq(replay_case_resize(&c, 900000000), -ERANGE);     /* more bills than ids */
    ck_assert_mem_eq(&c, &before, sizeof c);
    c = case_of(ZHANJIANG);
    ck_assert_int_eq(replay_case_resize(&c, 10), -EINVAL);
}
END_TEST

START_TEST(a_sink_that_fails_ends_the_play)
{
    struct replay_case c = case_of(ZHANJIANG);
    struct replay_rows rows = rows_of(&c);
    struct replay_sink sink = {.event = ignore, .barrier = nothing};
    ck_assert_int_eq(replay_play(&c, &rows, NULL, REPLAY_BY_MONTH, &sink), 0);
    tally.lines[KIND_OPENING][CATEGORY_NONE].sum.fen = INT64_MAX;
    sink = replay_tally_sink(&tally);
    ck_assert_int_eq(replay_play(&c, &rows, NULL, REPLAY_BY_MONTH, &sink), -ERANGE);
    replay_rows_free(&rows);
}
END_TEST

/* --- Files that are not as they should be ------------------------------------------ */

static char folder[] = "/tmp/test-replay-XXXXXX";

static void make_folder(void)
{
    ck_assert_int_eq(hash_init(), 0);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *path_in_folder(const char *file)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

static void write_file(const char *file, const char *text)
{
    FILE *to = fopen(path_in_folder(file), "w");
    ck_assert_ptr_nonnull(to);
    fputs(text, to);
    ck_assert_int_eq(fclose(to), 0);
}

static void remove_folder(void)
{
    static const char *const files[] = {"case.yaml", "policy.yaml", "rows.csv"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(path_in_folder(files[i]));
    rmdir(folder);
}

#define HEAD "name: t\nfund: 130207/390\nyear: 2024\npolicy: policy.yaml\nbureau: bureau\n"
#define TABLES "tables: [{file: rows.csv, source: bureau}]\n"
#define SEASON "season: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"
#define PEOPLE(count, fee, total, season)                                 \
    "people: {count: " count ", registry: r, tax_office: t, fee: " fee    \
    ", total: " total ", " season "}\n"
#define NO_SEASON "season: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
#define BILLS(category, count, total, more) \
    "bills: [{category: " category ", count: " count ", total: " total ", " more SEASON "}]\n"
#define GOOD_PEOPLE PEOPLE("3", "1", "1", SEASON)

#define WITH_HOSPITALS HEAD TABLES GOOD_PEOPLE "hospitals: 2\n"

static const struct bad_case {
    const char *yaml, *said;
} bad_cases[] = {
    {HEAD TABLES "speed: 3\n", "speed"},
    {"name: t\n", "fund"},
    {"name: t\nfund: 13020/390\nyear: 2024\npolicy: p\nbureau: b\n" TABLES, "fund"},
    {"name: t\nfund: 130207/390\nyear: 20x4\npolicy: p\nbureau: b\n" TABLES, "20x4"},
    {"name: t\nfund: 130207/390\nyear: 2024\npolicy: ../p\nbureau: b\n" TABLES, "same folder"},
    {"name: t\nfund: 130207/390\nyear: 2024\npolicy: p\nbureau: b b\n" TABLES, "name of a source"},
    {HEAD TABLES "until: 2025-02-27\n", "until"},
    {HEAD TABLES "until: 2024-11-30\n", "until"},
    {HEAD TABLES "until: 2028-01-31\n", "until"},
    {HEAD TABLES "until: soon\n", "soon"},
    {HEAD TABLES PEOPLE("0", "1", "1", SEASON), "people.count"},
    {HEAD TABLES PEOPLE("3", "1.001", "1", SEASON), "people.fee"},
    {HEAD TABLES PEOPLE("3", "1", "-1", SEASON), "people.total"},
    {HEAD TABLES PEOPLE("3", "4000", "1", SEASON), "more than the total"},
    {HEAD TABLES PEOPLE("3", "1", "1", NO_SEASON), "people.season"},
    {HEAD TABLES PEOPLE("3", "1", "1", "season: [1, 2, 3]"), "season"},
    {HEAD TABLES GOOD_PEOPLE "hospitals: 101\n", "hospitals"},
    {HEAD TABLES GOOD_PEOPLE BILLS("inpatient", "3", "1", ""), "hospitals"},
    {HEAD TABLES "hospitals: 2\n" BILLS("inpatient", "3", "1", ""), "need people"},
    {WITH_HOSPITALS BILLS("interest", "3", "1", ""), "bills.category"},
    {WITH_HOSPITALS BILLS("inpatient", "9", "0.000008", ""), "one fen"},
    {WITH_HOSPITALS BILLS("inpatient", "3", "1", "sizes: odd, "), "odd"},
    {WITH_HOSPITALS BILLS("inpatient", "3", "1", "in_policy: 101, "), "in_policy"},
    {"name: &a t\nfund: *a\nyear: 2024\n", "aliases and anchors are not taken, line 2"},
    {WITH_HOSPITALS "---\nname: t\n", "a second document begins in line 9"},
    {"", "empty"},
};

START_TEST(a_bad_case_is_refused_with_what_is_wrong)
{
    struct replay_case c;
    char error[REPLAY_ERROR_MAX] = "";
    write_file("case.yaml", bad_cases[_i].yaml);
    ck_assert_int_lt(replay_case_read(folder, &c, error), 0);
    ck_assert_msg(strstr(error, bad_cases[_i].said) != NULL, "it says: %s", error);
}
END_TEST

START_TEST(a_case_that_is_not_there_or_too_large_is_told)
{
    struct replay_case c;
    char error[REPLAY_ERROR_MAX] = "", large[70000];
    ck_assert_int_eq(replay_case_read(folder, &c, error), -ENOENT);
    ck_assert_msg(strstr(error, "case.yaml: cannot be read: No such file") != NULL, "it says: %s", error);
    memset(large, '#', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    write_file("case.yaml", large);
    ck_assert_int_eq(replay_case_read(folder, &c, error), -EFBIG);
}
END_TEST

START_TEST(a_good_case_is_taken)
{
    struct replay_case c;
    char error[REPLAY_ERROR_MAX] = "";
    write_file("case.yaml", HEAD TABLES GOOD_PEOPLE "hospitals: 2\n"
                            BILLS("inpatient", "3", "1", "sizes: even, in_policy: 70, "));
    ck_assert_msg(replay_case_read(folder, &c, error) == 0, "%s", error);
    ck_assert_uint_eq(c.source_count, 5);
    ck_assert_str_eq(c.sources[c.first_hospital + 1], "hospital-002");
    ck_assert_int_eq(c.bills[0].in_policy_e4, 7000);
}
END_TEST

#define CSV "id,kind,fund,date,amount(万元),category\n"
static const struct bad_rows {
    const char *csv, *said;
    unsigned long line;
} bad_rows[] = {
    {CSV "a,income,130207/390,2024-03-01,1.5,interest\n"
         "b,income,130207/390,2024-03-32,1.5,interest\n", "", 3},
    {CSV "a,income,130208/390,2024-03-01,1.5,interest\n", "not the fund of the case", 2},
    {CSV "a,income,130207/390,2025-01-01,1.5,interest\n", "after the last day", 2},
    {CSV "a,income,130207/390,2024-03-01,1.5,inpatient\n", "", 2},
    {CSV "a,income,130207/390,2024-03-01,,interest\n", "", 2},
    {"id,kind,fund,date,amount(万元),colour\na,day,130207/390,2024-03-01,,red\n", "no such field", 2},
};

START_TEST(a_bad_row_is_refused_with_its_line)
{
    write_file("case.yaml", HEAD TABLES);
    write_file("policy.yaml", "date: 2023-12-31\nversion: 1\n");
    write_file("rows.csv", bad_rows[_i].csv);
    struct replay_case c = case_of(folder);
    struct person_keys keys;
    struct replay_rows rows;
    struct complaint complaint;
    const char *file = "";
    replay_people_demo_key(1, &keys);
    ck_assert_int_lt(replay_rows_read(&c, &keys, &rows, &complaint, &file), 0);
    ck_assert_str_eq(file, c.tables[0].path);
    ck_assert_uint_eq(complaint.line, bad_rows[_i].line);
    ck_assert_msg(strstr(complaint.text, bad_rows[_i].said) != NULL, "it says: %s", complaint.text);
}
END_TEST

START_TEST(rows_come_in_the_order_of_dates_with_the_policy_first_and_without_days)
{
    write_file("case.yaml", HEAD TABLES);
    write_file("policy.yaml", "date: 2024-01-01\nversion: 1\n");
    write_file("rows.csv", CSV "c,income,130207/390,2024-03-01,1.5,interest\n"
                               "d,day,130207/390,2024-01-31,,\n"
                               "b,income,130207/390,2024-01-01,1.5,interest\n"
                               "a,income,130207/390,2024-01-01,2.5,interest\n");
    struct replay_case c = case_of(folder);
    struct replay_rows rows = rows_of(&c);
    ck_assert_uint_eq(rows.count, 4);
    ck_assert_int_eq(rows.rows[0].event.kind, KIND_POLICY);
    ck_assert_str_eq(rows.rows[1].event.id, "b");
    ck_assert_str_eq(rows.rows[2].event.id, "a");
    ck_assert_str_eq(rows.rows[3].event.id, "c");
    replay_rows_free(&rows);
}
END_TEST

static void add_numbers(Suite *s)
{
    TCase *t = tcase_create("numbers");
    tcase_add_loop_test(t, shares_add_up_and_are_never_negative, 0,
                        (int)(sizeof share_rows / sizeof share_rows[0]));
    tcase_add_test(t, random_numbers_are_the_same_for_ever);
    tcase_add_test(t, sizes_stay_in_their_range);
    suite_add_tcase(s, t);
}

static void start_hashes(void)
{
    ck_assert_int_eq(hash_init(), 0);
}

static void add_cases(Suite *s)
{
    TCase *t = tcase_create("cases");
    tcase_add_checked_fixture(t, start_hashes, NULL);
    tcase_add_loop_test(t, every_line_of_fengnan_comes_out_for_any_number_of_persons, 0,
                        POPULATION_COUNT);
    tcase_add_test(t, every_line_of_fengnan_comes_out_with_its_own_persons);
    tcase_add_test(t, each_person_of_fengnan_pays_380_yuan_and_one_record_closes_the_line);
    tcase_add_test(t, every_line_of_zhanjiang_comes_out);
    tcase_add_test(t, a_case_goes_on_after_its_year_where_it_says_so);
    tcase_add_test(t, no_money_moves_in_jiangmen);
    tcase_add_test(t, the_heads_of_zhanjiang_give_its_coverage);
    tcase_add_loop_test(t, events_are_good_and_in_order_and_a_day_ends_when_all_before_is_answered,
                        0, POPULATION_COUNT);
    tcase_add_test(t, no_id_stands_twice_in_two_rounds);
    tcase_add_test(t, the_same_seed_gives_the_same_bytes_and_another_one_others);
    tcase_add_test(t, a_population_that_cannot_be_is_refused_and_changes_nothing);
    tcase_add_test(t, a_sink_that_fails_ends_the_play);
    suite_add_tcase(s, t);
}

static void add_files(Suite *s)
{
    TCase *t = tcase_create("files");
    tcase_add_checked_fixture(t, make_folder, remove_folder);
    tcase_add_loop_test(t, a_bad_case_is_refused_with_what_is_wrong, 0,
                        (int)(sizeof bad_cases / sizeof bad_cases[0]));
    tcase_add_test(t, a_case_that_is_not_there_or_too_large_is_told);
    tcase_add_test(t, a_good_case_is_taken);
    tcase_add_loop_test(t, a_bad_row_is_refused_with_its_line, 0,
                        (int)(sizeof bad_rows / sizeof bad_rows[0]));
    tcase_add_test(t, rows_come_in_the_order_of_dates_with_the_policy_first_and_without_days);
    suite_add_tcase(s, t);
}

Suite *suite(void)
{
    Suite *s = suite_create("replay");
    add_numbers(s);
    add_cases(s);
    add_files(s);
    return s;
}
