/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refresh_request.c: when, for which bindings, and by which.
 */
#include "../../../../src/core/home_agent/refresh_request.h"
#include "../agent_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#define SECONDS(n) ((nanos)(n)*NANOS_PER_SECOND)

static struct outbox outbox;

static struct binding *bind_until(
	struct home_agent *agent, uint16_t bid, unsigned lifetime, nanos expires)
{
	struct bindings *bindings = &agent_node(agent)->bindings;
	struct binding *binding = agent_bind(bindings, bid, agent_address((uint8_t)(10 + bid), 1));
	binding->lifetime = (uint16_t)(lifetime / 4);
	binding->expires = expires;
	binding->verified = true;
	return binding;
}

static nanos next(struct home_agent *agent)
{
	return refresh_request_next(agent, agent_node(agent));
}

static void run_to(struct home_agent *agent, nanos now)
{
	outbox.count = 0;
	refresh_request_deadline(agent, agent_time(now), agent_node(agent), &outbox);
}

static void test_when(void **state)
{
	(void)state;
	static const struct {
		unsigned lifetime;
		nanos before; /* milliseconds before the end */
	} cases[] = {{4, 1000}, {8, 2000}, {36, 9000}, {40, 10000}, {44, 10000}, {262136, 10000}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct home_agent *agent = agent_new(VERIFY_OFF);
		nanos end = SECONDS(300000);
		bind_until(agent, 1, cases[i].lifetime, end);
		assert_int_equal(next(agent), end - cases[i].before * NANOS_PER_MS);
		run_to(agent, next(agent) - 1);
		assert_int_equal(outbox.count, 0);
		run_to(agent, next(agent));
		assert_int_equal(outbox.count, 1);
		assert_int_equal(next(agent), end - cases[i].before * NANOS_PER_MS / 2);
		run_to(agent, next(agent));
		assert_int_equal(outbox.count, 1);
		assert_int_equal(next(agent), NANOS_NEVER);
		agent_free(agent);
	}
}

/* Late: both moments have passed, one request is enough. */
static void test_late(void **state)
{
	(void)state;
	struct home_agent *agent = agent_new(VERIFY_OFF);
	bind_until(agent, 1, 100, SECONDS(100));
	run_to(agent, SECONDS(97));
	assert_int_equal(outbox.count, 1);
	assert_int_equal(next(agent), NANOS_NEVER);
	agent_free(agent);
}

static void test_never(void **state)
{
	(void)state;
	struct home_agent *agent = agent_new(VERIFY_OFF);
	assert_int_equal(next(agent), NANOS_NEVER);
	bind_until(agent, 1, 100, NANOS_NEVER);
	assert_int_equal(next(agent), NANOS_NEVER);
	bind_until(agent, 2, 100, SECONDS(100));
	agent->config.refresh_request = false;
	assert_int_equal(next(agent), NANOS_NEVER);
	agent_free(agent);
}

static void expect_to(uint8_t network)
{
	struct packet packet;
	struct in6_addr expected = agent_address(network, 1), home = agent_address(1, 9);
	const struct effect_send *send = &outbox.effects[0].send;
	assert_int_equal(outbox.count, 1);
	assert_int_equal(packet_decode(send->octets, send->length, &packet), WIRE_OK);
	assert_memory_equal(&packet.destination, &expected, 16);
	assert_true(packet.has_routing);
	assert_memory_equal(&packet.routing_address, &home, 16);
}

/* Preferred, verified, and longest-lived, in this order of importance: verified is a must. */
static void test_by_which(void **state)
{
	(void)state;
	struct home_agent *agent = agent_new(VERIFY_OFF);
	bind_until(agent, 1, 100, SECONDS(100));
	bind_until(agent, 2, 100, SECONDS(120));
	bind_until(agent, 3, 100, SECONDS(115))->priority = 7;
	bind_until(agent, 4, 100, SECONDS(500))->verified = false;
	agent_node(agent)->bindings.at[3].priority = 1;
	run_to(agent, SECONDS(90));
	expect_to(13);
	agent_node(agent)->bindings.at[2].verified = false;
	run_to(agent, SECONDS(95));
	expect_to(12);
	agent_node(agent)->bindings.at[0].verified = false;
	agent_node(agent)->bindings.at[1].verified = false;
	run_to(agent, SECONDS(115));
	assert_int_equal(outbox.count, 0);
	assert_int_equal(agent->base->counters.refresh_requests_sent, 2);
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
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_by_which),
	};
	return cmocka_run_group_tests(tests, make_outbox, free_outbox);
}
