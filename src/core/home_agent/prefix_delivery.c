/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefix_delivery.h"
#include "home_link/home_binding.h"

#include <stdlib.h>

#define ADVERTISEMENT_OCTETS (8 + 32 * HOME_PREFIXES_MAX)

/* RFC 6275 12: PREFIX_ADV_TIMEOUT, PREFIX_ADV_RETRIES */
#define TIMEOUT (3 * NANOS_PER_SECOND)
#define ATTEMPTS 3

struct prefix_delivery {
	nanos sent;      /* the last one of any kind; 0: none */
	nanos next;      /* unsolicited; NANOS_NEVER: none is due */
	unsigned tries;  /* of the unsolicited one */
	bool unanswered; /* it was sent, and no solicitation has come since */
	bool asked;      /* the answer to this solicitation is due at `next`: */
	uint16_t identifier;
	struct in6_addr care_of;
};

static struct prefix_delivery *ensure(struct prefix_delivery **delivery)
{
	if (!*delivery) {
		*delivery = calloc(1, sizeof(**delivery));
		if (*delivery)
			(*delivery)->next = NANOS_NEVER;
	}
	return *delivery;
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
	const struct in6_addr *own, const struct host_prefix *prefix, nanos now)
{
	bool ours = address_in_prefix(own, &prefix->prefix, prefix->length);
	return (struct icmpv6_prefix){
		.prefix = ours ? *own : prefix->prefix,
		.length = prefix->length,
		.on_link = prefix->on_link,
		.autonomous = prefix->autonomous,
		.router = ours,
		.valid = seconds_until(prefix->valid_until, now),
		.preferred = seconds_until(prefix->preferred_until, now),
	};
}

/* RFC 6275 10.6.3: all prefixes, to `care_of`, for the home address */
static void advertise(struct prefix_delivery *delivery, const struct prefix_delivery_basis *basis,
	nanos now, const struct binding_entry *entry, const struct in6_addr *care_of,
	uint16_t identifier, struct outbox *outbox)
{
	const struct home_prefixes *prefixes = basis->prefixes;
	struct icmpv6 message = {.type = ICMPV6_PREFIX_ADVERTISEMENT, .identifier = identifier};
	for (uint8_t i = 0; i < prefixes->count; i++)
		message.prefixes[message.prefixes_count++] =
			option_of(entry->own, &prefixes->at[i], now);
	uint8_t octets[ADVERTISEMENT_OCTETS];
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));
	const bool at_home = IN6_ARE_ADDR_EQUAL(care_of, &entry->home_address);
	const struct packet_envelope envelope = {
		.source = *entry->own,
		.destination = *care_of,
		.routing_address = at_home ? NULL : &entry->home_address,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length = (uint16_t)packet_build(
		&envelope, (struct octets){octets, length}, send->octets, sizeof(send->octets));
	if (at_home)
		home_binding_address(basis->home_link, entry, send);
	delivery->sent = now;
}

/* RFC 6275 6.8: not more than one a second to a mobile node */
static bool too_soon(const struct prefix_delivery *delivery, nanos now)
{
	return delivery->sent != 0 && now - delivery->sent < NANOS_PER_SECOND;
}

void prefix_delivery_solicited(struct prefix_delivery **at,
	const struct prefix_delivery_basis *basis, struct moment now,
	const struct binding_entry *entry, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	struct prefix_delivery *delivery = ensure(at);
	if (!delivery) {
		base_drop(basis->base, DROP_NO_MEMORY);
		return;
	}
	/* RFC 6275 10.6.2: the solicitation acknowledges an unsolicited advertisement, and is
	 * answered at once; if that is within the second of 6.8, when the second is over, since a
	 * mobile node that repeats its solicitations each second would otherwise get no answer. */
	delivery->unanswered = false;
	delivery->tries = 0;
	delivery->asked = true;
	delivery->identifier = received->message->identifier;
	delivery->care_of = received->packet->source;
	delivery->next =
		too_soon(delivery, now.mono) ? delivery->sent + NANOS_PER_SECOND : now.mono;
	prefix_delivery_deadline(delivery, basis, now, entry, outbox);
}

