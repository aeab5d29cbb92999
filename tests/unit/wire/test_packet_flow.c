/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields of packets that traffic selectors compare (RFC 6088 3). */
#include "support.h"

#include "../../../src/wire/packet_flow.h"

/* RFC 8200 3: version 6, traffic class b8, flow label 12345, hop limit 64. */
#define HEADER(payload_length, next_header)                                                        \
	"6b812345" payload_length next_header "40"                                                 \
	"20010db8000300000000000000000001"                                                         \
	"20010db8000100000000000000000100"

static uint32_t number(const struct flow_key *key, enum flow_field field)
{
	return key->numbers[field - FLOW_ADDRESSES];
}

static struct flow_key key_of(const char *digits)
{
	struct octets octets = hex(digits);
	struct flow_key key = {0};

	assert_true(packet_flow_key(octets.at, octets.length, &key));
	release(octets);
	return key;
}

static const uint16_t of_header = FLOW_BIT(FLOW_SOURCE) | FLOW_BIT(FLOW_DESTINATION) |
				  FLOW_BIT(FLOW_LABEL) | FLOW_BIT(FLOW_TRAFFIC_CLASS) |
				  FLOW_BIT(FLOW_PROTOCOL);
static const uint16_t of_ports = FLOW_BIT(FLOW_SOURCE_PORT) | FLOW_BIT(FLOW_DESTINATION_PORT);

static void test_udp(void **state)
{
	struct flow_key key = key_of(HEADER("0008", "11") "13c4400000080000");

	(void)state;
	assert_int_equal(key.format, TRAFFIC_SELECTOR_IPV6);
	assert_int_equal(key.known, of_header | of_ports);
	assert_address(&key.addresses[FLOW_SOURCE], CORRESPONDENT);
	assert_address(&key.addresses[FLOW_DESTINATION], HOME_ADDRESS);
	assert_int_equal(number(&key, FLOW_TRAFFIC_CLASS), 0xb8);
	assert_int_equal(number(&key, FLOW_LABEL), 0x12345);
	assert_int_equal(number(&key, FLOW_PROTOCOL), 17);
	assert_int_equal(number(&key, FLOW_SOURCE_PORT), 5060);
	assert_int_equal(number(&key, FLOW_DESTINATION_PORT), 16384);
}

/* RFC 4303 2, RFC 4302 2 */
static void test_spi(void **state)
{
	struct flow_key esp = key_of(HEADER("0008", "32") "1234567800000001");
	struct flow_key ah = key_of(HEADER("000c", "33") "3b0100001234567800000001");

	(void)state;
	assert_int_equal(esp.known, of_header | FLOW_BIT(FLOW_SPI));
	assert_int_equal(number(&esp, FLOW_SPI), 0x12345678);
	assert_int_equal(ah.known, of_header | FLOW_BIT(FLOW_SPI));
	assert_int_equal(number(&ah, FLOW_SPI), 0x12345678);
}

/* RFC 8200 4.6: the transport header stands behind a Destination Options header. */
static void test_behind_options(void **state)
{
	struct flow_key key = key_of(HEADER("0010", "3c") "1100010400000000"
							  "13c4400000080000");

	(void)state;
	assert_int_equal(key.known, of_header | of_ports);
	assert_int_equal(number(&key, FLOW_PROTOCOL), 17);
	assert_int_equal(number(&key, FLOW_SOURCE_PORT), 5060);
}

static void test_without_ports(void **state)
{
	struct flow_key icmp = key_of(HEADER("0008", "3a") "8000000000010001");
	struct flow_key cut = key_of(HEADER("0008", "11") "13c440");

	(void)state;
	assert_int_equal(icmp.known, of_header);
	assert_int_equal(cut.known, of_header);
}

/* RFC 8200 4.5 */
static void test_fragment(void **state)
{
	struct flow_key key = key_of(HEADER("0010", "2c") "1100000100000077"
							  "13c4400000080000");

	(void)state;
	assert_int_equal(key.known & of_ports, 0);
	assert_address(&key.addresses[FLOW_SOURCE], CORRESPONDENT);
}

static void test_no_packet(void **state)
{
	struct octets cut = hex("6b8123450008114020010db8");
	struct octets ipv4 = hex("4500001c000000004011000000000000"
				 "0000000000000000");
	struct flow_key key;

	(void)state;
	assert_false(packet_flow_key(cut.at, cut.length, &key));
	assert_false(packet_flow_key(ipv4.at, ipv4.length, &key));
	release(cut);
	release(ipv4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_spi),
		cmocka_unit_test(test_behind_options),
		cmocka_unit_test(test_without_ports),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_no_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
