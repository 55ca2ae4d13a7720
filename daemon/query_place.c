/* What became of a fund's place: merged, split, or grown by others (PROTOCOL 6.1, 9.1). */
#include "daemon/query.h"

#include <errno.h>

/* A place that was split pays its balance to its successors: what it paid as transfers since, and what all of
 * them received, should be the same. */
struct split_sums {
    int64_t paid, received;
};

static int64_t transferred(struct query *q, struct view *view, uint32_t number, enum account account,
                           date_day from, date_day to)
{
    struct lines lines = { .fen = { 0 } };
    int err = from > to ? 0 : view_lines(view, number, from, to, to, &lines);
    if (err != 0)
        query_fail_with(q, err, "transfers");
    return lines.fen[account];
}

/* A successor that has no fund yet has received nothing. */
static int64_t received_by(struct query *q, struct view *view, struct fund successor, date_day from,
                           date_day to)
{
    uint32_t number;
    int err = view_fund_find(view, successor, &number);
    if (err != 0 && err != -ENOENT)
        query_fail_with(q, err, "fund");
    return err != 0 ? 0 : -transferred(q, view, number, ACCOUNT_I8, from, to);
}

/* A place that is a part already may have a policy that says it was split; it stays a part. */
static bool is_merged(const struct fund_view *fund)
{
    return fund->merged_into.place != 0;
}

static struct split_sums sums_of_split(struct query *q, struct view *view, uint32_t number,
                                       const struct fund_view *fund)
{
    const struct policy *policy = &fund->policy;
    date_day from = fund->split_from, to = fund->books_date;
    struct split_sums sums = { 0, 0 };
    if (is_merged(fund) || policy->split_count == 0)
        return sums;
    sums.paid = transferred(q, view, number, ACCOUNT_E8, from, to);
    for (unsigned i = 0; i < policy->split_count; i++) {
        struct fund successor = { policy->split_into[i], fund->fund.scheme };
        if (__builtin_add_overflow(sums.received, received_by(q, view, successor, from, to),
                                   &sums.received))
            query_fail_with(q, -EOVERFLOW, "transfers");
    }
    return sums;
}

static void write_into(struct writer *w, const struct fund_view *fund)
{
    const struct policy *policy = &fund->policy;
    char text[FUND_TEXT_MAX];
    write_key(w, "into");
    write_array(w, is_merged(fund) ? 1 : policy->split_count);
    if (is_merged(fund)) {
        write_string(w, fund_format(fund->merged_into, text));
        return;
    }
    for (unsigned i = 0; i < policy->split_count; i++)
        write_string(w, fund_format((struct fund){ policy->split_into[i], fund->fund.scheme }, text));
}

static bool add_part(void *arg, const struct part_view *part)
{
    struct query_list *list = arg;
    write_map(&list->items, 2);
    write_key_fund(&list->items, "fund", part->fund);
    write_key_date(&list->items, "from", part->from);
    list->count++;
    return true;
}

void write_place(struct query *q, struct writer *w, struct view *view, uint32_t number,
                 const struct fund_view *fund)
{
    bool ends = fund->place_ended;
    struct split_sums sums = sums_of_split(q, view, number, fund);
    struct query_list parts;
    list_begin(&parts);
    int err = fund->parts > 0 ? view_parts(view, number, fund->books_date, add_part, &parts) : 0;
    if (err != 0)
        query_fail_with(q, err, "parts");
    write_key(w, "place");
    write_map(w, 6);
    write_key_string(w, "change", !ends ? "" : is_merged(fund) ? "merged" : "split");
    write_key_date(w, "from", !ends ? DATE_NONE : is_merged(fund) ? fund->merged_from : fund->split_from);
    write_into(w, fund);
    write_key_int(w, "paid", sums.paid);
    write_key_int(w, "received", sums.received);
    list_end(&parts, w, "parts");
}
