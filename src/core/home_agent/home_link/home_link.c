/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages leave as frames, with the link-layer address that they are for: the kernel's own
 * Neighbour Discovery knows nothing of home addresses. The source is the home agent's link-local
 * address, "the home agent's IP address on the interface" of RFC 6275 10.4.1; while the link has
 * none, it is the home agent's address.
 */
#include "home_link.h"
#include "duplicate_address_detection.h"
#include "interception.h"
#include "link_local.h"

#include <errno.h>
#include <string.h>

static const struct in6_addr all_nodes = {.s6_addr = {0xff, 0x02, [15] = 0x01}};

struct binding_entry *home_link_entry(
	const struct home_link *home, const struct in6_addr *home_address)
{
	return binding_cache_find(home->cache, home_address, sizeof(*home_address));
}

bool home_link_usable(const struct home_link *home)
{
	return home->config->home_link && home->now.ifindex != 0 && home->now.up;
}

/* Hop limits that hosts start with: a packet with any other one has passed a router. */
static bool is_initial(uint8_t hop_limit)
{
	return hop_limit == 64 || hop_limit == 128 || hop_limit == 255;
}

/*
 * RFC 5648 5.6.2: in topology b packets for the home agent come by the home link from everywhere,
 * from a router. On the link the mobile node sends from its home address (RFC 6275 11.5.5).
 */
bool home_link_has_sender(
	const struct home_link *home, uint32_t ifindex, const struct packet *packet)
{
	if (!home_link_usable(home) || ifindex != home->now.ifindex)
		return false;
	return home->config->only_router ||
	       (packet_is_from_home_address(packet) && is_initial(packet->hop_limit));
}

static bool same_link(const struct host_home_link *a, const struct host_home_link *b)
{
	return a->ifindex == b->ifindex && a->up == b->up &&
	       memcmp(a->link_layer, b->link_layer, LINK_LAYER_OCTETS) == 0 &&
	       IN6_ARE_ADDR_EQUAL(&a->link_local, &b->link_local);
}

int home_link_set(struct home_link *home, struct moment now, const struct host_home_link *link)
{
	if (!home->config->home_link)
		return -EINVAL;
	if (home->generation != 0 && same_link(&home->now, link))
		return 0;
	home->now = *link;
	home->generation++;
	interception_link_changed(home, now);
	return 0;
}

/* ---- sending ---- */

static void transmit(const struct home_link *home, const struct icmpv6 *message,
	const struct in6_addr *source, const struct in6_addr *destination,
	const uint8_t *link_layer, struct outbox *outbox)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = icmpv6_encode(message, octets, sizeof(octets));
	const struct packet_envelope envelope = {
		.source = *source,
		.destination = *destination,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = ND_HOP_LIMIT,
	};
	struct effect_send *effect = &outbox_add(outbox, EFFECT_SEND)->send;
	effect->ifindex = home->now.ifindex;
	effect->length = (uint16_t)packet_build(
		&envelope, (struct octets){octets, length}, effect->octets, sizeof(effect->octets));
	effect->framed = link_layer != NULL;
	if (link_layer)
		memcpy(effect->link_layer, link_layer, LINK_LAYER_OCTETS);
}

static void send_multicast(const struct home_link *home, const struct icmpv6 *message,
	const struct in6_addr *source, const struct in6_addr *group, struct outbox *outbox)
{
	uint8_t link_layer[LINK_LAYER_OCTETS];
	address_multicast_link_layer(group, link_layer);
	transmit(home, message, source, group, link_layer, outbox);
}

static const struct in6_addr *own_address(const struct home_link *home)
{
	return IN6_IS_ADDR_UNSPECIFIED(&home->now.link_local) ? &home->config->address
							      : &home->now.link_local;
}

void home_link_solicit(
	const struct home_link *home, const struct in6_addr *target, struct outbox *outbox)
{
	const struct in6_addr unspecified = IN6ADDR_ANY_INIT;
	const struct in6_addr group = address_solicited_node(target);
	const struct icmpv6 message = {.type = ICMPV6_NEIGHBOR_SOLICITATION, .target = *target};
	send_multicast(home, &message, &unspecified, &group, outbox);
}

/* RFC 6275 10.4.1: R is never set, and our own link-layer address is in it */
static struct icmpv6 advertisement_of(const struct home_link *home, const struct in6_addr *target)
{
	struct icmpv6 message = {
		.type = ICMPV6_NEIGHBOR_ADVERTISEMENT,
		.target = *target,
		.has_target_link_layer = true,
	};
	memcpy(message.target_link_layer, home->now.link_layer, LINK_LAYER_OCTETS);
	return message;
}

/* RFC 6275 10.4.1: O is set, to override the mobile node's link-layer address in neighbours'
 * caches. */
void home_link_advertise(
	const struct home_link *home, const struct in6_addr *target, struct outbox *outbox)
{
	struct icmpv6 message = advertisement_of(home, target);
	message.override = true;
	send_multicast(home, &message, own_address(home), &all_nodes, outbox);
}

/* RFC 4861 7.2.4, 7.2.8: a proxy answers Duplicate Address Detection to all nodes, with S and O
 * clear. */
static void answer_detection(
	const struct home_link *home, const struct in6_addr *target, struct outbox *outbox)
{
	const struct icmpv6 message = advertisement_of(home, target);
	send_multicast(home, &message, own_address(home), &all_nodes, outbox);
}

/*
 * RFC 4861 7.2.8: O is clear in the solicited answer of a proxy. A solicitation without a source
 * link-layer address came to us alone, and the kernel finds its sender.
 */
