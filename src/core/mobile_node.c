/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node (RFC 6275 11, RFC 5648 5): brings what happens to links, paths, registration and
 * tunnels, and lets them settle after each event. The order in which it tells is part of the
 * behaviour: first what must no longer be used, then the Binding Update, then what may be used.
 */
#include "mobile_node.h"

#include "authentication.h"
#include "probe.h"
#include "update_packet.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITY_MAX 127
/* RFC 6275 6.1.9 */
#define BE_STATUS_UNKNOWN_BINDING 1
#define BE_STATUS_UNKNOWN_MESSAGE 2

/* Attempts without an answer after which the log is told. */
#define UNREACHABLE_ATTEMPTS 3

/* What tunnels, update and its notes may still need after the last note. */
#define OUTBOX_RESERVE (2 * BINDINGS_MAX + 6)

/* ---- creation ---- */

static nanos limit(uint32_t ms, uint32_t otherwise)
{
	return (ms ? ms : otherwise) * NANOS_PER_MS;
}

static bool config_valid(const struct mobile_node_config *config)
{
	return address_is_unicast_routable(&config->home_address) &&
	       address_is_unicast_routable(&config->home_agent) &&
	       !IN6_ARE_ADDR_EQUAL(&config->home_address, &config->home_agent) &&
	       config->auth.key_length <= KEY_OCTETS_MAX;
}

int mobile_node_new(struct core *core, const struct mobile_node_config *config)
{
	if (!config_valid(config))
		return -EINVAL;
	struct mobile_node *node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	uint16_t random[2];
	core->port.random(core->port.ctx, random, sizeof(random));
	node->config = *config;
	node->limits = (struct path_limits){
		.probe = config->probe,
		.probe_idle = limit(config->probe_idle_ms, PATH_PROBE_IDLE_MS),
		.suspect_after = limit(config->suspect_after_ms, PATH_SUSPECT_AFTER_MS),
		.dead_after = limit(config->dead_after_ms, PATH_DEAD_AFTER_MS),
	};
	node->probe_sequence = random[0];
	home_registration_init(&node->registration, &node->config, random[1]);
	core->mobile_node = node;
	return 0;
}

void mobile_node_free(struct core *core)
{
	free(core->mobile_node);
}

/* ---- telling ---- */

struct effect_note *node_note(
	const struct mobile_node *node, enum note_type type, uint16_t bid, struct outbox *outbox)
{
	if (outbox_room(outbox) <= OUTBOX_RESERVE)
		return NULL;
	struct effect_note *note = &outbox_add(outbox, EFFECT_NOTE)->note;
	note->type = type;
	note->bid = bid;
	note->home_address = node->config.home_address;
	note->peer = node->config.home_agent;
	return note;
}

static void note_link(struct mobile_node *node, enum note_type type, const struct link *link,
	struct outbox *outbox)
{
	struct effect_note *note = node_note(node, type, link->bid, outbox);
	if (note && link->has_care_of)
		note->care_of = link->care_of;
}

/* What a change from `before` says to the log. */
static void note_path(struct mobile_node *node, const struct link *link, enum path_state before,
	struct outbox *outbox)
{
	enum path_state state = link->path.state;
	if (state == before)
		return;
	switch (state) {
	case PATH_DOWN:
		note_link(node, NOTE_LINK_DOWN, link, outbox);
		break;
	case PATH_UNPROVEN:
		if (before == PATH_DOWN)
			note_link(node, NOTE_LINK_UP, link, outbox);
		break;
	case PATH_ALIVE:
		note_link(node, before == PATH_DOWN ? NOTE_LINK_UP : NOTE_PATH_ALIVE, link, outbox);
		break;
	case PATH_SUSPECT:
		note_link(node, NOTE_PATH_SUSPECT, link, outbox);
		break;
	case PATH_DEAD:
		note_link(node, NOTE_PATH_DEAD, link, outbox);
		break;
	case PATH_STATES:
		assert(false);
	}
}

