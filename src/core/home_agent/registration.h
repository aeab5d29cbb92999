/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an authentic Binding Update makes of the bindings of its home address: RFC 5648 6.2, and
 * RFC 6275 10.3.1 and 10.3.2 without Binding Identifier options. A function without side effects:
 * the outcome is a new set of bindings, which somebody else puts into force, or throws away.
 */
#ifndef MONAMI_CORE_REGISTRATION_H
#define MONAMI_CORE_REGISTRATION_H

#include "binding_cache.h"
#include "home_prefixes.h"

/* So many Binding Identifier options are sure to fit the acknowledgement that echoes them. */
#define BIDS_ECHOED_MAX 220

struct registration_request {
	const struct message *update;
	const struct in6_addr *home_address;
	const struct in6_addr *source;  /* of the packet */
	const struct in6_addr *care_of; /* of a binding without BID */
	const struct in6_addr *home_agent;
	const struct home_prefixes *prefixes;
	nanos expires;
	uint16_t lifetime;  /* granted, units of four seconds */
	uint16_t bid_count; /* options to heed; 0: as RFC 6275 */
	uint8_t bindings_max;
	uint8_t home_status;   /* of a binding with H (home_binding.h) */
	bool prefix_discovery; /* RFC 6275 10.3.1: acceptance says 1 instead of 0 */
	bool mcoa_prohibited;
	bool bulk_prohibited;
	bool proved_only; /* no care-of address that no update has come from: VERIFY_NO_BULK */
};

struct registration {
	struct bindings bindings;             /* as they are to be */
	bool accepted;                        /* else `bindings` is not to be used */
	uint8_t status;                       /* of the acknowledgement */
	uint8_t bid_status[MESSAGE_BIDS_MAX]; /* of each option in it, as many as heeded */
};

/* RFC 6275 9.5.1: lifetime zero, or the home address as care-of address */
bool registration_deletes(const struct registration_request *);

void registration_evaluate(const struct registration_request *, const struct bindings *present,
	struct registration *ret);

#endif
