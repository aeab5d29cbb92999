/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The data plane: IPv6 in IPv6 (RFC 2473) between home agent and mobile node, RFC
 * 6275 10.4.2, 10.4.5 and 11.3, RFC 5648 6.5. Two programs for tc:
 *
 *   monami_encapsulate  egress of monami0: home address -> tunnel -> outer header -> away; by the
 *                       home link without outer header
 *   monami_receive      ingress of every link: signalling to the daemon, tunnelled data out of its
 *                       outer header to monami0, all else left alone; of Neighbour Discovery the
 *                       daemon hears too
 *
 * What needs a decision goes to the daemon: from the egress by going on to the TUN device, from the
 * ingress by the ring buffer. There are no protocol states here.
 */
#include "choice.h"
#include "chain.h"
#include "congestion.h"
#include "count.h"
#include "event.h"
#include "home_link.h"
#include "icmpv6.h"
#include "outer.h"
#include "tunnel.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* ---- egress of monami0 ---- */

/* Packets that no tunnel is for, and no error either. */
static __always_inline bool is_local(const struct abi_address *destination)
{
	return destination->octets[0] == 0xff ||
	       (destination->octets[0] == 0xfe && (destination->octets[1] & 0xc0) == 0x80);
}

/* Octets of the largest packet on the wire that this one is or is cut into; 0: cannot tell. */
static __always_inline __u32 largest_octets(
	struct __sk_buff *skb, const struct ipv6_header *inner, __u32 octets)
{
	__u8 data_offset;

	if (skb->gso_size == 0)
		return octets;
	if (inner->next_header == NEXT_HEADER_UDP)
		return sizeof(*inner) + 8 + skb->gso_size;
	if (inner->next_header != NEXT_HEADER_TCP ||
		!packet_load(skb, sizeof(*inner) + 12, &data_offset, sizeof(data_offset)))
		return 0;
	return sizeof(*inner) + (data_offset >> 4) * 4 + skb->gso_size;
}

/* Sent by a moment ago; and received from, or a probe answered, not long ago. */
#define PROVEN_NS (10 * ABI_IDLE_NS)

/* Returns whether the tunnel is known to carry. */
static __always_inline bool note_activity(struct abi_tunnel *tunnel, __u32 number, __u64 now)
{
	bool idle = now - tunnel->sent_at > ABI_IDLE_NS;
	bool heard = now - tunnel->received_at < PROVEN_NS ||
		     (__u32)(now / NS_PER_S) - tunnel->proven_s < PROVEN_NS / NS_PER_S;

	if (config.mobile_node && idle)
		event_active(number);
	tunnel->sent_at = now;
	return !idle && heard;
}

/* A stream that only comes down is watched too. */
static __always_inline void note_reception(struct abi_tunnel *tunnel, __u32 number, __u64 now)
{
	if (config.mobile_node && now - tunnel->received_at > ABI_IDLE_NS)
		event_active(number);
	tunnel->received_at = now;
}

/* RFC 2473 7.1: the route carries less than was thought of the tunnel. The daemon answers. */
static __always_inline int too_big_for_route(
	struct abi_tunnel *tunnel, const struct departure *departure)
{
	const __u32 outer = sizeof(struct ipv6_header);

	tunnel->mtu = departure->mtu > MTU_MIN + outer ? departure->mtu - outer : MTU_MIN;
	return TC_ACT_OK;
}

static __always_inline int depart(struct __sk_buff *skb, const struct ipv6_header *inner,
	__u32 octets, __u32 largest, struct abi_tunnel *tunnel, const struct tunnel_copy *copy,
	__u64 now)
{
	bool proven = note_activity(tunnel, copy->number, now);
	__u64 packets = packet_count(skb);
	struct departure departure;

	if (copy->flags & ABI_TUNNEL_HOME_LINK) {
		if (!home_link_prepare(skb, copy))
			return drop_sent(ABI_DROP_KERNEL);
		count_sent(tunnel, copy->ifindex, packets, octets);
		return depart_by_home_link(copy);
	}
	long result = departure_of(skb, copy, largest + sizeof(*inner), proven, now, &departure);
	if (result == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		return too_big_for_route(tunnel, &departure);
	if (result != BPF_FIB_LKUP_RET_SUCCESS)
		return drop_sent(ABI_DROP_NO_ROUTE);
	if (!outer_make_room(skb) || !outer_write(skb, inner, copy, octets) ||
		!outer_add_link_header(skb))
		return drop_sent(ABI_DROP_KERNEL);
	count_sent(tunnel, departure.ifindex, packets, octets);
	return depart_by(&departure);
}

SEC("tc")
int monami_encapsulate(struct __sk_buff *skb)
{
	struct choice choice = {.now = bpf_ktime_get_ns()};
	struct tunnel_copy copy;
	struct ipv6_header inner;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) || !packet_load_header(skb, 0, &inner))
		return TC_ACT_OK;
	if (is_local(&inner.destination))
		return TC_ACT_SHOT;
	choice.node = node_of(
		config.mobile_node ? &inner.source : &inner.destination, &choice.node_number);
	if (!choice.node)
		return TC_ACT_OK;
	struct abi_tunnel *tunnel = choose(skb, &inner, &choice, &copy);
	if (!tunnel)
		return TC_ACT_OK;
	__u32 octets = skb->len - config.device_header;
	__u32 largest = largest_octets(skb, &inner, octets);
	if (largest == 0 || largest > copy.mtu || octets > OUTER_OCTETS_MAX)
		return TC_ACT_OK;
	return depart(skb, &inner, octets, largest, tunnel, &copy, choice.now);
}

