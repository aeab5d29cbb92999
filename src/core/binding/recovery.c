/* SPDX-License-Identifier: BSD-2-Clause */
#include "recovery.h"
#include "binding_changes.h"
#include "binding_role.h"
#include "reachability.h"
#include "../base/constant_time.h"

#include <stdlib.h>
#include <string.h>

/* Silence: nothing comes back for so many of the usual gaps between packets from there. */
#define SILENT_GAPS 4
#define SILENT_MIN NANOS_PER_SECOND
#define SILENT_MAX (4 * NANOS_PER_SECOND)
/* Three questions in a second; the last one may be answered as late as the first one. */
#define QUESTIONS 3
#define QUESTION_INTERVAL (NANOS_PER_SECOND / QUESTIONS)
#define LAST_ANSWER (NANOS_PER_SECOND - QUESTION_INTERVAL / 2)
/* While the address is unreachable: one second, then intervals that double. */
#define RETRY_FIRST NANOS_PER_SECOND
#define RETRY_MAX (30 * NANOS_PER_SECOND)
/* So often an address in use that has never answered is asked whether it can. */
#define TRIES 4
/* A router that does not find the neighbour sends errors after three seconds (RFC 4861 10): those
 * about packets from before the return come so long after it. */
#define ERROR_LATE (3 * NANOS_PER_SECOND)
/* A failure within this time after a return is a flap. With the first hold of a minute, traffic
 * moves at most four times a minute. */
#define FLAPS_WITHIN (120 * NANOS_PER_SECOND)
#define HOLD_FIRST (60 * NANOS_PER_SECOND)
#define HOLD_DOUBLED_MAX 3

/* One care-of address. */
struct watch {
	struct in6_addr care_of;
	nanos sent;         /* the last packet to it */
	nanos received;     /* the last packet from it */
	nanos heard;        /* the same, or an answer or update */
	nanos gap;          /* smoothed, between packets from it; 0: unknown */
	nanos silent_since; /* the first packet to it that nothing came after; 0: none */
	nanos failed;       /* when it became unreachable */
	nanos returned;     /* when it was reachable again; 0: never */
	nanos hold_until;   /* it is not returned to before */
	nanos due;          /* the next question or conclusion; NANOS_NEVER */
	nanos interval;     /* of questions to an unreachable address */
	nanos asked_at;
	uint16_t bid;
	uint16_t questions; /* so many were sent */
	uint8_t asked;      /* of this series */
	uint8_t tries;
	uint8_t flaps;
	uint8_t state; /* enum reachability */
	bool in_use;   /* of this structure */
	bool answers;  /* it has answered a question */
	bool passed_over;
	uint8_t cookie[RECOVERY_COOKIE_OCTETS];
};

struct recovery {
	struct watch at[BINDINGS_MAX];
};

/* The parameters of the functions below. */
struct recovery_call {
	struct binding_cache *cache;
	nanos now;
	struct binding_entry *entry;
	const struct binding *binding;
	struct outbox *outbox;
};

static struct watch *find_watch(const struct binding_entry *entry, const struct binding *binding)
{
	for (size_t i = 0; entry->recovery && i < BINDINGS_MAX; i++) {
		struct watch *watch = &entry->recovery->at[i];
		if (watch->in_use && watch->bid == binding->bid &&
			IN6_ARE_ADDR_EQUAL(&watch->care_of, &binding->care_of))
			return watch;
	}
	return NULL;
}

static bool is_of_binding(const struct watch *watch, const struct bindings *bindings)
{
	const struct binding *binding = watch->in_use ? bindings_find(bindings, watch->bid) : NULL;
	return binding && IN6_ARE_ADDR_EQUAL(&watch->care_of, &binding->care_of);
}

/* The place of a binding that is there no more: there are as many places as bindings. */
static struct watch *free_watch(const struct binding_entry *entry)
{
	struct watch *watch = entry->recovery->at;
	while (is_of_binding(watch, &entry->bindings))
		watch++;
	return watch;
}

