/* A store or spool of another format is refused by name, and nothing of it is touched. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "store/bytes.h"
#include "store/env.h"
#include "store/spool/spool.h"
#include "store/spool/spool_env.h"
#include "store/store.h"
#include "tests/store/vocabulary.h"
#include "tests/suite.h"

#define SPOOL_FORMAT 2      /* of store/spool/spool.c */

static char path[64], folder[80];

static void setup(void)
{
    strcpy(path, "/tmp/test_formats.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
    snprintf(folder, sizeof folder, "%s/it", path);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", path);
    ck_assert_int_eq(system(command), 0);
}

static void become_format(uint32_t format)
{
    struct env env;
    struct txn txn;
    const uint8_t *at;
    uint8_t value[64];
    size_t size;
    ck_assert_int_eq(env_open(folder, ENV_OPEN, 1 << 24, &env), 0);
    ck_assert_int_eq(txn_begin(&env, false, &txn), 0);
    ck_assert(txn_peek(&txn, TABLE_META, "store", 5, &at, &size) && size <= sizeof value);
    memcpy(value, at, size);
    put_u32(value, format);
    txn_put(&txn, TABLE_META, "store", 5, value, size);
    ck_assert_int_eq(txn_commit(&txn), 0);
    env_close(&env);
}

static int opened(void)
{
    struct store *store = NULL;
    struct store_options options = store_options_default();
    int err = store_open(folder, &options, &store);
    store_close(&store);
    return err;
}

static const uint32_t others[] = { 0, STORE_FORMAT + 1, UINT32_MAX };
START_TEST(a_store_of_another_format_is_refused_by_name)
{
    char wanted[32];
    ck_assert_int_eq(store_create(folder), 0);
    ck_assert_int_eq(opened(), 0);
    become_format(others[_i]);
    ck_assert_int_eq(opened(), -EPROTONOSUPPORT);
    snprintf(wanted, sizeof wanted, "of format %u,", (unsigned)others[_i]);
    ck_assert_msg(strstr(store_open_error(), wanted) != NULL, "%s", store_open_error());
    ck_assert_msg(strstr(store_open_error(), "knows format 1") != NULL, "%s", store_open_error());
    become_format(STORE_FORMAT);
    ck_assert_int_eq(opened(), 0);
}
END_TEST

START_TEST(a_backup_of_another_format_is_not_restored)
{
    char to[96];
    uint64_t epoch;
    snprintf(to, sizeof to, "%s/restored", path);
    ck_assert_int_eq(store_create(folder), 0);
    become_format(STORE_FORMAT + 1);
    ck_assert_int_eq(store_restore(folder, to, NULL, NULL, &epoch), -EPROTONOSUPPORT);
    ck_assert_ptr_nonnull(strstr(store_open_error(), "of format 2,"));
    ck_assert_int_eq(access(to, F_OK), -1);
}
END_TEST

/* Format, size, name, and in front of them their checksum (STORE.md 10). */
static int write_other_format(struct spool_txn *txn, void *arg)
{
    uint8_t *value = spool_txn_reserve(txn, SPOOL_HEAD, "format", 6, 16 + 3);
    ck_assert_ptr_nonnull(value);
    put_u32(value + 8, *(uint32_t *)arg);
    put_u32(value + 12, 3);
    memcpy(value + 16, "tax", 3);
    put_u64(value, XXH3_64bits_withSeed(value + 8, 8 + 3, 0));
    return 0;
}

static const uint32_t other_spools[] = { 0, SPOOL_FORMAT + 1, UINT32_MAX };
START_TEST(a_spool_of_another_format_is_refused)
{
    uint32_t format = other_spools[_i];
    struct spool *spool = NULL;
    struct spool_env env = { .lock_fd = -1 };
    ck_assert_int_eq(spool_open(folder, "tax", &spool), 0);
    spool_close(&spool);
    ck_assert_int_eq(spool_env_open(&env, folder, write_other_format, &format), 0);
    ck_assert_int_eq(spool_env_write(&env, false, write_other_format, &format), 0);
    spool_env_close(&env);
    ck_assert_int_eq(spool_open(folder, "tax", &spool), -EPROTONOSUPPORT);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("formats");
    TCase *t = tcase_create("formats");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_store_of_another_format_is_refused_by_name, 0, 3);
    tcase_add_test(t, a_backup_of_another_format_is_not_restored);
    tcase_add_loop_test(t, a_spool_of_another_format_is_refused, 0, 3);
    suite_add_tcase(s, t);
    return s;
}
