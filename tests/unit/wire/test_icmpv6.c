/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 messages: RFC 4443 4.1, RFC 4861 4 with the receive checks of 6.1 and 7.1, RFC 6275 6.5 to
 * 6.8 and 7. The octets are written by hand from the figures of the documents; checksums are
 * test_checksum.c's and test_envelope.c's.
 */
#include "support.h"

#include "../../../src/wire/icmpv6.h"

#include <stdio.h>
#include <string.h>

#define ALL_NODES "ff02::1"
#define ROUTER "fe80::1"
#define MAC "021122334455"

static const uint8_t mac[] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};

static const char *source;
static const char *destination;
static uint8_t hop_limit;
static struct icmpv6 message;

static int from_router(void **state)
{
	(void)state;
	source = ROUTER;
	destination = ALL_NODES;
	hop_limit = 255;
	return 0;
}

/* In a packet on the heap that ends with the message, so that AddressSanitizer sees its end. */
static enum wire_error decode_octets(
	struct octets payload, const struct in6_addr *home, const struct in6_addr *routing)
{
	static struct octets tight;
	static uint8_t wrapped[2048];
	struct packet packet;
	const struct packet_envelope envelope = {
		.source = address(source),
		.destination = address(destination),
		.home_address = home,
		.routing_address = routing,
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = hop_limit,
	};

	release(tight);
	tight = copy(wrapped, packet_build(&envelope, payload, wrapped, sizeof(wrapped)));
	assert_int_not_equal(tight.length, 0);
	assert_int_equal(packet_decode(tight.at, tight.length, &packet), WIRE_OK);
	return icmpv6_decode(&packet, &message);
}

static enum wire_error decode(const char *digits)
{
	struct octets payload = hex(digits);
	enum wire_error error = decode_octets(payload, NULL, NULL);

	release(payload);
	return error;
}

static void assert_encodes(const char *digits)
{
	uint8_t octets[1280];
	size_t length = icmpv6_encode(&message, octets, sizeof(octets));

	assert_octets((struct octets){octets, length}, digits);
	/* exactly as much room as it needs */
	assert_int_equal(icmpv6_encode(&message, octets, length), length);
	assert_int_equal(icmpv6_encode(&message, octets, length - 1), 0);
}

/* What is decoded from the octets encodes to the same. */
static void assert_both_ways(const char *digits)
{
	assert_int_equal(decode(digits), WIRE_OK);
	assert_encodes(digits);
}

/* ---- echo ---- */

/* RFC 4443 4.1, 4.2 */
static void echo(void **state)
{
	(void)state;
	source = CARE_OF_1;
	destination = HOME_AGENT;
	hop_limit = 64;
	assert_both_ways("80000000123400070102030405");
	assert_int_equal(message.type, ICMPV6_ECHO_REQUEST);
	assert_int_equal(message.identifier, 0x1234);
	assert_int_equal(message.sequence, 7);
	assert_octets(message.data, "0102030405");
	assert_both_ways("81000000ffff0001");
	assert_int_equal(message.type, ICMPV6_ECHO_REPLY);
	assert_int_equal(message.identifier, 0xffff);
	assert_int_equal(message.sequence, 1);
	assert_int_equal(message.data.length, 0);
	assert_int_equal(decode("81000000ffff00"), WIRE_TRUNCATED);
}

/* ---- errors ---- */

/* RFC 4443 3.1: four octets that mean nothing, and then the packet */
static void destination_unreachable(void **state)
{
	(void)state;
	source = HOME_AGENT;
	destination = CARE_OF_1;
	hop_limit = 64;
	assert_both_ways("010300000000000060000000");
	assert_int_equal(message.type, ICMPV6_DESTINATION_UNREACHABLE);
	assert_int_equal(message.code, 3);
	assert_octets(message.data, "60000000");
	assert_int_equal(decode("0103000012345678"), WIRE_OK);
	assert_int_equal(decode("01030000000000"), WIRE_TRUNCATED);
}

/* RFC 4443 3.4 */
static void parameter_problem(void **state)
{
	(void)state;
	source = HOME_AGENT;
	destination = CARE_OF_1;
	hop_limit = 64;
	assert_both_ways("040100000000002860000000");
	assert_int_equal(message.type, ICMPV6_PARAMETER_PROBLEM);
	assert_int_equal(message.code, 1);
	assert_int_equal(message.pointer, 0x28);
	assert_octets(message.data, "60000000");
	assert_int_equal(decode("04010000000000"), WIRE_TRUNCATED);
}

