/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flow blocks: the rules of a mobile node's policy. A block is checked where it ends; how it stands
 * to links and to other blocks, where the mobile_node block ends.
 */
#include "reader.h"

#include "../../program/nearest.h"

#include <netinet/in.h>
#include <string.h>

#define PRIORITY_STEP 10 /* room for a rule between two */
#define PROTOCOL_DCCP 33
#define PROTOCOL_UDPLITE 136

#define GIVEN(keyword) (r->given[KEYWORD_##keyword] != 0)

bool flow_needs_several(const struct flow *flow)
{
	return flow->config.rule.mode == POLICY_BALANCE ||
	       flow->config.rule.mode == POLICY_AGGREGATE ||
	       flow->config.rule.mode == POLICY_REDUNDANT;
}

bool flow_has_condition(const struct flow *flow)
{
	const struct policy_rule *rule = &flow->config.rule;

	return rule->unmetered || flow->delay_max_ms != 0 || rule->loss_max != 0 ||
	       rule->rate_min != 0;
}

bool flow_selects_some(const struct flow *flow)
{
	const struct number_range *const ranges[] = {&flow->peer_ports, &flow->own_ports,
		&flow->protocol, &flow->traffic_class, &flow->flow_label, &flow->spi};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i]->last != 0)
			return true;
	return flow->own.length != 0 || flow->config.interface[0] != '\0';
}

static bool is_among(const struct number_range *range, const uint8_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (range->first <= numbers[i] && numbers[i] <= range->last)
			return true;
	return false;
}

/* The value of `protocol` was an error. */
static bool is_unread(const struct flow *flow)
{
	return flow->protocol.last == 0;
}

bool protocol_has_ports(const struct number_range *protocol)
{
	static const uint8_t numbers[] = {
		IPPROTO_TCP, IPPROTO_UDP, PROTOCOL_DCCP, IPPROTO_SCTP, PROTOCOL_UDPLITE};

	return is_among(protocol, numbers, sizeof(numbers));
}

bool flow_has_ports(const struct flow *flow)
{
	return is_unread(flow) || protocol_has_ports(&flow->protocol);
}

bool flow_has_spi(const struct flow *flow)
{
	static const uint8_t numbers[] = {IPPROTO_ESP, IPPROTO_AH};

	return is_unread(flow) || is_among(&flow->protocol, numbers, sizeof(numbers));
}

/* ---- the end of a flow block ---- */

void select_addresses(
	struct traffic_selector *selector, enum flow_field field, const struct flow_prefix *prefix)
{
	struct address_range *range = &selector->addresses[field];

