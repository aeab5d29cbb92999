/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility Header messages (RFC 6275 6.1) and their options, decoded and encoded. The structs are
 * generated from msgs.def and opts.def.
 */
#ifndef MONAMI_WIRE_MESSAGE_H
#define MONAMI_WIRE_MESSAGE_H

#include "option.h"

/* RFC 6275 6.1.1: header length is an octet that counts units of eight, the first not counted. */
#define MESSAGE_OCTETS_MAX 2048
/* What all messages begin with, up to and with the checksum, and where that is. */
#define MESSAGE_HEADER_OCTETS 6
#define MESSAGE_CHECKSUM_AT 4
/* More Binding Identifier options of six octets than these do not fit a Mobility Header; of
 * shorter, malformed ones further ones make the message malformed. */
#define MESSAGE_BIDS_MAX 340
/* Flows in one message: as many as a mobile node may have here (RULES_MAX); a packet of 1280 octets
 * holds fewer that are new. Further ones make the message malformed. */
#define MESSAGE_FLOWS_MAX 64
/* BIDs of a flow, twice as many as a mobile node may have here; further ones make the option
 * malformed. */
#define FLOW_BIDS_MAX 16
#define MESSAGE_FIDS_MAX 127
/* Flow Summary options: so many full ones fill a Mobility Header. */
#define MESSAGE_SUMMARIES_MAX 8
#define MESSAGE_LOAD_BALANCING_MAX 16

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
 * all ones means infinity here.  */
#define LIFETIME_UNIT 4
#define LIFETIME_INFINITE 0xffff

#define RESERVED(bits)
#define FLAGS(bits)
#define BITS(owner, mask, name) uint8_t name;
#define LIST(owner, kind, name, places)                                                            \
	uint16_t name##_count;                                                                     \
	field_##kind name[places];
#define OPTIONS(owner, name) struct name name;
#define FIELD(owner, kind, name) field_##kind name;

/* struct opt_bid_reference, opt_traffic_selector, and what holds them */
/* clang-format off */
#define OPTION(octet, name, title, count, places, rule, n, m, fields) struct opt_##name { fields };
#include "flow_opts.def"
#undef OPTION
#define OPTION(octet, name, title, count, places, rule, n, m, fields) bool has_##name; struct opt_##name name;
/* clang-format on */
struct flow_options {
	bool malformed; /* the whole Flow Identification option; it cannot be encoded */
#include "flow_opts.def"
};
#undef OPTION

/* struct opt_bid ..., struct msg_binding_update ... */
/* clang-format off */
#define OPTION(octet, name, title, count, places, rule, n, m, fields) struct opt_##name { fields };
#define MESSAGE(type, name, title, fields) struct msg_##name { fields };
/* clang-format on */
#include "msgs.def"
#include "opts.def"
#undef MESSAGE
#undef OPTION
#undef FIELD
#undef RESERVED
#undef FLAGS
#undef BITS
#undef LIST
#undef OPTIONS

/* MH_refresh_request = 0 ... */
enum mh_type {
#define MESSAGE(type, name, title, fields) MH_##name = type,
#include "msgs.def"
#undef MESSAGE
};

/* OPTION_refresh_advice = 2 ...: RFC 5648's numbers; a dialect may have another octet for one. */
enum option_type {
#define OPTION(octet, name, title, count, places, rule, n, m, fields) OPTION_##name = octet,
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
#define MESSAGE(type, name, title, fields) struct msg_##name name;
#include "msgs.def"
#undef MESSAGE
	};
#define MEMBERS_ONCE(name)                                                                         \
	bool has_##name;                                                                           \
	struct opt_##name name;
#define MEMBERS_MANY(name) uint16_t name##_count;
#define OPTION(octet, name, title, count, places, rule, n, m, fields) MEMBERS_##count(name)
#include "opts.def"
#undef OPTION
	char arrays[0]; /* message_init() clears what stands before */
#define ARRAY_ONCE(name, places)
#define ARRAY_MANY(name, places) struct opt_##name name[places];
#define OPTION(octet, name, title, count, places, rule, n, m, fields) ARRAY_##count(name, places)
#include "opts.def"
#undef OPTION
};

/* Rows of message_options. */
enum {
#define OPTION(octet, name, title, count, places, rule, n, m, fields) MESSAGE_ROW_##name,
#include "opts.def"
#undef OPTION
	MESSAGE_ROWS
};

extern const struct option_set message_options; /* opts.def, as RFC 5648 has them */

/* Sets the type and clears the rest, but for the arrays of options, whose counts are zeroed. */
void message_init(struct message *, enum mh_type);

/* RFC 6275 6.1.1: the Mobility Header that `octets` begin with ends where Header Len says; what
 * lies behind has no meaning (RFC 8200 4.7). Returns false, `ret` untouched, if there is less than
 * that. */
bool message_cut(struct octets octets, struct octets *ret);

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

/* Of the sub-options of a Flow Identification option, with the most padding that they may need. */
size_t flow_options_octets_max(const struct flow_options *);

/* The title in msgs.def or opts.def; NULL if unknown. Octets of a message before its options. */
const char *message_name(uint8_t type);
size_t message_fixed_octets(uint8_t type);
const char *option_name(const struct dialect *, uint8_t type);

/* Options come in the order of the dialect, whatever their order on the wire was. */
void message_visit(const struct dialect *, const struct message *, const struct visitor *);

#endif
