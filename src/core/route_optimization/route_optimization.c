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
	routes->at = calloc(routes->config.correspondents_max, sizeof(struct route *));
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

struct route *route_find(const struct mobile_node *node, const struct in6_addr *address)
{
	const struct route_optimization *routes = node->routes;
	for (uint32_t i = 0; i < routes->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&routes->at[i]->address, address))
			return routes->at[i];
	return NULL;
}

static bool any_update(const struct route *route)
{
	for (size_t i = 0; i < route->bindings.count; i++)
		if (route->bindings.at[i].update.waiting)
			return true;
	return false;
}

enum route_state route_state(const struct route *route)
{
	if (route->refused_until)
		return ROUTE_REFUSED;
	if (route->leave_until)
		return ROUTE_LEAVING;
	if (route_bindings_any(&route->bindings))
		return ROUTE_OPTIMIZED;
	return any_update(route) ? ROUTE_REGISTERING : ROUTE_TESTING;
}

struct effect_event *route_note(const struct mobile_node *node, const struct route *route,
	enum event_type type, uint16_t bid, struct outbox *outbox)
{
	struct effect_event *note = parties_event(&node->parties, type, bid, outbox);
	if (note)
		note->peer = route->address;
	return note;
}

void route_unbind(struct mobile_node *node, struct route *route, struct route_binding *binding,
	struct outbox *outbox)
{
	if (!binding->bound)
		return;
	binding->bound = false;
	struct effect_event *note = route_note(node, route, EVENT_ROUTE_LOST, binding->bid, outbox);
	if (note)
		note->care_of = binding->care_of;
}

void route_unbind_all(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	for (size_t i = 0; i < route->bindings.count; i++)
		route_unbind(node, route, &route->bindings.at[i], outbox);
}

void route_refuse(
	struct mobile_node *node, struct route *route, uint8_t status, struct outbox *outbox)
{
	if (route->refused_until || route->leave_until)
		return;
	route_unbind_all(node, route, outbox);
	route->refused_until = node->now + node->routes->config.refused_s * NANOS_PER_SECOND;
	struct effect_event *note = route_note(node, route, EVENT_ROUTE_REFUSED, 0, outbox);
	if (note)
		note->status = status;
}

/* Its bindings are taken away, and then it is forgotten. */
static void leave(struct mobile_node *node, struct route *route, nanos after, struct outbox *outbox)
{
	if (route->leave_until) {
		route->touched = true;
		route->leave_until = nanos_min(route->leave_until, node->now + after);
		return;
	}
	route_unbind_all(node, route, outbox);
	route->touched = true;
	route->refused_until = 0;
	route->leave_until = node->now + after;
}

/* ---- what ends ---- */

static bool is_wanted(const struct mobile_node *node, const struct route *route, uint16_t bid)
{
	uint16_t wanted;
	for (size_t i = 0; i < node->links.count; i++)
		if (route_wants(node, route, &node->links.at[i], &wanted) && wanted == bid)
			return true;
	return false;
}

/* Nobody answers that everything is to be taken away, or it is not to be any more: a late answer
 * must not be taken for one about what is bound by then. */
static void end_farewell(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	struct route_update *farewell = &route->farewell;
	if (!farewell->waiting || route->leave_until)
		return;
	bool failed = route_update_failed(farewell, node->now);
	if (!failed && route_is_cut_off(node, route))
		return;
	farewell->waiting = false;
	route->bindings.unknown = true;
	if (!failed)
		return;
	route_unbind_all(node, route, outbox);
	for (size_t i = 0; i < route->bindings.count; i++)
		route->bindings.at[i].held_until = 0;
}

