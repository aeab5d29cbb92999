/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far the exchange of Binding Updates with one home agent has come (RFC 6275 11.7.1, 11.7.3):
 *
 *                 sent                 answered, given up
 *       NEW -----------------> WAITING ------------------> IDLE
 *        |                     | ^  ^ | sent                |
 *        |                     | |  '-'                     | sent
 *        |                     | '--------------------------'
 *        |            duplicate|                            | duplicate
 *        |                     '--------> DUPLICATE <-------'
 *        | stop                               |
 *        |         WAITING, IDLE, DUPLICATE: stop
 *        |                     |
 *        |                     v      sent
 *        |                 STOPPING ---------> STOP_SENT --. sent
 *        |                     |                |   ^------'
 *        |                over |                | answered, given up, over
 *        |                     v                |
 *        '-----------------> STOPPED <----------'
 *
 * Another home agent: NEW again, by home_registration_restart().
 */
#ifndef MONAMI_CORE_REGISTRATION_PHASE_H
#define MONAMI_CORE_REGISTRATION_PHASE_H

#include "registration_parties.h"

enum registration_phase {
	REGISTRATION_NEW,       /* nothing was sent to this home agent */
	REGISTRATION_WAITING,   /* the last update is not answered */
	REGISTRATION_IDLE,      /* it is answered, or the answer is not waited for any more */
	REGISTRATION_DUPLICATE, /* status 134: another node has the home address; nothing is sent */
	REGISTRATION_STOPPING,  /* all bindings are to be de-registered, and nothing else */
	REGISTRATION_STOP_SENT, /* the update that does so is not answered */
	REGISTRATION_STOPPED,
	REGISTRATION_PHASES,
};

enum registration_event {
	REGISTRATION_SENT,          /* an update leaves, for the first time or again */
	REGISTRATION_ANSWERED,      /* the last update, or an earlier one that says the same */
	REGISTRATION_GIVEN_UP,      /* the answer is not waited for any more */
	REGISTRATION_HAS_DUPLICATE, /* RFC 6275 11.7.1: status 134, Duplicate Address Detection */
	REGISTRATION_STOP,          /* HOST_STOP, and no correspondent has a binding any more */
	REGISTRATION_OVER,          /* no time is left to stop, or no link to send by */
	REGISTRATION_EVENTS,
};

/* Changes the phase as drawn; any other event leaves it. Reports EVENT_ADDRESS_DUPLICATE. */
void registration_step(enum registration_phase *, enum registration_event,
	const struct registration_parties *, struct outbox *);

/* The last update is not answered. */
bool registration_waits(enum registration_phase);
/* STOPPING or later. */
bool registration_stops(enum registration_phase);

#endif
