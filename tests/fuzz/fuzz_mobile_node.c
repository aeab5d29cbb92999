/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node's machine: each octet of the input is an event, so that the fuzzer searches the
 * orders of events, not only the bytes of messages. After each event the machine must come to
 * rest, and what it does must make sense.
 */
#include "fuzz.h"
#include "input.h"
#include "large.h"
#include "port.h"
#include "shares.h"

#include "../support/subjects.h"
#include "../../src/core/api/core.h"
#include "../../src/wire/icmpv6.h"

#include <string.h>

#define HOME_AGENT 1
#define HOME 2
#define IDLE_HOME 99 /* of a mobile node that has no link */
#define BIDS 3
#define ADDRESSES 3
#define REMEMBERED 4
#define INTERFACES 16
#define PEERS 2
#define PEER_NETWORK 48

/* The home prefix is that of the home agent's and the home address. */
#define HOME_PREFIX_LENGTH 48

/* More than any rest needs: each path one transition and one probe, and an update. */
#define ROUNDS_MAX 50

/* What a correspondent has been sent of one type. */
struct sent_to_peer {
	struct effect_send last;
	bool any;
	bool tunnelled;
	nanos times[3]; /* a ring */
	unsigned next;
};

#define PEER_TYPES (MH_binding_update + 1)

struct world {
	struct core *core;
	struct moment now;
	uint64_t random;
	unsigned sends;
	struct effect_send updates[REMEMBERED];
	unsigned updates_count;
	struct effect_send probes[REMEMBERED];
	unsigned probes_count;
	unsigned in_window; /* updates since window_start */
	nanos window_start;
	uint16_t asked;       /* identifier of the last request or solicitation */
	uint8_t home_address; /* enum home_address_use */
	uint8_t at_home;      /* enum at_home */
	struct sent_to_peer peers[PEERS][PEER_TYPES];
	bool balances; /* it knows the Load Balancing option */
	bool evicts;   /* there is room for one correspondent only */
	bool answered; /* anything was, ever, or taken over from before */
	bool stopped;
	struct outbox outbox; /* not cleared: large */
};

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

static struct in6_addr peer_address(unsigned peer)
{
	return address(PEER_NETWORK, (uint8_t)(1 + peer));
}

/* Which correspondent this is; PEERS if none. */
static unsigned peer_of(const struct in6_addr *whose)
{
	unsigned peer = 0;
	for (; peer < PEERS; peer++) {
		struct in6_addr its = peer_address(peer);
		if (memcmp(&its, whose, sizeof(its)) == 0)
			break;
	}
	return peer;
}

/* RFC 6275 12: MAX_UPDATE_RATE; one that gave way and comes back is counted anew */
static void check_rate(struct world *world, struct sent_to_peer *sent)
{
	nanos oldest = sent->times[sent->next];
	REQUIRE(world->evicts || !oldest || world->now.mono - oldest >= NANOS_PER_SECOND);
	sent->times[sent->next] = world->now.mono;
	sent->next = (sent->next + 1) % 3;
}

/* RFC 6275 6.1.3, 6.1.4, 11.7.2, RFC 5648 5.3 */
static void check_to_peer(struct world *world, unsigned peer, const struct packet *packet,
	const struct effect_send *send, bool tunnelled)
{
	static struct message message;
	struct in6_addr home = address(0, HOME);
	bool from_home = memcmp(&packet->source, &home, sizeof(home)) == 0;
	REQUIRE(packet_message(shares_dialect(), packet, &message) == WIRE_OK);
	shares_check(&message, world->balances);
	REQUIRE(message.type <= MH_binding_update);
	REQUIRE(message.bid_count <= 1);
	REQUIRE(message.type != MH_home_test_init || from_home);
	REQUIRE(message.type != MH_care_of_test_init || !from_home);
	REQUIRE(packet->has_home_address == (message.type == MH_binding_update && !from_home));
	if (message.type == MH_binding_update) {
		REQUIRE(!(message.binding_update.flags & BU_HOME));
		REQUIRE(message.binding_update.lifetime <= 105);
		REQUIRE(message.has_nonce_indices && message.has_authorization);
	}
	struct sent_to_peer *sent = &world->peers[peer][message.type];
	check_rate(world, sent);
	sent->last = *send;
	sent->any = true;
	sent->tunnelled = tunnelled;
}

