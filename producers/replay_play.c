#include "producers/replay_play.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "fund/date.h"

struct play {
    const struct replay_case *c;
    const struct replay_rows *rows;
    struct replay_people *people;
    enum replay_step step;
    const struct replay_sink *sink;
    date_day first, last;       /* of the case */
    unsigned next_row;
};

/* Nothing else about a fund is accepted before its policy, and no money before
 * its opening balance. */
static bool must_be_first(const struct event *event)
{
    return event->kind == KIND_POLICY || event->kind == KIND_OPENING;
}

static int play_rows(struct play *play, date_day day)
{
    const struct replay_rows *rows = play->rows;
    while (rows != NULL && play->next_row < rows->count) {
        const struct replay_row *row = &rows->rows[play->next_row];
        if (row->event.date != day)
            break;
        int err = play->sink->event(play->sink->arg, row->source, &row->event);
        if (err == 0 && must_be_first(&row->event))
            err = play->sink->barrier(play->sink->arg);
        if (err != 0)
            return err;
        play->next_row++;
    }
    return 0;
}

static int play_people(struct play *play, date_day day)
{
    struct event event;
    unsigned source;
    while (play->people != NULL && replay_people_next(play->people, day, &event, &source)) {
        int err = play->sink->event(play->sink->arg, source, &event);
        if (err != 0)
            return err;
    }
    return 0;
}

/* The id is the one that fundwatch-bureau --day gives. */
static struct event day_event(struct fund fund, date_day day)
{
    struct event event = {
        .present = UINT32_C(1) << FIELD_ID | UINT32_C(1) << FIELD_KIND |
                   UINT32_C(1) << FIELD_FUND | UINT32_C(1) << FIELD_DATE,
        .kind = KIND_DAY, .fund = fund, .date = day,
    };
    int size = snprintf(event.id, sizeof event.id, "day.%u.%u.%d", (unsigned)fund.place,
                        (unsigned)fund.scheme, (int)date_to_ymd(day));
    assert(size > 0 && size <= EVENT_ID_MAX);
    event.id_size = (uint8_t)size;
    return event;
}

static bool is_over(const struct play *play, date_day day)
{
    if (day < play->first)
        return false;
    return play->step == REPLAY_BY_DAY || day == date_month_last(date_month_of(day));
}

static int end_day(struct play *play, date_day day)
{
    int err = play->sink->barrier(play->sink->arg);
    if (err != 0 || play->rows == NULL)
        return err;
    struct event event = day_event(play->c->fund, day);
    err = play->sink->event(play->sink->arg, play->c->bureau, &event);
    return err != 0 ? err : play->sink->barrier(play->sink->arg);
}

static int play_day(struct play *play, date_day day)
{
    int err = play_rows(play, day);
    if (err == 0)
        err = play_people(play, day);
    if (err == 0 && is_over(play, day))
        err = end_day(play, day);
    return err;
}

int replay_play(const struct replay_case *c, const struct replay_rows *rows,
                struct replay_people *people, enum replay_step step,
                const struct replay_sink *sink)
{
    struct play play = {
        .c = c, .rows = rows, .people = people, .step = step, .sink = sink,
        .first = date_month_first(c->year * 12), .last = c->last,
    };
    date_day from = play.first;
    if (rows != NULL && rows->count > 0 && rows->rows[0].event.date < from)
        from = rows->rows[0].event.date;
    for (date_day day = from; day <= play.last; day++) {
        int err = play_day(&play, day);
        if (err != 0)
            return err;
    }
    return 0;
}
