/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenes: care-of addresses that must answer before anything is sent to them. RFC 5648 10, draft-13
 * 10; RFC 4443 4.1, 4.2.
 */
#include "support/update.h"

#include "support/cmocka_scene.h"

#include "../../src/wire/icmpv6.h"

#include <string.h>

#define IDENTIFIER 0x4d41
#define COOKIE 16

static struct sent ack;

static nanos seconds(unsigned count)
{
	return count * NANOS_PER_SECOND;
}

static void set_policy(struct scene *scene, enum verify verify)
{
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.node.verify = verify;
	scene_tell(scene, &scene->home_agent, &event);
}

static void begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	config.probe_identifier = IDENTIFIER;
	scene_with_home_agent(scene, &config);
	set_policy(scene, VERIFY_PROBE);
}

/* ---- probes ---- */

struct probe {
	size_t length;
	uint8_t octets[PACKET_OCTETS_MAX];
	struct packet packet;
	struct icmpv6 message;
};

static bool is_probe(const struct effect *effect, void *ctx)
{
	struct probe *ret = ctx;
	if (effect->type != EFFECT_SEND)
		return false;
	ret->length = effect->send.length;
	memcpy(ret->octets, effect->send.octets, ret->length);
	assert_int_equal(packet_decode(ret->octets, ret->length, &ret->packet), WIRE_OK);
	if (ret->packet.next_header != ICMPV6_NEXT_HEADER)
		return false;
	assert_int_equal(icmpv6_decode(&ret->packet, &ret->message), WIRE_OK);
	return true;
}

/* The next effect is an echo request as it has to be. */
static void take_probe(struct scene *scene, const char *care_of, struct probe *ret)
{
	struct in6_addr source = address_of(HOME_AGENT), destination = address_of(care_of);
	const struct effect *effect =
		take_matching(&scene->home_agent, "SEND of a probe", is_probe, ret);
	assert_int_equal(effect->send.ifindex, 0);
	assert_memory_equal(&ret->packet.source, &source, 16);
	assert_memory_equal(&ret->packet.destination, &destination, 16);
	assert_false(ret->packet.has_routing);
	assert_int_equal(ret->message.type, ICMPV6_ECHO_REQUEST);
	assert_int_equal(ret->message.code, 0);
	assert_int_equal(ret->message.identifier, IDENTIFIER);
	assert_true(ret->message.data.length >= COOKIE);
}

static size_t probes_ahead(const struct scene *scene)
{
	static struct probe unused;
	size_t count = 0;
	for (size_t i = scene->home_agent.taken; i < scene->home_agent.done_count; i++)
		count += is_probe(&scene->home_agent.done[i], &unused);
	return count;
}

/* What a node that has the address answers: RFC 4443 4.2, the data as it came. */
struct answer {
	struct in6_addr from;
	struct in6_addr to;
	struct icmpv6 message;
	uint8_t data[64];
};

static void answer_to(const struct probe *probe, struct answer *ret)
{
	ret->from = probe->packet.destination;
	ret->to = probe->packet.source;
	ret->message = probe->message;
	ret->message.type = ICMPV6_ECHO_REPLY;
	assert_true(probe->message.data.length <= sizeof(ret->data));
	memcpy(ret->data, probe->message.data.at, probe->message.data.length);
	ret->message.data.at = ret->data;
}

static void answer_arrives(struct scene *scene, const struct answer *answer)
{
	uint8_t octets[128], packet[PACKET_OCTETS_MAX];
	size_t length = icmpv6_encode(&answer->message, octets, sizeof(octets));
	assert_true(length > 0);
	const struct packet_envelope envelope = {
		.source = answer->from,
		.destination = answer->to,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	length = packet_build(&envelope, (struct octets){octets, length}, packet, sizeof(packet));
	assert_true(length > 0);
	scene_packet(scene, &scene->home_agent, CORE_LINK, (struct octets){packet, length});
}

static void answered(struct scene *scene, const struct probe *probe)
{
	struct answer answer;
	answer_to(probe, &answer);
	answer_arrives(scene, &answer);
}

static void expect_verified(struct scene *scene, uint16_t bid, const char *care_of)
{
	assert_true(take_tunnel_set(&scene->home_agent, bid, care_of)->usable);
	take_note(&scene->home_agent, EVENT_CARE_OF_VERIFIED, bid);
}

static bool is_verified(const struct scene *scene, uint16_t bid)
{
	const struct binding_list list = bindings_of(scene);
	return binding_of_bid(&list, bid).verified;
}

/* Binds; takes everything but the last probe. */
static void bind_one(struct scene *scene, uint16_t sequence, uint16_t bid, const char *care_of,
	struct probe *ret)
{
	struct update update = update_of(scene, sequence);
	update_bid(&update, bid, care_of);
	update_send(&update);
	assert_false(take_tunnel_set(&scene->home_agent, bid, care_of)->usable);
	take(&scene->home_agent, EFFECT_EVENT);
	take_probe(scene, care_of, ret);
	expect_node_set(scene, sequence);
	expect_ack(scene, 0, &ack);
	take_nothing(&scene->home_agent);
}

/* ---- */

/* RFC 5648 10: bound and acknowledged at once, of use when it has answered */
/* Shows draft-13 10-1. */
static void test_answered(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	assert_false(is_verified(&scene, 1));
	scene_advance(&scene, 20 * NANOS_PER_MS);
	answered(&scene, &probe);
	expect_verified(&scene, 1, CARE_OF_1);
	take_nothing(&scene.home_agent);
	assert_true(is_verified(&scene, 1));
	assert_int_equal(core_counters(scene.home_agent.core)->probes_sent, 1);
	assert_int_equal(core_counters(scene.home_agent.core)->probes_answered, 1);
	/* and that is all */
	assert_int_equal(
		core_next_deadline(scene.home_agent.core), bindings_of(&scene).at[0].expires);
	answered(&scene, &probe);
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_UNEXPECTED_REPLY), 1);
	scene_end(&scene);
}

