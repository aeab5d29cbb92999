/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GRE with key and sequence number (RFC 2784, RFC 2890), the encapsulation of shared traffic. The
 * key is the sender's instance, 24 bits that a restarted sender chooses anew, and the flow, 8 bits;
 * each key has its own sequence, which begins with 0. Messages between the two ends have the
 * experimental ethertype of IEEE 802 and the flow GRE_CONTROL_FLOW.
 */
#ifndef MONAMI_SHARING_GRE_H
#define MONAMI_SHARING_GRE_H

#include "../wire/cursor.h"

#define GRE_NEXT_HEADER 47
#define GRE_OCTETS 12
#define GRE_IPV6 0x86dd
#define GRE_MESSAGE 0x88b5
#define GRE_FLOWS 255 /* 0 to 254 */
#define GRE_CONTROL_FLOW 255
#define GRE_INSTANCE_MASK 0xffffffu

struct gre {
	uint16_t protocol; /* GRE_IPV6 or GRE_MESSAGE */
	uint8_t flow;
	uint32_t instance;
	uint32_t sequence;
};

/* False: too short, another form of GRE, or another protocol. `ret_payload` is a view. */
bool gre_decode(struct octets, struct gre *ret, struct octets *ret_payload);
/* Appends GRE_OCTETS. */
void gre_encode(const struct gre *, struct builder *);

/* RFC 2890 2.2: sequence numbers wrap. Positive if `a` is newer than `b`. */
static inline int32_t sequence_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

#endif
