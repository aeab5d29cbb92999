/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent_discovery.h"
#include "../base/bindack_timeout.h"
#include "link_icmpv6.h"
#include "mobile_node.h"
#include "../base/status.h"

#define TIMEOUT (3 * NANOS_PER_SECOND) /* RFC 6275 12: INITIAL_DHAAD_TIMEOUT */
/* Between the end of asking and asking again, and between lists that were of no use. */
#define PAUSE (60 * NANOS_PER_SECOND)

/* Of a home agent that has not answered yet: so many updates, or so long without a way to it; not
 * less than RFC 6275 13's InitialBindackTimeoutFirstReg. */
#define ATTEMPTS 3
#define DEAF (5 * NANOS_PER_SECOND)
/* Refusals in a row, by their back-off, until one that has a registration is left. */
#define BACKOFF_TOO_LONG (4 * NANOS_PER_SECOND)

/* What leaving one and asking may need: two events, an update and its number, a request, the
 * rest. */
#define EFFECTS (4 * BINDINGS_MAX)

void agent_discovery_init(struct mobile_node *node)
{
	struct agent_discovery *discovery = &node->discovery;
	discovery->wanted = IN6_IS_ADDR_UNSPECIFIED(&node->config.home_agent);
	discovery->asking = discovery->wanted;
	discovery->deaf_since = NANOS_NEVER;
}

/* ---- the list ---- */

static struct found_agent *find_agent(
	struct agent_discovery *discovery, const struct in6_addr *address)
{
	for (uint8_t i = 0; i < discovery->count; i++)
		if (IN6_ARE_ADDR_EQUAL(&discovery->at[i].address, address))
			return &discovery->at[i];
	return NULL;
}

static bool can_be(const struct mobile_node *node, const struct in6_addr *address)
{
	return address_is_unicast_routable(address) &&
	       !IN6_ARE_ADDR_EQUAL(address, &node->config.home_address);
}

/* A new place; if the list is full, that of a home agent that has failed; or NULL. */
static struct found_agent *free_place(struct mobile_node *node)
{
	struct agent_discovery *discovery = &node->discovery;
	if (discovery->count < AGENTS_MAX)
		return &discovery->at[discovery->count++];
	for (uint8_t i = 0; i < discovery->count; i++)
		if (discovery->at[i].standing == AGENT_FAILED &&
			!IN6_ARE_ADDR_EQUAL(&discovery->at[i].address, &node->parties.home_agent))
			return &discovery->at[i];
	return NULL;
}

/* NULL: the address cannot be a home agent, is in the list already, or the list is full. */
static struct found_agent *add(struct mobile_node *node, const struct in6_addr *address)
{
	if (!can_be(node, address) || find_agent(&node->discovery, address))
		return NULL;
	struct found_agent *found = free_place(node);
	if (found)
		*found = (struct found_agent){.address = *address};
	return found;
}

/* RFC 6275 11.4.1: in their order */
static struct found_agent *first(struct agent_discovery *discovery, enum agent_standing standing)
{
	for (uint8_t i = 0; i < discovery->count; i++)
		if (discovery->at[i].standing == standing)
			return &discovery->at[i];
	return NULL;
}

static void use(struct mobile_node *node, struct moment now, const struct in6_addr *address,
	struct outbox *outbox)
{
	struct agent_discovery *discovery = &node->discovery;
	discovery->registered = false;
	discovery->deaf_since = NANOS_NEVER;
	node_use_home_agent(node, now, address, outbox);
}

/* ---- whether the one in use has failed ---- */

static bool registered(const struct mobile_node *node)
{
	return node->registration.list.entries_count > 0;
}

/* There are care-of addresses, and by none of them it answers. */
static bool is_deaf(const struct mobile_node *node)
{
	bool any = false;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (!link->has_care_of)
			continue;
		if (link->path.state != PATH_DEAD)
			return false;
		any = true;
	}
	return any;
}

/* RFC 6275 6.1.8: another home agent may answer otherwise */
static bool is_for_others(uint8_t status)
{
	switch (status) {
	case STATUS_UNSPECIFIED:
	case STATUS_PROHIBITED:
	case STATUS_NO_RESOURCES:
	case STATUS_HOME_REGISTRATION_NOT_SUPPORTED:
	case STATUS_NOT_HOME_SUBNET:
	case STATUS_NOT_HOME_AGENT:
		return true;
	}
	return false;
}

