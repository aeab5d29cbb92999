/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobile node's side of scenes.
 */
#include "node.h"

#include "cmocka_scene.h"
#include "port.h"

#include "../../../src/core/base/authentication.h"
#include "../../../src/core/base/core_base.h"

#include <arpa/inet.h>
#include <string.h>

#define STEP NANOS_PER_MS

struct mobile_node_config node_defaults(void)
{
	return (struct mobile_node_config){
		.home_address = address_of(HOME),
		.home_agent = address_of(HOME_AGENT),
		.lifetime = 600,
		.auth = update_auth,
		.mcoa = true,
		.bulk = true,
		.probe = true,
		.bid_priority = true,
		.probe_identifier = 0x4d4d,
	};
}

static const char *const care_of[NODE_LINKS + 1] = {NULL, CARE_OF_1, CARE_OF_2, CARE_OF_3};

void node_begin_with(struct scene *scene, nanos one_way, const struct mobile_node_config *config,
	bool home_agent)
{
	struct home_agent_config its = home_agent_defaults();
	if (home_agent)
		scene_with_home_agent(scene, &its);
	else
		scene_begin(scene, 1);
	scene->delay = one_way;
	scene_place(scene, &scene->home_agent, HOME_AGENT, CORE_LINK);
	for (unsigned n = 1; n <= NODE_LINKS; n++)
		scene_place(scene, &scene->mobile_node, care_of[n], n);
	scene_place(scene, &scene->mobile_node, CARE_OF_1_NEW, 1);
	scene_add_mobile_node(scene, config);
	take_all(&scene->home_agent);
}

void node_begin(struct scene *scene, nanos one_way)
{
	struct mobile_node_config config = node_defaults();
	node_begin_with(scene, one_way, &config, true);
}

/* ---- events ---- */

void node_mac(unsigned n, uint8_t ret[LINK_LAYER_OCTETS])
{
	memcpy(ret, (const uint8_t[]){2, 0, 0, 0, 1, (uint8_t)n}, LINK_LAYER_OCTETS);
}

void node_link(struct scene *scene, unsigned n, bool up)
{
	struct host_event event = {
		.type = HOST_LINK_SET,
		.link = {.bid = (uint16_t)n,
			.priority = (uint8_t)(10 * n),
			.up = up,
			.ifindex = n,
			.has_link_layer = true},
	};
	node_mac(n, event.link.link_layer);
	scene_tell(scene, &scene->mobile_node, &event);
}

static void tell_address(
	struct scene *scene, enum host_type type, uint16_t bid, const char *address)
{
	const struct host_event event = {
		.type = type,
		.address = {.bid = bid, .address = address_of(address), .formed = scene->now.mono},
	};
	scene_tell(scene, &scene->mobile_node, &event);
}

void node_address(struct scene *scene, uint16_t bid, const char *address)
{
	tell_address(scene, HOST_ADDRESS_SET, bid, address);
}

void node_address_gone(struct scene *scene, uint16_t bid, const char *address)
{
	tell_address(scene, HOST_ADDRESS_REMOVE, bid, address);
}

void node_attach(struct scene *scene, unsigned n)
{
	node_link(scene, n, true);
	node_address(scene, (uint16_t)n, care_of[n]);
}

void node_register(struct scene *scene, unsigned count)
{
	for (unsigned n = 1; n <= count; n++)
		node_attach(scene, n);
	scene_advance(scene, 2 * NANOS_PER_SECOND);
	for (unsigned n = 1; n <= count; n++)
		assert_true(node_view(scene, (uint16_t)n).registered);
	take_all(&scene->mobile_node);
	take_all(&scene->home_agent);
}

void node_stop(struct scene *scene)
{
	const struct host_event event = {.type = HOST_STOP};
	scene_tell(scene, &scene->mobile_node, &event);
}

void node_prefer(struct scene *scene, uint16_t bid, uint8_t priority)
{
	const struct host_event event = {
		.type = HOST_PREFER, .link = {.bid = bid, .priority = priority}};
	scene_tell(scene, &scene->mobile_node, &event);
}

/* ---- looking in ---- */

struct view_search {
	uint16_t bid; /* 0: the selected */
	struct link_view found;
};

static void look_at(void *ctx, const struct link_view *view)
{
	struct view_search *search = ctx;
	if (search->bid ? view->bid == search->bid : view->selected)
		search->found = *view;
}

struct link_view node_view(const struct scene *scene, uint16_t bid)
{
	struct view_search search = {.bid = bid};
	mobile_node_each_link(core_mobile_node(scene->mobile_node.core, 0), look_at, &search);
	return search.found;
}

uint16_t node_selected(const struct scene *scene)
{
	return node_view(scene, 0).bid;
}

uint64_t node_drops(const struct scene *scene, enum drop drop)
{
	return core_counters(scene->mobile_node.core)->drops[drop];
}

/* ---- traffic ---- */

