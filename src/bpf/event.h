/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the daemon is told, by the ring buffer. With nobody to read it, it fills up, and what does
 * not fit is lost and counted: signalling is sent again by its sender.
 */
#ifndef MONAMI_BPF_EVENT_H
#define MONAMI_BPF_EVENT_H

#include "count.h"

/* 5.10 wants to know the size when the program is loaded: two sizes, as most signalling is short.
 */
static __always_inline struct abi_event *event_reserve(__u32 length)
{
	if (length <= ABI_EVENT_OCTETS_SMALL)
		return bpf_ringbuf_reserve(
			&events, sizeof(struct abi_event) + ABI_EVENT_OCTETS_SMALL, 0);
	return bpf_ringbuf_reserve(&events, sizeof(struct abi_event) + ABI_EVENT_OCTETS_MAX, 0);
}

/* Hands the whole packet over. False: it is lost to the daemon, for the reason given. */
static __always_inline bool event_packet(struct __sk_buff *skb, enum abi_event_type type,
	const struct ipv6_header *header, enum abi_drop *ret_reason)
{
	__u32 length = sizeof(*header) + bpf_ntohs(header->payload_length);

	*ret_reason = ABI_DROP_MALFORMED;
	/* The copy below reads only what is in one piece. */
	if (length > ABI_EVENT_OCTETS_MAX || bpf_skb_pull_data(skb, skb->len) < 0)
		return false;
	struct abi_event *event = event_reserve(length);
	if (!event) {
		*ret_reason = ABI_DROP_EVENTS_FULL;
		return false;
	}
	event->type = type;
	event->ifindex = skb->ifindex;
	event->tunnel = ABI_NO_TUNNEL;
	event->length = length;
	if (bpf_skb_load_bytes_relative(skb, 0, event->octets, length, BPF_HDR_START_NET) < 0) {
		bpf_ringbuf_discard(event, 0);
		return false;
	}
	bpf_ringbuf_submit(event, 0);
	return true;
}

static __always_inline void event_active(__u32 tunnel)
{
	struct abi_event event = {
		.type = ABI_EVENT_ACTIVE,
		.tunnel = tunnel,
	};

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
}

#endif