/* At 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s, then every 30 s; told once, after the third. */
static void test_unanswered(void **state)
{
	(void)state;
	static const unsigned times[] = {500, 1500, 3500, 7500, 15500, 31500, 61500, 91500, 121500};
	struct scene scene;
	struct probe probe, last;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &last);
	nanos start = scene.now.mono;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		nanos due = start + times[i] * NANOS_PER_MS;
		scene_advance(&scene, due - scene.now.mono - 1);
		take_nothing(&scene.home_agent);
		scene_advance(&scene, 1);
		if (i == 2) {
			const struct effect_event *note =
				take_note(&scene.home_agent, EVENT_CARE_OF_UNVERIFIED, 1);
			struct in6_addr care_of = address_of(CARE_OF_1);
			assert_memory_equal(&note->care_of, &care_of, 16);
		}
		take_probe(&scene, CARE_OF_1, &probe);
		take_nothing(&scene.home_agent);
		/* never the same twice */
		assert_memory_not_equal(probe.message.data.at, last.message.data.at, COOKIE);
		assert_int_equal(probe.message.sequence, last.message.sequence + 1);
		last = probe;
		last.message.data.at = last.octets + (probe.message.data.at - probe.octets);
	}
	/* As late as it comes, it counts. */
	answered(&scene, &last);
	expect_verified(&scene, 1, CARE_OF_1);
	scene_end(&scene);
}

