/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flow bindings of home addresses at their home agents (RFC 6089): what is stored of them, what
 * must hold of their rules, and whether they are the mobile node's policy when all is quiet.
 */
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is stored ---- */

static struct record_flow *find(struct home *home, uint16_t fid)
{
	for (size_t i = 0; i < home->flows_count; i++)
		if (home->flows[i].fid == fid)
			return &home->flows[i];
	return NULL;
}

static bool equal(const struct flow_binding *a, const struct flow_binding *b)
{
	return a->fid == b->fid && a->priority == b->priority && a->bids_count == b->bids_count &&
	       memcmp(a->bids, b->bids, a->bids_count * sizeof(a->bids[0])) == 0 &&
	       traffic_selector_equal(&a->selector, &b->selector);
}

static void keep(struct home *home, const struct record_flow *flow)
{
	struct record_flow *place = find(home, flow->fid);
	if (flow->flow.fid == 0) {
		if (place)
			*place = home->flows[--home->flows_count];
		return;
	}
	if (!home->flows)
		home->flows = calloc(RULES_MAX, sizeof(*home->flows));
	if (!place)
		place = &home->flows[home->flows_count++];
	*place = *flow;
}

void flow_table_record(
	struct world *world, struct node_actor *node, const struct record_flow *record)
{
	const struct record_flow *place = find(&node->home, record->fid);
	TRACE(world, node->actor.id, "home agent: flow %u %s", record->fid,
		record->flow.fid ? "is bound" : "ends");
	if (place ? !equal(&place->flow, &record->before) : record->before.fid != 0)
		world_fail(world, node->actor.id,
			"invariant 23: the record of flow %u tells of another one before",
			record->fid);
	keep(&node->home, record);
}

/* ---- given back ---- */

struct search {
	struct in6_addr home_address;
	bool found;
};

static void look(void *ctx, const struct binding_view *view)
{
	struct search *search = ctx;
	search->found |= same_address(&view->home_address, &search->home_address);
}

static bool has_bindings(const struct core *core, const struct node_actor *node)
{
	struct search search = {.home_address = node->config.home_address};
	core_each_binding(core, look, &search);
	return search.found;
}

static bool give_back(
	struct world *world, struct home_agent_actor *agent, const struct record_flow *flow)
{
	const struct host_event event = {.type = HOST_RESTORE_FLOW, .flow = *flow};
	const struct node_actor *node = world_node_of(world, &flow->home_address);
	if (!agent->actor.core || !has_bindings(agent->actor.core, node))
		return false;
	agent_tell(world, agent, &event);
	return true;
}

void flow_table_restore(
	struct world *world, struct home_agent_actor *agent, struct node_actor *node)
{
	struct home *home = &node->home;
	for (size_t i = 0; i < home->flows_count;)
		if (give_back(world, agent, &home->flows[i]))
			i++;
		else
			home->flows[i] = home->flows[--home->flows_count];
}

void flow_table_roll_back(
	struct world *world, struct home_agent_actor *agent, const struct record_flow *record)
{
	struct record_flow before = *record;
	before.flow = record->before;
	if (give_back(world, agent, &before))
		keep(&world_node_of(world, &record->home_address)->home, &before);
}

/* ---- what must hold ---- */

/* Invariant 24: copies go only by the BIDs of a flow binding that has several of them. */
void flow_table_rule(
	struct world *world, struct node_actor *node, const struct effect_traffic *rule)
{
	uint8_t way = rule->count > 1 ? TRAFFIC_DUPLICATE : TRAFFIC_FIRST;
	if (rule->rule == TRAFFIC_DEFAULT)
		return;
	if (rule->count == 0 || rule->mode != way)
		world_fail(world, node->actor.id, "invariant 24: flow %u has %u paths in mode %u",
			rule->rule, rule->count, rule->mode);
}

struct table {
	struct world *world;
	struct node_actor *node;
	const char *difference;
	unsigned count;
	unsigned found;
	struct flow_binding at[RULES_MAX];
};

static void add(void *ctx, const struct flow_view *view)
{
	struct table *table = ctx;
	if (same_address(&view->home_address, &table->node->config.home_address) &&
		IN6_IS_ADDR_UNSPECIFIED(&view->peer))
		table->at[table->count++] = view->flow;
}

static bool is_permitted(const struct policy_rule *rule, uint16_t bid)
{
	for (uint8_t i = 0; i < rule->links_count; i++)
		if (rule->links[i].bid == bid)
			return true;
	return rule->links_count == 0;
}

static const char *compare_flow(const struct rule_view *view, const struct flow_binding *flow)
{
	const struct policy_rule *rule = view->rule;
	if (flow->priority != rule->preference ||
		!traffic_selector_equal(&flow->selector, &rule->selector))
		return "the home agent has another flow binding than the rule";
	for (uint8_t i = 0; i < flow->bids_count; i++)
		if (!is_permitted(rule, flow->bids[i]))
			return "the home agent sends by a link that the rule forbids";
	if (flow->bids_count > 1 && rule->mode != POLICY_REDUNDANT)
		return "the home agent sends copies that the rule does not want";
	return NULL;
}

static void compare_rule(void *ctx, const struct rule_view *view)
{
	struct table *table = ctx;
	const struct flow_binding *flow = NULL;
	if (view->rule->selector.given == 0)
		return; /* Load Balancing options say it (rules.c) */
	for (unsigned i = 0; i < table->count; i++)
		if (table->at[i].fid == view->rule->number)
			flow = &table->at[i];
	bool told = view->state != FLOW_NOT_TOLD && view->state != FLOW_UNSUPPORTED;
	if (flow && told) {
		table->found++;
		table->difference =
			table->difference ? table->difference : compare_flow(view, flow);
	} else if (!flow && told && view->bids_count > 0) {
		table->difference = "the home agent has no flow binding of a rule";
		TRACE(table->world, table->node->actor.id, "rule %u: state %u, status %u",
			view->rule->number, (unsigned)view->state, view->status);
	}
}

const char *flow_table_difference(struct world *world, struct node_actor *node)
{
	const struct core *agent = world->agents[node->agent].actor.core;
	struct table table = {.world = world, .node = node};
	if (!agent || !node->actor.core || node->stopping || node->home.barred)
		return NULL;
	core_each_flow(agent, add, &table);
	mobile_node_each_rule(
		core_mobile_node(node->actor.core, node->index), compare_rule, &table);
	if (!table.difference && table.found != table.count)
		return "the home agent has a flow binding of no rule";
	world->tally.flow_tables += table.count;
	return table.difference;
}
