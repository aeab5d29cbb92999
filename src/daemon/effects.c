/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries out the core's effects, in their order. What the machine refuses (memory, netlink, a full
 * map) is logged and does not stop the rest.
 */
#include "daemon.h"
#include "persistence.h"
#include "log.h"
#include "control/monitor.h"

#include "../io/base/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

/* Mobile node: whom packets go to from now on, and which way leads there. */
static void home_agent_set(struct daemon *daemon, const struct in6_addr *home_agent)
{
	static const struct in6_addr none;
	int error = host_target_set(daemon->host, home_agent);

	dataplane_state_set(daemon->dataplane, home_agent, &none, 0);
	if (error < 0)
		log_error("home agent: %s", strerror(-error));
}

/* Mobile node: the link that the tunnel leads by. */
static struct watched_link *link_of(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	if (tunnel->kind == TUNNEL_TO_MOBILE_NODE)
		return NULL;
	/* The only binding of a correspondent that knows no BIDs has none. */
	if (tunnel->kind == TUNNEL_TO_CORRESPONDENT)
		return watched_links_with_ifindex(daemon, tunnel->ifindex);
	return watched_links_with_bid(daemon, tunnel->bid);
}

static void tunnel_set(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct watched_link *link = link_of(daemon, tunnel);
	const struct in6_addr *next_hop = link ? watched_link_next_hop(link, tunnel) : NULL;

	persistence_touch(daemon, &tunnel->home_address);
	int error = dataplane_tunnel_set(daemon->dataplane, tunnel, next_hop);
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
	if (tunnel->usable && daemon_is_mobile_node(daemon))
		slow_path_release(daemon, tunnel);
}

static void tunnel_remove(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct watched_link *link = watched_links_with_bid(daemon, tunnel->bid);

	if (link && IN6_IS_ADDR_UNSPECIFIED(&tunnel->peer))
		link->has_tunnel = false;
	persistence_touch(daemon, &tunnel->home_address);
	dataplane_tunnel_remove(
		daemon->dataplane, &tunnel->home_address, &tunnel->peer, tunnel->bid);
}

static int queue_packet(struct daemon *daemon, const struct effect_send *packet)
{
	/* A full queue is sent when more is added; not before all is kept that is acknowledged in
	 * it. */
	if (persistence_due(daemon) && sender_room(daemon->sender) == 0)
		return -ENOBUFS;
	if (packet->framed)
		return sender_add_frame(daemon->sender, packet->ifindex, packet->link_layer,
			packet->octets, packet->length);
	return sender_add(daemon->sender, packet->ifindex, packet->octets, packet->length);
}

static void send_packet(struct daemon *daemon, const struct effect_send *packet)
{
	int error = queue_packet(daemon, packet);

	if (error < 0)
		log_debug("packet for link %u not sent: %s", packet->ifindex, strerror(-error));
}

static void carry_out(struct daemon *daemon, const struct effect *effect)
{
	int error = 0;

	switch (effect->type) {
	case EFFECT_SEND:
		send_packet(daemon, &effect->send);
		break;
	case EFFECT_TUNNEL_SET:
		tunnel_set(daemon, &effect->tunnel);
		break;
	case EFFECT_TUNNEL_REMOVE:
		tunnel_remove(daemon, &effect->tunnel);
		break;
	case EFFECT_NODE_SET:
		persistence_touch(daemon, &effect->node.home_address);
		error = dataplane_node_set(daemon->dataplane, &effect->node);
		if (error < 0)
			log_error("node not remembered: %s", strerror(-error));
		break;
	case EFFECT_INTERCEPT:
		home_link_intercept(daemon, &effect->intercept);
		break;
	case EFFECT_HOME_ADDRESS:
		home_address_use(daemon, &effect->home_address);
		break;
	case EFFECT_HOME_AGENT:
		home_agent_set(daemon, &effect->home_agent);
		break;
	case EFFECT_EVENT:
		log_event(&effect->event);
		if (effect->event.type == EVENT_HOME_LINK_FOUND ||
			effect->event.type == EVENT_HOME_LINK_LEFT)
			home_address_guard(daemon);
		monitor_event(daemon->monitor, &effect->event, clock_now());
		break;
	case EFFECT_STOPPED:
		event_base_loopexit(daemon->loop.base, NULL);
		break;
	}
}

void effects_carry_out(struct daemon *daemon)
{
	/* First, as what is sent next goes by these routes. */
	if (daemon_is_mobile_node(daemon))
		watched_links_follow_care_of(daemon);
	for (size_t i = 0; i < daemon->outbox.count; i++)
		carry_out(daemon, &daemon->outbox.effects[i]);
	daemon->outbox.count = 0;
}
