/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A correspondent, and a mobile node by hand that optimizes its route to it: asks for tokens, and
 * builds Binding Updates with the codec and OpenSSL, without any code of src/core.
 *
 *     correspondent_begin(&scene);
 *     struct token home = ask_home(&scene, HOME), care_of = ask_care_of(&scene, CARE_OF_1);
 *     struct route_update update = route_update_of(&scene, 1, home, care_of);
 *     route_update_bid(&update, 1, CARE_OF_1);
 *     route_update_send(&update);
 *     expect_route_bound(&scene, 1, CARE_OF_1);
 *     expect_route_ack(&scene, &update, 0, &ack);
 *
 * The correspondent is scene.correspondent, or, if there is no such core, scene.mobile_node: then
 * its home address is CORRESPONDENT, and all goes through the tunnel from HOME_AGENT to CARE_OF_3.
 */
#ifndef MONAMI_TESTS_SCENE_ROUTE_H
#define MONAMI_TESTS_SCENE_ROUTE_H

#include "update.h"

#define CORRESPONDENT "2001:db8:9::1"
#define OTHER_HOME "2001:db8:1::200"

/* Four bindings, several care-of addresses, refresh requests. */
struct correspondent_config correspondent_defaults(void);
void correspondent_begin(struct scene *);
void correspondent_begin_with(struct scene *, const struct correspondent_config *);
/* One that is a mobile node, registered by hand by way of CARE_OF_3. */
void mobile_correspondent_begin(struct scene *);
struct actor *correspondent_of(struct scene *);

/* A whole packet to it arrives, through its tunnel if it has one. */
void correspondent_packet(struct scene *, struct octets packet);
/* The next effect sends this message; ret->packet is what was in the tunnel, if there is one. */
void take_route_message(struct scene *, enum mh_type, struct sent *ret);

/* ---- return routability ---- */

struct token {
	uint16_t index;
	uint64_t token;
};

struct question {
	struct scene *scene;
	enum mh_type type; /* Home or Care-of Test Init */
	struct in6_addr source;
	struct in6_addr destination;
	const struct in6_addr *home_address; /* option; NULL: none */
	const struct in6_addr *routing_address;
	uint64_t cookie;
	struct message message; /* whose options the update contains */
};

/* Home Test Init, to CORRESPONDENT. */
struct question question_of(struct scene *, enum mh_type, const char *source);
void question_send(const struct question *);
/* The next effect is the answer, to where the question came from, with its cookie. */
void expect_answer(const struct question *, struct sent *ret);
struct token ask_home(struct scene *, const char *home_address);
struct token ask_care_of(struct scene *, const char *care_of);

/* ---- updates ---- */

struct route_update {
	struct scene *scene;
	struct in6_addr source;
	struct in6_addr destination;
	struct in6_addr home_address;
	bool without_home_address;          /* no Home Address option */
	struct in6_addr own;                /* of the correspondent, as RFC 6275 6.2.7 says */
	const struct in6_addr *mac_care_of; /* NULL: as RFC 6275 6.2.7 says */
	struct token home;
	struct token care_of;
	uint8_t reserved_flags; /* of the second octet of flags, which the codec clears */
	bool malformed;         /* Length of the one BID option says `bid_length` */
	uint8_t bid_length;
	bool unauthorized; /* no Binding Authorization Data */
	bool forged;
	bool both_tokens; /* the key is of both, though it takes away */
	struct message message;
};

/* From CARE_OF_1, of HOME, to CORRESPONDENT: A, 400 s. */
struct route_update route_update_of(
	struct scene *, uint16_t sequence, struct token home, struct token care_of);
/* The same with new tokens, from this address, which is the one in the BID option; 0: no option. */
struct route_update route_update_for(
	struct scene *, uint16_t sequence, uint16_t bid, const char *care_of);
void route_update_from(struct route_update *, const char *care_of);
/* NULL: without care-of address. */
void route_update_bid(struct route_update *, uint16_t bid, const char *care_of);
/* Lifetime zero; the key is of the home keygen token alone. */
void route_update_delete(struct route_update *);
void route_update_lifetime(struct route_update *, unsigned seconds);
size_t route_update_build(const struct route_update *, uint8_t octets[PACKET_OCTETS_MAX]);
void route_update_send(const struct route_update *);

/*
 * The next effect is the acknowledgement of the update with this status, as RFC 6275 9.5.4 and RFC
 * 5648 6.2 have it: addresses, routing header, BIDs, authorization (none with 136 to 138).
 */
void expect_route_ack(
	struct scene *, const struct route_update *, uint8_t status, struct sent *ret);
/* The update was refused: a note, and the acknowledgement. */
void expect_route_refused(struct scene *, const struct route_update *, uint8_t status);

/* The tunnel of HOME and CORRESPONDENT; with the note. */
const struct effect_tunnel *expect_route_tunnel(struct scene *, uint16_t bid, const char *care_of);
void expect_route_added(struct scene *, uint16_t bid, const char *care_of);
void expect_route_removed(struct scene *, uint16_t bid, enum event_type);
void expect_route_node(struct scene *, uint16_t sequence);

/* BIDs 1 .. count at CARE_OF_1 .. 3 by updates of their own, sequence numbers from `sequence` on;
 * the transcript is taken. */
void bind_routes(struct scene *, uint16_t sequence, unsigned count);

/* ---- what its host says of HOME and CORRESPONDENT ---- */

/* An error about a packet to `care_of`. `heard`: when the last packet came from there; 0: never. */
void route_unreachable(struct scene *, const char *care_of, nanos heard);
/* When the last packet was sent to the BID's care-of address, and came from there. */
void route_activity(struct scene *, uint16_t bid, nanos sent, nanos received);

struct binding_list routes_of(struct scene *);
uint64_t route_drops(struct scene *, enum drop);

#endif
