/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the data plane is to do, as it follows from links and Binding Update List.
 */
#include "tunnels.h"

#include "../base/subject.h"

#include <assert.h>
#include <string.h>

/* All removed, all set and ranked anew, and whose they are. */
#define TUNNELS_EFFECTS (3 * BINDINGS_MAX + 3)

/* What was sent by a visited link before the node returned home may still arrive for so long. */
#define LINGER NANOS_PER_SECOND

const struct effect_tunnel *tunnels_find(const struct tunnels *tunnels, uint16_t bid)
{
	for (size_t i = 0; i < tunnels->count; i++)
		if (tunnels->at[i].bid == bid)
			return &tunnels->at[i];
	return NULL;
}

static bool is_number_taken(
	const struct tunnels *tunnels, const struct record *recorded, uint16_t number)
{
	for (size_t i = 0; i < tunnels->count; i++)
		if (tunnels->at[i].tunnel == number)
			return true;
	for (size_t i = 0; i < tunnels->accepting_count; i++)
		if (tunnels->accepting[i].tunnel == number)
			return true;
	for (uint8_t i = 0; i < recorded->count; i++)
		if (recorded->bindings[i].tunnel == number)
			return true;
	return false;
}

uint16_t tunnels_number(const struct tunnels *tunnels, const struct record *recorded, uint16_t bid)
{
	const struct effect_tunnel *present = tunnels_find(tunnels, bid);
	uint16_t number = bid;
	if (present)
		return present->tunnel;
	for (uint8_t i = 0; i < recorded->count; i++)
		if (recorded->bindings[i].bid == bid)
			return recorded->bindings[i].tunnel;
	while (is_number_taken(tunnels, recorded, number))
		number++;
	return number;
}

bool tunnel_same(const struct effect_tunnel *a, const struct effect_tunnel *b)
{
	return IN6_ARE_ADDR_EQUAL(&a->local.address, &b->local.address) &&
	       a->expires == b->expires && a->local.ifindex == b->local.ifindex &&
	       a->usable == b->usable && a->encapsulation == b->encapsulation &&
	       a->remote.framed == b->remote.framed &&
	       memcmp(a->remote.link_layer, b->remote.link_layer, LINK_LAYER_OCTETS) == 0 &&
	       IN6_ARE_ADDR_EQUAL(&a->remote.address, &b->remote.address);
}

/* ---- which may be sent by ---- */

/*
 * The home agent drops what comes from a care-of address that it does not know. So a tunnel is
 * used only when its binding is acknowledged; until then packets are better kept. Of those that
 * are, one whose path does not live only if there is no better.
 */
enum standing {
	GOOD,
	ON_TRIAL,
	UNPROVEN,
	DEAD,
	USELESS,
};

/* RFC 5648 5.6.3, 5.6.4: the home link is sent by as the home address is used there, or not at all
 */
static bool is_used(
	const struct link *link, const struct list_entry *sure, enum home_address_use home_address)
{
	enum home_address_use needed =
		sure->without_nd ? HOME_ADDRESS_SILENT : HOME_ADDRESS_DEFENDED;
	return link->use != LINK_HOME || home_address == needed;
}

/* `sure` is the link's binding, or NULL. */
static enum standing standing(
	const struct link *link, const struct list_entry *sure, enum home_address_use home_address)
{
	if (!sure || !is_used(link, sure, home_address))
		return USELESS;
	/* RFC 5648 5.6.4: the router that must be sent to is not known */
	if (sure->without_nd && !link->detection.router_at.known)
		return USELESS;
	switch (link->path.state) {
	case PATH_ALIVE:
	case PATH_SUSPECT:
		return GOOD;
	case PATH_TRIAL:
		return ON_TRIAL;
	case PATH_UNPROVEN:
		return UNPROVEN;
	case PATH_DEAD:
		return DEAD;
	case PATH_DOWN:
	case PATH_STATES:
		break;
	}
	return USELESS;
}

/* ---- what there should be ---- */

/* Of one link. */
struct wanted {
	bool any; /* a tunnel, as follows */
	enum standing standing;
	struct effect_tunnel tunnel;
};

