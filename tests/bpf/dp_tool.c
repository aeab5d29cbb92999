/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data plane without a protocol: sets tunnels as its standard input says. For tests of
 * forwarding.
 *
 *     dp_tool PIN-DIRECTORY home-agent|mobile-node|correspondent HOME-AGENT DEVICE
 *             [keep-flows] [corresponds]
 *
 *     attach INTERFACE | attach-correspondent INTERFACE | local ADDRESS
 *     tunnel HOME LOCAL REMOTE BID PRIORITY INTERFACE|- NEXT-HOP|-
 *     home-link HOME LOCAL REMOTE BID PRIORITY INTERFACE NEXT-HOP|LINK-LAYER|-
 *     to-correspondent HOME CARE-OF CORRESPONDENT BID PRIORITY INTERFACE NEXT-HOP|-
 *     to-mobile-node HOME OWN CARE-OF BID PRIORITY
 *     route-remove HOME PEER BID | route-mtu HOME PEER REMOTE OCTETS
 *     counters HOME BID [PEER] | drops | link INTERFACE | bench HOME
 *     remove
 *
 * Every command is answered with one line.
 */
#include "../../src/io/host/device.h"
#include "ranked.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 10
#define DEFAULT_MTU 1460

struct tool {
	struct dataplane *plane;
	struct device device;
	unsigned long packets, active, tunnel_errors, too_large, slow;
	bool over;
	bool mobile_node;
};

static struct in6_addr address_of(const char *text)
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) != 1) {
		fprintf(stderr, "not an address: %s\n", text);
		exit(2);
	}
	return address;
}

static void event_read(
	void *ctx, const struct abi_event *event, const struct dataplane_active *active)
{
	struct tool *tool = ctx;

	(void)active;
	tool->packets += event->type == ABI_EVENT_PACKET;
	tool->active += event->type == ABI_EVENT_ACTIVE;
	tool->tunnel_errors += event->type == ABI_EVENT_TUNNEL_ERROR;
	tool->too_large += event->type == ABI_EVENT_TOO_LARGE;
}

static int set_tunnel(struct tool *tool, char **words)
{
	const struct in6_addr home = address_of(words[1]);
	struct effect_tunnel effect = {
		.local.address = address_of(words[2]),
		.remote.address = address_of(words[3]),
		.expires = NANOS_NEVER,
		.bid = (uint16_t)atoi(words[4]),
		.local.ifindex = words[6][0] == '-' ? 0 : if_nametoindex(words[6]),
		.usable = true,
	};
	struct in6_addr next_hop = IN6ADDR_ANY_INIT;
	uint8_t *octets = effect.remote.link_layer;

	effect.encapsulation = strcmp(words[0], "home-link") == 0 ? ENCAP_HOME_LINK : ENCAP_IPV6;
	effect.remote.framed =
		sscanf(words[7], "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &octets[0], &octets[1],
			&octets[2], &octets[3], &octets[4], &octets[5]) == 6;
	if (words[7][0] != '-' && !effect.remote.framed)
		next_hop = address_of(words[7]);
	int result = ranked_tunnel_set(tool->plane, tool->mobile_node, home, in6addr_any, &effect,
		(uint8_t)atoi(words[5]), &next_hop);
	/* As the daemon does: else the guard discards what leaves by this link. */
	if (result == 0 && tool->mobile_node)
		result = dataplane_home_link(tool->plane, &home, effect.local.ifindex,
			effect.encapsulation == ENCAP_HOME_LINK);
	return result;
}

/* Without a home agent: `words` as in set_tunnel(), at a correspondent up to the priority. */
static int set_direct_way(struct tool *tool, char **words, bool mobile)
{
	struct effect_tunnel effect = {
		.local.address = address_of(words[2]),
		.remote.address = address_of(words[3]),
		.expires = NANOS_NEVER,
		.bid = (uint16_t)atoi(words[4]),
		.encapsulation = mobile ? ENCAP_TO_CORRESPONDENT : ENCAP_TO_MOBILE_NODE,
		.local.ifindex = mobile ? if_nametoindex(words[6]) : 0,
		.usable = true,
	};
	struct in6_addr next_hop = IN6ADDR_ANY_INIT;

	if (mobile && words[7][0] != '-')
		next_hop = address_of(words[7]);
	return ranked_tunnel_set(tool->plane, mobile, address_of(words[1]),
		address_of(words[mobile ? 3 : 2]), &effect, (uint8_t)atoi(words[5]), &next_hop);
}

