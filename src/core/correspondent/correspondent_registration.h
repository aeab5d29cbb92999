/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an authentic Binding Update makes of the bindings of its home address at a correspondent:
 * RFC 6275 9.5.2, 9.5.3, RFC 5648 6.2. As registration.h, without side effects; but each update is
 * of one binding, and its status is that of the acknowledgement.
 */
#ifndef MONAMI_CORE_CORRESPONDENT_REGISTRATION_H
#define MONAMI_CORE_CORRESPONDENT_REGISTRATION_H

#include "../home_agent/registration.h"

struct correspondent_request {
	const struct message *update;
	const struct in6_addr *home_address;
	const struct in6_addr *own;
	const struct in6_addr *care_of; /* that the authenticator covers */
	nanos expires;
	uint16_t lifetime;  /* granted, units of four seconds; 0: takes away */
	uint16_t bid_count; /* options to heed; 0: as RFC 6275 */
	uint8_t bindings_max;
};

/* STATUS_ACCEPTED: `ret` is what the bindings are to be; else `ret` is not to be used. */
uint8_t correspondent_registration_evaluate(
	const struct correspondent_request *, const struct bindings *present, struct bindings *ret);

#endif
