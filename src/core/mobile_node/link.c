/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of links, and the choice of a link's care-of address.
 */
#include "link.h"

#include <errno.h>
#include <string.h>

/* On the home link there is no path to probe (RFC 5648 5.6); and the operator may say that nothing
 * would answer */
static const struct path_limits unprobed = {.probe = false};

#define SOLICITATIONS 3                              /* RFC 4861 10: MAX_RTR_SOLICITATIONS */
#define SOLICITATION_INTERVAL (4 * NANOS_PER_SECOND) /* RFC 4861 10: RTR_SOLICITATION_INTERVAL */
#define SUBNET_LENGTH 64                             /* RFC 4291 2.5.1 */

#define STAYS_AFTER (2 * NANOS_PER_SECOND)

#define HOLD_FIRST (15 * NANOS_PER_SECOND)
#define HOLD_MAX (120 * NANOS_PER_SECOND)
#define FORGET_DEATHS (300 * NANOS_PER_SECOND)

/* As strchr(): a caller that may change the list may change its links. */
static struct link *changeable(const struct link *link)
{
	return (struct link *)link;
}

struct link *links_find(const struct links *links, uint16_t bid)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->at[i].bid == bid)
			return changeable(&links->at[i]);
	return NULL;
}

struct link *links_with_care_of(const struct links *links, const struct in6_addr *address)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->at[i].has_care_of && IN6_ARE_ADDR_EQUAL(&links->at[i].care_of, address))
			return changeable(&links->at[i]);
	return NULL;
}

struct link *links_with_ifindex(const struct links *links, uint32_t ifindex)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->at[i].ifindex == ifindex)
			return changeable(&links->at[i]);
	return NULL;
}

struct link *links_add(struct links *links, uint16_t bid, const struct path_limits *limits)
{
	if (links->count == BINDINGS_MAX)
		return NULL;
	struct link *link = &links->at[links->count++];
	memset(link, 0, sizeof(*link));
	link->bid = bid;
	link->limits = limits;
	path_init(&link->path, limits);
	return link;
}

void links_remove(struct links *links, struct link *link)
{
	struct link *last = &links->at[--links->count];
	if (link != last)
		*link = *last;
}

const struct link *links_home(const struct links *links)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->at[i].use == LINK_HOME)
			return &links->at[i];
	return NULL;
}

bool links_have_address(const struct links *links, const struct in6_addr *address)
{
	for (size_t i = 0; i < links->count; i++)
		for (size_t j = 0; j < links->at[i].candidates_count; j++)
			if (IN6_ARE_ADDR_EQUAL(address, &links->at[i].candidates[j].address))
				return true;
	return false;
}

/* ---- candidates ---- */

static struct candidate *find_candidate(struct link *link, const struct in6_addr *address)
{
	for (size_t i = 0; i < link->candidates_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&link->candidates[i].address, address))
			return &link->candidates[i];
	return NULL;
}

int link_address_set(struct link *link, const struct host_address *address)
{
	struct candidate *candidate = find_candidate(link, &address->address);
	if (!candidate) {
		if (link->candidates_count == LINK_CANDIDATES_MAX)
			return -ENOSPC;
		candidate = &link->candidates[link->candidates_count++];
		*candidate = (struct candidate){.address = address->address};
	}
	candidate->formed = address->formed;
	candidate->deprecated = address->deprecated;
	return 0;
}

void link_address_remove(struct link *link, const struct in6_addr *address)
{
	struct candidate *candidate = find_candidate(link, address);
	if (candidate)
		*candidate = link->candidates[--link->candidates_count];
}

void link_address_refuse(struct link *link, const struct in6_addr *address, nanos until)
{
	struct candidate *candidate = find_candidate(link, address);
	if (!candidate)
		return;
	candidate->refused = true;
	candidate->refused_until = until;
}

static nanos hold_of(unsigned deaths)
{
	nanos hold = HOLD_FIRST;
	while (--deaths > 0 && hold < HOLD_MAX)
		hold *= 2;
	return nanos_min(hold, HOLD_MAX);
}

static void fail(struct candidate *candidate, nanos now)
{
	if (candidate->failed)
		return;
	if (candidate->deaths > 0 && now >= candidate->not_before + FORGET_DEATHS)
		candidate->deaths = 0;
	candidate->failed = true;
	candidate->deaths++;
	candidate->not_before = now + hold_of(candidate->deaths);
}

