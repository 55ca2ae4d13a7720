#include "daemon/rights.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/person_name.h"
#include "fund/event.h"
#include "tests/daemon/folder.h"
#include "tests/suite.h"
#include "wire/reader.h"

static struct folder folder;
static struct rights *rights;
static struct net_key key;

/* The n-th allocation from now, counted from 1, gets nothing; 0: none. */
static int memory_fails;

static bool memory_is_out(void)
{
    return memory_fails > 0 && --memory_fails == 0;
}
#define MEMORY_IS_OUT() memory_is_out()
#include "tests/store/short_memory.h"

/* What the linker puts in front of it (Makefile: WRAP_test_rights): libutf8proc takes its memory itself. */
char *__real_person_name_folded(const char *name);
char *__wrap_person_name_folded(const char *name);
char *__wrap_person_name_folded(const char *name)
{
    return memory_is_out() ? NULL : __real_person_name_folded(name);
}

static void setup(void)
{
    folder_make(&folder);
    ck_assert_int_eq(net_key_make("k", &key), 0);
}

static void teardown(void)
{
    rights_release(rights);
    folder_remove(&folder);
}

/* Loads a rights file with one key whose entry goes on with `more`. */
static int load(const char *more, char **ret_error)
{
    char text[1024];
    snprintf(text, sizeof text, "keys:\n  - name: k\n    public: \"%s\"\n%s", key.public_key, more);
    return rights_load(folder_write(&folder, "rights.yaml", text), &rights, ret_error);
}

static const struct grant *grant_of(const char *more)
{
    char *wrong = NULL;
    int err = load(more, &wrong);
    ck_assert_msg(err == 0, "%s", wrong);
    const struct grant *grant = rights_find(rights, key.public_key);
    ck_assert_ptr_nonnull(grant);
    return grant;
}

START_TEST(a_key_without_a_list_may_do_nothing)
{
    const struct grant *grant = grant_of("");
    ck_assert(!grant_source(grant, "k"));
    ck_assert(!grant_kind(grant, KIND_SETTLEMENT));
    ck_assert(!grant_place(grant, 130207));
    ck_assert(!grant_query(grant, "status"));
    ck_assert(!grant_command(grant, "backup"));
    ck_assert(!grant_alerts(grant));
    for (unsigned role = 0; role < NET_ROLES; role++)
        ck_assert(!grant_role(grant, role));
}
END_TEST

START_TEST(a_star_ends_a_prefix_of_source_names)
{
    const struct grant *grant = grant_of("    sources: [tax, \"hospital-7.*\"]\n");
    ck_assert(grant_source(grant, "tax"));
    ck_assert(!grant_source(grant, "tax2"));
    ck_assert(grant_source(grant, "hospital-7.ward"));
    ck_assert(!grant_source(grant, "hospital-70"));
    ck_assert(!grant_source(grant, "hospital-7"));
    ck_assert(grant_role(grant, NET_INGEST));
    ck_assert(!grant_role(grant, NET_QUERY));
}
END_TEST

START_TEST(an_entry_is_told_as_it_stands)
{
    struct writer w;
    writer_init(&w);
    ck_assert_ptr_eq(grant_of("    sources: [tax]\n    queries: [all]\n    alerts: \"true\"\n"),
                     rights_at(rights, 0));
    grant_write(rights_at(rights, 0), &w);
    struct reader r = reader_of(w.bytes, w.size);
    ck_assert_uint_eq(read_map(&r, 10), 10);
    ck_assert(span_is(read_string(&r, 99), "name") && span_is(read_string(&r, 99), "k"));
    ck_assert(span_is(read_string(&r, 99), "public"));
    ck_assert(span_is(read_string(&r, 99), key.public_key));
    ck_assert(span_is(read_string(&r, 99), "person") && span_is(read_string(&r, 99), ""));
    ck_assert(span_is(read_string(&r, 99), "sources"));
    ck_assert_uint_eq(read_array(&r, 9), 1);
    ck_assert(span_is(read_string(&r, 99), "tax"));
    ck_assert(span_is(read_string(&r, 99), "sources_max"));
    ck_assert_int_eq(read_int(&r, 0, UINT32_MAX), SOURCES_MAX_DEFAULT);
    ck_assert(span_is(read_string(&r, 99), "kinds"));
    ck_assert_uint_eq(read_array(&r, 9), 0);
    for (int i = 0; i < 3 * 2; i++)
        read_skip(&r, 2);
    ck_assert(span_is(read_string(&r, 99), "alerts"));
    ck_assert(read_bool(&r));
    ck_assert_int_eq(reader_end(&r), READ_OK);
    writer_free(&w);
}
END_TEST

