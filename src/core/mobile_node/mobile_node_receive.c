/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes in to the mobile node: who may say it, and to whom it goes on (RFC
 * 6275 11.3.6, 11.5.2, 11.7.3, 11.7.4, RFC 5648 5.8).
 */
#include "../base/authentication.h"
#include "../base/error_report.h"
#include "mobile_node.h"

/* Both directions of the link work that it came by. */
static void answered(struct mobile_node *node, uint32_t ifindex, const struct in6_addr *care_of,
	struct outbox *outbox)
{
	struct link *link = links_with_care_of(&node->links, care_of);
	if (!link || link->ifindex != ifindex)
		return;
	enum path_state before = link->path.state;
	if (update_list_sure(&node->registration.list, link->bid, &link->care_of))
		path_registered(&link->path);
	path_answered(&link->path, node->now);
	node_choose(node, link, before, outbox);
}

bool node_is_destination(const struct mobile_node *node, const struct packet *packet)
{
	const struct in6_addr *to =
		packet->has_routing ? &packet->routing_address : &packet->destination;
	return IN6_ARE_ADDR_EQUAL(to, &node->config.home_address);
}

static bool authentic(struct core *core, const struct received *received, struct outbox *outbox)
{
	const struct mobile_node_config *config = &core->mobile_node->config;
	const struct packet *packet = received->packet;
	enum auth_result result = authentication_check(core, &config->auth,
		authentication_care_of(received->message, &packet->destination),
		&config->home_address, received->message, packet->payload);
	if (result == AUTH_OK)
		return true;
	core_drop(core, authentication_drop(result));
	registration_problem_discarded(core->mobile_node, authentication_problem(result), outbox);
	return false;
}

static void take_ack(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	if (!authentic(core, received, outbox))
		return;
	if (!acknowledgement_receive(core, now, received, outbox))
		return;
	lost_bindings_acknowledged(core->mobile_node);
	core->counters.acks_received++;
	answered(core->mobile_node, received->arrival->ifindex, &received->packet->destination,
		outbox);
}

/* RFC 5648 5.8: not authentic, so it only brings a refresh forward */
static void take_request(
	struct core *core, struct moment now, const struct opt_bid *bids, size_t count)
{
	struct home_registration *registration = &core->mobile_node->registration;
	if (!home_registration_refresh(registration, now.mono, bids, count))
		core_drop(core, DROP_RATE_LIMITED);
}

/* RFC 6275 11.3.6: it came to the care-of address that is said to have no binding. */
static void take_unknown_binding(
	struct core *core, const struct received *received, struct outbox *outbox)
{
	const struct link *link =
		links_with_care_of(&core->mobile_node->links, &received->packet->destination);
	if (!link || link->ifindex != received->arrival->ifindex ||
		arrival_is_tunnelled(received->arrival))
		core_drop(core, DROP_UNEXPECTED_ERROR);
	else
		lost_bindings_error(core, link, outbox);
}

static void take_error(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	const struct msg_binding_error *error = &received->message->binding_error;
	if (error->status == BE_UNKNOWN_BINDING &&
		IN6_ARE_ADDR_EQUAL(&error->home_address, &node->config.home_address))
		take_unknown_binding(core, received, outbox);
	else if (error->status == BE_UNKNOWN_MESSAGE &&
		 home_registration_distrust(&node->registration, now.mono))
		node_event(node, EVENT_FALL_BACK, 0, outbox);
	else
		core_drop(core, DROP_NOT_FOR_US);
}

bool mobile_node_tunnelled(
	struct core *core, const struct arrival *arrival, const struct packet *outer)
{
	struct mobile_node *node = core->mobile_node;
	const struct link *link = links_with_care_of(&node->links, &outer->destination);
	return link && link->ifindex == arrival->ifindex && !outer->has_home_address &&
	       !IN6_IS_ADDR_UNSPECIFIED(&node->config.home_agent) &&
	       IN6_ARE_ADDR_EQUAL(&outer->source, &node->config.home_agent);
}

void mobile_node_message(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	const struct message *message = received->message;
	bool error = message->type == MH_binding_error;
	node->now = now.mono;
	if (node->stopped)
		return;
	if (node->routes && route_optimization_message(core, now, received, outbox)) {
		node_settle(core, now, outbox);
		return;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(&node->config.home_agent) ||
		!IN6_ARE_ADDR_EQUAL(&received->packet->source, &node->config.home_agent)) {
		core_drop(core, DROP_WRONG_PEER);
		return;
	}
	/* a Binding Error comes to the care-of address, without routing header (RFC 6275 9.3.3) */
	if (!error && !node_is_destination(node, received->packet)) {
		core_drop(core, DROP_NOT_FOR_US);
		return;
	}
	if (message->type == MH_binding_ack)
		take_ack(core, now, received, outbox);
	else if (message->type == MH_refresh_request)
		take_request(core, now, message->bid, message->bid_count);
	else if (error)
		take_error(core, now, received, outbox);
	else
		core_drop(core, DROP_NOT_FOR_US);
	node_settle(core, now, outbox);
}

