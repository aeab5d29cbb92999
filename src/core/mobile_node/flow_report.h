/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells the home agent of the rules, and keeps its acknowledgements (RFC 6089 5.2). Each update
 * names all flow bindings: whole those that are new or changed, in a Flow Summary option the
 * others; the home agent deletes those that are not named. What does not fit one update is new in
 * the next one.
 *
 *     content  what a flow identification option says of a rule: FID-PRI, selector, BIDs
 *     held     the content that the home agent has acknowledged
 *
 * A home agent that answers such an option by none does not know RFC 6089: it is sent no more of
 * them until it is another one, or has lost its bindings.
 */
#ifndef MONAMI_CORE_FLOW_REPORT_H
#define MONAMI_CORE_FLOW_REPORT_H

#include "flow_content.h"
#include "home_registration.h"

struct flow_content {
	uint16_t priority;
	uint8_t count; /* 0: no link carries the rule */
	uint16_t bids[BINDINGS_MAX];
	uint32_t selector; /* counts its changes */
};

/* Of one rule. Zeroed, the home agent was told nothing. */
struct flow_told {
	uint32_t selector; /* how often it has changed */
	bool asked;        /* some update had it whole: the home agent may hold something */
	bool known;        /* the home agent holds `held` */
	uint8_t status;    /* enum flow_status: the refusal of `refused`; 0: none */
	uint16_t sequence; /* asked: of the last such update */
	struct flow_content wanted;
	struct flow_content held;
	struct flow_content refused;
};

/* One flow in an update. */
struct flow_item {
	uint16_t fid;
	bool whole; /* in an option of its own; else in the summary */
	struct flow_content content;
};

struct flow_statement {
	uint16_t sequence; /* of the update */
	uint8_t count;
	struct flow_item at[RULES_MAX];
};

/* Zeroed, it is about a home agent of which nothing is known. */
struct flow_report {
	bool shares_are_options; /* Load Balancing options say rules that share all packets */
	bool unsupported;        /* the home agent does not know RFC 6089 */
	bool surplus;            /* it may hold flow bindings of no rule; ... */
	uint16_t surplus_from;   /* ... not after an update of a greater sequence number */
	struct flow_wish wish;
	struct flow_statement next; /* what the next update says */
	unsigned sent_next;
	struct flow_statement sent[UPDATES_REMEMBERED];
};

struct policy;

/* Whether the home agent can be told of the rule by RFC 6089, which knows no rule that discards,
 * and none for packets of one interface. */
bool flow_report_can_tell(const struct flow_report *, const struct policy_rule *);
/* Octets of flow options in one update, beside Load Balancing options if there may be any. */
size_t flow_report_octets_max(const struct flow_report *);
/* The rule was changed. `removed`: it is gone. `sequence`: of the last update. */
void flow_report_changed(struct flow_report *, struct flow_told *, const struct policy_rule *before,
	const struct policy_rule *now, uint16_t sequence);
/* Plans what the next update says, and `wish`. */
void flow_report_plan(struct policy *);
/* An update with `next` leaves. */
void flow_report_sent(struct policy *, uint16_t sequence);
/* RFC 6089 5.2.6: the update with this number is answered; `accepted`: its BIDs are. */
void flow_report_answered(
	struct policy *, uint16_t sequence, bool accepted, const struct message *);
/* An update has registered the BID: a flow binding that was refused for want of it is asked for
 * again. */
void flow_report_bound(struct policy *, uint16_t bid);
/* The home agent has no flow bindings of this node: it is another one, or has lost them. */
void flow_report_restart(struct policy *);
/* The options of `next`. */
void flow_report_write(const struct policy *, struct message *);
/* For the view. */
enum flow_state flow_report_state(
	const struct flow_report *, const struct policy_rule *, const struct flow_told *);

#endif