static nanos unanswered_at(const struct mobile_node *node)
{
	const struct home_registration *registration = &node->registration;
	if (!registration_waits(registration->phase))
		return NANOS_NEVER;
	bool enough = registered(node) ? registration->timeout >= BINDACK_TIMEOUT_MAX
				       : registration->attempts + 1 >= ATTEMPTS;
	return enough ? registration->retransmit : NANOS_NEVER;
}

static nanos deaf_at(const struct mobile_node *node)
{
	nanos since = node->discovery.deaf_since;
	if (since == NANOS_NEVER)
		return NANOS_NEVER;
	return since + (registered(node) ? BINDACK_TIMEOUT_MAX : DEAF);
}

/*
 * One that has a registration is not left because of one refusal: it still intercepts the home
 * address, which another would find to be in use.
 */
static bool is_refused(const struct mobile_node *node)
{
	const struct home_registration *registration = &node->registration;
	return is_for_others(registration->refused) &&
	       (!registered(node) || registration->backoff >= BACKOFF_TOO_LONG);
}

/* RFC 5648 5.7: another one may know Binding Identifiers */
static bool lacks_bids(const struct mobile_node *node)
{
	return node->config.mcoa && !peer_bids_used(node->registration.bids);
}

static bool others_untried(const struct mobile_node *node)
{
	for (uint8_t i = 0; i < node->discovery.count; i++) {
		const struct found_agent *agent = &node->discovery.at[i];
		if (agent->standing == AGENT_UNTRIED && !agent->late &&
			!IN6_ARE_ADDR_EQUAL(&agent->address, &node->parties.home_agent))
			return true;
	}
	return false;
}

/* When the one in use will have failed; NANOS_NEVER: that is not in sight. */
static nanos fails_at(const struct mobile_node *node)
{
	const struct agent_discovery *discovery = &node->discovery;
	if (!discovery->wanted || (discovery->asking && !discovery->trying) ||
		registration_stops(node->registration.phase))
		return NANOS_NEVER;
	if (is_refused(node) || (lacks_bids(node) && others_untried(node)))
		return node->now;
	return nanos_min(unanswered_at(node), deaf_at(node));
}

/* ---- another one ---- */

/* Begins to ask, unless the node is asking already. */
static void ask(struct agent_discovery *discovery, bool trying)
{
	discovery->trying = trying;
	if (discovery->asking)
		return;
	discovery->asking = true;
	discovery->requests = 0;
	discovery->ask_at = discovery->asked ? discovery->asked + PAUSE : 0;
}

static void found(struct agent_discovery *discovery)
{
	discovery->asking = false;
	discovery->trying = false;
	discovery->tried = 0;
}

/* What failed before the one in use accepted, may do so no more. */
static void forgive(struct agent_discovery *discovery)
{
	for (uint8_t i = 0; discovery->registered && i < discovery->count; i++)
		if (discovery->at[i].standing == AGENT_FAILED)
			discovery->at[i].standing = AGENT_UNTRIED;
}

/* Uses the next home agent that was not tried, else one that takes one binding; without any, asks
 * for others while it keeps trying the present one. A forged list may be long: after AGENTS_TRIED,
 * it asks for others while it tries the rest. */
static void leave(struct mobile_node *node, struct moment now, struct outbox *outbox)
{
	struct agent_discovery *discovery = &node->discovery;
	struct found_agent *present = find_agent(discovery, &node->parties.home_agent);
	bool lacking = lacks_bids(node) && !is_refused(node) && others_untried(node);
	parties_event(&node->parties, EVENT_HOME_AGENT_LOST, 0, outbox);
	if (!lacking)
		forgive(discovery);
	if (present)
		present->standing = lacking ? AGENT_WITHOUT_BIDS : AGENT_FAILED;
	struct found_agent *next = first(discovery, AGENT_UNTRIED);
	if (!next)
		next = first(discovery, AGENT_WITHOUT_BIDS);
	if (next)
		use(node, now, &next->address, outbox);
	if (discovery->tried < AGENTS_TRIED)
		discovery->tried++;
	if (!next || discovery->tried == AGENTS_TRIED)
		ask(discovery, next != NULL);
}

/* It has answered, after all. */
static bool is_well(const struct mobile_node *node)
{
	const struct home_registration *registration = &node->registration;
	return registered(node) && !registration_waits(registration->phase) &&
	       registration->refused == 0 && node->discovery.deaf_since == NANOS_NEVER;
}