/* What the node says of itself, and asks from nowhere (RFC 6275 11.5.5, RFC 5648 5.6.4). */
static void check_discovery(struct world *world, const struct packet *packet)
{
	static struct icmpv6 message;
	struct in6_addr none = {0};
	REQUIRE(icmpv6_decode(packet, &message) == WIRE_OK);
	if (message.type == ICMPV6_NEIGHBOR_ADVERTISEMENT)
		REQUIRE(world->home_address == HOME_ADDRESS_DEFENDED && world->answered);
	else
		REQUIRE(memcmp(&packet->source, &none, sizeof(none)) == 0);
}

/* RFC 6275 11.4: while no home agent is known, nobody but the anycast address is asked. */
static void check_asked(struct world *world, const struct packet *packet)
{
	struct in6_addr agent = mobile_node_home_agent(core_mobile_node(world->core, 0));
	uint8_t type = icmpv6_type(packet);
	if (type == ICMPV6_HOME_AGENT_REQUEST || type == ICMPV6_PREFIX_SOLICITATION)
		world->asked = (uint16_t)(packet->payload.at[4] << 8 | packet->payload.at[5]);
	REQUIRE(type == ICMPV6_HOME_AGENT_REQUEST || !IN6_IS_ADDR_UNSPECIFIED(&agent));
	/* a probe may show the binding (RFC 6275 9.3.1) */
	REQUIRE(packet->has_home_address == (type == ICMPV6_PREFIX_SOLICITATION) ||
		type == ICMPV6_ECHO_REQUEST);
}

/* Every packet leaves by a link that is up, from the address in use there. */
static void check_send(struct world *world, const struct effect_send *send)
{
	struct packet packet;
	REQUIRE(packet_decode(send->octets, send->length, &packet) == WIRE_OK);
	if (send->framed && packet.next_header == ICMPV6_NEXT_HEADER) {
		check_discovery(world, &packet);
		return;
	}
	struct packet inner;
	bool tunnelled = packet.next_header == IPV6_NEXT_HEADER;
	if (tunnelled)
		REQUIRE(packet_decode(packet.payload.at, packet.payload.length, &inner) == WIRE_OK);
	unsigned peer = peer_of(tunnelled ? &inner.destination : &packet.destination);
	REQUIRE(!tunnelled || peer < PEERS);
	if (peer < PEERS)
		check_to_peer(world, peer, tunnelled ? &inner : &packet, send, tunnelled);
	/* RFC 6275 11.5.5: from the home address, and then without Home Address option */
	struct in6_addr home = address(0, HOME);
	bool from_home = memcmp(&packet.source, &home, sizeof(home)) == 0;
	REQUIRE(from_home == send->framed || peer < PEERS);
	REQUIRE(packet.next_header != MH_NEXT_HEADER || packet.has_home_address != from_home ||
		peer < PEERS);
	if (packet.next_header == ICMPV6_NEXT_HEADER)
		check_asked(world, &packet);
	REQUIRE(!from_home || world->at_home != AT_HOME_VISITED);
	struct places places = {.packet = &packet, .ifindex = send->ifindex};
	mobile_node_each_link(core_mobile_node(world->core, 0), compare, &places);
	REQUIRE(places.found);
	if (peer < PEERS)
		return;
	if (packet.next_header == MH_NEXT_HEADER)
		check_update(world, send);
	else if (icmpv6_type(&packet) == ICMPV6_ECHO_REQUEST)
		world->probes[world->probes_count++ % REMEMBERED] = *send;
}

/* Which the core has told of. */
static struct subjects subjects;

