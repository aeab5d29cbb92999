/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node (RFC 6275 11, RFC 5648 5): brings what happens to links, paths, registration and
 * tunnels, and reconciles them after each event. The order in which it tells is part of the
 * behaviour: first what must no longer be used, then the Binding Update, then what may be used.
 */
#include "mobile_node.h"

#include "../base/authentication.h"
#include "home_packet.h"
#include "probe.h"
#include "solicitation.h"
#include "update_packet.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Attempts without an answer after which the log is told. */
#define UNREACHABLE_ATTEMPTS 3

/* ---- creation ---- */

static nanos limit(uint32_t ms, uint32_t otherwise)
{
	return (ms ? ms : otherwise) * NANOS_PER_MS;
}

static bool config_valid(const struct mobile_node_config *config)
{
	bool found_later =
		IN6_IS_ADDR_UNSPECIFIED(&config->home_agent) && config->home_prefix_length != 0;
	return address_is_unicast_routable(&config->home_address) &&
	       (found_later || address_is_unicast_routable(&config->home_agent)) &&
	       !IN6_ARE_ADDR_EQUAL(&config->home_address, &config->home_agent) &&
	       config->auth.key_length <= KEY_OCTETS_MAX;
}

static unsigned mobile_node_count(const struct core_config *config)
{
	return config->mobile_nodes_count;
}

static int mobile_node_create(
	struct core_base *base, const struct core_config *configured, unsigned index, void **ret)
{
	const struct mobile_node_config *config = &configured->mobile_nodes[index];
	if (index >= MOBILE_NODES_MAX || !config_valid(config) ||
		node_addresses_find(&base->addresses, &config->home_address))
		return -EINVAL;
	struct mobile_node *node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	uint16_t random[2];
	base->port.random(base->port.ctx, random, sizeof(random));
	node->base = base;
	node->index = (uint8_t)index;
	node->config = *config;
	node->parties = (struct registration_parties){config->home_address, config->home_agent};
	node->limits = (struct path_limits){
		.probe = config->probe,
		.probe_idle = limit(config->probe_idle_ms, PATH_PROBE_IDLE_MS),
		.suspect_after = limit(config->suspect_after_ms, PATH_SUSPECT_AFTER_MS),
		.dead_after = limit(config->dead_after_ms, PATH_DEAD_AFTER_MS),
	};
	node->probe_sequence = random[0];
	home_registration_init(&node->registration, &node->config, &node->parties, random[1]);
	agent_discovery_init(node);
	node->moves.again = NANOS_NEVER;
	node->hints_end = NANOS_NEVER;
	prefix_solicitation_init(&node->prefixes);
	node->ro_basis = (struct ro_basis){.base = base,
		.config = &node->config,
		.parties = &node->parties,
		.now = &node->now};
	node->ro = base->ro;
	if (node->ro->new (&node->ro_basis, &node->routes) < 0) {
		free(node);
		return -ENOMEM;
	}
	node_addresses_add(&base->addresses, &config->home_address, home_packet_send, node);
	*ret = node;
	return 0;
}

static void mobile_node_free(void *self)
{
	struct mobile_node *node = self;
	authentication_cleanse(&node->config.auth);
	if (node->routes)
		node->ro->free(node->routes);
	node_policy_free(node);
	free(node);
}

/* ---- telling ---- */

void node_event_link(struct mobile_node *node, enum event_type type, const struct link *link,
	struct outbox *outbox)
{
	struct effect_event *event = parties_event(&node->parties, type, link->bid, outbox);
	if (event && link->has_care_of)
		event->care_of = link->care_of;
}

/* What a change from `before` says to the log. */
static void report_path(struct mobile_node *node, const struct link *link, enum path_state before,
	struct outbox *outbox)
{
	enum path_state state = link->path.state;
	bool in_use = link->bid == node->links.resort;
	if (state == before)
		return;
	switch (state) {
	case PATH_DOWN:
		node_event_link(node, EVENT_LINK_DOWN, link, outbox);
		break;
	case PATH_UNPROVEN:
		if (before == PATH_DOWN)
			node_event_link(node, EVENT_LINK_UP, link, outbox);
		break;
	case PATH_ALIVE:
		node_event_link(
			node, before == PATH_DOWN ? EVENT_LINK_UP : EVENT_PATH_ALIVE, link, outbox);
		break;
	case PATH_SUSPECT:
		node_event_link(node, EVENT_PATH_SUSPECT, link, outbox);
		break;
	case PATH_DEAD:
		if (before != PATH_TRIAL || in_use) /* else noted already */
			node_event_link(node, EVENT_PATH_DEAD, link, outbox);
		break;
	case PATH_TRIAL:
		if (path_state_is_usable(before))
			node_event_link(node, EVENT_PATH_LOSSY, link, outbox);
		else if (in_use)
			node_event_link(node, EVENT_PATH_ALIVE, link, outbox);
		break;
	case PATH_STATES:
		assert(false);
	}
}