	if (prefix->length == 0)
		return;
	range->first = range->last = prefix->prefix;
	for (unsigned int bit = prefix->length; bit < 128; bit++)
		range->last.s6_addr[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	selector->given |= FLOW_BIT(field);
}

void select_numbers(struct traffic_selector *selector, enum flow_field field, bool given,
	struct number_range range)
{
	if (!given)
		return;
	selector->numbers[field - FLOW_ADDRESSES] = range;
	selector->given |= FLOW_BIT(field);
}

/* The peer is the source: a selector is that of packets to the mobile node. */
static void set_selector(struct reader *r)
{
	const struct flow *flow = &r->flow;
	struct traffic_selector *selector = &r->flow.config.rule.selector;
	/* the code point is the upper six bits of the octet */
	const struct number_range class = {
		flow->traffic_class.first << 2, flow->traffic_class.last << 2};

	select_addresses(selector, FLOW_SOURCE, &flow->peer);
	select_addresses(selector, FLOW_DESTINATION, &flow->own);
	select_numbers(selector, FLOW_SOURCE_PORT, GIVEN(FLOW_peer_ports), flow->peer_ports);
	select_numbers(selector, FLOW_DESTINATION_PORT, GIVEN(FLOW_own_ports), flow->own_ports);
	select_numbers(selector, FLOW_PROTOCOL, GIVEN(FLOW_protocol), flow->protocol);
	select_numbers(selector, FLOW_TRAFFIC_CLASS, GIVEN(FLOW_traffic_class), class);
	select_numbers(selector, FLOW_LABEL, GIVEN(FLOW_flow_label), flow->flow_label);
	select_numbers(selector, FLOW_SPI, GIVEN(FLOW_spi), flow->spi);
	if (selector->given != 0)
		selector->format = TRAFFIC_SELECTOR_IPV6;
}

/* Without a priority, the block comes behind the one before. */
static void set_preference(struct reader *r)
{
	unsigned int count = r->mobile.host.flows_count;
	uint32_t preference = PRIORITY_STEP;

	if (count > 0)
		preference += r->mobile.flows[count - 1].config.rule.preference;
	if (r->flow.priority != 0)
		preference = r->flow.priority;
	else if (preference > UINT16_MAX)
		COMPLAIN_OF_BLOCK(r, "priority is missing: the block before has %u",
			r->mobile.flows[count - 1].config.rule.preference);
	r->flow.config.rule.preference = (uint16_t)preference;
}

void end_flow(struct reader *r)
{
	struct flow *flow = &r->flow;
	unsigned int count = r->mobile.host.flows_count;

	if (flow->config.name[0] == '\0')
		return; /* its title is wrong */
	if (count == RULES_MAX) {
		COMPLAIN_OF_BLOCK(r, "more than %d flow blocks", RULES_MAX);
		return;
	}
	flow->place = flow->links_place = r->places[BLOCK_FLOW];
	flow->receive_place = flow->place;
	if (GIVEN(FLOW_links))
		flow->links_place.line = r->given[KEYWORD_FLOW_links];
	if (GIVEN(FLOW_receive))
		flow->receive_place.line = r->given[KEYWORD_FLOW_receive];
	set_selector(r);
	set_preference(r);
	flow->config.rule.number = (uint16_t)(count + 1);
	flow->config.rule.delay_max_us = flow->delay_max_ms * 1000;
	r->mobile.flows[count] = *flow;
	r->mobile.host.flows_count++;
}

/* ---- links ---- */

static const struct config_link *link_named(
	const struct config_mobile_node *host, const char *name, struct nearest *nearest)
{
	for (unsigned int i = 0; i < host->links_count; i++) {
		if (strcmp(host->links[i].name, name) == 0)
			return &host->links[i];
		nearest_offer(nearest, host->links[i].name);
	}
	return NULL;
}

/* Returns how many. */
static uint8_t set_links(struct reader *r, struct place place, const struct flow_links *links,
	const struct flow_weights *weights, struct policy_link *ret)
{
	uint8_t count = 0;

	for (unsigned int i = 0; i < links->count; i++) {
		struct nearest nearest = nearest_to(links->at[i]);
		const struct config_link *link =
			link_named(&r->mobile.host, links->at[i], &nearest);

		if (!link) {
			complain(r, place, "flow: %s is no link of this mobile_node block%s",
				links->at[i], nearest_question(&nearest, "").text);
			continue;
		}
		ret[count++] = (struct policy_link){
			.bid = link->bid,
			.weight = weights->count > i ? weights->at[i] : 1,
		};
	}
	return count;
}

static bool uses_link(const struct policy_rule *rule, const struct config_link *link)
{
	for (unsigned int i = 0; i < rule->links_count; i++)
		if (rule->links[i].bid == link->bid)
			return true;
	return rule->links_count == 0;
}

/* Delay and loss are measured by probes. */
static bool may_meet(const struct policy_rule *rule, const struct config_link *link, bool probed)
{
	bool measured =
		link->probe == CONFIG_PROBE_ON || (link->probe == CONFIG_PROBE_DEFAULT && probed);

	return (!rule->unmetered || !link->metered) &&
	       ((rule->delay_max_us == 0 && rule->loss_max == 0) || measured);
}

static void check_conditions(struct reader *r, const struct flow *flow)
{
	const struct config_mobile_node *host = &r->mobile.host;
	bool possible = host->links_count == 0;

	for (unsigned int i = 0; i < host->links_count; i++)
		possible = possible || (uses_link(&flow->config.rule, &host->links[i]) &&
					       may_meet(&flow->config.rule, &host->links[i],
						       r->mobile.node.probe));
	if (!possible && flow->config.rule.strict)
		complain(r, flow->place,
			"flow: strict, but none of its links can meet the conditions: all are "
			"metered, or are not probed");
}

/* ---- other flow blocks ---- */

bool selector_covers(const struct traffic_selector *a, const struct traffic_selector *b)
{
	if (a->given & ~b->given)
		return false;
	for (enum flow_field field = 0; field < FLOW_ADDRESSES; field++)
		if (a->given & FLOW_BIT(field) &&
			(memcmp(&a->addresses[field].first, &b->addresses[field].first, 16) > 0 ||
				memcmp(&a->addresses[field].last, &b->addresses[field].last, 16) <
					0))
			return false;
	for (unsigned int i = 0; i < FLOW_NUMBERS; i++)
		if (a->given & FLOW_BIT(i + FLOW_ADDRESSES) &&
			(a->numbers[i].first > b->numbers[i].first ||
				a->numbers[i].last < b->numbers[i].last))
			return false;
	return true;
}

static bool covers(const struct config_flow *wide, const struct config_flow *narrow)
{
	if (wide->interface[0] != '\0' && strcmp(wide->interface, narrow->interface) != 0)
		return false;
	return selector_covers(&wide->rule.selector, &narrow->rule.selector);
}

static void compare(struct reader *r, const struct flow *flow, const struct flow *before)
{
	const struct policy_rule *rule = &flow->config.rule, *other = &before->config.rule;

	if (strcmp(flow->config.name, before->config.name) == 0)
		complain(r, flow->place, "flow: a second block for %s, first in line %d",
			flow->config.name, before->place.line);
	else if (rule->preference == other->preference)
		complain(r, flow->place, "flow: priority %u is that of %s in line %d",
			rule->preference, before->config.name, before->place.line);
	else if (rule->preference > other->preference && covers(&before->config, &flow->config))
		complain(r, flow->place,
			"flow: never matches, as %s in line %d selects the same and goes first",
			before->config.name, before->place.line);
	else if (rule->preference < other->preference && covers(&flow->config, &before->config))
		complain(r, before->place,
			"flow: never matches, as %s in line %d selects the same and goes first",
			flow->config.name, flow->place.line);
}

void check_flows(struct reader *r)
{
	struct config_mobile_node *host = &r->mobile.host;

	for (unsigned int i = 0; i < host->flows_count; i++) {
		struct flow *flow = &r->mobile.flows[i];

		struct policy_rule *rule = &flow->config.rule;

		rule->links_count =
			set_links(r, flow->links_place, &flow->links, &flow->weights, rule->links);
		rule->receive_count = set_links(r, flow->receive_place, &flow->receive,
			&flow->receive_weights, rule->receive);
		check_conditions(r, flow);
		for (unsigned int before = 0; before < i; before++)
			compare(r, flow, &r->mobile.flows[before]);
		host->flows[i] = flow->config;
	}
}
