/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of neighbours are put together here octet by octet (RFC 4861 4.3, 4.4, 4.6.1), without
 * the encoder that the core uses, but for the types that no test of octets is about.
 */
#include "neighbour.h"

#include "cmocka_scene.h"

#include <string.h>

#define SOURCE_LINK_LAYER 1
#define TARGET_LINK_LAYER 2
#define OVERRIDE 0x20

const uint8_t home_agent_mac[] = {0x02, 0, 0, 0, 0, 0x01};
const uint8_t neighbour_mac[] = {0x02, 0, 0, 0, 0, 0x02};
const uint8_t mobile_node_mac[] = {0x02, 0, 0, 0, 0x01, 0x00};

struct home_agent_config home_link_defaults(void)
{
	struct home_agent_config config = home_agent_defaults();
	config.home_link = true;
	config.home_and_foreign = true;
	config.dad_ms = 1000;
	return config;
}

struct host_event home_link_event(uint32_t ifindex, bool up)
{
	struct host_event event = {
		.type = HOST_HOME_LINK,
		.home_link = {.ifindex = ifindex,
			.up = up,
			.link_local = address_of(HOME_AGENT_LINK_LOCAL)},
	};
	memcpy(event.home_link.link_layer, home_agent_mac, LINK_LAYER_OCTETS);
	return event;
}

void home_link_tell(struct scene *scene, bool up)
{
	const struct host_event event = home_link_event(HOME_LINK, up);
	scene_tell(scene, &scene->home_agent, &event);
}

void home_link_begin(struct scene *scene, const struct home_agent_config *config)
{
	scene_with_home_agent(scene, config);
	home_link_tell(scene, true);
}

/* ---- neighbours ---- */

static void arrive(struct scene *scene, uint32_t ifindex, uint8_t hop_limit, const char *source,
	const char *destination, struct octets message)
{
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of(destination),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = hop_limit,
	};
	uint8_t packet[PACKET_OCTETS_MAX];
	size_t length = packet_build(&envelope, message, packet, sizeof(packet));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->home_agent, ifindex, (struct octets){packet, length});
}

/* Type, code, checksum, four octets of flags or nothing, target, perhaps one option. */
static size_t write_message(uint8_t octets[32], uint8_t type, uint8_t flags, const char *target,
	uint8_t option, const uint8_t *mac)
{
	struct in6_addr address = address_of(target);
	memset(octets, 0, 32);
	octets[0] = type;
	octets[4] = flags;
	memcpy(octets + 8, &address, sizeof(address));
	if (!mac)
		return 24;
	octets[24] = option;
	octets[25] = 1;
	memcpy(octets + 26, mac, LINK_LAYER_OCTETS);
	return 32;
}

void neighbour_solicits(
	struct scene *scene, const char *source, const char *target, const uint8_t *mac)
{
	uint8_t octets[32];
	size_t length = write_message(octets, 135, 0, target, SOURCE_LINK_LAYER, mac);
	arrive(scene, HOME_LINK, 255, source, "ff02::1:ff00:100", (struct octets){octets, length});
}

void neighbour_advertises(struct scene *scene, const char *target, const uint8_t *mac)
{
	uint8_t octets[32];
	size_t length = write_message(octets, 136, OVERRIDE, target, TARGET_LINK_LAYER, mac);
	arrive(scene, HOME_LINK, 255, NEIGHBOUR, "ff02::1", (struct octets){octets, length});
}

void neighbour_sends(struct scene *scene, uint32_t ifindex, uint8_t hop_limit, const char *source,
	const struct icmpv6 *message)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = icmpv6_encode(message, octets, sizeof(octets));
	arrive(scene, ifindex, hop_limit, source, "ff02::1", (struct octets){octets, length});
}

size_t neighbour_sends_data(struct scene *scene, uint32_t ifindex, const char *source,
	const char *destination, uint8_t next_header, struct octets payload)
{
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of(destination),
		.next_header = next_header,
		.hop_limit = 64,
	};
	static uint8_t packet[PACKET_OCTETS_MAX];
	size_t length = packet_build(&envelope, payload, packet, sizeof(packet));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->home_agent, ifindex, (struct octets){packet, length});
	return length;
}

/* ---- updates from the home link ---- */

void update_at_home(struct update *update)
{
	update->source = update->home_address;
	update->without_home_address = true;
}

void update_link_layer(struct update *update, const uint8_t *mac)
{
	update->message.has_link_layer_address = true;
	update->message.link_layer_address =
		(struct opt_link_layer_address){2, {mac, LINK_LAYER_OCTETS}};
}

void update_bid_home(struct update *update, uint16_t bid)
{
	update_bid_address(update, bid, update->home_address);
	update->message.bid[update->message.bid_count - 1].flags = BID_HOME;
}