/* When an address whose path died may be tried again; two such tries are HOLD_FIRST apart. */
static nanos held_until(const struct link *link, const struct candidate *candidate)
{
	return candidate->failed ? nanos_max(candidate->not_before, link->return_not_before) : 0;
}

void link_forgive(struct link *link)
{
	path_forgive(&link->path);
	for (size_t i = 0; i < link->candidates_count; i++) {
		link->candidates[i].failed = false;
		link->candidates[i].deaths = 0;
		link->candidates[i].refused = false;
	}
	link->return_not_before = 0;
}

static void end_refusals(struct link *link, nanos now)
{
	for (size_t i = 0; i < link->candidates_count; i++)
		if (now >= link->candidates[i].refused_until)
			link->candidates[i].refused = false;
}

static bool is_present(const struct link *link, const struct candidate *candidate)
{
	return link->has_care_of && IN6_ARE_ADDR_EQUAL(&candidate->address, &link->care_of);
}

nanos link_next_deadline(const struct link *link)
{
	nanos at = NANOS_NEVER;
	for (size_t i = 0; i < link->candidates_count; i++)
		if (link->candidates[i].refused)
			at = nanos_min(at, link->candidates[i].refused_until);
	if (link->path.state != PATH_DEAD)
		return at;
	for (size_t i = 0; i < link->candidates_count; i++)
		if (link->candidates[i].failed && !link->candidates[i].refused &&
			!is_present(link, &link->candidates[i]))
			at = nanos_min(at, held_until(link, &link->candidates[i]));
	return at;
}

/* ---- the link ---- */

bool link_is_up(const struct link *link)
{
	return link->up && link->ifindex != 0;
}

bool link_is_preferred(const struct link *a, const struct link *b)
{
	if (a->leaving != b->leaving)
		return b->leaving;
	return a->priority != b->priority ? a->priority < b->priority : a->bid < b->bid;
}

static bool same_interface(const struct link *link, const struct host_link *set)
{
	return set->ifindex == link->ifindex && set->has_link_layer == link->has_link_layer &&
	       memcmp(set->link_layer, link->link_layer, LINK_LAYER_OCTETS) == 0;
}

void link_prefer(struct link *link, uint8_t priority)
{
	link->preferred = priority;
	link->priority = link->leaving ? LINK_PRIORITY_MAX : priority;
}

void link_leave(struct link *link, bool leaving, nanos now)
{
	link->leaving = leaving;
	link->leaving_since = now;
	link_prefer(link, link->preferred);
}

nanos link_stays_at(const struct link *link, nanos acknowledged)
{
	bool anew = link->path.state == PATH_ALIVE && link->path.started > link->leaving_since;
	if (!link->leaving || !anew || acknowledged < link->leaving_since)
		return NANOS_NEVER;
	return link->path.entered + STAYS_AFTER;
}

void link_set(struct link *link, const struct host_link *set, nanos now)
{
	bool was_up = link_is_up(link);
	if (set->ifindex != link->ifindex || set->unprobed != link->unprobed)
		link->has_care_of = false; /* so that the path starts anew */
	link->unprobed = set->unprobed;
	if (!same_interface(link, set) || (was_up && !set->up)) {
		memset(&link->detection, 0, sizeof(link->detection));
		memset(&link->advertised, 0, sizeof(link->advertised));
		link->has_kept = false;
		link->solicitations = 0;
		link->solicit_at = 0;
		was_up = false;
	}
	/* an operator's preference outlives whatever happens to the link */
	if (set->priority != link->configured)
		link_prefer(link, set->priority);
	link->configured = set->priority;
	link->metered = set->metered;
	link->up = set->up;
	link->ifindex = set->ifindex;
	link->has_link_layer = set->has_link_layer;
	memcpy(link->link_layer, set->link_layer, LINK_LAYER_OCTETS);
	if (was_up || !link_is_up(link))
		return;
	link_forgive(link);
	home_detection_begin(&link->detection, now);
}

static bool better(const struct candidate *a, const struct candidate *b)
{
	if (a->refused != b->refused)
		return b->refused;
	if (a->failed != b->failed)
		return b->failed;
	if (a->failed && a->not_before != b->not_before)
		return a->not_before < b->not_before;
	if (a->deprecated != b->deprecated)
		return b->deprecated;
	return a->formed > b->formed;
}

