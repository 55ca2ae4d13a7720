#include "producers/replay_tally.h"

#include <errno.h>
#include <inttypes.h>

#include "fund/account.h"
#include "fund/posting.h"

static int tally_event(void *arg, unsigned source, const struct event *event)
{
    struct replay_tally *tally = arg;
    struct replay_line *line = &tally->lines[event->kind][event->category];
    (void)source;
    if (!amount_add(line->sum, event->amount, &line->sum))
        return -ERANGE;
    line->count++;
    tally->kinds[event->kind]++;
    tally->events++;
    return 0;
}

static int tally_barrier(void *arg)
{
    (void)arg;
    return 0;
}

struct replay_sink replay_tally_sink(struct replay_tally *tally)
{
    return (struct replay_sink){.arg = tally, .event = tally_event, .barrier = tally_barrier};
}

static void print_line(const struct replay_line *line, unsigned kind, unsigned category, FILE *to)
{
    char text[AMOUNT_TEXT_MAX];
    const char *word = category == CATEGORY_NONE ? event_kind_word(kind)
                                                 : event_category_word(category);
    const struct account_info *account =
        account_info(category == CATEGORY_NONE ? ACCOUNT_Q0 : posting_account(category));
    fprintf(to, "%-5s %-18s %20s 万元 %12" PRIu64 "  %s\n", account == NULL ? "" : account->code,
            word, amount_format(line->sum, UNIT_WAN, 2, true, text), line->count,
            account == NULL ? "" : account->zh);
}

void replay_tally_print(const struct replay_tally *tally, FILE *to)
{
    for (unsigned kind = 1; kind < KIND_END; kind++)
        for (unsigned category = 0; category < CATEGORY_END; category++) {
            const struct replay_line *line = &tally->lines[kind][category];
            if (line->count > 0 && (category != CATEGORY_NONE || kind == KIND_OPENING))
                print_line(line, kind, category, to);
        }
    for (unsigned kind = 1; kind < KIND_END; kind++)
        if (tally->kinds[kind] > 0)
            fprintf(to, "%-12s %12" PRIu64 "\n", event_kind_word(kind), tally->kinds[kind]);
    fprintf(to, "%-12s %12" PRIu64 "\n", "events", tally->events);
}
