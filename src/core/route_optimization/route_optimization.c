/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node's correspondents (RFC 6275 11.6, 11.7.2): which there are, and what becomes of
 * each whenever anything has happened. One that is refused, or else the least recently busy, gives
 * way to a new one, unless all are busy: then the new one is reached by the home agent.
 */
#include "ro_peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_S 60
#define REFUSED_S 600
#define CORRESPONDENTS_MAX 64

/* A correspondent that does not answer a de-registration is forgotten. */
#define LEAVE_AFTER (8 * NANOS_PER_SECOND)
/* The home agent is still to be told afterwards. */
#define STOP_AFTER (900 * NANOS_PER_MS)

/* A correspondent that was busy within this time does not give way: two that are busy in turn would
 * drive each other out for ever, at the cost of all tests and updates each time. */
#define KEPT_FOR (5 * NANOS_PER_SECOND)

/* A correspondent that did not know Binding Identifiers may have learnt them (RFC 5648 5.7). */
#define SINGLE_FOR (3600 * NANOS_PER_SECOND)

/* Whether there is traffic again is looked at so often. */
#define LOOK_AGAIN (10 * NANOS_PER_SECOND)
/* And whether there is any that is not answered, if it is not told because of the paths. */
#define LOOK_WHILE_BUSY NANOS_PER_SECOND

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
	return value ? value : otherwise;
}

int route_optimization_new(struct mobile_node *node, const struct core_port *port)
{
	const struct route_optimization_config *config = &node->config.route_optimization;
	if (!config->on)
		return 0;
	struct route_optimization *routes = calloc(1, sizeof(*routes));
	if (!routes)
		return -ENOMEM;
	routes->config = *config;
	routes->config.lifetime = or_default(config->lifetime, RR_BINDING_LIFETIME_MAX);
	if (routes->config.lifetime > RR_BINDING_LIFETIME_MAX)
		routes->config.lifetime = RR_BINDING_LIFETIME_MAX;
	routes->config.idle_s = or_default(config->idle_s, IDLE_S);
	routes->config.refused_s = or_default(config->refused_s, REFUSED_S);
	routes->config.correspondents_max =
		or_default(config->correspondents_max, CORRESPONDENTS_MAX);
	routes->at = calloc(routes->config.correspondents_max, sizeof(struct ro_peer *));
	if (!routes->at) {
		free(routes);
		return -ENOMEM;
	}
	known_peers_init(&routes->known, port);
	node->routes = routes;
	return 0;
}

void route_optimization_free(struct mobile_node *node)
{
	for (uint32_t i = 0; i < node->routes->count; i++)
		free(node->routes->at[i]);
	free(node->routes->at);
	free(node->routes);
}

/* ---- one correspondent ---- */

struct ro_peer *ro_find(const struct mobile_node *node, const struct in6_addr *address)
{
	const struct route_optimization *routes = node->routes;
	for (uint32_t i = 0; i < routes->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&routes->at[i]->address, address))
			return routes->at[i];
	return NULL;
}

/* Its bindings are taken away, and then it is forgotten. */
static void leave(
	struct mobile_node *node, struct ro_peer *peer, nanos after, struct outbox *outbox)
{
	const struct ro_peer_change change = {
		.parties = &node->parties, .until = node->now + after, .outbox = outbox};
	ro_peer_step(peer, RO_PEER_LEFT, &change);
	peer->until = nanos_min(peer->until, change.until);
	peer->due = 0;
}

/* ---- what ends ---- */

static bool is_wanted(const struct mobile_node *node, const struct ro_peer *peer, uint16_t bid)
{
	uint16_t wanted;
	for (size_t i = 0; i < node->links.count; i++)
		if (ro_wants(node, peer, &node->links.at[i], &wanted) && wanted == bid)
			return true;
	return false;
}

/* Nobody answers that everything is to be taken away, or it is not to be any more: a late answer
 * must not be taken for one about what is bound by then. */
