/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Fragments of tunnelled packets (RFC 2473 7.1 b, RFC 8200 4.5): the daemon reassembles them and
 * hands the whole packet to monami_receive (ADR 35). A first fragment contains the inner header, so
 * the program checks it as it checks a whole packet. Later fragments of the same source then pass
 * for FRAGMENT_SOURCE_NS. A later fragment of another source may have overtaken its first fragment:
 * PUNT_PER_SECOND of these pass on each CPU, while the daemon has little to read.
 */
#ifndef MONAMI_BPF_FRAGMENT_H
#define MONAMI_BPF_FRAGMENT_H

#include "decap.h"
#include "ext_headers.h"
#include "punt.h"
#include "tunnel.h"

#define FRAGMENT_OFFSET_MASK 0xfff8
#define FRAGMENT_SOURCES_MAX 4096
#define FRAGMENT_SOURCE_NS NS_PER_S
#define FRAGMENTS_UNKNOWN_UNREAD_MAX (FRAGMENTS_OCTETS / 8)

/* RFC 8200 4.5 */
struct fragment_header {
	__u8 next_header;
	__u8 reserved;
	__be16 offset;
	__be32 identification;
};
_Static_assert(sizeof(struct fragment_header) == 8, "fragment_header");

/* Source -> CLOCK_BOOTTIME ns at which it last sent a first fragment that passed the checks. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FRAGMENT_SOURCES_MAX);
	__type(key, struct abi_address);
	__type(value, __u64);
} fragment_sources SEC(".maps");

/* Later fragments of sources that are not in fragment_sources. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rate);
} fragment_rates SEC(".maps");

/* Only a Fragment header is between the outer header and what an encapsulation adds to it. */
static __always_inline bool is_tunnelled_fragment(
	const struct ipv6_header *header, const struct ext_headers *ext_headers)
{
	return header->next_header == NEXT_HEADER_FRAGMENT && ext_headers->fragment &&
	       may_carry(ext_headers->protocol);
}

static __always_inline bool comes_from_fragmenter(const struct abi_address *source, __u64 now)
{
	const __u64 *last = bpf_map_lookup_elem(&fragment_sources, source);

	return last && now - *last < FRAGMENT_SOURCE_NS;
}

static __always_inline void note_fragmenter(const struct abi_address *source, __u64 now)
{
	__u64 *last = bpf_map_lookup_elem(&fragment_sources, source);

	if (last)
		*last = now;
	else
		bpf_map_update_elem(&fragment_sources, source, &now, BPF_ANY);
}

static __always_inline bool may_be_fragment(const struct abi_address *source, __u64 now)
{
	__u32 first = 0;

	if (comes_from_fragmenter(source, now))
		return true;
	struct rate *rate = bpf_map_lookup_elem(&fragment_rates, &first);
	return rate &&
	       bpf_ringbuf_query(&fragments, BPF_RB_AVAIL_DATA) <= FRAGMENTS_UNKNOWN_UNREAD_MAX &&
	       rate_allows(rate, NS_PER_S, PUNT_PER_SECOND);
}

static __always_inline int fragment_take(struct __sk_buff *skb, const struct ipv6_header *header)
{
	enum abi_drop reason;

	if (punt_packet_to(&fragments, skb, ABI_EVENT_FRAGMENT, ABI_NO_TUNNEL, header, &reason))
		return TC_ACT_SHOT;
	return drop_received(skb, reason == ABI_DROP_EVENTS_FULL ? ABI_DROP_FRAGMENT : reason);
}

#endif
