/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a correspondent is told of the rules (RFC 6089 4.2, ADR 66): a flow binding of each rule
 * that uses a link which is bound there, to the first of these links. Each update says all of it;
 * of more than fits one update, the rules that go first.
 */
#ifndef MONAMI_CORE_CORRESPONDENT_FLOWS_H
#define MONAMI_CORE_CORRESPONDENT_FLOWS_H

#include "../../wire/message.h"
#include "mobile_node_public.h"

/* The bindings that a correspondent has. */
struct bound_links {
	size_t count;
	uint16_t bids[BINDINGS_MAX];
};

/* Of all that it is told; 0: nothing. `policy`: NULL, no rules. */
uint64_t correspondent_flows_digest(const struct policy *, const struct bound_links *);
/* Adds the options. */
void correspondent_flows_write(const struct policy *, const struct bound_links *, struct message *);

#endif
