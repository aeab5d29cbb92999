/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 5.2.5, 6.2.7, 9.4, 9.5, RFC 5648 6.2, as far as a mobile node can tell.
 */
#include "peer.h"

#include "cmocka_scene.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define TOKEN 8
#define AUTHENTICATOR 12
#define HOME_NONCE 17
#define CARE_OF_NONCE 18
#define REBOOTED 100 /* added to the indices of nonces */
#define LIFETIME_MAX 105

/* ---- tokens, keys, authenticators ---- */

/* One nonce of each kind is enough: a new one has another index and content. */
static uint64_t token_of(const struct peer *peer, const struct in6_addr *address, uint8_t kind)
{
	uint8_t key[20], data[16 + 8 + 1], mac[20];
	memset(key, peer->rebooted ? 0x5a : 0xa5, sizeof(key));
	memcpy(data, address, 16);
	memset(data + 16, kind + 1, 8);
	data[24] = kind;
	assert_non_null(HMAC(EVP_sha1(), key, sizeof(key), data, sizeof(data), mac, NULL));
	uint64_t token = 0;
	for (unsigned i = 0; i < TOKEN; i++)
		token = token << 8 | mac[i];
	return token;
}

static uint16_t index_of(const struct peer *peer, uint8_t kind)
{
	return (uint16_t)((kind ? CARE_OF_NONCE : HOME_NONCE) + (peer->rebooted ? REBOOTED : 0));
}

static void put_token(uint64_t token, uint8_t *to)
{
	for (unsigned i = 0; i < TOKEN; i++)
		to[i] = (uint8_t)(token >> (56 - 8 * i));
}

static void key_of(const struct peer *peer, const struct in6_addr *home,
	const struct in6_addr *care_of, bool removes, uint8_t ret[20])
{
	uint8_t tokens[2 * TOKEN];
	put_token(token_of(peer, home, 0), tokens);
	put_token(token_of(peer, care_of, 1), tokens + TOKEN);
	assert_int_equal(
		EVP_Digest(tokens, removes ? TOKEN : 2 * TOKEN, ret, NULL, EVP_sha1(), NULL), 1);
}

/* RFC 6275 6.2.7: the last twelve octets are the authenticator's. */
static void authenticate(const uint8_t key[20], const struct in6_addr *care_of,
	const struct in6_addr *own, const uint8_t *octets, size_t length,
	uint8_t ret[AUTHENTICATOR])
{
	uint8_t data[32 + MESSAGE_OCTETS_MAX], mac[20];
	memcpy(data, care_of, 16);
	memcpy(data + 16, own, 16);
	memcpy(data + 32, octets, length - AUTHENTICATOR);
	memset(data + 32 + MESSAGE_CHECKSUM_AT, 0, 2);
	assert_non_null(HMAC(EVP_sha1(), key, 20, data, 32 + length - AUTHENTICATOR, mac, NULL));
	memcpy(ret, mac, AUTHENTICATOR);
}

/* ---- packets ---- */

static void fly(struct scene *scene, const struct packet_envelope *envelope, struct octets payload)
{
	struct effect_send send = {0};
	send.length = (uint16_t)packet_build(envelope, payload, send.octets, sizeof(send.octets));
	assert_int_not_equal(send.length, 0);
	scene_fly(scene, &send);
}

