/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobile nodes: daemon, links and addresses around the core.
 */
#include "world.h"

#include "memory.h"

#include <string.h>

#define DEADLINES_AT_ONCE 200
#define IN_FLIGHT_MAX 3000
#define RESTART_MAX (20 * NANOS_PER_SECOND)

/* ---- addresses ---- */

bool node_has(const struct node_actor *node, uint8_t link, uint32_t generation)
{
	if (link >= node->links_count || !node->links[link].up || !node->links[link].configured)
		return false;
	for (size_t i = 0; i < ADDRESSES_MAX; i++) {
		const struct place *place = &node->links[link].places[i];
		if (place->present && place->generation == generation)
			return true;
	}
	return false;
}

const struct place *node_address(const struct link_actor *link)
{
	const struct place *best = NULL;
	for (size_t i = 0; i < ADDRESSES_MAX; i++) {
		const struct place *place = &link->places[i];
		if (place->present && !place->deprecated &&
			(!best || place->generation > best->generation))
			best = place;
	}
	return best;
}

static uint32_t number_of(const struct world *world, const struct node_actor *node)
{
	return node->actor.id - world->scale.agents;
}

void node_tell_address(
	struct world *world, struct node_actor *node, uint8_t link, const struct place *place)
{
	const struct host_event event = {
		.type = place->present ? HOST_ADDRESS_SET : HOST_ADDRESS_REMOVE,
		.address =
			{
				.bid = (uint16_t)(link + 1),
				.deprecated = place->deprecated,
				.address = world_care_of(
					number_of(world, node), link, place->generation),
				.formed = place->formed,
			},
	};
	TRACE(world, node->actor.id, "link %u: address %u%s", link, place->generation,
		!place->present     ? " gone"
		: place->deprecated ? " deprecated"
				    : "");
	node->links[link].told = world->now;
	if (node->links[link].configured)
		node_tell(world, node, &event);
}

/* The oldest gives way. */
void node_address_add(struct world *world, struct node_actor *node, uint8_t number)
{
	struct link_actor *link = &node->links[number];
	struct place *place = &link->places[0];
	for (size_t i = 1; i < ADDRESSES_MAX; i++)
		if (place->present && (!link->places[i].present ||
					      link->places[i].generation < place->generation))
			place = &link->places[i];
	node_address_remove(world, node, number, place);
	*place = (struct place){
		.present = true,
		.generation = ++link->generation,
		.formed = world->now + node->actor.offset,
	};
	node_tell_address(world, node, number, place);
}

void node_address_remove(
	struct world *world, struct node_actor *node, uint8_t link, struct place *place)
{
	if (!place->present)
		return;
	place->present = false;
	node_tell_address(world, node, link, place);
}

void node_tell_link(struct world *world, struct node_actor *node, uint8_t number)
{
	struct link_actor *link = &node->links[number];
	link->told = world->now;
	const struct host_event event = {
		.type = link->configured ? HOST_LINK_SET : HOST_LINK_REMOVE,
		.link =
			{
				.bid = (uint16_t)(number + 1),
				.priority = link->priority,
				.up = link->up,
				.ifindex = number + 1u,
				.has_link_layer = true,
				.link_layer = {2, [5] = number},
			},
	};
	TRACE(world, node->actor.id, "link %u: %s", number,
		!link->configured ? "removed"
		: link->up        ? "up"
				  : "down");
	node_tell(world, node, &event);
}

/* ---- what the core wants done ---- */

static void check_tunnel(
	struct world *world, struct node_actor *node, const struct effect_tunnel *tunnel)
{
	uint32_t number, generation;
	uint8_t link;
	if (tunnel->encapsulation == ENCAP_HOME_LINK && node->config.home_prefix_length) {
		if (tunnel->usable)
			world_fail(world, node->actor.id, "home, with no home agent there");
		return;
	}
	if (!world_care_of_read(&tunnel->local.address, &number, &link, &generation) ||
		number != number_of(world, node) ||
		(link + 1u != tunnel->bid && (tunnel->usable || tunnel->bid <= LINKS_MAX)) ||
		generation > node->links[link].generation)
		world_fail(world, node->actor.id,
			"invariant 6: a tunnel from an address that the node never had");
	TRACE(world, node->actor.id, "tunnel set bid %u generation %u%s", tunnel->bid, generation,
		tunnel->usable ? ", usable" : "");
}

