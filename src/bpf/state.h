/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The variable that the daemon changes while the programs run: the host's roles and the addresses
 * that come with them. One host may have every role at once (ADR 43).
 */
#ifndef MONAMI_BPF_STATE_H
#define MONAMI_BPF_STATE_H

#include "maps.h"
#include "packet.h"

static __always_inline bool is_unspecified(const struct abi_address *address)
{
	const __u64 *x = (const __u64 *)address->octets;

	return (x[0] | x[1]) == 0;
}

/* Whether the addresses of `state` are as they were when `generation` was read. */
static __always_inline bool state_is_unchanged(__u32 generation)
{
	return generation % 2 == 0 && state.generation == generation;
}

/* Whether the address of `state` is this one. False while the address is absent or being
 * written. */
static __always_inline bool state_address_is(
	const volatile struct abi_address *known, const struct abi_address *address)
{
	const __u32 generation = state.generation;

	return address_equal(known, address) && !is_unspecified(address) &&
	       state_is_unchanged(generation);
}

/* Whether the host is a home agent with this address. */
static __always_inline bool is_own_home_agent(const struct abi_address *address)
{
	return (state.roles & ABI_ROLE_HOME_AGENT) && state_address_is(&state.home_agent, address);
}

/* Whether this is the home agent of a mobile node on this host. */
static __always_inline bool is_agent_of_mobile_node(const struct abi_address *address)
{
	const __u32 generation = state.generation;
	bool found = false;

	if (!(state.roles & ABI_ROLE_MOBILE_NODE))
		return false;
#pragma unroll
	for (int i = 0; i < ABI_MOBILE_NODES_MAX; i++) {
		if (i >= state.home_agents_count)
			break;
		if (address_equal(&state.home_agents[i], address)) {
			found = true;
			break;
		}
	}
	return found && !is_unspecified(address) && state_is_unchanged(generation);
}

#endif
