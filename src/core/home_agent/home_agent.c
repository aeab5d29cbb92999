/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's role (RFC 6275 10): the packets that are for it, and the mobile nodes that the
 * host configures. Binding Updates and changes of bindings have their own files.
 */
#include "home_agent.h"
#include "home_link/duplicate_address_detection.h"
#include "home_link/home_binding.h"
#include "home_link/interception.h"
#include "../base/error_report.h"
#include "../base/own_packet.h"
#include "../binding/binding_changes.h"

#include <errno.h>
#include <stdlib.h>

/* RFC 4285 7: the SPIs below are reserved */
#define SPI_MIN 256

/* The most effects of one entry: bindings that expire, or are probed; EFFECT_INTERCEPT, and an
 * advertisement. */
#define ENTRY_EFFECTS (BINDING_EXPIRY_EFFECTS + 2)

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
	return agent->config.home_link &&
	       home_binding_is_at_home(&agent->home_link, received->packet) &&
	       !home_link_has_sender(
		       &agent->home_link, received->arrival->ifindex, received->packet);
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
	const struct binding_entry *entry = is_ours(&agent->config, packet)
						    ? home_agent_find(agent, &packet->home_address)
						    : NULL;
	(void)now;
	return entry && bindings_at(&entry->bindings, &packet->source);
}

static void address_answer(
	const void *self, const struct received *received, struct effect_send *answer)
{
	home_binding_address_answer(&((const struct home_agent *)self)->home_link,
		received->arrival->ifindex, received->packet, NULL, answer);
}

static bool admits(void *self, struct moment now, const struct received *received, bool bound,
	struct outbox *outbox)
{
	struct home_agent *agent = self;
	const struct packet *packet = received->packet;
	if (icmpv6_is_neighbour_discovery(icmpv6_type(packet)))
		return true;
	if (IN6_IS_ADDR_LINKLOCAL(&packet->destination)) {
		home_link_undeliverable(&agent->home_link, now, received, outbox);
		return false;
	}
	/* RFC 6275 6.4: a routing header would need an address of our own */
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
	home_binding_address_answer(
		&agent->home_link, received->arrival->ifindex, packet, NULL, send);
	if (payload.length == 0 || send->length == 0)
		outbox->count--;
}

static bool has_home_binding(const struct home_agent *agent, const struct packet *packet)
{
	const struct binding_entry *entry = home_agent_find(agent, packet_home_address(packet));
	return entry && entry->bindings.count > 0;
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
	home_agent_update(agent, now, received, outbox);
	return DROP_NONE;
}

static bool echo_reply(struct home_agent *agent, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct verification_basis basis = home_agent_verification_basis(agent);
	struct in6_addr home_address;
	if (!verification_home_address(&basis, received, &home_address))
		return false;
	struct binding_entry *entry = home_agent_find(agent, &home_address);
	if (!entry || !verification_reply(home_agent_entry_of(entry)->verification, &basis, now,
			      entry, received, outbox))
		return false;
	binding_entry_schedule(&agent->cache, now.mono, entry);
	return true;
}

static void prefix_solicitation(struct home_agent *agent, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	const struct prefix_delivery_basis basis = home_agent_delivery_basis(agent);
	struct binding_entry *entry = packet->has_home_address && agent->config.prefix_advertisement
					      ? home_agent_find(agent, &packet->home_address)
					      : NULL;
	if (!entry) {
		base_drop(agent->base, DROP_NOT_FOR_US);
		return;
	}
	prefix_delivery_solicited(
		&home_agent_entry_of(entry)->delivery, &basis, now, entry, received, outbox);
	binding_entry_schedule(&agent->cache, now.mono, entry);
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
		return echo_reply(agent, now, received, outbox) ? DROP_NONE : DROP_UNEXPECTED_REPLY;
	case ICMPV6_NEIGHBOR_SOLICITATION:
	case ICMPV6_NEIGHBOR_ADVERTISEMENT:
		home_link_receive(&agent->home_link, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_ROUTER_ADVERTISEMENT:
		home_agent_discovery_hear(&agent->discovery, now, received);
		return DROP_NONE;
	case ICMPV6_HOME_AGENT_REQUEST:
		home_agent_discovery_request(&agent->discovery, now, received, outbox);
		return DROP_NONE;
	case ICMPV6_PREFIX_SOLICITATION:
		prefix_solicitation(agent, now, received, outbox);
		return DROP_NONE;
	default:
		return DROP_NOT_FOR_US;
	}
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
	       address_is_unicast_routable(&node->home_address);
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
	whole->verify = (uint8_t)wanted->verify;
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

static bool concerns(const void *self, const struct host_event *event)
{
	switch (event->type) {
	case HOST_RESTORE:
		return restores_our(self, &event->record.home_address, &event->record.peer);
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
	case HOST_RESTORE:
		return home_agent_restore(agent, now, &event->record, outbox);
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
};
