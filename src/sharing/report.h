/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between the two ends of shared traffic, behind GRE. They begin with the address of the
 * mobile node, where data has an IPv6 header. A probe finds out whether a path
 * without traffic works. A report says what the receiver has of the sender's packets: for each
 * path, what arrived last and how much in all; and which packets are missing. Both say how long the
 * other end should hold packets. All counters wrap.
 */
#ifndef MONAMI_SHARING_REPORT_H
#define MONAMI_SHARING_REPORT_H

#include "gre.h"

#define SHARING_PATHS_MAX 8
#define REPORT_MISSING_BITS 2048
#define REPORT_FLOWS_MAX 8
#define REPORT_OCTETS_MAX 1200

enum report_type {
	REPORT_PROBE = 1,
	REPORT_RECEIVED = 2,
};

/* The packets that arrived by one path. */
struct path_report {
	uint16_t path;     /* the number that both ends know it by */
	uint8_t flow;      /* of the packet that arrived last, */
	uint32_t sequence; /* and its number */
	uint32_t arrived;  /* when, microseconds of the receiver's clock */
	uint32_t packets;
	uint32_t octets; /* with GRE header, without outer header */
};

/* The missing packets of one flow: bit n of octet n / 8 is `first` + n. */
struct flow_missing {
	uint8_t flow;
	uint16_t octets;
	uint32_t first;
	const uint8_t *bits; /* of another owner */
};

struct report {
	struct in6_addr subject; /* whose traffic: packet filters find it by this address */
	enum report_type type;
	uint32_t hold;       /* microseconds that the sender of this message advises */
	uint32_t instance;   /* whose packets are reported */
	uint32_t delivered;  /* octets, in order */
	uint32_t disordered; /* packets that were late or waited for in vain */
	unsigned int paths_count;
	unsigned int flows_count;
	struct path_report paths[SHARING_PATHS_MAX];
	struct flow_missing flows[REPORT_FLOWS_MAX];
};

/* Octets of a report about so many paths and no missing packets; for each flow with missing ones,
 * REPORT_FLOW_OCTETS and its bits. */
#define REPORT_TYPE_AT 16
#define REPORT_FIXED_OCTETS 40
#define REPORT_PATH_OCTETS 20
#define REPORT_FLOW_OCTETS 8

/* False: not a message of this form. `ret` has views into the octets. */
bool report_decode(struct octets, struct report *ret);
void report_encode(const struct report *, struct builder *);

#endif
