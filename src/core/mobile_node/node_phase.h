/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the mobile node works, or stops as HOST_STOP demands:
 *
 *              stop                  stopped
 *       RUNS ---------> STOPPING --------------> STOPPED
 */
#ifndef MONAMI_CORE_NODE_PHASE_H
#define MONAMI_CORE_NODE_PHASE_H

#include "../api/effect.h"

struct mobile_node;

enum node_phase {
	NODE_RUNS,
	NODE_STOPPING, /* de-registers, first with the correspondents, then with the home agent */
	NODE_STOPPED,  /* has no tunnel, and does not use the home address on the home link */
	NODE_PHASES,
};

enum node_event {
	NODE_STOP,             /* HOST_STOP */
	NODE_HAS_DEREGISTERED, /* or gives up */
	NODE_EVENTS,
};

/* Changes the phase as drawn; any other event leaves it. Into STOPPED, the outbox must have room
 * for BINDINGS_MAX + 2 effects. */
void node_phase_step(struct mobile_node *, enum node_event, struct outbox *);

#endif
