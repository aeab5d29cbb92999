/* SPDX-License-Identifier: BSD-2-Clause */
#include "fleet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NODES_FROM UINT32_C(0x10000)
#define KEY_OCTETS 16
#define REFUSED 128 /* RFC 6275 6.1.8: statuses from here on */
#define NTP_MS ((UINT64_C(1) << 32) / 1000)

/* ---- who ---- */

static struct in6_addr address_of(const char *prefix, uint32_t number)
{
	struct in6_addr address;
	uint32_t last = htonl(number);

	inet_pton(AF_INET6, prefix, &address);
	memcpy(address.s6_addr + 12, &last, sizeof(last));
	return address;
}

struct in6_addr fleet_home_agent(void)
{
	return address_of("2001:db8:ffff::", 1);
}

struct in6_addr fleet_home_prefix(void)
{
	return address_of("2001:db8:100::", 0);
}

struct in6_addr fleet_home_address(uint32_t node)
{
	return address_of("2001:db8:100::", NODES_FROM + node);
}

struct in6_addr fleet_care_of(uint32_t node, uint16_t bid)
{
	struct in6_addr address = address_of("2001:db8:c0a::", NODES_FROM + node);
	uint16_t subnet = htons(bid);

	memcpy(address.s6_addr + 6, &subnet, sizeof(subnet));
	return address;
}

void fleet_auth(const struct fleet *fleet, uint32_t node, struct auth *ret)
{
	uint32_t last = htonl(node);

	*ret = (struct auth){
		.mode = AUTH_MODE_MN_HA,
		.replay = fleet->replay,
		.key_length = KEY_OCTETS,
		.spi = FLEET_SPI,
	};
	memset(ret->key, 0x5a, KEY_OCTETS);
	memcpy(ret->key + KEY_OCTETS - sizeof(last), &last, sizeof(last));
}

/* ---- Binding Updates ---- */

static void fill(const struct fleet *fleet, uint32_t node, const struct fleet_update *update,
	struct message *ret)
{
	message_init(ret, MH_binding_update);
	ret->binding_update.sequence = update->sequence;
	ret->binding_update.flags = BU_ACKNOWLEDGE | BU_HOME;
	if (update->overwrite)
		ret->binding_update.flags |= BU_OVERWRITE;
	ret->binding_update.lifetime = FLEET_LIFETIME / LIFETIME_UNIT;
	ret->bid_count = fleet->bindings;
	for (uint8_t i = 0; i < fleet->bindings; i++) {
		uint8_t bid = (uint8_t)(i + 1);
		ret->bid[i] = (struct opt_bid){
			.bid = bid,
			.flags = bid, /* RFC 6089 4.1: the priority */
			.care_of = {sizeof(struct in6_addr), fleet_care_of(node, bid)},
		};
	}
	ret->has_replay = fleet->replay;
	ret->replay.timestamp = update->ntp;
	ret->authentication_count = 1;
	ret->authentication[0] = (struct opt_authentication){
		.subtype = AUTH_MN_HA,
		.spi = FLEET_SPI,
		.authenticator = {NULL, AUTH_OCTETS},
	};
}

/* RFC 4285 5.1: over care-of address, home address and the message through the SPI */
static int seal(const struct fleet *fleet, const struct core_port *port, uint32_t node,
	uint8_t *octets, size_t through_spi)
{
	struct in6_addr home_address = fleet_home_address(node);
	struct in6_addr care_of = fleet_care_of(node, 1);
	struct auth auth;
	uint8_t mac[SHA1_OCTETS];
	const struct octets pieces[] = {
		{care_of.s6_addr, sizeof(care_of)},
		{home_address.s6_addr, sizeof(home_address)},
		{octets, through_spi},
	};

	fleet_auth(fleet, node, &auth);
	int error = port->hmac_sha1(port->ctx, (struct octets){auth.key, auth.key_length}, pieces,
		sizeof(pieces) / sizeof(pieces[0]), mac);
	if (error == 0)
		memcpy(octets + through_spi, mac, AUTH_OCTETS);
	return error;
}

