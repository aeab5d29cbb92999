/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small UDP packets, as many as the path takes: `send` fills it from one socket, `receive` counts
 * what arrives. Each prints one JSON object.
 *
 *     udp_rate send SOURCE DESTINATION PORT OCTETS MILLISECONDS
 *     udp_rate receive PORT SECONDS    from the first packet until 0.3 s of silence, or at most
 *                                      that long in all
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define OCTETS_MAX 1400
#define RECEIVE_OCTETS (32 * 1024 * 1024)
#define SILENCE_US 300000

static void fail(const char *what)
{
	fprintf(stderr, "udp_rate: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static double seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct sockaddr_in6 address_of(const char *text, int port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

	if (inet_pton(AF_INET6, text, &address.sin6_addr) != 1) {
		errno = EINVAL;
		fail(text);
	}
	return address;
}

static int udp_socket(const struct sockaddr_in6 *local)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)local, sizeof(*local)) < 0)
		fail("socket");
	return fd;
}

/* The CPU time of the sender is that of the whole path, as far as the kernel carries a packet
 * through all namespaces at once: it does with veth. */
static void send_all(int fd, size_t octets, double duration)
{
	static uint8_t payload[OCTETS_MAX];
	struct iovec piece = {payload, octets};
	struct mmsghdr messages[BATCH];
	uint64_t sent = 0;

	for (size_t i = 0; i < BATCH; i++)
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &piece, .msg_iovlen = 1}};
	double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	double begin = seconds_of(CLOCK_MONOTONIC), now = begin;
	for (; now < begin + duration; now = seconds_of(CLOCK_MONOTONIC)) {
		int count = sendmmsg(fd, messages, BATCH, 0);
		if (count < 0 && errno != ENOBUFS && errno != EINTR)
			fail("sending");
		if (count > 0)
			sent += (uint64_t)count;
	}
	cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("{\"sent\": %ju, \"seconds\": %.4f, \"cpu_ns_per_packet\": %.1f}\n", (uintmax_t)sent,
		now - begin, sent ? cpu / (double)sent * 1e9 : 0);
}

static void receive_all(int fd, double most)
{
	static uint8_t octets[BATCH][OCTETS_MAX];
	struct iovec pieces[BATCH];
	struct mmsghdr messages[BATCH];
	const struct timeval silence = {.tv_usec = SILENCE_US};
	uint64_t received = 0;
	double begin = seconds_of(CLOCK_MONOTONIC), first = 0, last = 0, now = begin;

	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){octets[i], OCTETS_MAX};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &pieces[i], .msg_iovlen = 1}};
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) < 0)
		fail("timeout");
	while (now < begin + most) {
		int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
		now = seconds_of(CLOCK_MONOTONIC);
		if (count > 0) {
			first = received ? first : now;
			last = now;
			received += (uint64_t)count;
		} else if (received) {
			break;
		}
	}
	printf("{\"received\": %ju, \"seconds\": %.4f}\n", (uintmax_t)received, last - first);
}

static void do_send(char **words)
{
	struct sockaddr_in6 local = address_of(words[0], 0);
	struct sockaddr_in6 remote = address_of(words[1], atoi(words[2]));
	size_t octets = (size_t)atoi(words[3]);
	int fd = udp_socket(&local);

	if (octets > OCTETS_MAX)
		octets = OCTETS_MAX;
	if (connect(fd, (const struct sockaddr *)&remote, sizeof(remote)) < 0)
		fail("connect");
	send_all(fd, octets, atof(words[4]) / 1000);
	close(fd);
}

static void do_receive(char **words)
{
	struct sockaddr_in6 local = address_of("::", atoi(words[0]));
	const int octets = RECEIVE_OCTETS;
	int fd = udp_socket(&local);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets)) < 0)
		fail("receive buffer");
	receive_all(fd, atof(words[1]));
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "send") == 0) {
		do_send(argv + 2);
	} else if (argc == 4 && strcmp(argv[1], "receive") == 0) {
		do_receive(argv + 2);
	} else {
		fputs("usage: udp_rate send SOURCE DESTINATION PORT OCTETS MILLISECONDS\n"
		      "       udp_rate receive PORT SECONDS\n",
			stderr);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