/* RFC 6275 11.3.1: by an address that is in use, or that packets may still come to */
static void check_direct(const struct world *world, const struct effect_tunnel *tunnel)
{
	const struct in6_addr *peer = &subjects_owner(&subjects, tunnel->subject)->peer;
	struct in6_addr home = address(0, HOME);
	struct packet packet = {.source = tunnel->local.address};
	struct places places = {.packet = &packet, .ifindex = tunnel->local.ifindex};
	REQUIRE(peer_of(peer) < PEERS);
	REQUIRE(memcmp(&tunnel->remote.address, peer, sizeof(home)) == 0);
	REQUIRE(memcmp(&tunnel->local.address, &home, sizeof(home)) != 0);
	REQUIRE(!tunnel->remote.framed);
	mobile_node_each_link(core_mobile_node(world->core, 0), compare, &places);
	REQUIRE(!tunnel->usable || places.found);
	REQUIRE(!tunnel->usable || tunnel->expires > world->now.mono);
}

/* RFC 5648 5.6: what the data plane is told of the home link */
static void check_tunnel(struct world *world, const struct effect_tunnel *tunnel)
{
	struct in6_addr home = address(0, HOME);
	if (tunnel->encapsulation == ENCAP_TO_CORRESPONDENT) {
		check_direct(world, tunnel);
		return;
	}
	bool at_home = memcmp(&tunnel->local.address, &home, sizeof(home)) == 0;
	REQUIRE(at_home == (tunnel->encapsulation == ENCAP_HOME_LINK));
	REQUIRE(!tunnel->remote.framed || at_home);
	REQUIRE(!at_home || world->at_home != AT_HOME_VISITED);
	REQUIRE(!at_home || !tunnel->usable || world->home_address != HOME_ADDRESS_AWAY);
	REQUIRE(tunnel->remote.framed ==
			(at_home && tunnel->usable && world->home_address == HOME_ADDRESS_SILENT) ||
		!tunnel->usable);
	REQUIRE(!tunnel->usable || world->answered);
}

static void check_home_address(struct world *world, const struct effect_home_address *address)
{
	REQUIRE(address->use != world->home_address || address->ifindex != 0);
	REQUIRE((address->use == HOME_ADDRESS_AWAY) == (address->ifindex == 0));
	REQUIRE(address->use == HOME_ADDRESS_AWAY || world->at_home != AT_HOME_VISITED);
	REQUIRE(address->use != HOME_ADDRESS_SILENT || world->answered);
	world->home_address = address->use;
}

/* The mobile node without links has nothing to tell or send. */
static void check_owner(const struct effect *effect)
{
	struct in6_addr home = address(0, HOME);
	if (effect->type == EFFECT_TUNNEL_SET || effect->type == EFFECT_TUNNEL_REMOVE)
		REQUIRE(memcmp(&subjects_owner(&subjects, effect->tunnel.subject)->home_address,
				&home, sizeof(home)) == 0);
	if (effect->type == EFFECT_EVENT)
		REQUIRE(memcmp(&effect->event.home_address, &home, sizeof(home)) == 0);
	if (effect->type == EFFECT_HOME_AGENT)
		REQUIRE(memcmp(&effect->home_agent.home_address, &home, sizeof(home)) == 0);
}

