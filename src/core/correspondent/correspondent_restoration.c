/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the data plane has kept of a correspondent's bindings over a restart. Nonces and node keys
 * are new, so that no update of before is authentic any more: what is kept is for the mobile nodes,
 * which need not begin anew.
 */
#include "correspondent_part.h"

#include <errno.h>

/* A home address whose bindings are yet to be told of is kept so long. */
#define BINDINGS_FOLLOW (10 * NANOS_PER_SECOND)

/* `ret` is NULL if there is no room for it. */
static int entry_of(struct correspondent *correspondent, struct moment now,
	const struct in6_addr *home_address, const struct in6_addr *own, struct cache_entry **ret)
{
	struct correspondent_cache *cache = &correspondent->cache;
	*ret = correspondent_cache_find(cache, home_address, own);
	if (*ret)
		return 0;
	int error = correspondent_cache_add(cache, home_address, own, ret);
	if (error < 0)
		return error == -ENOSPC ? 0 : error;
	(*ret)->remembered_until = now.mono + BINDINGS_FOLLOW;
	entry_settle(correspondent, now, *ret);
	return 0;
}

int entry_restore(
	struct correspondent *correspondent, struct moment now, const struct effect_node *kept)
{
	struct cache_entry *entry = NULL;
	int error = entry_of(correspondent, now, &kept->home_address, &kept->peer, &entry);
	if (entry)
		entry->sequence = kept->sequence;
	return error;
}

/* A mobile node may have another home address than before. */
static bool is_own(const struct correspondent *correspondent, const struct in6_addr *address)
{
	const struct node_addresses *addresses = &correspondent->base->addresses;
	return addresses->homes == 0 || node_addresses_find(addresses, address);
}

static bool may_return(
	const struct correspondent *correspondent, nanos now, const struct effect_tunnel *kept)
{
	return kept->encapsulation == ENCAP_TO_MOBILE_NODE && kept->expires > now &&
	       kept->expires - now <= correspondent->config.lifetime_max * NANOS_PER_SECOND &&
	       is_own(correspondent, &kept->peer) && (correspondent->config.mcoa || kept->bid == 0);
}

/* A binding without BID and others exclude each other, whatever was kept. */
static bool fits(
	const struct correspondent *correspondent, const struct bindings *present, uint16_t bid)
{
	if (present->count >= correspondent->config.bindings_max || bindings_find(present, bid))
		return false;
	return present->count == 0 || (bid != 0 && present->at[0].bid != 0);
}

/* What was granted is not kept: it is taken for what is left. */
static void add(struct cache_entry *entry, nanos now, const struct effect_tunnel *kept)
{
	struct binding *binding = bindings_add(&entry->bindings, kept->bid);
	binding->care_of = kept->remote.address;
	binding->expires = kept->expires;
	binding->lifetime = (uint16_t)((kept->expires - now) / (LIFETIME_UNIT * NANOS_PER_SECOND));
	binding->priority = kept->priority;
	binding->verified = true;
}

int entry_restore_binding(struct correspondent *correspondent, struct moment now,
	const struct effect_tunnel *kept, struct outbox *outbox)
{
	struct cache_entry *entry = NULL;
	int error = may_return(correspondent, now.mono, kept)
			    ? entry_of(correspondent, now, &kept->home_address, &kept->peer, &entry)
			    : 0;
	if (error < 0)
		return error;
	if (!entry || !fits(correspondent, &entry->bindings, kept->bid)) {
		entry_tunnel_remove(&kept->home_address, &kept->peer, kept->bid, outbox);
		return 0;
	}
	add(entry, now.mono, kept);
	entry_note(entry, bindings_find(&entry->bindings, kept->bid), now.mono,
		EVENT_BINDING_RESTORED, outbox);
	entry_settle(correspondent, now, entry);
	return 0;
}
