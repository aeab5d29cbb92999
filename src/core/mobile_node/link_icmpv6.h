/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ICMPv6 message from the care-of address of a link.
 */
#ifndef MONAMI_CORE_LINK_ICMPV6_H
#define MONAMI_CORE_LINK_ICMPV6_H

#include "link.h"

/* `home_address`: of a Home Address option; NULL, there is none. */
void link_icmpv6_build(const struct link *, const struct in6_addr *destination,
	const struct in6_addr *home_address, const struct icmpv6 *, struct effect_send *ret);

#endif
