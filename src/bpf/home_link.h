/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Sending by the home link, without outer header (RFC 5648 5.6.2, 5.6.4). */
#ifndef MONAMI_BPF_HOME_LINK_H
#define MONAMI_BPF_HOME_LINK_H

#include "encap.h"

struct ethernet_header {
	__u8 destination[6];
	__u8 source[6];
	__be16 type;
};

/* RFC 5648 5.6.4: to the tunnel's link-layer address, without Neighbour Discovery. */
static __always_inline bool write_frame(struct __sk_buff *skb, const struct tunnel_copy *tunnel)
{
	struct ethernet_header frame = {.type = bpf_htons(ETHERTYPE_IPV6)};
	const struct abi_link *link = link_of(tunnel->ifindex);

	if (!link || link->header_octets != sizeof(frame))
		return false;
	__builtin_memcpy(frame.destination, tunnel->next_hop.octets, sizeof(frame.destination));
	__builtin_memcpy(frame.source, link->link_layer, sizeof(frame.source));
	return bpf_skb_store_bytes(skb, 0, &frame, sizeof(frame), 0) == 0;
}

static __always_inline bool home_link_prepare(
	struct __sk_buff *skb, const struct tunnel_copy *tunnel)
{
	if (!encap_add_link_header(skb))
		return false;
	return tunnel->flags & ABI_TUNNEL_FRAMED ? write_frame(skb, tunnel) : forget_route(skb);
}

static __always_inline int depart_by_home_link(
	struct __sk_buff *skb, const struct tunnel_copy *tunnel)
{
	struct departure departure;

	if (tunnel->flags & ABI_TUNNEL_FRAMED)
		return bpf_redirect(tunnel->ifindex, 0);
	departure_set(&departure, tunnel->ifindex, &tunnel->next_hop, true);
	return depart_by(skb, &departure);
}

#endif
