/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding Updates for a home agent's daemon, as many as it takes (exchange.h): made beforehand, and
 * counted when the acknowledgement that accepts them has come back. The result is one JSON object.
 */
#include "exchange.h"
#include "fleet.h"

#include "../src/io/base/clock.h"
#include "../src/io/base/crypto.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	uint16_t *answered; /* of each node: the last sequence number accepted */
};

static void fail(const char *what)
{
	fprintf(stderr, "update_flood: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static struct octets update(void *ctx, size_t number)
{
	const struct flood *flood = ctx;

	return fleet_packet(&flood->packets, number);
}

/* Every update is counted once: the number must be greater than the last one of its node. */
static bool is_answer(void *ctx, struct octets octets)
{
	struct flood *flood = ctx;
	struct fleet_answer answer;

	if (!fleet_accepted(&flood->options->fleet, octets.at, octets.length, &answer) ||
		answer.node >= flood->options->nodes ||
		(int16_t)(answer.sequence - flood->answered[answer.node]) <= 0)
		return false;
	flood->answered[answer.node] = answer.sequence;
	return true;
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
	struct exchange exchange;

	make_updates(&flood);
	const struct exchange_with with = {
		.ctx = &flood,
		.count = flood.packets.count,
		.window = options->window,
		.packet = update,
		.is_answer = is_answer,
	};
	exchange_open(&exchange, options->interface, options->router);
	nanos begin = clock_now().mono;
	exchange_run(&exchange, &with, options->seconds);
	exchange_print(&exchange, "accepted",
		(double)(clock_now().mono - begin) / (double)NANOS_PER_SECOND);
	exchange_close(&exchange);
	free(flood.answered);
	fleet_packets_free(&flood.packets);
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
