/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The correspondent's machine: the input is a list of events (test inits, updates good, forged and
 * replayed, raw octets, data with a Home Address option, time, activity, restarts), so that the
 * fuzzer searches their orders. A second copy of the bindings is kept from the effects alone; after
 * each event it must be what the core has. What is not authentic must have changed nothing, and no
 * update may bind twice.
 */
#include "flow_copy.h"
#include "fuzz.h"
#include "input.h"
#include "large.h"
#include "port.h"
#include "sent_update.h"
#include "shares.h"
#include "tunnel_copy.h"

#include "../../src/core/api/core.h"

#include <string.h>

#define HOMES 4
#define CARE_OFS 8
#define NODES_MAX 3
#define ROUNDS_MAX 20
#define LIFETIME_MAX (420 * NANOS_PER_SECOND)
#define LINK 5
#define TOKEN_OCTETS 8
#define AUTHORIZATION_OCTETS 12

struct token {
	uint16_t index;
	uint64_t token;
};

/* A model of the data plane's tunnels, and of the mobile nodes' tokens. */
struct world {
	struct core *core;
	struct moment now;
	struct tunnel_copy tunnels;
	struct flow_copy flows;
	struct record records[HOMES];
	uint64_t random;
	struct token home[HOMES];
	struct token care_of[CARE_OFS];
	uint16_t sequence;
	bool balances; /* it knows the Load Balancing option */
	/* not cleared: large */
	struct sent_updates sent;
	struct outbox outbox;
};

static struct world world;

static struct in6_addr own(void)
{
	return address(9, 1);
}

static struct in6_addr home_address(uint8_t number)
{
	return address(1, (uint8_t)(16 + number % HOMES));
}

static struct in6_addr care_of_address(uint8_t number)
{
	return address((uint8_t)(32 + number % CARE_OFS), 1);
}

static uint8_t home_number(const struct in6_addr *home)
{
	for (uint8_t i = 0; i < HOMES; i++) {
		struct in6_addr known = home_address(i);
		if (same(&known, home))
			return i;
	}
	abort();
}

static void start(void)
{
	const struct core_config config = {
		.dialect = &dialect_rfc5648,
		.load_balancing_option = world.balances ? SHARES_OPTION : 0,
		.corresponds = true,
		.correspondent = {.nodes_max = NODES_MAX,
			.mcoa = true,
			.refresh_request = true,
			.flow_bindings = true,
			.recovery = true},
	};
	const struct core_port port = {&world.random, fuzz_random, fuzz_mac, fuzz_digest};
	REQUIRE(core_new(&config, &port, &world.core) == 0);
}

/* ---- the copy, and what must hold of it ---- */

static void set_tunnel(const struct effect_tunnel *tunnel)
{
	struct in6_addr ours = own();
	REQUIRE(tunnel->encapsulation == ENCAP_TO_MOBILE_NODE && !tunnel->remote.framed);
	REQUIRE(same(&subjects_owner(&world.tunnels.subjects, tunnel->subject)->peer, &ours) &&
		same(&tunnel->local.address, &ours));
	REQUIRE(tunnel->expires > world.now.mono &&
		tunnel->expires - world.now.mono <= LIFETIME_MAX);
	tunnel_copy_set(&world.tunnels, tunnel);
}

static void learn(const struct packet *packet, const struct message *message)
{
	const struct token token = {message->home_test.nonce_index, message->home_test.token};
	if (message->type == MH_home_test)
		world.home[home_number(&packet->destination)] = token;
	for (uint8_t i = 0; i < CARE_OFS && message->type == MH_care_of_test; i++) {
		struct in6_addr known = care_of_address(i);
		if (same(&known, &packet->destination))
			world.care_of[i] = token;
	}
}

