/* SPDX-License-Identifier: BSD-2-Clause */
#include "rule.h"

struct effect_traffic rule_to(uint32_t subject, uint16_t number, uint16_t preference, uint16_t bid)
{
	return (struct effect_traffic){
		.subject = subject,
		.rule = number,
		.preference = preference,
		.mode = TRAFFIC_FIRST,
		.count = 1,
		.selector = {.format = TRAFFIC_SELECTOR_IPV6},
		.set = {{.tunnel = ranked_number(bid), .tier = 1, .weight = 1}},
	};
}

void rule_give(struct effect_traffic *rule, enum flow_field field, uint32_t first, uint32_t last)
{
	rule->selector.given |= (uint16_t)FLOW_BIT(field);
	rule->selector.numbers[field - FLOW_ADDRESSES] = (struct number_range){first, last};
}

void rule_three_to_one(struct effect_traffic *rule, uint16_t bid)
{
	rule->count = 2;
	rule->set[0].weight = 3;
	rule->set[1] = (struct traffic_share){ranked_number(bid), 1, 1};
}

void rule_set(const struct effect_traffic *rule)
{
	assert_int_equal(dataplane_traffic_set(bench.plane, rule), 0);
	assert_int_equal(dataplane_publish_rules(bench.plane), 0);
}

static uint64_t draw_state;

void draw_from(uint64_t seed)
{
	draw_state = seed;
}

uint32_t draw(uint32_t bound)
{
	draw_state = draw_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(draw_state >> 33) % bound;
}
