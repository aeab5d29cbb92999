/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When nothing has gone wrong for long enough: mobile nodes and correspondents that both speak
 * route optimization reach each other directly, by every link that the home agent knows (invariant
 * 14).
 */
#include "world.h"

/* Something may just be under way: then so many times more. */
#define AGAIN (700 * NANOS_PER_MS)
#define TIMES 6

#define BINDINGS_DEFAULT 4
#define LASTING 24 /* seconds */

static bool may_be_bound(const struct link_actor *link)
{
	return link->configured && link->up && node_address(link);
}

/* The home agent may know fewer than there are links: a correspondent is to know those at least. */
static bool must_be_bound(const struct world *world, const struct node_actor *node, uint8_t number)
{
	const struct place *place = node_address(&node->links[number]);
	if (!may_be_bound(&node->links[number]))
		return false;
	struct in6_addr care_of =
		world_care_of(node->actor.id - world->scale.agents, number, place->generation);
	for (uint8_t i = 0; i < node->plane.count; i++)
		if (same_address(&node->plane.at[i].local.address, &care_of))
			return true;
	return false;
}

/* How many bindings the two should have. */
struct expectation {
	unsigned least;
	unsigned most;
};

static const struct correspondent_config *config_of(
	struct world *world, const struct bond *bond, enum peer_kind *ret_kind)
{
	const struct peer_actor *peer = world_peer_of(world, &bond->address);
	*ret_kind = peer ? (enum peer_kind)peer->kind : PEER_MCOA;
	return peer ? &peer->config : &world_node_of(world, &bond->address)->correspondent;
}

/* Nobody else's bindings are in the way. */
static bool has_room(struct world *world, const struct bond *bond, uint32_t nodes_max)
{
	uint32_t others = 0;
	for (uint32_t i = 0; i < world->scale.nodes; i++)
		others += bond_of(&world->nodes[i], bond->correspondent) != NULL;
	return nodes_max == 0 || others <= nodes_max;
}

/* A Care-of Test that has lost its Binding Identifier on the way is believed, if none was signed.
 */
static bool is_altered(const struct node_actor *node)
{
	for (uint8_t i = 0; i < node->links_count; i++)
		if (node->links[i].altered)
			return true;
	return false;
}

static struct expectation expected(
	struct world *world, const struct node_actor *node, const struct bond *bond)
{
	enum peer_kind kind;
	const struct correspondent_config *config = config_of(world, bond, &kind);
	const struct node_actor *mobile = world_node_of(world, &bond->address);
	uint32_t kept = node->config.route_optimization.correspondents_max;
	unsigned least = 0, links = 0;
	unsigned most = config->bindings_max ? config->bindings_max : BINDINGS_DEFAULT;
	if (kind == PEER_PLAIN || kind == PEER_SILENT)
		return (struct expectation){0, 0};
	for (uint8_t i = 0; i < node->links_count; i++) {
		links += may_be_bound(&node->links[i]);
		least += must_be_bound(world, node, i);
	}
	if (!node->config.mcoa || !config->mcoa)
		most = 1;
	if (is_altered(node) || (mobile && is_altered(mobile)))
		least = least > 0;
	least = least < most ? least : most;
	most = links < most ? links : most;
	/* what is refused for want of room is not asked for again soon */
	bool sure = links <= (config->bindings_max ? config->bindings_max : BINDINGS_DEFAULT) &&
		    quiet_expects(world, node) && (!mobile || quiet_expects(world, mobile)) &&
		    has_room(world, bond, config->nodes_max) &&
		    (kept == 0 || kept >= node->bonds_count);
	return (struct expectation){sure ? least : 0, most};
}

static const char *judge(
	struct world *world, const struct node_actor *node, const struct bond *bond)
{
	struct expectation expectation = expected(world, node, bond);
	const struct way *way =
		ways_find(&node->actor.ways, &node->config.home_address, &bond->address);
	nanos now = world->now + node->actor.offset;
	unsigned usable = 0;
	for (uint8_t i = 0; way && i < way->count; i++) {
		const struct effect_tunnel *tunnel = &way->at[i].tunnel;
		if (tunnel->encapsulation != ENCAP_TO_CORRESPONDENT || !tunnel->usable ||
			tunnel->expires <= now)
			continue;
		usable++;
		if (!bond_is_bound(world, bond, &tunnel->local.address))
			return "a route-optimized path is used that the correspondent does not know";
	}
	TRACE(world, node->actor.id, "actor %u: %u of %u to %u route-optimized paths, %u bound",
		bond->correspondent, usable, expectation.least, expectation.most, bond->count);
	if (usable < expectation.least)
		return "fewer route-optimized paths are used than could be";
	if (usable > expectation.most)
		return "more route-optimized paths are used than could be";
	if (expectation.least && bond->count > usable)
		return "more is bound at the correspondent than is used";
	return NULL;
}

void quiet_route_check(struct world *world, struct node_actor *node, uint8_t number, uint16_t times)
{
	struct bond *bond = &node->bonds[number];
	const char *difference = judge(world, node, bond);
	if (difference && times < TIMES) {
		world_after(
			world, AGAIN, EVENT_SETTLE, number, (uint16_t)(times + 1), node->actor.id);
		return;
	}
	if (difference)
		world_fail(world, node->actor.id, "invariant 14: %s, correspondent %u", difference,
			bond->correspondent);
	bond->is_direct = expected(world, node, bond).least > 0 && quiet_routes_last(world, node);
	world->tally.routes++;
}

bool quiet_routes_last(const struct world *world, const struct node_actor *node)
{
	return world->agents[node->agent].config.lifetime_max >= LASTING &&
	       node->config.lifetime >= LASTING;
}

void quiet_routes_check(struct world *world)
{
	for (uint32_t i = 0; i < world->scale.nodes; i++)
		for (uint8_t bond = 0; bond < world->nodes[i].bonds_count; bond++) {
			world->nodes[i].bonds[bond].is_direct = false;
			quiet_route_check(world, &world->nodes[i], bond, 0);
		}
}
