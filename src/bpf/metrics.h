/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Counters of tunnels and links: packets, octets, the times of the last ones. */
#ifndef MONAMI_BPF_METRICS_H
#define MONAMI_BPF_METRICS_H

#include "punt.h"

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

/* `tunnel`: NULL if the packet belongs to none. */
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

/* A router that answered a probe this recently has a valid neighbour entry. */
#define PROVEN_NS (10 * ABI_IDLE_NS)

static __always_inline bool is_proven(const struct abi_link *link, __u64 now)
{
	return link && (__u32)(now / NS_PER_S) - link->proven_s < PROVEN_NS / NS_PER_S;
}

/* `watched`: the mobile node's daemon gets an event when the tunnel begins to send. */
static __always_inline void note_sent(
	struct abi_tunnel *tunnel, __u32 number, bool watched, __u64 now)
{
	if (watched && now - tunnel->sent_at > ABI_IDLE_NS)
		punt_active(number);
	tunnel->sent_at = now;
}

/* The same: the daemon also watches a tunnel that only receives. */
static __always_inline void note_received(
	struct abi_tunnel *tunnel, __u32 number, bool watched, __u64 now)
{
	if (watched && now - tunnel->received_at > ABI_IDLE_NS)
		punt_active(number);
	tunnel->received_at = now;
}

#endif
