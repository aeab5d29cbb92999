/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Error and Parameter Problem. Changes no state but the rate limit's.
 */
#include "error_report.h"

#include "own_packet.h"

#include <string.h>

/* RFC 4443 2.4 (c): an error quotes as much as fits the least MTU of IPv6. */
#define PROBLEM_OCTETS 8
#define QUOTE_MAX (IPV6_MTU_MIN - IPV6_HEADER_OCTETS - PROBLEM_OCTETS)
#define PARAMETER_PROBLEM 4
#define ERRONEOUS_FIELD 0

#define BINDING_ERROR_OCTETS 24

/* RFC 4443 2.4 (e): no error about a packet to or from a multicast address, or from ::. */
static bool answerable(const struct packet *packet)
{
	return !IN6_IS_ADDR_MULTICAST(&packet->destination) &&
	       !IN6_IS_ADDR_MULTICAST(&packet->source) &&
	       !IN6_IS_ADDR_UNSPECIFIED(&packet->source) && !IN6_IS_ADDR_LOOPBACK(&packet->source);
}

static bool drop(struct core_base *base, enum drop why)
{
	base_drop(base, why);
	return false;
}

static bool may_answer(
	struct core_base *base, const struct arrival *arrival, const struct packet *packet)
{
	if (!answerable(packet))
		return drop(base, DROP_NOT_FOR_US);
	return rate_limit_allows(&base->answers, arrival->at.mono, &packet->source) ||
	       drop(base, DROP_RATE_LIMITED);
}

/* A peer of the correspondent knows a mobile node's home address only; no other is in a routing
 * header that is admitted. */
static const struct in6_addr *our_address(const struct core_base *base, const struct packet *packet)
{
	return base->corresponds && packet->has_routing ? &packet->routing_address
							: &packet->destination;
}

/*
 * An answer from the address that a node keeps leaves as routed, since its links are not its peers'
 * links; one from a care-of address leaves by the link of the question, as does one to a link-local
 * address.
 */
static uint32_t link_for(
	const struct core_base *base, uint32_t ifindex, const struct packet_envelope *envelope)
{
	bool routed = base->addresses.homes == 0 ||
		      node_addresses_find(&base->addresses, &envelope->source);
	return routed && !IN6_IS_ADDR_LINKLOCAL(&envelope->destination) ? 0 : ifindex;
}

static struct effect_send *answer(struct core_base *base, const struct arrival *arrival,
	const struct packet *packet, uint8_t next_header, struct octets payload,
	struct outbox *outbox)
{
	const struct packet_envelope envelope = {
		.source = *our_address(base, packet),
		.destination = packet->source,
		.next_header = next_header,
		.hop_limit = HOP_LIMIT,
	};
	if (node_addresses_home(&base->addresses, &envelope.source)) {
		base->counters.errors_sent += own_packet_send(base, &envelope, payload, outbox);
		return NULL;
	}
	struct effect_send *send = own_packet_route(&envelope, payload, outbox);
	if (!send)
		return NULL;
	send->ifindex = link_for(base, arrival->ifindex, &envelope);
	base->counters.errors_sent++;
	return send;
}

static size_t encode_binding_error(const struct core_base *base, uint8_t status,
	const struct in6_addr *home_address, uint8_t octets[BINDING_ERROR_OCTETS])
{
	struct message message;
	struct message_layout layout;
	message_init(&message, MH_binding_error);
	message.binding_error.status = status;
	if (home_address)
		message.binding_error.home_address = *home_address;
	return message_encode(base->dialect, &message, octets, BINDING_ERROR_OCTETS, &layout)
		       ? layout.length
		       : 0;
}

static struct effect_send *send_binding_error(struct core_base *base, const struct arrival *arrival,
	const struct packet *packet, uint8_t status, struct outbox *outbox)
{
	uint8_t octets[BINDING_ERROR_OCTETS];
	size_t length = encode_binding_error(
		base, status, packet->has_home_address ? &packet->home_address : NULL, octets);
	if (length == 0)
		return NULL;
	return answer(
		base, arrival, packet, MH_NEXT_HEADER, (struct octets){octets, length}, outbox);
}

void lost_binding_send(struct core_base *base, const struct in6_addr *own,
	const struct in6_addr *care_of, const struct in6_addr *home_address, struct outbox *outbox)
{
	uint8_t octets[BINDING_ERROR_OCTETS];
	const struct packet_envelope envelope = {
		.source = *own,
		.destination = *care_of,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	size_t length = encode_binding_error(base, BE_UNKNOWN_BINDING, home_address, octets);
	if (length > 0)
		base->counters.errors_sent +=
			own_packet_send(base, &envelope, (struct octets){octets, length}, outbox);
}

struct effect_send *binding_error_send(struct core_base *base, const struct arrival *arrival,
	const struct packet *packet, uint8_t status, struct outbox *outbox)
{
	return may_answer(base, arrival, packet)
		       ? send_binding_error(base, arrival, packet, status, outbox)
		       : NULL;
}

struct effect_send *unknown_binding_send(struct core_base *base, struct source_limit *limit,
	const struct arrival *arrival, const struct packet *packet, struct outbox *outbox)
{
	if (!answerable(packet))
		base_drop(base, DROP_NOT_FOR_US);
	else if (!source_limit_allows(limit, arrival->at.mono, &packet->source))
		base_drop(base, DROP_RATE_LIMITED);
	else
		return send_binding_error(base, arrival, packet, BE_UNKNOWN_BINDING, outbox);
	return NULL;
}

struct effect_send *parameter_problem_send(struct core_base *base, const struct arrival *arrival,
	const struct packet *packet, size_t at, struct outbox *outbox)
{
	if (!may_answer(base, arrival, packet))
		return NULL;
	size_t quoted = arrival->packet.length < QUOTE_MAX ? arrival->packet.length : QUOTE_MAX;
	uint8_t problem[PROBLEM_OCTETS + QUOTE_MAX];
	struct builder builder = builder_over(problem, sizeof(problem));
	builder_u8(&builder, PARAMETER_PROBLEM);
	builder_u8(&builder, ERRONEOUS_FIELD);
	builder_u16(&builder, 0);
	builder_u32(&builder, (uint32_t)at);
	builder_octets(&builder, arrival->packet.at, quoted);
	return answer(base, arrival, packet, ICMPV6_NEXT_HEADER,
		(struct octets){problem, builder_length(&builder)}, outbox);
}
