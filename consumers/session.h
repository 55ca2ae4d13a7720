/* session - one run of a program that asks the daemon: its options, its questions, its pages.
 *
 * What goes wrong is said on stderr here, once; callers pass the exit code on. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "consumers/client/query.h"
#include "consumers/fields.h"
#include "consumers/options.h"
#include "consumers/words.h"

/* The options that every program takes, for its table; their letters are "jLeSkthV". */
#define SESSION_LETTERS "jLeSkthV"
#define SESSION_OPTIONS                                                                       \
    { 'j', "json", NULL, "answer in JSON" },                                                  \
    { 'L', "lang", "LANGUAGE", "zh or en (as LC_ALL, LC_MESSAGES or LANG say)" },             \
    { 'e', "endpoint", "ENDPOINT", "where the daemon answers queries: ipc://PATH or tcp://HOST:PORT" }, \
    { 'S', "server-key", "KEY", "the daemon's public key, or its .pub file (tcp://)" },       \
    { 'k', "key", "FILE", "key file of this client (tcp://)" },                               \
    { 't', "timeout", "SECONDS", "wait so long for an answer (10)" },                         \
    { 'h', "help", NULL, "this text" },                                                       \
    { 'V', "version", NULL, "the version" }

struct session {
    const struct options *options;
    const struct option_info *infos;
    struct fw_query *query;     /* NULL until the first question */
    char endpoint[NET_ENDPOINT_MAX];
    enum language language;     /* of what people read */
    bool quiet;                 /* what fails is not said */
    int64_t known_at;           /* > 0: every question is about the books as known at this position */
};

void session_close(struct session *s);

/* An argument of a query, or none: a text or value that is NULL, a number below 0 unless it is signed. */
struct argument {
    const char *key, *text;
    int64_t number;
    bool is_signed;             /* `number` is one, whatever it is */
    const struct writer *value; /* MessagePack */
};
#define TEXT_ARGUMENT(key, text)     { (key), (text), -1, false, NULL }
#define NUMBER_ARGUMENT(key, number) { (key), NULL, (number), false, NULL }
#define SIGNED_ARGUMENT(key, number) { (key), NULL, (number), true, NULL }
#define VALUE_ARGUMENT(key, value)   { (key), NULL, -1, false, (value) }

/* Asks, and gives the answer's `data` as bytes that are borrowed until the next question. */
enum exit_code session_ask_raw(struct session *s, const char *query, const struct argument *arguments,
                               unsigned count, struct reader *ret);
/* The same as JSON, a new reference. */
enum exit_code session_ask(struct session *s, const char *query, const struct argument *arguments,
                           unsigned count, json_t **ret);
#define ASK(s, ret, query, ...)                                                                    \
    session_ask((s), (query), (const struct argument[]){ __VA_ARGS__ },                            \
                sizeof((const struct argument[]){ __VA_ARGS__ }) / sizeof(struct argument), (ret))

/* A list that comes in pages. */
struct listing {
    const char *query, *key;    /* the list's name in the answer */
    const char *cursor;         /* what of the last item, or of the answer if `next`, goes on as `after` */
    bool next;
};
#define LIST_ARGUMENTS_MAX 6

/* All pages up to `limit` items together: {key: […], "more": …}, and what else the first page says.  A new
 * reference.  The last argument is `after`. */
enum exit_code session_list(struct session *s, const struct listing *listing,
                            const struct argument *arguments, unsigned count, int64_t limit, json_t **ret);

/* Prints the answer in JSON if --json was given, and says so. */
bool session_printed_json(const struct session *s, const json_t *json);

/* A page is written into memory and shown when it is known to be whole. */
struct page {
    FILE *to;
    enum language language;     /* of those that show_answer() begins */
    struct fields f;
    char *text;
    size_t size;
};
/* False (after saying so) without memory. */
bool page_begin(struct page *page);
/* Shows it on stdout, or says what the answer lacks. */
enum exit_code page_end(struct page *page);
/* The same into a file, which is made anew; NULL is stdout. */
enum exit_code page_end_in(struct page *page, const char *path);

/* "fundwatch: " and the sentence, on stderr, unless the session is quiet.  Returns `code`. */
[[gnu::format(printf, 3, 4)]]
enum exit_code session_fail(const struct session *s, enum exit_code code, const char *format, ...);
