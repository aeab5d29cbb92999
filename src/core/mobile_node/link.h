/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node's links and, of each, the addresses that may serve as its care-of address: one at a
 * time under the link's BID (RFC 5648 5.1). Decides which; knows nothing of registrations. Of the
 * link that is used as home link it is the home address (RFC 5648 5.6.3), and its path is not
 * probed: alive while it is up.
 */
#ifndef MONAMI_CORE_LINK_H
#define MONAMI_CORE_LINK_H

#include "advertised_prefixes.h"
#include "home/home_detection.h"
#include "link_quality.h"
#include "path.h"

#define LINK_CANDIDATES_MAX 16

struct candidate {
	struct in6_addr address;
	nanos formed;
	bool deprecated;
	bool failed;      /* its path died, and the others were to be tried */
	nanos not_before; /* failed: it is not returned to earlier, unless the path itself lives */
	unsigned deaths;  /* in a row, with less than FORGET_DEATHS between them */
	bool refused;     /* the home agent does not bind it (RFC 6275 6.1.8, status 174) ... */
	nanos refused_until;
};

enum link_use {
	LINK_VISITED,
	LINK_HOME,   /* the care-of address is the home address */
	LINK_UNUSED, /* attached to the home link, and not to be used: no care-of address */
};

struct link {
	uint16_t bid;
	uint8_t priority;   /* in force */
	uint8_t preferred;  /* but for a hint that the link is leaving */
	uint8_t configured; /* as the last HOST_LINK_SET said */
	bool leaving;       /* HOST_LINK_HINT */
	nanos leaving_since;
	bool metered;
	uint64_t rate; /* bits a second, as the host measured it last; 0: not known */
	struct least_delay least;
	bool up;
	bool unprobed;
	uint32_t ifindex;
	bool has_link_layer;
	uint8_t link_layer[LINK_LAYER_OCTETS];
	enum link_use use;
	bool home; /* attached to the home link, as last told */
	struct home_detection detection;
	struct advertised_prefixes advertised;
	unsigned solicitations; /* sent since it came up, for `advertised` */
	nanos solicit_at;
	bool has_care_of;
	struct in6_addr care_of;
	const struct path_limits *limits; /* of a visited link */
	struct path path; /* from care_of; DOWN if there is none, or the link is not up */
	bool has_kept;    /* LINK_HOME: it had a care-of address before, kept_care_of */
	struct in6_addr kept_care_of;
	nanos return_not_before; /* to no address whose path died */
	size_t candidates_count;
	struct candidate candidates[LINK_CANDIDATES_MAX];
};

struct links {
	uint16_t resort; /* BID of the one that is used while no path is good; 0: none */
	size_t count;
	struct link at[BINDINGS_MAX];
};

struct link *links_find(const struct links *, uint16_t bid);
/* The link with this care-of address now, or NULL. */
struct link *links_with_care_of(const struct links *, const struct in6_addr *);
struct link *links_with_ifindex(const struct links *, uint32_t ifindex);
/* DOWN, with neither address nor interface. NULL if there are too many. */
struct link *links_add(struct links *, uint16_t bid, const struct path_limits *);
void links_remove(struct links *, struct link *);
/* The link that is used as home link, or NULL. */
const struct link *links_home(const struct links *);
/* Whether one of them has this address, which may serve as its care-of address. */
bool links_have_address(const struct links *, const struct in6_addr *);

/* 0 or -ENOSPC */
int link_address_set(struct link *, const struct host_address *);
void link_address_remove(struct link *, const struct in6_addr *);
/* It is no care-of address until then, or link_forgive(). */
void link_address_refuse(struct link *, const struct in6_addr *, nanos until);
/* Forgets which addresses were refused or failed, and how often the path died. */
void link_forgive(struct link *);
/* LINK_HOME: the care-of address from before that use, if the link still has it; or NULL. */
const struct in6_addr *link_kept(const struct link *);
/* Changes the use, and the care-of address as link_choose() does. */
void link_use(struct link *, enum link_use, const struct in6_addr *home_address, nanos now);
/* When link_choose() may choose otherwise, whatever else happens. */
nanos link_next_deadline(const struct link *);

/*
 * Another interface, or another state of it. When the link comes up, it forgets which addresses
 * failed or were refused; when it goes down, Router Advertisements.
 */
void link_set(struct link *, const struct host_link *, nanos now);
#define LINK_PRIORITY_MAX 127
/* The operator's preference: 1..127, lower is preferred. */
void link_prefer(struct link *, uint8_t priority);
/*
 * The link is about to be lost, or is not any more (draft-montavont-mip6-mmi-02 3): while it is,
 * its priority is the last one.
 */
void link_leave(struct link *, bool leaving, nanos now);
/* When the hint ends by itself, if the link stays as it is: 2 s after its path is alive anew, with
 * a binding that was `acknowledged` since the hint (0: never). NANOS_NEVER: not. */
nanos link_stays_at(const struct link *, nanos acknowledged);
/* Up, on an interface. */
bool link_is_up(const struct link *);
/* The first is preferred to the second: by its priority, or by its BID if they are equal. */
bool link_is_preferred(const struct link *, const struct link *);

/*
 * Chooses the care-of address, and starts or stops the path accordingly. A visited link keeps its
 * present address while it is there, not deprecated, and its path not dead; else it takes the one
 * formed last of those that are not deprecated and whose path did not die. An address whose path
 * died is tried again when the path of the present one is dead too, after HOLD_FIRST at the
 * earliest, and after twice as long each time (ADR 33).
 */
void link_choose(struct link *, const struct in6_addr *home_address, nanos now);
/* RFC 8028 3.1: the router that packets from the care-of address go to; ::, none is known. */
struct in6_addr link_router(const struct link *, nanos now);
/*
 * When to send a Router Solicitation: the link has addresses of several prefixes, and no router has
 * advertised that of the care-of address. NANOS_NEVER: not at all.
 */
nanos link_solicit_at(const struct link *, nanos now);
void link_solicited(struct link *, nanos now);

#endif