static void empty_outbox(struct world *world)
{
	for (size_t i = 0; i < world->outbox.count; i++) {
		const struct effect *effect = &world->outbox.effects[i];
		REQUIRE(!world->stopped);
		REQUIRE(!subjects_apply(&subjects, effect));
		check_owner(effect);
		if (effect->type == EFFECT_SEND)
			check_send(world, &effect->send);
		if (effect->type == EFFECT_TUNNEL_SET)
			check_tunnel(world, &effect->tunnel);
		if (effect->type == EFFECT_HOME_ADDRESS)
			check_home_address(world, &effect->home_address);
		if (effect->type == EFFECT_STOPPED) {
			REQUIRE(world->home_address == HOME_ADDRESS_AWAY);
			world->stopped = true;
		}
	}
	world->outbox.count = 0;
	struct places places = {0};
	mobile_node_each_link(core_mobile_node(world->core, 0), compare, &places);
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
				.has_link_layer = !(octet & 0x20),
				.link_layer = {2, 0, 0, 0, 0, octet & 3},
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

static void policy_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input);
	struct host_event event = {.type = octet & 0x80 ? HOST_POLICY_REMOVE : HOST_POLICY_SET};
	struct policy_rule *rule = &event.policy;
	rule->number = octet & 7;
	if (event.type == HOST_POLICY_SET) {
		uint8_t more = take(input);
		rule->preference = octet >> 3 & 15;
		rule->mode = more % (POLICY_MODES + 1);
		rule->strict = more & 0x10;
		rule->unmetered = more & 0x20;
		rule->delay_max_us = more & 0x40 ? 30000 : 0;
		rule->loss_max = more & 0x80 ? take(input) : 0;
		uint8_t form = take(input);
		rule->selector.format = form & 3;
		rule->links_count = take(input) % (BIDS + 1);
		for (uint8_t i = 0; i < rule->links_count; i++)
			rule->links[i] =
				(struct policy_link){(uint16_t)(take(input) % (BIDS + 1)), 1};
		rule->receive_count = form >> 2 & 3;
		for (uint8_t i = 0; i < rule->receive_count; i++)
			rule->receive[i] = (struct policy_link){
				(uint16_t)(take(input) % (BIDS + 1)), form >> 4};
	}
	host(world, &event);
}

static void hint_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input);
	const struct host_event event = {.type = HOST_LINK_HINT,
		.hint = {.bid = (uint16_t)(octet % (BIDS + 1)), .leaving = octet & 0x80}};
	host(world, &event);
}

static void restore_event(struct world *world, struct input *input)
{
	const struct host_event event = {
		.type = HOST_RESTORE,
		.record = {.home_address = address(0, HOME),
			.sequence = (uint16_t)(take(input) << 8)},
	};
	host(world, &event);
}

static void refused_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input);
	uint16_t bid = (uint16_t)(octet % (BIDS + 1));
	const struct host_event event = {
		.type = HOST_REFUSED,
		.refused = {.bid = bid,
			.care_of = address((uint8_t)(16 + bid), (uint8_t)(octet >> 2) % ADDRESSES)},
	};
	host(world, &event);
}

static void arrive(struct world *world, uint32_t ifindex, const struct packet_envelope *envelope,
	struct octets payload)
{
	uint8_t packet[PACKET_OCTETS_MAX];
	size_t length = packet_build(envelope, payload, packet, sizeof(packet));
	REQUIRE(length > 0);
	const struct arrival arrival = {
		.at = world->now, .ifindex = ifindex, .packet = {packet, length}};
	core_packet(world->core, &arrival, &world->outbox);
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
		.routing_address = probe.has_home_address ? &probe.home_address : NULL,
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
	bool at_home = memcmp(to, &home, sizeof(home)) == 0;
	const struct packet_envelope envelope = {
		.source = address(0, HOME_AGENT),
		.destination = *to,
		.routing_address = message->type == MH_binding_error || at_home ? NULL : &home,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	arrive(world, ifindex, &envelope, (struct octets){octets, layout.length});
}

static uint8_t some_status(uint8_t octet)
{
	static const uint8_t statuses[] = {
		0, 0, 0, 0, 0, 1, 4, 5, 128, 132, 133, 135, 144, 164, 165, 166, 167, 168, 169, 174};
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
	for (size_t i = 0; i < update.flow_count && (octet & 8); i++)
		ack.flow[ack.flow_count++] = (struct opt_flow){
			.fid = update.flow[i].fid, .priority = 1, .status = take(input)};
	for (size_t i = 0; update.flow_summary_count && i < update.flow_summary[0].fids_count; i++)
		if (octet & 4 && ack.flow_count < MESSAGE_FLOWS_MAX)
			ack.flow[ack.flow_count++] =
				(struct opt_flow){.fid = update.flow_summary[0].fids[i],
					.priority = 1,
					.status = take(input)};
	world->answered = true;
	send_message(world, send->ifindex, &packet.source, &ack);
}

static void other_message_event(struct world *world, struct input *input)
{
	static struct message message;
	uint8_t octet = take(input);
	struct in6_addr to = address(17, 0);
	message_init(&message, octet & 1 ? MH_binding_error : MH_refresh_request);
	for (unsigned bid = 1; bid <= BIDS && !(octet & 1); bid++)
		if (octet >> bid & 1)
			message.bid[message.bid_count++] = (struct opt_bid){.bid = (uint16_t)bid};
	if (octet & 1)
		message.binding_error = (struct msg_binding_error){
			.status = octet >> 1 & 3, .home_address = address(0, HOME)};
	send_message(world, 1, &to, &message);
}

static void discover(struct world *world, uint32_t ifindex, const struct icmpv6 *message)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	const struct packet_envelope envelope = {
		.source = {.s6_addr = {0xfe, 0x80, [15] = (uint8_t)(1 + message->hop_limit)}},
		.destination = {.s6_addr = {0xff, 0x02, [15] = 1}},
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 255,
	};
	size_t length = icmpv6_encode(message, octets, sizeof(octets));
	REQUIRE(length > 0);
	arrive(world, ifindex, &envelope, (struct octets){octets, length});
}

