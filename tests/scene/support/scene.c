/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual time, network and transcript of a scene.
 */
#include "scene.h"

#include "cmocka_scene.h"
#include "../../../src/wire/load_balancing.h"
#include "forwarding.h"
#include "port.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define ECHO_REQUEST 128
#define ECHO_REPLY 129
#define START_MONO (1000 * NANOS_PER_SECOND)
#define START_NTP (UINT64_C(0xec000000) << 32)

uint8_t scene_load_balancing_option;

const struct dialect *scene_dialect(void)
{
	static struct load_balancing_dialect storage;
	if (!storage.dialect.options)
		load_balancing_dialect_init(&storage, &dialect_rfc5648, LOAD_BALANCING_OPTION);
	return &storage.dialect;
}

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
	free(actor->calls);
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
	config_of(scene, actor)->load_balancing_option = scene_load_balancing_option;
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

/* Copies the effects in the outbox to the core's transcript, and its packets to the network. */
static void record_effects(struct scene *scene, struct actor *actor)
{
	const size_t begin = actor->done_count;
	for (size_t i = 0; i < scene->outbox.count; i++) {
		const struct effect *effect = &scene->outbox.effects[i];
		if (!is_for_script(actor, effect))
			continue;
		if (actor->done_count == actor->done_capacity) {
			actor->done_capacity = 2 * actor->done_capacity + 64;
			actor->done =
				realloc(actor->done, actor->done_capacity * sizeof(*actor->done));
			assert_non_null(actor->done);
			actor->calls =
				realloc(actor->calls, actor->done_capacity * sizeof(*actor->calls));
			assert_non_null(actor->calls);
		}
		actor->calls[actor->done_count].place = actor->done_count;
		actor->done[actor->done_count++] = *effect;
		if (effect->type == EFFECT_SEND && effect->send.framed)
			fly_framed(scene, actor, &effect->send);
		else if (effect->type == EFFECT_SEND)
			scene_fly(scene, &effect->send);
	}
	for (size_t i = begin; i < actor->done_count; i++) {
		actor->calls[i].end = actor->done_count;
		/* The host does nothing more. */
		if (actor->done[i].type == EFFECT_STOPPED && i + 1 < actor->done_count)
			fail_msg("%s has stopped, and goes on", actor->name);
	}
	actor->passed = 0;
	scene->outbox.count = 0;
}

