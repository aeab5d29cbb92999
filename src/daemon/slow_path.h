/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that the data plane leaves to the daemon: what arrives on the TUN device because there is
 * no usable tunnel, or because it is too big for the one there is. The home agent answers with an
 * ICMPv6 error. The mobile node keeps a few packets while its first registration is in flight, or
 * while all links are down, and sends them when a tunnel becomes usable.
 */
#ifndef MONAMI_DAEMON_SLOW_PATH_H
#define MONAMI_DAEMON_SLOW_PATH_H

#include "../core/effect.h"

struct agent;

/* What a mobile node keeps at most, and for how long: old news helps nobody. */
#define SLOW_PATH_PACKETS 128
#define SLOW_PATH_KEEP (3 * NANOS_PER_SECOND)

struct kept_packet {
	nanos at;
	uint16_t length;
	uint8_t octets[PACKET_OCTETS_MAX];
};

struct slow_path {
	struct kept_packet *kept; /* ring of SLOW_PATH_PACKETS; NULL until first needed */
	unsigned int first;
	unsigned int count;
	nanos forget_mtu_at; /* when path MTUs that were learnt are tried anew; NANOS_NEVER: none */
	nanos error_tokens;  /* rate limit of ICMPv6 errors, RFC 4443 2.4 (f) */
	nanos error_at;
	uint64_t dropped;
	uint64_t errors_sent;
};

void slow_path_init(struct slow_path *);
/* To be called when `forget_mtu_at` has come. */
void slow_path_deadline(struct agent *);
/* Reads what waits on the device. -EBADFD: it is not there any more. */
int slow_path_read(struct agent *);
/* A tunnel has become usable: sends by it what was kept. */
void slow_path_release(struct agent *, const struct effect_tunnel *);
/* ICMPv6 Packet Too Big for an outer packet (RFC 2473 7.1): `packet` is the whole ICMPv6 packet. */
void slow_path_too_big(struct agent *, struct octets packet);
/* The path MTU of some tunnel was learnt: it is forgotten in time. */
void slow_path_learnt_mtu(struct agent *);
/* RFC 4443 2.4 (f): whether one more ICMPv6 error may be said now. */
bool slow_path_admits_error(struct agent *);
void slow_path_fini(struct slow_path *);

#endif
