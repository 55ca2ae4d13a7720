#include "consumers/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/json.h"
#include "consumers/terms.h"
#include "wire/limits.h"

#define TIMEOUT_S       10
#define TIMEOUT_S_MAX   3600
#define PAGE_ITEMS      1000    /* PROTOCOL 9: the largest `limit` */

enum exit_code session_fail(const struct session *s, enum exit_code code, const char *format, ...)
{
    va_list args;
    if (s->quiet)
        return code;
    va_start(args, format);
    fprintf(stderr, "%s: ", s->options->program);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

void session_close(struct session *s)
{
    fw_query_close(&s->query);
}

static enum exit_code connect_to_daemon(struct session *s)
{
    struct net_peer peer;
    const char *error = "";
    if (net_peer_resolve(NET_QUERY, option_text(s->options, 'e'), option_text(s->options, 'S'),
                         option_text(s->options, 'k'), &peer, &error) != 0)
        return session_fail(s, EXIT_USAGE, "%s", error);
    snprintf(s->endpoint, sizeof s->endpoint, "%s", peer.endpoint);
    int err = fw_query_open(&peer, &s->query, &error);
    net_key_wipe(&peer.key);
    return err == 0 ? EXIT_DONE : session_fail(s, EXIT_FAILED, "%s: %s", s->endpoint, error);
}

static bool is_stated(const struct argument *argument)
{
    return argument->text != NULL || argument->value != NULL || argument->is_signed || argument->number >= 0;
}

static unsigned count_stated(const struct argument *arguments, unsigned count)
{
    unsigned stated = 0;
    for (unsigned i = 0; i < count; i++)
        stated += is_stated(&arguments[i]);
    return stated;
}

static void write_arguments(struct writer *w, const struct argument *arguments, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (arguments[i].text != NULL) {
            write_key_string(w, arguments[i].key, arguments[i].text);
        } else if (arguments[i].value != NULL) {
            write_string(w, arguments[i].key);
            write_raw(w, arguments[i].value->bytes, arguments[i].value->size);
        } else if (is_stated(&arguments[i])) {
            write_key_int(w, arguments[i].key, arguments[i].number);
        }
    }
}

static enum exit_code no_answer(const struct session *s, int err)
{
    char text[NET_ENDPOINT_MAX + 512];
    switch (err) {
    case -ETIMEDOUT:
        WORDS(text, word(s->language, WORD_NOBODY_ANSWERS), s->endpoint);
        return session_fail(s, EXIT_NO_ANSWER, "%s", text);
    case -EPROTO:
        return session_fail(s, EXIT_FAILED, "what answers at %s is no fundwatchd of this version",
                            s->endpoint);
    case -EMSGSIZE:
        return session_fail(s, EXIT_USAGE, "the question is longer than the %d bytes that one may have",
                            QUERY_SIZE_MAX);
    }
    return session_fail(s, EXIT_FAILED, "%s: %s", s->endpoint, strerror(-err));
}

/* The daemon's sentence, which is English, or ours for its code. */
static enum exit_code error_answer(const struct session *s, const struct fw_answer *answer)
{
    static const struct { const char *code; enum exit_code exit; } codes[] = {
        { "not_found", EXIT_BAD }, { "bad_argument", EXIT_USAGE },
    };
    enum exit_code exit = EXIT_FAILED;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(answer->code, codes[i].code) == 0)
            exit = codes[i].exit;
    }
    if (s->language == LANGUAGE_ZH && term_known(TERM_ERROR, answer->code))
        return session_fail(s, exit, "%s", term_of(s->language, TERM_ERROR, answer->code));
    return session_fail(s, exit, "%s%s%s", answer->code, word(s->language, WORD_COLON), answer->text);
}

enum exit_code session_ask_raw(struct session *s, const char *query, const struct argument *arguments,
                               unsigned count, struct reader *ret)
{
    int64_t seconds = TIMEOUT_S;
    if (!option_number(s->options, 't', s->infos, 1, TIMEOUT_S_MAX, &seconds))
        return EXIT_USAGE;
    enum exit_code code = s->query == NULL ? connect_to_daemon(s) : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    const struct argument known = NUMBER_ARGUMENT("known_at", s->known_at > 0 ? s->known_at : -1);
    struct writer *w = fw_query_begin(s->query, query,
                                      count_stated(arguments, count) + count_stated(&known, 1));
    write_arguments(w, arguments, count);
    write_arguments(w, &known, 1);
    struct fw_answer answer;
    int err = fw_query_ask(s->query, (int)seconds * 1000, &answer);
    if (err != 0)
        return no_answer(s, err);
    if (answer.code[0] != '\0')
        return error_answer(s, &answer);
    *ret = answer.data;
    return EXIT_DONE;
}