START_TEST(a_person_is_text_and_a_machines_key_has_none)
{
    char *wrong = NULL;
    ck_assert_str_eq(grant_person(grant_of("    person: 王芳\n")), "王芳");
    rights_release(rights);
    rights = NULL;
    ck_assert_str_eq(grant_person(grant_of("")), "");
    ck_assert_str_eq(grant_person(rights_local()), "");
    rights_release(rights);
    rights = NULL;
    ck_assert_int_lt(load("    person: \"a\\tb\"\n", &wrong), 0);
    ck_assert_ptr_nonnull(strstr(wrong, "a person is text"));
    free(wrong);
}
END_TEST

static const struct { const char *name, *mention; } names[] = {
    { " Wang", "spaces" }, { "Wang ", "spaces" }, { "Wang  Fang", "spaces" },
    { "Wang\u200b", "nobody sees" }, { "Wa\u200dng", "nobody sees" }, { "Wang\u00a0Fang", "nobody sees" },
    { "\u3164Wang", "nobody sees" }, { "Wang\u2800", "nobody sees" }, { "Wang\ue000", "nobody sees" },
    { "Wang\u3000Fang", "nobody sees" }, { "Wang\ufe0f", "nobody sees" },
    { "Jose\u0301", "NFC" },
    { "Wang Fang", NULL }, { "王芳", NULL }, { "Jos\u00e9", NULL }, { "阿依古丽·买买提", NULL },
};
START_TEST(a_person_has_no_character_that_nobody_sees)
{
    char entry[128], *wrong = NULL;
    snprintf(entry, sizeof entry, "    person: \"%s\"\n", names[_i].name);
    ck_assert_int_eq(load(entry, &wrong), names[_i].mention == NULL ? 0 : -EINVAL);
    ck_assert(names[_i].mention == NULL || strstr(wrong, names[_i].mention) != NULL);
    free(wrong);
}
END_TEST

static const struct { const char *one, *other; bool good; } pairs[] = {
    { "Wang", "wang", false }, { "Wang", "WANG", false }, { "Wang", "Ｗａｎｇ", false },
    { "Straße", "STRASSE", false },
    { "Wang", "Wang", true }, { "Wang", "Wang F", true }, { "王芳", "王方", true },
};
START_TEST(two_ways_to_write_a_person_are_refused)
{
    struct net_key second;
    char entry[512], *wrong = NULL;
    ck_assert_int_eq(net_key_make("second", &second), 0);
    snprintf(entry, sizeof entry,
             "    person: %s\n  - name: second\n    public: \"%s\"\n    person: %s\n", pairs[_i].one,
             second.public_key, pairs[_i].other);
    ck_assert_int_eq(load(entry, &wrong), pairs[_i].good ? 0 : -EINVAL);
    ck_assert(pairs[_i].good
              || (strstr(wrong, pairs[_i].one) != NULL && strstr(wrong, pairs[_i].other) != NULL));
    free(wrong);
}
END_TEST

static const struct { const char *stated; uint32_t max; } limits[] = {
    { "1", 1 }, { "999999", 999999 }, { "0", 0 }, { "010", 0 }, { "1000000", 0 }, { "-1", 0 }, { "12x", 0 },
};
START_TEST(names_behind_a_star_are_limited)
{
    char entry[128], *wrong = NULL;
    snprintf(entry, sizeof entry, "    sources: [\"a*\", \"ab*\", abc]\n    sources_max: \"%s\"\n",
             limits[_i].stated);
    int err = load(entry, &wrong);
    ck_assert_int_eq(err, limits[_i].max != 0 ? 0 : -EINVAL);
    ck_assert(err == 0 || strstr(wrong, "sources_max is a number") != NULL);
    free(wrong);
    if (err != 0)
        return;
    const struct grant *grant = rights_find(rights, key.public_key);
    ck_assert_uint_eq(grant_quota(grant, "abd").max, limits[_i].max);
    ck_assert_uint_eq(grant_quota(grant, "abd").prefix, 1);
    ck_assert_uint_eq(grant_quota(grant, "abc").max, 0);
    ck_assert_uint_eq(grant_quota(rights_local(), "abd").max, 0);
}
END_TEST

