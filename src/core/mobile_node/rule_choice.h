/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order a rule uses its links, as their quality changes (ADR 60). A link that gets worse
 * goes behind the others at once. It comes back after it was good for 2 s, twice as long each time
 * (64 s at most, anew after five minutes), and only while this rule has moved at most twice in the
 * last minute: its next loss is the fourth move. What a lost carrier, the operator or a hint causes
 * is neither counted nor delayed.
 */
#ifndef MONAMI_CORE_RULE_CHOICE_H
#define MONAMI_CORE_RULE_CHOICE_H

#include "../api/effect.h"
#include "../api/views.h"
#include "link_quality.h"
#include "move_limit.h"

struct choice_link {
	uint16_t bid;
	uint8_t weight;
	uint8_t reason;  /* enum link_reason */
	uint8_t failing; /* conditions, one bit for each */
	uint8_t losses;  /* how often it got worse, for the hold-down */
	size_t place;    /* in the rule */
	nanos good;      /* no reason but RETURNING since then; 0: there is one */
	nanos lost;      /* when it last got worse */
	nanos better; /* its delay is clearly less than the first one's since then; 0: it is not */
};

/* Zeroed, it has seen no link. */
struct rule_choice {
	size_t count;
	struct choice_link at[BINDINGS_MAX]; /* in the order of use */
	size_t sharing;    /* so many of the first ones share the flows; but for PRIORITY 1 */
	uint8_t overloads; /* how often one more had to share, for the hold-down */
	nanos overload;    /* all of them are overloaded since then; 0: not */
	nanos relief;      /* none of them is since then; 0: not */
	nanos overloaded;  /* when one more was last added */
	struct move_limit limit;
	nanos again; /* when time alone may change the order; NANOS_NEVER: never */
};

/* Orders the links anew. */
void rule_choice_step(
	struct rule_choice *, const struct policy_rule *, const struct link_qualities *, nanos now);
/* They use the same links in the same order, and for the same reasons. */
bool rule_choice_same(const struct rule_choice *, const struct rule_choice *);
/* Whether the rule may use the link: a strict one uses none that fails a condition. */
bool rule_choice_permits(const struct policy_rule *, const struct choice_link *);
/* It is registered, and its path carries packets. */
bool rule_choice_carries(const struct choice_link *);
/* Lower is used first; links of one tier share the flows. */
uint8_t rule_choice_tier(const struct rule_choice *, const struct policy_rule *, size_t place);
/* The mode by which the data plane uses the links. */
enum traffic_mode rule_traffic_mode(const struct policy_rule *);

#endif
