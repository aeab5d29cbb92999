/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verification.c: who is asked when, and which answer counts.
 */
#include "../../../../src/core/home_agent/care_of_question.h"
#include "../../../../src/core/home_agent/verification.h"
#include "../../../../src/core/binding/binding_changes.h"
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
	binding_entry_change(&agent->cache, agent_time(0), agent_entry(agent), &wanted, &outbox);
	return agent;
}

static struct verification *verification_of(struct home_agent *agent)
{
	return home_agent_entry_of(agent_entry(agent))->verification;
}

static void run_to(struct home_agent *agent, nanos now)
{
	const struct verification_basis basis = home_agent_verification_basis(agent);
	outbox.count = 0;
	verification_deadline(
		verification_of(agent), &basis, agent_time(now), agent_entry(agent), &outbox);
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
		assert_int_equal(verification_next(verification_of(agent)), times[i] * MS);
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
	const struct verification_basis basis = home_agent_verification_basis(agent);
	struct in6_addr home_address, expected = agent_address(1, 9);
	assert_true(
		care_of_question_home_address(basis.probe_identifier, &received, &home_address));
	assert_memory_equal(&home_address, &expected, 16);
	return verification_reply(verification_of(agent), &basis, agent_time(now),
		agent_entry(agent), &received, &outbox);
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
		now = verification_next(verification_of(agent));
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
	assert_int_equal(outbox.count, 3);
	assert_true(outbox.effects[2].record.bindings[0].verified);
	agent_free(agent);

	agent = begin(1);
	first = probe_at(0);
	for (unsigned i = 0; i < 3; i++)
		run_to(agent, now = verification_next(verification_of(agent)));
	answer(agent, now, &first, 0);
	assert_int_equal(outbox.count, 3);
	assert_true(agent_entry(agent)->bindings.at[0].verified);
	assert_int_equal(verification_next(verification_of(agent)), NANOS_NEVER);
	agent_free(agent);
}

/* Whatever is bound, sixteen probes are sent, then two a second. */
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
		binding_entry_change(&agent->cache, agent_time(round * MS), agent_entry(agent),
			&wanted, &outbox);
		sent += probes();
	}
	assert_int_equal(sent, 16);
	outbox.count = 0;
	for (nanos now = 100; now < 1600; now++) {
		run_to(agent, now * MS);
		sent += probes();
	}
	assert_int_equal(sent, 16 + 3);
	agent_free(agent);
}

/* A care-of address that is no longer bound gets no probe. */
static void test_prune(void **state)
{
	(void)state;
	struct home_agent *agent = begin(3);
	struct binding_entry *entry = agent_entry(agent);
	outbox.count = 0;
	binding_entry_remove(&agent->cache, entry, bindings_find(&entry->bindings, 2),
		EVENT_BINDING_REMOVED, &outbox);
	bindings_find(&entry->bindings, 3)->verified = true;
	verification_prune(verification_of(agent), entry);
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
