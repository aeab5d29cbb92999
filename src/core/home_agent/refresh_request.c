/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When bindings are asked for, and the message.
 */
#include "refresh_request.h"
#include "home_link/home_binding.h"

#define AHEAD_MAX (10 * NANOS_PER_SECOND)
#define REQUEST_OCTETS (8 + 8 * BINDINGS_MAX)

/* RFC 6275 11.7.1: an infinite one need not be refreshed */
nanos refresh_request_due(const struct binding *binding)
{
	if (binding->expires == NANOS_NEVER || binding->requests >= REFRESH_REQUESTS_MAX)
		return NANOS_NEVER;
	nanos ahead = binding->lifetime * (LIFETIME_UNIT * NANOS_PER_SECOND / 4);
	if (ahead > AHEAD_MAX)
		ahead = AHEAD_MAX;
	return binding->expires - (ahead >> binding->requests);
}

nanos refresh_request_next(const struct home_agent *agent, const struct node *node)
{
	nanos next = NANOS_NEVER;
	if (!agent->config.refresh_request)
		return next;
	for (uint8_t i = 0; i < node->bindings.count; i++)
		next = nanos_min(next, refresh_request_due(&node->bindings.at[i]));
	return next;
}

/* RFC 5648 6.4, 4.3: the BIDs without care-of addresses; a binding without BID has no option */
void refresh_request_collect(struct bindings *bindings, nanos now, struct message *message)
{
	message_init(message, MH_refresh_request);
	for (uint8_t i = 0; i < bindings->count; i++) {
		struct binding *binding = &bindings->at[i];
		if (refresh_request_due(binding) > now)
			continue;
		while (refresh_request_due(binding) <= now)
			binding->requests++;
		if (binding->bid != 0)
			message->bid[message->bid_count++] = (struct opt_bid){.bid = binding->bid};
	}
}

/* RFC 6275 9.5.5: to the home address, by the binding; at home, without its help */
static void send_to(struct home_agent *agent, const struct node *node,
	const struct binding *binding, const struct message *message, struct outbox *outbox)
{
	bool home = binding->home;
	uint8_t octets[REQUEST_OCTETS];
	struct message_layout layout;
	if (!message_encode(agent->base->dialect, message, octets, sizeof(octets), &layout))
		return;
	const struct packet_envelope envelope = {
		.source = agent->config.address,
		.destination = binding->care_of,
		.routing_address = home ? NULL : &node->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length = (uint16_t)packet_build(&envelope, (struct octets){octets, layout.length},
		send->octets, sizeof(send->octets));
	if (home)
		home_binding_address(agent, node, send);
	agent->base->counters.refresh_requests_sent++;
}

void refresh_request_deadline(
	struct home_agent *agent, struct moment now, struct node *node, struct outbox *outbox)
{
	if (refresh_request_next(agent, node) > now.mono)
		return;
	struct message message;
	refresh_request_collect(&node->bindings, now.mono, &message);
	const struct binding *best = bindings_best(&node->bindings, home_link_usable(agent));
	if (best)
		send_to(agent, node, best, &message, outbox);
}
