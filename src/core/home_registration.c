/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which Binding Update is due, by which link, and when. What becomes of the answer is
 * acknowledgement.c's business.
 */
#include "home_registration.h"

#include <string.h>

#define FIRST_TIMEOUT (1500 * NANOS_PER_MS) /* RFC 6275 13: InitialBindackTimeoutFirstReg */
#define TIMEOUT NANOS_PER_SECOND            /* RFC 6275 12: INITIAL_BINDACK_TIMEOUT */
#define TIMEOUT_MAX (32 * NANOS_PER_SECOND) /* RFC 6275 12: MAX_BINDACK_TIMEOUT */

/* What is added waits so long for the answer to what is under way: most come in that time. */
#define GATHER (100 * NANOS_PER_MS)

/* What is proven within so short a time is added by one update. */
#define TOGETHER (10 * NANOS_PER_MS)

/* Three updates at once, and three a second. What cannot wait may use the last of them. */
#define RATE_INTERVAL (NANOS_PER_SECOND / 3)
#define RATE_URGENT (2 * RATE_INTERVAL)
#define RATE_OTHER RATE_INTERVAL

#define REFRESH_AGAIN NANOS_PER_SECOND

/* De-registration: three attempts in all. */
#define STOP_AFTER (2 * NANOS_PER_SECOND)
#define STOP_INTERVAL (STOP_AFTER / 3 + 1)

static nanos max_of(nanos a, nanos b)
{
	return a > b ? a : b;
}

static nanos min_of(nanos a, nanos b)
{
	return a < b ? a : b;
}

void home_registration_init(struct home_registration *registration,
	const struct mobile_node_config *config, uint16_t sequence)
{
	memset(registration, 0, sizeof(*registration));
	registration->config = config;
	registration->mcoa = config->mcoa;
	registration->bulk = config->bulk;
	update_list_init(&registration->list, sequence);
}

static uint16_t lifetime_units(uint32_t seconds)
{
	uint32_t units = seconds / LIFETIME_UNIT;
	if (units == 0)
		return 1;
	return units < LIFETIME_INFINITE ? (uint16_t)units : LIFETIME_INFINITE;
}

/* ---- by which link ---- */

/* How good a path is for signalling; the less the better; 3: not at all. */
static unsigned rank(const struct link *link)
{
	switch (link->path.state) {
	case PATH_ALIVE:
		return 0;
	case PATH_SUSPECT:
		return 1;
	case PATH_UNPROVEN:
		return 2;
	case PATH_DOWN:
	case PATH_DEAD:
	case PATH_STATES:
		break;
	}
	return 3;
}

static bool better(const struct link *a, const struct link *b)
{
	if (rank(a) != rank(b))
		return rank(a) < rank(b);
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->bid < b->bid;
}

/* The link that exactly `place` others are better than; NULL if there are not so many. */
static const struct link *link_at(const struct links *links, size_t place)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		size_t others = 0;
		for (size_t j = 0; j < links->count; j++)
			others += better(&links->at[j], link);
		if (others == place && rank(link) < 3)
			return link;
	}
	return NULL;
}

/*
 * The best link now; after two attempts without an answer the others in turn, for there are
 * networks that let probes through, and no Mobility Header.
 */
static const struct link *sender(const struct links *links, unsigned attempts)
{
	size_t count = 0;
	while (link_at(links, count))
		count++;
	if (count == 0)
		return NULL;
	return link_at(links, attempts < 2 ? 0 : (attempts - 1) % count);
}

static bool sender_gone(const struct links *links, const struct update *update)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		if (link->has_care_of && IN6_ARE_ADDR_EQUAL(&link->care_of, &update->source) &&
			link->ifindex == update->ifindex && rank(link) < 3)
			return false;
	}
	return true;
}

/* ---- what is wanted ---- */

static bool refused_now(const struct home_registration *registration, uint16_t bid, nanos now)
{
	for (size_t i = 0; i < registration->refusals_count; i++)
		if (registration->refusals[i].bid == bid)
			return now < registration->refusals[i].until;
	return false;
}

