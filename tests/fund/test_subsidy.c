/* The subsidies of the four reports, as they are printed. */
#include "fund/event.h"
#include "fund/indicator.h"
#include "fund/subsidy.h"
#include "tests/fund/vocabulary.h"
#include "tests/suite.h"

static struct amount yuan(const char *text)
{
    struct amount amount;
    ck_assert_int_eq(amount_parse(text, UNIT_YUAN, &amount), 0);
    return amount;
}

static const char *in_wan(struct amount amount)
{
    static char text[AMOUNT_TEXT_MAX];
    return amount_format(amount, UNIT_WAN, 2, false, text);
}

static struct subsidy_standard standard(int year, const char *per_head, uint32_t whole,
                                        const uint32_t parts[SUBSIDY_LEVELS])
{
    struct subsidy_standard s = {.year = year, .per_head = yuan(per_head), .whole = whole};
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++) {
        s.levels[level].parts = parts[level];
        s.levels[level].base = SUBSIDY_HEADS_STATED;
    }
    return s;
}

/* The same headcount for every level, and no group counted. */
static void count_heads(struct subsidy_heads heads[SUBSIDY_LEVELS], int64_t total)
{
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++) {
        heads[level].total = total;
        for (unsigned group = 0; group < SUBSIDY_GROUPS_MAX; group++)
            heads[level].group[group] = HEADS_UNKNOWN;
    }
}

enum { STUDENTS };

static struct subsidy_standard zhanjiang(void)
{
    struct subsidy_standard s = standard(2022, "610", 1000, (uint32_t[]){300, 550, 75, 75});
    s.exceptions[s.exception_count++] = (struct subsidy_exception){
        .kind = SUBSIDY_PAID_BY, .level = SUBSIDY_CITY, .group = STUDENTS, .payer = SUBSIDY_PROVINCE};
    s.exceptions[s.exception_count++] = (struct subsidy_exception){
        .kind = SUBSIDY_PAID_BY, .level = SUBSIDY_COUNTY, .group = STUDENTS, .payer = SUBSIDY_PROVINCE};
    return s;
}

static void zhanjiang_heads(struct subsidy_heads heads[SUBSIDY_LEVELS])
{
    count_heads(heads, 5880830);
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++)
        heads[level].group[STUDENTS] = 22295;
}

static struct subsidy_standard fengnan(void)
{
    return standard(2024, "670", 100, (uint32_t[]){60, 0, 15, 25});
}

enum { PENGJIANG, JIANGHAI };

static struct subsidy_standard jiangmen(void)
{
    struct subsidy_standard s = standard(2021, "580", 1, (uint32_t[]){0, 0, 0, 0});
    s.levels[SUBSIDY_CITY].own = yuan("11");
    s.exceptions[s.exception_count++] = (struct subsidy_exception){
        .kind = SUBSIDY_LUMP, .level = SUBSIDY_CITY, .group = PENGJIANG, .lump = wan("2192.33")};
    s.exceptions[s.exception_count++] = (struct subsidy_exception){
        .kind = SUBSIDY_LUMP, .level = SUBSIDY_CITY, .group = JIANGHAI, .lump = wan("975.69")};
    return s;
}

/* The banner's 80 % of 323, due on the last day of the year. */
static struct subsidy_standard ejin_horo(const char *local)
{
    struct subsidy_standard s = standard(2021, local, 100, (uint32_t[]){0, 0, 20, 80});
    s.levels[SUBSIDY_COUNTY].tranche_count = 1;
    s.levels[SUBSIDY_COUNTY].tranches[0] = (struct subsidy_tranche){day(20211231), 1};
    return s;
}

/* --- Due. */

START_TEST(zhanjiang_owes_what_its_report_prints)
{
    static const struct { const char *wan, *yuan; } due[] = {
        {"107619.19", "1076191890"}, {"197505.85", "1975058457.50"},
        {"26802.80", "268027976.25"}, {"26802.80", "268027976.25"},
    };
    struct subsidy_standard s = zhanjiang();
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    ck_assert_ptr_null(subsidy_check(&s));
    zhanjiang_heads(heads);
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[_i].known, SUBSIDY_KNOWN);
    ck_assert_str_eq(in_wan(result[_i].amount), due[_i].wan);
    ck_assert_int_eq(result[_i].amount.fen, yuan(due[_i].yuan).fen);
}
END_TEST

