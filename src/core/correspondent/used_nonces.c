/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 9.5.3. When there are more spent pairs than places, the pair that ends first is
 * remembered by its end alone, with all that end no later: the group of nonces that RFC 6275 5.2.8
 * allows to invalidate, but for this home address only.
 */
#include "used_nonces.h"

#include <assert.h>

static void drop(struct used_nonces *used, uint8_t place)
{
	used->at[place] = used->at[--used->count];
}

static bool find_unspent(const struct used_nonces *used, uint16_t bid, uint8_t *ret)
{
	for (uint8_t i = 0; i < used->count; i++) {
		if (used->at[i].spent || used->at[i].bid != bid)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static void drop_ended(struct used_nonces *used, nanos now)
{
	for (uint8_t i = used->count; i-- > 0;)
		if (used->at[i].spent && used->at[i].pair.until <= now)
			drop(used, i);
}

static uint8_t count_spent(const struct used_nonces *used)
{
	uint8_t count = 0;
	for (uint8_t i = 0; i < used->count; i++)
		count = (uint8_t)(count + used->at[i].spent);
	return count;
}

static void merge_first(struct used_nonces *used)
{
	uint8_t first = used->count;
	for (uint8_t i = 0; i < used->count; i++)
		if (used->at[i].spent &&
			(first == used->count ||
				used->at[i].pair.until < used->at[first].pair.until))
			first = i;
	used->spent_until = nanos_max(used->spent_until, used->at[first].pair.until);
	drop(used, first);
}

void used_nonces_put(
	struct used_nonces *used, uint16_t bid, const struct nonce_pair *pair, nanos now)
{
	uint8_t place;
	drop_ended(used, now);
	if (!find_unspent(used, bid, &place)) {
		assert(used->count < NONCES_USED_MAX);
		place = used->count++;
	}
	used->at[place].pair = *pair;
	used->at[place].bid = bid;
	used->at[place].spent = false;
}

const struct nonce_pair *used_nonces_of(const struct used_nonces *used, uint16_t bid)
{
	uint8_t place;
	return find_unspent(used, bid, &place) ? &used->at[place].pair : NULL;
}

void used_nonces_spend(struct used_nonces *used, uint16_t bid, nanos now)
{
	uint8_t place;
	if (!find_unspent(used, bid, &place))
		return;
	used->at[place].spent = true;
	drop_ended(used, now);
	if (count_spent(used) > NONCES_SPENT_MAX)
		merge_first(used);
}

void used_nonces_forget(struct used_nonces *used, uint16_t bid)
{
	uint8_t place;
	if (find_unspent(used, bid, &place))
		drop(used, place);
}

bool used_nonces_are_spent(const struct used_nonces *used, const struct nonce_pair *pair)
{
	if (pair->until <= used->spent_until)
		return true;
	for (uint8_t i = 0; i < used->count; i++) {
		const struct nonce_pair *spent = &used->at[i].pair;
		if (used->at[i].spent && spent->home == pair->home &&
			spent->care_of_index == pair->care_of_index &&
			IN6_ARE_ADDR_EQUAL(&spent->care_of, &pair->care_of))
			return true;
	}
	return false;
}
