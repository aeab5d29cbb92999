/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Updates for a home agent's daemon, as many as it takes: made beforehand, sent by a packet
 * socket with a bounded number outstanding, and counted when the acknowledgement that accepts them
 * has come back. Bounded in number and time. The result is one JSON object.
 */
#include "fleet.h"

#include "../src/io/clock.h"
#include "../src/io/crypto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define RECEIVE_OCTETS (64 * 1024 * 1024)
/* Whoever has not answered by then will not. */
#define LOST_AFTER_MS 200
#define PACKET_MAX 512

struct options {
	const char *interface;
	const char *router; /* link-layer address of the other end */
	uint32_t nodes;
	uint32_t rounds;
	uint32_t window;
	uint32_t seconds;
	struct fleet_update first;
	struct fleet fleet;
};

struct flood {
	const struct options *options;
	struct fleet_packets packets;
	int to_home_agent;
	int from_home_agent;
	struct sockaddr_ll router;
	uint16_t *answered; /* of each node: the last sequence number accepted */
	size_t sent;
	size_t accepted;
	size_t other; /* packets that are no such answer */
	size_t lost;
};

static void fail(const char *what)
{
	fprintf(stderr, "update_flood: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* ---- sockets ---- */

static int packet_socket(uint32_t ifindex, uint16_t protocol)
{
	const struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		fail("packet socket");
	return fd;
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		fail("socket option");
}

static void open_sockets(struct flood *flood)
{
	uint32_t ifindex = if_nametoindex(flood->options->interface);
	const struct ether_addr *router = ether_aton(flood->options->router);

	if (ifindex == 0 || !router)
		fail("interface or router");
	flood->router = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IPV6),
		.sll_ifindex = (int)ifindex,
		.sll_halen = ETH_ALEN,
	};
	memcpy(flood->router.sll_addr, router, ETH_ALEN);
	flood->to_home_agent = packet_socket(ifindex, 0);
	set(flood->to_home_agent, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
	flood->from_home_agent = packet_socket(ifindex, ETH_P_IPV6);
	set(flood->from_home_agent, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	set(flood->from_home_agent, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_OCTETS);
}

/* ---- sending ---- */

static size_t outstanding(const struct flood *flood)
{
	return flood->sent - flood->accepted - flood->lost;
}

static size_t may_send(const struct flood *flood)
{
	size_t left = flood->packets.count - flood->sent;
	size_t room = flood->options->window > outstanding(flood)
			      ? flood->options->window - outstanding(flood)
			      : 0;

	room = room < BATCH ? room : BATCH;
	return left < room ? left : room;
}

static void send_batch(struct flood *flood, size_t count)
{
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];

	for (size_t i = 0; i < count; i++) {
		struct octets update = fleet_packet(&flood->packets, flood->sent + i);
		pieces[i] = (struct iovec){(void *)update.at, update.length};
		messages[i] = (struct mmsghdr){.msg_hdr = {
						       .msg_name = &flood->router,
						       .msg_namelen = sizeof(flood->router),
						       .msg_iov = &pieces[i],
						       .msg_iovlen = 1,
					       }};
	}
	int done = sendmmsg(flood->to_home_agent, messages, (unsigned int)count, 0);
	if (done < 0 && errno != ENOBUFS && errno != EINTR)
		fail("sending");
	if (done > 0)
		flood->sent += (size_t)done;
}

/* ---- answers ---- */

/* Every update is counted once: the number must be greater than the last one of its node. */
static void take_answer(struct flood *flood, const uint8_t *octets, size_t length)
{
	struct fleet_answer answer;

	if (!fleet_accepted(&flood->options->fleet, octets, length, &answer) ||
		answer.node >= flood->options->nodes ||
		(int16_t)(answer.sequence - flood->answered[answer.node]) <= 0) {
		flood->other++;
		return;
	}
	flood->answered[answer.node] = answer.sequence;
	flood->accepted++;
}

/* Takes what has come, at most a batch; how many. */
static size_t receive_batch(struct flood *flood)
{
	static uint8_t octets[BATCH][PACKET_MAX];
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){octets[i], sizeof(octets[i])};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &pieces[i], .msg_iovlen = 1}};
	}
	int count = recvmmsg(flood->from_home_agent, messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++)
		take_answer(flood, octets[i], messages[i].msg_len);
	return count < 0 ? 0 : (size_t)count;
}

