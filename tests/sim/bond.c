/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants between mobile nodes and their correspondents, judged by the Binding Updates on the
 * network: RFC 6275 9.5, 11.6, 11.7, 11.8, RFC 5648 5 and 6. The numbers are those of the
 * invariants in docs/simulator.md.
 */
#include "world.h"

#include <string.h>

/* RFC 6275 12: MAX_RR_BINDING_LIFETIME */
#define LIFETIME_MAX (420 * NANOS_PER_SECOND)
#define BINDINGS_DEFAULT 4

static nanos world_time(const struct actor *actor, nanos its)
{
	return its - actor->offset;
}

struct bond *bond_of(const struct node_actor *node, uint32_t correspondent)
{
	for (uint8_t i = 0; i < node->bonds_count; i++)
		if (node->bonds[i].correspondent == correspondent)
			return &node->bonds[i];
	return NULL;
}

static const struct correspondent_config *config_of(struct world *world, const struct actor *actor)
{
	return world_is_node(world, actor->id) ? &((const struct node_actor *)actor)->correspondent
					       : &((const struct peer_actor *)actor)->config;
}

/* ---- what is bound ---- */

static void expire(const struct world *world, struct bond *bond)
{
	for (uint8_t i = bond->count; i-- > 0;)
		if (bond->bound[i].expires <= world->now)
			bond->bound[i] = bond->bound[--bond->count];
}

static struct grant *find(struct bond *bond, uint16_t bid)
{
	for (uint8_t i = 0; i < bond->count; i++)
		if (bond->bound[i].bid == bid)
			return &bond->bound[i];
	return NULL;
}

static void withdraw(struct bond *bond, uint16_t bid)
{
	struct grant *grant = find(bond, bid);
	if (grant)
		*grant = bond->bound[--bond->count];
}

static void grant_it(struct bond *bond, const struct grant *grant)
{
	struct grant *place = find(bond, grant->bid);
	if (!place)
		place = &bond->bound[bond->count++];
	*place = *grant;
	bond->granted[bond->granted_next] = *grant;
	bond->granted_next = (bond->granted_next + 1) % GRANTED_MAX;
}

bool bond_is_bound(
	const struct world *world, const struct bond *bond, const struct in6_addr *care_of)
{
	for (uint8_t i = 0; i < bond->count; i++)
		if (bond->bound[i].expires > world->now &&
			same_address(&bond->bound[i].care_of, care_of))
			return true;
	return false;
}

void bond_forget(struct world *world, uint32_t correspondent)
{
	for (uint32_t i = 0; i < world->scale.nodes; i++) {
		struct bond *bond = bond_of(&world->nodes[i], correspondent);
		if (!bond)
			continue;
		bond->count = 0;
		bond->has_sequence = false;
	}
}

/* ---- an update that a correspondent has accepted ---- */

struct claim_of {
	struct node_actor *node;
	struct bond *bond;
	uint64_t digest;
	struct in6_addr source; /* that it was sent from */
};

static struct message scratch;

/* What has just arrived, if it is just as a mobile node wrote it. */
static bool read_claim(struct world *world, const struct actor *correspondent, struct claim_of *ret)
{
	const struct flight *flight = world->arriving;
	struct packet packet;
	if (!flight || flight->digest == 0 ||
		flight->digest != network_digest(flight->octets, flight->length))
		return false;
	packet_decode(
		flight->octets + flight->outer, (size_t)(flight->length - flight->outer), &packet);
	ret->node = world_node_of(
		world, packet.has_home_address ? &packet.home_address : &packet.source);
	ret->bond = ret->node ? bond_of(ret->node, correspondent->id) : NULL;
	ret->digest = flight->digest;
	ret->source = flight->care_of;
	return ret->bond && packet_message(&dialect_rfc5648, &packet, &scratch) == WIRE_OK &&
	       scratch.type == MH_binding_update;
}

/* RFC 6275 9.5.1: nothing is accepted a second time. */
static void check_fresh(struct world *world, const struct claim_of *claim)
{
	struct bond *bond = claim->bond;
	uint16_t sequence = scratch.binding_update.sequence;
	for (unsigned i = 0; i < ACCEPTED_MAX; i++)
		if (bond->accepted[i] == claim->digest)
			world_fail(world, claim->node->actor.id,
				"invariant 10: update %u is accepted by actor %u a second time",
				sequence, bond->correspondent);
	if (bond->has_sequence && bond->count && (int16_t)(sequence - bond->sequence) <= 0)
		world_fail(world, claim->node->actor.id,
			"invariant 10: update %u is accepted by actor %u after %u", sequence,
			bond->correspondent, bond->sequence);
	bond->accepted[bond->accepted_next] = claim->digest;
	bond->accepted_next = (bond->accepted_next + 1) % ACCEPTED_MAX;
	bond->has_sequence = true;
	bond->sequence = sequence;
}

