/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of the data plane of route optimization on one host: for each home address and peer the
 * tunnels that the core has set, and when they were used.
 */
#ifndef MONAMI_TESTS_SIM_WAYS_H
#define MONAMI_TESTS_SIM_WAYS_H

#include "../../src/core/api/effect.h"

#define WAY_TUNNELS_MAX (2 * BINDINGS_MAX)

struct way_tunnel {
	struct effect_tunnel tunnel;
	uint8_t tier;
	nanos sent; /* the host's clock, like `received` */
	nanos received;
};

struct way {
	struct in6_addr home_address;
	struct in6_addr peer;
	bool remembers;
	struct record memory;
	uint8_t count;
	struct way_tunnel at[WAY_TUNNELS_MAX];
	bool keeps; /* its one flow goes by `kept` */
	uint16_t kept;
};

struct ways {
	uint32_t count;
	uint32_t room;
	struct way *at;
};

void ways_fini(struct ways *);
/* NULL if there is none; until the next change. */
struct way *ways_find(
	const struct ways *, const struct in6_addr *home_address, const struct in6_addr *peer);
void ways_set(struct ways *, const struct effect_subject *, const struct effect_tunnel *);
void ways_rank(struct ways *, const struct effect_subject *, const struct effect_traffic *);
void ways_remove(struct ways *, const struct in6_addr *home_address, const struct in6_addr *peer,
	uint16_t bid);
/* All tunnels of this kind. */
void ways_remove_kind(struct ways *, enum encapsulation);
void ways_remember(struct ways *, const struct record *);

/* The one that the packets between the two leave by; NULL if none is usable. */
struct way_tunnel *way_choose(struct way *, nanos now);
/* The one with these addresses that has not expired; NULL if there is none. */
struct way_tunnel *way_between(
	struct way *, const struct in6_addr *local, const struct in6_addr *remote, nanos now);

#endif
