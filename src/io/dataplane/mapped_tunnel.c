/* SPDX-License-Identifier: BSD-2-Clause */
#include "mapped_tunnel.h"

#include <string.h>

/* Which ABI_TUNNEL_... belong to the ends: what sending does depends on them. */
#define ENDS_FLAGS                                                                                 \
	(ABI_TUNNEL_HOME_LINK | ABI_TUNNEL_FRAMED | ABI_TUNNEL_TO_CORRESPONDENT |                  \
		ABI_TUNNEL_TO_MOBILE_NODE)

uint8_t mapped_tunnel_flags(const struct effect_tunnel *effect)
{
	uint8_t flags = effect->usable ? 0 : ABI_TUNNEL_HELD;

	switch (effect->encapsulation) {
	case ENCAP_HOME_LINK:
		flags |= ABI_TUNNEL_HOME_LINK | (effect->remote.framed ? ABI_TUNNEL_FRAMED : 0);
		break;
	case ENCAP_TO_CORRESPONDENT:
		flags |= ABI_TUNNEL_TO_CORRESPONDENT;
		break;
	case ENCAP_TO_MOBILE_NODE:
		flags |= ABI_TUNNEL_TO_MOBILE_NODE;
		break;
	default:
		break;
	}
	return flags;
}

static bool is_known(const struct in6_addr *address)
{
	return address && !IN6_IS_ADDR_UNSPECIFIED(address);
}

/* On the home link the other end is a neighbour, if no router is named. */
struct in6_addr mapped_tunnel_next_hop(
	const struct effect_tunnel *effect, const struct in6_addr *next_hop)
{
	struct in6_addr result = IN6ADDR_ANY_INIT;

	if (effect->encapsulation == ENCAP_HOME_LINK && effect->remote.framed)
		memcpy(&result, effect->remote.link_layer, sizeof(effect->remote.link_layer));
	else if (effect->local.ifindex != 0 && is_known(next_hop))
		result = *next_hop;
	else if (effect->encapsulation == ENCAP_HOME_LINK)
		result = effect->remote.address;
	return result;
}

static enum encapsulation encapsulation_of(const struct abi_tunnel *tunnel)
{
	if (mapped_tunnel_is_home_link(tunnel))
		return ENCAP_HOME_LINK;
	if (tunnel->flags & ABI_TUNNEL_TO_CORRESPONDENT)
		return ENCAP_TO_CORRESPONDENT;
	return tunnel->flags & ABI_TUNNEL_TO_MOBILE_NODE ? ENCAP_TO_MOBILE_NODE : ENCAP_IPV6;
}

_Static_assert(ABI_EXTENSION_OCTETS == MOBILITY_EXTENSION_OCTETS, "the programs insert as much");

uint32_t mapped_tunnel_mtu(const struct abi_tunnel *tunnel, uint32_t inner)
{
	return inner + encapsulation_octets(ENCAP_IPV6) -
	       encapsulation_octets(encapsulation_of(tunnel));
}

void mapped_tunnel_write_ends(struct abi_tunnel *tunnel, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop, uint32_t inner_mtu)
{
	map_address_copy(&tunnel->local, &effect->local.address);
	map_address_copy(&tunnel->remote, &effect->remote.address);
	map_address_copy(&tunnel->next_hop, next_hop);
	tunnel->ifindex = effect->local.ifindex;
	map_store_u8(&tunnel->flags, mapped_tunnel_flags(effect));
	tunnel->mtu = mapped_tunnel_mtu(tunnel, inner_mtu);
}

bool mapped_tunnel_has_ends(const struct abi_tunnel *tunnel, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop)
{
	return map_address_equal(&tunnel->remote, &effect->remote.address) &&
	       map_address_equal(&tunnel->local, &effect->local.address) &&
	       map_address_equal(&tunnel->next_hop, next_hop) &&
	       tunnel->ifindex == effect->local.ifindex &&
	       ((tunnel->flags ^ mapped_tunnel_flags(effect)) & ENDS_FLAGS) == 0;
}

struct effect_tunnel mapped_tunnel_effect(
	const struct abi_subject *node, const struct abi_tunnel *tunnel)
{
	struct effect_tunnel effect = {
		.expires = map_load_u64(&tunnel->expires),
		.local.ifindex = tunnel->ifindex,
		.bid = tunnel->bid,
		.priority = tunnel->priority,
		.usable = !mapped_tunnel_is_held(tunnel),
		.remote.framed = (tunnel->flags & ABI_TUNNEL_FRAMED) != 0,
		.encapsulation = (uint8_t)encapsulation_of(tunnel),
	};

	memcpy(&effect.home_address, &node->home_address, sizeof(effect.home_address));
	memcpy(&effect.peer, &node->peer, sizeof(effect.peer));
	memcpy(&effect.local.address, &tunnel->local, sizeof(effect.local.address));
	memcpy(&effect.remote.address, &tunnel->remote, sizeof(effect.remote.address));
	if (effect.remote.framed)
		memcpy(effect.remote.link_layer, &tunnel->next_hop,
			sizeof(effect.remote.link_layer));
	return effect;
}