enum exit_code session_ask(struct session *s, const char *query, const struct argument *arguments,
                           unsigned count, json_t **ret)
{
    struct reader r;
    enum exit_code code = session_ask_raw(s, query, arguments, count, &r);
    if (code != EXIT_DONE)
        return code;
    json_t *json = json_from_reader(&r);
    if (json == NULL)
        return session_fail(s, EXIT_FAILED, "the answer cannot be read: %s", read_error_sentence(r.err));
    *ret = json;
    return EXIT_DONE;
}

/* A list on its way through its pages. */
struct walk {
    const struct listing *listing;
    struct argument arguments[LIST_ARGUMENTS_MAX + 2];
    unsigned count;
    struct argument *after, *page;      /* the last two of `arguments` */
    json_t *items, *first;              /* owned; the first answer, without its items */
    bool more;
};

/* Where the next page begins; false if the answer does not say, or does not go on.  A text is part of the
 * items, which live as long as the walk. */
static bool next_page(struct walk *walk, const json_t *answer)
{
    size_t count = json_array_size(walk->items);
    const json_t *holder = walk->listing->next ? answer : json_array_get(walk->items, count - 1);
    const json_t *cursor = json_object_get(holder, walk->listing->cursor);
    const char *text = json_string_value(cursor);
    int64_t number = json_is_integer(cursor) ? json_integer_value(cursor) : -1;
    bool onward = text != NULL ? walk->after->text == NULL || strcmp(text, walk->after->text) != 0
                               : number > walk->after->number;
    walk->after->text = text;
    walk->after->number = number;
    return onward;
}

static enum exit_code walk_page(struct session *s, struct walk *walk, int64_t left)
{
    json_t *answer = NULL;
    walk->page->number = left < PAGE_ITEMS ? left : PAGE_ITEMS;
    enum exit_code code = session_ask(s, walk->listing->query, walk->arguments, walk->count, &answer);
    if (code != EXIT_DONE)
        return code;
    json_array_extend(walk->items, json_object_get(answer, walk->listing->key));
    walk->more = json_is_true(json_object_get(answer, "more"));
    if (walk->more && !next_page(walk, answer))
        code = session_fail(s, EXIT_FAILED, "the answer's pages do not say how they go on");
    json_object_del(answer, walk->listing->key);
    if (walk->first == NULL)
        walk->first = answer;
    else
        json_decref(answer);
    return code;
}

enum exit_code session_list(struct session *s, const struct listing *listing,
                            const struct argument *arguments, unsigned count, int64_t limit, json_t **ret)
{
    struct walk walk = { .listing = listing, .count = count + 1, .items = json_array(), .more = true };
    int64_t got = 0;
    enum exit_code code = EXIT_DONE;
    for (unsigned i = 0; i < count; i++)
        walk.arguments[i] = arguments[i];
    walk.after = &walk.arguments[count - 1];
    walk.page = &walk.arguments[count];
    *walk.page = (struct argument)NUMBER_ARGUMENT("limit", 0);
    while (code == EXIT_DONE && walk.more && got < limit) {
        code = walk_page(s, &walk, limit - got);
        got = (int64_t)json_array_size(walk.items);
    }
    if (code == EXIT_DONE) {
        *ret = walk.first != NULL ? json_incref(walk.first) : json_object();
        if (listing->next)
            json_object_del(*ret, listing->cursor);
        json_object_set(*ret, listing->key, walk.items);
        json_object_set_new(*ret, "more", json_boolean(walk.more));
    }
    json_decref(walk.first);
    json_decref(walk.items);
    return code;
}

bool session_printed_json(const struct session *s, const json_t *json)
{
    if (!option_given(s->options, 'j'))
        return false;
    char *text = json_text(json);
    puts(text != NULL ? text : "null");
    free(text);
    return true;
}

bool page_begin(struct page *page)
{
    *page = (struct page){ .f = { .fault = "" } };
    page->to = open_memstream(&page->text, &page->size);
    if (page->to == NULL)
        fputs("there is not enough memory\n", stderr);
    return page->to != NULL;
}

/* EXIT_FAILED after saying why. */
static enum exit_code write_page(const struct page *page, const char *path)
{
    FILE *to = path != NULL ? fopen(path, "we") : stdout;
    bool good = to != NULL && fwrite(page->text, 1, page->size, to) == page->size && fflush(to) == 0;
    int err = errno;
    if (to != NULL && path != NULL && fclose(to) != 0 && good) {
        good = false;
        err = errno;
    }
    if (!good && path != NULL)
        fprintf(stderr, "%s: %s\n", path, strerror(err));
    return good ? EXIT_DONE : EXIT_FAILED;
}

enum exit_code page_end_in(struct page *page, const char *path)
{
    enum exit_code code = EXIT_FAILED;
    bool written = fclose(page->to) == 0;
    if (written && page->f.fault[0] == '\0')
        code = write_page(page, path);
    else
        fprintf(stderr, "the answer cannot be shown: %s\n",
                written ? page->f.fault : "there is not enough memory");
    free(page->text);
    return code;
}

enum exit_code page_end(struct page *page)
{
    return page_end_in(page, NULL);
}
