/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking into the mobile node.
 */
#include "mobile_node.h"
#include "update_plan.h"

#include <string.h>

void mobile_node_each_binding(
	const void *self, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	const struct mobile_node *node = self;
	const struct update_list *list = &node->registration.list;
	for (size_t i = 0; i < list->entries_count; i++) {
		const struct list_entry *entry = &list->entries[i];
		const struct binding_view view = {
			.home_address = node->config.home_address,
			.care_of = entry->care_of,
			.expires = entry->expires,
			.subject = node->tunnels.subject,
			.tunnel = tunnels_number(&node->tunnels, &node->recorded, entry->bid),
			.sequence = list->sequence,
			.bid = entry->bid,
			.priority = entry->priority,
			.home = IN6_ARE_ADDR_EQUAL(&entry->care_of, &node->config.home_address),
			.verified = true,
		};
		each(ctx, &view);
	}
	if (node->routes)
		node->ro->each_binding(node->routes, each, ctx);
}

void mobile_node_each_correspondent(const struct mobile_node *node,
	void (*each)(void *ctx, const struct correspondent_view *), void *ctx)
{
	if (node->routes)
		node->ro->each(node->routes, each, ctx);
}

static struct link_view view_of(const struct mobile_node *node, const struct link *link)
{
	const struct effect_tunnel *selected = tunnels_selected(&node->tunnels);
	struct link_view view = {
		.bid = link->bid,
		.priority = link->priority,
		.ifindex = link->ifindex,
		.up = link->up,
		.home = link->home,
		.selected = selected && selected->bid == link->bid,
		.leaving = link->leaving,
		.metered = link->metered,
		.path = link->path.state,
		.probe = link->path.limits->probe,
		.probes_unanswered = path_unanswered_ever(&link->path),
		.lossy = link->path.lossy,
		.deaths = path_deaths(&link->path, node->now),
		.loss_percent = path_loss_percent(&link->path),
		.overloaded = node_link_is_overloaded(node, link),
		.rtt_ns = link->path.rtt,
	};
	if (link->path.state == PATH_TRIAL) {
		view.answers = link->path.run;
		view.answers_needed = path_run_needed(&link->path, node->now);
	}
	if (!link->has_care_of)
		return view;
	view.care_of = link->care_of;
	view.router = link_router(link, node->now);
	const struct list_entry *entry =
		update_list_sure(&node->registration.list, link->bid, &link->care_of);
	view.registered = entry != NULL;
	view.expires = entry ? entry->expires : 0;
	return view;
}

void mobile_node_each_link(const struct mobile_node *node,
	void (*each)(void *ctx, const struct link_view *), void *ctx)
{
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link_view view = view_of(node, &node->links.at[i]);
		each(ctx, &view);
	}
}

/* Load Balancing options say the rule to the home agent (ADR 63). */
static bool is_said_by_options(const struct mobile_node *node, const struct policy_entry *entry)
{
	return node->policy->report.shares_are_options && policy_rule_shares_all(&entry->rule);
}

static enum flow_state shares_state(const struct home_registration *registration, nanos now)
{
	const struct share_statement wanted = update_plan_shares(registration, now);
	if (now < registration->shares_again)
		return FLOW_UNSUPPORTED;
	if (!share_statement_equal(&wanted, &registration->shares_held))
		return FLOW_PENDING;
	return wanted.count > 0 ? FLOW_HELD : FLOW_NOT_TOLD;
}

/* The links that the home agent shares the flows by. */
static void show_shares(const struct peer_policy *policy, struct rule_view *view)
{
	view->bids_count = 0;
	for (uint8_t i = 0; i < policy->shares_count; i++)
		if (policy->shares[i].receives > 0)
			view->bids[view->bids_count++] = policy->shares[i].bid;
}

static enum flow_state state_of(const struct mobile_node *node, const struct policy_entry *entry)
{
	if (is_said_by_options(node, entry))
		return shares_state(&node->registration, node->now);
	if (!node->config.bid_priority)
		return FLOW_NOT_TOLD;
	return flow_report_state(&node->policy->report, &entry->rule, &entry->flow);
}

void mobile_node_each_rule(const struct mobile_node *node,
	void (*each)(void *ctx, const struct rule_view *), void *ctx)
{
	for (size_t i = 0; node->policy && i < node->policy->count; i++) {
		const struct policy_entry *entry = &node->policy->at[i];
		struct rule_view view = {
			.rule = &entry->rule,
			.state = state_of(node, entry),
			.status = entry->flow.status,
			.bids_count = entry->flow.wanted.count,
		};
		memcpy(view.bids, entry->flow.wanted.bids, sizeof(view.bids));
		if (is_said_by_options(node, entry))
			show_shares(&node->registration.policy, &view);
		for (size_t j = 0; j < entry->choice.count; j++) {
			const struct choice_link *link = &entry->choice.at[j];
			view.links[view.links_count++] = (struct rule_link_view){
				.bid = link->bid,
				.tier = rule_choice_tier(&entry->choice, &entry->rule, j),
				.weight = link->weight,
				.reason = link->reason,
				.excluded = !rule_choice_permits(&entry->rule, link),
			};
		}
		each(ctx, &view);
	}
}

enum home_state mobile_node_home_state(const struct mobile_node *node)
{
	return returning_home_state(node);
}

struct in6_addr mobile_node_home_agent(const struct mobile_node *node)
{
	return node->parties.home_agent;
}

static void show_home_agent(const struct mobile_node *node, const struct in6_addr *address,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx)
{
	const struct home_agent_view view = {
		.address = *address,
		.until = NANOS_NEVER,
		.in_use = IN6_ARE_ADDR_EQUAL(address, &node->parties.home_agent),
	};
	each(ctx, &view);
}

void mobile_node_each_home_agent(const struct mobile_node *node,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx)
{
	if (!node->discovery.wanted)
		show_home_agent(node, &node->parties.home_agent, each, ctx);
	for (uint8_t i = 0; i < node->discovery.count; i++)
		show_home_agent(node, &node->discovery.at[i].address, each, ctx);
}

void mobile_node_each_prefix(const struct mobile_node *node,
	void (*each)(void *ctx, const struct host_prefix *), void *ctx)
{
	for (uint8_t i = 0; i < node->prefixes.count; i++)
		if (node->prefixes.known[i].valid_until > node->now)
			each(ctx, &node->prefixes.known[i]);
}
