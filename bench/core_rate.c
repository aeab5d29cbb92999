/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many Binding Updates a second the core alone takes: decode, verify, bind, seal and encode the
 * acknowledgement. No socket and no data plane; the outbox is looked at and emptied, as the daemon
 * does. Also what the core's memory is, for each binding. The result is one JSON object.
 */
#include "fleet.h"

#include "../src/io/base/clock.h"
#include "../src/io/base/crypto.h"

#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINK 2 /* any interface index */

struct options {
	uint32_t nodes;
	uint32_t rounds; /* refreshes of each node */
	struct fleet fleet;
};

struct bench {
	const struct options *options;
	struct core_port port;
	struct core *core;
	struct moment now;
	struct outbox outbox;
	uint64_t accepted;
};

static void fail(const char *what)
{
	fprintf(stderr, "core_rate: %s\n", what);
	exit(EXIT_FAILURE);
}

/* CPU time, so that a busy machine does not look like a slow core. */
static double cpu_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t heap_octets(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void core_set_up(struct bench *bench)
{
	const struct core_config config = {
		.dialect = &dialect_rfc5648,
		.is_home_agent = true,
		.home_agent =
			{
				.address = bench->options->fleet.home_agent,
				.home_prefix = fleet_home_prefix(),
				.home_prefix_length = 64,
				.lifetime_max = FLEET_LIFETIME,
				.mcoa = true,
				.bulk = true,
			},
	};

	if (core_new(&config, &bench->port, &bench->core) < 0)
		fail("no core");
	for (uint32_t node = 0; node < bench->options->nodes; node++) {
		struct host_event event = {.type = HOST_NODE_SET};
		event.node.home_address = fleet_home_address(node);
		event.node.bindings_max = BINDINGS_MAX;
		fleet_auth(&bench->options->fleet, node, &event.node.auth);
		if (core_host(bench->core, bench->now, &event, &bench->outbox) < 0)
			fail("a mobile node was not taken");
		bench->outbox.count = 0;
	}
}

/* The cost of looking is part of the figure: the daemon looks too. */
static void empty_outbox(struct bench *bench)
{
	for (size_t i = 0; i < bench->outbox.count; i++)
		bench->accepted += bench->outbox.effects[i].type == EFFECT_SEND;
	bench->outbox.count = 0;
}

static void arrives(struct bench *bench, struct octets packet)
{
	const struct arrival arrival = {.at = bench->now, .ifindex = LINK, .packet = packet};
	core_packet(bench->core, &arrival, &bench->outbox);
}

static double feed(struct bench *bench, const struct fleet_packets *packets)
{
	double begin = cpu_seconds();

	for (size_t i = 0; i < packets->count; i++) {
		bench->now.mono += NANOS_PER_SECOND / 300000;
		arrives(bench, fleet_packet(packets, i));
		empty_outbox(bench);
	}
	return (double)packets->count / (cpu_seconds() - begin);
}

/* All updates were accepted, and the last answer says so in a form that a mobile node takes. */
static void verify(struct bench *bench, const struct octets update, uint64_t expected)
{
	struct fleet_answer answer;
	bool answered = false;

	if (core_counters(bench->core)->updates_accepted != expected || bench->accepted != expected)
		fail("not all updates were accepted");
	arrives(bench, update);
	for (size_t i = 0; i < bench->outbox.count; i++) {
		const struct effect *effect = &bench->outbox.effects[i];
		if (effect->type == EFFECT_SEND)
			answered |= fleet_accepted(&bench->options->fleet, effect->send.octets,
				effect->send.length, &answer);
	}
	if (!answered)
		fail("the answer to an update is not what a mobile node waits for");
	bench->outbox.count = 0;
}

static double measure(struct bench *bench, uint32_t rounds, const struct fleet_update *first)
{
	struct fleet_packets packets;

	if (fleet_packets_new(&bench->options->fleet, &bench->port, bench->options->nodes, rounds,
		    first, &packets) < 0)
		fail("the updates could not be made");
	double rate = feed(bench, &packets);
	fleet_packets_free(&packets);
	return rate;
}

static void verify_next(struct bench *bench, const struct fleet_update *next, uint64_t expected)
{
	uint8_t octets[PACKET_OCTETS_MAX];
	size_t length = fleet_update(&bench->options->fleet, &bench->port, 0, next, octets);

	verify(bench, (struct octets){octets, length}, expected);
}

static void run(const struct options *options)
{
	static struct bench bench;
	const struct fleet_update first = {.sequence = 1, .overwrite = true};
	const uint64_t all = (uint64_t)options->nodes * (options->rounds + 1);
	const double bindings = (double)options->nodes * options->fleet.bindings;

	bench.options = options;
	bench.now = clock_now();
	if (crypto_port_init(&bench.port) < 0)
		fail("no HMAC");
	if (outbox_reserve(&bench.outbox, CALL_EFFECTS_MAX) < 0)
		fail("no memory");
	size_t empty = heap_octets();
	core_set_up(&bench);
	size_t configured = heap_octets();
	struct fleet_update update = first;
	update.ntp = bench.now.ntp;
	double first_rate = measure(&bench, 1, &update);
	size_t registered = heap_octets();
	update = (struct fleet_update){.sequence = 2, .ntp = bench.now.ntp + (1u << 30)};
	double refresh_rate = options->rounds ? measure(&bench, options->rounds, &update) : 0;
	update.sequence = (uint16_t)(update.sequence + options->rounds);
	update.ntp += UINT64_C(1) << 32;
	verify_next(&bench, &update, all);
	printf("{\"nodes\": %u, \"bindings\": %.0f, \"first_per_second\": %.0f, "
	       "\"refresh_per_second\": %.0f, \"node_octets_per_binding\": %.1f, "
	       "\"octets_per_binding\": %.1f}\n",
		options->nodes, bindings, first_rate, refresh_rate,
		(double)(configured - empty) / bindings, (double)(registered - empty) / bindings);
	core_free(bench.core);
	outbox_fini(&bench.outbox);
	crypto_port_fini(&bench.port);
}

static void usage(void)
{
	fail("usage: core_rate [--nodes N] [--rounds N] [--bindings N] [--replay]");
}

static uint32_t number(const char *text, unsigned long most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value > most)
		usage();
	return (uint32_t)value;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"nodes", required_argument, NULL, 'n'},
		{"rounds", required_argument, NULL, 'r'},
		{"bindings", required_argument, NULL, 'b'},
		{"replay", no_argument, NULL, 'p'},
		{0},
	};
	struct options options = {
		.nodes = 10000,
		.rounds = 20,
		.fleet = {.home_agent = fleet_home_agent(), .bindings = 3},
	};

	for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (name) {
		case 'n':
			options.nodes = number(optarg, 1000000);
			break;
		case 'r':
			options.rounds = number(optarg, 1000);
			break;
		case 'b':
			options.fleet.bindings = (uint8_t)number(optarg, BINDINGS_MAX);
			break;
		case 'p':
			options.fleet.replay = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || options.nodes == 0 || options.fleet.bindings == 0)
		usage();
	run(&options);
	return EXIT_SUCCESS;
}
