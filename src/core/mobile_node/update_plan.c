/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the home agent should hold is compared with what it was told; each way to say the difference
 * has a function of its own.
 */
#include "update_plan.h"

#include "link_ranking.h"

/* What is proven within so short a time is added by one update. */
#define TOGETHER (10 * NANOS_PER_MS)

/* ---- what is wanted ---- */

static bool refused_now(
	const struct home_registration *registration, const struct link *link, nanos now)
{
	/* a home agent may take a home binding only from the home link */
	bool other_way = link->use == LINK_HOME && link->detection.agent_at.known;
	return refusals_hold(&registration->refusals, link->bid, &link->care_of, other_way, now);
}

/* The answer to the update that lists an unproven path will prove it. */
static bool being_proven(
	const struct home_registration *registration, const struct link *link, nanos now)
{
	const struct update_item *item = update_item(&registration->last, link->bid);
	return registration_waits(registration->phase) &&
	       now < registration->last.sent + UPDATE_GATHER && item &&
	       IN6_ARE_ADDR_EQUAL(&item->care_of, &link->care_of);
}

static void add_item(struct update *update, const struct link *link)
{
	update->items[update->count++] = (struct update_item){
		.bid = link->bid,
		.priority = link->priority,
		.care_of = link->care_of,
	};
}

/* The link to register while no path is good. NULL: it takes no part, and no other replaces it. */
static const struct link *resort_of(const struct link_ranking *ranking, const struct links *links)
{
	for (size_t i = 0; i < ranking->count; i++)
		if (ranking->at[i]->bid == links->resort)
			return ranking->at[i];
	return links->resort || !ranking->count ? NULL : ranking->at[0];
}

/* All that the home agent should hold, best first. */
static void plan_wanted(const struct home_registration *registration, const struct links *links,
	nanos now, struct update *ret)
{
	struct link_ranking ranking;
	bool proven = false;
	link_ranking_make(registration, links, link_takes_part, &ranking);
	for (size_t i = 0; i < ranking.count; i++) {
		const struct link *link = ranking.at[i];
		proven = proven || path_usable(&link->path);
		if (refused_now(registration, link, now))
			continue;
		if (path_usable(&link->path) || (link_rank(link) == LINK_RANK_UNPROVEN &&
							being_proven(registration, link, now)))
			add_item(ret, link);
	}
	/* nothing is known to work: what might is used at once */
	const struct link *resort = resort_of(&ranking, links);
	if (resort && !proven && ret->count == 0 && !refused_now(registration, resort, now))
		add_item(ret, resort);
}

/* ---- what is to be said ---- */

static const struct list_entry *sure(const struct update_list *list, const struct update_item *item)
{
	return update_list_sure(list, item->bid, &item->care_of);
}

/* `entry` is what is sure of the item, or NULL, here and below. */
static bool satisfied(const struct list_entry *entry, const struct update_item *item)
{
	return entry && (entry->bid == 0 || entry->priority == item->priority);
}

static nanos refresh_at(const struct list_entry *entry)
{
	return entry ? entry->refresh : 0;
}

/* The home agent has, or is being told, another care-of address for it. */
static bool misled_of(const struct home_registration *registration, const struct update_item *item)
{
	const struct update_item *told = update_item(&registration->last, item->bid);
	if (sure(&registration->list, item))
		return false;
	if (told && registration_waits(registration->phase))
		return !IN6_ARE_ADDR_EQUAL(&told->care_of, &item->care_of);
	return update_list_may_hold(&registration->list, item->bid);
}

static bool misled(const struct home_registration *registration, const struct update *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (misled_of(registration, &wanted->items[i]))
			return true;
	return false;
}

struct held_search {
	const struct update *wanted;
	bool found;
	uint16_t bid;
};

static void look_for_surplus(void *ctx, uint16_t bid)
{
	struct held_search *search = ctx;
	if (!search->found && !update_item(search->wanted, bid)) {
		search->found = true;
		search->bid = bid;
	}
}

/* A BID of which the home agent may hold something that is not wanted. */
static bool surplus(const struct update_list *list, const struct update *wanted, uint16_t *ret)
{
	struct held_search search = {.wanted = wanted};
	update_list_each_held(list, look_for_surplus, &search);
	if (search.found)
		*ret = search.bid;
	return search.found;
}

