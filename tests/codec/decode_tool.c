/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire layer for tests in other languages. Reads lines on standard input, each `message HEX` (a
 * Mobility Header; its checksum is not looked at) or `packet HEX` (an IPv6 packet), and answers
 * each with one JSON object: what was decoded, and the same encoded again. Of ICMPv6 messages only
 * what was decoded.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/wire/icmpv6.h"

#define OCTETS_MAX 65536

/* Commas: `first` says that nothing stands before the next member. */
static bool first;

static void key(const char *name)
{
	printf("%s\"%s\": ", first ? "" : ", ", name);
	first = false;
}

static void print_hex(const uint8_t *octets, size_t length)
{
	putchar('"');
	for (size_t i = 0; i < length; i++)
		printf("%02x", octets[i]);
	putchar('"');
}

static void print_address(int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];

	printf("\"%s\"", inet_ntop(family, address, text, sizeof(text)));
}

/* ---- message_visit() ---- */

static void open_message(void *ctx, uint8_t type, const char *name)
{
	bool *any_option = ctx;

	*any_option = false;
	key("type");
	printf("%u", type);
	key("name");
	printf("\"%s\"", name);
	key("fields");
	putchar('{');
	first = true;
}

static void open_option(void *ctx, uint8_t type, const char *name)
{
	bool *any_option = ctx;

	printf("%s{\"type\": %u, \"name\": \"%s\", \"fields\": {", *any_option ? ", " : "", type,
		name);
	*any_option = true;
	first = true;
}

/* The message's own fields end once, before any option: then the list of options begins. */
static void close_part(void *ctx)
{
	const bool *any_option = ctx;

	fputs(*any_option ? "}}" : "}, \"options\": [", stdout);
}

static void print_number(void *ctx, const char *field, uint64_t value)
{
	(void)ctx;
	key(field);
	printf("%" PRIu64, value);
}

static void print_field_address(void *ctx, const char *field, const struct in6_addr *value)
{
	(void)ctx;
	key(field);
	print_address(AF_INET6, value);
}

static void print_care_of(void *ctx, const char *field, const struct care_of *value)
{
	(void)ctx;
	key(field);
	if (value->length == 0)
		fputs("null", stdout);
	else if (value->length == CARE_OF_MALFORMED)
		fputs("\"malformed\"", stdout);
	else
		print_address(value->length == 4 ? AF_INET : AF_INET6, &value->address);
}

static void print_octets(void *ctx, const char *field, struct octets value)
{
	(void)ctx;
	key(field);
	print_hex(value.at, value.length);
}

static void print_message(const struct message *message)
{
	bool any_option;
	const struct visitor visitor = {
		.ctx = &any_option,
		.message = open_message,
		.option = open_option,
		.number = print_number,
		.address = print_field_address,
		.care_of = print_care_of,
		.octets = print_octets,
		.end = close_part,
	};

	message_visit(&dialect_rfc5648, message, &visitor);
	putchar(']');
	first = false;
}

/* ---- icmpv6_visit() ---- */

static void open_nd_option(void *ctx, uint8_t type, const char *name)
{
	bool *any_option = ctx;

	printf("%s{\"type\": %u, \"name\": \"%s\", \"fields\": {",
		*any_option ? ", " : "}, \"options\": [", type, name);
	*any_option = true;
	first = true;
}

static void close_nd_option(void *ctx)
{
	(void)ctx;
	fputs("}}", stdout);
}

static void print_flag(void *ctx, const char *field, bool value)
{
	print_number(ctx, field, value);
}

/* The addresses of home agents are printed apart. */
static void print_nd_address(void *ctx, const char *field, const struct in6_addr *value)
{
	if (strcmp(field, "home_agents") != 0)
		print_field_address(ctx, field, value);
}

static void print_home_agents(const struct icmpv6 *icmpv6)
{
	key("home_agents");
	putchar('[');
	for (unsigned int i = 0; i < icmpv6->home_agents_count; i++) {
		fputs(i ? ", " : "", stdout);
		print_address(AF_INET6, &icmpv6->home_agents[i]);
	}
	putchar(']');
}

