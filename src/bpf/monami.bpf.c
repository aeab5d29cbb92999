/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The data plane: IPv6 in IPv6 (RFC 2473) between home agent and mobile node, RFC 6275 10.4.2,
 * 10.4.5 and 11.3; route-optimized between mobile node and correspondent, RFC 6275 9.3 and 11.3,
 * RFC 5648 6.5. One set of programs serves all roles of the host (state.h). Six programs for tc:
 *
 * * monami_classify: egress of monami0, while any subject has rules. Finds the rule of a packet,
 *   and its path to a correspondent (classify.h, rule_path.h).
 * * monami_encapsulate: egress of monami0. Prefix (prefix.h) -> subject (subject.h) -> one tunnel
 *   of its set (path_select.h, tunnel.h) -> encapsulation (encap.h; home_link.h, none; extension.h,
 *   a Home Address option to a correspondent, a type 2 routing header from the home agent itself)
 *   -> the link.
 * * monami_correspond: egress of a correspondent's links. Packets to a mobile node that has
 *   bindings here get a type 2 routing header. Also does what monami_guard does.
 * * monami_guard: egress of a mobile node's links. Discards packets from the home address, also if
 *   a rule or route that leads them to monami0 is gone (ADR 29).
 * * monami_receive: ingress of every link. Signalling, and packets of rules that share links
 *   (shared.h), go to the daemon. Tunnelled data, and data with a type 2 routing header, go to
 *   monami0 without these headers. Data with a Home Address option goes on as from there. The
 *   daemon gets a copy of Neighbour Discovery.
 * * monami_silence: replaces monami_receive after a correspondent's clean stop. Discards Mobility
 *   Headers until the last binding has ended.
 *
 * Packets that need a decision go to the daemon: from the egress by the TUN device, from the
 * ingress by the ring buffer. The programs have no protocol states.
 */
#include "bound_probe.h"
#include "classify.h"
#include "congestion.h"
#include "correspondent.h"
#include "decap.h"
#include "decap_inner.h"
#include "drop.h"
#include "encap.h"
#include "ends.h"
#include "ext_headers.h"
#include "fragment.h"
#include "home_link.h"
#include "icmpv6.h"
#include "metrics.h"
#include "path_select.h"
#include "punt.h"
#include "rh2_input.h"
#include "ro_output.h"
#include "rule_path.h"
#include "shared.h"
#include "silence.h"
#include "state.h"
#include "subject.h"
#include "traffic_estimate.h"
#include "tunnel.h"
#include "unbound.h"

char _license[] SEC("license") = "Dual BSD/GPL";

/* ---- egress of monami0 ---- */

/* Packets without a tunnel that cause no ICMPv6 error either. */
static __always_inline bool is_local(const struct abi_address *destination)
{
	return destination->octets[0] == 0xff ||
	       (destination->octets[0] == 0xfe && (destination->octets[1] & 0xc0) == 0x80);
}

#define GSO_EXTENSIONS_MAX 2

/* Offset of the transport header of a GSO packet: behind the header of another tunnel, and
 * extension headers that another node or route optimization has inserted. */
static __always_inline __u32 transport_at(
	struct __sk_buff *skb, const struct ipv6_header *inner, __u8 *ret_protocol)
{
	__u32 offset = sizeof(*inner);
	struct extension extension;

	*ret_protocol = inner->next_header;
	/* a packet of a tunnel that leads through this one */
	if (*ret_protocol == NEXT_HEADER_IPV6 &&
		packet_load(skb, offset + __builtin_offsetof(struct ipv6_header, next_header),
			ret_protocol, sizeof(*ret_protocol)))
		offset += sizeof(*inner);
#pragma unroll
	for (int i = 0; i < GSO_EXTENSIONS_MAX; i++) {
		if (*ret_protocol != NEXT_HEADER_DESTINATION &&
			*ret_protocol != NEXT_HEADER_ROUTING)
			break;
		if (!packet_load(skb, offset, &extension, sizeof(extension)))
			break;
		*ret_protocol = extension.next_header;
		offset += (extension.length + 1) * 8;
	}
	return offset;
}

/* Octets of this packet, or of its largest GSO segment, on the wire; 0: not known. */
static __always_inline __u32 largest_octets(
	struct __sk_buff *skb, const struct ipv6_header *inner, __u32 octets)
{
	__u8 data_offset, protocol;

