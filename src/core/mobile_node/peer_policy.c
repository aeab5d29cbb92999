/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer_policy.h"

#include "policy.h"

#include <string.h>

static bool is_about_all(const struct policy_rule *rule)
{
	return rule->selector.given == 0 && rule->interface == 0;
}

static bool names(const struct policy_rule *rule, const struct in6_addr *peer)
{
	const struct address_range *range = &rule->selector.addresses[FLOW_SOURCE];
	return peer && (rule->selector.given & FLOW_BIT(FLOW_SOURCE)) &&
	       memcmp(&range->first, peer, sizeof(*peer)) <= 0 &&
	       memcmp(peer, &range->last, sizeof(*peer)) <= 0;
}

bool policy_rule_shares_all(const struct policy_rule *rule)
{
	return rule->mode == POLICY_BALANCE && is_about_all(rule);
}

bool policy_rule_shares_peers(const struct policy_rule *rule)
{
	return rule->mode == POLICY_BALANCE && rule->interface == 0 &&
	       (rule->selector.given & ~FLOW_BIT(FLOW_SOURCE)) == 0;
}

/* The rule that all packets of the peer follow, if no other selects them. */
static bool is_whole(const struct policy_rule *rule, const struct in6_addr *peer)
{
	return is_about_all(rule) || (rule->interface == 0 && names(rule, peer) &&
					     rule->selector.given == FLOW_BIT(FLOW_SOURCE));
}

static void take_order(const struct policy_entry *entry, struct peer_policy *ret)
{
	for (size_t i = 0; i < entry->choice.count; i++)
		if (rule_choice_permits(&entry->rule, &entry->choice.at[i]))
			ret->order[ret->order_count++] = entry->choice.at[i].bid;
}

static struct link_share *share_of(struct peer_policy *policy, uint16_t bid)
{
	for (uint8_t i = 0; i < policy->shares_count; i++)
		if (policy->shares[i].bid == bid)
			return &policy->shares[i];
	if (policy->shares_count == BINDINGS_MAX)
		return NULL;
	struct link_share *share = &policy->shares[policy->shares_count++];
	*share = (struct link_share){.bid = bid};
	return share;
}

/* Those of the first tier share the flows. */
static bool is_in_use(const struct policy_entry *entry, size_t place)
{
	return flow_content_is_in_use(&entry->rule, &entry->choice.at[place]) &&
	       rule_choice_tier(&entry->choice, &entry->rule, place) ==
		       rule_choice_tier(&entry->choice, &entry->rule, 0);
}

static void take_shares(const struct policy_entry *entry, struct peer_policy *ret)
{
	const struct policy_rule *rule = &entry->rule;
	for (size_t i = 0; i < entry->choice.count; i++) {
		const struct choice_link *link = &entry->choice.at[i];
		struct link_share *share = is_in_use(entry, i) ? share_of(ret, link->bid) : NULL;
		if (!share)
			continue;
		share->sends = true;
		share->receives = rule->receive_count ? 0 : link->weight;
	}
	for (uint8_t i = 0; i < rule->receive_count; i++) {
		struct link_share *share = share_of(ret, rule->receive[i].bid);
		if (share)
			share->receives = rule->receive[i].weight;
	}
}

void peer_policy_of(
	const struct policy *policy, const struct in6_addr *peer, struct peer_policy *ret)
{
	bool ordered = false, whole = false;
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; policy && i < policy->count && !whole; i++) {
		const struct policy_entry *entry = &policy->at[i];
		const struct policy_rule *rule = &entry->rule;
		bool concerns = rule->interface == 0 && (is_about_all(rule) || names(rule, peer));
		whole = is_whole(rule, peer);
		if (concerns && policy_rule_sends(rule) && !ordered) {
			take_order(entry, ret);
			ordered = true;
		}
		if (whole && rule->mode == POLICY_BALANCE)
			take_shares(entry, ret);
	}
}

uint8_t peer_policy_place(const struct peer_policy *policy, uint16_t bid)
{
	for (uint8_t i = 0; i < policy->order_count; i++)
		if (policy->order[i] == bid)
			return i;
	return BINDINGS_MAX;
}
