/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* When a tunnel last sent and received, and who is told of it. */
#ifndef MONAMI_BPF_ACTIVITY_H
#define MONAMI_BPF_ACTIVITY_H

#include "event.h"

/* The router that a probe was answered by is still known. */
#define PROVEN_NS (10 * ABI_IDLE_NS)

/* Returns whether the way to the next hop is known to carry: `proven_s`, when it was. */
static __always_inline bool note_activity(
	struct abi_tunnel *tunnel, __u32 number, __u32 proven_s, __u64 now)
{
	if (config.mobile_node && now - tunnel->sent_at > ABI_IDLE_NS)
		event_active(number);
	tunnel->sent_at = now;
	return (__u32)(now / NS_PER_S) - proven_s < PROVEN_NS / NS_PER_S;
}

/* A stream that only comes down is watched too. */
static __always_inline void note_reception(struct abi_tunnel *tunnel, __u32 number, __u64 now)
{
	if (config.mobile_node && now - tunnel->received_at > ABI_IDLE_NS)
		event_active(number);
	tunnel->received_at = now;
}

#endif
