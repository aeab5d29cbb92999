/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answers of the home agent to Binding Updates: what the files that read them share.
 */
#ifndef MONAMI_CORE_ACKNOWLEDGEMENT_H
#define MONAMI_CORE_ACKNOWLEDGEMENT_H

#include "ack_rules.h"
#include "mobile_node.h"

/* ---- grant.c ---- */

/* The acknowledgement grants a registration, or some BIDs of it. */
void grant_of(struct mobile_node *, nanos now, const struct update *, const struct message *,
	struct outbox *);
/* Nothing is bound under this BID any more; reported if something was. */
void binding_end(struct mobile_node *, uint16_t bid, struct outbox *);
/* The home agent has carried out the update: nothing is bound under this BID. */
void binding_removed(struct mobile_node *, const struct update *, uint16_t bid, struct outbox *);
/*
 * The home agent refused the update because nothing was bound under this BID. An earlier update may
 * have arrived after this one: a binding that was acknowledged since this one was sent stays.
 */
void binding_absent(struct mobile_node *, const struct update *, uint16_t bid, struct outbox *);

/* ---- refusal.c ---- */

/* The acknowledgement refuses the update with this status. */
void refusal_of(struct mobile_node *, struct moment, const struct update *, const struct message *,
	uint8_t status, struct outbox *);
/* It refuses one BID of it. */
void refusal_of_item(struct mobile_node *, nanos now, const struct update *,
	const struct update_item *, uint8_t status, struct outbox *);
/* Does what the status asks for, of the update or of one BID. False: it asks for nothing. */
bool refusal_react(struct mobile_node *, const struct update *, uint8_t status, struct outbox *);
/* RFC 5648 5.7: updates carry no BID from now on, for as long as there is this home agent. */
void refusal_fall_back(struct mobile_node *, struct outbox *);
/* RFC 4285 6: the high-order half of the next timestamps is that of the home agent's clock. */
void refusal_adjust_clock(
	struct mobile_node *, struct moment, const struct message *, struct outbox *);
void refusal_report(struct mobile_node *, uint16_t bid, uint8_t status, struct outbox *);

/* ---- removal.c ---- */

/* The acknowledgement answers the de-registration of some BIDs. */
void removal_of(struct mobile_node *, struct moment, const struct update *, const struct message *,
	struct outbox *);
/* It answers that of everything, by the home link. */
void removal_of_all(struct mobile_node *, struct moment, const struct update *,
	const struct message *, struct outbox *);

#endif
