#include "daemon/config.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/folder.h"
#include "tests/suite.h"

static struct folder folder;
static struct config config;

static void setup(void)
{
    folder_make(&folder);
    config = config_default();
}

static void teardown(void)
{
    folder_remove(&folder);
}

/* Loads `text` as the file; NULL if it was taken, else the complaint, which must hold `mention`. */
static void take(const char *text)
{
    char *wrong = NULL;
    int err = config_load(folder_write(&folder, "c.yaml", text), &config, &wrong);
    ck_assert_msg(err == 0, "%s", wrong);
}

static void refuse(const char *text, const char *mention)
{
    char *wrong = NULL;
    struct config before = config;
    ck_assert_int_eq(config_load(folder_write(&folder, "c.yaml", text), &config, &wrong), -EINVAL);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_msg(strstr(wrong, mention) != NULL, "\"%s\" does not mention \"%s\"", wrong, mention);
    ck_assert_mem_eq(&before, &config, sizeof before);
    free(wrong);
}

static const struct { const char *text; uint64_t bytes; } sizes[] = {
    { "0", 0 }, { "4096", 4096 }, { "1KiB", 1024 }, { "512MiB", 536870912 },
    { "64GiB", UINT64_C(68719476736) }, { "1TiB", UINT64_C(1099511627776) },
    { "9223372036854775807", INT64_MAX },
};
START_TEST(a_size_is_digits_and_a_unit)
{
    uint64_t bytes = 1;
    ck_assert(config_parse_size(sizes[_i].text, &bytes));
    ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

static const char *const no_sizes[] = {
    "", " 1", "1 ", "-1", "+1", "010", "0x10", "1.5GiB", "1GB", "GiB", "12abc", "1 GiB", "1gib",
    "9223372036854775808", "99999999999999999999", "9007199254740993TiB",
};
START_TEST(what_is_no_size_is_refused)
{
    uint64_t bytes = 42;
    ck_assert(!config_parse_size(no_sizes[_i], &bytes));
    ck_assert_uint_eq(bytes, 42);
}
END_TEST

START_TEST(a_duration_is_at_most_an_hour)
{
    uint32_t ms = 0;
    ck_assert(config_parse_duration("200ms", &ms) && ms == 200);
    ck_assert(config_parse_duration("5s", &ms) && ms == 5000);
    ck_assert(config_parse_duration("60min", &ms) && ms == 3600000);
    ck_assert(!config_parse_duration("61min", &ms));
    ck_assert(!config_parse_duration("5", &ms));
    ck_assert(!config_parse_duration("1h", &ms));
}
END_TEST

START_TEST(an_age_is_at_most_a_year)
{
    int64_t ms = 0;
    ck_assert(config_parse_age("90s", &ms) && ms == 90000);
    ck_assert(config_parse_age("26h", &ms) && ms == 26 * 3600000);
    ck_assert(config_parse_age("366d", &ms) && ms == INT64_C(366) * 86400000);
    ck_assert(!config_parse_age("367d", &ms));
    ck_assert(!config_parse_age("5", &ms));
    ck_assert(!config_parse_age("1.5h", &ms));
}
END_TEST

START_TEST(every_setting_can_be_in_the_file)
{
    take("data: /srv/fw\nkey: /k\nrights: /r\nhttp: 127.0.0.1:9270\nmap_max: 8GiB\n"
         "reserve: 16MiB\nrun_records: 4096\ngroup_events: 100\n"
         "window: 3\nretry: 1s\nlog: debug\nread_only: true\n"
         "backup_age: 7d\ngrowth_days: 90\nbehind_age: 10min\n"
         "listen:\n  ingest: tcp://127.0.0.1:1\n  query: tcp://127.0.0.1:2\n"
         "  alerts: tcp://127.0.0.1:3\n");
    ck_assert_str_eq(config.data, "/srv/fw");
    ck_assert_str_eq(config.key, "/k");
    ck_assert_str_eq(config.rights, "/r");
    ck_assert_uint_eq(config.map_max, UINT64_C(8) << 30);
    ck_assert_uint_eq(config.reserve, 16 << 20);
    ck_assert_uint_eq(config.run_records, 4096);
    ck_assert_uint_eq(config.group_events, 100);
    ck_assert_uint_eq(config.window, 3);
    ck_assert_uint_eq(config.retry_ms, 1000);
    ck_assert_int_eq(config.log, LOG_AT_DEBUG);
    ck_assert(config.read_only);
    ck_assert_int_eq(config.backup_age_ms, INT64_C(7) * 86400000);
    ck_assert_uint_eq(config.growth_days, 90);
    ck_assert_int_eq(config.behind_age_ms, 600000);
    ck_assert_str_eq(config.tcp[NET_ALERTS], "tcp://127.0.0.1:3");
    ck_assert_ptr_null(config_check(&config));
}
END_TEST

START_TEST(the_data_folder_takes_key_and_rights_with_it)
{
    ck_assert_int_eq(config_set_data(&config, "/a"), 0);
    ck_assert_str_eq(config.rights, "/a/rights.yaml");
    take("rights: /etc/rights.yaml\n");
    ck_assert_int_eq(config_set_data(&config, "/b"), 0);
    ck_assert_str_eq(config.key, "/b/server.key");
    ck_assert_str_eq(config.rights, "/etc/rights.yaml");
}
END_TEST

static const struct { const char *text, *mention; } bad[] = {
    { "dat: /x\n", "line: 1" },
    { "data: /x\nlisten:\n  ingst: tcp://x:1\n", "line: 3" },
    { "map_max: 12abc\n", "map_max" },
    { "map_max: 1KiB\n", "map_max" },
    { "window: 0\n", "window" },
    { "backup_age: 0h\n", "backup_age" },
    { "behind_age: 10\n", "behind_age" },
    { "growth_days: 3651\n", "growth_days" },
    { "window: 65\n", "window" },
    { "window: 010\n", "window" },
    { "read_only: maybe\n", "read_only" },
    { "log: loud\n", "log" },
    { "retry: 5\n", "retry" },
    { "data: [1, 2]\n", "line: 1" },
    { "data: /x\ndata: /y\n: :\n", "line" },
    { "listen:\n  ingest: &a tcp://x:1\n  query: *a\n", "aliases and anchors are not taken, line 3" },
    { "data: &a /x\nkey: *a\n", "aliases and anchors are not taken, line 2" },
    { "four_eyes: [polcy]\n", "polcy" },
    { "four_eyes: [reversal]\nfour_eyes_issuers: [\"bu reau\"]\n", "bu reau" },
    { "four_eyes: [reversal]\nfour_eyes_issuers: [\"*bureau\"]\n", "*bureau" },
    { "four_eyes: [reversal]\nfour_eyes_issuers: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]\n",
      "at most" },
    { "", "empty" },
};
START_TEST(a_wrong_file_is_refused_with_the_place)
{
    refuse(bad[_i].text, bad[_i].mention);
}
END_TEST

START_TEST(the_map_is_larger_than_the_reserve)
{
    ck_assert_int_eq(config_set_data(&config, "/a"), 0);
    take("map_max: 100MiB\n");
    ck_assert_ptr_nonnull(config_check(&config));
    take("reserve: 50MiB\n");
    ck_assert_ptr_null(config_check(&config));
}
END_TEST

START_TEST(only_local_http_and_curve_are_allowed)
{
    ck_assert_int_eq(config_set_data(&config, "/a"), 0);
    ck_assert_ptr_null(config_check(&config));
    strcpy(config.http, "0.0.0.0:80");
    ck_assert_ptr_nonnull(config_check(&config));
    strcpy(config.http, "unix:/run/x.sock");
    ck_assert_ptr_null(config_check(&config));
    strcpy(config.http, "unix:/a/run/query.sock");
    ck_assert_ptr_nonnull(config_check(&config));
    strcpy(config.http, "unix:/a/http.sock");
    ck_assert_ptr_null(config_check(&config));
    strcpy(config.tcp[NET_QUERY], "ws://127.0.0.1:1");
    ck_assert_ptr_nonnull(config_check(&config));
}
END_TEST

#define BYTES_50 "/0123456789012345678901234567890123456789012345678"
static const struct { const char *http, *listen, *mention; } addresses[] = {
    { "127.0.0.1:0", "", NULL },
    { "127.0.0.1:65535", "", NULL },
    { "127.0.0.1:65536", "", "http: \"127.0.0.1:65536\"" },
    { "127.0.0.1:99999", "", "port" },
    { "127.0.0.1:80@evil", "", "port" },
    { "127.0.0.1:080", "", "port" },
    { "127.0.0.1:123456", "", "port" },
    { "127.0.0.1:", "", "port" },
    { "127.0.0.1:-1", "", "port" },
    { "unix:/", "", "path of a file" },
    { "unix:", "", "path of a file" },
    { "unix:x", "", "path of a file" },
    { "unix:/x/", "", "path of a file" },
    { "unix:" BYTES_50 BYTES_50 "/123456", "", NULL },
    { "unix:" BYTES_50 BYTES_50 "/1234567", "", "107 bytes" },
    { "localhost:80", "", "not for the network" },
    { "", "tcp://127.0.0.1:*", NULL },
    { "", "tcp://*:0", NULL },
    { "", "tcp://[::1]:5555", NULL },
    { "", "tcp://eth0:5555", NULL },
    { "", "tcp://127.0.0.1", "listen.query: \"tcp://127.0.0.1\"" },
    { "", "tcp://127.0.0.1:99999", "port" },
    { "", "tcp://127.0.0.1:80@evil", "port" },
    { "", "tcp://:80", "ADDRESS" },
    { "", "tcp://[]:80", "ADDRESS" },
    { "", "tcp://a;b:80", "ADDRESS" },
    { "", "tcp://[::1;]:80", "ADDRESS" },
    { "", "ipc:///x", "data folder" },
};
START_TEST(an_address_that_cannot_be_is_refused_by_name)
{
    ck_assert_int_eq(config_set_data(&config, "/a"), 0);
    strcpy(config.http, addresses[_i].http);
    strcpy(config.tcp[NET_QUERY], addresses[_i].listen);
    const char *wrong = config_check(&config);
    ck_assert_msg((wrong == NULL) == (addresses[_i].mention == NULL), "%s", wrong != NULL ? wrong : "good");
    ck_assert(wrong == NULL || strstr(wrong, addresses[_i].mention) != NULL);
}
END_TEST

START_TEST(four_eyes_are_those_of_keys)
{
    ck_assert_int_eq(config_set_data(&config, "/a"), 0);
    take("four_eyes: [policy, reversal]\nfour_eyes_issuers: [\"bureau.*\", \"*\"]\n");
    ck_assert_uint_eq(config.four_eyes.kinds, UINT32_C(1) << KIND_POLICY | UINT32_C(1) << KIND_REVERSAL);
    ck_assert_uint_eq(config.four_eyes.issuer_count, 2);
    ck_assert_str_eq(config.four_eyes.issuers[0], "bureau.*");
    ck_assert_ptr_nonnull(config_check(&config));       /* nobody can be a person without tcp */
    take("listen:\n  query: tcp://127.0.0.1:1\n");
    ck_assert_ptr_null(config_check(&config));
    config.four_eyes.kinds = UINT32_C(1) << KIND_POLICY;
    ck_assert_ptr_nonnull(config_check(&config));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("config");
    TCase *c = tcase_create("config");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, a_size_is_digits_and_a_unit, 0, sizeof sizes / sizeof sizes[0]);
    tcase_add_loop_test(c, what_is_no_size_is_refused, 0, sizeof no_sizes / sizeof no_sizes[0]);
    tcase_add_test(c, a_duration_is_at_most_an_hour);
    tcase_add_test(c, an_age_is_at_most_a_year);
    tcase_add_test(c, every_setting_can_be_in_the_file);
    tcase_add_test(c, the_data_folder_takes_key_and_rights_with_it);
    tcase_add_loop_test(c, a_wrong_file_is_refused_with_the_place, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(c, the_map_is_larger_than_the_reserve);
    tcase_add_test(c, four_eyes_are_those_of_keys);
    tcase_add_test(c, only_local_http_and_curve_are_allowed);
    tcase_add_loop_test(c, an_address_that_cannot_be_is_refused_by_name, 0,
                        sizeof addresses / sizeof addresses[0]);
    suite_add_tcase(s, c);
    return s;
}
