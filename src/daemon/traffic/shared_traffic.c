/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared_traffic.h"

#include "../base/log.h"

#include "../../io/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/icmp6.h>
#include <string.h>

/* A path that is sent by a little late makes up for it (src/sharing/path.c). */
#define TIMER_LEAST (300 * 1000)     /* ns */
#define WAITED_MOST NANOS_PER_SECOND /* of a packet in the ring buffer */
#define LOOK_EACH NANOS_PER_SECOND
#define WAKE_EACH (30 * NANOS_PER_SECOND)
#define ECN_MASK 0x30 /* of the second octet */
#define ECN_CE 0x30

static nanos now(void)
{
	return clock_now().mono;
}

/* ---- which subject ---- */

static struct shared_subject *find(struct shared_traffic *all, uint32_t subject)
{
	for (unsigned int i = 0; i < SHARED_SUBJECTS_MAX; i++)
		if (all->at[i].sharing && all->at[i].subject.subject == subject)
			return &all->at[i];
	return NULL;
}

/* Of a packet that leaves: from the mobile node on this host, or to one that is away. */
static struct shared_subject *find_of_packet(struct shared_traffic *all, struct octets packet)
{
	for (unsigned int i = 0; i < SHARED_SUBJECTS_MAX; i++) {
		struct shared_subject *shared = &all->at[i];
		const size_t at = shared->subject.side == SUBJECT_AT_MOBILE_NODE
					  ? IPV6_SOURCE_AT
					  : IPV6_DESTINATION_AT;

		if (shared->sharing && shared->on &&
			memcmp(packet.at + at, &shared->subject.home_address,
				sizeof(struct in6_addr)) == 0)
			return shared;
	}
	return NULL;
}

static struct shared_tunnel *tunnel_of(struct shared_subject *shared, uint16_t tunnel)
{
	for (unsigned int i = 0; i < shared->tunnels_count; i++)
		if (shared->tunnels[i].tunnel == tunnel)
			return &shared->tunnels[i];
	return NULL;
}

/* ---- packets that leave and arrive ---- */