static void fill_tunnel(
	const struct link *link, const struct tunnels_basis *basis, struct effect_tunnel *ret)
{
	*ret = (struct effect_tunnel){
		.remote.address = *basis->home_agent,
		.bid = link->bid,
		.local.ifindex = link->ifindex,
		.encapsulation = link->use == LINK_HOME ? ENCAP_HOME_LINK : ENCAP_IPV6,
	};
}

/* RFC 5648 5.6.4: with status 5 to the router whose link-layer address was learnt */
static void frame(
	const struct link *link, const struct list_entry *sure, struct effect_tunnel *tunnel)
{
	if (!sure || !sure->without_nd)
		return;
	tunnel->remote.framed = true;
	memcpy(tunnel->remote.link_layer, link->detection.router_at.link_layer, LINK_LAYER_OCTETS);
}

/*
 * The home agent sends to the old care-of address until it accepts another one. While it has not
 * bound the home address, the link may not be the home link: packets leave by it if there is no
 * better one.
 */
static void want_old(const struct link *link, const struct list_entry *entry,
	const struct tunnels_basis *basis, struct wanted *ret)
{
	const struct update_list *list = &basis->registration->list;
	const struct in6_addr *kept = link_kept(link);
	ret->tunnel.encapsulation = ENCAP_IPV6;
	ret->tunnel.local.address = entry->care_of;
	ret->tunnel.expires = entry->expires;
	if (kept && update_list_sure(list, link->bid, kept))
		ret->standing = UNPROVEN;
}

/* The home agent may send to a care-of address as soon as it was told of it. */
static void plan_tunnel(
	const struct link *link, const struct tunnels_basis *basis, struct wanted *ret)
{
	const struct update_list *list = &basis->registration->list;
	const struct list_entry *sure =
		link->has_care_of ? update_list_sure(list, link->bid, &link->care_of) : NULL;
	fill_tunnel(link, basis, &ret->tunnel);
	ret->standing = standing(link, sure, basis->home_address);
	ret->any = true;
	/* Packets of the old binding may still come. They need no tunnel if it was a home binding.
	 */
	const struct list_entry *entry = update_list_entry(list, link->bid);
	bool old = entry && !IN6_ARE_ADDR_EQUAL(&entry->care_of, &basis->config->home_address);
	if (!sure && old && link->use == LINK_HOME) {
		want_old(link, entry, basis, ret);
		return;
	}
	if (sure || (link->has_care_of && asked_bindings_has(&list->asked, &link->care_of))) {
		ret->tunnel.local.address = link->care_of;
		ret->tunnel.expires = sure ? sure->expires : NANOS_NEVER;
		frame(link, sure, &ret->tunnel);
		return;
	}
	ret->any = old;
	if (old)
		want_old(link, entry, basis, ret);
}

/* The best there is, be it good or not; links->count if all are useless. */
static size_t best_of(const struct links *links, const struct wanted *wanted)
{
	size_t best = links->count;
	for (size_t i = 0; i < links->count; i++) {
		enum standing its = wanted[i].standing;
		enum standing best_is = best < links->count ? wanted[best].standing : USELESS;
		if (links->at[i].bid == links->resort && its < USELESS)
			return i;
		if (its < best_is || (best < links->count && its == best_is &&
					     links->at[i].priority < links->at[best].priority))
			best = i;
	}
	return best;
}

static void want_all(const struct tunnels_basis *basis, struct wanted *ret)
{
	const struct links *links = basis->links;
	for (size_t i = 0; i < links->count; i++)
		plan_tunnel(&links->at[i], basis, &ret[i]);
	size_t best = best_of(links, ret);
	for (size_t i = 0; i < links->count; i++)
		ret[i].tunnel.usable = i == best || ret[i].standing == GOOD;
}

/* ---- what is told of it ---- */

static void remove_accepting(struct tunnels *tunnels, size_t i, struct outbox *outbox)
{
	outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel = tunnels->accepting[i];
	tunnels->accepting[i] = tunnels->accepting[--tunnels->accepting_count];
}

static void need_subject(
	struct tunnels *tunnels, const struct tunnels_basis *basis, struct outbox *outbox)
{
	subject_need(basis->base, &tunnels->subject, SUBJECT_AT_MOBILE_NODE,
		&basis->config->home_address, NULL, outbox);
}

