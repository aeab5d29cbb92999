/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question of the home agent to a care-of address: an ICMPv6 echo request (RFC 4443 4.1) with an
 * unguessable cookie and, behind it, the home address, by which the home agent finds the entry.
 */
#ifndef MONAMI_CORE_CARE_OF_QUESTION_H
#define MONAMI_CORE_CARE_OF_QUESTION_H

#include "../base/role.h"
#include "../binding/recovery.h"

/* `identifier`: of the ICMPv6 echo requests. */
void care_of_question_send(uint16_t identifier, const struct binding_entry *,
	const struct recovery_question *, struct outbox *);

/* The home address whose question an ICMPv6 echo reply answers, if it answers one. */
bool care_of_question_home_address(
	uint16_t identifier, const struct received_icmpv6 *, struct in6_addr *ret);

#endif
