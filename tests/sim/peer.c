/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Correspondents: daemon and kernel around the core; and what a mobile node that is one, too, has
 * in common with them.
 */
#include "world.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define CORE_LINK 100
#define DEADLINES_AT_ONCE 1000

/* As src/daemon/traffic/ro_paths.c does. */
#define REPORT_EVERY NANOS_PER_SECOND
#define ENDS_SOON (120 * NANOS_PER_SECOND)

/* RFC 4443 3.4 */
#define PARAMETER_PROBLEM 4
#define PROBLEM_OCTETS 8
#define QUOTED_MAX 400

/* ---- of whoever corresponds ---- */

static void trace_tunnel(struct world *world, const struct actor *actor,
	const struct effect_subject *about, const struct effect *effect)
{
	const struct effect_tunnel *tunnel = &effect->tunnel;
	const struct node_actor *node = world_node_of(world, &about->home_address);
	const struct in6_addr *care_of = tunnel->encapsulation == ENCAP_TO_MOBILE_NODE
						 ? &tunnel->remote.address
						 : &tunnel->local.address;
	uint32_t of, generation = 0;
	uint8_t link = 0;
	if (!node)
		return;
	world_care_of_read(care_of, &of, &link, &generation);
	TRACE(world, node->actor.id, "at actor %u: way %s bid %u link %u generation %u%s",
		actor->id, effect->type == EFFECT_TUNNEL_SET ? "set" : "removed", tunnel->bid, link,
		generation, tunnel->usable ? ", usable" : "");
}

bool peer_carry_out(struct world *world, struct actor *actor, const struct effect *effect)
{
	const struct effect_subject *about = world_told_about(world, actor, effect);
	if (about && IN6_IS_ADDR_UNSPECIFIED(&about->peer))
		return false;
	switch (effect->type) {
	case EFFECT_TUNNEL_SET:
		trace_tunnel(world, actor, about, effect);
		ways_set(&actor->ways, about, &effect->tunnel);
		return true;
	case EFFECT_TUNNEL_REMOVE:
		trace_tunnel(world, actor, about, effect);
		ways_remove(&actor->ways, &about->home_address, &about->peer, effect->tunnel.bid);
		return true;
	case EFFECT_TRAFFIC_SET:
		ways_rank(&actor->ways, about, &effect->traffic);
		return true;
	case EFFECT_RECORD:
		if (IN6_IS_ADDR_UNSPECIFIED(&effect->record.peer))
			return false;
		ways_remember(&actor->ways, &effect->record);
		return true;
	default:
		return false;
	}
}

static void report_one(struct world *world, struct actor *actor, const struct way *way,
	const struct way_tunnel *place,
	void (*tell)(struct world *, struct actor *, const struct host_event *))
{
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity =
			{
				.home_address = way->home_address,
				.peer = way->peer,
				.bid = place->tunnel.bid,
				.sent = place->sent,
				.received = place->received,
			},
	};
	tell(world, actor, &event);
}

/* Of a copy: what it is told may change them. */
void peer_report(struct world *world, struct actor *actor,
	void (*tell)(struct world *, struct actor *, const struct host_event *))
{
	nanos now = world->now + actor->offset;
	if (actor->ways.count == 0 || now < actor->reported + REPORT_EVERY)
		return;
	actor->reported = now;
	for (uint32_t i = actor->ways.count; i-- > 0;) {
		if (i >= actor->ways.count)
			continue;
		const struct way way = actor->ways.at[i];
		for (uint8_t j = 0; j < way.count; j++)
			if (way.at[j].tunnel.encapsulation == ENCAP_TO_CORRESPONDENT ||
				way.at[j].tunnel.expires <= now + ENDS_SOON)
				report_one(world, actor, &way, &way.at[j], tell);
	}
}

static void restore_way(struct world *world, struct actor *actor, const struct way *way,
	void (*tell)(struct world *, struct actor *, const struct host_event *))
{
	const struct host_event event = {.type = HOST_RESTORE, .record = way->memory};
	if (way->remembers)
		tell(world, actor, &event);
}

static void collect(void *ctx, const struct binding_view *binding)
{
	struct way *way = ctx;
	bool same = IN6_ARE_ADDR_EQUAL(&binding->home_address, &way->home_address) &&
		    IN6_ARE_ADDR_EQUAL(&binding->peer, &way->peer);
	if (same)
		way->count = 0;
}

/* As dataplane_sweep(): of a subject that no record brought back, nothing stays. */
static void sweep_way(struct actor *actor, const struct way *way)
{
	struct way left = *way;
	core_each_binding(actor->core, collect, &left);
	for (uint8_t i = 0; i < left.count; i++) {
		const struct effect_tunnel *tunnel = &left.at[i].tunnel;
		if (tunnel->encapsulation == ENCAP_TO_MOBILE_NODE)
			ways_remove(&actor->ways, &way->home_address, &way->peer, tunnel->bid);
	}
}

void peer_restore(struct world *world, struct actor *actor,
	void (*tell)(struct world *, struct actor *, const struct host_event *))
{
	uint32_t count = actor->ways.count;
	struct way *found = calloc(count ? count : 1, sizeof(*found));
	if (count)
		memcpy(found, actor->ways.at, count * sizeof(*found));
	for (uint32_t i = 0; i < count; i++)
		restore_way(world, actor, &found[i], tell);
	for (uint32_t i = 0; i < count; i++)
		sweep_way(actor, &found[i]);
	free(found);
}

/* ---- of a host that only corresponds ---- */

