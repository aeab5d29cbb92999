/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node's policy: hands the quality of its links to the rules, and the rules to the data
 * plane.
 */
#include "mobile_node.h"

#include <errno.h>
#include <stdlib.h>

int node_policy_set(struct mobile_node *node, const struct policy_rule *rule)
{
	for (uint8_t i = 0; i < rule->links_count && i < BINDINGS_MAX; i++)
		if (!links_find(&node->links, rule->links[i].bid))
			return -EINVAL;
	for (uint8_t i = 0; i < rule->receive_count && i < BINDINGS_MAX; i++)
		if (!links_find(&node->links, rule->receive[i].bid))
			return -EINVAL;
	if (!node->policy)
		node->policy = calloc(1, sizeof(*node->policy));
	if (!node->policy)
		return -ENOMEM;
	node->policy->report.shares_are_options = node->base->balances && node->config.mcoa;
	int error = policy_set(node->policy, rule, node->registration.list.sequence);
	if (error < 0 && node->policy->count == 0) {
		node_policy_free(node);
		node->policy = NULL;
	}
	return error;
}

int node_policy_remove(struct mobile_node *node, uint16_t number, struct outbox *outbox)
{
	if (!node->policy)
		return -EINVAL;
	return policy_remove(node->policy, number, node->registration.list.sequence, outbox);
}

void node_policy_free(struct mobile_node *node)
{
	if (node->policy)
		policy_fini(node->policy);
	free(node->policy);
}

static const struct list_entry *binding_of(const struct mobile_node *node, const struct link *link)
{
	return link->has_care_of
		       ? update_list_sure(&node->registration.list, link->bid, &link->care_of)
		       : NULL;
}

/* ---- the links ---- */

/* A hint ends when the link is registered anew, and has been alive for a while. */
static void end_hint(struct mobile_node *node, struct link *link)
{
	const struct list_entry *entry = binding_of(node, link);
	nanos at = link_stays_at(link, entry ? entry->acknowledged : 0);
	if (node->now >= at)
		link_leave(link, false, node->now);
	else
		node->hints_end = nanos_min(node->hints_end, at);
}

static struct link_quality quality_of(const struct mobile_node *node, const struct link *link)
{
	return (struct link_quality){
		.bid = link->bid,
		.present = link->path.state != PATH_DOWN,
		.carries = path_usable(&link->path),
		.registered = binding_of(node, link) != NULL,
		.leaving = link->leaving,
		.metered = link->metered,
		.loss_percent = path_loss_percent(&link->path),
		.delay = link->path.rtt,
		.least = least_delay_get(&link->least),
		.rate = link->rate,
	};
}

bool node_link_is_overloaded(const struct mobile_node *node, const struct link *link)
{
	const struct link_quality quality = quality_of(node, link);
	return link_quality_is_overloaded(&quality);
}

static struct link_qualities qualities_of(const struct mobile_node *node)
{
	struct link_qualities ret = {.count = 0};
	const struct link *order[BINDINGS_MAX];
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		size_t place = ret.count++;
		for (; place > 0 && link_is_preferred(link, order[place - 1]); place--) {
			order[place] = order[place - 1];
			ret.at[place] = ret.at[place - 1];
		}
		order[place] = link;
		ret.at[place] = quality_of(node, link);
	}
	return ret;
}

/* ---- the rules ---- */

static uint16_t received_by(const struct policy_rule *rule, const struct link_qualities *links)
{
	for (uint8_t i = 0; i < rule->receive_count; i++) {
		const struct link_quality *link = link_qualities_find(links, rule->receive[i].bid);
		if (link && link->present && link->carries && link->registered && !link->leaving)
			return link->bid;
	}
	return 0;
}

void node_policy_choose(struct mobile_node *node)
{
	struct policy *policy = node->policy;
	node->hints_end = NANOS_NEVER;
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		least_delay_add(&link->least, link->path.rtt, node->now);
		if (link->leaving)
			end_hint(node, link);
	}
	if (!policy)
		return;
	const struct link_qualities links = qualities_of(node);
	policy->again = NANOS_NEVER;
	for (size_t i = 0; i < policy->count; i++) {
		struct policy_entry *entry = &policy->at[i];
		const struct rule_choice before = entry->choice;
		rule_choice_step(&entry->choice, &entry->rule, &links, node->now);
		entry->received_by = received_by(&entry->rule, &links);
		policy->changes += !rule_choice_same(&before, &entry->choice);
		policy->again = nanos_min(policy->again, entry->choice.again);
	}
	flow_report_plan(policy);
	/* RFC 6089 5.2.1: flow bindings refer to BIDs with BID-PRI only. */
	if (node->config.bid_priority)
		node->registration.flows = policy->report.wish;
	peer_policy_of(node->base->balances ? policy : NULL, NULL, &node->registration.policy);
}

void node_policy_tell(struct mobile_node *node, struct outbox *outbox)
{
	if (node->policy)
		policy_tell(node->policy, &node->tunnels, outbox);
	node->tunnels.removed_count = 0;
}

nanos node_policy_next_deadline(const struct mobile_node *node)
{
	if (node->policy && node->policy->outbox_was_full)
		return node->now;
	return node->policy ? nanos_min(node->hints_end, node->policy->again) : node->hints_end;
}

/* ---- the home agent ---- */

void node_policy_answered(struct mobile_node *node, const struct update *update, bool accepted,
	const struct message *message)
{
	if (accepted && update->kind != UPDATE_REMOVE)
		node->registration.shares_held = update->shares;
	if (!node->policy)
		return;
	for (size_t i = 0; accepted && update->kind == UPDATE_REGISTER && i < update->count; i++)
		flow_report_bound(node->policy, update->items[i].bid);
	if (update->kind == UPDATE_REGISTER || update->kind == UPDATE_REMOVE)
		flow_report_answered(node->policy, update->sequence, accepted, message);
	else if (accepted)
		flow_report_restart(node->policy);
}

void node_policy_restart(struct mobile_node *node)
{
	node->registration.shares_held.count = 0;
	if (node->policy)
		flow_report_restart(node->policy);
}
