/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The contract between the tc programs and the daemon: maps, and what is in them. Both sides
 * include this file; fields have fixed widths, padding is explicit, sizes are asserted. Octets of
 * addresses stand as on the wire; all numbers are in host order unless the name ends in _be.
 *
 * One set of maps serves all roles. A *subject* is a node, or a pair of nodes, whose traffic is
 * forwarded: a mobile node, at its home agent or at itself; or a mobile node and a correspondent,
 * for the route-optimized paths between them. A *tunnel* is one of its bindings.
 *
 *   homes (hash)              side, prefix of 128 bits (a home address) -> subject; home agent:
 * also a link-local address that it proxies -> ABI_NO_SUBJECT prefixes (LPM trie)       side,
 * prefix of less than 128 bits -> subject home_links (hash)         mobile node: home address,
 * ifindex of a link that it is at home on pairs (hash)              side, home address and
 * correspondent -> subject subjects (mmapable array) its place    -> its tunnels traffics (mmapable
 * array) place of a subject, or of a rule -> the tunnels that packets leave by tunnels (mmapable
 * array)  its place    -> outer addresses, counters rules (hash)              set of rules ->
 * fields that they compare, and their places in `traffics` classes (LPM trie)        set of rules,
 * field, prefix of values -> the rules that match them rule_fragments (LRU hash) addresses,
 * identification of a fragment -> place of its rule flows (LRU hash)          5-tuple      ->
 * tunnel, where a flow must keep its binding locals (hash)             addresses of the
 * correspondent itself, of the mobile node's links thresholds (LPM trie)     mobile node: home
 * address, prefix of correspondents -> traffic that starts route optimization traffic_estimates
 * (LRU hash) mobile node: its subject, peer -> traffic by the home agent records (hash) home
 * address and correspondent -> the daemon's record; not read by the programs own_tables (hash) home
 * address, routing table that the daemon uses; not read by the programs links (mmapable array)
 * ifindex modulo ABI_LINKS_MAX -> counters of a link drops (mmapable array)    enum abi_drop ->
 * count events (ring buffer)      packets and events for the daemon tests (ring buffer) messages of
 * return routability, which the daemon reads after those fragments (ring buffer)   of tunnelled
 * packets, for the daemon; read last shared (ring buffer) packets of shared traffic, for the daemon
 * version (array)           ABI_VERSION
 *
 * The daemon writes subjects and tunnels through the mapping, without system calls. A reader takes
 * a tunnel only if `subject` is the subject it came from, before and after reading `generation`: a
 * writer that gives a tunnel to another binding makes the generation odd first and even last.
 * The core's numbers of subjects and tunnels stand beside, by which the next daemon adopts both.
 */
#ifndef MONAMI_BPF_ABI_H
#define MONAMI_BPF_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Increases with every change of a map's layout. A daemon begins anew beside pinned maps of another
 * version. */
#define ABI_VERSION 9

#define ABI_TUNNELS_PER_SUBJECT 8
#define ABI_NO_TUNNEL 0xffffffffu
#define ABI_NO_SUBJECT 0xffffffffu

/* Aligned, so that the programs compare and copy it in two steps. */
struct abi_address {
	__u8 octets[16];
} __attribute__((aligned(8)));

/*
 * The side of the binding on which the host is. Home addresses are looked up in packets'
 * destinations at the home agent, in their sources at the mobile node, when packets leave; the
 * other way round when they arrive. The low bit: the home address is the source of leaving packets;
 * the next: there is a peer.
 */
enum abi_side {
	ABI_SIDE_HOME_AGENT = 0,
	ABI_SIDE_MOBILE_NODE = 1,
	ABI_SIDE_CORRESPONDENT = 2, /* route-optimized: the peer is an address of this host */
	ABI_SIDE_DIRECT = 3,        /* route-optimized: the home address is one of this host */
};
#define ABI_SIDE_IS_MOBILE(side) ((side)&1)
#define ABI_SIDE_HAS_PEER(side) ((side) >> 1)

/*
 * `all` lists the subject's tunnels: packets are accepted from each that is no home link. Unused
 * places hold ABI_NO_TUNNEL.
 */
struct abi_subject {
	struct abi_address home_address;
	struct abi_address peer; /* the correspondent; ::, none: by the home agent */
	__u32 generation;        /* increases when the place is given to another subject */
	__u32 side;              /* enum abi_side */
	__u32 number;            /* daemon only: the core's; 0: the place is free */
	__u32 rules;             /* its set of rules; ABI_NO_RULES */
	__u32 all[ABI_TUNNELS_PER_SUBJECT];
};
_Static_assert(sizeof(struct abi_subject) == 80, "abi_subject");

