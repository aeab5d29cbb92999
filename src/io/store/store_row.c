/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_row.h"

#include <string.h>

#define USABLE 0x01
#define FRAMED 0x02
#define HOME_LINK 0x04
#define LOCAL 0x08 /* the local address follows; else it is that of the binding before */
#define LINK 0x10  /* ifindex and link-layer address follow; else they are zero */
#define FLAGS (USABLE | FRAMED | HOME_LINK | LOCAL | LINK)

#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t store_hash(uint64_t hash, const void *octets, size_t length)
{
	const uint8_t *at = octets;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

/* ---- to octets ---- */

static void add(struct store_row *row, const void *octets, size_t length)
{
	memcpy(row->bindings + row->length, octets, length);
	row->length += length;
}

static void add_number(struct store_row *row, uint64_t value, size_t octets)
{
	for (size_t i = octets; i-- > 0;)
		row->bindings[row->length++] = (uint8_t)(value >> (8 * i));
}

static bool has_link(const struct effect_tunnel *tunnel)
{
	static const uint8_t none[LINK_LAYER_OCTETS];

	return tunnel->local.ifindex != 0 ||
	       memcmp(tunnel->remote.link_layer, none, sizeof(none)) != 0;
}

static void add_binding(
	struct store_row *row, const struct effect_tunnel *tunnel, const struct in6_addr *local)
{
	bool other_local = !IN6_ARE_ADDR_EQUAL(&tunnel->local.address, local);
	bool link = has_link(tunnel);

	add_number(row,
		(tunnel->usable ? USABLE : 0u) | (tunnel->remote.framed ? FRAMED : 0u) |
			(tunnel->encapsulation == ENCAP_HOME_LINK ? HOME_LINK : 0u) |
			(other_local ? LOCAL : 0u) | (link ? LINK : 0u),
		1);
	add_number(row, tunnel->priority, 1);
	add_number(row, tunnel->bid, 2);
	add_number(row, tunnel->expires, 8);
	add(row, &tunnel->remote.address, sizeof(tunnel->remote.address));
	if (other_local)
		add(row, &tunnel->local.address, sizeof(tunnel->local.address));
	if (link) {
		add_number(row, tunnel->local.ifindex, 4);
		add(row, tunnel->remote.link_layer, sizeof(tunnel->remote.link_layer));
	}
}

void store_row_of(struct store_row *ret, const struct host_rollback *kept, struct store_time now)
{
	static const struct in6_addr none = IN6ADDR_ANY_INIT;
	const struct in6_addr *local = &none;

	ret->home_address = kept->node.home_address;
	ret->sequence = kept->node.sequence;
	ret->replay_accepted = kept->node.replay_accepted;
	ret->at = now;
	ret->length = 0;
	for (uint8_t i = 0; i < kept->count; i++) {
		add_binding(ret, &kept->tunnels[i], local);
		local = &kept->tunnels[i].local.address;
	}
}

uint64_t store_row_checksum(const struct store_row *row)
{
	const uint64_t numbers[] = {
		row->sequence, row->replay_accepted, row->at.mono, row->at.wall, row->at.boot};
	uint64_t hash =
		store_hash(STORE_HASH_BEGIN, row->home_address.s6_addr, sizeof(row->home_address));

	/* As numbers, so that the order of octets in memory does not matter. */
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		hash = (hash ^ numbers[i]) * FNV_PRIME;
	return store_hash(hash, row->bindings, row->length);
}

/* ---- from octets ---- */

struct rest {
	const uint8_t *at;
	size_t length;
	bool short_of;
};

static void take(struct rest *rest, void *to, size_t length)
{
	if (rest->length < length) {
		rest->short_of = true;
		memset(to, 0, length);
		return;
	}
	memcpy(to, rest->at, length);
	rest->at += length;
	rest->length -= length;
}

static uint64_t take_number(struct rest *rest, size_t length)
{
	uint8_t octets[8];
	uint64_t value = 0;

	take(rest, octets, length);
	for (size_t i = 0; i < length; i++)
		value = value << 8 | octets[i];
	return value;
}

static bool take_binding(struct rest *rest, const struct in6_addr *home_address,
	struct in6_addr *local, struct effect_tunnel *ret)
{
	uint64_t flags = take_number(rest, 1);

	*ret = (struct effect_tunnel){
		.home_address = *home_address,
		.usable = (flags & USABLE) != 0,
		.remote.framed = (flags & FRAMED) != 0,
		.encapsulation = flags & HOME_LINK ? ENCAP_HOME_LINK : ENCAP_IPV6,
	};
	ret->priority = (uint8_t)take_number(rest, 1);
	ret->bid = (uint16_t)take_number(rest, 2);
	ret->expires = take_number(rest, 8);
	take(rest, &ret->remote.address, sizeof(ret->remote.address));
	if (flags & LOCAL)
		take(rest, local, sizeof(*local));
	ret->local.address = *local;
	if (flags & LINK) {
		ret->local.ifindex = (uint32_t)take_number(rest, 4);
		take(rest, ret->remote.link_layer, sizeof(ret->remote.link_layer));
	}
	return !rest->short_of && (flags & ~(uint64_t)FLAGS) == 0;
}

/*
 * The end of a lifetime as CLOCK_BOOTTIME of today; 0 if it has passed. In the boot that it was
 * put in, the clock is the same. In another, the wall clock says how long ago that was; one that
 * was set back since would make the lifetime longer, so it is never more than it was then.
 */
static nanos expiry_today(nanos expires, struct store_time then, struct store_time now)
{
	if (expires == NANOS_NEVER)
		return NANOS_NEVER;
	if (then.boot == now.boot && then.mono <= now.mono)
		return expires > now.mono ? expires : 0;
	nanos left = expires > then.mono ? expires - then.mono : 0;
	uint64_t passed = now.wall > then.wall ? now.wall - then.wall : 0;
	if (left <= passed)
		return 0;
	/* The sum must not wrap around. */
	return left - passed < NANOS_NEVER - now.mono ? now.mono + (left - passed) : NANOS_NEVER;
}

bool store_row_read(const struct store_row *row, struct store_time now, struct host_rollback *ret)
{
	struct rest rest = {row->bindings, row->length, false};
	struct in6_addr local = IN6ADDR_ANY_INIT;
	struct host_rollback kept = {.node = {
					     .home_address = row->home_address,
					     .sequence = row->sequence,
					     .replay_accepted = row->replay_accepted,
				     }};

	while (rest.length > 0) {
		if (kept.count == BINDINGS_MAX)
			return false;
		struct effect_tunnel *tunnel = &kept.tunnels[kept.count];
		if (!take_binding(&rest, &row->home_address, &local, tunnel))
			return false;
		tunnel->expires = expiry_today(tunnel->expires, row->at, now);
		if (tunnel->expires != 0)
			kept.count++;
	}
	*ret = kept;
	return true;
}
