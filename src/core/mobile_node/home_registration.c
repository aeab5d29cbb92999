/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Binding Update that is due (update_plan.c) leaves by a link (link_ranking.c) and is waited for.
 * What becomes of the answer is acknowledgement.c's business.
 */
#include "home_registration.h"

#include "../base/bindack_timeout.h"
#include "link_ranking.h"
#include "update_plan.h"

#include <string.h>

#define FIRST_TIMEOUT_MS 1500 /* RFC 6275 13: InitialBindackTimeoutFirstReg */

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
	const struct mobile_node_config *config, const struct registration_parties *parties,
	uint16_t sequence)
{
	memset(registration, 0, sizeof(*registration));
	registration->config = config;
	registration->parties = parties;
	registration->bids = config->mcoa ? PEER_BIDS_ASSUMED : PEER_BIDS_LACKING;
	registration->bulk = config->bulk;
	update_list_init(&registration->list, sequence);
}

void home_registration_restart(struct home_registration *registration, uint16_t sequence)
{
	struct message_rate rate = registration->rate;
	home_registration_init(registration, registration->config, registration->parties, sequence);
	registration->rate = rate;
}

void home_registration_link_up(struct home_registration *registration, uint16_t bid)
{
	refusals_end(&registration->refusals, bid);
}

static uint16_t lifetime_units(uint32_t seconds)
{
	uint32_t units = seconds / LIFETIME_UNIT;
	if (units == 0)
		return 1;
	return units < LIFETIME_INFINITE ? (uint16_t)units : LIFETIME_INFINITE;
}

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
	if (registration_stops(registration->phase)) {
		registration->timeout = STOP_INTERVAL;
	} else if (again) {
		registration->timeout = bindack_timeout_after(registration->timeout);
	} else {
		registration->timeout =
			first ? first_timeout(registration->config) : BINDACK_TIMEOUT_FIRST;
	}
	registration->attempts = again ? registration->attempts + 1 : 0;
	registration->retransmit = now + registration->timeout;
}

static void step(struct home_registration *registration, enum registration_event event,
	struct outbox *outbox)
{
	registration_step(&registration->phase, event, registration->parties, outbox);
}

bool home_registration_next(struct home_registration *registration, const struct links *links,
	struct moment now, struct update *ret, struct outbox *outbox)
{
	struct update_plan plan = update_plan_make(registration, links, now.mono);
	if (now.mono < plan.at)
		return false;
	struct update *update = &plan.update;
	bool again = registration_waits(registration->phase) &&
		     update_same(&registration->last, update) &&
		     !link_ranking_sender_gone(registration, links, &registration->last);
	unsigned attempts = again ? registration->attempts + 1 : 0;
	address_to(links, link_ranking_sender(registration, links, update, attempts), update);
	update->presumed_lost = again && home_use_is_returning(registration->home);
	update->sent = now.mono;
	update->timestamp = next_timestamp(registration, now.ntp);
	if (update->kind == UPDATE_REGISTER || update->kind == UPDATE_SINGLE)
		update->lifetime = lifetime_units(registration->config->lifetime);
	update_list_send(&registration->list, update);
	start_timer(registration, again, now.mono);
	registration->last = *update;
	step(registration, REGISTRATION_SENT, outbox);
	home_use_step(&registration->home, HOME_USE_SENT, 0, registration->parties, outbox);
	message_rate_count(&registration->rate, now.mono);
	*ret = *update;
	return true;
}

bool home_registration_leave(struct home_registration *registration, const struct links *links,
	struct moment now, struct update *ret)
{
	struct update_plan plan = update_plan_remove_all(registration);
	struct update *update = &plan.update;
	struct link_ranking senders;
	link_ranking_make(registration, links, link_can_send, &senders);
	if (senders.count == 0 || registration->list.entries_count == 0 ||
		now.mono < message_rate_at(&registration->rate, true))
		return false;
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
	return peer_bids_used(registration->bids) && now >= registration->mcoa_again;
}

void home_registration_unsure(struct home_registration *registration, struct outbox *outbox)
{
	step(registration, REGISTRATION_GIVEN_UP, outbox);
	registration->list.unknown = true;
}

void home_registration_use_home(struct home_registration *registration, enum home_use_event event,
	uint16_t bid, struct outbox *outbox)
{
	enum home_use before = registration->home;
	home_use_step(&registration->home, event, bid, registration->parties, outbox);
	enum home_use use = registration->home;
	if (use == before || use == HOME_USE_RETURNED)
		return;
	/* whether the home agent has removed all bindings is not known, or none is left */
	if (home_use_is_returning(before) || before == HOME_USE_RETURNED)
		home_registration_unsure(registration, outbox);
	if (use == HOME_USE_RETURNING)
		step(registration, REGISTRATION_GIVEN_UP, outbox);
}

