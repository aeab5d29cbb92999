/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFFECT_INTERCEPT and the answers to solicitations follow a change of the bindings at once.
 * Advertisements, and the effects of a change of the link on every entry, wait in a queue of
 * deadlines, so that no call does more than fits the outbox.
 */
#include "interception.h"
#include "duplicate_address_detection.h"
#include "link_local.h"
#include "../../binding/binding_changes.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

/* RFC 4861 10: MAX_NEIGHBOR_ADVERTISEMENT and RETRANS_TIMER */
#define ADVERTISEMENTS 3
#define ADVERTISEMENT_INTERVAL NANOS_PER_SECOND

/*
 * The registration that waited for the detection causes the most effects, if a rollback has
 * restored bindings meanwhile that it replaces: for each of these the tunnel and an event, for each
 * new one the tunnel, an event, and a probe of its care-of address; the rest is for the home
 * address.
 */
#define STEP_EFFECTS (6 * BINDINGS_MAX + 8)

int interception_new(struct home_link *home, struct binding_entry *entry)
{
	int error = deadlines_reserve(&home->deadlines, binding_cache_count(home->cache));
	if (error < 0)
		return error;
	struct interception *interception = calloc(1, sizeof(*interception));
	if (!interception)
		return -ENOMEM;
	interception->entry = entry;
	((struct home_link_entry *)entry)->interception = interception;
	return 0;
}

void interception_free(struct home_link *home, struct binding_entry *entry)
{
	struct interception *interception = interception_of(entry);
	if (!interception)
		return;
	deadlines_set(&home->deadlines, &interception->deadline, NANOS_NEVER);
	free(interception->pending);
	free(interception);
	((struct home_link_entry *)entry)->interception = NULL;
}

bool interception_answers(const struct binding_entry *entry)
{
	return interception_of(entry) && interception_of(entry)->answers;
}

static void intercept(const struct home_link *home, const struct interception *interception,
	struct outbox *outbox)
{
	struct effect_intercept *effect = &outbox_add(outbox, EFFECT_INTERCEPT)->intercept;
	effect->home_address = interception->entry->home_address;
	effect->ifindex = home->now.ifindex;
	effect->on = interception->on;
	effect->tentative = interception->tentative;
	effect->link_local = interception->link_local_told;
}

static bool has_home_binding(const struct binding_entry *entry)
{
	return bindings_home(&entry->bindings) != NULL;
}

/* RFC 5648 5.6.2: the only router leaves the address to the mobile node that is at home */
static bool should_answer(const struct home_link *home, const struct binding_entry *entry)
{
	return entry->bindings.count > 0 && !(has_home_binding(entry) && home->config->only_router);
}

static void schedule(struct home_link *home, struct interception *interception, nanos at)
{
	bool due =
		interception->on && ((interception->advertisements > 0 && home_link_usable(home)) ||
					    interception->generation != home->generation);
	/* The end of a detection stays where it is. */
	if (!interception->pending)
		deadlines_set(&home->deadlines, &interception->deadline, due ? at : NANOS_NEVER);
}

void interception_set_link_local(struct binding_entry *entry, bool link_local)
{
	struct interception *interception = interception_of(entry);
	if (!interception)
		return;
	if (link_local && !interception->link_local && interception->answers)
		interception->advertisements = ADVERTISEMENTS;
	interception->link_local = link_local;
}

static void advertise(const struct home_link *home, const struct interception *interception,
	struct outbox *outbox)
{
	const struct in6_addr link_local = link_local_of(&interception->entry->home_address);
	home_link_advertise(home, &interception->entry->home_address, outbox);
	if (interception->link_local)
		home_link_advertise(home, &link_local, outbox);
}

void interception_follow(struct home_link *home, struct moment now, struct binding_entry *entry,
	struct outbox *outbox)
{
	struct interception *interception = interception_of(entry);
	if (!interception)
		return;
	bool on = entry->bindings.count > 0;
	bool tentative = !on && interception->pending;
	bool answers = should_answer(home, entry);
	bool link_local = answers && interception->link_local;
	if (on != interception->on || tentative != interception->tentative ||
		link_local != interception->link_local_told) {
		interception->on = on;
		interception->tentative = tentative;
		interception->link_local_told = link_local;
		interception->generation = home->generation;
		intercept(home, interception, outbox);
	}
	bool changed = answers != interception->answers;
	if (changed)
		interception->advertisements = answers ? ADVERTISEMENTS : 0;
	interception->answers = answers;
	interception->link_layer_new = false;
	if (!has_home_binding(entry))
		interception->has_link_layer = false;
	bool waits = interception->deadline.place != 0 && !changed;
	schedule(home, interception, waits ? interception->deadline.at : now.mono);
}

static void link_changed(
	struct home_link *home, struct moment now, struct interception *interception)
{
	if (interception->answers)
		interception->advertisements = ADVERTISEMENTS;
	if (interception->pending)
		detection_link_changed(home, now, interception->entry);
	else
		schedule(home, interception, now.mono);
}

void interception_link_changed(struct home_link *home, struct moment now)
{
	struct binding_entry *entry = home->cache->entries;
	for (; entry; entry = entry->hh.next)
		link_changed(home, now, interception_of(entry));
}

/* The interface, and the tunnel to a mobile node that is at home. */
static void tell_link(
	struct home_link *home, struct interception *interception, struct outbox *outbox)
{
	struct binding_entry *entry = interception->entry;
	const struct binding *binding = bindings_home(&entry->bindings);
	interception->generation = home->generation;
	intercept(home, interception, outbox);
	if (binding)
		binding_tunnel_set(home->cache, entry, binding, outbox);
}

static void step(struct home_link *home, struct moment now, struct interception *interception,
	struct outbox *outbox)
{
	if (interception->pending) {
		detection_end(home, now, interception->entry, outbox);
		return;
	}
	if (interception->generation != home->generation)
		tell_link(home, interception, outbox);
	if (interception->advertisements > 0 && home_link_usable(home)) {
		advertise(home, interception, outbox);
		interception->advertisements--;
	}
	schedule(home, interception, now.mono + ADVERTISEMENT_INTERVAL);
}

static struct interception *of_deadline(struct deadline *deadline)
{
	return (struct interception *)((char *)deadline - offsetof(struct interception, deadline));
}

void interception_deadline(struct home_link *home, struct moment now, struct outbox *outbox)
{
	struct deadlines *deadlines = &home->deadlines;
	while (deadlines_next(deadlines) <= now.mono && outbox_room(outbox) >= STEP_EFFECTS)
		step(home, now, of_deadline(deadlines_first(deadlines)), outbox);
}
