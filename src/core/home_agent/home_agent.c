/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's role (RFC 6275 10): the mobile nodes that the host configures, and other events
 * of the host. Packets and changes of bindings have their own files.
 */
#include "home_agent.h"
#include "home_link/duplicate_address_detection.h"
#include "home_link/interception.h"
#include "../base/error_report.h"
#include "../binding/binding_changes.h"
#include "../binding/recovery.h"

#include <errno.h>
#include <stdlib.h>

/* RFC 4285 7: the SPIs below are reserved */
#define SPI_MIN 256

/* The most effects of one entry: bindings that expire, or are probed; EFFECT_INTERCEPT, and an
 * advertisement. */
#define ENTRY_EFFECTS (BINDING_EXPIRY_EFFECTS + RECOVERY_EFFECTS + 2)

/* Messages a second to each source: Binding Errors, and replies to probes that the data plane does
 * not answer. */
#define ERRORS_PER_SECOND 5
#define ANSWERS_PER_SECOND 50

static unsigned count(const struct core_config *config)
{
	return config->is_home_agent;
}

static int create(
	struct core_base *base, const struct core_config *configured, unsigned index, void **ret)
{
	const struct home_agent_config *config = &configured->home_agent;
	(void)index;
	if (config->home_prefix_length == 0 || config->home_prefix_length > 128 ||
		config->lifetime_max < LIFETIME_UNIT ||
		!address_is_unicast_routable(&config->address))
		return -EINVAL;
	struct home_agent *agent = calloc(1, sizeof(*agent));
	if (!agent)
		return -ENOMEM;
	agent->base = base;
	agent->config = *config;
	home_prefixes_init(&agent->prefixes, &config->home_prefix, config->home_prefix_length);
	binding_cache_init(&agent->cache, &home_agent_binding_role, agent, base);
	agent->cache.refresh_request = config->refresh_request;
	agent->cache.recovers = config->recovery;
	agent->cache.flow_bindings = config->mcoa && config->flow_bindings;
	agent->home_link = (struct home_link){
		.config = &agent->config,
		.prefixes = &agent->prefixes,
		.cache = &agent->cache,
		.base = base,
		.detected = home_agent_detected,
	};
	agent->discovery = (struct home_agent_discovery){
		.config = &agent->config,
		.prefixes = &agent->prefixes,
		.home_link = &agent->home_link,
		.base = base,
	};
	source_limit_init(&agent->errors, &base->port, ERRORS_PER_SECOND);
	source_limit_init(&agent->answers, &base->port, ANSWERS_PER_SECOND);
	node_addresses_add(&base->addresses, &config->address, NULL, NULL);
	*ret = agent;
	return 0;
}

static void agent_free(void *self)
{
	struct home_agent *agent = self;
	binding_cache_fini(&agent->cache);
	deadlines_fini(&agent->home_link.deadlines);
	free(agent);
}

/* ---- host events ---- */

static bool auth_valid(const struct auth *auth)
{
	if (auth->mode == AUTH_MODE_INSECURE_NONE)
		return true;
	return auth->mode == AUTH_MODE_MN_HA && auth->spi >= SPI_MIN && auth->key_length > 0 &&
	       auth->key_length <= KEY_OCTETS_MAX;
}

static bool node_valid(const struct host_node *node)
{
	return auth_valid(&node->auth) && node->bindings_max > 0 &&
	       node->bindings_max <= BINDINGS_MAX && node->verify <= VERIFY_PROBE &&
	       node->sharing <= SHARE_FLOWS && address_is_unicast_routable(&node->home_address);
}

static int entry_add(
	struct home_agent *agent, const struct in6_addr *home_address, struct binding_entry **ret)
{
	struct binding_entry *entry = binding_entry_new(sizeof(struct home_agent_entry));
	if (!entry)
		return -ENOMEM;
	entry->home_address = *home_address;
	entry->own = &agent->config.address;
	int error = binding_cache_add(
		&agent->cache, entry, &entry->home_address, sizeof(entry->home_address));
	if (error < 0 || !agent->config.home_link) {
		*ret = entry;
		return error;
	}
	error = interception_new(&agent->home_link, entry);
	if (error < 0)
		binding_cache_remove(&agent->cache, entry);
	*ret = entry;
	return error;
}

static bool is_authenticated(const struct auth *auth)
{
	return auth->mode == AUTH_MODE_MN_HA && auth->key_length > 0;
}

/* Without verification the care-of addresses that wait for it count as verified. */
static void entry_configure(struct home_agent *agent, struct moment now,
	struct binding_entry *entry, const struct host_node *wanted, struct outbox *outbox)
{
	struct home_agent_entry *whole = home_agent_entry_of(entry);
	agent->authenticated -= is_authenticated(&whole->auth);
	agent->authenticated += is_authenticated(&wanted->auth);
	whole->auth = wanted->auth;
	whole->bindings_max = wanted->bindings_max;
	whole->mcoa_prohibited = wanted->mcoa_prohibited;
	whole->bulk_prohibited = wanted->bulk_prohibited;
	whole->flows_prohibited = wanted->flows_prohibited;
	whole->verify = wanted->verify & 0xfu;
	whole->sharing = wanted->sharing & 0xfu;
	if (wanted->verify == VERIFY_PROBE || !whole->verification)
		return;
	free(whole->verification);
	whole->verification = NULL;
	binding_entry_change(&agent->cache, now, entry, &entry->bindings, outbox);
}

