/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_rules.h"
#include "../base/subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- rules ---- */

/* RFC 6089 5.3.6: to each of its BIDs that are bound; without one the next rule is looked at. */
static struct effect_traffic rule_of(
	const struct flow_binding *flow, const struct bindings *bindings, uint32_t subject)
{
	struct effect_traffic rule = {
		.subject = subject,
		.rule = flow->fid,
		.preference = flow->priority,
		.selector = flow->selector,
	};
	for (uint8_t i = 0; i < flow->bids_count; i++) {
		const struct binding *binding = bindings_find(bindings, flow->bids[i]);
		if (binding)
			traffic_add(&rule, binding->tunnel, 0);
	}
	rule.mode = rule.count > 1 ? TRAFFIC_DUPLICATE : TRAFFIC_FIRST;
	return rule;
}

static bool rules_equal(const struct effect_traffic *a, const struct effect_traffic *b)
{
	return a->count == b->count && a->preference == b->preference &&
	       memcmp(a->set, b->set, a->count * sizeof(a->set[0])) == 0 &&
	       traffic_selector_equal(&a->selector, &b->selector);
}

static void remove_rule(uint32_t subject, uint16_t fid, struct outbox *outbox)
{
	struct effect_traffic *traffic = &outbox_add(outbox, EFFECT_TRAFFIC_REMOVE)->traffic;
	traffic->subject = subject;
	traffic->rule = fid;
}

/* `old`: as it was with the bindings `before`; NULL: there was none. */
static void tell_rule(const struct binding_entry *entry, const struct bindings *before,
	const struct flow_binding *old, const struct flow_binding *flow, struct outbox *outbox)
{
	const struct effect_traffic rule = rule_of(flow, &entry->bindings, entry->subject);
	struct effect_traffic was = {0};
	if (old)
		was = rule_of(old, before, entry->subject);
	if (rule.count == 0 && was.count > 0)
		remove_rule(entry->subject, flow->fid, outbox);
	else if (rule.count > 0 && !rules_equal(&rule, &was))
		outbox_add(outbox, EFFECT_TRAFFIC_SET)->traffic = rule;
}

/* ---- records ---- */

/* NULL: there is none. */
static void record(const struct binding_cache *cache, const struct binding_entry *entry,
	const struct flow_binding *before, const struct flow_binding *flow, struct outbox *outbox)
{
	if (before && flow && flow_binding_equal(before, flow))
		return;
	struct record_flow *ret = &outbox_add(outbox, EFFECT_RECORD_FLOW)->record_flow;
	ret->home_address = entry->home_address;
	ret->peer = binding_peer(cache, entry->own);
	ret->fid = flow ? flow->fid : before->fid;
	if (flow)
		ret->flow = *flow;
	if (before)
		ret->before = *before;
}

/* ---- changes ---- */

static void end(const struct binding_cache *cache, const struct binding_entry *entry,
	const struct bindings *before, const struct flow_binding *flow, struct outbox *outbox)
{
	/* the subject's rules end with it */
	if (entry->bindings.count > 0 && flow_binding_is_active(flow, before))
		remove_rule(entry->subject, flow->fid, outbox);
	record(cache, entry, flow, NULL, outbox);
}

/* There is room for all of `wanted`. */
static void put_into_force(struct binding_entry *entry, const struct flow_bindings *wanted)
{
	if (wanted->count > 0) {
		flow_bindings_copy(entry->flows, wanted);
		return;
	}
	free(entry->flows);
	entry->flows = NULL;
}

void flow_rules_change(const struct binding_cache *cache, struct binding_entry *entry,
	const struct bindings *before, const struct flow_bindings *wanted, struct outbox *outbox)
{
	const struct flow_bindings *flows = binding_entry_flows(entry);
	if (!wanted)
		wanted = flows;
	if (entry->bindings.count == 0)
		wanted = &flow_bindings_none;
	for (uint8_t i = 0; i < flows->count; i++)
		if (!flow_bindings_find(wanted, flows->at[i].fid))
			end(cache, entry, before, &flows->at[i], outbox);
	for (uint8_t i = 0; i < wanted->count; i++) {
		const struct flow_binding *old = flow_bindings_find(flows, wanted->at[i].fid);
		tell_rule(entry, before, old, &wanted->at[i], outbox);
		record(cache, entry, old, &wanted->at[i], outbox);
	}
	put_into_force(entry, wanted);
}

/* ---- restarts ---- */

static bool can_have(const struct binding_cache *cache, const struct binding_entry *entry,
	const struct flow_binding *flow)
{
	const struct flow_bindings *flows = binding_entry_flows(entry);
	if (!cache->flow_bindings || entry->bindings.count == 0 || flow->bids_count > BINDINGS_MAX)
		return false;
	return flow_bindings_find(flows, flow->fid) || flows->count < RULES_MAX;
}

static void take_away(struct binding_entry *entry, uint16_t fid, struct outbox *outbox)
{
	const struct flow_binding *flow = flow_bindings_find(binding_entry_flows(entry), fid);
	if (!flow)
		return;
	if (flow_binding_is_active(flow, &entry->bindings))
		remove_rule(entry->subject, fid, outbox);
	flow_bindings_remove(entry->flows, fid);
}

int flow_rules_restore(const struct binding_cache *cache, struct binding_entry *entry,
	const struct record_flow *kept, struct outbox *outbox)
{
	const struct flow_bindings *flows = binding_entry_flows(entry);
	if (kept->flow.fid == 0) {
		take_away(entry, kept->fid, outbox);
		return 0;
	}
	if (!can_have(cache, entry, &kept->flow))
		return -EINVAL;
	int error = flow_bindings_reserve(&entry->flows, flows->count + 1u);
	if (error < 0)
		return error;
	tell_rule(entry, &entry->bindings, flow_bindings_find(entry->flows, kept->fid), &kept->flow,
		outbox);
	flow_bindings_put(entry->flows, &kept->flow);
	return 0;
}
