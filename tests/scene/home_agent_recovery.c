/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: a home agent uses another binding while a care-of address is unreachable.
 * draft-wakikawa-03 3.2, ADR 62.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

#include "../../src/wire/icmpv6.h"

#include <errno.h>
#include <string.h>

#define SECOND NANOS_PER_SECOND
#define MS NANOS_PER_MS
#define IDENTIFIER 0x4d41
/* How often a daemon tells when packets came and went. */
#define SAMPLE (250 * MS)

static const char *const care_ofs[] = {CARE_OF_1, CARE_OF_2, CARE_OF_3};

/* One mobile node with up to three links, some of which answer. */
struct world {
	struct scene scene;
	bool answers[3]; /* echo requests that arrive there are answered */
	bool talks[3];   /* packets come from there all the time */
	bool lets[3];    /* packets arrive there */
	bool quiet;      /* nothing is sent to the mobile node */
	bool errors;     /* a router answers what cannot arrive with Destination Unreachable */
	bool usable[3];  /* as last told to the data plane */
	nanos sent[3];
	nanos received[3];
	unsigned bindings;
	unsigned questions[3];
	unsigned moves;  /* of traffic to another tunnel */
	unsigned in_use; /* the tunnel that is sent by */
	nanos refresh_at;
	uint16_t sequence;
};

static void begin_with(struct world *world, unsigned bindings, bool recovery)
{
	struct home_agent_config config = home_agent_defaults();
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	config.probe_identifier = IDENTIFIER;
	config.recovery = recovery;
	memset(world, 0, sizeof(*world));
	scene_with_home_agent(&world->scene, &config);
	scene_tell(&world->scene, &world->scene.home_agent, &event);
	bind_bids(&world->scene, 1, bindings);
	world->bindings = bindings;
	for (unsigned i = 0; i < bindings; i++)
		world->answers[i] = world->lets[i] = world->usable[i] = true;
	world->talks[0] = true;
	world->in_use = 0;
	world->sequence = 100;
	world->refresh_at = world->scene.now.mono + 300 * SECOND;
}

static void begin(struct world *world)
{
	begin_with(world, 2, true);
}

static void end(struct world *world)
{
	scene_end(&world->scene);
}

static int link_of(const struct in6_addr *care_of)
{
	for (int i = 0; i < 3; i++) {
		struct in6_addr address = address_of(care_ofs[i]);
		if (IN6_ARE_ADDR_EQUAL(&address, care_of))
			return i;
	}
	return -1;
}