static struct way_tunnel *tunnel_of(const struct world *world, const struct actor *actor,
	const struct claim_of *claim, uint16_t bid)
{
	struct way *way =
		ways_find(&actor->ways, &claim->node->config.home_address, &claim->bond->address);
	for (uint8_t i = 0; way && i < way->count; i++)
		if (way->at[i].tunnel.bid == bid &&
			way->at[i].tunnel.expires > world->now + actor->offset)
			return &way->at[i];
	return NULL;
}

static bool was_held(
	struct world *world, const struct node_actor *node, const struct in6_addr *care_of)
{
	uint32_t number, generation;
	uint8_t link;
	return world_care_of_read(care_of, &number, &link, &generation) &&
	       number + world->scale.agents == node->actor.id &&
	       generation <= node->links[link].generation;
}

static void take_registration(
	struct world *world, const struct actor *actor, const struct claim_of *claim, bool bids)
{
	const struct opt_bid *option = bids ? &scratch.bid[0] : NULL;
	uint16_t bid = option ? option->bid : 0;
	const struct in6_addr *care_of =
		option && option->care_of.length ? &option->care_of.address : &claim->source;
	const struct way_tunnel *place = tunnel_of(world, actor, claim, bid);
	uint32_t id = claim->node->actor.id;
	nanos asked = scratch.binding_update.lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
	if (!place)
		world_fail(world, id,
			"invariant 12: BID %u was accepted by actor %u and is not there", bid,
			actor->id);
	const struct effect_tunnel *tunnel = &place->tunnel;
	nanos lasts = tunnel->expires - (world->now + actor->offset);
	if (!same_address(&tunnel->remote.address, care_of) ||
		!was_held(world, claim->node, care_of))
		world_fail(world, id, "invariant 9: BID %u is bound to another address", bid);
	nanos most = config_of(world, actor)->lifetime_max * NANOS_PER_SECOND;
	if (lasts > LIFETIME_MAX || lasts > asked || (most && lasts > most))
		world_fail(world, id, "invariant 10: BID %u is bound for %llu seconds", bid,
			(unsigned long long)(lasts / NANOS_PER_SECOND));
	if (!bids || scratch.binding_update.flags & BU_OVERWRITE)
		claim->bond->count = 0;
	grant_it(claim->bond, &(struct grant){bid, *care_of, world_time(actor, tunnel->expires)});
}

static void take_update(
	struct world *world, const struct actor *actor, const struct claim_of *claim)
{
	bool bids = scratch.bid_count && config_of(world, actor)->mcoa;
	TRACE(world, claim->node->actor.id, "actor %u accepts update %u: lifetime %u, bid %u",
		actor->id, scratch.binding_update.sequence,
		scratch.binding_update.lifetime * LIFETIME_UNIT,
		scratch.bid_count ? scratch.bid[0].bid : 0);
	expire(world, claim->bond);
	claim->bond->lost_since = claim->bond->told_error = 0;
	world->tally.bound++;
	if (scratch.binding_update.lifetime || claim->bond->count)
		check_fresh(world, claim);
	if (scratch.binding_update.lifetime)
		take_registration(world, actor, claim, bids);
	else if (bids)
		withdraw(claim->bond, scratch.bid[0].bid);
	else
		claim->bond->count = 0;
}

/* ---- what the data plane was told, against that ---- */

static bool is_there(const struct actor *actor, const struct way *way, const struct grant *grant)
{
	for (uint8_t i = 0; way && i < way->count; i++) {
		const struct effect_tunnel *tunnel = &way->at[i].tunnel;
		if (tunnel->bid == grant->bid &&
			same_address(&tunnel->remote.address, &grant->care_of) &&
			world_time(actor, tunnel->expires) == grant->expires)
			return true;
	}
	return false;
}

