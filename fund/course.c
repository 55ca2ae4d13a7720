/* course - the cheapest way to match two series, by dynamic programming, twice: which incident of the one is
 * which of the other, and within such a pair which transition is which.
 *
 * A match costs the days between the two, what is left over half of COURSE_DAYS_MAX; a pair of incidents what
 * its transitions cost.  So an end is matched with the end of the incident that its beginning is matched
 * with, and never with that of one on the other side.  Incidents that both have in common at the beginning
 * and at the end are taken off first: of courses that hardly differ nearly all. */
#include "fund/course.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEFT_OVER (COURSE_DAYS_MAX / 2)
#define CELLS_MAX (64u << 20)

const char *course_word(enum course_how how)
{
    static const char *const words[COURSE_HOWS] = {
        [COURSE_SAME] = "same",           [COURSE_MOVED] = "moved",
        [COURSE_ONLY_THEN] = "only_then", [COURSE_ONLY_NOW] = "only_now",
    };
    return words[how];
}

/* What one instance told, or one incident of it, in order. */
struct series {
    const struct told **at;
    size_t count;
};

struct rows {
    struct course_row *at;      /* has room for all of both lists */
    size_t count;
};

static void add(struct rows *rows, const struct told *then, const struct told *now)
{
    struct course_row row = {.then = then, .now = now};
    if (then != NULL && now != NULL) {
        row.days = now->date - then->date;
        row.how = row.days == 0 ? COURSE_SAME : COURSE_MOVED;
    } else {
        row.how = then != NULL ? COURSE_ONLY_THEN : COURSE_ONLY_NOW;
    }
    rows->at[rows->count++] = row;
}

static int sign_of(int level)
{
    return (level > 0) - (level < 0);
}

/* -1 if the two cannot be the same alert. */
static int64_t cost_of(const struct told *then, const struct told *now)
{
    int64_t days = llabs((int64_t)now->date - then->date);
    bool alike = then->transition == now->transition && then->level == now->level
              && (then->level != LEVEL_HEALTHY || sign_of(then->previous) == sign_of(now->previous));
    return alike && days <= COURSE_DAYS_MAX ? days : -1;
}

/* --- Two sequences ----------------------------------------------------------------- */

/* What is matched, and what it costs. */
struct grid {
    size_t then_count, now_count;
    int64_t (*pair)(void *arg, size_t then, size_t now);    /* -1: they cannot be the same */
    int64_t (*then_alone)(void *arg, size_t then);
    int64_t (*now_alone)(void *arg, size_t now);
    void *arg;
};

enum { STEP_BOTH, STEP_THEN, STEP_NOW };

/* steps[i * width + j]: what comes first in the cheapest way from the i-th and j-th on.  `below` has room for
 * now_count + 1.  Returns what that way costs from the first ones on. */
static int64_t find_steps(const struct grid *grid, int64_t *below, uint8_t *steps)
{
    size_t width = grid->now_count + 1;
    below[grid->now_count] = 0;
    steps[grid->then_count * width + grid->now_count] = STEP_NOW;
    for (size_t j = grid->now_count; j-- > 0;) {
        below[j] = below[j + 1] + grid->now_alone(grid->arg, j);
        steps[grid->then_count * width + j] = STEP_NOW;
    }
    for (size_t i = grid->then_count; i-- > 0;) {
        int64_t diagonal = below[grid->now_count], alone = grid->then_alone(grid->arg, i);
        below[grid->now_count] += alone;
        steps[i * width + grid->now_count] = STEP_THEN;
        for (size_t j = grid->now_count; j-- > 0;) {
            int64_t match = grid->pair(grid->arg, i, j);
            int64_t skip_then = below[j] + alone;
            int64_t skip_now = below[j + 1] + grid->now_alone(grid->arg, j);
            int64_t best = skip_then <= skip_now ? skip_then : skip_now;
            uint8_t step = skip_then <= skip_now ? STEP_THEN : STEP_NOW;
            if (match >= 0 && diagonal + match <= best) {
                best = diagonal + match;
                step = STEP_BOTH;
            }
            diagonal = below[j];
            below[j] = best;
            steps[i * width + j] = step;
        }
    }
    return below[0];
}

/* --- The transitions of two incidents ------------------------------------------------ */

struct pair {
    struct series then, now;
};

static int64_t transitions_cost(void *arg, size_t then, size_t now)
{
    const struct pair *pair = arg;
    return cost_of(pair->then.at[then], pair->now.at[now]);
}

static int64_t transition_alone(void *, size_t)
{
    return LEFT_OVER;
}

static int64_t find_transitions(struct pair *pair, int64_t *below, uint8_t *steps)
{
    struct grid grid = {
        .then_count = pair->then.count, .now_count = pair->now.count, .pair = transitions_cost,
        .then_alone = transition_alone, .now_alone = transition_alone, .arg = pair,
    };
    return find_steps(&grid, below, steps);
}

