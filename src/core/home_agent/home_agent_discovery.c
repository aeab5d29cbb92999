/* SPDX-License-Identifier: BSD-2-Clause */
#include "home_agent_discovery.h"
#include "home_link/home_binding.h"

#define REPLY_OCTETS (8 + sizeof(struct in6_addr) * ICMPV6_HOME_AGENTS_MAX)

void home_agent_discovery_hear(struct home_agent_discovery *discovery, struct moment now,
	const struct received_icmpv6 *received)
{
	if (!discovery->config->discovery || !home_link_usable(discovery->home_link) ||
		received->arrival->ifindex != discovery->home_link->now.ifindex) {
		base_drop(discovery->base, DROP_NOT_ON_HOME_LINK);
		return;
	}
	home_agents_list_hear(&discovery->home_agents, discovery->prefixes, now.mono,
		&received->packet->source, received->message);
}

/* ---- the reply ---- */

struct ranked {
	const struct in6_addr *address;
	uint16_t preference;
	uint16_t random; /* RFC 6275 10.5.1: equal preferences in random order */
};

static bool goes_before(const struct ranked *a, const struct ranked *b)
{
	return a->preference != b->preference ? a->preference > b->preference
					      : a->random > b->random;
}

static struct ranked *find_ranked(
	struct ranked *ranked, size_t count, const struct in6_addr *address)
{
	for (size_t i = 0; i < count; i++)
		if (IN6_ARE_ADDR_EQUAL(ranked[i].address, address))
			return &ranked[i];
	return NULL;
}

static size_t rank(const struct home_agent_discovery *discovery, struct ranked *ret)
{
	const struct home_agent_config *config = discovery->config;
	const struct core_port *port = &discovery->base->port;
	uint16_t random[HOME_AGENTS_LIST_MAX + 1];
	size_t count = 0;
	port->random(port->ctx, random, sizeof(random));
	ret[count++] = (struct ranked){&config->address, config->preference, random[0]};
	for (uint8_t i = 0; i < discovery->home_agents.count; i++) {
		const struct home_agents_entry *entry = &discovery->home_agents.at[i];
		struct ranked *known = find_ranked(ret, count, &entry->address);
		/* The configured preference of the home agent itself counts; for other addresses,
		 * the highest preference that a router claims. */
		if (known > ret && entry->preference > known->preference)
			*known = (struct ranked){&entry->address, entry->preference, known->random};
		if (known)
			continue;
		ret[count] = (struct ranked){&entry->address, entry->preference, random[count]};
		count++;
	}
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0 && goes_before(&ret[j], &ret[j - 1]); j--) {
			struct ranked other = ret[j];
			ret[j] = ret[j - 1];
			ret[j - 1] = other;
		}
	return count;
}

static void reply(const struct home_agent_discovery *discovery,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	struct ranked ranked[HOME_AGENTS_LIST_MAX + 1];
	struct icmpv6 message = {
		.type = ICMPV6_HOME_AGENT_REPLY,
		.identifier = received->message->identifier,
	};
	size_t count = rank(discovery, ranked);
	/* RFC 6275 10.5.1: the best ones, as many as fit 1280 octets */
	for (size_t i = 0; i < count && i < ICMPV6_HOME_AGENTS_MAX; i++)
		message.home_agents[message.home_agents_count++] = *ranked[i].address;
	uint8_t octets[REPLY_OCTETS];
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));
	const struct packet_envelope envelope = {
		.source = discovery->config->address,
		.destination = received->packet->source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length = (uint16_t)packet_build(
		&envelope, (struct octets){octets, length}, send->octets, sizeof(send->octets));
	home_binding_address_answer(
		discovery->home_link, received->arrival->ifindex, received->packet, NULL, send);
}

void home_agent_discovery_request(struct home_agent_discovery *discovery, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (!discovery->config->discovery ||
		!address_is_unicast_routable(&received->packet->source)) {
		base_drop(discovery->base, DROP_NOT_FOR_US);
		return;
	}
	if (!rate_limit_allows(&discovery->base->answers, now.mono, &received->packet->source)) {
		base_drop(discovery->base, DROP_RATE_LIMITED);
		return;
	}
	home_agents_list_expire(&discovery->home_agents, now.mono);
	reply(discovery, received, outbox);
}

void home_agent_discovery_each(const struct home_agent_discovery *discovery,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx)
{
	struct ranked ranked[HOME_AGENTS_LIST_MAX + 1];
	const struct home_agents_list *list = &discovery->home_agents;
	size_t count = rank(discovery, ranked);
	for (size_t i = 0; i < count; i++) {
		struct home_agent_view view = {
			.address = *ranked[i].address,
			.preference = ranked[i].preference,
			.until = NANOS_NEVER,
		};
		for (uint8_t j = 0; j < list->count; j++)
			if (&list->at[j].address == ranked[i].address)
				view.until = list->at[j].until;
		each(ctx, &view);
	}
}
