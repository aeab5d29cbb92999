/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node's machine: each octet of the input is an event, so that the fuzzer searches the
 * orders of events, not only the bytes of messages. After each event the machine must come to
 * rest, and what it does must make sense.
 */
#include "fuzz.h"

#include "../../src/core/core.h"

#include <string.h>

#define HOME_AGENT 1
#define HOME 2
#define BIDS 3
#define ADDRESSES 3
#define REMEMBERED 4
#define INTERFACES 16

/* More than any rest needs: each path one transition and one probe, and an update. */
#define ROUNDS_MAX 50

struct input {
	const uint8_t *at;
	size_t left;
};

struct world {
	struct core *core;
	struct moment now;
	struct outbox outbox;
	uint64_t random;
	unsigned sends;
	struct effect_send updates[REMEMBERED];
	unsigned updates_count;
	struct effect_send probes[REMEMBERED];
	unsigned probes_count;
	unsigned in_window; /* updates since window_start */
	nanos window_start;
	bool stopped;
};

static uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

static void random_octets(void *ctx, void *to, size_t length)
{
	uint64_t *state = ctx;
	uint8_t *octets = to;
	for (size_t i = 0; i < length; i++) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		octets[i] = (uint8_t)(*state >> 56);
	}
}

static int no_hmac(void *ctx, struct octets key, const struct octets *pieces, size_t count,
	uint8_t ret[SHA1_OCTETS])
{
	(void)ctx;
	(void)key;
	(void)pieces;
	(void)count;
	memset(ret, 0, SHA1_OCTETS);
	return 0;
}

static struct in6_addr address(uint8_t prefix, uint8_t host)
{
	return (struct in6_addr){.s6_addr = {0x20, 0x01, 0x0d, 0xb8, 0, prefix, [15] = host}};
}

/* ---- what it does must make sense ---- */

static void check_update(struct world *world, const struct effect_send *send)
{
	/* three at once, and three a second */
	if (world->now.mono - world->window_start > NANOS_PER_SECOND) {
		world->window_start = world->now.mono;
		world->in_window = 0;
	}
	REQUIRE(++world->in_window <= 7);
	world->updates[world->updates_count++ % REMEMBERED] = *send;
}

struct places {
	const struct packet *packet;
	uint32_t ifindex;
	bool found;
	unsigned selected;
};

static void compare(void *ctx, const struct link_view *view)
{
	struct places *places = ctx;
	struct in6_addr none = {0};
	places->selected += view->selected;
	REQUIRE(!view->registered || memcmp(&view->care_of, &none, sizeof(none)) != 0);
	REQUIRE(view->up || view->path == PATH_DOWN);
	if (places->packet && view->up && view->ifindex == places->ifindex &&
		memcmp(&view->care_of, &places->packet->source, sizeof(none)) == 0)
		places->found = true;
}

/* Whatever is sent leaves by a link that is up, from the address that is in use there. */
static void check_send(struct world *world, const struct effect_send *send)
{
	struct packet packet;
	REQUIRE(packet_decode(send->octets, send->length, &packet) == WIRE_OK);
	struct places places = {.packet = &packet, .ifindex = send->ifindex};
	core_each_link(world->core, compare, &places);
	REQUIRE(places.found);
	if (packet.next_header == MH_NEXT_HEADER)
		check_update(world, send);
	else
		world->probes[world->probes_count++ % REMEMBERED] = *send;
}

static void empty_outbox(struct world *world)
{
	for (size_t i = 0; i < world->outbox.count; i++) {
		const struct effect *effect = &world->outbox.effects[i];
		REQUIRE(!world->stopped);
		if (effect->type == EFFECT_SEND)
			check_send(world, &effect->send);
		if (effect->type == EFFECT_STOPPED)
			world->stopped = true;
	}
	world->outbox.count = 0;
	struct places places = {0};
	core_each_link(world->core, compare, &places);
	REQUIRE(places.selected <= 1);
}

/* Meets deadlines until there is none now. */
static void rest(struct world *world)
{
	empty_outbox(world);
	for (unsigned i = 0; core_next_deadline(world->core) <= world->now.mono; i++) {
		REQUIRE(i < ROUNDS_MAX);
		core_deadline(world->core, world->now, &world->outbox);
		empty_outbox(world);
	}
}

/* ---- events ---- */