static int node_set(struct home_agent *agent, struct moment now, const struct host_node *wanted,
	struct outbox *outbox)
{
	if (!node_valid(wanted))
		return -EINVAL;
	struct binding_entry *entry = home_agent_find(agent, &wanted->home_address);
	struct verification *verification = NULL;
	if (wanted->verify == VERIFY_PROBE &&
		!(entry && home_agent_entry_of(entry)->verification)) {
		verification = verification_new();
		if (!verification)
			return -ENOMEM;
	}
	int error = entry ? 0 : entry_add(agent, &wanted->home_address, &entry);
	if (error < 0) {
		free(verification);
		return error;
	}
	if (verification)
		home_agent_entry_of(entry)->verification = verification;
	entry_configure(agent, now, entry, wanted, outbox);
	return 0;
}

static int node_remove(struct home_agent *agent, struct moment now, const struct host_node *gone,
	struct outbox *outbox)
{
	static const struct bindings none;
	struct binding_entry *entry = home_agent_find(agent, &gone->home_address);
	if (!entry)
		return -EINVAL;
	detection_abandon(&agent->home_link, now, entry);
	binding_entry_change(&agent->cache, now, entry, &none, outbox);
	agent->authenticated -= is_authenticated(&home_agent_entry_of(entry)->auth);
	binding_cache_remove(&agent->cache, entry);
	return 0;
}

/* Each entry handles the change at its deadline, since an outbox may not have space for all
 * entries. */
static int prefixes_changed(struct home_agent *agent, struct moment now, int result)
{
	const struct prefix_delivery_basis basis = home_agent_delivery_basis(agent);
	struct binding_entry *entry = result < 0 ? NULL : agent->cache.entries;
	for (; entry; entry = entry->hh.next) {
		prefix_delivery_changed(&home_agent_entry_of(entry)->delivery, &basis, now, entry);
		binding_entry_schedule(&agent->cache, now.mono, entry);
	}
	return result;
}

/*
 * RFC 6275 9.3.3, for tunnelled packets: without a Binding Error, the packets of the mobile node
 * are lost until it refreshes. Only configured mobile nodes get one, limited for each source. The
 * error has 64 octets, the packet that caused it 80 or more.
 */
static void tell_unbound(struct home_agent *agent, struct moment now,
	const struct host_unbound *unbound, struct outbox *outbox)
{
	const struct binding_entry *entry = home_agent_find(agent, &unbound->home_address);
	const struct binding *binding =
		entry ? bindings_at(&entry->bindings, &unbound->care_of) : NULL;
	if (!entry || (binding && binding->expires > now.mono) ||
		!address_is_unicast_routable(&unbound->care_of)) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return;
	}
	base_drop(agent->base, DROP_NO_BINDING);
	if (source_limit_allows(&agent->errors, now.mono, &unbound->care_of))
		lost_binding_send(agent->base, &agent->config.address, &unbound->care_of,
			&unbound->home_address, outbox);
	else
		base_drop(agent->base, DROP_RATE_LIMITED);
}

static int set_activity(struct home_agent *agent, struct moment now,
	const struct host_activity *activity, struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &activity->home_address);
	const struct binding *binding =
		entry ? bindings_find(&entry->bindings, activity->bid) : NULL;
	if (!binding)
		return -EINVAL;
	recovery_activity(&agent->cache, now.mono, entry, binding, activity, outbox);
	binding_entry_schedule(&agent->cache, now.mono, entry);
	return 0;
}

static int set_unreachable(struct home_agent *agent, struct moment now,
	const struct host_unreachable *unreachable, struct outbox *outbox)
{
	struct binding_entry *entry = home_agent_find(agent, &unreachable->home_address);
	const struct binding *binding =
		entry ? bindings_at(&entry->bindings, &unreachable->care_of) : NULL;
	if (!binding)
		return -EINVAL;
	recovery_error(&agent->cache, now.mono, entry, binding, true, outbox);
	binding_entry_schedule(&agent->cache, now.mono, entry);
	return 0;
}

static int store_set(struct home_agent *agent, bool works, struct outbox *outbox)
{
	enum store_state before = agent->store;
	agent->store = works ? STORE_WORKS : STORE_DOWN;
	if (works && before == STORE_DOWN)
		outbox_add(outbox, EFFECT_EVENT)->event.type = EVENT_STORE_UP;
	else if (!works && before != STORE_DOWN)
		outbox_add(outbox, EFFECT_EVENT)->event.type = EVENT_STORE_DOWN;
	return 0;
}

/* A restored record is about a correspondent, one of our mobile nodes, or a mobile node of this
 * core. */