/* ---- Neighbour Discovery ---- */

/* RFC 4861 4.1 */
static void router_solicitation(void **state)
{
	(void)state;
	assert_both_ways("8500000000000000");
	assert_int_equal(message.type, ICMPV6_ROUTER_SOLICITATION);
	assert_false(message.has_source_link_layer);
	assert_both_ways("8500000000000000"
			 "0101" MAC);
	assert_true(message.has_source_link_layer);
	assert_memory_equal(message.source_link_layer, mac, sizeof(mac));
}

#define ADVERTISEMENT "8600000040200708000003e800000064"
#define PREFIX                                                                                     \
	"030440e000278d0000093a8000000000"                                                         \
	"20010db8000100000000000000000001"

/* RFC 4861 4.2, RFC 6275 7 */
static void router_advertisement(void **state)
{
	(void)state;
	assert_both_ways(ADVERTISEMENT "0101" MAC PREFIX "0701000000000bb8"
				       "08010000000a0e10");
	assert_int_equal(message.type, ICMPV6_ROUTER_ADVERTISEMENT);
	assert_int_equal(message.hop_limit, 64);
	assert_false(message.managed);
	assert_false(message.other);
	assert_true(message.home_agent);
	assert_int_equal(message.router_lifetime, 1800);
	assert_int_equal(message.reachable_time, 1000);
	assert_int_equal(message.retransmit_timer, 100);
	assert_true(message.has_source_link_layer);
	assert_memory_equal(message.source_link_layer, mac, sizeof(mac));
	assert_int_equal(message.prefixes_count, 1);
	assert_address(&message.prefixes[0].prefix, HOME_AGENT);
	assert_int_equal(message.prefixes[0].length, 64);
	assert_true(message.prefixes[0].on_link);
	assert_true(message.prefixes[0].autonomous);
	assert_true(message.prefixes[0].router);
	assert_int_equal(message.prefixes[0].valid, 2592000);
	assert_int_equal(message.prefixes[0].preferred, 604800);
	assert_true(message.has_advertisement_interval);
	assert_int_equal(message.advertisement_interval, 3000);
	assert_true(message.has_home_agent_information);
	assert_int_equal(message.preference, 10);
	assert_int_equal(message.home_agent_lifetime, 3600);
}

/* Each flag has its own bit, and the reserved ones are ignored and never sent. */
static void flags_of_an_advertisement(void **state)
{
	(void)state;
	assert_int_equal(decode("8600000000800000"
				"0000000000000000"),
		WIRE_OK);
	assert_true(message.managed && !message.other && !message.home_agent);
	assert_int_equal(decode("8600000000400000"
				"0000000000000000"),
		WIRE_OK);
	assert_true(!message.managed && message.other && !message.home_agent);
	assert_int_equal(decode("86000000001f0000"
				"0000000000000000"),
		WIRE_OK);
	assert_true(!message.managed && !message.other && !message.home_agent);
	assert_encodes("8600000000000000"
		       "0000000000000000");
}

/* RFC 4861 4.6.2, RFC 6275 7.2 */
static void flags_of_a_prefix(void **state)
{
	static const char *const flags[] = {"80", "40", "20", "1f"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char digits[200];
		snprintf(digits, sizeof(digits),
			ADVERTISEMENT
			"030430%s00000001000000020000000020010db8000100000000000000000000",
			flags[i]);
		assert_int_equal(decode(digits), WIRE_OK);
		assert_int_equal(message.prefixes_count, 1);
		assert_int_equal(message.prefixes[0].on_link, i == 0);
		assert_int_equal(message.prefixes[0].autonomous, i == 1);
		assert_int_equal(message.prefixes[0].router, i == 2);
		assert_int_equal(message.prefixes[0].length, 48);
		assert_int_equal(message.prefixes[0].valid, 1);
		assert_int_equal(message.prefixes[0].preferred, 2);
	}
}

#define TARGET "20010db8000100000000000000000100"