START_TEST(the_province_bears_the_students_parts_to_the_cent)
{
    struct subsidy_standard with = zhanjiang(), without = zhanjiang();
    without.exception_count = 0;
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due spared[SUBSIDY_LEVELS], naive[SUBSIDY_LEVELS];
    zhanjiang_heads(heads);
    subsidy_due(&with, heads, spared);
    subsidy_due(&without, heads, naive);
    ck_assert_str_eq(in_wan(naive[SUBSIDY_PROVINCE].amount), "197301.85");
    ck_assert_str_eq(in_wan(naive[SUBSIDY_CITY].amount), "26904.80");
    ck_assert_int_eq(naive[SUBSIDY_CITY].amount.fen - spared[SUBSIDY_CITY].amount.fen,
                     yuan("1019996.25").fen);
    ck_assert_int_eq(spared[SUBSIDY_PROVINCE].amount.fen - naive[SUBSIDY_PROVINCE].amount.fen,
                     yuan("2039992.50").fen);
}
END_TEST

/* Derived heads make what a level owes derived: its own, a group's that is otherwise there, and of a payer
 * those of the group that it bears. */
START_TEST(what_is_due_is_derived_where_its_heads_are)
{
    struct subsidy_standard s = zhanjiang();
    struct subsidy_heads heads[SUBSIDY_LEVELS] = {0};
    zhanjiang_heads(heads);
    for (int level = 0; level < SUBSIDY_LEVELS; level++)
        ck_assert(!subsidy_is_derived(&s, level, heads));
    heads[SUBSIDY_CENTRAL].derived = 1u << SUBSIDY_TOTAL_BIT;
    heads[SUBSIDY_CITY].derived = 1u << STUDENTS;
    ck_assert(subsidy_is_derived(&s, SUBSIDY_CENTRAL, heads));
    ck_assert(subsidy_is_derived(&s, SUBSIDY_CITY, heads));
    ck_assert(subsidy_is_derived(&s, SUBSIDY_PROVINCE, heads));
    ck_assert(!subsidy_is_derived(&s, SUBSIDY_COUNTY, heads));
    s.levels[SUBSIDY_CENTRAL].parts = 0;        /* that pays nothing, for however many */
    ck_assert(!subsidy_is_derived(&s, SUBSIDY_CENTRAL, heads));
    s.levels[SUBSIDY_CITY].parts = 0;           /* nor does anybody for it */
    ck_assert(!subsidy_is_derived(&s, SUBSIDY_CITY, heads));
    ck_assert(!subsidy_is_derived(&s, SUBSIDY_PROVINCE, heads));
}
END_TEST

START_TEST(zhanjiangs_levels_together_owe_the_whole_standard)
{
    struct subsidy_standard s = zhanjiang();
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    zhanjiang_heads(heads);
    subsidy_due(&s, heads, result);
    int64_t sum = 0;
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++)
        sum += result[level].amount.fen;
    ck_assert_int_eq(sum, subsidy_due_together(&s, 5880830).amount.fen);
    ck_assert_str_eq(in_wan(fen(sum)), "358730.63");
}
END_TEST

START_TEST(each_level_pays_for_its_own_headcount)
{
    /* Received for 2021: the centre on the heads after duplicates, the province before. */
    struct subsidy_standard s = zhanjiang();
    s.exception_count = 0;
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    count_heads(heads, HEADS_UNKNOWN);
    heads[SUBSIDY_CENTRAL].total = 6101808 - 6467 - 9373;
    heads[SUBSIDY_PROVINCE].total = 6101808;
    subsidy_due(&s, heads, result);
    ck_assert_str_eq(in_wan(result[SUBSIDY_CENTRAL].amount), "111373.21");
    ck_assert_str_eq(in_wan(result[SUBSIDY_PROVINCE].amount), "204715.66");
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_NO_HEADS);
    ck_assert_int_eq(result[SUBSIDY_COUNTY].known, SUBSIDY_NO_HEADS);
}
END_TEST

static const struct {
    struct subsidy_standard (*standard)(void);
    enum subsidy_level level;
    const char *fen;
} per_head[] = {
    {fengnan, SUBSIDY_CENTRAL, "40200"}, {fengnan, SUBSIDY_PROVINCE, "0"},
    {fengnan, SUBSIDY_CITY, "10050"},    {fengnan, SUBSIDY_COUNTY, "16750"},
    {zhanjiang, SUBSIDY_CENTRAL, "18300"}, {zhanjiang, SUBSIDY_PROVINCE, "33550"},
    {zhanjiang, SUBSIDY_CITY, "4575"},   {zhanjiang, SUBSIDY_COUNTY, "4575"},
    {jiangmen, SUBSIDY_CITY, "1100"},
};

START_TEST(a_level_pays_its_share_per_head)
{
    char text[RATIO_TEXT_MAX];
    struct subsidy_standard s = per_head[_i].standard();
    ck_assert_str_eq(ratio_format(subsidy_per_head(&s, per_head[_i].level), 0, text), per_head[_i].fen);
}
END_TEST