START_TEST(a_file_that_others_can_write_to_gives_no_rights)
{
    static const mode_t modes[] = { 0620, 0602, 0666 };
    char *wrong = NULL;
    grant_of("");
    rights_release(rights);
    rights = NULL;
    ck_assert_int_eq(chmod(folder_path(&folder, "rights.yaml"), modes[_i]), 0);
    ck_assert_int_eq(rights_load(folder_path(&folder, "rights.yaml"), &rights, &wrong), -EPERM);
    ck_assert_ptr_nonnull(strstr(wrong, "chmod go-w"));
    free(wrong);
}
END_TEST

/* Digest of what the journal is told of the only key. */
static struct in_force told_of(const char *more)
{
    struct in_force told;
    grant_of(more);
    ck_assert_int_eq(rights_tell(rights, &told), 0);
    rights_release(rights);
    rights = NULL;
    return told;
}

START_TEST(the_journal_is_told_every_right)
{
    struct in_force before = told_of("    sources: [tax]\n    queries: [all]\n");
    static const char *const others[] = {
        "    sources: [tax2]\n    queries: [all]\n",
        "    sources: [tax]\n",
        "    sources: [tax]\n    queries: [all]\n    alerts: \"true\"\n",
        "    person: Li\n    sources: [tax]\n    queries: [all]\n",
        "    sources: [tax]\n    queries: [all]\n    commands: [backup]\n",
        "    sources: [tax]\n    queries: [all]\n    places: [\"1302\"]\n",
        "    sources: [tax]\n    queries: [all]\n    kinds: [day]\n",
    };
    struct in_force other;
    ck_assert_str_eq(before.subject, key.public_key);
    ck_assert_str_eq(before.text, "k sources=tax queries=all");
    other = told_of("    places: [\"\", \"1302\"]\n");
    ck_assert_str_eq(other.text, "k places=\"\",1302");
    other = told_of("    queries: [all]\n    sources: [tax]\n");
    ck_assert_mem_eq(before.digest, other.digest, sizeof before.digest);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        other = told_of(others[i]);
        ck_assert_mem_ne(before.digest, other.digest, sizeof before.digest);
    }
}
END_TEST

START_TEST(places_nest)
{
    const struct grant *grant = grant_of("    places: [\"1302\", \"44\"]\n");
    ck_assert(grant_place(grant, 130207));
    ck_assert(!grant_place(grant, 130300));
    ck_assert(grant_place(grant, 440800));
    ck_assert(grant_prefix(grant, (struct place_prefix){ .code = 130207, .digits = 6 }));
    ck_assert(!grant_prefix(grant, (struct place_prefix){ .code = 13, .digits = 2 }));
    ck_assert(!grant_everywhere(grant));
}
END_TEST

START_TEST(the_empty_place_is_the_nation)
{
    const struct grant *grant = grant_of("    places: [\"\"]\n");
    ck_assert(grant_everywhere(grant));
    ck_assert(grant_sees_source(grant, "anybody"));
}
END_TEST

START_TEST(lists_say_kinds_queries_and_commands)
{
    const struct grant *grant = grant_of("    kinds: [settlement, reversal]\n    queries: [all]\n"
                                         "    commands: [acknowledge]\n    alerts: \"true\"\n");
    ck_assert(grant_kind(grant, KIND_REVERSAL));
    ck_assert(!grant_kind(grant, KIND_POLICY));
    ck_assert(grant_query(grant, "report"));
    ck_assert(grant_command(grant, "acknowledge"));
    ck_assert(!grant_command(grant, "backup"));
    ck_assert(grant_role(grant, NET_QUERY));
    ck_assert(grant_role(grant, NET_ALERTS));
}
END_TEST

