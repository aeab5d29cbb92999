/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that arrive at the mobile node: checks their source, and hands each to its part of the
 * mobile node (RFC 6275 11.3.6, 11.5.2, 11.7.3, 11.7.4, RFC 5648 5.8).
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

static bool authentic(
	struct mobile_node *node, const struct received *received, struct outbox *outbox)
{
	const struct mobile_node_config *config = &node->config;
	const struct packet *packet = received->packet;
	enum auth_result result = authentication_check(node->base, &config->auth,
		authentication_care_of(received->message, &packet->destination),
		&config->home_address, received->message, packet->payload);
	if (result == AUTH_OK)
		return true;
	base_drop(node->base, authentication_drop(result));
	registration_problem_discarded(node, authentication_problem(result), outbox);
	return false;
}

static void take_ack(struct mobile_node *node, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	if (!authentic(node, received, outbox))
		return;
	if (!acknowledgement_receive(node, now, received, outbox))
		return;
	lost_bindings_acknowledged(node);
	node->base->counters.acks_received++;
	answered(node, received->arrival->ifindex, &received->packet->destination, outbox);
}

/* RFC 5648 5.8: not authentic, so it only brings a refresh forward */
static void take_request(
	struct mobile_node *node, struct moment now, const struct opt_bid *bids, size_t count)
{
	struct home_registration *registration = &node->registration;
	if (!home_registration_refresh(registration, now.mono, bids, count))
		base_drop(node->base, DROP_RATE_LIMITED);
}

/* RFC 6275 11.3.6: it came to the care-of address that is said to have no binding. */
static void take_unknown_binding(
	struct mobile_node *node, const struct received *received, struct outbox *outbox)
{
	const struct link *link = links_with_care_of(&node->links, &received->packet->destination);
	if (!link || link->ifindex != received->arrival->ifindex ||
		arrival_is_tunnelled(received->arrival))
		base_drop(node->base, DROP_UNEXPECTED_ERROR);
	else
		lost_bindings_error(node, link, outbox);
}

static enum drop take_error(struct mobile_node *node, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	const struct msg_binding_error *error = &received->message->binding_error;
	if (error->status == BE_UNKNOWN_BINDING &&
		IN6_ARE_ADDR_EQUAL(&error->home_address, &node->config.home_address))
		take_unknown_binding(node, received, outbox);
	else if (error->status == BE_UNKNOWN_MESSAGE && parties_is_named(&node->parties, error) &&
		 home_registration_distrust(&node->registration, now.mono))
		parties_event(&node->parties, EVENT_FALL_BACK, 0, outbox);
	else
		return DROP_NOT_FOR_US;
	return DROP_NONE;
}

bool mobile_node_tunnelled(
	const void *self, const struct arrival *arrival, const struct packet *outer)
{
	const struct mobile_node *node = self;
	const struct link *link = links_with_care_of(&node->links, &outer->destination);
	return link && link->ifindex == arrival->ifindex && !outer->has_home_address &&
	       parties_is_home_agent(&node->parties, &outer->source);
}

/* A packet to a care-of address may be for any of the mobile nodes that share the link. */
bool mobile_node_is_for(const void *self, const struct received *received)
{
	const struct mobile_node *node = self;
	const struct packet *packet = received->packet;
	const struct node_addresses *addresses = &node->base->addresses;
	if (node->phase == NODE_STOPPED)
		return false;
	if (icmpv6_is_neighbour_discovery(icmpv6_type(packet)))
		return links_with_ifindex(&node->links, received->arrival->ifindex);
	if (packet->has_routing)
		return parties_is_destination(&node->parties, packet);
	/* another home address may be the care-of address (draft-montavont-mip6-mmi-02 5.1) */
	if (node_addresses_home(addresses, &packet->destination))
		return parties_is_destination(&node->parties, packet) ||
		       (links_with_care_of(&node->links, &packet->destination) &&
			       parties_is_home_agent(&node->parties, &packet->source));
	return !node_addresses_find(addresses, &packet->destination) ||
	       links_with_care_of(&node->links, &packet->destination);
}

static bool is_from_home_agent(const struct mobile_node *node, const struct packet *packet)
{
	return parties_is_home_agent(&node->parties, &packet->source);
}

