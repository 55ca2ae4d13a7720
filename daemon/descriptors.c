#include "daemon/descriptors.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/controls.h"
#include "daemon/counters.h"

void descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* A new descriptor is the lowest free one, so it tells about how many there are. */
static bool is_one_too_many(int listener, int fd)
{
    struct rlimit limit;
    int family = AF_UNIX;
    socklen_t size = sizeof family;
    getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &family, &size);
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
        && (rlim_t)fd + (family == AF_UNIX ? RESERVE_LOCAL : RESERVE_TCP) >= limit.rlim_cur;
}

/* In place of libc's, for the libraries, too. */
int accept4(int listener, struct sockaddr *address, socklen_t *size, int flags)
{
    int fd = (int)syscall(SYS_accept4, listener, address, size, flags);
    if (control("last_descriptor"))
        return fd;
    if (fd >= 0 && is_one_too_many(listener, fd)) {
        close(fd);
        counter_add(COUNTER_CONNECTIONS_REFUSED, 1);
        errno = ECONNABORTED;
        return -1;
    }
    if (fd < 0 && errno == EMFILE)
        errno = ENFILE;         /* which libzmq knows */
    return fd;
}
