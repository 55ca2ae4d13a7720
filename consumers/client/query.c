/* One query is in flight at a time.  When it is not answered in time the socket is closed and
 * opened again: what ZeroMQ still keeps for a daemon that is away is thrown out, so that a
 * patient client does not greet it with an hour of old questions. */
#include "consumers/client/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "wire/limits.h"

#define ANSWER_DEPTH 16         /* containers inside one another in any answer */

struct fw_query {
    void *context;
    bool owns_context;
    void *socket;               /* NULL: to be connected again */
    struct net_peer peer;
    struct writer writer;       /* the query */
    struct net_message answer;
    bool has_answer;
    int64_t ref;                /* of the query in flight */
};

int fw_query_open_in(void *context, const struct net_peer *peer, struct fw_query **ret,
                     const char **ret_error)
{
    struct fw_query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        *ret_error = "out of memory";
        return -ENOMEM;
    }
    writer_init(&query->writer);
    query->context = context;
    query->peer = *peer;
    query->socket = net_connect(context, NET_QUERY, peer);
    if (query->socket == NULL) {
        int err = -errno;
        *ret_error = zmq_strerror(errno);
        fw_query_close(&query);
        return err;
    }
    *ret = query;
    return 0;
}

int fw_query_open(const struct net_peer *peer, struct fw_query **ret, const char **ret_error)
{
    void *context = net_context();
    if (context == NULL) {
        *ret_error = "cannot start ZeroMQ";
        return -EMFILE;
    }
    struct fw_query *query;
    int err = fw_query_open_in(context, peer, &query, ret_error);
    if (err != 0) {
        zmq_ctx_term(context);
        return err;
    }
    query->owns_context = true;
    *ret = query;
    return 0;
}

static void drop_answer(struct fw_query *query)
{
    if (query->has_answer)
        net_message_free(&query->answer);
    query->has_answer = false;
}

static void disconnect(struct fw_query *query)
{
    if (query->socket != NULL)
        zmq_close(query->socket);
    query->socket = NULL;
}

void fw_query_close(struct fw_query **query_p)
{
    struct fw_query *query = *query_p;
    *query_p = NULL;
    if (query == NULL)
        return;
    drop_answer(query);
    disconnect(query);
    if (query->owns_context)
        zmq_ctx_term(query->context);
    writer_free(&query->writer);
    net_key_wipe(&query->peer.key);
    free(query);
}

struct writer *fw_query_begin(struct fw_query *query, const char *name, uint32_t arguments)
{
    struct writer *w = &query->writer;
    drop_answer(query);
    writer_reset(w);
    query->ref++;
    write_map(w, 4 + arguments);
    write_key_int(w, "v", PROTOCOL_VERSION);
    write_key_string(w, "type", "query");
    write_key_int(w, "ref", query->ref);
    write_key_string(w, "query", name);
    return w;
}

/* An answer's map. */
struct head {
    int64_t v, ref;
    struct span type, status, data, code, text;
};

enum { KEY_V, KEY_TYPE, KEY_REF, KEY_STATUS, KEY_DATA, KEY_CODE, KEY_TEXT, KEYS };
static const char *const keys[KEYS] = { "v", "type", "ref", "status", "data", "code", "text" };

static void read_value(struct reader *r, unsigned key, struct head *head)
{
    switch (key) {
    case KEY_V:
        head->v = read_int(r, 0, INT64_MAX);
        break;
    case KEY_REF:
        head->ref = read_int(r, 0, INT64_MAX);
        break;
    case KEY_TYPE:
        head->type = read_string(r, 16);
        break;
    case KEY_STATUS:
        head->status = read_string(r, 16);
        break;
    case KEY_CODE:
        head->code = read_string(r, 31);
        break;
    case KEY_TEXT:
        head->text = read_string(r, MESSAGE_SIZE_MAX);
        break;
    case KEY_DATA:
        head->data = read_skip(r, ANSWER_DEPTH);
        break;
    }
}

static bool read_head(const struct net_message *message, struct head *ret)
{
    if (message->count != 1)
        return false;
    struct reader r = reader_of(message->frames[0].bytes, message->frames[0].size);
    struct head head = { .ref = -1, .text = { "", 0 } };
    uint64_t seen = 0;
    uint32_t pairs = read_map(&r, KEYS);
    for (uint32_t i = 0; i < pairs && r.err == READ_OK; i++)
        read_value(&r, read_key(&r, keys, KEYS, &seen), &head);
    if (reader_end(&r) != READ_OK || !span_is(head.type, "answer") || head.v != PROTOCOL_VERSION)
        return false;
    *ret = head;
    return true;
}

/* Copies what fits. */
static void copy_text(struct span s, char *to, size_t size)
{
    size_t length = s.size < size ? s.size : size - 1;
    memcpy(to, s.bytes, length);
    to[length] = '\0';
}

static bool take_answer(const struct head *head, struct fw_answer *ret)
{
    struct fw_answer answer = { .code = "" };
    if (span_is(head->status, "ok") && head->data.size > 0) {
        answer.data = reader_of(head->data.bytes, head->data.size);
    } else if (span_is(head->status, "error") && head->code.size > 0) {
        copy_text(head->code, answer.code, sizeof answer.code);
        copy_text(head->text, answer.text, sizeof answer.text);
    } else {
        return false;
    }
    *ret = answer;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A query that could not be read is answered with ref 0; of ours there is one in flight. */
static bool is_for_us(const struct fw_query *query, const struct head *head)
{
    return head->ref == query->ref || (head->ref == 0 && span_is(head->status, "error"));
}

static int receive_answer(struct fw_query *query, int64_t deadline, struct fw_answer *ret)
{
    for (;;) {
        int64_t left = deadline - now_ms();
        int err = net_receive(query->socket, left > 0 ? (int)left : 0, &query->answer);
        if (err == -EAGAIN)
            return -ETIMEDOUT;
        if (err != 0)
            return err == -EMSGSIZE ? -EPROTO : err;
        query->has_answer = true;
        struct head head;
        if (!read_head(&query->answer, &head))
            return -EPROTO;
        if (is_for_us(query, &head))
            return take_answer(&head, ret) ? 0 : -EPROTO;
        drop_answer(query);
    }
}

static int send_query(struct fw_query *query)
{
    if (query->writer.err != 0)
        return query->writer.err;
    if (query->writer.size > QUERY_SIZE_MAX)
        return -EMSGSIZE;
    if (query->socket == NULL)
        query->socket = net_connect(query->context, NET_QUERY, &query->peer);
    if (query->socket == NULL)
        return -errno;
    int err = net_send(query->socket, query->writer.bytes, query->writer.size, false);
    return err == -EAGAIN ? -ETIMEDOUT : err;
}

int fw_query_send(struct fw_query *query)
{
    drop_answer(query);
    int err = send_query(query);
    if (err != 0)
        disconnect(query);
    return err;
}

int fw_query_wait(struct fw_query *query, int wait_ms, struct fw_answer *ret)
{
    int err = receive_answer(query, now_ms() + wait_ms, ret);
    if (err != 0 && err != -EINTR && err != -ETIMEDOUT)
        disconnect(query);
    return err;
}

void fw_query_give_up(struct fw_query *query)
{
    disconnect(query);
}

int fw_query_ask(struct fw_query *query, int deadline_ms, struct fw_answer *ret)
{
    int64_t deadline = now_ms() + deadline_ms;
    int err = fw_query_send(query);
    if (err == 0)
        err = fw_query_wait(query, (int)(deadline - now_ms()), ret);
    if (err == -ETIMEDOUT)
        fw_query_give_up(query);
    return err;
}
