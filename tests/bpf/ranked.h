/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tunnel that packets leave by: tests of the data plane have no core that ranks it.
 */
#ifndef MONAMI_TESTS_RANKED_H
#define MONAMI_TESTS_RANKED_H

#include "../../src/io/dataplane/dataplane.h"

/*
 * Sets the tunnel and its tier. Afterwards no number is left to the subject, as if a daemon before
 * had set it. `mobile`: the side of a tunnel by a home agent; a tunnel to or from a correspondent
 * has its own. 0, or what the data plane said.
 */
int ranked_tunnel_set(struct dataplane *, bool mobile, const struct effect_tunnel *, uint8_t tier,
	const struct in6_addr *next_hop);

#endif
