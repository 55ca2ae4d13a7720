/* What libzmq asks of the handler of keys, in any number of frames of any size.
 *
 * The input is one byte, which says how the rest is cut, and the frames: with bit 0, of a request that is
 * right but for the frames which the next byte names, so that the fuzzer need not guess all of it.  Somebody
 * is let in only by seven frames with version, mechanism, a domain and the key of the world's one entry,
 * which the fuzzer has to bring. */
#include <assert.h>
#include <string.h>
#include <zmq.h>

#include "daemon/zap_request.h"
#include "tests/fuzz/daemon/world.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input.h"

#define FRAMES_MAX 24

static struct { const uint8_t *bytes; size_t size; } frames[FRAMES_MAX];
static unsigned frame_count, frames_read;

int __wrap_zmq_recv(void *socket, void *to, size_t room, int flags);
int __wrap_zmq_getsockopt(void *socket, int option, void *to, size_t *size);

/* As zmq_recv(3): cuts off, and returns the whole size. */
int __wrap_zmq_recv(void *socket, void *to, size_t room, int flags)
{
    (void)socket, (void)flags;
    assert(frames_read < frame_count);
    size_t size = frames[frames_read].size;
    memcpy(to, frames[frames_read].bytes, size < room ? size : room);
    frames_read++;
    return (int)size;
}

int __wrap_zmq_getsockopt(void *socket, int option, void *to, size_t *size)
{
    (void)socket;
    int more = frames_read < frame_count;
    assert(option == ZMQ_RCVMORE && *size == sizeof more);
    memcpy(to, &more, sizeof more);
    return 0;
}

static void add(const void *bytes, size_t size)
{
    frames[frame_count].bytes = bytes;
    frames[frame_count++].size = size;
}

static void cut(struct parts *parts)
{
    static const char *const good[ZAP_FRAMES] = {
        "1.0", "1", "fundwatch.query", "192.0.2.7", "", "CURVE", NULL,
    };
    static uint8_t key[32];
    bool mostly_good = take_byte(parts) & 1;
    uint8_t changed = mostly_good ? take_byte(parts) : 0xff;
    frame_count = frames_read = 0;
    zmq_z85_decode(key, grant_public(world_county()));
    unsigned least = mostly_good ? ZAP_FRAMES : 1;
    for (unsigned i = 0; i < FRAMES_MAX && (i < least || parts->left > 0); i++) {
        size_t size;
        if (i < ZAP_FRAMES && (changed >> i & 1) == 0 && good[i] != NULL) {
            add(good[i], strlen(good[i]));
        } else if (i < ZAP_FRAMES && (changed >> i & 1) == 0) {
            add(key, sizeof key);
        } else {
            const uint8_t *part = take_part(parts, &size);
            add(part, size);
        }
    }
}

static bool is(unsigned frame, const char *text)
{
    return frames[frame].size == strlen(text) && memcmp(frames[frame].bytes, text, strlen(text)) == 0;
}

/* The world's key may ask and send; it may hear no alerts. */
static bool deserves(void)
{
    uint8_t key[32];
    zmq_z85_decode(key, grant_public(world_county()));
    return frame_count == ZAP_FRAMES && is(0, "1.0") && is(5, "CURVE")
        && (is(2, "fundwatch.query") || is(2, "fundwatch.ingest"))
        && frames[1].size <= ZAP_FRAME_MAX && frames[3].size <= ZAP_FRAME_MAX
        && frames[4].size <= ZAP_FRAME_MAX
        && frames[6].size == sizeof key && memcmp(frames[6].bytes, key, sizeof key) == 0;
}

FUZZER(zap)
{
    static const char probe[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf8";
    struct parts parts = { bytes, size };
    struct zap_request request;
    char user[NET_KEY_MAX] = "";
    cut(&parts);
    int err = zap_request_receive(NULL, &request);
    assert(err == 0 && request.count == frame_count);
    for (unsigned i = 0; i < ZAP_FRAMES; i++)
        assert(request.frames[i].size <= ZAP_FRAME_MAX);
    bool admitted = zap_request_admits(&request, world()->book, "fundwatch.probe", probe, user);
    assert(admitted == deserves());
    assert(!admitted || strcmp(user, grant_public(world_county())) == 0);
}
