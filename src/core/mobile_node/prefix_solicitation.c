/* SPDX-License-Identifier: BSD-2-Clause */
#include "prefix_solicitation.h"
#include "link_icmpv6.h"
#include "mobile_node.h"

#define TIMEOUT (3 * NANOS_PER_SECOND)      /* RFC 6275 12: INITIAL_SOLICIT_TIMER */
#define TIMEOUT_MAX (32 * NANOS_PER_SECOND) /* RFC 6275 12: MAX_BINDACK_TIMEOUT */

void prefix_solicitation_init(struct prefix_solicitation *solicitation)
{
	solicitation->renew_at = NANOS_NEVER;
}

/* Not sooner than that after the last, whatever the reason. */
static void begin(struct prefix_solicitation *solicitation, nanos now)
{
	if (solicitation->wanted)
		return;
	solicitation->wanted = true;
	solicitation->wait = 0;
	solicitation->at = now;
	if (solicitation->sent)
		solicitation->at = nanos_max(now, solicitation->sent + TIMEOUT);
}

void prefix_solicitation_restart(struct prefix_solicitation *solicitation)
{
	solicitation->wanted = false;
	solicitation->open = false;
}

void prefix_solicitation_need(struct prefix_solicitation *solicitation)
{
	solicitation->renew_at = 0;
}

/* ---- what was said ---- */

static struct in6_addr masked(const struct in6_addr *address, uint8_t length)
{
	struct in6_addr prefix = {0};
	for (unsigned bit = 0; bit < length; bit++)
		prefix.s6_addr[bit / 8] |= address->s6_addr[bit / 8] & (0x80 >> bit % 8);
	return prefix;
}

static nanos after(nanos now, uint32_t seconds)
{
	return seconds == SECONDS_INFINITE ? NANOS_NEVER : now + seconds * NANOS_PER_SECOND;
}

static bool is_of_home_address(const struct mobile_node *node, const struct host_prefix *prefix)
{
	return address_in_prefix(&node->config.home_address, &prefix->prefix, prefix->length);
}

static bool is_known(
	const struct prefix_solicitation *solicitation, nanos now, const struct host_prefix *prefix)
{
	for (uint8_t i = 0; i < solicitation->count; i++) {
		const struct host_prefix *known = &solicitation->known[i];
		if (known->length == prefix->length && known->valid_until > now &&
			IN6_ARE_ADDR_EQUAL(&known->prefix, &prefix->prefix))
			return true;
	}
	return false;
}

static struct host_prefix prefix_of(const struct icmpv6_prefix *option, nanos now)
{
	return (struct host_prefix){
		.prefix = masked(&option->prefix, option->length),
		.length = option->length,
		.on_link = option->on_link,
		.autonomous = option->autonomous,
		.valid_until = after(now, option->valid),
		.preferred_until = after(now, option->preferred),
	};
}

static void report_new(
	const struct mobile_node *node, const struct host_prefix *prefix, struct outbox *outbox)
{
	if (is_of_home_address(node, prefix) || prefix->valid_until <= node->now ||
		is_known(&node->prefixes, node->now, prefix))
		return;
	struct effect_event *event =
		parties_event(&node->parties, EVENT_HOME_PREFIX_NEW, 0, outbox);
	if (event)
		event->care_of = prefix->prefix;
}

/* RFC 4861 4.6.2: none of link-local addresses, and preferred no longer than valid */
static bool can_be(const struct icmpv6_prefix *option)
{
	return option->length > 0 && option->length <= 128 && option->preferred <= option->valid &&
	       address_is_unicast_routable(&option->prefix);
}

static void take_prefixes(
	struct mobile_node *node, const struct icmpv6 *message, struct outbox *outbox)
{
	struct host_prefix known[ICMPV6_PREFIXES_MAX];
	uint8_t count = 0;
	for (uint16_t i = 0; i < message->prefixes_count; i++) {
		if (!can_be(&message->prefixes[i]))
			continue;
		known[count] = prefix_of(&message->prefixes[i], node->now);
		report_new(node, &known[count], outbox);
		count++;
	}
	node->prefixes.count = count;
	for (uint8_t i = 0; i < count; i++)
		node->prefixes.known[i] = known[i];
}

static const struct host_prefix *home_prefix(const struct mobile_node *node)
{
	for (uint8_t i = 0; i < node->prefixes.count; i++)
		if (is_of_home_address(node, &node->prefixes.known[i]))
			return &node->prefixes.known[i];
	return NULL;
}

