/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data packets, by the tunnels that the cores have set: a packet is only who and by which outer
 * addresses.
 */
#include "world.h"

#define BURST_MAX 12
#define IDLE NANOS_PER_SECOND

void traffic_begin(struct world *world, struct node_actor *node)
{
	nanos every = world->scale.traffic_every * NANOS_PER_SECOND;
	nanos delay = random_next(&world->random) % (2 * every);
	/* what is settled is looked at by everybody */
	if (world->phase == PHASE_SETTLED)
		delay = random_next(&world->random) % (3 * NANOS_PER_SECOND);
	world_after(world, delay, EVENT_TRAFFIC, 0,
		(uint16_t)(1 + random_below(&world->random, BURST_MAX)), node->actor.id);
}

static struct flight *data(struct world *world, struct node_actor *node, enum flight_kind kind,
	const struct in6_addr *care_of, uint32_t *number)
{
	uint32_t generation;
	*number = flights_take(&world->flights);
	struct flight *flight = flights_at(&world->flights, *number);
	bool up = kind == FLIGHT_DATA_UP;
	flight->kind = (uint8_t)kind;
	flight->care_of = *care_of;
	flight->from = up ? node->actor.id : node->agent;
	flight->to = up ? node->agent : node->actor.id;
	flight->must_arrive = world->phase == PHASE_SETTLED && quiet_expects(world, node);
	world_care_of_read(care_of, &flight->node, &flight->link, &generation);
	world->tally.data_sent++;
	return flight;
}

static void no_tunnel(struct world *world, const struct node_actor *node, const char *who)
{
	if (world->phase == PHASE_SETTLED && quiet_expects(world, node))
		world_fail(world, node->actor.id, "invariant 4: %s has no tunnel to send by", who);
}

/* The data plane tells the daemon of the first packet after a silence. */
static void woken(struct world *world, struct node_actor *node)
{
	if (node->actor.core && node->actor.stalled_until <= world->now)
		node_deadline(world, node);
}

static void send_up(struct world *world, struct node_actor *node)
{
	nanos now = world->now + node->actor.offset;
	const struct effect_tunnel *tunnel = rules_path(world, node, true);
	uint32_t number, generation;
	if (!tunnel)
		tunnel = plane_choose(&node->plane, now);
	if (!tunnel) {
		no_tunnel(world, node, "the mobile node");
		return;
	}
	const struct in6_addr care_of = tunnel->local.address;
	struct flight *flight = data(world, node, FLIGHT_DATA_UP, &care_of, &number);
	struct link_actor *link = &node->links[flight->link];
	bool wakes = now - link->sent > IDLE;
	world_care_of_read(&care_of, &flight->node, &flight->link, &generation);
	link->sent = now;
	link->active = true;
	if (node_has(node, flight->link, generation))
		network_data(world, flight, number);
	else
		flights_give_back(&world->flights, number);
	if (wakes)
		woken(world, node);
}

/* The daemon tells what it reads in the maps; here at once. */
static void tell_use(struct world *world, struct node_actor *node, uint16_t bid)
{
	struct home_agent_actor *agent = &world->agents[node->agent];
	const struct use *use = &node->home.uses[bid];
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.home_address = node->config.home_address,
			.bid = bid,
			.sent = use->sent,
			.received = use->received},
	};
	if (agent->config.recovery && agent->actor.stalled_until <= world->now)
		agent_tell(world, agent, &event);
}

/* Every other router does not: then the home agent can only ask. */
void traffic_unreachable(struct world *world, const struct flight *flight)
{
	struct node_actor *node = &world->nodes[flight->node];
	const struct host_event event = {
		.type = HOST_UNREACHABLE,
		.unreachable = {.home_address = node->config.home_address,
			.care_of = flight->care_of},
	};
	if (flight->kind == FLIGHT_DATA_DOWN && node->links[flight->link].cut_down &&
		(flight->node + flight->link) % 2 && world->agents[node->agent].config.recovery)
		agent_tell(world, &world->agents[node->agent], &event);
}

