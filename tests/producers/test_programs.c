#include <stdlib.h>
#include <string.h>

#include "files/policy_file.h"
#include "producers/programs.h"
#include "tests/producers/scratch.h"
#include "tests/suite.h"
#include "wire/policy_codec.h"

static struct settings settings;
static struct made made;
static struct complaint complaint;

static void setup(void)
{
    settings =
        (struct settings){.date = DATE_NONE, .unit = UNIT_YUAN, .other_category = CATEGORY_AID};
    settings.has_fund = fund_parse("130207/390", &settings.fund);
    scratch_setup();
}

/* A row "name=text;name=text" through a program's table and function. */
static bool makes(const struct program *program, const char *text)
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
    struct mapping *mapping = mapping_new(program->columns, program->column_count, &settings);
    struct values values;
    made = (struct made){.count = 0};
    complaint = (struct complaint){.line = 0};
    bool good = mapping_bind(mapping, &row, true, &complaint) &&
                mapping_read(mapping, &row, &values, &complaint) &&
                program->make(&settings, mapping, &values, &made, &complaint);
    mapping_free(&mapping);
    return good;
}

/* "ID KIND CATEGORY AMOUNT ORIGINAL" of what was made, '-' for what is not stated. */
static const char *made_text(void)
{
    static char text[1024];
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < made.count; i++) {
        struct event *e = &made.events[i];
        enum event_field field;
        e->person[0] = 1;       /* nothing was hashed */
        ck_assert_msg(event_check(e, &field) == REJECT_NONE, "%s", event_field_key(field));
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%s %s %s %s %s", i > 0 ? "; " : "", e->id,
            event_kind_word(e->kind),
            event_has(e, FIELD_CATEGORY) ? event_category_word(e->category) : "-",
            event_has(e, FIELD_AMOUNT)
                ? amount_format(e->amount, UNIT_YUAN, 2, false, (char[AMOUNT_TEXT_MAX]){0})
                : "-",
            event_has(e, FIELD_ORIGINAL) ? e->original : "-");
    }
    return text;
}

#define FEE                                                                                        \
    "rsdt_clct_detl_id=T1;psn_no=P;clct_time=2024-10-01;accrym_begn=202501;accrym_end=202512;"

static const struct { const char *row, *made;
} tax_rows[] = {
    {FEE "psn_clct_amt=400;finsubs_amt=0;oth_clct_amt=0;clct_sumamt=400;revs_flag=Z;clct_flag=1",
     "T1 contribution personal 400.00 -"},
    {FEE "psn_clct_amt=100;finsubs_amt=200;oth_clct_amt=100;clct_sumamt=400",
     "T1 contribution personal 100.00 -; T1.s contribution government 200.00 -; T1.o contribution "
     "aid 100.00 -"},
    {FEE "psn_clct_amt=0;finsubs_amt=400;clct_sumamt=400", "T1.s contribution government 400.00 -"},
    {FEE "amount=400", "T1 contribution personal 400.00 -"},
    {FEE "amount=400;category=aid", "T1 contribution aid 400.00 -"},
    {"id=T2;date=2024-10-02;psn_clct_amt=400;finsubs_amt=0;revs_flag=N;clct_flag=1;original=T1",
     "T2 reversal - 400.00 T1"},
    {"id=T2;date=2024-10-02;psn_clct_amt=-100;finsubs_amt=-300;clct_sumamt=-400;init_rsdt_clct_"
     "detl_id=T1",
     "T2 reversal - 100.00 T1; T2.s reversal - 300.00 T1.s"},
    {"id=T2;date=2024-10-02;original=T1", "T2 reversal - - T1"},
    {"id=T2;date=2024-10-02;original=T1;amount=-400", "T2 reversal - 400.00 T1"},
    {FEE "psn_clct_amt=400;revs_flag=Z;clct_flag=1;init_rsdt_clct_detl_id=T0",
     "T1 contribution personal 400.00 -"},
    {"记录编号=T9;缴费日期=2024/9/1;个人缴费（元）=400;年度=2025;人数=1",
     "T9 contribution personal 400.00 -"},
};

