/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why the mobile node is not registered, for log and status. The protocol does not depend on it:
 * any host may have sent an acknowledgement that was discarded.
 */
#ifndef MONAMI_CORE_REGISTRATION_PROBLEM_H
#define MONAMI_CORE_REGISTRATION_PROBLEM_H

#include "../api/core.h"

struct mobile_node;

struct problem_state {
	bool unanswered; /* many updates were not answered */
	enum registration_problem
		discarded;       /* why acknowledgements were, since the last accepted */
	uint32_t told;           /* bit n: the log has problem n */
	unsigned clock_refusals; /* since the last registration */
};

/* An acknowledgement was discarded. */
void registration_problem_discarded(
	struct mobile_node *, enum registration_problem, struct outbox *);
/* Many updates went unanswered. */
void registration_problem_unanswered(struct mobile_node *, struct outbox *);
/* The home agent refused a timestamp: its clock differs (RFC 4285 6). */
void registration_problem_clock(struct mobile_node *, struct outbox *);
/* An acknowledgement was accepted. */
void registration_problem_answered(struct mobile_node *);
/* It grants a registration. */
void registration_problem_granted(struct mobile_node *);

#endif
