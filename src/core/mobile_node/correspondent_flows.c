/* SPDX-License-Identifier: BSD-2-Clause */
#include "correspondent_flows.h"

#include "../base/keyed_hash.h"
#include "policy.h"

#include <string.h>

/* As it goes into a digest: zeros between the members. */
struct told_flow {
	uint16_t fid;
	uint16_t priority;
	uint16_t bid;
	struct traffic_selector selector;
};

static bool is_bound(const struct bound_links *bound, uint16_t bid)
{
	for (size_t i = 0; i < bound->count; i++)
		if (bound->bids[i] == bid)
			return true;
	return false;
}

/* 0: the correspondent is not told of the rule. */
static uint16_t bid_of(const struct policy *policy, const struct policy_entry *entry,
	const struct bound_links *bound)
{
	if (!flow_report_can_tell(&policy->report, &entry->rule) ||
		(policy->report.shares_are_options && policy_rule_shares_peers(&entry->rule)))
		return 0;
	for (size_t i = 0; i < entry->choice.count; i++) {
		const struct choice_link *link = &entry->choice.at[i];
		if (flow_content_is_in_use(&entry->rule, link) && is_bound(bound, link->bid))
			return link->bid;
	}
	return 0;
}

/* Each digest has the one before it as its key. */
static uint64_t add_flow(uint64_t digest, const struct policy_rule *rule, uint16_t bid)
{
	const struct hash_key key = {{digest, 0}};
	struct told_flow flow;
	memset(&flow, 0, sizeof(flow));
	flow.fid = rule->number;
	flow.priority = rule->preference;
	flow.bid = bid;
	memcpy(&flow.selector, &rule->selector, sizeof(flow.selector));
	return keyed_hash(&key, &flow, sizeof(flow)) | 1;
}

uint64_t correspondent_flows_digest(const struct policy *policy, const struct bound_links *bound)
{
	uint64_t digest = 0;
	for (size_t i = 0; policy && i < policy->count; i++) {
		const uint16_t bid = bid_of(policy, &policy->at[i], bound);
		if (bid != 0)
			digest = add_flow(digest, &policy->at[i].rule, bid);
	}
	return digest;
}

void correspondent_flows_write(
	const struct policy *policy, const struct bound_links *bound, struct message *message)
{
	size_t octets = 0;
	for (size_t i = 0; policy && i < policy->count; i++) {
		const struct policy_rule *rule = &policy->at[i].rule;
		const uint16_t bid = bid_of(policy, &policy->at[i], bound);
		if (bid == 0)
			continue;
		struct opt_flow *option = &message->flow[message->flow_count];
		flow_content_write(rule, rule->preference, &bid, 1, option);
		octets += flow_content_octets(option);
		if (octets > flow_report_octets_max(&policy->report))
			return;
		message->flow_count++;
	}
}
