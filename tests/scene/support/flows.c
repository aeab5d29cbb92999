/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows.h"

#include "cmocka_scene.h"

void flows_begin(struct scene *scene)
{
	struct home_agent_config config = home_agent_defaults();
	config.flow_bindings = true;
	scene_with_home_agent(scene, &config);
	bind_bids(scene, 1, 3);
}

const struct effect_traffic *flows_rule(const struct scene *scene, uint16_t fid)
{
	return flow_rule(&scene->home_agent, HOME, "::", fid);
}

struct opt_flow *flow_option(struct message *message, uint16_t fid, uint16_t priority)
{
	assert_true(message->flow_count < MESSAGE_FLOWS_MAX);
	struct opt_flow *option = &message->flow[message->flow_count++];
	*option = (struct opt_flow){.fid = fid, .priority = priority};
	return option;
}

void flow_selector(struct opt_flow *option, uint16_t source_port)
{
	struct traffic_selector *selector = &option->flow_options.traffic_selector.selector;
	option->flow_options.has_traffic_selector = true;
	*selector = (struct traffic_selector){
		.format = TRAFFIC_SELECTOR_IPV6, .given = FLOW_BIT(FLOW_SOURCE_PORT)};
	selector->numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES] =
		(struct number_range){source_port, source_port};
}

static void put_bids(struct opt_flow *option, unsigned count, va_list bids)
{
	struct opt_bid_reference *reference = &option->flow_options.bid_reference;
	option->flow_options.has_bid_reference = true;
	reference->bids_count = (uint16_t)count;
	for (unsigned i = 0; i < count; i++)
		reference->bids[i] = (uint16_t)va_arg(bids, int);
}

void flow_bids(struct opt_flow *option, unsigned count, ...)
{
	va_list bids;
	va_start(bids, count);
	put_bids(option, count, bids);
	va_end(bids);
}

void flow_add(struct message *message, uint16_t fid, uint16_t priority, uint16_t source_port,
	unsigned count, ...)
{
	struct opt_flow *option = flow_option(message, fid, priority);
	va_list bids;
	flow_selector(option, source_port);
	va_start(bids, count);
	put_bids(option, count, bids);
	va_end(bids);
}

void flow_summary(struct message *message, unsigned count, ...)
{
	va_list fids;
	va_start(fids, count);
	struct opt_flow_summary *summary = &message->flow_summary[message->flow_summary_count++];
	summary->fids_count = (uint16_t)count;
	for (unsigned i = 0; i < count; i++)
		summary->fids[i] = (uint16_t)va_arg(fids, int);
	va_end(fids);
}

int flow_status_of(const struct message *acknowledgement, uint16_t fid)
{
	for (uint16_t i = 0; i < acknowledgement->flow_count; i++)
		if (acknowledgement->flow[i].fid == fid)
			return acknowledgement->flow[i].status;
	return -1;
}

const struct effect_traffic *flow_rule(
	const struct actor *actor, const char *home_address, const char *peer, uint16_t fid)
{
	const struct in6_addr home = address_of(home_address), other = address_of(peer);
	const struct told_subject *subject = subjects_about(&actor->subjects, &home, &other);
	return subject ? subject_rule(subject, fid) : NULL;
}

void expect_rule(const struct effect_traffic *rule, uint16_t priority, uint16_t source_port,
	unsigned count, ...)
{
	va_list bids;
	assert_non_null(rule);
	assert_int_equal(rule->preference, priority);
	assert_int_equal(rule->count, count);
	assert_int_equal(rule->mode, count > 1 ? TRAFFIC_DUPLICATE : TRAFFIC_FIRST);
	assert_int_equal(
		rule->selector.numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES].first, source_port);
	va_start(bids, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(rule->set[i].tunnel, va_arg(bids, int));
	va_end(bids);
}

static void collect(void *ctx, const struct flow_view *view)
{
	struct flow_list *list = ctx;
	assert_true(list->count < RULES_MAX);
	list->at[list->count++] = *view;
}

struct flow_list flows_of(const struct actor *actor)
{
	struct flow_list list = {0};
	core_each_flow(actor->core, collect, &list);
	return list;
}
