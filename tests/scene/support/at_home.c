/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routers and home agents by hand, without the core's encoder.
 */
#include "at_home.h"

#include "cmocka_scene.h"

#include <string.h>

#define PREFIX_INFORMATION 3
#define ON_LINK 0x80
#define AUTONOMOUS 0x40
#define ROUTER_ADDRESS 0x20
#define HOME_AGENT_FLAG 0x20

const struct router home_router = {
	.link_local = HOME_AGENT_LINK_LOCAL,
	.mac = home_agent_mac,
	.lifetime = 1800,
	.prefix = HOME_PREFIX,
	.valid = 86400,
	.agent = HOME_AGENT,
};

const struct router other_home_router = {
	.link_local = NEIGHBOUR,
	.mac = neighbour_mac,
	.lifetime = 1800,
	.prefix = HOME_PREFIX,
	.valid = 86400,
};

const struct router visited_router = {
	.link_local = HOME_AGENT_LINK_LOCAL,
	.mac = neighbour_mac,
	.lifetime = 1800,
	.prefix = "2001:db8:2::",
	.valid = 86400,
};

struct mobile_node_config at_home_defaults(enum at_home at_home)
{
	struct mobile_node_config config = node_defaults();
	config.home_prefix = address_of(HOME_PREFIX);
	config.home_prefix_length = 64;
	config.at_home = at_home;
	return config;
}

void at_home_begin(struct scene *scene, enum at_home at_home)
{
	const struct mobile_node_config config = at_home_defaults(at_home);
	/* a core that knows nobody answers echo requests only */
	const struct home_agent_config its = home_agent_defaults();
	node_begin_with(scene, 10 * NANOS_PER_MS, &config, false);
	scene_add_home_agent(scene, &its);
}

/* ---- by hand ---- */

static void put(struct builder *to, const char *address)
{
	struct in6_addr octets = address_of(address);
	builder_octets(to, octets.s6_addr, sizeof(octets.s6_addr));
}

static void put_prefix(
	struct builder *to, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid)
{
	builder_u8(to, PREFIX_INFORMATION);
	builder_u8(to, 4);
	builder_u8(to, length);
	builder_u8(to, flags);
	builder_u32(to, valid);
	builder_u32(to, valid);
	builder_u32(to, 0);
	put(to, prefix);
}

static void arrives(struct scene *scene, unsigned n, const char *source, struct octets message)
{
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of("ff02::1"),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 255,
	};
	uint8_t packet[PACKET_OCTETS_MAX];
	size_t length = packet_build(&envelope, message, packet, sizeof(packet));
	assert_int_not_equal(length, 0);
	scene_packet(scene, &scene->mobile_node, n, (struct octets){packet, length});
}

void router_advertises(struct scene *scene, unsigned n, const struct router *router)
{
	uint8_t octets[256];
	struct builder to = builder_over(octets, sizeof(octets));
	builder_u8(&to, ICMPV6_ROUTER_ADVERTISEMENT);
	builder_u8(&to, 0);
	builder_u16(&to, 0);
	builder_u8(&to, 64);
	builder_u8(&to, router->agent ? HOME_AGENT_FLAG : 0);
	builder_u16(&to, router->lifetime);
	builder_u32(&to, 0);
	builder_u32(&to, 0);
	if (router->mac) {
		builder_u8(&to, 1);
		builder_u8(&to, 1);
		builder_octets(&to, router->mac, LINK_LAYER_OCTETS);
	}
	if (router->prefix)
		put_prefix(&to, router->prefix, router->length ? router->length : 64,
			router->off_link ? AUTONOMOUS : ON_LINK | AUTONOMOUS, router->valid);
	if (router->agent)
		put_prefix(&to, router->agent, 64, ROUTER_ADDRESS, router->valid);
	arrives(scene, n, router->link_local, (struct octets){octets, builder_length(&to)});
}

void agent_advertises(struct scene *scene, unsigned n, const char *target, const uint8_t *mac)
{
	uint8_t octets[32];
	struct builder to = builder_over(octets, sizeof(octets));
	builder_u8(&to, ICMPV6_NEIGHBOR_ADVERTISEMENT);
	builder_u8(&to, 0);
	builder_u16(&to, 0);
	builder_u32(&to, UINT32_C(0x20000000)); /* O */
	put(&to, target);
	builder_u8(&to, 2);
	builder_u8(&to, 1);
	builder_octets(&to, mac, LINK_LAYER_OCTETS);
	arrives(scene, n, HOME_AGENT_LINK_LOCAL, (struct octets){octets, builder_length(&to)});
}