START_TEST(a_collection_record_becomes_fees_or_reversals)
{
    ck_assert_msg(makes(&tax_program, tax_rows[_i].row), "%s: %s", complaint.field, complaint.text);
    ck_assert_str_eq(made_text(), tax_rows[_i].made);
    ck_assert_ptr_null(made.skipped);
}
END_TEST

START_TEST(a_record_that_is_void_is_skipped)
{
    static const char *const rows[] = {
        FEE "psn_clct_amt=400;revs_flag=N;clct_flag=1",
        FEE "psn_clct_amt=400;revs_flag=Z;clct_flag=0",
        FEE "psn_clct_amt=400;clct_flag=0",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert(makes(&tax_program, rows[i]));
        ck_assert_uint_eq(made.count, 0);
        ck_assert_ptr_nonnull(made.skipped);
    }
}
END_TEST

static const struct { const char *row, *field, *text; } bad_tax_rows[] = {
    {FEE "psn_clct_amt=400;finsubs_amt=200;clct_sumamt=400",
     "clct_sumamt", "the parts add up to 600.00 yuan"},
    {FEE "psn_clct_amt=0;clct_sumamt=0", "", "every amount is zero"},
    {FEE "psn_clct_amt=", "psn_clct_amt", "the row states no amount"},
    {FEE "psn_clct_amt=1;amount=1", "amount",
     "beside psn_clct_amt, finsubs_amt or oth_clct_amt: give one or the other"},
    {"id=T2;date=2024-10-02;psn_clct_amt=;original=T1", "psn_clct_amt",
     "a reversal must state the amounts, so that it is known which parts the original had"},
    {"id=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     ";date=2024-10-02;finsubs_amt=1;year=2024",
     "id", "longer than 62 characters leaves no room for .s or .o"},
};

START_TEST(a_collection_record_that_contradicts_itself_is_bad)
{
    ck_assert(!makes(&tax_program, bad_tax_rows[_i].row));
    ck_assert_str_eq(complaint.field, bad_tax_rows[_i].field);
    ck_assert_str_eq(complaint.text, bad_tax_rows[_i].text);
}
END_TEST

START_TEST(a_fee_keeps_the_year_it_covers)
{
    ck_assert(makes(&tax_program, FEE "psn_clct_amt=400"));
    ck_assert_int_eq(made.events[0].year, 2025);
    ck_assert_int_eq(date_month_to_ym(made.events[0].to), 202512);
    ck_assert(makes(&tax_program, FEE "psn_clct_amt=400;year=2024"));
    ck_assert_int_eq(made.events[0].year, 2024);
}
END_TEST

#define BILL                                                                                       \
    "setl_id=S1;psn_no=P;fixmedins_code=H1;setl_time=2024-03-01 "                                  \
    "10:00:00;medfee_sumamt=1000;hifp_pay=600.5;"

static const struct { const char *row, *made; } hospital_rows[] = {
    {BILL "med_type=11", "S1 settlement pooled 600.50 -"},
    {BILL "med_type=13", "S1 settlement pooled 600.50 -"},
    {BILL "med_type=14", "S1 settlement chronic 600.50 -"},
    {BILL "med_type=21", "S1 settlement inpatient 600.50 -"},
    {BILL "med_type=26", "S1 settlement inpatient 600.50 -"},
    {BILL "med_type=41", "S1 settlement pooled 600.50 -"},
    {BILL "med_type=51", "S1 settlement maternity 600.50 -"},
    {BILL "med_type=52", "S1 settlement maternity 600.50 -"},
    {BILL "category=住院", "S1 settlement inpatient 600.50 -"},
    {BILL "med_type=9901", "S1 settlement chronic 600.50 -"},
    {"setl_id=S2;setl_time=20240302;hifp_pay=-600.50;original=S1;med_type=21;psn_no=P",
     "S2 reversal - 600.50 S1"},
    {"结算编号=S2;结算时间=2024-03-02;基金支付=;原结算编号=S1", "S2 reversal - - S1"},
    {BILL "med_type=21;hifmi_pay=100;maf_pay=50;fund_pay_sumamt=750.5;psn_part_amt=249.5",
     "S1 settlement inpatient 600.50 -"},
};

