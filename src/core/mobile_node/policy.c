/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PERCENT_MAX 100
#define ROOM_STEP 8

/* ---- rules ---- */

static bool are_valid(const struct policy_link *links, uint8_t count, bool weighted)
{
	if (count > BINDINGS_MAX)
		return false;
	for (uint8_t i = 0; i < count; i++) {
		if (links[i].bid == 0 || (weighted && links[i].weight == 0))
			return false;
		for (uint8_t j = 0; j < i; j++)
			if (links[j].bid == links[i].bid)
				return false;
	}
	return true;
}

static bool are_links_valid(const struct policy_rule *rule)
{
	return are_valid(rule->links, rule->links_count, rule->mode == POLICY_BALANCE) &&
	       are_valid(rule->receive, rule->receive_count, true) &&
	       (rule->receive_count == 0 || rule->mode == POLICY_BALANCE);
}

static bool is_valid(const struct policy_rule *rule)
{
	const struct traffic_selector *selector = &rule->selector;
	return rule->number != 0 && rule->preference != 0 && rule->mode < POLICY_MODES &&
	       rule->loss_max <= PERCENT_MAX && selector->format <= TRAFFIC_SELECTOR_IPV6 &&
	       selector->given < FLOW_BIT(FLOW_FIELDS) && traffic_selector_is_valid(selector) &&
	       are_links_valid(rule);
}

static struct policy_entry *find(struct policy *policy, uint16_t number)
{
	for (size_t i = 0; i < policy->count; i++)
		if (policy->at[i].rule.number == number)
			return &policy->at[i];
	return NULL;
}

static bool is_preference_free(const struct policy *policy, const struct policy_rule *rule)
{
	for (size_t i = 0; i < policy->count; i++)
		if (policy->at[i].rule.preference == rule->preference &&
			policy->at[i].rule.number != rule->number)
			return false;
	return true;
}

static void remove_entry(struct policy *policy, struct policy_entry *entry)
{
	size_t behind = (size_t)(policy->at + policy->count - (entry + 1));
	memmove(entry, entry + 1, behind * sizeof(*entry));
	policy->count--;
}

static void insert_entry(struct policy *policy, const struct policy_entry *entry)
{
	size_t place = policy->count++;
	for (; place > 0 && entry->rule.preference < policy->at[place - 1].rule.preference; place--)
		policy->at[place] = policy->at[place - 1];
	policy->at[place] = *entry;
}

static bool has_room(struct policy *policy)
{
	if (policy->count < policy->room)
		return true;
	size_t room = policy->room + ROOM_STEP;
	struct policy_entry *grown = realloc(policy->at, room * sizeof(*grown));
	if (!grown)
		return false;
	policy->at = grown;
	policy->room = room;
	return true;
}

void policy_fini(struct policy *policy)
{
	free(policy->at);
	*policy = (struct policy){.count = 0};
}

int policy_set(struct policy *policy, const struct policy_rule *rule, uint16_t sequence)
{
	if (!is_valid(rule) || !is_preference_free(policy, rule))
		return -EINVAL;
	struct policy_entry *present = find(policy, rule->number);
	if (!present && policy->count == RULES_MAX)
		return -ENOSPC;
	if (!present && !has_room(policy))
		return -ENOMEM;
	if (present && policy_rule_equal(&present->rule, rule))
		return 0;
	struct policy_entry entry = present ? *present : (struct policy_entry){.told = false};
	if (present)
		flow_report_changed(&policy->report, &entry.flow, &present->rule, rule, sequence);
	entry.rule = *rule;
	entry.told = false;
	if (present)
		remove_entry(policy, present);
	insert_entry(policy, &entry);
	policy->changes++;
	return 0;
}

int policy_remove(struct policy *policy, uint16_t number, uint16_t sequence, struct outbox *outbox)
{
	struct policy_entry *entry = find(policy, number);
	if (!entry)
		return -EINVAL;
	if (policy->subject != 0) {
		struct effect_traffic *traffic =
			&outbox_add(outbox, EFFECT_TRAFFIC_REMOVE)->traffic;
		traffic->subject = policy->subject;
		traffic->rule = number;
	}
	flow_report_changed(&policy->report, &entry->flow, &entry->rule, NULL, sequence);
	remove_entry(policy, entry);
	policy->changes++;
	return 0;
}

/* ---- telling ---- */

static uint8_t tunnels_of(const struct policy_entry *entry, const struct tunnels *tunnels,
	struct traffic_share ret[BINDINGS_MAX])
{
	uint8_t count = 0;
	if (!policy_rule_sends(&entry->rule))
		return 0;
	for (size_t i = 0; i < entry->choice.count; i++) {
		const struct choice_link *link = &entry->choice.at[i];
		const struct effect_tunnel *tunnel = tunnels_find(tunnels, link->bid);
		if (tunnel && rule_choice_permits(&entry->rule, link))
			ret[count++] = (struct traffic_share){tunnel->tunnel,
				rule_choice_tier(&entry->choice, &entry->rule, i), link->weight};
	}
	return count;
}

static bool same_set(
	const struct policy_entry *entry, const struct traffic_share *set, uint8_t count)
{
	bool same = entry->told && entry->told_count == count;
	for (uint8_t i = 0; i < count && same; i++)
		same = entry->told_set[i].tunnel == set[i].tunnel &&
		       entry->told_set[i].tier == set[i].tier &&
		       entry->told_set[i].weight == set[i].weight;
	return same;
}

static void tell(struct policy_entry *entry, uint32_t subject, const struct traffic_share *set,
	uint8_t count, struct outbox *outbox)
{
	const struct policy_rule *rule = &entry->rule;
	struct effect_traffic *traffic = &outbox_add(outbox, EFFECT_TRAFFIC_SET)->traffic;
	traffic->subject = subject;
	traffic->rule = rule->number;
	traffic->preference = rule->preference;
	traffic->mode = (uint8_t)rule_traffic_mode(rule);
	traffic->interface = rule->interface;
	traffic->selector = rule->selector;
	traffic->count = entry->told_count = count;
	memcpy(traffic->set, set, count * sizeof(*set));
	memcpy(entry->told_set, set, count * sizeof(*set));
	entry->told = true;
}

/* One of its tunnels was removed, and so has left the rule, even if it is there again. */
static bool has_lost(const struct policy_entry *entry, const struct tunnels *tunnels)
{
	if (tunnels->removed_count > BINDINGS_MAX)
		return true;
	for (size_t i = 0; i < tunnels->removed_count; i++)
		for (uint8_t j = 0; j < entry->told_count; j++)
			if (entry->told_set[j].tunnel == tunnels->removed[i])
				return true;
	return false;
}

void policy_tell(struct policy *policy, const struct tunnels *tunnels, struct outbox *outbox)
{
	bool anew = policy->subject != tunnels->subject;
	policy->subject = tunnels->subject;
	policy->outbox_was_full = false;
	for (size_t i = 0; i < policy->count; i++) {
		struct policy_entry *entry = &policy->at[i];
		struct traffic_share set[BINDINGS_MAX];
		uint8_t count = tunnels_of(entry, tunnels, set);
		entry->told = entry->told && !anew && !has_lost(entry, tunnels);
		if (same_set(entry, set, count) || policy->subject == 0)
			continue;
		if (outbox_room(outbox) == 0)
			policy->outbox_was_full = true;
		else
			tell(entry, policy->subject, set, count, outbox);
	}
}