/* Of the home link, or of another; with all that may be in it or not. */
static void router_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input), more = take(input);
	struct icmpv6 message = {
		.type = ICMPV6_ROUTER_ADVERTISEMENT,
		.hop_limit = octet >> 2 & 1,
		.home_agent = octet & 8,
		.router_lifetime = octet & 16 ? more & 7 : 1800,
		.has_source_link_layer = octet & 32,
		.source_link_layer = {octet & 64 ? 2 : 0x33, 0, 0, 0, 1, more & 3},
		.has_home_agent_information = octet & 128,
		.home_agent_lifetime = (uint16_t)(more & 15),
		.prefixes_count = more >> 4 & 3,
	};
	for (size_t i = 0; i < message.prefixes_count; i++)
		message.prefixes[i] = (struct icmpv6_prefix){
			.prefix = address(more & 64 ? 0 : 17, i == 1 ? HOME_AGENT : 0),
			.length = HOME_PREFIX_LENGTH,
			.on_link = i != 1,
			.router = i == 1,
			.valid = more & 128 ? more & 31 : UINT32_MAX,
		};
	discover(world, octet & 3, &message);
}

static void neighbour_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input);
	const struct icmpv6 message = {
		.type = ICMPV6_NEIGHBOR_ADVERTISEMENT,
		.target = address(0, octet & 4 ? HOME : HOME_AGENT),
		.override = true,
		.has_target_link_layer = octet & 8,
		.target_link_layer = {octet & 16 ? 3 : 2, 0, 0, 0, 2, octet >> 5},
	};
	discover(world, octet & 3, &message);
}

/* A reply with home agents, or prefixes of the home link; asked for, or not. */
static void answer_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input), more = take(input);
	struct in6_addr home = address(0, HOME);
	struct icmpv6 message = {
		.type = octet & 1 ? ICMPV6_HOME_AGENT_REPLY : ICMPV6_PREFIX_ADVERTISEMENT,
		.identifier = octet & 2 ? more : world->asked,
		.home_agents_count = octet & 1 ? octet >> 4 : 0,
		.prefixes_count = octet & 1 ? 0 : more & 3,
	};
	for (uint16_t i = 0; i < message.home_agents_count; i++)
		message.home_agents[i] = address(0, (uint8_t)(HOME_AGENT + (more + i) % 16));
	for (uint16_t i = 0; i < message.prefixes_count; i++)
		message.prefixes[i] = (struct icmpv6_prefix){.prefix = address((uint8_t)i, 0),
			.length = 64,
			.valid = more,
			.preferred = more / 2u};
	const struct packet_envelope envelope = {
		.source = address(0, HOME_AGENT),
		.destination = address((uint8_t)(16 + (octet >> 2 & 3)), 0),
		.routing_address = octet & 1 ? NULL : &home,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));
	REQUIRE(length > 0);
	arrive(world, octet >> 2 & 3, &envelope, (struct octets){octets, length});
}

