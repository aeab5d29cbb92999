/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared_traffic.h"

#include "../base/log.h"

#include "../../io/base/clock.h"
#include "../../wire/packet_flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <string.h>

/* A path that is sent by a little late makes up for it (src/sharing/path.c). */
#define TIMER_LEAST (300 * 1000)     /* ns */
#define WAITED_MOST NANOS_PER_SECOND /* of a packet in the ring buffer */
#define LOOK_EACH NANOS_PER_SECOND
#define WAKE_EACH (30 * NANOS_PER_SECOND)
/* A link by which no packet has come for so long, while others brought some, is not used. */
#define HEARD_FOR (3 * NANOS_PER_SECOND)
#define FORGOTTEN_AFTER (60 * NANOS_PER_SECOND)
#define REMADE_AFTER NANOS_PER_SECOND /* if packets of a rule have its other mode */
#define ECN_MASK 0x30                 /* of the second octet */
#define ECN_CE 0x30

static nanos now(void)
{
	return clock_now().mono;
}

/* ---- which rule ---- */

/* In the 24 bits of an instance: the rule, and whether it sends copies; the rest is random. */
#define INSTANCE_RULE_MAX 0xffu
#define INSTANCE_COPIES 0x100u

static struct shared_rule *find(struct shared_traffic *all, uint32_t subject, uint16_t rule)
{
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++)
		if (all->at[i].sharing && all->at[i].subject.subject == subject &&
			all->at[i].rule == rule)
			return &all->at[i];
	return NULL;
}

/* A packet that leaves: from the mobile node on this host, or to one that is away. */
static bool is_of(const struct shared_rule *shared, struct octets packet)
{
	const size_t at = shared->subject.side == SUBJECT_AT_MOBILE_NODE ? IPV6_SOURCE_AT
									 : IPV6_DESTINATION_AT;

	return shared->sharing && shared->on &&
	       memcmp(packet.at + at, &shared->subject.home_address, sizeof(struct in6_addr)) == 0;
}

/* Fragments follow the first one (RFC 6089 5.3.6), which is not known here: `shared` is one of the
 * rules that they may be of. */
static uint16_t rule_of_packet(const struct shared_rule *shared, struct octets packet)
{
	struct dataplane_departure departure;
	struct flow_key key;

	if (packet.at[IPV6_NEXT_HEADER_AT] == FRAGMENT_NEXT_HEADER)
		return shared->rule;
	if (!packet_flow_key(packet.at, packet.length, &key))
		return TRAFFIC_DEFAULT;
	if (shared->subject.side == SUBJECT_AT_MOBILE_NODE)
		key = flow_key_reverse(&key);
	if (dataplane_departure(shared->all->basis->dataplane, &key, 0, now(), &departure) < 0)
		return TRAFFIC_DEFAULT;
	return departure.rule;
}

static struct shared_rule *find_of_packet(struct shared_traffic *all, struct octets packet)
{
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++) {
		struct shared_rule *shared = &all->at[i];

		if (!is_of(shared, packet))
			continue;
		shared = find(all, shared->subject.subject, rule_of_packet(shared, packet));
		return shared && shared->on ? shared : NULL;
	}
	return NULL;
}

static struct shared_tunnel *tunnel_of(struct shared_rule *shared, uint16_t tunnel)
{
	for (unsigned int i = 0; i < shared->tunnels_count; i++)
		if (shared->tunnels[i].tunnel == tunnel)
			return &shared->tunnels[i];
	return NULL;
}

/* ---- packets that leave, and that are delivered ---- */

