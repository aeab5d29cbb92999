/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets from the TUN device, ICMPv6 errors that quote rewritten packets, and fragments, as the
 * daemon's slow path takes them. The data plane and the sockets are made up: whatever leaves by
 * them is a right packet, and no error answers what RFC 4443 2.4 (e) forbids.
 */
#include "fuzz.h"
#include "input.h"
#include "port.h"

#include "../../src/daemon/base/log.h"
#include "../../src/daemon/traffic/returned_error.h"
#include "../../src/daemon/traffic/tunnel_error.h"
#include "../../src/wire/icmpv6.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <netinet/icmp6.h>
#include <sys/uio.h>

#define PACKET_MAX 4096
#define DEVICE_MTU_MAX 4096
#define HOME_AGENT 1
#define HOME 16
#define LINK 5

static struct config config;
static struct device device;
static struct daemon_basis basis;
static struct mobile_hosts mobile_hosts;
static struct outer_packets outer_packets;
static struct slow_path slow;
static struct input *device_input; /* NULL: the device has nothing to say */
static struct moment now;
static uint64_t random_state;
static uint32_t best_mtu;

/* ---- the daemon around it ---- */

static int give_event(struct daemon *of, const struct host_event *event)
{
	(void)of;
	(void)event;
	return 0;
}

static void give_packet(struct daemon *of, const struct arrival *arrival)
{
	struct packet decoded;

	(void)of;
	REQUIRE(packet_decode(arrival->packet.at, arrival->packet.length, &decoded) == WIRE_OK);
}

void log_refused(const char *format, ...)
{
	REQUIRE(format);
}

/* ---- what is linked in place of clock, sockets and data plane ---- */

struct moment __wrap_clock_now(void);
ssize_t __wrap_readv(int fd, const struct iovec *space, int count);
ssize_t __wrap_writev(int fd, const struct iovec *pieces, int count);
int __wrap_sender_new(struct sender **ret);
void __wrap_sender_free(struct sender *);
int __wrap_sender_add(struct sender *, uint32_t ifindex, const uint8_t *octets, size_t length);
int __wrap_sender_add_frame(struct sender *, uint32_t ifindex, const uint8_t link_layer[6],
	const uint8_t *octets, size_t length);
int __wrap_dataplane_departure(const struct dataplane *, const struct flow_key *,
	uint32_t interface, nanos at, struct dataplane_departure *ret);
uint32_t __wrap_dataplane_best_mtu(const struct dataplane *, const struct in6_addr *);
/* Each verdict, for a rule or for none, by the flow label. */
int __wrap_dataplane_departure(const struct dataplane *dataplane, const struct flow_key *key,
	uint32_t interface, nanos at, struct dataplane_departure *ret)
{
	const uint32_t label = key->numbers[FLOW_LABEL - FLOW_ADDRESSES];

	(void)dataplane;
	(void)interface;
	(void)at;
	REQUIRE(key->known & FLOW_BIT(FLOW_DESTINATION));
	*ret = (struct dataplane_departure){
		.verdict = (enum departure_verdict)(label % 4), .rule = label & 4 ? 1 : 0};
	return label & 8 ? -ENOENT : 0;
}

int __wrap_dataplane_tunnel_ends(const struct dataplane *, const struct in6_addr *,
	const struct in6_addr *local, const struct in6_addr *remote, struct dataplane_ends *ret);
int __wrap_dataplane_route_mtu(void);
int __wrap_dataplane_path_mtu(
	struct dataplane *, uint32_t subject, uint16_t tunnel, uint32_t mtu, nanos until);
int __wrap_dataplane_best_tunnel(
	const struct dataplane *, const struct in6_addr *home_address, struct effect_tunnel *ret);
int __wrap_dataplane_route_received(void);
void __wrap_dataplane_note_path_mtus(void);
long __wrap_dataplane_receive(struct dataplane *, uint32_t ifindex, const uint8_t *packet,
	size_t length, uint8_t *ret, size_t capacity);

struct moment __wrap_clock_now(void)
{
	return now;
}

static size_t take_octets(struct input *input, uint8_t *to, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = take(input);
	return length;
}