/* RFC 4861 4.3 */
static void neighbor_solicitation(void **state)
{
	(void)state;
	destination = "ff02::1:ff00:100";
	assert_both_ways("8700000000000000" TARGET "0101" MAC);
	assert_int_equal(message.type, ICMPV6_NEIGHBOR_SOLICITATION);
	assert_address(&message.target, HOME_ADDRESS);
	assert_true(message.has_source_link_layer);
	assert_memory_equal(message.source_link_layer, mac, sizeof(mac));
}

/* RFC 4861 4.4 */
static void neighbor_advertisement(void **state)
{
	(void)state;
	assert_both_ways("88000000a0000000" TARGET "0201" MAC);
	assert_int_equal(message.type, ICMPV6_NEIGHBOR_ADVERTISEMENT);
	assert_true(message.router && !message.solicited && message.override);
	assert_address(&message.target, HOME_ADDRESS);
	assert_true(message.has_target_link_layer);
	assert_false(message.has_source_link_layer);
	assert_memory_equal(message.target_link_layer, mac, sizeof(mac));
	destination = "fe80::2";
	assert_both_ways("8800000040000000" TARGET);
	assert_true(!message.router && message.solicited && !message.override);
	assert_int_equal(decode("880000001fffffff" TARGET), WIRE_OK);
	assert_true(!message.router && !message.solicited && !message.override);
}

/* RFC 4861 6.1.1, 6.1.2, 7.1.1, 7.1.2: what all four demand */
static void valid_neighbour_discovery_only(void **state)
{
	static const char *const all[] = {"8500000000000000", ADVERTISEMENT,
		"8700000000000000" TARGET, "8800000000000000" TARGET};
	struct in6_addr home = address(HOME_ADDRESS);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct octets payload = hex(all[i]);
		assert_int_equal(decode_octets(payload, NULL, NULL), WIRE_OK);
		hop_limit = 254;
		assert_int_equal(decode_octets(payload, NULL, NULL), WIRE_BAD_HOP_LIMIT);
		hop_limit = 255;
		payload.length--;
		assert_int_equal(decode_octets(payload, NULL, NULL), WIRE_TRUNCATED);
		payload.length++;
		assert_int_equal(decode_octets(payload, &home, NULL), WIRE_BAD_ADDRESSES);
		assert_int_equal(decode_octets(payload, NULL, &home), WIRE_BAD_ADDRESSES);
		((uint8_t *)(uintptr_t)payload.at)[1] = 1;
		assert_int_equal(decode_octets(payload, NULL, NULL), WIRE_BAD_CODE);
		release(payload);
	}
}

/* RFC 4861 4.6: an option of length 0 spoils the packet, wherever it stands */
static void an_option_of_no_length(void **state)
{
	(void)state;
	assert_int_equal(decode(ADVERTISEMENT "0100" MAC), WIRE_BAD_OPTION_LENGTH);
	assert_int_equal(
		decode(ADVERTISEMENT "0101" MAC "6300000000000000"), WIRE_BAD_OPTION_LENGTH);
	assert_int_equal(decode("9300000000000000"
				"0300"),
		WIRE_BAD_OPTION_LENGTH);
	assert_int_equal(decode(ADVERTISEMENT "0102" MAC), WIRE_OPTION_OVERRUN);
	assert_int_equal(decode(ADVERTISEMENT "63"), WIRE_OPTION_OVERRUN);
}

/* RFC 4861 6.1.2: the source of a Router Advertisement is link-local */
static void advertisement_from_afar(void **state)
{
	(void)state;
	source = HOME_AGENT;
	assert_int_equal(decode(ADVERTISEMENT), WIRE_BAD_ADDRESSES);
}

/* RFC 4861 6.1.1, 7.1.1: a node without address has no link-layer address to tell */
static void from_the_unspecified_address(void **state)
{
	(void)state;
	source = "::";
	destination = "ff02::2";
	assert_int_equal(decode("8500000000000000"), WIRE_OK);
	assert_int_equal(decode("8500000000000000"
				"0101" MAC),
		WIRE_BAD_ADDRESSES);
	/* of any length */
	assert_int_equal(decode("8500000000000000"
				"0102" MAC "0000000000000000"),
		WIRE_BAD_ADDRESSES);
	destination = "ff02::1:ff00:100";
	assert_int_equal(decode("8700000000000000" TARGET), WIRE_OK);
	assert_int_equal(decode("8700000000000000" TARGET "0101" MAC), WIRE_BAD_ADDRESSES);
	/* RFC 4861 7.1.1: to a solicited-node address */
	static const char *const elsewhere[] = {ALL_NODES, HOME_ADDRESS, "ff02::2:ff00:100",
		"ff05::1:ff00:100", "ff02::1:fe00:100"};
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++) {
		destination = elsewhere[i];
		assert_int_equal(decode("8700000000000000" TARGET), WIRE_BAD_ADDRESSES);
	}
}

