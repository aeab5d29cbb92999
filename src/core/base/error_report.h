/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors about a packet that a node cannot accept: Binding Error (RFC 6275 9.3.1, 9.3.3) and the
 * ICMPv6 Parameter Problem of RFC 6275 9.2. Rate-limited, to unicast addresses only, and
 * independent of bindings.
 */
#ifndef MONAMI_CORE_ERROR_REPORT_H
#define MONAMI_CORE_ERROR_REPORT_H

#include "role.h"
#include "source_limit.h"

/* RFC 6275 6.1.9 */
#define BE_UNKNOWN_BINDING 1
#define BE_UNKNOWN_MESSAGE 2

/* Each of these returns the answer in the outbox, so that a role can say by which link it leaves;
 * NULL: none was sent, or a mobile node has sent it from its home address. */
struct effect_send *binding_error_send(struct core_base *, const struct arrival *,
	const struct packet *, uint8_t status, struct outbox *);

/*
 * A Binding Error with status 1, never larger than the packet that caused it. Limited for each
 * source only: a mobile node whose binding is lost loses packets until it gets the error, and
 * forged sources must not prevent that.
 */
struct effect_send *unknown_binding_send(struct core_base *, struct source_limit *,
	const struct arrival *, const struct packet *, struct outbox *);

/* `at` is the offset of the field that is wrong in the packet that arrived. */
struct effect_send *parameter_problem_send(struct core_base *, const struct arrival *,
	const struct packet *, size_t at, struct outbox *);

/* Tells a care-of address that was bound to the home address that `own` has no such binding. */
void lost_binding_send(struct core_base *, const struct in6_addr *own,
	const struct in6_addr *care_of, const struct in6_addr *home_address, struct outbox *);

#endif
