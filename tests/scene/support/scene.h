/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scene: up to three cores in virtual time, and a network between them that delays and loses
 * packets as the script says. Each core is an actor; its effects are in its transcript, from which
 * the script takes one after the other. Everything here fails the running cmocka test if it does
 * not find what the script expects.
 *
 *     scene_begin(&scene, 1);
 *     scene_add_home_agent(&scene, &home_agent_config);
 *     scene_add_mobile_node(&scene, &mobile_node_config);
 *     scene_place(&scene, &scene.home_agent, "2001:db8:1::1", 100);
 *     scene_place(&scene, &scene.mobile_node, "2001:db8:2::100", 2);
 *     scene_tell(&scene, &scene.mobile_node, &event);
 *     scene_advance(&scene, 20 * NANOS_PER_MS);
 *     take_ack(&scene.home_agent, &reply);
 *     take_note(&scene.mobile_node, EVENT_REGISTERED, 1);
 *     scene_end(&scene);
 */
#ifndef MONAMI_TESTS_SCENE_H
#define MONAMI_TESTS_SCENE_H

#include "../../../src/core/api/core.h"
#include "../../support/subjects.h"

#define SCENE_PLACES 32
#define SCENE_FLIGHTS 256
#define SCENE_PORTS 4
#define SCENE_FRAME_DELAY NANOS_PER_MS

/* The place that the core gave an effect, and where the effects of the same call of the core end.
 */
struct scene_call {
	size_t place;
	size_t end;
};

/* The effects of one core, call by call; within a call first those that the script has taken, in
 * its order. */
struct actor {
	const char *name;
	struct core *core;
	struct effect *done;
	struct scene_call *calls; /* of each of them */
	size_t done_count;
	size_t done_capacity;
	size_t taken;  /* so many of them the script has looked at */
	size_t passed; /* so many of those, the last ones, were passed over in the present call */
	size_t latest; /* behind the last place of what was taken */
	size_t floor;  /* effects before this place are too early */
	struct subjects subjects;
};

/* An address, who has it, and on which link. */
struct scene_place {
	struct actor *actor;
	struct in6_addr address;
	uint32_t ifindex;
	bool cut;    /* all packets from and to it are lost */
	bool bare;   /* a firewall discards Home Address options and routing headers (RFC 7872) */
	nanos extra; /* delay of whatever does */
};

/* A packet under way. */
struct scene_flight {
	struct actor *to;
	nanos arrives;
	uint32_t ifindex;
	uint16_t length;
	uint8_t octets[PACKET_OCTETS_MAX];
};

/* An interface on the home link: frames go from one to the others. */
struct scene_port {
	struct actor *actor;
	uint32_t ifindex;
	uint8_t link_layer[LINK_LAYER_OCTETS];
};

struct scene {
	struct moment now;
	uint64_t seed;
	nanos delay;   /* one way; 10 ms unless changed */
	unsigned lose; /* so many of the next packets vanish */
	bool no_echo;  /* something filters echo requests */
	bool forwards; /* home agents do what their data planes would (forwarding.h) */
	/* Takes what arrives at an actor that has no core. */
	void (*by_hand)(struct scene *, struct octets packet);
	void *hand;
	struct actor home_agent;
	struct actor mobile_node;
	struct actor correspondent;
	struct core_config home_agent_config;
	struct core_config mobile_node_config;
	struct core_config correspondent_config;
	struct scene_place places[SCENE_PLACES];
	size_t places_count;
	struct scene_port ports[SCENE_PORTS];
	size_t ports_count;
	struct scene_flight flights[SCENE_FLIGHTS];
	size_t flights_count;
	struct outbox outbox;
};

/* Set before scene_begin(): the cores know the Load Balancing option by this number. 0: they do not.
 * The packets by hand may have it in any case, by the number of RFC 5096. */
#define LOAD_BALANCING_OPTION 18
extern uint8_t scene_load_balancing_option;
const struct dialect *scene_dialect(void);

struct in6_addr address_of(const char *text);

void scene_begin(struct scene *, uint64_t seed);
void scene_end(struct scene *);

/* Any roles, in any of the three; the others below are the usual ones. */
void scene_add(struct scene *, struct actor *, const struct core_config *);
void scene_add_home_agent(struct scene *, const struct home_agent_config *);
void scene_add_mobile_node(struct scene *, const struct mobile_node_config *);
/* A host that is a correspondent only; or a mobile node that is one, too. */
void scene_add_correspondent(struct scene *, const struct correspondent_config *);
void scene_add_mobile_correspondent(
	struct scene *, const struct mobile_node_config *, const struct correspondent_config *);
