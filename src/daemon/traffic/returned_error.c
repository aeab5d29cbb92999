/* SPDX-License-Identifier: BSD-2-Clause */
#include "returned_error.h"

#include "../base/log.h"
#include "quoted_packet.h"

#include "../../io/base/clock.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <string.h>

#define ICMPV6_HEADER_OCTETS 8
/* How long after a packet an error about it may come: a router that does not find the neighbour
 * sends Destination Unreachable after three seconds (RFC 4861 10). */
#define ERROR_LATE (10 * NANOS_PER_SECOND)

struct returned {
	struct packet packet; /* the error itself */
	uint8_t type;
	uint8_t code;
	uint32_t detail; /* MTU, or Pointer */
	size_t length;   /* of the quoted packet */
	uint8_t octets[ABI_EVENT_OCTETS_MAX];
	struct quoted_packet quoted;
};

static bool read_error(struct octets octets, struct returned *ret)
{
	struct packet *packet = &ret->packet;

	if (packet_decode(octets.at, octets.length, packet) != WIRE_OK ||
		packet->next_header != ICMPV6_NEXT_HEADER || packet->has_home_address ||
		packet->has_routing || !packet_checksum_right(packet, packet->payload))
		return false;
	struct cursor cursor = cursor_over(packet->payload.at, packet->payload.length);
	ret->type = cursor_u8(&cursor);
	ret->code = cursor_u8(&cursor);
	cursor_u16(&cursor);
	ret->detail = cursor_u32(&cursor);
	struct octets quoted = cursor_octets(&cursor, cursor_left(&cursor));
	if (cursor.failed || ret->type >= ICMP6_ECHO_REQUEST || quoted.length > sizeof(ret->octets))
		return false;
	memcpy(ret->octets, quoted.at, quoted.length);
	ret->length = quoted_packet_restore(ret->octets, quoted.length, &ret->quoted);
	/* RFC 4443 2.2: errors go to the source of the quoted packet */
	return ret->length > 0 &&
	       IN6_ARE_ADDR_EQUAL(&packet->destination, &ret->quoted.wire_source);
}

/* An attacker that guesses the addresses can send such an error: it must at least be about a
 * route-optimized path of this host. `mtu`: no larger packets by that path from now on. */
static bool is_of_our_path(struct slow_path *slow, const struct quoted_packet *quoted, uint32_t mtu)
{
	const nanos until = clock_now().mono + PATH_MTU_KEEP;
	const struct route_ends to_correspondent = {
		.home_address = quoted->source,
		.peer = quoted->destination,
		.local = quoted->wire_source,
		.remote = quoted->destination,
	};
	const struct route_ends to_mobile_node = {
		.home_address = quoted->destination,
		.peer = quoted->source,
		.local = quoted->source,
		.remote = quoted->wire_destination,
	};
	bool ours = true;

	if (quoted->has_home_address)
		ours = dataplane_route_mtu(slow->basis->dataplane, &to_correspondent, mtu, until) ==
		       0;
	if (ours && quoted->has_routing)
		ours = dataplane_route_mtu(slow->basis->dataplane, &to_mobile_node, mtu, until) ==
		       0;
	return ours;
}

static uint32_t at_least(uint32_t number, uint32_t least)
{
	return number > least ? number : least;
}

/*
 * The MTU to learn for each tunnel that the packet has gone by, without the header that it adds.
 * UINT32_MAX: none. No flow label proves that the packet was sent. So an MTU is learnt only if a
 * socket cannot be told of it, since less than 1280 octets would be left for it (ADR 36).
 */
static uint32_t path_mtu_of(const struct returned *returned)
{
	if (returned->type != ICMP6_PACKET_TOO_BIG ||
		returned->detail >= IPV6_MTU_MIN + returned->quoted.inserted)
		return UINT32_MAX;
	return returned->detail - MOBILITY_EXTENSION_OCTETS;
}

/* The MTU or Pointer for the socket: at least the least MTU, below which a socket ignores it.
 * False: it points at a header that the socket never wrote. */
static bool translate_detail(struct returned *returned)
{
	uint32_t inserted = (uint32_t)returned->quoted.inserted;

	if (returned->type == ICMP6_PACKET_TOO_BIG)
		returned->detail = at_least(returned->detail, IPV6_MTU_MIN + inserted) - inserted;
	if (returned->type != ICMP6_PARAM_PROB || returned->detail < IPV6_HEADER_OCTETS)
		return true;
	if (returned->detail < IPV6_HEADER_OCTETS + inserted)
		return false;
	returned->detail -= inserted;
	return true;
}

/* The contents of an error. */
struct report {
	struct in6_addr source;
	struct in6_addr destination;
	uint8_t hop_limit;
	uint8_t type;
	uint8_t code;
	uint32_t detail;
	struct octets quoted;
	struct in6_addr peer; /* the destination of the quoted packet */
};