static void pass(struct world *world, nanos duration)
{
	nanos end = world->now.mono + duration;
	for (unsigned i = 0; i < 200; i++) {
		nanos next = core_next_deadline(world->core);
		if (next > end)
			break;
		if (next > world->now.mono)
			world->now.mono = next;
		rest(world);
	}
	if (end > world->now.mono)
		world->now.mono = end;
	rest(world);
}

static void host(struct world *world, const struct host_event *event)
{
	(void)core_host(world->core, world->now, event, &world->outbox);
}

static void link_event(struct world *world, struct input *input, enum host_type type)
{
	uint8_t octet = take(input);
	const struct host_event event = {
		.type = type,
		.link =
			{
				.bid = (uint16_t)(octet % (BIDS + 1)),
				.priority = (uint8_t)(octet >> 2 & 7),
				.up = octet & 0x80,
				.ifindex = octet & 0x40 ? (octet % (BIDS + 1)) : 0u,
			},
	};
	host(world, &event);
}

static void address_event(struct world *world, struct input *input, enum host_type type)
{
	uint8_t octet = take(input);
	uint8_t bid = (uint8_t)(octet % (BIDS + 1));
	const struct host_event event = {
		.type = type,
		.address =
			{
				.bid = bid,
				.deprecated = octet & 0x80,
				.address = address(
					(uint8_t)(16 + bid), (uint8_t)(octet >> 2) % ADDRESSES),
				.formed = world->now.mono,
			},
	};
	host(world, &event);
}

static void activity_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input);
	nanos ago = (nanos)(octet >> 4) * 10 * NANOS_PER_MS;
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity =
			{
				.bid = (uint16_t)(octet % (BIDS + 1)),
				.sent = octet & 4 ? world->now.mono - ago / 2 : 0,
				.received = octet & 8 ? world->now.mono - ago : 0,
			},
	};
	host(world, &event);
}

static void restore_event(struct world *world, struct input *input)
{
	const struct host_event event = {
		.type = HOST_RESTORE_NODE,
		.restore_node = {address(0, HOME), (uint16_t)(take(input) << 8), 0},
	};
	host(world, &event);
}

static void arrive(struct world *world, uint32_t ifindex, const struct packet_envelope *envelope,
	struct octets payload)
{
	uint8_t packet[PACKET_OCTETS_MAX];
	size_t length = packet_build(envelope, payload, packet, sizeof(packet));
	REQUIRE(length > 0);
	core_packet(
		world->core, world->now, ifindex, (struct octets){packet, length}, &world->outbox);
}

