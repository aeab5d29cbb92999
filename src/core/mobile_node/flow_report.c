/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_report.h"

#include "../../wire/flow_status.h"
#include "../base/sequence.h"
#include "policy.h"

#include <string.h>

static bool same_content(const struct flow_content *a, const struct flow_content *b)
{
	return a->priority == b->priority && a->selector == b->selector && a->count == b->count &&
	       memcmp(a->bids, b->bids, a->count * sizeof(a->bids[0])) == 0;
}

bool flow_report_can_tell(const struct flow_report *report, const struct policy_rule *rule)
{
	return !(report->shares_are_options && policy_rule_shares_all(rule)) &&
	       flow_content_can_tell(rule);
}

size_t flow_report_octets_max(const struct flow_report *report)
{
	return FLOW_OCTETS_MAX - (report->shares_are_options ? SHARE_STATEMENT_OCTETS : 0);
}

/* ---- what is wanted ---- */

static void add_bid(struct flow_content *content, uint16_t bid)
{
	uint8_t place = content->count++;
	for (; place > 0 && bid < content->bids[place - 1]; place--)
		content->bids[place] = content->bids[place - 1];
	content->bids[place] = bid;
}

/* RFC 6089 5.3.6: several BIDs mean copies; of links that share the flows, the first is named,
 * of those to receive by if these are others. */
static struct flow_content content_of(const struct policy_entry *entry)
{
	struct flow_content ret = {
		.priority = entry->rule.preference, .selector = entry->flow.selector};
	bool copies = entry->rule.mode == POLICY_REDUNDANT;
	if (entry->received_by != 0)
		add_bid(&ret, entry->received_by);
	for (size_t i = 0; i < entry->choice.count && (copies || ret.count == 0); i++)
		if (flow_content_is_in_use(&entry->rule, &entry->choice.at[i]))
			add_bid(&ret, entry->choice.at[i].bid);
	return ret;
}

static bool is_needed(const struct flow_told *flow)
{
	if (flow->wanted.count == 0 || (flow->known && same_content(&flow->held, &flow->wanted)))
		return false;
	return flow->status == 0 || !same_content(&flow->refused, &flow->wanted);
}

/* ---- what an update says ---- */

static size_t option_octets(const struct policy_entry *entry)
{
	const struct flow_content *wanted = &entry->flow.wanted;
	struct opt_flow option;
	flow_content_write(&entry->rule, wanted->priority, wanted->bids, wanted->count, &option);
	return flow_content_octets(&option);
}

static void add_item(struct flow_statement *statement, const struct policy_entry *entry, bool whole)
{
	statement->at[statement->count++] = (struct flow_item){
		.fid = entry->rule.number,
		.whole = whole,
		.content = whole ? entry->flow.wanted : entry->flow.held,
	};
}

/*
 * The flow bindings that the home agent holds and that stay as they are; then those that changed,
 * as many as fit. Of those that do not fit, the home agent loses the old ones: their preferences
 * may be others' now (RFC 6089 4.2: FID-PRI is unique).
 */
static void make_statement(const struct policy *policy, struct flow_statement *ret)
{
	const size_t most = flow_report_octets_max(&policy->report);
	size_t octets = 0;
	ret->count = 0;
	for (size_t i = 0; i < policy->count; i++) {
		const struct flow_told *flow = &policy->at[i].flow;
		if (!flow->known || is_needed(flow) ||
			!flow_report_can_tell(&policy->report, &policy->at[i].rule))
			continue;
		octets += octets ? 2 : 6;
		add_item(ret, &policy->at[i], false);
	}
	for (size_t i = 0; i < policy->count; i++) {
		const struct policy_entry *entry = &policy->at[i];
		if (!is_needed(&entry->flow) ||
			!flow_report_can_tell(&policy->report, &entry->rule))
			continue;
		octets += option_octets(entry);
		if (octets > most)
			return;
		add_item(ret, entry, true);
	}
}

static void need_deletion(struct flow_report *report, uint16_t sequence)
{
	report->surplus = true;
	report->surplus_from = sequence;
}

void flow_report_changed(struct flow_report *report, struct flow_told *flow,
	const struct policy_rule *before, const struct policy_rule *now, uint16_t sequence)
{
	bool tells = now && flow_report_can_tell(report, now);
	if (flow->asked && !tells) {
		need_deletion(report, sequence);
		flow->asked = flow->known = false;
	}
	if (now && !traffic_selector_equal(&before->selector, &now->selector))
		flow->selector++;
}

void flow_report_plan(struct policy *policy)
{
	struct flow_report *report = &policy->report;
	bool needed = report->surplus;
	for (size_t i = 0; i < policy->count; i++) {
		struct policy_entry *entry = &policy->at[i];
		entry->flow.wanted = content_of(entry);
		needed = needed || (is_needed(&entry->flow) &&
					   flow_report_can_tell(&policy->report, &entry->rule));
	}
	report->wish = (struct flow_wish){.needed = needed && !report->unsupported};
	if (report->unsupported)
		return;
	make_statement(policy, &report->next);
	report->wish.any = report->next.count > 0;
}

/* ---- sent and answered ---- */

static struct policy_entry *entry_of(struct policy *policy, uint16_t fid)
{
	for (size_t i = 0; i < policy->count; i++)
		if (policy->at[i].rule.number == fid)
			return &policy->at[i];
	return NULL;
}

