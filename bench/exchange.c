/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange.h"

#include "../src/io/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
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

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
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

void exchange_open(struct exchange *exchange, const char *interface, const char *router)
{
	uint32_t ifindex = if_nametoindex(interface);
	const struct ether_addr *address = ether_aton(router);

	if (ifindex == 0 || !address)
		fail("interface or router");
	*exchange = (struct exchange){
		.router = {.sll_family = AF_PACKET,
			.sll_protocol = htons(ETH_P_IPV6),
			.sll_ifindex = (int)ifindex,
			.sll_halen = ETH_ALEN},
	};
	memcpy(exchange->router.sll_addr, address, ETH_ALEN);
	exchange->to_daemon = packet_socket(ifindex, 0);
	set(exchange->to_daemon, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
	exchange->from_daemon = packet_socket(ifindex, ETH_P_IPV6);
	set(exchange->from_daemon, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	set(exchange->from_daemon, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_OCTETS);
}

void exchange_close(struct exchange *exchange)
{
	close(exchange->to_daemon);
	close(exchange->from_daemon);
}

/* ---- sending ---- */

static size_t outstanding(const struct exchange *exchange)
{
	return exchange->sent - exchange->answered - exchange->lost;
}

static size_t may_send(const struct exchange *exchange)
{
	size_t left = exchange->with->count - exchange->sent;
	size_t room = exchange->with->window > outstanding(exchange)
			      ? exchange->with->window - outstanding(exchange)
			      : 0;

	room = room < BATCH ? room : BATCH;
	return left < room ? left : room;
}

static void send_batch(struct exchange *exchange, size_t count)
{
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];

	for (size_t i = 0; i < count; i++) {
		struct octets packet =
			exchange->with->packet(exchange->with->ctx, exchange->sent + i);
		pieces[i] = (struct iovec){(void *)packet.at, packet.length};
		messages[i] = (struct mmsghdr){.msg_hdr = {
						       .msg_name = &exchange->router,
						       .msg_namelen = sizeof(exchange->router),
						       .msg_iov = &pieces[i],
						       .msg_iovlen = 1,
					       }};
	}
	int done = sendmmsg(exchange->to_daemon, messages, (unsigned int)count, 0);
	if (done < 0 && errno != ENOBUFS && errno != EINTR)
		fail("sending");
	if (done > 0)
		exchange->sent += (size_t)done;
}

/* ---- answers ---- */

/* Takes what has come, at most a batch; how many. */
static size_t receive_batch(struct exchange *exchange)
{
	static uint8_t octets[BATCH][PACKET_MAX];
	struct mmsghdr messages[BATCH];
	struct iovec pieces[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){octets[i], sizeof(octets[i])};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &pieces[i], .msg_iovlen = 1}};
	}
	int count = recvmmsg(exchange->from_daemon, messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++) {
		const struct octets packet = {octets[i], messages[i].msg_len};
		if (exchange->with->is_answer(exchange->with->ctx, packet))
			exchange->answered++;
		else
			exchange->other++;
	}
	return count < 0 ? 0 : (size_t)count;
}

/* Waits for an answer; without one for too long, all that is outstanding is lost. */
static void wait_for_answer(struct exchange *exchange)
{
	struct pollfd waiting = {.fd = exchange->from_daemon, .events = POLLIN};

	if (poll(&waiting, 1, LOST_AFTER_MS) == 0)
		exchange->lost += outstanding(exchange);
}

/* ---- the whole ---- */

void exchange_run(struct exchange *exchange, const struct exchange_with *with, uint32_t seconds)
{
	nanos until = clock_now().mono + seconds * NANOS_PER_SECOND;

	exchange->with = with;
	while (exchange->answered + exchange->lost < with->count && clock_now().mono < until) {
		size_t count = may_send(exchange);
		if (count > 0)
			send_batch(exchange, count);
		if (receive_batch(exchange) == 0 && may_send(exchange) == 0)
			wait_for_answer(exchange);
	}
}

void exchange_print(const struct exchange *exchange, const char *answered, double seconds)
{
	printf("{\"sent\": %zu, \"%s\": %zu, \"other\": %zu, \"lost\": %zu, "
	       "\"seconds\": %.4f, \"per_second\": %.0f}\n",
		exchange->sent, answered, exchange->answered, exchange->other, exchange->lost,
		seconds, (double)exchange->answered / seconds);
}
