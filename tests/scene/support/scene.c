/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual time, network and transcript of a scene.
 */
#include "scene.h"

#include "cmocka_scene.h"
#include "forwarding.h"
#include "port.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define ECHO_REQUEST 128
#define ECHO_REPLY 129
#define START_MONO (1000 * NANOS_PER_SECOND)
#define START_NTP (UINT64_C(0xec000000) << 32)

struct in6_addr address_of(const char *text)
{
	struct in6_addr address;
	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

void scene_begin(struct scene *scene, uint64_t seed)
{
	memset(scene, 0, sizeof(*scene));
	scene->seed = seed;
	scene->now = (struct moment){START_MONO, START_NTP};
	scene->delay = 10 * NANOS_PER_MS;
	scene->home_agent.name = "home agent";
	scene->mobile_node.name = "mobile node";
	scene->correspondent.name = "correspondent";
}

static void actor_end(struct actor *actor)
{
	core_free(actor->core);
	free(actor->done);
	subjects_fini(&actor->subjects);
}

void scene_end(struct scene *scene)
{
	outbox_fini(&scene->outbox);
	actor_end(&scene->home_agent);
	actor_end(&scene->mobile_node);
	actor_end(&scene->correspondent);
}

static struct core_config *config_of(struct scene *scene, const struct actor *actor)
{
	if (actor == &scene->home_agent)
		return &scene->home_agent_config;
	return actor == &scene->mobile_node ? &scene->mobile_node_config
					    : &scene->correspondent_config;
}

static void start(struct scene *scene, struct actor *actor)
{
	struct core_port port = test_port(&scene->seed);
	assert_int_equal(core_new(config_of(scene, actor), &port, &actor->core), 0);
}

void scene_add(struct scene *scene, struct actor *actor, const struct core_config *config)
{
	*config_of(scene, actor) = *config;
	start(scene, actor);
}

void scene_add_home_agent(struct scene *scene, const struct home_agent_config *config)
{
	const struct core_config core = {
		.dialect = &dialect_rfc5648, .is_home_agent = true, .home_agent = *config};
	scene_add(scene, &scene->home_agent, &core);
}

void scene_add_mobile_node(struct scene *scene, const struct mobile_node_config *config)
{
	const struct core_config core = {
		.dialect = &dialect_rfc5648, .mobile_nodes_count = 1, .mobile_nodes = {*config}};
	scene_add(scene, &scene->mobile_node, &core);
}

void scene_add_mobile_correspondent(struct scene *scene, const struct mobile_node_config *config,
	const struct correspondent_config *correspondent)
{
	const struct core_config core = {.dialect = &dialect_rfc5648,
		.mobile_nodes_count = 1,
		.mobile_nodes = {*config},
		.corresponds = true,
		.correspondent = *correspondent};
	scene_add(scene, &scene->mobile_node, &core);
}

void scene_add_correspondent(struct scene *scene, const struct correspondent_config *config)
{
	const struct core_config core = {
		.dialect = &dialect_rfc5648, .corresponds = true, .correspondent = *config};
	scene_add(scene, &scene->correspondent, &core);
}

void scene_restart(struct scene *scene, struct actor *actor)
{
	core_free(actor->core);
	subjects_restart(&actor->subjects);
	start(scene, actor);
}

/* ---- network ---- */

static struct scene_place *place_of(struct scene *scene, const struct in6_addr *address)
{
	for (size_t i = scene->places_count; i-- > 0;)
		if (IN6_ARE_ADDR_EQUAL(&scene->places[i].address, address))
			return &scene->places[i];
	return NULL;
}

void scene_place(struct scene *scene, struct actor *actor, const char *address, uint32_t ifindex)
{
	struct in6_addr wanted = address_of(address);
	struct scene_place *place = place_of(scene, &wanted);
	if (!place) {
		assert_true(scene->places_count < SCENE_PLACES);
		place = &scene->places[scene->places_count++];
	}
	*place = (struct scene_place){.actor = actor, .address = wanted, .ifindex = ifindex};
}

void scene_cut(struct scene *scene, const char *address, bool cut)
{
	struct in6_addr wanted = address_of(address);
	struct scene_place *place = place_of(scene, &wanted);
	assert_non_null(place);
	place->cut = cut;
}

void scene_bare(struct scene *scene, const char *address, bool bare)
{
	struct in6_addr wanted = address_of(address);
	struct scene_place *place = place_of(scene, &wanted);
	assert_non_null(place);
	place->bare = bare;
}

void scene_slow(struct scene *scene, const char *address, nanos extra)
{
	struct in6_addr wanted = address_of(address);
	struct scene_place *place = place_of(scene, &wanted);
	assert_non_null(place);
	place->extra = extra;
}

void scene_fly(struct scene *scene, const struct effect_send *send)
{
	struct packet packet;
	assert_int_equal(packet_decode(send->octets, send->length, &packet), WIRE_OK);
	struct scene_place *to = place_of(scene, &packet.destination);
	struct scene_place *from = place_of(scene, &packet.source);
	bool extended = packet.has_home_address || packet.has_routing;
	if (!to || to->cut || (from && from->cut))
		return;
	if (extended && (to->bare || (from && from->bare)))
		return;
	/* RFC 3704: a link carries only what its own prefix sends. */
	if (from && send->ifindex != 0 && send->ifindex != from->ifindex)
		return;
	if (scene->lose > 0) {
		scene->lose--;
		return;
	}
	assert_true(scene->flights_count < SCENE_FLIGHTS);
	struct scene_flight *flight = &scene->flights[scene->flights_count++];
	flight->to = to->actor;
	flight->arrives = scene->now.mono + scene->delay + to->extra + (from ? from->extra : 0);
	flight->ifindex = to->ifindex;
	flight->length = send->length;
	memcpy(flight->octets, send->octets, send->length);
}

void scene_join(
	struct scene *scene, struct actor *actor, uint32_t ifindex, const uint8_t *link_layer)
{
	assert_true(scene->ports_count < SCENE_PORTS);
	struct scene_port *port = &scene->ports[scene->ports_count++];
	*port = (struct scene_port){.actor = actor, .ifindex = ifindex};
	memcpy(port->link_layer, link_layer, LINK_LAYER_OCTETS);
}

static struct scene_port *port_of(struct scene *scene, const struct actor *actor, uint32_t ifindex)
{
	for (size_t i = 0; i < scene->ports_count; i++)
		if (scene->ports[i].actor == actor && scene->ports[i].ifindex == ifindex)
			return &scene->ports[i];
	return NULL;
}

void scene_leave(struct scene *scene, struct actor *actor, uint32_t ifindex)
{
	struct scene_port *port = port_of(scene, actor, ifindex);
	assert_non_null(port);
	*port = scene->ports[--scene->ports_count];
}

/* A frame reaches whom it is addressed to on the home link, in no time to speak of. */
static void fly_framed(
	struct scene *scene, const struct actor *actor, const struct effect_send *send)
{
	const struct scene_port *from = port_of(scene, actor, send->ifindex);
	if (!from)
		return;
	if (scene->lose > 0) {
		scene->lose--;
		return;
	}
	for (size_t i = 0; i < scene->ports_count; i++) {
		const struct scene_port *to = &scene->ports[i];
		bool addressed = (send->link_layer[0] & 1) != 0 ||
				 memcmp(send->link_layer, to->link_layer, LINK_LAYER_OCTETS) == 0;
		if (to == from || !addressed)
			continue;
		assert_true(scene->flights_count < SCENE_FLIGHTS);
		struct scene_flight *flight = &scene->flights[scene->flights_count++];
		flight->to = to->actor;
		flight->arrives = scene->now.mono + SCENE_FRAME_DELAY;
		flight->ifindex = to->ifindex;
		flight->length = send->length;
		memcpy(flight->octets, send->octets, send->length);
	}
}

/* Subjects, prefixes and traffic are looked at here, so that a script need not repeat what follows
 * from its tunnels. */
static bool is_for_script(struct actor *actor, const struct effect *effect)
{
	const char *wrong = subjects_apply(&actor->subjects, effect);
	if (wrong)
		fail_msg("%s: effect %d: %s", actor->name, effect->type, wrong);
	return effect->type < EFFECT_SUBJECT_SET || effect->type > EFFECT_TRAFFIC_REMOVE;
}

/* What the core left in the outbox goes to its transcript, and what it sent to the network. */
static void settle(struct scene *scene, struct actor *actor)
{
	for (size_t i = 0; i < scene->outbox.count; i++) {
		const struct effect *effect = &scene->outbox.effects[i];
		if (!is_for_script(actor, effect))
			continue;
		if (actor->done_count == actor->done_capacity) {
			actor->done_capacity = 2 * actor->done_capacity + 64;
			actor->done =
				realloc(actor->done, actor->done_capacity * sizeof(*actor->done));
			assert_non_null(actor->done);
		}
		actor->done[actor->done_count++] = *effect;
		if (effect->type == EFFECT_SEND && effect->send.framed)
			fly_framed(scene, actor, &effect->send);
		else if (effect->type == EFFECT_SEND)
			scene_fly(scene, &effect->send);
	}
	scene->outbox.count = 0;
}

int scene_tell_result(struct scene *scene, struct actor *actor, const struct host_event *event)
{
	if (event->type == HOST_RESTORE)
		actor->subjects.restarted = true;
	int result = core_host(actor->core, scene->now, event, &scene->outbox);
	settle(scene, actor);
	return result;
}

void scene_tell(struct scene *scene, struct actor *actor, const struct host_event *event)
{
	assert_int_equal(scene_tell_result(scene, actor, event), 0);
}

void scene_packet(struct scene *scene, struct actor *actor, uint32_t ifindex, struct octets packet)
{
	/* An allocation of exactly its size lets the sanitizer see every access past the end. */
	uint8_t *copy = malloc(packet.length ? packet.length : 1);
	assert_non_null(copy);
	if (packet.length)
		memcpy(copy, packet.at, packet.length);
	const struct arrival arrival = {
		.at = scene->now, .ifindex = ifindex, .packet = {copy, packet.length}};
	core_packet(actor->core, &arrival, &scene->outbox);
	free(copy);
	settle(scene, actor);
}

static bool answer_echo(struct scene *scene, const struct scene_flight *flight)
{
	struct packet packet;
	assert_int_equal(packet_decode(flight->octets, flight->length, &packet), WIRE_OK);
	if (packet.next_header != ICMPV6_NEXT_HEADER || packet.payload.at[0] != ECHO_REQUEST)
		return false;
	if (scene->no_echo)
		return true;
	/* one that shows a binding is the data plane's, whose rules the core knows; others drop it
	 */
	if (packet.has_home_address)
		return !flight->to->core;
	uint8_t body[PACKET_OCTETS_MAX];
	memcpy(body, packet.payload.at, packet.payload.length);
	body[0] = ECHO_REPLY;
	body[2] = body[3] = 0;
	const struct packet_envelope envelope = {
		.source = packet.destination,
		.destination = packet.source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	struct effect_send reply = {0};
	reply.length = (uint16_t)packet_build(&envelope,
		(struct octets){body, packet.payload.length}, reply.octets, sizeof(reply.octets));
	scene_fly(scene, &reply);
	return true;
}

/* Of no other role: a host of several has its data plane by hand. */
static bool is_home_agent(struct scene *scene, const struct actor *actor)
{
	if (actor == &scene->home_agent)
		return true;
	return actor == &scene->correspondent && scene->correspondent_config.is_home_agent;
}

static void arrive(struct scene *scene, size_t index)
{
	struct scene_flight flight = scene->flights[index];
	memmove(&scene->flights[index], &scene->flights[index + 1],
		(scene->flights_count - index - 1) * sizeof(flight));
	scene->flights_count--;
	const struct octets packet = {flight.octets, flight.length};
	bool by_agent = is_home_agent(scene, flight.to);
	if (by_agent && answer_echo(scene, &flight))
		return;
	if (by_agent && scene->forwards && forward_home(scene, flight.to, packet))
		return;
	if (flight.to->core)
		scene_packet(scene, flight.to, flight.ifindex, packet);
	else if (scene->by_hand)
		scene->by_hand(scene, packet);
}

static void pass(struct scene *scene, nanos until)
{
	nanos passed = until - scene->now.mono;
	scene->now.mono = until;
	scene->now.ntp += (passed / NANOS_PER_SECOND << 32) +
			  (passed % NANOS_PER_SECOND << 32) / NANOS_PER_SECOND;
}

static nanos deadline_of(const struct actor *actor)
{
	return actor->core ? core_next_deadline(actor->core) : NANOS_NEVER;
}

static void meet_deadline(struct scene *scene, struct actor *actor)
{
	if (deadline_of(actor) > scene->now.mono)
		return;
	core_deadline(actor->core, scene->now, &scene->outbox);
	settle(scene, actor);
}

static nanos first_deadline(const struct scene *scene)
{
	nanos first = nanos_min(deadline_of(&scene->home_agent), deadline_of(&scene->mobile_node));
	return nanos_min(first, deadline_of(&scene->correspondent));
}

static size_t first_flight(const struct scene *scene)
{
	size_t first = 0;
	for (size_t i = 1; i < scene->flights_count; i++)
		if (scene->flights[i].arrives < scene->flights[first].arrives)
			first = i;
	return first;
}

void scene_advance(struct scene *scene, nanos duration)
{
	nanos end = scene->now.mono + duration;
	unsigned steps = 0;
	for (;;) {
		size_t flight = first_flight(scene);
		nanos arrives = scene->flights_count ? scene->flights[flight].arrives : NANOS_NEVER;
		nanos next = nanos_min(arrives, first_deadline(scene));
		if (next > end)
			break;
		/* A core that never gets its deadline done would hold the scene for ever. */
		assert_true(++steps < 1000000);
		if (next > scene->now.mono)
			pass(scene, next);
		if (arrives <= scene->now.mono) {
			arrive(scene, flight);
			continue;
		}
		meet_deadline(scene, &scene->home_agent);
		meet_deadline(scene, &scene->mobile_node);
		meet_deadline(scene, &scene->correspondent);
	}
	pass(scene, end);
}

/* ---- transcript ---- */

static const char *effect_name(enum effect_type type)
{
	static const char *const names[] = {
		[EFFECT_SEND] = "SEND",
		[EFFECT_TUNNEL_SET] = "TUNNEL_SET",
		[EFFECT_TUNNEL_REMOVE] = "TUNNEL_REMOVE",
		[EFFECT_RECORD] = "RECORD",
		[EFFECT_INTERCEPT] = "INTERCEPT",
		[EFFECT_HOME_ADDRESS] = "HOME_ADDRESS",
		[EFFECT_HOME_AGENT] = "HOME_AGENT",
		[EFFECT_EVENT] = "NOTE",
		[EFFECT_STOPPED] = "STOPPED",
	};
	return names[type];
}

static void describe(const struct effect *effect, char *to, size_t size)
{
	if (effect->type == EFFECT_EVENT)
		snprintf(to, size, "NOTE \"%s\" bid %u status %u", event_text(effect->event.type),
			effect->event.bid, effect->event.status);
	else if (effect->type == EFFECT_TUNNEL_SET || effect->type == EFFECT_TUNNEL_REMOVE)
		snprintf(to, size, "%s bid %u", effect_name(effect->type), effect->tunnel.bid);
	else
		snprintf(to, size, "%s", effect_name(effect->type));
}

/* A record repeats what other effects say: only a scene that asks for records looks at them. */
static void pass_records(struct actor *actor)
{
	while (actor->taken < actor->done_count && actor->done[actor->taken].type == EFFECT_RECORD)
		actor->taken++;
}

const struct record *last_record(const struct actor *actor)
{
	for (size_t i = actor->done_count; i-- > 0;)
		if (actor->done[i].type == EFFECT_RECORD)
			return &actor->done[i].record;
	fail_msg("%s has recorded nothing", actor->name);
	return NULL;
}

struct host_event restore_event(const struct actor *actor)
{
	return (struct host_event){.type = HOST_RESTORE, .record = *last_record(actor)};
}

const struct effect *take(struct actor *actor, enum effect_type type)
{
	if (type != EFFECT_RECORD)
		pass_records(actor);
	if (actor->taken == actor->done_count)
		fail_msg("%s did nothing more; expected %s", actor->name, effect_name(type));
	const struct effect *effect = &actor->done[actor->taken++];
	if (effect->type != type) {
		char text[128];
		describe(effect, text, sizeof(text));
		fail_msg("%s did %s; expected %s", actor->name, text, effect_name(type));
	}
	return effect;
}

const struct effect *take_past(struct actor *actor, enum effect_type type)
{
	while (actor->taken < actor->done_count && actor->done[actor->taken].type != type)
		actor->taken++;
	return take(actor, type);
}

void take_nothing(struct actor *actor)
{
	pass_records(actor);
	if (actor->taken == actor->done_count)
		return;
	char text[128];
	describe(&actor->done[actor->taken], text, sizeof(text));
	fail_msg("%s did %s; expected nothing", actor->name, text);
}

void take_all(struct actor *actor)
{
	actor->taken = actor->done_count;
}

size_t count_ahead(const struct actor *actor, enum effect_type type)
{
	size_t count = 0;
	for (size_t i = actor->taken; i < actor->done_count; i++)
		count += actor->done[i].type == type;
	return count;
}

const struct effect_event *take_note(struct actor *actor, enum event_type type, uint16_t bid)
{
	const struct effect_event *note = &take(actor, EFFECT_EVENT)->event;
	assert_string_equal(event_text(note->type), event_text(type));
	assert_int_equal(note->bid, bid);
	return note;
}

const struct effect_tunnel *take_tunnel_set(struct actor *actor, uint16_t bid, const char *remote)
{
	const struct effect_tunnel *tunnel = &take(actor, EFFECT_TUNNEL_SET)->tunnel;
	struct in6_addr expected = address_of(remote);
	assert_int_equal(tunnel->bid, bid);
	assert_memory_equal(&tunnel->remote.address, &expected, sizeof(expected));
	return tunnel;
}

void take_tunnel_remove(struct actor *actor, uint16_t bid)
{
	assert_int_equal(take(actor, EFFECT_TUNNEL_REMOVE)->tunnel.bid, bid);
}

void take_message(struct actor *actor, enum mh_type type, struct sent *ret)
{
	const struct effect_send *send = &take(actor, EFFECT_SEND)->send;
	ret->ifindex = send->ifindex;
	ret->framed = send->framed;
	memcpy(ret->link_layer, send->link_layer, LINK_LAYER_OCTETS);
	assert_int_equal(packet_decode(send->octets, send->length, &ret->packet), WIRE_OK);
	assert_int_equal(packet_message(&dialect_rfc5648, &ret->packet, &ret->message), WIRE_OK);
	assert_int_equal(ret->message.type, type);
}