/* RFC 5648 5.3: one update for everything. */
static void plan_bulk(const struct home_registration *registration, struct update_plan *plan)
{
	const struct update *wanted = &plan->update;
	const struct update_list *list = &registration->list;
	uint16_t bid;
	bool replacing = registration_waits(registration->phase) && registration->last.overwrite;
	bool lost = surplus(list, wanted, &bid);
	plan->update.kind = UPDATE_REGISTER;
	plan->update.overwrite = list->unknown || lost;
	plan->needed = plan->update.overwrite;
	for (size_t i = 0; i < wanted->count; i++) {
		const struct list_entry *entry = sure(list, &wanted->items[i]);
		plan->needed = plan->needed || !satisfied(entry, &wanted->items[i]);
		plan->at = nanos_min(plan->at, refresh_at(entry));
	}
	plan->urgent = lost || (list->unknown && !replacing) ||
		       (plan->needed && misled(registration, wanted));
}

static void plan_item(
	struct update_plan *plan, enum update_kind kind, const struct update_item *item)
{
	plan->update.kind = kind;
	plan->update.count = 1;
	plan->update.items[0] = *item;
}

/* What is under way if it is still wanted, so that it is not overtaken by its like; else the best.
 */
static const struct update_item *first_item(
	const struct home_registration *registration, const struct update *wanted)
{
	if (registration_waits(registration->phase) && registration->last.count == 1) {
		const struct update_item *item =
			update_item(wanted, registration->last.items[0].bid);
		if (item)
			return item;
	}
	return &wanted->items[0];
}

/* One update for each BID, the most urgent first: all is replaced, taken away, added, refreshed. */
static void plan_individual(const struct home_registration *registration, struct update_plan *plan)
{
	const struct update_list *list = &registration->list;
	const struct update wanted = plan->update;
	/* RFC 6089 5.2.1: BID-PRI is not zero. */
	struct update_item gone = {.priority = LINK_PRIORITY_MAX};
	bool any = surplus(list, &wanted, &gone.bid);
	if (list->unknown || (any && gone.bid == 0)) {
		plan_item(plan, UPDATE_REGISTER, first_item(registration, &wanted));
		plan->update.overwrite = plan->needed = plan->urgent = true;
		return;
	}
	if (any) {
		/* RFC 5648 5.4 */
		plan_item(plan, UPDATE_REMOVE, &gone);
		plan->needed = plan->urgent = true;
		return;
	}
	for (size_t i = 0; i < wanted.count && !plan->needed; i++) {
		const struct update_item *item = &wanted.items[i];
		const struct list_entry *entry = sure(list, item);
		plan->needed = !satisfied(entry, item);
		plan->urgent = plan->needed && misled_of(registration, item);
		if (plan->needed || refresh_at(entry) < plan->at || i == 0) {
			plan_item(plan, UPDATE_REGISTER, item);
			plan->at = refresh_at(entry);
		}
	}
}

/* RFC 6275 11.7.1: one care-of address, no BID. */
static void plan_single(const struct home_registration *registration, struct update_plan *plan)
{
	const struct update *wanted = &plan->update;
	struct update_item best = wanted->items[0];
	for (size_t i = 1; i < wanted->count; i++)
		if (wanted->items[i].priority < best.priority)
			best = wanted->items[i];
	plan_item(plan, UPDATE_SINGLE, &best);
	const struct list_entry *entry = sure(&registration->list, &best);
	plan->needed = registration->list.unknown || !satisfied(entry, &best);
	plan->urgent = plan->needed;
	plan->at = refresh_at(entry);
}

/* RFC 6089 5.3.4: whatever an update with Binding Identifiers does not name is deleted. */
static void add_flows(const struct home_registration *registration, struct update_plan *plan)
{
	if (plan->update.kind != UPDATE_REGISTER && plan->update.kind != UPDATE_REMOVE)
		return;
	plan->update.names_flows = registration->flows.any;
	plan->needed = plan->needed || registration->flows.needed;
}

