/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of a mobile node (api/policy.h), in the order of their preferences, and what the data
 * plane was told of each.
 */
#ifndef MONAMI_CORE_MOBILE_NODE_POLICY_H
#define MONAMI_CORE_MOBILE_NODE_POLICY_H

#include "flow_report.h"
#include "tunnels.h"

struct policy_entry {
	struct policy_rule rule;
	struct rule_choice choice;
	struct flow_told flow;
	uint16_t received_by; /* first link of rule.receive that is good; 0: none */
	bool told;            /* the data plane has the rule as it is, with these tunnels: */
	uint8_t told_count;
	struct traffic_share told_set[BINDINGS_MAX];
};

struct policy {
	uint32_t subject; /* the one that was told of the rules; 0: none */
	bool outbox_was_full;
	struct flow_report report;
	nanos again;      /* when time alone may change an order */
	uint32_t changes; /* of rules, and of the order in which they use their links */
	size_t count;
	size_t room;
	struct policy_entry *at; /* `count` of them */
};

/* Zeroed, it is empty. */
void policy_fini(struct policy *);
/* 0; -ENOMEM; -EINVAL: the rule is malformed, or another one has its preference; -ENOSPC:
 * RULES_MAX. `sequence`, here and below: of the last update to the home agent. */
int policy_set(struct policy *, const struct policy_rule *, uint16_t sequence);
/* -EINVAL: there is no such rule. */
int policy_remove(struct policy *, uint16_t number, uint16_t sequence, struct outbox *);
/* Tells the data plane of what has changed since the last call. */
void policy_tell(struct policy *, const struct tunnels *, struct outbox *);

#endif
