/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The eBPF data plane as the daemon sees it: programs, pinned maps (src/bpf/abi.h), their contents.
 * All errors are negative errno values. Nothing here decides; it carries out the core's effects.
 */
#ifndef MONAMI_IO_DATAPLANE_H
#define MONAMI_IO_DATAPLANE_H

#include "../../bpf/abi.h"
#include "../../core/api/core.h"
#include "../../core/base/keyed_hash.h"
#include "../host/put_back.h"

struct dataplane;

/* The host's roles, any number at once, and the addresses that come with them. */
struct dataplane_state {
	uint32_t roles;             /* ABI_ROLE_... */
	struct in6_addr home_agent; /* home agent: its own address */
	struct in6_addr anycast;    /* home agent: the Home-Agents anycast address; ::, none */
	uint32_t home_link;         /* home agent: ifindex of the physical home link; 0: none */
	unsigned int home_agents_count;
	struct in6_addr home_agents[ABI_MOBILE_NODES_MAX]; /* in use by the mobile nodes */
};

struct dataplane_config {
	const char *pin_directory; /* on a bpffs; created if it is not there */
	struct dataplane_state state;
	bool keep_flows;
	uint32_t device; /* ifindex of monami0 */
	uint16_t probe_identifier;
	struct hash_key label_key; /* random; of the tunnels' keys (bpf/encap_label.h) */
	uint32_t nodes_max;
	uint32_t tunnels_max;
	uint32_t flows_max;
};

/*
 * Loads the programs, takes over the pinned maps if they are there, of this ABI_VERSION and of
 * these sizes (otherwise makes new ones), and attaches to the egress of the device. A program that
 * is already attached is replaced without a gap. On failure `ret` is untouched, nothing new stays
 * behind but an empty directory, and `reason` (if not NULL) says in one line what is missing. After
 * success it says what could not be taken over, if that was so; else it is untouched.
 */
int dataplane_open(
	const struct dataplane_config *, struct dataplane **ret, char *reason, size_t reason_size);

/* Frees the daemon's side. Programs and maps stay, and go on forwarding. */
void dataplane_close(struct dataplane *);
/* Whether it goes on with the maps of the previous daemon. */
bool dataplane_found(const struct dataplane *);

/* Detaches every program from device and links, unpins the maps; then as dataplane_close(). Is
 * tried twice; an error does not stop it: it says that something stays behind. */
int dataplane_remove(struct dataplane *);

/* As dataplane_remove(), but leaves a program on a correspondent's links. It discards Mobility
 * Headers to the correspondent's addresses until `until`, and then does nothing. The list of links
 * stays pinned, by which the next daemon replaces or removes the program. */
int dataplane_remove_silently(struct dataplane *, nanos until);

/* Attaches to the ingress of a link; no error if it is attached. Again when its link-layer address
 * has changed: a `framed` tunnel sends by attached links only, from that address. */
int dataplane_attach(struct dataplane *, uint32_t ifindex);
int dataplane_detach(struct dataplane *, uint32_t ifindex);
/* From every link but these: the previous daemon may have had others. Goes on after an error. */
int dataplane_detach_others(struct dataplane *, const uint32_t *ifindexes, size_t count);
/* Every link that programs are attached to, also by the previous daemon. */
void dataplane_each_attached(
	const struct dataplane *, void (*each)(void *ctx, uint32_t ifindex), void *ctx);

/* Mobile node: routing tables, remembered for the next daemon, of which nothing else is known if
 * its configuration has them no more. 0 or -errno. */
int dataplane_table_set(struct dataplane *, const struct in6_addr *home_address, uint32_t table);
void dataplane_table_remove(
	struct dataplane *, const struct in6_addr *home_address, uint32_t table);
/* `each` must not change them. */
void dataplane_each_table(const struct dataplane *,
	void (*each)(void *ctx, const struct in6_addr *home_address, uint32_t table), void *ctx);

/* Home agent: the daemon gets what comes by the home link for this link-local address (RFC 6275
 * 10.4.2). dataplane_open() removes the addresses of an earlier daemon. 0 or -errno. */
int dataplane_proxied_set(struct dataplane *, const struct in6_addr *link_local, bool proxied);
/* Whether the mobile node is at home on a link. On all others, packets from its home address
 * outside of a tunnel are discarded (ABI_DROP_BARE). 0 or -errno. */
