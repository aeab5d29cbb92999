/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent's forwarding, by its core's bindings (RFC 6275 10.4, draft-13 9.3.1).
 */
#include "forwarding.h"

#include "cmocka_scene.h"

#include <string.h>

struct search {
	struct in6_addr home_address;
	const struct in6_addr *care_of; /* NULL: any */
	bool found;
	struct binding_view best;
};

static void compare(void *ctx, const struct binding_view *view)
{
	struct search *search = ctx;
	if (!IN6_ARE_ADDR_EQUAL(&view->home_address, &search->home_address) ||
		(search->care_of && !IN6_ARE_ADDR_EQUAL(&view->care_of, search->care_of)) ||
		(search->found && search->best.priority <= view->priority))
		return;
	search->found = true;
	search->best = *view;
}

static void set_out(struct scene *scene, struct octets packet)
{
	struct effect_send send = {.length = (uint16_t)packet.length};
	memcpy(send.octets, packet.at, packet.length);
	scene_fly(scene, &send);
}

/* draft-13 9.3.1: from any of the node's care-of addresses */
static void take_out(struct scene *scene, const struct actor *agent, const struct packet *outer)
{
	struct packet inner;
	assert_int_equal(packet_decode(outer->payload.at, outer->payload.length, &inner), WIRE_OK);
	struct search search = {.home_address = inner.source, .care_of = &outer->source};
	core_each_binding(agent->core, compare, &search);
	if (search.found)
		set_out(scene, outer->payload);
}

static void put_in(struct scene *scene, const struct actor *agent,
	const struct binding_view *binding, struct octets packet)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	const struct packet_envelope outer = {
		.source = agent == &scene->home_agent
				  ? scene->home_agent_config.home_agent.address
				  : scene->correspondent_config.home_agent.address,
		.destination = binding->care_of,
		.next_header = IPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	set_out(scene,
		(struct octets){octets, packet_build(&outer, packet, octets, sizeof(octets))});
}

bool forward_home(struct scene *scene, const struct actor *agent, struct octets octets)
{
	struct packet packet;
	assert_int_equal(packet_decode(octets.at, octets.length, &packet), WIRE_OK);
	if (packet.next_header == IPV6_NEXT_HEADER) {
		take_out(scene, agent, &packet);
		return true;
	}
	struct search search = {.home_address = packet.destination};
	core_each_binding(agent->core, compare, &search);
	if (search.found)
		put_in(scene, agent, &search.best, octets);
	return search.found;
}