/* At once, as the next effect may be that another tunnel is not sent by any more. */
static void rank(
	const struct tunnels *tunnels, const struct tunnels_basis *basis, struct outbox *outbox)
{
	struct effect_traffic *traffic =
		traffic_set(tunnels->subject, basis->config->sharing, outbox);
	for (size_t i = 0; i < tunnels->count; i++)
		traffic_add(traffic, tunnels->at[i].tunnel, tunnels->tiers[i]);
}

static void set(struct tunnels *tunnels, const struct tunnels_basis *basis,
	const struct effect_tunnel *tunnel, uint8_t tier, struct outbox *outbox)
{
	/* Not earlier: the number of a link that is told before this one is taken. */
	const uint16_t number = tunnels_number(tunnels, basis->recorded, tunnel->bid);
	size_t i = 0;
	while (i < tunnels->count && tunnels->at[i].bid != tunnel->bid)
		i++;
	assert(i < BINDINGS_MAX);
	bool present = i < tunnels->count;
	if (!present) {
		tunnels->tiers[i] = TIER_NONE;
		tunnels->count++;
	}
	if (!present || !tunnel_same(&tunnels->at[i], tunnel)) {
		need_subject(tunnels, basis, outbox);
		tunnels->at[i] = *tunnel;
		tunnels->at[i].subject = tunnels->subject;
		tunnels->at[i].tunnel = number;
		outbox_add(outbox, EFFECT_TUNNEL_SET)->tunnel = tunnels->at[i];
	}
	if (tunnels->tiers[i] == tier)
		return;
	tunnels->tiers[i] = tier;
	rank(tunnels, basis, outbox);
}

static void remove_at(struct tunnels *tunnels, size_t i, struct outbox *outbox)
{
	outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel = tunnels->at[i];
	if (tunnels->removed_count < BINDINGS_MAX)
		tunnels->removed[tunnels->removed_count] = tunnels->at[i].tunnel;
	tunnels->removed_count++;
	tunnels->at[i] = tunnels->at[--tunnels->count];
	tunnels->tiers[i] = tunnels->tiers[tunnels->count];
}

/* Those whose link has no binding any more. */
static void remove_old(struct tunnels *tunnels, const struct links *links,
	const struct wanted *wanted, struct outbox *outbox)
{
	for (size_t i = tunnels->count; i-- > 0;) {
		bool any = false;
		for (size_t j = 0; j < links->count; j++)
			any = any || (wanted[j].any && links->at[j].bid == tunnels->at[i].bid);
		if (!any)
			remove_at(tunnels, i, outbox);
	}
}

/* Whether to tell of the change in this phase, as which it may be less than all of it. */
static bool is_told(
	const struct effect_tunnel *present, struct effect_tunnel *tunnel, enum tunnels_phase phase)
{
	bool in_use = present && present->usable &&
		      IN6_ARE_ADDR_EQUAL(&present->local.address, &tunnel->local.address);
	switch (phase) {
	case TUNNELS_LOSSES:
		if (!present || !present->usable || (in_use && tunnel->usable))
			return false;
		tunnel->usable = false;
		return true;
	case TUNNELS_ACCEPT:
		tunnel->usable = tunnel->usable && in_use;
		break;
	case TUNNELS_ALL:
		break;
	}
	return true;
}

/* ---- tunnels that only accept (ADR 40) ---- */

/* Removes tunnels that only accept where links that were added need the place or the BID. */
static void make_way(struct tunnels *tunnels, const struct links *links, struct outbox *outbox)
{
	for (size_t i = tunnels->accepting_count; i-- > 0;) {
		bool displaced = tunnels->accepting_count + links->count > BINDINGS_MAX;
		for (size_t j = 0; j < links->count; j++)
			displaced = displaced || links->at[j].bid == tunnels->accepting[i].bid;
		if (displaced)
			remove_accepting(tunnels, i, outbox);
	}
}

/* For accept_one(), which is called for each care-of address that the home agent may send to. */
struct acceptance {
	struct tunnels *tunnels;
	const struct tunnels_basis *basis;
	const struct wanted *wanted; /* of each link */
	struct outbox *outbox;
	bool needed[BINDINGS_MAX]; /* for each of tunnels->accepting */
};

