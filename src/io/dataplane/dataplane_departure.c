/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By which tunnel a packet would leave now: the choice of src/bpf/path_select.h made again from the
 * same maps, for people who ask.
 */
#include "dataplane_internal.h"
#include "mapped_tunnel.h"

#include "../../bpf/path_rank.h"

#include <bpf/bpf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

static struct abi_flow_key flow_key_of(const struct flow_key *key)
{
	struct abi_flow_key ret = {
		.home_port_be =
			htobe16((uint16_t)key->numbers[FLOW_DESTINATION_PORT - FLOW_ADDRESSES]),
		.other_port_be = htobe16((uint16_t)key->numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES]),
		.protocol = (uint8_t)key->numbers[FLOW_PROTOCOL - FLOW_ADDRESSES],
	};

	/* As the programs: they know the ports of these two only. */
	if (ret.protocol != IPPROTO_TCP && ret.protocol != IPPROTO_UDP)
		ret.home_port_be = ret.other_port_be = 0;
	map_address_copy(&ret.home_address, &key->addresses[FLOW_DESTINATION]);
	map_address_copy(&ret.other, &key->addresses[FLOW_SOURCE]);
	return ret;
}

static const struct abi_tunnel *best_of(const struct bindings *bindings,
	const struct abi_traffic *traffic, const struct abi_flow_key *key, nanos now)
{
	const uint64_t flow = flow_hash(key);
	const struct abi_tunnel *best = NULL;
	uint64_t highest = 0;

	for (uint32_t i = 0; i < traffic->usable; i++) {
		const struct abi_tunnel *tunnel = &bindings->tunnels[traffic->order[i]];
		uint64_t its = path_rank(traffic, traffic->equal, i, flow, tunnel);
		if (tunnel->expires <= now || its <= highest)
			continue;
		highest = its;
		best = tunnel;
	}
	return best;
}

/* The tunnel that the flow has had, with keep_flows. */
static const struct abi_tunnel *kept_by(
	const struct dataplane *plane, uint32_t subject, const struct abi_flow_key *key, nanos now)
{
	const struct bindings *bindings = &plane->bindings;
	struct abi_flow flow;

	if (!bindings->keep_flows ||
		bpf_map_lookup_elem(bpf_map__fd(plane->programs->maps.flows), key, &flow) < 0 ||
		flow.tunnel >= bindings->tunnels_max)
		return NULL;
	const struct abi_tunnel *tunnel = &bindings->tunnels[flow.tunnel];
	return tunnel->generation == flow.generation && tunnel->subject == subject &&
			       tunnel->expires > now && !mapped_tunnel_is_held(tunnel)
		       ? tunnel
		       : NULL;
}

static const enum departure_verdict verdicts[] = {
	[ABI_TRAFFIC_TUNNELS] = DEPARTURE_WAITS,
	[ABI_TRAFFIC_DISCARD] = DEPARTURE_DISCARDED,
	[ABI_TRAFFIC_REJECT] = DEPARTURE_REJECTED,
	[ABI_TRAFFIC_SHARED] = DEPARTURE_SHARED,
};

int dataplane_departure(const struct dataplane *plane, const struct flow_key *key,
	uint32_t interface, nanos now, struct dataplane_departure *ret)
{
	const struct bindings *bindings = &plane->bindings;
	const struct abi_subject *subject =
		subject_table_of_address(&bindings->subjects, &key->addresses[FLOW_DESTINATION]);
	const struct abi_flow_key flow = flow_key_of(key);
	const struct abi_tunnel *tunnel = NULL;

	if (!subject)
		return -ENOENT;
	const uint32_t place = (uint32_t)(subject - bindings->subjects.at);
	*ret = (struct dataplane_departure){0};
	const struct abi_traffic *traffic =
		rule_table_traffic(&bindings->rules, place, key, interface, &ret->rule);
	ret->verdict = verdicts[traffic->mode];
	if (traffic->mode != ABI_TRAFFIC_TUNNELS)
		return 0;
	if (ret->rule == TRAFFIC_DEFAULT)
		tunnel = kept_by(plane, place, &flow, now);
	if (!tunnel)
		tunnel = best_of(bindings, traffic, &flow, now);
	if (!tunnel)
		return 0;
	ret->verdict = DEPARTURE_TUNNEL;
	ret->tunnel = tunnel->number;
	ret->bid = tunnel->bid;
	return 0;
}
