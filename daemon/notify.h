/* notify - tells systemd that the daemon is ready, or stopping: a datagram to NOTIFY_SOCKET. */
#pragma once

/* `state` is as sd_notify(3) has it, "READY=1".  Does nothing if nobody asked to be told. */
void notify_manager(const char *state);
