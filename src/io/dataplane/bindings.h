/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes and tunnels of the data plane (src/bpf/abi.h), written through the maps' memory while the
 * tc programs read them. What the daemon knows of them besides is found again from the maps after a
 * restart.
 */
#ifndef MONAMI_IO_BINDINGS_H
#define MONAMI_IO_BINDINGS_H

#include "dataplane.h"
#include "node_table.h"
#include "path_mtus.h"
#include "slots.h"

struct bindings {
	struct node_table nodes;
	struct abi_tunnel *tunnels;
	uint32_t tunnels_max;
	struct slots free_tunnels;
	uint8_t side; /* of the subjects without peer; enum abi_side */
	struct tunnel_mtus mtus;
	bool keep_flows; /* flows may use tunnels that are not the best ones */
	struct path_mtus path_mtus;
	struct hash_key label_key; /* of the tunnels' keys */
};

/*
 * With the nodes' memory and maps (node_table.h), the tunnels and their number already set: finds
 * out what is in use, and repairs what a killed daemon left half done. -ENOMEM, or what the maps
 * said.
 */
int bindings_init(struct bindings *);
void bindings_fini(struct bindings *);

/* As dataplane_...() of the same name; `peer` is :: for the ways by the home agent. */
int bindings_subject_set(struct bindings *, const struct effect_subject *);
int bindings_subject_remove(struct bindings *, uint32_t subject);
int bindings_traffic_set(struct bindings *, const struct effect_traffic *);
int bindings_tunnel_set(
	struct bindings *, const struct effect_tunnel *, const struct in6_addr *next_hop);
int bindings_tunnel_remove(struct bindings *, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint16_t bid);
int bindings_path_mtu(struct bindings *, const struct in6_addr *home_address,
	const struct in6_addr *peer, uint16_t bid, uint32_t mtu, nanos until);
void bindings_note_path_mtus(struct bindings *, const struct in6_addr *home_address,
	const struct in6_addr *peer, nanos until);
void bindings_forget_path_mtus(struct bindings *, nanos now);
int bindings_route_mtu(struct bindings *, const struct route_ends *, uint32_t mtu, nanos until);
void bindings_tunnel_mtus(struct bindings *, const struct tunnel_mtus *);
/* Between home agent and mobile node; NULL if there is none. */
const struct abi_tunnel *bindings_tunnel_between(const struct bindings *,
	const struct in6_addr *home_address, const struct in6_addr *local,
	const struct in6_addr *remote);
void bindings_route_activity(const struct bindings *, const struct in6_addr *home_address,
	const struct in6_addr *peer, const struct in6_addr *remote, nanos *ret_sent,
	nanos *ret_received);
uint32_t bindings_best_mtu(const struct bindings *, const struct in6_addr *home_address, nanos now);
/* The programs know the home address before it has a tunnel. */
int bindings_home_address(struct bindings *, const struct in6_addr *home_address);
int bindings_node_remove(struct bindings *, const struct in6_addr *home_address);
void bindings_each_node(const struct bindings *,
	void (*each)(void *ctx, const struct in6_addr *home_address, const struct in6_addr *peer),
	void *ctx);
void bindings_each_tunnel(
	const struct bindings *, void (*each)(void *ctx, const struct effect_tunnel *), void *ctx);

/* Later than what is given: when a tunnel that leaves by the link last sent and received. */
void bindings_link_activity(
	const struct bindings *, uint32_t ifindex, nanos *sent, nanos *received);

/* NULL if there is none. */
const struct abi_subject *bindings_node(
	const struct bindings *, const struct in6_addr *home_address, const struct in6_addr *peer);
const struct abi_tunnel *bindings_tunnel(const struct bindings *,
	const struct in6_addr *home_address, const struct in6_addr *peer, uint16_t bid);

#endif
