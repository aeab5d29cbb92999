/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forged Home and Care-of Test Inits, in turns, as fast as they go: every other one from a network
 * drawn at random, the rest from some host of the networks given; each with a cookie, the Care-of
 * Test Inits with a Binding Identifier (RFC 5648 4.3) drawn too. Checksums are right. It says
 * "ready", begins when a line comes on its standard input, and ends after --count packets, or when
 * the standard input ends; then one JSON object says how many it sent. Answers are not its matter.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define NETWORKS_MAX 16
#define NETWORK_OCTETS 8

#define HEADER_OCTETS 40
#define INIT_OCTETS 16
#define BID_OCTETS 8 /* with padding */
#define PACKET_OCTETS (HEADER_OCTETS + INIT_OCTETS + BID_OCTETS)

struct flood {
	struct in6_addr correspondent;
	struct in6_addr networks[NETWORKS_MAX];
	unsigned int networks_count;
	uint64_t random;
	struct sockaddr_ll to;
	int fd;
	unsigned long sent, octets;
};

static void fail(const char *what)
{
	fprintf(stderr, "init_flood: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* xorshift64 */
static uint64_t draw(struct flood *flood)
{
	flood->random ^= flood->random << 13;
	flood->random ^= flood->random >> 7;
	flood->random ^= flood->random << 17;
	return flood->random;
}

/* Of 2000::/3: where an answer could go. */
static void draw_source(struct flood *flood, uint8_t *ret)
{
	uint64_t network = draw(flood), host = draw(flood);

	memcpy(ret, &network, sizeof(network));
	ret[0] = (uint8_t)(0x20 | (ret[0] & 0x1f));
	if (flood->networks_count > 0 && draw(flood) % 2 == 0)
		memcpy(ret, &flood->networks[host % flood->networks_count], NETWORK_OCTETS);
	memcpy(ret + NETWORK_OCTETS, &host, sizeof(host));
}

static uint32_t sum_of(const uint8_t *octets, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)(octets[i] << 8 | octets[i + 1]);
	return sum;
}

/* RFC 6275 6.1.1: with the pseudo-header */
static void write_checksum(uint8_t *packet, size_t length)
{
	uint8_t *message = packet + HEADER_OCTETS;
	uint32_t sum = sum_of(packet + 8, 32) + (uint32_t)length + 135 + sum_of(message, length);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	message[4] = (uint8_t)(sum >> 8);
	message[5] = (uint8_t)sum;
}

/* RFC 6275 6.1.3, 6.1.4. Returns the octets of the packet. */
static size_t make_packet(struct flood *flood, uint8_t *ret)
{
	bool care_of = flood->sent % 2;
	size_t length = INIT_OCTETS + (care_of ? BID_OCTETS : 0);
	uint8_t *message = ret + HEADER_OCTETS;
	uint64_t cookie = draw(flood);
	uint16_t bid = (uint16_t)draw(flood);

	memset(ret, 0, PACKET_OCTETS);
	ret[0] = 0x60;
	ret[5] = (uint8_t)length;
	ret[6] = 135;
	ret[7] = 64;
	draw_source(flood, ret + 8);
	memcpy(ret + 24, &flood->correspondent, sizeof(flood->correspondent));
	message[0] = 59;
	message[1] = (uint8_t)(length / 8 - 1);
	message[2] = care_of ? 2 : 1;
	memcpy(message + 8, &cookie, sizeof(cookie));
	if (care_of) {
		/* the option begins at 2n; PadN behind it */
		const uint8_t option[BID_OCTETS] = {
			35, 4, (uint8_t)(bid >> 8), (uint8_t)bid, 0, 0, 1, 0};
		memcpy(message + INIT_OCTETS, option, sizeof(option));
	}
	write_checksum(ret, length);
	return HEADER_OCTETS + length;
}

static void send_batch(struct flood *flood)
{
	static uint8_t packets[BATCH][PACKET_OCTETS];
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];
	unsigned long begin = flood->sent;

	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){packets[i], make_packet(flood, packets[i])};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &flood->to,
						       .msg_namelen = sizeof(flood->to),
						       .msg_iov = &pieces[i],
						       .msg_iovlen = 1}};
		flood->sent++;
	}
	int done = sendmmsg(flood->fd, messages, BATCH, 0);
	if (done < 0 && errno != ENOBUFS && errno != EINTR)
		fail("sending");
	done = done < 0 ? 0 : done;
	flood->sent = begin + (unsigned long)done;
	for (int i = 0; i < done; i++)
		flood->octets += pieces[i].iov_len;
}

static void flood_open(struct flood *flood, const char *interface, const char *router)
{
	const struct ether_addr *address = ether_aton(router);

	flood->to = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IPV6),
		.sll_ifindex = (int)if_nametoindex(interface),
		.sll_halen = ETH_ALEN,
	};
	if (flood->to.sll_ifindex == 0 || !address)
		fail("interface or router");
	memcpy(flood->to.sll_addr, address, ETH_ALEN);
	flood->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (flood->fd < 0)
		fail("packet socket");
}

/* Whether something has come, or the end. */
static bool is_told(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&input, 1, 0) != 0;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Packets for one second, at most; 0: no limit. */
static void flood_run(struct flood *flood, unsigned long count, unsigned long per_second)
{
	double begin = seconds_now();

	while (flood->sent < count && !is_told()) {
		double due = per_second ? begin + (double)flood->sent / (double)per_second : 0;
		if (due > seconds_now())
			usleep(200);
		else
			send_batch(flood);
	}
	double seconds = seconds_now() - begin;
	printf("{\"sent\": %lu, \"octets\": %lu, \"seconds\": %.3f, \"per_second\": %.0f}\n",
		flood->sent, flood->octets, seconds, (double)flood->sent / seconds);
}

static void usage(void)
{
	fputs("usage: init_flood --interface NAME --router LINK-LAYER-ADDRESS --correspondent "
	      "ADDRESS\n"
	      "       [--network PREFIX]... [--count N] [--per-second N]\n",
		stderr);
	exit(EXIT_FAILURE);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value == 0)
		usage();
	return value;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"interface", required_argument, NULL, 'i'},
		{"router", required_argument, NULL, 't'},
		{"correspondent", required_argument, NULL, 'c'},
		{"network", required_argument, NULL, 'w'},
		{"count", required_argument, NULL, 'n'},
		{"per-second", required_argument, NULL, 'r'},
		{0},
	};
	struct flood flood = {.random = 0x6d6f6e616d69};
	const char *interface = NULL, *router = NULL;
	unsigned long count = UINT64_MAX, per_second = 0;
	bool has_correspondent = false;

	for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		if (name == 'i')
			interface = optarg;
		else if (name == 't')
			router = optarg;
		else if (name == 'c')
			has_correspondent = inet_pton(AF_INET6, optarg, &flood.correspondent) == 1;
		else if (name == 'w' && flood.networks_count < NETWORKS_MAX &&
			 inet_pton(AF_INET6, optarg, &flood.networks[flood.networks_count]) == 1)
			flood.networks_count++;
		else if (name == 'n')
			count = number(optarg);
		else if (name == 'r')
			per_second = number(optarg);
		else
			usage();
	}
	if (optind != argc || !interface || !router || !has_correspondent)
		usage();
	flood_open(&flood, interface, router);
	puts("ready");
	fflush(stdout);
	if (getchar() != EOF)
		flood_run(&flood, count, per_second);
	close(flood.fd);
	return EXIT_SUCCESS;
}
