/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow_content.h"

#include <string.h>

bool flow_content_can_tell(const struct policy_rule *rule)
{
	return policy_rule_sends(rule) && rule->interface == 0;
}

bool flow_content_is_in_use(const struct policy_rule *rule, const struct choice_link *link)
{
	return rule_choice_carries(link) && rule_choice_permits(rule, link);
}

void flow_content_write(const struct policy_rule *rule, uint16_t priority, const uint16_t *bids,
	size_t bids_count, struct opt_flow *ret)
{
	struct flow_options *options = &ret->flow_options;
	memset(ret, 0, sizeof(*ret));
	ret->fid = rule->number;
	ret->priority = priority;
	options->has_bid_reference = true;
	options->bid_reference.bids_count = (uint16_t)bids_count;
	memcpy(options->bid_reference.bids, bids, bids_count * sizeof(*bids));
	options->has_traffic_selector = true;
	options->traffic_selector.selector = rule->selector;
	if (rule->selector.format == 0)
		options->traffic_selector.selector.format = TRAFFIC_SELECTOR_IPV6;
}

/* One octet of padding aligns it. */
size_t flow_content_octets(const struct opt_flow *option)
{
	return 1 + 8 + flow_options_octets_max(&option->flow_options);
}
