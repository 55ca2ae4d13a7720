/* admin - the commands that do something. */
#include "consumers/cells.h"
#include "consumers/commands.h"
#include "consumers/job.h"
#include "consumers/terms.h"
#include "consumers/policy_text.h"
#include "consumers/words.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/limits.h"

/* --- Acknowledging. ------------------------------------------------------------ */

static void print_acknowledged(struct page *page, const json_t *answer)
{
    char number[CELL_MAX];
    PAGE_SAY(page, WORD_ACK_DONE, cell_text(answer, "number", number));
}

static enum exit_code acknowledge(struct session *s, int64_t incident, const char *who, const char *note)
{
    json_t *answer;
    enum exit_code code = ASK(s, &answer, "acknowledge", NUMBER_ARGUMENT("incident", incident),
                              TEXT_ARGUMENT("who", who), TEXT_ARGUMENT("note", note));
    return code == EXIT_DONE ? show_answer(s, answer, print_acknowledged) : code;
}

static bool fits(const struct session *s, const char *what, const char *text, size_t max)
{
    if (text != NULL && text[0] != '\0' && strlen(text) <= max)
        return true;
    usage_error(s->options, "--%s is text of 1 to %zu bytes", what, max);
    return false;
}

enum exit_code command_ack(struct session *s)
{
    const char *who = option_text(s->options, 'w'), *note = option_text(s->options, 'N');
    int64_t incident;
    if (!number_parse(command_word(s, 0), 1, INT64_MAX, &incident))
        return usage_error(s->options, "an incident is the number of the alert that began it, not \"%s\"",
                           command_word(s, 0));
    if (!fits(s, "who", who, WHO_MAX) || !fits(s, "note", note, NOTE_MAX))
        return EXIT_USAGE;
    return acknowledge(s, incident, who, note);
}

/* --- Jobs. --------------------------------------------------------------------- */

static bool is_done(const json_t *job)
{
    const char *state = json_string_value(json_object_get(job, "state"));
    return state != NULL && strcmp(state, "done") == 0;
}

/* A result's values under their names. */
static void print_result(struct page *page, const json_t *result)
{
    static const struct { const char *key; enum word name; } names[] = {
        { "path", WORD_RESULT_PATH },       { "covered", WORD_INFO_COVERED },
        { "records", WORD_RESULT_RECORDS }, { "events", WORD_INFO_EVENTS },
        { "funds", WORD_INFO_FUNDS },       { "rules", WORD_RESULT_RULES },
        { "alerts", WORD_INFO_ALERTS },     { "differences", WORD_RESULT_DIFFERENCES },
        { "chain", WORD_INFO_HEAD },        { "first", WORD_RESULT_FIRST },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[PATH_MAX];
        const json_t *value = json_object_get(result, names[i].key);
        const char *shown = json_is_string(value) ? json_string_value(value)
                                                  : cell_text(result, names[i].key, text);
        if (value != NULL && shown[0] != '\0')
            pair_print(page, page_word(page, names[i].name), shown);
    }
}

/* What a head that was written down says of the journal; NULL if none was asked about. */
static const char *head_text(const struct page *page, const json_t *result)
{
    static const struct { const char *verdict; enum word word; } words[] = {
        { "proved", WORD_HEAD_PROVED }, { "differs", WORD_HEAD_DIFFERS },
        { "short", WORD_HEAD_SHORT },   { "within", WORD_HEAD_WITHIN },
    };
    const char *verdict = json_string_value(json_object_get(result, "head"));
    for (size_t i = 0; verdict != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].verdict, verdict) == 0)
            return page_word(page, words[i].word);
    }
    return NULL;
}

