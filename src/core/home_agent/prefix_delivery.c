/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefix_delivery.h"
#include "home_agent.h"
#include "home_link/home_binding.h"

#include <stdlib.h>

#define ADVERTISEMENT_OCTETS (8 + 32 * HOME_PREFIXES_MAX)

/* RFC 6275 12: PREFIX_ADV_TIMEOUT, PREFIX_ADV_RETRIES */
#define TIMEOUT (3 * NANOS_PER_SECOND)
#define ATTEMPTS 3

/* Exists from the first time that there is something to deliver. */
struct prefix_delivery {
	nanos sent;      /* the last one of any kind; 0: none */
	nanos next;      /* unsolicited; NANOS_NEVER: none is due */
	unsigned tries;  /* of the unsolicited one */
	bool unanswered; /* it was sent, and no solicitation has come since */
	bool asked;      /* what is due at `next` is the answer to a solicitation: */
	uint16_t identifier;
	struct in6_addr care_of;
};

static struct prefix_delivery *delivery_of(struct node *node)
{
	if (!node->delivery) {
		node->delivery = calloc(1, sizeof(*node->delivery));
		if (node->delivery)
			node->delivery->next = NANOS_NEVER;
	}
	return node->delivery;
}

/* ---- the advertisement ---- */

/* Whole seconds that are left; all ones: for ever. */
static uint32_t seconds_until(nanos until, nanos now)
{
	if (until == NANOS_NEVER)
		return SECONDS_INFINITE;
	nanos left = until > now ? (until - now) / NANOS_PER_SECOND : 0;
	return left < SECONDS_INFINITE ? (uint32_t)left : SECONDS_INFINITE - 1;
}

/* RFC 6275 7.2: with R, the prefix of our own address is that address */
static struct icmpv6_prefix option_of(
	const struct home_agent *agent, const struct host_prefix *prefix, nanos now)
{
	const struct in6_addr *address = &agent->config.address;
	bool ours = address_in_prefix(address, &prefix->prefix, prefix->length);
	return (struct icmpv6_prefix){
		.prefix = ours ? *address : prefix->prefix,
		.length = prefix->length,
		.on_link = prefix->on_link,
		.autonomous = prefix->autonomous,
		.router = ours,
		.valid = seconds_until(prefix->valid_until, now),
		.preferred = seconds_until(prefix->preferred_until, now),
	};
}

/* RFC 6275 10.6.3: all prefixes, to `care_of`, for the home address */
static void advertise(struct home_agent *agent, struct moment now, const struct node *node,
	const struct in6_addr *care_of, uint16_t identifier, struct outbox *outbox)
{
	const struct home_prefixes *prefixes = &agent->prefixes;
	struct icmpv6 message = {.type = ICMPV6_PREFIX_ADVERTISEMENT, .identifier = identifier};
	for (uint8_t i = 0; i < prefixes->count; i++)
		message.prefixes[message.prefixes_count++] =
			option_of(agent, &prefixes->at[i], now.mono);
	uint8_t octets[ADVERTISEMENT_OCTETS];
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));
	const bool at_home = IN6_ARE_ADDR_EQUAL(care_of, &node->home_address);
	const struct packet_envelope envelope = {
		.source = agent->config.address,
		.destination = *care_of,
		.routing_address = at_home ? NULL : &node->home_address,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length = (uint16_t)packet_build(
		&envelope, (struct octets){octets, length}, send->octets, sizeof(send->octets));
	if (at_home)
		home_binding_address(agent, node, send);
	node->delivery->sent = now.mono;
}

/* RFC 6275 6.8: not more than one a second to a mobile node */
static bool too_soon(const struct prefix_delivery *delivery, nanos now)
{
	return delivery->sent != 0 && now - delivery->sent < NANOS_PER_SECOND;
}

void prefix_delivery_solicited(struct home_agent *agent, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	struct node *node = packet->has_home_address && agent->config.prefix_advertisement
				    ? binding_cache_find(&agent->cache, &packet->home_address)
				    : NULL;
	if (!node) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return;
	}
	struct prefix_delivery *delivery = delivery_of(node);
	if (!delivery) {
		base_drop(agent->base, DROP_NO_MEMORY);
		return;
	}
	/* RFC 6275 10.6.2: it acknowledges what was sent unasked, and is answered right away; not
	 * within the second (6.8), but then: who repeats as we do would else always come too soon
	 */
	delivery->unanswered = false;
	delivery->tries = 0;
	delivery->asked = true;
	delivery->identifier = received->message->identifier;
	delivery->care_of = packet->source;
	delivery->next =
		too_soon(delivery, now.mono) ? delivery->sent + NANOS_PER_SECOND : now.mono;
	prefix_delivery_deadline(agent, now, node, outbox);
	node_schedule(agent, node);
}

