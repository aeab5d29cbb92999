/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the mobile node is told by its host: links, addresses, activity, what was kept over a
 * restart (RFC 6275 11.5.1, RFC 5648 5.1).
 */
#include "mobile_node.h"

#include <errno.h>

static int set_link(struct mobile_node *node, const struct host_link *set, struct outbox *outbox)
{
	if (set->bid == 0 || set->priority == 0 || set->priority > LINK_PRIORITY_MAX)
		return -EINVAL;
	struct link *link = links_find(&node->links, set->bid);
	if (!link)
		link = links_add(&node->links, set->bid, &node->limits);
	if (!link)
		return -ENOSPC;
	enum path_state before = link->path.state;
	if (set->up && !link_is_up(link))
		home_registration_link_up(&node->registration, set->bid);
	link_set(link, set, node->now);
	node_choose(node, link, before, outbox);
	return 0;
}

static int remove_link(struct mobile_node *node, uint16_t bid, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, bid);
	if (!link)
		return -EINVAL;
	if (link->path.state != PATH_DOWN)
		node_event_link(node, EVENT_LINK_DOWN, link, outbox);
	links_remove(&node->links, link);
	return 0;
}

static int prefer(struct mobile_node *node, const struct host_link *preference)
{
	struct link *link = links_find(&node->links, preference->bid);
	if (!link || preference->priority == 0 || preference->priority > LINK_PRIORITY_MAX)
		return -EINVAL;
	link_prefer(link, preference->priority);
	return 0;
}

/* RFC 6275 6.1.7, 11.7.2: what a care-of address may be */
static bool address_valid(
	const struct registration_parties *parties, const struct in6_addr *address)
{
	return address_is_unicast_routable(address) &&
	       !IN6_ARE_ADDR_EQUAL(address, &parties->home_address) &&
	       !IN6_ARE_ADDR_EQUAL(address, &parties->home_agent);
}

/* RFC 6275 6.1.8: it would be refused with 174 */
static bool is_in_home_prefix(
	const struct mobile_node_config *config, const struct in6_addr *address)
{
	return config->home_prefix_length != 0 &&
	       address_in_prefix(address, &config->home_prefix, config->home_prefix_length);
}

static int set_address(
	struct mobile_node *node, const struct host_address *address, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, address->bid);
	if (!link)
		return -EINVAL;
	if (is_in_home_prefix(&node->config, &address->address))
		return 0;
	if (!address_valid(&node->parties, &address->address))
		return -EINVAL;
	int error = link_address_set(link, address);
	if (error == 0)
		node_choose(node, link, link->path.state, outbox);
	return error;
}

static int remove_address(
	struct mobile_node *node, const struct host_address *address, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, address->bid);
	if (!link)
		return -EINVAL;
	link_address_remove(link, &address->address);
	node_choose(node, link, link->path.state, outbox);
	return 0;
}

static int take_activity(
	struct mobile_node *node, const struct host_activity *activity, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, activity->bid);
	if (!link)
		return -EINVAL;
	enum path_state before = link->path.state;
	path_activity(&link->path, node->now, activity->sent, activity->received);
	if (IN6_IS_ADDR_UNSPECIFIED(&activity->peer))
		link->rate = activity->rate;
	node_choose(node, link, before, outbox);
	return 0;
}

static int take_hint(struct mobile_node *node, const struct host_link_hint *hint)
{
	struct link *link = links_find(&node->links, hint->bid);
	if (!link)
		return -EINVAL;
	if (hint->leaving != link->leaving || hint->leaving)
		link_leave(link, hint->leaving, node->now);
	return 0;
}

/* An error about a packet from an earlier care-of address does not concern the present binding. */
static int take_refused(
	struct mobile_node *node, const struct host_refused *refused, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, refused->bid);
	if (!link)
		return -EINVAL;
	if (link->has_care_of && IN6_ARE_ADDR_EQUAL(&link->care_of, &refused->care_of))
		lost_bindings_refused(node, link, outbox);
	return 0;
}

/* A binding that the previous daemon had registered: it is used until it ends, or the home
 * agent refuses it. */
static void restore_binding(struct mobile_node *node, const struct record_binding *kept)
{
	const struct list_entry entry = {
		.bid = kept->bid,
		.priority = kept->priority,
		.care_of = kept->care_of,
		.expires = kept->expires,
	};
	if (kept->bid != 0 && kept->expires > node->now &&
		address_valid(&node->parties, &kept->care_of))
		update_list_bind(&node->registration.list, &entry);
}

