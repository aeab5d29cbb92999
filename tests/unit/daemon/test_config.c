/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole configurations: what comes out of a right one, and every error of a wrong one. */
#include "config_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY "00112233445566778899aabbccddeeff"

#define AGENT                                                                                      \
	"home_agent {\n"                                                                           \
	"address = 2001:db8:100::1\n"                                                              \
	"home_prefix = 2001:db8:100::/64\n"                                                        \
	"interfaces = {core0}\n"

#define NODE                                                                                       \
	"mobile_node {\n"                                                                          \
	"home_address = 2001:db8:100::100\n"                                                       \
	"home_agent = 2001:db8:100::1\n"                                                           \
	"spi = 256\n"                                                                              \
	"key = \"" KEY "\"\n"

static void home_agent_is_read(void **state)
{
	struct config *config = read_good(
		"device = \"mip0\" /* a\n comment */ mtu = 1400\n" AGENT
		"lifetime_max = 600 refresh_interval = 40 mcoa = false bulk = no nodes_max = 5\n"
		"store = \"/srv/store.db\" store_durable = false\n"
		"mobile_node \"2001:db8:100::100\" { spi = 300 key = \"" KEY "\" replay = false\n"
		"  bindings_max = 3 }\n"
		"mobile_node 2001:db8:100::101 { authentication = insecure-none }\n"
		"}\n");
	const struct home_agent_config *agent = &config->core.home_agent;
	struct in6_addr address;

	(void)state;
	assert_string_equal(config->device, "mip0");
	assert_int_equal(config->mtu, 1400);
	assert_ptr_equal(config->core.dialect, &dialect_rfc5648);
	assert_true(config->core.is_home_agent);
	assert_int_equal(config->core.mobile_nodes_count, 0);
	assert_int_equal(config->interfaces_count, 1);
	assert_string_equal(config->interfaces[0], "core0");
	inet_pton(AF_INET6, "2001:db8:100::1", &address);
	assert_memory_equal(&agent->address, &address, sizeof(address));
	assert_int_equal(agent->home_prefix_length, 64);
	assert_int_equal(agent->lifetime_max, 600);
	assert_int_equal(agent->refresh_interval, 40);
	assert_false(agent->mcoa);
	assert_false(agent->bulk);
	assert_int_equal(config->nodes_max, 5);
	assert_string_equal(config->store.text, "/srv/store.db");
	assert_false(config->store_durable);
	assert_int_equal(config->nodes_count, 2);
	inet_pton(AF_INET6, "2001:db8:100::100", &address);
	assert_memory_equal(&config->nodes[0].home_address, &address, sizeof(address));
	assert_int_equal(config->nodes[0].auth.mode, AUTH_MODE_MN_HA);
	assert_int_equal(config->nodes[0].auth.spi, 300);
	assert_int_equal(config->nodes[0].auth.key_length, 16);
	assert_int_equal(config->nodes[0].auth.key[15], 0xff);
	assert_false(config->nodes[0].auth.replay);
	assert_int_equal(config->nodes[0].bindings_max, 3);
	/* nothing of the first node is left in the second */
	assert_int_equal(config->nodes[1].auth.mode, AUTH_MODE_INSECURE_NONE);
	assert_int_equal(config->nodes[1].auth.key_length, 0);
	assert_int_equal(config->nodes[1].auth.spi, 0);
	assert_int_equal(config->nodes[1].bindings_max, BINDINGS_DEFAULT);
	config_free(config);
}

/* RFC 4285 6: the timestamp belongs to its authentication. */
static void replay_follows_the_authentication(void **state)
{
	struct config *config = read_good(AGENT
		"mobile_node 2001:db8:100::101 { authentication = insecure-none }\n"
		"mobile_node 2001:db8:100::102 { spi = 300 key = \"" KEY "\" }\n"
		"mobile_node 2001:db8:100::103 { replay = no authentication = insecure-none }\n"
		"}\n");

	(void)state;
	assert_false(config->nodes[0].auth.replay);
	assert_true(config->nodes[1].auth.replay);
	assert_false(config->nodes[2].auth.replay);
	config_free(config);
	config = read_good(
		"mobile_node { home_address = 2001:db8:100::5 home_agent = 2001:db8:100::1\n"
		"authentication = insecure-none link a { bid = 1 priority = 1 } }\n");
	assert_false(config->core.mobile_nodes[0].auth.replay);
	config_free(config);
	expect_errors("mobile_node { home_address = 2001:db8:100::5 home_agent = 2001:db8:100::1\n"
		      "replay = true\nauthentication = insecure-none\n"
		      "link a { bid = 1 priority = 1 } }\n",
		"1: mobile_node: replay = true with authentication = insecure-none\n");
	expect_errors(AGENT "mobile_node 2001:db8:100::101 {\n"
			    "authentication = insecure-none replay = true }\n}\n",
		"5: mobile_node: replay = true with authentication = insecure-none\n");
}

static void mobile_node_is_read(void **state)
{
	struct config *config = read_good(NODE
		"lifetime = 120 probe = false bid_priority = false probe_idle_ms = 5000\n"
		"suspect_after_ms = 40 dead_after_ms = 100 table_base = 8000 rule_priority = 900\n"
		"home_rule_priority = 20\n"
		"link \"wlan0\" { bid = 1 priority = 2 }\n"
		"link wwan0 { priority = 127 bid = 65535 }\n"
		"}\ncontrol = /tmp/x keep_flows = on\n");
	const struct mobile_node_config *node = &config->core.mobile_nodes[0];

	(void)state;
	assert_false(config->core.is_home_agent);
	assert_int_equal(config->core.mobile_nodes_count, 1);
	assert_int_equal(config->mobile_nodes_count, 1);
	assert_string_equal(config->control.text, "/tmp/x");
	assert_true(config->keep_flows);
	assert_int_equal(node->lifetime, 120);
	assert_true(node->mcoa);
	assert_true(node->bulk);
	assert_false(node->probe);
	assert_false(node->bid_priority);
	assert_int_equal(node->probe_idle_ms, 5000);
	assert_int_equal(node->suspect_after_ms, 40);
	assert_int_equal(node->dead_after_ms, 100);
	assert_int_equal(node->auth.spi, 256);
	assert_true(node->auth.replay);
	assert_int_equal(config->mobile_nodes[0].table_base, 8000);
	assert_int_equal(config->mobile_nodes[0].rule_priority, 900);
	assert_int_equal(config->mobile_nodes[0].home_rule_priority, 20);
	assert_int_equal(config->mobile_nodes[0].links_count, 2);
	assert_string_equal(config->mobile_nodes[0].links[1].name, "wwan0");
	assert_int_equal(config->mobile_nodes[0].links[1].bid, 65535);
	assert_int_equal(config->mobile_nodes[0].links[1].priority, 127);
	config_free(config);
}