/* The answer to the update that lists an unproven path will prove it. */
static bool being_proven(
	const struct home_registration *registration, const struct link *link, nanos now)
{
	const struct update_item *item = update_item(&registration->last, link->bid);
	return registration->waiting && now < registration->last.sent + GATHER && item &&
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

static void add_best(struct update *update, const struct links *links, size_t from)
{
	const struct link *best = link_at(links, from);
	if (best)
		add_item(update, best);
}

/* All that the home agent should hold, best first. */
static void want(const struct home_registration *registration, const struct links *links, nanos now,
	struct update *ret)
{
	const struct link *link;
	bool proven = false;
	for (size_t i = 0; (link = link_at(links, i)); i++) {
		proven = proven || path_usable(&link->path);
		if (refused_now(registration, link->bid, now))
			continue;
		if (path_usable(&link->path) ||
			(rank(link) == 2 && being_proven(registration, link, now)))
			add_item(ret, link);
	}
	/* nothing is known to work: what might is used at once */
	if (!proven && ret->count == 0)
		add_best(ret, links, 0);
}

/* ---- what is to be said ---- */

struct plan {
	bool needed; /* now; else when it is time to refresh */
	bool urgent;
	nanos at;
	struct update update;
};

static bool satisfied(const struct update_list *list, const struct update_item *item)
{
	const struct list_entry *entry = update_list_sure(list, item->bid, &item->care_of);
	return entry && (entry->bid == 0 || entry->priority == item->priority);
}

/* The home agent has, or is being told, another care-of address for one of them. */
static bool misled(const struct home_registration *registration, const struct update *wanted)
{
	const struct update_list *list = &registration->list;
	for (size_t i = 0; i < wanted->count; i++) {
		const struct update_item *item = &wanted->items[i];
		const struct update_item *told = update_item(&registration->last, item->bid);
		if (update_list_sure(list, item->bid, &item->care_of))
			continue;
		if (told && registration->waiting) {
			if (!IN6_ARE_ADDR_EQUAL(&told->care_of, &item->care_of))
				return true;
		} else if (update_list_may_hold(list, item->bid)) {
			return true;
		}
	}
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

static nanos refresh_at(const struct update_list *list, const struct update_item *item)
{
	const struct list_entry *entry = update_list_sure(list, item->bid, &item->care_of);
	return entry ? entry->refresh : 0;
}

/* RFC 5648 5.3: one update for everything. */
static void plan_bulk(const struct home_registration *registration, const struct update *wanted,
	struct plan *plan)
{
	const struct update_list *list = &registration->list;
	uint16_t bid;
	bool replacing = registration->waiting && registration->last.overwrite;
	bool lost = surplus(list, wanted, &bid);
	plan->update = *wanted;
	plan->update.kind = UPDATE_REGISTER;
	plan->update.overwrite = list->unknown || lost;
	plan->needed = plan->update.overwrite;
	plan->urgent = lost || (list->unknown && !replacing) || misled(registration, wanted);
	for (size_t i = 0; i < wanted->count; i++) {
		plan->needed = plan->needed || !satisfied(list, &wanted->items[i]);
		plan->at = min_of(plan->at, refresh_at(list, &wanted->items[i]));
	}
}

static void plan_item(struct plan *plan, enum update_kind kind, const struct update_item *item)
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
	if (registration->waiting && registration->last.count == 1) {
		const struct update_item *item =
			update_item(wanted, registration->last.items[0].bid);
		if (item)
			return item;
	}
	return &wanted->items[0];
}

/* One update for each BID, the most urgent first: all is replaced, taken away, added, refreshed. */
static void plan_individual(const struct home_registration *registration,
	const struct update *wanted, struct plan *plan)
{
	const struct update_list *list = &registration->list;
	struct update_item gone = {.bid = 0};
	bool any = surplus(list, wanted, &gone.bid);
	if (list->unknown || (any && gone.bid == 0)) {
		plan_item(plan, UPDATE_REGISTER, first_item(registration, wanted));
		plan->update.overwrite = plan->needed = plan->urgent = true;
		return;
	}
	if (any) {
		/* RFC 5648 5.4 */
		plan_item(plan, UPDATE_REMOVE, &gone);
		plan->needed = plan->urgent = true;
		return;
	}
	for (size_t i = 0; i < wanted->count && !plan->needed; i++) {
		const struct update_item *item = &wanted->items[i];
		const struct update one = {.count = 1, .items = {*item}};
		nanos refresh = refresh_at(list, item);
		plan->needed = !satisfied(list, item);
		plan->urgent = plan->needed && misled(registration, &one);
		if (plan->needed || refresh < plan->at || plan->update.count == 0) {
			plan_item(plan, UPDATE_REGISTER, item);
			plan->at = refresh;
		}
	}
}

/* RFC 6275 11.7.1: one care-of address, no BID. */
static void plan_single(const struct home_registration *registration, const struct update *wanted,
	struct plan *plan)
{
	const struct update_item *best = &wanted->items[0];
	for (size_t i = 1; i < wanted->count; i++)
		if (wanted->items[i].priority < best->priority)
			best = &wanted->items[i];
	plan_item(plan, UPDATE_SINGLE, best);
	plan->needed = registration->list.unknown || !satisfied(&registration->list, best);
	plan->urgent = plan->needed;
	plan->at = refresh_at(&registration->list, best);
}

static void plan_stop(const struct home_registration *registration, struct plan *plan)
{
	plan->update.kind = UPDATE_REMOVE_ALL;
	plan->needed = plan->urgent = true;
	bool begun = registration->waiting && registration->last.kind == UPDATE_REMOVE_ALL;
	plan->at = begun ? registration->retransmit : 0;
}

/* When the last of what is added will have been proven for a moment. */
static nanos together_at(const struct home_registration *registration, const struct links *links,
	const struct plan *plan)
{
	nanos at = 0;
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		const struct update_item *item = update_item(&plan->update, link->bid);
		if (item && !satisfied(&registration->list, item))
			at = max_of(at, link->path.entered + TOGETHER);
	}
	return at;
}

