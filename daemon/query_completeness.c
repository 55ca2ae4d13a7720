/* How complete the sources are that an answer's figures rest on (PROTOCOL 6.1, 9.1). */
#include "daemon/query.h"

#include <errno.h>

static void write_silent(struct writer *w, const struct silent_source *silent)
{
    write_map(w, 5);
    write_key_string(w, "source", silent->name);
    write_key_string(w, "calendar", silent->calendar);
    write_key_bool(w, "heard", silent->heard);
    write_key_date(w, "last", silent->last);
    write_key_uint(w, "missed", silent->missed);
}

void write_completeness_pairs(struct writer *w, const struct completeness_sum sums[COMPLETENESS_PERIODS])
{
    write_key_uint(w, "expected", sums[COMPLETENESS_MONTH].sources);
    write_key_uint(w, "silent", sums[COMPLETENESS_MONTH].silent);
    write_key_ratio(w, "month", completeness_ratio(sums[COMPLETENESS_MONTH]));
    write_key_ratio(w, "year", completeness_ratio(sums[COMPLETENESS_YEAR]));
}

void write_key_completeness(struct query *q, struct writer *w, struct view *view, uint32_t number,
                            const struct fund_view *fund)
{
    struct completeness_view c = {.silent_count = 0};
    const struct completeness_rule *rule = &fund->policy.completeness;
    int err = view_completeness(view, number, fund->books_date, &c);
    if (err != 0)
        query_fail_with(q, err, "completeness");
    write_key(w, "completeness");
    write_map(w, 6);
    write_completeness_pairs(w, c.sums);
    write_key_int(w, "limit_e4", rule->on ? rule->limit.enter_e4 : 0);
    write_key(w, "sources");
    write_array(w, c.silent_count);
    for (unsigned i = 0; i < c.silent_count; i++)
        write_silent(w, &c.silent[i]);
}