static void compare(struct world *world, const struct actor *actor, const struct node_actor *node)
{
	struct bond *bond = bond_of(node, actor->id);
	const struct way *way =
		bond ? ways_find(&actor->ways, &node->config.home_address, &bond->address) : NULL;
	unsigned most = config_of(world, actor)->bindings_max;
	unsigned live = 0, without = 0;
	if (!bond)
		world_fail(world, actor->id, "invariant 9: a node is bound that never asked");
	expire(world, bond);
	for (uint8_t i = 0; way && i < way->count; i++) {
		bool counts = world_time(actor, way->at[i].tunnel.expires) > world->now;
		live += counts;
		without += counts && way->at[i].tunnel.bid == 0;
	}
	for (uint8_t i = 0; i < bond->count; i++)
		if (!is_there(actor, way, &bond->bound[i]))
			world_fail(world, node->actor.id,
				"invariant 12: BID %u was accepted by actor %u and is not there",
				bond->bound[i].bid, actor->id);
	if (live > bond->count)
		world_fail(world, node->actor.id,
			"invariant 10: %u bindings are at actor %u, it has accepted %u", live,
			actor->id, bond->count);
	if (live > (most ? most : BINDINGS_DEFAULT) || (without && live > 1))
		world_fail(world, node->actor.id, "invariant 10: %u bindings are at actor %u", live,
			actor->id);
}

/* The mobile node that the binding is of, if it is one of a correspondent. */
static bool is_of_correspondent(struct world *world, const struct actor *actor,
	const struct effect *effect, const struct node_actor **ret)
{
	const struct effect_subject *about = world_told_about(world, actor, effect);
	if ((effect->type != EFFECT_TUNNEL_SET && effect->type != EFFECT_TUNNEL_REMOVE) ||
		IN6_IS_ADDR_UNSPECIFIED(&about->peer))
		return false;
	*ret = world_node_of(world, &about->home_address);
	return !*ret || (*ret)->actor.id != actor->id;
}

/* What it takes away when it is told to stop, it need not have any more. */
static void take_stop(struct world *world, const struct actor *actor)
{
	const struct outbox *outbox = &world->outbox;
	const struct node_actor *node;
	if (!world_is_node(world, actor->id) || !((const struct node_actor *)actor)->stopping)
		return;
	for (size_t i = 0; i < outbox->count; i++) {
		const struct effect *effect = &outbox->effects[i];
		if (effect->type != EFFECT_TUNNEL_REMOVE ||
			!is_of_correspondent(world, actor, effect, &node))
			continue;
		struct bond *bond = node ? bond_of(node, actor->id) : NULL;
		if (bond)
			withdraw(bond, effect->tunnel.bid);
	}
}

/* Its configuration limits its bindings. */
static void check_nodes(struct world *world, const struct actor *actor)
{
	uint32_t most = config_of(world, actor)->nodes_max;
	if (most && !world_is_node(world, actor->id) && actor->ways.count > most)
		world_fail(world, actor->id, "invariant 10: %u nodes are bound", actor->ways.count);
}

void bond_correspondent(struct world *world, struct actor *actor, const struct core *core)
{
	const struct outbox *outbox = &world->outbox;
	uint64_t accepted = core_counters(core)->updates_accepted;
	struct claim_of claim = {0};
	check_nodes(world, actor);
	if (accepted != actor->accepted) {
		if (accepted != actor->accepted + 1 || !read_claim(world, actor, &claim))
			world_fail(world, actor->id,
				"invariant 9: an update is accepted that nobody sent");
		actor->accepted = accepted;
		take_update(world, actor, &claim);
		compare(world, actor, claim.node);
	}
	take_stop(world, actor);
	for (size_t i = 0; i < outbox->count; i++) {
		const struct node_actor *node;
		if (!is_of_correspondent(world, actor, &outbox->effects[i], &node))
			continue;
		if (!node)
			world_fail(world, actor->id, "invariant 9: nobody is bound");
		compare(world, actor, node);
	}
}

/* ---- the mobile node ---- */

static bool was_granted(const struct world *world, const struct bond *bond,
	const struct effect_tunnel *tunnel, nanos expires)
{
	for (unsigned i = 0; i < GRANTED_MAX; i++) {
		const struct grant *grant = &bond->granted[i];
		if (grant->bid == tunnel->bid &&
			same_address(&grant->care_of, &tunnel->local.address) &&
			grant->expires >= expires && grant->expires > world->now)
			return true;
	}
	return false;
}