/* What is needed is said at once, unless it is being said, or can wait for what is being said. */
static nanos needed_at(const struct home_registration *registration, const struct links *links,
	const struct plan *plan)
{
	const struct update *last = &registration->last;
	bool same = update_same(last, &plan->update);
	nanos at = 0;
	if (registration->waiting && same)
		at = sender_gone(links, last) ? 0 : registration->retransmit;
	else if (registration->waiting && !plan->urgent)
		at = min_of(registration->retransmit, last->sent + GATHER);
	if (!registration->waiting && !plan->urgent)
		at = together_at(registration, links, plan);
	if (same || !plan->urgent)
		at = max_of(at, registration->retry);
	return at;
}

static nanos rate_at(const struct home_registration *registration, bool urgent)
{
	nanos ahead = urgent ? RATE_URGENT : RATE_OTHER;
	return registration->rate > ahead ? registration->rate - ahead : 0;
}

/* The next update; `at` is NANOS_NEVER if there is nothing that could be said. */
static struct plan make_plan(
	const struct home_registration *registration, const struct links *links, nanos now)
{
	struct plan plan = {.at = NANOS_NEVER};
	struct update wanted = {.count = 0};
	if (!link_at(links, 0))
		return plan;
	if (registration->stopping) {
		plan_stop(registration, &plan);
		return plan;
	}
	want(registration, links, now, &wanted);
	if (wanted.count == 0)
		return plan;
	if (!registration->mcoa)
		plan_single(registration, &wanted, &plan);
	else if (registration->bulk)
		plan_bulk(registration, &wanted, &plan);
	else
		plan_individual(registration, &wanted, &plan);
	if (registration->refresh || now >= plan.at)
		plan.needed = true;
	if (plan.needed)
		plan.at = needed_at(registration, links, &plan);
	plan.at = max_of(plan.at, rate_at(registration, plan.urgent));
	return plan;
}

/* ---- sending ---- */

