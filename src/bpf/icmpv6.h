/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Selects the ICMPv6 messages for the daemon. Only the daemon gets replies to its echo requests,
 * Home Agent Address Discovery Requests (RFC 6275 6.5), and errors about its outer packets. The
 * kernel also gets Neighbour Discovery (RFC 4861 4) and Home Agent Address Discovery Replies (RFC
 * 6275 6.6). At a home agent, only the daemon gets Neighbour Solicitations for a home address that
 * is bound; other messages of link scope to that address are discarded (RFC 6275 10.4.1, 10.4.2).
 * The program recognizes Mobile Prefix Solicitations and Advertisements by the extension headers
 * that they must have (RFC 6275 6.7, 6.8).
 */
#ifndef MONAMI_BPF_ICMPV6_H
#define MONAMI_BPF_ICMPV6_H

#include "ends.h"
#include "error.h"
#include "punt.h"
#include "tunnel.h"
#include "tunnel_error.h"

enum icmpv6_type {
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,
	ICMPV6_ROUTER_ADVERTISEMENT = 134,
	ICMPV6_NEIGHBOR_SOLICITATION = 135,
	ICMPV6_NEIGHBOR_ADVERTISEMENT = 136,
	ICMPV6_HOME_AGENT_REQUEST = 144,
	ICMPV6_HOME_AGENT_REPLY = 145,
};

/* RFC 4861 6.1, 7.1: no router forwards these messages. */
#define HOP_LIMIT_ON_LINK 255

/* Messages between neighbours: RFC 2710 3 and RFC 4861 4 have 130 to 137, RFC 3122 2 and
 * RFC 3810 5.2 141 to 143, RFC 3971 6 148 and 149, RFC 4286 3 to 5 151 to 153. */
static __always_inline bool is_of_link_scope(__u8 type)
{
	return (type >= 130 && type <= 137) || (type >= 141 && type <= 143) ||
	       (type >= 148 && type <= 153 && type != 150);
}

/* The type of a message between neighbours, also behind a Router Alert (RFC 2710 3); 0: the packet
 * is none. */
static __always_inline __u8 type_of_link_scope(
	struct __sk_buff *skb, const struct ipv6_header *header)
{
	__u8 protocol = header->next_header, type;
	__u32 offset = sizeof(*header);
	struct extension extension;

	if (protocol == NEXT_HEADER_HOP_BY_HOP) {
		if (!packet_load(skb, offset, &extension, sizeof(extension)))
			return 0;
		protocol = extension.next_header;
		offset += (extension.length + 1) * 8;
	}
	if (protocol != NEXT_HEADER_ICMPV6 || !packet_load(skb, offset, &type, sizeof(type)))
		return 0;
	return is_of_link_scope(type) ? type : 0;
}

/* RFC 4443 2.1, with the identifier of 4.2. */
struct icmpv6_header {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be16 identifier;
	__be16 rest;
};

/* The home agent's answer to a probe came by this link's router. */
static __always_inline void note_answer(__u32 ifindex)
{
	struct abi_link *link = link_of(ifindex);

	if (link)
		link->proven_s = bpf_ktime_get_boot_ns() / NS_PER_S;
}

/* RFC 4861 4.3, 4.4: of Neighbour Solicitations and Advertisements. */
static __always_inline bool load_target(
	struct __sk_buff *skb, __u32 offset, struct abi_address *ret)
{
	return packet_load(skb, offset + sizeof(struct icmpv6_header), ret, sizeof(*ret));
}

/* Router Advertisements on each link; Neighbour Advertisements for the home agent's address. */
static __always_inline bool mobile_node_hears(struct __sk_buff *skb, __u32 offset, __u8 type)
{
	struct abi_address target;

	if (type == ICMPV6_NEIGHBOR_ADVERTISEMENT)
		return load_target(skb, offset, &target) && is_agent_of_mobile_node(&target);
	return type == ICMPV6_ROUTER_ADVERTISEMENT;
}

/* fe80::/10 (RFC 4291 2.4) */
static __always_inline bool is_link_local(const struct abi_address *address)
{
	return address->octets[0] == 0xfe && (address->octets[1] & 0xc0) == 0x80;
}

/*
 * The daemon gets these messages of the home link: Router Advertisements; solicitations of a home
 * address; advertisements of one, and Duplicate Address Detection for one. No map contains a home
 * address that is not registered yet (RFC 6275 10.3.1), or the link-local address that is defended
 * with it (RFC 6275 10.4.1).
 */
static __always_inline bool home_agent_hears(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 offset, __u8 type)
{
	struct abi_address target;

	if (packet_ifindex(skb) != state.home_link)
		return false;
	if (type == ICMPV6_NEIGHBOR_SOLICITATION)
		return is_unspecified(&header->source) ||
		       (load_target(skb, offset, &target) &&
			       (is_link_local(&target) ||
				       home_lookup(ABI_SIDE_HOME_AGENT, &target)));
	return type == ICMPV6_ROUTER_ADVERTISEMENT || type == ICMPV6_NEIGHBOR_ADVERTISEMENT;
}