static void note(struct world *world, struct node_actor *node, const struct effect_event *note)
{
	TRACE(world, node->actor.id, "note: %s, bid %u, status %u", event_text(note->type),
		note->bid, note->status);
	if (note->type >= EVENT_LINK_UP && note->type <= EVENT_PATH_SELECTED)
		oracle_disturbed(world, node);
	if (note->type == EVENT_REFUSED || note->type == EVENT_BINDING_EXPIRED)
		node->explained_at = world->now;
	if (note->type == EVENT_PATH_SELECTED)
		moves_selected(world, node, note->bid);
}

static void stopped(struct world *world, struct node_actor *node)
{
	TRACE(world, node->actor.id, "has stopped");
	node_die(world, node);
	uint32_t with_store = random_below(&world->random, 2);
	nanos after = random_next(&world->random) % RESTART_MAX;
	world_after(world, after, EVENT_REPAIR, 0, (uint16_t)with_store, node->actor.id);
}

static void carry_out(struct world *world, struct node_actor *node, const struct effect *effect)
{
	world_told(world, &node->first->actor, effect);
	if (effect->type == EFFECT_TUNNEL_SET &&
		effect->tunnel.encapsulation == ENCAP_TO_CORRESPONDENT)
		bond_tunnel(world, node, world_told_about(world, &node->actor, effect),
			&effect->tunnel);
	if (peer_carry_out(world, &node->actor, effect))
		return;
	switch (effect->type) {
	case EFFECT_SEND:
		oracle_node_sends(world, node, &effect->send);
		network_send(world, &node->actor, &effect->send,
			network_digest(effect->send.octets, effect->send.length));
		break;
	case EFFECT_TUNNEL_SET:
		check_tunnel(world, node, &effect->tunnel);
		plane_set(&node->plane, &effect->tunnel);
		break;
	case EFFECT_TUNNEL_REMOVE:
		TRACE(world, node->actor.id, "tunnel removed bid %u", effect->tunnel.bid);
		plane_remove(&node->plane, effect->tunnel.bid);
		break;
	case EFFECT_TRAFFIC_SET:
		plane_rank(&node->plane, &effect->traffic);
		break;
	case EFFECT_SUBJECT_SET:
	case EFFECT_SUBJECT_REMOVE:
	case EFFECT_PREFIX_SET:
	case EFFECT_PREFIX_REMOVE:
	case EFFECT_TRAFFIC_REMOVE:
	case EFFECT_RECORD_FLOW:
		break;
	case EFFECT_RECORD:
		node->memory = effect->record;
		node->remembers = true;
		break;
	case EFFECT_EVENT:
		note(world, node, &effect->event);
		break;
	case EFFECT_INTERCEPT:
		world_fail(world, node->actor.id, "a home agent's effect");
	case EFFECT_HOME_ADDRESS:
	case EFFECT_HOME_AGENT:
	case EFFECT_STOPPED:
		break;
	}
}

/* ---- several mobile nodes of one host ---- */

/* Each mobile node of a host has links of its own; its core numbers all of them. */
static uint32_t ifindex_of(const struct node_actor *node, uint8_t link)
{
	return (uint32_t)node->index * LINKS_MAX + link + 1u;
}

static const struct in6_addr *home_address_of(
	const struct world *world, const struct node_actor *host, const struct effect *effect)
{
	switch (effect->type) {
	case EFFECT_TUNNEL_SET:
	case EFFECT_TUNNEL_REMOVE:
	case EFFECT_TRAFFIC_SET:
		return &world_told_about(world, &host->actor, effect)->home_address;
	case EFFECT_RECORD:
		return &effect->record.home_address;
	case EFFECT_HOME_ADDRESS:
		return &effect->home_address.home_address;
	case EFFECT_HOME_AGENT:
		return &effect->home_agent.home_address;
	case EFFECT_EVENT:
		return &effect->event.home_address;
	default:
		return NULL;
	}
}

/* Invariant 19: each effect of a host names one of its mobile nodes, or leaves by its link. */
static struct node_actor *owner_of(
	struct world *world, struct node_actor *host, const struct effect *effect)
{
	const struct in6_addr *home_address = home_address_of(world, host, effect);
	if (host->last == host)
		return host;
	if (effect->type == EFFECT_SEND && effect->send.ifindex != 0)
		return effect->send.ifindex > LINKS_MAX ? host->last : host;
	if (!home_address)
		return host;
	if (IN6_ARE_ADDR_EQUAL(home_address, &host->config.home_address))
		return host;
	if (!IN6_ARE_ADDR_EQUAL(home_address, &host->last->config.home_address))
		world_fail(world, host->actor.id, "invariant 19: an effect %d of no mobile node",
			(int)effect->type);
	return host->last;
}

