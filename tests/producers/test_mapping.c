#include <stdlib.h>
#include <string.h>

#include "producers/mapping.h"
#include "tests/suite.h"

static const struct column columns[] = {
    {SLOT_ID, true, "setl_id|id|结算编号", ""},
    {SLOT_DATE, false, "date|日期", ""},
    {SLOT_AMOUNT, false, "amount|金额|基金支付", ""},
    {SLOT_HEADS, false, "heads|人数", ""},
    {SLOT_CATEGORY, false, "category|类别", ""},
    {SLOT_STATUS, false, "psn_insu_stas|状态", ""},
    {SLOT_YEAR, false, "year|年度", ""},
    {SLOT_FROM, false, "from", ""},
    {SLOT_PERSON, false, "psn_no|人员编号", ""},
    {SLOT_FUND, false, "fund", ""},
    {SLOT_PLACE, false, "place|参保地", ""},
    {SLOT_SCHEME, false, "insutype", ""},
    {SLOT_DERIVED, false, "derived", ""},
    {SLOT_MED_TYPE, false, "med_type", ""},
    {SLOT_PAUSED_DATE, false, "paus_insu_date", ""},
    {SLOT_PERSONAL_DATA, false, "name|姓名", ""},
};

static struct settings settings;
static struct mapping *mapping;
static struct values values;
static struct complaint complaint;

static void setup(void)
{
    settings = (struct settings){.date = DATE_NONE, .unit = UNIT_YUAN};
    mapping = mapping_new(columns, sizeof columns / sizeof columns[0], &settings);
    ck_assert_ptr_nonnull(mapping);
    ck_assert_int_eq(hash_init(), 0);
}

static void teardown(void)
{
    mapping_free(&mapping);
    ck_assert_ptr_null(mapping);
}

/* A row "name=text name=text", without the text if it is empty. */
static bool read_pairs(const char *text)
{
    static char copy[1024];
    struct cell cells[32];
    unsigned count = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *pair = strtok(copy, ";"); pair != NULL; pair = strtok(NULL, ";")) {
        char *equals = strchr(pair, '=');
        *equals = '\0';
        cells[count++] = (struct cell){pair, equals[1] != '\0' ? equals + 1 : NULL};
    }
    struct row row = {.line = 2, .count = count, .cells = cells};
    complaint = (struct complaint){.line = 0};
    return mapping_bind(mapping, &row, true, &complaint) &&
           mapping_read(mapping, &row, &values, &complaint);
}

#define GOOD "fund=130207/390;date=2024-03-01;id=A;"

static void reads(const char *pair)
{
    char row[512];
    snprintf(row, sizeof row, GOOD "%s", pair);
    ck_assert_msg(read_pairs(row), "%s: %s: %s", pair, complaint.field, complaint.text);
}

static const struct { const char *pair; int64_t fen; } amounts[] = {
    {"amount=12.34", 1234},           {"amount=0", 0},          {"amount=-3,188.74", -318874},
    {"金额=12.34", 1234},             {"AMOUNT=1", 100},  {"aMount=1", 100},
    {"amount(元)=1.5", 150},          {"amount(万元)=14021.71", 1402171 * INT64_C(10000)},
    {"基金支付（万元）=0.000001", 1}, {"amount(fen)=7", 7},     {"amount (WAN)=1", 1000000},
    {"amount=　12.34　", 1234},       {"amount=100000000000000", AMOUNT_EVENT_MAX},
};

START_TEST(an_amount_is_read_in_its_unit)
{
    reads(amounts[_i].pair);
    ck_assert_int_eq(values.event.amount.fen, amounts[_i].fen);
    ck_assert(event_has(&values.event, FIELD_AMOUNT));
}
END_TEST

START_TEST(the_command_lines_unit_is_for_columns_without_one)
{
    settings.unit = UNIT_WAN;
    reads("amount=24733.04;heads=5");
    ck_assert_int_eq(values.event.amount.fen, INT64_C(24733040000));
    ck_assert_int_eq(values.event.heads, 5);
    reads("amount(元)=1");
    ck_assert_int_eq(values.event.amount.fen, 100);
}
END_TEST

