/* SPDX-License-Identifier: BSD-2-Clause */
/* new_flows blocks and links through other mobile nodes: what comes of right ones, and every error
 * of a wrong one. */
#include "config_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NODE(name, number)                                                                         \
	"mobile_node \"" name "\" { home_address = 2001:db8:" number                               \
	"::100 home_agent = 2001:db8:" number                                                      \
	"::1 authentication = insecure-none link \"eth0\" { bid = 1 priority = 1 } }\n"
/* Line 3 is the first of `blocks`. */
#define NODES(blocks) NODE("one", "100") NODE("two", "200") blocks

static const struct number_range *numbers(
	const struct config_new_flows *block, enum flow_field field)
{
	assert_true(block->selector.given & FLOW_BIT(field));
	return &block->selector.numbers[field - FLOW_ADDRESSES];
}

/* In the order of priorities, whatever their order in the file. */
static void blocks_are_read(void **state)
{
	struct config *config = NULL;
	const char *text =
		NODES("new_flows \"mail\" { protocol = tcp peer_ports = 25 own_ports = 7-9\n"
		      "peer = 2001:db8:c::/48 mobile_nodes = {two, one} }\n"
		      "new_flows \"rest\" { mobile_nodes = {one} }\n"
		      "new_flows \"first\" { priority = 3 protocol = 50 mobile_nodes = {two} }\n");

	(void)state;
	assert_int_equal(read_text(text, &config), 0);
	assert_string_equal(errors, "");
	assert_int_equal(config->new_flows_rule_priority, 7100);
	assert_int_equal(config->new_flows_count, 3);
	const struct config_new_flows *first = &config->new_flows[0], *mail = &config->new_flows[1],
				      *rest = &config->new_flows[2];
	assert_string_equal(first->name, "first");
	assert_int_equal(first->priority, 3);
	assert_int_equal(numbers(first, FLOW_PROTOCOL)->first, 50);
	assert_int_equal(first->mobile_nodes_count, 1);
	assert_int_equal(first->mobile_nodes[0], 1);
	assert_string_equal(mail->name, "mail");
	assert_int_equal(mail->priority, 10);
	assert_int_equal(mail->peer_length, 48);
	assert_int_equal(mail->peer.s6_addr[5], 0xc);
	/* the peer is the source: a selector is that of packets to the mobile node */
	assert_int_equal(numbers(mail, FLOW_SOURCE_PORT)->first, 25);
	assert_int_equal(numbers(mail, FLOW_DESTINATION_PORT)->last, 9);
	assert_int_equal(mail->mobile_nodes_count, 2);
	assert_int_equal(mail->mobile_nodes[0], 1);
	assert_int_equal(mail->mobile_nodes[1], 0);
	assert_string_equal(rest->name, "rest");
	assert_int_equal(rest->priority, 20);
	assert_int_equal(rest->selector.given, 0);
	config_free(config);
}

static void errors_of_a_block_are_reported(void **state)
{
	(void)state;
	expect_errors(NODES("new_flows \"a\" { }\n"), "3: new_flows: mobile_nodes is missing\n");
	expect_errors(NODES("new_flows \"a\" {\nprotocol = udp\nmobile_nodes = {one,\ntow} }\n"),
		"5: new_flows: there is no mobile_node block tow; did you mean 'two'?\n");
	expect_errors(NODES("new_flows \"a\" { mobile_nodes = {one} peer_ports = 25 }\n"),
		"3: new_flows: ports without protocol\n");
	expect_errors(NODES("new_flows \"a\" { mobile_nodes = {one} own_ports = 25 protocol = "
			    "icmpv6 }\n"),
		"3: new_flows: ports with a protocol that has none\n");
	expect_errors(NODES("new_flows \"a\" { mobile_nodes = {one} protocol = 6-17 }\n"),
		"3: new_flows: protocol is a range: a routing rule has one protocol\n");
	expect_errors(NODES("new_flows \"a\" { mobile_nodes = {one, one} }\n"),
		"3: mobile_nodes: given twice in this list\n");
	expect_errors(NODES("new_flows \"a\" { mobile_nodes = {one} traffic_class = ef }\n"),
		"3: unknown keyword 'traffic_class'; it belongs in a flow block\n");
}

