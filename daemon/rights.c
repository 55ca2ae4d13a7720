#include "daemon/rights.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/person_name.h"
#include "daemon/question.h"
#include "daemon/yamlfile.h"
#include "fund/event.h"
#include "wire/batch.h"

/* --- The file. --------------------------------------------------------------- */

/* A key as the file has it: text, checked afterwards. */
struct key_entry {
    char *name, *public_key, *person, *alerts, *sources_max;
    char **sources, **kinds, **places, **queries, **commands;
    unsigned sources_count, kinds_count, places_count, queries_count, commands_count;
};

struct file {
    struct key_entry *keys;
    unsigned keys_count;
};

static const cyaml_schema_value_t word_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 256),
};

#define LIST(name) CYAML_FIELD_SEQUENCE(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
                                        struct key_entry, name, &word_schema, 0, RIGHTS_LIST_MAX)
static const cyaml_schema_field_t key_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct key_entry, name, 1, SOURCE_NAME_MAX),
    CYAML_FIELD_STRING_PTR("public", CYAML_FLAG_POINTER, struct key_entry, public_key,
                           NET_KEY_MAX - 1, NET_KEY_MAX - 1),
    CYAML_FIELD_STRING_PTR("person", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct key_entry,
                           person, 1, SOURCE_NAME_MAX),
    LIST(sources), LIST(kinds), LIST(places), LIST(queries), LIST(commands),
    CYAML_FIELD_STRING_PTR("sources_max", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct key_entry,
                           sources_max, 1, 8),
    CYAML_FIELD_STRING_PTR("alerts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct key_entry,
                           alerts, 1, 8),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t key_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct key_entry, key_fields),
};
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE("keys", CYAML_FLAG_POINTER, struct file, keys, &key_schema, 0,
                         RIGHTS_KEYS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file, file_fields),
};

/* --- The rights. ------------------------------------------------------------- */

struct grant {
    struct key_entry entry;             /* borrowed from the rights' file */
    uint32_t kinds;                     /* bit KIND_x */
    struct place_prefix *places;        /* entry.places_count of them, owned */
    uint32_t sources_max;
    bool alerts, local;
};

struct rights {
    atomic_uint holders;
    struct file *file;                  /* owned; NULL: no keys */
    size_t count;
    struct grant *grants;               /* ascending by public key */
};

static bool is_all(const char *word)
{
    return strcmp(word, "all") == 0;
}

static const char *read_kinds(struct grant *grant)
{
    for (unsigned i = 0; i < grant->entry.kinds_count; i++) {
        const char *word = grant->entry.kinds[i];
        unsigned kind = event_kind_of(word, strlen(word));
        if (!is_all(word) && kind == 0)
            return "there is no such kind of event";
        grant->kinds |= is_all(word) ? UINT32_MAX : UINT32_C(1) << kind;
    }
    return NULL;
}

/* One that is misspelled would take a right away, and nobody would be told. */
static bool all_known(char *const *words, unsigned count, bool (*is_known)(const char *word))
{
    for (unsigned i = 0; i < count; i++) {
        if (!is_all(words[i]) && !is_known(words[i]))
            return false;
    }
    return true;
}

static const char *read_queries(struct grant *grant)
{
    const struct key_entry *e = &grant->entry;
    return all_known(e->queries, e->queries_count, question_is) ? NULL : "there is no such query";
}

static const char *read_commands(struct grant *grant)
{
    const struct key_entry *e = &grant->entry;
    return all_known(e->commands, e->commands_count, command_is) ? NULL : "there is no such command";
}

static const char *read_places(struct grant *grant)
{
    grant->places = calloc(grant->entry.places_count + 1, sizeof grant->places[0]);
    if (grant->places == NULL)
        return "out of memory";
    for (unsigned i = 0; i < grant->entry.places_count; i++) {
        if (!place_prefix_parse(grant->entry.places[i], &grant->places[i]))
            return "a place is a string of 0, 2, 4 or 6 digits";
    }
    return NULL;
}

static const char *read_sources(struct grant *grant)
{
    for (unsigned i = 0; i < grant->entry.sources_count; i++) {
        const char *pattern = grant->entry.sources[i];
        size_t size = strlen(pattern);
        if (size > 0 && pattern[size - 1] == '*')
            size--;
        if (!(size == 0 && pattern[0] == '*') && !source_name_valid(pattern, size))
            return "a source is a name, or the beginning of names and '*'";
    }
    return NULL;
}

static const char *read_sources_max(struct grant *grant)
{
    const char *text = grant->entry.sources_max;
    grant->sources_max = SOURCES_MAX_DEFAULT;
    if (text == NULL)
        return NULL;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 6 || text[digits] != '\0' || text[0] == '0')
        return "sources_max is a number from 1 to 999999";
    grant->sources_max = (uint32_t)strtoul(text, NULL, 10);
    return NULL;
}

