/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: a UNIX stream socket, one JSON object a line each way (docs/control.md). It
 * knows the connected clients and what each may cost, not the contents of answers (show.h,
 * monitor.h).
 *
 * What a client can cost is bounded: its line, its unread answer, its slot, its time. The process
 * must ignore SIGPIPE.
 */
#ifndef MONAMI_DAEMON_CONTROL_H
#define MONAMI_DAEMON_CONTROL_H

#include "show.h"

struct control;
struct event_base;
struct monitor;

/*
 * Listens at `path`, mode 0660, making its directory (0755) if that is missing. Replaces the socket
 * of a daemon that was killed; -EADDRINUSE if a daemon answers there, or if the file is no socket.
 * `source` is copied, source->ctx borrowed.
 */
int control_open(struct event_base *, const char *path, const struct control_source *source,
	struct control **ret);
/* Ends every connection and removes the socket. */
void control_close(struct control *);

/* Listens again if another program has removed the socket. 0: it is there; 1: it is back; or
 * -errno. */
int control_put_back(struct control *);

/* The feed of `monami monitor`; valid as long as the control. */
struct monitor *control_monitor(struct control *);

#endif
