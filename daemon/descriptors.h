/* descriptors - so that connections do not take the last file descriptor.
 *
 * libzmq 4.3.4 aborts when accept4() on an ipc socket says EMFILE, and without a descriptor there is no
 * backup either.  So this program has an accept4() of its own, which libzmq and libmicrohttpd find before
 * libc's: it takes a connection of the network only while RESERVE_TCP descriptors are left, and a local one
 * while RESERVE_LOCAL are; others are closed at once, and those who have one are served on. */
#pragma once

#define RESERVE_TCP   32
#define RESERVE_LOCAL 8

/* As many as the system lets us have. */
void descriptors_raise(void);
