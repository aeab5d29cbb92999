/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any octets as an ICMPv6 message in a packet that it may come in: one octet says which, the rest
 * is the message, to which the right checksum is given. What decodes must encode, and decode to the
 * same again, but for the options that were skipped.
 */
#include "fuzz.h"

#include "../../src/wire/icmpv6.h"

#include <string.h>

#define OCTETS_MAX 4096

static const struct in6_addr global = {{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
static const struct in6_addr link_local = {{{0xfe, 0x80, [15] = 1}}};
static const struct in6_addr solicited_node = {{{0xff, 0x02, [11] = 1, 0xff, 0, 0, 1}}};
static const struct in6_addr unspecified;

static const struct in6_addr *const sources[] = {&link_local, &global, &unspecified, &link_local};
static const struct in6_addr *const destinations[] = {
	&solicited_node, &global, &solicited_node, &link_local};

static struct icmpv6 first, second;
static uint8_t wrapped[2][OCTETS_MAX];

static enum wire_error decode(
	unsigned int which, uint8_t kind, struct octets payload, struct icmpv6 *ret)
{
	const struct packet_envelope envelope = {
		.source = *sources[kind & 3],
		.destination = *destinations[kind & 3],
		.home_address = kind & 4 ? &global : NULL,
		.routing_address = kind & 8 ? &global : NULL,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = kind & 16 ? 64 : 255,
	};
	struct packet packet;

	size_t length = packet_build(&envelope, payload, wrapped[which], OCTETS_MAX);
	if (length == 0)
		return WIRE_TRUNCATED; /* no room for a checksum */
	REQUIRE(packet_decode(wrapped[which], length, &packet) == WIRE_OK);
	return icmpv6_decode(&packet, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static uint8_t encoded[OCTETS_MAX], encoded_again[OCTETS_MAX];

	if (length < 1 || length > OCTETS_MAX - 128)
		return 0;
	/* what was there before must not show */
	memset(&first, 0xaa, sizeof(first));
	memset(&second, 0x55, sizeof(second));
	if (decode(0, octets[0], (struct octets){octets + 1, length - 1}, &first) != WIRE_OK)
		return 0;
	size_t again = icmpv6_encode(&first, encoded, sizeof(encoded));
	REQUIRE(again > 0 && again <= length - 1);
	REQUIRE(decode(1, octets[0], (struct octets){encoded, again}, &second) == WIRE_OK);
	REQUIRE(icmpv6_encode(&second, encoded_again, sizeof(encoded_again)) == again);
	REQUIRE(memcmp(encoded, encoded_again, again) == 0);
	REQUIRE(first.prefixes_count == second.prefixes_count);
	REQUIRE(first.home_agents_count == second.home_agents_count);
	return 0;
}
