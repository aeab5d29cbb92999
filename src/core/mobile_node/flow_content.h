/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a flow identification option says of a rule (RFC 6089 4.2): FID, FID-PRI, selector, BIDs.
 */
#ifndef MONAMI_CORE_FLOW_CONTENT_H
#define MONAMI_CORE_FLOW_CONTENT_H

#include "rule_choice.h"

/*
 * Octets of flow options in one update: an IPv6 packet of 1280 octets holds as much beside its
 * header, a Home Address option, eight Binding Identifier options, authentication and the
 * encapsulation of IPsec.
 */
#define FLOW_OCTETS_MAX 800

/* Whether another node can be told of the rule at all: RFC 6089 knows no rule that discards, and
 * none for packets of one interface. */
bool flow_content_can_tell(const struct policy_rule *);
/* Packets of the rule reach the node by this link now. */
bool flow_content_is_in_use(const struct policy_rule *, const struct choice_link *);
/* RFC 6088 3: a selector for both families is told for the home address's. */
void flow_content_write(const struct policy_rule *, uint16_t priority, const uint16_t *bids,
	size_t bids_count, struct opt_flow *ret);
/* At most: RFC 6089 4.2. */
size_t flow_content_octets(const struct opt_flow *);

#endif
