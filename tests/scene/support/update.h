/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile node by hand: builds Binding Updates with the codec and OpenSSL, without any code of
 * src/core, and reads the acknowledgements.
 *
 *     struct update update = update_of(&scene, 1);        sequence 1, A, H, lifetime 600 s
 *     update_bid(&update, 1, "2001:db8:2::100");
 *     update_send(&update);
 *     expect_ack(&scene, 0, &ack);
 */
#ifndef MONAMI_TESTS_SCENE_UPDATE_H
#define MONAMI_TESTS_SCENE_UPDATE_H

#include "scene.h"

/* The home network of the scenes, and three links of the mobile node. */
#define HOME_AGENT "2001:db8:1::1"
#define HOME "2001:db8:1::100"
#define CARE_OF_1 "2001:db8:2::100"
#define CARE_OF_2 "2001:db8:3::100"
#define CARE_OF_3 "2001:db8:4::100"
#define CORE_LINK 100

#define SPI 1000

/* Known nodes have this key: RFC 4285 5.1 has sixteen octets. */
extern const struct auth update_auth;

/* A home agent that knows HOME, up to BINDINGS_MAX bindings, 600 s at most. */
struct home_agent_config home_agent_defaults(void);
void scene_with_home_agent(struct scene *, const struct home_agent_config *);
struct host_event node_set(const char *home_address, const struct auth *, uint8_t bindings_max);

struct update {
	struct scene *scene;
	struct in6_addr source;
	struct in6_addr destination;
	struct in6_addr home_address;
	bool without_home_address;          /* no Home Address option */
	uint8_t hop_limit;                  /* 0: 64 */
	const struct in6_addr *mac_care_of; /* NULL: of the one BID option, or the source */
	struct auth auth;
	bool malformed; /* Length of the one BID option says `bid_length` */
	uint8_t bid_length;
	struct octets behind; /* appended behind the authenticator, which knows the length */
	struct message message;
};

/* From CARE_OF_1, of HOME, to HOME_AGENT: A and H, 600 s, authenticated. */
struct update update_of(struct scene *, uint16_t sequence);
void update_bid(struct update *, uint16_t bid, const char *care_of);
void update_bid_address(struct update *, uint16_t bid, struct in6_addr care_of);
/* Without care-of address. */
void update_bid_known(struct update *, uint16_t bid);
/* update_of(), for BIDs 1 to 3 without care-of address: a refresh of what bind_bids() bound. */
struct update refresh_of_three(struct scene *, uint16_t sequence);
void update_overwrite(struct update *);
void update_lifetime(struct update *, unsigned seconds);
void update_timestamp(struct update *, uint64_t ntp);

/* The packet; its length. */
size_t update_build(const struct update *, uint8_t octets[PACKET_OCTETS_MAX]);
/* Built and received by the home agent. */
void update_send(const struct update *);

/*
 * The next effect of the home agent is a Binding Acknowledgement of this status, authentic for
 * update_auth, without care-of addresses, from the home agent.
 */
void expect_ack(struct scene *, uint8_t status, struct sent *ret);
/* RECORD of HOME with this sequence number. */
void expect_node_set(struct scene *, uint16_t sequence);
/* The status of the BID's option in an acknowledgement. */
uint8_t bid_status(const struct sent *, uint16_t bid);

/* A new BID is bound: tunnel, note. */
void expect_added(struct scene *, uint16_t bid, const char *care_of);

/* One binding for each of the first `count` BIDs, at CARE_OF_1 .. 3, transcript taken. */
void bind_bids(struct scene *, uint16_t sequence, unsigned count);

struct binding_list {
	size_t count;
	struct binding_view at[64];
};
struct binding_list bindings_of(const struct scene *);
/* The one of this BID, which must be there. */
struct binding_view binding_of_bid(const struct binding_list *, uint16_t bid);

/* A drop counter, by value. */
uint64_t drops_of(const struct scene *, enum drop);

#endif
