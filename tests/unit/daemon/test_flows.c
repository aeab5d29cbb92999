/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow blocks: the rules that come of right ones, and every error of a wrong one. */
#include "config_text.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Line 5 is the first of the flow blocks. */
#define NODE(flows)                                                                                \
	"mobile_node { home_address = 2001:db8:100::100 home_agent = 2001:db8:100::1\n"            \
	"authentication = insecure-none link \"eth0\" { bid = 1 priority = 1 }\n"                  \
	"link \"wlan0\" { bid = 20 priority = 2 }\n"                                               \
	"link \"wwan0\" { bid = 3 priority = 3 metered = true probe = false }\n" flows "\n}\n"

static void assert_range(
	const struct policy_rule *rule, enum flow_field field, uint32_t first, uint32_t last)
{
	assert_true(rule->selector.given & FLOW_BIT(field));
	assert_int_equal(rule->selector.numbers[field - FLOW_ADDRESSES].first, first);
	assert_int_equal(rule->selector.numbers[field - FLOW_ADDRESSES].last, last);
}

static void assert_address(const struct in6_addr *address, const char *expected)
{
	char text[INET6_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET6, address, text, sizeof(text)), expected);
}

static void rules_are_read(void **state)
{
	struct config *config = read_good(
		NODE("flow \"voice\" { priority = 7 protocol = udp peer = 2001:db8:c::/48\n"
		     "peer_ports = 5060 own = 2001:db8:100::100 own_ports = 16384-32767\n"
		     "traffic_class = ef flow_label = 5-6 interface = br0\n"
		     "links = {wwan0, eth0} mode = smallest_delay delay_max = 150 loss_max = 2\n"
		     "rate_min = 64k unmetered = true strict = true }\n"
		     "flow \"tunnel\" { protocol = esp spi = 256-4294967295 links = {eth0, wlan0,\n"
		     "wwan0} mode = balance weights = {5, 3, 3} }\n"
		     "flow \"rest\" { }"));
	const struct config_mobile_node *host = &config->mobile_nodes[0];
	const struct policy_rule *voice = &host->flows[0].rule, *tunnel = &host->flows[1].rule,
				 *rest = &host->flows[2].rule;

	(void)state;
	assert_int_equal(host->flows_count, 3);
	assert_false(host->links[0].metered);
	assert_true(host->links[2].metered);
	assert_string_equal(host->flows[0].name, "voice");
	assert_string_equal(host->flows[0].interface, "br0");
	assert_int_equal(voice->number, 1);
	assert_int_equal(voice->preference, 7);
	assert_int_equal(voice->mode, POLICY_SMALLEST_DELAY);
	assert_int_equal(voice->selector.format, TRAFFIC_SELECTOR_IPV6);
	assert_true(traffic_selector_is_valid(&voice->selector));
	/* the peer is the source: a selector is that of packets to the mobile node */
	assert_address(&voice->selector.addresses[FLOW_SOURCE].first, "2001:db8:c::");
	assert_address(&voice->selector.addresses[FLOW_SOURCE].last,
		"2001:db8:c:ffff:ffff:ffff:ffff:ffff");
	assert_address(&voice->selector.addresses[FLOW_DESTINATION].first, "2001:db8:100::100");
	assert_address(&voice->selector.addresses[FLOW_DESTINATION].last, "2001:db8:100::100");
	assert_range(voice, FLOW_SOURCE_PORT, 5060, 5060);
	assert_range(voice, FLOW_DESTINATION_PORT, 16384, 32767);
	assert_range(voice, FLOW_PROTOCOL, 17, 17);
	assert_range(voice, FLOW_TRAFFIC_CLASS, 46 << 2, 46 << 2);
	assert_range(voice, FLOW_LABEL, 5, 6);
	assert_false(voice->selector.given & FLOW_BIT(FLOW_SPI));
	assert_true(voice->strict && voice->unmetered);
	assert_int_equal(voice->delay_max_us, 150000);
	assert_int_equal(voice->loss_max, 2);
	assert_int_equal(voice->rate_min, 64000);
	assert_int_equal(voice->links_count, 2);
	assert_int_equal(voice->links[0].bid, 3);
	assert_int_equal(voice->links[1].bid, 1);
	assert_int_equal(voice->links[1].weight, 1);
	assert_int_equal(tunnel->preference, 17);
	assert_range(tunnel, FLOW_SPI, 256, UINT32_MAX);
	assert_int_equal(tunnel->links[0].weight, 5);
	assert_int_equal(tunnel->links[1].bid, 20);
	assert_int_equal(tunnel->links[2].weight, 3);
	assert_int_equal(rest->number, 3);
	assert_int_equal(rest->preference, 27);
	assert_int_equal(rest->selector.given, 0);
	assert_int_equal(rest->selector.format, 0);
	assert_int_equal(rest->mode, POLICY_STANDBY);
	assert_int_equal(rest->links_count, 0);
	config_free(config);
}

