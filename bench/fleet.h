/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any number of mobile nodes that register with one home agent, for the measurements: their
 * addresses and keys follow from their number, so that the home agent's configuration, the
 * generator and the check of the answers agree without a table. bench.py (updates.py) has the same
 * rules and writes the configuration by them.
 *
 * The Binding Updates are sealed here, not by src/core: what is measured is not its own witness.
 */
#ifndef MONAMI_BENCH_FLEET_H
#define MONAMI_BENCH_FLEET_H

#include "../src/core/api/core.h"

#define FLEET_SPI 256
#define FLEET_LIFETIME 1200 /* seconds */

struct fleet {
	struct in6_addr home_agent;
	uint8_t bindings; /* of each node: BIDs 1, 2, ... */
	bool replay;      /* with the timestamp of RFC 4285 6 */
};

/* 2001:db8:ffff::1 */
struct in6_addr fleet_home_agent(void);
/* 2001:db8:100::/64, counted from ::1:0 */
struct in6_addr fleet_home_prefix(void);
struct in6_addr fleet_home_address(uint32_t node);
/* 2001:db8:c0a:BID::/64, counted likewise */
struct in6_addr fleet_care_of(uint32_t node, uint16_t bid);
/* A key of sixteen octets for each node. */
void fleet_auth(const struct fleet *, uint32_t node, struct auth *ret);

/* What makes one update differ from the next of the same node. */
struct fleet_update {
	uint16_t sequence;
	bool overwrite; /* the O flag: first registration */
	uint64_t ntp;   /* timestamp, if the fleet has them */
};

/*
 * Writes the IPv6 packet of a bulk Binding Update for all bindings of a node, from the care-of
 * address of its first BID (RFC 5648 5.3). Returns its length, the same for all nodes; 0 if it
 * could not be made.
 */
size_t fleet_update(const struct fleet *, const struct core_port *, uint32_t node,
	const struct fleet_update *, uint8_t octets[PACKET_OCTETS_MAX]);

/* Updates of many nodes, one behind the other. */
struct fleet_packets {
	size_t length; /* of each */
	size_t count;
	uint8_t *octets;
};

/*
 * `rounds` updates of each of `nodes` nodes, round by round, with sequence numbers from `sequence`
 * on and timestamps from `ntp` on, a millisecond apart. 0, -ENOMEM or -EINVAL.
 */
int fleet_packets_new(const struct fleet *, const struct core_port *, uint32_t nodes,
	uint32_t rounds, const struct fleet_update *first, struct fleet_packets *ret);
void fleet_packets_free(struct fleet_packets *);
struct octets fleet_packet(const struct fleet_packets *, size_t number);

/* A Binding Acknowledgement that says yes: to whom, and to which update. */
struct fleet_answer {
	uint32_t node;
	uint16_t sequence;
};

/*
 * Whether `octets` is an acknowledgement to one of the fleet, with a right checksum and an
 * authentication option, that accepts each of its bindings.
 */
bool fleet_accepted(
	const struct fleet *, const uint8_t *octets, size_t length, struct fleet_answer *ret);

#endif
