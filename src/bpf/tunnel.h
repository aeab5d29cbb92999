/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reading a subject and a tunnel while the daemon may be writing them (abi.h). Loads are volatile:
 * the compiler keeps their order, and so do strongly ordered machines. On others a reader might,
 * for some nanoseconds, see an address that is half old and half new: eBPF has no load barrier
 * for 5.10.
 */
#ifndef MONAMI_BPF_TUNNEL_H
#define MONAMI_BPF_TUNNEL_H

#include "map_read.h"
#include "maps.h"
#include "packet.h"

/* A consistent copy of the fields that sending needs. */
struct tunnel_copy {
	struct abi_address local;
	struct abi_address remote;
	struct abi_address next_hop;
	__u64 label_key;
	__u32 ifindex;
	__u32 mtu;
	__u32 generation;
	__u32 number;
	__u8 flags;
	__u8 encapsulation; /* enum abi_encapsulation */
};

static __always_inline struct abi_tunnel *tunnel_get(__u32 number)
{
	return bpf_map_lookup_elem(&tunnels, &number);
}

static __always_inline void read_address(struct abi_address *ret, const struct abi_address *from)
{
	const volatile __u64 *x = (const volatile __u64 *)from->octets;
	__u64 *y = (__u64 *)ret->octets;

	y[0] = x[0];
	y[1] = x[1];
}

static __always_inline bool unchanged(
	const struct abi_tunnel *tunnel, __u32 subject, __u32 generation)
{
	return generation % 2 == 0 && read_u32(&tunnel->subject) == subject &&
	       read_u32(&tunnel->generation) == generation;
}

/* The tunnel, if it is `node`'s and may be sent by at `now`. */
static __always_inline struct abi_tunnel *tunnel_read(
	__u32 number, __u32 subject, __u64 now, struct tunnel_copy *ret)
{
	struct abi_tunnel *tunnel = tunnel_get(number);

	if (!tunnel)
		return NULL;
	ret->generation = read_u32(&tunnel->generation);
	ret->number = number;
	read_address(&ret->local, &tunnel->local);
	read_address(&ret->remote, &tunnel->remote);
	read_address(&ret->next_hop, &tunnel->next_hop);
	ret->label_key = read_u64(&tunnel->label_key);
	ret->ifindex = read_u32(&tunnel->ifindex);
	ret->mtu = read_u32(&tunnel->mtu);
	ret->flags = read_u8(&tunnel->flags);
	ret->encapsulation = read_u8(&tunnel->encapsulation);
	if (read_u64(&tunnel->expires) <= now || !unchanged(tunnel, subject, ret->generation))
		return NULL;
	return tunnel;
}

/* The node's tunnel with these ends, expired or not. */
static __always_inline struct abi_tunnel *tunnel_between(const struct abi_subject *subject,
	__u32 subject_number, const struct abi_address *remote, const struct abi_address *local,
	__u32 *ret_number)
{
#pragma unroll
	for (int i = 0; i < ABI_TUNNELS_PER_SUBJECT; i++) {
		__u32 number = read_u32(&subject->all[i]);
		struct abi_tunnel *tunnel = number == ABI_NO_TUNNEL ? NULL : tunnel_get(number);
		if (!tunnel)
			continue;
		__u32 generation = read_u32(&tunnel->generation);
		if (address_equal(&tunnel->remote, remote) &&
			address_equal(&tunnel->local, local) &&
			read_u8(&tunnel->encapsulation) != ABI_ENCAP_HOME_LINK &&
			unchanged(tunnel, subject_number, generation)) {
			*ret_number = number;
			return tunnel;
		}
	}
	return NULL;
}

/* RFC 6275 10.4.5, RFC 5648 5.5: the outer source is one of the node's care-of addresses. */
static __always_inline struct abi_tunnel *tunnel_accepting(const struct abi_subject *subject,
	__u32 subject_number, const struct ipv6_header *outer, __u32 *ret_number)
{
	return tunnel_between(
		subject, subject_number, &outer->source, &outer->destination, ret_number);
}

/* Whether it is a correspondent's address, or one of a mobile node's care-of addresses: also one
 * that is bound at correspondents only, or is being tested. */
static __always_inline bool is_local_address(const struct abi_address *address)
{
	return bpf_map_lookup_elem(&locals, address) != NULL;
}

#endif
