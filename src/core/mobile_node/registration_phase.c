/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine drawn in registration_phase.h.
 */
#include "registration_phase.h"

#include <assert.h>

static void enter(enum registration_phase *phase, enum registration_phase next,
	const struct registration_parties *parties, struct outbox *outbox)
{
	if (next == REGISTRATION_DUPLICATE)
		parties_event(parties, EVENT_ADDRESS_DUPLICATE, 0, outbox);
	*phase = next;
}

static enum registration_phase while_waiting(enum registration_event event)
{
	switch (event) {
	case REGISTRATION_SENT:
		return REGISTRATION_WAITING;
	case REGISTRATION_ANSWERED:
	case REGISTRATION_GIVEN_UP:
		return REGISTRATION_IDLE;
	case REGISTRATION_HAS_DUPLICATE:
		return REGISTRATION_DUPLICATE;
	case REGISTRATION_STOP:
		return REGISTRATION_STOPPING;
	case REGISTRATION_OVER:
	case REGISTRATION_EVENTS:
		break;
	}
	return REGISTRATION_WAITING;
}

static enum registration_phase while_idle(enum registration_event event)
{
	switch (event) {
	case REGISTRATION_SENT:
		return REGISTRATION_WAITING;
	case REGISTRATION_HAS_DUPLICATE:
		return REGISTRATION_DUPLICATE;
	case REGISTRATION_STOP:
		return REGISTRATION_STOPPING;
	case REGISTRATION_ANSWERED:
	case REGISTRATION_GIVEN_UP:
	case REGISTRATION_OVER:
	case REGISTRATION_EVENTS:
		break;
	}
	return REGISTRATION_IDLE;
}

static enum registration_phase after_stop_sent(enum registration_event event)
{
	switch (event) {
	case REGISTRATION_ANSWERED:
	case REGISTRATION_GIVEN_UP:
	case REGISTRATION_OVER:
		return REGISTRATION_STOPPED;
	case REGISTRATION_SENT:
	case REGISTRATION_HAS_DUPLICATE:
	case REGISTRATION_STOP:
	case REGISTRATION_EVENTS:
		break;
	}
	return REGISTRATION_STOP_SENT;
}

/* One row for each phase; what a row does not name leaves the phase as it is. */
static enum registration_phase next_of(enum registration_phase phase, enum registration_event event)
{
	switch (phase) {
	case REGISTRATION_NEW:
		if (event == REGISTRATION_SENT)
			return REGISTRATION_WAITING;
		/* the home agent has nothing to de-register */
		return event == REGISTRATION_STOP ? REGISTRATION_STOPPED : phase;
	case REGISTRATION_WAITING:
		return while_waiting(event);
	case REGISTRATION_IDLE:
		return while_idle(event);
	case REGISTRATION_DUPLICATE:
		return event == REGISTRATION_STOP ? REGISTRATION_STOPPING : phase;
	case REGISTRATION_STOPPING:
		if (event == REGISTRATION_SENT)
			return REGISTRATION_STOP_SENT;
		return event == REGISTRATION_OVER ? REGISTRATION_STOPPED : phase;
	case REGISTRATION_STOP_SENT:
		return after_stop_sent(event);
	case REGISTRATION_STOPPED:
		return phase;
	case REGISTRATION_PHASES:
		break;
	}
	assert(false);
	return phase;
}

void registration_step(enum registration_phase *phase, enum registration_event event,
	const struct registration_parties *parties, struct outbox *outbox)
{
	enum registration_phase next = next_of(*phase, event);
	if (next != *phase)
		enter(phase, next, parties, outbox);
}

bool registration_waits(enum registration_phase phase)
{
	return phase == REGISTRATION_WAITING || phase == REGISTRATION_STOP_SENT;
}

bool registration_stops(enum registration_phase phase)
{
	return phase >= REGISTRATION_STOPPING;
}
