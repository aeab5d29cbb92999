/* SPDX-License-Identifier: BSD-2-Clause */
#include "subject_tunnels.h"
#include "mapped_tunnel.h"

_Static_assert(ABI_TIER_NONE == TIER_NONE, "a rule's tiers are the core's");

int subject_index_of(const struct abi_subject *subject, uint32_t place)
{
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (subject->all[i] == place)
			return i;
	}
	return -1;
}

static int index_of_number(
	const struct abi_subject *subject, const struct abi_tunnel *tunnels, uint16_t number)
{
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		uint32_t place = subject->all[i];
		if (place != ABI_NO_TUNNEL && tunnels[place].number == number)
			return i;
	}
	return -1;
}

uint32_t subject_tunnel(
	const struct abi_subject *subject, const struct abi_tunnel *tunnels, uint16_t number)
{
	int index = index_of_number(subject, tunnels, number);

	return index < 0 ? ABI_NO_TUNNEL : subject->all[index];
}

bool subject_has_tunnels(const struct abi_subject *subject)
{
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		if (subject->all[i] != ABI_NO_TUNNEL)
			return true;
	}
	return false;
}

/* ---- rules ---- */

/* A tunnel in the order of a rule. */
struct ranked {
	uint32_t place;
	uint16_t number;
	uint8_t tier;
};

static bool before(const struct ranked *a, const struct ranked *b)
{
	return a->tier != b->tier ? a->tier < b->tier : a->number < b->number;
}

static uint32_t rank(const struct abi_subject *subject, const struct abi_rule *rule,
	const struct abi_tunnel *tunnels, struct ranked *ret)
{
	uint32_t count = 0;

	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		const uint32_t place = subject->all[i];
		if (place == ABI_NO_TUNNEL || mapped_tunnel_is_held(&tunnels[place]) ||
			rule->tier[i] == ABI_TIER_NONE)
			continue;
		const struct ranked its = {place, tunnels[place].number, rule->tier[i]};
		uint32_t at = count++;
		for (; at > 0 && before(&its, &ret[at - 1]); at--)
			ret[at] = ret[at - 1];
		ret[at] = its;
	}
	return count;
}

static void write_order(
	struct abi_rule *rule, const struct abi_subject *subject, const struct abi_tunnel *tunnels)
{
	struct ranked order[ABI_TUNNELS_PER_SUBJECT];
	uint32_t count = rank(subject, rule, tunnels, order);
	uint32_t equal = 0;

	while (equal < count && order[equal].tier == order[0].tier)
		equal++;
	if (equal > 1 && order[0].tier == PRIORITY_NONE)
		equal = 0;
	if (count < rule->usable)
		map_store_u32(&rule->usable, count);
	if (equal < rule->equal)
		map_store_u32(&rule->equal, equal);
	for (uint32_t i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++)
		map_store_u32(&rule->order[i], i < count ? order[i].place : ABI_NO_TUNNEL);
	map_store_u32(&rule->usable, count);
	map_store_u32(&rule->equal, equal);
}

void subject_rule_set(struct abi_subject *subject, const struct abi_tunnel *tunnels,
	const struct effect_traffic *effect)
{
	for (uint8_t i = 0; i < effect->count; i++) {
		int index = index_of_number(subject, tunnels, effect->set[i].tunnel);
		if (index >= 0)
			subject->rule.tier[index] = effect->set[i].tier;
	}
	subject_write_order(subject, tunnels);
}

void subject_rule_clear(struct abi_subject *subject, const struct abi_tunnel *tunnels)
{
	memset(subject->rule.tier, ABI_TIER_NONE, sizeof(subject->rule.tier));
	subject_write_order(subject, tunnels);
}

void subject_write_order(struct abi_subject *subject, const struct abi_tunnel *tunnels)
{
	write_order(&subject->rule, subject, tunnels);
}
