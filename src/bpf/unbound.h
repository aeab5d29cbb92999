/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * At the home agent: tunnelled packets without a binding, about which the daemon sends Binding
 * Errors. A flood of them from any number of sources must cost the daemon little: each care-of
 * address (several share a place by a hash) causes one event in a quarter of a second on each CPU,
 * and none while much of the ring buffer is unread.
 */
#ifndef MONAMI_BPF_UNBOUND_H
#define MONAMI_BPF_UNBOUND_H

#include "punt.h"

#define UNBOUND_BITS 10
#define UNBOUND_PLACES (1 << UNBOUND_BITS)
#define UNBOUND_NS (NS_PER_S / 4)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, UNBOUND_PLACES);
	__type(key, __u32);
	__type(value, struct rate);
} unbound SEC(".maps");

static __always_inline bool may_tell_unbound(const struct abi_address *care_of)
{
	const __u64 *halves = (const __u64 *)care_of->octets;
	__u32 place = (halves[0] ^ halves[1] * 31) * 0x9e3779b97f4a7c15ull >> (64 - UNBOUND_BITS);
	struct rate *rate = bpf_map_lookup_elem(&unbound, &place);

	return rate && bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) <= PUNT_UNBOUND_UNREAD_MAX &&
	       rate_allows(rate, UNBOUND_NS, 1);
}

static __always_inline void tell_unbound(
	const struct abi_address *care_of, const struct abi_address *home_address)
{
	const __u32 octets = sizeof(struct abi_event) + sizeof(struct abi_unbound);
	const struct abi_unbound told = {.care_of = *care_of, .home_address = *home_address};

	if (!may_tell_unbound(care_of))
		return;
	struct abi_event *event = bpf_ringbuf_reserve(&events, octets, 0);
	if (!event)
		return;
	*event = (struct abi_event){
		.type = ABI_EVENT_UNBOUND, .tunnel = ABI_NO_TUNNEL, .length = sizeof(told)};
	__builtin_memcpy(event->octets, &told, sizeof(told));
	bpf_ringbuf_submit(event, 0);
}

#endif
