/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verification.c: who is asked when, and which answer counts.
 */
#include "../../../../src/core/home_agent/verification.h"
#include "../agent_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#include <string.h>

#define MS NANOS_PER_MS

static struct outbox outbox;

/* Binds BID n to care-of address 10 + n, unverified, for each of `count`. */
static struct home_agent *begin(unsigned count)
{
	struct home_agent *agent = agent_new(VERIFY_PROBE);
	struct bindings wanted = {.count = 0};
	for (unsigned i = 1; i <= count; i++)
		agent_bind(&wanted, (uint16_t)i, agent_address((uint8_t)(10 + i), 1));
	outbox.count = 0;
	node_change_bindings(agent, agent_time(0), agent_node(agent), &wanted, &outbox);
	return agent;
}

static void run_to(struct home_agent *agent, nanos now)
{
	outbox.count = 0;
	verification_deadline(agent, agent_time(now), agent_node(agent), &outbox);
}

static size_t probes(void)
{
	size_t count = 0;
	for (size_t i = 0; i < outbox.count; i++)
		count += outbox.effects[i].type == EFFECT_SEND;
	return count;
}

static void test_times(void **state)
{
	(void)state;
	static const nanos times[] = {500, 1500, 3500, 7500, 15500, 31500, 61500, 91500};
	struct home_agent *agent = begin(1);
	assert_int_equal(probes(), 1);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_int_equal(verification_next(agent_node(agent)), times[i] * MS);
		run_to(agent, times[i] * MS - 1);
		assert_int_equal(outbox.count, 0);
		run_to(agent, times[i] * MS);
		assert_int_equal(probes(), 1);
	}
	agent_free(agent);
}

/* The answer to the probe that was sent last. */
static bool answer(
	struct home_agent *agent, nanos now, const struct effect_send *probe, uint16_t sequence)
{
	struct packet packet;
	struct icmpv6 message;
	uint8_t octets[PACKET_OCTETS_MAX];
	memcpy(octets, probe->octets, probe->length);
	assert_int_equal(packet_decode(octets, probe->length, &packet), WIRE_OK);
	assert_int_equal(icmpv6_decode(&packet, &message), WIRE_OK);
	message.type = ICMPV6_ECHO_REPLY;
	message.sequence = sequence;
	struct in6_addr care_of = packet.destination;
	packet.destination = packet.source;
	packet.source = care_of;
	const struct arrival arrival = {.at = agent_time(now), .ifindex = 1};
	const struct received_icmpv6 received = {&arrival, &packet, &message};
	outbox.count = 0;
	return verification_reply(agent, agent_time(now), &received, &outbox);
}

static struct effect_send probe_at(size_t nth)
{
	for (size_t i = 0; i < outbox.count; i++)
		if (outbox.effects[i].type == EFFECT_SEND && nth-- == 0)
			return outbox.effects[i].send;
	fail();
	return (struct effect_send){0};
}

/* Sequence numbers begin with 0, and are 16 bits; the last four probes count. */
static void test_last_four(void **state)
{
	(void)state;
	struct home_agent *agent = begin(1);
	struct effect_send first = probe_at(0);
	nanos now = 0;
	for (unsigned i = 0; i < 4; i++) {
		now = verification_next(agent_node(agent));
		run_to(agent, now);
	}
	struct effect_send last = probe_at(0);
	/* five were sent: the first of them is out, and the number of none before it counts */
	assert_false(answer(agent, now, &first, 0));
	assert_int_equal(outbox.count, 0);
	assert_false(answer(agent, now, &first, 1));
	assert_false(answer(agent, now, &first, 5));
	assert_false(answer(agent, now, &first, UINT16_MAX));
	assert_int_equal(outbox.count, 0);
	/* nor its number with the cookie that took its place */
	assert_false(answer(agent, now, &last, 0));
	assert_int_equal(outbox.count, 0);
	assert_true(answer(agent, now, &last, 4));
	assert_int_equal(outbox.count, 2);
	agent_free(agent);

	agent = begin(1);
	first = probe_at(0);
	for (unsigned i = 0; i < 3; i++)
		run_to(agent, now = verification_next(agent_node(agent)));
	answer(agent, now, &first, 0);
	assert_int_equal(outbox.count, 2);
	assert_true(agent_node(agent)->bindings.at[0].verified);
	assert_int_equal(verification_next(agent_node(agent)), NANOS_NEVER);
	agent_free(agent);
}

/* More often than that a node is not asked, whatever it has bound: sixteen, then two a second. */
static void test_bucket(void **state)
{
	(void)state;
	struct home_agent *agent = agent_new(VERIFY_PROBE);
	size_t sent = 0;
	for (unsigned round = 0; round < 100; round++) {
		struct bindings wanted = {.count = 0};
		for (uint16_t bid = 1; bid <= BINDINGS_MAX; bid++)
			agent_bind(
				&wanted, bid, agent_address((uint8_t)(10 + round), (uint8_t)bid));
		outbox.count = 0;
		node_change_bindings(
			agent, agent_time(round * MS), agent_node(agent), &wanted, &outbox);
		sent += probes();
	}
	assert_int_equal(sent, 16);
	outbox.count = 0;
	for (nanos now = 100; now < 1600; now++) {
		outbox.count = 0;
		verification_deadline(agent, agent_time(now * MS), agent_node(agent), &outbox);
		sent += probes();
	}
	assert_int_equal(sent, 16 + 3);
	agent_free(agent);
}

/* Whatever is bound no more is not asked for. */
static void test_prune(void **state)
{
	(void)state;
	struct home_agent *agent = begin(3);
	struct node *node = agent_node(agent);
	outbox.count = 0;
	node_remove_binding(
		agent, node, bindings_find(&node->bindings, 2), EVENT_BINDING_REMOVED, &outbox);
	bindings_find(&node->bindings, 3)->verified = true;
	verification_prune(node);
	run_to(agent, 500 * MS);
	assert_int_equal(probes(), 1);
	agent_free(agent);
}

static int make_outbox(void **state)
{
	(void)state;
	return outbox_reserve(&outbox, CALL_EFFECTS_MAX);
}

static int free_outbox(void **state)
{
	(void)state;
	outbox_fini(&outbox);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_last_four),
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_prune),
	};
	return cmocka_run_group_tests(tests, make_outbox, free_outbox);
}