	if (skb->gso_size == 0)
		return octets;
	__u32 offset = transport_at(skb, inner, &protocol);
	if (protocol == NEXT_HEADER_UDP)
		return offset + 8 + skb->gso_size;
	if (protocol != NEXT_HEADER_TCP ||
		!packet_load(skb, offset + 12, &data_offset, sizeof(data_offset)))
		return 0;
	return offset + (data_offset >> 4) * 4 + skb->gso_size;
}

/* RFC 2473 7.1: the route's link has a smaller MTU than the tunnel. */
static __always_inline void note_mtu_of_route(
	struct abi_tunnel *tunnel, const struct departure *departure, __u32 added)
{
	const __u32 mtu = departure->mtu > MTU_MIN ? departure->mtu : MTU_MIN;

	tunnel->mtu = mtu - added;
}

/* `peer`: the tunnel to the destination, if that is a mobile node with bindings here; or NULL. */
static __always_inline bool extend_to_peer(
	struct __sk_buff *skb, struct outgoing *packet, struct abi_tunnel *peer)
{
	if (!peer)
		return true;
	note_sent_to_peer(peer, packet);
	packet->octets += ABI_EXTENSION_OCTETS;
	return extend(skb, config.device_header, &packet->header, &packet->care_of, NULL);
}

/*
 * RFC 6275 9.3.2: a home agent is a correspondent of its mobile nodes, and sends its own packets to
 * them with a type 2 routing header. It tunnels the packets that it forwards (10.4.2), its ICMPv6
 * errors, most of which answer packets that came out of the tunnel, and packets of its own that
 * would exceed 1280 octets, since path MTUs are learnt for tunnels only (ADR 37).
 */
static __always_inline bool is_own_packet(struct __sk_buff *skb, const struct outgoing *packet)
{
	const struct ipv6_header *header = &packet->header;
	__u8 type;

	if (!is_own_home_agent(&header->source) || packet->largest + ABI_EXTENSION_OCTETS > MTU_MIN)
		return false;
	if (header->next_header == NEXT_HEADER_ICMPV6 &&
		(!packet_load(skb, sizeof(*header), &type, sizeof(type)) ||
			type <= ICMPV6_ERROR_LAST))
		return false;
	return packet->extendable;
}

/* Adds an outer header, or to a packet of the home agent itself a type 2 routing header; then the
 * link header, unless the daemon is to fragment the packet. */
static __always_inline bool depart_prepare(struct __sk_buff *skb, struct outgoing *packet,
	const struct tunnel_copy *copy, struct abi_tunnel *peer, bool fragment)
{
	if (!fragment && is_own_packet(skb, packet))
		return extend_departing(
			skb, config.device_header, &packet->header, &copy->remote, NULL);
	return extend_to_peer(skb, packet, peer) &&
	       encapsulate(skb, &packet->header, copy, packet->octets) &&
	       (fragment || encap_add_link_header(skb));
}

/*
 * RFC 2473 7.1: an inner packet of up to 1280 octets that exceeds the tunnel's MTU leaves in
 * fragments. The program adds the outer header and lets the packet go on to the TUN device, where
 * the daemon reads and fragments it. The kernel segments GSO packets before the daemon reads them.
 */
static __always_inline int depart(struct __sk_buff *skb, struct outgoing *packet,
	struct abi_tunnel *tunnel, const struct tunnel_copy *copy, struct abi_tunnel *peer,
	enum abi_side side)
{
	const __u32 largest = packet->largest + (peer ? ABI_EXTENSION_OCTETS : 0);
	const __u32 added = encap_octets(copy->encapsulation);
	bool proven = copy->ifindex != 0 && is_proven(link_of(copy->ifindex), packet->now);
	bool fragment = largest > copy->mtu;
	struct departure departure;

	note_sent(tunnel, copy->number, side == ABI_SIDE_MOBILE_NODE, packet->now);
	if (copy->encapsulation == ABI_ENCAP_HOME_LINK) {
		if (!extend_to_peer(skb, packet, peer) || !home_link_prepare(skb, copy))
			return drop_sent(ABI_DROP_KERNEL);
		count_sent(tunnel, copy->ifindex, packet->packets, packet->octets);
		return depart_by_home_link(skb, copy);
	}
	long result = departure_of(
		skb, copy, fragment ? MTU_MIN : largest + added, proven, packet->now, &departure);
	if (result == BPF_FIB_LKUP_RET_FRAG_NEEDED) {
		note_mtu_of_route(tunnel, &departure, added);
		if (largest > MTU_MIN)
			return TC_ACT_OK;
		fragment = true;
	} else if (result != BPF_FIB_LKUP_RET_SUCCESS) {
		return drop_sent(ABI_DROP_NO_ROUTE);
	}
	if (!depart_prepare(skb, packet, copy, peer, fragment))
		return drop_sent(ABI_DROP_KERNEL);
	count_sent(tunnel, departure.ifindex, packet->packets, packet->octets);
	return fragment ? TC_ACT_OK : depart_by(skb, &departure);
}

