/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 6275 10.3.1, L: the link-local address that a mobile node has besides its home address, with
 * the same interface identifier. Only for home prefixes of 64 bits, as interface identifiers have
 * the other 64 (RFC 4291 2.5.1).
 */
#ifndef MONAMI_CORE_LINK_LOCAL_H
#define MONAMI_CORE_LINK_LOCAL_H

#include "home_link.h"

/* Whether the update asks for it, and it exists. */
bool link_local_wanted(
	const struct home_link *, const struct binding_entry *, const struct message *);
struct in6_addr link_local_of(const struct in6_addr *home_address);
/* Whose it is, as far as it is asked for; NULL. */
struct binding_entry *link_local_owner(const struct home_link *, const struct in6_addr *link_local);

#endif