static void print_icmpv6(const struct icmpv6 *icmpv6)
{
	bool any_option = false;
	const struct visitor visitor = {
		.ctx = &any_option,
		.option = open_nd_option,
		.number = print_number,
		.flag = print_flag,
		.address = print_nd_address,
		.octets = print_octets,
		.end = close_nd_option,
	};

	key("type");
	printf("%u", icmpv6->type);
	key("name");
	printf("\"%s\"", icmpv6_name(icmpv6->type));
	key("fields");
	putchar('{');
	first = true;
	if (icmpv6->type == ICMPV6_HOME_AGENT_REPLY)
		print_home_agents(icmpv6);
	icmpv6_visit(icmpv6, &visitor);
	fputs(any_option ? "]" : "}, \"options\": []", stdout);
	first = false;
}

/* ---- lines ---- */

static struct message message;

static struct octets print_encoded(void)
{
	static uint8_t encoded[MESSAGE_OCTETS_MAX];
	struct message_layout layout = {0};

	if (message_encode(&dialect_rfc5648, &message, encoded, sizeof(encoded), &layout)) {
		key("encoded");
		print_hex(encoded, layout.length);
	}
	return (struct octets){encoded, layout.length};
}

static void print_error(enum wire_error error)
{
	key("error");
	printf("\"%s\"", wire_error_text(error));
}

static void answer_message(struct octets octets)
{
	enum wire_error error =
		message_decode(&dialect_rfc5648, octets.at, octets.length, &message);

	print_error(error);
	if (error)
		return;
	print_message(&message);
	print_encoded();
}

static void print_packet(const struct packet *packet)
{
	key("source");
	print_address(AF_INET6, &packet->source);
	key("destination");
	print_address(AF_INET6, &packet->destination);
	if (packet->has_home_address) {
		key("home_address");
		print_address(AF_INET6, &packet->home_address);
	}
	if (packet->has_routing) {
		key("routing_address");
		print_address(AF_INET6, &packet->routing_address);
	}
	key("next_header");
	printf("%u", packet->next_header);
}

static void print_rebuilt(const struct packet *packet, struct octets encoded)
{
	uint8_t rebuilt[4096];
	struct packet_envelope envelope = {
		.source = packet->source,
		.destination = packet->destination,
		.home_address = packet->has_home_address ? &packet->home_address : NULL,
		.routing_address = packet->has_routing ? &packet->routing_address : NULL,
		.next_header = packet->next_header,
		.hop_limit = 64,
	};

	key("rebuilt");
	print_hex(rebuilt, packet_build(&envelope, encoded, rebuilt, sizeof(rebuilt)));
}

static void answer_packet(struct octets octets)
{
	struct packet packet;
	enum wire_error error = packet_decode(octets.at, octets.length, &packet);

	if (error) {
		print_error(error);
		return;
	}
	print_packet(&packet);
	if (packet.next_header == ICMPV6_NEXT_HEADER) {
		static struct icmpv6 icmpv6;
		error = icmpv6_decode(&packet, &icmpv6);
		print_error(error);
		if (error == WIRE_OK)
			print_icmpv6(&icmpv6);
		return;
	}
	error = packet_message(&dialect_rfc5648, &packet, &message);
	print_error(error);
	if (error)
		return;
	print_message(&message);
	print_rebuilt(&packet, print_encoded());
}

static struct octets parse_hex(const char *digits)
{
	static uint8_t octets[OCTETS_MAX];
	size_t length = 0;

	for (; length < OCTETS_MAX && isxdigit(digits[0]) && isxdigit(digits[1]); digits += 2) {
		char pair[] = {digits[0], digits[1], '\0'};
		octets[length++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return (struct octets){octets, length};
}

int main(void)
{
	static char line[2 * OCTETS_MAX + 32];

	while (fgets(line, sizeof(line), stdin)) {
		char *space = strchr(line, ' ');
		if (!space)
			return EXIT_FAILURE;
		*space = '\0';
		struct octets octets = parse_hex(space + 1);
		putchar('{');
		first = true;
		if (strcmp(line, "packet") == 0)
			answer_packet(octets);
		else if (strcmp(line, "message") == 0)
			answer_message(octets);
		puts("}");
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}