static void answer(
	const struct home_link *home, const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct icmpv6 *solicitation = received->message;
	struct icmpv6 message = advertisement_of(home, &solicitation->target);
	message.solicited = true;
	transmit(home, &message, own_address(home), &received->packet->source,
		solicitation->has_source_link_layer ? solicitation->source_link_layer : NULL,
		outbox);
}

/* ---- receiving ---- */

/*
 * Neighbours may cause any number of answers. The rate is bounded for each home address, not for
 * each neighbour: one router may ask for all of them, and a neighbour can forge its source. There
 * is no bound for all of them together: an answer is about as long as the solicitation, and does
 * not leave the link, whereas such a bound would let one neighbour silence every home address.
 */
static bool may_answer(struct home_link *home, struct moment now, struct binding_entry *entry)
{
	static const struct bucket_kind answers = {NANOS_PER_SECOND / 5, 2 * NANOS_PER_SECOND};
	if (bucket_take(&interception_of(entry)->solicited, &answers, now.mono))
		return true;
	base_drop(home->base, DROP_RATE_LIMITED);
	return false;
}

/* RFC 4861 7.2.3, 7.2.4; RFC 4862 5.4.3; RFC 6275 10.4.1 */
static void solicitation_receive(struct home_link *home, struct moment now,
	struct binding_entry *entry, const struct received_icmpv6 *received, struct outbox *outbox)
{
	const struct in6_addr *source = &received->packet->source;
	bool detects = IN6_IS_ADDR_UNSPECIFIED(source);
	if (detects && detection_pending(entry))
		detection_conflict(home, now, entry, received, outbox);
	if (!interception_answers(entry) || !may_answer(home, now, entry))
		return;
	if (detects)
		answer_detection(home, &received->message->target, outbox);
	else
		answer(home, received, outbox);
}

/* RFC 4862 5.4.4 */
static void advertisement_receive(struct home_link *home, struct moment now,
	struct binding_entry *entry, const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (detection_pending(entry))
		detection_conflict(home, now, entry, received, outbox);
}

void home_link_receive(struct home_link *home, struct moment now,
	const struct received_icmpv6 *received, struct outbox *outbox)
{
	if (!home_link_usable(home) || received->arrival->ifindex != home->now.ifindex) {
		base_drop(home->base, DROP_NOT_ON_HOME_LINK);
		return;
	}
	const struct in6_addr *target = &received->message->target;
	struct binding_entry *entry = IN6_IS_ADDR_LINKLOCAL(target) ? link_local_owner(home, target)
								    : home_link_entry(home, target);
	if (!entry)
		base_drop(home->base, DROP_NOT_FOR_US);
	else if (received->message->type == ICMPV6_NEIGHBOR_SOLICITATION)
		solicitation_receive(home, now, entry, received, outbox);
	else
		advertisement_receive(home, now, entry, received, outbox);
}

/* ---- packets that cannot be delivered ---- */

#define ERROR_OCTETS 8
#define QUOTE_MAX (IPV6_MTU_MIN - IPV6_HEADER_OCTETS - ERROR_OCTETS)
#define DESTINATION_UNREACHABLE 1
#define ADDRESS_UNREACHABLE 3
#define ICMPV6_INFORMATIONAL 128 /* RFC 4443 2.1: types from here on are no errors */

/* RFC 4443 2.4 (e) */
static bool may_be_answered(const struct packet *packet)
{
	return !IN6_IS_ADDR_MULTICAST(&packet->source) &&
	       !IN6_IS_ADDR_UNSPECIFIED(&packet->source) &&
	       !IN6_IS_ADDR_LOOPBACK(&packet->source) &&
	       (packet->next_header != ICMPV6_NEXT_HEADER ||
		       icmpv6_type(packet) >= ICMPV6_INFORMATIONAL);
}

/* RFC 4443 3.1 */
static void answer_unreachable(
	const struct home_link *home, const struct packet *packet, struct outbox *outbox)
{
	uint8_t octets[ERROR_OCTETS + QUOTE_MAX];
	struct builder builder = builder_over(octets, sizeof(octets));
	size_t length = packet->payload_at + packet->payload.length;
	builder_u8(&builder, DESTINATION_UNREACHABLE);
	builder_u8(&builder, ADDRESS_UNREACHABLE);
	builder_u16(&builder, 0);
	builder_u32(&builder, 0);
	builder_octets(&builder, packet->payload.at - packet->payload_at,
		length < QUOTE_MAX ? length : QUOTE_MAX);
	const struct packet_envelope envelope = {
		.source = *own_address(home),
		.destination = packet->source,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct effect_send *effect = &outbox_add(outbox, EFFECT_SEND)->send;
	effect->ifindex = home->now.ifindex;
	effect->length =
		(uint16_t)packet_build(&envelope, (struct octets){octets, builder_length(&builder)},
			effect->octets, sizeof(effect->octets));
}

void home_link_undeliverable(struct home_link *home, struct moment now,
	const struct received *received, struct outbox *outbox)
{
	const struct packet *packet = received->packet;
	const struct binding_entry *entry = link_local_owner(home, &packet->destination);
	if (!home_link_usable(home) || received->arrival->ifindex != home->now.ifindex)
		base_drop(home->base, DROP_NOT_ON_HOME_LINK);
	else if (!entry || !interception_answers(entry) || !may_be_answered(packet))
		base_drop(home->base, DROP_NOT_FOR_US);
	else if (!rate_limit_allows(&home->base->answers, now.mono, &packet->source))
		base_drop(home->base, DROP_RATE_LIMITED);
	else
		answer_unreachable(home, packet, outbox);
}
