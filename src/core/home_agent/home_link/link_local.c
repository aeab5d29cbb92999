/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * There is no table of link-local addresses: each has few home addresses that it can belong to.
 */
#include "link_local.h"
#include "interception.h"

#include <string.h>

#define PREFIX_OCTETS 8

bool link_local_wanted(const struct home_link *home, const struct binding_entry *entry,
	const struct message *message)
{
	const struct host_prefix *prefix = home_prefixes_of(home->prefixes, &entry->home_address);
	return (message->binding_update.flags & BU_LINK_LOCAL) && prefix &&
	       prefix->length == 8 * PREFIX_OCTETS;
}

struct in6_addr link_local_of(const struct in6_addr *home_address)
{
	struct in6_addr address = {.s6_addr = {0xfe, 0x80}};
	memcpy(&address.s6_addr[PREFIX_OCTETS], &home_address->s6_addr[PREFIX_OCTETS],
		sizeof(address) - PREFIX_OCTETS);
	return address;
}

struct binding_entry *link_local_owner(
	const struct home_link *home, const struct in6_addr *link_local)
{
	const struct in6_addr derived = link_local_of(link_local);
	if (!IN6_ARE_ADDR_EQUAL(&derived, link_local))
		return NULL;
	for (uint8_t i = 0; i < home->prefixes->count; i++) {
		struct in6_addr address = *link_local;
		if (home->prefixes->at[i].length != 8 * PREFIX_OCTETS)
			continue;
		memcpy(&address, &home->prefixes->at[i].prefix, PREFIX_OCTETS);
		struct binding_entry *entry = home_link_entry(home, &address);
		if (entry && interception_of(entry) && interception_of(entry)->link_local)
			return entry;
	}
	return NULL;
}
