#include "tests/bench/numbers.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define LINES_MAX 128
#define LINE_NAME_MAX 128

struct line {
    char name[LINE_NAME_MAX];
    const char *unit;           /* NULL: a heading */
    const char *heading;
    struct samples runs;
};

static struct line lines[LINES_MAX];
static size_t line_count;

void samples_add(struct samples *samples, double value)
{
    if (samples->count == samples->room) {
        samples->room = samples->room == 0 ? 64 : 2 * samples->room;
        samples->values = realloc(samples->values, samples->room * sizeof samples->values[0]);
        if (samples->values == NULL)
            die("out of memory");
    }
    samples->values[samples->count++] = value;
}

void samples_take(struct samples *samples, struct samples *from)
{
    for (size_t i = 0; i < from->count; i++)
        samples_add(samples, from->values[i]);
    samples_free(from);
}

void samples_free(struct samples *samples)
{
    free(samples->values);
    *samples = (struct samples){ .values = NULL };
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double samples_quantile(struct samples *samples, double share)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->values, samples->count, sizeof samples->values[0], by_value);
    return samples->values[(size_t)(share * (double)(samples->count - 1) + 0.5)];
}

static struct line *find_line(const char *name)
{
    for (size_t i = 0; i < line_count; i++) {
        if (strcmp(lines[i].name, name) == 0)
            return &lines[i];
    }
    return NULL;
}

static struct line *line_of(const char *name, const char *unit, const char *heading)
{
    struct line *line = find_line(name);
    if (line != NULL)
        return line;
    if (line_count == LINES_MAX)
        die("more than %d lines in the table", LINES_MAX);
    line = &lines[line_count++];
    snprintf(line->name, sizeof line->name, "%s", name);
    line->unit = unit;
    line->heading = heading;
    return line;
}

void number_add(double value, const char *unit, const char *format, ...)
{
    char name[LINE_NAME_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    samples_add(&line_of(name, unit, NULL)->runs, value);
}

void number_add_latency(struct samples *seconds, const char *name)
{
    number_add(1000 * samples_quantile(seconds, 0.50), "ms", "%s p50", name);
    number_add(1000 * samples_quantile(seconds, 0.99), "ms", "%s p99", name);
}

double number_last(const char *name)
{
    const struct line *line = find_line(name);
    return line == NULL || line->runs.count == 0 ? 0 : line->runs.values[line->runs.count - 1];
}

void numbers_section(const char *heading)
{
    line_of(heading, NULL, heading);
}

/* Whole numbers from 1,000 on, else three digits that mean something. */
static const char *format_value(double value, char text[32])
{
    snprintf(text, 32, "%.*f", value >= 1000 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3, value);
    return text;
}

void numbers_print(FILE *to)
{
    char median[32], least[32], most[32];
    fprintf(to, "%-44s %12s %12s %12s\n", "", "median", "min", "max");
    for (size_t i = 0; i < line_count; i++) {
        struct line *line = &lines[i];
        if (line->heading != NULL)
            fprintf(to, "\n# %s\n", line->heading);
        else
            fprintf(to, "%-44s %12s %12s %12s  %s\n", line->name,
                    format_value(samples_quantile(&line->runs, 0.5), median),
                    format_value(samples_quantile(&line->runs, 0), least),
                    format_value(samples_quantile(&line->runs, 1), most), line->unit);
    }
}

/* Names and units have nothing in them that JSON would want escaped. */
void numbers_print_json(FILE *to)
{
    const char *comma = "";
    for (size_t i = 0; i < line_count; i++) {
        struct line *line = &lines[i];
        if (line->heading != NULL)
            continue;
        fprintf(to, "%s\n    {\"name\": \"%s\", \"unit\": \"%s\", \"median\": %.6g, \"min\": %.6g, "
                "\"max\": %.6g, \"runs\": %zu}", comma, line->name, line->unit,
                samples_quantile(&line->runs, 0.5), samples_quantile(&line->runs, 0),
                samples_quantile(&line->runs, 1), line->runs.count);
        comma = ",";
    }
    fprintf(to, "\n");
}
