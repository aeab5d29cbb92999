/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Selects the packets of a flow binding (RFC 6088 3) by a range for each of several fields. A
 * packet matches if all the fields that the selector gives are in their ranges.
 *
 * Source and destination are those of a packet *to* the mobile node (RFC 6089 4.2): the source is
 * the correspondent's side. A packet from the mobile node is compared after flow_key_reverse().
 */
#ifndef MONAMI_WIRE_TRAFFIC_SELECTOR_H
#define MONAMI_WIRE_TRAFFIC_SELECTOR_H

#include "flow_field.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* RFC 6088 3: the TS Format field */
enum traffic_selector_format {
	TRAFFIC_SELECTOR_IPV4 = 1,
	TRAFFIC_SELECTOR_IPV6 = 2,
};

/* RFC 6088 3.1, 3.2: the bits of a number that count. */
uint32_t flow_field_mask(enum flow_field);

/* The fields of a packet; IPv4 addresses are mapped (RFC 4291 2.5.5.2). */
struct flow_key {
	uint8_t format; /* enum traffic_selector_format: of the packet's family */
	uint16_t known; /* FLOW_BIT()s: a fragment behind the first one has no ports */
	struct in6_addr addresses[FLOW_ADDRESSES];
	uint32_t numbers[FLOW_NUMBERS]; /* by field - FLOW_ADDRESSES, host order */
};

/* Inclusive. */
struct address_range {
	struct in6_addr first;
	struct in6_addr last;
};

struct number_range {
	uint32_t first;
	uint32_t last;
};

struct traffic_selector {
	uint8_t format; /* enum traffic_selector_format; 0: any packet of either family */
	uint16_t given; /* FLOW_BIT()s; a field that is not given matches every packet */
	struct address_range addresses[FLOW_ADDRESSES];
	struct number_range numbers[FLOW_NUMBERS]; /* by field - FLOW_ADDRESSES, host order */
};

bool traffic_selector_matches(const struct traffic_selector *, const struct flow_key *);
/* Whether each given range has a first value that is not after the last one. */
bool traffic_selector_is_valid(const struct traffic_selector *);
bool traffic_selector_equal(const struct traffic_selector *, const struct traffic_selector *);
/* The packet of the other direction. */
struct flow_key flow_key_reverse(const struct flow_key *);

#endif
