/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine drawn in peer_bids.h.
 */
#include "peer_bids.h"

#include <assert.h>

/* True: BIDs were used until now. */
static bool enter(enum peer_bids *bids, enum peer_bids next)
{
	bool used = peer_bids_used(*bids);
	*bids = next;
	return used && !peer_bids_used(next);
}

bool peer_bids_step(enum peer_bids *bids, enum peer_bids_event event)
{
	bool falls_back = event == PEER_BIDS_FALL_BACK;
	switch (*bids) {
	case PEER_BIDS_ASSUMED:
		return enter(bids, falls_back ? PEER_BIDS_LACKING : PEER_BIDS_CONFIRMED);
	case PEER_BIDS_CONFIRMED:
		return falls_back && enter(bids, PEER_BIDS_PROHIBITED);
	case PEER_BIDS_LACKING:
		return !falls_back && enter(bids, PEER_BIDS_PROHIBITED);
	case PEER_BIDS_PROHIBITED:
		return false;
	case PEER_BIDS_STATES:
		break;
	}
	assert(false);
	return false;
}

bool peer_bids_used(enum peer_bids bids)
{
	return bids == PEER_BIDS_ASSUMED || bids == PEER_BIDS_CONFIRMED;
}

bool peer_bids_known(enum peer_bids bids)
{
	return bids == PEER_BIDS_CONFIRMED || bids == PEER_BIDS_PROHIBITED;
}
