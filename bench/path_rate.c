/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares two ways between the same hosts: sends by one of them for some milliseconds, then by
 * the other, and so on, as much as goes. Whatever else the machine does meanwhile disturbs both
 * alike. Each prints one JSON object.
 *
 *     path_rate send tcp|udp SECONDS PORT SOURCE DESTINATION SOURCE DESTINATION
 *         sums for each way: units (octets of TCP, packets of UDP with 64 octets), seconds, CPU
 * time path_rate receive tcp|udp PORT units that arrived by each way; it ends with the connections,
 * or by silence
 *
 * The second way has the next port. The CPU time of the sender is that of the whole path, as far as
 * the kernel carries a packet through all namespaces at once: with veth it does, up to the
 * receiver's socket.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAYS 2
#define SLICE_SECONDS 0.05
#define BATCH 64
#define UDP_OCTETS 64
#define TCP_OCTETS (256 * 1024)
#define UDP_RECEIVE_OCTETS (32 * 1024 * 1024)
#define SILENCE_MS 300
#define WAIT_MS 10000

struct way {
	int fd;
	uint64_t units;
	double seconds;
	double cpu;
};

/* Sends by `fd` for a slice of time; how many units. */
typedef uint64_t slice(int fd);

static void fail(const char *what)
{
	fprintf(stderr, "path_rate: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static double seconds_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double now(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

static struct sockaddr_in6 address_of(const char *text, unsigned int port)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
	};

	if (inet_pton(AF_INET6, text, &address.sin6_addr) != 1) {
		errno = EINVAL;
		fail(text);
	}
	return address;
}

static int socket_at(int type, const char *text, unsigned int port)
{
	struct sockaddr_in6 local = address_of(text, port);
	const int on = 1;
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		bind(fd, (const struct sockaddr *)&local, sizeof(local)) < 0)
		fail("socket");
	return fd;
}

/* ---- sending ---- */

static uint64_t udp_slice(int fd)
{
	static uint8_t payload[UDP_OCTETS];
	struct iovec piece = {payload, sizeof(payload)};
	struct mmsghdr messages[BATCH];
	uint64_t sent = 0;
	double end = now() + SLICE_SECONDS;

	for (size_t i = 0; i < BATCH; i++)
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &piece, .msg_iovlen = 1}};
	while (now() < end) {
		int count = sendmmsg(fd, messages, BATCH, 0);
		if (count < 0 && errno != ENOBUFS && errno != EINTR)
			fail("sending");
		if (count > 0)
			sent += (uint64_t)count;
	}
	return sent;
}

/* Nothing may be left over for the other way's slice. */
static void wait_until_acknowledged(int fd)
{
	const struct timespec moment = {.tv_nsec = 20000};
	int waiting = 1;

	while (ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting > 0)
		nanosleep(&moment, NULL);
}

static uint64_t tcp_slice(int fd)
{
	static uint8_t payload[TCP_OCTETS];
	uint64_t sent = 0;
	double end = now() + SLICE_SECONDS;

	while (now() < end) {
		ssize_t count = write(fd, payload, sizeof(payload));
		if (count < 0)
			fail("sending");
		sent += (uint64_t)count;
	}
	wait_until_acknowledged(fd);
	return sent;
}

static void send_slice(struct way *way, slice *send_for_a_slice)
{
	double begin = now();
	double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

	way->units += send_for_a_slice(way->fd);
	way->cpu += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	way->seconds += now() - begin;
}

static void print_way(const struct way *way)
{
	printf("{\"units\": %ju, \"seconds\": %.4f, \"cpu_ns\": %.4f}", (uintmax_t)way->units,
		way->seconds, way->units ? way->cpu * 1e9 / (double)way->units : 0);
}

