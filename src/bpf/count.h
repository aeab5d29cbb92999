/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Counters: of drops by reason, of links, of tunnels. */
#ifndef MONAMI_BPF_COUNT_H
#define MONAMI_BPF_COUNT_H

#include <linux/pkt_cls.h>

#include "maps.h"
#include "packet.h"

static __always_inline void count(__u64 *counter, __u64 by)
{
	__sync_fetch_and_add(counter, by);
}

static __always_inline struct abi_link *link_of(__u32 ifindex)
{
	__u32 place = ifindex % ABI_LINKS_MAX;
	struct abi_link *link = bpf_map_lookup_elem(&links, &place);

	return link && link->ifindex == ifindex ? link : NULL;
}

static __always_inline void count_drop(enum abi_drop reason)
{
	__u32 number = reason;
	__u64 *counter = bpf_map_lookup_elem(&drops, &number);

	if (counter)
		count(counter, 1);
}

/* Counts a packet that came in by a link, and takes it out. */
static __always_inline int drop_received(const struct __sk_buff *skb, enum abi_drop reason)
{
	struct abi_link *link = link_of(packet_ifindex(skb));

	count_drop(reason);
	if (link)
		count(&link->dropped_packets, 1);
	return TC_ACT_SHOT;
}

static __always_inline int drop_sent(enum abi_drop reason)
{
	count_drop(reason);
	return TC_ACT_SHOT;
}

static __always_inline void count_sent(
	struct abi_tunnel *tunnel, __u32 ifindex, __u64 packets, __u64 octets)
{
	struct abi_link *link = link_of(ifindex);

	count(&tunnel->sent_packets, packets);
	count(&tunnel->sent_octets, octets);
	if (link) {
		count(&link->sent_packets, packets);
		count(&link->sent_octets, octets);
	}
}

/* `tunnel`: NULL if it belongs to none. */
static __always_inline void count_received(
	struct abi_tunnel *tunnel, struct abi_link *link, __u64 packets, __u64 octets)
{
	if (tunnel) {
		count(&tunnel->received_packets, packets);
		count(&tunnel->received_octets, octets);
	}
	count(&link->received_packets, packets);
	count(&link->received_octets, octets);
}

#endif
