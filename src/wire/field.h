/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields as rows of data: how each stands on the wire, and where in its struct. One function reads
 * them, one writes them, one visits them; messages and options of any kind are made of them.
 */
#ifndef MONAMI_WIRE_FIELD_H
#define MONAMI_WIRE_FIELD_H

#include "dialect.h"
#include "visitor.h"

#include <stddef.h>

/* What takes "the rest" stands last. */
enum field_kind {
	KIND_number,       /* a member of as many octets as on the wire */
	KIND_reserved,     /* no member: written as zero, skipped */
	KIND_flags,        /* no member: the bits of the flag rows that follow */
	KIND_flag,         /* bool: one bit of them */
	KIND_update_flags, /* a number whose bits the dialect knows; also the next */
	KIND_bid_flags,
	KIND_octets,        /* an array of octets; struct in6_addr */
	KIND_care_of,       /* struct care_of: the rest, marked if that is no address, or if fields
			     * before it are missing */
	KIND_rest,          /* struct octets: the rest */
	KIND_authenticator, /* struct octets: the rest, at least one octet */
};

struct field_row {
	const char *name;
	uint32_t mask;  /* KIND_flag: its bit */
	uint16_t at;    /* offset of the member in the struct */
	uint8_t octets; /* on the wire; 0: the rest, or none of its own */
	uint8_t kind;   /* enum field_kind */
};

struct fields {
	const struct field_row *rows;
	size_t count;
};

/* FIELD_u16(struct opt_bid, bid): a row, as a .def file names its kind. */
#define FIELD_MEMBER(owner, name, octets, kind)                                                    \
	{#name, 0, offsetof(owner, name), octets, KIND_##kind},
#define FIELD_u8(owner, name) FIELD_MEMBER(owner, name, 1, number)
#define FIELD_u16(owner, name) FIELD_MEMBER(owner, name, 2, number)
#define FIELD_u32(owner, name) FIELD_MEMBER(owner, name, 4, number)
#define FIELD_u64(owner, name) FIELD_MEMBER(owner, name, 8, number)
#define FIELD_address(owner, name) FIELD_MEMBER(owner, name, 16, octets)
#define FIELD_link_layer(owner, name) FIELD_MEMBER(owner, name, 6, octets)
#define FIELD_update_flags(owner, name) FIELD_MEMBER(owner, name, 2, update_flags)
#define FIELD_bid_flags(owner, name) FIELD_MEMBER(owner, name, 1, bid_flags)
#define FIELD_care_of(owner, name) FIELD_MEMBER(owner, name, 0, care_of)
#define FIELD_rest(owner, name) FIELD_MEMBER(owner, name, 0, rest)
#define FIELD_authenticator(owner, name) FIELD_MEMBER(owner, name, 0, authenticator)
#define FIELD_reserved8(owner, name) {#name, 0, 0, 1, KIND_reserved},
#define FIELD_reserved16(owner, name) {#name, 0, 0, 2, KIND_reserved},
#define FIELD_reserved32(owner, name) {#name, 0, 0, 4, KIND_reserved},
#define FIELD_flags(bits) {"flags", 0, 0, (bits) / 8, KIND_flags},
#define FIELD_flag(owner, mask, name) {#name, mask, offsetof(owner, name), 0, KIND_flag},

/* Whether fields are missing says the cursor. `dialect` is NULL for fields whose kinds need none.
 */
void fields_read(const struct fields *, const struct dialect *, struct cursor *, void *ret);

struct field_writer {
	const struct dialect *dialect;
	struct builder out;
	size_t first_authenticator; /* where it stands; 0: none */
	size_t last_authenticator;
};

/* The writer's builder fails if they do not fit, or if a member has a length that it cannot have. A
 * `rest` or `authenticator` whose `at` is NULL is written as zeros. */
void fields_write(const struct fields *, struct field_writer *, const void *from);
/* Octets of the field that takes the rest; 0 if there is none. */
size_t fields_rest(const struct fields *, const void *from);
/* Octets of all the others. */
size_t fields_fixed_octets(const struct fields *);
void fields_visit(const struct fields *, const struct visitor *, const void *from);

#endif
