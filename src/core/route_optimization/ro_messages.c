/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends to a correspondent what is due (RFC 6275 11.6.1, 11.7.2, RFC 5648 5.2 to 5.4): tests first,
 * all at once; then what is taken away; then what is registered.
 */
#include "../base/bindack_timeout.h"
#include "ro_packet.h"

/* Attempts of a node that is about to stop, and has little time for it. */
#define STOP_INTERVAL (400 * NANOS_PER_MS)

/* A message, and the tunnel that goes before it. */
#define ROOM_OF_MESSAGE 2

static uint64_t new_cookie(const struct mobile_node *node)
{
	uint64_t cookie;
	node->base->port.random(node->base->port.ctx, &cookie, sizeof(cookie));
	return cookie;
}

static bool has_room(struct route *route, const struct outbox *outbox)
{
	if (outbox_room(outbox) < ROUTE_OUTBOX_RESERVE + ROOM_OF_MESSAGE)
		route->unsettled = true;
	return !route->unsettled;
}

/* ---- tests ---- */

static void send_home_test(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	nanos now = node->now;
	uint64_t cookie = new_cookie(node);
	if (now < route_home_test_at(node, route) || !has_room(route, outbox) ||
		!route_packet_home_test(node, route, cookie, outbox))
		return;
	test_sent(&route->home, cookie, now);
	message_rate_count(&route->home_tests, now);
	node->base->counters.tests_sent++;
}

static void send_care_of_tests(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (node->now < route_care_of_test_at(node, route, link) ||
			!has_room(route, outbox))
			continue;
		uint64_t cookie = new_cookie(node);
		route_packet_care_of_test(node, route, link, cookie, outbox);
		struct care_of_test *test = route_test_begin(route, link);
		test_sent(&test->test, cookie, node->now);
		route_probe_sent(route, test, node->now);
		message_rate_count(&route->care_of_tests, node->now);
		node->base->counters.tests_sent++;
	}
}

/* ---- updates ---- */

/* It says the same as the last one, which has no answer. */
static bool repeats(const struct route_update *last, const struct route_update *update)
{
	return last->waiting && last->kind == update->kind && last->priority == update->priority &&
	       IN6_ARE_ADDR_EQUAL(&last->care_of, &update->care_of);
}

/* Kbm of both tokens, or, to take away, of the home token alone (RFC 6275 5.2.5). */
static bool make_key(const struct mobile_node *node, const struct route *route,
	const struct keygen_token *care_of, struct route_update *update)
{
	const struct keygen_token *home = &route->home.token;
	update->home_index = home->index;
	update->care_of_index = care_of ? care_of->index : 0;
	return binding_key(
		       node->base, home->value, care_of ? &care_of->value : NULL, update->key) == 0;
}

/* `update` takes the place of `last`. */
static void send_update(struct mobile_node *node, struct route *route, struct route_update *last,
	struct route_update *update, const struct keygen_token *care_of, struct outbox *outbox)
{
	bool again = repeats(last, update);
	unsigned attempts = again ? last->attempts + 1 : 1;
	nanos timeout = again ? bindack_timeout_after(last->timeout) : BINDACK_TIMEOUT_FIRST;
	bool keyed = make_key(node, route, care_of, update);
	if (node->routes->stopping)
		timeout = STOP_INTERVAL;
	route_update_sent(&route->bindings, update, attempts, timeout, node->now);
	message_rate_count(&route->updates, node->now);
	*last = *update;
	/* what comes by the care-of address from now on is accepted */
	route_tunnels_update(node, route, outbox);
	if (keyed && outbox_room(outbox) > 0)
		route_packet_update(node, route, last, outbox);
}

/* RFC 5648 4.2, 5.9: one of those that leave at once, as long as nothing was accepted, or if
 * nothing of what was is to be kept */
static bool overwrites(const struct mobile_node *node, const struct route *route,
	const struct route_binding *binding)
{
	return route->mcoa && (route->bindings.unknown || route_replaces(node, route)) &&
	       !route_bindings_overwriting(&route->bindings, binding);
}

static void register_link(struct mobile_node *node, struct route *route, const struct link *link,
	struct outbox *outbox)
{
	uint16_t bid = route->mcoa ? link->bid : 0;
	struct route_binding *binding = route_binding_add(&route->bindings, bid);
	if (!binding)
		return;
	struct route_update update = {
		.kind = route->mcoa ? UPDATE_REGISTER : UPDATE_SINGLE,
		.overwrite = overwrites(node, route, binding),
		.bid = bid,
		.priority = link->priority,
		.lifetime = route_lifetime(node),
		.ifindex = link->ifindex,
		.source = link->care_of,
		.care_of = link->care_of,
	};
	nanos held_until = node->now + (nanos)update.lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
	binding->held_until = nanos_max(binding->held_until, held_until);
	binding->overtaken = binding->overtaken || binding->update.waiting;
	send_update(node, route, &binding->update, &update, &route_test(route, link)->test.token,
		outbox);
}

/* Whose packets are the first to arrive goes first: an update that is overtaken is refused, since
 * its sequence number is not greater (RFC 6275 9.5.1). */
static const struct link *first_to_register(
	const struct mobile_node *node, const struct route *route)
{
	const struct link *first = NULL;
	nanos took = NANOS_NEVER;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (node->now < route_register_at(node, route, link))
			continue;
		nanos its = route_test(route, link)->test.took;
		if (!first || its < took) {
			first = link;
			took = its;
		}
	}
	return first;
}

static void send_registrations(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	for (size_t i = 0; i < BINDINGS_MAX; i++) {
		const struct link *link = first_to_register(node, route);
		if (!link || !has_room(route, outbox))
			return;
		register_link(node, route, link, outbox);
	}
}

static void send_removals(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	const struct link *link = route_best_link_to(node, route);
	for (size_t i = 0; i < route->bindings.count; i++) {
		struct route_binding *binding = &route->bindings.at[i];
		if (node->now < route_remove_at(node, route, binding) || !has_room(route, outbox))
			continue;
		struct route_update update = {
			.kind = UPDATE_REMOVE,
			.bid = binding->bid,
			.priority = binding->priority,
			.ifindex = link->ifindex,
			.source = link->care_of,
			.care_of = node->config.home_address,
		};
		/* from now on it may be gone; then it is not bound again by the same nonces */
		binding->doubted = binding->bound;
		route_tests_spend(route, &binding->care_of);
		send_update(node, route, &binding->update, &update, NULL, outbox);
	}
}

/* RFC 5648 5.4, RFC 6275 11.7.2: everything is taken away, from home itself, by the home agent, if
 * there is no other way. */
void route_send_farewell(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	const struct link *link = route_best_link_to(node, route);
	const struct in6_addr *home = &node->config.home_address;
	struct route_update update = {
		.kind = UPDATE_REMOVE_ALL,
		.ifindex = link ? link->ifindex : 0,
		.source = link ? link->care_of : *home,
		.care_of = *home,
	};
	send_update(node, route, &route->farewell, &update, NULL, outbox);
}

void route_send(struct mobile_node *node, struct route *route, struct outbox *outbox)
{
	send_home_test(node, route, outbox);
	send_care_of_tests(node, route, outbox);
	send_removals(node, route, outbox);
	send_registrations(node, route, outbox);
	if (node->now >= route_farewell_at(node, route) && has_room(route, outbox))
		route_send_farewell(node, route, outbox);
}
