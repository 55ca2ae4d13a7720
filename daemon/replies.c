#include "daemon/replies.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/controls.h"
#include "daemon/inlet.h"

#define OWNERS 256              /* those whose names have one mark share what one may have */

/* Of the process, because libzmq lets go of the last of them when the socket is closed already. */
static struct {
    atomic_size_t all, of[OWNERS];
} unread;

struct counted {
    size_t size;
    atomic_size_t *owner;
    uint8_t bytes[];
};

static void let_go(void *bytes, void *hint)
{
    struct counted *counted = hint;
    assert(bytes == counted->bytes);
    atomic_fetch_sub(&unread.all, counted->size);
    atomic_fetch_sub(counted->owner, counted->size);
    free(counted);
}

/* One thread adds, so there is no less room afterwards than it has seen. */
static int count(const char *owner, const void *bytes, size_t size, zmq_msg_t *ret)
{
    atomic_size_t *own = &unread.of[source_mark(owner) % OWNERS];
    if (atomic_load(own) + size > REPLIES_MAX - atomic_load(&unread.all) && !control("replies_without_end"))
        return -ENOBUFS;
    struct counted *counted = malloc(sizeof *counted + size);
    if (counted == NULL)
        return -ENOMEM;
    counted->size = size;
    counted->owner = own;
    memcpy(counted->bytes, bytes, size);
    if (zmq_msg_init_data(ret, counted->bytes, size, let_go, counted) != 0) {
        free(counted);
        return -ENOMEM;
    }
    atomic_fetch_add(&unread.all, size);
    atomic_fetch_add(own, size);
    return 0;
}

int replies_send(void *socket, const char *owner, const struct net_message *message, const void *bytes,
                 size_t size)
{
    zmq_msg_t body;
    bool counted = size > REPLIES_SMALL;
    int err = counted ? count(owner, bytes, size, &body) : 0;
    if (err != 0)
        return err;
    err = net_send(socket, message->frames[0].bytes, message->frames[0].size, true);
    if (err == 0 && !counted)
        err = net_send(socket, bytes, size, false);
    else if (err == 0 && zmq_msg_send(&body, socket, ZMQ_DONTWAIT) < 0)
        err = -errno;
    if (err != 0 && counted)
        zmq_msg_close(&body);
    return err;
}