START_TEST(a_settlement_counts_what_this_fund_pays)
{
    settings.med_type_count = 1;
    strcpy(settings.med_types[0].code, "9901");
    settings.med_types[0].category = CATEGORY_CHRONIC;
    ck_assert_msg(makes(&hospital_program, hospital_rows[_i].row), "%s: %s", complaint.field,
                  complaint.text);
    ck_assert_str_eq(made_text(), hospital_rows[_i].made);
}
END_TEST

START_TEST(a_med_type_without_a_line_is_bad)
{
    static const char *const types[] = {"10", "15", "20", "27",   "42",
                                        "53", "99", "1",  "2101", "ab"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char row[256];
        snprintf(row, sizeof row, BILL "med_type=%s", types[i]);
        ck_assert(!makes(&hospital_program, row));
        ck_assert_str_eq(complaint.field, "med_type");
    }
    ck_assert(!makes(&hospital_program, BILL));
    ck_assert_str_eq(complaint.text, "the row has neither med_type nor category");
}
END_TEST

#define ENROLLED                                                                                   \
    "psn_no=P1;insutype=390;psn_insu_stas=1;psn_insu_date=2024-01-01;insuplc_admdvs=130207;"

static const char *enrollment_id(const char *row)
{
    static char ids[16][EVENT_ID_MAX + 1];
    static unsigned next;
    ck_assert_msg(makes(&registry_program, row), "%s: %s", complaint.field, complaint.text);
    made_text();
    char *id = ids[next++ % 16];
    strcpy(id, made.events[0].id);
    return id;
}

START_TEST(the_same_enrolment_gives_the_same_id_and_a_change_another)
{
    struct person_keys keys = {.count = 1, .keys = {{.number = 1, .from = 0}}};
    settings.keys = &keys;
    const char *id = enrollment_id(ENROLLED);
    ck_assert_int_eq(strncmp(id, "1101.20240101.", 14), 0);
    ck_assert_str_eq(id, enrollment_id("psn_name=x;" ENROLLED));
    ck_assert_str_ne(id, enrollment_id(ENROLLED "year=2025"));
    ck_assert_str_ne(id, enrollment_id(ENROLLED "group=full"));
    ck_assert_str_ne(enrollment_id(ENROLLED "group=part"), enrollment_id(ENROLLED "group=full"));
    ck_assert_str_ne(id, enrollment_id("psn_no=P2;psn_insu_stas=1;psn_insu_date=2024-01-01"));
    ck_assert_str_ne(id, enrollment_id("psn_no=P1;psn_insu_stas=4;psn_insu_date=2024-01-01"));
    ck_assert_str_eq(enrollment_id("heads=5;date=2024-06-30;year=2024"),
                     enrollment_id("heads=6;date=2024-06-30;year=2024"));
    ck_assert_str_eq(enrollment_id(ENROLLED "id=R7"), "R7");
}
END_TEST

START_TEST(an_enrolments_year_is_that_of_its_date_unless_said)
{
    makes(&registry_program, ENROLLED);
    ck_assert_int_eq(made.events[0].year, 2024);
    settings.year = 2025;
    makes(&registry_program, ENROLLED);
    ck_assert_int_eq(made.events[0].year, 2025);
}
END_TEST

static const struct { const char *row, *made; } bureau_rows[] = {
    {"id=1;kind=opening;date=2023-12-31;amount(万元)=24733.04;derived=yes",
     "1 opening - 247330400.00 -"},
    {"id=2;kind=subsidy;date=2024-06-30;category=central;amount=1;year=2024",
     "2 subsidy central 1.00 -"},
    {"编号=2;事项=财政补贴;日期=2024-06-30;类别=中央;金额=1;年度=2024", "2 subsidy central 1.00 -"},
    {"id=3;kind=income;date=2024-06-30;category=interest;amount=-1", "3 income interest -1.00 -"},
    {"id=4;kind=expenditure;date=2024-06-30;category=catastrophic;amount=5;stage=final",
     "4 expenditure catastrophic 5.00 -"},
    {"id=5;kind=disbursement;date=2024-06-30;category=inpatient;"
     "stage=provisional;amount=5;institution=H1",
     "5 disbursement inpatient 5.00 -"},
    {"id=5;kind=disbursement;date=2024-06-30;stage=advance;amount=5", "5 disbursement - 5.00 -"},
    {"id=5;kind=disbursement;date=2024-06-30;category=inpatient;stage=预留质保金;amount=5",
     "5 disbursement inpatient 5.00 -"},
    {"id=6;kind=population;date=2024-12-31;measure=resident;heads(万人)=703.09",
     "6 population - - -"},
    {"id=7;kind=day;date=2024-12-31", "7 day - - -"},
    {"id=8;kind=reversal;date=2024-12-31;original=2", "8 reversal - - 2"},
    {"id=9;kind=enrollment;date=2024-12-31;heads=368992;year=2024", "9 enrollment - - -"},
    {"id=10;kind=month_close;date=2024-12-31", "10 month_close - - -"},
    {"编号=10;事项=月结;日期=2024-12-31", "10 month_close - - -"},
    {"编号=11;事项=历史导入;日期=2019-01-01", "11 import - - -"},
    {"编号=12;事项=导入完成;日期=2024-12-31", "12 import_done - - -"},
    {"编号=13;事项=银行对账单;日期=2024-12-31;金额(万元)=-0.01", "13 statement - -100.00 -"},
    {"id=13;kind=statement;date=2024-12-31;amount=26590.15", "13 statement - 26590.15 -"},
};

