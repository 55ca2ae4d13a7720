/* answers - what the daemon says to each question, without sockets and envelopes; and silence on the
 * terminal. */
#pragma once

#include "tests/fuzz/input.h"

/* From here on the next answers, whatever is asked: each is a part, and behind the last nobody answers any
 * more. */
void answers_begin(struct parts parts);
/* Questions go through the client's socket again. */
void answers_end(void);

/* What is printed goes nowhere between these two, so that a fuzzer of a program that prints has a log. */
void quiet_begin(void);
void quiet_end(void);