START_TEST(fengnan_prints_no_heads_so_nothing_is_due_that_could_be_named)
{
    struct subsidy_standard s = fengnan();
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    count_heads(heads, HEADS_UNKNOWN);
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[SUBSIDY_CENTRAL].known, SUBSIDY_NO_HEADS);
    ck_assert_int_eq(result[SUBSIDY_PROVINCE].known, SUBSIDY_KNOWN);    /* it has no share */
    ck_assert_int_eq(result[SUBSIDY_PROVINCE].amount.fen, 0);
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_NO_HEADS);
    ck_assert_int_eq(result[SUBSIDY_COUNTY].known, SUBSIDY_NO_HEADS);
    ck_assert_int_eq(subsidy_due_together(&s, HEADS_UNKNOWN).known, SUBSIDY_NO_HEADS);
}
END_TEST

START_TEST(jiangmen_owes_580_a_head_together)
{
    struct subsidy_standard s = jiangmen();
    ck_assert_ptr_null(subsidy_check(&s));
    ck_assert_str_eq(in_wan(subsidy_due_together(&s, 2461500).amount), "142767.00");
}
END_TEST

START_TEST(jiangmens_city_pays_two_lump_sums_and_11_a_head_elsewhere)
{
    struct subsidy_standard s = jiangmen();
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    count_heads(heads, 2483900);
    heads[SUBSIDY_CITY].group[PENGJIANG] = 300000;
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_NO_GROUP);
    heads[SUBSIDY_CITY].group[JIANGHAI] = 183900;
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_KNOWN);
    /* 2,000,000 * 11 + 2,192.33 + 975.69 */
    ck_assert_str_eq(in_wan(result[SUBSIDY_CITY].amount), "5368.02");
}
END_TEST

START_TEST(a_lump_sum_alone_needs_no_heads)
{
    struct subsidy_standard s = jiangmen();
    s.levels[SUBSIDY_CITY].own = fen(0);
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    count_heads(heads, HEADS_UNKNOWN);
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_KNOWN);
    ck_assert_str_eq(in_wan(result[SUBSIDY_CITY].amount), "3168.02");
}
END_TEST

START_TEST(an_unknown_group_leaves_its_level_and_its_payer_unknown)
{
    struct subsidy_standard s = zhanjiang();
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    count_heads(heads, 5880830);
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[SUBSIDY_CENTRAL].known, SUBSIDY_KNOWN);
    ck_assert_int_eq(result[SUBSIDY_PROVINCE].known, SUBSIDY_NO_GROUP);
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_NO_GROUP);
    ck_assert_int_eq(result[SUBSIDY_COUNTY].known, SUBSIDY_NO_GROUP);
}
END_TEST

START_TEST(groups_with_more_heads_than_there_are_are_no_figure)
{
    struct subsidy_standard s = zhanjiang();
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    zhanjiang_heads(heads);
    heads[SUBSIDY_CITY].total = 22295;
    heads[SUBSIDY_COUNTY].total = 22294;
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_KNOWN);
    ck_assert_int_eq(result[SUBSIDY_CITY].amount.fen, 0);
    ck_assert_int_eq(result[SUBSIDY_COUNTY].known, SUBSIDY_GROUPS_EXCEED);
}
END_TEST

START_TEST(without_a_standard_shares_are_of_nothing)
{
    struct subsidy_standard s = zhanjiang();
    s.per_head = fen(0);
    s.levels[SUBSIDY_PROVINCE].parts = 0;
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    zhanjiang_heads(heads);
    subsidy_due(&s, heads, result);
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++)
        ck_assert_int_eq(result[level].known, SUBSIDY_NO_STANDARD);
    ck_assert_int_eq(subsidy_due_together(&s, 1).known, SUBSIDY_NO_STANDARD);
}
END_TEST

START_TEST(without_a_standard_a_lump_sum_stands)
{
    struct subsidy_standard s = jiangmen();
    s.per_head = s.levels[SUBSIDY_CITY].own = fen(0);
    s.levels[SUBSIDY_COUNTY].parts = 1;
    s.exceptions[1].level = SUBSIDY_COUNTY;
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    count_heads(heads, 1);
    subsidy_due(&s, heads, result);
    ck_assert_str_eq(in_wan(result[SUBSIDY_CITY].amount), "2192.33");
    ck_assert_int_eq(result[SUBSIDY_COUNTY].known, SUBSIDY_NO_STANDARD);
    ck_assert_int_eq(result[SUBSIDY_CENTRAL].known, SUBSIDY_KNOWN);
}
END_TEST

