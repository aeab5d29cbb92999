/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets that are for the home agent (RFC 6275 10): the receive checks, and which part of it
 * handles a message.
 */
#include "home_agent.h"
#include "care_of_question.h"
#include "home_link/home_binding.h"
#include "../base/error_report.h"
#include "../base/own_packet.h"
#include "../binding/binding_changes.h"

/* RFC 6275 10.5: only a discovery request comes to the anycast address. */
static bool is_ours(const struct home_agent_config *config, const struct packet *packet)
{
	struct in6_addr ours = config->address;
	if (icmpv6_type(packet) == ICMPV6_HOME_AGENT_REQUEST)
		ours = address_home_agents_anycast(
			&config->home_prefix, config->home_prefix_length);
	return IN6_ARE_ADDR_EQUAL(&packet->destination, &ours);
}

/*
 * A packet from a home address came by another link than the home link: it is forged, or an
 * attacker who made the mobile node believe that it is at home has relayed it. While the configured
 * home link cannot be used, no mobile node is at home.
 */
static bool comes_from_elsewhere(const struct home_agent *agent, const struct received *received)
{
	return agent->config.home_link &&
	       home_binding_is_at_home(&agent->home_link, received->packet) &&
	       !home_link_has_sender(
		       &agent->home_link, received->arrival->ifindex, received->packet);
}

/* Neighbour Discovery has rules of its own about its destination (RFC 4861 6.1, 7.1); it may be for
 * an address that the home agent proxies. */
bool home_agent_is_for(const void *self, const struct received *received)
{
	const struct home_agent *agent = self;
	const struct packet *packet = received->packet;
	if (icmpv6_is_neighbour_discovery(icmpv6_type(packet)) ||
		IN6_IS_ADDR_LINKLOCAL(&packet->destination))
		return agent->config.home_link &&
		       received->arrival->ifindex == agent->home_link.now.ifindex;
	return !packet->has_routing && is_ours(&agent->config, packet);
}

/* RFC 5648 6.5: any of its care-of addresses */
bool home_agent_binds(const void *self, nanos now, const struct packet *packet)
{
	const struct home_agent *agent = self;
	const struct binding_entry *entry = is_ours(&agent->config, packet)
						    ? home_agent_find(agent, &packet->home_address)
						    : NULL;
	(void)now;
	return entry && bindings_at(&entry->bindings, &packet->source);
}

void home_agent_address_answer(
	const void *self, const struct received *received, struct effect_send *answer)
{
	home_binding_address_answer(&((const struct home_agent *)self)->home_link,
		received->arrival->ifindex, received->packet, NULL, answer);
}

bool home_agent_admits(void *self, struct moment now, const struct received *received, bool bound,
	struct outbox *outbox)
{
	struct home_agent *agent = self;
	const struct packet *packet = received->packet;
	if (icmpv6_is_neighbour_discovery(icmpv6_type(packet)))
		return true;
	if (IN6_IS_ADDR_LINKLOCAL(&packet->destination)) {
		home_link_undeliverable(&agent->home_link, now, received, outbox);
		return false;
	}
	/* RFC 6275 6.4: a routing header would need an address of our own */
	if (packet->has_routing || !is_ours(&agent->config, packet)) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return false;
	}
	if (comes_from_elsewhere(agent, received)) {
		base_drop(agent->base, DROP_NOT_ON_HOME_LINK);
		return false;
	}
	if (bound)
		return true;
	base_drop(agent->base, DROP_NO_BINDING);
	struct effect_send *answer = unknown_binding_send(
		agent->base, &agent->errors, received->arrival, packet, outbox);
	if (answer)
		home_agent_address_answer(agent, received, answer);
	return false;
}

/*
 * RFC 6275 9.3.1, 9.3.2: a probe that shows the binding; the caller has found the binding. The data
 * plane answers the usual form of it, the kernel answers requests without Home Address option.
 */