/* Sends the packet by a tunnel between home agent and mobile node, or by the home link. */
static __always_inline int depart_by_home(
	struct __sk_buff *skb, struct outgoing *packet, struct path *path, struct abi_tunnel *peer)
{
	const bool mobile = path->side == ABI_SIDE_MOBILE_NODE;
	struct tunnel_copy copy;

	path->now = packet->now;
	const __u32 traffic = traffic_place(path, classified(skb, ABI_CB_TRAFFIC));
	path->keep_flows = false;
	if (config.keep_flows)
		path->keep_flows = traffic == path->subject_number;
	if (!path_load(path, traffic))
		return TC_ACT_OK;
	if (read_u8(&path->traffic->mode) == ABI_TRAFFIC_DISCARD)
		return drop_sent(ABI_DROP_RULE);
	struct abi_tunnel *tunnel = path_select(skb, &packet->header, path, &copy);
	if (!tunnel)
		return TC_ACT_OK;
	if (mobile && (state.roles & ABI_ROLE_ROUTE_OPTIMIZATION) &&
		copy.encapsulation != ABI_ENCAP_HOME_LINK)
		traffic_estimate_sent(packet, path->subject_number);
	if (packet->largest > copy.mtu &&
		(packet->largest > MTU_MIN || copy.encapsulation == ABI_ENCAP_HOME_LINK))
		return TC_ACT_OK;
	if (packet->largest + ABI_EXTENSION_OCTETS > copy.mtu)
		peer = NULL;
	return depart(skb, packet, tunnel, &copy, peer, path->side);
}

/* False: none of the programs handles the packet. */
static __always_inline bool outgoing_load(
	struct __sk_buff *skb, __u32 link_header, struct outgoing *ret)
{
	ret->octets = skb->len - link_header;
	ret->largest = largest_octets(skb, &ret->header, ret->octets);
	ret->packets = packet_count(skb);
	ret->now = bpf_ktime_get_boot_ns();
	return ret->largest != 0 && ret->octets <= ENCAP_OCTETS_MAX;
}

/* Whether the packet may get an extension header in place of an outer header. */
static __always_inline bool may_leave_directly(const struct ipv6_header *header)
{
	return (state.roles & (ABI_ROLE_ROUTE_OPTIMIZATION | ABI_ROLE_CORRESPONDENT)) ||
	       is_own_home_agent(&header->source);
}

SEC("tc")
int monami_encapsulate(struct __sk_buff *skb)
{
	struct path path = {.side = ABI_SIDE_HOME_AGENT};
	struct abi_tunnel *peer = NULL;
	struct outgoing packet;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) ||
		!packet_load_header(skb, 0, &packet.header))
		return TC_ACT_OK;
	if (is_local(&packet.header.destination))
		return TC_ACT_SHOT;
	/* Before the verifier distinguishes cases, so that it follows the walk through the headers
	 * only once. */
	packet.extendable =
		may_leave_directly(&packet.header) && may_be_extended(skb, &packet.header);
	if (state.roles & ABI_ROLE_HOME_AGENT) {
		path.subject =
			subject_of(path.side, &packet.header.destination, &path.subject_number);
		/* RFC 6275 10.4.2: from any interface. */
		if ((path.subject || !(state.roles & ABI_ROLE_MOBILE_NODE)) &&
			type_of_link_scope(skb, &packet.header))
			return drop_sent(ABI_DROP_LINK_SCOPE);
	}
	if (!outgoing_load(skb, config.device_header, &packet))
		return TC_ACT_OK;
	if (!path.subject && (state.roles & ABI_ROLE_MOBILE_NODE)) {
		if (state.roles & ABI_ROLE_CORRESPONDENT)
			peer = peer_of(skb, &packet);
		if (state.roles & ABI_ROLE_ROUTE_OPTIMIZATION) {
			int verdict = ro_output(skb, &packet, peer);
			if (verdict != NOT_HERE)
				return verdict;
		}
		path.side = ABI_SIDE_MOBILE_NODE;
		path.subject = subject_of(path.side, &packet.header.source, &path.subject_number);
	}
	return path.subject ? depart_by_home(skb, &packet, &path, peer) : TC_ACT_OK;
}

