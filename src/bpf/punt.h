/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The programs hand packets and events to the daemon by three ring buffers, which it reads in this
 * order: `events`; `tests`, the messages of return routability, which any host can send;
 * `fragments` of tunnelled packets. While no daemon reads, a buffer fills up. Packets that do not
 * fit are lost and counted; the sender of signalling sends it again.
 */
#ifndef MONAMI_BPF_PUNT_H
#define MONAMI_BPF_PUNT_H

#include "drop.h"
#include "ext_headers.h"
#include "punt_limit.h"

/* ---- packets ---- */

/* Most signalling is short. Linux 5.10 wants each size as a constant: two are enough. */
static __always_inline __u32 punt_octets(__u32 length)
{
	return length <= ABI_EVENT_OCTETS_SMALL ? ABI_EVENT_OCTETS_SMALL : ABI_EVENT_OCTETS_MAX;
}

/* The verifier must see that the octets fit into `size` and are more than none. */
static __always_inline bool punt_fill(
	struct __sk_buff *skb, struct abi_event *event, __u64 length, __u64 size)
{
	VERIFIER_KEEP(length);
	if (length > size)
		return false;
	VERIFIER_KEEP(length);
	if (length < sizeof(struct ipv6_header))
		return false;
	return bpf_skb_load_bytes_relative(skb, 0, event->octets, length, BPF_HDR_START_NET) == 0;
}

/* Hands the whole packet over. False: the daemon does not get it, for the reason given. */
static __always_inline bool punt_packet_to(void *buffer, struct __sk_buff *skb,
	enum abi_event_type type, __u32 tunnel, const struct ipv6_header *header,
	enum abi_drop *ret_reason)
{
	const __u32 length = sizeof(*header) + bpf_ntohs(header->payload_length);
	const __u32 size = punt_octets(length);

	*ret_reason = ABI_DROP_MALFORMED;
	/* The copy below reads only the linear part of the packet. */
	if (length > ABI_EVENT_OCTETS_MAX || bpf_skb_pull_data(skb, skb->len) < 0)
		return false;
	struct abi_event *event = bpf_ringbuf_reserve(buffer, sizeof(*event) + size, 0);
	if (!event) {
		*ret_reason = ABI_DROP_EVENTS_FULL;
		return false;
	}
	event->type = type;
	event->ifindex = packet_ifindex(skb);
	event->tunnel = tunnel;
	event->length = length;
	event->at = (__u32)(bpf_ktime_get_boot_ns() / 1000);
	if (!punt_fill(skb, event, length, size)) {
		bpf_ringbuf_discard(event, 0);
		return false;
	}
	bpf_ringbuf_submit(event, 0);
	return true;
}

static __always_inline bool punt_packet(struct __sk_buff *skb, enum abi_event_type type,
	const struct ipv6_header *header, enum abi_drop *ret_reason)
{
	return punt_packet_to(&events, skb, type, ABI_NO_TUNNEL, header, ret_reason);
}

/* The daemon gets the packet, the kernel does not. `test`: a message of return routability. */
static __always_inline int punt(struct __sk_buff *skb, const struct ipv6_header *header, bool test)
{
	struct abi_link *link = link_of(packet_ifindex(skb));
	enum abi_drop reason;
	bool taken;

	if (test)
		taken = punt_packet_to(
			&tests, skb, ABI_EVENT_PACKET, ABI_NO_TUNNEL, header, &reason);
	else
		taken = punt_packet(skb, ABI_EVENT_PACKET, header, &reason);
	if (!taken)
		return drop_received(skb, reason);
	if (link)
		count(&link->signalling_packets, 1);
	return TC_ACT_SHOT;
}

/* The daemon gets a copy; the packet goes on to the kernel. */
static __always_inline int punt_copy(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 kind, __u64 unread_max)
{
	enum abi_drop reason = ABI_DROP_FLOOD;

	if (!may_be_punted(kind, unread_max) ||
		!punt_packet(skb, ABI_EVENT_PACKET, header, &reason))
		count_drop(reason);
	return TC_ACT_OK;
}

/* ---- signalling ---- */

/* RFC 6275 6.1.3 to 6.1.6: Home and Care-of Test Init, Home and Care-of Test. */
#define MOBILITY_TYPE_OFFSET 2
#define MOBILITY_TEST_FIRST 1
#define MOBILITY_TEST_LAST 4

/* Whether the packet is part of return routability, which needs no key. A truncated Mobility Header
 * counts as part of it. */
static __always_inline bool is_test(struct __sk_buff *skb, const struct ext_headers *ext_headers)
{
	__u8 type;

	if (ext_headers->protocol != NEXT_HEADER_MOBILITY)
		return false;
	return !packet_load(skb, ext_headers->offset + MOBILITY_TYPE_OFFSET, &type, sizeof(type)) ||
	       (type >= MOBILITY_TEST_FIRST && type <= MOBILITY_TEST_LAST);
}

/* `sender`: the source of the packet; of a tunnelled one, the source of the inner header. */
static __always_inline int punt_signalling(struct __sk_buff *skb, const struct ipv6_header *header,
	const struct abi_address *sender, bool test)
{
	if (!sender_may_signal(sender, test))
		return drop_received(skb, ABI_DROP_FLOOD);
	return punt(skb, header, test);
}

/* ---- events ---- */

static __always_inline void punt_active(__u32 tunnel)
{
	struct abi_event event = {
		.type = ABI_EVENT_ACTIVE,
		.tunnel = tunnel,
	};

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
}

static __always_inline void punt_busy(
	const struct abi_address *home_address, const struct abi_address *peer)
{
	const __u32 octets = sizeof(struct abi_event) + sizeof(struct abi_busy);
	struct abi_event *event = bpf_ringbuf_reserve(&events, octets, 0);

	if (!event)
		return;
	*event = (struct abi_event){
		.type = ABI_EVENT_BUSY, .tunnel = ABI_NO_TUNNEL, .length = sizeof(struct abi_busy)};
	struct abi_busy *busy = (struct abi_busy *)event->octets;
	busy->home_address = *home_address;
	busy->peer = *peer;
	bpf_ringbuf_submit(event, 0);
}

/* `link_header`: octets before the packet, which is larger than the quoted part of it. */
static __always_inline void punt_too_large(
	struct __sk_buff *skb, __u32 link_header, __u32 tunnel, __u32 mtu)
{
	if (!may_be_punted(PUNT_TOO_LARGE, PUNT_TOO_LARGE_UNREAD_MAX))
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