static enum drop take_message(struct mobile_node *node, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	const struct message *message = received->message;
	enum drop why = node_routes(node) ? node->ro->message(node->routes, received, outbox)
					  : DROP_WRONG_PEER;
	if (why != DROP_WRONG_PEER || !is_from_home_agent(node, received->packet))
		return why;
	/* a Binding Error comes to the care-of address, without routing header (RFC 6275 9.3.3) */
	if (message->type == MH_binding_error)
		return take_error(node, now, received, outbox);
	if (!parties_is_destination(&node->parties, received->packet))
		return DROP_NOT_FOR_US;
	if (message->type == MH_binding_ack)
		take_ack(node, now, received, outbox);
	else if (message->type == MH_refresh_request)
		take_request(node, now, message->bid, message->bid_count);
	else
		return DROP_NOT_FOR_US;
	return DROP_NONE;
}

enum drop mobile_node_message(
	void *self, struct moment now, const struct received *received, struct outbox *outbox)
{
	struct mobile_node *node = self;
	if (node->phase == NODE_STOPPED)
		return DROP_NONE;
	node->now = now.mono;
	enum drop why = take_message(node, now, received, outbox);
	if (why == DROP_NONE)
		node_reconcile(node, now, outbox);
	return why;
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
		!IN6_ARE_ADDR_EQUAL(&packet->source, &node->parties.home_agent))
		return false;
	/* RFC 6275 6.4 */
	if (packet->has_routing && !parties_is_destination(&node->parties, packet))
		return false;
	enum path_state before = link->path.state;
	unsigned unshown = link->path.unshown;
	if (!path_reply(&link->path, node->now, reply->sequence, reply->data.at))
		return false;
	lost_bindings_reply(node, link, link->path.unshown < unshown, outbox);
	node_choose(node, link, before, outbox);
	return true;
}

/* RFC 6275 11.4.1: home agents are heard on the home link only; and what the advertisement says of
 * one is understood when that is in use. */
static void router_advertisement(struct mobile_node *node, struct moment now, struct link *link,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct mobile_node_config *config = &node->config;
	const struct in6_addr *home_agent = &node->parties.home_agent;
	const struct in6_addr *router = &received->packet->source;
	home_detection_advertisement(
		&link->detection, config, home_agent, now.mono, router, received->message);
	if (home_detection_is_home(&link->detection) &&
		agent_discovery_hear(node, now, received->message, outbox))
		home_detection_advertisement(
			&link->detection, config, home_agent, now.mono, router, received->message);
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
static void neighbour_discovery(struct mobile_node *node, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct icmpv6 *message = received->message;
	struct link *link = links_with_ifindex(&node->links, received->arrival->ifindex);
	if (link && message->type == ICMPV6_ROUTER_ADVERTISEMENT)
		hear_router(link, received, now.mono);
	if (!link || node->config.home_prefix_length == 0)
		return;
	if (message->type == ICMPV6_ROUTER_ADVERTISEMENT)
		router_advertisement(node, now, link, received, outbox);
	else
		home_detection_neighbour(
			&link->detection, &node->config, &node->parties.home_agent, message);
	node_reconcile(node, now, outbox);
}

static enum drop take_icmpv6(struct mobile_node *node, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	bool taken = false;
	/* all others are from the home agent itself, or of the link */
	if (arrival_is_tunnelled(received->arrival) &&
		received->message->type != ICMPV6_PARAMETER_PROBLEM)
		return DROP_NOT_FOR_US;
	switch (received->message->type) {
	case ICMPV6_DESTINATION_UNREACHABLE:
		taken = node_routes(node) && node->ro->unreachable(node->routes, received);
		break;
	case ICMPV6_PARAMETER_PROBLEM: /* RFC 6275 11.3.5 */
		taken = node_routes(node) && node->ro->problem(node->routes, received, outbox);
		break;
	case ICMPV6_ECHO_REPLY:
		if (!take_reply(node, received, outbox))
			return DROP_UNEXPECTED_REPLY;
		node->base->counters.probes_answered++;
		taken = true;
		break;
	case ICMPV6_ROUTER_ADVERTISEMENT:
	case ICMPV6_NEIGHBOR_ADVERTISEMENT:
		neighbour_discovery(node, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_HOME_AGENT_REPLY:
		return agent_discovery_reply(node, now, received, outbox)
			       ? DROP_NONE
			       : DROP_UNEXPECTED_DISCOVERY;
	case ICMPV6_PREFIX_ADVERTISEMENT:
		prefix_solicitation_receive(node, now, received, outbox);
		return DROP_NONE;
	default:
		break;
	}
	if (!taken)
		return DROP_NOT_FOR_US;
	node_reconcile(node, now, outbox);
	return DROP_NONE;
}

enum drop mobile_node_icmpv6(void *self, struct moment now, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	struct mobile_node *node = self;
	if (node->phase == NODE_STOPPED)
		return DROP_NONE;
	node->now = now.mono;
	return take_icmpv6(node, now, received, outbox);
}