static void report_selection(struct mobile_node *node, struct outbox *outbox)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	uint16_t bid = tunnel ? tunnel->bid : 0;
	struct in6_addr care_of = {0};
	if (tunnel)
		care_of = tunnel->local.address;
	if (bid == node->selected && IN6_ARE_ADDR_EQUAL(&care_of, &node->selected_care_of))
		return;
	link_moves_select(&node->moves, &node->links, bid, node->now);
	node->selected = bid;
	node->selected_care_of = care_of;
	struct effect_event *event =
		parties_event(&node->parties, EVENT_PATH_SELECTED, bid, outbox);
	if (event)
		event->care_of = care_of;
}

/* ---- reconciling ---- */

static void expire(struct mobile_node *node, struct outbox *outbox)
{
	struct list_entry entry;
	while (home_registration_expire(&node->registration, node->now, &entry)) {
		struct effect_event *event =
			parties_event(&node->parties, EVENT_BINDING_EXPIRED, entry.bid, outbox);
		if (event)
			event->care_of = entry.care_of;
	}
}

struct tunnels_basis node_tunnels_basis(const struct mobile_node *node)
{
	return (struct tunnels_basis){
		.base = node->base,
		.config = &node->config,
		.home_agent = &node->parties.home_agent,
		.links = &node->links,
		.registration = &node->registration,
		.recorded = &node->recorded,
		.home_address = returning_home_use(node),
		.now = node->now,
	};
}

static void update_tunnels(
	struct mobile_node *node, enum tunnels_phase phase, struct outbox *outbox)
{
	const struct tunnels_basis basis = node_tunnels_basis(node);
	tunnels_update(&node->tunnels, &basis, phase, outbox);
}

/* The acknowledged bindings, and the numbers of the update that was sent last. */
static struct record record_of(const struct mobile_node *node)
{
	const struct home_registration *registration = &node->registration;
	struct record ret = {
		.home_address = node->config.home_address,
		.home_agent = node->parties.home_agent,
		.subject = node->tunnels.subject,
		.sequence = registration->list.sequence,
		.timestamp = node->config.auth.replay ? registration->timestamp : 0,
	};
	for (size_t i = 0; i < registration->list.entries_count; i++) {
		const struct list_entry *entry = &registration->list.entries[i];
		ret.bindings[ret.count++] = (struct record_binding){
			.care_of = entry->care_of,
			.expires = entry->expires,
			.bid = entry->bid,
			.tunnel = tunnels_number(&node->tunnels, &node->recorded, entry->bid),
			.priority = entry->priority,
			.verified = true,
			.home = IN6_ARE_ADDR_EQUAL(&entry->care_of, &ret.home_address),
		};
	}
	return ret;
}

static void record(struct mobile_node *node, struct outbox *outbox)
{
	node->recorded = record_of(node);
	*outbox_record(outbox, &node->recorded.home_address, &node->recorded.peer) = node->recorded;
}

/* Bindings were acknowledged, or have ended, since the last record. */
static void record_changes(struct mobile_node *node, struct outbox *outbox)
{
	const struct record *last = &node->recorded;
	const struct record now = record_of(node);
	bool same =
		now.count == last->count && IN6_ARE_ADDR_EQUAL(&now.home_agent, &last->home_agent);
	for (uint8_t i = 0; i < now.count && same; i++)
		same = now.bindings[i].bid == last->bindings[i].bid &&
		       now.bindings[i].tunnel == last->bindings[i].tunnel &&
		       now.bindings[i].expires == last->bindings[i].expires &&
		       now.bindings[i].priority == last->bindings[i].priority &&
		       IN6_ARE_ADDR_EQUAL(&now.bindings[i].care_of, &last->bindings[i].care_of);
	if (!same && outbox_room(outbox) > 0)
		record(node, outbox);
}

static void send_update(
	struct mobile_node *node, const struct update *update, struct outbox *outbox)
{
	/* told before it is sent: after a restart the next number must be greater */
	record(node, outbox);
	struct effect *effect = outbox_add(outbox, EFFECT_SEND);
	if (!update_packet_build(node->base, &node->config, &node->parties.home_agent, update,
		    node->policy, &effect->send)) {
		outbox->count--; /* HMAC failed: as if it were lost, to be sent again */
		return;
	}
	if (update->names_flows)
		flow_report_sent(node->policy, update->sequence);
	node->base->counters.updates_sent++;
}

