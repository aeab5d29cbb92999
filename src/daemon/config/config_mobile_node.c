/* SPDX-License-Identifier: BSD-2-Clause */
/* The mobile_node block, and the link blocks in it. */
#include "config_reader.h"

#include <stdio.h>
#include <string.h>

#define LIFETIME_DEFAULT 60
#define TABLE_BASE_DEFAULT 7000
#define RULE_PRIORITY_DEFAULT 7000
/* Before the usual priorities of others: from 100 on by hand, 1000 VRFs, 5210 and 32764 VPNs. */
#define HOME_RULE_PRIORITY_DEFAULT 10
#define BID_MAX UINT16_MAX
#define PRIORITY_MAX 127
#define MS_MAX 3600000

static bool set_home_address(const char *value, struct why *why)
{
	return value_address(value, &config_reader.mobile_node.home_address, why);
}

static bool set_home_agent(const char *value, struct why *why)
{
	return value_address(value, &config_reader.mobile_node.home_agent, why);
}

static bool set_lifetime(const char *value, struct why *why)
{
	return value_lifetime(value, LIFETIME_UNIT, &config_reader.mobile_node.lifetime, why);
}

static bool set_home_prefix(const char *value, struct why *why)
{
	struct mobile_node_config *node = &config_reader.mobile_node;

	return value_prefix(value, &node->home_prefix, &node->home_prefix_length, why);
}

static bool set_at_home(const char *value, struct why *why)
{
	static const char *const words[] = {
		[AT_HOME_BOTH] = "both",
		[AT_HOME_ONLY] = "home",
		[AT_HOME_VISITED] = "visited",
	};
	unsigned int which;

	if (!value_word(value, words, sizeof(words) / sizeof(words[0]), &which, why))
		return false;
	config_reader.mobile_node.at_home = (enum at_home)which;
	return true;
}

static bool set_mcoa(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.mobile_node.mcoa, why);
}

static bool set_bulk(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.mobile_node.bulk, why);
}

static bool set_probe(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.mobile_node.probe, why);
}

static bool set_bid_priority(const char *value, struct why *why)
{
	return value_bool(value, &config_reader.mobile_node.bid_priority, why);
}

static bool set_probe_idle_ms(const char *value, struct why *why)
{
	return value_number(value, 1, MS_MAX, &config_reader.mobile_node.probe_idle_ms, why);
}

static bool set_first_timeout_ms(const char *value, struct why *why)
{
	return value_number(value, 1, MS_MAX, &config_reader.mobile_node.first_timeout_ms, why);
}

static bool set_suspect_after_ms(const char *value, struct why *why)
{
	return value_number(value, 1, MS_MAX, &config_reader.mobile_node.suspect_after_ms, why);
}

static bool set_dead_after_ms(const char *value, struct why *why)
{
	return value_number(value, 1, MS_MAX, &config_reader.mobile_node.dead_after_ms, why);
}

/* Tables below 256 are the system's own; the last BID's table must still be a number. */
static bool set_table_base(const char *value, struct why *why)
{
	return value_number(value, 256, INT32_MAX - BID_MAX,
		&config_reader.config->mobile_nodes[0].table_base, why);
}

/* Rules 0, 32766 and 32767 are the kernel's: ours come between them. */
static bool set_rule_priority(const char *value, struct why *why)
{
	return value_number(
		value, 1, 32765, &config_reader.config->mobile_nodes[0].rule_priority, why);
}

static bool set_home_rule_priority(const char *value, struct why *why)
{
	return value_number(
		value, 1, 32765, &config_reader.config->mobile_nodes[0].home_rule_priority, why);
}

static bool set_bid(const char *value, struct why *why)
{
	uint32_t bid;

	/* RFC 5648 4.3: zero is no identifier */
	if (!value_number(value, 1, BID_MAX, &bid, why))
		return false;
	config_reader.link.bid = (uint16_t)bid;
	return true;
}

static bool set_priority(const char *value, struct why *why)
{
	uint32_t priority;

	/* RFC 6089 4.1: zero is reserved */
	if (!value_number(value, 1, PRIORITY_MAX, &priority, why))
		return false;
	config_reader.link.priority = (uint8_t)priority;
	return true;
}

static bool set_link_probe(const char *value, struct why *why)
{
	bool probe;

	if (!value_bool(value, &probe, why))
		return false;
	config_reader.link.probe = probe ? CONFIG_PROBE_ON : CONFIG_PROBE_OFF;
	return true;
}

const struct keyword config_mobile_node_keywords[] = {
	{"home_address", false, set_home_address},
	{"home_agent", false, set_home_agent},
	{"home_prefix", false, set_home_prefix},
	{"at_home", false, set_at_home},
	{"lifetime", false, set_lifetime},
	CONFIG_AUTHENTICATION_KEYWORDS,
	{"mcoa", false, set_mcoa},
	{"bulk", false, set_bulk},
	{"probe", false, set_probe},
	{"bid_priority", false, set_bid_priority},
	{"probe_idle_ms", false, set_probe_idle_ms},
	{"suspect_after_ms", false, set_suspect_after_ms},
	{"first_timeout_ms", false, set_first_timeout_ms},
	{"dead_after_ms", false, set_dead_after_ms},
	{"table_base", false, set_table_base},
	{"rule_priority", false, set_rule_priority},
	{"home_rule_priority", false, set_home_rule_priority},
	{NULL, false, NULL},
};

