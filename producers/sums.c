#include "producers/sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sums_init(struct sums *sums)
{
    *sums = (struct sums){.count = 0};
}

void sums_free(struct sums *sums)
{
    free(sums->lines);
    sums_init(sums);
}

static bool same_line(const struct sum_line *line, const struct sum_line *other)
{
    return fund_equal(line->fund, other->fund) && line->kind == other->kind &&
           line->category == other->category && line->month == other->month;
}

/* A few hundred lines at most, and neighbours in a file are mostly of the same. */
static struct sum_line *find_line(struct sums *sums, const struct sum_line *wanted)
{
    if (sums->count > 0 && same_line(&sums->lines[sums->last], wanted))
        return &sums->lines[sums->last];
    for (size_t i = 0; i < sums->count; i++) {
        if (same_line(&sums->lines[i], wanted)) {
            sums->last = i;
            return &sums->lines[i];
        }
    }
    return NULL;
}

static struct sum_line *new_line(struct sums *sums, const struct sum_line *wanted)
{
    if (sums->count == sums->capacity) {
        size_t capacity = sums->capacity == 0 ? 64 : 2 * sums->capacity;
        struct sum_line *lines = reallocarray(sums->lines, capacity, sizeof *lines);
        if (lines == NULL)
            return NULL;
        sums->lines = lines;
        sums->capacity = capacity;
    }
    sums->last = sums->count++;
    sums->lines[sums->last] = *wanted;
    return &sums->lines[sums->last];
}

int sums_add(struct sums *sums, const struct event *event)
{
    struct sum_line wanted = {
        .fund = event->fund,
        .kind = event->kind,
        .category = event_has(event, FIELD_CATEGORY) ? event->category : 0,
        .month = date_month_of(event->date),
    };
    struct sum_line *line = find_line(sums, &wanted);
    if (line == NULL)
        line = new_line(sums, &wanted);
    if (line == NULL)
        return -ENOMEM;
    line->count++;
    if (event_has(event, FIELD_AMOUNT) && !amount_add(line->amount, event->amount, &line->amount))
        line->overflow = true;
    return 0;
}

static int compare_lines(const void *a, const void *b)
{
    const struct sum_line *x = a, *y = b;
    int64_t differences[] = {
        (int64_t)x->fund.place - y->fund.place, x->fund.scheme - y->fund.scheme,
        x->kind - y->kind, x->category - y->category, x->month - y->month,
    };
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (differences[i] != 0)
            return differences[i] < 0 ? -1 : 1;
    }
    return 0;
}

static void sort(struct sums *sums)
{
    if (sums->count > 0)
        qsort(sums->lines, sums->count, sizeof sums->lines[0], compare_lines);
}

static const char *category_word(const struct sum_line *line)
{
    return line->category != 0 ? event_category_word(line->category) : "";
}

void sums_print(struct sums *sums, FILE *to)
{
    sort(sums);
    fprintf(to, "%-12s %-13s %-17s %-7s %10s %22s\n",
            "fund", "kind", "category", "month", "events", "yuan");
    for (size_t i = 0; i < sums->count; i++) {
        const struct sum_line *line = &sums->lines[i];
        char fund[FUND_TEXT_MAX], amount[AMOUNT_TEXT_MAX];
        fprintf(to, "%-12s %-13s %-17s %-7d %10llu %22s\n", fund_format(line->fund, fund),
                event_kind_word(line->kind), category_word(line), date_month_to_ym(line->month),
                (unsigned long long)line->count,
                line->overflow ? "too large"
                               : amount_format(line->amount, UNIT_YUAN, 2, true, amount));
    }
}

json_t *sums_json(struct sums *sums)
{
    json_t *array = json_array();
    sort(sums);
    for (size_t i = 0; i < sums->count; i++) {
        const struct sum_line *line = &sums->lines[i];
        char fund[FUND_TEXT_MAX];
        json_t *object = json_pack("{s:s, s:s, s:s, s:i, s:I, s:o}",
                                   "fund", fund_format(line->fund, fund),
                                   "kind", event_kind_word(line->kind),
                                   "category", category_word(line),
                                   "month", date_month_to_ym(line->month),
                                   "events", (json_int_t)line->count, "amount_fen",
                                   line->overflow ? json_null() : json_integer(line->amount.fen));
        if (json_array_append_new(array, object) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}
