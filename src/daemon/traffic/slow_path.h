/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that the tc programs leave to the daemon: they arrive on the TUN device because there is
 * no usable tunnel, or because they are too big for it. The home agent answers with an ICMPv6
 * error. The mobile node keeps a few packets while its first registration is in flight, or while
 * all links are down, and sends them when a tunnel becomes usable.
 */
#ifndef MONAMI_DAEMON_SLOW_PATH_H
#define MONAMI_DAEMON_SLOW_PATH_H

#include "../host/mobile_host.h"
#include "outer_packets.h"

#include "../../core/base/rate_limit.h"

/* A mobile node keeps so many packets at most, for so long: older ones are of no use to their
 * flows. */
#define SLOW_PATH_PACKETS 128
#define SLOW_PATH_KEEP (3 * NANOS_PER_SECOND)

struct kept_packet {
	nanos at;
	uint16_t length;
	uint8_t octets[PACKET_OCTETS_MAX];
};

/* RFC 4443 2.4 (f): errors in a second for each site of 48 bits, half of them at once; and for all.
 * A sender that misses Packet Too Big sends in vain, so that one site must not use up the errors
 * (ADR 39). */
#define SLOW_PATH_ERRORS_SITE 100
#define SLOW_PATH_ERRORS_ALL 1000
#define SLOW_PATH_ERROR_SITES 1024

struct error_limit {
	struct hash_key key;
	struct bucket all;
	struct bucket sites[SLOW_PATH_ERROR_SITES];
};

struct kept_packets {
	struct kept_packet *at; /* ring of SLOW_PATH_PACKETS; NULL until first needed */
	unsigned int first;
	unsigned int count;
};

struct slow_path {
	const struct daemon_basis *basis;
	struct outer_packets *outer;
	struct mobile_hosts *mobile_hosts;
	/* Whether a packet is shared traffic, which this sends. NULL: there is none. */
	bool (*take_shared)(void *shared, struct octets packet);
	void *shared;
	struct kept_packets kept[MOBILE_NODES_MAX]; /* of each mobile node */
	struct error_limit errors;
	uint64_t dropped;
	uint64_t errors_sent;
	uint64_t errors_returned; /* to the kernel, about packets that were rewritten */
};

void slow_path_init(struct slow_path *, const struct daemon_basis *, struct outer_packets *,
	struct mobile_hosts *);
/* Reads the packets that wait on the device. -EBADFD: the device no longer exists. */
int slow_path_read(struct slow_path *);
/* A tunnel of the mobile node has become usable: sends by it the packets that were kept. */
void slow_path_release(
	struct slow_path *, const struct mobile_host *, const struct effect_tunnel *);
/* Sends an ICMPv6 error to the sender of `packet`, which may be truncated. `detail`: the MTU of a
 * Packet Too Big, otherwise 0. Follows RFC 4443 2.4 (c), (e), (f). */
void slow_path_answer(
	struct slow_path *, struct octets packet, uint8_t type, uint8_t code, uint32_t detail);
/* RFC 4443 2.4 (f): whether the limit permits one more ICMPv6 error of this node now. */
bool slow_path_admits_error(struct slow_path *, const struct in6_addr *node);
void slow_path_fini(struct slow_path *);

#endif
