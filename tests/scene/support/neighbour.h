/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home agent's physical home link, and who else is on it: Neighbour Discovery by hand.
 *
 *     home_link_begin(&scene, &config);                  the link is up
 *     update_send(&update);
 *     take_nd(&scene, ICMPV6_NEIGHBOR_SOLICITATION, &nd);
 *     neighbour_advertises(&scene, HOME, mac);           somebody has the address
 */
#ifndef MONAMI_TESTS_SCENE_NEIGHBOUR_H
#define MONAMI_TESTS_SCENE_NEIGHBOUR_H

#include "update.h"

#include "../../../src/wire/icmpv6.h"

#define HOME_LINK 7
#define HOME_AGENT_LINK_LOCAL "fe80::1"
#define NEIGHBOUR "fe80::2"
#define SECOND NANOS_PER_SECOND

extern const uint8_t home_agent_mac[LINK_LAYER_OCTETS];
extern const uint8_t neighbour_mac[LINK_LAYER_OCTETS];
extern const uint8_t mobile_node_mac[LINK_LAYER_OCTETS];

/* home_agent_defaults() with a home link, one second of detection, and 5.6 allowed. */
struct home_agent_config home_link_defaults(void);
/* A scene with it, HOME known, the link up. */
void home_link_begin(struct scene *, const struct home_agent_config *);
struct host_event home_link_event(uint32_t ifindex, bool up);
void home_link_tell(struct scene *, bool up);

/* A message arrives at the home agent by HOME_LINK. NULL: without the option; "::" is a source. */
void neighbour_solicits(struct scene *, const char *source, const char *target, const uint8_t *mac);
void neighbour_advertises(struct scene *, const char *target, const uint8_t *mac);
/* A packet that is no message of these: it arrives by any link. Returns its length. */
size_t neighbour_sends_data(struct scene *, uint32_t ifindex, const char *source,
	const char *destination, uint8_t next_header, struct octets payload);
/* It arrives by any link, with any hop limit. */
void neighbour_sends(struct scene *, uint32_t ifindex, uint8_t hop_limit, const char *source,
	const struct icmpv6 *);

/* The update comes from the home link: no Home Address option, and frames. */
void update_at_home(struct update *);
void update_link_layer(struct update *, const uint8_t *mac);
/* A binding of the home link (RFC 5648 5.6.3). */
void update_bid_home(struct update *, uint16_t bid);
/* Received by HOME_LINK. */
void update_send_home(const struct update *);

struct sent_nd {
	const struct effect_send *send;
	struct packet packet;
	struct icmpv6 message;
};

/* The next effect sends this type. */
void take_nd(struct scene *, enum icmpv6_type, struct sent_nd *ret);
/* It is the solicitation of Duplicate Address Detection (RFC 4862 5.4.2). */
void take_detection(struct scene *, const char *target);
/* It is an unsolicited advertisement for this address (RFC 6275 10.4.1). */
void take_advertisement(struct scene *, const char *target);
/* It is the answer to a detection: as unsolicited, but O is clear (RFC 4861 7.2.8). */
void take_defence(struct scene *, const char *target);
/* The next effect joins HOME's group, and no more. */
void take_listening(struct scene *);
/* The same, then HOME is asked for (RFC 4862 5.4.2). */
void take_detection_begin(struct scene *);
/* The next effect is EFFECT_INTERCEPT of HOME. */
void take_intercept(struct scene *, bool on);
/* The acknowledgement of this status left as a frame to this address by the home link. */
void expect_framed_ack(struct scene *, uint8_t status, const uint8_t *mac, struct sent *ret);

#endif
