/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Update as a packet: RFC 6275 11.7.1, RFC 5648 5.2 to 5.4.
 */
#ifndef MONAMI_CORE_UPDATE_PACKET_H
#define MONAMI_CORE_UPDATE_PACKET_H

#include "../base/core_base.h"
#include "policy.h"
#include "update_list.h"

/* The Binding Identifier option of one item of an update, to the home agent or a correspondent. */
struct opt_bid update_bid_option(
	const struct mobile_node_config *, enum update_kind, const struct update_item *);

/* Writes the packet that says `update`, signed, with the policy's next statement. False, and
 * nothing written of use, if HMAC failed.
 */
bool update_packet_build(const struct core_base *, const struct mobile_node_config *,
	const struct in6_addr *home_agent, const struct update *, const struct policy *,
	struct effect_send *ret);

#endif