START_TEST(a_bureaus_row_says_its_kind)
{
    settings.derived = true;    /* a default is for the kinds that take it */
    ck_assert_msg(makes(&bureau_program, bureau_rows[_i].row), "%s: %s", complaint.field,
                  complaint.text);
    ck_assert_str_eq(made_text(), bureau_rows[_i].made);
}
END_TEST

START_TEST(a_bureaus_row_without_a_kind_needs_one_from_the_command_line)
{
    ck_assert(!makes(&bureau_program, "id=1;date=2024-01-01;amount=1"));
    ck_assert_str_eq(complaint.text, "neither the row nor --kind says what it is");
    ck_assert(!makes(&bureau_program, "id=1;kind=policy;date=2024-01-01"));
    ck_assert_str_eq(complaint.text, "a policy comes with --policy FILE");
    settings.kind = KIND_INCOME;
    ck_assert(makes(&bureau_program, "id=1;date=2024-01-01;amount=1;category=interest"));
    ck_assert_str_eq(made_text(), "1 income interest 1.00 -");
}
END_TEST

START_TEST(what_a_row_says_beyond_its_kind_is_refused)
{
    enum event_field field;
    ck_assert(makes(&bureau_program, "id=1;kind=day;date=2024-01-01;amount=1"));
    ck_assert_int_eq(event_check(&made.events[0], &field), REJECT_FIELD_NOT_ALLOWED);
    ck_assert_int_eq(field, FIELD_AMOUNT);
}
END_TEST

static struct options given_options(void)
{
    struct options o = {.day = DATE_NONE, .settings = settings};
    return o;
}

START_TEST(the_command_line_gives_opening_and_day)
{
    struct options o = given_options();
    struct given given = {.count = 0};
    o.opening = "24733.04";
    o.settings.unit = UNIT_WAN;
    o.settings.derived = true;
    date_from_ymd(20231231, &o.settings.date);
    ck_assert(bureau_program.before(&o, &given, &complaint));
    ck_assert_uint_eq(given.count, 1);
    ck_assert_str_eq(given.events[0].id, "opening.130207.390.20231231");
    ck_assert_int_eq(given.events[0].amount.fen, INT64_C(24733040000));
    ck_assert(given.events[0].derived);

    date_from_ymd(20241231, &o.day);
    given.count = 0;
    ck_assert(bureau_program.after(&o, &given, &complaint));
    ck_assert_str_eq(given.events[0].id, "day.130207.390.20241231");
    enum event_field field;
    ck_assert_int_eq(event_check(&given.events[0], &field), REJECT_NONE);
}
END_TEST

START_TEST(a_policy_file_becomes_an_event)
{
    struct options o = given_options();
    struct given *given = calloc(1, sizeof *given);
    struct policy policy;
    enum event_field field;
    o.policy = "tests/data/policies/fengnan.yaml";
    ck_assert_msg(bureau_program.before(&o, given, &complaint), "%s", complaint.text);
    ck_assert_str_eq(given->events[0].id, "policy.130207.390.1");
    ck_assert_int_eq(date_to_ymd(given->events[0].date), 20231231);
    ck_assert_int_eq(event_check(&given->events[0], &field), REJECT_NONE);
    ck_assert_ptr_null(policy_decode(given->events[0].policy, &policy));
    ck_assert_int_eq(policy.runway.low.leave_e4, 63000);
    ck_assert_uint_eq(policy.coverage_count, 2);
    free(given);
}
END_TEST