void register_by_hand(struct scene *scene, unsigned first, unsigned last)
{
	static struct sent sent;
	for (unsigned n = first; n <= last; n++)
		node_attach(scene, n);
	for (unsigned i = 0; i < 20; i++) {
		scene_advance(scene, 100 * NANOS_PER_MS);
		while (next_update(scene, &sent)) {
			const struct reply reply = reply_to(&sent);
			reply_send(scene, &reply);
		}
	}
	for (unsigned n = first; n <= last; n++)
		assert_true(node_view(scene, (uint16_t)n).registered);
	take_all(&scene->mobile_node);
}

/* ---- the transcript ---- */

static bool is_nd(const struct effect *effect, enum icmpv6_type type, struct sent_nd *ret)
{
	if (effect->type != EFFECT_SEND)
		return false;
	ret->send = &effect->send;
	assert_int_equal(
		packet_decode(ret->send->octets, ret->send->length, &ret->packet), WIRE_OK);
	return ret->packet.next_header == ICMPV6_NEXT_HEADER &&
	       icmpv6_decode(&ret->packet, &ret->message) == WIRE_OK && ret->message.type == type;
}

struct wanted_nd {
	enum icmpv6_type type;
	struct sent_nd *sent;
};

static bool is_wanted_nd(const struct effect *effect, void *ctx)
{
	const struct wanted_nd *wanted = ctx;
	return is_nd(effect, wanted->type, wanted->sent);
}

bool next_nd(struct scene *scene, enum icmpv6_type type, struct sent_nd *ret)
{
	struct wanted_nd wanted = {type, ret};
	return find_past(&scene->mobile_node, is_wanted_nd, &wanted) != NULL;
}

void expect_nd(struct scene *scene, enum icmpv6_type type, unsigned n, struct sent_nd *ret)
{
	if (!next_nd(scene, type, ret))
		fail_msg("no message of type %u", type);
	assert_int_equal(ret->packet.hop_limit, 255);
	assert_int_equal(ret->send->ifindex, n);
	assert_true(ret->send->framed);
}

size_t nd_ahead(const struct scene *scene, enum icmpv6_type type)
{
	static struct sent_nd unused;
	size_t count = 0;
	for (size_t i = scene->mobile_node.taken; i < scene->mobile_node.done_count; i++)
		count += is_nd(&scene->mobile_node.done[i], type, &unused);
	return count;
}

void expect_home_update(struct scene *scene, unsigned n, const uint8_t *mac, struct sent *ret)
{
	struct in6_addr home = address_of(HOME), home_agent = address_of(HOME_AGENT);
	expect_update(scene, ret);
	assert_int_equal(ret->ifindex, n);
	assert_true(ret->framed);
	assert_memory_equal(ret->link_layer, mac, LINK_LAYER_OCTETS);
	assert_memory_equal(&ret->packet.source, &home, sizeof(home));
	assert_memory_equal(&ret->packet.destination, &home_agent, sizeof(home));
	assert_false(ret->packet.has_home_address);
}

void take_home_address(struct scene *scene, enum home_address_use use, uint32_t ifindex)
{
	struct in6_addr home = address_of(HOME);
	const struct effect_home_address *address =
		&take_past(&scene->mobile_node, EFFECT_HOME_ADDRESS)->home_address;
	assert_int_equal(address->use, use);
	assert_int_equal(address->ifindex, ifindex);
	assert_memory_equal(&address->home_address, &home, sizeof(home));
}

static bool sets_tunnel_of(const struct effect *effect, void *ctx)
{
	const uint16_t *bid = ctx;
	return effect->type == EFFECT_TUNNEL_SET && effect->tunnel.bid == *bid;
}

const struct effect_tunnel *next_tunnel(struct scene *scene, uint16_t bid)
{
	const struct effect *effect = find_past(&scene->mobile_node, sets_tunnel_of, &bid);
	if (!effect)
		fail_msg("no tunnel of BID %u is set", bid);
	return &effect->tunnel;
}

enum home_state home_state_of(const struct scene *scene)
{
	return mobile_node_home_state(core_mobile_node(scene->mobile_node.core, 0));
}

void expect_notes(const struct scene *scene, enum event_type type, size_t count)
{
	assert_int_equal(notes_ahead(scene, type), count);
}
