/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/io by hand: does what the lines on standard input say, and prints what comes of it, one JSON
 * object a line. The tests in this directory speak to it inside their network namespaces.
 *
 *     io_driver host TARGET INTERFACE...      prints each snapshot; takes commands
 *     io_driver device NAME                   prints each packet; takes "write HEX", "remove"
 *     io_driver sender                        takes "add IFINDEX HEX", "frame IFINDEX HEX MAC",
 *                                             "full", "clear", "flush", "gone IFINDEX",
 *                                             "rate IFINDEX HEX COUNT"
 */
#include "../../src/io/base/clock.h"
#include "../../src/io/host/device.h"
#include "../../src/io/host/host.h"
#include "../../src/io/send/sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16
/* As the daemon does after host_read() has failed. */
#define RETRY_MS 20
#define PACKET_OCTETS (128 * 1024)

/* ---- lines in, lines out ---- */

struct line {
	int count;
	char *words[ARGUMENTS_MAX];
};

static bool line_read(struct line *ret)
{
	static char text[2 * PACKET_OCTETS];
	char *rest = NULL;

	if (!fgets(text, sizeof(text), stdin))
		return false;
	ret->count = 0;
	for (char *word = strtok_r(text, " \n", &rest); word && ret->count < ARGUMENTS_MAX;
		word = strtok_r(NULL, " \n", &rest))
		ret->words[ret->count++] = word;
	return true;
}

static const char *word(const struct line *line, int which)
{
	return which < line->count ? line->words[which] : "";
}

static uint32_t number(const struct line *line, int which)
{
	return (uint32_t)strtoul(word(line, which), NULL, 10);
}

static struct in6_addr address(const char *text)
{
	struct in6_addr result = {0};

	if (inet_pton(AF_INET6, text, &result) != 1)
		fprintf(stderr, "not an address: %s\n", text);
	return result;
}

static size_t octets(const char *hex, uint8_t *ret)
{
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++)
		(void)sscanf(hex + 2 * i, "%2hhx", &ret[i]);
	return length;
}

static void print_result(long result)
{
	printf("{\"result\": %ld}\n", result);
}

/* Whether there is a line to read; if not, `fd` is to be read, after `patience` ms in any case. */
static bool wait_input(int fd, int patience)
{
	struct pollfd both[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};

	while (poll(both, 2, patience) < 0)
		;
	return both[1].revents != 0;
}

/* ---- host ---- */

static void print_address(const struct in6_addr *it)
{
	char text[INET6_ADDRSTRLEN];

	printf("\"%s\"", inet_ntop(AF_INET6, it, text, sizeof(text)));
}

static void print_next_hop(const struct host_next_hop *it)
{
	if (it->exists)
		print_address(&it->router);
	else
		printf("null");
}

static void print_picture(void *ctx, const struct host_interface *it)
{
	(void)ctx;
	printf("{\"name\": \"%s\", \"ifindex\": %u, \"up\": %s, \"mtu\": %u, \"router\": ",
		it->name, it->ifindex, it->up ? "true" : "false", it->mtu);
	print_next_hop(&it->next_hops[0]);
	printf(", \"second_router\": ");
	print_next_hop(&it->next_hops[1]);
	printf(", \"default_router\": ");
	print_address(&it->default_router);
	printf(", \"link_local\": ");
	print_address(&it->link_local);
	printf(", \"link_layer\": \"");
	for (unsigned int i = 0; it->has_link_layer && i < sizeof(it->link_layer); i++)
		printf("%s%02x", i ? ":" : "", it->link_layer[i]);
	printf("\"");
	printf(", \"now\": %.3f, \"addresses\": [", (double)clock_now().mono / 1e9);
	for (unsigned int i = 0; i < it->addresses_count; i++) {
		const struct host_interface_address *one = &it->addresses[i];

		printf("%s{\"address\": ", i ? ", " : "");
		print_address(&one->address);
		printf(", \"prefix_length\": %u, \"tentative\": %s, \"deprecated\": %s, "
		       "\"formed\": %.3f}",
			one->prefix_length, one->tentative ? "true" : "false",
			one->deprecated ? "true" : "false", (double)one->formed / 1e9);
	}
	printf("]}\n");
}

/* "sweep DEVICE TABLE...", "sweep-stale", "sweep-set" */
static struct host_own own(const struct line *line)
{
	struct host_own own = {.device = number(line, 1)};

	for (int which = 2; number(line, which) != 0; which++)
		own.tables[own.tables_count++] = number(line, which);
	own.first_to_main = 20000;
	own.last_to_main = 20099;
	return own;
}