static void echo_request(struct home_agent *agent, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	if (!packet->has_home_address) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return;
	}
	if (!source_limit_allows(&agent->answers, now.mono, &packet->source)) {
		base_drop(agent->base, DROP_RATE_LIMITED);
		return;
	}
	struct icmpv6 reply = *received->message;
	reply.type = ICMPV6_ECHO_REPLY;
	uint8_t octets[PACKET_OCTETS_MAX];
	const struct octets payload = {octets, icmpv6_encode(&reply, octets, sizeof(octets))};
	const struct packet_envelope envelope = {
		.source = agent->config.address,
		.destination = packet->source,
		.routing_address =
			packet_is_from_home_address(packet) ? NULL : &packet->home_address,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length =
		(uint16_t)packet_build(&envelope, payload, send->octets, sizeof(send->octets));
	home_binding_address_answer(
		&agent->home_link, received->arrival->ifindex, packet, NULL, send);
	if (payload.length == 0 || send->length == 0)
		outbox->count--;
}

static bool has_home_binding(const struct home_agent *agent, const struct packet *packet)
{
	const struct binding_entry *entry = home_agent_find(agent, packet_home_address(packet));
	return entry && entry->bindings.count > 0;
}

/* RFC 6275 9.5.1: a correspondent of the same core registers updates without H, unless the home
 * address is registered here. */
static bool is_for_correspondent(const struct home_agent *agent, const struct received *received)
{
	return agent->base->corresponds && !(received->message->binding_update.flags & BU_HOME) &&
	       !has_home_binding(agent, received->packet);
}

enum drop home_agent_message(
	void *self, struct moment now, const struct received *received, struct outbox *outbox)
{
	struct home_agent *agent = self;
	if (received->message->type != MH_binding_update || is_for_correspondent(agent, received))
		return DROP_NOT_FOR_US;
	home_agent_update(agent, now, received, outbox);
	return DROP_NONE;
}

static bool echo_reply(struct home_agent *agent, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct verification_basis basis = home_agent_verification_basis(agent);
	struct in6_addr home_address;
	if (!care_of_question_home_address(agent->config.probe_identifier, received, &home_address))
		return false;
	struct binding_entry *entry = home_agent_find(agent, &home_address);
	if (!entry ||
		!(verification_reply(home_agent_entry_of(entry)->verification, &basis, now, entry,
			  received, outbox) ||
			recovery_answer(&agent->cache, now.mono, entry, &received->packet->source,
				received->message->data.at, outbox)))
		return false;
	binding_entry_schedule(&agent->cache, now.mono, entry);
	return true;
}

static void prefix_solicitation(struct home_agent *agent, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	const struct prefix_delivery_basis basis = home_agent_delivery_basis(agent);
	struct binding_entry *entry = packet->has_home_address && agent->config.prefix_advertisement
					      ? home_agent_find(agent, &packet->home_address)
					      : NULL;
	if (!entry) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return;
	}
	prefix_delivery_solicited(
		&home_agent_entry_of(entry)->delivery, &basis, now, entry, received, outbox);
	binding_entry_schedule(&agent->cache, now.mono, entry);
}

enum drop home_agent_icmpv6(void *self, struct moment now, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	struct home_agent *agent = self;
	switch (received->message->type) {
	case ICMPV6_ECHO_REQUEST:
		echo_request(agent, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_ECHO_REPLY:
		return echo_reply(agent, now, received, outbox) ? DROP_NONE : DROP_UNEXPECTED_REPLY;
	case ICMPV6_NEIGHBOR_SOLICITATION:
	case ICMPV6_NEIGHBOR_ADVERTISEMENT:
		home_link_receive(&agent->home_link, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_ROUTER_ADVERTISEMENT:
		home_agent_discovery_hear(&agent->discovery, now, received);
		return DROP_NONE;
	case ICMPV6_HOME_AGENT_REQUEST:
		home_agent_discovery_request(&agent->discovery, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_PREFIX_SOLICITATION:
		prefix_solicitation(agent, now, received, outbox);
		return DROP_NONE;
	default:
		return DROP_NOT_FOR_US;
	}
}