static void home_agent_with_a_home_link_is_read(void **state)
{
	struct config *config = read_good(AGENT
		"home_link = home0 only_router = true home_and_foreign = false dad_ms = 0\n"
		"lifetime_max = infinite refresh_request = false discovery = false\n"
		"prefix_advertisement = false prefix_advertisement_min = 3\n"
		"prefix_advertisement_max = 86400\n"
		"preference = 65535 home_prefix_valid = 86400 home_prefix_preferred = 14400\n"
		"mobile_node 2001:db8:100::100 { authentication = insecure-none mcoa = false\n"
		"  bulk = false verify = probe bindings_max = 8 }\n"
		"mobile_node 2001:db8:100::101 { authentication = insecure-none\n"
		"  verify = no_bulk }\n"
		"mobile_node 2001:db8:100::102 { authentication = insecure-none }\n"
		"}\n");
	const struct home_agent_config *agent = &config->core.home_agent;

	(void)state;
	assert_string_equal(config->home_link, "home0");
	assert_true(agent->home_link);
	/* signalling comes in by it too */
	assert_int_equal(config->interfaces_count, 2);
	assert_string_equal(config->interfaces[1], "home0");
	assert_true(agent->only_router);
	assert_false(agent->home_and_foreign);
	assert_int_equal(agent->dad_ms, 0);
	assert_true(agent->lifetime_max == SECONDS_INFINITE);
	assert_false(agent->refresh_request);
	assert_false(agent->discovery);
	assert_false(agent->prefix_advertisement);
	/* RFC 6275 13-1 */
	assert_int_equal(agent->advertisement_min_s, 3);
	assert_int_equal(agent->advertisement_max_s, 86400);
	assert_int_equal(agent->preference, 65535);
	assert_int_equal(config->home_prefix_valid, 86400);
	assert_int_equal(config->home_prefix_preferred, 14400);
	assert_true(config->nodes[0].mcoa_prohibited);
	assert_true(config->nodes[0].bulk_prohibited);
	assert_int_equal(config->nodes[0].verify, VERIFY_PROBE);
	assert_int_equal(config->nodes[0].bindings_max, 8);
	assert_int_equal(config->nodes[1].verify, VERIFY_NO_BULK);
	assert_int_equal(config->nodes[1].bindings_max, BINDINGS_DEFAULT);
	/* nothing of the ones before it is left in the third */
	assert_false(config->nodes[2].mcoa_prohibited);
	assert_false(config->nodes[2].bulk_prohibited);
	assert_int_equal(config->nodes[2].verify, VERIFY_OFF);
	config_free(config);
}

static void home_link_may_be_among_the_interfaces(void **state)
{
	struct config *config = read_good(AGENT "home_link = core0 }\n");

	(void)state;
	assert_int_equal(config->interfaces_count, 1);
	assert_string_equal(config->home_link, "core0");
	config_free(config);
}