static void expire(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	end_farewell(node, route, outbox);
	for (size_t i = route->bindings.count; i-- > 0;) {
		struct route_binding *binding = &route->bindings.at[i];
		bool over = binding->update.kind == UPDATE_REMOVE &&
			    route_update_failed(&binding->update, node->now);
		if (over && node->now < binding->held_until)
			route->bindings.unknown = true;
		if (over || node->now >= binding->held_until)
			binding->held_until = 0;
		if (binding->bound && (over || node->now >= binding->expires))
			route_unbind(node, route, binding, outbox);
		bool refused = binding->refusals && route_has_traffic(node, route) &&
			       is_wanted(node, route, binding->bid);
		if (!binding->held_until && !binding->bound && !refused)
			route_binding_drop(&route->bindings, binding);
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

static bool has_left(const struct mobile_node *node, const struct route *route)
{
	return !route_bindings_held(&route->bindings) ||
	       route_update_failed(&route->farewell, node->now) || node->now >= route->leave_until;
}

/* Nothing is left of it. */
static bool is_over(const struct mobile_node *node, const struct route *route)
{
	if (route->tunnels_count > 0)
		return false;
	if (route->leave_until)
		return has_left(node, route);
	if (route->refused_until)
		return node->now >= route->refused_until;
	return !route_bindings_held(&route->bindings) && !route_has_traffic(node, route);
}

static nanos look_again(const struct mobile_node *node, const struct route *route)
{
	bool watched = node->config.probe || !route_has_traffic(node, route);
	return node->now + (watched ? LOOK_AGAIN : LOOK_WHILE_BUSY);
}

static void forget_refused(struct route *route)
{
	route->bindings.count = 0;
	route->tests_count = 0;
	test_stop(&route->home);
	route->home.token.until = 0;
}

static void settle(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	expire(node, route, outbox);
	if (returned_home(node))
		leave(node, route, LEAVE_AFTER, outbox);
	route_tests_stop(node, route);
	route_give_up(node, route, outbox);
	if (route->refused_until)
		forget_refused(route);
	if (node->now >= route->look_at || look_again(node, route) < route->look_at)
		route->look_at = look_again(node, route);
	route_tunnels_update(node, route, outbox);
	if (!route->refused_until)
		route_send(node, route, outbox);
}

static nanos last_sent(const struct route *route)
{
	nanos tests = nanos_max(
		message_rate_last(&route->home_tests), message_rate_last(&route->care_of_tests));
	return nanos_max(tests, message_rate_last(&route->updates));
}

static void forget(struct mobile_node *node, uint32_t i)
{
	struct route_optimization *routes = node->routes;
	const struct route *route = routes->at[i];
	const struct known_peer known = {
		.address = route->address,
		.refused_until = route->refused_until,
		.spoken_until = route->spoken_until,
		.single_until = node->config.mcoa && !route->mcoa ? node->now + SINGLE_FOR : 0,
		.sent_at = last_sent(route),
		.sequence = route->bindings.sequence,
	};
	known_peers_note(&routes->known, node->now, &known);
	free(routes->at[i]);
	routes->at[i] = routes->at[--routes->count];
}

static void look_at_node(const struct mobile_node *node, struct route_basis *ret)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	memset(ret, 0, sizeof(*ret));
	ret->has_home = route_has_home(node);
	ret->has_way_home = route_has_way_home(node);
	ret->has_lifetime = route_lifetime(node) > 0;
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
	struct route_basis present;
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
		struct route *route = node->routes->at[i];
		if (!changed && !route->touched && now.mono < route->due)
			continue;
		settle(node, route, outbox);
		route->touched = false;
		route->due = route_next_deadline(node, route);
		if (is_over(node, route))
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
static bool goes_before(const struct route *route, const struct route *other)
{
	bool refused = route->refused_until != 0;
	if (refused != (other->refused_until != 0))
		return refused;
	return route->busy < other->busy;
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
	struct route *route = node->routes->at[i];
	if (!route->refused_until) {
		if (node->now < route->busy + KEPT_FOR)
			return false;
		leave(node, route, LEAVE_AFTER, outbox);
	}
	route_tunnels_remove(route, outbox);
	if (route->tunnels_count > 0 || outbox_room(outbox) == 0)
		return false;
	if (node->now >= route_farewell_at(node, route))
		route_send_farewell(node, route, outbox);
	forget(node, i);
	return true;
}

static struct route *add(struct mobile_node *node, const struct known_peer *known)
{
	struct route_optimization *routes = node->routes;
	uint16_t sequence = known->sequence;
	struct route *route = calloc(1, sizeof(*route));
	if (!route)
		return NULL;
	/* RFC 6275 11.7.2 */
	if (!known->sent_at)
		node->base->port.random(node->base->port.ctx, &sequence, sizeof(sequence));
	route->address = known->address;
	route->mcoa = node->config.mcoa && !known->single_until;
	route->spoken = known->spoken_until != 0;
	route->spoken_until = known->spoken_until;
	route_bindings_init(&route->bindings, sequence);
	message_rate_init(&route->home_tests, known->sent_at);
	message_rate_init(&route->care_of_tests, known->sent_at);
	message_rate_init(&route->updates, known->sent_at);
	routes->at[routes->count++] = route;
	return route;
}

void route_optimization_busy(struct mobile_node *node, struct moment now,
	const struct in6_addr *peer, struct outbox *outbox)
{
	struct route_optimization *routes = node->routes;
	struct route *route = route_find(node, peer);
	if (!route) {
		const struct known_peer known = known_peers_find(&routes->known, node->now, peer);
		if (known.refused_until || !may_begin(node) || !may_correspond(node, peer))
			return;
		if (routes->count == routes->config.correspondents_max && !make_way(node, outbox))
			return;
		route = add(node, &known);
	}
	if (!route)
		return;
	route->busy = now.mono;
	route->touched = true;
}

void route_optimization_activity(struct mobile_node *node, const struct host_activity *activity)
{
	struct route *route = route_find(node, &activity->peer);
	nanos last = nanos_max(activity->sent, activity->received);
	if (!route)
		return;
	route->busy = nanos_max(route->busy, nanos_min(last, node->now));
	route->touched = true;
	route_way_activity(route, activity);
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