void update_send_home(const struct update *update)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = update_build(update, octets);
	scene_packet(update->scene, &update->scene->home_agent, HOME_LINK,
		(struct octets){octets, length});
}

/* ---- the transcript ---- */

struct wanted_nd {
	enum icmpv6_type type;
	struct sent_nd *sent;
};

static bool is_wanted(const struct effect *effect, void *ctx)
{
	const struct wanted_nd *wanted = ctx;
	struct sent_nd *sent = wanted->sent;
	if (effect->type != EFFECT_SEND)
		return false;
	sent->send = &effect->send;
	assert_int_equal(
		packet_decode(sent->send->octets, sent->send->length, &sent->packet), WIRE_OK);
	return sent->packet.next_header == ICMPV6_NEXT_HEADER &&
	       icmpv6_decode(&sent->packet, &sent->message) == WIRE_OK &&
	       sent->message.type == wanted->type;
}

void take_nd(struct scene *scene, enum icmpv6_type type, struct sent_nd *ret)
{
	struct wanted_nd wanted = {type, ret};
	take_matching(&scene->home_agent, "SEND of Neighbour Discovery", is_wanted, &wanted);
	assert_int_equal(ret->packet.hop_limit, 255);
	assert_int_equal(ret->send->ifindex, HOME_LINK);
}

static void assert_address(const struct in6_addr *address, const char *expected)
{
	struct in6_addr wanted = address_of(expected);
	assert_memory_equal(address, &wanted, sizeof(wanted));
}

void take_detection(struct scene *scene, const char *target)
{
	struct sent_nd nd;
	take_nd(scene, ICMPV6_NEIGHBOR_SOLICITATION, &nd);
	assert_address(&nd.packet.source, "::");
	assert_address(&nd.message.target, target);
	/* RFC 4291 2.7.1, RFC 2464 7 */
	uint8_t group[16] = {0xff, 2, [11] = 1, 0xff};
	memcpy(group + 13, &nd.message.target.s6_addr[13], 3);
	assert_memory_equal(&nd.packet.destination, group, sizeof(group));
	const uint8_t mac[] = {0x33, 0x33, 0xff, group[13], group[14], group[15]};
	assert_true(nd.send->framed);
	assert_memory_equal(nd.send->link_layer, mac, sizeof(mac));
	assert_false(nd.message.has_source_link_layer);
}

static void take_multicast_advertisement(struct scene *scene, const char *target, bool override)
{
	const uint8_t all_nodes[] = {0x33, 0x33, 0, 0, 0, 1};
	struct sent_nd nd;
	take_nd(scene, ICMPV6_NEIGHBOR_ADVERTISEMENT, &nd);
	assert_address(&nd.packet.source, HOME_AGENT_LINK_LOCAL);
	assert_address(&nd.packet.destination, "ff02::1");
	assert_true(nd.send->framed);
	assert_memory_equal(nd.send->link_layer, all_nodes, sizeof(all_nodes));
	assert_address(&nd.message.target, target);
	assert_false(nd.message.router);
	assert_false(nd.message.solicited);
	assert_int_equal(nd.message.override, override);
	assert_true(nd.message.has_target_link_layer);
	assert_memory_equal(nd.message.target_link_layer, home_agent_mac, LINK_LAYER_OCTETS);
}

void take_advertisement(struct scene *scene, const char *target)
{
	take_multicast_advertisement(scene, target, true);
}

void take_defence(struct scene *scene, const char *target)
{
	take_multicast_advertisement(scene, target, false);
}

void take_intercept(struct scene *scene, bool on)
{
	const struct effect_intercept *intercept =
		&take(&scene->home_agent, EFFECT_INTERCEPT)->intercept;
	assert_address(&intercept->home_address, HOME);
	assert_int_equal(intercept->ifindex, HOME_LINK);
	assert_int_equal(intercept->on, on);
	assert_false(intercept->tentative);
}

void take_listening(struct scene *scene)
{
	const struct effect_intercept *intercept =
		&take(&scene->home_agent, EFFECT_INTERCEPT)->intercept;
	assert_address(&intercept->home_address, HOME);
	assert_int_equal(intercept->ifindex, HOME_LINK);
	assert_true(intercept->tentative);
	assert_false(intercept->on);
}

void take_detection_begin(struct scene *scene)
{
	take_listening(scene);
	then(&scene->home_agent);
	take_detection(scene, HOME);
}

void expect_framed_ack(struct scene *scene, uint8_t status, const uint8_t *mac, struct sent *ret)
{
	expect_ack(scene, status, ret);
	assert_int_equal(ret->ifindex, HOME_LINK);
	assert_true(ret->framed);
	assert_memory_equal(ret->link_layer, mac, LINK_LAYER_OCTETS);
	assert_address(&ret->packet.destination, HOME);
	assert_false(ret->packet.has_routing);
}
