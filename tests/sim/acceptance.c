/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariant 18: the mobile node accepts packets at every care-of address that its home agent may
 * still send to.
 */
#include "world.h"

#include <stdlib.h>

/* ---- which update each binding of the home agent is from ---- */

static const struct asked *asked_of(const struct home *home, const struct effect_tunnel *tunnel)
{
	for (unsigned i = 1; i <= ASKED_MAX; i++) {
		const struct asked *asked =
			&home->asked[(home->asked_next + ASKED_MAX - i) % ASKED_MAX];
		if (asked->bid == tunnel->bid && asked->expires == tunnel->expires &&
			same_address(&asked->care_of, &tunnel->remote.address))
			return asked;
	}
	return NULL;
}

static bool was_refused(const struct home *home, uint64_t digest)
{
	for (unsigned i = 0; i < REFUSED_MAX; i++)
		if (home->refused[i] == digest)
			return true;
	return false;
}

void acceptance_refused(struct world *world, struct home *home, uint8_t status)
{
	if (!world->arriving || !world->arriving->digest || status == 135 || status == 144)
		return;
	home->refused[home->refused_next] = world->arriving->digest;
	home->refused_next = (home->refused_next + 1) % REFUSED_MAX;
}

void acceptance_asked(struct world *world, struct home *home, const struct effect_tunnel *tunnel)
{
	if (!world->arriving || !world->arriving->digest || asked_of(home, tunnel))
		return;
	home->asked[home->asked_next] = (struct asked){
		.bid = tunnel->bid,
		.care_of = tunnel->remote.address,
		.expires = tunnel->expires,
		.sent = world->arriving->sent,
		.arrived = world->now,
		.refused = was_refused(home, world->arriving->digest),
	};
	home->asked_next = (home->asked_next + 1) % ASKED_MAX;
}

/* ---- what need not be accepted ---- */

/* RFC 6275 11.7.3: the lifetime counts from when the update was sent. */
static bool has_ended(
	const struct world *world, const struct node_actor *node, const struct asked *asked)
{
	nanos expires = asked->expires - world->agents[node->agent].actor.offset;
	return asked->expires != NANOS_NEVER &&
	       asked->sent + (expires - asked->arrived) <= world->now;
}

/* The node that has been restarted knows of no update that it sent before; one that is held up does
 * not prolong what ends meanwhile. A home agent that has lost its numbers takes what was recorded.
 * What it has refused it may accept when a copy comes later and the reason is gone.
 */
static bool is_excused(
	const struct world *world, const struct node_actor *node, const struct asked *asked)
{
	return !asked || asked->refused || asked->sent < node->actor.started ||
	       asked->sent < node->home.forgotten || node->actor.stalled_until >= world->now ||
	       has_ended(world, node, asked);
}

/* No tunnel is left for it: each link has its own. */
static bool is_full(const struct node_actor *node)
{
	unsigned count = node->links_count;
	for (uint8_t i = 0; i < node->plane.count; i++)
		count += node->plane.at[i].bid > LINKS_MAX;
	return count >= BINDINGS_MAX;
}

/* What its core does at this instant, it may not have done yet. */
static bool accepts(
	const struct world *world, const struct node_actor *node, const struct in6_addr *care_of)
{
	for (uint8_t i = 0; i < node->plane.count; i++) {
		const struct effect_tunnel *tunnel = &node->plane.at[i];
		if (tunnel->encapsulation == ENCAP_IPV6 &&
			same_address(&tunnel->local.address, care_of) &&
			tunnel->expires >= world->now + node->actor.offset)
			return true;
	}
	return false;
}

static void check(struct world *world, struct node_actor *node, const struct effect_tunnel *tunnel)
{
	uint32_t number, generation;
	uint8_t link;
	if (tunnel->expires <= world->now + world->agents[node->agent].actor.offset ||
		!world_care_of_read(&tunnel->remote.address, &number, &link, &generation) ||
		!node_has(node, link, generation) ||
		accepts(world, node, &tunnel->remote.address) ||
		is_excused(world, node, asked_of(&node->home, tunnel)) || is_full(node))
		return;
	world_fail(world, node->actor.id,
		"invariant 18: the home agent may send to link %u, address %u (BID %u), which the "
		"mobile node does not accept",
		link, generation, tunnel->bid);
}

void acceptance_check(struct world *world, struct node_actor *node)
{
	for (uint8_t i = 0; node->actor.core && !node->stopping && i < node->home.plane.count; i++)
		check(world, node, &node->home.plane.at[i]);
}
