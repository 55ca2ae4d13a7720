#include <string.h>

#include "tests/suite.h"
#include "wire/alert_codec.h"

static struct writer w;

static void setup(void)
{
    writer_init(&w);
}

static void teardown(void)
{
    writer_free(&w);
}

static struct alert runway(void)
{
    return (struct alert){
        .number = 1, .epoch = 1, .position = 10, .recorded_ms = 1735660800123,
        .fund = { 130207, SCHEME_RESIDENT }, .rule = RULE_RUNWAY, .transition = TRANSITION_FIRING,
        .level = LEVEL_LOW, .incident = 1, .books_date = 20088, .policy_version = 1,
        .indicator = { COMPUTABLE, { 2659015000000, 3756324000000, 12 } },
        .limit_e4 = 60000, .months = 12, .balance = { 2659015000000 },
    };
}

/* Writes, reads, writes again and compares. */
static void assert_comes_back(const struct alert *alert)
{
    struct alert back;
    struct writer again;
    writer_reset(&w);
    alert_encode(&w, alert);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert(alert_decode(&r, &back));
    ck_assert_int_eq(reader_end(&r), READ_OK);
    writer_init(&again);
    alert_encode(&again, &back);
    ck_assert_uint_eq(again.size, w.size);
    ck_assert_mem_eq(again.bytes, w.bytes, w.size);
    ck_assert_int_eq(back.rule, alert->rule);
    ck_assert_int_eq(back.level, alert->level);
    ck_assert_int_eq(back.transition, alert->transition);
    ck_assert_int_eq(back.indicator.why, alert->indicator.why);
    ck_assert_int_eq(back.books_date, alert->books_date);
    ck_assert_int_eq(back.balance.fen, alert->balance.fen);
    ck_assert_str_eq(back.note, alert->note);
    writer_free(&again);
}

START_TEST(every_rule_level_and_transition_comes_back)
{
    for (enum rule rule = RULE_RUNWAY; rule < RULE_END; rule++) {
        if (rule_word(rule) == NULL)
            continue;
        for (int level = LEVEL_CRITICAL_LOW; level <= LEVEL_EXCESSIVE; level++) {
            for (enum transition t = TRANSITION_FIRING; t <= TRANSITION_ACKNOWLEDGED; t++) {
                struct alert alert = runway();
                alert.rule = rule;
                alert.level = level;
                alert.transition = t;
                assert_comes_back(&alert);
            }
        }
    }
}
END_TEST

START_TEST(every_reason_for_no_value_comes_back_without_one)
{
    struct alert back, alert = runway();
    alert.indicator.why = (enum not_computable)_i;
    assert_comes_back(&alert);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert(alert_decode(&r, &back));
    ck_assert_int_eq(back.indicator.value.num, 0);
    ck_assert_int_eq(back.indicator.value.den, 1);
    ck_assert_int_eq(back.indicator.value.mul, 1);
}
END_TEST

/* A runway that was explained by a cause of each kind. */
static struct alert explained(void)
{
    struct alert alert = runway();
    alert.causes_since = 20057;         /* 2024-11-30 */
    alert.causes = (struct causes){
        .before = 849, .after = 700, .count = 5,
        .items = {
            { CAUSE_BALANCE, ACCOUNT_I11, 11 }, { CAUSE_AVERAGE, ACCOUNT_E11, -140 },
            { CAUSE_RESTATED, ACCOUNT_NONE, -20 }, { CAUSE_BASE, ACCOUNT_E12, -10 },
            { CAUSE_MERGED, ACCOUNT_NONE, 10 },
        },
    };
    return alert;
}

START_TEST(causes_come_back)
{
    struct alert back, alert = explained();
    assert_comes_back(&alert);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert(alert_decode(&r, &back));
    ck_assert_int_eq(back.causes_since, alert.causes_since);
    ck_assert_int_eq(back.causes.before, 849);
    ck_assert_int_eq(back.causes.after, 700);
    ck_assert_uint_eq(back.causes.count, 5);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_mem_eq(&back.causes.items[i], &alert.causes.items[i], sizeof (struct cause));
}
END_TEST

