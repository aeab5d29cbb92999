/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which Binding Update is due, by which link, and when. What becomes of the answer is
 * acknowledgement.c's business.
 */
#include "home_registration.h"

#include <string.h>

#define FIRST_TIMEOUT_MS 1500               /* RFC 6275 13: InitialBindackTimeoutFirstReg */
#define TIMEOUT NANOS_PER_SECOND            /* RFC 6275 12: INITIAL_BINDACK_TIMEOUT */
#define TIMEOUT_MAX (32 * NANOS_PER_SECOND) /* RFC 6275 12: MAX_BINDACK_TIMEOUT */

/* What is added waits so long for the answer to what is under way: most come in that time. */
#define GATHER (100 * NANOS_PER_MS)

/* What is proven within so short a time is added by one update. */
#define TOGETHER (10 * NANOS_PER_MS)

#define REFRESH_AGAIN NANOS_PER_SECOND
#define MCOA_AGAIN (60 * NANOS_PER_SECOND)

/*
 * While everything is being de-registered by the home link, packets are better kept than sent by a
 * binding that may be gone. So long an answer may take on a link; without one, the home agent is
 * probably not there, and the bindings are.
 */
#define RETURN_HOLD (200 * NANOS_PER_MS)

/* De-registration: three attempts in all. */
#define STOP_AFTER (2 * NANOS_PER_SECOND)
#define STOP_INTERVAL (STOP_AFTER / 3 + 1)

void home_registration_init(struct home_registration *registration,
	const struct mobile_node_config *config, uint16_t sequence)
{
	memset(registration, 0, sizeof(*registration));
	registration->config = config;
	registration->mcoa = config->mcoa;
	registration->bulk = config->bulk;
	update_list_init(&registration->list, sequence);
}

void home_registration_restart(struct home_registration *registration, uint16_t sequence)
{
	struct message_rate rate = registration->rate;
	home_registration_init(registration, registration->config, sequence);
	registration->rate = rate;
}

void home_registration_link_up(struct home_registration *registration, uint16_t bid)
{
	for (size_t i = 0; i < registration->refusals_count; i++)
		if (registration->refusals[i].bid == bid)
			registration->refusals[i].until = 0;
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

/* The home link is one of the paths only if it is a binding beside the others. */
static bool takes_part(const struct home_registration *registration, const struct link *link)
{
	if (link->use == LINK_HOME && registration->home != HOME_USE_BINDING)
		return false;
	return rank(link) < 3;
}

/* A home link is one to send by as soon as the home agent was seen there (RFC 6275 11.5.5). */
static bool can_send(const struct home_registration *registration, const struct link *link)
{
	if (link->use == LINK_HOME && !link->detection.agent_at.known)
		return false;
	if (registration->stopping)
		return rank(link) < 3;
	if (registration->home == HOME_USE_RETURNING || registration->home == HOME_USE_RETURNED)
		return link->use == LINK_HOME && rank(link) < 3;
	return takes_part(registration, link);
}

typedef bool (*is_one)(const struct home_registration *, const struct link *);

static bool better(const struct link *a, const struct link *b)
{
	if (rank(a) != rank(b))
		return rank(a) < rank(b);
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->bid < b->bid;
}

/* Links, best first. */
struct ranking {
	size_t count;
	const struct link *at[BINDINGS_MAX];
};

static void rank_links(const struct home_registration *registration, const struct links *links,
	is_one is_such, struct ranking *ret)
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
}

static bool any_can_send(const struct home_registration *registration, const struct links *links)
{
	for (size_t i = 0; i < links->count; i++)
		if (can_send(registration, &links->at[i]))
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
		if (link->bid == update->items[0].bid && path_usable(&link->path) &&
			can_send(registration, link))
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
	return has && can_send(registration, home) ? home : NULL;
}

/*
 * The best link now; after two attempts without an answer the others in turn, for there are
 * networks that let probes through, and no Mobility Header. A home agent that does not know Binding
 * Identifiers takes an authenticator over the source only for a right one: as long as ours may be
 * one of these, every second attempt is by the care-of address's own link.
 */
static const struct link *sender(const struct home_registration *registration,
	const struct links *links, const struct update *update, unsigned attempts)
{
	const struct link *own = home_of(registration, links, update);
	if (!own)
		own = own_link(registration, links, update);
	bool only_own = own && !registration->knows_bids;
	if (own && (attempts < 2 || (only_own && attempts % 2)))
		return own;
	struct ranking senders;
	rank_links(registration, links, can_send, &senders);
	if (senders.count == 0)
		return NULL;
	size_t place = attempts < 2 ? 0 : only_own ? attempts / 2 : attempts - 1;
	return senders.at[place % senders.count];
}

static bool sender_gone(const struct home_registration *registration, const struct links *links,
	const struct update *update)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->at[i];
		if (link->has_care_of && IN6_ARE_ADDR_EQUAL(&link->care_of, &update->source) &&
			link->ifindex == update->ifindex && can_send(registration, link))
			return false;
	}
	return true;
}

/* ---- what is wanted ---- */