/* As long as the binding lives, and no longer. */
static void test_expires_unverified(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_lifetime(&update, 4);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	scene_advance(&scene, seconds(3));
	take_all(&scene.home_agent);
	scene_advance(&scene, seconds(100));
	/* at 3.5 s the fourth, with the note */
	take_note(&scene.home_agent, EVENT_CARE_OF_UNVERIFIED, 1);
	take(&scene.home_agent, EFFECT_SEND);
	take_tunnel_remove(&scene.home_agent, 1);
	take_note(&scene.home_agent, EVENT_BINDING_EXPIRED, 1);
	take_nothing(&scene.home_agent);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* Everything about it has to be right: nobody but who has the address can have it. */
static void test_forged_answers(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	struct answer good, bad;
	answer_to(&probe, &good);
	for (unsigned i = 0; i < good.message.data.length; i++) {
		answer_to(&probe, &bad);
		bad.data[i] ^= 1;
		answer_arrives(&scene, &bad);
	}
	for (unsigned i = 0; i < 8; i++) {
		answer_to(&probe, &bad);
		switch (i) {
		case 0:
			bad.from = address_of(CARE_OF_2);
			break;
		case 1:
			bad.from = address_of(HOME);
			break;
		case 2:
			bad.message.identifier++;
			break;
		case 3:
			bad.message.sequence++;
			break;
		case 4:
			bad.message.sequence--;
			break;
		case 5:
			bad.message.data.length--;
			break;
		case 6:
			bad.message.data.length = 0;
			break;
		default:
			bad.message.sequence += 4;
		}
		answer_arrives(&scene, &bad);
	}
	assert_int_equal(drops_of(&scene, DROP_UNEXPECTED_REPLY), good.message.data.length + 8);
	bad = good;
	bad.message.data.at = bad.data;
	bad.to = address_of("2001:db8:1::2");
	answer_arrives(&scene, &bad);
	bad.to = good.to;
	bad.message.type = ICMPV6_ECHO_REQUEST;
	answer_arrives(&scene, &bad);
	take_nothing(&scene.home_agent);
	assert_false(is_verified(&scene, 1));
	good.message.data.at = good.data;
	answer_arrives(&scene, &good);
	expect_verified(&scene, 1, CARE_OF_1);
	scene_end(&scene);
}

/* An old answer is none: whoever was there once need not be there now. */
static void test_late_answer(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe, third;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	scene_advance(&scene, seconds(2));
	take_probe(&scene, CARE_OF_1, &probe);
	take_probe(&scene, CARE_OF_1, &third);
	/* sent at 1.5 s; the last four are kept, hence it is the time that counts */
	scene_advance(&scene, 9500 * NANOS_PER_MS + 1);
	take_all(&scene.home_agent);
	answered(&scene, &third);
	take_nothing(&scene.home_agent);
	assert_int_equal(drops_of(&scene, DROP_UNEXPECTED_REPLY), 1);
	scene_end(&scene);

	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	scene_advance(&scene, seconds(2));
	take_probe(&scene, CARE_OF_1, &probe);
	take_probe(&scene, CARE_OF_1, &third);
	scene_advance(&scene, 9500 * NANOS_PER_MS);
	take_all(&scene.home_agent);
	answered(&scene, &third);
	expect_verified(&scene, 1, CARE_OF_1);
	scene_end(&scene);
}

/* A refresh proves nothing and loses nothing; another care-of address is another question. */
static void test_refresh_and_move(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	scene_advance(&scene, 100 * NANOS_PER_MS);
	struct update update = update_of(&scene, 2);
	update_bid_known(&update, 1);
	update_send(&update);
	assert_false(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->usable);
	expect_node_set(&scene, 2);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);
	answered(&scene, &probe);
	expect_verified(&scene, 1, CARE_OF_1);

	scene_advance(&scene, seconds(100));
	update = update_of(&scene, 3);
	update_overwrite(&update);
	update_bid(&update, 1, CARE_OF_1);
	update_send(&update);
	assert_true(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->usable);
	expect_node_set(&scene, 3);
	expect_ack(&scene, 0, &ack);
	take_nothing(&scene.home_agent);

	bind_one(&scene, 4, 1, CARE_OF_2, &probe);
	assert_false(is_verified(&scene, 1));
	scene_end(&scene);
}

/* What was asked of the address before is not answered by the address now. */
static void test_moves_while_asked(void **state)
{
	(void)state;
	struct scene scene;
	struct probe first, second;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &first);
	bind_one(&scene, 2, 1, CARE_OF_2, &second);
	answered(&scene, &first);
	take_nothing(&scene.home_agent);
	/* nor is it asked again */
	scene_advance(&scene, seconds(1));
	take_probe(&scene, CARE_OF_2, &first);
	take_nothing(&scene.home_agent);
	answered(&scene, &second);
	expect_verified(&scene, 1, CARE_OF_2);
	scene_end(&scene);
}

/* RFC 5648 4.1: two BIDs at one care-of address share the question and the answer. */
static void test_shared_address(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_bid(&update, 1, CARE_OF_1);
	update_bid(&update, 2, CARE_OF_1);
	update_bid(&update, 3, CARE_OF_2);
	update_send(&update);
	assert_int_equal(probes_ahead(&scene), 2);
	take_probe(&scene, CARE_OF_1, &probe);
	take_all(&scene.home_agent);
	answered(&scene, &probe);
	expect_verified(&scene, 1, CARE_OF_1);
	expect_verified(&scene, 2, CARE_OF_1);
	take_nothing(&scene.home_agent);
	assert_false(is_verified(&scene, 3));

	/* and a third that comes later */
	update = update_of(&scene, 2);
	update_bid(&update, 4, CARE_OF_1);
	update_send(&update);
	assert_true(take_tunnel_set(&scene.home_agent, 4, CARE_OF_1)->usable);
	assert_int_equal(probes_ahead(&scene), 0);
	scene_end(&scene);
}

/* A node cannot make its home agent ask more than so often, whatever it registers. */
static void test_probes_are_bounded(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (uint16_t round = 0; round < 1000; round++) {
		struct update update = update_of(&scene, round);
		for (uint16_t bid = 1; bid <= BINDINGS_MAX; bid++) {
			struct in6_addr victim = address_of(CARE_OF_1);
			victim.s6_addr[13] = (uint8_t)(round >> 8);
			victim.s6_addr[14] = (uint8_t)round;
			victim.s6_addr[15] = (uint8_t)bid;
			update_bid_address(&update, bid, victim);
		}
		update_send(&update);
		scene_advance(&scene, 10 * NANOS_PER_MS);
	}
	/* ten seconds: sixteen at once, and two each second */
	assert_int_equal(bindings_of(&scene).count, BINDINGS_MAX);
	assert_in_range(probes_ahead(&scene), 16, 16 + 2 * 10 + 1);
	for (uint16_t bid = 1; bid <= BINDINGS_MAX; bid++)
		assert_false(is_verified(&scene, bid));
	/* The last ones get their turn. */
	take_all(&scene.home_agent);
	scene_advance(&scene, seconds(10));
	assert_in_range(probes_ahead(&scene), BINDINGS_MAX, 21);
	scene_end(&scene);
}