/* ---- ingress of the links ---- */

/* The home address has a binding, and the outer packet came by one of its tunnels (RFC 6275 10.4.5:
 * no packet is let through whose source has not registered the care-of address). */
static __always_inline struct abi_tunnel *tunnel_of(const struct ipv6_header *outer,
	const struct ipv6_header *inner, __u64 now, __u32 *ret_number, enum abi_drop *ret_reason)
{
	struct abi_tunnel *tunnel;
	__u32 number;

	const struct abi_node *node =
		node_of(config.mobile_node ? &inner->destination : &inner->source, &number);
	*ret_reason = ABI_DROP_UNKNOWN_HOME_ADDRESS;
	if (!node)
		return NULL;
	*ret_reason = ABI_DROP_WRONG_CARE_OF_ADDRESS;
	tunnel = tunnel_accepting(node, number, outer, ret_number);
	if (!tunnel)
		return NULL;
	*ret_reason = ABI_DROP_EXPIRED;
	return read_u64(&tunnel->expires) > now ? tunnel : NULL;
}

/* The kernel's own reading of the inner header begins where `outer_octets` end. */
static __always_inline bool strip(struct __sk_buff *skb, __u32 outer_octets)
{
	return bpf_skb_adjust_room(skb, -(__s32)outer_octets, BPF_ADJ_ROOM_MAC,
		       BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET) == 0;
}

static __always_inline int decapsulate(
	struct __sk_buff *skb, const struct ipv6_header *outer, __u32 outer_octets)
{
	__u64 packets = packet_count(skb);
	__u64 now = bpf_ktime_get_ns();
	struct ipv6_header inner;
	enum abi_drop reason;
	__u32 congestion, number;

	if (!packet_load_header(skb, outer_octets, &inner))
		return drop_received(skb, ABI_DROP_MALFORMED);
	struct abi_tunnel *tunnel = tunnel_of(outer, &inner, now, &number, &reason);
	if (!tunnel)
		return drop_received(skb, reason);
	struct abi_link *link = link_of(skb->ifindex);
	if (!link)
		return drop_received(skb, ABI_DROP_KERNEL);
	if (!congestion_combine(congestion_of(&inner), congestion_of(outer), &congestion))
		return drop_received(skb, ABI_DROP_CONGESTION);
	if (!strip(skb, outer_octets))
		return drop_received(skb, ABI_DROP_KERNEL);
	if (congestion != congestion_of(&inner) &&
		!congestion_write(skb, link->header_octets, &inner, congestion))
		return drop_received(skb, ABI_DROP_KERNEL);
	note_reception(tunnel, number, now);
	count_received(tunnel, link, packets, skb->len - link->header_octets);
	return bpf_redirect(config.device, BPF_F_INGRESS);
}

/* Whether the packet is between home agent and mobile node, whatever it carries. */
static __always_inline bool is_ours(const struct ipv6_header *header)
{
	return state_address_is(
		&state.home_agent, config.mobile_node ? &header->source : &header->destination);
}

/* A fragment that, put together again, may be something that is taken otherwise. */
static __always_inline bool hides_ours(const struct chain *chain)
{
	return chain->home_address_option || chain->type_2_routing ||
	       chain->protocol == NEXT_HEADER_MOBILITY || chain->protocol == NEXT_HEADER_IPV6 ||
	       chain->protocol == NEXT_HEADER_DESTINATION || chain->protocol == NEXT_HEADER_ROUTING;
}

static __always_inline bool is_signalling(const struct chain *chain)
{
	return chain->home_address_option || chain->type_2_routing ||
	       chain->protocol == NEXT_HEADER_MOBILITY;
}

SEC("tc")
int monami_receive(struct __sk_buff *skb)
{
	struct ipv6_header header;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) || !packet_load_header(skb, 0, &header))
		return TC_ACT_OK;
	bool ours = is_ours(&header);
	if (!ours && !config.mobile_node && header.next_header != NEXT_HEADER_ICMPV6)
		return TC_ACT_OK;
	struct chain chain = chain_walk(skb, &header);
	/* RFC 6275 6.4: to a mobile node, whoever sends it. */
	if (config.mobile_node && chain.type_2_routing)
		ours = true;
	if (chain.protocol == NEXT_HEADER_ICMPV6 && !chain.fragment && !is_signalling(&chain))
		return icmpv6_receive(skb, &header, chain.offset, ours);
	if (!ours)
		return TC_ACT_OK;
	if (chain.cut_short)
		return drop_received(skb, ABI_DROP_MALFORMED);
	if (chain.fragment)
		return hides_ours(&chain) ? drop_received(skb, ABI_DROP_FRAGMENT) : TC_ACT_OK;
	if (is_signalling(&chain))
		return event_take(skb, &header);
	if (chain.protocol == NEXT_HEADER_IPV6)
		return decapsulate(skb, &header, chain.offset);
	return TC_ACT_OK;
}