int dataplane_home_link(
	struct dataplane *, const struct in6_addr *home_address, uint32_t ifindex, bool home);

/* Attaches the programs again that another program removed from the device or a link, and tells of
 * each. `ret_again`: lowered to the time of the next call, for those that have to wait. */
void dataplane_reconcile(
	struct dataplane *, uint64_t now, put_back_handler *tell, void *ctx, uint64_t *ret_again);
/* Pins maps again that another program has unpinned. 0: none was missing; 1: they are back; or
 * -errno. */
int dataplane_put_pins_back(struct dataplane *, const char *pin_directory);
/* Of the last dataplane_reconcile(): what is missing; with `all`, every program. */
void dataplane_each_attachment(
	const struct dataplane *, bool all, put_back_handler *each, void *ctx);
/* Whether all programs of a link are attached, and how often they were put back. */
void dataplane_link_put_back(
	const struct dataplane *, uint32_t ifindex, bool *ret_attached, uint32_t *ret_times);

/*
 * A subject is known by the core's number, a tunnel by that and a number of its own.
 *
 * EFFECT_SUBJECT_SET. What the maps hold under this number, from a daemon before, stays in use if
 * side and addresses are the same; one that has the number or the addresses of another is removed.
 * -ENOSPC, -ENOMEM, or what the maps said.
 */
int dataplane_subject_set(struct dataplane *, const struct effect_subject *);
/* EFFECT_SUBJECT_REMOVE: with its tunnels, prefixes and rules. -ENOENT, or what the maps said. */
int dataplane_subject_remove(struct dataplane *, uint32_t subject);
/* -ENOENT: no such number. */
int dataplane_subject(const struct dataplane *, uint32_t subject, struct effect_subject *ret);
/* EFFECT_PREFIX_SET, EFFECT_PREFIX_REMOVE. Without a prefix, programs do not find a subject that
 * has no peer. -ENOENT: no such subject or prefix; -ENOMEM, or what the maps said. */
int dataplane_prefix_set(struct dataplane *, const struct effect_prefix *);
int dataplane_prefix_remove(struct dataplane *, const struct effect_prefix *);
/* EFFECT_TRAFFIC_SET. Rules other than TRAFFIC_DEFAULT begin to be heeded, as they were set, with
 * dataplane_publish_rules(). -ENOENT: no such subject; -ENOSPC: too many rules; -ENOMEM. In the
 * modes AGGREGATE and DUPLICATE, packets go to the daemon by the device. */
int dataplane_traffic_set(struct dataplane *, const struct effect_traffic *);
/* EFFECT_TRAFFIC_REMOVE: no packet leaves by the rule. -ENOENT: no such subject or rule. */
int dataplane_traffic_remove(struct dataplane *, uint32_t subject, uint16_t rule);
/* Only the mode (enum traffic_mode) of the rule, at once. -ENOENT: no such subject or rule. */
int dataplane_traffic_mode(struct dataplane *, uint32_t subject, uint16_t rule, uint8_t mode);
/* After the effects of one call of the core: packets are classified by the rules as they are now.
 * Flows of a rule that stays keep their tunnels. What the maps said; the rules of the subject then
 * stay as they were, and the next call tries again. */
int dataplane_publish_rules(struct dataplane *);

enum departure_verdict {
	DEPARTURE_TUNNEL,   /* by `tunnel` */
	DEPARTURE_WAITS,    /* to the daemon: none of the rule's tunnels is usable */
	DEPARTURE_REJECTED, /* to the daemon, which answers with an ICMPv6 error */
	DEPARTURE_DISCARDED,
	DEPARTURE_SHARED, /* to the daemon, which sends it by all of the rule's tunnels */
};

struct dataplane_departure {
	enum departure_verdict verdict;
	uint16_t rule; /* TRAFFIC_DEFAULT: none is for it */
	uint16_t tunnel;
	uint16_t bid;
	uint32_t ifindex; /* of the tunnel's link; 0: as routed */
	bool direct;      /* `tunnel` is one between mobile node and correspondent */
};
/* How a packet would leave now, by the maps as they are. `key`: as of a packet to the mobile node,
 * in either direction; `interface`: that it came in by, 0: it is the host's own. -ENOENT: the
 * destination of `key` is in no subject's prefix, and has no binding with the source. */