static const char *read_alerts(struct grant *grant)
{
    const char *word = grant->entry.alerts;
    if (word != NULL && strcmp(word, "true") != 0 && strcmp(word, "false") != 0)
        return "alerts is true or false";
    grant->alerts = word != NULL && word[0] == 't';
    return NULL;
}

static const char *read_person(struct grant *grant)
{
    const char *person = grant->entry.person;
    if (person != NULL && !span_is_text((struct span){ person, (uint32_t)strlen(person) }))
        return "a person is text";
    if (person != NULL && !person_name_valid(person))
        return "a person is written without spaces at its ends or two in a row, without characters that "
               "nobody sees, and composed (NFC): write the name anew";
    return NULL;
}

static const char *grant_read(struct grant *grant)
{
    static const char *(*const steps[])(struct grant *) = {
        read_person, read_kinds, read_places, read_sources, read_sources_max, read_queries, read_commands,
        read_alerts,
    };
    uint8_t bytes[32];
    if (!source_name_valid(grant->entry.name, strlen(grant->entry.name)))
        return "a name is 1 to 48 of A-Z a-z 0-9 . _ : -";
    if (zmq_z85_decode(bytes, grant->entry.public_key) == NULL)
        return "public is not a key in Z85";
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const char *wrong = steps[i](grant);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static int compare_grants(const void *a, const void *b)
{
    return strcmp(((const struct grant *)a)->entry.public_key,
                  ((const struct grant *)b)->entry.public_key);
}

static void rights_free(struct rights *rights)
{
    for (size_t i = 0; i < rights->count; i++)
        free(rights->grants[i].places);
    free(rights->grants);
    if (rights->file != NULL)
        yamlfile_free(&file_schema, rights->file);
    free(rights);
}

/* --- Persons: two names of one are refused. */

struct named {
    const struct grant *grant;
    char *folded;               /* owned */
};

static int compare_named(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->folded, ((const struct named *)b)->folded);
}

/* Neighbours after sorting: where all of them are written alike, so are all of that name. */
static int compare_neighbours(const struct named *names, size_t count, const char *path, char **ret_error)
{
    for (size_t i = 1; i < count; i++) {
        const struct grant *a = names[i - 1].grant, *b = names[i].grant;
        if (compare_named(&names[i - 1], &names[i]) != 0 || strcmp(grant_person(a), grant_person(b)) == 0)
            continue;
        *ret_error = yamlfile_sentence("%s: the persons of %s and %s, \"%s\" and \"%s\", differ in how "
                                       "they are written alone: write one person's name alike, and two "
                                       "persons' apart", path,
                                       grant_name(a), grant_name(b), grant_person(a), grant_person(b));
        return -EINVAL;
    }
    return 0;
}

static int check_persons(const struct rights *rights, const char *path, char **ret_error)
{
    struct named *names = calloc(rights->count + 1, sizeof names[0]);
    size_t count = 0;
    int err = names == NULL ? -ENOMEM : 0;
    for (size_t i = 0; i < rights->count && err == 0; i++) {
        const struct grant *grant = &rights->grants[i];
        if (grant_person(grant)[0] == '\0')
            continue;
        names[count] = (struct named){ .grant = grant, .folded = person_name_folded(grant_person(grant)) };
        err = names[count].folded == NULL ? -ENOMEM : 0;
        count += err == 0;
    }
    if (err == 0) {
        qsort(names, count, sizeof names[0], compare_named);
        err = compare_neighbours(names, count, path, ret_error);
    } else {
        *ret_error = yamlfile_sentence("%s: out of memory", path);
    }
    while (count > 0)
        free(names[--count].folded);
    free(names);
    return err;
}

/* Fills rights->grants from rights->file. */
static int rights_build(struct rights *rights, const char *path, char **ret_error)
{
    struct file *file = rights->file;
    rights->grants = calloc(file->keys_count + 1u, sizeof rights->grants[0]);
    if (rights->grants == NULL) {
        *ret_error = yamlfile_sentence("%s: out of memory", path);
        return -ENOMEM;
    }
    for (; rights->count < file->keys_count; rights->count++) {
        struct grant *grant = &rights->grants[rights->count];
        grant->entry = file->keys[rights->count];
        const char *wrong = grant_read(grant);
        if (wrong != NULL) {
            const char *name = grant->entry.name;
            bool shown = source_name_valid(name, strlen(name));     /* else it may be anything */
            *ret_error = yamlfile_sentence("%s: key %zu%s%s%s: %s", path, rights->count + 1,
                                           shown ? " (" : "", shown ? name : "", shown ? ")" : "", wrong);
            free(grant->places);
            return -EINVAL;
        }
    }
    qsort(rights->grants, rights->count, sizeof rights->grants[0], compare_grants);
    for (size_t i = 1; i < rights->count; i++) {
        if (compare_grants(&rights->grants[i - 1], &rights->grants[i]) == 0) {
            *ret_error = yamlfile_sentence("%s: %s and %s have the same public key", path,
                                       rights->grants[i - 1].entry.name,
                                       rights->grants[i].entry.name);
            return -EINVAL;
        }
    }
    return check_persons(rights, path, ret_error);
}