/* ---- correspondents ---- */

static bool sent_message(
	const struct sent_to_peer *sent, struct packet *packet, struct message *message)
{
	if (!sent->any)
		return false;
	REQUIRE(packet_decode(sent->last.octets, sent->last.length, packet) == WIRE_OK);
	if (sent->tunnelled) {
		struct octets inner = packet->payload;
		REQUIRE(packet_decode(inner.at, inner.length, packet) == WIRE_OK);
	}
	return packet_message(&dialect_rfc5648, packet, message) == WIRE_OK;
}

/* From the correspondent, directly or out of the tunnel; by `ifindex`. */
static void from_peer(struct world *world, unsigned peer, uint32_t ifindex,
	const struct in6_addr *to, const struct message *message, bool tunnelled)
{
	uint8_t octets[PACKET_OCTETS_MAX], packet[PACKET_OCTETS_MAX];
	struct message_layout layout;
	struct in6_addr home = address(0, HOME);
	bool at_home = memcmp(to, &home, sizeof(home)) == 0;
	bool routed = !at_home &&
		      (message->type == MH_binding_ack || message->type == MH_refresh_request);
	REQUIRE(message_encode(&dialect_rfc5648, message, octets, sizeof(octets), &layout));
	const struct packet_envelope envelope = {
		.source = peer_address(peer),
		.destination = *to,
		.routing_address = routed ? &home : NULL,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	if (!tunnelled) {
		arrive(world, ifindex, &envelope, (struct octets){octets, layout.length});
		return;
	}
	size_t length = packet_build(
		&envelope, (struct octets){octets, layout.length}, packet, sizeof(packet));
	const struct packet_envelope outer = {
		.source = address(0, HOME_AGENT),
		.destination = address((uint8_t)(16 + ifindex), 0),
		.next_header = IPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	arrive(world, ifindex, &outer, (struct octets){packet, length});
}

/* The answer to the last Test Init, or nearly. */
static void test_event(struct world *world, struct input *input, unsigned peer, uint8_t type)
{
	static struct message question, message;
	struct packet packet;
	const struct sent_to_peer *sent = &world->peers[peer][type];
	uint8_t octet = take(input);
	if (!sent_message(sent, &packet, &question))
		return;
	bool home = type == MH_home_test_init;
	message_init(&message, home ? MH_home_test : MH_care_of_test);
	uint64_t cookie = home ? question.home_test_init.cookie : question.care_of_test_init.cookie;
	/* both have the same fields */
	message.home_test = (struct msg_home_test){
		.nonce_index = octet, .cookie = cookie ^ (octet & 1), .token = octet};
	for (size_t i = 0; i < question.bid_count && !(octet & 2); i++)
		message.bid[message.bid_count++] =
			(struct opt_bid){.bid = question.bid[i].bid, .status = octet & 4 ? 164 : 0};
	uint32_t ifindex = octet & 8 ? sent->last.ifindex : octet >> 4 & 3;
	from_peer(world, peer, ifindex, &packet.source, &message,
		(octet & 0xc0) == 0xc0 ? !sent->tunnelled : sent->tunnelled);
}

/* An answer to the last update; its authenticator is zero, which is what no_hmac() makes of it. */
static void peer_ack_event(struct world *world, struct input *input, unsigned peer)
{
	static const uint8_t statuses[] = {
		0, 0, 0, 0, 0, 0, 1, 128, 129, 130, 133, 135, 136, 137, 138, 165, 166, 168, 255};
	static struct message update, message;
	struct packet packet;
	const struct sent_to_peer *sent = &world->peers[peer][MH_binding_update];
	uint8_t octet = take(input), more = take(input);
	if (!sent_message(sent, &packet, &update))
		return;
	message_init(&message, MH_binding_ack);
	message.binding_ack.status = statuses[octet % sizeof(statuses)];
	message.binding_ack.sequence = (uint16_t)(update.binding_update.sequence +
						  (more & 0x80 ? more & 3 : 0) - (more >> 5 & 1));
	message.binding_ack.lifetime = more & 0x40 ? more & 31 : update.binding_update.lifetime;
	for (size_t i = 0; i < update.bid_count && !(more & 0x10); i++)
		message.bid[message.bid_count++] = (struct opt_bid){.bid = update.bid[i].bid};
	message.has_authorization = more != 0x81;
	message.authorization.authenticator = (struct octets){NULL, AUTH_OCTETS};
	from_peer(world, peer, sent->last.ifindex, &packet.source, &message, false);
}

static void peer_error_event(struct world *world, unsigned peer, uint8_t octet)
{
	static struct message message;
	struct in6_addr to = address((uint8_t)(17 + (octet >> 4 & 1)), 0);
	message_init(&message, octet & 0x80 ? MH_binding_error : MH_refresh_request);
	if (octet & 0x80)
		message.binding_error = (struct msg_binding_error){
			.status = octet >> 5 & 3, .home_address = address(0, HOME)};
	from_peer(world, peer, 1u + (octet >> 4 & 1), &to, &message, false);
}

/* RFC 6275 11.3.5, about the last message of any type; or a router's Destination Unreachable. Of
 * what has left directly, it is an update that has a Home Address option. */
static void problem_event(struct world *world, struct input *input, unsigned peer)
{
	uint8_t octet = take(input), octets[PACKET_OCTETS_MAX];
	const struct sent_to_peer *sent = &world->peers[peer][1 + octet % 5];
	struct packet packet;
	if (!sent->any)
		return;
	struct octets about = {sent->last.octets, sent->last.length};
	REQUIRE(packet_decode(about.at, about.length, &packet) == WIRE_OK);
	if (sent->tunnelled)
		about = packet.payload;
	if (octet & 0x40)
		about.length -= octet >> 3 & 7;
	bool router = (octet & 0x60) == 0x20;
	const struct icmpv6 message = {
		.type = router ? ICMPV6_DESTINATION_UNREACHABLE : ICMPV6_PARAMETER_PROBLEM,
		.code = octet & 0x80 ? 2 : 1,
		.pointer = octet & 0x80 ? IPV6_HEADER_OCTETS + 6 : IPV6_HEADER_OCTETS,
		.data = about,
	};
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));
	const struct packet_envelope envelope = {
		.source = router ? address(0, HOME_AGENT) : peer_address(peer),
		.destination = packet.source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	REQUIRE(length > 0);
	arrive(world, sent->last.ifindex, &envelope, (struct octets){octets, length});
}

static void peer_event(struct world *world, struct input *input)
{
	uint8_t octet = take(input);
	unsigned peer = octet >> 3 & 1;
	struct host_event busy = {.type = HOST_PEER_BUSY, .peer = peer_address(peer)};
	const struct host_event activity = {
		.type = HOST_ACTIVITY,
		.activity = {.home_address = address(0, HOME),
			.peer = peer_address(peer),
			.bid = octet >> 4 & 3,
			.sent = world->now.mono,
			.received = octet & 0x40 ? world->now.mono : 0},
	};
	switch (octet & 7) {
	case 0:
		host(world, &busy);
		break;
	case 1:
		host(world, &activity);
		break;
	case 2:
	case 3:
		test_event(world, input, peer, MH_home_test_init);
		break;
	case 4:
		test_event(world, input, peer, MH_care_of_test_init);
		break;
	case 5:
		peer_ack_event(world, input, peer);
		break;
	case 6:
		peer_error_event(world, peer, octet);
		break;
	case 7:
		problem_event(world, input, peer);
		break;
	}
}

static void raw_event(struct world *world, struct input *input)
{
	size_t length = take(input);
	length = length < input->left ? length : input->left;
	const struct arrival arrival = {
		.at = world->now, .ifindex = 1, .packet = {input->at, length}};
	core_packet(world->core, &arrival, &world->outbox);
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
		if ((octet & 0xf0) == 0xf0)
			policy_event(world, input);
		else if ((octet & 0xf0) == 0xe0)
			hint_event(world, input);
		else
			link_event(world, input, octet & 0x80 ? HOST_LINK_REMOVE : HOST_PREFER);
		break;
	case 6:
		if ((octet & 0xc0) == 0xc0)
			refused_event(world, input);
		else
			activity_event(world, input);
		break;
	case 7:
	case 8:
		if (octet & 0x80)
			answer_event(world, input);
		else
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
		if (octet & 0x80)
			router_event(world, input);
		else
			other_message_event(world, input);
		break;
	case 15:
		if ((octet & 0xc0) == 0x40)
			neighbour_event(world, input);
		else if ((octet & 0xc0) == 0x80)
			peer_event(world, input);
		else if (octet == 0xff)
			host(world, &(struct host_event){.type = HOST_STOP});
		else
			restore_event(world, input);
		break;
	}
}

