/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packets of a mobile node that leave by a route-optimized path (RFC 6275 11.3.1, RFC 5648 6): to a
 * correspondent that has accepted bindings, and to another mobile node that has bindings here.
 */
#ifndef MONAMI_BPF_RO_OUTPUT_H
#define MONAMI_BPF_RO_OUTPUT_H

#include "metrics.h"
#include "path_select.h"
#include "extension.h"
#include "encap.h"

/* The packet has not been sent. */
#define NOT_HERE TC_ACT_UNSPEC

/* A packet on its way out. */
struct outgoing {
	struct ipv6_header header;
	__u32 octets;
	__u32 largest; /* of it, or of its largest GSO segment */
	__u64 packets;
	__u64 now;
	bool extendable;            /* extension.h */
	struct abi_address care_of; /* of a mobile node that has bindings here */
};

/*
 * The daemon tells the sender the largest size that fits, but never less than the least MTU of a
 * link (RFC 8200 5). If a path does not carry packets of that size with our header, they go through
 * the home agent.
 */
static __always_inline void tell_too_large(struct __sk_buff *skb, __u32 link_header, __u32 tunnel,
	const struct outgoing *packet, __u32 mtu)
{
	if (packet->largest > MTU_MIN)
		punt_too_large(skb, link_header, tunnel, mtu > MTU_MIN ? mtu : MTU_MIN);
}

/* The peer's care-of address for this packet. Its tunnel counts the packet if it is used. */
static __always_inline struct abi_tunnel *peer_of(struct __sk_buff *skb, struct outgoing *packet)
{
	const struct ipv6_header *header = &packet->header;
	struct path path = {.now = packet->now, .side = ABI_SIDE_CORRESPONDENT};
	struct tunnel_copy copy;

	path.subject = subject_of_pair(
		path.side, &header->destination, &header->source, &path.subject_number);
	if (!path.subject || !packet->extendable ||
		!path_load(&path, traffic_place(&path, classified(skb, ABI_CB_PEER))))
		return NULL;
	path.keep_flows = keeps_flows(&path);
	struct abi_tunnel *tunnel = path_select(skb, header, &path, &copy);
	if (!tunnel || packet->largest > copy.mtu)
		return NULL;
	packet->care_of = copy.remote;
	return tunnel;
}

static __always_inline void note_sent_to_peer(
	struct abi_tunnel *tunnel, const struct outgoing *packet)
{
	tunnel->sent_at = packet->now;
	count(&tunnel->sent_packets, packet->packets);
	count(&tunnel->sent_octets, packet->octets);
}

/* By the rule of the packet, else by the own order of the paths to the correspondent. */
static __always_inline bool direct_load(const struct __sk_buff *skb, struct path *path)
{
	if (!path_load(path, path->subject_number))
		return false;
	path->keep_flows = keeps_flows(path);
	if (classified(skb, ABI_CB_TRAFFIC) == ABI_NO_TRAFFIC)
		return true;
	path->keep_flows = false;
	path->known = skb->cb[ABI_CB_DIRECT];
	path->usable = path->equal = 0;
	return true;
}

/* Sends the packet directly to the correspondent, if there is a route-optimized path: with both
 * headers if the correspondent is a mobile node with bindings here. */
static __always_inline int ro_output(
	struct __sk_buff *skb, struct outgoing *packet, struct abi_tunnel *peer)
{
	const __u32 more = peer ? ABI_EXTENSION_OCTETS : 0;
	struct ipv6_header *header = &packet->header;
	struct path path = {.now = packet->now, .side = ABI_SIDE_DIRECT};
	struct departure departure;
	struct tunnel_copy copy;

	path.subject = subject_of_pair(
		path.side, &header->source, &header->destination, &path.subject_number);
	if (!path.subject || !packet->extendable || !direct_load(skb, &path))
		return NOT_HERE;
	struct abi_tunnel *tunnel = path_select(skb, header, &path, &copy);
	if (!tunnel || copy.ifindex == 0)
		return NOT_HERE;
	if (packet->largest + more > copy.mtu) {
		tell_too_large(skb, config.device_header, copy.number, packet, copy.mtu - more);
		return NOT_HERE;
	}
	/* A correspondent may never reply. The mobile node probes the link's router by the tunnel
	 * to the home agent. */
	bool proven = is_proven(link_of(copy.ifindex), packet->now);
	note_sent(tunnel, copy.number, true, packet->now);
	if (!extend_departing(
		    skb, config.device_header, header, peer ? &packet->care_of : NULL, &copy.local))
		return drop_sent(ABI_DROP_KERNEL);
	count_sent(tunnel, copy.ifindex, packet->packets, packet->octets);
	if (peer)
		note_sent_to_peer(peer, packet);
	departure_by_link(&copy, proven, &departure);
	return depart_by(skb, &departure);
}

#endif