/* RFC 4443 4.2 */
static void answer(struct world *world, const struct packet *question, const struct icmpv6 *request)
{
	struct icmpv6 reply = *request;
	uint8_t octets[128], packet[PACKET_OCTETS_MAX];
	reply.type = ICMPV6_ECHO_REPLY;
	size_t length = icmpv6_encode(&reply, octets, sizeof(octets));
	const struct packet_envelope envelope = {
		.source = question->destination,
		.destination = question->source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	length = packet_build(&envelope, (struct octets){octets, length}, packet, sizeof(packet));
	assert_true(length > 0);
	scene_packet(&world->scene, &world->scene.home_agent, CORE_LINK,
		(struct octets){packet, length});
}

static void question(struct world *world, const struct effect_send *send)
{
	static uint8_t octets[PACKET_OCTETS_MAX];
	const uint16_t length = send->length;
	struct packet packet;
	struct icmpv6 request;
	memcpy(octets, send->octets, length);
	assert_int_equal(packet_decode(octets, length, &packet), WIRE_OK);
	if (packet.next_header != ICMPV6_NEXT_HEADER)
		return;
	assert_int_equal(icmpv6_decode(&packet, &request), WIRE_OK);
	assert_int_equal(request.type, ICMPV6_ECHO_REQUEST);
	int link = link_of(&packet.destination);
	assert_true(link >= 0);
	world->questions[link]++;
	if (world->answers[link] && world->lets[link])
		answer(world, &packet, &request);
}

static unsigned choose(const struct world *world)
{
	for (unsigned i = 0; i < world->bindings; i++)
		if (world->usable[i])
			return i;
	fail_msg("no tunnel is usable");
	return 0;
}

/* Carries out what the home agent wants: an answer may make it want more. */
static void carry_out(struct world *world)
{
	struct actor *agent = &world->scene.home_agent;
	while (agent->taken < agent->done_count) {
		const struct effect effect = agent->done[agent->taken++];
		if (effect.type == EFFECT_SEND)
			question(world, &effect.send);
		if (effect.type != EFFECT_TUNNEL_SET)
			continue;
		int link = link_of(&effect.tunnel.remote.address);
		if (link >= 0)
			world->usable[link] = effect.tunnel.usable;
	}
	empty_transcript(agent);
	world->moves += choose(world) != world->in_use;
	world->in_use = choose(world);
}

static struct host_event error_about(const char *care_of)
{
	return (struct host_event){
		.type = HOST_UNREACHABLE,
		.unreachable = {.home_address = address_of(HOME), .care_of = address_of(care_of)},
	};
}

static void unreachable(struct world *world, unsigned link)
{
	const struct host_event event = error_about(care_ofs[link]);
	scene_tell(&world->scene, &world->scene.home_agent, &event);
	carry_out(world);
}

static void activity(struct world *world, unsigned link)
{
	const struct host_event event = {
		.type = HOST_ACTIVITY,
		.activity = {.home_address = address_of(HOME),
			.bid = (uint16_t)(link + 1),
			.sent = world->sent[link],
			.received = world->received[link]},
	};
	scene_tell(&world->scene, &world->scene.home_agent, &event);
	carry_out(world);
}

static void sample(struct world *world)
{
	unsigned link = world->in_use;
	if (!world->quiet)
		world->sent[link] = world->scene.now.mono;
	if (!world->quiet && world->errors && !world->lets[link])
		unreachable(world, link);
	for (unsigned i = 0; i < world->bindings; i++) {
		if (world->talks[i])
			world->received[i] = world->scene.now.mono;
		activity(world, i);
	}
}

/* Before the lifetime of 600 s ends. */
static void refresh(struct world *world)
{
	struct update update = update_of(&world->scene, world->sequence++);
	for (unsigned i = 0; i < world->bindings; i++)
		update_bid(&update, (uint16_t)(i + 1), care_ofs[i]);
	update_send(&update);
	carry_out(world);
	world->refresh_at = world->scene.now.mono + 300 * SECOND;
}

static void live(struct world *world, nanos time)
{
	for (nanos until = world->scene.now.mono + time; world->scene.now.mono < until;) {
		if (world->scene.now.mono >= world->refresh_at)
			refresh(world);
		sample(world);
		for (unsigned i = 0; i < 10; i++) {
			scene_advance(&world->scene, SAMPLE / 10);
			carry_out(world);
		}
	}
}

static enum reachability state_of(const struct world *world, uint16_t bid)
{
	const struct binding_list list = bindings_of(&world->scene);
	return binding_of_bid(&list, bid).reachability;
}

static const struct core_counters *counters(const struct world *world)
{
	return core_counters(world->scene.home_agent.core);
}

/* ---- */

/* One proven error, and traffic leaves by the other tunnel at once. */
static void test_error(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	nanos expires = bindings_of(&world.scene).at[0].expires;
	world.lets[0] = world.talks[0] = false;
	unreachable(&world, 0);
	assert_int_equal(state_of(&world, 1), REACHABILITY_UNREACHABLE);
	assert_int_equal(world.in_use, 1);
	assert_int_equal(counters(&world)->care_of_unreachable, 1);
	/* the binding is there as long as before */
	assert_int_equal(bindings_of(&world.scene).count, 2);
	assert_int_equal(bindings_of(&world.scene).at[0].expires, expires);
	live(&world, 100 * SECOND);
	assert_int_equal(world.in_use, 1);
	/* a second after it answers again */
	world.lets[0] = world.talks[0] = true;
	live(&world, 1250 * MS);
	assert_int_equal(state_of(&world, 1), REACHABILITY_REACHABLE);
	assert_int_equal(world.in_use, 0);
	assert_int_equal(counters(&world)->care_of_returned, 1);
	end(&world);
}

/* Each change is an event of log and monitor. */
static void test_events(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	struct actor *agent = &world.scene.home_agent;
	const struct host_event event = error_about(CARE_OF_1);
	scene_tell(&world.scene, agent, &event);
	struct in6_addr care_of = address_of(CARE_OF_1);
	const struct effect_event *note = take_note(agent, EVENT_CARE_OF_UNREACHABLE, 1);
	assert_memory_equal(&note->care_of, &care_of, 16);
	assert_false(take_tunnel_set(agent, 1, CARE_OF_1)->usable);
	take_nothing(agent);
	/* again: nothing changes */
	scene_tell(&world.scene, agent, &event);
	take_nothing(agent);
	end(&world);
}

/* An error about an address that is not bound, or of another mobile node. */
static void test_error_about_nothing(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	struct host_event event = error_about(CARE_OF_3);
	assert_int_equal(scene_tell_result(&world.scene, &world.scene.home_agent, &event), -EINVAL);
	event.unreachable.home_address = address_of("2001:db8:1::200");
	event.unreachable.care_of = address_of(CARE_OF_1);
	assert_int_equal(scene_tell_result(&world.scene, &world.scene.home_agent, &event), -EINVAL);
	take_nothing(&world.scene.home_agent);
	end(&world);
}

/* The only binding stays in use, whatever is said of it; so do all, if all are unreachable. */
static void test_last_binding(void **state)
{
	(void)state;
	struct world world;
	begin_with(&world, 1, true);
	live(&world, 5 * SECOND);
	unreachable(&world, 0);
	assert_int_equal(state_of(&world, 1), REACHABILITY_UNREACHABLE);
	assert_true(world.usable[0]);
	end(&world);

	begin(&world);
	live(&world, 5 * SECOND);
	unreachable(&world, 0);
	assert_false(world.usable[0]);
	unreachable(&world, 1);
	assert_true(world.usable[0]);
	assert_true(world.usable[1]);
	end(&world);
}

/* The other binding goes: the unreachable one is all there is. */
static void test_other_binding_goes(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	world.lets[0] = world.talks[0] = false;
	unreachable(&world, 0);
	assert_false(world.usable[0]);
	struct update update = update_of(&world.scene, 2);
	update_lifetime(&update, 0);
	update_bid(&update, 2, CARE_OF_2);
	update_send(&update);
	world.usable[1] = false;
	carry_out(&world);
	assert_true(world.usable[0]);
	end(&world);
}

/* Silence is asked about three times in a second; then the other binding is used. */
static void test_silence(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 10 * SECOND);
	assert_int_equal(world.questions[0], 1);
	world.lets[0] = world.talks[0] = false;
	live(&world, 1500 * MS);
	assert_int_equal(world.in_use, 0);
	live(&world, 1500 * MS);
	assert_int_equal(state_of(&world, 1), REACHABILITY_UNREACHABLE);
	assert_int_equal(world.in_use, 1);
	assert_int_equal(world.questions[0], 1 + 3);
	/* it is asked seldom from now on */
	live(&world, 120 * SECOND);
	assert_in_range(world.questions[0], 4 + 5, 4 + 10);
	assert_int_equal(world.moves, 1);
	end(&world);
}

