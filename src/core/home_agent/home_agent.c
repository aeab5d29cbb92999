/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's role (RFC 6275 10): which nodes there are, when their bindings expire, what is
 * found again after a restart. Binding Updates have their own file.
 */
#include "home_agent.h"
#include "home_link/duplicate_address_detection.h"
#include "../base/error_report.h"
#include "home_link/home_binding.h"
#include "home_link/interception.h"
#include "refresh_request.h"
#include "verification.h"
#include "home_agent_discovery.h"
#include "prefix_delivery.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* RFC 4285 7: the SPIs below are reserved */
#define SPI_MIN 256

/*
 * Two for each binding, which expires or is probed, one when none is left, and a Binding Refresh
 * Request.
 */
#define NODE_EFFECTS (2 * BINDINGS_MAX + 2)

/* To each source: Binding Errors, and answers to probes that the data plane does not answer. */
#define ERRORS_PER_SECOND 5
#define ANSWERS_PER_SECOND 50

int home_agent_new(
	struct core_base *base, const struct home_agent_config *config, struct home_agent **ret)
{
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
	rate_limit_init(&agent->notes, &base->port, RATE_LIMIT_NOTES);
	source_limit_init(&agent->errors, &base->port, ERRORS_PER_SECOND);
	source_limit_init(&agent->answers, &base->port, ANSWERS_PER_SECOND);
	node_addresses_add(&base->addresses, &config->address, NULL, NULL);
	*ret = agent;
	return 0;
}

static void agent_free(void *self)
{
	struct home_agent *agent = self;
	for (struct node *node = agent->cache.nodes; node; node = node->hh.next) {
		interception_free(agent, node);
		prefix_delivery_free(node);
	}
	binding_cache_fini(&agent->cache);
	deadlines_fini(&agent->deadlines);
	deadlines_fini(&agent->home_link.deadlines);
	free(agent);
}

/* ---- packets ---- */

/* RFC 6275 10.5: only a discovery request comes to the anycast address. */
static bool is_ours(const struct home_agent_config *config, const struct packet *packet)
{
	struct in6_addr ours = config->address;
	if (icmpv6_type(packet) == ICMPV6_HOME_AGENT_REQUEST)
		ours = address_home_agents_anycast(
			&config->home_prefix, config->home_prefix_length);
	return IN6_ARE_ADDR_EQUAL(&packet->destination, &ours);
}

/*
 * A packet from a home address came by another link than the home link: it is forged, or an
 * attacker who made the mobile node believe that it is at home has relayed it. While the configured
 * home link cannot be used, no mobile node is at home.
 */
static bool comes_from_elsewhere(const struct home_agent *agent, const struct received *received)
{
	return agent->config.home_link && home_binding_is_at_home(agent, received->packet) &&
	       !home_link_has_sender(agent, received->arrival->ifindex, received->packet);
}

/* Neighbour Discovery has rules of its own about its destination (RFC 4861 6.1, 7.1); it may be for
 * an address that the home agent proxies. */
static bool is_for(const void *self, const struct received *received)
{
	const struct home_agent *agent = self;
	const struct packet *packet = received->packet;
	if (icmpv6_is_neighbour_discovery(icmpv6_type(packet)) ||
		IN6_IS_ADDR_LINKLOCAL(&packet->destination))
		return agent->config.home_link &&
		       received->arrival->ifindex == agent->home_link.now.ifindex;
	return !packet->has_routing && is_ours(&agent->config, packet);
}

/* RFC 5648 6.5: any of its care-of addresses */
static bool binds(const void *self, nanos now, const struct packet *packet)
{
	const struct home_agent *agent = self;
	const struct node *node = is_ours(&agent->config, packet)
					  ? binding_cache_find(&agent->cache, &packet->home_address)
					  : NULL;
	(void)now;
	return node && bindings_at(&node->bindings, &packet->source);
}