static __always_inline bool is_heard(
	struct __sk_buff *skb, const struct ipv6_header *header, __u32 offset, __u8 type)
{
	if (header->hop_limit != HOP_LIMIT_ON_LINK)
		return false;
	if ((state.roles & ABI_ROLE_MOBILE_NODE) && mobile_node_hears(skb, offset, type))
		return true;
	return (state.roles & ABI_ROLE_HOME_AGENT) && home_agent_hears(skb, header, offset, type);
}

static __always_inline bool is_taken(
	const struct ipv6_header *header, const struct icmpv6_header *icmp, const struct ends *ends)
{
	if (icmp->type == ICMPV6_ECHO_REPLY)
		return ends_are_ours(ends) && icmp->identifier == config.probe_identifier_be;
	return icmp->type == ICMPV6_HOME_AGENT_REQUEST && (state.roles & ABI_ROLE_HOME_AGENT) &&
	       (ends->to_home_agent || state_address_is(&state.anycast, &header->destination));
}

/* The reply to a probe that shows the binding proves the path. The daemon gets it as it gets every
 * packet with a type 2 routing header. */
static __always_inline void note_bound_answer(
	struct __sk_buff *skb, const struct ext_headers *ext_headers)
{
	struct icmpv6_header icmp;

	if (ext_headers->protocol == NEXT_HEADER_ICMPV6 && !ext_headers->fragment &&
		packet_load(skb, ext_headers->offset, &icmp, sizeof(icmp)) &&
		icmp.type == ICMPV6_ECHO_REPLY && icmp.identifier == config.probe_identifier_be)
		note_answer(packet_ifindex(skb));
}

/* RFC 6275 10.5: any host may ask. */
static __always_inline int request_take(struct __sk_buff *skb, const struct ipv6_header *header)
{
	if (!may_be_punted(PUNT_REQUEST, PUNT_REQUEST_UNREAD_MAX))
		return drop_received(skb, ABI_DROP_FLOOD);
	return punt(skb, header, false);
}

/* A message of link scope to an address that the home agent proxies. RFC 6275 10.4.1: only the
 * daemon answers solicitations. The kernel would forward such a message or send a Redirect. */
static __always_inline int link_scope_take(
	struct __sk_buff *skb, const struct ipv6_header *header, __u8 type)
{
	if (type != ICMPV6_NEIGHBOR_SOLICITATION || header->hop_limit != HOP_LIMIT_ON_LINK ||
		packet_ifindex(skb) != state.home_link)
		return drop_received(skb, ABI_DROP_LINK_SCOPE);
	if (!may_be_punted(PUNT_DISCOVERY, PUNT_DISCOVERY_UNREAD_MAX))
		return drop_received(skb, ABI_DROP_FLOOD);
	return punt(skb, header, false);
}

/* Whether the packet came by the home link, to a link-local address that the home agent proxies. */
static __always_inline bool is_for_proxied(struct __sk_buff *skb, const struct ipv6_header *header)
{
	return (state.roles & ABI_ROLE_HOME_AGENT) && is_link_local(&header->destination) &&
	       packet_ifindex(skb) == state.home_link &&
	       home_lookup(ABI_SIDE_HOME_AGENT, &header->destination);
}

/* RFC 6275 10.4.2: packets to that address are not tunnelled. The daemon answers with Destination
 * Unreachable. */
static __always_inline int proxied_take(struct __sk_buff *skb, const struct ipv6_header *header)
{
	const __u8 type = type_of_link_scope(skb, header);

	if (type != 0)
		return link_scope_take(skb, header, type);
	if (!may_be_punted(PUNT_DISCOVERY, PUNT_DISCOVERY_UNREAD_MAX))
		return drop_received(skb, ABI_DROP_FLOOD);
	return punt(skb, header, false);
}

static __always_inline int icmpv6_receive(struct __sk_buff *skb, const struct ipv6_header *header,
	__u32 offset, const struct ends *ends)
{
	struct icmpv6_header icmp;

	if (!packet_load(skb, offset, &icmp, sizeof(icmp)))
		return TC_ACT_OK;
	if (is_of_link_scope(icmp.type) && home_lookup(ABI_SIDE_HOME_AGENT, &header->destination))
		return link_scope_take(skb, header, icmp.type);
	if (is_taken(header, &icmp, ends)) {
		if (ends->from_home_agent)
			note_answer(packet_ifindex(skb));
		return icmp.type == ICMPV6_ECHO_REPLY
			       ? punt_signalling(skb, header, &header->source, false)
			       : request_take(skb, header);
	}
	/* Any host can send a reply, and one may come to a care-of address without a tunnel. */
	const bool reply =
		(state.roles & ABI_ROLE_MOBILE_NODE) && icmp.type == ICMPV6_HOME_AGENT_REPLY;
	if (reply || is_heard(skb, header, offset, icmp.type))
		return punt_copy(skb, header, reply ? PUNT_REQUEST : PUNT_DISCOVERY,
			reply ? PUNT_REQUEST_UNREAD_MAX : PUNT_DISCOVERY_UNREAD_MAX);
	if (state.roles & (ABI_ROLE_ROUTE_OPTIMIZATION | ABI_ROLE_CORRESPONDENT)) {
		__u32 event = error_event(skb, header, offset);
		if (event)
			return error_take(skb, header, event);
	}
	return icmp.type <= ICMPV6_ERROR_LAST ? tunnel_error(skb, header, offset) : TC_ACT_OK;
}

#endif