/* A care-of address that is not bound any more gets none. */
static void answer(struct prefix_delivery *delivery, const struct prefix_delivery_basis *basis,
	nanos now, const struct binding_entry *entry, struct outbox *outbox)
{
	delivery->asked = false;
	delivery->next = NANOS_NEVER;
	if (bindings_at(&entry->bindings, &delivery->care_of))
		advertise(delivery, basis, now, entry, &delivery->care_of, delivery->identifier,
			outbox);
}

/* ---- unsolicited ---- */

static nanos interval(uint32_t seconds, uint32_t otherwise)
{
	return (seconds ? seconds : otherwise) * NANOS_PER_SECOND;
}

/* RFC 6275 10.6.2: RAND_ADV_DELAY */
static nanos random_delay(
	const struct prefix_delivery_basis *basis, const struct binding_entry *entry, nanos now)
{
	const struct home_agent_config *config = basis->config;
	const struct core_port *port = &basis->base->port;
	const struct host_prefix *prefix = home_prefixes_of(basis->prefixes, &entry->home_address);
	nanos least = interval(config->advertisement_min_s, PREFIX_DELIVERY_MIN_S);
	nanos most = interval(config->advertisement_max_s, PREFIX_DELIVERY_MAX_S);
	if (prefix && prefix->preferred_until != NANOS_NEVER) {
		nanos preferred = prefix->preferred_until > now ? prefix->preferred_until - now : 0;
		most = nanos_min(most, preferred);
	}
	nanos range = most > least ? most - least : least - most;
	uint32_t random;
	port->random(port->ctx, &random, sizeof(random));
	return range ? least + random * (NANOS_PER_SECOND / 1000) % range : least;
}

void prefix_delivery_changed(struct prefix_delivery **at, const struct prefix_delivery_basis *basis,
	struct moment now, const struct binding_entry *entry)
{
	if (!basis->config->prefix_advertisement || entry->bindings.count == 0)
		return;
	struct prefix_delivery *delivery = ensure(at);
	/* An advertisement that is due already will tell of this change as well. */
	if (!delivery || delivery->next != NANOS_NEVER)
		return;
	delivery->next = now.mono + random_delay(basis, entry, now.mono);
	delivery->tries = 0;
}

nanos prefix_delivery_next(const struct prefix_delivery *delivery)
{
	return delivery ? delivery->next : NANOS_NEVER;
}

static const struct binding *binding_abroad(const struct binding_entry *entry)
{
	const struct binding *best = bindings_best(&entry->bindings, true);
	return best && !best->home ? best : NULL;
}

void prefix_delivery_deadline(struct prefix_delivery *delivery,
	const struct prefix_delivery_basis *basis, struct moment now,
	const struct binding_entry *entry, struct outbox *outbox)
{
	const struct core_port *port = &basis->base->port;
	if (!delivery || delivery->next > now.mono)
		return;
	if (delivery->asked) {
		answer(delivery, basis, now.mono, entry, outbox);
		return;
	}
	const struct binding *binding = binding_abroad(entry);
	if (!binding) {
		/* At home the mobile node hears the routers there. */
		delivery->next = NANOS_NEVER;
		return;
	}
	if (too_soon(delivery, now.mono)) {
		delivery->next = delivery->sent + NANOS_PER_SECOND;
		return;
	}
	uint16_t identifier;
	port->random(port->ctx, &identifier, sizeof(identifier));
	advertise(delivery, basis, now.mono, entry, &binding->care_of, identifier, outbox);
	delivery->unanswered = true;
	delivery->tries++;
	delivery->next = delivery->tries <= ATTEMPTS ? now.mono + (TIMEOUT << (delivery->tries - 1))
						     : NANOS_NEVER;
}

bool prefix_delivery_registered(
	struct prefix_delivery *delivery, struct moment now, const struct binding_entry *entry)
{
	if (!delivery || !delivery->unanswered || delivery->next != NANOS_NEVER ||
		!binding_abroad(entry))
		return false;
	delivery->tries = 0;
	delivery->next = now.mono;
	return true;
}
