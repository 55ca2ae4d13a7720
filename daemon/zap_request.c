#include "daemon/zap_request.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

#include "daemon/controls.h"
#include "daemon/listener.h"

/* zmq_recv() cuts off what has no room, and returns the size that it had. */
static int receive_frame(void *socket, struct zap_request *request)
{
    char extra[ZAP_FRAME_MAX];
    bool known = request->count < ZAP_FRAMES;
    int got = zmq_recv(socket, known ? request->frames[request->count].bytes : extra, ZAP_FRAME_MAX, 0);
    if (got < 0)
        return -errno;
    if (got > ZAP_FRAME_MAX) {
        request->too_long = true;
        got = ZAP_FRAME_MAX;
    }
    if (known)
        request->frames[request->count].size = (size_t)got;
    request->count++;
    return 0;
}

int zap_request_receive(void *socket, struct zap_request *ret)
{
    int more = 1, err = 0;
    size_t size = sizeof more;
    *ret = (struct zap_request){ .count = 0 };
    while (more && err == 0) {
        err = receive_frame(socket, ret);
        if (err == 0 && zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0)
            err = -errno;
    }
    return err;
}

bool zap_frame_is(const struct zap_request *request, unsigned frame, const char *text)
{
    return request->frames[frame].size == strlen(text)
        && memcmp(request->frames[frame].bytes, text, strlen(text)) == 0;
}

static bool domain_allows(const struct zap_request *request, const struct grant *grant)
{
    for (unsigned role = 0; role < NET_ROLES; role++) {
        if (zap_frame_is(request, ZAP_DOMAIN, listener_domain(role)))
            return grant_role(grant, role);
    }
    return false;
}

static bool is_well_formed(const struct zap_request *request)
{
    return request->count == ZAP_FRAMES && !request->too_long && zap_frame_is(request, ZAP_VERSION, "1.0")
        && zap_frame_is(request, ZAP_MECHANISM, "CURVE") && request->frames[ZAP_KEY].size == 32;
}

bool zap_request_admits(const struct zap_request *request, struct rights_book *book, const char *probe_domain,
                        const char *probe, char user[NET_KEY_MAX])
{
    if (!is_well_formed(request))
        return false;
    zmq_z85_encode(user, (const uint8_t *)request->frames[ZAP_KEY].bytes, 32);
    bool probing = zap_frame_is(request, ZAP_DOMAIN, probe_domain);
    if ((control("late_any_key") && !probing) || control("any_key"))
        return true;
    if (probing)
        return strcmp(user, probe) == 0;
    const struct rights *rights = rights_hold(book);
    const struct grant *grant = rights_find(rights, user);
    bool admitted = grant != NULL && domain_allows(request, grant);
    rights_release(rights);
    return admitted;
}