/* Only before anything was sent: afterwards this core knows better. */
static int restore(struct mobile_node *node, const struct record *record, struct outbox *outbox)
{
	if (!IN6_ARE_ADDR_EQUAL(&record->home_address, &node->config.home_address) ||
		!IN6_IS_ADDR_UNSPECIFIED(&record->peer) || record->count > BINDINGS_MAX ||
		node->registration.phase != REGISTRATION_NEW)
		return -EINVAL;
	node->registration.list.sequence = record->sequence;
	node->registration.timestamp = record->timestamp;
	node->recorded.subject = record->subject;
	const struct tunnels_basis basis = node_tunnels_basis(node);
	tunnels_restore(&node->tunnels, &basis, outbox);
	if (record->count == 0 || !agent_discovery_may_be(node, &record->home_agent))
		return 0;
	agent_discovery_remember(node, &record->home_agent, outbox);
	for (uint8_t i = 0; i < record->count; i++)
		restore_binding(node, &record->bindings[i]);
	node->recorded = *record;
	return 0;
}

/*
 * During a suspension, links and networks may have changed and bindings ended: probes all paths and
 * registers everything again.
 */
static void resume(struct mobile_node *node, struct outbox *outbox)
{
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		enum path_state before = link->path.state;
		path_resumed(&link->path, node->now);
		node_choose(node, link, before, outbox);
	}
	home_registration_again(&node->registration, node->now, true);
}

static int take_event(
	struct mobile_node *node, const struct host_event *event, struct outbox *outbox)
{
	switch (event->type) {
	case HOST_LINK_SET:
		return set_link(node, &event->link, outbox);
	case HOST_LINK_REMOVE:
		return remove_link(node, event->link.bid, outbox);
	case HOST_ADDRESS_SET:
		return set_address(node, &event->address, outbox);
	case HOST_ADDRESS_REMOVE:
		return remove_address(node, &event->address, outbox);
	case HOST_ACTIVITY:
		if (!IN6_IS_ADDR_UNSPECIFIED(&event->activity.peer)) {
			if (!node->routes)
				return -EINVAL;
			node->ro->activity(node->routes, &event->activity);
			if (!links_find(&node->links, event->activity.bid))
				return 0;
		}
		/* whichever way it went: it is the link that lives or does not */
		return take_activity(node, &event->activity, outbox);
	case HOST_PEER_BUSY:
		if (!node_routes(node))
			return -EINVAL;
		if (!links_have_address(&node->links, &event->peer))
			node->ro->busy(node->routes, &event->peer, outbox);
		return 0;
	case HOST_REFUSED:
		return take_refused(node, &event->refused, outbox);
	case HOST_PREFER:
		return prefer(node, &event->link);
	case HOST_POLICY_SET:
		return node_policy_set(node, &event->policy);
	case HOST_POLICY_REMOVE:
		return node_policy_remove(node, event->policy.number, outbox);
	case HOST_LINK_HINT:
		return take_hint(node, &event->hint);
	case HOST_RESTORE:
		return restore(node, &event->record, outbox);
	case HOST_RESUMED:
		resume(node, outbox);
		return 0;
	case HOST_STOP:
		node_phase_step(node, NODE_STOP, outbox);
		return 0;
	default:
		return -EINVAL;
	}
}

bool mobile_node_concerns(const void *self, const struct host_event *event)
{
	const struct mobile_node *node = self;
	const struct in6_addr *home_address = &node->config.home_address;
	switch (event->type) {
	case HOST_LINK_SET:
	case HOST_LINK_REMOVE:
	case HOST_ADDRESS_SET:
	case HOST_ADDRESS_REMOVE:
	case HOST_PEER_BUSY:
	case HOST_PREFER:
	case HOST_POLICY_SET:
	case HOST_POLICY_REMOVE:
	case HOST_LINK_HINT:
	case HOST_REFUSED:
		return event->mobile_node == node->index;
	case HOST_ACTIVITY:
		if (IN6_IS_ADDR_UNSPECIFIED(&event->activity.peer))
			return event->mobile_node == node->index;
		return IN6_ARE_ADDR_EQUAL(&event->activity.home_address, home_address);
	case HOST_RESTORE:
		return IN6_ARE_ADDR_EQUAL(&event->record.home_address, home_address);
	case HOST_RESUMED:
		return true;
	default:
		return false;
	}
}

int mobile_node_host(
	void *self, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	struct mobile_node *node = self;
	node->now = now.mono;
	if (node->phase == NODE_STOPPED)
		return 0;
	int error = take_event(node, event, outbox);
	if (error == 0)
		node_reconcile(node, now, outbox);
	return error;
}
