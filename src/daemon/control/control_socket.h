/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening UNIX socket, and nothing about what is said on it. */
#ifndef MONAMI_DAEMON_CONTROL_SOCKET_H
#define MONAMI_DAEMON_CONTROL_SOCKET_H

/*
 * A listening, non-blocking socket at `path`, mode 0660; its directory is made (0755) if it is
 * missing. A socket that nobody answers on is replaced. -EADDRINUSE if somebody does, or if
 * something else than a socket is there; otherwise -errno.
 */
int control_socket_open(const char *path);

#endif
