/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults, one after the other; each ends after a while. */
#include "world.h"

#include <string.h>

enum repair {
	REPAIR_START, /* `detail`: with its store */
	REPAIR_LINK_UP,
	REPAIR_LINK_CONFIGURED,
	REPAIR_CUT,
	REPAIR_ADDRESS, /* it has none: a new one */
	REPAIR_OLD_ADDRESSES,
	REPAIR_BARRED,
	REPAIR_AGENT_CUT,
	REPAIR_STORE,
	REPAIR_FORGET, /* a home agent is restarted without what it knew */
	REPAIR_TALK,   /* a mobile node sends something */
};

static nanos within(struct world *world, nanos most)
{
	return random_next(&world->random) % most;
}

/* Mostly short, sometimes long. */
static nanos a_while(struct world *world)
{
	static const uint32_t ms[] = {80, 800, 5000, 40000};
	return within(world, ms[random_below(&world->random, 4)] * NANOS_PER_MS);
}

static void repair(
	struct world *world, nanos after, enum repair what, uint16_t detail, uint32_t who)
{
	world_after(world, after, EVENT_REPAIR, (uint8_t)what, detail, who);
}

/* ---- faults of a mobile node ---- */

static void flap(struct world *world, struct node_actor *node, uint8_t link)
{
	struct link_actor *its = &node->links[link];
	its->up = false;
	node_tell_link(world, node, link);
	/* in an order of their own: that of arguments is the compiler's, and a seed is one world */
	uint32_t new_address = random_below(&world->random, 2);
	nanos after = a_while(world);
	repair(world, after, REPAIR_LINK_UP, (uint16_t)(link | (new_address << 8)), node->actor.id);
}

static void unconfigure(struct world *world, struct node_actor *node, uint8_t link)
{
	node->links[link].configured = false;
	node_tell_link(world, node, link);
	repair(world, a_while(world), REPAIR_LINK_CONFIGURED, link, node->actor.id);
}

static void cut(struct world *world, struct node_actor *node, uint8_t link)
{
	struct link_actor *its = &node->links[link];
	uint32_t which = random_below(&world->random, 4);
	its->cut_up = its->cut_up || which == 0 || which == 2;
	its->cut_down = its->cut_down || which == 1 || which == 2;
	its->blocked = its->blocked || which == 3;
	if (its->cut_since == 0 && which != 3)
		its->cut_since = world->now;
	its->bad_at = world->now;
	oracle_disturbed(world, node);
	TRACE(world, node->actor.id, "link %u: cut %s", link,
		((const char *const[]){"up", "down", "both ways", "for mobility headers"})[which]);
	/* who has route-optimized paths is to see that some of them are dead for good */
	nanos longer = node->bonds_count ? 4 : 1;
	repair(world, longer * a_while(world), REPAIR_CUT, link, node->actor.id);
}

static void change_address(struct world *world, struct node_actor *node, uint8_t link)
{
	struct link_actor *its = &node->links[link];
	switch (random_below(&world->random, 3)) {
	case 0: /* the old one is gone at once */
		for (size_t i = 0; i < ADDRESSES_MAX; i++)
			node_address_remove(world, node, link, &its->places[i]);
		node_address_add(world, node, link);
		break;
	case 1: /* there is none for a while */
		for (size_t i = 0; i < ADDRESSES_MAX; i++)
			node_address_remove(world, node, link, &its->places[i]);
		repair(world, a_while(world), REPAIR_ADDRESS, link, node->actor.id);
		break;
	default: /* the old one is deprecated first */
		node_address_add(world, node, link);
		for (size_t i = 0; i < ADDRESSES_MAX; i++) {
			struct place *place = &its->places[i];
			if (!place->present || place->deprecated ||
				place->generation == its->generation)
				continue;
			place->deprecated = true;
			node_tell_address(world, node, link, place);
		}
		repair(world, a_while(world), REPAIR_OLD_ADDRESSES, link, node->actor.id);
	}
}