/* An update that returns home is not answered. */
static bool waits_at_home(const struct home_registration *registration)
{
	return home_use_is_returning(registration->home) && registration_waits(registration->phase);
}

void home_registration_reconcile(struct home_registration *registration, const struct links *links,
	nanos now, struct outbox *outbox)
{
	if (waits_at_home(registration) && now >= registration->last.sent + RETURN_HOLD)
		update_list_presume_lost(&registration->list);
	bool silent = registration->home != HOME_USE_RETURNED &&
		      !link_ranking_any_sender(registration, links);
	if (registration_stops(registration->phase) &&
		(silent || registration->home == HOME_USE_RETURNED || now >= registration->stop_at))
		step(registration, REGISTRATION_OVER, outbox);
	if (!silent)
		return;
	/* RFC 5648 5.9: what the home agent holds by the time a link returns is not known */
	home_registration_unsure(registration, outbox);
	registration->retry = 0;
}

nanos home_registration_next_deadline(
	const struct home_registration *registration, const struct links *links, nanos now)
{
	struct update_plan plan = update_plan_make(registration, links, now);
	nanos at = plan.at;
	if (registration_waits(registration->phase) &&
		registration->last.sent + UPDATE_GATHER > now)
		at = nanos_min(at, registration->last.sent + UPDATE_GATHER);
	if (waits_at_home(registration) && registration->last.sent + RETURN_HOLD > now)
		at = nanos_min(at, registration->last.sent + RETURN_HOLD);
	if (registration->mcoa_again > now)
		at = nanos_min(at, registration->mcoa_again);
	at = nanos_min(at, refusals_next(&registration->refusals, now));
	for (size_t i = 0; i < registration->list.entries_count; i++)
		at = nanos_min(at, registration->list.entries[i].expires);
	return registration_stops(registration->phase) ? nanos_min(at, registration->stop_at) : at;
}

bool home_registration_expire(
	struct home_registration *registration, nanos now, struct list_entry *ret)
{
	struct update_list *list = &registration->list;
	asked_bindings_expire(&list->asked, now);
	for (size_t i = 0; i < list->entries_count; i++) {
		if (now < list->entries[i].expires)
			continue;
		*ret = list->entries[i];
		update_list_unbind(list, ret->bid);
		return true;
	}
	return false;
}

/*
 * A request and a refresh may cross: of short lifetimes the home agent asks when a quarter is left,
 * and that is when the update for it is under way. What was acknowledged just before is not
 * refreshed again.
 */
static bool renew(struct home_registration *registration, uint16_t bid, nanos now)
{
	const struct update *last = &registration->last;
	if (registration_waits(registration->phase) &&
		(last->kind == UPDATE_SINGLE || update_item(last, bid)))
		return false;
	return update_list_renew(
		&registration->list, bid, now > REFRESH_AGAIN ? now - REFRESH_AGAIN : 0);
}

bool home_registration_refresh(
	struct home_registration *registration, nanos now, const struct opt_bid *bids, size_t count)
{
	if (!unsigned_limit_allows(&registration->requests, now) ||
		registration_stops(registration->phase))
		return false;
	bool any = count == 0 && renew(registration, 0, now);
	for (size_t i = 0; i < count; i++)
		any = (bids[i].bid != 0 && renew(registration, bids[i].bid, now)) || any;
	if (any)
		unsigned_limit_count(&registration->requests, REFRESH_AGAIN, now);
	return true;
}

void home_registration_again(struct home_registration *registration, nanos now, bool heard)
{
	update_list_renew(&registration->list, 0, NANOS_NEVER);
	if (registration_waits(registration->phase) && heard)
		registration->retransmit = nanos_min(registration->retransmit,
			nanos_max(now, registration->last.sent + REFRESH_AGAIN));
}

bool home_registration_distrust(struct home_registration *registration, nanos now)
{
	enum update_kind kind = registration->last.kind;
	/* a signed answer with BIDs counts for more than an unsigned message */
	if (!registration_waits(registration->phase) || peer_bids_known(registration->bids) ||
		!home_registration_mcoa(registration, now) ||
		(kind != UPDATE_REGISTER && kind != UPDATE_REMOVE))
		return false;
	registration->mcoa_again = now + MCOA_AGAIN;
	registration->list.unknown = true;
	return true;
}

void home_registration_stop(
	struct home_registration *registration, nanos now, struct outbox *outbox)
{
	if (registration_stops(registration->phase))
		return;
	step(registration, REGISTRATION_STOP, outbox);
	registration->stop_at = now + STOP_AFTER;
}

bool home_registration_stopped(const struct home_registration *registration)
{
	return registration->phase == REGISTRATION_STOPPED;
}
