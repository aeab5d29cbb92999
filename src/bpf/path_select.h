/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Chooses the tunnel by which a packet of a subject leaves: of those of the packet's rule
 * (classify.h), or of the subject's own if it is for none, the best one; among equally good ones,
 * the one with the greatest weight for its flow (flow_hash.h, flow_share.h); with keep_flows, the
 * one that its flow used before.
 */
#ifndef MONAMI_BPF_PATH_SELECT_H
#define MONAMI_BPF_PATH_SELECT_H

#include "classify.h"
#include "path_rank.h"
#include "tunnel.h"

struct path {
	const struct abi_subject *subject;
	__u32 subject_number;
	const struct abi_traffic *traffic; /* path_load() */
	__u32 usable;
	__u32 equal;
	__u32 known; /* what monami_classify has chosen, if `usable` is 0 */
	__u64 now;
	enum abi_side side;
	bool keep_flows; /* a flow leaves its tunnel only when that goes */
};

/* In the memory of a map, of which the verifier knows nothing: all ways through a step end in one
 * state (ADR 26). */
struct choice {
	__u64 highest;
	__u32 best;
	__u32 found; /* rule_path.h */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct choice);
} choices SEC(".maps");

/* What monami_classify has written there; ABI_NO_TRAFFIC, which is ABI_NO_TUNNEL, if nothing, or if
 * it is not attached. */
static __always_inline __u32 classified(const struct __sk_buff *skb, enum abi_cb word)
{
	return skb->cb[ABI_CB_MARKED] == ABI_CB_MARK ? skb->cb[word] : ABI_NO_TRAFFIC;
}

/* The place in `traffics` of the rule that the packet is for, or the subject's own. `rule`:
 * ABI_NO_TRAFFIC, if there is none. */
static __always_inline __u32 traffic_place(const struct path *path, __u32 rule)
{
	const __u32 first = 0;
	struct choice *choice = bpf_map_lookup_elem(&choices, &first);

	if (!choice)
		return path->subject_number;
	choice->best = path->subject_number;
	if (read_u32(&path->subject->rules) != ABI_NO_RULES && rule != ABI_NO_TRAFFIC)
		choice->best = rule;
	VERIFIER_FORGET_MEMORY();
	return choice->best;
}

/* `place`: of the packet's rule, or of the subject. False: it is not the subject's. */
static __always_inline bool path_load(struct path *path, __u32 place)
{
	path->traffic = bpf_map_lookup_elem(&traffics, &place);
	if (!path->traffic || read_u32(&path->traffic->subject) != path->subject_number)
		return false;
	path->known = ABI_NO_TUNNEL;
	path->usable = read_u32(&path->traffic->usable);
	path->equal = read_u32(&path->traffic->equal);
	return true;
}

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

static __always_inline bool may_be_selected(
	const struct path *path, const struct abi_tunnel *tunnel)
{
	return read_u64(&tunnel->expires) > path->now &&
	       unchanged(tunnel, path->subject_number, read_u32(&tunnel->generation));
}

/* The tunnels that follow are worse, unless no preference is known. */
static __always_inline bool is_chosen(
	const struct path *path, __u32 place, const struct choice *choice)
{
	return place >= path->usable ||
	       (place >= path->equal && path->equal != 0 && choice->highest != 0);
}

static __always_inline void consider(
	const struct path *path, __u32 place, __u64 flow, struct choice *choice)
{
	const __u32 number = read_u32(&path->traffic->order[place]);
	const struct abi_tunnel *tunnel = tunnel_get(number);

	if (!tunnel || !may_be_selected(path, tunnel))
		return;
	const __u64 its = path_rank(path->traffic, path->equal, place, flow, tunnel);
	if (its > choice->highest) {
		choice->highest = its;
		choice->best = number;
	}
}

static __always_inline __u32 best_of(const struct path *path, __u64 flow)
{
	const __u32 first = 0;
	struct choice *choice = bpf_map_lookup_elem(&choices, &first);

	if (!choice)
		return ABI_NO_TUNNEL;
	*choice = (struct choice){.best = path->known};
#pragma unroll
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		VERIFIER_FORGET_MEMORY();
		if (is_chosen(path, i, choice))
			break;
		consider(path, i, flow, choice);
	}
	VERIFIER_FORGET_MEMORY();
	return choice->best;
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
	return config.keep_flows || path->equal == 0;
}

static __always_inline struct abi_tunnel *path_select(struct __sk_buff *skb,
	const struct ipv6_header *inner, struct path *path, struct tunnel_copy *ret)
{
	struct abi_tunnel *tunnel;
	struct abi_flow_key key;

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
