/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The times of a mobile node's messages to a correspondent (RFC 6275 11.6.1, 11.7.2, 11.8):
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

bool ro_has_traffic(const struct route_optimization *ro, const struct ro_peer *peer)
{
	return ro_now(ro) < peer->busy + ro->config.idle_s * NANOS_PER_SECOND;
}

static nanos again_at(const struct test *test)
{
	return test->waiting ? test->again : 0;
}

/* ---- registrations and de-registrations ---- */

/* The binding has the present care-of address of the link. */
static bool is_present(const struct route_optimization *ro, const struct ro_binding *binding,
	const struct ro_link *link)
{
	return binding->state == RO_BINDING_BOUND &&
	       IN6_ARE_ADDR_EQUAL(&binding->care_of, &link->care_of) &&
	       (binding->priority == link->priority || !ro->node->config->bid_priority ||
		       binding->bid == 0);
}

/* When this link's update is to tell of the rules: one is enough, by the first bound link. */
static nanos flows_at(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	uint16_t bid;
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *first = &ro->node->links.at[i];
		const struct ro_binding *binding = ro_wants(ro, peer, first, &bid)
							   ? ro_binding_of(&peer->bindings, bid)
							   : NULL;
		if (binding && is_present(ro, binding, first))
			return first == link ? ro_flows_at(ro, peer) : NANOS_NEVER;
	}
	return NANOS_NEVER;
}

static nanos need_at(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	uint16_t bid;
	if (!ro_wants(ro, peer, link, &bid) || !ro_has_home(ro))
		return NANOS_NEVER;
	const struct ro_binding *binding = ro_binding_of(&peer->bindings, bid);
	if (!(binding && ro_binding_is_bound(binding)) && !ro_has_traffic(ro, peer))
		return NANOS_NEVER;
	if (!binding)
		return peer->bindings.count < RO_BINDINGS_MAX ? 0 : NANOS_NEVER;
	if (!is_present(ro, binding, link) || ro_shares_are_due(ro, peer, link))
		return binding->retry;
	if (!ro_has_traffic(ro, peer))
		return NANOS_NEVER;
	return nanos_max(nanos_min(binding->refresh, flows_at(ro, peer, link)), binding->retry);
}

/* A link may come back that is only not proven (RFC 5648 5.4). */
static bool is_lost(
	const struct route_optimization *ro, const struct ro_peer *peer, uint16_t bid_of_link)
{
	uint16_t bid;
	const struct ro_link *link = ro_link_with_bid(ro, bid_of_link);
	return !link || (link->path != PATH_UNPROVEN && !ro_wants(ro, peer, link, &bid));
}

/* A binding without BID replaces those with a BID, and is replaced by them. */
static bool surplus(const struct route_optimization *ro, const struct ro_peer *peer,
	const struct ro_binding *binding)
{
	return binding->held_until && peer_bids_used(peer->bids) && binding->bid != 0 &&
	       peer->state != ROUTE_LEAVING && ro_best_link_to(ro, peer) &&
	       is_lost(ro, peer, binding->bid);
}

/* RFC 6275 11.7.2: deletes all bindings by one update from the home address, so that the
 * correspondent sends through the home agent again. */
static bool takes_everything(const struct route_optimization *ro, const struct ro_peer *peer)
{
	return ro_bindings_held(&peer->bindings) && peer->state != ROUTE_REFUSED &&
	       (peer->state == ROUTE_LEAVING || ro_is_cut_off(ro, peer));
}

bool ro_replaces(const struct route_optimization *ro, const struct ro_peer *peer)
{
	bool any = false;
	for (size_t i = 0; i < peer->bindings.count; i++) {
		const struct ro_binding *binding = &peer->bindings.at[i];
		bool lost = surplus(ro, peer, binding);
		if (binding->state == RO_BINDING_BOUND && !lost)
			return false;
		any = any || lost;
	}
	return any;
}

/* ---- tests ---- */

static nanos home_need_at(const struct route_optimization *ro, const struct ro_peer *peer)
{
	nanos at = NANOS_NEVER;
	if (takes_everything(ro, peer))
		return 0;
	if (peer->state == ROUTE_LEAVING)
		return NANOS_NEVER;
	for (size_t i = 0; i < ro->node->links.count; i++)
		at = nanos_min(at, need_at(ro, peer, &ro->node->links.at[i]));
	for (size_t i = 0; i < peer->bindings.count; i++)
		if (surplus(ro, peer, &peer->bindings.at[i]))
			at = 0;
	return at;
}

nanos ro_home_test_at(const struct route_optimization *ro, const struct ro_peer *peer)
{
	nanos at = NANOS_NEVER;
	if (peer->state == ROUTE_REFUSED || !ro_has_way_home(ro))
		return NANOS_NEVER;
	if (!test_token(&peer->home, ro_now(ro)))
		at = home_need_at(ro, peer);
	else if (ro_bindings_any(&peer->bindings) && peer->state != ROUTE_LEAVING &&
		 ro_has_traffic(ro, peer))
		at = peer->home.token.until - HOME_TOKEN_EARLY;
	if (at == NANOS_NEVER)
		return at;
	at = nanos_max(at, again_at(&peer->home));
	return nanos_max(at, message_rate_at(&peer->home_tests, true));
}

