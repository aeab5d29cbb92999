/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home link's use: see the table in returning_home.h.
 */
#include "../base/bindack_timeout.h"
#include "mobile_node.h"
#include "solicitation.h"

#include <string.h>

#define ATTEMPTS 3 /* without an answer; then the node stays away */

#define ADVERTISEMENTS 3                    /* RFC 4861 10: MAX_NEIGHBOR_ADVERTISEMENT */
#define ADVERTISE_INTERVAL NANOS_PER_SECOND /* RFC 4861 10: RETRANS_TIMER */

/* Frames are needed for all that is done on a home link. */
static bool may_be_home(const struct mobile_node *node, const struct link *link)
{
	return node->config.home_prefix_length != 0 && link_is_up(link) && link->has_link_layer;
}

static bool is_home(const struct mobile_node *node, const struct link *link)
{
	return may_be_home(node, link) && home_detection_is_home(&link->detection);
}

/* ---- which link ---- */

static void detect(struct mobile_node *node, struct outbox *outbox)
{
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		home_detection_deadline(&link->detection, node->now);
		bool home = is_home(node, link);
		if (home == link->home)
			continue;
		link->home = home;
		parties_event(&node->parties, home ? EVENT_HOME_LINK_FOUND : EVENT_HOME_LINK_LEFT,
			link->bid, outbox);
	}
}

/* RFC 5648 5.6.3: one at a time, and the same as long as it lasts */
static uint16_t choose_home(const struct mobile_node *node)
{
	const struct link *best = NULL;
	if (node->config.at_home == AT_HOME_VISITED)
		return 0;
	for (size_t i = 0; i < node->links.count; i++) {
		const struct link *link = &node->links.at[i];
		if (!link->home)
			continue;
		if (link->bid == node->home.bid)
			return link->bid;
		if (!best || link->priority < best->priority)
			best = link;
	}
	return best ? best->bid : 0;
}

/*
 * Sets the use of each link, and its care-of address accordingly. While the home link is not used
 * as such (HOME_USE_NONE), it is a visited link.
 */
static void use_links(struct mobile_node *node, enum home_use_event home, struct outbox *outbox)
{
	for (size_t i = 0; i < node->links.count; i++) {
		struct link *link = &node->links.at[i];
		enum link_use use = link->home ? LINK_UNUSED : LINK_VISITED;
		if (link->home && link->bid == node->home.bid)
			use = home == HOME_USE_VISIT ? LINK_VISITED : LINK_HOME;
		if (use == link->use)
			continue;
		enum path_state before = link->path.state;
		link_use(link, use, &node->config.home_address, node->now);
		node_choose(node, link, before, outbox);
	}
}

static void change_home(struct mobile_node *node, uint16_t bid, struct outbox *outbox)
{
	home_registration_use_home(&node->registration, HOME_USE_VISIT, node->home.bid, outbox);
	node->home.bid = bid;
	node->home.alone = false;
	node->home.again = 0;
}

/* ---- how it is used ---- */

static const struct list_entry *home_binding(const struct mobile_node *node)
{
	return update_list_sure(
		&node->registration.list, node->home.bid, &node->config.home_address);
}

/* Whether the last update about the home link is given up: no answer came to three attempts. */
static bool given_up(const struct mobile_node *node)
{
	const struct home_registration *registration = &node->registration;
	bool told = registration->home == HOME_USE_RETURNING_SENT;
	if (registration->home == HOME_USE_BINDING)
		told = registration->last.home && !home_binding(node);
	return told && registration_waits(registration->phase) &&
	       registration->attempts + 1 >= ATTEMPTS && node->now >= registration->retransmit;
}

/* The home agent has refused to bind the home address, and is not to be asked again yet. */
static bool is_refused(const struct mobile_node *node, const struct link *home)
{
	return refusals_hold(&node->registration.refusals, home->bid, &node->config.home_address,
		home->detection.agent_at.known, node->now);
}

/*
 * RFC 5648 5.6.5: any update without H ends the home binding. One update for each BID would end it
 * with every refresh of another, and nothing would say so.
 * What is only heard, and not authentic, counts for as long as it is listened to, and no longer.
 */
static bool can_be_both(const struct mobile_node *node)
{
	const struct home_registration *registration = &node->registration;
	return !node->home.alone && registration->bulk &&
	       home_registration_mcoa(registration, node->now);
}

