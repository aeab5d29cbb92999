/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields as rows of data: how each stands on the wire, and where in its struct. One function reads
 * them, one writes them, one visits them; messages and options of any kind are made of them.
 */
#ifndef MONAMI_WIRE_FIELD_H
#define MONAMI_WIRE_FIELD_H

#include "dialect.h"
#include "member_place.h"
#include "visitor.h"

enum field_kind {
#define FIELD_KIND(name, type, octets) KIND_##name,
#include "field_kinds.def"
#undef FIELD_KIND
	KIND_flags,   /* no member: the bits of the flag rows that follow; the others are reserved,
		       * written as zero and ignored */
	KIND_flag,    /* bool: one bit of them */
	KIND_bits,    /* uint8_t: adjacent bits of them */
	KIND_list,    /* an array: fields repeated to the end */
	KIND_options, /* a struct of options to the end, which begins with a bool: set if they, or
		       * fields before them, are malformed */
};

/* The types of members: field_u16, ... */
#define FIELD_KIND(name, type, octets) typedef __typeof__(type) field_##name;
#include "field_kinds.def"
#undef FIELD_KIND

enum field_octets {
#define FIELD_KIND(name, type, octets) OCTETS_##name = (octets),
#include "field_kinds.def"
#undef FIELD_KIND
};

struct field_list;

struct field_row {
	const char *name;
	union {
		const struct field_list *list;    /* KIND_list */
		const struct option_set *options; /* KIND_options */
	};
	uint32_t mask;  /* KIND_flag, KIND_bits: its bits */
	uint16_t at;    /* offset of the member in the struct */
	uint8_t octets; /* on the wire; 0: the rest, or none of its own */
	uint8_t kind;   /* enum field_kind */
};

struct fields {
	const struct field_row *rows;
	size_t count;
};

struct field_list {
	bool strict; /* none, or more than places, is malformed; else those that are more are
			skipped */
	struct member_place place;
	struct fields element;
};

/* FIELD_ROW(struct opt_bid, u16, bid), as .def files name the kind. */
#define FIELD_ROW(owner, kind_, name_)                                                             \
	{.name = #name_,                                                                           \
		.at = offsetof(owner, name_),                                                      \
		.octets = OCTETS_##kind_,                                                          \
		.kind = KIND_##kind_},
#define LIST_ROW(owner, kind_, name_, strict_)                                                     \
	{.name = #name_,                                                                           \
		.list = &(const struct field_list){.strict = (strict_),                            \
			.place = PLACE_MANY(owner, name_),                                         \
			.element = {(const struct field_row[]){{.name = #name_,                    \
					    .octets = OCTETS_##kind_,                              \
					    .kind = KIND_##kind_}},                                \
				1}},                                                               \
		.kind = KIND_list},
#define OPTIONS_ROW(owner, name_)                                                                  \
	{.name = "malformed",                                                                      \
		.options = &(name_),                                                               \
		.at = offsetof(owner, name_),                                                      \
		.kind = KIND_options},
#define FLAGS_ROW(bits) {.name = "flags", .octets = (bits) / 8, .kind = KIND_flags},
#define FLAG_ROW(owner, mask_, name_)                                                              \
	{.name = #name_, .mask = (mask_), .at = offsetof(owner, name_), .kind = KIND_flag},
#define BITS_ROW(owner, mask_, name_)                                                              \
	{.name = #name_, .mask = (mask_), .at = offsetof(owner, name_), .kind = KIND_bits},

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