START_TEST(without_a_standard_rates_of_their_own_stand)
{
    struct subsidy_standard s = zhanjiang();
    s.per_head = fen(0);
    s.levels[SUBSIDY_CENTRAL].parts = s.levels[SUBSIDY_PROVINCE].parts = s.levels[SUBSIDY_CITY].parts = 0;
    s.levels[SUBSIDY_PROVINCE].own = yuan("335.5");
    s.levels[SUBSIDY_CITY].own = yuan("45.75");
    s.exceptions[1].payer = SUBSIDY_CENTRAL;    /* bears a part of the county's, that nobody knows */
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    zhanjiang_heads(heads);
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[SUBSIDY_CENTRAL].known, SUBSIDY_NO_STANDARD);
    ck_assert_int_eq(result[SUBSIDY_PROVINCE].known, SUBSIDY_KNOWN);
    ck_assert_int_eq(result[SUBSIDY_CITY].known, SUBSIDY_KNOWN);
    ck_assert_int_eq(result[SUBSIDY_CITY].amount.fen, yuan("268027976.25").fen);
}
END_TEST

START_TEST(no_heads_at_all_is_a_headcount_too)
{
    struct subsidy_standard s = zhanjiang();
    struct subsidy_heads heads[SUBSIDY_LEVELS] = {0};
    struct subsidy_due result[SUBSIDY_LEVELS];
    subsidy_due(&s, heads, result);
    for (unsigned level = 0; level < SUBSIDY_LEVELS; level++) {
        ck_assert_int_eq(result[level].known, SUBSIDY_KNOWN);
        ck_assert_int_eq(result[level].amount.fen, 0);
    }
    ck_assert_int_eq(subsidy_due_together(&s, 0).known, SUBSIDY_KNOWN);
}
END_TEST

START_TEST(due_is_rounded_once_half_up_to_the_fen)
{
    /* A third of 1 fen a head: 1.5 of 3 is 2, 4/3 are 1. */
    struct subsidy_standard s = standard(2024, "0.01", 6, (uint32_t[]){1, 2, 3, 0});
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    count_heads(heads, 4);
    heads[SUBSIDY_CITY].total = 3;
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[0].amount.fen, 1);
    ck_assert_int_eq(result[1].amount.fen, 1);
    ck_assert_int_eq(result[2].amount.fen, 2);
}
END_TEST

START_TEST(the_largest_standard_is_still_a_figure)
{
    struct subsidy_standard s = standard(2024, "100000", 1, (uint32_t[]){1, 0, 0, 0});
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    ck_assert_ptr_null(subsidy_check(&s));
    count_heads(heads, COUNT_MAX);
    subsidy_due(&s, heads, result);
    ck_assert_int_eq(result[0].amount.fen, INT64_C(100000000000000000));
}
END_TEST

/* --- Arrears. */

static struct subsidy_due banners_due(const char *local)
{
    struct subsidy_standard s = ejin_horo(local);
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due result[SUBSIDY_LEVELS];
    ck_assert_ptr_null(subsidy_check(&s));
    count_heads(heads, 123371);
    subsidy_due(&s, heads, result);
    return result[SUBSIDY_COUNTY];
}

static struct subsidy_arrears banners_arrears(const char *local, const char *received, int32_t as_of)
{
    struct subsidy_standard s = ejin_horo(local);
    return subsidy_arrears(&s.levels[SUBSIDY_COUNTY], banners_due(local), wan(received),
                           SUBSIDY_TOLERANCE_DEFAULT, day(as_of));
}

START_TEST(ejin_horo_is_in_arrears_on_the_last_day_of_2021)
{
    ck_assert_str_eq(in_wan(banners_due("323").amount), "3187.91");
    struct subsidy_arrears a = banners_arrears("323", "2942", 20211231);
    ck_assert_int_eq(a.known, SUBSIDY_KNOWN);
    ck_assert_str_eq(in_wan(a.arrears), "245.91");
    ck_assert_int_eq(a.aged[SUBSIDY_30_DAYS].fen, a.arrears.fen);
    ck_assert_int_eq(a.oldest, day(20211231));
    ck_assert(!a.tolerated);
}
END_TEST

START_TEST(nothing_is_late_the_day_before_it_is_due)
{
    struct subsidy_arrears a = banners_arrears("323", "0", 20211230);
    ck_assert_int_eq(a.due.fen, 0);
    ck_assert_int_eq(a.arrears.fen, 0);
    ck_assert_int_eq(a.oldest, DATE_NONE);
    ck_assert(a.tolerated);
}
END_TEST

static const struct {
    const char *own, *percent;
    bool in_arrears;
} cleared[] = {
    {NULL, "100.03", false},            /* 258.4 a head: 80 % of 323 */
    {"258.5", "99.99", true},           /* the first tranche had been rounded */
};