static void follow_transitions(struct rows *rows, const struct pair *pair, const uint8_t *steps)
{
    size_t i = 0, j = 0;
    while (i < pair->then.count || j < pair->now.count) {
        uint8_t step = steps[i * (pair->now.count + 1) + j];
        add(rows, step != STEP_NOW ? pair->then.at[i] : NULL, step != STEP_THEN ? pair->now.at[j] : NULL);
        i += step != STEP_NOW;
        j += step != STEP_THEN;
    }
}

/* --- One instance ------------------------------------------------------------------ */

/* The incidents of both series, with room to match two of them. */
struct incidents {
    struct series *then, *now;  /* owned */
    size_t then_count, now_count;
    int64_t *below;             /* owned, as the next: for the largest two */
    uint8_t *steps;
};

/* Cuts a series into incidents, and returns how many; what is told while nothing fires is one of number 0. */
static size_t cut(struct series series, struct series *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < series.count; i++) {
        if (count == 0 || series.at[i]->incident != series.at[i - 1]->incident)
            ret[count++] = (struct series){.at = series.at + i};
        ret[count - 1].count++;
    }
    return count;
}

static size_t longest(const struct series *list, size_t count)
{
    size_t longest = 0;
    for (size_t i = 0; i < count; i++)
        longest = list[i].count > longest ? list[i].count : longest;
    return longest;
}

static void incidents_free(struct incidents *x)
{
    free(x->then);
    free(x->now);
    free(x->below);
    free(x->steps);
}

static int incidents_of(struct series then, struct series now, struct incidents *ret)
{
    *ret = (struct incidents){
        .then = malloc((then.count + 1) * sizeof *ret->then),
        .now = malloc((now.count + 1) * sizeof *ret->now),
    };
    if (ret->then == NULL || ret->now == NULL)
        return -ENOMEM;
    ret->then_count = cut(then, ret->then);
    ret->now_count = cut(now, ret->now);
    size_t of_then = longest(ret->then, ret->then_count), of_now = longest(ret->now, ret->now_count);
    if (of_then + 1 > CELLS_MAX / (of_now + 1))
        return -E2BIG;
    ret->below = malloc((of_now + 1) * sizeof *ret->below);
    ret->steps = malloc((of_then + 1) * (of_now + 1));
    return ret->below == NULL || ret->steps == NULL ? -ENOMEM : 0;
}

/* Which side an incident began on. */
static int side_of(const struct series *incident)
{
    const struct told *first = incident->at[0];
    return sign_of(first->level != LEVEL_HEALTHY ? first->level : first->previous);
}

/* Whether two incidents are the same to the day. */
static bool is_same(const struct series *then, const struct series *now)
{
    bool same = then->count == now->count && side_of(then) == side_of(now);
    for (size_t i = 0; same && i < then->count; i++)
        same = cost_of(then->at[i], now->at[i]) == 0;
    return same;
}

/* Two incidents that are one, or one of them alone. */
static void add_incidents(struct rows *rows, struct incidents *x, const struct series *then,
                          const struct series *now)
{
    struct pair pair = {{0}, {0}};
    if (then != NULL)
        pair.then = *then;
    if (now != NULL)
        pair.now = *now;
    find_transitions(&pair, x->below, x->steps);
    follow_transitions(rows, &pair, x->steps);
}

static void follow_incidents(struct rows *rows, struct incidents *x, const struct grid *grid, size_t first,
                             const uint8_t *steps)
{
    size_t i = 0, j = 0;
    while (i < grid->then_count || j < grid->now_count) {
        uint8_t step = steps[i * (grid->now_count + 1) + j];
        add_incidents(rows, x, step != STEP_NOW ? &x->then[first + i] : NULL,
                      step != STEP_THEN ? &x->now[first + j] : NULL);
        i += step != STEP_NOW;
        j += step != STEP_THEN;
    }
}

/* A grid's cells that begin behind what both have in common. */
struct middle {
    struct incidents *x;
    size_t first;
};

static int64_t incidents_cost(void *arg, size_t then, size_t now)
{
    const struct middle *m = arg;
    struct pair pair = {m->x->then[m->first + then], m->x->now[m->first + now]};
    if (side_of(&pair.then) != side_of(&pair.now))
        return -1;
    return find_transitions(&pair, m->x->below, m->x->steps);
}

static int64_t then_alone(void *arg, size_t then)
{
    const struct middle *m = arg;
    return (int64_t)m->x->then[m->first + then].count * LEFT_OVER;
}

static int64_t now_alone(void *arg, size_t now)
{
    const struct middle *m = arg;
    return (int64_t)m->x->now[m->first + now].count * LEFT_OVER;
}

static size_t transitions_in(const struct series *list, size_t from, size_t to)
{
    size_t sum = 0;
    for (; from < to; from++)
        sum += list[from].count;
    return sum;
}

