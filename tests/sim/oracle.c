/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants after each event, judged by the messages on the network: the Binding Updates that
 * mobile nodes sent, and the home agent's acknowledgements. The numbers are those of the invariants
 * in docs/simulator.md.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* RFC 6275 12: MAX_DELETE_BCE_TIMEOUT */
#define DELETED_REMEMBERED (10 * NANOS_PER_SECOND)

/* A lifetime may be counted from when the update came or from when it was accepted. */
#define EXPIRY_TOLERANCE (2 * NANOS_PER_SECOND)

/* RFC 6275 12: INITIAL_BINDACK_TIMEOUT, MAX_BINDACK_TIMEOUT */
#define TIMEOUT_MIN NANOS_PER_SECOND
#define TIMEOUT_MAX (32 * NANOS_PER_SECOND)

/* Of all BIDs, without anything that could hasten them. */
#define CALM_UPDATES(seconds) (BINDINGS_MAX * (8 + (seconds) / 16))

/* The paths' haste: a probe in 20 ms on each link. */
#define PROBES_A_SECOND (LINKS_MAX * 60)

/* ---- what the home agent promised ---- */

static nanos agent_now(const struct world *world, const struct node_actor *node)
{
	return world->now + world->agents[node->agent].actor.offset;
}

static struct promise *find_promise(struct home *home, uint16_t bid)
{
	for (uint8_t i = 0; i < home->promises_count; i++)
		if (home->promises[i].bid == bid)
			return &home->promises[i];
	return NULL;
}

static void withdraw(struct home *home, struct promise *promise)
{
	*promise = home->promises[--home->promises_count];
}

/* RFC 6275 10.3.1: nothing is left of what has expired, the sequence number included. */
static void expire(const struct world *world, struct node_actor *node)
{
	struct home *home = &node->home;
	bool any = home->promises_count != 0;
	for (uint8_t i = home->promises_count; i-- > 0;)
		if (home->promises[i].expires <= agent_now(world, node))
			withdraw(home, &home->promises[i]);
	if (any && home->promises_count == 0)
		home->forget_at = world->now;
}

static void promise(struct home *home, uint16_t bid, const struct in6_addr *care_of, nanos expires)
{
	struct promise *place = find_promise(home, bid);
	struct in6_addr known = {0};
	if (place)
		known = place->care_of;
	else
		place = &home->promises[home->promises_count++];
	*place = (struct promise){bid, care_of ? *care_of : known, expires};
}

void oracle_forget_promises(struct node_actor *node)
{
	struct home *home = &node->home;
	home->promises_count = 0;
	home->has_sequence = false;
	home->timestamp = 0;
	home->memory = (struct record){.home_address = node->config.home_address};
}

void oracle_forget(struct node_actor *node)
{
	oracle_forget_promises(node);
	node->home.plane.count = 0;
	memset(node->home.answered, 0, sizeof(node->home.answered));
}

bool oracle_registered(
	const struct world *world, const struct node_actor *node, const struct in6_addr *care_of)
{
	const struct home *home = &node->home;
	for (uint8_t i = 0; i < home->promises_count; i++)
		if (home->promises[i].expires + EXPIRY_TOLERANCE > agent_now(world, node) &&
			same_address(&home->promises[i].care_of, care_of))
			return true;
	return false;
}

/* ---- updates as they reach the home agent ---- */

static struct message scratch;

static struct claim *new_claim(struct home *home)
{
	struct claim *claim = &home->claims[home->claims_next];
	home->claims_next = (home->claims_next + 1) % CLAIMS_MAX;
	*claim = (struct claim){.open = true};
	return claim;
}

static void fill_claim(
	struct claim *claim, const struct packet *packet, const struct message *message)
{
	claim->sequence = message->binding_update.sequence;
	claim->lifetime = message->binding_update.lifetime;
	claim->flags = message->binding_update.flags;
	claim->care_of = message->has_alternate_care_of ? message->alternate_care_of.address
							: packet->source;
	claim->count = (uint8_t)message->bid_count;
	memcpy(claim->bids, message->bid, claim->count * sizeof(claim->bids[0]));
}

