/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine drawn in home_use.h.
 */
#include "home_use.h"

#include <assert.h>

static void enter(enum home_use *use, enum home_use next, uint16_t bid,
	const struct registration_parties *parties, struct outbox *outbox)
{
	if (next == HOME_USE_RETURNED)
		parties_event(parties, EVENT_RETURNED_HOME, bid, outbox);
	*use = next;
}

static enum home_use while_returning(enum home_use use, enum home_use_event event)
{
	switch (event) {
	case HOME_USE_VISIT:
		return HOME_USE_NONE;
	case HOME_USE_BOTH:
		return HOME_USE_BINDING;
	case HOME_USE_SENT:
		return HOME_USE_RETURNING_SENT;
	case HOME_USE_ACKNOWLEDGED:
		return HOME_USE_RETURNED;
	case HOME_USE_RETURN:
	case HOME_USE_EVENTS:
		break;
	}
	return use;
}

static enum home_use next_of(enum home_use use, enum home_use_event event)
{
	switch (use) {
	case HOME_USE_NONE:
		if (event == HOME_USE_BOTH)
			return HOME_USE_BINDING;
		return event == HOME_USE_RETURN ? HOME_USE_RETURNING : use;
	case HOME_USE_BINDING:
		if (event == HOME_USE_VISIT)
			return HOME_USE_NONE;
		return event == HOME_USE_RETURN ? HOME_USE_RETURNING : use;
	case HOME_USE_RETURNING:
	case HOME_USE_RETURNING_SENT:
		return while_returning(use, event);
	case HOME_USE_RETURNED:
		if (event == HOME_USE_VISIT)
			return HOME_USE_NONE;
		return event == HOME_USE_BOTH ? HOME_USE_BINDING : use;
	case HOME_USES:
		break;
	}
	assert(false);
	return use;
}

void home_use_step(enum home_use *use, enum home_use_event event, uint16_t bid,
	const struct registration_parties *parties, struct outbox *outbox)
{
	enum home_use next = next_of(*use, event);
	if (next != *use)
		enter(use, next, bid, parties, outbox);
}

bool home_use_is_returning(enum home_use use)
{
	return use == HOME_USE_RETURNING || use == HOME_USE_RETURNING_SENT;
}