int rights_load(const char *path, struct rights **ret, char **ret_error)
{
    struct rights *rights = rights_none();
    if (rights == NULL) {
        *ret_error = yamlfile_sentence("%s: out of memory", path);
        return -ENOMEM;
    }
    void *file = NULL;
    int err = yamlfile_load(path, &file_schema, &file, ret_error);
    rights->file = file;
    if (err == 0)
        err = rights_build(rights, path, ret_error);
    if (err == 0)
        *ret = rights;
    else
        rights_free(rights);
    return err;
}

struct rights *rights_none(void)
{
    struct rights *rights = calloc(1, sizeof *rights);
    if (rights != NULL)
        atomic_init(&rights->holders, 1);
    return rights;
}

size_t rights_count(const struct rights *rights)
{
    return rights->count;
}

/* --- The book. --------------------------------------------------------------- */

struct rights_book {
    pthread_mutex_t lock;
    struct rights *present;
};

struct rights_book *rights_book_create(struct rights **rights_p)
{
    struct rights_book *book = calloc(1, sizeof *book);
    if (book == NULL)
        return NULL;
    pthread_mutex_init(&book->lock, NULL);
    book->present = *rights_p;
    *rights_p = NULL;
    return book;
}

void rights_book_destroy(struct rights_book **book_p)
{
    struct rights_book *book = *book_p;
    if (book == NULL)
        return;
    rights_release(book->present);
    pthread_mutex_destroy(&book->lock);
    free(book);
    *book_p = NULL;
}

void rights_book_replace(struct rights_book *book, struct rights **rights_p)
{
    pthread_mutex_lock(&book->lock);
    struct rights *old = book->present;
    book->present = *rights_p;
    *rights_p = NULL;
    pthread_mutex_unlock(&book->lock);
    rights_release(old);
}

const struct rights *rights_hold(struct rights_book *book)
{
    pthread_mutex_lock(&book->lock);
    struct rights *rights = book->present;
    atomic_fetch_add(&rights->holders, 1);
    pthread_mutex_unlock(&book->lock);
    return rights;
}

void rights_release(const struct rights *rights)
{
    /* The count is the one thing about rights that changes. */
    struct rights *counted = (struct rights *)(uintptr_t)rights;
    if (counted != NULL && atomic_fetch_sub(&counted->holders, 1) == 1)
        rights_free(counted);
}

/* --- Questions. -------------------------------------------------------------- */

const struct grant *rights_find(const struct rights *rights, const char *public_key)
{
    if (public_key == NULL || rights->count == 0)
        return NULL;
    struct grant wanted = { .entry.public_key = (char *)(uintptr_t)public_key };
    return bsearch(&wanted, rights->grants, rights->count, sizeof wanted, compare_grants);
}

const struct grant *rights_local(void)
{
    static char name[] = "local";
    static const struct grant local = { .entry.name = name, .local = true };
    return &local;
}

const struct grant *rights_at(const struct rights *rights, size_t index)
{
    assert(index < rights->count);
    return &rights->grants[index];
}

const char *grant_name(const struct grant *grant)
{
    return grant->entry.name;
}

const char *grant_person(const struct grant *grant)
{
    return grant->entry.person != NULL ? grant->entry.person : "";
}

const char *grant_public(const struct grant *grant)
{
    return grant->entry.public_key;
}

static void write_words(struct writer *w, const char *key, char *const *words, unsigned count)
{
    write_string(w, key);
    write_array(w, count);
    for (unsigned i = 0; i < count; i++)
        write_string(w, words[i]);
}

void grant_write(const struct grant *grant, struct writer *w)
{
    const struct key_entry *e = &grant->entry;
    write_map(w, 10);
    write_key_string(w, "name", e->name);
    write_key_string(w, "public", e->public_key);
    write_key_string(w, "person", grant_person(grant));
    write_words(w, "sources", e->sources, e->sources_count);
    write_key_uint(w, "sources_max", grant->sources_max);
    write_words(w, "kinds", e->kinds, e->kinds_count);
    write_words(w, "places", e->places, e->places_count);
    write_words(w, "queries", e->queries, e->queries_count);
    write_words(w, "commands", e->commands, e->commands_count);
    write_key_bool(w, "alerts", grant->alerts);
}

