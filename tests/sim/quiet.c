/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When nothing has gone wrong for long enough: what a mobile node believes is what its home agent
 * has (invariant 4), and it is as much as it should be.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define TIME_APART (5 * NANOS_PER_SECOND)
/* Something may just be under way: then so many times more. */
#define AGAIN (700 * NANOS_PER_MS)
#define TIMES 6

struct belief {
	struct in6_addr home_address;
	uint8_t count;
	struct binding_view at[BINDINGS_MAX];
};

static bool works(const struct link_actor *link)
{
	return link->configured && link->up && node_address(link);
}

static uint8_t working(const struct node_actor *node)
{
	uint8_t count = 0;
	for (uint8_t i = 0; i < node->links_count; i++)
		count += works(&node->links[i]);
	return count;
}

bool quiet_expects(const struct world *world, const struct node_actor *node)
{
	return node->actor.core && world->agents[node->agent].actor.core && working(node) > 0;
}

static void add(void *ctx, const struct binding_view *view)
{
	struct belief *belief = ctx;
	if (belief->count < BINDINGS_MAX && IN6_IS_ADDR_UNSPECIFIED(&view->peer) &&
		IN6_ARE_ADDR_EQUAL(&view->home_address, &belief->home_address))
		belief->at[belief->count++] = *view;
}

static bool mcoa(const struct world *world, const struct node_actor *node)
{
	return node->config.mcoa && world->agents[node->agent].config.mcoa &&
	       !node->home.host.mcoa_prohibited;
}

uint8_t quiet_bindings_max(const struct world *world, const struct node_actor *node)
{
	return mcoa(world, node) ? node->home.host.bindings_max : 1;
}

static uint8_t expected(const struct world *world, const struct node_actor *node)
{
	uint8_t count = working(node);
	uint8_t most = quiet_bindings_max(world, node);
	return count < most ? count : most;
}

/* NULL if they agree. */
static const char *compare_one(
	struct world *world, struct node_actor *node, const struct binding_view *view)
{
	const struct effect_tunnel *tunnel = plane_find(&node->home.plane, view->bid);
	if (!tunnel || !same_address(&tunnel->remote.address, &view->care_of))
		return "the mobile node believes more to be registered than is";
	nanos believed = view->expires - node->actor.offset;
	nanos real = tunnel->expires - world->agents[node->agent].actor.offset;
	if (tunnel->expires != NANOS_NEVER &&
		(believed > real + NANOS_PER_SECOND || believed + TIME_APART < real))
		return "a binding is believed to expire at another time";
	return NULL;
}

/* Without probes, of a home agent that forgets a node finds out only about the binding by which it
 * sends; of the others when they are refreshed. */
static const char *compare_used(struct node_actor *node)
{
	uint16_t bid = node->moves.selected;
	return bid && !plane_find(&node->home.plane, bid) && !plane_find(&node->home.plane, 0)
		       ? "the binding that is used is not there"
		       : NULL;
}

static const char *compare(struct world *world, struct node_actor *node)
{
	struct belief belief = {.home_address = node->config.home_address};
	nanos now = world->now + world->agents[node->agent].actor.offset;
	if (node->actor.core && world->storeless && !node->config.probe)
		return compare_used(node);
	const char *difference = NULL;
	unsigned there = 0;
	if (node->actor.core)
		core_each_binding(node->actor.core, add, &belief);
	for (uint8_t i = 0; i < belief.count && !difference; i++)
		difference = compare_one(world, node, &belief.at[i]);
	for (uint8_t i = 0; i < node->home.plane.count; i++)
		there += node->home.plane.at[i].expires > now;
	if (!difference && there != belief.count)
		difference = "the mobile node believes less to be registered than is";
	if (!difference && quiet_expects(world, node) && there < expected(world, node))
		difference = "fewer bindings are there than could be";
	if (!difference && quiet_expects(world, node) && mcoa(world, node))
		difference = rules_difference(world, node);
	if (!difference && quiet_expects(world, node) && mcoa(world, node))
		difference = flow_table_difference(world, node);
	if (!difference && quiet_expects(world, node) && there > expected(world, node))
		difference = "more bindings are there than should be";
	return difference;
}

void quiet_check_again(struct world *world, struct node_actor *node, uint8_t times)
{
	const char *difference = compare(world, node);
	if (difference && times < TIMES) {
		world_after(world, AGAIN, EVENT_AGREE, (uint8_t)(times + 1), 0, node->actor.id);
		return;
	}
	if (difference)
		world_fail(world, node->actor.id, "invariant 4: %s", difference);
	world->tally.agreements++;
}

void quiet_check(struct world *world)
{
	for (uint32_t i = 0; i < world->scale.agents; i++)
		oracle_look(world, &world->agents[i]);
	for (uint32_t i = 0; i < world->scale.nodes; i++)
		quiet_check_again(world, &world->nodes[i], 0);
}