static void blocks_without_room_are_errors(void **state)
{
	char text[4096] = NODES("");
	char expected[256];
	int first = 3;

	(void)state;
	expect_errors(
		NODES("new_flows \"a\" { priority = 65526 protocol = tcp mobile_nodes = {one} }\n"
		      "new_flows \"b\" { protocol = udp mobile_nodes = {one} }\n"),
		"4: new_flows: priority is missing: the block before has 65526\n");
	for (int i = 0; i <= CONFIG_NEW_FLOWS_MAX; i++) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length,
			"new_flows \"n%d\" { protocol = %d mobile_nodes = {one} }\n", i, i + 1);
	}
	snprintf(expected, sizeof(expected), "%d: new_flows: more than %d blocks\n",
		first + CONFIG_NEW_FLOWS_MAX, CONFIG_NEW_FLOWS_MAX);
	expect_errors(text, expected);
}

static void contradicting_blocks_are_errors(void **state)
{
	(void)state;
	expect_errors(NODES("new_flows \"a\" { protocol = tcp mobile_nodes = {one} }\n"
			    "new_flows \"a\" { protocol = udp mobile_nodes = {one} }\n"),
		"4: new_flows: a second block for a, first in line 3\n");
	expect_errors(
		NODES("new_flows \"a\" { priority = 5 protocol = tcp mobile_nodes = {one} }\n"
		      "new_flows \"b\" { priority = 5 protocol = udp mobile_nodes = {one} }\n"),
		"4: new_flows: priority 5 is that of a in line 3\n");
	expect_errors(NODES("new_flows \"a\" { mobile_nodes = {one} }\n"
			    "new_flows \"b\" { protocol = udp mobile_nodes = {two} }\n"),
		"4: new_flows: never matches, as a in line 3 selects the same and goes first\n");
	expect_errors(NODES("new_flows \"a\" { protocol = udp mobile_nodes = {one} }\n"
			    "new_flows \"b\" { priority = 1 mobile_nodes = {two} }\n"),
		"3: new_flows: never matches, as b in line 4 selects the same and goes first\n");
}

/* Packets that have an address follow the rules of that address: these come before. */
static void priorities_of_rules_are_checked(void **state)
{
	(void)state;
	expect_errors(
		NODES("new_flows \"a\" { mobile_nodes = {one} }\nnew_flows_rule_priority = 7000\n"),
		"3: new_flows: new_flows_rule_priority 7000 is not behind rule_priority 7000 and "
		"home_rule_priority 10 of the mobile_node block in line 1\n"
		"3: new_flows: new_flows_rule_priority 7000 is not behind rule_priority 7000 and "
		"home_rule_priority 10 of the mobile_node block in line 2\n");
	expect_errors("mobile_node \"one\" { home_address = 2001:db8:100::100\n"
		      "home_agent = 2001:db8:100::1 authentication = insecure-none\n"
		      "home_rule_priority = 8000 link \"eth0\" { bid = 1 priority = 1 } }\n"
		      "new_flows \"a\" { mobile_nodes = {one} }\n",
		"4: new_flows: new_flows_rule_priority 7100 is not behind rule_priority 7000 and "
		"home_rule_priority 8000 of the mobile_node block in line 1\n");
}

#define THROUGH(name, number, through)                                                             \
	"mobile_node \"" name "\" { home_address = 2001:db8:" number                               \
	"::100 home_agent = 2001:db8:" number                                                      \
	"::1 authentication = insecure-none link \"eth0\" { bid = 1 priority = 1 }\n"              \
	"link \"monami0\" { bid = 2 priority = 2 through = " through " } }\n"

