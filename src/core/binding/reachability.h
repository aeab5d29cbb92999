/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether packets reach the care-of address of a binding, as a home agent or a correspondent sees
 * it (draft-wakikawa-03 3.2, ADR 62):
 *
 *                      unanswered
 *         REACHABLE -----------------> DOUBTFUL
 *           ^  ^   |                    |    |
 *           |  |   |       heard        |    |
 *           |  '---|--------------------'    |
 *     heard |      | failed                  | failed
 *           |      v                         |
 *         UNREACHABLE <----------------------'
 */
#ifndef MONAMI_CORE_REACHABILITY_H
#define MONAMI_CORE_REACHABILITY_H

#include "../api/views.h"

enum reachability_event {
	REACHABILITY_HEARD,      /* it has sent a packet or an answer */
	REACHABILITY_UNANSWERED, /* a question, or the first error that proves nothing */
	REACHABILITY_FAILED,     /* all questions are unanswered, or an error proves it */
	REACHABILITY_EVENTS,
};

/* Changes the state as drawn; any other event leaves it. True: it has changed. */
bool reachability_step(enum reachability *, enum reachability_event);

#endif