/* The answer to a probe that was sent lately. */
static void reply_event(struct world *world, struct input *input)
{
	if (world->probes_count == 0)
		return;
	unsigned which = take(input) % REMEMBERED;
	const struct effect_send *send = &world->probes[which < world->probes_count ? which : 0];
	struct packet probe;
	REQUIRE(packet_decode(send->octets, send->length, &probe) == WIRE_OK);
	uint8_t body[64];
	REQUIRE(probe.payload.length <= sizeof(body));
	memcpy(body, probe.payload.at, probe.payload.length);
	body[0]++; /* request to reply */
	const struct packet_envelope envelope = {
		.source = probe.destination,
		.destination = probe.source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	arrive(world, send->ifindex, &envelope, (struct octets){body, probe.payload.length});
}

static void send_message(struct world *world, uint32_t ifindex, const struct in6_addr *to,
	const struct message *message)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	struct message_layout layout;
	struct in6_addr home = address(0, HOME);
	REQUIRE(message_encode(&dialect_rfc5648, message, octets, sizeof(octets), &layout));
	const struct packet_envelope envelope = {
		.source = address(0, HOME_AGENT),
		.destination = *to,
		.routing_address = message->type == MH_binding_error ? NULL : &home,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	arrive(world, ifindex, &envelope, (struct octets){octets, layout.length});
}

static uint8_t some_status(uint8_t octet)
{
	static const uint8_t statuses[] = {
		0, 0, 0, 0, 0, 1, 4, 128, 132, 133, 135, 144, 164, 165, 166, 167, 168};
	return statuses[octet % sizeof(statuses)];
}

/* An answer to an update that was sent lately, whatever it says. */
static void ack_event(struct world *world, struct input *input)
{
	static struct message update, ack;
	uint8_t octet = take(input);
	unsigned which = octet % REMEMBERED;
	if (world->updates_count == 0)
		return;
	const struct effect_send *send = &world->updates[which < world->updates_count ? which : 0];
	struct packet packet;
	REQUIRE(packet_decode(send->octets, send->length, &packet) == WIRE_OK);
	REQUIRE(packet_message(&dialect_rfc5648, &packet, &update) == WIRE_OK);
	message_init(&ack, MH_binding_ack);
	ack.binding_ack.status = some_status(take(input));
	ack.binding_ack.sequence = update.binding_update.sequence;
	ack.binding_ack.lifetime = octet & 0x10 ? take(input) : update.binding_update.lifetime;
	if (octet & 0x20)
		ack.has_refresh_advice = true;
	ack.refresh_advice.interval = 2;
	if (octet & 0x40)
		ack.binding_ack.sequence = (uint16_t)(ack.binding_ack.sequence + take(input));
	for (size_t i = 0; i < update.bid_count && !(octet & 0x80); i++)
		ack.bid[ack.bid_count++] = (struct opt_bid){
			.bid = update.bid[i].bid,
			.status = octet & 8 ? some_status(take(input)) : 0,
		};
	send_message(world, send->ifindex, &packet.source, &ack);
}

static void other_message_event(struct world *world, struct input *input)
{
	static struct message message;
	uint8_t octet = take(input);
	struct in6_addr to = address(17, 0);
	message_init(&message, octet & 1 ? MH_binding_error : MH_refresh_request);
	if (octet & 1)
		message.binding_error = (struct msg_binding_error){
			.status = octet >> 1 & 3, .home_address = address(0, HOME)};
	send_message(world, 1, &to, &message);
}

static void raw_event(struct world *world, struct input *input)
{
	size_t length = take(input);
	length = length < input->left ? length : input->left;
	core_packet(world->core, world->now, 1, (struct octets){input->at, length}, &world->outbox);
	input->at += length;
	input->left -= length;
}

static void event(struct world *world, struct input *input)
{
	uint8_t octet = take(input);
	switch (octet % 16) {
	case 0:
	case 1:
		link_event(world, input, HOST_LINK_SET);
		break;
	case 2:
	case 3:
		address_event(world, input, HOST_ADDRESS_SET);
		break;
	case 4:
		address_event(world, input, HOST_ADDRESS_REMOVE);
		break;
	case 5:
		link_event(world, input, octet & 0x80 ? HOST_LINK_REMOVE : HOST_PREFER);
		break;
	case 6:
		activity_event(world, input);
		break;
	case 7:
	case 8:
		reply_event(world, input);
		break;
	case 9:
	case 10:
		ack_event(world, input);
		break;
	case 11:
		pass(world, (nanos)take(input) * NANOS_PER_MS);
		break;
	case 12:
		pass(world, (nanos)take(input) * NANOS_PER_SECOND / 4);
		break;
	case 13:
		raw_event(world, input);
		break;
	case 14:
		other_message_event(world, input);
		break;
	case 15:
		if (octet == 0xff)
			host(world, &(struct host_event){.type = HOST_STOP});
		else
			restore_event(world, input);
		break;
	}
}

static struct core_config config_of(uint8_t octet)
{
	return (struct core_config){
		.dialect = &dialect_rfc5648,
		.role = ROLE_MOBILE_NODE,
		.mobile_node =
			{
				.home_address = address(0, HOME),
				.home_agent = address(0, HOME_AGENT),
				.lifetime = octet & 8 ? 20 : 600,
				.auth = {.mode = AUTH_MODE_INSECURE_NONE, .replay = octet & 16},
				.mcoa = !(octet & 1),
				.bulk = !(octet & 2),
				.probe = !(octet & 4),
				.bid_priority = octet & 32,
				.probe_identifier = 7,
			},
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static struct world world;
	struct input input = {octets, length};
	memset(&world, 0, sizeof(world));
	world.now = (struct moment){NANOS_PER_SECOND, UINT64_C(1) << 63};
	const struct core_port port = {&world.random, random_octets, no_hmac};
	const struct core_config config = config_of(take(&input));
	REQUIRE(core_new(&config, &port, &world.core) == 0);
	while (input.left > 0) {
		event(&world, &input);
		rest(&world);
	}
	core_free(world.core);
	return 0;
}
