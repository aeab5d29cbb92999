/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which of a node's tunnels a packet leaves by: the best one; among equally good ones, or where
 * flows are to be kept, the one that its flow has had.
 */
#ifndef MONAMI_BPF_CHOICE_H
#define MONAMI_BPF_CHOICE_H

#include "tunnel.h"

struct choice {
	const struct abi_node *node;
	__u32 node_number;
	__u32 usable;
	__u32 equal;
	__u64 now;
	bool from_home;  /* the packets' source is the home address; else their destination is */
	bool keep_flows; /* a flow leaves its tunnel only when that goes */
	bool direct; /* of a way without the home agent, where flows have bindings of their own */
};

static __always_inline __u32 at_most_all(__u32 count)
{
	return count < ABI_TUNNELS_PER_NODE ? count : ABI_TUNNELS_PER_NODE;
}

/* Extension headers hide the ports: such packets of two nodes are one flow. */
static __always_inline void flow_key(struct __sk_buff *skb, const struct ipv6_header *inner,
	const struct choice *choice, struct abi_flow_key *ret)
{
	const bool from_home = choice->from_home;
	__u16 ports[2] = {0, 0};

	if (inner->next_header == NEXT_HEADER_TCP || inner->next_header == NEXT_HEADER_UDP)
		packet_load(skb, sizeof(*inner), ports, sizeof(ports));
	__builtin_memset(ret, 0, sizeof(*ret));
	ret->protocol = inner->next_header;
	ret->direct = choice->direct;
	ret->home_address = from_home ? inner->source : inner->destination;
	ret->other = from_home ? inner->destination : inner->source;
	ret->home_port_be = from_home ? ports[0] : ports[1];
	ret->other_port_be = from_home ? ports[1] : ports[0];
}

/* FNV-1a over words, its upper half folded in. It spreads flows; it keeps no secrets. */
static __always_inline __u32 flow_hash(const struct abi_flow_key *key)
{
	const __u32 *words = (const __u32 *)key;
	__u32 hash = 2166136261u;

	for (unsigned int i = 0; i < sizeof(*key) / sizeof(*words); i++)
		hash = (hash ^ words[i]) * 16777619u;
	hash ^= hash >> 16;
	return (hash * 0x85ebca6bu) >> 16;
}

/* Whether the flow may stay: its tunnel is still one of the first `among`. */
static __always_inline bool still_among(const struct choice *choice, __u32 number, __u32 among)
{
	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		if (i < among && read_u32(&choice->node->order[i]) == number)
			return true;
	}
	return false;
}

static __always_inline struct abi_tunnel *choose_first(
	const struct choice *choice, struct tunnel_copy *ret)
{
	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		if (i >= choice->usable)
			break;
		struct abi_tunnel *tunnel = tunnel_read(
			read_u32(&choice->node->order[i]), choice->node_number, choice->now, ret);
		if (tunnel)
			return tunnel;
	}
	return NULL;
}

/* RFC 5648 3: without any policy, the binding last verified by receiving packets. */
static __always_inline struct abi_tunnel *choose_last_heard(
	const struct choice *choice, struct tunnel_copy *ret)
{
	__u64 heard = 0;
	__u32 best = ABI_NO_TUNNEL;

	for (int i = 0; i < ABI_TUNNELS_PER_NODE; i++) {
		if (i >= choice->usable)
			break;
		__u32 number = read_u32(&choice->node->order[i]);
		const struct abi_tunnel *tunnel = tunnel_get(number);
		if (!tunnel || tunnel->received_at <= heard ||
			read_u64(&tunnel->expires) <= choice->now)
			continue;
		heard = tunnel->received_at;
		best = number;
	}
	struct abi_tunnel *tunnel = tunnel_read(best, choice->node_number, choice->now, ret);
	return tunnel ? tunnel : choose_first(choice, ret);
}

static __always_inline struct abi_tunnel *choose_kept(
	const struct choice *choice, const struct abi_flow_key *key, struct tunnel_copy *ret)
{
	const struct abi_flow *flow = bpf_map_lookup_elem(&flows, key);
	__u32 among = choice->keep_flows ? choice->usable : choice->equal;
	struct abi_tunnel *tunnel;

	if (!flow)
		return NULL;
	__u32 generation = flow->generation;
	if (!still_among(choice, flow->tunnel, among))
		return NULL;
	tunnel = tunnel_read(flow->tunnel, choice->node_number, choice->now, ret);
	return tunnel && ret->generation == generation ? tunnel : NULL;
}

static __always_inline struct abi_tunnel *choose_new(
	const struct choice *choice, const struct abi_flow_key *key, struct tunnel_copy *ret)
{
	__u32 place = choice->equal > 1 ? flow_hash(key) % choice->equal : 0;
	struct abi_tunnel *tunnel = NULL;

	if (choice->equal == 0)
		tunnel = choose_last_heard(choice, ret);
	else if (place < ABI_TUNNELS_PER_NODE)
		tunnel = tunnel_read(read_u32(&choice->node->order[place]), choice->node_number,
			choice->now, ret);
	if (!tunnel)
		tunnel = choose_first(choice, ret);
	if (tunnel) {
		struct abi_flow flow = {
			.tunnel = ret->number,
			.generation = ret->generation,
		};
		bpf_map_update_elem(&flows, key, &flow, BPF_ANY);
	}
	return tunnel;
}

/* At a correspondent nobody may have said which binding is best, and several are in use at once:
 * then packets of one flow do not follow those of others from address to address. */
static __always_inline bool keeps_flows(const struct choice *choice)
{
	return config.keep_flows || read_u32(&choice->node->equal) == 0;
}

static __always_inline struct abi_tunnel *choose(struct __sk_buff *skb,
	const struct ipv6_header *inner, struct choice *choice, struct tunnel_copy *ret)
{
	struct abi_tunnel *tunnel;
	struct abi_flow_key key;

	choice->usable = at_most_all(read_u32(&choice->node->usable));
	choice->equal = at_most_all(read_u32(&choice->node->equal));
	if (choice->equal == 0 && !choice->keep_flows)
		return choose_last_heard(choice, ret);
	if (choice->equal == 1 && !choice->keep_flows)
		return choose_first(choice, ret);
	flow_key(skb, inner, choice, &key);
	tunnel = choose_kept(choice, &key, ret);
	return tunnel ? tunnel : choose_new(choice, &key, ret);
}

#endif