static void kill_node(struct world *world, struct node_actor *node)
{
	if (!node->actor.core)
		return;
	node_die(world, node);
	uint32_t with_store = random_below(&world->random, 2);
	nanos after = a_while(world);
	repair(world, after, REPAIR_START, (uint16_t)with_store, node->actor.id);
}

static void prefer(struct world *world, struct node_actor *node, uint8_t link)
{
	struct link_actor *its = &node->links[link];
	its->priority = (uint8_t)(1 + random_below(&world->random, 9));
	node->explained_at = world->now;
	const struct host_event event = {
		.type = HOST_PREFER,
		.link = {.bid = (uint16_t)(link + 1), .priority = its->priority},
	};
	if (its->configured)
		node_tell(world, node, &event);
}

static void stall(struct world *world, struct actor *actor)
{
	TRACE(world, actor->id, "stalls");
	actor->stalled_until = world->now + within(world, 6 * NANOS_PER_SECOND);
}

static void turn_clock(struct world *world, struct actor *actor)
{
	nanos by = within(world,
		random_below(&world->random, 2) ? 10 * NANOS_PER_SECOND : 3600 * NANOS_PER_SECOND);
	TRACE(world, actor->id, "its wall clock is put forward");
	actor->wall += by;
}

static void change_path(struct world *world, struct node_actor *node, uint8_t link)
{
	node->links[link].delay = random_between(&world->random, 1, 300) * NANOS_PER_MS;
}

/* The operator takes it out of the home agent's configuration. */
static void bar(struct world *world, struct node_actor *node)
{
	const struct host_event event = {.type = HOST_NODE_REMOVE, .node = node->home.host};
	if (node->home.barred || !world->agents[node->agent].actor.core)
		return;
	TRACE(world, node->actor.id, "is barred at its home agent");
	node->home.barred = true;
	node->explained_at = world->now;
	oracle_forget_promises(node);
	node->home.forgotten = world->now;
	agent_tell(world, &world->agents[node->agent], &event);
	repair(world, a_while(world), REPAIR_BARRED, 0, node->actor.id);
}

/* Other limits for it, by the operator. */
static void reconfigure(struct world *world, struct node_actor *node)
{
	uint8_t least = node->home.promises_count ? node->home.promises_count : 1;
	node->explained_at = world->now;
	node->home.host.bindings_max = (uint8_t)random_between(&world->random, least, BINDINGS_MAX);
	const struct host_event event = {.type = HOST_NODE_SET, .node = node->home.host};
	if (!node->home.barred)
		agent_tell(world, &world->agents[node->agent], &event);
}

