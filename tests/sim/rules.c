/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policies of mobile nodes: random rules, and what must hold of what the data plane is told.
 */
#include "world.h"

#define RULES 4
#define PERCENT_WITH_RULES 30
#define MEMORY ((size_t)32 * 1024) /* of a policy of eight rules */

/* RFC 5096 */
#define EXPERIMENTAL_OPTION 18

uint8_t rules_option(const struct world *world)
{
	return world->seed % 3 == 1 ? EXPERIMENTAL_OPTION : 0;
}

/* ---- drawing ---- */

static struct policy_rule draw(struct world *world, const struct node_actor *node, uint16_t number)
{
	uint64_t *random = &world->policies;
	struct policy_rule rule = {
		.number = number,
		.preference = (uint16_t)(number * 100 + random_below(random, 100)),
		.mode = (uint8_t)random_below(random, POLICY_MODES),
		.strict = random_below(random, 3) == 0,
		.selector = {.format = TRAFFIC_SELECTOR_IPV6,
			.given = FLOW_BIT(FLOW_DESTINATION_PORT),
			.numbers[FLOW_DESTINATION_PORT - FLOW_ADDRESSES] = {number, number}},
	};
	if (random_below(random, 3) == 0)
		rule.delay_max_us = 20000 + random_below(random, 200000);
	if (random_below(random, 3) == 0)
		rule.loss_max = (uint8_t)(1 + random_below(random, 30));
	for (uint8_t i = 0; i < node->links_count && random_below(random, 2); i++)
		rule.links[rule.links_count++] = (struct policy_link){
			.bid = i + 1u, .weight = (uint8_t)(1 + random_below(random, 5))};
	for (uint8_t i = 0; i < rule.links_count; i++)
		if (!node->links[rule.links[i].bid - 1].configured)
			rule.links_count = i;
	return rule;
}

/* A rule for all packets, by weights, which Load Balancing options tell. Some nodes receive by
 * other links than those that they send by. */
static void share_all(struct world *world, const struct node_actor *node, struct policy_rule *rule)
{
	rule->preference = 1000;
	rule->mode = POLICY_BALANCE;
	rule->selector = (struct traffic_selector){.format = 0};
	for (uint8_t i = 0; i < node->links_count && random_below(&world->policies, 3) == 0; i++)
		if (node->links[i].configured)
			rule->receive[rule->receive_count++] =
				(struct policy_link){i + 1u, (uint8_t)(1 + i)};
}

static void set_rule(struct world *world, struct node_actor *node, uint16_t number)
{
	struct host_event event = {.type = HOST_POLICY_SET};
	event.policy = draw(world, node, number);
	if (rules_option(world) && number == RULES)
		share_all(world, node, &event.policy);
	TRACE(world, node->actor.id, "rule %u: mode %u, %u links", number, event.policy.mode,
		event.policy.links_count);
	node->rules |= 1u << number;
	node_tell(world, node, &event);
}

void rules_begin(struct world *world, struct node_actor *node)
{
	node->rules = 0;
	node->first->actor.memory_limit -= node->rules_memory;
	node->rules_memory = 0;
	if (random_below(&world->policies, 100) >= PERCENT_WITH_RULES)
		return;
	node->rules_memory = MEMORY;
	node->first->actor.memory_limit += MEMORY;
	for (uint16_t i = 1; i <= RULES; i++)
		set_rule(world, node, i);
}

void rules_change(struct world *world, struct node_actor *node)
{
	uint16_t number = (uint16_t)(1 + random_below(&world->policies, RULES));
	if (!node->actor.core || node->stopping || node->rules == 0)
		return;
	if (!(node->rules & 1u << number) || random_below(&world->policies, 3)) {
		set_rule(world, node, number);
		return;
	}
	const struct host_event event = {.type = HOST_POLICY_REMOVE, .policy.number = number};
	TRACE(world, node->actor.id, "rule %u: removed", number);
	node->rules &= ~(1u << number);
	node_tell(world, node, &event);
}

/* ---- what must hold ---- */

struct examination {
	struct world *world;
	struct node_actor *node;
	const struct told_subject *subject;
	nanos now;
	bool quiet;
	const char *difference;
};

