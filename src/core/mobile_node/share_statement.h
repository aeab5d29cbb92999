/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Load Balancing options of one update (draft-montavont-mip6-mmi-02 7.3): for each care-of
 * address whether the mobile node sends by it (S), and its share of what the mobile node receives
 * (D, in parts of 15). They say all of the shares (ADR 63).
 */
#ifndef MONAMI_CORE_SHARE_STATEMENT_H
#define MONAMI_CORE_SHARE_STATEMENT_H

#include "../../wire/message.h"
#include "peer_policy.h"

/* After a refusal for these options, updates have none for so long. */
#define SHARES_AGAIN (60 * NANOS_PER_SECOND)

/* Octets that the options take at most. */
#define SHARE_STATEMENT_OCTETS (24 * BINDINGS_MAX)

struct share_item {
	struct link_share share;
	struct in6_addr care_of;
};

/* Zeroed, it says nothing: the update has no such option. */
struct share_statement {
	uint8_t count;
	struct share_item at[BINDINGS_MAX];
};

void share_statement_add(
	struct share_statement *, const struct link_share *, const struct in6_addr *care_of);
/* All have been added. Without a care-of address to receive by, it says nothing. */
void share_statement_end(struct share_statement *);
bool share_statement_equal(const struct share_statement *, const struct share_statement *);
void share_statement_write(const struct share_statement *, struct message *);
/* Whether an update with such options may have been refused for them. */
bool share_statement_is_refused(const struct share_statement *, uint8_t status);

#endif
