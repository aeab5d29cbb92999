/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An option that is rejected leaves its flow binding as it was, so that the priority of that may be
 * the one that another option asks for. Hence after each rejection all options are put in again,
 * without those that are rejected; at most as often as there are options.
 */
#include "flow_registration.h"

#include <string.h>

/* The options of an update as they are evaluated. */
struct flow_options_state {
	const struct flow_request *request;
	const struct flow_bindings *present;
	size_t prefixes; /* of the flow bindings that are put in */
	uint8_t status[MESSAGE_FLOWS_MAX];
	struct flow_binding wanted[MESSAGE_FLOWS_MAX]; /* of those that are accepted */
};

static uint16_t options_count(const struct flow_options_state *state)
{
	return state->request->update->flow_count;
}

static const struct opt_flow *option_of(const struct message *update, uint16_t fid)
{
	for (uint16_t i = 0; i < update->flow_count; i++)
		if (update->flow[i].fid == fid)
			return &update->flow[i];
	return NULL;
}

static bool is_in_summary(const struct opt_flow_summary *summary, uint16_t count, uint16_t fid)
{
	for (uint16_t i = 0; i < count; i++)
		if (summary->fids[i] == fid)
			return true;
	return false;
}

static bool is_in_summaries(const struct message *update, uint16_t count, uint16_t fid)
{
	for (uint16_t i = 0; i < count; i++)
		if (is_in_summary(
			    &update->flow_summary[i], update->flow_summary[i].fids_count, fid))
			return true;
	return false;
}

static bool has_duplicates(const struct message *update)
{
	for (uint16_t i = 0; i < update->flow_count; i++)
		if (option_of(update, update->flow[i].fid) != &update->flow[i])
			return true;
	return false;
}

/* ---- one option ---- */

/* RFC 5648 4.3: BID 0 is reserved; here it is the binding without BID. */
static bool take_bids(const struct bindings *bindings, const struct opt_bid_reference *reference,
	struct flow_binding *ret)
{
	ret->bids_count = 0;
	for (uint16_t i = 0; i < reference->bids_count; i++) {
		uint16_t bid = reference->bids[i];
		if (bid == 0 || !bindings_find(bindings, bid))
			return false;
		if (!flow_binding_names(ret, bid))
			ret->bids[ret->bids_count++] = bid;
	}
	return true;
}

static uint8_t check_selector(const struct traffic_selector *selector)
{
	if (selector->format != TRAFFIC_SELECTOR_IPV4 && selector->format != TRAFFIC_SELECTOR_IPV6)
		return FLOW_FORMAT_NOT_SUPPORTED;
	return traffic_selector_is_valid(selector) ? FLOW_ACCEPTED : FLOW_MALFORMED;
}

/* RFC 6089 5.3.2.1, in its order: a new flow needs both sub-options; 5.3.2.2: of a known one those
 * that are missing stay. */
static uint8_t check_option(const struct flow_request *request, const struct flow_binding *known,
	const struct opt_flow *option, struct flow_binding *ret)
{
	const struct flow_options *inside = &option->flow_options;
	uint8_t status = known ? FLOW_ACCEPTED : FLOW_MALFORMED;
	if (inside->malformed || option->fid == 0 || option->priority == 0)
		return FLOW_MALFORMED;
	*ret = known ? *known : (struct flow_binding){.fid = option->fid};
	ret->priority = option->priority;
	if (inside->has_traffic_selector) {
		ret->selector = inside->traffic_selector.selector;
		status = check_selector(&ret->selector);
	}
	if (status != FLOW_ACCEPTED)
		return status;
	if (!inside->has_bid_reference)
		return known ? FLOW_ACCEPTED : FLOW_MALFORMED;
	return take_bids(request->bindings, &inside->bid_reference, ret) ? FLOW_ACCEPTED
									 : FLOW_BID_NOT_FOUND;
}

static void check_options(struct flow_options_state *state)
{
	const struct message *update = state->request->update;
	bool duplicates = has_duplicates(update);
	for (uint16_t i = 0; i < update->flow_count; i++) {
		const struct opt_flow *option = &update->flow[i];
		if (state->request->prohibited)
			state->status[i] = FLOW_PROHIBITED;
		else if (duplicates)
			state->status[i] = FLOW_REJECTED;
		else
			state->status[i] = check_option(state->request,
				flow_bindings_find(state->present, option->fid), option,
				&state->wanted[i]);
	}
}

/* ---- all of them ---- */