/* RFC 6040 4.1, normal mode: the outer header has the inner one's traffic class. */
static void send_outer(void *ctx, uint16_t path, struct octets gre)
{
	struct shared_subject *shared = ctx;
	const struct shared_tunnel *tunnel = NULL;
	uint8_t outer[PACKET_OCTETS_MAX];

	for (unsigned int i = 0; i < shared->tunnels_count; i++)
		if (shared->tunnels[i].bid == path)
			tunnel = &shared->tunnels[i];
	if (!tunnel)
		return;
	const struct packet_envelope envelope = {
		.source = tunnel->local,
		.destination = tunnel->remote,
		.next_header = GRE_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	const size_t length = packet_build(&envelope, gre, outer, sizeof(outer));

	if (length == 0)
		return;
	if (gre.at[2] == GRE_IPV6 >> 8 && gre.length > GRE_OCTETS + 1) {
		outer[0] |= gre.at[GRE_OCTETS] & 0x0f;
		outer[1] |= gre.at[GRE_OCTETS + 1] & 0xf0;
	}
	(void)sender_add(shared->all->sender, tunnel->ifindex, outer, length);
}

static void deliver(void *ctx, struct octets packet)
{
	const struct shared_subject *shared = ctx;

	(void)device_write(shared->all->basis->device, packet.at, packet.length);
}

/* RFC 6040 4.2: a mark of the outer header goes to an inner packet that knows ECN. */
static bool combine_ecn(const uint8_t *outer, uint8_t *inner)
{
	if ((outer[1] & ECN_MASK) != ECN_CE)
		return true;
	const bool knows = inner[1] & ECN_MASK;

	inner[1] |= ECN_CE;
	return knows;
}

void shared_traffic_receive(struct shared_traffic *all, const struct dataplane_active *active,
	uint32_t at, struct octets packet)
{
	struct shared_subject *shared = find(all, active->subject);
	uint8_t gre[PACKET_OCTETS_MAX];

	if (!shared || packet.length < IPV6_HEADER_OCTETS + GRE_OCTETS ||
		packet.length > sizeof(gre))
		return;
	const size_t length = packet.length - IPV6_HEADER_OCTETS;
	memcpy(gre, packet.at + IPV6_HEADER_OCTETS, length);
	if (gre[2] == GRE_IPV6 >> 8 && length > GRE_OCTETS + 1 &&
		!combine_ecn(packet.at, gre + GRE_OCTETS))
		return;
	const nanos present = now();
	const uint32_t waited = (uint32_t)(present / 1000) - at;
	const nanos arrived = present - nanos_min((nanos)waited * 1000, WAITED_MOST);
	sharing_receive(
		shared->sharing, present, arrived, active->bid, (struct octets){gre, length});
}

static bool take(void *ctx, struct octets packet)
{
	struct shared_traffic *all = ctx;
	struct shared_subject *shared = find_of_packet(all, packet);

	if (!shared)
		return false;
	if (packet.length > shared->mtu)
		slow_path_answer(all->slow_path, packet, ICMP6_PACKET_TOO_BIG, 0, shared->mtu);
	else
		sharing_send(shared->sharing, now(), packet);
	return true;
}

/* ---- tunnels ---- */

/* A tunnel of less is not sent by: nothing here fragments. */
static uint32_t mtu_of(const struct shared_subject *shared, const struct shared_tunnel *tunnel)
{
	struct dataplane_counters counters;

	if (dataplane_tunnel_counters(shared->all->basis->dataplane, shared->subject.subject,
		    tunnel->tunnel, &counters) < 0)
		return 0;
	return counters.mtu > GRE_OCTETS ? counters.mtu - GRE_OCTETS : 0;
}

static void look_at_tunnels(struct shared_subject *shared)
{
	uint32_t mtu = SHARING_INNER_MAX;

	shared->looked = now();
	for (unsigned int i = 0; i < shared->tunnels_count; i++) {
		const struct shared_tunnel *tunnel = &shared->tunnels[i];
		const uint32_t its = mtu_of(shared, tunnel);
		const bool fits = its >= IPV6_MTU_MIN;

		if (tunnel->usable && fits && its < mtu)
			mtu = its;
		sharing_path_use(
			shared->sharing, shared->looked, tunnel->bid, tunnel->usable && fits);
	}
	shared->mtu = mtu;
}

static void set_tunnel(struct shared_subject *shared, const struct effect_tunnel *effect)
{
	struct shared_tunnel *tunnel = tunnel_of(shared, effect->tunnel);

	if (effect->encapsulation != ENCAP_IPV6)
		return;
	if (!tunnel) {
		if (shared->tunnels_count == BINDINGS_MAX ||
			sharing_path_add(shared->sharing, now(), effect->bid) < 0)
			return;
		tunnel = &shared->tunnels[shared->tunnels_count++];
	}
	*tunnel = (struct shared_tunnel){
		.tunnel = effect->tunnel,
		.bid = effect->bid,
		.usable = effect->usable,
		.ifindex = effect->local.ifindex,
		.local = effect->local.address,
		.remote = effect->remote.address,
	};
	look_at_tunnels(shared);
}

void shared_traffic_tunnel_set(struct shared_traffic *all, const struct effect_tunnel *effect)
{
	struct shared_subject *shared = find(all, effect->subject);

	if (shared)
		set_tunnel(shared, effect);
}

void shared_traffic_tunnel_remove(struct shared_traffic *all, uint32_t subject, uint16_t number)
{
	struct shared_subject *shared = find(all, subject);
	struct shared_tunnel *tunnel = shared ? tunnel_of(shared, number) : NULL;

	if (!tunnel)
		return;
	const uint16_t bid = tunnel->bid;
	*tunnel = shared->tunnels[--shared->tunnels_count];
	sharing_path_remove(shared->sharing, now(), bid);
}

void shared_traffic_link_gone(struct shared_traffic *all, uint32_t ifindex)
{
	sender_link_gone(all->sender, ifindex);
}

/* ---- subjects ---- */

static void free_subject(struct shared_subject *shared)
{
	if (shared->sharing)
		sharing_free(shared->sharing);
	*shared = (struct shared_subject){0};
}

void shared_traffic_subject_remove(struct shared_traffic *all, uint32_t subject)
{
	struct shared_subject *shared = find(all, subject);

	if (shared)
		free_subject(shared);
}

static void add_tunnel(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *tunnel)
{
	struct shared_subject *shared = ctx;

	if (subject->subject == shared->subject.subject)
		set_tunnel(shared, tunnel);
}

static int make_sharing(struct shared_subject *shared, uint8_t mode)
{
	const struct daemon_basis *basis = shared->all->basis;
	const struct sharing_port port = {shared, send_outer, deliver};
	struct sharing_config config = {
		.mode = mode == TRAFFIC_DUPLICATE ? SHARING_REDUNDANT : SHARING_AGGREGATE,
		.packets = SHARING_PACKETS,
		.hold_max = SHARING_HOLD_MAX,
		.subject = shared->subject.home_address,
	};

	basis->port.random(basis->port.ctx, &config.instance, sizeof(config.instance));
	return sharing_new(&config, &port, &shared->sharing);
}

static struct shared_subject *add(struct shared_traffic *all, const struct effect_traffic *effect)
{
	struct shared_subject *shared = all->at;

	while (shared < all->at + SHARED_SUBJECTS_MAX && shared->sharing)
		shared++;
	if (shared == all->at + SHARED_SUBJECTS_MAX) {
		log_warning("sharing: no more than %u home addresses share their links",
			SHARED_SUBJECTS_MAX);
		return NULL;
	}
	*shared = (struct shared_subject){.all = all, .single = -1};
	int error = dataplane_subject(all->basis->dataplane, effect->subject, &shared->subject);
	if (error == 0)
		error = make_sharing(shared, effect->mode);
	if (error == 0)
		error = device_segments(all->basis->device);
	if (error < 0) {
		log_error("sharing: %s", strerror(-error));
		free_subject(shared);
		return NULL;
	}
	shared->woken = now();
	dataplane_each_tunnel(all->basis->dataplane, add_tunnel, shared);
	look_at_tunnels(shared);
	return shared;
}

uint8_t shared_traffic_set(struct shared_traffic *all, const struct effect_traffic *effect)
{
	struct shared_subject *shared = find(all, effect->subject);

	const bool shares = effect->mode == TRAFFIC_AGGREGATE || effect->mode == TRAFFIC_DUPLICATE;

	if (effect->rule != TRAFFIC_DEFAULT)
		return shares ? TRAFFIC_FIRST : effect->mode;
	if (!shares) {
		if (shared)
			free_subject(shared);
		return effect->mode;
	}
	if (!shared)
		shared = add(all, effect);
	if (!shared)
		return TRAFFIC_FIRST;
	shared->traffic = *effect;
	shared->single = -1; /* look_at_single() tells the programs again */
	return shared->on ? effect->mode : TRAFFIC_FIRST;
}

/* ---- on and off ---- */

static const struct shared_tunnel *tunnel_of_bid(const struct shared_subject *shared, int bid)
{
	for (unsigned int i = 0; i < shared->tunnels_count; i++)
		if (shared->tunnels[i].bid == bid)
			return &shared->tunnels[i];
	return NULL;
}

/* Tells the programs what to do with the packets: to pass them on to the daemon, or to forward them
 * by the only link, or as the core says. */
static int set_traffic(struct shared_subject *shared, bool on, int single)
{
	const struct shared_tunnel *only = tunnel_of_bid(shared, single);
	struct effect_traffic effect = shared->traffic;

	if (!on || only)
		effect.mode = TRAFFIC_FIRST;
	for (unsigned int i = 0; on && only && i < effect.count; i++) {
		if (effect.set[i].tunnel == only->tunnel)
			effect.set[i].tier = 0;
		else if (effect.set[i].tier == 0)
			effect.set[i].tier = 1;
	}
	return dataplane_traffic_set(shared->all->basis->dataplane, &effect);
}

static void turn(struct shared_subject *shared, bool on)
{
	char text[INET6_ADDRSTRLEN];

	if (shared->on == on || set_traffic(shared, on, shared->single) < 0)
		return;
	shared->on = on;
	log_info("%s: %s", inet_ntop(AF_INET6, &shared->subject.home_address, text, sizeof(text)),
		on ? "the other end shares links, too"
		   : "the other end does not share links: packets leave by one");
}

/* Octets of packets, without outer headers, that the programs have sent by the only link. */
static uint64_t forwarded_by(const struct shared_subject *shared, int single)
{
	const struct shared_tunnel *tunnel = tunnel_of_bid(shared, single);
	struct dataplane_counters counters;

	if (!tunnel || dataplane_tunnel_counters(shared->all->basis->dataplane,
			       shared->subject.subject, tunnel->tunnel, &counters) < 0)
		return 0;
	return counters.sent_octets - counters.sent_packets * IPV6_HEADER_OCTETS;
}

static void tell_single(const struct shared_subject *shared)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &shared->subject.home_address, text, sizeof(text));
	if (shared->single >= 0)
		log_info("%s: one link alone may carry more: packets leave by BID %d", text,
			shared->single);
	else
		log_info("%s: packets leave by all links", text);
}

