/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a peer sends to the receiver of shared traffic: data in any order by any path, reports that
 * claim anything, and raw octets, while packets are sent and time passes. A packet says which
 * number it has; none may be delivered twice while its number is remembered, and none may be
 * altered.
 */
#include "fuzz.h"
#include "input.h"

#include "../../src/sharing/release.h"
#include "../../src/sharing/sharing.h"
#include "../../src/wire/packet.h"

#define PATHS 3
#define PACKETS 64
#define INNER 60
#define NUMBERS 256

struct world {
	struct sharing *sharing;
	nanos now;
	bool raw; /* the peer has sent other octets as data */
	bool delivered[NUMBERS];
};

static struct world world;

static void on_send(void *ctx, uint16_t path, struct octets gre)
{
	struct octets payload;
	struct gre header;

	(void)ctx;
	REQUIRE(path < PATHS);
	REQUIRE(gre.length <= GRE_OCTETS + SHARING_INNER_MAX);
	REQUIRE(gre_decode(gre, &header, &payload));
}

static void on_deliver(void *ctx, struct octets packet)
{
	(void)ctx;
	if (world.raw)
		return;
	REQUIRE(packet.length == INNER);
	const uint8_t number = packet.at[0];
	for (size_t i = 0; i < packet.length; i++)
		REQUIRE(packet.at[i] == number);
	REQUIRE(!world.delivered[number]);
	world.delivered[number] = true;
}

static void data(struct input *input)
{
	uint8_t octets[GRE_OCTETS + INNER];
	struct builder builder = builder_over(octets, sizeof(octets));
	const uint8_t path = take(input) % PATHS, number = take(input);

	gre_encode(&(const struct gre){GRE_IPV6, 5, 9, number}, &builder);
	memset(octets + GRE_OCTETS, number, INNER);
	sharing_receive(
		world.sharing, world.now, world.now, path, (struct octets){octets, sizeof(octets)});
}

/* The input's octets behind a GRE header, as a message or as data. */
static void message(struct input *input, uint16_t protocol)
{
	uint8_t octets[GRE_OCTETS + 256];
	struct builder builder = builder_over(octets, sizeof(octets));
	const uint8_t path = take(input) % (PATHS + 1), sequence = take(input);
	const size_t length = take(input) < input->left ? take(input) : input->left;
	const uint8_t flow = protocol == GRE_MESSAGE ? GRE_CONTROL_FLOW : 5;
	const size_t used = length < input->left ? length : input->left;

	world.raw |= protocol == GRE_IPV6;
	gre_encode(&(const struct gre){protocol, flow, 9, (uint32_t)sequence << 24}, &builder);
	builder_octets(&builder, input->at, used);
	sharing_receive(world.sharing, world.now, world.now, path,
		(struct octets){octets, builder_length(&builder)});
	input->at += used;
	input->left -= used;
}

static void raw(struct input *input)
{
	const size_t wanted = take(input);
	const size_t length = wanted < input->left ? wanted : input->left;

	world.raw = true;
	sharing_receive(world.sharing, world.now, world.now, take(input) % PATHS,
		(struct octets){input->at, length < input->left ? length : input->left});
}

static void send_packet(struct input *input)
{
	uint8_t octets[200] = {0x60, take(input), [40] = take(input)};

	sharing_send(world.sharing, world.now, (struct octets){octets, sizeof(octets)});
}

static void pass(uint8_t ms)
{
	const nanos end = world.now + ms * NANOS_PER_MS;

	for (nanos at = sharing_deadline(world.sharing); at <= end;
		at = sharing_deadline(world.sharing)) {
		world.now = nanos_max(at, world.now + 1000);
		sharing_expire(world.sharing, world.now);
	}
	world.now = nanos_max(end, world.now);
}

static void begin(uint8_t octet)
{
	const struct sharing_config config = {octet & 1 ? SHARING_REDUNDANT : SHARING_AGGREGATE, 3,
		PACKETS, SHARING_HOLD_MAX, IN6ADDR_ANY_INIT};
	const struct sharing_port port = {NULL, on_send, on_deliver};

	world = (struct world){.now = NANOS_PER_SECOND};
	REQUIRE(sharing_new(&config, &port, &world.sharing) == 0);
	for (uint16_t i = 0; i < PATHS; i++)
		REQUIRE(sharing_path_add(world.sharing, world.now, i) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct input input = {octets, length};

	begin(take(&input));
	while (input.left > 0) {
		const uint8_t octet = take(&input);

		if (octet < 0x80)
			data(&input);
		else if (octet < 0xa0)
			message(&input, GRE_MESSAGE);
		else if (octet < 0xb0)
			message(&input, GRE_IPV6);
		else if (octet < 0xb8)
			raw(&input);
		else if (octet < 0xe0)
			send_packet(&input);
		else if (octet < 0xf8)
			pass(take(&input));
		else if (octet < 0xfc)
			sharing_path_remove(world.sharing, world.now, octet % PATHS);
		else
			(void)sharing_path_add(world.sharing, world.now, octet % PATHS);
	}
	pass(255);
	sharing_free(world.sharing);
	return 0;
}