/* Before monami_encapsulate: an own program, since the verifier could not do both at once (ADR 26).
 * It is there only while some subject has rules. */
SEC("tc")
int monami_classify(struct __sk_buff *skb)
{
	struct abi_subject *subject = NULL, *peer = NULL;
	bool from_home = false;
	struct ipv6_header header;
	__u32 number, peer_number;

	skb->cb[ABI_CB_MARKED] = 0;
	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) || !packet_load_header(skb, 0, &header))
		return TC_ACT_UNSPEC;
	if (state.roles & ABI_ROLE_HOME_AGENT)
		subject = subject_of(ABI_SIDE_HOME_AGENT, &header.destination, &number);
	if (!subject) {
		from_home = true;
		subject = subject_of(ABI_SIDE_MOBILE_NODE, &header.source, &number);
		if (state.roles & ABI_ROLE_CORRESPONDENT)
			peer = subject_of_pair(ABI_SIDE_CORRESPONDENT, &header.destination,
				&header.source, &peer_number);
	}
	const __u32 set = subject ? read_u32(&subject->rules) : ABI_NO_RULES;
	const __u32 peer_set = peer ? read_u32(&peer->rules) : ABI_NO_RULES;
	if (set == ABI_NO_RULES && peer_set == ABI_NO_RULES)
		return TC_ACT_UNSPEC;
	const struct class_packet *packet = class_packet_load(skb, &header);
	if (!packet)
		return TC_ACT_UNSPEC;
	skb->cb[ABI_CB_TRAFFIC] = traffic_of(packet, from_home, set);
	skb->cb[ABI_CB_DIRECT] = ABI_NO_TUNNEL;
	if (from_home)
		skb->cb[ABI_CB_DIRECT] = rule_path(skb, &header, number, skb->cb[ABI_CB_TRAFFIC]);
	skb->cb[ABI_CB_PEER] = traffic_of(packet, false, peer_set);
	skb->cb[ABI_CB_MARKED] = ABI_CB_MARK;
	return TC_ACT_UNSPEC;
}

/* ---- egress of a mobile node's links ---- */

/* A packet from a mobile node outside of every tunnel: tunnelled packets have a care-of address as
 * their source here. */
static __always_inline bool is_bare(const struct ipv6_header *header, __u32 ifindex)
{
	__u32 number;

	if (!(state.roles & ABI_ROLE_MOBILE_NODE))
		return false;
	if (!(state.home_bits & ABI_HOME_BIT(&header->source)) && !state.has_prefixes)
		return false;
	const struct abi_subject *subject =
		subject_of(ABI_SIDE_MOBILE_NODE, &header->source, &number);
	return subject && !is_home_link(&subject->home_address, ifindex);
}

static __always_inline int drop_bare(__u32 ifindex)
{
	struct abi_link *link = link_of(ifindex);

	if (link)
		count(&link->dropped_packets, 1);
	return drop_sent(ABI_DROP_BARE);
}

SEC("tc")
int monami_guard(struct __sk_buff *skb)
{
	struct ipv6_header header;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) || !packet_load_header(skb, 0, &header) ||
		!is_bare(&header, skb->ifindex))
		return TC_ACT_OK;
	return drop_bare(skb->ifindex);
}

/* ---- egress of a correspondent's links ---- */

SEC("tc")
int monami_correspond(struct __sk_buff *skb)
{
	struct path path = {.side = ABI_SIDE_CORRESPONDENT};
	struct tunnel_copy copy;
	struct outgoing packet;
	const struct ipv6_header *header = &packet.header;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) ||
		!packet_load_header(skb, 0, &packet.header))
		return TC_ACT_OK;
	if (is_bare(header, packet_ifindex(skb)))
		return drop_bare(packet_ifindex(skb));
	path.subject = subject_of_pair(
		path.side, &header->destination, &header->source, &path.subject_number);
	if (!path.subject)
		return TC_ACT_OK;
	const struct abi_link *link = link_of(packet_ifindex(skb));
	const __u32 rule = rule_to_peer(skb, header, path.subject);
	if (!link || !outgoing_load(skb, link->header_octets, &packet) ||
		!may_be_extended(skb, header) || !path_load(&path, traffic_place(&path, rule)))
		return TC_ACT_OK;
	path.now = packet.now;
	path.keep_flows = keeps_flows(&path);
	struct abi_tunnel *tunnel = path_select(skb, header, &path, &copy);
	return tunnel ? correspondent_output(skb, link, &packet, tunnel, &copy) : TC_ACT_OK;
}

