/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the bindings that are to those that are to be: the difference as effects. What stays as it
 * is causes none.
 */
#include "home_agent.h"
#include "home_link/home_binding.h"
#include "home_link/interception.h"
#include "prefix_delivery.h"
#include "refresh_request.h"
#include "verification.h"

static bool same_address(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_ARE_ADDR_EQUAL(a, b);
}

void binding_note(const struct node *node, const struct binding *binding, uint32_t lifetime,
	enum event_type type, struct outbox *outbox)
{
	struct effect_event *note = &outbox_add(outbox, EFFECT_EVENT)->event;
	note->type = type;
	note->bid = binding->bid;
	note->lifetime = lifetime;
	note->home_address = node->home_address;
	note->care_of = binding->care_of;
}

void binding_tunnel_set(const struct home_agent *agent, const struct node *node,
	const struct binding *binding, struct outbox *outbox)
{
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_SET)->tunnel;
	tunnel->home_address = node->home_address;
	tunnel->local.address = agent->config.address;
	tunnel->remote.address = binding->care_of;
	tunnel->expires = binding->expires;
	tunnel->bid = binding->bid;
	tunnel->priority = binding->priority;
	tunnel->usable = binding->verified;
	if (binding->home)
		home_binding_tunnel(agent, node, tunnel);
}

static void tunnel_remove(const struct node *node, uint16_t bid, struct outbox *outbox)
{
	struct effect_tunnel *tunnel = &outbox_add(outbox, EFFECT_TUNNEL_REMOVE)->tunnel;
	tunnel->home_address = node->home_address;
	tunnel->bid = bid;
}

static nanos earlier(nanos a, nanos b)
{
	return a < b ? a : b;
}

void node_schedule(struct home_agent *agent, struct node *node)
{
	nanos next = NANOS_NEVER;
	if (node->bindings.count > 0) {
		next = bindings_first_expiry(&node->bindings);
		next = earlier(
			next, home_prefixes_valid_until(&agent->prefixes, &node->home_address));
		next = earlier(next, verification_next(node));
		next = earlier(next, refresh_request_next(agent, node));
		next = earlier(next, prefix_delivery_next(node));
	} else {
		prefix_delivery_free(node);
	}
	deadlines_set(&agent->deadlines, &node->deadline, next);
}

void node_remove_binding(struct home_agent *agent, struct node *node, struct binding *binding,
	enum event_type why, struct outbox *outbox)
{
	tunnel_remove(node, binding->bid, outbox);
	binding_note(node, binding, 0, why, outbox);
	bindings_remove(&node->bindings, binding);
	verification_prune(node);
	node_schedule(agent, node);
}

static void tell_removed(
	const struct node *node, const struct bindings *wanted, struct outbox *outbox)
{
	for (uint8_t i = 0; i < node->bindings.count; i++) {
		const struct binding *binding = &node->bindings.at[i];
		if (bindings_find(wanted, binding->bid))
			continue;
		tunnel_remove(node, binding->bid, outbox);
		binding_note(node, binding, 0, EVENT_BINDING_REMOVED, outbox);
	}
}

/* Whether the data plane has to be told of a binding that has been there. */
static bool differs(
	const struct node *node, const struct binding *present, const struct binding *wanted)
{
	if (wanted->home && node->interception->link_layer_new)
		return true;
	return !same_address(&present->care_of, &wanted->care_of) ||
	       present->expires != wanted->expires || present->priority != wanted->priority ||
	       present->home != wanted->home || present->verified != wanted->verified;
}

static void tell_one(const struct home_agent *agent, struct moment now, const struct node *node,
	const struct binding *wanted, struct outbox *outbox)
{
	const struct binding *present = bindings_find(&node->bindings, wanted->bid);
	bool moved = present && !same_address(&present->care_of, &wanted->care_of);
	if (present && !differs(node, present, wanted))
		return;
	binding_tunnel_set(agent, node, wanted, outbox);
	uint32_t lifetime = binding_seconds_left(wanted, now.mono);
	if (!present)
		binding_note(node, wanted, lifetime, EVENT_BINDING_ADDED, outbox);
	else if (moved)
		binding_note(node, wanted, lifetime, EVENT_BINDING_MOVED, outbox);
}

/*
 * What one binding has shown of its care-of address, every other of the node that has it has shown,
 * too. A home binding (RFC 5648 5.6) is on our own link.
 */
static void settle_verified(const struct node *node, struct bindings *wanted)
{
	for (uint8_t i = 0; i < wanted->count; i++) {
		struct binding *binding = &wanted->at[i];
		if (!node->verification || binding->home)
			binding->verified = true;
		for (uint8_t j = 0; j < node->bindings.count && !binding->verified; j++)
			binding->verified =
				node->bindings.at[j].verified &&
				same_address(&node->bindings.at[j].care_of, &binding->care_of);
	}
}

void node_change_bindings(struct home_agent *agent, struct moment now, struct node *node,
	const struct bindings *wanted, struct outbox *outbox)
{
	struct bindings next = *wanted;
	settle_verified(node, &next);
	tell_removed(node, &next, outbox);
	for (uint8_t i = 0; i < next.count; i++)
		tell_one(agent, now, node, &next.at[i], outbox);
	node->bindings = next;
	verification_follow(agent, now, node, outbox);
	node_schedule(agent, node);
	interception_follow(agent, now, node, outbox);
}
