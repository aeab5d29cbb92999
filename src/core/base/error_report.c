/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Error and Parameter Problem. Changes no state but the rate limit's.
 */
#include "error_report.h"

#include "../home_agent/home_link/home_binding.h"
#include "../mobile_node/mobile_node.h"
#include "own_packet.h"

#include <string.h>

/* RFC 4443 2.4 (c): an error quotes as much as fits the least MTU of IPv6. */
#define PROBLEM_OCTETS 8
#define QUOTE_MAX (IPV6_MTU_MIN - IPV6_HEADER_OCTETS - PROBLEM_OCTETS)
#define PARAMETER_PROBLEM 4
#define ERRONEOUS_FIELD 0

#define BINDING_ERROR_OCTETS 24

/* RFC 4443 2.4 (e): nothing for what came to or from a group, or from nobody. */
static bool answerable(const struct packet *packet)
{
	return !IN6_IS_ADDR_MULTICAST(&packet->destination) &&
	       !IN6_IS_ADDR_MULTICAST(&packet->source) &&
	       !IN6_IS_ADDR_UNSPECIFIED(&packet->source) && !IN6_IS_ADDR_LOOPBACK(&packet->source);
}

static bool drop(struct core *core, enum drop why)
{
	core_drop(core, why);
	return false;
}

static bool may_answer(
	struct core *core, const struct arrival *arrival, const struct packet *packet)
{
	if (!answerable(packet))
		return drop(core, DROP_NOT_FOR_US);
	return rate_limit_allows(&core->answers, arrival->at.mono, &packet->source) ||
	       drop(core, DROP_RATE_LIMITED);
}

static bool is_home_address(const struct core *core, const struct in6_addr *address)
{
	return core->role == ROLE_MOBILE_NODE &&
	       IN6_ARE_ADDR_EQUAL(address, &core->mobile_node->config.home_address);
}

/* A peer for which we are a correspondent knows our home address only; no other is in a routing
 * header that comes so far (correspondent_takes()). */
static const struct in6_addr *our_address(const struct core *core, const struct packet *packet)
{
	return core->correspondent && packet->has_routing ? &packet->routing_address
							  : &packet->destination;
}

/*
 * A home agent or correspondent answers as routed, for its links are not its peers' links; a mobile
 * node as itself on the link of the question, as its home address as it sends everything from
 * there; whoever was asked from a link-local address, on the link of the question.
 */
static uint32_t link_for(const struct core *core, uint32_t ifindex, const struct packet *packet)
{
	bool routed = core->role != ROLE_MOBILE_NODE && !IN6_IS_ADDR_LINKLOCAL(&packet->source);
	return routed ? 0 : ifindex;
}

static void answer(struct core *core, uint32_t ifindex, const struct packet *packet,
	uint8_t next_header, struct octets payload, struct outbox *outbox)
{
	const struct packet_envelope envelope = {
		.source = *our_address(core, packet),
		.destination = packet->source,
		.next_header = next_header,
		.hop_limit = HOP_LIMIT,
	};
	if (is_home_address(core, &envelope.source)) {
		core->counters.errors_sent += own_packet_send(core, &envelope, payload, outbox);
		return;
	}
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->ifindex = link_for(core, ifindex, packet);
	send->length =
		(uint16_t)packet_build(&envelope, payload, send->octets, sizeof(send->octets));
	if (core->role == ROLE_HOME_AGENT)
		home_binding_address_answer(core, ifindex, packet, NULL, send);
	core->counters.errors_sent++;
}

static size_t encode_binding_error(const struct core *core, uint8_t status,
	const struct in6_addr *home_address, uint8_t octets[BINDING_ERROR_OCTETS])
{
	struct message message;
	struct message_layout layout;
	message_init(&message, MH_binding_error);
	message.binding_error.status = status;
	if (home_address)
		message.binding_error.home_address = *home_address;
	return message_encode(core->dialect, &message, octets, BINDING_ERROR_OCTETS, &layout)
		       ? layout.length
		       : 0;
}

static void send_binding_error(struct core *core, uint32_t ifindex, const struct packet *packet,
	uint8_t status, struct outbox *outbox)
{
	uint8_t octets[BINDING_ERROR_OCTETS];
	size_t length = encode_binding_error(
		core, status, packet->has_home_address ? &packet->home_address : NULL, octets);
	if (length > 0)
		answer(core, ifindex, packet, MH_NEXT_HEADER, (struct octets){octets, length},
			outbox);
}

void lost_binding_send(struct core *core, const struct in6_addr *own,
	const struct in6_addr *care_of, const struct in6_addr *home_address, struct outbox *outbox)
{
	uint8_t octets[BINDING_ERROR_OCTETS];
	const struct packet_envelope envelope = {
		.source = *own,
		.destination = *care_of,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	size_t length = encode_binding_error(core, BE_UNKNOWN_BINDING, home_address, octets);
	if (length > 0)
		core->counters.errors_sent +=
			own_packet_send(core, &envelope, (struct octets){octets, length}, outbox);
}

void binding_error_send(struct core *core, const struct arrival *arrival,
	const struct packet *packet, uint8_t status, struct outbox *outbox)
{
	if (may_answer(core, arrival, packet))
		send_binding_error(core, arrival->ifindex, packet, status, outbox);
}

void unknown_binding_send(struct core *core, struct source_limit *limit,
	const struct arrival *arrival, const struct packet *packet, struct outbox *outbox)
{
	if (!answerable(packet))
		core_drop(core, DROP_NOT_FOR_US);
	else if (!source_limit_allows(limit, arrival->at.mono, &packet->source))
		core_drop(core, DROP_RATE_LIMITED);
	else
		send_binding_error(core, arrival->ifindex, packet, BE_UNKNOWN_BINDING, outbox);
}

void parameter_problem_send(struct core *core, const struct arrival *arrival,
	const struct packet *packet, size_t at, struct outbox *outbox)
{
	if (!may_answer(core, arrival, packet))
		return;
	size_t quoted = arrival->packet.length < QUOTE_MAX ? arrival->packet.length : QUOTE_MAX;
	uint8_t problem[PROBLEM_OCTETS + QUOTE_MAX];
	struct builder builder = builder_over(problem, sizeof(problem));
	builder_u8(&builder, PARAMETER_PROBLEM);
	builder_u8(&builder, ERRONEOUS_FIELD);
	builder_u16(&builder, 0);
	builder_u32(&builder, (uint32_t)at);
	builder_octets(&builder, arrival->packet.at, quoted);
	answer(core, arrival->ifindex, packet, ICMPV6_NEXT_HEADER,
		(struct octets){problem, builder_length(&builder)}, outbox);
}