static struct node_actor *sender_of(struct world *world, const struct packet *packet)
{
	return world_node_of(
		world, packet->has_home_address ? &packet->home_address : &packet->source);
}

/* Only what a mobile node wrote, as it wrote it, is a claim. */
void oracle_update_arrives(
	struct world *world, struct home_agent_actor *agent, const struct flight *flight)
{
	struct packet packet;
	if (flight->digest == 0 || flight->digest != network_digest(flight->octets, flight->length))
		return;
	packet_decode(flight->octets, flight->length, &packet);
	struct node_actor *node = sender_of(world, &packet);
	if (!node || node->agent != agent->actor.id ||
		packet_message(&dialect_rfc5648, &packet, &scratch) != WIRE_OK ||
		scratch.type != MH_binding_update || scratch.bid_count > BINDINGS_MAX)
		return;
	TRACE(world, node->actor.id,
		"home agent: update %u arrives: lifetime %u, flags %04x, %u bids",
		scratch.binding_update.sequence, scratch.binding_update.lifetime * LIFETIME_UNIT,
		scratch.binding_update.flags, scratch.bid_count);
	fill_claim(new_claim(&node->home), &packet, &scratch);
}

static struct claim *claim_of(struct home *home, uint16_t sequence)
{
	for (unsigned i = 1; i <= CLAIMS_MAX; i++) {
		struct claim *claim =
			&home->claims[(home->claims_next + CLAIMS_MAX - i) % CLAIMS_MAX];
		if (claim->open && claim->sequence == sequence)
			return claim;
	}
	return NULL;
}

/* ---- what the acknowledgement says of them ---- */

static bool refused(const struct message *ack, uint16_t bid)
{
	uint8_t status = ack->binding_ack.status;
	for (uint16_t i = 0; i < ack->bid_count; i++)
		if (ack->bid[i].bid == bid && ack->bid[i].status != 0)
			status = ack->bid[i].status;
	return status >= 128;
}

/* RFC 6275 10.3.1, 10.3.2: all bindings are one, or none */
static void apply_single(
	struct node_actor *node, const struct claim *claim, const struct message *ack, nanos now)
{
	struct home *home = &node->home;
	home->promises_count = 0;
	if (claim->lifetime && !same_address(&claim->care_of, &node->config.home_address))
		promise(home, 0, &claim->care_of,
			now + ack->binding_ack.lifetime * LIFETIME_UNIT * NANOS_PER_SECOND);
}

/* RFC 5648 6.2 */
static void apply_bids(struct world *world, struct node_actor *node, const struct claim *claim,
	const struct message *ack, nanos now)
{
	struct home *home = &node->home;
	nanos expires = now + ack->binding_ack.lifetime * LIFETIME_UNIT * NANOS_PER_SECOND;
	if (claim->flags & BU_OVERWRITE && claim->lifetime)
		home->promises_count = 0;
	for (uint8_t i = 0; i < claim->count; i++) {
		const struct opt_bid *bid = &claim->bids[i];
		struct promise *present = find_promise(home, bid->bid);
		if (refused(ack, bid->bid))
			continue;
		if (claim->lifetime == 0 && present)
			withdraw(home, present);
		if (claim->lifetime == 0)
			continue;
		if (!present && (!bid->care_of.length || home->promises_count == BINDINGS_MAX))
			world_fail(world, node->actor.id,
				"invariant 2: BID %u is accepted, but cannot be", bid->bid);
		promise(home, bid->bid, bid->care_of.length ? &bid->care_of.address : NULL,
			expires);
	}
}

