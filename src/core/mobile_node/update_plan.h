/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Binding Update that is to be said next to the home agent, and when (home_registration.h).
 */
#ifndef MONAMI_CORE_UPDATE_PLAN_H
#define MONAMI_CORE_UPDATE_PLAN_H

#include "home_registration.h"

/* What is added waits so long for the answer to what is under way: most come in that time. */
#define UPDATE_GATHER (100 * NANOS_PER_MS)

struct update_plan {
	bool needed; /* now; else when it is time to refresh */
	bool urgent;
	nanos at;
	struct update update; /* at first all that is wanted, then what is to be said of it */
};

/* `at` is NANOS_NEVER if there is nothing that could be said. */
struct update_plan update_plan_make(
	const struct home_registration *, const struct links *, nanos now);
/* RFC 5648 5.4: everything is taken away, as RFC 6275 has it. */
struct update_plan update_plan_remove_all(const struct home_registration *);

/* What Load Balancing options would say now of the care-of addresses that are bound. */
struct share_statement update_plan_shares(const struct home_registration *, nanos now);

#endif