static void check_send(const struct effect_send *send)
{
	static struct message message;
	struct packet packet;
	struct in6_addr ours = own();
	REQUIRE(packet_decode(send->octets, send->length, &packet) == WIRE_OK);
	REQUIRE(!IN6_IS_ADDR_MULTICAST(&packet.destination) &&
		!IN6_IS_ADDR_UNSPECIFIED(&packet.destination));
	if (packet.next_header != MH_NEXT_HEADER)
		return;
	REQUIRE(packet_message(&dialect_rfc5648, &packet, &message) == WIRE_OK);
	REQUIRE(same(&packet.source, &ours) || message.type == MH_binding_error);
	/* RFC 6275 6.1 */
	REQUIRE(!packet.has_home_address);
	REQUIRE(!packet.has_routing || message.type == MH_binding_ack);
	learn(&packet, &message);
}

static void take_effect(const struct effect *effect)
{
	tunnel_copy_told(&world.tunnels, effect);
	flow_copy_told(&world.flows, effect);
	switch (effect->type) {
	case EFFECT_SEND:
		check_send(&effect->send);
		break;
	case EFFECT_TUNNEL_SET:
		set_tunnel(&effect->tunnel);
		break;
	case EFFECT_TUNNEL_REMOVE:
		REQUIRE(tunnel_copy_remove(&world.tunnels, &effect->tunnel));
		break;
	case EFFECT_TRAFFIC_SET:
		tunnel_copy_rank(&world.tunnels, &effect->traffic);
		break;
	case EFFECT_RECORD:
		world.records[home_number(&effect->record.home_address)] = effect->record;
		break;
	case EFFECT_SUBJECT_SET:
	case EFFECT_SUBJECT_REMOVE:
	case EFFECT_PREFIX_SET:
	case EFFECT_TRAFFIC_REMOVE:
	case EFFECT_RECORD_FLOW:
	case EFFECT_EVENT:
		break;
	default:
		abort();
	}
}

struct tally {
	size_t count;
	size_t of_home[HOMES];
	bool without_bid[HOMES];
	bool sent_by[HOMES]; /* some tunnel is usable */
};

static bool is_recorded(const struct record *record, const struct binding_view *view)
{
	for (uint8_t i = 0; i < record->count; i++) {
		const struct record_binding *binding = &record->bindings[i];
		if (binding->bid == view->bid)
			return same(&binding->care_of, &view->care_of) &&
			       binding->expires == view->expires &&
			       binding->priority == view->priority &&
			       (binding->share == view->share || !world.balances);
	}
	return false;
}

static void compare(void *ctx, const struct binding_view *view)
{
	struct tally *tally = ctx;
	const struct copied_tunnel *copied =
		tunnel_copy_find(&world.tunnels, &view->home_address, view->bid);
	const struct effect_tunnel *tunnel = copied ? &copied->tunnel : NULL;
	uint8_t home = home_number(&view->home_address);
	REQUIRE(tunnel && same(&tunnel->remote.address, &view->care_of));
	REQUIRE(tunnel->expires == view->expires &&
		tunnel_copy_is_ranked(copied, view->share, view->priority));
	REQUIRE(view->share == 0 || world.balances);
	REQUIRE(view->expires > world.now.mono);
	REQUIRE(address_is_unicast_routable(&view->care_of));
	REQUIRE(view->sequence == world.records[home].sequence);
	REQUIRE(is_recorded(&world.records[home], view));
	REQUIRE(tunnel->usable || view->reachability == REACHABILITY_UNREACHABLE);
	tally->sent_by[home] |= tunnel->usable;
	tally->count++;
	tally->of_home[home]++;
	tally->without_bid[home] |= view->bid == 0;
}

static void check_bindings(void)
{
	struct tally tally = {0};
	size_t homes = 0;
	core_each_binding(world.core, compare, &tally);
	REQUIRE(tally.count == world.tunnels.count);
	for (uint8_t i = 0; i < HOMES; i++) {
		REQUIRE(tally.of_home[i] <= 4);
		REQUIRE(!tally.without_bid[i] || tally.of_home[i] == 1);
		REQUIRE(tally.sent_by[i] || tally.of_home[i] == 0);
		homes += tally.of_home[i] > 0;
	}
	REQUIRE(homes <= NODES_MAX);
	flow_copy_check(&world.flows, world.core, &world.tunnels);
	REQUIRE(tally.count == 0 || core_next_deadline(world.core) != NANOS_NEVER);
}