static const struct { const char *pair; int64_t heads; } counts[] = {
    {"heads=368992", 368992}, {"heads=6,101,808", 6101808}, {"人数(万人)=684.77", 6847700},
    {"heads(人)=1", 1},       {"heads=0", 0},
};

START_TEST(heads_are_whole_people)
{
    reads(counts[_i].pair);
    ck_assert_int_eq(values.event.heads, counts[_i].heads);
}
END_TEST

static const struct { const char *pair; int32_t ymd; } dates[] = {
    {"date=2024-12-31", 20241231}, {"date=20241231", 20241231}, {"date=2024/12/31", 20241231},
    {"date=2024-12-31 23:59:59", 20241231}, {"date=2024-12-31T08:00:00.123", 20241231},
    {"date=2024/1/5", 20240105}, {"date=2024-1-5 08:30", 20240105}, {"日期=2024-02-29", 20240229},
};

START_TEST(dates_come_as_systems_and_excel_write_them)
{
    char row[256];
    snprintf(row, sizeof row, "fund=130207/390;id=A;%s", dates[_i].pair);
    ck_assert_msg(read_pairs(row), "%s", complaint.text);
    ck_assert_int_eq(date_to_ymd(values.event.date), dates[_i].ymd);
}
END_TEST

/* What is shown of a value never is a name or a person's number. */
static const struct { const char *pair, *field, *begins; } bad[] = {
    {"amount=12.345", "amount", "\"12.345\" is not an amount in yuan"},
    {"amount(万元)=1.2345678", "amount(万元)", "\"1.2345678\" is not an amount in wan"},
    {"amount(分)=1.5", "amount(分)", "\"1.5\" is not an amount in fen"},
    {"amount=张三", "amount", "is not an amount"},
    {"amount=Zhang San", "amount", "is not an amount"},
    {"amount=130207199001011234", "amount", "is not an amount"},
    {"amount=1e3", "amount", "is not an amount"},
    {"amount=100000000000000.01", "amount", "is not an amount"},
    {"heads=1.5", "heads", "\"1.5\" is not a whole number"},
    {"heads=-1", "heads", "\"-1\" is not a whole number"},
    {"heads(万人)=0.00001", "heads(万人)", "\"0.00001\" is not a whole number"},
    {"date=2024-02-30", "date", "\"2024-02-30\" is not a date"},
    {"date=2024-13-1", "date", "\"2024-13-1\" is not a date"},
    {"date=2024-1/5", "date", "\"2024-1/5\" is not a date"},
    {"category=hospital", "category", "\"hospital\" is not a category"},
    {"category=Zhang", "category", "is not a category"},
    {"psn_insu_stas=3", "psn_insu_stas", "\"3\" is not a status"},
    {"year=24", "year", "\"24\" is not a year"},
    {"year=1989", "year", "\"1989\" is not a year"},
    {"from=202413", "from", "\"202413\" is not a month"},
    {"from=2024", "from", "\"2024\" is not a month"},
    {"psn_no=12 34", "psn_no", "is not a person number"},
    {"fund=130207", "fund", "\"130207\" is not a fund"},
    {"place=1302", "place", "\"1302\" is not a place"},
    {"insutype=510", "insutype", "\"510\" is not 390"},
    {"derived=maybe", "derived", "is not true or false"},
    {"id=结算一", "id", "is not an id"},
    {"med_type=12345678901234567", "med_type", "is not a code"},
};

START_TEST(a_bad_cell_is_named_without_telling_who)
{
    char row[512];
    const char *rest = "fund=130207/390;date=2024-03-01;id=A;";
    if (strncmp(bad[_i].pair, "date", 4) == 0)
        rest = "fund=130207/390;id=A;";
    else if (strncmp(bad[_i].pair, "fund", 4) == 0)
        rest = "date=2024-03-01;id=A;";
    else if (strncmp(bad[_i].pair, "id", 2) == 0)
        rest = "fund=130207/390;date=2024-03-01;";
    snprintf(row, sizeof row, "%s%s", rest, bad[_i].pair);
    ck_assert(!read_pairs(row));
    ck_assert_str_eq(complaint.field, bad[_i].field);
    ck_assert_msg(strncmp(complaint.text, bad[_i].begins, strlen(bad[_i].begins)) == 0, "%s",
                  complaint.text);
}
END_TEST