nanos ro_care_of_test_at(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	nanos at = need_at(ro, peer, link);
	const struct care_of_test *test = ro_test(peer, link);
	if (test && test_token(&test->test, ro_now(ro)))
		at = NANOS_NEVER;
	at = nanos_min(at, ro_probe_at(ro, peer, link));
	if (at == NANOS_NEVER)
		return NANOS_NEVER;
	if (test)
		at = nanos_max(at, again_at(&test->test));
	return nanos_max(at, message_rate_at(&peer->care_of_tests, true));
}

/* ---- updates ---- */

uint16_t ro_lifetime(const struct route_optimization *ro)
{
	uint32_t seconds = ro->config.lifetime;
	if (seconds < LIFETIME_UNIT)
		seconds = LIFETIME_UNIT;
	nanos left = nanos_max(ro->node->expires, ro_now(ro)) - ro_now(ro);
	left /= NANOS_PER_SECOND;
	if (ro->node->is_registered && left < seconds)
		seconds = (uint32_t)left;
	return (uint16_t)(seconds / LIFETIME_UNIT);
}

static bool asks_the_same(const struct ro_update *update, const struct ro_link *link, bool mcoa)
{
	return update->waiting && update->kind == (mcoa ? UPDATE_REGISTER : UPDATE_SINGLE) &&
	       IN6_ARE_ADDR_EQUAL(&update->care_of, &link->care_of) &&
	       (update->priority == link->priority || !mcoa);
}

nanos ro_register_at(
	const struct route_optimization *ro, const struct ro_peer *peer, const struct ro_link *link)
{
	uint16_t bid;
	nanos at = need_at(ro, peer, link);
	const struct care_of_test *test = ro_test(peer, link);
	if (at == NANOS_NEVER || !test || !test_token(&test->test, ro_now(ro)) ||
		!test_token(&peer->home, ro_now(ro)) || !ro_wants(ro, peer, link, &bid) ||
		ro_lifetime(ro) == 0)
		return NANOS_NEVER;
	const struct ro_binding *binding = ro_binding_of(&peer->bindings, bid);
	if (binding && asks_the_same(&binding->update, link, peer_bids_used(peer->bids)))
		at = nanos_max(at, binding->update.again);
	/* an existing binding can wait until another one has been deleted */
	bool urgent = !binding || !is_present(ro, binding, link);
	return nanos_max(at, message_rate_at(&peer->updates, urgent));
}

nanos ro_remove_at(const struct route_optimization *ro, const struct ro_peer *peer,
	const struct ro_binding *binding)
{
	if (!surplus(ro, peer, binding) || !test_token(&peer->home, ro_now(ro)))
		return NANOS_NEVER;
	bool begun = binding->update.waiting && binding->update.kind == UPDATE_REMOVE;
	nanos at = begun ? binding->update.again : 0;
	/* else a registration will replace it, and is sent first: no other binding is left */
	bool urgent = !ro_replaces(ro, peer);
	return nanos_max(at, message_rate_at(&peer->updates, urgent));
}

nanos ro_farewell_at(const struct route_optimization *ro, const struct ro_peer *peer)
{
	if (!takes_everything(ro, peer) || !test_token(&peer->home, ro_now(ro)) ||
		!ro_has_way_home(ro))
		return NANOS_NEVER;
	nanos at = peer->farewell.waiting ? peer->farewell.again : 0;
	return nanos_max(at, message_rate_at(&peer->updates, true));
}

/* ---- the next deadline ---- */

static nanos ends_at(const struct route_optimization *ro, const struct ro_peer *peer)
{
	nanos at = NANOS_NEVER;
	if (peer->state == ROUTE_LEAVING)
		return peer->until;
	for (size_t i = 0; i < peer->bindings.count; i++) {
		const struct ro_binding *binding = &peer->bindings.at[i];
		if (binding->held_until)
			at = nanos_min(at, binding->held_until);
		if (ro_binding_is_bound(binding))
			at = nanos_min(at, binding->expires);
		/* without traffic or without probes, no event reports new traffic */
		if (ro_binding_is_bound(binding) &&
			(ro_now(ro) >= binding->refresh || !ro->node->config->probe))
			at = nanos_min(at, peer->look_at);
	}
	for (size_t i = 0; i < peer->tests_count; i++) {
		nanos given_up_until = peer->tests[i].given_up_until;
		if (given_up_until > ro_now(ro))
			at = nanos_min(at, given_up_until);
	}
	if (!ro_bindings_held(&peer->bindings))
		at = nanos_min(at, peer->busy + ro->config.idle_s * NANOS_PER_SECOND);
	return at;
}

nanos ro_next_deadline(const struct route_optimization *ro, const struct ro_peer *peer)
{
	if (peer->outbox_was_full)
		return ro_now(ro);
	if (peer->state == ROUTE_REFUSED)
		return peer->until;
	nanos at = nanos_min(ends_at(ro, peer), ro_home_test_at(ro, peer));
	at = nanos_min(at, ro_farewell_at(ro, peer));
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		at = nanos_min(at, ro_care_of_test_at(ro, peer, link));
		at = nanos_min(at, ro_register_at(ro, peer, link));
	}
	for (size_t i = 0; i < peer->bindings.count; i++)
		at = nanos_min(at, ro_remove_at(ro, peer, &peer->bindings.at[i]));
	return at;
}
