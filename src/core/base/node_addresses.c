/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of at most nine addresses.
 */
#include "node_addresses.h"

#include <assert.h>

void node_addresses_add(struct node_addresses *addresses, const struct in6_addr *address,
	node_address_send *send, void *ctx)
{
	assert(addresses->count < sizeof(addresses->at) / sizeof(addresses->at[0]));
	addresses->at[addresses->count++] = (struct node_address){*address, send, ctx};
	if (send)
		addresses->homes++;
}

const struct node_address *node_addresses_find(
	const struct node_addresses *addresses, const struct in6_addr *address)
{
	for (uint8_t i = 0; i < addresses->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&addresses->at[i].address, address))
			return &addresses->at[i];
	return NULL;
}

const struct node_address *node_addresses_home(
	const struct node_addresses *addresses, const struct in6_addr *address)
{
	const struct node_address *found = node_addresses_find(addresses, address);
	return found && found->send ? found : NULL;
}
