/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries out the core's effects, in their order. What the machine refuses (memory, netlink, a full
 * map) is logged and does not stop the rest.
 */
#include "agent.h"
#include "keeping.h"
#include "log.h"
#include "monitor.h"

#include "../io/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

/* Mobile node: whom packets go to from now on, and which way leads there. */
static void home_agent_set(struct agent *agent, const struct in6_addr *home_agent)
{
	static const struct in6_addr none;
	int error = host_target_set(agent->host, home_agent);

	dataplane_state_set(agent->dataplane, home_agent, &none, 0);
	if (error < 0)
		log_error("home agent: %s", strerror(-error));
}

/* Mobile node: the link that the tunnel leads by. */
static struct watched_link *link_of(struct agent *agent, const struct effect_tunnel *tunnel)
{
	if (tunnel->kind == TUNNEL_TO_MOBILE_NODE)
		return NULL;
	/* The only binding of a correspondent that knows no BIDs has none. */
	if (tunnel->kind == TUNNEL_TO_CORRESPONDENT)
		return watched_links_with_ifindex(agent, tunnel->ifindex);
	return watched_links_with_bid(agent, tunnel->bid);
}

static void tunnel_set(struct agent *agent, const struct effect_tunnel *tunnel)
{
	struct watched_link *link = link_of(agent, tunnel);
	const struct in6_addr *next_hop = link ? watched_link_next_hop(link, tunnel) : NULL;

	keeping_touch(agent, &tunnel->home_address);
	int error = dataplane_tunnel_set(agent->dataplane, tunnel, next_hop);
	if (error < 0) {
		log_error("tunnel of BID %u: %s", tunnel->bid, strerror(-error));
		return;
	}
	if (is_direct(tunnel))
		return;
	if (link) {
		link->tunnel = *tunnel;
		link->has_tunnel = true;
	}
	if (tunnel->usable && agent_is_mobile_node(agent))
		slow_path_release(agent, tunnel);
}

static void tunnel_remove(struct agent *agent, const struct effect_tunnel *tunnel)
{
	struct watched_link *link = watched_links_with_bid(agent, tunnel->bid);

	if (link && IN6_IS_ADDR_UNSPECIFIED(&tunnel->peer))
		link->has_tunnel = false;
	keeping_touch(agent, &tunnel->home_address);
	dataplane_tunnel_remove(
		agent->dataplane, &tunnel->home_address, &tunnel->peer, tunnel->bid);
}

static int queue_packet(struct agent *agent, const struct effect_send *packet)
{
	/* A full queue is sent when more is added; not before all is kept that is acknowledged in
	 * it. */
	if (keeping_due(agent) && sender_room(agent->sender) == 0)
		return -ENOBUFS;
	if (packet->framed)
		return sender_add_frame(agent->sender, packet->ifindex, packet->link_layer,
			packet->octets, packet->length);
	return sender_add(agent->sender, packet->ifindex, packet->octets, packet->length);
}

static void send_packet(struct agent *agent, const struct effect_send *packet)
{
	int error = queue_packet(agent, packet);

	if (error < 0)
		log_debug("packet for link %u not sent: %s", packet->ifindex, strerror(-error));
}

static void carry_out(struct agent *agent, const struct effect *effect)
{
	int error = 0;

	switch (effect->type) {
	case EFFECT_SEND:
		send_packet(agent, &effect->send);
		break;
	case EFFECT_TUNNEL_SET:
		tunnel_set(agent, &effect->tunnel);
		break;
	case EFFECT_TUNNEL_REMOVE:
		tunnel_remove(agent, &effect->tunnel);
		break;
	case EFFECT_NODE_SET:
		keeping_touch(agent, &effect->node.home_address);
		error = dataplane_node_set(agent->dataplane, &effect->node);
		if (error < 0)
			log_error("node not remembered: %s", strerror(-error));
		break;
	case EFFECT_INTERCEPT:
		home_link_intercept(agent, &effect->intercept);
		break;
	case EFFECT_HOME_ADDRESS:
		home_address_use(agent, &effect->home_address);
		break;
	case EFFECT_HOME_AGENT:
		home_agent_set(agent, &effect->home_agent);
		break;
	case EFFECT_NOTE:
		log_note(&effect->note);
		if (effect->note.type == NOTE_HOME_LINK_FOUND ||
			effect->note.type == NOTE_HOME_LINK_LEFT)
			home_address_guard(agent);
		monitor_note(agent->monitor, &effect->note, clock_now());
		break;
	case EFFECT_STOPPED:
		event_base_loopexit(agent->loop.base, NULL);
		break;
	}
}

void effects_carry_out(struct agent *agent)
{
	/* First, as what is sent next goes by these routes. */
	if (agent_is_mobile_node(agent))
		watched_links_follow_care_of(agent);
	for (size_t i = 0; i < agent->outbox.count; i++)
		carry_out(agent, &agent->outbox.effects[i]);
	agent->outbox.count = 0;
}