static void end_farewell(struct mobile_node *node, struct ro_peer *peer, struct outbox *outbox)
{
	struct ro_update *farewell = &peer->farewell;
	if (!farewell->waiting || peer->state == ROUTE_LEAVING)
		return;
	bool failed = ro_update_failed(farewell, node->now);
	if (!failed && ro_is_cut_off(node, peer))
		return;
	farewell->waiting = false;
	peer->bindings.unknown = true;
	if (!failed)
		return;
	ro_unbind_all(&node->parties, peer, outbox);
	for (size_t i = 0; i < peer->bindings.count; i++)
		peer->bindings.at[i].held_until = 0;
}

static void expire(struct mobile_node *node, struct ro_peer *peer, struct outbox *outbox)
{
	end_farewell(node, peer, outbox);
	for (size_t i = peer->bindings.count; i-- > 0;) {
		struct ro_binding *binding = &peer->bindings.at[i];
		bool over = binding->update.kind == UPDATE_REMOVE &&
			    ro_update_failed(&binding->update, node->now);
		if (over && node->now < binding->held_until)
			peer->bindings.unknown = true;
		if (over || node->now >= binding->held_until)
			binding->held_until = 0;
		if (ro_binding_is_bound(binding) && (over || node->now >= binding->expires))
			ro_unbind(&node->parties, peer, binding, outbox);
		bool refused = binding->refusals && ro_has_traffic(node, peer) &&
			       is_wanted(node, peer, binding->bid);
		if (!binding->held_until && !ro_binding_is_bound(binding) && !refused)
			ro_binding_drop(&peer->bindings, binding);
	}
}

/* ---- settling ---- */

/* RFC 5648 5.5.1: by the visited links it goes on; without one, the home link is all there is. */
static bool returned_home(const struct mobile_node *node)
{
	if (node->registration.home != HOME_USE_BINDING &&
		node->registration.home != HOME_USE_RETURNED)
		return false;
	for (size_t i = 0; i < node->links.count; i++) {
		enum path_state state = node->links.at[i].path.state;
		if (node->links.at[i].use == LINK_VISITED && state != PATH_DOWN &&
			state != PATH_DEAD)
			return false;
	}
	return true;
}

static bool has_left(const struct mobile_node *node, const struct ro_peer *peer)
{
	return !ro_bindings_held(&peer->bindings) || ro_update_failed(&peer->farewell, node->now) ||
	       node->now >= peer->until;
}

/* Nothing is left of it. */
static bool is_over(const struct mobile_node *node, const struct ro_peer *peer)
{
	if (peer->tunnels_count > 0)
		return false;
	if (peer->state == ROUTE_LEAVING)
		return has_left(node, peer);
	if (peer->state == ROUTE_REFUSED)
		return node->now >= peer->until;
	return !ro_bindings_held(&peer->bindings) && !ro_has_traffic(node, peer);
}

static nanos look_again(const struct mobile_node *node, const struct ro_peer *peer)
{
	bool watched = node->config.probe || !ro_has_traffic(node, peer);
	return node->now + (watched ? LOOK_AGAIN : LOOK_WHILE_BUSY);
}

static void forget_refused(struct ro_peer *peer)
{
	peer->bindings.count = 0;
	peer->tests_count = 0;
	test_stop(&peer->home);
	peer->home.token.until = 0;
}

static void settle(struct mobile_node *node, struct ro_peer *peer, struct outbox *outbox)
{
	expire(node, peer, outbox);
	if (returned_home(node))
		leave(node, peer, LEAVE_AFTER, outbox);
	ro_tests_stop(node, peer);
	ro_give_up(node, peer, outbox);
	if (peer->state == ROUTE_REFUSED)
		forget_refused(peer);
	if (node->now >= peer->look_at || look_again(node, peer) < peer->look_at)
		peer->look_at = look_again(node, peer);
	ro_tunnels_update(node, peer, outbox);
	if (peer->state != ROUTE_REFUSED)
		ro_send(node, peer, outbox);
	const struct ro_peer_change change = {.parties = &node->parties, .outbox = outbox};
	ro_peer_step(peer, ro_peer_event_of(peer), &change);
}