START_TEST(an_unknown_key_has_no_grant)
{
    struct net_key other;
    ck_assert_int_eq(net_key_make("other", &other), 0);
    grant_of("");
    ck_assert_ptr_null(rights_find(rights, other.public_key));
    ck_assert_ptr_null(rights_find(rights, NULL));
    ck_assert_ptr_null(rights_find(rights, ""));
}
END_TEST

static const char *const bad[] = {
    "    kinds: [settlment]\n", "    places: [\"130\"]\n", "    places: [\"99\"]\n",
    "    sources: [\"\"]\n", "    sources: [\"a b\"]\n", "    sources: [\"a*b\"]\n", "    alerts: \"yes\"\n",
    "    alerts: \"flase\"\n", "    allow: [x]\n", "    sources: tax\n",
    "  - name: k2\n    public: \"short\"\n",
    "    queries: [satus]\n", "    queries: [backup]\n", "    queries: [\"status\\e[2J\"]\n",
    "    queries: [\"\"]\n",
    "    commands: [status]\n", "    commands: [al]\n", "    commands: [\"backup\\nk commands=all\"]\n",
};
START_TEST(a_wrong_entry_refuses_the_whole_file)
{
    char *wrong = NULL;
    ck_assert_int_eq(load(bad[_i], &wrong), -EINVAL);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, "line") != NULL || strstr(wrong, "key 1") != NULL, "%s", wrong);
    ck_assert_ptr_null(rights);
    free(wrong);
}
END_TEST

/* What it has in place of a name is not said again: it may be anything, and goes to a terminal. */
START_TEST(what_is_no_name_is_not_shown)
{
    char text[256], *wrong = NULL;
    snprintf(text, sizeof text, "keys:\n  - name: \"k\\e[2J\"\n    public: \"%s\"\n", key.public_key);
    ck_assert_int_eq(rights_load(folder_write(&folder, "rights.yaml", text), &rights, &wrong), -EINVAL);
    ck_assert_ptr_nonnull(strstr(wrong, "key 1: a name is"));
    ck_assert_ptr_null(strchr(wrong, 0x1b));
    free(wrong);
}
END_TEST

START_TEST(a_key_stands_once)
{
    char more[256], *wrong = NULL;
    snprintf(more, sizeof more, "  - name: twin\n    public: \"%s\"\n", key.public_key);
    ck_assert_int_eq(load(more, &wrong), -EINVAL);
    ck_assert_ptr_nonnull(strstr(wrong, "same public key"));
    free(wrong);
}
END_TEST

START_TEST(held_rights_outlive_their_replacement)
{
    grant_of("    sources: [tax]\n");
    struct rights *none = rights_none();
    struct rights_book *book = rights_book_create(&rights);
    const struct rights *held = rights_hold(book);
    rights_book_replace(book, &none);
    ck_assert(grant_source(rights_find(held, key.public_key), "tax"));
    rights_release(held);
    const struct rights *present = rights_hold(book);
    ck_assert_ptr_null(rights_find(present, key.public_key));
    rights_release(present);
    rights_book_destroy(&book);
    ck_assert_ptr_null(book);
    rights_book_destroy(&book);
}
END_TEST

START_TEST(a_star_alone_is_every_source)
{
    ck_assert(grant_source(grant_of("    sources: [\"*\"]\n"), "anybody"));
}
END_TEST

START_TEST(alerts_that_are_denied_are_not_given)
{
    const struct grant *grant = grant_of("    alerts: \"false\"\n");
    ck_assert(!grant_alerts(grant));
    ck_assert(!grant_role(grant, NET_ALERTS));
}
END_TEST

START_TEST(a_command_alone_is_business_with_queries)
{
    const struct grant *grant = grant_of("    commands: [acknowledge]\n");
    ck_assert(grant_role(grant, NET_QUERY));
    ck_assert(!grant_role(grant, NET_INGEST));
    ck_assert(!grant_query(grant, "status"));
}
END_TEST

