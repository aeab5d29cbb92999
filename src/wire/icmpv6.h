/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ICMPv6 messages that Mobile IPv6 needs, decoded and encoded: Destination Unreachable and
 * Parameter Problem (RFC 4443 3.1, 3.4), echo (4), Neighbour Discovery (RFC 4861 4) with RFC 6275
 * 7's changes, Home Agent Address Discovery and Mobile Prefix Solicitation and Advertisement (RFC
 * 6275 6.5 to 6.8).
 */
#ifndef MONAMI_WIRE_ICMPV6_H
#define MONAMI_WIRE_ICMPV6_H

#include "packet.h"

/* ICMPV6_ECHO_REQUEST = 128 ... */
enum icmpv6_type {
#define ICMPV6(type, name, title, options, fields) ICMPV6_##name = type,
#include "icmpv6.def"
#undef ICMPV6
};

/* ICMPV6_OPTION_source_link_layer = 1 ... */
enum icmpv6_option_type {
#define OPTION(type, name, title, count, fields) ICMPV6_OPTION_##name = type,
#include "nd_opts.def"
#undef OPTION
};

/* RFC 4861 6.1, 7.1: of Neighbour Discovery, so that no host off the link can send it */
#define ND_HOP_LIMIT 255

/* Type, code and checksum. */
#define ICMPV6_HEADER_OCTETS 4

#define ICMPV6_PREFIXES_MAX 16
#define ICMPV6_HOME_AGENTS_MAX 77 /* as many as 1280 octets hold (RFC 6275 10.5.1) */
#define ICMPV6_LINK_LAYER_OCTETS 6

/* RFC 4861 4.6.2, RFC 6275 7.2 */
struct icmpv6_prefix {
	struct in6_addr prefix; /* with `router`, the router's whole address */
	uint8_t length;
	bool on_link;
	bool autonomous;
	bool router;
	uint32_t valid;     /* seconds; all ones: infinite */
	uint32_t preferred; /* seconds; all ones: infinite */
};

/* One message. Fields that a type does not have are zero. */
struct icmpv6 {
	uint8_t type; /* enum icmpv6_type */
	uint8_t code;
	uint16_t identifier; /* echo, discovery */
	uint16_t sequence;   /* echo */
	uint32_t pointer;    /* parameter problem */
	/* echo; errors: the packet it is about (packet_decode_quoted()). Points into
	 * the octets that were decoded */
	struct octets data;
	struct in6_addr target; /* neighbour solicitation and advertisement */
	bool router;            /* neighbour advertisement: R, S, O */
	bool solicited;
	bool override;
	bool managed; /* router and prefix advertisement: M, O */
	bool other;
	bool home_agent;           /* router advertisement: H (RFC 6275 7.1) */
	bool mobile_router;        /* home agent request and reply: R (RFC 3963 7.1) */
	uint8_t hop_limit;         /* router advertisement, and the three below */
	uint16_t router_lifetime;  /* seconds */
	uint32_t reachable_time;   /* milliseconds */
	uint32_t retransmit_timer; /* milliseconds */
	/* options */
	bool has_source_link_layer;
	bool has_target_link_layer;
	uint8_t source_link_layer[ICMPV6_LINK_LAYER_OCTETS];
	uint8_t target_link_layer[ICMPV6_LINK_LAYER_OCTETS];
	bool has_home_agent_information; /* RFC 6275 7.4 */
	uint16_t preference;
	uint16_t home_agent_lifetime;    /* seconds */
	bool has_advertisement_interval; /* RFC 6275 7.3 */
	uint32_t advertisement_interval; /* milliseconds */
	uint16_t prefixes_count;
	struct icmpv6_prefix prefixes[ICMPV6_PREFIXES_MAX];
	/* home agent reply */
	uint16_t home_agents_count;
	struct in6_addr home_agents[ICMPV6_HOME_AGENTS_MAX];
};

/*
 * Decodes and checks the ICMPv6 message in `packet`: checksum, lengths, and for Neighbour Discovery
 * what RFC 4861 6.1 and 7.1 demand (hop limit 255, code 0, no option of length 0, target not
 * multicast, no source link-layer option from ::). A type that is not listed above is
 * WIRE_UNKNOWN_MESSAGE. More prefixes or home agents than there is room for are skipped, and so are
 * unknown options, those that the message has no use for, those of another length than they have
 * (link-layer addresses: Ethernet's), and of options that come once all but the first. `ret` is
 * untouched on error.
 */
enum wire_error icmpv6_decode(const struct packet *packet, struct icmpv6 *ret);

/*
 * Writes the message, checksum zero (packet_build() fills it in). Its length; 0 if it does not fit,
 * or if `message` has a type, a count or an option that it cannot have.
 */
size_t icmpv6_encode(const struct icmpv6 *message, uint8_t *octets, size_t capacity);

/* The type octet before anything is checked; 0 if there is none. */
uint8_t icmpv6_type(const struct packet *);
/* RFC 4861 4.1 to 4.4 */
bool icmpv6_is_neighbour_discovery(uint8_t type);

/* The title in icmpv6.def; NULL if unknown. */
const char *icmpv6_name(uint8_t type);

/*
 * First the message's own fields, then, each after its `option`, those of its options.
 * `home_agents` comes as often as there are addresses.
 */
void icmpv6_visit(const struct icmpv6 *, const struct visitor *);

/* RFC 4291 2.7.1: ff02::1:ffxx:xxxx */
struct in6_addr address_solicited_node(const struct in6_addr *);
/* RFC 2464 7: the Ethernet address of a multicast address. */
void address_multicast_link_layer(const struct in6_addr *, uint8_t ret[ICMPV6_LINK_LAYER_OCTETS]);
/* RFC 2526 2: the Mobile IPv6 Home-Agents anycast address of a prefix; of an address (128), itself.
 */
struct in6_addr address_home_agents_anycast(const struct in6_addr *prefix, uint8_t length);
/* Whether the first `length` bits are equal, if there are as many. */
bool address_in_prefix(
	const struct in6_addr *address, const struct in6_addr *prefix, uint8_t length);

#endif