static void register_node(struct mobile_node *node, struct moment now, struct outbox *outbox)
{
	struct update update;
	if (outbox_room(outbox) < EVENT_RESERVE ||
		!home_registration_next(&node->registration, &node->links, now, &update, outbox))
		return;
	update_tunnels(node, TUNNELS_ACCEPT, outbox);
	send_update(node, &update, outbox);
	if (node->registration.attempts >= UNREACHABLE_ATTEMPTS)
		registration_problem_unanswered(node, outbox);
}

/* `shows`: with the Home Address option, so that only a home agent that has the binding answers. */
static void probe(struct mobile_node *node, struct link *link, bool shows, struct outbox *outbox)
{
	uint8_t cookie[PATH_COOKIE_OCTETS];
	node->base->port.random(node->base->port.ctx, cookie, sizeof(cookie));
	uint16_t sequence = ++node->probe_sequence;
	struct effect *effect = outbox_add(outbox, EFFECT_SEND);
	probe_build(&node->config, &node->parties.home_agent, link, shows, sequence, cookie,
		&effect->send);
	if (shows)
		path_shown(&link->path, node->now, sequence, cookie);
	else
		path_probed(&link->path, node->now, sequence, cookie);
	node->base->counters.probes_sent++;
}

static void send_probes(struct mobile_node *node, struct outbox *outbox)
{
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		path_shows(&link->path, lost_bindings_shows(node, link));
		/* first: no plain probe may be due once it has been sent */
		if (outbox_room(outbox) && path_show_due(&link->path, node->now))
			probe(node, link, true, outbox);
		if (outbox_room(outbox) && path_probe_due(&link->path, node->now))
			probe(node, link, false, outbox);
	}
}

static void solicit_routers(struct mobile_node *node, struct outbox *outbox)
{
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		if (node->now < link_solicit_at(link, node->now) ||
			outbox_room(outbox) <= EVENT_RESERVE)
			continue;
		router_solicitation_build(link, &outbox_add(outbox, EFFECT_SEND)->send);
		link_solicited(link, node->now);
	}
}

/* ---- another home agent ---- */

static void restart_paths(struct mobile_node *node)
{
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		home_detection_forget_agent(&link->detection);
		link_forgive(link);
		if (link->has_care_of && link->use == LINK_VISITED)
			path_start(&link->path, node->now);
	}
}

void node_use_home_agent(struct mobile_node *node, struct moment now,
	const struct in6_addr *home_agent, struct outbox *outbox)
{
	struct update farewell;
	uint16_t sequence;
	/* RFC 6275 11.7.2: of this one it is not known either, and any will do */
	node->base->port.random(node->base->port.ctx, &sequence, sizeof(sequence));
	if (home_registration_leave(&node->registration, &node->links, now, &farewell))
		send_update(node, &farewell, outbox);
	node->parties.home_agent = *home_agent;
	lost_bindings_restart(&node->lost);
	node_policy_restart(node);
	home_registration_restart(&node->registration, sequence);
	restart_paths(node);
	node->home.alone = false;
	node->home.again = 0;
	node->problem = (struct problem_state){.discarded = PROBLEM_NONE};
	prefix_solicitation_restart(&node->prefixes);
	outbox_add(outbox, EFFECT_HOME_AGENT)->home_agent =
		(struct effect_home_agent){node->config.home_address, *home_agent};
	parties_event(&node->parties, EVENT_HOME_AGENT_FOUND, 0, outbox);
}

/* ---- reconciling, all of it ---- */

/* Those of the mobile node, and the mobile nodes whose correspondent this host is. */
static bool correspondents_have_left(const struct mobile_node *node)
{
	return (!node->routes || node->ro->stopped(node->routes)) && !node->base->peers_untold;
}

/* RFC 6275 11.7.2: correspondents are told first, for without the home agent they cannot be. */
static void go_on_stopping(struct mobile_node *node, struct outbox *outbox)
{
	if (node->phase == NODE_RUNS)
		return;
	if (node_routes(node))
		node->ro->reconcile(node->routes, outbox);
	if (correspondents_have_left(node))
		home_registration_stop(&node->registration, node->now, outbox);
}

