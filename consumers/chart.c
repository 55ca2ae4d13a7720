/* A unit of the drawing is half a pixel of a page 720 pixels wide, so integers are fine enough. */
#include "consumers/chart.h"

#include <inttypes.h>

#include "consumers/figures.h"
#include "consumers/html.h"

#define WIDTH   1440
#define HEIGHT  520
#define LEFT    150             /* room for "1,234,567" */
#define RIGHT   20
#define TOP     56
#define BOTTOM  56
#define SLOT    ((WIDTH - LEFT - RIGHT) / CHART_SLOTS)
#define TEXT(n) TEXT_OF(n)
#define TEXT_OF(n) #n
#define TICKS   5               /* about so many lines of the grid */

void chart_hold(struct chart *chart, int64_t fen)
{
    if (fen < chart->min)
        chart->min = fen;
    if (fen > chart->max)
        chart->max = fen;
}

void chart_hold_series(struct chart *chart, const struct series *series)
{
    for (unsigned i = 0; i < series->count; i++)
        chart_hold(chart, series->values[i]);
}

bool series_any(const struct series *series)
{
    for (unsigned i = 0; i < series->count; i++) {
        if (series->values[i] != 0)
            return true;
    }
    return false;
}

/* The smallest of 1, 2, 5, 10, 20, … fen of which TICKS span the chart. */
static int64_t round_step(const struct chart *chart)
{
    __int128 span = (__int128)chart->max - chart->min, step = 1;
    for (int i = 0; step * TICKS < span; i++)
        step = i % 3 == 1 ? step * 5 / 2 : step * 2;
    return (int64_t)step;
}

/* Ends of the axis: where lines of the grid are. */
static __int128 axis_bottom(const struct chart *chart)
{
    return -((-(__int128)chart->min + chart->step - 1) / chart->step) * chart->step;
}

static __int128 axis_top(const struct chart *chart)
{
    __int128 top = ((__int128)chart->max + chart->step - 1) / chart->step * chart->step;
    return top > axis_bottom(chart) ? top : axis_bottom(chart) + chart->step;
}

static int y_of(const struct chart *chart, __int128 fen)
{
    __int128 top = axis_top(chart), bottom = axis_bottom(chart);
    return TOP + (int)((top - fen) * (HEIGHT - TOP - BOTTOM) / (top - bottom));
}

static int middle(unsigned slot)
{
    return LEFT + (int)slot * SLOT + SLOT / 2;
}

static void draw_text(FILE *to, int x, int y, const char *anchor, const char *text)
{
    fprintf(to, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
    html_text(to, text);
    fputs("</text>\n", to);
}

static void draw_grid_line(const struct chart *chart, __int128 fen, FILE *to)
{
    char text[FIGURE_MAX];
    int y = y_of(chart, fen), decimals = chart->step >= FEN_PER_WAN ? 0 : 2;
    fprintf(to, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", fen == 0 ? "zero" : "grid",
            LEFT, WIDTH - RIGHT, y, y);
    draw_text(to, LEFT - 14, y + 8, "end",
              amount_format((struct amount){ (int64_t)fen }, UNIT_WAN, decimals, true, text));
}

static void define_hatch(const struct chart *chart, FILE *to)
{
    HTML(to, "<defs><pattern id=\"{1}-hatch\" width=\"10\" height=\"10\" patternUnits=\"userSpaceOnUse\" "
         "patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"10\"/>"
         "</pattern></defs>\n", chart->id);
}

void chart_begin(struct chart *chart, FILE *to)
{
    chart->step = round_step(chart);
    HTML(to, "<svg class=\"chart\" role=\"img\" aria-labelledby=\"{1}-title {1}-desc\" "
         "viewBox=\"0 0 " TEXT(WIDTH) " " TEXT(HEIGHT) "\">\n"
         "<title id=\"{1}-title\">{2}</title>\n<desc id=\"{1}-desc\">{3}</desc>\n",
         chart->id, chart->title, chart->desc);
    define_hatch(chart, to);
    draw_text(to, LEFT - 14, TOP - 26, "end", chart->unit);
    for (__int128 fen = axis_bottom(chart); fen <= axis_top(chart); fen += chart->step)
        draw_grid_line(chart, fen, to);
    for (unsigned slot = 0; slot < CHART_SLOTS; slot++)
        draw_text(to, middle(slot), HEIGHT - BOTTOM + 36, "middle", chart->slots[slot]);
}

static void draw_bound(FILE *to, int y)
{
    fprintf(to, "<line class=\"bound\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", LEFT, WIDTH - RIGHT,
            y, y);
}

void chart_band(const struct chart *chart, int64_t low, int64_t high, FILE *to)
{
    int above = y_of(chart, high), below = y_of(chart, low);
    fprintf(to, "<rect class=\"band\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", LEFT, above,
            WIDTH - LEFT - RIGHT, below - above);
    draw_bound(to, above);
    draw_bound(to, below);
}

static void draw_dot(const struct chart *chart, const struct series *series, unsigned i, FILE *to)
{
    fprintf(to, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"7\"><title>", series->class,
            middle(series->first + i), y_of(chart, series->values[i]));
    html_text(to, series->names[i]);
    fputs("</title></circle>\n", to);
}

/* Beside the last point where there is room, else above it. */
static void draw_value(int x, int y, bool room, const char *text, FILE *to)
{
    fputs("<g class=\"value\">", to);
    draw_text(to, room ? x + 18 : x + 20, room ? y + 9 : y - 18, room ? "start" : "end", text);
    fputs("</g>\n", to);
}

void chart_line(const struct chart *chart, const struct series *series, FILE *to)
{
    char value[FIGURE_MAX];
    if (series->count == 0)
        return;
    fprintf(to, "<polyline class=\"%s\" points=\"", series->class);
    for (unsigned i = 0; i < series->count; i++)
        fprintf(to, "%s%d,%d", i > 0 ? " " : "", middle(series->first + i), y_of(chart, series->values[i]));
    fputs("\"/>\n", to);
    for (unsigned i = 0; i < series->count; i++)
        draw_dot(chart, series, i, to);
    unsigned last = series->count - 1;
    draw_value(middle(series->first + last), y_of(chart, series->values[last]),
               series->first + last < CHART_SLOTS - 2, figure_wan(series->values[last], value), to);
}

/* No bar for nothing: it would only be there to be pointed at. */
void chart_bars(const struct chart *chart, const struct series *series, unsigned place, unsigned of, FILE *to)
{
    int width = SLOT * 3 / 4 / (int)of;
    for (unsigned i = 0; i < series->count; i++) {
        if (series->values[i] == 0)
            continue;
        int x = middle(series->first + i) - width * (int)of / 2 + width * (int)place;
        int y = y_of(chart, series->values[i]), zero = y_of(chart, 0);
        fprintf(to, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"><title>",
                series->class, x,
                y < zero ? y : zero, width - 2, y < zero ? zero - y : y - zero);
        html_text(to, series->names[i]);
        fputs("</title></rect>\n", to);
    }
}

void chart_end(FILE *to)
{
    fputs("</svg>\n", to);
}
