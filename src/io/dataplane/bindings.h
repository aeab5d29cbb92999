/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Subjects and tunnels of the data plane (src/bpf/abi.h), written through the maps' memory while the
 * tc programs read them. What the daemon knows of them besides is found again from the maps after a
 * restart.
 */
#ifndef MONAMI_IO_BINDINGS_H
#define MONAMI_IO_BINDINGS_H

#include "dataplane.h"
#include "rule_table.h"
#include "subject_table.h"
#include "path_mtus.h"
#include "slots.h"

struct bindings {
	struct subject_table subjects;
	struct rule_table rules;
	struct abi_tunnel *tunnels;
	uint32_t tunnels_max;
	struct slots free_tunnels;
	struct tunnel_mtus mtus;
	bool keep_flows; /* flows may use tunnels that are not the best ones */
	struct path_mtus path_mtus;
	struct hash_key label_key; /* of the tunnels' keys */
};

/*
 * With the subjects' memory and maps (subject_table.h), the tunnels and their number already set: finds
 * out what is in use, and repairs what a killed daemon left half done. -ENOMEM, or what the maps
 * said.
 */
int bindings_init(struct bindings *);
void bindings_fini(struct bindings *);

/* As dataplane_...() of the same name. */
int bindings_subject_set(struct bindings *, const struct effect_subject *);
int bindings_subject_remove(struct bindings *, uint32_t subject);
int bindings_subject(const struct bindings *, uint32_t subject, struct effect_subject *ret);
int bindings_prefix_set(struct bindings *, const struct effect_prefix *);
int bindings_prefix_remove(struct bindings *, const struct effect_prefix *);
int bindings_traffic_set(struct bindings *, const struct effect_traffic *);
int bindings_traffic_mode(struct bindings *, uint32_t subject, uint16_t rule, uint8_t mode);
int bindings_traffic_remove(struct bindings *, uint32_t subject, uint16_t rule);
int bindings_tunnel_set(
	struct bindings *, const struct effect_tunnel *, const struct in6_addr *next_hop);
int bindings_tunnel_remove(struct bindings *, uint32_t subject, uint16_t tunnel);
int bindings_sweep(struct bindings *);
int bindings_path_mtu(
	struct bindings *, uint32_t subject, uint16_t tunnel, uint32_t mtu, nanos until);
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
int bindings_best_tunnel(const struct bindings *, const struct in6_addr *home_address, nanos now,
	struct effect_tunnel *ret);
uint32_t bindings_best_mtu(const struct bindings *, const struct in6_addr *home_address, nanos now);
void bindings_each_tunnel(
	const struct bindings *, dataplane_tunnel_handler *each, void *ctx);

/* Later than what is given: when a tunnel that leaves by the link last sent and received. */
void bindings_link_activity(
	const struct bindings *, uint32_t ifindex, nanos *sent, nanos *received);

/* NULL if there is none. */
const struct abi_tunnel *bindings_tunnel(
	const struct bindings *, uint32_t subject, uint16_t tunnel);

#endif