static void mobile_node_that_goes_home_is_read(void **state)
{
	static const struct {
		const char *word;
		enum at_home at_home;
	} words[] = {
		{"", AT_HOME_BOTH},
		{"at_home = both", AT_HOME_BOTH},
		{"at_home = home", AT_HOME_ONLY},
		{"at_home = visited", AT_HOME_VISITED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[1024];
		struct config *config;

		snprintf(text, sizeof(text),
			NODE "home_prefix = 2001:db8:100::/64 lifetime = infinite %s\n"
			     "link a { bid = 1 priority = 1 } }\n",
			words[i].word);
		config = read_good(text);
		assert_int_equal(config->core.mobile_nodes[0].home_prefix_length, 64);
		assert_int_equal(config->core.mobile_nodes[0].home_prefix.s6_addr[5], 0);
		assert_int_equal(config->core.mobile_nodes[0].home_prefix.s6_addr[4], 1);
		assert_true(config->core.mobile_nodes[0].lifetime == SECONDS_INFINITE);
		assert_int_equal(config->core.mobile_nodes[0].at_home, words[i].at_home);
		config_free(config);
	}
}

/* RFC 6275 11.4.1 */
static void home_agent_may_be_found_by_the_home_prefix(void **state)
{
	struct config *config =
		read_good("mobile_node { home_address = 2001:db8::1 home_prefix = 2001:db8::/64\n"
			  "authentication = insecure-none link a { bid = 1 priority = 1 } }\n");

	(void)state;
	assert_true(IN6_IS_ADDR_UNSPECIFIED(&config->core.mobile_nodes[0].home_agent));
	config_free(config);
}

static void errors_of_home_are_reported(void **state)
{
	(void)state;
	expect_errors(AGENT "home_link = \"\" only_router = perhaps home_and_foreign = 2\n"
			    "dad_ms = 10001 refresh_request = maybe discovery = 7\n"
			    "preference = 65536 home_prefix_valid = 0\n"
			    "home_prefix_preferred = 4294967295 lifetime_max = forever\n"
			    "mobile_node 2001:db8:100::5 { authentication = insecure-none\n"
			    "mcoa = x bulk = x verify = on bindings_max = 9 }\n"
			    "}\n",
		"5: home_link: not an interface name of 1 to 15 characters\n"
		"5: only_router: neither true nor false\n"
		"5: home_and_foreign: neither true nor false\n"
		"6: dad_ms: not a number from 0 to 10000\n"
		"6: refresh_request: neither true nor false\n"
		"6: discovery: neither true nor false\n"
		"7: preference: not a number from 0 to 65535\n"
		"7: home_prefix_valid: not a number from 1 to 4294967294 or infinite\n"
		"8: home_prefix_preferred: not a number from 1 to 4294967294 or infinite\n"
		"8: lifetime_max: not a number from 4 to 262136 or infinite\n"
		"10: mcoa: neither true nor false\n"
		"10: bulk: neither true nor false\n"
		"10: verify: none of off, no_bulk, probe\n"
		"10: bindings_max: not a number from 1 to 8\n");
	expect_errors(AGENT "only_router = true home_and_foreign = true dad_ms = 5\n"
			    "home_prefix_valid = 100 }\n",
		"1: home_agent: only_router without home_link\n"
		"1: home_agent: home_and_foreign without home_link\n"
		"1: home_agent: dad_ms without home_link\n"
		"1: home_agent: home_prefix_preferred is greater than home_prefix_valid\n");
	expect_errors(NODE "home_prefix = 2001:db8:200::/64 at_home = often lifetime = 5\n"
			   "link a { bid = 1 priority = 1 } }\n",
		"6: at_home: none of both, home, visited\n"
		"6: lifetime: not a multiple of 4 seconds\n"
		"1: mobile_node: home_address outside home_prefix\n");
	expect_errors(NODE "at_home = both\nlink a { bid = 1 priority = 1 } }\n",
		"1: mobile_node: at_home without home_prefix\n");
	expect_errors("home_agent { address = 2001:db8::1 home_prefix = 2001:db8::/64\n"
		      "interfaces = {a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p}\n"
		      "home_link = q }\n",
		"1: home_agent: more than 16 interfaces in all, with home_link\n");
}

static void is_worth(const struct config_threshold *worth, const char *prefix, uint8_t length,
	bool never, uint64_t packets, uint64_t octets)
{
	struct in6_addr address;

	inet_pton(AF_INET6, prefix, &address);
	assert_memory_equal(&worth->prefix, &address, sizeof(address));
	assert_int_equal(worth->length, length);
	assert_int_equal(worth->never, never);
	assert_int_equal(worth->packets, packets);
	assert_int_equal(worth->octets, octets);
}

static void route_optimization_is_read(void **state)
{
	struct config *config = read_good(NODE
		"route_optimization { lifetime = 60 idle = 30 refused = 90 correspondents_max = 7\n"
		" prefix \"2001:db8:c::/48\" { after_packets = 1 after_octets = 1500 }\n"
		" prefix 2001:db8:c::1/128 { never = true }\n"
		" after_octets = 100000 }\n"
		"link a { bid = 1 priority = 1 } }\n");
	const struct route_optimization_config *routes =
		&config->core.mobile_nodes[0].route_optimization;

	(void)state;
	assert_true(routes->on);
	assert_int_equal(routes->lifetime, 60);
	assert_int_equal(routes->idle_s, 30);
	assert_int_equal(routes->refused_s, 90);
	assert_int_equal(routes->correspondents_max, 7);
	assert_int_equal(config->mobile_nodes[0].thresholds_count, 3);
	is_worth(&config->mobile_nodes[0].thresholds[0], "2001:db8:c::", 48, false, 1, 1500);
	is_worth(&config->mobile_nodes[0].thresholds[1], "2001:db8:c::1", 128, true, 0, 0);
	is_worth(&config->mobile_nodes[0].thresholds[2], "::", 0, false, 0, 100000);
	assert_false(config->core.corresponds);
	config_free(config);
}

static void route_optimization_is_off_unless_configured(void **state)
{
	struct config *config = read_good(NODE "link a { bid = 1 priority = 1 } }\n");

	(void)state;
	assert_false(config->core.mobile_nodes[0].route_optimization.on);
	assert_int_equal(config->mobile_nodes[0].thresholds_count, 0);
	config_free(config);
	config = read_good(NODE "route_optimization { }\nlink a { bid = 1 priority = 1 } }\n");
	assert_true(config->core.mobile_nodes[0].route_optimization.on);
	/* RFC 6275 12: MAX_RR_BINDING_LIFETIME */
	assert_int_equal(config->core.mobile_nodes[0].route_optimization.lifetime, 420);
	assert_int_equal(config->core.mobile_nodes[0].route_optimization.idle_s, 60);
	assert_int_equal(config->core.mobile_nodes[0].route_optimization.refused_s, 600);
	assert_int_equal(config->core.mobile_nodes[0].route_optimization.correspondents_max, 64);
	assert_int_equal(config->mobile_nodes[0].thresholds_count, 1);
	is_worth(&config->mobile_nodes[0].thresholds[0], "::", 0, false, 20, 0);
	config_free(config);
	config = read_good(
		NODE "route_optimization { never = yes prefix 2000::/3 { after_packets = 5 } }\n"
		     "link a { bid = 1 priority = 1 } }\n");
	assert_int_equal(config->mobile_nodes[0].thresholds_count, 2);
	is_worth(&config->mobile_nodes[0].thresholds[1], "::", 0, true, 0, 0);
	config_free(config);
}

static void errors_of_route_optimization_are_reported(void **state)
{
	(void)state;
	expect_errors(NODE "route_optimization {\n"
			   "lifetime = 424\n"
			   "lifetime = 6 idle = 0 refused = x correspondents_max = 4097\n"
			   "prefix 2001:db8::/129 { after_packets = 1 }\n"
			   "prefix ::/0 { after_packets = 1 }\n"
			   "prefix 2001:db8::/32 { }\n"
			   "prefix 2001:db8::/32 { never = true after_octets = 0 }\n"
			   "prefix\n2001:db8::/32 {\nafter_packets = 1 }\n"
			   "never = true after_packets = 3 bid = 2 }\n"
			   "route_optimization { }\n"
			   "link a { bid = 1 priority = 1 } }\n",
		"7: lifetime: not a number from 4 to 420\n"
		"8: lifetime: given twice in this block, first in line 7\n"
		"8: idle: not a number from 1 to 86400\n"
		"8: refused: not a number from 1 to 86400\n"
		"8: correspondents_max: not a number from 1 to 4096\n"
		"9: prefix: prefix length is not a number from 1 to 128\n"
		"10: prefix: prefix length is not a number from 1 to 128\n"
		"11: prefix: none of after_packets, after_octets, never\n"
		"12: after_octets: not a number from 1 to 4294967295\n"
		"12: prefix: never, but after_packets or after_octets too\n"
		"12: prefix: a second block for this prefix\n"
		"13: prefix: a second block for this prefix\n"
		"16: unknown keyword 'bid'; it belongs in a link block\n"
		"6: route_optimization: never, but after_packets or after_octets too\n"
		"17: route_optimization: a second block of this kind; the first is in line 6\n");
}

static void at_most_so_many_prefixes_are_taken(void **state)
{
	char text[8192];
	size_t length;

	(void)state;
	length = (size_t)snprintf(text, sizeof(text), "%s",
		NODE "link a { bid = 1 priority = 1 }\nroute_optimization {\n");
	for (int i = 0; i < CONFIG_THRESHOLDS_MAX; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
			"prefix 2001:db8:%x::/48 { never = true }\n", i);
	snprintf(text + length, sizeof(text) - length, "}\n}\n");
	expect_errors(text, "71: prefix: more than 63 prefixes\n");
}

static void correspondent_is_read(void **state)
{
	struct config *config = read_good(
		"correspondent { interfaces = {eth0, eth1} lifetime_max = 300 nodes_max = 5\n"
		"bindings_max = 8 mcoa = false refresh_request = false }\n");
	const struct correspondent_config *correspondent = &config->core.correspondent;

	(void)state;
	assert_false(config->core.is_home_agent);
	assert_int_equal(config->core.mobile_nodes_count, 0);
	assert_true(config->core.corresponds);
	assert_int_equal(config->interfaces_count, 2);
	assert_string_equal(config->interfaces[1], "eth1");
	assert_int_equal(correspondent->lifetime_max, 300);
	assert_int_equal(correspondent->nodes_max, 5);
	assert_int_equal(correspondent->bindings_max, 8);
	assert_false(correspondent->mcoa);
	assert_false(correspondent->refresh_request);
	config_free(config);
	config = read_good("correspondent { interfaces = {eth0} }\n");
	correspondent = &config->core.correspondent;
	/* RFC 6275 12: MAX_RR_BINDING_LIFETIME */
	assert_int_equal(correspondent->lifetime_max, 420);
	assert_int_equal(correspondent->nodes_max, 10000);
	assert_int_equal(correspondent->bindings_max, 4);
	assert_true(correspondent->mcoa);
	assert_true(correspondent->refresh_request);
	config_free(config);
}

static void mobile_node_may_correspond(void **state)
{
	struct config *config = read_good(
		"correspondent { nodes_max = 9 }\n" NODE "link a { bid = 1 priority = 1 } }\n");

	(void)state;
	assert_false(config->core.is_home_agent);
	assert_int_equal(config->core.mobile_nodes_count, 1);
	assert_int_equal(config->mobile_nodes_count, 1);
	assert_true(config->core.corresponds);
	assert_int_equal(config->core.correspondent.nodes_max, 9);
	config_free(config);
}

static void errors_of_correspondents_are_reported(void **state)
{
	(void)state;
	expect_errors("correspondent {\n"
		      "lifetime_max = 424 nodes_max = 0 bindings_max = 9 mcoa = x\n"
		      "interfaces = {eth0, eth0} refresh_request = x address = 2001:db8::1 }\n"
		      "correspondent { }\n",
		"2: lifetime_max: not a number from 4 to 420\n"
		"2: nodes_max: not a number from 1 to 1000000\n"
		"2: bindings_max: not a number from 1 to 8\n"
		"2: mcoa: neither true nor false\n"
		"3: interfaces: given twice in this list\n"
		"3: refresh_request: neither true nor false\n"
		"3: unknown keyword 'address'; it belongs in a home_agent block\n"
		"4: correspondent: a second block of this kind; the first is in line 1\n");
	expect_errors(
		"mtu = 1400\ncorrespondent { }\n", "2: correspondent: interfaces is missing\n");
	expect_errors(NODE "link a { bid = 1 priority = 1 } }\n"
			   "correspondent { interfaces = {eth0} }\n",
		"7: correspondent: interfaces beside a mobile_node block, whose links are used\n");
	expect_errors(
		"correspondent { interfaces = {} }\n", "1: correspondent: interfaces is missing\n");
}

static void no_store_has_no_path(void **state)
{
	struct config *config = read_good(AGENT "store = none\n}\n");

	(void)state;
	assert_string_equal(config->store.text, "");
	config_free(config);
	expect_errors(AGENT "store = some.db\n}\n", "5: store: not an absolute path\n");
}

static void defaults_are_those_of_the_manual(void **state)
{
	struct config *config = read_good(AGENT "}");

	(void)state;
	assert_string_equal(config->device, "monami0");
	assert_string_equal(config->control.text, "/run/monami/control");
	assert_string_equal(config->pin_directory.text, "/sys/fs/bpf/monami");
	assert_string_equal(config->store.text, "/var/lib/monami/home-agent.db");
	assert_true(config->store_durable);
	assert_int_equal(config->mtu, 0);
	assert_false(config->keep_flows);
	assert_int_equal(config->core.home_agent.lifetime_max, 300);
	assert_int_equal(config->core.home_agent.refresh_interval, 0);
	assert_int_equal(config->nodes_max, 1000);
	assert_string_equal(config->home_link, "");
	assert_false(config->core.home_agent.home_link);
	assert_false(config->core.home_agent.only_router);
	assert_true(config->core.home_agent.home_and_foreign);
	assert_int_equal(config->core.home_agent.dad_ms, 1000);
	assert_true(config->core.home_agent.refresh_request);
	assert_true(config->core.home_agent.discovery);
	assert_true(config->core.home_agent.prefix_advertisement);
	assert_int_equal(config->core.home_agent.preference, 0);
	assert_true(config->home_prefix_valid == SECONDS_INFINITE);
	assert_true(config->home_prefix_preferred == SECONDS_INFINITE);
	config_free(config);
	config = read_good(NODE "link a { bid = 1 priority = 1 } }");
	assert_int_equal(config->core.mobile_nodes[0].lifetime, 60);
	assert_int_equal(config->core.mobile_nodes[0].home_prefix_length, 0);
	assert_int_equal(config->core.mobile_nodes[0].probe_idle_ms, 0);
	assert_true(config->core.mobile_nodes[0].probe);
	assert_true(config->core.mobile_nodes[0].bid_priority);
	assert_int_equal(config->mobile_nodes[0].table_base, 7000);
	assert_int_equal(config->mobile_nodes[0].rule_priority, 7000);
	assert_int_equal(config->mobile_nodes[0].home_rule_priority, 10);
	config_free(config);
}

static void every_error_is_reported_with_its_line(void **state)
{
	(void)state;
	expect_errors("# a comment\n"
		      "colour = blue\n"
		      "flavour = sour\n"
		      "mtu = 100\n"
		      "home_agent {\n"
		      "address = ff02::1\n"
		      "home_prefix = 2001:db8:100::/64\n"
		      "interfaces = {core0, core0}\n"
		      "lifetime_max = 301\n"
		      "mobile_node \"2001:db8:100::100\" {\n"
		      "spi = 255\n"
		      "key = \"0011\"\n"
		      "}\n"
		      "mobile_node \"2001:db8:200::1\" { spi = 256 key = \"" KEY "\" }\n"
		      "mobile_node \"2001:db8:100::100\" {\n"
		      "key_file = \"/nonexistent\" key = \"" KEY "\"\n"
		      "}\n"
		      "mobile_node nonsense { authentication = insecure-none spi = 256 }\n"
		      "}\n",
		"2: unknown keyword 'colour'\n"
		"3: unknown keyword 'flavour'\n"
		"4: mtu: not a number from 1280 to 65535 or 0\n"
		"6: address: not a unicast routable address\n"
		"8: interfaces: given twice in this list\n"
		"9: lifetime_max: not a multiple of 4 seconds\n"
		"11: spi: not a number from 256 to 4294967295\n"
		"12: key: key is shorter than 16 octets\n"
		"16: key_file: /nonexistent: there is no such file; do: (umask 077 && openssl "
		"rand -hex 16 > /nonexistent) # and give the other side the same\n"
		"15: mobile_node: spi is missing\n"
		"15: mobile_node: both key and key_file\n"
		"15: mobile_node: the same home address as in line 10 of test.conf\n"
		"18: mobile_node: not an IPv6 address\n"
		"18: mobile_node: a key or spi with authentication = insecure-none\n"
		"14: mobile_node: home address outside home_prefix\n");
}

static void errors_of_links_are_reported(void **state)
{
	(void)state;
	expect_errors(NODE "link a { bid = 0 priority = 1 }\n"
			   "link b { bid = 2 priority = 0 }\n"
			   "link b { bid = 3 priority = 128 }\n"
			   "link c { bid = 2 priority = 1 }\n"
			   "link d { bid = 65536 }\n"
			   "link name_that_is_too_long { bid = 9 priority = 1 bid = 10 } }\n",
		"6: bid: not a number from 1 to 65535\n"
		"7: priority: not a number from 1 to 127\n"
		"8: priority: not a number from 1 to 127\n"
		"8: link: a second block for b\n"
		"9: link: bid 2 is that of b already\n"
		"10: bid: not a number from 1 to 65535\n"
		"10: link: priority is missing\n"
		"11: link: not an interface name of 1 to 15 characters\n"
		"11: bid: given twice in this block, first in line 11\n");
	expect_errors(NODE "link a { bid = 1 priority = 1 } link b { bid = 2 priority = 1 }\n"
			   "link c { bid = 3 priority = 1 } link d { bid = 4 priority = 1 }\n"
			   "link e { bid = 5 priority = 1 } link f { bid = 6 priority = 1 }\n"
			   "link g { bid = 7 priority = 1 } link h { bid = 8 priority = 1 }\n"
			   "link i { bid = 9 priority = 1 } }\n",
		"10: link: more than 8 links\n");
}

static void there_is_at_least_one_role(void **state)
{
	(void)state;
	expect_errors("", "0: the file is empty\n");
	expect_errors(
		"\n", "0: neither a home_agent nor a mobile_node nor a correspondent block\n");
	expect_errors(AGENT "}\n" AGENT "}\n",
		"6: home_agent: a second block of this kind; the first is in line 1\n");
	expect_errors("mobile_node {}", "1: mobile_node: home_address is missing\n"
					"1: mobile_node: home_agent is missing\n"
					"1: mobile_node: no link\n"
					"1: mobile_node: spi is missing\n"
					"1: mobile_node: neither key nor key_file\n");
	expect_errors("home_agent {}", "1: home_agent: address is missing\n"
				       "1: home_agent: home_prefix is missing\n"
				       "1: home_agent: interfaces is missing\n");
}

static void what_does_not_fit_together_is_reported(void **state)
{
	(void)state;
	expect_errors(AGENT "nodes_max = 1\n"
			    "mobile_node 2001:db8:100::1 { authentication = insecure-none }\n"
			    "mobile_node 2001:db8:100::2 { authentication = insecure-none }\n}",
		"6: mobile_node: home address is the home agent's own\n"
		"1: home_agent: nodes_max is 1, but there are 2 nodes\n");
	expect_errors("mobile_node { home_address = 2001:db8::1 home_agent = 2001:db8::1\n"
		      "authentication = insecure-none suspect_after_ms = 50 dead_after_ms = 50\n"
		      "link a { bid = 1 priority = 1 } }\n",
		"1: mobile_node: home_address is that of home_agent\n"
		"1: mobile_node: dead_after_ms is not greater than suspect_after_ms\n");
}

/* Wherever a key stands by mistake, no message repeats it. */
static void keys_are_never_repeated(void **state)
{
	static const char *const texts[] = {"key = \"" KEY "\"", "key \"" KEY "\"",
		"home_agent { \"" KEY "\" = 1 }", "home_agent { key = {\"" KEY "\"} }",
		"mobile_node { spi = \"" KEY "\" }",
		"mobile_node { key = \"" KEY KEY KEY KEY "aa\" }",
		"mobile_node { key = \"" KEY "zz\" }", "mobile_node \"" KEY "\" {}",
		"mobile_node { key_file = \"" KEY "\" }", "mobile_node { link \"" KEY "\" { } }",
		"include(\"" KEY "\")", "mobile_node { key = \"" KEY "\" \"" KEY "\" }",
		"mobile_node { home_address = \"" KEY "\" }", KEY " = " KEY, KEY " { }",
		"mobile_node { kee = " KEY " kee += " KEY " }"};
	struct config *config;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_not_equal(read_text(texts[i], &config), 0);
		assert_string_not_equal(errors, "");
		assert_null(strstr(errors, "99aabb"));
	}
}

