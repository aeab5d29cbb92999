/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The extension headers behind an IPv6 header: RFC 8200 4, and of Mobile IPv6 the Home Address
 * option (RFC 6275 6.3) and the type 2 routing header (RFC 6275 6.4). Looks for what is to be taken
 * from the kernel; whether it is right is for the daemon to say.
 */
#ifndef MONAMI_BPF_CHAIN_H
#define MONAMI_BPF_CHAIN_H

#include "packet.h"

/* RFC 8200 4.1, RFC 6275 6.3, 6.4: Hop-by-Hop Options, Destination Options, a routing header, one
 * of type 2, the options behind that, Fragment. */
#define CHAIN_HEADERS_MAX 6
#define CHAIN_OPTIONS_MAX 8

#define OPTION_PAD1 0
#define OPTION_HOME_ADDRESS 201
#define ROUTING_TYPE_2 2

struct chain {
	/* Of what follows the extension headers; and what that is: behind a Fragment header, what
	 * its packet would have there. */
	__u32 offset;
	__u8 protocol;
	__u32 option_at;  /* of the Home Address option, if there is one of the right length */
	__u32 routing_at; /* of the type 2 routing header */
	bool fragment;
	bool home_address_option;
	bool type_2_routing;
	bool routing;  /* a routing header of any type */
	bool repeated; /* an option or a type 2 routing header that may be there once only */
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

/* Which may have other headers behind it, that are for the packet's destination. */
static __always_inline bool is_extension(__u8 protocol)
{
	return protocol == NEXT_HEADER_HOP_BY_HOP || protocol == NEXT_HEADER_DESTINATION ||
	       protocol == NEXT_HEADER_ROUTING || protocol == NEXT_HEADER_FRAGMENT;
}

enum {
	CHAIN_FRAGMENT = 1,
	CHAIN_HOME_ADDRESS = 2,
	CHAIN_TYPE_2 = 4,
	CHAIN_ROUTING = 8,
	CHAIN_REPEATED = 16,
	CHAIN_CUT_SHORT = 32,
};

/* A chain on the way through it. */
struct walk {
	__u32 offset;
	__u32 option_at;
	__u32 routing_at;
	__u32 flags;
	__u8 protocol;
};

static __always_inline void note_home_address(
	struct walk *walk, const struct option *option, __u32 offset, __u32 end)
{
	if (walk->flags & CHAIN_HOME_ADDRESS)
		walk->flags |= CHAIN_REPEATED;
	walk->flags |= CHAIN_HOME_ADDRESS;
	if (option->length == sizeof(struct abi_address) &&
		offset + sizeof(*option) + option->length <= end)
		walk->option_at = offset;
}

static __always_inline void walk_options(struct __sk_buff *skb, struct walk *walk, __u32 end)
{
	__u32 offset = walk->offset + sizeof(struct option);
	struct option option;

	for (int i = 0; i < CHAIN_OPTIONS_MAX && offset < end; i++) {
		if (!packet_load(skb, offset, &option, sizeof(option)))
			return;
		if (option.type == OPTION_HOME_ADDRESS)
			note_home_address(walk, &option, offset, end);
		offset += option.type == OPTION_PAD1 ? 1 : sizeof(option) + option.length;
	}
}

static __always_inline void note_routing(struct walk *walk, __u8 type)
{
	walk->flags |= CHAIN_ROUTING;
	if (type != ROUTING_TYPE_2)
		return;
	if (walk->flags & CHAIN_TYPE_2)
		walk->flags |= CHAIN_REPEATED;
	else
		walk->routing_at = walk->offset;
	walk->flags |= CHAIN_TYPE_2;
}

/* Steps over one extension header. False: there is none here, or no going on. */
static __always_inline bool walk_step(struct __sk_buff *skb, struct walk *walk)
{
	struct extension extension;
	__u8 protocol = walk->protocol;

	if (!is_extension(protocol))
		return false;
	if (!packet_load(skb, walk->offset, &extension, sizeof(extension))) {
		walk->flags |= CHAIN_CUT_SHORT;
		return false;
	}
	walk->protocol = extension.next_header;
	if (protocol == NEXT_HEADER_FRAGMENT) {
		walk->flags |= CHAIN_FRAGMENT;
		return false;
	}
	__u32 end = walk->offset + (extension.length + 1) * 8;
	if (protocol == NEXT_HEADER_ROUTING)
		note_routing(walk, extension.type);
	if (protocol == NEXT_HEADER_DESTINATION)
		walk_options(skb, walk, end);
	walk->offset = end;
	return true;
}

#define CHAIN_OFFSET_MAX 0xffff

/*
 * In one number: offset, option_at, routing_at, protocol, flags. Not inlined, and nobody's own: so
 * the kernel verifies all ways through it once, and not again with each that leads on from here.
 */
__noinline __u64 chain_walked(struct __sk_buff *skb, __u32 offset, __u32 protocol)
{
	struct walk walk = {.offset = offset, .protocol = protocol};

	for (int i = 0; i < CHAIN_HEADERS_MAX; i++) {
		if (!walk_step(skb, &walk))
			break;
	}
	return (__u64)(walk.offset & CHAIN_OFFSET_MAX) << 48 |
	       (__u64)(walk.option_at & CHAIN_OFFSET_MAX) << 32 |
	       (walk.routing_at & CHAIN_OFFSET_MAX) << 16 | walk.protocol << 8 | walk.flags;
}

/* `at`: where the header begins. */
static __always_inline struct chain chain_walk(
	struct __sk_buff *skb, __u32 at, const struct ipv6_header *header)
{
	__u32 offset = at + sizeof(*header);

	if (!is_extension(header->next_header))
		return (struct chain){.offset = offset, .protocol = header->next_header};
	__u64 walked = chain_walked(skb, offset, header->next_header);
	return (struct chain){
		.offset = walked >> 48,
		.option_at = walked >> 32 & CHAIN_OFFSET_MAX,
		.routing_at = walked >> 16 & CHAIN_OFFSET_MAX,
		.protocol = walked >> 8,
		.fragment = walked & CHAIN_FRAGMENT,
		.home_address_option = walked & CHAIN_HOME_ADDRESS,
		.type_2_routing = walked & CHAIN_TYPE_2,
		.routing = walked & CHAIN_ROUTING,
		.repeated = walked & CHAIN_REPEATED,
		.cut_short = walked & CHAIN_CUT_SHORT,
	};
}

#endif
