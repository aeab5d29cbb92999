/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_ranking.h"

enum link_rank link_rank(const struct link *link)
{
	switch (link->path.state) {
	case PATH_ALIVE:
		return LINK_RANK_ALIVE;
	case PATH_SUSPECT:
		return LINK_RANK_SUSPECT;
	case PATH_UNPROVEN:
		return LINK_RANK_UNPROVEN;
	case PATH_TRIAL:
		return LINK_RANK_TRIAL;
	case PATH_DEAD:
		return link->path.probe_answered ? LINK_RANK_NONE : LINK_RANK_UNANSWERED;
	case PATH_DOWN:
	case PATH_STATES:
		break;
	}
	return LINK_RANK_NONE;
}

bool link_takes_part(const struct home_registration *registration, const struct link *link)
{
	if (link->use == LINK_HOME && registration->home != HOME_USE_BINDING)
		return false;
	return link_rank(link) < LINK_RANK_NONE;
}

bool link_can_send(const struct home_registration *registration, const struct link *link)
{
	if (link->use == LINK_HOME && !link->detection.agent_at.known)
		return false;
	if (registration_stops(registration->phase))
		return link_rank(link) < LINK_RANK_NONE;
	if (home_use_is_returning(registration->home) || registration->home == HOME_USE_RETURNED)
		return link->use == LINK_HOME && link_rank(link) < LINK_RANK_NONE;
	return link_takes_part(registration, link);
}

static bool better(const struct link *a, const struct link *b)
{
	if (link_rank(a) != link_rank(b))
		return link_rank(a) < link_rank(b);
	return link_is_preferred(a, b);
}

void link_ranking_make(const struct home_registration *registration, const struct links *links,
	bool (*is_such)(const struct home_registration *, const struct link *),
	struct link_ranking *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		if (!is_such(registration, link))
			continue;
		size_t place = ret->count++;
		for (; place > 0 && better(link, ret->at[place - 1]); place--)
			ret->at[place] = ret->at[place - 1];
		ret->at[place] = link;
	}
	while (ret->count && link_rank(ret->at[ret->count - 1]) == LINK_RANK_UNANSWERED &&
		link_rank(ret->at[0]) != LINK_RANK_UNANSWERED)
		ret->count--;
}

bool link_ranking_any_sender(
	const struct home_registration *registration, const struct links *links)
{
	for (size_t i = 0; i < links->count; i++)
		if (link_can_send(registration, &links->at[i]))
			return true;
	return false;
}

/*
 * What is registered alone is best sent from itself: a home agent may take no other care-of address
 * than the source (draft-13 10), or know of none (RFC 6275). NULL if that does not work.
 */
static const struct link *own_link(const struct home_registration *registration,
	const struct links *links, const struct update *update)
{
	bool registers = update->kind == UPDATE_REGISTER || update->kind == UPDATE_SINGLE;
	for (size_t i = 0; registers && update->count == 1 && i < links->count; i++) {
		const struct link *link = &links->at[i];
		if (link->bid == update->items[0].bid && link_can_send(registration, link) &&
			(path_usable(&link->path) || link->bid == links->resort))
			return link;
	}
	return NULL;
}

/*
 * The home link for the home binding: that an update came by it is how a home agent can tell that
 * it is not led astray by what looked like the home link to us. NULL if that does not work.
 */
static const struct link *home_of(const struct home_registration *registration,
	const struct links *links, const struct update *update)
{
	const struct link *home = links_home(links);
	bool has = update->kind == UPDATE_REGISTER && home && update_item(update, home->bid);
	return has && link_can_send(registration, home) ? home : NULL;
}

const struct link *link_ranking_sender(const struct home_registration *registration,
	const struct links *links, const struct update *update, unsigned attempts)
{
	const struct link *own = home_of(registration, links, update);
	if (!own)
		own = own_link(registration, links, update);
	bool only_own = own && !peer_bids_known(registration->bids);
	if (own && (attempts < 2 || (only_own && attempts % 2)))
		return own;
	struct link_ranking senders;
	link_ranking_make(registration, links, link_can_send, &senders);
	if (senders.count == 0)
		return NULL;
	size_t place = attempts < 2 ? 0 : only_own ? attempts / 2 : attempts - 1;
	return senders.at[place % senders.count];
}

bool link_ranking_sender_gone(const struct home_registration *registration,
	const struct links *links, const struct update *update)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		if (link->has_care_of && IN6_ARE_ADDR_EQUAL(&link->care_of, &update->source) &&
			link->ifindex == update->ifindex && link_can_send(registration, link))
			return false;
	}
	return true;
}