static const struct { const char *pair; enum slot slot; unsigned number; } words[] = {
    {"category=inpatient", SLOT_CATEGORY, CATEGORY_INPATIENT},
    {"类别=住院", SLOT_CATEGORY, CATEGORY_INPATIENT},
    {"category=门诊慢特病", SLOT_CATEGORY, CATEGORY_CHRONIC},
    {"category=中央财政补贴", SLOT_CATEGORY, CATEGORY_CENTRAL},
    {"psn_insu_stas=1", SLOT_STATUS, STATUS_NORMAL},
    {"psn_insu_stas=4", SLOT_STATUS, STATUS_ENDED},
    {"状态=暂停参保", SLOT_STATUS, STATUS_PAUSED},
};

START_TEST(words_are_ours_chinese_or_the_platforms)
{
    reads(words[_i].pair);
    ck_assert_uint_eq(words[_i].slot == SLOT_CATEGORY ? values.event.category : values.event.status,
                      words[_i].number);
}
END_TEST

START_TEST(the_fund_is_put_together)
{
    char text[FUND_TEXT_MAX];
    ck_assert(read_pairs("id=A;date=20240101;place=440800;insutype=310"));
    ck_assert_str_eq(fund_format(values.event.fund, text), "440800/310");
    ck_assert(read_pairs("id=A;date=20240101;参保地=440800"));
    ck_assert_str_eq(fund_format(values.event.fund, text), "440800/390");
    ck_assert(!read_pairs("id=A;date=20240101"));
    ck_assert_str_eq(complaint.field, "fund");
    settings.has_fund = fund_parse("130207/310", &settings.fund);
    ck_assert(read_pairs("id=A;date=20240101"));
    ck_assert_str_eq(fund_format(values.event.fund, text), "130207/310");
    ck_assert(read_pairs("id=A;date=20240101;place=440800"));
    ck_assert_str_eq(fund_format(values.event.fund, text), "440800/310");
}
END_TEST

START_TEST(defaults_fill_what_a_row_does_not_say)
{
    ck_assert(!read_pairs("fund=130207/390;id=A;date="));
    ck_assert_str_eq(complaint.field, "date");
    settings.year = 2025;
    settings.derived = true;
    ck_assert(date_from_ymd(20241231, &settings.date));
    ck_assert(read_pairs("fund=130207/390;id=A;year="));
    ck_assert_int_eq(date_to_ymd(values.event.date), 20241231);
    ck_assert_int_eq(values.event.year, 2025);
    ck_assert(values.event.derived);
    ck_assert(!values_state(&values, SLOT_YEAR));
    ck_assert(read_pairs("fund=130207/390;id=A;year=2024;derived=否;date=20240101"));
    ck_assert_int_eq(values.event.year, 2024);
    ck_assert_int_eq(date_to_ymd(values.event.date), 20240101);
    ck_assert(!values.event.derived);
}
END_TEST

START_TEST(a_status_that_ended_is_dated_when_it_did)
{
    reads("psn_insu_stas=4;paus_insu_date=2024-05-01");
    ck_assert_int_eq(date_to_ymd(values.event.date), 20240501);
    reads("psn_insu_stas=1;paus_insu_date=2024-05-01");
    ck_assert_int_eq(date_to_ymd(values.event.date), 20240301);
}
END_TEST

START_TEST(a_person_leaves_only_as_a_keyed_hash)
{
    struct person_keys keys = {.count = 2, .keys = {{.number = 1}, {.number = 2, .key = {7}}}};
    uint8_t first[PERSON_SIZE];
    date_from_ymd(20240301, &keys.keys[0].from);
    date_from_ymd(20240401, &keys.keys[1].from);
    settings.keys = &keys;
    reads("psn_no= 4401 ;name=张三");
    hash_person(keys.keys[0].key, "4401", first);
    ck_assert_mem_eq(values.event.person, first, PERSON_SIZE);
    ck_assert_int_eq(values.event.person_key, 1);
    ck_assert_str_eq(values.person_number, "");
    ck_assert(read_pairs("fund=130207/390;id=A;date=20240401;psn_no=4401"));
    ck_assert_int_eq(values.event.person_key, 2);
    ck_assert_mem_ne(values.event.person, first, PERSON_SIZE);
    ck_assert(!read_pairs("fund=130207/390;id=A;date=20240228;psn_no=4401"));
    ck_assert_str_eq(complaint.field, "date");
}
END_TEST