static enum home_use_event next_use(struct mobile_node *node, const struct link *home)
{
	const struct home_registration *registration = &node->registration;
	if (!peer_bids_used(registration->bids))
		node->home.alone = true;
	bool again = node->now >= node->home.again;
	if (node->config.at_home == AT_HOME_BOTH && can_be_both(node))
		return again && !is_refused(node, home) ? HOME_USE_BOTH : HOME_USE_VISIT;
	if (registration->home == HOME_USE_RETURNED)
		return HOME_USE_RETURN;
	return again && home->detection.agent_at.known ? HOME_USE_RETURN : HOME_USE_VISIT;
}

void returning_home_failed(struct mobile_node *node)
{
	struct link *home = links_find(&node->links, node->home.bid);
	node->home.again = node->now + BINDACK_TIMEOUT_MAX;
	if (home)
		home_detection_forget_agent(&home->detection);
}

void returning_home_reconcile(struct mobile_node *node, struct outbox *outbox)
{
	detect(node, outbox);
	if (registration_stops(node->registration.phase))
		return;
	uint16_t bid = choose_home(node);
	if (bid != node->home.bid)
		change_home(node, bid, outbox);
	if (given_up(node)) {
		returning_home_failed(node);
		home_registration_unsure(&node->registration, outbox);
		parties_event(&node->parties, EVENT_UNREACHABLE, node->home.bid, outbox);
	}
	const struct link *home = links_find(&node->links, bid);
	enum home_use_event use = home ? next_use(node, home) : HOME_USE_VISIT;
	use_links(node, use, outbox);
	home_registration_use_home(&node->registration, use, bid, outbox);
}

/* ---- what the home agent says ---- */

void returning_home_refused(struct mobile_node *node, struct outbox *outbox)
{
	if (node->home.alone)
		return;
	node->home.alone = true;
	parties_event(&node->parties, EVENT_HOME_AND_FOREIGN_REFUSED, node->home.bid, outbox);
}

void returning_home_done(struct mobile_node *node, struct outbox *outbox)
{
	home_registration_use_home(
		&node->registration, HOME_USE_ACKNOWLEDGED, node->home.bid, outbox);
}

/* ---- what the home address is ---- */

static enum home_address_use wanted_use(const struct mobile_node *node)
{
	const struct list_entry *entry;
	/* what it was, until de-registration has been answered */
	if (registration_stops(node->registration.phase) &&
		node->registration.home != HOME_USE_NONE)
		return node->home.told.use;
	switch (node->registration.home) {
	case HOME_USE_NONE:
		break;
	case HOME_USE_BINDING:
		/* RFC 5648 5.6.3: nothing is answered before the acknowledgement */
		entry = home_binding(node);
		if (!entry)
			break;
		return entry->without_nd ? HOME_ADDRESS_SILENT : HOME_ADDRESS_DEFENDED;
	case HOME_USE_RETURNING_SENT:
	case HOME_USE_RETURNED:
		/* RFC 6275 11.5.5: answered as soon as the update is sent */
		return HOME_ADDRESS_DEFENDED;
	case HOME_USE_RETURNING:
	case HOME_USES:
		break;
	}
	return HOME_ADDRESS_AWAY;
}

static struct effect_home_address wanted_address(const struct mobile_node *node)
{
	const struct link *home = links_home(&node->links);
	enum home_address_use use = home && link_is_up(home) ? wanted_use(node) : HOME_ADDRESS_AWAY;
	return (struct effect_home_address){
		.home_address = node->config.home_address,
		.ifindex = use == HOME_ADDRESS_AWAY ? 0 : home->ifindex,
		.use = (uint8_t)use,
	};
}

static bool is_told(const struct mobile_node *node, const struct effect_home_address *address)
{
	return address->use == node->home.told.use && address->ifindex == node->home.told.ifindex;
}

enum home_address_use returning_home_use(const struct mobile_node *node)
{
	const struct effect_home_address address = wanted_address(node);
	return is_told(node, &address) ? (enum home_address_use)address.use : HOME_ADDRESS_AWAY;
}

static void emit_home_address(
	struct mobile_node *node, const struct effect_home_address *address, struct outbox *outbox)
{
	if (is_told(node, address))
		return;
	node->home.told = *address;
	outbox_add(outbox, EFFECT_HOME_ADDRESS)->home_address = *address;
}

void returning_home_withdraw(struct mobile_node *node, struct outbox *outbox)
{
	const struct effect_home_address address = wanted_address(node);
	if (address.use == HOME_ADDRESS_AWAY)
		emit_home_address(node, &address, outbox);
}