static void note_selection(struct mobile_node *node, struct outbox *outbox)
{
	const struct effect_tunnel *tunnel = tunnels_selected(&node->tunnels);
	uint16_t bid = tunnel ? tunnel->bid : 0;
	struct in6_addr care_of = {0};
	if (tunnel)
		care_of = tunnel->local;
	if (bid == node->selected && IN6_ARE_ADDR_EQUAL(&care_of, &node->selected_care_of))
		return;
	node->selected = bid;
	node->selected_care_of = care_of;
	struct effect_note *note = node_note(node, NOTE_PATH_SELECTED, bid, outbox);
	if (note)
		note->care_of = care_of;
}

/* ---- settling ---- */

static void expire(struct mobile_node *node, struct outbox *outbox)
{
	struct list_entry entry;
	while (home_registration_expire(&node->registration, node->now, &entry)) {
		struct effect_note *note = node_note(node, NOTE_BINDING_EXPIRED, entry.bid, outbox);
		if (note)
			note->care_of = entry.care_of;
	}
}

static struct tunnels_basis basis_of(const struct mobile_node *node)
{
	return (struct tunnels_basis){
		.config = &node->config,
		.links = &node->links,
		.registration = &node->registration,
		.now = node->now,
	};
}

static void update_tunnels(
	struct mobile_node *node, enum tunnels_phase phase, struct outbox *outbox)
{
	const struct tunnels_basis basis = basis_of(node);
	tunnels_update(&node->tunnels, &basis, phase, outbox);
}

static void send_update(struct core *core, const struct update *update, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	/* told before it is sent: after a restart the next number must be greater */
	struct effect_node *memory = &outbox_add(outbox, EFFECT_NODE_SET)->node;
	memory->home_address = node->config.home_address;
	memory->sequence = update->sequence;
	if (node->config.auth.replay)
		memory->replay_accepted = update->timestamp;
	struct effect *effect = outbox_add(outbox, EFFECT_SEND);
	if (!update_packet_build(core, &node->config, update, &effect->send)) {
		outbox->count--; /* HMAC failed: as if it were lost, to be sent again */
		return;
	}
	core->counters.updates_sent++;
}

static void register_node(struct core *core, struct moment now, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	struct update update;
	home_registration_settle(&node->registration, &node->links, now.mono);
	if (outbox_room(outbox) < OUTBOX_RESERVE ||
		!home_registration_next(&node->registration, &node->links, now, &update))
		return;
	update_tunnels(node, TUNNELS_ACCEPT, outbox);
	send_update(core, &update, outbox);
	if (node->registration.attempts >= UNREACHABLE_ATTEMPTS && !node->unreachable) {
		node->unreachable = true;
		node_note(node, NOTE_UNREACHABLE, 0, outbox);
	}
}

static void probe(struct core *core, struct link *link, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	uint8_t cookie[PATH_COOKIE_OCTETS];
	core->port.random(core->port.ctx, cookie, sizeof(cookie));
	uint16_t sequence = ++node->probe_sequence;
	struct effect *effect = outbox_add(outbox, EFFECT_SEND);
	probe_build(&node->config, link, sequence, cookie, &effect->send);
	path_probed(&link->path, node->now, sequence, cookie);
	core->counters.probes_sent++;
}

static void send_probes(struct core *core, struct outbox *outbox)
{
	struct links *links = &core->mobile_node->links;
	for (size_t i = 0; i < links->count && outbox_room(outbox); i++)
		if (path_probe_due(&links->at[i].path, core->mobile_node->now))
			probe(core, &links->at[i], outbox);
}

static void stop(struct mobile_node *node, struct outbox *outbox)
{
	node->stopped = true;
	home_registration_use_home(&node->registration, HOME_USE_NONE);
	tunnels_remove_all(&node->tunnels, outbox);
	returning_home_withdraw(node, outbox);
	outbox_add(outbox, EFFECT_STOPPED);
}