/* NULL if memory is short. */
static struct watch *need_watch(const struct recovery_call *call)
{
	struct binding_entry *entry = call->entry;
	struct watch *watch = find_watch(entry, call->binding);
	if (watch)
		return watch;
	if (!entry->recovery)
		entry->recovery = calloc(1, sizeof(*entry->recovery));
	if (!entry->recovery)
		return NULL;
	watch = free_watch(entry);
	*watch = (struct watch){
		.care_of = call->binding->care_of,
		.bid = call->binding->bid,
		.due = NANOS_NEVER,
		.in_use = true,
		.state = REACHABILITY_REACHABLE,
	};
	return watch;
}

/* On the home link (RFC 5648 5.6), Neighbour Discovery knows better. */
static bool is_watched(const struct binding_cache *cache, const struct binding *binding)
{
	return cache->recovers && binding->verified && !binding->home;
}

enum reachability recovery_state(const struct binding_entry *entry, const struct binding *binding)
{
	const struct watch *watch = find_watch(entry, binding);
	return watch ? (enum reachability)watch->state : REACHABILITY_REACHABLE;
}

bool recovery_passes_over(const struct binding_entry *entry, const struct binding *binding)
{
	const struct watch *watch = find_watch(entry, binding);
	return watch && watch->passed_over;
}

/* ---- what is used ---- */

static bool has_usable(const struct binding_entry *entry)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		if (binding->verified && recovery_state(entry, binding) != REACHABILITY_UNREACHABLE)
			return true;
	}
	return false;
}

void recovery_reconcile(
	struct binding_cache *cache, struct binding_entry *entry, struct outbox *outbox)
{
	if (!entry->recovery)
		return;
	bool usable = has_usable(entry);
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct binding *binding = &entry->bindings.at[i];
		struct watch *watch = find_watch(entry, binding);
		bool passed_over = watch && usable && watch->state == REACHABILITY_UNREACHABLE;
		if (!watch || watch->passed_over == passed_over)
			continue;
		watch->passed_over = passed_over;
		binding_tunnel_set(cache, entry, binding, outbox);
	}
}

/* ---- the state ---- */

static void tell(const struct recovery_call *call, enum event_type type)
{
	if (rate_limit_allows(&call->cache->events, call->now, &call->entry->home_address))
		binding_event(call->cache, call->entry, call->binding, 0, type, call->outbox);
}

static bool step(struct watch *watch, enum reachability_event event)
{
	enum reachability state = (enum reachability)watch->state;
	bool changed = reachability_step(&state, event);
	watch->state = (uint8_t)state;
	return changed;
}

static void end_series(struct watch *watch)
{
	watch->asked = 0;
	watch->due = NANOS_NEVER;
}

static nanos hold_of(const struct watch *watch)
{
	return watch->flaps == 0 ? 0 : HOLD_FIRST << (watch->flaps - 1);
}

static void fail(const struct recovery_call *call, struct watch *watch)
{
	if (!step(watch, REACHABILITY_FAILED))
		return;
	bool flapped = watch->returned && call->now < watch->returned + FLAPS_WITHIN;
	if (!flapped)
		watch->flaps = 0;
	else if (watch->flaps <= HOLD_DOUBLED_MAX)
		watch->flaps++;
	end_series(watch);
	watch->failed = call->now;
	watch->hold_until = call->now + hold_of(watch);
	watch->interval = RETRY_FIRST;
	if (call->cache->role->ask && watch->answers)
		watch->due = call->now + RETRY_FIRST;
	call->cache->base->counters.care_of_unreachable++;
	tell(call, EVENT_CARE_OF_UNREACHABLE);
	recovery_reconcile(call->cache, call->entry, call->outbox);
}

/* Only while there is another binding to use. */
static bool is_held(const struct recovery_call *call, const struct watch *watch)
{
	return call->now < watch->hold_until && watch->passed_over;
}