/* RFC 5648 5.5, 5.6; without home prefix the two high bits are clear. */
static enum at_home way_of(uint8_t octet)
{
	static const enum at_home ways[] = {
		AT_HOME_BOTH, AT_HOME_BOTH, AT_HOME_ONLY, AT_HOME_VISITED};
	return ways[octet >> 6];
}

/* RFC 6275 11.4.1 */
static bool finds_agent(uint8_t octet)
{
	return octet >> 6 && (octet & 6) == 6;
}

static struct core_config config_of(uint8_t octet)
{
	return (struct core_config){
		.dialect = &dialect_rfc5648,
		.load_balancing_option = (octet & 40) == 40 ? SHARES_OPTION : 0,
		.mobile_nodes_count = 2,
		.mobile_nodes = {{
					 .home_address = address(0, HOME),
					 .home_agent = finds_agent(octet)
							       ? (struct in6_addr){.s6_addr = {0}}
							       : address(0, HOME_AGENT),
					 .lifetime = octet & 8 ? 20 : 600,
					 .auth = {.mode = AUTH_MODE_INSECURE_NONE,
						 .replay = octet & 16},
					 .mcoa = !(octet & 1),
					 .bulk = !(octet & 2),
					 .probe = !(octet & 4),
					 .bid_priority = octet & 32,
					 .probe_identifier = 7,
					 .home_prefix = address(0, 0),
					 .home_prefix_length = octet >> 6 ? HOME_PREFIX_LENGTH : 0,
					 .at_home = way_of(octet),
					 .route_optimization = {.on = true,
						 .idle_s = 20,
						 .refused_s = 30,
						 .correspondents_max = octet & 2 ? 1 : PEERS},
				 },
			{
				.home_address = address(0, IDLE_HOME),
				.home_agent = address(0, HOME_AGENT),
				.lifetime = 600,
				.auth = {.mode = AUTH_MODE_INSECURE_NONE},
				.mcoa = true,
				.probe_identifier = 7,
				.route_optimization.on = true,
			}},
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	static struct world world;
	struct input input = {octets, length};
	memset(&world, 0, offsetof(struct world, outbox));
	world.outbox.count = 0;
	world.now = (struct moment){NANOS_PER_SECOND, UINT64_C(1) << 63};
	const struct core_port port = {&world.random, fuzz_random, no_hmac, fuzz_no_digest};
	const struct core_config config = config_of(take(&input));
	world.evicts = config.mobile_nodes[0].route_optimization.correspondents_max < PEERS;
	world.at_home = (uint8_t)config.mobile_nodes[0].at_home;
	world.balances = config.load_balancing_option != 0;
	REQUIRE(core_new(&config, &port, &world.core) == 0);
	while (input.left > 0) {
		event(&world, &input);
		rest(&world);
	}
	core_free(world.core);
	subjects_fini(&subjects);
	REQUIRE(large_in_use() == 0);
	return 0;
}