static void address_answer(
	const void *self, const struct received *received, struct effect_send *answer)
{
	home_binding_address_answer(
		self, received->arrival->ifindex, received->packet, NULL, answer);
}

static bool admits(void *self, struct moment now, const struct received *received, bool bound,
	struct outbox *outbox)
{
	struct home_agent *agent = self;
	const struct packet *packet = received->packet;
	if (icmpv6_is_neighbour_discovery(icmpv6_type(packet)))
		return true;
	if (IN6_IS_ADDR_LINKLOCAL(&packet->destination)) {
		home_link_undeliverable(agent, now, received, outbox);
		return false;
	}
	/* RFC 6275 6.4: a routing header would have to hold an address of our own */
	if (packet->has_routing || !is_ours(&agent->config, packet)) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return false;
	}
	if (comes_from_elsewhere(agent, received)) {
		base_drop(agent->base, DROP_NOT_ON_HOME_LINK);
		return false;
	}
	if (bound)
		return true;
	base_drop(agent->base, DROP_NO_BINDING);
	struct effect_send *answer = unknown_binding_send(
		agent->base, &agent->errors, received->arrival, packet, outbox);
	if (answer)
		address_answer(agent, received, answer);
	return false;
}

/*
 * RFC 6275 9.3.1, 9.3.2: a probe that shows the binding; the caller has found the binding. The data
 * plane answers the usual form of it, the kernel answers requests without Home Address option.
 */
static void echo_request(struct home_agent *agent, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	if (!packet->has_home_address) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return;
	}
	if (!source_limit_allows(&agent->answers, now.mono, &packet->source)) {
		base_drop(agent->base, DROP_RATE_LIMITED);
		return;
	}
	struct icmpv6 reply = *received->message;
	reply.type = ICMPV6_ECHO_REPLY;
	uint8_t octets[PACKET_OCTETS_MAX];
	const struct octets payload = {octets, icmpv6_encode(&reply, octets, sizeof(octets))};
	const struct packet_envelope envelope = {
		.source = agent->config.address,
		.destination = packet->source,
		.routing_address =
			packet_is_from_home_address(packet) ? NULL : &packet->home_address,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *send = &outbox_add(outbox, EFFECT_SEND)->send;
	send->length =
		(uint16_t)packet_build(&envelope, payload, send->octets, sizeof(send->octets));
	home_binding_address_answer(agent, received->arrival->ifindex, packet, NULL, send);
	if (payload.length == 0 || send->length == 0)
		outbox->count--;
}

static bool has_home_binding(const struct home_agent *agent, const struct packet *packet)
{
	const struct node *node = binding_cache_find(&agent->cache, packet_home_address(packet));
	return node && node->bindings.count > 0;
}

/* RFC 6275 9.5.1: a correspondent of the same core registers updates without H, unless the home
 * address is registered here. */
static bool is_for_correspondent(const struct home_agent *agent, const struct received *received)
{
	return agent->base->corresponds && !(received->message->binding_update.flags & BU_HOME) &&
	       !has_home_binding(agent, received->packet);
}

static enum drop message(
	void *self, struct moment now, const struct received *received, struct outbox *outbox)
{
	struct home_agent *agent = self;
	if (received->message->type != MH_binding_update || is_for_correspondent(agent, received))
		return DROP_NOT_FOR_US;
	binding_update_receive(agent, now, received, outbox);
	return DROP_NONE;
}