START_TEST(ejin_horos_tranche_of_2022_clears_its_arrears)
{
    char text[RATIO_TEXT_MAX];
    struct subsidy_standard s = ejin_horo("323");
    struct subsidy_level_rule *rule = &s.levels[SUBSIDY_COUNTY];
    if (cleared[_i].own != NULL) {
        rule->parts = 0;
        rule->own = yuan(cleared[_i].own);
    }
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    struct subsidy_due due[SUBSIDY_LEVELS];
    count_heads(heads, 123371);
    subsidy_due(&s, heads, due);
    struct subsidy_arrears a = subsidy_arrears(rule, due[SUBSIDY_COUNTY], wan("3188.742"),
                                               SUBSIDY_TOLERANCE_DEFAULT, day(20220630));
    struct ratio share = {wan("3188.742").fen, a.due.fen, 100};
    ck_assert_str_eq(ratio_format(share, 2, text), cleared[_i].percent);
    ck_assert_int_eq(a.arrears.fen > 0, cleared[_i].in_arrears);
    ck_assert(a.tolerated);
}
END_TEST

static const struct {
    int32_t as_of;
    enum subsidy_age age;
} ages[] = {
    {20211231, SUBSIDY_30_DAYS}, {20220130, SUBSIDY_30_DAYS}, {20220131, SUBSIDY_90_DAYS},
    {20220331, SUBSIDY_90_DAYS}, {20220401, SUBSIDY_OLDER},   {20990101, SUBSIDY_OLDER},
};

START_TEST(arrears_age_by_the_days_since_they_were_due)
{
    struct subsidy_arrears a = banners_arrears("323", "2942", ages[_i].as_of);
    for (unsigned age = 0; age < SUBSIDY_AGES; age++)
        ck_assert_int_eq(a.aged[age].fen, age == ages[_i].age ? a.arrears.fen : 0);
}
END_TEST

/* 100 万元, of which 50, 30 and 20 are due. */
static const struct {
    const char *received;
    int32_t as_of;
    const char *due, *aged[SUBSIDY_AGES];
    int32_t oldest;
} tranches[] = {
    {"0",    20240331, "50.00",  {"50.00", "0.00", "0.00"},  20240331},
    {"-5",   20240331, "50.00",  {"50.00", "0.00", "0.00"},  20240331},
    {"20",   20240630, "80.00",  {"30.00", "0.00", "30.00"}, 20240331},
    {"50",   20240630, "80.00",  {"30.00", "0.00", "0.00"},  20240630},
    {"60",   20240831, "80.00",  {"0.00", "20.00", "0.00"},  20240630},
    {"60",   20240930, "100.00", {"20.00", "0.00", "20.00"}, 20240630},
    {"80",   20240930, "100.00", {"20.00", "0.00", "0.00"},  20240930},
    {"120",  20240930, "100.00", {"0.00", "0.00", "0.00"},   0},
};

START_TEST(what_comes_pays_the_oldest_tranche_first)
{
    struct subsidy_level_rule rule = {.tranche_count = 3, .tranches = {
        {day(20240331), 5}, {day(20240630), 3}, {day(20240930), 2}}};
    struct subsidy_arrears a = subsidy_arrears(&rule, (struct subsidy_due){.amount = wan("100")},
                                               wan(tranches[_i].received), SUBSIDY_TOLERANCE_DEFAULT,
                                               day(tranches[_i].as_of));
    int64_t sum = 0;
    ck_assert_str_eq(in_wan(a.due), tranches[_i].due);
    for (unsigned age = 0; age < SUBSIDY_AGES; age++) {
        ck_assert_str_eq(in_wan(a.aged[age]), tranches[_i].aged[age]);
        sum += a.aged[age].fen;
    }
    ck_assert_int_eq(a.arrears.fen, sum);
    ck_assert_int_eq(a.oldest, tranches[_i].oldest == 0 ? DATE_NONE : day(tranches[_i].oldest));
}
END_TEST

START_TEST(tranches_are_rounded_to_the_fen_and_lose_none)
{
    struct subsidy_level_rule rule = {.tranche_count = 3, .tranches = {
        {day(20240331), 1}, {day(20240630), 1}, {day(20240930), 1}}};
    static const struct { int32_t as_of; int64_t due; } steps[] = {
        {20240331, 33}, {20240630, 67}, {20240930, 100}};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct subsidy_arrears a = subsidy_arrears(&rule, (struct subsidy_due){.amount = fen(100)}, fen(0),
                                                   SUBSIDY_TOLERANCE_DEFAULT, day(steps[i].as_of));
        ck_assert_int_eq(a.arrears.fen, steps[i].due);
    }
}
END_TEST

