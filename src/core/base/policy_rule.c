/* SPDX-License-Identifier: BSD-2-Clause */
#include "../api/policy.h"

bool policy_rule_sends(const struct policy_rule *rule)
{
	return rule->mode != POLICY_REJECT && rule->mode != POLICY_DISCARD;
}

static bool links_equal(const struct policy_link *a, const struct policy_link *b, uint8_t count)
{
	for (uint8_t i = 0; i < count; i++)
		if (a[i].bid != b[i].bid || a[i].weight != b[i].weight)
			return false;
	return true;
}

bool policy_rule_equal(const struct policy_rule *a, const struct policy_rule *b)
{
	return a->number == b->number && a->preference == b->preference && a->mode == b->mode &&
	       a->strict == b->strict && a->unmetered == b->unmetered &&
	       a->loss_max == b->loss_max && a->delay_max_us == b->delay_max_us &&
	       a->rate_min == b->rate_min && a->interface == b->interface &&
	       traffic_selector_equal(&a->selector, &b->selector) &&
	       a->links_count == b->links_count && a->receive_count == b->receive_count &&
	       links_equal(a->links, b->links, a->links_count) &&
	       links_equal(a->receive, b->receive, a->receive_count);
}
