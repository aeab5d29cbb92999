/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine drawn in reachability.h.
 */
#include "reachability.h"

static bool enter(enum reachability *state, enum reachability next)
{
	bool changes = *state != next;
	*state = next;
	return changes;
}

bool reachability_step(enum reachability *state, enum reachability_event event)
{
	switch (event) {
	case REACHABILITY_HEARD:
		return enter(state, REACHABILITY_REACHABLE);
	case REACHABILITY_UNANSWERED:
		return *state == REACHABILITY_REACHABLE && enter(state, REACHABILITY_DOUBTFUL);
	case REACHABILITY_FAILED:
		return enter(state, REACHABILITY_UNREACHABLE);
	case REACHABILITY_EVENTS:
		break;
	}
	return false;
}
