/* SPDX-License-Identifier: BSD-2-Clause */
/* Sent packets: RFC 6275 6.3, 6.4, 6.1.1. The expected octets are scapy's. */
#include "support.h"

#define UPDATE                                                                                     \
	"3b0405000000" /* checksum to be written */                                                \
	"0001c0400096010400000000"                                                                 \
	"23140001000020010db8000200000000000000000100"
#define ACK "3b0206000000000000010096230400010000010400000000"

static uint8_t octets[PACKET_OCTETS_MAX];
static struct in6_addr home_address, routing_address;
static struct packet_envelope envelope;

static void from_to(const char *source, const char *destination, uint8_t next_header)
{
	envelope = (struct packet_envelope){
		.source = address(source),
		.destination = address(destination),
		.next_header = next_header,
		.hop_limit = 64,
	};
}

static void assert_built(const char *payload_digits, const char *digits)
{
	struct octets payload = hex(payload_digits);
	size_t length = packet_build(&envelope, payload, octets, sizeof(octets));

	assert_octets((struct octets){octets, length}, digits);
	/* not one octet less will do, and none beyond is written */
	for (size_t capacity = 0; capacity <= length; capacity++) {
		struct octets tight = copy(octets, capacity);
		assert_int_equal(
			packet_build(&envelope, payload, (uint8_t *)(uintptr_t)tight.at, capacity),
			capacity == length ? length : 0);
		release(tight);
	}
	release(payload);
}

static void plain_update(void **state)
{
	(void)state;
	from_to(HOME_ADDRESS, HOME_AGENT, MH_NEXT_HEADER);
	assert_built(UPDATE,
		"600000000028874020010db800010000000000000000010020010db8000100000000000000000001"
		"3b0405004f2b0001c0400096010400000000"
		"23140001000020010db8000200000000000000000100");
}

/* Shows RFC 6275 6.1-2, 6.1.1-7. */
static void update_with_home_address_option(void **state)
{
	(void)state;
	/* RFC 6275 6.3: at 8n + 6 */
	from_to(CARE_OF_1, HOME_AGENT, MH_NEXT_HEADER);
	home_address = address(HOME_ADDRESS);
	envelope.home_address = &home_address;
	assert_built(UPDATE,
		"6000000000403c4020010db800020000000000000000010020010db8000100000000000000000001"
		"870201020000c91020010db8000100000000000000000100"
		"3b0405004f2b0001c0400096010400000000"
		"23140001000020010db8000200000000000000000100");
}

/* Shows RFC 6275 6.4.1-1. */
static void acknowledgement_with_routing_header(void **state)
{
	(void)state;
	/* RFC 6275 6.4 */
	from_to(HOME_AGENT, CARE_OF_1, MH_NEXT_HEADER);
	routing_address = address(HOME_ADDRESS);
	envelope.routing_address = &routing_address;
	assert_built(ACK,
		"6000000000302b4020010db800010000000000000000000120010db8000200000000000000000100"
		"870202010000000020010db8000100000000000000000100"
		"3b0206003d49000000010096230400010000010400000000");
}

/* Shows RFC 6275 6.3-5. */
static void both_headers_in_their_order(void **state)
{
	(void)state;
	/* RFC 6275 6.3: the option behind the routing header */
	from_to(CARE_OF_1, HOME_AGENT, MH_NEXT_HEADER);
	home_address = address(HOME_ADDRESS);
	routing_address = address(CORRESPONDENT);
	envelope.home_address = &home_address;
	envelope.routing_address = &routing_address;
	assert_built(ACK,
		"6000000000482b4020010db800020000000000000000010020010db8000100000000000000000001"
		"3c0202010000000020010db8000300000000000000000001"
		"870201020000c91020010db8000100000000000000000100"
		"3b0206003d47000000010096230400010000010400000000");
}

static void echo_request_of_odd_length(void **state)
{
	(void)state;
	from_to(CARE_OF_1, HOME_AGENT, ICMPV6_NEXT_HEADER);
	assert_built("8000000012340007616263",
		"60000000000b3a4020010db800020000000000000000010020010db8000100000000000000000001"
		"80004ca612340007616263");
	/* whatever stood in the checksum's place */
	assert_built("8000ffff12340007616263",
		"60000000000b3a4020010db800020000000000000000010020010db8000100000000000000000001"
		"80004ca612340007616263");
}

static void other_payloads_are_left_alone(void **state)
{
	(void)state;
	from_to(CARE_OF_1, HOME_AGENT, 59);
	assert_built("0102030405060708",
		"6000000000083b4020010db800020000000000000000010020010db8000100000000000000000001"
		"0102030405060708");
	assert_built("", "6000000000003b4020010db8000200000000000000000100"
			 "20010db8000100000000000000000001");
}

static void impossible_payloads_are_refused(void **state)
{
	static uint8_t large[65536], room[65536 + 128];
	static const uint8_t five[5];

	(void)state;
	/* no room for the checksum */
	from_to(CARE_OF_1, HOME_AGENT, MH_NEXT_HEADER);
	assert_int_equal(
		packet_build(&envelope, (struct octets){five, 5}, octets, sizeof(octets)), 0);
	from_to(CARE_OF_1, HOME_AGENT, ICMPV6_NEXT_HEADER);
	assert_int_equal(
		packet_build(&envelope, (struct octets){five, 3}, octets, sizeof(octets)), 0);
	/* more than Payload Length can say, with the extension headers */
	from_to(CARE_OF_1, HOME_AGENT, 59);
	assert_int_equal(
		packet_build(&envelope, (struct octets){large, 65535}, room, sizeof(room)), 65575);
	assert_int_equal(
		packet_build(&envelope, (struct octets){large, 65536}, room, sizeof(room)), 0);
	home_address = address(HOME_ADDRESS);
	envelope.home_address = &home_address;
	assert_int_equal(
		packet_build(&envelope, (struct octets){large, 65535}, room, sizeof(room)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_update),
		cmocka_unit_test(update_with_home_address_option),
		cmocka_unit_test(acknowledgement_with_routing_header),
		cmocka_unit_test(both_headers_in_their_order),
		cmocka_unit_test(echo_request_of_odd_length),
		cmocka_unit_test(other_payloads_are_left_alone),
		cmocka_unit_test(impossible_payloads_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