/* A mobile node that only receives is not taken for dead, and is asked once in some seconds. */
static void test_only_receives(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	world.talks[0] = false;
	live(&world, 600 * SECOND);
	assert_int_equal(world.moves, 0);
	assert_int_equal(counters(&world)->care_of_unreachable, 0);
	assert_in_range(world.questions[0], 100, 600 + 1);
	/* but when it no longer answers */
	world.lets[0] = false;
	live(&world, 4 * SECOND);
	assert_int_equal(world.in_use, 1);
	end(&world);
}

/* Nor is one that never answers echo requests: for it, silence is no evidence. */
static void test_never_answers(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	world.answers[0] = world.answers[1] = world.talks[0] = false;
	live(&world, 600 * SECOND);
	assert_int_equal(world.moves, 0);
	assert_int_equal(world.questions[0], 4);
	/* an error is; then any packet brings it back, an update as well */
	refresh(&world);
	unreachable(&world, 0);
	assert_int_equal(world.in_use, 1);
	live(&world, 60 * SECOND);
	assert_int_equal(world.in_use, 1);
	world.talks[0] = true;
	live(&world, SAMPLE);
	assert_int_equal(world.in_use, 0);
	end(&world);
}

/* Nothing is sent: silence says nothing, and nobody is asked. */
static void test_nothing_is_sent(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	world.quiet = true;
	world.talks[0] = world.lets[0] = false;
	live(&world, 600 * SECOND);
	assert_int_equal(world.moves, 0);
	assert_int_equal(world.questions[0], 1);
	end(&world);
}

/* A single packet needs no answer. */
static void test_one_packet(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	world.talks[0] = false;
	live(&world, SAMPLE);
	world.quiet = true;
	live(&world, 60 * SECOND);
	assert_int_equal(world.questions[0], 1);
	end(&world);
}

/* Only packets to the mobile node are lost: what comes from there does not bring it back. */
static void test_one_way(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	world.errors = true;
	live(&world, 5 * SECOND);
	world.lets[0] = false;
	live(&world, 300 * SECOND);
	assert_int_equal(world.moves, 1);
	assert_int_equal(world.in_use, 1);
	/* asked about once a second at most */
	assert_in_range(world.questions[0], 10, 302);
	world.lets[0] = true;
	live(&world, 2 * SECOND);
	assert_int_equal(world.in_use, 0);
	assert_int_equal(world.moves, 2);
	end(&world);
}

