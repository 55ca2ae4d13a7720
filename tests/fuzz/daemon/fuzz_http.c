/* What comes over a connection to /metrics and /healthz, as it is read off a unix socket.
 *
 * A page is shown only to a request that names it, and whatever is answered is HTTP. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/metrics.h"
#include "tests/fuzz/daemon/world.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

static struct metrics *metrics;
static struct sockaddr_un address = { .sun_family = AF_UNIX };

static void begin_serving(void)
{
    char url[128], bound[128];
    snprintf(address.sun_path, sizeof address.sun_path, "%s/http", input_folder());
    snprintf(url, sizeof url, "unix:%s", address.sun_path);
    int err = metrics_start(url, world()->store, NULL, 0, &metrics, bound, sizeof bound);
    assert(err == 0);
}

/* All that is answered until the other side closes, as far as there is room. */
static size_t exchange(const uint8_t *bytes, size_t size, char *answer, size_t room)
{
    size_t got = 0;
    ssize_t n;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int err = connect(fd, (struct sockaddr *)&address, sizeof address);
    assert(fd >= 0 && err == 0);
    send(fd, bytes, size, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    while (got < room && (n = recv(fd, answer + got, room - got, 0)) > 0)
        got += (size_t)n;
    close(fd);
    return got;
}

static bool holds(const uint8_t *bytes, size_t size, const char *text)
{
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

FUZZER(http)
{
    static char answer[65536];
    if (metrics == NULL)
        begin_serving();
    if (size > 8192)
        return;
    size_t got = exchange(bytes, size, answer, sizeof answer);
    assert(got == 0 || (got > 12 && memcmp(answer, "HTTP/1.", 7) == 0));
    if (got > 12 && memcmp(answer + 9, "200", 3) == 0)
        assert(holds(bytes, size, "GET") || holds(bytes, size, "HEAD"));
    if (holds((const uint8_t *)answer, got, "fundwatch_epoch"))
        assert(holds(bytes, size, "metrics") || holds(bytes, size, "%"));
}