#define NO_CALL(line) #line ": include: takes one file name in parentheses: include(\"FILE\")\n"
#define NO_ROLE "0: neither a home_agent nor a mobile_node nor a correspondent block\n"

static void broken_files_are_errors(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{"home_agent {\n", "1: home_agent: the block that begins here is not closed\n"},
		{AGENT "mobile_node 2001:db8:100::2 {\nspi = 256\n",
			"5: mobile_node: the block that begins here is not closed\n"
			"1: home_agent: the block that begins here is not closed\n"},
		{"mtu = 1400\ndevice = \"abc\n",
			"2: the quote that opens here is not closed\n" NO_ROLE},
		{"mtu = ", "1: mtu: the value is missing\n" NO_ROLE},
		{"mtu =\ndevice = a\n", "1: mtu: the value is missing\n" NO_ROLE},
		{"}", "1: a closing brace, but no block is open\n" NO_ROLE},
		{"mtu 5", "1: mtu: the equal sign is missing\n"
			  "1: mtu: not a number from 1280 to 65535 or 0\n" NO_ROLE},
		{"include = x", NO_CALL(1)},
		{"include()", NO_CALL(1)},
		{"device = \"\\400\"", "1: an unknown escape sequence\n" NO_ROLE},
		{"/* \n", "1: the comment is not closed where the file ends\n"
			  "0: neither a home_agent nor a mobile_node nor a correspondent block\n"},
		{"include(\"test.conf\")", "1: include: nested more than 8 deep, or in a circle\n"},
		{"include(\"nonexistent\")", "1: cannot be read: No such file or directory\n"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config;

		assert_int_not_equal(read_text(cases[i].text, &config), 0);
		assert_string_equal(errors, cases[i].expected);
	}
}

