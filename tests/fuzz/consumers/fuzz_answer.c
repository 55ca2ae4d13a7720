/* Messages that come back to a question, as the client reads them, and the answer's data as JSON.
 *
 * An answer is taken only if it is whole, and its JSON is the same when it is read again. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/client/query.h"
#include "consumers/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/line.h"

static void check_json(struct reader data)
{
    json_t *json = json_from_reader(&data);
    assert(json != NULL || data.err != READ_OK);
    if (json == NULL)
        return;
    enum read_error end = reader_end(&data);
    char *line = json_line(json);
    json_t *again = json_loads(line, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(end == READ_OK && again != NULL && json_equal(json, again));
    json_decref(again);
    json_decref(json);
    free(line);
}

static void ask(struct fw_query *query)
{
    struct fw_answer answer;
    fw_query_begin(query, "info", 0);
    int err = fw_query_ask(query, 1000, &answer);
    assert(err == 0 || err == -EPROTO || err == -ETIMEDOUT);
    if (err != 0)
        return;
    assert(memchr(answer.code, '\0', sizeof answer.code) && memchr(answer.text, '\0', sizeof answer.text));
    if (answer.code[0] == '\0')
        check_json(answer.data);
}

FUZZER(answer)
{
    struct net_peer peer = { .endpoint = "ipc://fuzz" };
    struct fw_query *query;
    const char *error;
    line_begin((struct parts){ bytes, size });
    int err = fw_query_open(&peer, &query, &error);
    assert(err == 0);
    ask(query);
    ask(query);
    fw_query_close(&query);
}
