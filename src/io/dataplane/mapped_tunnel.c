/* SPDX-License-Identifier: BSD-2-Clause */
#include "mapped_tunnel.h"

#include <string.h>

uint8_t mapped_tunnel_flags(const struct effect_tunnel *effect)
{
	const bool framed = effect->encapsulation == ENCAP_HOME_LINK && effect->remote.framed;

	return (effect->usable ? 0 : ABI_TUNNEL_HELD) | (framed ? ABI_TUNNEL_FRAMED : 0);
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

_Static_assert(ABI_EXTENSION_OCTETS == MOBILITY_EXTENSION_OCTETS, "the programs insert as much");

uint32_t mapped_tunnel_mtu(const struct abi_tunnel *tunnel, uint32_t inner)
{
	return inner + encapsulation_octets(ENCAP_IPV6) -
	       encapsulation_octets(tunnel->encapsulation);
}

void mapped_tunnel_write_ends(struct abi_tunnel *tunnel, const struct effect_tunnel *effect,
	const struct in6_addr *next_hop, uint32_t inner_mtu)
{
	map_address_copy(&tunnel->local, &effect->local.address);
	map_address_copy(&tunnel->remote, &effect->remote.address);
	map_address_copy(&tunnel->next_hop, next_hop);
	tunnel->ifindex = effect->local.ifindex;
	map_store_u8(&tunnel->encapsulation, effect->encapsulation);
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
	       tunnel->encapsulation == effect->encapsulation &&
	       ((tunnel->flags ^ mapped_tunnel_flags(effect)) & ABI_TUNNEL_FRAMED) == 0;
}

struct effect_tunnel mapped_tunnel_effect(
	const struct abi_subject *subject, const struct abi_tunnel *tunnel)
{
	struct effect_tunnel effect = {
		.subject = subject->number,
		.tunnel = tunnel->number,
		.expires = map_load_u64(&tunnel->expires),
		.local.ifindex = tunnel->ifindex,
		.bid = tunnel->bid,
		.usable = !mapped_tunnel_is_held(tunnel),
		.remote.framed = (tunnel->flags & ABI_TUNNEL_FRAMED) != 0,
		.encapsulation = tunnel->encapsulation,
	};

	memcpy(&effect.local.address, &tunnel->local, sizeof(effect.local.address));
	memcpy(&effect.remote.address, &tunnel->remote, sizeof(effect.remote.address));
	if (effect.remote.framed)
		memcpy(effect.remote.link_layer, &tunnel->next_hop,
			sizeof(effect.remote.link_layer));
	return effect;
}