const struct keyword config_link_keywords[] = {
	{"bid", false, set_bid},
	{"priority", false, set_priority},
	{"probe", false, set_link_probe},
	{NULL, false, NULL},
};

static void add_link(const char *title, struct place place)
{
	struct config *config = config_reader.config;
	struct config_link *link = &config_reader.link;
	struct why why;
	unsigned int i;

	if (!value_interface(title, link->name, sizeof(link->name), &why)) {
		config_complain(place, "link: %s", why.text);
		return;
	}
	for (i = 0; i < config->mobile_nodes[0].links_count; i++) {
		const struct config_link *other = &config->mobile_nodes[0].links[i];

		if (strcmp(other->name, link->name) == 0)
			config_complain(place, "link: a second block for %s", link->name);
		if (link->bid != 0 && other->bid == link->bid)
			config_complain(place, "link: bid %u is that of %s already", link->bid,
				other->name);
	}
	if (config->mobile_nodes[0].links_count == BINDINGS_MAX)
		config_complain(place, "link: more than %d links", BINDINGS_MAX);
	else
		config->mobile_nodes[0].links[config->mobile_nodes[0].links_count++] = *link;
}

void config_mobile_node_defaults(void)
{
	struct mobile_node_config *node = &config_reader.mobile_node;

	config_reader.config->mobile_nodes[0].table_base = TABLE_BASE_DEFAULT;
	config_reader.config->mobile_nodes[0].rule_priority = RULE_PRIORITY_DEFAULT;
	config_reader.config->mobile_nodes[0].home_rule_priority = HOME_RULE_PRIORITY_DEFAULT;
	node->lifetime = LIFETIME_DEFAULT;
	node->mcoa = true;
	node->bulk = true;
	node->probe = true;
	node->bid_priority = true;
}

/* RFC 6275 11.4.1: with a home prefix, a home agent can be found. */
static void demand_home(const struct block *block)
{
	if (config_was_given(block, "home_prefix"))
		return;
	config_demand(block, "home_agent");
	if (config_was_given(block, "at_home"))
		config_complain(block->opened, "mobile_node: at_home without home_prefix");
}

int config_mobile_node_end(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &config_blocks[BLOCK_MOBILE_NODE];

	config_note_opening(block, cfg->line);
	config_take_role(ROLE_MOBILE_NODE, block->opened);
	config_demand(block, "home_address");
	demand_home(block);
	config_demand_authentication(block);
	config_reader.mobile_node.auth = config_reader.auth.auth;
	if (config_reader.config->mobile_nodes[0].links_count == 0)
		config_complain(block->opened, "mobile_node: no link");
	config_reset_authentication();
	return config_forget(block, option);
}

int config_link_end(cfg_t *cfg, cfg_opt_t *option)
{
	struct block *block = &config_blocks[BLOCK_LINK];

	config_note_opening(&config_blocks[BLOCK_MOBILE_NODE], config_reader.root->line);
	config_note_opening(block, cfg->line);
	config_demand(block, "bid");
	config_demand(block, "priority");
	add_link(config_last_title(option), block->opened);
	config_reader.link = (struct config_link){.bid = 0};
	return config_forget(block, option);
}

/* A link says otherwise than the mobile node's block: the core probes if any is to be probed. */
static void settle_probes(void)
{
	struct config *config = config_reader.config;
	bool any = false;
	unsigned int i;

	for (i = 0; i < config->mobile_nodes[0].links_count; i++) {
		struct config_link *link = &config->mobile_nodes[0].links[i];

		if (link->probe == CONFIG_PROBE_DEFAULT)
			link->probe = config_reader.mobile_node.probe ? CONFIG_PROBE_ON
								      : CONFIG_PROBE_OFF;
		any = any || link->probe == CONFIG_PROBE_ON;
	}
	config_reader.mobile_node.probe = any;
}

void config_mobile_node_finish(struct place place)
{
	const struct mobile_node_config *node = &config_reader.mobile_node;

	settle_probes();
	if (IN6_ARE_ADDR_EQUAL(&node->home_address, &node->home_agent) &&
		!IN6_IS_ADDR_UNSPECIFIED(&node->home_agent))
		config_complain(place, "mobile_node: home_address is that of home_agent");
	if (node->home_prefix_length != 0 && !IN6_IS_ADDR_UNSPECIFIED(&node->home_address) &&
		!prefix_contains(&node->home_prefix, node->home_prefix_length, &node->home_address))
		config_complain(place, "mobile_node: home_address outside home_prefix");
	if (node->suspect_after_ms != 0 && node->dead_after_ms != 0 &&
		node->dead_after_ms <= node->suspect_after_ms)
		config_complain(
			place, "mobile_node: dead_after_ms is not greater than suspect_after_ms");
	config_reader.config->core.mobile_nodes_count = 1;
	config_reader.config->mobile_nodes_count = 1;
	config_reader.config->core.mobile_nodes[0] = *node;
}