void flow_report_sent(struct policy *policy, uint16_t sequence)
{
	struct flow_report *report = &policy->report;
	struct flow_statement *sent = &report->sent[report->sent_next];
	report->sent_next = (report->sent_next + 1) % UPDATES_REMEMBERED;
	*sent = report->next;
	sent->sequence = sequence;
	for (uint8_t i = 0; i < sent->count; i++) {
		struct policy_entry *entry = entry_of(policy, sent->at[i].fid);
		if (!sent->at[i].whole || !entry)
			continue;
		entry->flow.asked = true;
		entry->flow.known = false;
		entry->flow.sequence = sequence;
	}
}

static const struct opt_flow *answer_to(const struct message *message, uint16_t fid)
{
	for (uint16_t i = 0; i < message->flow_count; i++)
		if (message->flow[i].fid == fid)
			return &message->flow[i];
	return NULL;
}

/* An option without an answer, beside others that have one, is refused for no reason given. */
static void whole_answered(struct flow_told *flow, const struct flow_statement *sent,
	const struct flow_item *item, const struct opt_flow *answer)
{
	uint8_t status = answer ? answer->status : FLOW_REJECTED;
	if (flow->sequence != sent->sequence)
		return;
	if (status < FLOW_PROHIBITED) {
		flow->known = true;
		flow->held = item->content;
		flow->status = 0;
	} else if (status != FLOW_FID_NOT_FOUND) {
		flow->status = status;
		flow->refused = item->content;
	}
}

static void item_answered(struct policy *policy, const struct flow_statement *sent,
	const struct flow_item *item, const struct message *message)
{
	struct policy_entry *entry = entry_of(policy, item->fid);
	const struct opt_flow *answer = answer_to(message, item->fid);
	if (!entry)
		return;
	if (item->whole)
		whole_answered(&entry->flow, sent, item, answer);
	else if (answer && answer->status >= FLOW_PROHIBITED)
		entry->flow.known = false; /* RFC 6089 5.3.3: 132; it is sent whole again */
}

static bool has_whole(const struct flow_statement *statement)
{
	for (uint8_t i = 0; i < statement->count; i++)
		if (statement->at[i].whole)
			return true;
	return false;
}

void flow_report_answered(
	struct policy *policy, uint16_t sequence, bool accepted, const struct message *message)
{
	struct flow_report *report = &policy->report;
	const struct flow_statement *sent = NULL;
	for (size_t i = 0; i < UPDATES_REMEMBERED; i++)
		if (report->sent[i].count && report->sent[i].sequence == sequence)
			sent = &report->sent[i];
	if (accepted && sequence_greater(sequence, report->surplus_from))
		report->surplus = false;
	if (!sent || (!accepted && message->flow_count == 0))
		return;
	if (message->flow_count == 0 && has_whole(sent)) {
		flow_report_restart(policy);
		report->unsupported = true;
		return;
	}
	for (uint8_t i = 0; i < sent->count; i++)
		item_answered(policy, sent, &sent->at[i], message);
}

static bool names(const struct flow_content *content, uint16_t bid)
{
	for (uint8_t i = 0; i < content->count; i++)
		if (content->bids[i] == bid)
			return true;
	return false;
}

void flow_report_bound(struct policy *policy, uint16_t bid)
{
	for (size_t i = 0; i < policy->count; i++) {
		struct flow_told *flow = &policy->at[i].flow;
		if (flow->status == FLOW_BID_NOT_FOUND && names(&flow->refused, bid))
			flow->status = 0;
	}
}

void flow_report_restart(struct policy *policy)
{
	struct flow_report *report = &policy->report;
	*report = (struct flow_report){.shares_are_options = report->shares_are_options};
	for (size_t i = 0; i < policy->count; i++)
		policy->at[i].flow = (struct flow_told){.selector = policy->at[i].flow.selector};
}

/* ---- on the wire ---- */

/* RFC 6089 5.2.3: RULES_MAX fit one option. */
static void name_flow(struct message *message, uint16_t fid)
{
	struct opt_flow_summary *summary = &message->flow_summary[0];
	if (message->flow_summary_count == 0)
		summary->fids_count = 0;
	message->flow_summary_count = 1;
	summary->fids[summary->fids_count++] = fid;
}

void flow_report_write(const struct policy *policy, struct message *message)
{
	const struct flow_statement *next = &policy->report.next;
	for (uint8_t i = 0; i < next->count; i++) {
		const struct flow_item *item = &next->at[i];
		if (!item->whole) {
			name_flow(message, item->fid);
			continue;
		}
		for (size_t j = 0; j < policy->count; j++)
			if (policy->at[j].rule.number == item->fid)
				flow_content_write(&policy->at[j].rule, item->content.priority,
					item->content.bids, item->content.count,
					&message->flow[message->flow_count++]);
	}
}

enum flow_state flow_report_state(const struct flow_report *report, const struct policy_rule *rule,
	const struct flow_told *flow)
{
	if (!flow_report_can_tell(report, rule))
		return FLOW_NOT_TOLD;
	if (report->unsupported)
		return FLOW_UNSUPPORTED;
	if (flow->status != 0 && same_content(&flow->refused, &flow->wanted))
		return FLOW_REFUSED;
	return flow->known && same_content(&flow->held, &flow->wanted) ? FLOW_HELD : FLOW_PENDING;
}