/* ---- ingress of the links ---- */

/* A tunnel that a packet came by. */
struct inbound {
	struct abi_tunnel *tunnel;
	__u32 number;
	bool mobile; /* the subject is a mobile node on this host */
};

/* The mobile node has a binding, and the outer packet came by one of its tunnels (RFC 6275 10.4.5:
 * the home agent discards packets whose source is not a registered care-of address). */
static __always_inline bool inbound_find(const struct ipv6_header *outer,
	const struct ipv6_header *inner, __u8 encapsulation, const struct ends *ends, __u64 now,
	struct inbound *ret, enum abi_drop *ret_reason)
{
	struct abi_subject *subject = NULL;
	__u32 number;

	if (ends->from_home_agent)
		subject = subject_of(ABI_SIDE_MOBILE_NODE, &inner->destination, &number);
	ret->mobile = subject != NULL;
	if (!subject && ends->to_home_agent)
		subject = subject_of(ABI_SIDE_HOME_AGENT, &inner->source, &number);
	*ret_reason = ABI_DROP_UNKNOWN_HOME_ADDRESS;
	if (!subject)
		return false;
	*ret_reason = ABI_DROP_WRONG_CARE_OF_ADDRESS;
	ret->tunnel = tunnel_accepting(subject, number, outer, &ret->number);
	if (!ret->tunnel || read_u8(&ret->tunnel->encapsulation) != encapsulation)
		return false;
	*ret_reason = ABI_DROP_EXPIRED;
	return read_u64(&ret->tunnel->expires) > now;
}

static __always_inline bool decapsulate_write(struct __sk_buff *skb, const struct abi_link *link,
	struct ipv6_header *inner, __u32 congestion, __u32 option_octets)
{
	bool marked = congestion != congestion_of(inner);

	if (option_octets == 0)
		return !marked || congestion_write(skb, link->header_octets, inner, congestion);
	if (marked)
		inner->version_class_label = congestion_word(inner, congestion);
	return unextend(skb, link->header_octets, inner, option_octets);
}

static __always_inline int drop_tunnelled(struct __sk_buff *skb, const struct ipv6_header *outer,
	const struct ipv6_header *inner, const struct ends *ends, enum abi_drop reason)
{
	if (ends->to_home_agent)
		tell_unbound(&outer->source, &inner->source);
	return drop_received(skb, reason);
}

static __always_inline int decapsulate(struct __sk_buff *skb, const struct ipv6_header *outer,
	const struct carried *carried, const struct ends *ends)
{
	const __u32 outer_octets = carried->offset;
	__u64 packets = packet_count(skb);
	__u64 now = bpf_ktime_get_boot_ns();
	__u32 option_octets = 0;
	struct ipv6_header inner;
	struct inbound inbound;
	enum abi_drop reason;
	__u32 congestion;

	if (!packet_load_header(skb, outer_octets, &inner))
		return drop_received(skb, ABI_DROP_MALFORMED);
	if (!inbound_find(outer, &inner, carried->encapsulation, ends, now, &inbound, &reason))
		return drop_tunnelled(skb, outer, &inner, ends, reason);
	struct abi_link *link = link_of(packet_ifindex(skb));
	if (!link)
		return drop_received(skb, ABI_DROP_KERNEL);
	if (!congestion_combine(congestion_of(&inner), congestion_of(outer), &congestion))
		return drop_received(skb, ABI_DROP_CONGESTION);
	note_received(inbound.tunnel, inbound.number, inbound.mobile, now);
	if (inbound.mobile &&
		(state.roles & (ABI_ROLE_ROUTE_OPTIMIZATION | ABI_ROLE_CORRESPONDENT))) {
		enum inner_kind kind = decap_inner(skb, outer_octets, now, &inner, &option_octets);
		if (kind != INNER_DATA)
			return decap_inner_take(skb, outer, outer_octets, &inner, kind);
	}
	if (!strip(skb, outer_octets) ||
		!decapsulate_write(skb, link, &inner, congestion, option_octets))
		return drop_received(skb, ABI_DROP_KERNEL);
	const __u32 octets = skb->len - link->header_octets;
	count_received(inbound.tunnel, link, packets, octets);
	if (inbound.mobile && (state.roles & ABI_ROLE_ROUTE_OPTIMIZATION))
		traffic_estimate_received(
			read_u32(&inbound.tunnel->subject), &inner.source, packets, octets, now);
	return bpf_redirect(config.device, BPF_F_INGRESS);
}

