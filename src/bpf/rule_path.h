/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Rules on route-optimized paths (ADR 66). A mobile node has one set of rules for the traffic by
 * its home agent and by all correspondents: a rule's tunnels to the home agent stand for links, and
 * a packet to a correspondent leaves by the path of the best of these links that has one. At a
 * correspondent each mobile node has rules of its own (RFC 6089 5.3), for the paths to it.
 */
#ifndef MONAMI_BPF_RULE_PATH_H
#define MONAMI_BPF_RULE_PATH_H

#include "path_select.h"

/* The subject of the paths to one correspondent. */
struct direct_paths {
	const struct abi_subject *subject;
	__u32 number;
};

/* The path to the correspondent that leaves by the link, if it may be sent by. */
static __always_inline void find_by_link(
	const struct direct_paths *direct, __u32 place, __u32 ifindex, __u64 now, __u32 *ret_number)
{
	const __u32 number = read_u32(&direct->subject->all[place]);
	const struct abi_tunnel *tunnel = tunnel_get(number);

	if (tunnel && read_u32(&tunnel->ifindex) == ifindex && read_u64(&tunnel->expires) > now &&
		!(read_u8(&tunnel->flags) & ABI_TUNNEL_HELD) &&
		unchanged(tunnel, direct->number, read_u32(&tunnel->generation)))
		*ret_number = number;
}

/* `place`: of a tunnel to the home agent in the order of the rule. */
static __always_inline void consider_link(const struct path *path,
	const struct direct_paths *direct, __u32 place, __u64 flow, struct choice *choice)
{
	const struct abi_tunnel *tunnel = tunnel_get(read_u32(&path->traffic->order[place]));

	if (!tunnel || !may_be_selected(path, tunnel) || read_u32(&tunnel->ifindex) == 0)
		return;
	const __u64 its = path_rank(path->traffic, path->equal, place, flow, tunnel);
	if (its <= choice->highest)
		return;
	choice->found = ABI_NO_TUNNEL;
#pragma unroll
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		VERIFIER_FORGET_MEMORY();
		find_by_link(direct, i, read_u32(&tunnel->ifindex), path->now, &choice->found);
	}
	VERIFIER_FORGET_MEMORY();
	if (choice->found == ABI_NO_TUNNEL)
		return;
	choice->highest = its;
	choice->best = choice->found;
}

static __always_inline __u32 best_direct(
	const struct path *path, const struct direct_paths *direct, __u64 flow)
{
	const __u32 first = 0;
	struct choice *choice = bpf_map_lookup_elem(&choices, &first);

	if (!choice)
		return ABI_NO_TUNNEL;
	*choice = (struct choice){.best = ABI_NO_TUNNEL};
#pragma unroll
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		VERIFIER_FORGET_MEMORY();
		if (is_chosen(path, i, choice))
			break;
		consider_link(path, direct, i, flow, choice);
	}
	VERIFIER_FORGET_MEMORY();
	return choice->best;
}

/*
 * The tunnel by which a packet of the mobile node `subject` leaves to its correspondent, by the
 * rule at `rule` in `traffics`. ABI_NO_TUNNEL: none of the rule's links has a path to it, or the
 * rule sends by none; then the packet is the home agent's.
 */
static __always_inline __u32 rule_path(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 subject, __u32 rule)
{
	struct path path = {.subject_number = subject, .side = ABI_SIDE_DIRECT};
	struct direct_paths direct;
	struct abi_flow_key key;

	if (!(state.roles & ABI_ROLE_ROUTE_OPTIMIZATION) || rule == ABI_NO_TRAFFIC)
		return ABI_NO_TUNNEL;
	direct.subject = subject_of_pair(
		ABI_SIDE_DIRECT, &header->source, &header->destination, &direct.number);
	if (!direct.subject || !path_load(&path, rule) ||
		read_u8(&path.traffic->mode) != ABI_TRAFFIC_TUNNELS)
		return ABI_NO_TUNNEL;
	path.now = bpf_ktime_get_boot_ns();
	flow_key(skb, header, &path, &key);
	return best_direct(&path, &direct, flow_hash(&key));
}

/* The place in `traffics` of the rule by which a packet to the mobile node `subject` leaves;
 * ABI_NO_TRAFFIC: none is for it. */
static __always_inline __u32 rule_to_peer(
	struct __sk_buff *skb, const struct ipv6_header *header, const struct abi_subject *subject)
{
	const __u32 set = read_u32(&subject->rules);

	if (set == ABI_NO_RULES)
		return ABI_NO_TRAFFIC;
	const struct class_packet *packet = class_packet_load(skb, header);
	return packet ? traffic_of(packet, false, set) : ABI_NO_TRAFFIC;
}

#endif
