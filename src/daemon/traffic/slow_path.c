/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slow path (slow_path.h): ICMPv6 errors of RFC 4443 3.1 and 3.2 for packets that cannot be
 * tunnelled, and the few packets that a mobile node keeps.
 */
#include "slow_path.h"

#include "../../bpf/encap_between.h"
#include "../../io/base/clock.h"
#include "../../wire/packet_flow.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>

#define TCP_DATA_OFFSET_AT 12 /* RFC 9293 3.1, in the upper half of the octet */
/* The most packets that one pass of the loop reads, so that signalling does not wait. */
#define READ_BATCH 64
#define DEVICE_PACKET_MAX (65536 + 128)

struct inner {
	struct in6_addr source;
	struct in6_addr destination;
	uint8_t next_header;
	struct octets octets;
};

static bool inner_decode(struct octets octets, struct inner *ret)
{
	struct cursor cursor = cursor_over(octets.at, octets.length);

	uint32_t version = cursor_u32(&cursor) >> 28;
	cursor_u16(&cursor);
	ret->next_header = cursor_u8(&cursor);
	cursor_u8(&cursor);
	cursor_address(&cursor, &ret->source);
	cursor_address(&cursor, &ret->destination);
	ret->octets = octets;
	return !cursor.failed && version == 6;
}

/* RFC 4443 2.4 (e): packets that no ICMPv6 error may answer. */
static bool may_answer(const struct inner *inner)
{
	struct packet packet;

	if (IN6_IS_ADDR_UNSPECIFIED(&inner->source) || IN6_IS_ADDR_MULTICAST(&inner->source) ||
		IN6_IS_ADDR_MULTICAST(&inner->destination))
		return false;
	if (packet_decode_quoted(inner->octets.at, inner->octets.length, &packet) != WIRE_OK)
		return inner->next_header != ICMPV6_NEXT_HEADER;
	return packet.next_header != ICMPV6_NEXT_HEADER ||
	       (packet.payload.length > 0 && packet.payload.at[0] >= ICMP6_ECHO_REQUEST);
}

bool slow_path_admits_error(struct slow_path *slow, const struct in6_addr *node)
{
	static const struct bucket_kind for_site = {NANOS_PER_SECOND / SLOW_PATH_ERRORS_SITE,
						NANOS_PER_SECOND / 2},
					for_all = {NANOS_PER_SECOND / SLOW_PATH_ERRORS_ALL,
						NANOS_PER_SECOND / 2};
	struct error_limit *limit = &slow->errors;
	const uint64_t site = keyed_hash(&limit->key, node, RATE_LIMIT_SITE_OCTETS);
	const nanos now = clock_now().mono;

	return bucket_take(&limit->sites[site % SLOW_PATH_ERROR_SITES], &for_site, now) &&
	       bucket_take(&limit->all, &for_all, now);
}

/* The mobile node on this host whose kernel sent the packet. NULL: none. */
static struct mobile_host *sender_of(const struct slow_path *slow, const struct inner *inner)
{
	return mobile_hosts_with_home_address(slow->mobile_hosts, &inner->source);
}

static bool is_home_agent(const struct slow_path *slow)
{
	return slow->basis->config->core.is_home_agent;
}

/* RFC 2473 8.2: the error is from the tunnel entry point. A mobile node's error is for its own
 * kernel. */