/* "sources=a,b" as far as there is room; all of it ASCII, so nothing is cut within a character. */
static void describe_words(char *text, size_t size, const char *key, char *const *words, unsigned count)
{
    size_t used = strlen(text);
    for (unsigned i = 0; i < count && used < size; i++) {
        int more = snprintf(text + used, size - used, "%s%s%s", i == 0 ? " " : ",", i == 0 ? key : "",
                            words[i][0] != '\0' ? words[i] : "\"\"");
        used += (size_t)more;
    }
}

static void describe(const struct grant *grant, char *text, size_t size)
{
    const struct key_entry *e = &grant->entry;
    snprintf(text, size, "%s%s%s%s", e->name, e->person != NULL ? " person=" : "", grant_person(grant),
             grant->alerts ? " alerts" : "");
    describe_words(text, size, "sources=", e->sources, e->sources_count);
    describe_words(text, size, "sources_max=", &e->sources_max, e->sources_max != NULL);
    describe_words(text, size, "kinds=", e->kinds, e->kinds_count);
    describe_words(text, size, "places=", e->places, e->places_count);
    describe_words(text, size, "queries=", e->queries, e->queries_count);
    describe_words(text, size, "commands=", e->commands, e->commands_count);
}

int rights_tell(const struct rights *rights, struct in_force *told)
{
    struct writer w;
    writer_init(&w);
    for (size_t i = 0; i < rights->count; i++) {
        const struct grant *grant = &rights->grants[i];
        writer_reset(&w);
        grant_write(grant, &w);
        told[i] = (struct in_force){ .subject = "" };
        strcpy(told[i].subject, grant->entry.public_key);
        strcpy(told[i].name, grant->entry.name);
        hash_digest(w.bytes, w.size, told[i].digest);
        describe(grant, told[i].text, sizeof told[i].text);
    }
    int err = w.err;
    writer_free(&w);
    return err;
}

bool grant_source(const struct grant *grant, const char *source)
{
    bool found = grant->local;
    for (unsigned i = 0; i < grant->entry.sources_count && !found; i++)
        found = source_name_fits(grant->entry.sources[i], source);
    return found;
}

struct name_quota grant_quota(const struct grant *grant, const char *name)
{
    struct name_quota quota = { .max = 0 };
    bool spelled = grant->local;
    for (unsigned i = 0; i < grant->entry.sources_count && !spelled; i++) {
        const char *pattern = grant->entry.sources[i];
        spelled = strcmp(pattern, name) == 0;
        if (quota.max == 0 && source_name_fits(pattern, name))
            quota = (struct name_quota){ .max = grant->sources_max, .prefix = (uint32_t)strlen(pattern) - 1 };
    }
    return spelled ? (struct name_quota){ .max = 0 } : quota;
}

bool grant_kind(const struct grant *grant, unsigned kind)
{
    return grant->local || (kind < 32 && (grant->kinds >> kind & 1) != 0);
}

bool grant_place(const struct grant *grant, uint32_t place)
{
    bool found = grant->local;
    for (unsigned i = 0; i < grant->entry.places_count && !found; i++)
        found = place_within(place, grant->places[i]);
    return found;
}

bool grant_everywhere(const struct grant *grant)
{
    return grant_prefix(grant, (struct place_prefix){ .digits = 0 });
}

/* True if everything within `inner` is within `outer`. */
static bool prefix_within(struct place_prefix inner, struct place_prefix outer)
{
    if (outer.digits > inner.digits)
        return false;
    uint32_t code = inner.code;
    for (unsigned digits = inner.digits; digits > outer.digits; digits--)
        code /= 10;
    return outer.digits == 0 || code == outer.code;
}

bool grant_prefix(const struct grant *grant, struct place_prefix prefix)
{
    bool found = grant->local;
    for (unsigned i = 0; i < grant->entry.places_count && !found; i++)
        found = prefix_within(prefix, grant->places[i]);
    return found;
}

bool grant_sees_source(const struct grant *grant, const char *source)
{
    return grant_everywhere(grant) || grant_source(grant, source);
}

static bool listed(char **words, unsigned count, const char *word)
{
    for (unsigned i = 0; i < count; i++) {
        if (is_all(words[i]) || strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}

bool grant_query(const struct grant *grant, const char *query)
{
    return grant->local || listed(grant->entry.queries, grant->entry.queries_count, query);
}

bool grant_command(const struct grant *grant, const char *command)
{
    return grant->local || listed(grant->entry.commands, grant->entry.commands_count, command);
}

bool grant_alerts(const struct grant *grant)
{
    return grant->local || grant->alerts;
}

bool grant_role(const struct grant *grant, enum net_role role)
{
    switch (role) {
    case NET_INGEST:
        return grant->local || grant->entry.sources_count > 0;
    case NET_QUERY:
        return grant->local || grant->entry.queries_count > 0 || grant->entry.commands_count > 0;
    case NET_ALERTS:
        return grant_alerts(grant);
    case NET_ROLES:
        break;
    }
    return false;
}