void bond_tunnel(struct world *world, struct node_actor *node, const struct effect_subject *about,
	const struct effect_tunnel *tunnel)
{
	const struct bond *bond = NULL;
	uint32_t number, generation;
	uint8_t link;
	for (uint8_t i = 0; i < node->bonds_count; i++)
		if (same_address(&node->bonds[i].address, &about->peer))
			bond = &node->bonds[i];
	if (!bond || !same_address(&about->home_address, &node->config.home_address) ||
		!same_address(&tunnel->remote.address, &about->peer))
		world_fail(world, node->actor.id, "invariant 9: a way to somebody else");
	if (!was_held(world, node, &tunnel->local.address) ||
		!world_care_of_read(&tunnel->local.address, &number, &link, &generation) ||
		(tunnel->bid != 0 && tunnel->bid != link + 1u))
		world_fail(world, node->actor.id,
			"invariant 9: a way from an address that the node never had");
	if (tunnel->usable && tunnel->local.ifindex != link + 1u)
		world_fail(world, node->actor.id, "invariant 9: a way by another link");
	if (tunnel->usable &&
		!was_granted(world, bond, tunnel, world_time(&node->actor, tunnel->expires)))
		world_fail(world, node->actor.id,
			"invariant 9: a way is used that was not granted, BID %u", tunnel->bid);
}

/* RFC 6275 11.7.2: the node has begun at a random number again. After two such jumps an old update
 * may count as newer: what it changed twice was in different lives of the node. */
void bond_begin(struct node_actor *node)
{
	for (uint8_t i = 0; i < node->bonds_count; i++) {
		memset(&node->bonds[i].home_tests, 0, sizeof(struct rate));
		memset(&node->bonds[i].care_of_tests, 0, sizeof(struct rate));
		memset(&node->bonds[i].updates, 0, sizeof(struct rate));
		memset(node->bonds[i].accepted, 0, sizeof(node->bonds[i].accepted));
		node->bonds[i].lost_since = node->bonds[i].told_error = 0;
	}
}

/* RFC 6275 11.8: MAX_UPDATE_RATE */
static void check_rate(
	struct world *world, const struct node_actor *node, struct rate *rate, const char *what)
{
	nanos oldest = rate->sent[rate->next];
	if (oldest && world->now - oldest < NANOS_PER_SECOND)
		world_fail(world, node->actor.id, "invariant 13: %d %s in %llu ms", RATE_MAX + 1,
			what, (unsigned long long)((world->now - oldest) / NANOS_PER_MS));
	rate->sent[rate->next] = world->now;
	rate->next = (rate->next + 1) % RATE_MAX;
}

/* RFC 6275 11.7.2: not longer than the home registration, to the unit and the way there. */
#define TOLERANCE (LIFETIME_UNIT * NANOS_PER_SECOND)

static void latest(void *ctx, const struct binding_view *view)
{
	nanos *until = ctx;
	if (IN6_IS_ADDR_UNSPECIFIED(&view->peer) && view->expires > *until)
		*until = view->expires;
}

static void check_lifetime(
	struct world *world, const struct node_actor *node, const struct message *message)
{
	nanos home = 0;
	nanos now = world->now + node->actor.offset;
	nanos asked = message->binding_update.lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
	if (asked == 0)
		return;
	core_each_binding(node->actor.core, latest, &home);
	if (asked > LIFETIME_MAX || now + asked > home + TOLERANCE)
		world_fail(world, node->actor.id,
			"invariant 10: %llu seconds are asked for, of the home registration %lld "
			"are "
			"left",
			(unsigned long long)(asked / NANOS_PER_SECOND),
			(long long)((int64_t)(home - now) / (int64_t)NANOS_PER_SECOND));
}

void bond_sends(struct world *world, struct node_actor *node, const struct packet *packet,
	const struct message *message)
{
	struct bond *bond = NULL;
	for (uint8_t i = 0; i < node->bonds_count; i++)
		if (same_address(&node->bonds[i].address, &packet->destination))
			bond = &node->bonds[i];
	if (!bond)
		return;
	if (message->type != MH_binding_update)
		TRACE(world, node->actor.id, "sends actor %u message %d from link of %u",
			bond->correspondent, (int)message->type, packet->source.s6_addr[7]);
	switch (message->type) {
	case MH_home_test_init:
		bond->cookies[0] = message->home_test_init.cookie;
		check_rate(world, node, &bond->home_tests, "Home Test Inits");
		break;
	case MH_care_of_test_init:
		bond->cookies[1] = message->care_of_test_init.cookie;
		check_rate(world, node, &bond->care_of_tests, "Care-of Test Inits");
		break;
	case MH_binding_update:
		TRACE(world, node->actor.id, "sends actor %u update %u: lifetime %u, bid %u",
			bond->correspondent, message->binding_update.sequence,
			message->binding_update.lifetime * LIFETIME_UNIT,
			message->bid_count ? message->bid[0].bid : 0);
		check_rate(world, node, &bond->updates, "updates to a correspondent");
		check_lifetime(world, node, message);
		break;
	default:
		break;
	}
}