static void send_down(struct world *world, struct node_actor *node)
{
	const struct home_agent_actor *agent = &world->agents[node->agent];
	if (!agent->powered)
		return;
	nanos now = world->now + agent->actor.offset;
	const struct effect_tunnel *tunnel = rules_path(world, node, false);
	uint32_t number;
	if (!tunnel)
		tunnel = plane_choose(&node->home.plane, now);
	if (!tunnel) {
		no_tunnel(world, node, "the home agent");
		return;
	}
	if (!oracle_registered(world, node, &tunnel->remote.address))
		world_fail(world, node->actor.id,
			"invariant 6: a packet is sent to an address that is not registered");
	struct flight *flight =
		data(world, node, FLIGHT_DATA_DOWN, &tunnel->remote.address, &number);
	if (flight->node != node->actor.id - world->scale.agents)
		world_fail(world, node->actor.id, "invariant 6: a packet is sent to another node");
	node->home.uses[tunnel->bid].sent = now;
	const uint16_t bid = tunnel->bid;
	network_data(world, flight, number);
	tell_use(world, node, bid);
}

void traffic_up(struct world *world, struct node_actor *node)
{
	send_up(world, node);
}

void traffic_packets(struct world *world, struct node_actor *node)
{
	send_up(world, node);
	send_down(world, node);
}

void traffic_event(struct world *world, struct node_actor *node, uint16_t left)
{
	uint32_t which = random_below(&world->random, 3);
	if (which != 0)
		send_up(world, node);
	if (which != 1)
		send_down(world, node);
	if (left <= 1) {
		traffic_begin(world, node);
		return;
	}
	nanos gap = random_between(&world->random, 10, 100) * NANOS_PER_MS;
	world_after(world, gap, EVENT_TRAFFIC, 0, (uint16_t)(left - 1), node->actor.id);
}

/* ---- arriving ---- */

static const struct effect_tunnel *tunnel_with(
	const struct plane *plane, const struct in6_addr *care_of, bool remote, nanos now)
{
	for (uint8_t i = 0; i < plane->count; i++) {
		const struct effect_tunnel *tunnel = &plane->at[i];
		if (tunnel->expires > now &&
			same_address(
				remote ? &tunnel->remote.address : &tunnel->local.address, care_of))
			return tunnel;
	}
	return NULL;
}

void traffic_unbound(
	struct world *world, const struct node_actor *node, const struct in6_addr *care_of)
{
	const struct host_event unbound = {
		.type = HOST_UNBOUND,
		.unbound = {.home_address = node->config.home_address, .care_of = *care_of},
	};
	agent_tell(world, &world->agents[node->agent], &unbound);
}

/* The home agent takes packets from the remote addresses of a node's tunnels. */
static bool arrive_up(struct world *world, struct node_actor *node, const struct flight *flight)
{
	struct home_agent_actor *agent = &world->agents[node->agent];
	nanos now = world->now + agent->actor.offset;
	if (!agent->powered)
		return false;
	const struct effect_tunnel *tunnel =
		tunnel_with(&node->home.plane, &flight->care_of, true, now);
	if (!tunnel) {
		traffic_unbound(world, node, &flight->care_of);
		return false;
	}
	if (!oracle_registered(world, node, &flight->care_of))
		world_fail(world, node->actor.id,
			"invariant 6: a packet is taken from an address that is not registered");
	node->home.uses[tunnel->bid].received = now;
	tell_use(world, node, tunnel->bid);
	return true;
}

static bool arrive_down(struct world *world, struct node_actor *node, const struct flight *flight)
{
	uint32_t number, generation;
	uint8_t link;
	nanos now = world->now + node->actor.offset;
	world_care_of_read(&flight->care_of, &number, &link, &generation);
	if (!node_has(node, link, generation) ||
		!tunnel_with(&node->plane, &flight->care_of, false, now))
		return false;
	node->links[link].received = now;
	node->links[link].active = true;
	return true;
}

/* A binding without BID is the only one (RFC 6275 10.3.1): what is under way by another care-of
 * address when it moves is lost. */
static bool has_moved(const struct node_actor *node, const struct flight *flight)
{
	const struct plane *plane = &node->home.plane;
	return flight->kind == FLIGHT_DATA_UP && plane->count == 1 && plane->at[0].bid == 0 &&
	       !same_address(&plane->at[0].remote.address, &flight->care_of);
}

void traffic_arrive(struct world *world, struct flight *flight)
{
	struct node_actor *node = &world->nodes[flight->node];
	bool taken = flight->kind == FLIGHT_DATA_UP ? arrive_up(world, node, flight)
						    : arrive_down(world, node, flight);
	if (taken)
		world->tally.data_delivered++;
	else if (flight->must_arrive && world->phase == PHASE_SETTLED && !has_moved(node, flight))
		world_fail(world, node->actor.id, "invariant 4: a packet %s is not delivered",
			flight->kind == FLIGHT_DATA_UP ? "from the mobile node" : "to it");
}
