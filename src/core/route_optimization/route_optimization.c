/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node's correspondents (RFC 6275 11.6, 11.7.2): their table, and their steps after each
 * event. A new one takes the place of a refused one, or of the one that has been idle longest. If
 * all are busy, traffic of the new one stays with the home agent.
 */
#include "route_optimization.h"

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

static int ro_new(const struct ro_basis *node, struct route_optimization **ret)
{
	const struct route_optimization_config *config = &node->config->route_optimization;
	*ret = NULL;
	if (!config->on)
		return 0;
	struct route_optimization *ro = calloc(1, sizeof(*ro));
	if (!ro)
		return -ENOMEM;
	ro->node = node;
	ro->config = *config;
	ro->config.lifetime = or_default(config->lifetime, RR_BINDING_LIFETIME_MAX);
	if (ro->config.lifetime > RR_BINDING_LIFETIME_MAX)
		ro->config.lifetime = RR_BINDING_LIFETIME_MAX;
	ro->config.idle_s = or_default(config->idle_s, IDLE_S);
	ro->config.refused_s = or_default(config->refused_s, REFUSED_S);
	ro->config.correspondents_max = or_default(config->correspondents_max, CORRESPONDENTS_MAX);
	ro->at = calloc(ro->config.correspondents_max, sizeof(struct ro_peer *));
	if (!ro->at) {
		free(ro);
		return -ENOMEM;
	}
	known_peers_init(&ro->known, &node->base->port);
	*ret = ro;
	return 0;
}

static void ro_free(struct route_optimization *ro)
{
	for (uint32_t i = 0; i < ro->count; i++)
		free(ro->at[i]);
	free(ro->at);
	free(ro);
}

/* ---- one correspondent ---- */

struct ro_peer *ro_find(const struct route_optimization *ro, const struct in6_addr *address)
{
	for (uint32_t i = 0; i < ro->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&ro->at[i]->address, address))
			return ro->at[i];
	return NULL;
}

/* Its bindings are taken away, and then it is forgotten. */
static void leave(
	struct route_optimization *ro, struct ro_peer *peer, nanos after, struct outbox *outbox)
{
	const struct ro_peer_change change = {
		.parties = ro->node->parties, .until = ro_now(ro) + after, .outbox = outbox};
	ro_peer_step(peer, RO_PEER_LEFT, &change);
	peer->until = nanos_min(peer->until, change.until);
	peer->due = 0;
}

/* ---- ends ---- */

static bool is_wanted(const struct route_optimization *ro, const struct ro_peer *peer, uint16_t bid)
{
	uint16_t wanted;
	for (size_t i = 0; i < ro->node->links.count; i++)
		if (ro_wants(ro, peer, &ro->node->links.at[i], &wanted) && wanted == bid)
			return true;
	return false;
}

/* Ends a de-registration of all bindings that got no answer, or is no longer wanted: a late answer
 * must not count for later bindings. */
static void end_farewell(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	struct ro_update *farewell = &peer->farewell;
	if (!farewell->waiting || peer->state == ROUTE_LEAVING)
		return;
	bool failed = ro_update_failed(farewell, ro_now(ro));
	if (!failed && ro_is_cut_off(ro, peer))
		return;
	farewell->waiting = false;
	peer->bindings.unknown = true;
	if (!failed)
		return;
	ro_unbind_all(ro->node->parties, peer, outbox);
	for (size_t i = 0; i < peer->bindings.count; i++)
		peer->bindings.at[i].held_until = 0;
}

static void expire(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	end_farewell(ro, peer, outbox);
	for (size_t i = peer->bindings.count; i-- > 0;) {
		struct ro_binding *binding = &peer->bindings.at[i];
		bool over = binding->update.kind == UPDATE_REMOVE &&
			    ro_update_failed(&binding->update, ro_now(ro));
		if (over && ro_now(ro) < binding->held_until)
			peer->bindings.unknown = true;
		if (over || ro_now(ro) >= binding->held_until)
			binding->held_until = 0;
		if (ro_binding_is_bound(binding) && (over || ro_now(ro) >= binding->expires))
			ro_unbind(ro->node->parties, peer, binding, outbox);
		bool refused = binding->refusals && ro_has_traffic(ro, peer) &&
			       is_wanted(ro, peer, binding->bid);
		if (!binding->held_until && !ro_binding_is_bound(binding) && !refused)
			ro_binding_drop(&peer->bindings, binding);
	}
}

/* ---- reconciling ---- */

/* RFC 5648 5.5.1: by the visited links it goes on; without one, the home link is all there is. */
static bool returned_home(const struct route_optimization *ro)
{
	if (ro->node->home != HOME_USE_BINDING && ro->node->home != HOME_USE_RETURNED)
		return false;
	for (size_t i = 0; i < ro->node->links.count; i++) {
		enum path_state state = ro->node->links.at[i].path;
		if (ro->node->links.at[i].visited && state != PATH_DOWN && state != PATH_DEAD)
			return false;
	}
	return true;
}