static bool refused_now(
	const struct home_registration *registration, const struct link *link, nanos now)
{
	for (size_t i = 0; i < registration->refusals_count; i++) {
		const struct refusal *refusal = &registration->refusals[i];
		if (refusal->bid != link->bid ||
			!IN6_ARE_ADDR_EQUAL(&refusal->care_of, &link->care_of))
			continue;
		/* a home agent may take a home binding only from the home link */
		bool other_way = refusal->elsewhere && link->use == LINK_HOME &&
				 link->detection.agent_at.known;
		return now < refusal->until && !other_way;
	}
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

/* All that the home agent should hold, best first. */
static void want(const struct home_registration *registration, const struct links *links, nanos now,
	struct update *ret)
{
	struct ranking ranking;
	bool proven = false;
	rank_links(registration, links, takes_part, &ranking);
	for (size_t i = 0; i < ranking.count; i++) {
		const struct link *link = ranking.at[i];
		proven = proven || path_usable(&link->path);
		if (refused_now(registration, link, now))
			continue;
		if (path_usable(&link->path) ||
			(rank(link) == 2 && being_proven(registration, link, now)))
			add_item(ret, link);
	}
	/* nothing is known to work: what might is used at once */
	if (ranking.count && !proven && ret->count == 0 &&
		!refused_now(registration, ranking.at[0], now))
		add_item(ret, ranking.at[0]);
}

/* ---- what is to be said ---- */

struct plan {
	bool needed; /* now; else when it is time to refresh */
	bool urgent;
	nanos at;
	struct update update; /* at first all that is wanted, then what is to be said of it */
};

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
	if (told && registration->waiting)
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
static void plan_bulk(const struct home_registration *registration, struct plan *plan)
{
	const struct update *wanted = &plan->update;
	const struct update_list *list = &registration->list;
	uint16_t bid;
	bool replacing = registration->waiting && registration->last.overwrite;
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
static void plan_individual(const struct home_registration *registration, struct plan *plan)
{
	const struct update_list *list = &registration->list;
	const struct update wanted = plan->update;
	struct update_item gone = {.bid = 0};
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
static void plan_single(const struct home_registration *registration, struct plan *plan)
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

/* RFC 5648 5.4: everything is taken away, as RFC 6275 has it. */
static void plan_remove_all(const struct home_registration *registration, struct plan *plan)
{
	plan->update.kind = UPDATE_REMOVE_ALL;
	plan->needed = plan->urgent = true;
	bool begun = registration->last.kind == UPDATE_REMOVE_ALL;
	if (begun && registration->waiting)
		plan->at = registration->retransmit;
	else
		plan->at = begun ? registration->retry : 0;
}

/* When the last of what is added will have been proven for a moment. */
static nanos together_at(const struct home_registration *registration, const struct links *links,
	const struct plan *plan)
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
	const struct plan *plan)
{
	const struct update *last = &registration->last;
	bool same = update_same(last, &plan->update);
	nanos at = 0;
	if (registration->waiting && same)
		at = sender_gone(registration, links, last) ? 0 : registration->retransmit;
	else if (registration->waiting && !plan->urgent)
		at = nanos_min(registration->retransmit, last->sent + GATHER);
	if (!registration->waiting && !plan->urgent)
		at = together_at(registration, links, plan);
	if (same || !plan->urgent)
		at = nanos_max(at, registration->retry);
	return at;
}

/* The next update; `at` is NANOS_NEVER if there is nothing that could be said. */
static struct plan make_plan(
	const struct home_registration *registration, const struct links *links, nanos now)
{
	struct plan plan = {.at = NANOS_NEVER};
	if (!any_can_send(registration, links) || registration->home == HOME_USE_RETURNED)
		return plan;
	if (registration->duplicate && !registration->stopping)
		return plan;
	if (registration->stopping || registration->home == HOME_USE_RETURNING) {
		plan_remove_all(registration, &plan);
		plan.at = nanos_max(plan.at, message_rate_at(&registration->rate, true));
		return plan;
	}
	want(registration, links, now, &plan.update);
	if (plan.update.count == 0)
		return plan;
	if (!home_registration_mcoa(registration, now))
		plan_single(registration, &plan);
	else if (registration->bulk)
		plan_bulk(registration, &plan);
	else
		plan_individual(registration, &plan);
	if (now >= plan.at)
		plan.needed = true;
	if (plan.needed)
		plan.at = needed_at(registration, links, &plan);
	plan.at = nanos_max(plan.at, message_rate_at(&registration->rate, plan.urgent));
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

static void address_to(const struct links *links, const struct link *link, struct update *update)
{
	const struct link *home = links_home(links);
	update->ifindex = link->ifindex;
	update->source = link->care_of;
	update->framed = link == home;
	if (update->framed)
		memcpy(update->agent_link_layer, home->detection.agent_at.link_layer,
			LINK_LAYER_OCTETS);
	update->home = home && update->kind == UPDATE_REGISTER && update_item(update, home->bid);
	if (update->home || update->framed)
		memcpy(update->home_link_layer, home->link_layer, LINK_LAYER_OCTETS);
}

static nanos first_timeout(const struct mobile_node_config *config)
{
	return (config->first_timeout_ms ? config->first_timeout_ms : FIRST_TIMEOUT_MS) *
	       NANOS_PER_MS;
}

/* RFC 6275 11.8 */
static void start_timer(struct home_registration *registration, bool again, nanos now)
{
	bool first = registration->list.entries_count == 0;
	if (registration->stopping) {
		registration->timeout = STOP_INTERVAL;
	} else if (again) {
		registration->timeout = nanos_min(2 * registration->timeout, TIMEOUT_MAX);
	} else {
		registration->timeout = first ? first_timeout(registration->config) : TIMEOUT;
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
		     !sender_gone(registration, links, &registration->last);
	unsigned attempts = again ? registration->attempts + 1 : 0;
	address_to(links, sender(registration, links, update, attempts), update);
	update->doubtful = again && registration->home == HOME_USE_RETURNING;
	update->sent = now.mono;
	update->timestamp = next_timestamp(registration, now.ntp);
	if (update->kind == UPDATE_REGISTER || update->kind == UPDATE_SINGLE)
		update->lifetime = lifetime_units(registration->config->lifetime);
	update_list_send(&registration->list, update);
	start_timer(registration, again, now.mono);
	registration->last = *update;
	registration->waiting = true;
	registration->spoken = true;
	registration->leaving_told = registration->home == HOME_USE_RETURNING;
	registration->stop_told = registration->stopping;
	message_rate_count(&registration->rate, now.mono);
	*ret = *update;
	return true;
}

bool home_registration_leave(struct home_registration *registration, const struct links *links,
	struct moment now, struct update *ret)
{
	struct plan plan = {.at = 0};
	struct update *update = &plan.update;
	struct ranking senders;
	rank_links(registration, links, can_send, &senders);
	if (senders.count == 0 || registration->list.entries_count == 0 ||
		now.mono < message_rate_at(&registration->rate, true))
		return false;
	plan_remove_all(registration, &plan);
	address_to(links, senders.at[0], update);
	update->sent = now.mono;
	update->timestamp = next_timestamp(registration, now.ntp);
	update_list_send(&registration->list, update);
	message_rate_count(&registration->rate, now.mono);
	*ret = *update;
	return true;
}

bool home_registration_mcoa(const struct home_registration *registration, nanos now)
{
	return registration->mcoa && now >= registration->mcoa_again;
}

void home_registration_use_home(struct home_registration *registration, enum home_use use)
{
	enum home_use before = registration->home;
	registration->home = use;
	if (use == before)
		return;
	registration->leaving_told = false;
	/* whether the home agent has taken everything away is not known, or nothing is left */
	if (use != HOME_USE_RETURNED &&
		(before == HOME_USE_RETURNING || before == HOME_USE_RETURNED)) {
		registration->waiting = false;
		registration->list.unknown = true;
	}
	if (use == HOME_USE_RETURNING)
		registration->waiting = false;
}

void home_registration_settle(
	struct home_registration *registration, const struct links *links, nanos now)
{
	if (registration->home == HOME_USE_RETURNING && registration->waiting &&
		now >= registration->last.sent + RETURN_HOLD)
		update_list_doubt(&registration->list);
	if (registration->home == HOME_USE_RETURNED || any_can_send(registration, links))
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
		at = nanos_min(at, registration->last.sent + GATHER);
	if (registration->home == HOME_USE_RETURNING && registration->waiting &&
		registration->last.sent + RETURN_HOLD > now)
		at = nanos_min(at, registration->last.sent + RETURN_HOLD);
	if (registration->mcoa_again > now)
		at = nanos_min(at, registration->mcoa_again);
	for (size_t i = 0; i < registration->refusals_count; i++)
		if (registration->refusals[i].until > now)
			at = nanos_min(at, registration->refusals[i].until);
	for (size_t i = 0; i < registration->list.entries_count; i++)
		at = nanos_min(at, registration->list.entries[i].expires);
	return registration->stopping ? nanos_min(at, registration->stop_at) : at;
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

bool home_registration_refresh(
	struct home_registration *registration, nanos now, const struct opt_bid *bids, size_t count)
{
	if (now < registration->refresh_again || registration->stopping)
		return false;
	registration->refresh_again = now + REFRESH_AGAIN;
	if (count == 0)
		update_list_renew(&registration->list, 0);
	for (size_t i = 0; i < count; i++)
		if (bids[i].bid != 0)
			update_list_renew(&registration->list, bids[i].bid);
	return true;
}

bool home_registration_distrust(struct home_registration *registration, nanos now)
{
	enum update_kind kind = registration->last.kind;
	/* Who has said that it knows the options is not made to forget it by what nobody signs. */
	if (!registration->waiting || registration->knows_bids ||
		!home_registration_mcoa(registration, now) ||
		(kind != UPDATE_REGISTER && kind != UPDATE_REMOVE))
		return false;
	registration->mcoa_again = now + MCOA_AGAIN;
	registration->list.unknown = true;
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
	bool answered = registration->stop_told && !registration->waiting;
	return !registration->spoken || answered || registration->home == HOME_USE_RETURNED ||
	       !any_can_send(registration, links) || now >= registration->stop_at;
}
