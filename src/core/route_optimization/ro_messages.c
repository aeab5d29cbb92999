/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends the due messages to a correspondent (RFC 6275 11.6.1, 11.7.2, RFC 5648 5.2 to 5.4): first
 * all tests, then de-registrations, then registrations.
 */
#include "../base/bindack_timeout.h"
#include "ro_packet.h"

/* Attempts of a node that is about to stop, and has little time for it. */
#define STOP_INTERVAL (400 * NANOS_PER_MS)

/* A message, and the tunnel that goes before it. */
#define ROOM_OF_MESSAGE 2

static uint64_t new_cookie(const struct route_optimization *ro)
{
	uint64_t cookie;
	ro->node->base->port.random(ro->node->base->port.ctx, &cookie, sizeof(cookie));
	return cookie;
}

static bool has_room(struct ro_peer *peer, const struct outbox *outbox)
{
	if (outbox_room(outbox) < RO_OUTBOX_RESERVE + ROOM_OF_MESSAGE)
		peer->outbox_was_full = true;
	return !peer->outbox_was_full;
}

/* ---- tests ---- */

static void send_home_test(
	struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	nanos now = ro_now(ro);
	uint64_t cookie = new_cookie(ro);
	if (now < ro_home_test_at(ro, peer) || !has_room(peer, outbox) ||
		!ro_packet_home_test(ro, peer, cookie, outbox))
		return;
	test_sent(&peer->home, cookie, now);
	message_rate_count(&peer->home_tests, now);
	ro->node->base->counters.tests_sent++;
}

static void send_care_of_tests(
	struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		if (ro_now(ro) < ro_care_of_test_at(ro, peer, link) || !has_room(peer, outbox))
			continue;
		uint64_t cookie = new_cookie(ro);
		ro_packet_care_of_test(ro, peer, link, cookie, outbox);
		struct care_of_test *test = ro_test_begin(peer, link);
		test_sent(&test->test, cookie, ro_now(ro));
		ro_probe_sent(peer, test, ro_now(ro));
		message_rate_count(&peer->care_of_tests, ro_now(ro));
		ro->node->base->counters.tests_sent++;
	}
}

/* ---- updates ---- */

static const struct share_statement no_shares;

/* It repeats the last one, which has no answer. */
static bool repeats(const struct ro_update *last, const struct ro_update *update)
{
	return last->waiting && last->kind == update->kind && last->priority == update->priority &&
	       IN6_ARE_ADDR_EQUAL(&last->care_of, &update->care_of);
}

/* Kbm of both tokens, or, to take away, of the home token alone (RFC 6275 5.2.5). */
static bool make_key(const struct route_optimization *ro, const struct ro_peer *peer,
	const struct keygen_token *care_of, struct ro_update *update)
{
	const struct keygen_token *home = &peer->home.token;
	update->home_index = home->index;
	update->care_of_index = care_of ? care_of->index : 0;
	return binding_key(ro->node->base, home->value, care_of ? &care_of->value : NULL,
		       update->key) == 0;
}

/* `update` takes the place of `last`. */
static void send_update(struct route_optimization *ro, struct ro_peer *peer, struct ro_update *last,
	struct ro_update *update, const struct keygen_token *care_of,
	const struct share_statement *shares, struct outbox *outbox)
{
	bool again = repeats(last, update);
	unsigned attempts = again ? last->attempts + 1 : 1;
	nanos timeout = again ? bindack_timeout_after(last->timeout) : BINDACK_TIMEOUT_FIRST;
	bool keyed = make_key(ro, peer, care_of, update);
	if (ro->stopping)
		timeout = STOP_INTERVAL;
	ro_update_sent(&peer->bindings, update, attempts, timeout, ro_now(ro));
	peer->shares_sent = *shares;
	peer->shares_sequence = update->sequence;
	ro_flows_sent(ro, peer, update);
	message_rate_count(&peer->updates, ro_now(ro));
	*last = *update;
	/* packets by the care-of address are accepted from now on */
	ro_tunnels_update(ro, peer, outbox);
	if (keyed && outbox_room(outbox) > 0)
		ro_packet_update(ro, peer, last, outbox);
}

/* RFC 5648 4.2, 5.9: one of several updates that leave together, as long as none was accepted, or
 * if no accepted binding is kept */