/* Where the home agent holds the link's binding once it has accepted the update; NULL: nowhere. */
static const struct in6_addr *care_of_after(
	const struct home_registration *registration, const struct update *update, uint16_t bid)
{
	const struct update_item *item = update_item(update, bid);
	const struct list_entry *entry = update_list_entry(&registration->list, bid);
	if (item)
		return &item->care_of;
	return entry && !update->overwrite ? &entry->care_of : NULL;
}

/* draft-montavont-mip6-mmi-02 7.3 */
static struct share_statement shares_after(
	const struct home_registration *registration, const struct update *update, nanos now)
{
	const struct peer_policy *policy = &registration->policy;
	struct share_statement ret = {.count = 0};
	for (uint8_t i = 0; i < policy->shares_count && now >= registration->shares_again; i++) {
		const struct in6_addr *care_of =
			care_of_after(registration, update, policy->shares[i].bid);
		if (care_of)
			share_statement_add(&ret, &policy->shares[i], care_of);
	}
	share_statement_end(&ret);
	return ret;
}

struct share_statement update_plan_shares(const struct home_registration *registration, nanos now)
{
	const struct update nothing = {.count = 0};
	return shares_after(registration, &nothing, now);
}

static void add_shares(
	const struct home_registration *registration, nanos now, struct update_plan *plan)
{
	if (plan->update.kind != UPDATE_REGISTER)
		return;
	plan->update.shares = shares_after(registration, &plan->update, now);
	if (!share_statement_equal(&plan->update.shares, &registration->shares_held))
		plan->needed = true;
}

struct update_plan update_plan_remove_all(const struct home_registration *registration)
{
	struct update_plan plan = {.needed = true, .urgent = true};
	bool begun = registration->last.kind == UPDATE_REMOVE_ALL;
	plan.update.kind = UPDATE_REMOVE_ALL;
	if (begun && registration_waits(registration->phase))
		plan.at = registration->retransmit;
	else
		plan.at = begun ? registration->retry : 0;
	return plan;
}

/* When the last of what is added will have been proven for a moment. */
static nanos together_at(const struct home_registration *registration, const struct links *links,
	const struct update_plan *plan)
{
	nanos at = 0;
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		const struct update_item *item = update_item(&plan->update, link->bid);
		if (item && !satisfied(sure(&registration->list, item), item))
			at = nanos_max(at, link->path.entered + TOGETHER);
	}
	return at;
}

/* What is needed is said at once, unless it is being said, or can wait for what is being said. */
static nanos needed_at(const struct home_registration *registration, const struct links *links,
	const struct update_plan *plan)
{
	const struct update *last = &registration->last;
	bool same = update_same(last, &plan->update);
	bool waits = registration_waits(registration->phase);
	nanos at = 0;
	if (waits && same)
		at = link_ranking_sender_gone(registration, links, last) ? 0
									 : registration->retransmit;
	else if (waits && !plan->urgent)
		at = nanos_min(registration->retransmit, last->sent + UPDATE_GATHER);
	if (!waits && !plan->urgent)
		at = together_at(registration, links, plan);
	if (same || !plan->urgent)
		at = nanos_max(at, registration->retry);
	return at;
}

struct update_plan update_plan_make(
	const struct home_registration *registration, const struct links *links, nanos now)
{
	struct update_plan plan = {.at = NANOS_NEVER};
	if (!link_ranking_any_sender(registration, links) ||
		registration->home == HOME_USE_RETURNED)
		return plan;
	if (registration->phase == REGISTRATION_DUPLICATE)
		return plan;
	if (registration_stops(registration->phase) || home_use_is_returning(registration->home)) {
		plan = update_plan_remove_all(registration);
		plan.at = nanos_max(plan.at, message_rate_at(&registration->rate, true));
		return plan;
	}
	plan_wanted(registration, links, now, &plan.update);
	if (plan.update.count == 0)
		return plan;
	if (!home_registration_mcoa(registration, now))
		plan_single(registration, &plan);
	else if (registration->bulk)
		plan_bulk(registration, &plan);
	else
		plan_individual(registration, &plan);
	add_flows(registration, &plan);
	add_shares(registration, now, &plan);
	if (now >= plan.at)
		plan.needed = true;
	if (plan.needed)
		plan.at = needed_at(registration, links, &plan);
	plan.at = nanos_max(plan.at, message_rate_at(&registration->rate, plan.urgent));
	return plan;
}
