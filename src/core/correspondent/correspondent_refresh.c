/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 9.5.5, RFC 5648 6.4: a mobile node with which packets are exchanged is asked to refresh
 * the bindings that will soon expire. By itself it refreshes earlier; who has not done so is asked
 * when a quarter of the lifetime, or ten seconds if that is less, is left, and once more when half
 * of that is left.
 */
#include "correspondent_part.h"
#include "../base/own_packet.h"
#include "../home_agent/refresh_request.h"

#define REQUEST_OCTETS (8 + 8 * BINDINGS_MAX)

/* RFC 6275 9.1: in active use, if a packet went either way within a minute */
#define IN_USE (60 * NANOS_PER_SECOND)

nanos entry_refresh_next(const struct correspondent *correspondent, const struct cache_entry *entry)
{
	nanos next = NANOS_NEVER;
	if (!correspondent->config.refresh_request)
		return next;
	for (uint8_t i = 0; i < entry->bindings.count; i++)
		next = nanos_min(next, refresh_request_due(&entry->bindings.at[i]));
	return next;
}

static bool is_in_use(const struct cache_entry *entry, nanos now)
{
	return entry->used != 0 && now - entry->used < IN_USE;
}

/* RFC 6275 9.5.5: always to the home address, which the home agent forwards */
static void request_send(struct correspondent *correspondent, const struct cache_entry *entry,
	const struct message *message, struct outbox *outbox)
{
	uint8_t octets[REQUEST_OCTETS];
	struct message_layout layout;
	const struct packet_envelope envelope = {
		.source = entry->key.own,
		.destination = entry->key.home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	if (message_encode(
		    correspondent->base->dialect, message, octets, sizeof(octets), &layout) &&
		own_packet_send(correspondent->base, &envelope,
			(struct octets){octets, layout.length}, outbox))
		correspondent->base->counters.refresh_requests_sent++;
}

void entry_refresh(struct correspondent *correspondent, struct moment now,
	struct cache_entry *entry, struct outbox *outbox)
{
	if (entry_refresh_next(correspondent, entry) > now.mono)
		return;
	struct message message;
	refresh_request_collect(&entry->bindings, now.mono, &message);
	if (is_in_use(entry, now.mono))
		request_send(correspondent, entry, &message, outbox);
}

void entry_refresh_binding(struct correspondent *correspondent, const struct cache_entry *entry,
	const struct binding *binding, struct outbox *outbox)
{
	struct message message;
	if (!correspondent->config.refresh_request)
		return;
	message_init(&message, MH_refresh_request);
	if (binding->bid != 0)
		message.bid[message.bid_count++] = (struct opt_bid){.bid = binding->bid};
	request_send(correspondent, entry, &message, outbox);
}