/* Waits for an answer; without one for too long, all that is outstanding is lost. */
static void wait_for_answer(struct flood *flood)
{
	struct pollfd waiting = {.fd = flood->from_home_agent, .events = POLLIN};

	if (poll(&waiting, 1, LOST_AFTER_MS) == 0)
		flood->lost += outstanding(flood);
}

/* ---- the whole ---- */

static void flood_all(struct flood *flood, nanos until)
{
	while (flood->accepted + flood->lost < flood->packets.count && clock_now().mono < until) {
		size_t count = may_send(flood);
		if (count > 0)
			send_batch(flood, count);
		if (receive_batch(flood) == 0 && may_send(flood) == 0)
			wait_for_answer(flood);
	}
}

static void make_updates(struct flood *flood)
{
	const struct options *options = flood->options;
	struct fleet_update first = options->first;
	struct core_port port;

	first.ntp = clock_now().ntp;
	if (crypto_port_init(&port) < 0 || fleet_packets_new(&options->fleet, &port, options->nodes,
						   options->rounds, &first, &flood->packets) < 0)
		fail("the updates could not be made");
	crypto_port_fini(&port);
	flood->answered = calloc(options->nodes, sizeof(*flood->answered));
	if (!flood->answered)
		fail("memory");
	for (uint32_t node = 0; node < options->nodes; node++)
		flood->answered[node] = (uint16_t)(first.sequence - 1);
}

static void run(const struct options *options)
{
	struct flood flood = {.options = options};

	make_updates(&flood);
	open_sockets(&flood);
	nanos begin = clock_now().mono;
	flood_all(&flood, begin + options->seconds * NANOS_PER_SECOND);
	double seconds = (double)(clock_now().mono - begin) / (double)NANOS_PER_SECOND;
	printf("{\"sent\": %zu, \"accepted\": %zu, \"other\": %zu, \"lost\": %zu, "
	       "\"octets\": %zu, \"seconds\": %.4f, \"per_second\": %.0f}\n",
		flood.sent, flood.accepted, flood.other, flood.lost, flood.packets.length, seconds,
		(double)flood.accepted / seconds);
	free(flood.answered);
	fleet_packets_free(&flood.packets);
	close(flood.to_home_agent);
	close(flood.from_home_agent);
}

static void usage(void)
{
	fputs("usage: update_flood --interface NAME --router LINK-LAYER-ADDRESS [--nodes N]\n"
	      "       [--rounds N] [--bindings N] [--sequence N] [--window N] [--seconds N]\n"
	      "       [--overwrite] [--replay]\n",
		stderr);
	exit(EXIT_FAILURE);
}

static uint32_t number(const char *text, unsigned long most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value == 0 || value > most)
		usage();
	return (uint32_t)value;
}

static void read_option(int name, struct options *options)
{
	switch (name) {
	case 'i':
		options->interface = optarg;
		break;
	case 't':
		options->router = optarg;
		break;
	case 'n':
		options->nodes = number(optarg, 1000000);
		break;
	case 'r':
		options->rounds = number(optarg, 10000);
		break;
	case 'b':
		options->fleet.bindings = (uint8_t)number(optarg, BINDINGS_MAX);
		break;
	case 's':
		options->first.sequence = (uint16_t)number(optarg, UINT16_MAX);
		break;
	case 'w':
		options->window = number(optarg, 100000);
		break;
	case 'd':
		options->seconds = number(optarg, 600);
		break;
	case 'o':
		options->first.overwrite = true;
		break;
	case 'p':
		options->fleet.replay = true;
		break;
	default:
		usage();
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"interface", required_argument, NULL, 'i'},
		{"router", required_argument, NULL, 't'},
		{"nodes", required_argument, NULL, 'n'},
		{"rounds", required_argument, NULL, 'r'},
		{"bindings", required_argument, NULL, 'b'},
		{"sequence", required_argument, NULL, 's'},
		{"window", required_argument, NULL, 'w'},
		{"seconds", required_argument, NULL, 'd'},
		{"overwrite", no_argument, NULL, 'o'},
		{"replay", no_argument, NULL, 'p'},
		{0},
	};
	struct options options = {
		.nodes = 1000,
		.rounds = 1,
		.window = 256,
		.seconds = 20,
		.first = {.sequence = 1},
		.fleet = {.home_agent = fleet_home_agent(), .bindings = 3},
	};

	for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;)
		read_option(name, &options);
	if (optind != argc || !options.interface || !options.router)
		usage();
	run(&options);
	return EXIT_SUCCESS;
}
