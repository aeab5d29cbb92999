/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's role (RFC 6275 10): which nodes there are, when their bindings expire, what is
 * found again after a restart. Binding Updates have their own file.
 */
#include "home_agent.h"
#include "error_report.h"
#include "home_binding.h"
#include "interception.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* IANA protocol numbers */
#define ESP 50
#define AH 51

/* RFC 4285 7: the SPIs below are reserved */
#define SPI_MIN 256

/* RFC 6275 12: MAX_DELETE_BCE_TIMEOUT; what was accepted before a restart counts that long */
#define RESTORED_REMEMBERED (10 * NANOS_PER_SECOND)

/* Two for each binding that expires, and one when none is left. */
#define EXPIRY_EFFECTS (2 * BINDINGS_MAX + 1)

int home_agent_new(struct core *core, const struct home_agent_config *config)
{
	if (config->home_prefix_length > 128 || config->lifetime_max < LIFETIME_UNIT ||
		!address_is_unicast_routable(&config->address))
		return -EINVAL;
	struct home_agent *agent = calloc(1, sizeof(*agent));
	if (!agent)
		return -ENOMEM;
	agent->config = *config;
	rate_limit_init(&agent->notes, &core->port);
	rate_limit_init(&agent->home_link.solicited, &core->port);
	core->home_agent = agent;
	return 0;
}

void home_agent_free(struct core *core)
{
	struct home_agent *agent = core->home_agent;
	for (struct node *node = agent->cache.nodes; node; node = node->hh.next)
		interception_free(agent, node);
	binding_cache_fini(&agent->cache);
	deadlines_fini(&agent->deadlines);
	deadlines_fini(&agent->home_link.deadlines);
	free(agent);
}

/* ---- packets ---- */

/* RFC 5648 6.5: any of its care-of addresses */
static bool is_bound(const struct core *core, const struct packet *packet)
{
	const struct node *node =
		binding_cache_find(&core->home_agent->cache, &packet->home_address);
	if (!node)
		return false;
	for (uint8_t i = 0; i < node->bindings.count; i++)
		if (IN6_ARE_ADDR_EQUAL(&node->bindings.at[i].care_of, &packet->source))
			return true;
	return false;
}

/* RFC 6275 10.5: only a discovery request comes to the anycast address. */
static bool is_ours(const struct home_agent_config *config, const struct packet *packet)
{
	struct in6_addr ours = config->address;
	if (icmpv6_type(packet) == ICMPV6_HOME_AGENT_REQUEST)
		ours = address_home_agents_anycast(
			&config->home_prefix, config->home_prefix_length);
	return IN6_ARE_ADDR_EQUAL(&packet->destination, &ours);
}

bool home_agent_takes(
	struct core *core, struct moment now, const struct packet *packet, struct outbox *outbox)
{
	/* Whom it is for its own rules say (RFC 4861 7.1, 6.1); others' addresses are our business
	 */
	if (icmpv6_is_neighbour_discovery(icmpv6_type(packet)))
		return true;
	/* RFC 6275 6.4: a routing header would have to hold an address of our own */
	if (packet->has_routing || !is_ours(&core->home_agent->config, packet)) {
		core_drop(core, DROP_NOT_FOR_US);
		return false;
	}
	/* RFC 6275 9.3.1: these check the home address themselves */
	if (!packet->has_home_address || packet->next_header == ESP || packet->next_header == AH ||
		packet->next_header == MH_NEXT_HEADER)
		return true;
	if (is_bound(core, packet))
		return true;
	core_drop(core, DROP_NO_BINDING);
	binding_error_send(core, now, 0, packet, BE_UNKNOWN_BINDING, outbox);
	return false;
}

void home_agent_message(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	if (received->message->type == MH_binding_update)
		binding_update_receive(core, now, received, outbox);
	else
		core_drop(core, DROP_NOT_FOR_US);
}

void home_agent_icmpv6(struct core *core, struct moment now, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	switch (received->message->type) {
	case ICMPV6_NEIGHBOR_SOLICITATION:
	case ICMPV6_NEIGHBOR_ADVERTISEMENT:
		home_link_receive(core, now, received, outbox);
		break;
	default:
		core_drop(core, DROP_NOT_FOR_US);
	}
}