static void come_back(const struct recovery_call *call, struct watch *watch)
{
	if (is_held(call, watch)) {
		watch->due = watch->hold_until;
		return;
	}
	step(watch, REACHABILITY_HEARD);
	end_series(watch);
	watch->returned = call->now;
	watch->silent_since = 0;
	call->cache->base->counters.care_of_returned++;
	tell(call, EVENT_CARE_OF_REACHABLE);
	recovery_reconcile(call->cache, call->entry, call->outbox);
}

/* Only an answer shows that packets arrive there, if the address can give one. */
static void heard(const struct recovery_call *call, struct watch *watch)
{
	watch->heard = nanos_max(watch->heard, call->now);
	watch->silent_since = 0;
	if (watch->state != REACHABILITY_UNREACHABLE) {
		if (step(watch, REACHABILITY_HEARD))
			tell(call, EVENT_CARE_OF_REACHABLE);
		end_series(watch);
	} else if (call->cache->role->ask && watch->answers) {
		nanos earliest = is_held(call, watch) ? watch->hold_until : call->now;
		watch->due =
			nanos_min(watch->due, nanos_max(earliest, watch->asked_at + RETRY_FIRST));
	} else {
		come_back(call, watch);
	}
}

/* ---- questions ---- */

static void ask(const struct recovery_call *call, struct watch *watch)
{
	struct core_base *base = call->cache->base;
	struct recovery_question question = {
		.care_of = watch->care_of, .sequence = watch->questions++};
	if (watch->asked == 0)
		base->port.random(base->port.ctx, watch->cookie, sizeof(watch->cookie));
	memcpy(question.cookie, watch->cookie, sizeof(question.cookie));
	watch->asked_at = call->now;
	base->counters.care_of_asked++;
	call->cache->role->ask(call->cache->self, call->entry, &question, call->outbox);
}

static void series_goes_on(const struct recovery_call *call, struct watch *watch)
{
	if (watch->asked > 0 && step(watch, REACHABILITY_UNANSWERED))
		tell(call, EVENT_CARE_OF_DOUBTFUL);
	if (watch->asked == QUESTIONS) {
		fail(call, watch);
		return;
	}
	ask(call, watch);
	watch->asked++;
	watch->due = call->now + (watch->asked == QUESTIONS ? LAST_ANSWER : QUESTION_INTERVAL);
}

static void retry(const struct recovery_call *call, struct watch *watch)
{
	if (!call->cache->role->ask || !watch->answers) {
		watch->due = NANOS_NEVER;
		if (watch->heard > watch->failed)
			come_back(call, watch);
		return;
	}
	ask(call, watch);
	watch->due = call->now + watch->interval;
	watch->interval = nanos_min(2 * watch->interval, RETRY_MAX);
}

/* An address that cannot answer is not unreachable because it does not: the role finds out while
 * the address is in use. */
static void learn_whether_it_answers(const struct recovery_call *call, struct watch *watch)
{
	nanos wait = watch->tries == 0 ? 0 : NANOS_PER_SECOND << (2 * watch->tries);
	if (watch->answers || watch->tries == TRIES || call->now < watch->asked_at + wait)
		return;
	watch->tries++;
	ask(call, watch);
}

static bool is_silent(const struct watch *watch, nanos now)
{
	nanos limit = nanos_min(SILENT_MAX, nanos_max(SILENT_MIN, SILENT_GAPS * watch->gap));
	return watch->silent_since && now >= watch->silent_since + limit &&
	       watch->sent >= watch->silent_since + limit / 2;
}

static void look_for_silence(const struct recovery_call *call, struct watch *watch)
{
	if (watch->state == REACHABILITY_UNREACHABLE || watch->asked > 0)
		return;
	learn_whether_it_answers(call, watch);
	if (watch->answers && is_silent(watch, call->now))
		series_goes_on(call, watch);
}

/* ---- events ---- */

static void packets_came(
	const struct recovery_call *call, struct watch *watch, const struct host_activity *activity)
{
	if (watch->received) {
		nanos gap = nanos_min(activity->received - watch->received, SILENT_MAX);
		watch->gap = watch->gap ? (3 * watch->gap + gap) / 4 : gap;
	}
	watch->received = activity->received;
	if (activity->received <= nanos_max(watch->heard, watch->failed))
		return;
	heard(call, watch);
	watch->heard = activity->received;
}

