/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries out the core's effects, in their order. What the machine refuses (memory, netlink, a full
 * map) is logged and does not stop the rest.
 */
#include "daemon.h"
#include "persistence.h"
#include "base/log.h"
#include "control/monitor.h"

#include "../io/base/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

/* The home agent that a mobile node uses from now on. */
static void home_agent_set(struct daemon *daemon, const struct effect_home_agent *effect)
{
	struct dataplane_state *state = &daemon->basis.dataplane_state;
	const struct mobile_host *host =
		mobile_hosts_with_home_address(&daemon->mobile_hosts, &effect->home_address);

	if (!host)
		return;
	int error = host_target_set(daemon->basis.host, host->index, &effect->home_agent);

	state->home_agents[host->index] = effect->home_agent;
	dataplane_state_set(daemon->basis.dataplane, state);
	if (error < 0)
		log_error("home agent: %s", strerror(-error));
}

/* The mobile node on this host whose traffic the tunnel carries. NULL: none. */
static struct mobile_host *host_of(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct effect_subject subject;

	if (dataplane_subject(daemon->basis.dataplane, tunnel->subject, &subject) < 0)
		return NULL;
	return mobile_hosts_with_home_address(&daemon->mobile_hosts, &subject.home_address);
}

/* Mobile node: the link that the tunnel leads by. */
static struct mobile_link *link_of(struct mobile_host *host, const struct effect_tunnel *tunnel)
{
	if (!host || tunnel->encapsulation == ENCAP_TO_MOBILE_NODE)
		return NULL;
	/* The only binding of a correspondent that knows no BIDs has none. */
	if (tunnel->encapsulation == ENCAP_TO_CORRESPONDENT)
		return mobile_links_with_ifindex(host, tunnel->local.ifindex);
	return mobile_links_with_bid(host, tunnel->bid);
}

static void tunnel_set(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct mobile_host *host = host_of(daemon, tunnel);
	struct mobile_link *link = link_of(host, tunnel);
	const struct in6_addr *next_hop = link ? mobile_link_next_hop(link, tunnel) : NULL;

	int error = dataplane_tunnel_set(daemon->basis.dataplane, tunnel, next_hop);
	if (error < 0) {
		log_error("tunnel of BID %u: %s", tunnel->bid, strerror(-error));
		return;
	}
	shared_traffic_tunnel_set(&daemon->shared_traffic, tunnel);
	if (is_direct(tunnel))
		return;
	if (link) {
		link->tunnel = *tunnel;
		link->has_tunnel = true;
	}
	if (host && tunnel->usable)
		slow_path_release(&daemon->slow_path, host, tunnel);
}

static void tunnel_remove(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct mobile_host *host = host_of(daemon, tunnel);

	if (host)
		mobile_links_tunnel_gone(host, tunnel);
	shared_traffic_tunnel_remove(&daemon->shared_traffic, tunnel->subject, tunnel->tunnel);
	dataplane_tunnel_remove(daemon->basis.dataplane, tunnel->subject, tunnel->tunnel);
}

/* Subjects and their traffic. */
static int set_traffic(struct daemon *daemon, const struct effect_traffic *effect)
{
	struct effect_traffic traffic = *effect;

	traffic.mode = shared_traffic_set(&daemon->shared_traffic, effect);
	return dataplane_traffic_set(daemon->basis.dataplane, &traffic);
}

static int carry_out_traffic(struct daemon *daemon, const struct effect *effect)
{
	struct dataplane *dataplane = daemon->basis.dataplane;

	switch (effect->type) {
	case EFFECT_SUBJECT_SET:
		return dataplane_subject_set(dataplane, &effect->subject);
	case EFFECT_SUBJECT_REMOVE:
		shared_traffic_subject_remove(&daemon->shared_traffic, effect->subject.subject);
		return dataplane_subject_remove(dataplane, effect->subject.subject);
	case EFFECT_PREFIX_SET:
		return dataplane_prefix_set(dataplane, &effect->prefix);
	case EFFECT_PREFIX_REMOVE:
		return dataplane_prefix_remove(dataplane, &effect->prefix);
	case EFFECT_TRAFFIC_SET:
		return set_traffic(daemon, &effect->traffic);
	case EFFECT_TRAFFIC_REMOVE:
		shared_traffic_remove(&daemon->shared_traffic, effect->traffic.subject,
			effect->traffic.rule);
		return dataplane_traffic_remove(
			dataplane, effect->traffic.subject, effect->traffic.rule);
	default:
		return 0;
	}
}

static int queue_packet(struct daemon *daemon, const struct effect_send *packet)
{
	/* A full queue is sent when more is added; not before all is kept that is acknowledged in
	 * it. */
	if (persistence_due(daemon) && sender_room(daemon->basis.sender) == 0)
		return -ENOBUFS;
	if (packet->framed)
		return sender_add_frame(daemon->basis.sender, packet->ifindex, packet->link_layer,
			packet->octets, packet->length);
	return sender_add(daemon->basis.sender, packet->ifindex, packet->octets, packet->length);
}

static void send_packet(struct daemon *daemon, const struct effect_send *packet)
{
	int error = queue_packet(daemon, packet);

	if (error < 0)
		log_debug("packet for link %u not sent: %s", packet->ifindex, strerror(-error));
}

static void use_home_address(struct daemon *daemon, const struct effect_home_address *effect)
{
	struct mobile_host *host =
		mobile_hosts_with_home_address(&daemon->mobile_hosts, &effect->home_address);

	if (host)
		home_address_use(host, effect);
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
	case EFFECT_SUBJECT_SET:
	case EFFECT_SUBJECT_REMOVE:
	case EFFECT_PREFIX_SET:
	case EFFECT_PREFIX_REMOVE:
	case EFFECT_TRAFFIC_SET:
	case EFFECT_TRAFFIC_REMOVE:
		error = carry_out_traffic(daemon, effect);
		if (error < 0)
			log_error("traffic: %s", strerror(-error));
		break;
	case EFFECT_RECORD:
		persistence_record(daemon, &effect->record);
		break;
	case EFFECT_RECORD_FLOW:
		persistence_record_flow(daemon, &effect->record_flow);
		break;
	case EFFECT_INTERCEPT:
		home_link_intercept(&daemon->home_link, &effect->intercept);
		break;
	case EFFECT_HOME_ADDRESS:
		use_home_address(daemon, &effect->home_address);
		break;
	case EFFECT_HOME_AGENT:
		home_agent_set(daemon, &effect->home_agent);
		break;
	case EFFECT_EVENT:
		log_event(&effect->event);
		if (effect->event.type == EVENT_HOME_LINK_FOUND ||
			effect->event.type == EVENT_HOME_LINK_LEFT)
			home_addresses_guard(&daemon->mobile_hosts);
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
	for (unsigned int i = 0; i < daemon->mobile_hosts.count; i++)
		mobile_links_follow_care_of(&daemon->mobile_hosts.at[i]);
	for (size_t i = 0; i < daemon->outbox.count; i++)
		carry_out(daemon, &daemon->outbox.effects[i]);
	daemon->outbox.count = 0;
	int error = dataplane_publish_rules(daemon->basis.dataplane);
	if (error < 0)
		log_error("rules: %s", strerror(-error));
}