START_TEST(whoever_opens_the_ipc_sockets_may_do_everything_that_there_is)
{
    for (unsigned role = 0; role < NET_ROLES; role++)
        ck_assert(grant_role(rights_local(), role));
    ck_assert(!grant_role(rights_local(), NET_ROLES));
    ck_assert(!grant_role(rights_local(), (enum net_role)(NET_ROLES + 1)));
    ck_assert(grant_kind(rights_local(), KIND_POLICY));
    ck_assert(grant_query(rights_local(), "report"));
    ck_assert(grant_command(rights_local(), "backup"));
    ck_assert(grant_sees_source(rights_local(), "anybody"));
    ck_assert_ptr_null(grant_public(rights_local()));
}
END_TEST

START_TEST(a_key_sees_its_own_sources_alone)
{
    const struct grant *grant = grant_of("    sources: [tax]\n    places: [\"1302\"]\n");
    ck_assert(grant_sees_source(grant, "tax"));
    ck_assert(!grant_sees_source(grant, "tax2"));
    ck_assert_str_eq(grant_public(grant), key.public_key);
}
END_TEST

/* Wherever it stands in the list; and what is not granted has none, either. */
START_TEST(a_name_that_stands_there_whole_is_not_limited)
{
    const struct grant *grant = grant_of("    sources: [abc, \"a*\"]\n");
    ck_assert_uint_eq(grant_quota(grant, "abc").max, 0);
    ck_assert_uint_eq(grant_quota(grant, "abd").max, SOURCES_MAX_DEFAULT);
    ck_assert_uint_eq(grant_quota(grant, "zzz").max, 0);
}
END_TEST

START_TEST(all_kinds_are_those_that_there_are)
{
    const struct grant *grant = grant_of("    kinds: [all]\n");
    ck_assert(grant_kind(grant, KIND_POLICY));
    ck_assert(!grant_kind(grant, 32));
}
END_TEST

/* Of a key by itself, whose entry goes on with nothing. */
static const struct { const char *name, *public_key, *mention; } strange[] = {
    { "a b", NULL, "a name is 1 to 48" },
    { "k", "########################################", "not a key in Z85" },
    { "k", "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~", "not a key in Z85" },
};
START_TEST(a_key_has_a_name_and_is_one)
{
    char text[256], *wrong = NULL;
    snprintf(text, sizeof text, "keys:\n  - name: \"%s\"\n    public: \"%s\"\n", strange[_i].name,
             strange[_i].public_key != NULL ? strange[_i].public_key : key.public_key);
    ck_assert_int_eq(rights_load(folder_write(&folder, "rights.yaml", text), &rights, &wrong), -EINVAL);
    ck_assert_ptr_nonnull(strstr(wrong, strange[_i].mention));
    ck_assert_ptr_null(rights);
    free(wrong);
}
END_TEST

START_TEST(what_the_journal_is_told_of_a_long_entry_is_cut)
{
    static char more[16 * 1024];
    size_t used = (size_t)snprintf(more, sizeof more, "    person: 王芳\n    sources: [first");
    struct in_force told;
    for (unsigned i = 0; i < sizeof told.text / 40 + 1; i++)
        used += (size_t)snprintf(more + used, sizeof more - used, ", %040u", i);
    snprintf(more + used, sizeof more - used, "]\n    commands: [acknowledge, backup]\n");
    char text[sizeof more + 256], *wrong = NULL;
    snprintf(text, sizeof text, "keys:\n  - name: k\n    public: \"%s\"\n%s", key.public_key, more);
    int err = rights_load(folder_write(&folder, "rights.yaml", text), &rights, &wrong);
    ck_assert_msg(err == 0, "%s", wrong);
    ck_assert_int_eq(rights_tell(rights, &told), 0);
    ck_assert(strncmp(told.text, "k person=王芳 sources=first,0", 30) == 0);
    ck_assert_uint_eq(strlen(told.text), sizeof told.text - 1);
    ck_assert(span_is_text((struct span){ told.text, sizeof told.text - 1 }));
}
END_TEST