static void apply(struct world *world, struct node_actor *node, const struct claim *claim,
	const struct message *ack)
{
	nanos now = agent_now(world, node);
	bool any = node->home.promises_count != 0;
	if (ack->binding_ack.lifetime > claim->lifetime)
		world_fail(world, node->actor.id, "invariant 2: more lifetime than asked for");
	if (claim->count == 0 || ack->bid_count == 0)
		apply_single(node, claim, ack, now);
	else
		apply_bids(world, node, claim, ack, now);
	if (node->home.promises_count)
		node->home.forget_at = NANOS_NEVER;
	else if (any || node->home.forget_at == NANOS_NEVER)
		node->home.forget_at = world->now + DELETED_REMEMBERED;
}

static void take_ack(
	struct world *world, struct home_agent_actor *agent, const struct packet *packet)
{
	const struct msg_binding_ack *ack = &scratch.binding_ack;
	struct node_actor *node = world_node_of(
		world, packet->has_routing ? &packet->routing_address : &packet->destination);
	world->tally.statuses[ack->status]++;
	if (!node || node->agent != agent->actor.id)
		world_fail(world, agent->actor.id, "an acknowledgement to nobody");
	TRACE(world, node->actor.id, "home agent: answers %u with status %u, lifetime %u",
		ack->sequence, ack->status, ack->lifetime * LIFETIME_UNIT);
	if (ack->status >= 128) {
		world->tally.refused++;
		acceptance_refused(world, &node->home, ack->status);
		return;
	}
	struct claim *claim = claim_of(&node->home, ack->sequence);
	if (!claim)
		world_fail(world, node->actor.id,
			"invariant 2: update %u is acknowledged, which nobody sent", ack->sequence);
	claim->open = false;
	world->tally.accepted++;
	apply(world, node, claim, &scratch);
}

/* ---- sequence numbers ---- */

static void check_sequence(
	struct world *world, struct node_actor *node, const struct record *record)
{
	struct home *home = &node->home;
	int16_t ahead = (int16_t)(record->sequence - home->sequence);
	bool remembered = home->has_sequence && world->now < home->forget_at;
	if (!home->host.auth.replay && remembered && ahead <= 0)
		world_fail(world, node->actor.id,
			"invariant 1: sequence number %u accepted after %u", record->sequence,
			home->sequence);
	if (home->host.auth.replay && home->has_sequence &&
		(int64_t)(record->timestamp - home->timestamp) <= 0)
		world_fail(world, node->actor.id, "invariant 1: an old timestamp was accepted");
	home->has_sequence = true;
	home->sequence = record->sequence;
	home->timestamp = record->timestamp;
}

/* ---- promises against the data plane ---- */

static const struct effect_tunnel *tunnel_of(const struct home *home, const struct promise *promise)
{
	for (uint8_t i = 0; i < home->plane.count; i++) {
		const struct effect_tunnel *tunnel = &home->plane.at[i];
		nanos apart = tunnel->expires > promise->expires
				      ? tunnel->expires - promise->expires
				      : promise->expires - tunnel->expires;
		if (tunnel->bid == promise->bid &&
			same_address(&tunnel->remote.address, &promise->care_of) &&
			apart <= EXPIRY_TOLERANCE)
			return tunnel;
	}
	return NULL;
}

static bool has_answered(const struct home *home, const struct in6_addr *care_of)
{
	for (unsigned i = 0; i < ANSWERED_MAX; i++)
		if (same_address(&home->answered[i], care_of))
			return true;
	return false;
}

static bool is_bound(const struct home *home, const struct in6_addr *care_of)
{
	for (uint8_t i = 0; i < home->plane.count; i++)
		if (same_address(&home->plane.at[i].remote.address, care_of))
			return true;
	return false;
}

/* Those that are bound are not forgotten. */
void oracle_answered(struct node_actor *node, const struct in6_addr *care_of)
{
	struct home *home = &node->home;
	if (has_answered(home, care_of))
		return;
	do
		home->answered_next = (home->answered_next + 1) % ANSWERED_MAX;
	while (is_bound(home, &home->answered[home->answered_next]));
	home->answered[home->answered_next] = *care_of;
}

