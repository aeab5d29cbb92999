/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_copy.h"
#include "fuzz.h"

#include <errno.h>

/* ---- options ---- */

static void ask_one(struct input *input, struct opt_flow *ret)
{
	uint8_t octet = take(input), more = take(input);
	struct flow_options *options = &ret->flow_options;
	*ret = (struct opt_flow){.fid = octet & 7, .priority = more & 3, .status = more};
	options->has_bid_reference = octet & 8;
	options->bid_reference.bids_count = 1 + (octet >> 4 & 1);
	options->bid_reference.bids[0] = more >> 3 & 3;
	options->bid_reference.bids[1] = more >> 5 & 3;
	options->has_traffic_selector = octet & 32;
	struct traffic_selector *selector = &options->traffic_selector.selector;
	selector->format = octet & 64 ? TRAFFIC_SELECTOR_IPV4 : TRAFFIC_SELECTOR_IPV6;
	selector->given = FLOW_BIT(FLOW_SOURCE_PORT);
	selector->numbers[FLOW_SOURCE_PORT - FLOW_ADDRESSES] =
		(struct number_range){octet & 128 ? 9 : 1, more};
}

void flow_copy_ask(struct input *input, struct message *message)
{
	uint8_t octet = take(input), fids = take(input);
	for (unsigned i = octet & 3; i > 0; i--)
		ask_one(input, &message->flow[message->flow_count++]);
	for (unsigned i = 0; i < 8; i++) {
		struct opt_flow_summary *summary = &message->flow_summary[0];
		if (!(fids >> i & 1))
			continue;
		if (message->flow_summary_count == 0)
			summary->fids_count = 0;
		message->flow_summary_count = 1;
		summary->fids[summary->fids_count++] = (uint16_t)i;
	}
}

/* ---- the copy ---- */

static struct record_flow *find(
	const struct flow_copy *flows, const struct in6_addr *home_address, uint16_t fid)
{
	for (size_t i = 0; i < flows->count; i++)
		if (flows->at[i].fid == fid && same(&flows->at[i].home_address, home_address))
			return (struct record_flow *)&flows->at[i];
	return NULL;
}

static bool equal(const struct flow_binding *a, const struct flow_binding *b)
{
	return a->fid == b->fid && a->priority == b->priority && a->bids_count == b->bids_count &&
	       memcmp(a->bids, b->bids, a->bids_count * sizeof(a->bids[0])) == 0 &&
	       traffic_selector_equal(&a->selector, &b->selector);
}

static void lose(struct flow_copy *flows, struct record_flow *flow)
{
	*flow = flows->at[--flows->count];
}

static void keep(struct flow_copy *flows, const struct record_flow *record)
{
	struct record_flow *flow = find(flows, &record->home_address, record->fid);
	if (record->flow.fid == 0) {
		if (flow)
			lose(flows, flow);
		return;
	}
	REQUIRE(flow || flows->count < FLOW_COPY_MAX);
	if (!flow)
		flow = &flows->at[flows->count++];
	*flow = *record;
}

void flow_copy_told(struct flow_copy *flows, const struct effect *effect)
{
	if (effect->type != EFFECT_RECORD_FLOW)
		return;
	const struct record_flow *record = &effect->record_flow;
	const struct record_flow *flow = find(flows, &record->home_address, record->fid);
	REQUIRE(record->flow.fid == 0 || record->flow.fid == record->fid);
	REQUIRE(flow ? equal(&flow->flow, &record->before) : record->before.fid == 0);
	keep(flows, record);
}

struct comparison {
	const struct flow_copy *flows;
	struct tunnel_copy *tunnels;
	size_t count;
};

/* Its tunnels are those of its BIDs that are bound. */
static void check_rule(struct comparison *comparison, const struct flow_view *view)
{
	const struct told_subject *subject =
		subjects_about(&comparison->tunnels->subjects, &view->home_address, &view->peer);
	const struct effect_traffic *rule = subject ? subject_rule(subject, view->flow.fid) : NULL;
	uint8_t bound = 0;
	REQUIRE(view->active == (rule != NULL));
	for (uint8_t i = 0; i < view->flow.bids_count; i++) {
		const struct copied_tunnel *tunnel = tunnel_copy_find(
			comparison->tunnels, &view->home_address, view->flow.bids[i]);
		if (!tunnel)
			continue;
		REQUIRE(rule && rule->set[bound].tunnel == tunnel->tunnel.tunnel);
		bound++;
	}
	REQUIRE(bound == (rule ? rule->count : 0));
	REQUIRE(!rule || rule->preference == view->flow.priority);
}

static void compare(void *ctx, const struct flow_view *view)
{
	struct comparison *comparison = ctx;
	const struct record_flow *flow =
		find(comparison->flows, &view->home_address, view->flow.fid);
	REQUIRE(flow && equal(&flow->flow, &view->flow));
	REQUIRE(view->flow.fid != 0 && view->flow.priority != 0 && view->flow.bids_count > 0);
	for (size_t i = 0; i < comparison->flows->count; i++) {
		const struct record_flow *other = &comparison->flows->at[i];
		REQUIRE(other == flow || !same(&other->home_address, &flow->home_address) ||
			other->flow.priority != flow->flow.priority);
	}
	check_rule(comparison, view);
	comparison->count++;
}

void flow_copy_check(
	const struct flow_copy *flows, const struct core *core, struct tunnel_copy *tunnels)
{
	struct comparison comparison = {flows, tunnels, 0};
	core_each_flow(core, compare, &comparison);
	REQUIRE(comparison.count == flows->count);
}

/* ---- given back ---- */

struct search {
	const struct in6_addr *home_address;
	bool found;
};

static void look(void *ctx, const struct binding_view *view)
{
	struct search *search = ctx;
	search->found |= same(&view->home_address, search->home_address);
}

/* Every flow binding of a home address that has bindings can come back. */
static bool give_back(const struct record_flow *record, struct core *core, struct moment now,
	struct outbox *outbox, void (*empty_outbox)(void))
{
	const struct host_event event = {.type = HOST_RESTORE_FLOW, .flow = *record};
	struct search search = {.home_address = &record->home_address};
	core_each_binding(core, look, &search);
	int result = core_host(core, now, &event, outbox);
	empty_outbox();
	REQUIRE(!search.found || result == 0);
	return result == 0;
}

void flow_copy_restore(struct flow_copy *flows, struct core *core, struct moment now,
	struct outbox *outbox, void (*empty_outbox)(void))
{
	for (size_t i = 0; i < flows->count;)
		if (give_back(&flows->at[i], core, now, outbox, empty_outbox))
			i++;
		else
			lose(flows, &flows->at[i]);
}

void flow_copy_roll_back(struct flow_copy *flows, const struct flow_copy *kept,
	const struct in6_addr *home_address, struct core *core, struct moment now,
	struct outbox *outbox, void (*empty_outbox)(void))
{
	for (size_t i = 0; i < flows->count;) {
		struct record_flow gone = flows->at[i];
		gone.flow = (struct flow_binding){.fid = 0};
		if (!same(&gone.home_address, home_address) || find(kept, home_address, gone.fid) ||
			!give_back(&gone, core, now, outbox, empty_outbox))
			i++;
		else
			lose(flows, &flows->at[i]);
	}
	for (size_t i = 0; i < kept->count; i++)
		if (same(&kept->at[i].home_address, home_address) &&
			give_back(&kept->at[i], core, now, outbox, empty_outbox))
			keep(flows, &kept->at[i]);
}