/* Behind the IPv6 header, of next header and length that the input says; sometimes nothing is
 * right. */
static size_t make_packet(struct input *input, uint8_t *to)
{
	uint8_t octet = take(input);
	size_t length = (octet & 0x40 ? 1 : 8) * (size_t)take(input);
	const struct in6_addr home = address(1, HOME), other = address(7, 1);
	static const uint8_t headers[] = {IPPROTO_TCP, IPPROTO_ICMPV6, IPPROTO_IPV6,
		IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_UDP, 135};

	if (octet & 0x80)
		return take_octets(input, to, length < 300 ? length : 300);
	memset(to, 0, IPV6_HEADER_OCTETS + length);
	to[0] = 0x60;
	to[4] = (uint8_t)(length >> 8);
	to[5] = (uint8_t)length;
	to[6] = headers[octet & 7];
	to[7] = 64;
	memcpy(to + 8, octet & 8 ? &home : &other, sizeof(home));
	memcpy(to + 24, octet & 16 ? &home : &other, sizeof(home));
	size_t said = length < input->left ? length : input->left;
	take_octets(input, to + IPV6_HEADER_OCTETS, octet & 32 ? said : 0);
	return IPV6_HEADER_OCTETS + length;
}

ssize_t __wrap_readv(int fd, const struct iovec *space, int count)
{
	struct virtio_net_hdr header = {0};
	uint8_t octets[PACKET_MAX];

	(void)fd;
	REQUIRE(count == 2 && space[0].iov_len == sizeof(header) && space[1].iov_len >= PACKET_MAX);
	uint8_t octet = device_input ? take(device_input) : 0;
	if (octet == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (octet == 1)
		return 4; /* less than a header */
	if (octet & 0x80)
		take_octets(device_input, (uint8_t *)&header, sizeof(header));
	size_t length = make_packet(device_input, octets);
	memcpy(space[0].iov_base, &header, sizeof(header));
	memcpy(space[1].iov_base, octets, length);
	return (ssize_t)(sizeof(header) + length);
}

/* RFC 4443 2.4: errors quote something, fit the least MTU, and are for one node. */
static void require_right(const uint8_t *octets, size_t length)
{
	struct packet packet;
	enum wire_error error = packet_decode(octets, length, &packet);

	if (error != WIRE_OK || packet.next_header != ICMPV6_NEXT_HEADER)
		return; /* an inner packet's own business */
	if (packet.payload.length < 1 || packet.payload.at[0] >= ICMP6_ECHO_REQUEST)
		return;
	REQUIRE(packet_checksum_right(&packet, packet.payload));
	REQUIRE(packet.payload.length > 8);
	REQUIRE(!IN6_IS_ADDR_MULTICAST(&packet.destination));
	REQUIRE(!IN6_IS_ADDR_UNSPECIFIED(&packet.destination));
}

ssize_t __wrap_writev(int fd, const struct iovec *pieces, int count)
{
	(void)fd;
	REQUIRE(count == 2 && pieces[0].iov_len == sizeof(struct virtio_net_hdr));
	require_right(pieces[1].iov_base, pieces[1].iov_len);
	return (ssize_t)(pieces[0].iov_len + pieces[1].iov_len);
}

int __wrap_sender_new(struct sender **ret)
{
	*ret = NULL;
	return 0;
}

void __wrap_sender_free(struct sender *sender)
{
	(void)sender;
}

int __wrap_sender_add(struct sender *sender, uint32_t ifindex, const uint8_t *octets, size_t length)
{
	(void)sender;
	REQUIRE(length >= IPV6_HEADER_OCTETS && length <= DEVICE_MTU_MAX);
	REQUIRE(octets[0] >> 4 == 6);
	if (ifindex == 0) {
		REQUIRE(length <= IPV6_MTU_MIN || best_mtu == 0 || best_mtu > IPV6_MTU_MIN);
		require_right(octets, length);
	}
	return 0;
}

int __wrap_sender_add_frame(struct sender *sender, uint32_t ifindex, const uint8_t link_layer[6],
	const uint8_t *octets, size_t length)
{
	REQUIRE(link_layer && ifindex != 0);
	return __wrap_sender_add(sender, ifindex, octets, length);
}

uint32_t __wrap_dataplane_best_mtu(
	const struct dataplane *dataplane, const struct in6_addr *home_address)
{
	(void)dataplane;
	REQUIRE(home_address);
	return best_mtu;
}

int __wrap_dataplane_tunnel_ends(const struct dataplane *dataplane,
	const struct in6_addr *home_address, const struct in6_addr *local,
	const struct in6_addr *remote, struct dataplane_ends *ret)
{
	const struct in6_addr home = address(1, HOME);

	(void)dataplane;
	REQUIRE(local && remote);
	if (!same(home_address, &home))
		return -ENOENT;
	*ret = (struct dataplane_ends){.ifindex = LINK, .mtu = best_mtu ? best_mtu : 1240};
	return 0;
}

/* Every error is about a packet that was sent. */
int __wrap_dataplane_route_mtu(void)
{
	return 0;
}

int __wrap_dataplane_path_mtu(
	struct dataplane *dataplane, uint32_t subject, uint16_t tunnel, uint32_t mtu, nanos until)
{
	(void)dataplane;
	REQUIRE(subject == 7 && tunnel == 2 && until > now.mono);
	REQUIRE(mtu >= IPV6_MTU_MIN - IPV6_HEADER_OCTETS);
	return 0;
}

/* That of the link, as tunnel_usable() has left it. */
int __wrap_dataplane_best_tunnel(const struct dataplane *dataplane,
	const struct in6_addr *home_address, struct effect_tunnel *ret)
{
	const struct mobile_link *link = &mobile_hosts.at[0].links[0];

	(void)dataplane;
	REQUIRE(home_address);
	if (!link->has_tunnel || !link->tunnel.usable)
		return -ENOENT;
	*ret = link->tunnel;
	return 0;
}

int __wrap_dataplane_route_received(void)
{
	return -ENOENT;
}

void __wrap_dataplane_note_path_mtus(void)
{
}

long __wrap_dataplane_receive(struct dataplane *dataplane, uint32_t ifindex, const uint8_t *packet,
	size_t length, uint8_t *ret, size_t capacity)
{
	(void)dataplane;
	(void)ifindex;
	REQUIRE(length > IPV6_HEADER_OCTETS && length <= capacity);
	memcpy(ret, packet + IPV6_HEADER_OCTETS, length - IPV6_HEADER_OCTETS);
	return (long)(length - IPV6_HEADER_OCTETS);
}

/* ---- events ---- */

/* As much as the data plane hands to the daemon. */
static struct octets handed(const uint8_t *octets, size_t length)
{
	return (struct octets){
		octets, length < ABI_EVENT_OCTETS_MAX ? length : ABI_EVENT_OCTETS_MAX};
}

/* An error with the right checksum about a packet with our headers, cut short or not. */
static void error_arrives(struct input *input)
{
	static const uint8_t types[] = {
		ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED, ICMP6_PARAM_PROB};
	const struct in6_addr home = address(1, HOME), care_of = address(2, 1),
			      peer = address(7, 1);
	uint8_t octet = take(input), detail = take(input), cut = take(input);
	uint8_t inner[PACKET_MAX], quoted[PACKET_MAX], body[PACKET_MAX + 8],
		packet[PACKET_MAX + 96];
	size_t inner_length = make_packet(input, inner);
	const struct packet_envelope about = {
		.source = care_of,
		.destination = peer,
		.home_address = octet & 4 ? &home : NULL,
		.routing_address = octet & 8 ? &home : NULL,
		.next_header = octet & 16 ? IPPROTO_IPV6 : IPPROTO_TCP,
		.hop_limit = 64,
	};
	const struct packet_envelope outer = {
		.source = octet & 32 ? peer : address(9, 9),
		.destination = care_of,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	const struct dataplane_active active = {
		.home_address = home, .subject = 7, .tunnel = 2, .bid = 1};

	inner_length = inner_length < 1200 ? inner_length : 1200;
	size_t length =
		packet_build(&about, (struct octets){inner, inner_length}, quoted, sizeof(quoted));
	REQUIRE(length > 0);
	length = cut && cut < length ? cut : length;
	body[0] = types[octet & 3];
	body[1] = detail & 3;
	memset(body + 2, 0, 6);
	body[6] = (uint8_t)(octet & 64 ? detail : 0);
	body[7] = detail;
	memcpy(body + 8, quoted, length);
	if (octet & 128)
		body[8 + take(input) % length] ^= (uint8_t)(take(input) | 1);
	length = packet_build(&outer, (struct octets){body, 8 + length}, packet, sizeof(packet));
	REQUIRE(length > 0);
	if (octet & 16)
		tunnel_error(&slow, handed(packet, length), &active);
	else
		returned_error(&slow, LINK, handed(packet, length));
}

static void anything_arrives(struct input *input)
{
	const struct dataplane_active active = {
		.home_address = address(1, HOME), .subject = 7, .tunnel = 2, .bid = 1};
	uint8_t octet = take(input), packet[PACKET_MAX];
	struct octets octets = handed(packet, make_packet(input, packet));

	if ((octet & 5) == 5)
		tunnel_error(&slow, octets, &active);
	else if (octet & 1)
		returned_error(&slow, LINK, octets);
	else if (octet & 2)
		returned_too_large(&slow, octets, octet);
	else
		outer_packets_receive(&outer_packets, LINK, octets);
}

static void tunnel_usable(struct input *input)
{
	uint8_t octet = take(input);

	struct mobile_host *host = &mobile_hosts.at[0];

	host->links_count = 1;
	host->links[0].has_tunnel = octet & 1;
	host->links[0].tunnel = (struct effect_tunnel){
		.encapsulation = octet & 2 ? ENCAP_HOME_LINK : ENCAP_IPV6,
		.local.address = address(2, 1),
		.remote.address = address(1, HOME_AGENT),
		.usable = octet & 4,
		.remote.framed = octet & 8,
		.local.ifindex = LINK,
	};
	if (octet & 16)
		slow_path_release(&slow, host, &host->links[0].tunnel);
}

static void event(struct input *input)
{
	static const uint32_t mtus[] = {0, 1240, 1280, 1460, 1500, 9000, 0, 1460};
	uint8_t octet = take(input);

	switch (octet & 7) {
	case 0:
	case 1:
	case 2:
		device_input = input;
		(void)slow_path_read(&slow);
		device_input = NULL;
		break;
	case 3:
		error_arrives(input);
		break;
	case 4:
		anything_arrives(input);
		break;
	case 5:
		tunnel_usable(input);
		break;
	case 6:
		best_mtu = mtus[octet >> 3 & 7];
		break;
	case 7:
		now.mono += (nanos)take(input) * NANOS_PER_SECOND / 16;
		break;
	}
	REQUIRE(slow.kept[0].count <= SLOW_PATH_PACKETS);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	struct input input = {octets, length};
	const struct core_port port = {&random_state, fuzz_random, fuzz_mac, fuzz_digest};

	enum core_role role = (enum core_role)(take(&input) % 3);
	config.core.is_home_agent = role == ROLE_HOME_AGENT;
	config.core.mobile_nodes_count = role == ROLE_MOBILE_NODE;
	config.core.mobile_nodes[0].home_address = address(1, HOME);
	config.core.home_agent.address = address(1, HOME_AGENT);
	basis = (struct daemon_basis){.config = &config,
		.port = port,
		.device = &device,
		.give_event = give_event,
		.give_packet = give_packet};
	memset(&mobile_hosts, 0, sizeof(mobile_hosts));
	mobile_hosts.count = config.core.mobile_nodes_count;
	mobile_hosts.at[0].basis = &basis;
	now = (struct moment){1000 * NANOS_PER_SECOND, UINT64_C(0xec000000) << 32};
	best_mtu = 0;
	random_state = 0;
	slow_path_init(&slow, &basis, &outer_packets, &mobile_hosts);
	REQUIRE(outer_packets_init(&outer_packets, &basis) == 0);
	while (input.left > 0)
		event(&input);
	outer_packets_fini(&outer_packets);
	slow_path_fini(&slow);
	return 0;
}