/* The traffic of the tunnels until `now`. */
static bool flow(const struct scene *scene, struct traffic *traffic, nanos now)
{
	nanos tick = now - now % STEP;
	uint16_t selected = node_selected(scene);
	bool woken = false;
	if (traffic->up && selected) {
		woken = tick - traffic->sent[selected] > NANOS_PER_SECOND;
		traffic->sent[selected] = tick;
	}
	if (traffic->down && (!traffic->died || tick <= traffic->died))
		traffic->received[traffic->down_bid] = tick;
	return woken;
}

static void tell_activity(struct scene *scene, const struct traffic *traffic)
{
	for (uint16_t bid = 1; bid <= NODE_LINKS; bid++) {
		if (node_view(scene, bid).bid == 0)
			continue;
		const struct host_event event = {
			.type = HOST_ACTIVITY,
			.activity = {.bid = bid,
				.sent = traffic->sent[bid],
				.received = traffic->received[bid]},
		};
		scene_tell(scene, &scene->mobile_node, &event);
	}
}

/* To the last step before anything happens: until then only the stream goes on. */
static void skip_quiet_steps(struct scene *scene, struct traffic *traffic, nanos end)
{
	nanos now = scene->now.mono;
	uint16_t selected = node_selected(scene);
	bool begins = traffic->up && selected && now - traffic->sent[selected] > STEP;
	nanos last = nanos_min(scene_next(scene) - 1, end);
	if (traffic->died > now)
		last = nanos_min(last, traffic->died);
	last -= last % STEP;
	if (begins || last <= now + STEP)
		return;
	scene_advance(scene, last - now);
	flow(scene, traffic, last);
}

void node_traffic(struct scene *scene, struct traffic *traffic, nanos duration)
{
	nanos end = scene->now.mono + duration;
	while (scene->now.mono < end) {
		nanos due = core_next_deadline(scene->mobile_node.core);
		nanos next = scene->now.mono - scene->now.mono % STEP + STEP;
		next = due > scene->now.mono && due < next ? due : next;
		next = end < next ? end : next;
		scene_advance(scene, next - scene->now.mono - 1);
		bool woken = flow(scene, traffic, next);
		if (woken || core_next_deadline(scene->mobile_node.core) <= next)
			tell_activity(scene, traffic);
		scene_advance(scene, 1);
		skip_quiet_steps(scene, traffic, end);
	}
}

/* ---- the transcript ---- */

static bool is_update(const struct effect *effect, void *ctx)
{
	struct sent *ret = ctx;
	struct packet packet;
	if (effect->type != EFFECT_SEND)
		return false;
	assert_int_equal(packet_decode(effect->send.octets, effect->send.length, &packet), WIRE_OK);
	if (packet.next_header != MH_NEXT_HEADER)
		return false;
	ret->ifindex = effect->send.ifindex;
	ret->framed = effect->send.framed;
	memcpy(ret->link_layer, effect->send.link_layer, LINK_LAYER_OCTETS);
	ret->packet = packet;
	assert_int_equal(packet_message(scene_dialect(), &ret->packet, &ret->message), WIRE_OK);
	assert_int_equal(ret->message.type, MH_binding_update);
	return true;
}

bool next_update(struct scene *scene, struct sent *ret)
{
	return find_past(&scene->mobile_node, is_update, ret) != NULL;
}

void expect_update(struct scene *scene, struct sent *ret)
{
	if (!next_update(scene, ret))
		fail_msg("no binding update");
}

size_t updates_ahead(const struct scene *scene)
{
	static struct sent unused;
	size_t count = 0;
	for (size_t i = scene->mobile_node.taken; i < scene->mobile_node.done_count; i++)
		count += is_update(&scene->mobile_node.done[i], &unused);
	return count;
}

void expect_no_update(struct scene *scene)
{
	assert_int_equal(updates_ahead(scene), 0);
}

size_t probes_ahead(const struct scene *scene)
{
	size_t frames = 0;
	for (size_t i = scene->mobile_node.taken; i < scene->mobile_node.done_count; i++) {
		const struct effect *effect = &scene->mobile_node.done[i];
		static struct sent unused;
		frames += effect->type == EFFECT_SEND && effect->send.framed &&
			  !is_update(effect, &unused);
	}
	return count_ahead(&scene->mobile_node, EFFECT_SEND) - updates_ahead(scene) - frames;
}

size_t notes_ahead(const struct scene *scene, enum event_type type)
{
	size_t count = 0;
	for (size_t i = scene->mobile_node.taken; i < scene->mobile_node.done_count; i++) {
		const struct effect *effect = &scene->mobile_node.done[i];
		count += effect->type == EFFECT_EVENT && effect->event.type == type;
	}
	return count;
}

bool lists(const struct sent *sent, uint16_t bid, const char *address)
{
	struct in6_addr wanted = address_of(address);
	for (size_t i = 0; i < sent->message.bid_count; i++) {
		const struct opt_bid *option = &sent->message.bid[i];
		if (option->bid == bid && option->care_of.length == sizeof(wanted) &&
			IN6_ARE_ADDR_EQUAL(&option->care_of.address, &wanted))
			return true;
	}
	return false;
}

/* ---- a home agent by hand ---- */

