/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/core/mobile_node/home/home_detection.c: what routers said, for how long, and when to ask
 * them.
 */
#include "../../../../scene/support/cmocka_scene.h"

#include "../../../../../src/core/mobile_node/home/home_detection.h"

#include <string.h>

#define SECOND NANOS_PER_SECOND
#define START (1000 * SECOND)

static struct home_detection detection;
static struct icmpv6 said;
static const struct mobile_node_config config = {
	.home_address = {.s6_addr = {0x20, 1, 0x0d, 0xb8, [15] = 2}},
	.home_agent = {.s6_addr = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
	.home_prefix = {.s6_addr = {0x20, 1, 0x0d, 0xb8}},
	.home_prefix_length = 64,
};

static struct in6_addr router(uint8_t host)
{
	return (struct in6_addr){.s6_addr = {0xfe, 0x80, [15] = host}};
}

static void advertise(uint8_t host, nanos now)
{
	const struct in6_addr from = router(host);
	said.source_link_layer[5] = host;
	home_detection_advertisement(&detection, &config, &config.home_agent, now, &from, &said);
}

static int begin(void **state)
{
	(void)state;
	memset(&detection, 0, sizeof(detection));
	said = (struct icmpv6){
		.type = ICMPV6_ROUTER_ADVERTISEMENT,
		.router_lifetime = 100,
		.has_source_link_layer = true,
		.source_link_layer = {2},
		.prefixes_count = 1,
		.prefixes = {{.prefix = config.home_prefix,
			.length = 64,
			.on_link = true,
			.valid = 300}},
	};
	return 0;
}

static bool home_at(nanos now)
{
	home_detection_deadline(&detection, now);
	return home_detection_is_home(&detection);
}

/* RFC 4861 6.3.4: the prefix for its valid lifetime, the router for its own */
static void test_lifetimes(void **state)
{
	(void)state;
	advertise(1, START);
	assert_true(detection.router_at.known);
	assert_true(home_detection_next_deadline(&detection) == START + 100 * SECOND);
	assert_true(home_at(START + 100 * SECOND - 1));
	assert_true(detection.router_at.known);
	assert_true(home_at(START + 100 * SECOND));
	assert_false(detection.router_at.known);
	assert_true(home_at(START + 300 * SECOND - 1));
	assert_false(home_at(START + 300 * SECOND));
	assert_true(home_detection_next_deadline(&detection) == NANOS_NEVER);
}

static void test_infinite_lifetime(void **state)
{
	(void)state;
	said.prefixes[0].valid = UINT32_MAX;
	advertise(1, START);
	assert_true(home_at(NANOS_NEVER - 1));
}

/* RFC 6275 7.4: its own lifetime, if it says one; 0: no home agent any more */
static void test_home_agent_lifetime(void **state)
{
	(void)state;
	said.prefixes_count = 2;
	said.prefixes[1] = (struct icmpv6_prefix){
		.prefix = config.home_agent, .length = 64, .router = true, .valid = 300};
	advertise(1, START);
	assert_true(detection.agent_at.known);
	assert_true(detection.agent_at.until == START + 100 * SECOND);
	said.has_home_agent_information = true;
	said.home_agent_lifetime = 20;
	advertise(1, START);
	assert_true(detection.agent_at.until == START + 20 * SECOND);
	assert_int_equal(detection.agent_at.link_layer[5], 1);
	assert_true(home_at(START + 20 * SECOND));
	assert_false(detection.agent_at.known);
	advertise(1, START + 20 * SECOND);
	assert_true(detection.agent_at.known);
	said.home_agent_lifetime = 0;
	advertise(1, START + 20 * SECOND);
	assert_false(detection.agent_at.known);
	/* another address is another router's */
	said.home_agent_lifetime = 20;
	said.prefixes[1].prefix.s6_addr[15] = 9;
	advertise(2, START + 20 * SECOND);
	assert_false(detection.agent_at.known);
}

/* A disputed home link is asked for twice, and ends four seconds after the second question. */
static void test_dispute(void **state)
{
	(void)state;
	advertise(1, START);
	said.prefixes_count = 0;
	advertise(2, START);
	for (unsigned i = 0; i < 2; i++) {
		nanos now = START + i * 4 * SECOND;
		assert_true(home_detection_next_deadline(&detection) == now);
		assert_true(home_detection_solicit_due(&detection, now));
		home_detection_solicited(&detection, now);
		assert_false(home_detection_solicit_due(&detection, now));
	}
	assert_true(home_at(START + 8 * SECOND - 1));
	assert_false(home_at(START + 8 * SECOND));
	assert_false(detection.router_at.known);
	/* where there is no home link, nothing is disputed */
	advertise(2, START + 9 * SECOND);
	assert_false(home_detection_solicit_due(&detection, START + 9 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lifetimes, begin),
		cmocka_unit_test_setup(test_infinite_lifetime, begin),
		cmocka_unit_test_setup(test_home_agent_lifetime, begin),
		cmocka_unit_test_setup(test_dispute, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
