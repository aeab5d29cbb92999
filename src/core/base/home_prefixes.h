/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Prefix List of a home agent (RFC 6275 10.3.1, RFC 4861 5.1): the prefixes of its home link
 * and how long they are valid and preferred. Home addresses are in these prefixes, bindings end
 * with them, and care-of addresses must not be in them.
 */
#ifndef MONAMI_CORE_HOME_PREFIXES_H
#define MONAMI_CORE_HOME_PREFIXES_H

#include "../api/core.h"

#define HOME_PREFIXES_MAX 8

struct home_prefixes {
	uint8_t count;
	struct host_prefix at[HOME_PREFIXES_MAX];
};

/* The configured prefix, with infinite lifetimes until it is set or removed. */
void home_prefixes_init(
	struct home_prefixes *, const struct in6_addr *prefix, uint8_t prefix_length);

/* Adds, or changes the one of this prefix and length. 0, -EINVAL (none that can be), -ENOSPC. */
int home_prefixes_set(struct home_prefixes *, const struct host_prefix *);
/* 0, or -EINVAL: there is none of this prefix and length. */
int home_prefixes_remove(struct home_prefixes *, const struct host_prefix *);

/* The longest that the address is in, whether it is still valid or not; NULL if there is none. */
const struct host_prefix *home_prefixes_of(
	const struct home_prefixes *, const struct in6_addr *address);

/* Until when the address may be a home address; 0 if it is in no prefix. */
nanos home_prefixes_valid_until(const struct home_prefixes *, const struct in6_addr *home_address);

#endif
