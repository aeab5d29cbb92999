/* SPDX-License-Identifier: BSD-2-Clause */
#include "tunnel_error.h"

#include "quoted_packet.h"

#include "../../io/base/clock.h"

#include <netinet/icmp6.h>
#include <string.h>

struct reported {
	struct in6_addr local;  /* our end of the tunnel */
	struct in6_addr remote; /* the other one */
	bool by_other_end;      /* the other end of the tunnel sent the error, not a router */
	uint8_t type;
	uint8_t code;
	uint32_t detail;      /* MTU, or Pointer */
	size_t outer_octets;  /* of the outer packet: its whole length */
	size_t header_octets; /* of the headers before the inner packet */
	struct octets inner;  /* its quoted octets */
};

/* The outer packet: an IPv6 header, perhaps a Fragment header, the octets that the encapsulation
 * adds, an inner packet. */
static bool read_quoted(struct octets quoted, struct reported *ret)
{
	struct cursor cursor = cursor_over(quoted.at, quoted.length);

	cursor_u32(&cursor);
	ret->outer_octets = IPV6_HEADER_OCTETS + cursor_u16(&cursor);
	ret->header_octets = IPV6_HEADER_OCTETS;
	uint8_t next_header = cursor_u8(&cursor);
	if (next_header == IPPROTO_FRAGMENT) {
		ret->header_octets += FRAGMENT_HEADER_OCTETS;
		next_header = quoted.length > IPV6_HEADER_OCTETS ? quoted.at[IPV6_HEADER_OCTETS]
								 : IPPROTO_NONE;
	}
	ret->header_octets += encapsulation_between(next_header);
	if (cursor.failed || quoted.length < ret->header_octets + IPV6_HEADER_OCTETS)
		return false;
	ret->inner.at = quoted.at + ret->header_octets;
	ret->inner.length = quoted.length - ret->header_octets;
	return true;
}

static bool read_error(struct octets octets, struct reported *ret)
{
	struct packet packet;

	if (packet_decode(octets.at, octets.length, &packet) != WIRE_OK ||
		packet.next_header != ICMPV6_NEXT_HEADER || packet.has_home_address ||
		packet.has_routing || !packet_checksum_right(&packet, packet.payload))
		return false;
	struct cursor cursor = cursor_over(packet.payload.at, packet.payload.length);
	ret->type = cursor_u8(&cursor);
	ret->code = cursor_u8(&cursor);
	cursor_u16(&cursor);
	ret->detail = cursor_u32(&cursor);
	struct octets quoted = cursor_octets(&cursor, cursor_left(&cursor));
	if (cursor.failed || !read_quoted(quoted, ret))
		return false;
	ret->local = packet.destination;
	memcpy(&ret->remote, quoted.at + IPV6_DESTINATION_AT, sizeof(ret->remote));
	ret->by_other_end = IN6_ARE_ADDR_EQUAL(&packet.source, &ret->remote);
	return true;
}

/*
 * RFC 8201 4: a Packet Too Big with less than 1280 octets is discarded. So is one about a packet
 * that would have fitted.
 */
static bool is_plausible(const struct reported *reported)
{
	return reported->detail >= IPV6_MTU_MIN && reported->detail < reported->outer_octets;
}

/* The error quotes the inner packet as the socket wrote it, without the headers that route
 * optimization added before the packet was encapsulated. */
static void pass_on(struct slow_path *slow, const struct reported *reported, uint8_t type,
	uint8_t code, uint32_t mtu)
{
	uint8_t octets[ABI_EVENT_OCTETS_MAX];
	struct quoted_packet restored = {.inserted = 0};
	size_t length = reported->inner.length;

	if (length > sizeof(octets))
		return;
	memcpy(octets, reported->inner.at, length);
	size_t left = quoted_packet_restore(octets, length, &restored);
	if (left != 0)
		length = left;
	if (mtu != 0)
		mtu -= (uint32_t)restored.inserted;
	slow_path_answer(slow, (struct octets){octets, length}, type, code, mtu);
}

/* RFC 2473 7.1, 8.2: the sender is told if its packet was larger than 1280 octets; smaller packets
 * are fragmented at the tunnel entry point. */
static void too_big(struct slow_path *slow, const struct reported *reported,
	const struct dataplane_active *active)
{
	const uint32_t mtu = reported->detail - encapsulation_octets(ENCAP_IPV6);
	const nanos until = clock_now().mono + PATH_MTU_KEEP;

	if (!is_plausible(reported))
		return;
	dataplane_path_mtu(slow->basis->dataplane, active->subject, active->tunnel, mtu, until);
	if (reported->outer_octets - reported->header_octets > IPV6_MTU_MIN)
		pass_on(slow, reported, ICMP6_PACKET_TOO_BIG, 0,
			mtu > IPV6_MTU_MIN ? mtu : IPV6_MTU_MIN);
}

/*
 * RFC 2473 8.1, 8.2: errors about the tunnel's headers reach the sender as Destination Unreachable.
 * A Parameter Problem with code 1 comes from a node that does not accept tunnelled packets.
 */
static bool is_unreachable(const struct reported *reported)
{
	return reported->type == ICMP6_DST_UNREACH ||
	       (reported->type == ICMP6_TIME_EXCEEDED &&
		       reported->code == ICMP6_TIME_EXCEED_TRANSIT) ||
	       (reported->type == ICMP6_PARAM_PROB &&
		       reported->code == ICMP6_PARAMPROB_NEXTHEADER &&
		       reported->detail < reported->header_octets);
}

/* The home agent refuses tunnelled packets: it may have lost the bindings (ADR 38). */
static void tell_refused(struct slow_path *slow, const struct reported *reported,
	const struct dataplane_active *active)
{
	const struct mobile_host *host =
		mobile_hosts_with_home_address(slow->mobile_hosts, &active->home_address);
	struct host_event event = {
		.type = HOST_REFUSED,
		.refused = {.bid = active->bid, .care_of = reported->local},
	};

	if (host && reported->by_other_end &&
		(reported->type == ICMP6_DST_UNREACH || reported->type == ICMP6_PARAM_PROB))
		mobile_host_event(host, &event);
}

/* Home agent: a router cannot reach the care-of address (draft-wakikawa-03 3.2). Only the address
 * itself says "port unreachable". */
static void tell_unreachable(struct slow_path *slow, const struct reported *reported,
	const struct dataplane_active *active)
{
	const struct host_event event = {
		.type = HOST_UNREACHABLE,
		.unreachable = {.home_address = active->home_address, .care_of = reported->remote},
	};

	if (slow->basis->config->core.is_home_agent && !reported->by_other_end &&
		reported->type == ICMP6_DST_UNREACH && reported->code != ICMP6_DST_UNREACH_NOPORT)
		basis_host(slow->basis, &event);
}

void tunnel_error(
	struct slow_path *slow, struct octets packet, const struct dataplane_active *active)
{
	struct reported reported;

	if (!read_error(packet, &reported))
		return;
	tell_refused(slow, &reported, active);
	tell_unreachable(slow, &reported, active);
	if (reported.type == ICMP6_PACKET_TOO_BIG)
		too_big(slow, &reported, active);
	else if (is_unreachable(&reported))
		pass_on(slow, &reported, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, 0);
}