/* RFC 6040 4.1, normal mode: the outer header has the inner one's traffic class. */
static void send_outer(void *ctx, uint16_t path, struct octets gre)
{
	struct shared_rule *shared = ctx;
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
	const struct shared_rule *shared = ctx;

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

static bool take(void *ctx, struct octets packet)
{
	struct shared_traffic *all = ctx;
	struct shared_rule *shared = find_of_packet(all, packet);

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
static uint32_t mtu_of(const struct shared_rule *shared, const struct shared_tunnel *tunnel)
{
	struct dataplane_counters counters;

	if (dataplane_tunnel_counters(shared->all->basis->dataplane, shared->subject.subject,
		    tunnel->tunnel, &counters) < 0)
		return 0;
	return counters.mtu > GRE_OCTETS ? counters.mtu - GRE_OCTETS : 0;
}

static bool fits(const struct shared_rule *shared, const struct shared_tunnel *tunnel)
{
	return tunnel->usable && mtu_of(shared, tunnel) >= IPV6_MTU_MIN;
}

/* The links of the lowest tier that has a usable one; at the home agent those that the mobile node
 * uses. */
static bool is_in_use(const struct shared_rule *shared, const struct shared_tunnel *tunnel)
{
	if (tunnel->tier == TIER_NONE || !fits(shared, tunnel))
		return false;
	if (shared->follows_peer)
		return tunnel->heard != 0 && tunnel->heard + HEARD_FOR > shared->heard;
	for (unsigned int i = 0; i < shared->tunnels_count; i++)
		if (shared->tunnels[i].tier < tunnel->tier && fits(shared, &shared->tunnels[i]))
			return false;
	return true;
}

static void look_at_tunnels(struct shared_rule *shared)
{
	uint32_t mtu = SHARING_INNER_MAX;

	shared->looked = now();
	for (unsigned int i = 0; i < shared->tunnels_count; i++) {
		const struct shared_tunnel *tunnel = &shared->tunnels[i];
		const bool used = is_in_use(shared, tunnel);
		const uint32_t its = mtu_of(shared, tunnel);

		if (used && its < mtu)
			mtu = its;
		sharing_path_use(shared->sharing, shared->looked, tunnel->bid, used);
	}
	shared->mtu = mtu;
}

/* The policy of the mobile node on this host says which tunnels the rule uses. */
static bool names_tunnels(const struct shared_rule *shared)
{
	return shared->rule != TRAFFIC_DEFAULT && !shared->follows_peer;
}

static void set_tunnel(struct shared_rule *shared, const struct effect_tunnel *effect)
{
	struct shared_tunnel *tunnel = tunnel_of(shared, effect->tunnel);

	if (effect->encapsulation != ENCAP_IPV6)
		return;
	if (!tunnel) {
		if (shared->tunnels_count == BINDINGS_MAX ||
			sharing_path_add(shared->sharing, now(), effect->bid) < 0)
			return;
		tunnel = &shared->tunnels[shared->tunnels_count++];
		tunnel->tier = names_tunnels(shared) ? TIER_NONE : 0;
		tunnel->heard = 0;
	}
	*tunnel = (struct shared_tunnel){
		.tunnel = effect->tunnel,
		.bid = effect->bid,
		.usable = effect->usable,
		.tier = tunnel->tier,
		.heard = tunnel->heard,
		.ifindex = effect->local.ifindex,
		.local = effect->local.address,
		.remote = effect->remote.address,
	};
	look_at_tunnels(shared);
}

void shared_traffic_tunnel_set(struct shared_traffic *all, const struct effect_tunnel *effect)
{
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++)
		if (all->at[i].sharing && all->at[i].subject.subject == effect->subject)
			set_tunnel(&all->at[i], effect);
}

static void remove_tunnel(struct shared_rule *shared, uint16_t number)
{
	struct shared_tunnel *tunnel = tunnel_of(shared, number);

	if (!tunnel)
		return;
	const uint16_t bid = tunnel->bid;
	*tunnel = shared->tunnels[--shared->tunnels_count];
	sharing_path_remove(shared->sharing, now(), bid);
}

void shared_traffic_tunnel_remove(struct shared_traffic *all, uint32_t subject, uint16_t number)
{
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++)
		if (all->at[i].sharing && all->at[i].subject.subject == subject)
			remove_tunnel(&all->at[i], number);
}

void shared_traffic_link_gone(struct shared_traffic *all, uint32_t ifindex)
{
	sender_link_gone(all->sender, ifindex);
}

/* ---- rules ---- */

static void free_rule(struct shared_rule *shared)
{
	if (shared->sharing)
		sharing_free(shared->sharing);
	*shared = (struct shared_rule){0};
}

void shared_traffic_remove(struct shared_traffic *all, uint32_t subject, uint16_t rule)
{
	struct shared_rule *shared = find(all, subject, rule);

	if (shared)
		free_rule(shared);
}