/* RFC 6089 5.3.4: a flow binding that the update names in no option ends. */
static void keep_named(struct flow_options_state *state, struct flow_bindings *ret)
{
	const struct message *update = state->request->update;
	ret->count = 0;
	state->prefixes = 0;
	for (uint8_t i = 0; i < state->present->count; i++) {
		const struct flow_binding *flow = &state->present->at[i];
		if (!option_of(update, flow->fid) &&
			!is_in_summaries(update, update->flow_summary_count, flow->fid))
			continue;
		flow_bindings_put(ret, flow);
		state->prefixes += flow_binding_prefixes(flow);
	}
}

/* Whether an accepted option behind `i` gives this flow another priority. */
static bool changes_later(const struct flow_options_state *state, uint16_t i, uint16_t fid)
{
	while (++i < options_count(state))
		if (state->status[i] == FLOW_ACCEPTED && state->wanted[i].fid == fid)
			return true;
	return false;
}

/* RFC 6089 4.2: FID-PRI is unique among the flow bindings of a mobile node. */
static bool is_priority_taken(
	const struct flow_options_state *state, uint16_t i, const struct flow_bindings *flows)
{
	const struct flow_binding *wanted = &state->wanted[i];
	for (uint8_t j = 0; j < flows->count; j++)
		if (flows->at[j].priority == wanted->priority && flows->at[j].fid != wanted->fid &&
			!changes_later(state, i, flows->at[j].fid))
			return true;
	return false;
}

static uint8_t put_one(struct flow_options_state *state, uint16_t i, struct flow_bindings *flows)
{
	const struct flow_binding *wanted = &state->wanted[i];
	const struct flow_binding *known = flow_bindings_find(flows, wanted->fid);
	if (is_priority_taken(state, i, flows))
		return FLOW_MALFORMED;
	if (!known && flows->count >= state->request->flows_max)
		return FLOW_REJECTED;
	state->prefixes += flow_binding_prefixes(wanted);
	state->prefixes -= known ? flow_binding_prefixes(known) : 0;
	if (state->prefixes > FLOW_PREFIXES_MAX)
		return FLOW_REJECTED;
	flow_bindings_put(flows, wanted);
	return FLOW_ACCEPTED;
}

/* False: one more option was rejected. */
static bool put_all(struct flow_options_state *state, struct flow_bindings *ret)
{
	keep_named(state, ret);
	for (uint16_t i = 0; i < options_count(state); i++) {
		if (state->status[i] == FLOW_ACCEPTED)
			state->status[i] = put_one(state, i, ret);
		else
			continue;
		if (state->status[i] != FLOW_ACCEPTED)
			return false;
	}
	return true;
}

/* ---- answers ---- */

static void answer(const struct flow_request *request, struct flow_registration *ret,
	const struct flow_answer *one)
{
	if (ret->answers_count < request->answers_max)
		ret->answers[ret->answers_count++] = *one;
}

/* RFC 6089 5.3.5 */
static void answer_options(const struct flow_options_state *state, struct flow_registration *ret)
{
	for (uint16_t i = 0; i < options_count(state); i++) {
		const struct opt_flow *option = &state->request->update->flow[i];
		answer(state->request, ret,
			&(struct flow_answer){
				option->fid, option->priority, state->status[i], option});
	}
}

/* RFC 6089 5.3.3: each FID that is not found, once */
static void answer_summary(
	const struct flow_options_state *state, uint16_t number, struct flow_registration *ret)
{
	const struct message *update = state->request->update;
	const struct opt_flow_summary *summary = &update->flow_summary[number];
	for (uint16_t i = 0; i < summary->fids_count; i++) {
		uint16_t fid = summary->fids[i];
		if (option_of(update, fid) || flow_bindings_find(state->present, fid) ||
			is_in_summaries(update, number, fid) || is_in_summary(summary, i, fid))
			continue;
		answer(state->request, ret,
			&(struct flow_answer){.fid = fid, .status = FLOW_FID_NOT_FOUND});
	}
}

void flow_registration_evaluate(const struct flow_request *request,
	const struct flow_bindings *present, struct flow_registration *ret)
{
	struct flow_options_state state;
	state.request = request;
	state.present = present;
	ret->flows = (struct flow_bindings){.at = ret->buffer, .room = RULES_MAX};
	ret->answers_count = 0;
	check_options(&state);
	while (!put_all(&state, &ret->flows))
		;
	answer_options(&state, ret);
	for (uint16_t i = 0; i < request->update->flow_summary_count; i++)
		answer_summary(&state, i, ret);
}