enum abi_traffic_mode {
	ABI_TRAFFIC_TUNNELS, /* by one of the tunnels */
	ABI_TRAFFIC_DISCARD,
	ABI_TRAFFIC_REJECT, /* by none: the daemon answers with an ICMPv6 error */
	ABI_TRAFFIC_SHARED, /* by all: the daemon sends them; `order` is empty */
};

/*
 * The tunnels that packets of a subject leave by. `order` lists them, best first; unused places of
 * it hold ABI_NO_TUNNEL. If `equal` is 0, no tunnel has a priority, and the one that last received
 * a packet is used (RFC 5648 3). Else the first `equal` have the same priority and share the flows
 * (flow_hash.h), by `weights` if they are not 0 (flow_share.h). The entry at the place of a subject
 * is for the packets that no rule is for.
 */
struct abi_traffic {
	__u32 subject; /* its place; ABI_NO_SUBJECT: free */
	__u32 usable;  /* how many of `order` are in use */
	__u32 equal;
	__u8 mode; /* enum abi_traffic_mode */
	__u8 pad[3];
	__u32 order[ABI_TUNNELS_PER_SUBJECT];
	__u8 weights[ABI_TUNNELS_PER_SUBJECT];
	/* Daemon only, for each of the subject's `all`: lower is preferred; ABI_TIER_NONE, packets
	 * do not leave by it. And its weight. */
	__u8 tier[ABI_TUNNELS_PER_SUBJECT];
	__u8 weight[ABI_TUNNELS_PER_SUBJECT];
};
_Static_assert(sizeof(struct abi_traffic) == 72, "abi_traffic");
#define ABI_TIER_NONE 255

/*
 * The rules of a subject by which its packets are classified (RFC 6088, 6089). A set is never
 * changed: the daemon writes a new one under a new number, and then the number into the subject.
 * The tunnels of a rule may change.
 */
#define ABI_NO_RULES 0
#define ABI_RULES_MAX 64 /* the first one goes first */
#define ABI_NO_TRAFFIC 0xffffffffu

/* The fields of enum flow_field, as of a packet to the mobile node, and one of the host. */
#define ABI_CLASS_INTERFACE 8 /* that a forwarded packet came in by */
#define ABI_CLASS_FIELDS 9

struct abi_rules {
	__u64 any[ABI_CLASS_FIELDS];   /* rules that match whatever the field is */
	__u32 traffics[ABI_RULES_MAX]; /* numbers in `traffics`, by rule */
	__u32 fields;                  /* bits of the fields that any rule looks at */
	__u32 pad;
};
_Static_assert(sizeof(struct abi_rules) == 336, "abi_rules");

/* Numbers: the most significant bit of those that count first, in the first octet. */
struct abi_class_key {
	__u32 length; /* ABI_CLASS_BITS() */
	__u32 rules;
	__u32 field;
	__u32 pad;
	struct abi_address value;
};
_Static_assert(sizeof(struct abi_class_key) == 32, "abi_class_key");
#define ABI_CLASS_BITS(length) (96 + (length))

/* In `cb` of a packet between the programs on the device's egress: what monami_classify found. */
#define ABI_CB_MARK 0x6d6e6d69u
enum abi_cb {
	ABI_CB_MARKED,  /* ABI_CB_MARK */
	ABI_CB_TRAFFIC, /* number in `traffics` of the rule; ABI_NO_TRAFFIC */
	/* Of a packet with a rule, its tunnel to the correspondent; ABI_NO_TUNNEL: it goes by the
	 * home agent. */
	ABI_CB_DIRECT,
	/* The number in `traffics` of the rule by which the packet goes to the mobile node that it
	 * is for, if that has bindings here; ABI_NO_TRAFFIC. */
	ABI_CB_PEER,
};

struct abi_fragment_key {
	struct abi_address source;
	struct abi_address destination;
	__u32 identification;
	__u32 rules;
};
_Static_assert(sizeof(struct abi_fragment_key) == 40, "abi_fragment_key");
#define ABI_RULE_FRAGMENTS_MAX 4096

/* The value of a key: a subject. `generation`: the subject's when the entry was written; if the
 * subject has another one now, its number belongs to another subject. */
struct abi_subject_ref {
	__u32 subject; /* ABI_NO_SUBJECT: a link-local address that the home agent proxies */
	__u32 generation;
};
_Static_assert(sizeof(struct abi_subject_ref) == 8, "abi_subject_ref");

/* The daemon's record of a home address, in a layout of its own. */
#define ABI_RECORD_OCTETS 384

