/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flow options of RFC 6089 in a Binding Update by hand, and the rules of the data plane that follow
 * from them.
 *
 *     flow_add(&update.message, 7, 10, 80, 2, 1, 2);     FID 7, FID-PRI 10, port 80, to BIDs 1, 2
 *     flow_summary(&update.message, 1, 5);
 */
#ifndef MONAMI_TESTS_SCENE_FLOWS_H
#define MONAMI_TESTS_SCENE_FLOWS_H

#include "update.h"

#include "../../../src/wire/flow_status.h"

/* A home agent with flow bindings, where HOME has BIDs 1 to 3. */
void flows_begin(struct scene *);
/* Its rule of this FID for HOME; NULL: none. */
const struct effect_traffic *flows_rule(const struct scene *, uint16_t fid);

/* An option without sub-options. */
struct opt_flow *flow_option(struct message *, uint16_t fid, uint16_t priority);
/* A selector of IPv6 packets from this port. */
void flow_selector(struct opt_flow *, uint16_t source_port);
void flow_bids(struct opt_flow *, unsigned count, ...);
/* All of it. */
void flow_add(struct message *, uint16_t fid, uint16_t priority, uint16_t source_port,
	unsigned count, ...);
void flow_summary(struct message *, unsigned count, ...);

/* The status of the FID in an acknowledgement; -1: it has no option of it. */
int flow_status_of(const struct message *acknowledgement, uint16_t fid);

/* The rule of the FID, as the actor told the data plane; `peer`: as in a tunnel. NULL: none. */
const struct effect_traffic *flow_rule(
	const struct actor *, const char *home_address, const char *peer, uint16_t fid);
/* It leads to exactly these BIDs: a copy to each, if there are several. */
void expect_rule(const struct effect_traffic *, uint16_t priority, uint16_t source_port,
	unsigned count, ...);

struct flow_list {
	size_t count;
	struct flow_view at[RULES_MAX];
};
struct flow_list flows_of(const struct actor *);

#endif