START_TEST(as_many_causes_as_there_can_be_come_back)
{
    struct alert alert = explained();
    alert.causes = (struct causes){ .after = CAUSES_MAX, .count = CAUSES_MAX };
    for (unsigned i = 0; i < CAUSES_MAX; i++)
        alert.causes.items[i] = (struct cause){ CAUSE_BALANCE, ACCOUNT_I11, 1 };
    assert_comes_back(&alert);
}
END_TEST

START_TEST(causes_that_cannot_be_computed_are_none)
{
    struct alert back, alert = explained();
    alert.causes.why = NC_OVERFLOW;
    assert_comes_back(&alert);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert(alert_decode(&r, &back));
    ck_assert_int_eq(back.causes_since, 0);
    ck_assert_uint_eq(back.causes.count, 0);
}
END_TEST

START_TEST(extremes_come_back)
{
    struct alert alert = runway();
    alert.number = alert.epoch = alert.position = alert.incident = UINT64_MAX;
    alert.balance.fen = alert.indicator.value.num = alert.limit_e4 = INT64_MIN;
    alert.income.fen = alert.indicator.value.den = alert.recorded_ms = INT64_MAX;
    alert.indicator.value.mul = RATIO_MUL_MAX;
    alert.policy_version = UINT32_MAX;
    memset(alert.who, 'w', WHO_MAX);
    memset(alert.note, 'n', NOTE_MAX);
    assert_comes_back(&alert);
}
END_TEST

/* Replaces the first `from` in the encoded alert by as many bytes of `to`. */
static bool passes_with(const struct alert *alert, const char *from, const char *to)
{
    struct alert back;
    writer_reset(&w);
    alert_encode(&w, alert);
    char *at = memmem(w.bytes, w.size, from, strlen(from));
    ck_assert_ptr_nonnull(at);
    memcpy(at, to, strlen(from));
    struct reader r = reader_of(w.bytes, w.size);
    bool passed = alert_decode(&r, &back);
    ck_assert_int_eq(passed, r.err == READ_OK);
    return passed;
}

static const struct {
    const char *from, *to;
} lies[] = {
    { "\xa1v\x01", "\xa1v\x02" },
    { "alert", "alarm" },
    { "130207/390", "130207/999" },
    { "runway", "runwax" },
    { "firing", "fading" },
    { "\xa3low", "\xa3lox" },
    { "warning", "nothing" },
    { "finance", "farmers" },
    { "\xa5" "epoch", "\xa5" "epich" },
    { "number", "epochs" },
    { "\xa3mul\x0c", "\xa3mul\x00" },
    { "months\x0c", "months\x0d" },
    { "who\xa0", "who\xa1" },
    { "acknowledged\xc2", "acknowledged\x00" },
};

START_TEST(an_alert_with_a_wrong_word_or_range_is_none)
{
    struct alert alert = runway();
    ck_assert(passes_with(&alert, lies[_i].from, lies[_i].from));
    ck_assert(!passes_with(&alert, lies[_i].from, lies[_i].to));
}
END_TEST

START_TEST(causes_that_lie_are_none)
{
    static const struct { const char *from, *to; } rows[] = {
        { "\xa7" "balance", "\xa7" "bilance" }, { "\xa3I11", "\xa3I19" }, { "I11\x0b", "I11\x0a" },
        { "since\xce\x01\x34\xda\xea", "since\xce\x01\x34\xda\xeb" },
        { "\xa6" "before", "\xa6" "befure" }, { "\x93\xa7" "balance", "\x94\xa7" "balance" },
    };
    struct alert alert = explained();
    ck_assert(passes_with(&alert, rows[_i].from, rows[_i].from));
    ck_assert(!passes_with(&alert, rows[_i].from, rows[_i].to));
}
END_TEST

START_TEST(notes_are_text)
{
    struct alert alert = runway();
    strcpy(alert.note, "1234567890");
    ck_assert(passes_with(&alert, "1234567890", "\xe7\x8e\x8b 456789"));
    ck_assert(!passes_with(&alert, "1234567890", "\xe7\x8e 3456789"));
    ck_assert(!passes_with(&alert, "1234567890", "12345\n7890"));
}
END_TEST

START_TEST(a_topic_tells_place_scheme_rule_and_instance)
{
    char topic[TOPIC_MAX + 1];
    struct alert alert = runway();
    ck_assert_str_eq(alert_topic(&alert, topic), "alert/130207/390/runway");
    alert.rule = RULE_COVERAGE;
    strcpy(alert.instance, "resident");
    ck_assert_str_eq(alert_topic(&alert, topic), "alert/130207/390/coverage/resident");
    alert.rule = RULE_QUIET;
    memset(alert.instance, 's', SOURCE_NAME_MAX);
    ck_assert_uint_lt(strlen(alert_topic(&alert, topic)), TOPIC_MAX);
}
END_TEST

