/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options as type, length and fields (RFC 6275 6.2.1), as rows of data: where an option goes in the
 * struct that holds it, its fields, its alignment. Options inside it are one of its fields (RFC
 * 6089 4.2.1). Pad1 and PadN have no row: they are the business of option.c.
 */
#ifndef MONAMI_WIRE_OPTION_H
#define MONAMI_WIRE_OPTION_H

#include "error.h"
#include "field.h"

/* Where the type octet of an option stands, from the start of the Mobility Header. */
enum alignment_rule {
	ALIGN_TO,       /* at a multiple of n, plus m; n is a power of two */
	ALIGN_CARE_OF,  /* RFC 5648 4.3: 2n without a care-of address, else 8n + 2 */
	ALIGN_SELECTOR, /* RFC 6088 3.1, 3.2; the option's struct begins with the selector */
	ALIGN_LAST, /* so that it ends at a multiple of eight; nothing follows it, not even padding
		     */
};

struct alignment {
	uint8_t rule; /* enum alignment_rule */
	uint8_t n;
	uint8_t m;
};

struct option_row {
	const char *title;
	struct fields fields;
	uint8_t octet; /* its type on the wire; 0: the dialect has none for it */
	struct alignment alignment;
	struct member_place place; /* more of it make the message malformed */
};

struct option_set {
	const struct option_row *rows; /* in the order in which they are encoded */
	size_t count;
	const uint8_t *index; /* by octet: 1 + the place in `rows`, 0 for none; NULL: not made */
	bool eights; /* Length counts units of eight octets, the header's two included (RFC 4861
		      * 4.6), not octets behind itself (RFC 6275 6.2.1) */
};

/* The row of this type octet; NULL if it means nothing. */
const struct option_row *option_by_octet(const struct option_set *, uint8_t octet);

void options_clear(const struct option_set *, void *holder);
/*
 * Reads options into `holder`, whose counts are zero, until the cursor is empty. Unknown ones are
 * skipped (RFC 6275 6.2.1).
 */
enum wire_error options_read(
	const struct option_set *, const struct dialect *, struct cursor *, void *holder);
/* With padding. The writer's builder fails if they do not fit, or if there are more than places. */
void options_write(const struct option_set *, struct field_writer *, const void *holder);
/* RFC 6275 6.2.1: Pad1 or PadN up to the next offset that is a multiple of n, plus m. */
void options_align(struct builder *, size_t n, size_t m);
void options_visit(const struct option_set *, const struct visitor *, const void *holder);

#endif
