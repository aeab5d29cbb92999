/* SPDX-License-Identifier: BSD-2-Clause */
#include "outer_packets.h"

#include "../base/daemon_basis.h"

#include "../../io/base/clock.h"
#include "../../io/dataplane/reassembly.h"

#include <errno.h>
#include <string.h>

int outer_packets_init(struct outer_packets *packets, const struct daemon_basis *basis)
{
	*packets = (struct outer_packets){.basis = basis};
	identifications_init(&packets->identifications, &basis->port);
	return sender_new(&packets->sender);
}

void outer_packets_fini(struct outer_packets *packets)
{
	sender_free(packets->sender);
	reassembly_free(packets->reassembly);
}

/* ---- sending ---- */

static struct in6_addr address_at(const uint8_t *octets)
{
	struct in6_addr address;

	memcpy(&address, octets, sizeof(address));
	return address;
}

static int send_fragments(struct outer_packets *packets, uint32_t ifindex, struct octets packet)
{
	const uint32_t identification = identifications_next(&packets->identifications);
	struct outer_fragments fragments;

	if (!outer_fragment(packet, identification, &fragments))
		return -EMSGSIZE;
	for (int i = 0; i < 2; i++) {
		int error = sender_add(
			packets->sender, ifindex, fragments.octets[i], fragments.length[i]);
		if (error < 0)
			return error;
	}
	return 0;
}

int outer_packets_send(
	struct outer_packets *packets, const struct in6_addr *home_address, struct octets packet)
{
	const struct in6_addr source = address_at(packet.at + IPV6_SOURCE_AT);
	const struct in6_addr destination = address_at(packet.at + IPV6_DESTINATION_AT);
	const size_t inner = packet.length - IPV6_HEADER_OCTETS;
	struct dataplane_ends ends;
	int error = dataplane_tunnel_ends(
		packets->basis->dataplane, home_address, &source, &destination, &ends);

	if (error < 0)
		return error;
	if (inner <= ends.mtu)
		return sender_add(packets->sender, ends.ifindex, packet.at, packet.length);
	return inner <= IPV6_MTU_MIN ? send_fragments(packets, ends.ifindex, packet) : -EMSGSIZE;
}

/* Any host can send IPv6 in IPv6 to a home address: the packet is an outer packet of this node only
 * if the inner home address has a tunnel with these ends. */
bool outer_packets_take(struct outer_packets *packets, struct octets packet)
{
	if (packet.length < 2 * IPV6_HEADER_OCTETS ||
		packet.at[IPV6_NEXT_HEADER_AT] != IPV6_NEXT_HEADER)
		return false;
	const uint8_t *inner = packet.at + IPV6_HEADER_OCTETS;
	struct in6_addr home_address = address_at(inner + IPV6_SOURCE_AT);
	if (!config_is_home_address(packets->basis->config, &home_address))
		home_address = address_at(inner + IPV6_DESTINATION_AT);
	int result = outer_packets_send(packets, &home_address, packet);
	/* The program may have lowered the tunnel's MTU to that of the route's link. */
	dataplane_note_path_mtus(packets->basis->dataplane, &home_address, &in6addr_any,
		clock_now().mono + PATH_MTU_KEEP);
	if (result < 0 && result != -ENOENT)
		packets->dropped++;
	return result != -ENOENT;
}

void outer_packets_flush(struct outer_packets *packets)
{
	sender_flush(packets->sender);
}

void outer_packets_link_gone(struct outer_packets *packets, uint32_t ifindex)
{
	sender_link_gone(packets->sender, ifindex);
}

/* ---- receiving ---- */

void outer_packets_receive(struct outer_packets *packets, uint32_t ifindex, struct octets fragment)
{
	uint8_t whole[REASSEMBLED_OCTETS_MAX], inner[REASSEMBLED_OCTETS_MAX];

	if (!packets->reassembly && reassembly_new(&packets->basis->port, &packets->reassembly) < 0)
		return;
	size_t length = reassembly_add(packets->reassembly, clock_now().mono, fragment, whole);
	if (length == 0)
		return;
	long left = dataplane_receive(
		packets->basis->dataplane, ifindex, whole, length, inner, sizeof(inner));
	if (left <= 0 || device_write(packets->basis->device, inner, (size_t)left) < 0)
		packets->dropped += left < 0;
}