static void look_at_single(struct shared_subject *shared, nanos at)
{
	const int single = sharing_single(shared->sharing);
	const uint64_t forwarded = forwarded_by(shared, shared->single);

	if (shared->single >= 0 && forwarded > shared->forwarded)
		sharing_forwarded(shared->sharing, at, forwarded - shared->forwarded);
	shared->forwarded = forwarded;
	if (single == shared->single || (shared->on && set_traffic(shared, true, single) < 0))
		return;
	shared->single = single;
	shared->forwarded = forwarded_by(shared, single);
	tell_single(shared);
}

static void look(struct shared_subject *shared, nanos at)
{
	turn(shared, sharing_is_answered(shared->sharing, at));
	look_at_single(shared, at);
	if (!shared->on && at - shared->woken > WAKE_EACH) {
		shared->woken = at;
		sharing_wake(shared->sharing, at);
	}
	if (at - shared->looked > LOOK_EACH)
		look_at_tunnels(shared);
}

/* ---- time ---- */

static nanos next_deadline(const struct shared_traffic *all, nanos at)
{
	nanos next = NANOS_NEVER;

	for (unsigned int i = 0; i < SHARED_SUBJECTS_MAX; i++) {
		if (!all->at[i].sharing)
			continue;
		next = nanos_min(next, sharing_deadline(all->at[i].sharing));
		next = nanos_min(next, at + LOOK_EACH);
	}
	return next;
}

