/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility Header messages (RFC 6275 6.1) and their options, decoded and encoded. The structs are
 * generated from msgs.def and opts.def.
 */
#ifndef MONAMI_WIRE_MESSAGE_H
#define MONAMI_WIRE_MESSAGE_H

#include "cursor.h"
#include "dialect.h"

/* RFC 6275 6.1.1: header length is an octet that counts units of eight, the first not counted. */
#define MESSAGE_OCTETS_MAX 2048
/* What all messages begin with, up to and with the checksum, and where that is. */
#define MESSAGE_HEADER_OCTETS 6
#define MESSAGE_CHECKSUM_AT 4
/* More Binding Identifier options of six octets than these do not fit a Mobility Header; of
 * shorter, malformed ones further ones make the message malformed. */
#define MESSAGE_BIDS_MAX 340

#define MH_NEXT_HEADER 135
#define MH_NO_PAYLOAD 59

/* RFC 6275 6.1.7, RFC 5648 4.2: flags of a Binding Update */
#define BU_ACKNOWLEDGE 0x8000
#define BU_HOME 0x4000
#define BU_LINK_LOCAL 0x2000
#define BU_KEY_MANAGEMENT 0x1000
#define BU_MOBILE_ROUTER 0x0400
#define BU_PROXY 0x0200
#define BU_OVERWRITE 0x0040

/* RFC 5648 4.3, RFC 6089 4.1: flag octet of a Binding Identifier option */
#define BID_HOME 0x80
#define BID_PRIORITY 0x7f

/* RFC 4285 5: subtypes of the authentication option, and the length of MN-HA's authenticator */
#define AUTH_MN_HA 1
#define AUTH_MN_AAA 2
#define AUTH_OCTETS 12

/* RFC 6275 6.1.7: the Lifetime fields count units of four seconds. The document has no infinity;
 * all ones, which nobody would count down, is taken for it. */
#define LIFETIME_UNIT 4
#define LIFETIME_INFINITE 0xffff

enum wire_error {
#define WIRE_ERROR(name, text) WIRE_##name,
#include "errors.def"
#undef WIRE_ERROR
	WIRE_ERRORS
};

/* The text of errors.def; never NULL. */
const char *wire_error_text(enum wire_error);

/*
 * RFC 5648 6.2: an option of a length that it cannot have is answered, and so is understood, as far
 * as its fields are there (the others are zero). It cannot be encoded.
 */
#define CARE_OF_MALFORMED 0xff

/* The care-of address field of a Binding Identifier option: absent, IPv4 or IPv6. */
struct care_of {
	uint8_t length; /* 0, 4 or 16, or CARE_OF_MALFORMED; IPv4 is in the first four octets */
	struct in6_addr address;
};

#define FIELD_u8(name) uint8_t name;
#define FIELD_u16(name) uint16_t name;
#define FIELD_u32(name) uint32_t name;
#define FIELD_u64(name) uint64_t name;
#define FIELD_address(name) struct in6_addr name;
#define FIELD_care_of(name) struct care_of name;
#define FIELD_rest(name) struct octets name;
#define FIELD_authenticator(name) struct octets name;
#define FIELD_update_flags(name) uint16_t name;
#define FIELD_bid_flags(name) uint8_t name;
#define FIELD_reserved8(name)
#define FIELD_reserved16(name)
#define FIELD(kind, name) FIELD_##kind(name)

#define OPTION(type, name, title, multiplicity, n, m) struct opt_##name {
/* clang-format off */
#define END(name) };
/* clang-format on */
#include "opts.def"
#undef OPTION

#define MESSAGE(type, name, title) struct msg_##name {
#include "msgs.def"
#undef MESSAGE
#undef END
#undef FIELD

/* MH_refresh_request = 0 ... */
enum mh_type {
#define MESSAGE(type, name, title) MH_##name = type,
#define FIELD(kind, name)
#define END(name)
#include "msgs.def"
#undef MESSAGE
};

/* OPTION_refresh_advice = 2 ...: RFC 5648's numbers; a dialect may have another octet for one. */
enum option_type {
#define OPTION(type, name, title, multiplicity, n, m) OPTION_##name = type,
#include "opts.def"
#undef OPTION
};

/*
 * A whole message. Which option is there: `has_x` for those that come once, `x_count` for others.
 * `rest` fields point into the octets that were decoded.
 */
struct message {
	uint8_t type; /* enum mh_type */
	union {
#define MESSAGE(type, name, title) struct msg_##name name;
#include "msgs.def"
#undef MESSAGE
	};
#define MEMBERS_ONE(name)                                                                          \
	bool has_##name;                                                                           \
	struct opt_##name name;
#define MEMBERS_PAIR(name)                                                                         \
	uint16_t name##_count;                                                                     \
	struct opt_##name name[2];
#define MEMBERS_MANY(name)                                                                         \
	uint16_t name##_count;                                                                     \
	struct opt_##name name[MESSAGE_BIDS_MAX];
#define OPTION(type, name, title, multiplicity, n, m) MEMBERS_##multiplicity(name)
#include "opts.def"
#undef OPTION
#undef END
#undef FIELD
};

/* Clears `message` but for the arrays of options, whose counts are zeroed. */
void message_init(struct message *, enum mh_type);

/*
 * Decodes one Mobility Header completely. The octets must stay while `ret` is in use. The checksum
 * is not looked at (packet.h does that). Unknown options are skipped (RFC 6275 9.2), and so is what
 * follows the length that Header Len gives. `ret` is undefined on error, but for `type`, which is
 * set as soon as it is known.
 */
enum wire_error message_decode(
	const struct dialect *, const uint8_t *octets, size_t length, struct message *ret);

/* Where things came to stand in an encoded message. */
struct message_layout {
	size_t length;            /* of the whole Mobility Header */
	size_t authentication_at; /* offset of the first authenticator; 0 if none */
	size_t authorization_at;  /* offset of the binding authorization data; 0 if none */
};

/*
 * Encodes with padding and alignment; checksum zero. A `rest` or `authenticator` field whose `at`
 * is NULL is written as zeros. Returns false if it does not fit, or if a length or a count in
 * `message` is none that the option can have; `ret` is then untouched. The octets must not overlap
 * with those that `message` points to.
 */
bool message_encode(const struct dialect *, const struct message *, uint8_t *octets,
	size_t capacity, struct message_layout *ret);

/* The title in msgs.def or opts.def; NULL if unknown. */
const char *message_name(uint8_t type);
const char *option_name(const struct dialect *, uint8_t type);

/* Receives the parts of a message in order, for printing; every member must be set. */
struct message_visitor {
	void *ctx;
	void (*message)(void *ctx, uint8_t type, const char *name);
	void (*option)(void *ctx, uint8_t type, const char *name);
	void (*number)(void *ctx, const char *field, uint64_t value);
	void (*address)(void *ctx, const char *field, const struct in6_addr *);
	void (*care_of)(void *ctx, const char *field, const struct care_of *);
	void (*octets)(void *ctx, const char *field, struct octets);
	void (*end)(void *ctx); /* of the message's own fields, and of each option */
};

void message_visit(const struct dialect *, const struct message *, const struct message_visitor *);

#endif
