/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A mobile node's direct ways (RFC 6275 11.3.1, RFC 5648 6): what leaves for a correspondent that
 * has bindings, what goes to a mobile node that has bindings here, and to whom so much goes by the
 * home agent that a direct way is worth it (RFC 6275 11.6.1).
 */
#ifndef MONAMI_BPF_OPTIMIZE_H
#define MONAMI_BPF_OPTIMIZE_H

#include "activity.h"
#include "choice.h"
#include "extension.h"
#include "outer.h"

/* The packet did not leave here. */
#define NOT_HERE TC_ACT_UNSPEC

/* A packet on its way out. */
struct outgoing {
	struct ipv6_header header;
	__u32 octets;
	__u32 largest; /* of it, or of what it is cut into */
	__u64 packets;
	__u64 now;
	struct abi_address care_of; /* of a mobile node that has bindings here */
};

/*
 * The sender is to learn what fits. No node sends smaller packets than any link carries (RFC 8200
 * 5), so that is what it learns of a way that does not carry these with a header of ours, and they
 * go by the home agent.
 */
static __always_inline void tell_too_large(struct __sk_buff *skb, __u32 link_header, __u32 tunnel,
	const struct outgoing *packet, __u32 mtu)
{
	if (packet->largest > MTU_MIN)
		event_too_large(skb, link_header, tunnel, mtu > MTU_MIN ? mtu : MTU_MIN);
}

/* The peer's care-of address for this packet. Its tunnel counts the packet if it is used. */
static __always_inline struct abi_tunnel *peer_of(struct __sk_buff *skb, struct outgoing *packet)
{
	const struct ipv6_header *header = &packet->header;
	struct choice choice = {.now = packet->now, .direct = true};
	struct tunnel_copy copy;

	choice.node = route_of(&header->destination, &header->source, &choice.node_number);
	if (!choice.node || !may_be_extended(skb, header))
		return NULL;
	choice.keep_flows = keeps_flows(&choice);
	struct abi_tunnel *tunnel = choose(skb, header, &choice, &copy);
	if (!tunnel || packet->largest > copy.mtu)
		return NULL;
	packet->care_of = copy.remote;
	return tunnel;
}

static __always_inline void note_sent_to_peer(
	struct abi_tunnel *tunnel, const struct outgoing *packet)
{
	tunnel->sent_at = packet->now;
	count(&tunnel->sent_packets, packet->packets);
	count(&tunnel->sent_octets, packet->octets);
}

/* Nothing need ever come back by the direct way; but the router on the link is the one of the
 * tunnel to the home agent, which is probed. */
static __always_inline __u32 router_proven(const struct tunnel_copy *copy)
{
	const struct abi_link *link = link_of(copy->ifindex);

	return link ? link->proven_s : 0;
}

/* Leaves for the correspondent directly, if there is a way to it: with both headers to one that is
 * a mobile node with bindings here. */
static __always_inline int depart_directly(
	struct __sk_buff *skb, struct outgoing *packet, struct abi_tunnel *peer)
{
	const __u32 more = peer ? ABI_EXTENSION_OCTETS : 0;
	struct ipv6_header *header = &packet->header;
	struct choice choice = {.now = packet->now, .from_home = true, .direct = true};
	struct departure departure;
	struct tunnel_copy copy;

	choice.node = route_of(&header->source, &header->destination, &choice.node_number);
	if (!choice.node || !may_be_extended(skb, header))
		return NOT_HERE;
	choice.keep_flows = keeps_flows(&choice);
	struct abi_tunnel *tunnel = choose(skb, header, &choice, &copy);
	if (!tunnel || copy.ifindex == 0)
		return NOT_HERE;
	if (packet->largest + more > copy.mtu) {
		tell_too_large(skb, config.device_header, copy.number, packet, copy.mtu - more);
		return NOT_HERE;
	}
	bool proven = note_activity(tunnel, copy.number, router_proven(&copy), packet->now);
	if (!extend_departing(
		    skb, config.device_header, header, peer ? &packet->care_of : NULL, &copy.local))
		return drop_sent(ABI_DROP_KERNEL);
	count_sent(tunnel, copy.ifindex, packet->packets, packet->octets);
	if (peer)
		note_sent_to_peer(peer, packet);
	departure_by_link(&copy, proven, &departure);
	return depart_by(skb, &departure);
}

/* ---- whether a direct way is worth it ---- */

static __always_inline struct abi_interest *interest_begin(
	const struct abi_address *peer, __u64 now)
{
	struct abi_worth_key key = {.prefix_length = 8 * sizeof(key.prefix)};
	struct abi_interest interest = {.since = now};

	__builtin_memcpy(key.prefix, peer->octets, sizeof(key.prefix));
	const struct abi_worth *worth = bpf_map_lookup_elem(&worths, &key);
	if (worth)
		interest.worth = *worth;
	if (bpf_map_update_elem(&interests, peer, &interest, BPF_ANY) < 0)
		return NULL;
	return bpf_map_lookup_elem(&interests, peer);
}

static __always_inline bool reaches(__u64 count, __u64 threshold)
{
	return threshold != 0 && count >= threshold;
}

/* Counts packets that go by the home agent, either way. */
static __always_inline void count_interest(
	struct abi_interest *interest, const struct abi_address *peer, __u64 packets, __u64 octets)
{
	if (interest->told != 0)
		return;
	count(&interest->packets, packets);
	count(&interest->octets, octets);
	if (!reaches(interest->packets, interest->worth.packets) &&
		!reaches(interest->octets, interest->worth.octets))
		return;
	interest->told = 1;
	event_busy(peer);
}

static __always_inline void note_interest(const struct outgoing *packet)
{
	const struct abi_address *peer = &packet->header.destination;
	struct abi_interest *interest = bpf_map_lookup_elem(&interests, peer);

	if (!interest || packet->now - interest->since > ABI_INTEREST_NS)
		interest = interest_begin(peer, packet->now);
	if (interest)
		count_interest(interest, peer, packet->packets, packet->octets);
}

/*
 * Anybody can send to the home address, with any source. What comes begins nothing, then (the tests
 * would go to whom a stranger names, and tell him care-of addresses): it counts beside what has
 * gone to the peer. A stream that was worth it goes on being so without, while it lasts.
 */
static __always_inline void note_interest_of(
	const struct abi_address *peer, __u64 packets, __u64 octets, __u64 now)
{
	struct abi_interest *interest = bpf_map_lookup_elem(&interests, peer);

	if (!interest)
		return;
	const __u64 age = now - interest->since;
	if (age > ABI_INTEREST_NS) {
		if (interest->told == 0 || age > 2 * ABI_INTEREST_NS)
			return;
		interest = interest_begin(peer, now);
	}
	if (interest)
		count_interest(interest, peer, packets, octets);
}

#endif