/* RFC 4861 7.1.1, 7.1.2 */
static void multicast_targets(void **state)
{
	(void)state;
	assert_int_equal(decode("8700000000000000"
				"ff020000000000000000000000000001"),
		WIRE_BAD_TARGET);
	assert_int_equal(decode("8800000000000000"
				"ff020000000000000000000000000001"),
		WIRE_BAD_TARGET);
	/* RFC 4861 7.1.2: not solicited by all nodes */
	assert_int_equal(decode("8800000040000000" TARGET), WIRE_BAD_ADDRESSES);
}

/* RFC 4861 4.6, RFC 6275 7.3, 7.4: ignored is what is not known, or not there, or not so long. */
/* Shows RFC 6275 6.7-7, 6.8-8, 7.3-7, 7.4-13, 7.4-1. */
static void options_that_are_ignored(void **state)
{
	(void)state;
	/* MTU; addresses of InfiniBand's length; of a redirect's; a prefix of 8 octets */
	assert_int_equal(decode(ADVERTISEMENT "05010000000005dc"
					      "010300000102030405060708090a0b0c0d0e0f1011121314"
					      "0201" MAC "0301408000000000"),
		WIRE_OK);
	assert_false(message.has_source_link_layer);
	assert_false(message.has_target_link_layer);
	assert_int_equal(message.prefixes_count, 0);
	assert_encodes(ADVERTISEMENT);
	/* in a message that has no use for them */
	assert_int_equal(decode("8800000020000000" TARGET PREFIX "0101" MAC "0701000000000bb8"
				"08010000000a0e10"),
		WIRE_OK);
	assert_encodes("8800000020000000" TARGET);
	/* in a Mobile Prefix Advertisement */
	assert_int_equal(decode("9300000000010000"
				"0701000000000bb8"
				"08010000000a0e10" PREFIX),
		WIRE_OK);
	assert_encodes("9300000000010000" PREFIX);
	/* a second one */
	assert_int_equal(decode(ADVERTISEMENT "0101" MAC "0101060504030201"), WIRE_OK);
	assert_encodes(ADVERTISEMENT "0101" MAC);
	/* prefixes longer than addresses */
	assert_int_equal(decode(ADVERTISEMENT "03048100000000010000000200000000" TARGET
					      "03048000000000010000000200000000" TARGET),
		WIRE_OK);
	assert_encodes(ADVERTISEMENT "03048000000000010000000200000000" TARGET);
}

static void more_prefixes_than_places(void **state)
{
	char digits[64 * 17 + 100] = ADVERTISEMENT;

	(void)state;
	for (int i = 0; i < 16; i++)
		strcat(digits, PREFIX);
	assert_both_ways(digits);
	assert_int_equal(message.prefixes_count, 16);
	strcat(digits, PREFIX "08010000000a0e10");
	assert_int_equal(decode(digits), WIRE_OK);
	assert_int_equal(message.prefixes_count, 16);
	assert_address(&message.prefixes[15].prefix, HOME_AGENT);
	assert_true(message.has_home_agent_information);
}

/* ---- discovery ---- */

/* RFC 6275 6.5, RFC 3963 7.1 */
/* Shows RFC 6275 6.5-1, 6.5-2. */
static void home_agent_request(void **state)
{
	(void)state;
	source = CARE_OF_1;
	hop_limit = 64;
	assert_both_ways("9000000012340000");
	assert_int_equal(message.type, ICMPV6_HOME_AGENT_REQUEST);
	assert_int_equal(message.identifier, 0x1234);
	assert_false(message.mobile_router);
	assert_both_ways("9000000012348000");
	assert_true(message.mobile_router);
	assert_int_equal(decode("900000001234ffffaa"), WIRE_OK);
	assert_encodes("9000000012348000");
	assert_int_equal(decode("900000001234ff"), WIRE_TRUNCATED);
}