static void empty_outbox(void)
{
	for (size_t i = 0; i < world.outbox.count; i++)
		take_effect(&world.outbox.effects[i]);
	world.outbox.count = 0;
}

static void rest(void)
{
	empty_outbox();
	for (unsigned i = 0; core_next_deadline(world.core) <= world.now.mono; i++) {
		REQUIRE(i < ROUNDS_MAX);
		core_deadline(world.core, world.now, &world.outbox);
		empty_outbox();
	}
	check_bindings();
}

/* ---- packets ---- */

static void packet_arrives(const uint8_t *octets, size_t length)
{
	const struct arrival arrival = {
		.at = world.now, .ifindex = LINK, .packet = {octets, length}};
	core_packet(world.core, &arrival, &world.outbox);
}

/* One that binds nothing and takes nothing away, whatever is in it; what has expired goes. */
static void forged_packet_arrives(const uint8_t *octets, size_t length)
{
	uint64_t accepted = core_counters(world.core)->updates_accepted;
	size_t sent = 0;
	packet_arrives(octets, length);
	REQUIRE(core_counters(world.core)->updates_accepted == accepted);
	for (size_t i = 0; i < world.outbox.count; i++) {
		REQUIRE(world.outbox.effects[i].type == EFFECT_SEND ||
			world.outbox.effects[i].type == EFFECT_EVENT);
		sent += world.outbox.effects[i].type == EFFECT_SEND;
	}
	REQUIRE(sent <= 1);
}

static size_t build(const struct packet_envelope *envelope, const struct message *message,
	uint8_t packet[PACKET_OCTETS_MAX])
{
	uint8_t encoded[MESSAGE_OCTETS_MAX];
	struct message_layout layout;
	REQUIRE(message_encode(&dialect_rfc5648, message, encoded, sizeof(encoded), &layout));
	size_t length = packet_build(
		envelope, (struct octets){encoded, layout.length}, packet, PACKET_OCTETS_MAX);
	REQUIRE(length > 0);
	return length;
}

