/* SPDX-License-Identifier: BSD-2-Clause */
#include "outer_packets.h"
#include "../daemon.h"

#include "../../io/base/clock.h"
#include "../../io/dataplane/reassembly.h"

#include <errno.h>
#include <string.h>

int outer_packets_init(struct daemon *daemon)
{
	struct outer_packets *packets = &daemon->outer_packets;

	identifications_init(&packets->identifications, &daemon->port);
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

static int send_fragments(struct daemon *daemon, uint32_t ifindex, struct octets packet)
{
	struct outer_packets *packets = &daemon->outer_packets;
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
	struct daemon *daemon, const struct in6_addr *home_address, struct octets packet)
{
	const struct in6_addr source = address_at(packet.at + IPV6_SOURCE_AT);
	const struct in6_addr destination = address_at(packet.at + IPV6_DESTINATION_AT);
	const size_t inner = packet.length - IPV6_HEADER_OCTETS;
	struct dataplane_ends ends;
	int error = dataplane_tunnel_ends(
		daemon->dataplane, home_address, &source, &destination, &ends);

	if (error < 0)
		return error;
	if (inner <= ends.mtu)
		return sender_add(
			daemon->outer_packets.sender, ends.ifindex, packet.at, packet.length);
	return inner <= IPV6_MTU_MIN ? send_fragments(daemon, ends.ifindex, packet) : -EMSGSIZE;
}

/* Any host can send IPv6 in IPv6 to a home address: the packet is an outer packet of this node only
 * if the inner home address has a tunnel with these ends. */
bool outer_packets_take(struct daemon *daemon, struct octets packet)
{
	if (packet.length < 2 * IPV6_HEADER_OCTETS ||
		packet.at[IPV6_NEXT_HEADER_AT] != IPV6_NEXT_HEADER)
		return false;
	const uint8_t *inner = packet.at + IPV6_HEADER_OCTETS;
	const struct in6_addr home_address = address_at(
		inner + (daemon_is_mobile_node(daemon) ? IPV6_SOURCE_AT : IPV6_DESTINATION_AT));
	int result = outer_packets_send(daemon, &home_address, packet);
	/* The program may have lowered the tunnel's MTU to that of the route's link. */
	dataplane_note_path_mtus(
		daemon->dataplane, &home_address, &in6addr_any, clock_now().mono + PATH_MTU_KEEP);
	if (result < 0 && result != -ENOENT)
		daemon->slow_path.dropped++;
	return result != -ENOENT;
}

void outer_packets_flush(struct daemon *daemon)
{
	sender_flush(daemon->outer_packets.sender);
}

void outer_packets_link_gone(struct daemon *daemon, uint32_t ifindex)
{
	sender_link_gone(daemon->outer_packets.sender, ifindex);
}

/* ---- receiving ---- */

void outer_packets_receive(struct daemon *daemon, uint32_t ifindex, struct octets fragment)
{
	struct outer_packets *packets = &daemon->outer_packets;
	uint8_t whole[REASSEMBLED_OCTETS_MAX], inner[REASSEMBLED_OCTETS_MAX];

	if (!packets->reassembly && reassembly_new(&daemon->port, &packets->reassembly) < 0)
		return;
	size_t length = reassembly_add(packets->reassembly, clock_now().mono, fragment, whole);
	if (length == 0)
		return;
	long left =
		dataplane_receive(daemon->dataplane, ifindex, whole, length, inner, sizeof(inner));
	if (left <= 0 || device_write(&daemon->device, inner, (size_t)left) < 0)
		daemon->slow_path.dropped += left < 0;
}
