/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a mobile node sends what to a correspondent (RFC 6275 11.6.1, 11.7.2, 11.8):
 *
 *     Home Test Init      a care-of address is to be bound or a binding taken away, and there is no
 *                         home token; or there is traffic, and the token ends soon
 *     Care-of Test Init   its care-of address is to be bound, and there is no token of it; or it is
 *                         to be found out whether the way by it still carries
 *     Binding Update      both tokens are there; or the home token, to take a binding away
 */
#include "ro_peer.h"

/* The home token is renewed so long before it ends: without it no binding can be taken away. */
#define HOME_TOKEN_EARLY (30 * NANOS_PER_SECOND)

bool route_has_traffic(const struct mobile_node *node, const struct route *route)
{
	return node->now < route->busy + node->routes->config.idle_s * NANOS_PER_SECOND;
}

static nanos again_at(const struct test *test)
{
	return test->waiting ? test->again : 0;
}

/* ---- what is to be bound, or taken away ---- */

/* The binding is that of the link as it is now. */
static bool is_present(const struct mobile_node *node, const struct route_binding *binding,
	const struct link *link)
{
	return binding->bound && !binding->doubted &&
	       IN6_ARE_ADDR_EQUAL(&binding->care_of, &link->care_of) &&
	       (binding->priority == link->priority || !node->config.bid_priority ||
		       binding->bid == 0);
}

static nanos need_at(
	const struct mobile_node *node, const struct route *route, const struct link *link)
{
	uint16_t bid;
	if (!route_wants(node, route, link, &bid) || !route_has_home(node))
		return NANOS_NEVER;
	const struct route_binding *binding = route_binding_of(&route->bindings, bid);
	if (!(binding && binding->bound) && !route_has_traffic(node, route))
		return NANOS_NEVER;
	if (!binding)
		return route->bindings.count < ROUTE_BINDINGS_MAX ? 0 : NANOS_NEVER;
	if (!is_present(node, binding, link))
		return binding->retry;
	return route_has_traffic(node, route) ? nanos_max(binding->refresh, binding->retry)
					      : NANOS_NEVER;
}

/* A link may come back that is only not proven (RFC 5648 5.4). */
static bool is_lost(const struct mobile_node *node, const struct route *route, uint16_t bid_of_link)
{
	uint16_t bid;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (link->bid == bid_of_link)
			return link->path.state != PATH_UNPROVEN &&
			       !route_wants(node, route, link, &bid);
	}
	return true;
}

/* What is bound without BID is replaced, and replaces what has one. */
static bool surplus(const struct mobile_node *node, const struct route *route,
	const struct route_binding *binding)
{
	return binding->held_until && route->mcoa && binding->bid != 0 && !route->leave_until &&
	       route_best_link_to(node, route) && is_lost(node, route, binding->bid);
}

/* RFC 6275 11.7.2: all of it at once, by an update from the home address: the correspondent is to
 * send by the home agent again. */
static bool takes_everything(const struct mobile_node *node, const struct route *route)
{
	return route_bindings_held(&route->bindings) && !route->refused_until &&
	       (route->leave_until || route_is_cut_off(node, route));
}

bool route_replaces(const struct mobile_node *node, const struct route *route)
{
	bool any = false;
	for (size_t i = 0; i < route->bindings.count; i++) {
		const struct route_binding *binding = &route->bindings.at[i];
		bool lost = surplus(node, route, binding);
		if (binding->bound && !binding->doubted && !lost)
			return false;
		any = any || lost;
	}
	return any;
}

/* ---- tests ---- */

static nanos home_need_at(const struct mobile_node *node, const struct route *route)
{
	nanos at = NANOS_NEVER;
	if (takes_everything(node, route))
		return 0;
	if (route->leave_until)
		return NANOS_NEVER;
	for (size_t i = 0; i < node->links.count; i++)
		at = nanos_min(at, need_at(node, route, &node->links.at[i]));
	for (size_t i = 0; i < route->bindings.count; i++)
		if (surplus(node, route, &route->bindings.at[i]))
			at = 0;
	return at;
}

nanos route_home_test_at(const struct mobile_node *node, const struct route *route)
{
	nanos at = NANOS_NEVER;
	if (route->refused_until || !route_has_way_home(node))
		return NANOS_NEVER;
	if (!test_token(&route->home, node->now))
		at = home_need_at(node, route);
	else if (route_bindings_any(&route->bindings) && !route->leave_until &&
		 route_has_traffic(node, route))
		at = route->home.token.until - HOME_TOKEN_EARLY;
	if (at == NANOS_NEVER)
		return at;
	at = nanos_max(at, again_at(&route->home));
	return nanos_max(at, message_rate_at(&route->home_tests, true));
}