static void test_other_policies(void **state)
{
	(void)state;
	static const enum verify policies[] = {VERIFY_OFF, VERIFY_NO_BULK};
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;
		begin(&scene);
		set_policy(&scene, policies[i]);
		struct update update = update_of(&scene, 1);
		update_bid(&update, 1, CARE_OF_1);
		update_send(&update);
		assert_true(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->usable);
		assert_int_equal(probes_ahead(&scene), 0);
		assert_true(is_verified(&scene, 1));
		scene_end(&scene);
	}
}

/* Switched off, what waits is usable; switched on, what was accepted stays so until it moves. */
static void test_policy_changes(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	set_policy(&scene, VERIFY_OFF);
	assert_true(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->usable);
	take_nothing(&scene.home_agent);
	answered(&scene, &probe);
	scene_advance(&scene, seconds(10));
	take_nothing(&scene.home_agent);
	set_policy(&scene, VERIFY_PROBE);
	set_policy(&scene, VERIFY_PROBE);
	scene_advance(&scene, seconds(10));
	take_nothing(&scene.home_agent);
	bind_one(&scene, 2, 1, CARE_OF_2, &probe);
	scene_end(&scene);
}

/* After a restart: what was verified is; what was not is asked anew. */
static void test_restored(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	struct host_event restored = restore_event(&scene.home_agent);
	scene_restart(&scene, &scene.home_agent);
	set_policy(&scene, VERIFY_PROBE);
	scene_tell(&scene, &scene.home_agent, &restored);
	assert_false(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->usable);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	/* before the restart: another secret */
	answered(&scene, &probe);
	take_probe(&scene, CARE_OF_1, &probe);
	take_nothing(&scene.home_agent);
	answered(&scene, &probe);
	expect_verified(&scene, 1, CARE_OF_1);

	restored.record.bindings[0].verified = true;
	scene_restart(&scene, &scene.home_agent);
	set_policy(&scene, VERIFY_PROBE);
	scene_tell(&scene, &scene.home_agent, &restored);
	assert_true(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->usable);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	take_nothing(&scene.home_agent);
	assert_true(is_verified(&scene, 1));

	restored.record.bindings[0].verified = false;
	scene_restart(&scene, &scene.home_agent);
	set_policy(&scene, VERIFY_OFF);
	scene_tell(&scene, &scene.home_agent, &restored);
	assert_true(take_tunnel_set(&scene.home_agent, 1, CARE_OF_1)->usable);
	take_note(&scene.home_agent, EVENT_BINDING_RESTORED, 1);
	take_nothing(&scene.home_agent);
	scene_end(&scene);
}

/* The node is gone: so is the question. */
static void test_node_removed(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	bind_one(&scene, 1, 1, CARE_OF_1, &probe);
	struct host_event event = node_set(HOME, &update_auth, BINDINGS_MAX);
	event.type = HOST_NODE_REMOVE;
	scene_tell(&scene, &scene.home_agent, &event);
	take_all(&scene.home_agent);
	answered(&scene, &probe);
	take_nothing(&scene.home_agent);
	assert_int_equal(core_next_deadline(scene.home_agent.core), NANOS_NEVER);
	scene_end(&scene);
}

/* RFC 6275 without BID: the same. */
static void test_without_bid(void **state)
{
	(void)state;
	struct scene scene;
	struct probe probe;
	begin(&scene);
	struct update update = update_of(&scene, 1);
	update_send(&update);
	assert_false(take_tunnel_set(&scene.home_agent, 0, CARE_OF_1)->usable);
	take_note(&scene.home_agent, EVENT_BINDING_ADDED, 0);
	take_probe(&scene, CARE_OF_1, &probe);
	take_all(&scene.home_agent);
	answered(&scene, &probe);
	expect_verified(&scene, 0, CARE_OF_1);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_expires_unverified),
		cmocka_unit_test(test_forged_answers),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_refresh_and_move),
		cmocka_unit_test(test_moves_while_asked),
		cmocka_unit_test(test_shared_address),
		cmocka_unit_test(test_probes_are_bounded),
		cmocka_unit_test(test_other_policies),
		cmocka_unit_test(test_policy_changes),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_node_removed),
		cmocka_unit_test(test_without_bid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
