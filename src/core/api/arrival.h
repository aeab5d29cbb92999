/* SPDX-License-Identifier: BSD-2-Clause */
/* A received packet, with the way by which it arrived. */
#ifndef MONAMI_CORE_ARRIVAL_H
#define MONAMI_CORE_ARRIVAL_H

#include "locator.h"
#include "port.h"

#define PROTECTED_BY_NOTHING 0

struct arrival {
	struct moment at;
	uint32_t ifindex;
	/* The outer header, if one was taken off; :: otherwise. */
	struct locator source;
	struct locator destination;
	uint32_t protected_by; /* the IPsec security association, or PROTECTED_BY_NOTHING */
	struct octets packet;  /* whole, from its IPv6 header; borrowed for the call */
};

/* Whether an outer header was taken off. */
static inline bool arrival_is_tunnelled(const struct arrival *arrival)
{
	return !IN6_IS_ADDR_UNSPECIFIED(&arrival->source.address);
}

#endif