void recovery_activity(struct binding_cache *cache, nanos now, struct binding_entry *entry,
	const struct binding *binding, const struct host_activity *activity, struct outbox *outbox)
{
	const struct recovery_call call = {cache, now, entry, binding, outbox};
	if (!is_watched(cache, binding) || activity->sent > now || activity->received > now ||
		!(cache->role->ask || find_watch(entry, binding)))
		return;
	struct watch *watch = need_watch(&call);
	if (!watch)
		return;
	if (activity->received > watch->received)
		packets_came(&call, watch, activity);
	if (activity->sent > watch->sent) {
		watch->sent = activity->sent;
		if (watch->sent > watch->heard && !watch->silent_since)
			watch->silent_since = watch->sent;
		if (cache->role->ask)
			look_for_silence(&call, watch);
	} else if (cache->role->ask && watch->silent_since) {
		look_for_silence(&call, watch);
	}
}

void recovery_updated(struct binding_cache *cache, nanos now, struct binding_entry *entry,
	const struct binding *binding, struct outbox *outbox)
{
	const struct recovery_call call = {cache, now, entry, binding, outbox};
	struct watch *watch = find_watch(entry, binding);
	if (watch && is_watched(cache, binding))
		heard(&call, watch);
}

void recovery_error(struct binding_cache *cache, nanos now, struct binding_entry *entry,
	const struct binding *binding, bool proven, struct outbox *outbox)
{
	const struct recovery_call call = {cache, now, entry, binding, outbox};
	struct watch *watch = is_watched(cache, binding) ? need_watch(&call) : NULL;
	if (!watch || (watch->returned && now < watch->returned + ERROR_LATE))
		return;
	if (proven)
		fail(&call, watch);
	else if (step(watch, REACHABILITY_UNANSWERED))
		tell(&call, EVENT_CARE_OF_DOUBTFUL);
}

bool recovery_answer(struct binding_cache *cache, nanos now, struct binding_entry *entry,
	const struct in6_addr *care_of, const uint8_t *cookie, struct outbox *outbox)
{
	for (uint8_t i = 0; i < entry->bindings.count; i++) {
		const struct recovery_call call = {
			cache, now, entry, &entry->bindings.at[i], outbox};
		struct watch *watch = find_watch(entry, call.binding);
		if (!watch || watch->questions == 0 ||
			!IN6_ARE_ADDR_EQUAL(&watch->care_of, care_of) ||
			!constant_time_equal(cookie, watch->cookie, RECOVERY_COOKIE_OCTETS))
			continue;
		cache->base->counters.care_of_answered++;
		watch->answers = true;
		if (watch->state == REACHABILITY_UNREACHABLE) {
			watch->heard = now;
			come_back(&call, watch);
		} else {
			heard(&call, watch);
		}
		return true;
	}
	return false;
}

/* ---- time ---- */

void recovery_deadline(
	struct binding_cache *cache, nanos now, struct binding_entry *entry, struct outbox *outbox)
{
	for (uint8_t i = 0; entry->recovery && i < entry->bindings.count; i++) {
		const struct recovery_call call = {
			cache, now, entry, &entry->bindings.at[i], outbox};
		struct watch *watch = find_watch(entry, call.binding);
		if (!watch || watch->due > now)
			continue;
		if (watch->state == REACHABILITY_UNREACHABLE)
			retry(&call, watch);
		else
			series_goes_on(&call, watch);
	}
}

nanos recovery_next(const struct binding_entry *entry)
{
	nanos next = NANOS_NEVER;
	for (uint8_t i = 0; entry->recovery && i < entry->bindings.count; i++) {
		const struct watch *watch = find_watch(entry, &entry->bindings.at[i]);
		if (watch)
			next = nanos_min(next, watch->due);
	}
	return next;
}