/* ---- which way data goes ---- */

/* What a mobile node is told by somebody who has not signed it, it believes once in this time. */
#define ERROR_AGAIN (10 * NANOS_PER_SECOND + 100 * NANOS_PER_MS)
/* The core is told of everything at once; what it sends is under way for so long at most. */
#define AT_ONCE (200 * NANOS_PER_MS)
/* Until an idle path is known to be dead (path.h); and until the correspondent has been told by
 * another link, some of whose packets are lost. */
#define DEAD_WITHIN (14 * NANOS_PER_SECOND)
#define TOLD_WITHIN (30 * NANOS_PER_SECOND)
#define LITTLE_LOSS 6000

#define MH_TYPE_AT 2

void bond_hears(struct world *world, struct node_actor *node, const struct flight *flight)
{
	struct packet packet;
	struct bond *bond = bond_of(node, flight->from);
	if (!bond || !bond->lost_since || world->now < bond->lost_since + ERROR_AGAIN ||
		!node->actor.core || flight->digest == 0 ||
		flight->digest != network_digest(flight->octets, flight->length))
		return;
	packet_decode(
		flight->octets + flight->outer, (size_t)(flight->length - flight->outer), &packet);
	if (packet.payload.at[MH_TYPE_AT] == MH_binding_error && bond->told_error == 0)
		bond->told_error = world->now;
}

/* It has run for so long, without being held up. */
static bool is_steady(const struct world *world, const struct actor *actor, nanos duration)
{
	return actor->core && actor->started + duration < world->now &&
	       actor->stalled_until + duration < world->now;
}

/* Another link has been fine for so long. */
static bool has_other(
	const struct world *world, const struct node_actor *node, uint8_t except, nanos duration)
{
	for (uint8_t i = 0; i < node->links_count; i++) {
		const struct link_actor *link = &node->links[i];
		if (i != except && link->configured && link->up && node_address(link) &&
			!link->cut_since && !link->blocked && link->loss <= LITTLE_LOSS &&
			link->whole_since + duration < world->now &&
			link->told + duration < world->now)
			return true;
	}
	return false;
}

/* The link has been cut for so long, with nothing else wrong: its path is known to be dead. */
static bool is_dead(
	const struct world *world, const struct node_actor *node, uint8_t number, nanos duration)
{
	const struct link_actor *link = &node->links[number];
	const struct home_agent_actor *agent = &world->agents[node->agent];
	return node->config.probe && link->cut_since && link->cut_since + duration < world->now &&
	       link->told + duration < world->now && is_steady(world, &node->actor, duration) &&
	       has_other(world, node, number, duration) && agent->powered && !agent->cut &&
	       agent->whole_since + duration < world->now &&
	       is_steady(world, &agent->actor, duration) && !node->home.barred;
}

static void check_up(struct world *world, const struct node_actor *node, const struct bond *bond,
	uint8_t link, uint32_t generation)
{
	if (!node_has(node, link, generation) && node->links[link].told + AT_ONCE < world->now &&
		is_steady(world, &node->actor, AT_ONCE) && !node->stopping)
		world_fail(world, node->actor.id,
			"invariant 15: a packet goes directly from an address that is gone");
	if (is_dead(world, node, link, DEAD_WITHIN))
		world_fail(world, node->actor.id,
			"invariant 15: a packet goes directly by link %u, which is dead", link);
	if (bond->told_error && bond->told_error + AT_ONCE < world->now &&
		is_steady(world, &node->actor, AT_ONCE))
		world_fail(world, node->actor.id,
			"invariant 15: a packet goes directly though actor %u has said that "
			"nothing is "
			"bound",
			bond->correspondent);
}

static void check_down(
	struct world *world, const struct node_actor *node, const struct bond *bond, uint8_t link)
{
	const struct peer_actor *peer = world_peer_of(world, &bond->address);
	if (peer && !peer->cut && peer->whole_since + TOLD_WITHIN < world->now &&
		is_steady(world, &peer->actor, TOLD_WITHIN) &&
		is_dead(world, node, link, TOLD_WITHIN))
		world_fail(world, node->actor.id,
			"invariant 15: a packet comes directly to link %u, which is dead", link);
}

void bond_departs(struct world *world, const struct node_actor *node, const struct bond *bond,
	const struct in6_addr *care_of, bool up)
{
	uint32_t number, generation;
	uint8_t link;
	if (!world_care_of_read(care_of, &number, &link, &generation))
		return;
	if (up)
		check_up(world, node, bond, link, generation);
	else
		check_down(world, node, bond, link);
}
