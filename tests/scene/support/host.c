/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host of several roles, and the messages that reach it.
 */
#include "host.h"

#include "cmocka_scene.h"
#include "peer.h"
#include "route.h"

#include <string.h>

static const char *const care_of[] = {NULL, CARE_OF_1, CARE_OF_2};

struct core_config host_defaults(void)
{
	struct core_config config = {
		.dialect = &dialect_rfc5648,
		.is_home_agent = true,
		.home_agent = home_agent_defaults(),
		.corresponds = true,
		.correspondent = correspondent_defaults(),
		.mobile_nodes_count = 2,
		.mobile_nodes = {peer_node_defaults(), peer_node_defaults()},
	};
	config.home_agent.address = address_of(HOST_AGENT);
	config.home_agent.home_prefix = address_of("2001:db8:5::");
	config.home_agent.probe_identifier = config.mobile_nodes[0].probe_identifier;
	config.mobile_nodes[1].home_address = address_of(SECOND_HOME);
	config.mobile_nodes[1].home_agent = address_of(SECOND_AGENT);
	return config;
}

struct mobile_node_config host_neighbour(void)
{
	struct mobile_node_config config = peer_node_defaults();
	config.home_address = address_of(NEIGHBOUR_HOME);
	return config;
}

static struct core_config second_agent(void)
{
	struct core_config config = {
		.dialect = &dialect_rfc5648,
		.is_home_agent = true,
		.home_agent = home_agent_defaults(),
	};
	config.home_agent.address = address_of(SECOND_AGENT);
	config.home_agent.home_prefix = address_of("2001:db8:6::");
	return config;
}

void host_begin(struct scene *scene, const struct core_config *config)
{
	const struct home_agent_config first = home_agent_defaults();
	const struct core_config second = second_agent();
	const struct host_event one = node_set(SECOND_HOME, &update_auth, BINDINGS_MAX);
	const struct host_event two = node_set(NEIGHBOUR_HOME, &update_auth, BINDINGS_MAX);
	const struct host_event guest = node_set(GUEST, &update_auth, BINDINGS_MAX);
	scene_with_home_agent(scene, &first);
	scene_tell(scene, &scene->home_agent, &two);
	scene_add(scene, &scene->correspondent, &second);
	scene_tell(scene, &scene->correspondent, &one);
	scene_add(scene, &scene->mobile_node, config);
	if (config->is_home_agent)
		scene_tell(scene, &scene->mobile_node, &guest);
	scene_place(scene, &scene->home_agent, HOME_AGENT, CORE_LINK);
	scene_place(scene, &scene->home_agent, HOME, CORE_LINK);
	scene_place(scene, &scene->correspondent, SECOND_AGENT, CORE_LINK);
	scene_place(scene, &scene->correspondent, SECOND_HOME, CORE_LINK);
	scene_place(scene, &scene->mobile_node, CARE_OF_1, 1);
	scene_place(scene, &scene->mobile_node, CARE_OF_2, 2);
	scene_place(scene, &scene->mobile_node, HOST_AGENT, UPLINK);
	scene->forwards = true;
	take_all(&scene->home_agent);
	take_all(&scene->correspondent);
	take_all(&scene->mobile_node);
}

void host_attach(struct scene *scene, uint8_t mobile_node, unsigned n)
{
	struct host_event event = {
		.type = HOST_LINK_SET,
		.mobile_node = mobile_node,
		.link = {.bid = (uint16_t)n,
			.priority = (uint8_t)(10 * n),
			.up = true,
			.ifindex = n,
			.has_link_layer = true},
	};
	node_mac(n, event.link.link_layer);
	scene_tell(scene, &scene->mobile_node, &event);
	event = (struct host_event){
		.type = HOST_ADDRESS_SET,
		.mobile_node = mobile_node,
		.address = {.bid = (uint16_t)n,
			.address = address_of(care_of[n]),
			.formed = scene->now.mono},
	};
	scene_tell(scene, &scene->mobile_node, &event);
}

void host_register(struct scene *scene)
{
	for (unsigned n = 1; n <= 2; n++) {
		host_attach(scene, 0, n);
		host_attach(scene, 1, n);
	}
	scene_advance(scene, 2 * NANOS_PER_SECOND);
	for (uint16_t bid = 1; bid <= 2; bid++) {
		assert_true(host_view(scene, 0, bid).registered);
		assert_true(host_view(scene, 1, bid).registered);
	}
	take_all(&scene->home_agent);
	take_all(&scene->correspondent);
	take_all(&scene->mobile_node);
}

struct view_search {
	uint16_t bid;
	struct link_view found;
};

static void look_at(void *ctx, const struct link_view *view)
{
	struct view_search *search = ctx;
	if (view->bid == search->bid)
		search->found = *view;
}

struct link_view host_view(const struct scene *scene, unsigned mobile_node, uint16_t bid)
{
	struct view_search search = {.bid = bid};
	mobile_node_each_link(
		core_mobile_node(scene->mobile_node.core, mobile_node), look_at, &search);
	return search.found;
}