/* With the number of the link as its owner has it. */
static void carry_out_for(struct world *world, struct node_actor *host, struct effect *effect)
{
	struct node_actor *owner = owner_of(world, host, effect);
	uint32_t base = ifindex_of(owner, 0) - 1;
	if (effect->type == EFFECT_SEND && effect->send.ifindex > base)
		effect->send.ifindex -= base;
	if (effect->type == EFFECT_TUNNEL_SET && effect->tunnel.local.ifindex > base)
		effect->tunnel.local.ifindex -= base;
	carry_out(world, owner, effect);
}

static void check(struct world *world, struct node_actor *node)
{
	if (node->corresponds && node->actor.core)
		bond_correspondent(world, &node->actor, node->actor.core);
	rules_check(world, node);
	if (node->actor.in_flight > IN_FLIGHT_MAX)
		world_fail(world, node->actor.id, "invariant 7: %u packets under way",
			node->actor.in_flight);
}

/* `node`: the mobile node that the call of the core was about. */
static void apply_effects(struct world *world, struct node_actor *node)
{
	struct node_actor *host = node->first;
	unsigned stops = 0;
	for (size_t i = 0; i < world->outbox.count; i++) {
		stops += world->outbox.effects[i].type == EFFECT_STOPPED;
		carry_out_for(world, host, &world->outbox.effects[i]);
	}
	check(world, host);
	if (host->last != host)
		check(world, host->last);
	world->outbox.count = 0;
	if (stops > 1)
		world_fail(world, host->actor.id, "invariant 19: it has stopped twice");
	if (stops) {
		stopped(world, host);
		return;
	}
	acceptance_check(world, node);
	world_reschedule(world, &host->actor);
}

void node_tell(struct world *world, struct node_actor *node, const struct host_event *event)
{
	if (!node->actor.core)
		return;
	if (event->type != HOST_ACTIVITY && event->type != HOST_PEER_BUSY)
		oracle_disturbed(world, node);
	struct actor *host = &node->first->actor;
	struct host_event told = *event;
	told.mobile_node = node->index;
	if (event->type == HOST_LINK_SET)
		told.link.ifindex = ifindex_of(node, (uint8_t)(event->link.ifindex - 1));
	world_enter(world, host);
	int error = core_host(host->core, world_moment(world, host), &told, &world->outbox);
	world_leave(world, host);
	if (error < 0)
		world_fail(world, node->actor.id, "the core refuses event %d: %d", (int)event->type,
			error);
	apply_effects(world, node);
}

void node_packet(struct world *world, struct node_actor *node, const struct flight *flight)
{
	if (!node->actor.core)
		return;
	uint64_t acks = core_counters(node->actor.core)->acks_received;
	if (flight->digest && world_is_agent(world, flight->from))
		oracle_disturbed(world, node);
	struct actor *host = &node->first->actor;
	world_enter(world, host);
	const struct arrival arrival = {.at = world_moment(world, host),
		.ifindex = ifindex_of(node, flight->link),
		.packet = {flight->octets, flight->length}};
	core_packet(host->core, &arrival, &world->outbox);
	world_leave(world, host);
	if (core_counters(node->actor.core)->acks_received != acks &&
		network_digest(flight->octets, flight->length) != flight->digest)
		world_fail(world, node->actor.id,
			"invariant 2: an acknowledgement was taken that nobody sent");
	apply_effects(world, node);
	bond_hears(world, node, flight);
}

static void tell_activity_of(struct world *world, struct node_actor *node, uint8_t number)
{
	struct link_actor *link = &node->links[number];
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.bid = (uint16_t)(number + 1),
			.sent = link->sent,
			.received = link->received},
	};
	link->active = false;
	node_tell(world, node, &event);
}

static void tell_activity(struct world *world, struct node_actor *node)
{
	for (uint8_t i = 0; i < node->links_count; i++)
		if (node->links[i].active && node->links[i].configured)
			tell_activity_of(world, node, i);
}

static void tell(struct world *world, struct actor *actor, const struct host_event *event)
{
	node_tell(world, (struct node_actor *)actor, event);
}

void node_deadline(struct world *world, struct node_actor *node)
{
	struct node_actor *host = node->first;
	struct actor *actor = &host->actor;
	tell_activity(world, host);
	if (host->last != host)
		tell_activity(world, host->last);
	peer_report(world, actor, tell);
	for (unsigned i = 0; actor->core && actor->due <= world->now; i++) {
		if (i == DEADLINES_AT_ONCE)
			world_fail(world, actor->id, "a deadline that is never met");
		world_enter(world, actor);
		core_deadline(actor->core, world_moment(world, actor), &world->outbox);
		world_leave(world, actor);
		apply_effects(world, host);
		if (actor->core)
			acceptance_check(world, host->last);
	}
}