static void hand_over(struct slow_path *slow, const struct report *report)
{
	uint8_t body[ABI_EVENT_OCTETS_MAX + ICMPV6_HEADER_OCTETS];
	uint8_t packet[sizeof(body) + IPV6_HEADER_OCTETS];
	struct builder builder = builder_over(body, sizeof(body));
	const struct packet_envelope envelope = {
		.source = report->source,
		.destination = report->destination,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = report->hop_limit,
	};

	if (!slow_path_admits_error(slow, &report->peer))
		return;
	builder_u8(&builder, report->type);
	builder_u8(&builder, report->code);
	builder_u16(&builder, 0);
	builder_u32(&builder, report->detail);
	builder_octets(&builder, report->quoted.at, report->quoted.length);
	struct octets payload = {body, builder_length(&builder)};
	size_t length = packet_build(&envelope, payload, packet, sizeof(packet));
	if (length > 0 && device_write(slow->basis->device, packet, length) == 0)
		slow->errors_returned++;
}

static void hand_over_returned(struct slow_path *slow, const struct returned *returned)
{
	const struct report report = {
		.source = returned->packet.source,
		.destination = returned->quoted.source,
		.hop_limit = returned->packet.hop_limit,
		.type = returned->type,
		.code = returned->code,
		.detail = returned->detail,
		.quoted = {returned->octets, returned->length},
		.peer = returned->quoted.destination,
	};

	hand_over(slow, &report);
}

static void log_problem(const struct in6_addr *source)
{
	char text[INET6_ADDRSTRLEN];

	log_refused("%s does not take packets of route optimization",
		inet_ntop(AF_INET6, source, text, sizeof(text)));
}

/* RFC 6275 11.3.5, 5.2.9: the other end does not accept our headers, or is not reached. No socket
 * can do anything about that, but the core can. */
static void tell_core(struct slow_path *slow, uint32_t ifindex, struct octets packet)
{
	const struct arrival arrival = {.at = clock_now(), .ifindex = ifindex, .packet = packet};

	basis_packet(slow->basis, &arrival);
}

/* RFC 6275 9.3.4: a router on the path, not the mobile node itself, cannot reach the care-of
 * address. */
static bool says_unreachable(const struct returned *returned)
{
	return returned->type == ICMP6_DST_UNREACH && returned->code != ICMP6_DST_UNREACH_NOPORT &&
	       returned->quoted.has_routing &&
	       !IN6_ARE_ADDR_EQUAL(&returned->packet.source, &returned->quoted.wire_destination);
}

/* Only if a packet was sent lately: a true error is about one. */
static void tell_correspondent(struct slow_path *slow, const struct returned *returned)
{
	const struct quoted_packet *quoted = &returned->quoted;
	struct host_event event = {
		.type = HOST_UNREACHABLE,
		.unreachable = {.home_address = quoted->destination,
			.peer = quoted->source,
			.care_of = quoted->wire_destination},
	};
	nanos sent;

	dataplane_route_activity(slow->basis->dataplane, &quoted->destination, &quoted->source,
		&quoted->wire_destination, &sent, &event.unreachable.received);
	if (sent != 0 && clock_now().mono < sent + ERROR_LATE)
		basis_host(slow->basis, &event);
}

void returned_error(struct slow_path *slow, uint32_t ifindex, struct octets packet)
{
	static struct returned returned;

	memset(&returned, 0, sizeof(returned));
	if (!read_error(packet, &returned))
		return;
	/* RFC 8201 4: an MTU of less than 1280 is ignored. */
	if (returned.type == ICMP6_PACKET_TOO_BIG && returned.detail < IPV6_MTU_MIN)
		return;
	if (!is_of_our_path(slow, &returned.quoted, path_mtu_of(&returned)))
		return;
	bool whole = translate_detail(&returned);
	if (whole)
		hand_over_returned(slow, &returned);
	if ((whole && returned.type != ICMP6_DST_UNREACH) ||
		!slow_path_admits_error(slow, &returned.quoted.destination))
		return;
	if (says_unreachable(&returned) && slow->basis->config->core.corresponds)
		tell_correspondent(slow, &returned);
	if (!whole)
		log_problem(&returned.packet.source);
	tell_core(slow, ifindex, packet);
}

void returned_too_large(struct slow_path *slow, struct octets packet, uint32_t mtu)
{
	struct cursor cursor = cursor_over(packet.at, packet.length);
	struct report report = {
		.hop_limit = HOP_LIMIT,
		.type = ICMP6_PACKET_TOO_BIG,
		.detail = mtu,
		.quoted = packet,
	};

	cursor_octets(&cursor, IPV6_SOURCE_AT);
	cursor_address(&cursor, &report.source);
	cursor_address(&cursor, &report.peer);
	/* RFC 4443 2.4 (e.6): no error goes to an address that is not one node's */
	if (cursor.failed || IN6_IS_ADDR_UNSPECIFIED(&report.source) ||
		IN6_IS_ADDR_MULTICAST(&report.source))
		return;
	report.destination = report.source;
	hand_over(slow, &report);
}
