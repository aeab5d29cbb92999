/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Chooses among the tunnels of `traffic` for a flow. The daemon, which tells people, computes the
 * same (src/io/dataplane/dataplane_departure.c). */
#ifndef MONAMI_BPF_PATH_RANK_H
#define MONAMI_BPF_PATH_RANK_H

#include "flow_share.h"
#include "map_read.h"

/* The tunnel with the highest rank is used. A rank is never 0. `equal`: of `traffic`, as it was
 * read for this packet; `place`: of the tunnel in its order. */
static __always_inline __u64 path_rank(const struct abi_traffic *traffic, __u32 equal, __u32 place,
	__u64 flow, const struct abi_tunnel *tunnel)
{
	const __u64 first = ABI_TUNNELS_PER_SUBJECT - place;

	/* RFC 5648 3: without any policy, the binding last verified by receiving packets. */
	if (equal == 0)
		return (read_u64(&tunnel->received_at) * (2 * ABI_TUNNELS_PER_SUBJECT)) + first;
	/* The top bit: the equally good ones come before all others. */
	const __u8 weight = read_u8(&traffic->weights[place]);
	if (equal > 1 && place < equal && weight != 0)
		return ~flow_cost(flow, read_u16(&tunnel->bid), weight);
	if (equal > 1 && place < equal)
		return (flow_weight(flow, read_u16(&tunnel->bid)) >> 1) | (1ull << 63);
	return first;
}

#endif
