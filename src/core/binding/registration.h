/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bindings of a home address after an authentic Binding Update, at a home agent or a
 * correspondent: RFC 5648 6.2, and RFC 6275 9.5.2, 9.5.3, 10.3.1 and 10.3.2 for updates without
 * Binding Identifier options. No side effects: the caller puts the new bindings into force, or
 * discards them.
 */
#ifndef MONAMI_CORE_REGISTRATION_H
#define MONAMI_CORE_REGISTRATION_H

#include "../base/home_prefixes.h"
#include "../base/node_addresses.h"
#include "binding.h"

/* This many Binding Identifier options always fit the acknowledgement that echoes them. */
#define BIDS_ECHOED_MAX 220

/* The differences between a home agent and a correspondent. */
struct registration_rules {
	/* RFC 6275 5.2.5: tokens prove one care-of address; it is bound, even if an option has
	 * another one */
	bool care_of_proved;
	/* RFC 6275 9.5.1: the home address as care-of address deletes; otherwise it is invalid */
	bool home_address_deletes;
	/* RFC 6275 10.3.2: 133 if there is no binding to delete */
	bool deletes_bound_only;
	/* RFC 5648 6.3: H in an option binds the home link; otherwise it is ignored */
	bool home_link;
	/* RFC 5648 8: an IPv4 care-of address makes its option malformed, not the update */
	bool ipv4_alone_malformed;
};

struct registration_request {
	const struct registration_rules *rules;
	const struct message *update;
	const struct in6_addr *home_address;
	const struct in6_addr *own;         /* the node's own address, at which the bindings are */
	const struct in6_addr *source;      /* of the packet */
	const struct in6_addr *care_of;     /* of a binding without BID */
	const struct node_addresses *nodes; /* of all roles; none is a care-of address; or NULL */
	const struct home_prefixes
		*home_prefixes; /* prefixes in which no care-of address may be; or NULL */
	nanos expires;
	uint16_t lifetime;  /* granted, units of four seconds */
	uint16_t bid_count; /* options that count; 0: as RFC 6275 */
	uint8_t bindings_max;
	uint8_t home_status;   /* of a binding of the home link */
	bool prefix_discovery; /* RFC 6275 10.3.1: acceptance says 1 instead of 0 */
	bool mcoa_prohibited;
	bool bulk_prohibited;
	bool proved_only; /* no care-of address that no update has come from: VERIFY_NO_BULK */
};

struct registration {
	struct bindings bindings;             /* after the update */
	bool accepted;                        /* else `bindings` is undefined */
	uint8_t status;                       /* of the acknowledgement */
	uint8_t bid_status[MESSAGE_BIDS_MAX]; /* of each option that counts */
};

/* RFC 6275 9.5.1: whether it is a de-registration */
bool registration_deletes(const struct registration_request *);

void registration_evaluate(const struct registration_request *, const struct bindings *present,
	struct registration *ret);

#endif
