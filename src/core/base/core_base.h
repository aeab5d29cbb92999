/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the roles of one core. Each instance of a role keeps a pointer to it. */
#ifndef MONAMI_CORE_CORE_BASE_H
#define MONAMI_CORE_CORE_BASE_H

#include "../../wire/load_balancing.h"
#include "node_addresses.h"
#include "rate_limit.h"

struct ro_functions;

struct core_base {
	const struct dialect *dialect;
	bool balances; /* the dialect has the Load Balancing option */
	struct load_balancing_dialect load_balancing;
	struct core_port port;
	const struct ro_functions *ro; /* that mobile nodes call (mobile_node_public.h) */
	struct core_counters counters;
	struct rate_limit answers; /* to packets that are malformed, unknown or not authentic */
	struct node_addresses addresses;
	uint32_t subjects_last; /* number of the last subject */
	bool subjects_new;      /* some have a number that is not from a record */
	bool corresponds;       /* one of the roles is a correspondent */
	bool peers_untold;      /* the correspondent stops, and has mobile nodes left to tell */
};

/* Counts a discarded packet. */
void base_drop(struct core_base *, enum drop);

#endif