static bool take_reply(
	struct mobile_node *node, const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	const struct icmpv6 *reply = received->message;
	struct link *link = links_with_care_of(&node->links, &packet->destination);
	if (!link || link->ifindex != received->arrival->ifindex ||
		reply->data.length != PATH_COOKIE_OCTETS ||
		reply->identifier != node->config.probe_identifier ||
		!IN6_ARE_ADDR_EQUAL(&packet->source, &node->config.home_agent))
		return false;
	/* RFC 6275 6.4 */
	if (packet->has_routing && !node_is_destination(node, packet))
		return false;
	enum path_state before = link->path.state;
	unsigned unshown = link->path.unshown;
	if (!path_reply(&link->path, node->now, reply->sequence, reply->data.at))
		return false;
	lost_bindings_reply(node, link, link->path.unshown < unshown, outbox);
	node_choose(node, link, before, outbox);
	return true;
}

static void echo_reply(struct core *core, struct moment now, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	if (!take_reply(core->mobile_node, received, outbox)) {
		core_drop(core, DROP_UNEXPECTED_REPLY);
		return;
	}
	core->counters.probes_answered++;
	node_settle(core, now, outbox);
}

/* RFC 6275 11.3.5 */
static void parameter_problem(struct core *core, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (core->mobile_node->routes && route_optimization_problem(core, now, received, outbox))
		node_settle(core, now, outbox);
	else
		core_drop(core, DROP_NOT_FOR_US);
}

static void unreachable(struct core *core, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (core->mobile_node->routes && route_optimization_unreachable(core, received))
		node_settle(core, now, outbox);
	else
		core_drop(core, DROP_NOT_FOR_US);
}

static struct link *link_by(struct mobile_node *node, uint32_t ifindex)
{
	for (size_t i = 0; i < node->links.count; i++)
		if (node->links.at[i].ifindex == ifindex)
			return &node->links.at[i];
	return NULL;
}

/* RFC 6275 11.4.1: home agents are heard on the home link only; and what the advertisement says of
 * one is understood when that is in use. */
static void router_advertisement(struct core *core, struct moment now, struct link *link,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct mobile_node_config *config = &core->mobile_node->config;
	const struct in6_addr *router = &received->packet->source;
	home_detection_advertisement(&link->detection, config, now.mono, router, received->message);
	if (home_detection_is_home(&link->detection) &&
		agent_discovery_hear(core, now, received->message, outbox))
		home_detection_advertisement(
			&link->detection, config, now.mono, router, received->message);
}

static void hear_router(struct link *link, const struct received_icmpv6 *received, nanos now)
{
	struct in6_addr addresses[LINK_CANDIDATES_MAX];
	const struct own_addresses own = {addresses, link->candidates_count};
	for (size_t i = 0; i < own.count; i++)
		addresses[i] = link->candidates[i].address;
	advertised_prefixes_take(
		&link->advertised, &received->packet->source, received->message, &own, now);
}

/* RFC 8028 3.1: which router advertises which prefix. RFC 6275 11.5.2, 11.5.5: advertisements of
 * links that may be the home link. */
static void neighbour_discovery(struct core *core, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	const struct icmpv6 *message = received->message;
	struct link *link = link_by(node, received->arrival->ifindex);
	if (link && message->type == ICMPV6_ROUTER_ADVERTISEMENT)
		hear_router(link, received, now.mono);
	if (!link || node->config.home_prefix_length == 0)
		return;
	if (message->type == ICMPV6_ROUTER_ADVERTISEMENT)
		router_advertisement(core, now, link, received, outbox);
	else
		home_detection_neighbour(&link->detection, &node->config, message);
	node_settle(core, now, outbox);
}

void mobile_node_icmpv6(struct core *core, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	node->now = now.mono;
	if (node->stopped)
		return;
	/* all others are from the home agent itself, or of the link */
	if (arrival_is_tunnelled(received->arrival) &&
		received->message->type != ICMPV6_PARAMETER_PROBLEM) {
		core_drop(core, DROP_NOT_FOR_US);
		return;
	}
	switch (received->message->type) {
	case ICMPV6_DESTINATION_UNREACHABLE:
		unreachable(core, now, received, outbox);
		break;
	case ICMPV6_PARAMETER_PROBLEM:
		parameter_problem(core, now, received, outbox);
		break;
	case ICMPV6_ECHO_REPLY:
		echo_reply(core, now, received, outbox);
		break;
	case ICMPV6_ROUTER_ADVERTISEMENT:
	case ICMPV6_NEIGHBOR_ADVERTISEMENT:
		neighbour_discovery(core, now, received, outbox);
		break;
	case ICMPV6_HOME_AGENT_REPLY:
		agent_discovery_reply(core, now, received, outbox);
		break;
	case ICMPV6_PREFIX_ADVERTISEMENT:
		prefix_solicitation_receive(core, now, received, outbox);
		break;
	default:
		core_drop(core, DROP_NOT_FOR_US);
	}
}
