/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slow path (slow_path.h): ICMPv6 errors of RFC 4443 3.1 and 3.2 for what cannot be tunnelled,
 * and the mobile node's few kept packets.
 */
#include "../daemon.h"

#include "../../io/base/clock.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>

#define OUTER_OCTETS IPV6_HEADER_OCTETS
#define TCP_DATA_OFFSET_AT 12 /* RFC 9293 3.1, in the upper half of the octet */
/* One pass of the loop reads so many packets at most, so that signalling is not kept waiting. */
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

/* RFC 4443 2.4 (e): what no ICMPv6 error may answer. */
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

bool slow_path_admits_error(struct daemon *daemon, const struct in6_addr *node)
{
	static const struct bucket_kind for_site = {NANOS_PER_SECOND / SLOW_PATH_ERRORS_SITE,
						NANOS_PER_SECOND / 2},
					for_all = {NANOS_PER_SECOND / SLOW_PATH_ERRORS_ALL,
						NANOS_PER_SECOND / 2};
	struct error_limit *limit = &daemon->slow_path.errors;
	const uint64_t site = keyed_hash(&limit->key, node, RATE_LIMIT_SITE_OCTETS);
	const nanos now = clock_now().mono;

	return bucket_take(&limit->sites[site % SLOW_PATH_ERROR_SITES], &for_site, now) &&
	       bucket_take(&limit->all, &for_all, now);
}

/* RFC 2473 8.2: the error is the tunnel entry point's. */
static struct in6_addr entry_point(const struct daemon *daemon)
{
	return daemon_is_mobile_node(daemon) ? daemon->config->core.mobile_node.home_address
					     : daemon_home_agent(daemon);
}

/* At a mobile node, the sender of a tunnelled packet is its own kernel. */
static int deliver(struct daemon *daemon, const uint8_t *packet, size_t length)
{
	if (daemon_is_mobile_node(daemon))
		return device_write(&daemon->device, packet, length);
	return sender_add(daemon->sender, 0, packet, length);
}

