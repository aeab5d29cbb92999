/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's machine: the input is a list of events (updates good, forged and replayed, raw
 * octets, time, configuration, policy, prefixes, the home link and its neighbours, restarts,
 * answers to probes, a store that fails), so that the fuzzer searches their orders. A second copy
 * of the bindings is kept from the effects alone; after each event it must be what the core has,
 * and what is not authentic must have changed nothing.
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
#include "../../src/wire/icmpv6.h"

#include <errno.h>
#include <string.h>

#define HOME_AGENT 1
#define NODES 3
#define ROUNDS_MAX 20
#define PROBE_IDENTIFIER 77
#define HOME_LINK 5

/* All that a store would have of one home address. */
struct kept {
	bool there;
	struct record record;
	struct flow_copy flows;
};

/* A model of the data plane's tunnels. */
struct world {
	struct core *core;
	struct moment now;
	struct tunnel_copy tunnels;
	struct flow_copy flows;
	struct record records[NODES];
	bool configured[NODES];
	uint8_t bindings_max[NODES];
	size_t bindings[NODES]; /* after the last event */
	bool home_link;         /* configured */
	bool balances;          /* the same */
	bool only_router;
	bool intercepted[NODES];
	bool store_down;
	uint64_t random;
	struct kept kept;
	struct sent_update probe; /* the last */
	uint16_t sequence;
	/* not cleared: large */
	struct sent_updates sent;
	struct outbox outbox;
};

static struct world world;

/* A home agent has no use for it. */
static int no_sha1(void *ctx, const struct octets *pieces, size_t count, uint8_t ret[SHA1_OCTETS])
{
	(void)ctx;
	(void)pieces;
	(void)count;
	(void)ret;
	return -EIO;
}

static uint8_t node_number(const struct in6_addr *home_address)
{
	for (uint8_t i = 0; i < NODES; i++) {
		struct in6_addr node = address(1, (uint8_t)(16 + i));
		if (same(&node, home_address))
			return i;
	}
	abort();
}

/* The second node demands timestamps. */
static struct auth auth_of(uint8_t node)
{
	return (struct auth){.mode = AUTH_MODE_MN_HA,
		.replay = node == 1,
		.key_length = 16,
		.spi = 256u + node,
		.key = {node}};
}

static void start(void)
{
	const struct core_config config = {
		.dialect = &dialect_rfc5648,
		.load_balancing_option = world.balances ? SHARES_OPTION : 0,
		.is_home_agent = true,
		.home_agent =
			{
				.address = address(1, HOME_AGENT),
				.home_prefix = address(1, 0),
				.home_prefix_length = 64,
				.lifetime_max = 600,
				.refresh_interval = 100,
				.mcoa = true,
				.bulk = true,
				.refresh_request = true,
				.flow_bindings = true,
				.recovery = true,
				.probe_identifier = PROBE_IDENTIFIER,
				.home_link = world.home_link,
				.home_and_foreign = true,
				.only_router = world.only_router,
				.dad_ms = 1000,
				.discovery = true,
				.prefix_advertisement = true,
				.advertisement_min_s = 1,
				.advertisement_max_s = 3,
			},
	};
	const struct core_port port = {&world.random, fuzz_random, fuzz_mac, no_sha1};
	REQUIRE(core_new(&config, &port, &world.core) == 0);
}

/* ---- the copy, and what must hold of it ---- */

static void remember_probe(const struct effect_send *send, const struct packet *packet)
{
	world.probe.length = send->length;
	world.probe.payload_at = packet->payload_at;
	memcpy(world.probe.octets, send->octets, send->length);
}

