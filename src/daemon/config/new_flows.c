/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * new_flows blocks: which home address new flows of this host take (draft-montavont-mip6-mmi-02
 * 4.4). A block is checked where it ends; how it stands to others, when all are known.
 */
#include "reader.h"

#include "../../program/nearest.h"

#include <stdlib.h>
#include <string.h>

#define PRIORITY_STEP 10 /* room for a block between two */

#define GIVEN(keyword) (r->given[KEYWORD_##keyword] != 0)

static void set_selector(struct reader *r)
{
	struct new_flows *block = &r->new_flows;
	struct traffic_selector *selector = &block->config.selector;

	select_addresses(selector, FLOW_SOURCE, &block->peer);
	select_numbers(selector, FLOW_SOURCE_PORT, GIVEN(NEW_FLOWS_peer_ports), block->peer_ports);
	select_numbers(
		selector, FLOW_DESTINATION_PORT, GIVEN(NEW_FLOWS_own_ports), block->own_ports);
	select_numbers(selector, FLOW_PROTOCOL, GIVEN(NEW_FLOWS_protocol), block->protocol);
	if (selector->given != 0)
		selector->format = TRAFFIC_SELECTOR_IPV6;
	block->config.peer = block->peer.prefix;
	block->config.peer_length = block->peer.length;
}

/* Without a priority, the block comes behind the one before. */
static void set_priority(struct reader *r)
{
	unsigned int count = r->config.new_flows_count;
	uint32_t priority = PRIORITY_STEP;

	if (r->new_flows.config.priority != 0)
		return;
	if (count > 0)
		priority += r->all_new_flows[count - 1].config.priority;
	if (priority > UINT16_MAX)
		COMPLAIN_OF_BLOCK(r, "priority is missing: the block before has %u",
			r->all_new_flows[count - 1].config.priority);
	r->new_flows.config.priority = (uint16_t)priority;
}

void end_new_flows(struct reader *r)
{
	struct new_flows *block = &r->new_flows;

	if (block->config.name[0] == '\0')
		return; /* its title is wrong */
	if (r->config.new_flows_count == CONFIG_NEW_FLOWS_MAX) {
		COMPLAIN_OF_BLOCK(r, "more than %d blocks", CONFIG_NEW_FLOWS_MAX);
		return;
	}
	block->place = block->names_place = r->places[BLOCK_NEW_FLOWS];
	if (GIVEN(NEW_FLOWS_mobile_nodes))
		block->names_place.line = r->given[KEYWORD_NEW_FLOWS_mobile_nodes];
	set_selector(r);
	set_priority(r);
	r->all_new_flows[r->config.new_flows_count++] = *block;
}

/* ---- all blocks ---- */

static void set_mobile_nodes(struct reader *r, struct new_flows *block)
{
	for (unsigned int i = 0; i < block->mobile_nodes.count; i++) {
		const char *name = block->mobile_nodes.at[i];
		struct nearest nearest = nearest_to(name);
		const unsigned int m = mobile_node_named(&r->config, name, &nearest);

		if (m == MOBILE_NODES_MAX)
			complain(r, block->names_place,
				"new_flows: there is no mobile_node block %s%s", name,
				nearest_question(&nearest, "").text);
		else
			block->config.mobile_nodes[block->config.mobile_nodes_count++] = (uint8_t)m;
	}
}

static void compare(struct reader *r, const struct new_flows *block, const struct new_flows *before)
{
	const struct config_new_flows *one = &block->config, *other = &before->config;

	if (strcmp(one->name, other->name) == 0)
		complain(r, block->place, "new_flows: a second block for %s, first in line %d",
			one->name, before->place.line);
	else if (one->priority == other->priority)
		complain(r, block->place, "new_flows: priority %u is that of %s in line %d",
			one->priority, other->name, before->place.line);
	else if (one->priority > other->priority &&
		 selector_covers(&other->selector, &one->selector))
		complain(r, block->place,
			"new_flows: never matches, as %s in line %d selects the same and goes "
			"first",
			other->name, before->place.line);
	else if (one->priority < other->priority &&
		 selector_covers(&one->selector, &other->selector))
		complain(r, before->place,
			"new_flows: never matches, as %s in line %d selects the same and goes "
			"first",
			one->name, block->place.line);
}

/* A packet that has a home address or a care-of address already follows the rules of these. */
static void check_rule_priorities(struct reader *r)
{
	const struct config *config = &r->config;
	const uint32_t first = config->new_flows_rule_priority;
	const struct place place = r->all_new_flows[0].place;

	for (unsigned int m = 0; m < config->mobile_nodes_count; m++) {
		const struct config_mobile_node *host = &config->mobile_nodes[m];

		if (first <= host->rule_priority || first <= host->home_rule_priority)
			complain(r, place,
				"new_flows: new_flows_rule_priority %u is not behind rule_priority "
				"%u and home_rule_priority %u of the mobile_node block in line %d",
				first, host->rule_priority, host->home_rule_priority,
				r->mobile_node_places[m].line);
	}
}

static int by_priority(const void *left, const void *right)
{
	const struct config_new_flows *l = left, *r = right;

	return l->priority - r->priority;
}

void check_new_flows(struct reader *r)
{
	struct config *config = &r->config;

	for (unsigned int i = 0; i < config->new_flows_count; i++) {
		struct new_flows *block = &r->all_new_flows[i];

		set_mobile_nodes(r, block);
		for (unsigned int before = 0; before < i; before++)
			compare(r, block, &r->all_new_flows[before]);
		config->new_flows[i] = block->config;
	}
	if (config->new_flows_count == 0)
		return;
	check_rule_priorities(r);
	qsort(config->new_flows, config->new_flows_count, sizeof(config->new_flows[0]),
		by_priority);
}