/* Good a second, bad a second: traffic moves at most four times in any minute. */
static void test_flapping(void **state)
{
	(void)state;
	struct world world;
	nanos at[64];
	unsigned count = 0;
	begin(&world);
	world.errors = true;
	live(&world, 5 * SECOND);
	for (unsigned i = 0; i < 1800; i++) {
		world.lets[0] = world.talks[0] = i % 2;
		for (unsigned j = 0; j < 4; j++) {
			unsigned before = world.moves;
			live(&world, SAMPLE);
			for (; before < world.moves; before++) {
				assert_true(count < 64);
				at[count++] = world.scene.now.mono;
			}
		}
	}
	assert_in_range(count, 8, 40);
	for (unsigned i = 4; i < count; i++)
		assert_true(at[i] - at[i - 4] > 60 * SECOND);
	/* when it stays, it is used in the end */
	world.lets[0] = world.talks[0] = true;
	live(&world, 500 * SECOND);
	assert_int_equal(world.in_use, 0);
	end(&world);
}

/* While an address waits for the end of its hold, and the other one fails, it is used. */
static void test_hold_ends_without_other(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	for (unsigned i = 0; i < 2; i++) {
		unreachable(&world, 0);
		live(&world, 5 * SECOND);
	}
	assert_int_equal(world.in_use, 1);
	world.lets[1] = false;
	unreachable(&world, 1);
	live(&world, 2 * SECOND);
	assert_int_equal(world.in_use, 0);
	assert_int_equal(state_of(&world, 1), REACHABILITY_REACHABLE);
	assert_false(world.usable[1]);
	end(&world);
}

/* A refresh asks at once; the mobile node elsewhere is another address, which is not suspected. */
static void test_updates(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	world.lets[0] = world.talks[0] = false;
	unreachable(&world, 0);
	live(&world, 100 * SECOND);
	unsigned questions = world.questions[0];
	world.lets[0] = true;
	struct update update = update_of(&world.scene, 2);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	carry_out(&world);
	scene_advance(&world.scene, MS);
	carry_out(&world);
	assert_int_equal(world.questions[0], questions + 1);
	assert_int_equal(world.in_use, 0);

	world.lets[0] = false;
	live(&world, 10 * SECOND);
	unreachable(&world, 0);
	assert_int_equal(world.in_use, 1);
	update = update_of(&world.scene, 3);
	update_bid(&update, 1, CARE_OF_3);
	update_send(&update);
	assert_true(take_tunnel_set(&world.scene.home_agent, 1, CARE_OF_3)->usable);
	assert_int_equal(state_of(&world, 1), REACHABILITY_REACHABLE);
	end(&world);
}

static void test_forged_answers(void **state)
{
	(void)state;
	struct world world;
	begin(&world);
	live(&world, 5 * SECOND);
	world.lets[0] = world.talks[0] = false;
	unreachable(&world, 0);
	live(&world, 10 * SECOND);
	uint8_t data[32] = {0};
	struct in6_addr home = address_of(HOME);
	memcpy(data + 16, &home, 16);
	const struct packet question = {
		.source = address_of(HOME_AGENT), .destination = address_of(CARE_OF_1)};
	for (unsigned i = 0; i < 256; i++) {
		data[0] = (uint8_t)i;
		const struct icmpv6 request = {.identifier = IDENTIFIER,
			.sequence = (uint16_t)(i / 8),
			.data = {data, sizeof(data)}};
		answer(&world, &question, &request);
	}
	assert_int_equal(drops_of(&world.scene, DROP_UNEXPECTED_REPLY), 256);
	carry_out(&world);
	assert_int_equal(world.in_use, 1);
	end(&world);
}

/* Not configured: as before. */
static void test_off(void **state)
{
	(void)state;
	struct world world;
	begin_with(&world, 2, false);
	live(&world, 5 * SECOND);
	world.lets[0] = world.talks[0] = false;
	unreachable(&world, 0);
	live(&world, 60 * SECOND);
	assert_int_equal(world.in_use, 0);
	assert_int_equal(world.questions[0], 0);
	assert_int_equal(state_of(&world, 1), REACHABILITY_REACHABLE);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_error_about_nothing),
		cmocka_unit_test(test_last_binding),
		cmocka_unit_test(test_other_binding_goes),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_only_receives),
		cmocka_unit_test(test_never_answers),
		cmocka_unit_test(test_nothing_is_sent),
		cmocka_unit_test(test_one_packet),
		cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_hold_ends_without_other),
		cmocka_unit_test(test_updates),
		cmocka_unit_test(test_forged_answers),
		cmocka_unit_test(test_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
