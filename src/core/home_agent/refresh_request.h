/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Refresh Requests (RFC 6275 6.1.2, 9.5.5; RFC 5648 6.4): the home agent asks a mobile node
 * to refresh the bindings that will soon expire. A mobile node of its own accord refreshes when
 * three quarters of the lifetime have passed; who has not done so is asked when a quarter of it,
 * or ten seconds if that is less, is left, and once more when half of that is left.
 */
#ifndef MONAMI_CORE_REFRESH_REQUEST_H
#define MONAMI_CORE_REFRESH_REQUEST_H

#include "home_agent.h"

#define REFRESH_REQUESTS_MAX 2

/* Sends one request for all the node's bindings that are due. */
void refresh_request_deadline(struct home_agent *, struct moment, struct node *, struct outbox *);
nanos refresh_request_next(const struct home_agent *, const struct node *);

/* When the mobile node is to be asked for the binding; NANOS_NEVER: no more. */
nanos refresh_request_due(const struct binding *);
/* The request for those that are due, which are counted as asked for. */
void refresh_request_collect(struct bindings *, nanos now, struct message *ret);

#endif