/* One that is not bound any more gets none. */
static void answer(
	struct home_agent *agent, struct moment now, const struct node *node, struct outbox *outbox)
{
	struct prefix_delivery *delivery = node->delivery;
	delivery->asked = false;
	delivery->next = NANOS_NEVER;
	if (bindings_at(&node->bindings, &delivery->care_of))
		advertise(agent, now, node, &delivery->care_of, delivery->identifier, outbox);
}

/* ---- unsolicited ---- */

static nanos interval(uint32_t seconds, uint32_t otherwise)
{
	return (seconds ? seconds : otherwise) * NANOS_PER_SECOND;
}

/* RFC 6275 10.6.2: RAND_ADV_DELAY */
static nanos random_delay(struct home_agent *agent, const struct node *node, nanos now)
{
	const struct home_agent_config *config = &agent->config;
	const struct host_prefix *prefix = home_prefixes_of(&agent->prefixes, &node->home_address);
	nanos least = interval(config->advertisement_min_s, PREFIX_DELIVERY_MIN_S);
	nanos most = interval(config->advertisement_max_s, PREFIX_DELIVERY_MAX_S);
	if (prefix && prefix->preferred_until != NANOS_NEVER) {
		nanos preferred = prefix->preferred_until > now ? prefix->preferred_until - now : 0;
		most = preferred < most ? preferred : most;
	}
	nanos range = most > least ? most - least : least - most;
	uint32_t random;
	agent->base->port.random(agent->base->port.ctx, &random, sizeof(random));
	return range ? least + random * (NANOS_PER_SECOND / 1000) % range : least;
}

void prefix_delivery_changed(struct home_agent *agent, struct moment now)
{
	if (!agent->config.prefix_advertisement)
		return;
	for (struct node *node = agent->cache.nodes; node; node = node->hh.next) {
		struct prefix_delivery *delivery =
			node->bindings.count > 0 ? delivery_of(node) : NULL;
		/* What waits already will tell of this as well. */
		if (!delivery || delivery->next != NANOS_NEVER)
			continue;
		delivery->next = now.mono + random_delay(agent, node, now.mono);
		delivery->tries = 0;
		node_schedule(agent, node);
	}
}

nanos prefix_delivery_next(const struct node *node)
{
	return node->delivery ? node->delivery->next : NANOS_NEVER;
}

static const struct binding *abroad(const struct node *node)
{
	const struct binding *best = bindings_best(&node->bindings, true);
	return best && !best->home ? best : NULL;
}

void prefix_delivery_deadline(
	struct home_agent *agent, struct moment now, struct node *node, struct outbox *outbox)
{
	struct prefix_delivery *delivery = node->delivery;
	if (!delivery || delivery->next > now.mono)
		return;
	if (delivery->asked) {
		answer(agent, now, node, outbox);
		return;
	}
	const struct binding *binding = abroad(node);
	if (!binding) {
		delivery->next = NANOS_NEVER; /* who is at home hears the routers there */
		return;
	}
	if (too_soon(delivery, now.mono)) {
		delivery->next = delivery->sent + NANOS_PER_SECOND;
		return;
	}
	uint16_t identifier;
	agent->base->port.random(agent->base->port.ctx, &identifier, sizeof(identifier));
	advertise(agent, now, node, &binding->care_of, identifier, outbox);
	delivery->unanswered = true;
	delivery->tries++;
	delivery->next = delivery->tries <= ATTEMPTS ? now.mono + (TIMEOUT << (delivery->tries - 1))
						     : NANOS_NEVER;
}

void prefix_delivery_registered(struct home_agent *agent, struct moment now, struct node *node)
{
	struct prefix_delivery *delivery = node->delivery;
	if (!delivery || !delivery->unanswered || delivery->next != NANOS_NEVER || !abroad(node))
		return;
	delivery->tries = 0;
	delivery->next = now.mono;
	node_schedule(agent, node);
}

void prefix_delivery_free(struct node *node)
{
	free(node->delivery);
	node->delivery = NULL;
}
