/* fields - reading an answer's maps by name, and remembering what was not there.
 *
 * What is asked for is looked up, and its absence or wrong type is
 * remembered once, so that code which prints an answer reads like the print.  Nothing of a
 * faulty answer is shown: its writer looks at `fault` before anything goes out. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fund/alert.h"
#include "fund/indicator.h"

struct fields {
    char fault[96];             /* the first thing that was missing, in words; "" if none */
};

/* 0, "", false, an empty array or map stand for what is not there. */
int64_t field_int(struct fields *f, const json_t *map, const char *key);
const char *field_text(struct fields *f, const json_t *map, const char *key);
bool field_bool(struct fields *f, const json_t *map, const char *key);
const json_t *field_array(struct fields *f, const json_t *map, const char *key);
const json_t *field_map(struct fields *f, const json_t *map, const char *key);
/* Whether the map's `derived_figures` name a figure. */
bool field_derived(struct fields *f, const json_t *map, const char *figure);
/* A date of the protocol; DATE_NONE for 0 or nil, which some fields may be. */
date_day field_date(struct fields *f, const json_t *map, const char *key);
/* The rule that a map is about. */
enum rule field_rule(struct fields *f, const json_t *map);
/* `computable`, `num`, `den`, `mul` of a map. */
struct indicator field_indicator(struct fields *f, const json_t *map);
