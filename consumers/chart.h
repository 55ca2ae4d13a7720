/* chart - money over the months of a year as SVG that stands inside a page.
 *
 * Colours and type are the page's, by class: so a chart is light, dark or printed as the page is.  The
 * drawing is in integers; a value beyond int64 cannot come in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CHART_SLOTS     12
#define CHART_LABEL_MAX 48

struct chart {
    const char *id;             /* unique in the page; [a-z]+ */
    const char *title, *desc;   /* for those who do not see it */
    const char *unit;           /* above the axis */
    char slots[CHART_SLOTS][CHART_LABEL_MAX];   /* under the axis */
    int64_t min, max;           /* of what is drawn, in fen; 0 is always in */
    int64_t step;               /* between two lines of the grid; set by chart_begin() */
};

/* What is drawn of a series: values[0] stands in slot `first`. */
struct series {
    const char *class;          /* of the page's style */
    unsigned first, count;
    int64_t values[CHART_SLOTS];
    char names[CHART_SLOTS][CHART_LABEL_MAX];   /* of each value, for those who point at it */
};

/* Makes room for a value.  All of them, before the drawing begins. */
void chart_hold(struct chart *chart, int64_t fen);
void chart_hold_series(struct chart *chart, const struct series *series);

/* Whether there is anything to draw of it. */
bool series_any(const struct series *series);

void chart_begin(struct chart *chart, FILE *to);
void chart_band(const struct chart *chart, int64_t low, int64_t high, FILE *to);
void chart_line(const struct chart *chart, const struct series *series, FILE *to);
/* Bar `place` of `of` in each slot; bars with the same place stand in front of each other. */
void chart_bars(const struct chart *chart, const struct series *series, unsigned place, unsigned of,
                FILE *to);
void chart_end(FILE *to);