int scene_tell_result(struct scene *scene, struct actor *actor, const struct host_event *event)
{
	if (event->type == HOST_RESTORE)
		actor->subjects.restarted = true;
	int result = core_host(actor->core, scene->now, event, &scene->outbox);
	record_effects(scene, actor);
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
	record_effects(scene, actor);
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
	record_effects(scene, actor);
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

nanos scene_next(const struct scene *scene)
{
	const nanos arrives = scene->flights_count > 0 ? scene->flights[first_flight(scene)].arrives
						       : NANOS_NEVER;
	return nanos_min(arrives, first_deadline(scene));
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
		[EFFECT_RECORD_FLOW] = "RECORD_FLOW",
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

/* Moves an effect before others of its call, whose order stays. */
static void move_effect(struct actor *actor, size_t from, size_t to)
{
	const struct effect effect = actor->done[from];
	const struct scene_call call = actor->calls[from];
	memmove(&actor->done[to + 1], &actor->done[to], (from - to) * sizeof(effect));
	memmove(&actor->calls[to + 1], &actor->calls[to], (from - to) * sizeof(call));
	actor->done[to] = effect;
	actor->calls[to] = call;
}

/* The first effect from `begin` to `end` that matches and is not too early; `end`: none. */
static size_t find(
	const struct actor *actor, size_t begin, size_t end, effect_matches *matches, void *ctx)
{
	for (size_t i = begin; i < end; i++)
		if (actor->calls[i].place >= actor->floor && matches(&actor->done[i], ctx))
			return i;
	return end;
}

/* Takes an effect of the present call, and puts it before those that were passed over. What matched
 * reads it again where it stands now. */
static const struct effect *take_found(
	struct actor *actor, size_t found, effect_matches *matches, void *ctx)
{
	const size_t to = actor->taken - actor->passed;
	if (found < actor->taken)
		actor->passed--;
	else
		actor->taken++;
	move_effect(actor, found, to);
	if (actor->calls[to].place >= actor->latest)
		actor->latest = actor->calls[to].place + 1;
	matches(&actor->done[to], ctx);
	return &actor->done[to];
}

/* Whether a later call of the core is ahead than that of the effect taken last. */
static bool is_over(const struct actor *actor)
{
	return actor->taken > 0 && actor->taken < actor->done_count &&
	       actor->calls[actor->taken].end != actor->calls[actor->taken - 1].end;
}

/* Passes over what is ahead, up to `next`. */
static void pass_to(struct actor *actor, size_t next)
{
	for (; actor->taken < next; actor->taken++) {
		if (is_over(actor))
			actor->passed = 0;
		actor->passed++;
	}
	if (is_over(actor))
		actor->passed = 0;
}

/* A record repeats what other effects say: only a scene that asks for records looks at them. */
static void pass_records(struct actor *actor)
{
	while (actor->taken < actor->done_count && actor->done[actor->taken].type == EFFECT_RECORD)
		pass_to(actor, actor->taken + 1);
}

/* An effect of the present call; NULL: none matches. */
static const struct effect *find_now(struct actor *actor, effect_matches *matches, void *ctx)
{
	pass_to(actor, actor->taken);
	const size_t end = actor->taken < actor->done_count ? actor->calls[actor->taken].end
							    : actor->done_count;
	size_t found = find(actor, actor->taken, end, matches, ctx);
	if (found < end)
		return take_found(actor, found, matches, ctx);
	found = find(actor, actor->taken - actor->passed, actor->taken, matches, ctx);
	return found < actor->taken ? take_found(actor, found, matches, ctx) : NULL;
}

const struct effect *take_matching(
	struct actor *actor, const char *expected, effect_matches *matches, void *ctx)
{
	const struct effect *effect = find_now(actor, matches, ctx);
	if (!effect) {
		pass_records(actor);
		effect = find_now(actor, matches, ctx);
	}
	if (effect)
		return effect;
	if (actor->taken == actor->done_count)
		fail_msg("%s did nothing more; expected %s", actor->name, expected);
	char text[128];
	describe(&actor->done[actor->taken], text, sizeof(text));
	fail_msg("%s did %s%s; expected %s", actor->name, text,
		actor->calls[actor->taken].place < actor->floor ? " too early" : "", expected);
	return NULL;
}

const struct effect *find_past(struct actor *actor, effect_matches *matches, void *ctx)
{
	const size_t found = find(actor, actor->taken, actor->done_count, matches, ctx);
	if (found == actor->done_count)
		return find_now(actor, matches, ctx);
	pass_to(actor, found);
	return take_found(actor, found, matches, ctx);
}

void then(struct actor *actor)
{
	actor->floor = actor->latest;
}

void expect_after(const struct actor *actor, const struct effect *effect, enum effect_type type)
{
	const struct scene_call *call = &actor->calls[effect - actor->done];
	for (size_t i = call->end; i-- > 0 && actor->calls[i].end == call->end;)
		if (actor->done[i].type == type && actor->calls[i].place > call->place)
			fail_msg("%s did %s too early: before %s", actor->name,
				effect_name(effect->type), effect_name(type));
}

void expect_registered_before(const struct actor *actor, const struct effect *acknowledgement)
{
	expect_after(actor, acknowledgement, EFFECT_TUNNEL_SET);
	expect_after(actor, acknowledgement, EFFECT_RECORD);
}

static bool is_of_type(const struct effect *effect, void *ctx)
{
	const enum effect_type *type = ctx;
	return effect->type == *type;
}

const struct effect *take(struct actor *actor, enum effect_type type)
{
	return take_matching(actor, effect_name(type), is_of_type, &type);
}

const struct effect *take_past(struct actor *actor, enum effect_type type)
{
	const struct effect *effect = find_past(actor, is_of_type, &type);
	if (!effect)
		fail_msg("%s did no %s", actor->name, effect_name(type));
	return effect;
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
	actor->passed = 0;
}

void empty_transcript(struct actor *actor)
{
	actor->done_count = actor->taken = actor->passed = actor->latest = actor->floor = 0;
}

size_t count_ahead(const struct actor *actor, enum effect_type type)
{
	size_t count = 0;
	for (size_t i = actor->taken; i < actor->done_count; i++)
		count += actor->done[i].type == type;
	return count;
}

static bool is_event(const struct effect *effect, void *ctx)
{
	const struct effect_event *event = ctx;
	return effect->type == EFFECT_EVENT && effect->event.type == event->type &&
	       effect->event.bid == event->bid;
}

const struct effect_event *take_note(struct actor *actor, enum event_type type, uint16_t bid)
{
	struct effect wanted = {.type = EFFECT_EVENT, .event = {.type = type, .bid = bid}};
	char expected[128];
	describe(&wanted, expected, sizeof(expected));
	return &take_matching(actor, expected, is_event, &wanted.event)->event;
}

static bool is_tunnel(const struct effect *effect, void *ctx)
{
	const struct effect *wanted = ctx;
	return effect->type == wanted->type && effect->tunnel.bid == wanted->tunnel.bid;
}

static const struct effect_tunnel *take_tunnel(
	struct actor *actor, enum effect_type type, uint16_t bid)
{
	struct effect wanted = {.type = type, .tunnel = {.bid = bid}};
	char expected[128];
	describe(&wanted, expected, sizeof(expected));
	return &take_matching(actor, expected, is_tunnel, &wanted)->tunnel;
}

const struct effect_tunnel *take_tunnel_set(struct actor *actor, uint16_t bid, const char *remote)
{
	const struct effect_tunnel *tunnel = take_tunnel(actor, EFFECT_TUNNEL_SET, bid);
	struct in6_addr expected = address_of(remote);
	assert_memory_equal(&tunnel->remote.address, &expected, sizeof(expected));
	return tunnel;
}

const struct effect_tunnel *take_tunnel_remove(struct actor *actor, uint16_t bid)
{
	return take_tunnel(actor, EFFECT_TUNNEL_REMOVE, bid);
}

const struct effect_subject *owner_of(const struct actor *actor, const struct effect_tunnel *tunnel)
{
	return subjects_owner(&actor->subjects, tunnel->subject);
}

void expect_owner(const struct actor *actor, const struct effect_tunnel *tunnel,
	const char *home_address, const char *peer)
{
	const struct effect_subject *about = owner_of(actor, tunnel);
	const struct in6_addr home = address_of(home_address), other = address_of(peer);
	assert_memory_equal(&about->home_address, &home, sizeof(home));
	assert_memory_equal(&about->peer, &other, sizeof(other));
}

uint8_t tier_of(const struct actor *actor, const struct effect_tunnel *tunnel)
{
	return subjects_tier(&actor->subjects, tunnel);
}

struct wanted_message {
	enum mh_type type;
	struct sent *sent;
};

static bool is_message(const struct effect *effect, void *ctx)
{
	const struct wanted_message *wanted = ctx;
	struct sent *sent = wanted->sent;
	if (effect->type != EFFECT_SEND)
		return false;
	const struct effect_send *send = &effect->send;
	sent->ifindex = send->ifindex;
	sent->framed = send->framed;
	memcpy(sent->link_layer, send->link_layer, LINK_LAYER_OCTETS);
	assert_int_equal(packet_decode(send->octets, send->length, &sent->packet), WIRE_OK);
	return sent->packet.next_header == MH_NEXT_HEADER &&
	       packet_message(scene_dialect(), &sent->packet, &sent->message) == WIRE_OK &&
	       sent->message.type == wanted->type;
}

void take_message(struct actor *actor, enum mh_type type, struct sent *ret)
{
	struct wanted_message wanted = {type, ret};
	const struct effect *effect =
		take_matching(actor, "SEND of a message", is_message, &wanted);
	if (type == MH_binding_ack)
		expect_registered_before(actor, effect);
}
