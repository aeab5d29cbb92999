/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Refresh Requests (RFC 6275 6.1.2, 9.5.5; RFC 5648 6.4). A mobile node refreshes a binding
 * by itself when three quarters of the lifetime have passed. If it has not, it is asked when a
 * quarter of the lifetime, or ten seconds if that is less, is left, and once more when half of that
 * is left.
 */
#ifndef MONAMI_CORE_REFRESH_REQUEST_H
#define MONAMI_CORE_REFRESH_REQUEST_H

#include "binding_cache.h"

#define REFRESH_REQUESTS_MAX 2

/* When the next request for a binding of the entry is due; NANOS_NEVER: never. */
nanos refresh_request_next(const struct binding_cache *, const struct binding_entry *);
/* Sends one request for all bindings of the entry that are due. */
void refresh_request_deadline(
	struct binding_cache *, nanos now, struct binding_entry *, struct outbox *);
/* Sends a request for this binding, due or not, if the configuration allows requests. */
void refresh_request_send_one(struct binding_cache *, const struct binding_entry *,
	const struct binding *, struct outbox *);

#endif
