/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changes at once is said at once: EFFECT_INTERCEPT, and whether solicitations are answered.
 * Advertisements, and what a change of the link makes of every node, wait in a queue of deadlines,
 * so that no call does more than fits the outbox.
 */
#include "interception.h"
#include "duplicate_address_detection.h"
#include "link_local.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

/* RFC 4861 10: MAX_NEIGHBOR_ADVERTISEMENT and RETRANS_TIMER */
#define ADVERTISEMENTS 3
#define ADVERTISEMENT_INTERVAL NANOS_PER_SECOND

/*
 * A registration that was put off is the most that one deadline can lead to, and bindings that a
 * rollback has given back meanwhile may all have to go for it: for each of these the tunnel and a
 * note, for each new one the tunnel, a note, and a probe of its care-of address; the rest is for
 * the node.
 */
#define STEP_EFFECTS (6 * BINDINGS_MAX + 8)

int interception_new(struct home_agent *agent, struct node *node)
{
	size_t count = binding_cache_count(&agent->cache);
	int error = deadlines_reserve(&agent->home_link.deadlines, count);
	if (error < 0)
		return error;
	node->interception = calloc(1, sizeof(*node->interception));
	if (!node->interception)
		return -ENOMEM;
	node->interception->node = node;
	return 0;
}

void interception_free(struct home_agent *agent, struct node *node)
{
	if (!node->interception)
		return;
	deadlines_set(&agent->home_link.deadlines, &node->interception->deadline, NANOS_NEVER);
	free(node->interception->pending);
	free(node->interception);
	node->interception = NULL;
}

bool interception_answers(const struct node *node)
{
	return node->interception && node->interception->answers;
}

static void intercept(const struct home_agent *agent, const struct interception *interception,
	struct outbox *outbox)
{
	struct effect_intercept *effect = &outbox_add(outbox, EFFECT_INTERCEPT)->intercept;
	effect->home_address = interception->node->home_address;
	effect->ifindex = agent->home_link.now.ifindex;
	effect->on = interception->on;
	effect->tentative = interception->tentative;
	effect->link_local = interception->link_local_told;
}

static bool has_home_binding(const struct node *node)
{
	return bindings_home(&node->bindings) != NULL;
}

/* RFC 5648 5.6.2: the only router leaves the address to the mobile node that is at home */
static bool should_answer(const struct home_agent *agent, const struct node *node)
{
	return node->bindings.count > 0 && !(has_home_binding(node) && agent->config.only_router);
}

static void schedule(struct home_agent *agent, struct interception *interception, nanos at)
{
	struct home_link *link = &agent->home_link;
	bool due = interception->on &&
		   ((interception->advertisements > 0 && home_link_usable(agent)) ||
			   interception->generation != link->generation);
	/* The end of a detection stays where it is. */
	if (!interception->pending)
		deadlines_set(&link->deadlines, &interception->deadline, due ? at : NANOS_NEVER);
}

void interception_set_link_local(struct node *node, bool link_local)
{
	struct interception *interception = node->interception;
	if (!interception)
		return;
	if (link_local && !interception->link_local && interception->answers)
		interception->advertisements = ADVERTISEMENTS;
	interception->link_local = link_local;
}

static void advertise(const struct home_agent *agent, const struct interception *interception,
	struct outbox *outbox)
{
	const struct in6_addr link_local = link_local_of(&interception->node->home_address);
	home_link_advertise(agent, &interception->node->home_address, outbox);
	if (interception->link_local)
		home_link_advertise(agent, &link_local, outbox);
}

void interception_follow(
	struct home_agent *agent, struct moment now, struct node *node, struct outbox *outbox)
{
	struct interception *interception = node->interception;
	if (!interception)
		return;
	bool on = node->bindings.count > 0;
	bool tentative = !on && interception->pending;
	bool answers = should_answer(agent, node);
	bool link_local = answers && interception->link_local;
	if (on != interception->on || tentative != interception->tentative ||
		link_local != interception->link_local_told) {
		interception->on = on;
		interception->tentative = tentative;
		interception->link_local_told = link_local;
		interception->generation = agent->home_link.generation;
		intercept(agent, interception, outbox);
	}
	bool changed = answers != interception->answers;
	if (changed)
		interception->advertisements = answers ? ADVERTISEMENTS : 0;
	interception->answers = answers;
	interception->link_layer_new = false;
	if (!has_home_binding(node))
		interception->has_link_layer = false;
	bool waits = interception->deadline.place != 0 && !changed;
	schedule(agent, interception, waits ? interception->deadline.at : now.mono);
}

static void link_changed(
	struct home_agent *agent, struct moment now, struct interception *interception)
{
	if (interception->answers)
		interception->advertisements = ADVERTISEMENTS;
	if (interception->pending)
		detection_link_changed(agent, now, interception->node);
	else
		schedule(agent, interception, now.mono);
}

void interception_link_changed(struct home_agent *agent, struct moment now)
{
	struct node *node = agent->cache.nodes;
	for (; node; node = node->hh.next)
		link_changed(agent, now, node->interception);
}

/* The interface, and with it what leads to the mobile node that is at home. */
static void tell_link(
	struct home_agent *agent, struct interception *interception, struct outbox *outbox)
{
	const struct node *node = interception->node;
	const struct binding *home = bindings_home(&node->bindings);
	interception->generation = agent->home_link.generation;
	intercept(agent, interception, outbox);
	if (home)
		binding_tunnel_set(agent, node, home, outbox);
}

static void step(struct home_agent *agent, struct moment now, struct interception *interception,
	struct outbox *outbox)
{
	if (interception->pending) {
		detection_end(agent, now, interception->node, outbox);
		return;
	}
	if (interception->generation != agent->home_link.generation)
		tell_link(agent, interception, outbox);
	if (interception->advertisements > 0 && home_link_usable(agent)) {
		advertise(agent, interception, outbox);
		interception->advertisements--;
	}
	schedule(agent, interception, now.mono + ADVERTISEMENT_INTERVAL);
}

static struct interception *interception_of(struct deadline *deadline)
{
	return (struct interception *)((char *)deadline - offsetof(struct interception, deadline));
}

void interception_deadline(struct home_agent *agent, struct moment now, struct outbox *outbox)
{
	struct deadlines *deadlines = &agent->home_link.deadlines;
	while (deadlines_next(deadlines) <= now.mono && outbox_room(outbox) >= STEP_EFFECTS)
		step(agent, now, interception_of(deadlines_first(deadlines)), outbox);
}