static void answer(
	struct scene *scene, const struct packet *question, const struct message *message)
{
	uint8_t octets[MESSAGE_OCTETS_MAX];
	struct message_layout layout;
	assert_true(message_encode(scene_dialect(), message, octets, sizeof(octets), &layout));
	const struct packet_envelope envelope = {
		.source = question->destination,
		.destination = question->source,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	fly(scene, &envelope, (struct octets){octets, layout.length});
}

/* ---- tests ---- */

static void note_time(nanos *times, unsigned place, const struct scene *scene)
{
	if (place < PEER_TIMES)
		times[place] = scene->now.mono;
}

static bool is_silent(const struct peer *peer, const struct packet *packet)
{
	struct in6_addr silent = address_of(peer->silent_to ? peer->silent_to : "::");
	struct in6_addr home = address_of(HOME);
	if (peer->silent_directly && !IN6_ARE_ADDR_EQUAL(&packet->source, &home))
		return true;
	return peer->silent || IN6_ARE_ADDR_EQUAL(&packet->source, &silent);
}

static void see_cookie(struct peer *peer, uint64_t cookie)
{
	peer->cookies[peer->cookies_count++ % 64] = cookie;
}

static void take_home_test(
	struct scene *scene, const struct packet *packet, const struct message *question)
{
	static struct message message;
	struct peer *peer = scene->hand;
	struct in6_addr home = address_of(HOME);
	note_time(peer->home_tests_at, peer->home_tests++, scene);
	see_cookie(peer, question->home_test_init.cookie);
	/* RFC 6275 6.1.3: from the home address, without option */
	assert_memory_equal(&packet->source, &home, 16);
	assert_false(packet->has_home_address);
	if (is_silent(peer, packet) || peer->silent_to_home)
		return;
	message_init(&message, MH_home_test);
	message.home_test = (struct msg_home_test){
		.nonce_index = index_of(peer, 0),
		.cookie = question->home_test_init.cookie,
		.token = token_of(peer, &packet->source, 0),
	};
	answer(scene, packet, &message);
}

static void take_care_of_test(
	struct scene *scene, const struct packet *packet, const struct message *question)
{
	static struct message message;
	struct peer *peer = scene->hand;
	note_time(peer->care_of_tests_at, peer->care_of_tests++, scene);
	peer->bid_in_test = question->bid_count ? question->bid[0].bid : 0;
	see_cookie(peer, question->care_of_test_init.cookie);
	assert_false(packet->has_home_address);
	if (is_silent(peer, packet) || peer->silent_to_care_of)
		return;
	message_init(&message, MH_care_of_test);
	message.care_of_test = (struct msg_care_of_test){
		.nonce_index = index_of(peer, 1),
		.cookie = question->care_of_test_init.cookie,
		.token = token_of(peer, &packet->source, 1) ^ peer->garbled,
	};
	peer->garbled = 0;
	/* draft-05 6.2 */
	if (question->bid_count && !peer->without_bids && !peer->drops_bids)
		message.bid[message.bid_count++] = (struct opt_bid){.bid = question->bid[0].bid};
	answer(scene, packet, &message);
}

/* ---- updates ---- */

struct taken {
	const struct packet *packet;
	const struct message *update;
	struct in6_addr care_of; /* that is registered; of a de-registration, the home address */
	bool removes;
	uint8_t key[20];
};

static bool is_authentic(const struct taken *taken)
{
	uint8_t expected[AUTHENTICATOR];
	const struct octets octets = taken->packet->payload;
	const struct octets given = taken->update->authorization.authenticator;
	if (!taken->update->has_authorization || given.length != AUTHENTICATOR ||
		given.at + given.length != octets.at + octets.length)
		return false;
	authenticate(taken->key, &taken->care_of, &taken->packet->destination, octets.at,
		octets.length, expected);
	return memcmp(expected, given.at, AUTHENTICATOR) == 0;
}

static void acknowledge(struct scene *scene, const struct taken *taken, uint8_t status,
	uint16_t sequence, uint16_t lifetime)
{
	static struct message message;
	struct peer *peer = scene->hand;
	uint8_t octets[MESSAGE_OCTETS_MAX];
	struct message_layout layout;
	struct in6_addr home = taken->packet->has_home_address ? taken->packet->home_address
							       : taken->packet->source;
	message_init(&message, MH_binding_ack);
	message.binding_ack = (struct msg_binding_ack){
		.status = status, .sequence = sequence, .lifetime = lifetime};
	for (size_t i = 0; i < taken->update->bid_count && !peer->without_bids; i++)
		message.bid[message.bid_count++] =
			(struct opt_bid){.bid = taken->update->bid[i].bid};
	message.has_refresh_advice = peer->advice != 0;
	message.refresh_advice.interval = peer->advice;
	/* RFC 6275 9.5.4: without a nonce there is no key */
	message.has_authorization = status < 136 || status > 138;
	message.authorization.authenticator = (struct octets){NULL, AUTHENTICATOR};
	assert_true(message_encode(scene_dialect(), &message, octets, sizeof(octets), &layout));
	bool over_source = taken->removes && peer->seals_over_source;
	if (message.has_authorization)
		authenticate(taken->key, over_source ? &taken->packet->source : &taken->care_of,
			&taken->packet->destination, octets, layout.length,
			octets + layout.length - AUTHENTICATOR);
	octets[layout.length - 1] ^= peer->forges;
	const struct packet_envelope envelope = {
		.source = taken->packet->destination,
		.destination = taken->packet->source,
		.routing_address = taken->packet->has_home_address ? &home : NULL,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	fly(scene, &envelope, (struct octets){octets, layout.length});
}

void peer_acknowledge(struct scene *scene, const struct sent *update)
{
	const struct packet *packet = &update->packet;
	struct in6_addr home = address_of(HOME);
	uint16_t lifetime = update->message.binding_update.lifetime;
	struct taken taken = {packet, &update->message, packet->source, lifetime == 0, {0}};
	key_of(scene->hand, &home, &taken.care_of, taken.removes, taken.key);
	if (taken.removes)
		taken.care_of = home;
	acknowledge(scene, &taken, 0, update->message.binding_update.sequence, lifetime);
}

static void unbind(struct peer *peer, uint16_t bid)
{
	for (size_t i = 0; i < peer->bindings_count; i++)
		if (peer->bindings[i].bid == bid)
			peer->bindings[i--] = peer->bindings[--peer->bindings_count];
}

/* RFC 5648 6.2 */
static void take_over(struct peer *peer, const struct taken *taken, uint16_t lifetime)
{
	const struct message *update = taken->update;
	bool bids = update->bid_count && !peer->without_bids;
	uint16_t bid = bids ? update->bid[0].bid : 0;
	if (!bids || update->binding_update.flags & BU_OVERWRITE)
		peer->bindings_count = taken->removes && bids ? peer->bindings_count : 0;
	unbind(peer, bid);
	if (taken->removes)
		return;
	assert_true(peer->bindings_count < PEER_BINDINGS);
	peer->bindings[peer->bindings_count++] =
		(struct peer_binding){bid, taken->care_of, lifetime};
}

static bool is_newer(const struct peer *peer, uint16_t sequence)
{
	return peer->is_many || !peer->has_sequence || (int16_t)(sequence - peer->sequence) > 0;
}

static bool knows_nonces(const struct peer *peer, const struct taken *taken)
{
	const struct opt_nonce_indices *indices = &taken->update->nonce_indices;
	return indices->home == index_of(peer, 0) &&
	       (taken->removes || indices->care_of == index_of(peer, 1));
}

static void decide(struct scene *scene, const struct taken *taken)
{
	struct peer *peer = scene->hand;
	const struct msg_binding_update *update = &taken->update->binding_update;
	uint16_t max = peer->lifetime_max ? peer->lifetime_max : LIFETIME_MAX;
	uint16_t lifetime = update->lifetime < max ? update->lifetime : max;
	if (peer->grants_nothing)
		lifetime = 0;
	if (!knows_nonces(peer, taken)) {
		acknowledge(scene, taken, 138, update->sequence, 0);
	} else if (!is_authentic(taken)) {
		peer->unauthentic++;
	} else if (!is_newer(peer, update->sequence)) {
		acknowledge(scene, taken, 135, peer->sequence, 0);
	} else if (peer->status && !taken->removes) {
		acknowledge(scene, taken, peer->status, update->sequence, 0);
		if (peer->refusals && --peer->refusals == 0)
			peer->status = 0;
	} else {
		peer->has_sequence = true;
		peer->sequence = update->sequence;
		take_over(peer, taken, lifetime);
		acknowledge(scene, taken, 0, update->sequence, lifetime);
	}
}

static void take_update(
	struct scene *scene, const struct packet *packet, const struct message *update)
{
	struct peer *peer = scene->hand;
	struct in6_addr home = address_of(HOME);
	struct taken taken = {
		packet, update, packet->source, update->binding_update.lifetime == 0, {0}};
	note_time(peer->updates_at, peer->updates++, scene);
	peer->overwrites += (update->binding_update.flags & BU_OVERWRITE) != 0;
	peer->update = (struct sent){.packet = *packet, .message = *update};
	/* RFC 6275 11.7.2, 6.1.7: not a home registration; the home address is in its option */
	assert_false(update->binding_update.flags & BU_HOME);
	assert_true(update->binding_update.flags & BU_ACKNOWLEDGE);
	assert_true(update->binding_update.lifetime <= LIFETIME_MAX);
	/* RFC 5648 5.3: no bulk registration with a correspondent */
	assert_true(update->bid_count <= 1);
	if (packet->has_home_address)
		assert_memory_equal(&packet->home_address, &home, 16);
	else
		assert_memory_equal(&packet->source, &home, 16);
	if (update->bid_count && update->bid[0].care_of.length == 16)
		taken.care_of = update->bid[0].care_of.address;
	key_of(peer, &home, &taken.care_of, taken.removes, taken.key);
	if (taken.removes)
		taken.care_of = home;
	if (!is_silent(peer, packet) && !peer->silent_to_updates)
		decide(scene, &taken);
}

/* RFC 4443 3.4: as a node from before RFC 3775 */
static void complain(struct scene *scene, const struct packet *packet, struct octets octets)
{
	uint8_t problem[8 + PACKET_OCTETS_MAX] = {4, 1, [7] = 6};
	memcpy(problem + 8, octets.at, octets.length);
	const struct packet_envelope envelope = {
		.source = packet->destination,
		.destination = packet->source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	fly(scene, &envelope, (struct octets){problem, 8 + octets.length});
}

static void take_packet(struct scene *scene, struct octets octets)
{
	static struct message message;
	struct peer *peer = scene->hand;
	struct packet packet;
	assert_int_equal(packet_decode(octets.at, octets.length, &packet), WIRE_OK);
	assert_int_equal(packet_message(scene_dialect(), &packet, &message), WIRE_OK);
	if (message.type == MH_home_test_init)
		take_home_test(scene, &packet, &message);
	else if (message.type == MH_care_of_test_init)
		take_care_of_test(scene, &packet, &message);
	else if (message.type == MH_binding_update)
		take_update(scene, &packet, &message);
	else
		fail_msg("message %u to a correspondent", message.type);
	if (peer->knows_nothing || (peer->complains_at_home && message.type == MH_home_test_init))
		complain(scene, &packet, octets);
}

/* ---- the scene ---- */

struct mobile_node_config peer_node_defaults(void)
{
	struct mobile_node_config config = node_defaults();
	config.route_optimization.on = true;
	return config;
}

void peer_begin_with(struct scene *scene, struct peer *peer, nanos one_way, unsigned count,
	const struct mobile_node_config *config)
{
	memset(peer, 0, sizeof(*peer));
	node_begin_with(scene, one_way, config, true);
	scene_place(scene, &scene->home_agent, HOME, CORE_LINK);
	scene_place(scene, &scene->correspondent, PEER, PEER_LINK);
	scene->forwards = true;
	scene->by_hand = take_packet;
	scene->hand = peer;
	node_register(scene, count);
}

void peer_begin(struct scene *scene, struct peer *peer, nanos one_way, unsigned count)
{
	const struct mobile_node_config config = peer_node_defaults();
	peer_begin_with(scene, peer, one_way, count, &config);
}

void peer_busy_of(struct scene *scene, const char *address)
{
	const struct host_event event = {.type = HOST_PEER_BUSY, .peer = address_of(address)};
	scene_tell(scene, &scene->mobile_node, &event);
}

void peer_busy(struct scene *scene)
{
	peer_busy_of(scene, PEER);
}

void peer_activity(struct scene *scene, uint16_t bid, nanos sent_ago, nanos received_ago)
{
	nanos now = scene->now.mono;
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.home_address = address_of(HOME),
			.peer = address_of(PEER),
			.bid = bid,
			.sent = sent_ago == NANOS_NEVER ? 0 : now - sent_ago,
			.received = received_ago == NANOS_NEVER ? 0 : now - received_ago},
	};
	scene_tell(scene, &scene->mobile_node, &event);
}

void peer_active(struct scene *scene)
{
	peer_activity(scene, 1, 0, 0);
}

const struct peer_binding *peer_binding(const struct peer *peer, uint16_t bid)
{
	for (size_t i = 0; i < peer->bindings_count; i++)
		if (peer->bindings[i].bid == bid)
			return &peer->bindings[i];
	return NULL;
}

bool peer_binds(const struct peer *peer, uint16_t bid, const char *care_of)
{
	const struct peer_binding *binding = peer_binding(peer, bid);
	struct in6_addr wanted = address_of(care_of);
	return binding && IN6_ARE_ADDR_EQUAL(&binding->care_of, &wanted);
}

/* ---- looking in ---- */

struct view_search {
	struct in6_addr address;
	size_t count;
	struct correspondent_view found;
};

static void look_at(void *ctx, const struct correspondent_view *view)
{
	struct view_search *search = ctx;
	search->count++;
	if (IN6_ARE_ADDR_EQUAL(&view->address, &search->address))
		search->found = *view;
}

struct correspondent_view peer_view(const struct scene *scene)
{
	struct view_search search = {.address = address_of(PEER)};
	mobile_node_each_correspondent(
		core_mobile_node(scene->mobile_node.core, 0), look_at, &search);
	return search.found;
}

size_t peer_count(const struct scene *scene)
{
	struct view_search search = {.address = address_of(PEER)};
	mobile_node_each_correspondent(
		core_mobile_node(scene->mobile_node.core, 0), look_at, &search);
	return search.count;
}

static void count_binding(void *ctx, const struct binding_view *view)
{
	struct view_search *search = ctx;
	if (IN6_ARE_ADDR_EQUAL(&view->peer, &search->address))
		search->count++;
}

size_t peer_bindings_shown(const struct scene *scene)
{
	struct view_search search = {.address = address_of(PEER)};
	core_each_binding(scene->mobile_node.core, count_binding, &search);
	return search.count;
}

const struct effect_tunnel *peer_tunnel(const struct scene *scene, uint16_t bid)
{
	struct in6_addr peer = address_of(PEER);
	for (size_t i = scene->mobile_node.done_count; i-- > 0;) {
		const struct effect *effect = &scene->mobile_node.done[i];
		if ((effect->type != EFFECT_TUNNEL_SET && effect->type != EFFECT_TUNNEL_REMOVE) ||
			effect->tunnel.bid != bid ||
			!IN6_ARE_ADDR_EQUAL(
				&owner_of(&scene->mobile_node, &effect->tunnel)->peer, &peer))
			continue;
		return effect->type == EFFECT_TUNNEL_SET ? &effect->tunnel : NULL;
	}
	return NULL;
}

bool peer_usable(const struct scene *scene, uint16_t bid)
{
	const struct effect_tunnel *tunnel = peer_tunnel(scene, bid);
	return tunnel && tunnel->usable && scene->now.mono < tunnel->expires;
}

/* ---- unasked ---- */

static size_t wrap(struct octets inner, uint8_t octets[PACKET_OCTETS_MAX])
{
	const struct packet_envelope outer = {
		.source = address_of(HOME_AGENT),
		.destination = address_of(CARE_OF_1),
		.next_header = 41,
		.hop_limit = 64,
	};
	return packet_build(&outer, inner, octets, PACKET_OCTETS_MAX);
}

void peer_message(struct scene *scene, const struct message *message, const char *from,
	const char *to, uint32_t ifindex, bool tunnelled)
{
	uint8_t octets[MESSAGE_OCTETS_MAX], packet[PACKET_OCTETS_MAX], outer[PACKET_OCTETS_MAX];
	struct message_layout layout;
	struct in6_addr home = address_of(HOME);
	assert_true(message_encode(scene_dialect(), message, octets, sizeof(octets), &layout));
	bool routed = message->type == MH_binding_ack || message->type == MH_refresh_request;
	const struct packet_envelope envelope = {
		.source = address_of(from),
		.destination = address_of(to),
		.routing_address = routed ? &home : NULL,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){octets, layout.length}, packet, sizeof(packet));
	assert_int_not_equal(length, 0);
	struct octets whole = {packet, length};
	if (tunnelled)
		whole = (struct octets){outer, wrap(whole, outer)};
	scene_packet(scene, &scene->mobile_node, ifindex, whole);
}

void peer_error(struct scene *scene, uint8_t status)
{
	static struct message message;
	message_init(&message, MH_binding_error);
	message.binding_error.status = status;
	message.binding_error.home_address = address_of(HOME);
	peer_message(scene, &message, PEER, CARE_OF_1, 1, false);
}

void peer_refresh_request(struct scene *scene)
{
	static struct message message;
	message_init(&message, MH_refresh_request);
	peer_message(scene, &message, PEER, CARE_OF_1, 1, false);
}
