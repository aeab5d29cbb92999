/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tunnel in the maps (src/bpf/abi.h), and the effect that it stands for.
 */
#ifndef MONAMI_IO_MAPPED_TUNNEL_H
#define MONAMI_IO_MAPPED_TUNNEL_H

#include "map_memory.h"

#include "../../core/api/effect.h"

static inline bool mapped_tunnel_is_held(const struct abi_tunnel *tunnel)
{
	return (tunnel->flags & ABI_TUNNEL_HELD) != 0;
}

static inline bool mapped_tunnel_is_home_link(const struct abi_tunnel *tunnel)
{
	return tunnel->encapsulation == ABI_ENCAP_HOME_LINK;
}

/* Its ABI_TUNNEL_... flags. */
uint8_t mapped_tunnel_flags(const struct effect_tunnel *);
/* What its packets are handed to. `next_hop`: the router on its link, NULL or :: if none is known.
 */
struct in6_addr mapped_tunnel_next_hop(
	const struct effect_tunnel *, const struct in6_addr *next_hop);
/* Its MTU, where an encapsulated packet may have `inner` octets. */
uint32_t mapped_tunnel_mtu(const struct abi_tunnel *, uint32_t inner);

bool mapped_tunnel_has_ends(
	const struct abi_tunnel *, const struct effect_tunnel *, const struct in6_addr *next_hop);
/* Between map_write_begin() and map_write_end(). */
void mapped_tunnel_write_ends(struct abi_tunnel *, const struct effect_tunnel *,
	const struct in6_addr *next_hop, uint32_t inner_mtu);

/* The effect that would make it. */
struct effect_tunnel mapped_tunnel_effect(const struct abi_subject *, const struct abi_tunnel *);

#endif