static void look(struct mobile_node *node)
{
	struct agent_discovery *discovery = &node->discovery;
	if (!is_deaf(node))
		discovery->deaf_since = NANOS_NEVER;
	else if (discovery->deaf_since == NANOS_NEVER)
		discovery->deaf_since = node->now;
	if (!is_well(node))
		return;
	discovery->registered = true;
	found(discovery);
}

/* ---- asking ---- */

static bool can_ask(const struct link *link)
{
	return link->has_care_of && link->use == LINK_VISITED && link->path.state != PATH_DOWN;
}

static bool better(const struct link *a, const struct link *b)
{
	bool a_dead = a->path.state == PATH_DEAD;
	bool b_dead = b->path.state == PATH_DEAD;
	if (a_dead != b_dead)
		return b_dead;
	return link_is_preferred(a, b);
}

/* The best link first, with each repetition the next. */
static const struct link *link_to_ask(const struct mobile_node *node)
{
	const struct link *order[BINDINGS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < node->links.count; i++) {
		size_t place = count;
		if (!can_ask(&node->links.at[i]))
			continue;
		for (; place > 0 && better(&node->links.at[i], order[place - 1]); place--)
			order[place] = order[place - 1];
		order[place] = &node->links.at[i];
		count++;
	}
	return count ? order[node->discovery.requests % count] : NULL;
}

static void send_request(struct mobile_node *node, const struct link *link, struct outbox *outbox)
{
	const struct icmpv6 message = {
		.type = ICMPV6_HOME_AGENT_REQUEST,
		.identifier = node->discovery.identifier,
	};
	const struct in6_addr anycast = address_home_agents_anycast(
		&node->config.home_prefix, node->config.home_prefix_length);
	link_icmpv6_build(link, &anycast, NULL, &message, &outbox_add(outbox, EFFECT_SEND)->send);
}

/* RFC 6275 11.4.1: the same again after twice the time, up to DHAAD_RETRIES; then anew */
static void request(struct mobile_node *node, const struct link *link, struct outbox *outbox)
{
	struct agent_discovery *discovery = &node->discovery;
	if (discovery->requests == 0) {
		node->base->port.random(node->base->port.ctx, &discovery->identifier,
			sizeof(discovery->identifier));
		discovery->wait = TIMEOUT / 2;
	}
	send_request(node, link, outbox);
	discovery->sources[discovery->requests++] = link->care_of;
	discovery->wait *= 2;
	discovery->asked = node->now;
	discovery->ask_at = node->now + discovery->wait;
	if (discovery->requests == DISCOVERY_REQUESTS)
		discovery->ask_at = node->now + PAUSE;
}

static nanos ask_at(const struct mobile_node *node)
{
	const struct agent_discovery *discovery = &node->discovery;
	if (!discovery->asking || registration_stops(node->registration.phase) ||
		!link_to_ask(node))
		return NANOS_NEVER;
	return discovery->ask_at;
}

void agent_discovery_link_up(struct mobile_node *node)
{
	struct agent_discovery *discovery = &node->discovery;
	nanos soonest = discovery->asked ? discovery->asked + TIMEOUT : 0;
	if (discovery->requests == DISCOVERY_REQUESTS)
		discovery->ask_at = nanos_min(discovery->ask_at, soonest);
}

static void ask_again(struct mobile_node *node, struct outbox *outbox)
{
	struct agent_discovery *discovery = &node->discovery;
	if (node->now < ask_at(node))
		return;
	if (discovery->requests == DISCOVERY_REQUESTS)
		discovery->requests = 0;
	request(node, link_to_ask(node), outbox);
}

bool agent_discovery_reconcile(struct mobile_node *node, struct moment now, struct outbox *outbox)
{
	const struct in6_addr before = node->parties.home_agent;
	look(node);
	if (!node->discovery.wanted || outbox_room(outbox) < EFFECTS)
		return false;
	if (node->now >= fails_at(node))
		leave(node, now, outbox);
	ask_again(node, outbox);
	return !IN6_ARE_ADDR_EQUAL(&before, &node->parties.home_agent);
}

nanos agent_discovery_next_deadline(const struct mobile_node *node)
{
	if (!node->discovery.wanted)
		return NANOS_NEVER;
	return nanos_min(fails_at(node), ask_at(node));
}

/* ---- what is found ---- */

