/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Home and Care-of Test Inits for a correspondent's daemon, as many as it takes (exchange.h), in
 * turns, each from a network of its own; counted when the Home or Care-of Test with its cookie has
 * come back. The result is one JSON object.
 */
#include "exchange.h"

#include "../src/io/base/clock.h"
#include "../src/wire/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INIT_OCTETS (IPV6_HEADER_OCTETS + 16)
#define COOKIE UINT64_C(0x6d6f6e616d690000)

struct flood {
	struct in6_addr correspondent;
	uint32_t sources;
	uint8_t (*packets)[INIT_OCTETS];
	bool *asked; /* each: not answered since it was sent */
};

static void fail(const char *what)
{
	fprintf(stderr, "test_flood: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* Each in a network of its own: there is a limit for one. */
static struct in6_addr source_of(uint32_t number)
{
	struct in6_addr ret = {0};
	uint32_t network = htonl(number);

	inet_pton(AF_INET6, "2001:db9::1", &ret);
	memcpy(ret.s6_addr + 4, &network, sizeof(network));
	return ret;
}

static bool is_home(uint32_t number)
{
	return number % 2 == 0;
}

static void make_packet(struct flood *flood, uint32_t number)
{
	static struct message message;
	struct message_layout layout;
	uint8_t octets[64];
	const struct packet_envelope envelope = {
		.source = source_of(number),
		.destination = flood->correspondent,
		.next_header = MH_NEXT_HEADER,
		.hop_limit = HOP_LIMIT,
	};

	message_init(&message, is_home(number) ? MH_home_test_init : MH_care_of_test_init);
	if (is_home(number))
		message.home_test_init.cookie = COOKIE + number;
	else
		message.care_of_test_init.cookie = COOKIE + number;
	if (!message_encode(&dialect_rfc5648, &message, octets, sizeof(octets), &layout) ||
		packet_build(&envelope, (struct octets){octets, layout.length},
			flood->packets[number], INIT_OCTETS) != INIT_OCTETS)
		fail("the messages could not be made");
}

static void flood_new(struct flood *flood)
{
	flood->packets = calloc(flood->sources, sizeof(*flood->packets));
	flood->asked = calloc(flood->sources, sizeof(*flood->asked));
	if (!flood->packets || !flood->asked)
		fail("memory");
	for (uint32_t i = 0; i < flood->sources; i++)
		make_packet(flood, i);
}

static struct octets next(void *ctx, size_t number)
{
	struct flood *flood = ctx;
	size_t source = number % flood->sources;

	flood->asked[source] = true;
	return (struct octets){flood->packets[source], INIT_OCTETS};
}

static bool is_answer(void *ctx, struct octets octets)
{
	static struct message message;
	struct flood *flood = ctx;
	struct packet packet;

	if (packet_decode(octets.at, octets.length, &packet) != WIRE_OK ||
		packet.next_header != MH_NEXT_HEADER ||
		packet_message(&dialect_rfc5648, &packet, &message) != WIRE_OK ||
		(message.type != MH_home_test && message.type != MH_care_of_test))
		return false;
	bool home = message.type == MH_home_test;
	uint64_t number = (home ? message.home_test.cookie : message.care_of_test.cookie) - COOKIE;
	if (number >= flood->sources || home != is_home((uint32_t)number) || !flood->asked[number])
		return false;
	const struct in6_addr source = source_of((uint32_t)number);
	flood->asked[number] = false;
	return IN6_ARE_ADDR_EQUAL(&packet.destination, &source);
}

static void usage(void)
{
	fputs("usage: test_flood --interface NAME --router LINK-LAYER-ADDRESS --correspondent "
	      "ADDRESS\n"
	      "       [--count N] [--sources N] [--window N] [--seconds N]\n",
		stderr);
	exit(EXIT_FAILURE);
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value == 0 || value > 100000000)
		usage();
	return (uint32_t)value;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"interface", required_argument, NULL, 'i'},
		{"router", required_argument, NULL, 't'},
		{"correspondent", required_argument, NULL, 'c'},
		{"count", required_argument, NULL, 'n'},
		{"sources", required_argument, NULL, 's'},
		{"window", required_argument, NULL, 'w'},
		{"seconds", required_argument, NULL, 'd'},
		{0},
	};
	struct flood flood = {.sources = 100000};
	struct exchange_with with = {
		.ctx = &flood,
		.count = 1000000,
		.window = 256,
		.packet = next,
		.is_answer = is_answer,
	};
	const char *interface = NULL;
	const char *router = NULL;
	bool has_correspondent = false;
	uint32_t seconds = 20;

	for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		if (name == 'i')
			interface = optarg;
		else if (name == 't')
			router = optarg;
		else if (name == 'c')
			has_correspondent = inet_pton(AF_INET6, optarg, &flood.correspondent) == 1;
		else if (name == 'n')
			with.count = number(optarg);
		else if (name == 's')
			flood.sources = number(optarg);
		else if (name == 'w')
			with.window = number(optarg);
		else if (name == 'd')
			seconds = number(optarg);
		else
			usage();
	}
	if (optind != argc || !interface || !router || !has_correspondent)
		usage();
	struct exchange exchange;
	flood_new(&flood);
	exchange_open(&exchange, interface, router);
	nanos begin = clock_now().mono;
	exchange_run(&exchange, &with, seconds);
	exchange_print(&exchange, "answered",
		(double)(clock_now().mono - begin) / (double)NANOS_PER_SECOND);
	exchange_close(&exchange);
	free(flood.packets);
	free(flood.asked);
	return EXIT_SUCCESS;
}
