/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links that come and go, under traffic, and how often a mobile node's traffic moves because of
 * them (ADR 31): invariants 16 and 17. The judge knows the faults of the links, and does not count
 * a move that another fault explains.
 */
#include "world.h"

#include <assert.h>
#include <string.h>

#define TICK (100 * NANOS_PER_MS)
#define MARGINAL_MAX (40 * NANOS_PER_SECOND)
#define PERIOD_MAX_MS 6000

/* Four a minute, and one for each link beyond the second: docs/adr/0031-marginal-links.md */
#define MINUTE (60 * NANOS_PER_SECOND)
#define MOVES_A_MINUTE 4
/* A fault of a link may cause moves for this time: retransmissions take some of it. */
#define EXPLAINS (90 * NANOS_PER_SECOND)
/* So long the path's deaths are remembered. */
#define REMEMBERED (300 * NANOS_PER_SECOND)

#define RETURN_CUT_AFTER (20 * NANOS_PER_SECOND)
#define RETURN_CUT_FOR (12 * NANOS_PER_SECOND)
#define RETURN_WITHIN (2 * NANOS_PER_SECOND)
/* no refresh, which may be one update too many for that second (invariant 8) */
#define RETURN_UNDISTURBED (30 * NANOS_PER_SECOND)
#define RETURN_DELAY_MAX (60 * NANOS_PER_MS)

enum step {
	STEP_MARGINAL,
	STEP_RETURN_CUT,
	STEP_RETURN_WHOLE,
	STEP_RETURN_CHECK,
};

static void step_after(struct world *world, nanos delay, enum step step, uint16_t link,
	const struct node_actor *node)
{
	world_after(world, delay, EVENT_MARGINAL, (uint8_t)step, link, node->actor.id);
}

/* ---- a marginal link ---- */

static nanos period(struct world *world)
{
	return random_between(&world->random, 100, PERIOD_MAX_MS) * NANOS_PER_MS;
}

void moves_marginal(struct world *world, struct node_actor *node, uint8_t number)
{
	static const uint16_t losses[] = {20000, 33000, 65000, 65535};
	struct link_actor *link = &node->links[number];
	if (link->marginal_until)
		return;
	link->marginal_loss = losses[random_below(&world->random, 4)];
	link->marginal_until = world->now + random_next(&world->random) % MARGINAL_MAX;
	link->marginal_turn = world->now;
	TRACE(world, node->actor.id, "link %u: marginal, %u %% lost", number,
		link->marginal_loss * 100 / 65536);
	step_after(world, 0, STEP_MARGINAL, number, node);
}

static void end_marginal(struct link_actor *link)
{
	link->marginal_bad = false;
	link->marginal_until = 0;
}

static void marginal(struct world *world, struct node_actor *node, uint8_t number)
{
	struct link_actor *link = &node->links[number];
	if (world->now >= link->marginal_until || world->phase != PHASE_FAULTS) {
		end_marginal(link);
		return;
	}
	if (world->now >= link->marginal_turn) {
		link->marginal_bad = !link->marginal_bad;
		link->marginal_turn = world->now + period(world);
	}
	if (link->marginal_bad)
		link->bad_at = world->now;
	traffic_packets(world, node);
	step_after(world, TICK, STEP_MARGINAL, number, node);
}

/* ---- invariant 16: four moves a minute ---- */

void moves_begin(struct node_actor *node)
{
	memset(&node->moves, 0, sizeof(node->moves));
}

static bool within(const struct world *world, nanos at, nanos time)
{
	return at && world->now < at + time;
}

/* A path that was bad lately is what the limit is about; else there is another reason. */
static bool explained(
	const struct world *world, const struct node_actor *node, uint16_t from, uint16_t to)
{
	const struct home_agent_actor *agent = &world->agents[node->agent];
	const struct link_actor *left = &node->links[from - 1];
	const struct link_actor *entered = &node->links[to - 1];
	if (agent->cut || within(world, agent->whole_since, EXPLAINS) || node->home.barred ||
		within(world, node->explained_at, EXPLAINS))
		return true;
	if (within(world, left->told, EXPLAINS) || within(world, entered->told, EXPLAINS))
		return true;
	return !within(world, left->bad_at, REMEMBERED) &&
	       !within(world, entered->bad_at, REMEMBERED);
}

void moves_selected(struct world *world, struct node_actor *node, uint16_t bid)
{
	struct moves *moves = &node->moves;
	uint16_t from = moves->selected;
	if (bid == 0 || bid == from || bid > node->links_count)
		return;
	moves->selected = bid;
	moves->last = world->now;
	if (from == 0 || explained(world, node, from, bid))
		return;
	unsigned most = MOVES_A_MINUTE + (node->links_count > 2 ? node->links_count - 2u : 0u);
	if (quiet_bindings_max(world, node) == 1)
		most *= 2; /* a link that died while it was being registered costs a move there and
			      back */
	assert(most <= MOVES_COUNTED);
	nanos *oldest = &moves->at[moves->next % most];
	world->tally.moves++;
	if (within(world, *oldest, MINUTE))
		world_fail(world, node->actor.id,
			"invariant 16: more than %u moves of its traffic in a minute", most);
	*oldest = world->now;
	moves->next = (moves->next + 1) % most;
}