/* The daemon's sentence, which is English, unless it is one that is known here. */
static void print_job(struct page *page, const json_t *job)
{
    const json_t *result = field_map(&page->f, job, "result");
    const char *text = field_text(&page->f, job, "text");
    const char *head = head_text(page, result);
    const json_t *differences = json_object_get(result, "differences");
    bool agrees = json_is_integer(differences) && json_integer_value(differences) == 0
        && (is_done(job) || head != NULL);
    if (agrees)
        text = page_word(page, WORD_VERIFY_AGREES);
    else if (is_done(job) && text[0] == '\0')
        text = page_word(page, WORD_BACKUP_DONE);
    else if (page->language == LANGUAGE_ZH)
        text = json_integer_value(differences) > 0 ? page_word(page, WORD_VERIFY_DIFFERS)
                                                   : term_of(page->language, TERM_ERROR, "failed");
    fprintf(page->to, "%s\n", text);
    if (agrees && head != NULL)
        fprintf(page->to, "%s\n", head);
    print_result(page, result);
}

/* What a job came to: its text and result; takes it.  EXIT_FAILED if it failed. */
static enum exit_code show_job(struct session *s, json_t *job)
{
    bool done = is_done(job);
    enum exit_code code = show_answer(s, job, print_job);
    return code == EXIT_DONE && !done ? EXIT_FAILED : code;
}

/* The daemon has another working folder than we have. */
static bool absolute_path(const struct session *s, const char *path, char to[PATH_MAX])
{
    char here[PATH_MAX] = "";
    if (path[0] != '/' && getcwd(here, sizeof here) == NULL) {
        session_fail(s, EXIT_FAILED, "where are we?  %s", strerror(errno));
        return false;
    }
    int size = snprintf(to, PATH_MAX, "%s%s%s", here, here[0] != '\0' ? "/" : "", path);
    if (size >= PATH_MAX)
        usage_error(s->options, "the path is too long");
    return size < PATH_MAX;
}

enum exit_code command_backup(struct session *s)
{
    char path[PATH_MAX];
    json_t *job;
    if (!absolute_path(s, command_word(s, 0), path))
        return EXIT_USAGE;
    enum exit_code code = JOB(s, &job, "backup", TEXT_ARGUMENT("path", path));
    return code == EXIT_DONE ? show_job(s, job) : code;
}

/* What a verification found.  Differences, and another head than `wanted`, are what was asked for, and found:
 * EXIT_BAD, another thing than one that failed.  EXIT_FAILED after saying what the answer lacks. */
static enum exit_code judge_verified(const struct session *s, const json_t *job, const char *wanted)
{
    const json_t *result = json_object_get(job, "result");
    const json_t *differences = json_object_get(result, "differences");
    const char *head = json_string_value(json_object_get(result, "head"));
    if (!json_is_integer(differences) || head == NULL)
        return session_fail(s, EXIT_FAILED, "the answer does not say how many differences there are");
    bool proved = strcmp(head, wanted != NULL ? "proved" : "") == 0;
    if (json_integer_value(differences) != 0 || (head[0] != '\0' && !proved))
        return EXIT_BAD;
    if (is_done(job) && !proved)
        return session_fail(s, EXIT_FAILED, "the answer does not say whether the head is the journal's");
    return EXIT_DONE;
}

enum exit_code command_verify(struct session *s)
{
    json_t *job;
    const char *wanted = option_text(s->options, 'W');
    enum exit_code code = JOB(s, &job, "verify", TEXT_ARGUMENT("head", wanted));
    if (code != EXIT_DONE)
        return code;
    enum exit_code verdict = judge_verified(s, job, wanted);
    if (verdict == EXIT_FAILED) {
        json_decref(job);
        return verdict;
    }
    code = show_job(s, job);
    return verdict == EXIT_BAD ? EXIT_BAD : code;
}

/* --- Restoring. ---------------------------------------------------------------- */

