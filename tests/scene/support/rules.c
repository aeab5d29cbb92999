/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules.h"

#include "cmocka_scene.h"

#include <stdio.h>
#include <string.h>

int rule_set_result(struct scene *scene, const struct policy_rule *rule)
{
	const struct host_event event = {.type = HOST_POLICY_SET, .policy = *rule};
	return scene_tell_result(scene, &scene->mobile_node, &event);
}

void rule_set(struct scene *scene, const struct policy_rule *rule)
{
	assert_int_equal(rule_set_result(scene, rule), 0);
}

void rule_remove(struct scene *scene, uint16_t number)
{
	const struct host_event event = {.type = HOST_POLICY_REMOVE, .policy.number = number};
	scene_tell(scene, &scene->mobile_node, &event);
}

void link_hint(struct scene *scene, uint16_t bid, bool leaving)
{
	const struct host_event event = {.type = HOST_LINK_HINT, .hint = {bid, leaving}};
	scene_tell(scene, &scene->mobile_node, &event);
}

static const struct told_subject *subject_of(const struct scene *scene)
{
	const struct subjects *subjects = &scene->mobile_node.subjects;
	for (size_t i = 0; i < subjects->room; i++)
		if (subjects->at[i].about.subject != 0 &&
			subjects->at[i].about.side == SUBJECT_AT_MOBILE_NODE)
			return &subjects->at[i];
	return NULL;
}

const struct effect_traffic *rule_told(const struct scene *scene, uint16_t number)
{
	const struct told_subject *subject = subject_of(scene);
	return subject ? subject_rule(subject, number) : NULL;
}

/* Of all shares whose tier is not less; the least one of them. */
static const struct traffic_share *next_share(
	const struct effect_traffic *rule, unsigned tier, unsigned bid)
{
	const struct traffic_share *ret = NULL;
	for (uint8_t i = 0; i < rule->count; i++) {
		const struct traffic_share *share = &rule->set[i];
		unsigned key = share->tier * 65536u + share->tunnel;
		if (key > tier * 65536u + bid && (!ret || key < ret->tier * 65536u + ret->tunnel))
			ret = share;
	}
	return ret;
}

void expect_order(const struct scene *scene, uint16_t number, const char *bids)
{
	char text[100] = "";
	const struct effect_traffic *rule = rule_told(scene, number);
	assert_non_null(rule);
	const struct traffic_share *share = next_share(rule, 0, 0);
	unsigned tier = 0;
	for (size_t at = 0; share; share = next_share(rule, share->tier, share->tunnel)) {
		const char *between = at == 0 ? "" : share->tier == tier ? "+" : " ";
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "%s%u", between, share->tunnel);
		tier = share->tier;
	}
	assert_string_equal(text, bids);
}

uint16_t rule_first(const struct scene *scene, uint16_t number)
{
	const struct effect_traffic *rule = rule_told(scene, number);
	const struct traffic_share *share = rule ? next_share(rule, 0, 0) : NULL;
	return share ? share->tunnel : 0;
}

uint16_t rule_sends_by(const struct scene *scene, uint16_t number)
{
	const struct effect_traffic *rule = rule_told(scene, number);
	const struct traffic_share *share = rule ? next_share(rule, 0, 0) : NULL;
	const struct traffic_share *last = share;
	for (; share; share = next_share(rule, share->tier, share->tunnel)) {
		struct link_view view = node_view(scene, share->tunnel);
		last = share;
		if (view.registered && (view.path == PATH_ALIVE || view.path == PATH_SUSPECT))
			return share->tunnel;
	}
	return last ? last->tunnel : 0;
}

struct search {
	uint16_t number;
	uint16_t bid;
	enum link_reason reason;
};

static void compare(void *ctx, const struct rule_view *view)
{
	struct search *search = ctx;
	for (uint8_t i = 0; view->rule->number == search->number && i < view->links_count; i++)
		if (view->links[i].bid == search->bid)
			search->reason = view->links[i].reason;
}

enum link_reason rule_reason(const struct scene *scene, uint16_t number, uint16_t bid)
{
	struct search search = {number, bid, LINK_REASONS};
	mobile_node_each_rule(core_mobile_node(scene->mobile_node.core, 0), compare, &search);
	return search.reason;
}
