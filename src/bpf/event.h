/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The programs hand packets and events to the daemon by three ring buffers, which it reads in this
 * order: `events`; `tests`, the messages of return routability, which anybody can send; `fragments`
 * of tunnelled packets. While no daemon reads, a buffer fills up. Packets that do not fit are lost
 * and counted; the sender of signalling sends it again.
 */
#ifndef MONAMI_BPF_EVENT_H
#define MONAMI_BPF_EVENT_H

#include "count.h"

#define NS_PER_S 1000000000ull

/* Most signalling is short. Linux 5.10 wants each size as a constant: two are enough. */
static __always_inline __u32 event_room(__u32 length)
{
	return length <= ABI_EVENT_OCTETS_SMALL ? ABI_EVENT_OCTETS_SMALL : ABI_EVENT_OCTETS_MAX;
}

/* The verifier has to see that the octets fit into the room, and that there are some. */
static __always_inline bool event_fill(
	struct __sk_buff *skb, struct abi_event *event, __u64 length, __u64 room)
{
	VERIFIER_KEEP(length);
	if (length > room)
		return false;
	VERIFIER_KEEP(length);
	if (length < sizeof(struct ipv6_header))
		return false;
	return bpf_skb_load_bytes_relative(skb, 0, event->octets, length, BPF_HDR_START_NET) == 0;
}

/* Hands the whole packet over. False: it is lost to the daemon, for the reason given. */
static __always_inline bool event_packet_in(void *buffer, struct __sk_buff *skb,
	enum abi_event_type type, __u32 tunnel, const struct ipv6_header *header,
	enum abi_drop *ret_reason)
{
	const __u32 length = sizeof(*header) + bpf_ntohs(header->payload_length);
	const __u32 room = event_room(length);

	*ret_reason = ABI_DROP_MALFORMED;
	/* The copy below reads only what is in one piece. */
	if (length > ABI_EVENT_OCTETS_MAX || bpf_skb_pull_data(skb, skb->len) < 0)
		return false;
	struct abi_event *event = bpf_ringbuf_reserve(buffer, sizeof(*event) + room, 0);
	if (!event) {
		*ret_reason = ABI_DROP_EVENTS_FULL;
		return false;
	}
	event->type = type;
	event->ifindex = packet_ifindex(skb);
	event->tunnel = tunnel;
	event->length = length;
	if (!event_fill(skb, event, length, room)) {
		bpf_ringbuf_discard(event, 0);
		return false;
	}
	bpf_ringbuf_submit(event, 0);
	return true;
}

static __always_inline bool event_packet(struct __sk_buff *skb, enum abi_event_type type,
	const struct ipv6_header *header, enum abi_drop *ret_reason)
{
	return event_packet_in(&events, skb, type, ABI_NO_TUNNEL, header, ret_reason);
}

/* The packet goes to the daemon, and not to the kernel. */
static __always_inline int event_take(
	struct __sk_buff *skb, const struct ipv6_header *header, bool test)
{
	struct abi_link *link = link_of(packet_ifindex(skb));
	enum abi_drop reason;
	bool taken;

	if (test)
		taken = event_packet_in(
			&tests, skb, ABI_EVENT_PACKET, ABI_NO_TUNNEL, header, &reason);
	else
		taken = event_packet(skb, ABI_EVENT_PACKET, header, &reason);
	if (!taken)
		return drop_received(skb, reason);
	if (link)
		count(&link->signalling_packets, 1);
	return TC_ACT_SHOT;
}

/*
 * Any host on the link can send Neighbour Discovery, and any host at all ICMPv6 errors, as often as
 * it likes. They must not fill the ring buffer, which signalling needs, nor the daemon's time. So
 * each kind has a limit for each CPU and second (ten thousand mobile nodes, each asked for every
 * 30 s, are 333), and passes only while less than its part of the buffer is unread. The kinds that
 * any host can send have smaller parts than Neighbour Discovery.
 */