static void check_send(const struct effect_send *send)
{
	struct packet packet;
	REQUIRE(packet_decode(send->octets, send->length, &packet) == WIRE_OK);
	/* Neighbour Discovery, framed, on the home link */
	REQUIRE(!IN6_IS_ADDR_MULTICAST(&packet.destination) ||
		(send->framed && send->ifindex == HOME_LINK));
	REQUIRE(!IN6_IS_ADDR_UNSPECIFIED(&packet.destination));
	static struct message message;
	if (packet.next_header == MH_NEXT_HEADER)
		REQUIRE(packet_message(&dialect_rfc5648, &packet, &message) == WIRE_OK);
	else if (icmpv6_type(&packet) == ICMPV6_ECHO_REQUEST)
		remember_probe(send, &packet);
	/* RFC 6275 6.8 */
	if (icmpv6_type(&packet) == ICMPV6_PREFIX_ADVERTISEMENT)
		REQUIRE(packet.has_routing && node_number(&packet.routing_address) < NODES &&
			send->length <= 1280);
	if (icmpv6_type(&packet) == ICMPV6_HOME_AGENT_REPLY)
		REQUIRE(send->length <= 1280);
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
		tunnel_copy_set(&world.tunnels, &effect->tunnel);
		break;
	case EFFECT_TUNNEL_REMOVE:
		tunnel_copy_remove(&world.tunnels, &effect->tunnel);
		break;
	case EFFECT_TRAFFIC_SET:
		tunnel_copy_rank(&world.tunnels, &effect->traffic);
		break;
	case EFFECT_SUBJECT_SET:
	case EFFECT_SUBJECT_REMOVE:
	case EFFECT_PREFIX_SET:
	case EFFECT_PREFIX_REMOVE:
	case EFFECT_TRAFFIC_REMOVE:
	case EFFECT_RECORD_FLOW:
		break;
	case EFFECT_RECORD:
		world.records[node_number(&effect->record.home_address)] = effect->record;
		break;
	case EFFECT_EVENT:
		break;
	case EFFECT_INTERCEPT:
		world.intercepted[node_number(&effect->intercept.home_address)] =
			effect->intercept.on;
		break;
	case EFFECT_HOME_ADDRESS:
	case EFFECT_HOME_AGENT:
	case EFFECT_STOPPED:
		abort();
	}
}

struct tally {
	size_t count;
	size_t of_node[NODES];
	bool without_bid[NODES];
	bool home[NODES];
	bool sent_by[NODES]; /* some tunnel is usable */
	bool passed_over[NODES];
};

static void compare(void *ctx, const struct binding_view *view)
{
	struct tally *tally = ctx;
	struct in6_addr home_agent = address(1, HOME_AGENT);
	const struct copied_tunnel *copied =
		tunnel_copy_find(&world.tunnels, &view->home_address, view->bid);
	const struct effect_tunnel *tunnel = copied ? &copied->tunnel : NULL;
	uint8_t node = node_number(&view->home_address);
	REQUIRE(tunnel && same(&tunnel->remote.address, &view->care_of));
	REQUIRE(tunnel->expires == view->expires &&
		tunnel_copy_is_ranked(copied, view->share, view->priority));
	REQUIRE(view->share == 0 || world.balances);
	/* ADR 62: one that is unreachable is used if no other is */
	bool reachable = view->reachability != REACHABILITY_UNREACHABLE;
	REQUIRE(view->home || !tunnel->usable || view->verified);
	REQUIRE(view->home || tunnel->usable || !view->verified || !reachable);
	tally->sent_by[node] |= tunnel->usable;
	tally->passed_over[node] |= !view->home && view->verified && !tunnel->usable;
	REQUIRE(view->home == (tunnel->encapsulation == ENCAP_HOME_LINK));
	REQUIRE(same(&tunnel->local.address, &home_agent));
	REQUIRE(view->expires > world.now.mono);
	REQUIRE(address_is_unicast_routable(&view->care_of));
	struct in6_addr home_prefix = address(1, 0);
	if (view->home)
		REQUIRE(same(&view->care_of, &view->home_address) && !tally->home[node]);
	else
		REQUIRE(!address_in_prefix(&view->care_of, &home_prefix, 64));
	tally->home[node] |= view->home;
	REQUIRE(world.configured[node]);
	tally->count++;
	tally->of_node[node]++;
	if (view->bid == 0)
		tally->without_bid[node] = true;
}