/* RFC 6275 6.6: at the care-of address that it was asked from, with the identifier */
static bool is_answer(const struct mobile_node *node, const struct received_icmpv6 *received)
{
	const struct agent_discovery *discovery = &node->discovery;
	const struct packet *packet = received->packet;
	if (!discovery->asking || received->message->identifier != discovery->identifier ||
		packet->has_routing || packet->has_home_address)
		return false;
	for (unsigned i = 0; i < discovery->requests; i++)
		if (IN6_ARE_ADDR_EQUAL(&discovery->sources[i], &packet->destination))
			return true;
	return false;
}

/* Keeps the results of home agents that were tried and are in the new list too. */
static void keep_standings(
	struct agent_discovery *discovery, const struct found_agent *before, uint8_t count)
{
	for (uint8_t i = 0; i < count; i++) {
		struct found_agent *agent = find_agent(discovery, &before[i].address);
		if (agent)
			agent->standing = before[i].standing;
	}
}

/* Nothing that could be a home agent in it: as if it had not come. */
static bool take_list(struct mobile_node *node, const struct icmpv6 *reply)
{
	struct agent_discovery *discovery = &node->discovery;
	const struct agent_discovery before = *discovery;
	bool any = false;
	for (uint16_t i = 0; i < reply->home_agents_count; i++)
		any = any || can_be(node, &reply->home_agents[i]);
	if (!any)
		return false;
	discovery->count = 0;
	for (uint16_t i = 0; i < reply->home_agents_count; i++)
		add(node, &reply->home_agents[i]);
	if (before.trying)
		keep_standings(discovery, before.at, before.count);
	if (!first(discovery, AGENT_UNTRIED))
		for (uint8_t i = 0; i < discovery->count; i++)
			discovery->at[i].standing = AGENT_UNTRIED;
	return true;
}

/* The home agent in use stays in use: it has not answered yet, and is in the new list. */
static bool goes_on(struct mobile_node *node)
{
	const struct found_agent *present = find_agent(&node->discovery, &node->parties.home_agent);
	return node->discovery.trying && present && present->standing == AGENT_UNTRIED;
}

bool agent_discovery_reply(struct mobile_node *node, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (!is_answer(node, received) || !take_list(node, received->message))
		return false;
	bool stays = goes_on(node);
	found(&node->discovery);
	if (!stays)
		use(node, now, &first(&node->discovery, AGENT_UNTRIED)->address, outbox);
	node_reconcile(node, now, outbox);
	return true;
}

/* The one in use has taken us, be it that nothing is left to be registered at home. */
static bool has_taken_us(const struct mobile_node *node)
{
	return registered(node) || node->discovery.registered ||
	       node->registration.home == HOME_USE_RETURNED;
}

/* RFC 6275 7.2: a home agent of our prefix, with its address */
static void add_heard(struct mobile_node *node, const struct icmpv6_prefix *prefix)
{
	const struct mobile_node_config *config = &node->config;
	if (!prefix->router || !address_in_prefix(&prefix->prefix, &config->home_prefix,
				       config->home_prefix_length))
		return;
	struct found_agent *heard = add(node, &prefix->prefix);
	if (heard)
		heard->late = has_taken_us(node);
}

bool agent_discovery_hear(struct mobile_node *node, struct moment now,
	const struct icmpv6 *advertisement, struct outbox *outbox)
{
	uint32_t lifetime = advertisement->has_home_agent_information
				    ? advertisement->home_agent_lifetime
				    : advertisement->router_lifetime;
	if (!node->discovery.wanted || !advertisement->home_agent || lifetime == 0)
		return false;
	for (uint16_t i = 0; i < advertisement->prefixes_count; i++)
		add_heard(node, &advertisement->prefixes[i]);
	if (node->discovery.count == 0 || parties_have_home_agent(&node->parties))
		return false;
	found(&node->discovery);
	use(node, now, &node->discovery.at[0].address, outbox);
	return true;
}

bool agent_discovery_may_be(const struct mobile_node *node, const struct in6_addr *home_agent)
{
	return IN6_ARE_ADDR_EQUAL(home_agent, &node->parties.home_agent) ||
	       (!parties_have_home_agent(&node->parties) && can_be(node, home_agent));
}

void agent_discovery_remember(
	struct mobile_node *node, const struct in6_addr *home_agent, struct outbox *outbox)
{
	if (parties_have_home_agent(&node->parties))
		return;
	add(node, home_agent);
	found(&node->discovery);
	node->parties.home_agent = *home_agent;
	outbox_add(outbox, EFFECT_HOME_AGENT)->home_agent =
		(struct effect_home_agent){node->config.home_address, *home_agent};
}