/* ---- from start to end ---- */

static bool has_link(const struct node_actor *node, uint16_t bid)
{
	return bid != 0 && bid <= node->links_count && node->links[bid - 1].configured;
}

static void restore(struct world *world, struct node_actor *node)
{
	struct host_event event = {.type = HOST_RESTORE, .record = node->memory};
	struct record *record = &event.record;
	record->count = 0;
	/* as the daemon does: daemon/takeover.c */
	for (uint8_t i = 0; i < node->memory.count; i++)
		if (has_link(node, node->memory.bindings[i].bid))
			record->bindings[record->count++] = node->memory.bindings[i];
	for (uint8_t i = node->plane.count; i-- > 0;)
		if (!records_bid(record, node->plane.at[i].bid))
			plane_remove(&node->plane, node->plane.at[i].bid);
	if (node->remembers)
		node_tell(world, node, &event);
	/* of its correspondents it knows nothing more */
	ways_remove_kind(&node->actor.ways, ENCAP_TO_CORRESPONDENT);
	peer_restore(world, &node->actor, tell);
}

static void tell_links(struct world *world, struct node_actor *node)
{
	for (uint8_t i = 0; i < node->links_count; i++) {
		if (!node->links[i].configured)
			continue;
		node_tell_link(world, node, i);
		for (size_t j = 0; j < ADDRESSES_MAX; j++)
			if (node->links[i].places[j].present)
				node_tell_address(world, node, i, &node->links[i].places[j]);
	}
}

/* The initial state of a new daemon. */
static void begin(struct world *world, struct node_actor *node, bool with_store)
{
	TRACE(world, node->actor.id, "starts%s", with_store ? " with its store" : "");
	if (!with_store) {
		node->plane.count = 0;
		node->remembers = false;
		node->actor.ways.count = 0;
		bond_forget(world, node->actor.id);
	}
	bond_begin(node);
	moves_begin(node);
	node->rules = 0;
	node->actor.accepted = 0;
	node->actor.started = world->now;
	node->stopping = false;
	node->pace = (struct pace){.disturbed = true, .calm_since = world->now};
}

void node_start(struct world *world, struct node_actor *node, bool with_store)
{
	struct node_actor *host = node->first, *last = host->last;
	const struct core_config config = {
		.dialect = &dialect_rfc5648,
		.load_balancing_option = rules_option(world),
		.mobile_nodes_count = last->index + 1u,
		.mobile_nodes = {host->config, last->config},
		.corresponds = host->corresponds,
		.correspondent = host->correspondent,
	};
	const struct core_port port = world_port(world);
	begin(world, host, with_store);
	if (last != host)
		begin(world, last, with_store);
	host->actor.memory = 0;
	world_enter(world, &host->actor);
	int error = core_new(&config, &port, &host->actor.core);
	world_leave(world, &host->actor);
	if (error < 0)
		world_fail(world, host->actor.id, "core_new: %d", error);
	last->actor.core = host->actor.core;
	restore(world, host);
	if (last != host)
		restore(world, last);
	tell_links(world, host);
	rules_begin(world, host);
	if (last == host)
		return;
	tell_links(world, last);
	rules_begin(world, last);
}

void node_die(struct world *world, struct node_actor *node)
{
	struct node_actor *host = node->first;
	TRACE(world, node->actor.id, "dies");
	memory_charge(&host->actor.memory);
	core_free(host->actor.core);
	memory_charge(NULL);
	subjects_restart(&host->actor.subjects);
	if (host->actor.core && host->actor.memory)
		world_fail(world, host->actor.id, "invariant 7: %zu octets are not given back",
			host->actor.memory);
	host->actor.core = host->last->actor.core = NULL;
	host->actor.due = host->actor.scheduled = NANOS_NEVER;
	world->tally.node_crashes++;
}

void node_stop(struct world *world, struct node_actor *node)
{
	const struct host_event event = {.type = HOST_STOP};
	if (!node->actor.core || node->stopping)
		return;
	TRACE(world, node->actor.id, "is to stop");
	node->first->stopping = node->first->last->stopping = true;
	oracle_disturbed(world, node->first->last);
	node_tell(world, node->first, &event);
}