static const struct told_subject *subject_of(const struct node_actor *node)
{
	const struct subjects *subjects = &node->first->actor.subjects;
	for (size_t i = 0; i < subjects->room; i++)
		if (subjects->at[i].about.subject != 0 &&
			subjects->at[i].about.side == SUBJECT_AT_MOBILE_NODE &&
			same_address(
				&subjects->at[i].about.home_address, &node->config.home_address))
			return &subjects->at[i];
	return NULL;
}

static bool shares(enum policy_mode mode)
{
	return mode == POLICY_BALANCE || mode == POLICY_PRIORITY || mode == POLICY_AGGREGATE ||
	       mode == POLICY_REDUNDANT;
}

static bool is_listed(const struct rule_view *view, uint16_t bid)
{
	for (uint8_t i = 0; i < view->links_count; i++)
		if (view->links[i].bid == bid && !view->links[i].excluded)
			return true;
	return false;
}

static const struct effect_tunnel *tunnel_of(
	const struct node_actor *node, const struct effect_traffic *traffic, uint8_t i)
{
	for (uint8_t j = 0; j < node->plane.count; j++)
		if (node->plane.at[j].tunnel == traffic->set[i].tunnel)
			return &node->plane.at[j];
	return NULL;
}

/* Not one that only the daemon before has told. */
static bool is_told(const struct told_subject *subject, uint16_t tunnel)
{
	for (size_t i = 0; i < subject->count; i++)
		if (subject->tunnels[i].tunnel == tunnel)
			return true;
	return false;
}

static bool is_named(const struct policy_rule *rule, uint16_t bid)
{
	for (uint8_t i = 0; i < rule->links_count; i++)
		if (rule->links[i].bid == bid)
			return true;
	return rule->links_count == 0;
}

static bool is_mode(const struct policy_rule *rule, uint8_t mode)
{
	if (rule->mode == POLICY_REDUNDANT)
		return mode == TRAFFIC_DUPLICATE;
	if (rule->mode == POLICY_AGGREGATE)
		return mode == TRAFFIC_AGGREGATE;
	return mode == TRAFFIC_FIRST;
}

/* Invariant 21: one path at a time, and none that the rule forbids. */
static void check_set(const struct examination *examination, const struct rule_view *view,
	const struct effect_traffic *traffic)
{
	struct world *world = examination->world;
	uint32_t id = examination->node->actor.id;
	if (!is_mode(view->rule, traffic->mode))
		world_fail(world, id, "invariant 21: rule %u has mode %u", traffic->rule,
			traffic->mode);
	for (uint8_t i = 0; i < traffic->count; i++) {
		const struct effect_tunnel *tunnel = tunnel_of(examination->node, traffic, i);
		if (tunnel && !(is_listed(view, tunnel->bid) && is_named(view->rule, tunnel->bid)))
			world_fail(world, id, "invariant 21: rule %u uses link %u", traffic->rule,
				tunnel->bid);
		for (uint8_t j = 0; j < i && !shares(view->rule->mode); j++)
			if (traffic->set[i].tier == traffic->set[j].tier)
				world_fail(world, id, "invariant 21: rule %u has two links at once",
					traffic->rule);
	}
}

/* Invariant 22: while a permitted path lives, the rule has one. */
static void check_way(const struct examination *examination, const struct rule_view *view,
	const struct effect_traffic *traffic)
{
	const struct plane *plane = &examination->node->plane;
	bool any = false, could = false;
	for (uint8_t i = 0; i < traffic->count; i++) {
		const struct effect_tunnel *tunnel = tunnel_of(examination->node, traffic, i);
		any = any || (tunnel && tunnel->usable && tunnel->expires > examination->now);
	}
	for (uint8_t i = 0; i < plane->count; i++)
		could = could || (plane->at[i].usable && plane->at[i].expires > examination->now &&
					 is_told(examination->subject, plane->at[i].tunnel) &&
					 is_listed(view, plane->at[i].bid));
	if (could && !any)
		world_fail(examination->world, examination->node->actor.id,
			"invariant 22: rule %u has no path", traffic->rule);
}

