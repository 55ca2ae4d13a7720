/* query - asks the daemon, with a deadline.
 *
 * An answer is MessagePack inside the message; it can be read with wire/reader.h or
 * turned into JSON.  One thread. */
#pragma once

#include <stdint.h>

#include "wire/net/net.h"
#include "wire/reader.h"
#include "wire/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct fw_query;

int fw_query_open(const struct net_peer *peer, struct fw_query **ret, const char **ret_error);
/* The same inside a context of the caller's, which must outlive it. */
int fw_query_open_in(void *context, const struct net_peer *peer, struct fw_query **ret,
                     const char **ret_error);
void fw_query_close(struct fw_query **query_p);

/* Begins the query `name` with `arguments` arguments, whose keys and values are then written to the
 * writer that is returned (borrowed until fw_query_ask() or fw_query_send()). */
struct writer *fw_query_begin(struct fw_query *query, const char *name, uint32_t arguments);

struct fw_answer {
    struct reader data;         /* of the answer's `data`; borrowed until the next fw_query_begin() */
    char code[32];              /* of an error answer; "" if ok */
    char text[256];
};

/* Sends it and waits.  0: answered, well or with an error in ret->code.  -ETIMEDOUT: no answer,
 * the daemon may or may not have done it.  -EPROTO: what came is no answer.  -EMSGSIZE: the query
 * is larger than QUERY_SIZE_MAX and was not sent.  -EINTR: a signal came first.  After all of
 * these the next query can be asked; what an earlier one is answered late is never taken for its
 * answer. */
int fw_query_ask(struct fw_query *query, int deadline_ms, struct fw_answer *ret);

/* The same in steps, for who cannot wait as long as an answer may take.  Both return what
 * fw_query_ask() does.  fw_query_wait() waits for `wait_ms` (0: it looks once) and may be called again
 * after -ETIMEDOUT and -EINTR, and after nothing else; who will not do so gives the query up, and the
 * next one goes over a new connection. */
int fw_query_send(struct fw_query *query);
int fw_query_wait(struct fw_query *query, int wait_ms, struct fw_answer *ret);
void fw_query_give_up(struct fw_query *query);

#ifdef __cplusplus
}
#endif