static nanos last_sent(const struct ro_peer *peer)
{
	nanos tests = nanos_max(
		message_rate_last(&peer->home_tests), message_rate_last(&peer->care_of_tests));
	return nanos_max(tests, message_rate_last(&peer->updates));
}

static void forget(struct mobile_node *node, uint32_t i)
{
	struct route_optimization *routes = node->routes;
	const struct ro_peer *peer = routes->at[i];
	const struct known_peer known = {
		.address = peer->address,
		.refused_until = peer->state == ROUTE_REFUSED ? peer->until : 0,
		.spoken_until = peer->spoken_until,
		.single_until = node->config.mcoa && !peer_bids_used(peer->bids)
					? node->now + SINGLE_FOR
					: 0,
		.sent_at = last_sent(peer),
		.sequence = peer->bindings.sequence,
	};
	known_peers_note(&routes->known, node->now, &known);
	free(routes->at[i]);
	routes->at[i] = routes->at[--routes->count];
}

static void look_at_node(const struct mobile_node *node, struct ro_basis *ret)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	memset(ret, 0, sizeof(*ret));
	ret->has_home = ro_has_home(node);
	ret->has_way_home = ro_has_way_home(node);
	ret->has_lifetime = ro_lifetime(node) > 0;
	ret->way_is_home_link = tunnel && tunnel->encapsulation == ENCAP_HOME_LINK;
	ret->home = node->registration.home;
	ret->resort = node->links.resort;
	ret->count = node->links.count;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		ret->links[i].bid = link->bid;
		ret->links[i].priority = link->priority;
		ret->links[i].use = link->use;
		ret->links[i].path = link->path.state;
		ret->links[i].ifindex = link->ifindex;
		ret->links[i].has_care_of = link->has_care_of;
		if (link->has_care_of)
			ret->links[i].care_of = link->care_of;
	}
}

/* Whether anything is different that concerns them all; most of what happens is not. */
static bool node_has_changed(struct mobile_node *node)
{
	struct ro_basis present;
	look_at_node(node, &present);
	if (memcmp(&present, &node->routes->basis, sizeof(present)) == 0)
		return false;
	memcpy(&node->routes->basis, &present, sizeof(present));
	return true;
}

void route_optimization_settle(struct mobile_node *node, struct moment now, struct outbox *outbox)
{
	bool changed = node_has_changed(node);
	for (uint32_t i = node->routes->count; i-- > 0;) {
		struct ro_peer *peer = node->routes->at[i];
		if (!changed && now.mono < peer->due)
			continue;
		settle(node, peer, outbox);
		peer->due = ro_next_deadline(node, peer);
		if (is_over(node, peer))
			forget(node, i);
	}
}

nanos route_optimization_next_deadline(const struct mobile_node *node)
{
	nanos at = NANOS_NEVER;
	for (uint32_t i = 0; i < node->routes->count; i++)
		at = nanos_min(at, node->routes->at[i]->due);
	return at;
}

/* ---- which there are ---- */

/* The other roles of this host are reached without leaving it. */
static bool is_own(const struct mobile_node *node, const struct in6_addr *address)
{
	if (node_addresses_find(&node->base->addresses, address))
		return true;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		for (size_t j = 0; j < link->candidates_count; j++)
			if (IN6_ARE_ADDR_EQUAL(address, &link->candidates[j].address))
				return true;
	}
	return false;
}

/* At home, a neighbour is reached without anybody's help. */
static bool is_neighbour(const struct mobile_node *node, const struct in6_addr *address)
{
	const struct mobile_node_config *config = &node->config;
	return links_home(&node->links) && config->home_prefix_length != 0 &&
	       address_in_prefix(address, &config->home_prefix, config->home_prefix_length);
}

static bool may_correspond(const struct mobile_node *node, const struct in6_addr *address)
{
	return address_is_unicast_routable(address) && !is_own(node, address) &&
	       !IN6_ARE_ADDR_EQUAL(address, &node->parties.home_agent) &&
	       !is_neighbour(node, address);
}