/* "route-set PREFIX LENGTH IFINDEX METRIC TABLE VIA SOURCE" */
static struct host_route route(const struct line *line)
{
	return (struct host_route){
		.prefix = address(word(line, 1)),
		.prefix_length = (uint8_t)number(line, 2),
		.ifindex = number(line, 3),
		.metric = number(line, 4),
		.table = number(line, 5),
		.via = address(word(line, 6)),
		.source = address(word(line, 7)),
	};
}

/* "rule-set SOURCE TABLE PRIORITY" */
static struct host_rule rule(const struct line *line)
{
	return (struct host_rule){
		.source = address(word(line, 1)),
		.source_length = 128,
		.table = number(line, 2),
		.priority = number(line, 3),
	};
}

/* "local-rule-set TABLE PRIORITY DESTINATION LENGTH PROTOCOL FIRST LAST FIRST LAST SPECIFIC" */
static struct host_rule local_rule(const struct line *line)
{
	return (struct host_rule){
		.local = true,
		.table = number(line, 1),
		.priority = number(line, 2),
		.destination = address(word(line, 3)),
		.destination_length = (uint8_t)number(line, 4),
		.protocol = (uint8_t)number(line, 5),
		.own_ports = {(uint16_t)number(line, 6), (uint16_t)number(line, 7)},
		.peer_ports = {(uint16_t)number(line, 8), (uint16_t)number(line, 9)},
		.specific = number(line, 10) != 0,
	};
}

/* "groups-join COUNT IFINDEX", "groups-leave COUNT IFINDEX": ff02::1:0:0, ff02::1:0:1 and so on */
static int many_groups(struct host *host, const struct line *line)
{
	bool join = strcmp(word(line, 0), "groups-join") == 0;
	int sum = 0;

	for (uint32_t i = 0; i < number(line, 1); i++) {
		struct in6_addr group = address("ff02::1:0:0");
		uint32_t low = htonl(i);
		int result;

		memcpy(&group.s6_addr[12], &low, sizeof(low));
		result = join ? host_group_join(host, number(line, 2), &group)
			      : host_group_leave(host, number(line, 2), &group);
		if (result < 0)
			return result;
		sum += result;
	}
	return sum;
}

