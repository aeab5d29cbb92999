/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node says of a packet that it cannot take: Binding Error (RFC 6275 9.3.1, 9.3.3) and the
 * ICMPv6 Parameter Problem of RFC 6275 9.2. Rate-limited, to unicast addresses only, and without a
 * look at any binding.
 */
#ifndef MONAMI_CORE_ERROR_REPORT_H
#define MONAMI_CORE_ERROR_REPORT_H

#include "role.h"
#include "source_limit.h"

/* RFC 6275 6.1.9 */
#define BE_UNKNOWN_BINDING 1
#define BE_UNKNOWN_MESSAGE 2

void binding_error_send(struct core *, const struct arrival *, const struct packet *,
	uint8_t status, struct outbox *);

/*
 * The Binding Error of a correspondent, never larger than the packet that caused it. Limited for
 * each source only: a mobile node whose binding is lost sends into nothing until it is told, and
 * forged sources must not keep it from that.
 */
void unknown_binding_send(struct core *, struct source_limit *, const struct arrival *,
	const struct packet *, struct outbox *);

/* The same to a care-of address of this home address that was bound, when `own` takes no more. */
void lost_binding_send(struct core *, const struct in6_addr *own, const struct in6_addr *care_of,
	const struct in6_addr *home_address, struct outbox *);

/* `at` is the offset of the field that is wrong in the packet that arrived. */
void parameter_problem_send(
	struct core *, const struct arrival *, const struct packet *, size_t at, struct outbox *);

#endif