/* ---- what the host says ---- */

static bool auth_valid(const struct auth *auth)
{
	if (auth->mode == AUTH_MODE_INSECURE_NONE)
		return true;
	return auth->mode == AUTH_MODE_MN_HA && auth->spi >= SPI_MIN && auth->key_length > 0 &&
	       auth->key_length <= KEY_OCTETS_MAX;
}

static int node_add(
	struct home_agent *agent, const struct in6_addr *home_address, struct node **ret)
{
	int error = deadlines_reserve(&agent->deadlines, binding_cache_count(&agent->cache) + 1);
	if (error == 0)
		error = binding_cache_add(&agent->cache, home_address, ret);
	if (error < 0 || !agent->config.home_link)
		return error;
	error = interception_new(agent, *ret);
	if (error < 0)
		binding_cache_remove(&agent->cache, *ret);
	return error;
}

static int node_set(struct home_agent *agent, const struct host_node *wanted)
{
	if (!auth_valid(&wanted->auth) || wanted->bindings_max == 0 ||
		wanted->bindings_max > BINDINGS_MAX ||
		!address_is_unicast_routable(&wanted->home_address))
		return -EINVAL;
	struct node *node = binding_cache_find(&agent->cache, &wanted->home_address);
	int error = node ? 0 : node_add(agent, &wanted->home_address, &node);
	if (error < 0)
		return error;
	node->auth = wanted->auth;
	node->bindings_max = wanted->bindings_max;
	return 0;
}

static int node_remove(
	struct core *core, struct moment now, const struct host_node *gone, struct outbox *outbox)
{
	static const struct bindings none;
	struct node *node = binding_cache_find(&core->home_agent->cache, &gone->home_address);
	if (!node)
		return -EINVAL;
	node_change_bindings(core, now, node, &none, outbox);
	interception_free(core->home_agent, node);
	binding_cache_remove(&core->home_agent->cache, node);
	return 0;
}

static int restore_node(
	struct home_agent *agent, struct moment now, const struct effect_node *restored)
{
	struct node *node = binding_cache_find(&agent->cache, &restored->home_address);
	if (!node)
		return -EINVAL;
	node->sequence = restored->sequence;
	node->sequence_until = node->bindings.count ? NANOS_NEVER : now.mono + RESTORED_REMEMBERED;
	node->replay_accepted = restored->replay_accepted;
	return 0;
}

static void forget_tunnel(const struct effect_tunnel *tunnel, struct outbox *outbox)
{
	struct effect_tunnel *gone = &outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel;
	gone->home_address = tunnel->home_address;
	gone->bid = tunnel->bid;
}

/* A binding without BID and others exclude each other, whatever the data plane remembers. */
static bool fits(const struct node *node, const struct effect_tunnel *restored)
{
	const struct bindings *present = &node->bindings;
	if (present->count >= node->bindings_max || bindings_find(present, restored->bid))
		return false;
	return present->count == 0 || (restored->bid != 0 && present->at[0].bid != 0);
}

static void restore_binding(struct core *core, struct moment now,
	const struct effect_tunnel *restored, struct outbox *outbox)
{
	struct home_agent *agent = core->home_agent;
	struct node *node = binding_cache_find(&agent->cache, &restored->home_address);
	bool home = restored->kind == TUNNEL_HOME_LINK;
	if (!node || restored->expires <= now.mono || !fits(node, restored) ||
		(home && !home_binding_restore(core, node, restored))) {
		forget_tunnel(restored, outbox);
		return;
	}
	struct binding *binding = bindings_add(&node->bindings, restored->bid);
	binding->care_of = restored->remote;
	binding->expires = restored->expires;
	binding->priority = restored->priority;
	binding->home = home;
	node->sequence_until = NANOS_NEVER;
	deadlines_set(&agent->deadlines, &node->deadline, bindings_first_expiry(&node->bindings));
	/* It may have been made under another address of ours, or for another interface. */
	if (!IN6_ARE_ADDR_EQUAL(&restored->local, &agent->config.address) ||
		(home && agent->home_link.generation != 0))
		binding_tunnel_set(core, node, binding, outbox);
	uint32_t lifetime = (uint32_t)((binding->expires - now.mono) / NANOS_PER_SECOND);
	binding_note(node, binding, lifetime, NOTE_BINDING_RESTORED, outbox);
	interception_follow(core, now, node, outbox);
}

