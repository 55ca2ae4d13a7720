#include "wire/net/net.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/suite.h"

static char folder[64];

static void setup(void)
{
    strcpy(folder, "/tmp/fundwatch-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *const files[] = { "a.key", "a.pub", "bad" };

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void teardown(void)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(path_of(files[i]));
    ck_assert_int_eq(rmdir(folder), 0);
}

static struct net_key write_key(void)
{
    struct net_key key;
    ck_assert_int_eq(net_key_make("tax-7", &key), 0);
    ck_assert_int_eq(net_key_write(path_of("a.key"), &key, true), 0);
    ck_assert_int_eq(net_key_write(path_of("a.pub"), &key, false), 0);
    return key;
}

static void write_text(const char *text, mode_t mode)
{
    FILE *file = fopen(path_of("bad"), "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path_of("bad"), mode), 0);
}

/* --- The data folder. -------------------------------------------------------- */

static const struct { const char *own, *xdg, *home, *folder; } homes[] = {
    { "/own", "/xdg", "/home/u", "/own" },
    { NULL, "/xdg", "/home/u", "/xdg/fundwatch" },
    { "", "relative", "/home/u", "/home/u/.local/share/fundwatch" },
    { NULL, NULL, "/home/u", "/home/u/.local/share/fundwatch" },
    { NULL, NULL, NULL, NULL },
};

static void set_env(const char *name, const char *value)
{
    if (value != NULL)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

START_TEST(the_data_folder_follows_the_environment)
{
    char dir[64] = "untouched";
    set_env("FUNDWATCH_DIR", homes[_i].own);
    set_env("XDG_DATA_HOME", homes[_i].xdg);
    set_env("HOME", homes[_i].home);
    int err = net_data_dir(dir, sizeof dir);
    ck_assert_int_eq(err, homes[_i].folder == NULL ? -ENOENT : 0);
    ck_assert_str_eq(dir, homes[_i].folder == NULL ? "untouched" : homes[_i].folder);
}
END_TEST

/* ZeroMQ takes routing ids from rand(). */
START_TEST(routing_ids_cannot_be_guessed)
{
    int next[2];
    for (int i = 0; i < 2; i++) {
        srand(1);
        void *context = net_context();
        ck_assert_ptr_nonnull(context);
        next[i] = rand();
        zmq_ctx_term(context);
    }
    ck_assert_int_ne(next[0], next[1]);
}
END_TEST

START_TEST(a_path_too_long_for_a_socket_is_an_error)
{
    char dir[128], endpoint[NET_ENDPOINT_MAX];
    /* "/run/ingest.sock" has 16 bytes, and a socket's path at most 107. */
    memset(dir, 'd', sizeof dir);
    dir[0] = '/';
    dir[91] = '\0';
    setenv("FUNDWATCH_DIR", dir, 1);
    ck_assert_int_eq(net_default_endpoint(NET_INGEST, endpoint, sizeof endpoint), 0);
    ck_assert_uint_eq(strlen(endpoint), 6 + 107);
    dir[91] = 'd';
    dir[92] = '\0';
    setenv("FUNDWATCH_DIR", dir, 1);
    ck_assert_int_eq(net_default_endpoint(NET_INGEST, endpoint, sizeof endpoint), -ENAMETOOLONG);
}
END_TEST

/* --- Key files. -------------------------------------------------------------- */

START_TEST(a_key_comes_back_from_its_file)
{
    struct net_key key = write_key(), again;
    ck_assert_int_eq(net_key_read(path_of("a.key"), &again), 0);
    ck_assert_str_eq(again.name, "tax-7");
    ck_assert_str_eq(again.public_key, key.public_key);
    ck_assert_str_eq(again.secret_key, key.secret_key);
}
END_TEST

START_TEST(the_public_part_has_no_secret)
{
    struct net_key again;
    write_key();
    ck_assert_int_eq(net_key_read(path_of("a.pub"), &again), 0);
    ck_assert_str_eq(again.secret_key, "");
}
END_TEST

START_TEST(a_wiped_key_has_no_secret)
{
    struct net_key key = write_key();
    static const char nothing[sizeof key.secret_key];
    net_key_wipe(&key);
    ck_assert_mem_eq(key.secret_key, nothing, sizeof nothing);
    ck_assert_str_eq(key.name, "tax-7");
}
END_TEST

START_TEST(a_key_file_is_never_overwritten)
{
    struct net_key key = write_key();
    ck_assert_int_eq(net_key_write(path_of("a.key"), &key, true), -EEXIST);
}
END_TEST

START_TEST(a_secret_is_for_its_owner_alone)
{
    struct stat st;
    struct net_key again;
    write_key();
    ck_assert_int_eq(stat(path_of("a.key"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(chmod(path_of("a.key"), 0640), 0);
    ck_assert_int_eq(net_key_read(path_of("a.key"), &again), -EPERM);
}
END_TEST

#define NAME   "name: x\n"
#define PUBLIC "public: rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n"
#define SECRET "secret: JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\n"
static const struct { const char *text; int err; } texts[] = {
    { NAME PUBLIC, 0 },
    { "# a comment\n\n" NAME PUBLIC SECRET, 0 },
    { NAME PUBLIC NAME, -EINVAL },
    { PUBLIC, -EINVAL },
    { NAME, -EINVAL },
    { "", -EINVAL },
    { NAME PUBLIC "colour: red\n", -EINVAL },
    { "name: a b\n" PUBLIC, -EINVAL },
    { NAME "public: short\n", -EINVAL },
    /* A secret that is not the public key's own. */
    { NAME PUBLIC "secret: D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\n", -EINVAL },
};
START_TEST(a_key_file_is_read_strictly)
{
    struct net_key key;
    write_text(texts[_i].text, 0600);
    ck_assert_int_eq(net_key_read(path_of("bad"), &key), texts[_i].err);
}
END_TEST

/* --- Peers. ------------------------------------------------------------------ */

static int resolve(const char *endpoint, const char *server_key, const char *key_file)
{
    struct net_peer peer;
    const char *wrong = NULL;
    int err = net_peer_resolve(NET_QUERY, endpoint, server_key, key_file, &peer, &wrong);
    ck_assert(err == 0 ? wrong == NULL : wrong != NULL && wrong[0] != '\0');
    return err;
}

START_TEST(tcp_needs_both_keys)
{
    struct net_key key = write_key();
    char own[128];
    strcpy(own, path_of("a.key"));
    ck_assert_int_eq(resolve("tcp://127.0.0.1:1", NULL, NULL), -EACCES);
    ck_assert_int_eq(resolve("tcp://127.0.0.1:1", key.public_key, NULL), -EACCES);
    ck_assert_int_eq(resolve("tcp://127.0.0.1:1", NULL, own), -EACCES);
    ck_assert_int_eq(resolve("tcp://127.0.0.1:1", key.public_key, own), 0);
    ck_assert_int_eq(resolve("tcp://127.0.0.1:1", path_of("a.pub"), own), 0);
    ck_assert_int_eq(resolve("tcp://127.0.0.1:1", key.public_key, path_of("a.pub")), -EINVAL);
    ck_assert_int_eq(resolve("tcp://127.0.0.1:1", path_of("none"), own), -ENOENT);
}
END_TEST

START_TEST(an_endpoint_is_ipc_or_tcp)
{
    ck_assert_int_eq(resolve("ipc:///tmp/x.sock", NULL, NULL), 0);
    ck_assert_int_eq(resolve("inproc://x", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("localhost:5555", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("ipc://", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("tcp://localhost", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("tcp://localhost:0", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("tcp://localhost:*", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("tcp://localhost:99999", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("tcp://localhost:80@evil", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("tcp://*:80", NULL, NULL), -EINVAL);
    ck_assert_int_eq(resolve("tcp://county-1.example:80", NULL, NULL), -EACCES);    /* it lacks keys alone */
    ck_assert_int_eq(resolve("tcp://[fe80::1%25]:80", NULL, NULL), -EACCES);
    ck_assert_int_eq(resolve(NULL, NULL, NULL), 0);
}
END_TEST

START_TEST(tcp_without_keys_does_not_connect)
{
    struct net_peer peer = { .endpoint = "tcp://127.0.0.1:1" };
    void *context = net_context();
    ck_assert_ptr_null(net_connect(context, NET_INGEST, &peer));
    ck_assert_int_eq(errno, EACCES);
    zmq_ctx_term(context);
}
END_TEST

/* --- Messages. --------------------------------------------------------------- */

static void *context, *left, *right;

static void open_pair(void)
{
    setup();
    context = net_context();
    left = zmq_socket(context, ZMQ_PAIR);
    right = zmq_socket(context, ZMQ_PAIR);
    ck_assert_int_eq(zmq_bind(left, "inproc://pair"), 0);
    ck_assert_int_eq(zmq_connect(right, "inproc://pair"), 0);
}

static void close_pair(void)
{
    zmq_close(left);
    zmq_close(right);
    zmq_ctx_term(context);
    teardown();
}

static void send_parts(int parts)
{
    for (int i = 0; i < parts; i++)
        ck_assert_int_eq(net_send(left, "part", 4, i < parts - 1), 0);
}

START_TEST(a_message_has_up_to_four_parts)
{
    struct net_message message;
    for (int parts = 1; parts <= NET_FRAMES_MAX; parts++) {
        send_parts(parts);
        ck_assert_int_eq(net_receive(right, -1, &message), 0);
        ck_assert_uint_eq(message.count, (unsigned)parts);
        ck_assert_uint_eq(message.frames[parts - 1].size, 4);
        net_message_free(&message);
    }
}
END_TEST

START_TEST(a_message_of_more_parts_is_dropped_whole)
{
    struct net_message message;
    send_parts(9);
    send_parts(1);
    ck_assert_int_eq(net_receive(right, -1, &message), -EMSGSIZE);
    ck_assert_int_eq(net_receive(right, -1, &message), 0);
    ck_assert_uint_eq(message.count, 1);
    net_message_free(&message);
    ck_assert_int_eq(net_receive(right, 0, &message), -EAGAIN);
    ck_assert_int_eq(net_receive(right, 1, &message), -EAGAIN);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("net");
    TCase *keys = tcase_create("keys and peers");
    tcase_add_checked_fixture(keys, setup, teardown);
    tcase_add_loop_test(keys, the_data_folder_follows_the_environment, 0,
                         sizeof homes / sizeof homes[0]);
    tcase_add_test(keys, routing_ids_cannot_be_guessed);
    tcase_add_test(keys, a_path_too_long_for_a_socket_is_an_error);
    tcase_add_test(keys, a_key_comes_back_from_its_file);
    tcase_add_test(keys, the_public_part_has_no_secret);
    tcase_add_test(keys, a_wiped_key_has_no_secret);
    tcase_add_test(keys, a_key_file_is_never_overwritten);
    tcase_add_test(keys, a_secret_is_for_its_owner_alone);
    tcase_add_loop_test(keys, a_key_file_is_read_strictly, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(keys, tcp_needs_both_keys);
    tcase_add_test(keys, an_endpoint_is_ipc_or_tcp);
    tcase_add_test(keys, tcp_without_keys_does_not_connect);
    suite_add_tcase(s, keys);
    TCase *messages = tcase_create("messages");
    tcase_add_checked_fixture(messages, open_pair, close_pair);
    tcase_add_test(messages, a_message_has_up_to_four_parts);
    tcase_add_test(messages, a_message_of_more_parts_is_dropped_whole);
    suite_add_tcase(s, messages);
    return s;
}