/* RFC 6275 11.4.2: when three quarters of what is left have passed */
static nanos renewal(const struct mobile_node *node)
{
	const struct host_prefix *home = home_prefix(node);
	if (!home || home->valid_until == NANOS_NEVER || home->valid_until <= node->now)
		return NANOS_NEVER;
	nanos at = node->now + nanos_max((home->valid_until - node->now) / 4 * 3, TIMEOUT);
	return at < home->valid_until ? at : NANOS_NEVER;
}

/* RFC 6275 11.4.3; all but the identifier */
static bool is_of_home_agent(const struct mobile_node *node, const struct received_icmpv6 *received)
{
	const struct packet *packet = received->packet;
	return parties_is_home_agent(&node->parties, &packet->source) && packet->has_routing &&
	       IN6_ARE_ADDR_EQUAL(&packet->routing_address, &node->config.home_address);
}

void prefix_solicitation_receive(struct mobile_node *node, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	struct prefix_solicitation *solicitation = &node->prefixes;
	if (!is_of_home_agent(node, received)) {
		base_drop(node->base, DROP_UNEXPECTED_DISCOVERY);
		return;
	}
	if (!solicitation->open || received->message->identifier != solicitation->identifier) {
		/* unsolicited: not believed, but a reason to ask */
		base_drop(node->base, DROP_UNEXPECTED_DISCOVERY);
		begin(solicitation, node->now);
	} else {
		solicitation->open = false;
		solicitation->wanted = false;
		take_prefixes(node, received->message, outbox);
		solicitation->renew_at = renewal(node);
	}
	node_reconcile(node, now, outbox);
}

/* ---- soliciting ---- */

/* A care-of address that the home agent has a binding of: from others it takes none. */
static const struct link *link_to_solicit(const struct mobile_node *node)
{
	const struct link *best = NULL;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (link->use != LINK_VISITED || !link->has_care_of || !path_usable(&link->path) ||
			!update_list_sure(&node->registration.list, link->bid, &link->care_of))
			continue;
		if (!best || link->priority < best->priority)
			best = link;
	}
	return best;
}

static void solicit(struct mobile_node *node, const struct link *link, struct outbox *outbox)
{
	struct prefix_solicitation *solicitation = &node->prefixes;
	node->base->port.random(
		node->base->port.ctx, &solicitation->identifier, sizeof(solicitation->identifier));
	const struct icmpv6 message = {
		.type = ICMPV6_PREFIX_SOLICITATION,
		.identifier = solicitation->identifier,
	};
	link_icmpv6_build(link, &node->parties.home_agent, &node->config.home_address, &message,
		&outbox_add(outbox, EFFECT_SEND)->send);
	/* RFC 6275 11.8 */
	solicitation->wait =
		solicitation->wait ? nanos_min(2 * solicitation->wait, TIMEOUT_MAX) : TIMEOUT;
	solicitation->sent = node->now;
	solicitation->at = node->now + solicitation->wait;
	solicitation->open = true;
}

static bool is_deprecated(const struct mobile_node *node)
{
	const struct host_prefix *home = home_prefix(node);
	return node->prefixes.count > 0 && (!home || home->preferred_until <= node->now);
}

/* Once, until it is preferred again. */
static void report_deprecated(struct mobile_node *node, struct outbox *outbox)
{
	bool deprecated = is_deprecated(node);
	if (deprecated && !node->prefixes.deprecated)
		parties_event(&node->parties, EVENT_HOME_PREFIX_DEPRECATED, 0, outbox);
	node->prefixes.deprecated = deprecated;
}

void prefix_solicitation_reconcile(struct mobile_node *node, struct outbox *outbox)
{
	struct prefix_solicitation *solicitation = &node->prefixes;
	report_deprecated(node, outbox);
	if (node->now >= solicitation->renew_at) {
		solicitation->renew_at = NANOS_NEVER;
		begin(solicitation, node->now);
	}
	const struct link *link = link_to_solicit(node);
	if (link && solicitation->wanted && node->now >= solicitation->at && outbox_room(outbox))
		solicit(node, link, outbox);
}

nanos prefix_solicitation_next_deadline(const struct mobile_node *node)
{
	const struct prefix_solicitation *solicitation = &node->prefixes;
	const struct host_prefix *home = home_prefix(node);
	nanos at = solicitation->renew_at;
	if (home && !solicitation->deprecated)
		at = nanos_min(at, home->preferred_until);
	if (solicitation->wanted && link_to_solicit(node))
		at = nanos_min(at, solicitation->at);
	return at;
}
