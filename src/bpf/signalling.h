/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Signalling is taken from whoever sends it: what it is worth, the daemon finds out. So who sends
 * much of it must not cost others theirs (RFC 6275 15.4.5).
 */
#ifndef MONAMI_BPF_SIGNALLING_H
#define MONAMI_BPF_SIGNALLING_H

#include "chain.h"
#include "event.h"

/* RFC 6275 6.1.3 to 6.1.6: Home and Care-of Test Init, Home and Care-of Test. */
#define MOBILITY_TYPE_OFFSET 2
#define MOBILITY_TEST_FIRST 1
#define MOBILITY_TEST_LAST 4

/* Part of return routability: nobody has to know anything to send it. A Mobility Header that cannot
 * be read is not worth more. */
static __always_inline bool is_test(struct __sk_buff *skb, const struct chain *chain)
{
	__u8 type;

	if (chain->protocol != NEXT_HEADER_MOBILITY)
		return false;
	return !packet_load(skb, chain->offset + MOBILITY_TYPE_OFFSET, &type, sizeof(type)) ||
	       (type >= MOBILITY_TEST_FIRST && type <= MOBILITY_TEST_LAST);
}

/*
 * As long as the daemon keeps up, there is no limit. When so much waits for it, senders get a share
 * each: so many messages in a while, on each CPU. A sender is a network of 64 bits, of which
 * anybody may have all addresses; with some others, whom a hash puts in the same place. Binding
 * Updates have places of their own. Who can send from any address gets all places; then the buffer
 * is what keeps tests from crowding out all else.
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
	__type(value, struct heard);
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

static __always_inline bool may_be_taken(const struct abi_address *sender, bool test)
{
	__u32 place = sender_place(sender, test);

	if (!is_crowded(test))
		return true;
	struct heard *recent = bpf_map_lookup_elem(&senders, &place);
	return recent && is_within(recent, SENDER_NS, SENDER_MESSAGES);
}

/* `sender`: of the packet, or of the one in the tunnel that it is. */
static __always_inline int signalling_take(struct __sk_buff *skb, const struct ipv6_header *header,
	const struct abi_address *sender, bool test)
{
	if (!may_be_taken(sender, test))
		return drop_received(skb, ABI_DROP_FLOOD);
	return event_take(skb, header, test);
}

#endif
