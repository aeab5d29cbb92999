/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs on the wire between RFC 5648 and its drafts, as data: codec and roles ask the
 * dialect and have no branches of their own. Only RFC 5648 exists so far.
 */
#ifndef MONAMI_WIRE_DIALECT_H
#define MONAMI_WIRE_DIALECT_H

#include <stdint.h>

struct dialect {
	const char *name;
	uint8_t bid_option;	   /* type octet of the Binding Identifier option */
	uint16_t overwrite_flag;   /* O in the Binding Update's flags; 0 if it has none */
	uint8_t bid_priority_mask; /* BID-PRI bits in the option's flag octet; 0 if reserved */
};

/* RFC 5648, with RFC 6089 4.1's BID-PRI in the seven bits that RFC 5648 reserves. */
extern const struct dialect dialect_rfc5648;

#endif
