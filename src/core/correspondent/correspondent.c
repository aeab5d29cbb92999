/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The correspondent's part of a core: what it takes, when its bindings expire, what is seen of
 * them.
 */
#include "correspondent_part.h"
#include "../base/error_report.h"
#include "../mobile_node/mobile_node.h"

#include <errno.h>
#include <stdlib.h>

#define NODES_MAX_DEFAULT 10000
#define BINDINGS_MAX_DEFAULT 4

/* To one address (source_limit.h) */
#define ANSWERS_PER_SECOND 200
#define ERRORS_PER_SECOND 10

/* Two for each binding that expires, and a Binding Refresh Request. */
#define ENTRY_EFFECTS (2 * BINDINGS_MAX + 1)

static struct correspondent_config with_defaults(struct correspondent_config config)
{
	if (config.lifetime_max == 0)
		config.lifetime_max = RR_BINDING_LIFETIME_MAX;
	if (config.nodes_max == 0)
		config.nodes_max = NODES_MAX_DEFAULT;
	if (config.bindings_max == 0)
		config.bindings_max = BINDINGS_MAX_DEFAULT;
	return config;
}

static bool config_valid(const struct correspondent_config *config)
{
	return config->lifetime_max >= LIFETIME_UNIT &&
	       config->lifetime_max <= RR_BINDING_LIFETIME_MAX &&
	       config->bindings_max <= BINDINGS_MAX;
}

int correspondent_new(struct core *core, const struct correspondent_config *wanted)
{
	const struct correspondent_config config = with_defaults(*wanted);
	if (!config_valid(&config))
		return -EINVAL;
	struct correspondent *correspondent = calloc(1, sizeof(*correspondent));
	if (!correspondent)
		return -ENOMEM;
	correspondent->config = config;
	nonces_init(&correspondent->nonces, &core->port);
	correspondent_cache_init(&correspondent->cache, &core->port, config.nodes_max);
	source_limit_init(&correspondent->tests, &core->port, ANSWERS_PER_SECOND);
	source_limit_init(&correspondent->refusals, &core->port, ANSWERS_PER_SECOND);
	source_limit_init(&correspondent->errors, &core->port, ERRORS_PER_SECOND);
	rate_limit_init(&correspondent->notes, &core->port, RATE_LIMIT_NOTES);
	core->correspondent = correspondent;
	return 0;
}

void correspondent_free(struct core *core)
{
	correspondent_cache_fini(&core->correspondent->cache);
	nonces_cleanse(&core->correspondent->nonces);
	free(core->correspondent);
}

/* ---- packets ---- */

const struct in6_addr *correspondent_own_address(
	const struct core *core, const struct packet *packet)
{
	const struct in6_addr *own =
		packet->has_routing ? &packet->routing_address : &packet->destination;
	bool ours = !packet->has_routing && address_is_unicast_routable(own);
	if (core->role == ROLE_MOBILE_NODE)
		ours = IN6_ARE_ADDR_EQUAL(own, &core->mobile_node->config.home_address);
	return ours ? own : NULL;
}

/* RFC 5648 6.5: any of its care-of addresses */
static bool is_bound(const struct core *core, const struct packet *packet, nanos now)
{
	const struct in6_addr *own = correspondent_own_address(core, packet);
	const struct cache_entry *entry =
		own ? correspondent_cache_find(
			      &core->correspondent->cache, &packet->home_address, own)
		    : NULL;
	for (uint8_t i = 0; entry && i < entry->bindings.count; i++)
		if (entry->bindings.at[i].expires > now &&
			IN6_ARE_ADDR_EQUAL(&entry->bindings.at[i].care_of, &packet->source))
			return true;
	return false;
}

bool correspondent_takes(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	/* RFC 6275 6.4: a routing header has to hold a home address of our own */
	if (packet->has_routing && !correspondent_own_address(core, packet)) {
		core_drop(core, DROP_NOT_FOR_US);
		return false;
	}
	if (!packet->has_home_address || packet_checks_home_address(packet) ||
		is_bound(core, packet, now.mono))
		return true;
	core_drop(core, DROP_NO_BINDING);
	unknown_binding_send(core, &core->correspondent->errors, received->arrival, packet, outbox);
	return false;
}

bool correspondent_message(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	if (core->correspondent->stopping || !correspondent_own_address(core, received->packet))
		return false;
	switch (received->message->type) {
	case MH_home_test_init:
	case MH_care_of_test_init:
		test_answer(core, now, received, outbox);
		return true;
	case MH_binding_update:
		correspondent_update(core, now, received, outbox);
		return true;
	default:
		return false;
	}
}

