/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The extension headers behind an IPv6 header: RFC 8200 4, and of Mobile IPv6 the Home Address
 * option (RFC 6275 6.3) and the type 2 routing header (RFC 6275 6.4). Looks for what is to be taken
 * from the kernel; whether it is right is for the daemon to say.
 */
#ifndef MONAMI_BPF_CHAIN_H
#define MONAMI_BPF_CHAIN_H

#include "packet.h"

#define CHAIN_HEADERS_MAX 4
#define CHAIN_OPTIONS_MAX 8

#define OPTION_PAD1 0
#define OPTION_HOME_ADDRESS 201
#define ROUTING_TYPE_2 2

struct chain {
	__u32 offset;  /* of what follows the extension headers */
	__u8 protocol; /* what follows; behind a Fragment header, what its packet would have there
			*/
	bool fragment;
	bool home_address_option;
	bool type_2_routing;
	bool cut_short;
};

/* The common beginning of extension headers. */
struct extension {
	__u8 next_header;
	__u8 length; /* in units of 8 octets, without the first */
	__u8 type;   /* routing header only */
	__u8 segments_left;
};

struct option {
	__u8 type;
	__u8 length;
};

static __always_inline bool has_home_address(struct __sk_buff *skb, __u32 offset, __u32 end)
{
	struct option option;

	for (int i = 0; i < CHAIN_OPTIONS_MAX && offset < end; i++) {
		if (!packet_load(skb, offset, &option, sizeof(option)))
			return false;
		if (option.type == OPTION_HOME_ADDRESS)
			return true;
		offset += option.type == OPTION_PAD1 ? 1 : sizeof(option) + option.length;
	}
	return false;
}

/* Steps over one extension header. False: there is none here, or no going on. */
static __always_inline bool chain_step(struct __sk_buff *skb, struct chain *chain)
{
	struct extension extension;
	__u8 protocol = chain->protocol;

	if (protocol != NEXT_HEADER_HOP_BY_HOP && protocol != NEXT_HEADER_DESTINATION &&
		protocol != NEXT_HEADER_ROUTING && protocol != NEXT_HEADER_FRAGMENT)
		return false;
	if (!packet_load(skb, chain->offset, &extension, sizeof(extension))) {
		chain->cut_short = true;
		return false;
	}
	chain->protocol = extension.next_header;
	if (protocol == NEXT_HEADER_FRAGMENT) {
		chain->fragment = true;
		return false;
	}
	__u32 end = chain->offset + (extension.length + 1) * 8;
	if (protocol == NEXT_HEADER_ROUTING && extension.type == ROUTING_TYPE_2)
		chain->type_2_routing = true;
	if (protocol == NEXT_HEADER_DESTINATION &&
		has_home_address(skb, chain->offset + sizeof(struct option), end))
		chain->home_address_option = true;
	chain->offset = end;
	return true;
}

/* `at`: where the header begins. */
static __always_inline struct chain chain_walk(
	struct __sk_buff *skb, __u32 at, const struct ipv6_header *header)
{
	struct chain chain = {
		.offset = at + sizeof(*header),
		.protocol = header->next_header,
	};

	for (int i = 0; i < CHAIN_HEADERS_MAX; i++) {
		if (!chain_step(skb, &chain))
			break;
	}
	return chain;
}

#endif
