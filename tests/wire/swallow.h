/* swallow - hands arbitrary bytes to the decoders as the daemon and the clients
 * do, and checks what must hold of whatever they accept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns true if the bytes were accepted as a whole, and stops the
 * program if what was accepted does not come back the same. */
bool swallow_batch(const uint8_t *bytes, size_t size);
bool swallow_event(const uint8_t *bytes, size_t size);      /* canonical bytes */
bool swallow_reply(const uint8_t *bytes, size_t size);
bool swallow_alert(const uint8_t *bytes, size_t size);      /* or a heartbeat */
bool swallow_policy(const uint8_t *bytes, size_t size);