void shared_traffic_subject_remove(struct shared_traffic *all, uint32_t subject)
{
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++)
		if (all->at[i].sharing && all->at[i].subject.subject == subject)
			free_rule(&all->at[i]);
}

static void add_tunnel(
	void *ctx, const struct effect_subject *subject, const struct effect_tunnel *tunnel)
{
	struct shared_rule *shared = ctx;

	if (subject->subject == shared->subject.subject)
		set_tunnel(shared, tunnel);
}

static int make_sharing(struct shared_rule *shared)
{
	const struct daemon_basis *basis = shared->all->basis;
	const bool copies = shared->mode == TRAFFIC_DUPLICATE;
	const struct sharing_port port = {shared, send_outer, deliver};
	struct sharing_config config = {
		.mode = copies ? SHARING_REDUNDANT : SHARING_AGGREGATE,
		.packets = SHARING_PACKETS,
		.hold_max = SHARING_HOLD_MAX,
		.subject = shared->subject.home_address,
	};

	basis->port.random(basis->port.ctx, &config.instance, sizeof(config.instance));
	config.instance &= ~(INSTANCE_RULE_MAX | INSTANCE_COPIES);
	config.instance |= shared->rule | (copies ? INSTANCE_COPIES : 0);
	return sharing_new(&config, &port, &shared->sharing);
}

static struct shared_rule *free_place(struct shared_traffic *all)
{
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++)
		if (!all->at[i].sharing)
			return &all->at[i];
	log_warning("sharing: no more than %u rules and home addresses share their links",
		SHARED_RULES_MAX);
	return NULL;
}

static struct shared_rule *add(struct shared_traffic *all, const struct effect_traffic *effect)
{
	struct shared_rule *shared = free_place(all);

	if (!shared)
		return NULL;
	*shared = (struct shared_rule){
		.all = all, .rule = effect->rule, .mode = effect->mode, .only_bid = -1};
	int error = dataplane_subject(all->basis->dataplane, effect->subject, &shared->subject);
	shared->follows_peer =
		effect->rule != TRAFFIC_DEFAULT && shared->subject.side == SUBJECT_AT_HOME_AGENT;
	if (error == 0)
		error = make_sharing(shared);
	if (error == 0)
		error = device_segments(all->basis->device);
	if (error < 0) {
		log_error("sharing: %s", strerror(-error));
		free_rule(shared);
		return NULL;
	}
	shared->made = shared->woken = now();
	dataplane_each_tunnel(all->basis->dataplane, add_tunnel, shared);
	look_at_tunnels(shared);
	return shared;
}

/* ---- rules of the mobile node on this host ---- */

static bool shares(uint8_t mode)
{
	return mode == TRAFFIC_AGGREGATE || mode == TRAFFIC_DUPLICATE;
}

/* No rule of a path to a correspondent, and none that an instance cannot name. */
static bool can_share(const struct shared_traffic *all, const struct effect_traffic *effect)
{
	struct effect_subject subject;

	return effect->rule <= INSTANCE_RULE_MAX &&
	       dataplane_subject(all->basis->dataplane, effect->subject, &subject) == 0 &&
	       (subject.side == SUBJECT_AT_MOBILE_NODE ||
		       (subject.side == SUBJECT_AT_HOME_AGENT && effect->rule == TRAFFIC_DEFAULT));
}

static void take_tiers(struct shared_rule *shared, const struct effect_traffic *effect)
{
	for (unsigned int i = 0; i < shared->tunnels_count && names_tunnels(shared); i++) {
		struct shared_tunnel *tunnel = &shared->tunnels[i];

		tunnel->tier = TIER_NONE;
		for (uint8_t j = 0; j < effect->count; j++)
			if (effect->set[j].tunnel == tunnel->tunnel)
				tunnel->tier = effect->set[j].tier;
	}
	look_at_tunnels(shared);
}

uint8_t shared_traffic_set(struct shared_traffic *all, const struct effect_traffic *effect)
{
	struct shared_rule *shared = find(all, effect->subject, effect->rule);

	if (shared && shared->follows_peer)
		return shared->on ? shared->mode : TRAFFIC_FIRST;
	if (shared && shared->mode != effect->mode) {
		free_rule(shared);
		shared = NULL;
	}
	if (!shares(effect->mode))
		return effect->mode;
	if (!shared && can_share(all, effect))
		shared = add(all, effect);
	if (!shared)
		return TRAFFIC_FIRST;
	shared->traffic = *effect;
	shared->only_bid = -1; /* look_at_only_bid() tells the programs again */
	take_tiers(shared, effect);
	return shared->on ? effect->mode : TRAFFIC_FIRST;
}

