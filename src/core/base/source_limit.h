/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a correspondent answers what has cost the asker nothing: Home and Care-of Test Inits,
 * updates that prove nothing, packets that name a home address without binding. Each of these has a
 * limit of its own, so that none uses up the answers to another.
 *
 * What is limited is what goes to one address. Not to one network: the Home Test Inits of a whole
 * fleet come from the network of its home agent, so that one node with as many sources as it likes,
 * or whoever forges them, would use up the answers of all. And not to all together: what all share,
 * forged sources could use up, and no mobile node would be served any more. Whoever forges harms
 * the address that he names and what shares its group; which that is, only the key knows.
 *
 * What is left unlimited is no gain to him. Each answer is to one question, and about as large (a
 * Home Test has the eight octets of the token more), so that who wants to flood a network by our
 * answers has to send as much himself (RFC 6275 15.4.1). An answer costs about as much as the
 * question did, one HMAC and no state: the processor is limit enough for all together.
 *
 * With 200 answers a second for each of 4096 groups, sources that are spread over them keep nobody
 * from an answer below some 800,000 questions a second, more than one processor takes in; ten
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

/* So many each second, and as many at once. */
void source_limit_init(struct source_limit *, const struct core_port *, unsigned per_second);

/* Whether it may be answered now; if so, it is counted as answered. */
bool source_limit_allows(struct source_limit *, nanos now, const struct in6_addr *source);

#endif
