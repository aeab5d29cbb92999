/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Neighbour Discovery that a mobile node does for itself, as frames on one link: it asks with
 * the unspecified source address, since its home address may be the home agent's to defend, and
 * says whose the home address is when it has returned (RFC 6275 11.5.5).
 */
#ifndef MONAMI_CORE_SOLICITATION_H
#define MONAMI_CORE_SOLICITATION_H

#include "link.h"

/* RFC 4861 4.1 */
void router_solicitation_build(const struct link *, struct effect_send *ret);
/* RFC 4861 4.3 */
void neighbour_solicitation_build(
	const struct link *, const struct in6_addr *target, struct effect_send *ret);
/* RFC 4861 4.4, 7.2.6: to all nodes, unsolicited */
void neighbour_advertisement_build(
	const struct link *, const struct in6_addr *target, struct effect_send *ret);

#endif