int dataplane_departure(const struct dataplane *, const struct flow_key *, uint32_t interface,
	nanos now, struct dataplane_departure *ret);
/* EFFECT_TUNNEL_SET. A new tunnel only accepts until dataplane_traffic_set() ranks it.
 * `next_hop`: with tunnel->local.ifindex, the router (or peer) on that link; if there is none, on
 * the home link the remote address, else what the kernel finds. Keeps the tunnel's counters over
 * changes. -ENOENT: no such subject; -ENOSPC if the maps are full. */
int dataplane_tunnel_set(
	struct dataplane *, const struct effect_tunnel *, const struct in6_addr *next_hop);
int dataplane_tunnel_remove(struct dataplane *, uint32_t subject, uint16_t tunnel);
/* After the core has restored its records: removes what the maps hold of subjects that were not set
 * since dataplane_open(), and the prefixes that were not. 0, or what the maps said. */
int dataplane_sweep(struct dataplane *);
/* The path of this tunnel carries packets of at most `mtu` octets, before a header is added. Valid
 * until `until`. -ENOENT: no such tunnel. */
int dataplane_path_mtu(
	struct dataplane *, uint32_t subject, uint16_t tunnel, uint32_t mtu, nanos until);
/* The same, for the MTUs that the programs have lowered themselves. `peer` is :: for tunnels to or
 * from the home agent; then `home_address` may be any address in a prefix of the subject. */
void dataplane_note_path_mtus(struct dataplane *, const struct in6_addr *home_address,
	const struct in6_addr *peer, nanos until);
/* Forgets the path MTUs that are valid no longer: larger packets probe these paths again. */
void dataplane_forget_path_mtus(struct dataplane *, nanos now);
/* When dataplane_forget_path_mtus() is to be called; NANOS_NEVER: none is learnt. */
nanos dataplane_next_forgotten(const struct dataplane *);
/* A tunnel to or from a correspondent, found by its ends. */
struct route_ends {
	struct in6_addr home_address;
	struct in6_addr peer;
	struct in6_addr local;
	struct in6_addr remote;
};
/* As dataplane_path_mtu(). `mtu`: UINT32_MAX, nothing is learnt. */
int dataplane_route_mtu(struct dataplane *, const struct route_ends *, uint32_t mtu, nanos until);
/* Correspondent: when a packet last went to, and came from, this care-of address of the mobile
 * node; 0: never. */
void dataplane_route_activity(const struct dataplane *, const struct in6_addr *home_address,
	const struct in6_addr *peer, const struct in6_addr *remote, nanos *ret_sent,
	nanos *ret_received);
/* Attaches to the egress of a link: a correspondent's packets leave by it (design: they go on as
 * they are where nothing is bound). As dataplane_attach(), which it includes. */
int dataplane_attach_correspondent(struct dataplane *, uint32_t ifindex);
/* An address comes or goes: a correspondent's own, or one of a mobile node's links. Those that were
 * there are still there after a restart, so that nothing is missed meanwhile. */
int dataplane_local_set(struct dataplane *, const struct in6_addr *, bool present);
/* All but these are gone. */
void dataplane_local_others(struct dataplane *, const struct in6_addr *, size_t count);
/* Mobile node: so much traffic of the home address with a correspondent of this prefix starts route
 * optimization; the longest prefix counts. Forgotten when the data plane is opened again. */
int dataplane_threshold_set(struct dataplane *, const struct in6_addr *home_address,
	const struct in6_addr *prefix, uint8_t length, const struct abi_threshold *);
/* One tunnel between home agent and mobile node. */
struct dataplane_ends {
	uint32_t ifindex; /* it leaves by this link; 0: as routed */
	uint32_t mtu;     /* the largest inner packet that is not fragmented */
};
/* Finds the tunnel of the home address with these ends. -ENOENT: there is none. */
int dataplane_tunnel_ends(const struct dataplane *, const struct in6_addr *home_address,
	const struct in6_addr *local, const struct in6_addr *remote, struct dataplane_ends *ret);