static bool has_left(const struct route_optimization *ro, const struct ro_peer *peer)
{
	return !ro_bindings_held(&peer->bindings) ||
	       ro_update_failed(&peer->farewell, ro_now(ro)) || ro_now(ro) >= peer->until;
}

/* Whether nothing is left of the relation. */
static bool is_over(const struct route_optimization *ro, const struct ro_peer *peer)
{
	if (peer->tunnels_count > 0)
		return false;
	if (peer->state == ROUTE_LEAVING)
		return has_left(ro, peer);
	if (peer->state == ROUTE_REFUSED)
		return ro_now(ro) >= peer->until;
	return !ro_bindings_held(&peer->bindings) && !ro_has_traffic(ro, peer);
}

static nanos look_again(const struct route_optimization *ro, const struct ro_peer *peer)
{
	bool watched = ro->node->config->probe || !ro_has_traffic(ro, peer);
	return ro_now(ro) + (watched ? LOOK_AGAIN : LOOK_WHILE_BUSY);
}

static void forget_refused(struct ro_peer *peer)
{
	peer->bindings.count = 0;
	peer->tests_count = 0;
	test_stop(&peer->home);
	peer->home.token.until = 0;
}

static void reconcile(struct route_optimization *ro, struct ro_peer *peer, struct outbox *outbox)
{
	expire(ro, peer, outbox);
	if (returned_home(ro))
		leave(ro, peer, LEAVE_AFTER, outbox);
	ro_tests_stop(ro, peer);
	ro_give_up(ro, peer, outbox);
	if (peer->state == ROUTE_REFUSED)
		forget_refused(peer);
	if (ro_now(ro) >= peer->look_at || look_again(ro, peer) < peer->look_at)
		peer->look_at = look_again(ro, peer);
	ro_tunnels_update(ro, peer, outbox);
	if (peer->state != ROUTE_REFUSED)
		ro_send(ro, peer, outbox);
	const struct ro_peer_change change = {.parties = ro->node->parties, .outbox = outbox};
	ro_peer_step(peer, ro_peer_event_of(peer), &change);
}

static nanos last_sent(const struct ro_peer *peer)
{
	nanos tests = nanos_max(
		message_rate_last(&peer->home_tests), message_rate_last(&peer->care_of_tests));
	return nanos_max(tests, message_rate_last(&peer->updates));
}

static void forget(struct route_optimization *ro, uint32_t i)
{

	const struct ro_peer *peer = ro->at[i];
	const struct known_peer known = {
		.address = peer->address,
		.refused_until = peer->state == ROUTE_REFUSED ? peer->until : 0,
		.spoken_until = peer->spoken_until,
		.single_until = ro->node->config->mcoa && !peer_bids_used(peer->bids)
					? ro_now(ro) + SINGLE_FOR
					: 0,
		.sent_at = last_sent(peer),
		.sequence = peer->bindings.sequence,
	};
	known_peers_note(&ro->known, ro_now(ro), &known);
	free(ro->at[i]);
	ro->at[i] = ro->at[--ro->count];
}

/* A Home Test Init by the path of before may have vanished there: that is no silence of the
 * correspondent (RFC 6275 11.6.1, 11.8). */
static void begin_home_tests_anew(struct route_optimization *ro)
{
	for (uint32_t i = 0; i < ro->count; i++)
		test_stop(&ro->at[i]->home);
}

/* Whether a change concerns all correspondents; most events do not. */
static bool node_has_changed(struct route_optimization *ro)
{
	struct ro_snapshot present;
	memset(&present, 0, sizeof(present));
	present.has_home = ro_has_home(ro);
	present.has_way_home = ro_has_way_home(ro);
	present.has_lifetime = ro_lifetime(ro) > 0;
	present.way_is_home_link = ro->node->way_home == RO_WAY_HOME_LINK;
	present.way_home_from = ro->node->way_home_from;
	present.home = ro->node->home;
	present.policy_changes = ro->node->policy_changes;
	memcpy(&present.links, &ro->node->links, sizeof(present.links));
	if (memcmp(&present, &ro->snapshot, sizeof(present)) == 0)
		return false;
	if (!IN6_ARE_ADDR_EQUAL(&present.way_home_from, &ro->snapshot.way_home_from))
		begin_home_tests_anew(ro);
	memcpy(&ro->snapshot, &present, sizeof(present));
	return true;
}

static void ro_reconcile(struct route_optimization *ro, struct outbox *outbox)
{
	bool changed = node_has_changed(ro);
	for (uint32_t i = ro->count; i-- > 0;) {
		struct ro_peer *peer = ro->at[i];
		if (!changed && ro_now(ro) < peer->due)
			continue;
		reconcile(ro, peer, outbox);
		peer->due = ro_next_deadline(ro, peer);
		if (is_over(ro, peer))
			forget(ro, i);
	}
}

static nanos ro_earliest_deadline(const struct route_optimization *ro)
{
	nanos at = NANOS_NEVER;
	for (uint32_t i = 0; i < ro->count; i++)
		at = nanos_min(at, ro->at[i]->due);
	return at;
}

