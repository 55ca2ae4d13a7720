#include "daemon/unread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/controls.h"
#include "daemon/queue.h"

/* libzmq 4.3.4 reads up to so many bytes at once into a buffer that is shared by the messages in it
 * (in_batch_size in config.hpp, decoder_allocators.cpp), and what is left of a larger message into its own
 * memory. */
#define READ_BUFFER 8192
/* Such a buffer and what counts its messages, 18.2 KiB, is kept by a single message of it. */
#define BUFFER_COST (20 * 1024)
/* The shortest frame is 2 bytes, and takes 64 (zmq_msg_t) in a queue. */
#define BYTE_COST 32

/* libzmq calls its threads so, from the lowest bit of ZMQ_AFFINITY on. */
#define THREAD_NAME "ZMQbg/IO/0"
#define THREAD_NAME_SIZE 16             /* pthread_getname_np(3) */

static struct {
    atomic_bool on, waiting;
    _Atomic uint64_t charged, taken;
    struct bell wanted;         /* to who takes */
    struct bell room;           /* to who reads */
} unread = { .wanted.fd = -1, .room.fd = -1 };

uint64_t unread_affinity(enum net_role role)
{
    return role == NET_INGEST ? 1 : 2;
}

int unread_begin(void)
{
    bell_close(&unread.wanted);         /* of a daemon before this one */
    bell_close(&unread.room);
    int err = bell_open(&unread.wanted);
    if (err == 0)
        err = bell_open(&unread.room);
    if (err != 0) {
        bell_close(&unread.wanted);
        return err;
    }
    atomic_store(&unread.charged, 0);
    atomic_store(&unread.taken, 0);
    atomic_store(&unread.on, !control("unread_without_end"));
    return 0;
}

void unread_end(void)
{
    atomic_store(&unread.on, false);
    if (unread.room.fd >= 0)
        bell_ring(&unread.room);
}

const struct bell *unread_bell(void)
{
    return &unread.wanted;
}

uint64_t unread_mark(void)
{
    return atomic_load(&unread.charged);
}

void unread_taken(uint64_t mark)
{
    atomic_store(&unread.taken, mark);
    if (atomic_load(&unread.waiting))
        bell_ring(&unread.room);
}

/* Asked of every thread once. */
static bool reads_batches(void)
{
    static _Thread_local enum { UNKNOWN, YES, NO } answer = UNKNOWN;
    char name[THREAD_NAME_SIZE] = "";
    if (answer == UNKNOWN) {
        pthread_getname_np(pthread_self(), name, sizeof name);
        answer = strcmp(name, THREAD_NAME) == 0 ? YES : NO;
    }
    return answer == YES;
}

static bool is_full(void)
{
    return atomic_load(&unread.on) && atomic_load(&unread.charged) - atomic_load(&unread.taken) > UNREAD_MAX;
}

/* What was read before has reached the queues: libzmq puts it there before it reads again. */
static void wait_for_room(void)
{
    while (is_full()) {
        atomic_store(&unread.waiting, true);
        if (is_full()) {
            bell_ring(&unread.wanted);
            bell_wait(&unread.room, -1);
        }
        bell_clear(&unread.room);
        atomic_store(&unread.waiting, false);
    }
}

static uint64_t cost_of(size_t size, size_t got)
{
    return size > READ_BUFFER ? got : BYTE_COST * got + BUFFER_COST;
}

/* In place of libc's, for the libraries, too. */
ssize_t recv(int fd, void *to, size_t size, int flags)
{
    bool counts = atomic_load(&unread.on) && reads_batches();
    if (counts)
        wait_for_room();
    ssize_t got = syscall(SYS_recvfrom, fd, to, size, flags, NULL, NULL);
    if (counts && got > 0)
        atomic_fetch_add(&unread.charged, cost_of(size, (size_t)got));
    return got;
}