static void every_mode_has_its_word(void **state)
{
	static const char *const words[] = {
#define MODE(name, text) text,
#include "../../../src/core/api/policy_modes.def"
#undef MODE
	};
	char text[1024];

	(void)state;
	for (unsigned int mode = 0; mode < POLICY_MODES; mode++) {
		snprintf(text, sizeof(text), NODE("flow \"a\" { mode = %s }"), words[mode]);
		struct config *config = read_good(text);
		assert_int_equal(config->mobile_nodes[0].flows[0].rule.mode, mode);
		config_free(config);
	}
}

static void errors_of_values_are_reported(void **state)
{
	(void)state;
	expect_errors(
		NODE("flow \"a\" { priority = 0 protocol = upd peer_ports = 70000\n"
		     "own_ports = 9-8 traffic_class = fe flow_label = -1 peer = 2001:db8::1/48\n"
		     "own = host rate_min = 5T weights = {0} mode = balanced linkz = {eth0} }"),
		"5: priority: not a number from 1 to 65535\n"
		"5: protocol: not a number from 0 to 255, nor a range, nor a name that is known; "
		"did "
		"you mean 'udp'?\n"
		"5: peer_ports: not a number from 0 to 65535, nor a range\n"
		"6: own_ports: the range ends before it begins\n"
		"6: traffic_class: not a number from 0 to 63, nor a range, nor a name that is "
		"known; "
		"did you mean 'le' or 'ef'?\n"
		"6: flow_label: not a number from 0 to 1048575, nor a range\n"
		"6: peer: bits set behind the prefix length\n"
		"7: own: neither an IPv6 address nor a prefix\n"
		"7: rate_min: not a rate: a number of bits a second, as 64k, 5M or 1G\n"
		"7: weights: not a number from 1 to 255\n"
		"7: mode: none of standby, smallest_delay, balance, priority, aggregate, "
		"redundant, "
		"reject, discard\n"
		"7: unknown keyword 'linkz'; did you mean 'links'?\n"
		"5: flow: weights without links\n"
		"5: flow: weights without mode = balance\n");
}

static void errors_of_a_block_are_reported(void **state)
{
	(void)state;
	expect_errors(NODE("flow \"a\" { links = {eth0,\nwlan1} }"),
		"5: flow: wlan1 is no link of this mobile_node block; did you mean 'wlan0'?\n");
	expect_errors(NODE("flow \"a\" { links = {eth0, wlan0} mode = balance weights = {1} }"),
		"5: flow: not as many weights as links\n");
	expect_errors(NODE("flow \"a\" { links = {eth0, wlan0} weights = {1, 2} }"),
		"5: flow: weights without mode = balance\n");
	expect_errors(NODE("flow \"a\" { mode = reject links = {eth0} }"),
		"5: flow: links or conditions with a mode that uses none\n");
	expect_errors(NODE("flow \"a\" { mode = discard unmetered = true }"),
		"5: flow: links or conditions with a mode that uses none\n");
	expect_errors(
		NODE("flow \"a\" { strict = true }"), "5: flow: strict without a condition\n");
	expect_errors(NODE("flow \"a\" { mode = aggregate links = {eth0} }"),
		"5: flow: one link only with a mode that uses several\n");
	expect_errors(NODE("flow \"a\" { protocol = icmpv6 own_ports = 5 }"),
		"5: flow: ports with a protocol that has none\n");
	expect_errors(NODE("flow \"a\" { protocol = tcp spi = 500 }"),
		"5: flow: spi with a protocol that has none\n");
	expect_errors(NODE("flow \"a\" { peer_ports = 4 spi = 500 }"),
		"5: flow: spi and ports: no packet has both\n");
	expect_errors(NODE("flow { protocol = tcp }"), "5: flow: the block's title is missing\n");
}

static void conditions_that_no_link_can_meet_are_errors(void **state)
{
	static const char text[] =
		"5: flow: strict, but none of its links can meet the conditions: "
		"all are metered, or are not probed\n";

	(void)state;
	expect_errors(NODE("flow \"a\" { links = {wwan0} unmetered = yes strict = yes }"), text);
	expect_errors(NODE("flow \"a\" { links = {wwan0} delay_max = 9 strict = yes }"), text);
	config_free(read_good(NODE("flow \"a\" { links = {wwan0} unmetered = yes }")));
	config_free(read_good(NODE("flow \"a\" { unmetered = yes delay_max = 9 strict = yes }")));
	config_free(read_good(NODE("flow \"a\" { links = {wwan0} rate_min = 1M strict = yes }")));
}

