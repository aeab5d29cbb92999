/* SPDX-License-Identifier: BSD-2-Clause */
#include "refresh_request.h"
#include "binding_role.h"

#define AHEAD_MAX (10 * NANOS_PER_SECOND)
#define REQUEST_OCTETS (8 + 8 * BINDINGS_MAX)

/* RFC 6275 11.7.1: an infinite binding need not be refreshed. */
static nanos due_at(const struct binding *binding)
{
	if (binding->expires == NANOS_NEVER || binding->requests >= REFRESH_REQUESTS_MAX)
		return NANOS_NEVER;
	nanos ahead = binding->lifetime * (LIFETIME_UNIT * NANOS_PER_SECOND / 4);
	return binding->expires - (nanos_min(ahead, AHEAD_MAX) >> binding->requests);
}

nanos refresh_request_next(const struct binding_cache *cache, const struct binding_entry *entry)
{
	nanos next = NANOS_NEVER;
	for (uint8_t i = 0; cache->refresh_request && i < entry->bindings.count; i++)
		next = nanos_min(next, due_at(&entry->bindings.at[i]));
	return next;
}

/* RFC 5648 6.4, 4.3: BIDs without care-of addresses; a binding without BID has no option. */
static void name_bid(struct message *message, const struct binding *binding)
{
	if (binding->bid != 0)
		message->bid[message->bid_count++] = (struct opt_bid){.bid = binding->bid};
}

static void request_send(struct binding_cache *cache, const struct binding_entry *entry,
	const struct message *message, struct outbox *outbox)
{
	uint8_t octets[REQUEST_OCTETS];
	struct message_layout layout;
	if (!message_encode(cache->base->dialect, message, octets, sizeof(octets), &layout))
		return;
	const struct octets payload = {octets, layout.length};
	if (cache->role->send_request(cache->self, entry, payload, outbox))
		cache->base->counters.refresh_requests_sent++;
}

void refresh_request_deadline(
	struct binding_cache *cache, nanos now, struct binding_entry *entry, struct outbox *outbox)
{
	struct message message;
	if (refresh_request_next(cache, entry) > now)
		return;
	message_init(&message, MH_refresh_request);
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		struct binding *binding = &entry->bindings.at[i];
		if (due_at(binding) > now)
			continue;
		while (due_at(binding) <= now)
			binding->requests++;
		name_bid(&message, binding);
	}
	if (!cache->role->is_in_use || cache->role->is_in_use(entry, now))
		request_send(cache, entry, &message, outbox);
}

void refresh_request_send_one(struct binding_cache *cache, const struct binding_entry *entry,
	const struct binding *binding, struct outbox *outbox)
{
	struct message message;
	if (!cache->refresh_request)
		return;
	message_init(&message, MH_refresh_request);
	name_bid(&message, binding);
	request_send(cache, entry, &message, outbox);
}
