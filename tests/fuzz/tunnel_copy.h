/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tunnels that a data plane would have, kept from the effects alone.
 */
#ifndef MONAMI_FUZZ_TUNNEL_COPY_H
#define MONAMI_FUZZ_TUNNEL_COPY_H

#include "../support/subjects.h"

#define TUNNEL_COPY_MAX (3 * BINDINGS_MAX)

struct copied_tunnel {
	struct in6_addr home_address;
	uint8_t tier;
	uint8_t weight;
	struct effect_tunnel tunnel;
};

struct tunnel_copy {
	struct subjects subjects;
	struct copied_tunnel at[TUNNEL_COPY_MAX];
	size_t count;
};

/* NULL if there is none. */
struct copied_tunnel *tunnel_copy_find(
	struct tunnel_copy *, const struct in6_addr *home_address, uint16_t bid);
/* Each effect, before the next three. Requires that it is consistent with those before it. */
void tunnel_copy_told(struct tunnel_copy *, const struct effect *);
/* That there are not more than the core has room for is required. */
void tunnel_copy_set(struct tunnel_copy *, const struct effect_tunnel *);
void tunnel_copy_rank(struct tunnel_copy *, const struct effect_traffic *);
/* Whether the default rule has it by this share, or, if that is 0, by this priority. */
bool tunnel_copy_is_ranked(const struct copied_tunnel *, uint8_t share, uint8_t priority);
/* False: there was none. */
bool tunnel_copy_remove(struct tunnel_copy *, const struct effect_tunnel *);

#endif
