/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules by hand, for the data plane of `bench` (passage.h).
 *
 *     struct effect_traffic rule = rule_to(subject, 7, 10, 2);    FID 7, FID-PRI 10, to BID 2
 *     rule_give(&rule, FLOW_SOURCE_PORT, 5060, 5061);
 *     rule_set(&rule);
 */
#ifndef MONAMI_TESTS_RULE_H
#define MONAMI_TESTS_RULE_H

#include "passage.h"

/* Of all packets, to the tunnel of one BID. */
struct effect_traffic rule_to(uint32_t subject, uint16_t number, uint16_t preference, uint16_t bid);
/* Only of packets with this field from `first` to `last`. */
void rule_give(struct effect_traffic *, enum flow_field, uint32_t first, uint32_t last);
/* To the tunnel of its BID at weight 3, and to that of this one at weight 1. */
void rule_three_to_one(struct effect_traffic *, uint16_t bid);
/* Set and published. */
void rule_set(const struct effect_traffic *);

/* For random rules: numbers below `bound`, from a seed. */
void draw_from(uint64_t seed);
uint32_t draw(uint32_t bound);

#endif