static void check_bindings(void)
{
	struct tally tally = {0};
	core_each_binding(world.core, compare, &tally);
	REQUIRE(tally.count == world.tunnels.count);
	for (uint8_t i = 0; i < NODES; i++) {
		/* what was there before the limit fell may stay */
		REQUIRE(tally.of_node[i] <= world.bindings_max[i] ||
			tally.of_node[i] <= world.bindings[i]);
		world.bindings[i] = tally.of_node[i];
		REQUIRE(tally.sent_by[i] || !tally.passed_over[i]);
		REQUIRE(!tally.without_bid[i] || tally.of_node[i] == 1);
		REQUIRE(world.intercepted[i] == (world.home_link && tally.of_node[i] > 0));
	}
	flow_copy_check(&world.flows, world.core, &world.tunnels);
	/* Duplicate Address Detection has deadlines of its own. */
	bool waits = core_next_deadline(world.core) != NANOS_NEVER;
	REQUIRE(tally.count > 0 ? waits : !waits || world.home_link);
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

/* ---- events ---- */

static void pass(struct input *input)
{
	uint8_t octet = take(input);
	nanos duration =
		octet & 0x80 ? (octet & 0x7fu) * 10 * NANOS_PER_SECOND : octet * NANOS_PER_MS;
	world.now.mono += duration;
	world.now.ntp += (duration << 16) / (NANOS_PER_SECOND >> 16);
}

static void packet_arrives(const uint8_t *octets, size_t length)
{
	const struct arrival arrival = {
		.at = world.now, .ifindex = HOME_LINK, .packet = {octets, length}};
	core_packet(world.core, &arrival, &world.outbox);
}

/* One that changes nothing, whatever is in it. */
static void forged_packet_arrives(const uint8_t *octets, size_t length)
{
	uint64_t accepted = core_counters(world.core)->updates_accepted;
	packet_arrives(octets, length);
	REQUIRE(core_counters(world.core)->updates_accepted == accepted);
	for (size_t i = 0; i < world.outbox.count; i++)
		REQUIRE(world.outbox.effects[i].type == EFFECT_SEND ||
			world.outbox.effects[i].type == EFFECT_EVENT);
}

static struct in6_addr care_of_address(uint8_t octet)
{
	static const struct in6_addr odd[] = {
		{.s6_addr = {0}},
		{.s6_addr = {[15] = 1}},
		{.s6_addr = {0xfe, 0x80, [15] = 1}},
		{.s6_addr = {0xff, 0x02, [15] = 1}},
		{.s6_addr = {[10] = 0xff, 0xff, 192, 0, 2, 1}},
	};
	const uint8_t odds = sizeof(odd) / sizeof(odd[0]);
	if (octet < odds)
		return odd[octet];
	/* 1 is the home network: the home agent's address and the nodes' */
	return address(octet & 3, octet >> 2 & 31);
}

static void add_bid(struct input *input, struct message *message)
{
	struct opt_bid *option = &message->bid[message->bid_count++];
	uint8_t octet = take(input);
	*option = (struct opt_bid){
		.bid = octet & 15, .flags = octet & 0x40 ? BID_HOME : (octet >> 4 & 3)};
	if (!(octet & 0x80))
		option->care_of = (struct care_of){16, care_of_address(take(input))};
}

static void fill_update(struct input *input, uint8_t node, struct message *message)
{
	uint8_t octet = take(input);
	message_init(message, MH_binding_update);
	world.sequence = (uint16_t)(world.sequence + (octet & 0x80 ? -1 : 1));
	message->binding_update.sequence = world.sequence;
	message->binding_update.flags = (uint16_t)(BU_HOME | (octet & 1 ? BU_OVERWRITE : 0));
	message->binding_update.lifetime = octet & 2 ? 0 : (uint16_t)(octet << 1);
	message->has_alternate_care_of = octet & 4;
	if (message->has_alternate_care_of)
		message->alternate_care_of.address = care_of_address(take(input));
	message->has_replay = node == 1 || octet & 8;
	message->replay.timestamp = world.now.ntp + world.sequence;
	static const uint8_t link_layer[] = {2, 0, 0, 0, 0, 3};
	message->has_link_layer_address = node != 0;
	message->link_layer_address = (struct opt_link_layer_address){2, {link_layer, 6}};
	for (unsigned i = octet >> 4 & 7; i > 0; i--)
		add_bid(input, message);
	for (unsigned i = message->bid_count; i == 7 && message->bid_count < 40;)
		add_bid(input, message);
	if (message->bid_count > 0 && message->bid_count < 7)
		flow_copy_ask(input, message);
	message->authentication_count = 1;
	message->authentication[0] =
		(struct opt_authentication){AUTH_MN_HA, 256u + node, {NULL, AUTH_OCTETS}};
}

static void seal(uint8_t node, const struct in6_addr *source, const struct in6_addr *home_address,
	const struct message *message, uint8_t *octets, size_t through_spi)
{
	const struct in6_addr *care_of = source;
	if (message->bid_count == 1 && message->bid[0].care_of.length == 16)
		care_of = &message->bid[0].care_of.address;
	const struct octets pieces[] = {
		{care_of->s6_addr, 16}, {home_address->s6_addr, 16}, {octets, through_spi}};
	const struct auth auth = auth_of(node);
	uint8_t whole[SHA1_OCTETS];
	fuzz_mac(NULL, (struct octets){auth.key, auth.key_length}, pieces, 3, whole);
	memcpy(octets + through_spi, whole, AUTH_OCTETS);
}

/* Builds the next update, and remembers it. */
static const struct sent_update *next_update(struct input *input)
{
	static struct message message;
	uint8_t octet = take(input);
	uint8_t node = octet % NODES;
	struct in6_addr home_address = address(1, (uint8_t)(16 + node));
	bool at_home = octet & 0x80;
	const struct packet_envelope envelope = {
		.source = at_home ? home_address : care_of_address(take(input)),
		.destination = address(1, HOME_AGENT),
		.home_address = at_home ? NULL : &home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	uint8_t encoded[MESSAGE_OCTETS_MAX];
	uint8_t packet[PACKET_OCTETS_MAX];
	struct message_layout layout;
	fill_update(input, node, &message);
	if (octet & 0x40)
		shares_add(input, &message, care_of_address);
	REQUIRE(message_encode(shares_dialect(), &message, encoded, sizeof(encoded), &layout));
	seal(node, &envelope.source, &home_address, &message, encoded, layout.authentication_at);
	size_t length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, packet, sizeof(packet));
	REQUIRE(length > 0);
	return sent_updates_add(&world.sent, packet, length, length - layout.length);
}

/* It may be refused for many reasons, but it is authentic. */
static void update_arrives(const struct sent_update *update)
{
	uint64_t failed = core_counters(world.core)->drops[DROP_AUTHENTICATION_FAILED];
	uint64_t accepted = core_counters(world.core)->updates_accepted;
	packet_arrives(update->octets, update->length);
	REQUIRE(!world.store_down || core_counters(world.core)->updates_accepted == accepted);
	REQUIRE(core_counters(world.core)->drops[DROP_AUTHENTICATION_FAILED] == failed);
}

static void replay(struct input *input)
{
	if (world.sent.count > 0)
		update_arrives(sent_updates_recall(&world.sent, take(input)));
}

/*
 * One octet that the authenticator covers, or of it, is changed on the way, and the checksum made
 * right; what was sent arrives thereafter.
 */
static void tamper(struct input *input)
{
	size_t at = take(input);
	uint8_t change = (uint8_t)(take(input) | 1);
	const struct sent_update *sent = next_update(input);
	uint8_t octets[PACKET_OCTETS_MAX];
	if (sent_update_alter(sent, at, change, octets)) {
		forged_packet_arrives(octets, sent->length);
		empty_outbox();
	}
	update_arrives(sent);
}

static void raw_message(struct input *input)
{
	struct in6_addr home_address = address(1, 16);
	uint8_t octet = take(input);
	size_t length = take(input);
	if (length > input->left)
		length = input->left;
	const struct packet_envelope envelope = {
		.source = care_of_address(take(input)),
		.destination = address(1, HOME_AGENT),
		.home_address = octet & 1 ? &home_address : NULL,
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

/* The third node's care-of addresses are verified, unless its policy says otherwise. */
static void configure_policy(uint8_t node, uint8_t bindings_max, uint8_t policy)
{
	const struct host_event event = {
		.type = HOST_NODE_SET,
		.node =
			{
				.home_address = address(1, (uint8_t)(16 + node)),
				.auth = auth_of(node),
				.bindings_max = bindings_max,
				.mcoa_prohibited = policy & 1,
				.bulk_prohibited = policy & 2,
				.verify = (node + (policy >> 2)) % 3,
			},
	};
	REQUIRE(core_host(world.core, world.now, &event, &world.outbox) == 0);
	world.configured[node] = true;
	world.bindings_max[node] = bindings_max;
}

static void configure(uint8_t node, uint8_t bindings_max)
{
	configure_policy(node, bindings_max, 0);
}

static void reconfigure(struct input *input)
{
	uint8_t octet = take(input);
	uint8_t node = octet % NODES;
	if (octet & 0x80) {
		uint8_t policy = octet & 0x40 ? take(input) : 0;
		configure_policy(node, (uint8_t)(1 + (octet >> 2) % BINDINGS_MAX), policy);
		return;
	}
	struct host_event event = {
		.type = HOST_NODE_REMOVE,
		.node.home_address = address(1, (uint8_t)(16 + node)),
	};
	int result = core_host(world.core, world.now, &event, &world.outbox);
	REQUIRE((result == 0) == world.configured[node]);
	world.configured[node] = false;
}

/* Killed and started again, with what the data plane remembers; some nodes are gone by then. */
static void restart(struct input *input)
{
	uint8_t gone = take(input);
	core_free(world.core);
	world.home_link = gone & 0x80;
	world.only_router = gone & 0x40;
	world.balances = gone & 0x20;
	memset(world.intercepted, 0, sizeof(world.intercepted));
	world.tunnels.count = 0; /* they are set again */
	subjects_restart(&world.tunnels.subjects);
	start();
	world.store_down = false;
	for (uint8_t i = 0; i < NODES; i++) {
		world.configured[i] = world.configured[i] && !(gone >> i & 1);
		if (!world.configured[i])
			continue;
		configure(i, world.bindings_max[i]);
		struct host_event event = {.type = HOST_RESTORE, .record = world.records[i]};
		event.record.home_address = address(1, (uint8_t)(16 + i));
		REQUIRE(core_host(world.core, world.now, &event, &world.outbox) == 0);
		empty_outbox();
	}
	flow_copy_restore(&world.flows, world.core, world.now, &world.outbox, empty_outbox);
}

/* ---- verification ---- */

/* Changes the reply in one place, or not: only the true one may make a tunnel usable. */
static void probe_answered(struct input *input)
{
	uint8_t octet = take(input);
	struct packet packet;
	if (world.probe.length == 0)
		return;
	uint8_t body[PACKET_OCTETS_MAX], reply[PACKET_OCTETS_MAX];
	REQUIRE(packet_decode(world.probe.octets, world.probe.length, &packet) == WIRE_OK);
	memcpy(body, packet.payload.at, packet.payload.length);
	body[0] = ICMPV6_ECHO_REPLY;
	body[2] = body[3] = 0;
	bool changed = octet & 0x80;
	if (changed)
		body[4 + (octet & 0x7f) % (packet.payload.length - 4)] ^= (uint8_t)(octet | 1);
	struct packet_envelope envelope = {
		.source = packet.destination,
		.destination = packet.source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	if (octet == 1)
		envelope.source.s6_addr[15] ^= 1;
	size_t length = packet_build(
		&envelope, (struct octets){body, packet.payload.length}, reply, sizeof(reply));
	uint64_t answered = core_counters(world.core)->probes_answered;
	packet_arrives(reply, length);
	if (changed || octet == 1)
		REQUIRE(core_counters(world.core)->probes_answered == answered &&
			world.outbox.count == 0);
}

/* ---- recovery ---- */

struct binding_search {
	uint8_t which;
	bool found;
	struct binding_view view;
};

static void look(void *ctx, const struct binding_view *view)
{
	struct binding_search *search = ctx;
	search->found = true;
	if (search->which-- == 0)
		search->view = *view;
}

/* Packets go to, or come from, some care-of address, or a router says that it cannot reach it. */
static void traffic(struct input *input)
{
	uint8_t octet = take(input);
	struct binding_search search = {.which = octet & 7};
	core_each_binding(world.core, look, &search);
	if (!search.found || search.view.bid == 0)
		return;
	struct host_event event = {.type = HOST_ACTIVITY};
	if (octet & 0x40) {
		event.type = HOST_UNREACHABLE;
		event.unreachable = (struct host_unreachable){
			.home_address = search.view.home_address,
			.care_of = search.view.care_of,
			.received = octet & 0x20 ? world.now.mono : 0,
		};
	} else {
		event.activity = (struct host_activity){
			.home_address = search.view.home_address,
			.bid = search.view.bid,
			.sent = octet & 0x10 ? world.now.mono : 0,
			.received = octet & 0x20 ? world.now.mono : 0,
		};
	}
	(void)core_host(world.core, world.now, &event, &world.outbox);
}

/* ---- the home link ---- */

static void home_link_changes(struct input *input)
{
	uint8_t octet = take(input);
	const struct host_event event = {
		.type = HOST_HOME_LINK,
		.home_link = {octet & 2 ? 0 : HOME_LINK, octet & 1, {2, 0, 0, 0, 0, 1},
			{.s6_addr = {0xfe, 0x80, [15] = 1}}},
	};
	int result = core_host(world.core, world.now, &event, &world.outbox);
	REQUIRE((result == 0) == world.home_link);
}

/* Somebody on the home link asks for a node's address, or says that he has it. */
static void neighbour_speaks(struct input *input)
{
	uint8_t octet = take(input);
	struct icmpv6 message = {
		.type = octet & 1 ? ICMPV6_NEIGHBOR_SOLICITATION : ICMPV6_NEIGHBOR_ADVERTISEMENT,
		.target = address(1, (uint8_t)(16 + (octet >> 4) % NODES)),
		.has_target_link_layer = !(octet & 1),
		.has_source_link_layer = (octet & 3) == 1,
		.target_link_layer = {2, 0, 0, 0, 0, octet & 7},
	};
	struct packet_envelope envelope = {
		.source = octet & 2 ? (struct in6_addr){.s6_addr = {0}} : address(1, 200),
		.destination = address_solicited_node(&message.target),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 255,
	};
	if (!(octet & 1)) {
		envelope.source = address(1, 200);
		envelope.destination = address(1, HOME_AGENT);
	}
	uint8_t octets[128], packet[256];
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));
	length = packet_build(&envelope, (struct octets){octets, length}, packet, sizeof(packet));
	REQUIRE(length > 0);
	uint64_t accepted = core_counters(world.core)->updates_accepted;
	packet_arrives(packet, length);
	REQUIRE(core_counters(world.core)->updates_accepted == accepted);
}

/* ---- discovery ---- */

/* Somebody looks for a home agent, or asks for the prefixes; another home agent is heard. */
static void discovery_speaks(struct input *input)
{
	static const uint8_t types[] = {ICMPV6_HOME_AGENT_REQUEST, ICMPV6_PREFIX_SOLICITATION,
		ICMPV6_PREFIX_SOLICITATION, ICMPV6_ROUTER_ADVERTISEMENT};
	uint8_t octet = take(input), more = take(input);
	struct in6_addr prefix = address(1, 0), home = address(1, (uint8_t)(16 + (more & 3)));
	struct icmpv6 message = {.type = types[octet & 3], .identifier = more};
	struct packet_envelope envelope = {
		.source = care_of_address(octet >> 2),
		.destination = address(1, HOME_AGENT),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	if (message.type == ICMPV6_HOME_AGENT_REQUEST)
		envelope.destination = address_home_agents_anycast(&prefix, 64);
	if (message.type == ICMPV6_PREFIX_SOLICITATION)
		envelope.home_address = &home;
	if (message.type == ICMPV6_ROUTER_ADVERTISEMENT) {
		envelope.source = (struct in6_addr){.s6_addr = {0xfe, 0x80, [15] = octet}};
		envelope.hop_limit = 255;
		message.home_agent = more & 1;
		message.router_lifetime = more;
		message.prefixes_count = 1;
		message.prefixes[0] = (struct icmpv6_prefix){.prefix = care_of_address(more),
			.length = 64,
			.router = true,
			.valid = more};
	}
	uint8_t octets[256], packet[512];
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));
	length = packet_build(&envelope, (struct octets){octets, length}, packet, sizeof(packet));
	REQUIRE(length > 0);
	forged_packet_arrives(packet, length);
}

/* ---- prefixes ---- */

static void prefix_changes(struct input *input)
{
	uint8_t octet = take(input);
	struct host_event event = {
		.type = octet & 0x80 ? HOST_PREFIX_REMOVE : HOST_PREFIX_SET,
		.prefix = {address(octet & 1 ? 1 : 3, 0), 64, true, true, NANOS_NEVER, NANOS_NEVER},
	};
	if (octet & 2)
		event.prefix.preferred_until = world.now.mono + octet * NANOS_PER_SECOND;
	if (octet & 4)
		event.prefix.valid_until = world.now.mono + 2 * octet * NANOS_PER_SECOND;
	(void)core_host(world.core, world.now, &event, &world.outbox);
	REQUIRE(world.outbox.count == 0);
}

/* ---- the store ---- */

static void keep(uint8_t node)
{
	struct in6_addr home_address = address(1, (uint8_t)(16 + node));
	world.kept = (struct kept){true, world.records[node], world.flows};
	world.kept.record.home_address = home_address;
}

static void roll_back(void)
{
	const struct host_event event = {.type = HOST_ROLLBACK, .record = world.kept.record};
	uint8_t node = node_number(&world.kept.record.home_address);
	int result = core_host(world.core, world.now, &event, &world.outbox);
	REQUIRE((result == 0) == world.configured[node]);
	empty_outbox();
	flow_copy_roll_back(&world.flows, &world.kept.flows, &world.kept.record.home_address,
		world.core, world.now, &world.outbox, empty_outbox);
	/* what was there before the limit fell may come back */
	if (world.bindings[node] < world.kept.record.count)
		world.bindings[node] = world.kept.record.count;
}

static void store_changes(struct input *input)
{
	uint8_t octet = take(input);
	if (octet & 0x40) {
		keep(octet % NODES);
	} else if (octet & 0x80) {
		if (world.kept.there)
			roll_back();
	} else {
		world.store_down = octet & 1;
		const struct host_event event = {
			.type = HOST_STORE, .store_works = !world.store_down};
		REQUIRE(core_host(world.core, world.now, &event, &world.outbox) == 0);
	}
}

static void event(struct input *input)
{
	uint8_t octet = take(input);
	switch (octet & 15) {
	case 0:
		if (octet & 0x80)
			traffic(input);
		else
			pass(input);
		break;
	case 1:
		pass(input);
		break;
	case 2:
		replay(input);
		break;
	case 3:
	case 4:
		tamper(input);
		break;
	case 5:
		raw_message(input);
		break;
	case 6:
		reconfigure(input);
		break;
	case 7:
		restart(input);
		break;
	case 8:
		probe_answered(input);
		break;
	case 9:
		prefix_changes(input);
		break;
	case 10:
		store_changes(input);
		break;
	case 11:
		home_link_changes(input);
		break;
	case 12:
		neighbour_speaks(input);
		break;
	case 13:
		discovery_speaks(input);
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
	for (uint8_t i = 0; i < NODES; i++)
		configure(i, BINDINGS_MAX);
	while (input.left > 0)
		event(&input);
	core_free(world.core);
	subjects_fini(&world.tunnels.subjects);
	REQUIRE(large_in_use() == 0);
	return 0;
}