static bool is_accepted_by_link(const struct acceptance *acceptance, const struct in6_addr *care_of)
{
	for (size_t i = 0; i < acceptance->basis->links->count; i++) {
		const struct wanted *wanted = &acceptance->wanted[i];
		if (wanted->any && wanted->tunnel.encapsulation == ENCAP_IPV6 &&
			IN6_ARE_ADDR_EQUAL(&wanted->tunnel.local.address, care_of))
			return true;
	}
	return false;
}

static bool is_bid_in_use(const struct acceptance *acceptance, uint16_t bid)
{
	const struct tunnels *tunnels = acceptance->tunnels;
	for (size_t i = 0; i < acceptance->basis->links->count; i++)
		if (acceptance->basis->links->at[i].bid == bid)
			return true;
	for (size_t i = 0; i < tunnels->accepting_count; i++)
		if (tunnels->accepting[i].bid == bid)
			return true;
	return tunnels_find(tunnels, bid) != NULL;
}

static struct effect_tunnel *find_accepting(
	struct acceptance *acceptance, const struct in6_addr *care_of)
{
	struct tunnels *tunnels = acceptance->tunnels;
	for (size_t i = 0; i < tunnels->accepting_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&tunnels->accepting[i].local.address, care_of))
			return &tunnels->accepting[i];
	size_t links = acceptance->basis->links->count;
	size_t used = links > tunnels->count ? links : tunnels->count;
	if (used + tunnels->accepting_count >= BINDINGS_MAX)
		return NULL;
	uint16_t bid = UINT16_MAX;
	while (is_bid_in_use(acceptance, bid) ||
		is_number_taken(tunnels, acceptance->basis->recorded, bid))
		bid--;
	need_subject(tunnels, acceptance->basis, acceptance->outbox);
	struct effect_tunnel *ret = &tunnels->accepting[tunnels->accepting_count++];
	*ret = (struct effect_tunnel){
		.remote.address = *acceptance->basis->home_agent,
		.local.address = *care_of,
		.subject = acceptance->tunnels->subject,
		.tunnel = bid,
		.bid = bid,
		.encapsulation = ENCAP_IPV6,
	};
	return ret;
}

/* A tunnel that was found after a restart stays as it is until the host has reported its link. */
static bool waits_for_link(const struct acceptance *acceptance, uint16_t bid)
{
	const struct links *links = acceptance->basis->links;
	for (size_t i = 0; i < links->count; i++)
		if (links->at[i].bid == bid)
			return false;
	return bid != 0;
}

static void accept_one(void *ctx, const struct held_care_of *held)
{
	struct acceptance *acceptance = ctx;
	if (held->expires <= acceptance->basis->now ||
		waits_for_link(acceptance, held->found_bid) ||
		IN6_ARE_ADDR_EQUAL(&held->care_of, &acceptance->basis->config->home_address) ||
		is_accepted_by_link(acceptance, &held->care_of))
		return;
	/* The links' tunnels come first: as much of the outbox as they may need stays free. */
	struct effect_tunnel *tunnel = NULL;
	if (outbox_room(acceptance->outbox) > TUNNELS_EFFECTS + BINDINGS_MAX)
		tunnel = find_accepting(acceptance, &held->care_of);
	if (!tunnel)
		return;
	acceptance->needed[tunnel - acceptance->tunnels->accepting] = true;
	if (tunnel->expires >= held->expires)
		return;
	tunnel->expires = held->expires;
	outbox_add(acceptance->outbox, EFFECT_TUNNEL_SET)->tunnel = *tunnel;
}

static void remove_unneeded(struct acceptance *acceptance)
{
	struct tunnels *tunnels = acceptance->tunnels;
	for (size_t i = tunnels->accepting_count; i-- > 0;) {
		if (acceptance->needed[i])
			continue;
		acceptance->needed[i] = acceptance->needed[tunnels->accepting_count - 1];
		remove_accepting(tunnels, i, acceptance->outbox);
	}
}

/* ---- returned home ---- */

