/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a Binding Update asks for and what the Binding Acknowledgement to it means, whether a home
 * agent or a correspondent sends it: RFC 6275 11.7.3, RFC 5648 4.2 to 4.4, 5.7. Pure functions.
 */
#ifndef MONAMI_CORE_ACK_RULES_H
#define MONAMI_CORE_ACK_RULES_H

#include "../../wire/message.h"
#include "../api/core.h"
#include "update_kind.h"

/* The status of one BID: that of its option, or of the acknowledgement if the option says zero. A
 * malformed option counts as absent. With NOTCOMPLETE, a BID without option was not accepted. */
uint8_t ack_status_of(const struct message *, uint16_t bid);

/* False: the peer refused the update before it looked at its options (RFC 6275 9.5.1, 10.3.1,
 * 10.3.2, RFC 4285 6, 8). */
bool ack_is_about_options(uint8_t status);

/* RFC 5648 5.7: the update had Binding Identifier options, and the peer skipped them. `home`: it
 * had the home binding. */
bool ack_lacks_bids(enum update_kind, bool home, const struct message *);

/* What a refused update asked for. */
struct ack_asked {
	bool overwrite; /* O */
	bool with_bids; /* and the peer is not known to lack them */
	bool several;   /* more at once than a peer without bulk registration takes */
	bool home;      /* the home binding beside others */
};

/* How to go on after a refusal. */
enum ack_reaction {
	ACK_BACK_OFF,     /* the status names no other way */
	ACK_OVERWRITE,    /* again with O: a binding without BID exists */
	ACK_WITHOUT_BIDS, /* again without BIDs */
	ACK_ONE_BY_ONE,   /* again, one update for each BID */
	ACK_HOME_ALONE,   /* again, without the home binding or without the others */
};
enum ack_reaction ack_reaction_to(uint8_t status, const struct ack_asked *);

struct ack_times {
	nanos expires; /* NANOS_NEVER: infinite lifetime */
	nanos refresh; /* when to ask for more: after three quarters of it, or as advised */
};
/*
 * RFC 6275 11.7.3: counted from when the update was sent; no more than it asked for, in units of
 * four seconds. `advised`: a Binding Refresh Advice option counts, which only a home agent sends
 * (RFC 6275 6.2.4).
 */
struct ack_times ack_times_of(nanos sent, uint16_t asked, const struct message *, bool advised);

#endif
