/* uncleared - for a large local variable on the way of every event, which is written before it is
 * read: the build clears all variables (-ftrivial-auto-var-init=zero), and that would cost more than
 * what the variable is for. */
#pragma once

#if defined __has_attribute && __has_attribute(uninitialized)
#define UNCLEARED __attribute__((uninitialized))
#else
#define UNCLEARED
#endif