/*
 * Runs the program that receives on the link on a whole packet. Returns the length of the inner
 * packet in `ret`, which is to be written to the device; 0 if the program discarded the packet or
 * handed it to the daemon by an event; or -errno.
 */
long dataplane_receive(struct dataplane *, uint32_t ifindex, const uint8_t *packet, size_t length,
	uint8_t *ret, size_t capacity);
/* Octets of the largest inner packet that the best tunnels of the subject of this home address, or
 * of an address in one of its prefixes, carry, whole or fragmented: at least 1280 (RFC 2473 7.1);
 * 0: none is usable. With keep_flows, of all usable tunnels. */
uint32_t dataplane_best_mtu(const struct dataplane *, const struct in6_addr *home_address);
/* The tunnel that the default rule of this home address sends by first. -ENOENT: none. */
int dataplane_best_tunnel(
	const struct dataplane *, const struct in6_addr *home_address, struct effect_tunnel *ret);
/*
 * The largest inner packet, in octets, of every IPv6 tunnel for whose path nothing smaller was
 * learnt; that of the others follows from it (encapsulation_octets()). 1240 for a link of 1280
 * octets: larger packets up to 1280 are fragmented.
 */
struct tunnel_mtus {
	uint32_t all;
	/* For tunnels that leave by this link; ifindex 0: unused. */
	struct {
		uint32_t ifindex;
		uint32_t mtu;
	} links[ABI_MOBILE_NODES_MAX * BINDINGS_MAX];
};
void dataplane_tunnel_mtus(struct dataplane *, const struct tunnel_mtus *);
/* The same of all tunnels, whatever link they leave by. */
void dataplane_default_mtu(struct dataplane *, uint32_t mtu);

/* At once, without reloading anything. A link that was attached before the host became a mobile
 * node is to be attached again: it has no guard. */
void dataplane_state_set(struct dataplane *, const struct dataplane_state *);

/* All tunnels in the maps, and whose they are. */
typedef void dataplane_tunnel_handler(
	void *ctx, const struct effect_subject *, const struct effect_tunnel *);
void dataplane_each_tunnel(const struct dataplane *, dataplane_tunnel_handler *each, void *ctx);

/* EFFECT_RECORD: remembered in a map until this daemon or the next one removes it. A record of a
 * pair without bindings is removed. */
int dataplane_record_set(struct dataplane *, const struct record *);
/* -ENOENT if there is none. */
int dataplane_record(const struct dataplane *, const struct in6_addr *home_address,
	const struct in6_addr *peer, struct record *ret);
int dataplane_record_remove(
	struct dataplane *, const struct in6_addr *home_address, const struct in6_addr *peer);
/* `each` must not change records. */
void dataplane_each_record(
	const struct dataplane *, void (*each)(void *ctx, const struct record *), void *ctx);

struct dataplane_counters {
	uint64_t sent_packets, sent_octets, received_packets, received_octets;
	nanos sent_at, received_at;
	uint32_t mtu;
};
/* Of one tunnel: -ENOENT if there is none. Reads memory, no system call. */
int dataplane_tunnel_counters(const struct dataplane *, uint32_t subject, uint16_t tunnel,
	struct dataplane_counters *ret);
/* When any tunnel that leaves by the link last sent and received; 0: never. Reads memory. */
void dataplane_link_activity(
	const struct dataplane *, uint32_t ifindex, nanos *ret_sent, nanos *ret_received);
int dataplane_link_counters(const struct dataplane *, uint32_t ifindex, struct abi_link *ret);
uint64_t dataplane_drops(const struct dataplane *, enum abi_drop);
const char *dataplane_drop_text(enum abi_drop);

/* Readable when there are events. */
int dataplane_events_fd(const struct dataplane *);
/*
 * Hands at most `most` waiting events to `each`; the octets are borrowed for the call. The tunnel
 * of an ACTIVE, SHARED, TOO_LARGE or TUNNEL_ERROR event comes translated in `active` (NULL for
 * others).
 */
struct dataplane_active {
	struct in6_addr home_address;
	struct in6_addr peer;
	uint32_t subject;
	uint16_t tunnel;
	uint16_t bid;
};
int dataplane_events(struct dataplane *, int most,
	void (*each)(void *ctx, const struct abi_event *, const struct dataplane_active *active),
	void *ctx);

#endif