/* Its core is freed without a word (kill -9) and made anew; the transcript goes on. */
void scene_restart(struct scene *, struct actor *);

/* `address` is the actor's, on `ifindex`; of equal addresses the last one placed counts. */
void scene_place(struct scene *, struct actor *, const char *address, uint32_t ifindex);
/* The actor's interface is attached to the home link; and no longer. */
void scene_join(struct scene *, struct actor *, uint32_t ifindex, const uint8_t *link_layer);
void scene_leave(struct scene *, struct actor *, uint32_t ifindex);
/* A silently dead path: everything from and to that address vanishes. */
void scene_cut(struct scene *, const char *address, bool cut);
/* A path by which no packet with a Home Address option or a routing header gets through. */
void scene_bare(struct scene *, const char *address, bool bare);
/* A path that is slower by so much, each way. */
void scene_slow(struct scene *, const char *address, nanos extra);
/* A packet sets out, from wherever it says. */
void scene_fly(struct scene *, const struct effect_send *);

/* core_host(): must succeed; scene_tell_result() gives its result instead. */
void scene_tell(struct scene *, struct actor *, const struct host_event *);
int scene_tell_result(struct scene *, struct actor *, const struct host_event *);

/* A packet arrives now, from nowhere. */
void scene_packet(struct scene *, struct actor *, uint32_t ifindex, struct octets packet);

/*
 * Lets time pass: packets arrive and deadlines are met in their order. An ICMPv6 echo request to
 * the home agent is answered, as its kernel would; one with a Home Address option is the core's.
 */
void scene_advance(struct scene *, nanos);
/* When the next packet arrives or the next deadline is met; NANOS_NEVER: there is none. */
nanos scene_next(const struct scene *);

/*
 * ---- the transcript; pointers into it are valid until the scene continues ----
 *
 * The effects of one call of the core (a packet, an event, a deadline) are a set: a script takes
 * them in any order, and all of them before those of the next call. then() states an order.
 */

/* An effect of the present call, which must be of this type; the first one, if there are several.
 */
const struct effect *take(struct actor *, enum effect_type);
/* The same for one that `matches`, which a failure calls `expected`. */
typedef bool effect_matches(const struct effect *, void *ctx);
const struct effect *take_matching(
	struct actor *, const char *expected, effect_matches *, void *ctx);
/* Effects taken from now on must come after those taken before; an earlier effect fails the
 * test. */
void then(struct actor *);
/* In its call, this effect comes after all of this type. */
void expect_after(const struct actor *, const struct effect *, enum effect_type);
/* RFC 6275 10.3.1: an accepted binding is in force and recorded before its acknowledgement
 * leaves. */
void expect_registered_before(const struct actor *, const struct effect *acknowledgement);
/* The next effect that `matches`; NULL: none. Those before it are passed over; as long as no later
 * call is ahead, those of its call may still be taken, but need not be. */
const struct effect *find_past(struct actor *, effect_matches *, void *ctx);
/* The same for an effect of this type, which must be there. */
const struct effect *take_past(struct actor *, enum effect_type);
/* Nothing was done that has not been taken. */
void take_nothing(struct actor *);
/* The record that the actor emitted last; fails the test if there is none. */
const struct record *last_record(const struct actor *);
/* HOST_RESTORE of it. */
struct host_event restore_event(const struct actor *);
/* Forgets what has not been taken. */
void take_all(struct actor *);
/* Forgets all, also what has been taken. */
void empty_transcript(struct actor *);
/* How many effects of this type have not been taken. */
size_t count_ahead(const struct actor *, enum effect_type);
/* An effect of the present call is this event, of this BID. */
const struct effect_event *take_note(struct actor *, enum event_type, uint16_t bid);
/* It sets the tunnel of this BID to this remote address. */
const struct effect_tunnel *take_tunnel_set(struct actor *, uint16_t bid, const char *remote);
const struct effect_tunnel *take_tunnel_remove(struct actor *, uint16_t bid);
/* The subject of the tunnel. */
const struct effect_subject *owner_of(const struct actor *, const struct effect_tunnel *);
/* It has this home address and peer; "::": no peer. */
void expect_owner(const struct actor *, const struct effect_tunnel *, const char *home_address,
	const char *peer);
/* The tier of the tunnel in the traffic that the actor emitted last. */
uint8_t tier_of(const struct actor *, const struct effect_tunnel *);

/* A packet that was sent, decoded; its views point into the transcript. */
struct sent {
	uint32_t ifindex;
	bool framed;
	uint8_t link_layer[LINK_LAYER_OCTETS];
	struct packet packet;
	struct message message;
};

/* It is a SEND of a message of this type. */
void take_message(struct actor *, enum mh_type, struct sent *ret);

#endif
