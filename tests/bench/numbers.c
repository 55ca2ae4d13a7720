#include "tests/bench/numbers.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define LINES_MAX 1024
#define LINE_NAME_MAX 256

struct line {
    char name[LINE_NAME_MAX];
    const char *unit;           /* NULL: a heading */
    const char *heading;
    const char *section;        /* the heading above it */
    struct samples runs;
};

static struct line lines[LINES_MAX];
static size_t line_count;
static const char *present_section = "";

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

/* Of a copy: the runs stay in their order, because number_last() wants the last. */
static struct summary summary_of(const struct line *line)
{
    struct samples copy = { .values = NULL };
    for (size_t i = 0; i < line->runs.count; i++)
        samples_add(&copy, line->runs.values[i]);
    struct summary summary = {
        samples_quantile(&copy, 0.5), samples_quantile(&copy, 0), samples_quantile(&copy, 1),
    };
    samples_free(&copy);
    return summary;
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
    line->section = present_section;
    return line;
}

void number_add(double value, const char *unit, const char *format, ...)
{
    char name[LINE_NAME_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    if (isfinite(value))        /* else nothing was there to be measured: no figure, and no JSON either */
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
    present_section = heading;
    line_of(heading, NULL, heading);
}

bool number_summary(const char *name, struct summary *ret)
{
    struct line *line = find_line(name);
    if (line == NULL || line->runs.count == 0)
        return false;
    *ret = summary_of(line);
    return true;
}

const char *number_format(double value, char text[32])
{
    snprintf(text, 32, "%.*f", value >= 1000 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3, value);
    return text;
}

static void print_line(FILE *to, const struct line *line)
{
    char median[32], least[32], most[32];
    struct summary s = summary_of(line);
    fprintf(to, "%-72s %12s %12s %12s  %s\n", line->name, number_format(s.median, median),
            number_format(s.min, least), number_format(s.max, most), line->unit);
}

/* Sections are gone back to, so a line may be far behind its heading. */
static void print_section(FILE *to, const char *section)
{
    for (size_t i = 0; i < line_count; i++) {
        if (lines[i].heading == NULL && strcmp(lines[i].section, section) == 0)
            print_line(to, &lines[i]);
    }
}

void numbers_print(FILE *to)
{
    fprintf(to, "%-72s %12s %12s %12s\n", "", "median", "min", "max");
    print_section(to, "");
    for (size_t i = 0; i < line_count; i++) {
        if (lines[i].heading != NULL) {
            fprintf(to, "\n# %s\n", lines[i].heading);
            print_section(to, lines[i].heading);
        }
    }
}

/* Names, units and headings have nothing in them that JSON would want escaped. */
void numbers_print_json(FILE *to)
{
    const char *comma = "";
    for (size_t i = 0; i < line_count; i++) {
        const struct line *line = &lines[i];
        struct summary s = summary_of(line);
        if (line->heading != NULL)
            continue;
        fprintf(to, "%s\n    {\"section\": \"%s\", \"name\": \"%s\", \"unit\": \"%s\", \"median\": %.6g, "
                "\"min\": %.6g, \"max\": %.6g, \"runs\": %zu}", comma, line->section, line->name, line->unit,
                s.median, s.min, s.max, line->runs.count);
        comma = ",";
    }
    fprintf(to, "\n");
}
