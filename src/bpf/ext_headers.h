/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The extension headers behind an IPv6 header: RFC 8200 4, and of Mobile IPv6 the Home Address
 * option (RFC 6275 6.3) and the type 2 routing header (RFC 6275 6.4). Finds packets that the
 * programs take from the kernel; the daemon checks whether they are valid.
 */
#ifndef MONAMI_BPF_EXT_HEADERS_H
#define MONAMI_BPF_EXT_HEADERS_H

#include "packet.h"

/* The most headers and options of one packet that the programs look at. RFC 8200 4.1, RFC 6275 6.3,
 * 6.4: Hop-by-Hop Options, Destination Options, a routing header, one of type 2, the options behind
 * that, Fragment. */
#define EXT_HEADERS_STEPS_MAX 24

#define OPTION_PAD1 0
#define OPTION_HOME_ADDRESS 201
#define ROUTING_TYPE_2 2

struct ext_headers {
	/* Offset and protocol of the header behind the extension headers. Behind a Fragment header:
	 * the protocol that the whole packet has there. */
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

/* Extension headers that further headers for the packet's destination may follow. */
static __always_inline bool is_extension(__u8 protocol)
{
	return protocol == NEXT_HEADER_HOP_BY_HOP || protocol == NEXT_HEADER_DESTINATION ||
	       protocol == NEXT_HEADER_ROUTING || protocol == NEXT_HEADER_FRAGMENT;
}

enum {
	EXT_HEADERS_FRAGMENT = 1,
	EXT_HEADERS_HOME_ADDRESS = 2,
	EXT_HEADERS_TYPE_2 = 4,
	EXT_HEADERS_ROUTING = 8,
	EXT_HEADERS_REPEATED = 16,
	EXT_HEADERS_CUT_SHORT = 32,
};

/*
 * The state of a walk through the headers, in the memory of a map: the verifier knows nothing of
 * the values there, so that all paths through the headers end in one state. On the stack it would
 * follow each combination of values (ADR 26). One CPU is never in two walks at once.
 */
struct walk {
	__u32 offset; /* of the next header */
	__u32 option; /* of the next option before it; `offset`: there is none */
	__u32 option_at;
	__u32 routing_at;
	__u32 flags;
	__u32 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps");

static __always_inline void note_home_address(struct walk *walk, const struct option *option)
{
	if (walk->flags & EXT_HEADERS_HOME_ADDRESS)
		walk->flags |= EXT_HEADERS_REPEATED;
	walk->flags |= EXT_HEADERS_HOME_ADDRESS;
	if (option->length == sizeof(struct abi_address) &&
		walk->option + sizeof(*option) + option->length <= walk->offset)
		walk->option_at = walk->option;
}

static __always_inline void walk_option(struct walk *walk, const struct option *option)
{
	if (option->type == OPTION_HOME_ADDRESS)
		note_home_address(walk, option);
	walk->option += option->type == OPTION_PAD1 ? 1 : sizeof(*option) + option->length;
}

static __always_inline void note_routing(struct walk *walk, __u8 type)
{
	walk->flags |= EXT_HEADERS_ROUTING;
	if (type != ROUTING_TYPE_2)
		return;
	if (walk->flags & EXT_HEADERS_TYPE_2)
		walk->flags |= EXT_HEADERS_REPEATED;
	else
		walk->routing_at = walk->offset;
	walk->flags |= EXT_HEADERS_TYPE_2;
}

/* The next steps are its options. False: the next header cannot be found (a fragment). */
static __always_inline bool walk_header(struct walk *walk, const struct extension *extension)
{
	const __u32 protocol = walk->protocol;

	walk->protocol = extension->next_header;
	if (protocol == NEXT_HEADER_FRAGMENT) {
		walk->flags |= EXT_HEADERS_FRAGMENT;
		return false;
	}
	if (protocol == NEXT_HEADER_ROUTING)
		note_routing(walk, extension->type);
	walk->option = walk->offset + sizeof(struct option);
	walk->offset += (extension->length + 1) * 8;
	if (protocol != NEXT_HEADER_DESTINATION)
		walk->option = walk->offset;
	return true;
}

/* Steps over one extension header or one option. False: the walk ends here. */
static __always_inline bool walk_step(struct __sk_buff *skb, struct walk *walk)
{
	union {
		struct extension extension;
		struct option option;
	} next = {0};

	VERIFIER_FORGET_MEMORY();
	const bool options = walk->option < walk->offset;
	if (!options && !is_extension(walk->protocol))
		return false;
	if (!packet_load(skb, options ? walk->option : walk->offset, &next,
		    options ? sizeof(next.option) : sizeof(next.extension))) {
		/* An option that is cut short counts as padding. */
		walk->option = walk->offset;
		if (!options)
			walk->flags |= EXT_HEADERS_CUT_SHORT;
		return options;
	}
	if (!options)
		return walk_header(walk, &next.extension);
	walk_option(walk, &next.option);
	return true;
}

/* `at`: where the header begins. */
static __always_inline struct ext_headers ext_headers_walk(
	struct __sk_buff *skb, __u32 at, const struct ipv6_header *header)
{
	const __u32 first = 0;
	__u32 offset = at + sizeof(*header);

	if (!is_extension(header->next_header))
		return (struct ext_headers){.offset = offset, .protocol = header->next_header};
	struct walk *walk = bpf_map_lookup_elem(&walks, &first);
	if (!walk)
		return (struct ext_headers){.cut_short = true};
	*walk = (struct walk){.offset = offset, .option = offset, .protocol = header->next_header};
#pragma unroll
	for (int i = 0; i < EXT_HEADERS_STEPS_MAX; i++) {
		if (!walk_step(skb, walk))
			break;
	}
	VERIFIER_FORGET_MEMORY();
	return (struct ext_headers){
		.offset = walk->offset,
		.option_at = walk->option_at,
		.routing_at = walk->routing_at,
		.protocol = walk->protocol,
		.fragment = walk->flags & EXT_HEADERS_FRAGMENT,
		.home_address_option = walk->flags & EXT_HEADERS_HOME_ADDRESS,
		.type_2_routing = walk->flags & EXT_HEADERS_TYPE_2,
		.routing = walk->flags & EXT_HEADERS_ROUTING,
		.repeated = walk->flags & EXT_HEADERS_REPEATED,
		.cut_short = walk->flags & EXT_HEADERS_CUT_SHORT,
	};
}

#endif