static const struct {
    const char *due, *received;
    bool tolerated;
} tolerances[] = {
    {"100", "99", true},    {"100", "98.999999", false},        /* 1 万元 is more than 0.05 % */
    {"10000", "9995", true}, {"10000", "9994.999999", false},   /* 0.05 % is 5 */
    {"1", "0", true},
};

START_TEST(a_shortfall_up_to_its_tolerance_is_no_arrears)
{
    struct subsidy_level_rule rule = {.tranche_count = 1, .tranches = {{day(20240630), 1}}};
    struct subsidy_arrears a = subsidy_arrears(
        &rule, (struct subsidy_due){.amount = wan(tolerances[_i].due)}, wan(tolerances[_i].received),
        SUBSIDY_TOLERANCE_DEFAULT, day(20240630));
    ck_assert_int_gt(a.arrears.fen, 0);
    ck_assert_int_eq(a.tolerated, tolerances[_i].tolerated);
}
END_TEST

START_TEST(arrears_of_what_is_not_known_are_not_known)
{
    struct subsidy_standard s = ejin_horo("323");
    struct subsidy_due unknown = {.known = SUBSIDY_NO_HEADS};
    struct subsidy_arrears a = subsidy_arrears(&s.levels[SUBSIDY_COUNTY], unknown, wan("1"),
                                               SUBSIDY_TOLERANCE_DEFAULT, day(20211231));
    ck_assert_int_eq(a.known, SUBSIDY_NO_HEADS);
    a = subsidy_arrears(&s.levels[SUBSIDY_CITY], banners_due("323"), wan("1"),
                        SUBSIDY_TOLERANCE_DEFAULT, day(20211231));
    ck_assert_int_eq(a.known, SUBSIDY_NO_DUE_DATE);
    ck_assert(!a.tolerated);
}
END_TEST

/* --- Standards that contradict themselves. */

static void bad_year(struct subsidy_standard *s)     { s->year = 1989; }
static void late_year(struct subsidy_standard *s)    { s->year = 2200; }
static void per_head_low(struct subsidy_standard *s) { s->per_head.fen = -1; }
static void per_head_high(struct subsidy_standard *s) { s->per_head.fen = SUBSIDY_PER_HEAD_MAX + 1; }
static void no_whole(struct subsidy_standard *s)     { s->whole = 0; }
static void large_whole(struct subsidy_standard *s)  { s->whole = SUBSIDY_PARTS_MAX + 1; }
static void shares_high(struct subsidy_standard *s)  { s->levels[0].parts++; }
static void own_low(struct subsidy_standard *s)      { s->levels[0].own.fen = -1; }
static void both(struct subsidy_standard *s)         { s->levels[0].own.fen = 1; }
static void no_base(struct subsidy_standard *s)      { s->levels[3].base = 0; }
static void bad_base(struct subsidy_standard *s)     { s->levels[3].base = 3; }
static void many_tranches(struct subsidy_standard *s) { s->levels[0].tranche_count = 5; }
static void no_parts(struct subsidy_standard *s)     { s->levels[0].tranche_count = 1; }
static void many_parts(struct subsidy_standard *s)
{
    s->levels[0].tranche_count = 1;
    s->levels[0].tranches[0].parts = SUBSIDY_PARTS_MAX + 1;
}
static void same_day(struct subsidy_standard *s)
{
    s->levels[0].tranche_count = 2;
    s->levels[0].tranches[0] = s->levels[0].tranches[1] = (struct subsidy_tranche){1, 1};
}
static void many_exceptions(struct subsidy_standard *s) { s->exception_count = 17; }
static void no_kind(struct subsidy_standard *s)      { s->exceptions[0].kind = 0; }
static void bad_kind(struct subsidy_standard *s)     { s->exceptions[0].kind = 3; }
static void bad_level(struct subsidy_standard *s)    { s->exceptions[0].level = SUBSIDY_LEVELS; }
static void bad_group(struct subsidy_standard *s)    { s->exceptions[0].group = SUBSIDY_GROUPS_MAX; }
static void bad_payer(struct subsidy_standard *s)    { s->exceptions[0].payer = SUBSIDY_LEVELS; }
static void pays_itself(struct subsidy_standard *s)  { s->exceptions[0].payer = SUBSIDY_CITY; }
static void paid_lump(struct subsidy_standard *s)    { s->exceptions[0].lump.fen = 1; }
static void lump_low(struct subsidy_standard *s)
{
    s->exceptions[0].kind = SUBSIDY_LUMP;
    s->exceptions[0].lump.fen = -1;
}
static void lump_high(struct subsidy_standard *s)
{
    s->exceptions[0].kind = SUBSIDY_LUMP;
    s->exceptions[0].lump.fen = AMOUNT_EVENT_MAX + 1;
}
static void twice(struct subsidy_standard *s)        { s->exceptions[1].level = SUBSIDY_CITY; }