struct abi_record {
	__u64 layout;
	__u8 octets[ABI_RECORD_OCTETS];
};
_Static_assert(sizeof(struct abi_record) == 392, "abi_record");

/* Also of the daemon before: a table for each mobile node, and one for each of its links. A daemon
 * reads this map, as `links`, if the others have another size. */
struct abi_own_table {
	struct abi_address home_address;
	__u32 table;
	__u32 pad;
};
_Static_assert(sizeof(struct abi_own_table) == 24, "abi_own_table");
#define ABI_OWN_TABLES_MAX 256

/* How a tunnel's packets travel: the numbers of enum encapsulation. HOME_LINK: packets leave
 * without outer header by `ifindex`, to `next_hop`; none is accepted from it. */
enum abi_encapsulation {
#define TUNNELLED(NAME, ...) ABI_ENCAP_##NAME,
#define BARE(NAME, ...) ABI_ENCAP_##NAME,
#include "../core/api/encapsulations.def"
};

struct abi_tunnel {
	struct abi_address local;    /* outer source when sending */
	struct abi_address remote;   /* outer destination when sending */
	struct abi_address next_hop; /* valid if ifindex is not 0 */
	__u64 expires;               /* CLOCK_BOOTTIME ns */
	__u64 sent_at;               /* last packet sent, CLOCK_BOOTTIME ns; by BPF */
	__u64 received_at;           /* last packet accepted; by BPF */
	__u64 sent_packets;          /* inner packets (GSO segments counted) and octets; by BPF */
	__u64 sent_octets;
	__u64 received_packets;
	__u64 received_octets;
	__u32 ifindex; /* packets leave by this link to next_hop; 0: as routed */
	__u32 subject; /* its place in the map; ABI_NO_SUBJECT: the tunnel is free */
	__u32 generation;
	/* Octets of the largest packet before a header is added. Of a tunnel between home agent and
	 * mobile node it may be less than 1280: the daemon fragments the outer packets of larger
	 * packets up to 1280 (ADR 35). Other larger packets are answered with Packet Too Big, or,
	 * of a tunnel to or from a correspondent, go by the home agent. */
	__u32 mtu;
	__u16 number;       /* daemon only: the core's, of this subject */
	__u16 bid;          /* 0: none. Both ends know it: it weighs flows */
	__u8 flags;         /* ABI_TUNNEL_... */
	__u8 encapsulation; /* enum abi_encapsulation */
	__u8 pad[2];
	__u64 label_key; /* secret; of the flow labels of its outer packets (encap_label.h) */
};
_Static_assert(sizeof(struct abi_tunnel) == 136, "abi_tunnel");

/* FRAMED: on the home link, the first six octets of `next_hop` are a link-layer address, and
 * Neighbour Discovery is not used. HELD: no packet leaves by it, so it is not in `order`. */
#define ABI_TUNNEL_FRAMED 0x02
#define ABI_TUNNEL_HELD 0x04
/* The outer IPv6 header; a Destination Options header with nothing but a Home Address option, or a
 * type 2 routing header. */
#define ABI_OUTER_OCTETS 40
#define ABI_EXTENSION_OCTETS 24

struct abi_pair {
	struct abi_address home_address;
	struct abi_address peer;
	__u32 side;
	__u32 pad;
};
_Static_assert(sizeof(struct abi_pair) == 40, "abi_pair");

/* `length` counts the bits of `side`, too: one trie has the prefixes of both sides. */
struct abi_prefix {
	__u32 length; /* ABI_PREFIX_BITS(); 128 in `homes` */
	__u32 side;
	struct abi_address address;
};
_Static_assert(sizeof(struct abi_prefix) == 24, "abi_prefix");
#define ABI_PREFIX_BITS(length) (32 + (length))

/* ABI_EVENT_BUSY follows so many packets, or so many octets, of one mobile node with one peer by
 * the home agent within ABI_TRAFFIC_ESTIMATE_NS, once in that time. 0: no limit of this kind. */
struct abi_threshold_key {
	__u32 length; /* ABI_THRESHOLD_BITS() */
	__u8 home_address[16];
	__u8 prefix[16];
};
_Static_assert(sizeof(struct abi_threshold_key) == 36, "abi_threshold_key");
#define ABI_THRESHOLD_BITS(length) (128 + (length))

struct abi_threshold {
	__u64 packets;
	__u64 octets;
};

#define ABI_TRAFFIC_ESTIMATE_NS 10000000000ull
#define ABI_THRESHOLDS_MAX 1024
#define ABI_TRAFFIC_ESTIMATES_MAX 4096
#define ABI_LOCALS_MAX 256

