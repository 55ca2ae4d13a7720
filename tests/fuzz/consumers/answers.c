#include "tests/fuzz/consumers/answers.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/client/query.h"

static struct parts answers;
static bool answering;

void answers_begin(struct parts parts)
{
    answers = parts;
    answering = true;
}

void answers_end(void)
{
    answering = false;
}

int __real_fw_query_ask(struct fw_query *query, int deadline_ms, struct fw_answer *ret);
int __wrap_fw_query_ask(struct fw_query *query, int deadline_ms, struct fw_answer *ret);

int __wrap_fw_query_ask(struct fw_query *query, int deadline_ms, struct fw_answer *ret)
{
    static uint8_t *last;
    if (!answering)
        return __real_fw_query_ask(query, deadline_ms, ret);
    free(last);
    last = NULL;
    if (answers.left == 0)
        return -ETIMEDOUT;
    size_t size;
    const uint8_t *bytes = take_part(&answers, &size);
    last = malloc(size);
    if (size > 0)
        memcpy(last, bytes, size);
    *ret = (struct fw_answer){ .data = reader_of(last, size) };
    return 0;
}

static FILE *nowhere, *real_stdout, *real_stderr;

void quiet_begin(void)
{
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    assert(nowhere != NULL);
    real_stdout = stdout;
    real_stderr = stderr;
    stdout = stderr = nowhere;
}

void quiet_end(void)
{
    stdout = real_stdout;
    stderr = real_stderr;
}
