/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By which tunnel a packet would leave now: the choice of src/bpf/path_select.h and rule_path.h
 * made again from the same maps, for people who ask.
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

/* A packet that leaves: its flow, and the path to its correspondent. */
struct leaving {
	const struct bindings *bindings;
	const struct abi_subject *direct; /* NULL: there is no such path */
	struct abi_flow_key key;
	nanos now;
};

/* The tunnel of the paths to the correspondent that leaves by the link. */
static const struct abi_tunnel *by_link(const struct leaving *leaving, uint32_t ifindex)
{
	const struct abi_tunnel *found = NULL;

	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		const uint32_t place = leaving->direct->all[i];
		if (place == ABI_NO_TUNNEL)
			continue;
		const struct abi_tunnel *tunnel = &leaving->bindings->tunnels[place];
		if (tunnel->ifindex == ifindex && ifindex != 0 && tunnel->expires > leaving->now &&
			!mapped_tunnel_is_held(tunnel))
			found = tunnel;
	}
	return found;
}

/* `direct`: of the paths to the correspondent, by the same links. */
static const struct abi_tunnel *best_of(
	const struct leaving *leaving, const struct abi_traffic *traffic, bool direct)
{
	const uint64_t flow = flow_hash(&leaving->key);
	const struct abi_tunnel *best = NULL;
	uint64_t highest = 0;

	for (uint32_t i = 0; i < traffic->usable; i++) {
		const struct abi_tunnel *tunnel = &leaving->bindings->tunnels[traffic->order[i]];
		uint64_t its = path_rank(traffic, traffic->equal, i, flow, tunnel);
		if (tunnel->expires <= leaving->now || its <= highest)
			continue;
		if (direct)
			tunnel = by_link(leaving, tunnel->ifindex);
		if (!tunnel)
			continue;
		highest = its;
		best = tunnel;
	}
	return best;
}

/* The tunnel that the flow has had, with keep_flows or without priorities. */
static const struct abi_tunnel *kept_by(const struct dataplane *plane,
	const struct leaving *leaving, const struct abi_traffic *traffic, bool direct)
{
	const struct bindings *bindings = leaving->bindings;
	struct abi_flow_key key = leaving->key;
	struct abi_flow flow;

	key.direct = direct;
	if ((!bindings->keep_flows && !(direct && traffic->equal == 0)) ||
		bpf_map_lookup_elem(bpf_map__fd(plane->programs->maps.flows), &key, &flow) < 0 ||
		flow.tunnel >= bindings->tunnels_max)
		return NULL;
	const struct abi_tunnel *tunnel = &bindings->tunnels[flow.tunnel];
	return tunnel->generation == flow.generation && tunnel->subject == traffic->subject &&
			       tunnel->expires > leaving->now && !mapped_tunnel_is_held(tunnel)
		       ? tunnel
		       : NULL;
}

/* By the own order of a subject. */
static const struct abi_tunnel *by_default(const struct dataplane *plane,
	const struct leaving *leaving, const struct abi_traffic *traffic, bool direct)
{
	const struct abi_tunnel *kept = kept_by(plane, leaving, traffic, direct);

	return kept ? kept : best_of(leaving, traffic, false);
}

static const enum departure_verdict verdicts[] = {
	[ABI_TRAFFIC_TUNNELS] = DEPARTURE_WAITS,
	[ABI_TRAFFIC_DISCARD] = DEPARTURE_DISCARDED,
	[ABI_TRAFFIC_REJECT] = DEPARTURE_REJECTED,
	[ABI_TRAFFIC_SHARED] = DEPARTURE_SHARED,
};

static void leave_by(const struct abi_tunnel *tunnel, bool direct, struct dataplane_departure *ret)
{
	ret->verdict = DEPARTURE_TUNNEL;
	ret->tunnel = tunnel->number;
	ret->bid = tunnel->bid;
	ret->ifindex = tunnel->ifindex;
	ret->direct = direct;
}

static uint32_t place_of(const struct bindings *bindings, const struct abi_subject *subject)
{
	return (uint32_t)(subject - bindings->subjects.at);
}

static const struct abi_traffic *own_traffic(
	const struct bindings *bindings, const struct abi_subject *subject)
{
	return &bindings->rules.traffics[place_of(bindings, subject)];
}

/* The paths between the two addresses, if the host is at this end of them (extension.h: no packet
 * with these headers takes them). */
static const struct abi_subject *paths_of(
	const struct bindings *bindings, const struct flow_key *key, enum abi_side side)
{
	const uint32_t protocol = key->numbers[FLOW_PROTOCOL - FLOW_ADDRESSES];
	const struct abi_subject *subject = subject_table_of(&bindings->subjects,
		&key->addresses[FLOW_DESTINATION], &key->addresses[FLOW_SOURCE]);

	return subject && subject->side == (uint32_t)side && protocol != IPPROTO_AH &&
			       protocol != IPPROTO_MH
		       ? subject
		       : NULL;
}

/* From a correspondent to a mobile node that has bindings here. */
static int departure_to_peer(const struct dataplane *plane, const struct flow_key *key,
	uint32_t interface, struct leaving *leaving, struct dataplane_departure *ret)
{
	const struct bindings *bindings = leaving->bindings;
	const struct abi_subject *subject = paths_of(bindings, key, ABI_SIDE_CORRESPONDENT);
	const struct abi_tunnel *tunnel;

	if (!subject)
		return -ENOENT;
	*ret = (struct dataplane_departure){0};
	const struct abi_traffic *traffic = rule_table_traffic(
		&bindings->rules, place_of(bindings, subject), key, interface, &ret->rule);
	tunnel = ret->rule == TRAFFIC_DEFAULT ? by_default(plane, leaving, traffic, true)
					      : best_of(leaving, traffic, false);
	if (!tunnel)
		return -ENOENT;
	leave_by(tunnel, true, ret);
	return 0;
}

int dataplane_departure(const struct dataplane *plane, const struct flow_key *key,
	uint32_t interface, nanos now, struct dataplane_departure *ret)
{
	const struct bindings *bindings = &plane->bindings;
	const struct abi_subject *subject =
		subject_table_of_address(&bindings->subjects, &key->addresses[FLOW_DESTINATION]);
	struct leaving leaving = {.bindings = bindings, .key = flow_key_of(key), .now = now};
	const struct abi_tunnel *tunnel = NULL;

	if (!subject)
		return departure_to_peer(plane, key, interface, &leaving, ret);
	*ret = (struct dataplane_departure){0};
	leaving.direct = paths_of(bindings, key, ABI_SIDE_DIRECT);
	const struct abi_traffic *traffic = rule_table_traffic(
		&bindings->rules, place_of(bindings, subject), key, interface, &ret->rule);
	const bool by_rule = ret->rule != TRAFFIC_DEFAULT;
	ret->verdict = verdicts[traffic->mode];
	if (by_rule && traffic->mode != ABI_TRAFFIC_TUNNELS)
		return 0;
	if (leaving.direct)
		tunnel = by_rule ? best_of(&leaving, traffic, true)
				 : by_default(plane, &leaving,
					   own_traffic(bindings, leaving.direct), true);
	if (tunnel) {
		leave_by(tunnel, true, ret);
		return 0;
	}
	if (traffic->mode != ABI_TRAFFIC_TUNNELS)
		return 0;
	tunnel = by_rule ? best_of(&leaving, traffic, false)
			 : by_default(plane, &leaving, traffic, false);
	if (tunnel)
		leave_by(tunnel, false, ret);
	return 0;
}