#define LINK "link wlan0 {\nbid = 1\npriority = 1\n"

/* The line that is named is the one to be mended, wherever the parser would have noticed. */
static void what_is_not_closed_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		/* a block that may not stand there, but in a block around it */
		{NODE LINK "link wlan1 {\nbid = 2\npriority = 2\n}\n}\n",
			"6: link: the block that begins here is not closed before 'link' in line "
			"9\n"},
		{NODE LINK "}\ncorrespondent {\n}\n",
			"1: mobile_node: the block that begins here is not closed before "
			"'correspondent' in line 10\n"},
		{AGENT "mobile_node 2001:db8:100::2 {\nspi = 256\nmobile_node \"2001:db8:100::3\" "
		       "{",
			"5: mobile_node: the block that begins here is not closed before "
			"'mobile_node' in line 7\n"
			"5: mobile_node: neither key nor key_file\n"
			"7: mobile_node: the block that begins here is not closed\n"
			"1: home_agent: the block that begins here is not closed\n"},
		{NODE "route_optimization {\nprefix \"::/0\" {\nafter_packets = 1\nlink wlan0 "
		      "{\n}\n}\n}\n",
			"7: prefix: prefix length is not a number from 1 to 128\n"
			"7: prefix: the block that begins here is not closed before 'link' in line "
			"9\n"
			"9: link: bid is missing\n9: link: priority is missing\n"},
		/* the last block: its brace is missing, not that of the block around it */
		{"mobile_node {\n\tlink wlan0 {\n\t\tbid = 1\n\t}\n\tlink wlan1 {\n\t\tbid = "
		 "2\n}\n",
			"2: link: priority is missing\n5: link: priority is missing\n"
			"5: link: the block that begins here is not closed\n"},
		{"mobile_node {\n\tlink wlan0 {\n\t\tbid = 1\n\t}\n\n",
			"2: link: priority is missing\n1: mobile_node: the block that begins here "
			"is not closed\n"},
		{"mobile_node {\n\tlink wlan0 {\n",
			"2: link: the block that begins here is not closed\n"
			"1: mobile_node: the block that begins here is not closed\n"},
		/* a comment's brace and quote are none */
		{"mobile_node { # }\n// \"\n",
			"1: mobile_node: the block that begins here is not closed\n"},
		/* lists */
		{"home_agent {\ninterfaces = {eth0, eth1\naddress = 2001:db8::1\n}\n",
			"2: the brace that opens here is not closed\n"
			"1: home_agent: home_prefix is missing\n"},
		{"home_agent {\ninterfaces = {eth0,\naddress = 2001:db8::1\n"
		 "home_prefix = 2001:db8::/64 }\n",
			"2: the brace that opens here is not closed\n"},
		{"correspondent { interfaces = {eth0 eth1} }\n",
			"1: interfaces: a comma is missing\n"},
		{"home_agent {\ninterfaces = {eth0\nmobile_node \"2001:db8::1\" {\n}\n}\n",
			"2: the brace that opens here is not closed\n"
			"3: mobile_node: spi is missing\n"
			"3: mobile_node: neither key nor key_file\n"
			"1: home_agent: address is missing\n"
			"1: home_agent: home_prefix is missing\n"},
		/* too many of them */
		{NODE LINK "}\n}\n}\nmtu = 1400\n",
			"11: a closing brace too many: the last block ended in line 10\n"},
		{NODE "}\n" LINK "}\n", "1: mobile_node: no link\n"
					"7: unknown block 'link'; it belongs in a mobile_node "
					"block; the last block ended in line 6\n"},
		{"link wlan0 {\n}\n" NODE LINK "}\n}\n",
			"1: unknown block 'link'; it belongs in a mobile_node block\n"},
		/* no opening brace */
		{NODE "link wlan0\nbid = 1\n}\n}\n",
			"6: link: the block's opening brace is missing\n"
			"6: link: priority is missing\n"},
		/* quotes */
		{"mobile_node {\nkey = \"" KEY "\nlink \"wlan0\" {\nbid = 1\n}\n}\n",
			"2: the quote that opens here is not closed\n"
			"3: link: priority is missing\n"
			"1: mobile_node: home_address is missing\n"
			"1: mobile_node: home_agent is missing\n"
			"1: mobile_node: spi is missing\n"},
		{NODE "link \"wlan0 {\nbid = 1\n}\n}\n",
			"6: the quote that opens here is not closed\n"
			"6: link: priority is missing\n"},
		{NODE "link 'wlan0 {\nbid = 1\n}\nlink 'wlan1' {\n}\n}\n",
			"6: the quote that opens here is not closed\n"
			"6: link: priority is missing\n"
			"9: link: bid is missing\n9: link: priority is missing\n"},
		/* parentheses */
		{"mtu = 1400\ninclude(\"a\"\n", NO_CALL(2)},
		{"include(\"a\" \"b\")\n", NO_CALL(1)},
		{"include(a,,)\n", NO_CALL(1)},
		{"include(a = b)\n", NO_CALL(1)},
		{"include(a*b)\n", NO_CALL(1)},
		{"home_agent {\ninclude(\"a\" }\n",
			NO_CALL(2) "1: home_agent: address is missing\n"
				   "1: home_agent: home_prefix is missing\n"
				   "1: home_agent: interfaces is missing\n"},
		{"include(\"a\", \"b\")\n", NO_CALL(1)},
		/* characters that nobody sees */
		{"\xef\xbb\xbf" NODE LINK "}\n}\n",
			"1: a byte order mark: save the file as UTF-8 without one\n"},
		{"mtu = 1400\nkey = \xe2\x80\x9c" KEY "\xe2\x80\x9d\n",
			"2: a typographic quote: write \"\n"
			"2: unknown keyword 'key'; it belongs in a mobile_node block\n" NO_ROLE},
		{"mtu\xc2\xa0= 1400\n", "1: a no-break space: write a space\n" NO_ROLE},
		/* unknown blocks: the rest is read */
		{"mobile_nod {\nkey = " KEY "\nx {\n}\n}\nmtuu = 1400\n",
			"1: unknown block 'mobile_nod'; did you mean 'mobile_node'?\n"
			"6: unknown keyword 'mtuu'; did you mean 'mtu'?\n"
			"0: neither a home_agent nor a mobile_node nor a correspondent block\n"},
		{"{\n}\n",
			"1: a brace opens here, but there is no block's name before it\n" NO_ROLE},
		{"mtu {\n}\n", "1: mtu: the equal sign is missing\n" NO_ROLE},
		{"a { b { c { d { e { f { g { h {",
			"1: unknown block 'a'\n1: the brace that opens here is not closed\n"},
		{"= 5\nmtu = 1400 )\n", "1: unexpected '='\n2: unexpected ')'\n" NO_ROLE},
		{KEY " {\n}\n" NODE LINK "}\n}\n", "1: unknown block\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config;

		assert_int_not_equal(read_text(cases[i].text, &config), 0);
		assert_string_equal(errors, cases[i].expected);
	}
}

