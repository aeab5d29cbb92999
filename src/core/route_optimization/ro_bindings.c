/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 11.1, 11.7.2, 11.7.3, 11.8, RFC 5648 4.1.
 */
#include "ro_bindings.h"

#include "return_routability.h"
#include "../base/sequence.h"

#include <assert.h>
#include <string.h>

void ro_bindings_init(struct ro_bindings *bindings, uint16_t sequence)
{
	memset(bindings, 0, sizeof(*bindings));
	bindings->sequence = sequence;
	bindings->unknown = true;
}

const struct ro_binding *ro_binding_of(const struct ro_bindings *bindings, uint16_t bid)
{
	for (size_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].bid == bid)
			return &bindings->at[i];
	return NULL;
}

struct ro_binding *ro_binding_find(struct ro_bindings *bindings, uint16_t bid)
{
	const struct ro_binding *binding = ro_binding_of(bindings, bid);
	return binding ? &bindings->at[binding - bindings->at] : NULL;
}

struct ro_binding *ro_binding_add(struct ro_bindings *bindings, uint16_t bid)
{
	struct ro_binding *binding = ro_binding_find(bindings, bid);
	if (binding)
		return binding;
	if (bindings->count == RO_BINDINGS_MAX)
		return NULL;
	binding = &bindings->at[bindings->count++];
	memset(binding, 0, sizeof(*binding));
	binding->bid = bid;
	return binding;
}

void ro_binding_drop(struct ro_bindings *bindings, struct ro_binding *binding)
{
	struct ro_binding *last = &bindings->at[--bindings->count];
	if (binding != last)
		*binding = *last;
}

/* ---- one binding ---- */

bool ro_binding_is_bound(const struct ro_binding *binding)
{
	return binding->state != RO_BINDING_UNBOUND;
}

static void enter(struct ro_binding *binding, enum ro_binding_state state)
{
	binding->state = state;
}

void ro_binding_step(struct ro_binding *binding, enum ro_binding_event event)
{
	switch (event) {
	case RO_BINDING_ACCEPTED:
		enter(binding, RO_BINDING_BOUND);
		return;
	case RO_BINDING_DISPUTE:
		if (ro_binding_is_bound(binding))
			enter(binding, RO_BINDING_DISPUTED);
		return;
	case RO_BINDING_ENDED:
		enter(binding, RO_BINDING_UNBOUND);
		return;
	case RO_BINDING_EVENTS:
		break;
	}
	assert(false);
}

bool ro_bindings_any(const struct ro_bindings *bindings)
{
	for (size_t i = 0; i < bindings->count; i++)
		if (ro_binding_is_bound(&bindings->at[i]))
			return true;
	return false;
}

bool ro_bindings_held(const struct ro_bindings *bindings)
{
	for (size_t i = 0; i < bindings->count; i++)
		if (bindings->at[i].held_until)
			return true;
	return false;
}

bool ro_bindings_overwriting(const struct ro_bindings *bindings, const struct ro_binding *except)
{
	for (size_t i = 0; i < bindings->count; i++) {
		const struct ro_binding *binding = &bindings->at[i];
		if (binding != except && binding->update.waiting && binding->update.overwrite)
			return true;
	}
	return false;
}

bool ro_update_replaces(const struct ro_update *update, const struct ro_binding *binding)
{
	return update_replaces_others(update->kind, update->overwrite) &&
	       binding->bid != update->bid &&
	       !sequence_greater(binding->sequence, update->sequence);
}

void ro_update_sent(struct ro_bindings *bindings, struct ro_update *update, unsigned attempts,
	nanos timeout, nanos now)
{
	update->waiting = true;
	update->sequence = ++bindings->sequence;
	update->attempts = attempts;
	update->timeout = timeout;
	update->sent = now;
	update->again = now + timeout;
	if (!update->overwrite)
		return;
	bindings->overwriting = true;
	bindings->overwritten = update->sequence;
}

bool ro_update_failed(const struct ro_update *update, nanos now)
{
	return update->waiting && update->attempts >= RO_FAILURE_MAX && now >= update->again;
}

/* A later update without an answer yet deletes the binding when it is accepted. */
static bool is_being_replaced(const struct ro_bindings *bindings, const struct ro_binding *binding)
{
	for (size_t i = 0; i < bindings->count; i++) {
		const struct ro_update *update = &bindings->at[i].update;
		if (update->waiting && ro_update_replaces(update, binding))
			return true;
	}
	return false;
}

/* An update that has not arrived yet will be refused (RFC 6275 9.5.1). */
static void drop_older(struct ro_bindings *bindings, const struct ro_update *accepted)
{
	for (size_t i = bindings->count; i-- > 0;) {
		struct ro_binding *other = &bindings->at[i];
		if (other->bid == accepted->bid)
			continue;
		if (ro_update_replaces(accepted, other))
			ro_binding_step(other, RO_BINDING_ENDED);
		if (!sequence_greater(other->update.sequence, accepted->sequence))
			other->update.waiting = false;
		if (!ro_binding_is_bound(other) && !other->update.waiting)
			other->held_until = 0;
	}
}

void ro_binding_accepted(struct ro_bindings *bindings, struct ro_binding *binding,
	const struct message *acknowledgement)
{
	struct ro_update *update = &binding->update;
	struct ack_times times =
		ack_times_of(update->sent, update->lifetime, acknowledgement, false);
	bool granted = times.expires > update->sent;
	update->waiting = false;
	ro_binding_step(binding, granted ? RO_BINDING_ACCEPTED : RO_BINDING_ENDED);
	binding->overtaken = false;
	binding->sequence = update->sequence;
	binding->care_of = update->care_of;
	binding->priority = update->priority;
	binding->expires = times.expires;
	binding->refresh = times.refresh;
	binding->held_until = granted ? binding->expires : 0;
	binding->refusals = 0;
	binding->retry = 0;
	bindings->unknown = false;
	if (is_being_replaced(bindings, binding))
		ro_binding_step(binding, RO_BINDING_DISPUTE);
	if (update_replaces_others(update->kind, update->overwrite))
		drop_older(bindings, update);
}
