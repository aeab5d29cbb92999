/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ICMPv6 errors (RFC 4443 3) about packets that left with a Home Address option or a type 2 routing
 * header, and so match no socket; and about Mobility Headers, which the daemon has sent (RFC 6275
 * 11.3.5).
 */
#ifndef MONAMI_BPF_ERROR_H
#define MONAMI_BPF_ERROR_H

#include "punt.h"
#include "extension.h"
#include "subject.h"

#define ICMPV6_HEADER_OCTETS 8
#define ICMPV6_ERROR_LAST 127
#define QUOTED_EXTENSIONS_MAX 2

/* The kind of a quoted packet. */
struct quoted {
	struct ipv6_header header;
	struct abi_address sender; /* before it was rewritten */
	bool rewritten;
	bool signalling;
};

/* Packets of this host have the form of extension.h. */
static __always_inline void quoted_step(struct __sk_buff *skb, __u32 *offset, struct quoted *quoted)
{
	struct option_header header;

	if (!extension_load(skb, *offset, &header))
		return;
	if (quoted->header.next_header == NEXT_HEADER_DESTINATION && is_home_address_alone(&header))
		quoted->sender = header.home_address;
	else if (quoted->header.next_header != NEXT_HEADER_ROUTING ||
		 header.padding_type != ROUTING_TYPE_2 || header.length != EXTENSION_LENGTH)
		return;
	quoted->header.next_header = header.next_header;
	quoted->rewritten = true;
	*offset += ABI_EXTENSION_OCTETS;
}

/* The quoted packet begins at `offset`. */
static __always_inline bool quoted_load(struct __sk_buff *skb, __u32 offset, struct quoted *ret)
{
	if (!packet_load_header(skb, offset, &ret->header))
		return false;
	ret->sender = ret->header.source;
	ret->rewritten = false;
	offset += sizeof(ret->header);
#pragma unroll
	for (int i = 0; i < QUOTED_EXTENSIONS_MAX; i++)
		quoted_step(skb, &offset, ret);
	ret->signalling = ret->header.next_header == NEXT_HEADER_MOBILITY;
	return true;
}

/* Whether this host may have sent the quoted packet. */
static __always_inline bool is_own(const struct quoted *quoted)
{
	return is_local_address(&quoted->sender) || is_own_home_address(&quoted->sender);
}

/* The error's type is at `offset`. Returns 0, or the event that it is for the daemon. */
static __always_inline __u32 error_event(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 offset)
{
	struct quoted quoted;
	__u8 type;

	if (!packet_load(skb, offset, &type, sizeof(type)) || type > ICMPV6_ERROR_LAST)
		return 0;
	if (!quoted_load(skb, offset + ICMPV6_HEADER_OCTETS, &quoted) ||
		!(quoted.rewritten || quoted.signalling) ||
		!address_equal(&quoted.header.source, &header->destination) || !is_own(&quoted))
		return 0;
	return quoted.signalling ? ABI_EVENT_PACKET : ABI_EVENT_ERROR;
}

/* Any host can send errors. */
static __always_inline int error_take(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 event)
{
	enum abi_drop reason = ABI_DROP_FLOOD;

	if (!may_be_punted(PUNT_ERROR, PUNT_ERROR_UNREAD_MAX) ||
		!punt_packet(skb, event, header, &reason))
		return drop_received(skb, reason);
	return TC_ACT_SHOT;
}

static __always_inline int error_receive(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 offset)
{
	__u32 event = error_event(skb, header, offset);

	return event ? error_take(skb, header, event) : TC_ACT_OK;
}

#endif
