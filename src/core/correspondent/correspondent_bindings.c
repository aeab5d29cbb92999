/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The correspondent's part of a change of bindings: nonces, and bindings from before a restart.
 * Nonces and node keys are new then, so that no older update is authentic any more: bindings are
 * restored so that mobile nodes need not begin anew.
 */
#include "correspondent_part.h"
#include "../base/own_packet.h"
#include "../binding/binding_changes.h"
#include "../binding/binding_record.h"
#include "../binding/binding_role.h"

#include <errno.h>

/* RFC 6275 9.1: in active use, if a packet went either way within a minute */
#define IN_USE (60 * NANOS_PER_SECOND)

/* A home address whose bindings are yet to be restored is kept so long. */
#define BINDINGS_FOLLOW (10 * NANOS_PER_SECOND)

static void tunnel(const void *self, const struct binding_entry *entry,
	const struct binding *binding, struct effect_tunnel *ret)
{
	(void)self, (void)entry, (void)binding;
	ret->encapsulation = ENCAP_TO_MOBILE_NODE;
}

static void removed(struct binding_entry *entry, uint16_t bid)
{
	used_nonces_forget(&correspondent_entry_of(entry)->nonces, bid);
	correspondent_reachable(correspondent_entry_of(entry), bid);
}

static bool scheduled(void *self, nanos now, struct binding_entry *entry)
{
	struct correspondent *correspondent = self;
	return correspondent_cache_reconcile(&correspondent->cache, entry, now);
}

static bool is_in_use(const struct binding_entry *entry, nanos now)
{
	nanos used = correspondent_entry_of(entry)->used;
	return used != 0 && now - used < IN_USE;
}

/* RFC 6275 9.5.5: always to the home address, which the home agent forwards */
static bool send_request(
	void *self, const struct binding_entry *entry, struct octets payload, struct outbox *outbox)
{
	struct correspondent *correspondent = self;
	const struct packet_envelope envelope = {
		.source = *entry->own,
		.destination = entry->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	return own_packet_send(correspondent->base, &envelope, payload, outbox);
}

/* The configuration may be another than before. */
static bool may_return(void *self, nanos now, struct binding_entry *entry,
	const struct bindings *present, const struct record_binding *kept)
{
	const struct correspondent_config *config = &((struct correspondent *)self)->config;
	(void)entry, (void)present;
	return kept->expires - now <= config->lifetime_max * NANOS_PER_SECOND &&
	       (config->mcoa || kept->bid == 0);
}

const struct binding_role correspondent_binding_role = {
	.is_direct = true,
	.update = &correspondent_update_policy,
	.is_in_use = is_in_use,
	.send_request = send_request,
	.tunnel = tunnel,
	.removed = removed,
	.scheduled = scheduled,
	.may_return = may_return,
};

/* ---- restarts ---- */

/* NULL if there is no room for it. */
static int entry_for(struct correspondent *correspondent, struct moment now,
	const struct in6_addr *home_address, const struct in6_addr *own, struct binding_entry **ret)
{
	*ret = correspondent_cache_find(&correspondent->cache, home_address, own);
	if (*ret)
		return 0;
	int error = correspondent_cache_add(&correspondent->cache, home_address, own, ret);
	if (error < 0)
		return error == -ENOSPC ? 0 : error;
	(*ret)->sequence_until = now.mono + BINDINGS_FOLLOW;
	binding_entry_schedule(&correspondent->cache.bindings, now.mono, *ret);
	return 0;
}

static bool is_own(const struct correspondent *correspondent, const struct in6_addr *address)
{
	const struct node_addresses *addresses = &correspondent->base->addresses;
	return addresses->homes == 0 || node_addresses_find(addresses, address);
}

static void remove_tunnels(
	struct core_base *base, const struct record *record, struct outbox *outbox)
{
	for (uint8_t i = 0; i < record->count; i++)
		binding_forget(base, record, &record->bindings[i], outbox);
}

int correspondent_restore(struct correspondent *correspondent, struct moment now,
	const struct record *record, struct outbox *outbox)
{
	struct binding_entry *entry = NULL;
	if (record->count > BINDINGS_MAX)
		return -EINVAL;
	int error = is_own(correspondent, &record->peer)
			    ? entry_for(correspondent, now, &record->home_address, &record->peer,
				      &entry)
			    : 0;
	if (error < 0)
		return error;
	if (entry)
		binding_restore(&correspondent->cache.bindings, now, entry,
			correspondent->config.bindings_max, record, outbox);
	else
		remove_tunnels(correspondent->base, record, outbox);
	return 0;
}

int correspondent_restore_flow(
	struct correspondent *correspondent, const struct record_flow *kept, struct outbox *outbox)
{
	struct binding_cache *cache = &correspondent->cache.bindings;
	struct binding_entry *entry =
		correspondent_cache_find(&correspondent->cache, &kept->home_address, &kept->peer);
	return entry ? flow_rules_restore(cache, entry, kept, outbox) : -EINVAL;
}
