/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection to the daemon: one JSON object a line each way (docs/control.md). */
#ifndef MONAMI_CLI_CONNECTION_H
#define MONAMI_CLI_CONNECTION_H

#include <jansson.h>

#define SOCKET_DEFAULT "/run/monami/control"

struct connection;

/* NULL after a line on standard error with the socket and the reason. */
struct connection *connection_open(const char *path);
void connection_close(struct connection *);
/* Steals `request`. 0, or -1 after a line on standard error. */
int connection_send(struct connection *, json_t *request);
/* The next line, an object; NULL after a line on standard error. */
json_t *connection_receive(struct connection *);
/* For a caller that waits for lines by poll(): the descriptor, which the connection owns. Called
 * before anything is sent or received, so that no line stays in a buffer: whenever
 * connection_receive() has something to return, the descriptor is readable. */
int connection_watch(struct connection *);
/* Writes a line to standard error: the answer does not have the documented form. */
void connection_explain_answer(const struct connection *);

#endif
