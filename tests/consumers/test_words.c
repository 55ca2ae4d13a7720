#include <stdlib.h>
#include <string.h>

#include "consumers/html.h"
#include "consumers/words.h"
#include "fund/alert.h"
#include "tests/suite.h"

static const struct { const char *text; bool known; enum language language; } languages[] = {
    { "zh", true, LANGUAGE_ZH }, { "en", true, LANGUAGE_EN }, { "zh_CN.UTF-8", true, LANGUAGE_ZH },
    { "en_GB", true, LANGUAGE_EN }, { "zh-Hans", true, LANGUAGE_ZH }, { "en@x", true, LANGUAGE_EN },
    { "", false, 0 }, { "z", false, 0 }, { "C", false, 0 }, { "C.UTF-8", false, 0 }, { "zhx", false, 0 },
    { "de_DE", false, 0 }, { "ZH", false, 0 },
};

START_TEST(a_language_is_zh_or_en_also_as_a_locale)
{
    enum language language = LANGUAGE_ZH;
    ck_assert_int_eq(language_parse(languages[_i].text, &language), languages[_i].known);
    ck_assert_int_eq(language, languages[_i].known ? languages[_i].language : LANGUAGE_ZH);
}
END_TEST

static const struct { const char *all, *messages, *lang; enum language language; } environments[] = {
    { NULL, NULL, NULL, LANGUAGE_EN },
    { NULL, NULL, "zh_CN.UTF-8", LANGUAGE_ZH },
    { NULL, "en_US", "zh_CN.UTF-8", LANGUAGE_EN },
    { "", "", "zh_CN", LANGUAGE_ZH },
    { "zh_CN", "en_US", "en_US", LANGUAGE_ZH },
    { "C", NULL, "zh_CN", LANGUAGE_EN },
};

static void set(const char *name, const char *value)
{
    if (value != NULL)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

START_TEST(the_environment_chooses_as_it_does_for_other_programs)
{
    set("LC_ALL", environments[_i].all);
    set("LC_MESSAGES", environments[_i].messages);
    set("LANG", environments[_i].lang);
    ck_assert_int_eq(language_of_environment(), environments[_i].language);
}
END_TEST

static unsigned places_in(const char *text)
{
    unsigned places = 0;
    for (; *text != '\0'; text++) {
        if (text[0] == '{' && text[1] >= '1' && text[1] <= '9')
            places |= 1u << (text[1] - '1');
    }
    return places;
}

START_TEST(both_languages_have_the_same_places_to_fill_in)
{
    for (int i = 0; i < WORD_COUNT; i++) {
        const char *zh = word(LANGUAGE_ZH, (enum word)i), *en = word(LANGUAGE_EN, (enum word)i);
        ck_assert_msg(places_in(zh) == places_in(en), "\"%s\" and \"%s\"", zh, en);
    }
}
END_TEST

START_TEST(every_reason_and_level_has_a_word_in_both)
{
    for (int why = NC_NO_OPENING; not_computable_word((enum not_computable)why) != NULL; why++) {
        ck_assert_str_eq(word_not_computable(LANGUAGE_EN, (enum not_computable)why),
                         not_computable_sentence((enum not_computable)why));
        ck_assert_str_ne(word_not_computable(LANGUAGE_ZH, (enum not_computable)why),
                         not_computable_sentence((enum not_computable)why));
    }
    ck_assert_str_eq(word_level(LANGUAGE_ZH, LEVEL_CRITICAL_LOW), "严重偏低");
    ck_assert_str_eq(word_level(LANGUAGE_EN, LEVEL_EXCESSIVE), "excessive");
    ck_assert_str_eq(word_level_of(LANGUAGE_ZH, "subsidy", "high"), "逾期");
    ck_assert_str_eq(word_level_of(LANGUAGE_ZH, "subsidy", "excessive"), "逾期超过90天");
    ck_assert_str_eq(word_level_of(LANGUAGE_ZH, "subsidy", "normal"), "正常");
    ck_assert_str_eq(word_level_of(LANGUAGE_ZH, "runway", "high"), "偏高");
    ck_assert_str_eq(word_level_of(LANGUAGE_EN, "subsidy", "high"), "late");
    ck_assert_str_eq(word_level_of(LANGUAGE_ZH, "pace", "high"), "落后");
    ck_assert_str_eq(word_level_of(LANGUAGE_EN, "pace", "high"), "behind");
    ck_assert_str_eq(word_level_of(LANGUAGE_ZH, "deficit", "low"), "超过限度");
    ck_assert_str_eq(word_level_of(LANGUAGE_ZH, "statement", "low"), "银行少于账面");
}
END_TEST

START_TEST(a_word_that_is_not_known_is_given_back)
{
    ck_assert_str_eq(word_base(LANGUAGE_ZH, "year_to_date"), "年初至今");
    ck_assert_str_eq(word_base(LANGUAGE_ZH, "trailing_36"), "trailing_36");
    ck_assert_str_eq(word_scheme(LANGUAGE_ZH, "130207/310"), "职工基本医疗保险基金");
    ck_assert_str_eq(word_scheme(LANGUAGE_ZH, "nonsense"), "医疗保险基金");
}
END_TEST

START_TEST(places_are_filled_in_any_order_and_as_often_as_they_stand)
{
    char text[64];
    ck_assert_str_eq(WORDS(text, "{2} and {1}, {2}; {x} {", "a", "{1}"), "{1} and a, {1}; {x} {");
}
END_TEST

START_TEST(what_does_not_fit_is_cut_off_at_a_character)
{
    char text[8];
    ck_assert_str_eq(WORDS(text, "ab{1}cd", "住院支出"), "ab住");
    ck_assert_str_eq(WORDS(text, "{1}", "1234567"), "1234567");
}
END_TEST

static const struct { const char *text, *escaped; } escapes[] = {
    { "住院", "住院" },
    { "<b a=\"1\" c='2'>&amp;", "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;" },
    { "a\tb\nc", "a\tb\nc" },
    { "a\x01\x1b\x7f\r", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
};

START_TEST(arguments_of_markup_are_escaped_and_the_markup_is_not)
{
    char *text, expected[256];
    size_t size;
    FILE *to = open_memstream(&text, &size);
    HTML(to, "<p title=\"{1}\">{1}</p>", escapes[_i].text);
    fclose(to);
    snprintf(expected, sizeof expected, "<p title=\"%s\">%s</p>", escapes[_i].escaped, escapes[_i].escaped);
    ck_assert_str_eq(text, expected);
    free(text);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, (int)(sizeof(table) / sizeof(table)[0]))

Suite *suite(void)
{
    Suite *s = suite_create("words");
    TCase *t = tcase_create("words");
    LOOP(t, a_language_is_zh_or_en_also_as_a_locale, languages);
    LOOP(t, the_environment_chooses_as_it_does_for_other_programs, environments);
    tcase_add_test(t, both_languages_have_the_same_places_to_fill_in);
    tcase_add_test(t, every_reason_and_level_has_a_word_in_both);
    tcase_add_test(t, a_word_that_is_not_known_is_given_back);
    tcase_add_test(t, places_are_filled_in_any_order_and_as_often_as_they_stand);
    tcase_add_test(t, what_does_not_fit_is_cut_off_at_a_character);
    LOOP(t, arguments_of_markup_are_escaped_and_the_markup_is_not, escapes);
    suite_add_tcase(s, t);
    return s;
}