struct reply reply_to(const struct sent *sent)
{
	static char text[INET6_ADDRSTRLEN];
	inet_ntop(AF_INET6, &sent->packet.source, text, sizeof(text));
	struct reply reply = {
		.sequence = sent->message.binding_update.sequence,
		.lifetime = sent->message.binding_update.lifetime,
		.care_of = text,
		.without_routing = !sent->packet.has_home_address,
		.ifindex = sent->packet.has_home_address ? 0 : sent->ifindex,
	};
	for (size_t i = 0; i < sent->message.bid_count && i < BINDINGS_MAX; i++)
		reply.bids[reply.bid_count++] = sent->message.bid[i].bid;
	return reply;
}

/* The BID's option says Length 3, which leaves its last octet, zero, to be padding. */
static void shorten(uint8_t *octets, size_t length, uint16_t bid)
{
	const uint8_t option[] = {OPTION_bid, 4, (uint8_t)(bid >> 8), (uint8_t)bid};
	uint8_t *at = memmem(octets, length, option, sizeof(option));
	assert_non_null(at);
	assert_int_equal(at[5], 0);
	at[1] = 3;
}

/* `shortened`, `ifindex`: see struct reply. */
static void arrives(struct scene *scene, struct message *message, const char *source,
	const char *destination, const char *routed_to, const struct auth *auth, uint16_t shortened,
	uint32_t ifindex)
{
	const struct core_base base = {
		.dialect = &dialect_rfc5648, .port = test_port(&scene->seed)};
	struct in6_addr home = address_of(HOME);
	struct in6_addr routed = address_of(routed_to ? routed_to : HOME);
	const struct packet_envelope envelope = {
		.source = address_of(source),
		.destination = address_of(destination),
		.routing_address = routed_to ? &routed : NULL,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = 64,
	};
	uint8_t octets[PACKET_OCTETS_MAX], packet[PACKET_OCTETS_MAX];
	int length = authentication_seal(
		&base, auth, &envelope.destination, &home, message, octets, sizeof(octets));
	assert_true(length > 0);
	if (shortened)
		shorten(octets, (size_t)length, shortened);
	size_t whole = packet_build(
		&envelope, (struct octets){octets, (size_t)length}, packet, sizeof(packet));
	assert_true(whole > 0);
	for (unsigned n = 1; n <= NODE_LINKS && ifindex == 0; n++)
		if (strcmp(destination, care_of[n]) == 0)
			ifindex = n;
	scene_packet(scene, &scene->mobile_node, ifindex, (struct octets){packet, whole});
}

void reply_send(struct scene *scene, const struct reply *reply)
{
	static struct message message;
	message_init(&message, MH_binding_ack);
	message.binding_ack = (struct msg_binding_ack){
		.status = reply->status, .sequence = reply->sequence, .lifetime = reply->lifetime};
	for (unsigned i = 0; i < reply->bid_count; i++)
		message.bid[message.bid_count++] =
			(struct opt_bid){.bid = reply->bids[i], .status = reply->bid_status[i]};
	for (unsigned i = 0; i < reply->flow_count; i++)
		message.flow[message.flow_count++] = (struct opt_flow){.fid = reply->flows[i].fid,
			.priority = 1,
			.status = reply->flows[i].status};
	message.has_refresh_advice = reply->advice != 0;
	message.refresh_advice.interval = reply->advice;
	message.has_replay = reply->timestamp != 0;
	message.replay.timestamp = reply->timestamp;
	struct auth auth = update_auth;
	auth.key[0] ^= reply->forged;
	if (reply->insecure)
		auth.mode = AUTH_MODE_INSECURE_NONE;
	arrives(scene, &message, reply->source ? reply->source : HOME_AGENT, reply->care_of,
		reply->without_routing ? NULL
		: reply->routed_to     ? reply->routed_to
				       : HOME,
		&auth, reply->shortened, reply->ifindex);
}

void binding_error_arrives(struct scene *scene, uint8_t status)
{
	static struct message message;
	const struct auth none = {.mode = AUTH_MODE_INSECURE_NONE};
	message_init(&message, MH_binding_error);
	message.binding_error.status = status;
	message.binding_error.home_address = address_of(HOME);
	arrives(scene, &message, HOME_AGENT, CARE_OF_1, NULL, &none, 0, 0);
}

void refresh_request_arrives(struct scene *scene)
{
	static struct message message;
	const struct auth none = {.mode = AUTH_MODE_INSECURE_NONE};
	message_init(&message, MH_refresh_request);
	arrives(scene, &message, HOME_AGENT, CARE_OF_1, HOME, &none, 0, 0);
}

void refresh_request_of_arrives(struct scene *scene, uint16_t bid)
{
	static struct message message;
	const struct auth none = {.mode = AUTH_MODE_INSECURE_NONE};
	message_init(&message, MH_refresh_request);
	message.bid[message.bid_count++] = (struct opt_bid){.bid = bid};
	arrives(scene, &message, HOME_AGENT, CARE_OF_1, HOME, &none, 0, 0);
}