static __always_inline int receive_fragment(
	struct __sk_buff *skb, const struct ipv6_header *header, const struct ends *ends)
{
	const __u32 at = sizeof(*header) + sizeof(struct fragment_header);
	const __u64 now = bpf_ktime_get_boot_ns();
	struct fragment_header fragment;
	struct carried carried;
	struct ipv6_header inner;
	struct inbound unused;
	enum abi_drop reason;

	if (!packet_load(skb, sizeof(*header), &fragment, sizeof(fragment)))
		return drop_received(skb, ABI_DROP_MALFORMED);
	if (bpf_ntohs(fragment.offset) & FRAGMENT_OFFSET_MASK) {
		if (!may_be_fragment(&header->source, now))
			return drop_received(skb, ABI_DROP_FLOOD);
		return fragment_take(skb, header);
	}
	/* RFC 7112 5: the first fragment contains all headers, up to the inner IPv6 header. */
	if (!decap_find(skb, fragment.next_header, at, skb->len, &carried) ||
		!packet_load_header(skb, carried.offset, &inner))
		return drop_received(skb, ABI_DROP_MALFORMED);
	if (!inbound_find(header, &inner, carried.encapsulation, ends, now, &unused, &reason))
		return drop_tunnelled(skb, header, &inner, ends, reason);
	note_fragmenter(&header->source, now);
	return fragment_take(skb, header);
}

/* The daemon gets what comes by a tunnel, in whatever order. */
static __always_inline int receive_shared(struct __sk_buff *skb, const struct ipv6_header *header,
	__u32 offset, const struct ends *ends)
{
	const __u64 now = bpf_ktime_get_boot_ns();
	struct ipv6_header inner;
	struct inbound inbound;
	enum abi_drop reason;

	if (!shared_inner(skb, offset, &inner))
		return TC_ACT_OK;
	if (!inbound_find(header, &inner, ABI_ENCAP_IPV6, ends, now, &inbound, &reason))
		return drop_tunnelled(skb, header, &inner, ends, reason);
	struct abi_link *link = link_of(packet_ifindex(skb));
	if (!link)
		return drop_received(skb, ABI_DROP_KERNEL);
	note_received(inbound.tunnel, inbound.number, inbound.mobile, now);
	count_received(inbound.tunnel, link, 1, skb->len - link->header_octets);
	if (!punt_packet_to(&shared, skb, ABI_EVENT_SHARED, inbound.number, header, &reason))
		return drop_received(skb, reason);
	return TC_ACT_SHOT;
}

/* A fragment of a packet that the program would take if it were whole. */
static __always_inline bool hides_ours(const struct ext_headers *ext_headers)
{
	return ext_headers->home_address_option || ext_headers->type_2_routing ||
	       ext_headers->protocol == NEXT_HEADER_MOBILITY || may_carry(ext_headers->protocol) ||
	       ext_headers->protocol == NEXT_HEADER_DESTINATION ||
	       ext_headers->protocol == NEXT_HEADER_ROUTING;
}

static __always_inline bool is_signalling(const struct ext_headers *ext_headers)
{
	return ext_headers->home_address_option || ext_headers->type_2_routing ||
	       ext_headers->protocol == NEXT_HEADER_MOBILITY;
}

/* RFC 6275 5.2, 11.6: a message of a correspondent, or to one. On the home link it comes to the
 * home address outside of every tunnel. */
static __always_inline bool is_from_peer(
	const struct ipv6_header *header, const struct ext_headers *ext_headers)
{
	return ext_headers->protocol == NEXT_HEADER_MOBILITY && !ext_headers->fragment &&
	       (is_local_address(&header->destination) ||
		       is_own_home_address(&header->destination));
}