static bool is_received_by(const struct rule_view *view, uint16_t bid)
{
	for (uint8_t i = 0; i < view->bids_count; i++)
		if (view->bids[i] == bid)
			return true;
	return false;
}

/* Invariant 25: the home agent shares the flows by the links that the policy says. */
static const char *compare_shares(const struct node_actor *node, const struct rule_view *view)
{
	const struct plane *plane = &node->home.plane;
	bool any = false;
	for (uint8_t i = 0; i < plane->count; i++)
		any = any || is_received_by(view, plane->at[i].bid);
	for (uint8_t i = 0; i < plane->count; i++)
		if ((plane->tiers[i] == TIER_SHARED) !=
			(any && is_received_by(view, plane->at[i].bid)))
			return "the home agent shares the flows by other links";
	return NULL;
}

static void check_rule(void *ctx, const struct rule_view *view)
{
	struct examination *examination = ctx;
	const struct effect_traffic *traffic =
		subject_rule(examination->subject, view->rule->number);
	if (!traffic) {
		world_fail(examination->world, examination->node->actor.id,
			"invariant 22: rule %u is not told", view->rule->number);
		return;
	}
	if (examination->quiet && view->state == FLOW_PENDING && view->bids_count > 0)
		examination->difference = "the home agent was not told of a rule";
	if (examination->quiet && !examination->difference && view->state == FLOW_HELD &&
		view->rule->selector.given == 0)
		examination->difference = compare_shares(examination->node, view);
	if (view->rule->mode == POLICY_REJECT || view->rule->mode == POLICY_DISCARD)
		return;
	check_set(examination, view, traffic);
	check_way(examination, view, traffic);
}

static const char *examine(struct world *world, struct node_actor *node, bool quiet)
{
	struct examination examination = {
		.world = world,
		.node = node,
		.subject = subject_of(node),
		.now = world->now + node->actor.offset,
		.quiet = quiet,
	};
	if (node->actor.core && !node->stopping && node->rules && examination.subject)
		mobile_node_each_rule(
			core_mobile_node(node->actor.core, node->index), check_rule, &examination);
	return examination.difference;
}

void rules_check(struct world *world, struct node_actor *node)
{
	(void)examine(world, node, false);
}

const char *rules_difference(struct world *world, struct node_actor *node)
{
	return examine(world, node, true);
}

/* ---- packets ---- */

static const struct effect_tunnel *usable(
	const struct plane *plane, const struct traffic_share *share, nanos now)
{
	for (uint8_t i = 0; i < plane->count; i++)
		if (plane->at[i].tunnel == share->tunnel && plane->at[i].usable &&
			plane->at[i].expires > now)
			return &plane->at[i];
	return NULL;
}

/* The first one of the lowest tier; the same for all packets of a flow. */
static const struct effect_tunnel *choose(
	const struct plane *plane, const struct effect_traffic *rule, nanos now)
{
	const struct effect_tunnel *best = NULL;
	uint8_t best_tier = TIER_NONE;
	for (uint8_t i = 0; i < rule->count; i++) {
		const struct effect_tunnel *tunnel = usable(plane, &rule->set[i], now);
		if (!tunnel || rule->set[i].tier >= best_tier)
			continue;
		best = tunnel;
		best_tier = rule->set[i].tier;
	}
	return best;
}

const struct effect_tunnel *rules_path(struct world *world, struct node_actor *node, bool up)
{
	const struct actor *agent = &world->agents[node->agent].actor;
	uint16_t number = (uint16_t)(1 + random_below(&world->policies, RULES));
	const struct told_subject *subject =
		up ? subject_of(node)
		   : subjects_about(&agent->subjects, &node->config.home_address, &in6addr_any);
	const struct effect_traffic *rule = subject ? subject_rule(subject, number) : NULL;
	const struct effect_tunnel *path = NULL;
	if (rule)
		path = choose(up ? &node->plane : &node->home.plane, rule,
			world->now + (up ? node->actor.offset : agent->offset));
	world->tally.flow_packets += path != NULL;
	return path;
}