/* fundwatchd beside this program if it is there, else wherever PATH has it. */
static const char *find_daemon(char to[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", to, PATH_MAX - 1);
    to[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(to, '/');
    if (slash == NULL || slash + sizeof "/fundwatchd" > to + PATH_MAX)
        return "fundwatchd";
    strcpy(slash, "/fundwatchd");
    return access(to, X_OK) == 0 ? to : "fundwatchd";
}

enum exit_code command_restore(struct session *s)
{
    char path[PATH_MAX], backup[PATH_MAX];
    if (!absolute_path(s, command_word(s, 0), backup))
        return EXIT_USAGE;
    const char *program = find_daemon(path);
    char *argv[] = { (char[]){ "fundwatchd" }, (char[]){ "--restore" }, backup, NULL };
    pid_t pid;
    int status, err = posix_spawnp(&pid, program, NULL, NULL, argv, environ);
    if (err != 0)
        return session_fail(s, EXIT_FAILED, "cannot start %s: %s", program, strerror(err));
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return session_fail(s, EXIT_FAILED, "%s", strerror(errno));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return session_fail(s, EXIT_FAILED, "nothing was restored: %s --restore did not succeed", program);
    printf("\n%s\n", word(s->language, WORD_RESTORED));
    return EXIT_DONE;
}

/* --- Keys. --------------------------------------------------------------------- */

static const char rights_text[] =
    "# for the daemon's rights file, under keys: (leave out what it shall not do)\n"
    "  - name: %s\n"
    "    public: \"%s\"\n"
    "    sources: [%s]\n"
    "    kinds: [all]\n"
    "    places: [\"\"]        # \"\" is everywhere; 13, 1302 or 130207 less\n"
    "    queries: [all]\n"
    "    commands: []\n"
    "    alerts: \"true\"\n";

static enum exit_code write_key_files(const struct session *s, const struct net_key *key)
{
    static const struct { const char *suffix; bool secret; } files[] = {
        { "key", true }, { "pub", false },
    };
    const char *dir = option_text(s->options, 'd');
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_MAX];
        int size = snprintf(path, sizeof path, "%s/%s.%s", dir != NULL ? dir : ".", key->name,
                            files[i].suffix);
        int err = size < PATH_MAX ? net_key_write(path, key, files[i].secret) : -ENAMETOOLONG;
        if (err != 0)
            return session_fail(s, EXIT_FAILED, "%s: %s", path, strerror(-err));
        fprintf(stderr, "%s%s\n", path,
                word(s->language, files[i].secret ? WORD_KEY_SECRET : WORD_KEY_WRITTEN));
    }
    return EXIT_DONE;
}

static enum exit_code make_key(const struct session *s, const char *name)
{
    struct net_key key;
    int err = net_key_make(name, &key);
    if (err != 0)
        return usage_error(s->options, "no key for \"%s\": %s (a name is 1 to %d of A-Z a-z 0-9 . _ : -)",
                           name, strerror(-err), SOURCE_NAME_MAX);
    enum exit_code code = write_key_files(s, &key);
    if (code == EXIT_DONE)
        printf(rights_text, key.name, key.public_key, key.name);
    net_key_wipe(&key);
    return code;
}

static enum exit_code list_key_files(const struct session *s)
{
    enum exit_code code = EXIT_DONE;
    for (int i = 1; i < s->options->count; i++) {
        struct net_key key;
        int err = net_key_read(s->options->words[i], &key);
        if (err != 0) {
            code = session_fail(s, EXIT_FAILED, "%s: %s", s->options->words[i], strerror(-err));
            continue;
        }
        printf("%-48s  %s  %s\n", key.name, key.public_key,
               word(s->language, key.secret_key[0] != '\0' ? WORD_KEY_BOTH : WORD_KEY_PUBLIC));
        net_key_wipe(&key);
    }
    return code;
}

enum exit_code command_keys(struct session *s)
{
    const char *verb = command_word(s, 0);
    if (strcmp(verb, "list") == 0)
        return s->options->count > 1 ? list_key_files(s) : show_rights(s);
    if (strcmp(verb, "make") != 0)
        return usage_error(s->options, "either make NAME or list [FILE...]");
    if (s->options->count != 2)
        return usage_error(s->options, "one name at a time");
    return make_key(s, command_word(s, 1));
}
