/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Updates as a mobile node would send them, and what a mobile node would check.
 */
#include "update.h"

#include "cmocka_scene.h"
#include "port.h"

#include <string.h>

const struct auth update_auth = {
	.mode = AUTH_MODE_MN_HA,
	.key_length = 16,
	.spi = SPI,
	.key = "0123456789abcdef",
};

static const char *const care_of_addresses[] = {CARE_OF_1, CARE_OF_2, CARE_OF_3};

struct home_agent_config home_agent_defaults(void)
{
	return (struct home_agent_config){
		.address = address_of(HOME_AGENT),
		.home_prefix = address_of("2001:db8:1::"),
		.home_prefix_length = 64,
		.lifetime_max = 600,
		.mcoa = true,
		.bulk = true,
	};
}

struct host_event node_set(const char *home_address, const struct auth *auth, uint8_t bindings_max)
{
	return (struct host_event){
		.type = HOST_NODE_SET,
		.node = {.home_address = address_of(home_address),
			.auth = *auth,
			.bindings_max = bindings_max},
	};
}

void scene_with_home_agent(struct scene *scene, const struct home_agent_config *config)
{
	scene_begin(scene, 1);
	scene_add_home_agent(scene, config);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	scene_tell(scene, &scene->home_agent, &event);
}

struct update update_of(struct scene *scene, uint16_t sequence)
{
	struct update update = {
		.scene = scene,
		.source = address_of(CARE_OF_1),
		.destination = address_of(HOME_AGENT),
		.home_address = address_of(HOME),
		.auth = update_auth,
	};
	message_init(&update.message, MH_binding_update);
	update.message.binding_update.sequence = sequence;
	update.message.binding_update.flags = BU_ACKNOWLEDGE | BU_HOME;
	update_lifetime(&update, 600);
	return update;
}

void update_bid_address(struct update *update, uint16_t bid, struct in6_addr care_of)
{
	update->message.bid[update->message.bid_count++] =
		(struct opt_bid){.bid = bid, .care_of = {16, care_of}};
}

void update_bid(struct update *update, uint16_t bid, const char *care_of)
{
	update_bid_address(update, bid, address_of(care_of));
}

void update_bid_known(struct update *update, uint16_t bid)
{
	update->message.bid[update->message.bid_count++] = (struct opt_bid){.bid = bid};
}

struct update refresh_of_three(struct scene *scene, uint16_t sequence)
{
	struct update update = update_of(scene, sequence);
	for (uint16_t bid = 1; bid <= 3; bid++)
		update_bid_known(&update, bid);
	return update;
}

void update_overwrite(struct update *update)
{
	update->message.binding_update.flags |= BU_OVERWRITE;
}

void update_lifetime(struct update *update, unsigned seconds)
{
	update->message.binding_update.lifetime = (uint16_t)(seconds / LIFETIME_UNIT);
}

void update_timestamp(struct update *update, uint64_t ntp)
{
	update->message.has_replay = true;
	update->message.replay.timestamp = ntp;
}

/* RFC 4285 5.1, written apart from src/core/base/authentication.c: the message in one piece. */
static void mac(const struct auth *auth, const struct in6_addr *care_of,
	const struct in6_addr *home_address, const uint8_t *message, size_t through_spi,
	uint8_t ret[AUTH_OCTETS])
{
	uint8_t data[2 * sizeof(struct in6_addr) + MESSAGE_OCTETS_MAX];
	memcpy(data, care_of, 16);
	memcpy(data + 16, home_address, 16);
	memcpy(data + 32, message, through_spi);
	memset(data + 32 + 4, 0, 2);
	uint64_t unused = 0;
	struct core_port port = test_port(&unused);
	const struct octets piece = {data, 32 + through_spi};
	uint8_t whole[SHA1_OCTETS];
	assert_int_equal(port.hmac_sha1(port.ctx, (struct octets){auth->key, auth->key_length},
				 &piece, 1, whole),
		0);
	memcpy(ret, whole, AUTH_OCTETS);
}

static const struct in6_addr *mac_care_of(const struct update *update)
{
	if (update->mac_care_of)
		return update->mac_care_of;
	if (update->message.bid_count == 1 && update->message.bid[0].care_of.length == 16 &&
		!update->malformed)
		return &update->message.bid[0].care_of.address;
	return &update->source;
}

