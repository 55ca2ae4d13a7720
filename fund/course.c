/* course - the cheapest way to match two series, by dynamic programming over each instance.
 *
 * A match costs the days between the two, what is left over half of COURSE_DAYS_MAX.  What both have in
 * common at the beginning and at the end is taken off first: of courses that hardly differ nearly all. */
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

/* What one instance told, in order. */
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

/* --- One instance ------------------------------------------------------------------ */

/* -1 if the two cannot be the same alert. */
static int64_t cost_of(const struct told *then, const struct told *now)
{
    int64_t days = llabs((int64_t)now->date - then->date);
    bool alike = then->transition == now->transition && then->level == now->level;
    return alike && days <= COURSE_DAYS_MAX ? days : -1;
}

static void take_first(struct series *series)
{
    series->at++;
    series->count--;
}

enum { STEP_BOTH, STEP_THEN, STEP_NOW };

/* steps[i * width + j]: what comes first in the cheapest way from the i-th and j-th on. */
static void find_steps(const struct series *then, const struct series *now, int64_t *below,
                       uint8_t *steps)
{
    size_t width = now->count + 1;
    for (size_t j = 0; j < width; j++) {
        below[j] = (int64_t)(now->count - j) * LEFT_OVER;
        steps[then->count * width + j] = STEP_NOW;
    }
    for (size_t i = then->count; i-- > 0;) {
        int64_t diagonal = below[now->count];
        below[now->count] += LEFT_OVER;
        steps[i * width + now->count] = STEP_THEN;
        for (size_t j = now->count; j-- > 0;) {
            int64_t match = cost_of(then->at[i], now->at[j]);
            int64_t skip_then = below[j] + LEFT_OVER, skip_now = below[j + 1] + LEFT_OVER;
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
}

static void follow_steps(struct rows *rows, const struct series *then, const struct series *now,
                         const uint8_t *steps)
{
    size_t i = 0, j = 0;
    while (i < then->count || j < now->count) {
        uint8_t step = steps[i * (now->count + 1) + j];
        add(rows, step != STEP_NOW ? then->at[i] : NULL, step != STEP_THEN ? now->at[j] : NULL);
        i += step != STEP_NOW;
        j += step != STEP_THEN;
    }
}

static int align(struct rows *rows, const struct series *then, const struct series *now)
{
    if (then->count + 1 > CELLS_MAX / (now->count + 1))
        return -E2BIG;
    int64_t *below = malloc((now->count + 1) * sizeof *below);
    uint8_t *steps = malloc((then->count + 1) * (now->count + 1));
    int err = below == NULL || steps == NULL ? -ENOMEM : 0;
    if (err == 0) {
        find_steps(then, now, below, steps);
        follow_steps(rows, then, now, steps);
    }
    free(below);
    free(steps);
    return err;
}

static int match_series(struct rows *rows, struct series then, struct series now)
{
    while (then.count > 0 && now.count > 0 && cost_of(then.at[0], now.at[0]) == 0) {
        add(rows, then.at[0], now.at[0]);
        take_first(&then);
        take_first(&now);
    }
    while (then.count > 0 && now.count > 0
           && cost_of(then.at[then.count - 1], now.at[now.count - 1]) == 0) {
        then.count--;
        now.count--;
        add(rows, then.at[then.count], now.at[now.count]);
    }
    return align(rows, &then, &now);
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
        take_first(left);
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