/* False: the packet goes on to the kernel, whatever extension headers it has. */
static __always_inline bool may_concern(const struct ipv6_header *header, const struct ends *ends)
{
	if (ends_are_ours(ends) || (state.roles & ABI_ROLE_MOBILE_NODE))
		return true;
	if ((state.roles & ABI_ROLE_HOME_AGENT) &&
		(header->next_header == NEXT_HEADER_ICMPV6 ||
			header->next_header == NEXT_HEADER_HOP_BY_HOP))
		return true;
	return (state.roles & ABI_ROLE_CORRESPONDENT) &&
	       may_concern_correspondent(header->next_header) &&
	       is_local_address(&header->destination);
}

SEC("tc")
int monami_receive(struct __sk_buff *skb)
{
	struct ipv6_header header;
	struct carried carried;
	bool option = false;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) || !packet_load_header(skb, 0, &header))
		return TC_ACT_OK;
	const struct ends ends = ends_of(&header);
	if ((state.roles & ABI_ROLE_CORRESPONDENT) &&
		header.next_header == NEXT_HEADER_DESTINATION && !ends.to_home_agent) {
		int verdict = receive_bound(skb, &header);
		if (verdict != NOT_HERE)
			return verdict;
	}
	if (is_for_proxied(skb, &header))
		return proxied_take(skb, &header);
	if (!may_concern(&header, &ends))
		return TC_ACT_OK;
	struct ext_headers ext_headers = ext_headers_walk(skb, 0, &header);
	if ((state.roles & ABI_ROLE_MOBILE_NODE) &&
		is_rh2_data(skb, &ext_headers, ends.from_home_agent))
		return rh2_input(skb, &header, &ext_headers, ends.from_home_agent);
	if (ends.to_home_agent && is_option_to_home_agent(skb, &ext_headers)) {
		int verdict = answer_bound_probe(skb, &header);
		if (verdict != NOT_HERE)
			return verdict;
		option = true;
	} else if (!ends.to_home_agent && (state.roles & ABI_ROLE_CORRESPONDENT)) {
		option = is_option_to_correspondent(&header, &ext_headers);
	}
	if (option)
		return receive_option(skb, &header, &ext_headers);
	bool ours = ends_are_ours(&ends);
	/* RFC 6275 6.4, 8.2: a mobile node takes it from any host, a correspondent has no home
	 * address. */
	if (ext_headers.type_2_routing && (state.roles & ABI_ROLE_MOBILE_NODE))
		ours = true;
	else if (ext_headers.type_2_routing && !ours && (state.roles & ABI_ROLE_CORRESPONDENT) &&
		 is_local_address(&header.destination))
		return drop_received(skb, ABI_DROP_WRONG_ROUTING_HEADER);
	if ((state.roles & (ABI_ROLE_ROUTE_OPTIMIZATION | ABI_ROLE_CORRESPONDENT)) && !ours)
		ours = is_from_peer(&header, &ext_headers);
	if (ext_headers.protocol == NEXT_HEADER_ICMPV6 && !ext_headers.fragment &&
		!is_signalling(&ext_headers))
		return icmpv6_receive(skb, &header, ext_headers.offset, &ends);
	if (!ours)
		return TC_ACT_OK;
	if (ext_headers.cut_short)
		return drop_received(skb, ABI_DROP_MALFORMED);
	if (is_tunnelled_fragment(&header, &ext_headers))
		return receive_fragment(skb, &header, &ends);
	if (ext_headers.fragment)
		return hides_ours(&ext_headers) ? drop_received(skb, ABI_DROP_FRAGMENT) : TC_ACT_OK;
	if (ends.from_home_agent && ext_headers.type_2_routing)
		note_bound_answer(skb, &ext_headers);
	if (is_signalling(&ext_headers))
		return punt_signalling(skb, &header, &header.source, is_test(skb, &ext_headers));
	if (decap_find(skb, ext_headers.protocol, ext_headers.offset,
		    sizeof(header) + bpf_ntohs(header.payload_length), &carried))
		return decapsulate(skb, &header, &carried, &ends);
	if (ext_headers.protocol == NEXT_HEADER_GRE)
		return receive_shared(skb, &header, ext_headers.offset, &ends);
	return TC_ACT_OK;
}

SEC("tc")
int monami_silence(struct __sk_buff *skb)
{
	struct ipv6_header header;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV6) || !packet_load_header(skb, 0, &header))
		return TC_ACT_OK;
	return keep_silent(skb, &header);
}
