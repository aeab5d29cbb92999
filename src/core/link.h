/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's links and, of each, the addresses that may serve as its care-of address: one at a
 * time under the link's BID (RFC 5648 5.1). Decides which; knows nothing of registrations.
 */
#ifndef MONAMI_CORE_LINK_H
#define MONAMI_CORE_LINK_H

#include "path.h"

#define LINK_CANDIDATES_MAX 16

struct candidate {
	struct in6_addr address;
	nanos formed;
	bool deprecated;
	bool failed; /* its path died, and the others were to be tried */
};

struct link {
	uint16_t bid;
	uint8_t priority;   /* in force */
	uint8_t configured; /* as the last HOST_LINK_SET said */
	bool up;
	uint32_t ifindex;
	bool has_care_of;
	struct in6_addr care_of;
	struct path path; /* from care_of; DOWN if there is none, or the link is not up */
	size_t candidates_count;
	struct candidate candidates[LINK_CANDIDATES_MAX];
};

struct links {
	size_t count;
	struct link at[BINDINGS_MAX];
};

struct link *links_find(struct links *, uint16_t bid);
/* The link with this care-of address now, or NULL. */
struct link *links_with_care_of(struct links *, const struct in6_addr *);
/* DOWN, with neither address nor interface. NULL if there are too many. */
struct link *links_add(struct links *, uint16_t bid, const struct path_limits *);
void links_remove(struct links *, struct link *);

/* 0 or -ENOSPC */
int link_address_set(struct link *, const struct host_address *);
void link_address_remove(struct link *, const struct in6_addr *);

/*
 * Another interface, or another state of it. What was learnt of addresses that failed is forgotten
 * when the link comes up.
 */
void link_set(struct link *, const struct host_link *);
/* Up, on an interface. */
bool link_is_up(const struct link *);

/*
 * Settles the care-of address, and starts or stops the path accordingly: the present one while it
 * is there, not deprecated and not dead; else one that is not known to be dead, not deprecated,
 * formed last.
 */
void link_choose(struct link *, nanos now);

#endif
