#include "daemon/fair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/controls.h"

#define SERVICE 1024            /* of one event; it is shared by the sources that have something to do */

int fair_create(uint32_t max, struct fair *ret)
{
    *ret = (struct fair){
        .max = max,
        .waiting = calloc(max, sizeof ret->waiting[0]),
        .turns = calloc(max, sizeof ret->turns[0]),
    };
    if (ret->waiting != NULL && ret->turns != NULL)
        return 0;
    fair_free(ret);
    return -ENOMEM;
}

void fair_free(struct fair *fair)
{
    free(fair->waiting);
    free(fair->turns);
    *fair = (struct fair){ .count = 0 };
}

/* One without events takes something, too. */
static uint64_t service_of(const struct task *task)
{
    return SERVICE * (uint64_t)(((const struct inlet_batch *)task)->count + 1);
}

static void forget_the_done(struct fair *fair)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < fair->turn_count; i++)
        if (fair->turns[i].due > fair->now)
            fair->turns[kept++] = fair->turns[i];
    fair->turn_count = kept;
}

/* The source's turn.  Without room for one more time passes until one is done: whose turn is forgotten has
 * nothing due later. */
static struct fair_turn *turn_of(struct fair *fair, const char *source)
{
    uint64_t mark = source_mark(source), first = UINT64_MAX;
    for (uint32_t i = 0; i < fair->turn_count; i++) {
        if (fair->turns[i].mark == mark)
            return &fair->turns[i];
        first = fair->turns[i].due < first ? fair->turns[i].due : first;
    }
    if (fair->turn_count == fair->max) {
        fair->now = first;
        forget_the_done(fair);
    }
    struct fair_turn *turn = &fair->turns[fair->turn_count++];
    *turn = (struct fair_turn){ .mark = mark, .due = fair->now };
    return turn;
}

bool fair_put(struct fair *fair, struct task *task)
{
    if (fair->count == fair->max)
        return false;
    task->due = 0;
    if (task->kind == TASK_BATCH) {
        struct fair_turn *turn = turn_of(fair, ((const struct inlet_batch *)task)->source);
        turn->due += service_of(task);
        task->due = turn->due;
    }
    fair->waiting[fair->count++] = task;
    return true;
}

static uint32_t first_due(const struct fair *fair)
{
    uint32_t first = 0;
    for (uint32_t i = 1; i < fair->count && !control("first_come"); i++)
        if (fair->waiting[i]->due < fair->waiting[first]->due)
            first = i;
    return first;
}

struct task *fair_take(struct fair *fair)
{
    if (fair->count == 0)
        return NULL;
    uint32_t next = first_due(fair);
    struct task *task = fair->waiting[next];
    fair->count--;
    memmove(fair->waiting + next, fair->waiting + next + 1, (fair->count - next) * sizeof fair->waiting[0]);
    if (task->kind == TASK_BATCH)
        fair->now += service_of(task) / (fair->turn_count > 0 ? fair->turn_count : 1);
    if (fair->count == 0)
        fair->turn_count = 0;           /* all have been served whatever they sent */
    forget_the_done(fair);
    return task;
}