/* Whatever happened: says what follows from it, in the order of the head of this file. */
static void settle(struct core *core, struct moment now, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	expire(node, outbox);
	returning_home_settle(node, outbox);
	update_tunnels(node, TUNNELS_LOSSES, outbox);
	returning_home_withdraw(node, outbox);
	if (home_registration_stopped(&node->registration, &node->links, now.mono)) {
		if (outbox_room(outbox) > BINDINGS_MAX + 1)
			stop(node, outbox);
		return;
	}
	register_node(core, now, outbox);
	returning_home_tell(node, outbox);
	update_tunnels(node, TUNNELS_ALL, outbox);
	note_selection(node, outbox);
	returning_home_send(node, outbox);
	send_probes(core, outbox);
}

void node_choose(
	struct mobile_node *node, struct link *link, enum path_state before, struct outbox *outbox)
{
	note_path(node, link, before, outbox);
	before = link->path.state;
	link_choose(link, &node->config.home_address, node->now);
	note_path(node, link, before, outbox);
}

/* ---- what happens in the host ---- */

static int set_link(struct mobile_node *node, const struct host_link *set, struct outbox *outbox)
{
	if (set->bid == 0 || set->priority == 0 || set->priority > PRIORITY_MAX)
		return -EINVAL;
	struct link *link = links_find(&node->links, set->bid);
	if (!link)
		link = links_add(&node->links, set->bid, &node->limits);
	if (!link)
		return -ENOSPC;
	enum path_state before = link->path.state;
	link_set(link, set, node->now);
	node_choose(node, link, before, outbox);
	return 0;
}

static int remove_link(struct mobile_node *node, uint16_t bid, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, bid);
	if (!link)
		return -EINVAL;
	if (link->path.state != PATH_DOWN)
		note_link(node, NOTE_LINK_DOWN, link, outbox);
	links_remove(&node->links, link);
	return 0;
}

static int prefer(struct mobile_node *node, const struct host_link *preference)
{
	struct link *link = links_find(&node->links, preference->bid);
	if (!link || preference->priority == 0 || preference->priority > PRIORITY_MAX)
		return -EINVAL;
	link->priority = preference->priority;
	return 0;
}

/* RFC 6275 6.1.7, 11.7.2: what a care-of address may be */
static bool address_valid(const struct mobile_node_config *config, const struct in6_addr *address)
{
	return address_is_unicast_routable(address) &&
	       !IN6_ARE_ADDR_EQUAL(address, &config->home_address) &&
	       !IN6_ARE_ADDR_EQUAL(address, &config->home_agent);
}

/* RFC 6275 6.1.8: it would be refused with 174 */
static bool is_in_home_prefix(
	const struct mobile_node_config *config, const struct in6_addr *address)
{
	return config->home_prefix_length != 0 &&
	       address_in_prefix(address, &config->home_prefix, config->home_prefix_length);
}

static int set_address(
	struct mobile_node *node, const struct host_address *address, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, address->bid);
	if (!link)
		return -EINVAL;
	if (is_in_home_prefix(&node->config, &address->address))
		return 0;
	if (!address_valid(&node->config, &address->address))
		return -EINVAL;
	int error = link_address_set(link, address);
	if (error == 0)
		node_choose(node, link, link->path.state, outbox);
	return error;
}

static int remove_address(
	struct mobile_node *node, const struct host_address *address, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, address->bid);
	if (!link)
		return -EINVAL;
	link_address_remove(link, &address->address);
	node_choose(node, link, link->path.state, outbox);
	return 0;
}

static int take_activity(
	struct mobile_node *node, const struct host_activity *activity, struct outbox *outbox)
{
	struct link *link = links_find(&node->links, activity->bid);
	if (!link)
		return -EINVAL;
	enum path_state before = link->path.state;
	path_activity(&link->path, node->now, activity->sent, activity->received);
	node_choose(node, link, before, outbox);
	return 0;
}

/* Only before anything was sent: afterwards this core knows better. */
static int restore(struct mobile_node *node, const struct effect_node *memory)
{
	if (!IN6_ARE_ADDR_EQUAL(&memory->home_address, &node->config.home_address) ||
		node->registration.spoken)
		return -EINVAL;
	node->registration.list.sequence = memory->sequence;
	node->registration.timestamp = memory->replay_accepted;
	return 0;
}

/* What a daemon before this one had registered: it may be sent by until something says otherwise.
 */