void shared_traffic_end_pass(struct shared_traffic *all)
{
	const nanos at = now();

	for (unsigned int i = 0; i < SHARED_SUBJECTS_MAX; i++) {
		if (!all->at[i].sharing)
			continue;
		if (sharing_deadline(all->at[i].sharing) <= at)
			sharing_expire(all->at[i].sharing, at);
		look(&all->at[i], at);
	}
	sender_flush(all->sender);
	const nanos next = next_deadline(all, at);
	if (next == NANOS_NEVER)
		return;
	const nanos wait = nanos_max(next > at ? next - at : 0, TIMER_LEAST);
	event_add(all->timer, &(const struct timeval){.tv_sec = (time_t)(wait / NANOS_PER_SECOND),
				      .tv_usec = (suseconds_t)(wait % NANOS_PER_SECOND / 1000)});
}

static void timer_passed(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	shared_traffic_end_pass(ctx);
}

/* ---- beginning and end ---- */

int shared_traffic_init(struct shared_traffic *all, const struct daemon_basis *basis,
	struct slow_path *slow_path, struct event_base *base)
{
	*all = (struct shared_traffic){.basis = basis, .slow_path = slow_path};
	all->timer = event_new(base, -1, 0, timer_passed, all);
	slow_path->take_shared = take;
	slow_path->shared = all;
	return all->timer ? sender_new(&all->sender) : -ENOMEM;
}

void shared_traffic_stop(struct shared_traffic *all)
{
	for (unsigned int i = 0; i < SHARED_SUBJECTS_MAX; i++)
		if (all->at[i].sharing)
			turn(&all->at[i], false);
}

void shared_traffic_fini(struct shared_traffic *all)
{
	for (unsigned int i = 0; i < SHARED_SUBJECTS_MAX; i++)
		free_subject(&all->at[i]);
	if (all->timer)
		event_free(all->timer);
	sender_free(all->sender);
}