static int print_counters(struct tool *tool, char **words, const struct in6_addr *peer)
{
	struct in6_addr home = address_of(words[1]);
	struct dataplane_counters counters;
	int result = dataplane_tunnel_counters(tool->plane, ranked_subject(&home, peer),
		ranked_number((uint16_t)atoi(words[2])), &counters);

	if (result == 0)
		printf("{\"sent\": %" PRIu64 ", \"sent_octets\": %" PRIu64
		       ", \"received\": %" PRIu64 ", \"received_octets\": %" PRIu64
		       ", \"mtu\": %" PRIu32 ", \"events\": %lu, \"active\": %lu, "
		       "\"tunnel_errors\": %lu, \"too_large\": %lu"
		       ", \"slow\": %lu}\n",
			counters.sent_packets, counters.sent_octets, counters.received_packets,
			counters.received_octets, counters.mtu, tool->packets, tool->active,
			tool->tunnel_errors, tool->too_large, tool->slow);
	return result == 0 ? 1 : result;
}

static int print_drops(struct tool *tool)
{
	for (int i = 0; i < ABI_DROPS; i++)
		printf("%s%" PRIu64, i == 0 ? "[" : ", ",
			dataplane_drops(tool->plane, (enum abi_drop)i));
	printf("]\n");
	return 1;
}

static int print_link(struct tool *tool, char **words)
{
	struct abi_link link;
	int result = dataplane_link_counters(tool->plane, if_nametoindex(words[1]), &link);

	if (result == 0)
		printf("{\"sent\": %llu, \"received\": %llu, \"signalling\": %llu, \"dropped\": "
		       "%llu}\n",
			link.sent_packets, link.received_packets, link.signalling_packets,
			link.dropped_packets);
	return result == 0 ? 1 : result;
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Refreshes three bindings of each of many nodes, as Binding Updates would. */
static int bench(struct tool *tool, char **words)
{
	enum { NODES = 10000, ROUNDS = 10, BIDS = 3 };
	struct in6_addr home = address_of(words[1]);
	struct effect_tunnel effect = {
		.local.address = address_of("2001:db8::1"),
		.remote.address = address_of("2001:db8:1::1"),
		.usable = true,
	};
	uint64_t began = 0;

	for (unsigned int round = 0; round <= ROUNDS; round++) {
		if (round == 1)
			began = clock_ns();
		for (unsigned int i = 0; i < NODES; i++) {
			memcpy(&home.s6_addr[12], &i, sizeof(i));
			effect.expires = 1 + round;
			for (uint16_t bid = 1; bid <= BIDS; bid++) {
				effect.bid = bid;
				int result = ranked_tunnel_change(tool->plane, tool->mobile_node,
					home, in6addr_any, &effect, NULL);
				if (result < 0)
					return result;
			}
		}
	}
	printf("{\"ns_per_tunnel_set\": %" PRIu64 "}\n",
		(clock_ns() - began) / (NODES * ROUNDS * BIDS));
	return 1;
}

static int remove_route(struct tool *tool, char **words)
{
	struct in6_addr home = address_of(words[1]), peer = address_of(words[2]);

	return ranked_tunnel_remove(tool->plane, &home, &peer, (uint16_t)atoi(words[3]));
}

/* Of a correspondent. */
static int set_route_mtu(struct tool *tool, char **words)
{
	const struct route_ends ends = {
		.home_address = address_of(words[1]),
		.peer = address_of(words[2]),
		.local = address_of(words[2]),
		.remote = address_of(words[3]),
	};

	return dataplane_route_mtu(tool->plane, &ends, (uint32_t)atoi(words[4]), NANOS_NEVER);
}

/* As command(); -EINVAL if it is none of these. */
static int route_command(struct tool *tool, char **words, int count)
{
	struct in6_addr address;

	if (count == 2 && strcmp(words[0], "attach-correspondent") == 0)
		return dataplane_attach_correspondent(tool->plane, if_nametoindex(words[1]));
	if (count == 2 && strcmp(words[0], "local") == 0) {
		address = address_of(words[1]);
		return dataplane_local_set(tool->plane, &address, true);
	}
	if (count == 8 && strcmp(words[0], "to-correspondent") == 0)
		return set_direct_way(tool, words, true);
	if (count == 6 && strcmp(words[0], "to-mobile-node") == 0)
		return set_direct_way(tool, words, false);
	if (count == 4 && strcmp(words[0], "route-remove") == 0)
		return remove_route(tool, words);
	if (count == 5 && strcmp(words[0], "route-mtu") == 0)
		return set_route_mtu(tool, words);
	if (count == 4 && strcmp(words[0], "counters") == 0) {
		address = address_of(words[3]);
		return print_counters(tool, words, &address);
	}
	return -EINVAL;
}

/* 0, a negative errno, or 1 if the answer is printed. */
static int command(struct tool *tool, char **words, int count)
{
	if (count == 2 && strcmp(words[0], "attach") == 0)
		return dataplane_attach(tool->plane, if_nametoindex(words[1]));
	if (count == 8 && (strcmp(words[0], "tunnel") == 0 || strcmp(words[0], "home-link") == 0))
		return set_tunnel(tool, words);
	if (count == 3 && strcmp(words[0], "counters") == 0)
		return print_counters(tool, words, &in6addr_any);
	if (count == 1 && strcmp(words[0], "drops") == 0)
		return print_drops(tool);
	if (count == 2 && strcmp(words[0], "link") == 0)
		return print_link(tool, words);
	if (count == 2 && strcmp(words[0], "bench") == 0)
		return bench(tool, words);
	if (count == 1 && strcmp(words[0], "remove") == 0) {
		dataplane_remove(tool->plane);
		device_remove(&tool->device);
		tool->over = true;
		return 0;
	}
	return route_command(tool, words, count);
}

static void obey(struct tool *tool, char *line)
{
	char *words[WORDS_MAX];
	int count = 0;

	for (char *word = strtok(line, " \n"); word && count < WORDS_MAX;
		word = strtok(NULL, " \n"))
		words[count++] = word;
	int result = command(tool, words, count);
	if (result <= 0)
		printf("%s\n", result == 0 ? "ok" : strerror(-result));
	fflush(stdout);
}

static void run(struct tool *tool)
{
	static uint8_t octets[70000];
	char line[512];
	uint16_t segment;

	while (!tool->over) {
		struct pollfd fds[] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = tool->device.fd, .events = POLLIN},
			{.fd = dataplane_events_fd(tool->plane), .events = POLLIN},
		};

		poll(fds, 3, -1);
		if (fds[1].revents)
			tool->slow +=
				device_read(&tool->device, octets, sizeof(octets), &segment) > 0;
		if (fds[2].revents)
			dataplane_events(tool->plane, 64, event_read, tool);
		if (fds[0].revents) {
			if (!fgets(line, sizeof(line), stdin))
				return;
			obey(tool, line);
		}
	}
}