struct abi_traffic_key {
	struct abi_address peer;
	__u32 subject; /* number of the mobile node's */
	__u32 pad;
};
_Static_assert(sizeof(struct abi_traffic_key) == 24, "abi_traffic_key");

/* Traffic with one peer. It restarts after ABI_TRAFFIC_ESTIMATE_NS. */
struct abi_traffic_estimate {
	__u64 since; /* CLOCK_BOOTTIME ns */
	__u64 packets;
	__u64 octets;
	struct abi_threshold threshold; /* as it was at `since` */
	__u64 told;                     /* 1: the daemon knows */
};

/* On this link packets from the home address need no tunnel (RFC 6275 11.5.5). */
struct abi_home_link {
	struct abi_address home_address;
	__u32 ifindex;
	__u32 pad;
};
_Static_assert(sizeof(struct abi_home_link) == 24, "abi_home_link");
#define ABI_HOME_LINKS_MAX 64

struct abi_flow_key {
	struct abi_address home_address;
	struct abi_address other;
	__u16 home_port_be;
	__u16 other_port_be;
	__u8 protocol;
	__u8 direct; /* 1: on a route-optimized path */
	__u8 pad[2];
};
_Static_assert(sizeof(struct abi_flow_key) == 40, "abi_flow_key");

struct abi_flow {
	__u32 tunnel;
	__u32 generation; /* of the tunnel when the flow was put there */
};

/* A link cannot be attached while another link has its place in this map. A daemon also reads this
 * map, unlike most others, if it is of another version, as long as its size is the same. */
#define ABI_LINKS_MAX 4096

struct abi_link {
	__u64 sent_packets;
	__u64 sent_octets;
	__u64 received_packets;
	__u64 received_octets;
	__u64 signalling_packets;
	__u64 dropped_packets;
	__u8 link_layer[6]; /* its own address, on Ethernet */
	__u8 header_octets; /* of the link header: 14 on Ethernet */
	__u8 made_qdisc;    /* 1: its clsact qdisc is ours, and goes with the program */
	__u32 ifindex;      /* 0: free */
	/* When a probe by this link was answered, CLOCK_BOOTTIME seconds; by BPF. The router's
	 * link-layer address was known then. */
	__u32 proven_s;
	__u8 corresponds; /* 1: monami_correspond is on its egress */
	__u8 guards;      /* 1: monami_guard is on its egress */
	__u8 pad[6];
};
_Static_assert(sizeof(struct abi_link) == 72, "abi_link");

#define ABI_DROP_LIST(DROP)                                                                        \
	DROP(UNKNOWN_HOME_ADDRESS, "tunnelled packet with an inner address of no mobile node")     \
	DROP(WRONG_CARE_OF_ADDRESS, "tunnelled packet from an address that is not registered")     \
	DROP(EXPIRED, "tunnelled packet for a binding that has expired")                           \
	DROP(MALFORMED, "packet cut short")                                                        \
	DROP(NO_ROUTE, "no route to the care-of address")                                          \
	DROP(CONGESTION, "congestion marked outside, on a packet that cannot carry the mark")      \
	DROP(EVENTS_FULL, "signalling lost, the daemon is too slow")                               \
	DROP(FRAGMENT, "fragment of signalling, or of a packet that cannot be reassembled")        \
	DROP(WRONG_ROUTING_HEADER, "type 2 routing header that is not for this mobile node")       \
	DROP(BARE, "packet of the home address that would have left outside of every tunnel")      \
	DROP(LINK_SCOPE, "message of link scope to a mobile node that is away")                    \
	DROP(KERNEL, "a kernel helper refused")                                                    \
	DROP(FLOOD, "over the rate limit of packets that any host may send")                       \
	DROP(UNPROVEN, "ICMPv6 error that quotes a tunnelled packet that was not sent")            \
	DROP(RULE, "packet of a flow that a rule discards")

enum abi_drop {
#define ABI_DROP(name, text) ABI_DROP_##name,
	ABI_DROP_LIST(ABI_DROP)
#undef ABI_DROP
		ABI_DROPS
};

