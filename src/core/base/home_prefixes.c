/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A short array: home links have few prefixes.
 */
#include "home_prefixes.h"

#include "../../wire/icmpv6.h"

#include <errno.h>

void home_prefixes_init(
	struct home_prefixes *prefixes, const struct in6_addr *prefix, uint8_t prefix_length)
{
	prefixes->count = 1;
	prefixes->at[0] = (struct host_prefix){
		.prefix = *prefix,
		.length = prefix_length,
		.on_link = true,
		.autonomous = true,
		.valid_until = NANOS_NEVER,
		.preferred_until = NANOS_NEVER,
	};
}

static struct host_prefix *find_prefix(
	struct home_prefixes *prefixes, const struct host_prefix *wanted)
{
	for (uint8_t i = 0; i < prefixes->count; i++) {
		struct host_prefix *at = &prefixes->at[i];
		if (at->length == wanted->length &&
			address_in_prefix(&wanted->prefix, &at->prefix, at->length))
			return at;
	}
	return NULL;
}

/* RFC 4861 4.6.2: none of link-local addresses, and preferred no longer than valid */
static bool can_be(const struct host_prefix *prefix)
{
	return prefix->length > 0 && prefix->length <= 128 &&
	       !IN6_IS_ADDR_LINKLOCAL(&prefix->prefix) && !IN6_IS_ADDR_MULTICAST(&prefix->prefix) &&
	       prefix->preferred_until <= prefix->valid_until;
}

int home_prefixes_set(struct home_prefixes *prefixes, const struct host_prefix *wanted)
{
	if (!can_be(wanted))
		return -EINVAL;
	struct host_prefix *at = find_prefix(prefixes, wanted);
	if (!at && prefixes->count == HOME_PREFIXES_MAX)
		return -ENOSPC;
	if (!at)
		at = &prefixes->at[prefixes->count++];
	*at = *wanted;
	return 0;
}

int home_prefixes_remove(struct home_prefixes *prefixes, const struct host_prefix *gone)
{
	struct host_prefix *at = find_prefix(prefixes, gone);
	if (!at)
		return -EINVAL;
	*at = prefixes->at[--prefixes->count];
	return 0;
}

const struct host_prefix *home_prefixes_of(
	const struct home_prefixes *prefixes, const struct in6_addr *address)
{
	const struct host_prefix *longest = NULL;
	for (uint8_t i = 0; i < prefixes->count; i++) {
		const struct host_prefix *at = &prefixes->at[i];
		if ((!longest || at->length > longest->length) &&
			address_in_prefix(address, &at->prefix, at->length))
			longest = at;
	}
	return longest;
}

nanos home_prefixes_valid_until(
	const struct home_prefixes *prefixes, const struct in6_addr *home_address)
{
	const struct host_prefix *prefix = home_prefixes_of(prefixes, home_address);
	return prefix ? prefix->valid_until : 0;
}