/* ---- invariant 17: a better link that returns for good takes over ---- */

struct best {
	uint8_t bid;
	uint8_t others;  /* registered, by a worse link */
	uint8_t as_good; /* priority of the best of the others */
	uint8_t priority;
	struct link_view view;
};

static void find_best(void *ctx, const struct link_view *view)
{
	struct best *best = ctx;
	if (view->selected) {
		best->bid = (uint8_t)view->bid;
		best->priority = view->priority;
		best->view = *view;
	} else if (view->registered) {
		best->others++;
		if (!best->as_good || view->priority < best->as_good)
			best->as_good = view->priority;
	}
}

static struct best best_of(const struct node_actor *node)
{
	struct best best = {0};
	if (node->actor.core)
		mobile_node_each_link(
			core_mobile_node(node->actor.core, node->index), find_best, &best);
	return best;
}

void moves_returns(struct world *world)
{
	for (uint32_t i = 0; i < world->scale.nodes; i++)
		step_after(world, RETURN_CUT_AFTER, STEP_RETURN_CUT, 0, &world->nodes[i]);
}

/* Nothing is told to the node any more, so that nothing else explains what it does. */
static bool is_left_alone(const struct world *world, const struct node_actor *node)
{
	const struct home_agent_actor *agent = &world->agents[node->agent];
	for (uint8_t i = 0; i < node->links_count; i++)
		if (within(world, node->links[i].told, RETURN_CUT_AFTER - NANOS_PER_SECOND))
			return false;
	return node->actor.core && agent->actor.core && !node->stopping &&
	       world->now >= node->actor.started + RETURN_CUT_AFTER - NANOS_PER_SECOND &&
	       world->phase == PHASE_QUIET;
}

static void return_cut(struct world *world, struct node_actor *node)
{
	const struct best best = best_of(node);
	if (!is_left_alone(world, node) || best.bid == 0 || best.others == 0 ||
		best.as_good <= best.priority || best.view.path != PATH_ALIVE ||
		best.view.deaths > 0 || !node->config.probe ||
		node->home.host.bindings_max < node->links_count ||
		within(world, node->moves.last, MINUTE) ||
		best.view.expires < world->now + node->actor.offset + RETURN_UNDISTURBED)
		return;
	struct link_actor *link = &node->links[best.bid - 1];
	if (link->delay > RETURN_DELAY_MAX)
		return;
	link->cut_up = link->cut_down = true;
	link->bad_at = world->now;
	oracle_disturbed(world, node);
	TRACE(world, node->actor.id, "link %u: cut, to return", best.bid - 1);
	step_after(world, RETURN_CUT_FOR, STEP_RETURN_WHOLE, best.bid, node);
}

static void return_whole(struct world *world, struct node_actor *node, uint16_t bid)
{
	struct link_actor *link = &node->links[bid - 1];
	link->cut_up = link->cut_down = false;
	link->whole_since = world->now;
	oracle_disturbed(world, node);
	TRACE(world, node->actor.id, "link %u: returns", bid - 1);
	const struct best best = best_of(node);
	if (is_left_alone(world, node) && best.bid != 0 && best.bid != bid)
		step_after(world, RETURN_WITHIN, STEP_RETURN_CHECK, bid, node);
}

struct returned {
	uint16_t bid;
	struct link_view view;
};

static void find_returned(void *ctx, const struct link_view *view)
{
	struct returned *returned = ctx;
	if (view->bid == returned->bid)
		returned->view = *view;
}

static struct link_view returned_view(const struct node_actor *node, uint16_t bid)
{
	struct returned returned = {.bid = bid};
	mobile_node_each_link(
		core_mobile_node(node->actor.core, node->index), find_returned, &returned);
	return returned.view;
}

static void return_check(struct world *world, struct node_actor *node, uint16_t bid)
{
	const struct best best = best_of(node);
	if (!is_left_alone(world, node))
		return;
	if (best.bid != bid)
		world_fail(world, node->actor.id,
			"invariant 17: a better link has not taken over two seconds after its "
			"return: %s, %u of %u answers, delay %u ms",
			path_state_text(returned_view(node, bid).path),
			returned_view(node, bid).answers, returned_view(node, bid).answers_needed,
			(unsigned)(node->links[bid - 1].delay / NANOS_PER_MS));
	world->tally.returns++;
}

void moves_event(struct world *world, const struct event *event)
{
	struct node_actor *node = (struct node_actor *)world_actor(world, event->who);
	switch ((enum step)event->what) {
	case STEP_MARGINAL:
		marginal(world, node, (uint8_t)event->detail);
		break;
	case STEP_RETURN_CUT:
		return_cut(world, node);
		break;
	case STEP_RETURN_WHOLE:
		return_whole(world, node, event->detail);
		break;
	case STEP_RETURN_CHECK:
		return_check(world, node, event->detail);
		break;
	}
}