nanos route_care_of_test_at(
	const struct mobile_node *node, const struct route *route, const struct link *link)
{
	nanos at = need_at(node, route, link);
	const struct care_of_test *test = route_test(route, link);
	if (test && test_token(&test->test, node->now))
		at = NANOS_NEVER;
	at = nanos_min(at, route_probe_at(node, route, link));
	if (at == NANOS_NEVER)
		return NANOS_NEVER;
	if (test)
		at = nanos_max(at, again_at(&test->test));
	return nanos_max(at, message_rate_at(&route->care_of_tests, true));
}

/* ---- updates ---- */

uint16_t route_lifetime(const struct mobile_node *node)
{
	const struct update_list *list = &node->registration.list;
	uint32_t seconds = node->routes->config.lifetime;
	nanos home = node->now;
	if (seconds < LIFETIME_UNIT)
		seconds = LIFETIME_UNIT;
	for (size_t i = 0; i < list->entries_count; i++)
		home = nanos_max(home, list->entries[i].expires);
	nanos left = (home - node->now) / NANOS_PER_SECOND;
	if (list->entries_count > 0 && left < seconds)
		seconds = (uint32_t)left;
	return (uint16_t)(seconds / LIFETIME_UNIT);
}

static bool same(const struct route_update *update, const struct link *link, bool mcoa)
{
	return update->waiting && update->kind == (mcoa ? UPDATE_REGISTER : UPDATE_SINGLE) &&
	       IN6_ARE_ADDR_EQUAL(&update->care_of, &link->care_of) &&
	       (update->priority == link->priority || !mcoa);
}

nanos route_register_at(
	const struct mobile_node *node, const struct route *route, const struct link *link)
{
	uint16_t bid;
	nanos at = need_at(node, route, link);
	const struct care_of_test *test = route_test(route, link);
	if (at == NANOS_NEVER || !test || !test_token(&test->test, node->now) ||
		!test_token(&route->home, node->now) || !route_wants(node, route, link, &bid) ||
		route_lifetime(node) == 0)
		return NANOS_NEVER;
	const struct route_binding *binding = route_binding_of(&route->bindings, bid);
	if (binding && same(&binding->update, link, route->mcoa))
		at = nanos_max(at, binding->update.again);
	/* what is there already can wait until something else has been taken away */
	bool urgent = !binding || !is_present(node, binding, link);
	return nanos_max(at, message_rate_at(&route->updates, urgent));
}

nanos route_remove_at(const struct mobile_node *node, const struct route *route,
	const struct route_binding *binding)
{
	if (!surplus(node, route, binding) || !test_token(&route->home, node->now))
		return NANOS_NEVER;
	bool begun = binding->update.waiting && binding->update.kind == UPDATE_REMOVE;
	nanos at = begun ? binding->update.again : 0;
	/* or it waits for what will replace it, and without which there is no direct way at all */
	bool urgent = !route_replaces(node, route);
	return nanos_max(at, message_rate_at(&route->updates, urgent));
}

nanos route_farewell_at(const struct mobile_node *node, const struct route *route)
{
	if (!takes_everything(node, route) || !test_token(&route->home, node->now) ||
		!route_has_way_home(node))
		return NANOS_NEVER;
	nanos at = route->farewell.waiting ? route->farewell.again : 0;
	return nanos_max(at, message_rate_at(&route->updates, true));
}

/* ---- all of it ---- */

static nanos ends_at(const struct mobile_node *node, const struct route *route)
{
	nanos at = NANOS_NEVER;
	if (route->leave_until)
		return route->leave_until;
	for (size_t i = 0; i < route->bindings.count; i++) {
		const struct route_binding *binding = &route->bindings.at[i];
		if (binding->held_until)
			at = nanos_min(at, binding->held_until);
		if (binding->bound)
			at = nanos_min(at, binding->expires);
		/* without traffic, or with paths that nobody asks, nobody tells that there is some
		 */
		if (binding->bound && (node->now >= binding->refresh || !node->config.probe))
			at = nanos_min(at, route->look_at);
	}
	for (size_t i = 0; i < route->tests_count; i++) {
		nanos given_up_until = route->tests[i].given_up_until;
		if (given_up_until > node->now)
			at = nanos_min(at, given_up_until);
	}
	if (!route_bindings_held(&route->bindings))
		at = nanos_min(at, route->busy + node->routes->config.idle_s * NANOS_PER_SECOND);
	return at;
}

nanos route_next_deadline(const struct mobile_node *node, const struct route *route)
{
	if (route->unsettled)
		return node->now;
	if (route->refused_until)
		return route->refused_until;
	nanos at = nanos_min(ends_at(node, route), route_home_test_at(node, route));
	at = nanos_min(at, route_farewell_at(node, route));
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		at = nanos_min(at, route_care_of_test_at(node, route, link));
		at = nanos_min(at, route_register_at(node, route, link));
	}
	for (size_t i = 0; i < route->bindings.count; i++)
		at = nanos_min(at, route_remove_at(node, route, &route->bindings.at[i]));
	return at;
}
