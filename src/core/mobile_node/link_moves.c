/* SPDX-License-Identifier: BSD-2-Clause */
#include "link_moves.h"

#include "link_ranking.h"

static bool is_good(const struct home_registration *registration, const struct link *link)
{
	return path_usable(&link->path) && link_takes_part(registration, link);
}

/* The best of those whose path is good, or NULL. */
static const struct link *best_good(
	const struct home_registration *registration, const struct links *links)
{
	const struct link *best = NULL;
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		if (is_good(registration, link) && (!best || link_is_preferred(link, best)))
			best = link;
	}
	return best;
}

/* The link in use, if its path worked before and its carrier is there; else NULL. */
static const struct link *present_resort(const struct link_moves *moves, struct links *links)
{
	struct link *link = links_find(links, links->resort ? links->resort : moves->selected);
	if (!link || !link->has_care_of ||
		(link->path.state != PATH_TRIAL && link->path.state != PATH_DEAD))
		return NULL;
	return link;
}

void link_moves_reconcile(struct link_moves *moves, struct links *links,
	const struct home_registration *registration, nanos now)
{
	struct link_ranking ranking;
	const struct link *present = present_resort(moves, links);
	moves->again = NANOS_NEVER;
	if (best_good(registration, links)) {
		links->resort = 0;
		return;
	}
	link_ranking_make(registration, links, link_takes_part, &ranking);
	const struct link *other = ranking.count ? ranking.at[0] : NULL;
	if (!present || !other || link_rank(present) <= link_rank(other)) {
		const struct link *resort = present ? present : other;
		links->resort = resort ? resort->bid : 0;
		return;
	}
	nanos room_at = move_limit_room_at(&moves->limit, 1);
	links->resort = now >= room_at ? other->bid : present->bid;
	if (now < room_at)
		moves->again = room_at;
}

/* A move counts if the link that was left is still there and one of the two died lately: neither a
 * lost carrier nor the operator caused it. */
void link_moves_select(struct link_moves *moves, const struct links *links, uint16_t bid, nanos now)
{
	unsigned deaths = 0;
	bool left_is_there = false;
	if (bid == 0 || bid == moves->selected)
		return;
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		if (link->bid == moves->selected)
			left_is_there = link->path.state != PATH_DOWN;
		if (link->bid == moves->selected || link->bid == bid)
			deaths += path_deaths(&link->path, now);
	}
	moves->selected = bid;
	if (left_is_there && deaths)
		move_limit_count(&moves->limit, now);
}

void link_moves_steer(const struct link_moves *moves, struct links *links,
	const struct home_registration *registration)
{
	const struct link *good = best_good(registration, links);
	/* the move to the returning link and that of its next death; one more if a move is due */
	nanos no_good = move_limit_room_at(&moves->limit, 1);
	nanos no_better =
		move_limit_room_at(&moves->limit, good && good->bid != moves->selected ? 3 : 2);
	for (size_t i = 0; i < links->count; i++) {
		struct link *link = &links->at[i];
		link->path.eager = !good || link->priority <= good->priority;
		link->path.returns_from = 0;
		if (!good && link->bid != moves->selected)
			link->path.returns_from = no_good;
		if (good && link_is_preferred(link, good))
			link->path.returns_from = no_better;
	}
}