int home_agent_host(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	switch (event->type) {
	case HOST_NODE_SET:
		return node_set(core->home_agent, &event->node);
	case HOST_NODE_REMOVE:
		return node_remove(core, now, &event->node, outbox);
	case HOST_RESTORE_NODE:
		return restore_node(core->home_agent, now, &event->restore_node);
	case HOST_RESTORE_BINDING:
		restore_binding(core, now, &event->restore_binding, outbox);
		return 0;
	case HOST_HOME_LINK:
		return home_link_set(core, now, &event->home_link);
	case HOST_LINK_SET:
	case HOST_LINK_REMOVE:
	case HOST_ADDRESS_SET:
	case HOST_ADDRESS_REMOVE:
	case HOST_ACTIVITY:
	case HOST_PREFER:
	case HOST_STOP:
	case HOST_PREFIX_SET:
	case HOST_PREFIX_REMOVE:
	case HOST_STORE:
	case HOST_ROLLBACK:
		break;
	}
	return -EINVAL;
}

/* ---- time ---- */

/* RFC 6275 10.3.1: after a binding has expired nothing is left of it, its numbers included. */
void node_expire(struct core *core, struct moment now, struct node *node, struct outbox *outbox)
{
	if (node->deadline.place == 0 || node->deadline.at > now.mono)
		return;
	for (uint8_t i = node->bindings.count; i-- > 0;) {
		struct binding *binding = &node->bindings.at[i];
		if (binding->expires <= now.mono)
			node_remove_binding(core, node, binding, NOTE_BINDING_EXPIRED, outbox);
	}
	if (node->bindings.count == 0)
		node->sequence_until = 0;
	interception_follow(core, now, node, outbox);
}

static struct node *node_of(struct deadline *deadline)
{
	return (struct node *)((char *)deadline - offsetof(struct node, deadline));
}

void home_agent_deadline(struct core *core, struct moment now, struct outbox *outbox)
{
	struct deadlines *deadlines = &core->home_agent->deadlines;
	while (deadlines_next(deadlines) <= now.mono && outbox_room(outbox) >= EXPIRY_EFFECTS)
		node_expire(core, now, node_of(deadlines_first(deadlines)), outbox);
	interception_deadline(core, now, outbox);
}

nanos home_agent_next_deadline(const struct core *core)
{
	nanos expiry = deadlines_next(&core->home_agent->deadlines);
	nanos link = deadlines_next(&core->home_agent->home_link.deadlines);
	return expiry < link ? expiry : link;
}

/* ---- looking in ---- */

static void show_node(
	const struct node *node, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	for (uint8_t i = 0; i < node->bindings.count; i++) {
		const struct binding *binding = &node->bindings.at[i];
		const struct binding_view view = {
			.home_address = node->home_address,
			.care_of = binding->care_of,
			.expires = binding->expires,
			.sequence = node->sequence,
			.bid = binding->bid,
			.priority = binding->priority,
			.home = binding->home,
		};
		each(ctx, &view);
	}
}

void home_agent_each_binding(
	const struct core *core, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	const struct node *node = core->home_agent->cache.nodes;
	for (; node; node = node->hh.next)
		show_node(node, each, ctx);
}

void home_agent_each_home_agent(
	const struct core *core, void (*each)(void *ctx, const struct home_agent_view *), void *ctx)
{
	(void)core;
	(void)each;
	(void)ctx;
}

void home_agent_each_prefix(
	const struct core *core, void (*each)(void *ctx, const struct host_prefix *), void *ctx)
{
	(void)core;
	(void)each;
	(void)ctx;
}