/* Mistakes of the text do not hide those behind them. */
static void several_mistakes_of_the_text_are_reported(void **state)
{
	(void)state;
	expect_errors("mtu 1400\n"
		      "device = \"monami0\n"
		      "mobile_node {\n"
		      "\thome_address = 2001:db8:100::100\n"
		      "\thome_agent = 2001:db8:100::1\n"
		      "\tspi = 256 key = \"" KEY "\"\n"
		      "\tlink \"wlan0\" { bid = 1 priority = 1\n"
		      "\tlink \"wlan1\" { bid = 1 priority = = 1 }\n"
		      "}\n"
		      "}\n"
		      "correspondent { interfaces = {eth0 nodes_max = 0 }\n",
		"1: mtu: the equal sign is missing\n"
		"2: the quote that opens here is not closed\n"
		"7: link: the block that begins here is not closed before 'link' in line 8\n"
		"8: priority: the value is missing\n"
		"8: unexpected '='\n"
		"8: link: priority is missing\n"
		"8: link: bid 1 is that of wlan0 already\n"
		"11: the brace that opens here is not closed\n"
		"11: nodes_max: not a number from 1 to 1000000\n"
		"11: correspondent: interfaces beside a mobile_node block, whose links are used\n");
}

static void quoted_words_are_read(void **state)
{
	struct config *config;

	(void)state;
	setenv("MONAMI_TEST_NAME", "eth7", 1);
	config = read_good(
		"pin_directory = \"/a\\x41\\102\\tb\\\"c\" control = '/a\\n\\'b'\n"
		"device = ${MONAMI_TEST_NAME}\n"
		"correspondent { interfaces = {\"${MONAMI_TEST_NAME}\",\n'eth1',\n"
		"${MONAMI_TEST_NONE:-eth2},}\ninterfaces += {eth3} \"mcoa\" = \"no\" }\n");
	assert_string_equal(config->pin_directory.text, "/aAB\tb\"c");
	assert_string_equal(config->control.text, "/a\\n'b");
	assert_string_equal(config->device, "eth7");
	assert_int_equal(config->interfaces_count, 4);
	assert_string_equal(config->interfaces[0], "eth7");
	assert_string_equal(config->interfaces[2], "eth2");
	assert_false(config->core.correspondent.mcoa);
	config_free(config);
}

/* RFC 5648 6.2, RFC 4861 4.6.2: all ones is infinity */
static void lifetimes_may_be_infinite(void **state)
{
	struct config *config = read_good(AGENT "lifetime_max = infinite\n"
						"home_prefix_valid = infinite\n"
						"home_prefix_preferred = 4294967294 }\n");

	(void)state;
	assert_true(config->core.home_agent.lifetime_max == SECONDS_INFINITE);
	assert_true(config->home_prefix_valid == SECONDS_INFINITE);
	assert_true(config->home_prefix_preferred == 4294967294);
	config_free(config);
	expect_errors(AGENT "lifetime_max = Infinite refresh_interval = infinite\n"
			    "home_prefix_valid = 4294967295 }\n",
		"5: lifetime_max: not a number from 4 to 262136 or infinite\n"
		"5: refresh_interval: not a number from 0 to 262136\n"
		"6: home_prefix_valid: not a number from 1 to 4294967294 or infinite\n");
}

static void collect_columns(void *ctx, const struct config_error *error)
{
	int **next = ctx;

	*(*next)++ = error->line;
	*(*next)++ = error->column;
}

static void columns_are_told(void **state)
{
	static const char text[] =
		"mtu = 5\n\tcolour = blue\nhome_agent {\n\taddress = fe80::1\n}\n";
	int places[32] = {0}, *next = places;
	struct config *config;

	(void)state;
	assert_int_equal(config_read(write_file("test.conf", text, strlen(text)), collect_columns,
				 &next, &config),
		-EINVAL);
	static const int expected[] = {1, 7, 2, 2, 4, 12, 3, 1, 3, 1};
	assert_memory_equal(places, expected, sizeof(expected));
}

