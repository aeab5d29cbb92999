/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of a mobile node's policy, and what its data plane was told of them.
 *
 *     rule_set(&scene, &(struct policy_rule){.number = 1, .preference = 1, RULE_LINKS(2, 1)});
 *     expect_order(&scene, 1, "2 1");
 */
#ifndef MONAMI_TESTS_SCENE_RULES_H
#define MONAMI_TESTS_SCENE_RULES_H

#include "node.h"

#define RULE_LINKS_2(a, b) .links_count = 2, .links = {{(a), 1}, {(b), 1}}
#define RULE_LINKS_3(a, b, c) .links_count = 3, .links = {{(a), 1}, {(b), 1}, {(c), 1}}

int rule_set_result(struct scene *, const struct policy_rule *);
void rule_set(struct scene *, const struct policy_rule *);
void rule_remove(struct scene *, uint16_t number);
void link_hint(struct scene *, uint16_t bid, bool leaving);
/* What the data plane was told; NULL: there is no such rule. */
const struct effect_traffic *rule_told(const struct scene *, uint16_t number);
/* The BIDs that it was told in the order of use; those of one tier joined by '+', as "2 1+3". */
void expect_order(const struct scene *, uint16_t number, const char *bids);
/* The first BID of the rule; 0: none. */
uint16_t rule_first(const struct scene *, uint16_t number);
/* By which tunnel of the rule a flow leaves now: the first usable one; 0: none. */
uint16_t rule_sends_by(const struct scene *, uint16_t number);
/* Why the rule uses the link behind others. */
enum link_reason rule_reason(const struct scene *, uint16_t number, uint16_t bid);

#endif
