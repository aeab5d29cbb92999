/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tunnels that a data plane would have, kept from the effects alone.
 */
#ifndef MONAMI_FUZZ_TUNNEL_COPY_H
#define MONAMI_FUZZ_TUNNEL_COPY_H

#include "../../src/core/api/effect.h"

#define TUNNEL_COPY_MAX (3 * BINDINGS_MAX)

struct tunnel_copy {
	struct effect_tunnel at[TUNNEL_COPY_MAX];
	size_t count;
};

/* NULL if there is none. */
struct effect_tunnel *tunnel_copy_find(
	struct tunnel_copy *, const struct in6_addr *home_address, uint16_t bid);
/* That there are not more than the core has room for is required. */
void tunnel_copy_set(struct tunnel_copy *, const struct effect_tunnel *);
/* False: there was none. */
bool tunnel_copy_remove(struct tunnel_copy *, const struct effect_tunnel *);

#endif
