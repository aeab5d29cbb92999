/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * After a correspondent's clean stop: a kernel that knows no Mobility Header answers one with an
 * ICMPv6 Parameter Problem, and a mobile node then does not ask again for minutes (RFC 6275
 * 11.3.5), although the daemon may be restarted at once. So until the last binding has ended,
 * Mobility Headers to the correspondent's addresses are discarded (ADR 38). This program uses only
 * the map of these addresses.
 */
#ifndef MONAMI_BPF_SILENCE_H
#define MONAMI_BPF_SILENCE_H

#include "ext_headers.h"
#include "tunnel.h"

/* CLOCK_BOOTTIME ns; written once, before the program is attached */
volatile __u64 silent_until;

static __always_inline int keep_silent(struct __sk_buff *skb, const struct ipv6_header *header)
{
	if (bpf_ktime_get_boot_ns() >= silent_until || !is_local_address(&header->destination))
		return TC_ACT_OK;
	struct ext_headers ext_headers = ext_headers_walk(skb, 0, header);
	if (ext_headers.protocol != NEXT_HEADER_MOBILITY || ext_headers.fragment ||
		ext_headers.cut_short)
		return TC_ACT_OK;
	return TC_ACT_SHOT;
}

#endif