START_TEST(what_the_command_line_lacks_is_named)
{
    struct options o = given_options();
    struct given given = {.count = 0};
    ck_assert(!bureau_program.before(&o, &given, &complaint));
    ck_assert_str_eq(complaint.text, "nothing to do: no file, --policy, --opening or --day");
    o.opening = "1";
    ck_assert(!bureau_program.before(&o, &given, &complaint));
    ck_assert_str_eq(complaint.field, "--date");
    o.settings.has_fund = false;
    ck_assert(!bureau_program.before(&o, &given, &complaint));
    ck_assert_str_eq(complaint.field, "--fund");
    o.settings.has_fund = fund_parse("440800/390", &o.settings.fund);
    o.policy = "tests/data/policies/fengnan.yaml";
    ck_assert(!bureau_program.before(&o, &given, &complaint));
    ck_assert_str_eq(complaint.text,
                     "is another than the fund in tests/data/policies/fengnan.yaml");
    o.policy = "tests/data/policies/shortest.yaml";
    ck_assert(!bureau_program.before(&o, &given, &complaint));
    ck_assert_str_eq(complaint.field, "--date");
    o.opening = "1.234";
    o.policy = NULL;
    date_from_ymd(20231231, &o.settings.date);
    ck_assert(!bureau_program.before(&o, &given, &complaint));
    ck_assert_str_eq(complaint.field, "--opening");
}
END_TEST

/* A name that two lines of a table have would never reach the second. */
START_TEST(no_name_stands_twice_in_a_table)
{
    static const struct program *const programs[] = {
        &tax_program, &hospital_program, &registry_program, &bureau_program,
    };
    static char all[8192];
    const struct program *program = programs[_i];
    strcpy(all, "|");
    for (size_t i = 0; i < program->column_count; i++) {
        char names[512], marked[128];
        ck_assert_uint_lt(strlen(program->columns[i].names), sizeof names);
        strcpy(names, program->columns[i].names);
        for (char *name = strtok(names, "|"); name != NULL; name = strtok(NULL, "|")) {
            snprintf(marked, sizeof marked, "|%s|", name);
            ck_assert_msg(strcasestr(all, marked) == NULL, "%s", name);
            strcat(all, name);
            strcat(all, "|");
        }
    }
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof table[0])

Suite *suite(void)
{
    Suite *s = suite_create("programs");
    TCase *t = tcase_create("programs");
    tcase_add_checked_fixture(t, setup, scratch_teardown);
    tcase_add_loop_test(t, a_collection_record_becomes_fees_or_reversals, 0, COUNT(tax_rows));
    tcase_add_test(t, a_record_that_is_void_is_skipped);
    tcase_add_loop_test(t, a_collection_record_that_contradicts_itself_is_bad, 0,
                        COUNT(bad_tax_rows));
    tcase_add_test(t, a_fee_keeps_the_year_it_covers);
    tcase_add_loop_test(t, a_settlement_counts_what_this_fund_pays, 0, COUNT(hospital_rows));
    tcase_add_test(t, a_med_type_without_a_line_is_bad);
    tcase_add_test(t, the_same_enrolment_gives_the_same_id_and_a_change_another);
    tcase_add_test(t, an_enrolments_year_is_that_of_its_date_unless_said);
    tcase_add_loop_test(t, a_bureaus_row_says_its_kind, 0, COUNT(bureau_rows));
    tcase_add_test(t, a_bureaus_row_without_a_kind_needs_one_from_the_command_line);
    tcase_add_test(t, what_a_row_says_beyond_its_kind_is_refused);
    tcase_add_test(t, the_command_line_gives_opening_and_day);
    tcase_add_test(t, a_policy_file_becomes_an_event);
    tcase_add_test(t, what_the_command_line_lacks_is_named);
    tcase_add_loop_test(t, no_name_stands_twice_in_a_table, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