static int restore_binding(struct mobile_node *node, const struct effect_tunnel *tunnel)
{
	const struct list_entry entry = {
		.bid = tunnel->bid,
		.priority = tunnel->priority,
		.care_of = tunnel->local,
		.expires = tunnel->expires,
	};
	if (!IN6_ARE_ADDR_EQUAL(&tunnel->home_address, &node->config.home_address) ||
		!IN6_ARE_ADDR_EQUAL(&tunnel->remote, &node->config.home_agent) ||
		!address_valid(&node->config, &tunnel->local) || tunnel->bid == 0 ||
		tunnel->kind != TUNNEL_IPV6 || tunnel->expires <= node->now ||
		(tunnel->expires == NANOS_NEVER && !tunnel->usable) || node->registration.spoken)
		return -EINVAL;
	if (!update_list_entry(&node->registration.list, tunnel->bid) &&
		node->registration.list.entries_count == BINDINGS_MAX)
		return -ENOSPC;
	update_list_bind(&node->registration.list, &entry);
	return 0;
}

static int take_event(
	struct mobile_node *node, const struct host_event *event, struct outbox *outbox)
{
	switch (event->type) {
	case HOST_LINK_SET:
		return set_link(node, &event->link, outbox);
	case HOST_LINK_REMOVE:
		return remove_link(node, event->link.bid, outbox);
	case HOST_ADDRESS_SET:
		return set_address(node, &event->address, outbox);
	case HOST_ADDRESS_REMOVE:
		return remove_address(node, &event->address, outbox);
	case HOST_ACTIVITY:
		return take_activity(node, &event->activity, outbox);
	case HOST_PREFER:
		return prefer(node, &event->link);
	case HOST_RESTORE_NODE:
		return restore(node, &event->restore_node);
	case HOST_STOP:
		home_registration_stop(&node->registration, node->now);
		return 0;
	case HOST_RESTORE_BINDING:
		return restore_binding(node, &event->restore_binding);
	case HOST_NODE_SET:
	case HOST_NODE_REMOVE:
	case HOST_HOME_LINK:
	case HOST_PREFIX_SET:
	case HOST_PREFIX_REMOVE:
	case HOST_STORE:
	case HOST_ROLLBACK:
		break;
	}
	return -EINVAL;
}

int mobile_node_host(
	struct core *core, struct moment now, const struct host_event *event, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	node->now = now.mono;
	if (node->stopped)
		return 0;
	int error = take_event(node, event, outbox);
	if (error == 0)
		settle(core, now, outbox);
	return error;
}

/* ---- what comes in ---- */

/* Both directions of the link work that it came by. */
static void answered(struct mobile_node *node, uint32_t ifindex, const struct in6_addr *care_of,
	struct outbox *outbox)
{
	struct link *link = links_with_care_of(&node->links, care_of);
	if (!link || link->ifindex != ifindex)
		return;
	enum path_state before = link->path.state;
	path_answered(&link->path, node->now);
	node_choose(node, link, before, outbox);
}

/* RFC 6275 6.4, 11.7.3: to a care-of address, with a routing header to the home address */
static bool for_us(const struct mobile_node *node, const struct packet *packet)
{
	const struct in6_addr *to =
		packet->has_routing ? &packet->routing_address : &packet->destination;
	return IN6_ARE_ADDR_EQUAL(to, &node->config.home_address);
}

static bool authentic(struct core *core, const struct received *received)
{
	const struct mobile_node_config *config = &core->mobile_node->config;
	const struct packet *packet = received->packet;
	switch (authentication_check(core, &config->auth,
		authentication_care_of(received->message, &packet->destination),
		&config->home_address, received->message, packet->payload)) {
	case AUTH_OK:
		return true;
	case AUTH_MISSING:
		core_drop(core, DROP_NO_AUTHENTICATION);
		return false;
	case AUTH_UNKNOWN_SPI:
		core_drop(core, DROP_UNKNOWN_SPI);
		return false;
	case AUTH_WRONG:
		core_drop(core, DROP_AUTHENTICATION_FAILED);
		return false;
	case AUTH_FAILURE:
		core_drop(core, DROP_NO_HMAC);
		return false;
	}
	return false;
}