/* Nothing is sent by it any more; what is under way is accepted for a while. */
static void fade(
	struct tunnels *tunnels, const struct tunnels_basis *basis, size_t i, struct outbox *outbox)
{
	struct effect_tunnel tunnel = tunnels->at[i];
	nanos now = basis->now;
	if (now >= tunnel.expires) {
		remove_at(tunnels, i, outbox);
		return;
	}
	if (!tunnel.usable && tunnel.expires <= now + LINGER)
		return;
	tunnel.usable = false;
	tunnel.expires = nanos_min(tunnel.expires, now + LINGER);
	set(tunnels, basis, &tunnel, tunnels->tiers[i], outbox);
}

/* The home link's first, so that at no time there is none to send by. */
static void update_returned(
	struct tunnels *tunnels, const struct tunnels_basis *basis, struct outbox *outbox)
{
	const struct link *home = links_home(basis->links);
	struct effect_tunnel tunnel;
	while (tunnels->accepting_count)
		remove_accepting(tunnels, tunnels->accepting_count - 1, outbox);
	fill_tunnel(home, basis, &tunnel);
	tunnel.local.address = basis->config->home_address;
	tunnel.expires = NANOS_NEVER;
	tunnel.usable = true;
	set(tunnels, basis, &tunnel, home->priority, outbox);
	for (size_t i = tunnels->count; i-- > 0;)
		if (tunnels->at[i].bid != home->bid)
			fade(tunnels, basis, i, outbox);
}

nanos tunnels_next_deadline(const struct tunnels *tunnels, const struct tunnels_basis *basis)
{
	nanos at = NANOS_NEVER;
	if (tunnels->outbox_was_full || tunnels->subject == 0)
		return basis->now;
	if (basis->registration->home != HOME_USE_RETURNED)
		return at;
	for (size_t i = 0; i < tunnels->count; i++)
		at = nanos_min(at, tunnels->at[i].expires);
	return at;
}

/* ---- telling ---- */

void tunnels_update(struct tunnels *tunnels, const struct tunnels_basis *basis,
	enum tunnels_phase phase, struct outbox *outbox)
{
	const struct links *links = basis->links;
	tunnels->outbox_was_full = outbox_room(outbox) < TUNNELS_EFFECTS;
	if (tunnels->outbox_was_full)
		return;
	if (phase == TUNNELS_ALL)
		need_subject(tunnels, basis, outbox);
	if (basis->registration->home == HOME_USE_RETURNED) {
		if (phase == TUNNELS_ALL)
			update_returned(tunnels, basis, outbox);
		return;
	}
	struct wanted wanted[BINDINGS_MAX];
	want_all(basis, wanted);
	make_way(tunnels, links, outbox);
	struct acceptance acceptance = {tunnels, basis, wanted, outbox, {false}};
	update_list_each_care_of(&basis->registration->list, accept_one, &acceptance);
	remove_old(tunnels, links, wanted, outbox);
	for (size_t i = 0; i < links->count; i++) {
		struct effect_tunnel *tunnel = &wanted[i].tunnel;
		if (wanted[i].any && is_told(tunnels_find(tunnels, tunnel->bid), tunnel, phase))
			set(tunnels, basis, tunnel, links->at[i].priority, outbox);
	}
	remove_unneeded(&acceptance);
}

void tunnels_restore(
	struct tunnels *tunnels, const struct tunnels_basis *basis, struct outbox *outbox)
{
	subject_restore(basis->base, &tunnels->subject, basis->recorded->subject,
		SUBJECT_AT_MOBILE_NODE, &basis->config->home_address, NULL, outbox);
}

void tunnels_remove_all(struct tunnels *tunnels, struct outbox *outbox)
{
	while (tunnels->accepting_count)
		remove_accepting(tunnels, tunnels->accepting_count - 1, outbox);
	while (tunnels->count)
		remove_at(tunnels, tunnels->count - 1, outbox);
	subject_remove(&tunnels->subject, outbox);
}

const struct effect_tunnel *tunnels_selected(const struct tunnels *tunnels)
{
	size_t best = tunnels->count;
	for (size_t i = 0; i < tunnels->count; i++)
		if (tunnels->at[i].usable &&
			(best == tunnels->count || tunnels->tiers[i] < tunnels->tiers[best] ||
				(tunnels->tiers[i] == tunnels->tiers[best] &&
					tunnels->at[i].bid < tunnels->at[best].bid)))
			best = i;
	return best < tunnels->count ? &tunnels->at[best] : NULL;
}