static bool overwrites(const struct route_optimization *ro, const struct ro_peer *peer,
	const struct ro_binding *binding)
{
	return peer_bids_used(peer->bids) && (peer->bindings.unknown || ro_replaces(ro, peer)) &&
	       !ro_bindings_overwriting(&peer->bindings, binding);
}

static void register_link(struct route_optimization *ro, struct ro_peer *peer,
	const struct ro_link *link, struct outbox *outbox)
{
	bool with_bid = peer_bids_used(peer->bids);
	uint16_t bid = with_bid ? link->bid : 0;
	struct ro_binding *binding = ro_binding_add(&peer->bindings, bid);
	if (!binding)
		return;
	struct ro_update update = {
		.kind = with_bid ? UPDATE_REGISTER : UPDATE_SINGLE,
		.overwrite = overwrites(ro, peer, binding),
		.bid = bid,
		.priority = link->priority,
		.lifetime = ro_lifetime(ro),
		.ifindex = link->ifindex,
		.source = link->care_of,
		.care_of = link->care_of,
	};
	nanos held_until = ro_now(ro) + (nanos)update.lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
	binding->held_until = nanos_max(binding->held_until, held_until);
	binding->overtaken = binding->overtaken || binding->update.waiting;
	const struct share_statement shares = ro_shares(ro, peer, link);
	send_update(ro, peer, &binding->update, &update, &ro_test(peer, link)->test.token, &shares,
		outbox);
}

/* The link with the shortest round trip goes first: an overtaken update is refused, since its
 * sequence number is not greater (RFC 6275 9.5.1). */
static const struct ro_link *first_to_register(
	const struct route_optimization *ro, const struct ro_peer *peer)
{
	const struct ro_link *first = NULL;
	nanos took = NANOS_NEVER;
	for (size_t i = 0; i < ro->node->links.count; i++) {
		const struct ro_link *link = &ro->node->links.at[i];
		if (ro_now(ro) < ro_register_at(ro, peer, link))
			continue;
		nanos its = ro_test(peer, link)->test.took;
		if (!first || its < took) {
			first = link;
			took = its;
		}
	}
	return first;
}

static void send_registrations(
	struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	for (size_t i = 0; i < BINDINGS_MAX; i++) {
		const struct ro_link *link = first_to_register(ro, peer);
		if (!link || !has_room(peer, outbox))
			return;
		register_link(ro, peer, link, outbox);
	}
}

static void send_removals(
	struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	const struct ro_link *link = ro_best_link_to(ro, peer);
	for (size_t i = 0; i < peer->bindings.count; i++) {
		struct ro_binding *binding = &peer->bindings.at[i];
		if (ro_now(ro) < ro_remove_at(ro, peer, binding) || !has_room(peer, outbox))
			continue;
		struct ro_update update = {
			.kind = UPDATE_REMOVE,
			.bid = binding->bid,
			.priority = binding->priority,
			.ifindex = link->ifindex,
			.source = link->care_of,
			.care_of = ro->node->config->home_address,
		};
		/* from now on it may be gone; then it is not bound again by the same nonces */
		ro_binding_step(binding, RO_BINDING_DISPUTE);
		ro_tests_spend(peer, &binding->care_of);
		send_update(ro, peer, &binding->update, &update, NULL, &no_shares, outbox);
	}
}

/* RFC 5648 5.4, RFC 6275 11.7.2: everything is taken away, from home itself, by the home agent, if
 * there is no other way. */
void ro_send_farewell(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	const struct ro_link *link = ro_best_link_to(ro, peer);
	const struct in6_addr *home = &ro->node->config->home_address;
	struct ro_update update = {
		.kind = UPDATE_REMOVE_ALL,
		.ifindex = link ? link->ifindex : 0,
		.source = link ? link->care_of : *home,
		.care_of = *home,
	};
	send_update(ro, peer, &peer->farewell, &update, NULL, &no_shares, outbox);
}

void ro_send(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	send_home_test(ro, peer, outbox);
	send_care_of_tests(ro, peer, outbox);
	send_removals(ro, peer, outbox);
	send_registrations(ro, peer, outbox);
	if (ro_now(ro) >= ro_farewell_at(ro, peer) && has_room(peer, outbox))
		ro_send_farewell(ro, peer, outbox);
}
