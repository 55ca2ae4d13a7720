/* `fundwatch churn`: which fund and months, in which language and form. */
#include <stdio.h>

#include "consumers/churn_text.h"
#include "consumers/commands.h"

static enum exit_code show(struct session *s, json_t *answer, bool csv)
{
    struct page page;
    enum exit_code code = EXIT_DONE;
    if (!session_printed_json(s, answer)) {
        code = EXIT_FAILED;
        if (page_begin(&page)) {
            int err = (csv ? churn_print_csv : churn_print)(&page.f, answer, s->language, page.to);
            if (err != 0)
                snprintf(page.f.fault, sizeof page.f.fault, "there is not enough memory");
            code = page_end(&page);
        }
    }
    json_decref(answer);
    return code;
}

enum exit_code command_churn(struct session *s)
{
    const char *fund = command_word(s, 0);
    int64_t year = -1, from = -1, to = -1;
    json_t *answer;
    bool csv = option_given(s->options, 'c');
    if (!check_fund(s, fund) || !option_date(s->options, 'F', s->infos, &from)
            || !option_date(s->options, 'T', s->infos, &to)
            || !option_number(s->options, 'y', s->infos, DATE_YEAR_MIN, DATE_YEAR_MAX, &year))
        return EXIT_USAGE;
    if (year >= 0 && (from >= 0 || to >= 0))
        return usage_error(s->options, "either --year, or --from and --to");
    if (csv && option_given(s->options, 'j'))
        return usage_error(s->options, "either --csv or --json");
    if (year >= 0) {
        from = year * 10000 + 101;
        to = year * 10000 + 1231;
    }
    enum exit_code code = ASK(s, &answer, "churn", TEXT_ARGUMENT("fund", fund), NUMBER_ARGUMENT("from", from),
                   NUMBER_ARGUMENT("to", to));
    return code == EXIT_DONE ? show(s, answer, csv) : code;
}
