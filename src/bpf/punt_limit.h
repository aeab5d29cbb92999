/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Limits how much the programs hand to the daemon (punt.h). Any host on the link can send Neighbour
 * Discovery, and any host ICMPv6 errors, at any rate. They must neither fill the ring buffer, which
 * signalling needs, nor use up the daemon's time.
 */
#ifndef MONAMI_BPF_PUNT_LIMIT_H
#define MONAMI_BPF_PUNT_LIMIT_H

#include "maps.h"
#include "packet.h"

#define NS_PER_S 1000000000ull

struct rate {
	__u64 since; /* CLOCK_BOOTTIME ns */
	__u64 count; /* since then */
};

/* Counts one; false if there were `most` already in this period. */
static __always_inline bool rate_allows(struct rate *rate, __u64 period, __u64 most)
{
	__u64 now = bpf_ktime_get_boot_ns();

	if (now - rate->since >= period) {
		rate->since = now;
		rate->count = 0;
	}
	return rate->count++ < most;
}

/*
 * Each kind has a limit for each CPU and second (ten thousand mobile nodes, each asked for every
 * 30 s, are 333), and passes only while less than its part of the buffer is unread. The kinds that
 * any host can send have smaller parts than Neighbour Discovery.
 */
#define PUNT_PER_SECOND 1000
#define PUNT_DISCOVERY_UNREAD_MAX (EVENTS_OCTETS / 4)
#define PUNT_ERROR_UNREAD_MAX (EVENTS_OCTETS / 8)
#define PUNT_TUNNEL_ERROR_UNREAD_MAX (EVENTS_OCTETS / 4)
#define PUNT_UNBOUND_UNREAD_MAX (EVENTS_OCTETS / 8)
#define PUNT_REQUEST_UNREAD_MAX (EVENTS_OCTETS / 8)
#define PUNT_TOO_LARGE_UNREAD_MAX (EVENTS_OCTETS / 8)

enum punt_kind {
	PUNT_DISCOVERY,
	PUNT_ERROR,
	PUNT_TUNNEL_ERROR, /* about a packet that this host sent */
	PUNT_UNBOUND,
	PUNT_REQUEST, /* Home Agent Address Discovery; at a mobile node, its replies */
	PUNT_TOO_LARGE,
	PUNT_KINDS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PUNT_KINDS);
	__type(key, __u32);
	__type(value, struct rate);
} punt_rates SEC(".maps");

static __always_inline bool may_be_punted(__u32 kind, __u64 unread_max)
{
	struct rate *rate = bpf_map_lookup_elem(&punt_rates, &kind);

	return rate && bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) <= unread_max &&
	       rate_allows(rate, NS_PER_S, PUNT_PER_SECOND);
}

/*
 * Signalling comes from any host; the daemon checks it. A host that sends much of it must not keep
 * others from being served (RFC 6275 15.4.5). As long as the daemon keeps up, there is no limit.
 * When CROWDED_OCTETS are unread, each sender may send SENDER_MESSAGES in SENDER_NS on each CPU. A
 * sender is a network of 64 bits, since one host may have all addresses of it; a hash puts several
 * senders in one place. Binding Updates have places of their own. A host that can forge any source
 * gets all places. Return routability still cannot displace other signalling then, since it has a
 * ring buffer of its own.
 */
#define SENDERS_BITS 8
#define SENDERS (1 << SENDERS_BITS)
#define SENDER_MESSAGES 16
#define SENDER_NS 10000000ull
#define CROWDED_OCTETS (1 << 17)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * SENDERS);
	__type(key, __u32);
	__type(value, struct rate);
} senders SEC(".maps");

static __always_inline bool is_crowded(bool test)
{
	if (test)
		return bpf_ringbuf_query(&tests, BPF_RB_AVAIL_DATA) > CROWDED_OCTETS;
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > CROWDED_OCTETS;
}

/* Multiplicative hashing: its upper bits depend on all of the network's. */
static __always_inline __u32 sender_place(const struct abi_address *sender, bool test)
{
	__u64 network = *(const __u64 *)sender->octets;

	return (network * 0x9e3779b97f4a7c15ull >> (64 - SENDERS_BITS)) + (test ? SENDERS : 0);
}

/* `test`: a message of return routability. */
static __always_inline bool sender_may_signal(const struct abi_address *sender, bool test)
{
	__u32 place = sender_place(sender, test);

	if (!is_crowded(test))
		return true;
	struct rate *rate = bpf_map_lookup_elem(&senders, &place);
	return rate && rate_allows(rate, SENDER_NS, SENDER_MESSAGES);
}

#endif
