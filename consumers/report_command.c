/* `fundwatch report`: which fund and day, which language, in what form and where to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/commands.h"
#include "consumers/json.h"
#include "consumers/report.h"
#include "consumers/report_page.h"
#include "consumers/report_text.h"

/* What is asked for. */
struct request {
    const char *fund;
    int64_t year, as_of;        /* yyyymmdd; -1: not given */
    const struct format *format;
    const char *path;           /* NULL: stdout */
};

/* One way to print.  Returns 0 or -ENOMEM. */
struct format {
    const char *name;
    char letter;                /* of the option that means it; 0: none */
    int (*print)(const struct request *request, const struct report *report, const json_t *answer, FILE *to);
};

static int print_text(const struct request *, const struct report *report, const json_t *, FILE *to)
{
    return report_print(report, to);
}

/* A file is for a spreadsheet, a pipe for a program, which would take the mark for a part of the header. */
static int print_csv(const struct request *request, const struct report *report, const json_t *, FILE *to)
{
    return report_print_csv(report, request->path != NULL, to);
}

static int print_json(const struct request *, const struct report *report, const json_t *answer, FILE *to)
{
    json_t *json = report_json(report, answer);
    char *text = json != NULL ? json_text(json) : NULL;
    json_decref(json);
    if (text == NULL)
        return -ENOMEM;
    fprintf(to, "%s\n", text);
    free(text);
    return 0;
}

static int print_html(const struct request *, const struct report *report, const json_t *, FILE *to)
{
    report_print_page(report, to);
    return 0;
}

static const struct format formats[] = {
    { "text", 0, print_text },
    { "csv", 'c', print_csv },
    { "json", 'j', print_json },
    { "html", 'x', print_html },
};

/* --- Options. --------------------------------------------------------------------- */

static const struct format *format_named(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

/* --csv, --json, --html and --format all say it; saying two things is refused. */
static enum exit_code read_format(const struct session *s, const struct format **ret)
{
    const char *name = option_text(s->options, 'm');
    const struct format *format = name != NULL ? format_named(name) : NULL;
    if (name != NULL && format == NULL)
        return usage_error(s->options, "--format is text, csv, json or html, not \"%s\"", name);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i].letter == 0 || !option_given(s->options, formats[i].letter))
            continue;
        if (format != NULL && format != &formats[i])
            return usage_error(s->options, "either %s or %s", format->name, formats[i].name);
        format = &formats[i];
    }
    *ret = format != NULL ? format : &formats[0];
    return EXIT_DONE;
}

static enum exit_code read_request(const struct session *s, struct request *request)
{
    *request = (struct request){ .fund = command_word(s, 0), .year = -1, .as_of = -1,
                                 .path = option_text(s->options, 'o') };
    if (!check_fund(s, request->fund) || !option_date(s->options, 'a', s->infos, &request->as_of)
            || !option_number(s->options, 'y', s->infos, DATE_YEAR_MIN, DATE_YEAR_MAX, &request->year))
        return EXIT_USAGE;
    if (request->year < 0 && request->as_of >= 0)
        request->year = request->as_of / 10000;
    if (request->year < 0)
        return usage_error(s->options, "which year?  Say --year YYYY or --as-of DATE");
    return read_format(s, &request->format);
}

/* --- The command. ----------------------------------------------------------------- */

static enum exit_code print_report(const struct session *s, const struct request *request,
    const json_t *answer)
{
    struct page page;
    struct report report;
    if (!page_begin(&page))
        return EXIT_FAILED;
    report_read(&page.f, answer, s->language, &report);
    int err = 0;
    if (page.f.fault[0] == '\0')
        err = request->format->print(request, &report, answer, page.to);
    if (err != 0)
        snprintf(page.f.fault, sizeof page.f.fault, "there is not enough memory");
    return page_end_in(&page, request->path);
}

/* Funds that report persons: who came and who went in those months of the year that have ended.  The daemon
 * reads its whole index of people for this, so only where there are any. */
static enum exit_code add_churn(struct session *s, const struct request *request, json_t *answer)
{
    json_t *churn;
    struct fields f = { .fault = "" };
    const json_t *heads = json_object_get(json_object_get(answer, "status"), "heads");
    date_day as_of = field_date(&f, answer, "as_of");
    int64_t paid = json_integer_value(json_object_get(heads, "paid"));
    if (heads == NULL || paid < 0 || as_of == DATE_NONE
            || date_year(date_month_first(date_month_ended_by(as_of))) < request->year)
        return EXIT_DONE;
    int32_t to = date_to_ymd(date_month_first(date_month_ended_by(as_of)));
    enum exit_code code = ASK(s, &churn, "churn", TEXT_ARGUMENT("fund", request->fund),
                              NUMBER_ARGUMENT("from", request->year * 10000 + 101),
                              NUMBER_ARGUMENT("to", to));
    if (code != EXIT_DONE)
        return code;
    json_object_set(answer, "churn", json_object_get(churn, "rows"));
    json_decref(churn);
    return code;
}

enum exit_code command_report(struct session *s)
{
    json_t *answer;
    struct request request;
    enum exit_code code = read_request(s, &request);
    if (code == EXIT_DONE)
        code = ASK(s, &answer, "report", TEXT_ARGUMENT("fund", request.fund),
                   NUMBER_ARGUMENT("year", request.year), NUMBER_ARGUMENT("as_of", request.as_of));
    if (code != EXIT_DONE)
        return code;
    code = add_churn(s, &request, answer);
    if (code == EXIT_DONE)
        code = print_report(s, &request, answer);
    json_decref(answer);
    return code;
}
