/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs on the wire between RFC 5648 and its drafts, as data: codec and roles ask the
 * dialect and have no branches of their own. Only RFC 5648 exists so far.
 */
#ifndef MONAMI_WIRE_DIALECT_H
#define MONAMI_WIRE_DIALECT_H

#include <stdint.h>

struct option_set;

struct dialect {
	const char *name;
	const struct option_set *options; /* of messages: types, layouts, order (option.h) */
	uint16_t overwrite_flag;          /* O in the Binding Update's flags; 0 if it has none */
	uint8_t bid_priority_mask; /* BID-PRI bits in the option's flag octet; 0 if reserved */
};

/* RFC 5648, with RFC 6089 4.1's BID-PRI in the seven bits that RFC 5648 reserves. */
extern const struct dialect dialect_rfc5648;

/* The flags of a Binding Update, between the wire and the BU_ constants of message.h. */
uint16_t dialect_update_flags_read(const struct dialect *, uint16_t wire);
uint16_t dialect_update_flags_write(const struct dialect *, uint16_t flags);

/* The flag octet of a Binding Identifier option without the bits that are reserved: the same to
 * read and to write (RFC 5648 4.3: sent as zero, ignored on receipt). */
uint8_t dialect_bid_flags(const struct dialect *, uint8_t flags);

#endif