static int deliver(struct slow_path *slow, const struct inner *inner, struct octets body)
{
	const struct daemon_basis *basis = slow->basis;
	const struct mobile_host *host = sender_of(slow, inner);
	const struct packet_envelope envelope = {
		.source = host ? *mobile_host_home_address(host)
			       : basis->config->core.home_agent.address,
		.destination = inner->source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	uint8_t packet[IPV6_MTU_MIN];

	if (!host && !is_home_agent(slow))
		return -ENOENT;
	size_t length = packet_build(&envelope, body, packet, sizeof(packet));
	if (length == 0)
		return -EMSGSIZE;
	return host ? device_write(basis->device, packet, length)
		    : sender_add(basis->sender, 0, packet, length);
}

/* `detail`: the MTU of a Packet Too Big, otherwise 0. */
static void answer(struct slow_path *slow, const struct inner *inner, uint8_t type, uint8_t code,
	uint32_t detail)
{
	uint8_t body[IPV6_MTU_MIN - IPV6_HEADER_OCTETS];
	struct builder builder = builder_over(body, sizeof(body));
	size_t quoted = inner->octets.length;

	if (!may_answer(inner) || !slow_path_admits_error(slow, &inner->source)) {
		slow->dropped++;
		return;
	}
	builder_u8(&builder, type);
	builder_u8(&builder, code);
	builder_u16(&builder, 0);
	builder_u32(&builder, detail);
	if (quoted > sizeof(body) - builder_length(&builder))
		quoted = sizeof(body) - builder_length(&builder);
	builder_octets(&builder, inner->octets.at, quoted);
	if (deliver(slow, inner, (struct octets){body, builder_length(&builder)}) == 0)
		slow->errors_sent++;
}

static struct kept_packets *kept_of(struct slow_path *slow, const struct mobile_host *host)
{
	return &slow->kept[host - slow->mobile_hosts->at];
}

static struct kept_packet *kept_first(struct kept_packets *kept)
{
	struct kept_packet *packet = &kept->at[kept->first];

	kept->first = (kept->first + 1) % SLOW_PATH_PACKETS;
	kept->count--;
	return packet;
}

static void keep(struct slow_path *slow, struct kept_packets *kept, const struct inner *inner)
{
	if (!kept->at)
		kept->at = calloc(SLOW_PATH_PACKETS, sizeof(*kept->at));
	if (!kept->at ||
		inner->octets.length > PACKET_OCTETS_MAX - encapsulation_octets(ENCAP_IPV6)) {
		slow->dropped++;
		return;
	}
	if (kept->count == SLOW_PATH_PACKETS) {
		kept_first(kept);
		slow->dropped++;
	}
	struct kept_packet *packet = &kept->at[(kept->first + kept->count++) % SLOW_PATH_PACKETS];
	packet->at = clock_now().mono;
	packet->length = (uint16_t)inner->octets.length;
	memcpy(packet->octets, inner->octets.at, inner->octets.length);
}

/* The octets between the outer header and the packet: their number, their values, their
 * protocol. */
static size_t between_write(
	uint8_t encapsulation, uint32_t inner_octets, uint8_t *ret, uint8_t *ret_next_header)
{
	struct between between = {.octets = {0}};

	switch (encapsulation) {
#define TUNNELLED(NAME, name, next_header, octets_, gso)                                           \
	case ENCAP_##NAME:                                                                         \
		encap_##name(&between, inner_octets);                                              \
		memcpy(ret, between.octets, octets_);                                              \
		*ret_next_header = next_header;                                                    \
		return octets_;
#define BARE(NAME, ...)
#include "../../core/api/encapsulations.def"
	}
	return 0;
}

static int send_tunnelled(struct slow_path *slow, const struct mobile_host *host,
	const struct effect_tunnel *tunnel, const struct kept_packet *packet)
{
	struct packet_envelope envelope = {
		.source = tunnel->local.address,
		.destination = tunnel->remote.address,
		.hop_limit = HOP_LIMIT,
	};
	uint8_t outer[PACKET_OCTETS_MAX], carried[PACKET_OCTETS_MAX];
	size_t at = between_write(
		tunnel->encapsulation, packet->length, carried, &envelope.next_header);

	if (at + packet->length > sizeof(carried))
		return -EMSGSIZE;
	memcpy(carried + at, packet->octets, packet->length);
	const struct octets payload = {carried, at + packet->length};
	size_t length = packet_build(&envelope, payload, outer, sizeof(outer));

	if (length == 0)
		return -EMSGSIZE;
	return outer_packets_send(
		slow->outer, mobile_host_home_address(host), (struct octets){outer, length});
}

static int send_kept(struct slow_path *slow, const struct mobile_host *host,
	const struct effect_tunnel *tunnel, const struct kept_packet *packet)
{
	if (tunnel->encapsulation != ENCAP_HOME_LINK)
		return send_tunnelled(slow, host, tunnel, packet);
	if (tunnel->remote.framed)
		return sender_add_frame(slow->basis->sender, tunnel->local.ifindex,
			tunnel->remote.link_layer, packet->octets, packet->length);
	return sender_add(
		slow->basis->sender, tunnel->local.ifindex, packet->octets, packet->length);
}

/* When the packet came, there was no tunnel yet whose MTU could be checked. */
static void answer_kept(struct slow_path *slow, const struct kept_packet *packet)
{
	struct inner inner;

	if (!inner_decode((struct octets){packet->octets, packet->length}, &inner))
		return;
	uint32_t mtu = dataplane_best_mtu(slow->basis->dataplane, &inner.source);
	if (mtu != 0 && packet->length > mtu)
		answer(slow, &inner, ICMP6_PACKET_TOO_BIG, 0, mtu);
}

void slow_path_release(
	struct slow_path *slow, const struct mobile_host *host, const struct effect_tunnel *tunnel)
{
	struct kept_packets *kept = kept_of(slow, host);
	nanos now = clock_now().mono;

	while (kept->count > 0) {
		const struct kept_packet *packet = kept_first(kept);
		int error = now - packet->at > SLOW_PATH_KEEP
				    ? -ETIME
				    : send_kept(slow, host, tunnel, packet);

		if (error == -EMSGSIZE)
			answer_kept(slow, packet);
		if (error < 0)
			slow->dropped++;
	}
}

/* Octets of this packet, or of its largest segment (GSO: TCP). */
static size_t largest_packet(const struct inner *inner, uint16_t segment)
{
	struct cursor cursor = cursor_over(inner->octets.at, inner->octets.length);

	if (segment == 0)
		return inner->octets.length;
	cursor_octets(&cursor, IPV6_HEADER_OCTETS + TCP_DATA_OFFSET_AT);
	return IPV6_HEADER_OCTETS + 4 * (size_t)(cursor_u8(&cursor) >> 4) + segment;
}

static void release_by_best(struct slow_path *slow, const struct mobile_host *host)
{
	struct effect_tunnel best;

	if (dataplane_best_tunnel(slow->basis->dataplane, mobile_host_home_address(host), &best) ==
		0)
		slow_path_release(slow, host, &best);
}

/* Octets of the largest inner packet of the home address; 0: no tunnel is usable. */
static uint32_t best_mtu(struct slow_path *slow, const struct in6_addr *home_address)
{
	struct dataplane *dataplane = slow->basis->dataplane;

	dataplane_note_path_mtus(
		dataplane, home_address, &in6addr_any, clock_now().mono + PATH_MTU_KEEP);
	return dataplane_best_mtu(dataplane, home_address);
}

/* A rule rejects the packet, or no link of its rule is usable. False: it is for no rule. */
static bool answer_by_rule(struct slow_path *slow, const struct inner *inner, bool from_home)
{
	struct dataplane_departure departure;
	struct flow_key key;

	if (!packet_flow_key(inner->octets.at, inner->octets.length, &key))
		return false;
	if (from_home)
		key = flow_key_reverse(&key);
	if (dataplane_departure(slow->basis->dataplane, &key, 0, clock_now().mono, &departure) <
			0 ||
		departure.rule == TRAFFIC_DEFAULT || departure.verdict == DEPARTURE_TUNNEL ||
		departure.verdict == DEPARTURE_SHARED)
		return false;
	answer(slow, inner, ICMP6_DST_UNREACH,
		departure.verdict == DEPARTURE_REJECTED ? ICMP6_DST_UNREACH_ADMIN
							: ICMP6_DST_UNREACH_NOROUTE,
		0);
	return true;
}

static void take_from_mobile_node(struct slow_path *slow, const struct mobile_host *host,
	const struct inner *inner, uint16_t segment)
{
	struct kept_packets *kept = kept_of(slow, host);
	uint32_t mtu = best_mtu(slow, &inner->source);

	if (mtu != 0 && largest_packet(inner, segment) > mtu)
		answer(slow, inner, ICMP6_PACKET_TOO_BIG, 0, mtu);
	else if (segment == 0)
		keep(slow, kept, inner);
	else
		slow->dropped++;
	/* A tunnel became usable while the packet waited on the device. */
	if (mtu != 0 && kept->count > 0)
		release_by_best(slow, host);
}

static void take_at_home_agent(struct slow_path *slow, const struct inner *inner, uint16_t segment)
{
	uint32_t mtu = best_mtu(slow, &inner->destination);

	if (mtu == 0)
		answer(slow, inner, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, 0);
	else if (largest_packet(inner, segment) > mtu)
		answer(slow, inner, ICMP6_PACKET_TOO_BIG, 0, mtu);
	else
		slow->dropped++;
}

/* Nothing is routed to a correspondent's device; a mobile node's tunnels are for its home address.
 */
static void take(struct slow_path *slow, struct octets octets, uint16_t segment)
{
	struct inner inner;

	if (!inner_decode(octets, &inner) || IN6_IS_ADDR_MULTICAST(&inner.destination) ||
		IN6_IS_ADDR_LINKLOCAL(&inner.destination) ||
		outer_packets_take(slow->outer, octets))
		return;
	const struct mobile_host *host = sender_of(slow, &inner);
	if (answer_by_rule(slow, &inner, host != NULL) ||
		(slow->take_shared && slow->take_shared(slow->shared, octets)))
		return;
	if (host)
		take_from_mobile_node(slow, host, &inner, segment);
	else if (is_home_agent(slow))
		take_at_home_agent(slow, &inner, segment);
	else
		slow->dropped++;
}

int slow_path_read(struct slow_path *slow)
{
	static uint8_t octets[DEVICE_PACKET_MAX];

	for (int i = 0; i < READ_BATCH; i++) {
		uint16_t segment = 0;
		long length = device_read(slow->basis->device, octets, sizeof(octets), &segment);
		if (length <= 0)
			return (int)length;
		take(slow, (struct octets){octets, (size_t)length}, segment);
	}
	return 0;
}

void slow_path_answer(
	struct slow_path *slow, struct octets packet, uint8_t type, uint8_t code, uint32_t detail)
{
	struct inner inner;

	if (inner_decode(packet, &inner))
		answer(slow, &inner, type, code, detail);
}

void slow_path_init(struct slow_path *slow, const struct daemon_basis *basis,
	struct outer_packets *outer, struct mobile_hosts *mobile_hosts)
{
	*slow = (struct slow_path){.basis = basis, .outer = outer, .mobile_hosts = mobile_hosts};
	hash_key_init(&slow->errors.key, &basis->port);
}

void slow_path_fini(struct slow_path *slow)
{
	for (unsigned int i = 0; i < MOBILE_NODES_MAX; i++)
		free(slow->kept[i].at);
	memset(slow->kept, 0, sizeof(slow->kept));
}
