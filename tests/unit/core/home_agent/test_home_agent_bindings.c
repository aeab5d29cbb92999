/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * home_agent_bindings.c: by which binding a Binding Refresh Request is sent; and the size of an
 * entry.
 */
#include "../../../../src/core/binding/refresh_request.h"
#include "../agent_of_one.h"

#include "../../../scene/support/cmocka_scene.h"

#define SECONDS(n) ((nanos)(n)*NANOS_PER_SECOND)

static struct outbox outbox;

static struct binding *bind_until(struct home_agent *agent, uint16_t bid, nanos expires)
{
	struct bindings *bindings = &agent_entry(agent)->bindings;
	struct binding *binding = agent_bind(bindings, bid, agent_address((uint8_t)(10 + bid), 1));
	binding->expires = expires;
	binding->verified = true;
	return binding;
}

static void run_to(struct home_agent *agent, nanos now)
{
	outbox.count = 0;
	refresh_request_deadline(&agent->cache, now, agent_entry(agent), &outbox);
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
	bind_until(agent, 1, SECONDS(100));
	bind_until(agent, 2, SECONDS(120));
	bind_until(agent, 3, SECONDS(115))->priority = 7;
	bind_until(agent, 4, SECONDS(500))->verified = false;
	struct bindings *bindings = &agent_entry(agent)->bindings;
	bindings->at[3].priority = 1;
	run_to(agent, SECONDS(90));
	expect_to(13);
	bindings->at[2].verified = false;
	run_to(agent, SECONDS(95));
	expect_to(12);
	bindings->at[0].verified = false;
	bindings->at[1].verified = false;
	run_to(agent, SECONDS(115));
	assert_int_equal(outbox.count, 0);
	assert_int_equal(agent->base->counters.refresh_requests_sent, 2);
	agent_free(agent);
}

/* A home agent holds many entries: the octets of one, with its share of the hash table, and
 * pointers to what is known of the reachability of its care-of addresses, and to its flow bindings.
 */
static void test_size_of_an_entry(void **state)
{
	(void)state;
	assert_true(sizeof(struct home_agent_entry) <=
		    488 + sizeof(struct recovery *) + sizeof(struct flow_bindings *));
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
		cmocka_unit_test(test_by_which),
		cmocka_unit_test(test_size_of_an_entry),
	};
	return cmocka_run_group_tests(tests, make_outbox, free_outbox);
}