/* Draft-13 10: nothing is sent to a care-of address that has not answered. */
static void check_verified(
	struct world *world, const struct node_actor *node, const struct effect_tunnel *tunnel)
{
	const struct home *home = &node->home;
	if (home->host.verify == VERIFY_PROBE && tunnel->usable &&
		!has_answered(home, &tunnel->remote.address))
		world_fail(world, node->actor.id,
			"invariant 6: BID %u is sent to before its address has answered",
			tunnel->bid);
}

/* Draft-wakikawa-03 3.2: what cannot be reached is passed over only while there is another. */
static void check_usable(struct world *world, const struct node_actor *node)
{
	const struct plane *plane = &node->home.plane;
	for (uint8_t i = 0; i < plane->count; i++)
		if (plane->at[i].usable)
			return;
	if (plane->count > 0 && node->home.host.verify != VERIFY_PROBE)
		world_fail(world, node->actor.id, "invariant 20: no binding is used of %u",
			plane->count);
}

static void compare(struct world *world, struct node_actor *node)
{
	const struct home *home = &node->home;
	nanos now = agent_now(world, node);
	unsigned live = 0;
	expire(world, node);
	for (uint8_t i = 0; i < home->plane.count; i++)
		live += home->plane.at[i].expires > now;
	for (uint8_t i = 0; i < home->promises_count; i++)
		if (!tunnel_of(home, &home->promises[i]))
			world_fail(world, node->actor.id,
				"invariant 3: BID %u was acknowledged and is not there",
				home->promises[i].bid);
	if (live > home->promises_count)
		world_fail(world, node->actor.id,
			"invariant 2: %u bindings are there, %u were acknowledged", live,
			home->promises_count);
}

/* ---- after each event of a home agent ---- */

static bool read_ack(const struct effect_send *send, struct packet *packet)
{
	return packet_decode(send->octets, send->length, packet) == WIRE_OK &&
	       packet->next_header == MH_NEXT_HEADER &&
	       packet_message(&dialect_rfc5648, packet, &scratch) == WIRE_OK &&
	       scratch.type == MH_binding_ack;
}

/* Whether an update of the home address was accepted: a record also follows from other changes. */
static bool accepts(const struct outbox *outbox, const struct in6_addr *home_address)
{
	struct packet packet;
	for (size_t i = 0; i < outbox->count; i++) {
		const struct effect *effect = &outbox->effects[i];
		if (effect->type == EFFECT_SEND && read_ack(&effect->send, &packet) &&
			scratch.binding_ack.status < 128 &&
			IN6_ARE_ADDR_EQUAL(
				packet.has_routing ? &packet.routing_address : &packet.destination,
				home_address))
			return true;
	}
	return false;
}

static void judge(struct world *world, struct home_agent_actor *agent, const struct effect *effect)
{
	struct packet packet;
	if (effect->type == EFFECT_RECORD) {
		struct node_actor *node = world_node_of(world, &effect->record.home_address);
		expire(world, node);
		if (accepts(&world->outbox, &effect->record.home_address))
			check_sequence(world, node, &effect->record);
	} else if (effect->type == EFFECT_SEND && read_ack(&effect->send, &packet)) {
		take_ack(world, agent, &packet);
	}
}

void oracle_agent(struct world *world, struct home_agent_actor *agent)
{
	const struct outbox *outbox = &world->outbox;
	for (size_t i = 0; i < outbox->count; i++) {
		world_mix(world, outbox->effects[i].type);
		judge(world, agent, &outbox->effects[i]);
	}
	for (size_t i = 0; i < outbox->count && !agent->restoring; i++) {
		const struct effect *effect = &outbox->effects[i];
		const struct effect_subject *about = world_told_about(world, &agent->actor, effect);
		if (effect->type == EFFECT_TUNNEL_SET)
			check_verified(
				world, world_node_of(world, &about->home_address), &effect->tunnel);
		if (effect->type == EFFECT_TUNNEL_SET || effect->type == EFFECT_TUNNEL_REMOVE)
			check_usable(world, world_node_of(world, &about->home_address));
		if (effect->type == EFFECT_TUNNEL_SET || effect->type == EFFECT_TUNNEL_REMOVE)
			compare(world, world_node_of(world, &about->home_address));
		else if (effect->type == EFFECT_RECORD)
			compare(world, world_node_of(world, &effect->record.home_address));
	}
}

