/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire layer for tests in other languages. Reads lines on standard input, each `message HEX` (a
 * Mobility Header; its checksum is not looked at), `experiment HEX` (the same, with the Load
 * Balancing option) or `packet HEX` (an IPv6 packet), and answers each with one JSON object: what
 * was decoded, and the same encoded again. Of ICMPv6 messages only what was decoded.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/wire/icmpv6.h"
#include "../../src/wire/load_balancing.h"

#define EXPERIMENTAL_OPTION 18 /* RFC 5096 6 */

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

/* ---- message_visit(), icmpv6_visit() ---- */

/* How many values of the list that is open have been printed; none is open: negative. A list ends
 * before the next key. */
static int elements = -1;

static void end_list(void)
{
	if (elements >= 0)
		putchar(']');
	elements = -1;
}

static void print_list(void *ctx, const char *field)
{
	(void)ctx;
	end_list();
	key(field);
	putchar('[');
	elements = 0;
}

/* The key, or in a list the comma. */
static void value_of(const char *field)
{
	if (elements < 0)
		key(field);
	else if (elements++ > 0)
		fputs(", ", stdout);
}

/* Options that are open, and whether there was one before at each depth. */
static int depth;
static bool any_option[3];

static void open_message(void *ctx, uint8_t type, const char *name)
{
	(void)ctx;
	key("type");
	printf("%u", type);
	key("name");
	printf("\"%s\"", name);
	key("fields");
	putchar('{');
	first = true;
}

/* The fields of what holds the options end where its first option begins. */
static void open_option(void *ctx, uint8_t type, const char *name)
{
	(void)ctx;
	end_list();
	printf("%s{\"type\": %u, \"name\": \"%s\", \"fields\": {",
		any_option[depth] ? ", " : "}, \"options\": [", type, name);
	any_option[depth++] = true;
	any_option[depth] = false;
	first = true;
}

static void close_fields(void)
{
	end_list();
	fputs(any_option[depth] ? "]" : "}", stdout);
	any_option[depth] = false;
}

static void close_option(void *ctx)
{
	(void)ctx;
	/* the end of the message's own fields: options may follow */
	if (depth == 0)
		return;
	close_fields();
	depth--;
	putchar('}');
}

static void print_number(void *ctx, const char *field, uint64_t value)
{
	(void)ctx;
	value_of(field);
	printf("%" PRIu64, value);
}

static void print_field_address(void *ctx, const char *field, const struct in6_addr *value)
{
	(void)ctx;
	value_of(field);
	print_address(AF_INET6, value);
}

static void print_care_of(void *ctx, const char *field, const struct care_of *value)
{
	(void)ctx;
	value_of(field);
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

static void print_flag(void *ctx, const char *field, bool value)
{
	print_number(ctx, field, value);
}

static void print_range(const char *name, int family, const struct address_range *range)
{
	size_t skipped = family == AF_INET ? 12 : 0;

	key(name);
	putchar('[');
	print_address(family, &range->first.s6_addr[skipped]);
	fputs(", ", stdout);
	print_address(family, &range->last.s6_addr[skipped]);
	putchar(']');
}

static void print_selector(void *ctx, const char *field, const struct traffic_selector *value)
{
	static const char *const names[FLOW_FIELDS] = {"source", "destination", "spi", "flow_label",
		"source_port", "destination_port", "traffic_class", "protocol"};
	int family = value->format == TRAFFIC_SELECTOR_IPV4 ? AF_INET : AF_INET6;

	(void)field;
	print_number(ctx, "format", value->format);
	for (enum flow_field i = 0; i < FLOW_FIELDS; i++) {
		if (!(value->given & FLOW_BIT(i)))
			continue;
		if (i < FLOW_ADDRESSES) {
			print_range(names[i], family, &value->addresses[i]);
			continue;
		}
		key(names[i]);
		printf("[%u, %u]", value->numbers[i - FLOW_ADDRESSES].first,
			value->numbers[i - FLOW_ADDRESSES].last);
	}
}

static const struct visitor visitor = {
	.message = open_message,
	.option = open_option,
	.number = print_number,
	.flag = print_flag,
	.address = print_field_address,
	.care_of = print_care_of,
	.octets = print_octets,
	.selector = print_selector,
	.list = print_list,
	.end = close_option,
};

/* Without options the list of them is empty. */
static void close_message(void)
{
	end_list();
	fputs(any_option[0] ? "]" : "}, \"options\": []", stdout);
	any_option[0] = false;
	first = false;
}

static void print_message(const struct dialect *dialect, const struct message *message)
{
	message_visit(dialect, message, &visitor);
	close_message();
}

static void print_icmpv6(const struct icmpv6 *icmpv6)
{
	open_message(NULL, icmpv6->type, icmpv6_name(icmpv6->type));
	icmpv6_visit(icmpv6, &visitor);
	close_message();
}

/* ---- lines ---- */

static struct message message;

static struct octets print_encoded(const struct dialect *dialect)
{
	static uint8_t encoded[MESSAGE_OCTETS_MAX];
	struct message_layout layout = {0};

	if (message_encode(dialect, &message, encoded, sizeof(encoded), &layout)) {
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

static void answer_message(const struct dialect *dialect, struct octets octets)
{
	enum wire_error error = message_decode(dialect, octets.at, octets.length, &message);

	print_error(error);
	if (error)
		return;
	print_message(dialect, &message);
	print_encoded(dialect);
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
	print_message(&dialect_rfc5648, &message);
	print_rebuilt(&packet, print_encoded(&dialect_rfc5648));
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
	static struct load_balancing_dialect storage;
	const struct dialect *experiment =
		load_balancing_dialect_init(&storage, &dialect_rfc5648, EXPERIMENTAL_OPTION);

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
			answer_message(&dialect_rfc5648, octets);
		else if (strcmp(line, "experiment") == 0)
			answer_message(experiment, octets);
		puts("}");
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}