bool peer_is_plain(const struct peer_actor *peer)
{
	return peer->kind == PEER_PLAIN || peer->plain;
}

static void carry_out(struct world *world, struct peer_actor *peer, const struct effect *effect)
{
	world_told(world, &peer->actor, effect);
	if (peer_carry_out(world, &peer->actor, effect))
		return;
	switch (effect->type) {
	case EFFECT_SEND:
		network_send(world, &peer->actor, &effect->send,
			network_digest(effect->send.octets, effect->send.length));
		break;
	case EFFECT_SUBJECT_SET:
	case EFFECT_SUBJECT_REMOVE:
	case EFFECT_PREFIX_SET:
	case EFFECT_PREFIX_REMOVE:
	case EFFECT_TRAFFIC_SET:
	case EFFECT_TRAFFIC_REMOVE:
	case EFFECT_RECORD_FLOW:
		break;
	case EFFECT_EVENT:
		TRACE(world, peer->actor.id, "note: %s, bid %u, status %u",
			event_text(effect->event.type), effect->event.bid, effect->event.status);
		break;
	default:
		world_fail(world, peer->actor.id, "not a correspondent's effect");
	}
}

static void apply_effects(struct world *world, struct peer_actor *peer)
{
	for (size_t i = 0; i < world->outbox.count; i++)
		carry_out(world, peer, &world->outbox.effects[i]);
	bond_correspondent(world, &peer->actor, peer->actor.core);
	world->outbox.count = 0;
	world_reschedule(world, &peer->actor);
}

static void tell(struct world *world, struct actor *actor, const struct host_event *event)
{
	if (!actor->core)
		return;
	world_enter(world, actor);
	int error = core_host(actor->core, world_moment(world, actor), event, &world->outbox);
	world_leave(world, actor);
	if (error < 0)
		world_fail(
			world, actor->id, "the core refuses event %d: %d", (int)event->type, error);
	apply_effects(world, (struct peer_actor *)actor);
}

void peer_packet(struct world *world, struct peer_actor *peer, const struct flight *flight)
{
	if (!peer->actor.core)
		return;
	world_enter(world, &peer->actor);
	const struct arrival arrival = {.at = world_moment(world, &peer->actor),
		.ifindex = CORE_LINK,
		.packet = {flight->octets, flight->length}};
	core_packet(peer->actor.core, &arrival, &world->outbox);
	world_leave(world, &peer->actor);
	apply_effects(world, peer);
}

void peer_deadline(struct world *world, struct peer_actor *peer)
{
	peer_report(world, &peer->actor, tell);
	for (unsigned i = 0; peer->actor.core && peer->actor.due <= world->now; i++) {
		if (i == DEADLINES_AT_ONCE)
			world_fail(world, peer->actor.id, "a deadline that is never met");
		world_enter(world, &peer->actor);
		core_deadline(peer->actor.core, world_moment(world, &peer->actor), &world->outbox);
		world_leave(world, &peer->actor);
		apply_effects(world, peer);
	}
}

/* To whom it came from, quoting it. */
void peer_complain(
	struct world *world, struct peer_actor *peer, const struct flight *flight, uint8_t code)
{
	struct packet packet;
	uint8_t problem[PROBLEM_OCTETS + QUOTED_MAX] = {PARAMETER_PROBLEM, code, [7] = 40};
	size_t length = flight->length < QUOTED_MAX ? flight->length : QUOTED_MAX;
	struct effect_send send = {0};
	if (packet_decode(flight->octets, flight->length, &packet) != WIRE_OK)
		return;
	const struct packet_envelope envelope = {
		.source = packet.destination,
		.destination = packet.source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	memcpy(problem + PROBLEM_OCTETS, flight->octets, length);
	send.length =
		(uint16_t)packet_build(&envelope, (struct octets){problem, PROBLEM_OCTETS + length},
			send.octets, sizeof(send.octets));
	network_send(world, &peer->actor, &send, 0);
}

void peer_start(struct world *world, struct peer_actor *peer, bool with_store)
{
	const struct core_config config = {
		.dialect = &dialect_rfc5648,
		.load_balancing_option = rules_option(world),
		.corresponds = true,
		.correspondent = peer->config,
	};
	const struct core_port port = world_port(world);
	TRACE(world, peer->actor.id, "starts%s", with_store ? " with its store" : "");
	peer->powered = true;
	peer->plain = false;
	if (peer->kind == PEER_PLAIN || peer->kind == PEER_SILENT)
		return;
	if (!with_store) {
		peer->actor.ways.count = 0;
		bond_forget(world, peer->actor.id);
	}
	peer->actor.started = world->now;
	peer->actor.memory = 0;
	peer->actor.accepted = 0;
	world_enter(world, &peer->actor);
	int error = core_new(&config, &port, &peer->actor.core);
	world_leave(world, &peer->actor);
	if (error < 0)
		world_fail(world, peer->actor.id, "core_new: %d", error);
	peer_restore(world, &peer->actor, tell);
	world_reschedule(world, &peer->actor);
}

void peer_die(struct world *world, struct peer_actor *peer)
{
	TRACE(world, peer->actor.id, "dies");
	memory_charge(&peer->actor.memory);
	core_free(peer->actor.core);
	memory_charge(NULL);
	subjects_restart(&peer->actor.subjects);
	if (peer->actor.core && peer->actor.memory)
		world_fail(world, peer->actor.id, "invariant 7: %zu octets are not given back",
			peer->actor.memory);
	peer->actor.core = NULL;
	peer->actor.due = peer->actor.scheduled = NANOS_NEVER;
	world->tally.peer_crashes++;
}
