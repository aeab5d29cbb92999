/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Return routability as a mobile node would do it (RFC 6275 5.2, 6.2.7), and what it would check.
 */
#include "route.h"

#include "cmocka_scene.h"
#include "node.h"
#include "port.h"

#include <string.h>

#define TOKEN_OCTETS 8
#define AUTHORIZATION_OCTETS 12
#define CHECKSUM_AT 4
#define BU_FLAGS_AT 8
#define TUNNEL_LINK 3

static const char *const care_of_addresses[] = {CARE_OF_1, CARE_OF_2, CARE_OF_3};

struct correspondent_config correspondent_defaults(void)
{
	return (struct correspondent_config){.mcoa = true, .refresh_request = true};
}

void correspondent_begin_with(struct scene *scene, const struct correspondent_config *config)
{
	scene_begin(scene, 1);
	scene_add_correspondent(scene, config);
}

void correspondent_begin(struct scene *scene)
{
	const struct correspondent_config config = correspondent_defaults();
	correspondent_begin_with(scene, &config);
}

/* These scenes do not test actions that the node takes by itself. */
void mobile_correspondent_begin(struct scene *scene)
{
	const struct correspondent_config config = correspondent_defaults();
	struct mobile_node_config node = node_defaults();
	node.home_address = address_of(CORRESPONDENT);
	node.auth.mode = AUTH_MODE_INSECURE_NONE;
	node.probe = false;
	node.lifetime = SECONDS_INFINITE;
	node.route_optimization.on = true;
	scene_begin(scene, 1);
	scene_add_mobile_correspondent(scene, &node, &config);
	node_link(scene, TUNNEL_LINK, true);
	node_address(scene, TUNNEL_LINK, CARE_OF_3);
	struct sent update;
	expect_update(scene, &update);
	struct reply reply = reply_to(&update);
	reply.routed_to = CORRESPONDENT;
	reply.insecure = true;
	reply_send(scene, &reply);
	take_all(&scene->mobile_node);
}

struct actor *correspondent_of(struct scene *scene)
{
	return scene->correspondent.core ? &scene->correspondent : &scene->mobile_node;
}

/* ---- packets ---- */