static void take_ack(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	if (!authentic(core, received))
		return;
	if (!acknowledgement_receive(core, now, received->message, outbox))
		return;
	core->counters.acks_received++;
	answered(core->mobile_node, received->ifindex, &received->packet->destination, outbox);
}

/* RFC 5648 5.8, RFC 6275 11.3.6: neither is authentic, so both only hasten what is due anyway */
static void take_request(
	struct core *core, struct moment now, const struct opt_bid *bids, size_t count)
{
	struct home_registration *registration = &core->mobile_node->registration;
	if (!home_registration_refresh(registration, now.mono, bids, count))
		core_drop(core, DROP_RATE_LIMITED);
}

static void take_error(struct core *core, struct moment now, const struct msg_binding_error *error,
	struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	if (error->status == BE_STATUS_UNKNOWN_BINDING &&
		IN6_ARE_ADDR_EQUAL(&error->home_address, &node->config.home_address))
		take_request(core, now, NULL, 0);
	else if (error->status == BE_STATUS_UNKNOWN_MESSAGE &&
		 home_registration_distrust(&node->registration, now.mono))
		node_note(node, NOTE_FALL_BACK, 0, outbox);
	else
		core_drop(core, DROP_NOT_FOR_US);
}

void mobile_node_message(struct core *core, struct moment now, const struct received *received,
	struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	const struct message *message = received->message;
	bool error = message->type == MH_binding_error;
	node->now = now.mono;
	if (node->stopped)
		return;
	if (!IN6_ARE_ADDR_EQUAL(&received->packet->source, &node->config.home_agent)) {
		core_drop(core, DROP_WRONG_PEER);
		return;
	}
	/* a Binding Error comes to the care-of address, without routing header (RFC 6275 9.3.3) */
	if (!error && !for_us(node, received->packet)) {
		core_drop(core, DROP_NOT_FOR_US);
		return;
	}
	if (message->type == MH_binding_ack)
		take_ack(core, now, received, outbox);
	else if (message->type == MH_refresh_request)
		take_request(core, now, message->bid, message->bid_count);
	else if (error)
		take_error(core, now, &message->binding_error, outbox);
	else
		core_drop(core, DROP_NOT_FOR_US);
	settle(core, now, outbox);
}

static bool take_reply(
	struct mobile_node *node, const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	const struct icmpv6 *reply = received->message;
	struct link *link = links_with_care_of(&node->links, &packet->destination);
	if (!link || link->ifindex != received->ifindex ||
		reply->data.length != PATH_COOKIE_OCTETS ||
		reply->identifier != node->config.probe_identifier ||
		!IN6_ARE_ADDR_EQUAL(&packet->source, &node->config.home_agent))
		return false;
	enum path_state before = link->path.state;
	if (!path_reply(&link->path, node->now, reply->sequence, reply->data.at))
		return false;
	node_choose(node, link, before, outbox);
	return true;
}

static void echo_reply(struct core *core, struct moment now, const struct received_icmpv6 *received,
	struct outbox *outbox)
{
	if (!take_reply(core->mobile_node, received, outbox)) {
		core_drop(core, DROP_UNEXPECTED_REPLY);
		return;
	}
	core->counters.probes_answered++;
	settle(core, now, outbox);
}

static struct link *link_by(struct mobile_node *node, uint32_t ifindex)
{
	for (size_t i = 0; i < node->links.count; i++)
		if (node->links.at[i].ifindex == ifindex)
			return &node->links.at[i];
	return NULL;
}

/* RFC 6275 11.5.2, 11.5.5: those of links that may be the home link */
static void neighbour_discovery(struct core *core, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	const struct icmpv6 *message = received->message;
	struct link *link = link_by(node, received->ifindex);
	if (!link || node->config.home_prefix_length == 0)
		return;
	if (message->type == ICMPV6_ROUTER_ADVERTISEMENT)
		home_detection_advertisement(&link->detection, &node->config, now.mono,
			&received->packet->source, message);
	else
		home_detection_neighbour(&link->detection, &node->config, message);
	settle(core, now, outbox);
}