static int host_run(struct host *host, const struct line *line)
{
	const char *verb = word(line, 0);
	struct in6_addr first = {0};
	struct host_route given;

	if (strchr(word(line, 1), ':'))
		first = address(word(line, 1));
	if (strcmp(verb, "watch") == 0)
		return host_watch(host, word(line, 1));
	if (strcmp(verb, "target") == 0)
		return host_target_set(host, 0, &first);
	if (strcmp(verb, "second-target") == 0)
		return host_target_set(host, 1, &first);
	/* A loss of notifications: more of them than the socket has room for. */
	if (strcmp(verb, "small") == 0) {
		int least = 0;

		return setsockopt(host_fd(host), SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	}
	if (strcmp(verb, "address-set") == 0)
		return host_address_set(host, number(line, 3), &first, (uint8_t)number(line, 2));
	if (strcmp(verb, "address-remove") == 0)
		return host_address_remove(host, number(line, 3), &first, (uint8_t)number(line, 2));
	if (strcmp(verb, "mtu-set") == 0)
		return host_mtu_set(host, number(line, 1), number(line, 2));
	if (strstr(verb, "rule-")) {
		const struct host_rule given_rule =
			strncmp(verb, "local-", 6) == 0 ? local_rule(line) : rule(line);

		return strstr(verb, "remove") ? host_rule_remove(host, &given_rule)
					      : host_rule_set(host, &given_rule);
	}
	if (strcmp(verb, "group-join") == 0)
		return host_group_join(host, number(line, 2), &first);
	if (strcmp(verb, "group-leave") == 0)
		return host_group_leave(host, number(line, 2), &first);
	if (strcmp(verb, "groups-join") == 0 || strcmp(verb, "groups-leave") == 0)
		return many_groups(host, line);
	if (strcmp(verb, "anycast-join") == 0)
		return host_anycast_join(host, number(line, 2), &first);
	if (strncmp(verb, "sweep", 5) == 0) {
		const struct host_own mine = own(line);

		return strcmp(verb, "sweep-stale") == 0 ? host_sweep_stale(host, &mine)
		       : strcmp(verb, "sweep-set") == 0 ? host_sweep_set(host, &mine)
							: host_sweep(host, &mine);
	}
	given = route(line);
	if (strcmp(verb, "route-set") == 0)
		return host_route_set(host, &given);
	if (strcmp(verb, "route-remove") == 0)
		return host_route_remove(host, &given);
	return -EINVAL;
}

static int drive_host(int count, char **words)
{
	struct in6_addr target = address(words[0]);
	struct host *host;
	struct line line;
	int result = host_new(print_picture, NULL, &host);
	int patience = -1;

	if (result == 0)
		result = host_target_set(host, 0, &target);
	for (int i = 1; i < count && result == 0; i++)
		result = host_watch(host, words[i]);
	print_result(result);
	if (result < 0)
		return EXIT_FAILURE;
	for (;;) {
		if (!wait_input(host_fd(host), patience)) {
			result = host_read(host);
			patience = result < 0 ? RETRY_MS : -1;
			if (result < 0)
				printf("{\"read\": %d}\n", result);
		} else if (!line_read(&line)) {
			break;
		} else if (strcmp(word(&line, 0), "pause") == 0) {
			/* Deaf for as long as the next line takes to come. */
			print_result(0);
			(void)line_read(&line);
			print_result(0);
		} else {
			print_result(host_run(host, &line));
		}
	}
	host_free(host);
	return EXIT_SUCCESS;
}

/* ---- device ---- */

static void print_packet(struct device *device)
{
	static uint8_t packet[PACKET_OCTETS];
	uint16_t segment;
	long length = device_read(device, packet, sizeof(packet), &segment);

	if (length < 0) {
		printf("{\"read\": %ld}\n", length);
		return;
	}
	printf("{\"segment\": %u, \"packet\": \"", segment);
	for (long i = 0; i < length; i++)
		printf("%02x", packet[i]);
	printf("\"}\n");
}

static int drive_device(const char *name)
{
	static uint8_t packet[PACKET_OCTETS];
	struct device device;
	struct line line;
	int result = device_open(name, &device);

	if (result < 0) {
		print_result(result);
		return EXIT_FAILURE;
	}
	printf("{\"result\": 0, \"ifindex\": %u, \"found\": %s}\n", device.ifindex,
		device.found ? "true" : "false");
	for (;;) {
		if (!wait_input(device.fd, -1)) {
			print_packet(&device);
		} else if (!line_read(&line)) {
			break;
		} else if (strcmp(word(&line, 0), "remove") == 0) {
			device_remove(&device);
			print_result(0);
			return EXIT_SUCCESS;
		} else {
			size_t length = octets(word(&line, 1), packet);

			print_result(device_write(&device, packet, length));
		}
	}
	device_close(&device);
	return EXIT_SUCCESS;
}

/* ---- sender ---- */

static void rate(struct sender *sender, uint32_t ifindex, const uint8_t *packet, size_t length,
	uint32_t count)
{
	uint64_t start = clock_now().mono, took;

	for (uint32_t i = 0; i < count; i++)
		(void)sender_add(sender, ifindex, packet, length);
	(void)sender_flush(sender);
	took = clock_now().mono - start;
	printf("{\"packets_per_second\": %.0f, \"refused\": %llu}\n", count * 1e9 / (double)took,
		(unsigned long long)sender_refused(sender));
}

static void print_frame_added(struct sender *sender, const struct line *line)
{
	static uint8_t packet[PACKET_OCTETS];
	uint8_t link_layer[6] = {0};
	size_t length = octets(word(line, 2), packet);

	(void)octets(word(line, 3), link_layer);
	print_result(sender_add_frame(sender, number(line, 1), link_layer, packet, length));
}

static int drive_sender(void)
{
	static uint8_t packet[PACKET_OCTETS];
	struct sender *sender;
	struct line line;

	if (sender_new(&sender) < 0)
		return EXIT_FAILURE;
	while (line_read(&line)) {
		uint32_t ifindex = number(&line, 1);
		size_t length = octets(word(&line, 2), packet);

		if (strcmp(word(&line, 0), "add") == 0) {
			print_result(sender_add(sender, ifindex, packet, length));
		} else if (strcmp(word(&line, 0), "frame") == 0) {
			print_frame_added(sender, &line);
		} else if (strcmp(word(&line, 0), "full") == 0) {
			print_result(sender_room(sender) == 0);
		} else if (strcmp(word(&line, 0), "clear") == 0) {
			sender_clear(sender);
			print_result(0);
		} else if (strcmp(word(&line, 0), "gone") == 0) {
			sender_link_gone(sender, ifindex);
			print_result(0);
		} else if (strcmp(word(&line, 0), "rate") == 0) {
			rate(sender, ifindex, packet, length, number(&line, 3));
		} else {
			print_result((long)sender_flush(sender));
		}
	}
	sender_free(sender);
	return EXIT_SUCCESS;
}

int main(int count, char **words)
{
	/* Lines of poll() and of stdio must not get out of step. */
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (count >= 3 && strcmp(words[1], "host") == 0)
		return drive_host(count - 2, words + 2);
	if (count == 3 && strcmp(words[1], "device") == 0)
		return drive_device(words[2]);
	if (count == 2 && strcmp(words[1], "sender") == 0)
		return drive_sender();
	fprintf(stderr, "usage: io_driver host TARGET INTERFACE... | device NAME | sender\n");
	return EXIT_FAILURE;
}