/* `detail`: the MTU of a Packet Too Big, else 0. */
static void answer(struct daemon *daemon, const struct inner *inner, uint8_t type, uint8_t code,
	uint32_t detail)
{
	struct slow_path *slow = &daemon->slow_path;
	uint8_t body[IPV6_MTU_MIN - IPV6_HEADER_OCTETS];
	uint8_t packet[IPV6_MTU_MIN];
	struct builder builder = builder_over(body, sizeof(body));
	size_t quoted = inner->octets.length;

	if (!may_answer(inner) || !slow_path_admits_error(daemon, &inner->source)) {
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
	struct packet_envelope envelope = {
		.source = entry_point(daemon),
		.destination = inner->source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct octets payload = {body, builder_length(&builder)};
	size_t length = packet_build(&envelope, payload, packet, sizeof(packet));
	if (length > 0 && deliver(daemon, packet, length) == 0)
		slow->errors_sent++;
}

static void keep(struct daemon *daemon, const struct inner *inner)
{
	struct slow_path *slow = &daemon->slow_path;

	if (!slow->kept)
		slow->kept = calloc(SLOW_PATH_PACKETS, sizeof(*slow->kept));
	if (!slow->kept || inner->octets.length > PACKET_OCTETS_MAX - OUTER_OCTETS) {
		slow->dropped++;
		return;
	}
	if (slow->count == SLOW_PATH_PACKETS) {
		slow->first = (slow->first + 1) % SLOW_PATH_PACKETS;
		slow->count--;
		slow->dropped++;
	}
	struct kept_packet *packet = &slow->kept[(slow->first + slow->count++) % SLOW_PATH_PACKETS];
	packet->at = clock_now().mono;
	packet->length = (uint16_t)inner->octets.length;
	memcpy(packet->octets, inner->octets.at, inner->octets.length);
}

static int send_tunnelled(
	struct daemon *daemon, const struct effect_tunnel *tunnel, const struct kept_packet *packet)
{
	const struct packet_envelope envelope = {
		.source = tunnel->local,
		.destination = tunnel->remote,
		.next_header = IPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	const struct octets payload = {packet->octets, packet->length};
	uint8_t outer[PACKET_OCTETS_MAX];
	size_t length = packet_build(&envelope, payload, outer, sizeof(outer));

	if (length == 0)
		return -EMSGSIZE;
	return outer_packets_send(daemon, &tunnel->home_address, (struct octets){outer, length});
}

static int send_kept(
	struct daemon *daemon, const struct effect_tunnel *tunnel, const struct kept_packet *packet)
{
	if (tunnel->kind != TUNNEL_HOME_LINK)
		return send_tunnelled(daemon, tunnel, packet);
	if (tunnel->framed)
		return sender_add_frame(daemon->sender, tunnel->ifindex, tunnel->link_layer,
			packet->octets, packet->length);
	return sender_add(daemon->sender, tunnel->ifindex, packet->octets, packet->length);
}

static const struct in6_addr *home_address_of(
	const struct daemon *daemon, const struct inner *inner)
{
	return daemon_is_mobile_node(daemon) ? &inner->source : &inner->destination;
}

/* There was no tunnel yet whose MTU could have been checked when the packet came. */
static void answer_kept(struct daemon *daemon, const struct kept_packet *packet)
{
	struct inner inner;

	if (!inner_decode((struct octets){packet->octets, packet->length}, &inner))
		return;
	uint32_t mtu = dataplane_best_mtu(daemon->dataplane, home_address_of(daemon, &inner));
	if (mtu != 0 && packet->length > mtu)
		answer(daemon, &inner, ICMP6_PACKET_TOO_BIG, 0, mtu);
}

void slow_path_release(struct daemon *daemon, const struct effect_tunnel *tunnel)
{
	struct slow_path *slow = &daemon->slow_path;
	nanos now = clock_now().mono;

	for (; slow->count > 0; slow->count--) {
		const struct kept_packet *packet = &slow->kept[slow->first];

		slow->first = (slow->first + 1) % SLOW_PATH_PACKETS;
		int error = now - packet->at > SLOW_PATH_KEEP ? -ETIME
							      : send_kept(daemon, tunnel, packet);
		if (error == -EMSGSIZE)
			answer_kept(daemon, packet);
		if (error < 0)
			slow->dropped++;
	}
}

/* Octets of the largest packet that this one is, or is to be cut into (GSO: TCP). */
static size_t largest_packet(const struct inner *inner, uint16_t segment)
{
	struct cursor cursor = cursor_over(inner->octets.at, inner->octets.length);

	if (segment == 0)
		return inner->octets.length;
	cursor_octets(&cursor, IPV6_HEADER_OCTETS + TCP_DATA_OFFSET_AT);
	return IPV6_HEADER_OCTETS + 4 * (size_t)(cursor_u8(&cursor) >> 4) + segment;
}

static void release_by_best(struct daemon *daemon)
{
	const struct effect_tunnel *best = NULL;

	for (unsigned int i = 0; i < daemon->links_count; i++) {
		const struct watched_link *link = &daemon->links[i];
		if (link->has_tunnel && link->tunnel.usable &&
			(!best || link->tunnel.priority < best->priority))
			best = &link->tunnel;
	}
	if (best)
		slow_path_release(daemon, best);
}

static void take(struct daemon *daemon, struct octets octets, uint16_t segment)
{
	struct inner inner;

	if (!inner_decode(octets, &inner) || IN6_IS_ADDR_MULTICAST(&inner.destination) ||
		IN6_IS_ADDR_LINKLOCAL(&inner.destination) || outer_packets_take(daemon, octets))
		return;
	/* Nothing is routed to a correspondent's device. */
	if (daemon->config->core.role == ROLE_CORRESPONDENT) {
		daemon->slow_path.dropped++;
		return;
	}
	/* Nobody but the home address is tunnelled for. */
	if (daemon_is_mobile_node(daemon) &&
		!IN6_ARE_ADDR_EQUAL(
			&inner.source, &daemon->config->core.mobile_node.home_address)) {
		daemon->slow_path.dropped++;
		return;
	}
	uint32_t mtu = dataplane_best_mtu(daemon->dataplane, home_address_of(daemon, &inner));
	dataplane_note_path_mtus(daemon->dataplane, home_address_of(daemon, &inner), &in6addr_any,
		clock_now().mono + PATH_MTU_KEEP);
	if (mtu != 0 && largest_packet(&inner, segment) > mtu)
		answer(daemon, &inner, ICMP6_PACKET_TOO_BIG, 0, mtu);
	else if (mtu == 0 && !daemon_is_mobile_node(daemon))
		answer(daemon, &inner, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, 0);
	else if (segment == 0 && daemon_is_mobile_node(daemon))
		keep(daemon, &inner);
	else
		daemon->slow_path.dropped++;
	/* A tunnel became usable while the packet waited on the device. */
	if (mtu != 0 && daemon->slow_path.count > 0)
		release_by_best(daemon);
}

int slow_path_read(struct daemon *daemon)
{
	static uint8_t octets[DEVICE_PACKET_MAX];

	for (int i = 0; i < READ_BATCH; i++) {
		uint16_t segment = 0;
		long length = device_read(&daemon->device, octets, sizeof(octets), &segment);
		if (length <= 0)
			return (int)length;
		take(daemon, (struct octets){octets, (size_t)length}, segment);
	}
	return 0;
}

void slow_path_answer(
	struct daemon *daemon, struct octets packet, uint8_t type, uint8_t code, uint32_t detail)
{
	struct inner inner;

	if (inner_decode(packet, &inner))
		answer(daemon, &inner, type, code, detail);
}

void slow_path_init(struct daemon *daemon)
{
	hash_key_init(&daemon->slow_path.errors.key, &daemon->port);
}

void slow_path_fini(struct slow_path *slow)
{
	free(slow->kept);
	slow->kept = NULL;
	slow->count = 0;
}
