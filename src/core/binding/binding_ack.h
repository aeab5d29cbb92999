/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Acknowledgements of a home agent or a correspondent: RFC 6275 9.5.4, 10.3.1; RFC
 * 5648 6.2; RFC 4285 6.
 */
#ifndef MONAMI_CORE_BINDING_ACK_H
#define MONAMI_CORE_BINDING_ACK_H

#include "../base/role.h"
#include "flow_registration.h"

/* Options in an acknowledgement, without care-of address and without sub-options. BIDS_ECHOED_MAX
 * of the first kind fit. */
#define ACK_BID_OCTETS 6
#define ACK_FLOW_OCTETS 8

struct binding_update;

struct binding_ack {
	uint8_t status;
	uint16_t sequence;
	uint16_t lifetime;  /* units of four seconds */
	uint16_t advice;    /* refresh interval in units of four seconds; 0: none */
	bool unauthorized;  /* RFC 6275 9.5.4: without Binding Authorization Data */
	bool has_timestamp; /* RFC 4285 6 */
	uint64_t timestamp;
	uint16_t bid_count;        /* options to echo */
	const uint8_t *bid_status; /* of each; NULL: all zero */
	uint8_t flow_count;
	const struct flow_answer *flows; /* RFC 6089 5.3.5 */
};

/* The acknowledgement of this update, without lifetime. */
struct binding_ack binding_ack_of(const struct binding_update *, uint8_t status);
/* Its message, without authenticator. `update` is the message that it answers. */
void binding_ack_fill(const struct binding_ack *, const struct dialect *,
	const struct message *update, struct message *ret);
/* Sends it to the source of the update. */
void binding_ack_send(const struct binding_update *, const struct binding_ack *);

#endif