/* ---- the table ---- */

/* At home, a neighbour is reached without the home agent. */
static bool is_neighbour(const struct route_optimization *ro, const struct in6_addr *address)
{
	const struct mobile_node_config *config = ro->node->config;
	return ro_home_link(ro) && config->home_prefix_length != 0 &&
	       address_in_prefix(address, &config->home_prefix, config->home_prefix_length);
}

static bool may_correspond(const struct route_optimization *ro, const struct in6_addr *address)
{
	/* the other roles of this host are reached without leaving it */
	return address_is_unicast_routable(address) &&
	       !node_addresses_find(&ro->node->base->addresses, address) &&
	       !IN6_ARE_ADDR_EQUAL(address, &ro->node->parties->home_agent) &&
	       !is_neighbour(ro, address);
}

/* RFC 6275 11.7.2: registered with the home agent, and away from home. */
static bool may_begin(const struct route_optimization *ro)
{
	return !ro->stopping && ro->node->is_registered && !home_use_is_returning(ro->node->home);
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

static uint32_t first_to_go(const struct route_optimization *ro)
{
	uint32_t first = 0;
	for (uint32_t i = 1; i < ro->count; i++)
		if (goes_before(ro->at[i], ro->at[first]))
			first = i;
	return first;
}

/* The last word goes to one that gives way, if it can be had at once. False: there is no room. */
static bool make_way(struct route_optimization *ro, struct outbox *outbox)
{
	uint32_t i = first_to_go(ro);
	struct ro_peer *peer = ro->at[i];
	if (peer->state != ROUTE_REFUSED) {
		if (ro_now(ro) < peer->busy + KEPT_FOR)
			return false;
		leave(ro, peer, LEAVE_AFTER, outbox);
	}
	ro_tunnels_remove(peer, outbox);
	if (peer->tunnels_count > 0 || outbox_room(outbox) == 0)
		return false;
	if (ro_now(ro) >= ro_farewell_at(ro, peer))
		ro_send_farewell(ro, peer, outbox);
	forget(ro, i);
	return true;
}

static struct ro_peer *add(struct route_optimization *ro, const struct known_peer *known)
{

	uint16_t sequence = known->sequence;
	struct ro_peer *peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	/* RFC 6275 11.7.2 */
	if (!known->sent_at)
		ro->node->base->port.random(ro->node->base->port.ctx, &sequence, sizeof(sequence));
	peer->address = known->address;
	peer->bids = ro->node->config->mcoa && !known->single_until ? PEER_BIDS_ASSUMED
								    : PEER_BIDS_LACKING;
	peer->spoken_until = known->spoken_until;
	peer->flows.known = true;
	ro_bindings_init(&peer->bindings, sequence);
	message_rate_init(&peer->home_tests, known->sent_at);
	message_rate_init(&peer->care_of_tests, known->sent_at);
	message_rate_init(&peer->updates, known->sent_at);
	ro->at[ro->count++] = peer;
	return peer;
}

static void ro_busy(
	struct route_optimization *ro, const struct in6_addr *address, struct outbox *outbox)
{

	struct ro_peer *peer = ro_find(ro, address);
	if (!peer) {
		const struct known_peer known = known_peers_find(&ro->known, ro_now(ro), address);
		if (known.refused_until || !may_begin(ro) || !may_correspond(ro, address))
			return;
		if (ro->count == ro->config.correspondents_max && !make_way(ro, outbox))
			return;
		peer = add(ro, &known);
	}
	if (!peer)
		return;
	peer->busy = ro_now(ro);
	peer->due = 0;
}

static void ro_activity(struct route_optimization *ro, const struct host_activity *activity)
{
	struct ro_peer *peer = ro_find(ro, &activity->peer);
	nanos last = nanos_max(activity->sent, activity->received);
	if (!peer)
		return;
	peer->busy = nanos_max(peer->busy, nanos_min(last, ro_now(ro)));
	peer->due = 0;
	ro_path_activity(peer, activity);
}

static void ro_home_lost(struct route_optimization *ro)
{
	for (uint32_t i = 0; i < ro->count; i++)
		test_stop(&ro->at[i]->home);
}

static void ro_stop(struct route_optimization *ro, struct outbox *outbox)
{
	ro->stopping = true;
	for (uint32_t i = 0; i < ro->count; i++)
		leave(ro, ro->at[i], STOP_AFTER, outbox);
}

static bool ro_stopped(const struct route_optimization *ro)
{
	return ro->stopping && ro->count == 0;
}

const struct ro_functions route_optimization_functions = {
	.new = ro_new,
	.free = ro_free,
	.busy = ro_busy,
	.activity = ro_activity,
	.message = ro_message,
	.problem = ro_problem,
	.unreachable = ro_unreachable,
	.reconcile = ro_reconcile,
	.home_lost = ro_home_lost,
	.stop = ro_stop,
	.stopped = ro_stopped,
	.next_deadline = ro_earliest_deadline,
	.each = ro_each,
	.each_binding = ro_each_binding,
};