/* ---- the core's own view ---- */

struct look {
	struct world *world;
	struct home_agent_actor *agent;
	struct node_actor *node;
	uint64_t bids; /* of the node, as bits */
	uint8_t count;
};

static void look_at(void *ctx, const struct binding_view *view)
{
	struct look *look = ctx;
	struct world *world = look->world;
	struct node_actor *node = world_node_of(world, &view->home_address);
	uint32_t agent = look->agent->actor.id;
	if (!node || node->agent != agent || node->home.barred)
		world_fail(world, agent, "invariant 2: a binding of a node that may not register");
	if (node != look->node)
		look->bids = look->count = 0;
	look->node = node;
	look->count++;
	uint64_t bit = UINT64_C(1) << (view->bid & 63);
	if (look->bids & bit || (look->count > 1 && (view->bid == 0 || look->bids & 1)))
		world_fail(world, node->actor.id, "invariant 5: BID %u beside another", view->bid);
	look->bids |= bit;
	const struct effect_tunnel *tunnel = plane_find(&node->home.plane, view->bid);
	if (!tunnel || !same_address(&tunnel->remote.address, &view->care_of) ||
		tunnel->expires != view->expires)
		world_fail(world, node->actor.id,
			"invariant 3: BID %u in the cache is not what the data plane was told",
			view->bid);
	compare(world, node);
}

static void look_for_lost(struct world *world, struct node_actor *node, uint64_t *there)
{
	compare(world, node);
	*there += node->home.promises_count;
}

static void count(void *ctx, const struct binding_view *view)
{
	struct look *look = ctx;
	look->bids += view->expires > look->world->now + look->agent->actor.offset;
}

void oracle_look(struct world *world, struct home_agent_actor *agent)
{
	struct look look = {.world = world, .agent = agent};
	struct look counting = look;
	uint64_t promised = 0;
	if (!agent->actor.core)
		return;
	core_each_binding(agent->actor.core, look_at, &look);
	core_each_binding(agent->actor.core, count, &counting);
	for (uint32_t i = agent->actor.id; i < world->scale.nodes; i += world->scale.agents)
		look_for_lost(world, &world->nodes[i], &promised);
	if (promised != counting.bids)
		world_fail(world, agent->actor.id,
			"invariant 3: %u bindings are in the cache, %u were acknowledged",
			(unsigned)counting.bids, (unsigned)promised);
}

/* ---- how often mobile nodes send ---- */

void oracle_disturbed(struct world *world, struct node_actor *node)
{
	node->pace.disturbed = true;
	node->pace.calm_since = world->now;
	node->pace.since = 0;
}

static void mix_path(void *ctx, const struct link_view *view)
{
	uint64_t *state = ctx;
	*state = (*state * 31 + view->bid) * 31 + (uint64_t)view->path;
}

/* A path that dies or revives while it is on trial is not told of, and explains an update. */
static void note_paths(struct world *world, struct node_actor *node)
{
	uint64_t paths = 0;
	mobile_node_each_link(core_mobile_node(node->actor.core, node->index), mix_path, &paths);
	if (paths != node->pace.paths)
		oracle_disturbed(world, node);
	node->pace.paths = paths;
}