void node_reconcile(struct mobile_node *node, struct moment now, struct outbox *outbox)
{
	expire(node, outbox);
	go_on_stopping(node, outbox);
	link_moves_reconcile(&node->moves, &node->links, &node->registration, node->now);
	returning_home_reconcile(node, outbox);
	/* not by a link that has just been left; another home agent is seen at home anew */
	if (agent_discovery_reconcile(node, now, outbox))
		returning_home_reconcile(node, outbox);
	node_policy_choose(node);
	update_tunnels(node, TUNNELS_LOSSES, outbox);
	returning_home_withdraw(node, outbox);
	home_registration_reconcile(&node->registration, &node->links, now.mono, outbox);
	if (home_registration_stopped(&node->registration)) {
		if (outbox_room(outbox) > BINDINGS_MAX + 1)
			node_phase_step(node, NODE_HAS_DEREGISTERED, outbox);
		return;
	}
	if (parties_have_home_agent(&node->parties))
		register_node(node, now, outbox);
	returning_home_tell(node, outbox);
	update_tunnels(node, TUNNELS_ALL, outbox);
	node_policy_tell(node, outbox);
	report_selection(node, outbox);
	link_moves_steer(&node->moves, &node->links, &node->registration);
	returning_home_send(node, outbox);
	solicit_routers(node, outbox);
	if (parties_have_home_agent(&node->parties)) {
		send_probes(node, outbox);
		prefix_solicitation_reconcile(node, outbox);
	}
	if (node_routes(node))
		node->ro->reconcile(node->routes, outbox);
	record_changes(node, outbox);
}

void node_choose(
	struct mobile_node *node, struct link *link, enum path_state before, struct outbox *outbox)
{
	report_path(node, link, before, outbox);
	before = link->path.state;
	link_choose(link, &node->config.home_address, node->now);
	report_path(node, link, before, outbox);
	if (before == PATH_DOWN && link->path.state != PATH_DOWN)
		agent_discovery_link_up(node);
}

/* ---- time ---- */

static void mobile_node_deadline(void *self, struct moment now, struct outbox *outbox)
{
	struct mobile_node *node = self;
	node->now = now.mono;
	if (node->phase == NODE_STOPPED)
		return;
	for (size_t i = 0; i < node->links.count && parties_have_home_agent(&node->parties); i++) {
		struct link *link = &node->links.at[i];
		enum path_state before = link->path.state;
		path_deadline(&link->path, now.mono);
		node_choose(node, link, before, outbox);
	}
	node_reconcile(node, now, outbox);
}

static nanos mobile_node_next_deadline(const void *self)
{
	const struct mobile_node *node = self;
	if (node->phase == NODE_STOPPED)
		return NANOS_NEVER;
	if (node->phase != NODE_RUNS && !registration_stops(node->registration.phase) &&
		correspondents_have_left(node))
		return node->now;
	const struct tunnels_basis basis = node_tunnels_basis(node);
	nanos at = nanos_min(node->moves.again, tunnels_next_deadline(&node->tunnels, &basis));
	at = nanos_min(at, node_policy_next_deadline(node));
	at = nanos_min(at, returning_home_next_deadline(node));
	at = nanos_min(at, agent_discovery_next_deadline(node));
	if (node->routes)
		at = nanos_min(at, node->ro->next_deadline(node->routes));
	if (!parties_have_home_agent(&node->parties))
		return at;
	at = nanos_min(at, prefix_solicitation_next_deadline(node));
	at = nanos_min(
		at, home_registration_next_deadline(&node->registration, &node->links, node->now));
	for (size_t i = 0; i < node->links.count; i++) {
		at = nanos_min(at, path_next_deadline(&node->links.at[i].path));
		at = nanos_min(at, link_next_deadline(&node->links.at[i]));
		at = nanos_min(at, link_solicit_at(&node->links.at[i], node->now));
	}
	return at;
}

/* ---- the role ---- */

static bool mobile_node_stopped(const void *self)
{
	const struct mobile_node *node = self;
	return node->phase == NODE_STOPPED;
}

const struct role mobile_node_role = {
	.count = mobile_node_count,
	.create = mobile_node_create,
	.free = mobile_node_free,
	.is_for = mobile_node_is_for,
	.tunnelled = mobile_node_tunnelled,
	.message = mobile_node_message,
	.icmpv6 = mobile_node_icmpv6,
	.concerns = mobile_node_concerns,
	.host = mobile_node_host,
	.stopped = mobile_node_stopped,
	.deadline = mobile_node_deadline,
	.next_deadline = mobile_node_next_deadline,
	.each_binding = mobile_node_each_binding,
};
