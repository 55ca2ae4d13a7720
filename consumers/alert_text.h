/* alert_text - one alert as a line for people, or as JSON. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "consumers/fields.h"
#include "consumers/words.h"
#include "wire/alert_codec.h"

/* "2024-12-31  #2  440800/390  runway  firing high (was normal)  14.08 months (limit 9.00
 * months)  balance 575,231.50 万元  for benefits" and a newline, or "…  due 3,187.91 万元, …": what else
 * the alert rests on; `colour` marks the level for a terminal. */
void alert_print(const struct alert *alert, enum language language, bool colour, FILE *to);

/* The body as it is published (PROTOCOL 8).  A new reference; NULL without memory. */
json_t *alert_json(const struct alert *alert);

/* And back, from an answer.  False, with a fault in *f, for what is not an alert. */
bool alert_from_json(struct fields *f, const json_t *json, struct alert *ret);