START_TEST(a_heartbeat_comes_back)
{
    struct heartbeat back, beat = { UINT64_MAX, 12, 4711, { 1, [31] = 2 }, INT64_MAX };
    heartbeat_encode(&w, &beat);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert(heartbeat_decode(&r, &back));
    ck_assert_int_eq(reader_end(&r), READ_OK);
    ck_assert_uint_eq(back.epoch, UINT64_MAX);
    ck_assert_uint_eq(back.last, 12);
    ck_assert_uint_eq(back.position, 4711);
    ck_assert_mem_eq(back.head, beat.head, 32);
    ck_assert_int_eq(back.sent_ms, INT64_MAX);
    r = reader_of(w.bytes, w.size);
    ck_assert(!alert_decode(&r, &(struct alert){ 0 }));
    ck_assert_int_ne(r.err, READ_OK);
}
END_TEST

#define COUNT_OF(a) (int)(sizeof (a) / sizeof (a)[0])

static bool comes_back(const struct alert *alert)
{
    struct alert back;
    writer_reset(&w);
    alert_encode(&w, alert);
    struct reader r = reader_of(w.bytes, w.size);
    return alert_decode(&r, &back);
}

START_TEST(evidence_that_stands_twice_is_none)
{
    struct alert alert = runway();
    evidence_add(&alert.evidence, EVIDENCE_DUE, 1);
    evidence_add(&alert.evidence, EVIDENCE_RECEIVED, 2);
    ck_assert(comes_back(&alert));
    evidence_add(&alert.evidence, EVIDENCE_DUE, 1);
    ck_assert(!comes_back(&alert));
}
END_TEST

/* The day of what is compared with is taken out of what was written. */
static bool passes_without_day(const struct alert *alert)
{
    static const uint8_t since[] = "since\xce\x01\x34\xda\xea", never[] = "since\xce\0\0\0";
    struct alert back;
    writer_reset(&w);
    alert_encode(&w, alert);
    char *at = memmem(w.bytes, w.size, since, sizeof since - 1);
    ck_assert_ptr_nonnull(at);
    memcpy(at, never, sizeof never);
    struct reader r = reader_of(w.bytes, w.size);
    return alert_decode(&r, &back);
}

START_TEST(without_a_day_to_compare_with_there_are_no_causes)
{
    struct alert alert = explained();
    alert.causes = (struct causes){ .before = 0 };
    ck_assert(passes_without_day(&alert));
    alert.causes.before = alert.causes.after = 5;
    ck_assert(!passes_without_day(&alert));
    alert.causes = (struct causes){
        .count = 2, .items = { { CAUSE_BALANCE, ACCOUNT_I11, 11 }, { CAUSE_AVERAGE, ACCOUNT_E11, -11 } },
    };
    ck_assert(comes_back(&alert));
    ck_assert(!passes_without_day(&alert));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("alert_codec");
    TCase *tc = tcase_create("alert_codec");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, every_rule_level_and_transition_comes_back);
    tcase_add_loop_test(tc, every_reason_for_no_value_comes_back_without_one, NC_NO_OPENING,
                        NC_END);
    tcase_add_test(tc, causes_come_back);
    tcase_add_test(tc, as_many_causes_as_there_can_be_come_back);
    tcase_add_test(tc, causes_that_cannot_be_computed_are_none);
    tcase_add_loop_test(tc, causes_that_lie_are_none, 0, 6);
    tcase_add_test(tc, extremes_come_back);
    tcase_add_loop_test(tc, an_alert_with_a_wrong_word_or_range_is_none, 0, COUNT_OF(lies));
    tcase_add_test(tc, notes_are_text);
    tcase_add_test(tc, a_topic_tells_place_scheme_rule_and_instance);
    tcase_add_test(tc, a_heartbeat_comes_back);
    tcase_add_test(tc, evidence_that_stands_twice_is_none);
    tcase_add_test(tc, without_a_day_to_compare_with_there_are_no_causes);
    suite_add_tcase(s, tc);
    return s;
}