static const struct candidate *best_of(
	const struct link *link, const struct candidate *except, bool held_too, nanos now)
{
	const struct candidate *best = NULL;
	for (size_t i = 0; i < link->candidates_count; i++) {
		const struct candidate *one = &link->candidates[i];
		if (one != except && (held_too || now >= held_until(link, one)) &&
			(!best || better(one, best)))
			best = one;
	}
	return best;
}

static bool is_good(const struct candidate *candidate)
{
	return !candidate->failed && !candidate->deprecated && !candidate->refused;
}

/* Keeps the present address if it works, unless it is deprecated and another is not. */
static const struct candidate *choice(struct link *link, nanos now)
{
	struct candidate *present = link->has_care_of ? find_candidate(link, &link->care_of) : NULL;
	if (!present)
		return best_of(link, NULL, true, now);
	if (link->path.state == PATH_DEAD)
		fail(present, now);
	else if (path_usable(&link->path) || link->path.state == PATH_TRIAL)
		present->failed = false;
	if (is_good(present))
		return present;
	const struct candidate *best = best_of(link, present, false, now);
	if (!best || (best->refused && !present->refused))
		return present;
	if (present->failed || present->refused)
		return best;
	return best->failed || best->deprecated ? present : best;
}

static const struct in6_addr *chosen_address(
	struct link *link, const struct in6_addr *home_address, nanos now)
{
	if (!link_is_up(link) || link->use == LINK_UNUSED)
		return NULL;
	if (link->use == LINK_HOME)
		return home_address;
	const struct candidate *candidate = choice(link, now);
	return candidate ? &candidate->address : NULL;
}

void link_choose(struct link *link, const struct in6_addr *home_address, nanos now)
{
	end_refusals(link, now);
	const struct in6_addr *chosen = chosen_address(link, home_address, now);
	if (!chosen) {
		link->has_care_of = false;
		if (link->path.state != PATH_DOWN)
			path_stop(&link->path, now);
		return;
	}
	if (link->has_care_of && IN6_ARE_ADDR_EQUAL(&link->care_of, chosen))
		return;
	struct candidate *candidate = find_candidate(link, chosen);
	if (candidate && candidate->failed) {
		candidate->failed = false;
		link->return_not_before = now + HOLD_FIRST;
	}
	link->has_care_of = true;
	link->care_of = *chosen;
	link->path.limits = link->use == LINK_HOME || link->unprobed ? &unprobed : link->limits;
	path_start(&link->path, now);
}

const struct in6_addr *link_kept(const struct link *link)
{
	bool there = link->use == LINK_HOME && link->has_kept && link_is_up(link);
	for (size_t i = 0; there && i < link->candidates_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&link->candidates[i].address, &link->kept_care_of))
			return &link->kept_care_of;
	return NULL;
}

/*
 * The link may not be the home link, although it looked like it (home_detection.h). Its path is
 * proven again before packets leave by it: the kernel, too, has learnt from the forged
 * advertisement that the home prefix, and with it the home agent, is on the link.
 */
void link_use(struct link *link, enum link_use use, const struct in6_addr *home_address, nanos now)
{
	link->has_kept = use == LINK_HOME && link->use == LINK_VISITED && link->has_care_of;
	if (link->has_kept)
		link->kept_care_of = link->care_of;
	link->use = use;
	link_choose(link, home_address, now);
}

struct in6_addr link_router(const struct link *link, nanos now)
{
	static const struct in6_addr none;
	return link->has_care_of && link->use == LINK_VISITED
		       ? advertised_prefixes_router(&link->advertised, &link->care_of, now)
		       : none;
}

static bool has_several_prefixes(const struct link *link)
{
	for (size_t i = 1; i < link->candidates_count; i++)
		if (!address_in_prefix(&link->candidates[i].address, &link->candidates[0].address,
			    SUBNET_LENGTH))
			return true;
	return false;
}

nanos link_solicit_at(const struct link *link, nanos now)
{
	if (!link_is_up(link) || !link->has_link_layer || !link->has_care_of ||
		link->use != LINK_VISITED || link->solicitations == SOLICITATIONS ||
		!has_several_prefixes(link))
		return NANOS_NEVER;
	const struct in6_addr router = link_router(link, now);
	return IN6_IS_ADDR_UNSPECIFIED(&router) ? link->solicit_at : NANOS_NEVER;
}

void link_solicited(struct link *link, nanos now)
{
	link->solicitations++;
	link->solicit_at = now + SOLICITATION_INTERVAL;
}