/* Anybody can write a Binding Error or a Binding Refresh Request: neither is authentic. */
static void forge(struct world *world, struct node_actor *node, uint8_t link)
{
	static struct message message;
	const struct place *place = node_address(&node->links[link]);
	uint8_t octets[64];
	struct message_layout layout;
	bool error = random_below(&world->random, 2);
	if (!place)
		return;
	message_init(&message, error ? MH_binding_error : MH_refresh_request);
	if (error) {
		message.binding_error.status = 1;
		message.binding_error.home_address = node->config.home_address;
	}
	if (!message_encode(&dialect_rfc5648, &message, octets, sizeof(octets), &layout))
		return;
	const struct packet_envelope envelope = {
		.source = node->config.home_agent,
		.destination = world_care_of(
			node->actor.id - world->scale.agents, link, place->generation),
		.routing_address = error ? NULL : &node->config.home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	struct effect_send send = {0};
	send.length = (uint16_t)packet_build(&envelope, (struct octets){octets, layout.length},
		send.octets, sizeof(send.octets));
	oracle_disturbed(world, node);
	network_send(world, &world->agents[node->agent].actor, &send, 1);
}

/* ---- faults of a home agent ---- */

static void kill_agent(struct world *world, struct home_agent_actor *agent)
{
	uint32_t how = random_below(&world->random, 5);
	if (!agent->actor.core)
		return;
	if (how < 2) {
		agent->doom = how == 0 ? DOOM_BEFORE_COMMIT : DOOM_BEFORE_SENDING;
		return;
	}
	bool store = how < 4 || !world->storeless;
	agent_die(world, agent);
	agent->powered = how == 2;
	if (!store)
		agent_lose_store(world, agent);
	repair(world, within(world, 10 * NANOS_PER_SECOND), REPAIR_START, 0, agent->actor.id);
}

static void agent_fault(struct world *world)
{
	struct home_agent_actor *agent =
		&world->agents[random_below(&world->random, world->scale.agents)];
	switch (random_below(&world->random, 7)) {
	case 0:
		agent->cut = true;
		TRACE(world, agent->actor.id, "is cut off");
		repair(world, a_while(world), REPAIR_AGENT_CUT, 0, agent->actor.id);
		break;
	case 1:
		stall(world, &agent->actor);
		break;
	case 2:
		turn_clock(world, &agent->actor);
		break;
	case 3:
		if (!agent->has_store || agent->store_down)
			break;
		agent->doom = DOOM_COMMIT_FAILS;
		repair(world, a_while(world), REPAIR_STORE, 0, agent->actor.id);
		break;
	default:
		kill_agent(world, agent);
	}
}

static void node_fault(struct world *world)
{
	struct node_actor *node = &world->nodes[random_below(&world->random, world->scale.nodes)];
	uint8_t link = (uint8_t)random_below(&world->random, node->links_count);
	bool there = node->links[link].configured;
	switch (random_below(&world->random, 24)) {
	case 0:
	case 1:
	case 2:
	case 3:
		if (there)
			flap(world, node, link);
		break;
	case 4:
	case 5:
	case 6:
		change_address(world, node, link);
		break;
	case 7:
	case 8:
	case 9:
	case 10:
		cut(world, node, link);
		break;
	case 11:
		moves_marginal(world, node, link);
		break;
	case 12:
	case 13:
		kill_node(world, node);
		break;
	case 14:
		node_stop(world, node);
		break;
	case 15:
		prefer(world, node, link);
		rules_change(world, node);
		break;
	case 16:
		if (there)
			unconfigure(world, node, link);
		break;
	case 17:
		stall(world, &node->first->actor);
		node->first->last->actor.stalled_until = node->first->actor.stalled_until;
		break;
	case 18:
		turn_clock(world, &node->actor);
		break;
	case 19:
		change_path(world, node, link);
		break;
	case 20:
		bar(world, node);
		break;
	case 21:
		reconfigure(world, node);
		break;
	default:
		forge(world, node, link);
	}
}

/* ---- faults of a correspondent ---- */

/* Its daemon crashes, and is back later; or it is told to stop; or all of the host is gone. */
static void kill_peer(struct world *world, struct peer_actor *peer)
{
	uint32_t how = random_below(&world->random, 4);
	if (!peer->actor.core)
		return;
	peer_die(world, peer);
	if (how > 0) {
		peer->plain = how == 1;
		peer->powered = how == 1;
		peer->actor.ways.count = 0;
		bond_forget(world, peer->actor.id);
	}
	repair(world, a_while(world), REPAIR_START, how == 0, peer->actor.id);
}

static void peer_fault(struct world *world)
{
	struct peer_actor *peer = &world->peers[random_below(&world->random, world->peers_count)];
	switch (random_below(&world->random, 6)) {
	case 0:
	case 1:
		kill_peer(world, peer);
		break;
	case 2:
		peer->cut = true;
		TRACE(world, peer->actor.id, "is cut off");
		repair(world, a_while(world), REPAIR_AGENT_CUT, 0, peer->actor.id);
		break;
	case 3:
		stall(world, &peer->actor);
		break;
	case 4:
		turn_clock(world, &peer->actor);
		break;
	default:
		peer->delay = random_between(&world->random, 1, 60) * NANOS_PER_MS;
	}
}

/* So many of ten faults of a world with correspondents are theirs. */
#define OF_PEERS 1
#define OF_FORGERS 2

static bool routing_fault(struct world *world)
{
	uint32_t which = world->peers_count ? random_below(&world->random, 10) : 10;
	if (which < OF_PEERS)
		peer_fault(world);
	else if (which < OF_PEERS + OF_FORGERS)
		forgery(world);
	return which < OF_PEERS + OF_FORGERS;
}

void faults_event(struct world *world)
{
	if (world->phase != PHASE_FAULTS)
		return;
	world->tally.faults++;
	/* one of a home agent for each so many of its nodes' */
	if (routing_fault(world))
		;
	else if (random_below(&world->random, 12) == 0)
		agent_fault(world);
	else
		node_fault(world);
	world_after(world, 1 + within(world, 2 * world->fault_mean), EVENT_FAULT, 0, 0, 0);
}

/* ---- repairs ---- */

static void link_up(struct world *world, struct node_actor *node, uint8_t link, bool new_address)
{
	struct link_actor *its = &node->links[link];
	its->up = true;
	if (its->configured)
		node_tell_link(world, node, link);
	if (!new_address)
		return;
	for (size_t i = 0; i < ADDRESSES_MAX; i++)
		node_address_remove(world, node, link, &its->places[i]);
	node_address_add(world, node, link);
}

static void configure(struct world *world, struct node_actor *node, uint8_t link)
{
	struct link_actor *its = &node->links[link];
	if (its->configured)
		return;
	its->configured = true;
	node_tell_link(world, node, link);
	for (size_t i = 0; i < ADDRESSES_MAX; i++)
		if (its->places[i].present)
			node_tell_address(world, node, link, &its->places[i]);
}

static void whole(struct world *world, struct node_actor *node, uint8_t link)
{
	struct link_actor *its = &node->links[link];
	its->cut_up = its->cut_down = its->blocked = false;
	if (its->cut_since)
		its->bad_at = world->now;
	its->cut_since = 0;
	its->whole_since = world->now;
	oracle_disturbed(world, node);
	TRACE(world, node->actor.id, "link %u: whole again", link);
}

static void unbar(struct world *world, struct node_actor *node)
{
	const struct host_event event = {.type = HOST_NODE_SET, .node = node->home.host};
	if (!node->home.barred)
		return;
	TRACE(world, node->actor.id, "is welcome at its home agent");
	node->home.barred = false;
	node->explained_at = world->now;
	agent_tell(world, &world->agents[node->agent], &event);
}

static void drop_old_addresses(struct world *world, struct node_actor *node, uint8_t link)
{
	for (size_t i = 0; i < ADDRESSES_MAX; i++)
		if (node->links[link].places[i].deprecated)
			node_address_remove(world, node, link, &node->links[link].places[i]);
}

static void repair_store(struct world *world, struct home_agent_actor *agent)
{
	if (agent->doom == DOOM_COMMIT_FAILS)
		agent->doom = DOOM_NONE;
	if (!agent->store_down)
		return;
	agent->store_down = false;
	agent_tell_store(world, agent);
}

/* What is sent may be lost. */
#define TALKS 6

/* Nodes that probe find out by their probes, all others when they send something. */
static void forget(struct world *world, struct home_agent_actor *agent)
{
	if (!agent->actor.core)
		return;
	agent_die(world, agent);
	agent_lose_store(world, agent);
	agent_start(world, agent);
	for (uint32_t i = agent->actor.id; i < world->scale.nodes; i += world->scale.agents) {
		const struct node_actor *node = &world->nodes[i];
		for (unsigned talk = 1; talk <= TALKS && !node->config.probe; talk++)
			repair(world, 3 * talk * NANOS_PER_SECOND, REPAIR_TALK, 0, node->actor.id);
	}
}

static void repair_agent(
	struct world *world, struct home_agent_actor *agent, const struct event *event)
{
	agent->whole_since = world->now;
	if (event->what == REPAIR_AGENT_CUT)
		agent->cut = false;
	else if (event->what == REPAIR_STORE)
		repair_store(world, agent);
	else if (event->what == REPAIR_FORGET)
		forget(world, agent);
	else if (!agent->actor.core)
		agent_start(world, agent);
}

static void repair_node(struct world *world, struct node_actor *node, const struct event *event)
{
	uint8_t link = (uint8_t)event->detail;
	switch ((enum repair)event->what) {
	case REPAIR_START:
		if (!node->actor.core)
			node_start(world, node, event->detail);
		break;
	case REPAIR_LINK_UP:
		link_up(world, node, link, event->detail >> 8);
		break;
	case REPAIR_LINK_CONFIGURED:
		configure(world, node, link);
		break;
	case REPAIR_CUT:
		whole(world, node, link);
		break;
	case REPAIR_ADDRESS:
		if (!node_address(&node->links[link]))
			node_address_add(world, node, link);
		break;
	case REPAIR_OLD_ADDRESSES:
		drop_old_addresses(world, node, link);
		break;
	case REPAIR_BARRED:
		unbar(world, node);
		break;
	case REPAIR_TALK:
		traffic_up(world, node);
		break;
	case REPAIR_AGENT_CUT:
	case REPAIR_STORE:
	case REPAIR_FORGET:
		break;
	}
}

static void repair_peer(struct world *world, struct peer_actor *peer, const struct event *event)
{
	peer->whole_since = world->now;
	if (event->what == REPAIR_AGENT_CUT)
		peer->cut = false;
	else if (!peer->actor.core)
		peer_start(world, peer, event->detail);
}

void faults_repair(struct world *world, const struct event *event)
{
	struct actor *actor = world_actor(world, event->who);
	if (world_is_agent(world, event->who))
		repair_agent(world, (struct home_agent_actor *)actor, event);
	else if (world_is_node(world, event->who))
		repair_node(world, (struct node_actor *)actor, event);
	else
		repair_peer(world, (struct peer_actor *)actor, event);
}

void faults_forget_at(struct world *world, nanos at)
{
	for (uint32_t i = 0; i < world->scale.agents && world->storeless; i++)
		world_at(world, at, EVENT_REPAIR, REPAIR_FORGET, 0, world->agents[i].actor.id);
}

/* Links that are down may stay so: that is no fault. */
static void end_of_node(struct world *world, struct node_actor *node)
{
	node->actor.stalled_until = 0;
	unbar(world, node);
	for (uint8_t i = 0; i < node->links_count; i++) {
		whole(world, node, i);
		configure(world, node, i);
		if (!node_address(&node->links[i]))
			node_address_add(world, node, i);
	}
	if (!node->actor.core)
		node_start(world, node, false);
}

static void end_of_peer(struct world *world, struct peer_actor *peer)
{
	peer->cut = false;
	peer->whole_since = world->now;
	peer->actor.stalled_until = 0;
	if (!peer->actor.core)
		peer_start(world, peer, false);
}

void faults_end(struct world *world)
{
	for (uint32_t i = 0; i < world->scale.agents; i++) {
		struct home_agent_actor *agent = &world->agents[i];
		agent->cut = false;
		agent->whole_since = world->now;
		agent->doom = DOOM_NONE;
		repair_store(world, agent);
		agent->actor.stalled_until = 0;
		if (!agent->actor.core)
			agent_start(world, agent);
	}
	for (uint32_t i = 0; i < world->peers_count; i++)
		end_of_peer(world, &world->peers[i]);
	for (uint32_t i = 0; i < world->scale.nodes; i++)
		end_of_node(world, &world->nodes[i]);
}