/* ---- rules of mobile nodes, at their home agent ---- */

static bool may_share(const struct shared_traffic *all, const struct in6_addr *home_address)
{
	const struct config *config = all->basis->config;

	for (size_t i = 0; i < config->nodes_count; i++)
		if (IN6_ARE_ADDR_EQUAL(&config->nodes[i].home_address, home_address))
			return config->nodes[i].sharing != SHARE_FIRST;
	return false;
}

/* The mobile node shares a rule of which the home agent has a flow binding. */
static struct shared_rule *follow(
	struct shared_traffic *all, uint32_t number, uint16_t rule, bool copies)
{
	const struct effect_traffic effect = {.subject = number,
		.rule = rule,
		.mode = copies ? TRAFFIC_DUPLICATE : TRAFFIC_AGGREGATE};
	struct effect_subject subject;

	if (dataplane_subject(all->basis->dataplane, number, &subject) < 0 ||
		subject.side != SUBJECT_AT_HOME_AGENT || !may_share(all, &subject.home_address) ||
		dataplane_traffic_mode(all->basis->dataplane, number, rule, TRAFFIC_FIRST) < 0)
		return NULL;
	return add(all, &effect);
}

/* NULL: its rule is not shared here. Its packets then are not those of the default rule, which
 * would take the instance for that of a sender that has restarted. */
static struct shared_rule *rule_of_instance(
	struct shared_traffic *all, uint32_t subject, uint32_t instance)
{
	const uint16_t rule = (uint16_t)(instance & INSTANCE_RULE_MAX);
	const bool copies = instance & INSTANCE_COPIES;
	const uint8_t mode = copies ? TRAFFIC_DUPLICATE : TRAFFIC_AGGREGATE;
	struct shared_rule *shared = find(all, subject, rule);

	/* Nothing proves a GRE packet: a forged one makes no more work than a rule that changes. */
	if (shared && shared->follows_peer && shared->mode != mode &&
		now() - shared->made > REMADE_AFTER) {
		free_rule(shared);
		shared = NULL;
	}
	if (!shared && rule != TRAFFIC_DEFAULT)
		shared = follow(all, subject, rule, copies);
	return shared;
}

/* ---- packets that arrive ---- */

static void receive(struct shared_rule *shared, const struct dataplane_active *active, uint32_t at,
	struct octets gre)
{
	const nanos present = now();
	const uint32_t waited = (uint32_t)(present / 1000) - at;
	const nanos arrived = present - nanos_min((nanos)waited * 1000, WAITED_MOST);
	struct shared_tunnel *tunnel = tunnel_of(shared, active->tunnel);

	shared->heard = present;
	if (tunnel) {
		const bool first = tunnel->heard == 0;

		tunnel->heard = present;
		if (first)
			look_at_tunnels(shared);
	}
	sharing_receive(shared->sharing, present, arrived, active->bid, gre);
}

void shared_traffic_receive(struct shared_traffic *all, const struct dataplane_active *active,
	uint32_t at, struct octets packet)
{
	uint8_t gre[PACKET_OCTETS_MAX];
	struct octets payload;
	struct gre header;

	if (packet.length < IPV6_HEADER_OCTETS + GRE_OCTETS || packet.length > sizeof(gre))
		return;
	const size_t length = packet.length - IPV6_HEADER_OCTETS;
	memcpy(gre, packet.at + IPV6_HEADER_OCTETS, length);
	if (gre[2] == GRE_IPV6 >> 8 && length > GRE_OCTETS + 1 &&
		!combine_ecn(packet.at, gre + GRE_OCTETS))
		return;
	if (!gre_decode((struct octets){gre, length}, &header, &payload))
		return;
	struct shared_rule *shared = rule_of_instance(all, active->subject, header.instance);
	if (shared)
		receive(shared, active, at, (struct octets){gre, length});
}