/* RFC 6275 11.5.5: from the acknowledgement on the home agent has left it to us */
static bool is_owned(const struct mobile_node *node)
{
	return node->home.told.use == HOME_ADDRESS_DEFENDED &&
	       !home_use_is_returning(node->registration.home);
}

void returning_home_tell(struct mobile_node *node, struct outbox *outbox)
{
	const struct effect_home_address address = wanted_address(node);
	emit_home_address(node, &address, outbox);
	bool owned = is_owned(node);
	if (owned && !node->home.owned) {
		node->home.advertisements = ADVERTISEMENTS;
		node->home.advertise_at = node->now;
	}
	if (!owned)
		node->home.advertisements = 0;
	node->home.owned = owned;
}

/* ---- sending ---- */

static void solicit(struct mobile_node *node, struct outbox *outbox)
{
	for (size_t i = 0; i < node->links.count && outbox_room(outbox); i++) {
		struct link *link = &node->links.at[i];
		if (!may_be_home(node, link) ||
			!home_detection_solicit_due(&link->detection, node->now))
			continue;
		router_solicitation_build(link, &outbox_add(outbox, EFFECT_SEND)->send);
		home_detection_solicited(&link->detection, node->now);
	}
}

/* The home agent's link-layer address is of use only if something is to be sent there. */
static nanos ask_at(const struct mobile_node *node, const struct link *home)
{
	if (!home || node->registration.home == HOME_USE_RETURNED)
		return NANOS_NEVER;
	return nanos_max(home_detection_ask_at(&home->detection), node->home.again);
}

/*
 * While the home agent may be detecting duplicates, for a binding that is the first to it, a
 * solicitation for the home address would be taken for one (RFC 4862 5.4.3), and the node refused
 * for good (134): it is asked for its own address then.
 */
static bool may_be_detecting(const struct mobile_node *node)
{
	const struct home_registration *registration = &node->registration;
	bool first =
		registration->phase != REGISTRATION_NEW && registration->list.entries_count == 0;
	return (registration_waits(registration->phase) || first) &&
	       parties_have_home_agent(&node->parties);
}

static void ask(struct mobile_node *node, struct outbox *outbox)
{
	struct link *home = links_find(&node->links, node->home.bid);
	struct in6_addr target;
	if (node->now < ask_at(node, home) || !outbox_room(outbox) ||
		!home_detection_ask_due(&home->detection, &node->config, &node->parties.home_agent,
			node->now, &target))
		return;
	if (may_be_detecting(node))
		target = node->parties.home_agent;
	neighbour_solicitation_build(home, &target, &outbox_add(outbox, EFFECT_SEND)->send);
	home_detection_asked(&home->detection, node->now);
}

static void advertise(struct mobile_node *node, struct outbox *outbox)
{
	const struct link *home = links_home(&node->links);
	if (node->home.advertisements == 0 || node->now < node->home.advertise_at ||
		!outbox_room(outbox))
		return;
	neighbour_advertisement_build(
		home, &node->config.home_address, &outbox_add(outbox, EFFECT_SEND)->send);
	node->home.advertisements--;
	node->home.advertise_at = node->now + ADVERTISE_INTERVAL;
}

void returning_home_send(struct mobile_node *node, struct outbox *outbox)
{
	advertise(node, outbox);
	solicit(node, outbox);
	ask(node, outbox);
}

/* ---- time and looking in ---- */

nanos returning_home_next_deadline(const struct mobile_node *node)
{
	const struct link *home = links_find(&node->links, node->home.bid);
	nanos at = ask_at(node, home);
	for (size_t i = 0; i < node->links.count; i++)
		if (may_be_home(node, &node->links.at[i]))
			at = nanos_min(
				at, home_detection_next_deadline(&node->links.at[i].detection));
	if (node->home.advertisements)
		at = nanos_min(at, node->home.advertise_at);
	if (home && node->home.again > node->now)
		at = nanos_min(at, node->home.again);
	return at;
}

enum home_state returning_home_state(const struct mobile_node *node)
{
	bool home = false;
	for (size_t i = 0; i < node->links.count; i++)
		home = home || node->links.at[i].home;
	if (!home)
		return HOME_AWAY;
	if (node->config.at_home == AT_HOME_VISITED)
		return HOME_VISITED_ONLY;
	if (node->registration.home == HOME_USE_RETURNED)
		return HOME_ONLY;
	const struct list_entry *entry = home_binding(node);
	if (node->registration.home != HOME_USE_BINDING || !entry)
		return HOME_RETURNING;
	return entry->without_nd ? HOME_BOTH_WITHOUT_ND : HOME_BOTH;
}
