/* SPDX-License-Identifier: BSD-2-Clause */
#include "outer_packets.h"
#include "agent.h"

#include "../io/clock.h"
#include "../io/reassembly.h"

#include <errno.h>
#include <string.h>

int outer_packets_init(struct agent *agent)
{
	struct outer_packets *packets = &agent->outer_packets;

	identifications_init(&packets->identifications, &agent->port);
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

static int send_fragments(struct agent *agent, uint32_t ifindex, struct octets packet)
{
	struct outer_packets *packets = &agent->outer_packets;
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
	struct agent *agent, const struct in6_addr *home_address, struct octets packet)
{
	const struct in6_addr source = address_at(packet.at + IPV6_SOURCE_AT);
	const struct in6_addr destination = address_at(packet.at + IPV6_DESTINATION_AT);
	const size_t inner = packet.length - IPV6_HEADER_OCTETS;
	struct dataplane_ends ends;
	int error =
		dataplane_tunnel_ends(agent->dataplane, home_address, &source, &destination, &ends);

	if (error < 0)
		return error;
	if (inner <= ends.mtu)
		return sender_add(
			agent->outer_packets.sender, ends.ifindex, packet.at, packet.length);
	return inner <= IPV6_MTU_MIN ? send_fragments(agent, ends.ifindex, packet) : -EMSGSIZE;
}

/* Any host can send IPv6 in IPv6 to a home address: the packet is an outer packet of this node only
 * if the inner home address has a tunnel with these ends. */
bool outer_packets_take(struct agent *agent, struct octets packet)
{
	if (packet.length < 2 * IPV6_HEADER_OCTETS ||
		packet.at[IPV6_NEXT_HEADER_AT] != IPV6_NEXT_HEADER)
		return false;
	const uint8_t *inner = packet.at + IPV6_HEADER_OCTETS;
	const struct in6_addr home_address = address_at(
		inner + (agent_is_mobile_node(agent) ? IPV6_SOURCE_AT : IPV6_DESTINATION_AT));
	int result = outer_packets_send(agent, &home_address, packet);
	/* The program may have lowered the tunnel's MTU to that of the route's link. */
	dataplane_note_path_mtus(
		agent->dataplane, &home_address, &in6addr_any, clock_now().mono + PATH_MTU_KEEP);
	if (result < 0 && result != -ENOENT)
		agent->slow_path.dropped++;
	return result != -ENOENT;
}

void outer_packets_flush(struct agent *agent)
{
	sender_flush(agent->outer_packets.sender);
}

void outer_packets_link_gone(struct agent *agent, uint32_t ifindex)
{
	sender_link_gone(agent->outer_packets.sender, ifindex);
}

/* ---- receiving ---- */

void outer_packets_receive(struct agent *agent, uint32_t ifindex, struct octets fragment)
{
	struct outer_packets *packets = &agent->outer_packets;
	uint8_t whole[REASSEMBLED_OCTETS_MAX], inner[REASSEMBLED_OCTETS_MAX];

	if (!packets->reassembly && reassembly_new(&agent->port, &packets->reassembly) < 0)
		return;
	size_t length = reassembly_add(packets->reassembly, clock_now().mono, fragment, whole);
	if (length == 0)
		return;
	long left =
		dataplane_receive(agent->dataplane, ifindex, whole, length, inner, sizeof(inner));
	if (left <= 0 || device_write(&agent->device, inner, (size_t)left) < 0)
		agent->slow_path.dropped += left < 0;
}
