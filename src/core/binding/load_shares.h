/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The share of a home address's flows that each of its bindings gets, as the Load Balancing options
 * of an authentic Binding Update say (draft-montavont-mip6-mmi-02 7.1 to 7.3, ADR 63). The options
 * bind no address: a CoA ID is the BID of a binding, or 0 for the care-of address of the update
 * itself. The options of an update say all the shares; an update without any takes them away.
 */
#ifndef MONAMI_CORE_LOAD_SHARES_H
#define MONAMI_CORE_LOAD_SHARES_H

#include "registration.h"

/*
 * Sets the shares of the bindings of a registration that is accepted. STATUS_ACCEPTED, or the
 * status that refuses the update: malformed, or an option is about an address that is not bound.
 */
uint8_t load_shares_set(const struct registration_request *, struct registration *);

#endif
