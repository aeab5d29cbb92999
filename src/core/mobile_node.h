/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the mobile node: what its files share.
 */
#ifndef MONAMI_CORE_MOBILE_NODE_H
#define MONAMI_CORE_MOBILE_NODE_H

#include "home_registration.h"
#include "role.h"
#include "tunnels.h"

struct mobile_node {
	struct mobile_node_config config;
	struct path_limits limits;
	struct links links;
	struct home_registration registration;
	struct tunnels tunnels;
	uint16_t probe_sequence;
	uint16_t selected; /* BID that sending was last said to have moved to; 0: none */
	struct in6_addr selected_care_of;
	bool unreachable; /* it was said that the home agent does not answer */
	bool stopped;
	nanos now; /* of the last call */
};

/* A note about the home address and the home agent; dropped if the outbox is nearly full. */
struct effect_note *node_note(
	const struct mobile_node *, enum note_type, uint16_t bid, struct outbox *);

/*
 * acknowledgement.c: RFC 6275 11.7.3, RFC 5648 5.7. The answer is authentic, and came from the home
 * agent. False: it matches nothing, and was counted.
 */
bool acknowledgement_receive(struct core *, struct moment, const struct message *, struct outbox *);

#endif