/* ---- what the host says ---- */

static int set_activity(struct core *core, struct moment now, const struct host_activity *activity)
{
	struct cache_entry *entry = correspondent_cache_find(
		&core->correspondent->cache, &activity->home_address, &activity->peer);
	if (!entry)
		return -EINVAL;
	nanos used = nanos_max(activity->sent, activity->received);
	if (used <= now.mono)
		entry->used = nanos_max(entry->used, used);
	return 0;
}

static int set_unreachable(struct core *core, struct moment now,
	const struct host_unreachable *unreachable, struct outbox *outbox)
{
	struct cache_entry *entry = correspondent_cache_find(
		&core->correspondent->cache, &unreachable->home_address, &unreachable->peer);
	if (!entry)
		return -EINVAL;
	entry_unreachable(core, now, entry, unreachable, outbox);
	return 0;
}

/* What has no peer is a mobile node's own, with its home agent. */
static bool is_peers(const struct core *core, const struct in6_addr *peer)
{
	return core->role == ROLE_CORRESPONDENT || !IN6_IS_ADDR_UNSPECIFIED(peer);
}

bool correspondent_concerns(const struct core *core, const struct host_event *event)
{
	if (event->type == HOST_RESTORE_NODE)
		return is_peers(core, &event->restore_node.peer);
	if (event->type == HOST_RESTORE_BINDING)
		return is_peers(core, &event->restore_binding.peer);
	if (event->type == HOST_UNREACHABLE)
		return true;
	return event->type == HOST_ACTIVITY &&
	       correspondent_cache_find(&core->correspondent->cache, &event->activity.home_address,
		       &event->activity.peer);
}

int correspondent_host(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	switch (event->type) {
	case HOST_RESTORE_NODE:
		return entry_restore(core, now, &event->restore_node);
	case HOST_RESTORE_BINDING:
		return entry_restore_binding(core, now, &event->restore_binding, outbox);
	case HOST_ACTIVITY:
		return set_activity(core, now, &event->activity);
	case HOST_UNREACHABLE:
		return set_unreachable(core, now, &event->unreachable, outbox);
	case HOST_STOP:
		core->correspondent->stopping = true;
		/* a mobile node has more to say now */
		if (core->role == ROLE_CORRESPONDENT)
			correspondent_stop_settle(core, outbox);
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- time ---- */

void entry_expire(
	struct core *core, struct moment now, struct cache_entry *entry, struct outbox *outbox)
{
	for (uint8_t i = entry->bindings.count; i-- > 0;)
		if (entry->bindings.at[i].expires <= now.mono)
			entry_expire_binding(entry, &entry->bindings.at[i], outbox);
	entry_settle(core, now, entry);
}

static void entry_deadline(
	struct core *core, struct moment now, struct cache_entry *entry, struct outbox *outbox)
{
	entry_refresh(core, now, entry, outbox);
	entry_expire(core, now, entry, outbox);
}

void correspondent_deadline(struct core *core, struct moment now, struct outbox *outbox)
{
	struct correspondent_cache *cache = &core->correspondent->cache;
	struct cache_entry *entry;
	correspondent_stop_settle(core, outbox);
	correspondent_cache_forget(cache, now.mono);
	while (outbox_room(outbox) >= ENTRY_EFFECTS &&
		(entry = correspondent_cache_due(cache, now.mono)) != NULL)
		entry_deadline(core, now, entry, outbox);
}

nanos correspondent_next_deadline(const struct core *core)
{
	if (core->correspondent->stopping)
		return core->correspondent->stopped ? NANOS_NEVER : 0;
	return correspondent_cache_next(&core->correspondent->cache);
}

/* ---- looking in ---- */

static void show_entry(const struct cache_entry *entry,
	void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		const struct binding_view view = {
			.home_address = entry->key.home_address,
			.peer = entry->key.own,
			.care_of = binding->care_of,
			.expires = binding->expires,
			.sequence = entry->sequence,
			.bid = binding->bid,
			.priority = binding->priority,
			.verified = true,
		};
		each(ctx, &view);
	}
}

void correspondent_each_binding(
	const struct core *core, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	const struct cache_entry *entry = core->correspondent->cache.entries;
	for (; entry; entry = entry->hh.next)
		show_entry(entry, each, ctx);
}