static void (*const contradictions[])(struct subsidy_standard *) = {
    bad_year, late_year, per_head_low, per_head_high, no_whole, large_whole, shares_high, own_low, both,
    no_base, bad_base, many_tranches, no_parts, many_parts, same_day, many_exceptions, no_kind, bad_kind,
    bad_level, bad_group, bad_payer, pays_itself, paid_lump, lump_low, lump_high, twice,
};

START_TEST(a_standard_that_contradicts_itself_is_told_so)
{
    struct subsidy_standard s = zhanjiang();
    ck_assert_ptr_null(subsidy_check(&s));
    contradictions[_i](&s);
    ck_assert_ptr_nonnull(subsidy_check(&s));
}
END_TEST

START_TEST(a_standard_may_be_at_its_limits)
{
    struct subsidy_standard s = standard(1990, "1", SUBSIDY_PARTS_MAX, (uint32_t[]){0, 0, 0, 0});
    s.levels[0].tranche_count = SUBSIDY_TRANCHES_MAX;
    for (unsigned i = 0; i < SUBSIDY_TRANCHES_MAX; i++)
        s.levels[0].tranches[i] = (struct subsidy_tranche){day(20220630) + (date_day)i, 1};
    s.levels[1].base = SUBSIDY_HEADS_DEDUPLICATED;
    for (unsigned i = 0; i < SUBSIDY_EXCEPTIONS_MAX; i++)
        s.exceptions[s.exception_count++] = (struct subsidy_exception){
            .kind = SUBSIDY_LUMP, .level = (uint8_t)(i / SUBSIDY_GROUPS_MAX),
            .group = (uint8_t)(i % SUBSIDY_GROUPS_MAX), .lump = fen(AMOUNT_EVENT_MAX)};
    ck_assert_ptr_null(subsidy_check(&s));
    s.year = 2199;
    ck_assert_ptr_null(subsidy_check(&s));
    s.exceptions[SUBSIDY_EXCEPTIONS_MAX - 1].group = 0;     /* as an earlier one, not the one before */
    ck_assert_ptr_nonnull(subsidy_check(&s));
}
END_TEST

START_TEST(tranches_in_the_order_of_their_dates_are_right)
{
    struct subsidy_standard s = zhanjiang();
    s.levels[0].tranche_count = 2;
    s.levels[0].tranches[0] = (struct subsidy_tranche){day(20220630), 1};
    s.levels[0].tranches[1] = (struct subsidy_tranche){day(20221231), SUBSIDY_PARTS_MAX};
    ck_assert_ptr_null(subsidy_check(&s));
    s.levels[0].tranches[1].due = day(20220629);
    ck_assert_ptr_nonnull(subsidy_check(&s));
}
END_TEST

START_TEST(two_groups_of_a_level_may_each_have_a_rule)
{
    struct subsidy_standard s = jiangmen();
    ck_assert_ptr_null(subsidy_check(&s));
    s.exceptions[1].group = PENGJIANG;
    ck_assert_ptr_nonnull(subsidy_check(&s));
}
END_TEST

START_TEST(every_reason_has_a_word_and_a_sentence)
{
    for (unsigned known = 0; known <= SUBSIDY_NO_MONEY; known++) {
        ck_assert_ptr_nonnull(subsidy_known_word((enum subsidy_known)known));
        ck_assert_ptr_nonnull(subsidy_known_sentence((enum subsidy_known)known));
    }
    ck_assert_str_eq(subsidy_known_word(SUBSIDY_NO_HEADS), "no_heads");
    ck_assert_ptr_null(subsidy_known_word((enum subsidy_known)(SUBSIDY_NO_MONEY + 1)));
    ck_assert_ptr_null(subsidy_known_sentence((enum subsidy_known)(SUBSIDY_NO_MONEY + 1)));
}
END_TEST

START_TEST(a_lump_sum_makes_no_other_level_derived)
{
    struct subsidy_standard s = jiangmen();
    struct subsidy_heads heads[SUBSIDY_LEVELS];
    count_heads(heads, 2483900);
    heads[SUBSIDY_CITY].derived = 1u << PENGJIANG;
    ck_assert(subsidy_is_derived(&s, SUBSIDY_CITY, heads));
    ck_assert(!subsidy_is_derived(&s, SUBSIDY_CENTRAL, heads));
}
END_TEST

START_TEST(levels_have_words)
{
    ck_assert_str_eq(subsidy_level_word(SUBSIDY_CENTRAL), "central");
    ck_assert_ptr_null(subsidy_level_word(SUBSIDY_LEVELS));
}
END_TEST