static bool is_given(const char *option, int argc, char **argv)
{
	for (int i = 5; i < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return true;
	return false;
}

/* argv[2], and perhaps a mobile node that corresponds; argv[3]: the home agent's address. */
static void set_roles(struct dataplane_state *state, int argc, char **argv)
{
	if (strcmp(argv[2], "mobile-node") == 0) {
		state->roles = ABI_ROLE_MOBILE_NODE | ABI_ROLE_ROUTE_OPTIMIZATION;
		state->home_agents[state->home_agents_count++] = address_of(argv[3]);
	} else if (strcmp(argv[2], "correspondent") == 0) {
		state->roles = ABI_ROLE_CORRESPONDENT;
	} else {
		state->roles = ABI_ROLE_HOME_AGENT;
		state->home_agent = address_of(argv[3]);
	}
	if (is_given("corresponds", argc, argv))
		state->roles |= ABI_ROLE_CORRESPONDENT;
}

int main(int argc, char **argv)
{
	char reason[300] = "";
	struct tool tool = {0};

	if (argc < 5)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	int result = device_open(argv[4], &tool.device);
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", argv[4], strerror(-result));
		return 1;
	}
	struct dataplane_config config = {
		.pin_directory = argv[1],
		.keep_flows = is_given("keep-flows", argc, argv),
		.device = tool.device.ifindex,
		.probe_identifier = 0x4d50,
		.nodes_max = 20000,
		.tunnels_max = 60000,
		.flows_max = 4096,
	};
	set_roles(&config.state, argc, argv);
	tool.mobile_node = (config.state.roles & ABI_ROLE_MOBILE_NODE) != 0;
	result = dataplane_open(&config, &tool.plane, reason, sizeof(reason));
	if (result < 0) {
		fprintf(stderr, "%s\n", reason);
		return 1;
	}
	dataplane_default_mtu(tool.plane, DEFAULT_MTU);
	printf("ready\n");
	fflush(stdout);
	run(&tool);
	return 0;
}