/* RFC 4285 6: of the home agent's clock, and greater than any before */
static uint64_t next_timestamp(struct home_registration *registration, uint64_t ntp)
{
	uint64_t timestamp = ntp + registration->clock_offset;
	if (registration->timestamp && (int64_t)(timestamp - registration->timestamp) <= 0)
		timestamp = registration->timestamp + 1;
	registration->timestamp = timestamp;
	return timestamp;
}

/* RFC 6275 11.8 */
static void start_timer(struct home_registration *registration, bool again, nanos now)
{
	bool first = registration->list.entries_count == 0;
	if (registration->stopping) {
		registration->timeout = STOP_INTERVAL;
	} else if (again) {
		registration->timeout = min_of(2 * registration->timeout, TIMEOUT_MAX);
	} else {
		registration->timeout = first ? FIRST_TIMEOUT : TIMEOUT;
	}
	registration->attempts = again ? registration->attempts + 1 : 0;
	registration->retransmit = now + registration->timeout;
}

bool home_registration_next(struct home_registration *registration, const struct links *links,
	struct moment now, struct update *ret)
{
	struct plan plan = make_plan(registration, links, now.mono);
	if (now.mono < plan.at)
		return false;
	struct update *update = &plan.update;
	bool again = registration->waiting && update_same(&registration->last, update) &&
		     !sender_gone(links, &registration->last);
	const struct link *link = sender(links, again ? registration->attempts + 1 : 0);
	update->ifindex = link->ifindex;
	update->source = link->care_of;
	update->sent = now.mono;
	update->timestamp = next_timestamp(registration, now.ntp);
	if (update->kind == UPDATE_REGISTER || update->kind == UPDATE_SINGLE)
		update->lifetime = lifetime_units(registration->config->lifetime);
	update_list_send(&registration->list, update);
	start_timer(registration, again, now.mono);
	registration->last = *update;
	registration->waiting = true;
	registration->spoken = true;
	registration->refresh = false;
	registration->rate = max_of(registration->rate, now.mono) + RATE_INTERVAL;
	*ret = *update;
	return true;
}

void home_registration_settle(struct home_registration *registration, const struct links *links)
{
	if (link_at(links, 0))
		return;
	/* RFC 5648 5.9: what the home agent holds by the time a link returns is anybody's guess */
	registration->waiting = false;
	registration->list.unknown = true;
	registration->retry = 0;
}

nanos home_registration_next_deadline(
	const struct home_registration *registration, const struct links *links, nanos now)
{
	struct plan plan = make_plan(registration, links, now);
	nanos at = plan.at;
	if (registration->waiting && registration->last.sent + GATHER > now)
		at = min_of(at, registration->last.sent + GATHER);
	for (size_t i = 0; i < registration->refusals_count; i++)
		if (registration->refusals[i].until > now)
			at = min_of(at, registration->refusals[i].until);
	for (size_t i = 0; i < registration->list.entries_count; i++)
		at = min_of(at, registration->list.entries[i].expires);
	return registration->stopping ? min_of(at, registration->stop_at) : at;
}

bool home_registration_expire(
	struct home_registration *registration, nanos now, struct list_entry *ret)
{
	struct update_list *list = &registration->list;
	for (size_t i = 0; i < list->entries_count; i++) {
		if (now < list->entries[i].expires)
			continue;
		*ret = list->entries[i];
		update_list_unbind(list, ret->bid);
		return true;
	}
	return false;
}

bool home_registration_refresh(struct home_registration *registration, nanos now)
{
	if (now < registration->refresh_again || registration->stopping)
		return false;
	registration->refresh_again = now + REFRESH_AGAIN;
	registration->refresh = true;
	return true;
}

void home_registration_stop(struct home_registration *registration, nanos now)
{
	if (registration->stopping)
		return;
	registration->stopping = true;
	registration->waiting = false;
	registration->stop_at = now + STOP_AFTER;
}

/* Nothing was ever said, or nobody can be told. */
bool home_registration_stopped(
	const struct home_registration *registration, const struct links *links, nanos now)
{
	if (!registration->stopping)
		return false;
	bool answered = registration->last.kind == UPDATE_REMOVE_ALL && !registration->waiting;
	return !registration->spoken || answered || !link_at(links, 0) ||
	       now >= registration->stop_at;
}
