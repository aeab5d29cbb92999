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

/* ---- traffic ---- */

/* A tunnel in the order of its traffic. */
struct ranked {
	uint32_t place;
	uint16_t number;
	uint8_t tier;
	uint8_t weight;
};

static bool before(const struct ranked *a, const struct ranked *b)
{
	return a->tier != b->tier ? a->tier < b->tier : a->number < b->number;
}

static uint32_t rank(const struct abi_subject *subject, const struct abi_traffic *traffic,
	const struct abi_tunnel *tunnels, struct ranked *ret)
{
	uint32_t count = 0;

	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		const uint32_t place = subject->all[i];
		if (place == ABI_NO_TUNNEL || mapped_tunnel_is_held(&tunnels[place]) ||
			traffic->tier[i] == ABI_TIER_NONE)
			continue;
		const struct ranked its = {
			place, tunnels[place].number, traffic->tier[i], traffic->weight[i]};
		uint32_t at = count++;
		for (; at > 0 && before(&its, &ret[at - 1]); at--)
			ret[at] = ret[at - 1];
		ret[at] = its;
	}
	return count;
}

/* Without weights the programs compute less. */
static bool is_weighted(const struct ranked *order, uint32_t equal)
{
	for (uint32_t i = 1; i < equal; i++)
		if (order[i].weight != order[0].weight)
			return true;
	return false;
}

void traffic_write_order(struct abi_traffic *traffic, const struct abi_subject *subject,
	const struct abi_tunnel *tunnels)
{
	struct ranked order[ABI_TUNNELS_PER_SUBJECT];
	uint32_t count =
		traffic->mode == ABI_TRAFFIC_SHARED ? 0 : rank(subject, traffic, tunnels, order);
	uint32_t equal = 0;

	while (equal < count && order[equal].tier == order[0].tier)
		equal++;
	if (equal > 1 && order[0].tier == PRIORITY_NONE)
		equal = 0;
	const bool weighted = is_weighted(order, equal);
	if (count < traffic->usable)
		map_store_u32(&traffic->usable, count);
	if (equal < traffic->equal)
		map_store_u32(&traffic->equal, equal);
	for (uint32_t i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		map_store_u32(&traffic->order[i], i < count ? order[i].place : ABI_NO_TUNNEL);
		map_store_u8(&traffic->weights[i], weighted && i < equal ? order[i].weight : 0);
	}
	map_store_u32(&traffic->usable, count);
	map_store_u32(&traffic->equal, equal);
}

void traffic_set_mode(struct abi_traffic *traffic, uint8_t mode)
{
	static const uint8_t modes[] = {
		[TRAFFIC_FIRST] = ABI_TRAFFIC_TUNNELS,
		[TRAFFIC_DISCARD] = ABI_TRAFFIC_DISCARD,
		[TRAFFIC_REJECT] = ABI_TRAFFIC_REJECT,
		[TRAFFIC_AGGREGATE] = ABI_TRAFFIC_SHARED,
		[TRAFFIC_DUPLICATE] = ABI_TRAFFIC_SHARED,
	};

	map_store_u8(&traffic->mode, modes[mode]);
}

void traffic_set_shares(struct abi_traffic *traffic, const struct abi_subject *subject,
	const struct abi_tunnel *tunnels, const struct effect_traffic *effect)
{
	if (effect->rule != TRAFFIC_DEFAULT)
		memset(traffic->tier, ABI_TIER_NONE, sizeof(traffic->tier));
	for (uint8_t i = 0; i < effect->count; i++) {
		int index = index_of_number(subject, tunnels, effect->set[i].tunnel);
		if (index < 0)
			continue;
		traffic->tier[index] = effect->set[i].tier;
		traffic->weight[index] = effect->set[i].weight;
	}
	traffic_set_mode(traffic, effect->mode);
	traffic_write_order(traffic, subject, tunnels);
}

void traffic_clear(struct abi_traffic *traffic)
{
	map_store_u32(&traffic->usable, 0);
	map_store_u32(&traffic->equal, 0);
	map_store_u8(&traffic->mode, ABI_TRAFFIC_TUNNELS);
	memset(traffic->order, 0xff, sizeof(traffic->order));
	memset(traffic->weights, 0, sizeof(traffic->weights));
	memset(traffic->tier, ABI_TIER_NONE, sizeof(traffic->tier));
	memset(traffic->weight, 0, sizeof(traffic->weight));
}
