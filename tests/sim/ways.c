/* SPDX-License-Identifier: BSD-2-Clause */
#include "ways.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void ways_fini(struct ways *ways)
{
	free(ways->at);
	*ways = (struct ways){0};
}

struct way *ways_find(
	const struct ways *ways, const struct in6_addr *home_address, const struct in6_addr *peer)
{
	for (uint32_t i = 0; i < ways->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&ways->at[i].home_address, home_address) &&
			IN6_ARE_ADDR_EQUAL(&ways->at[i].peer, peer))
			return &ways->at[i];
	return NULL;
}

static struct way *add(struct ways *ways, const struct effect_subject *about)
{
	if (ways->count == ways->room) {
		ways->room = ways->room ? 2 * ways->room : 4;
		ways->at = realloc(ways->at, ways->room * sizeof(*ways->at));
		assert(ways->at);
	}
	struct way *way = &ways->at[ways->count++];
	memset(way, 0, sizeof(*way));
	way->home_address = about->home_address;
	way->peer = about->peer;
	return way;
}

static struct way_tunnel *tunnel_of(struct way *way, uint16_t bid)
{
	for (uint8_t i = 0; i < way->count; i++)
		if (way->at[i].tunnel.bid == bid)
			return &way->at[i];
	return NULL;
}

void ways_set(
	struct ways *ways, const struct effect_subject *about, const struct effect_tunnel *tunnel)
{
	struct way *way = ways_find(ways, &about->home_address, &about->peer);
	if (!way)
		way = add(ways, about);
	struct way_tunnel *place = tunnel_of(way, tunnel->bid);
	if (!place) {
		assert(way->count < WAY_TUNNELS_MAX);
		place = &way->at[way->count++];
		*place = (struct way_tunnel){.tier = TIER_NONE};
	}
	place->tunnel = *tunnel;
}

void ways_rank(
	struct ways *ways, const struct effect_subject *about, const struct effect_traffic *traffic)
{
	struct way *way = ways_find(ways, &about->home_address, &about->peer);
	bool ranks = way && traffic->rule == TRAFFIC_DEFAULT;
	for (uint8_t i = 0; ranks && i < traffic->count; i++)
		for (uint8_t j = 0; j < way->count; j++)
			if (way->at[j].tunnel.tunnel == traffic->set[i].tunnel)
				way->at[j].tier = traffic->set[i].tier;
}

static void drop_if_empty(struct ways *ways, struct way *way)
{
	if (way->count == 0)
		*way = ways->at[--ways->count];
}

void ways_remove(struct ways *ways, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint16_t bid)
{
	struct way *way = ways_find(ways, home_address, peer);
	struct way_tunnel *place = way ? tunnel_of(way, bid) : NULL;
	if (!place)
		return;
	*place = way->at[--way->count];
	drop_if_empty(ways, way);
}

void ways_remove_kind(struct ways *ways, enum encapsulation kind)
{
	for (uint32_t i = ways->count; i-- > 0;) {
		struct way *way = &ways->at[i];
		for (uint8_t j = way->count; j-- > 0;)
			if (way->at[j].tunnel.encapsulation == kind)
				way->at[j] = way->at[--way->count];
		drop_if_empty(ways, way);
	}
}

/* What is said of a peer is kept as long as there is a tunnel to it. */
void ways_remember(struct ways *ways, const struct record *record)
{
	struct way *way = ways_find(ways, &record->home_address, &record->peer);
	if (!way)
		return;
	way->memory = *record;
	way->remembers = true;
}

static bool may_send(const struct way_tunnel *place, nanos now)
{
	return place->tunnel.usable && place->tunnel.expires > now && place->tier != TIER_NONE;
}

static uint8_t best_tier(const struct way *way, nanos now)
{
	uint8_t best = TIER_NONE;
	for (uint8_t i = 0; i < way->count; i++)
		if (may_send(&way->at[i], now) && way->at[i].tier < best)
			best = way->at[i].tier;
	return best;
}

/* Without any preference, the one last heard of (RFC 5648 3). */
static bool better(const struct way_tunnel *a, const struct way_tunnel *b)
{
	if (a->tier == PRIORITY_NONE && a->received != b->received)
		return a->received > b->received;
	return a->tunnel.bid < b->tunnel.bid;
}

struct way_tunnel *way_choose(struct way *way, nanos now)
{
	uint8_t tier = best_tier(way, now);
	struct way_tunnel *best = NULL;
	for (uint8_t i = 0; i < way->count; i++) {
		struct way_tunnel *place = &way->at[i];
		if (!may_send(place, now) || place->tier != tier)
			continue;
		if (way->keeps && way->kept == place->tunnel.bid)
			return place;
		if (!best || better(place, best))
			best = place;
	}
	way->keeps = best != NULL;
	way->kept = best ? best->tunnel.bid : 0;
	return best;
}

struct way_tunnel *way_between(
	struct way *way, const struct in6_addr *local, const struct in6_addr *remote, nanos now)
{
	for (uint8_t i = 0; i < way->count; i++) {
		struct way_tunnel *place = &way->at[i];
		if (place->tunnel.expires > now &&
			IN6_ARE_ADDR_EQUAL(&place->tunnel.local.address, local) &&
			IN6_ARE_ADDR_EQUAL(&place->tunnel.remote.address, remote))
			return place;
	}
	return NULL;
}