/* ---- several roles, and several mobile nodes ---- */

#define OTHER(name, number)                                                                        \
	"mobile_node " name " {\nhome_address = 2001:db8:" number "::100\n"                        \
	"home_agent = 2001:db8:" number "::1\nspi = 300 key = \"" KEY "\"\n"

static void several_mobile_nodes_are_read(void **state)
{
	struct config *config =
		read_good(OTHER("fleet", "200") "lifetime = 120\n" LINK "}\n}\n" OTHER("", "300")
				LINK "probe = no\n}\nlink eth0 { bid = 3 priority = 2 }\n"
				     "route_optimization { after_packets = 7 }\n}\n"
				     "correspondent { }\n" AGENT "}\n");

	(void)state;
	assert_true(config->core.is_home_agent);
	assert_true(config->core.corresponds);
	assert_int_equal(config->core.mobile_nodes_count, 2);
	assert_int_equal(config->mobile_nodes_count, 2);
	assert_string_equal(config->mobile_nodes[0].name, "fleet");
	assert_string_equal(config->mobile_nodes[1].name, "");
	assert_int_equal(config->core.mobile_nodes[0].lifetime, 120);
	/* nothing of the first is left in the second */
	assert_int_equal(config->core.mobile_nodes[1].lifetime, 60);
	assert_int_equal(config->core.mobile_nodes[1].home_address.s6_addr[4], 3);
	assert_int_equal(config->core.mobile_nodes[1].auth.key_length, 16);
	assert_true(config->core.mobile_nodes[0].probe);
	assert_int_equal(config->mobile_nodes[0].links_count, 1);
	assert_int_equal(config->mobile_nodes[1].links_count, 2);
	/* the link, its BID too, may be in several */
	assert_string_equal(config->mobile_nodes[0].links[0].name, "wlan0");
	assert_string_equal(config->mobile_nodes[1].links[0].name, "wlan0");
	assert_int_equal(config->mobile_nodes[0].links[0].probe, CONFIG_PROBE_ON);
	assert_int_equal(config->mobile_nodes[1].links[0].probe, CONFIG_PROBE_OFF);
	assert_int_equal(config->mobile_nodes[0].table_base, 7000);
	assert_int_equal(config->mobile_nodes[1].table_base, 7016);
	assert_int_equal(config->mobile_nodes[0].thresholds_count, 0);
	assert_int_equal(config->mobile_nodes[1].thresholds_count, 1);
	assert_int_equal(config->interfaces_count, 1);
	config_forget_keys(config);
	assert_int_equal(config->core.mobile_nodes[1].auth.key_length, 0);
	assert_int_equal(config->core.mobile_nodes[1].auth.key[1], 0);
	config_free(config);
	config = read_good(AGENT "}\ncorrespondent { interfaces = {core0, core1} }\n");
	assert_int_equal(config->interfaces_count, 2);
	assert_string_equal(config->interfaces[1], "core1");
	config_free(config);
}

static void mobile_nodes_that_contradict_each_other_are_errors(void **state)
{
	char text[8192] = "";

	(void)state;
	expect_errors(OTHER("a", "200") LINK "}\n}\n" OTHER("a", "200") LINK "}\n}\n",
		"10: mobile_node: the same home_address as in line 1 of test.conf\n"
		"10: mobile_node: the same name as in line 1 of test.conf\n");
	/* RFC 5648 4.1: a BID is unique for one home address */
	expect_errors(OTHER("", "200") "link a { bid = 1 priority = 1 }\n"
				       "link b { bid = 1 priority = 1 }\n}\n" OTHER("", "300") LINK
		"}\n}\n",
		"6: link: bid 1 is that of a already\n");
	/* routing tables: of a link and a home address, of two links, by default */
	expect_errors(OTHER("", "200") "link a { bid = 16 priority = 1 }\n}\n" OTHER("", "300") LINK
		"}\n}\n",
		"7: mobile_node: routing table 7016 (table_base and bid) is one of the block in "
		"line 1 of test.conf\n");
	expect_errors(OTHER("", "200") LINK
		"}\n}\n" OTHER("b", "300") "table_base = 6999\n"
					   "link a { bid = 2 priority = 1 }\n}\n",
		"10: mobile_node: routing table 7001 (table_base and bid) is one of the block in "
		"line 1 of test.conf\n");
	expect_errors(OTHER("", "200") LINK "}\n}\n" OTHER("", "300") "table_base = 7000\n" LINK
								      "}\n}\n",
		"10: mobile_node: routing table 7000 (table_base and bid) is one of the block in "
		"line 1 of test.conf\n");
	/* this host cannot be away from a home link that it serves itself */
	expect_errors(AGENT "}\n" NODE LINK "}\n}\n",
		"6: mobile_node: home_agent is this file's own\n"
		"6: mobile_node: home_address in the home_prefix of this file's home_agent\n");
	expect_errors(OTHER("\"a b\"", "200") LINK "}\n}\n" OTHER("\"2001:db8::1\"", "300") LINK
		"}\n}\n",
		"1: mobile_node: not a name of 1 to 31 letters, digits, '.', '_' and '-'\n"
		"10: mobile_node: not a name of 1 to 31 letters, digits, '.', '_' and '-'\n");
	expect_errors("home_agent x {\n}\n", "1: home_agent: this block has no title\n"
					     "1: home_agent: address is missing\n"
					     "1: home_agent: home_prefix is missing\n"
					     "1: home_agent: interfaces is missing\n");
	expect_errors(AGENT "mobile_node { authentication = insecure-none }\n}\n",
		"5: mobile_node: the block's title is missing\n");
	for (int i = 0; i <= MOBILE_NODES_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"mobile_node { home_address = 2001:db8:%d::2 home_agent = 2001:db8:%d::1 "
			"authentication = insecure-none link a { bid = 1 priority = 1 } }\n",
			i + 1, i + 1);
	expect_errors(text, "9: mobile_node: more than 8 blocks\n");
}

static void line_ends_of_another_system_are_read(void **state)
{
	struct config *config = read_good("mobile_node {\r\nhome_address = 2001:db8:100::100\r\n"
					  "home_agent = 2001:db8:100::1\r\nspi = 256\r\n"
					  "key = \"" KEY "\"\r\nlink \"wlan0\" {\r\n"
					  "bid = 1 # one\r\npriority = 1\r\n}\r\n}\r\n");

	(void)state;
	assert_string_equal(config->mobile_nodes[0].links[0].name, "wlan0");
	config_free(config);
	expect_errors("mtu = 1400\rmtu = 1500\r",
		"0: cannot be read: its lines end with CR alone, save it with LF\n");
	expect_errors("\xff\xfem\n", "0: cannot be read: it is UTF-16, save it as UTF-8\n");
	expect_errors("\xfe\xffm\n", "0: cannot be read: it is UTF-16, save it as UTF-8\n");
}