static bool restores_our(const struct home_agent *agent, const struct in6_addr *home_address,
	const struct in6_addr *peer)
{
	return !(agent->base->corresponds && !IN6_IS_ADDR_UNSPECIFIED(peer)) &&
	       !node_addresses_home(&agent->base->addresses, home_address);
}

static bool is_our_tunnel(const struct home_agent *agent, const struct in6_addr *home_address,
	const struct in6_addr *peer)
{
	return IN6_IS_ADDR_UNSPECIFIED(peer) && home_agent_find(agent, home_address);
}

static bool concerns(const void *self, const struct host_event *event)
{
	switch (event->type) {
	case HOST_RESTORE:
		return restores_our(self, &event->record.home_address, &event->record.peer);
	case HOST_ACTIVITY:
		return is_our_tunnel(self, &event->activity.home_address, &event->activity.peer);
	case HOST_UNREACHABLE:
		return is_our_tunnel(
			self, &event->unreachable.home_address, &event->unreachable.peer);
	case HOST_RESTORE_FLOW:
		return restores_our(self, &event->flow.home_address, &event->flow.peer);
	case HOST_NODE_SET:
	case HOST_NODE_REMOVE:
	case HOST_HOME_LINK:
	case HOST_PREFIX_SET:
	case HOST_PREFIX_REMOVE:
	case HOST_STORE:
	case HOST_UNBOUND:
	case HOST_ROLLBACK:
		return true;
	default:
		return false;
	}
}

/* A home agent keeps its bindings when it stops. */
static bool stopped(const void *self)
{
	(void)self;
	return true;
}

static int host(
	void *self, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	struct home_agent *agent = self;
	switch (event->type) {
	case HOST_NODE_SET:
		return node_set(agent, now, &event->node, outbox);
	case HOST_NODE_REMOVE:
		return node_remove(agent, now, &event->node, outbox);
	case HOST_ACTIVITY:
		return set_activity(agent, now, &event->activity, outbox);
	case HOST_UNREACHABLE:
		return set_unreachable(agent, now, &event->unreachable, outbox);
	case HOST_RESTORE:
		return home_agent_restore(agent, now, &event->record, outbox);
	case HOST_RESTORE_FLOW:
		return home_agent_restore_flow(agent, &event->flow, outbox);
	case HOST_HOME_LINK:
		return home_link_set(&agent->home_link, now, &event->home_link);
	case HOST_PREFIX_SET:
		return prefixes_changed(
			agent, now, home_prefixes_set(&agent->prefixes, &event->prefix));
	case HOST_PREFIX_REMOVE:
		return prefixes_changed(
			agent, now, home_prefixes_remove(&agent->prefixes, &event->prefix));
	case HOST_STORE:
		return store_set(agent, event->store_works, outbox);
	case HOST_UNBOUND:
		tell_unbound(agent, now, &event->unbound, outbox);
		return 0;
	case HOST_ROLLBACK:
		return home_agent_roll_back(agent, now, &event->record, outbox);
	default:
		return -EINVAL;
	}
}

/* ---- time ---- */

static void deadline(void *self, struct moment now, struct outbox *outbox)
{
	struct home_agent *agent = self;
	binding_cache_deadline(&agent->cache, now, ENTRY_EFFECTS, outbox);
	interception_deadline(&agent->home_link, now, outbox);
}

static nanos next_deadline(const void *self)
{
	const struct home_agent *agent = self;
	return nanos_min(deadlines_next(&agent->cache.deadlines),
		deadlines_next(&agent->home_link.deadlines));
}

/* ---- views ---- */

static void each_binding(
	const void *self, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	const struct home_agent *agent = self;
	binding_cache_each(&agent->cache, each, ctx);
}

static void each_flow(
	const void *self, void (*each)(void *ctx, const struct flow_view *), void *ctx)
{
	const struct home_agent *agent = self;
	binding_cache_each_flow(&agent->cache, each, ctx);
}

void home_agent_each_home_agent(const struct home_agent *agent,
	void (*each)(void *ctx, const struct home_agent_view *), void *ctx)
{
	home_agent_discovery_each(&agent->discovery, each, ctx);
}

void home_agent_each_prefix(const struct home_agent *agent,
	void (*each)(void *ctx, const struct host_prefix *), void *ctx)
{
	const struct home_prefixes *prefixes = &agent->prefixes;
	for (uint8_t i = 0; i < prefixes->count; i++)
		each(ctx, &prefixes->at[i]);
}

const struct role home_agent_role = {
	.count = count,
	.create = create,
	.free = agent_free,
	.is_for = home_agent_is_for,
	.binds = home_agent_binds,
	.admits = home_agent_admits,
	.address_answer = home_agent_address_answer,
	.message = home_agent_message,
	.icmpv6 = home_agent_icmpv6,
	.concerns = concerns,
	.host = host,
	.stopped = stopped,
	.deadline = deadline,
	.next_deadline = next_deadline,
	.each_binding = each_binding,
	.each_flow = each_flow,
};
