/* `fundwatch backtest`, and --known-at: what the daemon replays the journal for. */
#include "consumers/labels.h"
#include "consumers/backtest_command.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "consumers/backtest_text.h"
#include "consumers/commands.h"
#include "consumers/figures.h"
#include "consumers/job.h"
#include "files/policy_file.h"
#include "wire/policy_codec.h"

#define TEXT_MAX 256

/* --- Comparisons. ------------------------------------------------------------------ */

enum exit_code ask_compared(struct session *s, const char *query, const struct argument *arguments,
                            unsigned count, json_t **ret)
{
    static const struct listing listing = { "compared", "rows", "number", false };
    json_t *job, *rows = NULL;
    int64_t number = -1;
    enum exit_code code = job_run(s, query, arguments, count, &number, &job);
    if (code != EXIT_DONE)
        return code;
    code = job_failed(s, job);
    if (code == EXIT_DONE) {
        const struct argument of_job[] = {
            NUMBER_ARGUMENT("job", number), NUMBER_ARGUMENT("after", 0),
        };
        code = session_list(s, &listing, of_job, 2, INT64_MAX, &rows);
    }
    if (code == EXIT_DONE) {
        *ret = json_pack("{s:O, s:O}", "result", json_object_get(job, "result"), "rows",
                         json_object_get(rows, "rows"));
        if (*ret == NULL)
            code = session_fail(s, EXIT_FAILED, "the answer cannot be read");
    }
    if (code == EXIT_DONE)
        labels_find(s, json_object_get(*ret, "rows"),
                    json_string_value(json_object_get(json_object_get(*ret, "result"), "fund")));
    json_decref(rows);
    json_decref(job);
    return code;
}

/* --- backtest. ------------------------------------------------------------------------ */

struct request {
    struct policy_file file;
    char fund[FUND_TEXT_MAX];
    int64_t from, to;           /* yyyymmdd; -1: not given */
};

static enum exit_code read_policy(const struct session *s, const char *path, struct policy_file *ret)
{
    struct complaint complaint;
    if (policy_file_read(path, ret, &complaint))
        return EXIT_DONE;
    complaint_print(&complaint, path);
    return usage_error(s->options, "%s is no policy", path);
}

static enum exit_code read_request(const struct session *s, struct request *request)
{
    const char *fund = option_text(s->options, 'f');
    request->from = request->to = -1;
    if ((fund != NULL && !check_fund(s, fund)) || !option_date(s->options, 'F', s->infos, &request->from)
            || !option_date(s->options, 'T', s->infos, &request->to))
        return EXIT_USAGE;
    enum exit_code code = read_policy(s, command_word(s, 0), &request->file);
    if (code != EXIT_DONE)
        return code;
    if (fund == NULL && !request->file.has_fund)
        return usage_error(s->options, "of which fund?  Neither --fund nor the file says it");
    if (fund != NULL)
        snprintf(request->fund, sizeof request->fund, "%s", fund);
    else
        fund_format(request->file.fund, request->fund);
    return EXIT_DONE;
}

static enum exit_code ask_backtest(struct session *s, const struct request *request, json_t **ret)
{
    struct writer policy;
    writer_init(&policy);
    policy_encode(&policy, &request->file.policy);
    const struct argument arguments[] = {
        TEXT_ARGUMENT("fund", request->fund), VALUE_ARGUMENT("policy", &policy),
        NUMBER_ARGUMENT("from", request->from), NUMBER_ARGUMENT("to", request->to),
    };
    enum exit_code code = policy.err != 0 ? session_fail(s, EXIT_FAILED, "there is not enough memory")
                                          : ask_compared(s, "backtest", arguments, 4, ret);
    writer_free(&policy);
    return code;
}

enum exit_code command_backtest(struct session *s)
{
    struct request request;
    struct page page;
    json_t *answer;
    enum exit_code code = read_request(s, &request);
    if (code == EXIT_DONE)
        code = ask_backtest(s, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    if (!session_printed_json(s, answer)) {
        code = EXIT_FAILED;
        if (page_begin(&page)) {
            if (backtest_print(&page.f, answer, s->language, page.to) != 0)
                snprintf(page.f.fault, sizeof page.f.fault, "there is not enough memory");
            code = page_end(&page);
        }
    }
    json_decref(answer);
    return code;
}

/* --- As known at. -------------------------------------------------------------------- */

/* Says of when the books are: where people read it, else beside it. */
static enum exit_code say_known(struct session *s, const json_t *result)
{
    static const char for_programs[] = "jcxmo";
    char position[32], recorded[64] = "-", text[TEXT_MAX];
    struct tm tm;
    time_t seconds = (time_t)(json_integer_value(json_object_get(result, "recorded")) / 1000);
    if (gmtime_r(&seconds, &tm) != NULL)
        strftime(recorded, sizeof recorded, "%Y-%m-%dT%H:%M:%SZ", &tm);
    snprintf(position, sizeof position, "%" PRId64, s->known_at);
    bool plain = true;
    for (const char *letter = for_programs; *letter != '\0'; letter++)
        plain = plain && !option_given(s->options, *letter);
    fprintf(plain ? stdout : stderr, "%s\n",
            WORDS(text, word(s->language, WORD_KNOWN_AT), position, recorded));
    return EXIT_DONE;
}

enum exit_code begin_known_at(struct session *s)
{
    const char *when = option_text(s->options, 'K');
    int64_t position = -1, recorded = -1;
    json_t *job;
    if (when == NULL)
        return EXIT_DONE;
    bool is_position = number_parse(when, 1, INT64_MAX, &position);
    if (!is_position && (strchr(when, '-') == NULL
                         || !option_date(s->options, 'K', s->infos, &recorded)))
        return usage_error(s->options, "--known-at is a position as 1234, or a day as 2024-07-31, not \"%s\"",
                           when);
    enum exit_code code = JOB(s, &job, "known_at", NUMBER_ARGUMENT("position", position),
                              NUMBER_ARGUMENT("recorded", recorded));
    if (code != EXIT_DONE)
        return code;
    code = job_failed(s, job);
    const json_t *result = json_object_get(job, "result");
    const json_t *known = json_object_get(result, "position");
    if (code == EXIT_DONE && !json_is_integer(known))
        code = session_fail(s, EXIT_FAILED, "the answer does not say what is known");
    if (code == EXIT_DONE) {
        s->known_at = json_integer_value(known);
        code = say_known(s, result);
    }
    json_decref(job);
    return code;
}