/* RFC 6275 6.6: as many addresses as the packet holds */
/* Shows RFC 6275 6.6-1, 6.6-2. */
static void home_agent_reply(void **state)
{
	(void)state;
	source = HOME_AGENT;
	destination = CARE_OF_1;
	hop_limit = 64;
	assert_both_ways("9100000012340000");
	assert_int_equal(message.home_agents_count, 0);
	assert_both_ways("9100000012340000"
			 "20010db8000100000000000000000001"
			 "20010db8000100000000000000000002");
	assert_int_equal(message.type, ICMPV6_HOME_AGENT_REPLY);
	assert_int_equal(message.identifier, 0x1234);
	assert_int_equal(message.home_agents_count, 2);
	assert_address(&message.home_agents[0], HOME_AGENT);
	assert_address(&message.home_agents[1], "2001:db8:1::2");
	assert_int_equal(decode("9100000012340000"
				"20010db80001000000000000000000"),
		WIRE_TRUNCATED);
}

/* RFC 6275 10.5.1: what 1280 octets hold, and not more */
static void as_many_home_agents_as_fit(void **state)
{
	char digits[32 * 78 + 20] = "9100000012340000";

	(void)state;
	for (int i = 0; i < 77; i++)
		strcat(digits, "20010db8000100000000000000000001");
	assert_both_ways(digits);
	assert_int_equal(message.home_agents_count, 77);
	strcat(digits, "20010db8000100000000000000000002");
	assert_int_equal(decode(digits), WIRE_OK);
	assert_int_equal(message.home_agents_count, 77);
	assert_address(&message.home_agents[76], HOME_AGENT);
}

/* RFC 6275 6.7, 6.8: within a Home Address option and a routing header, whose addresses the
 * checksum is over (RFC 6275 9.3.1, 6.4) */
/* Shows RFC 6275 6.7-4, 6.7-5, 6.7-6, 6.8-5, 6.8-6, 6.8-7, 6.8-9. */
static void mobile_prefix_messages(void **state)
{
	struct in6_addr home = address(HOME_ADDRESS);
	struct octets solicitation = hex("920000001234ffff");
	struct octets advertisement = hex("930000001234c000" PREFIX PREFIX);

	(void)state;
	source = CARE_OF_1;
	destination = HOME_AGENT;
	hop_limit = 64;
	assert_int_equal(decode_octets(solicitation, &home, NULL), WIRE_OK);
	assert_int_equal(message.type, ICMPV6_PREFIX_SOLICITATION);
	assert_int_equal(message.identifier, 0x1234);
	assert_encodes("9200000012340000");
	assert_int_equal(decode_octets(advertisement, NULL, &home), WIRE_OK);
	assert_int_equal(message.type, ICMPV6_PREFIX_ADVERTISEMENT);
	assert_int_equal(message.identifier, 0x1234);
	assert_true(message.managed && message.other);
	assert_int_equal(message.prefixes_count, 2);
	assert_encodes("930000001234c000" PREFIX PREFIX);
	release(solicitation);
	release(advertisement);
	assert_int_equal(decode("9300000012348000"), WIRE_OK);
	assert_true(message.managed && !message.other);
	assert_int_equal(decode("9300000012347fff"), WIRE_OK);
	assert_true(!message.managed && message.other);
}

/* ---- what is no message of these ---- */

static void others(void **state)
{
	(void)state;
	hop_limit = 64;
	for (unsigned int type = 0; type < 256; type++) {
		char digits[17];
		bool known = type == 1 || type == 4 || type == 128 || type == 129 ||
			     (type >= 133 && type <= 136) || (type >= 144 && type <= 147);
		snprintf(digits, sizeof(digits), "%02x00000000000000", type);
		assert_int_equal(decode(digits) != WIRE_UNKNOWN_MESSAGE, known);
		assert_int_equal(icmpv6_name((uint8_t)type) != NULL, known);
		assert_int_equal(
			icmpv6_is_neighbour_discovery((uint8_t)type), type >= 133 && type <= 136);
	}
}