/* Each allocation fails in turn. */
START_TEST(without_memory_a_file_gives_no_rights_and_says_so)
{
    struct net_key second;
    char text[512];
    unsigned failed = 0;
    ck_assert_int_eq(net_key_make("second", &second), 0);
    snprintf(text, sizeof text,
             "keys:\n  - name: k\n    public: \"%s\"\n    person: Wang\n    places: [\"1302\"]\n"
             "  - name: second\n    public: \"%s\"\n    person: Li\n", key.public_key, second.public_key);
    const char *path = folder_write(&folder, "rights.yaml", text);
    for (;; failed++) {
        char *wrong = NULL;
        memory_fails = (int)failed + 1;
        int err = rights_load(path, &rights, &wrong);
        bool failing = memory_fails == 0;
        memory_fails = 0;       /* Check allocates, too */
        if (!failing)
            break;
        ck_assert_int_lt(err, 0);
        ck_assert_ptr_null(rights);
        ck_assert_ptr_nonnull(wrong);
        ck_assert_msg(strstr(wrong, "memory") != NULL, "%s", wrong);
        ck_assert_ptr_nonnull(strstr(wrong, "rights.yaml"));
        free(wrong);
    }
    /* Rights, the file's bytes, grants, places of two, persons, and the folded names of two. */
    ck_assert_uint_ge(failed, 8);
    ck_assert_uint_eq(rights_count(rights), 2);
}
END_TEST

START_TEST(without_memory_there_is_no_book_and_its_rights_stay_the_callers)
{
    grant_of("");
    const struct rights *mine = rights;
    memory_fails = 1;
    ck_assert_ptr_null(rights_book_create(&rights));
    ck_assert_ptr_eq(rights, mine);
    ck_assert_ptr_nonnull(rights_find(rights, key.public_key));
    memory_fails = 1;
    ck_assert_ptr_null(rights_none());
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("rights");
    TCase *c = tcase_create("rights");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, an_entry_is_told_as_it_stands);
    tcase_add_test(c, a_person_is_text_and_a_machines_key_has_none);
    tcase_add_loop_test(c, a_person_has_no_character_that_nobody_sees, 0, sizeof names / sizeof names[0]);
    tcase_add_loop_test(c, two_ways_to_write_a_person_are_refused, 0, sizeof pairs / sizeof pairs[0]);
    tcase_add_loop_test(c, names_behind_a_star_are_limited, 0, sizeof limits / sizeof limits[0]);
    tcase_add_loop_test(c, a_file_that_others_can_write_to_gives_no_rights, 0, 3);
    tcase_add_test(c, the_journal_is_told_every_right);
    tcase_add_test(c, a_key_without_a_list_may_do_nothing);
    tcase_add_test(c, a_star_ends_a_prefix_of_source_names);
    tcase_add_test(c, places_nest);
    tcase_add_test(c, the_empty_place_is_the_nation);
    tcase_add_test(c, lists_say_kinds_queries_and_commands);
    tcase_add_test(c, an_unknown_key_has_no_grant);
    tcase_add_loop_test(c, a_wrong_entry_refuses_the_whole_file, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(c, what_is_no_name_is_not_shown);
    tcase_add_test(c, a_key_stands_once);
    tcase_add_test(c, held_rights_outlive_their_replacement);
    tcase_add_test(c, a_star_alone_is_every_source);
    tcase_add_test(c, alerts_that_are_denied_are_not_given);
    tcase_add_test(c, a_command_alone_is_business_with_queries);
    tcase_add_test(c, whoever_opens_the_ipc_sockets_may_do_everything_that_there_is);
    tcase_add_test(c, a_key_sees_its_own_sources_alone);
    tcase_add_test(c, a_name_that_stands_there_whole_is_not_limited);
    tcase_add_test(c, all_kinds_are_those_that_there_are);
    tcase_add_loop_test(c, a_key_has_a_name_and_is_one, 0, sizeof strange / sizeof strange[0]);
    tcase_add_test(c, what_the_journal_is_told_of_a_long_entry_is_cut);
    tcase_add_test(c, without_memory_a_file_gives_no_rights_and_says_so);
    tcase_add_test(c, without_memory_there_is_no_book_and_its_rights_stay_the_callers);
    suite_add_tcase(s, c);
    return s;
}
