/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening UNIX socket, without the protocol on it. */
#ifndef MONAMI_DAEMON_CONTROL_SOCKET_H
#define MONAMI_DAEMON_CONTROL_SOCKET_H

/*
 * A listening, non-blocking socket at `path`, mode 0660; its directory is made (0755) if it is
 * missing. A socket whose process has ended is replaced. -EADDRINUSE if a process answers on it, or
 * if the path is not a socket; otherwise -errno.
 */
int control_socket_open(const char *path);

#endif
