/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Chooses the tunnel by which a packet of a subject leaves: the best one; among equally good ones,
 * the one with the greatest weight for its flow (flow_hash.h); with keep_flows, the one that its
 * flow used before.
 */
#ifndef MONAMI_BPF_PATH_SELECT_H
#define MONAMI_BPF_PATH_SELECT_H

#include "flow_hash.h"
#include "tunnel.h"

struct path {
	const struct abi_subject *subject;
	__u32 subject_number;
	__u32 usable;
	__u32 equal;
	__u64 now;
	enum abi_side side;
	bool keep_flows; /* a flow leaves its tunnel only when that goes */
};

/* Extension headers hide the ports: packets with them between two nodes are one flow. */
static __always_inline void flow_key(struct __sk_buff *skb, const struct ipv6_header *inner,
	const struct path *path, struct abi_flow_key *ret)
{
	const bool from_home = ABI_SIDE_IS_MOBILE(path->side);
	__u16 ports[2] = {0, 0};

	if (inner->next_header == NEXT_HEADER_TCP || inner->next_header == NEXT_HEADER_UDP)
		packet_load(skb, sizeof(*inner), ports, sizeof(ports));
	__builtin_memset(ret, 0, sizeof(*ret));
	ret->protocol = inner->next_header;
	ret->direct = ABI_SIDE_HAS_PEER(path->side);
	ret->home_address = from_home ? inner->source : inner->destination;
	ret->other = from_home ? inner->destination : inner->source;
	ret->home_port_be = from_home ? ports[0] : ports[1];
	ret->other_port_be = from_home ? ports[1] : ports[0];
}

/* The tunnel with the highest rank is used. A rank is never 0. */
static __always_inline __u64 rank(
	const struct path *path, __u32 place, __u64 flow, const struct abi_tunnel *tunnel)
{
	const __u64 first = ABI_TUNNELS_PER_SUBJECT - place;

	/* RFC 5648 3: without any policy, the binding last verified by receiving packets. */
	if (path->equal == 0)
		return (read_u64(&tunnel->received_at) * (2 * ABI_TUNNELS_PER_SUBJECT)) + first;
	/* The top bit: the equally good ones come before all others. */
	if (path->equal > 1 && place < path->equal)
		return (flow_weight(flow, read_u16(&tunnel->bid)) >> 1) | (1ull << 63);
	return first;
}

static __always_inline bool may_be_selected(
	const struct path *path, const struct abi_tunnel *tunnel)
{
	return read_u64(&tunnel->expires) > path->now &&
	       unchanged(tunnel, path->subject_number, read_u32(&tunnel->generation));
}

static __always_inline __u32 best_of(const struct path *path, __u64 flow)
{
	__u32 best = ABI_NO_TUNNEL;
	__u64 highest = 0;

#pragma unroll
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		/* The tunnels that follow are worse, unless no preference is known. */
		if (i >= path->usable || (i >= path->equal && path->equal != 0 && highest != 0))
			break;
		__u32 number = read_u32(&path->subject->rule.order[i]);
		const struct abi_tunnel *tunnel = tunnel_get(number);
		if (!tunnel || !may_be_selected(path, tunnel))
			continue;
		__u64 its = rank(path, i, flow, tunnel);
		if (its > highest) {
			highest = its;
			best = number;
		}
	}
	return best;
}

static __always_inline struct abi_tunnel *path_select_best(
	const struct path *path, __u64 flow, struct tunnel_copy *ret)
{
	return tunnel_read(best_of(path, flow), path->subject_number, path->now, ret);
}

/* The tunnel that the flow has had, if it may still be sent by. */
static __always_inline struct abi_tunnel *path_select_kept(
	const struct path *path, const struct abi_flow_key *key, struct tunnel_copy *ret)
{
	const struct abi_flow *flow = bpf_map_lookup_elem(&flows, key);

	if (!flow)
		return NULL;
	__u32 generation = flow->generation;
	struct abi_tunnel *tunnel = tunnel_read(flow->tunnel, path->subject_number, path->now, ret);
	return tunnel && ret->generation == generation && !(ret->flags & ABI_TUNNEL_HELD) ? tunnel
											  : NULL;
}

static __always_inline void path_keep(
	const struct abi_flow_key *key, const struct tunnel_copy *tunnel)
{
	struct abi_flow flow = {
		.tunnel = tunnel->number,
		.generation = tunnel->generation,
	};

	bpf_map_update_elem(&flows, key, &flow, BPF_ANY);
}

/* At a correspondent the bindings may have no priorities, and several are in use at once: each flow
 * then keeps its binding, and does not follow the packets of other flows to another one. */
static __always_inline bool keeps_flows(const struct path *path)
{
	return config.keep_flows || read_u32(&path->subject->rule.equal) == 0;
}

static __always_inline struct abi_tunnel *path_select(struct __sk_buff *skb,
	const struct ipv6_header *inner, struct path *path, struct tunnel_copy *ret)
{
	struct abi_tunnel *tunnel;
	struct abi_flow_key key;

	path->usable = read_u32(&path->subject->rule.usable);
	path->equal = read_u32(&path->subject->rule.equal);
	if (path->equal <= 1 && !path->keep_flows)
		return path_select_best(path, 0, ret);
	flow_key(skb, inner, path, &key);
	if (path->keep_flows) {
		tunnel = path_select_kept(path, &key, ret);
		if (tunnel)
			return tunnel;
	}
	tunnel = path_select_best(path, flow_hash(&key), ret);
	if (tunnel && path->keep_flows)
		path_keep(&key, ret);
	return tunnel;
}

#endif