/* ---- on and off ---- */

static const struct shared_tunnel *tunnel_of_bid(const struct shared_rule *shared, int bid)
{
	for (unsigned int i = 0; i < shared->tunnels_count; i++)
		if (shared->tunnels[i].bid == bid)
			return &shared->tunnels[i];
	return NULL;
}

/* Tells the programs what to do with the packets: to pass them on to the daemon, or to forward them
 * by the only link, or as the core says. */
static int set_traffic(struct shared_rule *shared, bool on, int only_bid)
{
	const struct shared_tunnel *only = tunnel_of_bid(shared, only_bid);
	struct dataplane *dataplane = shared->all->basis->dataplane;
	struct effect_traffic effect = shared->traffic;

	if (shared->follows_peer)
		return dataplane_traffic_mode(dataplane, shared->subject.subject, shared->rule,
			on ? shared->mode : TRAFFIC_FIRST);
	if (!on || only)
		effect.mode = TRAFFIC_FIRST;
	for (unsigned int i = 0; on && only && i < effect.count; i++) {
		if (effect.set[i].tunnel == only->tunnel)
			effect.set[i].tier = 0;
		else if (effect.set[i].tier == 0)
			effect.set[i].tier = 1;
	}
	return dataplane_traffic_set(dataplane, &effect);
}

static void turn(struct shared_rule *shared, bool on)
{
	char text[INET6_ADDRSTRLEN], rule[32] = "";

	if (shared->on == on || set_traffic(shared, on, shared->only_bid) < 0)
		return;
	shared->on = on;
	if (shared->rule != TRAFFIC_DEFAULT)
		snprintf(rule, sizeof(rule), ", rule %u", shared->rule);
	log_info("%s%s: %s", inet_ntop(AF_INET6, &shared->subject.home_address, text, sizeof(text)),
		rule,
		on ? "the other end shares links, too"
		   : "the other end does not share links: packets leave by one");
}

/* Octets of packets, without outer headers, that the programs have sent by the only link. */
static uint64_t forwarded_by(const struct shared_rule *shared, int only_bid)
{
	const struct shared_tunnel *tunnel = tunnel_of_bid(shared, only_bid);
	struct dataplane_counters counters;

	if (!tunnel || dataplane_tunnel_counters(shared->all->basis->dataplane,
			       shared->subject.subject, tunnel->tunnel, &counters) < 0)
		return 0;
	return counters.sent_octets - counters.sent_packets * IPV6_HEADER_OCTETS;
}

static void tell_only_bid(const struct shared_rule *shared)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &shared->subject.home_address, text, sizeof(text));
	if (shared->only_bid >= 0)
		log_info("%s: one link alone may carry more: packets leave by BID %d", text,
			shared->only_bid);
	else
		log_info("%s: packets leave by all links", text);
}

static void look_at_only_bid(struct shared_rule *shared, nanos at)
{
	const int only_bid = sharing_single(shared->sharing);
	const uint64_t forwarded = forwarded_by(shared, shared->only_bid);

	if (shared->follows_peer) /* the flow binding names one link, and maybe another one */
		return;
	if (shared->only_bid >= 0 && forwarded > shared->forwarded)
		sharing_forwarded(shared->sharing, at, forwarded - shared->forwarded);
	shared->forwarded = forwarded;
	if (only_bid == shared->only_bid || (shared->on && set_traffic(shared, true, only_bid) < 0))
		return;
	shared->only_bid = only_bid;
	shared->forwarded = forwarded_by(shared, only_bid);
	tell_only_bid(shared);
}

static void look(struct shared_rule *shared, nanos at)
{
	turn(shared, sharing_is_answered(shared->sharing, at));
	look_at_only_bid(shared, at);
	if (shared->follows_peer && !shared->on && at - shared->heard > FORGOTTEN_AFTER) {
		free_rule(shared);
		return;
	}
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

	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++) {
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

	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++) {
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
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++)
		if (all->at[i].sharing)
			turn(&all->at[i], false);
}

void shared_traffic_fini(struct shared_traffic *all)
{
	for (unsigned int i = 0; i < SHARED_RULES_MAX; i++)
		free_rule(&all->at[i]);
	if (all->timer)
		event_free(all->timer);
	sender_free(all->sender);
}
