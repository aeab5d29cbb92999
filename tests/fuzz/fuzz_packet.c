/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any octets as an IPv6 packet. What decodes must be built again from its parts, and decode to the
 * same; the packet so built has the right checksum, so that the fuzzer comes past it.
 */
#include "fuzz.h"

#include "../../src/wire/icmpv6.h"

#include <string.h>

static struct message message;
static struct icmpv6 icmpv6;

static bool same(struct in6_addr a, struct in6_addr b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void require_same(const struct packet *a, const struct packet *b)
{
	REQUIRE(same(a->source, b->source) && same(a->destination, b->destination));
	REQUIRE(a->has_home_address == b->has_home_address && a->has_routing == b->has_routing);
	REQUIRE(same(a->home_address, b->home_address));
	REQUIRE(same(a->routing_address, b->routing_address));
	REQUIRE(a->next_header == b->next_header && a->payload.length == b->payload.length);
}

static bool ends_with_mobility_header(struct octets payload)
{
	return payload.length > 1 && 8u * (payload.at[1] + 1u) == payload.length;
}

static void build_and_decode(const struct packet *packet)
{
	static uint8_t built[128 + UINT16_MAX];
	struct packet_envelope envelope = {
		.source = packet->source,
		.destination = packet->destination,
		.home_address = packet->has_home_address ? &packet->home_address : NULL,
		.routing_address = packet->has_routing ? &packet->routing_address : NULL,
		.next_header = packet->next_header,
		.hop_limit = 64,
	};
	struct packet again;

	size_t length = packet_build(&envelope, packet->payload, built, sizeof(built));
	if (length == 0)
		return; /* no room for a checksum in the payload */
	REQUIRE(packet_decode(built, length, &again) == WIRE_OK);
	require_same(packet, &again);
	if (again.next_header == ICMPV6_NEXT_HEADER)
		REQUIRE(icmpv6_decode(&again, &icmpv6) != WIRE_BAD_CHECKSUM);
	if (again.next_header != MH_NEXT_HEADER || !ends_with_mobility_header(again.payload))
		return;
	REQUIRE(packet_message(&dialect_rfc5648, &again, &message) != WIRE_BAD_CHECKSUM);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct packet packet;

	if (packet_decode(octets, length, &packet) != WIRE_OK)
		return 0;
	REQUIRE(packet.payload_at + packet.payload.length <= length);
	REQUIRE(octets + packet.payload_at == packet.payload.at);
	(void)packet_message(&dialect_rfc5648, &packet, &message);
	(void)icmpv6_decode(&packet, &icmpv6);
	build_and_decode(&packet);
	return 0;
}
