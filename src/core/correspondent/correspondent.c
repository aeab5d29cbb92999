/* SPDX-License-Identifier: BSD-2-Clause */
/* The correspondent's role: its packets, its deadlines, its views. */
#include "correspondent_part.h"
#include "../base/error_report.h"
#include "../binding/binding_changes.h"
#include "../binding/recovery.h"

#include <errno.h>
#include <stdlib.h>

#define NODES_MAX_DEFAULT 10000
#define BINDINGS_MAX_DEFAULT 4

/* To one address (source_limit.h) */
#define ANSWERS_PER_SECOND 200
#define ERRORS_PER_SECOND 10

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

static unsigned count(const struct core_config *config)
{
	return config->corresponds;
}

static int create(
	struct core_base *base, const struct core_config *configured, unsigned index, void **ret)
{
	const struct correspondent_config config = with_defaults(configured->correspondent);
	(void)index;
	if (!config_valid(&config))
		return -EINVAL;
	struct correspondent *correspondent = calloc(1, sizeof(*correspondent));
	if (!correspondent)
		return -ENOMEM;
	base->corresponds = true;
	correspondent->base = base;
	correspondent->config = config;
	nonces_init(&correspondent->nonces, &base->port);
	correspondent_cache_init(&correspondent->cache, &correspondent_binding_role, correspondent,
		base, config.nodes_max);
	correspondent->cache.bindings.refresh_request = config.refresh_request;
	correspondent->cache.bindings.recovers = config.recovery;
	correspondent->cache.bindings.flow_bindings = config.mcoa && config.flow_bindings;
	source_limit_init(&correspondent->tests, &base->port, ANSWERS_PER_SECOND);
	source_limit_init(&correspondent->refusals, &base->port, ANSWERS_PER_SECOND);
	source_limit_init(&correspondent->errors, &base->port, ERRORS_PER_SECOND);
	*ret = correspondent;
	return 0;
}

static void correspondent_free(void *self)
{
	struct correspondent *correspondent = self;
	correspondent_cache_fini(&correspondent->cache);
	nonces_cleanse(&correspondent->nonces);
	free(correspondent);
}

/* ---- packets ---- */

const struct in6_addr *correspondent_own_address(
	const struct correspondent *correspondent, const struct packet *packet)
{
	const struct node_addresses *addresses = &correspondent->base->addresses;
	const struct in6_addr *own =
		packet->has_routing ? &packet->routing_address : &packet->destination;
	bool ours = addresses->homes ? node_addresses_find(addresses, own) != NULL
				     : address_is_unicast_routable(own);
	if (packet->has_routing)
		ours = node_addresses_home(addresses, own);
	return ours ? own : NULL;
}

/* RFC 6275 9.3.1: a Home Address option must be checked with any destination. */
static bool is_for(const void *self, const struct received *received)
{
	const struct packet *packet = received->packet;
	return correspondent_own_address(self, packet) || packet->has_home_address;
}

/* RFC 5648 6.5: any of its care-of addresses */
static bool binds(const void *self, nanos now, const struct packet *packet)
{
	const struct correspondent *correspondent = self;
	const struct in6_addr *own = correspondent_own_address(correspondent, packet);
	const struct binding_entry *entry =
		own ? correspondent_cache_find(&correspondent->cache, &packet->home_address, own)
		    : NULL;
	for (uint8_t i = 0; entry && i < entry->bindings.count; i++)
		if (entry->bindings.at[i].expires > now &&
			IN6_ARE_ADDR_EQUAL(&entry->bindings.at[i].care_of, &packet->source))
			return true;
	return false;
}

static bool admits(void *self, struct moment now, const struct received *received, bool bound,
	struct outbox *outbox)
{
	struct correspondent *correspondent = self;
	const struct packet *packet = received->packet;
	(void)now;
	/* RFC 6275 6.4: a routing header must have a home address of our own */
	if (packet->has_routing && !correspondent_own_address(correspondent, packet)) {
		base_drop(correspondent->base, DROP_NOT_FOR_US);
		return false;
	}
	if (bound)
		return true;
	base_drop(correspondent->base, DROP_NO_BINDING);
	unknown_binding_send(
		correspondent->base, &correspondent->errors, received->arrival, packet, outbox);
	return false;
}

/* Home Test Init, Care-of Test Init, Binding Update */
static enum drop message(
	void *self, struct moment now, const struct received *received, struct outbox *outbox)
{
	struct correspondent *correspondent = self;
	if (correspondent->stopping || !correspondent_own_address(correspondent, received->packet))
		return DROP_NOT_FOR_US;
	switch (received->message->type) {
	case MH_home_test_init:
	case MH_care_of_test_init:
		test_answer(correspondent, now, received, outbox);
		return DROP_NONE;
	case MH_binding_update:
		correspondent_update(correspondent, now, received, outbox);
		return DROP_NONE;
	default:
		return DROP_NOT_FOR_US;
	}
}