size_t update_build(const struct update *update, uint8_t octets[PACKET_OCTETS_MAX])
{
	struct message message = update->message;
	if (update->auth.mode == AUTH_MODE_MN_HA) {
		message.authentication_count = 1;
		message.authentication[0] = (struct opt_authentication){
			.subtype = AUTH_MN_HA,
			.spi = update->auth.spi,
			.authenticator = {NULL, AUTH_OCTETS},
		};
	}
	uint8_t encoded[MESSAGE_OCTETS_MAX];
	struct message_layout layout;
	assert_true(message_encode(scene_dialect(), &message, encoded, sizeof(encoded), &layout));
	assert_int_equal(update->behind.length % 8, 0);
	if (update->behind.length)
		memcpy(encoded + layout.length, update->behind.at, update->behind.length);
	layout.length += update->behind.length;
	encoded[1] = (uint8_t)(layout.length / 8 - 1);
	if (update->malformed) {
		/* where an option with an address stands: RFC 5648 4.3, 8n + 2 */
		assert_int_equal(encoded[18], OPTION_bid);
		encoded[19] = update->bid_length;
	}
	if (layout.authentication_at)
		mac(&update->auth, mac_care_of(update), &update->home_address, encoded,
			layout.authentication_at, encoded + layout.authentication_at);
	const struct packet_envelope envelope = {
		.source = update->source,
		.destination = update->destination,
		.home_address = update->without_home_address ? NULL : &update->home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = update->hop_limit ? update->hop_limit : 64,
	};
	size_t length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, octets, PACKET_OCTETS_MAX);
	assert_int_not_equal(length, 0);
	return length;
}

void update_send(const struct update *update)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = update_build(update, octets);
	scene_packet(update->scene, &update->scene->home_agent, CORE_LINK,
		(struct octets){octets, length});
}

static void check_mac(const struct sent *ack)
{
	const struct message *message = &ack->message;
	const struct octets encoded = ack->packet.payload;
	struct in6_addr home_address =
		ack->packet.has_routing ? ack->packet.routing_address : ack->packet.destination;
	assert_int_equal(message->authentication_count, 1);
	assert_int_equal(message->authentication[0].subtype, AUTH_MN_HA);
	assert_int_equal(message->authentication[0].spi, SPI);
	assert_int_equal(message->authentication[0].authenticator.length, AUTH_OCTETS);
	size_t at = (size_t)(message->authentication[0].authenticator.at - encoded.at);
	uint8_t expected[AUTH_OCTETS];
	mac(&update_auth, &ack->packet.destination, &home_address, encoded.at, at, expected);
	assert_memory_equal(encoded.at + at, expected, AUTH_OCTETS);
}

void expect_ack(struct scene *scene, uint8_t status, struct sent *ret)
{
	struct in6_addr home_agent = address_of(HOME_AGENT);
	take_message(&scene->home_agent, MH_binding_ack, ret);
	assert_int_equal(ret->message.binding_ack.status, status);
	assert_int_equal(ret->message.binding_ack.flags, 0);
	assert_memory_equal(&ret->packet.source, &home_agent, sizeof(home_agent));
	/* RFC 5648 4.3, erratum 1904 */
	for (uint16_t i = 0; i < ret->message.bid_count; i++)
		assert_int_equal(ret->message.bid[i].care_of.length, 0);
	check_mac(ret);
}

void expect_node_set(struct scene *scene, uint16_t sequence)
{
	struct in6_addr home = address_of(HOME);
	const struct record *node = &take(&scene->home_agent, EFFECT_RECORD)->record;
	assert_memory_equal(&node->home_address, &home, sizeof(home));
	assert_int_equal(node->sequence, sequence);
}

uint8_t bid_status(const struct sent *ack, uint16_t bid)
{
	for (uint16_t i = 0; i < ack->message.bid_count; i++)
		if (ack->message.bid[i].bid == bid)
			return ack->message.bid[i].status;
	fail_msg("no option for BID %u", bid);
	return 0;
}

void expect_added(struct scene *scene, uint16_t bid, const char *care_of)
{
	take_tunnel_set(&scene->home_agent, bid, care_of);
	take_note(&scene->home_agent, EVENT_BINDING_ADDED, bid);
}

void bind_bids(struct scene *scene, uint16_t sequence, unsigned count)
{
	struct update update = update_of(scene, sequence);
	update_overwrite(&update);
	for (unsigned i = 0; i < count; i++)
		update_bid(&update, (uint16_t)(i + 1), care_of_addresses[i]);
	update_send(&update);
	assert_int_equal(bindings_of(scene).count, count);
	take_all(&scene->home_agent);
}

static void collect(void *ctx, const struct binding_view *view)
{
	struct binding_list *list = ctx;
	assert_true(list->count < sizeof(list->at) / sizeof(list->at[0]));
	list->at[list->count++] = *view;
}

struct binding_list bindings_of(const struct scene *scene)
{
	struct binding_list list = {0};
	core_each_binding(scene->home_agent.core, collect, &list);
	return list;
}

struct binding_view binding_of_bid(const struct binding_list *list, uint16_t bid)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].bid == bid)
			return list->at[i];
	fail_msg("no binding %u", bid);
	return (struct binding_view){0};
}

uint64_t drops_of(const struct scene *scene, enum drop drop)
{
	return core_counters(scene->home_agent.core)->drops[drop];
}