START_TEST(names_of_people_are_never_read)
{
    unsigned unknown;
    reads("name=张三;姓名=李四");
    mapping_unknown(mapping, &unknown);
    ck_assert_uint_eq(unknown, 0);
    ck_assert_ptr_null(memmem(&values, sizeof values, "张三", strlen("张三")));
}
END_TEST

START_TEST(a_header_must_have_its_columns_once)
{
    ck_assert(!read_pairs("fund=130207/390;date=2024-01-01"));
    ck_assert_str_eq(complaint.text, "there is no column setl_id (--fields lists the names)");
    ck_assert(!read_pairs("id=1;setl_id=2;fund=130207/390"));
    ck_assert_str_eq(complaint.field, "setl_id");
    ck_assert_str_eq(complaint.text, "says the same as the column id");
}
END_TEST

START_TEST(columns_that_nobody_knows_are_listed)
{
    unsigned count;
    reads("foo=1;bar(元)=2");
    const char *const *unknown = mapping_unknown(mapping, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(unknown[0], "foo");
    ck_assert_str_eq(unknown[1], "bar(元)");
    ck_assert(!mapping_has(mapping, SLOT_AMOUNT));
    ck_assert_str_eq(mapping_name(mapping, SLOT_ID), "id");
    ck_assert_str_eq(mapping_name(mapping, SLOT_AMOUNT), "amount");
}
END_TEST

START_TEST(an_id_takes_a_suffix_as_long_as_there_is_room)
{
    struct event event = {.present = 0};
    char id[EVENT_ID_MAX + 1];
    memset(id, 'x', EVENT_ID_MAX);
    id[EVENT_ID_MAX] = '\0';
    ck_assert(event_set_id(&event, id, ""));
    ck_assert_uint_eq(event.id_size, EVENT_ID_MAX);
    ck_assert(!event_set_id(&event, id, ".s"));
    ck_assert(event_set_id(&event, id + 2, ".s"));
    ck_assert_str_eq(event.id + EVENT_ID_MAX - 2, ".s");
}
END_TEST

START_TEST(a_value_longer_than_any_is_refused)
{
    char row[600];
    snprintf(row, sizeof row, GOOD "amount=%0300d", 1);
    ck_assert(!read_pairs(row));
    ck_assert_str_eq(complaint.text, "is longer than 256 bytes");
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

Suite *suite(void)
{
    Suite *s = suite_create("mapping");
    TCase *t = tcase_create("mapping");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, an_amount_is_read_in_its_unit, 0, COUNT(amounts));
    tcase_add_test(t, the_command_lines_unit_is_for_columns_without_one);
    tcase_add_loop_test(t, heads_are_whole_people, 0, COUNT(counts));
    tcase_add_loop_test(t, dates_come_as_systems_and_excel_write_them, 0, COUNT(dates));
    tcase_add_loop_test(t, a_bad_cell_is_named_without_telling_who, 0, COUNT(bad));
    tcase_add_loop_test(t, words_are_ours_chinese_or_the_platforms, 0, COUNT(words));
    tcase_add_test(t, the_fund_is_put_together);
    tcase_add_test(t, defaults_fill_what_a_row_does_not_say);
    tcase_add_test(t, a_status_that_ended_is_dated_when_it_did);
    tcase_add_test(t, a_person_leaves_only_as_a_keyed_hash);
    tcase_add_test(t, names_of_people_are_never_read);
    tcase_add_test(t, a_header_must_have_its_columns_once);
    tcase_add_test(t, columns_that_nobody_knows_are_listed);
    tcase_add_test(t, an_id_takes_a_suffix_as_long_as_there_is_room);
    tcase_add_test(t, a_value_longer_than_any_is_refused);
    suite_add_tcase(s, t);
    return s;
}
