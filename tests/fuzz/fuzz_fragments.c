/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments of tunnelled packets in any order, overlapping, repeated, late, from several sources;
 * what our own end makes of a packet; and raw octets. Each octet of a packet says which packet it
 * is of and where it stands there, so that whatever is put together is known to be right.
 */
#include "fuzz.h"
#include "input.h"
#include "port.h"

#include "../../src/io/dataplane/outer_fragment.h"
#include "../../src/io/dataplane/reassembly.h"

#define FRAGMENT_OCTETS_MAX (IPV6_HEADER_OCTETS + 8 + 2048)

struct world {
	struct reassembly *reassembly;
	struct identifications identifications;
	nanos now;
	uint64_t random;
};

static struct world world;

static uint8_t octet_at(uint8_t source, uint32_t identification, size_t at)
{
	return (uint8_t)(source * 151u + identification * 31u + at * 7u + (at >> 8));
}

static void start(void)
{
	const struct core_port port = {&world.random, fuzz_random, fuzz_mac, fuzz_digest};

	/* what is there of the input before is too old */
	world.now += 2 * REASSEMBLY_NANOS;
	if (world.reassembly)
		return;
	REQUIRE(reassembly_new(&port, &world.reassembly) == 0);
	identifications_init(&world.identifications, &port);
}

static size_t write_packet(uint8_t *to, uint8_t source, uint8_t next_header, size_t length)
{
	const struct in6_addr from = address(2, source), home_agent = address(1, 1);

	memset(to, 0, IPV6_HEADER_OCTETS);
	to[0] = 0x60;
	to[4] = (uint8_t)(length >> 8);
	to[5] = (uint8_t)length;
	to[6] = next_header;
	to[7] = 64;
	memcpy(to + 8, &from, sizeof(from));
	memcpy(to + 24, &home_agent, sizeof(home_agent));
	return IPV6_HEADER_OCTETS + length;
}

static void require_right(
	const uint8_t *whole, size_t length, uint8_t source, uint32_t identification)
{
	const struct in6_addr from = address(2, source);

	REQUIRE(length > IPV6_HEADER_OCTETS && length <= REASSEMBLED_OCTETS_MAX);
	REQUIRE(((size_t)whole[4] << 8 | whole[5]) == length - IPV6_HEADER_OCTETS);
	REQUIRE(whole[6] == IPPROTO_IPV6);
	REQUIRE(memcmp(whole + 8, &from, sizeof(from)) == 0);
	for (size_t i = IPV6_HEADER_OCTETS; i < length; i++)
		REQUIRE(whole[i] == octet_at(source, identification, i - IPV6_HEADER_OCTETS));
}

static void made_up(struct input *input)
{
	uint8_t octet = take(input), source = octet & 7, identification = octet >> 3 & 3;
	size_t at = 8 * (size_t)take(input);
	size_t length = (octet & 0x40 ? 1 : 8) * (size_t)take(input);
	uint8_t fragment[FRAGMENT_OCTETS_MAX], whole[REASSEMBLED_OCTETS_MAX];
	uint8_t *header = fragment + IPV6_HEADER_OCTETS;
	size_t total = write_packet(fragment, source, IPPROTO_FRAGMENT, 8 + length);

	memset(header, 0, 8);
	header[0] = IPPROTO_IPV6;
	header[2] = (uint8_t)(at >> 8);
	header[3] = (uint8_t)(at | (octet & 0x80 ? 1 : 0));
	header[7] = identification;
	for (size_t i = 0; i < length; i++)
		header[8 + i] = octet_at(source, identification, at + i);
	size_t put = reassembly_add(
		world.reassembly, world.now, (struct octets){fragment, total}, whole);
	if (put > 0)
		require_right(whole, put, source, identification);
}

/* Both halves of a packet, in either order: the same packet. */
static void own(struct input *input)
{
	uint8_t octet = take(input);
	size_t length = (size_t)1200 + octet * 2u;
	uint8_t packet[FRAGMENT_OCTETS_MAX], whole[REASSEMBLED_OCTETS_MAX];
	struct outer_fragments fragments;
	size_t total = write_packet(packet, 9, IPPROTO_IPV6, length), put = 0;
	uint32_t identification = identifications_next(&world.identifications);

	for (size_t i = 0; i < length; i++)
		packet[IPV6_HEADER_OCTETS + i] = octet_at(9, 77, i);
	if (!outer_fragment((struct octets){packet, total}, identification, &fragments))
		return;
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int which = i ^ (octet & 1);

		REQUIRE(put == 0 && fragments.length[which] <= IPV6_MTU_MIN);
		put = reassembly_add(world.reassembly, world.now,
			(struct octets){fragments.octets[which], fragments.length[which]}, whole);
	}
	if (total <= REASSEMBLED_OCTETS_MAX)
		REQUIRE(put == total && memcmp(whole, packet, total) == 0);
	else
		REQUIRE(put == 0);
}

static void raw(struct input *input)
{
	uint8_t whole[REASSEMBLED_OCTETS_MAX];
	size_t length = take(input);

	length = length < input->left ? length : input->left;
	size_t put = reassembly_add(
		world.reassembly, world.now, (struct octets){input->at, length}, whole);
	REQUIRE(put <= sizeof(whole));
	input->at += length;
	input->left -= length;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct input input = {octets, length};

	start();
	while (input.left > 0) {
		uint8_t octet = take(&input);

		if (octet < 0xc0)
			made_up(&input);
		else if (octet < 0xe0)
			own(&input);
		else if (octet < 0xf0)
			world.now += (nanos)take(&input) * NANOS_PER_SECOND / 2;
		else
			raw(&input);
	}
	return 0;
}