void mobile_node_icmpv6(struct core *core, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	node->now = now.mono;
	if (node->stopped)
		return;
	switch (received->message->type) {
	case ICMPV6_ECHO_REPLY:
		echo_reply(core, now, received, outbox);
		break;
	case ICMPV6_ROUTER_ADVERTISEMENT:
	case ICMPV6_NEIGHBOR_ADVERTISEMENT:
		neighbour_discovery(core, now, received, outbox);
		break;
	default:
		core_drop(core, DROP_NOT_FOR_US);
	}
}

/* ---- time ---- */

void mobile_node_deadline(struct core *core, struct moment now, struct outbox *outbox)
{
	struct mobile_node *node = core->mobile_node;
	node->now = now.mono;
	if (node->stopped)
		return;
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		enum path_state before = link->path.state;
		path_deadline(&link->path, now.mono);
		node_choose(node, link, before, outbox);
	}
	settle(core, now, outbox);
}

nanos mobile_node_next_deadline(const struct core *core)
{
	const struct mobile_node *node = core->mobile_node;
	if (node->stopped)
		return NANOS_NEVER;
	const struct tunnels_basis basis = basis_of(node);
	nanos at = tunnels_next_deadline(&node->tunnels, &basis);
	at = nanos_min(at, returning_home_next_deadline(node));
	at = nanos_min(
		at, home_registration_next_deadline(&node->registration, &node->links, node->now));
	for (size_t i = 0; i < node->links.count; i++)
		at = nanos_min(at, path_next_deadline(&node->links.at[i].path));
	return at;
}

/* ---- looking in ---- */

void mobile_node_each_binding(
	const struct core *core, void (*each)(void *ctx, const struct binding_view *), void *ctx)
{
	const struct mobile_node *node = core->mobile_node;
	const struct update_list *list = &node->registration.list;
	for (size_t i = 0; i < list->entries_count; i++) {
		const struct list_entry *entry = &list->entries[i];
		const struct binding_view view = {
			.home_address = node->config.home_address,
			.care_of = entry->care_of,
			.expires = entry->expires,
			.sequence = list->sequence,
			.bid = entry->bid,
			.priority = entry->priority,
			.home = IN6_ARE_ADDR_EQUAL(&entry->care_of, &node->config.home_address),
			.verified = true,
		};
		each(ctx, &view);
	}
}

static struct link_view view_of(const struct mobile_node *node, const struct link *link)
{
	const struct effect_tunnel *selected = tunnels_selected(&node->tunnels);
	struct link_view view = {
		.bid = link->bid,
		.priority = link->priority,
		.ifindex = link->ifindex,
		.up = link->up,
		.home = link->home,
		.selected = selected && selected->bid == link->bid,
		.path = link->path.state,
		.rtt_ns = link->path.rtt,
	};
	if (!link->has_care_of)
		return view;
	view.care_of = link->care_of;
	const struct list_entry *entry =
		update_list_sure(&node->registration.list, link->bid, &link->care_of);
	view.registered = entry != NULL;
	view.expires = entry ? entry->expires : 0;
	return view;
}

void mobile_node_each_link(
	const struct core *core, void (*each)(void *ctx, const struct link_view *), void *ctx)
{
	const struct mobile_node *node = core->mobile_node;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link_view view = view_of(node, &node->links.at[i]);
		each(ctx, &view);
	}
}

enum home_state mobile_node_home_state(const struct core *core)
{
	return returning_home_state(core->mobile_node);
}

struct in6_addr mobile_node_home_agent(const struct core *core)
{
	return core->mobile_node->config.home_agent;
}

void mobile_node_each_home_agent(
	const struct core *core, void (*each)(void *ctx, const struct home_agent_view *), void *ctx)
{
	(void)core;
	(void)each;
	(void)ctx;
}

void mobile_node_each_prefix(
	const struct core *core, void (*each)(void *ctx, const struct host_prefix *), void *ctx)
{
	(void)core;
	(void)each;
	(void)ctx;
}