#define HEARD_PER_SECOND 1000
#define HEARD_DISCOVERY_UNREAD_MAX (EVENTS_OCTETS / 4)
#define HEARD_ERROR_UNREAD_MAX (EVENTS_OCTETS / 8)
#define HEARD_TUNNEL_ERROR_UNREAD_MAX (EVENTS_OCTETS / 4)
#define HEARD_UNBOUND_UNREAD_MAX (EVENTS_OCTETS / 8)
#define HEARD_REQUEST_UNREAD_MAX (EVENTS_OCTETS / 8)
#define HEARD_TOO_LARGE_UNREAD_MAX (EVENTS_OCTETS / 8)

enum heard_kind {
	HEARD_DISCOVERY,
	HEARD_ERROR,
	HEARD_TUNNEL_ERROR, /* of a packet that was sent */
	HEARD_UNBOUND,
	HEARD_REQUEST, /* Home Agent Address Discovery; at a mobile node, its replies */
	HEARD_TOO_LARGE,
	HEARD_KINDS,
};

/* So many since then. */
struct heard {
	__u64 since;
	__u64 count;
};

static __always_inline bool is_within(struct heard *recent, __u64 period, __u64 most)
{
	__u64 now = bpf_ktime_get_boot_ns();

	if (now - recent->since >= period) {
		recent->since = now;
		recent->count = 0;
	}
	return recent->count++ < most;
}

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HEARD_KINDS);
	__type(key, __u32);
	__type(value, struct heard);
} heard SEC(".maps");

static __always_inline bool may_be_heard(__u32 kind, __u64 unread_max)
{
	struct heard *recent = bpf_map_lookup_elem(&heard, &kind);

	return recent && bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) <= unread_max &&
	       is_within(recent, NS_PER_S, HEARD_PER_SECOND);
}

/* The daemon hears of it; it goes on to the kernel, to whom it was sent. */
static __always_inline int event_hear(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 kind, __u64 unread_max)
{
	enum abi_drop reason = ABI_DROP_FLOOD;

	if (!may_be_heard(kind, unread_max) ||
		!event_packet(skb, ABI_EVENT_PACKET, header, &reason))
		count_drop(reason);
	return TC_ACT_OK;
}

static __always_inline void event_active(__u32 tunnel)
{
	struct abi_event event = {
		.type = ABI_EVENT_ACTIVE,
		.tunnel = tunnel,
	};

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
}

static __always_inline void event_busy(const struct abi_address *peer)
{
	const __u32 octets = sizeof(struct abi_event) + sizeof(*peer);
	struct abi_event *event = bpf_ringbuf_reserve(&events, octets, 0);

	if (!event)
		return;
	*event = (struct abi_event){
		.type = ABI_EVENT_BUSY, .tunnel = ABI_NO_TUNNEL, .length = sizeof(*peer)};
	__builtin_memcpy(event->octets, peer, sizeof(*peer));
	bpf_ringbuf_submit(event, 0);
}

/* `link_header`: octets before the packet, which is larger than what is quoted of it. */
static __always_inline void event_too_large(
	struct __sk_buff *skb, __u32 link_header, __u32 tunnel, __u32 mtu)
{
	if (!may_be_heard(HEARD_TOO_LARGE, HEARD_TOO_LARGE_UNREAD_MAX))
		return;
	struct abi_event *event =
		bpf_ringbuf_reserve(&events, sizeof(*event) + ABI_EVENT_OCTETS_SMALL, 0);
	if (!event)
		return;
	event->type = ABI_EVENT_TOO_LARGE;
	event->ifindex = packet_ifindex(skb);
	event->tunnel = tunnel;
	event->length = ABI_EVENT_QUOTED_OCTETS;
	event->mtu = mtu;
	if (bpf_skb_load_bytes(skb, link_header, event->octets, ABI_EVENT_QUOTED_OCTETS) < 0)
		bpf_ringbuf_discard(event, 0);
	else
		bpf_ringbuf_submit(event, 0);
}

#endif
