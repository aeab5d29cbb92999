/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The flow label of outer packets (RFC 2473 6.5, RFC 6438 3): a hash of the inner flow label and
 * the tunnel's key. Packets of one flow get one label, so that routers keep them on one path. An
 * ICMPv6 error that quotes an outer packet with the right label comes from a node that has seen a
 * packet of this tunnel (tunnel_error.h, ADR 36). The hash is not cryptographic: a node that sees
 * the labels of a tunnel, as its mobile node does, may find its key. Each tunnel has its own, and
 * they are independent.
 */
#ifndef MONAMI_BPF_ENCAP_LABEL_H
#define MONAMI_BPF_ENCAP_LABEL_H

#include "flow_hash.h"

/* RFC 8200 3: the low 20 bits of the header's first word. */
#define FLOW_LABEL_BITS 20
#define FLOW_LABEL_MASK ((1u << FLOW_LABEL_BITS) - 1)

static __always_inline __u32 encap_label(__u64 tunnel_key, __u32 inner_label)
{
	return flow_mix(tunnel_key + inner_label) >> (64 - FLOW_LABEL_BITS);
}

#endif
