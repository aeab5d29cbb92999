/* SPDX-License-Identifier: BSD-2-Clause */
#include "home_agents_list.h"

/* By address and router: an attacker that advertises the address of another home agent gets an
 * entry of its own, and does not change the home agent's. */
static struct home_agents_entry *find_entry(
	struct home_agents_list *list, const struct home_agents_entry *wanted)
{
	for (uint8_t i = 0; i < list->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&list->at[i].address, &wanted->address) &&
			IN6_ARE_ADDR_EQUAL(&list->at[i].router, &wanted->router))
			return &list->at[i];
	return NULL;
}

static nanos after(nanos now, uint32_t seconds)
{
	return seconds == SECONDS_INFINITE ? NANOS_NEVER : now + seconds * NANOS_PER_SECOND;
}

/* RFC 6275 7.4: without the option the Router Lifetime counts; 0 is no lifetime of a home agent */
static uint32_t lifetime_of(const struct icmpv6 *advertisement)
{
	return advertisement->has_home_agent_information ? advertisement->home_agent_lifetime
							 : advertisement->router_lifetime;
}

static unsigned places_of(const struct home_agents_list *list, const struct in6_addr *router)
{
	unsigned count = 0;
	for (uint8_t i = 0; i < list->count; i++)
		count += IN6_ARE_ADDR_EQUAL(&list->at[i].router, router) ? 1 : 0;
	return count;
}

static bool is_worse(const struct home_agents_entry *a, const struct home_agents_entry *b)
{
	return a->preference != b->preference ? a->preference < b->preference : a->until < b->until;
}

/* The worst entry of the router with most entries, if it has at least two more than `router`; or
 * NULL. */
static struct home_agents_entry *evictable(
	struct home_agents_list *list, const struct in6_addr *router)
{
	struct home_agents_entry *found = NULL;
	unsigned most = places_of(list, router) + 1;
	for (uint8_t i = 0; i < list->count; i++) {
		struct home_agents_entry *entry = &list->at[i];
		unsigned places = places_of(list, &entry->router);
		if (places > most || (found && places == most && is_worse(entry, found))) {
			most = places;
			found = entry;
		}
	}
	return found;
}

static void put(struct home_agents_list *list, const struct home_agents_entry *wanted)
{
	struct home_agents_entry *entry = find_entry(list, wanted);
	if (!entry && list->count < HOME_AGENTS_LIST_MAX)
		entry = &list->at[list->count++];
	else if (!entry)
		entry = evictable(list, &wanted->router);
	if (entry)
		*entry = *wanted;
}

static void forget(struct home_agents_list *list, const struct in6_addr *router)
{
	for (uint8_t i = list->count; i-- > 0;)
		if (IN6_ARE_ADDR_EQUAL(&list->at[i].router, router))
			list->at[i] = list->at[--list->count];
}

/*
 * RFC 6275 7.2, 10.5.1: a global address of the router on this link. An address outside the home
 * prefixes could make mobile nodes register with a foreign host, on this home agent's
 * recommendation.
 */
static bool is_home_agent_address(
	const struct home_prefixes *prefixes, const struct icmpv6_prefix *prefix)
{
	return prefix->router && address_is_unicast_routable(&prefix->prefix) &&
	       home_prefixes_of(prefixes, &prefix->prefix);
}

void home_agents_list_hear(struct home_agents_list *list, const struct home_prefixes *prefixes,
	nanos now, const struct in6_addr *router, const struct icmpv6 *advertisement)
{
	uint32_t lifetime = lifetime_of(advertisement);
	home_agents_list_expire(list, now);
	if (!advertisement->home_agent || lifetime == 0) {
		forget(list, router);
		return;
	}
	for (uint16_t i = 0; i < advertisement->prefixes_count; i++) {
		const struct icmpv6_prefix *prefix = &advertisement->prefixes[i];
		if (!is_home_agent_address(prefixes, prefix))
			continue;
		struct home_agents_entry entry = {
			.router = *router,
			.address = prefix->prefix,
			.preference = advertisement->preference,
			.until = after(now, lifetime),
		};
		/* RFC 6275 10.1: not longer than its prefix is valid */
		if (after(now, prefix->valid) < entry.until)
			entry.until = after(now, prefix->valid);
		put(list, &entry);
	}
	home_agents_list_expire(list, now);
}

void home_agents_list_expire(struct home_agents_list *list, nanos now)
{
	for (uint8_t i = list->count; i-- > 0;)
		if (list->at[i].until <= now)
			list->at[i] = list->at[--list->count];
}
