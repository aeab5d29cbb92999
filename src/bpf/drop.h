/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Packets that the programs discard, counted by reason and by link. */
#ifndef MONAMI_BPF_DROP_H
#define MONAMI_BPF_DROP_H

#include <linux/pkt_cls.h>

#include "maps.h"
#include "packet.h"

static __always_inline void count(__u64 *counter, __u64 by)
{
	__sync_fetch_and_add(counter, by);
}

/* NULL: no program is attached to this link. */
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

/* Discards a packet that came in by a link. */
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

#endif
