/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tunnels that a subject in the maps has, and in which order its packets leave by them.
 */
#ifndef MONAMI_IO_SUBJECT_TUNNELS_H
#define MONAMI_IO_SUBJECT_TUNNELS_H

#include "../../bpf/abi.h"
#include "../../core/api/effect.h"

/* Where among `all` the subject has the tunnel at `place` of the map (ABI_NO_TUNNEL: a place that is
 * free). -1: nowhere. */
int subject_index_of(const struct abi_subject *, uint32_t place);
/* Its place in the map by the core's number. ABI_NO_TUNNEL: none. */
uint32_t subject_tunnel(
	const struct abi_subject *, const struct abi_tunnel *tunnels, uint16_t number);
bool subject_has_tunnels(const struct abi_subject *);

/* The packets leave by no tunnel. */
void traffic_clear(struct abi_traffic *);
/* EFFECT_TRAFFIC_SET: its mode, and the tiers and weights of the tunnels that it names. */
void traffic_set_shares(struct abi_traffic *, const struct abi_subject *,
	const struct abi_tunnel *tunnels, const struct effect_traffic *);
/* enum traffic_mode; traffic_write_order() is to follow. */
void traffic_set_mode(struct abi_traffic *, uint8_t mode);
/*
 * Puts the order right after a tunnel of the subject changed. A reader in between may see a tunnel
 * twice or one missing, and sends by one that is usable all the same.
 */
void traffic_write_order(
	struct abi_traffic *, const struct abi_subject *, const struct abi_tunnel *tunnels);

#endif
