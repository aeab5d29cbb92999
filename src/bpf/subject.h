/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Finds the subject of a packet: by an address in one of the subject's prefixes, or by a home
 * address and a correspondent.
 */
#ifndef MONAMI_BPF_SUBJECT_H
#define MONAMI_BPF_SUBJECT_H

#include "prefix.h"
#include "state.h"

/* NULL: the daemon has given the number to another subject meanwhile. */
static __always_inline struct abi_subject *subject_get(
	const struct abi_subject_ref *ref, __u32 *ret_number)
{
	struct abi_subject *subject;
	__u32 generation;

	if (!ref)
		return NULL;
	*ret_number = ref->subject;
	generation = ref->generation;
	subject = bpf_map_lookup_elem(&subjects, ret_number);
	return subject && subject->generation == generation ? subject : NULL;
}

/* The subject that has a prefix of this address. */
static __always_inline struct abi_subject *subject_of(
	enum abi_side side, const struct abi_address *address, __u32 *ret_number)
{
	return subject_get(prefix_lookup(side, address), ret_number);
}

static __always_inline struct abi_subject *subject_of_home(
	enum abi_side side, const struct abi_address *home_address, __u32 *ret_number)
{
	return subject_get(home_lookup(side, home_address), ret_number);
}

/* Whether it is the home address of a mobile node on this host. */
static __always_inline bool is_own_home_address(const struct abi_address *address)
{
	return home_lookup(ABI_SIDE_MOBILE_NODE, address) != NULL;
}

/* Whether the mobile node is at home on the link. */
static __always_inline bool is_home_link(const struct abi_address *home_address, __u32 ifindex)
{
	const struct abi_home_link key = {.home_address = *home_address, .ifindex = ifindex};

	return bpf_map_lookup_elem(&home_links, &key) != NULL;
}

/* The subject of the route-optimized paths between the two. */
static __always_inline struct abi_subject *subject_of_pair(enum abi_side side,
	const struct abi_address *home_address, const struct abi_address *peer, __u32 *ret_number)
{
	const struct abi_pair key = {.home_address = *home_address, .peer = *peer, .side = side};

	return subject_get(bpf_map_lookup_elem(&pairs, &key), ret_number);
}

#endif
