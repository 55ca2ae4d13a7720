/* numbers - samples, and the table of what was measured. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A growing list of measurements. */
struct samples {
    double *values;             /* owned; samples_free() */
    size_t count, room;
};
void samples_add(struct samples *samples, double value);
void samples_take(struct samples *samples, struct samples *from);   /* `from` is empty then */
void samples_free(struct samples *samples);
/* The value that a share (0 to 1) of them does not exceed; 0 without any.  Sorts them. */
double samples_quantile(struct samples *samples, double share);

/* Adds the value of this run to a line of the table; the first one makes the line.
 * Lines stand in the order in which they were made, each in its section.  What is not finite is left out. */
[[gnu::format(printf, 3, 4)]]
void number_add(double value, const char *unit, const char *name, ...);
/* The p50 and p99 of latencies in seconds, as two lines in ms. */
void number_add_latency(struct samples *seconds, const char *name);
/* A line over all runs; false if there is no such line. */
struct summary {
    double median, min, max;
};
bool number_summary(const char *name, struct summary *ret);
/* Whole numbers from 1,000 on, else three digits that mean something. */
const char *number_format(double value, char text[32]);

/* The value of this run in a line; 0 if there is no such line. */
double number_last(const char *name);
/* Begins a part of the table, or goes on with one: lines are made in it, and the heading is printed once,
 * with all of its lines. */
void numbers_section(const char *heading);

void numbers_print(FILE *to);
/* One object per figure, separated by commas. */
void numbers_print_json(FILE *to);