enum abi_event_type {
	ABI_EVENT_PACKET = 1, /* signalling: a whole IPv6 packet follows */
	ABI_EVENT_ACTIVE = 2, /* mobile node: a tunnel sends or receives again after ABI_IDLE_NS */
	/* An ICMPv6 error about a packet of `tunnel`, whose outer header it quotes with the right
	 * flow label. The kernel does not get it. Checksum not verified. */
	ABI_EVENT_TUNNEL_ERROR = 3,
	ABI_EVENT_BUSY = 4, /* mobile node: abi_threshold; the octets are an abi_busy */
	/*
	 * An ICMPv6 error about a packet that had been rewritten: the quoted packet has a Home
	 * Address option or a type 2 routing header, and no Mobility Header behind it (that would
	 * be a PACKET). The kernel does not get it. Checksum not verified.
	 */
	ABI_EVENT_ERROR = 5,
	/* A packet went through the home agent, since it was too large for the extension header of
	 * the route-optimized path. Its first octets. */
	ABI_EVENT_TOO_LARGE = 6,
	/* Home agent: a tunnelled packet came without a binding; at most four times a second for
	 * each care-of address and CPU. The octets are an abi_unbound. */
	ABI_EVENT_UNBOUND = 7,
	ABI_EVENT_FRAGMENT = 8, /* of a tunnelled packet: a whole IPv6 packet follows */
	ABI_EVENT_SHARED = 9,   /* GRE of `tunnel`: a whole IPv6 packet follows */
};

#define ABI_IDLE_NS 1000000000ull
#define ABI_EVENT_OCTETS_MAX 1500
/* Most signalling fits into this, so that the ring buffer holds more of it. */
#define ABI_EVENT_OCTETS_SMALL 368
/* Of an ABI_EVENT_TOO_LARGE. */
#define ABI_EVENT_QUOTED_OCTETS 128

struct abi_event {
	__u32 type;
	__u32 ifindex;
	__u32 tunnel; /* ABI_EVENT_ACTIVE, ABI_EVENT_TOO_LARGE, ABI_EVENT_TUNNEL_ERROR,
			 ABI_EVENT_SHARED */
	__u32 length; /* of the octets */
	__u32 mtu;    /* ABI_EVENT_TOO_LARGE: the MTU that the sender should learn */
	__u32 at;     /* a whole packet: when it arrived, CLOCK_BOOTTIME us, modulo 2^32 */
	__u8 octets[];
};
_Static_assert(sizeof(struct abi_event) == 24, "abi_event");

struct abi_busy {
	struct abi_address home_address;
	struct abi_address peer;
};
_Static_assert(sizeof(struct abi_busy) == 32, "abi_busy");

struct abi_unbound {
	struct abi_address care_of;
	struct abi_address home_address;
};
_Static_assert(sizeof(struct abi_unbound) == 32, "abi_unbound");

#define ABI_MOBILE_NODES_MAX 8

/* The roles of the host, any number at once. */
#define ABI_ROLE_HOME_AGENT 0x01
#define ABI_ROLE_MOBILE_NODE 0x02
/* Home Test Inits, bindings and Home Address options are for this host. */
#define ABI_ROLE_CORRESPONDENT 0x04
/* Of its mobile nodes: they have bindings at correspondents, and their traffic is estimated. */
#define ABI_ROLE_ROUTE_OPTIMIZATION 0x08
/* A mobile node's tunnel leads through that of another one on this host: what comes out of the
 * latter may come by the former. */
#define ABI_ROLE_THROUGH 0x10

/* A variable of the programs that the daemon changes while they run. The generation is odd while
 * the addresses are being written. */
struct abi_state {
	struct abi_address home_agent; /* home agent: its own address */
	struct abi_address anycast;    /* and its Home-Agents anycast address; ::, none */
	struct abi_address home_agents[ABI_MOBILE_NODES_MAX]; /* of the mobile nodes */
	__u32 home_agents_count;
	__u32 home_link;    /* home agent: ifindex of the physical home link; 0: none */
	__u32 roles;        /* ABI_ROLE_... */
	__u32 has_prefixes; /* 1: there are some in `prefixes` */
	__u32 generation;
	__u32 pad;
	/* ABI_HOME_BIT() of the home addresses of mobile nodes, for the guard: most packets that
	 * leave a link are of others. A bit stays when its address goes. */
	__u64 home_bits;
};
#define ABI_HOME_BIT(address) (1ull << ((address)->octets[15] & 63))
_Static_assert(sizeof(struct abi_state) == 192, "abi_state");

/* Written by the loader into the programs' constants. */
struct abi_config {
	__u32 device;              /* ifindex of monami0 */
	__u32 device_header;       /* octets of its link header: 0 on a TUN device */
	__u16 probe_identifier_be; /* ICMPv6 echo replies with it are the daemon's */
	__u8 keep_flows;           /* 1: a flow leaves its tunnel only when that goes */
	__u8 lookup_tells_mtu; /* 1: bpf_fib_lookup returns the MTU of the link (since Linux 5.12)
				*/
};
_Static_assert(sizeof(struct abi_config) == 12, "abi_config");

#endif