static enum drop icmpv6(void *self, struct moment now, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	struct home_agent *agent = self;
	switch (received->message->type) {
	case ICMPV6_ECHO_REQUEST:
		echo_request(agent, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_ECHO_REPLY:
		return verification_reply(agent, now, received, outbox) ? DROP_NONE
									: DROP_UNEXPECTED_REPLY;
	case ICMPV6_NEIGHBOR_SOLICITATION:
	case ICMPV6_NEIGHBOR_ADVERTISEMENT:
		home_link_receive(agent, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_ROUTER_ADVERTISEMENT:
		home_agent_discovery_hear(agent, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_HOME_AGENT_REQUEST:
		home_agent_discovery_request(agent, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_PREFIX_SOLICITATION:
		prefix_delivery_solicited(agent, now, received, outbox);
		return DROP_NONE;
	default:
		return DROP_NOT_FOR_US;
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

static bool node_valid(const struct host_node *node)
{
	return auth_valid(&node->auth) && node->bindings_max > 0 &&
	       node->bindings_max <= BINDINGS_MAX && node->verify <= VERIFY_PROBE &&
	       address_is_unicast_routable(&node->home_address);
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

static bool is_authenticated(const struct auth *auth)
{
	return auth->mode == AUTH_MODE_MN_HA && auth->key_length > 0;
}

/* What waits to be verified need not be, if that is what has changed. */
static void node_configure(struct home_agent *agent, struct moment now, struct node *node,
	const struct host_node *wanted, struct outbox *outbox)
{
	agent->authenticated -= is_authenticated(&node->auth);
	agent->authenticated += is_authenticated(&wanted->auth);
	node->auth = wanted->auth;
	node->bindings_max = wanted->bindings_max;
	node->mcoa_prohibited = wanted->mcoa_prohibited;
	node->bulk_prohibited = wanted->bulk_prohibited;
	node->verify = (uint8_t)wanted->verify;
	if (wanted->verify == VERIFY_PROBE || !node->verification)
		return;
	free(node->verification);
	node->verification = NULL;
	node_change_bindings(agent, now, node, &node->bindings, outbox);
}

static int node_set(struct home_agent *agent, struct moment now, const struct host_node *wanted,
	struct outbox *outbox)
{
	if (!node_valid(wanted))
		return -EINVAL;
	struct node *node = binding_cache_find(&agent->cache, &wanted->home_address);
	struct verification *verification = NULL;
	if (wanted->verify == VERIFY_PROBE && !(node && node->verification)) {
		verification = verification_new();
		if (!verification)
			return -ENOMEM;
	}
	int error = node ? 0 : node_add(agent, &wanted->home_address, &node);
	if (error < 0) {
		free(verification);
		return error;
	}
	if (verification)
		node->verification = verification;
	node_configure(agent, now, node, wanted, outbox);
	return 0;
}

static int node_remove(struct home_agent *agent, struct moment now, const struct host_node *gone,
	struct outbox *outbox)
{
	static const struct bindings none;
	struct node *node = binding_cache_find(&agent->cache, &gone->home_address);
	if (!node)
		return -EINVAL;
	detection_abandon(agent, now, node);
	node_change_bindings(agent, now, node, &none, outbox);
	interception_free(agent, node);
	prefix_delivery_free(node);
	agent->authenticated -= is_authenticated(&node->auth);
	binding_cache_remove(&agent->cache, node);
	return 0;
}

/* What has changed for a node its deadline finds: there may be more nodes than an outbox holds. */
static int prefixes_changed(struct home_agent *agent, struct moment now, int result)
{
	if (result == 0)
		prefix_delivery_changed(agent, now);
	struct node *node = result < 0 ? NULL : agent->cache.nodes;
	for (; node; node = node->hh.next)
		node_schedule(agent, node);
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
	const struct node *node = binding_cache_find(&agent->cache, &unbound->home_address);
	const struct binding *binding =
		node ? bindings_at(&node->bindings, &unbound->care_of) : NULL;
	if (!node || (binding && binding->expires > now.mono) ||
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

/* What is restored names a correspondent, one of our mobile nodes, or a mobile node of this core.
 */
static bool restores_our(const struct home_agent *agent, const struct in6_addr *home_address,
	const struct in6_addr *peer)
{
	return !(agent->base->corresponds && !IN6_IS_ADDR_UNSPECIFIED(peer)) &&
	       !node_addresses_home(&agent->base->addresses, home_address);
}

static bool concerns(const void *self, const struct host_event *event)
{
	switch (event->type) {
	case HOST_RESTORE_NODE:
		return restores_our(
			self, &event->restore_node.home_address, &event->restore_node.peer);
	case HOST_RESTORE_BINDING:
		return restores_our(
			self, &event->restore_binding.home_address, &event->restore_binding.peer);
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
	case HOST_RESTORE_NODE:
		return node_restore(agent, now, &event->restore_node);
	case HOST_RESTORE_BINDING:
		binding_restore(agent, now, &event->restore_binding, outbox);
		return 0;
	case HOST_HOME_LINK:
		return home_link_set(agent, now, &event->home_link);
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
		return node_roll_back(agent, now, &event->rollback, outbox);
	default:
		return -EINVAL;
	}
}

/* ---- time ---- */

/*
 * RFC 6275 10.3.1: a binding goes when its lifetime ends, and when the home prefix is not valid any
 * more. After the last has expired nothing is left of it, its numbers included.
 */
void node_expire(
	struct home_agent *agent, struct moment now, struct node *node, struct outbox *outbox)
{
	if (node->deadline.place == 0 || node->deadline.at > now.mono)
		return;
	bool valid = home_prefixes_valid_until(&agent->prefixes, &node->home_address) > now.mono;
	for (uint8_t i = node->bindings.count; i-- > 0;) {
		struct binding *binding = &node->bindings.at[i];
		if (!valid || binding->expires <= now.mono)
			node_remove_binding(agent, node, binding, EVENT_BINDING_EXPIRED, outbox);
	}
	if (node->bindings.count == 0)
		node->sequence_until = 0;
	interception_follow(agent, now, node, outbox);
}

static void node_deadline(
	struct home_agent *agent, struct moment now, struct node *node, struct outbox *outbox)
{
	node_expire(agent, now, node, outbox);
	verification_deadline(agent, now, node, outbox);
	refresh_request_deadline(agent, now, node, outbox);
	prefix_delivery_deadline(agent, now, node, outbox);
	node_schedule(agent, node);
}

static struct node *node_of(struct deadline *deadline)
{
	return (struct node *)((char *)deadline - offsetof(struct node, deadline));
}

static void deadline(void *self, struct moment now, struct outbox *outbox)
{
	struct home_agent *agent = self;
	struct deadlines *deadlines = &agent->deadlines;
	while (deadlines_next(deadlines) <= now.mono && outbox_room(outbox) >= NODE_EFFECTS)
		node_deadline(agent, now, node_of(deadlines_first(deadlines)), outbox);
	interception_deadline(agent, now, outbox);
}

static nanos next_deadline(const void *self)
{
	const struct home_agent *agent = self;
	nanos expiry = deadlines_next(&agent->deadlines);
	nanos link = deadlines_next(&agent->home_link.deadlines);
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
			.verified = binding->verified,
		};
		each(ctx, &view);
	}
}

static void each_binding(
	const void *self, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	const struct home_agent *agent = self;
	for (const struct node *node = agent->cache.nodes; node; node = node->hh.next)
		show_node(node, each, ctx);
}

void home_agent_each_prefix(const struct home_agent *agent,
	void (*each)(void *ctx, const struct host_prefix *), void *ctx)
{
	const struct home_prefixes *prefixes = &agent->prefixes;
	for (uint8_t i = 0; i < prefixes->count; i++)
		each(ctx, &prefixes->at[i]);
}

const struct role home_agent_role = {
	.is_for = is_for,
	.binds = binds,
	.admits = admits,
	.address_answer = address_answer,
	.message = message,
	.icmpv6 = icmpv6,
	.concerns = concerns,
	.host = host,
	.stopped = stopped,
	.deadline = deadline,
	.next_deadline = next_deadline,
	.each_binding = each_binding,
	.free = agent_free,
};
