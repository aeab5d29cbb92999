/* SPDX-License-Identifier: BSD-2-Clause */
#include "new_flows.h"

#include "../base/log.h"

#include <string.h>

#define RULES_OF_BLOCK 2

static void complain(const struct config_new_flows *block, int error)
{
	if (error < 0)
		log_error("new_flows %s: rule: %s", block->name, strerror(-error));
}

static struct host_ports ports_of(const struct traffic_selector *selector, enum flow_field field)
{
	const struct number_range *range = &selector->numbers[field - FLOW_ADDRESSES];

	if (!(selector->given & FLOW_BIT(field)))
		return (struct host_ports){0, 0};
	return (struct host_ports){(uint16_t)range->first, (uint16_t)range->last};
}

/* Number `i` of the configuration. `local`: forwarded packets have a source. */
static struct host_rule rule_of(const struct config *config, unsigned int i)
{
	const struct config_new_flows *block = &config->new_flows[i];

	return (struct host_rule){
		.local = true,
		.destination = block->peer,
		.destination_length = block->peer_length,
		.protocol = (uint8_t)block->selector.numbers[FLOW_PROTOCOL - FLOW_ADDRESSES].first,
		.own_ports = ports_of(&block->selector, FLOW_DESTINATION_PORT),
		.peer_ports = ports_of(&block->selector, FLOW_SOURCE_PORT),
		.priority = config->new_flows_rule_priority + RULES_OF_BLOCK * i + 1,
	};
}

/* The place in the block's list; while none is usable, the first: its packets wait. */
static unsigned int preferred(
	const struct new_flows_rules *rules, const struct config_new_flows *block)
{
	for (unsigned int i = 0; i < block->mobile_nodes_count; i++)
		if (mobile_host_is_usable(&rules->hosts->at[block->mobile_nodes[i]]))
			return i;
	return 0;
}

static void lead_to(
	const struct new_flows_rules *rules, unsigned int i, unsigned int mobile_node, bool remove)
{
	const struct mobile_host *host = &rules->hosts->at[mobile_node];
	const struct config *config = host->basis->config;
	struct host_rule rule = rule_of(config, i);

	rule.table = host->config->table_base;
	complain(&config->new_flows[i], remove ? host_rule_remove(host->basis->host, &rule)
					       : host_rule_set(host->basis->host, &rule));
}

/*
 * Destinations that the main table has a route for, on links of this host, say, keep that, as
 * without any block. A block for named peers is for these, whatever routes there are.
 */
static void main_first(const struct daemon_basis *basis, unsigned int i)
{
	struct host_rule rule = rule_of(basis->config, i);

	if (rule.destination_length != 0)
		return;
	rule.specific = true;
	rule.table = TABLE_MAIN;
	rule.priority--;
	complain(&basis->config->new_flows[i], host_rule_set(basis->host, &rule));
}

/* Packets of the home agent itself have its address: they are no new flows. */
static void spare_home_agent(const struct daemon_basis *basis)
{
	const struct config *config = basis->config;
	const struct host_rule rule = {
		.source = config->core.home_agent.address,
		.source_length = 128,
		.local = true,
		.table = TABLE_MAIN,
		.priority = config->new_flows_rule_priority,
	};

	if (config->core.is_home_agent)
		complain(&config->new_flows[0], host_rule_set(basis->host, &rule));
}

void new_flows_start(struct new_flows_rules *rules, struct mobile_hosts *hosts)
{
	rules->hosts = hosts;
	if (hosts->count == 0 || hosts->at[0].basis->config->new_flows_count == 0)
		return;
	const struct daemon_basis *basis = hosts->at[0].basis;
	spare_home_agent(basis);
	for (unsigned int i = 0; i < basis->config->new_flows_count; i++) {
		const struct config_new_flows *block = &basis->config->new_flows[i];

		main_first(basis, i);
		rules->chosen[i] = block->mobile_nodes[preferred(rules, block)];
		lead_to(rules, i, rules->chosen[i], false);
	}
}

/* The new rule first: between the two, no new flow finds none. */
void new_flows_follow(struct new_flows_rules *rules)
{
	if (!rules->hosts || rules->hosts->count == 0)
		return;
	const struct config *config = rules->hosts->at[0].basis->config;
	for (unsigned int i = 0; i < config->new_flows_count; i++) {
		const struct config_new_flows *block = &config->new_flows[i];
		const unsigned int before = rules->chosen[i];
		const unsigned int now = block->mobile_nodes[preferred(rules, block)];

		if (now == before)
			continue;
		lead_to(rules, i, now, false);
		lead_to(rules, i, before, true);
		rules->chosen[i] = now;
		log_info("new_flows %s: home address of %s", block->name,
			config->mobile_nodes[now].name);
	}
}

void new_flows_add_own(const struct config *config, struct host_own *own)
{
	if (config->new_flows_count == 0)
		return;
	own->first_to_main = config->new_flows_rule_priority;
	own->last_to_main =
		config->new_flows_rule_priority + RULES_OF_BLOCK * config->new_flows_count;
}

bool new_flows_choose(const struct new_flows_rules *rules, const struct flow_key *key,
	struct new_flows_choice *ret)
{
	const struct config *config = rules->hosts->at[0].basis->config;

	*ret = (struct new_flows_choice){.block = NULL};
	for (unsigned int i = 0; i < config->new_flows_count && !ret->block; i++) {
		const struct config_new_flows *block = &config->new_flows[i];

		if (!traffic_selector_matches(&block->selector, key))
			continue;
		ret->block = block;
		ret->mobile_node = rules->chosen[i];
		while (block->mobile_nodes[ret->passed_over] != ret->mobile_node)
			ret->passed_over++;
	}
	/* the default route names the first home address (home_address.c) */
	return ret->block || !config->core.is_home_agent;
}