static void checksum_and_header(void **state)
{
	static uint8_t octets[64];
	const struct packet_envelope envelope = {
		.source = address(CARE_OF_1),
		.destination = address(HOME_AGENT),
		.next_header = ICMPV6_NEXT_HEADER,
		.hop_limit = 64,
	};
	static const uint8_t request[] = {128, 0, 0, 0, 0x12, 0x34, 0, 1, 'a', 'b', 'c'};
	struct packet packet;

	(void)state;
	size_t length = packet_build(
		&envelope, (struct octets){request, sizeof(request)}, octets, sizeof(octets));
	assert_int_equal(packet_decode(octets, length, &packet), WIRE_OK);
	assert_int_equal(icmpv6_type(&packet), 128);
	memset(&message, 0xee, sizeof(message));
	struct icmpv6 before = message;
	octets[length - 1] ^= 1;
	assert_int_equal(icmpv6_decode(&packet, &message), WIRE_BAD_CHECKSUM);
	octets[length - 1] ^= 1;
	packet.payload.length = 3;
	assert_int_equal(icmpv6_decode(&packet, &message), WIRE_TRUNCATED);
	packet.payload.length = 0;
	assert_int_equal(icmpv6_decode(&packet, &message), WIRE_TRUNCATED);
	assert_int_equal(icmpv6_type(&packet), 0);
	packet.payload.length = sizeof(request);
	packet.next_header = MH_NEXT_HEADER;
	assert_int_equal(icmpv6_decode(&packet, &message), WIRE_NOT_ICMPV6);
	assert_int_equal(icmpv6_type(&packet), 0);
	/* untouched on error */
	assert_memory_equal(&message, &before, sizeof(message));
}

/* What a message cannot have is not encoded. */
static void impossible_messages(void **state)
{
	static uint8_t octets[2048];

	(void)state;
	message = (struct icmpv6){.type = 2};
	assert_int_equal(icmpv6_encode(&message, octets, sizeof(octets)), 0);
	message = (struct icmpv6){.type = ICMPV6_NEIGHBOR_SOLICITATION};
	assert_int_equal(icmpv6_encode(&message, octets, sizeof(octets)), 24);
	message.has_target_link_layer = true;
	assert_int_equal(icmpv6_encode(&message, octets, sizeof(octets)), 0);
	message = (struct icmpv6){.type = ICMPV6_PREFIX_ADVERTISEMENT, .prefixes_count = 1};
	assert_int_equal(icmpv6_encode(&message, octets, sizeof(octets)), 40);
	message.prefixes_count = ICMPV6_PREFIXES_MAX + 1;
	assert_int_equal(icmpv6_encode(&message, octets, sizeof(octets)), 0);
	message = (struct icmpv6){.type = ICMPV6_NEIGHBOR_ADVERTISEMENT, .prefixes_count = 1};
	assert_int_equal(icmpv6_encode(&message, octets, sizeof(octets)), 0);
	message = (struct icmpv6){
		.type = ICMPV6_HOME_AGENT_REPLY, .home_agents_count = ICMPV6_HOME_AGENTS_MAX + 1};
	assert_int_equal(icmpv6_encode(&message, octets, sizeof(octets)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(echo, from_router),
		cmocka_unit_test_setup(destination_unreachable, from_router),
		cmocka_unit_test_setup(parameter_problem, from_router),
		cmocka_unit_test_setup(router_solicitation, from_router),
		cmocka_unit_test_setup(router_advertisement, from_router),
		cmocka_unit_test_setup(flags_of_an_advertisement, from_router),
		cmocka_unit_test_setup(flags_of_a_prefix, from_router),
		cmocka_unit_test_setup(neighbor_solicitation, from_router),
		cmocka_unit_test_setup(neighbor_advertisement, from_router),
		cmocka_unit_test_setup(valid_neighbour_discovery_only, from_router),
		cmocka_unit_test_setup(an_option_of_no_length, from_router),
		cmocka_unit_test_setup(advertisement_from_afar, from_router),
		cmocka_unit_test_setup(from_the_unspecified_address, from_router),
		cmocka_unit_test_setup(multicast_targets, from_router),
		cmocka_unit_test_setup(options_that_are_ignored, from_router),
		cmocka_unit_test_setup(more_prefixes_than_places, from_router),
		cmocka_unit_test_setup(home_agent_request, from_router),
		cmocka_unit_test_setup(home_agent_reply, from_router),
		cmocka_unit_test_setup(as_many_home_agents_as_fit, from_router),
		cmocka_unit_test_setup(mobile_prefix_messages, from_router),
		cmocka_unit_test_setup(others, from_router),
		cmocka_unit_test_setup(checksum_and_header, from_router),
		cmocka_unit_test_setup(impossible_messages, from_router),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