static enum drop icmpv6(void *self, struct moment now, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	(void)self, (void)now, (void)received, (void)outbox;
	return DROP_NOT_FOR_US;
}

/* ---- host events ---- */

static int set_activity(struct correspondent *correspondent, struct moment now,
	const struct host_activity *activity, struct outbox *outbox)
{
	struct binding_entry *entry = correspondent_cache_find(
		&correspondent->cache, &activity->home_address, &activity->peer);
	if (!entry)
		return -EINVAL;
	nanos used = nanos_max(activity->sent, activity->received);
	if (used <= now.mono)
		correspondent_entry_of(entry)->used =
			nanos_max(correspondent_entry_of(entry)->used, used);
	const struct binding *binding = bindings_find(&entry->bindings, activity->bid);
	if (!binding)
		return 0;
	recovery_activity(
		&correspondent->cache.bindings, now.mono, entry, binding, activity, outbox);
	binding_entry_schedule(&correspondent->cache.bindings, now.mono, entry);
	return 0;
}

static int set_unreachable(struct correspondent *correspondent, struct moment now,
	const struct host_unreachable *unreachable, struct outbox *outbox)
{
	struct binding_entry *entry = correspondent_cache_find(
		&correspondent->cache, &unreachable->home_address, &unreachable->peer);
	if (!entry)
		return -EINVAL;
	correspondent_unreachable(correspondent, now, entry, unreachable, outbox);
	return 0;
}

/* A record without peer belongs to a home agent, or to a mobile node for its own home agent. */
static bool is_with_peer(const struct correspondent *correspondent, const struct in6_addr *peer)
{
	return correspondent->base->addresses.count == 0 || !IN6_IS_ADDR_UNSPECIFIED(peer);
}

static bool concerns(const void *self, const struct host_event *event)
{
	const struct correspondent *correspondent = self;
	switch (event->type) {
	case HOST_RESTORE:
		return is_with_peer(correspondent, &event->record.peer);
	case HOST_RESTORE_FLOW:
		return is_with_peer(correspondent, &event->flow.peer);
	case HOST_UNREACHABLE:
		return true;
	case HOST_ACTIVITY:
		return correspondent->base->addresses.homes == 0 ||
		       correspondent_cache_find(&correspondent->cache,
			       &event->activity.home_address, &event->activity.peer);
	default:
		return false;
	}
}

static int host(
	void *self, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	struct correspondent *correspondent = self;
	switch (event->type) {
	case HOST_RESTORE:
		return correspondent_restore(correspondent, now, &event->record, outbox);
	case HOST_RESTORE_FLOW:
		return correspondent_restore_flow(correspondent, &event->flow, outbox);
	case HOST_ACTIVITY:
		return set_activity(correspondent, now, &event->activity, outbox);
	case HOST_UNREACHABLE:
		return set_unreachable(correspondent, now, &event->unreachable, outbox);
	case HOST_STOP:
		correspondent_stop(correspondent, outbox);
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- time ---- */

static void deadline(void *self, struct moment now, struct outbox *outbox)
{
	struct correspondent *correspondent = self;
	correspondent_stop_step(correspondent, outbox);
	correspondent_cache_forget(&correspondent->cache, now.mono);
	binding_cache_deadline(&correspondent->cache.bindings, now,
		BINDING_EXPIRY_EFFECTS + RECOVERY_EFFECTS, outbox);
}

static nanos next_deadline(const void *self)
{
	const struct correspondent *correspondent = self;
	if (correspondent->stopping)
		return correspondent->stopped ? NANOS_NEVER : 0;
	return correspondent_cache_next(&correspondent->cache);
}

/* ---- views ---- */

static void each_binding(
	const void *self, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	const struct correspondent *correspondent = self;
	binding_cache_each(&correspondent->cache.bindings, each, ctx);
}

static void each_flow(
	const void *self, void (*each)(void *ctx, const struct flow_view *), void *ctx)
{
	const struct correspondent *correspondent = self;
	binding_cache_each_flow(&correspondent->cache.bindings, each, ctx);
}

static bool stopped(const void *self)
{
	const struct correspondent *correspondent = self;
	return correspondent->stopped;
}

const struct role correspondent_role = {
	.count = count,
	.create = create,
	.free = correspondent_free,
	.is_for = is_for,
	.binds = binds,
	.admits = admits,
	.takes_inner = true,
	.message = message,
	.icmpv6 = icmpv6,
	.concerns = concerns,
	.host = host,
	.stopped = stopped,
	.deadline = deadline,
	.next_deadline = next_deadline,
	.each_binding = each_binding,
	.each_flow = each_flow,
};