size_t fleet_update(const struct fleet *fleet, const struct core_port *port, uint32_t node,
	const struct fleet_update *update, uint8_t octets[PACKET_OCTETS_MAX])
{
	struct in6_addr home_address = fleet_home_address(node);
	const struct packet_envelope envelope = {
		.source = fleet_care_of(node, 1),
		.destination = fleet->home_agent,
		.home_address = &home_address,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};
	struct message message;
	struct message_layout layout;
	uint8_t header[MESSAGE_OCTETS_MAX];

	fill(fleet, node, update, &message);
	if (!message_encode(&dialect_rfc5648, &message, header, sizeof(header), &layout) ||
		seal(fleet, port, node, header, layout.authentication_at) < 0)
		return 0;
	return packet_build(
		&envelope, (struct octets){header, layout.length}, octets, PACKET_OCTETS_MAX);
}

/* ---- many of them ---- */

static int append(const struct fleet *fleet, const struct core_port *port, uint32_t node,
	const struct fleet_update *update, struct fleet_packets *packets)
{
	uint8_t octets[PACKET_OCTETS_MAX];

	if (fleet_update(fleet, port, node, update, octets) != packets->length)
		return -EINVAL;
	memcpy(packets->octets + packets->count++ * packets->length, octets, packets->length);
	return 0;
}

int fleet_packets_new(const struct fleet *fleet, const struct core_port *port, uint32_t nodes,
	uint32_t rounds, const struct fleet_update *first, struct fleet_packets *ret)
{
	struct fleet_update update = *first;
	uint8_t octets[PACKET_OCTETS_MAX];
	struct fleet_packets packets = {.length = fleet_update(fleet, port, 0, first, octets)};
	int error = 0;

	if (packets.length == 0)
		return -EINVAL;
	packets.octets = calloc((size_t)nodes * rounds, packets.length);
	if (!packets.octets)
		return -ENOMEM;
	for (uint32_t round = 0; round < rounds; round++) {
		for (uint32_t node = 0; node < nodes && error == 0; node++)
			error = append(fleet, port, node, &update, &packets);
		update.sequence++;
		update.ntp += NTP_MS;
	}
	if (error < 0) {
		fleet_packets_free(&packets);
		return error;
	}
	*ret = packets;
	return 0;
}

void fleet_packets_free(struct fleet_packets *packets)
{
	free(packets->octets);
	*packets = (struct fleet_packets){0};
}

struct octets fleet_packet(const struct fleet_packets *packets, size_t number)
{
	return (struct octets){packets->octets + number * packets->length, packets->length};
}

/* ---- acknowledgements ---- */

static bool accepts_all(const struct fleet *fleet, const struct message *message)
{
	if (message->type != MH_binding_ack || message->binding_ack.status >= REFUSED ||
		message->authentication_count == 0 || message->bid_count != fleet->bindings)
		return false;
	for (uint16_t i = 0; i < message->bid_count; i++)
		if (message->bid[i].status >= REFUSED)
			return false;
	return true;
}

bool fleet_accepted(
	const struct fleet *fleet, const uint8_t *octets, size_t length, struct fleet_answer *ret)
{
	struct packet packet;
	struct message message;
	uint32_t last;

	if (packet_decode(octets, length, &packet) != WIRE_OK || !packet.has_routing ||
		packet.next_header != MH_NEXT_HEADER ||
		packet_message(&dialect_rfc5648, &packet, &message) != WIRE_OK ||
		!accepts_all(fleet, &message))
		return false;
	memcpy(&last, packet.routing_address.s6_addr + 12, sizeof(last));
	ret->node = ntohl(last) - NODES_FROM;
	ret->sequence = message.binding_ack.sequence;
	return true;
}
