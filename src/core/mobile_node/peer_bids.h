/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a home agent or a correspondent knows Binding Identifiers (RFC 5648 5.7):
 *
 *                signed answer with BIDs
 *     ASSUMED ---------------------------> CONFIRMED
 *        |                                     |
 *        | it answers without BIDs, or prohibits them
 *        v                                     v
 *     LACKING ---------------------------> PROHIBITED
 *                signed answer with BIDs
 *
 * In LACKING and PROHIBITED, updates carry no BID, for as long as there is this peer.
 */
#ifndef MONAMI_CORE_PEER_BIDS_H
#define MONAMI_CORE_PEER_BIDS_H

#include <stdbool.h>

enum peer_bids {
	PEER_BIDS_ASSUMED,
	PEER_BIDS_CONFIRMED,
	PEER_BIDS_LACKING,    /* or the configuration switches them off */
	PEER_BIDS_PROHIBITED, /* the peer knows them, and does not take them */
	PEER_BIDS_STATES,
};

enum peer_bids_event {
	PEER_BIDS_SIGNED, /* a signed answer carries Binding Identifier options */
	PEER_BIDS_FALL_BACK,
	PEER_BIDS_EVENTS,
};

/* True: from now on updates carry no BID, which is to be reported. */
bool peer_bids_step(enum peer_bids *, enum peer_bids_event);

/* Updates carry BIDs. */
bool peer_bids_used(enum peer_bids);
/* CONFIRMED or PROHIBITED. */
bool peer_bids_known(enum peer_bids);

#endif
