/* replay_people - a made-up population that adds up to a case's printed totals.
 *
 * Each person is enrolled by the registry and pays on the same day; hospitals
 * send bills of people who are enrolled by then.  The n-th event of each line is a
 * function of (case, seed, keys, round): playing again makes the same events,
 * byte for byte, so all of them are duplicates.  Sums are exact to the fen in
 * the year; nothing is negative and no bill is zero.
 *
 * Numbers of persons are made from the fund's place and a counter: they are nobody's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "producers/person_key.h"
#include "producers/replay_case.h"

struct replay_people;

/* `round` is 1, or higher for more events of the same amounts under other ids
 * (load).  The case and the keys are borrowed until replay_people_close().
 * 0, -ENOMEM, or -ENOENT if no key is valid on the year's first day. */
int replay_people_open(const struct replay_case *c, uint64_t seed, const struct person_keys *keys,
                       unsigned round, struct replay_people **ret);
void replay_people_close(struct replay_people **people_p);

/* The next event dated `day` and its source.  False if there is none left on
 * that day; days are asked for in ascending order, each until it says false. */
bool replay_people_next(struct replay_people *people, date_day day, struct event *ret_event,
                        unsigned *ret_source);

/* The key that a seed stands for when no key file is given. */
void replay_people_demo_key(uint64_t seed, struct person_keys *ret);