/* RFC 6275 11.7.2: registered with the home agent, and away from home. */
static bool may_begin(const struct mobile_node *node)
{
	return !node->routes->stopping && node->registration.list.entries_count > 0 &&
	       !home_use_is_returning(node->registration.home);
}

/* Nothing is lost with one that is refused; of others, with the one that was not busy for longest.
 */
static bool goes_before(const struct ro_peer *peer, const struct ro_peer *other)
{
	bool refused = peer->state == ROUTE_REFUSED;
	if (refused != (other->state == ROUTE_REFUSED))
		return refused;
	return peer->busy < other->busy;
}

static uint32_t first_to_go(const struct route_optimization *routes)
{
	uint32_t first = 0;
	for (uint32_t i = 1; i < routes->count; i++)
		if (goes_before(routes->at[i], routes->at[first]))
			first = i;
	return first;
}

/* The last word goes to one that gives way, if it can be had at once. False: there is no room. */
static bool make_way(struct mobile_node *node, struct outbox *outbox)
{
	uint32_t i = first_to_go(node->routes);
	struct ro_peer *peer = node->routes->at[i];
	if (peer->state != ROUTE_REFUSED) {
		if (node->now < peer->busy + KEPT_FOR)
			return false;
		leave(node, peer, LEAVE_AFTER, outbox);
	}
	ro_tunnels_remove(peer, outbox);
	if (peer->tunnels_count > 0 || outbox_room(outbox) == 0)
		return false;
	if (node->now >= ro_farewell_at(node, peer))
		ro_send_farewell(node, peer, outbox);
	forget(node, i);
	return true;
}

static struct ro_peer *add(struct mobile_node *node, const struct known_peer *known)
{
	struct route_optimization *routes = node->routes;
	uint16_t sequence = known->sequence;
	struct ro_peer *peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	/* RFC 6275 11.7.2 */
	if (!known->sent_at)
		node->base->port.random(node->base->port.ctx, &sequence, sizeof(sequence));
	peer->address = known->address;
	peer->bids =
		node->config.mcoa && !known->single_until ? PEER_BIDS_ASSUMED : PEER_BIDS_LACKING;
	peer->spoken_until = known->spoken_until;
	ro_bindings_init(&peer->bindings, sequence);
	message_rate_init(&peer->home_tests, known->sent_at);
	message_rate_init(&peer->care_of_tests, known->sent_at);
	message_rate_init(&peer->updates, known->sent_at);
	routes->at[routes->count++] = peer;
	return peer;
}

void route_optimization_busy(struct mobile_node *node, struct moment now,
	const struct in6_addr *address, struct outbox *outbox)
{
	struct route_optimization *routes = node->routes;
	struct ro_peer *peer = ro_find(node, address);
	if (!peer) {
		const struct known_peer known =
			known_peers_find(&routes->known, node->now, address);
		if (known.refused_until || !may_begin(node) || !may_correspond(node, address))
			return;
		if (routes->count == routes->config.correspondents_max && !make_way(node, outbox))
			return;
		peer = add(node, &known);
	}
	if (!peer)
		return;
	peer->busy = now.mono;
	peer->due = 0;
}

void route_optimization_activity(struct mobile_node *node, const struct host_activity *activity)
{
	struct ro_peer *peer = ro_find(node, &activity->peer);
	nanos last = nanos_max(activity->sent, activity->received);
	if (!peer)
		return;
	peer->busy = nanos_max(peer->busy, nanos_min(last, node->now));
	peer->due = 0;
	ro_way_activity(peer, activity);
}

void route_optimization_home_lost(struct mobile_node *node)
{
	for (uint32_t i = 0; node->routes && i < node->routes->count; i++)
		test_stop(&node->routes->at[i]->home);
}

void route_optimization_stop(struct mobile_node *node, struct moment now, struct outbox *outbox)
{
	(void)now;
	node->routes->stopping = true;
	for (uint32_t i = 0; i < node->routes->count; i++)
		leave(node, node->routes->at[i], STOP_AFTER, outbox);
}

bool route_optimization_stopped(const struct mobile_node *node)
{
	return node->routes->stopping && node->routes->count == 0;
}