static struct octets in_tunnel(struct octets packet, uint8_t octets[PACKET_OCTETS_MAX])
{
	const struct packet_envelope outer = {
		.source = address_of(HOME_AGENT),
		.destination = address_of(CARE_OF_3),
		.next_header = IPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(&outer, packet, octets, PACKET_OCTETS_MAX);
	assert_int_not_equal(length, 0);
	return (struct octets){octets, length};
}

void correspondent_packet(struct scene *scene, struct octets packet)
{
	uint8_t outer[PACKET_OCTETS_MAX];
	if (scene->correspondent.core)
		scene_packet(scene, &scene->correspondent, CORE_LINK, packet);
	else
		scene_packet(scene, &scene->mobile_node, TUNNEL_LINK, in_tunnel(packet, outer));
}

static struct octets out_of_tunnel(const struct effect_send *send)
{
	struct in6_addr care_of = address_of(CARE_OF_3), home_agent = address_of(HOME_AGENT);
	struct packet outer;
	assert_int_equal(packet_decode(send->octets, send->length, &outer), WIRE_OK);
	assert_int_equal(outer.next_header, IPV6_NEXT_HEADER);
	assert_memory_equal(&outer.source, &care_of, 16);
	assert_memory_equal(&outer.destination, &home_agent, 16);
	return outer.payload;
}

struct wanted_message {
	enum mh_type type;
	bool tunnelled;
	struct sent *sent;
};

static bool is_wanted(const struct effect *effect, void *ctx)
{
	const struct wanted_message *wanted = ctx;
	struct sent *sent = wanted->sent;
	if (effect->type != EFFECT_SEND)
		return false;
	const struct effect_send *send = &effect->send;
	const struct octets octets = wanted->tunnelled
					     ? out_of_tunnel(send)
					     : (struct octets){send->octets, send->length};
	sent->ifindex = send->ifindex;
	sent->framed = send->framed;
	assert_int_equal(packet_decode(octets.at, octets.length, &sent->packet), WIRE_OK);
	return sent->packet.next_header == MH_NEXT_HEADER &&
	       packet_message(scene_dialect(), &sent->packet, &sent->message) == WIRE_OK &&
	       sent->message.type == wanted->type;
}

void take_route_message(struct scene *scene, enum mh_type type, struct sent *ret)
{
	bool tunnelled = !scene->correspondent.core;
	struct actor *actor = correspondent_of(scene);
	struct wanted_message wanted = {type, tunnelled, ret};
	struct in6_addr own = address_of(CORRESPONDENT);
	const struct effect *effect = take_matching(actor, "SEND of a message", is_wanted, &wanted);
	if (type == MH_binding_ack)
		expect_registered_before(actor, effect);
	assert_false(ret->framed);
	assert_int_equal(ret->ifindex, tunnelled ? TUNNEL_LINK : 0);
	assert_memory_equal(&ret->packet.source, &own, 16);
}

/* ---- return routability ---- */

struct question question_of(struct scene *scene, enum mh_type type, const char *source)
{
	struct question question = {
		.scene = scene,
		.type = type,
		.source = address_of(source),
		.destination = address_of(CORRESPONDENT),
		.cookie = test_random(&scene->seed),
	};
	message_init(&question.message, type);
	return question;
}

void question_send(const struct question *question)
{
	struct message message = question->message;
	if (question->type == MH_home_test_init)
		message.home_test_init.cookie = question->cookie;
	else
		message.care_of_test_init.cookie = question->cookie;
	uint8_t encoded[MESSAGE_OCTETS_MAX], octets[PACKET_OCTETS_MAX];
	struct message_layout layout;
	assert_true(message_encode(scene_dialect(), &message, encoded, sizeof(encoded), &layout));
	const struct packet_envelope envelope = {
		.source = question->source,
		.destination = question->destination,
		.home_address = question->home_address,
		.routing_address = question->routing_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, octets, sizeof(octets));
	assert_int_not_equal(length, 0);
	correspondent_packet(question->scene, (struct octets){octets, length});
}

void expect_answer(const struct question *question, struct sent *ret)
{
	bool home = question->type == MH_home_test_init;
	take_route_message(question->scene, home ? MH_home_test : MH_care_of_test, ret);
	assert_memory_equal(&ret->packet.destination, &question->source, 16);
	assert_false(ret->packet.has_home_address);
	assert_false(ret->packet.has_routing);
	assert_int_equal(home ? ret->message.home_test.cookie : ret->message.care_of_test.cookie,
		question->cookie);
}

static struct token ask(struct scene *scene, enum mh_type type, const char *source)
{
	static struct question question;
	static struct sent answer;
	question = question_of(scene, type, source);
	question_send(&question);
	expect_answer(&question, &answer);
	/* both have the same fields */
	return (struct token){answer.message.home_test.nonce_index, answer.message.home_test.token};
}

struct token ask_home(struct scene *scene, const char *home_address)
{
	return ask(scene, MH_home_test_init, home_address);
}

struct token ask_care_of(struct scene *scene, const char *care_of)
{
	return ask(scene, MH_care_of_test_init, care_of);
}

/* ---- updates ---- */

struct route_update route_update_of(
	struct scene *scene, uint16_t sequence, struct token home, struct token care_of)
{
	struct route_update update = {
		.scene = scene,
		.source = address_of(CARE_OF_1),
		.destination = address_of(CORRESPONDENT),
		.own = address_of(CORRESPONDENT),
		.home_address = address_of(HOME),
		.home = home,
		.care_of = care_of,
	};
	message_init(&update.message, MH_binding_update);
	update.message.binding_update.sequence = sequence;
	update.message.binding_update.flags = BU_ACKNOWLEDGE;
	update.message.has_nonce_indices = true;
	update.message.nonce_indices = (struct opt_nonce_indices){home.index, care_of.index};
	route_update_lifetime(&update, 400);
	return update;
}

struct route_update route_update_for(
	struct scene *scene, uint16_t sequence, uint16_t bid, const char *care_of)
{
	struct token home = ask_home(scene, HOME), token = ask_care_of(scene, care_of);
	struct route_update update = route_update_of(scene, sequence, home, token);
	route_update_from(&update, care_of);
	if (bid)
		route_update_bid(&update, bid, care_of);
	return update;
}

void route_update_from(struct route_update *update, const char *care_of)
{
	update->source = address_of(care_of);
}

void route_update_bid(struct route_update *update, uint16_t bid, const char *care_of)
{
	struct opt_bid *option = &update->message.bid[update->message.bid_count++];
	*option = (struct opt_bid){.bid = bid};
	if (!care_of)
		return;
	option->care_of.length = 16;
	option->care_of.address = address_of(care_of);
}

void route_update_lifetime(struct route_update *update, unsigned seconds)
{
	update->message.binding_update.lifetime = (uint16_t)(seconds / LIFETIME_UNIT);
}

void route_update_delete(struct route_update *update)
{
	route_update_lifetime(update, 0);
}

static bool deletes(const struct route_update *update)
{
	return update->message.binding_update.lifetime == 0;
}

static void write_token(uint64_t token, uint8_t *to)
{
	for (unsigned i = 0; i < TOKEN_OCTETS; i++)
		to[i] = (uint8_t)(token >> (56 - 8 * i));
}

/* RFC 6275 5.2.5 */
static void kbm_of(const struct route_update *update, uint8_t ret[SHA1_OCTETS])
{
	uint64_t unused = 0;
	struct core_port port = test_port(&unused);
	uint8_t tokens[2 * TOKEN_OCTETS];
	write_token(update->home.token, tokens);
	write_token(update->care_of.token, tokens + TOKEN_OCTETS);
	bool home_only = deletes(update) && !update->both_tokens;
	const struct octets piece = {tokens, home_only ? TOKEN_OCTETS : sizeof(tokens)};
	assert_int_equal(port.sha1(port.ctx, &piece, 1, ret), 0);
}

/* RFC 6275 6.2.7; and the care-of address of a Binding Identifier option */
static struct in6_addr mac_care_of(const struct route_update *update)
{
	if (update->mac_care_of)
		return *update->mac_care_of;
	if (deletes(update))
		return update->home_address;
	if (update->message.bid_count == 1 && update->message.bid[0].care_of.length == 16 &&
		!update->malformed)
		return update->message.bid[0].care_of.address;
	if (update->message.has_alternate_care_of)
		return update->message.alternate_care_of.address;
	return update->source;
}

/* RFC 6275 6.2.7: the message in one piece, up to the authenticator, which is at its end. */
static void authorization(const struct route_update *update, const uint8_t *message, size_t length,
	uint8_t ret[AUTHORIZATION_OCTETS])
{
	const struct in6_addr care_of = mac_care_of(update);
	uint8_t data[32 + MESSAGE_OCTETS_MAX], kbm[SHA1_OCTETS], mac[SHA1_OCTETS];
	uint64_t unused = 0;
	struct core_port port = test_port(&unused);
	memcpy(data, &care_of, 16);
	memcpy(data + 16, &update->own, 16);
	memcpy(data + 32, message, length);
	memset(data + 32 + CHECKSUM_AT, 0, 2);
	const struct octets piece = {data, 32 + length};
	kbm_of(update, kbm);
	assert_int_equal(
		port.hmac_sha1(port.ctx, (struct octets){kbm, sizeof(kbm)}, &piece, 1, mac), 0);
	memcpy(ret, mac, AUTHORIZATION_OCTETS);
}

static size_t encode(const struct route_update *update, uint8_t encoded[MESSAGE_OCTETS_MAX])
{
	struct message message = update->message;
	struct message_layout layout;
	message.has_authorization = !update->unauthorized;
	message.authorization.authenticator = (struct octets){NULL, AUTHORIZATION_OCTETS};
	assert_true(
		message_encode(scene_dialect(), &message, encoded, MESSAGE_OCTETS_MAX, &layout));
	if (update->malformed) {
		uint8_t option[] = {OPTION_bid, 20, 0, 1};
		uint8_t *at = memmem(encoded, layout.length, option, sizeof(option));
		assert_non_null(at);
		at[1] = update->bid_length;
	}
	encoded[BU_FLAGS_AT + 1] |= update->reserved_flags;
	if (!update->unauthorized)
		authorization(update, encoded, layout.authorization_at,
			encoded + layout.authorization_at);
	encoded[layout.length - 1] ^= update->forged;
	return layout.length;
}

size_t route_update_build(const struct route_update *update, uint8_t octets[PACKET_OCTETS_MAX])
{
	uint8_t encoded[MESSAGE_OCTETS_MAX];
	const struct packet_envelope envelope = {
		.source = update->source,
		.destination = update->destination,
		.home_address = update->without_home_address ? NULL : &update->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = encode(update, encoded);
	length = packet_build(
		&envelope, (struct octets){encoded, length}, octets, PACKET_OCTETS_MAX);
	assert_int_not_equal(length, 0);
	return length;
}

void route_update_send(const struct route_update *update)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = route_update_build(update, octets);
	correspondent_packet(update->scene, (struct octets){octets, length});
}

static void check_authorization(const struct route_update *update, const struct sent *ack)
{
	const struct octets encoded = ack->packet.payload;
	const struct octets given = ack->message.authorization.authenticator;
	uint8_t expected[AUTHORIZATION_OCTETS];
	assert_true(ack->message.has_authorization);
	assert_int_equal(given.length, AUTHORIZATION_OCTETS);
	assert_ptr_equal(given.at + AUTHORIZATION_OCTETS, encoded.at + encoded.length);
	authorization(update, encoded.at, encoded.length - AUTHORIZATION_OCTETS, expected);
	assert_memory_equal(given.at, expected, AUTHORIZATION_OCTETS);
}

static void check_bids(const struct route_update *update, const struct sent *ack)
{
	assert_int_equal(ack->message.bid_count, update->message.bid_count);
	for (uint16_t i = 0; i < ack->message.bid_count; i++) {
		assert_int_equal(ack->message.bid[i].bid, update->message.bid[i].bid);
		assert_int_equal(ack->message.bid[i].status, 0);
		assert_int_equal(ack->message.bid[i].care_of.length, 0);
	}
}

void expect_route_ack(
	struct scene *scene, const struct route_update *update, uint8_t status, struct sent *ret)
{
	take_route_message(scene, MH_binding_ack, ret);
	assert_int_equal(ret->message.binding_ack.status, status);
	assert_int_equal(ret->message.binding_ack.flags, 0);
	if (status != 135)
		assert_int_equal(
			ret->message.binding_ack.sequence, update->message.binding_update.sequence);
	assert_memory_equal(&ret->packet.destination, &update->source, 16);
	assert_int_equal(ret->packet.has_routing, !update->without_home_address);
	if (ret->packet.has_routing)
		assert_memory_equal(&ret->packet.routing_address, &update->home_address, 16);
	check_bids(update, ret);
	if (status >= 136 && status <= 138)
		assert_false(ret->message.has_authorization);
	else
		check_authorization(update, ret);
}

void expect_route_refused(struct scene *scene, const struct route_update *update, uint8_t status)
{
	static struct sent ack;
	struct in6_addr own = address_of(CORRESPONDENT);
	const struct effect_event *note =
		take_note(correspondent_of(scene), EVENT_UPDATE_REFUSED, 0);
	assert_int_equal(note->status, status);
	assert_memory_equal(&note->home_address, &update->home_address, 16);
	assert_memory_equal(&note->peer, &own, 16);
	expect_route_ack(scene, update, status, &ack);
	take_nothing(correspondent_of(scene));
}

const struct effect_tunnel *expect_route_tunnel(
	struct scene *scene, uint16_t bid, const char *care_of)
{
	struct in6_addr own = address_of(CORRESPONDENT);
	const struct effect_tunnel *tunnel = take_tunnel_set(correspondent_of(scene), bid, care_of);
	expect_owner(correspondent_of(scene), tunnel, HOME, CORRESPONDENT);
	assert_memory_equal(&tunnel->local.address, &own, 16);
	assert_int_equal(tunnel->encapsulation, ENCAP_TO_MOBILE_NODE);
	assert_int_equal(tunnel->local.ifindex, 0);
	assert_true(tunnel->usable);
	assert_false(tunnel->remote.framed);
	return tunnel;
}

static void expect_note(struct scene *scene, enum event_type type, uint16_t bid)
{
	struct in6_addr home = address_of(HOME), own = address_of(CORRESPONDENT);
	const struct effect_event *note = take_note(correspondent_of(scene), type, bid);
	assert_memory_equal(&note->home_address, &home, 16);
	assert_memory_equal(&note->peer, &own, 16);
}

void expect_route_added(struct scene *scene, uint16_t bid, const char *care_of)
{
	expect_route_tunnel(scene, bid, care_of);
	expect_note(scene, EVENT_BINDING_ADDED, bid);
}

void expect_route_removed(struct scene *scene, uint16_t bid, enum event_type why)
{
	const struct effect_tunnel *tunnel = take_tunnel_remove(correspondent_of(scene), bid);
	expect_owner(correspondent_of(scene), tunnel, HOME, CORRESPONDENT);
	expect_note(scene, why, bid);
}

void expect_route_node(struct scene *scene, uint16_t sequence)
{
	struct in6_addr home = address_of(HOME), own = address_of(CORRESPONDENT);
	const struct record *node = &take(correspondent_of(scene), EFFECT_RECORD)->record;
	assert_memory_equal(&node->home_address, &home, 16);
	assert_memory_equal(&node->peer, &own, 16);
	assert_int_equal(node->sequence, sequence);
}

void bind_routes(struct scene *scene, uint16_t sequence, unsigned count)
{
	struct token home = ask_home(scene, HOME);
	for (unsigned i = 0; i < count; i++) {
		struct token care_of = ask_care_of(scene, care_of_addresses[i]);
		struct route_update update =
			route_update_of(scene, (uint16_t)(sequence + i), home, care_of);
		route_update_from(&update, care_of_addresses[i]);
		route_update_bid(&update, (uint16_t)(i + 1), care_of_addresses[i]);
		route_update_send(&update);
		take_all(correspondent_of(scene));
	}
}

void route_unreachable(struct scene *scene, const char *care_of, nanos heard)
{
	const struct host_event event = {
		.type = HOST_UNREACHABLE,
		.unreachable = {.home_address = address_of(HOME),
			.peer = address_of(CORRESPONDENT),
			.care_of = address_of(care_of),
			.received = heard},
	};
	scene_tell(scene, correspondent_of(scene), &event);
}

void route_activity(struct scene *scene, uint16_t bid, nanos sent, nanos received)
{
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.home_address = address_of(HOME),
			.peer = address_of(CORRESPONDENT),
			.bid = bid,
			.sent = sent,
			.received = received},
	};
	scene_tell(scene, correspondent_of(scene), &event);
}

static void collect(void *ctx, const struct binding_view *view)
{
	struct in6_addr own = address_of(CORRESPONDENT);
	struct binding_list *list = ctx;
	if (memcmp(&view->peer, &own, 16) != 0)
		return;
	assert_true(list->count < sizeof(list->at) / sizeof(list->at[0]));
	list->at[list->count++] = *view;
}

struct binding_list routes_of(struct scene *scene)
{
	struct binding_list list = {0};
	core_each_binding(correspondent_of(scene)->core, collect, &list);
	return list;
}

uint64_t route_drops(struct scene *scene, enum drop drop)
{
	return core_counters(correspondent_of(scene)->core)->drops[drop];
}