/* Matches the incidents first..then_end and first..now_end. */
static int align(struct rows *rows, struct incidents *x, size_t first, size_t then_end, size_t now_end)
{
    struct middle middle = {x, first};
    struct grid grid = {
        .then_count = then_end - first, .now_count = now_end - first, .pair = incidents_cost,
        .then_alone = then_alone, .now_alone = now_alone, .arg = &middle,
    };
    if (transitions_in(x->then, first, then_end) + 1
        > CELLS_MAX / (transitions_in(x->now, first, now_end) + 1))
        return -E2BIG;
    int64_t *below = malloc((grid.now_count + 1) * sizeof *below);
    uint8_t *steps = malloc((grid.then_count + 1) * (grid.now_count + 1));
    int err = below == NULL || steps == NULL ? -ENOMEM : 0;
    if (err == 0) {
        find_steps(&grid, below, steps);
        follow_incidents(rows, x, &grid, first, steps);
    }
    free(below);
    free(steps);
    return err;
}

static int match_incidents(struct rows *rows, struct incidents *x)
{
    size_t first = 0, then_end = x->then_count, now_end = x->now_count;
    while (first < then_end && first < now_end && is_same(&x->then[first], &x->now[first])) {
        add_incidents(rows, x, &x->then[first], &x->now[first]);
        first++;
    }
    while (then_end > first && now_end > first && is_same(&x->then[then_end - 1], &x->now[now_end - 1]))
        add_incidents(rows, x, &x->then[--then_end], &x->now[--now_end]);
    return align(rows, x, first, then_end, now_end);
}

static int match_series(struct rows *rows, struct series then, struct series now)
{
    struct incidents x;
    int err = incidents_of(then, now, &x);
    if (err == 0)
        err = match_incidents(rows, &x);
    incidents_free(&x);
    return err;
}

/* --- All of them ------------------------------------------------------------------- */

static int compare_instances(const struct told *a, const struct told *b)
{
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return strcmp(a->instance, b->instance);
}

/* By instance; the order in which an instance told is that of the list. */
static int by_instance(const void *left, const void *right)
{
    const struct told *a = *(const struct told *const *)left;
    const struct told *b = *(const struct told *const *)right;
    int order = compare_instances(a, b);
    return order != 0 ? order : a < b ? -1 : a > b;
}

static const struct told **sorted(const struct told *list, size_t count)
{
    const struct told **at = malloc((count + 1) * sizeof *at);
    if (at == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        at[i] = &list[i];
    if (count > 0)
        qsort(at, count, sizeof *at, by_instance);
    return at;
}

/* Takes what the first instance told off the front of what is left. */
static struct series take_series(struct series *left, const struct told *of)
{
    struct series series = {.at = left->at};
    while (left->count > 0 && compare_instances(left->at[0], of) == 0) {
        series.count++;
        left->at++;
        left->count--;
    }
    return series;
}

static date_day date_of(const struct course_row *row)
{
    if (row->then == NULL)
        return row->now->date;
    return row->now != NULL && row->now->date < row->then->date ? row->now->date : row->then->date;
}

static int by_date(const void *left, const void *right)
{
    const struct course_row *a = left, *b = right;
    const struct told *of_a = a->then != NULL ? a->then : a->now;
    const struct told *of_b = b->then != NULL ? b->then : b->now;
    if (date_of(a) != date_of(b))
        return date_of(a) < date_of(b) ? -1 : 1;
    int order = compare_instances(of_a, of_b);
    if (order != 0)
        return order;
    if (of_a->number != of_b->number)
        return of_a->number < of_b->number ? -1 : 1;
    return (a->then == NULL) - (b->then == NULL);
}

static int match_all(struct rows *rows, struct series then, struct series now)
{
    int err = 0;
    while (err == 0 && (then.count > 0 || now.count > 0)) {
        const struct told *of = then.count == 0 ? now.at[0] : then.at[0];
        if (now.count > 0 && compare_instances(now.at[0], of) < 0)
            of = now.at[0];
        struct series of_then = take_series(&then, of);
        struct series of_now = take_series(&now, of);
        err = match_series(rows, of_then, of_now);
    }
    return err;
}

int course_compare(const struct told *then, size_t then_count, const struct told *now,
                   size_t now_count, struct course_row **ret, size_t *ret_count)
{
    struct rows rows = {.at = malloc((then_count + now_count + 1) * sizeof *rows.at)};
    const struct told **of_then = sorted(then, then_count), **of_now = sorted(now, now_count);
    int err = rows.at == NULL || of_then == NULL || of_now == NULL ? -ENOMEM : 0;
    if (err == 0)
        err = match_all(&rows, (struct series){of_then, then_count}, (struct series){of_now, now_count});
    free(of_then);
    free(of_now);
    if (err != 0) {
        free(rows.at);
        return err;
    }
    if (rows.count > 0)
        qsort(rows.at, rows.count, sizeof *rows.at, by_date);
    *ret = rows.at;
    *ret_count = rows.count;
    return 0;
}