static void send_all(int type, double seconds, unsigned int port, char **addresses)
{
	struct way ways[WAYS] = {0};

	for (unsigned int i = 0; i < WAYS; i++) {
		struct sockaddr_in6 remote = address_of(addresses[2 * i + 1], port + i);
		ways[i].fd = socket_at(type, addresses[2 * i], 0);
		if (connect(ways[i].fd, (const struct sockaddr *)&remote, sizeof(remote)) < 0)
			fail("connect");
	}
	for (double end = now() + seconds; now() < end;)
		for (unsigned int i = 0; i < WAYS; i++)
			send_slice(&ways[i], type == SOCK_STREAM ? tcp_slice : udp_slice);
	printf("[");
	print_way(&ways[0]);
	printf(", ");
	print_way(&ways[1]);
	printf("]\n");
}

/* ---- receiving ---- */

/* Takes what is there, without waiting. False at the end of a connection. */
static bool take_tcp(struct way *way)
{
	static uint8_t octets[TCP_OCTETS];
	ssize_t count = recv(way->fd, octets, sizeof(octets), MSG_DONTWAIT);

	if (count > 0)
		way->units += (uint64_t)count;
	return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool take_udp(struct way *way)
{
	static uint8_t octets[BATCH][UDP_OCTETS];
	struct iovec pieces[BATCH];
	struct mmsghdr messages[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){octets[i], UDP_OCTETS};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &pieces[i], .msg_iovlen = 1}};
	}
	int count = recvmmsg(way->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	if (count > 0)
		way->units += (uint64_t)count;
	return true;
}

static void take_all(struct way *ways, bool (*take)(struct way *))
{
	struct pollfd waiting[WAYS];
	int patience = WAIT_MS;

	for (unsigned int i = 0; i < WAYS; i++)
		waiting[i] = (struct pollfd){.fd = ways[i].fd, .events = POLLIN};
	while (poll(waiting, WAYS, patience) > 0) {
		for (unsigned int i = 0; i < WAYS; i++)
			if (waiting[i].revents && !take(&ways[i]))
				waiting[i].fd = -1;
		if (waiting[0].fd < 0 && waiting[1].fd < 0)
			break;
		patience =
			ways[0].units && ways[1].units && take == take_udp ? SILENCE_MS : WAIT_MS;
	}
}

static int accept_one(int listening)
{
	struct pollfd waiting = {.fd = listening, .events = POLLIN};
	int fd = poll(&waiting, 1, WAIT_MS) > 0 ? accept(listening, NULL, NULL) : -1;

	if (fd < 0)
		fail("accept");
	close(listening);
	return fd;
}

static void receive_all(int type, unsigned int port)
{
	struct way ways[WAYS] = {0};
	const int octets = UDP_RECEIVE_OCTETS;

	for (unsigned int i = 0; i < WAYS; i++) {
		ways[i].fd = socket_at(type, "::", port + i);
		if (type == SOCK_STREAM && listen(ways[i].fd, 1) < 0)
			fail("listen");
		if (type == SOCK_DGRAM && setsockopt(ways[i].fd, SOL_SOCKET, SO_RCVBUFFORCE,
						  &octets, sizeof(octets)) < 0)
			fail("receive buffer");
	}
	for (unsigned int i = 0; i < WAYS && type == SOCK_STREAM; i++)
		ways[i].fd = accept_one(ways[i].fd);
	take_all(ways, type == SOCK_STREAM ? take_tcp : take_udp);
	printf("[%ju, %ju]\n", (uintmax_t)ways[0].units, (uintmax_t)ways[1].units);
}

static int type_of(const char *word)
{
	if (strcmp(word, "tcp") == 0)
		return SOCK_STREAM;
	return strcmp(word, "udp") == 0 ? SOCK_DGRAM : -1;
}

int main(int argc, char **argv)
{
	int type = argc > 2 ? type_of(argv[2]) : -1;

	if (type >= 0 && argc == 9 && strcmp(argv[1], "send") == 0) {
		send_all(type, atof(argv[3]), (unsigned int)atoi(argv[4]), argv + 5);
	} else if (type >= 0 && argc == 4 && strcmp(argv[1], "receive") == 0) {
		receive_all(type, (unsigned int)atoi(argv[3]));
	} else {
		fputs("usage: path_rate send tcp|udp SECONDS PORT SOURCE DESTINATION SOURCE "
		      "DESTINATION\n"
		      "       path_rate receive tcp|udp PORT\n",
			stderr);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
