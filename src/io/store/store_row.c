/* SPDX-License-Identifier: BSD-2-Clause */
#include "store_row.h"

#include "store_hash.h"

#include <string.h>

#define FLAGS                                                                                      \
	(STORE_BINDING_VERIFIED | STORE_BINDING_HOME | STORE_BINDING_LINK_LAYER |                  \
		STORE_BINDING_SHARE)

static void put_binding(struct builder *to, const struct record_binding *binding)
{
	builder_u8(to, (uint8_t)((binding->verified ? STORE_BINDING_VERIFIED : 0) |
				 (binding->home ? STORE_BINDING_HOME : 0) |
				 (binding->has_link_layer ? STORE_BINDING_LINK_LAYER : 0) |
				 (binding->share << STORE_BINDING_SHARE_AT & STORE_BINDING_SHARE)));
	builder_u8(to, binding->priority);
	builder_u16(to, binding->bid);
	builder_u16(to, binding->lifetime);
	builder_u64(to, binding->expires);
	builder_address(to, &binding->care_of);
	builder_octets(to, binding->link_layer, sizeof(binding->link_layer));
}

void store_row_of(struct store_row *ret, const struct record *record, struct store_time now)
{
	struct builder to = builder_over(ret->bindings, sizeof(ret->bindings));

	ret->home_address = record->home_address;
	ret->home_agent = record->home_agent;
	ret->subject = record->subject;
	ret->sequence = record->sequence;
	ret->timestamp = record->timestamp;
	ret->at = now;
	for (uint8_t i = 0; i < record->count; i++)
		put_binding(&to, &record->bindings[i]);
	ret->length = builder_length(&to);
}

uint64_t store_row_checksum(const struct store_row *row)
{
	const uint64_t numbers[] = {row->subject, row->sequence, row->timestamp, row->at.mono,
		row->at.wall, row->at.boot};
	uint64_t hash = store_hash(STORE_HASH_BEGIN, &row->home_address, sizeof(row->home_address));

	hash = store_hash(hash, &row->home_agent, sizeof(row->home_agent));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		hash = store_hash_number(hash, numbers[i]);
	return store_hash(hash, row->bindings, row->length);
}

static bool take_binding(struct cursor *from, struct record_binding *ret)
{
	uint8_t flags = cursor_u8(from);

	*ret = (struct record_binding){
		.verified = (flags & STORE_BINDING_VERIFIED) != 0,
		.home = (flags & STORE_BINDING_HOME) != 0,
		.has_link_layer = (flags & STORE_BINDING_LINK_LAYER) != 0,
		.share = (flags >> STORE_BINDING_SHARE_AT) & 0xfu,
	};
	ret->priority = cursor_u8(from);
	ret->bid = cursor_u16(from);
	ret->tunnel = ret->bid; /* as the core numbers a new one (binding.h) */
	ret->lifetime = cursor_u16(from);
	ret->expires = cursor_u64(from);
	cursor_address(from, &ret->care_of);
	struct octets link_layer = cursor_octets(from, sizeof(ret->link_layer));
	if (!from->failed)
		memcpy(ret->link_layer, link_layer.at, sizeof(ret->link_layer));
	return !from->failed && (flags & ~FLAGS) == 0;
}

nanos store_expiry_today(nanos expires, struct store_time then, struct store_time now)
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

bool store_row_read(const struct store_row *row, struct store_time now, struct record *ret)
{
	struct record record = {
		.home_address = row->home_address,
		.home_agent = row->home_agent,
		.subject = row->subject,
		.sequence = row->sequence,
		.timestamp = row->timestamp,
	};

	if (row->length > sizeof(row->bindings))
		return false;
	struct cursor from = cursor_over(row->bindings, row->length);
	while (cursor_left(&from) > 0) {
		struct record_binding *binding = &record.bindings[record.count];
		if (!take_binding(&from, binding))
			return false;
		binding->expires = store_expiry_today(binding->expires, row->at, now);
		if (binding->expires != 0)
			record.count++;
	}
	*ret = record;
	return true;
}