uint64_t host_drops(const struct scene *scene, enum drop why)
{
	return core_counters(scene->mobile_node.core)->drops[why];
}

uint64_t host_all_drops(const struct scene *scene)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < DROPS; i++)
		sum += host_drops(scene, i);
	return sum;
}

struct binding_search {
	struct in6_addr home_address;
	struct in6_addr peer;
	unsigned count;
};

static void count_binding(void *ctx, const struct binding_view *view)
{
	struct binding_search *search = ctx;
	search->count += IN6_ARE_ADDR_EQUAL(&view->home_address, &search->home_address) &&
			 IN6_ARE_ADDR_EQUAL(&view->peer, &search->peer);
}

unsigned host_bindings(const struct actor *actor, const char *home_address, const char *peer)
{
	struct binding_search search = {address_of(home_address), address_of(peer), 0};
	core_each_binding(actor->core, count_binding, &search);
	return search.count;
}

/* ---- messages ---- */

static size_t envelop(const char *from, const char *to, uint8_t next_header, struct octets payload,
	uint8_t octets[PACKET_OCTETS_MAX])
{
	const struct packet_envelope envelope = {
		.source = address_of(from),
		.destination = address_of(to),
		.next_header = next_header,
		.hop_limit = 64,
	};
	return packet_build(&envelope, payload, octets, PACKET_OCTETS_MAX);
}

void host_receive(struct scene *scene, const struct host_message *message)
{
	uint8_t encoded[MESSAGE_OCTETS_MAX], inner[PACKET_OCTETS_MAX], outer[PACKET_OCTETS_MAX];
	struct message_layout layout;
	struct in6_addr routed, home;
	assert_true(message_encode(
		scene_dialect(), message->message, encoded, sizeof(encoded), &layout));
	struct packet_envelope envelope = {
		.source = address_of(message->from),
		.destination = address_of(message->to),
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	if (message->routed_to) {
		routed = address_of(message->routed_to);
		envelope.routing_address = &routed;
	}
	if (message->home_address) {
		home = address_of(message->home_address);
		envelope.home_address = &home;
	}
	size_t length = packet_build(
		&envelope, (struct octets){encoded, layout.length}, inner, sizeof(inner));
	assert_int_not_equal(length, 0);
	struct octets packet = {inner, length};
	if (message->tunnel)
		packet = (struct octets){outer,
			envelop(message->tunnel, CARE_OF_1, IPV6_NEXT_HEADER, packet, outer)};
	scene_packet(scene, &scene->mobile_node, message->ifindex, packet);
}

struct update host_guest_update(struct scene *scene, uint16_t sequence)
{
	struct update update = update_of(scene, sequence);
	update.source = address_of(GUEST_CARE_OF);
	update.destination = address_of(HOST_AGENT);
	update.home_address = address_of(GUEST);
	update_bid(&update, 1, GUEST_CARE_OF);
	return update;
}

void host_update_receive(const struct update *update)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = update_build(update, octets);
	scene_packet(update->scene, &update->scene->mobile_node, UPLINK,
		(struct octets){octets, length});
}

/* ---- the transcript ---- */

static bool read_message(
	const struct effect *effect, enum mh_type type, struct sent *ret, struct packet *ret_outer)
{
	memset(ret_outer, 0, sizeof(*ret_outer));
	if (effect->type != EFFECT_SEND)
		return false;
	ret->ifindex = effect->send.ifindex;
	ret->framed = effect->send.framed;
	assert_int_equal(
		packet_decode(effect->send.octets, effect->send.length, &ret->packet), WIRE_OK);
	if (ret->packet.next_header == IPV6_NEXT_HEADER) {
		*ret_outer = ret->packet;
		assert_int_equal(packet_decode(ret_outer->payload.at, ret_outer->payload.length,
					 &ret->packet),
			WIRE_OK);
	}
	return ret->packet.next_header == MH_NEXT_HEADER &&
	       packet_message(scene_dialect(), &ret->packet, &ret->message) == WIRE_OK &&
	       ret->message.type == type;
}

struct wanted_message {
	enum mh_type type;
	struct sent *sent;
	struct packet *outer;
};

static bool is_wanted_message(const struct effect *effect, void *ctx)
{
	const struct wanted_message *wanted = ctx;
	return read_message(effect, wanted->type, wanted->sent, wanted->outer);
}

bool host_sent(struct scene *scene, enum mh_type type, struct sent *ret, struct packet *ret_outer)
{
	struct wanted_message wanted = {type, ret, ret_outer};
	return find_past(&scene->mobile_node, is_wanted_message, &wanted) != NULL;
}

bool same_address(const struct in6_addr *address, const char *text)
{
	struct in6_addr wanted = address_of(text);
	return IN6_ARE_ADDR_EQUAL(address, &wanted);
}