/* 610 yuan a head, of which the city's part is 7.5 %. */
START_TEST(what_an_exception_pays_is_the_part_of_its_group_or_its_lump)
{
    struct subsidy_standard s = zhanjiang();
    struct subsidy_exception lump = {.kind = SUBSIDY_LUMP, .level = SUBSIDY_CITY, .lump = {12345}};
    ck_assert_int_eq(subsidy_exception_amount(&s, &s.exceptions[0], 22295).fen, INT64_C(22295) * 4575);
    ck_assert_int_eq(subsidy_exception_amount(&s, &s.exceptions[0], 0).fen, 0);
    ck_assert_int_eq(subsidy_exception_amount(&s, &s.exceptions[0], HEADS_UNKNOWN).fen, 0);
    ck_assert_int_eq(subsidy_exception_amount(&s, &lump, HEADS_UNKNOWN).fen, 12345);
    s.per_head = yuan("0.02");          /* 2 fen: of 100 persons 15, of 10 one and a half */
    ck_assert_int_eq(subsidy_exception_amount(&s, &s.exceptions[0], 100).fen, 15);
    ck_assert_int_eq(subsidy_exception_amount(&s, &s.exceptions[0], 10).fen, 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("subsidy");
    TCase *t = tcase_create("due");
    tcase_add_loop_test(t, zhanjiang_owes_what_its_report_prints, 0, SUBSIDY_LEVELS);
    tcase_add_test(t, the_province_bears_the_students_parts_to_the_cent);
    tcase_add_test(t, zhanjiangs_levels_together_owe_the_whole_standard);
    tcase_add_test(t, what_is_due_is_derived_where_its_heads_are);
    tcase_add_test(t, each_level_pays_for_its_own_headcount);
    tcase_add_loop_test(t, a_level_pays_its_share_per_head, 0, COUNT_OF(per_head));
    tcase_add_test(t, fengnan_prints_no_heads_so_nothing_is_due_that_could_be_named);
    tcase_add_test(t, jiangmen_owes_580_a_head_together);
    tcase_add_test(t, jiangmens_city_pays_two_lump_sums_and_11_a_head_elsewhere);
    tcase_add_test(t, a_lump_sum_alone_needs_no_heads);
    tcase_add_test(t, an_unknown_group_leaves_its_level_and_its_payer_unknown);
    tcase_add_test(t, groups_with_more_heads_than_there_are_are_no_figure);
    tcase_add_test(t, without_a_standard_shares_are_of_nothing);
    tcase_add_test(t, without_a_standard_a_lump_sum_stands);
    tcase_add_test(t, without_a_standard_rates_of_their_own_stand);
    tcase_add_test(t, no_heads_at_all_is_a_headcount_too);
    tcase_add_test(t, due_is_rounded_once_half_up_to_the_fen);
    tcase_add_test(t, the_largest_standard_is_still_a_figure);
    suite_add_tcase(s, t);

    t = tcase_create("arrears");
    tcase_add_test(t, ejin_horo_is_in_arrears_on_the_last_day_of_2021);
    tcase_add_test(t, nothing_is_late_the_day_before_it_is_due);
    tcase_add_loop_test(t, ejin_horos_tranche_of_2022_clears_its_arrears, 0, COUNT_OF(cleared));
    tcase_add_loop_test(t, arrears_age_by_the_days_since_they_were_due, 0, COUNT_OF(ages));
    tcase_add_loop_test(t, what_comes_pays_the_oldest_tranche_first, 0, COUNT_OF(tranches));
    tcase_add_test(t, tranches_are_rounded_to_the_fen_and_lose_none);
    tcase_add_loop_test(t, a_shortfall_up_to_its_tolerance_is_no_arrears, 0, COUNT_OF(tolerances));
    tcase_add_test(t, arrears_of_what_is_not_known_are_not_known);
    suite_add_tcase(s, t);

    t = tcase_create("check");
    tcase_add_loop_test(t, a_standard_that_contradicts_itself_is_told_so, 0, COUNT_OF(contradictions));
    tcase_add_test(t, a_standard_may_be_at_its_limits);
    tcase_add_test(t, tranches_in_the_order_of_their_dates_are_right);
    tcase_add_test(t, two_groups_of_a_level_may_each_have_a_rule);
    tcase_add_test(t, every_reason_has_a_word_and_a_sentence);
    tcase_add_test(t, a_lump_sum_makes_no_other_level_derived);
    tcase_add_test(t, levels_have_words);
    tcase_add_test(t, what_an_exception_pays_is_the_part_of_its_group_or_its_lump);
    suite_add_tcase(s, t);
    return s;
}
