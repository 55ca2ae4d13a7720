/* line - a daemon at the other end of ZeroMQ, which says what the fuzzer wants.
 *
 * The linker puts this before net.c: sockets are names, time passes when somebody waits, and messages come
 * out of the input, each for one socket. */
#pragma once

#include "tests/fuzz/input.h"
#include "wire/net/net.h"

/* What a monitor of a socket says comes from one more. */
#define LINE_MONITOR NET_ROLES
#define LINE_SOCKETS (NET_ROLES + 1)

/* Messages from here on: a byte that says whose it is (an enum net_role) and how many frames it has, and
 * the frames, each with its size before it.  Those of another socket wait until theirs is asked. */
void line_begin(struct parts parts);
