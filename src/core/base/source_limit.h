/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits a correspondent's answers to messages that cost their sender nothing: Home and Care-of
 * Test Inits, updates that prove nothing, packets that name a home address without binding. Each of
 * these has a limit of its own, so that none uses up the answers to another.
 *
 * The limit is for the answers to one address. A limit for a network would be wrong: the Home Test
 * Inits of a whole fleet come from the network of its home agent, so one node with many sources, or
 * a forger, would use up the answers to all. So would a limit for all addresses together. A forger
 * harms only the address that it names and those in the same group; a secret key chooses the
 * groups.
 *
 * An attacker gains nothing from what stays unlimited. Each answer is to one question, and about as
 * large (a Home Test has the eight octets of the token more), so an attacker that floods a network
 * by our answers has to send as much itself (RFC 6275 15.4.1). An answer costs about as much as the
 * question, one HMAC and no state: the processor limits all of them together.
 *
 * With 200 answers a second for each of 4096 groups, sources that are spread over them deprive no
 * node of its answer below some 800,000 questions a second, more than one processor receives; ten
 * thousand mobile nodes that begin in the same second, with several care-of addresses each, are a
 * dozen to a group.
 */
#ifndef MONAMI_CORE_SOURCE_LIMIT_H
#define MONAMI_CORE_SOURCE_LIMIT_H

#include "rate_limit.h"

#define SOURCE_LIMIT_GROUPS 4096

struct source_limit {
	struct hash_key key;
	struct bucket_kind kind;
	struct bucket groups[SOURCE_LIMIT_GROUPS];
};

/* This many each second, and as many at once. */
void source_limit_init(struct source_limit *, const struct core_port *, unsigned per_second);

/* Whether it may be answered now; if so, it is counted as answered. */
bool source_limit_allows(struct source_limit *, nanos now, const struct in6_addr *source);

#endif
