/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine drawn in node_phase.h.
 */
#include "mobile_node.h"

#include <assert.h>

static void enter(struct mobile_node *node, enum node_phase next, struct outbox *outbox)
{
	node->phase = next;
	if (next == NODE_STOPPING) {
		if (node->routes)
			node->ro->stop(node->routes, outbox);
		return;
	}
	home_registration_use_home(&node->registration, HOME_USE_VISIT, node->home.bid, outbox);
	tunnels_remove_all(&node->tunnels, outbox);
	returning_home_withdraw(node, outbox);
}

static enum node_phase next_of(enum node_phase phase, enum node_event event)
{
	switch (phase) {
	case NODE_RUNS:
		return event == NODE_STOP ? NODE_STOPPING : phase;
	case NODE_STOPPING:
		return event == NODE_HAS_DEREGISTERED ? NODE_STOPPED : phase;
	case NODE_STOPPED:
		return phase;
	case NODE_PHASES:
		break;
	}
	assert(false);
	return phase;
}

void node_phase_step(struct mobile_node *node, enum node_event event, struct outbox *outbox)
{
	enum node_phase next = next_of(node->phase, event);
	if (next != node->phase)
		enter(node, next, outbox);
}