/* A Home or Care-of Test Init: what comes back is not larger than the token makes it. */
static void ask(struct input *input)
{
	static struct message message;
	uint8_t octet = take(input);
	uint8_t packet[PACKET_OCTETS_MAX];
	const struct in6_addr home = home_address(octet >> 1);
	const struct packet_envelope envelope = {
		.source = octet & 1 ? home : care_of_address(octet >> 1),
		.destination = own(),
		.home_address = octet & 0x80 ? &home : NULL,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	message_init(&message, octet & 1 ? MH_home_test_init : MH_care_of_test_init);
	for (unsigned i = octet >> 5 & 3; i > 0; i--)
		message.bid[message.bid_count++] = (struct opt_bid){.bid = octet};
	size_t length = build(&envelope, &message, packet);
	forged_packet_arrives(packet, length);
	REQUIRE(!(octet & 0x80) || world.outbox.count == 0);
	if (world.outbox.count > 0)
		REQUIRE(world.outbox.effects[0].send.length <= length + TOKEN_OCTETS);
}

/* ---- updates ---- */

static void write_token(uint64_t token, uint8_t *to)
{
	for (unsigned i = 0; i < TOKEN_OCTETS; i++)
		to[i] = (uint8_t)(token >> (56 - 8 * i));
}

static void seal(const struct message *message, const struct in6_addr *home,
	const struct in6_addr *care_of, const struct token *home_token,
	const struct token *care_of_token, uint8_t *octets, size_t at)
{
	const bool deletes = message->binding_update.lifetime == 0;
	const struct in6_addr ours = own();
	uint8_t tokens[2 * TOKEN_OCTETS], kbm[SHA1_OCTETS], whole[SHA1_OCTETS];
	write_token(home_token->token, tokens);
	write_token(care_of_token->token, tokens + TOKEN_OCTETS);
	const struct octets key = {tokens, deletes ? TOKEN_OCTETS : sizeof(tokens)};
	fuzz_digest(NULL, &key, 1, kbm);
	const struct octets pieces[] = {
		{deletes ? home->s6_addr : care_of->s6_addr, 16}, {ours.s6_addr, 16}, {octets, at}};
	fuzz_mac(NULL, (struct octets){kbm, sizeof(kbm)}, pieces, 3, whole);
	memcpy(octets + at, whole, AUTHORIZATION_OCTETS);
}

static void fill_update(struct input *input, uint8_t care_of, struct message *message)
{
	uint8_t octet = take(input), bids = take(input);
	message_init(message, MH_binding_update);
	world.sequence = (uint16_t)(world.sequence + (octet & 0x80 ? -1 : 1));
	message->binding_update.sequence = world.sequence;
	message->binding_update.flags =
		(uint16_t)((octet & 1 ? BU_OVERWRITE : 0) | (octet & 4 ? 0 : BU_ACKNOWLEDGE));
	message->binding_update.lifetime = octet & 2 ? 0 : (uint16_t)(1 + (octet << 1));
	message->has_nonce_indices = true;
	for (unsigned i = bids >> 6; i > 0 && (bids >> 6) < 3; i--) {
		struct opt_bid *option = &message->bid[message->bid_count++];
		*option = (struct opt_bid){.bid = bids & 7, .flags = bids >> 2 & 15};
		if (bids & 8)
			option->care_of = (struct care_of){16, care_of_address(care_of)};
	}
	if (message->bid_count > 0)
		flow_copy_ask(input, message);
	message->has_authorization = true;
	message->authorization.authenticator = (struct octets){NULL, AUTHORIZATION_OCTETS};
}

/* Builds the next update, with the tokens that are had, and remembers it. */
static struct sent_update *next_update(struct input *input)
{
	static struct message message;
	uint8_t home = take(input) % HOMES, octet = take(input), care_of = octet % CARE_OFS;
	const struct in6_addr home_addr = home_address(home), source = care_of_address(care_of);
	const struct packet_envelope envelope = {
		.source = source,
		.destination = own(),
		.home_address = &home_addr,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	uint8_t encoded[MESSAGE_OCTETS_MAX], packet[PACKET_OCTETS_MAX];
	struct message_layout layout;
	fill_update(input, care_of, &message);
	if (octet & 0x80)
		shares_add(input, &message, care_of_address);
	message.nonce_indices.home = world.home[home].index;
	message.nonce_indices.care_of = world.care_of[care_of].index;
	REQUIRE(message_encode(shares_dialect(), &message, encoded, sizeof(encoded), &layout));
	seal(&message, &home_addr, &source, &world.home[home], &world.care_of[care_of], encoded,
		layout.authorization_at);
	size_t length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, packet, sizeof(packet));
	REQUIRE(length > 0);
	return sent_updates_add(&world.sent, packet, length, length - layout.length);
}

/* It may be refused for many reasons; it binds once at most (RFC 6275 5.2.8). */
static void update_arrives(struct sent_update *update)
{
	uint64_t accepted = core_counters(world.core)->updates_accepted;
	bool binds = false;
	packet_arrives(update->octets, update->length);
	for (size_t i = 0; i < world.outbox.count; i++)
		binds |= world.outbox.effects[i].type == EFFECT_TUNNEL_SET;
	if (!binds || core_counters(world.core)->updates_accepted == accepted)
		return;
	REQUIRE(!update->bound);
	update->bound = true;
}

static void replay(struct input *input)
{
	struct sent_update *old = sent_updates_recall(&world.sent, take(input));
	if (old)
		update_arrives(old);
}

/* One octet that the authenticator covers, or of it, is changed on the way, and the checksum made
 * right; what was sent arrives thereafter. */
static void tamper(struct input *input)
{
	size_t at = take(input);
	uint8_t change = (uint8_t)(take(input) | 1);
	struct sent_update *sent = next_update(input);
	uint8_t octets[PACKET_OCTETS_MAX];
	if (sent_update_alter(sent, at, change, octets)) {
		forged_packet_arrives(octets, sent->length);
		empty_outbox();
	}
	update_arrives(sent);
}

/* ---- what else comes ---- */

static void raw_message(struct input *input)
{
	uint8_t octet = take(input);
	size_t length = take(input);
	const struct in6_addr home = home_address(octet >> 2), ours = own();
	const struct packet_envelope envelope = {
		.source = care_of_address(take(input)),
		.destination = own(),
		.home_address = octet & 1 ? &home : NULL,
		.routing_address = octet & 0x80 ? &ours : NULL,
		.next_header = octet & 2 ? MH_NEXT_HEADER : octet,
		.hop_limit = 64,
	};
	if (length > input->left)
		length = input->left;
	uint8_t packet[PACKET_OCTETS_MAX];
	size_t built =
		packet_build(&envelope, (struct octets){input->at, length}, packet, sizeof(packet));
	input->at += length;
	input->left -= length;
	if (built)
		forged_packet_arrives(packet, built);
}

static void pass(struct input *input)
{
	uint8_t octet = take(input);
	world.now.mono +=
		octet & 0x80 ? (octet & 0x7fu) * 4 * NANOS_PER_SECOND : octet * 10 * NANOS_PER_MS;
}

static void activity(struct input *input)
{
	uint8_t octet = take(input);
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.home_address = home_address(octet),
			.peer = own(),
			.bid = octet >> 4,
			.sent = world.now.mono},
	};
	(void)core_host(world.core, world.now, &event, &world.outbox);
	REQUIRE(world.outbox.count == 0);
}