/* Two lines each; the link is in the second. */
static void links_through_another_mobile_node(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_int_equal(read_text(THROUGH("one", "100", "two") NODE("two", "200"), &config), 0);
	assert_string_equal(errors, "");
	assert_string_equal(config->mobile_nodes[0].links[1].through, "two");
	assert_true(config_leads_through(config));
	config_free(config);
	expect_errors(THROUGH("one", "100", "one") NODE("two", "200"),
		"2: link: a loop: the tunnel of one leads through that of this block\n");
	expect_errors(THROUGH("one", "100", "two") THROUGH("two", "200", "one"),
		"2: link: a loop: the tunnel of two leads through that of this block\n"
		"4: link: a loop: the tunnel of one leads through that of this block\n");
	expect_errors(THROUGH("one", "100", "two") THROUGH("two", "200", "three")
			      THROUGH("three", "300", "one"),
		"2: link: a loop: the tunnel of two leads through that of this block\n"
		"4: link: a loop: the tunnel of three leads through that of this block\n"
		"6: link: a loop: the tunnel of one leads through that of this block\n");
	expect_errors(THROUGH("one", "100", "two") THROUGH("two", "200", "three")
			      NODE("three", "300"),
		"2: link: the tunnel of two leads through another one itself: not more than two\n");
	expect_errors(THROUGH("one", "100", "tow") NODE("two", "200"),
		"2: link: there is no mobile_node block tow; did you mean 'two'?\n");
	expect_errors("device = tun7\n" THROUGH("one", "100", "two") NODE("two", "200"),
		"3: link: through another mobile node, but not named tun7 as the device\n");
	expect_errors("device = eth0\n" NODES(""),
		"2: mobile_node: link eth0 is the device, but has no through\n"
		"3: mobile_node: link eth0 is the device, but has no through\n");
	expect_errors(
		"mobile_node { home_address = 2001:db8:200::101 home_agent = 2001:db8:200::1\n"
		"authentication = insecure-none link \"monami0\" { bid = 2 priority = 2 through = "
		"two } }\n" NODE("two", "200"),
		"2: link: two has the same home agent, which does not bind a home address of its "
		"own prefix\n");
}

#define REDIRECTED(how, more, link)                                                                \
	"mobile_node { home_address = 2001:db8:100::100 home_agent = 2001:db8:100::1\n"            \
	"authentication = insecure-none redirected_flows = " how " " more                          \
	"\nlink \"eth0\" { bid = 1 priority = 1 " link " } }\n"

static void redirected_flows_are_read(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_int_equal(read_text(REDIRECTED("reject", "", "redirection = true"), &config), 0);
	assert_int_equal(config->mobile_nodes[0].redirected_flows, REDIRECTED_REJECT);
	assert_true(config->mobile_nodes[0].links[0].redirection);
	config_free(config);
	assert_int_equal(
		read_text(REDIRECTED("optimize", "route_optimization { }", "redirection = true"),
			&config),
		0);
	assert_int_equal(config->mobile_nodes[0].redirected_flows, REDIRECTED_OPTIMIZE);
	config_free(config);
	assert_int_equal(read_text(REDIRECTED("accept", "", ""), &config), 0);
	config_free(config);
	expect_errors(REDIRECTED("optimize", "", "redirection = true"),
		"1: mobile_node: redirected_flows = optimize without a route_optimization block\n");
	expect_errors(REDIRECTED("reject", "", ""),
		"1: mobile_node: redirected_flows, but no link has redirection or through\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_read),
		cmocka_unit_test(errors_of_a_block_are_reported),
		cmocka_unit_test(blocks_without_room_are_errors),
		cmocka_unit_test(contradicting_blocks_are_errors),
		cmocka_unit_test(priorities_of_rules_are_checked),
		cmocka_unit_test(links_through_another_mobile_node),
		cmocka_unit_test(redirected_flows_are_read),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
