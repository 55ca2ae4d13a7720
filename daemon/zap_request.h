/* zap_request - what libzmq asks of the handler of keys (RFC 27), and whether the answer is yes.
 *
 * A frame that is longer than there is room for makes the whole request one that nobody is let in by. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "daemon/rights.h"

#define ZAP_FRAME_MAX 256

enum { ZAP_VERSION, ZAP_REQUEST, ZAP_DOMAIN, ZAP_ADDRESS, ZAP_IDENTITY, ZAP_MECHANISM, ZAP_KEY, ZAP_FRAMES };

struct zap_request {
    unsigned count;             /* frames that came, also those beyond ZAP_FRAMES, which are not kept */
    bool too_long;              /* one of them did not fit, and was cut off */
    struct { char bytes[ZAP_FRAME_MAX]; size_t size; } frames[ZAP_FRAMES];
};

/* Takes a request off the socket.  0 or a negative errno. */
int zap_request_receive(void *socket, struct zap_request *ret);

bool zap_frame_is(const struct zap_request *request, unsigned frame, const char *text);

/* True if the key may come in: in the domain `probe_domain` the one key `probe`, elsewhere a key that the
 * book grants what the domain's socket is for.  Its Z85 form is then in `user`; of a refused one too, if
 * there is a key at all, else `user` is untouched. */
bool zap_request_admits(const struct zap_request *request, struct rights_book *book, const char *probe_domain,
                        const char *probe, char user[NET_KEY_MAX]);