/* ICMPv6 errors about a care-of address, one a second. */
static void unreachable(struct input *input)
{
	uint8_t octet = take(input);
	for (unsigned i = 0; i < (octet >> 3 & 15u); i++) {
		const struct host_event event = {
			.type = HOST_UNREACHABLE,
			.unreachable = {.home_address = home_address(octet & 1),
				.peer = own(),
				.care_of = care_of_address(octet >> 1 & 3),
				.received = octet & 0x80 ? world.now.mono : 0},
		};
		(void)core_host(world.core, world.now, &event, &world.outbox);
		rest();
		world.now.mono += NANOS_PER_SECOND;
	}
}

/* Killed and started again, with what it recorded. `stored`: its flow bindings, too. */
static void restart(bool stored)
{
	const size_t before = world.tunnels.count;
	core_free(world.core);
	subjects_restart(&world.tunnels.subjects);
	start();
	for (uint8_t i = 0; i < HOMES; i++) {
		const struct host_event event = {.type = HOST_RESTORE, .record = world.records[i]};
		if (event.record.count == 0)
			continue;
		REQUIRE(core_host(world.core, world.now, &event, &world.outbox) == 0);
		empty_outbox();
	}
	if (!stored)
		world.flows.count = 0;
	flow_copy_restore(&world.flows, world.core, world.now, &world.outbox, empty_outbox);
	REQUIRE(world.tunnels.count == before);
}

static void event(struct input *input)
{
	uint8_t octet = take(input);
	switch (octet & 15) {
	case 0:
	case 1:
		pass(input);
		break;
	case 2:
	case 3:
		replay(input);
		break;
	case 4:
	case 5:
		tamper(input);
		break;
	case 6:
		raw_message(input);
		break;
	case 7:
		if (octet & 0x80)
			unreachable(input);
		else
			activity(input);
		break;
	case 8:
		world.balances = octet & 0x80;
		restart(octet & 0x40);
		break;
	case 9:
	case 10:
	case 11:
		ask(input);
		break;
	default:
		update_arrives(next_update(input));
	}
	rest();
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct input input = {octets, length};

	memset(&world, 0, offsetof(struct world, sent));
	world.sent.count = 0;
	world.outbox.count = 0;
	world.now = (struct moment){1000 * NANOS_PER_SECOND, UINT64_C(0xec000000) << 32};
	start();
	while (input.left > 0)
		event(&input);
	core_free(world.core);
	subjects_fini(&world.tunnels.subjects);
	REQUIRE(large_in_use() == 0);
	return 0;
}
