/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receives the parts of a decoded message in order, for printing. Every member must be set that the
 * message may need: an ICMPv6 message has no `message`, `care_of` and `selector`. An option inside
 * an option comes before the other's `end`.
 */
#ifndef MONAMI_WIRE_VISITOR_H
#define MONAMI_WIRE_VISITOR_H

#include "care_of.h"
#include "cursor.h"
#include "traffic_selector.h"

struct visitor {
	void *ctx;
	void (*message)(void *ctx, uint8_t type, const char *name);
	void (*option)(void *ctx, uint8_t type, const char *name);
	void (*number)(void *ctx, const char *field, uint64_t value);
	void (*flag)(void *ctx, const char *field, bool value);
	void (*address)(void *ctx, const char *field, const struct in6_addr *);
	void (*care_of)(void *ctx, const char *field, const struct care_of *);
	void (*octets)(void *ctx, const char *field, struct octets);
	void (*selector)(void *ctx, const char *field, const struct traffic_selector *);
	void (*list)(void *ctx, const char *field); /* before its elements, each a `field` */
	void (*end)(void *ctx); /* of the message's own fields, and of each option */
};

#endif