static void what_is_not_text_is_refused(void **state)
{
	static const char nul[] = "mtu = 1400\n\0mtu = 1400\n";
	struct config *config;
	unsigned int seed, i;
	char junk[4096];

	(void)state;
	errors[0] = '\0';
	assert_int_equal(
		config_read(write_file("nul", nul, sizeof(nul)), collect_error, NULL, &config),
		-EINVAL);
	assert_string_equal(errors, "0: cannot be read: it is not text (it holds a NUL)\n");
	errors[0] = '\0';
	assert_int_equal(config_read(directory, collect_error, NULL, &config), -EINVAL);
	assert_string_equal(errors, "0: cannot be read: it is a directory\n");
	assert_int_equal(config_read("/nonexistent", collect_error, NULL, &config), -ENOENT);
	for (seed = 1; seed < 200; seed++) {
		unsigned int random = seed * 2654435761u;

		for (i = 0; i < sizeof(junk); i++) {
			random = random * 1103515245u + 12345u;
			junk[i] = (char)(1 + (random >> 16) % (seed % 2 ? 126 : 255));
		}
		assert_true(config_read(write_file("junk", junk, sizeof(junk)), collect_error, NULL,
				    &config) < 0);
		errors[0] = '\0';
	}
}

static void included_files_have_their_own_lines(void **state)
{
	static const char nodes[] =
		"# nodes\nmobile_node 2001:db8:100::5 { authentication = insecure-none }\n"
		"mobile_node bad { authentication = insecure-none }\n";
	struct config *config;

	(void)state;
	write_file("nodes.conf", nodes, strlen(nodes));
	expect_errors(AGENT "include(nodes.conf)\nmobile_node worse {}\n}",
		"3: mobile_node: not an IPv6 address\n"
		"6: mobile_node: not an IPv6 address\n"
		"6: mobile_node: spi is missing\n"
		"6: mobile_node: neither key nor key_file\n");
	write_file("nodes.conf", nodes, strlen("# nodes\n"));
	config = read_good(AGENT "include(nodes.conf)\n}");
	config_free(config);
}

static void errors_are_bounded(void **state)
{
	static char text[1 << 17];
	unsigned int i;
	struct config *config;
	size_t length = 0;

	(void)state;
	for (i = 0; i < 5000; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "mtu = x\n");
	assert_int_equal(read_text(text, &config), -EINVAL);
	assert_non_null(strstr(errors, "1001: too many errors, the rest is not read\n"));
	assert_null(strstr(errors, "1002:"));
}

static void a_hundred_thousand_nodes_are_read(void **state)
{
	enum { NODES = 100000 };
	char *text;
	size_t room = NODES * 96 + 4096, length;
	struct config *config = NULL;
	int i;

	(void)state;
	text = malloc(room);
	assert_non_null(text);
	length = (size_t)snprintf(text, room, "%s", AGENT);
	for (i = 0; i < NODES; i++)
		length += (size_t)snprintf(text + length, room - length,
			"mobile_node 2001:db8:100::%x:%x { spi = %d key = \"" KEY "\" }\n",
			1 + i / 65536, i % 65536, 256 + i);
	snprintf(text + length, room - length, "}\n");
	config = read_good(text);
	assert_int_equal(config->nodes_count, NODES);
	assert_int_equal(config->nodes_max, NODES);
	assert_int_equal(config->nodes[NODES - 1].auth.spi, 256 + NODES - 1);
	config_free(config);
	free(text);
}

static void load_balancing_option_is_free(void **state)
{
	struct config *config = read_good("load_balancing_option = 18\n" AGENT "}\n");

	(void)state;
	assert_int_equal(config->core.load_balancing_option, 18);
	config_free(config);
	config = read_good(AGENT "}\n");
	assert_int_equal(config->core.load_balancing_option, 0);
	config_free(config);
	expect_errors(AGENT "}\nload_balancing_option = 35\n",
		"6: load_balancing_option: the number of another option: binding identifier\n");
	expect_errors("load_balancing_option = 1\n" AGENT "}\n",
		"1: load_balancing_option: not a number from 2 to 255\n");
	expect_errors("load_balancing_option = 256\n" AGENT "}\n",
		"1: load_balancing_option: not a number from 2 to 255\n");
	expect_errors("load_balancing_option = 18\n" NODE "link wifi0 { bid = 255 priority = 1 }\n"
		      "link lte0 { bid = 256 priority = 2 }\n}\n",
		"2: mobile_node: bid 256 is above 255, with load_balancing_option\n");
}

static void examples_are_right(void **state)
{
	static const char *const names[] = {"home-agent.conf", "home-agent-on-home-link.conf",
		"mobile-node.conf", "mobile-node-goes-home.conf", "mobile-node-optimizes.conf",
		"mobile-node-shares.conf", "several-roles.conf", "correspondent.conf"};
	const char *root = getenv("SOURCE_ROOT");
	char path[512];
	size_t i;

	(void)state;
	if (!root)
		skip();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct config *config;

		errors[0] = '\0';
		snprintf(path, sizeof(path), "%s/examples/%s", root, names[i]);
		assert_int_equal(config_read(path, collect_error, NULL, &config), 0);
		assert_string_equal(errors, "");
		config_free(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home_agent_is_read),
		cmocka_unit_test(replay_follows_the_authentication),
		cmocka_unit_test(mobile_node_is_read),
		cmocka_unit_test(home_agent_with_a_home_link_is_read),
		cmocka_unit_test(home_link_may_be_among_the_interfaces),
		cmocka_unit_test(mobile_node_that_goes_home_is_read),
		cmocka_unit_test(home_agent_may_be_found_by_the_home_prefix),
		cmocka_unit_test(errors_of_home_are_reported),
		cmocka_unit_test(defaults_are_those_of_the_manual),
		cmocka_unit_test(route_optimization_is_read),
		cmocka_unit_test(route_optimization_is_off_unless_configured),
		cmocka_unit_test(errors_of_route_optimization_are_reported),
		cmocka_unit_test(at_most_so_many_prefixes_are_taken),
		cmocka_unit_test(correspondent_is_read),
		cmocka_unit_test(mobile_node_may_correspond),
		cmocka_unit_test(errors_of_correspondents_are_reported),
		cmocka_unit_test(no_store_has_no_path),
		cmocka_unit_test(every_error_is_reported_with_its_line),
		cmocka_unit_test(errors_of_links_are_reported),
		cmocka_unit_test(there_is_at_least_one_role),
		cmocka_unit_test(what_does_not_fit_together_is_reported),
		cmocka_unit_test(keys_are_never_repeated),
		cmocka_unit_test(broken_files_are_errors),
		cmocka_unit_test(what_is_not_closed_is_named),
		cmocka_unit_test(several_mistakes_of_the_text_are_reported),
		cmocka_unit_test(quoted_words_are_read),
		cmocka_unit_test(lifetimes_may_be_infinite),
		cmocka_unit_test(columns_are_told),
		cmocka_unit_test(several_mobile_nodes_are_read),
		cmocka_unit_test(mobile_nodes_that_contradict_each_other_are_errors),
		cmocka_unit_test(line_ends_of_another_system_are_read),
		cmocka_unit_test(what_is_not_text_is_refused),
		cmocka_unit_test(included_files_have_their_own_lines),
		cmocka_unit_test(errors_are_bounded),
		cmocka_unit_test(a_hundred_thousand_nodes_are_read),
		cmocka_unit_test(examples_are_right),
		cmocka_unit_test(load_balancing_option_is_free),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