/* The contents of the update, without its number and time. */
static uint64_t content(const struct message *message)
{
	uint64_t state =
		message->binding_update.flags + UINT64_C(3) * message->binding_update.lifetime;
	uint64_t words[2];
	for (uint16_t i = 0; i < message->bid_count; i++) {
		memcpy(words, &message->bid[i].care_of.address, sizeof(words));
		state = (state ^ message->bid[i].bid ^ words[0]) * UINT64_C(0x9fb21c651e98df25);
		state = (state ^ words[1]) * UINT64_C(0x9fb21c651e98df25);
	}
	memcpy(words, &message->alternate_care_of.address, sizeof(words));
	return message->has_alternate_care_of ? state ^ words[0] ^ words[1] : state;
}

/* RFC 6275 11.8 */
static void check_rate(struct world *world, struct node_actor *node)
{
	struct pace *pace = &node->pace;
	nanos oldest = pace->sent[pace->next];
	if (oldest && world->now - oldest < NANOS_PER_SECOND)
		world_fail(world, node->actor.id, "invariant 8: %d updates in %llu ms",
			RATE_MAX + 1, (unsigned long long)((world->now - oldest) / NANOS_PER_MS));
	pace->sent[pace->next] = world->now;
	pace->next = (pace->next + 1) % RATE_MAX;
}

/* RFC 6275 11.8: doubled each time, until 32 seconds. De-registration has three attempts. */
static void check_backoff(struct world *world, struct node_actor *node, uint64_t said)
{
	struct pace *pace = &node->pace;
	nanos interval = world->now - pace->last;
	bool again = pace->digest == said && !pace->disturbed && !node->stopping &&
		     world->now > node->advertised_until;
	nanos least = pace->timeout < TIMEOUT_MAX ? pace->timeout : TIMEOUT_MAX;
	if (again && interval < least - NANOS_PER_MS)
		world_fail(world, node->actor.id,
			"invariant 8: retransmitted after %llu ms, not %llu",
			(unsigned long long)(interval / NANOS_PER_MS),
			(unsigned long long)(least / NANOS_PER_MS));
	nanos calm = (world->now - pace->calm_since) / NANOS_PER_SECOND;
	if (++pace->since > CALM_UPDATES(calm))
		world_fail(world, node->actor.id, "invariant 8: %u updates in %llu calm seconds",
			pace->since, (unsigned long long)calm);
	pace->timeout = again ? 2 * least : TIMEOUT_MIN;
	pace->digest = said;
	pace->last = world->now;
	pace->disturbed = false;
}

static void check_probes(struct world *world, struct node_actor *node)
{
	struct pace *pace = &node->pace;
	if (world->now - pace->probes_window >= NANOS_PER_SECOND) {
		pace->probes_window = world->now;
		pace->probes = 0;
	}
	if (++pace->probes > PROBES_A_SECOND)
		world_fail(
			world, node->actor.id, "invariant 8: %u probes in a second", pace->probes);
}

static void judge_mobility(
	struct world *world, struct node_actor *node, const struct packet *packet)
{
	if (packet_message(&dialect_rfc5648, packet, &scratch) != WIRE_OK)
		return;
	if (!same_address(&packet->destination, &node->config.home_agent)) {
		bond_sends(world, node, packet, &scratch);
		return;
	}
	if (scratch.type != MH_binding_update)
		return;
	note_paths(world, node);
	TRACE(world, node->actor.id, "sends update %u: lifetime %u, flags %04x, %u bids",
		scratch.binding_update.sequence, scratch.binding_update.lifetime * LIFETIME_UNIT,
		scratch.binding_update.flags, scratch.bid_count);
	world->tally.updates++;
	check_rate(world, node);
	check_backoff(world, node, content(&scratch));
}

void oracle_node_sends(struct world *world, struct node_actor *node, const struct effect_send *send)
{
	struct packet packet;
	uint16_t outer = network_outer(send->octets, send->length);
	world_mix(world, send->length);
	if (packet_decode(send->octets + outer, (size_t)(send->length - outer), &packet) != WIRE_OK)
		return;
	if (packet.next_header == ICMPV6_NEXT_HEADER && outer == 0)
		check_probes(world, node);
	else if (packet.next_header == MH_NEXT_HEADER)
		judge_mobility(world, node, &packet);
}