static void contradicting_blocks_are_errors(void **state)
{
	(void)state;
	expect_errors(NODE("flow \"a\" { protocol = tcp }\nflow \"a\" { protocol = udp }"),
		"6: flow: a second block for a, first in line 5\n");
	expect_errors(NODE("flow \"a\" { protocol = tcp }\n"
			   "flow \"b\" { protocol = udp priority = 10 }"),
		"6: flow: priority 10 is that of a in line 5\n");
	expect_errors(NODE("flow \"a\" { protocol = tcp }\n"
			   "flow \"b\" { protocol = tcp peer_ports = 80 }"),
		"6: flow: never matches, as a in line 5 selects the same and goes first\n");
	expect_errors(NODE("flow \"b\" { peer = 2001:db8:c::1 interface = br0 }\n"
			   "flow \"a\" { peer = 2001:db8:c::/64 priority = 1 }"),
		"5: flow: never matches, as a in line 6 selects the same and goes first\n");
	expect_errors(NODE("flow \"rest\" { }\nflow \"b\" { protocol = tcp }"),
		"6: flow: never matches, as rest in line 5 selects the same and goes first\n");
	expect_errors(NODE("flow \"a\" { priority = 65530 protocol = tcp }\n"
			   "flow \"b\" { protocol = udp }"),
		"6: flow: priority is missing: the block before has 65530\n");
	/* neither takes all of the other */
	config_free(
		read_good(NODE("flow \"a\" { peer_ports = 80-90 protocol = tcp }\n"
			       "flow \"b\" { peer_ports = 85-95 }\n"
			       "flow \"c\" { peer_ports = 80-90 protocol = udp interface = br0 }\n"
			       "flow \"d\" { protocol = 0-255 }\nflow \"e\" { }")));
}

static void so_many_blocks_are_taken(void **state)
{
	static char flows[1 << 14], text[1 << 15];

	(void)state;
	for (unsigned int i = 0; i <= RULES_MAX; i++) {
		size_t length = strlen(flows);

		if (i == RULES_MAX) {
			snprintf(text, sizeof(text), NODE("%s"), flows);
			struct config *config = read_good(text);
			assert_int_equal(config->mobile_nodes[0].flows_count, RULES_MAX);
			config_free(config);
		}
		snprintf(flows + length, sizeof(flows) - length,
			"flow \"f%u\" { peer_ports = %u }\n", i, i);
	}
	snprintf(text, sizeof(text), NODE("%s"), flows);
	expect_errors(text, "69: flow: more than 64 flow blocks\n");
}

static void receiving_links_are_read(void **state)
{
	struct config *config = read_good("load_balancing_option = 18\n" NODE(
		"flow \"a\" { mode = balance peer = 2001:db8:c::/64 links = {eth0}\n"
		"receive = {wlan0, wwan0} receive_weights = {3, 1} }"));
	const struct policy_rule *rule = &config->mobile_nodes[0].flows[0].rule;

	(void)state;
	assert_int_equal(rule->links_count, 1);
	assert_int_equal(rule->receive_count, 2);
	assert_int_equal(rule->receive[0].bid, 20);
	assert_int_equal(rule->receive[0].weight, 3);
	assert_int_equal(rule->receive[1].bid, 3);
	assert_int_equal(rule->receive[1].weight, 1);
	config_free(config);
	expect_errors(
		NODE("flow \"a\" { mode = balance links = {eth0, wlan0}\nreceive = {wwan0} }"),
		"6: flow: receive without load_balancing_option\n");
	expect_errors("load_balancing_option = 18\n" NODE(
			      "flow \"a\" { links = {eth0, wlan0} receive = {wwan0} }"),
		"6: flow: receive without mode = balance\n");
	expect_errors("load_balancing_option = 18\n" NODE(
			      "flow \"a\" { mode = balance\nreceive = {wwan0, wifi} }"),
		"7: flow: wifi is no link of this mobile_node block\n");
	expect_errors(
		"load_balancing_option = 18\n" NODE(
			"flow \"a\" { mode = balance receive = {wwan0} receive_weights = {1, 2} }"),
		"6: flow: not as many receive_weights as links in receive\n");
	expect_errors("load_balancing_option = 18\n" NODE(
			      "flow \"a\" { mode = balance protocol = tcp receive = {wwan0} }"),
		"6: flow: receive with a selector other than peer: the Load Balancing option is "
		"about "
		"all packets\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_read),
		cmocka_unit_test(receiving_links_are_read),
		cmocka_unit_test(every_mode_has_its_word),
		cmocka_unit_test(errors_of_values_are_reported),
		cmocka_unit_test(errors_of_a_block_are_reported),
		cmocka_unit_test(conditions_that_no_link_can_meet_are_errors),
		cmocka_unit_test(contradicting_blocks_are_errors),
		cmocka_unit_test(so_many_blocks_are_taken),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
